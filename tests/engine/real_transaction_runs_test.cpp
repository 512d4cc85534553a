// The stories real-transactions-* beside the same scenarios on a real cluster of Kafka 4.1.0 (tests/oracle/transactions): what __transaction_state and the
// partitions held, which high watermarks and last stable offsets were seen, what consumers got, and what each call returned or threw.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "coordinator/transaction_coordinator_shard.h"
#include "protocol/facts_of_clients.h"
#include "protocol/transaction_marker.h"
#include "scenario/load.h"
#include "scenario/session.h"
#include "sim/facts_of_kernel.h"
#include "storage/partition_log.h"
#include "support/places.h"

using namespace kafkascope;

namespace {

using Lines = std::vector<std::string>;
/// "state tx-1", "offsets orders-0", "read rc orders-0", … → what was seen of it, in order.
using Seen = std::map<std::string, Lines>;

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::stringstream in(line);
  for (std::string field; std::getline(in, field, '\t');) fields.push_back(field);
  fields.resize(8);
  return fields;
}

std::string offset_of(std::int64_t base, std::size_t i) { return std::to_string(base + static_cast<std::int64_t>(i)); }

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
        seen["log " + f[1]].push_back(fmt::format("{} {} {}", offset_of(std::stoll(f[2]), i), f[3], record));
    }
    if (f[0] == "offsets") seen["offsets " + f[1]].push_back(f[2] + " " + f[3]);
    if (f[0] == "read") {
      const std::size_t at = f[2].find('@');
      seen["read " + f[1] + " " + f[2].substr(0, at)].push_back(f[2].substr(at + 1) + " " + f[3]);
    }
    if (f[0] == "call" && f[2].starts_with("send() future ")) {
      const bool ok = f[3].starts_with("ok ");
      seen[(ok ? "sent " : "failed ") + f[1]].push_back(ok ? f[2].substr(14) + " " + f[3].substr(3) : f[3]);
    } else if (f[0] == "call" && f[2].starts_with("send() ")) {
      seen["failed " + f[1]].push_back(f[3]);  // thrown by send() itself, whose callback comes, too
    } else if (f[0] == "call" && f[3] != "ok") {
      seen["thrown " + f[1]].push_back(f[2] + " " + f[3]);
    }
  }
  for (auto& [what, lines] : seen)
    if (what.starts_with("sent ")) std::ranges::sort(lines);
  return seen;
}

std::string text_of(const protocol::RecordView& record) {
  return fmt::format("{}={}", record.key.value_or(""), record.value.value_or(""));
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

std::string text_at(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

Seen run(const std::string& story, const std::string& variant) {
  scenario::LoadOptions options;
  options.variant = variant;
  scenario::Loaded loaded = scenario::load(story, options);
  REQUIRE(loaded.ok());
  scenario::Session session(std::make_shared<scenario::Scenario>(std::move(*loaded.scenario)), true);
  const cluster::Cluster& cluster = session.cluster();
  Seen seen;
  const auto look = [&] {
    for_each_log(cluster, [&](const std::string& topic, const std::string& name, protocol::TopicPartition,
                              const storage::PartitionLog& log) {
      if (topic.starts_with("__")) return;
      Lines& offsets = seen["offsets " + name];
      std::string now = fmt::format("{} {}", log.high_watermark().value, log.last_stable_offset().value);
      if (offsets.empty() || offsets.back() != now) offsets.push_back(std::move(now));
    });
  };
  const sim::Instant until = session.until();
  while (session.step(until)) look();
  std::map<std::pair<protocol::TopicPartition, std::int64_t>, std::string> records;
  for_each_log(cluster, [&](const std::string& topic, const std::string& name, protocol::TopicPartition tp,
                            const storage::PartitionLog& log) {
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
          seen["log " + name].push_back(fmt::format("{} epoch {} {}", offset, batch.producer_epoch, text_of(record)));
          if (batch.client >= 0)
            seen["sent " + cluster.nodes()[static_cast<std::size_t>(batch.client)].name].push_back(
                fmt::format("{} {}@{}", text_of(record), name, offset));
        }
      }
    }
  });
  const observe::TraceStore& trace = session.observation().trace();
  std::map<std::string, std::string> calls;  // the last one of each client
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const sim::TraceLine& line = trace[i];
    const std::string who = line.node.index < 0 ? "" : cluster.nodes()[static_cast<std::size_t>(line.node.index)].name;
    if (const auto read = fact_if<fact::RecordDelivered>(line)) {
      for (std::int64_t o = read->first_offset.value; o <= read->last_offset.value; ++o)
        if (const auto record = records.find({read->partition, o}); record != records.end())
          seen["read " + who + " " + cluster.name(read->partition)].push_back(fmt::format("{} {}", o, record->second));
    } else if (const auto error = fact_if<fact::ClientError>(line)) {
      const std::string exception(error->exception);
      if (error->error != protocol::ErrorCode::NONE || !exception.ends_with("Exception")) continue;
      // One with a partition is the future's of a record.
      if (error->partition.topic >= 0) {
        Lines& lines = seen["failed " + who];
        lines.insert(lines.end(), static_cast<std::size_t>(error->count), exception);
      } else {
        const auto call = calls.find(who);
        seen["thrown " + who].push_back((call == calls.end() ? "?" : call->second) + " " + exception);
      }
    } else if (const auto act = fact_if<fact::Command>(line)) {
      const std::string verb(act->verb);
      const std::string arguments(act->arguments);
      if (verb.ends_with("_transaction")) calls[arguments.substr(0, arguments.find(' '))] = verb;
    }
  }
  for (auto& [what, lines] : seen)
    if (what.starts_with("sent ")) std::ranges::sort(lines);
  return seen;
}

Lines lines_of(const Seen& seen, const std::string& what) {
  const auto found = seen.find(what);
  return found == seen.end() ? Lines{} : found->second;
}

/// A high watermark, and a last stable offset that was asked for after it.
std::pair<std::string, std::string> pair_of(const std::string& line) {
  const std::size_t space = line.find(' ');
  return {line.substr(0, space), line.substr(space + 1)};
}

/// All samples, in their order, may be taken of a partition with this history.
bool may_be_samples(const Lines& samples, const Lines& history) {
  auto at = history.begin();
  for (const std::string& sample : samples) {
    const std::pair<std::string, std::string> asked = pair_of(sample);
    at = std::find_if(at, history.end(), [&](const std::string& line) { return pair_of(line).first == asked.first; });
    at = std::find_if(at, history.end(), [&](const std::string& line) { return pair_of(line).second == asked.second; });
    if (at == history.end()) return false;
  }
  return true;
}

/// What differs, and why. Each must still differ.
struct Differs {
  const char *run, *what, *why;
  const char* but = nullptr;  // what stands in the story's run for what differs; nullptr: the same in another order
};
constexpr Differs kDiffers[] = {
    {"rebalance-without-tv2", "failed t1", "a race of two threads (tests/oracle/README.md)", "CommitFailedException"},
    {"rebalance-consumer-tv2", "log out-0", "which of two brokers answers the first fetch sooner"},
    {"rebalance-consumer-tv2", "read rc out-0", "the same"},
    {"rebalance-consumer-tv2", "sent t1", "the same"},
};

/// The words of all lines, without the offsets, in any order.
std::multiset<std::string> words_of(const Lines& lines) {
  std::multiset<std::string> words;
  for (const std::string& line : lines) {
    std::stringstream in(line);
    for (std::string word; in >> word;)
      if (word.find('=') != std::string::npos) words.insert(word);
  }
  return words;
}

bool differs_as_said(const Differs& d, const Lines& real, const Lines& here) {
  if (real == here) return false;
  return d.but != nullptr ? here == Lines(real.size(), d.but) : words_of(real) == words_of(here);
}

}  // namespace

TEST_CASE("transactions of a real cluster: the stories show the same states, markers, offsets, reads and exceptions") {
  const std::filesystem::path runs = source_root() + "/tests/oracle/transactions";
  int compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(runs)) {
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() != ".tsv") continue;
    const std::string story =
        source_root() + "/tests/stories/real-transactions-" + name.substr(0, name.rfind("-tv")) + ".json";
    const bool newer = name.ends_with("tv2");
    if (!std::filesystem::exists(story)) continue;
    const std::string text = text_at(story);
    if (!newer && (!name.ends_with("tv1") || text.find(R"("id": "tv1")") == std::string::npos)) continue;
    CAPTURE(name);
    const Seen real = recorded(entry.path().string());
    const Seen here = run(text, newer ? "base" : "tv1");
    std::set<std::string> all;
    for (const auto& [what, lines] : real) all.insert(what);
    for (const auto& [what, lines] : here)
      if (!what.starts_with("offsets ") && !what.starts_with("marker __")) all.insert(what);  // those were not recorded
    for (const std::string& what : all) {
      CAPTURE(what);
      Lines lines = lines_of(real, what), got = lines_of(here, what);
      // A program with a plan of its own: which call threw is not known here.
      if (!got.empty() && got[0].starts_with("? "))
        for (std::string& line : lines) line = "? " + line.substr(line.find(' ') + 1);
      ++compared;
      const std::string told = fmt::format("{} {}:\n  real {}\n  here {}", name, what, lines, got);
      const auto excuse =
          std::ranges::find_if(kDiffers, [&](const Differs& d) { return name == d.run && what == d.what; });
      if (excuse != std::end(kDiffers)) CHECK_MESSAGE(differs_as_said(*excuse, lines, got), told);
      else if (what.starts_with("offsets ")) CHECK_MESSAGE(may_be_samples(lines, got), told);
      else CHECK_MESSAGE(lines == got, told);
    }
  }
  CHECK(compared > 100);
}
