// What a snapshot says about nodes and about what servers hold: partitions and their logs, the quorum's log, znodes.
// See observe/model/snapshot.h.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "observe/model/node_state.h"
#include "observe/model/standing.h"
#include "observe/words/bilingual.h"
#include "protocol/ids.h"
#include "words/key.h"

namespace kafkascope::observe {

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

/// A replica's actual role. Zombie: it believes that it leads, but does not.
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

/// A running timeout, with its configuration key: `broker.session.timeout.ms = 9000 (default)`.
struct Timer {
  bool running = false;
  std::int64_t remaining_us = 0;  // 0 while running: it has expired and has not been reset
  std::int64_t total_us = 0;
  std::string key;    // configuration key
  std::string value;  // as configured, "9000"
  ConfigSource source = ConfigSource::Default;
  bool routine = false;       // nothing fails when it ends: linger.ms, auto.commit.interval.ms
  words::Key end = {};        // what happens when it ends, if the setting alone does not say
  std::int64_t check_us = 0;  // how often its server looks whether it has ended, if timer_end tells of that
};

/// What happens when it ends, in a few words: "then the batch is sent". Empty: no timer has its setting.
Words timer_end(const Timer& timer);

/// Whether the timer is worth showing: a third of it has passed. Most timers end early, with a request's response.
inline bool matters(const Timer& t) { return t.running && 3 * t.remaining_us <= 2 * t.total_us; }

/// One node's view of one partition.
struct Belief {
  int partition = -1;
  int leader = -1;  // broker id
  std::int64_t leader_epoch = -1;
  protocol::IdList isr;  // empty: unknown to the node
  bool differs = false;  // from the committed state
};

/// One replica as listed on its broker's card.
struct Replica {
  int partition = -1;
  ReplicaRole role = ReplicaRole::Follower;
  std::int64_t leader_epoch = -1;  // the replica's own
  std::int64_t log_start_offset = 0;
  std::int64_t log_end_offset = 0;
  std::int64_t high_watermark = 0;
  std::int64_t behind = 0;  // records behind the leader's LEO
  double progress = 0;      // of a joining replica, 0…1
  std::string dir;          // log directory, when the broker has several
  bool eligible = false;    // in the ELR: not in sync, but may lead without loss (KIP-966)
};

/// One disk of a broker.
struct LogDir {
  bool online = true;
  bool failing = false;  // writes fail; the broker may not have noticed yet
  bool slow = false;     // slower than configured in the file
  std::int64_t used_bytes = 0, capacity_bytes = 0;
  std::int64_t behind_us = 0;  // time to write the dirty bytes
};

/// A node's view of something other than a leader, with the actual value.
struct BelievedFact {
  Words what;            // "active controller"
  std::string believes;  // empty: the node knows none
  std::string truth;     // empty: there is none
  bool differs = false;
};

struct ConfigEntry {
  std::string key;
  std::string value;
  std::string default_value;
  ConfigSource source = ConfigSource::Default;
  bool dynamic = false;  // may be changed while the node runs
  Words doc;
  bool at_start =
      false;  // not dynamic, but may be set now for the next start: a client's, or those of a broker that is down
  bool pending = false;  // set since the process started, so this value does not apply yet
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
  bool removed = false;  // a broker removed from the cluster: it keeps its place in the list and is not drawn
  bool active_controller = false;
  bool zombie_controller = false;  // ZooKeeper: believes that it is the controller, but is not
  bool session_over = false;       // ZooKeeper: a broker without its znode; fenced is true as well
  bool outside_group = false;      // a client that runs and subscribes, but is not a member of its group
  int incarnation = 1;
  std::int64_t epoch =
      -1;  // controllers: known quorum epoch; ZooKeeper servers: zxid epoch; a broker that is (or believes it is) the controller: its epoch
  bool misleads_clients = false;  // its address for clients is 127.0.0.1 (advertised.listeners)
  std::int64_t broker_epoch = -1;
  VoterState voter = VoterState::None;
  int voted_for = -1;                     // node index
  std::string zxid;                       // ZooKeeper servers: the last transaction's, "0x100000007"
  std::vector<int> votes_from;            // node indices: voters that granted this candidate their vote
  std::vector<int> votes_asked;           // node indices: asked, no response yet
  std::int64_t metadata_end_offset = -1;  // quorum log of a voter; the metadata a broker has applied
  std::int64_t metadata_high_watermark = -1;
  std::int64_t clock_skew_us = 0;
  std::int64_t disk_used_bytes = 0, disk_unflushed_bytes = 0, disk_capacity_bytes = 0;
  int offline_dirs = 0;
  // KIP-73. A listed replica is throttled only while it is out of the ISR; in sync, the list and the rate have no
  // effect.
  std::int64_t throttle_bytes_per_s = -1;      // for copying to or from others now; -1: not throttled
  std::int64_t throttle_set_bytes_per_s = -1;  // the configured rate, whether or not it applies now; -1: none
  bool throttle_listed = false;                // one of its replicas is in the list
  std::vector<LogDir> dirs;                    // a broker's directories
  Words down_reason;  // why its process ended by itself: "no space left on the disk"; empty: it was ended from outside
  std::int64_t next_check_us =
      -1;         // a broker whose session expired: time until the controller's next check, eight per session
  Timer session;  // broker: as counted by the controller; consumer: by its coordinator; voter: its election timeout
  std::string believes_controller;
  /// Followers in the ISR for which at least a third of replica.lag.time.max.ms has passed, as their leaders count;
  /// each with its partition.
  std::vector<std::pair<int, Timer>> lagging;
  Words belief_note;                  // one line about a stale belief: "still asks broker-1"
  int believed_leader = -1;           // that broker's id
  std::vector<Replica> replicas;      // brokers, in topic order
  std::vector<Belief> beliefs;        // partitions that the node knows
  std::vector<Belief> as_controller;  // ZooKeeper: the hosted controller's view of partitions, where it is not
                                      // accurate
  std::vector<BelievedFact> believed;

  bool down() const { return is_down(state); }
};

/// Consecutive records in one replica's log with the same epoch and flags.
struct LogRun {
  std::int64_t base_offset = 0;
  std::int64_t last_offset = 0;
  std::int64_t leader_epoch = 0;
  bool flushed = true;
  bool control = false;    // transaction markers
  bool compacted = false;  // gap left by compaction
  bool tombstone = false;  // a key without a value: compaction deletes the key's older records, and later this one
  bool truncated =
      false;  // truncated recently; other records may have these offsets now. After all other runs; without an epoch
  bool lost = false;                // truncated, because it was not flushed when the power failed
  bool deleted = false;             // before the log's start, deleted recently; after all other runs, without an epoch
  bool to_be_cut = false;           // not in the leader's log: will be truncated when the replica follows
  std::string transaction;          // transactional id, empty: none
  char transaction_state = 0;       // 'o' open, 'c' committed, 'a' aborted, 0 none
  std::vector<std::string> keys;    // the records' keys from base_offset on; may be shorter or empty
  std::vector<std::string> values;  // the records' stored values, likewise; most records only have a size
};

/// One broker's copy of a partition.
struct ReplicaLog {
  int broker = -1;  // broker id
  int node = -1;
  ReplicaRole role = ReplicaRole::Follower;
  std::int64_t log_start_offset = 0;
  std::int64_t log_end_offset = 0;
  std::int64_t high_watermark = 0;
  std::int64_t flushed_offset = 0;
  std::vector<LogRun> runs;  // the tail: the existing ones of the last few hundred offsets, and those near a truncation
  std::vector<std::pair<std::int64_t, std::int64_t>> epochs;  // leader-epoch cache: epoch, first offset
  std::vector<std::int64_t> segments;  // base offsets of its files, oldest first; the last one is active
  Words note;                          // "cut off 14: 744 to 757"; only what the numbers do not show
  Words note_brief;                    // "cut off 14", for where it does not fit; empty: there is none
  bool made_good = false;              // the records lost in the power failure have been copied again from the leader
  bool eligible = false;               // in the ELR
};

/// A flag above a log: a group's committed offset, or a consumer's position.
struct LogFlag {
  std::string who;
  std::int64_t offset = 0;
  bool position = false;  // a consumer's position; otherwise a group's committed offset
};

/// Kafka's RecordState of a share group's record (KIP-932).
enum class ShareState : std::uint8_t { Available, Acquired, Acknowledged, Archived };

/// Adjacent records in the same state for a share group.
struct ShareRun {
  std::int64_t base_offset = 0;
  std::int64_t last_offset = 0;
  ShareState state = ShareState::Available;
  int deliveries = 0;  // number of deliveries
  std::string member;  // client that holds the lock
  bool operator==(const ShareRun&) const = default;
};

/// The leader's state of a partition for a share group: each record in [start, end) was acquired at least once, or lies
/// between such records. Before `start`, as ghosts, are the shown records that the group has archived; the leader no
/// longer keeps their state.
struct ShareStrip {
  std::string group;
  std::int64_t start = 0, end = 0;
  std::vector<ShareRun> runs;
  std::int64_t archived = 0;  // how many ghosts
};

/// A batch that its idempotent producer has sent twice: the leader knows its producer id and sequence number, so it is not written again.
struct KnownBatch {
  std::int64_t base_offset = 0, last_offset = 0;  // of the copy that is in the log
  std::int64_t producer_id = -1, sequence = -1;
  std::int64_t at_us = 0;  // when the leader recognized it
};

/// A record that stands in the log a second time, or more often.
struct RepeatedRecord {
  std::int64_t offset = -1;
  std::int64_t copy_of = -1;  // where it stands first; -1: far back, or no longer in the log
  int copy = 2;               // the second, the third one …
  bool operator==(const RepeatedRecord&) const = default;
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
  // Set while the high watermark is below the leader's log end: the replicas that the leader waits for, as far as it
  // knows. Also set while too few replicas are in sync, even if no records are above the high watermark (as with
  // acks=all producers only).
  std::vector<int> hw_waits_for;  // in-sync replicas that have not fetched beyond the high watermark
  std::vector<int>
      hw_waits_outside;  // the same, out of the ISR but still caught up (replica.lag.time.max.ms): they may rejoin
  std::int64_t hw_waits_us = 0;       // since the first of them was last caught up
  bool hw_waits_for_min_isr = false;  // KIP-966: the high watermark does not move below min.insync.replicas
  std::vector<ReplicaLog> logs;       // in assignment order
  std::vector<LogFlag> flags;
  std::vector<std::int64_t> skipped;     // offsets that a group has committed past without processing them; ascending
  std::vector<RepeatedRecord> repeated;  // of the leader's log, as far as it is shown; ascending
  std::vector<KnownBatch> known;         // in the last second; oldest first
  std::vector<int> moved_from;           // brokers that have deleted their replica lately; ascending
  std::vector<ShareStrip> shares;
  std::int64_t records_per_s = -1;  // replicated lately; -1: not known yet (app/lag_history.h)

  /// According to the committed metadata, which may name a leader that is down.
  Standing standing() const {
    return {leader >= 0, static_cast<int>(replicas.size() - adding.size()), static_cast<int>(isr.size()),
            min_insync_replicas};
  }
};

struct QuorumRecord {
  std::int64_t offset = 0;
  std::int64_t epoch = 0;
  std::string type;  // PartitionChangeRecord …
  Words words;       // "orders-0: leader 2, e3"
  bool flushed = true;
};

/// The metadata log of one voter (the tail). For a ZooKeeper server its transactions: offsets are zxids, the high watermark is the last
/// applied one.
struct VoterLog {
  int node = -1;
  std::int64_t log_start_offset = 0, log_end_offset = 0, high_watermark = 0;
  std::vector<QuorumRecord> tail;
  std::vector<std::int64_t> snapshots;  // end offsets of the snapshots, oldest first
};

/// The active controller's pending work. KRaft: uncommitted records, and responses that wait for their commit. ZooKeeper: its queue of
/// events, the first being processed, and the requests that brokers have not answered.
struct ControllerWork {
  int node = -1;                                     // -1: no controller is active
  std::vector<std::string> waiting;                  // the first few, by Kafka's names
  std::int64_t count = 0;                            // of all waiting ones
  std::int64_t uncommitted = 0;                      // KRaft: uncommitted records
  std::int64_t reads = 0;                            // ZooKeeper: results that the first event waits for
  std::vector<std::pair<int, std::int64_t>> orders;  // ZooKeeper: broker id, unanswered requests to it
  std::int64_t written_from = -1, written = 0;       // KRaft: the newest records that the log got in one write
};

struct Znode {
  std::string path;
  std::string data;
  std::string brief;  // a short form, if the data is one of Kafka's JSONs; empty: show the data
  int version = 0;
  std::string ephemeral_owner;  // empty: persistent
  std::int64_t session_remaining_us = -1, session_total_us = -1;
  bool written_lately = false, vanished_lately = false, watched = false;
  std::int64_t more = 0;  // not a znode: the number of siblings left out here
};

/// A session at the ZooKeeper ensemble.
struct ZkSession {
  std::string owner;   // "broker-2"; the session's id if unknown
  std::string server;  // the server it is connected to; empty: none
  int node = -1;       // the owner's node
  Timer left;          // as counted by the leader; not running: there is no leader
  int ephemerals = 0;
};

/// A watch that fired a moment ago.
struct FiredWatch {
  std::string path;
  std::string event;  // "NodeDeleted"
  std::string who;
  std::int64_t at_us = 0;
};

}  // namespace kafkascope::observe
