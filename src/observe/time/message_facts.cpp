#include "observe/time/message_facts.h"

#include <fmt/format.h>

#include <string>
#include <type_traits>
#include <utility>

#include "protocol/all_messages.h"
#include "protocol/errors.h"
#include "protocol/message.h"
#include "protocol/metadata_records.h"

namespace kafkascope::observe {

namespace {

using protocol::TopicPartition;

template <class B>
struct OfNobody : std::false_type {};
template <class M>
struct OfNobody<protocol::NoAnswer<M>> : std::true_type {};

template <class B, class... T>
constexpr bool is_one_of() {
  return (std::is_same_v<B, T> || ...);
}
template <class B>
constexpr bool is_zookeepers() {
  using namespace protocol;
  return OfNobody<B>::value ||
         is_one_of<B, ZkConnectRequest, ZkConnectResponse, ZkRequest, ZkResponse, ZkPingRequest, ZkPingResponse,
                   ZkSetWatchesRequest, ZkSetWatchesResponse, ZkWatcherEvent, ZkNotification, ZkFollowerInfo,
                   ZkLeaderInfo, ZkAckEpoch, ZkSync, ZkNewLeader, ZkNewLeaderAck, ZkUpToDate, ZkProposal, ZkAck,
                   ZkCommit, ZkForward, ZkQuorumPing, ZkQuorumPingAnswer, ZkRevalidateRequest, ZkRevalidateResponse>();
}

/// The operation and its znode; Kafka's and ZooKeeper's names are the same in both languages.
template <class B>
void tell_zookeeper(const B& b, MessageFacts& out) {
  using namespace protocol;
  const auto operation = [&](const ZkOperation& op) {
    const std::string& path = op.ops.empty() ? op.path : op.ops.back().path;
    out.text = std::string(name(op.code)) + (path.empty() ? "" : " " + path);
  };
  if constexpr (is_one_of<B, ZkRequest, ZkForward>()) {
    operation(*b.operation);
  } else if constexpr (std::is_same_v<B, ZkResponse>) {
    out.refused = b.result->error != ZkError::OK;
    if (out.refused) out.text = name(b.result->error);
  } else if constexpr (std::is_same_v<B, ZkWatcherEvent>) {
    out.text = fmt::format("{} {}", name(b.type), b.path);
  } else if constexpr (std::is_same_v<B, ZkProposal>) {
    out.text = fmt::format("{} {}", zxid_text(b.txn->zxid),
                           b.txn->path.empty() ? name(b.txn->type) : std::string_view(b.txn->path));
  } else if constexpr (is_one_of<B, ZkAck, ZkCommit>()) {
    out.text = zxid_text(b.zxid);
  } else if constexpr (std::is_same_v<B, ZkNotification>) {
    out.text = fmt::format("zookeeper-{}", b.leader);
    out.number = b.peer_epoch;
  } else if constexpr (std::is_same_v<B, ZkSync>) {
    out.text = name(b.kind);
  }
}

}  // namespace

MessageFacts facts_of(const protocol::Message& message, const std::function<bool(TopicPartition)>& shown) {
  MessageFacts out;
  out.correlation_id = message.correlation_id;
  const auto partition = [&](TopicPartition tp) {
    if (out.partition.partition < 0 && shown(tp)) out.partition = tp;
    return out.partition == tp;
  };
  const auto error = [&](protocol::ErrorCode e) {
    if (e == protocol::ErrorCode::NONE || out.refused) return;
    out.refused = true;
    out.text = protocol::name(e);
  };
  using namespace protocol;
  protocol::visit(
      [&](const auto& b) {
        using B = std::decay_t<decltype(b)>;
        if constexpr (std::is_same_v<B, ProduceRequest>) {
          out.family = Family::Produce;
          for (const auto& p : b.partitions) {
            if (out.number < 0 && partition(p.partition)) out.number = p.batch->base_sequence;
            out.records += p.batch->count();
          }
        } else if constexpr (std::is_same_v<B, ProduceResponse>) {
          out.family = Family::Produce;
          for (const auto& p : b.partitions) {
            partition(p.partition);
            error(p.error);
          }
        } else if constexpr (std::is_same_v<B, FetchRequest>) {
          out.family = b.replica_id >= 0 ? Family::Replicate : Family::Consume;
          for (const auto& p : b.partitions)
            if (out.number < 0 && partition(p.partition)) out.number = p.fetch_offset.value;
        } else if constexpr (std::is_same_v<B, FetchResponse>) {
          out.family = Family::Consume;
          for (const auto& p : b.partitions) {
            if (!p.batches.empty() || b.partitions.size() == 1) partition(p.partition);
            error(p.error);
            for (const StoredBatch& batch : p.batches) out.records += batch.data->count();
          }
        } else if constexpr (is_one_of<B, ShareFetchRequest, ShareAcknowledgeRequest>()) {
          out.family = Family::Consume;
          for (const auto& p : b.partitions) partition(p.partition);
        } else if constexpr (is_one_of<B, ShareFetchResponse, ShareAcknowledgeResponse>()) {
          out.family = Family::Consume;
          error(b.error);
          for (const auto& p : b.partitions) {
            partition(p.partition);
            error(p.error);
            if constexpr (std::is_same_v<B, ShareFetchResponse>) {
              error(p.acknowledge_error);
              for (const auto& a : p.acquired) out.records += static_cast<int>(a.last - a.first) + 1;
            }
          }
        } else if constexpr (is_one_of<B, JoinGroupRequest, SyncGroupRequest, HeartbeatRequest, LeaveGroupRequest,
                                       OffsetCommitRequest, OffsetFetchRequest, FindCoordinatorRequest,
                                       OffsetDeleteRequest, DeleteGroupsRequest, ConsumerGroupHeartbeatRequest,
                                       ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse,
                                       ShareGroupDescribeRequest, ShareGroupDescribeResponse,
                                       DescribeShareGroupOffsetsRequest, AlterShareGroupOffsetsRequest,
                                       DeleteShareGroupOffsetsRequest, ShareGroupHeartbeatRequest>()) {
          out.family = Family::Group;
        } else if constexpr (std::is_same_v<B, OffsetCommitResponse>) {
          out.family = Family::Group;
          for (const auto& p : b.partitions) error(p.error);
        } else if constexpr (is_one_of<B, JoinGroupResponse, SyncGroupResponse, HeartbeatResponse, LeaveGroupResponse,
                                       OffsetFetchResponse, FindCoordinatorResponse, OffsetDeleteResponse,
                                       DeleteGroupsResponse, ConsumerGroupHeartbeatResponse,
                                       ShareGroupHeartbeatResponse, DescribeShareGroupOffsetsResponse,
                                       AlterShareGroupOffsetsResponse, DeleteShareGroupOffsetsResponse>()) {
          out.family = Family::Group;
          error(b.error);
        } else if constexpr (is_one_of<B, ApiVersionsRequest, ApiVersionsResponse, MetadataRequest, MetadataResponse,
                                       ListOffsetsRequest, ListOffsetsResponse, InitProducerIdRequest,
                                       InitProducerIdResponse, OffsetForLeaderEpochRequest,
                                       OffsetForLeaderEpochResponse>()) {
          out.family = Family::Metadata;
        } else if constexpr (is_one_of<B, QueueSendRequest, QueueSendResponse, ServiceCallRequest,
                                       ServiceCallResponse>()) {
          out.family = Family::Produce;
          out.records = std::is_same_v<B, QueueSendRequest> ? 1 : 0;
        } else if constexpr (is_one_of<B, QueueConsumeRequest, QueueConsumeResponse, QueueDeliverRequest,
                                       QueueDeliverResponse>()) {
          out.family = Family::Consume;
          out.records = std::is_same_v<B, QueueDeliverRequest> ? 1 : 0;
        } else if constexpr (is_one_of<B, AddPartitionsToTxnRequest, AddPartitionsToTxnResponse, AddOffsetsToTxnRequest,
                                       AddOffsetsToTxnResponse, EndTxnRequest, EndTxnResponse, WriteTxnMarkersRequest,
                                       WriteTxnMarkersResponse, TxnOffsetCommitRequest, TxnOffsetCommitResponse,
                                       DescribeTransactionsRequest, DescribeTransactionsResponse,
                                       ListTransactionsRequest, ListTransactionsResponse>()) {
          out.family = Family::Transaction;
          if constexpr (requires { b.error; }) error(b.error);
        } else if constexpr (is_zookeepers<B>()) {
          out.family = Family::ZooKeeper;
          tell_zookeeper(b, out);
        } else {
          out.family = Family::Control;
          if constexpr (std::is_same_v<B, QuorumFetchResponse>) {
            for (const SharedMetadataEntry& e : b.entries)
              if (const auto* change = std::get_if<PartitionChangeRecord>(&e->record);
                  change != nullptr && change->has_leader) {
                out.new_leader = change->leader;
                partition(change->partition);
              }
            out.records = static_cast<int>(b.entries.size());
          }
        }
      },
      message.body);
  return out;
}

MessageContent content_of(const protocol::Message& message, const std::function<bool(TopicPartition)>& shown) {
  using namespace protocol;
  MessageContent out;
  const auto each = [&](const auto& parts, const auto& tell) {
    out.partitions = static_cast<int>(parts.size());
    for (const auto& p : parts) {
      if (!shown(p.partition)) continue;
      tell(p);
      return;
    }
  };
  protocol::visit(
      [&](const auto& b) {
        using B = std::decay_t<decltype(b)>;
        if constexpr (std::is_same_v<B, ProduceRequest>) {
          each(b.partitions, [&](const PartitionProduceData& p) {
            if (p.batch->base_sequence < 0) return;
            out.sequence = p.batch->base_sequence;
            out.producer_id = p.batch->producer_id;
            out.producer_epoch = p.batch->producer_epoch;
          });
        } else if constexpr (std::is_same_v<B, ProduceResponse>) {
          each(b.partitions, [&](const PartitionProduceResponse& p) {
            if (p.error == ErrorCode::NONE) out.offset = p.base_offset.value;
          });
        } else if constexpr (std::is_same_v<B, FetchRequest>) {
          each(b.partitions, [&](const FetchPartition& p) {
            out.offset = p.fetch_offset.value;
            out.leader_epoch = p.current_leader_epoch.value;
          });
        } else if constexpr (std::is_same_v<B, FetchResponse>) {
          out.partitions = static_cast<int>(b.partitions.size());
          for (const FetchPartitionResponse& p : b.partitions) {
            if (p.batches.empty() || !shown(p.partition)) continue;
            out.offset = p.batches.front().base_offset.value;
            out.leader_epoch = p.batches.front().leader_epoch.value;
            out.bytes = p.cut_bytes;
            out.records = 0;
            for (const StoredBatch& batch : p.batches) {
              out.bytes += batch.data->size_bytes;
              out.records += batch.data->count();
            }
            break;
          }
        } else if constexpr (std::is_same_v<B, QuorumFetchRequest>) {
          out.offset = b.fetch_offset.value;
        } else if constexpr (std::is_same_v<B, QuorumFetchResponse>) {
          if (!b.entries.empty()) out.offset = b.base_offset.value;
        } else if constexpr (std::is_same_v<B, OffsetForLeaderEpochRequest>) {
          each(b.partitions, [&](const OffsetForLeaderEpochPartition& p) { out.leader_epoch = p.leader_epoch.value; });
        } else if constexpr (std::is_same_v<B, OffsetForLeaderEpochResponse>) {
          each(b.partitions, [&](const OffsetForLeaderEpochResult& p) {
            out.offset = p.end_offset.value;
            out.leader_epoch = p.leader_epoch.value;
          });
        } else if constexpr (is_one_of<B, OffsetCommitRequest, TxnOffsetCommitRequest>()) {
          each(b.partitions, [&](const OffsetCommitPartition& p) { out.offset = p.offset.value; });
        } else if constexpr (std::is_same_v<B, OffsetFetchResponse>) {
          each(b.partitions, [&](const OffsetFetchResult& p) { out.offset = p.committed_offset.value; });
        } else if constexpr (std::is_same_v<B, ListOffsetsResponse>) {
          each(b.partitions, [&](const ListOffsetsPartitionResponse& p) { out.offset = p.offset.value; });
        }
      },
      message.body);
  return out;
}

}  // namespace kafkascope::observe
