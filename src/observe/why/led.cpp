#include "observe/why/led.h"

#include <algorithm>

#include "observe/model/standing.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::observe {

using protocol::BrokerId;
using protocol::TopicPartition;
using LedLine = Story::Line;

namespace {

/// Whether one of the topic's partitions had that leader just before seq.
bool leads_in(const Story& story, std::int32_t topic, std::int32_t partitions, BrokerId broker, std::uint64_t seq) {
  for (std::int32_t i = 0; i < partitions; ++i)
    if (story.leader_at({topic, i}, seq) == broker) return true;
  return false;
}

/// Whether the broker was the first leader of a partition of the topic that was created with that line.
bool begins_to_lead(const Story& story, const LedLine& created, BrokerId broker) {
  for (std::int32_t i = 0; i < as<fact::TopicCreated>(created).partitions; ++i) {
    const LedLine* leads = story.first<fact::BecameLeader>(created.seq, [&](const auto& f, const LedLine&) {
      return f.partition == protocol::TopicPartition{created.topic, i};
    });
    if (leads != nullptr && story.names().broker_at(leads->node) == broker) return true;
  }
  return false;
}

}  // namespace

const LedLine* change_of_leadership(const Story& story, BrokerId broker,
                                    const std::function<bool(const LedLine&)>& counts) {
  return latest(
      {story.last<fact::LeaderElected>(
           story.end(),
           [&](const auto& f, const LedLine& l) { return counts(l) && (f.leader == broker || f.previous == broker); }),
       story.last<fact::PartitionAdded>(
           story.end(), [&](const auto& f, const LedLine& l) { return counts(l) && f.leader == broker; }),
       story.last<fact::TopicCreated>(
           story.end(), [&](const auto&, const LedLine& l) { return counts(l) && begins_to_lead(story, l, broker); }),
       story.last<fact::TopicDeleted>(story.end(), [&](const auto& f, const LedLine& l) {
         return counts(l) && leads_in(story, l.topic, f.partitions, broker, l.seq);
       })});
}

const LedLine* last_leader_change(const Story& story, protocol::TopicPartition tp) {
  return story.last<fact::LeaderElected>(story.end(), [&](const auto& f, const LedLine&) { return f.partition == tp; });
}

const LedLine* off_preferred_since(const Story& story, protocol::TopicPartition tp) {
  std::vector<const LedLine*> changes;
  const auto add = [&](const auto& f, const LedLine& l) {
    if (f.partition == tp) changes.push_back(&l);
    return false;  // all of them
  };
  (void)story.first<fact::LeaderElected>(0, add);
  (void)story.first<fact::ReassignmentChanged>(0, add);
  std::sort(changes.begin(), changes.end(), [](const LedLine* a, const LedLine* b) { return a->seq < b->seq; });
  const LedLine* moved =
      story.first<fact::ReassignmentChanged>(0, [&](const auto& f, const LedLine&) { return f.partition == tp; });
  const protocol::PartitionRegistration* now = story.cluster().committed().partition(tp);
  if (now == nullptr) return nullptr;
  protocol::IdList replicas = moved == nullptr ? now->replicas : as<fact::ReassignmentChanged>(*moved).state.before();
  const LedLine* since = nullptr;
  bool off = false;
  for (const LedLine* change : changes) {
    if (const auto f = fact_if<fact::ReassignmentChanged>(*change)) replicas = f->state.after();
    const bool was = off;
    off = off_preferred(story.leader_at(tp, change->seq + 1), replicas);
    if (!was || !off) since = off ? change : nullptr;
  }
  // A reassignment that only changes the order of the replicas emits no line except that of the act.
  const LedLine* act = story.act_on({}, {"reassign"}, story.end(), 0, story.cluster().name(tp));
  const bool untold =
      act != nullptr && story.first<fact::ReassignmentChanged>(
                            act->seq, [&](const auto& f, const LedLine&) { return f.partition == tp; }) == nullptr;
  return untold ? latest({since, act}) : since;
}

const LedLine* last_election(const Story& story, protocol::TopicPartition tp, std::uint64_t before) {
  return story.last<fact::LeaderElected>(
      before, [&](const auto& f, const LedLine&) { return f.partition == tp && f.leader >= 0; });
}

bool counted_as_unclean(const Story& story, const LedLine& elected) {
  const auto f = as<fact::LeaderElected>(elected);
  if (f.leader < 0 || f.isr.ids().size() > 1) return false;  // a leader from outside the ISR is alone in the new one
  if (story.elected_from_outside(elected)) return true;
  const auto before = story.isr_before(f.partition, elected.seq);
  if (story.cluster().under_zookeeper() || !before || !before->isr.empty()) return false;
  const sim::NodeId node = story.broker_node(f.leader, elected.seq);
  const LedLine* died =
      story.last<fact::NodeDied>(elected.seq, [&](const auto&, const LedLine& l) { return l.node == node; });
  const LedLine* registered = story.last<fact::BrokerRegistered>(
      elected.seq, [&](const auto& r, const LedLine&) { return r.broker == f.leader; });
  return died != nullptr && registered != nullptr && registered->seq > died->seq &&
         (before->line == nullptr || registered->seq > before->line->seq) &&
         as<fact::NodeDied>(*died).how != sim::Death::Stop;
}

// What began a leader epoch without an election.
bool tell_begun_epoch(Telling& telling, TopicPartition tp, std::int64_t epoch) {
  const Story& story = telling.story();
  if (!story.cluster().under_zookeeper() || epoch <= 0) return false;
  const auto here = [&](const auto& f, const LedLine&) { return f.partition == tp; };
  const auto of_epoch = [&](const auto& f, const LedLine& l) { return here(f, l) && f.leader_epoch.value == epoch; };
  if (story.last<fact::LeaderElected>(story.end(), of_epoch) != nullptr) return false;
  std::uint64_t heard = story.end();  // when the first replica learned of the epoch
  for (const LedLine* l :
       {story.first<fact::BecameLeader>(0, of_epoch), story.first<fact::BecameFollower>(0, of_epoch)})
    if (l != nullptr) heard = std::min(heard, l->seq);
  const LedLine* shrunk = story.last<fact::IsrChanged>(heard, here);
  const LedLine* moved = story.last<fact::ReassignmentChanged>(heard, here);
  const LedLine* begun = latest({shrunk, moved});
  if (begun == nullptr) return false;
  const std::string partition = story.cluster().name(tp);
  std::vector<BrokerId> out;
  if (const auto before = begun == moved ? std::nullopt : story.isr_before(tp, begun->seq))
    for (const BrokerId id : before->isr)
      if (!as<fact::IsrChanged>(*begun).isr.ids().contains(id)) out.push_back(id);
  if (begun == moved)
    telling.say("why.epoch_by_move"_w, {{"partition", partition}, {"epoch", epoch}}, begun, Weight::Point, partition);
  else if (!out.empty())
    telling.say("why.epoch_by_isr"_w, {{"brokers", broker_names(out)}, {"partition", partition}, {"epoch", epoch}},
                begun, Weight::Point, partition);
  telling.trail(begun, Weight::Point);
  // The replica was healthy: the end of a reassignment removed it.
  if (begun != moved && story.trail(*begun).size() == 1) telling.trail(moved, Weight::Cause);
  return true;
}

}  // namespace kafkascope::observe
