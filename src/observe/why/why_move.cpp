// A reassignment: what keeps a new replica from copying, what the reassignment waits for, and who leads meanwhile.

#include "broker/broker.h"
#include "cluster/acts.h"
#include "observe/why/fetchers.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::observe {

using nlohmann::json;
using protocol::BrokerId;
using protocol::TopicPartition;
using MoveLine = Story::Line;

namespace {

/// The rate to which a broker limits the copies of throttled replicas (KIP-73): the leader what it sends, or the follower what
/// it fetches.
struct CopyLimit {
  std::int64_t rate = -1;  // bytes per second; -1: there is no limit for that replica
  bool used_up = false;    // by all of them, those in the ISR included: a replica out of the ISR gets nothing
  bool of_follower = false;
  std::string key() const {
    return of_follower ? "follower.replication.throttled.rate" : "leader.replication.throttled.rate";
  }
};

CopyLimit limit_of(broker::ReplicationQuota quota, sim::Instant now, bool of_follower) {
  if (quota.bound() == broker::ReplicationQuota::kUnlimited) return {};
  return {quota.bound(), quota.exceeded(now), of_follower};
}

/// The lower one of both. Kafka: ReplicaManager.shouldLeaderThrottle, RemoteLeaderEndPoint.shouldFollowerThrottle.
CopyLimit limit_of_copies(const Story& story, TopicPartition tp, BrokerId follower) {
  const cluster::Cluster& c = story.cluster();
  const auto running = [&](BrokerId id) {
    const sim::NodeId node = story.broker_node(id);
    return node.valid() && c.alive(node) ? c.role<broker::Broker>(node) : nullptr;
  };
  const auto *leads = running(story.leader_at(tp, story.end())), *copies = running(follower);
  const broker::Replica *of_leader = leads == nullptr ? nullptr : leads->replica(tp),
                        *of_follower = copies == nullptr ? nullptr : copies->replica(tp);
  CopyLimit limit;
  if (of_leader != nullptr && of_leader->is_leader() && of_leader->leader_throttled &&
      !of_leader->isr.contains(follower))
    limit = limit_of(leads->leader_quota(), c.now(), false);
  if (of_follower == nullptr || !of_follower->follower_throttled || of_follower->fetch_in_sync) return limit;
  const CopyLimit own = limit_of(copies->follower_quota(), c.now(), true);
  return own.rate >= 0 && (limit.rate < 0 || own.rate < limit.rate) ? own : limit;
}

/// The reassignment that has set the limit, or the change of the setting; null: the limit has been there from the beginning.
const MoveLine* limited_by(const Story& story, TopicPartition tp, BrokerId follower, const CopyLimit& limit) {
  const std::string key = limit.key(), own = "broker:" + std::to_string(follower);
  const MoveLine* set = limit.of_follower
                            ? story.last<fact::ConfigChanged>(story.end(),
                                                              [&](const auto& f, const MoveLine& l) {
                                                                return l.time.us > 0 && f.key == key &&
                                                                       (f.resource == "broker:" || f.resource == own);
                                                              })
                            : story.setting_of(tp, key, story.end());
  if (set == nullptr) return nullptr;
  const MoveLine* act = story.act_on({}, {"reassign"}, set->seq, 0, story.cluster().topic_name(tp.topic));
  const NumberedCommand* whole = act == nullptr ? nullptr : story.command_of(*act);
  const auto* move = whole == nullptr ? nullptr : whole->command.get_if<cluster::act::Reassign>();
  return move != nullptr && move->throttle_bytes_per_s == limit.rate ? act : set;
}

/// Whether that act only slows the copying down.
bool only_slows(const MoveLine& line) {
  const auto act = fact_if<fact::Command>(line);
  return act && (act->verb == "disk" || act->verb == "link");
}

/// Whether the act is a reassignment that gives the partition exactly these replicas.
bool orders(const Story& story, const MoveLine& line, TopicPartition tp, const protocol::IdList& replicas) {
  const NumberedCommand* whole = story.command_of(line);
  const auto* move = whole == nullptr ? nullptr : whole->command.get_if<cluster::act::Reassign>();
  if (move == nullptr || !move->partition || move->cancel || story.cluster().partition(*move->partition) != tp)
    return false;
  return std::equal(move->replicas.begin(), move->replicas.end(), replicas.begin(), replicas.end());
}

}  // namespace

const MoveLine* last_move(const Story& story, TopicPartition tp, std::uint64_t before) {
  const MoveLine* step =
      story.last<fact::ReassignmentChanged>(before, [&](const auto& f, const MoveLine&) { return f.partition == tp; });
  const protocol::PartitionRegistration* now = story.cluster().committed().partition(tp);
  const MoveLine* act = now == nullptr ? nullptr : story.last<fact::Command>(before, [&](const auto& f, const auto& l) {
    return f.verb == "reassign" && orders(story, l, tp, now->replicas);
  });
  // The steps of that act say more.
  return latest({step, act});
}

bool tell_kept_from_copying(Telling& telling, const std::string& partition, BrokerId follower) {
  const Story& story = telling.story();
  const TopicPartition tp = partition_named(story, partition);
  const sim::NodeId node = story.broker_node(follower);
  const BrokerId leader = story.leader_at(tp, story.end());
  const sim::NodeId leads = story.broker_node(leader);
  if (tell_given_up(telling, tp, {follower})) return true;
  const Search copies = Search().of(traffic::kCopies);
  const MoveLine* hindered = story.silence(node, story.end(), leads.valid() ? copies.with({leads}) : copies);
  const CopyLimit limit = limit_of_copies(story, tp, follower);
  if (limit.rate >= 0 && (hindered == nullptr || (limit.used_up && only_slows(*hindered)))) {
    telling.trail(limited_by(story, tp, follower, limit), Weight::Link);
    telling.now(limit.of_follower ? "why.copies_limited_by_follower"_w
                : limit.used_up   ? "why.copies_held_back"_w
                                  : "why.copies_limited"_w,
                {{"leader", cluster::broker_name(leader)},
                 {"broker", cluster::broker_name(follower)},
                 {"partition", partition},
                 {"rate", limit.rate}},
                Weight::Point, partition);
    return true;
  }
  telling.trail(hindered, Weight::Cause);
  return hindered != nullptr;
}

void tell_move_waits(Telling& telling, const std::string& partition, const json& state) {
  const std::vector<BrokerId> removing = brokers_in(part_of(state, "removing"));
  if (removing.empty() && brokers_in(part_of(state, "adding")).empty()) return;
  const std::vector<BrokerId> isr = brokers_in(part_of(state, "isr"));
  std::vector<BrokerId> awaited = brokers_in(part_of(state, "replicas"));
  std::erase_if(awaited, [&](BrokerId id) { return has(removing, id) || has(isr, id); });
  if (awaited.empty()) return;
  for (const BrokerId id : awaited) tell_kept_from_copying(telling, partition, id);
  telling.now("why.move_waits"_w, {{"partition", partition}, {"brokers", broker_names(awaited)}}, Weight::Point,
              partition);
}

bool tell_leads_since_move(Telling& telling, const std::string& partition, const json& state) {
  const Story& story = telling.story();
  const TopicPartition tp = partition_named(story, partition);
  const std::vector<BrokerId> replicas = brokers_in(part_of(state, "replicas"));
  const MoveLine* moved = last_move(story, tp, story.end());
  if (moved == nullptr || replicas.empty()) return false;
  const auto leader = part_of(state, "leader").get<BrokerId>();
  telling.trail(moved, Weight::Link);
  telling.now(
      has(brokers_in(part_of(state, "removing")), leader) ? "why.leads_until_moved"_w : "why.leads_until_preferred"_w,
      {{"leader", cluster::broker_name(leader)},
       {"preferred", cluster::broker_name(replicas.front())},
       {"partition", partition}},
      Weight::Point, partition);
  return true;
}

void for_each_log(const Story& story, sim::NodeId node,
                  const std::function<void(TopicPartition, const storage::PartitionLog&)>& visit) {
  const auto* keeps = story.cluster().role<broker::Broker>(node);
  if (keeps == nullptr) return;
  for (const broker::Replica& replica : keeps->replicas()) visit(replica.tp, replica.log);
}

RemovedLogs removed_logs(const Story& story, sim::NodeId node) {
  RemovedLogs removed;
  const auto* had = story.cluster().role<broker::Broker>(node);
  for (std::int32_t dir = 0; had != nullptr && dir < had->log_dirs().size(); ++dir)
    for (const storage::LogDir::Deleted& log : had->log_dirs()[dir].deleted) {
      if (log.gone_at == storage::LogDirs::kForGood) removed.stray += log.bytes;
      else if (log.gone_at > story.cluster().now()) removed.deleted += log.bytes, removed.gone_at.insert(log.gone_at);
    }
  return removed;
}

}  // namespace kafkascope::observe
