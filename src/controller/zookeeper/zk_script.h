// Scripts: code that waits for ZooKeeper, written as if it blocked. Kafka's controller and its admin code block on
// KafkaZkClient; a role may not block.
//
// A script is a plain function. When it asks for something that has not been answered yet, it is aborted (NotYet); when
// the answers arrive, it runs again from its beginning with the earlier answers available. It must therefore start from
// the same state each time, and every effect on the world must be inside once(). Requests lost with a connection are
// repeated (KafkaZkClient.retryRequestsUntilConnected); an expired session counts as an answer.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "zookeeper/client.h"

namespace kafkascope::controller {

using protocol::ZkError;
using protocol::ZkOperation;
using protocol::ZkResult;
using ZkClient = zookeeper::Client;

class ZkScript {
 public:
  /// Thrown to abort a script that has to wait.
  struct NotYet {};

  ZkScript() = default;
  explicit ZkScript(std::size_t max_in_flight) : max_in_flight_(max_in_flight) {}

  // ---- called by the script
  /// Returns the answers to all of these operations, in the same order.
  const std::vector<protocol::SharedZkResult>& ask(std::vector<ZkOperation> operations);
  const ZkResult& ask(ZkOperation operation) { return *ask(std::vector<ZkOperation>{std::move(operation)}).front(); }
  /// Runs the effect only the first time that the script reaches it.
  template <class Effect>
  void once(Effect&& effect) {
    if (at_effect_++ < effects_) return;
    ++effects_;
    effect();
  }

  // ---- called by the script's owner
  /// Runs the script from its beginning; returns false if it waits for answers. Exceptions other than NotYet propagate.
  template <class F>
  bool run(zookeeper::Ctx& ctx, ZkClient& client, F&& script) {
    at_batch_ = at_effect_ = 0;
    try {
      script();
    } catch (const NotYet&) {
      send(ctx, client);
      return false;
    }
    return true;
  }
  /// Returns true if all answers are there and the script must run again. Ignores tokens of other clients' operations.
  bool on_completed(zookeeper::Ctx& ctx, ZkClient& client, const zookeeper::Completed& done);
  bool owns(zookeeper::Token token) const { return waiting_.contains(token); }
  bool waiting() const { return unanswered_ > 0; }
  /// Prepares for another script.
  void reset();
  std::size_t asked() const { return asked_.size(); }
  std::size_t unanswered() const { return unanswered_; }

 private:
  void send(zookeeper::Ctx& ctx, ZkClient& client);

  std::size_t max_in_flight_ = 10;
  std::deque<std::vector<protocol::SharedZkResult>> answers_;  // answers to the batches so far; the last batch may be
                                                               // incomplete
  std::size_t at_batch_ = 0, at_effect_ = 0, effects_ = 0;
  std::vector<ZkOperation> asked_;                   // the last batch
  std::size_t next_ = 0, unanswered_ = 0;            // next_: index in asked_ of the first operation not sent;
                                                     // unanswered_: number of operations without an answer
  std::map<zookeeper::Token, std::size_t> waiting_;  // token -> index in asked_
};

}  // namespace kafkascope::controller
