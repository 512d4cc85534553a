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

/// Whether the operand has the form that the operator needs.
bool check_operand(Reading& reading, Operator op, const Node& value, const Path& path) {
  switch (op) {
    case Operator::AtLeast:
    case Operator::AtMost:
    case Operator::IncreasedBy:
      if (value.is_number()) return true;
      reading.report.error(
          value, path,
          Message("problem.operator_compares_numbers"_w, {{"operator", to_string(op)}, {"found", kind_of(value)}}),
          "remedy.number_times_in_us"_w);
      return false;
    case Operator::Size: return reading.integer(value, path, 0, 1000000000000).has_value();
    case Operator::In:
      if (value.is_array() && !value.items().empty()) return true;
      reading.report.error(value, path, "problem.in_needs_values"_w,
                           Message("remedy.list_such_as"_w, {{"example", "[1, 2]"}}));
      return false;
    case Operator::Matches: {
      const auto text = reading.string(value, path, "remedy.regular_expression"_w);
      if (!text) return false;
      RE2::Options options;
      options.set_log_errors(false);
      options.set_max_mem(1 << 20);
      const RE2 expression(*text, options);
      if (expression.ok()) return true;
      reading.report.error(
          value, path,
          Message("problem.not_regular_expression"_w, {{"text", in_quotes(*text)}, {"error", expression.error()}}),
          "remedy.re2"_w);
      return false;
    }
    case Operator::SameAs:
    case Operator::DiffersFrom: {
      const auto text = reading.string(value, path, "remedy.another_path_of_state"_w);
      return text && check_state_path(reading, value, path, *text);
    }
    case Operator::Changed:
    case Operator::Unchanged:
      if (value.is_boolean() && value.boolean()) return true;
      reading.report.error(value, path, Message("problem.operator_takes_true"_w, {{"operator", to_string(op)}}),
                           example(fmt::format("\"{}\": true", op == Operator::Changed ? "changed" : "unchanged")));
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
    reading.report.error(*node, path, "problem.only_names_no_variant"_w, "remedy.one_variant"_w);
  for (std::size_t i = 0; i < node->items().size() && !reading.report.full(); ++i) {
    const Node& item = node->items()[i];
    if (!item.is_string()) continue;
    const auto& known = reading.names.variants;
    if (std::find(known.begin(), known.end(), item.text()) == known.end()) {
      reading.report.error(item, Path(path, i),
                           Message("problem.no_such_variant"_w, {{"variant", in_quotes(item.text())}}),
                           suggestion(item.text(), known));
    }
  }
  return list;
}

std::optional<Expectation> read_expectation(Reading& reading, const Node& node, const Path& path,
                                            ExpectationPlace place) {
  Fields fields(reading, node, path, "problem.thing.expectation"_w);
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
          Message("problem.two_operators"_w, {{"one", in_quotes(first)}, {"other", in_quotes(kOperatorNames[i])}}),
          "remedy.one_of_them_second_expectation"_w);
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
      reading.report.error(*always, fields.at("always"), "problem.always_takes_true"_w, "remedy.leave_out"_w);
  }
  fields.get("message", e.message, true);
  if (place == ExpectationPlace::When && !e.only.empty()) {
    reading.report.error(node, path, "problem.only_inside_when"_w, "remedy.only_of_step"_w);
  }
  fields.finish();

  if (operators == 0) {
    // An unknown field was most likely meant as the operator; finish() has named the nearest.
    std::string all;
    for (const std::string_view name : kOperatorNames) all.append(all.empty() ? "" : ", ").append(name);
    reading.report.error(node, path, "problem.no_operator"_w, Message("remedy.one_of"_w, {{"names", all}}));
    return std::nullopt;
  }
  const bool compares_times = e.op == Operator::Changed || e.op == Operator::Unchanged || e.op == Operator::IncreasedBy;
  if (compares_times && since == nullptr) {
    reading.report.error(node, path, Message("problem.operator_needs_since"_w, {{"operator", to_string(e.op)}}),
                         example("\"since\": \"5s\""));
    good = false;
  }
  if (!compares_times && since != nullptr) {
    reading.report.error(*since, fields.at("since"),
                         Message("problem.since_without_meaning"_w, {{"operator", to_string(e.op)}}),
                         "remedy.with_operator"_w);
  }
  if (e.since && reading.until_known && *e.since > reading.until) {
    reading.report.error(*since, fields.at("since"),
                         Message("problem.beyond_until"_w,
                                 {{"at", duration_text({e.since->us})}, {"until", duration_text({reading.until.us})}}),
                         "remedy.time_up_to_until"_w);
  }
  if (within != nullptr && always != nullptr)
    reading.report.error(*always, fields.at("always"), "problem.within_and_always"_w, "remedy.one_of_them"_w);
  if (place == ExpectationPlace::When) {
    if (within != nullptr)
      reading.report.error(*within, fields.at("within"), "problem.within_inside_when"_w, "remedy.timeout_of_step"_w);
    if (always != nullptr)
      reading.report.error(*always, fields.at("always"), "problem.always_inside_when"_w, "remedy.leave_out"_w);
  }
  if (!good) return std::nullopt;
  return e;
}

}  // namespace kafkascope::scenario
