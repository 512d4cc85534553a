// Fetches records and looks up positions. Kafka: Fetcher, AbstractFetch, FetchCollector, OffsetFetcher.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/deserializers.h"
#include "client/fetch_session_handler.h"
#include "client/subscription_state.h"
#include "protocol/reasons.h"

namespace kafkascope::client {

struct FetcherOptions {
  std::int32_t min_bytes = 1, max_wait_ms = 500, max_bytes = 52428800, max_partition_bytes = 1048576;
  int max_poll_records = 500;
  bool read_committed = false;
  bool skip_buffered_nodes = true;
  bool in_turn = false;                                  // older versions: a request first lists the partitions that
                                                         // have not been read for the longest time
  std::string reset = "latest";                          // auto.offset.reset
  std::int64_t reset_age_ms = 0;                         // by_duration (KIP-1106): starts at records of this age
  std::string rack;                                      // client.rack
  sim::Duration read_replica_lease = sim::seconds(300);  // metadata.max.age.ms
  bool gives_read_replica_up = true;                     // on errors and lost connections the consumer returns to the
                                                         // leader (KAFKA-14379)
  bool notes_epochs_without_leader = false;              // 2.5: a newer epoch triggers validation even before its
                                                         // leader is known
  sim::Duration request_timeout = sim::seconds(30);
  ExponentialBackoff retry_backoff;
  Deserializers deserializers;
  static FetcherOptions from(const Config& config);
};

/// A run of consecutive records of one stored batch, as returned by poll().
struct DeliveredRun {
  protocol::TopicPartition partition;
  protocol::BatchRef batch;
  protocol::Offset base_offset;
  protocol::LeaderEpoch leader_epoch;
  int first = 0, last = 0;  // indexes into the batch, both included
  int count() const { return last - first + 1; }
  protocol::Offset offset(int index) const { return base_offset + batch->offset_delta(index); }
};

struct FetchParts {
  ClientCore& core;
  SubscriptionState& subscriptions;
  ClientStats& stats;
};

class Fetcher {
 public:
  static constexpr std::uint32_t kFetchPurpose = 20, kListOffsetsPurpose = 21, kEpochPurpose = 22, kClosePurpose = 23;

  Fetcher() = default;
  explicit Fetcher(FetcherOptions options) : options_(std::move(options)) {}
  bool read_committed() const { return options_.read_committed; }

  /// Sends the requests that positions need: ListOffsets for resets, OffsetForLeaderEpoch for validation.
  void find_positions(Ctx& ctx, FetchParts parts);
  /// Sends one Fetch to each node that leads fetchable partitions, has no buffered data here and no Fetch in flight.
  void send_fetches(Ctx& ctx, FetchParts parts);
  /// Returns at most max.poll.records of the buffered records and advances the positions. `thrown`: the exception that
  /// poll() throws.
  std::vector<DeliveredRun> collect(Ctx& ctx, FetchParts parts, std::string& thrown);
  /// The record for which collect() threw RecordDeserializationException.
  struct Unreadable {
    protocol::TopicPartition partition;
    protocol::BatchRef batch;
    protocol::Offset base_offset;
    int index = 0;
    std::string message, cause;  // message and cause of the exception
    protocol::Offset offset() const { return base_offset + batch->offset_delta(index); }
  };
  const std::optional<Unreadable>& unreadable() const { return unreadable_; }
  std::optional<Unreadable> take_unreadable() { return std::exchange(unreadable_, std::nullopt); }
  bool on_completed(Ctx& ctx, FetchParts parts, const Completed& done);
  /// Ends the fetch sessions at reachable nodes; sessions_closing() is true until all of them have answered.
  void close_sessions(Ctx& ctx, FetchParts parts);
  bool sessions_closing() const { return closing_ > 0; }

  /// Applies auto.offset.reset if nothing is committed or the position is out of range. Returns false if the policy is
  /// none.
  bool reset_by_policy(Ctx& ctx, SubscriptionState& subscriptions, protocol::TopicPartition p,
                       fact::PositionReason reason) const;
  sim::Instant next_wake(const SubscriptionState& subscriptions, sim::Instant now) const;
  int fetches_in_flight() const { return static_cast<int>(pending_nodes_.size()); }
  /// The nodes with a Fetch in flight.
  const std::set<ClientNodeId>& fetching() const { return pending_nodes_; }
  /// The number of buffered records of each partition that has any, without those that will be dropped because the
  /// position has moved.
  std::map<protocol::TopicPartition, std::int64_t> buffered_records(const SubscriptionState& subscriptions) const;

 private:
  struct Asked {  // the partitions of a request
    protocol::TopicPartition partition;
    FetchPosition position;
    std::int64_t timestamp = 0;
    sim::Instant sent{0};
  };
  struct Buffered {
    protocol::FetchPartitionResponse data;
    protocol::Offset asked;  // the request's fetch offset
    std::size_t batch = 0;
    std::uint64_t answer = 0;                // key in answers_
    std::int64_t bytes = 0, records = 0;     // handed over
    std::set<protocol::ProducerId> aborted;  // producers whose aborted transaction contains the next batch
  };
  struct Answer {  // FetchMetricsAggregator: a response is recorded once all its records have been handed over or
                   // dropped
    std::size_t partitions = 0;
    std::int64_t bytes = 0, records = 0;
  };
  std::vector<Asked> take(std::uint64_t number);
  std::optional<ClientNode> select_node(Ctx& ctx, FetchParts& parts, protocol::TopicPartition p, AssignedPartition& a);
  void on_fetched(Ctx& ctx, FetchParts& parts, const Completed& done);
  /// For read_committed: whether the batch belongs to an aborted transaction.
  static bool aborted(Buffered& b, const protocol::StoredBatch& batch);
  void drop_front(Ctx& ctx, FetchParts& parts);
  void measure(Ctx& ctx, ConsumerMetrics& metrics, std::uint64_t answer, std::int64_t bytes, std::int64_t records);
  void on_listed(Ctx& ctx, FetchParts& parts, const Completed& done, const std::vector<Asked>& asked);
  void on_epochs(Ctx& ctx, FetchParts& parts, const Completed& done, const std::vector<Asked>& asked);
  void on_fetch_error(Ctx& ctx, FetchParts& parts, const Buffered& b);
  std::string thrown_by(const Buffered& b, const AssignedPartition& a) const;
  void back_off(Ctx& ctx, AssignedPartition& a);
  /// Keeps one exception until poll() throws it; further ones are dropped meanwhile
  /// (OffsetFetcherUtils.maybeSetValidatePositionsException).
  void throw_later(std::string exception) {
    if (thrown_.empty()) thrown_ = std::move(exception);
  }
  /// The index of the run's first record that the deserializers cannot read; run.last + 1 if they can read all.
  int first_unreadable(const DeliveredRun& run) const;
  Unreadable unreadable_at(const DeliveredRun& run, const MetadataCache& metadata) const;

  FetcherOptions options_;
  std::map<std::uint64_t, std::vector<Asked>> asked_;
  std::map<ClientNodeId, FetchSessionHandler> sessions_;
  int closing_ = 0;
  std::uint64_t next_request_ = 1;
  std::set<ClientNodeId> pending_nodes_;
  std::deque<Buffered> buffered_;
  sim::FlatMap<std::uint64_t, Answer> answers_;  // responses with buffered data
  std::uint64_t next_answer_ = 1;
  std::optional<Unreadable> unreadable_;
  std::string thrown_;  // an exception from looking up positions; the next poll() throws it
};

}  // namespace kafkascope::client
