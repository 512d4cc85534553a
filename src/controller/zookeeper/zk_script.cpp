#include "controller/zookeeper/zk_script.h"

namespace kafkascope::controller {

const std::vector<protocol::SharedZkResult>& ZkScript::ask(std::vector<ZkOperation> operations) {
  const std::size_t batch = at_batch_++;
  if (batch == answers_.size()) {
    answers_.emplace_back(operations.size());
    unanswered_ = operations.size();
    asked_ = std::move(operations);
    next_ = 0;
  }
  if (batch + 1 == answers_.size() && unanswered_ > 0) throw NotYet{};
  return answers_[batch];
}

void ZkScript::send(zookeeper::Ctx& ctx, ZkClient& client) {
  while (next_ < asked_.size() && waiting_.size() < max_in_flight_) {
    const std::size_t index = next_++;
    waiting_[client.submit(ctx, asked_[index])] = index;
  }
}

bool ZkScript::on_completed(zookeeper::Ctx& ctx, ZkClient& client, const zookeeper::Completed& done) {
  const auto it = waiting_.find(done.token);
  if (it == waiting_.end()) return false;
  const std::size_t index = it->second;
  waiting_.erase(it);
  if (done.result->error == ZkError::CONNECTIONLOSS) {
    waiting_[client.submit(ctx, asked_[index])] = index;
    return false;
  }
  answers_.back()[index] = done.result;
  --unanswered_;
  send(ctx, client);
  return unanswered_ == 0;
}

void ZkScript::reset() { *this = ZkScript(max_in_flight_); }

}  // namespace kafkascope::controller
