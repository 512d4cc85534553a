#include "observe/model/snapshot_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "broker/broker.h"
#include "client/consumer.h"
#include "client/producer.h"
#include "client/share_consumer.h"
#include "controller/kraft/controller_node.h"
#include "controller/kraft/periodic.h"
#include "observe/model/fates.h"
#include "observe/model/known_topic.h"
#include "observe/model/snapshot_parts.h"
#include "observe/time/message_subject.h"
#include "observe/words/both.h"
#include "observe/words/korean.h"
#include "observe/words/words.h"

namespace kafkascope::observe {

namespace snapshot_parts {

std::vector<int> ids(const IdList& list) { return {list.begin(), list.end()}; }

Timer timer(sim::Instant due, sim::Instant now, std::int64_t total_us, const protocol::Config& config,
            const char* key) {
  Timer t;
  if (due == sim::kNever) return t;
  t.running = true;
  t.remaining_us = std::max<std::int64_t>(0, due.us - now.us);
  t.total_us = total_us;
  t.key = key;
  t.value = config.text(key);
  t.source = config.explicitly(key) ? ConfigSource::Scenario : ConfigSource::Default;
  return t;
}

Names::Names(const cluster::Cluster& c) {
  for (const protocol::TopicImage& t : c.committed().topics()) {
    namesakes = namesakes || (t.removed && c.committed().topic_id(t.name) != protocol::kNoTopic);
    for (std::size_t p = 0; !t.removed && p < t.partitions.size(); ++p) {
      if (t.name.starts_with("__")) continue;  // Kafka's internal topics are not shown
      index[{t.id, static_cast<std::int32_t>(p)}] = static_cast<int>(partitions.size());
      partitions.push_back({t.id, static_cast<std::int32_t>(p)});
      committed.push_back(&t.partitions[p]);
    }
  }
}

Belief belief(const Names& names, std::size_t partition, int leader, std::int64_t epoch, const IdList& isr) {
  const protocol::PartitionRegistration& truth = *names.committed[partition];
  Belief b;
  b.partition = static_cast<int>(partition);
  b.leader = leader;
  b.leader_epoch = epoch;
  b.isr = isr;
  b.differs = leader != truth.leader || epoch != truth.leader_epoch.value ||
              (!isr.empty() && !std::is_permutation(isr.begin(), isr.end(), truth.isr.begin(), truth.isr.end()));
  return b;
}

}  // namespace snapshot_parts

using namespace snapshot_parts;

namespace {

/// Whether the controller's next check of the preferred leaders changes something, as far as the metadata say.
bool leads_another(const cluster::Cluster& c, const Names& names) {
  return std::any_of(names.partitions.begin(), names.partitions.end(), [&](TopicPartition tp) {
    const protocol::PartitionRegistration& p = *c.committed().partition(tp);
    return p.leader >= 0 && !p.replicas.empty() && p.leader != p.replicas[0];
  });
}

VoterState voter_state(raft::QuorumState s) {
  switch (s) {
    case raft::QuorumState::Leader: return VoterState::Leader;
    case raft::QuorumState::Follower: return VoterState::Follower;
    case raft::QuorumState::Candidate: return VoterState::Candidate;
    case raft::QuorumState::Prospective: return VoterState::Prospective;
    case raft::QuorumState::Resigned: return VoterState::Resigned;
    case raft::QuorumState::Unattached: break;
  }
  return VoterState::Unattached;
}

bool isolated(const cluster::Cluster& c, sim::NodeId node) {
  bool any = false;
  for (std::size_t i = 0; i < c.nodes().size(); ++i) {
    const sim::NodeId other{static_cast<std::int32_t>(i)};
    if (other == node || c.info(other).name == cluster::kOperator) continue;
    if (!c.is_cut(node, other) || !c.is_cut(other, node)) return false;
    any = true;
  }
  return any;
}

/// `r`: the process's own replica. The metadata describe the process that holds the id.
ReplicaRole role_of(const cluster::Cluster& c, const broker::Broker& b, sim::NodeId node, const broker::Replica* r,
                    const protocol::PartitionRegistration& p) {
  if (!c.alive(node)) return ReplicaRole::Offline;
  if (r != nullptr && r->offline) return ReplicaRole::Offline;
  const bool holds_the_id = c.broker_node(b.id()) == node;
  if (p.leader == b.id() && holds_the_id) return ReplicaRole::Leader;
  if (r != nullptr && r->is_leader()) return ReplicaRole::Zombie;
  if (!holds_the_id) return ReplicaRole::OutOfIsr;
  if (p.adding.contains(b.id())) return ReplicaRole::Joining;
  if (p.removing.contains(b.id())) return ReplicaRole::Leaving;
  return p.isr.contains(b.id()) ? ReplicaRole::Follower : ReplicaRole::OutOfIsr;
}

/// What follows when a voter's wait without a leader, or its round of votes, ends. Kafka: the poll... methods of
/// KafkaRaftClient.
words::Key election_end(const raft::QuorumNode& v) {
  if (v.state() == raft::QuorumState::Prospective) return "timer_end.quorum_gives_up"_w;
  if (v.options().pre_vote) return "timer_end.quorum_asks"_w;  // one that has resigned, too: in the next epoch
  if (v.state() == raft::QuorumState::Candidate && !v.election().backing_off()) return "timer_end.quorum_backs_off"_w;
  return "timer_end.quorum_stands"_w;
}

Node controller_node(const Moment& m, sim::NodeId node, sim::NodeId active) {
  const cluster::Cluster& c = m.cluster;
  Node n;
  n.kind = NodeKind::Controller;
  n.active_controller = node == active;
  const raft::QuorumNode& v = c.voter(node);
  n.epoch = v.epoch().value;
  n.voter = c.alive(node) ? voter_state(v.state()) : VoterState::None;
  const auto index_of = [&](BrokerId id) {
    for (std::size_t i = 0; i < c.nodes().size(); ++i)
      if (c.nodes()[i].kind == cluster::NodeKind::Controller && c.nodes()[i].id == id) return static_cast<int>(i);
    return -1;
  };
  n.voted_for = index_of(v.voted_for());
  if (v.state() == raft::QuorumState::Candidate || v.state() == raft::QuorumState::Prospective) {
    for (BrokerId id : v.election().granted()) n.votes_from.push_back(index_of(id));
    for (const raft::Voter& voter : v.options().voters)
      if (!v.election().granted().contains(voter.id) && !v.election().rejected().contains(voter.id))
        n.votes_asked.push_back(index_of(voter.id));
  }
  n.metadata_end_offset = v.log().end_offset().value;
  n.metadata_high_watermark = v.high_watermark().value;
  if (c.alive(node)) {
    if (v.election().deadline() != sim::kNever) {
      n.session = timer(v.election().deadline(), c.now(), v.options().election_timeout_ms * 2000, c.spec().config,
                        "controller.quorum.election.timeout.ms");
      n.session.end = election_end(v);
    } else if (v.following().deadline() != sim::kNever) {
      n.session = timer(v.following().deadline(), c.now(), v.options().fetch_timeout_ms * 1000, c.spec().config,
                        "controller.quorum.fetch.timeout.ms");
      n.session.end = v.options().pre_vote ? "timer_end.quorum_asks"_w : "timer_end.quorum_stands"_w;
    }
  }
  return n;
}

/// What is left of replica.lag.time.max.ms before the leader proposes an ISR without the follower.
Timer lag_timer(const cluster::Cluster& c, TopicPartition tp, BrokerId leader, BrokerId follower) {
  const sim::NodeId node = leader < 0 ? sim::NodeId{} : c.broker_node(leader);
  if (!node.valid() || !c.alive(node)) return {};
  const broker::Broker& b = *c.role<broker::Broker>(node);
  const broker::Replica* r = b.replica(tp);
  if (r == nullptr || !r->is_leader()) return {};
  for (const broker::RemoteReplica& remote : r->remotes) {
    if (remote.id != follower || remote.log_end_offset == r->log.log_end_offset()) continue;
    const auto lag = b.lag_of(remote);
    return timer(lag.since + lag.most, c.now(), lag.most.us, c.spec().config, "replica.lag.time.max.ms");
  }
  return {};
}

Node broker_node(const Moment& m, sim::NodeId node, const Names& names, sim::NodeId active) {
  const cluster::Cluster& c = m.cluster;
  const broker::Broker& b = *c.role<broker::Broker>(node);
  Node n;
  n.kind = NodeKind::Broker;
  const protocol::BrokerRegistration* registration = c.committed().broker(b.id());
  if (registration != nullptr && registration->endpoint.node != node.index)
    registration = nullptr;  // belongs to another process with the same id
  n.fenced = registration == nullptr || registration->fenced;
  n.session_over = n.fenced && c.under_zookeeper();
  n.misleads_clients = registration != nullptr && registration->endpoint.misleads_clients;
  n.active_controller = node == active;
  n.broker_epoch = registration == nullptr ? -1 : registration->epoch;
  n.metadata_end_offset = b.image().last_offset().value + 1;
  for (std::int32_t dir = 0; dir < b.log_dirs().size(); ++dir) {
    const storage::LogDir& d = b.log_dirs()[dir];
    n.disk_capacity_bytes += d.capacity_bytes;
    n.dirs.push_back({b.log_dirs().online(dir), d.failing,
                      d.write_bytes_per_s < c.spec().disk.write_bytes_per_s || d.flush > c.spec().disk.flush,
                      b.used_bytes(dir, c.now()), d.capacity_bytes, b.log_dirs().behind(dir, c.now()).us});
  }
  n.offline_dirs = b.log_dirs().offline_count();
  // Without its metadata log, or without any directory, a broker halts; the directories stay offline until its next start.
  const bool halted = (!c.under_zookeeper() && !b.log_dirs().online(0)) || b.log_dirs().all_offline();
  const auto failure = m.observation.dir_failures().find(node.index);
  if (c.state(node) == sim::NodeState::Crashed && halted && failure != m.observation.dir_failures().end())
    n.down_reason = reason_words(failure->second);
  const auto throttle = [](std::int64_t& least, std::int64_t rate) {
    if (rate != broker::ReplicationQuota::kUnlimited) least = least < 0 ? rate : std::min(rate, least);
  };
  for (const broker::Replica& r : b.replicas()) {
    n.disk_used_bytes += r.log.size_bytes();
    n.disk_unflushed_bytes += r.log.bytes_between(r.log.flushed_offset(c.now()), r.log.log_end_offset());
    const protocol::PartitionRegistration* p = c.committed().partition(r.tp);
    if (p == nullptr || !p->replicas.contains(b.id())) continue;
    n.throttle_listed = n.throttle_listed || r.leader_throttled || r.follower_throttled;
    // Kafka: ReplicaManager.shouldLeaderThrottle, RemoteLeaderEndPoint.shouldFollowerThrottle: an in-sync replica is
    // never throttled. A follower decides by its lag, with the same result once it has caught up. A leader decides by
    // the ISR that it knows (FetchManager::leader_throttles).
    const bool others = std::any_of(r.remotes.begin(), r.remotes.end(),
                                    [&](const broker::RemoteReplica& remote) { return !r.isr.contains(remote.id); });
    if (r.is_leader() && r.leader_throttled && others) throttle(n.throttle_bytes_per_s, b.leader_quota().bound());
    // After a leader change a replica in the ISR is throttled as well, until a fetch shows it that it is in sync.
    const bool waits = !r.fetch_in_sync && broker::ReplicationQuota(b.follower_quota()).exceeded(c.now());
    if (!r.is_leader() && r.follower_throttled && (waits || !p->isr.contains(b.id())))
      throttle(n.throttle_bytes_per_s, b.follower_quota().bound());
  }
  throttle(n.throttle_set_bytes_per_s, b.leader_quota().bound());
  throttle(n.throttle_set_bytes_per_s, b.follower_quota().bound());
  if (active.valid() && !c.under_zookeeper()) {
    for (const controller::BrokerSession& s : c.role<controller::ControllerNode>(active)->broker_sessions())
      if (s.broker == b.id() && !n.fenced)
        n.session = timer(s.deadline, c.now(), c.spec().config.number("broker.session.timeout.ms") * 1000,
                          c.spec().config, "broker.session.timeout.ms");
    // The controller has found the broker dead, and its decision is written but not committed: the session is over, and
    // no further check follows.
    if (!n.session.running && !n.fenced && !c.alive(node)) {
      n.session = timer(c.now(), c.now(), c.spec().config.number("broker.session.timeout.ms") * 1000, c.spec().config,
                        "broker.session.timeout.ms");
      n.next_check_us = -2;
    }
    if (b.believed_controller() >= 0)
      n.believes_controller = cluster::controller_name(b.believed_controller() - cluster::kFirstControllerId);
  }
  if (c.under_zookeeper() && b.believed_controller() >= 0)
    n.believes_controller = cluster::broker_name(b.believed_controller());
  n.beliefs.reserve(names.partitions.size());
  for (std::size_t i = 0; i < names.partitions.size(); ++i) {
    const TopicPartition tp = names.partitions[i];
    const protocol::PartitionRegistration& p = *names.committed[i];
    const TopicPartition known = names.namesakes ? known_as(c, node, tp) : tp;
    if (const auto* mine = b.image().partition(known)) {
      n.beliefs.push_back(belief(names, i, mine->leader, mine->leader_epoch.value, mine->isr));
      n.beliefs.back().differs |= is_earlier_topic(c, known, tp);
    }
    if (!p.replicas.contains(b.id())) continue;
    const broker::Replica* replica = b.replica(tp);
    if (replica == nullptr && c.broker_node(b.id()) != node) continue;  // another process holds the id and the replicas
    Replica r;
    r.partition = static_cast<int>(i);
    r.role = role_of(c, b, node, replica, p);
    r.eligible = p.elr.contains(b.id());
    if (r.role == ReplicaRole::Follower) {
      Timer lag = lag_timer(c, tp, p.leader, b.id());
      if (matters(lag)) n.lagging.emplace_back(r.partition, std::move(lag));
    }
    const storage::PartitionLog* leader = c.leader_log(tp);
    if (replica != nullptr) {
      const storage::PartitionLog& log = replica->log;
      r.leader_epoch = replica->leader_epoch.value >= 0 ? replica->leader_epoch.value : log.latest_epoch().value;
      r.log_start_offset = log.log_start_offset().value;
      r.log_end_offset = log.log_end_offset().value;
      r.high_watermark = log.high_watermark().value;
      if (b.log_dirs().size() > 1 && replica->dir != storage::kNoDir) r.dir = std::to_string(replica->dir);
      if (leader != nullptr) {
        r.behind = std::max<std::int64_t>(0, leader->log_end_offset() - log.log_end_offset());
        const std::int64_t all = leader->log_end_offset() - leader->log_start_offset(),
                           has = log.log_end_offset() - leader->log_start_offset();
        r.progress =
            all <= 0 ? 1 : static_cast<double>(std::clamp<std::int64_t>(has, 0, all)) / static_cast<double>(all);
      }
    }
    n.replicas.push_back(r);
  }
  return n;
}

/// Whether the client uses the partition now, so that its belief about the leader matters: it reads the partition, has
/// records for it, or has requests to that leader in flight.
bool uses_now(const client::Producer& producer, TopicPartition tp, protocol::BrokerId leader) {
  bool queued = false;
  producer.accumulator().for_each_queued(
      [&](const client::ProducerBatch& batch) { queued = queued || batch.partition == tp; });
  return queued || producer.network().in_flight(leader) > 0;
}
bool uses_now(const client::Consumer& consumer, TopicPartition tp, protocol::BrokerId) {
  return consumer.subscriptions().assigned.contains(tp);
}
bool uses_now(const client::ShareConsumer& consumer, TopicPartition, protocol::BrokerId leader) {
  return consumer.network().in_flight(leader) > 0;
}

Words note_about(bool asked, protocol::BrokerId leader) {
  return both(asked ? "snapshot.still_asks"_w : "snapshot.thinks_leads"_w, {{"broker", std::to_string(leader)}});
}

template <class Role>
void client_beliefs(const cluster::Cluster& c, const Names& names, sim::NodeId node, const Role& role, Node& n) {
  const client::MetadataCache& metadata = role.metadata();
  for (std::size_t i = 0; i < names.partitions.size(); ++i) {
    const TopicPartition tp = names.partitions[i], known = names.namesakes ? known_as(c, node, tp) : tp;
    const client::BelievedPartition b = metadata.partition(known);
    if (b.leader < 0 && b.leader_epoch.value < 0) continue;
    n.beliefs.push_back(belief(names, i, b.leader, b.leader_epoch.value, {}));
    n.beliefs.back().differs |= is_earlier_topic(c, known, tp);
  }
  const auto leader_of = [&](const Belief& b) {
    return names.committed[static_cast<std::size_t>(b.partition)]->leader;
  };
  // An old epoch of the right leader does no harm: requests still reach the leader. A producer that has nothing to send knows the
  // old leader only until its next record; a reader is not concerned with partitions that others read.
  for (const Belief& b : n.beliefs) {
    if (b.leader < 0 || b.leader == leader_of(b)) continue;
    const bool asked = uses_now(role, names.partitions[static_cast<std::size_t>(b.partition)], b.leader);
    if (asked || (n.belief_note.empty() && std::is_same_v<Role, client::Producer>)) {
      n.belief_note = note_about(asked, b.leader);
      n.believed_leader = b.leader;
    }
    if (asked) break;
  }
}

/// A Produce request that writes several partitions names the first few of them; a Metadata response lists the brokers of a small cluster.
void name_contents(const Names& names, const protocol::Message& m, Message& out) {
  constexpr std::size_t kMostPartitions = 3, kMostBrokers = 6;
  if (const auto* produce = protocol::get_if<protocol::ProduceRequest>(&m.body);
      produce != nullptr && produce->partitions.size() > 1)
    for (const auto& p : produce->partitions)
      if (names.of(p.partition) >= 0 && out.writes.size() < kMostPartitions)
        out.writes.push_back(names.of(p.partition));
  if (const auto* metadata = protocol::get_if<protocol::MetadataResponse>(&m.body);
      metadata != nullptr && !metadata->brokers.empty() && metadata->brokers.size() <= kMostBrokers) {
    std::string brokers;
    for (const protocol::MetadataBroker& broker : metadata->brokers)
      brokers += (brokers.empty() ? "" : ", ") + std::to_string(broker.node_id);
    out.about = both("snapshot.lists_brokers"_w, {{"brokers", brokers}});
  }
}

/// The consumer's own limit for a partition's part of a Fetch response; -1: the default, or no consumer.
std::int64_t fetch_limit(const cluster::Cluster& c, sim::NodeId node) {
  constexpr const char* kKey = "max.partition.fetch.bytes";
  const auto* consumer = c.role<client::Consumer>(node);
  return consumer != nullptr && consumer->options().config.explicitly(kKey) ? consumer->options().config.number(kKey)
                                                                            : -1;
}

Message message_of(std::int64_t now, const Names& names, const sim::PendingPacket& packet, const protocol::Message& m) {
  Message out;
  out.from = packet.from.index;
  out.to = packet.to.index;
  out.id = message_id(packet);
  out.response = m.is_response();
  out.held = packet.held;
  out.blocked = packet.blocked;
  out.sent_us = packet.sent_at.us;
  const bool travels = packet.arrives_at != sim::kNever;
  out.arrives_us = travels && !packet.held && !packet.blocked ? packet.arrives_at.us : -1;
  if (packet.held) {
    out.fraction = 1.0f;
  } else if (travels && packet.arrives_at > packet.sent_at) {
    out.fraction = std::clamp(
        static_cast<float>(now - packet.sent_at.us) / static_cast<float>(packet.arrives_at.us - packet.sent_at.us),
        0.0f, 1.0f);
  } else {
    out.fraction = packet.blocked ? 0.5f : 0.0f;
  }
  out.api = std::string(protocol::name(m.api()));
  const auto shown = [&](TopicPartition tp) { return names.of(tp) >= 0; };
  tell(names, facts_of(m, shown), out);
  const MessageContent content = content_of(m, shown);
  out.partitions = content.partitions;
  out.offset = content.offset, out.leader_epoch = content.leader_epoch;
  out.producer_id = content.producer_id, out.producer_epoch = content.producer_epoch;
  out.sequence = content.sequence;
  name_contents(names, m, out);
  if (out.error.empty()) out.carries = both(carried_by(m, shown));
  out.subject = subject_of(m);
  out.bytes = content.bytes;
  if (content.records >= 0) out.records = content.records;
  return out;
}

}  // namespace

std::uint64_t message_id(const sim::PendingPacket& packet) {
  return packet.connection.slot * 1000003ull + static_cast<std::uint64_t>(packet.sent_at.us) * 31 + packet.code;
}

std::string event_text(const sim::EventKey& key) {
  return fmt::format("{}/{}/{}/{}", key.time.us, static_cast<int>(key.cls), key.node.index, key.counter);
}

Snapshot snapshot(const Moment& m, const SnapshotOptions& options) {
  const cluster::Cluster& c = m.cluster;
  Snapshot s;
  s.time_us = std::max(c.now(), options.now).us;
  s.event = c.executed();
  s.seed = c.spec().seed;
  s.kafka_version = std::string(protocol::to_string(c.spec().kafka));
  s.authorizer = !c.spec().config.text("authorizer.class.name").empty();
  s.acls.clear();
  for (const auto& [id, entry] : c.committed().acls()) s.acls.push_back(entry.text());
  if (c.under_zookeeper()) {
    s.metadata = "zookeeper";
    s.controller_epoch = c.zookeeper_controller_epoch();
  }
  const Names names(c);
  const sim::NodeId active = c.active_controller();
  for (std::size_t i = 0; i < c.nodes().size(); ++i) {
    const sim::NodeId node{static_cast<std::int32_t>(i)};
    const cluster::NodeInfo& info = c.info(node);
    Node n;
    switch (info.kind) {
      case cluster::NodeKind::Controller:
        n = controller_node(m, node, active);
        s.controller_epoch = std::max(s.controller_epoch, n.epoch);
        s.quorum_high_watermark = std::max(s.quorum_high_watermark, n.metadata_high_watermark);
        break;
      case cluster::NodeKind::Broker: n = broker_node(m, node, names, active); break;
      case cluster::NodeKind::Producer: n.kind = NodeKind::Producer; break;
      case cluster::NodeKind::Consumer: n.kind = NodeKind::Consumer; break;
      case cluster::NodeKind::Transform: n.kind = NodeKind::Transform; break;
      case cluster::NodeKind::Queue: n.kind = NodeKind::Queue; break;
      case cluster::NodeKind::Service: n.kind = NodeKind::Service; break;
      case cluster::NodeKind::ShareConsumer: n.kind = NodeKind::ShareConsumer; break;
      case cluster::NodeKind::Admin: n.kind = NodeKind::Admin; break;
      case cluster::NodeKind::ZooKeeper: n.kind = NodeKind::ZooKeeper; break;
    }
    // A transform writes according to its producer's metadata.
    if (const auto* producer = c.role<client::Producer>(node)) client_beliefs(c, names, node, *producer, n);
    else if (const auto* consumer = c.role<client::Consumer>(node)) client_beliefs(c, names, node, *consumer, n);
    else if (const auto* sharer = c.role<client::ShareConsumer>(node)) client_beliefs(c, names, node, *sharer, n);
    n.name = info.name;
    n.id = info.id;
    n.rack = info.rack;
    n.host = info.host;
    n.state = node_state(c, node);
    n.removed = info.removed;
    n.isolated = c.nodes().size() > 2 && isolated(c, node);
    n.incarnation = static_cast<int>(c.incarnation(node));
    n.clock_skew_us = c.clock_skew(node).us;
    s.nodes.push_back(std::move(n));
  }
  std::vector<RefusedProduce> refused;
  c.for_each_pending(
      [&](const sim::PendingPacket& packet, const protocol::Message& body) {
        s.messages.push_back(message_of(s.time_us, names, packet, body));
        Message& last = s.messages.back();
        if (last.bytes >= 0) last.most_bytes = fetch_limit(c, packet.to);
        if (!last.error.empty() && protocol::get_if<protocol::ProduceResponse>(&body.body) != nullptr)
          refused.push_back({packet.to, packet.from, body.correlation_id, last.sent_us, s.messages.size() - 1});
      },
      [&](const sim::PendingTimer& t) {
        if (t.node != active) return;
        constexpr std::int64_t kSoonUs = 60'000'000;
        Node& controller = s.nodes[static_cast<std::size_t>(active.index)];
        if (t.kind == controller::kElectPreferred && !c.under_zookeeper() && !controller.session.running &&
            t.due.us - s.time_us <= kSoonUs && leads_another(c, names)) {
          constexpr const char* kKey = "leader.imbalance.check.interval.seconds";
          controller.session = timer(t.due, c.now(), c.spec().config.number(kKey) * 1'000'000, c.spec().config, kKey);
        }
        if (t.kind != controller::kFenceStaleBroker) return;
        for (Node& n : s.nodes)
          if (n.kind == NodeKind::Broker && n.session.running && n.session.remaining_us <= 0 && n.next_check_us == -1)
            n.next_check_us = std::max<std::int64_t>(0, t.due.us - s.time_us);
      });
  find_sequences(m, s, std::move(refused), [&](std::size_t response, std::int64_t sequence) {
    s.messages[response].refused_sequence = sequence;
  });
  add_partitions(m, names, options, s);
  add_groups(m, names, s);
  for (Group& g : s.groups)  // in the order of the file, not of the members' ids
    std::stable_sort(g.members.begin(), g.members.end(),
                     [](const GroupMember& a, const GroupMember& b) { return a.node < b.node; });
  add_clients(m, names, s);
  add_transactions(m, names, s);
  add_links(c, s);
  add_broken_links(c, s);
  add_produce_rates(m, s);
  add_refused(m, options, s);
  add_lost(m, options, s);
  let_messages_linger(m, names, options, s);
  add_voters(c, s);
  if (c.under_zookeeper()) add_zookeeper(m, s);
  add_believed(m, names, s);
  for (const LeadershipMove& change : m.observation.leader_changes()) {
    if (names.of(change.partition) < 0 || change.at.us + 60000000 < s.time_us) continue;
    s.leader_changes.push_back({names.of(change.partition), change.from, change.to, change.leader_epoch, change.at.us});
  }
  s.ledger = ledger_of(m);
  add_skipped(m, names, options, s);
  add_repeats(m, names, s);
  for (const Violation& v : m.observation.invariants().violations())
    s.violations.push_back({v.name, v.at_us, both(v.told())});
  s.invariants_checked = static_cast<int>(kInvariants.size());
  if (!options.selected.empty()) {
    inspect(c, options.selected, s);
    if (const sim::NodeId node = c.find(options.selected); node.valid()) inspect_timers(m, node, s);
  }
  return s;
}

const client::MetadataCache* metadata_of(const cluster::Cluster& c, sim::NodeId node) {
  if (!node.valid() || !c.alive(node)) return nullptr;
  if (const auto* producer = c.role<client::Producer>(node)) return &producer->metadata();
  if (const auto* consumer = c.role<client::Consumer>(node)) return &consumer->metadata();
  if (const auto* sharer = c.role<client::ShareConsumer>(node)) return &sharer->metadata();
  return nullptr;
}

TopicPartition known_as(const cluster::Cluster& c, sim::NodeId node, TopicPartition tp) {
  if (tp.topic < 0 || !node.valid() || !c.alive(node)) return tp;
  const std::string& name = c.topic_name(tp.topic);
  protocol::TopicId known = protocol::kNoTopic;
  if (const auto* broker = c.role<broker::Broker>(node)) known = broker->image().topic_id(name);
  else if (const client::MetadataCache* cache = metadata_of(c, node))
    if (const client::BelievedTopic* topic = cache->topic(name)) known = topic->id;
  return known < 0 ? tp : TopicPartition{known, tp.partition};
}

bool is_earlier_topic(const cluster::Cluster& c, TopicPartition known, TopicPartition present) {
  return !c.under_zookeeper() && known != present;
}

}  // namespace kafkascope::observe
