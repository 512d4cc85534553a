// /clients.
#include <nlohmann/json.hpp>

#include "observe/state_sections.h"

namespace kafkascope::observe {

using nlohmann::json;

namespace {

json belief(const Moment& m, const client::MetadataCache& metadata) {
  json partitions = json::object();
  for (const auto& [name, topic] : metadata.topics()) {
    for (std::size_t p = 0; p < topic.partitions.size(); ++p) {
      const client::BelievedPartition& b = topic.partitions[p];
      partitions[name + "-" + std::to_string(p)] = {{"leader", b.leader < 0 ? json(nullptr) : json(b.leader)}, {"leader_epoch", b.leader_epoch.value}};
    }
  }
  const sim::Instant last = metadata.last_success();
  return {{"age_us", last.us < 0 ? json(nullptr) : json((m.cluster.world().now() - last).us)}, {"partitions", std::move(partitions)}};
}

void put_stats(json& c, const client::ClientStats& stats) {
  c["sent"] = stats.sent;
  c["acked"] = stats.acked;
  c["failed"] = stats.failed;
  c["received"] = stats.received;
  c["processed"] = stats.processed;
  json errors = json::object();
  for (const auto& [name, count] : stats.errors) errors[name] = count;
  c["errors"] = std::move(errors);
  c["latency_us"] = {{"p50", stats.latency.percentile(500)}, {"p99", stats.latency.percentile(990)}, {"max", stats.latency.max()}};
}

template <class Offsets>
json offsets_by_name(const cluster::Cluster& c, const Offsets& offsets) {
  json result = json::object();
  for (const auto& [p, offset] : offsets) result[c.name(p)] = offset.value;
  return result;
}

}  // namespace

json clients_section(const Moment& m, const std::string& only) {
  const cluster::Cluster& c = m.cluster;
  json clients = json::object();
  for (std::size_t i = 0; i < c.nodes().size(); ++i) {
    const sim::NodeId node{static_cast<std::int32_t>(i)};
    const cluster::NodeInfo& info = c.info(node);
    if (info.client < 0 || (!only.empty() && info.name != only)) continue;
    json v = {{"state", state_word(c, node)}, {"in_flight", 0}, {"waiting", 0}, {"assignment", json::array()}, {"positions", json::object()}, {"committed", json::object()}};
    if (const auto* producer = c.role<client::Producer>(node)) {
      v["kind"] = "producer";
      put_stats(v, producer->stats());
      v["in_flight"] = producer->in_flight();
      v["waiting"] = producer->waiting();
      v["belief"] = belief(m, producer->metadata());
    } else if (const auto* consumer = c.role<client::Consumer>(node)) {
      v["kind"] = "consumer";
      put_stats(v, consumer->stats());
      v["in_flight"] = consumer->in_flight();
      v["waiting"] = consumer->waiting();
      for (TopicPartition p : consumer->assignment()) v["assignment"].push_back(c.name(p));
      v["positions"] = offsets_by_name(c, consumer->positions());
      v["committed"] = offsets_by_name(c, consumer->committed());
      v["belief"] = belief(m, consumer->metadata());
    } else if (const auto* admin = c.role<client::Admin>(node)) {
      v["kind"] = "admin";
      put_stats(v, admin->stats());
      v["waiting"] = admin->waiting();
      v["belief"] = {{"age_us", nullptr}, {"partitions", json::object()}};
    }
    v["records_per_s"] = m.observation.records_per_s(node, c.world().now());
    clients[info.name] = std::move(v);
  }
  return clients;
}

}  // namespace kafkascope::observe
