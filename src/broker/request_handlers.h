// The threads that handle a broker's requests, the queue of waiting requests, and how idle the threads are. Kafka:
// RequestChannel, KafkaRequestHandlerPool; its meter: com.yammer.metrics.core.Meter, EWMA.
//
// Handling a request takes no time here, except for an append that waits for the disk, during which its thread also
// waits. While all num.io.threads wait in such appends, every other request stays in the queue, including fetches and
// heartbeats. Simplified: the queue is unbounded (queued.max.requests); each connection has at most one request in it,
// so Kafka's limit is reached only with 500 connections.
#pragma once
#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "protocol/message.h"
#include "sim/ids.h"
#include "sim/mutant.h"
#include "sim/time.h"

namespace kafkascope::broker {

struct QueuedRequest {
  sim::ConnectionId connection;
  sim::NodeId client;
  sim::Instant received;
  protocol::Message message;
};

class RequestHandlers {
 public:
  /// The process starts with this number of threads.
  void start(std::int64_t threads, sim::Instant now) {
    *this = {};
    threads_ = threads;
    since_ = now;
    tick_at_ = now + kTick;
  }
  void resize(std::int64_t threads, sim::Instant now) {
    advance(now);
    threads_ = threads;
  }

  bool one_is_free() const { return busy_ < threads_ || sim::mutant("disks-keep-no-thread"); }
  /// A thread starts to wait; end_wait() ends the wait.
  void begin_wait(sim::Instant now) {
    advance(now);
    ++busy_;
  }
  void end_wait(sim::Instant now) {
    advance(now);
    --busy_;
  }

  void enqueue(QueuedRequest request) { queue_.push_back(std::move(request)); }
  QueuedRequest take_next() {
    QueuedRequest next = std::move(queue_.front());
    queue_.erase(queue_.begin());
    return next;
  }
  const std::vector<QueuedRequest>& queue() const { return queue_; }

  /// RequestHandlerAvgIdlePercent's OneMinuteRate, in parts per million: a moving average that adds the last five
  /// seconds every five seconds. 0 for the first five seconds.
  std::int64_t idle_ppm(sim::Instant now) const {
    RequestHandlers then = *this;
    then.advance(now);
    return (then.rate_ + 500) / 1000;
  }

 private:
  static constexpr sim::Duration kTick = sim::seconds(5);
  static constexpr std::int64_t kAll = 1'000'000'000;
  static constexpr std::int64_t kAlpha = 79'955'585;  // 1 - exp(-5 / 60), in units of 1 / kAll

  void advance(sim::Instant now) {
    const std::int64_t idle = std::max<std::int64_t>(0, threads_ - busy_) * kAll / threads_;
    const auto pass = [&](sim::Instant to) {
      idle_ += (to - since_).us * idle;
      since_ = to;
    };
    for (; tick_at_ <= now; tick_at_ = tick_at_ + kTick) {
      pass(tick_at_);
      const std::int64_t last = idle_ / kTick.us;
      rate_ += ticked_ ? (last - rate_) * kAlpha / kAll : last;
      ticked_ = true;
      idle_ = 0;
    }
    pass(now);
  }

  std::vector<QueuedRequest> queue_;
  std::int64_t threads_ = 1, busy_ = 0;
  sim::Instant since_, tick_at_;
  std::int64_t idle_ = 0;  // idle time since the last tick: microseconds times kAll
  std::int64_t rate_ = 0;  // in units of 1 / kAll
  bool ticked_ = false;
};

}  // namespace kafkascope::broker
