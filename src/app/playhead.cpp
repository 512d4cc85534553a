#include "app/playhead.h"

#include <fmt/format.h>

#include <algorithm>

#include "ui/strings.h"

namespace kafkascope::app {

using ui::ActionKind;

namespace {

constexpr std::int64_t kGlideWallUs = 2000000;
constexpr std::int64_t kRead = 3'600'000'000;  // enough for any step: the user goes on
constexpr int kSlicesBeforeBusy = 8;           // shorter seeks are not reported
// how far to search for the next change if no script ends the run
constexpr sim::Duration kSearched = sim::seconds(60);
constexpr sim::Duration kAfterAct = sim::seconds(60);        // a detour goes on at least this long after its last act
constexpr sim::Duration kBeforeTurn = sim::microseconds(2);  // the act itself takes the step's own µs

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

int turn_step(const Run& run) {
  const scenario::Session& s = run.session();
  const int next = s.next_step();
  if (next < 0 || s.script_suspended() || run.free) return -1;
  const scenario::Step& step = run.scenario->steps[static_cast<std::size_t>(next)];
  if (!step.by_learner || run.flow.released(next)) return -1;
  return s.now() + kBeforeTurn >= s.next_due() ? next : -1;
}

bool blocked(const Run& run) { return !run.free && (run.flow.question_open() || turn_step(run) >= 0); }

bool Playhead::act(const ui::Action& a) {
  switch (a.kind) {
    case ActionKind::Run:
      held_ = false;
      if (run_.now() >= end()) run_.past_end = true;
      play(true);
      return true;
    case ActionKind::Pause:
      held_ = true;
      play(false);
      stop_moving();
      return true;
    case ActionKind::StepEvent:
    case ActionKind::StepBack:
      held_ = true;
      step_event(a.kind == ActionKind::StepEvent);
      return true;
    case ActionKind::NextChange:
    case ActionKind::PreviousChange:
      held_ = true;
      next_change(a.kind == ActionKind::NextChange);
      return true;
    case ActionKind::NextStep:
      held_ = false;
      next_step();
      return true;
    case ActionKind::PassSilence:
      held_ = false;
      read_us_ = kRead;
      play(true);
      pass_silence();
      return true;
    case ActionKind::PreviousStep:
      play(false);
      set_out(previous_step(run_));
      return true;
    case ActionKind::FromStart:
      run_.flow.forget_answers();
      set_out(sim::Instant{0});
      return true;
    case ActionKind::Seek:
      held_ = held_ || a.flag;
      if (a.flag) play(false);
      set_out(sim::Instant{
          std::clamp<std::int64_t>(a.time_us, 0, std::max(run_.session().until().us, run_.timeline.known().us))});
      return true;
    case ActionKind::LoopRange:
      loop_.reset();
      if (a.time2_us > a.time_us) {
        loop_ = {sim::Instant{a.time_us}, sim::Instant{a.time2_us}};
        set_out(loop_->first);
        play(true);
      }
      return true;
    case ActionKind::CancelProgress:
      play(false);
      stop_moving();
      run_.flow.forget_after(run_.now(), run_.session());
      runs_.follow();
      return true;
    case ActionKind::SetSpeed:
      run_.speed_ppm = a.number;
      pace_.restart();
      scout_.reset();
      return true;
    default: return false;
  }
}

void Playhead::restart() {
  way_.reset();  // belongs to the run that was left
  stop_moving();
  pace_.restart();
  loop_.reset();
}

void Playhead::run_to_due() { run_towards(run_.session().next_due(), Clock::time_point::max()); }

Playhead::Stop Playhead::run_towards(sim::Instant limit, Clock::time_point deadline) {
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

std::int64_t Playhead::speed() const {
  if (run_.speed_ppm != Run::kByView) return run_.speed_ppm;
  std::int64_t ppm = 1000000;
  const scenario::Session& s = run_.session();
  for (std::size_t i = 0; i < run_.scenario->steps.size(); ++i) {
    const scenario::Step& step = run_.scenario->steps[i];
    if (s.step_results()[i].happened && step.view && step.view->speed_ppm) ppm = *step.view->speed_ppm;
  }
  return ppm;
}

observe::Passing Playhead::passing() const {
  if (!playing_ || blocked(run_) || gliding_ || way_ || run_.adapts()) return {};
  const std::int64_t ppm = speed();
  return ppm > 0 ? observe::passing_at(ppm, run_.now().us) : passed_.passing();
}

sim::Instant Playhead::end() const {
  if (run_.past_end || run_.free) return sim::kNever;
  const sim::Instant until = run_.session().until();
  if (!run_.left_script()) return until;
  // A detour stops at the lesson's end, too, but not before its last act has shown what it leads to.
  const std::vector<scenario::HandCommand> acts = run_.timeline.commands();
  return acts.empty() ? until : std::max(until, acts.back().at + kAfterAct);
}

void Playhead::run_on(std::int64_t wall_us, const std::string& subject, bool waits) {
  if (ahead_) look_ahead();
  constexpr std::chrono::milliseconds kAFrame{4};
  if (foresight_.look(run_, std::min(deadline(), Clock::now() + kAFrame))) runs_.change();
  if (waits || blocked(run_)) return;
  count_reading(wall_us);
  if (!playing_) return;
  decided_us_ += wall_us;
  if (run_.adapts()) watched_us_ += wall_us;  // silences that pass are watched, too
  const std::size_t lines = run_.session().observation().trace().size();
  if (run_.watches()) find_silence(subject);
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
    if (stop == Stop::Limit && run_.now() == from && from < last && run_.session().ended_by().empty()) {
      if (from >= held_before()) runs_.change();  // the time left to read is shown
      return;
    }
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
  if (ppm <= 0) passed_.add(wall_us, from, run_.now());
  if (const observe::TraceStore& trace = run_.session().observation().trace(); !run_.session().hand_commands().empty())
    for (std::size_t i = lines; i < trace.size(); ++i)
      if (is_decision(trace[i], run_.session().cluster())) decided_us_ = 0;
  if (stop == Stop::Wait) {
    playing_ = false;
    gliding_.reset();
  }
  if (gliding_ && (run_.now() >= gliding_->to || blocked(run_) || stop == Stop::Sight)) {
    gliding_.reset();
    carry_us_ = 0;
  }
  if (run_.now() >= last) {
    playing_ = false;
    if (run_.left_script()) say_end();
  }
  if (stands_still()) {
    playing_ = false;
    gliding_.reset();
  }
  runs_.follow();
  if (loop_ && playing_ && from < loop_->second && run_.now() >= loop_->second) set_out(loop_->first);
}

// ---- long seeks

void Playhead::stop_moving() {
  if (way_ && way_->before) {
    // A cancelled search leaves the world where it was, with its old known end.
    Way search = std::move(*std::exchange(way_, std::nullopt));
    run_.timeline.put_back(std::move(*search.before));
    run_.read_again();
  }
  gliding_.reset();
  ahead_.reset();
  way_.reset();
  scout_.reset();
  quiet_ = {};
  carry_us_ = 0;
}

void Playhead::set_out(sim::Instant to, bool to_change, ui::Words words) {
  stop_moving();
  pace_.restart();
  watched_us_ = 0;
  run_.waits_at = {};
  if (words.empty()) words = ui::both("app.going_there"_w);
  way_ = Way{run_.now(), to, to_change, run_.lanes.changes(), 0, std::move(words)};
  if (to_change) way_->before = run_.timeline.place();
  go_on();
}

bool Playhead::stands_still() {
  const ui::Words why = run_.session().ended_by();
  if (!why.empty()) notices_.say(ui::both("app.stopped"_w, {{"why", why}}), true);
  return !why.empty();
}

bool Playhead::go_on() {
  Way& way = *way_;
  const auto until = deadline();
  const auto keep_going = [&] { return Clock::now() < until; };
  bool there = true, found = true;
  if (way.to_change) {
    Stop stop = Stop::Limit;
    while (stop == Stop::Limit && run_.lanes.changes() == way.changes && run_.now() < way.to && keep_going() &&
           !run_.session().cluster().faulted()) {
      stop = run_towards(std::min(way.to, run_.now() + sim::milliseconds(20)), until);
      runs_.follow();
    }
    found = run_.lanes.changes() != way.changes || (stop != Stop::Limit && stop != Stop::Slice) || stands_still();
    there = found || run_.now() >= way.to;
  } else {
    there = run_.timeline.seek(way.to, keep_going);
    if (there && run_.now() < way.to) stands_still();
  }
  ++way.slices;
  runs_.change();
  if (!there) return false;
  if (!found) {
    const double seconds = static_cast<double>((way.to - way.from).us) / 1e6;
    notices_.say(ui::both("app.nothing_changes"_w, {{"seconds", fmt::format("{:.0f}", seconds)}}), false);
    stop_moving();
    runs_.follow();
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
  runs_.follow();
  return true;
}

void Playhead::seek(sim::Instant t) {
  const auto slice = std::exchange(slice_, {});
  set_out(t);
  slice_ = slice;
}

void Playhead::next_step() {
  if (blocked(run_)) return;
  stop_moving();
  read_us_ = kRead;
  const int next = run_.free || run_.left_script() ? -1 : run_.flow.next_visible(run_.session());
  play(true);
  if (next < 0) {
    if (run_.now() < run_.session().until()) glide(run_.session().until(), kGlideWallUs);
    else say_end();
    return;
  }
  // The time of the next step is known if it has one; for a `when` it is found by running ahead.
  ahead_ = Ahead{run_.session(), next, run_.now()};
  look_ahead();
}

void Playhead::say_end() {
  if (run_.free) return;
  if (!run_.left_script()) notices_.say(ui::both("app.end_of_lesson"_w), false);
  else if (run_.now() >= end()) notices_.say(ui::both("app.end_of_detour"_w), false);
}

void Playhead::look_ahead() {
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

void Playhead::glide(sim::Instant to, std::int64_t wall_us) {
  const sim::Instant from = run_.now();
  if (to <= from) return;
  gliding_ = Gliding{from, to, static_cast<double>((to - from).us) / static_cast<double>(wall_us), false};
}

void Playhead::next_change(bool forward) {
  // A change is a trace line that matters for following the story.
  if (forward && way_ && way_->to_change) return;  // the search goes on
  play(false);
  if (const auto t = run_.lanes.change(run_.now(), forward)) return set_out(*t);
  if (!forward) return set_out(sim::Instant{0});
  const sim::Instant last = end();
  if (!blocked(run_) && run_.now() >= last) return say_end();
  if (!blocked(run_))
    set_out(last == sim::kNever ? run_.now() + kSearched : last, true, ui::both("app.looking_for_the_next_change"_w));
}

void Playhead::step_event(bool forward) {
  play(false);
  stop_moving();
  pace_.restart();
  if (forward) {
    if (blocked(run_)) return;
    run_.timeline.step(sim::kNever);
  } else {
    if (run_.session().events() > 0) run_.timeline.seek_event(run_.session().events() - 1);
    run_.flow.forget_after(run_.now(), run_.session());
  }
  runs_.follow();
}

void Playhead::fill(ui::LessonModel& m) const {
  foresight_.put(run_, m);
  if (playing_ && quiet_.long_one && run_.now() < quiet_.until && !gliding_ && run_.watches() && !blocked(run_)) {
    m.quiet_until_us = quiet_.until.us;
    m.quiet_counts = run_.now() < quiet_.last_count;
  }
  if (const sim::Instant held = held_before(); playing_ && !gliding_ && run_.now() >= held && !blocked(run_)) {
    m.quiet_until_us = held.us;
    m.reading_left_us = reading_left_us();
  }
  if (gliding_ && (gliding_->to - gliding_->from).us > kWorthGlidingUs) {
    const double span = static_cast<double>((gliding_->to - gliding_->from).us) / 1e6;
    ui::Glide& g = m.glide;
    g.active = true;
    g.headline = ui::both("app.seconds_pass"_w, {{"seconds", fmt::format("{:.0f}", span)}});
    g.from_us = gliding_->from.us;
    g.to_us = gliding_->to.us;
    g.danger = false;
    // Labels the range from the last act to its narration. If the lesson shows only graphs, the graphs alone show both.
    const bool told = !m.view.stage_hidden();
    if (const ui::TimeMark* deed = told ? run_.lanes.last_deed(gliding_->from.us) : nullptr) {
      const double at = static_cast<double>(deed->at_us) / 1e6;
      const bool here = gliding_->from.us - deed->at_us < 50'000;
      g.from_label = here ? deed->label
                          : ui::Words{fmt::format("({} at {:.3f})", deed->label.en, at),
                                      fmt::format("({:.3f} {})", at, deed->label.ko)};
      g.danger = deed->kind == ui::MarkKind::Fault;
    }
    // In a detour the steps' titles would tell what happens in the lesson only.
    if (run_.left_script() && m.detour.active) {
      const ui::Words& what = m.detour.what;
      g.why = m.detour.kind == ui::RunKind::Detour ? ui::both("ui.detour_is"_w, {{"what", what}}) : what;
      return;
    }
    if (told && m.step + 1 < static_cast<int>(m.steps.size())) {
      const ui::LessonStep& next = m.steps[static_cast<std::size_t>(m.step) + 1];
      const std::int64_t at = next.at_us >= 0 ? next.at_us : next.foreseen_us;
      // An act before the step may end the glide: its end is not the step's time.
      constexpr std::int64_t kAtTheEnd = 100'000;
      if (at < 0 || at - gliding_->to.us < kAtTheEnd) g.to_label = next.title;
    }
    if (m.steps.empty()) g.to_label = {};
    if (m.step_title.empty()) return;
    // The title of a question's step is only that it is a question.
    const ui::LessonStep* step =
        m.step < static_cast<int>(m.steps.size()) ? &m.steps[static_cast<std::size_t>(m.step)] : nullptr;
    g.why = step != nullptr && step->kind == ui::StepKind::Ask ? step->title : m.step_title;
  }
}

void Playhead::fill(ui::TimelineModel& m) {
  m.playing = playing_ && !blocked(run_);
  m.ended = !way_ && (run_.now() >= end() || !run_.session().ended_by().empty());
  m.speed_ppm = speed();
  m.adapts = run_.adapts();
  m.rate_ppm = m.speed_ppm > 0 ? m.speed_ppm : passed_.rate_ppm();
  m.watched.clear();
  if (m.adapts) {
    pace_.arrive(run_.now());
    m.rate_ppm = std::max<std::int64_t>(1, static_cast<std::int64_t>(pace_.rate(cruise()) * 1e6));
    for (const Sight& s : pace_.sights())
      if (s.id != 0) m.watched.push_back(s.id);
  }
  m.loop_from_us = loop_ ? loop_->first.us : -1;
  m.loop_to_us = loop_ ? loop_->second.us : -1;
  m.busy = (way_ && way_->slices >= kSlicesBeforeBusy);
  if (m.busy) {
    const double whole = static_cast<double>((way_->to - way_->from).us),
                 done = static_cast<double>((run_.now() - way_->from).us);
    m.progress = whole > 0 ? std::clamp(done / whole, 0.0, 1.0) : 0.5;
    m.busy_words = way_->words;
  }
}

}  // namespace kafkascope::app
