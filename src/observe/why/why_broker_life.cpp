// A broker between running and not running: in its controlled shutdown, or registered and not unfenced yet. What the file, an act or its
// registration has given a process; whom it takes for the controller, and how much of the metadata log it has.
#include "observe/node_config.h"
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

/// What makes a broker end by itself: it could not tell the controller of a failed directory in time (KIP-858).
const Line* untold_directory(const Story& story, sim::NodeId node, std::uint64_t since) {
  if (story.cluster().under_zookeeper()) return nullptr;
  const Line* failed =
      story.last<fact::LogDirOffline>(story.end(), [&](const auto&, const Line& l) { return l.node == node; });
  return failed != nullptr && failed->seq > since ? failed : nullptr;
}

/// Tells what keeps the broker from its controller, so that it stays for a while; otherwise, that it waits for the
/// controller.
void tell_awaits_leave(Telling& telling, sim::NodeId node) {
  const Story& story = telling.story();
  const std::string& who = story.cluster().info(node).name;
  const sim::NodeId controller = story.cluster().active_controller();
  const bool cut = controller.valid() && controller != node &&
                   (story.cluster().is_cut(node, controller) || story.cluster().is_cut(controller, node));
  // A controller that shuts down depends on other nodes as well.
  if (cut) telling.trail(story.hindrance(node, story.end(), {controller}), Weight::Link);
  else if (controller == node) telling.trail(story.hindrance(node, story.end()), Weight::Link);
  telling.now("why.shutting_down"_w,
              {{"broker", who},
               {"cut", cut ? story.cluster().info(controller).name : std::string()},
               {"waits", cut ? "" : "1"}},
              Weight::Point, who);
}

}  // namespace

void tell_shutting_down(Telling& telling, sim::NodeId node) {
  const Story& story = telling.story();
  const std::string& who = story.cluster().info(node).name;
  const Line* started = start_before(story, node, story.end());
  const std::uint64_t since = started == nullptr ? 0 : started->seq;
  const Line* asked = story.act_on(node, {"shutdown", "stop"}, story.end(), since);
  telling.trail(asked, Weight::Cause);
  if (story.cluster().info(node).client >= 0)
    return telling.now("why.client_closes"_w, {{"client", who}}, Weight::Point, who);
  const Line* failed = asked != nullptr ? nullptr : untold_directory(story, node, since);
  telling.trail(failed, Weight::Cause);
  tell_awaits_leave(telling, node);
  if (failed == nullptr) return;
  const std::int64_t ms = server_config(story.cluster(), node).number("log.dir.failure.timeout.ms");
  telling.dated("why.directory_untold"_w, {{"broker", who}, {"ms", ms}}, failed->time + sim::milliseconds(ms),
                Weight::Point, who);
}

bool tell_loads_logs(Telling& telling, sim::NodeId node) {
  const Story& story = telling.story();
  const auto own = [&](const auto&, const Line& l) { return l.node == node; };
  const Line *started = story.last<fact::NodeStarted>(story.end(), own),
             *loading = story.last<fact::LogsLoading>(story.end(), own);
  if (!story.cluster().alive(node) || started == nullptr || loading == nullptr || loading->seq < started->seq)
    return false;
  const auto f = as<fact::LogsLoading>(*loading);
  const sim::Instant until = loading->time + f.takes_us;
  if (until <= story.cluster().now()) return false;
  const std::string& who = story.cluster().info(node).name;
  telling.trail(story.bad_disk(node, story.end()), Weight::Cause);
  telling.say("why.loads_logs"_w, {{"broker", who}, {"bytes", f.bytes}, {"until", in_seconds(until.us)}}, loading,
              Weight::Point, who);
  return true;
}

bool tell_registered_fenced(Telling& telling, sim::NodeId node) {
  const Story& story = telling.story();
  const std::string& who = story.cluster().info(node).name;
  const auto its = [id = story.cluster().info(node).id](const auto& f, const Line&) { return f.broker == id; };
  const Line* registered = story.last<fact::BrokerRegistered>(story.end(), its);
  const Line* fenced = story.last<fact::BrokerFenced>(story.end(), its);
  const Line* unfenced = story.last<fact::BrokerUnfenced>(story.end(), its);
  if (registered == nullptr || registered->time.us == 0 || latest({registered, fenced, unfenced}) != registered)
    return false;
  const Line* died =
      story.last<fact::NodeDied>(registered->seq, [&](const auto&, const Line& l) { return l.node == node; });
  const bool was_fenced = fenced != nullptr && latest({fenced, unfenced}) == fenced;
  telling.trail(was_fenced ? fenced : died, was_fenced ? Weight::Link : Weight::Cause);
  telling.say("why.registers_fenced"_w, {{"broker", who}}, registered, Weight::Point, who);
  if (!telling.has_root()) telling.trail(registered, Weight::Aside);
  if (is_silent(story, node)) telling.trail(story.silence(node, story.end()), Weight::Cause);
  return true;
}

Answer why_given(const Asked& asked, const std::string& what) {
  const Story& story = asked.story;
  const std::string of = asked.parts[0] == "cluster" ? std::string() : asked.part(1);
  Telling telling(story, asked.path, asks_value(of.empty() ? what : of + " · " + what, asked.value));
  const sim::NodeId node = story.cluster().find(of);
  const Line* added = node.valid() ? story.act_on(node, {"add_broker"}, story.end()) : nullptr;
  if (added != nullptr) telling.trail(added, Weight::Point);
  else telling.now("why.given_by_file"_w, {{"key", what}}, Weight::Point, of);
  return telling.done();
}

Answer why_clock(const Asked& asked, sim::NodeId node) {
  const Story& story = asked.story;
  const std::string& who = story.cluster().info(node).name;
  Telling telling(story, asked.path, asks_value(who + " · clock_skew_us", asked.value));
  const Line* act = story.act_on(node, {"skew_clock"}, story.end());
  if (act != nullptr) telling.trail(act, Weight::Point);
  else if (asked.value == 0) telling.now("why.clock_right"_w, {{"who", who}}, Weight::Point, who);
  else telling.now("why.given_by_file"_w, {{"key", "clock_skew_us"}}, Weight::Point, who);
  return telling.done();
}

Answer why_broker_epoch(const Asked& asked, sim::NodeId node) {
  const Story& story = asked.story;
  const cluster::NodeInfo& info = story.cluster().info(node);
  Telling telling(story, asked.path, asks_value(info.name + " · broker_epoch", asked.value));
  if (info.kind != cluster::NodeKind::Broker) {
    telling.now("why.only_brokers_register"_w, {{"who", info.name}}, Weight::Point, info.name);
    return telling.done();
  }
  const std::int64_t epoch = whole_of(asked.value);
  const std::string znode = "/brokers/ids/" + std::to_string(info.id);
  // Over ZooKeeper it is the zxid that made the broker's znode. Kafka: KafkaZkClient.registerBroker.
  const Line* registered =
      asked.value.is_null() ? nullptr
      : story.cluster().under_zookeeper()
          ? story.last<fact::ZnodeChanged>(
                story.end(),
                [&](const auto& f, const Line& l) { return l.time.us > 0 && f.path == znode && f.zxid.value == epoch; })
          : story.last<fact::BrokerRegistered>(
                story.end(), [&](const auto& f, const auto&) { return f.broker == info.id && f.epoch == epoch; });
  if (registered != nullptr && registered->time.us > 0) {
    telling.trail(start_before(story, node, registered->seq), Weight::Cause);
    telling.say("why.epoch_by_registration"_w, {{"broker", info.name}, {"epoch", epoch}}, registered, Weight::Point,
                info.name);
  } else if (!asked.value.is_null()) {  // it keeps its epoch until it registers again
    telling.now("why.epoch_since_formation"_w, {{"broker", info.name}}, Weight::Point, info.name);
  } else {
    telling.trail(story.silence(node, story.end()), Weight::Cause);
    if (story.cluster().alive(node))
      telling.now("why.not_registered"_w, {{"broker", info.name}}, Weight::Point, info.name);
    else telling.now("why.still_down"_w, {{"who", info.name}}, Weight::Point, info.name);
  }
  return telling.done();
}

Answer why_cannot_be_fenced(const Asked& asked, sim::NodeId node) {
  const Story& story = asked.story;
  const cluster::NodeInfo& info = story.cluster().info(node);
  const bool broker = info.kind == cluster::NodeKind::Broker, gone = asked.value == true;
  Telling telling(story, asked.path, asks(gone ? "why.q_fenced"_w : "why.q_not_fenced"_w, {{"broker", info.name}}));
  if (gone) telling.trail(story.silence(node, story.end()), Weight::Cause);
  telling.now("why.cannot_be_fenced"_w,
              {{"who", info.name},
               {"zookeeper", broker && !gone ? "1" : ""},
               {"gone", gone ? "1" : ""},
               {"other", broker ? "" : "1"}},
              Weight::Point, info.name);
  return telling.done();
}

namespace {

/// The name of the controller with that id: of a broker under ZooKeeper, of a voter otherwise.
std::string controller_named(const Story& story, std::int64_t id) {
  for (const sim::NodeId voter : story.cluster().controllers())
    if (story.cluster().info(voter).id == id) return story.cluster().info(voter).name;
  return cluster::broker_name(static_cast<protocol::BrokerId>(id));
}

}  // namespace

Answer why_believed_controller(const Asked& asked, sim::NodeId node) {
  const Story& story = asked.story;
  const std::string& who = story.cluster().info(node).name;
  const json active = state_of(story, "/cluster/active_controller");
  if (asked.value == active && !active.is_null()) return *why_controller(story, asked.path);
  Telling telling(story, asked.path, asks_value(who + " · belief/controller", asked.value));
  if (active.is_null()) {
    if (!story.cluster().alive(node)) telling.trail(story.silence(node, story.end()), Weight::Cause);
    tell_no_controller(telling);
    if (asked.value.is_null()) telling.now("why.no_controller_to_know"_w, {{"who", who}}, Weight::Point, who);
    else
      telling.now("why.still_believes"_w,
                  {{"who", who}, {"controller", controller_named(story, whole_of(asked.value))}}, Weight::Point, who);
    return telling.done();
  }
  const Line* became = story.last<fact::ControllerActive>(
      story.end(), [&](const auto&, const Line& l) { return l.node == story.cluster().active_controller(); });
  telling.trail(became, Weight::Link);
  telling.trail(story.hindrance(node, story.end()), Weight::Cause);
  telling.now("why.metric_old_leader"_w,
              {{"who", who}, {"controller", story.cluster().info(story.cluster().active_controller()).name}},
              Weight::Point, who);
  return telling.done();
}

namespace {

/// Up to where the metadata log is committed; nullopt: only a leader of the quorum knows, and there is none.
std::optional<std::int64_t> committed_end(const Story& story) {
  const json end = state_of(story, "/cluster/quorum/high_watermark");
  if (!story.cluster().active_controller().valid() || whole_of(end) <= 0) return std::nullopt;
  return whole_of(end);
}

/// Tells that the process does not run, or has not learned of any committed record yet.
void tell_nothing_of_metadata(Telling& telling, sim::NodeId node) {
  const Story& story = telling.story();
  const std::string& who = story.cluster().info(node).name;
  if (!story.cluster().alive(node)) {
    telling.trail(story.silence(node, story.end()), Weight::Cause);
    return telling.now("why.still_down"_w, {{"who", who}}, Weight::Point, who);
  }
  telling.trail(story.hindrance(node, story.end()), Weight::Cause);
  telling.trail(start_before(story, node, story.end()), Weight::Link);
  const auto committed = committed_end(story);
  telling.now("why.metadata_unread"_w, {{"who", who}, {"last", committed ? std::to_string(*committed - 1) : ""}},
              Weight::Point, who);
}

}  // namespace

Answer why_metadata_of(const Asked& asked, sim::NodeId node) {
  const Story& story = asked.story;
  const std::string& who = story.cluster().info(node).name;
  Telling telling(story, asked.path, asks_value(who + " · belief/metadata_offset", asked.value));
  if (asked.value.is_null() || story.cluster().under_zookeeper()) {
    telling.now("why.no_metadata_log"_w, {{"who", who}}, Weight::Point, who);
    return telling.done();
  }
  const std::int64_t own = whole_of(asked.value);
  const std::optional<std::int64_t> committed = committed_end(story);
  if (own < 0) {
    tell_nothing_of_metadata(telling, node);
  } else if (!committed) {
    telling.now("why.metadata_no_leader"_w, {{"who", who}, {"offset", own}}, Weight::Point, who);
  } else if (own < *committed - 1) {
    telling.trail(story.hindrance(node, story.end()), Weight::Cause);
    telling.now("why.metric_metadata_behind"_w, {{"who", who}, {"offset", own}, {"last", *committed - 1}},
                Weight::Point, who);
  } else {
    telling.now("why.metadata_all"_w, {{"who", who}, {"offset", own}}, Weight::Point, who);
  }
  return telling.done();
}

namespace {

/// Tells how much of the metadata log the voter has.
void tell_end_of_voter(Telling& telling, sim::NodeId node, std::int64_t own) {
  const Story& story = telling.story();
  const std::string& who = story.cluster().info(node).name;
  const auto its = [&](const auto&, const Line& l) { return l.node == node; };
  const Line* cut = story.last<fact::QuorumTruncated>(story.end(), its);
  telling.fact(latest({story.last<fact::MetadataAppended>(story.end(), its), cut}), Weight::Link);
  const std::optional<std::int64_t> committed = committed_end(story);
  if (!committed)
    return telling.now("why.metadata_no_leader"_w, {{"who", who}, {"offset", own - 1}}, Weight::Point, who);
  if (own > *committed) return telling.now("why.metric_metadata_ahead"_w, {{"who", who}}, Weight::Point, who);
  if (own == *committed)
    return telling.now("why.metadata_all"_w, {{"who", who}, {"offset", own - 1}}, Weight::Point, who);
  telling.trail(story.hindrance(node, story.end()), Weight::Cause);
  telling.now("why.metric_metadata_behind"_w, {{"who", who}, {"offset", own - 1}, {"last", *committed - 1}},
              Weight::Point, who);
}

/// Tells the vote of a voter: for another one, or for itself when it became a candidate, of which there is no vote in the trace.
void tell_vote(Telling& telling, sim::NodeId node, std::int64_t candidate) {
  const Story& story = telling.story();
  const cluster::NodeInfo& info = story.cluster().info(node);
  if (candidate != info.id)
    return telling.trail(story.last<fact::QuorumVoted>(story.end(),
                                                       [&](const auto& f, const Line& l) {
                                                         return l.node == node && f.granted && !f.pre_vote &&
                                                                f.candidate == candidate;
                                                       }),
                         Weight::Point);
  const Line* became = story.last<fact::QuorumStateChanged>(story.end(), [&](const auto& f, const Line& l) {
    return l.node == node && l.time.us > 0 && f.state == raft::QuorumState::Candidate;
  });
  if (became == nullptr) return;
  telling.trail(became, Weight::Point);
  telling.say("why.votes_for_itself"_w,
              {{"who", info.name}, {"epoch", as<fact::QuorumStateChanged>(*became).epoch.value}}, became, Weight::Point,
              info.name);
}

}  // namespace

Answer why_voters_log(const Asked& asked, sim::NodeId node) {
  const Story& story = asked.story;
  const std::string &who = story.cluster().info(node).name, &field = asked.part(4);
  Telling telling(story, asked.path, asks_value(who + " · " + field, asked.value));
  const auto its = [&](const auto&, const Line& l) { return l.node == node; };
  const std::int64_t value = whole_of(asked.value);
  if (field == "log_end_offset") tell_end_of_voter(telling, node, value);
  if (field == "log_start_offset") {
    telling.trail(story.last<fact::QuorumLogStart>(story.end(), its), Weight::Point);
    if (telling.empty())
      telling.now("why.nothing_deleted"_w, {{"partition", "__cluster_metadata-0"}}, Weight::Point, who);
  }
  if (field == "snapshots") {
    telling.trail(story.last<fact::QuorumSnapshot>(story.end(), its), Weight::Point);
    if (telling.empty()) telling.now("why.no_snapshot"_w, {{"who", who}}, Weight::Point, who);
  }
  if (is_silent(story, node)) telling.trail(story.silence(node, story.end()), Weight::Cause);
  if (field == "voted_for" && asked.value.is_null()) {
    if (story.cluster().alive(node))
      telling.trail(story.last<fact::QuorumStateChanged>(
                        story.end(), [&](const auto&, const Line& l) { return l.node == node && l.time.us > 0; }),
                    Weight::Link);
    telling.now("why.metric_no_vote"_w, {{"who", who}}, Weight::Point, who);
  } else if (field == "voted_for") {
    tell_vote(telling, node, value);
  }
  if (telling.empty()) telling.now("why.formed"_w, {{"what", who}}, Weight::Point, who);
  return telling.done();
}

}  // namespace kafkascope::observe
