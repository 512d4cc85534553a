// Whether a client gets an answer from a broker. A producer without a connection has no request under way: its batches wait
// for no answer.
#include <algorithm>

#include "client/producer.h"
#include "cluster/acts.h"
#include "observe/why/why_parts.h"
#include "protocol/endpoint.h"
#include "protocol/facts_of_clients.h"

namespace kafkascope::observe {

using protocol::BrokerId;
using Line = Story::Line;

bool is_silent(const Story& story, sim::NodeId node) {
  return !story.cluster().alive(node) || story.cluster().state(node) == sim::NodeState::Paused;
}

bool is_silent_for(const Story& story, sim::NodeId broker, sim::NodeId client) {
  return is_silent(story, broker) || (client.valid() && story.cluster().is_cut(client, broker));
}

Misdirection misdirection_of(const Story& story, sim::NodeId broker, std::uint64_t before) {
  const auto& brokers = story.cluster().spec().brokers;
  const auto declared = std::find_if(brokers.begin(), brokers.end(), [&](const auto& b) {
    return broker.valid() && story.broker_node(b.id) == broker;
  });
  if (declared == brokers.end()) return {};
  const std::string host = cluster::broker_name(declared->id);
  const auto misleads = [&](const protocol::Config& config) {
    return protocol::advertised_listeners(config, host).endpoint(broker.index).misleads_clients;
  };
  protocol::Config config = declared->config;
  Misdirection found{misleads(config)};
  (void)story.first<fact::Command>(0, [&](const fact::Command& f, const Line& l) {
    if (l.seq >= before) return true;
    const NumberedCommand* act = f.verb == "restart" && story.involves(l, broker) ? story.command_of(l) : nullptr;
    const auto* edit = act == nullptr ? nullptr : act->command.get_if<cluster::act::Restart>();
    if (edit == nullptr || edit->config.empty()) return false;
    config = cluster::with_config(config, edit->config);
    if (const bool so = misleads(config); so != found.misleads) found = {so, so ? &l : nullptr};
    return false;
  });
  return found;
}

Reach reach_of(const Story& story, sim::NodeId node, BrokerId leader) {
  const auto* producer =
      node.valid() && story.cluster().alive(node) ? story.cluster().role<client::Producer>(node) : nullptr;
  if (producer == nullptr) return Reach::Asked;
  const client::NetworkClient& network = producer->network();
  if (network.in_flight(leader) > 0 && producer->in_flight() > 0) return Reach::Asked;
  return network.can_send(leader) || network.throttled_until() > story.cluster().now() ? Reach::Idle : Reach::None;
}

bool tell_no_connection(Telling& telling, sim::NodeId node, const std::string& partition, BrokerId leader) {
  const Story& story = telling.story();
  const sim::NodeId leads = story.broker_node(leader);
  if (reach_of(story, node, leader) != Reach::None) return false;
  const std::string &client = story.cluster().info(node).name, broker = cluster::broker_name(leader);
  const Misdirection misled = misdirection_of(story, leads, story.end());
  if (misled.misleads) {
    telling.trail(misled.by, Weight::Cause);
    telling.now("why.waits_misdirected"_w, {{"client", client}, {"leader", broker}, {"partition", partition}},
                Weight::Point, client);
    return true;
  }
  if (!is_silent_for(story, leads, node)) return false;
  const BrokerId elected = story.leader_at(partition_named(story, partition), story.end());
  telling.trail(story.silence(leads, story.end(), {node}), Weight::Cause);
  telling.now("why.waits_no_connection"_w,
              {{"client", client},
               {"leader", broker},
               {"partition", partition},
               {"other", elected < 0 || elected == leader ? std::string() : cluster::broker_name(elected)}},
              Weight::Point, client);
  return true;
}

void tell_misdirected(Telling& telling, const Line& failed) {
  using protocol::ErrorCode;
  const auto f = fact_if<fact::BatchFailed>(failed);
  if (!f || (f->error != ErrorCode::REQUEST_TIMED_OUT && f->error != ErrorCode::NETWORK_EXCEPTION)) return;
  const Story& story = telling.story();
  const BrokerId leader = story.leader_at(f->partition, failed.seq);
  if (!misdirection_of(story, story.broker_node(leader), failed.seq).misleads) return;
  const std::string& client = story.cluster().info(failed.node).name;
  telling.dated("why.misdirected"_w, {{"client", client}, {"leader", cluster::broker_name(leader)}}, failed.time,
                Weight::Point, client);
}

}  // namespace kafkascope::observe
