// A share consumer and the application around it: one client node. Kafka: KafkaShareConsumer (ShareConsumerImpl) over
// ShareConsumeRequestManager and ShareSessionHandler (4.1), KIP-932.
//
// The application is one thread: poll() -> work on each record -> poll(). Nothing is prefetched: a ShareFetch is sent when poll() has
// nothing to hand over, and carries the acknowledgements of the records handed over before. With share.acknowledgement.mode=implicit the
// next poll() accepts all of them; with explicit the application accepts, releases or rejects each record. A record that cannot be
// deserialized is released, and ends poll() with an exception.
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
#include "client/share_membership.h"

namespace kafkascope::client {

class ShareConsumer {
 public:
  static constexpr std::uint32_t kShareFetchPurpose = 80, kShareAcknowledgePurpose = 81;

  explicit ShareConsumer(ShareConsumerOptions options);
  // Defaulted in the source file: each is long, and many translation units copy worlds.
  ShareConsumer(const ShareConsumer&);
  ShareConsumer(ShareConsumer&&) noexcept;
  ShareConsumer& operator=(const ShareConsumer&);
  ShareConsumer& operator=(ShareConsumer&&) noexcept;
  ~ShareConsumer();

  // The kernel's callbacks.
  void on_start(Ctx& ctx);
  void on_message(Ctx& ctx, sim::ConnectionId connection, const protocol::Message& message);
  void on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg);
  void on_disk(Ctx&, std::uint16_t, std::uint64_t) {}
  void on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect reason);
  void on_death(sim::Death death, sim::Instant now);

  // Commands.
  void subscribe(Ctx& ctx, std::vector<std::string> topics);
  void behave(Ctx& ctx, const ShareConsumerBehavior& change);
  /// Finishes the records in hand, acknowledges them, ends its sessions, leaves the group and exits.
  void request_stop(Ctx& ctx);
  void set_config(Config config) { options_.config = std::move(config); }

  // Views.
  enum class Activity : std::uint8_t { Polling, Working, Closing, Down };
  const ShareConsumerOptions& options() const { return options_; }
  const ClientStats& stats() const { return stats_; }
  Activity activity() const { return activity_; }
  const ShareMembership& membership() const { return membership_; }
  const MetadataCache& metadata() const { return core_.metadata; }
  const NetworkClient& network() const { return core_.network; }
  std::int64_t in_flight() const;
  /// Records handed over by poll() whose work is not done.
  std::int64_t waiting() const { return static_cast<std::int64_t>(in_hand_.size()) + (working_ ? 1 : 0); }
  /// Calls visit(batch, index) for each record handed over by poll() whose work is not done.
  template <class Visit>
  void for_each_in_hand(Visit&& visit) const {
    for (const Item& item : in_hand_) visit(*item.batch, item.index);
    if (working_) visit(*working_->batch, working_->index);
  }
  /// The records of one partition that the consumer holds.
  struct Held {
    std::int64_t buffered = 0;        // fetched, not handed over
    std::int64_t in_hand = 0;         // handed over, not processed
    std::int64_t to_acknowledge = 0;  // decided by the application; not yet sent to the broker
    std::int64_t acknowledging = 0;   // in a request in flight
  };
  std::map<protocol::TopicPartition, Held> held() const;

 private:
  struct Item {
    protocol::TopicPartition partition;
    protocol::BatchRef batch;
    protocol::Offset base_offset;
    int index = 0;
    ClientNodeId node = kNoNode;  // the broker that sent it
    protocol::Offset offset() const { return base_offset + batch->offset_delta(index); }
  };
  using OfOffsets = std::map<protocol::Offset, protocol::AcknowledgeType>;
  using Acknowledgements = std::map<protocol::TopicPartition, OfOffsets>;
  /// The session with one broker. Kafka: ShareSessionHandler, and ShareConsumeRequestManager's state per node.
  struct Session {
    std::int32_t epoch = 0;  // epoch of the next request
    std::set<protocol::TopicPartition> partitions;
    std::uint32_t in_flight = 0;  // purpose of the request in flight; one at a time
    bool closed = false;          // the last request has been sent

    // The stages of an acknowledgement: decided by the application since the last poll() (`worked` until the next poll() confirms it:
    // implicit mode); then, if that poll() had nothing to hand over, sent with the next ShareFetch, which is not
    // repeated; else committed with a ShareAcknowledge of its own (commitAsync), which may be repeated.
    Acknowledgements worked, said, riding, committing, again;  // again: refused, to be sent before the others
    Acknowledgements sent;                                     // in the request in flight
    int attempts = 0;                                          // failed attempts of the commit
    sim::Instant retry_at{0}, deadline;                        // of the commit: default.api.timeout.ms
  };

  ShareParts parts() { return {core_, stats_}; }
  void run(Ctx& ctx);
  void handle(Ctx& ctx, NetworkClient::Event event);
  void note_poll(sim::Instant now);
  bool poll_once(Ctx& ctx);
  /// Takes the records of one poll() out of the buffer. Returns false if poll() ends with an exception.
  bool collect(Ctx& ctx);
  // share_requests.cpp
  void send_fetches(Ctx& ctx);
  /// poll() has records to hand over: the acknowledgements are sent separately.
  void commit_async(Ctx& ctx);
  /// Sends the pending commits, refused ones first. Returns true if none is left, so that it may fetch.
  bool send_commits(Ctx& ctx);
  void send_last(Ctx& ctx);
  void send_acknowledge(Ctx& ctx, ClientNodeId node, Session& session, Acknowledgements what, std::int32_t epoch);
  /// The application would be told in its AcknowledgementCommitCallback; here it is counted.
  void failed(const Acknowledgements& what) { stats_.metrics.consumer.acknowledgements_failed += records_in(what); }
  static std::int64_t records_in(const Acknowledgements& what);
  void send(Ctx& ctx, ClientNodeId node, Session& session, protocol::Body request, std::uint32_t purpose);
  void begin_commit_anew(Session& session, sim::Instant now) const;
  bool leader_moved(ClientNodeId from, protocol::TopicPartition tp);
  void note_fetch(Ctx& ctx, const Completed& done, const protocol::ShareFetchResponse& response);
  void on_fetched(Ctx& ctx, const Completed& done);
  void on_acknowledged(Ctx& ctx, const Completed& done);
  /// Returns true if the response counts. Else `error` says why not, and the session may have to start again.
  bool on_answer(Ctx& ctx, Session& session, protocol::ErrorCode error);
  void on_fetch_error(Ctx& ctx, protocol::TopicPartition tp, protocol::ErrorCode error, protocol::BrokerId leader,
                      protocol::LeaderEpoch epoch);
  void throw_it(Ctx& ctx, protocol::ErrorCode error, protocol::TopicPartition tp);
  bool work(Ctx& ctx);
  void work_done(Ctx& ctx, const Item& item);
  sim::Duration work_time(const Item& item) const;
  bool close(Ctx& ctx);
  static void set_timer(Ctx& ctx, sim::TimerId& timer, sim::Instant due, std::uint16_t kind);

  ShareConsumerOptions options_;
  ClientStats stats_;
  std::int64_t handled_ = 0;  // records processed, counted by the application, for "every third one is released"

  // State of this process; starts empty at each restart.
  ClientCore core_;
  ShareMembership membership_;
  std::set<std::string, std::less<>> topics_;
  std::map<ClientNodeId, Session> sessions_;
  Activity activity_ = Activity::Down;
  bool explicit_ = false;
  Deserializers deserializers_;
  std::int32_t max_poll_records_ = 500, max_wait_ms_ = 500, min_bytes_ = 1, max_bytes_ = 52428800;
  sim::Duration api_timeout_;
  ExponentialBackoff backoff_;
  std::deque<Item> buffer_, in_hand_;
  std::optional<Item> working_;
  sim::Instant last_poll_, poll_again_{0}, close_deadline_ = sim::kNever;
  sim::TimerId wake_timer_, work_timer_, close_timer_;
  bool stopping_ = false, closing_left_ = false, poll_begins_ = true;
};

}  // namespace kafkascope::client
