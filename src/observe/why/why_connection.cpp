// Whether a client gets an answer from a broker. A producer without a connection has no request under way: its batches wait
// for no answer.
#include <algorithm>

#include "client/producer.h"
#include "cluster/acts.h"
#include "observe/model/node_state.h"
#include "observe/why/why_parts.h"
#include "protocol/endpoint.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"

namespace kafkascope::observe {

using protocol::BrokerId;
using Line = Story::Line;

bool is_silent(const Story& story, sim::NodeId node) {
  return !story.cluster().alive(node) || story.cluster().state(node) == sim::NodeState::Paused;
}

bool is_silent_for(const Story& story, sim::NodeId broker, sim::NodeId client) {
  return is_silent(story, broker) || (client.valid() && story.cluster().is_cut(client, broker));
}

const Line* kept_apart(const Story& story, sim::NodeId broker, sim::NodeId client, unsigned purposes) {
  const Line* silent = story.hindrance(broker, story.end(), Search{client}.of(purposes));
  if (is_silent(story, broker)) return silent;
  // Of a client that is cut off itself, the broker's slowness says nothing.
  const Line* own = story.hindrance(client, story.end(), Search{broker}.of(purposes));
  const bool by_own_cut = own != nullptr && is_cut(*own) && (silent == nullptr || !is_cut(*silent));
  return silent == nullptr || by_own_cut ? own : silent;
}

const Line* unheard_since(const Story& story, sim::NodeId broker, sim::NodeId client, unsigned purposes) {
  const Line* apart = kept_apart(story, broker, client, purposes);
  return apart != nullptr ? apart : story.silence(broker, story.end(), Search{client}.of(purposes));
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

namespace {

/// Whether the producer would send a batch of the partition now, if it had a connection: a batch is full, another batch
/// follows it, or its linger.ms is over (RecordAccumulator.partitionReady).
bool has_ready_batch(const Story& story, sim::NodeId node, protocol::TopicPartition tp) {
  const auto* producer =
      node.valid() && story.cluster().alive(node) ? story.cluster().role<client::Producer>(node) : nullptr;
  if (producer == nullptr) return false;
  const client::Accumulator& accumulator = producer->accumulator();
  int batches = 0;
  bool ready = false;
  accumulator.for_each_queued([&](const client::ProducerBatch& batch) {
    if (batch.partition != tp) return;
    const bool lingers = (story.cluster().now() - batch.last_attempt_at).us < accumulator.options().linger.us;
    ready = ready || ++batches > 1 || batch.full() || !lingers;
  });
  return ready;
}

/// Tells that the producer is not connected to its living leader: the leader is still starting, or the producer has not
/// connected again yet. False: no batch is ready to be sent.
bool tell_not_connected(Telling& telling, sim::NodeId node, const std::string& partition, BrokerId leader) {
  const Story& story = telling.story();
  if (!has_ready_batch(story, node, partition_named(story, partition))) return false;
  const sim::NodeId leads = story.broker_node(leader);
  const bool starts = node_state(story.cluster(), leads) == NodeState::Starting;
  const Line* silent = story.silence(leads, story.end(), {node});
  // The leader may take longer to start than a fault counts as recent.
  if (silent == nullptr && starts)
    silent = story.last<fact::NodeDied>(story.end(), [&](const auto&, const Line& l) { return l.node == leads; });
  telling.trail(silent, Weight::Cause);
  const std::string &client = story.cluster().info(node).name, leads_it = cluster::broker_name(leader);
  if (starts)
    telling.now("why.waits_start"_w,
                {{"client", client},
                 {"leader", leads_it},
                 {"partition", partition},
                 {"delivery", setting_of(story, node, "delivery.timeout.ms")}},
                Weight::Point, leads_it);
  else
    telling.now("why.waits_reconnect"_w,
                {{"client", client},
                 {"leader", leads_it},
                 {"partition", partition},
                 {"backoff", setting_of(story, node, "reconnect.backoff.ms")},
                 {"most", setting_of(story, node, "reconnect.backoff.max.ms")}},
                Weight::Point, leads_it);
  return true;
}

/// Tells that the producer's metadata names no leader of the partition, so that its batches go nowhere; false: the
/// metadata names one, or no batch is ready to be sent.
bool tell_unknown_leader(Telling& telling, sim::NodeId node, const std::string& partition) {
  const Story& story = telling.story();
  const protocol::TopicPartition tp = partition_named(story, partition);
  const auto* producer = story.cluster().role<client::Producer>(node);
  if (producer == nullptr || producer->metadata().current_leader(tp).known() || !has_ready_batch(story, node, tp))
    return false;
  const std::string& client = story.cluster().info(node).name;
  // The producer has heard that there is no leader, but not yet of the leader elected since.
  const Line* vacant = story.last<fact::LeaderElected>(
      story.end(), [&](const auto& f, const Line&) { return f.partition == tp && f.leader < 0; });
  telling.trail(vacant != nullptr ? vacant  // otherwise it reaches no broker that could tell it
                                  : story.back_of_error(protocol::ErrorCode::NONE, {}, node, story.end()),
                Weight::Cause);
  telling.now("why.waits_unknown_leader"_w, {{"client", client}, {"partition", partition}}, Weight::Point, client);
  return true;
}

}  // namespace

bool tell_no_connection(Telling& telling, sim::NodeId node, const std::string& partition, BrokerId leader) {
  const Story& story = telling.story();
  if (node.valid() && story.cluster().alive(node) && tell_unknown_leader(telling, node, partition)) return true;
  const sim::NodeId leads = story.broker_node(leader);
  if (reach_of(story, node, leader) != Reach::None) return false;
  const std::string &client = story.cluster().info(node).name, broker = cluster::broker_name(leader);
  const std::string delivery = setting_of(story, node, "delivery.timeout.ms");
  const Misdirection misled = misdirection_of(story, leads, story.end());
  if (misled.misleads) {
    telling.trail(misled.by, Weight::Cause);
    telling.now("why.waits_misdirected"_w,
                {{"client", client}, {"leader", broker}, {"partition", partition}, {"delivery", delivery}},
                Weight::Point, client);
    return true;
  }
  if (!is_silent_for(story, leads, node)) return tell_not_connected(telling, node, partition, leader);
  const BrokerId elected = story.leader_at(partition_named(story, partition), story.end());
  const bool silent = is_silent(story, leads);
  telling.trail(unheard_since(story, leads, node), Weight::Cause);
  if (silent && (elected < 0 || elected == leader))
    tell_nobody_elects(telling, Weight::Link);  // the faults matter more
  telling.now(silent ? "why.waits_no_connection"_w : "why.waits_cut_connection"_w,
              {{"client", client},
               {"leader", broker},
               {"partition", partition},
               {"delivery", delivery},
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
