// Every kind of request: what it is called, its number, the types of its request and its response, and the version that clients and brokers
// of one release speak. From this table come ApiKey, the kinds of a Body, and the names that files may use.
// Numbers are Kafka's (ApiKeys); those from 100 on are for ZooKeeper's messages and the contrast systems, which have none. Versions as reported
// by a 4.1.0 and a 2.5.1 cluster; 0: a request with only one version, or a release that does not have it.
#pragma once

// clang-format off
// API(name, number, request, response, version in 4.1, version in 2.5)
// MORE(name, request, response): a second pair of types under the same number.
// A row's place is part of every trace hash: add new ones at the end.
#define KAFKASCOPE_APIS(API, MORE) \
  API(Produce, 0, ProduceRequest, ProduceResponse, 13, 8) \
  API(Fetch, 1, FetchRequest, FetchResponse, 18, 11) \
  API(ListOffsets, 2, ListOffsetsRequest, ListOffsetsResponse, 10, 5) \
  API(OffsetForLeaderEpoch, 23, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, 4, 3) \
  API(Metadata, 3, MetadataRequest, MetadataResponse, 13, 9) \
  API(InitProducerId, 22, InitProducerIdRequest, InitProducerIdResponse, 5, 3) \
  API(FindCoordinator, 10, FindCoordinatorRequest, FindCoordinatorResponse, 6, 3) \
  API(JoinGroup, 11, JoinGroupRequest, JoinGroupResponse, 9, 7) \
  API(SyncGroup, 14, SyncGroupRequest, SyncGroupResponse, 5, 5) \
  API(Heartbeat, 12, HeartbeatRequest, HeartbeatResponse, 4, 4) \
  API(LeaveGroup, 13, LeaveGroupRequest, LeaveGroupResponse, 5, 4) \
  API(OffsetCommit, 8, OffsetCommitRequest, OffsetCommitResponse, 9, 8) \
  API(OffsetFetch, 9, OffsetFetchRequest, OffsetFetchResponse, 9, 7) \
  API(Vote, 52, VoteRequest, VoteResponse, 0, 0) \
  API(BeginQuorumEpoch, 53, BeginQuorumEpochRequest, BeginQuorumEpochResponse, 0, 0) \
  API(EndQuorumEpoch, 54, EndQuorumEpochRequest, EndQuorumEpochResponse, 0, 0) \
  MORE(Fetch, QuorumFetchRequest, QuorumFetchResponse) \
  API(BrokerRegistration, 62, BrokerRegistrationRequest, BrokerRegistrationResponse, 0, 0) \
  API(BrokerHeartbeat, 63, BrokerHeartbeatRequest, BrokerHeartbeatResponse, 0, 0) \
  API(AlterPartition, 56, AlterPartitionRequest, AlterPartitionResponse, 0, 0) \
  API(AllocateProducerIds, 67, AllocateProducerIdsRequest, AllocateProducerIdsResponse, 0, 0) \
  API(CreateTopics, 19, CreateTopicsRequest, CreateTopicsResponse, 7, 5) \
  API(DeleteTopics, 20, DeleteTopicsRequest, DeleteTopicsResponse, 6, 4) \
  API(CreatePartitions, 37, CreatePartitionsRequest, CreatePartitionsResponse, 3, 2) \
  API(ElectLeaders, 43, ElectLeadersRequest, ElectLeadersResponse, 2, 2) \
  API(AlterPartitionReassignments, 45, AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, 1, 0) \
  API(IncrementalAlterConfigs, 44, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, 1, 1) \
  API(UnregisterBroker, 64, UnregisterBrokerRequest, UnregisterBrokerResponse, 0, 0) \
  API(DeleteRecords, 21, DeleteRecordsRequest, DeleteRecordsResponse, 2, 1) \
  API(AssignReplicasToDirs, 73, AssignReplicasToDirsRequest, AssignReplicasToDirsResponse, 0, 0) \
  API(OffsetDelete, 47, OffsetDeleteRequest, OffsetDeleteResponse, 0, 0) \
  API(DeleteGroups, 42, DeleteGroupsRequest, DeleteGroupsResponse, 2, 2) \
  API(ConsumerGroupHeartbeat, 68, ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, 1, 0) \
  API(QueueSend, 120, QueueSendRequest, QueueSendResponse, 0, 0) \
  API(QueueConsume, 121, QueueConsumeRequest, QueueConsumeResponse, 0, 0) \
  API(QueueDeliver, 122, QueueDeliverRequest, QueueDeliverResponse, 0, 0) \
  API(ServiceCall, 123, ServiceCallRequest, ServiceCallResponse, 0, 0) \
  API(CreateAcls, 30, CreateAclsRequest, CreateAclsResponse, 3, 2) \
  API(DeleteAcls, 31, DeleteAclsRequest, DeleteAclsResponse, 3, 2) \
  API(AlterClientQuotas, 49, AlterClientQuotasRequest, AlterClientQuotasResponse, 0, 0) \
  API(UpdateFeatures, 57, UpdateFeaturesRequest, UpdateFeaturesResponse, 0, 0) \
  API(FetchSnapshot, 59, FetchSnapshotRequest, FetchSnapshotResponse, 0, 0) \
  API(ConsumerGroupDescribe, 69, ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse, 1, 0) \
  API(ZkConnect, 100, ZkConnectRequest, ZkConnectResponse, 0, 0) \
  API(ZkRequest, 101, ZkRequest, ZkResponse, 0, 0) \
  API(ZkPing, 102, ZkPingRequest, ZkPingResponse, 0, 0) \
  API(ZkSetWatches, 103, ZkSetWatchesRequest, ZkSetWatchesResponse, 0, 0) \
  API(ZkWatcherEvent, 104, ZkWatcherEvent, NoAnswer<ZkWatcherEvent>, 0, 0) \
  API(ZkNotification, 105, ZkNotification, NoAnswer<ZkNotification>, 0, 0) \
  API(ZkFollowerInfo, 106, ZkFollowerInfo, ZkLeaderInfo, 0, 0) \
  API(ZkAckEpoch, 107, ZkAckEpoch, ZkSync, 0, 0) \
  API(ZkNewLeader, 108, ZkNewLeader, ZkNewLeaderAck, 0, 0) \
  API(ZkUpToDate, 109, ZkUpToDate, NoAnswer<ZkUpToDate>, 0, 0) \
  API(ZkProposal, 110, ZkProposal, ZkAck, 0, 0) \
  API(ZkCommit, 111, ZkCommit, NoAnswer<ZkCommit>, 0, 0) \
  API(ZkForward, 112, ZkForward, NoAnswer<ZkForward>, 0, 0) \
  API(ZkQuorumPing, 113, ZkQuorumPing, ZkQuorumPingAnswer, 0, 0) \
  API(ZkRevalidate, 114, ZkRevalidateRequest, ZkRevalidateResponse, 0, 0) \
  API(LeaderAndIsr, 4, LeaderAndIsrRequest, LeaderAndIsrResponse, 0, 4) \
  API(StopReplica, 5, StopReplicaRequest, StopReplicaResponse, 0, 2) \
  API(UpdateMetadata, 6, UpdateMetadataRequest, UpdateMetadataResponse, 0, 6) \
  API(ControlledShutdown, 7, ControlledShutdownRequest, ControlledShutdownResponse, 0, 3) \
  API(ShareGroupHeartbeat, 76, ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse, 1, 0) \
  API(ShareFetch, 78, ShareFetchRequest, ShareFetchResponse, 1, 0) \
  API(ShareAcknowledge, 79, ShareAcknowledgeRequest, ShareAcknowledgeResponse, 1, 0) \
  API(InitializeShareGroupState, 83, InitializeShareGroupStateRequest, InitializeShareGroupStateResponse, 0, 0) \
  API(ReadShareGroupState, 84, ReadShareGroupStateRequest, ReadShareGroupStateResponse, 0, 0) \
  API(WriteShareGroupState, 85, WriteShareGroupStateRequest, WriteShareGroupStateResponse, 0, 0) \
  API(DeleteShareGroupState, 86, DeleteShareGroupStateRequest, DeleteShareGroupStateResponse, 0, 0) \
  API(ShareGroupDescribe, 77, ShareGroupDescribeRequest, ShareGroupDescribeResponse, 1, 0) \
  API(ReadShareGroupStateSummary, 87, ReadShareGroupStateSummaryRequest, ReadShareGroupStateSummaryResponse, 0, 0) \
  API(DescribeShareGroupOffsets, 90, DescribeShareGroupOffsetsRequest, DescribeShareGroupOffsetsResponse, 0, 0) \
  API(AlterShareGroupOffsets, 91, AlterShareGroupOffsetsRequest, AlterShareGroupOffsetsResponse, 0, 0) \
  API(DeleteShareGroupOffsets, 92, DeleteShareGroupOffsetsRequest, DeleteShareGroupOffsetsResponse, 0, 0) \
  API(ApiVersions, 18, ApiVersionsRequest, ApiVersionsResponse, 4, 3) \
  API(AddPartitionsToTxn, 24, AddPartitionsToTxnRequest, AddPartitionsToTxnResponse, 5, 1) \
  API(AddOffsetsToTxn, 25, AddOffsetsToTxnRequest, AddOffsetsToTxnResponse, 4, 1) \
  API(EndTxn, 26, EndTxnRequest, EndTxnResponse, 5, 1) \
  API(WriteTxnMarkers, 27, WriteTxnMarkersRequest, WriteTxnMarkersResponse, 1, 0) \
  API(TxnOffsetCommit, 28, TxnOffsetCommitRequest, TxnOffsetCommitResponse, 5, 3) \
  API(DescribeProducers, 61, DescribeProducersRequest, DescribeProducersResponse, 0, 0) \
  API(DescribeTransactions, 65, DescribeTransactionsRequest, DescribeTransactionsResponse, 0, 0) \
  API(ListTransactions, 66, ListTransactionsRequest, ListTransactionsResponse, 2, 0)
// clang-format on
