#include "coordinator/share_group_offsets.h"

#include <algorithm>
#include <set>

namespace kafkascope::coordinator {

using protocol::AlterShareGroupOffsetsResponse;
using protocol::DeleteShareGroupOffsetsResponse;
using protocol::DescribeShareGroupOffsetsResponse;
using protocol::ErrorCode;
using protocol::TopicPartition;

namespace {

/// Inserts into a sorted list, without duplicates.
template <class T>
void insert(std::vector<T>& list, const T& item) {
  const auto at = std::lower_bound(list.begin(), list.end(), item);
  if (at == list.end() || *at != item) list.insert(at, item);
}

/// NONE if the request may be carried out; some need a group without members.
ErrorCode share_group_error(const ShareGroup* group, bool without_members) {
  if (group == nullptr) return ErrorCode::GROUP_ID_NOT_FOUND;
  return without_members && !group->empty() ? ErrorCode::NON_EMPTY_GROUP : ErrorCode::NONE;
}

}  // namespace

void ShareGroupOffsets::describe(RequestHandle request, const protocol::DescribeShareGroupOffsetsRequest& r) {
  DescribeShareGroupOffsetsResponse response;
  const ShareGroup* group = op_.share_group(r.group_id);
  response.error = share_group_error(group, false);
  if (response.error != ErrorCode::NONE) return op_.reply(request, std::move(response));
  const std::set<TopicPartition>& known = group->initialized();
  ShareCall call;
  for (const TopicPartition tp : r.all ? Partitions(known.begin(), known.end()) : r.partitions) {
    protocol::DescribedShareOffset& row = response.partitions.emplace_back();
    row.partition = tp;
    if (op_.metadata().partition(tp) == nullptr) row.error = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
    else if (known.contains(tp)) call.asks.emplace_back(tp, protocol::Offset{});
  }
  call.response = std::move(response);
  begin(request, r.group_id, std::move(call));
}

void ShareGroupOffsets::alter(RequestHandle request, const protocol::AlterShareGroupOffsetsRequest& r) {
  AlterShareGroupOffsetsResponse response;
  const ShareGroup* group = op_.share_group(r.group_id);
  response.error = share_group_error(group, true);
  // The start offsets of a group that does not exist yet may also be altered.
  const bool fresh = response.error == ErrorCode::GROUP_ID_NOT_FOUND && op_.classic_group(r.group_id) == nullptr &&
                     op_.consumer_group(r.group_id) == nullptr;
  if (response.error != ErrorCode::NONE && !fresh) return op_.reply(request, std::move(response));
  response.error = ErrorCode::NONE;
  ShareCall call;
  ShareGroupStatePartitionMetadataValue next;
  if (!fresh) next = group->state_partitions();
  for (const protocol::AlterShareGroupOffsetsPartition& p : r.partitions) {
    const bool known = op_.metadata().partition(p.partition) != nullptr;
    response.partitions.push_back({p.partition, known ? ErrorCode::NONE : ErrorCode::UNKNOWN_TOPIC_OR_PARTITION});
    if (!known) continue;
    call.asks.emplace_back(p.partition, p.start_offset);
    insert(next.initializing, p.partition);
    std::erase(next.deleting, p.partition.topic);
  }
  if (!call.asks.empty()) op_.apply(ShareGroupStatePartitionMetadataRecord{{r.group_id}, std::move(next)});
  call.response = std::move(response);
  begin(request, r.group_id, std::move(call));
}

void ShareGroupOffsets::remove(RequestHandle request, const protocol::DeleteShareGroupOffsetsRequest& r) {
  DeleteShareGroupOffsetsResponse response;
  const ShareGroup* group = op_.share_group(r.group_id);
  response.error = share_group_error(group, true);
  if (response.error != ErrorCode::NONE) return op_.reply(request, std::move(response));
  ShareCall call;
  ShareGroupStatePartitionMetadataValue next = group->state_partitions();
  for (const protocol::TopicId topic : r.topics) {
    const protocol::TopicImage* image = op_.metadata().topic(topic);
    const std::size_t before = call.asks.size();
    for (std::int32_t p = 0; image != nullptr && p < static_cast<std::int32_t>(image->partitions.size()); ++p)
      if (group->deleting().contains(topic) || group->initialized().contains({topic, p}))
        call.asks.emplace_back(TopicPartition{topic, p}, protocol::Offset{});
    const bool any = call.asks.size() > before;
    response.topics.push_back({topic, any ? ErrorCode::NONE : ErrorCode::UNKNOWN_TOPIC_OR_PARTITION});
    if (!any) continue;
    std::erase_if(next.initialized, [topic](TopicPartition tp) { return tp.topic == topic; });
    insert(next.deleting, topic);
  }
  if (!call.asks.empty()) op_.apply(ShareGroupStatePartitionMetadataRecord{{r.group_id}, std::move(next)});
  call.response = std::move(response);
  begin(request, r.group_id, std::move(call));
}

// ---- requests to the share coordinator

void ShareGroupOffsets::begin(RequestHandle request, const std::string& group, ShareCall call) {
  if (call.asks.empty()) return op_.reply_after_writes({request, std::move(call.response)});
  call.request = request;
  call.group = group;
  const std::uint64_t number = calls_.next_number();
  calls_.add(number, std::move(call));
  op_.write(ShareCallReady{number});
}

void ShareGroupOffsets::refuse(ShareCall call, ErrorCode error) {
  op_.reply(call.request, with_error(std::move(call.response), error));
}

void ShareGroupOffsets::on_call_ready(std::uint64_t number, ErrorCode error) {
  ShareCall* call = calls_.find(number);
  if (call == nullptr) return;
  const ShareGroup* group = op_.share_group(call->group);
  if (error == ErrorCode::NONE && group == nullptr) error = ErrorCode::NOT_COORDINATOR;
  if (error != ErrorCode::NONE) return refuse(*calls_.take(number), error);
  call->awaited = call->asks.size();
  for (const auto& [tp, start] : call->asks) {
    if (protocol::holds_alternative<AlterShareGroupOffsetsResponse>(call->response))
      op_.host().initialize_share_state(call->group, tp, group->group_epoch(), start, number);
    else if (protocol::holds_alternative<DeleteShareGroupOffsetsResponse>(call->response))
      op_.host().delete_share_state(call->group, tp, number);
    else op_.host().read_share_state_summary(call->group, tp, number);
  }
}

bool ShareCall::on_answer(TopicPartition tp, const protocol::ReadShareGroupStateSummaryResponse& answer) {
  if (auto* altered = protocol::get_if<AlterShareGroupOffsetsResponse>(&response)) {
    for (auto& row : altered->partitions)
      if (row.partition == tp) row.error = answer.error;
  } else if (auto* deleted = protocol::get_if<DeleteShareGroupOffsetsResponse>(&response)) {
    for (auto& row : deleted->topics)
      if (row.topic == tp.topic && answer.error != ErrorCode::NONE) row.error = answer.error;
  } else {
    for (auto& row : protocol::get<DescribeShareGroupOffsetsResponse>(response).partitions)
      if (row.partition == tp) row = {tp, answer.start_offset, answer.leader_epoch, answer.error};
  }
  return --awaited == 0;
}

void ShareGroupOffsets::finish(ShareCall call) {
  const ShareGroup* group = op_.share_group(call.group);
  if (group == nullptr) return refuse(std::move(call), ErrorCode::GROUP_ID_NOT_FOUND);
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
  if (!protocol::holds_alternative<DescribeShareGroupOffsetsResponse>(call.response))
    op_.apply(ShareGroupStatePartitionMetadataRecord{{call.group}, std::move(next)});
  op_.write(Answer{call.request, std::move(call.response)});
}

}  // namespace kafkascope::coordinator
