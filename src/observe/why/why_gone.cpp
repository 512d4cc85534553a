// Why a record that was acknowledged is in no log any more, though nothing was lost: its segment was deleted, its log
// was cut from the front, or a later record of its key took its place.
#include <algorithm>

#include "observe/why/one_record.h"
#include "protocol/facts_of_logs.h"
#include "storage/partition_log.h"

namespace kafkascope::observe {

using protocol::Offset;
using protocol::TopicPartition;
using Line = Story::Line;

namespace {

struct Place {
  TopicPartition tp;
  Offset offset;
  std::uint64_t written = 0;  // the line that wrote it there first
};

/// The broker whose log was first cut at the front: a follower takes over a cut that its leader had decided.
sim::NodeId who_cut(const Story& story, const Place& at, sim::NodeId leads) {
  const auto passes = [&](const auto& f) { return f.partition == at.tp && f.from <= at.offset && at.offset < f.to; };
  const Line* own = story.first<fact::LogStartAdvanced>(
      at.written, [&](const auto& f, const Line& l) { return l.node == leads && passes(f); });
  if (own == nullptr || as<fact::LogStartAdvanced>(*own).reason != fact::LogStartReason::LeadersLogStart) return leads;
  const Line* decided = story.first<fact::LogStartAdvanced>(at.written, [&](const auto& f, const Line&) {
    return passes(f) && f.reason != fact::LogStartReason::LeadersLogStart;
  });
  return decided == nullptr ? leads : decided->node;
}

/// What removed the record from the front of that broker's log: the deletion of its segment, or DeleteRecords; null:
/// neither.
const Line* cut_from_front(const Story& story, const Place& at, sim::NodeId leads) {
  const Line* segment = story.first<fact::SegmentDeleted>(at.written, [&](const auto& f, const Line& l) {
    return l.node == leads && f.partition == at.tp && f.base_offset <= at.offset && at.offset < f.next_base_offset;
  });
  const Line* moved = story.first<fact::LogStartAdvanced>(at.written, [&](const auto& f, const Line& l) {
    return l.node == leads && f.partition == at.tp && f.from <= at.offset && at.offset < f.to;
  });
  if (moved != nullptr && as<fact::LogStartAdvanced>(*moved).reason != fact::LogStartReason::SegmentsDeleted)
    return moved;  // the segment is deleted later
  return segment != nullptr ? segment : moved;
}

/// The next record with the same key in the partition.
struct Successor {
  Offset offset{-1};  // -1: there is none
  std::string key;
  bool tombstone = false;  // the record itself has no value
};

Successor successor_of(const Story& story, const Place& at) {
  Successor found;
  const auto& written = story.trace().written();
  bool known = false;
  for (std::size_t i = 0; i < written.size(); ++i) {
    const Line* l = story.trace().find(written[i].seq);
    if (l == nullptr || place_of(*l) != at.tp || written[i].seq < at.written) continue;
    const protocol::RecordBatch& batch = *written[i].batch;
    const Offset base = fact::written_in(*l)->base_offset;
    for (int k = 0; k < batch.count(); ++k) {
      const Offset offset = base + batch.offset_delta(k);
      const protocol::RecordView record = batch.records[static_cast<std::size_t>(k)];
      if (offset == at.offset && !known) {
        if (!record.key) return found;
        known = true, found.key = std::string(*record.key), found.tombstone = !record.value.has_value();
      } else if (known && offset > at.offset && record.key && *record.key == found.key) {
        found.offset = offset;
        return found;
      }
    }
  }
  return found;
}

/// A cleaning that removed the record.
struct Cleaning {
  const Line* line = nullptr;  // null: the trace has none
  bool expired = false;        // the record was a tombstone whose time was up
};

Cleaning cleaning_of(const Story& story, const Place& at, const Successor& next, sim::NodeId leads) {
  const storage::LogOptions& options = story.cluster().leader_log(at.tp)->options();
  // The first cleaning that meets a tombstone gives it this time (KIP-534).
  const std::int64_t stays_us = options.horizon_in_batches ? options.delete_retention_ms * 1000 : 0;
  const Line* met = nullptr;
  Cleaning cleaning;
  cleaning.line = story.first<fact::LogCompacted>(at.written, [&](const auto& f, const Line& l) {
    if (l.node != leads || f.partition != at.tp || f.clean_until <= at.offset) return false;
    if (met == nullptr) met = &l;
    if (next.offset.known() && f.clean_until > next.offset) return true;
    cleaning.expired = next.tombstone && f.tombstones_dropped > 0 && (l.time - met->time).us >= stays_us;
    return cleaning.expired || (!next.offset.known() && !next.tombstone);
  });
  return cleaning;
}

void tell_compacted(Telling& telling, const OneRecord& r, const Place& at, sim::NodeId leads) {
  const Story& story = telling.story();
  const Successor next = successor_of(story, at);
  const Cleaning cleaning = cleaning_of(story, at, next, leads);
  const std::string &broker = story.cluster().info(leads).name, partition = story.cluster().name(at.tp);
  if (cleaning.expired)
    telling.say(
        "why.gone_tombstone"_w,
        {{"broker", broker}, {"partition", partition}, {"number", r.number}, {"client", r.client}, {"key", next.key}},
        cleaning.line, Weight::Point);
  else if (next.offset.known())
    telling.say("why.gone_compacted"_w,
                {{"broker", broker},
                 {"partition", partition},
                 {"number", r.number},
                 {"client", r.client},
                 {"key", next.key},
                 {"later", next.offset.value}},
                cleaning.line, Weight::Point);
  else telling.trail(cleaning.line, Weight::Point);
}

Place place_in_log(const OneRecord& r) {
  return r.copies.empty() ? Place{} : Place{r.copies.front().tp, r.copies.front().offset, r.copies.front().from};
}

}  // namespace

bool is_gone(const Story& story, const OneRecord& r) {
  const Place at = place_in_log(r);
  const storage::PartitionLog* log = r.copies.empty() ? nullptr : story.cluster().leader_log(at.tp);
  if (log == nullptr) return false;
  if (at.offset < log->log_start_offset()) return true;
  const protocol::StoredBatch* batch = at.offset < log->log_end_offset() ? log->batch_at(at.offset) : nullptr;
  return at.offset < log->log_end_offset() && (batch == nullptr || batch->base_offset > at.offset ||
                                               batch->data->index_of(at.offset - batch->base_offset) < 0);
}

void tell_gone(Telling& telling, const OneRecord& r) {
  const Story& story = telling.story();
  const Place at = place_in_log(r);
  const std::string partition = story.cluster().name(at.tp);
  const storage::PartitionLog& log = *story.cluster().leader_log(at.tp);
  const sim::NodeId leads = story.broker_node(story.leader_at(at.tp, story.end()));
  const auto all = appends(story, r);
  telling.fact(all.empty() ? nullptr : all.front(), Weight::Cause);
  if (at.offset >= log.log_start_offset()) {
    tell_compacted(telling, r, at, leads);
    telling.now("why.gone_inside"_w, {{"number", r.number}, {"client", r.client}, {"partition", partition}},
                Weight::Point, partition);
    return;
  }
  telling.trail(cut_from_front(story, at, who_cut(story, at, leads)), Weight::Point);
  telling.now("why.gone_start"_w,
              {{"number", r.number},
               {"client", r.client},
               {"partition", partition},
               {"offset", at.offset.value},
               {"start", log.log_start_offset().value}},
              Weight::Point, partition);
}

}  // namespace kafkascope::observe
