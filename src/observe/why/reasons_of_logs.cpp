// Why a replica truncated its log, and why an ISR has grown: a follower repeats its fetch, each caused by the one before, so
// the chain of fetches is not the reason. And why a partition
// ends where it does: the record, marker or cut that was the last change of its leader's log.
#include <algorithm>

#include "observe/why/causes.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_transactions.h"
#include "protocol/records.h"

namespace kafkascope::observe {

using protocol::BrokerId;
using protocol::IdList;
using EndLine = Story::Line;

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

namespace {

/// The broker whose log counts: the leader, or the last one if there is none.
sim::NodeId holder_of_end(const Story& story, protocol::TopicPartition tp) {
  protocol::BrokerId id = story.leader_at(tp, story.end());
  if (id < 0)
    if (const EndLine* lost = story.last<fact::LeaderElected>(
            story.end(), [&](const auto& f, const EndLine&) { return f.partition == tp && f.previous >= 0; }))
      id = as<fact::LeaderElected>(*lost).previous;
  return story.broker_node(id);
}

/// Tells the append with its last record.
void tell_append(Telling& telling, const EndLine& wrote, const std::string& partition) {
  const Story& story = telling.story();
  const auto written = fact::written_in(wrote);
  const protocol::RecordBatch* batch = story.trace().batch_at(wrote.seq);
  if (!written) return;
  const protocol::TopicPartition tp = place_of(wrote);
  if (batch != nullptr && batch->control) {
    const EndLine* marker = story.last<fact::TransactionMarkerAppended>(
        story.end(),
        [&](const auto& f, const EndLine&) { return f.partition == tp && f.offset == written->last_offset; });
    telling.trail(marker == nullptr ? &wrote : marker, Weight::Point);
    return;
  }
  telling.trail(&wrote, Weight::Point);
  if (batch == nullptr || batch->client < 0 || batch->records.empty()) return;
  const auto last = batch->at(batch->last_offset_delta());
  if (last)
    telling.say("why.end_record"_w,
                {{"number", last->number},
                 {"producer", story.cluster().info({batch->client}).name},
                 {"partition", partition},
                 {"offset", written->last_offset.value},
                 {"broker", story.cluster().info(wrote.node).name}},
                &wrote, Weight::Point, partition);
}

}  // namespace

Answer why_log_end(const Asked& asked) {
  const Story& story = asked.story;
  const std::string& partition = asked.part(1);
  const protocol::TopicPartition tp = partition_named(story, partition);
  const sim::NodeId node = holder_of_end(story, tp);
  Telling telling(story, asked.path,
                  asks("why.q_log_end"_w, {{"partition", partition}, {"offset", whole_of(asked.value)}}));
  const auto here = [&](const auto& f, const EndLine& l) { return l.node == node && f.partition == tp; };
  const EndLine* cut = latest({story.last<fact::LogTruncated>(story.end(), here),
                               story.last<fact::LogRecovered>(story.end(), [&](const auto& f, const EndLine& l) {
                                 return here(f, l) && f.lost_from.known();
                               })});
  const EndLine* wrote =
      latest({story.last<fact::LogAppended>(story.end(), here), story.last<fact::LogReplicated>(story.end(), here)});
  const EndLine* wiped = wrote == nullptr || asked.value != 0 ? nullptr : replaced_disk(story, node, wrote->seq);
  if (wiped != nullptr) {
    telling.fact(wrote, Weight::Link);
    telling.trail(wiped, Weight::Point);
  } else if (cut != nullptr && latest({cut, wrote}) == cut) telling.trail(cut, Weight::Point);
  else if (wrote != nullptr && whole_of(asked.value) == 0) telling.fact(wrote, Weight::Link);  // lost since
  else if (wrote != nullptr) tell_append(telling, *wrote, partition);
  const std::string who = node.valid() ? story.cluster().info(node).name : std::string();
  if (telling.empty() && node.valid()) {
    telling.now("why.log_empty"_w, {{"broker", who}, {"partition", partition}}, Weight::Point, partition);
    tell_nothing_comes(telling, partition);
  }
  if (telling.empty()) telling.now("why.formed"_w, {{"what", partition}}, Weight::Point, partition);
  if (node.valid() && is_silent(story, node))
    telling.trail(story.silence(node, story.end()), Weight::Cause);  // nothing is appended meanwhile
  return telling.done();
}

}  // namespace kafkascope::observe
