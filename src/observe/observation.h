// All observers of one world: trace store, ledger, invariants, counters. They read and never change the run. A value, copied with
// the world at a checkpoint; the copy must be bound to the copied cluster.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "cluster/cluster.h"
#include "observe/exception_texts.h"
#include "observe/judge/invariants/invariants.h"
#include "observe/judge/ledger.h"
#include "observe/judge/lineage.h"
#include "observe/judge/sinks.h"
#include "observe/judge/world_view.h"
#include "observe/member_lines.h"
#include "observe/time/crossings.h"
#include "observe/time/request_waits.h"
#include "observe/time/trace_store.h"
#include "protocol/errors.h"
#include "protocol/reasons.h"

namespace kafkascope::observe {

class Observation;
class TraceWriter;

/// The value of a setting; "": a configuration of that kind and version has none of that key.
std::string setting_or_none(const protocol::Config& config, std::string_view key);

/// The world as observers see it.
class ClusterView final : public WorldView, public TraceNames {
 public:
  explicit ClusterView(const cluster::Cluster& cluster, const Observation* seen = nullptr)
      : cluster_(cluster), seen_(seen) {}

  const storage::PartitionLog* leader_log(TopicPartition p) const override { return cluster_.leader_log(p); }
  bool deleted(TopicPartition p) const override;
  void for_each_under_way(const std::function<void(const protocol::RecordBatch&)>& visit) const override;
  void for_each_in_hand(const InHand& visit) const override;
  void for_each_position(const Position& visit) const override;
  bool reads_committed(const std::string& group) const override;
  const protocol::MetadataImage& committed() const override { return cluster_.committed(); }
  const storage::PartitionLog* log(BrokerId broker, TopicPartition p) const override { return cluster_.log(broker, p); }
  IdList maximal_isr(BrokerId broker, TopicPartition p) const override;
  int effective_min_isr(BrokerId broker, TopicPartition p) const override;
  BrokerId broker_at(sim::NodeId node) const override;
  bool has_joined(BrokerId broker) const override { return cluster_.has_joined(broker); }
  sim::Duration clock_skew(sim::NodeId node) const override { return cluster_.clock_skew(node); }
  const raft::QuorumNode* voter_at(sim::NodeId node) const override;
  const raft::QuorumNode* quorum_log(sim::NodeId node) const override;
  bool unclean_election_enabled(TopicPartition p) const override { return cluster_.unclean_election_enabled(p); }
  std::vector<const raft::QuorumNode*> voters() const override;
  std::string node(sim::NodeId node) const override { return node.valid() ? cluster_.info(node).name : std::string(); }
  std::string topic(protocol::TopicId topic) const override { return cluster_.topic_name(topic); }
  bool knows_topic(protocol::TopicId topic) const override { return topic < cluster_.committed().next_topic_id(); }
  bool has_epochs(const sim::TraceLine& line) const override;
  bool by_poll_timeout(const sim::TraceLine& line) const override;
  std::string limit_behind(const sim::TraceLine& line) const override;
  std::string server_setting(std::string_view key) const override;

 private:
  const cluster::Cluster& cluster_;
  const Observation* seen_;  // null: facts that only the observation has are left out
};

struct Counters {
  std::int64_t elections = 0, rebalances = 0, isr_shrinks = 0, isr_expands = 0, truncations = 0, bytes_sent = 0;
  std::array<std::int64_t, 256> requests{};  // by trace code; requests only
};

struct LeadershipMove {
  sim::Instant at;
  TopicPartition partition;
  BrokerId from = -1, to = -1;
  std::int64_t leader_epoch = 0;
};

/// Records that are no longer in one replica's log.
struct LogCut {
  enum class Why : std::uint8_t {
    CutOff,   // they diverged from the leader's log
    Lost,     // they were not on the disk when the power failed; known only after the next start
    Deleted,  // retention or DeleteRecords moved the log's start
    Moved     // the broker deleted the whole log: it has no replica of the partition any more
  };
  sim::Instant at;
  TopicPartition partition;
  BrokerId broker = -1;
  Why why = Why::CutOff;
  std::int64_t from = 0, end = 0;  // offsets from `from` up to `end`, exclusive
};

/// A recent event at a ZooKeeper ensemble: a znode that changed, a watch that fired.
struct ZnodeEvent {
  sim::Instant at;
  protocol::ZkEventType type = protocol::ZkEventType::NodeCreated;
  sim::NodeId told;  // for a watch: the client that was notified
  sim::Text path;
};

/// The last authorization error that a client received.
struct Refusal {
  sim::Instant at;
  protocol::ErrorCode error = protocol::ErrorCode::NONE;
};

/// A batch that a leader recognized: its producer has sent it before.
struct RecognizedBatch {
  sim::Instant at;
  TopicPartition partition;
  protocol::Offset base_offset;  // of the copy that was in the log
  protocol::ProducerId producer_id = protocol::kNoProducerId;
  std::int32_t base_sequence = -1;
};

/// The last exception passed to a client's application.
struct Thrown {
  sim::Instant at;
  std::string exception;  // Kafka's class
};

/// A row of the response to an administrative action.
struct CommandAnswer {
  sim::Instant at;
  sim::NodeId by;
  protocol::ErrorCode error = protocol::ErrorCode::NONE;
  std::uint64_t call = 0;      // number of the client's action
  std::int64_t rows_left = 0;  // 0: this is the last row
  std::string message, message_ko;
};

/// A command with all its fields; the trace has only its words.
struct NumberedCommand {
  std::uint64_t number = 0;  // of fact::Command
  cluster::Command command;
};

/// Whether an act was carried out; always recorded. What became of it later: observe/model/acts.h.
struct ActTaken {
  std::uint64_t number = 0;  // of fact::Command
  int step = -1;             // the step's position in Scenario::steps; -1: an act by hand, or a client's start
  sim::Instant at;
  cluster::Verb verb{};
  std::string node;  // the first node that the act affects
  bool done = true;
  words::Message refused;  // why it was not done
  std::uint64_t call = 0;  // of an administrative act: its answer is a CommandAnswer of `by`
  sim::NodeId by;
  std::int32_t asked = -1;  // of an act on a producer: index in CallLog::asked()
};

/// A message that an order to lose or hold messages has stopped.
struct StoppedMessage {
  std::uint64_t order = 0;  // seq of the line of the command that gave the order
  std::uint64_t seq = 0;    // of the last line before
};

class Observation final : public sim::Observer<protocol::Message, protocol::TraceSubject> {
 public:
  /// Observes this cluster from now on. Call again after either was copied or moved.
  void bind(cluster::Cluster& cluster);

  /// Writes every line from now on; not owned, nullptr stops.
  void write_to(TraceWriter* writer) { writer_ = writer; }
  TraceStore& trace() { return trace_; }
  const TraceStore& trace() const { return trace_; }
  /// Messages that have ended, if the trace is stored.
  const Crossings& crossings() const { return crossings_; }
  RecordLedger& ledger() { return ledger_; }
  const RecordLedger& ledger() const { return ledger_; }
  const Lineage& lineage() const { return lineage_; }
  const Invariants& invariants() const { return invariants_; }
  Invariants& invariants() { return invariants_; }
  const Counters& counters() const { return counters_; }
  const Sinks& sinks() const { return sinks_; }
  const std::vector<LeadershipMove>& leader_changes() const { return leader_changes_; }
  const std::vector<LogCut>& cuts() const { return cuts_; }
  /// The most recent ones, oldest first.
  const std::vector<ZnodeEvent>& znode_changes() const { return znode_changes_; }
  const std::vector<ZnodeEvent>& watches_fired() const { return watches_fired_; }
  /// By client node; excluding clients that have restarted since.
  const std::map<std::int32_t, Refusal>& refusals() const { return refusals_; }
  const RequestWaits& request_waits() const { return request_waits_; }
  /// Those of the last second at least, oldest first; some may be older.
  const std::vector<RecognizedBatch>& recognized() const { return recognized_; }
  /// By node: why its last log directory went offline; excluding brokers that have restarted since.
  const std::map<std::int32_t, fact::DirFailureReason>& dir_failures() const { return dir_failures_; }
  /// By client node: the last exception of its application; excluding clients that have restarted since, and a rebalance that is over
  /// for the member.
  const std::map<std::int32_t, Thrown>& thrown() const { return thrown_; }
  const ExceptionTexts& exception_texts() const { return exception_texts_; }
  const MemberLines& member_lines() const { return member_lines_; }
  /// A person has moved the group's offsets (commit, seek): they may decrease from now on.
  void excuse_group_of(sim::NodeId client);
  const std::vector<CommandAnswer>& command_answers() const { return command_answers_; }
  /// The commands behind the trace's lines, by number; recorded only while the trace is stored.
  const sim::AppendList<std::shared_ptr<const NumberedCommand>>& commands() const { return commands_; }
  void note_act(std::uint64_t number, const cluster::Command& command, const cluster::Outcome& outcome, sim::Instant at,
                int step);
  const sim::AppendList<ActTaken>& acts_taken() const { return acts_taken_; }
  /// The messages that orders to lose or hold messages have stopped, oldest first; recorded only while the trace is stored.
  const sim::AppendList<StoppedMessage>& stopped_messages() const { return stopped_messages_; }
  /// Records acknowledged (producers) or received (consumers) in the last full simulated second.
  std::int64_t records_per_s(sim::NodeId node, sim::Instant now) const;
  std::int64_t rebalances_of(const std::string& group) const;
  /// Grows with every line that a role or a command emits; committed metadata, logs and groups do not change without
  /// one.
  std::uint64_t lines() const { return lines_; }

  void on_event_executed(const sim::Executed& event, const protocol::Message* message) override;
  void on_trace(const sim::TraceLine& line, const protocol::TraceSubject* subject) override;
  void on_message_stopped(std::uint64_t order, std::uint64_t seq) override;

 private:
  /// For a line message.delivered or message.lost: remembers when its message was sent, and adds a lost message.
  void note_end(const sim::TraceLine& line);
  /// `line`: message.delivered or message.lost.
  void add_crossing(const sim::TraceLine& line, std::int64_t sent_us, const protocol::Message& message);
  /// Registers the names of producers and consumers for nodes that are not known yet.
  void introduce();

  cluster::Cluster* cluster_ = nullptr;  // of the same checkpoint; bind() sets it
  std::size_t introduced_ = 0;           // number of the cluster's nodes already known
  TraceStore trace_;
  Crossings crossings_;
  sim::TraceLine arrival_;            // of the message that is being delivered
  std::int64_t arrival_sent_us_ = 0;  // when it was sent
  TraceWriter* writer_ = nullptr;
  RecordLedger ledger_;
  Lineage lineage_;
  RequestWaits request_waits_;
  Invariants invariants_;
  Counters counters_;
  Sinks sinks_;
  struct RateMeter {
    std::int64_t second = 0, current = 0, previous = 0;
  };
  void count_records(sim::NodeId node, sim::Instant at, std::int64_t records);
  std::map<std::string, std::int64_t> rebalances_;
  std::vector<RateMeter> meters_;  // by node
  std::vector<LeadershipMove> leader_changes_;
  std::vector<LogCut> cuts_;
  std::vector<ZnodeEvent> znode_changes_, watches_fired_;
  std::vector<CommandAnswer> command_answers_;
  sim::AppendList<std::shared_ptr<const NumberedCommand>> commands_;
  sim::AppendList<ActTaken> acts_taken_;
  sim::AppendList<StoppedMessage> stopped_messages_;
  std::map<std::int32_t, Refusal> refusals_;
  std::vector<RecognizedBatch> recognized_;
  std::map<std::int32_t, fact::DirFailureReason> dir_failures_;
  std::map<std::int32_t, Thrown> thrown_;
  ExceptionTexts exception_texts_;
  MemberLines member_lines_;
  std::uint64_t lines_ = 0;
};

}  // namespace kafkascope::observe
