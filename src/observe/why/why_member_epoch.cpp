// Why a member's value in a group of the newer protocols is so (KIP-848, KIP-932): its id, its epoch, its state, its target and what it still
// has to give up. Kafka: ConsumerGroupMember, MemberState, CurrentAssignmentBuilder.
#include <algorithm>

#include "observe/why/coordinators.h"
#include "observe/why/held_up.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_groups.h"

namespace kafkascope::observe {

using nlohmann::json;
using MemberLine = Story::Line;

namespace {

struct AskedMember {
  sim::NodeId node;
  std::string client, group;
  json row, of_group;  // of the state document

  std::int64_t epoch() const { return whole_of(part_of(row, "member_epoch")); }
  std::int64_t assignment_epoch() const { return whole_of(part_of(of_group, "assignment_epoch")); }
  bool speaks_classic() const { return part_of(row, "protocol") == "classic"; }
};

/// What is in the first list and not in the second.
json without(const json& list, const json& other) {
  json rest = json::array();
  for (const json& one : list)
    if (std::find(other.begin(), other.end(), one) == other.end()) rest.push_back(one);
  return rest;
}

const MemberLine* last_epoch(const Story& story, const AskedMember& m) {
  const std::string id = text_of(part_of(m.row, "member_id"));
  return story.last<fact::MemberEpoch>(story.end(), [&](const auto& f, const MemberLine&) {
    return f.group == m.group && means_member(f.member.view(), id);
  });
}

const MemberLine* last_joined(const Story& story, const AskedMember& m) {
  const std::string id = text_of(part_of(m.row, "member_id"));
  return story.last<fact::GroupMemberJoined>(story.end(), [&](const auto& f, const MemberLine&) {
    return f.group == m.group && means_member(f.member.view(), id);
  });
}

/// What keeps the member from its coordinator.
void tell_hindered(Telling& telling, const AskedMember& m) {
  const Story& story = telling.story();
  if (m.node.valid()) telling.trail(story.hindrance(m.node, story.end(), Search().of(traffic::kGroups)), Weight::Cause);
}

/// Tells that the member stays as it is, because no heartbeat of it comes; false: they come.
bool tell_kept_as_it_is(Telling& telling, const AskedMember& m) {
  const Story& story = telling.story();
  const DeadMember dead = dead_member(story, m.row);
  if (dead.died == nullptr && !is_unheard_member(story, m.group, m.node)) return false;
  if (dead.died != nullptr) telling.trail(dead.died, Weight::Cause);
  else tell_hindered(telling, m);
  const GroupSetting timeout =
      session_timeout(story, m.group, dead.member_id, dead.died == nullptr ? story.end() : dead.died->seq);
  telling.now("why.member_epoch_kept"_w,
              {{"client", m.client},
               {"epoch", m.epoch()},
               {"target", m.assignment_epoch()},
               {"lives", dead.died == nullptr ? "1" : ""},
               {"key", timeout.key},
               {"ms", timeout.value}},
              Weight::Point, m.client);
  return true;
}

/// Tells that the target is newer than what the member has heard of.
void tell_next_heartbeat(Telling& telling, const AskedMember& m) {
  const Story& story = telling.story();
  if (tell_kept_as_it_is(telling, m))
    return telling.trail(last_of_group<fact::GroupTarget>(story, m.group), Weight::Link);
  telling.trail(last_of_group<fact::GroupTarget>(story, m.group), Weight::Link);
  tell_hindered(telling, m);
  const bool share = part_of(m.of_group, "protocol") == "share";
  const GroupSetting interval = group_setting(
      story, m.group, share ? "share.heartbeat.interval.ms" : "consumer.heartbeat.interval.ms", story.end());
  telling.now("why.member_epoch_next"_w,
              {{"client", m.client},
               {"epoch", m.epoch()},
               {"target", m.assignment_epoch()},
               {"classic", m.speaks_classic() ? "1" : ""},
               {"newer", m.speaks_classic() ? "" : "1"},
               {"key", interval.key},
               {"ms", interval.value}},
              Weight::Point, m.client);
}

/// Tells what the member still has to give up, and what keeps it from that.
void tell_unrevoked(Telling& telling, const AskedMember& m) {
  const Story& story = telling.story();
  const json pending = part_of(m.row, "pending_revocation");
  const DeadMember dead = dead_member(story, m.row);
  telling.fact(last_epoch(story, m), Weight::Link);
  if (dead.died != nullptr) tell_dead_member(telling, m.group, dead, "");
  else tell_hindered(telling, m);
  if (HeldUp held; dead.died == nullptr && m.node.valid() && !is_silent(story, m.node)) {
    held.stuck = stuck_at(story, m.node);
    if (held.stuck.since != nullptr) tell_held_up(telling, held, m.client, text_of(pending.front()), true);
  }
  telling.now("why.member_unrevoked"_w,
              {{"client", m.client},
               {"partitions", plain_value(pending)},
               {"epoch", m.epoch()},
               {"ms", setting_of(story, m.node, "max.poll.interval.ms")}},
              Weight::Point, m.client);
}

/// Whether the id is one that a classic group's coordinator makes: it begins with the group.instance.id or the client.id, and a UUID
/// with hyphens follows. The newer protocols' are a UUID in Base64. Kafka: ClassicGroup.generateMemberId, Uuid.
bool has_readable_part(const std::string& id) {
  constexpr std::size_t kUuid = 36;
  return id.size() > kUuid && id[id.size() - kUuid - 1] == '-';
}

void tell_id(Telling& telling, const AskedMember& m) {
  const Story& story = telling.story();
  const std::string id = text_of(part_of(m.row, "member_id")), instance = text_of(part_of(m.row, "instance_id"));
  const DeadMember dead = dead_member(story, m.row);
  telling.trail(last_joined(story, m), Weight::Link);
  telling.fact(dead.died, Weight::Link);
  if (part_of(m.of_group, "protocol") == "classic" || m.speaks_classic()) {
    const bool bare = !has_readable_part(id);
    telling.now("why.member_id_given"_w,
                {{"client", m.client},
                 {"instance", bare ? std::string() : instance},
                 {"dynamic", !bare && instance.empty() ? "1" : ""},
                 {"bare", bare ? "1" : ""}},
                Weight::Point, m.client);
  } else {
    const bool ended = dead.died != nullptr;
    telling.now("why.member_id_own"_w, {{"client", m.client}, {"lives", ended ? "" : "1"}, {"ended", ended ? "1" : ""}},
                Weight::Point, m.client);
  }
}

/// Tells for how long the coordinator keeps the place of a static member that is away.
void tell_away(Telling& telling, const AskedMember& m, Weight epoch) {
  const Story& story = telling.story();
  const MemberLine* away = last_epoch(story, m);
  telling.trail(away, epoch);
  const GroupSetting timeout =
      session_timeout(story, m.group, text_of(part_of(m.row, "member_id")), away == nullptr ? story.end() : away->seq);
  telling.now("why.member_away"_w,
              {{"client", m.client}, {"group", m.group}, {"key", timeout.key}, {"ms", timeout.value}}, Weight::Point,
              m.client);
}

void tell_member_epoch(Telling& telling, const AskedMember& m) {
  const Story& story = telling.story();
  if (m.epoch() < 0) return tell_away(telling, m, Weight::Cause);
  if (part_of(m.row, "state") == "UNREVOKED_PARTITIONS") return tell_unrevoked(telling, m);
  if (m.epoch() < m.assignment_epoch()) return tell_next_heartbeat(telling, m);
  telling.trail(last_epoch(story, m), Weight::Link);
  telling.now("why.member_epoch_reached"_w,
              {{"client", m.client},
               {"epoch", m.epoch()},
               {"group", m.group},
               {"waits", part_of(m.row, "state") == "UNRELEASED_PARTITIONS" ? "1" : ""}},
              Weight::Point, m.client);
}

void tell_member_state(Telling& telling, const AskedMember& m) {
  const Story& story = telling.story();
  const json target = part_of(m.row, "target"), lacks = without(target, part_of(m.row, "assignment"));
  const std::string state = text_of(part_of(m.row, "state"));
  if (state == "UNREVOKED_PARTITIONS") return tell_unrevoked(telling, m);
  if (m.epoch() < 0) return tell_away(telling, m, Weight::Link);
  if (m.epoch() < m.assignment_epoch()) return tell_next_heartbeat(telling, m);
  telling.trail(last_epoch(story, m), Weight::Link);
  if (lacks.empty()) telling.now("why.member_stable"_w, {{"client", m.client}}, Weight::Point, m.client);
  else {
    telling.now("why.member_unreleased"_w, {{"client", m.client}, {"partitions", plain_value(lacks)}}, Weight::Point,
                m.client);
    const std::string first = text_of(lacks.front());
    const sim::NodeId owner = gives_up(story, m.of_group, first);
    if (owner.valid()) telling.trail(story.hindrance(owner, story.end(), Search().of(traffic::kGroups)), Weight::Cause);
    tell_not_handed_over(telling, m.of_group, first);
  }
}

void tell_target(Telling& telling, const AskedMember& m) {
  const Story& story = telling.story();
  const json target = part_of(m.row, "target"), has = part_of(m.row, "assignment"), lacks = without(target, has),
             gives = part_of(m.row, "pending_revocation");
  telling.trail(last_of_group<fact::GroupTarget>(story, m.group), Weight::Link);
  const auto list = [](const json& some) { return some.empty() ? std::string() : plain_value(some); };
  telling.now("why.member_target"_w,
              {{"client", m.client},
               {"group", m.group},
               {"assignor", text_of(part_of(m.of_group, "assignor"))},
               {"epoch", m.assignment_epoch()},
               {"partitions", list(target)},
               {"none", target.empty() ? "1" : ""},
               {"lacks", lacks == target ? std::string() : list(lacks)},
               {"all", lacks == target && !lacks.empty() ? "1" : ""},
               {"gives", list(gives)}},
              Weight::Point, m.client);
  if (!lacks.empty()) tell_not_handed_over(telling, m.of_group, text_of(lacks.front()));
}

void tell_protocol(Telling& telling, const AskedMember& m) {
  const Story& story = telling.story();
  const MemberLine* joined = last_joined(story, m);
  const bool declared = m.node.valid() && story.declared(m.node) != nullptr;
  // A process keeps the protocol with which it began, whatever is configured later.
  const MemberLine* began =
      declared ? start_before(story, m.node, joined == nullptr ? story.end() : joined->seq) : nullptr;
  if (began != nullptr) telling.trail(setting_act(story, m.node, "group.protocol", began->seq), Weight::Cause);
  telling.trail(joined, Weight::Link);
  telling.now("why.member_protocol"_w,
              {{"client", m.client},
               {"group", m.group},
               {"classic", m.speaks_classic() ? "1" : ""},
               {"consumer", m.speaks_classic() ? "" : "1"}},
              Weight::Point, m.client);
}

}  // namespace

std::optional<Answer> why_member_value(const Asked& asked, const std::string& client, sim::NodeId node) {
  const Story& story = asked.story;
  const std::string &group = asked.part(1), &field = asked.part(4);
  // Of two rows of one client the name says which is meant: its process before may still be a member.
  const std::string& name = asked.part(3).find('#') == std::string::npos ? client : asked.part(3);
  const AskedMember m{node, name, group, state_of(story, "/groups/" + group + "/members/" + asked.part(3)),
                      state_of(story, "/groups/" + group)};
  Telling telling(story, asked.path, asks_value(name + " · " + field, asked.value));
  if (field == "member_id") tell_id(telling, m);
  else if (field == "member_epoch") tell_member_epoch(telling, m);
  else if (field == "state") tell_member_state(telling, m);
  else if (field == "target") tell_target(telling, m);
  else if (field == "protocol") tell_protocol(telling, m);
  else if (field == "pending_revocation" && !asked.value.empty()) tell_unrevoked(telling, m);
  else if (field == "pending_revocation") {
    telling.trail(last_epoch(story, m), Weight::Link);
    telling.now("why.member_gives_nothing"_w, {{"client", name}, {"group", group}}, Weight::Point, name);
  } else return std::nullopt;
  return telling.done();
}

}  // namespace kafkascope::observe
