// A second world beside the shown one: how it is opened, which acts happen in both, and its data for the dashboard.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/acts.h"
#include "app/other_runs.h"
#include "app/second_world.h"
#include "cluster/mode_name.h"
#include "observe/model/producer_metrics.h"
#include "observe/model/side_effects.h"
#include "observe/model/snapshot_builder.h"
#include "observe/why/why_parting.h"
#include "observe/words/korean.h"
#include "observe/words/words.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/historical.h"
#include "scenario/values.h"
#include "ui/strings.h"

namespace kafkascope::app {

namespace {

ui::Words same(const std::string& text) { return {text, text}; }

/// Whether both lines are of one kind, one node and one partition: each says what that node did in its world. A decision of
/// the controller counts whichever node that is: with ZooKeeper it is a broker.
bool are_counterparts(const scenario::Session& here, std::size_t a, const scenario::Session& there, std::size_t b) {
  const observe::TraceStore &mine = here.observation().trace(), &theirs = there.observation().trace();
  if (a >= mine.size() || b >= theirs.size()) return false;
  const observe::ClusterView names(here.cluster()), others(there.cluster());
  const sim::TraceLine &x = mine[a], &y = theirs[b];
  const auto topic = [](const sim::TraceLine& l, const observe::ClusterView& of) {
    return l.topic < 0 ? std::string() : of.topic(l.topic);
  };
  const bool by_controller = is<fact::LeaderElected>(x) || is<fact::IsrChanged>(x);
  return x.kind == y.kind && x.kind != sim::trace_kind::kCommand &&
         (by_controller || names.node(x.node) == others.node(y.node)) && topic(x, names) == topic(y, others) &&
         x.partition == y.partition;
}

/// The first difference in words.
void fill_parting(ui::Twin& t, const observe::Parting& at, scenario::Session& here, scenario::Session& there) {
  const auto tell = [](scenario::Session& session, std::optional<std::size_t> index, ui::Words& words) {
    const observe::TraceStore& trace = session.observation().trace();
    if (!index || *index >= trace.size()) return sim::kNever;
    words = observe::sentence_of_parting(session.moment(), *index);
    return trace[*index].time;
  };
  t.parted_in_detail = at.detail;
  // What the two modes always do differently, such as the moments of their start, does not count as a difference.
  if (at.detail && here.cluster().spec().metadata != there.cluster().spec().metadata) return;
  const sim::Instant a = tell(here, at.a, t.parted_here), b = tell(there, at.b, t.parted_there);
  const sim::Instant first = std::min(a, b);
  if (first == sim::kNever) return;  // one run has gone back to a time before the difference
  t.parted = true;
  t.parted_undecided = at.undecided;
  t.parted_at_us = first.us;
  // A later line of one world is what happened there instead, if both lines are of one kind and one node; otherwise
  // nothing happened there.
  const bool counterpart = at.a && at.b && are_counterparts(here, *at.a, there, *at.b);
  const auto later = [&](const ui::Words& what, sim::Instant when) {
    const bool says_when = when != sim::kNever && ui::clock_text(when.us) != ui::clock_text(first.us);
    return says_when ? ui::both("app.parted_later"_w, {{"what", what}, {"at", ui::clock_text(when.us)}}) : what;
  };
  // Two elections with other leader epochs are told as two: each world has its own epoch beside it.
  if (ui::clock_text(a.us) != ui::clock_text(b.us) && t.parted_here.en == t.parted_there.en &&
      observe::is_same_event(here.moment(), there.moment(), at)) {  // A says what happens, B when it happens there
    const ui::Words what = later(t.parted_here, t.shown_is_b ? b : a);
    const ui::Words same = ui::both("app.parted_same"_w, {{"at", ui::clock_text(t.shown_is_b ? a.us : b.us)}});
    t.parted_here = t.shown_is_b ? same : what;
    t.parted_there = t.shown_is_b ? what : same;
  } else {
    t.parted_here = a > first && !counterpart ? ui::Words() : later(t.parted_here, a);
    t.parted_there = b > first && !counterpart ? ui::Words() : later(t.parted_there, b);
  }
  const auto record = observe::parted_record(at, here.observation().trace(), observe::ClusterView(here.cluster()),
                                             there.observation().trace(), observe::ClusterView(there.cluster()));
  if (!record) return;
  t.parted_record = observe::words_of(record->record);
  if (const sim::Instant named = record->of_b ? b : a; ui::clock_text(named.us) != ui::clock_text(first.us))
    t.parted_record = ui::both("app.parted_later"_w, {{"what", t.parted_record}, {"at", ui::clock_text(named.us)}});
  if (record->of_b || record->record.offset < 0) return;
  t.parted_partition = record->record.partition;
  t.parted_offset = record->record.offset;
}

bool has_zookeeper(const Run& run) { return run.scenario->cluster.metadata == cluster::MetadataKind::ZooKeeper; }

/// Inserts a metric before the records of the last second, which say least, because they may differ by a batch.
void add_before_records_in(std::vector<observe::Metric>& all, const observe::Metric& one) {
  const auto is = [](const observe::Metric& m) { return m.mbean.ends_with("name=MessagesInPerSec"); };
  all.insert(std::find_if(all.begin(), all.end(), is), one);
}

/// Whether a cluster without that fix would behave otherwise: it has the fix, and what the fix mends is of its metadata mode.
bool can_go_before(const cluster::ClusterSpec& spec, const std::string& kip) {
  const bool zookeeper = spec.metadata == cluster::MetadataKind::ZooKeeper;
  if (zookeeper ? kip == "KIP-996" : kip == "KIP-380" || kip == "KAFKA-9839") return false;
  std::vector<std::string> without = spec.historical;
  without.push_back(kip);
  return protocol::historical(without, spec.kafka) != protocol::historical(spec.historical, spec.kafka);
}

/// Whether Kafka refuses the producer's configuration with other acks than all.
bool needs_acks_all(const cluster::ClientSpec& producer) {
  const protocol::Config& config = producer.config;
  return config.explicitly("transactional.id") ||
         (config.explicitly("enable.idempotence") && config.flag("enable.idempotence"));
}

/// The comparisons that the palette offers, besides those in other models (runs, variants, changes to try).
std::vector<ui::TwinOffer> offers_of(const Run& run, bool other_mode) {
  std::vector<ui::TwinOffer> offers;
  const cluster::ClusterSpec& spec = run.session().cluster().spec();
  const auto setting = [&](const std::string& target, const char* key) {
    if (const auto dial = dial_for(run, target, key, {}))
      offers.push_back({same(target + " " + key), "setting", target, key, 0, 0, dial->value});
  };
  std::vector<const cluster::ClientSpec*> producers;
  for (const cluster::ClientSpec& client : spec.clients)
    if (client.kind == cluster::ClientKind::Producer) producers.push_back(&client);
  std::stable_partition(producers.begin(), producers.end(),
                        [](const cluster::ClientSpec* client) { return !needs_acks_all(*client); });
  for (const cluster::ClientSpec* client : producers) {
    for (const char* key : {"acks", "linger.ms", "rate", "enable.idempotence", "delivery.timeout.ms"})
      setting(client->id, key);
  }
  for (const cluster::TopicSpec& topic : spec.topics)
    for (const char* key : {"min.insync.replicas", "unclean.leader.election.enable"}) setting(topic.name, key);
  const bool zookeeper = spec.metadata == cluster::MetadataKind::ZooKeeper;
  for (const cluster::NodeInfo& node : run.session().cluster().nodes()) {
    if (node.kind != cluster::NodeKind::Broker) continue;
    for (const char* key :
         {zookeeper ? "zookeeper.session.timeout.ms" : "broker.session.timeout.ms", "replica.lag.time.max.ms"})
      setting(node.name, key);
    break;
  }
  const auto done = [&](const cluster::Command& c, const std::vector<std::string>& nodes, std::int64_t number,
                        std::int64_t at_us) {
    if (act_kind(cluster::to_string(c.verb)) != ui::MarkKind::Fault) return;
    const ui::Words deed = done_words(c, nodes, run.session()).deed;
    offers.push_back({ui::both("app.without_act"_w, {{"deed", deed}}), "without", {}, {}, number, at_us});
  };
  for (std::size_t i = 0; i < run.scenario->steps.size(); ++i)
    if (const scenario::StepResult& result = run.session().step_results()[i];
        run.scenario->steps[i].command && result.happened)
      done(*run.scenario->steps[i].command, result.nodes, number_of_step(i), result.at.us);
  const auto& acts = run.session().hand_commands();
  for (std::size_t i = 0; i < acts.size(); ++i) done(acts[i].command, {}, number_of_hand_act(i), acts[i].at.us);
  if (other_mode)
    offers.push_back({ui::both(zookeeper ? "ui.twin_mode_kraft"_w : "ui.twin_mode_zookeeper"_w), "mode", {}, {}});
  for (const std::string& kip : spec.historical)
    offers.push_back({ui::both("app.after_kip"_w, {{"kip", kip}}), "kip", kip, {}});
  for (const std::string_view fix : protocol::kModelledFixes)
    if (std::string kip(fix); can_go_before(spec, kip))
      offers.push_back({ui::both("app.before_kip"_w, {{"kip", kip}}), "kip", kip, {}});
  return offers;
}

/// The dial for a setting that is given as a path, of one of the file's clients or topics or of the cluster; nullopt: it
/// is none.
std::optional<Dial> dial_of_path(const Run& run, const std::string& path, const std::string& value) {
  const auto begins = [&](std::string_view with) { return path.starts_with(with); };
  if (constexpr std::string_view kCluster = "cluster/config/"; begins(kCluster)) {
    for (const cluster::NodeInfo& node : run.session().cluster().nodes())
      if (node.kind == cluster::NodeKind::Broker) return dial_for(run, node.name, path.substr(kCluster.size()), value);
    return std::nullopt;
  }
  const std::size_t thing = path.find('/'), config = path.find("/config/");
  if (constexpr std::string_view kRate = "/rate"; begins("clients/") && path.ends_with(kRate))
    return dial_for(run, path.substr(thing + 1, path.size() - thing - 1 - kRate.size()), "rate", value);
  if (thing >= config || config == std::string::npos) return std::nullopt;
  return dial_for(run, path.substr(thing + 1, config - thing - 1), path.substr(config + 8), value);
}

/// The title of a change to try that is one setting: "pay min.insync.replicas = 1"; empty: it is something else.
ui::Words title_of_setting(const Run& run, const scenario::TryNext& change) {
  if (change.set.size() != 1 || !change.steps.empty()) return {};
  const auto& [path, json] = change.set.front();
  const auto parsed = nlohmann::json::parse(json, nullptr, false);
  const std::string value = parsed.is_string() ? parsed.get<std::string>() : json;
  const std::optional<Dial> dial = dial_of_path(run, path, value);
  return dial ? same(dial->told(value)) : ui::Words{};
}

}  // namespace

std::optional<Run> SecondWorld::made_for(const ui::Action& a) {
  FileAsLoaded file{runs_.document(), run_.options};
  std::optional<Run> twin;
  ui::Words problem;
  dial_.reset();
  if (a.verb == "setting") {
    dial_ = dial_for(run_, a.target, a.text, a.other);
    if (dial_) twin = with_setting(std::move(file), dial_->path, dial_->stops[dial_->at], &problem);
    if (twin) twin->name = same(dial_->told(dial_->stops[dial_->at]));
  } else if (a.verb == "path") {
    twin = with_setting(std::move(file), a.target, a.other, &problem);
    if (twin) twin->name = same(a.target + " = " + a.other);
    // A setting of the cluster or of one of the file's clients or topics can be dragged.
    if (twin) dial_ = dial_of_path(run_, a.target, a.other);
    if (dial_) twin->name = same(dial_->told(a.other));
  } else if (a.verb == "kip") {
    std::vector<std::string> off = run_.scenario->cluster.historical;
    const bool after = std::erase(off, a.target) > 0;
    if (!after) off.push_back(a.target);
    twin = with_setting(std::move(file), "cluster/historical", nlohmann::json(off).dump(), &problem);
    if (twin) twin->name = ui::both(after ? "app.after_kip"_w : "app.before_kip"_w, {{"kip", a.target}});
  } else if (a.verb == "variant") {
    if (a.other != run_.scenario->variant) twin = with_variant(std::move(file), a.other, &problem);
    else problem = ui::both("app.same_variant"_w);
  } else if (a.verb == "mode") {
    const bool zookeeper = !has_zookeeper(run_);
    twin = in_other_mode(std::move(file), zookeeper, problem);
    if (!twin) {
      notices_.say(ui::both("app.not_in_other_mode"_w, {{"mode", cluster::mode_name(zookeeper)}, {"why", problem}}),
                   true);
      return twin;
    }
  } else if (a.verb == "seed") {
    twin = with_seed(std::move(file), run_.scenario->cluster.seed + 1, &problem);
  } else if (a.verb == "try") {
    const auto index = static_cast<std::size_t>(a.number);
    if (index < run_.scenario->tries.size()) {
      const scenario::TryNext& change = run_.scenario->tries[index];
      twin = with_try(std::move(file), change, *run_.scenario, &problem);
      // A long sentence would be cut in the middle.
      if (ui::Words title = title_of_setting(run_, change); twin && !title.empty()) twin->name = std::move(title);
    } else problem = ui::both("app.no_such_try"_w, {{"count", std::to_string(run_.scenario->tries.size())}});
  } else if (a.verb == "without") {
    twin = without_act(std::move(file), run_, {a.time_us, a.number, a.flag});
    if (!twin) problem = ui::both("app.nothing_to_leave_out"_w);
  }
  if (!twin) {
    dial_.reset();
    refuse(problem);
    return twin;
  }
  // Acts by hand in this run are repeated in the twin.
  const bool own_acts = a.verb == "try" || a.verb == "without";
  if (const auto acts = run_.timeline.commands(); !own_acts && !acts.empty())
    twin->timeline.rewrite(acts, sim::Instant{0});
  twin->beside_only = true;
  return twin;
}

void SecondWorld::close() {
  // A run without acts of its own can be opened again, so it is not kept.
  if (runs_.twin) std::erase_if(runs_.kept, [&](const Run& run) { return run.id == *runs_.twin && run.beside_only; });
  runs_.twin.reset();
  dial_.reset();
  picture_.reset();
  beside_.reset();
  ahead_.reset();
  endings_.forget();
}

void SecondWorld::turn(std::int64_t stop) {
  if (!dial_ || stop < 0 || stop >= static_cast<std::int64_t>(dial_->stops.size())) return;
  dial_->next = static_cast<std::size_t>(stop);
  Run* twin = runs_.beside();
  if (twin == nullptr || late() || *dial_->next == dial_->at) return;  // waits until the other run has arrived
  dial_->at = *std::exchange(dial_->next, std::nullopt);
  const std::string& value = dial_->stops[dial_->at];
  ui::Words problem;
  std::optional<Run> next = with_setting({runs_.document(), twin->options}, dial_->path, value, &problem);
  if (!next) return refuse(problem);
  if (const auto acts = twin->timeline.commands(); !acts.empty()) next->timeline.rewrite(acts, sim::Instant{0});
  next->id = twin->id;
  next->kind = twin->kind;
  next->parent = twin->parent;
  next->with = twin->with;
  next->setting = twin->setting;
  next->beside_only = twin->beside_only;
  next->name = twin->with < 0 ? same(dial_->told(value)) : twin->name;
  *twin = std::move(*next);
  ahead_.reset();
}

bool SecondWorld::turn_on() {
  if (!dial_ || !dial_->next || late()) return false;
  turn(static_cast<std::int64_t>(*dial_->next));
  return true;
}

bool SecondWorld::open(const ui::Action& a) {
  if (a.verb == "run") {
    const int id = static_cast<int>(a.number);
    if (runs_.find(id) == nullptr || run_.free) return false;
    close();
    runs_.twin = id;
    return true;
  }
  if (run_.free) {
    refuse(ui::both("app.run_without_script"_w));
    return false;
  }
  close();
  std::optional<Run> twin = made_for(a);
  if (!twin) return false;
  twin->id = runs_.new_id();
  twin->parent = run_.id;
  runs_.twin = twin->id;
  runs_.keep(std::move(*twin), run_.id);
  return true;
}

void SecondWorld::follow_view() {
  if (run_.free || run_.left_script() || (run_.kind != ui::RunKind::Script && run_.kind != ui::RunKind::Variant))
    return;
  std::string wanted = run_.flow.view_beside(run_.session());
  if (wanted == run_.scenario->variant) wanted.clear();
  if (wanted == view_beside_) return;
  view_beside_ = wanted;
  // A comparison that the user has opened stays.
  const Run* twin = runs_.beside();
  if (runs_.twin && (twin == nullptr || !twin->of_lesson)) return;
  if (wanted.empty()) return close();
  ui::Action a;
  a.kind = ui::ActionKind::OpenTwin;
  a.verb = "variant";
  a.other = wanted;
  open(a);
  if (Run* opened = runs_.beside()) opened->of_lesson = true;
}

void SecondWorld::refuse(const ui::Words& why) {
  notices_.say(ui::both("app.this_change_cannot_be_made"_w, {{"why", why}}), true);
}

void SecondWorld::repeat(const scenario::HandCommand& act, int left) {
  Run* twin = runs_.beside();
  if (twin == nullptr) return;
  follow(Deadline::max());
  scenario::Session probe = beside_->session();
  if (const cluster::Outcome outcome = probe.command(act.command); !outcome.done)
    return notices_.say(ui::both("app.not_in_twin"_w, {{"deed", act_words(act.command, run_.session()).deed},
                                                       {"why", ui::both(outcome.said)}}),
                        true);
  SessionTimeline there = beside_->timeline();
  std::vector<scenario::HandCommand> acts = there.commands();
  std::erase_if(acts, [&](const scenario::HandCommand& h) { return h.at > act.at; });
  acts.push_back(act);
  there.rewrite(acts, act.at);
  if (left == run_.id && twin->with == run_.id) {
    twin->timeline = std::move(there);
  } else {
    // As in the shown world, the run without the act is kept.
    Run next(twin->scenario, std::move(there), twin->flow);
    next.id = runs_.new_id();
    next.kind = run_.kind;
    next.parent = twin->id;
    next.with = run_.id;
    next.setting = run_.setting;
    next.options = twin->options;
    next.from = run_.from;
    twin->beside_only = twin->of_lesson = false;
    runs_.twin = next.id;
    runs_.keep(std::move(next), run_.parent);
  }
  beside_.emplace(*runs_.beside());
}

void SecondWorld::keep_with(int left) {
  if (!runs_.twin) return;
  const Run* twin = runs_.beside();
  if (runs_.twin == run_.id) {
    runs_.twin = left;  // the twin itself is shown now: the two swap places
    dial_.reset();
  } else if (twin != nullptr && twin->with == left && runs_.find(twin->parent) != nullptr) {
    runs_.twin = twin->parent;
  } else if (const auto it =
                 std::find_if(runs_.kept.begin(), runs_.kept.end(), [&](const Run& r) { return r.with == run_.id; });
             it != runs_.kept.end()) {
    runs_.twin = it->id;
  }
  if (runs_.beside() == nullptr) runs_.twin.reset();
  runs_.change();
}

void SecondWorld::take_back(sim::Instant act) {
  if (Run* twin = runs_.beside(); twin != nullptr && twin->with == run_.id) {
    auto there = twin->timeline.commands();
    if (std::erase_if(there, [&](const auto& h) { return h.at == act; }) > 0)
      twin->timeline.rewrite(there, std::min(twin->timeline.run().now(), run_.now()));
  }
  look_again();
}

void SecondWorld::look_again() {
  ahead_.reset();
  if (beside_) beside_->look_again();
}

scenario::Session* SecondWorld::compared() {
  const Run* other = runs_.counterpart();
  return other != nullptr && !late() && beside_->copies(*other) ? &beside_->session() : nullptr;
}

std::optional<observe::Answer> SecondWorld::why_parting(Deadline deadline) {
  const Run* other = runs_.counterpart();
  // The search goes on with each picture; if none is drawn, it goes on here.
  follow(deadline);
  while (beside_ && !late() && !beside_->searched()) beside_->look_for_divergence(run_.session());
  if (other == nullptr || run_.free || !beside_ || late()) return std::nullopt;
  const observe::Moment here = run_.session().moment(), there = beside_->session().moment();
  const observe::TwoWorlds worlds{here, there, came_from(run_, *other)};
  const bool modes = here.cluster.spec().metadata != there.cluster.spec().metadata;
  // The difference that was found may come later: the runs have gone back.
  std::optional<observe::Answer> answer;
  if (const auto at = beside_->divergence(); at && !(modes && at->detail))
    answer = observe::why_parting(worlds, *at, observe::what_differs(worlds));
  ahead_ = std::make_unique<PartingAhead>(run_.session(), beside_->session(), worlds.here_is_b, std::move(answer));
  return work_on_answer(deadline);
}

observe::Answer SecondWorld::work_on_answer(Deadline deadline) {
  const bool moved = run_.now() != ahead_->asked();
  if (!moved) ahead_->go_on(deadline);
  observe::Answer answer = ahead_->answer(!moved);
  if (moved || ahead_->over()) ahead_.reset();
  return answer;
}

void SecondWorld::take_picture(ui::Twin& t, const std::string& selected, const observe::Snapshot& shown,
                               const observe::Passing& passing) {
  observe::SnapshotOptions options;
  options.selected = selected;
  options.now = run_.now();
  options.passing = passing;
  const sim::Instant before{shown.metrics_before_us};
  // A node that is down reports nothing: then the cluster's metrics are compared instead.
  const bool here = NodeMetrics::reports(run_.session(), selected),
             there = NodeMetrics::reports(beside_->session(), selected);
  if (here && there) t.metrics_of = selected;
  if (here && !there) t.here_metrics = run_.metrics.metrics(shown, before);
  observe::Snapshot picture = beside_->picture(options, before, here && there);
  run_.metrics.follow(run_.session().observation().trace(), run_.session().cluster());
  const auto apart = observe::metrics_apart(producers_of(run_.session(), run_.metrics), beside_->producers());
  t.parted_in_numbers = !apart.empty();
  if (t.metrics_of.empty() && !apart.empty()) {
    if (t.here_metrics.empty()) t.here_metrics = shown.metrics;
    for (const auto& [own, other] : apart)
      add_before_records_in(t.here_metrics, own), add_before_records_in(picture.metrics, other);
  }
  picture_ = std::make_shared<const observe::Snapshot>(std::move(picture));
}

void SecondWorld::fill(ui::LessonModel& m, const std::string& selected, const observe::Snapshot& shown,
                       const observe::Passing& passing) {
  if (!run_.free) {
    const auto& steps = run_.session().step_results();
    const auto happened = std::count_if(steps.begin(), steps.end(), [](const auto& s) { return s.happened; });
    const std::size_t done = static_cast<std::size_t>(happened) + 1000 * run_.session().hand_commands().size();
    const bool known = offers_.of == run_.scenario;
    if (!known)
      offers_.other_mode = runs_in_other_mode({runs_.document(), run_.options}, !has_zookeeper(run_), offers_.why_not);
    if (!known || offers_.done != done)
      offers_ = {run_.scenario, offers_.other_mode, offers_.why_not, done,
                 std::make_shared<const std::vector<ui::TwinOffer>>(offers_of(run_, offers_.other_mode))};
    m.twin_offers = offers_.list;
    m.runs_in_other_mode = offers_.other_mode;
    m.why_not_in_other_mode = offers_.why_not;
    const std::string& shown_in = run_.scenario->in_other_mode;
    const std::size_t at = shown_in.find('@');
    m.in_other_mode = shown_in.substr(0, at);
    const auto moment = at == std::string::npos ? std::nullopt : scenario::parse_duration(shown_in.substr(at + 1));
    m.in_other_mode_us = moment ? moment->us : 0;
  }
  const Run* other = runs_.beside();
  if (other == nullptr || run_.free) return;
  ui::Twin& t = m.twin;
  t.open = true;
  const bool seeds = other->scenario->cluster.seed != run_.scenario->cluster.seed;
  const auto name = [&](const Run& run) {
    if (seeds) return ui::both("ui.seed"_w, {{"seed", std::to_string(run.scenario->cluster.seed)}});
    const bool plain = run.name.empty() && run.timeline.commands().empty();
    if (!plain) return runs_.name_of(run);
    // The lesson itself is named after its difference from the other world, not by its title.
    const cluster::ClusterSpec &own = run_.scenario->cluster, &there = other->scenario->cluster;
    if (own.metadata != there.metadata) return mode_name(run.scenario->cluster.metadata);
    const ui::Words variant = variant_name(*run.scenario);
    return variant.empty() ? ui::both("ui.twin_lesson"_w) : variant;
  };
  t.shown_is_b = came_from(run_, *other);
  t.here = name(run_);
  t.there = name(*other);
  if (dial_) {
    const std::string& key = dial_->name;
    t.here = same(dial_->told(dial_->value));
    t.there = same(dial_->told(dial_->stops[dial_->at]));
    t.dial = key;
    t.stops = dial_->stops;
    t.stop = static_cast<int>(dial_->next.value_or(dial_->at));
    const auto own = std::find(t.stops.begin(), t.stops.end(), dial_->value);
    t.own_stop = own == t.stops.end() ? -1 : static_cast<int>(own - t.stops.begin());
  }
  t.ready = !late() && beside_->copies(*other);
  if (t.ready) {
    take_picture(t, selected, shown, passing);
    if (!beside_->searched()) beside_->look_for_divergence(run_.session());
    t.searched = beside_->searched();
    endings_.put(t, run_.now());
  } else if (beside_ && run_.now().us > 0) {
    t.progress = std::clamp(static_cast<double>(beside_->now().us) / static_cast<double>(run_.now().us), 0.0, 1.0);
  }
  if (beside_)
    if (const auto also = observe::side_effects(run_.session().cluster(), beside_->session().cluster()); !also.empty())
      t.also = also.front();
  if (beside_ && beside_->divergence()) fill_parting(t, *beside_->divergence(), run_.session(), beside_->session());
  t.world = picture_;
}

bool SecondWorld::follow(Deadline deadline) {
  const Run* other = runs_.counterpart();
  if (other == nullptr) {
    beside_.reset();
    return true;
  }
  if (!beside_ || !beside_->copies(*other)) {
    beside_.emplace(*other);
    runs_.change();
  }
  if (late()) {
    runs_.change();
    if (!beside_->follow(run_.now(), deadline)) return false;
  }
  while (searches()) {
    runs_.change();
    beside_->look_for_divergence(run_.session());
    if (std::chrono::steady_clock::now() >= deadline) break;
  }
  if (runs_.twin && !run_.free) {
    const bool before = endings_.looks();
    endings_.look(run_.session(), beside_->session(), deadline);
    if (before || endings_.looks()) runs_.change();
  }
  return true;
}

void SecondWorld::fill_comparison(ui::LessonModel& m, const observe::Snapshot& shown) {
  const Run* other = runs_.counterpart();
  if (other == nullptr) return;
  const bool here = came_from(run_, *other);
  const Run& changed = here ? run_ : *other;
  ui::Comparison& c = m.comparison;
  c.present = true;
  c.kind = changed.kind;
  c.shows_changed = here;
  // While two worlds are shown, the run has the title that it has there.
  c.what = !m.twin.open ? runs_.name_of(changed) : here ? m.twin.here : m.twin.there;
  c.at_us = run_.now().us;
  c.seed = changed.scenario->cluster.seed;
  c.waits = changed.left_script() && !changed.flow.visible_steps().empty();
  c.other_seed = (here ? *other : run_).scenario->cluster.seed;
  if (late() || !beside_->copies(*other)) return;
  c.ready = true;
  const observe::FateCounts there =
      runs_.twin && m.twin.ready ? m.twin.world->ledger.all : observe::snapshot(beside_->session().moment()).ledger.all;
  c.original = here ? there : shown.ledger.all;
  c.changed = here ? shown.ledger.all : there;
  run_.metrics.follow(run_.session().observation().trace(), run_.session().cluster());
  const std::int64_t own = run_.metrics.leaderless_us(run_.now().us), others = beside_->leaderless_us();
  c.original_leaderless_us = here ? others : own;
  c.changed_leaderless_us = here ? own : others;
}

}  // namespace kafkascope::app
