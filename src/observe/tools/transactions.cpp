// kafka-transactions: list, describe, describe-producers, find-hanging (KIP-664). Kafka: TransactionsCommand; ListTransactionsHandler,
// DescribeTransactionsHandler, DescribeProducersHandler. Its abort and forceTerminateTransaction change the cluster: they are the acts
// abort_hanging and terminate_transaction.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "client/java_order.h"
#include "observe/tools/request.h"
#include "protocol/error_text.h"
#include "protocol/records.h"

namespace kafkascope::observe::tools {

namespace {

using coordinator::CoordinatorState;
using coordinator::TransactionMetadata;
using protocol::ErrorCode;
using protocol::ProducerId;
using Cells = std::vector<std::string>;

constexpr std::int64_t kMinuteMs = 60'000, kMaxTransactionTimeoutMinutes = 15;

/// Kafka: ToolsUtils.prettyPrintTable: each cell is followed by a tab, filled up to the column's width.
void print_columns(const Cells& headers, const std::vector<Cells>& rows, Answer& answer) {
  std::vector<std::size_t> widths;
  for (const std::string& header : headers) widths.push_back(header.size());
  for (const Cells& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  const auto line = [&](const Cells& cells) {
    std::string text;
    for (std::size_t i = 0; i < cells.size(); ++i) text += left(cells[i], widths[i]) + "\t";
    answer.print(text + "\n");
  };
  line(headers);
  for (const Cells& row : rows) line(row);
}

void fail_without_cause(Answer& answer, const std::string& message) {
  answer.complain(message + "\n");
  answer.status = 1;
}
/// TransactionsCommand.printErrorAndExit.
void fail_transactions(Answer& answer, const std::string& message, const std::string& cause) {
  fail_without_cause(answer, message + ": " + cause + ". Enable debug logging for additional detail.");
}

std::int64_t whole(const Request& r, std::string_view option, std::int64_t otherwise) {
  return r.has(option) ? protocol::parse_whole_number(r.value(option)).value_or(otherwise) : otherwise;
}

std::string number_or_none(std::int64_t number) { return number < 0 ? "None" : std::to_string(number); }

std::vector<ProducerId> ids_as_hashed(std::vector<ProducerId> ids) {
  client::sort_as_java(ids, client::kJavaDefaultCapacity, [](ProducerId id) {
    const auto bits = static_cast<std::uint64_t>(id);
    return static_cast<std::uint32_t>(bits ^ bits >> 32);  // Long.hashCode
  });
  return ids;
}

// ---- what coordinators know

struct Listed {
  BrokerId coordinator;
  std::string id;
  const TransactionMetadata* transaction;
};

bool is_loading(const broker::Broker& b, std::int32_t partitions) {
  for (std::int32_t p = 0; p < partitions; ++p)
    if (b.transaction_coordinator().state(p) == CoordinatorState::Loading) return true;
  return false;
}

const protocol::TopicImage* state_topic(const Request& r) {
  const protocol::TopicImage* topic = r.metadata().topic(r.metadata().topic_id(coordinator::kTransactionStateTopic));
  return topic == nullptr || topic->partitions.empty() ? nullptr : topic;
}

/// The buckets of Java's ConcurrentHashMap, and of Scala's mutable HashMap, with that many entries.
std::size_t table_size(std::size_t entries) {
  std::size_t buckets = client::kJavaDefaultCapacity;
  while (entries >= buckets / 4 * 3) buckets *= 2;
  return buckets;
}

/// The broker's transactions in the order of its answer: a table of partitions, and for each a table of ids. Kafka:
/// TransactionStateManager.listTransactionStates.
std::vector<Listed> transactions_of(const broker::Broker& b, std::int32_t partitions) {
  std::vector<std::int32_t> served;
  for (std::int32_t p = 0; p < partitions; ++p)
    if (b.transaction_coordinator().state(p) == CoordinatorState::Active) served.push_back(p);
  client::sort_as_java(served, table_size(served.size()), [](std::int32_t p) { return static_cast<std::uint32_t>(p); });
  std::map<std::int32_t, std::vector<Listed>> by_partition;
  b.transaction_coordinator().for_each_transaction([&](const std::string& name, const TransactionMetadata& t) {
    by_partition[protocol::partition_for(name, partitions)].push_back({b.id(), name, &t});
  });
  std::vector<Listed> all;
  for (const std::int32_t p : served) {
    std::vector<Listed>& ids = by_partition[p];
    client::sort_as_java(ids, table_size(ids.size()), [](const Listed& one) { return client::java_hash(one.id); });
    all.insert(all.end(), ids.begin(), ids.end());
  }
  return all;
}

/// Every transaction, broker by broker; nullopt if a broker does not answer in time (`cause` says why).
std::optional<std::vector<Listed>> list_transactions(const Request& r, std::string& cause) {
  if (r.asked() == nullptr) {
    cause = no_node(r, "listTransactions(api=METADATA)", kApiTimeoutMs);
    return std::nullopt;
  }
  const protocol::TopicImage* topic = state_topic(r);
  const std::int32_t partitions = topic == nullptr ? 0 : static_cast<std::int32_t>(topic->partitions.size());
  std::vector<Listed> all;
  for (const BrokerId id : r.live_brokers()) {
    const broker::Broker* b = r.reach(id);
    if (b == nullptr || is_loading(*b, partitions)) {
      cause = timed_out(r, id, "listTransactions(api=LIST_TRANSACTIONS)", kApiTimeoutMs);
      return std::nullopt;
    }
    const std::vector<Listed> its = transactions_of(*b, partitions);
    all.insert(all.end(), its.begin(), its.end());
  }
  return all;
}

/// The transaction with its coordinator. If it is unknown or nobody answers, `transaction` is nullptr and `cause` says
/// why.
Listed describe_transaction(const Request& r, const std::string& id, std::string& cause) {
  Listed found{kNoBroker, id, nullptr};
  if (r.asked() == nullptr) {
    cause = no_node(r, "describeTransactions(api=FIND_COORDINATOR)", kApiTimeoutMs);
    return found;
  }
  cause =
      fmt::format("DescribeTransactions request for transactionalId `{}` failed because the ID could not be found", id);
  const protocol::TopicImage* topic = state_topic(r);
  if (topic == nullptr) return found;  // a broker that is asked for the coordinator creates it
  const std::int32_t partition = protocol::partition_for(id, static_cast<std::int32_t>(topic->partitions.size()));
  const BrokerId leader = topic->partitions[static_cast<std::size_t>(partition)].leader;
  const broker::Broker* b = r.reach(leader);
  if (b == nullptr || b->transaction_coordinator().state(partition) != CoordinatorState::Active) {
    cause = timed_out(r, leader,
                      leader == kNoBroker ? "describeTransactions(api=FIND_COORDINATOR)"
                                          : "describeTransactions(api=DESCRIBE_TRANSACTIONS)",
                      kApiTimeoutMs);
    return found;
  }
  found.coordinator = b->id();
  found.transaction = b->transaction_coordinator().transaction(id);
  return found;
}

// ---- what partitions know

std::string shown(const Request& r, TopicPartition tp) { return fmt::format("{}-{}", r.topic_name(tp), tp.partition); }

/// The log of the leader, or of the named broker's replica; if nullptr, `cause` says why.
const storage::PartitionLog* producers_of(const Request& r, TopicPartition tp, std::string& cause) {
  if (r.asked() == nullptr) {
    cause = no_node(r, "describeProducers(api=METADATA)", kApiTimeoutMs);
    return nullptr;
  }
  if (!r.has("--broker-id")) {
    const broker::Replica* leader = r.leader_replica(tp);
    const protocol::PartitionRegistration* p = r.metadata().partition(tp);
    const BrokerId id = p == nullptr ? kNoBroker : p->leader;
    if (leader == nullptr)
      cause = timed_out(
          r, id, id == kNoBroker ? "describeProducers(api=METADATA)" : "describeProducers(api=DESCRIBE_PRODUCERS)",
          kApiTimeoutMs);
    return leader == nullptr ? nullptr : &leader->log;
  }
  const auto id = static_cast<BrokerId>(whole(r, "--broker-id", kNoBroker));
  const broker::Broker* b = r.reach(id);
  const broker::Replica* replica = b == nullptr ? nullptr : b->replica(tp);
  // A partition that does not exist is asked for again and again.
  if (b != nullptr && r.metadata().partition(tp) == nullptr)
    cause = no_node(r, "describeProducers(api=DESCRIBE_PRODUCERS)", kApiTimeoutMs);
  else if (b == nullptr) cause = timed_out(r, id, "describeProducers(api=DESCRIBE_PRODUCERS)", kApiTimeoutMs);
  else if (replica == nullptr || replica->offline)
    cause = fmt::format("Failed to describe active producers for partition {} on brokerId {}", shown(r, tp), id);
  return replica == nullptr || replica->offline ? nullptr : &replica->log;
}

std::vector<ProducerId> producer_ids(const storage::PartitionLog& log) {
  std::vector<ProducerId> ids;
  for (const auto& [id, entry] : log.producers().entries()) ids.push_back(id);
  return ids_as_hashed(std::move(ids));
}

struct OpenTransaction {
  TopicPartition partition;
  ProducerId producer;
  const storage::ProducerEntry* entry;
};

/// The partition that --topic and --partition name; it need not exist.
TopicPartition named_partition(const Request& r) {
  if (r.asked() == nullptr) return {};
  return {r.metadata().topic_id(r.value("--topic")), static_cast<std::int32_t>(whole(r, "--partition", -1))};
}

/// collectTopicPartitionsToSearch: a partition, those of a topic, or those of a broker's replicas.
std::vector<TopicPartition> partitions_to_search(const Request& r) {
  if (r.has("--partition")) return {named_partition(r)};
  std::vector<TopicPartition> all;
  const auto broker = static_cast<BrokerId>(whole(r, "--broker-id", kNoBroker));
  for (const protocol::TopicImage* t : r.topics()) {
    if (r.has("--topic") && t->name != r.value("--topic")) continue;
    for (std::int32_t p = 0; p < static_cast<std::int32_t>(t->partitions.size()); ++p) {
      if (r.has("--broker-id") && !t->partitions[static_cast<std::size_t>(p)].replicas.contains(broker)) continue;
      all.push_back({t->id, p});
    }
  }
  sort_as_hashed(r, all);
  return all;
}

/// Transactions that have been open for longer than any may be. nullopt: a partition's producers are not available.
std::optional<std::vector<OpenTransaction>> candidates(const Request& r, std::int64_t max_timeout_ms, Answer& answer) {
  std::vector<OpenTransaction> open;
  const std::vector<TopicPartition> partitions = partitions_to_search(r);
  for (const TopicPartition tp : partitions) {
    std::string cause;
    const storage::PartitionLog* log = producers_of(r, tp, cause);
    if (log == nullptr) {
      const std::string broker =
          r.has("--broker-id") ? fmt::format("Optional[{}]", r.value("--broker-id")) : "Optional.empty";
      fail_transactions(
          answer, fmt::format("Failed to describe producers for {} partitions on broker {}", partitions.size(), broker),
          cause);
      return std::nullopt;
    }
    for (const ProducerId id : producer_ids(*log)) {
      const storage::ProducerEntry* entry = log->producers().find(id);
      if (entry->transaction_first_offset.known() && r.wall_clock_ms() - entry->last_timestamp_ms > max_timeout_ms)
        open.push_back({tp, id, entry});
    }
  }
  return open;
}

// ---- the commands

void run_list(const Request& r, Answer& answer) {
  std::string cause;
  const auto all = list_transactions(r, cause);
  if (!all) return fail_transactions(answer, "Failed to list transactions", cause);
  const std::int64_t duration = whole(r, "--duration-filter", -1);
  const re2::RE2 pattern(r.value("--transactional-id-pattern"), re2::RE2::Quiet);
  if (!pattern.ok())
    return fail_transactions(answer, "Failed to list transactions",
                             fmt::format("ListTransactions request sent to broker {} failed with an "
                                         "unexpected exception",
                                         r.asked()->id()));
  std::vector<Cells> rows;
  for (const Listed& one : *all) {
    if (duration >= 0 && r.wall_clock_ms() - one.transaction->txn_start_timestamp_ms <= duration) continue;
    if (!r.value("--transactional-id-pattern").empty() && !re2::RE2::FullMatch(one.id, pattern)) continue;
    rows.push_back({one.id, std::to_string(one.coordinator), std::to_string(one.transaction->producer_id),
                    std::string(coordinator::name(one.transaction->state))});
  }
  print_columns({"TransactionalId", "Coordinator", "ProducerId", "TransactionState"}, rows, answer);
}

void run_describe(const Request& r, Answer& answer) {
  const std::string id = r.value("--transactional-id");
  std::string cause;
  const Listed found = describe_transaction(r, id, cause);
  if (found.transaction == nullptr)
    return fail_transactions(answer, fmt::format("Failed to describe transaction state of transactional-id `{}`", id),
                             cause);
  const TransactionMetadata& t = *found.transaction;
  std::vector<TopicPartition> partitions(t.partitions.begin(), t.partitions.end());
  sort_as_hashed(r, partitions);
  Cells names;
  for (const TopicPartition tp : partitions) names.push_back(shown(r, tp));
  const std::int64_t start = t.txn_start_timestamp_ms;
  print_columns(
      {"CoordinatorId", "TransactionalId", "ProducerId", "ProducerEpoch", "TransactionState", "TransactionTimeoutMs",
       "CurrentTransactionStartTimeMs", "TransactionDurationMs", "TopicPartitions"},
      {{std::to_string(found.coordinator), id, std::to_string(t.producer_id), std::to_string(t.producer_epoch),
        std::string(coordinator::name(t.state)), std::to_string(t.txn_timeout_ms), number_or_none(start),
        start < 0 ? "None" : std::to_string(r.wall_clock_ms() - start), fmt::format("{}", fmt::join(names, ","))}},
      answer);
}

void run_describe_producers(const Request& r, Answer& answer) {
  const std::string name = r.value("--topic") + "-" + r.value("--partition");
  std::string cause;
  const storage::PartitionLog* log = producers_of(r, named_partition(r), cause);
  if (log == nullptr) {
    const std::string broker = r.has("--broker-id") ? "broker " + r.value("--broker-id") : "leader";
    return fail_transactions(answer, fmt::format("Failed to describe producers for partition {} on {}", name, broker),
                             cause);
  }
  std::vector<Cells> rows;
  for (const ProducerId id : producer_ids(*log)) {
    const storage::ProducerEntry& entry = *log->producers().find(id);
    rows.push_back({std::to_string(id), std::to_string(entry.epoch), std::to_string(entry.coordinator_epoch),
                    std::to_string(entry.last_sequence()), std::to_string(entry.last_timestamp_ms),
                    number_or_none(entry.transaction_first_offset.value)});
  }
  print_columns({"ProducerId", "ProducerEpoch", "LatestCoordinatorEpoch", "LastSequence", "LastTimestamp",
                 "CurrentTransactionStartOffset"},
                rows, answer);
}

/// Whether the coordinator will still write the marker (filterHangingTransactions).
bool is_awaited(const Request& r, const OpenTransaction& open, const std::map<ProducerId, std::string>& ids) {
  const auto id = ids.find(open.producer);
  if (id == ids.end()) return false;
  std::string cause;
  const Listed found = describe_transaction(r, id->second, cause);
  return found.transaction != nullptr && found.transaction->partitions.contains(open.partition);
}

void run_find_hanging(const Request& r, Answer& answer) {
  if (!r.has("--topic") && !r.has("--broker-id"))
    return fail_without_cause(answer,
                              "The `find-hanging` command requires either --topic or --broker-id to limit the scope of "
                              "the search");
  if (r.has("--partition") && !r.has("--topic"))
    return fail_without_cause(answer, "The --partition argument requires --topic to be provided");
  if (r.asked() == nullptr)
    return fail_transactions(answer, r.has("--topic") ? "Failed to describe 1 topics" : "Failed to list topics",
                             no_node(r, r.has("--topic") ? "describeTopics" : "listTopics", kApiTimeoutMs));
  if (r.has("--topic") && !r.has("--partition") &&
      r.metadata().topic(r.metadata().topic_id(r.value("--topic"))) == nullptr)
    return fail_transactions(answer, "Failed to describe 1 topics",
                             std::string(protocol::error_text(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)));
  const std::int64_t minutes = whole(r, "--max-transaction-timeout", kMaxTransactionTimeoutMinutes);
  const auto open = candidates(r, minutes * kMinuteMs, answer);
  if (!open) return;
  std::map<ProducerId, std::string> ids;
  std::vector<ProducerId> producers;
  for (const OpenTransaction& o : *open) producers.push_back(o.producer);
  client::keep_first(producers);
  if (!open->empty()) {
    std::string cause;
    const auto all = list_transactions(r, cause);
    if (!all)
      return fail_transactions(answer, fmt::format("Failed to list transactions for {} producers", producers.size()),
                               cause);
    for (const Listed& one : *all) ids[one.transaction->producer_id] = one.id;
  }
  std::vector<Cells> rows;
  for (const ProducerId producer : ids_as_hashed(producers))
    for (const OpenTransaction& o : *open) {
      if (o.producer != producer || is_awaited(r, o, ids)) continue;
      rows.push_back({r.topic_name(o.partition), std::to_string(o.partition.partition), std::to_string(producer),
                      std::to_string(o.entry->epoch), std::to_string(o.entry->coordinator_epoch),
                      std::to_string(o.entry->transaction_first_offset.value),
                      std::to_string(o.entry->last_timestamp_ms),
                      std::to_string((r.wall_clock_ms() - o.entry->last_timestamp_ms) / kMinuteMs)});
    }
  print_columns({"Topic", "Partition", "ProducerId", "ProducerEpoch", "CoordinatorEpoch", "StartOffset",
                 "LastTimestamp", "Duration(min)"},
                rows, answer);
}

/// The tool changes nothing here: it only says whether there is such a transaction, and names the act that aborts it.
void run_abort(const Request& r, Answer& answer) {
  if (!r.has("--start-offset") && !r.has("--producer-id"))
    return fail_without_cause(
        answer,
        "The transaction to abort must be identified either with --start-offset (for brokers on "
        "3.0 or above) or with --producer-id, --producer-epoch, and --coordinator-epoch (for older "
        "brokers)");
  for (const std::string_view option : {"--producer-epoch", "--coordinator-epoch"})
    if (!r.has("--start-offset") && !r.has(option))
      return fail_without_cause(answer, fmt::format("Missing required argument {}", option));
  const std::string name = r.value("--topic") + "-" + r.value("--partition");
  std::string offset = r.value("--start-offset");
  if (!offset.empty()) {
    std::string cause;
    const storage::PartitionLog* log = producers_of(r, named_partition(r), cause);
    if (log == nullptr)
      return fail_transactions(answer, "Failed to validate producer state for partition " + name, cause);
    const Offset start{whole(r, "--start-offset", -1)};
    const auto& entries = log->producers().entries();
    if (std::none_of(entries.begin(), entries.end(), [&](const auto& e) {
          return e.second.transaction_first_offset.known() && e.second.transaction_first_offset == start;
        }))
      return fail_without_cause(
          answer,
          fmt::format("Could not find any open transactions starting at offset {} on partition {}", start.value, name));
    offset = ", \"start_offset\": " + offset;
  }
  const std::string step = fmt::format(R"({{"at": "…", "do": "abort_hanging", "partition": "{}"{}}})", name, offset);
  answer.refused =
      words::Message("tool.abort_is_an_act"_w,
                     {{"command", "abort"}, {"step", step}, {"where", words::Message("tool.where_to_abort"_w)}});
}

/// ForceTerminateTransactionsCommand, new in 4.1: it fences the producer with the id, whether or not a transaction is
/// open.
void run_force_terminate(const Request& r, Answer& answer) {
  const std::string step = fmt::format(R"({{"at": "…", "do": "terminate_transaction", "transactional_id": "{}"}})",
                                       r.value("--transactionalId"));
  answer.refused = words::Message("tool.abort_is_an_act"_w, {{"command", "forceTerminateTransaction"},
                                                             {"step", step},
                                                             {"where", words::Message("tool.where_to_terminate"_w)}});
}

}  // namespace

void ask_transactions(const Request& r, Answer& answer) {
  using Command = std::pair<std::string_view, void (*)(const Request&, Answer&)>;
  constexpr Command kCommands[] = {{"list", run_list},
                                   {"describe", run_describe},
                                   {"describe-producers", run_describe_producers},
                                   {"find-hanging", run_find_hanging},
                                   {"abort", run_abort},
                                   {"forceTerminateTransaction", run_force_terminate}};
  for (const auto& [name, run] : kCommands)
    if (r.says(name)) return run(r, answer);
}

}  // namespace kafkascope::observe::tools
