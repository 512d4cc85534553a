// A share consumer and the application around it: one client node. Kafka: KafkaShareConsumer (ShareConsumerImpl) over
// ShareConsumeRequestManager and ShareSessionHandler (4.1), KIP-932.
//
// The application is one thread: poll() -> work on each record -> poll(). Nothing is prefetched: a ShareFetch is sent
// when poll() has no records to deliver, and carries the acknowledgements of the records delivered before. With
// share.acknowledgement.mode=implicit the next poll() accepts all records; with explicit the application accepts,
// releases or rejects each record. A record that cannot be deserialized is released, and poll() throws an exception.
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
#include "protocol/messages_share.h"

namespace kafkascope::client {

class ShareConsumer {
 public:
  static constexpr std::uint32_t kShareFetchPurpose = 80, kShareAcknowledgePurpose = 81;

  explicit ShareConsumer(ShareConsumerOptions options);
  // Defined in the source file: their code is long, and every source file that copies a World would compile it again.
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
  /// Number of records that poll() has returned and that are not yet processed.
  std::int64_t waiting() const { return static_cast<std::int64_t>(in_hand_.size()) + (working_ ? 1 : 0); }
  /// Calls visit(batch, index) for each record that poll() has returned and that is not yet processed.
  template <class Visit>
  void for_each_in_hand(Visit&& visit) const {
    for (const Item& item : in_hand_) visit(*item.batch, item.index);
    if (working_) visit(*working_->batch, working_->index);
  }
  /// The records of one partition that the consumer holds.
  struct Held {
    std::int64_t buffered = 0;        // fetched, but not returned by poll()
    std::int64_t in_hand = 0;         // returned by poll(), but not processed
    std::int64_t to_acknowledge = 0;  // decided by the application, but not yet sent to the broker
    std::int64_t acknowledging = 0;   // contained in a request in flight
  };
  std::map<protocol::TopicPartition, Held> held() const;
  /// What of one partition is decided and waits in the session with one broker.
  struct Unsent {
    ClientNodeId node = kNoNode;
    std::int64_t unconfirmed = 0;  // implicit mode: the next poll() accepts them; closing sends none of them
    std::int64_t decided = 0;      // the next poll() decides how they are sent, too
    std::int64_t riding = 0;       // wait for the next ShareFetch
    std::int64_t committing = 0;   // wait for a ShareAcknowledge of their own, those to be repeated as well
    bool open = false, has_partition = false;  // whether the session has begun, and whether it reads the partition
    std::uint32_t in_flight = 0;               // the kind of the session's request in flight
    sim::Instant retry_at{0};
  };
  std::vector<Unsent> unsent(protocol::TopicPartition tp) const;
  /// Whether a ShareAcknowledge is in flight or due: poll() sends no ShareFetch until all are answered.
  bool has_commits() const;
  /// When the application calls poll() again after an exception, or poll() tries again after a failed ShareFetch.
  sim::Instant polls_again() const { return poll_again_; }
  /// Calls visit(partition, offset, stage) for each record that the consumer holds; the stage is where Held counts it.
  template <class Visit>
  void for_each_held(Visit&& visit) const;

 private:
  struct Item {
    protocol::TopicPartition partition;
    protocol::BatchRef batch;
    protocol::Offset base_offset;
    int index = 0;
    ClientNodeId node = kNoNode;  // the broker that sent the record
    protocol::Offset offset() const { return base_offset + batch->offset_delta(index); }
  };
  using OfOffsets = std::map<protocol::Offset, protocol::AcknowledgeType>;
  using Acknowledgements = std::map<protocol::TopicPartition, OfOffsets>;
  /// The session with one broker. Kafka: ShareSessionHandler, and ShareConsumeRequestManager's state per node.
  struct Session {
    std::int32_t epoch = 0;  // the epoch of the next request
    std::set<protocol::TopicPartition> partitions;
    std::uint32_t in_flight = 0;  // the kind of the request in flight; at most one at a time
    bool closed = false;          // the session's last request has been sent

    // The stages of an acknowledgement:
    //   worked      implicit mode: the record is processed, and the next poll() will confirm the acknowledgement
    //   said        confirmed, in explicit mode by the application itself
    //   riding      to be sent with the next ShareFetch, because poll() had no records to deliver; not repeated
    //   committing  to be sent in a separate ShareAcknowledge (commitAsync), which may be repeated
    //   again       refused by the broker; to be sent again before the others
    Acknowledgements worked, said, riding, committing, again;
    Acknowledgements sent;               // the acknowledgements in the request in flight
    int attempts = 0;                    // failed attempts of the current commit
    sim::Instant retry_at{0}, deadline;  // deadline: default.api.timeout.ms after the commit
                                         // began
  };

  ShareParts parts() { return {core_, stats_}; }
  void run(Ctx& ctx);
  void handle(Ctx& ctx, NetworkClient::Event event);
  void note_poll(sim::Instant now);
  bool poll_once(Ctx& ctx);
  /// Takes the records of one poll() out of the buffer. Returns false if poll() throws an exception.
  bool collect(Ctx& ctx);
  // Defined in share_requests.cpp.
  void send_fetches(Ctx& ctx);
  /// poll() has records to deliver, so the acknowledgements are sent separately.
  void commit_async(Ctx& ctx);
  /// Sends the pending commits, refused ones first. Returns true if none is left, so that the session may fetch.
  bool send_commits(Ctx& ctx);
  void send_last(Ctx& ctx);
  void send_acknowledge(Ctx& ctx, ClientNodeId node, Session& session, Acknowledgements what, std::int32_t epoch);
  /// In Kafka the AcknowledgementCommitCallback tells the application; here failures are only counted.
  void failed(const Acknowledgements& what) { stats_.metrics.consumer.acknowledgements_failed += records_in(what); }
  static std::int64_t records_in(const Acknowledgements& what);
  void send(Ctx& ctx, ClientNodeId node, Session& session, protocol::Body request, std::uint32_t purpose);
  void begin_commit_anew(Session& session, sim::Instant now) const;
  bool leader_moved(ClientNodeId from, protocol::TopicPartition tp);
  void note_fetch(Ctx& ctx, const Completed& done, const protocol::ShareFetchResponse& response);
  void on_fetched(Ctx& ctx, const Completed& done);
  void on_acknowledged(Ctx& ctx, const Completed& done);
  /// Returns true if the response is valid. Otherwise `error` has the reason, and the session may have to start again.
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
  std::int64_t handled_ = 0;  // number of records that the application has processed, for "every third one is released"

  // State of this process; empty after each restart.
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

template <class Visit>
void ShareConsumer::for_each_held(Visit&& visit) const {
  for (const Item& item : buffer_) visit(item.partition, item.offset(), &Held::buffered);
  for (const Item& item : in_hand_) visit(item.partition, item.offset(), &Held::in_hand);
  if (working_) visit(working_->partition, working_->offset(), &Held::in_hand);
  const auto decided = [&](const Acknowledgements& all, std::int64_t Held::*stage) {
    for (const auto& [tp, of_offset] : all)
      for (const auto& [offset, type] : of_offset) visit(tp, offset, stage);
  };
  for (const auto& [id, session] : sessions_) {
    for (const Acknowledgements* waiting :
         {&session.worked, &session.said, &session.riding, &session.committing, &session.again})
      decided(*waiting, &Held::to_acknowledge);
    if (session.in_flight != 0) decided(session.sent, &Held::acknowledging);
  }
}

}  // namespace kafkascope::client
