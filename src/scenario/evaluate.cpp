#include "scenario/evaluate.h"

#include <re2/re2.h>

#include <nlohmann/json.hpp>

namespace kafkascope::scenario {

using nlohmann::json;

namespace {

/// Size of an array, an object, or a text in code points.
std::optional<std::int64_t> size_of(const json& v) {
  if (v.is_array() || v.is_object()) return static_cast<std::int64_t>(v.size());
  if (!v.is_string()) return std::nullopt;
  std::int64_t points = 0;
  for (unsigned char c : v.get_ref<const std::string&>()) points += (c & 0xC0) != 0x80;
  return points;
}

bool contains(const json& v, const json& wanted) {
  if (v.is_array()) return std::find(v.begin(), v.end(), wanted) != v.end();
  if (v.is_object()) return wanted.is_string() && v.contains(wanted.get_ref<const std::string&>());
  if (v.is_string()) return wanted.is_string() && v.get_ref<const std::string&>().find(wanted.get_ref<const std::string&>()) != std::string::npos;
  return false;
}

}  // namespace

bool holds(const Expectation& e, const observe::Moment& moment, const std::optional<json>& since) {
  const std::optional<json> seen = observe::state_at(moment, e.path);
  const json& wanted = *e.value;
  // A path without a value: `not` and `equals: null` hold, all else fails.
  if (!seen) return e.op == Operator::Not || (e.op == Operator::Equals && wanted.is_null());
  switch (e.op) {
    case Operator::Equals: return *seen == wanted;
    case Operator::Not: return *seen != wanted;
    case Operator::In: return std::find(wanted.begin(), wanted.end(), *seen) != wanted.end();
    case Operator::AtLeast: return seen->is_number() && *seen >= wanted;
    case Operator::AtMost: return seen->is_number() && *seen <= wanted;
    case Operator::Size: {
      const auto size = size_of(*seen);
      return size && json(*size) == wanted;
    }
    case Operator::Contains: return contains(*seen, wanted);
    case Operator::Matches:
      return seen->is_string() && re2::RE2::PartialMatch(seen->get_ref<const std::string&>(), wanted.get_ref<const std::string&>());
    case Operator::SameAs:
    case Operator::DiffersFrom: {
      const auto other = observe::state_at(moment, wanted.get_ref<const std::string&>());
      return other && (*seen == *other) == (e.op == Operator::SameAs);
    }
    case Operator::Changed: return since && (*seen != *since) == wanted.get<bool>();
    case Operator::Unchanged: return since && (*seen == *since) == wanted.get<bool>();
    case Operator::IncreasedBy:
      if (!since || !seen->is_number() || !since->is_number()) return false;
      return seen->get<double>() - since->get<double>() >= wanted.get<double>();
  }
  return false;
}

std::string wanted_text(const Expectation& e) { return std::string(to_string(e.op)) + " " + e.value->dump(); }

std::string seen_text(const Expectation& e, const observe::Moment& moment) {
  const auto seen = observe::state_at(moment, e.path);
  if (!seen) return "nothing";
  std::string text = seen->dump();
  if (text.size() > 200) text = text.substr(0, 200) + "…";
  return text;
}

}  // namespace kafkascope::scenario
