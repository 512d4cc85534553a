// Commands: the `do` verbs of docs/scenario-format.md, with the same names in C++, JSON, menus, tests and the trace. A
// file's step, a fault by hand and an administrative act are all a Command. Plain data: acts.h has the fields of each
// verb, verbs.h describes them.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/own_fields.h"
#include "cluster/spec.h"

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
  // Verbs from this number on have a file of their own (verbs.h).
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

/// One act: the verb, the nodes that it concerns, and the verb's own fields (acts.h).
struct Command {
  Verb verb = Verb::Crash;
  std::optional<NodeRef> node;  // the verb's `node` field
  OwnFields own;                // the verb's other fields, a struct of acts.h or of the verb's own file

  std::string as;              // the admin client that performs the act; "": the operator
  std::string expected_error;  // the "error" of an administrative step: the error with which it must be refused

  /// The verb's fields, for reading; T must be the struct of the verb.
  template <class T>
  const T& get() const {
    return own.get<T>();
  }
  /// The verb's fields, for modification.
  template <class T>
  T& edit() {
    return own.edit<T>();
  }
  /// nullptr if the act has set no field of a T.
  template <class T>
  const T* get_if() const {
    return own.get_if<T>();
  }
  friend bool operator==(const Command&, const Command&) = default;
};

/// The command in one line: "crash leader:orders-0", "partition broker-1 | broker-2, broker-3 one way". For the trace,
/// the list of steps and menus.
std::string to_text(const Command& command);
/// The same without the verb.
std::string arguments_text(const Command& command);

}  // namespace kafkascope::cluster
