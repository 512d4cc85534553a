// /metrics.
#include <cmath>
#include <nlohmann/json.hpp>

#include "observe/model/mbeans.h"
#include "observe/model/state_sections.h"
#include "protocol/api_key.h"
#include "protocol/trace_code.h"

namespace kafkascope::observe {

using nlohmann::json;

namespace {

json mbeans_section(const cluster::Cluster& c, const std::string& node, const std::string& name) {
  json nodes = json::object();
  for (std::size_t i = 0; i < c.nodes().size(); ++i) {
    const sim::NodeId id{static_cast<std::int32_t>(i)};
    const cluster::NodeInfo& info = c.info(id);
    const bool reports = info.kind != cluster::NodeKind::Admin && info.kind != cluster::NodeKind::Queue &&
                         info.kind != cluster::NodeKind::Service;
    if (!reports || info.removed || (!node.empty() && info.name != node)) continue;
    json& of_node = nodes[info.name] = json::object();
    for_each_mbean(c, id, name, [&](std::string_view mbean, const MBeanKind&, double value) {
      const bool whole = std::floor(value) == value && std::fabs(value) < 1e15;
      of_node[std::string(mbean)] = whole ? json(static_cast<std::int64_t>(value)) : json(value);
    });
  }
  return nodes;
}

}  // namespace

json metrics_section(const Moment& m, const std::string& only, const std::string& node, const std::string& mbean) {
  const Counters& counters = m.observation.counters();
  json requests = json::object();
  for (std::size_t code = 0; code < counters.requests.size(); code += 2)
    if (counters.requests[code] > 0)
      requests[std::string(protocol::name(protocol::api_of(static_cast<std::uint16_t>(code))))] =
          counters.requests[code];
  json metrics = {{"requests", std::move(requests)},     {"bytes_sent", counters.bytes_sent},
                  {"elections", counters.elections},     {"rebalances", counters.rebalances},
                  {"isr_shrinks", counters.isr_shrinks}, {"isr_expands", counters.isr_expands}};
  if (only.empty() || only == "mbeans") metrics["mbeans"] = mbeans_section(m.cluster, node, mbean);
  return metrics;
}

}  // namespace kafkascope::observe
