#include "observe/time/trace_store.h"

#include <algorithm>

namespace kafkascope::observe {

std::size_t TraceStore::first_from(std::uint64_t seq) const {
  std::size_t low = 0, high = lines_.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (lines_[middle].seq < seq) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
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

std::vector<const sim::TraceLine*> TraceStore::chain(std::uint64_t seq) const {
  std::vector<const sim::TraceLine*> links;
  for (const sim::TraceLine* line = find(seq); line != nullptr;
       line = line->cause < line->seq ? find(line->cause) : nullptr)
    links.push_back(line);
  std::reverse(links.begin(), links.end());
  return links;
}

}  // namespace kafkascope::observe
