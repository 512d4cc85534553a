// A leader's changes of the in-sync set: which replicas leave and join it. The leader asks the controller (KRaft) or
// writes the ISR into ZooKeeper. Kafka: Partition (maybeShrinkIsr, maybeExpandIsr), DefaultAlterPartitionManager.
// KIP-497, KIP-841, KIP-903.
#pragma once
#include <cstdint>
#include <vector>

#include "broker/controller_channel.h"
#include "broker/parts.h"
#include "broker/purgatory.h"
#include "broker/replica.h"

namespace kafkascope::broker {

struct IsrProposal {
  std::int32_t replica = -1;
  std::uint32_t pending_id = 0;
  protocol::AlterPartitionData data;
};

class AlterPartitionManager {
 public:
  explicit AlterPartitionManager(ControllerChannel channel) : alter_channel(std::move(channel)) {}
  void on_death();

  /// Whether the lock of the replica's partition is held because its ISR is being written into ZooKeeper.
  bool locked(const BrokerServer& server, std::int32_t index) const;
  bool needs_locked_partition(const BrokerServer& server, const Message& message) const;
  bool watches_locked_partition(const BrokerServer& server, const DelayedFetch& op) const;
  void unlock_partition(Ctx& ctx, BrokerServer& server, std::int32_t index);
  void check_isr(Ctx& ctx, BrokerServer& server);
  void maybe_expand_isr(Ctx& ctx, BrokerServer& server, std::int32_t index, const RemoteReplica& remote);
  void send_alter_partition(Ctx& ctx, BrokerServer& server);
  void on_alter_partition(Ctx& ctx, BrokerServer& server, const ControllerChannel::Completion& done);
  void trace_isr_change(Ctx& ctx, BrokerServer& server, const Replica& replica, const IdList& before,
                        const IdList& after, PartitionEpoch epoch);

  ControllerChannel alter_channel;
  sim::TimerId alter_retry;

 private:
  void run_isr_check(Ctx& ctx, BrokerServer& server);
  void maybe_shrink_isr(Ctx& ctx, BrokerServer& server, std::int32_t index);
  void propose_isr(Ctx& ctx, BrokerServer& server, std::int32_t index, PendingIsr kind, const IdList& isr);
  void on_isr_answer(Ctx& ctx, BrokerServer& server, const IsrProposal& proposal,
                     const protocol::AlterPartitionResult& result);

  std::vector<IsrProposal> proposals_;  // unanswered; the first in_flight_proposals_ of them have been sent
  std::size_t in_flight_proposals_ = 0;
  bool alter_in_flight_ = false;
};

}  // namespace kafkascope::broker
