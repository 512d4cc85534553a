// The dashboard's view of a ZooKeeper ensemble.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "observe/judge/zookeeper_truth.h"
#include "observe/model/snapshot_parts.h"
#include "zookeeper/server.h"

namespace kafkascope::observe::snapshot_parts {

namespace {

constexpr std::int64_t kLatelyUs = 1500000;  // how long a changed znode stays marked
constexpr std::size_t kMostChildren = 12;    // of one znode; a cluster has thousands of partitions
constexpr std::size_t kMostTransactions = 16;

void fill_server(const cluster::Cluster& c, sim::NodeId node, Node& n) {
  const zookeeper::Server& server = c.zookeeper_server(node);
  n.epoch = server.epoch();
  n.zxid = protocol::zxid_text(server.last_zxid());
  if (!c.alive(node)) return;
  switch (server.state()) {
    case zookeeper::ZkServerState::Leading: n.voter = VoterState::Leader; break;
    case zookeeper::ZkServerState::Following: n.voter = VoterState::Follower; break;
    case zookeeper::ZkServerState::Looking: n.voter = VoterState::Voted; break;
  }
  if (n.voter == VoterState::Voted)
    n.voted_for = server.vote().leader - 1;  // servers are the first nodes, by their sid
}

Words txn_words(const protocol::ZkTxn& txn) {
  const auto same = [](std::string text) { return Words{text, text}; };
  if (txn.type == zookeeper::ZkOpCode::Multi && !txn.parts.empty()) return same("multi " + txn.parts.back().path);
  if (txn.error != zookeeper::ZkError::OK) return same(std::string(protocol::name(txn.error)));
  return same(std::string(protocol::name(txn.type)) + (txn.path.empty() ? "" : " " + txn.path));
}

VoterLog log_of(const cluster::Cluster& c, sim::NodeId node) {
  const zookeeper::Server& server = c.zookeeper_server(node);
  VoterLog log;
  log.node = node.index;
  const auto& txns = server.log();
  log.log_end_offset = server.last_zxid().value + 1;
  log.high_watermark = server.serving() ? server.committed_zxid().value + 1 : 0;
  for (std::size_t i = txns.size() > kMostTransactions ? txns.size() - kMostTransactions : 0; i < txns.size(); ++i) {
    const protocol::ZkTxn& txn = *txns[i];
    log.tail.push_back({txn.zxid.value, txn.zxid.epoch(), protocol::zxid_text(txn.zxid), txn_words(txn),
                        txn.zxid <= server.flushed_zxid()});
  }
  return log;
}

/// A short form, "leader 2 e3, isr [2,3]" for a partition's state; likewise for Kafka's other JSON values (ZkData),
/// without uninformative fields.
std::string brief(const std::string& data) {
  using nlohmann::json;
  const json v = json::parse(data, nullptr, false);
  if (!v.is_object()) return {};
  if (v.contains("leader") && v.contains("isr"))
    return fmt::format("leader {} e{}, isr {}", v["leader"].dump(), v.value("leader_epoch", 0), v["isr"].dump());
  if (v.contains("brokerid")) return "brokerid " + v["brokerid"].dump();
  if (v.contains("endpoints") && v["endpoints"].is_array() && !v["endpoints"].empty() &&
      v["endpoints"][0].is_string()) {
    const std::string endpoint = v["endpoints"][0].get<std::string>();  // PLAINTEXT://broker-1:9092
    const std::size_t host = endpoint.find("://");
    return host == std::string::npos ? endpoint : endpoint.substr(host + 3);
  }
  for (const char* key : {"config", "partitions"}) {
    if (!v.contains(key) || !v[key].is_object()) continue;
    std::string all;
    for (const auto& [name, value] : v[key].items())
      all += fmt::format("{}{}{}{}", all.empty() ? "" : ", ", name, *key == 'c' ? "=" : ": ",
                         value.is_string() ? value.get<std::string>() : value.dump());
    return all.empty() ? "{}" : all;
  }
  return {};
}

struct TreeView {
  const std::set<std::string>& written;
  const std::set<std::string>& watched;
  const std::map<zookeeper::ZkSessionId, const ZkSession*>& sessions;
  std::vector<Znode>& out;

  void add(const std::string& path, const zookeeper::Znode& node) {
    Znode z;
    z.path = path;
    z.data = node.data;
    z.brief = brief(node.data);
    z.version = node.stat.version;
    if (const auto it = sessions.find(node.stat.ephemeral_owner); it != sessions.end()) {
      z.ephemeral_owner = it->second->owner;
      if (it->second->left.running)
        z.session_remaining_us = it->second->left.remaining_us, z.session_total_us = it->second->left.total_us;
    }
    z.written_lately = written.contains(path);
    z.watched = watched.contains(path);
    out.push_back(std::move(z));
    add_children(path, node);
  }
  void add_children(const std::string& path, const zookeeper::Znode& node) {
    std::size_t shown = 0;
    for (const auto& [name, child] : node.children) {
      if (shown++ < kMostChildren) add(path + "/" + name, *child);
    }
    if (node.children.size() <= kMostChildren) return;
    Znode rest;
    rest.path = path + "/…";
    rest.more = static_cast<std::int64_t>(node.children.size() - kMostChildren);
    out.push_back(std::move(rest));
  }
};

}  // namespace

void add_zookeeper(const Moment& m, Snapshot& s) {
  const cluster::Cluster& c = m.cluster;
  const zookeeper::Server* truth = zookeeper_truth(c);
  if (truth == nullptr) return;
  for (const sim::NodeId node : c.zookeepers()) {
    fill_server(c, node, s.nodes[static_cast<std::size_t>(node.index)]);
    s.voters.push_back(log_of(c, node));
  }
  s.quorum_high_watermark = truth->committed_zxid().value + 1;

  const std::vector<ZooKeeperSession> open = zookeeper_sessions(c);
  s.sessions.reserve(open.size());
  std::map<zookeeper::ZkSessionId, const ZkSession*> by_id;
  for (const ZooKeeperSession& session : open) {
    ZkSession& out = s.sessions.emplace_back();
    out.owner = session.owner.empty() ? protocol::zxid_text({session.id}) : session.owner;
    if (session.server.valid()) out.server = c.info(session.server).name;
    out.left = timer(session.expires, c.now(), std::int64_t{session.timeout_ms} * 1000, c.spec().config,
                     "zookeeper.session.timeout.ms");
    out.ephemerals = static_cast<int>(session.ephemerals);
    by_id[session.id] = &out;
    for (std::size_t i = 0; i < s.nodes.size(); ++i) {
      if (s.nodes[i].name != out.owner) continue;
      out.node = static_cast<int>(i);
      s.nodes[i].session = out.left;
    }
  }

  std::set<std::string> written, watched;
  std::vector<std::string> vanished;
  for (const ZnodeEvent& change : m.observation.znode_changes()) {
    if (change.at.us + kLatelyUs < s.time_us) continue;
    const std::string path = change.path.str();
    if (change.type == protocol::ZkEventType::NodeDeleted) vanished.push_back(path);
    else if (change.at.us > 0) written.insert(path);
  }
  for (const sim::NodeId node : c.zookeepers()) {
    if (!c.alive(node)) continue;
    for (const auto* table : {&c.zookeeper_server(node).watches().data(), &c.zookeeper_server(node).watches().child()})
      for (const auto& [path, sessions] : *table)
        watched.insert(path), s.watch_count += static_cast<std::int64_t>(sessions.size());
  }
  s.znode_count = truth->tree().size();
  TreeView{written, watched, by_id, s.znodes}.add_children("", truth->tree().root());
  for (const std::string& path : vanished) {
    if (truth->tree().find(path) != nullptr) continue;
    Znode gone;
    gone.path = path;
    gone.vanished_lately = true;
    // Its place is after its parent and the siblings that precede it.
    const auto at =
        std::find_if(s.znodes.begin(), s.znodes.end(), [&](const Znode& z) { return z.more == 0 && z.path > path; });
    s.znodes.insert(at, std::move(gone));
  }

  const auto& fired = m.observation.watches_fired();
  for (auto it = fired.rbegin(); it != fired.rend() && s.fired_watches.size() < 8; ++it)
    s.fired_watches.push_back(
        {it->path.str(), std::string(protocol::name(it->type)), c.info(it->told).name, it->at.us});
}

}  // namespace kafkascope::observe::snapshot_parts
