// The ledger in words (sentences.txt): for stories and lessons the sentences about one record of each fate, in both
// languages. KAFKASCOPE_WRITE_SENTENCES=1 writes them anew; review the difference.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "observe/why/account.h"
#include "support/lessons.h"
#include "why/whole.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// The run at its end.
Session& run_of(std::map<std::string, Session>& runs, const std::string& file, const std::string& variant) {
  const auto found = runs.find(file + " " + variant);
  if (found != runs.end()) return found->second;
  Session session(loaded(read_text(source_path(file)), variant), true);
  session.run_to_end();
  return runs.emplace(file + " " + variant, std::move(session)).first->second;
}

bool has_hangul_in(const std::string& text) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i)
    if (const auto c = static_cast<unsigned char>(text[i]); c >= 0xEA && c <= 0xED) return true;
  return false;
}

/// The sentences of the records that group got more than once, in order.
std::vector<std::string> redelivered(const std::string& variant) {
  scenario::Session session(loaded(read_text(source_path("tests/stories/share-lock-ends-in-the-buffer.json")), variant),
                            true);
  session.run_to_end();
  std::vector<std::string> sentences;
  for (const observe::Account& account : observe::accounts(session.moment(), "redelivered", 10))
    sentences.push_back(account.sentence.en);
  return sentences;
}

}  // namespace

TEST_CASE("each fate of the ledger has a sentence with the moments that led to it, in both languages") {
  const std::string table = source_path("tests/why/sentences.txt");
  std::istringstream lines(read_text(table));
  std::string written, head, expected;
  std::map<std::string, Session> runs;
  std::set<std::string> fates;
  const auto check = [&] {
    if (head.empty()) return;
    CAPTURE(head);
    std::string file, variant, fate;
    std::istringstream(head) >> file >> variant >> fate;
    fates.insert(fate);
    const auto all = observe::accounts(run_of(runs, file, variant).moment(), fate, 1);
    REQUIRE(!all.empty());
    const std::string now = "  " + all.front().sentence.en + "\n  " + all.front().sentence.ko + "\n";
    CHECK(now == expected);
    written += head + "\n" + now;
  };
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#") || line.empty()) {
      check();
      head.clear();
      written += line + "\n";
    } else if (line.front() == ' ') {
      expected += line + "\n";
    } else {
      check();
      head = line;
      expected.clear();
    }
  }
  check();
  for (const std::string_view fate : observe::told_fates())
    CHECK_MESSAGE(fates.contains(std::string(fate)), std::string(fate), " has no example");
  if (std::getenv("KAFKASCOPE_WRITE_SENTENCES") != nullptr) std::ofstream(table) << written;
}

TEST_CASE(
    "every lost, repeated, reordered, skipped or aborted record of a lesson or story has a complete sentence with its cause") {
  constexpr std::size_t kMost = 3;
  std::vector<File> files = files_below("scenarios/delivery");
  for (File& file : files_below("scenarios/producer")) files.push_back(std::move(file));
  for (File& file : files_below("tests/stories"))
    if (file.name.find("/delivery-") != std::string::npos || file.name.find("transaction") != std::string::npos ||
        file.name.find("transform") != std::string::npos)
      files.push_back(std::move(file));
  int told = 0, rooted = 0;
  for (const File& file : files)
    for (const std::string& variant : file.variants) {
      Session session(loaded(file.text, variant), true);
      session.run_to_end();
      const std::string hash = session.trace_hash();
      for (const std::string_view fate : observe::told_fates())
        for (const observe::Account& account : observe::accounts(session.moment(), fate, kMost)) {
          CAPTURE(file.name);
          CAPTURE(variant);
          CAPTURE(account.sentence.en);
          // There is no act behind a planned abort, or its reader, or a record that waits.
          const bool of_a_fault = fate != "aborted" && fate != "failed" && fate != "in_doubt" && fate != "pending" &&
                                  fate != "uncommitted_read";
          told += of_a_fault;
          CHECK(account.sentence.en.ends_with("."));
          CHECK(account.sentence.en.find(" s)") != std::string::npos);
          CHECK(account.sentence.ko.find("초)") != std::string::npos);
          CHECK(has_hangul_in(account.sentence.ko));
          for (const std::string* text : {&account.sentence.en, &account.sentence.ko}) {
            CHECK(text->find('{') == std::string::npos);
            CHECK(text->find("?}") == std::string::npos);
            CHECK(text->find("..") == std::string::npos);
          }
          CHECK_FALSE(account.answer.chain.empty());
          // The root is an existing line, and does not come after its effect.
          if (!account.answer.root) continue;
          rooted += of_a_fault;
          REQUIRE(session.observation().trace().find(account.answer.root->seq) != nullptr);
          CHECK(account.answer.root->seq <= account.answer.chain.back());
          for (const auto& step : account.answer.steps)
            CHECK((step.seq == 0 || step.seq <= account.answer.chain.back()));
        }
      CHECK(session.trace_hash() == hash);
    }
  MESSAGE(told, " sentences about what a fault did, ", rooted, " with a root");
  CHECK(told > 40);
  CHECK(rooted * 10 > told * 8);
}

TEST_CASE(
    "a record that is redelivered to a consumer without a group has a sentence, and Why? finds it by the consumer's name") {
  std::map<std::string, Session> runs;
  Session& session = run_of(runs, "scenarios/log/append-only.json", "base");
  const observe::ClusterView truth(session.cluster());
  const auto again = session.observation().ledger().group_total(truth).redelivered;
  const auto all = observe::accounts(session.moment(), "redelivered", 1000);
  CHECK(again > 0);
  CHECK(static_cast<std::int64_t>(all.size()) == again);
  for (const observe::Account& account : all) {
    CHECK(account.group == "@reader");
    CHECK(account.answer.root_kind == observe::RootKind::Act);
    CHECK(account.answer.question.en.starts_with("Why did reader get record "));
    CHECK(account.sentence.en.find("group") == std::string::npos);
    const auto asked = test::whole_why(session.moment(), account.answer.path);
    REQUIRE(asked.has_value());
    CHECK(asked->chain == account.answer.chain);
  }
  const auto first = test::whole_why(session.moment(), "/ledger/redelivered");
  REQUIRE(first.has_value());
  CHECK(first->root_kind == observe::RootKind::Act);
}

TEST_CASE(
    "a record's sentence names the act of the scenario: the network partition, the power failure of all machines, the pause") {
  std::map<std::string, Session> runs;
  const auto told = [&](const char* file, const char* fate, const char* words) {
    const auto all = observe::accounts(run_of(runs, file, "base").moment(), fate, 1000);
    CHECK(!all.empty());
    for (const observe::Account& account : all) {
      CAPTURE(account.sentence.en);
      CHECK(account.sentence.en.find(words) != std::string::npos);
    }
  };
  told(
      "tests/stories/delivery-last-in-sync.json", "lost_acked",
      "The network between broker-1 and broker-2, broker-3 is cut, which leaves broker-1 alone in the ISR of orders-0");
  told("tests/stories/delivery-last-in-sync.json", "lost_acked", "broker-1 loses power");
  told("tests/stories/delivery-all-machines.json", "lost_acked",
       "broker-1, broker-2, broker-3, the only ones with the record");
  told("tests/stories/delivery-auto-commit.json", "redelivered", "worker is paused (6.000 s)");
  told("tests/stories/delivery-auto-commit.json", "redelivered", "session timeout");
}

TEST_CASE(
    "a transform's output names its input, and an input names its outputs, of which there are two if it was processed twice") {
  std::map<std::string, Session> runs;
  Session& session = run_of(runs, "tests/stories/transform-repeats.json", "base");
  const observe::Lineage& lineage = session.observation().lineage();
  int twice = 0;
  for (std::uint32_t number = 0; number < 200; ++number) {
    const auto outputs = lineage.outputs_of({session.cluster().find("source").index, number});
    CHECK(!outputs.empty());
    twice += outputs.size() > 1;
    for (const observe::RecordName output : outputs)
      CHECK(lineage.input_of(output) == observe::RecordName{session.cluster().find("source").index, number});
  }
  CHECK(twice >= 1);
  // The same in the state document: the records at an offset of the transform's topic, and of its input.
  const auto out = observe::state_at(session.moment(), "/records/out-0/0");
  REQUIRE(out.has_value());
  CHECK((*out)["input"] == "source/0");
  const auto in = observe::state_at(session.moment(), "/records/in-0/0");
  REQUIRE(in.has_value());
  CHECK((*in)["input"].is_null());
  CHECK((*in)["outputs"][0] == "copy/0");
}

TEST_CASE("records of an aborted transaction are not lost, and their inputs have another output that is committed") {
  std::map<std::string, Session> runs;
  Session& session = run_of(runs, "tests/stories/transform-in-transactions.json", "base");
  const observe::ClusterView truth(session.cluster());
  observe::RecordLedger& ledger = session.observation().ledger();
  const auto aborted = ledger.with_fate("aborted", truth, 1000);
  REQUIRE(!aborted.empty());
  CHECK(ledger.total(truth).lost_acked == 0);
  CHECK(ledger.total(truth).aborted == static_cast<std::int64_t>(aborted.size()));
  std::set<observe::RecordName> names;
  for (const auto& r : aborted) names.insert({r.client, r.number});
  const observe::Lineage& lineage = session.observation().lineage();
  for (const observe::RecordName& name : names) {
    const auto input = lineage.input_of(name);
    REQUIRE(input.has_value());
    int kept = 0;
    for (const observe::RecordName output : lineage.outputs_of(*input)) kept += !names.contains(output);
    CHECK(kept == 1);
  }
}

TEST_CASE(
    "a record names the tables of its consumers and its number of rows in each: one, two, or none if it was skipped") {
  const auto rows = [](Session& session, const std::string& partition, const char* fate, const char* table) {
    const observe::ClusterView truth(session.cluster());
    std::int64_t most = -1, least = 1000;
    for (const auto& r : session.observation().ledger().with_fate(fate, truth, 1000)) {
      const auto of = session.observation().sinks().rows_of({r.client, r.number}, partition, session.cluster());
      REQUIRE(of.contains(table));
      most = std::max(most, of.at(table));
      least = std::min(least, of.at(table));
    }
    return std::pair(least, most);
  };
  std::map<std::string, Session> runs;
  Session& after = run_of(runs, "tests/stories/delivery-commit-after.json", "base");
  CHECK(rows(after, "orders", "redelivered", "results").second == 2);
  CHECK(rows(after, "orders", "acked", "results").first == 1);
  const auto there = observe::state_at(after.moment(), "/records/orders-0/0");
  REQUIRE(there.has_value());
  CHECK((*there)["sinks"] == nlohmann::json({{"results", 1}}));
  const auto table = observe::state_at(after.moment(), "/sinks/results");
  CHECK((*table)["repeated"] == (*table)["rows"].get<int>() - (*table)["distinct"].get<int>());
  CHECK((*table)["repeated"].get<int>() >= 1);
  Session& before = run_of(runs, "tests/stories/delivery-commit-before.json", "base");
  CHECK(rows(before, "orders", "skipped", "results") == std::pair<std::int64_t, std::int64_t>(0, 0));
  Session& lesson = run_of(runs, "scenarios/delivery/at-least-once.json", "base");
  CHECK(rows(lesson, "pay", "redelivered", "safe").second == 1);  // idempotent
  CHECK(rows(lesson, "pay", "redelivered", "plain").second == 2);
}

TEST_CASE("share groups: a record from a member's buffer is described with the lock under which it was fetched") {
  const std::vector<std::string> told = redelivered("base");
  REQUIRE(told.size() == 4);
  CHECK(
      told[0] ==
      "Delivery 1: slow is handed offset 0 and holds its lock (10.006 s). The lock of slow on offset 0 runs out: slow "
      "has not acknowledged it within 15 s, so any member may get it (25.006 s). Delivery 2: other is handed offset 0 "
      "again (25.006 s).");
  CHECK(told[2] ==
        "The lock of slow on offset 2 runs out: slow has not acknowledged it within 15 s, so any member may get it "
        "(25.006 s). Delivery 2: other is handed offset 2 and holds its lock (25.206 s). Delivery 1: slow is handed "
        "offset 2 from its buffer after the lock has expired (30.006 s).");
}

TEST_CASE("share groups: a record from a buffer is described with its old lock even before the new lock's delivery") {
  const std::vector<std::string> told = redelivered("both");
  REQUIRE(told.size() == 4);
  CHECK(told[2] ==
        "The lock of slow on offset 2 runs out: slow has not acknowledged it within 15 s, so any member may get it "
        "(25.006 s). Delivery 1: slow is handed offset 2 out of its buffer; its lock is over by then (30.006 s). "
        "Delivery 2: other is handed offset 2 again (31.006 s).");
}
