#include "scenario/act_schema.h"

#include <cassert>
#include <initializer_list>
#include <limits>

#include "cluster/verbs.h"
#include "scenario/node_building.h"
#include "scenario/reading.h"

namespace kafkascope::scenario {

namespace {

using cluster::Field;
using cluster::FieldType;
using cluster::Rule;
using cluster::VerbInfo;

Node object(std::initializer_list<std::pair<std::string_view, Node>> members) {
  Node node = Node::object();
  for (const auto& [key, value] : members) put(node, key, value);
  return node;
}
Node words(std::initializer_list<std::string_view> list) { return list_of(list, word); }
Node list(std::initializer_list<Node> items) {
  return list_of(items, [](const Node& item) { return item; });
}
Node number(std::int64_t n) { return Node(n); }
/// One of the schema's definitions.
Node defined(std::string_view name) { return object({{"$ref", word("#/$defs/" + std::string(name))}}); }
Node type(std::string_view name) { return object({{"type", word(name)}}); }
Node one_of(std::initializer_list<std::string_view> all) { return object({{"enum", words(all)}}); }

Node integer(std::int64_t least, std::int64_t most = std::numeric_limits<std::int64_t>::max()) {
  Node node = object({{"type", word("integer")}, {"minimum", number(least)}});
  if (most != std::numeric_limits<std::int64_t>::max()) put(node, "maximum", number(most));
  return node;
}

Node position_to_reset() {
  return object({{"oneOf", list({one_of({"earliest", "latest"}), integer(0),
                                 object({{"type", word("object")},
                                         {"properties", object({{"timestamp", integer(0)}})},
                                         {"patternProperties", object({{"^x-", Node(true)}})},
                                         {"required", words({"timestamp"})},
                                         {"additionalProperties", Node(false)}})})}});
}

Node value_of(const VerbInfo& verb, const Field& field) {
  switch (field.type) {
    case FieldType::Node: return defined("node");
    case FieldType::Nodes: return defined("nodes");
    case FieldType::Flag: return type("boolean");
    case FieldType::Word: return one_of({field.words.first, field.words.second});
    case FieldType::Integer: return integer(field.least, field.most);
    case FieldType::LogDir: return integer(0, kMostLogDirs - 1);
    case FieldType::Count: return object({{"oneOf", list({integer(1), object({{"const", word("all")}})})}});
    case FieldType::Duration: return defined(field.least < 0 ? "signed_duration" : "duration");
    case FieldType::Latency: return defined("latency");
    case FieldType::Bandwidth: return defined("bandwidth");
    case FieldType::ByteRate: return object({{"type", words({"integer", "string"})}, {"minimum", number(1)}});
    case FieldType::Size: return defined("size");
    case FieldType::Fraction: return object({{"type", word("number")}, {"minimum", number(0)}, {"maximum", number(1)}});
    case FieldType::Positive: return object({{"type", word("number")}, {"exclusiveMinimum", number(0)}});
    case FieldType::Text:
    case FieldType::Topic:
    case FieldType::NewTopic:
    case FieldType::Group:
    case FieldType::Client:
    case FieldType::Principal:
    case FieldType::Operation:
    case FieldType::Resource: return type("string");
    case FieldType::EventKey: return object({{"type", word("string")}, {"minLength", number(1)}});
    case FieldType::Api: return defined("api");
    case FieldType::ErrorCode: return defined("error");
    case FieldType::Partition: return defined("partition");
    case FieldType::Partitions: return defined("partitions");
    case FieldType::Topics:
    case FieldType::Calls: return defined("strings");
    case FieldType::BrokerIds: return defined("broker_ids");
    case FieldType::Assignments: return defined("assignments");
    case FieldType::ConfigEntries:
      if (verb.verb == cluster::Verb::CreateTopic)
        return object({{"anyOf", list({defined("topic_config"), defined("any_config")})}});
      return defined("any_config");
    case FieldType::SeekOffset: return integer(0);
    case FieldType::SeekTo: return one_of({"beginning", "end"});
    case FieldType::ResetTo: return position_to_reset();
    case FieldType::NewClient: {
      Node client = defined("client");
      put(client, "not",
          object(
              {{"anyOf", list({object({{"required", words({"start"})}}), object({{"required", words({"stop"})}})})}}));
      return client;
    }
    case FieldType::Records:
      return object({{"type", word("array")}, {"items", defined("record")}, {"minItems", number(1)}});
    case FieldType::Offsets:
      return object({{"type", word("object")},
                     {"patternProperties", object({{"^.+-[0-9]+$", integer(0)}})},
                     {"additionalProperties", Node(false)}});
    case FieldType::Rate: return defined("rate");
    case FieldType::Work: return defined("work");
    case FieldType::Send: return defined("send");
    case FieldType::Commit: return defined("commit");
    case FieldType::Handoff: return defined("handoff");
    case FieldType::Acknowledge: return defined("acknowledge");
    case FieldType::Partitioner: return defined("partitioner");
  }
  return Node(true);
}

Node needs(std::string_view field) { return object({{"required", words({field})}}); }

/// The schemas that express the verb's rules: at least one of some fields, or never two of them together.
Node rules_of(const VerbInfo& verb) {
  Node all = Node::array();
  for (const Rule& rule : verb.rules) {
    if (rule.kind == Rule::Kind::AnyOf) {
      all.items().push_back(object({{"anyOf", list_of(rule.fields, needs)}}));
      continue;
    }
    for (std::size_t i = 0; i < rule.fields.size(); ++i)
      for (std::size_t j = i + 1; j < rule.fields.size(); ++j)
        all.items().push_back(object({{"not", object({{"required", words({rule.fields[i], rule.fields[j]})}})}}));
  }
  return all;
}

/// The fields that a step with this verb takes.
Node branch_of(const VerbInfo& verb) {
  Node properties = Node::object(), required = Node::array();
  for (const Field& field : verb.fields) {
    put(properties, field.name, value_of(verb, field));
    if (field.required) required.items().push_back(word(field.name));
  }
  const auto also = [&](std::string_view name, Node value) {
    if (verb.find(name) == nullptr) put(properties, name, std::move(value));
  };
  if (verb.is(cluster::kAdmin)) {
    also("error", defined("error"));
    also("as", type("string"));
  }
  also("by", object({{"const", word("learner")}}));
  also("id", type("string"));
  Node then = object({{"properties", properties}});
  if (!required.items().empty()) put(then, "required", std::move(required));
  Node rules = rules_of(verb);
  if (rules.items().size() == 1) then.members().push_back(rules.items().front().members().front());
  else if (!rules.items().empty()) put(then, "allOf", std::move(rules));
  const Node condition =
      object({{"properties", object({{"do", object({{"const", word(verb.name)}})}})}, {"required", words({"do"})}});
  return object({{"if", condition}, {"then", then}});
}

}  // namespace

Node with_acts(Node schema) {
  Node* step = &schema;
  for (const char* key : {"$defs", "step"}) step = step->find(key);
  Node& branches = *step->find("allOf");
  // The branches for steps without `do` stay.
  std::erase_if(branches.items(), [](const Node& branch) { return branch.find("if")->find("properties") != nullptr; });
  std::vector<Node> acts;
  for (const VerbInfo& verb : cluster::verbs()) acts.push_back(branch_of(verb));
  branches.items().insert(branches.items().begin(), acts.begin(), acts.end());
  *step->find("properties")->find("do")->find("enum") = list_of(cluster::verb_names(), word);
  return schema;
}

}  // namespace kafkascope::scenario
