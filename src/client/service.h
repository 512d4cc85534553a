// The contrast to a hub: a program that calls other programs directly and waits for their responses. Not Kafka.
//
// `rate` times a second it calls each of `calls`, one after the other; a failed call does not stop the rest. Such a round holds one
// of the `slots` (threads) until its last call ends; so does each request of others while it is processed. Without a free slot they wait,
// first come, first served. `timeout` counts from the call on, including the time spent waiting for a slot.
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
  std::vector<std::pair<std::string, sim::NodeId>> calls;  // in this order
  std::int64_t rate_millionths = 0;
  sim::Duration work{0};                 // on a request of others
  std::optional<sim::Duration> timeout;  // absent: waits for ever
  std::int32_t slots = 0;                // 0: no bound
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
  }  // sent, acked, failed: its calls; received, processed: those of others
  /// Its calls that are not answered, those that wait for a slot included.
  std::int64_t waiting() const { return static_cast<std::int64_t>(rounds_.size()); }
  /// Of them, those whose call is on its way.
  std::int64_t in_flight() const { return busy_rounds_; }
  std::int32_t busy_slots() const { return busy_rounds_ + static_cast<std::int32_t>(working_.size()); }
  /// Requests of others that wait for a slot.
  std::int64_t queued() const { return static_cast<std::int64_t>(queue_.size()); }

 private:
  struct Round {
    std::size_t next = 0;  // which of `targets` is called now
    std::vector<std::pair<std::string, sim::NodeId>> targets;
    sim::Instant called_at;           // the present call
    std::int32_t correlation_id = 0;  // 0: waits for a slot
  };
  struct Request {
    sim::ConnectionId connection;
    std::int32_t correlation_id = 0;
    std::int64_t number = 0;
  };
  bool slot_free() const { return options_.slots == 0 || busy_slots() < options_.slots; }
  void begin_call(Ctx& ctx, std::int64_t number, Round& round);
  void transmit(Ctx& ctx, std::int64_t number, Round& round);
  /// The present call of a round is over; `failed`: why, "" if it was answered.
  void end_call(Ctx& ctx, std::int64_t number, fact::CallFailureReason failed);
  void use_slots(Ctx& ctx);
  void arm(Ctx& ctx);

  ServiceOptions options_;
  ClientStats stats_;
  Schedule schedule_;
  std::int64_t next_number_ = 1;          // of rounds
  std::map<std::int64_t, Round> rounds_;  // under way or waiting, in the order in which they began
  std::int32_t busy_rounds_ = 0;
  std::map<sim::NodeId, sim::ConnectionId> connections_;  // to whom it calls
  std::int32_t next_correlation_ = 1;
  std::deque<Request> queue_;
  std::map<std::uint64_t, Request> working_;  // by timer argument
  std::uint64_t next_work_ = 1;
  sim::TimerId call_timer_, timeout_timer_;
};

}  // namespace kafkascope::client
