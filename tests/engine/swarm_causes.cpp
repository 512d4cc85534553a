// What Kafka does as well, each recognised by its cause: what a seed may end with, and what it must come out of when it runs on.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "engine/swarm.h"
#include "storage/wall_clock.h"

namespace kafkascope::swarm {

using cluster::Command;
using cluster::NodeRef;
using cluster::Verb;
using protocol::TopicPartition;
using protocol::Trace;

namespace {

/// What an idempotent producer's records stand in a log twice or out of order for: looked at append by append, for what explains it may be cut
/// off, or deleted, later.
class Repeats {
 public:
  explicit Repeats(const cluster::Cluster& cluster) : cluster_(cluster) {}

  void on_line(const sim::TraceLine& line) {
    if (!line.node.valid()) return;
    sim::Duration& clock = furthest_clock_[line.node.index];
    clock = std::max(clock, cluster_.world().clock_skew(line.node));
    if (line.kind != protocol::kind(Trace::LogAppended)) return;
    const TopicPartition tp{line.topic, line.partition};
    const auto* topic = cluster_.committed().topic(tp.topic);
    if (topic != nullptr) names_[tp.topic] = topic->name;
    const storage::PartitionLog* log = cluster_.log(cluster_.info(line.node).id, tp);
    const protocol::StoredBatch* stored = log == nullptr ? nullptr : log->batch_at(protocol::Offset{line.a});
    if (stored != nullptr && stored->data->client >= 0 && stored->data->base_sequence >= 0) judge(line, tp, *log, *stored);
  }

  bool forgotten = false, begun = false;         // a producer was unknown where its records were lost, deleted or too old; or had not been known yet
  std::set<TopicPartition> seen, unexplained;    // with repeats

 private:
  struct Known {
    bool appended = false;
    bool first_taken = false;  // by a leader that knew nothing of it
    std::uint32_t first = 0;   // the newest record that it took so
  };
  struct Copy {
    TopicPartition partition;
    protocol::Offset offset;
    protocol::ProducerEpoch epoch;
  };

  void judge(const sim::TraceLine& line, TopicPartition tp, const storage::PartitionLog& log, const protocol::StoredBatch& stored) {
    const protocol::RecordBatch& batch = *stored.data;
    Known& known = known_[{names_[tp.topic], tp.partition, batch.producer_id}];
    const storage::ProducerEntry* entry = log.producers().find(batch.producer_id);
    const bool nothing_left = may_have_forgotten(line, log, stored);
    if (entry != nullptr && entry->count == 1 && batch.base_sequence > 0) {  // who is unknown may begin with any (ProducerAppendInfo.checkSequence)
      if (known.appended && !nothing_left) unexplained.insert(tp);
      (known.appended ? forgotten : begun) = true;
      known.first_taken = true;
      known.first = std::max(known.first, batch.records.number(0));
    }
    std::uint32_t& newest = newest_[{batch.client, tp}];
    for (std::size_t i = 0; i < batch.records.size(); ++i) {
      const std::uint32_t number = batch.records.number(i);
      auto& copies = copies_[{batch.client, number}];
      for (const Copy& copy : copies) {
        seen.insert(tp);
        if (!explained(copy, tp, log, stored, number, known, nothing_left)) unexplained.insert(tp);
      }
      if (copies.empty() && number < newest) {
        seen.insert(tp);
        if (!known.first_taken || known.first < number) unexplained.insert(tp);
      }
      if (copies.empty()) newest = std::max(newest, number);
      copies.push_back({tp, stored.base_offset + batch.offset_delta(static_cast<int>(i)), batch.producer_epoch});
    }
    known.appended = true;
  }

  /// Its copy is not there any more; or the producer is told apart no more, by its age, or since the epoch that it took when it was unknown.
  bool explained(const Copy& copy, TopicPartition tp, const storage::PartitionLog& log, const protocol::StoredBatch& stored, std::uint32_t number,
                 const Known& known, bool nothing_left) const {
    if (!(copy.partition == tp)) {
      const auto* topic = cluster_.committed().topic(copy.partition.topic);
      return copy.partition.partition == tp.partition && (topic == nullptr || topic->removed);
    }
    const protocol::StoredBatch* there = copy.offset < stored.base_offset && copy.offset >= log.log_start_offset() ? log.batch_at(copy.offset) : nullptr;
    const int index = there == nullptr || there->data->client != stored.data->client ? -1 : there->data->index_of(copy.offset.value - there->base_offset.value);
    if (index < 0 || there->data->records.number(static_cast<std::size_t>(index)) != number) return true;
    return nothing_left || (known.first_taken && copy.epoch < stored.data->producer_epoch);
  }

  /// There is nothing of the producer before that batch, or what there is was too old by its timestamp once (ProducerStateManager.isProducerExpired).
  bool may_have_forgotten(const sim::TraceLine& line, const storage::PartitionLog& log, const protocol::StoredBatch& stored) const {
    const protocol::RecordBatch* last = nullptr;
    for (const protocol::StoredBatch& batch : log.batches()) {
      if (batch.base_offset >= stored.base_offset) break;
      if (batch.data->producer_id == stored.data->producer_id && batch.last_offset() >= log.log_start_offset()) last = batch.data.get();
    }
    const std::int64_t clock_ms = storage::wall_ms(line.time + furthest_clock_.at(line.node.index));
    return last == nullptr || clock_ms - last->max_timestamp_ms >= log.options().producer_id_expiration_ms;
  }

  const cluster::Cluster& cluster_;
  std::map<std::int32_t, sim::Duration> furthest_clock_;  // by node
  std::map<protocol::TopicId, std::string> names_;
  std::map<std::tuple<std::string, std::int32_t, protocol::ProducerId>, Known> known_;
  std::map<std::pair<std::int32_t, TopicPartition>, std::uint32_t> newest_;           // by client
  std::map<std::pair<std::int32_t, std::uint32_t>, std::vector<Copy>> copies_;        // by client and number
};

/// All is whole 4 s from now, and nothing has broken since there were so many violations.
std::string whole_again(scenario::Session& session, std::size_t violations_before, std::string& kafkas_own) {
  const auto acked = acked_by_producers(session);
  session.run_until(session.now() + sim::seconds(4));
  const auto& violations = session.observation().invariants().violations();
  if (violations.size() > violations_before) return fmt::format("{}: {} (running on)", violations.back().name, violations.back().detail);
  return unhealthy(session, acked, kafkas_own);
}

}  // namespace

bool holds_replicas(const cluster::Cluster& cluster, protocol::BrokerId broker) {
  for (const auto& topic : cluster.committed().topics())
    for (const protocol::PartitionRegistration& p : topic.partitions)
      if (!topic.removed && p.replicas.contains(broker)) return true;
  return false;
}

std::string waits_for_unclean_election(const protocol::PartitionRegistration& partition, TopicPartition tp, const scenario::Session& session) {
  const cluster::Cluster& cluster = session.cluster();
  const scenario::Scenario& scenario = session.scenario();
  // By what was asked for: of a decision that the next controller commits no line tells.
  const std::string topic = cluster.topic_name(tp.topic);
  const bool moved = std::any_of(scenario.steps.begin(), scenario.steps.end(), [&](const scenario::Step& step) {
    const Command& c = *step.command;
    return c.verb == Verb::Reassign && (c.all ? c.topic.empty() || c.topic == topic : c.partition && c.partition->topic == topic && c.partition->partition == tp.partition);
  });
  const auto is_replica = [&](protocol::BrokerId id) { return partition.replicas.contains(id); };
  // ReplicaStateMachine.doRemoveReplicasFromIsr leaves one in the ISR; Election.leaderForOffline chooses among replicas.
  if (scenario.cluster.metadata == cluster::MetadataKind::ZooKeeper && partition.isr.size() == 1 && moved && !is_replica(*partition.isr.begin())) return "the last in-sync replica was moved away, and the ISR keeps it";
  // A topic made while a broker that never comes back was registered still, or a broker that nobody was left to take over from (doRemoveReplicasFromIsr).
  const bool left = scenario.cluster.metadata == cluster::MetadataKind::ZooKeeper && partition.isr.size() == 1 && !in_the_cluster(cluster, *partition.isr.begin());
  if (left) return "its last in-sync replica was on a broker that was removed";
  if (!partition.isr.empty()) return "";
  const auto& known = partition.last_known_elr;
  if (partition.elr.empty() && known.size() == 1 && known[0] < 0) return "\"-1\" is its last known leader";  // PartitionChangeBuilder.maybeUpdateLastKnownLeader
  const bool min_isr_changed = std::any_of(scenario.steps.begin(), scenario.steps.end(), [](const scenario::Step& step) {
    const auto& config = step.command->config;
    return step.command->verb == Verb::Configure && std::any_of(config.begin(), config.end(), [](const auto& c) { return c.first == "min.insync.replicas"; });
  });
  if (partition.elr.empty() && known.empty() && min_isr_changed) return "min.insync.replicas was changed, which clears both lists";  // createClearElrRecordsAsNeeded
  // handleAssignReplicasToDirs, since when nobody came or went.
  const bool last_one_lives = partition.elr.empty() && known.size() == 1 && in_the_cluster(cluster, known[0]);
  if (last_one_lives && scenario.cluster.disk.dirs > 1 && scenario.cluster.metadata != cluster::MetadataKind::ZooKeeper) return "a replica's directory was assigned, which drops the ELR";
  const bool moved_away = std::none_of(partition.elr.begin(), partition.elr.end(), is_replica);
  if (!partition.elr.empty() && moved && moved_away) return "who has everything was moved away, and the ELR keeps them";  // PartitionChangeBuilder.maybePopulateTargetElr
  return "";
}

std::string cause_of_repeats(const Plan& plan, const std::set<TopicPartition>& wrote_on) {
  scenario::Session session(scenario_of(plan), true);
  Repeats repeats(session.cluster());
  for (std::size_t looked_at = 0; session.step(session.until());)
    for (; looked_at < session.observation().trace().size(); ++looked_at) repeats.on_line(session.observation().trace()[looked_at]);
  const auto parted = [&](TopicPartition p) { return wrote_on.contains(p); };
  if (!std::all_of(repeats.unexplained.begin(), repeats.unexplained.end(), parted)) return "";
  if (repeats.seen.empty()) return "";
  if (std::any_of(repeats.seen.begin(), repeats.seen.end(), parted)) return kWroteOn;
  return repeats.begun && !repeats.forgotten ? "a new leader took a producer's second batch for its first" : kForgottenProducer;
}

bool writes_to(const scenario::Session& session, const std::string& producer, protocol::TopicId topic) {
  const auto* client = session.cluster().role<client::Producer>(session.cluster().find(producer));
  const auto* image = session.cluster().committed().topic(topic);
  return client != nullptr && image != nullptr && !image->removed && client->options().topic == image->name;
}

bool overtaken_since_deletion(const scenario::Session& session, const std::string& producer) {
  const cluster::Cluster& cluster = session.cluster();
  const sim::NodeId node = cluster.find(producer);
  struct First {
    protocol::TopicId topic;
    bool made_anew;  // the producer knew an earlier topic of that name, and had no acknowledgement of this one yet
  };
  std::map<std::pair<std::int32_t, std::int64_t>, First> first_sent;  // by partition and base sequence
  std::map<std::int32_t, protocol::TopicId> acked_by;                   // the last, by partition
  struct Last {
    std::int64_t sequence;
    bool out_of_order;
  };
  std::map<TopicPartition, Last> last;  // the batch sent last, unless it was acknowledged
  const auto& trace = session.observation().trace();
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const sim::TraceLine& line = trace[i];
    if (!(line.node == node)) continue;
    const TopicPartition tp{line.topic, line.partition};
    if (line.kind == protocol::kind(Trace::BatchSent)) {
      const auto acked = acked_by.find(line.partition);
      if (line.b == 0) first_sent[{line.partition, line.c}] = First{line.topic, acked != acked_by.end() && acked->second != line.topic};
      last[tp] = Last{line.c, false};
    } else if (line.kind == protocol::kind(Trace::BatchAcked)) {
      acked_by[line.partition] = line.topic;
      last.erase(tp);
    } else if (const auto it = last.find(tp); it != last.end() && line.kind == protocol::kind(Trace::BatchRetried)) {
      it->second.out_of_order = line.b == static_cast<std::int64_t>(protocol::ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
    }
  }
  const protocol::ProducerId id = cluster.role<client::Producer>(node)->transactions().producer().id;
  return std::any_of(last.begin(), last.end(), [&](const auto& of) {
    const auto& [tp, batch] = of;
    const auto first = first_sent.find({tp.partition, batch.sequence});
    if (!batch.out_of_order || first == first_sent.end() || (first->second.topic == tp.topic && !first->second.made_anew)) return false;
    const storage::PartitionLog* log = cluster.leader_log(tp);
    const storage::ProducerEntry* known = log == nullptr ? nullptr : log->producers().find(id);
    return known != nullptr && known->last_sequence() > batch.sequence;
  });
}

std::string after_delivery_timeout(scenario::Session& session, std::string& kafkas_own) {
  const std::size_t violations = session.observation().invariants().violations().size();
  session.run_until(session.until() + sim::seconds(126));
  const std::string ill = whole_again(session, violations, kafkas_own);
  return ill.empty() ? ill : ill + ", nor when delivery.timeout.ms is over";
}

std::string after_elections(scenario::Session& session, const std::set<TopicPartition>& partitions, std::string& kafkas_own) {
  const std::size_t violations = session.observation().invariants().violations().size();
  for (const TopicPartition& p : partitions) {
    const protocol::MetadataImage& image = session.cluster().committed();
    Command crash, elect, restart;
    crash.verb = Verb::Crash;
    restart.verb = Verb::Restart;
    crash.node = restart.node = NodeRef{NodeRef::Kind::Name, cluster::broker_name(image.partition(p)->leader), {}};
    elect.verb = Verb::ElectLeaders;
    elect.unclean = true;
    elect.partitions.push_back({image.topic(p.topic)->name, p.partition});
    (void)session.command(crash);
    session.run_until(session.now() + sim::seconds(12));  // its session is over
    (void)session.command(elect);
    session.run_until(session.now() + sim::seconds(3));
    (void)session.command(restart);
    session.run_until(session.now() + sim::seconds(25));
  }
  const std::string ill = whole_again(session, violations, kafkas_own);
  if (!ill.empty()) return ill + ", nor when somebody else leads";
  for (const TopicPartition& p : partitions)
    if (const auto* now = session.cluster().committed().partition(p); now->isr.size() < now->replicas.size())
      return fmt::format("{}-{} is not followed by all when somebody else leads", session.cluster().committed().topic(p.topic)->name, p.partition);
  return "";
}

}  // namespace kafkascope::swarm
