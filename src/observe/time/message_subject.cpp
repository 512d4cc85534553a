#include "observe/time/message_subject.h"

#include <type_traits>
#include <vector>

#include "protocol/all_messages.h"
#include "protocol/message.h"

namespace kafkascope::observe {

namespace {

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 2;
  std::string all;
  for (std::size_t i = 0; i < names.size() && i < kMost; ++i) all += (i > 0 ? ", " : "") + names[i];
  return names.size() > kMost ? all + ", …" : all;
}

using namespace words::literals;
using Shown = std::function<bool(protocol::TopicPartition)>;

words::Message no_new_records(std::int64_t high_watermark) {
  if (high_watermark < 0) return {"snapshot.no_new_records"_w};
  return {"snapshot.no_new_records_hw"_w, {{"offset", high_watermark}}};
}

/// Of the metadata log, or of one partition of a Fetch response.
template <class Answer>
words::Message of_answer(const Answer& a) {
  if (a.diverging_epoch.value >= 0) return {"snapshot.log_diverges"_w, {{"offset", a.diverging_end_offset.value}}};
  return no_new_records(a.high_watermark.value);
}

words::Message carried(const protocol::FetchResponse& response, const Shown& shown) {
  const protocol::FetchPartitionResponse* first = nullptr;
  for (const protocol::FetchPartitionResponse& p : response.partitions) {
    if (!p.batches.empty()) return {};
    if (first == nullptr && shown(p.partition)) first = &p;
  }
  if (first == nullptr) return no_new_records(-1);
  if (first->preferred_read_replica >= 0) return {"snapshot.read_from"_w, {{"broker", first->preferred_read_replica}}};
  return of_answer(*first);
}
words::Message carried(const protocol::FetchRequest& request, const Shown&) {
  const bool same = request.partitions.empty() && request.forgotten.empty() && request.session_epoch > 0;
  return same ? words::Message("snapshot.same_offsets"_w) : words::Message();
}
words::Message carried(const protocol::QuorumFetchResponse& response, const Shown&) {
  const bool nothing = response.entries.empty() && response.snapshot_end_offset.value < 0;
  return nothing ? of_answer(response) : words::Message();
}
words::Message carried(const protocol::OffsetCommitResponse&, const Shown&) { return {"snapshot.no_error"_w}; }
words::Message carried(const protocol::EndTxnResponse&, const Shown&) { return {"snapshot.no_error"_w}; }
words::Message carried(const protocol::HeartbeatResponse&, const Shown&) { return {"snapshot.no_error"_w}; }
template <class Other>
words::Message carried(const Other&, const Shown&) {
  return {};
}

/// Kafka: TransactionResult.
std::string outcome(bool committed) { return committed ? "COMMIT" : "ABORT"; }

}  // namespace

std::string subject_of(const protocol::Message& message) {
  using namespace protocol;
  return protocol::visit(
      [](const auto& b) -> std::string {
        using B = std::decay_t<decltype(b)>;
        if constexpr (std::is_same_v<B, FindCoordinatorRequest>) {
          return b.key;
        } else if constexpr (std::is_same_v<B, FindCoordinatorResponse>) {
          return b.node_id < 0 ? "" : "broker-" + std::to_string(b.node_id);
        } else if constexpr (std::is_same_v<B, MetadataRequest> || std::is_same_v<B, DeleteTopicsRequest>) {
          return listed(b.topics);
        } else if constexpr (std::is_same_v<B, EndTxnRequest>) {
          return b.transactional_id + " " + outcome(b.committed);
        } else if constexpr (std::is_same_v<B, WriteTxnMarkersRequest>) {
          return b.markers.empty() ? "" : outcome(b.markers.front().committed);
        } else if constexpr (std::is_same_v<B, AddPartitionsToTxnRequest>) {
          return b.transactions.empty() ? "" : b.transactions.front().transactional_id;
        } else if constexpr (requires { b.group_id; }) {
          return b.group_id;
        } else if constexpr (requires { b.transactional_id; } && !std::is_same_v<B, ProduceRequest>) {
          return b.transactional_id;
        } else {
          return {};
        }
      },
      message.body);
}

words::Message carried_by(const protocol::Message& message, const Shown& shown) {
  return protocol::visit([&](const auto& body) { return carried(body, shown); }, message.body);
}

}  // namespace kafkascope::observe
