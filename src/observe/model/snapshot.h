// One moment of one world as plain values: everything the dashboard draws, without access to the world.
//
// The engine fills it (observe), the dashboard reads it (ui); neither includes the other. Copyable, no pointers.
// Times are µs of simulated time, offsets and epochs are Kafka's integers, -1 means "none" everywhere.
// Nodes are identified by their index in `nodes`, partitions by their index in `partitions`; brokers inside ISR and
// replica lists by Kafka's broker id. Names, keys, states and error codes are Kafka's own words and are never
// translated; sentences are Words, in both languages.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "observe/model/snapshot_nodes.h"
#include "observe/time/family.h"
#include "observe/words/bilingual.h"

namespace kafkascope::observe {

struct GroupMember {
  std::string client;
  int node = -1;
  std::string member_id;
  std::string instance_id;
  bool joined = true;  // in the current rebalance
  Timer awaited;       // if not joined: how long the coordinator still waits for it
  Timer session;
  bool leader = false;
  std::int64_t epoch = -1;                          // consumer protocol: the member epoch
  std::string state;                                // consumer protocol: STABLE, UNREVOKED_PARTITIONS …
  bool classic = false;                             // uses the classic protocol in a group of the consumer protocol
  std::vector<int> partitions;                      // owned now
  std::vector<int> revoking;                        // to be revoked, not yet revoked
  std::vector<int> pending;                         // to be assigned next
  std::vector<std::pair<int, std::int64_t>> locks;  // share group: partition, number of records acquired by the member
  Timer lock;                                       // of these locks the one that ends first
};

/// A partition leader's state for a share group, between start and end offset.
struct ShareWindow {
  std::int64_t start = -1, end = -1;  // -1: no share group
  std::int64_t available = 0, acquired = 0, done = 0;
  std::int64_t most_deliveries = 0;  // the highest count among the unfinished records
};

struct GroupPartition {
  int partition = -1;
  std::int64_t committed = -1;
  std::int64_t position = -1;
  std::int64_t lag = -1;           // -1: no commit yet
  std::vector<float> lag_history;  // last 30 s, oldest first: the greatest lag in each thirtieth, then the present
                                   // lag (app/lag_history.h)
  // What the last rebalance did to it (app/owner_history.h).
  std::string came_from;     // if it has moved: the client that had it before; if nobody has it: the last that had it
  bool interrupted = false;  // its owner gave it up meanwhile and got it again
  bool first_given = false;  // nobody had it before its present owner
  ShareWindow share;
};

/// What one of the client's assignors would assign to the members of a classic group with their present subscriptions.
struct AssignorPreview {
  std::string name;                          // "range", "cooperative-sticky"
  bool used = false;                         // the group uses it now
  std::vector<std::vector<int>> partitions;  // one list for each of Group::members
  std::vector<std::vector<int>> later;       // gained only in a second rebalance, once the owners have given them up
  int moves = 0;                             // partitions whose owner would change
};

/// A member that the coordinator has removed a moment ago, or that has left (app/owner_history.h).
struct FormerMember {
  std::string client;
  Words why;
};

struct Group {
  std::string id;
  std::string state;                // Kafka's word: Stable, PreparingRebalance …
  std::vector<std::string> states;  // all states of its protocol, in display order
  std::string previous_state;
  Words reason;  // reason of the last transition
  std::int64_t state_since_us = 0;
  std::string protocol;  // classic, consumer, share
  std::string assignor;
  std::int64_t generation = 0;         // consumer protocol: the group epoch
  std::int64_t assignment_epoch = -1;  // consumer protocol: the group epoch of its target assignment
  int coordinator = -1;                // broker id
  std::string leader;                  // client id
  std::int64_t rebalances = 0;
  std::int64_t lag = -1;  // summed over the partitions
  std::vector<GroupMember> members;
  std::vector<FormerMember> former;  // the latest first
  std::vector<GroupPartition> partitions;
  bool comparable =
      false;  // its assignors can be compared: it is classic, has members, and is small enough to be drawn
  std::vector<AssignorPreview> assignors;  // filled on demand (assignor_previews.h)
  Timer initial_delay;                     // a classic group's first rebalance waits for more members
};

/// A partition of a transaction.
struct TransactionPart {
  std::string name;            // "orders-0"; also partitions of __consumer_offsets
  int partition = -1;          // its index in Snapshot::partitions; -1: it is not shown
  std::int64_t from = -1;      // first offset of the transaction there; -1: nothing is written yet
  std::int64_t records = 0;    // of the transaction
  bool awaits_marker = false;  // the transaction is ending, but the leader has not written the marker yet
  bool operator==(const TransactionPart&) const = default;
};

/// A transactional id as its coordinator sees it.
struct Transaction {
  std::string id;
  std::string state;           // Kafka's word: Empty, Ongoing, PrepareCommit …
  std::string previous_state;  // empty: unknown
  int coordinator = -1;        // broker id; -1: no coordinator knows of it
  std::int64_t producer_id = -1, producer_epoch = -1;
  std::int64_t started_us = -1;  // -1: it is not open
  Timer timeout;                 // transaction.timeout.ms, while it is open
  std::vector<TransactionPart> parts;
  std::vector<std::string> producers;  // clients with that transactional id
  /// KIP-664: open in a partition but unknown to every coordinator, so no marker will come.
  bool hanging = false;
};

/// A partition's batches in a producer's accumulator.
struct QueuedBatches {
  int partition = -1;
  int batches = 0;
  std::int64_t records = 0, bytes = 0;
  bool open = false;  // the last batch accepts more records
  std::int64_t last_records = 0, last_bytes = 0,
               last_limit = 0;  // in bytes, of the last batch: batch.size, or more if its first record needs it
  std::int64_t waited_us = 0;   // of the first batch, since its first record or its last attempt: bounded by linger.ms
  int attempts = 0;             // of the first batch
  std::int64_t backoff_us = 0;  // remaining time before the first batch is sent again
  std::int64_t first_sequence = -1,
               last_sequence = -1;  // of the records, if all of them have one: they were sent before
};

/// Records of a producer's process that have no response yet. Kafka: RecordAccumulator, BufferPool, InFlightRequests.
struct Accumulator {
  std::int64_t buffer_total = 0, buffer_used = 0;  // buffer.memory; 0: no producer, or its process has ended
  std::int64_t batch_size = 0, linger_us = 0, max_block_us = 0;  // this process's settings
  int max_in_flight = 0;
  std::vector<QueuedBatches> queues;           // by partition
  std::vector<std::pair<int, int>> in_flight;  // broker id, requests on its connection
  std::int64_t blocked_us = -1;                // how long send() has been blocked
  bool for_memory = false;                     // whether it is blocked for buffer memory; otherwise for metadata
};

/// A consumer's assigned partition, its position there and the records it holds.
struct AssignedPartition {
  int partition = -1;
  std::string fetch_state;  // Kafka's SubscriptionState.FetchStates; empty: a share consumer
  std::int64_t position = -1, committed = -1;
  std::int64_t lag = -1, log_end_lag = -1;  // from the position to the leader's high watermark and log end
  std::int64_t stable_lag = -1;             // only with read_committed: to the last stable offset
  std::int64_t buffered = 0;                // records fetched but not returned by poll()
  bool paused = false;
  int read_replica = -1;  // id of the follower that the leader named to it (KIP-392); -1: it reads from the leader
  // Share consumers: acquired by the member; given to the application, not processed; acknowledged, not yet sent.
  std::int64_t acquired = 0, in_hand = 0, to_acknowledge = 0;

  /// The number of records that the consumer may read now; it reports this as records-lag. Kafka:
  /// SubscriptionState.partitionLag.
  std::int64_t to_read() const { return stable_lag < 0 ? lag : stable_lag; }
  /// Replicated records that it may not read yet, because a transaction before them is open.
  std::int64_t held_back() const { return stable_lag < 0 || stable_lag > lag ? 0 : lag - stable_lag; }
};

struct Client {
  int node = -1;
  std::string group;           // empty: none
  Words fact;                  // the line on its card: "acks=all, 20/s", "orders-0, orders-1"
  bool fact_is_doubt = false;  // "still asks broker-1", "waits for a leader"
  int believed_leader = -1;    // if the fact says whom it wrongly takes for a leader: that broker's id
  std::string acks;
  std::int64_t rate_per_s = 0;
  std::vector<int> topics_partitions;  // producers: the partitions they write; consumers: the assigned ones
  std::int64_t sent = 0, acked = 0, failed = 0, received = 0, processed = 0, in_flight = 0, waiting = 0;
  std::vector<std::pair<std::string, std::int64_t>> errors;
  std::vector<int> peers;  // its peers outside Kafka: services it calls, a sender's queue, a queue's readers
  /// First its deadlines that have run for at least a third of their time: request.timeout.ms, delivery.timeout.ms,
  /// max.poll.interval.ms, the lock of a share consumer that ends first. Then what ends as planned: linger.ms,
  /// auto.commit.interval.ms, group.initial.rebalance.delay.ms. The most urgent of each first. A client that is down has
  /// only its lock.
  std::vector<Timer> timers;
  Accumulator accumulator;  // producers, transforms
  std::vector<AssignedPartition>
      assigned;  // consumers, share consumers, transforms: by partition; empty: none, or its process has ended
  std::vector<int> fetching;  // ids of the brokers to which it has a Fetch in flight
  std::string transactional_id;
  std::string transaction_state;
  std::vector<int> transaction_partitions;
  bool producer_fenced = false;
  // Quotas: its own or the default, -1: none; KIP-219: the remaining throttle time, and the count and total time of
  // throttles so far.
  std::int64_t produce_quota_bytes_per_s = -1, fetch_quota_bytes_per_s = -1;
  std::int64_t throttled_for_us = 0, throttles = 0, throttled_us = 0;
  std::string
      thrown;  // the last exception passed to its application, shown beside the fact: RecordDeserializationException
  std::string refused;  // a recent authorization error, or the one that ended it: GROUP_AUTHORIZATION_FAILED
  std::int64_t latency_p50_us = -1, latency_p99_us = -1;
};

/// A message in flight. `fraction`: how much of its flight is over, in simulated time: (now - sent) / (arrives - sent).
struct Message {
  std::uint64_t id = 0;    // stable while in flight
  int from = -1, to = -1;  // node indices
  Family family = Family::Metadata;
  bool response = false;
  bool held = false;     // held by a `hold`
  bool blocked = false;  // its link is cut: it will wait or be lost
  bool lingers =
      false;  // drawn for as long as the eye needs, so later than it was there: `fraction` is not its true one
  std::int64_t sent_us = 0;
  std::int64_t arrives_us = 0;  // -1 while held or blocked
  float fraction = 0;
  std::string api;               // "Produce", "Fetch", "Heartbeat" …
  std::string error;             // error of a response, empty: none
  int partition = -1;            // the first shown partition it concerns
  int partitions = 0;            // how many partitions it concerns; 0: unknown, as with the numbers below
  std::vector<int> writes;       // a Produce request's partitions, if it has several: the first few
  int records = 0;               // in a Fetch response those of that partition
  std::int64_t bytes = -1;       // of a Fetch response for that partition, with a part of a batch that is discarded
  std::int64_t most_bytes = -1;  // ... and the consumer's max.partition.fetch.bytes, if the file sets it
  std::int64_t epoch = -1;
  // About that partition, -1: not in the message. MessageContent says which messages have them.
  std::int64_t offset = -1, leader_epoch = -1;
  std::int64_t producer_id = -1, producer_epoch = -1, sequence = -1;
  std::int64_t refused_sequence = -1;  // of a Produce response with an error: the first one of the refused batch
  std::string subject;                 // what it is about, in Kafka's names: a group, a transactional id, a topic
  Words about;                         // details beyond partition and records: "orders-0 led by 2, e3"
  Words carries;                       // beside its numbers: "no new records, HW 12", "no error"
};

/// A message that was lost a moment ago: within 0.4 s, at a chosen speed 1.5 s of the viewer's time.
struct LostMessage {
  int from = -1, to = -1;
  Family family = Family::Metadata;
  bool response = false;
  std::int64_t lost_us = 0;
  float fraction = 0.5f;
  std::string api;
  int records = 0;  // that were in it
};

/// A link with special conditions. Ordinary links are not listed.
struct Link {
  int a = -1, b = -1;
  bool cut = false;              // nothing gets through
  bool one_way = false;          // only from a to b
  bool wall = false;             // part of a network partition: drawn as one wall
  std::int64_t latency_us = -1;  // its increased latency, -1: ordinary
  double loss = 0;
  bool broken = false;  // connection recently reset or refused because the peer is dead
  bool itself = false;  // the client has learned 127.0.0.1 as this broker's address: it connects to its own machine
};

/// A response with an error that has arrived within the last second, at a chosen speed 1.5 s of the viewer's time.
struct Refused {
  int from = -1, to = -1;
  Family family = Family::Metadata;
  std::string api, error;
  std::int64_t at_us = 0;
  std::int64_t sequence = -1;  // as Message::refused_sequence
};

/// A producer's Produce requests that ended within the last second, per second, and how many tenths of a record each
/// carried on average.
struct ProduceRate {
  int from = -1, to = -1;  // to: the broker that most were sent to
  std::int64_t requests_per_s = 0, tenths_each = 0;
};

struct FateCounts {
  std::int64_t produced = 0, acked = 0, failed = 0, in_doubt = 0, pending = 0;
  std::int64_t lost_acked = 0, lost_unacked = 0, duplicated = 0, reordered = 0, aborted = 0;
  std::int64_t delivered = 0, redelivered = 0, skipped = 0, aborted_visible = 0, before_group = 0, uncommitted_read = 0;
};

/// A table outside Kafka to which applications write what they have processed.
struct SinkCounts {
  std::string name;
  std::int64_t rows = 0, distinct = 0, repeated = 0, sum = 0;
};

struct Ledger {
  FateCounts all;
  std::vector<std::pair<std::string, FateCounts>> by_client, by_group;
  std::vector<SinkCounts> sinks;  // in the order of the file
};

struct InvariantViolation {
  std::string name;
  std::int64_t at_us = 0;
  Words detail;
};

struct LeaderChange {
  int partition = -1;
  int from = -1, to = -1;  // broker ids
  std::int64_t leader_epoch = 0;
  std::int64_t at_us = 0;
};

struct PendingEvent {
  bool present = false;
  Family family = Family::Control;
  Words words;  // "broker-2 receives Fetch from broker-3"
  std::int64_t in_us = 0;
};

struct Metric {
  Words name;
  std::string mbean;
  double before = 0, now = 0;
  bool worse = false;
  bool why = false;  // whether "Why?" has an answer about it
  std::vector<float> history;
  float top = 0;            // upper end of its graph's scale when several are compared; 0: its own maximum
  bool per_second = false;  // the graph shows the growth per second of a number that only grows
  std::string path = {};    // of a number that no MBean has, a group's lag: its place in the state
  int handlers = 0;         // num.io.threads of the server that reports it; 0: of the whole cluster
  Words beyond = {};        // the threshold that it is beyond now: "alarm: above 0"; empty: it is within, or has none
};
/// Whether two metrics are the same, one in each world. A version that has no such MBean has a state path instead.
inline bool same_metric(const Metric& a, const Metric& b) {
  if (a.path != b.path) return false;
  return a.mbean == b.mbean || ((a.mbean.starts_with("/") || b.mbean.starts_with("/")) && a.name.en == b.name.en);
}

/// Configuration and facts of the selected object.
struct Inspected {
  std::string what;  // node, topic or partition name
  std::vector<ConfigEntry> config;
  std::vector<Timer> timers;  // of a node: its own, one for each setting whose time it keeps, by name
};

/// The values of one setting in this cluster.
struct SettingHere {
  struct Value {
    std::string value;            // empty: not set
    bool is_default = false;      // of the version that runs here
    std::vector<std::string> of;  // the nodes, topics and groups that have it
  };
  std::string key;            // "config.acks", the glossary's key; empty: nobody asked
  std::vector<Value> values;  // empty: nothing here has the setting
};

struct Snapshot {
  std::int64_t time_us = 0;
  std::uint64_t event = 0;  // number of events executed
  std::uint64_t seed = 0;
  std::string kafka_version;       // "4.1"
  std::string metadata = "kraft";  // or "zookeeper"
  std::int64_t controller_epoch = -1;
  std::int64_t metrics_before_us = -1;  // the time of the metrics' `before`
  std::vector<Node> nodes;  // controllers (or ZooKeeper servers), brokers, clients; each in id or file order
  std::vector<Partition> partitions;
  std::vector<Group> groups;
  std::vector<Transaction> transactions;
  std::vector<Client> clients;
  std::vector<Message> messages;
  std::vector<LostMessage> lost;
  std::vector<Link> links;
  std::vector<Refused> refused;              // the newest first
  std::vector<ProduceRate> produce_rates;    // while enough requests flow
  std::vector<LeaderChange> leader_changes;  // the most recent ones, oldest first
  Ledger ledger;
  std::vector<InvariantViolation> violations;
  int invariants_checked = 0;
  PendingEvent next;
  std::int64_t quorum_high_watermark = -1;
  std::vector<VoterLog> voters;
  ControllerWork work;
  bool authorizer = false;        // an authorizer is enabled
  std::vector<std::string> acls;  // "User:hr Write topic:salary allow"
  std::vector<Znode> znodes;
  std::int64_t znode_count = 0, watch_count = 0;  // totals
  std::vector<ZkSession> sessions;
  std::vector<FiredWatch> fired_watches;  // the most recent ones, newest first
  std::vector<Metric> metrics;
  Inspected inspected;
  SettingHere setting;  // the setting whose card is open

  /// The partition's actual standing: a leader that is down leads nothing, whatever the metadata say. A partition that
  /// does not exist counts as offline.
  Standing standing_now(int partition) const;
};

}  // namespace kafkascope::observe
