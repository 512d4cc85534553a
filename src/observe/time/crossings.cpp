#include "observe/time/crossings.h"

#include <utility>

namespace kafkascope::observe {

void Crossings::add(Crossing crossing) {
  first_sent_here_ = list_.size() % kStretch == 0 ? crossing.sent_us : std::min(first_sent_here_, crossing.sent_us);
  list_.push_back(std::move(crossing));
  if (list_.size() % kStretch == 0) first_sent_.push_back(first_sent_here_);
}

std::size_t Crossings::first_from(std::int64_t us) const {
  std::size_t low = 0, high = list_.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    (list_[middle].ended_us < us ? low : high) = list_[middle].ended_us < us ? middle + 1 : middle;
  }
  return low;
}

}  // namespace kafkascope::observe
