// What a message says beside its numbers.
#include <string>
#include <type_traits>

#include "observe/model/snapshot_parts.h"
#include "observe/words/both.h"
#include "protocol/all_messages.h"

namespace kafkascope::observe::snapshot_parts {

namespace {

using namespace protocol;

Words no_new_records(std::int64_t high_watermark) {
  if (high_watermark < 0) return both("snapshot.no_new_records"_w);
  return both("snapshot.no_new_records_hw"_w, {{"offset", std::to_string(high_watermark)}});
}

/// Of the metadata log, or of one partition of a Fetch response.
template <class Answer>
Words of_answer(const Answer& a) {
  if (a.diverging_epoch.value >= 0)
    return both("snapshot.log_diverges"_w, {{"offset", std::to_string(a.diverging_end_offset.value)}});
  return no_new_records(a.high_watermark.value);
}

Words of_fetch_response(const Names& names, const FetchResponse& response) {
  const FetchPartitionResponse* first = nullptr;
  for (const FetchPartitionResponse& p : response.partitions) {
    if (!p.batches.empty()) return {};
    if (first == nullptr && names.of(p.partition) >= 0) first = &p;
  }
  if (first == nullptr) return no_new_records(-1);
  if (first->preferred_read_replica >= 0)
    return both("snapshot.read_from"_w, {{"broker", std::to_string(first->preferred_read_replica)}});
  return of_answer(*first);
}

}  // namespace

Words carried_words(const Names& names, const Message& out, const protocol::Message& message) {
  if (!out.error.empty()) return {};
  return protocol::visit(
      [&](const auto& b) -> Words {
        using B = std::decay_t<decltype(b)>;
        if constexpr (std::is_same_v<B, FetchRequest>) {
          return b.partitions.empty() && b.forgotten.empty() && b.session_epoch > 0 ? both("snapshot.same_offsets"_w)
                                                                                    : Words();
        } else if constexpr (std::is_same_v<B, FetchResponse>) {
          return of_fetch_response(names, b);
        } else if constexpr (std::is_same_v<B, QuorumFetchResponse>) {
          return b.entries.empty() && b.snapshot_end_offset.value < 0 ? of_answer(b) : Words();
        } else if constexpr (std::is_same_v<B, OffsetCommitResponse> || std::is_same_v<B, EndTxnResponse> ||
                             std::is_same_v<B, HeartbeatResponse>) {
          return both("snapshot.no_error"_w);
        } else {
          return {};
        }
      },
      message.body);
}

}  // namespace kafkascope::observe::snapshot_parts
