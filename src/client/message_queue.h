// The contrast to a log: a classic message queue, with the programs that write to it and read from it. Not Kafka.
//
// The queue keeps a message until a consumer acknowledges it, and gives each message to one consumer at a time. A
// message that is not acknowledged in the time `redeliver` returns to the queue. With `fanout` every consumer has its
// own queue from its first connection on. Messages are kept on disk, so a crash of the queue loses none.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/options.h"
#include "client/stats.h"
#include "client/workload.h"
#include "protocol/queue_message.h"

namespace kafkascope::client {

struct QueueOptions {
  std::string id;
  sim::Duration redeliver = sim::seconds(30);
  bool fanout = false;
  std::vector<std::string> bound;  // with fanout: consumers that have a queue from the start
};

class MessageQueue {
 public:
  explicit MessageQueue(QueueOptions options);

  void on_start(Ctx& ctx);
  void on_message(Ctx& ctx, sim::ConnectionId connection, const protocol::Message& message);
  void on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg);
  void on_disk(Ctx&, std::uint16_t, std::uint64_t) {}
  void on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect reason);
  void on_death(sim::Death death, sim::Instant now);
  void request_stop(Ctx& ctx) { ctx.exit(); }

  const ClientStats& stats() const {
    return stats_;
  }  // received: messages accepted; acked: messages acknowledged by consumers
  const QueueOptions& options() const { return options_; }
  /// waiting(): messages that wait for a consumer; in_flight(): messages that a consumer has received and not
  /// acknowledged.
  std::int64_t waiting() const;
  std::int64_t in_flight() const { return static_cast<std::int64_t>(out_.size()); }

 private:
  struct Out {  // a message that a consumer has received and not acknowledged
    protocol::QueueMessage message;
    std::string line, consumer;
    sim::Instant due;
  };
  struct Reader {
    sim::ConnectionId connection;
    std::string name;
    std::uint64_t busy_with = 0;  // id of the message that the consumer processes; 0 if none
  };
  std::string line_of(const std::string& consumer) const { return options_.fanout ? consumer : std::string(); }
  void hand_out(Ctx& ctx);
  void arm(Ctx& ctx);

  QueueOptions options_;
  ClientStats stats_;
  std::map<std::string, std::deque<protocol::QueueMessage>> lines_;  // with fanout one queue per consumer, else a
                                                                     // single one named ""
  std::map<std::uint64_t, Out> out_;                                 // by id
  std::uint64_t next_id_ = 1;
  std::vector<Reader> readers_;  // in order of arrival; a consumer that was served moves to the end
  sim::TimerId timer_;
  std::int32_t next_correlation_ = 1;
};

/// A producer whose "topic" is a queue.
class QueueSender {
 public:
  /// Uses only these options: rate, keys, value_size, count.
  QueueSender(ProducerOptions options, sim::NodeId queue);

  void on_start(Ctx& ctx);
  void on_message(Ctx& ctx, sim::ConnectionId connection, const protocol::Message& message);
  void on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg);
  void on_disk(Ctx&, std::uint16_t, std::uint64_t) {}
  void on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect reason);
  void on_death(sim::Death death, sim::Instant now);
  void produce(Ctx& ctx, const std::vector<OutgoingRecord>& records);
  void behave(Ctx& ctx, const ProducerBehavior& change);
  void request_stop(Ctx& ctx) { ctx.exit(); }

  const ProducerOptions& options() const { return options_; }
  const ClientStats& stats() const { return stats_; }
  /// Messages that the queue has not confirmed, including those to be sent when the queue is available again.
  std::int64_t in_flight() const { return static_cast<std::int64_t>(unanswered_.size()); }

 private:
  struct Unanswered {
    std::int32_t correlation_id;
    sim::Instant sent_at;
    protocol::BatchRef batch;
  };
  void send(Ctx& ctx, protocol::Record record);
  void transmit(Ctx& ctx, const Unanswered& message);
  void connect(Ctx& ctx);
  void arm(Ctx& ctx);

  ProducerOptions options_;
  sim::NodeId queue_;
  ClientStats stats_;
  std::uint32_t next_number_ = 0;
  KeySource keys_;
  Schedule schedule_;
  std::int64_t generated_ = 0;
  sim::ConnectionId connection_;
  std::int32_t next_correlation_ = 1;
  std::deque<Unanswered> unanswered_;
  sim::TimerId timer_;
};

/// A consumer whose "topics" are queues: it takes one message at a time from each queue, processes it and acknowledges
/// it.
class QueueReader {
 public:
  QueueReader(std::string client_id, WorkOptions work, std::vector<std::pair<std::string, sim::NodeId>> queues);

  void on_start(Ctx& ctx);
  void on_message(Ctx& ctx, sim::ConnectionId connection, const protocol::Message& message);
  void on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg);
  void on_disk(Ctx&, std::uint16_t, std::uint64_t) {}
  void on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect reason);
  void on_death(sim::Death death, sim::Instant now);
  void behave(Ctx&, const ConsumerBehavior& change);
  void request_stop(Ctx& ctx) { ctx.exit(); }

  const ClientStats& stats() const { return stats_; }
  /// Number of messages received and not yet acknowledged.
  std::int64_t waiting() const { return static_cast<std::int64_t>(in_hand_.size()); }

 private:
  struct Item {
    sim::ConnectionId connection;
    std::int32_t correlation_id;
    std::size_t queue;
    protocol::QueueMessage message;
  };
  void connect(Ctx& ctx, std::size_t queue);
  void begin(Ctx& ctx);
  void finish(Ctx& ctx);

  std::string client_id_;
  WorkOptions work_;
  std::vector<std::pair<std::string, sim::NodeId>> queues_;
  ClientStats stats_;
  std::vector<sim::ConnectionId> connections_;  // by queue
  std::deque<Item> in_hand_;                    // at most one message of each queue; the first one is being processed
  sim::TimerId work_timer_;
  std::int32_t next_correlation_ = 1;
};

}  // namespace kafkascope::client
