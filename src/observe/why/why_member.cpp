// Why a client is a member of a group, or is not, also because its coordinator refuses it; and a dead member for which its group waits.
#include <algorithm>
#include <sstream>

#include "broker/broker.h"
#include "coordinator/classic_group.h"
#include "coordinator/consumer_group.h"
#include "observe/model/state_sections.h"
#include "observe/node_config.h"
#include "observe/why/coordinators.h"
#include "observe/why/errors.h"
#include "observe/why/held_up.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"

namespace kafkascope::observe {

using nlohmann::json;
using Line = Story::Line;

sim::NodeId joined_by(const Story& story, const Line& joined) {
  for (const Line* l = story.trace().find(joined.cause); l != nullptr && l->node == joined.node;
       l = l->cause < l->seq ? story.trace().find(l->cause) : nullptr) {
    const auto request = fact_if<fact::MessageDelivered>(*l);
    if (request) return story.declared(request->from) == nullptr ? sim::NodeId{} : request->from;
  }
  return {};
}

DeadMember dead_member(const Story& story, const json& member) {
  DeadMember m{text_of(part_of(member, "member_id")), {}, nullptr, text_of(part_of(member, "instance_id"))};
  m.client = story.client_of_member(m.member_id);
  const Line* joined = story.last<fact::GroupMemberJoined>(
      story.end(), [&](const auto& f, const Line&) { return means_member(f.member.view(), m.member_id); });
  if (const sim::NodeId by = joined == nullptr ? sim::NodeId{} : joined_by(story, *joined); by.valid()) m.client = by;
  if (joined != nullptr && m.client.valid())
    m.died = story.first<fact::NodeDied>(joined->seq, [&](const auto&, const Line& l) { return l.node == m.client; });
  return m;
}

bool DeadMember::closed() const {
  return died != nullptr && !instance_id.empty() && as<fact::NodeDied>(*died).how == sim::Death::Stop;
}

DeadMember dead_member_of(const Story& story, const std::string& group) {
  const broker::Broker* coordinator = nullptr;
  const coordinator::ClassicGroup* classic = find_group(story.cluster(), group, &coordinator);
  DeadMember found;
  for_each_entry(state_of(story, "/groups/" + group + "/members"), [&](const std::string&, const json& member) {
    DeadMember m = dead_member(story, member);
    const auto* known = classic == nullptr ? nullptr : classic->member(m.member_id);
    if (known != nullptr && known->awaiting_join) return;
    if (m.died != nullptr && latest({found.died, m.died}) == m.died) found = std::move(m);
  });
  return found;
}

GroupSetting session_timeout(const Story& story, const std::string& group, const std::string& member_id,
                             std::uint64_t silent) {
  const broker::Broker* coordinator = nullptr;
  if (const auto* classic = find_group(story.cluster(), group, &coordinator); classic != nullptr) {
    const coordinator::ClassicGroupMember* known = classic->member(member_id);
    return {"session.timeout.ms", known == nullptr ? 0 : known->session_timeout_ms};
  }
  if (const auto* consumers = find_consumer_group(story.cluster(), group, &coordinator); consumers != nullptr) {
    const coordinator::ConsumerGroupMember* known = consumers->member(member_id);
    if (known != nullptr && known->classic) return {"session.timeout.ms", known->classic->session_timeout_ms};
    return group_setting(story, group, "consumer.session.timeout.ms", silent);
  }
  if (find_share_group(story.cluster(), group, &coordinator) == nullptr) return {"session.timeout.ms", 0};
  return group_setting(story, group, "share.session.timeout.ms", silent);
}

void tell_dead_member(Telling& telling, const std::string& group, const DeadMember& member,
                      const std::string& partition) {
  const Story& story = telling.story();
  telling.trail(member.died, Weight::Cause);
  telling.fact(story.first<fact::NodeStarted>(member.died->seq,
                                              [&](const auto&, const Line& l) { return l.node == member.client; }),
               Weight::Link);
  const GroupSetting timeout = session_timeout(story, group, member.member_id, member.died->seq);
  const std::string& client = story.cluster().info(member.client).name;
  const std::string ms = timeout.value == 0 ? std::string() : std::to_string(timeout.value);
  const bool classic = timeout.key == "session.timeout.ms";
  if (member.closed())
    telling.now("why.closed_member"_w,
                {{"group", group},
                 {"client", client},
                 {"instance", member.instance_id},
                 {"classic", classic ? std::string("1") : std::string()},
                 {"newer", classic ? std::string() : std::string("1")},
                 {"key", timeout.key},
                 {"ms", ms},
                 {"partition", partition}},
                Weight::Point, group);
  else
    telling.now("why.dead_member"_w,
                {{"group", group},
                 {"client", client},
                 {"instance", member.instance_id},
                 {"key", timeout.key},
                 {"ms", ms},
                 {"partition", partition}},
                Weight::Point, group);
}

namespace {

/// Tells what the client was assigned last since it joined; if it has given up a part of that, what it has now.
void tell_assignment(Telling& telling, sim::NodeId client, std::uint64_t joined, const json& assignment) {
  const Story& story = telling.story();
  const auto its = [&](const auto& f, const Line& l) { return l.node == client && f.count > 0 && l.seq > joined; };
  const Line *given = story.last<fact::PartitionsAssigned>(story.end(), its),
             *revoked = story.last<fact::PartitionsRevoked>(story.end(), its);
  telling.fact(given, Weight::Point);
  if (given == nullptr || revoked == nullptr || revoked->seq < given->seq) return;
  if (assignment.empty()) return telling.trail(revoked, Weight::Point);
  std::string has;
  for (const json& partition : assignment) has += (has.empty() ? "" : ", ") + text_of(partition);
  const std::string& name = story.cluster().info(client).name;
  telling.fact(revoked, Weight::Link);
  telling.now("why.member_has"_w, {{"client", name}, {"partitions", has}}, Weight::Point, name);
}

}  // namespace

namespace {
bool contains(const json& list, const std::string& name) {
  return std::find(list.begin(), list.end(), json(name)) != list.end();
}
}  // namespace

bool is_unheard_member(const Story& story, const std::string& group, sim::NodeId client) {
  const sim::NodeId coordinator = story.broker_node(story.cluster().coordinator_of(group));
  return client.valid() &&
         (is_silent(story, client) || (coordinator.valid() && story.cluster().is_cut(client, coordinator)));
}

sim::NodeId gives_up(const Story& story, const json& group, const std::string& partition) {
  sim::NodeId owner;
  for_each_entry(part_of(group, "members"), [&](const std::string&, const json& member) {
    const json target = part_of(member, "target"), assigned = part_of(member, "assignment");
    const bool gives = contains(part_of(member, "pending_revocation"), partition) ||
                       (target.is_array() && contains(assigned, partition) && !contains(target, partition));
    if (gives) owner = story.client_of_member(text_of(part_of(member, "member_id")));
  });
  return owner;
}

namespace {

struct NamedMember {
  std::string name;  // "": there is none
  json row;          // of the state document
  json pending() const { return part_of(row, "pending_revocation"); }
};

/// Tells that no heartbeat of the member comes, without which it neither gives the partition up nor gets it; false: they come.
/// `holds`: it has the partition.
bool tell_no_heartbeats(Telling& telling, const std::string& group, const NamedMember& member,
                        const std::string& partition, bool holds) {
  const Story& story = telling.story();
  const DeadMember dead = dead_member(story, member.row);
  if (dead.died != nullptr) {
    tell_dead_member(telling, group, dead, partition);
    return true;
  }
  if (!is_unheard_member(story, group, dead.client)) return false;
  telling.trail(story.hindrance(dead.client, story.end(), Search().of(traffic::kGroups)), Weight::Cause);
  const GroupSetting timeout = session_timeout(story, group, dead.member_id, story.end());
  telling.now("why.lag_awaits_silent"_w,
              {{"owner", member.name},
               {"partition", partition},
               {"holds", holds ? "1" : ""},
               {"gets", holds ? "" : "1"},
               {"key", timeout.key},
               {"ms", timeout.value}},
              Weight::Point, member.name);
  return true;
}

}  // namespace

bool tell_not_handed_over(Telling& telling, const json& group, const std::string& partition) {
  const Story& story = telling.story();
  if (text_of(part_of(group, "protocol")) != "consumer") return false;
  NamedMember heir, owner, holder;
  for_each_entry(part_of(group, "members"), [&](const std::string& name, const json& member) {
    if (contains(part_of(member, "target"), partition)) heir = {name, member};
    else if (contains(part_of(member, "assignment"), partition)) holder = {name, member};
    if (contains(part_of(member, "pending_revocation"), partition)) owner = {name, member};
  });
  if (heir.name.empty()) return false;
  const std::string its_group = story.group_of(story.client_of_member(text_of(part_of(heir.row, "member_id"))));
  const NamedMember& has = owner.name.empty() ? holder : owner;
  const bool free = has.name.empty();
  if (tell_no_heartbeats(telling, its_group, free ? heir : has, partition, !free)) return true;
  const GroupSetting interval = group_setting(story, its_group, "consumer.heartbeat.interval.ms", story.end());
  if (!owner.name.empty())
    telling.now("why.lag_awaits_revocation"_w, {{"owner", owner.name}, {"partition", partition}, {"client", heir.name}},
                Weight::Point, owner.name);
  else if (free && part_of(heir.row, "state") == "UNREVOKED_PARTITIONS")  // Kafka: CurrentAssignmentBuilder
    telling.now("why.lag_awaits_own_revocation"_w,
                {{"partition", partition}, {"client", heir.name}, {"partitions", plain_value(heir.pending())}},
                Weight::Point, heir.name);
  else
    telling.now(free ? "why.lag_awaits_heartbeat"_w : "why.lag_awaits_told"_w,
                {{"partition", partition},
                 {"client", heir.name},
                 {"owner", holder.name},
                 {"key", interval.key},
                 {"ms", interval.value}},
                Weight::Point, free ? heir.name : holder.name);
  return true;
}

namespace {
/// What the coordinator knows of the member besides: its group.instance.id, and the epoch that it had before.
Answer why_members_field(const Asked& asked, const std::string& client, sim::NodeId node) {
  const Story& story = asked.story;
  const std::string &group = asked.part(1), &field = asked.part(4);
  Telling telling(story, asked.path, asks_value(client + " · " + field, asked.value));
  if (field == "instance_id") {
    telling.now(asked.value.is_null() ? "why.no_instance_id"_w : "why.instance_id"_w,
                {{"client", client}, {"group", group}}, Weight::Point, client);
    return telling.done();
  }
  const auto of_client = [&](const auto& f, const Line&) {
    return f.group == group && story.client_of_member(f.member.view()) == node;
  };
  telling.trail(story.last<fact::MemberEpoch>(story.end(), of_client), Weight::Link);
  const json of_group = state_of(story, "/groups/" + group);
  const std::int64_t epoch = whole_of(asked.value);
  const bool owned = text_of(part_of(of_group, "protocol")) == "consumer";  // a share group asks for nothing more
  if (epoch == part_of(part_of(part_of(of_group, "members"), asked.part(3)), "member_epoch"))
    telling.now("why.previous_epoch_same"_w, {{"client", client}, {"epoch", epoch}}, Weight::Point, client);
  else if (epoch <= 0)
    telling.now(epoch < 0 ? "why.previous_epoch_none"_w : "why.previous_epoch_joined"_w, {{"client", client}},
                Weight::Point, client);
  else
    telling.now("why.previous_member_epoch"_w, {{"client", client}, {"epoch", epoch}, {"owned", owned ? "1" : ""}},
                Weight::Point, client);
  return telling.done();
}
}  // namespace

std::string instance_of(const Story& story, sim::NodeId client) {
  const cluster::ClientSpec* spec = story.declared(client);
  if (spec == nullptr) return {};
  const auto& explicitly = spec->config.explicit_values();
  const auto found = std::find_if(explicitly.begin(), explicitly.end(),
                                  [](const auto& entry) { return entry.first == "group.instance.id"; });
  return found == explicitly.end() ? std::string() : protocol::config_text(found->second);
}

namespace {

/// The line at which another client with the client's group.instance.id joined the group, the last that any client with it joined; null:
/// the client itself did, or none.
const Line* joined_in_its_place(const Story& story, const std::string& group, sim::NodeId client,
                                std::uint64_t before) {
  const std::string own = instance_of(story, client);
  if (own.empty()) return nullptr;
  const Line* joined = story.last<fact::GroupMemberJoined>(before, [&](const auto& f, const Line& l) {
    return f.group == group && instance_of(story, joined_by(story, l)) == own;
  });
  return joined == nullptr || joined_by(story, *joined) == client ? nullptr : joined;
}

/// The line at which another client with the same group.instance.id took the client's place in the group; null: none has.
const Line* replaced_at(const Story& story, const std::string& group, sim::NodeId client) {
  const Line* joined = joined_in_its_place(story, group, client, story.end());
  if (joined == nullptr) return nullptr;
  // The client had the place, and the group had not given the place up.
  const Line* had = story.last<fact::GroupMemberJoined>(joined->seq, [&](const auto& f, const Line& l) {
    return f.group == group && l.seq < joined->seq && joined_by(story, l) == client;
  });
  const Line* lost =
      had == nullptr ? nullptr : story.first<fact::GroupMemberLeft>(had->seq, [&](const auto& f, const Line&) {
        return f.group == group && f.reason == fact::GroupReason::SessionTimeout &&
               story.client_of_member(f.member.view()) == client;
      });
  return had == nullptr || (lost != nullptr && lost->seq < joined->seq) ? nullptr : joined;
}

/// Tells which client has the static member's place, and that the member heard of it; false: none has.
bool tell_replaced(Telling& telling, const std::string& group, sim::NodeId node) {
  const Story& story = telling.story();
  const Line* joined = replaced_at(story, group, node);
  if (joined == nullptr) return false;
  const std::string& client = story.cluster().info(node).name;
  telling.trail(joined, Weight::Aside);
  telling.say("why.replaced_static"_w,
              {{"other", story.cluster().info(joined_by(story, *joined)).name},
               {"client", client},
               {"group", group},
               {"instance", instance_of(story, node)}},
              joined, Weight::Point, client);
  telling.fact(story.first<fact::ClientError>(joined->seq,
                                              [&](const auto&, const Line& l) {
                                                return l.node == node &&
                                                       error_of(l) == protocol::ErrorCode::FENCED_INSTANCE_ID;
                                              }),
               Weight::Point);
  telling.fact(story.first<fact::NodeDied>(joined->seq, [&](const auto&, const Line& l) { return l.node == node; }),
               Weight::Link);
  return true;
}

/// Tells that the group did not let the client in, because its group.instance.id is not released; false: it did, or had another reason.
/// Kafka: ConsumerGroup.throwIfInstanceIdIsUnreleased (KIP-848).
bool tell_kept_out(Telling& telling, sim::NodeId node) {
  const Story& story = telling.story();
  const Line* refused = story.last<fact::ClientError>(story.end(), [&](const auto&, const Line& l) {
    return l.node == node && error_of(l) == protocol::ErrorCode::UNRELEASED_INSTANCE_ID;
  });
  const Line* joined = story.last<fact::GroupMemberJoined>(
      story.end(), [&](const auto&, const Line& l) { return joined_by(story, l) == node; });
  if (refused == nullptr || (joined != nullptr && joined->seq > refused->seq)) return false;
  tell_refused_by_group(telling, *refused);
  telling.trail(refused, Weight::Point);
  telling.fact(story.first<fact::NodeDied>(refused->seq, [&](const auto&, const Line& l) { return l.node == node; }),
               Weight::Link);
  return true;
}

/// The other client with the same group.instance.id that had the client's place in the group before it; not valid: there was none.
sim::NodeId had_its_place(const Story& story, const std::string& group, sim::NodeId client) {
  sim::NodeId before;
  const std::string own = instance_of(story, client);
  if (own.empty()) return before;
  (void)story.last<fact::GroupMemberJoined>(story.end(), [&](const auto& f, const Line& l) {
    const sim::NodeId by = f.group == group ? joined_by(story, l) : sim::NodeId{};
    if (by != client && instance_of(story, by) == own) before = by;
    return before.valid();
  });
  return before;
}

}  // namespace

std::optional<Answer> why_is_member(const Asked& asked) {
  const Story& story = asked.story;
  const std::string &group = asked.part(1), &key = asked.part(3);
  DeadMember member = dead_member(story, asked.value);
  if (!member.client.valid()) member.client = story.cluster().find(key.substr(0, key.find('#')));
  const std::string client = member.client.valid() ? story.cluster().info(member.client).name : key;
  if (asked.part(4) == "previous_member_epoch" || asked.part(4) == "instance_id")
    return why_members_field(asked, client, member.client);
  if (auto value = asked.part(4).empty() ? std::nullopt : why_member_value(asked, client, member.client)) return value;
  Telling telling(story, asked.path,
                  asks(member.died == nullptr ? "why.q_member"_w
                       : member.closed()      ? "why.q_closed_member"_w
                                              : "why.q_dead_member"_w,
                       {{"client", client}, {"group", group}}));
  const auto of_client = [&](const auto& f, const Line&) {
    return f.group == group && story.client_of_member(f.member.view()) == member.client;
  };
  const Line* joined = story.last<fact::GroupMemberJoined>(story.end(), [&](const auto& f, const Line&) {
    return f.group == group && means_member(f.member.view(), member.member_id);
  });
  if (joined == nullptr) joined = story.last<fact::GroupMemberJoined>(story.end(), of_client);
  const sim::NodeId before = had_its_place(story, group, member.client);
  if (!before.valid() || !tell_replaced(telling, group, before)) telling.trail(joined, Weight::Cause);
  if (member.died != nullptr) tell_dead_member(telling, group, member, "");
  else tell_assignment(telling, member.client, joined == nullptr ? 0 : joined->seq, part_of(asked.value, "assignment"));
  if (telling.empty()) telling.now("why.group_untouched"_w, {{"group", group}}, Weight::Point, group);
  return telling.done();
}

std::optional<Answer> why_no_member(const Asked& asked) {
  const Story& story = asked.story;
  const std::string &group = asked.part(1), &client = asked.part(3);
  const sim::NodeId node = story.cluster().find(client);
  if (!node.valid() || story.cluster().info(node).client < 0) return std::nullopt;
  // The client may have taken the place of a static member that the coordinator still names after the previous process.
  std::optional<Answer> holds;
  for_each_entry(state_of(story, "/groups/" + group + "/members"), [&](const std::string&, const json& member) {
    const DeadMember m = dead_member(story, member);
    if (!holds && m.client == node && m.died == nullptr)
      holds = why_is_member({story, asked.path, asked.parts, member});
  });
  if (holds) return holds;
  Telling telling(story, asked.path, asks("why.q_no_member"_w, {{"client", client}, {"group", group}}));
  if (tell_replaced(telling, group, node) || tell_kept_out(telling, node)) return telling.done();
  const auto its = [&](const auto& f, const Line&) {
    return f.group == group && story.client_of_member(f.member.view()) == node;
  };
  const Line* joined = story.last<fact::GroupMemberJoined>(story.end(), its);
  const Line* left = story.last<fact::GroupMemberLeft>(story.end(), its);
  if (left != nullptr && (joined == nullptr || left->seq > joined->seq)) telling.trail(left, Weight::Point);
  else if (joined != nullptr) {  // no line of its leaving: the group was lost with its log, or the client is silent
    const Line* lost = loss_in(story, "__consumer_offsets", joined->seq, story.end());
    telling.fact(joined, Weight::Link);
    telling.trail(lost != nullptr ? lost : story.silence(node, story.end()), Weight::Point);
    if (lost != nullptr) telling.now("why.group_lost"_w, {{"group", group}}, Weight::Point, group);
  }
  telling.fact(
      story.last<fact::PartitionsAssigned>(story.end(), [&](const auto&, const Line& l) { return l.node == node; }),
      Weight::Link);
  if (telling.empty()) telling.now("why.never_joined"_w, {{"client", client}, {"group", group}}, Weight::Point, client);
  return telling.done();
}

namespace {

/// Tells which clients have members that have not joined again in the present rebalance, and what hinders them; false: none.
bool tell_awaited_members(Telling& telling, const std::string& group, const coordinator::ClassicGroup& classic) {
  const Story& story = telling.story();
  std::vector<sim::NodeId> awaited, joined;
  for (const auto& member : classic.members())
    (member.second.awaiting_join ? joined : awaited).push_back(story.client_of_member(member.first));
  std::string names;
  for (const sim::NodeId client : awaited) {
    // A client that has joined under another member id will not join as this member.
    if (!client.valid() || std::find(joined.begin(), joined.end(), client) != joined.end()) continue;
    const Line* hindered = story.hindrance(client, story.end(), Search().of(traffic::kGroups));
    telling.trail(hindered, Weight::Cause);
    if (HeldUp held; hindered == nullptr) {
      held.stuck = stuck_at(story, client);
      if (held.stuck.since != nullptr)
        tell_held_up(telling, held, story.cluster().info(client).name, story.cluster().name(held.stuck.partition),
                     true);
    }
    names += (names.empty() ? "" : ", ") + story.cluster().info(client).name;
  }
  if (!names.empty())
    telling.now("why.group_awaits_members"_w,
                {{"members", names}, {"group", group}, {"ms", classic.rebalance_timeout_ms()}}, Weight::Point, group);
  return !names.empty();
}

}  // namespace

void tell_join_phase(Telling& telling, const std::string& group) {
  const Story& story = telling.story();
  if (const DeadMember dead = dead_member_of(story, group); dead.died != nullptr)
    return tell_dead_member(telling, group, dead, "");
  const cluster::Cluster& cluster = story.cluster();
  const broker::Broker* coordinator = nullptr;
  const coordinator::ClassicGroup* classic = find_group(cluster, group, &coordinator);
  if (classic != nullptr && classic->initial_delay)
    telling.now(
        "why.group_initial_delay"_w,
        {{"group", group},
         {"ms",
          server_config(cluster, story.broker_node(coordinator->id())).number("group.initial.rebalance.delay.ms")}},
        Weight::Point, group);
  else if (classic == nullptr || !tell_awaited_members(telling, group, *classic)) tell_awaited_joins(telling, group);
}

void tell_awaited_joins(Telling& telling, const std::string& group) {
  const broker::Broker* coordinator = nullptr;
  const coordinator::ClassicGroup* classic = find_group(telling.story().cluster(), group, &coordinator);
  telling.now(
      "why.group_awaits_joins"_w,
      {{"group", group}, {"ms", classic == nullptr ? std::string() : std::to_string(classic->rebalance_timeout_ms())}},
      Weight::Point, group);
}

std::vector<std::pair<sim::NodeId, const Line*>> last_moves(const Story& story, sim::NodeId client,
                                                            std::uint64_t before) {
  const std::string group = story.group_of(client);
  std::vector<std::pair<sim::NodeId, const Line*>> moves;
  for (const cluster::ClientSpec& spec : story.cluster().spec().clients) {
    const sim::NodeId other = story.cluster().find(spec.id);
    if (other == client || story.group_of(other) != group) continue;
    const auto its = [&](const auto& f, const Line&) {
      return f.group == group && story.client_of_member(f.member.view()) == other;
    };
    if (const Line* moved =
            latest({story.last<fact::GroupMemberJoined>(before, its), story.last<fact::GroupMemberLeft>(before, its)}))
      moves.emplace_back(other, moved);
  }
  return moves;
}

namespace {

const std::string kStrategy = "partition.assignment.strategy";

/// The joining of the other member that has the client's group.instance.id; null: the client itself had it last, or nobody has.
const Line* holder_of_instance(const Story& story, sim::NodeId client, std::uint64_t before) {
  const std::string group = story.group_of(client);
  const Line* joined = joined_in_its_place(story, group, client, before);
  const Line* left =
      joined == nullptr ? nullptr : story.last<fact::GroupMemberLeft>(before, [&](const auto& f, const Line& l) {
        return l.seq > joined->seq && f.group == group && f.member == as<fact::GroupMemberJoined>(*joined).member;
      });
  return left == nullptr ? joined : nullptr;
}

/// The names of the assignors, without their package.
std::vector<std::string> assignors_of(const Story& story, sim::NodeId client, std::uint64_t before) {
  std::vector<std::string> names;
  std::istringstream list(setting_of(story, client, kStrategy, before));
  for (std::string name; std::getline(list, name, ',');) {
    name.erase(std::remove_if(name.begin(), name.end(), [](char c) { return c == ' ' || c == '[' || c == ']'; }),
               name.end());
    names.push_back(name.substr(name.rfind('.') + 1));
  }
  return names;
}

/// The members without whom the client would have an assignor that all others know: one that knows none of the client's, or all of
/// them, if only together they leave none. Empty: the client has such an assignor. Kafka: ClassicGroup.supportsProtocols.
std::vector<sim::NodeId> without_common_assignor(const Story& story, sim::NodeId client, std::uint64_t before) {
  if (story.declared(client) == nullptr) return {};
  const std::vector<std::string> own = assignors_of(story, client, before);
  std::vector<std::string> common = own;
  std::vector<sim::NodeId> members;
  for (const auto& [other, moved] : last_moves(story, client, before)) {
    if (!is<fact::GroupMemberJoined>(*moved)) continue;
    const std::vector<std::string> theirs = assignors_of(story, other, before);
    const auto unknown = [&](const std::string& name) {
      return std::find(theirs.begin(), theirs.end(), name) == theirs.end();
    };
    if (std::all_of(own.begin(), own.end(), unknown)) return {other};
    std::erase_if(common, unknown);
    members.push_back(other);
  }
  return common.empty() ? members : std::vector<sim::NodeId>{};
}

std::string in_one(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
  return all;
}

/// The last act that changed the assignors with which the client's process began; null: they are those of the file.
const Line* act_on_assignors(const Story& story, sim::NodeId client, std::uint64_t before) {
  const Line* started = start_before(story, client, before);
  return started == nullptr ? nullptr : setting_act(story, client, kStrategy, started->seq);
}

}  // namespace

const Line* back_of_taken_instance(const Story& story, sim::NodeId client, std::uint64_t before) {
  if (holder_of_instance(story, client, before) == nullptr)  // the client's process before has not released it
    return story.last<fact::NodeDied>(before, [&](const auto&, const Line& l) { return l.node == client; });
  return story.last<fact::NodeStarted>(before,
                                       [&](const auto&, const Line& l) { return l.node == client && l.time.us > 0; });
}

const Line* back_of_protocols(const Story& story, sim::NodeId client, std::uint64_t before) {
  const std::vector<sim::NodeId> others = without_common_assignor(story, client, before);
  const Line* act = others.empty() ? nullptr : act_on_assignors(story, client, before);
  for (const sim::NodeId other : others) act = latest({act, act_on_assignors(story, other, before)});
  return act;
}

void tell_refused_by_group(Telling& telling, const Line& failed) {
  const Story& story = telling.story();
  const protocol::ErrorCode error = error_of(error_behind(story, failed));
  const bool taken = error == protocol::ErrorCode::UNRELEASED_INSTANCE_ID,
             differ = error == protocol::ErrorCode::INCONSISTENT_GROUP_PROTOCOL;
  if ((!taken && !differ) || story.injected(error, {}, failed.node, failed.seq) != nullptr) return;
  const std::string &client = story.cluster().info(failed.node).name, group = story.group_of(failed.node);
  const Line* holder = taken ? holder_of_instance(story, failed.node, failed.seq) : nullptr;
  if (holder != nullptr) {
    const sim::NodeId other = joined_by(story, *holder);
    telling.say("why.instance_taken"_w,
                {{"other", story.cluster().info(other).name},
                 {"instance", instance_of(story, failed.node)},
                 {"group", group},
                 {"client", client}},
                holder, Weight::Point, client);
  }
  const auto others = differ ? without_common_assignor(story, failed.node, failed.seq) : std::vector<sim::NodeId>{};
  if (others.empty()) return;
  const std::string own = in_one(assignors_of(story, failed.node, failed.seq));
  if (others.size() == 1)
    return telling.dated("why.assignors_differ"_w,
                         {{"client", client},
                          {"own", own},
                          {"other", story.cluster().info(others.front()).name},
                          {"theirs", in_one(assignors_of(story, others.front(), failed.seq))},
                          {"group", group}},
                         failed.time, Weight::Point, client);
  std::string members;
  for (const sim::NodeId other : others)
    members += (members.empty() ? "" : "; ") + story.cluster().info(other).name + " (" +
               in_one(assignors_of(story, other, failed.seq)) + ")";
  telling.dated("why.assignors_of_all"_w, {{"client", client}, {"own", own}, {"members", members}, {"group", group}},
                failed.time, Weight::Point, client);
}

}  // namespace kafkascope::observe
