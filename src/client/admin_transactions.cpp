// kafka-transactions abort and forceTerminateTransaction. Kafka: TransactionsCommand, DescribeProducersHandler,
// AbortTransactionHandler (KIP-664); FenceProducersHandler (KIP-939).
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "client/admin.h"
#include "protocol/error_text.h"

namespace kafkascope::client {

using protocol::ErrorCode;

std::uint64_t Admin::abort_transaction(Ctx& ctx, std::string topic, protocol::TopicPartition partition,
                                       std::optional<protocol::Offset> start_offset) {
  Call call;
  call.request = protocol::DescribeProducersRequest{{partition}};
  call.where = Where::Leader;
  call.rows = {topic + "-" + std::to_string(partition.partition)};
  call.topic = std::move(topic);
  call.partition = partition.partition;
  call.start_offset = start_offset;
  return begin(ctx, std::move(call));
}

/// Sends InitProducerId like a new producer with that id (KafkaAdminClient.forceTerminateTransaction, fenceProducers);
/// the timeout is that of the new transaction.
std::uint64_t Admin::force_terminate(Ctx& ctx, std::string transactional_id) {
  protocol::InitProducerIdRequest request;
  request.transactional_id = transactional_id;
  request.transaction_timeout_ms = static_cast<std::int32_t>(options_.config.number("request.timeout.ms"));
  std::vector<std::string> rows{transactional_id};
  return submit_to_coordinator(ctx, std::move(transactional_id), std::move(request), std::move(rows));
}

/// The leader has listed its producers: the call continues with the marker, sent to the same leader.
void Admin::on_producers(Ctx& ctx, std::uint64_t id, const protocol::DescribeProducersResponse& answer) {
  Call& call = calls_.at(id);
  if (answer.partitions.empty()) return ctx.fault("a leader answers for each partition that it was asked about");
  const protocol::DescribeProducersPartition& of = answer.partitions.front();
  if (of.error != ErrorCode::NONE) {
    stats_.error(ctx, of.error);
    if (protocol::refreshes_metadata(of.error) || protocol::retriable(of.error)) return retry(ctx, call, false);
    return fail(ctx, id, {of.error, call.rows.front(), protocol::error_text(of.error)});
  }
  const protocol::DescribedProducer* found = nullptr;
  for (const protocol::DescribedProducer& p : of.active_producers) {
    const protocol::Offset start = p.current_txn_start_offset;
    if (!start.known()) continue;
    if (call.start_offset ? start == *call.start_offset : found == nullptr || start < found->current_txn_start_offset)
      found = &p;
  }
  if (found == nullptr && !call.start_offset)
    return fail(ctx, id, {ErrorCode::NONE, call.rows.front(), {}, fact::AnswerReason::NothingToDo});
  if (found == nullptr)
    return fail(ctx, id,
                {ErrorCode::INVALID_REQUEST,
                 {},
                 fmt::format("Could not find any open transactions starting at offset {} on partition {}",
                             call.start_offset->value, call.rows.front())});
  // The coordinator epoch is -1 if no marker of this producer has been written here; the tool then sends 0.
  protocol::WriteTxnMarkersRequest request;
  request.markers.push_back({found->producer_id,
                             static_cast<protocol::ProducerEpoch>(found->producer_epoch),
                             false,
                             {of.partition},
                             std::max(found->coordinator_epoch, 0)});
  call.request = std::move(request);
  call.sent = false;
  call.retry_at = ctx.now();
}

}  // namespace kafkascope::client
