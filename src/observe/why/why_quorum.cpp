// Why a voter of the metadata quorum is in its state, and why the quorum's high watermark stands where it does.
#include <algorithm>

#include "observe/why/why_parts.h"
#include "protocol/facts_of_quorum.h"

namespace kafkascope::observe {

using nlohmann::json;
using Line = Story::Line;

namespace {

std::optional<Answer> why_voter(const Asked& asked, sim::NodeId node) {
  const Story& story = asked.story;
  const std::string& who = story.cluster().info(node).name;
  const std::string state = text_of(state_of(story, "/cluster/quorum/voters/" + asked.part(3) + "/state"));
  Telling telling(story, asked.path, asks("why.q_voter"_w, {{"who", who}, {"state", state}}));
  const Line* changed = story.last<fact::QuorumStateChanged>(
      story.end(), [&](const auto&, const Line& l) { return l.node == node && l.time.us > 0; });
  telling.trail(changed, Weight::Point);
  if (is_silent(story, node)) {  // it had that state when it fell silent
    telling.trail(story.silence(node, story.end()), Weight::Cause);
    if (!story.cluster().alive(node)) telling.now("why.still_down"_w, {{"who", who}}, Weight::Point, who);
  }
  if (telling.empty()) telling.now("why.voter_since_formation"_w, {{"who", who}, {"state", state}}, Weight::Point, who);
  return telling.done();
}

std::optional<Answer> why_quorum_watermark(const Asked& asked) {
  const Story& story = asked.story;
  const json quorum = state_of(story, "/cluster/quorum"), voters = part_of(quorum, "voters");
  const std::int64_t hw = whole_of(part_of(quorum, "high_watermark"));
  Telling telling(story, asked.path, asks("why.q_quorum_watermark"_w, {{"offset", hw}}));
  telling.fact(
      story.last<fact::QuorumHighWatermark>(story.end(), [&](const auto& f, const Line&) { return f.to.value == hw; }),
      Weight::Link);
  const sim::NodeId leads = story.cluster().active_controller();
  if (!leads.valid()) {
    const Line* led = story.last<fact::ControllerActive>(story.end(), [](const auto&, const Line&) { return true; });
    if (led != nullptr) telling.trail(story.silence(led->node, story.end()), Weight::Cause);
    tell_awaits_quorum(telling);
    return telling.done();
  }
  const cluster::NodeInfo& leader = story.cluster().info(leads);
  const std::int64_t end = whole_of(part_of(part_of(voters, std::to_string(leader.id)), "log_end_offset"));
  if (hw >= end) {
    telling.now("why.quorum_hw_at_end"_w, {{"leader", leader.name}, {"offset", hw}}, Weight::Point, leader.name);
    return telling.done();
  }
  std::string behind;
  std::size_t lack = 0;
  for (const sim::NodeId voter : story.cluster().controllers()) {
    const cluster::NodeInfo& info = story.cluster().info(voter);
    if (whole_of(part_of(part_of(voters, std::to_string(info.id)), "log_end_offset")) > hw) continue;
    behind += (behind.empty() ? "" : ", ") + info.name, ++lack;
    telling.trail(story.silence(voter, story.end(), {leads}), Weight::Cause);
  }
  const std::size_t all = story.cluster().controllers().size();
  if (all - lack > all / 2) {  // the leader learns of it from their fetches: LeaderState.updateReplicaState
    telling.now("why.quorum_hw_next_fetch"_w, {{"leader", leader.name}, {"all", all}, {"have", all - lack}},
                Weight::Point, leader.name);
    return telling.done();
  }
  telling.now("why.quorum_hw_awaits"_w,
              {{"leader", leader.name}, {"offset", hw}, {"brokers", behind}, {"need", all / 2 + 1}, {"all", all}},
              Weight::Point, leader.name);
  return telling.done();
}

}  // namespace

std::optional<Answer> why_quorum(const Asked& asked) {
  const Story& story = asked.story;
  const std::string &field = asked.part(2), &of_voter = asked.part(4);
  if (field == "high_watermark") return why_quorum_watermark(asked);
  if (field != "voters") return why_controller(story, asked.path);
  for (const sim::NodeId voter : story.cluster().controllers())
    if (std::to_string(story.cluster().info(voter).id) == asked.part(3))
      return of_voter.empty() || of_voter == "state" ? why_voter(asked, voter) : std::nullopt;
  return asked.part(3).empty() ? why_controller(story, asked.path) : std::nullopt;
}

}  // namespace kafkascope::observe
