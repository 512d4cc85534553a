// The requests to the group coordinator. Each is checked, and then goes as an operation on the group's partition to the
// class that knows the kind of group. Kafka: GroupCoordinatorService (4.1).
#include <string>
#include <utility>

#include "coordinator/classic_groups.h"
#include "coordinator/classic_members.h"
#include "coordinator/consumer_groups.h"
#include "coordinator/group_coordinator.h"
#include "coordinator/group_deletion.h"
#include "coordinator/group_offsets.h"
#include "coordinator/share_groups.h"
#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;

namespace {

bool share_groups_enabled(const GroupCoordinatorConfig& config, Host& host) {
  return config.v4 && host.metadata().feature("share.version") >= 1;
}

/// Answers with the error, unless it is NONE: then the operation has answered, or will.
template <class Response>
void refuse(Host& host, RequestHandle request, ErrorCode error) {
  if (error == ErrorCode::NONE) return;
  Response response;
  response.error = error;
  host.reply(request, std::move(response));
}

}  // namespace

template <class Operation>
ErrorCode GroupCoordinator::operate(Host& host, std::string_view group_id, Operation&& operation) {
  const std::int32_t partition = partition_for(host, group_id);
  Shard* shard = find_shard(partition);
  if (const ErrorCode e = unavailable(shard); e != ErrorCode::NONE) return e;
  GroupOperation op(*this, host, *shard);
  operation(op);
  flush_if_due(host, partition);
  return ErrorCode::NONE;
}

template <class Operation>
ErrorCode GroupCoordinator::operate_on_share_group(Host& host, const std::string& group_id, Operation&& operation) {
  if (!share_groups_enabled(config(), host)) return ErrorCode::UNSUPPORTED_VERSION;
  if (group_id.empty()) return ErrorCode::INVALID_GROUP_ID;
  return operate(host, group_id, std::forward<Operation>(operation));
}

template <class Act>
ErrorCode GroupCoordinator::operate_on_classic_member(Host& host, const std::string& group_id, Act&& act) {
  if (group_id.empty()) return ErrorCode::INVALID_GROUP_ID;
  return operate(host, group_id, [&](GroupOperation& op) {
    if (ConsumerGroup* newer = op.consumer_group(group_id)) act(ClassicMembers(op, *newer));
    else act(ClassicGroups(op));
  });
}

// ---- classic members. A group of the newer protocol accepts them, too.

void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::JoinGroupRequest& r) {
  const auto refuse_member = [&](ErrorCode error) {
    protocol::JoinGroupResponse response;
    response.error = error;
    response.member_id = r.member_id;
    host.reply(request, std::move(response));
  };
  if (r.group_id.empty()) return refuse_member(ErrorCode::INVALID_GROUP_ID);
  if (r.session_timeout_ms < config().min_session_timeout_ms || r.session_timeout_ms > config().max_session_timeout_ms)
    return refuse_member(ErrorCode::INVALID_SESSION_TIMEOUT);
  const ErrorCode error = operate(host, r.group_id, [&](GroupOperation& op) {
    if (ConsumerGroup* newer = op.consumer_group(r.group_id)) {
      if (!newer->empty()) return ClassicMembers(op, *newer).join(request, r);
      // A member without an id replaces an empty group by a classic one.
      if (!r.member_id.empty()) return refuse_member(ErrorCode::UNKNOWN_MEMBER_ID);
      ConsumerGroups(op).remove(r.group_id);
      op.write(std::nullopt);  // no request waits for these
    }
    ClassicGroups(op).join(request, r);
  });
  if (error != ErrorCode::NONE) refuse_member(error);
}

void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::SyncGroupRequest& r) {
  const ErrorCode error = operate_on_classic_member(host, r.group_id, [&](auto members) { members.sync(request, r); });
  refuse<protocol::SyncGroupResponse>(host, request, error);
}

void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::HeartbeatRequest& r) {
  const ErrorCode error =
      operate_on_classic_member(host, r.group_id, [&](auto members) { members.heartbeat(request, r); });
  // While the group is loading its members are unknown: every heartbeat is accepted
  // (GroupCoordinatorService.heartbeat).
  if (error == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS)
    return host.reply(request, protocol::HeartbeatResponse{ErrorCode::NONE});
  refuse<protocol::HeartbeatResponse>(host, request, error);
}

void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::LeaveGroupRequest& r) {
  const ErrorCode error = operate_on_classic_member(host, r.group_id, [&](auto members) { members.leave(request, r); });
  refuse<protocol::LeaveGroupResponse>(host, request, error);
}

// ---- groups of the newer protocol

void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::ConsumerGroupHeartbeatRequest& r) {
  ErrorCode error =
      config().v4 ? ConsumerGroups::request_error(r, config().consumer_assignors) : ErrorCode::UNSUPPORTED_VERSION;
  if (error == ErrorCode::NONE)
    error = operate(host, r.group_id, [&](GroupOperation& op) { ConsumerGroups(op).heartbeat(request, r); });
  refuse<protocol::ConsumerGroupHeartbeatResponse>(host, request, error);
}

void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::ConsumerGroupDescribeRequest& r) {
  protocol::ConsumerGroupDescribeResponse response;
  ErrorCode error = ErrorCode::UNSUPPORTED_VERSION;
  if (config().v4 && !r.groups.empty())  // all groups have one coordinator and partition, as with DeleteGroups
    error = operate(host, r.groups.front(), [&](GroupOperation& op) {
      for (const std::string& id : r.groups) response.groups.push_back(ConsumerGroups(op).describe(id));
    });
  if (error != ErrorCode::NONE)
    for (const std::string& id : r.groups) {
      protocol::DescribedGroup& row = response.groups.emplace_back();
      row.group_id = id;
      row.error = error;
    }
  host.reply(request, std::move(response));
}

// ---- share groups

void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::ShareGroupHeartbeatRequest& r) {
  const bool joins = r.member_epoch == protocol::kJoinGroupEpoch;
  ErrorCode error = ErrorCode::NONE;
  if (!share_groups_enabled(config(), host)) error = ErrorCode::UNSUPPORTED_VERSION;
  else if (r.group_id.empty() || r.member_id.empty() || r.member_epoch < protocol::kLeaveGroupEpoch ||
           (joins && !r.has_subscription))
    error = ErrorCode::INVALID_REQUEST;
  else error = operate(host, r.group_id, [&](GroupOperation& op) { ShareGroups(op).heartbeat(request, r); });
  refuse<protocol::ShareGroupHeartbeatResponse>(host, request, error);
}

void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::ShareGroupDescribeRequest& r) {
  protocol::ShareGroupDescribeResponse response;
  for (const std::string& id : r.groups) {
    protocol::DescribedShareGroup row;
    row.group_id = id;
    const ErrorCode error =
        operate_on_share_group(host, id, [&](GroupOperation& op) { row = ShareGroups(op).describe(id); });
    if (error != ErrorCode::NONE) row.error = error;
    response.groups.push_back(std::move(row));
  }
  host.reply(request, std::move(response));
}

void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::DescribeShareGroupOffsetsRequest& r) {
  refuse<protocol::DescribeShareGroupOffsetsResponse>(host, request,
                                                      operate_on_share_group(host, r.group_id, [&](GroupOperation& op) {
                                                        ShareGroupOffsets(op, share_calls_).describe(request, r);
                                                      }));
}

void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::AlterShareGroupOffsetsRequest& r) {
  refuse<protocol::AlterShareGroupOffsetsResponse>(host, request,
                                                   operate_on_share_group(host, r.group_id, [&](GroupOperation& op) {
                                                     ShareGroupOffsets(op, share_calls_).alter(request, r);
                                                   }));
}

void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::DeleteShareGroupOffsetsRequest& r) {
  refuse<protocol::DeleteShareGroupOffsetsResponse>(host, request,
                                                    operate_on_share_group(host, r.group_id, [&](GroupOperation& op) {
                                                      ShareGroupOffsets(op, share_calls_).remove(request, r);
                                                    }));
}

void GroupCoordinator::on_share_state_initialized(Host& host, const std::string& group_id, protocol::TopicPartition tp,
                                                  ErrorCode state_error) {
  operate(host, group_id, [&](GroupOperation& op) { ShareGroups(op).on_state_initialized(group_id, tp, state_error); });
}

void GroupCoordinator::on_share_call_answer(Host& host, std::uint64_t number, protocol::TopicPartition tp,
                                            const protocol::ReadShareGroupStateSummaryResponse& answer) {
  ShareCall* waiting = share_calls_.find(number);
  if (waiting == nullptr || !waiting->on_answer(tp, answer)) return;
  ShareCall call = *share_calls_.take(number);
  const std::string group = call.group;
  const ErrorCode error =
      operate(host, group, [&](GroupOperation& op) { ShareGroupOffsets(op, share_calls_).finish(std::move(call)); });
  if (error != ErrorCode::NONE) host.reply(call.request, with_error(std::move(call.response), error));
}

// ---- offsets, and the deletion of groups

void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::OffsetCommitRequest& r) {
  const ErrorCode error = operate(host, r.group_id, [&](GroupOperation& op) { GroupOffsets(op).commit(request, r); });
  if (error == ErrorCode::NONE) return;
  protocol::OffsetCommitResponse response;
  for (const auto& p : r.partitions) response.partitions.push_back({p.partition, error});
  host.reply(request, std::move(response));
}

// Kafka: GroupCoordinatorService.fetchOffsets.
void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::OffsetFetchRequest& r) {
  refuse<protocol::OffsetFetchResponse>(
      host, request, operate(host, r.group_id, [&](GroupOperation& op) { GroupOffsets(op).fetch(request, r); }));
}

void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::OffsetDeleteRequest& r) {
  refuse<protocol::OffsetDeleteResponse>(
      host, request, operate(host, r.group_id, [&](GroupOperation& op) { GroupOffsets(op).remove(request, r); }));
}

void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::DeleteGroupsRequest& r) {
  ErrorCode error = ErrorCode::NOT_COORDINATOR;
  if (!r.groups.empty())
    error = operate(host, r.groups.front(), [&](GroupOperation& op) { GroupDeletion(op).delete_groups(request, r); });
  if (error == ErrorCode::NONE) return;
  protocol::DeleteGroupsResponse response;
  for (const std::string& id : r.groups) response.results.push_back({id, error, {}});
  host.reply(request, std::move(response));
}

// ---- offsets in transactions

void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::TxnOffsetCommitRequest& r) {
  TxnOffsetCommit commit{request, r, {}};
  std::erase_if(commit.body.partitions, [&](const protocol::OffsetCommitPartition& p) {
    if (host.metadata().partition(p.partition) != nullptr) return false;
    commit.refused.partitions.push_back({p.partition, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION});  // KafkaApis
    return true;
  });
  if (commit.body.partitions.empty()) return host.reply(request, std::move(commit.refused));
  if (r.group_id.empty()) return commit.refuse(host, ErrorCode::INVALID_GROUP_ID);
  const std::uint64_t call = txn_commits_.next_number();
  const auto verified =
      config().v4 && (supports_epoch_bump(r.transaction_version) || !sim::mutant("offsets-not-verified"))
          ? host.start_transaction_verification(partition_for(host, r.group_id), r.transactional_id, r.producer_id,
                                                r.producer_epoch, r.transaction_version, call)
          : TransactionVerified{};
  if (verified) commit_in_transaction(host, commit, *verified);
  else txn_commits_.add(call, std::move(commit));
}

void GroupCoordinator::on_transaction_verified(Host& host, std::uint64_t call, const TransactionVerified& verified) {
  if (const std::optional<TxnOffsetCommit> commit = txn_commits_.take(call))
    commit_in_transaction(host, *commit, verified);
}

void GroupCoordinator::commit_in_transaction(Host& host, const TxnOffsetCommit& commit,
                                             const TransactionVerified& verified) {
  ErrorCode error = verified.error;
  if (error == ErrorCode::NONE)
    error = operate(host, commit.body.group_id,
                    [&](GroupOperation& op) { TransactionalOffsets(op).commit(commit, verified.guard); });
  else
    error = error == ErrorCode::NETWORK_EXCEPTION ? ErrorCode::COORDINATOR_LOAD_IN_PROGRESS
                                                  : append_error_to_response_error(error);
  if (error != ErrorCode::NONE) commit.refuse(host, error);
}

void GroupCoordinator::complete_transaction(Host& host, std::int32_t partition,
                                            const protocol::WritableTxnMarker& marker, std::uint64_t call) {
  Shard* shard = find_shard(partition);
  if (const ErrorCode error = unavailable(shard); error != ErrorCode::NONE)
    return host.on_transaction_completed(call, error);
  GroupOperation op(*this, host, *shard);
  TransactionalOffsets(op).end(marker, call);
}

}  // namespace kafkascope::coordinator
