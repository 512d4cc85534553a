// Why a share group (KIP-932) got a record again, or no longer gets it: the lock under which it was handed over, and how it ended.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "broker/broker.h"
#include "broker/share_partition.h"
#include "cluster/acts.h"
#include "observe/model/state_sections.h"
#include "observe/why/held_up.h"
#include "observe/why/why_parts.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/messages_data.h"

namespace kafkascope::observe {

namespace {

using SharedLine = Story::Line;

template <class F>
bool covers(const F& f, const SharedRecord& r) {
  return f.group == r.group && f.partition == r.tp && f.first_offset <= r.offset && r.offset <= f.last_offset;
}

/// The last lock on the record that this client got before that line; null: the group is not a share group. A record in
/// a member's buffer keeps the lock with which it was fetched, whoever has locked the record since.
const SharedLine* lock_of(const Story& story, const SharedRecord& r, sim::NodeId client, std::uint64_t before) {
  return story.last<fact::ShareAcquired>(before, [&](const auto& f, const SharedLine&) {
    return covers(f, r) && story.client_of_member(f.member.view()) == client;
  });
}

/// The lock that this line ended.
const SharedLine* lock_settled(const Story& story, const SharedRecord& r, const SharedLine& settled) {
  const auto member = as<fact::ShareSettled>(settled).member;
  return story.last<fact::ShareAcquired>(
      settled.seq, [&](const auto& f, const SharedLine&) { return covers(f, r) && f.member == member; });
}

/// Whether that lock had ended before the line.
bool was_over(const Story& story, const SharedRecord& r, const SharedLine& lock, std::uint64_t before) {
  const auto member = as<fact::ShareAcquired>(lock).member;
  return story.last<fact::ShareSettled>(before, [&](const auto& f, const SharedLine& l) {
    return covers(f, r) && l.seq > lock.seq && f.member == member;
  }) != nullptr;
}

/// "s-2" of the member "s-2/7i2B…".
std::string holder(const Story& story, std::string_view member) {
  const sim::NodeId client = story.client_of_member(member);
  return client.valid() ? story.cluster().info(client).name : without_member_uuids(member);
}

std::int64_t delivery_of(const SharedLine& lock) { return as<fact::ShareAcquired>(lock).delivery_count; }

/// How long the lock lasted, in seconds: "30".
std::string seconds_between(const SharedLine& lock, const SharedLine& end) {
  return fmt::format("{:g}", static_cast<double>((end.time - lock.time).us / 1000) / 1000);
}

/// A member is handed the record for the first time.
void tell_first(Telling& telling, const SharedRecord& r, const SharedLine& lock, const SharedLine& handed) {
  const Story& story = telling.story();
  telling.say(
      was_over(story, r, lock, handed.seq) ? "why.share_first_from_buffer"_w : "why.share_first"_w,
      {{"who", story.cluster().info(handed.node).name}, {"offset", r.offset.value}, {"delivery", delivery_of(lock)}},
      &handed, Weight::Cause);
}

/// The last act before that moment that told the member to release or reject records; null: there is none. An act that
/// tells it to accept records does not concern those that it already had.
const SharedLine* told_not_to_accept(const Story& story, sim::NodeId member, std::uint64_t before) {
  return story.last<fact::Command>(before, [&](const fact::Command& f, const SharedLine& l) {
    const NumberedCommand* act = f.verb == "behave" ? story.command_of(l) : nullptr;
    const auto* change = act == nullptr ? nullptr : act->command.get_if<cluster::act::Behave>();
    return change != nullptr && change->acknowledge &&
           change->acknowledge->kind != cluster::AcknowledgeSpec::Kind::Accept && story.involves(l, member);
  });
}

/// Why the record is free again.
void tell_freed(Telling& telling, const SharedRecord& r, const SharedLine& lock, const SharedLine& settled) {
  const Story& story = telling.story();
  const auto f = as<fact::ShareSettled>(settled);
  const std::string who = holder(story, f.member.view());
  const std::int64_t offset = r.offset.value;
  switch (f.reason) {
    case fact::SettlementReason::LockOver:
      telling.say("why.share_lock_over"_w,
                  {{"who", who}, {"offset", offset}, {"seconds", seconds_between(lock, settled)}}, &settled,
                  Weight::Point);
      break;
    case fact::SettlementReason::Released:
      telling.trail(told_not_to_accept(story, story.client_of_member(f.member.view()), settled.seq), Weight::Cause);
      telling.say("why.share_released"_w, {{"who", who}, {"offset", offset}, {"group", r.group}}, &settled,
                  Weight::Point);
      break;
    case fact::SettlementReason::SessionClosed:
      telling.say("why.share_session_closed"_w, {{"who", who}, {"offset", offset}}, &settled, Weight::Point);
      break;
    case fact::SettlementReason::ConnectionGone:
      telling.say("why.share_connection_gone"_w, {{"who", who}, {"offset", offset}}, &settled, Weight::Point);
      break;
    case fact::SettlementReason::Accepted:
    case fact::SettlementReason::Rejected: break;  // the fact's own sentence says it
  }
  telling.trail(&settled, Weight::Point);
}

/// "s-1 (10), s-2 (3)"
std::string hands_in_words(const std::map<std::string, std::int64_t>& hands) {
  std::string out;
  for (const auto& [who, count] : hands) out += fmt::format("{}{} ({})", out.empty() ? "" : ", ", who, count);
  return out;
}

/// Tells about the record that holds back the start offset: who has it, or what became of its last delivery.
void tell_first_offset(Telling& telling, const SharedRecord& r, const broker::SharePartition::Record& first,
                       const std::string& who, std::int64_t limit) {
  const Story& story = telling.story();
  const std::int64_t offset = r.offset.value;
  if (first.state == broker::RecordState::Acquired) {
    const std::string seconds = fmt::format("{:.3f}", static_cast<double>(first.lock_until.us) / 1e6);
    telling.now("why.share_first_locked"_w,
                {{"who", who}, {"offset", offset}, {"delivery", first.delivery_count}, {"until", seconds}},
                Weight::Point, who);
    return;
  }
  if (first.state != broker::RecordState::Available || first.delivery_count == 0) return;
  telling.fact(
      story.last<fact::ShareSettled>(story.end(), [&](const auto& f, const SharedLine&) { return covers(f, r); }),
      Weight::Cause);
  telling.now("why.share_first_free"_w,
              {{"offset", offset}, {"delivery", first.delivery_count}, {"limit", limit}, {"group", r.group}},
              Weight::Point, r.group);
}

/// Where the member's application has worked on the record since it got its lock; null: it has not.
const SharedLine* worked_on(const Story& story, const SharedRecord& r, sim::NodeId member) {
  const SharedLine* lock = lock_of(story, r, member, story.end());
  const SharedLine* done = story.last<fact::RecordProcessed>(story.end(), [&](const auto& f, const SharedLine& l) {
    return l.node == member && f.partition == r.tp && f.offset == r.offset && f.group == r.group;
  });
  return lock != nullptr && latest({lock, done}) == done ? done : nullptr;
}

/// The act by which the leader, or the coordinator that keeps the group's state, refused the settlement of a record that the
/// member's application has worked on. Null: none did.
const SharedLine* act_against_settlement(const Story& story, const SharedRecord& r, sim::NodeId member) {
  const SharedLine* done = worked_on(story, r, member);
  const sim::NodeId leader = story.broker_node(story.leader_at(r.tp, story.end()));
  const SharedLine* refused =
      done == nullptr ? nullptr : story.first<fact::RequestRefused>(done->seq, [&](const auto& f, const SharedLine& l) {
        const bool settles = f.api == protocol::api::ShareFetch || f.api == protocol::api::ShareAcknowledge;
        const bool here = f.partition.partition < 0 || f.partition == r.tp;
        return here && ((settles && l.node == leader && f.client == member) ||
                        (f.api == protocol::api::WriteShareGroupState && f.client == leader));
      });
  if (refused == nullptr) return nullptr;
  const auto f = as<fact::RequestRefused>(*refused);
  return story.injected(f.error, f.partition, f.client, refused->seq + 1);
}

/// The act that sent the record on which the member now works longer than on others: one of those that it has got with `first`,
/// and acknowledges when it is done with all of them. `ends`: when that work ends if nothing stops it.
const SharedLine* act_of_long_work(const Story& story, const SharedRecord& first, const broker::SharePartition& p,
                                   sim::NodeId member, sim::Instant& ends) {
  const std::int32_t holder = p.window().empty() ? -1 : p.window().front().member;
  SharedRecord r = first;
  for (const broker::SharePartition::Record& of : p.window()) {
    const bool has = of.state == broker::RecordState::Acquired && of.member == holder;
    if (has && worked_on(story, r, member) == nullptr) break;
    r.offset = r.offset + 1;
  }
  const SharedLine* lock = lock_of(story, r, member, story.end());
  const SharedLine* done = story.last<fact::RecordProcessed>(
      story.end(), [&](const auto&, const SharedLine& l) { return l.node == member; });
  const SharedLine* since = latest({lock, done});
  const LongWork work = lock == nullptr ? LongWork{} : long_work_on(story, member, r.tp, r.offset);
  if (since == nullptr || work.act == nullptr) return nullptr;
  ends = since->time + work.takes;
  return work.act;
}

/// The election for which the producer of that record had to wait: all that it had to send meanwhile came at once. Null: it did not
/// have to wait, or the work on that one record keeps the others.
const SharedLine* election_before(const Story& story, const SharedRecord& r) {
  constexpr std::int64_t kWorksLongUs = 10'000'000;
  const SharedLine* held =
      story.last<fact::ShareAcquired>(story.end(), [&](const auto& f, const SharedLine&) { return covers(f, r); });
  if (held != nullptr && story.cluster().now().us - held->time.us > kWorksLongUs) return nullptr;
  const SharedLine* line = sent_record(story, r.tp, r.offset).first;
  const SharedLine* wrote =
      line == nullptr ? nullptr : story.last<fact::LogAppended>(story.end(), [&](const auto& f, const SharedLine&) {
        return f.partition == r.tp && f.base_offset <= r.offset && r.offset <= f.last_offset;
      });
  if (wrote == nullptr) return nullptr;
  const SharedLine* elected = story.last<fact::LeaderElected>(
      wrote->seq, [&](const auto& f, const SharedLine&) { return f.partition == r.tp && f.leader >= 0; });
  return elected != nullptr && elected->seq > line->seq ? elected : nullptr;
}

/// The member that died last, if all those that have the partition are dead; `died` is null if one lives.
DeadMember last_of_the_dead(const Story& story, const nlohmann::json& group, const std::string& partition) {
  DeadMember found;
  bool one_lives = false;
  for_each_entry(part_of(group, "members"), [&](const std::string&, const nlohmann::json& member) {
    const nlohmann::json own = part_of(member, "assignment");
    if (std::find(own.begin(), own.end(), partition) == own.end()) return;
    DeadMember m = dead_member(story, member);
    one_lives = one_lives || m.died == nullptr;
    if (m.died != nullptr && latest({found.died, m.died}) == m.died) found = std::move(m);
  });
  return one_lives ? DeadMember{} : found;
}

/// The act that keeps the last of the readers from asking for records; null: one of them can ask.
const SharedLine* silence_of_all(const Story& story, const std::vector<sim::NodeId>& readers) {
  const SharedLine* last = nullptr;
  for (const sim::NodeId reader : readers) {
    const SharedLine* act = reader.valid() && is_silent(story, reader) ? story.hindrance(reader, story.end()) : nullptr;
    if (act == nullptr) return nullptr;
    last = latest({last, act});
  }
  return last;
}

/// Tells that the leader, which keeps the group's locks, does not respond; false: it does.
bool tell_leader_silent(Telling& telling, protocol::TopicPartition tp, const std::string& partition) {
  const Story& story = telling.story();
  const sim::NodeId leads = story.broker_node(story.leader_at(tp, story.end()));
  if (!leads.valid() || !is_silent(story, leads)) return false;
  telling.trail(story.hindrance(leads, story.end()), Weight::Cause);
  const std::string& broker = story.cluster().info(leads).name;
  telling.now("why.share_leader_silent"_w, {{"broker", broker}, {"partition", partition}}, Weight::Point, broker);
  return true;
}

}  // namespace

void tell_shared_lag(Telling& telling, const std::string& group, const std::string& partition,
                     const nlohmann::json& state) {
  const Story& story = telling.story();
  const cluster::Cluster& c = story.cluster();
  const protocol::TopicPartition tp = partition_named(story, partition);
  const std::int64_t lag = whole_of(part_of(part_of(state, "lag"), partition));
  if (story.leader_at(tp, story.end()) < 0) {
    telling.trail(story.last<fact::LeaderElected>(story.end(),
                                                  [&](const auto& f, const SharedLine&) { return f.partition == tp; }),
                  Weight::Cause);
    telling.now("why.lag_no_leader"_w, {{"partition", partition}}, Weight::Point, partition);
    return;
  }
  std::vector<sim::NodeId> readers;          // the members that have the partition
  std::map<std::string, std::string> names;  // by member id
  for_each_entry(part_of(state, "members"), [&](const std::string& name, const nlohmann::json& member) {
    const std::string& client = names[text_of(part_of(member, "member_id"))] = name.substr(0, name.find('#'));
    for (const nlohmann::json& p : part_of(member, "assignment"))
      if (p == partition) readers.push_back(c.find(client));
  });
  const bool read = !readers.empty();
  const broker::ShareEntry* share = share_partition(c, group, tp);
  if (tell_leader_silent(telling, tp, partition) && share == nullptr) return;  // its locks are gone with the process
  if (const DeadMember dead = last_of_the_dead(story, state, partition); share == nullptr && dead.died != nullptr)
    return tell_dead_member(telling, group, dead, partition);
  if (!read || share == nullptr) {
    // A leader that was elected later begins without the group's state.
    telling.trail(read ? story.last<fact::LeaderElected>(
                             story.end(), [&](const auto& f, const SharedLine&) { return f.partition == tp; })
                       : story.last<fact::GroupMemberLeft>(
                             story.end(), [&](const auto& f, const SharedLine&) { return f.group.view() == group; }),
                  Weight::Cause);
    telling.now(read ? "why.share_not_read"_w : "why.lag_nobody_reads"_w,
                {{"group", group}, {"state", text_of(part_of(state, "state"))}, {"partition", partition}},
                Weight::Point, group);
    return;
  }
  const broker::SharePartition& p = share->partition;
  std::map<std::string, std::int64_t> hands;
  std::int64_t locked = 0, free = 0, done = 0, archived = 0;
  std::string first_holder;
  for (const broker::SharePartition::Record& r : p.window()) {
    if (r.state == broker::RecordState::Available) ++free;
    if (r.state == broker::RecordState::Acknowledged) ++done;
    if (r.state == broker::RecordState::Archived) ++archived;
    if (r.state != broker::RecordState::Acquired || r.member < 0) continue;
    ++locked;
    const std::string& id = p.members()[static_cast<std::size_t>(r.member)];
    const auto known = names.find(id);
    const std::string who = known == names.end() ? holder(story, id) : known->second;
    if (first_holder.empty() && &r == &p.window().front()) first_holder = who;
    ++hands[who];
  }
  const SharedRecord first{group, tp, p.start_offset()};
  const SharedLine* lock =
      story.last<fact::ShareAcquired>(story.end(), [&](const auto& f, const SharedLine&) { return covers(f, first); });
  const sim::NodeId holds =
      lock == nullptr ? sim::NodeId{} : story.client_of_member(as<fact::ShareAcquired>(*lock).member.view());
  sim::Instant work_ends;
  const SharedLine* long_work = act_of_long_work(story, first, p, holds, work_ends);
  // Only the member that holds the first record keeps the start offset where it is. A silence that is over does not.
  if (long_work != nullptr && c.now() < work_ends) telling.trail(long_work, Weight::Cause);
  else if (const sim::NodeId holder = c.find(first_holder); holder.valid())
    telling.trail(story.hindrance(holder, story.end()), Weight::Cause);
  for (const auto& [who, count] : hands)
    if (c.find(who).valid()) tell_throttled(telling, c.find(who));
  if (!p.window().empty())
    tell_first_offset(telling, {group, tp, p.start_offset()}, p.window().front(), first_holder,
                      leader_config(story, tp, story.end()).number("group.share.delivery.count.limit"));
  // Records behind an open transaction are not handed out.
  const storage::PartitionLog* log = c.leader_log(tp);
  if (log != nullptr && log->last_stable_offset() < log->high_watermark() && ClusterView(c).reads_committed(group))
    tell_stable_offset(telling, partition);
  for (const SharedLine* led : {act_against_settlement(story, first, holds), long_work, election_before(story, first)})
    if (!telling.has_root()) telling.trail(led, Weight::Cause);
  if (!telling.has_root() && lag > 0) telling.trail(silence_of_all(story, readers), Weight::Cause);
  const auto number = [](std::int64_t n) { return n == 0 ? std::string() : std::to_string(n); };
  telling.now("why.share_lag"_w,
              {{"start", p.start_offset().value},
               {"locked", locked},
               {"hands", hands_in_words(hands)},
               {"free", number(free)},
               {"done", number(done)},
               {"archived", number(archived)},
               {"new", std::max<std::int64_t>(0, lag - static_cast<std::int64_t>(p.window().size()))}},
              Weight::Point, group);
}

bool tell_shared_again(Telling& telling, const SharedRecord& r, const SharedLine& first, const SharedLine& again,
                       std::int64_t times) {
  const Story& story = telling.story();
  const SharedLine* lock = lock_of(story, r, first.node, first.seq);
  const SharedLine* lock_again = lock_of(story, r, again.node, again.seq);
  if (lock == nullptr || lock_again == nullptr) return false;
  const std::int64_t offset = r.offset.value;
  tell_first(telling, r, *lock, first);
  telling.say(was_over(story, r, *lock_again, again.seq) ? "why.share_again_from_buffer"_w : "why.share_again"_w,
              {{"who", story.cluster().info(again.node).name},
               {"offset", offset},
               {"delivery", delivery_of(*lock_again)},
               {"times", times > 2 ? std::to_string(times) : std::string()}},
              &again, Weight::Point);
  // The older lock ended before the younger one began. If there is only one lock, the member itself delivered the
  // record twice.
  const bool one = lock == lock_again;
  const std::uint64_t after = one ? first.seq : std::min(lock->seq, lock_again->seq);
  const std::uint64_t before = one ? again.seq : std::max(lock->seq, lock_again->seq);
  const SharedLine* settled = story.last<fact::ShareSettled>(
      before, [&](const auto& f, const SharedLine& l) { return covers(f, r) && l.seq > after; });
  if (settled == nullptr) {
    // The locks were lost with the leader that kept them.
    const SharedLine* elected = story.last<fact::LeaderElected>(before, [&](const auto& f, const SharedLine& l) {
      return f.partition == r.tp && l.seq > after && f.leader >= 0;
    });
    if (elected != nullptr)
      telling.say("why.share_locks_gone"_w,
                  {{"broker", cluster::broker_name(as<fact::LeaderElected>(*elected).leader)},
                   {"partition", story.cluster().name(r.tp)},
                   {"offset", offset}},
                  elected, Weight::Point);
    telling.trail(elected, Weight::Point);
    return true;
  }
  // Records settled for good came back because the group's start offset went back.
  const SharedLine* start = story.last<fact::ShareStart>(again.seq, [&](const auto& f, const SharedLine& l) {
    return f.group == r.group && f.partition == r.tp && f.to <= r.offset && l.seq > settled->seq;
  });
  const auto reason = as<fact::ShareSettled>(*settled).reason;
  const bool for_good = reason == fact::SettlementReason::Accepted || reason == fact::SettlementReason::Rejected;
  if (start != nullptr && for_good) telling.trail(start, Weight::Point);
  else if (const SharedLine* ended = lock_settled(story, r, *settled)) tell_freed(telling, r, *ended, *settled);
  return true;
}

bool tell_shared_skipped(Telling& telling, const SharedRecord& r, const SharedLine& last) {
  const Story& story = telling.story();
  const SharedLine* lock = lock_of(story, r, last.node, last.seq);
  const SharedLine* settled =
      story.last<fact::ShareSettled>(story.end(), [&](const auto& f, const SharedLine&) { return covers(f, r); });
  const SharedLine* ended = settled == nullptr ? nullptr : lock_settled(story, r, *settled);
  if (lock == nullptr || ended == nullptr) return false;
  const auto f = as<fact::ShareSettled>(*settled);
  tell_first(telling, r, *lock, last);
  using fact::SettlementReason;
  // At the delivery limit a released record is archived as well, so the line does not say whether it was released or
  // rejected.
  const bool last_delivery =
      delivery_of(*ended) >=
      config_before(story, settled->node, settled->seq).number("group.share.delivery.count.limit");
  if (f.reason == SettlementReason::Released || f.reason == SettlementReason::Rejected)
    telling.trail(told_not_to_accept(story, story.client_of_member(f.member.view()), settled->seq), Weight::Cause);
  if (f.state == broker::RecordState::Archived)
    telling.say(f.reason == SettlementReason::LockOver ? "why.share_archived_lock_over"_w
                : !last_delivery                       ? "why.share_archived_rejected"_w
                                                       : "why.share_archived"_w,
                {{"who", holder(story, f.member.view())},
                 {"offset", r.offset.value},
                 {"delivery", delivery_of(*ended)},
                 {"group", r.group}},
                settled, Weight::Point);
  telling.trail(settled, Weight::Point);
  return true;
}

}  // namespace kafkascope::observe
