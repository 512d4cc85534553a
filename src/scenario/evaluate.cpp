#include "scenario/evaluate.h"

#include <re2/re2.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace kafkascope::scenario {

namespace {

using nlohmann::json;

std::string shortened(const json& value) {
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > 200) {
    std::size_t cut = 200;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
    text = text.substr(0, cut) + "…";
  }
  return text;
}

std::size_t code_points(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool holds(const Expectation& e, const observe::Moment& moment, const json* seen, const json* earlier) {
  const json& wanted = *e.value;
  // A path without a value: `not` and `equals: null` hold, every other operator fails.
  if (seen == nullptr) return e.op == Operator::Not || (e.op == Operator::Equals && wanted.is_null());
  switch (e.op) {
    case Operator::Equals: return *seen == wanted;
    case Operator::Not: return *seen != wanted;
    case Operator::In: return std::find(wanted.begin(), wanted.end(), *seen) != wanted.end();
    case Operator::AtLeast: return seen->is_number() && *seen >= wanted;
    case Operator::AtMost: return seen->is_number() && *seen <= wanted;
    case Operator::Size: {
      if (seen->is_string()) return code_points(seen->get_ref<const std::string&>()) == wanted.get<std::size_t>();
      return (seen->is_array() || seen->is_object()) && seen->size() == wanted.get<std::size_t>();
    }
    case Operator::Contains:
      if (seen->is_array()) return std::find(seen->begin(), seen->end(), wanted) != seen->end();
      if (seen->is_object()) return wanted.is_string() && seen->contains(wanted.get_ref<const std::string&>());
      if (seen->is_string())
        return wanted.is_string() &&
               seen->get_ref<const std::string&>().find(wanted.get_ref<const std::string&>()) != std::string::npos;
      return false;
    case Operator::Matches:
      return seen->is_string() && RE2::PartialMatch(seen->get_ref<const std::string&>(),
                                                    RE2(wanted.get_ref<const std::string&>(), RE2::Quiet));
    case Operator::SameAs:
    case Operator::DiffersFrom: {
      const std::optional<json> other = observe::state_at(moment, wanted.get_ref<const std::string&>());
      return other && (*seen == *other) == (e.op == Operator::SameAs);
    }
    case Operator::Changed: return earlier == nullptr || *seen != *earlier;
    case Operator::Unchanged: return earlier != nullptr && *seen == *earlier;
    case Operator::IncreasedBy:
      if (earlier == nullptr || !seen->is_number() || !earlier->is_number()) return false;
      if (seen->is_number_integer() && earlier->is_number_integer() && wanted.is_number_integer()) {
        __extension__ typedef __int128 Wide;
        return static_cast<Wide>(seen->get<std::int64_t>()) - earlier->get<std::int64_t>() >=
               wanted.get<std::int64_t>();
      }
      return seen->get<double>() - earlier->get<double>() >= wanted.get<double>();
  }
  return false;
}

}  // namespace

bool holds(const Expectation& e, const observe::Moment& moment, const std::optional<json>& since) {
  const std::optional<json> seen = observe::state_at(moment, e.path);
  return holds(e, moment, seen ? &*seen : nullptr, since ? &*since : nullptr);
}

std::string wanted_text(const Expectation& e) {
  const std::string op(to_string(e.op));
  return e.op == Operator::Changed || e.op == Operator::Unchanged ? op : op + " " + shortened(*e.value);
}

std::string expected_text(const Expectation& e) { return e.path + " " + wanted_text(e); }

words::Message seen(const Expectation& e, const observe::Moment& moment) {
  const std::optional<json> value = observe::state_at(moment, e.path);
  return value ? words::Message("problem.example"_w, {{"text", shortened(*value)}})
               : words::Message("problem.thing.nothing"_w);
}

words::Message seen_instead(const Expectation& e, words::Message seen) {
  return {"run.seen"_w, {{"what", expected_text(e)}, {"seen", std::move(seen)}}};
}

}  // namespace kafkascope::scenario
