// For every record that a lesson or a story loses, duplicates, reorders, redelivers or skips, Why? names an act of the scenario; without that
// act the record does not have that fate.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "observe/why/copies.h"
#include "observe/why/why_parts.h"
#include "support/lessons.h"
#include "support/some.h"
#include "why/answers.h"
#include "why/counterfactual.h"
#include "why/root_check.h"

using namespace kafkascope;
using namespace kafkascope::test;
using nlohmann::json;
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
  auto why(const Case& c) { return observe::why_fate(story(), "", c.client, c.number, c.fate, c.group); }
  /// The answer for the place where the record lies, or lay last: /records/<t-p>/<n>. nullopt: it was in no log.
  std::optional<observe::Answer> why_by_place(const Case& c) {
    const std::vector<observe::Copy> copies = story().copies(c.client, c.number);
    if (copies.empty()) return std::nullopt;
    const std::string path =
        "/records/" + story().cluster().name(copies.back().tp) + "/" + std::to_string(copies.back().offset.value);
    return observe::why_record_at({story(), path, observe::split_pointer(path), {}});
  }

 private:
  const observe::Story& story() {
    if (!moment_) moment_.emplace(session_.moment()), story_.emplace(*moment_);
    return *story_;
  }

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
  int asked = 0, named = 0, by_place = 0;
  constexpr int kByPlace = 8;  // one record of so many is asked about by its place as well
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
        // Asked by its place, the record has the same root, if the answer is about the same record and what became of it.
        const auto there = asked % kByPlace == 0 ? run.why_by_place(c) : std::nullopt;
        if (there && answer && there->question.en == answer->question.en) {
          ++by_place;
          const auto root = [](const observe::Answer& of) { return of.root ? of.root->seq : 0; };
          CHECK_MESSAGE(root(*there) == root(*answer), there->path, " in ", at, ": ",
                        (there->root ? there->root->words.en : "no root"));
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
  MESSAGE(asked, " records asked about, ", by_place, " by their place, too, ", named, " roots confirmed");
  CHECK((kSome > 1 || by_place > 100));
}

// For the lag of groups, where a log begins, the errors of clients and what consumers have been assigned: without the act that Why? names it
// differs at that moment. Where Why? names none, no act made it (more_exceptions.txt: what is not so, and why).
namespace {

constexpr std::int64_t kUsualLag = 50;  // a smaller one is usual

/// To ask all stories everything would take twice the time that a test may take: by its name one of three is, whatever stories are
/// added, and of the others less.
bool is_asked_less(const File& file) {
  unsigned sum = 0;
  for (const char c : file.name) sum += static_cast<unsigned char>(c);
  return file.name.starts_with("tests/stories") && sum % 3 != 0;
}

std::int64_t count_in(const json& value) { return value.is_number_integer() ? value.get<std::int64_t>() : 0; }

std::vector<Odd> more_odd_things(Session& session) {
  std::vector<Odd> found;
  const json groups = state_in(session, "/groups"), partitions = state_in(session, "/partitions"),
             clients = state_in(session, "/clients");
  for (const auto& [name, group] : groups.items()) {
    const json lags = group.value("lag", json::object());
    for (const auto& [partition, lag] : lags.items())
      if (count_in(lag) > kUsualLag) found.push_back({"lag", "/groups/" + name + "/lag/" + partition});
  }
  for (const auto& [name, p] : partitions.items())
    if (!name.starts_with("__") && count_in(p["log_start_offset"]) > 0)
      found.push_back({"log start", "/partitions/" + name + "/log_start_offset"});
  for (const auto& [name, c] : clients.items()) {
    const json errors = c.value("errors", json::object());
    for (const auto& [error, times] : errors.items())
      if (error != "MEMBER_ID_REQUIRED") found.push_back({"error", "/clients/" + name + "/errors/" + error});
    if (c["kind"] == "consumer" && c.contains("assignment") && c["assignment"].is_array())
      found.push_back({"assignment", "/clients/" + name + "/assignment"});
  }
  return found;
}

bool more_is_gone(Session& session, Session& other, const Odd& odd) {
  const json here = state_in(session, odd.path), there = state_in(other, odd.path);
  // A log that is not there says nothing.
  if (odd.kind == "lag") return there.is_number() ? count_in(there) * 4 <= count_in(here) * 3 : false;
  if (odd.kind == "log start") return there.is_number() && count_in(there) < count_in(here);
  if (odd.kind == "error") return count_in(there) < count_in(here);
  return there != here;
}

}  // namespace

TEST_CASE("a lag, a log's start, an error or an assignment is different in a run without its root cause") {
  std::vector<File> files = files_below("scenarios");
  for (File& file : files_below("tests/stories")) files.push_back(std::move(file));
  // A lag has many reasons that no act made: it must be much smaller before one was missed. Of an error none must be left.
  RootCheck check{&more_odd_things, &more_is_gone, {}, "tests/why/more_exceptions.txt"};
  check.without_act["lag"] = [](Session& here, Session& quiet, const Odd& odd) {
    const json lag = state_in(quiet, odd.path);
    return lag.is_number() && count_in(lag) * 4 <= count_in(state_in(here, odd.path));
  };
  check.without_act["log start"] = &more_is_gone;
  check.without_act["error"] = [](Session&, Session& quiet, const Odd& odd) {
    return count_in(state_in(quiet, odd.path)) == 0;
  };
  check.without_act["assignment"] = &more_is_gone;
  check.moments = 5;
  check.of_a_kind = 4;
  check.briefly = &is_asked_less;
  const auto named = check_roots(check, files);
  CHECK((kSome > 1 || named.size() == 4));
}
