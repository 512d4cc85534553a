// Adaptive speed: things worth seeing are slow enough for the eye, silence passes quickly, and the run is the same.
#include "player/helpers.h"

#include <algorithm>
#include <map>

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

}  // namespace

TEST_CASE("without a chosen speed time adapts, and a lesson ends in the hash of a headless run") {
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

TEST_CASE("a stretch without events passes in at most 2 s and shows how much time it skips") {
  const std::string text = R"({"format": 1, "cluster": {"brokers": 2}, "until": "30s",
    "steps": [{"at": "20s", "do": "crash", "node": "broker-2"}]})";
  Player player(parse(text), "x", text);
  const Watched seen = watch(player, player.session().until());
  CHECK(seen.longest_silence > 1500000);
  CHECK(seen.longest_silence <= 2100000);
  CHECK(seen.most_passed_us >= 15000000);
  CHECK(seen.wall_us < 20000000);
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
