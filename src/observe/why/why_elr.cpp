// Who may lead a partition from outside its ISR: the eligible leader replicas (KIP-966), and an unclean election.
#include <algorithm>

#include "controller/kraft/settings.h"
#include "observe/why/min_isr.h"
#include "observe/why/why_parts.h"

namespace kafkascope::observe {

using nlohmann::json;
using protocol::BrokerId;
using protocol::IdList;
using protocol::TopicPartition;
using Line = Story::Line;

namespace {

bool keeps_elr(const Story& story) { return controller::elr_enabled(story.cluster().committed()); }

/// Tells that the cluster keeps no eligible leader replicas, and what has switched them off.
void tell_elr_not_kept(Telling& telling, const std::string& partition) {
  constexpr std::string_view kFeature = "eligible.leader.replicas.version";
  const Story& story = telling.story();
  telling.trail(
      story.last<fact::FeatureChanged>(
          story.end(), [&](const auto& f, const Line& l) { return l.time.us > 0 && f.feature.view() == kFeature; }),
      Weight::Link);
  const bool zookeeper = story.cluster().under_zookeeper();
  telling.now("why.elr_not_kept"_w,
              {{"partition", partition}, {"zookeeper", zookeeper ? "1" : ""}, {"kraft", zookeeper ? "" : "1"}},
              Weight::Point, partition);
}

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

/// The death of the broker without a clean shutdown, if it has not registered since: when it does, the controller takes it out
/// of the ELR. Kafka: ReplicationControlManager.handleUncleanBrokerShutdown. Null: it has its place for certain.
const Line* unclean_death(const Story& story, BrokerId id) {
  const sim::NodeId node = story.broker_node(id);
  const Line* died =
      story.last<fact::NodeDied>(story.end(), [&](const auto&, const Line& l) { return l.node == node; });
  if (died == nullptr || as<fact::NodeDied>(*died).how == sim::Death::Stop) return nullptr;
  const Line* again =
      story.last<fact::BrokerRegistered>(story.end(), [&](const auto& f, const Line&) { return f.broker == id; });
  return again != nullptr && again->seq > died->seq ? nullptr : died;
}

/// Tells that an eligible broker has died without a clean shutdown, after which it may lack what it had: only its next
/// registration shows that.
void tell_unclean_death(Telling& telling, BrokerId id, const std::string& partition) {
  const Line* died = unclean_death(telling.story(), id);
  if (died != nullptr)
    telling.now(
        as<fact::NodeDied>(*died).how == sim::Death::PowerOff ? "why.elr_lost_power"_w : "why.elr_unclean_death"_w,
        {{"broker", cluster::broker_name(id)}}, Weight::Point, partition);
}

/// Tells that a change of min.insync.replicas has emptied the ELR; false: it has not. Kafka:
/// ConfigurationControlManager.createClearElrRecordsAsNeeded.
bool tell_elr_cleared(Telling& telling, const std::string& partition, const std::vector<BrokerId>& out) {
  const Story& story = telling.story();
  const TopicPartition tp = partition_named(story, partition);
  const Line* changed = story.setting_of(tp, "min.insync.replicas", story.end());
  if (changed == nullptr) return false;
  const auto least = static_cast<std::int64_t>(min_isr_before(story, tp, changed->seq));
  std::vector<BrokerId> cleared;
  for (const BrokerId id : out) {
    const Leaving leaving = leaving_of(story, tp, id, story.end());
    if (leaving.line == nullptr || leaving.line->seq > changed->seq || leaving.left >= least) continue;
    const Line* again =
        story.last<fact::BrokerRegistered>(changed->seq, [&](const auto& f, const Line&) { return f.broker == id; });
    if (again == nullptr || again->seq < leaving.line->seq) cleared.push_back(id);
  }
  if (cleared.empty()) return false;
  telling.trail(changed, Weight::Link);
  telling.now("why.elr_cleared"_w,
              {{"brokers", broker_names(cleared)}, {"count", cleared.size()}, {"partition", partition}}, Weight::Point,
              partition);
  return true;
}

}  // namespace

std::optional<Answer> why_elr(const Story& story, const std::string& path, const std::string& partition) {
  const TopicPartition tp = partition_named(story, partition);
  const json state = state_of(story, "/partitions/" + partition);
  if (!state.is_object()) return std::nullopt;
  const std::vector<BrokerId> elr = brokers_in(part_of(state, "elr")), isr = brokers_in(part_of(state, "isr"));
  const std::int64_t least = story.cluster().effective_min_isr(tp);
  const Words least_told = min_isr_told(story, tp, story.end());
  Telling telling(
      story, path,
      elr.empty()
          ? asks("why.q_elr_empty"_w, {{"partition", partition}})
          : asks("why.q_elr"_w, {{"brokers", broker_names(elr)}, {"count", elr.size()}, {"partition", partition}}));
  if (elr.empty() && !keeps_elr(story)) {
    tell_elr_not_kept(telling, partition);
    return telling.done();
  }
  if (elr.empty()) {
    std::vector<BrokerId> out = brokers_in(part_of(state, "replicas"));
    std::erase_if(out, [&](BrokerId id) { return has(isr, id); });
    if (tell_elr_cleared(telling, partition, out)) return telling.done();
    if (static_cast<std::int64_t>(isr.size()) >= least)
      telling.now("why.elr_not_needed"_w, {{"partition", partition}, {"isr", broker_names(isr)}, {"min", least_told}},
                  Weight::Point, partition);
    else telling.now("why.elr_none"_w, {{"partition", partition}, {"min", least_told}}, Weight::Point, partition);
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
                     {"min", least_told},
                     {"already", leaving.before < least ? "1" : ""},
                     {"falls", leaving.before < least ? "" : "1"}},
                    leaving.line->time, Weight::Point, partition);
    else
      telling.dated("why.elr_not_eligible"_w, {{"broker", broker}, {"partition", partition}, {"min", least_told}},
                    leaving.line->time, Weight::Cause, partition);
  }
  for (const BrokerId id : elr) tell_unclean_death(telling, id, partition);
  if (telling.empty()) telling.now("why.formed"_w, {{"what", partition}}, Weight::Point, partition);
  return telling.done();
}

void tell_awaits_leader(Telling& telling, const std::string& partition, const json& state) {
  const Story& story = telling.story();
  const TopicPartition tp = partition_named(story, partition);
  const std::vector<BrokerId> isr = brokers_in(state["isr"]), elr = brokers_in(part_of(state, "elr"));  // KIP-966
  if (story.cluster().unclean_election_enabled(tp)) {
    const std::vector<BrokerId> all = brokers_in(state["replicas"]);
    telling.now("why.awaits_any"_w, {{"brokers", broker_names(all)}, {"count", all.size()}, {"partition", partition}},
                Weight::Point, partition);
    return;
  }
  // Who will be taken out of the ELR cannot lead as one of it.
  std::vector<BrokerId> may_lead = isr, leaves;
  for (const BrokerId id : elr) (unclean_death(story, id) == nullptr ? may_lead : leaves).push_back(id);
  if (!may_lead.empty()) {
    // Without a leader it has one or the other: whoever is fenced leaves the ISR for the ELR, and without ELRs the last one stays in the
    // ISR and the ELR is emptied (PartitionChangeBuilder.build, maybeUpdateRecordElr).
    telling.now(elr.empty() ? "why.awaits_isr"_w : "why.awaits_elr"_w,
                {{"brokers", broker_names(may_lead)}, {"count", may_lead.size()}}, Weight::Point, partition);
    for (const BrokerId id : leaves) tell_unclean_death(telling, id, partition);
    return;
  }
  // Kafka: PartitionChangeBuilder.canElectLastKnownLeader.
  const protocol::IdList& known = story.cluster().committed().partition(tp)->last_known_elr;
  if (known.size() != 1) {
    telling.now("why.awaits_unclean"_w, {{"partition", partition}}, Weight::Point, partition);
    return;
  }
  std::vector<BrokerId> awaited = leaves;
  if (!has(awaited, known[0]) && is_silent(story, story.broker_node(known[0]))) awaited.push_back(known[0]);
  telling.now(leaves.empty() ? "why.awaits_last_known"_w : "why.awaits_end_of_elr"_w,
              {{"unclean", broker_names(leaves)},
               {"count", leaves.size()},
               {"leader", cluster::broker_name(known[0])},
               {"partition", partition},
               {"brokers", broker_names(awaited)}},
              Weight::Point, partition);
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
  const bool may_be_eligible =
      leaving.line != nullptr && leaving.left < story.cluster().effective_min_isr(tp) && keeps_elr(story);
  if (allowed == may_be_eligible) return;
  const std::string name = story.cluster().name(tp);
  telling.dated(allowed ? "why.led_by_unclean"_w : "why.led_by_elr"_w,
                {{"broker", cluster::broker_name(f.leader)}, {"partition", name}}, elected.time, Weight::Point, name);
}

}  // namespace kafkascope::observe
