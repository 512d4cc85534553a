#include "controller/zookeeper/control_channels.h"

#include <utility>

#include "controller/zookeeper/timers.h"
#include "protocol/messages_control.h"

namespace kafkascope::controller {
namespace {

constexpr sim::Duration kSendBackoff = sim::milliseconds(100);  // RequestSendThread.backoff

protocol::ControlPartition described(const ControllerContext& context, TopicPartition p, bool is_new) {
  const PartitionContext& c = *context.find(p);
  protocol::ControlPartition out{p,
                                 c.decided->controller_epoch,
                                 c.decided->leader,
                                 c.decided->leader_epoch,
                                 c.decided->isr,
                                 c.decided->version,
                                 c.replicas,
                                 c.adding,
                                 c.removing,
                                 is_new};
  return out;
}

/// The names of the topics of these partitions, each once.
std::vector<protocol::NamedTopic> names_of(const ControllerContext& context,
                                           const std::vector<protocol::ControlPartition>& partitions) {
  std::vector<protocol::NamedTopic> out;
  for (const protocol::ControlPartition& p : partitions)
    if (out.empty() || out.back().topic != p.partition.topic)
      out.push_back({p.partition.topic, context.name(p.partition)});
  return out;
}

}  // namespace

void ControlChannels::add(BrokerId broker, const LivingBroker& at) {
  Channel& channel = channels_[broker];
  channel.place = at.endpoint.for_brokers();
  channel.epoch = at.epoch;
}

void ControlChannels::remove(Ctx& ctx, BrokerId broker) {
  const auto it = channels_.find(broker);
  if (it == channels_.end()) return;
  ctx.cancel(it->second.timer);
  if (it->second.connection.valid()) ctx.close(it->second.connection);
  channels_.erase(it);
}

void ControlChannels::remove_all(Ctx& ctx) {
  while (!channels_.empty()) remove(ctx, channels_.begin()->first);
}

void ControlChannels::send(Ctx& ctx, BrokerId broker, protocol::Body request) {
  const auto it = channels_.find(broker);
  if (it == channels_.end()) return;
  it->second.queue.push_back(std::move(request));
  if (it->second.queue.size() == 1) pump(ctx, broker, it->second);
}

void ControlChannels::pump(Ctx& ctx, BrokerId broker, Channel& channel) {
  if (channel.in_flight || channel.queue.empty() || channel.timer.valid()) return;
  if (!channel.connection.valid()) channel.connection = ctx.connect(protocol::located(channel.place, ctx.self()));
  channel.in_flight = true;
  ctx.send(channel.connection, protocol::request(++channel.correlation, channel.queue.front()));
  channel.timer = ctx.set_timer(socket_timeout_, timer::kControlTimeout, static_cast<std::uint64_t>(broker));
}

ControlChannels::Channel* ControlChannels::on(sim::ConnectionId connection, BrokerId& broker) {
  for (auto& [id, channel] : channels_)
    if (channel.connection.valid() && channel.connection == connection) {
      broker = id;
      return &channel;
    }
  return nullptr;
}

bool ControlChannels::owns(sim::ConnectionId connection) const {
  BrokerId broker;
  return const_cast<ControlChannels*>(this)->on(connection, broker) != nullptr;
}

std::optional<ControlChannels::Completion> ControlChannels::on_response(Ctx& ctx, sim::ConnectionId connection,
                                                                        const protocol::Message& message) {
  BrokerId broker = protocol::kNoBroker;
  Channel* channel = on(connection, broker);
  if (channel == nullptr || !channel->in_flight || message.correlation_id != channel->correlation) return std::nullopt;
  ctx.cancel(channel->timer);
  channel->in_flight = false;
  Completion done{broker, channel->epoch, std::move(channel->queue.front()), message.body};
  channel->queue.pop_front();
  pump(ctx, broker, *channel);
  return done;
}

/// The request stays first in the queue and is sent again later.
void ControlChannels::fail(Ctx& ctx, BrokerId broker, Channel& channel) {
  channel.connection = {};
  channel.in_flight = false;
  ctx.cancel(channel.timer);
  channel.timer = ctx.set_timer(kSendBackoff, timer::kControlRetry, static_cast<std::uint64_t>(broker));
}

void ControlChannels::on_disconnect(Ctx& ctx, sim::ConnectionId connection) {
  BrokerId broker = protocol::kNoBroker;
  if (Channel* channel = on(connection, broker)) fail(ctx, broker, *channel);
}

void ControlChannels::on_timer(Ctx& ctx, std::uint16_t kind, BrokerId broker) {
  const auto it = channels_.find(broker);
  if (it == channels_.end()) return;
  it->second.timer = {};
  if (kind == timer::kControlRetry) return pump(ctx, broker, it->second);
  ctx.close(it->second.connection);
  fail(ctx, broker, it->second);
}

std::size_t ControlChannels::queued(BrokerId broker) const {
  const auto it = channels_.find(broker);
  return it == channels_.end() ? 0 : it->second.queue.size();
}
std::size_t ControlChannels::queued() const {
  std::size_t all = 0;
  for (const auto& [id, channel] : channels_) all += channel.queue.size();
  return all;
}

void ControlBatch::leader_and_isr(const ControllerContext& context, const IdList& brokers, TopicPartition p,
                                  bool is_new) {
  for (BrokerId id : brokers)
    if (context.live_or_shutting_down(id)) leader_and_isr_[id][p] |= is_new;
  update_metadata(context, context.live_or_shutting_down_ids(), {p});
}

void ControlBatch::stop_replica(const ControllerContext& context, BrokerId broker, TopicPartition p, bool delete_log) {
  if (context.live_or_shutting_down(broker)) stop_[broker][delete_log].insert(p);
}

void ControlBatch::update_metadata(const ControllerContext&, const std::vector<BrokerId>& brokers,
                                   const std::vector<TopicPartition>& partitions) {
  update_brokers_.insert(brokers.begin(), brokers.end());
  update_partitions_.insert(partitions.begin(), partitions.end());
}

std::vector<std::pair<BrokerId, protocol::Body>> ControlBatch::requests(const ControllerContext& context,
                                                                        BrokerId controller, bool by_epoch) const {
  std::vector<std::pair<BrokerId, protocol::Body>> out;
  const auto header = [&](BrokerId to) {
    return protocol::ControlHeader{controller, context.epoch, by_epoch ? context.brokers.at(to).epoch : -1};
  };
  for (const auto& [broker, partitions] : leader_and_isr_) {
    if (!context.live_or_shutting_down(broker)) continue;
    protocol::LeaderAndIsrRequest request{header(broker), {}, {}, {}};
    std::set<BrokerId> leaders;
    for (const auto& [p, is_new] : partitions) {
      const PartitionContext* c = context.find(p);
      if (c == nullptr || !c->decided) continue;
      request.partitions.push_back(described(context, p, is_new));
      if (context.live_or_shutting_down(c->decided->leader)) leaders.insert(c->decided->leader);
    }
    request.topics = names_of(context, request.partitions);
    for (BrokerId id : leaders)
      request.live_leaders.push_back({id, context.brokers.at(id).endpoint, context.brokers.at(id).rack});
    out.emplace_back(broker, std::move(request));
  }
  if (!update_brokers_.empty()) {
    protocol::UpdateMetadataRequest update;
    for (TopicPartition p : update_partitions_) {
      const PartitionContext* c = context.find(p);
      if (c == nullptr || !c->decided) continue;
      update.partitions.push_back(described(context, p, false));
      if (context.queued_for_deletion(p)) update.partitions.back().leader = protocol::kLeaderDuringDelete;
    }
    update.topics = names_of(context, update.partitions);
    for (const auto& [id, at] : context.brokers) update.live_brokers.push_back({id, at.endpoint, at.rack});
    for (BrokerId broker : update_brokers_) {
      if (!context.live_or_shutting_down(broker)) continue;
      update.header = header(broker);
      out.emplace_back(broker, update);
    }
  }
  for (const auto& [broker, by_delete] : stop_) {
    if (!context.live_or_shutting_down(broker)) continue;
    for (const auto& [delete_log, partitions] : by_delete)
      out.emplace_back(
          broker, protocol::StopReplicaRequest{header(broker), delete_log, {partitions.begin(), partitions.end()}});
  }
  return out;
}

}  // namespace kafkascope::controller
