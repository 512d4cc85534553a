// kafka-configs --describe. Kafka: ConfigCommand, ConfigHelper, DynamicBrokerConfig.brokerConfigSynonyms, ServerTopicConfigSynonyms.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "observe/tools/request.h"

namespace kafkascope::observe::tools {

namespace {

using protocol::ConfigDefinition;
namespace scope = protocol::config_scope;
using Texts = std::map<std::string, std::string>;

/// The server's keys that provide a topic key's value, highest precedence first; empty: none does.
std::vector<std::string_view> server_keys_of(std::string_view topic_key, const ConfigDefinition& d) {
  if (topic_key == "segment.ms") return {"log.roll.ms", "log.roll.hours"};
  if (topic_key == "segment.jitter.ms") return {"log.roll.jitter.ms", "log.roll.jitter.hours"};
  if (topic_key == "retention.ms") return {"log.retention.ms", "log.retention.minutes", "log.retention.hours"};
  if (topic_key == "flush.ms") return {"log.flush.interval.ms", "log.flush.scheduler.interval.ms"};
  if (!d.server_name.empty()) return {d.server_name};
  if ((d.scopes & scope::kBroker) != 0) return {d.name};
  return {};
}
/// The same for a server's key.
std::vector<std::string_view> keys_with(std::string_view key) {
  constexpr std::pair<std::string_view, std::string_view> kFamilies[] = {
      {"log.roll.ms", "segment.ms"}, {"log.roll.jitter.ms", "segment.jitter.ms"}, {"log.retention.ms", "retention.ms"}};
  for (const auto& [first, topic_key] : kFamilies)
    if (key == first) return server_keys_of(topic_key, {});
  return {key};
}

/// Where the value of these keys comes from on that broker. Kafka: DynamicBrokerConfig, ConfigHelper.configSynonyms.
std::vector<ConfigSynonym> synonyms_of(const broker::Broker& b, const std::vector<std::string_view>& keys) {
  std::vector<ConfigSynonym> found;
  if (keys.empty()) return found;
  const Texts &own = b.image().config("broker:" + std::to_string(b.id())), &of_all = b.image().config("broker:");
  const protocol::Config& file = b.options().config;
  const auto from = [&](const Texts& texts, const char* source) {
    for (const std::string_view key : keys)
      if (const auto it = texts.find(std::string(key)); it != texts.end())
        found.push_back({source, it->first, it->second});
  };
  from(own, "DYNAMIC_BROKER_CONFIG");
  from(of_all, "DYNAMIC_DEFAULT_BROKER_CONFIG");
  for (const std::string_view key : keys)
    if (file.explicitly(key)) found.push_back({"STATIC_BROKER_CONFIG", std::string(key), file.text(key)});
  for (const std::string_view key : keys) {
    const ConfigDefinition* d = protocol::find_config(key, scope::kServer, file.version());
    if (d == nullptr || d->default_for(file.version()) == protocol::kConfigNull) continue;
    found.push_back({"DEFAULT_CONFIG", std::string(key), std::string(d->default_for(file.version()))});
  }
  const auto first =
      std::find_if(found.begin(), found.end(), [&](const ConfigSynonym& s) { return s.name == keys[0]; });
  found.erase(found.begin(), first);
  return found;
}

protocol::Config config_of(const broker::Broker& b) {
  protocol::Config config = b.options().config;
  config.overlay(scope::kBroker, b.image().config("broker:"));
  config.overlay(scope::kBroker, b.image().config("broker:" + std::to_string(b.id())));
  return config;
}

/// Double.toString.
std::string java_double(double value) {
  if (value == std::floor(value) && std::abs(value) < 1e7) return fmt::format("{:.1f}", value);
  if (std::abs(value) >= 1e-3 && std::abs(value) < 1e7) return fmt::format("{}", value);
  std::string text = fmt::format("{:e}", value);
  const std::size_t e = text.find('e');
  std::string digits = text.substr(0, e);
  while (digits.back() == '0' && digits[digits.size() - 2] != '.') digits.pop_back();
  return fmt::format("{}E{}", digits, std::stoi(text.substr(e + 1)));
}

void print_entries(const std::vector<ConfigEntry>& entries, std::string_view source, Answer& answer) {
  for (const ConfigEntry& e : entries) {
    if (!source.empty() && e.source() != source) continue;
    std::vector<std::string> synonyms;
    for (const ConfigSynonym& s : e.synonyms) synonyms.push_back(fmt::format("{}:{}={}", s.source, s.name, s.value));
    answer.print(fmt::format("  {}={} sensitive=false synonyms={{{}}}\n", e.name, e.value, fmt::join(synonyms, ", ")));
  }
}

void print_missing(std::string_view type, const std::string& name, Answer& answer) {
  answer.print(fmt::format("The {} '{}' doesn't exist and doesn't have dynamic config.\n",
                           type.substr(0, type.size() - 1), name));
}

void describe_topics(const Request& r, const std::string& name, Answer& answer) {
  const bool all = r.has("--all");
  std::vector<std::string> names;
  for (const auto* t : r.topics()) names.push_back(t->name);
  if (!name.empty()) {
    if (std::find(names.begin(), names.end(), name) == names.end()) return print_missing("topics", name, answer);
    names = {name};
  }
  for (const std::string& topic : name.empty() ? as_hashed(names) : names) {
    answer.print(fmt::format("{} configs for topic {} are:\n", all ? "All" : "Dynamic", topic));
    print_entries(topic_configs(*r.asked(), topic), all ? "" : "DYNAMIC_TOPIC_CONFIG", answer);
  }
}

void describe_brokers(const Request& r, const std::string& name, Answer& answer) {
  const bool all = r.has("--all"), only_default = r.has("--entity-default");
  std::vector<BrokerId> ids = r.live_brokers();
  if (!name.empty()) {
    const auto id = std::find_if(ids.begin(), ids.end(), [&](BrokerId b) { return std::to_string(b) == name; });
    if (id == ids.end()) return print_missing("brokers", name, answer);
    ids = {*id};
  }
  if (only_default) ids.clear();
  for (const BrokerId id : ids) {
    answer.print(fmt::format("{} configs for broker {} are:\n", all ? "All" : "Dynamic", id));
    const broker::Broker* b = r.reach(id);  // each broker is asked about itself
    if (b == nullptr) {
      answer.complain("java.util.concurrent.TimeoutException\n");
      answer.status = 1;
      return;
    }
    print_entries(broker_configs(*b, false), all ? "" : "DYNAMIC_BROKER_CONFIG", answer);
  }
  if (!name.empty()) return;
  answer.print("Default configs for brokers in the cluster are:\n");
  print_entries(broker_configs(*r.asked(), true), "", answer);
}

void describe_groups(const Request& r, const std::string& name, Answer& answer) {
  std::vector<std::string> names;
  for (const BrokerId id : r.live_brokers())
    if (const broker::Broker* b = r.reach(id)) {
      for (const auto* g : b->coordinator().groups()) names.push_back(g->group_id());
      for (const auto* g : b->coordinator().consumer_groups()) names.push_back(g->group_id());
      for (const auto* g : b->coordinator().share_groups()) names.push_back(g->group_id());
    }
  std::sort(names.begin(), names.end());
  if (!name.empty()) {
    if (std::find(names.begin(), names.end(), name) == names.end() && r.metadata().config("group:" + name).empty())
      return print_missing("groups", name, answer);
    names = {name};
  }
  for (const std::string& group : names) {
    answer.print("Dynamic configs for group " + group + " are:\n");
    std::vector<ConfigEntry> entries;
    for (const auto& [key, value] : r.metadata().config("group:" + group))
      entries.push_back({key, value, {{"DYNAMIC_GROUP_CONFIG", key, value}}});
    print_entries(entries, "", answer);
  }
}

void describe_quotas(const Request& r, std::string_view type, const std::string& name, Answer& answer) {
  const std::string_view family = type == "users" ? "user:" : "client-id:",
                         called = type == "users" ? "user-principal" : "client-id";
  for (const auto& [entity, limits] : r.metadata().quotas()) {
    if (!entity.starts_with(family)) continue;
    const std::string who = entity.substr(family.size());
    const bool of_all = who == protocol::kDefaultEntity;
    if ((!name.empty() && who != name) || (r.has("--entity-default") && !of_all)) continue;
    std::vector<std::string> parts;
    for (const auto& [key, ppm] : limits) parts.push_back(key + "=" + java_double(static_cast<double>(ppm) / 1e6));
    if (parts.empty()) continue;
    answer.print(fmt::format("Quota configs for {} are {}\n",
                             of_all ? fmt::format("the default {}", called) : fmt::format("{} '{}'", called, who),
                             fmt::join(parts, ", ")));
  }
}

}  // namespace

std::vector<ConfigEntry> topic_configs(const broker::Broker& b, const std::string& topic) {
  const Texts& own = b.image().config("topic:" + topic);
  const protocol::KafkaVersion version = b.options().config.version();
  protocol::Config config(scope::kTopic, version);
  config.overlay(scope::kTopic, own);
  config = config.topic_over(config_of(b));
  std::vector<ConfigEntry> entries;
  for (const ConfigDefinition& d : protocol::config_definitions()) {
    if ((d.scopes & scope::kTopic) == 0 || !d.known_in(version)) continue;
    ConfigEntry e{std::string(d.name), config.text(d.name), synonyms_of(b, server_keys_of(d.name, d))};
    if (const auto it = own.find(e.name); it != own.end())
      e.synonyms.insert(e.synonyms.begin(), {"DYNAMIC_TOPIC_CONFIG", e.name, it->second});
    entries.push_back(std::move(e));
  }
  std::sort(entries.begin(), entries.end(), [](const auto& x, const auto& y) { return x.name < y.name; });
  entries.erase(
      std::unique(entries.begin(), entries.end(), [](const auto& x, const auto& y) { return x.name == y.name; }),
      entries.end());
  return entries;
}

/// Settings that every broker's file has about its own process, and that no scenario has to state: the id, the
/// directories, the quorum or the ensemble and, in KRaft, the role. Kafka: KafkaConfig.populateSynonyms gives broker.id
/// and node.id the same value.
std::string said_of_process(const broker::Broker& b, std::string_view key) {
  if (key == "node.id" || key == "broker.id") return std::to_string(b.id());
  if (key == "process.roles") return "broker";
  if (key == "broker.rack") return b.options().rack;
  std::vector<std::string> list;
  if (key == "controller.quorum.voters")
    for (const raft::Voter& voter : b.options().voters)
      list.push_back(fmt::format("{}@{}:{}", voter.id, cluster::controller_name(voter.id - cluster::kFirstControllerId),
                                 kControllerPort));
  if (key == "zookeeper.connect")
    for (std::size_t i = 0; i < b.options().zookeepers.size(); ++i)
      list.push_back(cluster::zookeeper_name(static_cast<int>(i)) + ":2181");
  // A single directory is the default of log.dir; only several are listed.
  if (key == "log.dirs" && b.log_dirs().size() > 1)
    for (std::int32_t dir = 0; dir < b.log_dirs().size(); ++dir) list.push_back(path_of_dir(dir));
  return fmt::format("{}", fmt::join(list, ","));
}

std::vector<ConfigEntry> broker_configs(const broker::Broker& b, bool defaults) {
  std::vector<ConfigEntry> entries;
  if (defaults) {
    for (const auto& [key, value] : b.image().config("broker:"))
      entries.push_back({key, value, {{"DYNAMIC_DEFAULT_BROKER_CONFIG", key, value}}});
    return entries;
  }
  const protocol::Config config = config_of(b);
  for (const ConfigDefinition& d : protocol::config_definitions()) {
    if ((d.scopes & scope::kBroker) == 0 || !d.known_in(config.version())) continue;
    const std::string value = config.is_null(d.name) ? "null" : config.text(d.name);
    ConfigEntry entry{std::string(d.name), value, synonyms_of(b, keys_with(d.name))};
    if (const std::string said = said_of_process(b, d.name); !said.empty() && !b.options().config.explicitly(d.name)) {
      entry.value = said;
      entry.synonyms.insert(entry.synonyms.begin(), {"STATIC_BROKER_CONFIG", entry.name, said});
    }
    // Since 3.0 the default is in the definition (KafkaConfig.LISTENERS_DEFAULT).
    if (d.name == "listeners" && entry.value == "null" && config.version() != protocol::KafkaVersion::V2_5) {
      entry.value = fmt::format("PLAINTEXT://:{}", kBrokerPort);
      entry.synonyms.push_back({"DEFAULT_CONFIG", entry.name, entry.value});
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

void ask_configs(const Request& r, Answer& answer) {
  if (r.asked() == nullptr) {
    answer.complain("Error while executing config command with args\n" +
                    std::string("java.util.concurrent.ExecutionException: ") + std::string(kTimeoutException) +
                    no_node(r, "listTopics", kApiTimeoutMs) + "\n");
    answer.status = 1;
    return;
  }
  std::string type = r.value("--entity-type"), name = r.value("--entity-name");
  // The shorter spelling: --topic orders.
  constexpr std::pair<std::string_view, std::string_view> kShort[] = {{"--topic", "topics"},
                                                                      {"--broker", "brokers"},
                                                                      {"--group", "groups"},
                                                                      {"--user", "users"},
                                                                      {"--client", "clients"}};
  for (const auto& [option, means] : kShort)
    if (r.has(option)) type = means, name = r.value(option);
  if (type == "topics") return describe_topics(r, name, answer);
  if (type == "brokers") return describe_brokers(r, name, answer);
  if (type == "groups") return describe_groups(r, name, answer);
  describe_quotas(r, type, name, answer);
}

}  // namespace kafkascope::observe::tools
