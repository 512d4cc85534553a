// kafkascope verbs: the acts of a step, from their declarations (cluster/verbs.h).
#include "cluster/verbs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "app/cli/language.h"
#include "app/cli/options.h"
#include "protocol/metadata_records.h"
#include "scenario/problem.h"
#include "scenario/reading.h"
#include "scenario/vocabulary.h"
#include "words/message.h"

namespace kafkascope::cli {

using cluster::Field;
using cluster::FieldType;
using cluster::Rule;
using cluster::VerbInfo;
using nlohmann::ordered_json;

namespace {

std::string one_of(const std::string& names) { return tr("value.one_of"_w, {{"names", names}}); }

/// The kind of value that the field takes.
std::string value_of(const Field& field) {
  switch (field.type) {
    case FieldType::Node: return tr("value.node"_w);
    case FieldType::Nodes: return tr("value.nodes"_w);
    case FieldType::Flag: return tr("value.flag"_w);
    case FieldType::Word:
      return tr("value.one_of_two"_w, {{"first", field.words.first}, {"second", field.words.second}});
    case FieldType::Integer:
      if (field.most != Field{}.most)
        return tr("value.number_between"_w,
                  {{"least", std::to_string(field.least)}, {"most", std::to_string(field.most)}});
      return tr("value.number_from"_w, {{"least", std::to_string(field.least)}});
    case FieldType::LogDir: return tr("value.log_dir"_w, {{"most", std::to_string(scenario::kMostLogDirs - 1)}});
    case FieldType::Count: return tr("value.count"_w);
    case FieldType::Duration: return tr(field.least < 0 ? "value.signed_duration"_w : "value.duration"_w);
    case FieldType::Latency: return tr("value.latency"_w);
    case FieldType::Bandwidth: return tr("value.bandwidth"_w);
    case FieldType::ByteRate: return tr("value.byte_rate"_w);
    case FieldType::Size: return tr("value.size"_w);
    case FieldType::Fraction: return tr("value.fraction"_w);
    case FieldType::Positive: return tr("remedy.number_above_0"_w);
    case FieldType::Text: return tr("value.text"_w);
    case FieldType::Topic: return tr("value.topic"_w);
    case FieldType::NewTopic: return tr("value.new_topic"_w);
    case FieldType::Topics: return tr("value.topics"_w);
    case FieldType::Group: return tr("value.group"_w);
    case FieldType::Client: return tr("value.client"_w, {{"default", protocol::kDefaultEntity}});
    case FieldType::Api: return tr("value.api"_w);
    case FieldType::ErrorCode: return tr("value.error_code"_w);
    case FieldType::EventKey: return tr("value.event_key"_w);
    case FieldType::Principal: return tr("value.principal"_w);
    case FieldType::Operation: return tr("value.operation"_w);
    case FieldType::Resource: return tr("value.resource"_w);
    case FieldType::Partition: return tr("value.partition"_w);
    case FieldType::Partitions: return tr("value.partitions"_w);
    case FieldType::BrokerIds: return tr("value.broker_ids"_w);
    case FieldType::Assignments: return tr("value.assignments"_w, {{"example", R"({"0": [1, 2, 3]})"}});
    case FieldType::ConfigEntries: return tr("value.config"_w, {{"example", R"({"min.insync.replicas": 2})"}});
    case FieldType::SeekOffset: return tr("value.offset"_w);
    case FieldType::SeekTo: return tr("value.one_of_two"_w, {{"first", "beginning"}, {"second", "end"}});
    case FieldType::ResetTo: return tr("value.reset_to"_w, {{"example", R"({"timestamp": 1700000000000})"}});
    case FieldType::NewClient: return tr("value.new_client"_w);
    case FieldType::Records: return tr("value.records"_w, {{"example", R"([{"key": "a", "value": "1"}])"}});
    case FieldType::Offsets: return tr("value.offsets"_w, {{"example", R"({"orders-0": 7})"}});
    case FieldType::Rate: return tr("value.rate"_w);
    case FieldType::Work: return tr("value.work"_w);
    case FieldType::Send: return one_of(fmt::format("{}", fmt::join(cluster::kSendModeNames, ", ")));
    case FieldType::Commit: return one_of(fmt::format("{}", fmt::join(cluster::kCommitModeNames, ", ")));
    case FieldType::Handoff: return tr("value.handoff"_w, {{"example", R"({"threads": 4})"}});
    case FieldType::Acknowledge: return tr("value.acknowledge"_w);
    case FieldType::Calls: return tr("value.calls"_w);
    case FieldType::Partitioner: return one_of(fmt::format("{}", fmt::join(scenario::kPartitionerNames, ", ")));
  }
  return {};
}

/// crash node, heal [node] [from] [to]
std::string usage_of(const VerbInfo& verb) {
  std::string out(verb.name);
  for (const Field& field : verb.fields)
    out += field.required ? fmt::format(" {}", field.name) : fmt::format(" [{}]", field.name);
  return out;
}

/// A value of the field, as written in a step; "": the type has no typical value.
std::string example_value(const Field& field) {
  if (*field.example != '\0')
    return ordered_json::accept(field.example) ? field.example : ordered_json(field.example).dump();
  switch (field.type) {
    case FieldType::Node:
      return field.who == cluster::Who::Producers   ? R"("shop")"
             : field.who == cluster::Who::Consumers ? R"("billing-1")"
             : field.who == cluster::Who::Clients   ? R"("shop")"
                                                    : R"("broker-1")";
    case FieldType::Nodes: return R"(["broker-1"])";
    case FieldType::Topic:
    case FieldType::NewTopic: return R"("orders")";
    case FieldType::Topics: return R"(["orders"])";
    case FieldType::Group: return R"("billing")";
    case FieldType::Partition: return R"("orders-0")";
    case FieldType::Partitions: return R"(["orders-0"])";
    case FieldType::ConfigEntries: return R"({"min.insync.replicas": 2})";
    case FieldType::Records: return R"([{"key": "a", "value": "1"}])";
    case FieldType::Offsets: return R"({"orders-0": 7})";
    case FieldType::Duration: return R"("5s")";
    case FieldType::ErrorCode: return R"("NOT_LEADER_OR_FOLLOWER")";
    case FieldType::Principal: return R"("User:shop")";
    case FieldType::Operation: return R"("Read")";
    case FieldType::Resource: return R"("topic:orders")";
    case FieldType::ResetTo: return R"("earliest")";
    case FieldType::Integer: return std::to_string(std::max<std::int64_t>(field.least, 3));
    default: return {};
  }
}

/// {"at": "5s", "do": "crash", "node": "broker-1"}; "": a required field has no typical value.
std::string example_of(const VerbInfo& verb, const std::string& at) {
  std::string out = fmt::format(R"({{"at": "{}", "do": "{}")", at, verb.name);
  for (const Field& field : verb.fields) {
    if (!field.required) continue;
    const std::string value = example_value(field);
    if (value.empty()) return {};
    out += fmt::format(R"(, "{}": {})", field.name, value);
  }
  return out + "}";
}

/// Acts that make sense only together are shown together: a transaction from its beginning to its end.
std::vector<std::string> examples_of(const VerbInfo& verb) {
  using cluster::Verb;
  const bool of_transaction = verb.verb == Verb::BeginTransaction || verb.verb == Verb::CommitTransaction ||
                              verb.verb == Verb::AbortTransaction || verb.verb == Verb::SendOffsetsToTransaction;
  std::vector<Verb> acts{verb.verb};
  if (of_transaction)
    acts = {Verb::BeginTransaction, verb.verb == Verb::SendOffsetsToTransaction ? verb.verb : Verb::Produce,
            verb.verb == Verb::AbortTransaction ? verb.verb : Verb::CommitTransaction};
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < acts.size(); ++i)
    if (std::string line = example_of(cluster::info(acts[i]), fmt::format("{}s", 5 + i)); !line.empty())
      lines.push_back(std::move(line));
  return lines;
}

std::string rule_of(const Rule& rule) {
  return tr(rule.kind == Rule::Kind::Exclude ? "cli.verb_excludes"_w : "cli.verb_needs_one"_w,
            {{"fields", fmt::format("{}", fmt::join(rule.fields, ", "))}});
}

void print_head(const VerbInfo& verb) {
  std::cout << usage_of(verb) << "\n  " << tr(verb.words("name")) << "\n  " << tr(verb.words("does")) << "\n";
}

void print(const VerbInfo& verb) {
  print_head(verb);
  std::size_t width = 0;
  for (const Field& field : verb.fields) width = std::max(width, field.name.size());
  for (const Field& field : verb.fields) {
    std::cout << fmt::format("    {:<{}}  {}", field.name, width, value_of(field));
    if (field.required) std::cout << tr("cli.verb_required"_w);
    if (*field.example != '\0') std::cout << tr("cli.verb_example"_w, {{"example", field.example}});
    std::cout << "\n";
  }
  for (const Rule& rule : verb.rules) std::cout << "    " << rule_of(rule) << "\n";
  if (verb.is(cluster::kAdmin)) std::cout << "    " << tr("cli.verb_is_administrative"_w) << "\n";
  for (const std::string& line : examples_of(verb)) std::cout << "  " << line << "\n";
}

ordered_json json_of(const VerbInfo& verb) {
  ordered_json fields = ordered_json::array();
  for (const Field& field : verb.fields)
    fields.push_back({{"name", field.name}, {"value", value_of(field)}, {"required", field.required}});
  return {{"verb", verb.name},
          {"name", tr(verb.words("name"))},
          {"does", tr(verb.words("does"))},
          {"fields", fields},
          {"examples", examples_of(verb)}};
}

}  // namespace

int verbs(const Options& o) {
  std::vector<const VerbInfo*> chosen;
  for (const std::string& name : o.command) {
    const auto all = cluster::verbs();
    const auto found = std::find_if(all.begin(), all.end(), [&](const VerbInfo& verb) { return verb.name == name; });
    if (found == all.end()) {
      const std::string near = scenario::nearest(name, cluster::verb_names());
      std::cerr << name << ": " << tr("cli.no_such_verb"_w);
      if (!near.empty()) std::cerr << tr("cli.or_did_you_mean"_w, {{"name", near}});
      std::cerr << "\n";
      return kBadInput;
    }
    chosen.push_back(&*found);
  }
  if (chosen.empty())
    for (const VerbInfo& verb : cluster::verbs()) chosen.push_back(&verb);
  if (o.json) {
    ordered_json out = ordered_json::array();
    for (const VerbInfo* verb : chosen) out.push_back(json_of(*verb));
    std::cout << out.dump(2) << "\n";
    return kOk;
  }
  if (o.command.empty()) {
    for (const VerbInfo* verb : chosen) print_head(*verb);
    std::cout << "\n" << tr("cli.verbs_more"_w) << "\n";
    return kOk;
  }
  for (const VerbInfo* verb : chosen) print(*verb);
  return kOk;
}

}  // namespace kafkascope::cli
