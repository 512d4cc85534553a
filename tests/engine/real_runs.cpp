#include "real_runs.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <memory>
#include <set>
#include <sstream>
#include <utility>

#include "broker/broker.h"
#include "client/producer.h"
#include "client/transform.h"
#include "coordinator/transaction_coordinator_shard.h"
#include "observe/judge/ledger.h"
#include "protocol/facts_of_clients.h"
#include "protocol/transaction_marker.h"
#include "real_calls.h"
#include "scenario/load.h"
#include "scenario/session.h"
#include "sim/facts_of_kernel.h"
#include "storage/partition_log.h"

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
    if (producer == nullptr || producer->calls().count() == 0) continue;
    const client::CallLog& calls = producer->calls();
    Program& p = program(session, node);
    const auto fresh = static_cast<std::size_t>(calls.count() - std::exchange(p.returned, calls.count()));
    REQUIRE(fresh <= calls.last().size());
    for (std::size_t i = calls.last().size() - fresh; i < calls.last().size(); ++i)
      seen["calls " + p.name].push_back(
          fmt::format("{} {}", name_of(calls.last()[i].kind),
                      calls.last()[i].exception.empty() ? "ok" : calls.last()[i].exception));
  }
}

namespace {

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::stringstream in(line);
  for (std::string field; std::getline(in, field, '\t');) fields.push_back(field);
  fields.resize(8);
  return fields;
}

std::string nth(std::int64_t base, std::size_t i) { return std::to_string(base + static_cast<std::int64_t>(i)); }

std::string text_of(const protocol::RecordView& record) {
  return fmt::format("{}={}", record.key.value_or(""), record.value.value_or(""));
}

/// "1 0": with a high watermark of 1 the last stable offset is 0. All pairs that a partition with this log may show, by the log alone: a high
/// watermark is a batch's end, and the last stable offset is the first record of a transaction whose end is not below it.
Lines stable_offsets_of(const storage::PartitionLog& log) {
  struct Transaction {
    std::int64_t first = 0, end = std::numeric_limits<std::int64_t>::max();  // end: the marker's offset
  };
  std::vector<std::pair<protocol::ProducerId, Transaction>> transactions;
  const auto open = [&](protocol::ProducerId id) {
    return std::ranges::find_if(transactions, [&](const auto& t) {
      return t.first == id && t.second.end == std::numeric_limits<std::int64_t>::max();
    });
  };
  std::vector<std::int64_t> ends{0};
  for (const protocol::StoredBatch& stored : log.batches()) {
    const std::int64_t first = stored.base_offset.value;
    ends.push_back(stored.next_offset().value);
    const auto of = open(stored.data->producer_id);
    if (protocol::marker_in(*stored.data)) {
      if (of != transactions.end()) of->second.end = first;
    } else if (stored.data->transactional && of == transactions.end()) {
      transactions.push_back({stored.data->producer_id, {first}});
    }
  }
  Lines lines;
  for (const std::int64_t high_watermark : ends) {
    std::int64_t stable = high_watermark;
    for (const auto& [id, t] : transactions)
      if (t.end >= high_watermark) stable = std::min(stable, t.first);
    lines.push_back(fmt::format("{} {}", high_watermark, stable));
  }
  return lines;
}

/// f(topic, partition's name, leader's log).
template <class F>
void for_each_log(const cluster::Cluster& cluster, F&& f) {
  for (const protocol::TopicImage& topic : cluster.committed().topics())
    for (std::size_t p = 0; p < topic.partitions.size(); ++p) {
      const protocol::TopicPartition tp{topic.id, static_cast<std::int32_t>(p)};
      if (const storage::PartitionLog* log = cluster.leader_log(tp)) f(topic.name, cluster.name(tp), tp, *log);
    }
}

/// What the groups of the file's clients have committed at the end.
void see_groups(const cluster::Cluster& cluster, Seen& seen) {
  std::set<std::string> groups;
  for (const cluster::ClientSpec& client : cluster.spec().clients)
    if ((client.config.scopes() & protocol::config_scope::kConsumer) != 0)
      groups.insert(client.config.text("group.id"));
  groups.erase("");
  for (const std::string& group : groups) {
    Lines offsets;
    const broker::Broker* b = cluster.broker(cluster.coordinator_of(group));
    const coordinator::OffsetMap* committed = b == nullptr ? nullptr : b->coordinator().offsets(group);
    if (committed != nullptr)
      for (const auto& [partition, offset] : *committed)
        offsets.push_back(fmt::format("{}={}", cluster.name(partition), offset.offset.value));
    std::ranges::sort(offsets);
    seen["committed " + group] = {fmt::format("{}", fmt::join(offsets, ","))};
  }
}

}  // namespace

Seen recorded(const std::string& path) {
  std::ifstream in(path);
  REQUIRE(in);
  Seen seen;
  for (std::string line; std::getline(in, line);) {
    const auto f = fields_of(line);
    if (f[0] == "state") seen["state " + f[1]].push_back(fmt::format("{} {} {}", f[2], f[3], f[4]));
    if (f[0] == "marker") seen["marker " + f[1]].push_back(fmt::format("{} {} {} {}", f[2], f[3], f[4], f[5]));
    if (f[0] == "batch") {
      std::stringstream records(f[5]);
      std::size_t i = 0;
      for (std::string record; records >> record; ++i)
        seen["log " + f[1]].push_back(fmt::format("{} {} sequence {} {}", nth(std::stoll(f[2]), i), f[3],
                                                  nth(std::stoll(f[4].substr(f[4].find(' '))), i), record));
    }
    if (f[0] == "offsets") seen["offsets " + f[1]].push_back(f[2] + " " + f[3]);
    if (f[0] == "read") {
      const std::size_t at = f[2].find('@');
      seen["read " + f[1] + " " + f[2].substr(0, at)].push_back(f[2].substr(at + 1) + " " + f[3]);
    }
    if (f[0] == "answer") seen["answer " + f[1]].push_back(f[2]);
    if (f[0] == "committed") seen["committed " + f[1]].push_back(f[2]);
    if (f[0] == "tool") seen["tool " + f[1]].push_back(f[2]);
    if (f[0] == "call") seen["calls " + f[1]].push_back(f[2] + " " + f[3]);
  }
  return seen;
}

std::string text_at(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

Seen run(const std::string& story, const std::string& variant, ByHand* by_hand) {
  scenario::LoadOptions options;
  options.variant = variant;
  scenario::Loaded loaded = scenario::load(story, options);
  REQUIRE(loaded.ok());
  scenario::Session session(std::make_shared<scenario::Scenario>(std::move(*loaded.scenario)), true);
  const cluster::Cluster& cluster = session.cluster();
  Seen seen;
  CallLog calls(nlohmann::json::parse(story));
  const auto look = [&] {
    calls.look(session, seen);
    for_each_log(cluster, [&](const std::string& topic, const std::string& name, protocol::TopicPartition,
                              const storage::PartitionLog& log) {
      if (topic.starts_with("__")) return;
      Lines& offsets = seen["offsets " + name];
      std::string now = fmt::format("{} {}", log.high_watermark().value, log.last_stable_offset().value);
      if (offsets.empty() || offsets.back() != now) offsets.push_back(std::move(now));
    });
  };
  const sim::Instant until = session.until();
  for (sim::Instant next = sim::kNever;;) {
    next = std::min(until, by_hand == nullptr ? sim::kNever : by_hand->due());
    while (session.step(next)) {
      look();
      if (by_hand != nullptr) by_hand->look(session, seen);
    }
    if (next == until) break;
    by_hand->act(session, seen);
  }
  see_groups(cluster, seen);
  std::map<std::pair<protocol::TopicPartition, std::int64_t>, std::string> records;
  for_each_log(cluster, [&](const std::string& topic, const std::string& name, protocol::TopicPartition tp,
                            const storage::PartitionLog& log) {
    if (!topic.starts_with("__")) seen["stable " + name] = stable_offsets_of(log);
    for (const protocol::StoredBatch& stored : log.batches()) {
      const protocol::RecordBatch& batch = *stored.data;
      for (int i = 0; i < batch.count(); ++i) {
        const protocol::RecordView record = batch.records[static_cast<std::size_t>(i)];
        const std::int64_t offset = (stored.base_offset + batch.offset_delta(i)).value;
        if (topic == coordinator::kTransactionStateTopic) {
          const auto decoded = coordinator::TransactionCoordinatorShard::decode(record);
          if (!decoded) continue;
          Lines& states = seen["state " + std::get<0>(*decoded).transactional_id];
          if (!std::get<0>(*decoded).value) {
            states.push_back("tombstone  ");
            continue;
          }
          const auto& value = *std::get<0>(*decoded).value;
          Lines partitions;
          for (const protocol::TopicPartition p : value.transaction_partitions) partitions.push_back(cluster.name(p));
          std::ranges::sort(partitions);
          states.push_back(fmt::format("{} {} {}", coordinator::name(value.transaction_status), value.producer_epoch,
                                       fmt::join(partitions, ",")));
        } else if (const auto marker = protocol::marker_in(batch)) {
          seen["marker " + name].push_back(fmt::format(
              "{} {} {} {}", offset, marker->result == protocol::TransactionResult::Commit ? "COMMIT" : "ABORT",
              marker->coordinator_epoch, batch.producer_epoch));
        } else if (!topic.starts_with("__")) {
          records[{tp, offset}] = text_of(record);
          seen["log " + name].push_back(fmt::format("{} epoch {} sequence {} {}", offset, batch.producer_epoch,
                                                    batch.base_sequence + i, text_of(record)));
        }
      }
    }
  });
  const observe::TraceStore& trace = session.observation().trace();
  bool aborting = false;  // kafka-transactions abort was called
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const sim::TraceLine& line = trace[i];
    const std::string who = line.node.index < 0 ? "" : cluster.nodes()[static_cast<std::size_t>(line.node.index)].name;
    if (const auto read = fact_if<fact::RecordDelivered>(line)) {
      for (std::int64_t o = read->first_offset.value; o <= read->last_offset.value; ++o)
        if (const auto record = records.find({read->partition, o}); record != records.end())
          seen["read " + who + " " + cluster.name(read->partition)].push_back(fmt::format("{} {}", o, record->second));
    } else if (const auto result = fact_if<fact::CommandResult>(line)) {
      if (aborting) seen["tool abort"].push_back(result->error == protocol::ErrorCode::NONE ? "exit 0" : "exit 1");
    } else if (const auto act = fact_if<fact::Command>(line)) {
      aborting |= std::string(act->verb) == "abort_hanging";
    }
  }
  return seen;
}

}  // namespace kafkascope::real_runs
