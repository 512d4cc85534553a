// Retries of a record's own batch: the trace names the attempt of a retry, but not its batch.
#include <algorithm>

#include "observe/why/one_record.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::observe {

using protocol::BrokerId;
using protocol::ErrorCode;
using protocol::TopicPartition;

namespace {

using RetryLine = Story::Line;

/// An attempt with such an error was not appended.
bool refused_before_append(ErrorCode error) {
  return error == ErrorCode::NOT_ENOUGH_REPLICAS || error == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER ||
         error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION || error == ErrorCode::LEADER_NOT_AVAILABLE;
}

/// The end of that attempt, if it is a retry. The requests with a partition's batches are answered in their order.
const RetryLine* retry_of(const Story& story, const RetryLine& sent) {
  const auto attempt = as<fact::BatchSent>(sent).attempt;
  const TopicPartition tp = place_of(sent);
  const auto here = [&](const auto& f, const RetryLine& l) { return l.node == sent.node && f.partition == tp; };
  const auto same = [&](const auto& f, const RetryLine& l) { return here(f, l) && f.attempt == attempt; };
  const auto next = [&](const auto& f, const RetryLine& l) { return here(f, l) && f.attempt == attempt + 1; };
  std::int64_t earlier = story.count<fact::BatchSent>(sent.seq, same) - story.count<fact::BatchAcked>(sent.seq, same) -
                         story.count<fact::BatchRetried>(sent.seq, next) -
                         story.count<fact::BatchFailed>(sent.seq, here);
  for (std::uint64_t after = sent.seq;; --earlier) {
    const RetryLine *acked = story.first<fact::BatchAcked>(after, same),
                    *retried = story.first<fact::BatchRetried>(after, next);
    if (retried == nullptr) return nullptr;
    const bool is_retry = acked == nullptr || retried->seq < acked->seq;
    if (earlier <= 0) return is_retry ? retried : nullptr;
    after = is_retry ? retried->seq : acked->seq;
  }
}

/// The line that sent the batch that `appended` wrote, if the leader handled the request on arrival. Null: the request
/// waited behind another one, and was handled when that one ended.
const RetryLine* handled_at_once(const Story& story, const RetryLine& appended) {
  const auto up = [&](const RetryLine* l) { return l->cause < l->seq ? story.trace().find(l->cause) : nullptr; };
  const RetryLine* l = &appended;
  while (l != nullptr && !is<fact::MessageDelivered>(*l) && l->kind != sim::trace_kind::kTimerFired) l = up(l);
  if (l == nullptr || !is<fact::MessageDelivered>(*l) || l->time != appended.time) return nullptr;
  for (l = up(l); l != nullptr; l = up(l))
    if (is<fact::BatchSent>(*l) && place_of(*l) == place_of(appended)) return l;
  return nullptr;
}

/// Whether the hindrance cuts a leader off from its clients altogether: it is then the reason, whichever replicas have
/// copies. A lost response is no such hindrance: without the copies it would not have been a success anyway.
bool is_mute(const RetryLine* hindrance) {
  return hindrance != nullptr && (!is<fact::Command>(*hindrance) || is_cut(*hindrance));
}

}  // namespace

OwnRetry own_retry(const Story& story, const OneRecord& r, const RetryLine& appended) {
  const protocol::RecordBatch* batch = story.trace().batch_at(appended.seq);
  const RetryLine* handed = story.last<fact::RecordSent>(
      appended.seq, [&](const auto& f, const RetryLine& l) { return l.node == r.node && f.number == r.number; });
  if (batch == nullptr || handed == nullptr) return {};
  const auto its = [&](const fact::BatchSent& f, const RetryLine& l) {
    return l.node == r.node && l.seq > handed->seq && f.partition == place_of(appended) && f.count == batch->count() &&
           (batch->base_sequence < 0 || f.base_sequence == batch->base_sequence);
  };
  if (const RetryLine* sent = handled_at_once(story, appended);
      sent != nullptr && its(as<fact::BatchSent>(*sent), *sent))
    return {sent, retry_of(story, *sent)};
  const RetryLine* sent =
      story.first<fact::BatchSent>(handed->seq, [&](const auto& f, const RetryLine& l) { return its(f, l); });
  while (sent != nullptr) {
    const RetryLine* retried = retry_of(story, *sent);
    if (retried == nullptr || !refused_before_append(as<fact::BatchRetried>(*retried).error)) return {sent, retried};
    const auto attempt = as<fact::BatchRetried>(*retried).attempt;
    sent = story.first<fact::BatchSent>(
        retried->seq, [&](const auto& f, const RetryLine& l) { return its(f, l) && f.attempt == attempt; });
  }
  return {};
}

const RetryLine* copy_missing(const Story& story, const OneRecord& r, const RetryLine& from, const RetryLine& to) {
  const TopicPartition tp = place_of(from);
  const BrokerId leader = story.leader_at(tp, from.seq + 1);
  const auto before = story.isr_before(tp, from.seq);
  if (!waits_for_copies(story, r.node) || leader < 0 || !before || r.copies.empty()) return nullptr;
  const sim::NodeId leads = story.broker_node(leader);
  const RetryLine* passed = story.first<fact::HighWatermarkAdvanced>(
      from.seq, [&](const auto& f, const RetryLine&) { return f.partition == tp && f.to > r.copies.front().offset; });
  if (passed != nullptr && passed->seq < to.seq) return nullptr;
  // A leader that fell silent only after it had the batch would have answered earlier if the copies had been there.
  const RetryLine* hindered = story.hindrance(leads, to.seq, Search{r.node}.of(traffic::kProducing));
  const bool mute = is_mute(hindered);
  const RetryLine* had = story.trace().find(r.copies.front().from);
  if (mute && (had == nullptr || hindered->seq < had->seq)) return nullptr;
  constexpr std::int64_t kAtOnceUs = 1'000'000;  // a fault that begins this soon may stop the copy
  const RetryLine *already = nullptr, *at_once = nullptr, *later = nullptr;
  for (const BrokerId id : before->isr) {
    const sim::NodeId node = story.broker_node(id);
    const bool has_it = std::any_of(r.copies.begin(), r.copies.end(),
                                    [&](const Copy& copy) { return copy.node == node && copy.from < to.seq; });
    if (id == leader || has_it) continue;
    for (const std::uint64_t seq : {from.seq, to.seq}) {
      if (mute && seq != from.seq) continue;
      const RetryLine* held = story.hindrance(node, seq, Search{leads}.of(traffic::kCopies));
      if (held == nullptr) continue;
      if (held->seq < from.seq && stops_copies(*held)) {
        if (already == nullptr || held->seq < already->seq) already = held;
      } else if ((held->time - from.time).us < kAtOnceUs) at_once = latest({at_once, held});
      else if (later == nullptr || held->seq < later->seq) later = held;
    }
  }
  if (already != nullptr) return already;
  return at_once != nullptr ? at_once : later;
}

}  // namespace kafkascope::observe
