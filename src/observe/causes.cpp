#include "observe/causes.h"

#include <algorithm>

#include "observe/words.h"
#include "protocol/api_key.h"

namespace kafkascope::observe {

using protocol::ApiKey;
using protocol::Trace;

namespace {

/// Whom the line pronounces silent; not valid if it is no such verdict.
sim::NodeId silent_one(const cluster::Cluster& cluster, const sim::TraceLine& l) {
  if (l.kind == protocol::kind(Trace::BrokerFenced))
    return cluster.find(cluster::broker_name(static_cast<protocol::BrokerId>(l.a)));
  if (l.kind != protocol::kind(Trace::GroupMemberLeft)) return {};
  const std::string text = without_member_uuids(l.text.str());  // "group client: session timeout"
  const std::size_t space = text.find(' '), colon = text.find(": session timeout");
  if (space == std::string::npos || colon == std::string::npos || colon < space) return {};
  return cluster.find(text.substr(space + 1, colon - space - 1));
}

bool is_heartbeat(const sim::TraceLine& l, sim::NodeId from) {
  if (l.kind != sim::trace_kind::kMessageDelivered || l.a != from.index) return false;
  constexpr ApiKey kHeartbeats[] = {ApiKey::BrokerHeartbeat, ApiKey::Heartbeat, ApiKey::ConsumerGroupHeartbeat};
  return std::any_of(std::begin(kHeartbeats), std::end(kHeartbeats),
                     [&](ApiKey api) { return l.b == 2 * static_cast<std::int64_t>(api); });
}

}  // namespace

std::vector<const sim::TraceLine*> causes(const TraceStore& trace, const cluster::Cluster& cluster, std::uint64_t seq) {
  std::vector<const sim::TraceLine*> chain = with_reason(trace, cluster, trace.chain(seq));
  const auto timer = std::find_if(chain.rbegin(), chain.rend(),
                                  [](const sim::TraceLine* l) { return l->kind == sim::trace_kind::kTimerFired; });
  if (timer == chain.rend()) return chain;
  const std::size_t first = trace.first_from((*timer)->seq);
  const sim::TraceLine* verdict = nullptr;
  sim::NodeId silent;
  for (std::size_t i = first; i < trace.size() && trace[i].time <= chain.back()->time && !silent.valid(); ++i) {
    if (trace[i].cause != (*timer)->seq) continue;
    verdict = &trace[i];
    silent = silent_one(cluster, *verdict);
  }
  if (!silent.valid()) return chain;
  const sim::TraceLine *heartbeat = nullptr, *death = nullptr;
  for (std::size_t i = first; i > 0 && heartbeat == nullptr; --i) {
    const sim::TraceLine& l = trace[i - 1];
    if (l.kind == sim::trace_kind::kNodeDied && l.node == silent) death = &l;
    if (is_heartbeat(l, silent)) heartbeat = &l;
  }
  std::vector<const sim::TraceLine*> told;
  for (const sim::TraceLine* l : {heartbeat, death, verdict})
    if (l != nullptr && l != chain.back()) told.push_back(l);
  chain.erase(chain.begin(), timer.base());
  chain.insert(chain.begin(), told.begin(), told.end());
  return chain;
}

}  // namespace kafkascope::observe
