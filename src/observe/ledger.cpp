#include "observe/ledger.h"

#include <algorithm>

namespace kafkascope::observe {

using protocol::Record;
using protocol::RecordBatch;
using protocol::Trace;

namespace {
constexpr std::uint8_t kDelivered = 1;
constexpr std::uint8_t kProcessed = 2;
}  // namespace

RecordState* RecordLedger::find(std::int32_t client, std::uint32_t number) {
  auto it = clients_.find(client);
  if (it == clients_.end()) return nullptr;
  auto& records = it->second.records;
  if (records.size() <= number) records.resize(number + 1);
  return &records[number];
}

const RecordState* RecordLedger::record(std::int32_t client, std::uint32_t number) const {
  auto it = clients_.find(client);
  return it == clients_.end() || number >= it->second.records.size() ? nullptr : &it->second.records[number];
}

void RecordLedger::count(const RecordState& r, ProducerCounts& c, int sign) {
  if (r.sent_us < 0) return;
  const bool there = r.copies > 0;
  c.produced += sign;
  switch (r.outcome) {
    case Outcome::Acked:
      c.acked += sign;
      if (!there) c.lost_acked += sign;
      break;
    case Outcome::Pending: c.pending += sign; break;
    case Outcome::Failed: (there ? c.in_doubt : c.failed) += sign; break;
  }
  if (r.outcome != Outcome::Acked && r.appended && !there) c.lost_unacked += sign;
  if (r.copies > 1) c.duplicated += sign * (r.copies - 1);
}

template <class F>
void RecordLedger::change(std::int32_t client, std::uint32_t number, F&& f) {
  RecordState* r = find(client, number);
  if (r == nullptr) return;
  ProducerCounts& counts = clients_[client].counts;
  count(*r, counts, -1);
  f(*r);
  count(*r, counts, +1);
}

void RecordLedger::set_outcome(const RecordBatch& batch, Outcome outcome, std::int64_t at_us) {
  for (const Record& r : batch.records) {
    change(batch.client, r.number, [&](RecordState& state) {
      if (state.outcome != Outcome::Pending) return;
      state.outcome = outcome;
      if (outcome == Outcome::Acked) state.acked_us = at_us;
    });
  }
}

void RecordLedger::note_appended(const RecordBatch& batch, TopicPartition p) {
  PartitionBook& book = books_[p];
  book.changed = true;
  for (const Record& r : batch.records) {
    const RecordState* state = find(batch.client, r.number);
    if (state == nullptr || state->appended) continue;
    change(batch.client, r.number, [](RecordState& record) { record.appended = true; });
    auto [newest, first] = book.newest.try_emplace(batch.client, r.number);
    if (!first && r.number < newest->second) ++clients_[batch.client].counts.reordered;
    newest->second = std::max(newest->second, r.number);
  }
}

void RecordLedger::note_handed_over(const sim::TraceLine& line, const protocol::TraceSubject& subject, std::uint8_t bit) {
  GroupBook& group = groups_[line.text];
  const std::int64_t base = subject.base_offset.value;
  const std::int64_t last = bit == kDelivered ? line.b : line.a;
  for (std::int64_t offset = line.a; offset <= last; ++offset) {
    const auto index = static_cast<std::size_t>(offset - base);
    if (index >= subject.batch->records.size()) break;
    if (bit == kDelivered) ++group.delivered;
    if (subject.batch->client < 0) continue;
    const std::uint32_t number = subject.batch->records[index].number;
    auto& seen = group.seen[subject.batch->client];
    if (seen.size() <= number) seen.resize(number + 1);
    if (bit == kDelivered && (seen[number] & kDelivered) != 0) ++group.redelivered;
    seen[number] |= bit;
  }
}

void RecordLedger::on_trace(const sim::TraceLine& line, const protocol::TraceSubject* subject) {
  const TopicPartition p{line.topic, line.partition};
  switch (static_cast<Trace>(line.kind)) {
    case Trace::RecordSent:
      change(line.node.index, static_cast<std::uint32_t>(line.a), [&](RecordState& r) {
        r.sent_us = line.time.us;
        r.partition = p;
      });
      break;
    case Trace::RecordFailed:
      change(line.node.index, static_cast<std::uint32_t>(line.a), [](RecordState& r) { r.outcome = Outcome::Failed; });
      break;
    case Trace::BatchSent:
      for (const Record& r : subject->batch->records)
        if (RecordState* state = find(subject->batch->client, r.number)) state->partition = p;
      break;
    case Trace::BatchAcked: set_outcome(*subject->batch, Outcome::Acked, line.time.us); break;
    case Trace::BatchFailed: set_outcome(*subject->batch, Outcome::Failed, line.time.us); break;
    case Trace::LogAppended: note_appended(*subject->batch, p); break;
    case Trace::LogTruncated:
    case Trace::LogRecovered:
    case Trace::LeaderElected: mark_rewritten(p); break;
    case Trace::RecordDelivered: note_handed_over(line, *subject, kDelivered); break;
    case Trace::RecordProcessed: note_handed_over(line, *subject, kProcessed); break;
    case Trace::PositionSet:
      if (auto group = group_of_.find(line.node.index); group != group_of_.end()) {
        std::int64_t& first = groups_[group->second].partitions[p].first_position;
        if (first < 0 || line.a < first) first = line.a;
      }
      break;
    case Trace::OffsetCommitted: groups_[line.text].partitions[p].committed = line.a; break;
    default: break;
  }
}

void RecordLedger::on_client_ended(std::int32_t node) {
  const auto it = clients_.find(node);
  if (it == clients_.end()) return;
  for (std::uint32_t number = 0; number < it->second.records.size(); ++number) {
    const RecordState& r = it->second.records[number];
    if (r.sent_us >= 0 && r.outcome == Outcome::Pending) change(node, number, [](RecordState& record) { record.outcome = Outcome::Failed; });
  }
}

void RecordLedger::add_copies(const RecordBatch& batch, int by) {
  for (const Record& r : batch.records)
    change(batch.client, r.number, [&](RecordState& state) { state.copies = static_cast<std::uint16_t>(state.copies + by); });
}

void RecordLedger::recount(const Truth& truth) {
  for (auto& [p, book] : books_) {
    if (!book.changed && !book.rewritten) continue;
    const storage::PartitionLog* log = truth.leader_log(p);
    const std::size_t now = log == nullptr ? 0 : log->batches().size();
    std::size_t same = std::min(book.counted.size(), now);
    if (book.rewritten) {
      std::size_t i = 0;
      while (i < same && book.counted[i] == log->batches()[i].data) ++i;
      same = i;
    }
    for (std::size_t i = same; i < book.counted.size(); ++i) add_copies(*book.counted[i], -1);
    book.counted.resize(same);
    for (std::size_t i = same; i < now; ++i) {
      book.counted.push_back(log->batches()[i].data);
      add_copies(*book.counted.back(), +1);
    }
    book.changed = book.rewritten = false;
  }
}

RecordLedger::UnderWay RecordLedger::under_way(const Truth& truth) const {
  UnderWay result;
  truth.for_each_under_way([&](const RecordBatch& batch) {
    const auto client = clients_.find(batch.client);
    if (client == clients_.end()) return;
    for (const Record& r : batch.records)
      if (r.number < client->second.records.size()) result[batch.client].insert(r.number);
  });
  return result;
}

bool RecordLedger::has_fate(const RecordState& r, bool under_way, std::string_view fate) const {
  const bool there = r.copies > 0 || under_way;
  if (fate == "acked") return r.outcome == Outcome::Acked;
  if (fate == "pending") return r.outcome == Outcome::Pending;
  if (fate == "failed") return r.outcome == Outcome::Failed && !there;
  if (fate == "in_doubt") return r.outcome == Outcome::Failed && there;
  if (fate == "lost_acked") return r.outcome == Outcome::Acked && !there;
  if (fate == "lost_unacked") return r.outcome != Outcome::Acked && r.appended && r.copies == 0;
  if (fate == "duplicated") return r.copies > 1;
  return fate == "produced";
}

ProducerCounts RecordLedger::counts_of(std::int32_t client, const ClientBook& book, const UnderWay& under_way) const {
  ProducerCounts c = book.counts;
  const auto moving = under_way.find(client);
  if (moving == under_way.end()) return c;
  // What is under way is not lost yet, and a failed one of them is in doubt.
  for (std::uint32_t number : moving->second) {
    const RecordState& r = book.records[number];
    if (r.copies > 0) continue;
    if (r.outcome == Outcome::Acked) --c.lost_acked;
    if (r.outcome == Outcome::Failed) {
      --c.failed;
      ++c.in_doubt;
    }
  }
  return c;
}

std::map<std::string, ProducerCounts> RecordLedger::by_client(const Truth& truth) {
  recount(truth);
  const UnderWay moving = under_way(truth);
  std::map<std::string, ProducerCounts> result;
  for (const auto& [node, book] : clients_) result[book.name] = counts_of(node, book, moving);
  return result;
}

ProducerCounts RecordLedger::total(const Truth& truth) {
  ProducerCounts sum;
  for (const auto& [name, c] : by_client(truth)) {
    sum.produced += c.produced;
    sum.acked += c.acked;
    sum.failed += c.failed;
    sum.in_doubt += c.in_doubt;
    sum.pending += c.pending;
    sum.lost_acked += c.lost_acked;
    sum.lost_unacked += c.lost_unacked;
    sum.duplicated += c.duplicated;
    sum.reordered += c.reordered;
  }
  return sum;
}

std::int64_t RecordLedger::skipped(const GroupBook& group, const Truth& truth) const {
  std::int64_t skipped = 0;
  for (const auto& [p, position] : group.partitions) {
    if (position.committed < 0 || position.first_position < 0) continue;
    const storage::PartitionLog* log = truth.leader_log(p);
    if (log == nullptr) continue;
    for (std::size_t i = log->batches().size(); i-- > 0;) {
      const protocol::StoredBatch& stored = log->batches()[i];
      if (stored.last_offset().value < position.first_position) break;
      if (stored.base_offset.value >= position.committed || stored.data->client < 0) continue;
      const auto seen = group.seen.find(stored.data->client);
      for (int k = 0; k < stored.data->count(); ++k) {
        const std::int64_t offset = stored.base_offset.value + k;
        if (offset < position.first_position || offset >= position.committed) continue;
        const std::uint32_t number = stored.data->records[static_cast<std::size_t>(k)].number;
        const bool done = seen != group.seen.end() && number < seen->second.size() && (seen->second[number] & kProcessed) != 0;
        if (!done) ++skipped;
      }
    }
  }
  return skipped;
}

std::map<std::string, GroupCounts> RecordLedger::count_groups(const Truth& truth) const {
  std::map<std::string, GroupCounts> result;
  for (const auto& [name, group] : groups_) result[name] = {group.delivered, group.redelivered, skipped(group, truth), 0};
  return result;
}

std::map<std::string, GroupCounts> RecordLedger::by_group(const Truth& truth) {
  auto groups = count_groups(truth);
  std::erase_if(groups, [](const auto& entry) { return entry.first.starts_with('@'); });  // consumers without a group
  return groups;
}

GroupCounts RecordLedger::group_total(const Truth& truth) {
  GroupCounts sum;
  for (const auto& [name, c] : count_groups(truth)) {
    sum.delivered += c.delivered;
    sum.redelivered += c.redelivered;
    sum.skipped += c.skipped;
    sum.aborted_visible += c.aborted_visible;
  }
  return sum;
}

std::vector<std::string> RecordLedger::delivered_to(std::int32_t client, std::uint32_t number) const {
  std::vector<std::string> groups;
  for (const auto& [name, group] : groups_) {
    const auto seen = group.seen.find(client);
    if (seen != group.seen.end() && number < seen->second.size() && (seen->second[number] & kDelivered) != 0) groups.push_back(name);
  }
  return groups;
}

std::string_view RecordLedger::fate_in_log(const RecordState& record) {
  switch (record.outcome) {
    case Outcome::Acked: return "acked";
    case Outcome::Failed: return "in_doubt";
    case Outcome::Pending: break;
  }
  return "pending";
}

std::vector<std::pair<std::int32_t, std::uint32_t>> RecordLedger::with_fate(std::string_view fate, const Truth& truth, std::size_t most) {
  recount(truth);
  const UnderWay moving = under_way(truth);
  std::vector<std::pair<std::int32_t, std::uint32_t>> result;
  for (const auto& [node, book] : clients_) {
    const auto way = moving.find(node);
    for (std::uint32_t number = 0; number < book.records.size() && result.size() < most; ++number) {
      const bool on_its_way = way != moving.end() && way->second.contains(number);
      if (book.records[number].sent_us >= 0 && has_fate(book.records[number], on_its_way, fate)) result.emplace_back(node, number);
    }
  }
  return result;
}

}  // namespace kafkascope::observe
