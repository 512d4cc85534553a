// Runs of the delivery matrix (scripts/delivery), one or more for each outcome and fault: the sentence about each record that was lost, repeated,
// reordered or skipped names the fault of the run, and not the act that mended it. cells/exceptions.txt: those that do not, and why.
// cells/sample.txt: more runs, by cell and seed. KAFKASCOPE_WHY_SEEDS=1-10: also those seeds of all cells.
#include <doctest/doctest.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

#include "engine/delivery_matrix.h"
#include "observe/why/account.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_logs.h"
#include "support/lessons.h"
#include "support/some.h"
#include "why/answers.h"

using namespace kafkascope;
using namespace kafkascope::test;
using observe::Account;
using scenario::Session;

namespace {

constexpr const char* kFatesInCells[] = {"lost_acked", "duplicated", "reordered", "redelivered", "skipped"};

Session run_of_cell(const std::string& name) {
  Session session(loaded(read_text(source_path("tests/why/cells/delivery-" + name + ".json"))), true);
  session.run_to_end();
  return session;
}

/// Whether the line is the fault: an act that harms, or the death or pause that it caused. A program that an exception ends is no fault of the run.
bool is_fault(const observe::Story& story, const sim::TraceLine& line) {
  const bool life = is<fact::NodeDied>(line) || is<fact::NodePaused>(line);
  const sim::TraceLine& l = life ? *story.trail(line).front() : line;
  const auto act = fact_if<fact::Command>(l);
  if (!act) return false;
  const std::vector<sim::NodeId> nodes = story.nodes_of(l);
  return act->verb == "elect_leaders" || act->verb == "power_off" || act->verb == "crash" || act->verb == "kill" ||
         act->verb == "pause" ||
         std::any_of(nodes.begin(), nodes.end(), [&](sim::NodeId node) { return story.hinders(l, node); });
}

/// Whether the step's words name the fault.
bool names_fault(const observe::Story& story, const observe::WhyStep& step) {
  if (step.key == "why.alone_in_isr_after"_w || step.key == "why.all_without_power"_w) return true;
  const sim::TraceLine* l = step.seq == 0 ? nullptr : story.trace().find(step.seq);
  // "comes back …; the last 15 had not reached the disk"
  return l != nullptr && (is_fault(story, *l) || is<fact::LogRecovered>(*l));
}

/// "": its root is a fault of the run, and a sentence says so.
std::string problem_of(const observe::Story& story, const Account& account) {
  if (!account.answer.root) return "no root";
  if (!is_fault(story, *story.trace().find(account.answer.root->seq))) return "the root is no fault";
  const auto& steps = account.answer.steps;
  const bool named =
      std::any_of(steps.begin(), steps.end(), [&](const auto& step) { return names_fault(story, step); });
  return named ? "" : "no sentence names the fault";
}

Account account_in_cell(Session& session, std::string_view fate, std::uint32_t number) {
  for (Account& account : observe::accounts(session.moment(), fate, 1000))
    if (account.record.number == number) return std::move(account);
  FAIL("no record ", number, " is ", std::string(fate));
  return {};
}

/// Whether each sentence about a hand-over, or about work on the record, is about a line that had this record, not another one at its offset.
bool names_itself(const observe::Story& story, const Account& account) {
  const std::set<words::Key> of_readers{"why.got_first"_w, "why.got_again"_w, "why.got_copy"_w, "why.written"_w,
                                        "why.written_again"_w};
  return std::all_of(account.answer.steps.begin(), account.answer.steps.end(), [&](const observe::WhyStep& step) {
    if (!of_readers.contains(step.key)) return true;
    const auto handed = story.trace().handed_at(step.seq);
    return std::any_of(handed.begin(), handed.end(), [&](const auto& h) {
      return h.client == account.record.client && h.number == account.record.number;
    });
  });
}

/// Checks the sentences of one run; returns how many there are. Exceptions that were needed are added to `needed`.
int check_run(const std::string& name, const std::string& file, const std::map<std::string, std::string>& exceptions,
              std::set<std::string>& needed) {
  Session session(loaded(file), true);
  session.run_to_end();
  const observe::Moment moment = session.moment();
  const observe::Story story(moment);
  int told = 0;
  for (const char* fate : kFatesInCells)
    for (const Account& account : observe::accounts(moment, fate, 1000)) {
      ++told;
      CHECK_MESSAGE(names_itself(story, account), name, " ", fate, " ", account.record.number, "\n  ",
                    account.sentence.en);
      const std::string problem = problem_of(story, account);
      if (problem.empty()) continue;
      const std::string at = name + " " + fate;
      if (exceptions.contains(at)) needed.insert(at);
      else FAIL_CHECK(at, " ", account.record.number, ": ", problem, "\n  ", account.sentence.en);
    }
  return told;
}

/// The lines "cell seed" of a file.
std::set<std::pair<std::size_t, std::uint64_t>> sampled(const std::string& file) {
  std::set<std::pair<std::size_t, std::uint64_t>> all;
  std::istringstream lines(read_text(source_path(file)));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::size_t cell = 0;
    std::uint64_t seed = 0;
    if (words >> cell >> seed) all.emplace(cell, seed);
  }
  return all;
}

}  // namespace

TEST_CASE("in runs of the delivery matrix each sentence about a record leads back to the run's fault") {
  const auto exceptions = exceptions_in("tests/why/cells/exceptions.txt");  // "run fate" -> reason
  std::set<std::string> needed;
  int told = 0;
  std::size_t files = 0;
  for (const File& file : files_below("tests/why/cells"))
    if (!kSanitized || files++ % 3 == 0)
      told += check_run(file.name.substr(file.name.rfind('/') + 1), file.text, exceptions, needed);
  const delivery_matrix::Matrix matrix = delivery_matrix::read_matrix();
  auto runs = sampled("tests/why/cells/sample.txt");
  for (std::size_t cell = 0; cell < matrix.cells.size(); cell += 5 * kSome) runs.emplace(cell, 1 + cell % 9);
  std::uint64_t first = 0, last = 0;  // all cells, with these seeds
  if (const char* seeds = std::getenv("KAFKASCOPE_WHY_SEEDS"); seeds != nullptr)
    REQUIRE(std::sscanf(seeds, "%" SCNu64 "-%" SCNu64, &first, &last) == 2);
  for (std::uint64_t seed = first; seed <= last && seed > 0; ++seed)
    for (std::size_t cell = 0; cell < matrix.cells.size(); ++cell) runs.emplace(cell, seed);
  for (const auto& [cell, seed] : runs)
    told += check_run(std::to_string(cell) + "-" + std::to_string(seed), delivery_matrix::file_of(matrix, cell, seed),
                      exceptions, needed);
  for (const auto& exception : exceptions)
    CHECK_MESSAGE((kSome > 1 || needed.contains(exception.first)), "no longer needed: ", exception.first);
  MESSAGE(told, " sentences");
  CHECK(told > (kSome > 1 ? 100 : 700));
}

TEST_CASE("the sentence about a redelivered record names what its group or its program was waiting for") {
  const delivery_matrix::Matrix matrix = delivery_matrix::read_matrix();
  struct Named {
    std::size_t cell;
    std::uint64_t seed;
    std::uint32_t record;
    const char* words;
  };
  for (const Named& named :
       {Named{272, 1, 25, "broker-2 loses power"},  // whose answer the member awaited
        Named{212, 9, 3, "broker-1 loses power"},   // whose answer the application awaited
        Named{313, 8, 1, "broker-3 loses power"},   // the id's coordinator lost it, which ended the program
        Named{213, 5, 14, "the last 3 had not reached the disk"},  // the group's commit among them
        Named{313, 11, 20, "loses power"}}) {
    Session session(loaded(delivery_matrix::file_of(matrix, named.cell, named.seed)), true);
    session.run_to_end();
    const Account again = account_in_cell(session, "redelivered", named.record);
    CHECK_MESSAGE(again.sentence.en.find(named.words) != std::string::npos, again.sentence.en);
  }
}

TEST_CASE("a group that committed an offset for a lost record has skipped the record that took its place") {
  Session session = run_of_cell("193-43");
  const Account skipped = account_in_cell(session, "skipped", 37);
  CAPTURE(skipped.sentence.en);
  CHECK(has_key(skipped.answer, "why.got_another"_w));
  CHECK(has_key(skipped.answer, "why.committed_for_another"_w));
  REQUIRE(skipped.answer.root.has_value());
  CHECK(skipped.answer.root->at.us == 4'172'831);  // all machines lose their power
  // The record's own answer says the same, not that the group worked on it.
  const auto asked = observe::why_fate(observe::Story(session.moment()), "", skipped.record.client, 37, "", "");
  REQUIRE(asked.has_value());
  CHECK(has_key(*asked, "why.committed_for_another"_w));
  CHECK_FALSE(has_key(*asked, "why.written"_w));
}

TEST_CASE("the sentence about a skipped record names the pause of the consumer that had it") {
  Session session = run_of_cell("99-2");
  const Account skipped = account_in_cell(session, "skipped", 38);
  CHECK(skipped.sentence.en.find("worker-1 is paused") != std::string::npos);
}

TEST_CASE("the sentence about a reordered record says why idempotence did not help") {
  for (const auto& [cell, record] : {std::pair{"303-58", 11}, std::pair{"182-43", 11}, std::pair{"284-70", 21}}) {
    Session session = run_of_cell(cell);
    const Account over = account_in_cell(session, "reordered", static_cast<std::uint32_t>(record));
    CAPTURE(over.sentence.en);
    CHECK((has_key(over.answer, "why.overtook_unknown"_w) || has_key(over.answer, "why.overtook_forgotten"_w)));
  }
}

TEST_CASE("the sentence about a record sent with acks=0 names the loss of its request or of the connection") {
  Session session = run_of_cell("16-5");
  const auto lost = observe::accounts(session.moment(), "lost_acked", 1000);
  CHECK(lost.size() == 10);
  for (const Account& account : lost) {
    CAPTURE(account.sentence.en);
    REQUIRE(account.answer.root.has_value());
    CHECK(account.answer.root->at.us == 3'086'299);
  }
}
