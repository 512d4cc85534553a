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

#include "broker/broker.h"
#include "coordinator/transaction_coordinator_shard.h"
#include "protocol/facts_of_clients.h"
#include "protocol/transaction_marker.h"
#include "real_calls.h"
#include "scenario/load.h"
#include "sim/facts_of_kernel.h"
#include "storage/partition_log.h"

namespace kafkascope::real_runs {
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
