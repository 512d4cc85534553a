// What the fields of an act alone cannot say.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cluster/cluster.h"
#include "protocol/metadata_records.h"
#include "scenario/api_names.h"
#include "scenario/command_checks.h"
#include "scenario/vocabulary.h"

namespace kafkascope::scenario {

using cluster::ClientKind;
using cluster::Command;
using cluster::Field;
using cluster::FieldType;
using cluster::Rule;
using cluster::Verb;
using cluster::Who;

bool consumes(ClientKind kind) {
  return kind == ClientKind::Consumer || kind == ClientKind::ShareConsumer || kind == ClientKind::Transform ||
         kind == ClientKind::ConsoleConsumer || kind == ClientKind::Streams;
}

bool produces(ClientKind kind) {
  return kind == ClientKind::Producer || kind == ClientKind::Transform || kind == ClientKind::ConsoleProducer ||
         kind == ClientKind::Streams;
}

const Names::Client* named_client(const Reading& reading, const Command& command) {
  if (!command.node || command.node->kind != cluster::NodeRef::Kind::Name) return nullptr;
  const auto client = reading.names.clients.find(command.node->name);
  return client == reading.names.clients.end() ? nullptr : &client->second;
}

void error_at(Reading& reading, const Fields& step, std::string_view field, std::string message, std::string remedy) {
  const Node* node = step.node().find(field);
  if (node != nullptr) reading.report.error(*node, step.at(field), std::move(message), std::move(remedy));
  else reading.report.error(step.node(), step.path(), std::move(message), std::move(remedy));
}

void check_who(Reading& reading, const Fields& step, const cluster::VerbInfo& verb, const Field& field,
               const cluster::NodeRef& ref) {
  const auto client =
      ref.kind == cluster::NodeRef::Kind::Name ? reading.names.clients.find(ref.name) : reading.names.clients.end();
  const bool is_client = client != reading.names.clients.end();
  const auto error = [&](std::string message, std::string remedy) {
    error_at(reading, step, field.name, std::move(message), std::move(remedy));
  };
  const std::string name = in_quotes(verb.name);
  if (field.who == Who::Servers && is_client) {
    const bool process = verb.verb == Verb::Restart || verb.verb == Verb::Shutdown;
    error(fmt::format("{} is for servers, {} is a client", name, in_quotes(ref.name)),
          process ? "\"start\" and \"stop\"" : "a broker or a controller");
  }
  if (field.who == Who::Servers || field.who == Who::Anybody) return;
  if (!is_client) {
    return error(fmt::format("{} is for clients, {} is none", name, in_quotes(to_text(ref))),
                 verb.verb == Verb::Start ? "\"restart\"" : suggestion(ref.name, reading.names.client_ids()));
  }
  const ClientKind kind = client->second.kind;
  if ((field.who == Who::Producers && !produces(kind)) || (field.who == Who::Consumers && !consumes(kind)))
    error(fmt::format("{} is a {} and cannot {}", in_quotes(ref.name), to_string(kind), verb.name),
          field.who == Who::Producers ? "a producer" : "a consumer");
}

void check_text(Reading& reading, const Fields& step, const Field& field, const std::string& text) {
  const auto error = [&](std::string message, std::string remedy) {
    error_at(reading, step, field.name, std::move(message), std::move(remedy));
  };
  switch (field.type) {
    case FieldType::Topic: reading.known_topic(*step.node().find(field.name), step.at(field.name), text); break;
    case FieldType::Group:
      if (!reading.names.has_group(text))
        error(fmt::format("no group is called {}", in_quotes(text)), suggestion(text, reading.names.groups));
      break;
    case FieldType::Client:
      if (text != protocol::kDefaultEntity && !reading.names.clients.contains(text))
        error(fmt::format("no client is called {}", in_quotes(text)), suggestion(text, reading.names.client_ids()));
      break;
    case FieldType::Api:
      if (!is_api_name(text)) error(fmt::format("Kafka has no API {}", in_quotes(text)), suggestion(text, kApiNames));
      break;
    case FieldType::ErrorCode:
      if (text == "NONE" || !is_error_name(text))
        error(fmt::format("Kafka has no error {}", in_quotes(text)), suggestion(text, error_names()));
      break;
    case FieldType::EventKey:
      if (text.empty()) error("no event is named", "the key of a pending event");
      break;
    case FieldType::Principal:
      if (!text.starts_with("User:"))
        error(fmt::format("{} is not a principal", in_quotes(text)), "\"User:kim\" for the client kim");
      break;
    case FieldType::Operation:
      if (!protocol::parse_acl_operation(text))
        error(
            fmt::format("ACLs know no operation {}", in_quotes(text)),
            "All, Read, Write, Create, Delete, Alter, Describe, ClusterAction, DescribeConfigs, AlterConfigs or IdempotentWrite");
      break;
    case FieldType::Resource:
      if (!cluster::parse_resource(text))
        error(fmt::format("{} is not a resource", in_quotes(text)),
              "\"topic:orders\", \"group:billing\", \"transactional-id:tx\" or \"cluster\"");
      break;
    default: break;
  }
}

void check_created(Reading& reading, const Node& assignments, const Path& path, const Command& command) {
  if (command.verb != Verb::CreateTopic) return;
  check_assignments(reading, assignments, path, command.topic, command.assignments, command.partition_count,
                    command.replication_factor);
  // Kafka's request has either assignments or numbers.
  if (command.partition_count && !command.assignments.empty() &&
      static_cast<std::int32_t>(command.assignments.size()) < *command.partition_count)
    reading.report.error(assignments, path,
                         fmt::format("{} assignments for {} partitions: Kafka takes those of all partitions, or none",
                                     command.assignments.size(), *command.partition_count),
                         fmt::format("assignments of partitions 0 to {}, or none", *command.partition_count - 1));
}

namespace {

struct FieldsTogether {
  Reading& reading;
  const Fields& step;
  const Command& command;

  void error(std::string_view field, std::string message, std::string remedy) {
    error_at(reading, step, field, std::move(message), std::move(remedy));
  }
  bool has(std::string_view field) const { return step.has(field); }
  bool is_false(std::string_view field) const {
    const Node* value = step.node().find(field);
    return value != nullptr && value->is_boolean() && !value->boolean();
  }

  void check_rule(const Rule& rule) {
    if (rule.kind == Rule::Kind::AnyOf) {
      if (std::none_of(rule.fields.begin(), rule.fields.end(), [&](auto f) { return has(f); }))
        error("do", fmt::format("{} {}", in_quotes(to_string(command.verb)), rule.says), rule.remedy);
      return;
    }
    for (std::size_t i = 0; i < rule.fields.size(); ++i)
      for (std::size_t j = i + 1; j < rule.fields.size(); ++j)
        if (has(rule.fields[i]) && has(rule.fields[j]))
          error(rule.fields[j],
                fmt::format("{} and {} exclude each other", in_quotes(rule.fields[i]), in_quotes(rule.fields[j])),
                "one of them");
  }

  void check_heal() {
    if (has("from") != has("to"))
      error(has("from") ? "from" : "to", "\"from\" and \"to\" belong together", "both, or \"node\", or nothing");
  }

  void check_disk() {
    for (const char* of_brokers : {"dir", "capacity", "fail"})
      if (has(of_brokers) && command.node && !command.node->name.empty() && !command.node->name.starts_with("broker-"))
        error(of_brokers, fmt::format("{} is for brokers", in_quotes(of_brokers)), "write and flush for other nodes");
  }

  void check_reassign() {
    // A flag that says false asks for nothing.
    for (const std::string_view flag : {"all", "cancel"})
      if (is_false(flag) && !command.all && !command.cancel && !has("replicas"))
        return error(flag, "\"reassign\" moves nothing", fmt::format("{}: true", in_quotes(flag)));
    const bool all = has("all") && !is_false("all");
    if (has("brokers") && !all)
      error("brokers", "\"brokers\" without \"all\"", "\"all\": true, or the \"replicas\" of one \"partition\"");
    if (all && !has("brokers"))
      error("all", "\"all\" without \"brokers\"",
            fmt::format("\"brokers\": [{}]", fmt::join(reading.names.broker_ids, ", ")));
    if (has("replicas") && !has("partition"))
      error("replicas", "the replicas of which partition?", "\"partition\": \"orders-0\"");
  }

  void check_acl() {
    const auto operation = protocol::parse_acl_operation(command.operation);
    const auto resource = cluster::parse_resource(command.resource);
    if (operation && resource && !protocol::fits(*operation, resource->first))
      error("operation",
            fmt::format("a {} has no operation {}: kafka-acls refuses it", protocol::name(resource->first),
                        command.operation),
            "\"operation\": \"Describe\"");
  }

  void check_feature() {
    if (has("name") && command.name != "eligible.leader.replicas.version")
      reading.not_yet(*step.node().find("name"), step.at("name"),
                      fmt::format("a change of the feature {}", in_quotes(command.name)),
                      "eligible.leader.replicas.version");
  }

  void check_quota() {
    if (!command.remove && !has("producer_byte_rate") && !has("consumer_byte_rate") && !has("request_percentage") &&
        !has("controller_mutation_rate"))
      error("do", "\"quota\" limits nothing", "\"producer_byte_rate\" or \"consumer_byte_rate\", or \"remove\": true");
    for (const std::string_view field : {"request_percentage", "controller_mutation_rate"})
      if (has(field))
        reading.not_yet(*step.node().find(field), step.at(field), in_quotes(field),
                        "producer_byte_rate, consumer_byte_rate");
  }

  /// What its kind does not do cannot be changed about it; what its kind does not do yet neither.
  void check_behave() {
    const Names::Client* client = named_client(reading, command);
    if (client == nullptr) return;
    const std::string_view has_fields = kClientKinds[static_cast<std::size_t>(client->kind)].fields;
    for (const Field& field : cluster::info(Verb::Behave).fields)
      if (field.type != FieldType::Node && has(field.name) && !contains_word(has_fields, field.name))
        error(field.name,
              fmt::format("{} is a {} and has no {}", in_quotes(command.node->name), to_string(client->kind),
                          in_quotes(field.name)),
              "leave it out");
  }
};

}  // namespace

void check_command(Reading& reading, const Fields& step, const Command& command) {
  FieldsTogether checker{reading, step, command};
  for (const Rule& rule : cluster::info(command.verb).rules) checker.check_rule(rule);
  switch (command.verb) {
    case Verb::Heal: checker.check_heal(); break;
    case Verb::Disk: checker.check_disk(); break;
    case Verb::Reassign: checker.check_reassign(); break;
    case Verb::Acl: checker.check_acl(); break;
    case Verb::Feature: checker.check_feature(); break;
    case Verb::Quota: checker.check_quota(); break;
    case Verb::Behave: checker.check_behave(); break;
    default: break;
  }
}

}  // namespace kafkascope::scenario
