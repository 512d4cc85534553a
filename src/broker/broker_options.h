// The options a broker is created with, and the parts that a scenario's verbs can change.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/config.h"
#include "protocol/historical.h"
#include "protocol/message.h"
#include "raft/quorum_node.h"
#include "sim/ids.h"
#include "storage/log_dirs.h"

namespace kafkascope::broker {

using protocol::ApiKey;
using protocol::BrokerId;
using protocol::ErrorCode;
using protocol::kNoBroker;

struct BrokerOptions {
  BrokerId id = kNoBroker;
  std::string rack;
  std::vector<raft::Voter> voters;
  std::string host;                     // its name
  sim::NodeId endpoint;                 // its node in the world
  std::vector<sim::NodeId> zookeepers;  // not empty: metadata is in ZooKeeper, and there are no voters
  protocol::Config config{protocol::config_scope::kServer};
  /// How old a dirty page gets before the operating system writes it (the disk's property; docs/scenario-format.md).
  sim::Duration write_back = sim::seconds(30);
  storage::DiskOptions disk;
  /// The speed at which a coordinator reads its log when it takes over; 0: in no time.
  std::int64_t read_bytes_per_s = 0;
  protocol::Historical historical;
  /// For a second process under an id that is taken: a number that the first one's processes do not have. It has no supervisor.
  std::int64_t incarnation = 0;
  std::vector<std::string> operators;  // principals that are super users in addition to those of the configuration
};

/// The `disk` verb: the fields that are set change.
struct DiskChange {
  std::optional<std::int64_t> write_bytes_per_s, capacity_bytes;
  std::optional<sim::Duration> flush;
  std::optional<bool> fail;
};

/// The `answer` verb: matching requests are not handled but answered with that error for every partition in them.
struct AnswerRule {
  ApiKey api = ApiKey::Produce;
  ErrorCode error = ErrorCode::NONE;
  std::int64_t count = 1;  // how many more; -1 all
  sim::NodeId from;        // not valid: any sender
};

}  // namespace kafkascope::broker
