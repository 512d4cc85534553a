// Any one of the requests and responses, like a std::variant. (std::variant's copying, moving and destruction are
// compiled in every file that includes it; with so many types this was half of every build.)
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>
#include <variant>

#include "protocol/messages_admin.h"
#include "protocol/messages_consumer_group.h"
#include "protocol/messages_contrast.h"
#include "protocol/messages_control.h"
#include "protocol/messages_data.h"
#include "protocol/messages_group.h"
#include "protocol/messages_quorum.h"
#include "protocol/messages_share.h"
#include "protocol/messages_share_admin.h"
#include "protocol/messages_transaction.h"
#include "protocol/messages_zookeeper.h"

namespace kafkascope::protocol {

template <class... Kinds>
struct KindList {
  static constexpr std::size_t kCount = sizeof...(Kinds);
  static constexpr std::size_t kBytes = std::max({sizeof(Kinds)...});
  static constexpr std::size_t kAlignment = std::max({alignof(Kinds)...});

  /// The index of T; -1: T is not a kind.
  template <class T>
  static constexpr int index_of() {
    int index = -1, i = 0;
    ((std::is_same_v<T, Kinds> ? void(index = i++) : void(i++)), ...);
    return index;
  }
};

/// Requests precede their responses, pair by pair. A kind's index is part of every trace hash: add new ones at the end.
using BodyKinds = KindList<
    ProduceRequest, ProduceResponse, FetchRequest, FetchResponse, ListOffsetsRequest, ListOffsetsResponse,
    OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, MetadataRequest, MetadataResponse, InitProducerIdRequest,
    InitProducerIdResponse, FindCoordinatorRequest, FindCoordinatorResponse, JoinGroupRequest, JoinGroupResponse,
    SyncGroupRequest, SyncGroupResponse, HeartbeatRequest, HeartbeatResponse, LeaveGroupRequest, LeaveGroupResponse,
    OffsetCommitRequest, OffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse, VoteRequest, VoteResponse,
    BeginQuorumEpochRequest, BeginQuorumEpochResponse, EndQuorumEpochRequest, EndQuorumEpochResponse,
    QuorumFetchRequest, QuorumFetchResponse, BrokerRegistrationRequest, BrokerRegistrationResponse,
    BrokerHeartbeatRequest, BrokerHeartbeatResponse, AlterPartitionRequest, AlterPartitionResponse,
    AllocateProducerIdsRequest, AllocateProducerIdsResponse, CreateTopicsRequest, CreateTopicsResponse,
    DeleteTopicsRequest, DeleteTopicsResponse, CreatePartitionsRequest, CreatePartitionsResponse, ElectLeadersRequest,
    ElectLeadersResponse, AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse,
    IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, UnregisterBrokerRequest, UnregisterBrokerResponse,
    DeleteRecordsRequest, DeleteRecordsResponse, AssignReplicasToDirsRequest, AssignReplicasToDirsResponse,
    OffsetDeleteRequest, OffsetDeleteResponse, DeleteGroupsRequest, DeleteGroupsResponse, ConsumerGroupHeartbeatRequest,
    ConsumerGroupHeartbeatResponse, QueueSendRequest, QueueSendResponse, QueueConsumeRequest, QueueConsumeResponse,
    QueueDeliverRequest, QueueDeliverResponse, ServiceCallRequest, ServiceCallResponse, CreateAclsRequest,
    CreateAclsResponse, DeleteAclsRequest, DeleteAclsResponse, AlterClientQuotasRequest, AlterClientQuotasResponse,
    UpdateFeaturesRequest, UpdateFeaturesResponse, FetchSnapshotRequest, FetchSnapshotResponse,
    ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse, ZkConnectRequest, ZkConnectResponse, ZkRequest,
    ZkResponse, ZkPingRequest, ZkPingResponse, ZkSetWatchesRequest, ZkSetWatchesResponse, ZkWatcherEvent,
    NoAnswer<ZkWatcherEvent>, ZkNotification, NoAnswer<ZkNotification>, ZkFollowerInfo, ZkLeaderInfo, ZkAckEpoch,
    ZkSync, ZkNewLeader, ZkNewLeaderAck, ZkUpToDate, NoAnswer<ZkUpToDate>, ZkProposal, ZkAck, ZkCommit,
    NoAnswer<ZkCommit>, ZkForward, NoAnswer<ZkForward>, ZkQuorumPing, ZkQuorumPingAnswer, ZkRevalidateRequest,
    ZkRevalidateResponse, LeaderAndIsrRequest, LeaderAndIsrResponse, StopReplicaRequest, StopReplicaResponse,
    UpdateMetadataRequest, UpdateMetadataResponse, ControlledShutdownRequest, ControlledShutdownResponse,
    ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse, ShareFetchRequest, ShareFetchResponse,
    ShareAcknowledgeRequest, ShareAcknowledgeResponse, InitializeShareGroupStateRequest,
    InitializeShareGroupStateResponse, ReadShareGroupStateRequest, ReadShareGroupStateResponse,
    WriteShareGroupStateRequest, WriteShareGroupStateResponse, DeleteShareGroupStateRequest,
    DeleteShareGroupStateResponse, ShareGroupDescribeRequest, ShareGroupDescribeResponse,
    ReadShareGroupStateSummaryRequest, ReadShareGroupStateSummaryResponse, DescribeShareGroupOffsetsRequest,
    DescribeShareGroupOffsetsResponse, AlterShareGroupOffsetsRequest, AlterShareGroupOffsetsResponse,
    DeleteShareGroupOffsetsRequest, DeleteShareGroupOffsetsResponse, ApiVersionsRequest, ApiVersionsResponse,
    AddPartitionsToTxnRequest, AddPartitionsToTxnResponse, AddOffsetsToTxnRequest, AddOffsetsToTxnResponse,
    EndTxnRequest, EndTxnResponse, WriteTxnMarkersRequest, WriteTxnMarkersResponse, TxnOffsetCommitRequest,
    TxnOffsetCommitResponse, DescribeProducersRequest, DescribeProducersResponse, DescribeTransactionsRequest,
    DescribeTransactionsResponse, ListTransactionsRequest, ListTransactionsResponse>;

class Body {
 public:
  /// An empty ProduceRequest.
  Body() : Body(ProduceRequest{}) {}
  template <class T>
  requires(BodyKinds::index_of<T>() >= 0) Body(T value) : index_(static_cast<std::uint8_t>(BodyKinds::index_of<T>())) {
    ::new (static_cast<void*>(storage_)) T(std::move(value));
  }
  Body(const Body& other);
  Body(Body&& other) noexcept;
  Body& operator=(const Body& other);
  Body& operator=(Body&& other) noexcept;
  ~Body();

  std::size_t index() const { return index_; }
  void* data() { return storage_; }
  const void* data() const { return storage_; }

 private:
  std::uint8_t index_;
  alignas(BodyKinds::kAlignment) std::byte storage_[BodyKinds::kBytes];
};

template <class T>
bool holds_alternative(const Body& body) {
  static_assert(BodyKinds::index_of<T>() >= 0);
  return body.index() == static_cast<std::size_t>(BodyKinds::index_of<T>());
}
/// nullptr if the body is of another kind.
template <class T>
T* get_if(Body* body) {
  return holds_alternative<T>(*body) ? static_cast<T*>(body->data()) : nullptr;
}
template <class T>
const T* get_if(const Body* body) {
  return holds_alternative<T>(*body) ? static_cast<const T*>(body->data()) : nullptr;
}
/// Throws std::bad_variant_access if the body is of another kind.
template <class T>
T& get(Body& body) {
  if (T* is = get_if<T>(&body)) return *is;
  throw std::bad_variant_access();
}
template <class T>
const T& get(const Body& body) {
  if (const T* is = get_if<T>(&body)) return *is;
  throw std::bad_variant_access();
}

template <class T, class Result, class F, class Data>
Result call_with(F& f, Data* data) {
  return f(*static_cast<std::conditional_t<std::is_const_v<Data>, const T, T>*>(data));
}
template <class F, class Data, class... Kinds>
decltype(auto) visit_kind(F& f, std::size_t index, Data* data, KindList<Kinds...>) {
  using First = std::conditional_t<std::is_const_v<Data>, const ProduceRequest, ProduceRequest>;
  using Result = std::invoke_result_t<F&, First&>;
  using Call = Result (*)(F&, Data*);
  static constexpr Call kCalls[] = {call_with<Kinds, Result, F, Data>...};
  return kCalls[index](f, data);
}
/// Calls f with the request or response as its own type; all overloads return the same type.
template <class F>
decltype(auto) visit(F&& f, const Body& body) {
  return visit_kind(f, body.index(), body.data(), BodyKinds{});
}
template <class F>
decltype(auto) visit(F&& f, Body& body) {
  return visit_kind(f, body.index(), body.data(), BodyKinds{});
}

}  // namespace kafkascope::protocol
