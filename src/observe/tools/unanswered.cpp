// The messages of an admin client whose requests are not answered in time.
#include <fmt/format.h>

#include "observe/tools/request.h"

namespace kafkascope::observe::tools {

namespace {

constexpr std::int64_t kRetryBackoffMaxMs = 1000;  // retry.backoff.max.ms

/// Kafka 2.5: Call.fail counts an attempt for each sent request that fails, and one more at the end.
std::string timed_out_2_5(const Request& r, std::string_view call, std::int64_t timeout_ms, std::int64_t tries) {
  const std::int64_t deadline = r.wall_clock_ms() + timeout_ms;
  return fmt::format("Call(callName={}, deadlineMs={}) timed out at {} after {} attempt(s)", call, deadline,
                     deadline + 1, tries);
}

/// A lookup of the broker to ask: brokers answer it, and the client asks again at once, whatever its back-off says.
/// Simplified: one attempt a millisecond; real clients make about that many.
std::string lookup_timed_out(const Request& r, std::string_view call, std::int64_t timeout_ms) {
  const std::int64_t deadline = r.wall_clock_ms() + timeout_ms;
  return fmt::format(
      "Call(callName={0}, deadlineMs={1}, tries={2}, nextAllowedTryMs={3}) timed out at {4} after {2} attempt(s)", call,
      deadline, timeout_ms, deadline + 1 + kRetryBackoffMaxMs, deadline + 1);
}

std::string waits_for_node(std::string_view call) {
  return fmt::format("Timed out waiting for a node assignment. Call: {}", call);
}

}  // namespace

std::string timed_out(const Request& r, BrokerId to, std::string_view call, std::int64_t timeout_ms) {
  const bool answers = to == kNoBroker || r.reach(to) != nullptr;
  // A broker that answers asks the client to try again, after retry.backoff.ms 100. A request to a broker that refuses
  // connections is never sent: unassignUnsentCalls lets it wait for a node again.
  if (r.by_2_5()) return timed_out_2_5(r, call, timeout_ms, answers ? timeout_ms / 100 : 1);
  if (to == kNoBroker) return lookup_timed_out(r, call, timeout_ms);
  // A host whose process does not run refuses at once; one that is cut off or paused leaves the client connecting.
  const sim::NodeId node = r.cluster().broker_node(to);
  const bool connecting = !answers && node.valid() && r.cluster().alive(node);
  return connecting ? fmt::format("Timed out waiting to send the call. Call: {}", call) : waits_for_node(call);
}

std::string coordinator_silent(const Request& r, const std::string& group, std::string_view api,
                               std::string_view method) {
  const BrokerId to = r.named_coordinator(group);
  if (api.empty()) return timed_out(r, to, to == kNoBroker ? "findCoordinator" : method, kGroupsTimeoutMs);
  return timed_out(r, to, fmt::format("{}(api={})", method, to == kNoBroker ? "FIND_COORDINATOR" : api),
                   kGroupsTimeoutMs);
}

std::string leader_silent(const Request& r, TopicPartition partition, std::int64_t timeout_ms) {
  const protocol::PartitionRegistration* p = r.metadata().partition(partition);
  const BrokerId to = p == nullptr ? kNoBroker : p->leader;
  if (!r.by_2_5())
    return timed_out(r, to, to == kNoBroker ? "listOffsets(api=METADATA)" : "listOffsets(api=LIST_OFFSETS)",
                     timeout_ms);
  return timed_out(r, to, to == kNoBroker ? "metadata" : fmt::format("listOffsets on broker {}", to), timeout_ms);
}

std::string no_node(const Request& r, std::string_view call, std::int64_t timeout_ms) {
  return r.by_2_5() ? timed_out_2_5(r, call, timeout_ms, 1) : waits_for_node(call);
}

std::string groups_not_listed(const Request& r, BrokerId silent) {
  const auto& brokers = r.metadata().brokers();
  const auto it = brokers.find(silent);
  const std::string rack = it == brokers.end() || it->second.rack.empty() ? "null" : it->second.rack;
  // Node.toString
  return fmt::format("Error listing groups on {} (id: {} rack: {}{}): {}", address_of(r.cluster(), silent), silent,
                     rack, r.by_2_5() ? "" : " isFenced: false",
                     timed_out(r, silent, r.by_2_5() ? "listConsumerGroups" : "listGroups", kGroupsTimeoutMs));
}

}  // namespace kafkascope::observe::tools
