#include "client/fetch_session_handler.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace kafkascope::client {

using protocol::ErrorCode;
using protocol::FetchPartition;
using protocol::FetchRequest;
using protocol::FetchResponse;
using protocol::TopicPartition;

namespace {

/// The partition's index; list.size() if absent. Two lists usually have the same order, so the search starts after the
/// last match.
std::size_t index_of(const std::vector<FetchPartition>& list, TopicPartition p, std::size_t from) {
  for (std::size_t n = 0; n < list.size(); ++n) {
    const std::size_t i = from + n < list.size() ? from + n : from + n - list.size();
    if (list[i].partition == p) return i;
  }
  return list.size();
}

}  // namespace

void FetchSessionHandler::ask(std::vector<FetchPartition> wanted, FetchRequest& request) {
  request.session_id = id_;
  request.session_epoch = epoch_;
  if (epoch_ == 0) {
    request.partitions = wanted;
    asked_ = std::move(wanted);
    return;
  }
  std::vector<FetchPartition> kept, altered;
  std::vector<bool> known(wanted.size());
  std::size_t from = 0;
  for (const FetchPartition& before : asked_) {
    const std::size_t i = index_of(wanted, before.partition, from);
    if (i == wanted.size()) {
      request.forgotten.push_back(before.partition);
      continue;
    }
    known[i] = true;
    from = i + 1;
    if (!(wanted[i] == before)) altered.push_back(wanted[i]);
    kept.push_back(wanted[i]);
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (known[i]) continue;
    request.partitions.push_back(wanted[i]);
    kept.push_back(wanted[i]);
  }
  request.partitions.insert(request.partitions.end(), altered.begin(), altered.end());
  asked_ = std::move(kept);
}

bool FetchSessionHandler::on_response(const FetchResponse& response) {
  const bool full = epoch_ == 0;
  const bool answered = response.error == ErrorCode::NONE &&
                        std::all_of(response.partitions.begin(), response.partitions.end(),
                                    [this](const auto& row) { return find(row.partition) != nullptr; });
  // A full response must have all partitions; an empty response comes from a node that throttles (KIP-219).
  if (!answered || (full && response.partitions.size() != asked_.size())) {
    if (response.error == ErrorCode::FETCH_SESSION_ID_NOT_FOUND || (full && response.error == ErrorCode::NONE)) id_ = 0;
    epoch_ = 0;
    return false;
  }
  id_ = response.session_id;  // 0: there is no session, or it has ended
  epoch_ = id_ == 0 ? 0 : epoch_ == std::numeric_limits<std::int32_t>::max() ? 1 : epoch_ + 1;
  return true;
}

FetchRequest FetchSessionHandler::close() const {
  FetchRequest request;
  request.session_id = id_;
  request.session_epoch = -1;
  return request;
}

const FetchPartition* FetchSessionHandler::find(TopicPartition p) const {
  const std::size_t i = index_of(asked_, p, 0);
  return i == asked_.size() ? nullptr : &asked_[i];
}

}  // namespace kafkascope::client
