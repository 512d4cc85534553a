#include "observe/model/crossing_messages.h"

#include <string>

#include "protocol/messages_data.h"
#include "protocol/trace_code.h"

namespace kafkascope::observe {

Family CrossingTeller::family(const Crossing& c) const {
  // A Fetch response to a broker belongs to replication.
  const auto is_broker = [&](sim::NodeId n) { return cluster_.info(n).kind == cluster::NodeKind::Broker; };
  const bool fetched = protocol::api_of(c.code) == protocol::api::Fetch && c.facts.family == Family::Consume;
  return fetched && is_broker(c.from) && is_broker(c.to) ? Family::Replicate : c.facts.family;
}

Message CrossingTeller::tell(const Crossing& c) const {
  Message out;
  out.from = c.from.index;
  out.to = c.to.index;
  out.response = protocol::is_response(c.code);
  out.sent_us = c.sent_us;
  out.arrives_us = c.ended_us;
  out.fraction = 1;
  out.api = std::string(protocol::name(protocol::api_of(c.code)));
  snapshot_parts::tell(names_, c.facts, out);
  out.family = family(c);
  return out;
}

}  // namespace kafkascope::observe
