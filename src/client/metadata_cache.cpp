#include "client/metadata_cache.h"

#include "protocol/endpoint.h"
#include "protocol/facts_of_clients.h"

#include <algorithm>
#include <utility>

namespace kafkascope::client {

using protocol::ErrorCode;
using protocol::LeaderEpoch;
using protocol::TopicPartition;
using sim::Instant;

MetadataCache::MetadataCache(std::vector<sim::NodeId> bootstrap, const Config& config)
    : bootstrap_(std::move(bootstrap)) {
  const auto initial = sim::milliseconds(config.number("retry.backoff.ms"));
  const bool old = config.version() == protocol::KafkaVersion::V2_5;
  backoff_ = {initial, old ? initial : sim::milliseconds(config.number("retry.backoff.max.ms"))};
  max_age_ = sim::milliseconds(config.number("metadata.max.age.ms"));
  rebootstraps = !old && config.text("metadata.recovery.strategy") == "rebootstrap";
  rebootstrap();
}

void MetadataCache::rebootstrap() {
  nodes_.clear();
  topics_.clear();
  places_.clear();
  ++changes_;
  need_update_ = true;
  for (std::size_t i = bootstrap_.size(); i-- > 0;)
    nodes_.push_back({-1 - static_cast<ClientNodeId>(i), bootstrap_[i]});
}

const ClientNode* MetadataCache::find_node(protocol::BrokerId id) const {
  const auto at = sim::find_sorted(nodes_.begin(), nodes_.end(), id, [](const ClientNode& n) { return n.id; });
  return at != nodes_.end() ? &*at : nullptr;
}
std::optional<ClientNode> MetadataCache::node(protocol::BrokerId id) const {
  const ClientNode* known = find_node(id);
  return known != nullptr ? std::optional(*known) : std::nullopt;
}
const BelievedTopic* MetadataCache::topic(std::string_view name) const {
  const auto it = topics_.find(name);
  return it == topics_.end() ? nullptr : &it->second;
}
const BelievedTopic* MetadataCache::topic(protocol::TopicId id) const {
  const auto it = places_.find(id);
  return it == places_.end() ? nullptr : &(topics_.begin() + static_cast<std::ptrdiff_t>(it->second))->second;
}
std::string_view MetadataCache::name_of(protocol::TopicId id) const {
  for (const auto& [name, last] : last_ids_)
    if (last == id) return name;
  return {};
}
BelievedPartition MetadataCache::partition(TopicPartition p) const {
  const BelievedTopic* t = topic(p.topic);
  return t == nullptr ? BelievedPartition{} : t->partition(p.partition);
}

LeaderAndEpoch MetadataCache::current_leader(TopicPartition p) const {
  const BelievedPartition belief = partition(p);
  const ClientNode* leader = belief.leader == protocol::kNoBroker ? nullptr : find_node(belief.leader);
  return {leader != nullptr ? *leader : ClientNode{}, belief.leader_epoch};
}

bool MetadataCache::refused_since(std::string_view topic, int version) const {
  const auto it = refused_.find(topic);
  return it != refused_.end() && it->second > version;
}

void MetadataCache::add_topic(std::string_view name) {
  if (wanted_.contains(name)) return;
  wanted_.emplace(name);
  need_update_ = true;
  allowed_at_ = {0};  // a new topic is requested without backoff (requestUpdateForNewTopics)
}
void MetadataCache::set_topics(const std::vector<std::string>& names) {
  const std::set<std::string, std::less<>> old = std::exchange(wanted_, {names.begin(), names.end()});
  for (const std::string& n : wanted_)
    if (!old.contains(n)) {
      need_update_ = true;
      allowed_at_ = {0};
    }
}

Instant MetadataCache::next_update(Instant now) const {
  if (in_flight) return sim::kNever;
  const Instant expires = last_success_.us < 0 ? Instant{0} : last_success_ + max_age_;
  return std::max(need_update_ ? now : expires, allowed_at_);
}

protocol::MetadataRequest MetadataCache::request() const {
  protocol::MetadataRequest r;
  r.topics.assign(wanted_.begin(), wanted_.end());
  r.allow_auto_topic_creation = allow_auto_create;
  return r;
}

void MetadataCache::on_sent(Instant now) {
  in_flight = true;
  last_refresh_ = now;
}

void MetadataCache::on_failed(Ctx& ctx) {
  in_flight = false;
  need_update_ = true;
  last_refresh_ = ctx.now();
  allowed_at_ = ctx.now() + backoff_.after(attempts_++, ctx.random(sim::Stream::RetryBackoff));
}

bool MetadataCache::update(Ctx& ctx, const protocol::MetadataResponse& response, ClientStats& stats) {
  in_flight = false;
  if (response.brokers.empty()) {  // "Ignoring empty metadata response"
    on_failed(ctx);
    return false;
  }
  attempts_ = 0;
  need_update_ = false;
  const bool was_due_by_age = last_success_.us >= 0 && ctx.now() >= last_success_ + max_age_;
  if (was_due_by_age) equivalent_ = 0;
  ++equivalent_;

  const bool first = version_++ == 0;
  if (first) ctx.trace(fact::ClientBootstrapped{response.brokers.front().node_id});
  nodes_.clear();
  for (const protocol::MetadataBroker& b : response.brokers)
    nodes_.push_back({b.node_id, protocol::located(b.endpoint, ctx.self())});
  std::sort(nodes_.begin(), nodes_.end(), [](const ClientNode& a, const ClientNode& b) { return a.id < b.id; });

  sim::FlatMap<std::string, BelievedTopic> fresh;
  bool changed = first;
  for (const protocol::MetadataTopic& t : response.topics) {
    if (t.error != ErrorCode::NONE) {
      stats.error(ctx, t.error);
      if (t.error == ErrorCode::TOPIC_AUTHORIZATION_FAILED) {
        refused_[t.name] = version_;
        newly_refused_ = t.name;
      }
      if (protocol::refreshes_metadata(t.error)) need_update_ = true;
      continue;
    }
    const BelievedTopic* before = topic(t.name);
    BelievedTopic now_known{t.name, t.topic_id, {}};
    const auto [last, first_seen] = last_ids_.try_emplace(t.name, t.topic_id);
    if (!first_seen && last->second != t.topic_id)
      recreated_.emplace_back(std::exchange(last->second, t.topic_id), t.topic_id);
    for (std::size_t i = 0; i < t.partitions.size(); ++i) {
      const protocol::MetadataPartition& p = t.partitions[i];
      const TopicPartition tp{t.topic_id, static_cast<std::int32_t>(i)};
      BelievedPartition belief{p.leader, p.leader_epoch};
      if (p.error != ErrorCode::NONE) {
        belief.leader = protocol::kNoBroker;
        if (protocol::refreshes_metadata(p.error)) need_update_ = true;
      }
      // An older epoch comes from a broker that lags behind: the newer epoch is kept (Metadata.updateLatestMetadata,
      // KIP-320).
      LeaderEpoch& seen = last_seen_epochs_[tp];
      const bool cached = before && before->id == t.topic_id && i < before->partitions.size();
      if (p.leader_epoch >= seen) seen = p.leader_epoch;
      else belief = cached ? before->partitions[i] : BelievedPartition{protocol::kNoBroker, seen};
      const bool same = cached && before->partitions[i].leader == belief.leader &&
                        before->partitions[i].leader_epoch == belief.leader_epoch;
      if (!same) changed = true;
      now_known.partitions.push_back(belief);
    }
    fresh.try_emplace(t.name, std::move(now_known));
  }
  if (fresh.size() != topics_.size()) changed = true;
  topics_ = std::move(fresh);
  ++changes_;
  places_.clear();
  for (auto it = topics_.begin(); it != topics_.end(); ++it)
    places_[it->second.id] = static_cast<std::size_t>(it - topics_.begin());
  if (changed) equivalent_ = 0;
  // Responses without changes increase the interval between requests (KIP-580's follow-up, Metadata.timeToAllowUpdate).
  allowed_at_ = ctx.now() + (equivalent_ > 0 ? backoff_.after(equivalent_ - 1, ctx.random(sim::Stream::RetryBackoff))
                                             : sim::Duration{0});
  last_success_ = ctx.now();
  if (changed)
    ctx.trace(fact::ClientMetadata{.brokers = static_cast<std::int32_t>(nodes_.size()),
                                   .topics = static_cast<std::int32_t>(topics_.size())});
  return true;
}

BelievedPartition* MetadataCache::find_partition(TopicPartition p) {
  const auto place = places_.find(p.topic);
  if (place == places_.end()) return nullptr;
  auto& partitions = (topics_.begin() + static_cast<std::ptrdiff_t>(place->second))->second.partitions;
  const bool exists = p.partition >= 0 && p.partition < static_cast<int>(partitions.size());
  return exists ? &partitions[static_cast<std::size_t>(p.partition)] : nullptr;
}

bool MetadataCache::update_leader(TopicPartition p, protocol::BrokerId leader, LeaderEpoch epoch) {
  BelievedPartition* belief = find_partition(p);
  if (belief == nullptr || !node(leader) || epoch <= belief->leader_epoch) return false;
  *belief = {leader, epoch};
  ++changes_;
  last_seen_epochs_[p] = epoch;
  equivalent_ = 0;
  return true;
}

void MetadataCache::see_epoch(TopicPartition p, LeaderEpoch epoch) {
  const auto seen = last_seen_epochs_.find(p);
  // Metadata before KIP-320 has no epochs to compare.
  if (seen == last_seen_epochs_.end() || seen->second.value < 0 || epoch <= seen->second) return;
  seen->second = epoch;
  if (BelievedPartition* belief = find_partition(p)) *belief = {protocol::kNoBroker, epoch};
  need_update_ = true;
  ++changes_;
}

ClientNode ClientCore::least_loaded(Ctx& ctx) const {
  const std::vector<ClientNode>& nodes = metadata.nodes();
  if (nodes.empty()) return {};
  ClientNode ready, connecting, connectable;
  int fewest = 0;
  const std::size_t offset = ctx.random(sim::Stream::Generic).below(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const ClientNode& n = nodes[(offset + i) % nodes.size()];
    if (network.can_send(n.id)) {
      const int load = network.in_flight(n.id);
      if (load == 0) return n;
      if (ready.id == kNoNode || load < fewest) ready = n, fewest = load;
    } else if (network.connecting(n.id)) {
      connecting = n;
    } else if (network.can_connect(n.id, ctx.now())) {
      if (connectable.id == kNoNode || network.last_attempt(connectable.id) > network.last_attempt(n.id))
        connectable = n;
    }
  }
  return ready.id != kNoNode ? ready : connecting.id != kNoNode ? connecting : connectable;
}

Instant ClientCore::maybe_update_metadata(Ctx& ctx) {
  const Instant due = metadata.next_update(ctx.now());
  if (due > ctx.now()) return due;
  ClientNode node = least_loaded(ctx);
  if (node.id == kNoNode && metadata.rebootstraps && metadata.bootstrapped()) {
    bool any_ready = false;  // a connection with its maximum of requests in flight counts as ready: it merely lacks
                             // room at the moment
    for (const ClientNode& n : metadata.nodes()) any_ready |= network.in_flight(n.id) > 0;
    if (!any_ready) {
      metadata.rebootstrap();
      node = least_loaded(ctx);
    }
  }
  if (node.id == kNoNode) {
    for (const ClientNode& n : metadata.nodes())
      if (network.backing_off(n.id, ctx.now()))
        network.ready(ctx, n);  // ready() sets a timer for the end of the node's backoff
    return sim::kNever;
  }
  if (!network.ready(ctx, node)) return sim::kNever;  // the client wakes up when the handshake ends or fails
  if (network.send(ctx, node.id, metadata.request(), kMetadataPurpose, 0)) metadata.on_sent(ctx.now());
  return sim::kNever;
}

bool ClientCore::on_completed(Ctx& ctx, const Completed& done, ClientStats& stats) {
  if (done.purpose != kMetadataPurpose) return false;
  if (done.disconnected) metadata.on_failed(ctx);
  else metadata.update(ctx, protocol::get<protocol::MetadataResponse>(*done.body), stats);
  return true;
}

}  // namespace kafkascope::client
