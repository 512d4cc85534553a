// The groups, clients, voters and the inspected object of a snapshot.
#include <fmt/format.h>

#include <algorithm>

#include "broker/broker.h"
#include "client/consumer.h"
#include "client/message_queue.h"
#include "client/producer.h"
#include "client/service.h"
#include "client/share_consumer.h"
#include "client/transform.h"
#include "observe/model/snapshot_parts.h"
#include "observe/model/state_sections.h"
#include "observe/words/both.h"
#include "observe/words/korean.h"
#include "observe/words/words.h"
#include "zookeeper/server.h"

namespace kafkascope::observe::snapshot_parts {

namespace {

std::string partition_list(const cluster::Cluster& c, const std::vector<TopicPartition>& partitions) {
  // "orders-0, 1, 2", because a card is narrow.
  std::string out;
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const bool same = i > 0 && partitions[i - 1].topic == partitions[i].topic;
    out += (out.empty() ? "" : ", ") + (same ? std::to_string(partitions[i].partition) : c.name(partitions[i]));
  }
  return out;
}

/// "20/s", "2.5/s"; slower rates in records per minute or hour.
std::string pace_text(std::int64_t millionths_per_s) {
  if (millionths_per_s <= 0) return {};
  if (millionths_per_s % 1000000 == 0) return fmt::format("{}/s", millionths_per_s / 1000000);
  if (millionths_per_s > 1000000)
    return fmt::format("{}.{}/s", millionths_per_s / 1000000, millionths_per_s / 100000 % 10);
  const bool minutes = millionths_per_s * 60 >= 1000000;
  return fmt::format("{}/{}", (millionths_per_s * (minutes ? 60 : 3600) + 500000) / 1000000, minutes ? "m" : "h");
}

struct ClientTotals {
  std::int64_t sent, acked, failed;
};

int node_index(const cluster::Cluster& c, const std::string& name) { return c.find(name).index; }

}  // namespace

namespace {

Timer timer_of(const std::optional<coordinator::GroupCoordinator::TimerView>& t, sim::Instant now, const char* key,
               std::int64_t value_ms) {
  Timer timer;
  if (!t) return timer;
  timer.running = true;
  timer.remaining_us = std::max<std::int64_t>(0, (t->due - now).us);
  timer.total_us = t->total.us;
  timer.key = key;
  timer.value = std::to_string(value_ms);
  return timer;
}

/// The partitions that the member believes it owns, while its process lives; for a dead one only the coordinator knows.
std::vector<TopicPartition> owned_by(const cluster::Cluster& c, int node,
                                     const std::vector<TopicPartition>& otherwise) {
  if (node < 0 || !c.alive(sim::NodeId{node})) return otherwise;
  if (const auto* consumer = c.role<client::Consumer>(sim::NodeId{node})) return consumer->assignment();
  if (const auto* sharer = c.role<client::ShareConsumer>(sim::NodeId{node})) return sharer->membership().assignment();
  return otherwise;
}

/// Owned partitions are the member's belief; those to come or to be revoked are the coordinator's.
void put_partitions(const Names& names, const std::vector<TopicPartition>& owned,
                    const std::vector<TopicPartition>& wanted, const std::vector<TopicPartition>& to_revoke,
                    GroupMember& gm) {
  const auto in = [](const std::vector<TopicPartition>& list, TopicPartition p) {
    return std::find(list.begin(), list.end(), p) != list.end();
  };
  for (TopicPartition p : owned) {
    if (names.of(p) < 0) continue;
    gm.partitions.push_back(names.of(p));
    if (in(to_revoke, p)) gm.revoking.push_back(names.of(p));
  }
  for (TopicPartition p : wanted)
    if (names.of(p) >= 0 && !in(owned, p)) gm.pending.push_back(names.of(p));
}

/// The common part of groups with epochs (KIP-848, KIP-932).
template <class G>
void put_epochs(const G& g, int states, Group& out) {
  out.state = std::string(coordinator::name(g.state()));
  for (int i = 0; i < states; ++i) out.states.emplace_back(coordinator::name(static_cast<decltype(g.state())>(i)));
  out.previous_state = std::string(coordinator::name(g.previous_state()));
  out.reason = group_words(g.cause());
  out.state_since_us = g.state_since().us;
  out.generation = g.group_epoch();
  out.assignment_epoch = g.assignment_epoch();
}

GroupMember group_member(const cluster::Cluster& c, const std::string& member_id, const std::string& client_id) {
  GroupMember gm;
  gm.client = client_id;
  gm.node = node_index(c, client_id);
  gm.member_id = member_id;
  return gm;
}

void add_classic_group(const cluster::Cluster& c, const Names& names, const coordinator::ClassicGroup& g,
                       const coordinator::GroupCoordinator& service, Group& out) {
  const sim::Instant now = c.now();
  out.state = std::string(coordinator::name(g.state()));
  for (int i = 0; i < coordinator::kGroupStates; ++i)
    out.states.emplace_back(coordinator::name(static_cast<coordinator::GroupState>(i)));
  out.previous_state = std::string(coordinator::name(g.previous_state()));
  out.reason = group_words(g.cause());
  out.state_since_us = g.state_since().us;
  out.protocol = "classic";
  out.assignor = g.protocol_name();
  out.generation = g.generation();
  const bool joining = g.in(coordinator::GroupState::PreparingRebalance);
  for (const auto& [member_id, member] : g.members()) {
    GroupMember gm = group_member(c, member_id, member.client_id);
    gm.instance_id = member.group_instance_id;
    gm.joined = !joining || member.awaiting_join.has_value();
    gm.leader = g.is_leader(member_id);
    if (gm.leader) out.leader = member.client_id;
    gm.session =
        timer_of(service.session_timer(out.id, member_id), now, "session.timeout.ms", member.session_timeout_ms);
    if (!gm.joined)
      gm.awaited = timer_of(service.join_timer(out.id), now, "max.poll.interval.ms", member.rebalance_timeout_ms);
    put_partitions(names, owned_by(c, gm.node, member.assignment), member.assignment, {}, gm);
    out.members.push_back(std::move(gm));
  }
}

void add_consumer_group(const cluster::Cluster& c, const Names& names, const coordinator::ConsumerGroup& g,
                        const coordinator::GroupCoordinator& service, Group& out) {
  const sim::Instant now = c.now();
  put_epochs(g, coordinator::kConsumerGroupStates, out);
  out.protocol = "consumer";
  out.assignor = service.assignor_of(g);
  for (const auto& [member_id, member] : g.members()) {
    GroupMember gm = group_member(c, member_id, member.client_id);
    gm.instance_id = member.instance_id;
    gm.epoch = member.member_epoch;
    gm.state = std::string(coordinator::name(member.state));
    gm.classic = member.speaks_classic();
    // The coordinator waits only for members that must revoke a partition.
    const auto rejoin = service.join_timer(out.id, member_id);  // of a classic member
    gm.joined = member.state != coordinator::MemberState::UnrevokedPartitions && !rejoin;
    gm.session = member.classic ? timer_of(service.session_timer(out.id, member_id), now, "session.timeout.ms",
                                           member.classic->session_timeout_ms)
                                : timer_of(service.session_timer(out.id, member_id), now,
                                           "group.consumer.session.timeout.ms", service.consumer_session_timeout_ms());
    if (!gm.joined)
      gm.awaited = timer_of(rejoin ? rejoin : service.revocation_timer(out.id, member_id), now, "max.poll.interval.ms",
                            member.rebalance_timeout_ms);
    put_partitions(names, owned_by(c, gm.node, member.assigned), g.target(member_id), member.pending_revocation, gm);
    out.members.push_back(std::move(gm));
  }
}

void add_share_group(const cluster::Cluster& c, const Names& names, const coordinator::ShareGroup& g,
                     const coordinator::GroupCoordinator& service, Group& out) {
  const sim::Instant now = c.now();
  put_epochs(g, coordinator::kShareGroupStates, out);
  out.protocol = "share";
  out.assignor = "simple";
  for (const auto& [member_id, member] : g.members()) {
    GroupMember gm = group_member(c, member_id, member.client_id);
    gm.epoch = member.member_epoch;
    gm.joined = true;
    gm.session = timer_of(service.session_timer(out.id, member_id), now, "group.share.session.timeout.ms",
                          service.share_session_timeout_ms());
    put_partitions(names, owned_by(c, gm.node, member.assigned), member.assigned, {}, gm);
    out.members.push_back(std::move(gm));
  }
  // Sorted by name, because ids are random.
  std::stable_sort(out.members.begin(), out.members.end(),
                   [](const GroupMember& a, const GroupMember& b) { return a.client < b.client; });
}

/// Runs of records with the same state, delivery count and lock owner.
ShareStrip share_strip(const broker::SharePartition& share, const Group& group) {
  using broker::RecordState;
  ShareStrip strip{group.id, share.start_offset().value, share.end_offset().value, {}};
  std::vector<std::string> clients(share.members().size());
  for (std::size_t i = 0; i < clients.size(); ++i)
    for (const GroupMember& gm : group.members)
      if (gm.member_id == share.members()[i]) clients[i] = gm.client;
  std::int64_t offset = strip.start;
  for (const broker::SharePartition::Record& r : share.window()) {
    ShareRun run{offset, offset, ShareState::Available, r.delivery_count, {}};
    if (r.state == RecordState::Acquired) run.state = ShareState::Acquired;
    if (r.state == RecordState::Acknowledged) run.state = ShareState::Acknowledged;
    if (r.state == RecordState::Archived) run.state = ShareState::Archived;
    if (r.state == RecordState::Acquired && r.member >= 0) run.member = clients[static_cast<std::size_t>(r.member)];
    ShareRun* last = strip.runs.empty() ? nullptr : &strip.runs.back();
    if (last != nullptr && last->state == run.state && last->deliveries == run.deliveries && last->member == run.member)
      last->last_offset = offset;
    else strip.runs.push_back(std::move(run));
    ++offset;
  }
  return strip;
}

void put_share_window(const broker::SharePartition& share, GroupPartition& gp, Group& group) {
  gp.share.start = share.start_offset().value;
  gp.position = gp.share.end = share.end_offset().value;
  std::vector<std::int64_t> locked(share.members().size());
  for (const broker::SharePartition::Record& r : share.window()) {
    const bool done = r.state == broker::RecordState::Acknowledged || r.state == broker::RecordState::Archived;
    ++(done ? gp.share.done : r.state == broker::RecordState::Acquired ? gp.share.acquired : gp.share.available);
    if (!done) gp.share.most_deliveries = std::max<std::int64_t>(gp.share.most_deliveries, r.delivery_count);
    if (r.state == broker::RecordState::Acquired && r.member >= 0) ++locked[static_cast<std::size_t>(r.member)];
  }
  for (GroupMember& gm : group.members)
    for (std::size_t i = 0; i < locked.size(); ++i)
      if (locked[i] > 0 && share.members()[i] == gm.member_id) gm.locks.emplace_back(gp.partition, locked[i]);
}

/// What a group's members make of a partition.
struct Held {
  std::int64_t position = -1;  // of the member that has it; -1: none, or not known
  bool somebodys = false;      // a member has it, or gets it next
};
/// By the partition's place in the snapshot.
std::vector<Held> held_by_members(const cluster::Cluster& c, const Names& names, const Group& group) {
  std::vector<Held> held(names.partitions.size());
  for (const GroupMember& gm : group.members) {
    for (const int place : gm.pending)
      if (place >= 0) held[static_cast<std::size_t>(place)].somebodys = true;
    const auto* consumer = gm.node < 0 ? nullptr : c.role<client::Consumer>(sim::NodeId{gm.node});
    const auto positions = consumer == nullptr ? std::map<TopicPartition, protocol::Offset>{} : consumer->positions();
    for (const int place : gm.partitions) {
      if (place < 0) continue;
      Held& h = held[static_cast<std::size_t>(place)];
      h.somebodys = true;
      if (const auto it = positions.find(names.partitions[static_cast<std::size_t>(place)]); it != positions.end())
        h.position = it->second.value;
    }
  }
  return held;
}

}  // namespace

void add_groups(const Moment& m, const Names& names, Snapshot& s) {
  const cluster::Cluster& c = m.cluster;
  for (const std::string& id : group_ids(c)) {
    const broker::Broker* coordinator = nullptr;
    Group out;
    out.id = id;
    if (const coordinator::ClassicGroup* g = find_group(c, id, &coordinator))
      add_classic_group(c, names, *g, coordinator->coordinator(), out);
    else if (const coordinator::ConsumerGroup* newer = find_consumer_group(c, id, &coordinator))
      add_consumer_group(c, names, *newer, coordinator->coordinator(), out);
    else if (const coordinator::ShareGroup* share = find_share_group(c, id, &coordinator))
      add_share_group(c, names, *share, coordinator->coordinator(), out);
    else continue;
    out.coordinator = coordinator->id();
    out.rebalances = m.observation.rebalances_of(id);
    const auto* offsets = coordinator->coordinator().offsets(id);
    const std::vector<Held> held = held_by_members(c, names, out);
    for (TopicPartition p : names.partitions) {
      GroupPartition gp;
      gp.partition = names.of(p);
      const auto& [position, somebodys] = held[static_cast<std::size_t>(gp.partition)];
      gp.position = position;
      if (offsets != nullptr)
        if (const auto it = offsets->find(p); it != offsets->end()) gp.committed = it->second.offset.value;
      if (out.protocol == "share") {
        if (const broker::ShareEntry* share = share_partition(c, id, p)) {
          put_share_window(share->partition, gp, out);
          s.partitions[static_cast<std::size_t>(gp.partition)].shares.push_back(share_strip(share->partition, out));
        }
        gp.committed = share_start_offset(c, id, p).value;
      }
      if (gp.committed >= 0) {
        const auto* log = c.leader_log(p);
        gp.lag = log == nullptr ? 0 : std::max<std::int64_t>(0, log->high_watermark().value - gp.committed);
        out.lag = std::max<std::int64_t>(out.lag, 0) + gp.lag;
        s.partitions[static_cast<std::size_t>(gp.partition)].flags.push_back({id, gp.committed, false});
      }
      if (gp.position >= 0 || gp.committed >= 0 || somebodys) out.partitions.push_back(std::move(gp));
    }
    s.groups.push_back(std::move(out));
  }
}

namespace {

/// Quotas and refusals: what the client was told, and the line on its card.
void put_limits(const Moment& m, sim::NodeId node, NodeState state, Client& out) {
  const cluster::Cluster& c = m.cluster;
  const sim::Instant now = c.now();
  const auto* producer = c.role<client::Producer>(node);
  const auto* consumer = c.role<client::Consumer>(node);
  const auto* sharer = c.role<client::ShareConsumer>(node);
  if (producer == nullptr && consumer == nullptr && sharer == nullptr) return;
  const auto quota = [&](broker::ClientQuotas::Kind kind) {
    const auto bound = broker::ClientQuotas::bound_ppm(c.committed(), kind, c.info(node).name);
    return bound ? *bound / 1'000'000 : std::int64_t{-1};
  };
  const auto put = [&](const client::NetworkClient& network) {
    out.throttles += network.throttles();
    out.throttled_us += network.throttled().us;
    out.throttled_for_us = std::max(out.throttled_for_us, network.throttled_until().us - now.us);
  };
  if (producer != nullptr)
    put(producer->network()), out.produce_quota_bytes_per_s = quota(broker::ClientQuotas::Kind::Produce);
  if (consumer != nullptr)
    put(consumer->network()), out.fetch_quota_bytes_per_s = quota(broker::ClientQuotas::Kind::Fetch);
  if (sharer != nullptr) put(sharer->network()), out.fetch_quota_bytes_per_s = quota(broker::ClientQuotas::Kind::Fetch);
  if (state != NodeState::Running && state != NodeState::Paused) out.throttled_for_us = 0;
  constexpr std::int64_t kLatelyUs = 2'000'000;
  const auto thrown = m.observation.thrown().find(node.index);
  if (thrown != m.observation.thrown().end() && thrown->second.at.us + kLatelyUs > now.us)
    out.thrown = thrown->second.exception;
  const auto refusal = m.observation.refusals().find(node.index);
  if (refusal != m.observation.refusals().end() &&
      (state == NodeState::Stopped || refusal->second.at.us + kLatelyUs > now.us))
    out.refused = std::string(protocol::name(refusal->second.error));
}

/// The client believes that it owns partitions in a group whose coordinator no longer counts it as a member.
bool left_behind(const Snapshot& s, const Client& client) {
  const auto group =
      std::find_if(s.groups.begin(), s.groups.end(), [&](const Group& g) { return g.id == client.group; });
  if (group == s.groups.end() || client.topics_partitions.empty()) return false;
  return std::none_of(group->members.begin(), group->members.end(),
                      [&](const GroupMember& gm) { return gm.node == client.node; });
}

}  // namespace

void add_clients(const Moment& m, const Names& names, Snapshot& s) {
  const cluster::Cluster& c = m.cluster;
  for (std::size_t i = 0; i < c.nodes().size(); ++i) {
    const sim::NodeId node{static_cast<std::int32_t>(i)};
    const cluster::NodeInfo& info = c.info(node);
    if (info.client < 0) continue;
    const cluster::ClientSpec& spec = c.spec().clients[static_cast<std::size_t>(info.client)];
    Client out;
    out.node = static_cast<int>(i);
    const auto put = [&](const client::ClientStats& stats) {
      out.sent = stats.sent;
      out.acked = stats.acked;
      out.failed = stats.failed;
      out.received = stats.received;
      out.processed = stats.processed;
      for (const auto& [name, count] : stats.errors) out.errors.emplace_back(name, count);
      if (stats.latency.count() > 0) {
        out.latency_p50_us = stats.latency.percentile(500);
        out.latency_p99_us = stats.latency.percentile(990);
      }
    };
    const auto of_topic = [&](const std::string& topic) {
      for (TopicPartition tp : names.partitions)
        if (c.topic_name(tp.topic) == topic) out.topics_partitions.push_back(names.of(tp));
    };
    const auto* producer = c.role<client::Producer>(node);
    const auto* consumer = c.role<client::Consumer>(node);
    const auto* queue_sender = c.role<client::QueueSender>(node);
    const std::int64_t millionths = producer != nullptr       ? producer->options().rate_millionths
                                    : queue_sender != nullptr ? queue_sender->options().rate_millionths
                                    : spec.rate               ? spec.rate->millionths_per_second
                                                              : 0;
    const std::string rate = pace_text(millionths);
    out.rate_per_s = millionths / 1000000;
    const bool alive = c.alive(node);  // an alive client has the settings it started with, otherwise those of its next
                                       // start
    const auto group_of = [&](const auto& role, const std::string& running) {
      return alive ? running : role.options().config.text("group.id");
    };
    if (producer != nullptr) {
      put(producer->stats());
      out.in_flight = producer->in_flight();
      out.waiting = producer->waiting();
      const protocol::Config& next = producer->options().config;
      out.acks = alive ? std::to_string(producer->acks()) : next.text("acks");
      std::string fact = "acks=" + (out.acks == "-1" ? "all" : out.acks) + (rate.empty() ? "" : ", " + rate);
      const std::string codec = alive ? std::string(protocol::kCompressionNames[static_cast<std::size_t>(
                                            producer->accumulator().options().compression)])
                                      : next.text("compression.type");
      if (codec != "none") fact += ", " + codec;
      out.fact = {fact, fact};
      of_topic(spec.topic);
    }
    if (consumer != nullptr) {
      const ClientTotals made{out.sent, out.acked, out.failed};
      const auto errors = std::move(out.errors);
      out.errors.clear();
      put(consumer->stats());
      if (producer != nullptr) {  // a transform
        out.sent = made.sent;
        out.acked = made.acked;
        out.failed = made.failed;
        out.errors.insert(out.errors.end(), errors.begin(), errors.end());
      }
      out.waiting += consumer->waiting();
      out.group = group_of(*consumer, consumer->group().options().group_id);
      const auto assignment = consumer->assignment();
      if (producer == nullptr)
        for (TopicPartition p : assignment)
          if (names.of(p) >= 0) out.topics_partitions.push_back(names.of(p));
      const std::string list = partition_list(c, assignment);
      if (producer != nullptr)
        out.fact = {fmt::format("{} → {}", list.empty() ? "–" : list, spec.topic),
                    fmt::format("{} → {}", list.empty() ? "–" : list, spec.topic)};
      else out.fact = list.empty() ? both("snapshot.no_partition"_w) : Words{list, list};
      for (const auto& [p, offset] : consumer->positions()) {
        if (names.of(p) >= 0)
          s.partitions[static_cast<std::size_t>(names.of(p))].flags.push_back({info.name, offset.value, true});
      }
    }
    if (const auto* sharer = c.role<client::ShareConsumer>(node)) {
      put(sharer->stats());
      out.in_flight = sharer->in_flight();
      out.waiting = sharer->waiting();
      out.group = group_of(*sharer, sharer->membership().group_id());
      for (TopicPartition p : sharer->membership().assignment())
        if (names.of(p) >= 0) out.topics_partitions.push_back(names.of(p));
      const std::string list = partition_list(c, sharer->membership().assignment());
      out.fact = list.empty() ? both("snapshot.no_partition"_w) : Words{list, list};
    } else if (const auto* queue = c.role<client::MessageQueue>(node)) {
      put(queue->stats());
      out.waiting = queue->waiting();
      out.in_flight = queue->in_flight();
      for (const cluster::ClientSpec& reader : c.spec().clients)
        if (std::find(reader.topics.begin(), reader.topics.end(), info.name) != reader.topics.end())
          out.peers.push_back(node_index(c, reader.id));
      out.fact =
          both("snapshot.queue"_w, {{"waiting", std::to_string(out.waiting)}, {"out", std::to_string(out.in_flight)}});
    } else if (queue_sender != nullptr) {
      put(queue_sender->stats());
      out.in_flight = queue_sender->in_flight();
      out.peers.push_back(node_index(c, spec.topic));
      const std::string fact = "→ " + spec.topic + (rate.empty() ? "" : ", " + rate);
      out.fact = {fact, fact};
    } else if (const auto* reader = c.role<client::QueueReader>(node)) {
      put(reader->stats());
      out.waiting = reader->waiting();
      out.fact = {"← " + spec.topics.front(), "← " + spec.topics.front()};
    } else if (const auto* service = c.role<client::Service>(node)) {
      put(service->stats());
      for (const auto& [name, target] : service->options().calls) out.peers.push_back(target.index);
      out.waiting = service->waiting();
      out.in_flight = service->in_flight();
      const std::string slots = service->options().slots > 0
                                    ? fmt::format("{}/{}", service->busy_slots(), service->options().slots)
                                    : std::to_string(service->busy_slots());
      const std::int64_t queued = service->queued() + service->waiting() - service->in_flight();
      out.fact = queued > 0
                     ? both("snapshot.slots_and_queue"_w, {{"slots", slots}, {"waiting", std::to_string(queued)}})
                     : both("snapshot.slots"_w, {{"slots", slots}});
    }
    const Node& n = s.nodes[i];
    put_holdings(c, names, node, s, out);
    put_limits(m, node, n.state, out);
    if (producer == nullptr && spec.assign.empty() && left_behind(s, out) && n.state == NodeState::Running) {
      out.fact = both("snapshot.out_of_group"_w, {{"has", Words(out.fact)}});
      out.fact_is_doubt = true;
    }
    if (!n.belief_note.empty() && (n.state == NodeState::Running || n.state == NodeState::Paused)) {
      out.fact = n.belief_note;
      out.fact_is_doubt = true;
    }
    if (!out.thrown.empty() && n.state == NodeState::Running && !out.fact_is_doubt) {
      const bool stuck = consumer != nullptr && consumer->unreadable();  // every poll() ends at this record
      if (stuck) {
        const std::int64_t offset = consumer->unreadable()->offset().value;
        out.fact = both("snapshot.stuck"_w, {{"offset", std::to_string(offset)}});
      } else if (out.assigned.empty()) {
        out.fact = {out.thrown, out.thrown};
      }
      out.fact_is_doubt = stuck || out.assigned.empty();  // otherwise its partitions are no news
    }
    for (const Belief& b : n.beliefs) {
      const bool asks = std::find(out.topics_partitions.begin(), out.topics_partitions.end(), b.partition) !=
                        out.topics_partitions.end();
      if (!asks || b.leader < 0 || n.state != NodeState::Running || out.fact_is_doubt) continue;
      if (const sim::NodeId broker = c.broker_node(b.leader); broker.valid() && !c.alive(broker)) {
        out.fact = both("snapshot.no_broker"_w, {{"broker", std::to_string(b.leader)}});
        out.fact_is_doubt = true;
      }
    }
    s.clients.push_back(std::move(out));
  }
  // A Fetch response to a broker belongs to replication.
  for (Message& message : s.messages)
    if (message.family == Family::Consume && message.api == "Fetch" &&
        s.nodes[static_cast<std::size_t>(message.to)].kind == NodeKind::Broker &&
        s.nodes[static_cast<std::size_t>(message.from)].kind == NodeKind::Broker)
      message.family = Family::Replicate;
}

namespace {

/// The timing settings of zoo.cfg; an ensemble has no Kafka keys.
void inspect_server(const cluster::Cluster& c, sim::NodeId node, Snapshot& s) {
  const zookeeper::ServerOptions& now = c.zookeeper_server(node).options();
  const zookeeper::ServerOptions usual;
  const auto add = [&](const char* key, std::int64_t zookeeper::ServerOptions::*value, words::Key doc) {
    ConfigEntry e;
    e.key = key;
    e.value = std::to_string(now.*value);
    e.default_value = std::to_string(usual.*value);
    e.source = c.spec().zookeeper_config.contains(key) ? ConfigSource::Scenario : ConfigSource::Default;
    e.doc = both(doc);
    s.inspected.config.push_back(std::move(e));
  };
  using Options = zookeeper::ServerOptions;
  add("tickTime", &Options::tick_time_ms, "zookeeper.tick_time"_w);
  add("initLimit", &Options::init_limit, "zookeeper.init_limit"_w);
  add("syncLimit", &Options::sync_limit, "zookeeper.sync_limit"_w);
  add("minSessionTimeout", &Options::min_session_timeout_ms, "zookeeper.min_session_timeout"_w);
  add("maxSessionTimeout", &Options::max_session_timeout_ms, "zookeeper.max_session_timeout"_w);
}

/// The configuration that a client's next start will read; nullptr: it has none that can be changed.
const protocol::Config* client_config(const cluster::Cluster& c, sim::NodeId node) {
  if (const auto* transform = c.role<client::Transform>(node)) return &transform->options().config;
  if (const auto* producer = c.role<client::Producer>(node)) return &producer->options().config;
  if (const auto* consumer = c.role<client::Consumer>(node)) return &consumer->options().config;
  if (const auto* sharer = c.role<client::ShareConsumer>(node)) return &sharer->options().config;
  return nullptr;
}

}  // namespace

void inspect(const cluster::Cluster& c, const std::string& what, Snapshot& s) {
  s.inspected.what = what;
  const sim::NodeId node = c.find(what);
  const protocol::Config *config = nullptr, *of_file = nullptr;
  protocol::ConfigScopes scopes = protocol::config_scope::kBroker;
  // All settings of a topic are in the metadata; the file only tells which of them came from there.
  protocol::Config unset;
  const protocol::Config* topic_of_file = nullptr;
  bool at_start = false;
  std::vector<std::string> live;  // the resources whose settings are in the metadata
  if (node.valid()) {
    const cluster::NodeInfo& info = c.info(node);
    if (info.client >= 0) {
      config = client_config(c, node);
      if (config == nullptr) config = &c.spec().clients[static_cast<std::size_t>(info.client)].config;
      scopes = config->scopes();
      of_file = &c.spec().clients[static_cast<std::size_t>(info.client)].config;
      at_start = true;
    } else if (info.kind == cluster::NodeKind::Broker) {
      for (const cluster::BrokerSpec& b : c.spec().brokers)
        if (b.id == info.id) of_file = &b.config;
      config = &c.role<broker::Broker>(node)->options().config;
      at_start = !c.alive(node);
      live = {"broker:", "broker:" + std::to_string(info.id)};
    } else if (info.kind == cluster::NodeKind::ZooKeeper) {
      return inspect_server(c, node, s);
    } else {
      config = &c.spec().config;
      scopes = protocol::config_scope::kController;
    }
  } else if (const auto name = cluster::parse_partition_name(what)) {
    if (c.partition(*name).topic == protocol::kNoTopic) return;
    unset = protocol::Config(protocol::config_scope::kTopic, c.spec().kafka);
    config = &unset;
    for (const cluster::TopicSpec& t : c.spec().topics)
      if (t.name == name->topic) topic_of_file = &t.config;
    scopes = protocol::config_scope::kTopic;
    live = {"topic:" + name->topic};
  }
  if (config == nullptr) return;
  const bool topic = scopes == protocol::config_scope::kTopic;
  for (const protocol::ConfigDefinition& d : protocol::config_definitions()) {
    if ((d.scopes & scopes) == 0 || !d.modelled || !d.known_in(config->version())) continue;
    if (protocol::find_config(d.name, config->scopes(), config->version()) == nullptr) continue;
    ConfigEntry e;
    e.key = std::string(d.name);
    e.value = config->text(d.name);
    e.default_value = std::string(
        d.default_for(config->version()) == protocol::kConfigNull ? "null" : d.default_for(config->version()));
    e.source = config->explicitly(d.name) ? ConfigSource::Scenario : ConfigSource::Default;
    for (const std::string& resource : live) {
      const auto& set = c.committed().config(resource);
      if (const auto it = set.find(e.key); it != set.end() && (topic || it->second != e.value))
        e.value = it->second, e.source = ConfigSource::Live;
    }
    if (of_file != nullptr && of_file->text(d.name) != e.value) e.source = ConfigSource::Live;
    if (e.source == ConfigSource::Live && topic_of_file != nullptr && topic_of_file->explicitly(d.name) &&
        topic_of_file->text(d.name) == e.value)
      e.source = ConfigSource::Scenario;
    e.dynamic = d.dynamic || topic;  // all of a topic's own settings apply at once
    e.at_start = at_start && !e.dynamic;
    e.pending = e.at_start && node.valid() && c.alive(node) && c.info(node).waits_for_start(e.key, c.incarnation(node));
    e.doc = both(d.words());
    s.inspected.config.push_back(std::move(e));
  }
  // Explicit settings come first, the others by name.
  std::stable_partition(s.inspected.config.begin(), s.inspected.config.end(),
                        [](const ConfigEntry& e) { return e.source != ConfigSource::Default; });
}

}  // namespace kafkascope::observe::snapshot_parts
