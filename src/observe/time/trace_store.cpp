#include "observe/time/trace_store.h"

#include <algorithm>

#include "protocol/facts_of_clients.h"

namespace kafkascope::observe {

namespace {

/// The index of the first line that is not before the wanted position.
template <class Lines, class Before>
std::size_t first_not(const Lines& lines, Before&& before) {
  std::size_t low = 0, high = lines.size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (before(lines[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}

}  // namespace

std::size_t TraceStore::first_from(std::uint64_t seq) const {
  // Lines are numbered without gaps, so the line is where its number says, unless storing was off for a while.
  if (const std::uint64_t first = lines_.empty() ? seq : lines_.front().seq; seq > first)
    if (const std::size_t i = seq - first; i < lines_.size() && lines_[i].seq == seq) return i;
  return first_not(lines_, [&](const sim::TraceLine& l) { return l.seq < seq; });
}

std::size_t TraceStore::first_at(sim::Instant time) const {
  return first_not(lines_, [&](const sim::TraceLine& l) { return l.time < time; });
}

const sim::TraceLine* TraceStore::find(std::uint64_t seq) const {
  const std::size_t i = first_from(seq);
  return i < lines_.size() && lines_[i].seq == seq ? &lines_[i] : nullptr;
}

const protocol::RecordBatch* TraceStore::batch_at(std::uint64_t seq) const {
  const auto at = std::lower_bound(written_.begin(), written_.end(), seq,
                                   [](const WrittenBatch& w, std::uint64_t wanted) { return w.seq < wanted; });
  return at != written_.end() && (*at).seq == seq ? (*at).batch.get() : nullptr;
}

std::vector<TraceStore::Handed> TraceStore::handed_at(std::uint64_t seq) const {
  std::vector<Handed> records;
  const auto at = std::lower_bound(handed_.begin(), handed_.end(), seq,
                                   [](const HandedBatch& h, std::uint64_t wanted) { return h.seq < wanted; });
  const sim::TraceLine* line = at != handed_.end() && (*at).seq == seq ? find(seq) : nullptr;
  if (line == nullptr) return records;
  const HandedBatch& handed = *at;
  const auto delivered = fact_if<fact::RecordDelivered>(*line);
  const auto processed = fact_if<fact::RecordProcessed>(*line);
  if (handed.batch->client < 0) return records;
  if (is<fact::BatchFailed>(*line))
    for (std::size_t i = 0; i < handed.batch->records.size(); ++i)
      records.push_back({{}, handed.batch->client, handed.batch->records.number(i)});
  if (!delivered && !processed) return records;
  const protocol::Offset last = delivered ? delivered->last_offset : processed->offset;
  for (protocol::Offset o = delivered ? delivered->first_offset : processed->offset; o <= last; o = o + 1)
    if (const int index = handed.batch->index_of(o - handed.base_offset); index >= 0)
      records.push_back({o, handed.batch->client, handed.batch->records.number(static_cast<std::size_t>(index))});
  return records;
}

std::vector<const sim::TraceLine*> TraceStore::chain(std::uint64_t seq) const {
  std::vector<const sim::TraceLine*> links;
  for (const sim::TraceLine* line = find(seq); line != nullptr;
       line = line->cause < line->seq ? find(line->cause) : nullptr)
    links.push_back(line);
  std::reverse(links.begin(), links.end());
  return links;
}

}  // namespace kafkascope::observe
