#include "scenario/session.h"
#include "protocol/errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "observe/words/korean.h"
#include "scenario/standstill.h"

namespace kafkascope::scenario {

using nlohmann::json;

namespace {
words::Message not_refused(const std::string& error, words::Message what) {
  return {"run.not_refused"_w, {{"error", error}, {"what", std::move(what)}}};
}
}  // namespace

std::string told(const StepResult& result, words::Lang lang) {
  if (!result.said.empty()) return words::render(lang, result.said);
  return lang == words::Lang::Ko ? observe::reason_in_korean(result.answer) : result.answer;
}

Session::Session(std::shared_ptr<const Scenario> scenario, bool store_trace, observe::TraceWriter* writer)
    : SessionState(std::move(scenario)) {
  observation_.trace().store(store_trace);
  observation_.write_to(writer);
  observation_.bind(cluster_);
  clients_ = cluster::scheduled_commands(cluster_.spec());
  steps_.resize(scenario_->steps.size());
  armed_.resize(scenario_->steps.size(), sim::kNever);
  triggered_.resize(scenario_->steps.size(), sim::kNever);
  expectations_.resize(scenario_->expect.size());
  for (std::size_t i = 0; i < scenario_->expect.size(); ++i) {
    const Expectation& e = scenario_->expect[i];
    if (!applies(e.only)) expectations_[i] = {true, true, {}, {}, {}};
    if (applies(e.only) && e.always) watches_.push_back({&e, i, true, until(), false});
  }
  const auto note_since = [&](const Expectation& e) {
    if (e.since) awaited_since_.push_back(&e);
  };
  for (std::size_t i = 0; i < scenario_->steps.size(); ++i) {
    const Step& s = scenario_->steps[i];
    if (s.expect) note_since(*s.expect);
    if (s.when) note_since(*s.when);
    if (s.predecessor < 0 && s.trigger != Step::Trigger::At) armed_[i] = sim::Instant{0};
  }
  for (const Expectation& e : scenario_->expect) note_since(e);
  cluster_.start();
  after_event();
}

// Members are copied unchanged; only the observer must be bound to its new world.
Session::Session(const Session& other) : SessionState(other) {
  observation_.bind(cluster_);
  observation_.write_to(nullptr);
}
Session::Session(Session&& other) noexcept : SessionState(std::move(other)) { observation_.bind(cluster_); }
Session& Session::operator=(const Session& other) {
  if (this == &other) return *this;
  static_cast<SessionState&>(*this) = other;
  observation_.bind(cluster_);
  observation_.write_to(nullptr);
  return *this;
}
Session& Session::operator=(Session&& other) noexcept {
  if (this == &other) return *this;
  static_cast<SessionState&>(*this) = std::move(static_cast<SessionState&>(other));
  observation_.bind(cluster_);
  return *this;
}

bool Session::applies(const std::vector<std::string>& only) const {
  return only.empty() || std::find(only.begin(), only.end(), scenario_->variant) != only.end();
}

// ---- what comes next

Session::Due Session::next_due_item() const {
  Due best;
  const auto offer = [&](sim::Instant at, Due::Kind kind, std::size_t index) {
    if (at < best.at)
      best = {at, kind, index};  // in a tie the first offer wins: clients, then steps in file order, then a person
  };
  if (next_client_ < clients_.size()) offer(clients_[next_client_].at, Due::Kind::Client, next_client_);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (steps_[i].happened || script_suspended_) continue;
    const Step& s = scenario_->steps[i];
    switch (s.trigger) {
      case Step::Trigger::At: offer(s.at, Due::Kind::Step, i); break;
      case Step::Trigger::After:
        if (armed_[i] != sim::kNever) offer(armed_[i] + s.after, Due::Kind::Step, i);
        break;
      case Step::Trigger::When:
        if (triggered_[i] != sim::kNever) offer(triggered_[i], Due::Kind::Step, i);
        break;
    }
  }
  if (next_planned_ < planned_.size()) offer(planned_[next_planned_].at, Due::Kind::Hand, next_planned_);
  return best;
}

const Session::Agenda& Session::agenda() {
  if (!agenda_.stale) return agenda_;
  agenda_ = {};
  agenda_.stale = false;
  agenda_.due = next_due_item();
  if (!script_suspended_) note_waiting();
  agenda_.quiet_until = std::min(agenda_.due.at - sim::microseconds(1), agenda_.first_deadline);
  for (const Expectation* e : awaited_since_)
    agenda_.quiet_until = std::min(agenda_.quiet_until, *e->since - sim::microseconds(1));
  return agenda_;
}

void Session::note_waiting() {
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& s = scenario_->steps[i];
    if (steps_[i].happened || s.trigger != Step::Trigger::When || armed_[i] == sim::kNever ||
        triggered_[i] != sim::kNever)
      continue;
    agenda_.waiting.push_back(i);
    if (s.timeout && steps_[i].ok) agenda_.first_deadline = std::min(agenda_.first_deadline, armed_[i] + *s.timeout);
  }
  for (std::size_t i = 0; i < watches_.size(); ++i) {
    if (watches_[i].done) continue;
    agenda_.watching.push_back(i);
    agenda_.first_deadline = std::min(agenda_.first_deadline, watches_[i].deadline);
  }
}

int Session::next_step() const {
  const Due due = next_due_item();
  return due.kind == Due::Kind::Step ? static_cast<int>(due.index) : -1;
}

sim::Instant Session::next_due() const { return next_due_item().at; }

bool Session::step(sim::Instant limit) {
  if (cluster_.faulted()) return false;
  if (cluster_.step(std::min(limit, agenda().quiet_until))) {
    now_ = cluster_.now();
    after_event();
    if (cluster_.executed() >= next_look_) [[unlikely]]
      look_at_clock();
    return true;
  }
  const Due due = agenda().due;
  const std::optional<sim::Instant> event = cluster_.next_time();
  const sim::Instant next = std::min(due.at, event ? *event : sim::kNever);
  if (next > limit) {
    take_since(limit);
    check_deadlines(limit);
    now_ = std::max(now_, limit);
    return false;
  }
  take_since(next);
  check_deadlines(next - sim::microseconds(1));
  // A command precedes everything else in its µs.
  if (due.at <= next) {
    now_ = std::max(now_, due.at);
    perform(due);
  } else {
    cluster_.step();
    now_ = next;
  }
  after_event();
  return true;
}

/// Counts events, not seconds, so that the run ends at the same event everywhere. The clock is read so rarely that it
/// costs nothing.
void Session::look_at_clock() {
  constexpr int kLoopShown = 10'000;  // number of events watched to see which repeat
  const std::uint64_t most = most_at_one_instant(cluster_.nodes().size(), scenario_->steps.size());
  const std::uint64_t executed = cluster_.executed();
  next_look_ = executed + most / 8;
  if (std::exchange(clock_, cluster_.now()) != cluster_.now()) shown_since_ = executed;
  if (executed - shown_since_ < most) return;
  observe::TraceStore& trace = observation_.trace();
  const bool stored = trace.storing();
  const std::size_t first = trace.size();
  trace.store(true);
  for (int i = 0; i < kLoopShown; ++i) {
    if (!cluster_.step(std::min(clock_, agenda().quiet_until))) return trace.store(stored);  // the loop ends after all
    after_event();
  }
  standstill_ = standstill_words(cluster_, trace, first, most);
  cluster_.fault(standstill_.en);
}

observe::Words Session::ended_by() const {
  if (!standstill_.empty() || !cluster_.faulted()) return standstill_;
  return {cluster_.fault_text(), cluster_.fault_text()};
}

void Session::run_until(sim::Instant t) {
  while (step(t)) {
  }
}

void Session::run_to_end() {
  if (finished_) return;
  run_until(until());
  final_hash_ = trace_hash();
  sim::Instant last = until();
  for (std::size_t i = 0; i < expectations_.size(); ++i) {
    const Expectation& e = scenario_->expect[i];
    if (expectations_[i].decided || e.always) continue;
    const bool ok = holds(e, moment(), since_value(e));
    if (!ok && e.within) {
      last = std::max(last, until() + *e.within);
      watches_.push_back({&e, i, true, until() + *e.within, false});
      agenda_.stale = true;
    } else {
      decide(expectations_[i], e, ok);
    }
  }
  const auto waiting = [&] {
    return std::any_of(watches_.begin(), watches_.end(),
                       [&](const Watch& w) { return !w.done && !w.expectation->always; });
  };
  while (waiting() && step(last)) {
  }
  check_deadlines(sim::kNever);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& s = scenario_->steps[i];
    if (steps_[i].happened || s.trigger == Step::Trigger::At) continue;
    if (s.trigger == Step::Trigger::When && armed_[i] != sim::kNever)
      fail_step(
          i,
          words::Message("run.never_happened"_w, {{"what", expected_text(*s.when)}, {"seen", seen(*s.when, moment())}}),
          &*s.when);
    else fail_step(i, words::Message("run.never_happened_after_step"_w));
  }
  finished_ = true;
}

// ---- steps

cluster::Outcome Session::execute(const cluster::Command& command, sim::Instant at, int step) {
  if (command.verb == cluster::Verb::Commit || command.verb == cluster::Verb::Seek)
    for (sim::NodeId client : cluster_.resolve(*command.node)) observation_.excuse_group_of(client);
  cluster::Outcome outcome = cluster_.execute(command, at, ++command_number_);
  observation_.note_act(command_number_, command, outcome, at, step);
  return outcome;
}

void Session::perform(const Due& due) {
  agenda_.stale = true;
  switch (due.kind) {
    case Due::Kind::Client:
      ++next_client_;
      execute(clients_[due.index].command, due.at);
      break;
    case Due::Kind::Step: perform_step(due.index, due.at); break;
    case Due::Kind::Hand:
      ++next_planned_;
      hand_.push_back(planned_[due.index]);
      if (hand_.back().leaves_script) script_suspended_ = true;
      execute(planned_[due.index].command, due.at);
      break;
    case Due::Kind::None: break;
  }
}

void Session::perform_step(std::size_t index, sim::Instant at) {
  const Step& s = scenario_->steps[index];
  StepResult& result = steps_[index];
  result.happened = true;
  result.at = at;
  if (s.command) {
    const cluster::Outcome outcome = execute(*s.command, at, static_cast<int>(index));
    result.nodes = outcome.nodes;
    result.said = outcome.said;
    result.ok = !outcome.failed;
    if (outcome.done && outcome.call != 0)
      awaiting_answer_.push_back({index, cluster_.find(outcome.nodes.back()), outcome.call, false});
    else if (!outcome.failed && !s.command->expected_error.empty())
      fail_step(index, not_refused(s.command->expected_error,
                                   outcome.done ? words::Message("problem.thing.done"_w)
                                                : words::Message("run.not_asked"_w, {{"why", outcome.said}})));
  }
  if (s.expect) {
    const Expectation& e = *s.expect;
    const bool ok = holds(e, moment(), since_value(e));
    if (e.within || e.always) {
      watches_.push_back({&e, index, false, e.within ? at + *e.within : until(), false});
      if (e.always && !ok) finish_watch(watches_.back(), false);
    } else if (!ok) {
      fail_step(index, seen_instead(e, seen(e, moment())), &e);
    }
  }
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& next = scenario_->steps[i];
    if (next.trigger != Step::Trigger::At && next.predecessor == static_cast<int>(index)) armed_[i] = at;
  }
}

cluster::Outcome Session::command(const cluster::Command& command, bool leaves_script) {
  sim::Instant last = cluster_.now();
  for (const StepResult& r : steps_)
    if (r.happened) last = std::max(last, r.at);
  run_until(last);  // everything else in that µs comes first, as in a replay
  // The moment that is shown, unless something has happened in it already.
  const sim::Instant at = std::max(now_, last + sim::microseconds(1));
  now_ = at;
  hand_.push_back({at, command, leaves_script});
  if (leaves_script) script_suspended_ = agenda_.stale = true;
  cluster::Outcome outcome = execute(command, at);
  after_event();
  return outcome;
}

void Session::plan(std::vector<HandCommand> commands) {
  planned_ = std::move(commands);
  next_planned_ = 0;
  agenda_.stale = true;
}

// ---- looking after every event

namespace {
/// Whether the value can only change with a new line of a role.
bool changes_with_lines(const Expectation& e) {
  const auto about = [](std::string_view path) {
    return (path.starts_with("/partitions/") || path.starts_with("/groups/")) &&
           path.find("flushed") == std::string_view::npos;
  };
  return about(e.path) && e.op != Operator::SameAs && e.op != Operator::DiffersFrom;
}
}  // namespace

/// An act of the boot comes right after the event that made it possible, as if the file contained it.
void Session::go_on_booting() {
  const auto acts = cluster::boot_acts(cluster_, boot_stage_);
  if (!acts) return;
  ++boot_stage_;
  agenda_.stale = true;
  const sim::Instant at = cluster_.now() + sim::microseconds(1);
  for (const cluster::Command& act : *acts) clients_.push_back({at, act});
  std::stable_sort(clients_.begin() + static_cast<std::ptrdiff_t>(next_client_), clients_.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
}

void Session::after_event() {
  if (scenario_->cluster.boot && boot_stage_ < 2) go_on_booting();
  if (script_suspended_) return;
  const bool news = lines_seen_ != observation_.lines();
  lines_seen_ = observation_.lines();
  for (const std::size_t i : agenda().waiting) {
    const Step& s = scenario_->steps[i];
    if ((!news && changes_with_lines(*s.when) && armed_[i] < now_) || !holds(*s.when, moment(), since_value(*s.when)))
      continue;
    agenda_.stale = true;
    // Immediately if its predecessor has just happened (before the events of this µs), otherwise right after the event
    // that made the condition true.
    triggered_[i] = armed_[i] == now_ && cluster_.now() < now_ ? now_ : cluster_.now() + sim::microseconds(1);
    triggered_[i] = std::max(triggered_[i], armed_[i]);
  }
  for (const std::size_t i : agenda().watching) {
    Watch& w = watches_[i];
    if (!news && changes_with_lines(*w.expectation)) continue;
    const bool ok = holds(*w.expectation, moment(), since_value(*w.expectation));
    if (w.expectation->always ? !ok : ok) finish_watch(w, ok);
  }
  if (!awaiting_answer_.empty()) take_answers();
}

/// If there are several rows (partitions, topics), the first refused one is the step's answer.
void Session::take_answers() {
  const auto& answers = observation_.command_answers();
  for (; answers_seen_ < answers.size(); ++answers_seen_) {
    const auto& answer = answers[answers_seen_];
    const auto it = std::find_if(awaiting_answer_.begin(), awaiting_answer_.end(),
                                 [&](const auto& a) { return a.by == answer.by && a.call == answer.call; });
    if (it == awaiting_answer_.end()) continue;
    const std::size_t step = it->step;
    const std::string got(answer.error == protocol::ErrorCode::NONE ? "" : protocol::name(answer.error));
    const bool first_refusal = !got.empty() && !std::exchange(it->refused, true);
    if (first_refusal || !it->refused)
      steps_[step].answer = got.empty() ? answer.message : got + (answer.message.empty() ? "" : ": " + answer.message);
    const std::string& wanted = scenario_->steps[step].command->expected_error;
    const bool last = answer.rows_left == 0;
    const bool never_refused = last && !it->refused;
    if (last) awaiting_answer_.erase(it);
    if (!wanted.empty() && ((first_refusal && got != wanted) || never_refused))
      fail_step(step, not_refused(wanted, got.empty() ? words::Message("problem.thing.done"_w)
                                                      : words::Message("problem.example"_w, {{"text", got}})));
  }
}

void Session::finish_watch(Watch& w, bool ok) {
  w.done = true;
  agenda_.stale = true;
  if (w.of_file) {
    decide(expectations_[w.step], *w.expectation, ok);
  } else if (!ok) {
    const Expectation& e = *w.expectation;
    fail_step(w.step,
              words::Message(e.always ? "run.not_always"_w : "run.not_within"_w,
                             {{"what", expected_text(e)}, {"seen", seen(e, moment())}}),
              &e);
  }
}

void Session::check_deadlines(sim::Instant t) {
  if (script_suspended_ || agenda().first_deadline > t) return;
  for (const std::size_t i : agenda().watching)
    if (watches_[i].deadline <= t) finish_watch(watches_[i], watches_[i].expectation->always);
  for (const std::size_t i : agenda().waiting) {
    const Step& s = scenario_->steps[i];
    if (!s.timeout || armed_[i] + *s.timeout > t || !steps_[i].ok) continue;
    fail_step(i,
              words::Message("run.timed_out"_w, {{"what", expected_text(*s.when)}, {"seen", seen(*s.when, moment())}}),
              &*s.when);
  }
}

void Session::take_since(sim::Instant up_to) {
  for (auto it = awaited_since_.begin(); it != awaited_since_.end();) {
    if (*(*it)->since <= up_to) {
      since_.emplace_back(*it, observe::state_at(moment(), (*it)->path));
      it = awaited_since_.erase(it);
      agenda_.stale = true;
    } else {
      ++it;
    }
  }
}

const std::optional<json>& Session::since_value(const Expectation& e) const {
  static const std::optional<json> kNone;
  const auto it = std::find_if(since_.begin(), since_.end(), [&](const auto& s) { return s.first == &e; });
  return it == since_.end() ? kNone : it->second;
}

void Session::decide(ExpectationResult& result, const Expectation& e, bool ok) {
  result.decided = true;
  result.ok = ok;
  result.at = now_;
  result.seen = seen(e, moment());
  if (!ok) result.touched = last_events_about(e.path, moment());
}

void Session::fail_step(std::size_t index, words::Message why, const Expectation* of) {
  if (!steps_[index].ok) return;
  if (of != nullptr) steps_[index].touched = last_events_about(of->path, moment());
  if (of != nullptr && !steps_[index].happened && steps_[index].touched.empty())
    steps_[index].touched = last_events_near(of->path, moment());  // the events that happened instead
  steps_[index].ok = false;
  agenda_.stale = true;
  if (!steps_[index].happened) steps_[index].at = now_;
  steps_[index].said = std::move(why);
}

bool Session::ok() const {
  return !cluster_.faulted() && observation_.invariants().violations().empty() &&
         std::all_of(steps_.begin(), steps_.end(), [](const StepResult& s) { return s.ok; }) &&
         std::all_of(expectations_.begin(), expectations_.end(),
                     [](const ExpectationResult& e) { return !e.decided || e.ok; });
}

std::string Session::trace_hash() const { return fmt::format("v2:{:016x}", cluster_.digest()); }

}  // namespace kafkascope::scenario
