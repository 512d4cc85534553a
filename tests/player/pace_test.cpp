// Adaptive speed: things worth seeing are slow enough for the eye, silence passes quickly, the stage never looks frozen, and the run is the same.
// KAFKASCOPE_STILL: "all" plays all lessons for stillness instead of some; another value, the lessons whose names contain it. It prints what it
// measures.
#include "player/helpers.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <string_view>

#include "observe/time/story_point.h"
#include "observe/words/words.h"
#include "ui/headless.h"
#include "ui/strings.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

struct Watched {
  std::int64_t longest_silence = 0;            // wall µs of one passing silence
  std::int64_t most_passed_us = 0;             // simulated µs that a silence skipped
  std::int64_t wall_us = 0;                    // in total
  std::int64_t longest_still = 0;              // wall µs of playback without a visible message and without a glide
  std::map<std::uint64_t, std::int64_t> seen;  // wall µs for which each watched message was visible
  std::vector<std::int64_t> jumps;             // thousandths of its way that a watched message moved in one frame
};

/// Plays at 60 frames per second, like a learner who reads, answers and does the tasks.
Watched watch(Player& player, sim::Instant until) {
  constexpr std::int64_t kFrame = 16667;
  Watched out;
  std::int64_t silence = 0, still = 0;
  std::map<std::uint64_t, float> at;
  player.play(true);
  for (int i = 0; i < 60 * 60 * 30 && player.now() < until; ++i) {
    player.tick(kFrame);
    const ui::LessonModel& lesson = player.lesson();
    if (lesson.turn.open) player.act(action(ActionKind::DoItForMe));
    if (lesson.question.phase == ui::QuestionPhase::Open) player.act(action(ActionKind::Answer, 0));
    if (!player.playing()) player.play(true);
    const ui::TimelineModel& time = player.time();
    out.wall_us += kFrame;
    silence = lesson.glide.active ? silence + kFrame : 0;
    if (lesson.glide.active)
      out.most_passed_us = std::max(out.most_passed_us, lesson.glide.to_us - lesson.glide.from_us);
    out.longest_silence = std::max(out.longest_silence, silence);
    still = lesson.glide.active || !time.watched.empty() ? 0 : still + kFrame;
    out.longest_still = std::max(out.longest_still, still);
    for (const observe::Message& m : player.snapshot().messages) {
      if (!time.is_watched(m.id)) continue;
      out.seen[m.id] += kFrame;
      if (at.contains(m.id)) out.jumps.push_back(static_cast<std::int64_t>((m.fraction - at[m.id]) * 1000));
      at[m.id] = m.fraction;
    }
  }
  return out;
}

// ---- the stage never looks frozen

constexpr std::int64_t kLook = 100'000;            // µs of the viewer's time: ten looks per second
constexpr std::int64_t kMostStill = 2'000'000;     // without a word
constexpr std::int64_t kMostQuiet = 5'000'000;     // while the screen says until when
constexpr std::int64_t kMostInStory = 1'200'000;   // while something happens that a person would name
constexpr std::int64_t kMostLesson = 300'000'000;  // the viewer's time for a whole lesson, without Next

/// What a viewer can see on the stage, as a number: a change of any of it is a change of the picture.
class Looks {
 public:
  std::uint64_t of(const observe::Snapshot& s, const ui::LessonModel& lesson) {
    hash_ = 1469598103934665603ull;
    for (const observe::Node& n : s.nodes) {
      add(static_cast<std::uint64_t>(n.state) * 64 + static_cast<std::uint64_t>(n.fenced) * 32 +
          static_cast<std::uint64_t>(n.isolated) * 16 + static_cast<std::uint64_t>(n.active_controller) * 8 +
          static_cast<std::uint64_t>(n.voter));
      add(n.epoch);
      if (n.session.running && observe::matters(n.session)) add(n.session.remaining_us / 100'000);
      for (const auto& lag : n.lagging) add(lag.second.remaining_us / 100'000);
      for (const observe::Replica& r : n.replicas) {
        add(static_cast<std::uint64_t>(r.role));
        add(r.log_end_offset), add(r.high_watermark), add(r.leader_epoch), add(r.behind);
      }
    }
    for (const observe::Partition& p : s.partitions) {
      add(p.leader), add(p.leader_epoch), add(p.high_watermark), add(p.log_start_offset), add(p.last_stable_offset);
      add(static_cast<std::uint64_t>(p.isr.size()));
      for (const observe::LogFlag& flag : p.flags) add(flag.offset);
    }
    for (const observe::Client& c : s.clients) {
      add(c.fact.en), add(c.thrown), add(c.refused), add(c.transaction_state);
      add(c.in_flight), add(c.waiting), add(c.accumulator.buffer_used), add(c.processed), add(c.acked), add(c.sent);
      for (const observe::Timer& t : c.timers) add(t.remaining_us / 100'000);
      for (const observe::AssignedPartition& a : c.assigned) add(a.position), add(a.buffered);
    }
    for (const observe::Group& g : s.groups) {
      add(g.state), add(g.generation), add(static_cast<std::uint64_t>(g.members.size()));
      for (const observe::GroupMember& m : g.members) {
        add(static_cast<std::uint64_t>(m.joined)), add(m.epoch);
        add(static_cast<std::uint64_t>(m.partitions.size() * 100 + m.revoking.size() * 10 + m.pending.size()));
      }
    }
    for (const observe::Transaction& t : s.transactions) add(t.state), add(static_cast<std::uint64_t>(t.parts.size()));
    for (const observe::Message& m : s.messages)
      add(m.id), add(static_cast<std::uint64_t>(m.fraction * 400)), add(static_cast<std::uint64_t>(m.held));
    for (const observe::LostMessage& m : s.lost) add(m.lost_us);
    for (const observe::Link& l : s.links) add(static_cast<std::uint64_t>(l.broken) * 2 + 1);
    add(static_cast<std::uint64_t>(s.ledger.all.acked * 31 + s.ledger.all.delivered));
    add(static_cast<std::uint64_t>(lesson.step));
    if (lesson.glide.active) add(s.time_us);  // the time that passes is written large
    add(lesson.reading_left_us / 1'000'000);  // the seconds left to read are counted down in the lesson's panel
    return hash_;
  }

 private:
  void add(std::uint64_t v) { hash_ = (hash_ ^ v) * 1099511628211ull; }
  void add(std::int64_t v) { add(static_cast<std::uint64_t>(v)); }
  void add(int v) { add(static_cast<std::uint64_t>(v)); }
  void add(const std::string& text) { add(static_cast<std::uint64_t>(std::hash<std::string>()(text))); }
  std::uint64_t hash_ = 0;
};

struct Stillness {
  std::int64_t still_us = 0,
               still_at_us = 0;  // wall µs without a change and without a word; the simulated time at their end
  std::int64_t quiet_us = 0, quiet_at_us = 0;  // without a change
  std::int64_t story_us = 0, story_at_us = 0;  // although something of the story has happened since the last change
  std::string what;                            // the event
  std::int64_t wall_us = 0;
};

/// Whether a person would wait for the line to be seen. A commit of the offset that was committed before is routine.
bool worth_seeing(const sim::TraceLine& line, const observe::ClusterView& names) {
  return observe::is_of_story(line, names) && line.kind != protocol::kind(protocol::Trace::OffsetCommitted);
}

/// Plays a lesson as a viewer who answers and does the tasks at once.
Stillness play(Player& player) {
  Stillness out;
  Looks looks;
  std::uint64_t before = 0;
  std::int64_t still = 0, quiet = 0;
  std::string story;
  const sim::Instant until = player.session().until();
  player.play(true);
  std::size_t line = player.session().observation().trace().size();
  for (int frame = 0; frame < 10 * 60 * 20 && player.now() < until; ++frame) {
    player.tick(kLook);
    out.wall_us += kLook;
    if (player.lesson().turn.open) player.act(action(ActionKind::DoItForMe));
    if (player.lesson().question.phase == ui::QuestionPhase::Open) player.act(action(ActionKind::Answer, 0));
    if (!player.playing()) player.play(true);
    const observe::TraceStore& trace = player.session().observation().trace();
    const observe::ClusterView names(player.session().cluster());
    line = std::min(line, trace.size());
    for (; line < trace.size(); ++line)
      if (story.empty() && worth_seeing(trace[line], names)) story = observe::sentence(trace[line], names).en;
    const ui::LessonModel& lesson = player.lesson();
    const std::uint64_t now = looks.of(player.snapshot(), lesson);
    const bool changed = std::exchange(before, now) != now;
    quiet = changed ? 0 : quiet + kLook;
    still = changed || lesson.quiet_until_us >= 0 ? 0 : still + kLook;
    if (changed) story.clear();
    if (still > out.still_us) out.still_us = still, out.still_at_us = player.now().us;
    if (quiet > out.quiet_us) out.quiet_us = quiet, out.quiet_at_us = player.now().us;
    if (!story.empty() && still > out.story_us)
      out.story_us = still, out.story_at_us = player.now().us, out.what = story;
  }
  return out;
}

}  // namespace

TEST_CASE("if no speed is chosen time adapts, and a lesson ends with the same hash as a headless run") {
  for (const char* name : {"replication/leader-failover", "groups/rebalance-eager"}) {
    CAPTURE(name);
    const std::string text = text_of(name);
    Player player(parse(text), name, text);
    play_to_end(player, 200000);
    CHECK(player.time().adapts);
    CHECK(player.session().trace_hash() == headless_hash(text));
  }
}

TEST_CASE("an important message is visible for 0.4 to 1.2 s of the viewer's time and moves without jumps") {
  const std::string text = text_of("replication/leader-follower");
  Player player(parse(text), "x", text);
  const Watched seen = watch(player, sim::Instant{2000000});
  REQUIRE(seen.seen.size() > 10);
  for (const auto& [id, wall] : seen.seen) {
    const auto message = id;  // clang 14 captures no structured binding
    CAPTURE(message);
    CHECK(wall >= 400000);
    CHECK(wall <= 1200000 + 400000);  // shorter messages that are visible at the same time slow it down
  }
  CHECK(*std::max_element(seen.jumps.begin(), seen.jumps.end()) <= 60);  // 6 % of the way in a frame: no jump
}

TEST_CASE(
    "a stretch without events passes in at most 2 s and shows how much time it skips, over what is only checked") {
  const std::string text = R"({"format": 1, "cluster": {"brokers": 2}, "until": "30s",
    "steps": [{"at": "10s", "expect": {"path": "/nodes/broker-2/fenced", "equals": false}},
              {"at": "20s", "do": "crash", "node": "broker-2"}]})";
  Player player(parse(text), "x", text);
  const Watched seen = watch(player, player.session().until());
  CHECK(seen.longest_silence > 1500000);
  CHECK(seen.longest_silence <= 2100000);
  CHECK(seen.most_passed_us >= 15000000);
  CHECK(seen.wall_us < 20000000);
}

TEST_CASE("without Next each step stays as long as its text takes to read, at 200 words a minute") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.play(true);
  const auto words = [](const std::string& said) { return std::count(said.begin(), said.end(), ' ') + 1; };
  const auto& steps = player.session().scenario().steps;
  std::map<int, std::int64_t> shown_us;  // by visible step, without the time in which the world waits for the learner
  for (int i = 0; i < 60 * 60 * 10 && player.now() < player.session().until(); ++i) {
    player.tick(16'667);
    const ui::LessonModel& lesson = player.lesson();
    shown_us[lesson.step] += 16'667;
    if (lesson.turn.open) player.act(action(ActionKind::DoItForMe));
    if (lesson.question.phase == ui::QuestionPhase::Open) player.act(action(ActionKind::Answer, 0));
  }
  const std::vector<int>& visible = player.runs().shown.flow.visible_steps();
  int told = 0;
  for (std::size_t k = 0; k + 1 < visible.size(); ++k) {
    const scenario::Step& step = steps[static_cast<std::size_t>(visible[k])];
    if (!step.say || steps[static_cast<std::size_t>(visible[k + 1])].ask) continue;
    CAPTURE(step.say->en);
    CHECK(shown_us[static_cast<int>(k)] >= words(step.say->en) * 300'000 - 50'000);
    ++told;
  }
  CHECK(told >= 6);
}

TEST_CASE("time stands before the next step until the shown one could be read, says for how long, and Next goes on") {
  const std::string text = R"({"format": 1, "cluster": {"brokers": 1}, "until": "10s", "steps": [
    {"at": "1s", "say": {"en": "One two three. Four five six seven eight nine ten.", "ko": "하나."},
     "view": {"hide": ["metadata", "control", "heartbeat"]}},
    {"at": "1.1s", "say": {"en": "Two.", "ko": "둘."}}]})";
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{1'000'000});
  player.play(true);
  ticks(player, 100);
  CHECK(player.now().us >= 1'099'000);
  CHECK(player.now().us < 1'100'000);
  CHECK(player.lesson().step == 0);
  CHECK(player.lesson().reading_left_us >= 1'300'000);
  CHECK(player.lesson().reading_left_us <= 1'500'000);
  SUBCASE("the text could be read") { ticks(player, 100); }
  SUBCASE("Next") {
    player.act(action(ActionKind::NextStep));
    ticks(player, 10);
  }
  CHECK(player.lesson().step == 1);
}

TEST_CASE("a lesson begins at once: its first step is read while time runs") {
  const std::string text = text_of("why/point-to-point");
  Player player(parse(text), "x", text);
  player.play(true);
  ticks(player, 60);
  CHECK(player.now().us > 0);
  CHECK(player.lesson().reading_left_us < 0);
}

TEST_CASE("a chosen speed holds until adaptive time is switched on again") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  CHECK(player.time().adapts);
  const std::int64_t step = player.time().speed_ppm;
  player.act(action(ActionKind::SetSpeed, ui::next_speed(step, true)));
  CHECK_FALSE(player.time().adapts);
  CHECK(player.time().speed_ppm > step);
  player.act(action(ActionKind::SetSpeed, ui::kSpeedAdapts));
  CHECK(player.time().adapts);
  CHECK(player.time().speed_ppm == step);
}

TEST_CASE("a slow step keeps its speed for 20 s of watching, then time goes faster and faster, until the next step") {
  const std::string text = text_of("why/batching");
  Player player(parse(text), "x", text);
  constexpr std::int64_t kFrame = 16'667;
  for (int i = 0; i < 600 && player.time().speed_ppm >= 10'000; ++i) player.tick(kFrame);
  const std::int64_t slow = player.time().speed_ppm;
  REQUIRE(slow < 10'000);
  const auto fastest = [&](std::int64_t wall_us) {  // while nothing is on its way
    std::int64_t most = 0;
    for (std::int64_t wall = 0; wall < wall_us; wall += kFrame) {
      player.tick(kFrame);
      most = std::max(most, player.time().rate_ppm);
    }
    return most;
  };
  CHECK(fastest(15'000'000) <= slow);
  CHECK(fastest(15'000'000) >= 2 * slow);
  CHECK(player.time().speed_ppm == slow);
  // The next step begins at its own speed.
  const int step = player.lesson().step;
  for (int i = 0; i < 60 * 120 && player.lesson().step == step; ++i) player.tick(kFrame);
  REQUIRE(player.lesson().step != step);
  player.tick(kFrame);
  CHECK(player.time().rate_ppm <= player.time().speed_ppm);
}

TEST_CASE("after the crash of the selected broker time is slow for the records that the others get") {
  const std::string text = text_of("delivery/exactly-once");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{9'000'000});
  Action select = action(ActionKind::Select);
  select.target = "broker-2";
  player.act(select);
  player.act(fault("crash", "broker-2"));
  player.play(true);
  int produced = 0;  // frames in which records of the broker's former partition are followed on their way
  for (int i = 0; i < 60 * 40 && player.now().us < 60'000'000; ++i) {
    player.tick(16'667);
    for (const observe::Message& m : player.snapshot().messages)
      produced +=
          player.now().us > 18'000'000 && m.family == observe::Family::Produce && player.time().is_watched(m.id);
  }
  CHECK(produced >= 60);
  CHECK(player.now().us < 60'000'000);
}

TEST_CASE(
    "while time adapts the stage changes every 2 s, or the screen says for at most 5 s until when nothing will happen, or counts "
    "down the time to read") {
  const char* asked = std::getenv("KAFKASCOPE_STILL");
  const std::string which = asked != nullptr ? asked : "";
  // Those in which it once stood still for the longest time, or whose slow steps took half an hour, and one of every twelve.
  constexpr std::string_view kOnce[] = {"groups/queue-vs-partitions",
                                        "replication/leader-epoch",
                                        "consumer/reset",
                                        "consumer/console-consumer",
                                        "log/serializers",
                                        "log/compaction",
                                        "replication/leader-follower",
                                        "why/batching",
                                        "producer/send-methods"};
  std::ifstream list(source_root() + "/scenarios/curriculum.txt");
  int lessons = 0, played = 0;
  for (std::string name; std::getline(list, name);) {
    if (name.empty() || name.front() == '#') continue;
    const bool once = std::find(std::begin(kOnce), std::end(kOnce), name) != std::end(kOnce);
    const bool sample = once || ++lessons % 12 == 0;
    if (which.empty() ? !sample : which != "all" && name.find(which) == std::string::npos) continue;
    CAPTURE(name);
    const std::string text = text_of(name);
    REQUIRE_FALSE(text.empty());
    ++played;
    Player player(parse(text), name, text);
    const Stillness seen = play(player);
    if (!which.empty())
      std::cout << name << ": " << seen.wall_us / 1'000'000 << " s, still " << seen.still_us / 1000 << " ms until "
                << seen.still_at_us << ", quiet " << seen.quiet_us / 1000 << " ms until " << seen.quiet_at_us
                << ", in the story " << seen.story_us / 1000 << " ms until " << seen.story_at_us << " " << seen.what
                << std::endl;
    CAPTURE(seen.still_at_us);
    CAPTURE(seen.quiet_at_us);
    CAPTURE(seen.story_at_us);
    CAPTURE(seen.what);
    CHECK(seen.still_us <= kMostStill);
    CHECK(seen.quiet_us <= kMostQuiet);
    CHECK(seen.story_us <= kMostInStory);
    CHECK(seen.wall_us <= kMostLesson);
  }
  CHECK(played >= (which.empty() ? 12 : 1));
}
