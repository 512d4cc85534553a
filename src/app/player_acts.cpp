// A person's acts on the world, and the runs that they create: detours, other seeds, changes to try. No act is lost.
#include <fmt/format.h>

#include <algorithm>

#include "app/acts.h"
#include "app/advice.h"
#include "app/menu_acts.h"
#include "app/other_runs.h"
#include "app/player.h"
#include "cluster/acts.h"
#include "observe/why/account.h"
#include "observe/words/korean.h"
#include "scenario/read_act.h"
#include "scenario/supported.h"
#include "scenario/values.h"
#include "scenario/write.h"
#include "ui/strings.h"

namespace kafkascope::app {

using cluster::Verb;

namespace {

constexpr std::int64_t kPillUs = 10000000;
constexpr std::int64_t kAnswerUs = 4000000;

bool is_script(const Run& run) { return !run.flow.visible_steps().empty() && !run.free; }

/// The script continues from where it was suspended, with the acts done there before its next step.
void go_on_with_script(Run& run) {
  auto acts = run.timeline.commands();
  std::size_t last = 0;
  while (last < acts.size() && !acts[last].leaves_script) ++last;
  const sim::Instant waited = acts[std::min(last, acts.size() - 1)].at;
  sim::Instant next = sim::kNever;
  for (const scenario::Step& step : run.scenario->steps)
    if (step.trigger == scenario::Step::Trigger::At && step.at > waited) next = std::min(next, step.at);
  std::erase_if(acts, [&](const scenario::HandCommand& h) { return h.at > waited && h.at >= next; });
  for (scenario::HandCommand& h : acts) h.leaves_script = false;
  run.timeline.rewrite(acts, acts.back().at);
  run.kind = ui::RunKind::Script;
  run.origin = std::exchange(run.parent, -1);
}

/// What to do about a problem. A file declares its topics; in the window a topic is created, or an existing one chosen.
ui::Words remedy_words(const words::Message& remedy) {
  const bool of_a_file = remedy.key() == "remedy.declare_topic"_w || remedy.key() == "remedy.declare_topic_or"_w;
  return ui::both(of_a_file ? words::Message("app.advice_topic_first"_w) : remedy);
}

/// The problems of an act, each with its field.
ui::Words problem_words(const scenario::ReadAct& act) {
  if (act.problems.empty()) return ui::both("app.this_file_cannot_take_a_step"_w);
  constexpr std::size_t kMostTold = 3;
  ui::Words words;
  for (std::size_t i = 0; i < std::min(act.problems.size(), kMostTold); ++i) {
    const scenario::Problem& p = act.problems[i];
    // The name of the field; for an item of a list, the name of the list.
    std::string way = p.pointer, field;
    do {
      field = way.substr(way.rfind('/') + 1);
      way.resize(way.size() - field.size() - (way.size() > field.size() ? 1 : 0));
    } while (!way.empty() && field.find_first_not_of("0123456789") == std::string::npos);
    const std::string where = field.find_first_not_of("0123456789") == std::string::npos ? "" : field + ": ";
    const ui::Words message = ui::both(p.message), remedy = remedy_words(p.remedy);
    words.en += (words.en.empty() ? "" : ". ") + where + message.en + (remedy.en.empty() ? "" : "; " + remedy.en);
    words.ko += (words.ko.empty() ? "" : ". ") + where + message.ko + (remedy.ko.empty() ? "" : ". " + remedy.ko);
  }
  return words;
}

}  // namespace

// ---- runs

void Player::enter(Run run) {
  run_ = std::move(run);
  run_.of_lesson = false;
  run_.flow.present(presenting_);
  head_.restart();
  pill_us_ = 0;
  asked_.reset();
  starts_again_.clear();
  second_.look_again();
  runs_.follow();
}

void Player::leave(ui::RunKind kind, ui::Words name, bool for_good) {
  head_.stop_moving();
  Run next(run_.scenario, run_.timeline.fork(), run_.flow);
  next.id = runs_.new_id();
  next.kind = kind;
  next.parent = for_good ? run_.parent : run_.id;
  next.name = std::move(name);
  next.from = for_good ? std::min(run_.from, run_.now()) : run_.now();
  next.free = run_.free;
  next.options = run_.options;
  next.past_end = run_.past_end;
  next.speed_ppm = run_.speed_ppm;
  next.origin = run_.origin;
  next.setting = run_.setting && kind == ui::RunKind::Try;
  next.log = run_.log;
  runs_.keep(std::move(run_), next.parent);
  enter(std::move(next));
}

void Player::go_to(int id) {
  Run* there = runs_.find(id);
  if (there == nullptr) return;
  const int left = run_.id;
  head_.stop_moving();
  Run old = std::move(run_);
  Run next = std::move(*there);
  *there = std::move(old);
  head_.let_go();
  head_.play(false);
  enter(std::move(next));
  second_.keep_with(left);
  go_where_it_stood();
}

bool Player::take_back(const KeptSession& kept, const Bounds& bounds, ui::Words* too_large_words) {
  std::optional<Run> run = runs_.take_back(kept, bounds, too_large_words);
  if (!run) return false;
  undone_.clear();
  const bool playing = head_.playing();
  enter(std::move(*run));
  head_.play(playing);
  return true;
}

void Player::go_where_it_stood() {
  if (const sim::Instant there = std::exchange(run_.waits_at, {}); there.us > 0) head_.set_out(there);
}

// ---- acts

void Player::fault(const ui::Action& a) {
  if (!scenario::is_supported(scenario::Form::Verb, a.verb))
    return notices_.say(ui::both("app.not_there_yet"_w, {{"verb", a.verb}}), true);
  const auto c = command_of(a, run_.session());
  if (!c) return;
  if (c->verb == Verb::Deliver && c->get<cluster::act::Deliver>().event.empty())
    return notices_.say(ui::both("app.it_has_arrived_already"_w), true);
  if (const auto judged = scenario::read_act(run_.session(), scenario::command_node(*c)); !judged.command)
    return notices_.say(problem_words(judged), true);
  command(*c);
}

void Player::do_step(const std::string& step) {
  hand_ = {hand_.taken + 1, {}};
  if (asked_) asked_->by_step = false;
  const scenario::ReadAct read = scenario::read_act(run_.session(), step);
  if (!read.command) {
    hand_.problem = problem_words(read);
    if (!read.problems.empty()) hand_.field = read.problems.front().pointer;
  } else {
    const std::size_t told = notices_.list.size();
    command(*read.command);
    // An act that is impossible now is reported in the form where it was typed.
    for (std::size_t i = told; i < notices_.list.size() && hand_.problem.empty(); ++i)
      if (notices_.list[i].bad) hand_.problem = notices_.list[i].words;
    if (!hand_.problem.empty()) notices_.list.resize(told);
    else if (asked_) asked_->by_step = true;
  }
  runs_.change();
}

void Player::set_config(const ui::Action& a) {
  const cluster::Cluster& here = run_.session().cluster();
  cluster::Command c;
  c.verb = Verb::Configure;
  if (const sim::NodeId node = here.find(a.target); node.valid()) {
    c.node = cluster::NodeRef{cluster::NodeRef::Kind::Name, a.target, {}};
    const cluster::NodeInfo& info = here.info(node);
    const bool client = info.client >= 0;
    const auto scopes = client ? here.spec().clients[static_cast<std::size_t>(info.client)].config.scopes()
                               : protocol::config_scope::kServer;
    const auto* known = protocol::find_config(a.text, scopes, here.spec().kafka);
    // A broker reads such a setting at its start, from server.properties: the file is edited while the broker is down.
    if (info.kind == cluster::NodeKind::Broker && known != nullptr && !known->dynamic) c.verb = Verb::Restart;
    // No server checks the value in advance: the process would end at its start with a ConfigException.
    words::Message expected;
    if ((client || c.verb == Verb::Restart) && known != nullptr && !a.other.empty() &&
        !protocol::parse_config_value(*known, a.other, &expected))
      return notices_.say(
          ui::both("app.config_exception"_w, {{"key", a.text}, {"value", a.other}, {"expected", ui::both(expected)}}),
          true);
  } else {
    const auto partition = cluster::parse_partition_name(a.target);
    c.edit<cluster::act::Configure>().topic = partition ? partition->topic : a.target;
  }
  // An empty value restores the default, as with kafka-configs --delete-config.
  auto& entries =
      c.verb == Verb::Restart ? c.edit<cluster::act::Restart>().config : c.edit<cluster::act::Configure>().config;
  entries.emplace_back(a.text, a.other.empty() ? std::nullopt : std::optional(a.other));
  command(c);
}

void Player::restart_client(const std::string& name) {
  cluster::Command stop;
  stop.verb = Verb::Stop;
  stop.node = cluster::NodeRef{cluster::NodeRef::Kind::Name, name, {}};
  command(stop, run_.setting);
  const sim::NodeState state = run_.session().cluster().state(run_.session().cluster().find(name));
  if (state != sim::NodeState::Running && state != sim::NodeState::Paused) starts_again_ = name;
}

void Player::start_again() {
  if (starts_again_.empty()) return;
  const sim::NodeId node = run_.session().cluster().find(starts_again_);
  if (node.valid() && run_.session().cluster().alive(node)) return;
  cluster::Command start;
  start.verb = Verb::Start;
  start.node = cluster::NodeRef{cluster::NodeRef::Kind::Name, std::exchange(starts_again_, {}), {}};
  if (node.valid()) command(start, run_.setting);
}

void Player::hear_answer() {
  if (!asked_) return;
  for (const observe::CommandAnswer& answer : run_.session().observation().command_answers()) {
    if (answer.by != asked_->by || answer.call != asked_->call) continue;
    if (answer.error == protocol::ErrorCode::NONE) {
      if (answer.rows_left > 0 || asked_->answered) continue;
      asked_->answered = true;
      pill_us_ = std::max(pill_us_, kAnswerUs);  // the success is shown for a while, too
      continue;
    }
    const std::string code(protocol::name(answer.error));
    refused_ = {code, code};
    const ui::Words why = refusal_words(answer.error, {answer.message, answer.message_ko},
                                        asked_->command.verb == cluster::Verb::AddPartitions);
    if (asked_->by_step) {
      hand_.problem = ui::both("app.refused_form"_w, {{"error", code}, {"why", why}});
      hand_.field = refused_field(answer.error, scenario::command_node(asked_->command));
      hand_.refused_by_kafka = true;
    }
    notices_.say(ui::both("app.refused"_w, {{"deed", asked_->deed}, {"error", code}, {"why", why}}), true);
    asked_.reset();
    return;
  }
}

void Player::command(const cluster::Command& c, bool keeps_script) {
  starts_again_.clear();
  // the act belongs to the present moment, not to the one that a search has reached
  if (head_.searches()) head_.stop_moving();
  // The act that the lesson asks for is not a detour.
  if (const int turn = turn_step(run_); turn >= 0) {
    const cluster::Command& wanted = *run_.scenario->steps[static_cast<std::size_t>(turn)].command;
    const auto same = wanted.node && c.node &&
                      run_.session().cluster().resolve(*wanted.node) == run_.session().cluster().resolve(*c.node);
    if (wanted.verb == c.verb && same) return do_turn();
  }
  // An act that is impossible now is refused, and leaves no trace.
  scenario::Session probe = run_.session();
  const ActWords told = act_words(c, run_.session());
  if (const cluster::Outcome outcome = probe.command(c); !outcome.done) {
    const ui::Words why = ui::both(outcome.said), advice = advice_for(outcome.said);
    return notices_.say({told.deed.en + ": " + why.en + (advice.empty() ? "" : ". " + advice.en),
                         told.deed.ko + ": " + why.ko + (advice.empty() ? "" : ". " + advice.ko)},
                        true);
  }
  head_.stop_moving();
  undone_.clear();
  // With another setting the script continues in a run beside this one; any other act leaves the script.
  const bool setting = keeps_script || c.verb == Verb::Configure, script = is_script(run_) && !run_.left_script();
  const bool leaves = script && !setting;
  const bool begins = run_.free && run_.kind == ui::RunKind::Script;
  const int left = run_.id;
  const bool future =
      run_.timeline.known() > run_.now() || run_.timeline.commands().size() > run_.session().hand_commands().size();
  if (leaves) {
    leave(ui::RunKind::Detour, {}, false);
  } else if (begins) {  // the beginning is kept
    leave(ui::RunKind::Free, ui::both("app.free_play_with_this_cluster"_w), false);
    Run& beginning = *runs_.find(run_.parent);
    beginning.timeline.seek(sim::Instant{0});
    beginning.read_again();
  } else if (script && setting && !run_.setting) {
    leave(ui::RunKind::Try, {}, false);
    run_.setting = true;
    run_.flow.leave_unattended();
  } else if (future) {
    leave(run_.kind, {}, true);
  } else {
    run_.timeline.branch();
  }
  const cluster::Outcome outcome = run_.session().command(c, leaves);
  if (runs_.twin) second_.repeat(run_.session().hand_commands().back(), left);
  asked_.reset();
  refused_ = {};
  if (outcome.call != 0)
    asked_ = Asked{run_.session().cluster().find(outcome.nodes.back()), outcome.call, c, told.deed};
  run_.flow.skip_question();
  pill_ = told.done;
  pill_loss_ = told.loss;
  pill_us_ = kPillUs;
  resume_.active = false;
  // A running client does not use a new setting yet.
  if (const sim::NodeId node =
          c.verb == Verb::Configure && c.node ? run_.session().cluster().find(c.node->name) : sim::NodeId{};
      node.valid() && run_.session().cluster().info(node).client >= 0 && run_.session().cluster().alive(node))
    notices_.say(ui::both("app.restart_needed"_w, {{"node", c.node->name}}), false);
  // The world runs on to show the effects, unless the user has stopped it, perhaps to do more at this very moment.
  if (head_.held()) notices_.say(ui::both("app.world_stands"_w), false, ui::NoticeOf::Standstill);
  if (!head_.held()) head_.play(true);
  runs_.follow();
}

void Player::do_turn() {
  const int turn = turn_step(run_);
  if (turn < 0) return;
  run_.flow.release(turn);
  const ActWords told = act_words(*run_.scenario->steps[static_cast<std::size_t>(turn)].command, run_.session());
  head_.run_to_due();
  pill_ = told.done;
  pill_loss_ = told.loss;
  pill_us_ = 0;  // the act belongs to the lesson: Back undoes it
  head_.play(true);
  runs_.follow();
}

void Player::undo() {
  const auto acts = run_.timeline.commands();
  if (acts.empty()) return notices_.say(ui::both("app.nothing_to_undo"_w), true);
  asked_.reset();
  starts_again_.clear();
  const ActWords told = act_words(acts.back().command, run_.session());
  notices_.say(ui::both("app.undone"_w, {{"deed", told.deed}}), false, ui::NoticeOf::Undone);
  const bool beside = (run_.kind == ui::RunKind::Detour && acts.back().leaves_script) || run_.setting;
  if (beside && acts.size() == 1 && runs_.find(run_.parent) != nullptr) {
    // The detour's last act is undone: returns to the detour's start and removes the detour.
    const int gone = run_.id;
    go_to(run_.parent);
    const auto went = std::stable_partition(runs_.kept.begin(), runs_.kept.end(),
                                            [&](const Run& run) { return run.id != gone && run.with != gone; });
    undone_.push_back(
        {acts.back(), run_.id, {std::make_move_iterator(went), std::make_move_iterator(runs_.kept.end())}});
    runs_.kept.erase(went, runs_.kept.end());
    return;
  }
  undone_.push_back({acts.back(), run_.id, {}});
  head_.stop_moving();
  run_.timeline.undo();
  // An act is given at the shown moment, or a microsecond later if something has happened in that moment already; then
  // the playhead goes to the act's moment.
  const sim::Instant at = acts.back().at;
  if (run_.now() + sim::microseconds(1) == at && run_.session().cluster().now() < run_.now()) head_.seek(at);
  second_.take_back(at);
  run_.log.forget_from(at);
  run_.read_again();
  pill_us_ = 0;
  runs_.follow();
}

void Player::redo() {
  const auto last =
      std::find_if(undone_.rbegin(), undone_.rend(), [&](const Undone& undone) { return undone.run == run_.id; });
  if (last == undone_.rend()) return notices_.say(ui::both("app.nothing_to_redo"_w), true);
  Undone undone = std::move(*last);
  undone_.erase(std::next(last).base());
  asked_.reset();
  refused_ = {};
  starts_again_.clear();
  const ActWords told = act_words(undone.act.command, run_.session());
  if (!undone.began.empty()) {
    const auto again =
        std::find_if(undone.began.begin(), undone.began.end(), [&](const Run& run) { return run.parent == run_.id; });
    const int id = again->id;
    for (Run& run : undone.began) runs_.keep(std::move(run), run_.id);
    go_to(id);
  } else {
    head_.stop_moving();
    auto acts = run_.timeline.commands();
    acts.push_back(undone.act);
    run_.timeline.rewrite(acts, std::min(run_.now(), undone.act.at));
    head_.seek(undone.act.at);
    if (runs_.twin) second_.repeat(undone.act, run_.id);
    run_.log.forget_from(undone.act.at);
    run_.read_again();
  }
  pill_ = told.done;
  pill_loss_ = told.loss;
  pill_us_ = kPillUs;
  runs_.follow();
}

void Player::keep_script() {
  if (run_.kind != ui::RunKind::Detour || run_.timeline.commands().empty()) return;
  head_.stop_moving();
  undone_.clear();
  const auto acts = run_.timeline.commands();
  const auto left = std::find_if(acts.begin(), acts.end(), [](const auto& act) { return act.leaves_script; });
  const scenario::HandCommand& kept = left == acts.end() ? acts.front() : *left;
  const ActWords told = act_words(kept.command, run_.session());
  notices_.say(ui::both("app.act_kept"_w, {{"deed", told.deed}, {"at", ui::clock_text(kept.at.us)}}), false);
  go_on_with_script(run_);
  if (Run* twin = runs_.beside(); twin != nullptr && twin->with == run_.id) go_on_with_script(*twin);
  run_.read_again();
  head_.play(true);
  runs_.follow();
}

void Player::open_other(const ui::Action& a) {
  FileAsLoaded file{runs_.document(), runs_.options()};
  file.options.variant = run_.scenario->variant;
  std::optional<Run> next;
  ui::Words problem;
  int parent = run_.id;
  if (a.kind == ui::ActionKind::NextSeed) {
    next = with_seed(std::move(file), run_.scenario->cluster.seed + 1, &problem);
    if (!next) return notices_.say(ui::both("app.the_seed_could_not_be_changed"_w, {{"why", problem}}), true);
    if (run_.kind == ui::RunKind::Seed) parent = run_.parent;
  } else if (a.kind == ui::ActionKind::TryNext) {
    const auto index = static_cast<std::size_t>(a.number);
    if (index >= run_.scenario->tries.size()) return;
    next = with_try(std::move(file), run_.scenario->tries[index], *run_.scenario, &problem);
    if (!next) return notices_.say(ui::both("app.this_change_cannot_be_made"_w, {{"why", problem}}), true);
  } else {
    if (run_.scenario->variant == a.text) return;
    // If it is already running, it is shown.
    const auto runs_it = [&](const Run& run) {
      return run.scenario->variant == a.text && (run.kind == ui::RunKind::Variant || run.kind == ui::RunKind::Script);
    };
    if (const auto there = std::find_if(runs_.kept.begin(), runs_.kept.end(), runs_it); there != runs_.kept.end())
      return go_to(there->id);
    next = with_variant(std::move(file), a.text, &problem);
    if (!next)
      return notices_.say(ui::both("app.variant_cannot_be_opened"_w, {{"variant", a.text}, {"why", problem}}), true);
    if (run_.kind == ui::RunKind::Variant) parent = run_.parent;
    resume_.active = false;
    head_.let_go();
  }
  next->id = runs_.new_id();
  next->parent = parent;
  // A variant is shown at the other run's moment, for comparison, if it lasts that long.
  const bool same_moment = a.kind == ui::ActionKind::OpenVariant && next->from < now();
  const sim::Instant begin = same_moment ? std::min(now(), next->session().until()) : next->from;
  head_.stop_moving();
  runs_.keep(std::move(run_), parent);
  enter(std::move(*next));
  if (!same_moment) head_.play(true);
  if (begin.us > 0) head_.set_out(begin);
}

void Player::free_play() {
  if (run_.free) return;
  const bool empty = now().us == 0 && run_.flow.visible_steps().size() <= 1;
  leave(ui::RunKind::Free, ui::both("app.free_play_with_this_cluster"_w), false);
  run_.free = true;
  // The beginning of a cluster without a lesson has no step to go to, either.
  if (empty) runs_.find(run_.parent)->free = true;
  head_.play(true);
  runs_.follow();
}

// ---- keeping and sharing runs

void Player::follow_question(const QuestionState& state) {
  run_.flow.follow_question(state, run_.session());
  runs_.change();
}

void Player::follow_to(sim::Instant t) {
  run_.past_end = true;
  if (t != run_.now()) travel(t);
}

void Player::ask(const ui::Action& a) {
  const bool differs = a.other == ui::kWhyParting;  // a number that differs between the two worlds
  scenario::Session* second = second_.compared();
  const bool there = a.flag && second != nullptr;
  scenario::Session& asked = there ? *second : run_.session();
  std::string path = a.text;
  if (differs && second != nullptr) {
    path = observe::path_for_more(asked.moment(), (there ? run_.session() : *second).moment(), path);
    if (path.empty()) return explain_parting();
  }
  const ui::Comparison& runs = lesson().comparison;
  ui::Words where;
  if (there && lesson().twin.open)
    where = ui::both("app.in_world"_w, {{"world", std::string(lesson().twin.shown_is_b ? "A" : "B")}});
  else if (there) where = ui::name_of(runs, runs.shows_changed);
  if (run_.log.ask(path, a.target, asked, where)) return;
  if (differs) return explain_parting();
  notices_.say(ui::both("app.no_why"_w), true);
}

void Player::explain_parting() {
  auto answer = second_.why_parting(head_.deadline());
  if (!answer) return notices_.say(ui::both("app.no_why"_w), true);
  show_parting(*std::move(answer));
  answer_is_unfinished_ = second_.works_on_answer();
}

void Player::show_parting(observe::Answer answer) {
  if (const ui::Comparison& runs = lesson().comparison; !lesson().twin.open)  // nothing else says which one is A
    answer.question =
        ui::both("app.why_of_runs"_w,
                 {{"question", answer.question}, {"a", ui::name_of(runs, true)}, {"b", ui::name_of(runs, false)}});
  run_.log.show(answer, selected_, run_.session());
  runs_.change();
}

void Player::work_on_answer() {
  const ui::WhyModel& why = run_.log.model().why;
  const bool open = why.open && why.path == ui::kWhyParting, works = second_.works_on_answer();
  if (works && open) {
    show_parting(second_.work_on_answer(head_.deadline()));
  } else if (works) {
    second_.stop_answering();
  } else if (answer_is_unfinished_ && open) {  // one of the worlds has changed: the answer is about another one
    run_.log.close_answer();
    runs_.change();
  }
  answer_is_unfinished_ = second_.works_on_answer();
}

}  // namespace kafkascope::app
