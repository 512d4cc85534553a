// Why a share group (KIP-932) got a record again, or gets it no more: the lock with which it was handed over, and how that lock ended.
#include <fmt/format.h>

#include <algorithm>

#include "broker/share_partition.h"
#include "observe/why/why_parts.h"
#include "observe/words/words.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_groups.h"

namespace kafkascope::observe {

namespace {

using SharedLine = Story::Line;

template <class F>
bool covers(const F& f, const SharedRecord& r) {
  return f.group == r.group && f.partition == r.tp && f.first_offset <= r.offset && r.offset <= f.last_offset;
}

/// The last lock on the record that this client got before that line; null: it is no share group's. What lies in a member's buffer has the
/// lock with which it was fetched, whoever has locked the record since.
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

/// "30": seconds, of a lock that was there so long.
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
    case fact::SettlementReason::Rejected: break;  // the fact says it
  }
  telling.trail(&settled, Weight::Point);
}

}  // namespace

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
  // The older lock ended before the younger one began. With one lock for both, the member itself gave the record out twice.
  const bool one = lock == lock_again;
  const std::uint64_t after = one ? first.seq : std::min(lock->seq, lock_again->seq);
  const std::uint64_t before = one ? again.seq : std::max(lock->seq, lock_again->seq);
  const SharedLine* settled = story.last<fact::ShareSettled>(
      before, [&](const auto& f, const SharedLine& l) { return covers(f, r) && l.seq > after; });
  if (settled == nullptr) {
    // The locks went with the leader that kept them.
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
  // What was settled for good came back because the group's start offset went back.
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
  if (f.state == broker::RecordState::Archived)
    telling.say(
        f.reason == fact::SettlementReason::LockOver ? "why.share_archived_lock_over"_w : "why.share_archived"_w,
        {{"who", holder(story, f.member.view())},
         {"offset", r.offset.value},
         {"delivery", delivery_of(*ended)},
         {"group", r.group}},
        settled, Weight::Point);
  telling.trail(settled, Weight::Point);
  return true;
}

}  // namespace kafkascope::observe
