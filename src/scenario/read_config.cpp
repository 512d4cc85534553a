// Configuration objects: every key is a real one, in its place, in its version, with a value that Kafka takes, and modelled.
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

std::string_view place_of(protocol::ConfigScopes scopes) {
  namespace s = protocol::config_scope;
  if ((scopes & s::kServer) != 0) return "brokers and controllers";
  if ((scopes & s::kTopic) != 0) return "topics";
  if ((scopes & s::kProducer) != 0 && (scopes & s::kConsumer) != 0) return "clients";
  if ((scopes & s::kProducer) != 0) return "producers";
  if ((scopes & s::kConsumer) != 0) return "consumers";
  if ((scopes & s::kAdmin) != 0) return "admin clients";
  if ((scopes & s::kGroup) != 0) return "groups";
  if ((scopes & s::kConnect) != 0) return "Connect workers";
  return "Streams applications";
}

/// The row, or nullptr after a report that says where the key belongs instead.
const ConfigDefinition* definition_for(Reading& reading, const Member& member, const Path& path,
                                       protocol::ConfigScopes scopes, std::string_view whose) {
  const std::string& key = member.key;
  const ConfigDefinition* d = protocol::find_config(key, scopes, reading.version);
  const protocol::ConfigScopes without_row = protocol::config_without_row(key, reading.version);
  if (d == nullptr && (without_row & scopes) == 0) {
    const KafkaVersion other = reading.version == KafkaVersion::V4_1 ? KafkaVersion::V2_5 : KafkaVersion::V4_1;
    const auto nearest_key = [&] { return suggestion(key, keys_of(scopes, reading.version, false)); };
    if (protocol::find_config(key, scopes, other) != nullptr ||
        (protocol::config_without_row(key, other) & scopes) != 0) {
      reading.report.error(member.position, path,
                           fmt::format("Kafka {} does not know {}, only {} does", to_string(reading.version),
                                       in_quotes(key), to_string(other)),
                           nearest_key());
    } else if ((scopes & protocol::config_scope::kTopic) != 0 &&
               !protocol::topic_key_of(key, reading.version).empty()) {
      reading.report.error(
          member.position, path, fmt::format("{} is a broker's key", in_quotes(key)),
          fmt::format("on a topic it is called {}", in_quotes(protocol::topic_key_of(key, reading.version))));
    } else if (const ConfigDefinition* elsewhere = protocol::find_config(key, 0xffff, reading.version)) {
      const std::string server = elsewhere->server_name.empty()
                                     ? ""
                                     : fmt::format("; on {} it is called {}", whose, in_quotes(elsewhere->server_name));
      reading.report.error(
          member.position, path,
          fmt::format("{} is a key of {}, not of {}", in_quotes(key), place_of(elsewhere->scopes), whose),
          server.empty() || (scopes & protocol::config_scope::kServer) == 0 ? nearest_key() : server.substr(2));
    } else if (without_row != 0) {
      reading.report.error(member.position, path,
                           fmt::format("{} is a key of {}, not of {}", in_quotes(key), place_of(without_row), whose),
                           nearest_key());
    } else {
      reading.report.error(
          member.position, path,
          fmt::format("Kafka {} knows no key {} of {}", to_string(reading.version), in_quotes(key), whose),
          nearest_key());
    }
    return nullptr;
  }
  if (d == nullptr || (!d->modelled && !reading.contract_only)) {
    const std::string near = nearest(key, keys_of(scopes, reading.version, true));
    const std::string remedy =
        near.empty() ? "leave it out" : fmt::format("leave it out; the nearest modelled key is {}", in_quotes(near));
    reading.report.not_yet(member.value, path, fmt::format("the key {} is not modelled yet", in_quotes(key)), remedy);
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
  reading.report.error(value, path, fmt::format("{} is not a configuration value", value.kind_name()),
                       "a number, true or false, or a string");
  return std::nullopt;
}

std::optional<protocol::ConfigValue> read_value(Reading& reading, const ConfigDefinition& d, const Node& value,
                                                const Path& path, bool asked = false) {
  const auto text = value_text(reading, value, path);
  if (!text) return std::nullopt;
  std::string problem;
  auto parsed = protocol::parse_config_value(d, *text, problem);
  if (!parsed) {
    const std::string refusal = fmt::format("Kafka refuses {} for {}", in_quotes(*text), in_quotes(d.name));
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
      if (entry.substr(0, equals) == d.name)
        works += (works.empty() ? "one of " : ", ") + in_quotes(entry.substr(equals + 1));
    }
    reading.not_yet(value, path, fmt::format("{} = {}", d.name, in_quotes(*text)), works);
    return std::nullopt;
  }
  return parsed;
}

}  // namespace

void read_config(Reading& reading, const Node& node, const Path& path, cluster::Config& config,
                 std::string_view whose) {
  if (!node.is_object()) {
    reading.report.error(node, path, fmt::format("{} stands where a configuration belongs", node.kind_name()),
                         "an object of Kafka's keys and values");
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
                                                                                  std::string_view whose, bool asked) {
  std::vector<std::pair<std::string, std::optional<std::string>>> entries;
  if (!node.is_object()) {
    reading.report.error(node, path, fmt::format("{} stands where a configuration belongs", node.kind_name()),
                         "an object of Kafka's keys and values");
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
