// What a transaction waits for that is decided: the leaders of its partitions, which have to write its markers.
#include "observe/model/standing.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_cluster.h"

namespace kafkascope::observe {

using nlohmann::json;
using protocol::TopicPartition;
using Line = Story::Line;

namespace {

/// What keeps the leader of the partition from answering, or the election that left it without one; null: nothing does.
const Line* silence_of_leader(const Story& story, TopicPartition tp) {
  const protocol::BrokerId leader = story.leader_at(tp, story.end());
  return leader >= 0 ? story.silence(story.broker_node(leader), story.end())
                     : story.last<fact::LeaderElected>(story.end(),
                                                       [&](const auto& f, const Line&) { return f.partition == tp; });
}

}  // namespace

std::string tell_refused_markers(Telling& telling, const json& state) {
  const Story& story = telling.story();
  std::string refusing;
  for (const json& name : part_of(state, "partitions")) {
    const TopicPartition tp = partition_named(story, name.get<std::string>());
    const auto* registered = story.cluster().committed().partition(tp);
    const sim::NodeId leader = story.broker_node(story.leader_at(tp, story.end()));
    if (registered == nullptr || !leader.valid() || is_silent(story, leader) ||
        !standing_of(*registered, story.cluster().effective_min_isr(tp)).under_min_isr())
      continue;
    tell_too_few_in_sync(telling, tp, story.end());
    refusing += (refusing.empty() ? "" : ", ") + name.get<std::string>();
  }
  if (!refusing.empty()) telling.now("why.marker_refused"_w, {{"partitions", refusing}}, Weight::Point);
  return refusing;
}

void tell_other_markers(Telling& telling, const json& state, const std::string& refusing) {
  std::string waiting;
  const Line* silent = nullptr;
  for (const json& name : part_of(state, "partitions")) {
    waiting += (waiting.empty() ? "" : ", ") + name.get<std::string>();
    silent =
        latest({silent, silence_of_leader(telling.story(), partition_named(telling.story(), name.get<std::string>()))});
  }
  if (waiting == refusing) return;
  telling.trail(silent, Weight::Cause);
  telling.now("why.tx_markers"_w, {{"partitions", waiting}}, Weight::Point);
}

void tell_awaits_markers(Telling& telling, const json& state) {
  tell_other_markers(telling, state, tell_refused_markers(telling, state));
}

}  // namespace kafkascope::observe
