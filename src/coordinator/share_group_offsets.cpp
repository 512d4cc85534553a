// Administrative requests about share groups: ShareGroupDescribe, and describing, altering and deleting start offsets
// (KIP-932). Kafka: GroupCoordinatorService.shareGroupDescribe, describeShareGroupOffsets, alterShareGroupOffsets,
// deleteShareGroupOffsets, GroupMetadataManager.alterShareGroupOffsets, sharePartitionsEligibleForOffsetDeletion (4.1).
//
// The share coordinator stores the start offsets. To alter or delete them, the group first writes a record of the
// planned change; then the share coordinator is asked partition by partition; a second record stores the result, and
// the response follows it.
#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "coordinator/modern_groups.h"

namespace kafkascope::coordinator {

namespace {

/// Inserts into a sorted list, without duplicates.
template <class T>
void insert(std::vector<T>& list, const T& item) {
  const auto at = std::lower_bound(list.begin(), list.end(), item);
  if (at == list.end() || *at != item) list.insert(at, item);
}

}  // namespace

using protocol::AlterShareGroupOffsetsResponse;
using protocol::DeleteShareGroupOffsetsResponse;
using protocol::DescribeShareGroupOffsetsResponse;
using protocol::ErrorCode;
using protocol::TopicPartition;

ErrorCode GroupCoordinator::share_group_error(Host& host, const std::string& id, Shard*& shard, bool without_members) {
  if (!share_groups_enabled(host)) return ErrorCode::UNSUPPORTED_VERSION;
  if (id.empty()) return ErrorCode::INVALID_GROUP_ID;
  shard = shard_for(host, id);
  if (const ErrorCode e = unavailable(shard); e != ErrorCode::NONE) return e;
  const auto it = shard->share_groups.find(id);
  if (it == shard->share_groups.end()) return ErrorCode::GROUP_ID_NOT_FOUND;
  return without_members && !it->second.empty() ? ErrorCode::NON_EMPTY_GROUP : ErrorCode::NONE;
}

// Kafka: ShareGroup.asDescribedGroup. A read operation: it uses the committed state.
void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::ShareGroupDescribeRequest& r) {
  protocol::ShareGroupDescribeResponse response;
  Shard* shard = nullptr;  // all groups have one coordinator and partition, as with DeleteGroups
  for (const std::string& id : r.groups) {
    protocol::DescribedShareGroup& out = response.groups.emplace_back();
    out.group_id = id;
    out.error = share_group_error(host, id, shard, false);
    const ShareGroup* found = nullptr;
    if (out.error == ErrorCode::NONE || out.error == ErrorCode::GROUP_ID_NOT_FOUND) {
      found = committed_share_group(*shard, id);
      out.error = found == nullptr ? ErrorCode::GROUP_ID_NOT_FOUND : ErrorCode::NONE;
      if (found == nullptr) out.group_state = name(ShareGroupState::Dead);
    }
    if (found == nullptr) continue;
    const ShareGroup& group = *found;
    out.group_state = name(group.state());
    out.group_epoch = group.group_epoch();
    out.assignment_epoch = group.assignment_epoch();
    out.assignor_name = "simple";
    for (const auto& [member_id, m] : group.members())
      out.members.push_back({member_id, m.client_id, m.member_epoch, m.subscribed_topic_names, m.assigned});
  }
  host.reply(request, std::move(response));
}

void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::DescribeShareGroupOffsetsRequest& r) {
  DescribeShareGroupOffsetsResponse response;
  Shard* shard = nullptr;
  response.error = share_group_error(host, r.group_id, shard, false);
  if (response.error != ErrorCode::NONE) return host.reply(request, std::move(response));
  const std::set<TopicPartition>& known = shard->share_groups.find(r.group_id)->second.initialized();
  ShareCall call;
  for (const TopicPartition tp : r.all ? Partitions(known.begin(), known.end()) : r.partitions) {
    protocol::DescribedShareOffset& row = response.partitions.emplace_back();
    row.partition = tp;
    if (host.metadata().partition(tp) == nullptr) row.error = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
    else if (known.contains(tp)) call.asks.emplace_back(tp, protocol::Offset{});
  }
  call.response = std::move(response);
  begin_share_call(host, *shard, request, r.group_id, std::move(call), {});
}

void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::AlterShareGroupOffsetsRequest& r) {
  AlterShareGroupOffsetsResponse response;
  Shard* shard = nullptr;
  response.error = share_group_error(host, r.group_id, shard, true);
  // The start offsets of a group that does not exist yet may also be altered.
  const bool fresh = response.error == ErrorCode::GROUP_ID_NOT_FOUND && find_group(*shard, r.group_id) == nullptr &&
                     !shard->consumer_groups.contains(r.group_id);
  if (response.error != ErrorCode::NONE && !fresh) return host.reply(request, std::move(response));
  response.error = ErrorCode::NONE;
  ShareCall call;
  ShareGroupStatePartitionMetadataValue next;
  if (!fresh) next = shard->share_groups.find(r.group_id)->second.state_partitions();
  for (const protocol::AlterShareGroupOffsetsPartition& p : r.partitions) {
    const bool known = host.metadata().partition(p.partition) != nullptr;
    response.partitions.push_back({p.partition, known ? ErrorCode::NONE : ErrorCode::UNKNOWN_TOPIC_OR_PARTITION});
    if (!known) continue;
    call.asks.emplace_back(p.partition, p.start_offset);
    insert(next.initializing, p.partition);
    std::erase(next.deleting, p.partition.topic);
  }
  Records records;
  if (!call.asks.empty())
    apply(host, *shard, records, r.group_id, ShareGroupStatePartitionMetadataRecord{{r.group_id}, std::move(next)});
  call.response = std::move(response);
  begin_share_call(host, *shard, request, r.group_id, std::move(call), std::move(records));
}

void GroupCoordinator::handle(Host& host, RequestHandle request, const protocol::DeleteShareGroupOffsetsRequest& r) {
  DeleteShareGroupOffsetsResponse response;
  Shard* shard = nullptr;
  response.error = share_group_error(host, r.group_id, shard, true);
  if (response.error != ErrorCode::NONE) return host.reply(request, std::move(response));
  const ShareGroup& group = shard->share_groups.find(r.group_id)->second;
  ShareCall call;
  ShareGroupStatePartitionMetadataValue next = group.state_partitions();
  for (const protocol::TopicId topic : r.topics) {
    const protocol::TopicImage* image = host.metadata().topic(topic);
    const std::size_t before = call.asks.size();
    for (std::int32_t p = 0; image != nullptr && p < static_cast<std::int32_t>(image->partitions.size()); ++p)
      if (group.deleting().contains(topic) || group.initialized().contains({topic, p}))
        call.asks.emplace_back(TopicPartition{topic, p}, protocol::Offset{});
    const bool any = call.asks.size() > before;
    response.topics.push_back({topic, any ? ErrorCode::NONE : ErrorCode::UNKNOWN_TOPIC_OR_PARTITION});
    if (!any) continue;
    std::erase_if(next.initialized, [topic](TopicPartition tp) { return tp.topic == topic; });
    insert(next.deleting, topic);
  }
  Records records;
  if (!call.asks.empty())
    apply(host, *shard, records, r.group_id, ShareGroupStatePartitionMetadataRecord{{r.group_id}, std::move(next)});
  call.response = std::move(response);
  begin_share_call(host, *shard, request, r.group_id, std::move(call), std::move(records));
}

// ---- requests to the share coordinator

void GroupCoordinator::begin_share_call(Host& host, Shard& shard, RequestHandle request, const std::string& group,
                                        ShareCall call, Records records) {
  if (call.asks.empty()) return reply_after_writes(host, shard, {request, std::move(call.response)});
  call.request = request;
  call.group = group;
  const std::uint64_t number = next_share_call_++;
  share_calls_.emplace(number, std::move(call));
  write(host, shard, std::move(records), ShareCallReady{number});
  flush_if_due(host, shard.partition);
}

/// The group's record of the planned change is committed, or has failed.
void GroupCoordinator::on_share_call_ready(Host& host, std::uint64_t number, ErrorCode error) {
  const auto it = share_calls_.find(number);
  if (it == share_calls_.end()) return;
  ShareCall& call = it->second;
  const ShareGroup* group = share_group(call.group);
  if (error == ErrorCode::NONE && group == nullptr) error = ErrorCode::NOT_COORDINATOR;
  if (error != ErrorCode::NONE) return finish_share_call(host, number, error);
  call.awaited = call.asks.size();
  for (const auto& [tp, start] : call.asks) {
    if (protocol::holds_alternative<AlterShareGroupOffsetsResponse>(call.response))
      host.initialize_share_state(call.group, tp, group->group_epoch(), start, number);
    else if (protocol::holds_alternative<DeleteShareGroupOffsetsResponse>(call.response))
      host.delete_share_state(call.group, tp, number);
    else host.read_share_state_summary(call.group, tp, number);
  }
}

void GroupCoordinator::on_share_call_answer(Host& host, std::uint64_t number, TopicPartition tp,
                                            const protocol::ReadShareGroupStateSummaryResponse& answer) {
  const auto it = share_calls_.find(number);
  if (it == share_calls_.end()) return;
  ShareCall& call = it->second;
  if (auto* altered = protocol::get_if<AlterShareGroupOffsetsResponse>(&call.response)) {
    for (auto& row : altered->partitions)
      if (row.partition == tp) row.error = answer.error;
  } else if (auto* deleted = protocol::get_if<DeleteShareGroupOffsetsResponse>(&call.response)) {
    for (auto& row : deleted->topics)
      if (row.topic == tp.topic && answer.error != ErrorCode::NONE) row.error = answer.error;
  } else {
    for (auto& row : protocol::get<DescribeShareGroupOffsetsResponse>(call.response).partitions)
      if (row.partition == tp) row = {tp, answer.start_offset, answer.leader_epoch, answer.error};
  }
  if (--call.awaited == 0) finish_share_call(host, number, ErrorCode::NONE);
}

/// Writes the result into the group's second record.
void GroupCoordinator::finish_share_call(Host& host, std::uint64_t number, ErrorCode error) {
  ShareCall call = std::move(share_calls_.extract(number).mapped());
  Shard* shard = shard_for(host, call.group);
  if (error == ErrorCode::NONE) error = unavailable(shard);
  const ShareGroup* group = error == ErrorCode::NONE ? share_group(call.group) : nullptr;
  if (error == ErrorCode::NONE && group == nullptr) error = ErrorCode::GROUP_ID_NOT_FOUND;
  if (error != ErrorCode::NONE) return host.reply(call.request, with_error(std::move(call.response), error));
  ShareGroupStatePartitionMetadataValue next = group->state_partitions();
  if (const auto* altered = protocol::get_if<AlterShareGroupOffsetsResponse>(&call.response)) {
    for (const auto& row : altered->partitions) {
      std::erase(next.initializing, row.partition);
      if (row.error == ErrorCode::NONE) insert(next.initialized, row.partition);
    }
  } else if (const auto* deleted = protocol::get_if<DeleteShareGroupOffsetsResponse>(&call.response)) {
    for (const auto& row : deleted->topics)
      if (row.error == ErrorCode::NONE) std::erase(next.deleting, row.topic);
  }
  Records records;
  if (!protocol::holds_alternative<DescribeShareGroupOffsetsResponse>(call.response))
    apply(host, *shard, records, call.group, ShareGroupStatePartitionMetadataRecord{{call.group}, std::move(next)});
  write(host, *shard, std::move(records), Answer{call.request, std::move(call.response)});
  flush_if_due(host, shard->partition);
}

}  // namespace kafkascope::coordinator
