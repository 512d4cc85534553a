#include "observe/model/watermark_wait.h"

#include <algorithm>

#include "broker/broker.h"
#include "observe/model/standing.h"
#include "observe/words/both.h"
#include "protocol/historical.h"

namespace kafkascope::observe {

namespace {

using protocol::BrokerId;
using protocol::TopicPartition;

/// The replica's directory is offline, or its broker has halted because of it.
bool on_a_failed_disk(const Moment& m, BrokerId id, TopicPartition tp) {
  const sim::NodeId node = m.cluster.broker_node(id);
  if (!node.valid()) return false;
  if (!m.cluster.alive(node)) return m.observation.dir_failures().contains(node.index);
  const broker::Broker& b = *m.cluster.role<broker::Broker>(node);
  const broker::Replica* r = b.replica(tp);
  return r != nullptr && r->offline;
}

}  // namespace

WatermarkWait watermark_wait(const cluster::Cluster& c, TopicPartition tp) {
  WatermarkWait wait;
  const protocol::PartitionRegistration* p = c.committed().partition(tp);
  const sim::NodeId node = p == nullptr || p->leader < 0 ? sim::NodeId{} : c.broker_node(p->leader);
  if (!node.valid() || !c.alive(node)) return wait;
  const broker::Broker& b = *c.role<broker::Broker>(node);
  const broker::Replica* r = b.replica(tp);
  if (r == nullptr || !r->is_leader()) return wait;
  // The leader hears a little later of the ISR that is committed, and is held by it all the same.
  const bool below = !protocol::historical(c.spec().historical, c.spec().kafka).kip_966 &&
                     standing_of(*p, c.effective_min_isr(tp)).under_min_isr();
  wait.for_min_isr = below || b.high_watermark_stands(*r);
  if (r->log.high_watermark() >= r->log.log_end_offset()) return wait;
  sim::Instant since = c.now();
  for (const broker::RemoteReplica& remote : r->remotes) {
    if (remote.log_end_offset > r->log.high_watermark() || !b.holds_high_watermark(*r, remote, c.now())) continue;
    (r->maximal_isr().contains(remote.id) ? wait.in_sync : wait.outside).push_back(remote.id);
    const sim::Instant of_this = b.lag_of(remote).since;
    if (of_this < since) since = of_this, wait.longest = remote.id;
  }
  wait.us = (c.now() - since).us;
  return wait;
}

Words held_by_a_disk(const Moment& m, TopicPartition tp, const WatermarkWait& wait) {
  const auto failed = [&](const std::vector<int>& list) {
    const auto it = std::find_if(list.begin(), list.end(), [&](int id) { return on_a_failed_disk(m, id, tp); });
    return it == list.end() ? -1 : *it;
  };
  const int in_sync = failed(wait.in_sync), outside = failed(wait.outside);
  if (in_sync < 0 && outside < 0) return {};
  const storage::PartitionLog* log = m.cluster.leader_log(tp);
  const std::int64_t offset = log == nullptr ? -1 : log->high_watermark().value;
  const std::string partition = m.cluster.name(tp), who = "broker-" + std::to_string(in_sync >= 0 ? in_sync : outside);
  return both(in_sync >= 0 ? "snapshot.held_by_disk_in_isr"_w : "snapshot.held_by_disk_outside"_w,
              {{"partition", partition}, {"offset", std::to_string(offset)}, {"broker", who}});
}

}  // namespace kafkascope::observe
