// Adaptive time over all lessons, without a picture and without a clock: who watches at the projector neither waits
// long for nothing nor misses a message of interest. KAFKASCOPE_PACE: "all" or a part of a lesson's name prints what is
// measured.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "observe/model/crossing_messages.h"
#include "player/helpers.h"
#include "protocol/message.h"
#include "protocol/trace_code.h"
#include "ui/stage/messages.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

// All in the viewer's µs.
constexpr std::int64_t kPaceFrame = 33'333;
constexpr std::int64_t kReadWord = 300'000, kMostRead = 5'000'000;  // so long a step is read before a silence passes
/// Without news and without a word. A silence of 2 s is passed over (kWorthPassingUs); a second, shorter one may follow it
/// before anything is seen.
constexpr std::int64_t kMostPaced = 3'000'000;
/// While the screen says until when nothing happens: as long as a step is read, then 2 s in which the silence passes.
constexpr std::int64_t kMostTold = kMostRead + 2'000'000 + 2 * kPaceFrame;
/// With the same messages under way. The slowest of them takes 1.2 s, so by then one has arrived or another is sent.
constexpr std::int64_t kMostUnchanged = kSeenLongUs + 3 * kPaceFrame;
constexpr std::int64_t kLeastSeen = kSeenUs - kPaceFrame;
constexpr std::int64_t kMostWall = 600'000'000;

/// The longest stretch of something, and the run's moment at its end.
struct Stretch {
  std::int64_t now = 0, most = 0, at = 0;
  void go_on(bool lasts, sim::Instant moment) {
    now = lasts ? now + kPaceFrame : 0;
    if (now > most) most = now, at = moment.us;
  }
  std::string said() const { return fmt::format("{:.2f} s until {:.6f}", most / 1e6, at / 1e6); }
};

/// A lesson in front of a viewer who answers and does the tasks at once, and never presses Next.
class Viewer {
 public:
  explicit Viewer(const std::string& name)
      : runs_(parse(text_of(name)), name, text_of(name), {}), scenario_(*runs_.shown.scenario) {}

  void watch() {
    head_.play(true);
    const auto hangs = [](const Stretch& stretch) { return stretch.most > 3 * kMostTold; };  // that it does is known
    while (run_.now() < run_.session().until() && wall < kMostWall && !hangs(silence) && !hangs(told) &&
           !hangs(unchanged))
      frame();
    for (const auto& [id, us] : seen_)
      if (!cut_off_.contains(id) && us < briefest) briefest = us, briefest_at = sent_.at(id);
  }
  std::size_t messages() const { return seen_.size(); }

  Stretch silence, told, unchanged;
  std::int64_t wall = 0;
  std::int64_t briefest = kMostWall, briefest_at = 0;  // of a message of interest, and when it was sent
  std::string missed;                                  // refusals of which none was seen

 private:
  void frame() {
    head_.run_on(kPaceFrame, run_.flow.view_select(run_.session(), turn_step(run_)), false);
    wall += kPaceFrame;
    lesson_.quiet_until_us = lesson_.reading_left_us = -1;
    lesson_.glide = {};
    head_.fill(lesson_);
    head_.fill(time_);
    const sim::Instant now = run_.now();
    const bool stopped = turn_step(run_) >= 0 || run_.flow.question_open();  // the viewer's turn
    const bool messages = look_at_messages(), losses = look_at_losses(), story = look_at_story();
    const bool news = messages || losses || story;
    if (stopped || now >= run_.session().until()) cut_off_.insert(time_.watched.begin(), time_.watched.end());
    const bool counted_down = lesson_.reading_left_us > 0;
    const bool says = lesson_.quiet_until_us >= 0 || lesson_.glide.active;
    silence.go_on(!news && !stopped && !says && !reads(), now);
    told.go_on(!news && !stopped && says && !counted_down, now);
    const bool same = std::exchange(watched_, time_.watched) == time_.watched;
    unchanged.go_on(same && !watched_.empty() && lost_ == 0 && !stopped && !counted_down, now);
    if (const int turn = turn_step(run_); turn >= 0) {
      run_.flow.release(turn);
      head_.run_to_due();
      runs_.follow();
    }
    if (run_.flow.question_open()) run_.flow.answer(0);
    head_.play(true);
  }

  /// What the views so far hide.
  std::vector<std::string> hidden() const {
    std::vector<std::string> hide;
    for (std::size_t i = 0; i < scenario_.steps.size(); ++i)
      if (const auto& view = scenario_.steps[i].view; view && view->hide && happened(i)) hide = *view->hide;
    return hide;
  }
  bool happened(std::size_t step) const { return runs_.shown.session().step_results()[step].happened; }

  bool look_at_messages() {
    bool seen = false;
    for (const std::uint64_t id : time_.watched) {
      if (!visible_.contains(id)) meet(id);
      if (!visible_[id]) continue;
      seen = true;
      seen_[id] += kPaceFrame;
    }
    return seen;
  }
  /// Whether the stage draws it.
  void meet(std::uint64_t id) {
    const cluster::Cluster& cluster = run_.session().cluster();
    cluster.for_each_pending(
        [&](const sim::PendingPacket& packet, const protocol::Message& message) {
          if (observe::message_id(packet) != id) return;
          const auto facts = observe::facts_of(message, [](protocol::TopicPartition) { return true; });
          const auto family = observe::family_on_stage(cluster, facts.family, message.api(), packet.from, packet.to);
          visible_[id] = packet.from != packet.to && !ui::hidden_by(hidden(), family, protocol::name(message.api()));
          sent_[id] = packet.sent_at.us;
          met_.insert({protocol::trace_code(message), packet.from.index, packet.to.index, packet.sent_at.us});
        },
        [](const sim::PendingTimer&) {});
  }

  /// Lost messages fall for as long as the eye needs.
  bool look_at_losses() {
    const cluster::Cluster& cluster = run_.session().cluster();
    const observe::Crossings& ended = run_.session().observation().crossings();
    const std::vector<std::string> hide = hidden();
    lost_ = std::max<std::int64_t>(0, lost_ - kPaceFrame);
    for (; ended_ < ended.size(); ++ended_) {
      const observe::Crossing& c = ended[ended_];
      const auto api = protocol::api_of(c.code);
      const auto family = observe::family_on_stage(cluster, c.facts.family, api, c.from, c.to);
      if (c.from == c.to || ui::hidden_by(hide, family, protocol::name(api))) continue;
      if (c.lost) lost_ = kSeenUs;
      // The first refusal of a kind between two nodes is of interest, except ZooKeeper's: they are the usual way to lose
      // a race.
      if (c.lost || !c.facts.refused || c.facts.family == observe::Family::ZooKeeper ||
          !refused_.insert({c.code, c.from.index, c.to.index}).second)
        continue;
      if (!met_.contains({c.code, c.from.index, c.to.index, c.sent_us}))
        missed += fmt::format("{} {} at {:.6f}; ", protocol::name(api), c.facts.text.view(), c.ended_us / 1e6);
    }
    return lost_ > 0;
  }

  /// A step, an act or a new leader.
  bool look_at_story() {
    std::size_t acts = 0;
    for (std::size_t i = 0; i < scenario_.steps.size(); ++i) acts += scenario_.steps[i].command && happened(i) ? 1 : 0;
    const int shown = run_.flow.shown_step(run_.session());
    bool news = std::exchange(acts_, acts) != acts;
    read_ += kPaceFrame;
    if (std::exchange(step_, shown) != shown) read_ = 0, news = true;
    const auto& leaders = run_.session().observation().leader_changes();
    for (; leaders_ < leaders.size(); ++leaders_)
      if (!run_.session().cluster().topic_name(leaders[leaders_].partition.topic).starts_with("__")) news = true;
    return news;
  }
  bool reads() const {
    const std::vector<int>& visible = run_.flow.visible_steps();
    if (visible.empty()) return false;
    const auto& say = scenario_.steps[static_cast<std::size_t>(visible[static_cast<std::size_t>(step_)])].say;
    const std::int64_t words = say ? std::count(say->en.begin(), say->en.end(), ' ') + 1 : 0;
    return read_ < std::min(words * kReadWord, kMostRead);
  }

  Runs runs_;
  Run& run_ = runs_.shown;
  const scenario::Scenario& scenario_;
  Notices notices_;
  Playhead head_{runs_, notices_};
  ui::LessonModel lesson_;
  ui::TimelineModel time_;
  std::vector<std::uint64_t> watched_;          // in the last frame
  std::map<std::uint64_t, bool> visible_;       // by message of interest
  std::map<std::uint64_t, std::int64_t> sent_;  // when
  std::map<std::uint64_t, std::int64_t> seen_;  // for how long it was under way
  std::set<std::uint64_t> cut_off_;             // under way when the viewer's turn came or the run ended
  std::set<std::tuple<std::uint16_t, std::int32_t, std::int32_t, std::int64_t>> met_;
  std::set<std::tuple<std::uint16_t, std::int32_t, std::int32_t>> refused_;
  std::size_t ended_ = 0, leaders_ = 0, acts_ = 0;
  std::int64_t lost_ = 0, read_ = 0;
  int step_ = -1;
};

}  // namespace

TEST_CASE("in every lesson, while time adapts, what is worth seeing is seen, time goes on, and no silence is long") {
  const char* asked = std::getenv("KAFKASCOPE_PACE");
  const std::string which = asked != nullptr ? asked : "";
  std::ifstream list(source_root() + "/scenarios/curriculum.txt");
  int lessons = 0;
  for (std::string name; std::getline(list, name);) {
    if (name.empty() || name.front() == '#') continue;
    if (!which.empty() && which != "all" && name.find(which) == std::string::npos) continue;
    ++lessons;
    Viewer viewer(name);
    viewer.watch();
    const std::string least = fmt::format("{:.2f} s, sent at {:.6f}", viewer.briefest / 1e6, viewer.briefest_at / 1e6);
    if (!which.empty())
      std::cout << fmt::format("{}: {} s, {} messages, silence {}, told {}, unchanged {}, briefest {} {}\n", name,
                               viewer.wall / 1'000'000, viewer.messages(), viewer.silence.said(), viewer.told.said(),
                               viewer.unchanged.said(), least, viewer.missed)
                << std::flush;
    CHECK_MESSAGE(viewer.silence.most <= kMostPaced, name, ": nothing to see and no word for ", viewer.silence.said());
    CHECK_MESSAGE(viewer.told.most <= kMostTold, name, ": nothing to see but a word for ", viewer.told.said());
    CHECK_MESSAGE(viewer.unchanged.most <= kMostUnchanged, name, ": messages hang for ", viewer.unchanged.said());
    CHECK_MESSAGE(viewer.briefest >= kLeastSeen, name, ": a message is seen for ", least);
    CHECK_MESSAGE(viewer.missed.empty(), name, ": a refusal passes unseen: ", viewer.missed);
    CHECK_MESSAGE(viewer.messages() >= 3, name, ": messages of interest: ", viewer.messages());
    CHECK_MESSAGE(viewer.wall < kMostWall, name, ": no end after ", viewer.wall / 1'000'000, " s");
  }
  CHECK(lessons >= (which.empty() ? 80 : 1));
}
