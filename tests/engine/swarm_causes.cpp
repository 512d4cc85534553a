// Failures of a seed that Kafka would also show, each recognised by its cause: some may remain at the end, others must disappear when the run
// continues.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "client/producer.h"
#include "engine/swarm.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "storage/partition_log.h"
#include "storage/wall_clock.h"

namespace kafkascope::swarm {

using cluster::Command;
using cluster::NodeRef;
using cluster::Verb;
using protocol::TopicPartition;
using protocol::Trace;

namespace {

/// Why an idempotent producer's records are in a log twice or out of order. Examined at every append, because the explanation may be
/// truncated or deleted later.
class Repeats {
 public:
  explicit Repeats(const cluster::Cluster& cluster) : cluster_(cluster) {}

  void on_line(const sim::TraceLine& line) {
    if (!line.node.valid()) return;
    const TopicPartition tp{line.topic, line.partition};
    if (line.kind == sim::trace_kind::kNodeStarted) {
      started_ms_[line.node.index] = storage::wall_ms(line.time + cluster_.clock_skew(line.node));
      std::set<TopicPartition> there;
      for (const auto& [known, newest_ms] : remembers_)
        if (std::get<0>(known) == line.node.index) there.insert(std::get<1>(known));
      for (const TopicPartition& p : there) read_again(line, p);
      return;
    }
    switch (static_cast<Trace>(line.kind)) {
      case Trace::LogTruncated:
      case Trace::LogRecovered:
      case Trace::LogDeleted: read_again(line, tp); break;
      case Trace::ProducerExpired:
        if (const auto known = remembers_.find({line.node.index, tp, as<fact::ProducerExpired>(line).producer_id});
            known != remembers_.end() && too_old(line, tp, known->second))
          remembers_.erase(known);
        break;
      case Trace::LogAppended: on_append(line, tp, as<fact::LogAppended>(line).base_offset); break;
      case Trace::LogReplicated: on_append(line, tp, as<fact::LogReplicated>(line).base_offset); break;
      default: break;
    }
  }

  bool forgotten = false,
       begun = false;     // a producer was unknown: its records were lost, deleted or too old; or it was new to the log
  bool outlived = false;  // a request of an ended process was read from its connection
  std::set<TopicPartition> seen, unexplained;  // partitions with repeats

 private:
  /// One producer in one partition.
  struct Known {
    bool appended = false;
    bool first_taken = false;  // by a leader that did not know it; reset when all batches in flight then have arrived
    std::uint32_t first = 0;   // the newest record accepted that way
    std::uint32_t begins = 0;  // the last one
    protocol::Offset offset;
    protocol::ProducerEpoch epoch = -1;
    int since = 0;  // batches with a new record
  };
  /// By node: the producers that it must still know, and the timestamps of their last batches there.
  using Remembered = std::map<std::tuple<std::int32_t, TopicPartition, protocol::ProducerId>, std::int64_t>;
  struct Copy {
    TopicPartition partition;
    protocol::Offset offset;
    protocol::ProducerEpoch epoch;
  };

  const storage::PartitionLog* log_of(const sim::TraceLine& line, TopicPartition tp) const {
    return cluster_.log(cluster_.info(line.node).id, tp);
  }

  bool too_old(const sim::TraceLine& line, TopicPartition tp, std::int64_t newest_ms) const {
    const storage::PartitionLog* log = log_of(line, tp);
    return log != nullptr && storage::wall_ms(line.time + cluster_.clock_skew(line.node)) - newest_ms >=
                                 log->options().producer_id_expiration_ms;
  }

  /// After a start or a truncation a log knows the producers of its records, except those whose last batch is too old (ProducerStateManager.truncateAndReload).
  /// A recovery reads its last segment as a whole (LogLoader.recoverSegment). A snapshot may contain more producers.
  void read_again(const sim::TraceLine& line, TopicPartition tp) {
    const auto here = [&](const Remembered::value_type& known) {
      return std::get<0>(known.first) == line.node.index && std::get<1>(known.first) == tp;
    };
    std::erase_if(remembers_, here);
    const storage::PartitionLog* log = log_of(line, tp);
    if (log == nullptr) return;
    const protocol::Offset start = log->log_start_offset();
    const bool recovered =
        line.kind == protocol::kind(Trace::LogRecovered) && !log->recovery().clean && log->log_end_offset() > start;
    const protocol::Offset from = recovered ? std::min(log->active_base_offset(), start) : start;
    for (const protocol::StoredBatch& batch : log->batches())
      if (batch.data->producer_id >= 0 && batch.last_offset() >= from)
        remembers_[{line.node.index, tp, batch.data->producer_id}] = batch.data->max_timestamp_ms;
    std::erase_if(remembers_,
                  [&](const Remembered::value_type& known) { return here(known) && too_old(line, tp, known.second); });
  }

  void on_append(const sim::TraceLine& line, TopicPartition tp, protocol::Offset base_offset) {
    const auto* topic = cluster_.committed().topic(tp.topic);
    if (topic != nullptr) names_[tp.topic] = topic->name;
    const storage::PartitionLog* log = log_of(line, tp);
    const protocol::StoredBatch* stored = log == nullptr ? nullptr : log->batch_at(base_offset);
    if (stored == nullptr || stored->data->producer_id < 0) return;
    const bool remembered =
        !remembers_.insert_or_assign({line.node.index, tp, stored->data->producer_id}, stored->data->max_timestamp_ms)
             .second;
    if (line.kind == protocol::kind(Trace::LogAppended) && stored->data->client >= 0 &&
        stored->data->base_sequence >= 0)
      judge(tp, *log, *stored, remembered);
  }

  void judge(TopicPartition tp, const storage::PartitionLog& log, const protocol::StoredBatch& stored,
             bool remembered) {
    const protocol::RecordBatch& batch = *stored.data;
    Known& known = known_[{names_[tp.topic], tp.partition, batch.producer_id}];
    const storage::ProducerEntry* entry = log.producers().find(batch.producer_id);
    const bool first_here =
        entry != nullptr &&
        entry->count == 1;  // an unknown producer may begin with any sequence (ProducerAppendInfo.checkSequence)
    if (first_here && batch.base_sequence > 0) {
      if (known.appended && remembered) unexplained.insert(tp);
      (known.appended ? forgotten : begun) = true;
    }
    const bool taken_now = first_here && (batch.base_sequence > 0 || (known.appended && !remembered));
    if (taken_now) {
      known.first_taken = true;
      known.begins = batch.records.number(0);
      known.first = std::max(known.first, known.begins);
      known.offset = stored.base_offset;
      known.epoch = batch.producer_epoch;
      known.since = 0;
    }
    bool something_new = false;
    std::uint32_t& newest = newest_[{batch.client, tp}];
    for (std::size_t i = 0; i < batch.records.size(); ++i) {
      const std::uint32_t number = batch.records.number(i);
      auto& copies = copies_[{batch.client, number}];
      for (const Copy& copy : copies) {
        seen.insert(tp);
        if (!explained(copy, tp, log, stored, number, known, remembered)) unexplained.insert(tp);
      }
      if (copies.empty() && number < newest) {
        seen.insert(tp);
        const auto started = started_ms_.find(batch.client);
        if (started != started_ms_.end() && batch.max_timestamp_ms < started->second) outlived = true;
        else if (!known.first_taken || known.first < number) unexplained.insert(tp);
      }
      something_new |= copies.empty() && number >= newest;
      if (copies.empty()) newest = std::max(newest, number);
      copies.push_back({tp, stored.base_offset + batch.offset_delta(static_cast<int>(i)), batch.producer_epoch});
    }
    known.appended = true;
    // New batches arrive after all batches that were in flight; in the same epoch, a producer has only so many in flight at
    // once.
    constexpr int kMostInFlight =
        5;  // with idempotence (ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION_FOR_IDEMPOTENCE)
    if (!taken_now && something_new && (batch.producer_epoch > known.epoch || ++known.since == kMostInFlight))
      known.first_taken = false;
  }

  /// Whether the earlier copy was truncated or cleaned away; or the producer was unknown; or the batch follows one whose producer was unknown, in sequence
  /// or, like the out-of-order batches before that one, in the epoch that the producer had then.
  bool explained(const Copy& copy, TopicPartition tp, const storage::PartitionLog& log,
                 const protocol::StoredBatch& stored, std::uint32_t number, const Known& known, bool remembered) const {
    if (!(copy.partition == tp)) {
      const auto* topic = cluster_.committed().topic(copy.partition.topic);
      return copy.partition.partition == tp.partition && (topic == nullptr || topic->removed);
    }
    if (!remembered) return true;
    if (copy.offset >= log.log_start_offset()) {  // a producer stays known after its records are deleted
      const protocol::StoredBatch* there = copy.offset < stored.base_offset ? log.batch_at(copy.offset) : nullptr;
      const int index = there == nullptr || there->data->client != stored.data->client
                            ? -1
                            : there->data->index_of(copy.offset.value - there->base_offset.value);
      if (index < 0 || there->data->records.number(static_cast<std::size_t>(index)) != number) return true;
    }
    const bool in_sequence =
        stored.data->producer_epoch == known.epoch && copy.offset < known.offset && number > known.begins;
    return known.first_taken && copy.epoch <= known.epoch && (in_sequence || stored.data->producer_epoch > known.epoch);
  }

  const cluster::Cluster& cluster_;
  Remembered remembers_;
  std::map<protocol::TopicId, std::string> names_;
  std::map<std::tuple<std::string, std::int32_t, protocol::ProducerId>, Known> known_;
  std::map<std::pair<std::int32_t, TopicPartition>, std::uint32_t> newest_;  // by client
  std::map<std::int32_t, std::int64_t> started_ms_;  // by node: the start time of its process, by its own clock
  std::map<std::pair<std::int32_t, std::uint32_t>, std::vector<Copy>> copies_;  // by client and number
};

/// A group that starts over waits group.initial.rebalance.delay.ms, and again while more members join, up to its members' longest rebalance
/// timeout (InitialDelayedJoin): max.poll.interval.ms of the readers.
constexpr sim::Duration kInitialRebalance = sim::seconds(6);

/// Everything works 4 s from now, and there are no more violations than that number. Where logs have `parted`, a replica that copies from another one
/// finds a gap in a producer's sequences.
std::string whole_again(scenario::Session& session, std::size_t violations_before, std::string& kafkas_own,
                        const FailedReplicas& parted = {}) {
  const auto acked = acked_by_producers(session);
  session.run_until(session.now() + sim::seconds(4));
  const auto& violations = session.observation().invariants().violations();
  for (std::size_t i = violations_before; i < violations.size(); ++i)
    if (const auto& v = violations[i]; v.name != "idempotent-producer" || !parted.contains({v.topic, v.partition}))
      return fmt::format("{}: {} (running on)", v.name, words::render(words::Lang::En, v.told()));
  return unhealthy(session, acked, kafkas_own);
}

}  // namespace

bool holds_replicas(const cluster::Cluster& cluster, protocol::BrokerId broker) {
  for (const auto& topic : cluster.committed().topics())
    for (const protocol::PartitionRegistration& p : topic.partitions)
      if (!topic.removed && p.replicas.contains(broker)) return true;
  return false;
}

std::string waits_for_unclean_election(const protocol::PartitionRegistration& partition, TopicPartition tp,
                                       const scenario::Session& session) {
  const cluster::Cluster& cluster = session.cluster();
  const scenario::Scenario& scenario = session.scenario();
  // Judged by the requested acts: no trace line reports a decision that only the next controller commits.
  const std::string topic = cluster.topic_name(tp.topic);
  const bool moved = std::any_of(scenario.steps.begin(), scenario.steps.end(), [&](const scenario::Step& step) {
    const auto* c = step.command->get_if<cluster::act::Reassign>();
    return c != nullptr &&
           (c->all ? c->topic.empty() || c->topic == topic
                   : c->partition && c->partition->topic == topic && c->partition->partition == tp.partition);
  });
  const auto is_replica = [&](protocol::BrokerId id) { return partition.replicas.contains(id); };
  // ReplicaStateMachine.doRemoveReplicasFromIsr leaves one in the ISR; Election.leaderForOffline chooses among replicas.
  if (scenario.cluster.metadata == cluster::MetadataKind::ZooKeeper && partition.isr.size() == 1 && moved &&
      !is_replica(*partition.isr.begin()))
    return "the last in-sync replica was moved away, and the ISR keeps it";
  // A topic that was created while a broker that never returns was still registered, or a broker without any other replica that could take over
  // (doRemoveReplicasFromIsr).
  const bool left = scenario.cluster.metadata == cluster::MetadataKind::ZooKeeper && partition.isr.size() == 1 &&
                    !in_the_cluster(cluster, *partition.isr.begin());
  if (left) return "its last in-sync replica was on a broker that was removed";
  if (!partition.isr.empty()) return "";
  const auto& known = partition.last_known_elr;
  if (partition.elr.empty() && known.size() == 1 && known[0] < 0)
    return "\"-1\" is its last known leader";  // PartitionChangeBuilder.maybeUpdateLastKnownLeader
  const bool min_isr_changed =
      std::any_of(scenario.steps.begin(), scenario.steps.end(), [](const scenario::Step& step) {
        const auto* change = step.command->get_if<cluster::act::Configure>();
        return change != nullptr && std::any_of(change->config.begin(), change->config.end(),
                                                [](const auto& c) { return c.first == "min.insync.replicas"; });
      });
  if (partition.elr.empty() && known.empty() && min_isr_changed)
    return "min.insync.replicas was changed, which clears both lists";  // createClearElrRecordsAsNeeded
  // handleAssignReplicasToDirs: since then no replica has left or returned.
  const bool last_one_lives = partition.elr.empty() && known.size() == 1 && in_the_cluster(cluster, known[0]);
  if (last_one_lives && scenario.cluster.disk.dirs > 1 && scenario.cluster.metadata != cluster::MetadataKind::ZooKeeper)
    return "a replica's directory was assigned, which drops the ELR";
  const bool moved_away = std::none_of(partition.elr.begin(), partition.elr.end(), is_replica);
  if (!partition.elr.empty() && moved && moved_away)
    return "who has everything was moved away, and the ELR keeps them";  // PartitionChangeBuilder.maybePopulateTargetElr
  return "";
}

std::string cause_of_repeats(const Plan& plan, const std::set<TopicPartition>& wrote_on) {
  scenario::Session session(scenario_of(plan), true);
  Repeats repeats(session.cluster());
  for (std::size_t looked_at = 0; session.step(session.until());)
    for (; looked_at < session.observation().trace().size(); ++looked_at)
      repeats.on_line(session.observation().trace()[looked_at]);
  const auto parted = [&](TopicPartition p) { return wrote_on.contains(p); };
  if (!std::all_of(repeats.unexplained.begin(), repeats.unexplained.end(), parted)) return "";
  if (repeats.seen.empty()) return "";
  if (std::any_of(repeats.seen.begin(), repeats.seen.end(), parted)) return kWroteOn;
  if (repeats.outlived && !repeats.begun && !repeats.forgotten) return kOutlived;
  return repeats.begun && !repeats.forgotten ? "a new leader took a producer's second batch for its first"
                                             : kForgottenProducer;
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
    bool made_anew;  // the producer knew an earlier topic of that name, and had no acknowledgement from the new one yet
  };
  std::map<std::pair<std::int32_t, std::int64_t>, First> first_sent;  // by partition and base sequence
  std::map<std::int32_t, protocol::TopicId> acked_by;                 // of the last acknowledgement, by partition
  struct Last {
    std::int64_t sequence;
    bool out_of_order;
  };
  std::map<TopicPartition, Last> last;  // the last batch sent, unless it was acknowledged
  const auto& trace = session.observation().trace();
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const sim::TraceLine& line = trace[i];
    if (!(line.node == node)) continue;
    const TopicPartition tp{line.topic, line.partition};
    if (const auto sent = fact_if<fact::BatchSent>(line)) {
      const auto acked = acked_by.find(line.partition);
      if (sent->attempt == 0)
        first_sent[{line.partition, sent->base_sequence}] =
            First{line.topic, acked != acked_by.end() && acked->second != line.topic};
      last[tp] = Last{sent->base_sequence, false};
    } else if (line.kind == protocol::kind(Trace::BatchAcked)) {
      acked_by[line.partition] = line.topic;
      last.erase(tp);
    } else if (const auto it = last.find(tp); it != last.end() && line.kind == protocol::kind(Trace::BatchRetried)) {
      it->second.out_of_order = as<fact::BatchRetried>(line).error == protocol::ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER;
    }
  }
  const protocol::ProducerId id = cluster.role<client::Producer>(node)->transactions().producer().id;
  return std::any_of(last.begin(), last.end(), [&](const auto& of) {
    const auto& [tp, batch] = of;
    const auto first = first_sent.find({tp.partition, batch.sequence});
    if (!batch.out_of_order || first == first_sent.end() ||
        (first->second.topic == tp.topic && !first->second.made_anew))
      return false;
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

std::string after_elections(scenario::Session& session, const FailedReplicas& failed, std::string& kafkas_own) {
  const std::size_t violations = session.observation().invariants().violations().size();
  for (const auto& [p, brokers] : failed) {
    const protocol::MetadataImage& image = session.cluster().committed();
    Command crash, elect, restart;
    crash.verb = Verb::Crash;
    restart.verb = Verb::Restart;
    std::vector<NodeRef> others;
    for (const protocol::BrokerId id : image.partition(p)->replicas)
      if (!brokers.contains(id)) others.push_back(NodeRef{NodeRef::Kind::Name, cluster::broker_name(id), {}});
    elect.verb = Verb::ElectLeaders;
    elect.edit<cluster::act::ElectLeaders>().unclean = true;
    elect.edit<cluster::act::ElectLeaders>().partitions.push_back({image.topic(p.topic)->name, p.partition});
    for (const NodeRef& other : others) {
      crash.node = other;
      (void)session.command(crash);
    }
    session.run_until(session.now() + sim::seconds(12));  // their sessions have ended
    (void)session.command(elect);
    session.run_until(session.now() + sim::seconds(3));
    for (const NodeRef& other : others) {
      restart.node = other;
      (void)session.command(restart);
    }
    session.run_until(session.now() + sim::seconds(25));
  }
  const std::string ill = whole_again(session, violations, kafkas_own, failed);
  if (!ill.empty()) return ill + ", nor when one of them leads";
  for (const auto& [p, brokers] : failed)
    if (const auto* now = session.cluster().committed().partition(p); now->isr.size() < now->replicas.size())
      return fmt::format("{}-{} is not followed by all when one of them leads",
                         session.cluster().committed().topic(p.topic)->name, p.partition);
  return "";
}

std::set<TopicPartition> without_leader(const cluster::Cluster& cluster) {
  std::set<TopicPartition> out;
  for (const auto& topic : cluster.committed().topics()) {
    if (topic.removed || (cluster.under_zookeeper() && waits_for_its_deletion(cluster, topic))) continue;
    for (std::size_t p = 0; p < topic.partitions.size(); ++p)
      if (topic.partitions[p].leader < 0) out.insert({topic.id, static_cast<std::int32_t>(p)});
  }
  return out;
}

std::string after_unclean_elections(scenario::Session& session, const std::set<TopicPartition>& partitions,
                                    std::string& kafkas_own) {
  const std::size_t violations = session.observation().invariants().violations().size();
  const cluster::Cluster& cluster = session.cluster();
  Command elect;
  elect.verb = Verb::ElectLeaders;
  auto& unclean = elect.edit<cluster::act::ElectLeaders>();
  unclean.unclean = true;
  for (const TopicPartition& p : partitions) unclean.partitions.push_back({cluster.topic_name(p.topic), p.partition});
  (void)session.command(elect);
  session.run_until(session.now() + sim::seconds(25));
  if (in_the_cluster(cluster, kFifth)) {  // its replicas waited for that leader
    Command remove;
    remove.verb = Verb::RemoveBroker;
    remove.edit<cluster::act::RemoveBroker>().id = kFifth;
    (void)session.command(remove);
  }
  if (const auto still = without_leader(cluster); !still.empty())
    return fmt::format("{}-{} is led by nobody after an unclean election", cluster.topic_name(still.begin()->topic),
                       still.begin()->partition);
  if (const std::string ill = whole_again(session, violations, kafkas_own); !ill.empty())
    return ill + ", nor behind an unclean election";
  for (const TopicPartition& p : partitions) {
    const auto* now = cluster.committed().partition(p);
    const auto lives = [&](protocol::BrokerId id) { return in_the_cluster(cluster, id); };
    if (now != nullptr &&
        static_cast<std::ptrdiff_t>(now->isr.size()) < std::count_if(now->replicas.begin(), now->replicas.end(), lives))
      return fmt::format("{}-{} is not followed by all behind an unclean election", cluster.topic_name(p.topic),
                         p.partition);
  }
  return "";
}

bool group_began_anew(const scenario::Session& session) {
  constexpr int kEmpty = 0, kPreparingRebalance = 1;
  const auto& trace = session.observation().trace();
  for (std::size_t i = trace.size(); i-- > 0;)
    if (const auto f = fact_if<fact::GroupState>(trace[i]))
      return f->from == kEmpty && f->to == kPreparingRebalance && session.now() - trace[i].time <= kInitialRebalance;
  return false;
}

std::string after_initial_rebalance(scenario::Session& session, std::string& kafkas_own) {
  const std::size_t violations = session.observation().invariants().violations().size();
  session.run_until(session.now() + kInitialRebalance);
  const std::string ill = whole_again(session, violations, kafkas_own);
  return ill.empty() ? ill : ill + ", nor when the group's first rebalance is over";
}

}  // namespace kafkascope::swarm
