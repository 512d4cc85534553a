// Kafka's configuration keys: one table (docs/scenario-format.md, "Values"), and Config, a set of values that
// overrides the defaults of a version.
#pragma once
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/kafka_version.h"

namespace kafkascope::words {
class Message;
struct Key;
}  // namespace kafkascope::words

namespace kafkascope::protocol {

/// The kinds of configuration in which a key is valid. A key whose meaning differs between them (fetch.max.bytes of
/// brokers and of consumers) has one row per meaning.
using ConfigScopes = std::uint16_t;
namespace config_scope {
inline constexpr ConfigScopes kBroker = 1;
inline constexpr ConfigScopes kController = 2;
inline constexpr ConfigScopes kServer = kBroker | kController;  // one server.properties file serves both
inline constexpr ConfigScopes kTopic = 4;
inline constexpr ConfigScopes kProducer = 8;
inline constexpr ConfigScopes kConsumer = 16;
inline constexpr ConfigScopes kAdmin = 32;
inline constexpr ConfigScopes kClient = kProducer | kConsumer | kAdmin;
inline constexpr ConfigScopes kConnect = 64;
inline constexpr ConfigScopes kStreams = 128;
inline constexpr ConfigScopes kGroup = 256;  // a group's own configuration, kept in the metadata (KIP-848, KIP-932)
}  // namespace config_scope

enum class ConfigType : std::uint8_t {
  Boolean,
  Int,     // 32 bits
  Long,    // 64 bits
  Double,  // stored as Kafka's text; Config::ppm returns the integer that the engine uses
  String,  // free text, also class names
  Enum,    // one of the strings in `values`
  List     // comma separated; if `values` is not empty, each element is one of them
};

/// The unit of a number, for display and for checker messages.
enum class ConfigUnit : std::uint8_t {
  None,
  Ms,
  Seconds,
  Minutes,
  Hours,
  Bytes,
  BytesPerSecond,
  Records,
  Replicas,
  Partitions,
  Percent,
  Count
};
std::string_view to_string(ConfigUnit unit);

/// Special values for the defaults in ConfigDefinition.
inline constexpr std::string_view kConfigNull = "<null>";      // Kafka's null: not set
inline constexpr std::string_view kConfigAbsent = "<absent>";  // this version does not know the key

/// The text for the values that Kafka's ThrottledReplicaListValidator accepts.
inline constexpr std::string_view kConfigReplicas = "* or [partitionId]:[brokerId],[partitionId]:[brokerId],...";

struct ConfigDefinition {
  std::string_view name;
  ConfigScopes scopes = 0;
  ConfigType type = ConfigType::String;
  std::string_view default_4_1;
  std::string_view default_2_5;
  std::int64_t min = std::numeric_limits<std::int64_t>::min();  // inclusive; for numbers only
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  ConfigUnit unit = ConfigUnit::None;
  std::string_view values;  // Enum and List: the valid values, comma separated; empty: any
  bool any_case = false;    // Enum: matched in any case (ConfigDef.CaseInsensitiveValidString); stored as spelled in
                            // `values`
  std::string_view server_name;  // topic keys: the server's key that provides the default ("segment.bytes" ->
                                 // "log.segment.bytes")
  bool dynamic = false;          // kafka-configs can change it on a running broker (topic keys always can)
  bool modelled = false;         // the engine acts on it; the checker refuses other keys
  std::string_view words_of;     // "client": its description is under config.client.<name>; empty: under config.<name>

  /// The sentence of the catalogue that describes the key.
  words::Key words() const;

  std::string_view default_for(KafkaVersion version) const {
    return version == KafkaVersion::V4_1 ? default_4_1 : default_2_5;
  }
  bool known_in(KafkaVersion version) const { return default_for(version) != kConfigAbsent; }
};

/// Every row, sorted by name.
std::span<const ConfigDefinition> config_definitions();

/// The row of `key` in one of `scopes` for that version; nullptr if there is none.
const ConfigDefinition* find_config(std::string_view key, ConfigScopes scopes, KafkaVersion version);

/// The scopes in which Kafka knows the key although the table has no row for it, so that the engine does not act on it.
/// 0: none.
ConfigScopes config_without_row(std::string_view key, KafkaVersion version);

/// The topic key that overrides a server key ("log.segment.bytes" -> "segment.bytes"); empty if there is none.
std::string_view topic_key_of(std::string_view server_key, KafkaVersion version);

using ConfigValue = std::variant<std::int64_t, bool, std::string>;

/// Parses Kafka's text into a value of the row's type and checks range and valid strings.
/// On failure returns nullopt, and `remedy` says what is valid ("an integer from 1 to 2147483647"), unless it is null.
std::optional<ConfigValue> parse_config_value(const ConfigDefinition& definition, std::string_view text,
                                              words::Message* remedy = nullptr);
/// Parses "5", "-1", "+5" like Java's Long.parseLong; nullopt if it is not a number or does not fit.
std::optional<std::int64_t> parse_whole_number(std::string_view text);
/// Parses "P1DT2H", "PT30M", "PT0.5S" to ms like java.time.Duration.parse; nullopt if it is not a duration, or
/// negative.
std::optional<std::int64_t> parse_iso_duration_ms(std::string_view text);
/// Kafka's text of a value ("true", "10000").
std::string config_text(const ConfigValue& value);
/// "0.5" -> 500000; drops decimals after the sixth; nullopt if it is not a decimal number. Saturates.
std::optional<std::int64_t> parse_ppm(std::string_view text);

/// A set of values that override a version's defaults. Reading or setting a key that is unknown in its scope throws
/// std::logic_error, because files are checked beforehand. Roles read their configuration at the start and keep the
/// result.
class Config {
 public:
  explicit Config(ConfigScopes scopes = config_scope::kServer, KafkaVersion version = KafkaVersion::V4_1)
      : scopes_(scopes), version_(version) {}

  ConfigScopes scopes() const { return scopes_; }
  KafkaVersion version() const { return version_; }

  /// The value of an Int or Long; throws if it is null (use number_if for keys whose default is null).
  std::int64_t number(std::string_view key) const;
  std::optional<std::int64_t> number_if(std::string_view key) const;
  bool flag(std::string_view key) const;
  /// The value of any key as Kafka's text; null gives "".
  std::string text(std::string_view key) const;
  std::vector<std::string> list(std::string_view key) const;
  /// The value of a Double, in parts per million.
  std::int64_t ppm(std::string_view key) const;
  bool is_null(std::string_view key) const;

  bool explicitly(std::string_view key) const;  // set explicitly, not a default
  void set(std::string_view key, ConfigValue value);
  void erase(std::string_view key);
  /// Sets the keys in `scopes` from `texts`, a resource's configuration in the metadata; skips unknown keys and invalid
  /// values.
  void overlay(ConfigScopes scopes, const std::map<std::string, std::string>& texts);

  /// The explicitly set values, in key order.
  const std::vector<std::pair<std::string, ConfigValue>>& explicit_values() const { return values_; }

  /// This configuration, overriding `base` (of the same kind): takes base's explicit value for every key not set here.
  Config over(const Config& base) const;
  /// A topic's configuration, overriding its broker's by Kafka's names and precedence (retention.ms <-
  /// log.retention.ms, .minutes, .hours).
  Config topic_over(const Config& broker) const;

  /// Kafka's message about a topic's values that contradict each other; empty if none do. 4.1 includes the server's
  /// defaults. Kafka: LogConfig.validateValues.
  std::string topic_conflict(const Config& server) const;

  friend bool operator==(const Config&, const Config&) = default;

 private:
  const ConfigDefinition& definition(std::string_view key) const;
  const ConfigValue* find(std::string_view key) const;

  ConfigScopes scopes_;
  KafkaVersion version_;
  std::vector<std::pair<std::string, ConfigValue>> values_;  // sorted by key
};

}  // namespace kafkascope::protocol
