#include "controller/kraft/configuration_control.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "controller/kraft/settings.h"
#include "protocol/config_refusal.h"

namespace kafkascope::controller {

using protocol::AlterableConfig;
using protocol::ErrorCode;
using protocol::TopicImage;

namespace {

constexpr std::string_view kTopicPrefix = "topic:", kBrokerPrefix = "broker:", kGroupPrefix = "group:";
constexpr std::string_view kMinInsyncReplicas = "min.insync.replicas";

/// Kafka: DynamicThreadPool.validateReconfiguration. Returns the text of the ConfigException that wraps it
/// (DynamicBrokerConfig), or "" if the value is valid. Simplified: the controller does not know a broker's own file, so
/// it uses the cluster's values.
std::string beyond_double_or_half(const protocol::MetadataImage& image, const protocol::Config& config,
                                  const AlterableConfig& c, const std::string& asked) {
  if (c.name != "num.io.threads" && c.name != "num.replica.fetchers") return "";
  if (c.resource == kBrokerPrefix && image.config(asked).contains(c.name))
    return "";  // the cluster-wide change does
                // not affect this broker
  const auto value_in = [&](std::string_view resource) -> std::optional<std::int64_t> {
    const auto& values = image.config(resource);
    const auto it = values.find(c.name);
    return it == values.end() ? std::nullopt : std::optional(std::stoll(it->second));
  };
  const std::int64_t of_all = value_in(kBrokerPrefix).value_or(config.number(c.name)),
                     own = c.resource == kBrokerPrefix ? of_all : value_in(c.resource).value_or(of_all);
  const std::int64_t next = !c.remove                     ? std::stoll(c.value)
                            : c.resource == kBrokerPrefix ? config.number(c.name)
                                                          : of_all;
  const auto failed = [&](const std::string& rule) {
    return "Invalid value org.apache.kafka.common.config.ConfigException: Dynamic thread count update validation failed for " +
           c.name + "=" + std::to_string(next) + ", value should " + rule +
           " for configuration Invalid dynamic configuration";
  };
  if (next < 1)  // num.io.threads has a lower bound in ConfigDef
    return c.name == "num.replica.fetchers" ? failed("be at least 1") : "";
  if (next < own / 2) return failed("be at least half the current value " + std::to_string(own));
  if (next > own * 2) return failed("not be greater than double the current value " + std::to_string(own));
  return "";
}

/// A broker's objection to a value that its ConfigDef accepts, from KafkaConfig.validateValues and the thread pools;
/// "" if none.
std::string beyond_what_a_broker_takes(const protocol::MetadataImage& image, const protocol::Config& config,
                                       const AlterableConfig& c, const std::string& asked) {
  const std::optional<std::int64_t> number = c.remove ? std::nullopt : protocol::parse_whole_number(c.value);
  const std::int64_t n = number.value_or(1);
  if (!by_2_5(config)) {
    if (c.name == "log.roll.ms" && n < 1) return "requirement failed: log.roll.ms must be greater than or equal to 1";
    if (c.name == "log.roll.jitter.ms" && n < 0)
      return "requirement failed: log.roll.jitter.ms must be greater than or equal to 0";
    if (c.name == "log.retention.ms" && n == 0)
      return "requirement failed: log.retention.ms must be unlimited (-1) or, greater than or equal to 1";
  }
  if (c.name == "log.cleaner.dedupe.buffer.size" && number &&
      !protocol::is_enough_for_cleaners(n, config.number("log.cleaner.threads")))
    return "requirement failed: log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.";
  const bool fits = number && *number == static_cast<std::int32_t>(*number);  // otherwise ConfigDef refuses it
  return c.remove || fits ? beyond_double_or_half(image, config, c, asked) : "";
}

/// 2.5 names the resource in the message. Kafka: AdminManager.incrementalAlterConfigs.
std::string of_resource(const protocol::Config& config, const std::string& resource, const std::string& message) {
  if (!by_2_5(config)) return message;
  const std::size_t colon = resource.find(':');
  return "Invalid config value for resource ConfigResource(type=" +
         std::string(resource.starts_with(kTopicPrefix) ? "TOPIC" : "BROKER") + ", name='" +
         resource.substr(colon + 1) + "'): " + message;
}

/// The resource's values after the change.
std::map<std::string, std::string> values_after(const protocol::MetadataImage& image, const std::string& resource,
                                                const std::vector<AlterableConfig>& changes) {
  std::map<std::string, std::string> after = image.config(resource);
  for (const AlterableConfig& c : changes) {
    if (c.resource != resource) continue;
    if (c.remove) after.erase(c.name);
    else after.insert_or_assign(c.name, c.value);
  }
  return after;
}

/// The text of a conflict among the topic's values, "" if there is none.
std::string topic_conflict(const protocol::MetadataImage& image, const protocol::Config& config,
                           const std::string& resource, const std::vector<AlterableConfig>& changes) {
  protocol::Config all(protocol::config_scope::kTopic, config.version());
  all.overlay(protocol::config_scope::kTopic, values_after(image, resource, changes));
  return all.topic_conflict(config);
}

/// Kafka: GroupConfig.validate, for the group's values, or else the defaults. "": valid. Simplified: no streams groups.
std::string group_refusal(const protocol::MetadataImage& image, const protocol::Config& config,
                          const std::string& resource, const std::vector<AlterableConfig>& changes) {
  protocol::Config all(protocol::config_scope::kGroup, config.version());
  all.overlay(protocol::config_scope::kGroup, values_after(image, resource, changes));
  for (const std::string key :
       {"consumer.heartbeat.interval.ms", "consumer.session.timeout.ms", "share.heartbeat.interval.ms",
        "share.session.timeout.ms", "share.record.lock.duration.ms"}) {
    const std::size_t dot = key.find('.');
    const std::string kind = "group." + key.substr(0, dot), rest = key.substr(dot), least = kind + ".min" + rest,
                      most = kind + ".max" + rest;
    if (all.number(key) < config.number(least)) return key + " must be greater than or equal to " + least;
    if (all.number(key) > config.number(most)) return key + " must be less than or equal to " + most;
  }
  for (const std::string kind : {"consumer", "share"}) {
    const std::string session = kind + ".session.timeout.ms", interval = kind + ".heartbeat.interval.ms";
    if (all.number(session) <= all.number(interval)) return session + " must be greater than " + interval;
  }
  return "";
}

/// Checks that the resource and the key exist, that the key may change while the server runs, and that the value is
/// valid.
ErrorCode check(const protocol::MetadataImage& image, const protocol::Config& config, const AlterableConfig& c,
                const std::string& asked, std::string& message) {
  namespace s = protocol::config_scope;
  const bool topic = c.resource.starts_with(kTopicPrefix), group = c.resource.starts_with(kGroupPrefix);
  if (topic) {
    const std::string name = c.resource.substr(kTopicPrefix.size());
    if (image.topic_id(name) == protocol::kNoTopic) {
      message = "The topic '" + name + "' does not exist.";
      return ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
    }
  } else if (!group && !c.resource.starts_with(kBrokerPrefix)) {
    message = "Unknown resource " + c.resource;
    return ErrorCode::INVALID_REQUEST;
  }
  const protocol::ConfigDefinition* row = protocol::find_config(c.name,
                                                                topic   ? s::kTopic
                                                                : group ? s::kGroup
                                                                        : s::kServer,
                                                                config.version());
  if (row == nullptr) {
    message = (topic   ? "Unknown topic config name: "
               : group ? "Unknown group config name: "
                       : "Unknown broker config name: ") +
              c.name;
    return ErrorCode::INVALID_CONFIG;
  }
  if (!topic && !row->dynamic) {
    message = of_resource(config, c.resource, "Cannot update these configs dynamically: Set(" + c.name + ")");
    return ErrorCode::INVALID_REQUEST;
  }
  const auto parsed = c.remove ? std::nullopt : protocol::parse_config_value(*row, c.value);
  if (!topic && !group) message = beyond_what_a_broker_takes(image, config, c, asked);
  // Values that 2.5's ConfigDef accepts and KafkaConfig rejects are checked later, together with the others.
  const bool later = by_2_5(config) && !topic &&
                     (c.name == "compression.type" || ((c.name == "log.roll.ms" || c.name == "log.roll.jitter.ms") &&
                                                       protocol::parse_whole_number(c.value)));
  if (message.empty() && !c.remove && !parsed && !later) message = protocol::config_refusal(*row, c.value);
  if (!message.empty()) {
    // A broker's ConfigException becomes an InvalidRequestException; in 2.5 this also holds for a topic.
    const bool config_error = !by_2_5(config) && (topic || group);
    message = of_resource(config, c.resource, message);
    return config_error ? ErrorCode::INVALID_CONFIG : ErrorCode::INVALID_REQUEST;
  }
  if (c.remove) {
    // With ELR the cluster-level value cannot be removed (ConfigurationControlManager.validateAlterConfig).
    if (elr_enabled(image) && c.name == kMinInsyncReplicas && c.resource == kBrokerPrefix) {
      message = "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.";
      return ErrorCode::INVALID_CONFIG;
    }
    return ErrorCode::NONE;
  }
  if (elr_enabled(image) && c.name == kMinInsyncReplicas && !topic && !group && c.resource != kBrokerPrefix) {
    message = "Broker-level min.insync.replicas cannot be altered while ELR is enabled.";
    return ErrorCode::INVALID_CONFIG;
  }
  return ErrorCode::NONE;
}

/// ELR members chosen under the old minimum are invalid under the new one; writing the same value again also clears the
/// ELRs (ConfigurationControlManager.createClearElrRecordsAsNeeded, ReplicationControlManager.removeTopicElrs).
void clear_elrs(const protocol::MetadataImage& image, const std::string& resource,
                std::vector<protocol::MetadataRecord>& out) {
  for (const TopicImage& topic : image.topics()) {
    if (topic.removed || (resource != kBrokerPrefix && resource != std::string(kTopicPrefix) + topic.name)) continue;
    for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
      const protocol::PartitionRegistration& p = topic.partitions[i];
      if (p.elr.empty() && p.last_known_elr.empty()) continue;
      protocol::PartitionChangeRecord record;
      record.partition = {topic.id, static_cast<std::int32_t>(i)};
      record.has_elr = record.has_last_known_elr = true;
      out.emplace_back(record);
    }
  }
}

}  // namespace

std::string refused_together(const std::map<std::string, std::string>& of_all,
                             const std::map<std::string, std::string>& own) {
  const auto value_of = [&](const std::string& key) -> const std::string* {
    if (const auto it = own.find(key); it != own.end()) return &it->second;
    const auto it = of_all.find(key);
    return it == of_all.end() ? nullptr : &it->second;
  };
  const auto number_of = [&](const std::string& key) {
    const std::string* text = value_of(key);
    return text == nullptr ? 1 : protocol::parse_whole_number(*text).value_or(1);
  };
  if (number_of("log.roll.ms") < 1) return "requirement failed: log.roll.ms must be equal or greater than 1";
  if (number_of("log.roll.jitter.ms") < 0)
    return "requirement failed: log.roll.jitter.ms must be equal or greater than 0";
  if (number_of("log.retention.ms") == 0)
    return "requirement failed: log.retention.ms must be unlimited (-1) or, equal or greater than 1";
  if (const std::string* codec = value_of("compression.type")) {
    const protocol::ConfigDefinition& row =
        *protocol::find_config("compression.type", protocol::config_scope::kServer, protocol::KafkaVersion::V2_5);
    if (!protocol::parse_config_value(row, *codec))
      return "requirement failed: compression.type : " + *codec + " is not valid. Valid options are " +
             std::string(row.values);
  }
  return "";
}

protocol::IncrementalAlterConfigsResponse alter_configs(const protocol::MetadataImage& image,
                                                        const protocol::Config& config,
                                                        const protocol::IncrementalAlterConfigsRequest& request,
                                                        std::vector<protocol::MetadataRecord>& out,
                                                        const std::string& asked) {
  // Either all changes of a resource apply, or none.
  std::map<std::string, protocol::AdminResult> results;
  for (const AlterableConfig& c : request.configs) {
    protocol::AdminResult& result =
        results.try_emplace(c.resource, protocol::AdminResult{c.resource, ErrorCode::NONE, ""}).first->second;
    if (result.error == ErrorCode::NONE) result.error = check(image, config, c, asked, result.message);
  }
  protocol::IncrementalAlterConfigsResponse response;
  for (auto& [resource, result] : results) {
    if (result.error == ErrorCode::NONE && resource.starts_with(kTopicPrefix)) {
      result.message = topic_conflict(image, config, resource, request.configs);
      if (!result.message.empty()) result.error = ErrorCode::INVALID_CONFIG;
    }
    if (result.error == ErrorCode::NONE && resource.starts_with(kGroupPrefix)) {
      result.message = group_refusal(image, config, resource, request.configs);
      if (!result.message.empty()) result.error = ErrorCode::INVALID_CONFIG;
    }
    if (result.error == ErrorCode::NONE && by_2_5(config) && resource.starts_with(kBrokerPrefix)) {
      const auto after = values_after(image, resource, request.configs);
      const std::string refusal = resource == kBrokerPrefix ? refused_together(after, image.config(asked))
                                                            : refused_together(image.config(kBrokerPrefix), after);
      if (!refusal.empty()) result = {resource, ErrorCode::INVALID_REQUEST, of_resource(config, resource, refusal)};
    }
    response.results.push_back(result);
    if (result.error != ErrorCode::NONE) continue;
    const auto& current = image.config(resource);
    bool min_isr_written = false;
    for (const AlterableConfig& c : request.configs) {
      if (c.resource != resource) continue;
      const auto it = current.find(c.name);
      const bool same = c.remove ? it == current.end() : it != current.end() && it->second == c.value;
      if (same && !resource.starts_with(kBrokerPrefix))
        continue;  // a broker's value is written even if unchanged, so that the broker reloads it (KAFKA-14136)
      out.emplace_back(protocol::ConfigRecord{resource, c.name, c.remove ? std::string() : c.value, c.remove});
      min_isr_written |= c.name == kMinInsyncReplicas;
    }
    if (min_isr_written && elr_enabled(image)) clear_elrs(image, resource, out);
  }
  return response;
}

}  // namespace kafkascope::controller
