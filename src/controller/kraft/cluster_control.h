// The active controller's decisions about brokers: registration, fencing and shutdown. Kafka: ClusterControlManager,
// ReplicationControlManager.processBrokerHeartbeat and maybeFenceOneStaleBroker (4.1). Source: KIP-631, KIP-966.
#pragma once
#include <string_view>
#include <vector>

#include "controller/kraft/control_state.h"
#include "controller/kraft/heartbeat_manager.h"
#include "controller/kraft/replication_control.h"
#include "protocol/reasons.h"

namespace kafkascope::controller {

/// STALE_BROKER_EPOCH unless the broker is registered with that epoch.
ErrorCode check_broker_epoch(const protocol::MetadataImage& image, BrokerId id, BrokerEpoch epoch);

struct RegistrationDecision {
  ErrorCode error = ErrorCode::NONE;  // NONE or DUPLICATE_BROKER_REGISTRATION
  BrokerEpoch epoch = -1;
  bool new_incarnation = false;
  Records records;  // records to be appended at `next_offset`
};
/// A new incarnation gets its record's offset as its epoch and starts fenced; the same incarnation, registering again,
/// keeps epoch and state.
RegistrationDecision decide_registration(const ControlState& state, const HeartbeatManager& heartbeats,
                                         const ReplicationControl& replication,
                                         const protocol::BrokerRegistrationRequest& request, Offset next_offset,
                                         sim::Instant now);

struct HeartbeatDecision {
  ErrorCode error = ErrorCode::NONE;  // NONE or STALE_BROKER_EPOCH
  BrokerState next = BrokerState::Fenced;
  protocol::BrokerHeartbeatResponse response;
  Records records;
  fact::FencingReason reason{};
};
HeartbeatDecision decide_heartbeat(const ControlState& state, const HeartbeatManager& heartbeats,
                                   const ReplicationControl& replication,
                                   const protocol::BrokerHeartbeatRequest& request);

}  // namespace kafkascope::controller
