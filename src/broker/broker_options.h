// The options a broker is created with, and the parts that a scenario's verbs can change.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/config.h"
#include "protocol/historical.h"
#include "protocol/message.h"
#include "protocol/messages_data.h"
#include "raft/quorum_node.h"
#include "sim/ids.h"
#include "storage/log_dirs.h"

namespace kafkascope::broker {

using protocol::ApiKey;
namespace api = protocol::api;
using protocol::BrokerId;
using protocol::ErrorCode;
using protocol::kNoBroker;

struct BrokerOptions {
  BrokerId id = kNoBroker;
  std::string rack;
  std::vector<raft::Voter> voters;
  std::string host;                     // the broker's host name
  sim::NodeId endpoint;                 // the broker's node in the world
  std::vector<sim::NodeId> zookeepers;  // not empty: ZooKeeper mode, in which there are no voters
  protocol::Config config{protocol::config_scope::kServer};
  /// The age at which the operating system writes a dirty page to disk (docs/scenario-format.md).
  sim::Duration write_back = sim::seconds(30);
  storage::DiskOptions disk;
  /// The speed at which a new coordinator loads its partition of the log; 0 if loading takes no time.
  std::int64_t read_bytes_per_s = 0;
  protocol::Historical historical;
  /// For a second process with an id that is already in use: an incarnation number that no process of the first broker
  /// has. No supervisor restarts such a process.
  std::int64_t incarnation = 0;
  std::vector<std::string> operators;  // principals that are super users in addition to those of the configuration
};

/// The change that the `disk` verb makes; fields without a value stay unchanged.
struct DiskChange {
  std::optional<std::int64_t> write_bytes_per_s, capacity_bytes;
  std::optional<sim::Duration> flush;
  std::optional<bool> fail;
};

/// The `answer` verb: matching requests are not handled; the response has this error for every partition in the
/// request.
struct AnswerRule {
  ApiKey api = api::Produce;
  ErrorCode error = ErrorCode::NONE;
  std::int64_t count = 1;  // number of requests that still get this answer; -1: all
  sim::NodeId from;        // invalid: any sender
};

}  // namespace kafkascope::broker
