// Why the last stable offset of a partition has its value, and why a group's committed offsets are not stable.
#include <fmt/format.h>

#include <algorithm>

#include "coordinator/transaction_records.h"
#include "observe/model/transaction_coordinators.h"
#include "observe/model/watermark_wait.h"
#include "observe/why/coordinators.h"
#include "observe/why/record_transaction.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_transactions.h"
#include "protocol/records.h"
#include "sim/facts_of_kernel.h"
#include "storage/partition_log.h"

namespace kafkascope::observe {

using nlohmann::json;
using protocol::TopicPartition;
using Line = Story::Line;

namespace {

/// The client that wrote the first record of an open transaction, and when, in seconds; "": unknown.
struct Opened {
  std::string client, since;
};
Opened opened_with(const Story& story, TopicPartition tp, protocol::Offset offset) {
  const Line* wrote = story.last<fact::LogAppended>(story.end(), [&](const auto& f, const Line&) {
    return f.partition == tp && f.base_offset <= offset && offset <= f.last_offset;
  });
  if (wrote == nullptr) return {};
  const protocol::RecordBatch* batch = story.trace().batch_at(wrote->seq);
  return {batch == nullptr || batch->client < 0 ? std::string() : story.cluster().info({batch->client}).name,
          fmt::format("{:.3f}", static_cast<double>(wrote->time.us) / 1e6)};
}

/// The transaction that this producer id has open in the partition; an empty id: no coordinator knows it.
struct KnownTransaction {
  std::string id;
  json state;
};
KnownTransaction transaction_in(const Story& story, const std::string& partition, protocol::ProducerId producer) {
  KnownTransaction known;
  for_each_entry(state_of(story, "/transactions"), [&](const std::string& name, const json& t) {
    if (whole_of(part_of(t, "producer_id")) != producer) return;
    const json parts = part_of(t, "partitions");
    if (std::find(parts.begin(), parts.end(), json(partition)) != parts.end()) known = {name, t};
  });
  return known;
}

/// Tells that a transaction is open, though it does not hold the last stable offset: it begins at or above the high
/// watermark, which the last stable offset cannot pass (UnifiedLog.fetchLastStableOffsetMetadata).
void tell_begins_above(Telling& telling, const std::string& partition, TopicPartition tp,
                       const storage::PartitionLog& log) {
  const Story& story = telling.story();
  const protocol::Offset offset = log.producers().first_unstable_offset();
  std::string id;
  for (const auto& open : log.producers().open_transactions())
    if (open.first_offset == offset) id = transaction_in(story, partition, open.producer).id;
  if (id.empty()) id = opened_with(story, tp, offset).client;
  telling.now("why.lso_above_hw"_w, {{"id", id}, {"partition", partition}, {"offset", offset.value}}, Weight::Point,
              partition);
}

/// The transaction of the record that this line wrote at that offset; without a producer: no client wrote it.
ItsTransaction transaction_at(const Story& story, const Line& wrote, protocol::Offset offset) {
  const protocol::RecordBatch* batch = story.trace().batch_at(wrote.seq);
  if (batch == nullptr || batch->client < 0) return {};
  const auto record = batch->at(offset - as<fact::LogAppended>(wrote).base_offset);
  return record ? transaction_of(story, story.copies(batch->client, record->number)) : ItsTransaction{};
}

/// Tells the write that belongs to no transaction any more, what delayed it, and the marker that came before it; or that the
/// marker after it is lost.
void tell_late(Telling& telling, TopicPartition tp, protocol::Offset offset) {
  const Story& story = telling.story();
  const Line* late = story.last<fact::LogAppended>(story.end(), [&](const auto& f, const Line&) {
    return f.partition == tp && f.base_offset <= offset && offset <= f.last_offset;
  });
  if (late != nullptr)
    if (const ItsTransaction its = transaction_at(story, *late, offset); its.lost != nullptr)
      return tell_lost_marker(telling, its);
  const Line* marker = story.last<fact::TransactionMarkerAppended>(
      late == nullptr ? story.end() : late->seq, [&](const auto& f, const Line&) { return f.partition == tp; });
  telling.fact(marker, Weight::Cause);
  if (late == nullptr) return;
  const protocol::RecordBatch* batch = story.trace().batch_at(late->seq);
  const sim::NodeId producer = batch == nullptr ? sim::NodeId{} : sim::NodeId{batch->client};
  const Line* retried = story.last<fact::BatchRetried>(
      late->seq, [&](const auto& f, const Line& l) { return l.node == producer && f.partition == tp; });
  if (const Line* held = story.silence(producer, late->seq, {late->node}); held != nullptr)
    telling.trail(held, Weight::Cause);
  else telling.trail(retried, Weight::Cause);
  telling.say("why.lso_late"_w, {{"partition", story.cluster().name(tp)}, {"offset", offset.value}}, late,
              Weight::Point);
}

}  // namespace

void tell_stable_offset(Telling& telling, const std::string& partition) {
  const Story& story = telling.story();
  const TopicPartition tp = partition_named(story, partition);
  const storage::PartitionLog* log = story.cluster().leader_log(tp);
  if (log == nullptr) return tell_watermark(telling, partition);
  if (log->last_stable_offset() >= log->high_watermark()) {
    // The last stable offset moves by itself only at the end of a transaction; otherwise it follows the high watermark,
    // without a line.
    const Line* moved = story.last<fact::LastStableOffsetAdvanced>(
        story.end(), [&](const auto& f, const Line&) { return f.partition == tp; });
    if (moved != nullptr && as<fact::LastStableOffsetAdvanced>(*moved).to == log->last_stable_offset())
      telling.fact(moved, Weight::Cause);
    if (log->producers().first_unstable_offset().known()) tell_begins_above(telling, partition, tp, *log);
    else telling.now("why.lso_at_hw"_w, {{"partition", partition}}, Weight::Point, partition);
    return tell_watermark(telling, partition);
  }
  // The first record of a transaction that is open, or whose marker is not replicated yet.
  const auto& open = log->producers().open_transactions();
  const auto first = std::min_element(open.begin(), open.end(),
                                      [](const auto& a, const auto& b) { return a.first_offset < b.first_offset; });
  if (first == open.end()) {
    telling.fact(story.last<fact::TransactionMarkerAppended>(
                     story.end(), [&](const auto& f, const Line&) { return f.partition == tp; }),
                 Weight::Cause);
    if (watermark_wait(story.cluster(), tp).for_min_isr) return tell_held_below_min_isr(telling, tp);
    telling.now("why.lso_marker_not_replicated"_w, {{"partition", partition}}, Weight::Point, partition);
    return;
  }
  const auto [id, of_producer] = transaction_in(story, partition, first->producer);
  const std::int64_t from = first->first_offset.value;
  const Opened opened = opened_with(story, tp, first->first_offset);
  const Line* stated = story.last<fact::TransactionState>(
      story.end(), [&](const auto& f, const Line&) { return f.producer_id == first->producer; });
  const auto away = stated == nullptr
                        ? without_transaction_coordinator(story.cluster())
                        : without_transaction_coordinator(story.cluster(),
                                                          as<fact::TransactionState>(*stated).transactional_id.str());
  if (id.empty() && away) {
    telling.fact(stated, Weight::Cause);
    const protocol::PartitionRegistration* log_of = story.cluster().committed().partition(*away);
    const sim::NodeId leader = log_of->leader < 0 && stated != nullptr
                                   ? stated->node
                                   : story.cluster().find(cluster::broker_name(log_of->leader));
    telling.trail(story.last<fact::NodeDied>(story.end(), [&](const auto&, const Line& l) { return l.node == leader; }),
                  Weight::Cause);
    telling.now("why.lso_coordinator_away"_w,
                {{"log", story.cluster().name(*away)}, {"offset", from}, {"partition", partition}}, Weight::Point,
                partition);
    return;
  }
  if (id.empty()) {
    tell_late(telling, tp, first->first_offset);
    telling.now("why.lso_hangs"_w,
                {{"offset", from}, {"partition", partition}, {"client", opened.client}, {"since", opened.since}},
                Weight::Point, partition);
    return;
  }
  if (text_of(part_of(of_producer, "state")) == coordinator::name(coordinator::TransactionState::Ongoing))
    tell_open(telling, id, partition);
  else tell_awaits_markers(telling, of_producer);
  telling.now("why.lso_open"_w,
              {{"id", id},
               {"offset", from},
               {"partition", partition},
               {"client", opened.client == id ? "" : opened.client},
               {"since", opened.since}},
              Weight::Point, partition);
}

void tell_unstable_offsets(Telling& telling, const std::string& group, const Line& refused) {
  const Story& story = telling.story();
  const protocol::MetadataImage& image = story.cluster().committed();
  const protocol::TopicImage* offsets = image.topic(image.topic_id("__consumer_offsets"));
  if (offsets == nullptr || offsets->partitions.empty() || group.empty()) return;
  const TopicPartition tp{image.topic_id("__consumer_offsets"),
                          protocol::partition_for(group, static_cast<std::int32_t>(offsets->partitions.size()))};
  const storage::PartitionLog* log = story.cluster().leader_log(tp);
  if (log == nullptr || log->producers().open_transactions().empty()) return;
  const auto& open = log->producers().open_transactions();
  const auto first = std::min_element(open.begin(), open.end(),
                                      [](const auto& a, const auto& b) { return a.first_offset < b.first_offset; });
  std::string id;
  for_each_entry(state_of(story, "/transactions"), [&](const std::string& name, const json& t) {
    const std::string state = text_of(part_of(t, "state"));
    if (whole_of(part_of(t, "producer_id")) == first->producer && !state.starts_with("Complete") && state != "Empty")
      id = name;
  });
  if (!id.empty()) return telling.now("why.offsets_open"_w, {{"group", group}, {"id", id}}, Weight::Point, id);
  const Line* late = story.last<fact::LogAppended>(refused.seq, [&](const auto& f, const Line&) {
    return f.partition == tp && f.base_offset <= first->first_offset && first->first_offset <= f.last_offset;
  });
  if (late == nullptr) return;
  for (const Line* l = late; l != nullptr; l = l->cause < l->seq ? story.trace().find(l->cause) : nullptr) {
    const auto brought = fact_if<fact::MessageDelivered>(*l);
    if (!brought || story.cluster().info(brought->from).client < 0) continue;
    telling.trail(story.silence(brought->from, late->seq, {late->node}), Weight::Cause);
    break;
  }
  telling.say("why.offsets_late"_w, {{"group", group}}, late, Weight::Point, group);
}

std::optional<Answer> why_stable_offset(const Story& story, const std::string& path, const std::string& partition) {
  const storage::PartitionLog* log = story.cluster().leader_log(partition_named(story, partition));
  const std::int64_t stable = log == nullptr ? 0 : log->last_stable_offset().value;
  Telling telling(story, path, asks("why.q_stable"_w, {{"partition", partition}, {"offset", stable}}));
  tell_stable_offset(telling, partition);
  return telling.done();
}

}  // namespace kafkascope::observe
