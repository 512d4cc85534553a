// The options of producers, consumers and admin clients, as plain data. The keys of `config` are Kafka's
// (ProducerConfig, ConsumerConfig); the rest configures the application around the client.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "protocol/config.h"
#include "protocol/message.h"
#include "protocol/records.h"
#include "protocol/serdes.h"
#include "sim/ids.h"
#include "sim/random.h"
#include "sim/time.h"

namespace kafkascope::client {

using protocol::Config;
using Ctx = protocol::Context;

enum class SendMode : std::uint8_t { Async, Sync, FireAndForget };
enum class PartitionerKind : std::uint8_t { Default, RoundRobin, Sticky, KeyPrefix, Crc32, Fnv1a };
enum class CommitMode : std::uint8_t { Auto, SyncAfter, AsyncAfter, SyncBefore, None };

/// How keys are generated. Uniform and Zipf draw <prefix>-1 ... <prefix>-<count>; List takes its members in turn.
struct KeyOptions {
  enum class Kind : std::uint8_t { None, Uniform, Zipf, List };
  Kind kind = Kind::None;
  std::string prefix;
  std::int64_t count = 0;
  std::int64_t exponent_ppm = 0;  // Zipf: 1.1 = 1,100,000
  std::vector<std::string> list;
};

struct PartitionerOptions {
  PartitionerKind kind = PartitionerKind::Default;
  std::string separator;  // KeyPrefix: the part of the key before the first separator counts
};

/// A record of a `produce` command, passed to send() unchanged.
struct OutgoingRecord {
  std::string topic;  // "": the producer's own topic
  std::optional<std::int32_t> partition;
  std::optional<protocol::Plain> key, value;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::int64_t> timestamp_ms;
  std::int32_t filler = 0;     // number of the value's bytes that are not stored
  std::int32_t asked_by = -1;  // index of the action that requested it (CallLog); -1 if the program itself did
};

/// The transactions of an application with a transactional.id that generates records: begin, send this number of
/// records, commit.
struct TransactionPlan {
  std::int32_t records = 0;      // 0: only commands make transactions
  std::int32_t abort_every = 0;  // every n-th one aborts, and its records are not sent again; 0: none aborts
};

struct ProducerOptions {
  std::string client_id;
  std::vector<sim::NodeId> bootstrap;  // brokers asked first (bootstrap.servers)
  Config config{protocol::config_scope::kProducer};
  std::string topic;
  std::int64_t rate_millionths = 0;  // records per second x 1,000,000; 0: sends only the records passed to produce()
  KeyOptions keys;
  std::int64_t value_size = 100;
  TransactionPlan transaction;
  std::optional<std::int64_t> count;  // stops after this many records since the run began
  SendMode send = SendMode::Async;
  PartitionerOptions partitioner;
  std::vector<OutgoingRecord> input;  // the lines of kafka-console-producer, sent when it starts
  bool ends_with_input = false;       // closes after the last line
};

/// The time that the application spends on each record.
struct WorkOptions {
  sim::Duration each{0};
  std::vector<std::pair<std::string, sim::Duration>> by_key;
};

struct ConsumerOptions {
  std::string client_id;
  std::vector<sim::NodeId> bootstrap;
  Config config{protocol::config_scope::kConsumer};
  std::vector<std::string> topics;                           // subscribe(), with a group
  std::vector<std::pair<std::string, std::int32_t>> assign;  // or assign(): topic and partition, without membership
  WorkOptions work;
  CommitMode commit = CommitMode::Auto;
  std::int32_t handoff_threads = 0;  // 0: the polling thread processes the records; otherwise this many workers do,
                                     // and polling continues
  bool forwards = false;  // the consumer of a transform: commits once the output of a poll's records is acknowledged
};

/// A program that reads, processes and writes (consume-process-produce); with a transactional.id it uses transactions.
struct TransformOptions {
  ConsumerOptions consumer;
  ProducerOptions producer;
  std::string dead_letter;  // topic for records that cannot be deserialized; "": the transform stops at such a
                            // record
  Config config{protocol::config_scope::kProducer | protocol::config_scope::kConsumer};  // configuration of both halves
};

/// The records that a share consumer does not accept: every n-th record.
struct AcknowledgeOptions {
  std::int64_t every = 0;  // 0: none
  bool reject = false;     // reject instead of release
};

struct ShareConsumerOptions {
  std::string client_id;
  std::vector<sim::NodeId> bootstrap;
  Config config{protocol::config_scope::kConsumer};
  std::vector<std::string> topics;
  WorkOptions work;
  AcknowledgeOptions acknowledge;
};

struct AdminOptions {
  std::string client_id;
  std::vector<sim::NodeId> controllers;  // tried in turn until one is active (KIP-919: bootstrap.controllers)
  std::vector<sim::NodeId> brokers;      // bootstrap servers, for requests to a partition's leader
  Config config{protocol::config_scope::kAdmin};
};

/// The changes that `behave` makes; absent fields stay unchanged.
struct ProducerBehavior {
  std::optional<std::int64_t> rate_millionths;
  std::optional<SendMode> send;
  std::optional<PartitionerOptions> partitioner;
};
struct ConsumerBehavior {
  std::optional<WorkOptions> work;
  std::optional<CommitMode> commit;
  std::optional<std::int32_t> handoff_threads;
};

struct ShareConsumerBehavior {
  std::optional<WorkOptions> work;
  std::optional<AcknowledgeOptions> acknowledge;
};

struct SeekTarget {
  enum class Kind : std::uint8_t { Offset, Beginning, End, Timestamp };
  Kind kind = Kind::Offset;
  std::int64_t value = 0;  // an offset, or ms
};

/// The pause after which an application that has caught an exception of poll() tries again.
inline constexpr sim::Duration kAfterException = sim::seconds(1);

/// Timers by owner (sim: set_timer's kind).
namespace timer {
inline constexpr std::uint16_t kNetwork = 0;           // base + 0: time-outs, reconnecting, metadata age
inline constexpr std::uint16_t kProducer = 400;        // network client of the producer
inline constexpr std::uint16_t kProducerRecord = 401;  // the application's next record is due
inline constexpr std::uint16_t kProducerSender = 402;  // linger, retry backoff, delivery time-out
inline constexpr std::uint16_t kProducerBlock = 403;   // max.block.ms of a blocked send
inline constexpr std::uint16_t kConsumer = 450;
inline constexpr std::uint16_t kConsumerPoll = 451;  // the application polls again
inline constexpr std::uint16_t kConsumerWork = 452;  // the work on a record is done (arg: worker, 0 = the polling
                                                     // thread)
inline constexpr std::uint16_t kConsumerHeartbeat = 453;
inline constexpr std::uint16_t kConsumerRetry = 454;        // backoff of a group or offset request
inline constexpr std::uint16_t kConsumerPollExpired = 455;  // max.poll.interval.ms
inline constexpr std::uint16_t kConsumerAutoCommit = 456;
inline constexpr std::uint16_t kConsumerFetch = 457;  // close() times out
inline constexpr std::uint16_t kConsumerClose = 458;  // close() gives up waiting
inline constexpr std::uint16_t kShareConsumer = 480;
inline constexpr std::uint16_t kShareConsumerPoll = 481;   // heartbeat, retry, the next poll
inline constexpr std::uint16_t kShareConsumerWork = 482;   // the work on a record is done
inline constexpr std::uint16_t kShareConsumerClose = 483;  // close() times out
inline constexpr std::uint16_t kAdmin = 500;
inline constexpr std::uint16_t kQueue = 550;         // a message was not acknowledged in time (MessageQueue)
inline constexpr std::uint16_t kQueueRecord = 551;   // QueueSender: the next record is due
inline constexpr std::uint16_t kQueueConnect = 552;  // both queue clients: connect again
inline constexpr std::uint16_t kQueueWork = 553;     // QueueReader: the work on a message is done
inline constexpr std::uint16_t kServiceCall = 560;   // the next round of calls is due
inline constexpr std::uint16_t kServiceWork = 561;   // arg: number of the request whose processing is done
inline constexpr std::uint16_t kServiceTimeout = 562;
}  // namespace timer

}  // namespace kafkascope::client
