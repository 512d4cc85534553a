// What began a leader epoch without an election.
#include "observe/why/why_parts.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::observe {

using protocol::BrokerId;
using protocol::TopicPartition;
using EpochLine = Story::Line;

bool tell_begun_epoch(Telling& telling, TopicPartition tp, std::int64_t epoch) {
  const Story& story = telling.story();
  if (!story.cluster().under_zookeeper() || epoch <= 0) return false;
  const auto here = [&](const auto& f, const EpochLine&) { return f.partition == tp; };
  const auto of_epoch = [&](const auto& f, const EpochLine& l) { return here(f, l) && f.leader_epoch.value == epoch; };
  if (story.last<fact::LeaderElected>(story.end(), of_epoch) != nullptr) return false;
  std::uint64_t heard = story.end();  // when the first replica learned of the epoch
  for (const EpochLine* l :
       {story.first<fact::BecameLeader>(0, of_epoch), story.first<fact::BecameFollower>(0, of_epoch)})
    if (l != nullptr) heard = std::min(heard, l->seq);
  const EpochLine* shrunk = story.last<fact::IsrChanged>(heard, here);
  const EpochLine* moved = story.last<fact::ReassignmentChanged>(heard, here);
  const EpochLine* begun = latest({shrunk, moved});
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
