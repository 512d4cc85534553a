// assets/scenario.schema.json and the parser's tables say the same.
#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "cluster/command.h"
#include "protocol/config.h"
#include "scenario/api_names.h"
#include "scenario/files.h"
#include "scenario/vocabulary.h"

using namespace kafkascope;
using namespace kafkascope::scenario;
using nlohmann::json;

namespace {

std::set<std::string> words(std::string_view list) {
  std::set<std::string> out;
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (comma != 0) out.emplace(list.substr(0, comma));
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return out;
}

template <class Range>
std::set<std::string> all(const Range& range) {
  std::set<std::string> out;
  for (const auto& item : range) out.insert(std::string(item));
  return out;
}

std::set<std::string> keys(const json& object) {
  std::set<std::string> out;
  for (const auto& [key, value] : object.items()) out.insert(key);
  return out;
}

std::set<std::string> strings(const json& list) {
  std::set<std::string> out;
  for (const auto& item : list) out.insert(item.get<std::string>());
  return out;
}

}  // namespace

TEST_CASE("the schema knows the parser's verbs, kinds, fields and operators") {
  const json schema = json::parse(read_text(source_path("assets/scenario.schema.json")));
  const json& defs = schema.at("$defs");

  CHECK(strings(defs.at("step").at("properties").at("do").at("enum")) == all(cluster::kVerbNames));
  std::set<std::string> verbs;
  for (const json& branch : defs.at("step").at("allOf")) {
    const json& condition = branch.at("if");
    if (!condition.contains("properties")) continue;
    const std::string verb = condition.at("properties").at("do").at("const");
    CAPTURE(verb);
    verbs.insert(verb);
    const auto parsed = cluster::parse_verb(verb);
    REQUIRE(parsed.has_value());
    const VerbRow& row = kVerbRows[static_cast<std::size_t>(*parsed)];
    std::set<std::string> wanted = words(row.required);
    CHECK(strings(branch.at("then").value("required", json::array())) == wanted);
    wanted.merge(words(row.optional));
    std::set<std::string> found = keys(branch.at("then").at("properties"));
    for (const char* step_field : {"by", "id", "error", "as"}) {
      if (!wanted.contains(step_field)) found.erase(step_field);
    }
    CHECK(found == wanted);
  }
  CHECK(verbs == all(cluster::kVerbNames));

  std::set<std::string> step_fields = keys(defs.at("step").at("properties"));
  for (const char* by_branch : {"by", "id", "error", "as"}) step_fields.insert(by_branch);
  CHECK(step_fields == words(kStepFields));

  std::set<std::string> kinds;
  for (const json& branch : defs.at("client").at("allOf")) {
    const std::string kind = branch.at("if").at("properties").at("kind").at("const");
    CAPTURE(kind);
    kinds.insert(kind);
    const auto row =
        std::find_if(std::begin(kClientKinds), std::end(kClientKinds), [&](const auto& r) { return r.name == kind; });
    REQUIRE(row != std::end(kClientKinds));
    std::set<std::string> found = keys(branch.at("then").at("properties"));
    found.erase("config");
    CHECK(found == words(row->fields));
  }
  CHECK(kinds == strings(defs.at("client").at("properties").at("kind").at("enum")));
  CHECK(kinds.size() == std::size(kClientKinds));

  std::set<std::string> expectation = keys(defs.at("expectation").at("properties"));
  for (const char* other : {"path", "since", "within", "always", "message", "only"}) expectation.erase(other);
  CHECK(expectation == all(kOperatorNames));

  CHECK(strings(defs.at("view").at("properties").at("panels").at("items").at("enum")) == all(kPanels));
  CHECK(strings(defs.at("view").at("properties").at("hide").at("items").at("enum")) == all(kHidden));
  CHECK(strings(defs.at("api").at("enum")) == all(kApiNames));
  CHECK(strings(defs.at("error").at("enum")) == all(error_names()));
}

TEST_CASE("the schema knows every configuration key in its place") {
  const json defs = json::parse(read_text(source_path("assets/scenario.schema.json"))).at("$defs");
  namespace s = protocol::config_scope;
  for (const auto& place : {std::pair<const char*, protocol::ConfigScopes>{"server_config", s::kServer},
                            {"topic_config", s::kTopic},
                            {"producer_config", s::kProducer},
                            {"consumer_config", s::kConsumer},
                            {"admin_config", s::kAdmin},
                            {"connect_config", s::kConnect},
                            {"streams_config", s::kStreams}}) {
    const char* const name = place.first;  // clang 14 cannot capture a structured binding
    CAPTURE(name);
    std::set<std::string> wanted;
    for (const auto& d : protocol::config_definitions()) {
      if ((d.scopes & place.second) != 0) wanted.emplace(d.name);
    }
    CHECK(keys(defs.at(name).at("properties")) == wanted);
  }
}

TEST_CASE("docs/scenario-format.md names every verb, kind and operator") {
  const std::string text = read_text(source_path("docs/scenario-format.md"));
  for (const auto& verb : cluster::kVerbNames)
    CHECK_MESSAGE(text.find("`" + std::string(verb) + "`") != std::string::npos, verb);
  for (const auto& row : kClientKinds)
    CHECK_MESSAGE(text.find("`" + std::string(row.name) + "`") != std::string::npos, row.name);
  for (const auto& op : kOperatorNames) CHECK_MESSAGE(text.find(op) != std::string::npos, op);
  for (const auto& row : kClientKinds) {
    for (const auto& field : words(row.fields))
      CHECK_MESSAGE(
          (text.find("`" + field) != std::string::npos || text.find("\"" + field + "\"") != std::string::npos), field);
  }
}
