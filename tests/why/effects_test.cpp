// What an answer lists as led to by an act ("also led to") is an effect of it: it does not happen all the same in a run without the act.
#include "observe/observation.h"
#include "observe/words/words.h"
#include "why/root_check.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// An event may come a little earlier or later in the run without the act: other messages, other delays.
constexpr std::int64_t kSameTimeUs = 1'000'000;

/// Whether something of which the same sentence is true happens in the other run at that time.
bool happens_too(const Session& session, const Session& other, const sim::TraceLine& effect) {
  const observe::ClusterView names(session.cluster()), other_names(other.cluster());
  const std::string words = observe::sentence(effect, names).en;
  const observe::TraceStore& trace = other.observation().trace();
  for (std::size_t i = trace.first_at(effect.time - sim::microseconds(kSameTimeUs));
       i < trace.size() && trace[i].time.us <= effect.time.us + kSameTimeUs; ++i)
    if (trace[i].kind == effect.kind && observe::sentence(trace[i], other_names).en == words) return true;
  return false;
}

/// The acts of the file in that run, each with its line.
std::vector<std::pair<FileAct, std::uint64_t>> acts_with_lines(const Session& session) {
  std::vector<std::pair<FileAct, std::uint64_t>> acts;
  const observe::TraceStore& trace = session.observation().trace();
  for (std::size_t i = 0; i < trace.size(); ++i) {
    if (trace[i].kind != sim::trace_kind::kCommand) continue;
    observe::WhyStep step;
    step.seq = trace[i].seq;
    if (const auto act = act_of(session, step)) acts.emplace_back(*act, step.seq);
  }
  return acts;
}

}  // namespace

TEST_CASE("what an act is said to have led to does not happen without it") {
  const std::vector<std::string> files = {
      "scenarios/replication/leader-failover.json", "scenarios/replication/leader-epoch.json",
      "scenarios/replication/rolling-restart.json", "scenarios/controller/zookeeper-failover.json",
      "scenarios/controller/kraft-failover.json",   "scenarios/groups/rebalance-eager.json",
      "scenarios/groups/static-membership.json",    "scenarios/operations/scale-in.json"};
  int checked = 0;
  for (std::size_t i = 0; i < files.size(); i += kSome) {
    const auto scenario = loaded(read_text(source_path(files[i])), "base");
    Session session(scenario, true);
    session.run_to_end();
    RunsWithout runs(scenario);
    for (const auto& of : acts_with_lines(session)) {
      const auto answer = whole_why(session.moment(), "/events/" + std::to_string(of.second));
      REQUIRE(answer.has_value());
      if (answer->effects.empty()) continue;
      const Session& other = runs.run({of.first}, answer->effects.back().at + sim::microseconds(kSameTimeUs));
      for (const observe::WhyStep& effect : answer->effects) {
        ++checked;
        CHECK_MESSAGE(!happens_too(session, other, *session.observation().trace().find(effect.seq)), files[i], ": ",
                      answer->question.en, " ", effect.words.en);
      }
    }
  }
  MESSAGE(checked, " effects");
  CHECK((kSome > 1 || checked >= 20));
}
