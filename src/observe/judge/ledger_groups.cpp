// The ledger's groups: what each got, did and skipped.
#include <algorithm>
#include <optional>

#include "broker/share_partition.h"
#include "observe/judge/ledger.h"
#include "observe/judge/ledger_bits.h"
#include "protocol/facts_of_groups.h"
#include "storage/partition_log.h"

namespace kafkascope::observe {

using protocol::RecordBatch;

void RecordLedger::note_handed_over(const std::string& name, Offset first, Offset last,
                                    const protocol::TraceSubject& subject, std::uint8_t bit) {
  GroupBook& group = groups_[name];
  std::vector<std::uint8_t>* seen_of_client = subject.batch->client < 0 ? nullptr : &group.seen[subject.batch->client];
  for (Offset offset = first; offset <= last; offset = offset + 1) {
    const int index = subject.batch->index_of(offset - subject.base_offset);
    if (index < 0) continue;  // a gap that compaction left
    if (bit == kDelivered) ++group.delivered;
    if (seen_of_client == nullptr) continue;
    group.note(*seen_of_client, subject.batch->records.number(static_cast<std::size_t>(index)), bit);
  }
}

void RecordLedger::GroupPartition::note_settled(const fact::ShareSettled& settled) {
  const std::int64_t first = settled.first_offset.value, last = settled.last_offset.value;
  if (settled.state != broker::RecordState::Archived) {
    archived.erase(archived.lower_bound(first), archived.upper_bound(last));
    return;
  }
  for (std::int64_t offset = first; offset <= last; ++offset) archived.insert(offset);
}

void RecordLedger::GroupBook::note(std::vector<std::uint8_t>& seen_of_client, std::uint32_t number, std::uint8_t bit) {
  if (seen_of_client.size() <= number) seen_of_client.resize(number + 1);
  std::uint8_t& bits = seen_of_client[number];
  if (bit == kDelivered && (bits & kDelivered) != 0) {
    ++redelivered;
    bits |= kRedelivered;
  }
  bits |= bit;
}

RecordLedger::InHand RecordLedger::in_hand(const Truth& truth) const {
  InHand result;
  truth.for_each_in_hand([&](const std::string& group, const RecordBatch& batch, int index) {
    result[group][batch.client].insert(batch.records.number(static_cast<std::size_t>(index)));
  });
  return result;
}

RecordLedger::Positions RecordLedger::positions(const Truth& truth) {
  Positions result;
  truth.for_each_position([&](const std::string& group, TopicPartition p, Offset offset) {
    std::int64_t& highest = result[group].try_emplace(p, offset.value).first->second;
    highest = std::max(highest, offset.value);
  });
  return result;
}

template <class Visit>
void RecordLedger::for_each_skipped(const GroupBook& group, TopicPartition p, std::int64_t from, const Owed& owed,
                                    Visit&& visit) const {
  const auto& [in_hand, given_up, positions] = owed;
  const auto known = group.partitions.find(p);
  const PartitionBook* book = books_.find(p);
  if (known == group.partitions.end() || book == nullptr) return;
  const GroupPartition& position = known->second;
  if (position.committed < 0 || position.first_position < 0) return;
  const std::int64_t first = std::max(from, position.first_position);
  const auto reads_on = positions.find(p);  // a commit for an earlier topic of that name may be ahead of it
  const std::int64_t end =
      reads_on == positions.end() ? position.committed : std::min(position.committed, reads_on->second);
  // Records that retention removed unread also count as skipped: `counted` still has them.
  for (std::size_t i = book->counted.size(); i-- > 0;) {
    const Counted& stored = book->counted[i];
    if (stored.last_offset().value < first) break;
    const std::int32_t client = stored.data->client;
    if (stored.base_offset.value >= end || client < 0) continue;
    const auto seen = group.seen.find(client);
    const auto worked_on = in_hand.find(client), aborted = given_up.find(client);
    for (int k = 0; k < stored.data->count(); ++k) {
      const std::int64_t offset = stored.base_offset.value + stored.data->offset_delta(k);
      if (offset < first || offset >= end) continue;
      const std::uint32_t number = stored.data->records.number(static_cast<std::size_t>(k));
      const bool done =
          seen != group.seen.end() && number < seen->second.size() && (seen->second[number] & kProcessed) != 0;
      const bool under_work = worked_on != in_hand.end() && worked_on->second.contains(number);
      const bool due = aborted == given_up.end() || !aborted->second.contains(number);
      if (!done && !under_work && due) visit(client, number, offset);
    }
  }
}

template <class Visit>
void RecordLedger::for_each_skipped(const GroupBook& group, const Owed& owed, Visit&& visit) const {
  for (const auto& entry : group.partitions) for_each_skipped(group, entry.first, 0, owed, visit);
}

template <class Visit>
void RecordLedger::for_each_before(const GroupBook& group, Visit&& visit) const {
  for (const auto& [p, position] : group.partitions) {
    const PartitionBook* book = books_.find(p);
    if (book == nullptr) continue;
    for (const Counted& stored : book->counted) {
      if (stored.base_offset.value >= position.first_position) break;
      if (stored.data->client < 0) continue;
      for (int k = 0; k < stored.data->count(); ++k)
        if (stored.base_offset.value + stored.data->offset_delta(k) < position.first_position)
          visit(stored.data->client, stored.data->records.number(static_cast<std::size_t>(k)));
    }
  }
}

template <class Visit>
void RecordLedger::for_each_delivered(const GroupBook& group, const UnderWay& of, Visit&& visit) {
  for (const auto& [client, numbers] : of) {
    const auto seen = group.seen.find(client);
    if (seen == group.seen.end()) continue;
    for (const std::uint32_t number : numbers)
      if (number < seen->second.size() && (seen->second[number] & kDelivered) != 0) visit(client, number);
  }
}

std::map<std::string, GroupCounts> RecordLedger::by_reader(const Truth& truth) {
  recount(truth);
  InHand hands = in_hand(truth);
  Positions at = positions(truth);
  const UnderWay given_up = aborted(truth), undecided = not_committed(truth), none;
  std::map<std::string, GroupCounts> result;
  for (const auto& [name, group] : groups_) {
    GroupCounts& counts = result[name];
    counts.delivered = group.delivered;
    counts.redelivered = group.redelivered;
    counts.aborted_visible = group.aborted_visible;
    for_each_skipped(group, {hands[name], truth.reads_committed(name) ? given_up : none, at[name]},
                     [&](std::int32_t, std::uint32_t, std::int64_t) { ++counts.skipped; });
    for_each_before(group, [&](std::int32_t, std::uint32_t) { ++counts.before_group; });
    for_each_delivered(group, undecided, [&](std::int32_t, std::uint32_t) { ++counts.uncommitted_read; });
  }
  return result;
}

std::map<std::string, GroupCounts> RecordLedger::by_group(const Truth& truth) {
  auto groups = by_reader(truth);
  std::erase_if(groups, [](const auto& entry) { return entry.first.starts_with('@'); });  // consumers without a group
  return groups;
}

GroupCounts RecordLedger::group_total(const Truth& truth) {
  GroupCounts sum;
  for (const auto& [name, c] : by_reader(truth)) {
    sum.delivered += c.delivered;
    sum.redelivered += c.redelivered;
    sum.skipped += c.skipped;
    sum.aborted_visible += c.aborted_visible;
    sum.before_group += c.before_group;
    sum.uncommitted_read += c.uncommitted_read;
  }
  return sum;
}

std::vector<std::string> RecordLedger::delivered_to(std::int32_t client, std::uint32_t number) const {
  std::vector<std::string> groups;
  for (const auto& [name, group] : groups_) {
    const auto seen = group.seen.find(client);
    if (seen != group.seen.end() && number < seen->second.size() && (seen->second[number] & kDelivered) != 0)
      groups.push_back(name);
  }
  return groups;
}

std::map<std::string, std::map<TopicPartition, RecordLedger::Skipped>> RecordLedger::skipped_at_ends(
    std::int64_t tail, const Truth& truth) {
  recount(truth);
  InHand hands = in_hand(truth);
  Positions at = positions(truth);
  const UnderWay none;
  std::optional<UnderWay> given_up;  // looked for only if a group needs it
  std::map<std::string, std::map<TopicPartition, Skipped>> found;
  for (const auto& [name, group] : groups_) {
    const bool committed = truth.reads_committed(name);
    if (committed && !given_up) given_up = aborted(truth);
    for (const auto& entry : group.partitions) {
      const storage::PartitionLog* log = truth.leader_log(entry.first);
      if (log == nullptr) continue;
      const std::int64_t from = std::max(log->log_start_offset().value, log->log_end_offset().value - tail);
      Skipped offsets;
      for_each_skipped(group, entry.first, from, {hands[name], committed ? *given_up : none, at[name]},
                       [&offsets, &of = group.seen, &archived = entry.second.archived](
                           std::int32_t client, std::uint32_t number, std::int64_t offset) {
                         const auto seen = of.find(client);
                         const bool delivered = seen != of.end() && number < seen->second.size() &&
                                                (seen->second[number] & kDelivered) != 0;
                         offsets[offset] = {delivered, archived.contains(offset)};
                       });
      if (!offsets.empty()) found[name][entry.first] = std::move(offsets);
    }
  }
  return found;
}

std::vector<RecordLedger::Named> RecordLedger::of_groups(std::string_view fate, const Truth& truth, std::size_t most,
                                                         const Filter& filter) {
  InHand hands = in_hand(truth);
  Positions at = positions(truth);
  const UnderWay none;
  const UnderWay given_up = fate == "skipped"            ? aborted(truth)
                            : fate == "uncommitted_read" ? not_committed(truth)
                                                         : UnderWay{};
  std::set<std::pair<std::int32_t, std::uint32_t>> found;
  for (const auto& [name, group] : groups_) {
    if (!filter.group.empty() && name != filter.group) continue;
    const auto take = [&](std::int32_t client, std::uint32_t number) { found.emplace(client, number); };
    if (fate == "skipped") {
      for_each_skipped(group, {hands[name], truth.reads_committed(name) ? given_up : none, at[name]},
                       [&](std::int32_t client, std::uint32_t number, std::int64_t) { take(client, number); });
      continue;
    }
    if (fate == "uncommitted_read") {
      for_each_delivered(group, given_up, take);
      continue;
    }
    if (fate == "before_group") {
      for_each_before(group, take);
      continue;
    }
    const std::uint8_t bit = fate == "delivered" ? kDelivered : fate == "aborted_visible" ? kAbortedRead : kRedelivered;
    for (const auto& [client, seen] : group.seen)
      for (std::uint32_t number = 0; number < seen.size(); ++number)
        if ((seen[number] & bit) != 0) found.emplace(client, number);
  }
  std::vector<Named> result;
  for (const auto& [client, number] : found) {
    const auto book = clients_.find(client);
    if (book == clients_.end() || (!filter.client.empty() && book->second.name != filter.client)) continue;
    if (result.size() == most) break;
    result.push_back({client, number});
  }
  return result;
}

}  // namespace kafkascope::observe
