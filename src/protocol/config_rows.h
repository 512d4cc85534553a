// The notation of configuration table rows; used by config_table*.cpp only.
#pragma once
#include "protocol/config.h"

namespace kafkascope::protocol::config_rows {

inline constexpr std::int64_t kIntMax = std::numeric_limits<std::int32_t>::max();
inline constexpr std::string_view same = "<same>";  // the default of 2.5 is that of 4.1
inline constexpr std::string_view null = kConfigNull;
inline constexpr std::string_view absent = kConfigAbsent;

inline constexpr ConfigScopes B = config_scope::kBroker, K = config_scope::kController, S = config_scope::kServer,
                              T = config_scope::kTopic, P = config_scope::kProducer, C = config_scope::kConsumer,
                              A = config_scope::kAdmin, G = config_scope::kGroup;

/// One row, written as a sentence: integer("num.partitions", B, "1", same).from(1).now().
struct Row : ConfigDefinition {
  // The limits of 2.5 where they differ; its ConfigDef checks less.
  std::int64_t min_2_5 = std::numeric_limits<std::int64_t>::min(), max_2_5 = std::numeric_limits<std::int64_t>::max();
  std::string_view values_2_5;
  constexpr Row(std::string_view key, ConfigScopes where, ConfigType kind, std::string_view v4, std::string_view v2) {
    name = key;
    scopes = where;
    type = kind;
    default_4_1 = v4;
    default_2_5 = v2 == same ? v4 : v2;
  }
  constexpr Row from(std::int64_t least) const {
    Row r = *this;
    r.min = r.min_2_5 = least;
    return r;
  }
  constexpr Row to(std::int64_t most) const {
    Row r = *this;
    r.max = r.max_2_5 = most;
    return r;
  }
  constexpr Row old_from(std::int64_t least) const {
    Row r = *this;
    r.min_2_5 = least;
    return r;
  }
  constexpr Row old_any() const {
    Row r = old_from(std::numeric_limits<std::int64_t>::min());
    r.max_2_5 = std::numeric_limits<std::int64_t>::max();
    return r;
  }
  constexpr Row in(ConfigUnit u) const {
    Row r = *this;
    r.unit = u;
    return r;
  }
  constexpr Row ms() const { return in(ConfigUnit::Ms); }
  constexpr Row bytes() const { return in(ConfigUnit::Bytes); }
  constexpr Row of(std::string_view valid) const {
    Row r = *this;
    r.values = r.values_2_5 = valid;
    return r;
  }
  constexpr Row old_of(std::string_view valid) const {
    Row r = *this;
    r.values_2_5 = valid;
    return r;
  }
  constexpr Row any_case_of(std::string_view valid) const {
    Row r = of(valid);
    r.any_case = true;
    return r;
  }
  constexpr Row server(std::string_view key) const {
    Row r = *this;
    r.server_name = key;
    return r;
  }
  constexpr Row live() const {
    Row r = *this;
    r.dynamic = true;
    return r;
  }
  constexpr Row now() const {
    Row r = *this;
    r.modelled = true;
    return r;
  }
  /// For a key with several rows: tells them apart in the name of the row's description.
  constexpr Row in_words(std::string_view place) const {
    Row r = *this;
    r.words_of = place;
    return r;
  }
};

constexpr Row boolean(std::string_view key, ConfigScopes where, std::string_view v4, std::string_view v2) {
  return {key, where, ConfigType::Boolean, v4, v2};
}
constexpr Row integer(std::string_view key, ConfigScopes where, std::string_view v4, std::string_view v2) {
  return {key, where, ConfigType::Int, v4, v2};
}
constexpr Row number(std::string_view key, ConfigScopes where, std::string_view v4, std::string_view v2) {
  return {key, where, ConfigType::Long, v4, v2};
}
constexpr Row decimal(std::string_view key, ConfigScopes where, std::string_view v4, std::string_view v2) {
  return {key, where, ConfigType::Double, v4, v2};
}
constexpr Row text(std::string_view key, ConfigScopes where, std::string_view v4, std::string_view v2) {
  return {key, where, ConfigType::String, v4, v2};
}
constexpr Row choice(std::string_view key, ConfigScopes where, std::string_view v4, std::string_view v2) {
  return {key, where, ConfigType::Enum, v4, v2};
}
constexpr Row list(std::string_view key, ConfigScopes where, std::string_view v4, std::string_view v2) {
  return {key, where, ConfigType::List, v4, v2};
}

std::span<const Row> server_rows();  // rows of brokers, controllers and topics
std::span<const Row> client_rows();  // rows of producers, consumers, admin clients, Connect and Streams

}  // namespace kafkascope::protocol::config_rows
