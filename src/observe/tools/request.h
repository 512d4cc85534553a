// One command with its options, and the cluster as its admin client sees it from the brokers that it reaches.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/broker.h"
#include "cluster/cluster.h"
#include "observe/tools/tool.h"

namespace kafkascope::observe::tools {

using protocol::BrokerId;
using protocol::kNoBroker;
using protocol::Offset;
using protocol::TopicPartition;

inline constexpr std::string_view kMissing = "-";                              // MISSING_COLUMN_VALUE
inline constexpr std::int64_t kGroupsTimeoutMs = 5000, kApiTimeoutMs = 60000;  // --timeout; default.api.timeout.ms
inline constexpr int kBrokerPort = 9092, kControllerPort = 9093;

class Request {
 public:
  Request(const cluster::Cluster& cluster, const broker::Broker* asked) : cluster_(cluster), asked_(asked) {}

  // ---- the command
  bool has(std::string_view option) const { return options_.contains(option); }
  /// "" if the option is not there, or has no value.
  std::string value(std::string_view option) const;
  const std::vector<std::string>& values(std::string_view option) const;
  bool says(std::string_view command) const;
  const std::vector<std::string>& commands() const { return commands_; }
  struct Given {
    std::string option, value;
  };
  /// As they were given, one after the other.
  const std::vector<Given>& given() const { return given_; }
  void add(std::string option, std::string value) {
    given_.push_back({option, value});
    options_[std::move(option)].push_back(std::move(value));
  }
  void add_command(std::string word) { commands_.push_back(std::move(word)); }
  /// The same command, sent to that broker.
  Request asking(const broker::Broker* asked) const {
    Request r(cluster_, asked);
    r.options_ = options_;
    r.given_ = given_;
    r.commands_ = commands_;
    return r;
  }

  // ---- who is asked
  const cluster::Cluster& cluster() const { return cluster_; }
  bool by_2_5() const { return cluster_.spec().kafka == protocol::KafkaVersion::V2_5; }
  /// The broker that answers; nullptr: none can be reached.
  const broker::Broker* asked() const { return asked_; }
  const protocol::MetadataImage& metadata() const { return asked_->image(); }
  /// The broker, if it runs and the tool can connect to it.
  const broker::Broker* reach(BrokerId id) const;
  /// The leader of that partition, as the asked broker names it; nullptr: there is none, or it does not answer.
  const broker::Replica* leader_replica(TopicPartition tp) const;
  /// The broker that the asked one names as the coordinator; nullptr: none, or it does not answer, or
  /// has not loaded the group yet.
  const broker::Broker* group_coordinator(const std::string& group) const;
  /// The broker that the metadata names as the group's coordinator, whether it answers or not.
  BrokerId named_coordinator(const std::string& group) const;
  /// Brokers in the asked broker's metadata that are not fenced, in id order.
  std::vector<BrokerId> live_brokers() const;
  /// Topics that exist, sorted by name.
  std::vector<const protocol::TopicImage*> topics(bool with_internal = true) const;
  std::string topic_name(TopicPartition tp) const;
  std::int64_t wall_clock_ms() const;

 private:
  const cluster::Cluster& cluster_;
  const broker::Broker* asked_;
  std::map<std::string, std::vector<std::string>, std::less<>> options_;
  std::vector<Given> given_;
  std::vector<std::string> commands_;
};

/// The broker that answers a tool's first request: the first reachable one of `named`, or of all brokers if none is
/// named.
const broker::Broker* first_reached(const cluster::Cluster& cluster, const std::vector<BrokerId>& named);
bool can_reach(const cluster::Cluster& cluster, sim::NodeId node);
/// The controller that answers a describe: the one that leads the quorum, also without a majority until it resigns; nothing
/// has to be committed for it. Kafka: KafkaRaftClient.handleDescribeQuorumRequest and QuorumController.ControllerReadEvent
/// ask for no majority.
sim::NodeId answering_controller(const cluster::Cluster& cluster);

/// The message of the exception for an admin client's request that is not answered in time. `to`: the broker to which it is
/// to be sent; kNoBroker: any broker, and none of them knows the answer. Kafka: KafkaAdminClient.Call.fail,
/// handleTimeoutFailure.
std::string timed_out(const Request& request, BrokerId to, std::string_view call, std::int64_t timeout_ms);
/// The same for a request to the group's coordinator, by `api`; "": 2.5, whose calls are named by the method alone.
std::string coordinator_silent(const Request& request, const std::string& group, std::string_view api,
                               std::string_view method);
/// The same for ListOffsets of that partition.
std::string leader_silent(const Request& request, TopicPartition partition, std::int64_t timeout_ms);
/// The same if no broker can be reached.
std::string no_node(const Request& request, std::string_view call, std::int64_t timeout_ms);
/// The same for listing groups, which asks every broker: the message of the exception. Kafka:
/// KafkaAdminClient.ListConsumerGroupsResults.addError.
std::string groups_not_listed(const Request& request, BrokerId silent);
/// Why that answer of the tool contains time-outs: which nodes are silent, and how long the real tool would wait for them.
/// nullopt: it contains none, or every node could answer.
std::optional<words::Message> why_timed_out(std::string_view tool, const Request& request, const Answer& answer);
inline constexpr std::string_view kTimeoutException = "org.apache.kafka.common.errors.TimeoutException: ";

/// The id of a topic or a directory: 22 characters, always the same for that number. Simplified: Kafka draws them at
/// random.
std::string uuid_of(std::uint64_t kind, std::uint64_t number);
inline std::string topic_uuid(protocol::TopicId id) { return uuid_of(1, static_cast<std::uint64_t>(id)); }
std::string cluster_uuid();

/// printf's "%-15s".
std::string left(std::string_view text, std::size_t width);
std::string joined(const protocol::IdList& ids, std::string_view between = ",");
/// The address under which a broker is known to clients: "broker-1:9092".
std::string address_of(const cluster::Cluster& cluster, BrokerId id);
/// The client's address, as a coordinator keeps it: "/billing-1". Simplified: a name in place of a number.
std::string client_host(const cluster::Cluster& cluster, const std::string& client_id);
/// Orders the names as a java.util.HashMap with `capacity` iterates over them.
std::vector<std::string> as_hashed(std::vector<std::string> names, std::size_t capacity = 16);
/// Sorts the partitions as a HashMap of TopicPartitions iterates over them.
void sort_as_hashed(const Request& request, std::vector<TopicPartition>& partitions);
/// The path of a broker's log directory; the first one is the default of log.dir.
std::string path_of_dir(std::int32_t dir);
/// "orders:0,1;other:2"
std::string assignment_text(const Request& request, const std::vector<TopicPartition>& partitions);
/// Whether the name matches a tool's topic option, which is a regular expression in Kafka (IncludeList).
bool topic_allowed(std::string_view pattern, const std::string& topic);

/// Whether the word is one of a list such as "Stable, empty"; upper and lower case are the same.
bool in_list(std::string_view list, std::string_view word);

/// The line with which the real tool refuses these options before it asks anybody; nullopt: it takes them.
std::optional<std::string> usage_error(std::string_view tool, const Request& request);
/// Whether the tool has that option for the command among these words; true without a command.
bool takes_option(std::string_view tool, const std::vector<std::string>& words, std::string_view option);

/// Configuration values in force, each with its sources.
struct ConfigSynonym {
  std::string source, name, value;  // DYNAMIC_TOPIC_CONFIG …
};
struct ConfigEntry {
  std::string name, value;
  std::vector<ConfigSynonym> synonyms;  // from the one in force to the default
  bool sensitive = false;
  std::string source() const { return synonyms.empty() ? std::string("DEFAULT_CONFIG") : synonyms.front().source; }
  bool is_default() const { return source() == "DEFAULT_CONFIG"; }
};
/// A topic's configuration as `broker` sees it, sorted by name. Kafka: ConfigHelper.createTopicConfigEntry.
std::vector<ConfigEntry> topic_configs(const broker::Broker& broker, const std::string& topic);
/// The broker's own configuration; with `defaults`, only the default for all brokers.
std::vector<ConfigEntry> broker_configs(const broker::Broker& broker, bool defaults);

// The tools.
void ask_topics(const Request& request, Answer& answer);
void ask_consumer_groups(const Request& request, Answer& answer);
void ask_share_groups(const Request& request, Answer& answer);
void ask_quorum(const Request& request, Answer& answer);
void ask_configs(const Request& request, Answer& answer);
void ask_offsets(const Request& request, Answer& answer);
void ask_log_dirs(const Request& request, Answer& answer);
void ask_transactions(const Request& request, Answer& answer);

}  // namespace kafkascope::observe::tools
