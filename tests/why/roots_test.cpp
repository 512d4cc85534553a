// For every record that a lesson or a story loses, duplicates, reorders, redelivers or skips, Why? names an act of the scenario; without that
// act the record does not have that fate.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "observe/why/why_parts.h"
#include "support/lessons.h"
#include "support/some.h"
#include "why/answers.h"
#include "why/counterfactual.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

// "uncommitted" and "pending" are no fates, but what has not ended yet. A record that its own producer, its settings or the
// application made fail or abort has no act behind it: exceptions.txt says so of each file.
constexpr const char* kFates[] = {"lost_acked", "lost_unacked", "duplicated", "reordered", "redelivered",
                                  "skipped",    "failed",       "in_doubt",   "aborted"};
bool of_groups(const std::string& fate) { return fate == "redelivered" || fate == "skipped"; }

struct Case {
  std::string fate, group;
  std::int32_t client = -1;
  std::uint32_t number = 0;
};

std::vector<Case> cases_of(Session& session) {
  std::vector<Case> cases;
  const observe::ClusterView truth(session.cluster());
  observe::RecordLedger& ledger = session.observation().ledger();
  for (const char* fate : kFates) {
    std::vector<std::string> groups{""};
    if (of_groups(fate)) {
      groups.clear();
      for (const auto& [name, counts] : ledger.by_reader(truth)) groups.push_back(name);
    }
    for (const std::string& group : groups) {
      const auto records = ledger.with_fate(fate, truth, 100'000, {"", group});
      for (const auto& record : records) cases.push_back({fate, group, record.client, record.number});
    }
  }
  return cases;
}

/// "pause": what the act does.
std::string kind_of(const Session& session, const FileAct& act) {
  if (act.step < 0) return act.start ? "start" : "stop";
  return std::string(cluster::to_string(session.scenario().steps[static_cast<std::size_t>(act.step)].command->verb));
}

/// A run that has ended. Its records by fate and group, and its story, are made when they are first asked for.
class Run {
 public:
  explicit Run(const std::shared_ptr<const scenario::Scenario>& scenario) : session_(scenario, true) {
    session_.run_to_end();
  }
  Run(const std::shared_ptr<const scenario::Scenario>& scenario, sim::Instant until) : session_(scenario, true) {
    session_.run_until(until);
  }
  Session& session() { return session_; }
  bool has_fate(const Case& c) {
    const auto [found, added] = records_.try_emplace({c.fate, c.group});
    if (added) {
      const observe::ClusterView truth(session_.cluster());
      for (const auto& r : session_.observation().ledger().with_fate(c.fate, truth, 100'000, {"", c.group}))
        found->second.emplace(r.client, r.number);
    }
    return found->second.contains({c.client, c.number});
  }
  auto why(const Case& c) {
    if (!moment_) moment_.emplace(session_.moment()), story_.emplace(*moment_);
    return observe::why_fate(*story_, "", c.client, c.number, c.fate, c.group);
  }

 private:
  Session session_;
  std::map<std::pair<std::string, std::string>, std::set<std::pair<std::int32_t, std::uint32_t>>> records_;
  std::optional<observe::Moment> moment_;
  std::optional<observe::Story> story_;
};

}  // namespace

TEST_CASE(
    "the root cause of every lost, repeated, reordered or skipped record is an act; without that act its fate is different") {
  const auto exceptions =
      exceptions_in("tests/why/exceptions.txt");  // "file variant fate" -> "records but for acts: reason"
  std::map<std::string, int> needed;
  std::map<std::string, std::set<std::string>> gone_without;  // acts without one of which a record has not that fate
  int asked = 0, named = 0;
  std::vector<File> files = files_below("scenarios");
  for (File& file : files_below("tests/stories")) files.push_back(std::move(file));
  for (std::size_t i = 0; i < files.size(); i += kSome) {
    const File& file = files[i];
    for (const std::string& variant : file.variants) {
      const auto scenario = loaded(file.text, variant);
      Run run(scenario);
      std::map<std::string, std::unique_ptr<Run>> others;  // without those acts
      const auto run_without = [&](const std::vector<FileAct>& acts) -> Run& {
        std::set<std::string> names;
        for (const FileAct& act : acts) names.insert(act.name);
        std::string key;
        for (const std::string& name : names) key += name + ";";
        auto& other = others[key];
        if (!other) {
          auto changed = scenario;
          for (const FileAct& act : acts) changed = without(*changed, act);
          other = std::make_unique<Run>(changed, run.session().now());
        }
        return *other;
      };
      for (const Case& c : cases_of(run.session())) {
        const std::string at = file.name + " " + variant + " " + c.fate + (c.group.empty() ? "" : " " + c.group);
        ++asked;
        const auto answer = run.why(c);
        std::string problem;
        if (!answer || answer->steps.empty() || answer->steps.size() > observe::kMostWhySteps) problem = "no answer";
        else if (!answer->root) problem = "no root";
        else {
          // If several acts each cause the fate, it disappears only when all of them are removed.
          std::vector<FileAct> removed;
          const observe::WhyStep root = *answer->root;
          std::optional<observe::WhyStep> next = root;
          problem = "so without all it names, too";
          Run* asked_of = &run;
          for (int acts = 0; acts < 3 && next && !problem.empty(); ++acts) {
            const auto act = act_of(asked_of->session(), *next);
            if (!act) {
              problem = "no act of the scenario: " + next->words.en;
              break;
            }
            if (std::any_of(removed.begin(), removed.end(), [&](const FileAct& a) { return a.name == act->name; })) {
              problem = "it is so without it, too: " + next->words.en;
              break;
            }
            removed.push_back(*act);
            Run& other = run_without(removed);
            asked_of = &other;
            if (!other.has_fate(c)) {
              problem.clear();
              // Each of them must cause it alone; otherwise the first one was not a cause.
              next.reset();
              for (std::size_t i = 0; i + 1 < removed.size() && problem.empty(); ++i) {
                std::vector<FileAct> rest = removed;
                rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
                if (!run_without(rest).has_fate(c)) problem = "named in vain: " + removed[i].name;
              }
            } else {
              problem = "it is so without it, too: " + next->words.en;
              const auto again = other.why(c);
              next = again ? again->root : std::nullopt;
            }
          }
        }
        if (problem.empty()) {
          ++named;
          continue;
        }
        if (exceptions.contains(at)) {
          ++needed[at];
          for (const FileAct& act : acts_in(run.session()))
            if (!run_without({act}).has_fate(c)) gone_without[at].insert(kind_of(run.session(), act));
          continue;
        }
        std::string told;
        if (answer)
          for (const auto& s : answer->steps) told += "\n    " + std::to_string(s.at.us) + " " + s.words.en;
        FAIL_CHECK(at, " ", c.number, ": ", problem, told);
      }
    }
  }
  for (const auto& exception : exceptions) {
    const std::string& at = exception.first;  // clang 14 cannot capture a structured binding
    std::string measured;
    for (const std::string& act : gone_without[at]) measured += (measured.empty() ? "" : ", ") + act;
    measured = std::to_string(needed[at]) + " but for " + (measured.empty() ? "nothing" : measured) + ": ";
    if (kSome == 1 && !exception.second.starts_with(measured)) FAIL_CHECK("it is ", measured, "in ", at);
  }
  MESSAGE(asked, " records asked about, ", named, " roots confirmed");
}
