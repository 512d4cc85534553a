#include "real_calls.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "client/producer.h"
#include "client/transform.h"
#include "observe/judge/ledger.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::real_runs {
namespace {

std::string_view name_of(client::TransactionCall::Kind kind) {
  switch (kind) {
    case client::TransactionCall::Kind::Init: return "init_transactions";
    case client::TransactionCall::Kind::Begin: return "begin_transaction";
    case client::TransactionCall::Kind::SendOffsets: return "send_offsets_to_transaction";
    case client::TransactionCall::Kind::Commit: return "commit_transaction";
    case client::TransactionCall::Kind::Abort: break;
  }
  return "abort_transaction";
}

const client::Producer* producer_at(const cluster::Cluster& cluster, sim::NodeId node) {
  if (!cluster.alive(node)) return nullptr;
  if (const auto* transform = cluster.role<client::Transform>(node)) return &transform->producer();
  return cluster.role<client::Producer>(node);
}

}  // namespace

CallLog::CallLog(const nlohmann::json& file) {
  for (const nlohmann::json& step : file.at("steps")) {
    if (step.value("do", "") != "produce") continue;
    for (const nlohmann::json& record : step.at("records")) {
      const std::string key = record.at("key"), value = record.at("value");
      texts_[step.at("node")].push_back(fmt::format("{}={}", key, value));
      values_[key] = value;
    }
  }
}

CallLog::Program& CallLog::program(scenario::Session& session, std::int32_t node) {
  Program& program = programs_[node];
  if (program.name.empty()) program.name = session.cluster().nodes()[static_cast<std::size_t>(node)].name;
  return program;
}

void CallLog::on_sent(Program& program, const fact::RecordSent& sent) {
  REQUIRE(sent.number == program.texts.size());
  const std::string key(sent.key);
  const auto planned = texts_.find(program.name);
  std::string text = planned == texts_.end() ? fmt::format("{}={}", key, values_.at(key))
                                             : planned->second.at(static_cast<std::size_t>(sent.number));
  REQUIRE(text.starts_with(key + "="));
  program.texts.push_back(std::move(text));
  program.pending.push_back(sent.number);
}

void CallLog::on_acked(scenario::Session& session, std::int32_t node, const fact::BatchAcked& acked, Seen& seen) {
  Program& p = program(session, node);
  const std::string place = session.cluster().name(acked.partition);
  std::int64_t offset = acked.base_offset.value;
  for (auto at = p.pending.begin(); at != p.pending.end() && offset < acked.base_offset.value + acked.count;) {
    const observe::RecordState* record = session.observation().ledger().record(node, *at);
    REQUIRE(record != nullptr);
    if (record->outcome != observe::Outcome::Acked || record->partition != acked.partition) {
      ++at;
      continue;
    }
    seen["calls " + p.name].push_back(fmt::format("send() future {} ok {}@{}", p.texts[*at], place, offset++));
    at = p.pending.erase(at);
  }
  CHECK(offset == acked.base_offset.value + acked.count);
}

void CallLog::on_failed(scenario::Session& session, std::int32_t node, const fact::BatchFailed& failed, Seen& seen) {
  Program& p = program(session, node);
  std::int32_t count = 0;
  for (auto at = p.pending.begin(); at != p.pending.end() && count < failed.count;) {
    const observe::RecordState* record = session.observation().ledger().record(node, *at);
    REQUIRE(record != nullptr);
    if (record->outcome != observe::Outcome::Failed) {
      ++at;
      continue;
    }
    seen["calls " + p.name].push_back(fmt::format("send() future {} {}", p.texts[*at], std::string(failed.exception)));
    at = p.pending.erase(at);
    ++count;
  }
  CHECK(count == failed.count);
}

void CallLog::on_line(scenario::Session& session, std::size_t i, Seen& seen) {
  const observe::TraceStore& trace = session.observation().trace();
  const sim::TraceLine& line = trace[i];
  const std::int32_t node = line.node.index;
  if (const auto sent = fact_if<fact::RecordSent>(line)) {
    on_sent(program(session, node), *sent);
  } else if (const auto acked = fact_if<fact::BatchAcked>(line)) {
    on_acked(session, node, *acked, seen);
  } else if (const auto failed = fact_if<fact::BatchFailed>(line)) {
    on_failed(session, node, *failed, seen);
  } else if (const auto error = fact_if<fact::ClientError>(line)) {
    const std::string exception(error->exception);
    if (error->error != protocol::ErrorCode::NONE || error->partition.topic < 0 || !exception.ends_with("Exception"))
      return;
    if (i + 1 < trace.size() && fact_if<fact::BatchFailed>(trace[i + 1])) return;  // the batch's
    // KafkaProducer.doSend puts an ApiException into the future, and throws any other KafkaException.
    const Program& p = program(session, node);
    seen["calls " + p.name].push_back(
        fmt::format("send(){} {} {}", exception == "KafkaException" ? "" : " future", p.texts.back(), exception));
  } else if (const auto died = fact_if<fact::NodeDied>(line)) {
    const auto p = programs_.find(node);
    if (p != programs_.end() && died->how == sim::Death::Stop) seen["calls " + p->second.name].push_back("close ok");
  }
}

void CallLog::look(scenario::Session& session, Seen& seen) {
  const cluster::Cluster& cluster = session.cluster();
  for (const std::size_t end = session.observation().trace().size(); lines_ < end; ++lines_)
    on_line(session, lines_, seen);
  for (std::size_t n = 0; n < cluster.nodes().size(); ++n) {
    const auto node = static_cast<std::int32_t>(n);
    const client::Producer* producer = producer_at(cluster, sim::NodeId{node});
    if (producer == nullptr || producer->returned_calls() == 0) continue;
    Program& p = program(session, node);
    const std::uint64_t before = std::exchange(p.returned, producer->returned_calls());
    const auto fresh = static_cast<std::size_t>(p.returned - before);
    const std::vector<client::ReturnedCall>& last = producer->last_returned();
    REQUIRE(fresh <= last.size());
    for (std::size_t i = last.size() - fresh; i < last.size(); ++i)
      seen["calls " + p.name].push_back(
          fmt::format("{} {}", name_of(last[i].kind), last[i].exception.empty() ? "ok" : last[i].exception));
  }
}

}  // namespace kafkascope::real_runs
