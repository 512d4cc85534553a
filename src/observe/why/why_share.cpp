// Why a share group (KIP-932) got a record again, or gets it no more: the lock with which it was handed over, and how that lock ended.
#include <fmt/format.h>

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

/// The lock with which a member was handed the record before that line; null: it is no share group's.
const SharedLine* lock_before(const Story& story, const SharedRecord& r, std::uint64_t before) {
  return story.last<fact::ShareAcquired>(before, [&](const auto& f, const SharedLine&) { return covers(f, r); });
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
  const SharedLine* lock = lock_before(story, r, first.seq);
  const SharedLine* lock_again = lock_before(story, r, again.seq);
  if (lock == nullptr || lock_again == nullptr) return false;
  const std::int64_t offset = r.offset.value;
  telling.say("why.share_first"_w,
              {{"who", story.cluster().info(first.node).name}, {"offset", offset}, {"delivery", delivery_of(*lock)}},
              &first, Weight::Cause);
  telling.say("why.share_again"_w,
              {{"who", story.cluster().info(again.node).name},
               {"offset", offset},
               {"delivery", delivery_of(*lock_again)},
               {"times", times > 2 ? std::to_string(times) : std::string()}},
              &again, Weight::Point);
  const SharedLine* settled = story.last<fact::ShareSettled>(
      again.seq, [&](const auto& f, const SharedLine& l) { return covers(f, r) && l.seq > first.seq; });
  if (settled == nullptr) {
    // The locks went with the leader that kept them.
    const SharedLine* elected = story.last<fact::LeaderElected>(again.seq, [&](const auto& f, const SharedLine& l) {
      return f.partition == r.tp && l.seq > first.seq && f.leader >= 0;
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
  else tell_freed(telling, r, *lock_before(story, r, settled->seq), *settled);
  return true;
}

bool tell_shared_skipped(Telling& telling, const SharedRecord& r, const SharedLine& last) {
  const Story& story = telling.story();
  const SharedLine* lock = lock_before(story, r, last.seq);
  const SharedLine* settled =
      story.last<fact::ShareSettled>(story.end(), [&](const auto& f, const SharedLine&) { return covers(f, r); });
  if (lock == nullptr || settled == nullptr) return false;
  const auto f = as<fact::ShareSettled>(*settled);
  const std::int64_t offset = r.offset.value, delivery = delivery_of(*lock);
  telling.say("why.share_first"_w,
              {{"who", story.cluster().info(last.node).name}, {"offset", offset}, {"delivery", delivery}}, &last,
              Weight::Cause);
  if (f.state == broker::RecordState::Archived)
    telling.say(
        f.reason == fact::SettlementReason::LockOver ? "why.share_archived_lock_over"_w : "why.share_archived"_w,
        {{"who", holder(story, f.member.view())}, {"offset", offset}, {"delivery", delivery}, {"group", r.group}},
        settled, Weight::Point);
  telling.trail(settled, Weight::Point);
  return true;
}

}  // namespace kafkascope::observe
