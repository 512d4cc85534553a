// Error responses: the response type of a request with one error in every row.
#pragma once
#include "protocol/message.h"
#include "protocol/messages_data.h"
#include "protocol/messages_group.h"
#include "protocol/messages_share_admin.h"
#include "protocol/messages_transaction.h"

namespace kafkascope::broker {

/// Sets the error for every partition, topic or member in `request`. For a request that no broker answers, returns an
/// empty FetchResponse with the error.
protocol::Body error_answer(const protocol::Body& request, protocol::ErrorCode error);

/// Calls f(TopicPartition) for every partition in the request.
template <class F>
void for_each_partition(const protocol::Body& request, F&& f) {
  const auto all = [&f](const auto& r) {
    for (const auto& p : r.partitions) f(p.partition);
  };
  if (const auto* produce = protocol::get_if<protocol::ProduceRequest>(&request)) all(*produce);
  if (const auto* fetch = protocol::get_if<protocol::FetchRequest>(&request)) all(*fetch);
  if (const auto* list = protocol::get_if<protocol::ListOffsetsRequest>(&request)) all(*list);
  if (const auto* remove = protocol::get_if<protocol::DeleteRecordsRequest>(&request)) all(*remove);
  if (const auto* epoch = protocol::get_if<protocol::OffsetForLeaderEpochRequest>(&request)) all(*epoch);
  if (const auto* commit = protocol::get_if<protocol::OffsetCommitRequest>(&request)) all(*commit);
  if (const auto* alter = protocol::get_if<protocol::AlterShareGroupOffsetsRequest>(&request)) all(*alter);
  if (const auto* txn = protocol::get_if<protocol::TxnOffsetCommitRequest>(&request)) all(*txn);
  if (const auto* producers = protocol::get_if<protocol::DescribeProducersRequest>(&request))
    for (const protocol::TopicPartition& p : producers->partitions) f(p);
  if (const auto* offsets = protocol::get_if<protocol::OffsetFetchRequest>(&request))
    for (const protocol::TopicPartition& p : offsets->partitions) f(p);
  if (const auto* starts = protocol::get_if<protocol::DescribeShareGroupOffsetsRequest>(&request))
    for (const protocol::TopicPartition& p : starts->partitions) f(p);
  if (const auto* remove = protocol::get_if<protocol::OffsetDeleteRequest>(&request))
    for (const protocol::TopicPartition& p : remove->partitions) f(p);
}

}  // namespace kafkascope::broker
