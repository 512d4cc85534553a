#include "engine/later_handled.h"

#include <optional>

#include "broker/broker.h"
#include "broker/zookeeper_mode.h"
#include "protocol/facts_of_transactions.h"
#include "protocol/trace_code.h"
#include "protocol/transaction_marker.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::test {

const sim::TraceLine* sent_for(const observe::TraceStore& trace, const sim::TraceLine& line, protocol::ApiKey api) {
  for (const sim::TraceLine* at = &line; at != nullptr; at = trace.find(at->cause)) {
    if (at->node != line.node) return nullptr;
    if (const auto delivered = fact_if<fact::MessageDelivered>(*at))
      return delivered->api == protocol::trace_code(api) ? trace.find(at->cause) : nullptr;
  }
  return nullptr;
}

LaterHandled::LaterHandled(const cluster::Cluster& cluster, const observe::TraceStore& trace)
    : cluster_(cluster), trace_(trace) {
  for (std::size_t i = 0; cluster.under_zookeeper() && i < cluster.nodes().size(); ++i)
    if (cluster.nodes()[i].kind == cluster::NodeKind::Broker)
      brokers_.push_back(sim::NodeId{static_cast<std::int32_t>(i)});
}

void LaterHandled::look() {
  std::optional<std::pair<sim::NodeId, std::uint64_t>> request;  // that arrived in this event, and its sender's line
  for (; !brokers_.empty() && seen_ < trace_.size(); ++seen_) {
    const sim::TraceLine& line = trace_[seen_];
    if (const auto message = fact_if<fact::MessageDelivered>(line)) {
      if (message->api == protocol::trace_code(protocol::api::WriteTxnMarkers)) request = {line.node, line.cause};
    } else if (is<fact::TransactionMarkerAppended>(line)) {
      const auto& written = trace_.written();  // the line before it in this event
      while (next_written_ < written.size() && written[next_written_].seq < line.cause) ++next_written_;
      if (next_written_ == written.size() || written[next_written_].seq != line.cause) continue;
      const auto waited = waiting_.find(&*written[next_written_].batch);
      if (waited != waiting_.end()) sent_[line.seq] = waited->second.sent;
    }
  }
  if (!request) return;
  for (const sim::NodeId node : brokers_) {
    if (node != request->first || !cluster_.alive(node)) continue;
    const auto* broker = cluster_.role<broker::Broker>(node);
    for (const broker::CoordinatorAppend& append : broker->zookeeper_mode()->isr_writes.appends)
      if (protocol::marker_in(*append.batch))
        waiting_.try_emplace(&*append.batch, Waits{append.batch, request->second});
  }
}

const sim::TraceLine* LaterHandled::sent_for(const sim::TraceLine& line) const {
  const auto at = sent_.find(line.seq);
  return at == sent_.end() ? nullptr : trace_.find(at->second);
}

}  // namespace kafkascope::test
