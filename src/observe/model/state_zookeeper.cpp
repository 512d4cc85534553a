// /cluster/zookeeper and /zookeeper: the ensemble's committed state.
#include <nlohmann/json.hpp>

#include "observe/judge/zookeeper_truth.h"
#include "observe/model/state_sections.h"
#include "zookeeper/server.h"

namespace kafkascope::observe {

using nlohmann::json;

namespace {

/// The data as text; JSON is parsed.
json data_of(const std::string& data) {
  json parsed = json::parse(data, nullptr, false);
  return parsed.is_discarded() ? json(data) : std::move(parsed);
}

/// only: the single requested child, "" = all.
json znode(const zookeeper::Znode& node, const std::string& only = "") {
  json out = {
      {"data", data_of(node.data)}, {"version", node.stat.version}, {"ephemeral_owner", node.stat.ephemeral_owner}};
  const bool by_name = node.children.contains(only);
  for (const auto& [name, child] : node.children) {
    if (by_name && name != only) continue;
    json inner = znode(*child);
    if (out.contains(name)) out["children"][name] = std::move(inner);  // the child has the same name as a field
    else out[name] = std::move(inner);
  }
  return out;
}

}  // namespace

json zookeeper_section(const Moment& m, const std::string& only) {
  const zookeeper::Server* server = zookeeper_truth(m.cluster);
  return server == nullptr ? json::object() : znode(server->tree().root(), only);
}

json ensemble_section(const Moment& m) {
  const cluster::Cluster& c = m.cluster;
  const sim::NodeId leader = c.zookeeper_leader();
  const zookeeper::Server* truth = zookeeper_truth(c);
  json sessions = json::object();
  for (const ZooKeeperSession& s : zookeeper_sessions(c))
    sessions[s.owner.empty() ? protocol::zxid_text({s.id}) : s.owner] = {
        {"id", s.id},
        {"timeout_ms", s.timeout_ms},
        {"expires_us", s.expires == sim::kNever ? json(nullptr) : json(s.expires.us)},
        {"server", s.server.valid() ? json(c.info(s.server).name) : json(nullptr)}};
  return {{"leader", leader.valid() ? json(c.info(leader).id) : json(nullptr)},
          {"epoch", truth == nullptr ? 0 : truth->epoch()},
          {"sessions", std::move(sessions)}};
}

}  // namespace kafkascope::observe
