#include "observe/why/causes.h"

#include <algorithm>

#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_groups.h"
#include "protocol/messages_consumer_group.h"
#include "protocol/messages_group.h"
#include "protocol/messages_quorum.h"
#include "protocol/trace_code.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::observe {

using protocol::ApiKey;
namespace api = protocol::api;

namespace {

/// The node that the line reports as silent; not valid if the line reports none.
sim::NodeId silent_one(const Story& story, const sim::TraceLine& l) {
  if (const auto fenced = fact_if<fact::BrokerFenced>(l)) return story.broker_node(fenced->broker);
  const auto left = fact_if<fact::GroupMemberLeft>(l);
  if (!left || left->reason != fact::GroupReason::SessionTimeout) return {};
  return story.client_of_member(left->member.view());
}

bool is_heartbeat(const sim::TraceLine& l, sim::NodeId from) {
  const auto delivered = fact_if<fact::MessageDelivered>(l);
  if (!delivered || delivered->from != from) return false;
  constexpr ApiKey kHeartbeats[] = {api::BrokerHeartbeat, api::Heartbeat, api::ConsumerGroupHeartbeat};
  return std::any_of(std::begin(kHeartbeats), std::end(kHeartbeats),
                     [&](ApiKey api) { return delivered->api == protocol::trace_code(api); });
}

}  // namespace

std::vector<const sim::TraceLine*> causes(const Story& story, std::uint64_t seq) {
  const TraceStore& trace = story.trace();
  std::vector<const sim::TraceLine*> chain = with_reason(story, trace.chain(seq));
  const auto timer = std::find_if(chain.rbegin(), chain.rend(),
                                  [](const sim::TraceLine* l) { return l->kind == sim::trace_kind::kTimerFired; });
  if (timer == chain.rend()) return chain;
  const std::size_t first = trace.first_from((*timer)->seq);
  const sim::TraceLine* verdict = nullptr;
  sim::NodeId silent;
  for (std::size_t i = first; i < trace.size() && trace[i].time <= chain.back()->time && !silent.valid(); ++i) {
    if (trace[i].cause != (*timer)->seq) continue;
    verdict = &trace[i];
    silent = silent_one(story, *verdict);
  }
  if (!silent.valid()) return chain;
  const sim::TraceLine* heartbeat = nullptr;
  for (std::size_t i = first; i > 0 && heartbeat == nullptr; --i)
    if (is_heartbeat(trace[i - 1], silent)) heartbeat = &trace[i - 1];
  const sim::TraceLine* death =
      story.last<fact::NodeDied>((*timer)->seq, [&](const auto&, const sim::TraceLine& l) { return l.node == silent; });
  if (death != nullptr && heartbeat != nullptr && death->seq < heartbeat->seq) death = nullptr;
  std::vector<const sim::TraceLine*> told;
  for (const sim::TraceLine* l : {heartbeat, death, verdict})
    if (l != nullptr && l != chain.back()) told.push_back(l);
  chain.erase(chain.begin(), timer.base());
  chain.insert(chain.begin(), told.begin(), told.end());
  return chain;
}

}  // namespace kafkascope::observe
