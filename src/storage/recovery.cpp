#include "storage/recovery.h"

#include <algorithm>

namespace kafkascope::storage {
namespace {
constexpr std::int64_t kPage = 4096;
}

std::int64_t torn_bytes(std::int64_t position, std::int64_t lost_batch_bytes) {
  return std::min(lost_batch_bytes - 1, kPage - position % kPage);
}

sim::Duration transfer_time(std::int64_t bytes, std::int64_t bytes_per_s) {
  if (bytes_per_s <= 0 || bytes <= 0) return {};
  const std::int64_t whole = bytes / bytes_per_s, rest = bytes % bytes_per_s;
  return sim::seconds(whole) + sim::microseconds(rest * 1000000 / bytes_per_s);
}

}  // namespace kafkascope::storage
