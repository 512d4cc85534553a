// Why a replica truncated its log, and why an ISR has grown: a follower repeats its fetch, each caused by the one before, so
// the chain of fetches is not the reason.
#include <algorithm>

#include "observe/why/causes.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::observe {

using protocol::BrokerId;
using protocol::IdList;

namespace {

using Lines = std::vector<const sim::TraceLine*>;

/// Adds the process's last death and last start, pause and resumption, if they came after `since`.
void add_life(const Story& story, sim::NodeId node, std::uint64_t since, std::uint64_t end, Lines& told) {
  if (!node.valid()) return;
  const auto its = [&](const auto&, const sim::TraceLine& l) { return l.node == node; };
  for (const sim::TraceLine* l : {story.last<fact::NodeDied>(end, its), story.last<fact::NodeStarted>(end, its),
                                  story.last<fact::NodePaused>(end, its), story.last<fact::NodeResumed>(end, its)})
    if (l != nullptr && l->seq > since) told.push_back(l);
}

/// A truncation: how the replica got those records; the old leader and its death; the election; the line since which
/// the replica follows.
Lines of_truncation(const Story& story, const sim::TraceLine& cut) {
  Lines told;
  const protocol::Offset end = as<fact::LogTruncated>(cut).to;
  const auto here = [&](const auto& f, const sim::TraceLine&) { return f.partition == place_of(cut); };
  const auto of_replica = [&](const auto& f, const sim::TraceLine& l) { return here(f, l) && l.node == cut.node; };
  const auto reached = [&](const auto& f, const sim::TraceLine& l) { return of_replica(f, l) && f.last_offset >= end; };
  const sim::TraceLine* wrote =
      latest({story.last<fact::LogAppended>(cut.seq, reached), story.last<fact::LogReplicated>(cut.seq, reached)});
  const sim::TraceLine* elected = story.last<fact::LeaderElected>(cut.seq, here);
  const sim::TraceLine* follows = story.last<fact::BecameFollower>(cut.seq, of_replica);
  const std::uint64_t since = wrote == nullptr ? 0 : wrote->seq;
  for (const auto* l : {wrote, elected, follows})
    if (l != nullptr) told.push_back(l);
  add_life(story, cut.node, since, cut.seq, told);
  if (const sim::NodeId led =
          elected == nullptr ? sim::NodeId{} : story.broker_node(as<fact::LeaderElected>(*elected).previous);
      led.valid() && led != cut.node)
    add_life(story, led, since, elected->seq, told);
  return told;
}

/// The brokers that this line adds to the ISR; empty: the line is not about an ISR, or the ISR has not grown.
IdList joined(const Story& story, const sim::TraceLine& l) {
  IdList before, after;
  if (const auto grown = fact_if<fact::IsrExpand>(l)) {
    before = grown->isr.before();
    after = grown->isr.after();
  } else if (const auto changed = fact_if<fact::IsrChanged>(l)) {
    const auto last = story.isr_before(changed->partition, l.seq);
    if (!last) return {};
    before = last->isr;
    after = changed->isr.ids();
  }
  for (const BrokerId id : before) after.remove(id);
  return after;
}

/// A grown ISR: when the returning replica had left, how its process restarted, the fetch that brought its last missing
/// records, and the commit.
Lines of_growth(const Story& story, const sim::TraceLine& grown) {
  Lines told;
  const auto here = [&](const auto& f, const sim::TraceLine&) { return f.partition == place_of(grown); };
  for (const BrokerId id : joined(story, grown)) {
    const sim::NodeId node = story.broker_node(id);
    const auto of_node = [&](const auto&, const sim::TraceLine& l) { return l.node == node; };
    const sim::TraceLine* fenced =
        story.last<fact::BrokerFenced>(grown.seq, [&](const auto& f, const sim::TraceLine&) { return f.broker == id; });
    const sim::TraceLine* shrunk = story.last<fact::IsrShrink>(
        grown.seq, [&](const auto& f, const sim::TraceLine& l) { return here(f, l) && !f.isr.after().contains(id); });
    const sim::TraceLine* left = latest({fenced, shrunk});
    const sim::TraceLine* died = story.last<fact::NodeDied>(grown.seq, of_node);
    // A broker that died while it was in the ISR left it at its death.
    std::uint64_t since = left == nullptr ? 0 : left->seq;
    if (died != nullptr && (left == nullptr || died->seq < left->seq)) since = died->seq - 1;
    if (left != nullptr) told.push_back(left);
    add_life(story, node, since, grown.seq, told);
    const sim::TraceLine* caught = story.last<fact::LogReplicated>(
        grown.seq, [&](const auto& f, const sim::TraceLine& l) { return here(f, l) && l.node == node; });
    if (caught != nullptr) told.push_back(caught);
  }
  const sim::TraceLine* committed = story.last<fact::IsrChanged>(grown.seq, here);
  if (is<fact::IsrExpand>(grown) && committed != nullptr) told.push_back(committed);
  return told;
}

}  // namespace

std::vector<const sim::TraceLine*> with_reason(const Story& story, std::vector<const sim::TraceLine*> chain) {
  const auto change = std::find_if(chain.rbegin(), chain.rend(), [&](const sim::TraceLine* l) {
    return is<fact::LogTruncated>(*l) || !joined(story, *l).empty();
  });
  if (change == chain.rend()) return chain;
  const auto at = change.base() - 1;
  Lines told = is<fact::LogTruncated>(**at) ? of_truncation(story, **at) : of_growth(story, **at);
  if (told.empty()) return chain;
  // The last message and its response show how the change was noticed.
  for (auto l = at; l != chain.begin() && at - l < 2 && (*(l - 1))->kind == sim::trace_kind::kMessageDelivered; --l)
    told.push_back(*(l - 1));
  told.insert(told.end(), at, chain.end());
  std::sort(told.begin(), told.end(), [](const auto* a, const auto* b) { return a->seq < b->seq; });
  told.erase(std::unique(told.begin(), told.end()), told.end());
  return told;
}

}  // namespace kafkascope::observe
