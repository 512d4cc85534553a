#include "controller/kraft/heartbeat_manager.h"

#include <limits>

#include "sim/mutant.h"

namespace kafkascope::controller {

void HeartbeatManager::activate(const protocol::MetadataImage& image, sim::Instant now) {
  contact_times_.clear();
  oldest_contact_ = sim::kNever;
  brokers_.clear();
  for (const auto& [id, registration] : image.brokers()) {
    register_broker(id, registration.fenced);
    if (!registration.fenced) contact({id, registration.epoch}, now);
  }
}

bool HeartbeatManager::has_valid_session(Session s, sim::Instant now) const {
  auto it = contact_times_.find(s);
  return it != contact_times_.end() && !it->second.let_go && !expired(it->second.at, now);
}

std::optional<HeartbeatManager::Session> HeartbeatManager::remove_expired(sim::Instant now) {
  if (oldest_contact_ == sim::kNever || !expired(oldest_contact_, now)) return std::nullopt;
  oldest_contact_ = sim::kNever;
  for (auto it = contact_times_.begin(); it != contact_times_.end(); ++it) {
    if (expired(it->second.at, now)) {
      oldest_contact_ = it->second.at;  // other sessions may also have expired: the next call searches again
      const Session s = it->first;
      contact_times_.erase(it);
      return s;
    }
    oldest_contact_ = std::min(oldest_contact_, it->second.at);
  }
  return std::nullopt;
}

/// Called when a registration, or a change of one, is applied. As in Kafka, the reported offset is kept only if the
/// fenced state changes here, so the controlled shutdown of a newly unfenced broker waits for one more heartbeat.
void HeartbeatManager::register_broker(BrokerId id, bool fenced) {
  auto [it, added] = brokers_.try_emplace(id);
  if (added) it->second.fenced = fenced;
  const Offset offset = it->second.fenced != fenced ? it->second.metadata_offset : Offset{};
  touch(id, fenced, offset);
}

void HeartbeatManager::fence(BrokerId id) {
  auto it = brokers_.find(id);
  if (it != brokers_.end()) it->second.fenced = true;
}

void HeartbeatManager::touch(BrokerId id, bool fenced, Offset metadata_offset) {
  auto it = brokers_.find(id);
  if (it == brokers_.end()) return;
  it->second.fenced = fenced;
  it->second.metadata_offset = metadata_offset;
  // A fenced broker is no longer in controlled shutdown; its next heartbeat ends the shutdown at once.
  if (fenced) it->second.controlled_shutdown_offset = Offset{};
}

void HeartbeatManager::start_controlled_shutdown(BrokerId id, Offset moves_end) {
  auto it = brokers_.find(id);
  if (it != brokers_.end() && !it->second.shutting_down()) it->second.controlled_shutdown_offset = moves_end;
}

bool HeartbeatManager::shutting_down(BrokerId id) const {
  auto it = brokers_.find(id);
  return it != brokers_.end() && it->second.shutting_down();
}

BrokerState HeartbeatManager::state(BrokerId id) const {
  auto it = brokers_.find(id);
  if (it == brokers_.end()) return BrokerState::Fenced;
  if (it->second.shutting_down()) return BrokerState::ControlledShutdown;
  return it->second.fenced ? BrokerState::Fenced : BrokerState::Unfenced;
}

/// Kafka: BrokerHeartbeatManager.calculateNextBrokerState.
BrokerState HeartbeatManager::next_state(const protocol::BrokerHeartbeatRequest& request, Offset register_offset,
                                         bool leads) const {
  switch (state(request.broker_id)) {
    case BrokerState::Fenced:
      if (request.want_shut_down) return BrokerState::ShutdownNow;
      if (!request.want_fence &&
          (request.current_metadata_offset >= register_offset || sim::mutant("unfenced-before-caught-up")))
        return BrokerState::Unfenced;
      return BrokerState::Fenced;
    case BrokerState::Unfenced:
      if (request.want_fence) return request.want_shut_down ? BrokerState::ShutdownNow : BrokerState::Fenced;
      if (request.want_shut_down)
        return leads && !sim::mutant("shutdown-does-not-wait") ? BrokerState::ControlledShutdown
                                                               : BrokerState::ShutdownNow;
      return BrokerState::Unfenced;
    case BrokerState::ControlledShutdown:
      if (leads) return BrokerState::ControlledShutdown;
      return brokers_.at(request.broker_id).controlled_shutdown_offset <= lowest_active_offset()
                 ? BrokerState::ShutdownNow
                 : BrokerState::ControlledShutdown;
    case BrokerState::ShutdownNow: break;
  }
  return BrokerState::ShutdownNow;
}

Offset HeartbeatManager::lowest_active_offset() const {
  Offset lowest{std::numeric_limits<std::int64_t>::max()};
  for (const auto& [id, b] : brokers_)
    if (!b.fenced && !b.shutting_down() && b.metadata_offset < lowest) lowest = b.metadata_offset;
  return lowest;
}

std::vector<UsableBroker> HeartbeatManager::usable_brokers(const protocol::MetadataImage& image) const {
  std::vector<UsableBroker> out;
  for (const auto& [id, b] : brokers_) {
    const protocol::BrokerRegistration* registration = image.broker(id);
    if (registration && !b.shutting_down()) out.push_back({id, registration->rack, b.fenced});
  }
  return out;
}

std::vector<BrokerSession> HeartbeatManager::sessions() const {
  std::vector<BrokerSession> out;
  for (const auto& [session, contact] : contact_times_) {
    auto it = brokers_.find(session.broker);
    out.push_back({session.broker, session.epoch, contact.at + session_timeout_,
                   it == brokers_.end() ? Offset{} : it->second.metadata_offset, state(session.broker)});
  }
  return out;
}

}  // namespace kafkascope::controller
