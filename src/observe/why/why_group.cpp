// Why a group is in its state, and who left it; why it has its protocol and its assignor; the state that a partition's leader keeps for a
// share group (KIP-932).
#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "broker/share_partition.h"
#include "coordinator/classic_group.h"
#include "coordinator/group_coordinator_shard.h"
#include "coordinator/group_records.h"
#include "observe/model/state_sections.h"
#include "observe/why/coordinators.h"
#include "observe/why/led.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_quorum.h"
#include "storage/partition_log.h"

namespace kafkascope::observe {

using nlohmann::json;
using Line = Story::Line;

namespace {

const Line* last_rebalance(const Story& story, const std::string& group) {
  return last_of_group<fact::GroupRebalance>(story, group);
}

}  // namespace

const Line* last_change_of_group(const Story& story, const std::string& group) {
  const Line* found = latest({last_rebalance(story, group), last_of_group<fact::GroupMemberLeft>(story, group),
                              last_of_group<fact::GroupMemberJoined>(story, group)});
  return found != nullptr ? found : last_of_group<fact::GroupState>(story, group);
}

namespace {

/// Whether the group is known and its coordinator does not respond.
bool coordinator_silent(const Story& story, const std::string& group) {
  const sim::NodeId node = story.broker_node(story.cluster().coordinator_of(group));
  if (!node.valid()) return false;
  const auto its = [&](const auto& f, const Line&) { return f.group == group; };
  const bool known = story.last<fact::GroupState>(story.end(), its) != nullptr ||
                     story.last<fact::GroupMemberJoined>(story.end(), its) != nullptr ||
                     story.last<fact::OffsetCommitted>(story.end(), its) != nullptr;
  return known && is_silent(story, node);
}

/// The first of the commits that the group has; null: it has none.
const Line* first_commit(const Story& story, const std::string& group) {
  const auto of_group = [&](const auto& f, const Line&) { return f.group == group; };
  const Line* removed = story.last<fact::OffsetCommitted>(
      story.end(), [&](const auto& f, const Line& l) { return of_group(f, l) && !f.offset.known(); });
  return story.first<fact::OffsetCommitted>(removed == nullptr ? 0 : removed->seq, [&](const auto& f, const Line& l) {
    return of_group(f, l) && f.offset.known();
  });
}

/// A group without members that has never rebalanced: offsets that were committed for it have made it.
std::optional<Answer> why_never_rebalanced(const Asked& asked, const std::string& group) {
  const Story& story = asked.story;
  const Line* made = first_commit(story, group);
  const Line* joined = last_of_group<fact::GroupMemberJoined>(story, group);
  if (joined != nullptr && (made == nullptr || joined->seq > made->seq)) return std::nullopt;
  Telling telling(story, asked.path, asks("why.q_never_rebalanced"_w, {{"group", group}}));
  telling.trail(made, Weight::Cause);
  telling.now("why.nobody_joined"_w, {{"group", group}}, Weight::Point, group);
  return telling.done();
}

}  // namespace

namespace {

/// The lines about that group, by the coordinator that it has now or had then, of these kinds.
template <class... Facts>
std::map<std::uint64_t, const Line*> coordinated_lines(const Story& story, const std::string& group) {
  std::map<std::uint64_t, const Line*> lines;
  const auto collect = [&](const auto& f, const Line& l) {
    if (f.group == group && coordinated(story, group, l)) lines[l.seq] = &l;
    return false;  // all of them
  };
  ((void)story.first<Facts>(0, collect), ...);
  return lines;
}

/// Tells which members the coordinator has removed that have not joined again: a static one leaves its group in no other way (KIP-345).
void tell_removed_members(Telling& telling, const std::string& group) {
  constexpr std::size_t kMost = 2;
  const Story& story = telling.story();
  const auto lines = coordinated_lines<fact::GroupMemberJoined, fact::GroupMemberLeft>(story, group);
  std::map<sim::NodeId, const Line*> removed;  // by the client
  for (const auto& [seq, line] : lines) {
    const auto left = fact_if<fact::GroupMemberLeft>(*line);
    if (!left) {
      removed.erase(story.client_of_member(as<fact::GroupMemberJoined>(*line).member.view()));
      continue;
    }
    using enum fact::GroupReason;
    const sim::NodeId client = story.client_of_member(left->member.view());
    const bool by_coordinator = left->reason == SessionTimeout || left->reason == NoRejoinInTime ||
                                left->reason == NoSyncInTime || left->reason == NotRevokedInTime;
    if (by_coordinator) removed[client] = line;
    else removed.erase(client);
  }
  std::vector<const Line*> latest_first;
  for (const auto& [client, line] : removed) latest_first.push_back(line);
  std::sort(latest_first.begin(), latest_first.end(), [](const Line* a, const Line* b) { return a->seq > b->seq; });
  for (std::size_t i = 0; i < std::min(latest_first.size(), kMost); ++i) telling.fact(latest_first[i], Weight::Cause);
}

}  // namespace

std::optional<Answer> why_group_unknown(const Asked& asked) {
  const Story& story = asked.story;
  const std::string& group = asked.part(1);
  if (!coordinator_silent(story, group)) return std::nullopt;
  Telling telling(story, asked.path, asks("why.q_group_unknown"_w, {{"group", group}}));
  const sim::NodeId node = story.broker_node(story.cluster().coordinator_of(group));
  const std::string& broker = story.cluster().info(node).name;
  telling.trail(story.hindrance(node, story.end()), Weight::Cause);
  tell_nobody_elects(telling);
  telling.now("why.group_coordinator_silent"_w, {{"group", group}, {"broker", broker}}, Weight::Point, broker);
  return telling.done();
}

bool is_share_group(const Story& story, const std::string& group) {
  return text_of(state_of(story, "/groups/" + group + "/protocol")) == "share";
}

std::optional<Answer> why_group(const Asked& asked) {
  const Story& story = asked.story;
  const std::string &group = asked.part(1), &field = asked.part(2);
  if (group.empty()) return std::nullopt;
  if (field == "lag" && asked.parts.size() == 4) return why_lag(story, asked.path, group, asked.part(3));
  if (field == "lag" && asked.parts.size() == 3) return why_lag_of_group(asked, group);
  if (field == "members" && asked.parts.size() >= 4)
    return state_of(story, "/groups/" + group + "/members/" + asked.part(3)).is_null() ? why_no_member(asked)
                                                                                       : why_is_member(asked);
  if (field == "offsets" && asked.parts.size() == 4) {
    Telling telling(story, asked.path,
                    asked.value.is_null()
                        ? asks("why.q_never_committed"_w, {{"group", group}, {"partition", asked.part(3)}})
                        : asks_value(group + " · " + asked.part(3), asked.value));
    const auto tp = partition_named(story, asked.part(3));
    const auto started = [&](const auto& f, const Line&) { return f.group == group && f.partition == tp; };
    // A share group commits nothing; its offset is the start offset of the share partition.
    if (const Line* start = story.last<fact::ShareStart>(story.end(), started)) {
      telling.trail(start, Weight::Point);
      return telling.done();
    }
    const Line* commit = story.last<fact::OffsetCommitted>(
        story.end(), [&](const auto& f, const Line&) { return f.group == group && f.partition == tp; });
    if (commit == nullptr)
      telling.now("why.never_committed"_w, {{"group", group}, {"partition", asked.part(3)}}, Weight::Point, group);
    else telling.trail(commit, Weight::Point);
    return telling.done();
  }
  if (field == "share") return why_share_state(asked);
  if (field == "protocol" || field == "assignor") return why_group_protocol(asked);
  if (field == "leader") return why_group_leader(asked);
  if (field == "coordinator") {
    Telling telling(story, asked.path, asks("why.q_coordinator"_w, {{"group", group}, {"broker", asked.value.dump()}}));
    const cluster::Cluster& c = story.cluster();
    const auto own = coordinating_partition(story, group, coordinator::kOffsetsTopic);
    const auto of_own = [&](const auto& f, const Line& l) { return l.time.us > 0 && f.partition == own; };
    telling.trail(story.last<fact::LeaderElected>(story.end(), of_own), Weight::Link);
    telling.fact(story.last<fact::GroupLoaded>(story.end(), of_own), Weight::Link);
    telling.now("why.coordinator"_w, {{"group", group}, {"partition", c.name(own)}}, Weight::Point, group);
    return telling.done();
  }
  if (!field.empty() && field != "state" && field != "generation" && field != "rebalances" && field != "members" &&
      field != "assignment_epoch")
    return std::nullopt;
  const std::string word = text_of(state_of(story, "/groups/" + group + "/state"));
  const bool of_rebalances = field == "generation" || field == "rebalances" || field == "assignment_epoch";
  if (of_rebalances && word == "Empty" && asked.value == 0)
    if (auto never = why_never_rebalanced(asked, group)) return never;
  std::string members;
  for_each_entry(field == "members" ? asked.value : json(),
                 [&](const std::string& who, const json&) { members += (members.empty() ? "" : ", ") + who; });
  Telling telling(
      story, asked.path,
      of_rebalances ? asks("why.q_rebalanced"_w, {{"group", group}})
      : field == "members"
          ? asks("why.q_members"_w, {{"group", group}, {"members", members}, {"none", members.empty() ? "1" : ""}})
          : asks("why.q_group"_w, {{"group", group}, {"state", word}}));
  const Line* change = last_change_of_group(story, group);
  if (of_rebalances)
    if (const Line* rebalance = last_rebalance(story, group);
        rebalance != nullptr && (field != "generation" || word != "Empty"))
      change = rebalance;
  const Line* became = last_of_group<fact::GroupState>(story, group);
  // A static member that returns takes its old place: the group stays stable, without a rebalance (KIP-345).
  if ((field.empty() || field == "state") && word == "Stable" && change != nullptr &&
      is<fact::GroupMemberJoined>(*change) && became != nullptr && became->seq < change->seq)
    if (const Line* rebalance = last_rebalance(story, group)) change = rebalance;
  if (change != nullptr) telling.trail(change, Weight::Point);
  if (field == "generation" && word == "Empty" && change != nullptr && is<fact::GroupMemberLeft>(*change))
    telling.say("why.generation_of_empty"_w, {{"group", group}, {"generation", plain_value(asked.value)}}, became,
                Weight::Point, group);  // Kafka: ClassicGroup.initNextGeneration
  else if (became != nullptr && change != nullptr && became->seq > change->seq) telling.fact(became, Weight::Link);
  if (field == "members") tell_removed_members(telling, group);
  if (word == "PreparingRebalance") tell_join_phase(telling, group);
  if (word == "CompletingRebalance") telling.now("why.group_awaits_sync"_w, {{"group", group}}, Weight::Point, group);
  if (telling.empty())  // no member has joined the group: a commit of offsets has created it
    telling.trail(story.last<fact::OffsetCommitted>(
                      story.end(), [&](const auto& f, const Line&) { return f.group == group && f.offset.known(); }),
                  Weight::Point);
  if (telling.empty()) telling.now("why.group_untouched"_w, {{"group", group}}, Weight::Point, group);
  return telling.done();
}

Answer why_group_protocol(const Asked& asked) {
  const Story& story = asked.story;
  const std::string &group = asked.part(1), protocol = text_of(state_of(story, "/groups/" + group + "/protocol")),
                    assignor = text_of(state_of(story, "/groups/" + group + "/assignor"));
  const bool of_assignor = asked.part(2) == "assignor";
  Telling telling(story, asked.path, asks_value(group + " · " + asked.part(2), asked.value));
  const Line* joined = last_of_group<fact::GroupMemberJoined>(story, group);
  const Line* decided = latest({last_of_group<fact::GroupTarget>(story, group),
                                protocol == "classic" ? last_of_group<fact::GroupRebalance>(story, group) : nullptr});
  const bool chosen = of_assignor && decided != nullptr;
  const bool without = of_assignor && assignor.empty();
  const Line* last = without ? last_change_of_group(story, group) : chosen ? decided : joined;
  telling.trail(last, Weight::Link);
  if (without && joined == nullptr && decided == nullptr)
    telling.now("why.nobody_joined"_w, {{"group", group}}, Weight::Point, group);
  else if (without) telling.now("why.no_assignor_now"_w, {{"group", group}}, Weight::Point, group);
  else if (of_assignor)
    telling.now("why.group_assignor"_w,
                {{"group", group},
                 {"assignor", assignor},
                 {"classic", protocol == "classic" ? "1" : ""},
                 {"consumer", protocol == "consumer" ? "1" : ""},
                 {"share", protocol == "share" ? "1" : ""}},
                Weight::Point, group);
  else
    telling.now(
        "why.group_protocol"_w,
        {{"group", group},
         {"protocol", protocol},
         {"chosen", protocol != "share" && story.cluster().spec().kafka == protocol::KafkaVersion::V4_1 ? "1" : ""}},
        Weight::Point, group);
  return telling.done();
}

namespace {

/// What __consumer_offsets says of a classic group, in order: the leader that a rebalance ended with, and the members.
struct Written {
  std::uint64_t seq = 0;                                 // of the line that appended it
  std::optional<coordinator::GroupMetadataValue> value;  // nullopt: it removes the group
};
std::vector<Written> written_of_group(const Story& story, const std::string& group) {
  std::vector<Written> found;
  const protocol::TopicPartition tp = coordinating_partition(story, group, coordinator::kOffsetsTopic);
  const storage::PartitionLog* log = story.cluster().log(story.cluster().coordinator_of(group), tp);
  if (log == nullptr) return found;
  std::map<protocol::Offset, std::uint64_t> appended;  // by the last offset; a later leader may have written it anew
  (void)story.first<fact::LogAppended>(0, [&](const auto& f, const Line& l) {
    if (f.partition == tp) appended[f.last_offset] = l.seq;
    return false;
  });
  for (const protocol::StoredBatch& batch : log->batches())
    for (int i = 0; !batch.data->control && i < batch.data->count(); ++i) {
      const auto record = coordinator::GroupCoordinatorShard::decode(*batch.data->at(batch.data->offset_delta(i)));
      const auto* written = record ? std::get_if<coordinator::GroupMetadataRecord>(&*record) : nullptr;
      const auto at = appended.find(batch.last_offset());
      if (written != nullptr && written->group == group)
        found.push_back({at == appended.end() ? 0 : at->second, written->value});
    }
  return found;
}

/// The same since the group was created last, by generation.
using OfGenerations = std::map<std::int32_t, coordinator::GroupMetadataValue>;
OfGenerations by_generation(const std::vector<Written>& all) {
  OfGenerations found;
  for (const Written& written : all)
    if (!written.value) found.clear();
    else if (!written.value->leader.empty()) found.emplace(written.value->generation, *written.value);
  return found;
}

/// How a member of a classic group became its leader.
enum class Became { First, Next, Replaced, Elected, Unknown };
struct Leads {
  std::string member, before;  // `before`: the leader before it; "": there was none
  Became how = Became::Unknown;
  const Line* since = nullptr;   // the line that made it the leader
  const Line* vacant = nullptr;  // First: the line since which the group had no member; null: it had never had one
  const Line* read = nullptr;    // the line at which a later coordinator read who leads
};
/// The first to join leads; when it leaves, the first of the others by id; a static member's next process takes its place; and when
/// a rebalance ends without the leader, which only a static one survives, one that joined is elected. The last has no line of its own:
/// `written` tells it. Another coordinator begins with what __consumer_offsets says (`all`). Kafka: ClassicGroup.add, remove,
/// replaceStaticMember, maybeElectNewJoinedLeader.
Leads leader_by_lines(const Story& story, const std::string& group, const std::vector<Written>& all,
                      const OfGenerations& written) {
  auto lines = coordinated_lines<fact::GroupMemberJoined, fact::GroupMemberLeft, fact::GroupRebalance>(story, group);
  const protocol::TopicPartition tp = coordinating_partition(story, group, coordinator::kOffsetsTopic);
  (void)story.first<fact::GroupLoaded>(0, [&](const auto& f, const Line& l) {
    if (f.partition == tp && coordinated(story, group, l)) lines[l.seq] = &l;
    return false;
  });
  std::set<std::string> members;
  std::map<std::string, Leads> earlier;  // how each of the leaders so far became it
  const Line* vacant = nullptr;
  Leads leads;
  bool known = true;  // false: the leader with which the last rebalance ended is not
  std::uint64_t last_rebalance = 0;
  for (const auto& [seq, line] : lines) {
    if (const auto joined = fact_if<fact::GroupMemberJoined>(*line)) {
      members.insert(joined->member.str());
      if (leads.member.empty()) leads = {joined->member.str(), {}, Became::First, line, vacant};
    } else if (const auto left = fact_if<fact::GroupMemberLeft>(*line)) {
      const std::string who = left->member.str(), next = left->replaced_by.str();
      members.erase(who);
      if (!next.empty()) members.insert(next);
      if (members.empty()) leads = {}, known = true, vacant = line;
      else if (leads.member == who && next.empty()) leads = {*members.begin(), who, Became::Next, line};
      else if (leads.member == who) leads = {next, who, Became::Replaced, line};
    } else if (is<fact::GroupLoaded>(*line)) {
      const auto after = std::find_if(all.begin(), all.end(), [at = seq](const Written& w) { return w.seq > at; });
      const auto* last = after == all.begin() || !(after - 1)->value ? nullptr : &*(after - 1)->value;
      if (!members.empty()) vacant = line;
      members.clear();
      leads = {};
      if (last != nullptr && !last->leader.empty()) {
        for (const coordinator::GroupMetadataMember& m : last->members) members.insert(m.member_id);
        leads = earlier.count(last->leader) != 0 ? earlier[last->leader] : Leads{.member = last->leader, .before = {}};
        leads.read = line;
      }
      known = true;
    } else {
      const auto of_it = written.find(as<fact::GroupRebalance>(*line).generation);
      const bool has = of_it != written.end() && members.count(of_it->second.leader) != 0;
      if (has && of_it->second.leader != leads.member) {
        const std::string& elected = of_it->second.leader;
        const bool in_between =
            leads.since != nullptr && leads.since->seq > last_rebalance;  // it never led a generation
        if (!known || (in_between && leads.how != Became::Next)) leads = {elected, {}, Became::Unknown, line};
        else if (in_between) leads.member = elected;
        else leads = {elected, leads.member, Became::Elected, line};
      }
      known = has;
      last_rebalance = seq;
    }
    if (!leads.member.empty()) earlier[leads.member] = leads;
  }
  return leads;
}

/// The line at which the coordinator made a classic group of one of the newer protocol again, if no member has left since: then it
/// took the leader over first. Null: not so. Kafka: ClassicGroup.fromConsumerGroup, GroupMetadataManager.convertToClassicGroup.
const Line* made_classic(const Story& story, const std::string& group) {
  const Line* made = last_of_group<fact::GroupState>(story, group, [](const auto& f) {
    return f.from == static_cast<std::int64_t>(coordinator::GroupState::Dead) &&
           f.to == static_cast<std::int64_t>(coordinator::GroupState::Stable);
  });
  const Line* left = last_of_group<fact::GroupMemberLeft>(story, group);
  return made != nullptr && latest({left, made}) == made ? made : nullptr;
}

/// Tells why nobody led the group when its leader joined: the last member had left, or another coordinator knew of none.
void tell_vacant(Telling& telling, const std::string& group, const Leads& leads) {
  const Story& story = telling.story();
  const Line* vacant = leads.vacant;
  if (vacant == nullptr) return telling.trail(leads.since, Weight::Aside);
  if (is<fact::GroupMemberLeft>(*vacant)) return telling.trail(vacant, Weight::Cause);
  const protocol::TopicPartition tp = coordinating_partition(story, group, coordinator::kOffsetsTopic);
  const Line* stable = story.last<fact::GroupState>(vacant->seq, [&](const auto& f, const Line&) {
    return f.group == group && f.to == static_cast<std::int64_t>(coordinator::GroupState::Stable);
  });
  const Line* wiped = stable == nullptr ? nullptr : story.act_on(vacant->node, {"wipe_disk"}, vacant->seq, stable->seq);
  if (wiped != nullptr) telling.trail(wiped, Weight::Cause);  // what was written is lost
  else telling.trail(last_election(story, tp, vacant->seq), Weight::Aside);
  telling.say("why.leader_none_read"_w, {{"broker", story.cluster().info(vacant->node).name}, {"group", group}}, vacant,
              Weight::Cause, group);
}

/// The client whose process has, or had, that member id.
sim::NodeId client_behind(const Story& story, const std::string& member) {
  const Line* joined =
      story.last<fact::GroupMemberJoined>(story.end(), [&](const auto& f, const Line&) { return f.member == member; });
  const sim::NodeId by = joined == nullptr ? sim::NodeId{} : joined_by(story, *joined);
  return by.valid() ? by : story.client_of_member(member);
}

/// The group.instance.id of that member; "": it has none, or is not known.
std::string instance_of(const OfGenerations& written, const std::string& member) {
  for (const auto& [generation, value] : written)
    for (const coordinator::GroupMetadataMember& m : value.members)
      if (m.member_id == member) return m.group_instance_id;
  return {};
}

}  // namespace

Answer why_group_leader(const Asked& asked) {
  const Story& story = asked.story;
  const std::string &group = asked.part(1), protocol = text_of(state_of(story, "/groups/" + group + "/protocol")),
                    leader = text_of(asked.value);
  Telling telling(story, asked.path, asks_value(group + " · leader", asked.value));
  if (leader.empty()) {
    telling.trail(
        protocol == "classic" ? last_change_of_group(story, group) : last_of_group<fact::GroupTarget>(story, group),
        Weight::Link);
    if (protocol == "classic") telling.now("why.leader_of_none"_w, {{"group", group}}, Weight::Point, group);
    else telling.now("why.leader_not_needed"_w, {{"group", group}, {"protocol", protocol}}, Weight::Point, group);
    return telling.done();
  }
  const std::string id = text_of(state_of(story, "/groups/" + group + "/members/" + leader + "/member_id"));
  const std::vector<Written> all = written_of_group(story, group);
  OfGenerations written = by_generation(all);
  const bool kept = std::all_of(written.begin(), written.end(), [&](const auto& of) { return of.second.leader == id; });
  // The leader that a rebalance ended with is written only with its assignment.
  if (text_of(state_of(story, "/groups/" + group + "/state")) == "CompletingRebalance")
    written[static_cast<std::int32_t>(whole_of(state_of(story, "/groups/" + group + "/generation")))].leader = id;
  const Leads leads = leader_by_lines(story, group, all, written);
  const std::string instance = instance_of(written, leads.before);
  const Became how = leads.member == id ? leads.how : Became::Unknown;
  const Line* removed = nullptr;
  std::string who =
      leader;  // the state document names a static member after the first client with its group.instance.id
  if (how == Became::First) {
    tell_vacant(telling, group, leads);
    telling.say("why.leader_first"_w, {{"client", leader}, {"group", group}}, leads.since, Weight::Point, leader);
  } else if (how == Became::Next || how == Became::Replaced) {
    telling.trail(leads.since, Weight::Cause);
    const sim::NodeId before = client_behind(story, leads.before), now = client_behind(story, id);
    if (how == Became::Replaced && before.valid() && now.valid() && before != now) {
      who = story.cluster().info(now).name;
      telling.now("why.leader_taken"_w,
                  {{"client", who},
                   {"before", story.cluster().info(before).name},
                   {"instance", text_of(state_of(story, "/groups/" + group + "/members/" + leader + "/instance_id"))},
                   {"group", group}},
                  Weight::Point, who);
    } else
      telling.now(how == Became::Replaced ? "why.leader_replaced"_w
                  : before == now         ? "why.leader_next_process"_w
                                          : "why.leader_next"_w,
                  {{"client", leader}, {"group", group}}, Weight::Point, leader);
  } else if (const Line* made = made_classic(story, group); made != nullptr && kept) {
    telling.trail(made, Weight::Cause);
    telling.say("why.leader_converted"_w, {{"client", leader}, {"group", group}}, made, Weight::Point, leader);
  } else if (const sim::NodeId before = story.client_of_member(leads.before);
             how == Became::Elected && before.valid() && !instance.empty()) {
    telling.trail(story.silence(before, leads.since->seq), Weight::Cause);
    telling.fact(leads.since, Weight::Link);
    removed = story.first<fact::GroupMemberLeft>(leads.since->seq, [&](const auto& f, const Line&) {
      return f.group == group && f.member == leads.before && f.replaced_by.view().empty();  // for another reason
    });
    telling.fact(removed, Weight::Cause);
    telling.now("why.leader_not_rejoined"_w,
                {{"client", leader},
                 {"group", group},
                 {"before", story.cluster().info(before).name},
                 {"instance", instance},
                 {"generation", as<fact::GroupRebalance>(*leads.since).generation}},
                Weight::Point, leader);
  } else {
    telling.fact(last_rebalance(story, group), Weight::Link);
    telling.now("why.leader_rule"_w, {{"client", leader}, {"group", group}}, Weight::Point, leader);
  }
  if (how != Became::Unknown && leads.read != nullptr)
    telling.say("why.leader_read"_w,
                {{"broker", story.cluster().info(leads.read->node).name}, {"client", who}, {"group", group}},
                leads.read, Weight::Cause, group);
  telling.now("why.leader_assigns"_w, {{"client", who}}, removed == nullptr ? Weight::Link : Weight::Aside, who);
  return telling.done();
}

namespace {

/// The last line that gave a record of the partition that state.
const Line* last_settled(const Story& story, const std::string& group, protocol::TopicPartition tp,
                         broker::RecordState state) {
  return story.last<fact::ShareSettled>(story.end(), [&](const auto& f, const Line&) {
    return f.group == group && f.partition == tp && f.state == state;
  });
}

}  // namespace

std::optional<Answer> why_share_state(const Asked& asked) {
  const Story& story = asked.story;
  const std::string &group = asked.part(1), &partition = asked.part(3), &field = asked.part(4);
  if (partition.empty()) return std::nullopt;
  const protocol::TopicPartition tp = partition_named(story, partition);
  const auto here = [&](const auto& f, const Line&) { return f.group == group && f.partition == tp; };
  Telling telling(story, asked.path,
                  asks_value(group + " · " + partition + (field.empty() ? "" : " · ") + field, asked.value));
  const Line* start = story.last<fact::ShareStart>(story.end(), here);
  const Line* acquired = story.last<fact::ShareAcquired>(story.end(), here);
  if (field == "start_offset") telling.trail(start, Weight::Point);
  if (field == "end_offset") {
    // The end moves only forward: by the first lock on a record.
    const std::int64_t end = whole_of(asked.value);
    const Line* last = story.last<fact::ShareAcquired>(
        story.end(), [&](const auto& f, const Line& l) { return here(f, l) && f.last_offset.value + 1 == end; });
    telling.trail(last != nullptr ? last : start, Weight::Point);
  }
  if (field == "acquired" || field == "deliveries") telling.trail(acquired, Weight::Link);
  using broker::RecordState;
  if (field == "available") telling.trail(last_settled(story, group, tp, RecordState::Available), Weight::Link);
  if (field == "acknowledged") telling.trail(last_settled(story, group, tp, RecordState::Acknowledged), Weight::Link);
  if (field == "archived") telling.trail(last_settled(story, group, tp, RecordState::Archived), Weight::Link);
  if (field != "start_offset" && field != "end_offset")
    tell_shared_lag(telling, group, partition, state_of(story, "/groups/" + group));
  if (telling.empty())
    telling.now("why.share_untouched"_w, {{"group", group}, {"partition", partition}}, Weight::Point, group);
  return telling.done();
}

}  // namespace kafkascope::observe
