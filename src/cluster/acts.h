// The fields of the verbs without a file of their own: one struct per verb, or per family of verbs with the same
// fields. Plain data with the defaults of docs/scenario-format.md. Command holds one of them; verb_table.cpp describes
// their members.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cluster/command.h"
#include "protocol/acl.h"
#include "protocol/config.h"
#include "protocol/serdes.h"
#include "sim/time.h"

namespace kafkascope::cluster {

/// The limit on the number of partitions, summed over all topics.
inline constexpr std::int64_t kMostPartitions = 200'000;

enum class MessageSide : std::uint8_t { Any, Request, Response };

/// A record of a `produce` step. An absent key or value is null.
struct RecordSpec {
  std::optional<protocol::Plain> key, value;
  std::string topic;                      // "": the producer's own topic
  std::optional<std::int32_t> partition;  // absent: the partitioner chooses
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::int64_t> timestamp_ms;
  friend bool operator==(const RecordSpec&, const RecordSpec&) = default;
};

/// The position to which seek or reset_offsets moves.
struct PositionSpec {
  enum class Kind : std::uint8_t { Offset, Beginning, End, Timestamp };
  Kind kind = Kind::Offset;
  std::int64_t value = 0;  // an offset, or ms of the wall clock
  friend bool operator==(const PositionSpec&, const PositionSpec&) = default;
};

/// Entries of a configuration, values in Kafka's spelling; nullopt restores the default.
using ConfigEntries = std::vector<std::pair<std::string, std::optional<std::string>>>;
/// Broker ids per partition, preferred leader first.
using Assignments = std::map<std::int32_t, std::vector<std::int32_t>>;

namespace act {

// Processes and machines.

struct Restart {
  ConfigEntries config;  // lines of its properties that were edited meanwhile
  friend bool operator==(const Restart&, const Restart&) = default;
};

// The network.

struct Partition {  // also heal
  std::vector<NodeRef> from, to;
  bool one_way = false;
  friend bool operator==(const Partition&, const Partition&) = default;
};

struct Link {
  std::vector<NodeRef> from, to;
  bool one_way = false;
  std::optional<LatencySpec> latency;
  std::optional<std::int64_t> bandwidth_bytes_per_s, loss_ppm;
  friend bool operator==(const Link&, const Link&) = default;
};

struct Messages {                 // lose, hold, release
  std::vector<NodeRef> from, to;  // sender and receiver; empty: any
  std::string api;                // Kafka's name ("Fetch"); "": any
  MessageSide what = MessageSide::Any;
  std::optional<std::int64_t> count;  // absent: all messages
  friend bool operator==(const Messages&, const Messages&) = default;
};

struct Answer {
  std::vector<NodeRef> from;  // the client; empty: any
  std::string api;
  std::string error;                  // the error code's name
  std::optional<std::int64_t> count;  // absent: all requests
  friend bool operator==(const Answer&, const Answer&) = default;
};

struct Deliver {
  std::string event;  // the pending event's key
  friend bool operator==(const Deliver&, const Deliver&) = default;
};

// Disks and clocks.

struct Disk {
  std::optional<std::int32_t> dir;  // absent: all log directories
  std::optional<std::int64_t> write_bytes_per_s;
  std::optional<sim::Duration> flush;
  std::optional<std::int64_t> capacity_bytes;
  std::optional<bool> fail;
  friend bool operator==(const Disk&, const Disk&) = default;
};

struct WipeDisk {
  std::optional<std::int32_t> dir;
  friend bool operator==(const WipeDisk&, const WipeDisk&) = default;
};

struct SkewClock {
  sim::Duration by{0};  // may be negative
  friend bool operator==(const SkewClock&, const SkewClock&) = default;
};

// Administration.

struct CreateTopic {
  std::string topic;
  std::optional<std::int32_t> partition_count, replication_factor;
  Assignments assignments;
  ConfigEntries config;
  friend bool operator==(const CreateTopic&, const CreateTopic&) = default;
};

struct DeleteTopic {
  std::string topic;
  friend bool operator==(const DeleteTopic&, const DeleteTopic&) = default;
};

struct DeleteRecords {
  std::optional<PartitionName> partition;
  std::optional<std::int64_t> before;  // an offset; -1: the high watermark
  friend bool operator==(const DeleteRecords&, const DeleteRecords&) = default;
};

struct AddPartitions {
  std::string topic;
  std::optional<std::int32_t> partition_count;  // the new total
  Assignments assignments;
  friend bool operator==(const AddPartitions&, const AddPartitions&) = default;
};

struct Configure {  // of a topic, a group, the nodes named by `node`, or all brokers
  std::string topic, group;
  ConfigEntries config;
  friend bool operator==(const Configure&, const Configure&) = default;
};

struct Feature {
  std::string name;
  std::int32_t level = 0;
  friend bool operator==(const Feature&, const Feature&) = default;
};

struct Reassign {
  std::string topic;
  std::optional<PartitionName> partition;
  std::vector<std::int32_t> replicas, brokers;
  bool all = false, cancel = false;
  std::optional<std::int64_t> throttle_bytes_per_s;
  friend bool operator==(const Reassign&, const Reassign&) = default;
};

struct ElectLeaders {
  std::vector<PartitionName> partitions;  // empty: all
  bool unclean = false;
  friend bool operator==(const ElectLeaders&, const ElectLeaders&) = default;
};

struct AddBroker {
  std::optional<std::int32_t> id;
  std::string rack, host;
  ConfigEntries config;
  friend bool operator==(const AddBroker&, const AddBroker&) = default;
};

struct RemoveBroker {
  std::optional<std::int32_t> id;
  friend bool operator==(const RemoveBroker&, const RemoveBroker&) = default;
};

struct GroupOffsets {  // reset_offsets, delete_offsets
  std::string group;
  std::string topic;
  std::vector<std::string> topics;
  std::vector<PartitionName> partitions;
  std::optional<PositionSpec> position;  // reset_offsets
  friend bool operator==(const GroupOffsets&, const GroupOffsets&) = default;
};

struct DeleteGroup {
  std::string group;
  friend bool operator==(const DeleteGroup&, const DeleteGroup&) = default;
};

struct AbortHanging {
  std::optional<PartitionName> partition;
  std::optional<std::int64_t> start_offset;
  friend bool operator==(const AbortHanging&, const AbortHanging&) = default;
};

struct TerminateTransaction {
  std::string transactional_id;
  friend bool operator==(const TerminateTransaction&, const TerminateTransaction&) = default;
};

struct Acl {
  std::string principal, operation, resource;
  bool allow = true, prefixed = false, remove = false;
  friend bool operator==(const Acl&, const Acl&) = default;
};

struct Quota {
  std::string client, principal;
  bool remove = false;
  std::optional<std::int64_t> producer_byte_rate, consumer_byte_rate, request_percentage_ppm,
      controller_mutation_rate_ppm;
  friend bool operator==(const Quota&, const Quota&) = default;
};

// Clients.

struct Behave {  // absent fields stay unchanged
  std::optional<Rate> rate;
  std::optional<WorkSpec> work;
  std::optional<SendMode> send;
  std::optional<CommitMode> commit;
  std::optional<std::int32_t> handoff_threads;
  std::optional<AcknowledgeSpec> acknowledge;
  std::optional<std::vector<std::string>> calls;
  std::optional<PartitionerSpec> partitioner;
  friend bool operator==(const Behave&, const Behave&) = default;
};

struct Produce {
  std::vector<RecordSpec> records;
  friend bool operator==(const Produce&, const Produce&) = default;
};

struct Commit {
  std::map<PartitionName, std::int64_t> offsets;  // empty: the consumer's positions
  friend bool operator==(const Commit&, const Commit&) = default;
};

struct Seek {
  std::optional<PartitionName> partition;
  std::optional<PositionSpec> position;
  friend bool operator==(const Seek&, const Seek&) = default;
};

struct Subscribe {
  std::vector<std::string> topics;
  friend bool operator==(const Subscribe&, const Subscribe&) = default;
};

struct PausePartitions {  // also resume_partitions
  std::vector<PartitionName> partitions;
  friend bool operator==(const PausePartitions&, const PausePartitions&) = default;
};

struct SendOffsets {  // send_offsets_to_transaction
  std::string group;
  std::map<PartitionName, std::int64_t> offsets;
  friend bool operator==(const SendOffsets&, const SendOffsets&) = default;
};

struct RealClient {  // request, connect, disconnect
  std::string client;
  std::vector<NodeRef> to;
  std::string from_file;  // request
  std::int64_t offset = 0, bytes = 0;
  friend bool operator==(const RealClient&, const RealClient&) = default;
};

struct AddClient {
  std::optional<ClientSpec> added;  // without a start or stop time
  friend bool operator==(const AddClient&, const AddClient&) = default;
};

}  // namespace act

/// `config` overridden by the entries.
protocol::Config with_config(protocol::Config config, const ConfigEntries& entries);
/// A resource in the spelling of the `acl` verb: "topic:orders", "cluster"; nullopt if the text is not a resource.
std::optional<std::pair<protocol::ResourceType, std::string>> parse_resource(std::string_view text);

}  // namespace kafkascope::cluster
