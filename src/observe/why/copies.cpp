#include "observe/why/copies.h"

#include <algorithm>

#include "observe/why/story.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_logs.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::observe {

bool takes_away(const sim::TraceLine& l, const Copy& copy) {
  if (l.node != copy.node || l.topic != copy.tp.topic || l.partition != copy.tp.partition) return false;
  if (const auto f = fact_if<fact::LogTruncated>(l)) return f->to <= copy.offset && copy.offset < f->from;
  if (const auto f = fact_if<fact::LogRecovered>(l))
    return f->log_end_offset <= copy.offset && copy.offset < f->lost_from;
  const auto f = fact_if<fact::LogDeleted>(l);
  return f && copy.offset < f->log_end_offset;
}

const sim::TraceLine* removal_of(const Story& story, const Copy& copy) {
  const auto removes = [&](const auto&, const sim::TraceLine& l) { return takes_away(l, copy); };
  const sim::TraceLine* found = nullptr;
  for (const sim::TraceLine* l :
       {story.first<fact::LogTruncated>(copy.from, removes), story.first<fact::LogRecovered>(copy.from, removes),
        story.first<fact::LogDeleted>(copy.from, removes)})
    if (l != nullptr && (found == nullptr || l->seq < found->seq)) found = l;
  return found;
}

std::vector<Copy> copies_of(const TraceStore& trace, std::int32_t client, std::uint32_t number) {
  std::vector<Copy> copies;
  for (std::size_t i = 0; i < trace.written().size(); ++i) {
    const WrittenBatch& written = trace.written()[i];
    if (written.batch->client != client) continue;
    for (int k = 0; k < written.batch->count(); ++k) {
      if (written.batch->records.number(static_cast<std::size_t>(k)) != number) continue;
      const sim::TraceLine& l = *trace.find(written.seq);
      const protocol::Offset base = fact::written_in(l)->base_offset;
      copies.push_back({l.node, {l.topic, l.partition}, base + written.batch->offset_delta(k), l.seq});
    }
  }
  if (copies.empty()) return copies;
  for (std::size_t i = trace.first_from(copies.front().from); i < trace.size(); ++i)
    for (Copy& copy : copies)
      if (copy.to == kStillThere && trace[i].seq > copy.from && takes_away(trace[i], copy)) copy.to = trace[i].seq;
  return copies;
}

std::vector<Copy> Story::copies(std::int32_t client, std::uint32_t number) const {
  const auto key = [](std::int32_t of, std::uint32_t n) {
    return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(of)) << 32) | n;
  };
  const auto less = [](const Place& a, const Place& b) {
    return a.record != b.record     ? a.record < b.record
           : a.written != b.written ? a.written < b.written
                                    : a.index < b.index;
  };
  if (places_.empty()) {
    for (std::size_t i = 0; i < trace_.written().size(); ++i) {
      const protocol::RecordBatch& batch = *trace_.written()[i].batch;
      for (int k = 0; batch.client >= 0 && k < batch.count(); ++k)
        places_.push_back({key(batch.client, batch.records.number(static_cast<std::size_t>(k))),
                           static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(k)});
    }
    std::sort(places_.begin(), places_.end(), less);
  }
  std::vector<Copy> found;
  const Place from{key(client, number), 0, 0};
  for (auto at = std::lower_bound(places_.begin(), places_.end(), from, less);
       at != places_.end() && at->record == from.record; ++at) {
    const WrittenBatch& written = trace_.written()[at->written];
    const Line& l = *trace_.find(written.seq);
    Copy copy{l.node, place_of(l),
              fact::written_in(l)->base_offset + written.batch->offset_delta(static_cast<int>(at->index)), l.seq};
    if (const Line* removed = removal_of(*this, copy)) copy.to = removed->seq;
    found.push_back(copy);
  }
  return found;
}

bool tells_of(const sim::TraceLine& l, const std::vector<Copy>& copies) {
  return std::any_of(copies.begin(), copies.end(), [&](const Copy& copy) {
    if (l.seq == copy.from || l.seq == copy.to) return true;
    if (!copy.there(l.seq)) return false;
    if (l.kind == sim::trace_kind::kNodeDied || l.kind == sim::trace_kind::kNodeStarted) return l.node == copy.node;
    if (l.topic != copy.tp.topic || l.partition != copy.tp.partition) return false;
    if (const auto f = fact_if<fact::HighWatermarkAdvanced>(l))
      return l.node == copy.node && f->from <= copy.offset && copy.offset < f->to;
    if (const auto f = fact_if<fact::RecordDelivered>(l))
      return f->first_offset <= copy.offset && copy.offset <= f->last_offset;
    return is<fact::LeaderElected>(l);
  });
}

const sim::TraceLine* led_without(const TraceStore& trace, const cluster::Cluster& cluster,
                                  const std::vector<Copy>& copies) {
  if (copies.empty()) return nullptr;
  for (std::size_t i = trace.first_from(copies[0].from); i < trace.size(); ++i) {
    const sim::TraceLine& l = trace[i];
    const auto elected = fact_if<fact::LeaderElected>(l);
    if (!elected || elected->partition != copies[0].tp || elected->leader < 0) continue;
    const sim::NodeId leader = cluster.find(cluster::broker_name(elected->leader));
    if (std::none_of(copies.begin(), copies.end(),
                     [&](const Copy& copy) { return copy.node == leader && copy.there(l.seq); }))
      return &l;
  }
  return nullptr;
}

const sim::TraceLine* written_at(const TraceStore& trace, sim::NodeId node, protocol::TopicPartition tp,
                                 protocol::Offset offset, std::uint64_t end, protocol::BatchRef& batch) {
  for (std::size_t i = trace.written().size(); i > 0; --i) {
    const WrittenBatch& written = trace.written()[i - 1];
    const sim::TraceLine* l = written.seq < end ? trace.find(written.seq) : nullptr;
    if (l == nullptr || l->node != node || l->topic != tp.topic || l->partition != tp.partition) continue;
    if (const auto f = fact::written_in(*l); offset < f->base_offset || offset > f->last_offset) continue;
    batch = written.batch;
    return l;
  }
  return nullptr;
}

}  // namespace kafkascope::observe
