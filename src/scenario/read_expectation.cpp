// {"path": …, operator: value, …}: what must be true of the state, and when.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "scenario/node_json.h"
#include "scenario/reading.h"
#include "scenario/vocabulary.h"

namespace kafkascope::scenario {

std::string_view to_string(Operator op) { return kOperatorNames[static_cast<std::size_t>(op)]; }

namespace {

/// Is the operand of the form that the operator needs?
bool check_operand(Reading& reading, Operator op, const Node& value, const Path& path) {
  switch (op) {
    case Operator::AtLeast:
    case Operator::AtMost:
    case Operator::IncreasedBy:
      if (value.is_number()) return true;
      reading.report.error(value, path, fmt::format("{} compares numbers, not {}", to_string(op), value.kind_name()),
                           "a number (times are integers in us)");
      return false;
    case Operator::Size: return reading.integer(value, path, 0, 1000000000000).has_value();
    case Operator::In:
      if (value.is_array() && !value.items().empty()) return true;
      reading.report.error(value, path, "\"in\" needs the values to choose from", "a list such as [1, 2]");
      return false;
    case Operator::Matches: {
      const auto text = reading.string(value, path, "a regular expression");
      if (!text) return false;
      RE2::Options options;
      options.set_log_errors(false);
      options.set_max_mem(1 << 20);
      const RE2 expression(*text, options);
      if (expression.ok()) return true;
      reading.report.error(value, path,
                           fmt::format("{} is not a regular expression: {}", in_quotes(*text), expression.error()),
                           "RE2's syntax");
      return false;
    }
    case Operator::SameAs:
    case Operator::DiffersFrom: {
      const auto text = reading.string(value, path, "another path of the state");
      return text && check_state_path(reading, value, path, *text);
    }
    case Operator::Changed:
    case Operator::Unchanged:
      if (value.is_boolean() && value.boolean()) return true;
      reading.report.error(value, path, fmt::format("{} takes only true", to_string(op)),
                           fmt::format("\"{}\": true", op == Operator::Changed ? "changed" : "unchanged"));
      return false;
    default: return true;
  }
}

}  // namespace

std::optional<std::vector<std::string>> read_only(Reading& reading, Fields& fields) {
  const Node* node = fields.take("only");
  if (node == nullptr) return std::vector<std::string>{};
  const Path path = fields.at("only");
  auto list = reading.strings(*node, path);
  if (!list) return std::nullopt;
  if (node->items().empty())
    reading.report.error(*node, path, "\"only\" names no variant, so this never happens",
                         "at least one variant, or leave it out");
  for (std::size_t i = 0; i < node->items().size() && !reading.report.full(); ++i) {
    const Node& item = node->items()[i];
    if (!item.is_string()) continue;
    const auto& known = reading.names.variants;
    if (std::find(known.begin(), known.end(), item.text()) == known.end()) {
      reading.report.error(item, Path(path, i), fmt::format("no variant is called {}", in_quotes(item.text())),
                           suggestion(item.text(), known));
    }
  }
  return list;
}

std::optional<Expectation> read_expectation(Reading& reading, const Node& node, const Path& path,
                                            ExpectationPlace place) {
  Fields fields(reading, node, path, "an expectation");
  if (!fields.is_object()) return std::nullopt;
  Expectation e;
  e.position = node.position();
  e.pointer = path.pointer();
  if (auto only = read_only(reading, fields)) e.only = std::move(*only);
  std::optional<Report::Unheard> unheard;
  if (!reading.is_mine(e.only)) unheard.emplace(reading.report);
  bool good = true;
  const Node* state_path = fields.need("path", R"("path": "/partitions/orders-0/leader")");
  if (state_path != nullptr && fields.get("path", e.path))
    good = check_state_path(reading, *state_path, fields.at("path"), e.path);
  else good = false;

  int operators = 0;
  std::string_view first;
  for (std::size_t i = 0; i < std::size(kOperatorNames); ++i) {
    const Node* value = fields.take(kOperatorNames[i]);
    if (value == nullptr) continue;
    if (++operators == 1) first = kOperatorNames[i];
    if (operators == 2) {
      reading.report.error(
          node, path,
          fmt::format("two operators in one expectation: {} and {}", in_quotes(first), in_quotes(kOperatorNames[i])),
          "one of them; a second expectation for the other");
      good = false;
    }
    e.op = static_cast<Operator>(i);
    good = check_operand(reading, e.op, *value, fields.at(kOperatorNames[i])) && good;
    e.value = std::make_shared<const nlohmann::json>(to_nlohmann(*value));
  }
  const Node* since = fields.take("since");
  const Node* within = fields.take("within");
  const Node* always = fields.take("always");
  if (since != nullptr) e.since = reading.instant(*since, fields.at("since"));
  if (within != nullptr) e.within = reading.duration(*within, fields.at("within"));
  if (always != nullptr) {
    fields.get("always", e.always);
    if (always->is_boolean() && !always->boolean())
      reading.report.error(*always, fields.at("always"), "\"always\" takes only true", "leave it out");
  }
  fields.get("message", e.message, true);
  if (place == ExpectationPlace::When && !e.only.empty()) {
    reading.report.error(node, path, "\"only\" inside \"when\"", "\"only\" of the step");
  }
  fields.finish();

  if (operators == 0) {
    // An unknown field was most likely meant as the operator; finish() has named the nearest.
    std::string all;
    for (const std::string_view name : kOperatorNames) all += (all.empty() ? "one of " : ", ") + std::string(name);
    reading.report.error(node, path, "an expectation without an operator", all);
    return std::nullopt;
  }
  const bool compares_times = e.op == Operator::Changed || e.op == Operator::Unchanged || e.op == Operator::IncreasedBy;
  if (compares_times && since == nullptr) {
    reading.report.error(node, path, fmt::format("{} needs to know since when", to_string(e.op)), "\"since\": \"5s\"");
    good = false;
  }
  if (!compares_times && since != nullptr) {
    reading.report.error(*since, fields.at("since"), fmt::format("\"since\" has no meaning with {}", to_string(e.op)),
                         "changed, unchanged or increased_by");
  }
  if (e.since && reading.until_known && *e.since > reading.until) {
    reading.report.error(
        *since, fields.at("since"),
        fmt::format("{} lies beyond until ({})", duration_text({e.since->us}), duration_text({reading.until.us})),
        "a time up to \"until\"");
  }
  if (within != nullptr && always != nullptr)
    reading.report.error(*always, fields.at("always"), "\"within\" and \"always\" contradict each other",
                         "one of them");
  if (place == ExpectationPlace::When) {
    if (within != nullptr)
      reading.report.error(*within, fields.at("within"), "\"within\" inside \"when\"", "\"timeout\" of the step");
    if (always != nullptr)
      reading.report.error(*always, fields.at("always"), "\"always\" inside \"when\"", "leave it out");
  }
  if (!good) return std::nullopt;
  return e;
}

}  // namespace kafkascope::scenario
