// The specification of a world: the cluster, its topics and clients, as a scenario file describes them
// (docs/scenario-format.md §1). Plain data, already checked: src/scenario fills it from a file, tests write it by hand.
// The defaults are those of the format.
#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/config.h"
#include "sim/random.h"
#include "sim/time.h"

namespace kafkascope::cluster {

using protocol::Config;
using protocol::KafkaVersion;

/// "orders-0" in files and in the state document.
struct PartitionName {
  std::string topic;
  std::int32_t partition = 0;
  std::string text() const { return topic + "-" + std::to_string(partition); }
  friend std::strong_ordering operator<=>(const PartitionName&, const PartitionName&) = default;
};

/// Records (or calls) per second, as an exact number of millionths.
struct Rate {
  std::int64_t millionths_per_second = 0;  // "20/s" = 20,000,000; greater than 0 if set
  /// When the n-th record (from 0) is due, counted from the start: n / rate.
  constexpr sim::Duration due(std::int64_t n) const {
    return {static_cast<std::int64_t>(static_cast<sim::Wide>(n) * 1000000000000ull /
                                      static_cast<sim::Wide>(millionths_per_second))};
  }
  friend auto operator<=>(const Rate&, const Rate&) = default;
};

/// One-way network latency: uniform in [low, high], or log-normal with the given median and 99th percentile.
struct LatencySpec {
  enum class Kind : std::uint8_t { Uniform, LogNormal };
  Kind kind = Kind::Uniform;
  sim::Duration low{200}, high{600};  // Uniform; both bounds included
  sim::Duration median{0}, p99{0};    // LogNormal
  friend bool operator==(const LatencySpec&, const LatencySpec&) = default;
};

struct NetworkSpec {
  LatencySpec latency;                             // default: 0.2ms..0.6ms
  std::int64_t bandwidth_bytes_per_s = 125000000;  // default: 1Gbps
  friend bool operator==(const NetworkSpec&, const NetworkSpec&) = default;
};

struct DiskSpec {
  std::int64_t write_bytes_per_s = 200000000;
  sim::Duration flush = sim::milliseconds(4);
  std::int64_t capacity_bytes = 100000000000;
  std::int32_t dirs = 1;
  sim::Duration write_back = sim::seconds(30);  // age at which the operating system writes a page to disk
  std::int64_t dirty_bytes = 1000000000;        // above this many unwritten bytes writers wait (vm.dirty_bytes)
  friend bool operator==(const DiskSpec&, const DiskSpec&) = default;
};

enum class MetadataKind : std::uint8_t { KRaft, ZooKeeper };

/// The ids of voters begin here: controller-1 is node 3000.
inline constexpr std::int32_t kFirstControllerId = 3000;
inline std::string controller_name(int index_from_0) { return "controller-" + std::to_string(index_from_0 + 1); }
inline std::string zookeeper_name(int index_from_0) { return "zookeeper-" + std::to_string(index_from_0 + 1); }
inline std::string broker_name(std::int32_t id) { return "broker-" + std::to_string(id); }

struct BrokerSpec {
  std::int32_t id = 0;
  std::string rack;                                // "": no rack
  std::string host;                                // "": a machine of its own
  Config config{protocol::config_scope::kServer};  // the broker's own keys merged over the cluster's
};

struct TopicSpec {
  std::string name;
  std::int32_t partitions = 1;
  std::int32_t replication_factor = 1;
  Config config{protocol::config_scope::kTopic};
  /// Broker ids per partition, preferred leader first; Kafka's rules place the partitions that are not listed.
  std::map<std::int32_t, std::vector<std::int32_t>> assignments;
};

enum class ClientKind : std::uint8_t {
  Producer,
  Consumer,
  ShareConsumer,
  Transform,
  ConsoleProducer,
  ConsoleConsumer,
  Queue,
  Service,
  Streams,
  Connector,
  Admin
};
enum class SendMode : std::uint8_t { Async, Sync, FireAndForget };
inline constexpr std::string_view kSendModeNames[] = {"async", "sync", "fire_and_forget"};
constexpr std::string_view to_string(SendMode mode) { return kSendModeNames[static_cast<std::size_t>(mode)]; }
enum class PartitionerKind : std::uint8_t { Default, RoundRobin, Sticky, KeyPrefix, Crc32, Fnv1a };
enum class CommitMode : std::uint8_t { Auto, SyncAfter, AsyncAfter, SyncBefore, None };
inline constexpr std::string_view kCommitModeNames[] = {"auto", "sync_after", "async_after", "sync_before", "none"};
constexpr std::string_view to_string(CommitMode mode) { return kCommitModeNames[static_cast<std::size_t>(mode)]; }

/// How keys are generated. Uniform and Zipf draw <prefix>-1 … <prefix>-<count>; List takes its members in turn.
struct KeySpec {
  enum class Kind : std::uint8_t { None, Uniform, Zipf, List };
  Kind kind = Kind::None;
  std::string prefix;  // "customer" in customer:8; "key" for zipf
  std::int64_t count = 0;
  std::int64_t exponent_ppm = 0;  // Zipf: 1.1 = 1,100,000
  std::vector<std::string> list;
  friend bool operator==(const KeySpec&, const KeySpec&) = default;
};

struct PartitionerSpec {
  PartitionerKind kind = PartitionerKind::Default;
  std::string separator;  // KeyPrefix: the part of the key before the first separator counts
  friend bool operator==(const PartitionerSpec&, const PartitionerSpec&) = default;
};

/// The time that the application spends on each record.
struct WorkSpec {
  sim::Duration each{0};
  std::vector<std::pair<std::string, sim::Duration>> by_key;  // keys with a processing time of their own
  friend bool operator==(const WorkSpec&, const WorkSpec&) = default;
};

struct TransactionSpec {
  std::int64_t records = 0;
  std::int64_t abort_every = 0;  // 0: never
  friend bool operator==(const TransactionSpec&, const TransactionSpec&) = default;
};

struct AcknowledgeSpec {
  enum class Kind : std::uint8_t { Accept, ReleaseEvery, RejectEvery };
  Kind kind = Kind::Accept;
  std::int64_t every = 0;
  friend bool operator==(const AcknowledgeSpec&, const AcknowledgeSpec&) = default;
};

struct SinkSpec {
  std::string name;
  bool idempotent = false;
  friend bool operator==(const SinkSpec&, const SinkSpec&) = default;
};

/// One client; its kind decides which fields apply (docs/scenario-format.md, "Clients").
struct ClientSpec {
  std::string id;
  ClientKind kind = ClientKind::Producer;
  Config config{protocol::config_scope::kClient};  // keys in the scopes of its kind; the commit modes have already set
                                                   // enable.auto.commit
  std::optional<sim::Instant> start;               // absent: starts at time 0 (with boot: when a controller is active)
  std::optional<sim::Instant> stop;

  // Producers, and the producing half of a transform.
  std::string topic;
  std::optional<Rate> rate;  // absent: sends only the records of `produce` steps
  KeySpec keys;
  std::int64_t value_size = 100;
  std::optional<std::int64_t> count;  // stops after this many records
  SendMode send = SendMode::Async;
  PartitionerSpec partitioner;
  std::optional<TransactionSpec> transaction;

  // Consumers, and the consuming half of a transform.
  std::vector<std::string> topics;    // subscribe
  std::vector<PartitionName> assign;  // assign(): partitions without group membership; otherwise subscribe()
  WorkSpec work;
  CommitMode commit = CommitMode::Auto;
  std::int32_t handoff_threads = 0;  // 0: records are processed in the polling thread
  std::optional<SinkSpec> sink;
  AcknowledgeSpec acknowledge;  // for share consumers
  std::string dead_letter;      // for a transform: the topic for records that cannot be deserialized

  // For console tools.
  std::vector<std::string> lines;
  std::map<std::string, std::string> properties;
  bool from_beginning = false;
  std::string group;

  // Without Kafka: for the message queue and the direct service.
  sim::Duration redeliver = sim::seconds(30);
  bool fanout = false;
  std::vector<std::string> calls;
  std::optional<sim::Duration> timeout;
  std::int32_t slots = 0;  // 0: unlimited
  friend bool operator==(const ClientSpec&, const ClientSpec&) = default;
};

struct ClusterSpec {
  KafkaVersion kafka = KafkaVersion::V4_1;
  MetadataKind metadata = MetadataKind::KRaft;
  std::int32_t controllers = 1;  // number of KRaft voters
  std::int32_t zookeepers = 1;   // number of ZooKeeper servers
  std::vector<BrokerSpec> brokers;
  NetworkSpec network;
  DiskSpec disk;
  Config config{protocol::config_scope::kServer};  // configuration of all brokers and controllers
  std::map<std::string, std::int64_t> zookeeper_config;
  std::map<std::string, std::int32_t> features;  // only the levels that the file sets
  std::vector<std::string> historical;           // fixes that are switched off one by one, with those that build on
                                                 // them
  bool boot = false;
  std::vector<TopicSpec> topics;
  std::vector<ClientSpec> clients;
  std::uint64_t seed = 1;
  sim::Instant until{0};
};

}  // namespace kafkascope::cluster
