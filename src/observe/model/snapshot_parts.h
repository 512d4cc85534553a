// Internal parts of the snapshot builder.
#pragma once
#include <functional>
#include <map>
#include <vector>

#include "observe/model/snapshot_builder.h"
#include "observe/time/message_facts.h"
#include "protocol/message.h"

namespace kafkascope::observe::snapshot_parts {

/// The partitions that are shown, by their index in Snapshot::partitions.
struct Names {
  explicit Names(const cluster::Cluster& c);
  std::vector<TopicPartition> partitions;
  std::vector<const protocol::PartitionRegistration*> committed;  // of each; valid until the cluster goes on
  std::map<TopicPartition, int> index;
  bool namesakes = false;  // whether a topic was deleted and created again
  int of(TopicPartition p) const {
    const auto it = index.find(p);
    return it == index.end() ? -1 : it->second;
  }
};

std::vector<int> ids(const IdList& list);
/// due kNever: no timer.
Timer timer(sim::Instant due, sim::Instant now, std::int64_t total_us, const protocol::Config& config, const char* key);
/// Fills in family, partition, records, epoch, error and words of a message.
void tell(const Names& names, const MessageFacts& facts, Message& out);

void add_partitions(const Moment& m, const Names& names, const SnapshotOptions& options, Snapshot& s);
void add_groups(const Moment& m, const Names& names, Snapshot& s);
/// Ghosts: the shown records that a group has skipped. Call after add_partitions and after filling Snapshot::ledger.
void add_skipped(const Moment& m, const Names& names, const SnapshotOptions& options, Snapshot& s);
/// Adds the records of the leaders' logs that the ledger counts as duplicated, except their first copies; the batches
/// that a leader has recognized; and the records that a replica lost and has copied from the leader since. Call after
/// add_partitions and after filling Snapshot::ledger.
void add_repeats(const Moment& m, const Names& names, Snapshot& s);
void add_clients(const Moment& m, const Names& names, Snapshot& s);
/// Call after add_clients.
void add_transactions(const Moment& m, const Names& names, Snapshot& s);
/// The client's memory: its accumulator, its partitions. Call after add_groups.
void put_holdings(const cluster::Cluster& c, const Names& names, sim::NodeId node, const Snapshot& s, Client& out);
void add_links(const cluster::Cluster& c, Snapshot& s);
/// Links of clients to dead leaders, by the clients' metadata. Call after add_clients.
void add_broken_links(const cluster::Cluster& c, Snapshot& s);
/// From the messages that have ended (Observation::crossings).
void add_produce_rates(const Moment& m, Snapshot& s);
/// A Produce request that was refused, known by its number (Message::correlation_id).
struct RefusedProduce {
  sim::NodeId client, broker;
  std::int32_t correlation_id = 0;
  std::int64_t answered_us = 0;
  std::size_t response = 0;  // the index of its response, for the caller
};
/// Calls tell(response, sequence) with the first sequence of each of these requests, in one pass. It is not called if the
/// request arrived long ago. -1: the producer is not idempotent.
void find_sequences(const Moment& m, const Snapshot& s, std::vector<RefusedProduce> refused,
                    const std::function<void(std::size_t, std::int64_t)>& tell);
/// Calls of other programs that have reached this one.
std::int64_t calls_in_the_last_second(const Moment& m, const Snapshot& s, sim::NodeId node);
void add_refused(const Moment& m, const SnapshotOptions& options, Snapshot& s);
void add_lost(const Moment& m, const SnapshotOptions& options, Snapshot& s);
/// At a chosen speed: gives messages of interest as long a way as the eye needs, those that have arrived meanwhile, too. Call
/// after the messages under way are in.
void let_messages_linger(const Moment& m, const Names& names, const SnapshotOptions& options, Snapshot& s);
void add_voters(const cluster::Cluster& c, Snapshot& s);
/// The ensemble's servers (already in s.nodes), their logs, znodes, sessions and watches, and the brokers' sessions.
void add_zookeeper(const Moment& m, Snapshot& s);
/// Controllers' views, nodes' views of things other than leaders, and the active controller's pending work. Call after add_clients.
void add_believed(const Moment& m, const Names& names, Snapshot& s);
/// `partition`: its index in `names`.
Belief belief(const Names& names, std::size_t partition, int leader, std::int64_t epoch, const IdList& isr);
void inspect(const cluster::Cluster& c, const std::string& what, Snapshot& s);
/// The timers that a client's own threads watch; those of its card are only the ones that matter.
std::vector<Timer> own_timers(const Moment& m, sim::NodeId node, const Client& client, bool all = true);
/// Call after inspect and add_clients.
void inspect_timers(const Moment& m, sim::NodeId node, Snapshot& s);
/// The configuration that a client's next start will read.
const protocol::Config& client_config(const cluster::Cluster& c, sim::NodeId node);

}  // namespace kafkascope::observe::snapshot_parts
