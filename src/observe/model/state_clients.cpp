// /clients.
#include <nlohmann/json.hpp>

#include "broker/broker.h"
#include "client/admin.h"
#include "client/consumer.h"
#include "client/message_queue.h"
#include "client/producer.h"
#include "client/service.h"
#include "client/share_consumer.h"
#include "observe/model/node_state.h"
#include "observe/model/standing.h"
#include "observe/model/state_sections.h"

namespace kafkascope::observe {

using nlohmann::json;

namespace {

json belief(const Moment& m, const client::MetadataCache& metadata) {
  json partitions = json::object();
  for (const auto& [name, topic] : metadata.topics()) {
    for (std::size_t p = 0; p < topic.partitions.size(); ++p) {
      const client::BelievedPartition& b = topic.partitions[p];
      partitions[name + "-" + std::to_string(p)] = {{"leader", b.leader < 0 ? json(nullptr) : json(b.leader)},
                                                    {"leader_epoch", b.leader_epoch.value}};
    }
  }
  const sim::Instant last = metadata.last_success();
  return {{"age_us", last.us < 0 ? json(nullptr) : json((m.cluster.now() - last).us)},
          {"partitions", std::move(partitions)}};
}

void put_stats(const Moment& m, sim::NodeId node, json& c, const client::ClientStats& stats) {
  c["sent"] = stats.sent;
  c["acked"] = stats.acked;
  c["failed"] = stats.failed;
  c["received"] = stats.received;
  c["processed"] = stats.processed;
  json errors = json::object();
  for (const auto& [name, count] : stats.errors) errors[name] = count;
  c["errors"] = std::move(errors);
  c["exception"] = nullptr;
  const bool by_2_5 = m.cluster.spec().kafka == protocol::KafkaVersion::V2_5;
  if (const auto& t = stats.thrown)
    c["exception"] = {
        {"class", t->class_name},
        {"message", m.observation.exception_texts().message_of(node, t->at, t->class_name, t->message, by_2_5)},
        {"cause", t->cause},
        {"at_us", t->at.us}};
  c["latency_us"] = {
      {"p50", stats.latency.percentile(500)}, {"p99", stats.latency.percentile(990)}, {"max", stats.latency.max()}};
}

const char* kind_word(cluster::ClientKind kind) {
  using cluster::ClientKind;
  switch (kind) {
    case ClientKind::Producer: return "producer";
    case ClientKind::Consumer: return "consumer";
    case ClientKind::ShareConsumer: return "share_consumer";
    case ClientKind::Transform: return "transform";
    case ClientKind::ConsoleProducer: return "console_producer";
    case ClientKind::ConsoleConsumer: return "console_consumer";
    case ClientKind::Queue: return "queue";
    case ClientKind::Service: return "service";
    case ClientKind::Streams: return "streams";
    case ClientKind::Connector: return "connector";
    case ClientKind::Admin: return "admin";
  }
  return "";
}

json throttled(const client::NetworkClient& network) {
  return {{"times", network.throttles()}, {"total_us", network.throttled().us}};
}

template <class Offsets>
json offsets_by_name(const cluster::Cluster& c, const Offsets& offsets) {
  json result = json::object();
  for (const auto& [p, offset] : offsets) result[c.name(p)] = offset.value;
  return result;
}

/// RecordAccumulator, BufferPool and InFlightRequests of a running producer.
json accumulator(const cluster::Cluster& c, const client::Producer& producer) {
  const sim::Instant now = c.now();
  json batches = json::object(), in_flight = json::object(), blocked = nullptr;
  producer.accumulator().for_each_queued([&](const client::ProducerBatch& b) {
    batches[c.name(b.partition)].push_back(json{{"records", b.count()},
                                                {"size_bytes", b.wire_bytes()},
                                                {"write_limit", b.write_limit},
                                                {"full", b.full()},
                                                {"attempts", b.attempts},
                                                {"waited_us", (now - b.last_attempt_at).us}});
  });
  for (const auto& [id, requests] : producer.network().in_flight_by_node())
    if (id >= 0) in_flight[std::to_string(id)] = requests;  // the others are bootstrap servers
  if (const client::PendingSend* send = producer.blocked_send())
    blocked = {{"on", send->for_memory ? "memory" : "metadata"},
               {"topic", send->topic.empty() ? producer.options().topic : send->topic},
               {"partition", send->partition ? json(*send->partition) : json(nullptr)},
               {"since_us", (send->deadline - producer.max_block()).us},
               {"until_us", send->deadline.us}};
  return {{"buffer_total_bytes", producer.accumulator().options().buffer_memory},
          {"buffer_available_bytes", producer.accumulator().free_memory()},
          {"batches", std::move(batches)},
          {"in_flight_requests", std::move(in_flight)},
          {"blocked", std::move(blocked)}};
}

/// The TransactionManager of a running producer with a transactional.id.
json transaction(const cluster::Cluster& c, const client::TransactionManager& t) {
  json partitions = json::array();
  for (const TopicPartition p : t.partitions()) partitions.push_back(c.name(p));
  return {{"state", client::to_string(t.state())},
          {"producer_id", t.producer().id},
          {"producer_epoch", t.producer().epoch},
          {"partitions", std::move(partitions)}};
}

/// SubscriptionState of a consumer, and its prefetched records.
json subscription(const cluster::Cluster& c, const client::Consumer& consumer) {
  json rows = json::object();
  const auto buffered = consumer.fetcher().buffered_records(consumer.subscriptions());
  for (const auto& [p, a] : consumer.subscriptions().assigned) {
    const auto* log = a.has_position() ? c.leader_log(p) : nullptr;
    const auto at = buffered.find(p);
    json row = {{"fetch_state", client::name(a.state)},
                {"paused", a.paused},
                {"buffered", at == buffered.end() ? 0 : at->second}};
    row["lag"] = row["stable_lag"] = row["log_end_lag"] = nullptr;
    row["position"] = a.has_position() ? json(a.position.offset.value) : json(nullptr);
    row["committed"] = a.committed.known() ? json(a.committed.value) : json(nullptr);
    if (log != nullptr) {
      const Lags lags = lags_of(*log, a.position.offset);
      row["lag"] = lags.to_high_watermark;
      row["log_end_lag"] = lags.to_log_end;
      if (consumer.fetcher().read_committed()) row["stable_lag"] = lags.to_last_stable;
    }
    rows[c.name(p)] = std::move(row);
  }
  return rows;
}

/// A share consumer's records of each partition.
json subscription(const cluster::Cluster& c, const client::ShareConsumer& sharer) {
  auto held = sharer.held();
  for (TopicPartition p : sharer.membership().assignment()) held.try_emplace(p);
  json rows = json::object();
  for (const auto& [p, h] : held) {
    const broker::ShareEntry* share = share_partition(c, sharer.membership().group_id(), p);
    std::int64_t acquired = 0;
    if (share != nullptr)
      for (const broker::SharePartition::Record& r : share->partition.window())
        acquired += r.state == broker::RecordState::Acquired && r.member >= 0 &&
                    share->partition.members()[static_cast<std::size_t>(r.member)] == sharer.membership().member_id();
    rows[c.name(p)] = {{"acquired", acquired},
                       {"buffered", h.buffered},
                       {"in_hand", h.in_hand},
                       {"to_acknowledge", h.to_acknowledge},
                       {"acknowledging", h.acknowledging}};
  }
  return rows;
}

}  // namespace

json clients_section(const Moment& m, const std::string& only, const std::string& part) {
  const auto wanted = [&](std::string_view name) { return part.empty() || part == name; };
  const cluster::Cluster& c = m.cluster;
  json clients = json::object();
  for (std::size_t i = 0; i < c.nodes().size(); ++i) {
    const sim::NodeId node{static_cast<std::int32_t>(i)};
    const cluster::NodeInfo& info = c.info(node);
    if (info.client < 0 || (!only.empty() && info.name != only)) continue;
    json v = {{"state", name(node_state(c, node))},
              {"exception", nullptr},
              {"fatal", nullptr},
              {"in_flight", 0},
              {"waiting", 0},
              {"assignment", json::array()},
              {"positions", json::object()},
              {"committed", json::object()}};
    v["kind"] = kind_word(c.spec().clients[static_cast<std::size_t>(info.client)].kind);
    v["belief"] = {{"age_us", nullptr}, {"partitions", json::object()}};
    v["accumulator"] = nullptr;
    v["subscription"] = json::object();
    v["fetching"] = json::array();
    const auto* producer = c.role<client::Producer>(node);
    const auto* consumer = c.role<client::Consumer>(node);
    if (producer != nullptr) {
      put_stats(m, node, v, producer->stats());
      v["in_flight"] = producer->in_flight();
      v["waiting"] = producer->waiting();
      if (wanted("belief")) v["belief"] = belief(m, producer->metadata());
      v["throttled"] = throttled(producer->network());
      if (wanted("accumulator") && c.alive(node)) v["accumulator"] = accumulator(c, *producer);
      if (c.alive(node) && producer->transactions().failed_for_good())
        v["fatal"] = std::string(protocol::name(producer->transactions().fatal_error));
      if (c.alive(node) && producer->transactions().transactional() && wanted("transaction"))
        v["transaction"] = transaction(c, producer->transactions());
    }
    if (consumer != nullptr) {
      const json made = producer == nullptr ? json() : v;
      put_stats(m, node, v, consumer->stats());
      v["in_flight"] = consumer->in_flight();
      v["waiting"] = consumer->waiting();
      if (producer != nullptr) {  // a transform: its producer's writes, its consumer's reads, the errors of both
        for (const char* count : {"sent", "acked", "failed"}) v[count] = made[count];
        for (const auto& [name, count] : made["errors"].items())
          v["errors"][name] = v["errors"].value(name, std::int64_t{0}) + count.get<std::int64_t>();
        const json &read = v["exception"], &written = made["exception"];
        if (read.is_null() || (!written.is_null() && written["at_us"] > read["at_us"])) v["exception"] = written;
        for (const char* count : {"in_flight", "waiting"})
          v[count] = v[count].get<std::int64_t>() + made[count].get<std::int64_t>();
      }
      for (TopicPartition p : consumer->assignment()) v["assignment"].push_back(c.name(p));
      v["positions"] = offsets_by_name(c, consumer->positions());
      v["committed"] = offsets_by_name(c, consumer->committed());
      if (wanted("subscription")) v["subscription"] = subscription(c, *consumer);
      for (const client::ClientNodeId id : consumer->fetcher().fetching()) v["fetching"].push_back(id);
      if (wanted("belief")) v["belief"] = belief(m, consumer->metadata());
      v["throttled"] = throttled(consumer->network());
      if (producer != nullptr)
        for (const auto& [name, count] : made["throttled"].items())
          v["throttled"][name] = v["throttled"][name].get<std::int64_t>() + count.get<std::int64_t>();
    }
    if (const auto* admin = c.role<client::Admin>(node)) {
      put_stats(m, node, v, admin->stats());
      v["waiting"] = admin->waiting();
    } else if (const auto* sharer = c.role<client::ShareConsumer>(node)) {
      put_stats(m, node, v, sharer->stats());
      v["in_flight"] = sharer->in_flight();
      v["waiting"] = sharer->waiting();
      if (wanted("subscription")) v["subscription"] = subscription(c, *sharer);
      for (TopicPartition p : sharer->membership().assignment()) v["assignment"].push_back(c.name(p));
      if (wanted("belief")) v["belief"] = belief(m, sharer->metadata());
      v["throttled"] = throttled(sharer->network());
    } else if (const auto* queue = c.role<client::MessageQueue>(node)) {
      put_stats(m, node, v, queue->stats());
      v["in_flight"] = queue->in_flight();
      v["waiting"] = queue->waiting();
    } else if (const auto* sender = c.role<client::QueueSender>(node)) {
      put_stats(m, node, v, sender->stats());
      v["in_flight"] = sender->in_flight();
    } else if (const auto* reader = c.role<client::QueueReader>(node)) {
      put_stats(m, node, v, reader->stats());
      v["waiting"] = reader->waiting();
    } else if (const auto* service = c.role<client::Service>(node)) {
      put_stats(m, node, v, service->stats());
      v["in_flight"] = service->in_flight();
      v["waiting"] = service->waiting();
    }
    v["records_per_s"] = m.observation.records_per_s(node, c.now());
    clients[info.name] = std::move(v);
  }
  return clients;
}

json sinks_section(const Moment& m, const std::string& only) {
  json sinks = json::object();
  for (const cluster::ClientSpec& client : m.cluster.spec().clients) {
    if (!client.sink || (!only.empty() && client.sink->name != only)) continue;
    const auto& tables = m.observation.sinks().tables();
    const auto at = tables.find(client.sink->name);
    const SinkTable table = at == tables.end() ? SinkTable{} : at->second;
    sinks[client.sink->name] = {
        {"rows", table.rows}, {"distinct", table.seen.size()}, {"repeated", table.repeated()}, {"sum", table.sum}};
  }
  return sinks;
}

}  // namespace kafkascope::observe
