// Who may lead a partition from outside its ISR: the eligible leader replicas (KIP-966), and an unclean election.
#include <algorithm>

#include "observe/why/why_parts.h"

namespace kafkascope::observe {

using nlohmann::json;
using protocol::BrokerId;
using protocol::IdList;
using protocol::TopicPartition;
using Line = Story::Line;

namespace {

/// The line at which the broker last left the ISR, with the size of the ISR after and before it. Null: the broker was
/// never in the ISR.
struct Leaving {
  const Line* line = nullptr;
  std::int64_t left = 0, before = 0;
};
Leaving leaving_of(const Story& story, TopicPartition tp, BrokerId id, std::uint64_t before) {
  Leaving found;
  const auto history = story.isr_history(tp);
  for (std::size_t i = 1; i < history.size(); ++i)
    if (history[i].line != nullptr && history[i].line->seq < before && history[i - 1].isr.contains(id) &&
        !history[i].isr.contains(id))
      found = {history[i].line, static_cast<std::int64_t>(history[i].isr.size()),
               static_cast<std::int64_t>(history[i - 1].isr.size())};
  return found;
}

/// Tells that an eligible broker is without power, and may have lost records: only its next registration shows that.
void tell_lost_power(Telling& telling, BrokerId id, const std::string& partition) {
  const Story& story = telling.story();
  const sim::NodeId node = story.broker_node(id);
  if (!node.valid() || story.cluster().alive(node)) return;
  const Line* died =
      story.last<fact::NodeDied>(story.end(), [&](const auto&, const Line& l) { return l.node == node; });
  if (died != nullptr && as<fact::NodeDied>(*died).how == sim::Death::PowerOff)
    telling.now("why.elr_lost_power"_w, {{"broker", cluster::broker_name(id)}}, Weight::Point, partition);
}

}  // namespace

std::optional<Answer> why_elr(const Story& story, const std::string& path, const std::string& partition) {
  const TopicPartition tp = partition_named(story, partition);
  const json state = state_of(story, "/partitions/" + partition);
  if (!state.is_object()) return std::nullopt;
  const std::vector<BrokerId> elr = brokers_in(part_of(state, "elr")), isr = brokers_in(part_of(state, "isr"));
  const std::int64_t least = story.cluster().effective_min_isr(tp);
  Telling telling(
      story, path,
      elr.empty()
          ? asks("why.q_elr_empty"_w, {{"partition", partition}})
          : asks("why.q_elr"_w, {{"brokers", broker_names(elr)}, {"count", elr.size()}, {"partition", partition}}));
  if (elr.empty()) {
    if (static_cast<std::int64_t>(isr.size()) >= least)
      telling.now("why.elr_not_needed"_w, {{"partition", partition}, {"isr", broker_names(isr)}, {"min", least}},
                  Weight::Point, partition);
    else telling.now("why.elr_none"_w, {{"partition", partition}, {"min", least}}, Weight::Point, partition);
    return telling.done();
  }
  for (const json& replica : part_of(state, "replicas")) {
    const auto id = replica.get<BrokerId>();
    const bool eligible = std::find(elr.begin(), elr.end(), id) != elr.end();
    const Leaving leaving = leaving_of(story, tp, id, story.end());
    if (leaving.line == nullptr || std::find(isr.begin(), isr.end(), id) != isr.end()) continue;
    if (!eligible && leaving.left < least) continue;  // it lost its place later, for another reason
    if (eligible && leaving.left >= least) {          // min.insync.replicas was different then
      telling.trail(leaving.line, Weight::Cause);
      continue;
    }
    if (eligible)
      telling.trail(story.back_of_removal(id, *leaving.line, story.leader_at(tp, leaving.line->seq)), Weight::Link);
    const std::string broker = cluster::broker_name(id);
    if (eligible)
      telling.dated("why.elr_eligible"_w,
                    {{"broker", broker},
                     {"partition", partition},
                     {"min", least},
                     {"already", leaving.before < least ? "1" : ""},
                     {"falls", leaving.before < least ? "" : "1"}},
                    leaving.line->time, Weight::Point, partition);
    else
      telling.dated("why.elr_not_eligible"_w, {{"broker", broker}, {"partition", partition}, {"min", least}},
                    leaving.line->time, Weight::Cause, partition);
  }
  for (const BrokerId id : elr) tell_lost_power(telling, id, partition);
  if (telling.empty()) telling.now("why.formed"_w, {{"what", partition}}, Weight::Point, partition);
  return telling.done();
}

void tell_elected_from_outside(Telling& telling, const Line& elected) {
  const Story& story = telling.story();
  const auto f = as<fact::LeaderElected>(elected);
  if (!story.elected_from_outside(elected)) return;
  const Line* root = story.trail(elected).front();
  if (const auto act = fact_if<fact::Command>(*root); act && act->verb == "elect_leaders") return;
  const TopicPartition tp = f.partition;
  const Line* changed = story.setting_of(tp, "unclean.leader.election.enable", story.end());
  if (changed != nullptr && changed->seq > elected.seq) return;
  const bool allowed = ClusterView(story.cluster()).unclean_election_enabled(tp);
  const Leaving leaving = leaving_of(story, tp, f.leader, elected.seq);
  // A replica that left when the ISR was large enough was never in the ELR; one that became eligible may lead without the setting.
  const bool may_be_eligible = leaving.line != nullptr && leaving.left < story.cluster().effective_min_isr(tp) &&
                               !story.cluster().under_zookeeper();
  if (allowed == may_be_eligible) return;
  const std::string name = story.cluster().name(tp);
  telling.dated(allowed ? "why.led_by_unclean"_w : "why.led_by_elr"_w,
                {{"broker", cluster::broker_name(f.leader)}, {"partition", name}}, elected.time, Weight::Point, name);
}

}  // namespace kafkascope::observe
