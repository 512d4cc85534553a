#include "app/dial.h"

#include <fmt/format.h>

#include <algorithm>

#include "cluster/cluster.h"
#include "protocol/config.h"

namespace kafkascope::app {

namespace {

/// 1, 2, 5, 10 … within a factor of `span` of the value, and the value itself.
std::vector<std::int64_t> around(std::int64_t value, std::int64_t span) {
  constexpr std::int64_t kMost = 1'000'000'000'000'000;
  const std::int64_t middle = std::clamp<std::int64_t>(value, 10, kMost / span);
  std::vector<std::int64_t> all{value};
  for (std::int64_t power = 1; power <= middle * span; power *= 10)
    for (const std::int64_t one : {power, power * 2, power * 5})
      if (one >= middle / span && one <= middle * span) all.push_back(one);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

/// `copies`: as many replicas as there can be, where the setting counts replicas.
std::vector<std::string> stops_of(const protocol::ConfigDefinition& key, const std::string& value,
                                  std::int64_t copies) {
  constexpr std::int64_t kSpan = 100;
  std::vector<std::string> stops;
  const auto add = [&](const std::string& text) {
    if (protocol::parse_config_value(key, text) && std::find(stops.begin(), stops.end(), text) == stops.end())
      stops.push_back(text);
  };
  if (key.name == "acks") return {"0", "1", "all"};
  if (key.type == protocol::ConfigType::Boolean) return {"false", "true"};
  if (key.type == protocol::ConfigType::Enum) {
    for (std::size_t from = 0; from < key.values.size();) {
      const std::size_t end = std::min(key.values.find(',', from), key.values.size());
      add(std::string(key.values.substr(from, end - from)));
      from = end + 1;
    }
  } else if (const auto number = protocol::parse_whole_number(value);
             number && key.unit == protocol::ConfigUnit::Replicas) {
    constexpr std::int64_t kLeast = 2;  // with one stop there would be nothing to compare
    for (std::int64_t n = 1; n <= std::max(copies, kLeast); ++n) add(std::to_string(n));
    add(value);
  } else if (number) {
    add("0");
    for (const std::int64_t n : around(*number, kSpan)) add(std::to_string(n));
  }
  return stops;
}

/// Replicas of the topic's partition that has the most.
std::int64_t replication_factor(const cluster::TopicSpec& topic) {
  std::size_t most = topic.assignments.empty() ? static_cast<std::size_t>(topic.replication_factor) : 0;
  for (const auto& [partition, replicas] : topic.assignments) most = std::max(most, replicas.size());
  return static_cast<std::int64_t>(most);
}

}  // namespace

std::optional<Dial> dial_for(const Run& run, const std::string& target, const std::string& key,
                             const std::string& value) {
  using namespace protocol;
  const cluster::Cluster& cluster = run.session().cluster();
  const cluster::ClusterSpec& spec = cluster.spec();
  const auto brokers = static_cast<std::int64_t>(spec.brokers.size());
  Dial dial;
  dial.name = target + " " + key;
  if (const sim::NodeId node = cluster.find(target); node.valid() && cluster.info(node).client >= 0) {
    const cluster::ClientSpec& client = spec.clients[static_cast<std::size_t>(cluster.info(node).client)];
    if (key == "rate") {
      constexpr std::int64_t kMillion = 1'000'000, kSpan = 20;
      if (!client.rate || client.rate->millionths_per_second < kMillion) return std::nullopt;
      dial.path = "clients/" + target + "/rate";
      dial.value = fmt::format("{}/s", client.rate->millionths_per_second / kMillion);
      for (const std::int64_t n : around(client.rate->millionths_per_second / kMillion, kSpan))
        dial.stops.push_back(fmt::format("{}/s", n));
    } else {
      dial.path = "clients/" + target + "/config/" + key;
      const ConfigDefinition* known = find_config(key, client.config.scopes(), spec.kafka);
      if (known == nullptr) return std::nullopt;
      dial.value = client.config.text(key);
      dial.stops = stops_of(*known, dial.value, brokers);
    }
  } else if (node.valid()) {
    // A setting of a broker or a controller is changed for the whole cluster, as in a deployment.
    const ConfigDefinition* known = find_config(key, config_scope::kServer, spec.kafka);
    if (known == nullptr) return std::nullopt;
    dial.name = key;
    dial.path = "cluster/config/" + key;
    dial.value = spec.config.text(key);
    dial.stops = stops_of(*known, dial.value, brokers);
  } else {
    const auto partition = cluster::parse_partition_name(target);
    const std::string topic = partition ? partition->topic : target;
    const ConfigDefinition* known = find_config(key, config_scope::kTopic, spec.kafka);
    const auto declared = std::find_if(spec.topics.begin(), spec.topics.end(),
                                       [&](const cluster::TopicSpec& t) { return t.name == topic; });
    if (known == nullptr || declared == spec.topics.end()) return std::nullopt;
    dial.name = topic + " " + key;
    dial.path = "topics/" + topic + "/config/" + key;
    dial.value = declared->config.explicitly(key) ? declared->config.text(key)
                 : known->server_name.empty()     ? declared->config.text(key)
                                                  : spec.config.text(known->server_name);
    dial.stops = stops_of(*known, dial.value, replication_factor(*declared));
  }
  const auto find = [&](const std::string& text) { return std::find(dial.stops.begin(), dial.stops.end(), text); };
  if (!value.empty() && find(value) == dial.stops.end())
    dial.stops.push_back(value);  // a typed text, or a number between stops
  if (dial.stops.empty()) return std::nullopt;
  const auto number = [](const std::string& text) {
    return parse_whole_number(text.ends_with("/s") ? text.substr(0, text.size() - 2) : text);
  };
  if (std::all_of(dial.stops.begin(), dial.stops.end(), [&](const std::string& s) { return number(s).has_value(); }))
    std::sort(dial.stops.begin(), dial.stops.end(),
              [&](const std::string& a, const std::string& b) { return *number(a) < *number(b); });
  const auto own = find(dial.value);
  const auto here = static_cast<std::size_t>(own == dial.stops.end() ? 0 : own - dial.stops.begin());
  dial.at = !value.empty() && value != dial.value ? static_cast<std::size_t>(find(value) - dial.stops.begin())
            : own == dial.stops.end()             ? 0
            : here + 1 < dial.stops.size()        ? here + 1
            : here > 0                            ? here - 1
                                                  : here;
  return dial;
}

}  // namespace kafkascope::app
