// The clients of a snapshot.
#include <fmt/format.h>

#include <algorithm>

#include "broker/client_quotas.h"
#include "client/admin.h"
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
#include "protocol/facts_of_clients.h"

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

/// Quotas, throttling, and what was recently thrown or refused.
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

/// Whether a request of the client timed out lately. The client sends it again, so no exception reports it.
bool timed_out_lately(const Moment& m, sim::NodeId node) {
  constexpr std::int64_t kLatelyUs = 2'000'000;
  const auto& timed_out = m.observation.request_waits().timed_out();
  const auto last = timed_out.find(node.index);
  return last != timed_out.end() && last->second.us + kLatelyUs > m.cluster.now().us;
}

/// The more urgent first: what ends as planned comes after every deadline.
void sort_timers(std::vector<Timer>& timers) {
  std::stable_sort(timers.begin(), timers.end(), [](const Timer& a, const Timer& b) {
    const auto left = [](const Timer& t) {
      return static_cast<double>(t.remaining_us) / static_cast<double>(std::max<std::int64_t>(t.total_us, 1));
    };
    return a.routine != b.routine ? b.routine : left(a) < left(b);
  });
}

/// Those that servers watch: the lock that ends first, which outlives the client's process, and the wait before its
/// group's first rebalance.
void put_servers_timers(const Snapshot& s, bool alive, Client& out) {
  const Timer* first = nullptr;
  for (const Group& group : s.groups)
    for (const GroupMember& member : group.members) {
      if (member.node != out.node) continue;
      if (matters(member.lock) && (first == nullptr || member.lock.remaining_us < first->remaining_us))
        first = &member.lock;
      if (alive && group.initial_delay.running) out.timers.push_back(group.initial_delay);
    }
  if (first != nullptr) out.timers.push_back(*first);
}

/// What a group's consumer knows of its membership.
struct Membership {
  std::string member_id;
  std::int32_t generation;  // below 1: it has not joined, as far as it knows
};

/// Whether the coordinator does not count the client, of which it may know an earlier process, as a member of its group;
/// if no coordinator is there, whether the client has not joined.
bool is_outside(const Snapshot& s, const Client& client, const Membership& own) {
  const auto group =
      std::find_if(s.groups.begin(), s.groups.end(), [&](const Group& g) { return g.id == client.group; });
  if (group == s.groups.end()) return own.generation < 1;
  return std::none_of(group->members.begin(), group->members.end(), [&](const GroupMember& gm) {
    return gm.node == client.node && (own.member_id.empty() || gm.member_id == own.member_id);
  });
}

/// Of one that calls others or takes only so many calls at a time: its slots, and how many calls wait. Of any other: how
/// often it is called.
Words service_fact(const Moment& m, const Snapshot& s, sim::NodeId node, const client::Service& service,
                   std::int64_t waiting) {
  const int limit = service.options().slots;
  if (limit <= 0 && service.options().calls.empty())
    return both("snapshot.calls_per_s"_w, {{"calls", std::to_string(calls_in_the_last_second(m, s, node))}});
  const std::string slots =
      limit > 0 ? fmt::format("{}/{}", service.busy_slots(), limit) : std::to_string(service.busy_slots());
  return waiting > 0 ? both("snapshot.slots_and_queue"_w, {{"slots", slots}, {"waiting", std::to_string(waiting)}})
                     : both("snapshot.slots"_w, {{"slots", slots}});
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
    const bool alive = c.alive(node);  // a live client has the settings it started with, a dead one those of its next
                                       // start
    // A process that has started in this very moment has read no settings yet.
    const auto group_of = [&](const auto& role, const std::string& running, bool configured) {
      return alive && configured ? running : role.options().config.text("group.id");
    };
    // Also notes it. A client that assigns itself its partitions joins no group.
    const auto group_fact = [&](const Membership& own, bool joined_before) {
      s.nodes[i].outside_group = alive && !out.group.empty() && spec.assign.empty() && is_outside(s, out, own);
      return both(!s.nodes[i].outside_group ? "snapshot.no_partition"_w
                  : joined_before           ? "snapshot.not_member"_w
                                            : "snapshot.not_member_yet"_w);
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
      const client::GroupOptions& running = consumer->group().options();
      out.group = group_of(*consumer, running.group_id, !running.client_id.empty());
      const auto assignment = consumer->assignment();
      if (producer == nullptr)
        for (TopicPartition p : assignment)
          if (names.of(p) >= 0) out.topics_partitions.push_back(names.of(p));
      const std::string list = partition_list(c, assignment);
      const Words none = group_fact({consumer->group().member_id(), consumer->group().generation()},
                                    consumer->group().metadata().generation_id > 0);
      if (producer != nullptr)
        out.fact = {fmt::format("{} → {}", list.empty() ? "–" : list, spec.topic),
                    fmt::format("{} → {}", list.empty() ? "–" : list, spec.topic)};
      else out.fact = list.empty() ? none : Words{list, list};
      for (const auto& [p, offset] : consumer->positions()) {
        if (names.of(p) >= 0)
          s.partitions[static_cast<std::size_t>(names.of(p))].flags.push_back({info.name, offset.value, true});
      }
    }
    if (const auto* sharer = c.role<client::ShareConsumer>(node)) {
      put(sharer->stats());
      out.in_flight = sharer->in_flight();
      out.waiting = sharer->waiting();
      out.group = group_of(*sharer, sharer->membership().group_id(), !sharer->membership().group_id().empty());
      for (TopicPartition p : sharer->membership().assignment())
        if (names.of(p) >= 0) out.topics_partitions.push_back(names.of(p));
      const std::string list = partition_list(c, sharer->membership().assignment());
      const Words none = group_fact({sharer->membership().member_id(), sharer->membership().epoch()}, false);
      out.fact = list.empty() ? none : Words{list, list};
    } else if (const auto* admin = c.role<client::Admin>(node)) {
      out.waiting = admin->waiting();
      if (out.waiting > 0) out.fact = both("snapshot.calls_wait"_w, {{"calls", std::to_string(out.waiting)}});
    } else if (const auto* queue = c.role<client::MessageQueue>(node)) {
      put(queue->stats());
      out.waiting = queue->waiting();
      out.in_flight = queue->in_flight();
      for (const cluster::ClientSpec& reader : c.spec().clients)
        if (std::find(reader.topics.begin(), reader.topics.end(), info.name) != reader.topics.end())
          out.peers.push_back(c.find(reader.id).index);
      out.fact =
          both("snapshot.queue"_w, {{"waiting", std::to_string(out.waiting)}, {"out", std::to_string(out.in_flight)}});
    } else if (queue_sender != nullptr) {
      put(queue_sender->stats());
      out.in_flight = queue_sender->in_flight();
      out.peers.push_back(c.find(spec.topic).index);
      const std::string fact = "→ " + spec.topic + (rate.empty() ? "" : ", " + rate);
      out.fact = {fact, fact};
    } else if (const auto* reader = c.role<client::QueueReader>(node)) {
      put(reader->stats());
      out.waiting = reader->waiting();
      out.fact = {"← " + spec.topics.front(), "← " + spec.topics.front()};
    } else if (const auto* service = c.role<client::Service>(node)) {
      put(service->stats());
      for (const auto& [name, target] : service->options().calls) out.peers.push_back(target.index);
      out.in_flight = service->in_flight();
      out.waiting = service->queued() + service->waiting() - service->in_flight();
      out.fact = service_fact(m, s, node, *service, out.waiting);
    }
    const Node& n = s.nodes[i];
    put_holdings(c, names, node, s, out);
    put_limits(m, node, n.state, out);
    if (alive) out.timers = own_timers(m, node, out, false);
    put_servers_timers(s, alive, out);
    sort_timers(out.timers);
    // It believes that it has partitions.
    if (producer == nullptr && n.outside_group && !out.topics_partitions.empty() && n.state == NodeState::Running) {
      out.fact = both("snapshot.out_of_group"_w, {{"has", Words(out.fact)}});
      out.fact_is_doubt = true;
    }
    if (!n.belief_note.empty() && (n.state == NodeState::Running || n.state == NodeState::Paused)) {
      out.fact = n.belief_note;
      out.believed_leader = n.believed_leader;
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
      out.fact_is_doubt = stuck || out.assigned.empty();  // otherwise the fact lists its partitions
    }
    if (timed_out_lately(m, node) && n.state == NodeState::Running && !out.fact_is_doubt) {
      out.fact = both("snapshot.requests_timed_out"_w);
      out.fact_is_doubt = true;
    }
    for (const Belief& b : n.beliefs) {
      if (b.leader < 0 || n.state != NodeState::Running || out.fact_is_doubt) continue;
      const sim::NodeId broker = c.broker_node(b.leader);
      if (!broker.valid() || c.alive(broker)) continue;
      if (std::find(out.topics_partitions.begin(), out.topics_partitions.end(), b.partition) !=
          out.topics_partitions.end()) {
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

}  // namespace kafkascope::observe::snapshot_parts
