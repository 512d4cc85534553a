// For every record that a lesson or a story loses, duplicates, reorders, redelivers or skips, Why? names an act of the scenario; without that
// act the record does not have that fate.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "observe/why/why_parts.h"
#include "support/lessons.h"
#include "why/answers.h"
#include "why/counterfactual.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

constexpr const char* kFates[] = {"lost_acked", "duplicated", "reordered", "redelivered", "skipped"};
/// The number of records checked for each fate and group: the others have the same roots, or are spread evenly among
/// them.
constexpr std::size_t kAsked = 6;

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
      const std::size_t every = std::max<std::size_t>(1, records.size() / kAsked);
      for (std::size_t i = 0; i < records.size(); i += every)
        cases.push_back({fate, group, records[i].client, records[i].number});
    }
  }
  return cases;
}

bool has_fate(Session& session, const Case& c) {
  const observe::ClusterView truth(session.cluster());
  for (const auto& r : session.observation().ledger().with_fate(c.fate, truth, 100'000, {"", c.group}))
    if (r.client == c.client && r.number == c.number) return true;
  return false;
}

}  // namespace

TEST_CASE(
    "the root cause of every lost, repeated, reordered or skipped record is an act; without that act its fate is different") {
  const auto exceptions = exceptions_in("tests/why/exceptions.txt");  // "file variant fate" -> reason
  std::set<std::string> needed;
  int asked = 0, named = 0;
  std::vector<File> files = files_below("scenarios");
  for (File& file : files_below("tests/stories")) files.push_back(std::move(file));
  for (const File& file : files)
    for (const std::string& variant : file.variants) {
      const auto scenario = loaded(file.text, variant);
      Session plain(scenario);
      plain.run_to_end();
      if (cases_of(plain).empty()) continue;
      Session session(scenario, true);
      session.run_to_end();
      const observe::Moment moment = session.moment();
      const observe::Story story(moment);
      std::map<std::string, Session> others;  // without those acts
      for (const Case& c : cases_of(session)) {
        const std::string at = file.name + " " + variant + " " + c.fate + (c.group.empty() ? "" : " " + c.group);
        ++asked;
        const auto answer = observe::why_fate(story, "", c.client, c.number, c.fate, c.group);
        std::string problem;
        if (!answer || answer->steps.empty() || answer->steps.size() > observe::kMostWhySteps) problem = "no answer";
        else if (!answer->root) problem = "no root";
        else {
          // If several acts each cause the fate, it disappears only when all of them are removed.
          std::vector<FileAct> removed;
          const auto run_without = [&](const std::vector<FileAct>& acts) -> Session& {
            auto changed = scenario;
            std::string key;
            for (const FileAct& act : acts) changed = without(*changed, act), key += act.name + ";";
            auto other = others.find(key);
            if (other == others.end()) {
              other = others.emplace(key, Session(changed, true)).first;
              other->second.run_until(session.now());
            }
            return other->second;
          };
          const observe::WhyStep root = *answer->root;
          std::optional<observe::WhyStep> next = root;
          problem = "so without all it names, too";
          Session* asked_of = &session;
          for (int acts = 0; acts < 3 && next && !problem.empty(); ++acts) {
            const auto act = act_of(*asked_of, *next);
            if (!act) {
              problem = "no act of the scenario: " + next->words.en;
              break;
            }
            if (std::any_of(removed.begin(), removed.end(), [&](const FileAct& a) { return a.name == act->name; })) {
              problem = "it is so without it, too: " + next->words.en;
              break;
            }
            removed.push_back(*act);
            Session& other = run_without(removed);
            asked_of = &other;
            if (!has_fate(other, c)) {
              problem.clear();
              // Each of them must cause it alone; otherwise the first one was not a cause.
              next.reset();
              for (std::size_t i = 0; i + 1 < removed.size() && problem.empty(); ++i) {
                std::vector<FileAct> rest = removed;
                rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
                if (!has_fate(run_without(rest), c)) problem = "named in vain: " + removed[i].name;
              }
            } else {
              problem = "it is so without it, too: " + next->words.en;
              const observe::Moment at_end = other.moment();
              const auto again = observe::why_fate(observe::Story(at_end), "", c.client, c.number, c.fate, c.group);
              next = again ? again->root : std::nullopt;
            }
          }
        }
        if (problem.empty()) {
          ++named;
          continue;
        }
        if (exceptions.contains(at)) {
          needed.insert(at);
          continue;
        }
        std::string told;
        if (answer)
          for (const auto& s : answer->steps) told += "\n    " + std::to_string(s.at.us) + " " + s.words.en;
        FAIL_CHECK(at, " ", c.number, ": ", problem, told);
      }
    }
  for (const auto& exception : exceptions)  // clang 14 cannot capture a structured binding
    CHECK_MESSAGE(needed.contains(exception.first), "no longer needed: ", exception.first);
  MESSAGE(asked, " records asked about, ", named, " roots confirmed");
}
