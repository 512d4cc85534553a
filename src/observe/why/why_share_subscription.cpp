// Why a share consumer's value in one of its partitions is so (KIP-932): what the leader has locked for it, and how far it is with that:
// fetched, handed over by poll(), decided, acknowledged. Kafka: ShareConsumeRequestManager, SharePartition.
#include <algorithm>
#include <set>

#include "broker/share_partition.h"
#include "broker/share_sessions.h"
#include "client/share_consumer.h"
#include "observe/model/state_sections.h"
#include "observe/why/coordinators.h"
#include "observe/why/held_up.h"
#include "observe/why/led.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"

namespace kafkascope::observe {

using nlohmann::json;
using protocol::TopicPartition;
using SharerLine = Story::Line;

namespace {

struct Sharer {
  sim::NodeId node;
  std::string client, partition, group;
  TopicPartition tp;
  const client::ShareConsumer* consumer;
  std::int64_t records;  // the value that was asked about

  client::ShareConsumer::Held held() const {
    const auto all = consumer->held();
    const auto at = all.find(tp);
    return at == all.end() ? client::ShareConsumer::Held{} : at->second;
  }
};

/// The last line of the kind that is about the partition and this process of the client: what an earlier one did is over.
template <class F>
const SharerLine* last_of(const Story& story, const Sharer& own) {
  const std::uint64_t begun = begun_at(story, own.node);
  const SharerLine* last = story.last<F>(story.end(), [&](const auto& f, const SharerLine& l) {
    if constexpr (requires { f.member; })
      return f.group == own.group && f.partition == own.tp && story.client_of_member(f.member.view()) == own.node;
    else return l.node == own.node && f.partition == own.tp;
  });
  return last != nullptr && last->seq > begun ? last : nullptr;
}

std::string some(std::int64_t n) { return n == 0 ? std::string() : std::to_string(n); }

/// What of the partition's records the leader has locked for the client.
struct Locks {
  std::int64_t records = 0;
  protocol::Offset first, soonest;  // the first of them; the one whose lock runs out first
  sim::Instant until = sim::kNever;
};
std::optional<Locks> locks_of(const Story& story, const Sharer& own) {
  const broker::ShareEntry* share = share_partition(story.cluster(), own.group, own.tp);
  if (share == nullptr) return std::nullopt;
  Locks locks;
  protocol::Offset at = share->partition.start_offset();
  for (const broker::SharePartition::Record& r : share->partition.window()) {
    if (r.state == broker::RecordState::Acquired && r.member >= 0 &&
        share->partition.members()[static_cast<std::size_t>(r.member)] == own.consumer->membership().member_id()) {
      ++locks.records;
      if (!locks.first.known()) locks.first = at;
      if (r.lock_until < locks.until) locks.until = r.lock_until, locks.soonest = at;
    }
    at = at + 1;
  }
  return locks;
}

/// The lock with which the client got the record that it has.
struct LockOf {
  const SharerLine* acquired = nullptr;
  const SharerLine* end = nullptr;  // where it ended; null: it has not, or went with its leader's memory
};
LockOf lock_of(const Story& story, const Sharer& own, protocol::Offset offset, bool delivered) {
  const std::string& member = own.consumer->membership().member_id();
  const auto covers = [&](const auto& f) {
    return f.partition == own.tp && f.first_offset <= offset && offset <= f.last_offset;
  };
  const auto lock = [&](const auto& f, const SharerLine&) {
    return f.group == own.group && f.member.view().ends_with(member) &&
           covers(f);  // "client/member", or the member alone
  };
  const SharerLine* handed =
      delivered ? story.last<fact::RecordDelivered>(
                      story.end(), [&](const auto& f, const SharerLine& l) { return l.node == own.node && covers(f); })
                : nullptr;
  const SharerLine* acquired = story.last<fact::ShareAcquired>(handed == nullptr ? story.end() : handed->seq, lock);
  return {acquired, acquired == nullptr ? nullptr : story.first<fact::ShareSettled>(acquired->seq, lock)};
}

using Unsent = client::ShareConsumer::Unsent;

/// Whether the client is to close: it calls poll() no more.
bool is_closing(const Story& story, const Sharer& own) {
  return own.consumer->activity() == client::ShareConsumer::Activity::Closing ||
         story.cluster().state(own.node) == sim::NodeState::ShuttingDown;
}

/// Whether the client believes that another broker leads the partition: it sends the one from which it got records no acknowledgement of
/// them, except with the last request, which takes all along. Kafka: isLeaderKnownToHaveChanged.
bool has_moved(const Story& story, const Sharer& own, protocol::BrokerId from) {
  const protocol::BrokerId leader = own.consumer->metadata().partition(own.tp).leader;
  return leader != protocol::kNoBroker && leader != from && !is_closing(story, own);
}

/// Whether, as things stand, the client does not send what it decides about the records that it got from that broker.
bool drops_unsent(const Story& story, const Sharer& own, protocol::BrokerId from, bool decided) {
  if (has_moved(story, own, from)) return true;
  if (!decided) return false;
  bool buffers = false;  // as for tell_not_sent
  for (const auto& [tp, held] : own.consumer->held()) buffers = buffers || held.buffered > 0;
  const std::vector<Unsent> all = own.consumer->unsent(own.tp);
  return std::any_of(all.begin(), all.end(), [&](const Unsent& u) {
    const bool given = buffers && !u.has_partition && u.riding == 0;
    return u.node == from && (!u.open || given) && u.committing == 0;
  });
}

/// Tells how many of the partition's records that the client has are no longer locked for it, and what the leader does with their
/// acknowledgement. Kafka: SharePartition.acknowledge passes over what is below the start offset, and takes all else that a request
/// acknowledges of a partition, or nothing (rollbackOrProcessStateUpdates).
void tell_locks_over(Telling& telling, const Sharer& own) {
  using fact::SettlementReason;
  const Story& story = telling.story();
  const broker::ShareEntry* share = share_partition(story.cluster(), own.group, own.tp);
  if (share == nullptr) return;
  const auto still_locked = [&](protocol::Offset offset) {  // also while an acknowledgement is being stored
    const broker::SharePartition::Record* r = share->partition.record(offset);
    return r != nullptr && r->member >= 0 &&
           share->partition.members()[static_cast<std::size_t>(r->member)] == own.consumer->membership().member_id();
  };
  const protocol::Offset start = share->partition.start_offset();
  std::int64_t held = 0, over = 0, locked = 0, unsent = 0;
  std::set<protocol::Offset> refused;
  const std::vector<Unsent> waiting = own.consumer->unsent(own.tp);
  const bool drops = std::any_of(waiting.begin(), waiting.end(),
                                 [&](const Unsent& u) { return drops_unsent(story, own, u.node, true); });
  const SharerLine* last = nullptr;
  own.consumer->for_each_held([&](TopicPartition tp, protocol::Offset offset, auto stage) {
    if (tp != own.tp) return;
    ++held;
    if (still_locked(offset)) return void(++locked);  // also if it was locked anew
    const auto [acquired, end] = lock_of(story, own, offset, stage != &client::ShareConsumer::Held::buffered);
    const SettlementReason reason = end == nullptr ? SettlementReason{} : as<fact::ShareSettled>(*end).reason;
    // The leader has the acknowledgement, if it is sent. Else another one was accepted: of the same record, got once more.
    const bool answered = reason == SettlementReason::Accepted || reason == SettlementReason::Released ||
                          reason == SettlementReason::Rejected;
    if (stage == &client::ShareConsumer::Held::acknowledging && answered) return;
    ++over;
    const bool sent = stage == &client::ShareConsumer::Held::acknowledging || acquired == nullptr ||
                      !drops_unsent(story, own, story.names().broker_at(acquired->node),
                                    stage == &client::ShareConsumer::Held::to_acknowledge);
    // Of a record got from two brokers, one of which gets nothing more, one is sent.
    if (offset >= start && (!sent || (drops && answered) || (!refused.insert(offset).second && drops))) ++unsent;
    last = latest({last, end});
  });
  if (over == 0) return;
  telling.fact(last, Weight::Cause);
  telling.now(over == held ? "why.share_locks_over"_w : "why.share_locks_partly_over"_w,
              {{"client", own.client},
               {"partition", own.partition},
               {"group", own.group},
               {"over", over},
               {"records", held},
               {"locked", some(locked)},
               {"start", start.value},
               {"refused", some(static_cast<std::int64_t>(refused.size()))},
               {"unsent", some(unsent)},
               {"done", refused.empty() && unsent == 0 ? "1" : ""}},
              Weight::Point, own.client);
}

/// Tells how far the client is with the records of the partition that it has; says nothing if it has none.
void tell_held(Telling& telling, const Sharer& own) {
  const client::ShareConsumer::Held held = own.held();
  if (held.buffered + held.in_hand + held.to_acknowledge + held.acknowledging == 0) return;
  telling.now("why.share_held"_w,
              {{"client", own.client},
               {"partition", own.partition},
               {"buffered", some(held.buffered)},
               {"hand", some(held.in_hand)},
               {"decided", some(held.to_acknowledge)},
               {"sent", some(held.acknowledging)}},
              Weight::Point, own.client);
}

/// What makes the client or that broker silent, keeps the two apart, or took the leader away; `broker` not valid: there is no leader.
void tell_trouble(Telling& telling, const Sharer& own, sim::NodeId broker) {
  const Story& story = telling.story();
  if (is_silent(story, own.node)) telling.trail(story.hindrance(own.node, story.end()), Weight::Cause);
  else if (broker.valid()) telling.trail(kept_apart(story, broker, own.node, traffic::kReading), Weight::Cause);
  else telling.trail(last_leader_change(story, own.tp), Weight::Cause);
}

sim::NodeId leader_node(const Story& story, const Sharer& own) {
  return story.broker_node(story.leader_at(own.tp, story.end()));
}

void tell_trouble(Telling& telling, const Sharer& own) {
  tell_trouble(telling, own, leader_node(telling.story(), own));
}

/// The record on which the application works, which takes those that poll() has returned in turn; an unknown offset: none.
std::pair<TopicPartition, protocol::Offset> at_work(const Story& story, const Sharer& own) {
  std::int64_t left = own.consumer->waiting();  // the first of the last so many
  std::pair<TopicPartition, protocol::Offset> found;
  const std::uint64_t begun = begun_at(story, own.node);
  (void)story.last<fact::RecordDelivered>(story.end(), [&](const auto& f, const SharerLine& l) {
    if (left <= 0 || l.seq < begun) return true;
    if (l.node != own.node) return false;
    const std::vector<TraceStore::Handed> handed = story.trace().handed_at(l.seq);
    for (auto of = handed.rbegin(); of != handed.rend() && left > 0; ++of)
      if (--left == 0) found = {f.partition, of->offset};
    return left == 0;
  });
  return found;
}

/// Tells how the client's locks ended: by themselves, or with the memory of the leader, whose process died or which leads no more.
void tell_locks_ended(Telling& telling, const Sharer& own) {
  const Story& story = telling.story();
  const SharerLine *acquired = last_of<fact::ShareAcquired>(story, own),
                   *settled = last_of<fact::ShareSettled>(story, own);
  const bool kept = acquired != nullptr && (settled == nullptr || as<fact::ShareSettled>(*settled).last_offset <
                                                                      as<fact::ShareAcquired>(*acquired).last_offset);
  if (!kept) return telling.fact(settled, Weight::Link);
  const SharerLine* lost = latest({last_leader_change(story, own.tp),
                                   story.last<fact::NodeDied>(story.end(), [&](const auto&, const SharerLine& l) {
                                     return l.node == acquired->node;
                                   })});
  if (lost == nullptr || lost->seq < acquired->seq) return telling.fact(settled, Weight::Link);
  telling.trail(lost, Weight::Cause);
  telling.now("why.share_locks_lost"_w, {{"client", own.client}, {"partition", own.partition}}, Weight::Point,
              own.client);
}

void tell_acquired(Telling& telling, const Sharer& own) {
  const Story& story = telling.story();
  if (own.records == 0) {
    const bool silent = is_silent(story, own.node);
    if (silent) tell_trouble(telling, own);
    tell_locks_ended(telling, own);
    telling.now("why.share_none_acquired"_w, {{"client", own.client}, {"partition", own.partition}}, Weight::Point,
                own.client);
    if (silent) return;  // what the other members do has no part in that
    const json group = state_of(story, "/groups/" + own.group);
    if (!group.is_object()) return;
    if (part_of(part_of(group, "lag"), own.partition) == 0)
      telling.now("why.share_lag_none"_w, {{"group", own.group}, {"partition", own.partition}}, Weight::Point,
                  own.group);
    else tell_shared_lag(telling, own.group, own.partition, group);
    return;
  }
  const std::optional<Locks> locks = locks_of(story, own);
  if (!locks) return;
  tell_trouble(telling, own);
  telling.fact(last_of<fact::ShareAcquired>(story, own), Weight::Link);
  const SharerLine* locked = story.last<fact::ShareAcquired>(story.end(), [&](const auto& f, const SharerLine&) {
    return f.group == own.group && f.partition == own.tp && f.first_offset <= locks->soonest &&
           f.last_offset >= locks->soonest;
  });
  // A lock lasts as long as was set when it began.
  const GroupSetting lock =
      group_setting(story, own.group, "share.record.lock.duration.ms", locked == nullptr ? story.end() : locked->seq);
  telling.now("why.share_acquired"_w,
              {{"client", own.client},
               {"partition", own.partition},
               {"records", own.records},
               {"offset", locks->first.value},
               {"broker", cluster::broker_name(story.leader_at(own.tp, story.end()))},
               {"until", locks->until == sim::kNever ? std::string() : in_seconds(locks->until.us)},
               {"key", lock.key},
               {"ms", lock.value}},
              Weight::Point, own.client);
  tell_held(telling, own);
  tell_locks_over(telling, own);
}

void tell_buffered(Telling& telling, const Sharer& own) {
  const Story& story = telling.story();
  if (own.records == 0) {
    telling.fact(last_of<fact::RecordDelivered>(story, own), Weight::Link);
    telling.now("why.nothing_buffered"_w, {{"client", own.client}, {"partition", own.partition}}, Weight::Point,
                own.client);
    return;
  }
  tell_trouble(telling, own);
  tell_locks_over(telling, own);
  telling.fact(last_of<fact::ShareAcquired>(story, own), Weight::Link);
  telling.now("why.share_buffered"_w,
              {{"client", own.client},
               {"partition", own.partition},
               {"records", own.records},
               {"most", setting_of(story, own.node, "max.poll.records")}},
              Weight::Point, own.client);
}

void tell_in_hand(Telling& telling, const Sharer& own) {
  const Story& story = telling.story();
  const SharerLine* got = last_of<fact::RecordDelivered>(story, own);
  if (own.records == 0) {
    const SharerLine* done = last_of<fact::RecordProcessed>(story, own);
    telling.fact(latest({got, done}), Weight::Link);
    const bool ever = story.last<fact::RecordDelivered>(story.end(), [&](const auto& f, const SharerLine& l) {
      return l.node == own.node && f.partition == own.tp;  // an earlier process of it, too
    }) != nullptr;
    telling.now(got != nullptr ? "why.share_none_in_hand"_w
                : ever         ? "why.share_none_yet"_w
                               : "why.never_read"_w,
                {{"client", own.client}, {"partition", own.partition}}, Weight::Point, own.client);
    return;
  }
  const auto [tp, offset] = at_work(story, own);
  if (offset.known()) telling.trail(long_work_on(story, own.node, tp, offset).act, Weight::Cause);
  if (!telling.has_root()) telling.trail(story.hindrance(own.node, story.end()), Weight::Cause);
  tell_locks_over(telling, own);
  telling.fact(got, Weight::Link);
  telling.now("why.share_in_hand"_w,
              {{"client", own.client},
               {"partition", own.partition},
               {"records", own.records},
               {"offset", offset.known() ? std::to_string(offset.value) : std::string()},
               {"at", offset.known() ? story.cluster().name(tp) : std::string()}},
              Weight::Point, own.client);
}

/// The election by which that broker, of which the client knows, last came to lead the partition; the last one, if it has none.
const SharerLine* made_leader(const Story& story, TopicPartition tp, protocol::BrokerId leader) {
  const SharerLine* made = story.last<fact::LeaderElected>(
      story.end(), [&](const auto& f, const SharerLine&) { return f.partition == tp && f.leader == leader; });
  return made != nullptr ? made : last_leader_change(story, tp);
}

/// The name of that broker, if the client has no connection to it; else "".
std::string unconnected(const Story& story, const Sharer& own, protocol::BrokerId broker) {
  const client::NetworkClient& network = own.consumer->network();
  const sim::Instant now = story.cluster().now();
  const bool apart = network.connecting(broker) || network.can_connect(broker, now) || network.backing_off(broker, now);
  return apart ? cluster::broker_name(broker) : std::string();
}

/// Tells of the acknowledgements that the client does not send as things stand, and takes them out of `unsent`. `buffers`: poll() has
/// records to return, and sends each acknowledgement in a ShareAcknowledge.
void tell_not_sent(Telling& telling, const Sharer& own, Unsent& unsent, bool buffers) {
  const client::ShareConsumer& consumer = *own.consumer;
  const bool moved = has_moved(telling.story(), own, unsent.node);
  const bool all = moved || !unsent.open;
  const std::int64_t riding = all ? std::exchange(unsent.riding, 0) : 0;
  const std::int64_t decided = all || (buffers && !unsent.has_partition) ? std::exchange(unsent.decided, 0) : 0;
  if (riding + decided == 0) return;
  if (moved)
    telling.trail(made_leader(telling.story(), own.tp, consumer.metadata().partition(own.tp).leader), Weight::Cause);
  const bool silent = (riding > 0 || !buffers) && !consumer.network().can_send(unsent.node);
  telling.now("why.share_not_sent"_w,
              {{"client", own.client},
               {"partition", own.partition},
               {"records", riding + decided},
               {"broker", cluster::broker_name(unsent.node)},
               {"moved", moved ? "1" : ""},
               {"over", !moved && all ? "1" : ""},
               {"given", all ? "" : "1"},
               {"silent", silent ? "1" : ""},
               {"drops", silent ? "" : "1"}},
              Weight::Point, own.client);
}

/// Tells that so many acknowledgements wait for the next poll(). `lost`: a broker that is to get some, and has no connection.
void tell_until_poll(Telling& telling, const Sharer& own, std::int64_t records, const std::string& lost) {
  const client::ShareConsumer& consumer = *own.consumer;
  const bool works = consumer.activity() == client::ShareConsumer::Activity::Working;
  const sim::Instant again = consumer.polls_again();
  const auto& thrown = consumer.stats().thrown;
  const bool threw = !works && thrown && thrown->at + client::kAfterException == again;
  telling.now("why.share_to_acknowledge"_w,
              {{"client", own.client},
               {"partition", own.partition},
               {"records", records},
               {"hand", works ? std::to_string(consumer.waiting()) : std::string()},
               {"thrown", threw ? thrown->class_name : std::string()},
               {"failed", works || threw ? "" : "1"},
               {"at", in_seconds(again.us)},
               {"lost", lost}},
              Weight::Point, own.client);
}

/// Tells what so many acknowledgements wait for of which poll() has decided how they are sent: `separate`, in a ShareAcknowledge.
void tell_until_sent(Telling& telling, const Sharer& own, const Unsent& unsent, std::int64_t records, bool separate) {
  const bool busy = unsent.in_flight != 0;
  const bool again = !busy && separate && unsent.retry_at > telling.story().cluster().now();
  const bool others = !busy && !separate && own.consumer->has_commits();
  const bool last = !busy && !separate && !others && is_closing(telling.story(), own);
  telling.now("why.share_to_send"_w,
              {{"client", own.client},
               {"partition", own.partition},
               {"records", records},
               {"broker", cluster::broker_name(unsent.node)},
               {"busy", busy ? "1" : ""},
               {"again", again ? in_seconds(unsent.retry_at.us) : std::string()},
               {"others", others ? "1" : ""},
               {"last", last ? "1" : ""},
               {"connects", busy || again || others || last ? "" : "1"},
               {"lost", last ? unconnected(telling.story(), own, unsent.node) : std::string()}},
              Weight::Point, own.client);
}

void tell_to_acknowledge(Telling& telling, const Sharer& own) {
  const Story& story = telling.story();
  const client::ShareConsumer& consumer = *own.consumer;
  const SharerLine* last =
      latest({last_of<fact::RecordProcessed>(story, own), last_of<fact::ShareSettled>(story, own)});
  if (own.records == 0) {
    telling.fact(last, Weight::Link);
    telling.now("why.share_none_to_acknowledge"_w, {{"client", own.client}, {"partition", own.partition}},
                Weight::Point, own.client);
    return;
  }
  const bool closes = is_closing(story, own);
  const bool poll_comes = !closes && (consumer.activity() == client::ShareConsumer::Activity::Working ||
                                      consumer.polls_again() > story.cluster().now());
  std::int64_t buffered = 0, until_poll = 0, until_sent = 0, left_out = 0;
  sim::NodeId waits_for;  // the first broker that is to get some
  std::string lost;
  for (const auto& [tp, held] : consumer.held()) buffered += held.buffered;
  for (Unsent unsent : consumer.unsent(own.tp)) {
    (closes ? left_out : unsent.decided) += unsent.unconfirmed;
    tell_not_sent(telling, own, unsent, buffered > 0);
    const std::int64_t left = unsent.decided + unsent.riding;
    if (left + unsent.committing > 0 && !waits_for.valid()) waits_for = story.broker_node(unsent.node);
    if (poll_comes && left > 0 && lost.empty()) lost = unconnected(story, own, unsent.node);
    if (poll_comes) until_poll += left;
    else if (left > 0) tell_until_sent(telling, own, unsent, left, false);
    if (unsent.committing > 0) tell_until_sent(telling, own, unsent, unsent.committing, true);
    until_sent += left + unsent.committing;
  }
  if (!telling.has_root()) tell_trouble(telling, own, waits_for.valid() ? waits_for : leader_node(story, own));
  if (closes)
    telling.trail(story.act_on(own.node, {"stop"}, story.end(), begun_at(story, own.node)),
                  telling.has_root() ? Weight::Link : Weight::Cause);
  if (until_poll > 0) tell_until_poll(telling, own, until_poll, lost);
  if (left_out > 0)
    telling.now("why.share_closes"_w, {{"client", own.client}, {"partition", own.partition}, {"records", left_out}},
                Weight::Point, own.client);
  if (until_sent == 0) return;
  telling.fact(last, Weight::Link);
  tell_locks_over(telling, own);
}

void tell_acknowledging(Telling& telling, const Sharer& own) {
  const Story& story = telling.story();
  if (own.records == 0) {
    telling.fact(last_of<fact::ShareSettled>(story, own), Weight::Link);
    telling.now("why.share_none_acknowledging"_w, {{"client", own.client}, {"partition", own.partition}}, Weight::Point,
                own.client);
    return;
  }
  telling.fact(last_of<fact::RecordProcessed>(story, own), Weight::Link);
  tell_trouble(telling, own);
  tell_locks_over(telling, own);
  telling.now("why.share_acknowledging"_w,
              {{"client", own.client}, {"partition", own.partition}, {"records", own.records}}, Weight::Point,
              own.client);
}

/// The partition of which the state document shows the records under that name: one of a deleted topic too, if the client has any of it.
TopicPartition shown_as(const Story& story, const client::ShareConsumer& consumer, const std::string& name) {
  TopicPartition shown = partition_named(story, name);
  auto held = consumer.held();
  for (const TopicPartition tp : consumer.membership().assignment()) held.try_emplace(tp);
  for (const auto& [tp, records] : held)
    if (story.cluster().name(tp) == name) shown = tp;
  return shown;
}

}  // namespace

std::optional<Answer> why_share_subscription(const Asked& asked, sim::NodeId node) {
  const Story& story = asked.story;
  const std::string &client = asked.part(1), &partition = asked.part(3), &field = asked.part(4);
  const auto* consumer = story.cluster().role<client::ShareConsumer>(node);
  if (consumer == nullptr || partition.empty() || !asked.value.is_number()) return std::nullopt;
  const Sharer own{node,
                   client,
                   partition,
                   consumer->membership().group_id(),
                   shown_as(story, *consumer, partition),
                   consumer,
                   whole_of(asked.value)};
  Telling telling(story, asked.path, asks_value(client + " · " + partition + " · " + field, asked.value));
  if (field == "acquired") tell_acquired(telling, own);
  else if (field == "buffered") tell_buffered(telling, own);
  else if (field == "in_hand") tell_in_hand(telling, own);
  else if (field == "to_acknowledge") tell_to_acknowledge(telling, own);
  else if (field == "acknowledging") tell_acknowledging(telling, own);
  else return std::nullopt;
  return telling.done();
}

}  // namespace kafkascope::observe
