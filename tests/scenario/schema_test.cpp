// assets/scenario.schema.json and the parser's tables agree.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "cluster/verbs.h"
#include "protocol/config.h"
#include "scenario/act_schema.h"
#include "scenario/api_names.h"
#include "scenario/files.h"
#include "scenario/json_reader.h"
#include "scenario/vocabulary.h"
#include "scenario/write.h"

using namespace kafkascope;
using namespace kafkascope::scenario;
using nlohmann::json;

namespace {

std::set<std::string> words_in(std::string_view list) {
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

namespace {

/// The position and the length of a step's definition in the schema's text.
std::pair<std::size_t, std::size_t> step_in(const std::string& schema) {
  const std::size_t begin = schema.find("\n    \"step\": {\n") + 1;
  return {begin, schema.find("\n    },\n", begin) - begin};
}

}  // namespace

TEST_CASE("the schema describes acts as the table of verbs does") {
  const auto path = source_path("assets/scenario.schema.json");
  const std::string text = read_text(path);
  Report report;
  const auto schema = read_json(text, report);
  REQUIRE(schema.has_value());
  const std::string made = pretty(with_acts(*schema));
  const auto [from, length] = step_in(made);
  const auto [to, old_length] = step_in(text);
  std::string wanted = text;
  wanted.replace(to, old_length, made, from, length);
  if (std::getenv("KAFKASCOPE_WRITE_SCHEMA") != nullptr) std::ofstream(path, std::ios::binary) << wanted;
  else
    CHECK_MESSAGE(text == wanted,
                  "write it anew: KAFKASCOPE_WRITE_SCHEMA=1 test_scenario -tc='the schema describes acts*'");
}

TEST_CASE("the schema has the parser's kinds, fields and operators") {
  const json schema = json::parse(read_text(source_path("assets/scenario.schema.json")));
  const json& defs = schema.at("$defs");

  std::set<std::string> step_fields = keys(defs.at("step").at("properties"));
  for (const char* by_branch : {"by", "id", "error", "as"}) step_fields.insert(by_branch);
  CHECK(step_fields == words_in(kStepFields));

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
    CHECK(found == words_in(row->fields));
  }
  CHECK(kinds == strings(defs.at("client").at("properties").at("kind").at("enum")));
  CHECK(kinds.size() == std::size(kClientKinds));

  std::set<std::string> expectation = keys(defs.at("expectation").at("properties"));
  for (const char* other : {"path", "since", "within", "always", "message", "only"}) expectation.erase(other);
  CHECK(expectation == all(kOperatorNames));

  CHECK(strings(defs.at("view").at("properties").at("panels").at("items").at("enum")) == all(kPanels));
  CHECK(strings(defs.at("view").at("properties").at("hide").at("items").at("enum")) == all(kHidden));
  CHECK(strings(defs.at("api").at("enum")) == all(api_names()));
  CHECK(strings(defs.at("error").at("enum")) == all(error_names()));
}

TEST_CASE("the schema has every configuration key in its scope") {
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

TEST_CASE("the table of acts in docs/scenario-format.md has a row for each verb, with its fields") {
  const std::string text = read_text(source_path("docs/scenario-format.md"));
  std::istringstream lines(text.substr(text.find("| do | fields |")));
  std::map<std::string, std::string> fields_of;  // by verb: the row's second cell
  for (std::string line; std::getline(lines, line) && line.starts_with("|");) {
    const std::size_t second = line.find('|', 1), third = line.find(" |", second + 1);
    const std::string verbs = line.substr(0, second);
    for (std::size_t at = verbs.find('`'); at != std::string::npos; at = verbs.find('`', at + 1)) {
      const std::size_t end = verbs.find('`', at + 1);
      CHECK(fields_of.emplace(verbs.substr(at + 1, end - at - 1), line.substr(second, third - second)).second);
      at = end;
    }
  }
  CHECK(fields_of.size() == cluster::verbs().size());
  for (const cluster::VerbInfo& verb : cluster::verbs()) {
    CAPTURE(verb.name);
    const auto row = fields_of.find(std::string(verb.name));
    REQUIRE(row != fields_of.end());
    for (const cluster::Field& field : verb.fields) {
      CAPTURE(field.name);
      const std::regex word("(^|[^a-z_])" + std::string(field.name) + "([^a-z_]|$)");
      CHECK(std::regex_search(row->second, word));
    }
  }
}

TEST_CASE("docs/scenario-format.md names every kind and operator") {
  const std::string text = read_text(source_path("docs/scenario-format.md"));
  for (const auto& row : kClientKinds)
    CHECK_MESSAGE(text.find("`" + std::string(row.name) + "`") != std::string::npos, row.name);
  for (const auto& op : kOperatorNames) CHECK_MESSAGE(text.find(op) != std::string::npos, op);
  for (const auto& row : kClientKinds) {
    for (const auto& field : words_in(row.fields))
      CHECK_MESSAGE(
          (text.find("`" + field) != std::string::npos || text.find("\"" + field + "\"") != std::string::npos), field);
  }
}
