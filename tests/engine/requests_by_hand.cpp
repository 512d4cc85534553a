#include "requests_by_hand.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "broker/broker.h"
#include "cluster/world.h"
#include "coordinator/transaction_coordinator.h"
#include "observe/tools/tool.h"
#include "protocol/messages_data.h"
#include "protocol/messages_transaction.h"
#include "scenario/session.h"
#include "scenario/values.h"

namespace kafkascope::real_runs {
namespace {

using nlohmann::json;
using protocol::TransactionVersion;

constexpr const char* kSender = "raw";
constexpr std::int32_t kTopicNobodyHas = 9999;

/// A number, or what a coordinator has at present: "${pid:tx-1}", "${epoch:tx-1+-1}".
std::int64_t number(const cluster::Cluster& cluster, const json& value) {
  if (!value.is_string()) return value.get<std::int64_t>();
  std::string text = value.get<std::string>();
  const bool pid = text.starts_with("${pid:");
  REQUIRE((pid || text.starts_with("${epoch:")));
  text = text.substr(text.find(':') + 1);
  text.pop_back();
  std::int64_t more = 0;
  if (const std::size_t plus = text.find('+'); plus != std::string::npos) {
    more = std::stoll(text.substr(plus + 1));
    text.resize(plus);
  }
  std::optional<std::int64_t> found;
  const broker::Broker* b = cluster.broker(cluster.coordinator_of(text, coordinator::kTransactionStateTopic));
  REQUIRE(b != nullptr);
  b->transaction_coordinator().for_each_transaction([&](const std::string& id, const auto& t) {
    if (id == text) found = pid ? t.producer_id : t.producer_epoch;
  });
  REQUIRE(found);
  return *found + more;
}

protocol::TopicPartition partition(const cluster::Cluster& cluster, const std::string& topic, std::int32_t index) {
  const protocol::TopicPartition found = cluster.partition({topic, index});
  return found.topic == protocol::kNoTopic ? protocol::TopicPartition{kTopicNobodyHas, index} : found;
}

protocol::BatchRef batch_of(const cluster::Cluster& cluster, const json& body) {
  protocol::RecordBatch batch;
  batch.producer_id = number(cluster, body.at("pid"));
  batch.producer_epoch = static_cast<protocol::ProducerEpoch>(number(cluster, body.at("epoch")));
  batch.base_sequence = body.at("seq").get<std::int32_t>();
  batch.transactional = body.value("transactional", true);
  for (const json& value : body.at("values")) {
    protocol::Record record;
    record.key = "k";
    record.value = value.get<std::string>();
    record.timestamp_ms = sim::kEpochMs + cluster.now().us / 1000 + body.value("age", 0);
    batch.records.push_back(record);
  }
  return seal(std::move(batch));
}

/// The version says which protocol of transactions the sender has; older ones than the two of them are not known here.
protocol::Body body_of(const cluster::Cluster& cluster, const json& step) {
  const std::string api = step.at("api");
  const int version = step.at("version");
  const json& body = step.at("body");
  const auto epoch = [&](const char* field) {
    return static_cast<protocol::ProducerEpoch>(number(cluster, body.at(field)));
  };
  if (api == "Produce") {
    protocol::ProduceRequest request;
    request.partitions.push_back({partition(cluster, body.at("topic"), body.at("partition")), batch_of(cluster, body)});
    request.transactional_id = body.at("transactionalId");
    request.transaction_version = version >= 12 ? TransactionVersion::TV2 : TransactionVersion::TV0;
    return request;
  }
  if (api == "AddPartitionsToTxn") {
    protocol::AddPartitionsToTxnTransaction transaction;
    transaction.transactional_id = body.at("v3AndBelowTransactionalId");
    transaction.producer_id = number(cluster, body.at("v3AndBelowProducerId"));
    transaction.producer_epoch = epoch("v3AndBelowProducerEpoch");
    for (const json& topic : body.at("v3AndBelowTopics"))
      for (const json& p : topic.at("partitions"))
        transaction.partitions.push_back(partition(cluster, topic.at("name"), p));
    return protocol::AddPartitionsToTxnRequest{TransactionVersion::TV0, {std::move(transaction)}};
  }
  if (api == "EndTxn") {
    protocol::EndTxnRequest request;
    request.transactional_id = body.at("transactionalId");
    request.producer_id = number(cluster, body.at("producerId"));
    request.producer_epoch = epoch("producerEpoch");
    request.committed = body.at("committed");
    request.transaction_version = version >= 5 ? TransactionVersion::TV2 : TransactionVersion::TV0;
    return request;
  }
  REQUIRE(api == "InitProducerId");
  protocol::InitProducerIdRequest request;
  request.producer_id = number(cluster, body.at("producerId"));
  request.producer_epoch = epoch("producerEpoch");
  if (!body.at("transactionalId").is_null()) request.transactional_id = body.at("transactionalId");
  request.transaction_timeout_ms = body.at("transactionTimeoutMs");
  return request;
}

/// The errors of all rows, "NONE" without one.
std::string errors_in(const protocol::Body& body) {
  Lines errors;
  const auto add = [&](protocol::ErrorCode error) {
    if (error != protocol::ErrorCode::NONE) errors.emplace_back(protocol::name(error));
  };
  if (const auto* produce = protocol::get_if<protocol::ProduceResponse>(&body)) {
    for (const auto& p : produce->partitions) add(p.error);
  } else if (const auto* added = protocol::get_if<protocol::AddPartitionsToTxnResponse>(&body)) {
    add(added->error);
    for (const auto& transaction : added->results)
      for (const auto& p : transaction.partitions) add(p.error);
  } else if (const protocol::ErrorCode* error = protocol::error_of(body)) {
    add(*error);
  }
  return errors.empty() ? "NONE" : fmt::format("{}", fmt::join(errors, " "));
}

json state_topic(const json& replicas) {
  json assignments = json::object();
  for (int i = 0; i < 50; ++i) assignments[std::to_string(i)] = replicas;
  return {{"name", "__transaction_state"},
          {"assignments", assignments},
          {"config", {{"cleanup.policy", "compact"}, {"min.insync.replicas", 2}, {"segment.bytes", 104857600}}}};
}

}  // namespace

RequestsByHand::RequestsByHand(json& file) {
  json steps = json::array();
  for (json& step : file.at("steps")) {
    const std::string act = step.value("do", "");
    if (act == "x-sh" && step.at("name") == "abort") {  // changes the cluster: an act of the simulator's
      const std::string cmd = step.at("cmd");
      const std::int64_t start = std::stoll(cmd.substr(cmd.find("--start-offset ") + 15));
      step = {{"at", step.at("at")}, {"do", "abort_hanging"}, {"partition", "orders-0"}, {"start_offset", start}};
    } else if (act == "x-sh" || act == "x-raw") {
      const auto at = scenario::parse_duration(step.at("at").get<std::string>());
      REQUIRE(at);
      acts_.push_back({sim::Instant{at->us}, step});
      continue;
    } else if (act.starts_with("x-")) {
      continue;
    }
    steps.push_back(std::move(step));
  }
  file["steps"] = std::move(steps);
  file["clients"].push_back({{"id", kSender}, {"kind", "admin"}});
  if (file.contains("x-txn-state")) file["topics"].push_back(state_topic(file.at("x-txn-state")));
}

sim::Instant RequestsByHand::due() const { return next_ < acts_.size() ? acts_[next_].at : sim::kNever; }

void RequestsByHand::act(scenario::Session& session, Seen& seen) {
  const json step = acts_[next_++].step;
  const std::string name = step.at("name");
  if (step.at("do") == "x-raw") return send(session, step);
  const std::string cmd = step.at("cmd");
  const std::size_t from = cmd.find("$BS ") + 4;
  std::vector<std::string> words =
      observe::tools::split_command("kafka-transactions " + cmd.substr(from, cmd.find(" 2>") - from));
  const observe::tools::Answer answer = observe::tools::ask(session.cluster(), words);
  Lines& lines = seen["tool " + name];
  lines.push_back("exit " + std::to_string(answer.status));
  for (const auto& part : answer.parts) {
    if (part.error) continue;
    std::stringstream in(part.text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
  }
}

void RequestsByHand::send(scenario::Session& session, const json& step) {
  cluster::Cluster& cluster = session.cluster();
  REQUIRE(awaited_.empty());
  awaited_ = step.at("name");
  const auto to = cluster::parse_node_ref(step.at("to").get<std::string>());
  REQUIRE(to);
  const std::vector<sim::NodeId> nodes = cluster.resolve(*to);
  REQUIRE(nodes.size() == 1);
  protocol::Message request = protocol::request(++correlation_, body_of(cluster, step));
  cluster::World& world = cluster.world();
  world.begin_command(session.now(), static_cast<std::uint64_t>(1'000'000 + correlation_), "by hand", awaited_);
  world.with_context(cluster.find(kSender),
                     [&](protocol::Context& ctx) { ctx.send(ctx.connect(nodes.front()), std::move(request)); });
  world.end_command();
}

void RequestsByHand::look(const scenario::Session& session, Seen& seen) {
  if (awaited_.empty()) return;
  const cluster::Cluster& cluster = session.cluster();
  const sim::NodeId sender = cluster.find(kSender);
  std::string answer;
  cluster.for_each_pending(
      [&](const sim::PendingPacket& packet, const protocol::Message& message) {
        if (packet.to == sender && message.is_response() && message.correlation_id == correlation_)
          answer = errors_in(message.body);
      },
      [](const sim::PendingTimer&) {});
  if (answer.empty()) return;
  seen["answer " + awaited_].push_back(answer);
  awaited_.clear();
}

Lines comparable(const Lines& printed) {
  static const std::map<std::string, std::string> kLetters{{"Coordinator", "B"},
                                                           {"CoordinatorId", "B"},
                                                           {"ProducerId", "P"},
                                                           {"LastTimestamp", "T"},
                                                           {"CurrentTransactionStartTimeMs", "T"},
                                                           {"TransactionDurationMs", "D"}};
  Lines lines, columns, rows;
  for (const std::string& line : printed) {
    std::stringstream in(line);
    Lines cells;
    for (std::string cell; in >> cell;) cells.push_back(cell);
    if (cells.empty()) continue;
    if (cells.front() == "exit") {
      lines.push_back(line);
    } else if (columns.empty()) {
      columns = cells;
      lines.push_back(fmt::format("{}", fmt::join(cells, " ")));
    } else {
      for (std::size_t i = 0; i < std::min(cells.size(), columns.size()); ++i)
        if (const auto letter = kLetters.find(columns[i]); letter != kLetters.end() && cells[i] != "None")
          cells[i] = letter->second;
      rows.push_back(fmt::format("{}", fmt::join(cells, " ")));
    }
  }
  std::ranges::sort(rows);
  lines.insert(lines.end(), rows.begin(), rows.end());
  return lines;
}

}  // namespace kafkascope::real_runs
