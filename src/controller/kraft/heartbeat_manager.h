// The active controller's in-memory state of brokers' heartbeats; a new active controller starts from the committed
// image alone. Kafka: BrokerHeartbeatManager and BrokerHeartbeatTracker (4.1). Source: KIP-631.
//
// States of a broker and the triggers of each transition (BrokerControlState):
//   Fenced -> Unfenced              a heartbeat without WantFence shows that the broker has applied its registration
//   Unfenced -> ControlledShutdown  the broker wants to shut down and still leads a partition
//   Unfenced -> ShutdownNow         the broker wants to shut down and leads no partition
//   ControlledShutdown -> ShutdownNow  the broker no longer leads a partition, and every active broker has applied the
// moves   any -> Fenced                   broker.session.timeout.ms passed without a heartbeat, or the broker asks for
// it
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "controller/kraft/replica_placer.h"
#include "protocol/messages_quorum.h"
#include "protocol/metadata_image.h"
#include "sim/time.h"

namespace kafkascope::controller {

using protocol::BrokerEpoch;
using protocol::BrokerId;
using protocol::Offset;

enum class BrokerState : std::uint8_t { Fenced, Unfenced, ControlledShutdown, ShutdownNow };
constexpr bool is_fenced(BrokerState s) { return s == BrokerState::Fenced || s == BrokerState::ShutdownNow; }

/// A broker's heartbeats, for views.
struct BrokerSession {
  BrokerId broker = protocol::kNoBroker;
  BrokerEpoch epoch = -1;
  sim::Instant deadline;   // end of the session; the next check fences the broker
  Offset metadata_offset;  // as last reported; -1: unknown
  BrokerState state = BrokerState::Fenced;
};

class HeartbeatManager {
 public:
  struct Session {
    BrokerId broker;
    BrokerEpoch epoch;
    friend auto operator<=>(const Session&, const Session&) = default;
  };

  HeartbeatManager() = default;
  explicit HeartbeatManager(sim::Duration session_timeout) : session_timeout_(session_timeout) {}

  /// A controller has become active: the sessions of unfenced brokers start at this moment, and fenced brokers have
  /// none (KAFKA-18138, KAFKA-19130).
  void activate(const protocol::MetadataImage& image, sim::Instant now);

  // The tracker: sessions by (broker, epoch). Any heartbeat counts, even one that is refused afterwards.
  void contact(Session s, sim::Instant now) {
    contact_times_[s].at = now;
    oldest_contact_ = std::min(oldest_contact_, now);
  }
  bool has_valid_session(Session s, sim::Instant now) const;
  /// The process has been told to stop: its session runs until it expires but no longer counts as the session of a
  /// living process.
  void let_go(Session s) { contact_times_[s].let_go = true; }
  /// Removes and returns one expired session, if there is one.
  std::optional<Session> remove_expired(sim::Instant now);

  // Volatile state by broker.
  void register_broker(BrokerId id, bool fenced);
  void remove(BrokerId id) { brokers_.erase(id); }
  void fence(BrokerId id);
  void touch(BrokerId id, bool fenced, Offset metadata_offset);
  /// The offset that all active brokers must have applied before this broker may stop; only the first call counts
  /// (KAFKA-14292).
  void start_controlled_shutdown(BrokerId id, Offset moves_end);
  bool shutting_down(BrokerId id) const;

  BrokerState state(BrokerId id) const;
  /// leads: returns whether the broker leads any partition (called only if the result matters)
  BrokerState next_state(const protocol::BrokerHeartbeatRequest& request, Offset register_offset, bool leads) const;

  std::vector<UsableBroker> usable_brokers(const protocol::MetadataImage& image) const;
  std::vector<BrokerSession> sessions() const;

 private:
  struct Broker {
    bool fenced = true;
    Offset metadata_offset;
    Offset controlled_shutdown_offset;
    bool shutting_down() const { return controlled_shutdown_offset.known(); }
  };
  bool expired(sim::Instant contact, sim::Instant now) const { return contact + session_timeout_ < now; }
  Offset lowest_active_offset() const;

  sim::Duration session_timeout_{};
  struct Contact {
    sim::Instant at;
    bool let_go = false;
  };
  std::map<Session, Contact> contact_times_;
  /// The oldest contact of any session; all sessions are searched only when this one would have expired.
  sim::Instant oldest_contact_ = sim::kNever;
  std::map<BrokerId, Broker> brokers_;
};

}  // namespace kafkascope::controller
