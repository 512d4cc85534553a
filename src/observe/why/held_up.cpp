#include "observe/why/held_up.h"

#include <fmt/format.h>

#include <algorithm>

#include "client/consumer.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::observe {

using Line = Story::Line;

namespace {

/// A record that takes longer than this is worth a sentence.
constexpr std::int64_t kStuckUs = 3'000'000;

/// Counts how often the group's members got the record, and finds the last of them that left for max.poll.interval.ms
/// while it had it.
void find_poll_timeout(const Story& story, RecordName record, const std::string& group, AtWork& found) {
  const Line* gone = story.last<fact::GroupMemberLeft>(
      story.end(), [&](const auto& f, const Line& l) { return f.group == group && by_poll_timeout(story, l); });
  if (gone == nullptr) return;
  const sim::NodeId had = story.client_of_member(as<fact::GroupMemberLeft>(*gone).member.view());
  const Line* got = nullptr;  // the last delivery to that member before it left
  (void)story.last<fact::RecordDelivered>(story.end(), [&](const auto& f, const Line& l) {
    if (f.group != group || f.partition != found.partition) return false;
    for (const TraceStore::Handed& of : story.trace().handed_at(l.seq)) {
      if (of.client != record.client || of.number != record.number) continue;
      ++found.handed;
      if (got == nullptr && l.node == had && l.seq < gone->seq) got = &l;
    }
    return false;
  });
  const Line* done =
      got == nullptr ? nullptr : story.first<fact::RecordProcessed>(got->seq, [&](const auto& f, const Line& l) {
        return l.node == had && l.seq < gone->seq && f.partition == found.partition && f.offset == found.offset;
      });
  const Line* beyond = story.last<fact::OffsetCommitted>(story.end(), [&](const auto& f, const Line&) {
    return f.group == group && f.partition == found.partition && f.offset > found.offset;
  });
  if (got != nullptr && done == nullptr && beyond == nullptr) found.left = gone;
}

/// The election in the last seconds until which the reader got nothing of the partition, because its leader did not respond. Sets `read`.
const Line* waited_for(const Story& story, protocol::TopicPartition tp, sim::NodeId client, const Line*& read) {
  constexpr std::int64_t kWaitedUs = 1'000'000;
  const Line* elected =
      story.last<fact::LeaderElected>(story.end(), [&](const auto& f, const Line&) { return f.partition == tp; });
  if (elected == nullptr || (story.cluster().now() - elected->time).us > kPaceUs) return nullptr;
  const auto f = as<fact::LeaderElected>(*elected);
  if (f.leader < 0 || story.hindrance(story.broker_node(f.previous), elected->seq) == nullptr) return nullptr;
  const auto own = [&](const auto& of, const Line& l) { return of.partition == tp && l.node == client; };
  read = story.last<fact::RecordDelivered>(elected->seq, own);
  // It may still be served: by a follower (KIP-392), or by the old leader, if that one is cut off from others only.
  const Line* since = read != nullptr ? read : story.last<fact::PositionSet>(elected->seq, own);
  return since != nullptr && (elected->time - since->time).us >= kWaitedUs ? elected : nullptr;
}

}  // namespace

std::pair<const Line*, protocol::RecordView> sent_record(const Story& story, protocol::TopicPartition tp,
                                                         protocol::Offset offset) {
  const Line* wrote = story.last<fact::LogAppended>(story.end(), [&](const auto& f, const Line&) {
    return f.partition == tp && f.base_offset <= offset && offset <= f.last_offset;
  });
  const protocol::RecordBatch* batch = wrote == nullptr ? nullptr : story.trace().batch_at(wrote->seq);
  if (batch == nullptr || batch->client < 0) return {};
  const auto record = batch->at(offset - as<fact::LogAppended>(*wrote).base_offset);
  if (!record) return {};
  const Line* line = story.last<fact::RecordSent>(wrote->seq, [&](const auto& f, const Line& l) {
    return l.node.index == batch->client && f.number == record->number;
  });
  return {line, *record};
}

LongWork long_work_on(const Story& story, sim::NodeId reader, protocol::TopicPartition tp, protocol::Offset offset) {
  const cluster::ClientSpec* spec = story.declared(reader);
  const auto [line, record] = sent_record(story, tp, offset);
  if (spec == nullptr || line == nullptr || !record.key) return {};
  for (const auto& [key, takes] : spec->work.by_key)
    if (const Line* act = story.trail(*line).front();
        key == *record.key && takes > spec->work.each && is<fact::Command>(*act))
      return {act, takes};
  return {};
}

const Line* at_work_since(const Story& story, sim::NodeId client) {
  constexpr std::int64_t kLongWorkUs = 1'000'000;
  const auto* consumer = story.cluster().role<client::Consumer>(client);
  if (consumer == nullptr || consumer->activity() != client::Consumer::Activity::Working) return nullptr;
  const Line* polled =
      story.last<fact::RecordDelivered>(story.end(), [client](const auto&, const Line& l) { return l.node == client; });
  return polled != nullptr && (story.cluster().now() - polled->time).us >= kLongWorkUs ? polled : nullptr;
}

AtWork stuck_at(const Story& story, sim::NodeId client) {
  const auto* consumer = story.cluster().role<client::Consumer>(client);
  if (consumer == nullptr || consumer->activity() != client::Consumer::Activity::Working) return {};
  const auto own = [&](const auto&, const Line& l) { return l.node == client; };
  const Line* last = latest(
      {story.last<fact::RecordDelivered>(story.end(), own), story.last<fact::RecordProcessed>(story.end(), own)});
  if (last == nullptr) return {};
  RecordName record;  // the polling thread's comes last
  consumer->for_each_in_hand([&](const protocol::RecordBatch& batch, int index) {
    record = {batch.client, batch.records.number(static_cast<std::size_t>(index))};
  });
  AtWork found;
  const Line* handed = story.last<fact::RecordDelivered>(story.end(), [&](const auto&, const Line& l) {
    if (l.node != client) return false;
    for (const TraceStore::Handed& of : story.trace().handed_at(l.seq))
      if (of.client == record.client && of.number == record.number) found.offset = of.offset;
    return found.offset.known();
  });
  if (handed == nullptr) return {};
  found.partition = as<fact::RecordDelivered>(*handed).partition;
  find_poll_timeout(story, record, story.group_of(client), found);
  if (found.left != nullptr || (story.cluster().now() - last->time).us >= kStuckUs) found.since = last;
  return found;
}

HeldUp held_up(const Story& story, const std::string& group, protocol::TopicPartition tp, sim::NodeId client) {
  HeldUp held;
  held.elected = waited_for(story, tp, client, held.read);
  const Line* commit = story.last<fact::OffsetCommitted>(
      story.end(), [&](const auto& f, const Line&) { return f.group == group && f.partition == tp; });
  const auto own = [&](const auto& f, const Line& l) { return f.partition == tp && l.node == client; };
  const Line* set = story.last<fact::PositionSet>(story.end(), own);
  if (commit != nullptr && set != nullptr && set->seq > commit->seq) {
    const Line* read = story.last<fact::RecordDelivered>(set->seq, own);
    protocol::Offset from = as<fact::OffsetCommitted>(*commit).offset;
    if (read != nullptr) from = std::max(from, as<fact::RecordDelivered>(*read).last_offset + 1);
    held.skipped = as<fact::PositionSet>(*set).offset - from;
    // Records that the reader got after the jump and still works on would not be committed without the jump either.
    const Line *polled = at_work_since(story, client), *next = story.first<fact::RecordDelivered>(set->seq, own);
    const bool works = polled != nullptr && next != nullptr && next->time == polled->time;
    if (held.skipped > 0 && !works) held.jumped = set;
  }
  held.stuck = stuck_at(story, client);
  return held;
}

bool tell_held_up(Telling& telling, const HeldUp& held, const std::string& owner, const std::string& partition,
                  bool recovers) {
  if (held.jumped != nullptr) {
    telling.trail(held.jumped, Weight::Cause);
    telling.now("why.lag_skipped"_w,
                {{"client", owner},
                 {"to", as<fact::PositionSet>(*held.jumped).offset.value},
                 {"records", held.skipped},
                 {"partition", partition}},
                Weight::Point, owner);
    return true;
  }
  if (const AtWork& stuck = held.stuck; stuck.since != nullptr) {
    const std::string at = telling.story().cluster().name(stuck.partition);
    const std::int64_t offset = stuck.offset.value;
    telling.trail(
        long_work_on(telling.story(), telling.story().cluster().find(owner), stuck.partition, stuck.offset).act,
        Weight::Cause);
    telling.say("why.lag_stuck"_w, {{"client", owner}, {"offset", offset}, {"at", at}}, stuck.since, Weight::Point,
                owner);
    telling.trail(stuck.left, Weight::Cause);
    const cluster::ClientSpec* spec = telling.story().declared(telling.story().cluster().find(owner));
    if (stuck.left != nullptr && spec != nullptr)
      telling.now("why.lag_slow_record"_w,
                  {{"client", owner},
                   {"offset", offset},
                   {"at", at},
                   {"times", stuck.handed},
                   {"ms", spec->config.number("max.poll.interval.ms")}},
                  Weight::Point, owner);
    else
      telling.now("why.lag_stuck_now"_w, {{"client", owner}, {"offset", offset}, {"at", at}, {"partition", partition}},
                  Weight::Point, owner);
    return true;
  }
  if (held.elected == nullptr || recovers) return false;
  telling.trail(held.elected, Weight::Cause);
  telling.now(
      "why.lag_after_election"_w,
      {{"client", owner},
       {"partition", partition},
       {"since", held.read == nullptr ? "" : fmt::format("{:.3f}", static_cast<double>(held.read->time.us) / 1e6)},
       {"leader", cluster::broker_name(as<fact::LeaderElected>(*held.elected).leader)}},
      Weight::Point, owner);
  return true;
}

}  // namespace kafkascope::observe
