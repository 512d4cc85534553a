// One moment of one world as plain values: everything the dashboard draws, and nothing that can change the world.
//
// The engine fills it (observe), the dashboard reads it (ui); neither knows the other. Copyable, no pointers.
// Times are µs of simulated time, offsets and epochs are Kafka's integers, -1 means "none" everywhere.
// Nodes are named by their index in `nodes`, partitions by their index in `partitions`; brokers inside ISR and replica
// lists by Kafka's broker id. Names, keys, states and error codes are Kafka's own words and are never translated;
// what is a sentence comes as Words, in both languages.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace kafkascope::observe {

/// A text in both languages. `ko` may be empty: then `en` is shown.
struct Words {
  std::string en;
  std::string ko;
  bool empty() const { return en.empty() && ko.empty(); }
};

enum class NodeKind : std::uint8_t {
  Controller,
  Broker,
  ZooKeeper,
  Producer,
  Consumer,
  ShareConsumer,
  Transform,
  Streams,
  Connector,
  Queue,
  Service,
  Admin
};
constexpr bool is_client(NodeKind k) { return k >= NodeKind::Producer; }

/// `state` of the state contract; fenced and isolated are separate flags, a running node may be both.
enum class NodeState : std::uint8_t { Starting, Running, Paused, Crashed, PoweredOff, ShuttingDown, Stopped, Killed };

/// Where a message belongs on the stage: its colour and its shape.
enum class Family : std::uint8_t { Produce, Consume, Replicate, Group, Transaction, Control, Metadata, ZooKeeper };
inline constexpr int kFamilies = 8;

/// What a replica is in truth. Zombie: believes it leads, and does not.
enum class ReplicaRole : std::uint8_t { Leader, Follower, OutOfIsr, Offline, Zombie, Joining, Leaving };

enum class VoterState : std::uint8_t {
  None,
  Leader,
  Follower,
  Candidate,
  Prospective,
  Voted,
  Unattached,
  Resigned,
  Observer
};

enum class ConfigSource : std::uint8_t { Default, Scenario, Live };

/// A time-out that runs down, with the key that sets it: `broker.session.timeout.ms = 9000 (default)`.
struct Timer {
  bool running = false;
  std::int64_t remaining_us = 0;  // 0 and running: it ran out, and nothing has put it back yet
  std::int64_t total_us = 0;
  std::string key;    // configuration key
  std::string value;  // as configured, "9000"
  ConfigSource source = ConfigSource::Default;
};

/// What one node thinks of one partition.
struct Belief {
  int partition = -1;
  int leader = -1;  // broker id
  std::int64_t leader_epoch = -1;
  std::vector<int> isr;  // empty: does not know
  bool differs = false;  // from the committed truth
};

/// One replica as listed on its broker's card.
struct Replica {
  int partition = -1;
  ReplicaRole role = ReplicaRole::Follower;
  std::int64_t leader_epoch = -1;  // that the replica has
  std::int64_t log_start_offset = 0;
  std::int64_t log_end_offset = 0;
  std::int64_t high_watermark = 0;
  std::int64_t behind = 0;  // records behind the leader's LEO
  double progress = 0;      // of a joining replica, 0…1
  std::string dir;          // log directory, when the broker has several
  bool eligible = false;    // in the ELR: not in sync, and may lead without loss (KIP-966)
};

/// One disk of a broker.
struct LogDir {
  bool online = true;
  bool failing = false;  // its writes fail; the broker may not have noticed yet
  bool slow = false;     // slower than the file says
  std::int64_t used_bytes = 0, capacity_bytes = 0;
  std::int64_t behind_us = 0;  // how long it would take to write what waits for it
};

/// What a node takes for true besides leaders, and what is.
struct BelievedFact {
  Words what;            // "active controller"
  std::string believes;  // empty: it knows none
  std::string truth;     // empty: there is none
  bool differs = false;
};

struct ConfigEntry {
  std::string key;
  std::string value;
  std::string default_value;
  ConfigSource source = ConfigSource::Default;
  bool dynamic = false;  // may change while it runs
  Words doc;
  bool at_start =
      false;  // not dynamic, but may be set now, and holds from the next start: a client's, those of a broker that is down
  bool pending = false;  // it was set since the process began, so that this value does not hold yet
};

struct Node {
  std::string name;  // "broker-1", "controller-2", "checkout"
  NodeKind kind = NodeKind::Broker;
  int id = -1;  // broker or controller id
  std::string rack;
  std::string host;
  NodeState state = NodeState::Running;
  bool fenced = false;
  bool isolated = false;
  bool removed = false;  // a broker that was taken out of the cluster: its place in the list stays, it stands nowhere
  bool active_controller = false;
  bool zombie_controller = false;  // ZooKeeper: takes itself for the controller, and is not
  bool session_over = false;       // ZooKeeper: a broker without its znode; fenced is true as well
  int incarnation = 1;
  std::int64_t epoch =
      -1;  // controllers: quorum epoch it knows; ZooKeeper servers: zxid epoch; a broker that is (or thinks it is) the controller: its epoch
  std::int64_t broker_epoch = -1;
  VoterState voter = VoterState::None;
  int voted_for = -1;                     // node index
  std::string zxid;                       // ZooKeeper servers: of their last transaction, "0x100000007"
  std::vector<int> votes_from;            // node indices: granted to this candidate
  std::vector<int> votes_asked;           // node indices: asked, not answered
  std::int64_t metadata_end_offset = -1;  // quorum log of a voter; what a broker has applied
  std::int64_t metadata_high_watermark = -1;
  std::int64_t clock_skew_us = 0;
  std::int64_t disk_used_bytes = 0, disk_unflushed_bytes = 0, disk_capacity_bytes = 0;
  int offline_dirs = 0;
  // KIP-73. A listed replica is held back only while it is out of the ISR: in sync, list and rate are a setting and no more.
  std::int64_t throttle_bytes_per_s = -1;      // of what it copies to or from others now; -1: nothing is held back
  std::int64_t throttle_set_bytes_per_s = -1;  // its rate, whatever it does now; -1: none is set
  bool throttle_listed = false;                // one of its replicas is listed
  std::vector<LogDir> dirs;                    // of a broker
  Words down_reason;  // why its process ended by itself: "no space left on the disk"; empty: somebody ended it
  std::int64_t next_check_us =
      -1;         // a broker whose session ran out: until the controller looks again, eight times per session
  Timer session;  // broker: as the controller counts it; consumer: as its coordinator does; voter: election
  std::string believes_controller;
  Words belief_note;                  // one line when it is stale: "still asks broker-1"
  std::vector<Replica> replicas;      // brokers, in topic order
  std::vector<Belief> beliefs;        // partitions it knows something about
  std::vector<Belief> as_controller;  // ZooKeeper: what the controller in it decides by, when that is not the truth
  std::vector<BelievedFact> believed;
};

/// A run of records in one replica's log that agree in epoch and in flags.
struct LogRun {
  std::int64_t base_offset = 0;
  std::int64_t last_offset = 0;
  std::int64_t leader_epoch = 0;
  bool flushed = true;
  bool control = false;    // transaction markers
  bool compacted = false;  // gap left by compaction
  bool tombstone = false;  // a key without a value: compaction deletes what the key had, later this too
  bool truncated =
      false;  // cut off lately; other records may stand at these offsets since. Behind all other runs; no epoch
  bool to_be_cut = false;           // not in the leader's log: will be cut off when it follows
  std::string transaction;          // transactional id, empty: none
  char transaction_state = 0;       // 'o' open, 'c' committed, 'a' aborted, 0 none
  std::vector<std::string> keys;    // of the records, from base_offset on; may be shorter or empty
  std::vector<std::string> values;  // their bytes where they are spelled out, likewise; most records only have a size
};

/// The copy of one partition on one broker.
struct ReplicaLog {
  int broker = -1;  // broker id
  int node = -1;
  ReplicaRole role = ReplicaRole::Follower;
  std::int64_t log_start_offset = 0;
  std::int64_t log_end_offset = 0;
  std::int64_t high_watermark = 0;
  std::int64_t flushed_offset = 0;
  std::vector<LogRun> runs;  // the tail: whatever of the last few hundred offsets exists; also what stands near a cut
  std::vector<std::pair<std::int64_t, std::int64_t>> epochs;  // leader-epoch cache: epoch, first offset
  std::vector<std::int64_t> segments;  // base offsets of its files, oldest first; the last one is being written
  Words note;                          // "cut off 14: 744 to 757"; not what can be counted
  bool eligible = false;               // in the ELR
};

/// A flag above a log: where a group has committed, where a consumer reads.
struct LogFlag {
  std::string who;
  std::int64_t offset = 0;
  bool position = false;  // a consumer's position; else a group's committed offset
};

/// Kafka's RecordState of a share group's record (KIP-932).
enum class ShareState : std::uint8_t { Available, Acquired, Acknowledged, Archived };

/// Records next to each other that a share group treats alike.
struct ShareRun {
  std::int64_t base_offset = 0;
  std::int64_t last_offset = 0;
  ShareState state = ShareState::Available;
  int deliveries = 0;  // how often they were handed out
  std::string member;  // client that holds the lock
  bool operator==(const ShareRun&) const = default;
};

/// A partition as one share group sees it, by its leader: [start, end) was handed out at least once, or lies between such records.
struct ShareStrip {
  std::string group;
  std::int64_t start = 0, end = 0;
  std::vector<ShareRun> runs;
};

struct Partition {
  std::string name;  // "orders-0"
  std::string topic;
  int index = 0;
  int leader = -1;  // broker id by committed metadata
  std::int64_t leader_epoch = 0;
  std::int64_t partition_epoch = 0;
  std::int64_t leader_since_us = 0;
  std::vector<int> replicas, isr, elr, adding, removing;
  int min_insync_replicas = 1;
  std::int64_t log_start_offset = 0;
  std::int64_t high_watermark = 0;
  std::int64_t last_stable_offset = 0;
  std::int64_t log_end_offset = 0;
  // While the high watermark is below the leader's log end: whom the leader waits for, by what they have told it. Or it has too few in sync to
  // go on, whether or not there are records to go on to (with acks=all alone there are none).
  std::vector<int> hw_waits_for;  // in-sync replicas that have not fetched beyond it
  std::vector<int>
      hw_waits_outside;  // the same, out of the ISR and still caught up (replica.lag.time.max.ms): it may come back
  std::int64_t hw_waits_us = 0;       // since the first of them was last caught up
  bool hw_waits_for_min_isr = false;  // KIP-966: no move below min.insync.replicas
  std::vector<ReplicaLog> logs;       // in assignment order
  std::vector<LogFlag> flags;
  std::vector<ShareStrip> shares;
};

struct GroupMember {
  std::string client;
  int node = -1;
  std::string member_id;
  std::string instance_id;
  bool joined = true;  // in the rebalance under way
  Timer awaited;       // when not joined: until when the coordinator waits
  Timer session;
  bool leader = false;
  std::int64_t epoch = -1;                          // newer protocol: the member's
  std::string state;                                // newer protocol: STABLE, UNREVOKED_PARTITIONS …
  bool classic = false;                             // newer protocol: it speaks the classic one in this group
  std::vector<int> partitions;                      // owned now
  std::vector<int> revoking;                        // asked to give up, not yet given up
  std::vector<int> pending;                         // will get next
  std::vector<std::pair<int, std::int64_t>> locks;  // share group: partition, records that are locked for it
};

/// What the leader of a partition keeps for a share group, between start and end offset.
struct ShareWindow {
  std::int64_t start = -1, end = -1;  // -1: no share group
  std::int64_t available = 0, acquired = 0, done = 0;
  std::int64_t most_deliveries = 0;  // of one that is not done
};

struct GroupPartition {
  int partition = -1;
  std::int64_t committed = -1;
  std::int64_t position = -1;
  std::int64_t lag = -1;           // -1: no commit yet
  std::vector<float> lag_history;  // last 30 s, evenly spaced, oldest first (app/lag_history.h)
  ShareWindow share;
};

struct Group {
  std::string id;
  std::string state;                // Kafka's word: Stable, PreparingRebalance …
  std::vector<std::string> states;  // all states of its protocol, in order
  std::string previous_state;
  Words reason;  // of the last transition
  std::int64_t state_since_us = 0;
  std::string protocol;  // classic, consumer, share
  std::string assignor;
  std::int64_t generation = 0;         // newer protocol: the group epoch
  std::int64_t assignment_epoch = -1;  // newer protocol: the group epoch its target is for
  int coordinator = -1;                // broker id
  std::string leader;                  // client id
  std::int64_t rebalances = 0;
  std::int64_t lag = -1;  // sum
  std::vector<GroupMember> members;
  std::vector<GroupPartition> partitions;
};

/// Batches of one partition that wait in a producer's accumulator.
struct QueuedBatches {
  int partition = -1;
  int batches = 0;
  std::int64_t records = 0, bytes = 0;
  bool open = false;  // the last one takes more records
  std::int64_t last_records = 0, last_bytes = 0,
               last_limit = 0;  // of the last one; its limit is batch.size, or what its first record needs
  std::int64_t waited_us = 0;   // the first one, since its first record or its last attempt: what linger.ms bounds
  int attempts = 0;             // of the first one
  std::int64_t backoff_us = 0;  // the first one waits so long yet before it is sent again
};

/// What a producer's process has that is not answered. Kafka: RecordAccumulator, BufferPool, InFlightRequests.
struct Accumulator {
  std::int64_t buffer_total = 0, buffer_used = 0;  // buffer.memory; 0: no producer, or its process has ended
  std::int64_t batch_size = 0, linger_us = 0, max_block_us = 0;  // as this process has them
  int max_in_flight = 0;
  std::vector<QueuedBatches> queues;           // by partition
  std::vector<std::pair<int, int>> in_flight;  // broker id, requests on its connection
  std::int64_t blocked_us = -1;                // send() has not returned for so long
  bool for_memory = false;                     // ... and waits for the buffer; else for metadata
};

/// A partition that a consumer has, where it stands there and what it holds of it.
struct AssignedPartition {
  int partition = -1;
  std::string fetch_state;  // Kafka's SubscriptionState.FetchStates; empty: of a share consumer
  std::int64_t position = -1, committed = -1;
  std::int64_t lag = -1, log_end_lag = -1;  // from the position to the leader's high watermark and log end
  std::int64_t buffered = 0;                // records fetched, not handed over by poll() yet
  bool paused = false;
  // Share consumers: locked for it by the leader; handed over and not worked on; done, and the leader has not heard of it yet.
  std::int64_t acquired = 0, in_hand = 0, to_acknowledge = 0;
};

struct Client {
  int node = -1;
  std::string group;           // empty: none
  Words fact;                  // the one line of its card: "acks=all, 20/s", "orders-0, orders-1"
  bool fact_is_doubt = false;  // "still asks broker-1", "waits for a leader"
  std::string acks;
  std::int64_t rate_per_s = 0;
  std::vector<int> topics_partitions;  // producers: partitions they write; consumers: assigned
  std::int64_t sent = 0, acked = 0, failed = 0, received = 0, processed = 0, in_flight = 0, waiting = 0;
  std::vector<std::pair<std::string, std::int64_t>> errors;
  std::vector<int> peers;  // nodes it talks to without Kafka: whom a service calls, a sender's queue, a queue's readers
  Accumulator accumulator;  // producers, transforms
  std::vector<AssignedPartition>
      assigned;  // consumers, share consumers, transforms: by partition; empty: nothing, or its process has ended
  std::vector<int> fetching;  // ids of the brokers that a Fetch of it is out to
  std::string transactional_id;
  std::string transaction_state;
  std::vector<int> transaction_partitions;
  bool producer_fenced = false;
  // Quotas: own or of all, -1: none; KIP-219: how long it is asked to wait from now on, how often and how long so far.
  std::int64_t produce_quota_bytes_per_s = -1, fetch_quota_bytes_per_s = -1;
  std::int64_t throttled_for_us = 0, throttles = 0, throttled_us = 0;
  std::string
      thrown;  // the exception its application was lately handed, beside the fact: RecordDeserializationException
  std::string refused;  // an authorization error it got lately, or at which it ended: GROUP_AUTHORIZATION_FAILED
  std::int64_t latency_p50_us = -1, latency_p99_us = -1;
};

/// A message that has been sent and has not arrived. `fraction` is the simulation's: (now - sent) / (arrives - sent).
struct Message {
  std::uint64_t id = 0;    // stable while it flies
  int from = -1, to = -1;  // node indices
  Family family = Family::Metadata;
  bool response = false;
  bool held = false;     // kept back by a `hold`
  bool blocked = false;  // a cut lies in its way: waits, or is lost
  std::int64_t sent_us = 0;
  std::int64_t arrives_us = 0;  // -1 while held or blocked
  float fraction = 0;
  std::string api;     // "Produce", "Fetch", "Heartbeat" …
  std::string error;   // of a response, empty: none
  int partition = -1;  // that it is about, when it is one
  int records = 0;
  std::int64_t epoch = -1;
  Words about;  // when partition and records do not say it: "orders-0 led by 2, e3"
};

/// A message that fell on its way a moment ago.
struct LostMessage {
  int from = -1, to = -1;
  Family family = Family::Metadata;
  bool response = false;
  std::int64_t lost_us = 0;
  float fraction = 0.5f;
};

/// What is special about the way between two nodes. Ordinary ways are not listed.
struct Link {
  int a = -1, b = -1;
  bool cut = false;              // nothing passes
  bool one_way = false;          // only from a to b is hindered
  bool wall = false;             // part of a network partition: drawn as one wall
  std::int64_t latency_us = -1;  // slowed to this, -1: ordinary
  double loss = 0;
  bool broken = false;  // connection reset or refused lately, the peer is dead
};

struct FateCounts {
  std::int64_t produced = 0, acked = 0, failed = 0, in_doubt = 0, pending = 0;
  std::int64_t lost_acked = 0, lost_unacked = 0, duplicated = 0, reordered = 0;
  std::int64_t delivered = 0, redelivered = 0, skipped = 0, aborted_visible = 0, before_group = 0;
};

struct Ledger {
  FateCounts all;
  std::vector<std::pair<std::string, FateCounts>> by_client, by_group;
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

struct QuorumRecord {
  std::int64_t offset = 0;
  std::int64_t epoch = 0;
  std::string type;  // PartitionChangeRecord …
  Words words;       // "orders-0: leader 2, e3"
  bool flushed = true;
};

/// The metadata log of one voter (the tail). Of a ZooKeeper server its transactions: offsets are zxids, the high watermark is what it has applied.
struct VoterLog {
  int node = -1;
  std::int64_t log_start_offset = 0, log_end_offset = 0, high_watermark = 0;
  std::vector<QuorumRecord> tail;
  std::vector<std::int64_t> snapshots;  // each of everything below that offset, oldest first
};

/// What the active controller has before it. KRaft: records that are not committed, and answers that wait for it. ZooKeeper: its one queue of
/// events, the first being processed, and the orders that brokers have not answered.
struct ControllerWork {
  int node = -1;                                     // -1: nobody is active
  std::vector<std::string> waiting;                  // the first few, by Kafka's names
  std::int64_t count = 0;                            // of all that wait
  std::int64_t uncommitted = 0;                      // KRaft: records written
  std::int64_t reads = 0;                            // ZooKeeper: answers that the first event waits for
  std::vector<std::pair<int, std::int64_t>> orders;  // ZooKeeper: broker id, requests for it
};

struct Znode {
  std::string path;
  std::string data;
  std::string brief;  // what it says in a few words, where the data is one of Kafka's JSONs; empty: as the data
  int version = 0;
  std::string ephemeral_owner;  // empty: persistent
  std::int64_t session_remaining_us = -1, session_total_us = -1;
  bool written_lately = false, vanished_lately = false, watched = false;
  std::int64_t more = 0;  // not a znode, but so many siblings that are left out
};

/// A session at the ZooKeeper ensemble.
struct ZkSession {
  std::string owner;   // "broker-2"; unknown: the session's id
  std::string server;  // that it is connected to; empty: none
  int node = -1;       // of the owner
  Timer left;          // as the leader counts; not running: there is no leader
  int ephemerals = 0;
};

/// A watch that fired a moment ago.
struct FiredWatch {
  std::string path;
  std::string event;  // "NodeDeleted"
  std::string who;
  std::int64_t at_us = 0;
};

struct Metric {
  Words name;
  std::string mbean;
  double before = 0, now = 0;
  bool worse = false;
  std::vector<float> history;
  float top = 0;  // of its graph, where several are to be compared; 0: the most there was
};

/// Configuration and facts of the one selected thing.
struct Inspected {
  std::string what;  // node, topic or partition name
  std::vector<ConfigEntry> config;
};

struct Snapshot {
  std::int64_t time_us = 0;
  std::uint64_t event = 0;  // number of events executed
  std::uint64_t seed = 0;
  std::string kafka_version;       // "4.1"
  std::string metadata = "kraft";  // or "zookeeper"
  std::int64_t controller_epoch = -1;
  std::int64_t metrics_before_us = -1;  // to when `before` of the metrics belongs
  std::vector<Node> nodes;  // controllers (or ZooKeeper servers), brokers, clients; each in id or file order
  std::vector<Partition> partitions;
  std::vector<Group> groups;
  std::vector<Client> clients;
  std::vector<Message> messages;
  std::vector<LostMessage> lost;
  std::vector<Link> links;
  std::vector<LeaderChange> leader_changes;  // the last few, oldest first
  Ledger ledger;
  std::vector<InvariantViolation> violations;
  int invariants_checked = 0;
  PendingEvent next;
  std::int64_t quorum_high_watermark = -1;
  std::vector<VoterLog> voters;
  ControllerWork work;
  bool authorizer = false;        // somebody asks for permission
  std::vector<std::string> acls;  // "User:hr Write topic:salary allow"
  std::vector<Znode> znodes;
  std::int64_t znode_count = 0, watch_count = 0;  // all of them
  std::vector<ZkSession> sessions;
  std::vector<FiredWatch> fired_watches;  // the last few, newest first
  std::vector<Metric> metrics;
  Inspected inspected;
};

}  // namespace kafkascope::observe
