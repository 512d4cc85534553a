// Configuration objects: every key must exist in Kafka, belong there, be known to the version, have a valid value, and
// be modelled.
#include <fmt/format.h>

#include <set>

#include "scenario/reading.h"
#include "scenario/supported.h"

namespace kafkascope::scenario {

namespace {

using protocol::ConfigDefinition;
using protocol::KafkaVersion;

std::vector<std::string_view> keys_of(protocol::ConfigScopes scopes, KafkaVersion version, bool modelled_only) {
  std::vector<std::string_view> keys;
  for (const ConfigDefinition& d : protocol::config_definitions()) {
    if ((d.scopes & scopes) != 0 && d.known_in(version) && (d.modelled || !modelled_only)) keys.push_back(d.name);
  }
  return keys;
}

words::Key place_of(protocol::ConfigScopes scopes) {
  namespace s = protocol::config_scope;
  if ((scopes & s::kServer) != 0) return "problem.thing.brokers_controllers"_w;
  if ((scopes & s::kTopic) != 0) return "problem.thing.topics"_w;
  if ((scopes & s::kProducer) != 0 && (scopes & s::kConsumer) != 0) return "problem.thing.clients"_w;
  if ((scopes & s::kProducer) != 0) return "problem.thing.producers"_w;
  if ((scopes & s::kConsumer) != 0) return "problem.thing.consumers"_w;
  if ((scopes & s::kAdmin) != 0) return "problem.thing.admin_clients"_w;
  if ((scopes & s::kGroup) != 0) return "problem.thing.groups"_w;
  if ((scopes & s::kConnect) != 0) return "problem.thing.connect_workers"_w;
  return "problem.thing.streams_applications"_w;
}

/// The key's row in the table; nullptr after a report that says where the key belongs.
const ConfigDefinition* definition_for(Reading& reading, const Member& member, const Path& path,
                                       protocol::ConfigScopes scopes, const Message& whose) {
  const std::string& key = member.key;
  const ConfigDefinition* d = protocol::find_config(key, scopes, reading.version);
  const protocol::ConfigScopes without_row = protocol::config_without_row(key, reading.version);
  if (d == nullptr && (without_row & scopes) == 0) {
    const KafkaVersion other = reading.version == KafkaVersion::V4_1 ? KafkaVersion::V2_5 : KafkaVersion::V4_1;
    const auto nearest_key = [&] { return suggestion(key, keys_of(scopes, reading.version, false)); };
    if (protocol::find_config(key, scopes, other) != nullptr ||
        (protocol::config_without_row(key, other) & scopes) != 0) {
      reading.report.error(
          member.position, path,
          Message("problem.key_of_other_version"_w,
                  {{"version", to_string(reading.version)}, {"key", in_quotes(key)}, {"other", to_string(other)}}),
          nearest_key());
    } else if ((scopes & protocol::config_scope::kTopic) != 0 &&
               !protocol::topic_key_of(key, reading.version).empty()) {
      reading.report.error(
          member.position, path, Message("problem.key_of_broker"_w, {{"key", in_quotes(key)}}),
          Message("remedy.on_topic_key_called"_w, {{"key", in_quotes(protocol::topic_key_of(key, reading.version))}}));
    } else if (const ConfigDefinition* elsewhere = protocol::find_config(key, 0xffff, reading.version)) {
      reading.report.error(member.position, path,
                           Message("problem.key_elsewhere"_w,
                                   {{"key", in_quotes(key)}, {"where", place_of(elsewhere->scopes)}, {"whose", whose}}),
                           elsewhere->server_name.empty() || (scopes & protocol::config_scope::kServer) == 0
                               ? nearest_key()
                               : Message("remedy.on_whose_key_called"_w,
                                         {{"whose", whose}, {"key", in_quotes(elsewhere->server_name)}}));
    } else if (without_row != 0) {
      reading.report.error(member.position, path,
                           Message("problem.key_elsewhere"_w,
                                   {{"key", in_quotes(key)}, {"where", place_of(without_row)}, {"whose", whose}}),
                           nearest_key());
    } else {
      reading.report.error(
          member.position, path,
          Message("problem.no_such_key"_w,
                  {{"version", to_string(reading.version)}, {"key", in_quotes(key)}, {"whose", whose}}),
          nearest_key());
    }
    return nullptr;
  }
  if (d == nullptr || (!d->modelled && !reading.contract_only)) {
    const std::string near = nearest(key, keys_of(scopes, reading.version, true));
    const Message remedy = near.empty() ? Message("remedy.leave_out"_w)
                                        : Message("remedy.leave_out_nearest"_w, {{"key", in_quotes(near)}});
    reading.report.not_yet(member.value, path, Message("problem.key_not_modelled"_w, {{"key", in_quotes(key)}}),
                           remedy);
    return nullptr;
  }
  return d;
}

/// Number, boolean or Kafka's string -> Kafka's string.
std::optional<std::string> value_text(Reading& reading, const Node& value, const Path& path) {
  if (value.is_string()) return value.text();
  if (value.is_boolean()) return std::string(value.boolean() ? "true" : "false");
  if (value.is_integer()) return std::to_string(value.integer());
  if (value.kind() == Node::Kind::Decimal) return fmt::format("{}", value.decimal());
  reading.report.error(value, path, Message("problem.not_configuration_value"_w, {{"found", kind_of(value)}}),
                       "remedy.config_value"_w);
  return std::nullopt;
}

std::optional<protocol::ConfigValue> read_value(Reading& reading, const ConfigDefinition& d, const Node& value,
                                                const Path& path, bool asked = false) {
  const auto text = value_text(reading, value, path);
  if (!text) return std::nullopt;
  Message problem;
  auto parsed = protocol::parse_config_value(d, *text, &problem);
  if (!parsed) {
    const Message refusal =
        Message("problem.kafka_refuses_value"_w, {{"value", in_quotes(*text)}, {"key", in_quotes(d.name)}});
    if (asked) {
      reading.report.warning(value, path, refusal, problem);
      return *text;
    }
    reading.report.error(value, path, refusal, problem);
    return std::nullopt;
  }
  if (!reading.contract_only && !is_supported_value(d.name, *text)) {
    std::string works;
    for (const std::string_view entry : supported(Form::ConfigValue)) {
      const std::size_t equals = entry.find('=');
      if (entry.substr(0, equals) == d.name) works += (works.empty() ? "" : ", ") + in_quotes(entry.substr(equals + 1));
    }
    reading.not_yet(value, path, not_modelled(fmt::format("{} = {}", d.name, in_quotes(*text))),
                    Message("remedy.one_of"_w, {{"names", works}}));
    return std::nullopt;
  }
  return parsed;
}

}  // namespace

void read_config(Reading& reading, const Node& node, const Path& path, cluster::Config& config, const Message& whose) {
  if (!node.is_object()) {
    reading.report.error(node, path,
                         Message("problem.stands_where_configuration_belongs"_w, {{"found", kind_of(node)}}),
                         "remedy.object_kafka_keys_values"_w);
    return;
  }
  for (const Member& member : node.members()) {
    if (member.key.starts_with("x-")) continue;
    if (reading.report.full()) break;
    const Path here(path, member.key);
    const ConfigDefinition* d = definition_for(reading, member, here, config.scopes(), whose);
    if (d == nullptr) continue;
    if (auto value = read_value(reading, *d, member.value, here)) config.set(d->name, std::move(*value));
  }
}

std::vector<std::pair<std::string, std::optional<std::string>>> read_config_texts(Reading& reading, const Node& node,
                                                                                  const Path& path,
                                                                                  protocol::ConfigScopes scopes,
                                                                                  const Message& whose, bool asked) {
  std::vector<std::pair<std::string, std::optional<std::string>>> entries;
  if (!node.is_object()) {
    reading.report.error(node, path,
                         Message("problem.stands_where_configuration_belongs"_w, {{"found", kind_of(node)}}),
                         "remedy.object_kafka_keys_values"_w);
    return entries;
  }
  for (const Member& member : node.members()) {
    if (member.key.starts_with("x-")) continue;
    if (reading.report.full()) break;
    const Path here(path, member.key);
    const ConfigDefinition* d = definition_for(reading, member, here, scopes, whose);
    if (d == nullptr) continue;
    if (member.value.is_null()) {
      entries.emplace_back(member.key, std::nullopt);
    } else if (auto value = read_value(reading, *d, member.value, here, asked)) {
      entries.emplace_back(member.key, protocol::config_text(*value));
    }
  }
  return entries;
}

}  // namespace kafkascope::scenario
