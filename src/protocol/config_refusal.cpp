#include "protocol/config_refusal.h"

#include <algorithm>
#include <limits>
#include <string>

namespace kafkascope::protocol {

namespace {

/// "a,b" -> "a, b"
std::string spaced(std::string_view list) {
  std::string out;
  for (const char c : list) {
    if (c == ' ') continue;
    out += c;
    if (c == ',') out += ' ';
  }
  return out;
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

/// Formats the number as Java prints a double.
std::string java_double(std::string_view text) {
  return text.find('.') == std::string_view::npos ? std::string(text) + ".0" : std::string(text);
}

/// The first element of the list that is not among the valid values.
std::string_view first_wrong(std::string_view list, std::string_view values) {
  while (true) {
    const std::size_t comma = list.find(',');
    std::string_view part = list.substr(0, comma);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    const std::string searched = "," + std::string(values) + ",", one = "," + std::string(part) + ",";
    if (searched.find(one) == std::string::npos || comma == std::string_view::npos) return part;
    list.remove_prefix(comma + 1);
  }
}

std::string valid_strings(const ConfigDefinition& d, std::string_view text) {
  if (d.name == "auto.offset.reset" && d.values.find("by_duration") != std::string_view::npos)
    return "Invalid value `" + std::string(text) +
           "` for configuration auto.offset.reset. The value must be either 'earliest', 'latest', 'none' or of the "
           "format 'by_duration:<PnDTnHnMn.nS.>'.";
  if (d.name == "share.auto.offset.reset")
    return "Invalid value `" + std::string(text) +
           "` for configuration share.auto.offset.reset. The value must be either 'earliest', 'latest' or of the "
           "format 'by_duration:<PnDTnHnMn.nS>'.";
  if (d.name == "share.acknowledgement.mode")
    return "Invalid value `" + std::string(text) +
           "` for configuration share.acknowledgement.mode. The value must either be 'implicit' or 'explicit'.";
  return d.any_case ? "String must be one of (case insensitive): " + upper(spaced(d.values))
                    : "String must be one of: " + spaced(d.values);
}

}  // namespace

std::string config_refusal(const ConfigDefinition& d, std::string_view raw) {
  std::string_view text = raw;
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  const auto refused = [&](std::string_view value, const std::string& why) {
    return "Invalid value " + std::string(value) + " for configuration " + std::string(d.name) + ": " + why;
  };
  const auto out_of_range = [&](std::string_view value, bool below, std::int64_t unit) {
    return refused(value, below ? "Value must be at least " + std::to_string(d.min / unit)
                                : "Value must be no more than " + std::to_string(d.max / unit));
  };
  switch (d.type) {
    case ConfigType::Boolean: return refused(raw, "Expected value to be either true or false");
    case ConfigType::Int:
    case ConfigType::Long: {
      ConfigDefinition unlimited = d;
      unlimited.min = std::numeric_limits<std::int64_t>::min();
      unlimited.max = std::numeric_limits<std::int64_t>::max();
      const auto value = parse_config_value(unlimited, text);
      if (!value)
        return refused(raw, d.type == ConfigType::Int ? "Not a number of type INT" : "Not a number of type LONG");
      return out_of_range(config_text(*value), std::get<std::int64_t>(*value) < d.min, 1);
    }
    case ConfigType::Double: {
      const auto value = parse_ppm(text);
      if (!value) return refused(raw, "Not a number of type DOUBLE");
      return out_of_range(java_double(text), *value < d.min, 1000000);
    }
    case ConfigType::List:
      if (d.values == kConfigReplicas)
        return refused("[" + spaced(text) + "]",
                       std::string(d.name) +
                           " must be the literal '*' or a list of replicas in the following format: "
                           "[partitionId]:[brokerId],[partitionId]:[brokerId],...");
      return refused(first_wrong(text, d.values), valid_strings(d, text));
    case ConfigType::Enum:
    case ConfigType::String: break;
  }
  return refused(raw, valid_strings(d, text));
}

}  // namespace kafkascope::protocol
