#include "observe/why/traffic.h"

#include <algorithm>

#include "cluster/acts.h"
#include "cluster/verbs.h"
#include "observe/why/story.h"
#include "protocol/all_messages.h"
#include "protocol/apis.h"
#include "protocol/facts_of_logs.h"
#include "protocol/trace_code.h"

namespace kafkascope::observe {

using protocol::ApiKey;

namespace {

using namespace traffic;
namespace api = protocol::api;

/// The purposes for which a client of that kind asks a broker at all.
unsigned purposes_of(cluster::NodeKind client) {
  switch (client) {
    case cluster::NodeKind::Producer: return kProducing | kTransactions;
    case cluster::NodeKind::Consumer:
    case cluster::NodeKind::ShareConsumer: return kReading | kGroups;
    case cluster::NodeKind::Transform: return kProducing | kReading | kGroups | kTransactions;
    case cluster::NodeKind::Admin: return kAdmin;
    default: return kClients;  // of the systems that Kafka is compared with
  }
}

unsigned of_clients_request(ApiKey key) {
  switch (key) {
    case api::Produce: return kProducing;
    case api::InitProducerId:
    case api::AddPartitionsToTxn: return kProducing | kTransactions;
    case api::AddOffsetsToTxn:
    case api::EndTxn: return kTransactions;
    case api::TxnOffsetCommit: return kGroups | kTransactions;
    case api::FindCoordinator: return kGroups | kTransactions;
    case api::Fetch:
    case api::ListOffsets:
    case api::OffsetForLeaderEpoch:
    case api::ShareFetch:
    case api::ShareAcknowledge: return kReading;
    case api::OffsetFetch: return kReading | kGroups;
    case api::JoinGroup:
    case api::SyncGroup:
    case api::Heartbeat:
    case api::LeaveGroup:
    case api::OffsetCommit:
    case api::ConsumerGroupHeartbeat:
    case api::ShareGroupHeartbeat: return kGroups;
    default: return kClients;  // Metadata; whatever an admin client asks
  }
}

unsigned of_servers_request(ApiKey key) {
  switch (key) {
    case api::Fetch:
    case api::OffsetForLeaderEpoch:
    case api::LeaderAndIsr: return kCopies;
    case api::BrokerHeartbeat:
    case api::BrokerRegistration: return kLiveness;
    case api::WriteTxnMarkers:
    case api::AddPartitionsToTxn:
    case api::AllocateProducerIds: return kProducing | kTransactions;
    default: return kDecisions;
  }
}

bool serves(cluster::NodeKind kind) {
  return kind == cluster::NodeKind::Controller || kind == cluster::NodeKind::Broker ||
         kind == cluster::NodeKind::ZooKeeper;
}

/// What requests of this kind (null: of any kind) from one node to the other are for; 0: there are none.
unsigned purposes_between(cluster::NodeKind asks, cluster::NodeKind answers, const ApiKey* key) {
  if (!serves(answers)) return serves(asks) ? 0 : kAll;  // among clients and the systems compared with Kafka
  if (!serves(asks)) {
    if (asks == cluster::NodeKind::Admin) return kAdmin;
    return purposes_of(asks) & (key == nullptr ? kClients : of_clients_request(*key));
  }
  if (answers == cluster::NodeKind::ZooKeeper)
    return asks == cluster::NodeKind::ZooKeeper ? kQuorum : kLiveness | kDecisions;
  if (answers == cluster::NodeKind::Controller && asks == cluster::NodeKind::Controller) return kQuorum;
  if (asks == cluster::NodeKind::Controller) return 0;
  if (answers == cluster::NodeKind::Broker)
    return key == nullptr ? kCopies | kDecisions | kProducing | kTransactions : of_servers_request(*key);
  if (key == nullptr) return kLiveness | kDecisions | kTransactions;
  return *key == api::Fetch ? kDecisions : of_servers_request(*key);  // of the metadata log
}

/// The messages that an act stops or refuses: their senders, receivers, API and direction.
struct Stopped {
  std::vector<sim::NodeId> from, to;  // empty: any
  std::optional<ApiKey> key;
  bool requests = true, responses = true;
  bool both_ways = false;

  bool catches(sim::NodeId sender, sim::NodeId receiver) const {
    const auto in = [](const std::vector<sim::NodeId>& some, sim::NodeId node) {
      return some.empty() || std::find(some.begin(), some.end(), node) != some.end();
    };
    return (in(from, sender) && in(to, receiver)) || (both_ways && in(from, receiver) && in(to, sender));
  }
  /// Whether it catches a request of that node to the other, or the response.
  bool hits(sim::NodeId asks, sim::NodeId answers) const {
    return (requests && catches(asks, answers)) || (responses && catches(answers, asks));
  }
};

std::vector<sim::NodeId> meant_by(const Story& story, const std::vector<cluster::NodeRef>& refs, std::uint64_t before) {
  std::vector<sim::NodeId> all;
  for (const cluster::NodeRef& ref : refs)
    for (const sim::NodeId node : nodes_meant(story, ref, before)) all.push_back(node);
  return all;
}

std::optional<ApiKey> key_of(const std::string& name) {
  for (const ApiKey key : protocol::all_apis())
    if (protocol::name(key) == name) return key;
  return std::nullopt;
}

/// nullopt: the act is of another kind, or does not tell whom it meant.
std::optional<Stopped> stopped_by(const Story& story, const sim::TraceLine& line) {
  const NumberedCommand* act = story.command_of(line);
  if (act == nullptr) return std::nullopt;
  const cluster::Command& c = act->command;
  if (const auto* m = c.get_if<cluster::act::Messages>())
    return Stopped{meant_by(story, m->from, line.seq), meant_by(story, m->to, line.seq), key_of(m->api),
                   m->what != cluster::MessageSide::Response, m->what != cluster::MessageSide::Request};
  if (const auto* answer = c.get_if<cluster::act::Answer>(); answer != nullptr && c.node)
    return Stopped{meant_by(story, answer->from, line.seq), nodes_meant(story, *c.node, line.seq), key_of(answer->api),
                   true, false};
  if (const auto* cut = c.get_if<cluster::act::Partition>(); cut != nullptr && !cut->from.empty())
    return Stopped{
        meant_by(story, cut->from, line.seq), meant_by(story, cut->to, line.seq), {}, true, true, !cut->one_way};
  if (const auto* link = c.get_if<cluster::act::Link>(); link != nullptr && !link->from.empty())
    return Stopped{
        meant_by(story, link->from, line.seq), meant_by(story, link->to, line.seq), {}, true, true, !link->one_way};
  return std::nullopt;
}

}  // namespace

std::function<bool(const fact::RequestRefused&, sim::NodeId)> answers_request(const Story& story,
                                                                              const sim::TraceLine& act) {
  return [stopped = stopped_by(story, act)](const fact::RequestRefused& f, sim::NodeId broker) {
    return !stopped || (stopped->requests && stopped->key == f.api && stopped->catches(f.client, broker));
  };
}

std::function<bool(const fact::MessageLost&, sim::NodeId)> loses_message(const Story& story,
                                                                         const sim::TraceLine& act) {
  return [stopped = stopped_by(story, act)](const fact::MessageLost& f, sim::NodeId receiver) {
    if (!stopped) return true;
    const bool side = protocol::is_response(f.api) ? stopped->responses : stopped->requests;
    return side && (!stopped->key || *stopped->key == protocol::api_of(f.api)) && stopped->catches(f.from, receiver);
  };
}

bool concerns(const Story& story, const sim::TraceLine& act, sim::NodeId node, const Search& search) {
  const std::optional<Stopped> stopped = stopped_by(story, act);
  if (!stopped) return true;
  const cluster::Cluster& c = story.cluster();
  const cluster::NodeKind own = c.info(node).kind;
  const bool of_all = search.peers.empty();
  // Unless asked for, a server's clients are no part of what is wrong with it.
  const bool with_clients = !of_all || search.purposes != kAll || !serves(own);
  // A follower asks its leader, and a broker its controller: what the others ask of it is no part of that.
  const bool only_asks = (search.purposes & ~(kCopies | kLiveness)) == 0;
  const ApiKey* key = stopped->key ? &*stopped->key : nullptr;
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(c.nodes().size()); ++i) {
    const sim::NodeId peer{i};
    const cluster::NodeKind other = c.info(peer).kind;
    if ((of_all && peer == node) || (!with_clients && !serves(other))) continue;  // a broker may ask itself
    // Whoever leads, a controller's order is what makes a broker follow.
    const bool by_order = key != nullptr && *key == api::LeaderAndIsr && serves(other);
    if (!of_all && !by_order && std::find(search.peers.begin(), search.peers.end(), peer) == search.peers.end())
      continue;
    if ((stopped->hits(node, peer) && (purposes_between(own, other, key) & search.purposes) != 0) ||
        ((!only_asks || by_order) && stopped->hits(peer, node) &&
         (purposes_between(other, own, key) & search.purposes) != 0))
      return true;
  }
  return false;
}

}  // namespace kafkascope::observe
