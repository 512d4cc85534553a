// Why an ISR still holds replicas that are dead or behind, and which of its replicas are out.
#include <fmt/format.h>

#include <algorithm>

#include "broker/broker.h"
#include "controller/kraft/controller_node.h"
#include "observe/judge/zookeeper_truth.h"
#include "observe/node_config.h"
#include "observe/why/fetchers.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::observe {

using nlohmann::json;
using protocol::BrokerId;
using protocol::TopicPartition;

namespace {

/// A follower that was caught up this recently may only be waiting for its next fetch.
constexpr std::int64_t kFreshUs = 1'000'000;

/// The session that keeps the broker unfenced, or registered in ZooKeeper.
struct KeptSession {
  sim::Instant ends = sim::kNever;  // kNever: unknown
  std::int64_t timeout_us = 0;
  /// More than half of the session's time has passed without a sign from the broker.
  bool half_over(sim::Instant now) const { return ends != sim::kNever && (ends - now).us * 2 < timeout_us; }
};

KeptSession kept_session(const Story& story, BrokerId id) {
  const cluster::Cluster& c = story.cluster();
  if (c.under_zookeeper()) {
    for (const ZooKeeperSession& s : zookeeper_sessions(c))
      if (s.owner == cluster::broker_name(id)) return {s.expires, std::int64_t{s.timeout_ms} * 1000};
    return {};
  }
  KeptSession kept;
  for (const sim::NodeId node : c.controllers()) {
    if (!c.alive(node)) continue;
    // The session of the process before runs on until it is over: the newest registration's comes last.
    for (const controller::BrokerSession& s : c.role<controller::ControllerNode>(node)->broker_sessions())
      if (s.broker == id) kept = {s.deadline, c.spec().config.number("broker.session.timeout.ms") * 1000};
  }
  return kept;
}

/// A member of the ISR that its leader knows to be behind.
struct LaggingMember {
  BrokerId id;
  sim::Instant since;
  sim::Duration most;  // replica.lag.time.max.ms
};

std::vector<LaggingMember> lagging_members(const Story& story, TopicPartition tp, BrokerId leader,
                                           const std::vector<BrokerId>& isr) {
  std::vector<LaggingMember> found;
  const cluster::Cluster& c = story.cluster();
  const sim::NodeId node = story.broker_node(leader);
  const broker::Replica* r = node.valid() && c.alive(node) ? c.role<broker::Broker>(node)->replica(tp) : nullptr;
  if (r == nullptr || !r->is_leader()) return found;
  for (const broker::RemoteReplica& remote : r->remotes) {
    if (std::find(isr.begin(), isr.end(), remote.id) == isr.end()) continue;
    const broker::Broker::Lag lag = c.role<broker::Broker>(node)->lag_of(remote);
    if (remote.log_end_offset == r->log.log_end_offset() || (c.now() - lag.since).us < kFreshUs) continue;
    found.push_back({remote.id, lag.since, lag.most});
  }
  return found;
}

void tell_lagging_member(Telling& telling, const std::string& partition, const LaggingMember& behind,
                         sim::NodeId leads) {
  const Story& story = telling.story();
  const std::string who = cluster::broker_name(behind.id);
  if (!tell_given_up(telling, partition_named(story, partition), {behind.id}))
    telling.trail(story.silence(story.broker_node(behind.id), story.end(), Search{leads}.of(traffic::kCopies)),
                  Weight::Cause);
  telling.now("why.isr_holds_behind"_w,
              {{"broker", who},
               {"partition", partition},
               {"since", behind.since.us < 0 ? "" : fmt::format("{:.3f}", static_cast<double>(behind.since.us) / 1e6)},
               {"leader", story.cluster().info(leads).name},
               {"ms", behind.most.us / 1000}},
              Weight::Point, who);
}

void tell_silent_member(Telling& telling, const std::string& partition, BrokerId id, bool last) {
  const Story& story = telling.story();
  const std::string who = cluster::broker_name(id);
  telling.trail(story.silence(story.broker_node(id), story.end(), Search().of(traffic::kLiveness)), Weight::Cause);
  if (last) {
    telling.now("why.isr_holds_last"_w, {{"broker", who}, {"partition", partition}}, Weight::Point, who);
    return;
  }
  telling.now(story.cluster().under_zookeeper() ? "why.isr_holds_session"_w : "why.isr_holds_unfenced"_w,
              {{"broker", who}, {"partition", partition}, {"ms", broker_session_ms(story, id)}}, Weight::Point, who);
}

/// Tells which members should leave the ISR, and that nobody can change the ISR; false: all have kept up.
bool tell_isr_stays(Telling& telling, const std::string& partition, std::vector<BrokerId> out,
                    const std::vector<LaggingMember>& behind) {
  const Story& story = telling.story();
  for (const LaggingMember& b : behind)
    if (std::find(out.begin(), out.end(), b.id) == out.end()) out.push_back(b.id);
  if (out.empty()) return false;
  for (const BrokerId id : out)
    telling.trail(story.silence(story.broker_node(id), story.end(), Search().of(traffic::kCopies | traffic::kLiveness)),
                  Weight::Link);
  telling.now("why.isr_stays"_w, {{"brokers", broker_names(out)}, {"count", out.size()}, {"partition", partition}},
              Weight::Point, partition);
  tell_nobody_elects(telling);
  return true;
}

/// Where the leader would have to report its change of the ISR (the active controller or ZooKeeper), if it is cut off
/// from there; "": it is not.
std::string unreached_by(const Story& story, sim::NodeId leads) {
  const cluster::Cluster& c = story.cluster();
  if (!leads.valid()) return {};
  const auto cut = [&](sim::NodeId other) { return c.is_cut(leads, other) || c.is_cut(other, leads); };
  if (c.under_zookeeper()) {
    const std::vector<sim::NodeId>& servers = c.zookeepers();
    const bool all = std::all_of(servers.begin(), servers.end(),
                                 [&](sim::NodeId server) { return is_silent(story, server) || cut(server); });
    return all ? "ZooKeeper" : std::string();
  }
  const sim::NodeId active = c.active_controller();
  return active.valid() && cut(active) ? c.info(active).name : std::string();
}

/// Tells that the leader knows which replicas are behind, but that its report reaches nobody.
bool tell_leader_unheard(Telling& telling, const std::string& partition, const std::vector<LaggingMember>& behind,
                         sim::NodeId leads, const std::string& keeper) {
  if (behind.empty()) return false;
  const Story& story = telling.story();
  std::vector<BrokerId> ids;
  for (const LaggingMember& b : behind) ids.push_back(b.id);
  telling.trail(story.hindrance(leads, story.end()), Weight::Cause);
  for (const BrokerId id : ids)
    telling.trail(story.silence(story.broker_node(id), story.end(), Search{leads}.of(traffic::kCopies)), Weight::Cause);
  const std::string& leader = story.cluster().info(leads).name;
  telling.now("why.isr_leader_unheard"_w,
              {{"leader", leader}, {"brokers", broker_names(ids)}, {"partition", partition}, {"keeper", keeper}},
              Weight::Point, leader);
  return true;
}

}  // namespace

std::int64_t broker_session_ms(const Story& story, BrokerId id) {
  const KeptSession session = kept_session(story, id);
  if (session.timeout_us > 0) return session.timeout_us / 1000;
  if (!story.cluster().under_zookeeper()) return story.cluster().spec().config.number("broker.session.timeout.ms");
  return server_config(story.cluster(), story.broker_node(id)).number("zookeeper.session.timeout.ms");
}

bool tell_isr_write_waits(Telling& telling, const std::string& partition, sim::NodeId leads) {
  const Story& story = telling.story();
  const cluster::Cluster& c = story.cluster();
  const auto* broker = c.under_zookeeper() ? c.role<broker::Broker>(leads) : nullptr;
  const broker::Replica* r = broker == nullptr ? nullptr : broker->replica(partition_named(story, partition));
  if (r == nullptr || r->pending == broker::PendingIsr::None) return false;
  telling.trail(story.hindrance(leads, story.end(), Search{c.zookeepers()}.of(traffic::kDecisions)), Weight::Cause);
  if (!can_elect(story)) tell_no_ensemble(telling);
  for (const BrokerId id : r->isr)
    if (!r->pending_isr.contains(id))
      telling.trail(story.silence(story.broker_node(id), story.end(), Search{leads}.of(traffic::kCopies)),
                    Weight::Link);
  const std::string& leader = c.info(leads).name;
  const std::vector<BrokerId> wanted(r->pending_isr.begin(), r->pending_isr.end());
  telling.now("why.isr_write_waits"_w, {{"leader", leader}, {"partition", partition}, {"isr", broker_names(wanted)}},
              Weight::Point, leader);
  return true;
}

void tell_late_isr_write(Telling& telling, const std::string& partition, const Story::Line& left,
                         const Story::Line& why) {
  constexpr std::int64_t kShortUs = 1'000'000;
  const Story& story = telling.story();
  const cluster::Cluster& c = story.cluster();
  // The leader looks twice in replica.lag.time.max.ms. Kafka: ReplicaManager.startup.
  const std::int64_t ms = config_before(story, left.node, left.seq).number("replica.lag.time.max.ms"), most = ms * 1500;
  if (!c.under_zookeeper() || !is<fact::IsrShrink>(left) || (left.time - why.time).us <= most + kShortUs) return;
  const Story::Line* kept = story.silence(left.node, left.seq, Search{c.zookeepers()}.of(traffic::kDecisions));
  if (story.majority_again(c.zookeepers(), why.seq, left.seq) != nullptr)
    for (const sim::NodeId server : c.zookeepers()) kept = latest({kept, story.silence(server, left.seq)});
  if (kept == nullptr) return;
  telling.trail(kept, Weight::Cause);
  const std::string& leader = c.info(left.node).name;
  telling.dated("why.late_isr_write"_w, {{"leader", leader}, {"partition", partition}, {"ms", ms}}, left.time,
                Weight::Point, leader);
}

bool tell_isr_holds(Telling& telling, const std::string& partition, BrokerId leader, const std::vector<BrokerId>& isr) {
  const Story& story = telling.story();
  const sim::Instant now = story.cluster().now();
  const sim::NodeId leads = story.broker_node(leader);
  const std::vector<LaggingMember> behind = lagging_members(story, partition_named(story, partition), leader, isr);
  const std::string keeper = unreached_by(story, leads);
  const Search liveness = Search().of(traffic::kLiveness);
  bool told = false, leader_cut_off = false;
  std::vector<BrokerId> silent;
  for (const BrokerId id : isr) {
    const sim::NodeId node = story.broker_node(id);
    if (!node.valid()) continue;
    const KeptSession session = kept_session(story, id);
    const auto slow = std::find_if(behind.begin(), behind.end(), [&](const LaggingMember& b) { return b.id == id; });
    // The end of the session or the leader's check takes the replica out of the ISR, whichever comes first.
    const bool by_leader = slow != behind.end() && keeper.empty() && !is_silent(story, leads) && slow->since.us >= 0 &&
                           (session.ends == sim::kNever || slow->since + slow->most < session.ends);
    // The session of a healthy broker runs out, too, while it asks a controller that is none any more.
    const bool responds =
        !is_silent(story, node) && (!session.half_over(now) || story.silence(node, story.end(), liveness) == nullptr);
    if (responds || by_leader) continue;
    silent.push_back(id);
    leader_cut_off = leader_cut_off || id == leader;
  }
  if (!can_elect(story))
    return tell_isr_stays(telling, partition, silent, leader_cut_off ? std::vector<LaggingMember>{} : behind);
  for (const BrokerId id : silent) tell_silent_member(telling, partition, id, isr.size() == 1), told = true;
  // A leader whose report reaches nobody cannot change the ISR.
  if (leader_cut_off) return told;
  if (!keeper.empty()) {
    std::vector<LaggingMember> left = behind;  // those that no end of a session takes out
    std::erase_if(
        left, [&](const LaggingMember& b) { return std::find(silent.begin(), silent.end(), b.id) != silent.end(); });
    return tell_leader_unheard(telling, partition, left, leads, keeper) || told;
  }
  for (const LaggingMember& b : behind)
    if (std::find(silent.begin(), silent.end(), b.id) == silent.end())
      tell_lagging_member(telling, partition, b, leads), told = true;
  return told;
}

}  // namespace kafkascope::observe
