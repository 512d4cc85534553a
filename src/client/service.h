// The contrast to a hub: a program that calls other programs directly and waits for their responses. Not Kafka.
//
// The program starts `rate` rounds per second. A round calls each of `calls`, one after another; a failed call does not
// stop the round. A round holds one of the `slots` (threads) until its last call ends, and so does each request of
// another program while it is processed. Without a free slot they wait, first come, first served. `timeout` counts from
// the call, including the time that the request waits for a slot at the callee.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/options.h"
#include "client/stats.h"
#include "client/workload.h"
#include "protocol/reasons.h"

namespace kafkascope::client {

struct ServiceOptions {
  std::vector<std::pair<std::string, sim::NodeId>> calls;  // called in this order
  std::int64_t rate_millionths = 0;
  sim::Duration work{0};                 // processing time of others' requests
  std::optional<sim::Duration> timeout;  // absent: the caller waits forever
  std::int32_t slots = 0;                // 0: unlimited
};

class Service {
 public:
  explicit Service(ServiceOptions options) : options_(std::move(options)) {}

  void on_start(Ctx& ctx);
  void on_message(Ctx& ctx, sim::ConnectionId connection, const protocol::Message& message);
  void on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg);
  void on_disk(Ctx&, std::uint16_t, std::uint64_t) {}
  void on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect reason);
  void on_death(sim::Death death, sim::Instant now);

  struct Behavior {
    std::optional<std::int64_t> rate_millionths;
    std::optional<sim::Duration> work;
    std::optional<std::vector<std::pair<std::string, sim::NodeId>>> calls;
  };
  void behave(Ctx& ctx, const Behavior& change);
  void request_stop(Ctx& ctx) { ctx.exit(); }

  const ServiceOptions& options() const { return options_; }
  const ClientStats& stats() const {
    return stats_;
  }  // sent, acked, failed: its own calls; received, processed: others' requests
  /// The service's own rounds with unfinished calls, including rounds that wait for a slot.
  std::int64_t waiting() const { return static_cast<std::int64_t>(rounds_.size()); }
  /// The service's own rounds with a call in progress.
  std::int64_t in_flight() const { return busy_rounds_; }
  std::int32_t busy_slots() const { return busy_rounds_ + static_cast<std::int32_t>(working_.size()); }
  /// Others' requests that wait for a slot.
  std::int64_t queued() const { return static_cast<std::int64_t>(queue_.size()); }

 private:
  struct Round {
    std::size_t next = 0;  // index of the target of the current call
    std::vector<std::pair<std::string, sim::NodeId>> targets;
    sim::Instant called_at;           // start of the current call
    std::int32_t correlation_id = 0;  // 0: the round waits for a slot
  };
  struct Request {
    sim::ConnectionId connection;
    std::int32_t correlation_id = 0;
    std::int64_t number = 0;
  };
  bool slot_free() const { return options_.slots == 0 || busy_slots() < options_.slots; }
  void begin_call(Ctx& ctx, std::int64_t number, Round& round);
  void transmit(Ctx& ctx, std::int64_t number, Round& round);
  /// The current call of a round has ended; `failed`: the reason, "" if it was answered.
  void end_call(Ctx& ctx, std::int64_t number, fact::CallFailureReason failed);
  void use_slots(Ctx& ctx);
  void arm(Ctx& ctx);

  ServiceOptions options_;
  ClientStats stats_;
  Schedule schedule_;
  std::int64_t next_number_ = 1;          // numbers the rounds
  std::map<std::int64_t, Round> rounds_;  // the unfinished rounds, in the order in which they began
  std::int32_t busy_rounds_ = 0;
  std::map<sim::NodeId, sim::ConnectionId> connections_;  // connections to the called programs
  std::int32_t next_correlation_ = 1;
  std::deque<Request> queue_;
  std::map<std::uint64_t, Request> working_;  // timer argument -> request being processed
  std::uint64_t next_work_ = 1;
  sim::TimerId call_timer_, timeout_timer_;
};

}  // namespace kafkascope::client
