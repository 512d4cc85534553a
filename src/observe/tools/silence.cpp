// Why a tool's requests find no answer: which nodes are silent, and how long the real tool would have waited for them.
#include <algorithm>
#include <charconv>

#include "observe/tools/request.h"

namespace kafkascope::observe::tools {

namespace {

bool says_timed_out(const Answer& answer) {
  // Some of the tools print their exceptions on standard output.
  return std::any_of(answer.parts.begin(), answer.parts.end(), [](const Answer::Part& part) {
    return part.text.find("TimeoutException: ") != std::string::npos ||
           part.text.find("Timed out waiting ") != std::string::npos ||
           part.text.find(") timed out at ") != std::string::npos;
  });
}

void append(std::string& list, const std::string& name) { list += (list.empty() ? "" : ", ") + name; }

/// How long the tool's admin client waits, and which setting says so.
std::pair<std::int64_t, std::string> patience(std::string_view tool, const Request& r) {
  if (tool != "kafka-consumer-groups" && tool != "kafka-share-groups") return {kApiTimeoutMs, "default.api.timeout.ms"};
  std::int64_t ms = kGroupsTimeoutMs;
  const std::string given = r.value("--timeout");
  std::from_chars(given.data(), given.data() + given.size(), ms);
  return {ms, "--timeout"};
}

}  // namespace

std::optional<words::Message> why_timed_out(std::string_view tool, const Request& r, const Answer& answer) {
  if (!says_timed_out(answer)) return std::nullopt;
  const cluster::Cluster& c = r.cluster();
  std::string stopped, paused, cut;
  std::int64_t voters = 0, running = 0;
  for (const cluster::NodeInfo& info : c.nodes()) {
    const sim::NodeId node = c.find(info.name);
    if (info.removed || !node.valid()) continue;
    const bool runs = c.state(node) == sim::NodeState::Running;
    if (info.kind == cluster::NodeKind::Controller) ++voters, running += static_cast<int>(runs);
    if (info.kind != cluster::NodeKind::Broker || can_reach(c, node)) continue;
    append(runs ? cut : c.state(node) == sim::NodeState::Paused ? paused : stopped, info.name);
  }
  const sim::NodeId active = answering_controller(c);
  const bool led = active.valid() && can_reach(c, active);
  if (stopped.empty() && paused.empty() && cut.empty() && led) return std::nullopt;  // the text itself says everything
  const auto [ms, setting] = patience(tool, r);
  return words::Message("tool.timed_out"_w, {{"seconds", ms % 1000 == 0 ? std::to_string(ms / 1000) : std::string()},
                                             {"ms", ms % 1000 == 0 ? std::string() : std::to_string(ms)},
                                             {"setting", setting},
                                             {"stopped", stopped},
                                             {"paused", paused},
                                             {"cut", cut},
                                             {"leaderless", led ? std::string() : std::string("1")},
                                             {"voters", led || voters == 0 ? std::string() : std::to_string(voters)},
                                             {"running", std::to_string(running)}});
}

}  // namespace kafkascope::observe::tools
