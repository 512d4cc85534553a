// Internals of the checker that all readers share. Not for other layers.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/acts.h"
#include "cluster/spec.h"
#include "scenario/names.h"
#include "scenario/problem.h"
#include "scenario/scenario.h"
#include "scenario/values.h"

namespace kafkascope::scenario {

inline constexpr std::int64_t kIntMax = std::numeric_limits<std::int32_t>::max();
inline constexpr std::int64_t kLongMax = std::numeric_limits<std::int64_t>::max();

/// A file beyond these limits is no longer a scenario; within them `check` needs less than 1 GiB for any file.
inline constexpr std::size_t kMostSteps = 100000;
inline constexpr std::size_t kMostExpectations = 100000;
inline constexpr std::size_t kMostTries = 1000;
inline constexpr std::size_t kMostNodes = 1200;
using cluster::kMostPartitions;
inline constexpr std::int32_t kMostLogDirs = 64;
/// The number of partitions of a topic created without a number, and of each internal topic.
inline constexpr std::string_view kPartitionKeys[] = {"num.partitions", "offsets.topic.num.partitions",
                                                      "transaction.state.log.num.partitions",
                                                      "share.coordinator.state.topic.num.partitions"};

struct Reading {
  Report& report;
  Names names;
  std::string_view variant = "base";
  cluster::KafkaVersion version = cluster::KafkaVersion::V4_1;
  sim::Instant until{0};
  bool until_known = false;
  bool bundled = false;
  bool contract_only = false;                          // accept what the engine does not support yet
  std::map<const Node*, cluster::ClientSpec> added{};  // keyed by the "client" of the steps that add them
  std::int64_t longest_transaction_ms = 900'000;       // the limit of every broker (transaction.max.timeout.ms)

  /// Whether something that exists only in these variants (empty: in all) exists in the variant being read.
  bool is_mine(const std::vector<std::string>& only) const {
    return only.empty() || std::find(only.begin(), only.end(), variant) != only.end();
  }
  void not_yet(const Node& at, const Path& path, Message message, Message remedy = {}) {
    if (!contract_only) report.not_yet(at, path, std::move(message), std::move(remedy));
  }

  /// Reports and refuses a list that is longer than its limit; `too_long` takes {count}.
  bool short_enough(const Node& list, const Path& path, std::size_t most, words::Key too_long) {
    if (!list.is_array() || list.items().size() <= most) return true;
    report.error(list, path, Message(too_long, {{"count", list.items().size()}}),
                 Message("remedy.at_most"_w, {{"most", most}}));
    return false;
  }

  // Each reports an invalid value and returns nullopt.
  std::optional<std::string> string(const Node& node, const Path& path, Remedy form = kStringForm);
  std::optional<bool> boolean(const Node& node, const Path& path);
  std::optional<std::int64_t> integer(const Node& node, const Path& path, std::int64_t least, std::int64_t most);
  std::optional<sim::Duration> duration(const Node& node, const Path& path, bool negative_too = false,
                                        Remedy form = kDurationForm);
  std::optional<sim::Instant> instant(const Node& node, const Path& path);
  std::optional<std::int64_t> size(const Node& node, const Path& path);
  std::optional<std::int64_t> bandwidth(const Node& node, const Path& path);
  std::optional<cluster::LatencySpec> latency(const Node& node, const Path& path);
  std::optional<cluster::Rate> rate(const Node& node, const Path& path);
  /// {"en": …, "ko": …}; with `plain` a bare string is English.
  std::optional<Text> text(const Node& node, const Path& path, bool plain = false);
  /// A list of strings; with `single` one string stands for a list of one.
  std::optional<std::vector<std::string>> strings(const Node& node, const Path& path, bool single = false);
  std::optional<std::vector<std::int32_t>> broker_ids(const Node& node, const Path& path);
  /// A word of a fixed set; returns its index.
  std::optional<std::size_t> word(const Node& node, const Path& path, std::span<const std::string_view> words);
  std::optional<std::size_t> word(const Node& node, const Path& path, std::initializer_list<std::string_view> words) {
    return word(node, path, std::span(words.begin(), words.size()));
  }
  std::optional<cluster::PartitionName> partition(const Node& node, const Path& path);
  /// Whether the file has this topic; reports if not.
  bool known_topic(const Node& node, const Path& path, std::string_view name);
};

/// One object, field by field: take() the known fields, then finish() reports all others with the nearest known name.
class Fields {
 public:
  /// Reports if `node` is not an object; then there is nothing to take.
  Fields(Reading& reading, const Node& node, const Path& path, Message what);

  bool is_object() const { return object_; }
  const Node& node() const { return node_; }
  const Path& path() const { return path_; }
  Path at(std::string_view key) const { return Path(path_, key); }
  bool has(std::string_view key) const { return object_ && node_.find(key) != nullptr; }

  const Node* take(std::string_view key);
  /// Like take(), but a missing field is an error.
  const Node* need(std::string_view key, Remedy remedy);
  void finish();

  // take() and read in one; false if the field is absent or invalid.
  bool get(std::string_view key, std::string& out);
  bool get(std::string_view key, bool& out);
  bool get(std::string_view key, Text& out, bool plain = false);
  bool get(std::string_view key, std::vector<std::string>& out);
  bool get(std::string_view key, sim::Duration& out);
  bool get(std::string_view key, std::int32_t& out, std::int64_t least, std::int64_t most);
  bool get(std::string_view key, std::int64_t& out, std::int64_t least, std::int64_t most);

 private:
  Reading& reading_;
  const Node& node_;
  const Path& path_;
  Message what_;
  bool object_;
  std::vector<std::string_view> known_;
};

// The parts of a file, in the order in which they are read.
void read_cluster(Reading& reading, Fields& file, cluster::ClusterSpec& spec);                       // read_cluster.cpp
void read_topics(Reading& reading, const Node& list, const Path& path, cluster::ClusterSpec& spec);  // read_cluster.cpp
void read_clients(Reading& reading, const Node& list, const Path& path,
                  cluster::ClusterSpec& spec);  // read_clients.cpp
/// Reads the "client" of an add_client step before the steps, which may name it and its group.
void read_added_client(Reading& reading, const Node& node, const Path& path);  // read_clients.cpp
void check_client(Reading& reading, const Node& node, const Path& path,
                  const cluster::ClientSpec& client);  // check_client.cpp
/// Topics, brokers and groups that only steps create, so that other steps may name them.
void collect_created(Reading& reading, const Node* steps);  // names.cpp
/// Clients that only steps start.
void collect_added(Reading& reading, const Node* steps, const Path& path);  // names.cpp
/// Checks over all acts together: one limit for all partitions, and the features that clients need.
void check_partitions(Reading& reading, const Node& document, const cluster::ClusterSpec& spec);  // load.cpp
void check_features(Reading& reading, const Node& document, const cluster::ClusterSpec& spec);    // load.cpp
/// Warns of legal uses of transactions that are probably unintended, in the whole file.
void warn_about_transactions(Reading& reading, const Node& document,
                             const Scenario& scenario);  // check_transactions.cpp
/// The same for clients, groups and records.
void warn_about_uses(Reading& reading, const Node& document, const Scenario& scenario);  // check_uses.cpp
void read_steps(Reading& reading, const Node& list, const Path& path, std::vector<Step>& steps,
                bool acts_only = false);                               // read_steps.cpp
void read_lesson(Reading& reading, Fields& file, Scenario& scenario);  // read_lesson.cpp

/// Reads a configuration object into `config`, whose scopes decide which keys are valid. `whose`: a thing such as a
/// topic.
void read_config(Reading& reading, const Node& node, const Path& path, cluster::Config& config, const Message& whose);
/// The same, as texts, for steps; null: back to the default. `asked`: the step asks a running cluster, whose refusal is
/// part of the story, so an invalid value is only a warning.
std::vector<std::pair<std::string, std::optional<std::string>>> read_config_texts(Reading& reading, const Node& node,
                                                                                  const Path& path,
                                                                                  protocol::ConfigScopes scopes,
                                                                                  const Message& whose, bool asked);

// Client behaviour, shared by clients and `behave`. Each reports and returns nullopt if the value is invalid.
std::optional<cluster::WorkSpec> read_work(Reading& reading, const Node& node, const Path& path);
std::optional<cluster::PartitionerSpec> read_partitioner(Reading& reading, const Node& node, const Path& path);
std::optional<cluster::SendMode> read_send(Reading& reading, const Node& node, const Path& path);
std::optional<cluster::CommitMode> read_commit(Reading& reading, const Node& node, const Path& path);
std::optional<cluster::AcknowledgeSpec> read_acknowledge(Reading& reading, const Node& node, const Path& path);
std::vector<cluster::RecordSpec> read_records(Reading& reading, const Node& records, const Path& path,
                                              bool needs_topic);  // read_records.cpp
std::optional<std::int32_t> read_handoff(Reading& reading, const Node& node, const Path& path);
std::map<std::int32_t, std::vector<std::int32_t>> read_assignments(Reading& reading, const Node& node, const Path& path,
                                                                   bool below_zero_too = false);
/// Whether the assignments agree with the numbers beside them, if there are any.
void check_assignments(Reading& reading, const Node& node, const Path& path, const std::string& topic,
                       const std::map<std::int32_t, std::vector<std::int32_t>>& assignments,
                       std::optional<std::int32_t> partitions, std::optional<std::int32_t> factor);

enum class ExpectationPlace : std::uint8_t { Step, When, File, Goal };
std::optional<Expectation> read_expectation(Reading& reading, const Node& node, const Path& path,
                                            ExpectationPlace place);
/// The `do` of a step; its fields are on the same level as those of the step.
std::optional<cluster::Command> read_command(Reading& reading, Fields& step, const Node& verb);
/// The object of a `say` or `ask`: a node or its role, a partition, a replica (orders-0@broker-2), group:billing, a
/// state path, or "none". Checked against the file's names.
std::optional<std::string> read_point(Reading& reading, const Node& node, const Path& path);
std::optional<cluster::NodeRef> read_node_ref(Reading& reading, const Node& node, const Path& path);
std::optional<std::vector<std::string>> read_only(Reading& reading, Fields& fields);

/// Whether the state document can have this path. Reports if not, with the nearest field name.
bool check_state_path(Reading& reading, const Node& node, const Path& path, std::string_view pointer);

/// The rule of Kafka's Topic.validate: empty if legal, otherwise the problem.
Message topic_name_problem(std::string_view name);

std::string_view to_string(cluster::ClientKind kind);
/// A description of the value: the value itself if it is short, otherwise its kind.
Message found(const Node& node);
/// The kind of the value.
Message kind_of(const Node& node);
/// `"abort" is not modelled yet`.
Message not_modelled(std::string_view what);
/// "a producer".
Message thing(cluster::ClientKind kind);

}  // namespace kafkascope::scenario
