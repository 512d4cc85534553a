// Fills the dashboard's models from a player, after each change.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "app/group_metrics.h"
#include "app/player.h"
#include "observe/model/assignor_previews.h"
#include "observe/model/setting_here.h"
#include "observe/why/why.h"
#include "sim/facts_of_kernel.h"
#include "ui/strings.h"

namespace kafkascope::app {

namespace {

/// The question about what the last act by hand has led to. Empty: there is none yet.
std::string effects_of_last_act(const scenario::Session& session) {
  const auto& acts = session.hand_commands();
  if (acts.empty() || acts.back().at > session.now()) return {};
  const observe::TraceStore& trace = session.observation().trace();
  std::uint64_t act = 0;  // the line of the last act at that time
  for (std::size_t i = trace.first_at(acts.back().at); i < trace.size() && trace[i].time == acts.back().at; ++i)
    if (is<fact::Command>(trace[i])) act = trace[i].seq;
  return act == 0 ? std::string() : "/events/" + std::to_string(act) + "/effects";
}

std::string ids(const std::vector<int>& list) { return fmt::format("{{{}}}", fmt::join(list, ", ")); }

/// The values that a learner follows from step to step; constantly changing ones (log ends, high watermarks) are
/// excluded.
std::vector<ui::ChangedValue> facts_of(const observe::Snapshot& s) {
  // In the order of observe::NodeState.
  static constexpr words::Key kStates[] = {"ui.state_starting"_w, "ui.state_running"_w, "ui.state_paused"_w,
                                           "ui.state_crashed"_w,  "app.powered_off"_w,  "ui.state_leaving"_w,
                                           "ui.state_stopped"_w,  "ui.state_killed"_w};
  const auto same = [](const std::string& text) { return ui::Words{text, text}; };
  std::vector<ui::ChangedValue> facts;
  for (const observe::Partition& p : s.partitions) {
    facts.push_back({ui::both("app.leader_of"_w, {{"partition", p.name}}),
                     {},
                     same(p.leader < 0 ? "-" : fmt::format("broker-{}", p.leader))});
    facts.push_back({{p.name + " ISR", p.name + " ISR"}, {}, same(ids(p.isr))});
  }
  for (const observe::Node& n : s.nodes) {
    const words::Key state = kStates[static_cast<std::size_t>(n.state)];
    facts.push_back({{n.name, n.name},
                     {},
                     ui::both(n.fenced && n.state == observe::NodeState::Running ? "ui.state_fenced"_w : state)});
  }
  for (const observe::Group& g : s.groups) {
    facts.push_back({ui::both("app.state_of"_w, {{"group", g.id}}), {}, same(g.state)});
    facts.push_back({ui::both("app.generation_of"_w, {{"group", g.id}}), {}, same(fmt::format("{}", g.generation))});
  }
  const auto count = [&](words::Key what, std::int64_t n) {
    facts.push_back({ui::both(what), {}, same(fmt::format("{}", n))});
  };
  count("fate.lost_acked"_w, s.ledger.all.lost_acked);
  count("fate.duplicated"_w, s.ledger.all.duplicated);
  return facts;
}

}  // namespace

void Player::set_next_lesson(std::string id, ui::Words title) {
  next_lesson_ = std::move(id);
  next_lesson_title_ = std::move(title);
}

const observe::Snapshot& Player::snapshot() {
  if (snapshot_at_ != runs_.revision()) {
    observe::SnapshotOptions options;
    const std::string subject = this->subject();
    options.selected = subject;
    options.now = now();  // messages also move between two events
    options.passing = head_.passing();
    snapshot_ = observe::snapshot(run_.session().moment(), options);
    if (std::exchange(compares_assignors_, false)) observe::add_assignors(run_.session().cluster(), snapshot_);
    if (const std::string setting = std::exchange(setting_, {}); !setting.empty())
      snapshot_.setting = observe::setting_here(run_.session().cluster(), setting);
    // Compared with the values just before the shown step, and before the change that it may describe, one microsecond
    // earlier.
    sim::Instant step{0};
    for (std::size_t i = 0; i < run_.scenario->steps.size(); ++i) {
      const scenario::StepResult& r = run_.session().step_results()[i];
      const bool told = run_.scenario->steps[i].say || run_.scenario->steps[i].ask;
      // A `when` step comes a microsecond after the change it waited for.
      if (told && r.happened && r.at.us > 1) step = std::max(step, sim::Instant{r.at.us - 2});
    }
    snapshot_.metrics = run_.metrics.metrics(snapshot_, step);
    // A 0 is rarely worth a question, except that no controller is active.
    for (observe::Metric& m : snapshot_.metrics)
      m.why = (m.now != 0 || m.mbean.ends_with("name=ActiveControllerCount")) && observe::has_why(m.mbean);
    run_.lag_history.fill(snapshot_, run_.session());
    run_.recent.fill(snapshot_, run_.session());
    run_.owner_history.fill(snapshot_);
    run_.node_metrics.add(snapshot_, run_.timeline, subject, step);
    if (!run_.session().cluster().find(subject).valid())
      add_group_metrics(snapshot_, run_.session(), run_.lag_history, subject, step);
    snapshot_.metrics_before_us = step.us;
    snapshot_at_ = runs_.revision();
  }
  return snapshot_;
}

const ui::LessonModel& Player::lesson() {
  if (lesson_at_ == runs_.revision()) return lesson_;
  snapshot();
  lesson_ = {};
  run_.flow.fill(lesson_, run_.session(), turn_step(run_), turn_wait_us_);
  fill_pointed_records(lesson_.view, run_.session());
  run_.recent.fill(lesson_.view, run_.session());
  lesson_.coach_marks = coach_marks_;
  lesson_.undo = {pill_us_ > 0, pill_, pill_loss_, refused_, asked_ && !asked_->answered ? asked_->deed : ui::Words{}};
  lesson_.hand = hand_;
  lesson_.resume = resume_;
  fill_runs(lesson_);
  if (!lesson_.detour.active && lesson_.step >= resume_.step) lesson_.resume.active = false;  // it has come that far
  fill_end(lesson_);
  fill_changed(lesson_);
  fill_try(lesson_);
  second_.fill(lesson_, subject(), snapshot_, head_.passing());
  second_.fill_comparison(lesson_, snapshot_);
  if (run_.free) {
    lesson_.present = false;
    lesson_.question = {};
    lesson_.view.point.clear();
    lesson_.view.records.clear();
    lesson_.view.received.clear();
    lesson_.end.active = false;
  }
  head_.fill(lesson_);
  lesson_at_ = runs_.revision();
  return lesson_;
}

bool Player::led_to_something(const std::string& why) {
  const auto& acts = run_.session().hand_commands();
  const auto first = run_.lanes.change(acts.back().at, true);
  if (!first || *first > now()) return false;
  // The question is asked again only when something important has happened.
  const auto last = run_.lanes.change(now() + sim::Duration{1}, false);
  if (led_.run == run_.id && led_.acts == acts.size() && led_.last_change == last) return led_.to_something;
  const auto answer = observe::why(run_.session().moment(), why);
  led_ = {run_.id, acts.size(), last, answer && answer->steps.size() > 1 && answer->steps[1].seq != 0};
  return led_.to_something;
}

void Player::fill_runs(ui::LessonModel& m) {
  ui::Detour& d = m.detour;
  if (run_.parent >= 0 || !m.present || run_.free) {
    d.why = effects_of_last_act(run_.session());
    d.led = !d.why.empty() && led_to_something(d.why);
  }
  if (run_.parent >= 0 && runs_.find(run_.parent) != nullptr) {
    const Run& parent = *runs_.find(run_.parent);
    d.active = true;
    d.kind = run_.kind;
    d.what = runs_.name_of(run_);
    d.left_us = parent.stands_at().us;
    // A restored parent that has not been moved yet is at its beginning; the step is then taken from the detour.
    const Run& come = parent.stands_at() > parent.now() && !ui::has_own_steps(run_.kind) ? run_ : parent;
    d.return_step = std::max(0, come.flow.visible_steps().empty() ? 0 : come.flow.shown_step(come.session()));
    const bool to_beginning = run_.free && parent.stands_at().us == 0 && !parent.is_own();
    d.back = run_.kind == ui::RunKind::Seed
                 ? ui::both("ui.seed"_w, {{"seed", std::to_string(parent.scenario->cluster.seed)}})
             : to_beginning ? ui::both("app.cluster_as_it_began"_w)
                            : runs_.name_of(parent);
    if (!ui::has_own_steps(run_.kind)) {
      m.can_next = true;
      m.owes = {};
    }
  }
  const auto add = [&](const Run& run, bool current) {
    if (run.kind == ui::RunKind::Detour || run.kind == ui::RunKind::Try)
      d.kept.push_back({runs_.name_of(run), run.from.us, current, run.id});
  };
  add(run_, true);
  for (const Run& run : runs_.kept) add(run, false);
  std::sort(d.kept.begin(), d.kept.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
}

void Player::fill_end(ui::LessonModel& m) {
  m.end.acted = !run_.session().hand_commands().empty();
  m.end.invariants = snapshot_.invariants_checked;
  m.end.next_id = next_lesson_;
  m.end.next_title = next_lesson_title_;
  if (!m.end.active || run_.left_script() || run_.free) {
    m.end.active = m.end.active && !run_.left_script();
    return;
  }
  if (end_.run != run_.id || end_.acts != run_.session().hand_commands().size()) {
    // The file's expectations are decided at the end, on a copy, because a `within` may need to run on.
    end_ = {run_.id, run_.session().hand_commands().size(), {}, 0};
    scenario::Session done = run_.session();
    if (done.now() == done.until()) done.run_to_end();
    // What the file expects is about the unchanged world: in a change to try only a broken invariant counts.
    const bool as_written = run_.kind != ui::RunKind::Try;
    const auto fail = [&](const scenario::Expectation& e, const words::Message& seen) {
      const std::string en = e.message.en.empty() ? e.path + " " + scenario::wanted_text(e) : e.message.en;
      const std::string ko = e.message.ko.empty() ? en : e.message.ko;
      const ui::Words instead = ui::both(seen);
      end_.failed.push_back({seen.empty() ? en : en + ": " + instead.en, seen.empty() ? ko : ko + ": " + instead.ko});
    };
    for (std::size_t i = 0; as_written && i < run_.scenario->steps.size(); ++i) {
      const scenario::Step& step = run_.scenario->steps[i];
      const scenario::StepResult& r = done.step_results()[i];
      end_.expectations += step.expect ? 1 : 0;
      if (r.ok) continue;
      if (step.expect && !step.expect->message.empty()) {
        fail(*step.expect, {});
      } else {
        end_.failed.push_back({scenario::told(r, words::Lang::En), scenario::told(r, words::Lang::Ko)});
      }
    }
    for (std::size_t i = 0; as_written && i < run_.scenario->expect.size(); ++i) {
      const scenario::ExpectationResult& r = done.expectation_results()[i];
      end_.expectations += 1;
      if (r.decided && !r.ok) fail(run_.scenario->expect[i], r.seen);
    }
    for (const observe::Violation& v : done.observation().invariants().violations())
      end_.failed.push_back(ui::both("app.invariant"_w, {{"name", v.name}}));
  }
  m.end.failed = end_.failed;
  m.end.expectations = end_.expectations;
}

void Player::fill_changed(ui::LessonModel& m) {
  if (!m.present || (m.detour.active && run_.kind != ui::RunKind::Variant) || m.end.active || head_.on_its_way())
    return;
  facts_.try_emplace({run_.id, m.step}, facts_of(snapshot_));
  const auto before = facts_.find({run_.id, m.step - 1});
  if (before == facts_.end()) return;
  for (const ui::ChangedValue& now : facts_of(snapshot_)) {
    const auto was = std::find_if(before->second.begin(), before->second.end(),
                                  [&](const auto& f) { return f.name.en == now.name.en; });
    if (was != before->second.end() && was->now.en != now.now.en) m.changed.push_back({now.name, was->now, now.now});
  }
}

void Player::fill_try(ui::LessonModel& m) {
  if (run_.kind != ui::RunKind::Try) return;
  // The narration was written for the unchanged world.
  m.step_title = ui::both("app.a_change_to_try"_w);
  m.paragraphs = {run_.name.empty() ? runs_.name_of(run_) : run_.name};  // without the number of a copy
  m.view.point.clear();
  m.question = {};
  if (run_.now() >= run_.session().until()) m.view.panels.insert(m.view.panels.begin(), "compare");
}

const ui::TimelineModel& Player::time() {
  const auto diagram_end = space_look_.end_us();
  if (!diagram_end) time_.space.reset();
  else if (space_look_.is_new(runs_.revision()) || time_.space == nullptr)
    time_.space = std::make_shared<const ui::SpaceTime>(
        run_.space.build(run_.session(), snapshot(), {*diagram_end, lesson().view.hide, run_.log.model().chain}));
  if (time_at_ == runs_.revision()) return time_;
  run_.lanes.fill(time_, run_.session(), run_.timeline.known(), selected_);
  const std::vector<ui::LessonStep>& steps = lesson().steps;
  for (std::size_t k = 0; k < steps.size(); ++k) {
    if (steps[k].foreseen_us < 0) continue;
    const scenario::Step& step = run_.scenario->steps[static_cast<std::size_t>(run_.flow.visible_steps()[k])];
    const ui::Words label = step.say ? words(*step.say) : steps[k].title;
    time_.marks.push_back({steps[k].foreseen_us, ui::MarkKind::Step, -1, label, {}, false, true});
  }
  std::stable_sort(time_.marks.begin(), time_.marks.end(),
                   [](const ui::TimeMark& a, const ui::TimeMark& b) { return a.at_us < b.at_us; });
  time_.branches.clear();
  // A run that the lesson itself shows beside this one is not listed.
  if (std::any_of(runs_.kept.begin(), runs_.kept.end(), [](const Run& run) { return !run.of_lesson; })) {
    const auto add = [&](const Run& run, bool current) {
      time_.branches.push_back({runs_.name_of(run), run.from.us, std::max(run.timeline.known(), run.waits_at).us,
                                current, run.kind, run.stands_at().us, run.id,
                                static_cast<int>(run.timeline.commands().size())});
    };
    add(run_, true);
    for (const Run& run : runs_.kept)
      if (!run.of_lesson) add(run, false);
    std::sort(time_.branches.begin(), time_.branches.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  }
  head_.fill(time_);
  time_at_ = runs_.revision();
  return time_;
}

const ui::LogModel& Player::log() { return run_.log.model(); }

}  // namespace kafkascope::app
