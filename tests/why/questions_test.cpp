// Questions of every kind over recorded runs (questions.txt): the facts, moments and sentences of their answers, and their roots.
// KAFKASCOPE_WRITE_WHY=1 writes the answers anew; review the difference.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "observe/why/why.h"
#include "protocol/trace_kinds.h"
#include "scenario/values.h"
#include "sim/facts_of_kernel.h"
#include "support/lessons.h"
#include "why/whole.h"
#include "words/catalogue.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// "tests/why/x.json zk 12s /partitions/orders-0/isr"
struct Asked {
  std::string file, variant, at, path;
};

std::string moment_text(const observe::WhyStep& step, sim::Instant now) {
  return step.seq == 0 && step.at == now ? "now" : fmt::format("{:.6f}", static_cast<double>(step.at.us) / 1e6);
}

/// The key of the step's sentence, or the kind of its fact.
std::string said(const observe::WhyStep& step, const observe::TraceStore& trace) {
  if (step.key.empty()) return std::string(protocol::trace_kind_info(trace.find(step.seq)->kind).name);
  for (const words::Row& row : words::built_in(words::Lang::En).rows())
    if (words::Key(std::string_view(row.key)) == step.key) return row.key;
  return "?";
}

std::string told(const observe::Answer& answer, const observe::TraceStore& trace, sim::Instant now) {
  std::string out;
  for (const observe::WhyStep& step : answer.steps)
    out += "  " + moment_text(step, now) + " " + said(step, trace) + " " + step.subject + "\n";
  out += "  root " + std::string(observe::to_string(answer.root_kind));
  if (answer.root) {
    const sim::TraceLine* line = trace.find(answer.root->seq);
    const auto act = fact_if<fact::Command>(*line);
    out += " " + moment_text(*answer.root, now) + " " +
           (act ? act->spelled() : std::string(protocol::trace_kind_info(line->kind).name));
  }
  return out + "\n";
}

bool is_whole(const std::string& text) {
  return !text.empty() && text.find('{') == std::string::npos && text.find("?}") == std::string::npos &&
         text.find("  ") == std::string::npos && text.find("null") == std::string::npos;
}
bool has_hangul(const std::string& text) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i)
    if (const auto c = static_cast<unsigned char>(text[i]); c >= 0xEA && c <= 0xED) return true;
  return false;
}

Session& session_at(std::map<std::string, Session>& sessions, const Asked& asked) {
  const std::string key = asked.file + " " + asked.variant + " " + asked.at;
  const auto found = sessions.find(key);
  if (found != sessions.end()) return found->second;
  Session session(loaded(read_text(source_path(asked.file)), asked.variant), true);
  session.run_until(sim::Instant{} + scenario::parse_duration(asked.at).value());
  return sessions.emplace(key, std::move(session)).first->second;
}

}  // namespace

TEST_CASE("questions of every kind get an answer from facts, in both languages") {
  const std::string table = source_path("tests/why/questions.txt");
  std::istringstream lines(read_text(table));
  std::string written, head, expected;
  std::set<words::Key> kinds;
  std::set<std::string> sections;
  std::map<std::string, Session> sessions;
  int questions = 0;
  const auto check = [&] {
    if (head.empty()) return;
    Asked asked;
    std::istringstream(head) >> asked.file >> asked.variant >> asked.at >> asked.path;
    CAPTURE(head);
    Session& session = session_at(sessions, asked);
    const std::string hash = session.trace_hash();
    const auto answer = test::whole_why(session.moment(), asked.path);
    REQUIRE(answer.has_value());
    CHECK(session.trace_hash() == hash);
    const observe::TraceStore& trace = session.observation().trace();
    ++questions;
    CHECK_FALSE(answer->steps.empty());
    CHECK(answer->steps.size() <= observe::kMostWhySteps);
    CHECK(is_whole(answer->question.en));
    CHECK(has_hangul(answer->question.ko));
    std::int64_t last = 0;
    for (const observe::WhyStep& step : answer->steps) {
      CAPTURE(step.words.en);
      CHECK(is_whole(step.words.en));
      CHECK(is_whole(step.words.ko));
      CHECK(has_hangul(step.words.ko));
      CHECK(step.at.us >= last);
      last = step.at.us;
      if (step.seq == 0) continue;
      const sim::TraceLine* line = trace.find(step.seq);
      REQUIRE(line != nullptr);
      CHECK(line->time == step.at);
      CHECK(line->kind != sim::trace_kind::kMessageDelivered);  // routine traffic is never listed
      CHECK(line->kind != sim::trace_kind::kTimerFired);
    }
    for (const observe::WhyStep& effect : answer->effects) {
      CHECK(effect.at >= answer->root->at);
      CHECK(is_whole(effect.words.ko));
    }
    const std::string now = told(*answer, trace, session.cluster().now());
    CHECK(now == expected);
    written += head + "\n" + now;
    kinds.insert(answer->question_key);
    sections.insert(asked.path.substr(0, asked.path.find('/', 1)) + "/…" + asked.path.substr(asked.path.rfind('/')));
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
  CHECK(questions >= 40);
  CHECK(kinds.size() >= 25);
  MESSAGE(questions, " questions, ", kinds.size(), " kinds");
  if (std::getenv("KAFKASCOPE_WRITE_WHY") != nullptr) std::ofstream(table) << written;
}

TEST_CASE("an answer names the node and the time: a dead member's time-out, the consumers of aborted records") {
  std::map<std::string, Session> sessions;
  const auto ends = [&](const char* file, const char* at, const char* path, const char* words) {
    const auto answer = test::whole_why(session_at(sessions, {file, "base", at, path}).moment(), path);
    REQUIRE(answer.has_value());
    CAPTURE(answer->steps.back().words.en);
    CHECK(answer->steps.back().words.en.find(words) != std::string::npos);
  };
  ends("scenarios/delivery/exactly-once.json", "14s", "/groups/biller/lag/orders-0", "(session.timeout.ms=6000)");
  ends("tests/why/aborted-and-read.json", "20s", "/ledger/aborted_visible", "c (h): 8");
  ends("tests/why/calls-outside.json", "9s", "/clients/p/waiting", "until a transaction of p has t-0");
}

TEST_CASE("a path that Why? cannot answer suggests similar paths that it can") {
  Session session(loaded(read_text(source_path("scenarios/replication/leader-failover.json"))), true);
  session.run_until(sim::Instant{} + sim::seconds(15));
  CHECK_FALSE(test::whole_why(session.moment(), "/time_us").has_value());
  CHECK_FALSE(test::whole_why(session.moment(), "/partitions/orders-0/logs").has_value());
  CHECK_FALSE(test::whole_why(session.moment(), "/partitions/orders-0/logs/x/segments").has_value());
  CHECK_FALSE(test::whole_why(session.moment(), "/records/orders-0/99999999").has_value());
  CHECK_FALSE(test::whole_why(session.moment(), "/sent/shop/99999999").has_value());
  CHECK_FALSE(test::whole_why(session.moment(), "/events/99999999").has_value());
  CHECK_FALSE(test::whole_why(session.moment(), "/records/orders-0/99999999999999999999999").has_value());
  CHECK_FALSE(test::whole_why(session.moment(), "/groups/billing/lag/nonsense-99").has_value());
  CHECK_FALSE(test::whole_why(session.moment(), "").has_value());
  const auto near = observe::paths_with_why(session.moment(), "/partitions/orders-9/isr");
  REQUIRE_FALSE(near.empty());
  CHECK(near.front() == "/partitions/orders-0/isr");
  for (const std::string& path : near) CHECK(test::whole_why(session.moment(), path).has_value());
}

TEST_CASE("Why? about a message that is repeated names the one before, and about a response the request") {
  Session session(loaded(read_text(source_path("scenarios/replication/leader-failover.json"))), true);
  session.run_until(sim::Instant{} + sim::seconds(6));
  const observe::TraceStore& trace = session.observation().trace();
  std::size_t again = 0, answers = 0;
  for (std::size_t i = 0; i < trace.size(); i += 31) {
    const auto message = fact_if<fact::MessageDelivered>(trace[i]);
    if (!message) continue;
    const auto answer = test::whole_why(session.moment(), "/events/" + std::to_string(trace[i].seq));
    REQUIRE(answer.has_value());
    for (const observe::WhyStep& step : answer->steps) {
      again += step.key == "why.event_again"_w ? 1 : 0;
      answers += step.key == "why.event_answers"_w ? 1 : 0;
    }
  }
  CHECK(again > 10);
  CHECK(answers > 1);
}

TEST_CASE("Why? can be asked about every line of the trace") {
  Session session(loaded(read_text(source_path("scenarios/replication/leader-failover.json"))), true);
  session.run_to_end();
  const observe::TraceStore& trace = session.observation().trace();
  for (std::size_t i = 0; i < trace.size(); i += 97) {
    const auto answer = test::whole_why(session.moment(), "/events/" + std::to_string(trace[i].seq));
    REQUIRE(answer.has_value());
    CHECK(answer->steps.size() <= observe::kMostWhySteps);
    // The answer includes the line itself, and nothing that came after it.
    const auto told = [&](const observe::WhyStep& step) { return step.seq == trace[i].seq; };
    CHECK(std::any_of(answer->steps.begin(), answer->steps.end(), told));
    for (const observe::WhyStep& step : answer->steps) CHECK(step.at <= trace[i].time);
  }
}
