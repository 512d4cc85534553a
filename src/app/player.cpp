#include "app/player.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenario/values.h"
#include "scenario/write.h"

namespace kafkascope::app {

using cluster::Verb;
using ui::ActionKind;

namespace {

constexpr std::int64_t kPillUs = 10000000;
constexpr std::int64_t kGlideWallUs = 2000000;
constexpr std::int64_t kWorthGlidingUs = 1500000;  // simulated

}  // namespace

Player::Player(std::shared_ptr<const scenario::Scenario> scenario, std::string file, std::string document)
    : scenario_(std::move(scenario)),
      file_(std::move(file)),
      document_(std::move(document)),
      timeline_(scenario::Session(scenario_, true)),
      flow_(*scenario_) {
  after_run();
}

int Player::turn_step() const {
  const scenario::Session& s = timeline_.run();
  const int next = s.next_step();
  if (next < 0 || s.script_suspended()) return -1;
  const scenario::Step& step = scenario_->steps[static_cast<std::size_t>(next)];
  if (!step.by_learner || flow_.released(next)) return -1;
  return s.now() + sim::microseconds(1) >= s.next_due() ? next : -1;
}

bool Player::run_towards(sim::Instant limit) {
  for (;;) {
    scenario::Session& s = timeline_.run();
    sim::Instant stop = limit;
    const int next = s.next_step();
    if (next >= 0 && scenario_->steps[static_cast<std::size_t>(next)].by_learner && !flow_.released(next))
      stop = std::min(stop, s.next_due() - sim::microseconds(1));
    if (s.now() >= stop && stop < limit) return true;  // the learner's turn
    const bool more = timeline_.step(stop);
    if (flow_.on_progress(timeline_.run())) return true;
    if (!more) return stop < limit;
  }
}

void Player::after_run() {
  ++revision_;
  flow_.on_progress(timeline_.run());
  timeline_model_.follow(timeline_.run(), timeline_.known());
  log_model_.follow(timeline_.run());
}

std::int64_t Player::speed() const {
  if (speed_ppm_ != -2) return speed_ppm_;
  std::int64_t ppm = 1000000;
  const scenario::Session& s = timeline_.run();
  for (std::size_t i = 0; i < scenario_->steps.size(); ++i)
    if (s.step_results()[i].happened && scenario_->steps[i].view && scenario_->steps[i].view->speed_ppm) ppm = *scenario_->steps[i].view->speed_ppm;
  return ppm;
}

void Player::tick(std::int64_t wall_us) {
  if (pill_us_ > 0) {
    pill_us_ -= wall_us;
    ++revision_;
  }
  if (turn_step() >= 0) {
    turn_wait_us_ += wall_us;
    if (turn_wait_us_ > 20000000) ++revision_;
  } else {
    turn_wait_us_ = 0;
  }
  if (!playing_ || blocked()) return;
  const sim::Instant end = std::max(timeline_.run().until(), free_until_);
  double rate = static_cast<double>(speed()) / 1e6;
  if (gliding_) rate = std::max(rate, gliding_->rate);
  if (speed() < 0) {
    // As fast as possible, in slices of a frame's time, so that the picture goes on.
    run_towards(std::min(end, timeline_.run().now() + sim::milliseconds(500)));
  } else {
    carry_us_ += static_cast<double>(wall_us) * rate;
    const auto whole = static_cast<std::int64_t>(carry_us_);
    if (whole <= 0) return;
    carry_us_ -= static_cast<double>(whole);
    sim::Instant to = std::min(end, timeline_.run().now() + sim::microseconds(whole));
    if (gliding_) to = std::min(to, gliding_->to);
    if (run_towards(to)) carry_us_ = 0;
  }
  if (gliding_ && (timeline_.run().now() >= gliding_->to || blocked())) {
    gliding_.reset();
    carry_us_ = 0;
  }
  if (timeline_.run().now() >= end) playing_ = false;
  after_run();
}

void Player::seek(sim::Instant t) {
  gliding_.reset();
  carry_us_ = 0;
  timeline_.seek(t);
  flow_.forget_after(t, timeline_.run());
  after_run();
}

void Player::next_step() {
  if (flow_.question_open()) return;
  if (turn_step() >= 0) return;
  const int next = flow_.next_visible(timeline_.run());
  const sim::Instant from = timeline_.run().now();
  playing_ = true;
  if (next < 0) {
    glide(timeline_.run().until(), kGlideWallUs);
    return;
  }
  // Where the next step will be is known for a time, and is found by running ahead for a `when`.
  scenario::Session ahead = timeline_.run();
  while (!ahead.step_results()[static_cast<std::size_t>(next)].happened && ahead.step(ahead.until())) {
  }
  const sim::Instant to = ahead.step_results()[static_cast<std::size_t>(next)].happened ? ahead.step_results()[static_cast<std::size_t>(next)].at : ahead.until();
  if ((to - from).us * 1000000 / std::max<std::int64_t>(1, speed()) < kGlideWallUs / 2) return;  // it comes by itself soon
  glide(to, (to - from).us > kWorthGlidingUs ? kGlideWallUs : kGlideWallUs / 3);
}

void Player::glide(sim::Instant to, std::int64_t wall_us) {
  const sim::Instant from = timeline_.run().now();
  if (to <= from) return;
  gliding_ = Gliding{from, to, static_cast<double>((to - from).us) / static_cast<double>(wall_us)};
}

void Player::previous_step() {
  const scenario::Session& s = timeline_.run();
  sim::Instant to{0};
  const auto& visible = flow_.visible_steps();
  for (int v : visible) {
    const scenario::StepResult& r = s.step_results()[static_cast<std::size_t>(v)];
    if (r.happened && r.at < s.now() - sim::milliseconds(1) && v != visible[static_cast<std::size_t>(flow_.shown_step(s))]) to = std::max(to, r.at);
  }
  playing_ = false;
  seek(to);
}

void Player::next_change(bool forward) {
  // A change is a line that matters to whoever follows the story.
  playing_ = false;
  if (const auto t = timeline_model_.change(now(), forward)) return seek(*t);
  if (!forward) return seek(sim::Instant{0});
  const sim::Instant end = timeline_.run().until();
  const std::size_t known = timeline_model_.changes();
  while (timeline_model_.changes() == known && timeline_.run().now() < end && !blocked()) {
    if (run_towards(std::min(end, timeline_.run().now() + sim::milliseconds(20)))) break;
    after_run();
  }
  after_run();
}

void Player::command(const cluster::Command& c) {
  // The deed that the lesson asks for is no detour.
  if (const int turn = turn_step(); turn >= 0) {
    const cluster::Command& wanted = *scenario_->steps[static_cast<std::size_t>(turn)].command;
    const auto same = wanted.node && c.node && timeline_.run().cluster().resolve(*wanted.node) == timeline_.run().cluster().resolve(*c.node);
    if (wanted.verb == c.verb && same) return do_turn();
  }
  timeline_.branch();
  if (!flow_.visible_steps().empty() && !before_detour_) {
    before_detour_ = timeline_.run();
    timeline_.run().suspend_script(true);
    detour_what_ = {"you: " + cluster::to_text(c), "직접: " + cluster::to_text(c)};
  }
  const cluster::Outcome outcome = timeline_.run().command(c);
  pill_ = {cluster::to_text(c), cluster::to_text(c)};
  if (!outcome.done) pill_ = {outcome.message, outcome.message};
  pill_us_ = kPillUs;
  after_run();
}

void Player::do_turn() {
  const int turn = turn_step();
  if (turn < 0) return;
  flow_.release(turn);
  const cluster::Command& c = *scenario_->steps[static_cast<std::size_t>(turn)].command;
  run_towards(timeline_.run().next_due());
  pill_ = {cluster::to_text(c), cluster::to_text(c)};
  pill_us_ = kPillUs;
  playing_ = true;
  after_run();
}

void Player::fault(const ui::Action& a) {
  const auto verb = cluster::parse_verb(a.verb);
  if (!verb) return;
  cluster::Command c;
  c.verb = *verb;
  const auto ref = [](const std::string& name) { return cluster::NodeRef{cluster::NodeRef::Kind::Name, name, {}}; };
  const auto other_nodes = [&](const std::string& but) {
    std::vector<cluster::NodeRef> rest;
    for (const cluster::NodeInfo& info : timeline_.run().cluster().nodes())
      if (info.name != but) rest.push_back(ref(info.name));
    return rest;
  };
  switch (*verb) {
    case Verb::Partition:
    case Verb::Link:
    case Verb::Lose:
    case Verb::Hold:
    case Verb::Release:
      if (!a.target.empty()) c.from.push_back(ref(a.target));
      if (!a.other.empty()) {
        c.to.push_back(ref(a.other));
      } else if (*verb == Verb::Partition || *verb == Verb::Link) {
        c.to = other_nodes(a.target);
      }
      c.api = a.text;
      if (*verb == Verb::Link) {
        cluster::LatencySpec latency;
        latency.low = latency.high = sim::microseconds(a.number > 0 ? a.number : 200000);
        c.latency = latency;
      }
      if (*verb == Verb::Lose || *verb == Verb::Hold) c.count = 1;
      break;
    case Verb::Heal:
      if (!a.other.empty()) {
        c.from.push_back(ref(a.target));
        c.to.push_back(ref(a.other));
      } else if (!a.target.empty()) {
        c.node = ref(a.target);
      }
      break;
    default: c.node = ref(a.target); break;
  }
  command(c);
}

void Player::undo() {
  if (!timeline_.undo()) return;
  speed_ppm_ = -2;
  if (timeline_.run().hand_commands().empty()) {
    before_detour_.reset();
    timeline_.run().suspend_script(false);
  }
  pill_us_ = 0;
  flow_.forget_after(now(), timeline_.run());
  timeline_model_.restart();
  after_run();
}

void Player::return_from_detour() {
  if (!before_detour_) return;
  speed_ppm_ = -2;
  scenario::Session back = std::move(*before_detour_);
  before_detour_.reset();
  timeline_ = SessionTimeline(std::move(back));
  pill_us_ = 0;
  playing_ = false;
  timeline_model_.restart();
  log_model_.restart();
  after_run();
}

void Player::act(const ui::Action& a) {
  switch (a.kind) {
    case ActionKind::Run:
      if (timeline_.run().now() >= timeline_.run().until() && !timeline_.run().script_suspended()) seek(sim::Instant{0});
      playing_ = true;
      break;
    case ActionKind::Pause:
      playing_ = false;
      gliding_.reset();
      break;
    case ActionKind::StepEvent:
      playing_ = false;
      if (!blocked()) {
        timeline_.step(sim::kNever);
        after_run();
      }
      break;
    case ActionKind::StepBack:
      playing_ = false;
      if (timeline_.run().events() > 0) timeline_.seek_event(timeline_.run().events() - 1);
      flow_.forget_after(now(), timeline_.run());
      after_run();
      break;
    case ActionKind::NextChange: next_change(true); break;
    case ActionKind::PreviousChange: next_change(false); break;
    case ActionKind::NextStep:
      coach_marks_ = false;
      next_step();
      break;
    case ActionKind::PreviousStep: previous_step(); break;
    case ActionKind::Seek:
      playing_ = playing_ && !a.flag;
      seek(sim::Instant{std::clamp<std::int64_t>(a.time_us, 0, std::max(timeline_.run().until().us, timeline_.known().us))});
      break;
    case ActionKind::SetSpeed: speed_ppm_ = a.number; break;
    case ActionKind::Fault: fault(a); break;
    case ActionKind::Select: selected_ = a.target; break;
    case ActionKind::SelectEvent: log_model_.select(static_cast<std::uint64_t>(a.number), timeline_.run()); break;
    case ActionKind::SelectRecord: log_model_.select_record(a.target, a.number, timeline_.run()); break;
    case ActionKind::SelectFate: log_model_.select_fate(a.text, timeline_.run()); break;
    case ActionKind::ClearChain: log_model_.clear(); break;
    case ActionKind::Answer:
      flow_.answer(static_cast<int>(a.number));
      playing_ = true;
      break;
    case ActionKind::Pick:
    case ActionKind::SkipQuestion:
      flow_.skip_question();
      playing_ = true;
      break;
    case ActionKind::DoItForMe: do_turn(); break;
    case ActionKind::Undo: undo(); break;
    case ActionKind::ReturnFromDetour: return_from_detour(); break;
    case ActionKind::KeepScript:
      before_detour_.reset();
      timeline_.run().suspend_script(false);
      break;
    case ActionKind::CoachMarksSeen: coach_marks_ = false; break;
    case ActionKind::OpenLesson: wants_lesson_ = a.text; break;
    case ActionKind::FreePlay:
      timeline_.run().suspend_script(true);
      free_until_ = sim::kNever;
      playing_ = true;
      break;
    default: break;
  }
  ++revision_;
}

// ---- models

const observe::Snapshot& Player::snapshot() {
  if (snapshot_at_ != revision_) {
    observe::SnapshotOptions options;
    options.selected = selected_;
    snapshot_ = observe::snapshot(timeline_.run().moment(), options);
    timeline_model_.add_lost(snapshot_);
    snapshot_at_ = revision_;
  }
  return snapshot_;
}

const ui::LessonModel& Player::lesson() {
  if (lesson_at_ != revision_) {
    lesson_ = {};
    flow_.fill(lesson_, timeline_.run(), turn_step(), turn_wait_us_);
    lesson_.coach_marks = coach_marks_;
    lesson_.undo = {pill_us_ > 0, pill_, true};
    if (before_detour_) {
      lesson_.detour.active = true;
      lesson_.detour.what = detour_what_;
      lesson_.detour.left_us = before_detour_->now().us;
      lesson_.detour.return_step = lesson_.step;
      lesson_.can_next = true;
      lesson_.owes = {};
    }
    if (gliding_ && (gliding_->to - gliding_->from).us > kWorthGlidingUs) {
      const double span = static_cast<double>((gliding_->to - gliding_->from).us) / 1e6;
      lesson_.glide.active = true;
      lesson_.glide.headline = {fmt::format("{:.0f} s pass", span), fmt::format("{:.0f}초가 지나요", span)};
      lesson_.glide.from_us = gliding_->from.us;
      lesson_.glide.to_us = gliding_->to.us;
      lesson_.glide.danger = false;
    }
    lesson_at_ = revision_;
  }
  return lesson_;
}

const ui::TimelineModel& Player::time() {
  if (time_at_ != revision_) {
    timeline_model_.fill(time_, timeline_.run(), timeline_.known(), selected_);
    time_.playing = playing_ && !blocked();
    time_.speed_ppm = speed();
    time_at_ = revision_;
  }
  return time_;
}

const ui::LogModel& Player::log() { return log_model_.model(); }

std::string Player::saved_session() const {
  const scenario::Session& s = timeline_.run();
  scenario::SavedSession saved;
  saved.variant = scenario_->variant;
  saved.seed = scenario_->cluster.seed;
  for (const scenario::HandCommand& c : timeline_.commands()) saved.acts.emplace_back(c.at, c.command);
  if (now() > s.until()) saved.until = now();
  if (s.script_suspended()) {
    saved.left_script.emplace();
    for (const scenario::StepResult& r : s.step_results()) saved.left_script->push_back(r.happened);
    saved.until = std::max(now(), timeline_.known());
  }
  return scenario::to_json(document_, saved).value_or(document_);
}

std::string Player::link() const {
  return fmt::format("{}@{}{}", file_, scenario::duration_text(now() - sim::Instant{0}), selected_.empty() ? "" : "#" + selected_);
}

}  // namespace kafkascope::app
