// The ledger's records: which were sent and acknowledged, and which are in the logs. ledger_groups.cpp: what consumers
// got.
#include "observe/judge/ledger.h"

#include <algorithm>
#include <utility>

#include "observe/judge/ledger_bits.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_queues.h"
#include "protocol/messages_data.h"
#include "sim/facts_of_kernel.h"
#include "storage/partition_log.h"

namespace kafkascope::observe {

using protocol::RecordBatch;
using protocol::Trace;

namespace {
constexpr std::size_t kAppended = 4, kThere = 2, kReordered = 1;  // added to 8 * outcome
constexpr std::size_t kNotSent = 24;                              // not counted
std::size_t kind_of(const RecordState& r) {
  if (r.sent_us < 0) return kNotSent;
  return 8 * static_cast<std::size_t>(r.outcome) + (r.appended ? kAppended : 0) + (r.copies > 0 ? kThere : 0) +
         (r.reordered ? kReordered : 0);
}

bool holds(const std::vector<storage::AbortedTransaction>& aborted, const RecordBatch& batch, Offset base_offset) {
  return batch.transactional && std::any_of(aborted.begin(), aborted.end(), [&](const auto& transaction) {
           return transaction.producer == batch.producer_id && transaction.first_offset <= base_offset &&
                  base_offset <= transaction.last_offset;
         });
}
}  // namespace

ProducerCounts RecordLedger::Tally::sums() const {
  ProducerCounts c;
  for (std::size_t kind = 0; kind < kNotSent; ++kind) {
    const std::int64_t n = of_kind[kind];
    const bool there = (kind & kThere) != 0;
    c.produced += n;
    if ((kind & kReordered) != 0) c.reordered += n;
    switch (static_cast<Outcome>(kind / 8)) {
      case Outcome::Pending: c.pending += n; break;
      case Outcome::Acked:
        c.acked += n;
        if (!there) c.lost_acked += n;
        continue;
      case Outcome::Failed: (there ? c.in_doubt : c.failed) += n; break;
    }
    if ((kind & kAppended) != 0 && !there) c.lost_unacked += n;
  }
  c.duplicated = more_copies;
  return c;
}

RecordLedger::ClientBook* RecordLedger::book_of(std::int32_t client) {
  const auto it = clients_.find(client);
  return it == clients_.end() ? nullptr : &it->second;
}

inline RecordState& RecordLedger::record_in(ClientBook& book, std::uint32_t number) {
  if (number >= book.records.size()) book.records.resize(number + 1);
  return book.records.edit(number);
}

const RecordState* RecordLedger::record(std::int32_t client, std::uint32_t number) const {
  auto it = clients_.find(client);
  return it == clients_.end() || number >= it->second.records.size() ? nullptr : &it->second.records[number];
}

template <class F>
void RecordLedger::change(ClientBook& book, std::uint32_t number, F&& f) {
  RecordState& r = record_in(book, number);
  const std::size_t before = kind_of(r);
  const int copies_before = r.copies;
  f(r);
  const std::size_t after = kind_of(r);
  if (before == after && copies_before == r.copies) return;
  --book.tally.of_kind[before];
  ++book.tally.of_kind[after];
  const auto beyond_first = [](std::size_t kind, int copies) {
    return kind == kNotSent || copies < 2 ? 0 : copies - 1;
  };
  book.tally.more_copies += beyond_first(after, r.copies) - beyond_first(before, copies_before);
}

template <class F>
void RecordLedger::change_all(const RecordBatch& batch, F&& f) {
  if (ClientBook* book = book_of(batch.client))
    for (std::size_t i = 0; i < batch.records.size(); ++i) change(*book, batch.records.number(i), f);
}

void RecordLedger::set_outcome(const RecordBatch& batch, Outcome outcome, std::int64_t at_us) {
  change_all(batch, [&](RecordState& state) {
    if (state.outcome != Outcome::Pending) return;
    state.outcome = outcome;
    if (outcome == Outcome::Acked) state.acked_us = at_us;
  });
}

bool RecordLedger::note_appended(const RecordBatch& batch, TopicPartition p) {
  ClientBook* client = book_of(batch.client);
  if (client == nullptr) return false;
  bool again = false;
  std::uint32_t& newest = book_at(p).newest[batch.client];
  for (std::size_t i = 0; i < batch.records.size(); ++i) {
    const std::uint32_t number = batch.records.number(i);
    change(*client, number, [&](RecordState& record) {
      again = again || record.appended;
      if (record.appended) return;
      record.appended = true;
      record.reordered = number < newest;
      newest = std::max(newest, number);
    });
  }
  return again;
}

void RecordLedger::note_new_place(const PartitionBook& book, const RecordBatch& batch) {
  if (book.counted.empty() || book.counted.back().data.get() != &batch) return;
  std::uint32_t newest = 0;  // the highest number in the batches before this one
  for (std::size_t i = 0; i + 1 < book.counted.size(); ++i) {
    const RecordBatch& before = *book.counted[i].data;
    if (before.client == batch.client && before.records.size() > 0)
      newest = std::max(newest, before.records.number(before.records.size() - 1));
  }
  change_all(batch, [&, number = std::size_t{0}](RecordState& record) mutable {
    if (record.copies == 1 && record.compacted == 0 && batch.records.number(number) < newest) record.reordered = true;
    ++number;
  });
}

void RecordLedger::on_trace(const sim::TraceLine& line, const protocol::TraceSubject* subject, const Truth& truth) {
  const TopicPartition p{line.topic, line.partition};
  // A machine without power has lost its unflushed records at once, not only when it reports so after a restart.
  // The same holds for a disk that was replaced while the machine was off.
  const auto died = fact_if<fact::NodeDied>(line);
  if ((died && died->how == sim::Death::PowerOff) || is<fact::NodeStarted>(line)) ++losses_;
  switch (static_cast<Trace>(line.kind)) {
    case Trace::RecordSent:
      if (ClientBook* book = book_of(line.node.index))
        change(*book, as<fact::RecordSent>(line).number, [&](RecordState& r) {
          r.sent_us = line.time.us;
          r.partition = p;
        });
      break;
    case Trace::RecordFailed:
      if (ClientBook* book = book_of(line.node.index))
        change(*book, as<fact::RecordFailed>(line).number, [](RecordState& r) { r.outcome = Outcome::Failed; });
      break;
    case Trace::BatchSent:
      if (ClientBook* book = book_of(subject->batch->client))
        for (std::size_t i = 0; i < subject->batch->records.size(); ++i)
          record_in(*book, subject->batch->records.number(i)).partition = p;
      break;
    case Trace::BatchAcked: set_outcome(*subject->batch, Outcome::Acked, line.time.us); break;
    case Trace::BatchFailed: set_outcome(*subject->batch, Outcome::Failed, line.time.us); break;
    case Trace::LogAppended: {
      const bool again = note_appended(*subject->batch, p);
      recount(book_at(p), p, truth);
      if (again) note_new_place(book_at(p), *subject->batch);
      break;
    }
    case Trace::LogTruncated:
    case Trace::LogRecovered:
    case Trace::LogDeleted: mark_rewritten(p); break;
    case Trace::
        LogCompacted:  // counted now, independent of later queries: the meaning of a cleaned log depends on its leader
      mark_rewritten(p);
      recount(book_at(p), p, truth);
      break;
    case Trace::LeaderElected:
      mark_rewritten(p);
      book_at(p).awaited_epoch = as<fact::LeaderElected>(line).leader_epoch.value;
      break;
    case Trace::BecameLeader:
      if (as<fact::BecameLeader>(line).leader_epoch.value >= book_at(p).awaited_epoch) book_at(p).awaited_epoch = -1;
      mark_rewritten(p);
      recount(book_at(p), p, truth);
      break;
    case Trace::LogReplicated:
      if (book_at(p).awaited_epoch >= 0) mark_rewritten(p);
      break;
    case Trace::RecordDelivered: {
      const auto f = as<fact::RecordDelivered>(line);
      note_handed_over(f.group, f.first_offset, f.last_offset, *subject, kDelivered);
      const storage::PartitionLog* log =
          subject->batch->transactional && read_committed_.contains(line.node.index) ? truth.leader_log(p) : nullptr;
      if (log != nullptr &&
          holds(log->aborted_transactions(f.first_offset, f.last_offset + 1), *subject->batch, subject->base_offset)) {
        groups_[f.group].aborted_visible += f.last_offset - f.first_offset + 1;
        note_handed_over(f.group, f.first_offset, f.last_offset, *subject, kAbortedRead);
      }
      break;
    }
    case Trace::RecordProcessed: {
      const auto f = as<fact::RecordProcessed>(line);
      note_handed_over(f.group, f.offset, f.offset, *subject, kProcessed);
      break;
    }
    case Trace::QueueDelivered:
    case Trace::QueueProcessed: {  // a queue's consumers count like a group's members
      const bool delivered = is<fact::QueueDelivered>(line);
      GroupBook& queue =
          groups_[delivered ? as<fact::QueueDelivered>(line).queue : as<fact::QueueProcessed>(line).queue];
      queue.delivered += delivered;
      queue.note(queue.seen[subject->batch->client], subject->batch->records.number(0),
                 delivered ? kDelivered : kProcessed);
      break;
    }
    case Trace::PositionSet:
      if (auto group = group_of_.find(line.node.index); group != group_of_.end()) {
        std::int64_t& first = groups_[group->second].partitions[p].first_position;
        const std::int64_t at = as<fact::PositionSet>(line).offset.value;
        if (first < 0 || at < first) first = at;
      }
      break;
    case Trace::OffsetCommitted: {
      const auto f = as<fact::OffsetCommitted>(line);
      std::int64_t& committed = groups_[f.group].partitions[p].committed;
      if (std::exchange(committed, f.offset.value) != f.offset.value) ++commits_moved_;
      break;
    }
    case Trace::ShareSettled: {
      const auto f = as<fact::ShareSettled>(line);
      groups_[std::string(f.group.view())].partitions[p].note_settled(f);
      break;
    }
    case Trace::
        ShareStart: {  // records below it are done, processed or not; those below the first one never belonged to the
                       // group
      const auto f = as<fact::ShareStart>(line);
      GroupPartition& position = groups_[std::string(f.group.view())].partitions[p];
      if (position.first_position < 0) position.first_position = f.to.value;
      position.committed = f.to.value;
      break;
    }
    default: break;
  }
}

void RecordLedger::on_client_ended(std::int32_t node) {
  const auto it = clients_.find(node);
  if (it == clients_.end()) return;
  for (std::uint32_t number = 0; number < it->second.records.size(); ++number) {
    const RecordState& r = it->second.records[number];
    if (r.sent_us >= 0 && r.outcome == Outcome::Pending)
      change(it->second, number, [](RecordState& record) { record.outcome = Outcome::Failed; });
  }
}

void RecordLedger::add_copies(const RecordBatch& batch) {
  change_all(batch, [](RecordState& state) {
    if (state.compacted > 0) --state.compacted;
    else ++state.copies;
  });
}

/// The keys that have a record after an offset. Built on first use: only cleaned logs need it.
class RecordLedger::NewestByKey {
 public:
  explicit NewestByKey(const storage::PartitionLog* log) : log_(log) {}
  bool newer(std::string_view key, Offset than) {
    if (newest_.empty())
      for (const protocol::StoredBatch& b : log_->batches())
        for (int i = 0; i < b.data->count(); ++i)
          if (const auto& found = b.data->records[static_cast<std::size_t>(i)].key)
            newest_[*found] = b.base_offset + b.data->offset_delta(i);
    const auto it = newest_.find(key);
    return it != newest_.end() && it->second > than;
  }

 private:
  const storage::PartitionLog* log_;
  std::map<std::string_view, Offset> newest_;
};

void RecordLedger::remove_copies(const Counted& batch, const storage::PartitionLog* log, NewestByKey& newest) {
  ClientBook* book = book_of(batch.data->client);
  if (book == nullptr) return;
  const bool cleaned =
      log != nullptr && batch.last_offset() < std::min(log->cleaner_checkpoint(), log->log_end_offset());
  for (int i = 0; i < batch.data->count(); ++i) {
    const Offset at = batch.base_offset + batch.data->offset_delta(i);
    const protocol::StoredBatch* there = cleaned ? log->batch_at(at) : nullptr;
    const protocol::RecordView record = batch.data->records[static_cast<std::size_t>(i)];
    // Not a loss if the key has a newer record, or if the record is a tombstone, which expires. If the newer record was
    // lost, so was this one.
    const bool compacted_away = cleaned && at >= log->log_start_offset() &&
                                (there == nullptr || there->data->index_of(at - there->base_offset) < 0) &&
                                record.key && ((!record.value && record.filler == 0) || newest.newer(*record.key, at));
    change(*book, batch.data->records.number(static_cast<std::size_t>(i)), [&](RecordState& state) {
      if (compacted_away) ++state.compacted;
      else --state.copies;
    });
  }
}

void RecordLedger::note_losses(PartitionBook& book, std::uint32_t losses) {
  if (std::exchange(book.losses, losses) != losses) book.rewritten = true;
}

RecordLedger::PartitionBook& RecordLedger::book_at(TopicPartition p) {
  PartitionBook& book = books_[p];
  note_losses(book, losses_);
  return book;
}

void RecordLedger::recount(const Truth& truth) {
  books_.for_each([&](TopicPartition p, PartitionBook& book) {
    note_losses(book, losses_);
    if (book.rewritten) recount(book, p, truth);
  });
}

/// Whether the batch was already counted as removed at another leader: a replica that still has it, above or below its
/// log start, holds no second copy. A cleaner may have changed either batch.
bool RecordLedger::PartitionBook::counted_for_good(const Counted& batch) const {
  return std::any_of(gone_elsewhere.begin(), gone_elsewhere.end(), [&](const Counted& gone) {
    if (gone.base_offset != batch.base_offset || gone.data->client != batch.data->client) return false;
    if (gone.data == batch.data) return true;
    const bool cleaned = gone.data->compacted || batch.data->compacted;
    if (!cleaned || gone.data->records.empty() || batch.data->records.empty()) return false;
    const auto first = std::pair(gone.data->records.number(0), batch.data->records.number(0));
    return first.first <= batch.data->records.number(batch.data->records.size() - 1) &&
           first.second <= gone.data->records.number(gone.data->records.size() - 1);
  });
}

/// A new leader's log may end or diverge before the records that retention removed at another leader; other records
/// then take those offsets. The removed ones stay counted.
void RecordLedger::forget_replaced(PartitionBook& book, const storage::PartitionLog& log) {
  const std::size_t gone_before = book.gone;
  for (; book.gone > 0; --book.gone) {
    const Counted& last = book.counted[book.gone - 1];
    if (last.next_offset() <= log.log_start_offset()) break;
    const protocol::StoredBatch* there = log.batch_at(last.last_offset());
    const bool cleaned = last.last_offset() < std::min(log.cleaner_checkpoint(), log.log_end_offset());
    if (there == nullptr ? cleaned
                         : there->data->compacted || last.data->compacted ||
                               (there->data == last.data && there->base_offset == last.base_offset))
      break;
  }
  const auto begin = book.counted.begin();
  for (std::size_t i = book.gone; i < gone_before; ++i)
    if (!book.counted_for_good(book.counted[i])) book.gone_elsewhere.push_back(book.counted[i]);
  book.counted.erase(begin + static_cast<std::ptrdiff_t>(book.gone), begin + static_cast<std::ptrdiff_t>(gone_before));
}

void RecordLedger::recount(PartitionBook& book, TopicPartition p, const Truth& truth) {
  const storage::PartitionLog* log = truth.leader_log(p);
  if ((log == nullptr || log->batches().empty()) && truth.deleted(p)) book.gone = book.counted.size();
  // Retention and DeleteRecords remove records from the front. The removed ones stay counted: that is no loss.
  while (log != nullptr && book.gone < book.counted.size() &&
         book.counted[book.gone].next_offset() <= log->log_start_offset())
    ++book.gone;
  if (book.rewritten && log != nullptr) forget_replaced(book, *log);
  // Removed records that the log still has (or has again, at a new leader) are skipped.
  const std::size_t now = log == nullptr ? 0 : log->batches().size();
  const Offset from = book.gone == 0 ? Offset{0} : book.counted[book.gone - 1].next_offset();
  std::size_t first = 0;
  for (std::size_t end = from.value == 0 ? 0 : now; first < end;) {
    const std::size_t middle = (first + end) / 2;
    if (log->batches()[middle].next_offset() <= from) first = middle + 1;
    else end = middle;
  }
  std::size_t same = std::min(book.counted.size() - book.gone, now - first);
  if (book.rewritten) {
    std::size_t i = 0;
    while (i < same && book.counted[book.gone + i].data == log->batches()[first + i].data) ++i;
    same = i;
    book.rewritten = false;
  }
  NewestByKey newest(log);
  for (std::size_t i = book.gone + same; i < book.counted.size(); ++i)
    if (!book.counted_for_good(book.counted[i])) remove_copies(book.counted[i], log, newest);
  book.counted.resize(book.gone + same);
  for (std::size_t i = first + same; i < now; ++i) {
    const protocol::StoredBatch& batch = log->batches()[i];
    book.counted.push_back({batch.base_offset, batch.data});
    if (!book.counted_for_good(book.counted.back())) add_copies(*batch.data);
  }
}

RecordLedger::UnderWay RecordLedger::aborted(const Truth& truth) {
  UnderWay result;
  books_.for_each([&](TopicPartition p, const PartitionBook& book) {
    const storage::PartitionLog* log = truth.leader_log(p);
    if (log == nullptr) return;
    const auto transactions = log->aborted_transactions(log->log_start_offset(), log->log_end_offset());
    if (!transactions.empty())
      gather(
          book, [&](const Counted& b) { return holds(transactions, *b.data, b.base_offset); }, result);
  });
  return result;
}

RecordLedger::UnderWay RecordLedger::not_committed(const Truth& truth) {
  UnderWay result = aborted(truth);
  books_.for_each([&](TopicPartition p, const PartitionBook& book) {
    const storage::PartitionLog* log = truth.leader_log(p);
    if (log == nullptr || log->producers().open_transactions().empty()) return;
    const auto open = [&](const Counted& b) {
      const auto& all = log->producers().open_transactions();
      return b.data->transactional && std::any_of(all.begin(), all.end(), [&](const auto& t) {
               return t.producer == b.data->producer_id && t.first_offset <= b.base_offset;
             });
    };
    gather(book, open, result);
  });
  return result;
}

template <class Holds>
void RecordLedger::gather(const PartitionBook& book, Holds&& holds, UnderWay& found) const {
  for (std::size_t i = book.gone; i < book.counted.size(); ++i) {
    const Counted& stored = book.counted[i];
    if (stored.data->control || clients_.find(stored.data->client) == clients_.end() || !holds(stored)) continue;
    for (std::size_t k = 0; k < stored.data->records.size(); ++k)
      found[stored.data->client].insert(stored.data->records.number(k));
  }
}

RecordLedger::UnderWay RecordLedger::under_way(const Truth& truth) const {
  UnderWay result;
  truth.for_each_under_way([&](const RecordBatch& batch) {
    const auto client = clients_.find(batch.client);
    if (client == clients_.end()) return;
    for (std::size_t i = 0; i < batch.records.size(); ++i)
      if (batch.records.number(i) < client->second.records.size()) result[batch.client].insert(batch.records.number(i));
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
  if (fate == "reordered") return r.reordered;
  return fate == "produced";
}

ProducerCounts RecordLedger::counts_of(std::int32_t client, const ClientBook& book, const UnderWay& under_way) const {
  ProducerCounts c = book.tally.sums();
  const auto moving = under_way.find(client);
  if (moving == under_way.end()) return c;
  // A record in flight is not lost yet, and a failed one in flight is in doubt.
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
  const UnderWay moving = under_way(truth), given_up = aborted(truth);
  std::map<std::string, ProducerCounts> result;
  for (const auto& [node, book] : clients_) {
    ProducerCounts& counts = result[book.name] = counts_of(node, book, moving);
    if (const auto of = given_up.find(node); of != given_up.end())
      counts.aborted = static_cast<std::int64_t>(of->second.size());
  }
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
    sum.aborted += c.aborted;
  }
  return sum;
}

std::string_view RecordLedger::fate_in_log(const RecordState& record) {
  switch (record.outcome) {
    case Outcome::Acked: return "acked";
    case Outcome::Failed: return "in_doubt";
    case Outcome::Pending: break;
  }
  return "pending";
}

std::vector<RecordLedger::Named> RecordLedger::with_fate(std::string_view fate, const Truth& truth, std::size_t most,
                                                         const Filter& filter) {
  recount(truth);
  if (fate == "delivered" || fate == "redelivered" || fate == "skipped" || fate == "before_group" ||
      fate == "uncommitted_read" || fate == "aborted_visible")
    return of_groups(fate, truth, most, filter);
  const UnderWay moving = under_way(truth), given_up = fate == "aborted" ? aborted(truth) : UnderWay{};
  std::vector<Named> result;
  for (const auto& [node, book] : clients_) {
    if (!filter.client.empty() && book.name != filter.client) continue;
    if (fate == "aborted") {
      if (const auto of = given_up.find(node); of != given_up.end())
        for (const std::uint32_t number : of->second)
          if (result.size() < most) result.push_back({node, number});
      continue;
    }
    const auto way = moving.find(node);
    for (std::uint32_t number = 0; number < book.records.size() && result.size() < most; ++number) {
      const bool on_its_way = way != moving.end() && way->second.contains(number);
      if (book.records[number].sent_us >= 0 && has_fate(book.records[number], on_its_way, fate))
        result.push_back({node, number});
    }
  }
  return result;
}

}  // namespace kafkascope::observe
