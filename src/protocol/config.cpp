#include "protocol/config.h"
#include "words/message.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace kafkascope::protocol {

namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view part = trim(text.substr(0, comma));
    if (!part.empty()) parts.push_back(part);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return parts;
}

bool contains(std::string_view list, std::string_view value) {
  const auto parts = split(list);
  return std::find(parts.begin(), parts.end(), value) != parts.end();
}

bool same_but_for_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

words::Key name_of(ConfigUnit unit) {
  switch (unit) {
    case ConfigUnit::Minutes: return "problem.unit.minutes"_w;
    case ConfigUnit::Hours: return "problem.unit.hours"_w;
    case ConfigUnit::Bytes: return "problem.unit.bytes"_w;
    case ConfigUnit::BytesPerSecond: return "problem.unit.bytes_per_second"_w;
    case ConfigUnit::Records: return "problem.unit.records"_w;
    case ConfigUnit::Replicas: return "problem.unit.replicas"_w;
    case ConfigUnit::Partitions: return "problem.unit.partitions"_w;
    default: return {};
  }
}

words::Message range_words(const ConfigDefinition& d) {
  constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
  constexpr auto highest = std::numeric_limits<std::int64_t>::max();
  const std::int64_t int_max = std::numeric_limits<std::int32_t>::max();
  const std::int64_t max = d.type == ConfigType::Int ? std::min(d.max, int_max) : d.max;
  words::Message unit = name_of(d.unit);
  if (unit.empty() && d.unit != ConfigUnit::Count && d.unit != ConfigUnit::None)
    unit = words::Message("problem.example"_w, {{"text", to_string(d.unit)}});
  if (d.min == lowest && max == highest) return {"remedy.integer"_w, {{"unit", unit}}};
  if (d.min == lowest) return {"remedy.integer_up_to"_w, {{"to", max}, {"unit", unit}}};
  if (max == highest) return {"remedy.integer_from"_w, {{"from", d.min}, {"unit", unit}}};
  return {"remedy.integer_from_to"_w, {{"from", d.min}, {"to", max}, {"unit", unit}}};
}

/// One element of a replica list: "0:1", "12:103".
bool names_a_replica(std::string_view part) {
  const std::size_t colon = part.find(':');
  const auto digits = [](std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  };
  return colon != std::string_view::npos && digits(part.substr(0, colon)) && digits(part.substr(colon + 1));
}

[[noreturn]] void misuse(std::string_view key, const char* what) {
  throw std::logic_error("configuration key '" + std::string(key) + "': " + what);
}

}  // namespace

std::string_view to_string(KafkaVersion version) { return version == KafkaVersion::V4_1 ? "4.1" : "2.5"; }

words::Key ConfigDefinition::words() const {
  std::string key = "config.";
  if (!words_of.empty()) key.append(words_of) += '.';
  return words::Key(key.append(name));
}

std::string_view to_string(ConfigUnit unit) {
  switch (unit) {
    case ConfigUnit::None: return "";
    case ConfigUnit::Ms: return "ms";
    case ConfigUnit::Seconds: return "s";
    case ConfigUnit::Minutes: return "min";
    case ConfigUnit::Hours: return "h";
    case ConfigUnit::Bytes: return "bytes";
    case ConfigUnit::BytesPerSecond: return "bytes/s";
    case ConfigUnit::Records: return "records";
    case ConfigUnit::Replicas: return "replicas";
    case ConfigUnit::Partitions: return "partitions";
    case ConfigUnit::Percent: return "%";
    case ConfigUnit::Count: return "";
  }
  return "";
}

const ConfigDefinition* find_config(std::string_view key, ConfigScopes scopes, KafkaVersion version) {
  const auto rows = config_definitions();
  auto row = std::lower_bound(rows.begin(), rows.end(), key,
                              [](const ConfigDefinition& d, std::string_view name) { return d.name < name; });
  for (; row != rows.end() && row->name == key; ++row) {
    if ((row->scopes & scopes) != 0 && row->known_in(version)) return &*row;
  }
  return nullptr;
}

std::string_view topic_key_of(std::string_view server_key, KafkaVersion version) {
  for (const ConfigDefinition& d : config_definitions()) {
    if ((d.scopes & config_scope::kTopic) == 0 || !d.known_in(version)) continue;
    if (d.server_name == server_key || (d.server_name.empty() && d.name == server_key)) return d.name;
  }
  return {};
}

std::optional<std::int64_t> parse_ppm(std::string_view text) {
  bool negative = false;
  if (!text.empty() && text.front() == '-') {
    negative = true;
    text.remove_prefix(1);
  }
  constexpr std::int64_t kCeiling = std::numeric_limits<std::int64_t>::max() / 20;
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  if (whole.empty() && fraction.empty()) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : whole) {
    if (c < '0' || c > '9') return std::nullopt;
    value = std::min(value * 10 + (c - '0'), kCeiling / 1000000);
  }
  value *= 1000000;
  std::int64_t weight = 100000;
  for (const char c : fraction) {
    if (c < '0' || c > '9') return std::nullopt;
    value += weight * (c - '0');
    weight /= 10;
  }
  return negative ? -value : value;
}

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 14
// With sanitizers g++ 12 warns about the string of a variant that holds a bool (GCC bug 80635).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
std::optional<std::int64_t> parse_iso_duration_ms(std::string_view text) {
  if (!text.starts_with('P')) return std::nullopt;
  text.remove_prefix(1);
  std::int64_t ms = 0;
  bool time = false, any = false;
  std::string_view units = "D";
  while (!text.empty()) {
    if (text.front() == 'T' && !time) {
      time = true;
      any = false;
      units = "HMS";
      text.remove_prefix(1);
      continue;
    }
    const std::size_t end = text.find_first_not_of("0123456789.");
    if (end == 0 || end == std::string_view::npos) return std::nullopt;
    const char unit = text[end];
    const std::size_t place = units.find(unit);
    const std::string_view amount = text.substr(0, end);
    const std::size_t dot = amount.find('.');
    const auto whole = parse_whole_number(amount.substr(0, dot));
    if (place == std::string_view::npos || !whole || *whole < 0 || *whole > 1'000'000'000 ||
        (dot != std::string_view::npos && unit != 'S'))
      return std::nullopt;
    units.remove_prefix(place + 1);  // each unit at most once, in this order
    ms += *whole * (unit == 'D' ? 86'400'000 : unit == 'H' ? 3'600'000 : unit == 'M' ? 60'000 : 1'000);
    if (dot != std::string_view::npos) {
      std::int64_t scale = 100;
      for (const char c : amount.substr(dot + 1)) {
        if (c == '.') return std::nullopt;
        ms += (c - '0') * scale;
        scale /= 10;
      }
    }
    any = true;
    text.remove_prefix(end + 1);
  }
  return any ? std::optional(ms) : std::nullopt;
}

std::optional<std::int64_t> parse_whole_number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<ConfigValue> parse_config_value(const ConfigDefinition& d, std::string_view raw, words::Message* remedy) {
  const auto refused = [&](auto says) {
    if (remedy != nullptr) *remedy = says();
    return std::nullopt;
  };
  const std::string_view text = trim(raw);
  switch (d.type) {
    case ConfigType::Boolean:
      for (const bool flag : {true, false})
        if (same_but_for_case(text, flag ? "true" : "false")) return std::optional<ConfigValue>(std::in_place, flag);
      return refused([] { return words::Message("remedy.true_or_false"_w); });
    case ConfigType::Int:
    case ConfigType::Long: {
      const auto value = parse_whole_number(text);
      const bool fits = value && *value >= d.min && *value <= d.max &&
                        (d.type == ConfigType::Long || (*value >= std::numeric_limits<std::int32_t>::min() &&
                                                        *value <= std::numeric_limits<std::int32_t>::max()));
      if (fits) return ConfigValue(*value);
      return refused([&] { return range_words(d); });
    }
    case ConfigType::Double: {
      const auto value = parse_ppm(text);
      if (value && *value >= d.min && *value <= d.max) return ConfigValue(std::string(text));
      return refused([] { return words::Message("remedy.decimal"_w); });
    }
    case ConfigType::String: return ConfigValue(std::string(raw));
    case ConfigType::Enum:
      if (d.any_case)
        for (const std::string_view one : split(d.values))
          if (same_but_for_case(one, text)) return ConfigValue(std::string(one));
      if (contains(d.values, text) && text.find('<') == std::string_view::npos) return ConfigValue(std::string(text));
      if (constexpr std::string_view kBy = "by_duration:"; contains(d.values, "by_duration:<duration>")) {  // KIP-1106
        if (text.starts_with(kBy) && parse_iso_duration_ms(text.substr(kBy.size())))
          return ConfigValue(std::string(text));
      }
      return refused([&] { return words::Message("remedy.one_of"_w, {{"names", d.values}}); });
    case ConfigType::List:
      if (d.values == kConfigReplicas) {
        const auto parts = split(text);
        if (text != "*" && !std::all_of(parts.begin(), parts.end(), names_a_replica)) {
          return refused([] { return words::Message("remedy.throttled_replicas"_w); });
        }
      } else if (!d.values.empty()) {
        for (const std::string_view part : split(text)) {
          if (!contains(d.values, part)) {
            return refused([&] { return words::Message("remedy.list_of"_w, {{"values", d.values}}); });
          }
        }
      }
      return ConfigValue(std::string(text));
  }
  return std::nullopt;
}

std::string config_text(const ConfigValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  return std::get<std::string>(value);
}

const ConfigDefinition& Config::definition(std::string_view key) const {
  const ConfigDefinition* d = find_config(key, scopes_, version_);
  if (d == nullptr) misuse(key, "not known in this place and version");
  return *d;
}

const ConfigValue* Config::find(std::string_view key) const {
  const auto at = std::lower_bound(values_.begin(), values_.end(), key,
                                   [](const auto& entry, std::string_view name) { return entry.first < name; });
  return at != values_.end() && at->first == key ? &at->second : nullptr;
}

std::optional<std::int64_t> Config::number_if(std::string_view key) const {
  const ConfigDefinition& d = definition(key);
  if (d.type != ConfigType::Int && d.type != ConfigType::Long) misuse(key, "is not a number");
  if (const ConfigValue* value = find(key)) return std::get<std::int64_t>(*value);
  const std::string_view text = d.default_for(version_);
  if (text == kConfigNull) return std::nullopt;
  const auto value = parse_whole_number(text);
  if (!value) misuse(key, "the table's default is not a number");
  return value;
}

std::int64_t Config::number(std::string_view key) const {
  const auto value = number_if(key);
  if (!value) misuse(key, "is null here");
  return *value;
}

bool Config::flag(std::string_view key) const {
  const ConfigDefinition& d = definition(key);
  if (d.type != ConfigType::Boolean) misuse(key, "is not a boolean");
  if (const ConfigValue* value = find(key)) return std::get<bool>(*value);
  return d.default_for(version_) == "true";
}

std::string Config::text(std::string_view key) const {
  const ConfigDefinition& d = definition(key);
  if (const ConfigValue* value = find(key)) return config_text(*value);
  const std::string_view text = d.default_for(version_);
  return text == kConfigNull ? std::string() : std::string(text);
}

std::vector<std::string> Config::list(std::string_view key) const {
  const std::string joined = text(key);
  std::vector<std::string> parts;
  for (const std::string_view part : split(joined)) parts.emplace_back(part);
  return parts;
}

std::int64_t Config::ppm(std::string_view key) const {
  if (definition(key).type != ConfigType::Double) misuse(key, "is not a decimal");
  const auto value = parse_ppm(text(key));
  if (!value) misuse(key, "holds no decimal");
  return *value;
}

bool Config::is_null(std::string_view key) const {
  const ConfigDefinition& d = definition(key);
  return find(key) == nullptr && d.default_for(version_) == kConfigNull;
}

bool Config::explicitly(std::string_view key) const { return find(key) != nullptr; }

void Config::set(std::string_view key, ConfigValue value) {
  const ConfigDefinition& d = definition(key);
  bool fits = false;
  switch (d.type) {
    case ConfigType::Boolean: fits = std::holds_alternative<bool>(value); break;
    case ConfigType::Int:
    case ConfigType::Long: fits = std::holds_alternative<std::int64_t>(value); break;
    default: fits = std::holds_alternative<std::string>(value); break;
  }
  if (!fits) misuse(key, "was set to a value of another type");
  auto at = std::lower_bound(values_.begin(), values_.end(), key,
                             [](const auto& entry, std::string_view name) { return entry.first < name; });
  if (at != values_.end() && at->first == key) {
    at->second = std::move(value);
  } else {
    values_.emplace(at, std::string(key), std::move(value));
  }
}

void Config::erase(std::string_view key) {
  std::erase_if(values_, [key](const auto& entry) { return entry.first == key; });
}

void Config::overlay(ConfigScopes scopes, const std::map<std::string, std::string>& texts) {
  for (const auto& [key, text] : texts) {
    const ConfigDefinition* d = find_config(key, scopes, version_);
    if (d == nullptr) continue;
    if (auto value = parse_config_value(*d, text)) set(key, *std::move(value));
  }
}

Config Config::over(const Config& base) const {
  Config result = *this;
  for (const auto& [key, value] : base.values_) {
    if (result.find(key) == nullptr && find_config(key, scopes_, version_) != nullptr) result.set(key, value);
  }
  return result;
}

Config Config::topic_over(const Config& broker) const {
  Config result = *this;
  result.scopes_ = config_scope::kTopic;
  for (const ConfigDefinition& d : config_definitions()) {
    if ((d.scopes & config_scope::kTopic) == 0 || !d.known_in(version_) || result.find(d.name) != nullptr) continue;
    const std::string_view server_key = d.server_name.empty() ? d.name : d.server_name;
    if (const ConfigValue* value = broker.find(server_key)) result.set(d.name, *value);
  }
  // Some topic keys have several server keys of different units: ms wins over minutes, minutes over hours.
  // KafkaConfig.logFlushIntervalMs: if that key is not set, the flusher's interval applies.
  const auto coarser = [&](std::string_view topic_key, std::string_view server_key, std::int64_t ms) {
    if (result.find(topic_key) != nullptr) return;
    if (const ConfigValue* value = broker.find(server_key)) {
      const std::int64_t n = std::get<std::int64_t>(*value);
      result.set(topic_key, n < 0 ? std::int64_t{-1} : n * ms);
    }
  };
  coarser("retention.ms", "log.retention.minutes", 60000);
  coarser("retention.ms", "log.retention.hours", 3600000);
  // KafkaConfig.logRetentionTimeMillis: below 0 means forever.
  if (const ConfigValue* ms = result.find("retention.ms"); ms != nullptr && std::get<std::int64_t>(*ms) < 0)
    result.set("retention.ms", std::int64_t{-1});
  coarser("segment.ms", "log.roll.hours", 3600000);
  coarser("segment.jitter.ms", "log.roll.jitter.hours", 3600000);
  coarser("flush.ms", "log.flush.scheduler.interval.ms", 1);
  return result;
}

std::string Config::topic_conflict(const Config& server) const {
  const Config all = version_ == KafkaVersion::V4_1 ? topic_over(server) : *this;
  const std::int64_t least = all.number("min.compaction.lag.ms"), most = all.number("max.compaction.lag.ms");
  if (least <= most) return {};
  return "conflict topic config setting min.compaction.lag.ms (" + std::to_string(least) +
         ") > max.compaction.lag.ms (" + std::to_string(most) + ")";
}

}  // namespace kafkascope::protocol
