#include "broker/error_answer.h"

#include <optional>

#include "protocol/messages_admin.h"
#include "protocol/messages_consumer_group.h"
#include "protocol/messages_quorum.h"

namespace kafkascope::broker {
namespace {

using namespace protocol;

struct Refuse {
  ErrorCode error;

  Body operator()(const ProduceRequest& r) const {
    ProduceResponse out;
    for (const auto& p : r.partitions) {
      PartitionProduceResponse& row = out.partitions.emplace_back();
      row.partition = p.partition;
      row.error = error;
    }
    return out;
  }
  Body operator()(const FetchRequest& r) const {
    FetchResponse out;
    for (const auto& p : r.partitions) {
      FetchPartitionResponse& row = out.partitions.emplace_back();
      row.partition = p.partition;
      row.error = error;
    }
    return out;
  }
  Body operator()(const DeleteRecordsRequest& r) const {
    DeleteRecordsResponse out;
    for (const DeleteRecordsPartition& p : r.partitions) out.partitions.push_back({p.partition, Offset{}, error});
    return out;
  }
  Body operator()(const ListOffsetsRequest& r) const {
    ListOffsetsResponse out;
    for (const auto& p : r.partitions) {
      ListOffsetsPartitionResponse& row = out.partitions.emplace_back();
      row.partition = p.partition;
      row.error = error;
    }
    return out;
  }
  Body operator()(const OffsetForLeaderEpochRequest& r) const {
    OffsetForLeaderEpochResponse out;
    for (const auto& p : r.partitions) {
      OffsetForLeaderEpochResult& row = out.partitions.emplace_back();
      row.partition = p.partition;
      row.error = error;
    }
    return out;
  }
  Body operator()(const ApiVersionsRequest&) const { return ApiVersionsResponse{error, 0}; }
  Body operator()(const MetadataRequest& r) const {
    MetadataResponse out;
    for (const auto& t : r.topics) {
      MetadataTopic& row = out.topics.emplace_back();
      row.name = t;
      row.error = error;
    }
    return out;
  }
  Body operator()(const OffsetCommitRequest& r) const {
    OffsetCommitResponse out;
    for (const auto& p : r.partitions) out.partitions.push_back({p.partition, error});
    return out;
  }
  Body operator()(const CreateTopicsRequest& r) const {
    CreateTopicsResponse out;
    for (const auto& t : r.topics) out.topics.push_back({t.name, error, {}});
    return out;
  }
  Body operator()(const IncrementalAlterConfigsRequest& r) const {
    IncrementalAlterConfigsResponse out;
    for (const auto& c : r.configs)
      if (out.results.empty() || out.results.back().name != c.resource) out.results.push_back({c.resource, error, {}});
    return out;
  }
  Body operator()(const JoinGroupRequest& r) const {
    JoinGroupResponse out;
    out.member_id = r.member_id;
    out.error = error;
    return out;
  }
  Body operator()(const ShareGroupDescribeRequest& r) const {
    ShareGroupDescribeResponse out;
    for (const std::string& group : r.groups) out.groups.push_back({error, group, {}, 0, 0, {}, {}});
    return out;
  }
  Body operator()(const DeleteGroupsRequest& r) const {
    DeleteGroupsResponse out;
    for (const std::string& group : r.groups) out.results.push_back({group, error, {}});
    return out;
  }
  Body operator()(const ConsumerGroupDescribeRequest& r) const {
    ConsumerGroupDescribeResponse out;
    for (const std::string& group : r.groups) out.groups.push_back({error, group, {}, 0, 0, {}, {}});
    return out;
  }
  Body operator()(const AddPartitionsToTxnRequest& r) const {
    AddPartitionsToTxnResponse out;
    for (const auto& t : r.transactions) {
      AddPartitionsToTxnResult& row = out.results.emplace_back();
      row.transactional_id = t.transactional_id;
      for (const TopicPartition p : t.partitions) row.partitions.push_back({p, error});
    }
    return out;
  }
  Body operator()(const WriteTxnMarkersRequest& r) const {
    WriteTxnMarkersResponse out;
    for (const auto& marker : r.markers) {
      WritableTxnMarkerResult& row = out.markers.emplace_back();
      row.producer_id = marker.producer_id;
      for (const TopicPartition p : marker.partitions) row.partitions.push_back({p, error});
    }
    return out;
  }
  Body operator()(const TxnOffsetCommitRequest& r) const {
    TxnOffsetCommitResponse out;
    for (const auto& p : r.partitions) out.partitions.push_back({p.partition, error});
    return out;
  }
  Body operator()(const DescribeProducersRequest& r) const {
    DescribeProducersResponse out;
    for (const TopicPartition p : r.partitions) out.partitions.push_back({p, error, {}});
    return out;
  }
  Body operator()(const DescribeTransactionsRequest& r) const {
    DescribeTransactionsResponse out;
    for (const std::string& id : r.transactional_ids) {
      DescribedTransaction& row = out.transactions.emplace_back();
      row.error = error;
      row.transactional_id = id;
    }
    return out;
  }
};

/// Returns the answer of `refuse` for the first type in Kinds that matches the request.
template <class... Kinds>
std::optional<Body> first_of(const Body& request, const Refuse& refuse) {
  std::optional<Body> out;
  const auto is = [&]<class Kind>(const Kind* r) {
    if (r != nullptr) out = refuse(*r);
    return r != nullptr;
  };
  (void)(is(protocol::get_if<Kinds>(&request)) || ...);
  return out;
}

}  // namespace

Body error_answer(const Body& request, ErrorCode error) {
  if (auto rows =
          first_of<ProduceRequest, FetchRequest, DeleteRecordsRequest, ListOffsetsRequest, OffsetForLeaderEpochRequest,
                   ApiVersionsRequest, MetadataRequest, OffsetCommitRequest, CreateTopicsRequest,
                   IncrementalAlterConfigsRequest, JoinGroupRequest, ShareGroupDescribeRequest, DeleteGroupsRequest,
                   ConsumerGroupDescribeRequest, AddPartitionsToTxnRequest, WriteTxnMarkersRequest,
                   TxnOffsetCommitRequest, DescribeProducersRequest, DescribeTransactionsRequest>(request,
                                                                                                  Refuse{error}))
    return *std::move(rows);
  Body out = protocol::empty_response(request);
  if (protocol::error_of(out) == nullptr) out = FetchResponse{};  // brokers do not answer such requests
  *protocol::error_of(out) = error;
  return out;
}

}  // namespace kafkascope::broker
