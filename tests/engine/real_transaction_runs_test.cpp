// The engine beside a real cluster of Kafka 4.1.0 (tests/oracle/transactions), recording by recording: what __transaction_state and the partitions
// held, which high watermarks and last stable offsets were seen, what consumers got, what each call returned or threw, how requests by hand were
// answered, and what kafka-transactions printed.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "real_differences.h"
#include "real_runs.h"
#include "requests_by_hand.h"
#include "support/places.h"

namespace kafkascope::real_runs {
namespace {

Lines lines_of(const Seen& seen, const std::string& what) {
  const auto found = seen.find(what);
  return found == seen.end() ? Lines{} : found->second;
}

constexpr const char* kFetches =
    "which of two brokers answers a fetch sooner (FetchBuffer.add; FetchCollector.collectFetch takes them as they came)";
constexpr const char* kAnswers =
    "which of two brokers answers a Produce sooner (Sender.handleProduceResponse is called for each by itself)";
constexpr const char* kAbort =
    "Sender.maybeSendAndPollTransactionalRequest fails what waits in the accumulator, with the error's exception before the "
    "application has called abortTransaction, else with TransactionAbortedException; TransactionalRequestResult.fail has "
    "woken the application just before";
constexpr const char* kJoins =
    "KafkaProducer.doSend wakes the sender's thread, whose TransactionManager.nextRequest adds the partition, while the "
    "application goes on to KafkaProducer.sendOffsetsToTransaction";
constexpr const char* kOneStep =
    "the sender's thread takes what is there (TransactionManager.addPartitionsToTransactionHandler) while the application "
    "sends on; here the records of one step are handed over together";
constexpr const char* kOldProduce =
    "AddPartitionsToTxnHandler.onComplete: below Produce 11 TRANSACTION_ABORTABLE is INVALID_TXN_STATE; no client of a "
    "version in between is here";
constexpr const char* kOldAdd =
    "KafkaApis.handleAddPartitionsToTxnRequest: below version 2 PRODUCER_FENCED is INVALID_PRODUCER_EPOCH";
constexpr const char* kOldInit =
    "KafkaApis.handleInitProducerIdRequest: below version 4 PRODUCER_FENCED is INVALID_PRODUCER_EPOCH";
constexpr const char* kNoClient =
    "TransactionCoordinator.handleInitProducerId; no client has an empty id (ProducerConfig: NonEmptyString)";
/// Each must still be needed.
constexpr Differs kDiffers[] = {
    {"rebalance-without-tv2", "calls f", How::Answers, kAnswers},
    {"rebalance-without-tv2", "calls t1", How::Accumulator, kAbort},
    {"rebalance-consumer-tv2", "calls f", How::Answers, kAnswers},
    {"rebalance-consumer-tv2", "calls t1", How::Accumulator, kAbort},
    {"rebalance-consumer-tv2", "calls t1", How::Order, kFetches},
    {"rebalance-consumer-tv2", "log out-0", How::Order, kFetches},
    {"rebalance-consumer-tv2", "read rc out-0", How::Order, kFetches},
    {"rebalance-consumer-tv1", "calls f", How::Answers, kAnswers},
    {"rebalance-consumer-tv1", "calls t1", How::Order, kFetches},
    {"rebalance-consumer-tv1", "calls t2", How::Order, kFetches},
    {"rebalance-consumer-tv1", "log out-0", How::Order, kFetches},
    {"rebalance-consumer-tv1", "read rc out-0", How::Order, kFetches},
    {"rebalance-without-tv1", "calls t1", How::Order, kFetches},
    {"rebalance-without-tv1", "calls t2", How::Order, kFetches},
    {"rebalance-without-tv1", "log out-0", How::Order, kFetches},
    {"rebalance-without-tv1", "read rc out-0", How::Order, kFetches},
    {"rebalance-waits-tv1", "calls f", How::Answers, kAnswers},
    {"rebalance-consumer-tv1", "state tx-t1", How::Additions, kJoins},
    {"rebalance-consumer-tv1", "state tx-t2", How::Additions, kJoins},
    {"rebalance-waits-tv1", "state tx-t1", How::Additions, kJoins},
    {"rebalance-waits-tv1", "state tx-t2", How::Additions, kJoins},
    {"rebalance-without-tv1", "state tx-t1", How::Additions, kJoins},
    {"rebalance-without-tv1", "state tx-t2", How::Additions, kJoins},
    {"coordinator-prepared-tv1", "calls p", How::Answers, kAnswers},
    {"commit-tv0", "calls p", How::Answers, kAnswers},
    {"commit-tv0", "state tx-1", How::Without, kOneStep, "Ongoing 0 orders-0"},
    {"commit-tv1", "state tx-1", How::Without, kOneStep, "Ongoing 0 orders-0"},
    {"verification", "answer 01 produce without AddPartitions v9", How::Instead, kOldProduce, "INVALID_TXN_STATE",
     "TRANSACTION_ABORTABLE"},
    {"verification", "answer 02 produce without AddPartitions v10", How::Instead, kOldProduce, "INVALID_TXN_STATE",
     "TRANSACTION_ABORTABLE"},
    {"verification", "answer 28 AddPartitions v1 old epoch", How::Instead, kOldAdd, "INVALID_PRODUCER_EPOCH",
     "PRODUCER_FENCED"},
    {"init-errors", "answer 12 the same, v3 (before KIP-588)", How::Instead, kOldInit, "INVALID_PRODUCER_EPOCH",
     "PRODUCER_FENCED"},
    {"init-errors", "answer 01 empty transactional id", How::Instead, kNoClient, "INVALID_REQUEST", "NONE"},
};

/// What a run says of a record twice agrees: who read it or was told that it is written, and the log. The first line that does not; empty: none.
std::string unlike_the_log(const Seen& seen) {
  const auto in_log = [&](const std::string& partition, const std::string& offset, const std::string& record) {
    const Lines log = lines_of(seen, "log " + partition);
    return std::ranges::any_of(
        log, [&](const std::string& line) { return line.starts_with(offset + " ") && line.ends_with(" " + record); });
  };
  for (const auto& [what, lines] : seen)
    for (const std::string& line : lines) {
      bool found = true;
      if (what.starts_with("read ")) {
        const std::size_t space = line.find(' ');
        found = in_log(what.substr(what.rfind(' ') + 1), line.substr(0, space), line.substr(space + 1));
      } else if (what.starts_with("calls ") &&
                 line.find('@') != std::string::npos) {  // "send() future k1=1 ok out-0@2"
        const std::size_t record = line.find("future ") + 7, ok = line.find(" ok ", record), at = line.find('@', ok);
        found = in_log(line.substr(ok + 4, at - ok - 4), line.substr(at + 1), line.substr(record, ok - record));
      }
      if (!found) return what + ": " + line;
    }
  return "";
}

std::vector<const Differs*> differences_of(const std::string& name, const std::string& what) {
  std::vector<const Differs*> differences;
  for (const Differs& d : kDiffers)
    if ((name == d.run || name.substr(0, name.rfind("-tv")) == d.run) && what == d.what) differences.push_back(&d);
  return differences;
}

/// The lines without these differences, except `kept`.
Pair without_all(const std::vector<const Differs*>& differences, const Differs* kept, const Seen& real, Pair lines) {
  for (const Differs* d : differences)
    if (d != kept) lines = without(*d, real, std::move(lines));
  return lines;
}

/// Checks that the lines are equal without the differences that kDiffers has for them, and that each of these is needed.
void check_equal(const std::string& name, const std::string& what, const Seen& real, const Seen& here,
                 std::set<const Differs*>& used) {
  Pair lines{lines_of(real, what), lines_of(here, what)};
  if (what.starts_with("tool ")) lines = {comparable(lines.first), comparable(lines.second)};
  const std::string told = fmt::format("{} {}:\n  real {}\n  here {}", name, what, lines.first, lines.second);
  const std::vector<const Differs*> differences = differences_of(name, what);
  const Pair left = without_all(differences, nullptr, real, lines);
  CHECK_MESSAGE(left.first == left.second, told, fmt::format("\nleft:\n  real {}\n  here {}", left.first, left.second));
  for (const Differs* d : differences) {
    used.insert(d);
    const Pair with = without_all(differences, d, real, lines);
    CHECK_MESSAGE(with.first != with.second, "not needed: ", d->why, "\n", told);
  }
}

/// These lines with one fault each: a line is missing or there twice; a number (of an epoch, a sequence, an offset, a partition) is another one, or an
/// outcome or a call.
std::vector<Lines> with_a_fault(const Lines& lines) {
  std::vector<Lines> all;
  const auto change = [&](std::size_t i, std::size_t at, std::size_t length, const std::string& by) {
    Lines& changed = all.emplace_back(lines);
    changed[i].replace(at, length, by);
  };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto place = static_cast<std::ptrdiff_t>(i);
    Lines& shorter = all.emplace_back(lines);
    shorter.erase(shorter.begin() + place);
    Lines& twice = all.emplace_back(lines);
    twice.insert(twice.begin() + place, lines[i]);
    for (std::size_t at = 0; at < lines[i].size(); ++at)
      if (lines[i][at] >= '0' && lines[i][at] <= '9') change(i, at, 1, std::string(1, lines[i][at]) + "7");
    for (const std::string word : {"ok", "CommitFailedException", "TransactionAbortedException", "commit", "abort"}) {
      const std::size_t at = lines[i].find(word);
      if (at != std::string::npos) change(i, at, word.size(), "Other");
    }
  }
  return all;
}

/// A recording beside the story with its name, or beside the scenario that the cluster had, if there is no such story.
Seen run_here(const std::string& name) {
  const std::string version = name.substr(name.size() - 1);
  std::string scenario = name.substr(0, name.rfind("-tv"));
  const std::string story = text_at(source_root() + "/tests/stories/real-transactions-" + scenario + ".json");
  if (!story.empty() && version == "2") return run(story, "base", nullptr);
  if (!story.empty() && story.find("\"id\": \"tv" + version + "\"") != std::string::npos)
    return run(story, "tv" + version, nullptr);
  const bool verified = scenario == "hanging-verified";
  if (verified) scenario = "hanging";
  const std::string text = text_at(source_root() + "/tests/oracle/transactions/" + scenario + ".json");
  REQUIRE_FALSE(text.empty());
  nlohmann::json file = nlohmann::json::parse(text);
  file["cluster"]["features"]["transaction.version"] = std::stoi(version);
  if (verified) file["cluster"].erase("config");
  RequestsByHand by_hand(file);
  return run(file.dump(), "base", &by_hand);
}

}  // namespace

TEST_CASE(
    "transactions of a real cluster: the engine shows the same states, markers, offsets, reads, answers and exceptions") {
  const std::filesystem::path runs = source_root() + "/tests/oracle/transactions";
  int recordings = 0, compared = 0;
  std::set<const Differs*> used;
  for (const auto& entry : std::filesystem::directory_iterator(runs)) {
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() != ".tsv") continue;
    CAPTURE(name);
    ++recordings;
    const Seen real = recorded(entry.path().string());
    const Seen here = run_here(name);
    CHECK(unlike_the_log(real) == "");
    CHECK(unlike_the_log(here) == "");
    std::set<std::string> all;
    for (const auto& [what, lines] : real) all.insert(what);
    for (const auto& [what, lines] : here)
      if (!what.starts_with("stable ") && !what.starts_with("marker __")) all.insert(what);  // not recorded
    for (const std::string& what : all) {
      CAPTURE(what);
      ++compared;
      if (!what.starts_with("offsets ")) {
        check_equal(name, what, real, here, used);
        continue;
      }
      const Lines samples = lines_of(real, what), history = lines_of(here, what),
                  stable = lines_of(here, "stable " + what.substr(what.find(' ') + 1));
      const std::string told =
          fmt::format("{} {}:\n  real {}\n  here {}\n  log {}", name, what, samples, history, stable);
      CHECK_MESSAGE(may_be_samples(samples, history), told);
      // What no sample shows must follow from the log, which is equal.
      auto at = stable.begin();
      for (const std::string& line : history) {
        at = std::find(at, stable.end(), line);
        CHECK_MESSAGE(at != stable.end(), told, "\n  ", line);
        if (at == stable.end()) break;
      }
    }
  }
  CHECK(compared > 400);
  CHECK(used.size() == std::size(kDiffers));
  const std::string said = fmt::format("in {} runs of a real cluster of 4.1.0", recordings);
  CHECK(text_at(source_root() + "/docs/fidelity.md").find(said) != std::string::npos);
}

TEST_CASE("transactions of a real cluster: no difference that is tolerated hides another one") {
  std::size_t faults = 0;
  for (const auto& entry : std::filesystem::directory_iterator(source_root() + "/tests/oracle/transactions")) {
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() != ".tsv") continue;
    CAPTURE(name);
    std::optional<Seen> here;
    const Seen real = recorded(entry.path().string());
    for (const auto& recorded_lines : real) {
      const std::string& what = recorded_lines.first;
      const std::vector<const Differs*> differences = differences_of(name, what);
      if (differences.empty()) continue;
      if (!here) here = run_here(name);
      CAPTURE(what);
      const Lines lines = lines_of(*here, what);
      for (const Lines& wrong : with_a_fault(lines)) {
        ++faults;
        (*here)[what] = wrong;
        const Pair left = without_all(differences, nullptr, real, {recorded_lines.second, wrong});
        CHECK_MESSAGE((left.first != left.second || !unlike_the_log(*here).empty()), fmt::format("{}", wrong));
      }
      (*here)[what] = lines;
    }
  }
  CHECK(faults > 1000);
}

TEST_CASE(
    "transactions of a real cluster: sampled offsets must occur in the history, in order, from its first to its last") {
  const Lines history{"0 0", "1 0", "3 0", "4 4"};
  CHECK(may_be_samples(history, history));
  CHECK(may_be_samples({"0 0", "4 4"}, history));
  CHECK(may_be_samples({"0 0", "3 4", "4 4"}, history));  // the last stable offset is asked for later
  CHECK_FALSE(may_be_samples({"0 0", "3 0"}, history));
  CHECK_FALSE(may_be_samples({"1 0", "4 4"}, history));
  CHECK_FALSE(may_be_samples({"0 0", "2 0", "4 4"}, history));
  CHECK_FALSE(may_be_samples({"0 0", "4 4", "3 0", "4 4"}, history));
  CHECK_FALSE(may_be_samples({}, history));
}

}  // namespace kafkascope::real_runs
