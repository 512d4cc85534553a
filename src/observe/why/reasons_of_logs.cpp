// Why a replica truncated its log, and why an ISR has grown: a follower repeats its fetch, each caused by the one before, so
// the chain of fetches is not the reason.
#include <algorithm>

#include "observe/why/causes.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::observe {

using protocol::BrokerId;
using protocol::IdList;
using protocol::Trace;

namespace {

using Lines = std::vector<const sim::TraceLine*>;

bool is(const sim::TraceLine& l, Trace kind) { return l.kind == protocol::kind(kind); }
bool same_partition(const sim::TraceLine& a, const sim::TraceLine& b) {
  return a.topic == b.topic && a.partition == b.partition;
}

/// The last line before `end` that satisfies `fits`; null if there is none.
template <class Fits>
const sim::TraceLine* last_before(const TraceStore& trace, std::uint64_t end, Fits&& fits) {
  for (std::size_t i = trace.first_from(end); i > 0; --i)
    if (fits(trace[i - 1])) return &trace[i - 1];
  return nullptr;
}

sim::NodeId node_of(const cluster::Cluster& cluster, BrokerId broker) {
  return broker < 0 ? sim::NodeId{} : cluster.find(cluster::broker_name(broker));
}

/// Adds the process's last death and last start, if they came after `since`.
void add_life(const TraceStore& trace, sim::NodeId node, std::uint64_t since, std::uint64_t end, Lines& told) {
  if (!node.valid()) return;
  for (const sim::TraceKind kind : {sim::trace_kind::kNodeDied, sim::trace_kind::kNodeStarted,
                                    sim::trace_kind::kNodePaused, sim::trace_kind::kNodeResumed}) {
    const auto* l = last_before(trace, end, [&](const auto& x) { return x.kind == kind && x.node == node; });
    if (l != nullptr && l->seq > since) told.push_back(l);
  }
}

/// How the replica got those records; the old leader and its death; the election; the line since which the replica
/// follows.
Lines of_truncation(const TraceStore& trace, const cluster::Cluster& cluster, const sim::TraceLine& cut) {
  Lines told;
  const protocol::Offset end = as<fact::LogTruncated>(cut).to;
  const auto* wrote = last_before(trace, cut.seq, [&](const sim::TraceLine& l) {
    if (l.node != cut.node || !same_partition(l, cut)) return false;
    const auto f = fact::written_in(l);
    return f && f->last_offset >= end;
  });
  const auto* elected =
      last_before(trace, cut.seq, [&](const auto& l) { return is(l, Trace::LeaderElected) && same_partition(l, cut); });
  const auto* follows = last_before(trace, cut.seq, [&](const auto& l) {
    return is(l, Trace::BecameFollower) && l.node == cut.node && same_partition(l, cut);
  });
  const std::uint64_t since = wrote == nullptr ? 0 : wrote->seq;
  for (const auto* l : {wrote, elected, follows})
    if (l != nullptr) told.push_back(l);
  add_life(trace, cut.node, since, cut.seq, told);
  if (const sim::NodeId led =
          elected == nullptr ? sim::NodeId{} : node_of(cluster, as<fact::LeaderElected>(*elected).previous);
      led.valid() && led != cut.node)
    add_life(trace, led, since, elected->seq, told);
  return told;
}

/// The brokers that this line adds to the ISR; empty: the line is not about an ISR, or the ISR has not grown.
IdList joined(const TraceStore& trace, const sim::TraceLine& l) {
  IdList before, after;
  if (const auto grown = fact_if<fact::IsrExpand>(l)) {
    before = grown->isr.before();
    after = grown->isr.after();
  } else if (const auto changed = fact_if<fact::IsrChanged>(l)) {
    const auto* last = last_before(trace, l.seq, [&](const auto& x) {
      return (is(x, Trace::IsrChanged) || is(x, Trace::LeaderElected)) && same_partition(x, l);
    });
    if (last == nullptr) return {};
    before =
        is(*last, Trace::IsrChanged) ? as<fact::IsrChanged>(*last).isr.ids() : as<fact::LeaderElected>(*last).isr.ids();
    after = changed->isr.ids();
  }
  for (const BrokerId id : before) after.remove(id);
  return after;
}

/// When the returning replica had left, how its process restarted, the fetch that brought its last missing records, and the commit.
Lines of_growth(const TraceStore& trace, const cluster::Cluster& cluster, const sim::TraceLine& grown) {
  Lines told;
  for (const BrokerId id : joined(trace, grown)) {
    const sim::NodeId node = node_of(cluster, id);
    const auto* left = last_before(trace, grown.seq, [&](const sim::TraceLine& l) {
      if (const auto fenced = fact_if<fact::BrokerFenced>(l)) return fenced->broker == id;
      const auto shrunk = fact_if<fact::IsrShrink>(l);
      return shrunk && same_partition(l, grown) && !shrunk->isr.after().contains(id);
    });
    const auto* died = last_before(
        trace, grown.seq, [&](const auto& l) { return l.kind == sim::trace_kind::kNodeDied && l.node == node; });
    // A broker that was in the ISR when it died has left it by that.
    std::uint64_t since = left == nullptr ? 0 : left->seq;
    if (died != nullptr && (left == nullptr || died->seq < left->seq)) since = died->seq - 1;
    if (left != nullptr) told.push_back(left);
    add_life(trace, node, since, grown.seq, told);
    const auto* caught = last_before(trace, grown.seq, [&](const auto& l) {
      return is(l, Trace::LogReplicated) && l.node == node && same_partition(l, grown);
    });
    if (caught != nullptr) told.push_back(caught);
  }
  const auto* committed = last_before(
      trace, grown.seq, [&](const auto& l) { return is(l, Trace::IsrChanged) && same_partition(l, grown); });
  if (is(grown, Trace::IsrExpand) && committed != nullptr) told.push_back(committed);
  return told;
}

}  // namespace

std::vector<const sim::TraceLine*> with_reason(const TraceStore& trace, const cluster::Cluster& cluster,
                                               std::vector<const sim::TraceLine*> chain) {
  const auto change = std::find_if(chain.rbegin(), chain.rend(), [&](const sim::TraceLine* l) {
    return is(*l, Trace::LogTruncated) || !joined(trace, *l).empty();
  });
  if (change == chain.rend()) return chain;
  const auto at = change.base() - 1;
  Lines told = is(**at, Trace::LogTruncated) ? of_truncation(trace, cluster, **at) : of_growth(trace, cluster, **at);
  if (told.empty()) return chain;
  // The last message and its response show how it was noticed.
  for (auto l = at; l != chain.begin() && at - l < 2 && (*(l - 1))->kind == sim::trace_kind::kMessageDelivered; --l)
    told.push_back(*(l - 1));
  told.insert(told.end(), at, chain.end());
  std::sort(told.begin(), told.end(), [](const auto* a, const auto* b) { return a->seq < b->seq; });
  told.erase(std::unique(told.begin(), told.end()), told.end());
  return told;
}

}  // namespace kafkascope::observe
