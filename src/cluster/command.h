// Commands: the `do` verbs of docs/scenario-format.md, with the same names in C++, JSON, menus, tests and the trace. A
// file's step, a fault by hand and an administrative act are all a Command. Plain data; verbs.h says which fields each
// verb takes.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "cluster/own_fields.h"
#include "cluster/spec.h"
#include "protocol/acl.h"
#include "protocol/config.h"
#include "protocol/serdes.h"
#include "sim/time.h"

namespace kafkascope::cluster {

enum class Verb : std::uint8_t {
  // Processes and machines.
  Crash,
  PowerOff,
  Restart,
  Shutdown,
  Pause,
  Resume,
  // The network.
  Partition,
  Isolate,
  Heal,
  Link,
  Lose,
  Hold,
  Release,
  Answer,
  Deliver,
  // Disks and clocks.
  Disk,
  WipeDisk,
  SkewClock,
  // Administration.
  CreateTopic,
  DeleteTopic,
  DeleteRecords,
  AddPartitions,
  Configure,
  Feature,
  Reassign,
  ElectLeaders,
  AddBroker,
  RemoveBroker,
  ResetOffsets,
  DeleteOffsets,
  DeleteGroup,
  AbortHanging,
  TerminateTransaction,
  Acl,
  Quota,
  // Clients.
  Start,
  Stop,
  Kill,
  Behave,
  Produce,
  Commit,
  Seek,
  Subscribe,
  Unsubscribe,
  PausePartitions,
  ResumePartitions,
  BeginTransaction,
  CommitTransaction,
  AbortTransaction,
  SendOffsetsToTransaction,
  // Acts of a real client, reported by `serve`.
  Request,
  Connect,
  Disconnect,
  // A client that is added during the run and that the file does not declare.
  AddClient,
  // Verbs from this number on have a struct and a file of their own (verbs.h).
  FirstOwn,
};

/// The verb's name in files.
std::string_view to_string(Verb verb);
std::optional<Verb> parse_verb(std::string_view name);

/// The nodes that a command concerns: a node by its name, or a role that is resolved when the command is carried out.
struct NodeRef {
  enum class Kind : std::uint8_t {
    Name,                    // "broker-1", "controller-2", a client's id
    Leader,                  // leader:orders-0
    Follower,                // follower:orders-0, the replica with the lowest id except the leader, alive or not
    Replicas,                // replicas:orders-0
    Controller,              // the active controller
    Coordinator,             // coordinator:<group>
    TransactionCoordinator,  // transaction-coordinator:<transactional id>
    AllBrokers,              // all-brokers
    Host,                    // host:<name>, every broker on that machine
  };
  Kind kind = Kind::Name;
  std::string name;         // set for Name, Coordinator, TransactionCoordinator and Host
  PartitionName partition;  // set for Leader, Follower and Replicas
  friend bool operator==(const NodeRef&, const NodeRef&) = default;
};
/// The reference as files spell it. Never fails on a parsed reference.
std::string to_text(const NodeRef& ref);
/// nullopt if the text is not a complete reference ("leader:orders", "leader:").
std::optional<NodeRef> parse_node_ref(std::string_view text);
/// "orders-0" -> {orders, 0}; nullopt if no number follows the last hyphen.
std::optional<PartitionName> parse_partition_name(std::string_view text);

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

/// The changes that `behave` makes to an application; absent fields stay unchanged.
struct BehaviorChange {
  std::optional<Rate> rate;
  std::optional<WorkSpec> work;
  std::optional<SendMode> send;
  std::optional<CommitMode> commit;
  std::optional<std::int32_t> handoff_threads;
  std::optional<AcknowledgeSpec> acknowledge;
  std::optional<std::vector<std::string>> calls;
  std::optional<PartitionerSpec> partitioner;
  friend bool operator==(const BehaviorChange&, const BehaviorChange&) = default;
};

/// One act. The verb decides which fields apply (verb_table.cpp); the others keep their defaults.
struct Command {
  Verb verb = Verb::Crash;
  std::optional<NodeRef> node;    // the verb's `node` field
  std::vector<NodeRef> from, to;  // the two sides; for lose and hold the message's sender and receiver
  bool one_way = false;

  // link
  std::optional<LatencySpec> latency;
  std::optional<std::int64_t> bandwidth_bytes_per_s;
  std::optional<std::int64_t> loss_ppm;

  // lose, hold, release, answer
  std::string api;  // Kafka's name ("Fetch"); "": any
  MessageSide what = MessageSide::Any;
  std::optional<std::int64_t> count;  // absent: all messages for lose and answer; otherwise 1 unless the file gives a
                                      // count
  std::string error;                  // answer: the error code's name

  std::string event;  // deliver: the pending event's key

  // disk, wipe_disk, skew_clock
  std::optional<std::int32_t> dir;
  std::optional<std::int64_t> write_bytes_per_s, capacity_bytes;
  std::optional<sim::Duration> flush;
  std::optional<bool> fail;
  sim::Duration by{0};  // may be negative

  // administration
  std::string topic, group;
  std::optional<PartitionName> partition;
  std::vector<PartitionName> partitions;           // elect_leaders, pause_partitions, resume_partitions, verbs about
                                                   // offsets
  std::optional<std::int32_t> partition_count;     // create_topic, add_partitions (the new total)
  std::optional<std::int32_t> replication_factor;  // create_topic
  std::map<std::int32_t, std::vector<std::int32_t>> assignments;
  std::vector<std::pair<std::string, std::optional<std::string>>>
      config;                                // value in Kafka's spelling; nullopt restores the default
  std::optional<std::int64_t> before;        // delete_records
  std::optional<std::int64_t> start_offset;  // abort_hanging
  std::string name;                          // feature
  std::int32_t level = 0;
  std::vector<std::int32_t> replicas, brokers;  // reassign
  bool all = false, cancel = false;
  std::optional<std::int64_t> throttle_bytes_per_s;
  bool unclean = false;            // elect_leaders: type
  std::optional<std::int32_t> id;  // add_broker, remove_broker
  std::string rack, host;
  std::optional<PositionSpec> position;        // seek, reset_offsets
  std::string principal, operation, resource;  // acl, quota
  bool allow = true, prefixed = false, remove = false;
  std::string client;  // quota; request, connect, disconnect
  std::optional<std::int64_t> producer_byte_rate, consumer_byte_rate, request_percentage_ppm,
      controller_mutation_rate_ppm;

  // clients
  BehaviorChange behave;
  std::vector<RecordSpec> records;
  std::map<PartitionName, std::int64_t> offsets;  // commit, send_offsets_to_transaction; empty: the consumer's
                                                  // positions
  std::vector<std::string> topics;                // subscribe
  std::string from_file;                          // request
  std::int64_t offset = 0, bytes = 0;
  std::optional<ClientSpec> added;  // add_client: the client, without a start or stop time

  std::string as;              // the admin client that performs the act; "": the operator
  std::string expected_error;  // the "error" of an administrative step: the error with which it must be refused

  OwnFields own;  // fields of a verb that has a struct of its own
  friend bool operator==(const Command&, const Command&) = default;
};

/// `config` overridden by the command's configuration entries.
protocol::Config with_config(protocol::Config config, const Command& command);
/// A resource in the spelling of the `acl` verb: "topic:orders", "cluster"; nullopt if the text is not a resource.
std::optional<std::pair<protocol::ResourceType, std::string>> parse_resource(std::string_view text);
/// The command in one line: "crash leader:orders-0", "partition broker-1 | broker-2, broker-3 one way". For the trace,
/// the list of steps and menus.
std::string to_text(const Command& command);
/// The same without the verb.
std::string arguments_text(const Command& command);

}  // namespace kafkascope::cluster
