// Why a process is in its state, a broker is fenced, a controller is the active one; why a voter of the quorum is in its state, and where
// the quorum's high watermark stands.
#include <fmt/format.h>

#include <algorithm>

#include "cluster/acts.h"
#include "observe/judge/zookeeper_truth.h"
#include "observe/model/quorum_state.h"
#include "observe/why/same_id.h"
#include "observe/why/why_parts.h"
#include "observe/words/words.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_quorum.h"
#include "protocol/facts_of_zookeeper.h"
#include "raft/quorum_state.h"

namespace kafkascope::observe {

using nlohmann::json;
using Line = Story::Line;

namespace {

/// The words for a state of the state document, such as "crashed".
Words state_words(const std::string& state) {
  constexpr std::pair<std::string_view, words::Key> kStates[] = {
      {"starting", "ui.state_starting"_w}, {"running", "ui.state_running"_w}, {"paused", "ui.state_paused"_w},
      {"killed", "ui.state_killed"_w},     {"crashed", "ui.state_crashed"_w}, {"powered_off", "ui.state_power_off"_w},
      {"stopped", "ui.state_stopped"_w},   {"fenced", "ui.state_fenced"_w}};
  if (state == "shutting_down") return both("why.state_shutting_down"_w);  // "shutting down" is two words
  for (const auto& [name, key] : kStates)
    if (state == name) return {state, both(key).ko};
  return {state, state};
}

}  // namespace

namespace {

/// Tells which of these silences cost a quorum its majority: all at the same instant, because their order has no
/// meaning.
void tell_majority_lost(Telling& telling, const std::vector<const Line*>& at_once) {
  if (at_once.size() == 1) telling.trail(at_once.front(), Weight::Cause);
  if (at_once.size() < 2) return;
  std::string names;
  std::vector<std::string> others;
  for (const Line* l : at_once) {
    telling.trail(l, Weight::Aside);
    const std::string name = subject_of(telling.story(), *l);
    if (!names.empty()) others.push_back(name);
    names += (names.empty() ? "" : ", ") + name;
  }
  const auto all_died = [&](sim::Death how) {
    const bool all = std::all_of(at_once.begin(), at_once.end(), [&](const Line* l) {
      const auto died = fact_if<fact::NodeDied>(*l);
      return died && died->how == how;
    });
    return all ? "1" : "";
  };
  const std::string crash = all_died(sim::Death::Crash), power = all_died(sim::Death::PowerOff),
                    stop = all_died(sim::Death::Stop);
  telling.say("why.majority_lost"_w,
              {{"servers", names},
               {"crash", crash},
               {"power", power},
               {"stop", stop},
               {"silent", (crash + power + stop).empty() ? "1" : ""}},
              at_once.front(), Weight::Cause, subject_of(telling.story(), *at_once.front()));
  telling.also(std::move(others));
}

/// Tells what silenced nodes of a quorum. The silences that cost it its majority are causes.
void tell_silenced(Telling& telling, const std::vector<sim::NodeId>& all) {
  const Story& story = telling.story();
  std::vector<const Line*> silences;
  for (const sim::NodeId node : all)
    if (is_silent(story, node))
      if (const Line* silenced = story.silence(node, story.end()); silenced != nullptr) silences.push_back(silenced);
  std::sort(silences.begin(), silences.end(), [](const Line* a, const Line* b) { return a->seq < b->seq; });
  const std::size_t lost = (all.size() + 1) / 2;  // with this many silent, at most half of the nodes are left
  const Line* decisive = lost > 0 && silences.size() >= lost ? silences[lost - 1] : nullptr;
  std::vector<const Line*> at_once;
  for (const Line* l : silences)
    if (decisive != nullptr && l->time == decisive->time) at_once.push_back(l);
  tell_majority_lost(telling, at_once);
  for (const Line* l : silences)
    if (decisive == nullptr || l->time != decisive->time)
      telling.trail(l, decisive != nullptr && l->time < decisive->time ? Weight::Aside : Weight::Link);
}

}  // namespace

void tell_no_ensemble(Telling& telling) {
  const Story& story = telling.story();
  const std::size_t all = story.cluster().zookeepers().size();
  std::size_t alive = 0;
  for (const sim::NodeId server : story.cluster().zookeepers())
    if (!is_silent(story, server)) ++alive;
  tell_silenced(telling, story.cluster().zookeepers());
  const bool few = alive > 0 && alive * 2 <= all;
  telling.now("why.no_ensemble"_w,
              {{"none", alive == 0 ? "0" : ""}, {"few", few ? "1" : ""}, {"alive", alive}, {"all", all}}, Weight::Point,
              "ZooKeeper");
}

namespace {

/// What the voters of the quorum do now.
struct Voters {
  std::vector<sim::NodeId> alive;
  std::string followers, candidates;  // names
  std::size_t all = 0, following = 0, asking = 0;
};

Voters voters_now(const Story& story) {
  Voters voters;
  const json states = state_of(story, "/cluster/quorum/voters");
  for (const sim::NodeId voter : story.cluster().controllers()) {
    ++voters.all;
    if (is_silent(story, voter)) continue;
    voters.alive.push_back(voter);
    const cluster::NodeInfo& info = story.cluster().info(voter);
    const std::string state = text_of(part_of(part_of(states, std::to_string(info.id)), "state"));
    if (state == "Follower") voters.followers += (voters.following++ == 0 ? "" : ", ") + info.name;
    if (state == "Candidate" || state == "Prospective")
      voters.candidates += (voters.asking++ == 0 ? "" : ", ") + info.name;
  }
  return voters;
}

/// The size of the largest set of running voters that one of them reaches in both directions, itself included.
std::size_t most_in_reach(const Story& story, const std::vector<sim::NodeId>& voters) {
  std::size_t most = 0;
  for (const sim::NodeId from : voters) {
    const auto reached = [&](sim::NodeId to) {
      return from == to || (!story.cluster().is_cut(from, to) && !story.cluster().is_cut(to, from));
    };
    most = std::max(most, static_cast<std::size_t>(std::count_if(voters.begin(), voters.end(), reached)));
  }
  return most;
}

}  // namespace

void tell_awaits_quorum(Telling& telling, Weight rule) {
  const Story& story = telling.story();
  tell_silenced(telling, story.cluster().controllers());
  const Voters voters = voters_now(story);
  const std::size_t alive = voters.alive.size(), together = most_in_reach(story, voters.alive);
  if (alive * 2 <= voters.all) {
    telling.now("why.awaits_quorum"_w, {{"alive", alive}, {"all", voters.all}}, rule, "controller");
  } else if (together * 2 <= voters.all) {
    for (const sim::NodeId voter : voters.alive) telling.trail(story.hindrance(voter, story.end()), Weight::Link);
    telling.now("why.awaits_quorum_cut"_w, {{"together", together}, {"all", voters.all}}, rule, "controller");
  } else if (voters.asking > 0 || voters.following == 0) {
    telling.now("why.election"_w, {{"voters", voters.candidates}}, rule, "controller");
  } else {
    telling.now("why.awaits_fetch_timeout"_w,
                {{"voters", voters.followers},
                 {"count", voters.following},
                 {"ms", story.cluster().spec().config.number("controller.quorum.fetch.timeout.ms")}},
                rule, "controller");
  }
}

namespace {

/// Tells which session still owns the znode /controller, or whose end deleted it.
void tell_awaits_znode(Telling& telling) {
  const Story& story = telling.story();
  if (!story.cluster().zookeeper_leader().valid()) return tell_no_ensemble(telling);
  const json znode = state_of(story, "/zookeeper/controller"), owner = part_of(part_of(znode, "data"), "brokerid");
  const std::string broker = owner.is_number_integer() ? cluster::broker_name(owner.get<protocol::BrokerId>()) : "";
  for (const ZooKeeperSession& session : zookeeper_sessions(story.cluster())) {
    // A broker that has restarted may have two sessions: the one that made the znode counts.
    if (broker.empty() || part_of(znode, "ephemeral_owner") != session.id || session.expires == sim::kNever) continue;
    telling.trail(story.silence(story.cluster().find(broker), story.end()), Weight::Cause);
    telling.now("why.awaits_session"_w,
                {{"broker", broker},
                 {"until", fmt::format("{:.3f}", static_cast<double>(session.expires.us) / 1e6)},
                 {"ms", session.timeout_ms}},
                Weight::Point, broker);
    return;
  }
  telling.trail(story.last<fact::ZkSessionExpired>(story.end(), [](const auto&, const Line&) { return true; }),
                Weight::Link);
  telling.now("why.awaits_znode"_w, {}, Weight::Point, "controller");
}

}  // namespace

namespace {

/// The last cut between a running broker and the controller that is still in effect and so stops the broker's
/// heartbeats. Null: there is none.
const Line* cut_from(const Story& story, sim::NodeId node, sim::NodeId controller) {
  return story.last<fact::Command>(story.end(), [&](const fact::Command& f, const Line& l) {
    if (f.verb != "partition" && f.verb != "isolate") return false;
    const bool one = story.nodes_of(l).size() < 2;
    const bool of_node = story.involves(l, node), of_controller = story.involves(l, controller);
    return (one ? of_node || of_controller : of_node && of_controller) && story.end_of_act(l, node) == nullptr;
  });
}

/// What stops the heartbeats of a broker whose process is dead or paused.
const Line* end_of_process(const Story& story, sim::NodeId node) {
  const auto own = [&](const auto&, const Line& l) { return l.node == node; };
  return story.cluster().alive(node) ? story.last<fact::NodePaused>(story.end(), own)
                                     : story.last<fact::NodeDied>(story.end(), own);
}

/// Tells that the broker is silent, or cut off from the controller, and what would fence it; false: it is neither.
bool tell_not_fenced_yet(Telling& telling, sim::NodeId node) {
  const Story& story = telling.story();
  const cluster::Cluster& c = story.cluster();
  const sim::NodeId active = c.active_controller();
  const bool cut = active.valid() && (c.is_cut(node, active) || c.is_cut(active, node));
  if (!is_silent(story, node) && !cut) return false;
  const std::string& who = c.info(node).name;
  const Line* silent = is_silent(story, node) ? end_of_process(story, node) : cut_from(story, node, active);
  telling.trail(silent, Weight::Cause);
  if (active.valid()) {
    if (silent != nullptr) telling.counted_anew(*silent, nullptr);
    telling.now("why.not_fenced_yet"_w, {{"broker", who}, {"ms", c.spec().config.number("broker.session.timeout.ms")}},
                Weight::Point, who);
    return true;
  }
  tell_awaits_quorum(telling);
  telling.now("why.nobody_fences"_w, {{"broker", who}}, Weight::Point, who);
  return true;
}

}  // namespace

bool can_be_fenced(const cluster::Cluster& cluster, const std::string& node) {
  const sim::NodeId id = cluster.find(node);
  return !cluster.under_zookeeper() && id.valid() && cluster.info(id).kind == cluster::NodeKind::Broker;
}

namespace {
/// Tells which act paused the process, and whether a step of the script or a person did it.
void tell_pausing_act(Telling& telling, const Line& paused) {
  const Story& story = telling.story();
  const Line* led = story.back(paused);
  const auto act = led == nullptr ? std::nullopt : fact_if<fact::Command>(*led);
  if (!act) return;
  const auto& taken = story.moment().observation.acts_taken();
  const bool scripted = std::any_of(taken.begin(), taken.end(),
                                    [&](const ActTaken& a) { return a.number == act->number && a.step >= 0; });
  telling.say(scripted ? "why.act_of_script"_w : "why.act_by_hand"_w, {{"act", act->spelled()}}, led, Weight::Cause,
              subject_of(story, paused));
}
}  // namespace

std::optional<Answer> why_node(const Asked& asked) {
  const Story& story = asked.story;
  const std::string &name = asked.part(1), &field = asked.part(2);
  const sim::NodeId node = story.cluster().find(name);
  if (!node.valid()) return std::nullopt;
  const auto own = [&](const auto&, const Line& l) { return l.node == node; };
  const protocol::BrokerId id = story.cluster().info(node).id;
  if (field == "broker_epoch") return why_broker_epoch(asked, node);
  if (field == "fenced") {
    if (!can_be_fenced(story.cluster(), name)) return why_cannot_be_fenced(asked, node);
    const bool fenced = state_of(story, "/nodes/" + name + "/fenced") == true;
    Telling telling(
        story, asked.path,
        fenced ? asks("why.q_fenced"_w, {{"broker", name}}) : asks("why.q_not_fenced"_w, {{"broker", name}}));
    if (fenced && tell_registered_fenced(telling, node)) return telling.done();
    const auto its = [&](const auto& f, const Line&) { return f.broker == id; };
    const Line* change =
        fenced ? story.last<fact::BrokerFenced>(story.end(), its) : story.last<fact::BrokerUnfenced>(story.end(), its);
    if (change != nullptr && !fenced)
      if (const Line* was = story.last<fact::BrokerFenced>(change->seq, its);
          was != nullptr && story.broker_node(id, was->seq) == node)
        telling.trail(was, Weight::Link);
    if (fenced || !tell_not_fenced_yet(telling, node)) telling.trail(change, Weight::Point);
    if (fenced) tell_id_taken(telling, node);
    if (telling.empty()) telling.now("why.formed"_w, {{"what", name}}, Weight::Point, name);
    return telling.done();
  }
  if (field == "disk") return why_disk(asked, node);
  if (field == "belief" && asked.part(3) == "controller") return why_believed_controller(asked, node);
  if (field == "belief" && asked.part(3) == "metadata_offset") return why_metadata_of(asked, node);
  if (field == "belief") return why_belief(asked);
  if (field == "zookeeper" && story.cluster().info(node).kind == cluster::NodeKind::ZooKeeper)
    return why_zookeeper_server(asked, node);
  if (field == "clock_skew_us") return why_clock(asked, node);
  if (field == "kind" || field == "id" || field == "rack" || field == "host") return why_given(asked, field);
  if (!field.empty() && field != "state" && field != "incarnation") return std::nullopt;
  const std::string state =
      state_of(story, (story.cluster().info(node).client >= 0 ? "/clients/" : "/nodes/") + name + "/state").dump();
  Telling telling(story, asked.path,
                  asks("why.q_node"_w, {{"who", name}, {"state", state_words(state.substr(1, state.size() - 2))}}));
  if (state == "\"shutting_down\"") return tell_shutting_down(telling, node), telling.done();
  const Line* change = nullptr;
  for (const Line* l :
       {story.last<fact::NodeDied>(story.end(), own), story.last<fact::NodePaused>(story.end(), own),
        story.last<fact::NodeResumed>(story.end(), own), story.last<fact::NodeStarted>(story.end(), own)})
    if (l != nullptr && (change == nullptr || l->seq > change->seq)) change = l;
  if (change != nullptr && is<fact::NodeStarted>(*change) && change->time.us > 0)
    telling.fact(story.last<fact::NodeDied>(change->seq, own),
                 Weight::Link);  // the state goes back to the process's start, not to its end
  // A fenced program closes: find its successor.
  const Line* fenced = nullptr;
  if (change != nullptr && is<fact::NodeDied>(*change))
    for (const Line* l : story.trail(*change))
      if (fenced == nullptr && l != change && l->node == node && tell_fenced(telling, node, *l)) fenced = l;
  if (change != nullptr && is<fact::NodePaused>(*change)) tell_pausing_act(telling, *change);
  if (fenced != nullptr) {
    telling.fact(fenced, Weight::Point);
    telling.fact(change, Weight::Point);
  } else if (change != nullptr && (change->time.us > 0 || !is<fact::NodeStarted>(*change)))
    telling.trail(change, Weight::Point), tell_loads_logs(telling, node);
  else if (!story.cluster().alive(node)) telling.now("why.not_started"_w, {{"who", name}}, Weight::Point, name);
  else telling.now("why.runs_since_start"_w, {{"who", name}}, Weight::Point, name);
  return telling.done();
}

void tell_no_controller(Telling& telling) {
  const Story& story = telling.story();
  const auto any = [](const auto&, const Line&) { return true; };
  const Line* became = story.last<fact::ControllerActive>(story.end(), any);
  const sim::NodeId leads = leader_without_majority(story.cluster());
  const Line* resigned = story.last<fact::ControllerResigned>(story.end(), any);
  const Line* silent = became == nullptr ? nullptr : story.silence(became->node, story.end());
  if (resigned != nullptr && (became == nullptr || resigned->seq > became->seq)) {
    // If other nodes made the controller resign, tell_awaits_quorum names them all.
    if (story.silence(resigned->node, resigned->seq) != nullptr) telling.trail(resigned, Weight::Cause);
    else telling.fact(resigned, Weight::Cause);
  } else telling.trail(silent, Weight::Cause);
  if (story.cluster().under_zookeeper()) tell_awaits_znode(telling);
  else tell_awaits_quorum(telling);
  if (leads.valid()) {
    const std::string& name = story.cluster().info(leads).name;
    const std::int64_t ms = story.cluster().spec().config.number("controller.quorum.fetch.timeout.ms");
    telling.now("why.leads_without_majority"_w, {{"controller", name}, {"ms", ms}, {"wait", ms * 3 / 2}}, Weight::Point,
                name);
  }
}

std::optional<Answer> why_controller(const Story& story, const std::string& path) {
  const json active = state_of(story, "/cluster/active_controller");
  const bool none = active.is_null();
  const auto controls = [&](const auto&, const Line& l) {
    return none || l.node == story.cluster().active_controller();
  };
  const Line* became = story.last<fact::ControllerActive>(story.end(), controls);
  // Under ZooKeeper there is no line for the first controller.
  const std::string who = none ? std::string() : story.cluster().info(story.cluster().active_controller()).name;
  const sim::NodeId leads = none ? leader_without_majority(story.cluster()) : sim::NodeId{};
  Telling telling(story, path,
                  leads.valid() ? asks("why.q_no_majority"_w)
                  : none        ? asks("why.q_no_controller"_w)
                                : asks("why.q_controller"_w, {{"controller", who}}));
  if (none) {
    tell_no_controller(telling);
    return telling.done();
  }
  if (became == nullptr || became->time.us == 0) {
    telling.now("why.active_since_formation"_w, {{"controller", who}}, Weight::Point, who);
    return telling.done();
  }
  telling.trail(became, Weight::Point);
  return telling.done();
}

Answer why_controller_epoch(const Asked& asked) {
  const Story& story = asked.story;
  const json epoch = state_of(story, "/cluster/controller_epoch");
  Telling telling(story, asked.path, asks_value("controller_epoch", epoch));
  const auto of_epoch = [&](const auto& f, const Line& l) { return l.time.us > 0 && f.epoch.value == epoch; };
  const Line* became = story.last<fact::ControllerActive>(story.end(), of_epoch);
  // A candidate begins an epoch, too, whether it wins or not. Who merely learns of an epoch, as a broker that starts, does not.
  if (became == nullptr)
    became = story.first<fact::QuorumStateChanged>(0, [&](const auto& f, const Line& l) {
      return of_epoch(f, l) && (f.state == raft::QuorumState::Candidate || f.state == raft::QuorumState::Leader);
    });
  if (became != nullptr) telling.trail(became, Weight::Point);
  else telling.now("why.controller_epoch_of_first"_w, {}, Weight::Point, "");
  if (state_of(story, "/cluster/active_controller").is_null())
    telling.now("why.controller_epoch_stays"_w, {{"epoch", plain_value(epoch)}}, Weight::Point, "");
  return telling.done();
}

namespace {
/// No step has changed the feature levels: they are those with which that version of Kafka forms a cluster, or those of
/// the file.
void tell_features_of_release(Telling& telling) {
  const cluster::ClusterSpec& spec = telling.story().cluster().spec();
  std::string set;
  for (const auto& feature : spec.features) set += (set.empty() ? "" : ", ") + feature.first;
  telling.now("why.features_of_release"_w, {{"kafka", std::string(protocol::to_string(spec.kafka))}, {"set", set}},
              Weight::Point, "");
}

/// The last change of a limit that clients have now or, if the question is about none, the last limit that was taken away.
const Line* change_of_quotas(const Asked& asked) {
  const std::string &entity = asked.part(2), &key = asked.part(3);
  const json now = state_of(asked.story, "/cluster/quotas");
  return asked.story.last<fact::QuotaChanged>(asked.story.end(), [&](const auto& f, const Line& l) {
    const bool asks_for_it = (entity.empty() || f.entity == entity) && (key.empty() || f.key == key);
    const bool has_it = part_of(part_of(now, f.entity.str()), f.key.str()).is_number();
    return l.time.us > 0 && asks_for_it && has_it != asked.value.empty() && f.removed == asked.value.empty();
  });
}
}  // namespace

namespace {
/// "metadata.version"; "quotas · user=shop · producer_byte_rate"
std::string named(const Asked& asked) {
  const std::string& field = asked.part(1);
  if (field == "features" && !asked.part(2).empty()) return asked.part(2);
  std::string all = field;
  for (std::size_t i = 2; i < asked.parts.size() && field == "quotas"; ++i) all += " · " + asked.parts[i];
  return all;
}
}  // namespace

std::optional<Answer> why_cluster(const Asked& asked) {
  const Story& story = asked.story;
  const std::string& field = asked.part(1);
  if (field == "quorum") return why_quorum(asked);
  if (field == "controller_epoch") return why_controller_epoch(asked);
  if (field == "active_controller") return why_controller(story, asked.path);
  if (field == "kafka" || field == "metadata") return why_given(asked, field);
  if (field == "zookeeper" && asked.part(2) == "sessions" && !asked.part(3).empty())
    return why_zookeeper_session(asked);
  if (field == "zookeeper") {
    const Line* elected = story.last<fact::ZkElected>(story.end(), [](const auto&, const Line&) { return true; });
    const Line* expired =
        story.last<fact::ZkSessionExpired>(story.end(), [](const auto&, const Line&) { return true; });
    Telling telling(story, asked.path, asks("why.q_ensemble"_w));
    if (elected != nullptr && elected->time.us > 0) {
      const Line* before = story.last<fact::ZkElected>(elected->seq, [](const auto&, const Line&) { return true; });
      telling.trail(
          story.majority_again(story.cluster().zookeepers(), before == nullptr ? 0 : before->seq, elected->seq),
          Weight::Cause);
      telling.trail(elected, Weight::Point);
    }
    if (asked.part(2) == "sessions") telling.trail(expired, Weight::Point);
    if (!story.cluster().zookeepers().empty() && !story.cluster().zookeeper_leader().valid()) tell_no_ensemble(telling);
    if (telling.empty()) telling.now("why.formed"_w, {{"what", "ZooKeeper"}}, Weight::Point, "");
    return telling.done();
  }
  if (field == "acls" || field == "quotas" || field == "features") {
    const bool no_acls = field == "acls" && asked.value.empty();
    Telling telling(story, asked.path, no_acls ? asks("why.q_no_acls"_w) : asks_value(named(asked), asked.value));
    const auto any = [](const auto&, const Line& l) { return l.time.us > 0; };
    const auto of_feature = [&](const fact::FeatureChanged& f, const Line& l) {
      return any(f, l) && (asked.part(2).empty() || f.feature == asked.part(2));
    };
    const std::string rule = text_of(asked.value);  // "": about all rules
    const auto of_rule = [&](const fact::AclChanged& f, const Line& l) {
      return any(f, l) && (rule.empty() || f.entry.view() == rule);
    };
    const Line* changed = field == "acls"     ? story.last<fact::AclChanged>(story.end(), of_rule)
                          : field == "quotas" ? change_of_quotas(asked)
                                              : story.last<fact::FeatureChanged>(story.end(), of_feature);
    if (changed != nullptr) telling.trail(changed, Weight::Point);
    else if (no_acls) telling.now("why.no_acls"_w, {}, Weight::Point, "");
    else if (field == "features") tell_features_of_release(telling);
    else telling.now("why.as_configured"_w, {{"key", field}}, Weight::Point, "");
    return telling.done();
  }
  return std::nullopt;
}

namespace {

std::optional<Answer> why_voter(const Asked& asked, sim::NodeId node) {
  const Story& story = asked.story;
  const std::string& who = story.cluster().info(node).name;
  const std::string state = text_of(state_of(story, "/cluster/quorum/voters/" + asked.part(3) + "/state"));
  Telling telling(story, asked.path, asks("why.q_voter"_w, {{"who", who}, {"state", state}}));
  const Line* changed = story.last<fact::QuorumStateChanged>(
      story.end(), [&](const auto&, const Line& l) { return l.node == node && l.time.us > 0; });
  telling.trail(changed, Weight::Point);
  if (is_silent(story, node)) {  // it had that state when it fell silent
    telling.trail(story.silence(node, story.end()), Weight::Cause);
    if (!story.cluster().alive(node)) telling.now("why.still_down"_w, {{"who", who}}, Weight::Point, who);
  }
  if (telling.empty()) telling.now("why.voter_since_formation"_w, {{"who", who}, {"state", state}}, Weight::Point, who);
  return telling.done();
}

std::optional<Answer> why_quorum_watermark(const Asked& asked) {
  const Story& story = asked.story;
  const json quorum = state_of(story, "/cluster/quorum"), voters = part_of(quorum, "voters");
  const std::int64_t hw = whole_of(part_of(quorum, "high_watermark"));
  Telling telling(story, asked.path, asks("why.q_quorum_watermark"_w, {{"offset", hw}}));
  telling.fact(
      story.last<fact::QuorumHighWatermark>(story.end(), [&](const auto& f, const Line&) { return f.to.value == hw; }),
      Weight::Link);
  const sim::NodeId leads = story.cluster().active_controller();
  if (!leads.valid()) {
    const Line* led = story.last<fact::ControllerActive>(story.end(), [](const auto&, const Line&) { return true; });
    if (led != nullptr) telling.trail(story.silence(led->node, story.end()), Weight::Cause);
    tell_awaits_quorum(telling);
    return telling.done();
  }
  const cluster::NodeInfo& leader = story.cluster().info(leads);
  const std::int64_t end = whole_of(part_of(part_of(voters, std::to_string(leader.id)), "log_end_offset"));
  if (hw >= end) {
    telling.now("why.quorum_hw_at_end"_w, {{"leader", leader.name}, {"offset", hw}}, Weight::Point, leader.name);
    return telling.done();
  }
  std::string behind;
  std::size_t lack = 0;
  for (const sim::NodeId voter : story.cluster().controllers()) {
    const cluster::NodeInfo& info = story.cluster().info(voter);
    if (whole_of(part_of(part_of(voters, std::to_string(info.id)), "log_end_offset")) > hw) continue;
    behind += (behind.empty() ? "" : ", ") + info.name, ++lack;
    telling.trail(story.silence(voter, story.end(), {leads}), Weight::Cause);
  }
  const std::size_t all = story.cluster().controllers().size();
  if (all - lack > all / 2) {  // the leader learns of it from their fetches: LeaderState.updateReplicaState
    telling.now("why.quorum_hw_next_fetch"_w, {{"leader", leader.name}, {"all", all}, {"have", all - lack}},
                Weight::Point, leader.name);
    return telling.done();
  }
  telling.now("why.quorum_hw_awaits"_w,
              {{"leader", leader.name}, {"offset", hw}, {"brokers", behind}, {"need", all / 2 + 1}, {"all", all}},
              Weight::Point, leader.name);
  return telling.done();
}

}  // namespace

std::optional<Answer> why_quorum(const Asked& asked) {
  const Story& story = asked.story;
  const std::string &field = asked.part(2), &of_voter = asked.part(4);
  if (field == "high_watermark") return why_quorum_watermark(asked);
  if (field == "epoch") return why_controller_epoch(asked);
  if (field != "voters") return why_controller(story, asked.path);
  for (const sim::NodeId voter : story.cluster().controllers())
    if (std::to_string(story.cluster().info(voter).id) == asked.part(3))
      return of_voter.empty() || of_voter == "state" ? why_voter(asked, voter) : why_voters_log(asked, voter);
  return asked.part(3).empty() ? why_controller(story, asked.path) : std::nullopt;
}

}  // namespace kafkascope::observe
