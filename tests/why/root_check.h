// Checks by runs without an act whether the roots that Why? names for states of many runs are necessary.
#pragma once
#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "observe/why/why.h"
#include "support/lessons.h"
#include "support/some.h"
#include "why/answers.h"
#include "why/counterfactual.h"

namespace kafkascope::test {

/// A state that a user would ask about: its kind and its path.
struct Odd {
  std::string kind, path;
};

inline nlohmann::json state_in(scenario::Session& session, const std::string& path) {
  return observe::state_at(session.moment(), path).value_or(nlohmann::json(nullptr));
}

/// Whether the path counts what has gone wrong, or waits: of such things there may always be some.
inline bool counts_trouble(const std::string& path) {
  for (const char* word : {"/failed", "/in_doubt", "/waiting", "/pending", "/errors/", "/lost_acked", "/lost_unacked",
                           "/duplicated", "/reordered", "/redelivered", "/skipped", "/aborted", "/lag/"})
    if (path.find(word) != std::string::npos) return true;
  return false;
}

/// Whether the path is that of an offset that grows as long as nothing holds it up.
inline bool grows(const std::string& path) {
  return path.find("/positions/") != std::string::npos || path.ends_with("/high_watermark");
}

/// Whether the other run's value is a cure, and not only another number: at most a quarter of what counts trouble is left, an offset
/// is further by at least a tenth, an exception is none or of another class.
inline bool is_cured(const std::string& path, const nlohmann::json& here, const nlohmann::json& there) {
  if (path.ends_with("/exception") && here.is_object() && there.is_object())
    return here.value("class", "") != there.value("class", "");
  if (!here.is_number() || !there.is_number()) return there != here;
  const auto had = here.get<std::int64_t>(), has = there.get<std::int64_t>();
  if (grows(path)) return (has - had) * 10 >= has && has > had;
  return counts_trouble(path) ? has * 4 <= had : has != had;
}

/// The answer's root is an act of the file, and without it the state at the path is another one at the same moment, and cured.
/// `last_only`: it counts errors of several acts, and the answer is about the last of them; there are fewer without its act.
inline void check_root_changes(scenario::Session& session, const observe::Answer& answer, const std::string& path,
                               bool last_only = false) {
  REQUIRE(answer.root.has_value());
  const auto act = act_of(session, *answer.root);
  REQUIRE_MESSAGE(act.has_value(), answer.root->words.en);
  scenario::Session other(without(session.scenario(), *act), true);
  other.run_until(session.now());
  const nlohmann::json here = state_in(session, path), there = state_in(other, path);
  CHECK_MESSAGE((last_only ? there < here : is_cured(path, here, there)), answer.root->words.en,
                " but: ", there.dump());
}

/// Checks the moment of the root of the answer about that path, and returns the answer.
inline observe::Answer check_root_at(scenario::Session& session, const std::string& path, std::int64_t root_ms) {
  CAPTURE(path);
  observe::Answer answer = asked(session, path);
  REQUIRE_MESSAGE(answer.root.has_value(), text_of_steps(answer));
  CHECK_MESSAGE(answer.root->at.us / 1000 == root_ms, text_of_steps(answer));
  return answer;
}

struct RootCheck {
  std::function<std::vector<Odd>(scenario::Session&)> odd_things;
  /// Whether the other run does not have that problem at the same moment.
  std::function<bool(scenario::Session& here, scenario::Session& other, const Odd&)> is_gone;
  /// The kinds that may have no act behind them, and whether a run without any act that disturbs then shows that one was
  /// missed. A client's own start counts as none: without it the client has neither errors nor partitions.
  std::map<std::string, std::function<bool(scenario::Session& here, scenario::Session& quiet, const Odd&)>> without_act;
  std::string exceptions;     // a file: "file variant path" -> reason
  int moments = 8;            // checked in each run
  std::size_t of_a_kind = 2;  // asked in each run, one for each root
  /// The files that are asked less: at two moments, about one thing of a kind that goes back to an act. Null: none.
  std::function<bool(const File&)> briefly = {};
};

/// The runs of one scenario without some of its acts.
class RunsWithout {
 public:
  explicit RunsWithout(std::shared_ptr<const scenario::Scenario> scenario) : scenario_(std::move(scenario)) {}

  scenario::Session& run(const std::vector<FileAct>& acts, sim::Instant until) {
    auto changed = scenario_;
    std::string key;
    for (const FileAct& act : acts) changed = without(*changed, act), key += act.name + ";";
    auto other = others_.find(key);
    if (other == others_.end()) other = others_.emplace(key, scenario::Session(changed, true)).first;
    other->second.run_until(until);
    return other->second;
  }
  /// Without any act that disturbs: a topic, a client, what it sends or a rule of the file is there as it was.
  scenario::Session& run_undisturbed(sim::Instant until) {
    std::vector<FileAct> acts;
    for (std::size_t i = 0; i < scenario_->steps.size(); ++i)
      if (scenario_->steps[i].command && disturbs(scenario_->steps[i].command->verb))
        acts.push_back({static_cast<int>(i), "", false, std::to_string(i)});
    return run(acts, until);
  }

 private:
  static bool disturbs(cluster::Verb verb) {
    using cluster::Verb;
    switch (verb) {
      case Verb::Start:
      case Verb::CreateTopic:
      case Verb::Produce:
      case Verb::BeginTransaction:
      case Verb::CommitTransaction:
      case Verb::AbortTransaction:
      case Verb::SendOffsetsToTransaction:
      case Verb::Heal: return false;
      default: return true;
    }
  }

  std::shared_ptr<const scenario::Scenario> scenario_;
  std::map<std::string, scenario::Session> others_;
};

/// Whether the act is the start of the client that the path is about.
inline bool is_own_start(const scenario::Session& session, const FileAct& act, const std::string& path) {
  std::string client = act.start ? act.client : "";
  if (act.step >= 0) {
    const auto& command = session.scenario().steps[static_cast<std::size_t>(act.step)].command;
    if (command && command->verb == cluster::Verb::Start) client = cluster::arguments_text(*command);
  }
  return !client.empty() && path.starts_with("/clients/" + client + "/");
}

/// What is wrong with the root; "": nothing.
inline std::string problem_of(const RootCheck& check, scenario::Session& session, RunsWithout& runs, const Odd& odd,
                              const std::optional<observe::Answer>& answer, const std::optional<FileAct>& act) {
  const std::string root = answer && answer->root ? answer->root->words.en : "";
  const auto kind = check.without_act.find(odd.kind);
  if (!act && kind == check.without_act.end()) return root.empty() ? "no root" : "no act of the scenario: " + root;
  if (!act || (kind != check.without_act.end() && is_own_start(session, *act, odd.path))) {
    const std::string named = root.empty() ? "no act is named" : "no act that disturbs is named (" + root + ")";
    return kind->second(session, runs.run_undisturbed(session.now()), odd)
               ? named + ", and without all acts it is not so"
               : "";
  }
  // If several acts each cause the state, it disappears only when all of them are removed.
  std::vector<FileAct> removed{*act};
  while (true) {
    scenario::Session& other = runs.run(removed, session.now());
    if (check.is_gone(session, other, odd)) break;
    const auto again = whole_why(other.moment(), odd.path);
    const auto next = again && again->root ? act_of(other, *again->root) : std::nullopt;
    if (!next || removed.size() == 3) return "it is so without it, too: " + root;
    removed.push_back(*next);
  }
  // Each of them must cause it alone; otherwise the first one was not a cause.
  for (std::size_t k = 0; k + 1 < removed.size(); ++k) {
    std::vector<FileAct> rest = removed;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(k));
    if (check.is_gone(session, runs.run(rest, session.now()), odd)) return "named in vain: " + root;
  }
  return "";
}

/// Checks the roots over these files; returns how many of each kind were confirmed.
inline std::map<std::string, int> check_roots(const RootCheck& check, const std::vector<File>& files) {
  const auto exceptions = exceptions_in(check.exceptions);
  std::set<std::string> needed;
  std::map<std::string, int> named;
  for (std::size_t f = 0; f < files.size(); f += kSome) {
    const File& file = files[f];
    const bool brief = check.briefly && check.briefly(file);
    const int moments = brief ? 2 : check.moments;
    const std::size_t most = brief ? 1 : check.of_a_kind;
    for (const std::string& variant : file.variants) {
      const auto scenario = loaded(file.text, variant);
      scenario::Session session(scenario, true);
      RunsWithout runs(scenario);
      std::set<std::string> asked;  // kind and root
      std::map<std::string, std::size_t> of_kind;
      for (int i = 1; i <= moments; ++i) {
        session.run_until(sim::Instant{session.until().us * i / moments});
        for (const Odd& odd : check.odd_things(session)) {
          if (of_kind[odd.kind] >= most) continue;
          const auto answer = whole_why(session.moment(), odd.path);
          const auto act = answer && answer->root ? act_of(session, *answer->root) : std::nullopt;
          if (!asked.insert(odd.kind + " " + (act ? act->name : odd.path)).second) continue;
          if (act || !brief) ++of_kind[odd.kind];  // what has no act costs no run
          const std::string problem = problem_of(check, session, runs, odd, answer, act);
          if (problem.empty()) {
            if (act) ++named[odd.kind];
            continue;
          }
          const std::string key = file.name + " " + variant + " " + odd.path;
          if (exceptions.contains(key)) {
            needed.insert(key);
            continue;
          }
          std::string told;
          if (answer)
            for (const auto& s : answer->steps) told += "\n    " + std::to_string(s.at.us) + " " + s.words.en;
          FAIL_CHECK(key, " at ", session.now().us, ": ", problem, told);
        }
      }
    }
  }
  for (const auto& exception : exceptions)  // clang 14 cannot capture a structured binding
    CHECK_MESSAGE((kSome > 1 || needed.contains(exception.first)), "no longer needed: ", exception.first);
  for (const auto& kind : named) MESSAGE(kind.first, ": ", kind.second, " roots confirmed");
  return named;
}

}  // namespace kafkascope::test
