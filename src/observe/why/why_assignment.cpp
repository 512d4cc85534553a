// Why a consumer has the partitions that it has, or none.
#include <algorithm>
#include <set>

#include "client/consumer.h"
#include "coordinator/group_coordinator_shard.h"
#include "observe/why/coordinators.h"
#include "observe/why/errors.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"

namespace kafkascope::observe {

using nlohmann::json;
using Line = Story::Line;

namespace {

/// Whether one of the group's members is a process of the client.
bool is_member(const Story& story, sim::NodeId node, const json& group) {
  bool member = false;
  for_each_entry(part_of(group, "members"), [&](const std::string&, const json& m) {
    member = member || story.client_of_member(text_of(part_of(m, "member_id"))) == node;
  });
  return member;
}

}  // namespace

bool tell_no_member(Telling& telling, sim::NodeId node, const json& assignment) {
  const Story& story = telling.story();
  const std::string group = story.group_of(node);
  const json state = state_of(story, "/groups/" + group);
  if (group.empty() || !assignment.is_array() || assignment.empty() || !part_of(state, "members").is_object())
    return false;
  const Line* left = story.last<fact::GroupMemberLeft>(story.end(), [&](const auto& f, const Line&) {
    return f.group.view() == group && story.client_of_member(f.member.view()) == node;
  });
  if (left == nullptr || is_member(story, node, state)) return false;
  telling.trail(left, Weight::Cause);
  const std::string& client = story.cluster().info(node).name;
  telling.now("why.no_member"_w, {{"client", client}, {"group", group}}, Weight::Point, client);
  return true;
}

namespace {

/// Tells what a member without partitions waits for, in a group of KIP-848's protocol; false: it will not get any.
bool tell_awaits_partitions(Telling& telling, sim::NodeId node) {
  const Story& story = telling.story();
  if (!story.cluster().alive(node)) return false;  // no heartbeat of it comes
  const json group = state_of(story, "/groups/" + story.group_of(node));
  std::string awaited;
  DeadMember dead;  // of the client's process before, whose partitions the group keeps for it
  for_each_entry(part_of(group, "members"), [&](const std::string&, const json& member) {
    const json target = part_of(member, "target");
    if (!target.is_array() || target.empty() || story.client_of_member(text_of(part_of(member, "member_id"))) != node)
      return;
    if (const DeadMember one = dead_member(story, member); one.died != nullptr) dead = one;
    else if (awaited.empty()) awaited = text_of(target.front());
  });
  if (awaited.empty() && dead.died == nullptr) return false;
  if (awaited.empty()) {
    tell_dead_member(telling, story.group_of(node), dead, "");
    return true;
  }
  for_each_entry(part_of(group, "members"), [&](const std::string&, const json& member) {
    for (const json& p : part_of(member, "pending_revocation"))
      if (p == awaited)
        telling.trail(story.hindrance(story.client_of_member(text_of(part_of(member, "member_id"))), story.end()),
                      Weight::Cause);
  });
  if (!tell_not_handed_over(telling, group, awaited)) return false;
  tell_end_of_assigned(telling, node);
  const auto own = [&](const auto&, const Line& l) { return l.node == node; };
  const Line *lost = story.last<fact::PartitionsLost>(story.end(), own),
             *got = story.last<fact::PartitionsAssigned>(
                 story.end(), [&](const auto&f, const Line&l) { return l.node == node && f.count > 0; });
  if (lost != nullptr && latest({lost, got}) == lost) telling.trail(lost, Weight::Cause);
  return true;
}

/// Tells what keeps a member of KIP-848's protocol from giving up a partition that another one is to get.
void tell_not_given_up(Telling& telling, sim::NodeId node) {
  const Story& story = telling.story();
  const json group = state_of(story, "/groups/" + story.group_of(node));
  for_each_entry(part_of(group, "members"), [&](const std::string&, const json& member) {
    const json pending = part_of(member, "pending_revocation");
    if (!pending.is_array() || pending.empty() || story.client_of_member(text_of(part_of(member, "member_id"))) != node)
      return;
    telling.trail(story.hindrance(node, story.end(), Search().of(traffic::kGroups)), Weight::Cause);
    tell_not_handed_over(telling, group, text_of(pending.front()));
  });
}

/// Whether the client is a member of its group, which is not rebalancing.
bool is_settled_member(const Story& story, sim::NodeId node) {
  const json group = state_of(story, "/groups/" + story.group_of(node));
  return text_of(part_of(group, "state")) == "Stable" && is_member(story, node, group);
}

/// Tells that none of the topics exists to which the running consumer is subscribed, and what deleted them; false: one exists, or it
/// is subscribed to none.
bool tell_no_topic_to_assign(Telling& telling, sim::NodeId node) {
  const Story& story = telling.story();
  const auto* consumer = story.cluster().role<client::Consumer>(node);
  if (consumer == nullptr || is_silent(story, node) || !is_settled_member(story, node)) return false;
  const auto& topics = consumer->subscriptions().topics;
  const protocol::MetadataImage& image = story.cluster().committed();
  std::string names;
  const Line* deleted = nullptr;
  for (const std::string& topic : topics) {
    if (image.topic(image.topic_id(topic)) != nullptr) return false;
    names += (names.empty() ? "" : ", ") + topic;
    deleted = latest({deleted, story.last<fact::TopicDeleted>(
                                   story.end(), [&](const auto& f, const Line&) { return f.topic.view() == topic; })});
  }
  if (names.empty()) return false;
  const std::string& client = story.cluster().info(node).name;
  telling.trail(deleted, Weight::Cause);
  telling.now("why.no_topic_to_assign"_w, {{"client", client}, {"topics", names}}, Weight::Point, client);
  return true;
}

/// The line since which an eager member has just these partitions: later rebalances, until that line, gave it the same again.
const Line& held_since(const Story& story, const Line& got) {
  if (setting_of(story, got.node, "group.protocol") == "consumer") return got;  // its lines list only what is new
  const auto own = [&](const auto&, const Line& l) { return l.node == got.node; };
  const auto left = [&](const auto& f, const Line&) { return story.client_of_member(f.member.view()) == got.node; };
  const auto partitions = as<fact::PartitionsAssigned>(got).partitions.names();
  const Line* since = &got;
  while (const Line* before = story.last<fact::PartitionsAssigned>(since->seq, own)) {
    const Line* lost =
        latest({story.last<fact::PartitionsLost>(since->seq, own), story.last<fact::NodeStarted>(since->seq, own),
                story.last<fact::GroupMemberLeft>(since->seq, left),
                story.last<fact::TopicCreated>(since->seq, [](const auto&, const Line&) { return true; })});
    if (as<fact::PartitionsAssigned>(*before).partitions.names() != partitions || latest({before, lost}) == lost) break;
    since = before;
  }
  return *since;
}

/// What kept a former member away when the group, which was lost with its log, formed anew with that assignment: the others have
/// its partitions. Null: it is a later assignment, or nobody was kept away.
const Line* absent_after_loss(const Story& story, sim::NodeId node, const Line& got) {
  const std::string group = story.group_of(node);
  const Line* rebalance = rebalance_before(story, group, got.seq);
  const Line* before = rebalance == nullptr ? nullptr : rebalance_before(story, group, rebalance->seq);
  if (before == nullptr ||
      as<fact::GroupRebalance>(*rebalance).generation > as<fact::GroupRebalance>(*before).generation)
    return nullptr;
  const Line* absent = nullptr;
  for (const cluster::ClientSpec& spec : story.cluster().spec().clients) {
    const sim::NodeId other = story.cluster().find(spec.id);
    if (other == node || story.group_of(other) != group) continue;
    const auto its = [&](const auto& f, const Line&) {
      return f.group == group && story.client_of_member(f.member.view()) == other;
    };
    const Line *joined = story.last<fact::GroupMemberJoined>(rebalance->seq, its),
               *left = story.last<fact::GroupMemberLeft>(rebalance->seq, its);
    if (joined != nullptr && joined->seq < before->seq && latest({joined, left}) == joined)
      absent = latest({absent, story.hindrance(other, rebalance->seq, Search().of(traffic::kGroups))});
  }
  return absent;
}

/// Whether the other client had partitions, when it left its group at that line, of the topics of the partitions that `got` gives.
bool had_of_topics(const Story& story, sim::NodeId other, const Line& left, const Line& got) {
  const auto topic_of = [](const std::string& partition) { return partition.substr(0, partition.rfind('-')); };
  std::set<std::string> topics;
  for (const std::string& p : as<fact::PartitionsAssigned>(got).partitions.names()) topics.insert(topic_of(p));
  const bool only_new =  // its lines list only what is new
      setting_of(story, other, "group.protocol") == "consumer" ||
      setting_of(story, other, "partition.assignment.strategy").find("Cooperative") != std::string::npos;
  std::set<std::string> revoked;
  const auto own = [&](const auto&, const Line& l) { return l.node == other; };
  const Line* given = story.last<fact::PartitionsAssigned>(left.seq, own);
  for (std::uint64_t until = left.seq; given != nullptr;
       until = given->seq, given = only_new ? story.last<fact::PartitionsAssigned>(until, own) : nullptr) {
    if (only_new)
      story.last<fact::PartitionsRevoked>(until, [&](const auto& f, const Line& l) {
        if (l.node == other && l.seq > given->seq)
          for (const std::string& p : f.partitions.names()) revoked.insert(p);
        return l.seq < given->seq;
      });
    for (const std::string& p : as<fact::PartitionsAssigned>(*given).partitions.names())
      if (topics.count(topic_of(p)) > 0 && revoked.count(p) == 0) return true;
  }
  return false;
}

/// The line at which another member left while the rebalance that gave these partitions waited for it: the others have its
/// partitions. Null: all that had been there came again, or it had none of these topics, or the rebalance began with that.
const Line* left_out(const Story& story, sim::NodeId node, const Line& got) {
  const std::string group = story.group_of(node);
  const Line* rebalance = rebalance_before(story, group, got.seq);
  const Line* before = rebalance == nullptr ? nullptr : rebalance_before(story, group, rebalance->seq);
  if (before == nullptr) return nullptr;
  // A member that had none before may get them from the other also if that one stays.
  const bool had = story.last<fact::PartitionsAssigned>(rebalance->seq, [&](const auto& f, const Line& l) {
    return l.node == node && f.count > 0;
  }) != nullptr;
  return story.last<fact::GroupMemberLeft>(rebalance->seq, [&](const auto& f, const Line& l) {
    return f.group.view() == group && l.seq > before->seq && l.node == rebalance->node &&
           (f.reason == fact::GroupReason::NoRejoinInTime || (had && f.reason == fact::GroupReason::SessionTimeout)) &&
           story.client_of_member(f.member.view()) != node &&
           had_of_topics(story, story.client_of_member(f.member.view()), l, got);
  });
}

/// The line at which the member had left that came back and so began the rebalance that gave these partitions. Null: the group
/// rebalanced for another reason.
const Line* leaving_of_returned(const Story& story, const Line& got) {
  const Line* rebalance = rebalance_before(story, story.group_of(got.node), got.seq);
  if (rebalance == nullptr) return nullptr;
  const auto r = as<fact::GroupRebalance>(*rebalance);
  const Line* led = r.member_left ? nullptr : story.back(*rebalance);
  const auto left = led == nullptr ? std::nullopt : fact_if<fact::GroupMemberLeft>(*led);
  const bool its = left && story.client_of_member(left->member.view()) == story.client_of_member(r.member.view());
  return its ? led : nullptr;
}

/// The line at which another member left that was still away when the group gave these partitions to those that were there, because
/// one of them had come back: that one's absence was over. Null: the group rebalanced for another reason, or all had come back that
/// had had partitions of these topics.
const Line* still_away(const Story& story, sim::NodeId node, const Line& got) {
  if (leaving_of_returned(story, got) == nullptr) return nullptr;
  const Line *rebalance = rebalance_before(story, story.group_of(node), got.seq), *away = nullptr;
  for (const auto& [other, moved] : last_moves(story, node, rebalance->seq))
    if (is<fact::GroupMemberLeft>(*moved) && had_of_topics(story, other, *moved, got)) away = latest({away, moved});
  return away;
}

/// Tells what gave the consumer again what it had had before another member left: that one's return, not its absence. False: the
/// group rebalanced for another reason, or gave it something else.
bool tell_return(Telling& telling, const Line& got) {
  const Story& story = telling.story();
  const Line* left = leaving_of_returned(story, got);
  const sim::NodeId returned =
      left == nullptr ? sim::NodeId{} : story.client_of_member(as<fact::GroupMemberLeft>(*left).member.view());
  if (!returned.valid() || returned == got.node || setting_of(story, got.node, "group.protocol") == "consumer")
    return false;
  const Line* before =
      story.last<fact::PartitionsAssigned>(left->seq, [&](const auto&, const Line& l) { return l.node == got.node; });
  const auto names = [](const Line& l) { return as<fact::PartitionsAssigned>(l).partitions.names(); };
  if (before == nullptr || names(*before) != names(got)) return false;
  telling.trail(story.act_on(returned, {"resume", "start"}, got.seq), Weight::Cause);
  telling.fact(rebalance_before(story, story.group_of(got.node), got.seq), Weight::Link);
  telling.fact(&got, Weight::Point);
  return true;
}

/// How many members that read these topics get partitions, if the group's assignor goes by the members that there are alone, not by
/// what each had before. 0: it goes by that, too.
std::size_t places_for_members(const Story& story, sim::NodeId node, const std::vector<std::string>& topics) {
  const std::string assignor = text_of(state_of(story, "/groups/" + story.group_of(node) + "/assignor"));
  std::size_t sum = 0, most = 0;
  for (const std::string& topic : topics)
    if (const auto* image = story.cluster().committed().topic(story.cluster().committed().topic_id(topic))) {
      sum += image->partitions.size();
      most = std::max(most, image->partitions.size());
    }
  if (assignor == "roundrobin") return sum;
  return assignor == "range" ? most : 0;  // range divides each topic by itself, and begins with the same members
}

/// The start of the member that is one too many for the group's partitions, if the consumer got none for that: of those that were
/// there, it started last. Null: all have partitions, even more members have none, they do not all read the same topics, or the
/// consumer itself is that member.
const Line* one_too_many(const Story& story, sim::NodeId node, const Line& got) {
  const Line* rebalance = rebalance_before(story, story.group_of(node), got.seq);
  const cluster::ClientSpec* spec = story.declared(node);
  const std::size_t places = spec == nullptr ? 0 : places_for_members(story, node, spec->topics);
  if (rebalance == nullptr || places == 0) return nullptr;
  if (static_cast<std::size_t>(as<fact::GroupRebalance>(*rebalance).members) != places + 1) return nullptr;
  for (const auto& [other, moved] : last_moves(story, node, rebalance->seq))
    if (is<fact::GroupMemberJoined>(*moved) && story.declared(other)->topics != spec->topics) return nullptr;
  const auto start_of = [&](sim::NodeId of) { return start_before(story, of, rebalance->seq); };
  const Line* newest = start_of(node);
  for (const auto& [other, moved] : last_moves(story, node, rebalance->seq))
    if (is<fact::GroupMemberJoined>(*moved)) newest = latest({newest, start_of(other)});
  return newest != nullptr && newest->node != node && newest->time.us > 0 ? newest : nullptr;
}

/// What the consumer's process had at that line of its own, at which it was given partitions.
std::set<std::string> had_before(const Story& story, const Line& given) {
  const auto own = [&](const auto&, const Line& l) { return l.node == given.node; };
  const auto names = [](const auto& f) { return f.partitions.names(); };
  const std::vector<std::string> last = names(as<fact::PartitionsAssigned>(given));
  std::set<std::string> had(last.begin(), last.end());
  if (setting_of(story, given.node, "group.protocol") != "consumer") return had;
  // Its lines list only what is new.
  const Line* began = start_before(story, given.node, given.seq);
  std::set<std::string> given_up;
  for (const Line* l = &given; l != nullptr && (began == nullptr || l->seq > began->seq);) {
    const Line* before = story.last<fact::PartitionsAssigned>(l->seq, own);
    (void)story.last<fact::PartitionsRevoked>(l->seq, [&](const auto& f, const Line& r) {
      if (r.node == given.node && (before == nullptr || r.seq > before->seq))
        for (const std::string& p : names(f)) given_up.insert(p);
      return before != nullptr && r.seq < before->seq;
    });
    if (before != nullptr && (began == nullptr || before->seq > began->seq))
      for (const std::string& p : names(as<fact::PartitionsAssigned>(*before)))
        if (given_up.count(p) == 0) had.insert(p);
    l = before;
  }
  return had;
}

/// The rule that allowed what had been refused to the consumer before it got these partitions; or, if it got them because it started,
/// the end of its process that had others before. Null: it got them for another reason.
const Line* back_of_own_start(const Story& story, const Line& got) {
  const auto own = [&](const auto&, const Line& l) { return l.node == got.node; };
  const auto some = [&](const auto& f, const Line& l) { return l.node == got.node && f.count > 0; };
  const Line *started = story.last<fact::NodeStarted>(got.seq, own),
             *last = story.last<fact::PartitionsAssigned>(got.seq, some);
  const Line* rule = rule_that_allowed(story, got.node, got.seq);
  if (rule != nullptr && latest({rule, last}) == rule) return rule;
  if (started == nullptr || last == nullptr || last->seq > started->seq) return nullptr;
  const std::vector<const Line*> trail = story.trail(got);
  const bool starts = std::find(trail.begin(), trail.end(), started) != trail.end();
  const Line* ended = story.last<fact::NodeDied>(started->seq, own);
  const std::vector<std::string> now = as<fact::PartitionsAssigned>(got).partitions.names();
  if (!starts || ended == nullptr || had_before(story, *last) == std::set<std::string>(now.begin(), now.end()))
    return nullptr;
  // Another member that has come or gone meanwhile may have made the difference.
  const auto another = [&](const auto& f, const Line& l) {
    return l.seq > ended->seq && f.group.view() == story.group_of(got.node) &&
           story.client_of_member(f.member.view()) != got.node;
  };
  const bool others = story.last<fact::GroupMemberLeft>(got.seq, another) != nullptr ||
                      story.last<fact::GroupMemberJoined>(got.seq, another) != nullptr;
  return others ? nullptr : ended;
}

/// What keeps the consumer from a coordinator while the group has none: all brokers are away from it, or nobody leads that partition
/// of __consumer_offsets. Null: nothing is known.
const Line* away_from_all(const Story& story, sim::NodeId node, protocol::TopicPartition tp) {
  const Line* found = nullptr;
  bool all = true;
  for (const auto& broker : story.cluster().spec().brokers) {
    const Line* away = kept_apart(story, story.broker_node(broker.id), node, traffic::kGroups);
    all = all && away != nullptr;
    found = latest({found, away});
  }
  if (all) return found;
  return tp.partition < 0 ? nullptr : story.last<fact::LeaderElected>(story.end(), [&](const auto& f, const Line&) {
    return f.partition == tp;
  });
}

/// What keeps the consumer from its group's coordinator, or gave the group another coordinator since the consumer's start. Null:
/// nothing.
const Line* away_from_coordinator(const Story& story, sim::NodeId node) {
  const std::string group = story.group_of(node);
  const protocol::TopicPartition tp = coordinating_partition(story, group, coordinator::kOffsetsTopic);
  if (group.empty() || is_silent(story, node)) return nullptr;
  const sim::NodeId leads = tp.partition < 0 ? sim::NodeId{} : story.broker_node(story.leader_at(tp, story.end()));
  if (!leads.valid()) return away_from_all(story, node, tp);
  if (const Line* apart = kept_apart(story, leads, node, traffic::kGroups)) return apart;
  const Line* changed = change_of_coordinator(story, node, story.end());
  return changed != nullptr && changed->seq > begun_at(story, node) ? changed : nullptr;
}

/// Tells for which rebalance, which is not over, an eager member has given up its partitions; false: for none.
bool tell_given_up(Telling& telling, const Line& revoked) {
  const Story& story = telling.story();
  const std::string group = story.group_of(revoked.node);
  const Line* begin = story.back_of_error(protocol::ErrorCode::REBALANCE_IN_PROGRESS, {}, revoked.node, story.end());
  const bool waits = text_of(state_of(story, "/groups/" + group + "/state")) == "PreparingRebalance";
  if (!waits || begin == nullptr || begin->seq > revoked.seq) return false;
  telling.trail(begin, Weight::Cause);
  telling.fact(&revoked, Weight::Link);
  tell_join_phase(telling, group);
  return true;
}

/// Tells what a consumer waits for that has joined its group again since it lost its partitions; false: it has not.
bool tell_joins_after(Telling& telling, const Line& lost) {
  const Story& story = telling.story();
  const std::string group = story.group_of(lost.node);
  const Line* joined = story.last<fact::GroupMemberJoined>(story.end(), [&](const auto& f, const Line& l) {
    return l.seq > lost.seq && f.group == group && story.client_of_member(f.member.view()) == lost.node;
  });
  if (joined == nullptr || text_of(state_of(story, "/groups/" + group + "/state")) != "PreparingRebalance")
    return false;
  tell_join_phase(telling, group);
  if (telling.has_root()) telling.fact(&lost, Weight::Link);
  else telling.trail(&lost, Weight::Link);
  return true;
}

/// The line that gave the consumer's last process partitions, if it had not unsubscribed when it ended. Null: it runs, or that process
/// was given none.
const Line* given_until_end(const Story& story, sim::NodeId node) {
  if (story.cluster().alive(node)) return nullptr;
  const Line* got = story.last<fact::PartitionsAssigned>(
      story.end(), [&](const auto& f, const Line& l) { return l.node == node && f.count > 0; });
  if (got == nullptr || got->seq < begun_at(story, node)) return nullptr;
  return story.act_on(node, {"unsubscribe"}, story.end(), got->seq) == nullptr ? got : nullptr;
}

/// Tells what a consumer whose process has ended was given last, and what it had given up of that; or, if that process was given
/// nothing, how the one ended that had partitions. False: it runs, or had given up all.
bool tell_had_at_end(Telling& telling, sim::NodeId node) {
  const Story& story = telling.story();
  const auto some = [&](const auto& f, const Line& l) { return l.node == node && f.count > 0; };
  const Line* last = story.cluster().alive(node) ? nullptr : story.last<fact::PartitionsAssigned>(story.end(), some);
  if (last == nullptr) return false;
  const Line* died = story.first<fact::NodeDied>(last->seq, [&](const auto&, const Line& l) { return l.node == node; });
  if (last->seq < begun_at(story, node) && died != nullptr &&
      story.act_on(node, {"unsubscribe"}, died->seq, last->seq) == nullptr) {
    tell_end_of_assigned(telling, node);
    return true;
  }
  const Line* got = given_until_end(story, node);
  if (got == nullptr) return false;
  std::vector<std::string> kept = as<fact::PartitionsAssigned>(*got).partitions.names();
  const auto later = [&](const auto& f, const Line& l) { return some(f, l) && l.seq > got->seq; };
  std::vector<const Line*> given_up;
  for (const Line* r = story.last<fact::PartitionsRevoked>(story.end(), later); r != nullptr;
       r = story.last<fact::PartitionsRevoked>(r->seq, later)) {
    for (const std::string& p : as<fact::PartitionsRevoked>(*r).partitions.names()) std::erase(kept, p);
    given_up.push_back(r);
  }
  if (kept.empty() || story.last<fact::PartitionsLost>(story.end(), later) != nullptr) return false;
  telling.trail(got, Weight::Point);
  for (const Line* revoked : given_up) telling.fact(revoked, Weight::Link);
  return true;
}

/// Tells what gave the consumer the partitions that it has, and what took others from it since.
void tell_assignment(Telling& telling, sim::NodeId node, const json& assignment) {
  const Story& story = telling.story();
  const auto own = [&](const auto&, const Line& l) { return l.node == node; };
  const Line* taken =
      latest({story.last<fact::PartitionsRevoked>(
                  story.end(), [&](const auto& f, const Line& l) { return l.node == node && f.count > 0; }),
              story.last<fact::PartitionsLost>(story.end(), own)});
  if (!assignment.is_array() || assignment.empty()) {
    if (tell_awaits_partitions(telling, node)) return;
    if (tell_had_at_end(telling, node)) return;
    const Line* newest = latest({taken, story.last<fact::PartitionsAssigned>(story.end(), own)});
    if (newest != nullptr && is<fact::PartitionsRevoked>(*newest) && tell_given_up(telling, *newest)) return;
    if (newest != nullptr && is<fact::PartitionsLost>(*newest) && tell_joins_after(telling, *newest)) return;
    if (const Line* extra =
            newest != nullptr && is<fact::PartitionsAssigned>(*newest) ? one_too_many(story, node, *newest) : nullptr) {
      telling.trail(extra, Weight::Cause);
      telling.fact(rebalance_before(story, story.group_of(node), newest->seq), Weight::Link);
      telling.fact(newest, Weight::Point);
      return;
    }
    // It may have had nothing already before the last rebalance.
    const bool given = newest != nullptr && is<fact::PartitionsAssigned>(*newest);
    const Line* since = given ? &held_since(story, *newest) : nullptr;
    if (since != nullptr && latest({since, taken}) == since) newest = since;
    return telling.trail(newest, Weight::Point);
  }
  tell_not_given_up(telling, node);
  std::vector<std::string> left;  // partitions whose line is not found yet
  for (const json& partition : assignment) left.push_back(text_of(partition));
  const Line* newest = nullptr;
  for (const Line* got = nullptr; !left.empty();) {
    got = story.last<fact::PartitionsAssigned>(got == nullptr ? story.end() : got->seq, own);
    if (got == nullptr) break;
    const auto given = as<fact::PartitionsAssigned>(*got).partitions.names();
    const std::size_t before = left.size();
    std::erase_if(left, [&](const std::string& p) { return std::find(given.begin(), given.end(), p) != given.end(); });
    if (left.size() == before) continue;
    if (newest != nullptr || (taken != nullptr && taken->seq > got->seq)) {
      telling.fact(got, Weight::Cause);
    } else {
      const Line& since = held_since(story, *got);
      telling.trail(absent_after_loss(story, node, since), Weight::Cause);
      telling.trail(left_out(story, node, since), Weight::Cause);
      telling.trail(back_of_own_start(story, since), Weight::Cause);
      if (const Line* away = still_away(story, node, since)) {
        telling.trail(away, Weight::Cause);
        telling.fact(rebalance_before(story, story.group_of(node), since.seq), Weight::Link);
        telling.fact(&since, Weight::Point);
      } else if (!tell_return(telling, since)) {
        telling.trail(&since, Weight::Point);
      }
      telling.fact(got, Weight::Link);
    }
    if (newest == nullptr) newest = got;
  }
  if (taken != nullptr && newest != nullptr && taken->seq > newest->seq) telling.trail(taken, Weight::Point);
}

/// Tells why a consumer has never been assigned a partition.
void tell_never_assigned(Telling& telling, sim::NodeId node) {
  const Story& story = telling.story();
  const std::string& client = story.cluster().info(node).name;
  const auto own = [&](const auto&, const Line& l) { return l.node == node; };
  const cluster::ClientSpec* spec = story.declared(node);
  const auto& clients = story.cluster().spec().clients;
  const auto is_queue = [&](const std::string& topic) {
    return std::any_of(clients.begin(), clients.end(), [&](const cluster::ClientSpec& c) {
      return c.kind == cluster::ClientKind::Queue && c.id == topic;
    });
  };
  if (story.last<fact::NodeStarted>(story.end(), own) == nullptr)
    return telling.now("why.consumer_not_started"_w, {{"client", client}}, Weight::Point, client);
  if (spec != nullptr && !spec->topics.empty() && is_queue(spec->topics.front()))
    return telling.now("why.reads_queue"_w, {{"client", client}, {"queue", spec->topics.front()}}, Weight::Point,
                       client);
  telling.trail(away_from_coordinator(story, node), Weight::Cause);
  telling.now("why.never_assigned"_w, {{"client", client}}, Weight::Point, client);
}

/// The answer without the node's own start as its root: the consumer had no partition before that start either.
Answer without_own_start(const Story& story, Answer answer, sim::NodeId node) {
  const Line* root = answer.root ? story.trace().find(answer.root->seq) : nullptr;
  const auto act = root == nullptr ? std::nullopt : fact_if<fact::Command>(*root);
  if (root != nullptr && (act ? act->verb == "start" && story.involves(*root, node)
                              : is<fact::NodeStarted>(*root) && root->node == node)) {
    answer.root.reset();
    answer.root_kind = RootKind::None;
  }
  return answer;
}

}  // namespace

Answer why_assignment(const Asked& asked, sim::NodeId node) {
  const Story& story = asked.story;
  const std::string& client = asked.part(1);
  const bool none = asked.value.is_array() && asked.value.empty();
  Telling telling(story, asked.path,
                  none ? asks("why.q_no_assignment"_w, {{"client", client}})
                       : asks("why.q_assignment"_w, {{"client", client}, {"partitions", plain_value(asked.value)}}));
  const std::uint64_t begun = begun_at(story, node);
  // The end of the process took its partitions, not the rebalance that had given them.
  const Line* ended = !story.cluster().alive(node) && begun > 0 ? story.silence(node, story.end()) : nullptr;
  const bool had = given_until_end(story, node) != nullptr;
  if (none && had) telling.trail(ended, Weight::Point);
  tell_no_member(telling, node, asked.value);
  if (none && tell_no_topic_to_assign(telling, node)) return without_own_start(story, telling.done(), node);
  if (!none || !tell_not_assigned_yet(telling, node)) tell_assignment(telling, node, asked.value);
  if (ended != nullptr && !(none && had)) {  // a consumer that never had a partition did not lose one by its end
    if (had) telling.trail(ended, Weight::Point);
    else telling.fact(ended, Weight::Point);
  }
  if (ended != nullptr)
    if (const Line* thrown = refused_before(story, node, story.end()))
      tell_limit(telling, error_behind(story, *thrown));
  const bool never = none && story.last<fact::PartitionsAssigned>(
                                 story.end(), [&](const auto&, const Line& l) { return l.node == node; }) == nullptr;
  if (telling.empty()) tell_never_assigned(telling, node);
  else if (never && !telling.has_root()) telling.trail(away_from_coordinator(story, node), Weight::Cause);
  return none ? without_own_start(story, telling.done(), node) : telling.done();
}

}  // namespace kafkascope::observe
