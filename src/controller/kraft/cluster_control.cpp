#include "controller/kraft/cluster_control.h"

namespace kafkascope::controller {

using protocol::BrokerRegistration;
using protocol::RegisterBrokerRecord;

ErrorCode check_broker_epoch(const protocol::MetadataImage& image, BrokerId id, BrokerEpoch epoch) {
  const BrokerRegistration* b = image.broker(id);
  return b && b->epoch == epoch ? ErrorCode::NONE : ErrorCode::STALE_BROKER_EPOCH;
}

RegistrationDecision decide_registration(const ControlState& state, const HeartbeatManager& heartbeats,
                                         const ReplicationControl& replication,
                                         const protocol::BrokerRegistrationRequest& request, Offset next_offset,
                                         sim::Instant now) {
  RegistrationDecision out;
  const BrokerRegistration* existing = state.image.broker(request.broker_id);
  out.new_incarnation = !existing || existing->incarnation_id != request.incarnation_id;
  // Two processes have the same id: the process that is alive keeps it. A process in controlled shutdown does not block
  // the new one (KAFKA-19047).
  if (existing && out.new_incarnation && !existing->in_controlled_shutdown &&
      heartbeats.has_valid_session({existing->id, existing->epoch}, now)) {
    out.error = ErrorCode::DUPLICATE_BROKER_REGISTRATION;
    return out;
  }
  RegisterBrokerRecord record;
  record.broker_id = request.broker_id;
  record.incarnation_id = request.incarnation_id;
  record.endpoint = request.endpoint;
  record.rack = request.rack;
  record.log_dirs = request.log_dirs;
  if (out.new_incarnation) {
    const BrokerEpoch stored_epoch = existing ? existing->epoch : -2;
    replication.broker_restarted(request.broker_id, request.previous_broker_epoch == stored_epoch, out.records);
    record.broker_epoch = (next_offset + static_cast<std::int64_t>(out.records.size())).value;
  } else {
    record.broker_epoch = existing->epoch;
    record.fenced = existing->fenced;
    record.in_controlled_shutdown = existing->in_controlled_shutdown;
  }
  out.epoch = record.broker_epoch;
  out.records.emplace_back(record);
  return out;
}

HeartbeatDecision decide_heartbeat(const ControlState& state, const HeartbeatManager& heartbeats,
                                   const ReplicationControl& replication,
                                   const protocol::BrokerHeartbeatRequest& request) {
  HeartbeatDecision out;
  const BrokerId id = request.broker_id;
  out.error = check_broker_epoch(state.image, id, request.broker_epoch);
  if (out.error != ErrorCode::NONE) {
    out.response.error = out.error;
    return out;
  }
  const Offset register_offset = state.register_offset(id);
  const bool leads = (request.want_shut_down || heartbeats.shutting_down(id)) && replication.has_leaderships(id);
  const BrokerState current = heartbeats.state(id);
  out.next = heartbeats.next_state(request, register_offset, leads);
  if (out.next != current) {
    switch (out.next) {
      case BrokerState::Fenced:
        out.reason = fact::FencingReason::BrokerAsked;
        replication.broker_fenced(id, out.records);
        break;
      case BrokerState::ShutdownNow:
        out.reason = fact::FencingReason::ShuttingDown;
        replication.broker_fenced(id, out.records);
        break;
      case BrokerState::Unfenced: replication.broker_unfenced(id, request.broker_epoch, out.records); break;
      case BrokerState::ControlledShutdown:
        replication.broker_in_controlled_shutdown(id, request.broker_epoch, out.records);
        break;
    }
  }
  if (!request.offline_log_dirs.empty())
    replication.directories_offline(id, request.broker_epoch, request.offline_log_dirs, out.records);
  out.response.is_caught_up = request.current_metadata_offset >= register_offset;
  out.response.is_fenced = is_fenced(out.next);
  out.response.should_shut_down = out.next == BrokerState::ShutdownNow;
  return out;
}

}  // namespace kafkascope::controller
