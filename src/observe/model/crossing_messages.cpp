#include "observe/model/crossing_messages.h"

#include <string>

#include "protocol/messages_data.h"
#include "protocol/trace_code.h"

namespace kafkascope::observe {

Family family_on_stage(const cluster::Cluster& cluster, Family family, protocol::ApiKey api, sim::NodeId from,
                       sim::NodeId to) {
  const auto is_broker = [&](sim::NodeId n) { return cluster.info(n).kind == cluster::NodeKind::Broker; };
  const bool fetched = api == protocol::api::Fetch && family == Family::Consume;
  return fetched && is_broker(from) && is_broker(to) ? Family::Replicate : family;
}

Family CrossingTeller::family(const Crossing& c) const {
  return family_on_stage(cluster_, c.facts.family, protocol::api_of(c.code), c.from, c.to);
}

Message message_of(const cluster::Cluster& cluster, const snapshot_parts::Names& names, const Crossing& c) {
  Message out;
  out.from = c.from.index;
  out.to = c.to.index;
  out.response = protocol::is_response(c.code);
  out.sent_us = c.sent_us;
  out.arrives_us = c.ended_us;
  out.fraction = 1;
  out.api = std::string(protocol::name(protocol::api_of(c.code)));
  snapshot_parts::tell(names, c.facts, out);
  out.family = family_on_stage(cluster, c.facts.family, protocol::api_of(c.code), c.from, c.to);
  return out;
}

}  // namespace kafkascope::observe
