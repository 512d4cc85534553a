// Time that adapts: slow while something worth seeing is on its way, fast through silence.
#include <algorithm>

#include "app/playhead.h"

namespace kafkascope::app {

namespace {

constexpr sim::Duration kBeforeStep = sim::microseconds(3);  // before a learner's step waits for its act
constexpr std::int64_t kSilenceWallUs = 2000000;             // the longest silence, in the viewer's time
constexpr std::int64_t kShortSilenceWallUs = 700000;         // a silence so short that the glide is not announced
constexpr std::int64_t kWorthPassingUs = 2000000;            // a silence that would take longer is shortened
constexpr std::int64_t kRealTime = 1000000;                  // ppm
constexpr std::int64_t kWatchUs = 20'000'000;                // the viewer's time for which a step keeps its slow speed
constexpr std::int64_t kDoubleUs = 4'000'000;                // then the speed doubles after each of these
constexpr std::int64_t kWordUs = 300000;                     // 200 words a minute
constexpr std::int64_t kWithoutClients = 10;                 // times the usual speed
constexpr sim::Duration kActIsSeen = sim::seconds(15);       // among brokers alone: a session runs out in 9 s
constexpr std::int64_t kDecidedUs = 4000000;        // what an act by hand led to is seen before the next silence passes
constexpr std::int64_t kBeforeSilenceUs = 5000000;  // a silence passes after that, even if the step is still being read

Focus focus_of(const Run& run, std::string selected, std::int64_t cruise_ppm) {
  Focus f;
  f.cruise_ppm = cruise_ppm;
  f.select = std::move(selected);
  for (std::size_t i = 0; i < run.scenario->steps.size() && !run.free; ++i) {
    const scenario::Step& s = run.scenario->steps[i];
    if (!s.view || !run.session().step_results()[i].happened) continue;
    if (s.view->hide) f.hide = *s.view->hide;
    if (s.view->panels)
      f.groups = std::find(s.view->panels->begin(), s.view->panels->end(), "groups") != s.view->panels->end();
  }
  return f;
}

std::int64_t words_in(const std::string& text) {
  return std::count(text.begin(), text.end(), ' ') + (text.empty() ? 0 : 1);
}

/// How long it takes to read the shown step, in µs of the viewer's time.
std::int64_t reading_us(const Run& run) {
  const auto& visible = run.flow.visible_steps();
  if (visible.empty() || run.free || run.left_script()) return 0;
  const int shown = run.flow.shown_step(run.session());
  const auto step = static_cast<std::size_t>(visible[static_cast<std::size_t>(shown)]);
  const std::optional<scenario::Text>& say = run.scenario->steps[step].say;
  const scenario::Ask* explained = run.flow.explained_at(shown);
  return kWordUs * ((say ? words_in(say->en) : 0) + (explained != nullptr ? words_in(explained->why.en) : 0));
}

}  // namespace

void Playhead::count_reading(std::int64_t wall_us) {
  if (const int shown = run_.flow.shown_step(run_.session()); shown != read_step_) {
    read_step_ = shown;
    read_us_ = watched_us_ = 0;
  }
  read_us_ += wall_us;
}

std::int64_t Playhead::reading_left_us() const { return std::max<std::int64_t>(0, reading_us(run_) - read_us_); }

sim::Instant Playhead::held_before() const {
  if (!run_.adapts() || loop_ || reading_left_us() == 0) return sim::kNever;
  const int next = run_.flow.next_visible(run_.session());
  const auto shown = static_cast<std::size_t>(run_.flow.shown_step(run_.session()));
  // At the beginning the first step is shown before it happens. A question is shown beside the text that stands there.
  if (next < 0 || next == run_.flow.visible_steps()[shown] || run_.scenario->steps[static_cast<std::size_t>(next)].ask)
    return sim::kNever;
  const auto at = foresight_.time_of(run_, static_cast<std::size_t>(next));
  return at ? *at - kBeforeStep : sim::kNever;
}

std::int64_t Playhead::speed_of_step() const {
  const std::int64_t ppm = speed();
  if (!run_.adapts() || ppm <= 0 || ppm >= kRealTime) return ppm;
  const std::int64_t doublings = std::max<std::int64_t>(0, watched_us_ - kWatchUs) / kDoubleUs;
  return doublings >= 20 ? kRealTime : std::min(kRealTime, ppm << doublings);
}

Playhead::Stop Playhead::run_adapting(std::int64_t wall_us, sim::Instant last) {
  last = std::min(last, held_before());
  const auto until = deadline();
  auto left = static_cast<double>(wall_us);
  const std::int64_t ppm = cruise();
  Stop stop = Stop::Limit;
  while (left > 0 && run_.now() < last) {
    pace_.arrive(run_.now());
    const double rate = pace_.rate(ppm);
    const double want = carry_us_ + left * rate;
    const auto whole = static_cast<std::int64_t>(want);
    if (whole <= 0) {
      carry_us_ = want;
      return Stop::Limit;
    }
    const sim::Instant from = run_.now(), full = from + sim::microseconds(whole);
    sim::Instant to = std::min({last, full, pace_.next_arrival()});
    if (loop_ && from < loop_->second) to = std::min(to, loop_->second);
    stop = run_towards(to, until);
    if (stop == Stop::Limit && run_.now() < to) return stop;  // the run cannot go on
    if (stop == Stop::Limit && to == full) {
      carry_us_ = want - static_cast<double>(whole);
      return stop;
    }
    left -= std::max(0.0, (static_cast<double>((run_.now() - from).us) - carry_us_) / rate);
    carry_us_ = 0;
    if (stop != Stop::Limit && stop != Stop::Sight) return stop;
    if (loop_ && run_.now() == loop_->second) return Stop::Limit;
  }
  return Stop::Limit;
}

void Playhead::find_silence(const std::string& subject) {
  focus_ = focus_of(run_, subject, speed_of_step());
  pace_.arrive(run_.now());
  if (waits_for_client()) {
    scout_.reset();
    quiet_ = {};
    return;
  }
  const std::int64_t cruise = focus_.cruise_ppm;
  const sim::Instant from = run_.now();
  const std::size_t acts = run_.session().hand_commands().size();
  if (std::exchange(watched_acts_, acts) != acts) watched_us_ = 0;
  if (from < quiet_.from || acts != quiet_.acts || !(focus_ == quiet_.focus)) quiet_ = {};
  if (gliding_ || ahead_ || !pace_.sights().empty() || cruise <= 0) return scout_.reset();
  if (from >= quiet_.until) {
    if (scout_ && !scout_->ahead_of(run_.session())) scout_.reset();
    if (!scout_) scout_.emplace(run_.session(), pace_, end());
    const auto until = deadline();
    if (!scout_->go(focus_, [&] { return Clock::now() < until; })) return;
    const sim::Instant to = std::min(scout_->at(), end()), last_count = scout_->last_count();
    scout_.reset();
    quiet_ = {from, to, acts, focus_, (to - from).us * 1000000 / cruise >= kWorthPassingUs, last_count};
  }
  if (run_.adapts() && read_us_ >= std::min(reading_us(run_), kBeforeSilenceUs) && decided_us_ >= kDecidedUs)
    pass_silence();
}

bool Playhead::waits_for_client() const { return run_.free && run_.session().cluster().spec().clients.empty(); }

std::int64_t Playhead::cruise() const {
  const std::int64_t ppm = speed_of_step();
  if (!waits_for_client()) return ppm;
  const auto& acts = run_.session().hand_commands();
  return acts.empty() || acts.back().at + kActIsSeen < run_.now() ? ppm * kWithoutClients : ppm;
}

void Playhead::pass_silence() {
  const sim::Instant from = run_.now();
  if (gliding_ || ahead_ || !pace_.sights().empty() || focus_.cruise_ppm <= 0) return;
  // The silence may be over already: the learner's act is due shortly before its step.
  if (!quiet_.long_one || quiet_.until <= from) return;
  const sim::Instant to = std::min(quiet_.until, held_before());
  if (to <= from) return;
  glide(to, (to - from).us > kWorthGlidingUs ? kSilenceWallUs : kShortSilenceWallUs);
  gliding_->silence = true;
}

}  // namespace kafkascope::app
