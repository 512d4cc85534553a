// For ISRs, leaders, high watermarks and waiting records of lessons and stories, Why? names an act of the scenario; without that act the state
// differs at that moment. States without such an act are listed with the reason (state_exceptions.txt).
#include <doctest/doctest.h>

#include <map>
#include <set>

#include "observe/why/why.h"
#include "support/lessons.h"
#include "why/answers.h"
#include "why/counterfactual.h"

using namespace kafkascope;
using namespace kafkascope::test;
using nlohmann::json;
using scenario::Session;

namespace {

constexpr int kMoments = 8;               // moments checked in each run
constexpr std::size_t kAskedOfAKind = 2;  // in each run, one for each root

json at(Session& session, const std::string& path) {
  return observe::state_at(session.moment(), path).value_or(json(nullptr));
}

std::int64_t behind(const json& partition) {
  return partition["high_watermark"].is_number() && partition["log_end_offset"].is_number()
             ? partition["log_end_offset"].get<std::int64_t>() - partition["high_watermark"].get<std::int64_t>()
             : 0;
}

/// A state that a user would ask about: its kind and its path.
struct Odd {
  std::string kind, path;
};

std::vector<Odd> odd_things(Session& session) {
  std::vector<Odd> found;
  const json partitions = at(session, "/partitions"), clients = at(session, "/clients");
  for (const auto& [name, p] : partitions.items()) {
    if (name.starts_with("__")) continue;
    const std::string path = "/partitions/" + name;
    if (p["isr"].size() < p["replicas"].size()) found.push_back({"isr", path + "/isr"});
    if (p["leader"] != p["replicas"][0] && p["adding"].empty()) found.push_back({"leader", path + "/leader"});
    if (behind(p) > 20) found.push_back({"high_watermark", path + "/high_watermark"});
  }
  for (const auto& [name, c] : clients.items())
    if (c["kind"] == "producer" && c["waiting"].is_number() && c["waiting"].get<std::int64_t>() > 20)
      found.push_back({"waiting", "/clients/" + name + "/waiting"});
  return found;
}

/// Whether the other run does not have that problem at the same moment.
bool is_gone(Session& session, Session& other, const Odd& odd) {
  const std::string thing = odd.path.substr(0, odd.path.rfind('/'));
  const json here = at(session, thing), there = at(other, thing);
  if (!there.is_object()) return true;
  if (odd.kind == "isr")
    return there["isr"].size() > here["isr"].size() || there["isr"].size() == there["replicas"].size();
  if (odd.kind == "leader") return there["leader"] != here["leader"];
  if (odd.kind == "high_watermark") return behind(there) < behind(here);
  return there["waiting"].is_number() && there["waiting"].get<std::int64_t>() < here["waiting"].get<std::int64_t>();
}

}  // namespace

TEST_CASE(
    "the root cause of a small ISR, another leader, a held high watermark or waiting records is an act; without that act the state is different") {
  const auto exceptions = exceptions_in("tests/why/state_exceptions.txt");  // "file variant path" -> reason
  std::set<std::string> needed;
  std::map<std::string, int> named;
  std::vector<File> files;
  for (const char* folder : {"scenarios/replication", "scenarios/operations", "scenarios/controller", "scenarios/why"})
    for (File& file : files_below(folder)) files.push_back(std::move(file));
  for (File& file : files_below("tests/stories"))
    for (const char* part : {"isr", "slow", "follower", "leader", "zookeeper-broker", "disk", "link", "partition"})
      if (file.name.find(part) != std::string::npos) {
        files.push_back(std::move(file));
        break;
      }
  for (const File& file : files)
    for (const std::string& variant : file.variants) {
      const auto scenario = loaded(file.text, variant);
      Session session(scenario, true);
      std::map<std::string, Session> others;  // without those acts
      const auto run_without = [&](const std::vector<FileAct>& acts) -> Session& {
        auto changed = scenario;
        std::string key;
        for (const FileAct& act : acts) changed = without(*changed, act), key += act.name + ";";
        auto other = others.find(key);
        if (other == others.end()) other = others.emplace(key, Session(changed, true)).first;
        other->second.run_until(session.now());
        return other->second;
      };
      std::set<std::string> asked;  // kind and root
      std::map<std::string, std::size_t> of_kind;
      for (int i = 1; i <= kMoments; ++i) {
        session.run_until(sim::Instant{session.until().us * i / kMoments});
        for (const Odd& odd : odd_things(session)) {
          if (of_kind[odd.kind] >= kAskedOfAKind) continue;
          const auto answer = test::whole_why(session.moment(), odd.path);
          const auto act = answer && answer->root ? act_of(session, *answer->root) : std::nullopt;
          if (!asked.insert(odd.kind + " " + (act ? act->name : odd.path)).second) continue;
          ++of_kind[odd.kind];
          std::string problem;
          if (!act) problem = answer && answer->root ? "no act of the scenario: " + answer->root->words.en : "no root";
          else {
            // If several acts each cause the state, it disappears only when all of them are removed.
            std::vector<FileAct> removed{*act};
            problem = "it is so without it, too: " + answer->root->words.en;
            while (true) {
              Session& other = run_without(removed);
              if (is_gone(session, other, odd)) {
                problem.clear();
                break;
              }
              const auto again = test::whole_why(other.moment(), odd.path);
              const auto next = again && again->root ? act_of(other, *again->root) : std::nullopt;
              if (!next || removed.size() == 3) break;
              removed.push_back(*next);
            }
            // Each of them must cause it alone; otherwise the first one was not a cause.
            for (std::size_t k = 0; k + 1 < removed.size() && problem.empty(); ++k) {
              std::vector<FileAct> rest = removed;
              rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(k));
              if (is_gone(session, run_without(rest), odd)) problem = "named in vain: " + answer->root->words.en;
            }
          }
          if (problem.empty()) {
            ++named[odd.kind];
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
  for (const auto& exception : exceptions)  // clang 14 cannot capture a structured binding
    CHECK_MESSAGE(needed.contains(exception.first), "no longer needed: ", exception.first);
  for (const auto& kind : named) MESSAGE(kind.first, ": ", kind.second, " roots confirmed");
  CHECK(named.size() == 4);
}
