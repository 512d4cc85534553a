// A consumer and the application around it: one client node. Kafka: KafkaConsumer (ClassicKafkaConsumer) over
// SubscriptionState, Fetcher and ConsumerCoordinator.
//
// The application is one thread: poll() -> (commit before) -> work on each record -> (commit after) -> poll(). Only
// poll() joins the group, looks up positions, sends fetches and commits automatically; responses and heartbeats are
// handled at any time. The next fetches are sent as poll() returns, so more data arrives while the application works
// (pipelining).
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/fetcher.h"
#include "client/group_member.h"
#include "client/options.h"
#include "client/stats.h"
#include "client/subscription_state.h"

namespace kafkascope::client {

class Consumer {
 public:
  explicit Consumer(ConsumerOptions options);
  // Defined in the source file: their code is long, and every source file that copies a World would compile it again.
  Consumer(const Consumer&);
  Consumer(Consumer&&) noexcept;
  Consumer& operator=(const Consumer&);
  Consumer& operator=(Consumer&&) noexcept;
  ~Consumer();

  // The kernel's callbacks.
  void on_start(Ctx& ctx);
  void on_message(Ctx& ctx, sim::ConnectionId connection, const protocol::Message& message);
  void on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg);
  void on_disk(Ctx&, std::uint16_t, std::uint64_t) {}
  void on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect reason);
  void on_death(sim::Death death, sim::Instant now);

  // Commands. Topics are given by name, as applications know them. The functions return false, and do nothing, for
  // unknown or unassigned partitions.
  bool seek(Ctx& ctx, const std::string& topic, std::int32_t partition, SeekTarget target);
  /// commitSync of these offsets, or of the positions if empty; counts an exception if it fails.
  void commit(Ctx& ctx, const std::map<std::pair<std::string, std::int32_t>, std::int64_t>& offsets);
  void subscribe(Ctx& ctx, std::vector<std::string> topics);
  void unsubscribe(Ctx& ctx) { subscribe(ctx, {}); }
  bool pause(Ctx& ctx, const std::string& topic, std::int32_t partition, bool paused);
  void behave(Ctx& ctx, const ConsumerBehavior& change);
  /// Finishes the records in hand, commits according to the commit mode, leaves the group (unless the member is static)
  /// and exits.
  void request_stop(Ctx& ctx);
  void set_config(Config config) { options_.config = std::move(config); }

  // Views.
  enum class Activity : std::uint8_t { Polling, Committing, Working, Forwarding, Closing, Down };
  const ConsumerOptions& options() const { return options_; }
  const ClientStats& stats() const { return stats_; }
  Activity activity() const { return activity_; }
  bool stopping() const { return stopping_; }
  std::vector<protocol::TopicPartition> assignment() const { return subscriptions_.partitions(); }
  const SubscriptionState& subscriptions() const { return subscriptions_; }
  /// The next offset to deliver, for each assigned partition that has a position.
  std::map<protocol::TopicPartition, protocol::Offset> positions() const;
  std::map<protocol::TopicPartition, protocol::Offset> committed() const;
  std::map<protocol::TopicPartition, protocol::Offset> processed() const;
  const GroupMember& group() const { return group_; }
  const MetadataCache& metadata() const { return core_.metadata; }
  const NetworkClient& network() const { return core_.network; }
  /// Number of Fetch requests in flight.
  std::int64_t in_flight() const { return fetcher_.fetches_in_flight(); }
  /// Number of records that poll() has returned and that are not yet processed.
  std::int64_t waiting() const;
  /// Calls visit(batch, index) for each record that poll() has returned and that is not yet processed.
  template <class Visit>
  void for_each_in_hand(Visit&& visit) const {
    for (const std::deque<Item>* items : {&in_hand_, &handed_off_})
      for (const Item& item : *items) visit(*item.batch, item.index);
    for (const Worker& worker : workers_)
      if (worker.item) visit(*worker.item->batch, worker.item->index);
  }
  const Fetcher& fetcher() const { return fetcher_; }
  /// The group, or "@<client id>" without a group: the text in record.delivered and record.processed.
  std::string delivery_name() const;

  // The interface for a transform, which consists of a consumer and a producer.
  struct Item {  // one record that poll() has returned
    protocol::TopicPartition partition;
    protocol::BatchRef batch;
    protocol::Offset base_offset;
    int index = 0;
  };
  /// The records processed since the last call.
  std::vector<Item> take_output() { return std::exchange(output_, {}); }
  /// Whether the consumer waits for forwarded(): all records of the poll are processed, or one record is set aside.
  bool forwarding() const { return activity_ == Activity::Forwarding; }
  /// What the consumer does after the poll's records: commits them; goes on, because they are committed already; reads
  /// them again after a pause; goes back to the group's committed offsets after a pause.
  enum class Next : std::uint8_t { Commit, GoOn, ReadAgain, BackToCommitted };
  void forwarded(Ctx& ctx, Next next);
  /// The record at which poll() ended with RecordDeserializationException.
  const std::optional<Fetcher::Unreadable>& unreadable() const { return fetcher_.unreadable(); }
  /// Returns that record once, to a caller that keeps a copy: forwarded() then continues after the record, or returns
  /// to it after a pause.
  std::optional<Fetcher::Unreadable> set_aside();

 private:
  struct Worker {
    std::optional<Item> item;
    sim::TimerId timer;
  };
  enum class After : std::uint8_t { Poll, Work };  // what the application does after a commitSync

  FetchParts fetch_parts() { return {core_, subscriptions_, stats_}; }
  GroupParts group_parts() { return {core_, subscriptions_, stats_}; }
  void run(Ctx& ctx);
  /// One call of poll(); returns true if it returned records or threw an exception.
  bool poll_once(Ctx& ctx);
  void note_poll(sim::Instant now);
  void after_poll(Ctx& ctx);
  /// Processes the records in hand; returns true when all of them are done.
  bool work(Ctx& ctx);
  void work_done(Ctx& ctx, const Item& item);
  void after_work(Ctx& ctx);
  void feed_workers(Ctx& ctx);
  sim::Duration work_time(const Item& item) const;
  void commit_sync(Ctx& ctx, After after);
  void take_results(Ctx& ctx);
  bool close(Ctx& ctx);
  void resolve_assign(Ctx& ctx);
  void handle(Ctx& ctx, NetworkClient::Event event);
  bool find_partition(const std::string& topic, std::int32_t partition, protocol::TopicPartition& out) const;
  static void set_timer(Ctx& ctx, sim::TimerId& timer, sim::Instant due, std::uint16_t kind);

  ConsumerOptions options_;
  ClientStats stats_;

  // State of this process; empty after each restart.
  ClientCore core_;
  SubscriptionState subscriptions_;
  Fetcher fetcher_;
  GroupMember group_;
  Activity activity_ = Activity::Down;
  After after_commit_ = After::Poll;
  std::vector<std::pair<std::string, std::int32_t>> to_assign_;  // assign(): topics whose ids are not known yet
  std::deque<Item> in_hand_;                                     // the records that poll() returned
  std::deque<Item> handed_off_;                                  // records that wait for a worker
  std::vector<Item> output_;                                     // for a transform: processed records that it has not
                                                                 // taken yet
  std::map<protocol::TopicPartition, FetchPosition> round_;      // for a transform: where this poll's records begin
  std::optional<Fetcher::Unreadable> set_aside_;                 // for a transform: the record whose copy is not yet
                                                                 // acknowledged
  sim::Duration unpacking_{0};                                   // time to decompress the records that the last poll
                                                                 // returned
  bool poll_begins_ = true;                                      // the application is about to call poll()
  std::vector<Worker> workers_;                                  // workers_[0] is the polling thread
  sim::Instant last_poll_, poll_again_{0}, close_deadline_ = sim::kNever;
  sim::TimerId wake_timer_, heartbeat_timer_, close_timer_;
  bool stopping_ = false, closing_committed_ = false, closing_left_ = false, closing_sessions_ = false;
};

}  // namespace kafkascope::client
