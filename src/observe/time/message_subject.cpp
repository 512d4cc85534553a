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

}  // namespace kafkascope::observe
