// Why a znode is as it is, or is not there; why a server of the ensemble is in its state; why a session lives, and until when.
#include <array>

#include "observe/judge/zookeeper_truth.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_quorum.h"
#include "protocol/facts_of_zookeeper.h"
#include "zookeeper/server.h"

namespace kafkascope::observe {

using nlohmann::json;
using ZkLine = Story::Line;

namespace {

constexpr std::array<std::string_view, 3> kZnodeFields = {"data", "version", "ephemeral_owner"};

bool is_znode_field(std::string_view word) {
  return std::find(kZnodeFields.begin(), kZnodeFields.end(), word) != kZnodeFields.end();
}

/// The znode in a path of the state document, and the field of it that is asked about ("": the znode with all that is under it). A
/// child with the name of a field is reached through "children".
struct AskedZnode {
  std::string path, field;
};
AskedZnode znode_in(const Asked& asked) {
  AskedZnode znode;
  for (std::size_t i = 1; i < asked.parts.size() && znode.field.empty(); ++i) {
    const std::string& part = asked.parts[i];
    if (part == "children" && is_znode_field(asked.part(i + 1))) znode.path += "/" + asked.parts[++i];
    else if (is_znode_field(part)) znode.field = part;
    else znode.path += "/" + part;
  }
  return znode;
}

/// The name of the client that had the session just before that line; "": not known.
std::string session_owner(const Story& story, protocol::ZkSessionId session, std::uint64_t before) {
  const ZkLine* held = story.last<fact::ZkClientState>(
      before, [&](const auto& f, const ZkLine&) { return session != 0 && f.session == session; });
  if (held != nullptr) return story.cluster().info(held->node).name;
  for (const ZooKeeperSession& open : zookeeper_sessions(story.cluster()))
    if (open.id == session) return open.owner;
  return {};
}

/// Whether the znode went because the session that had made it ended.
bool ended_with_session(const Story& story, const ZkLine& deleted) {
  const auto f = as<fact::ZnodeChanged>(deleted);
  return story.last<fact::ZkSessionClosed>(story.end(), [&](const auto& s, const ZkLine& l) {
    return s.session == f.session && l.node == deleted.node && l.time == deleted.time;
  }) != nullptr;
}

/// Tells the change of the znode with the client that made it, and what led to it.
void tell_znode_change(Telling& telling, const ZkLine* changed) {
  if (changed == nullptr) return;
  const Story& story = telling.story();
  const auto f = as<fact::ZnodeChanged>(*changed);
  const std::string who = session_owner(story, f.session, changed->seq);
  telling.trail(changed, Weight::Point);
  if (who.empty()) return;
  using protocol::ZkEventType;
  telling.say(f.type == ZkEventType::NodeCreated    ? "why.znode_created_by"_w
              : f.type != ZkEventType::NodeDeleted  ? "why.znode_written_by"_w
              : ended_with_session(story, *changed) ? "why.znode_ends_with_session"_w
                                                    : "why.znode_deleted_by"_w,
              {{"who", who}, {"path", f.path.view()}}, changed, Weight::Point, who);
}

/// The partition of which "/brokers/topics/orders/partitions/0/state" is the state; partition -1: another znode.
protocol::TopicPartition partition_of_znode(const Story& story, const std::string& path) {
  constexpr std::string_view kTopics = "/brokers/topics/", kPartitions = "/partitions/", kState = "/state";
  const std::size_t at = path.rfind(kPartitions);
  if (!path.starts_with(kTopics) || !path.ends_with(kState) || at == std::string::npos) return {-1, -1};
  const std::size_t number = at + kPartitions.size();
  return partition_named(story, path.substr(kTopics.size(), at - kTopics.size()) + "-" +
                                    path.substr(number, path.size() - kState.size() - number));
}

/// The last decision about the partition that was traced after its znode had been written: who writes it hears of it only then.
const ZkLine* decision_behind(const Story& story, protocol::TopicPartition tp, const ZkLine& written) {
  const auto here = [&](const auto& f, const ZkLine& l) { return f.partition == tp && l.seq > written.seq; };
  return latest({story.last<fact::LeaderElected>(story.end(), here), story.last<fact::IsrShrink>(story.end(), here),
                 story.last<fact::IsrExpand>(story.end(), here), story.last<fact::IsrChanged>(story.end(), here),
                 story.last<fact::ReassignmentChanged>(story.end(), here)});
}

/// The last change of the znode itself or, if the question is about all of it, under it.
const ZkLine* last_change_of_znode(const Story& story, const AskedZnode& znode) {
  return story.last<fact::ZnodeChanged>(story.end(), [&](const auto& f, const ZkLine& l) {
    const std::string_view path = f.path.view();
    const bool under = znode.field.empty() && path.size() > znode.path.size() && path.starts_with(znode.path) &&
                       path[znode.path.size()] == '/';
    const bool counts = znode.field != "ephemeral_owner" || f.type == protocol::ZkEventType::NodeCreated;
    return l.time.us > 0 && (path == znode.path || under) && counts;
  });
}

Answer why_no_znode(const Asked& asked, const std::string& path, const ZkLine& deleted) {
  Telling telling(asked.story, asked.path, asks("why.q_no_znode"_w, {{"path", path}}));
  tell_znode_change(telling, &deleted);
  return telling.done();
}

}  // namespace

std::optional<Answer> why_znode(const Asked& asked) {
  const Story& story = asked.story;
  if (!story.cluster().under_zookeeper()) return std::nullopt;
  const AskedZnode znode = znode_in(asked);
  const ZkLine* changed = last_change_of_znode(story, znode);
  if (asked.value.is_null() && !state_at(story.moment(), asked.path)) {
    const bool gone = changed != nullptr && as<fact::ZnodeChanged>(*changed).path.view() == znode.path &&
                      as<fact::ZnodeChanged>(*changed).type == protocol::ZkEventType::NodeDeleted;
    return gone ? std::optional(why_no_znode(asked, znode.path, *changed)) : std::nullopt;
  }
  if (znode.path == "/controller_epoch") return why_controller_epoch(asked);
  if (znode.path == "/controller") return why_controller(story, asked.path);
  const std::string name = znode.path.empty() ? "/" : znode.path;
  Telling telling(story, asked.path, asks("why.q_znode"_w, {{"path", name}}));
  if (changed != nullptr) {
    const protocol::TopicPartition tp = partition_of_znode(story, znode.path);
    const ZkLine* decided = tp.partition < 0 ? nullptr : decision_behind(story, tp, *changed);
    telling.trail(decided, Weight::Point);
    tell_znode_change(telling, changed);
  }
  const auto* server = zookeeper_truth(story.cluster());
  const zookeeper::Znode* node = server == nullptr ? nullptr : server->tree().find(znode.path);
  if (node != nullptr && node->stat.ephemeral_owner != 0)
    if (const std::string who = session_owner(story, node->stat.ephemeral_owner, story.end()); !who.empty())
      telling.now("why.znode_ephemeral"_w, {{"path", name}, {"who", who}}, Weight::Link, who);
  if (changed == nullptr) telling.now("why.formed"_w, {{"what", name}}, Weight::Point, "ZooKeeper");
  return telling.done();
}

namespace {

/// Tells how much of the ensemble's transactions the server has.
void tell_transactions_of(Telling& telling, const zookeeper::Server& server, const std::string& who,
                          protocol::Zxid own) {
  const Story& story = telling.story();
  const zookeeper::Server* truth = zookeeper_truth(story.cluster());
  const protocol::Zxid committed = truth == nullptr ? protocol::Zxid{} : truth->committed_zxid();
  telling.fact(story.last<fact::ZnodeChanged>(
                   story.end(), [&](const auto& f, const ZkLine& l) { return l.time.us > 0 && f.zxid <= own; }),
               Weight::Link);
  const std::string zxid = protocol::zxid_text(own);
  if (own == committed) return telling.now("why.zk_has_all"_w, {{"who", who}, {"zxid", zxid}}, Weight::Point, who);
  if (own < committed && !server.is_active_leader())
    telling.trail(story.hindrance(story.cluster().find(who), story.end()), Weight::Cause);
  telling.now(own < committed ? "why.zk_behind"_w : "why.zk_ahead"_w,
              {{"who", who}, {"zxid", zxid}, {"last", protocol::zxid_text(committed)}}, Weight::Point, who);
}

}  // namespace

std::optional<Answer> why_zookeeper_server(const Asked& asked, sim::NodeId node) {
  const Story& story = asked.story;
  const zookeeper::Server& server = story.cluster().zookeeper_server(node);
  const std::string &who = story.cluster().info(node).name, &field = asked.part(3);
  const std::string state(protocol::name(server.state()));
  const bool of_zxid = field == "last_zxid" || field == "committed_zxid";
  Telling telling(story, asked.path,
                  of_zxid ? asks_value(who + " · " + field, asked.value)
                          : asks("why.q_zk_server"_w, {{"who", who}, {"state", state}}));
  if (of_zxid) {
    tell_transactions_of(telling, server, who, field == "last_zxid" ? server.last_zxid() : server.committed_zxid());
    return telling.done();
  }
  const ZkLine* changed = story.last<fact::ZkServerStateChanged>(
      story.end(), [&](const auto&, const ZkLine& l) { return l.node == node && l.time.us > 0; });
  telling.trail(changed, Weight::Point);
  if (is_silent(story, node)) {  // it had that state when it fell silent
    telling.trail(story.silence(node, story.end()), Weight::Cause);
    if (!story.cluster().alive(node)) telling.now("why.still_down"_w, {{"who", who}}, Weight::Point, who);
  }
  if (!story.cluster().zookeeper_leader().valid()) tell_no_ensemble(telling);
  if (telling.empty()) telling.now("why.zk_since_formation"_w, {{"who", who}, {"state", state}}, Weight::Point, who);
  return telling.done();
}

namespace {

/// The end of the process that had that session; null: it runs, and keeps the session alive. A later process of the node opens another one.
const ZkLine* end_of_holder(const Story& story, sim::NodeId node, protocol::ZkSessionId session) {
  const ZkLine* held = story.last<fact::ZkClientState>(
      story.end(), [&](const auto& f, const ZkLine& l) { return l.node == node && f.session == session; });
  return story.first<fact::NodeDied>(held == nullptr ? 0 : held->seq,
                                     [&](const auto&, const ZkLine& l) { return l.node == node; });
}

/// Tells which server gave the session its id, and how. ZooKeeper 3.5.7: SessionTrackerImpl.initializeNextSession, of which a follower's
/// LearnerSessionTracker begins, too: (Time.currentElapsedTime() << 24) >>> 8 | sid << 56.
void tell_session_id(Telling& telling, protocol::ZkSessionId session, const std::string& owner) {
  const cluster::Cluster& c = telling.story().cluster();
  const auto sid = static_cast<std::int32_t>(static_cast<std::uint64_t>(session) >> 56);
  std::string server;
  for (const sim::NodeId node : c.zookeepers())
    if (c.zookeeper_server(node).options().sid == sid) server = c.info(node).name;
  if (server.empty()) return;
  telling.now("why.zk_session_id"_w, {{"who", owner}, {"server", server}, {"sid", sid}}, Weight::Point, server);
}

}  // namespace

std::optional<Answer> why_zookeeper_session(const Asked& asked) {
  const Story& story = asked.story;
  const std::string &owner = asked.part(3), &field = asked.part(4);
  const auto sessions = zookeeper_sessions(story.cluster());
  // The last one, as in the state: a broker that has restarted may have two.
  const auto own = std::find_if(sessions.rbegin(), sessions.rend(), [&](const ZooKeeperSession& s) {
    return s.owner == owner || (s.owner.empty() && protocol::zxid_text({s.id}) == owner);
  });
  if (own == sessions.rend()) return std::nullopt;
  const sim::NodeId node = story.cluster().find(own->owner);
  Telling telling(
      story, asked.path,
      field == "id" ? asks_value(owner + " · id", asked.value) : asks("why.q_zk_session"_w, {{"who", owner}}));
  const ZkLine* opened = story.last<fact::ZkSessionOpened>(
      story.end(), [&](const auto& f, const ZkLine& l) { return f.session == own->id && l.time.us > 0; });
  const ZkLine* since = story.last<fact::ZkClientState>(story.end(), [&](const auto& f, const ZkLine& l) {
    return l.node == node && l.time.us > 0 && f.session == own->id;
  });
  if (field == "id") {
    telling.trail(opened, Weight::Link);
    tell_session_id(telling, own->id, owner);
    if (opened == nullptr) telling.now("why.zk_session_formed"_w, {{"who", owner}}, Weight::Link, owner);
    return telling.done();
  }
  telling.trail(opened, Weight::Point);
  if (since != nullptr) telling.trail(since, Weight::Link);
  const ZkLine* ended = node.valid() ? end_of_holder(story, node, own->id) : nullptr;
  if (ended != nullptr) telling.trail(ended, Weight::Cause);
  else if (node.valid())
    telling.trail(story.hindrance(node, story.end(), Search(story.cluster().zookeepers()).of(traffic::kLiveness)),
                  Weight::Cause);
  if (own->expires == sim::kNever) tell_no_ensemble(telling);
  else if (field.empty() || field == "expires_us")
    telling.now(ended != nullptr ? "why.zk_session_left"_w : "why.zk_session_expires"_w,
                {{"who", owner}, {"until", in_seconds(own->expires.us)}, {"ms", own->timeout_ms}}, Weight::Point,
                owner);
  if (opened == nullptr && since == nullptr)
    telling.now("why.zk_session_formed"_w, {{"who", owner}}, Weight::Link, owner);
  return telling.done();
}

}  // namespace kafkascope::observe
