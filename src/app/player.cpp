#include "app/player.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/acts.h"
#include "observe/model/assignor_previews.h"
#include "ui/strings.h"

namespace kafkascope::app {

using ui::ActionKind;

namespace {

constexpr std::int64_t kGlideWallUs = 2000000;
constexpr std::int64_t kHintAfterUs = 20000000;
constexpr sim::Duration kSearched = sim::seconds(60);        // how far to search for the next change if no script ends
                                                             // the run
constexpr sim::Duration kBeforeTurn = sim::microseconds(2);  // the act itself takes the step's own µs

/// Whether the learner has already done by hand what the step asks for. `turn`: the step that is due; -1: none.
bool turn_holds(const Run& run, int turn) {
  return turn >= 0 && !run.flow.question_open() &&
         !held_words(*run.scenario->steps[static_cast<std::size_t>(turn)].command, run.session()).empty();
}

/// When the step before the shown one happened; the beginning if there is none.
sim::Instant previous_step(const Run& run) {
  const scenario::Session& s = run.session();
  sim::Instant to{0};
  const auto& visible = run.flow.visible_steps();
  for (int v : visible) {
    const scenario::StepResult& r = s.step_results()[static_cast<std::size_t>(v)];
    if (r.happened && r.at < s.now() - sim::milliseconds(1) &&
        v != visible[static_cast<std::size_t>(run.flow.shown_step(s))])
      to = std::max(to, r.at);
  }
  return to;
}

}  // namespace

Player::Player(ScenarioPtr scenario, std::string file, std::string document, scenario::LoadOptions options)
    : file_(std::move(file)), document_(std::move(document)), options_(std::move(options)), run_(std::move(scenario)) {
  options_.variant = run_.scenario->variant;
  run_.options = options_;
  after_run();
}

int Player::turn_step() const {
  const scenario::Session& s = run_.session();
  const int next = s.next_step();
  if (next < 0 || s.script_suspended() || run_.free) return -1;
  const scenario::Step& step = run_.scenario->steps[static_cast<std::size_t>(next)];
  if (!step.by_learner || run_.flow.released(next)) return -1;
  return s.now() + kBeforeTurn >= s.next_due() ? next : -1;
}

Player::Stop Player::run_towards(sim::Instant limit, Clock::time_point deadline) {
  for (std::uint64_t n = 1;; ++n) {
    scenario::Session& s = run_.session();
    sim::Instant stop = limit;
    const int next = s.next_step();
    if (next >= 0 && !run_.free && run_.scenario->steps[static_cast<std::size_t>(next)].by_learner &&
        !run_.flow.released(next))
      stop = std::min(stop, s.next_due() - kBeforeTurn);
    if (s.now() >= stop && stop < limit) return Stop::Turn;
    const bool more = run_.timeline.step(stop);
    const bool halt = run_.flow.on_progress(run_.session());
    if (halt && !run_.free) return run_.flow.question_open() ? Stop::Question : Stop::Wait;
    if (!more) return stop < limit ? Stop::Turn : Stop::Limit;
    if (playing_ && !way_ && run_.watches() && pace_.look(run_.session(), focus_) &&
        (gliding_ ? gliding_->silence : run_.adapts()))
      return Stop::Sight;
    if (n % 64 == 0 && Clock::now() >= deadline) return Stop::Slice;
  }
}

void Player::after_run() {
  ++revision_;
  run_.flow.on_progress(run_.session());
  run_.lanes.follow(run_.session(), run_.timeline.known());
  run_.log.follow(run_.session());
  run_.metrics.follow(run_.session().observation().trace(), run_.session().cluster());
  run_.lag_history.follow(run_.session());
  run_.recent.follow(run_.session());
  run_.owner_history.follow(run_.session());
  hear_answer();
  follow_view_beside();
}

std::int64_t Player::speed() const {
  if (run_.speed_ppm != Run::kByView) return run_.speed_ppm;
  std::int64_t ppm = 1000000;
  const scenario::Session& s = run_.session();
  for (std::size_t i = 0; i < run_.scenario->steps.size(); ++i) {
    const scenario::Step& step = run_.scenario->steps[i];
    if (s.step_results()[i].happened && step.view && step.view->speed_ppm) ppm = *step.view->speed_ppm;
  }
  return ppm;
}

sim::Instant Player::end() const {
  // A run that has left the script does not stop at the script's end.
  return run_.past_end || run_.free || run_.left_script() ? sim::kNever : run_.session().until();
}

void Player::tick(std::int64_t wall_us) {
  const bool compared = std::exchange(compare_asked_, false);  // requested again while the comparison is shown
  space_look_.next_frame();
  run_on(wall_us);
  // A record's card always shows the present state.
  if (card_ && card_open_ && !run_.log.model().record_open) card_.reset();  // the user has closed the card
  if (card_ && !way_ && !playing_ && card_at_ != now()) show_card(*card_);
  if (dial_ && dial_->next && !beside_late()) {
    ui::Action turn;
    turn.kind = ActionKind::TurnTwin;
    turn.number = static_cast<std::int64_t>(*dial_->next);
    ++revision_;
    turn_twin(turn);
  }
  if ((compared || twin_) && !way_)
    follow_beside();  // moves it to the present moment: while this run plays both are shown side by side
}

void Player::show_card(ui::Action record) {
  scenario::Session& session = run_.session();
  if (record.kind == ActionKind::SelectSent)
    run_.log.select_sent(record.target, static_cast<std::uint32_t>(record.number), session);
  else if (record.other.empty()) run_.log.select_record(record.target, record.number, session);
  else run_.log.select_cut(record.target, record.number, record.other, session);
  run_.log.name_record(record.kind == ActionKind::SelectSent
                           ? "/sent/" + record.target + "/" + std::to_string(record.number)
                       : record.other.empty() ? "/records/" + record.target + "/" + std::to_string(record.number)
                                              : "/partitions/" + record.target + "/logs/" +
                                                    record.other.substr(record.other.rfind('-') + 1));
  card_ = std::move(record);
  card_at_ = now();
  card_open_ = run_.log.model().record_open;
  ++revision_;
}

void Player::run_on(std::int64_t wall_us) {
  const bool waits = std::exchange(waits_, false);
  if (pill_us_ > 0) {
    pill_us_ -= wall_us;
    ++revision_;
  }
  if (turn_step() >= 0) {
    turn_wait_us_ += wall_us;
    if (turn_wait_us_ > kHintAfterUs) ++revision_;
  } else {
    turn_wait_us_ = 0;
  }
  start_again();
  if (way_) {
    go_on();
    return;
  }
  if (twin_ && beside_late() && !follow_beside()) return;  // one playhead: neither world runs ahead of the other
  if (ahead_) look_ahead();
  constexpr std::chrono::milliseconds kAFrame{4};
  if (foresight_.look(run_, std::min(deadline(), Clock::now() + kAFrame))) ++revision_;
  if (!playing_ || waits || blocked()) return;
  if (run_.watches()) find_silence(wall_us);
  const sim::Instant last = end();
  const sim::Instant from = run_.now();
  const std::int64_t ppm = speed();
  Stop stop = Stop::Limit;
  if (ppm == 0 && !gliding_) {
    // Event by event: one event per frame.
    run_.timeline.step(last);
    if (run_.flow.on_progress(run_.session())) stop = Stop::Wait;
  } else if (ppm < 0) {
    // As fast as possible, in slices of a frame's time, so that the picture keeps updating.
    const auto until = deadline();
    do {
      stop = run_towards(std::min(last, run_.now() + sim::milliseconds(slice_.count() == 0 ? 500 : 20)), until);
    } while (slice_.count() != 0 && stop == Stop::Limit && run_.now() < last && Clock::now() < until);
  } else if (run_.adapts() && !gliding_) {
    stop = run_adapting(wall_us, last);
    // No event is due yet. Does not apply at the end, or where the run cannot continue.
    if (stop == Stop::Limit && run_.now() == from && from < last && run_.session().ended_by().empty()) return;
  } else {
    double rate = static_cast<double>(ppm) / 1e6;
    if (gliding_) rate = std::max(rate, gliding_->rate);
    carry_us_ += static_cast<double>(wall_us) * rate;
    const auto whole = static_cast<std::int64_t>(carry_us_);
    if (whole <= 0) return;
    carry_us_ -= static_cast<double>(whole);
    sim::Instant to = std::min(last, from + sim::microseconds(whole));
    if (gliding_) to = std::min(to, gliding_->to);
    if (loop_ && from < loop_->second) to = std::min(to, loop_->second);
    stop = run_towards(to, deadline());
    if (stop != Stop::Limit) carry_us_ = 0;
  }
  if (stop == Stop::Wait) {
    playing_ = false;
    gliding_.reset();
  }
  if (gliding_ && (run_.now() >= gliding_->to || blocked() || stop == Stop::Sight)) {
    gliding_.reset();
    carry_us_ = 0;
  }
  if (run_.now() >= last) playing_ = false;
  if (stands_still()) {
    playing_ = false;
    gliding_.reset();
  }
  after_run();
  if (loop_ && playing_ && from < loop_->second && run_.now() >= loop_->second) set_out(loop_->first);
}

// ---- long seeks

void Player::stop_moving() {
  if (way_ && way_->before) {
    // A cancelled search leaves the world where it was, with its old known end.
    Way search = std::move(*std::exchange(way_, std::nullopt));
    run_.timeline.put_back(std::move(*search.before));
    read_again();
  }
  gliding_.reset();
  ahead_.reset();
  way_.reset();
  scout_.reset();
  quiet_ = {};
  carry_us_ = 0;
}

void Player::set_out(sim::Instant to, bool to_change, ui::Words words) {
  stop_moving();
  pace_.restart();
  run_.waits_at = {};
  if (words.empty()) words = ui::both("app.going_there"_w);
  way_ = Way{run_.now(), to, to_change, run_.lanes.changes(), 0, std::move(words)};
  if (to_change) way_->before = run_.timeline.place();
  go_on();
}

bool Player::stands_still() {
  const ui::Words why = run_.session().ended_by();
  if (!why.empty()) say(ui::both("app.stopped"_w, {{"why", why}}), true);
  return !why.empty();
}

bool Player::go_on() {
  Way& way = *way_;
  const auto until = deadline();
  const auto keep_going = [&] { return Clock::now() < until; };
  bool there = true, found = true;
  if (way.to_change) {
    Stop stop = Stop::Limit;
    while (stop == Stop::Limit && run_.lanes.changes() == way.changes && run_.now() < way.to && keep_going() &&
           !run_.session().cluster().faulted()) {
      stop = run_towards(std::min(way.to, run_.now() + sim::milliseconds(20)), until);
      after_run();
    }
    found = run_.lanes.changes() != way.changes || (stop != Stop::Limit && stop != Stop::Slice) || stands_still();
    there = found || run_.now() >= way.to;
  } else {
    there = run_.timeline.seek(way.to, keep_going);
    if (there && run_.now() < way.to) stands_still();
  }
  ++way.slices;
  ++revision_;
  if (!there) return false;
  if (!found) {
    const double seconds = static_cast<double>((way.to - way.from).us) / 1e6;
    say(ui::both("app.nothing_changes"_w, {{"seconds", fmt::format("{:.0f}", seconds)}}), false);
    stop_moving();
    after_run();
    return true;
  }
  const sim::Instant to = run_.now();
  const bool change = way.to_change;
  // The change was found by stepping, so the run goes back to its exact moment.
  if (const auto t = change ? run_.lanes.change(way.from, true) : std::nullopt; t && *t < to) {
    way_.reset();
    set_out(*t);
    return !way_.has_value();
  }
  way_.reset();
  if (!change) run_.flow.forget_after(to, run_.session());
  after_run();
  return true;
}

void Player::read_again() {
  run_.lanes.restart();
  run_.space.restart();
  run_.metrics.restart();
  run_.node_metrics.restart();
  run_.lag_history.restart();
  run_.recent.restart();
  run_.owner_history.restart();
  run_.flow.forget_after(now(), run_.session());
}

void Player::seek(sim::Instant t) {
  const auto slice = std::exchange(slice_, {});
  set_out(t);
  slice_ = slice;
}

void Player::next_step() {
  if (blocked()) return turn_holds(run_, turn_step()) ? do_turn() : void();
  stop_moving();
  const int next = run_.free || run_.left_script() ? -1 : run_.flow.next_visible(run_.session());
  playing_ = true;
  if (next < 0) {
    if (run_.now() < run_.session().until()) glide(run_.session().until(), kGlideWallUs);
    else say_end();
    return;
  }
  // The time of the next step is known if it has one; for a `when` it is found by running ahead.
  ahead_ = Ahead{run_.session(), next, run_.now()};
  look_ahead();
}

void Player::say_end() {
  if (!run_.free && !run_.left_script()) say(ui::both("app.end_of_lesson"_w), false);
}

void Player::look_ahead() {
  Ahead& a = *ahead_;
  const auto until = deadline();
  const auto happened = [&] { return a.session.step_results()[static_cast<std::size_t>(a.step)].happened; };
  std::uint64_t n = 0;
  while (!happened()) {
    if (!a.session.step(a.session.until())) break;
    if (++n % 64 == 0 && Clock::now() >= until) return;
  }
  const sim::Instant to =
      happened() ? a.session.step_results()[static_cast<std::size_t>(a.step)].at : a.session.until();
  ahead_.reset();
  const sim::Instant from = run_.now();
  if (to <= from || (to - from).us * 1000000 / std::max<std::int64_t>(1, speed()) < kGlideWallUs / 2)
    return;  // it will happen by itself soon
  glide(to, (to - from).us > kWorthGlidingUs ? kGlideWallUs : kGlideWallUs / 3);
}

void Player::glide(sim::Instant to, std::int64_t wall_us) {
  const sim::Instant from = run_.now();
  if (to <= from) return;
  gliding_ = Gliding{from, to, static_cast<double>((to - from).us) / static_cast<double>(wall_us), false};
}

void Player::next_change(bool forward) {
  // A change is a trace line that matters for following the story.
  playing_ = false;
  if (const auto t = run_.lanes.change(now(), forward)) return set_out(*t);
  if (!forward) return set_out(sim::Instant{0});
  const sim::Instant last = end();
  if (!blocked() && now() >= last) return say_end();
  if (!blocked())
    set_out(last == sim::kNever ? now() + kSearched : last, true, ui::both("app.looking_for_the_next_change"_w));
}

void Player::step_event(bool forward) {
  playing_ = false;
  stop_moving();
  pace_.restart();
  if (forward) {
    if (blocked()) return;
    run_.timeline.step(sim::kNever);
  } else {
    if (run_.session().events() > 0) run_.timeline.seek_event(run_.session().events() - 1);
    run_.flow.forget_after(now(), run_.session());
  }
  after_run();
}

// ---- user actions

namespace {

/// After these actions the coach marks would cover the window's content.
bool ends_coach_marks(ActionKind kind) {
  switch (kind) {
    case ActionKind::NextStep:
    case ActionKind::PreviousStep:
    case ActionKind::NextChange:
    case ActionKind::PreviousChange:
    case ActionKind::Seek:
    case ActionKind::Fault:
    case ActionKind::Why:
    case ActionKind::SelectFate:
    case ActionKind::SelectRecord:
    case ActionKind::OpenTwin:
    case ActionKind::OpenVariant: return true;
    default: return false;
  }
}

}  // namespace

void Player::act(const ui::Action& a) {
  if (a.kind == ActionKind::Compare) {
    compare_asked_ = true;
    return;
  }
  if (a.kind == ActionKind::Wait) {
    waits_ = true;
    return;
  }
  if (a.kind == ActionKind::LookAtSpaceTime) return space_look_.ask(a.time_us);
  if (a.kind == ActionKind::CompareAssignors) {
    compares_assignors_ = true;
    if (snapshot_at_ == revision_) observe::add_assignors(run_.session().cluster(), snapshot_);
    return;
  }
  if (a.kind == ActionKind::LookAtRecord)
    return run_.log.look_at(a.target, a.number, run_.session());  // only the card changes
  if (a.kind == ActionKind::AskTool) {
    terminal_.show(run_.session().moment().cluster, a.text, a.other);
    return run_.log.show_terminal(terminal_.model());
  }
  ++revision_;
  coach_marks_ = coach_marks_ && !ends_coach_marks(a.kind);
  switch (a.kind) {
    case ActionKind::Run:
      held_ = false;
      if (run_.now() >= run_.session().until()) run_.past_end = true;
      playing_ = true;
      break;
    case ActionKind::Pause:
      held_ = true;
      playing_ = false;
      stop_moving();
      break;
    case ActionKind::StepEvent:
    case ActionKind::StepBack:
      held_ = true;
      step_event(a.kind == ActionKind::StepEvent);
      break;
    case ActionKind::NextChange:
    case ActionKind::PreviousChange:
      held_ = true;
      next_change(a.kind == ActionKind::NextChange);
      break;
    case ActionKind::NextStep:
      held_ = false;
      resume_.active = false;
      next_step();
      break;
    case ActionKind::PassSilence:
      held_ = false;
      playing_ = true;
      pass_silence();
      break;
    case ActionKind::PreviousStep:
      playing_ = false;
      set_out(previous_step(run_));
      break;
    case ActionKind::FromStart:
      run_.flow.forget_answers();
      resume_.active = false;
      set_out(sim::Instant{0});
      break;
    case ActionKind::Seek:
      held_ = held_ || a.flag;
      playing_ = playing_ && !a.flag;
      resume_.active = false;
      set_out(sim::Instant{
          std::clamp<std::int64_t>(a.time_us, 0, std::max(run_.session().until().us, run_.timeline.known().us))});
      break;
    case ActionKind::LoopRange:
      loop_.reset();
      if (a.time2_us > a.time_us) {
        loop_ = {sim::Instant{a.time_us}, sim::Instant{a.time2_us}};
        set_out(loop_->first);
        playing_ = true;
      }
      break;
    case ActionKind::CancelProgress:
      playing_ = false;
      stop_moving();
      run_.flow.forget_after(now(), run_.session());
      after_run();
      break;
    case ActionKind::Resume:
      resume_.active = false;
      playing_ = false;
      set_out(sim::Instant{resume_.at_us});
      break;
    case ActionKind::DismissResume: resume_.active = false; break;
    case ActionKind::SetSpeed:
      run_.speed_ppm = a.number;
      pace_.restart();
      scout_.reset();
      break;
    case ActionKind::SetLayout:
      presenting_ = a.text == "presenter";
      run_.flow.present(presenting_);
      break;
    case ActionKind::Fault: fault(a); break;
    case ActionKind::DoStep: do_step(a.text); break;
    case ActionKind::Select:
      selected_ = a.target;
      run_.log.close_record();
      break;
    case ActionKind::SelectEvent: run_.log.select(static_cast<std::uint64_t>(a.number), run_.session()); break;
    case ActionKind::SelectRecord:
      if (run_.flow.question_open()) run_.flow.pick(a.target + "/" + std::to_string(a.number));
      show_card(a);
      break;
    case ActionKind::SelectSent: show_card(a); break;
    case ActionKind::SelectFate: run_.log.select_fate(a.text, a.target, a.other, run_.session()); break;
    case ActionKind::Why:
      if (a.text == "/parting") {
        explain_parting();
        break;
      }
      if (!run_.log.ask(a.text, a.target, run_.session())) say(ui::both("app.no_why"_w), true);
      ++revision_;
      break;
    case ActionKind::ClearChain: run_.log.clear(); break;
    case ActionKind::Answer:
      run_.flow.answer(static_cast<int>(a.number));
      playing_ = true;
      break;
    case ActionKind::Pick:
      run_.flow.pick(a.target);
      playing_ = true;
      break;
    case ActionKind::Vote: run_.flow.vote(static_cast<int>(a.number)); break;
    case ActionKind::Reveal:
      run_.flow.reveal();
      playing_ = true;
      break;
    case ActionKind::SkipQuestion:
      run_.flow.skip_question();
      playing_ = true;
      break;
    case ActionKind::DoItForMe: do_turn(); break;
    case ActionKind::Undo: undo(); break;
    case ActionKind::ReturnFromDetour: go_to(run_.parent); break;
    case ActionKind::OpenBranch: go_to(static_cast<int>(a.number)); break;
    case ActionKind::KeepScript: keep_script(); break;
    case ActionKind::NextSeed:
    case ActionKind::TryNext:
    case ActionKind::OpenVariant: open_other(a); break;
    case ActionKind::OpenTwin:
    case ActionKind::CloseTwin:
    case ActionKind::TurnTwin: turn_twin(a); break;
    case ActionKind::FreePlay: free_play(); break;
    case ActionKind::CoachMarksSeen: coach_marks_ = false; break;
    case ActionKind::OpenLesson: wants_lesson_ = LessonWish{a.text, a.other}; break;
    case ActionKind::SetConfig: set_config(a); break;
    case ActionKind::RestartClient: restart_client(a.target); break;
    default: break;
  }
}

}  // namespace kafkascope::app
