// Checks of an act that involve several fields, or other parts of the file.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cluster/client_kinds.h"
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

const Names::Client* named_client(const Reading& reading, const Command& command) {
  if (!command.node || command.node->kind != cluster::NodeRef::Kind::Name) return nullptr;
  const auto client = reading.names.clients.find(command.node->name);
  return client == reading.names.clients.end() ? nullptr : &client->second;
}

void error_at(Reading& reading, const Fields& step, std::string_view field, Message message, Message remedy) {
  const Node* node = step.node().find(field);
  if (node != nullptr) reading.report.error(*node, step.at(field), std::move(message), std::move(remedy));
  else reading.report.error(step.node(), step.path(), std::move(message), std::move(remedy));
}

namespace {

/// Offsets and transactions are committed by different verbs.
Message who_can(Verb verb, Who who) {
  switch (verb) {
    case Verb::BeginTransaction:
    case Verb::AbortTransaction:
    case Verb::SendOffsetsToTransaction: return "remedy.transactional_producer"_w;
    case Verb::CommitTransaction: return "remedy.transactional_or_commit"_w;
    case Verb::Commit: return "remedy.consumer_or_commit_transaction"_w;
    default: return who == Who::Producers ? "problem.thing.producer"_w : "problem.thing.consumer"_w;
  }
}

}  // namespace

void check_who(Reading& reading, const Fields& step, const cluster::VerbInfo& verb, const Field& field,
               const cluster::NodeRef& ref) {
  const auto client =
      ref.kind == cluster::NodeRef::Kind::Name ? reading.names.clients.find(ref.name) : reading.names.clients.end();
  const bool is_client = client != reading.names.clients.end();
  const auto error = [&](Message message, Message remedy) {
    error_at(reading, step, field.name, std::move(message), std::move(remedy));
  };
  const std::string name = in_quotes(verb.name);
  if (field.who == Who::Servers && is_client) {
    const bool process = verb.verb == Verb::Restart || verb.verb == Verb::Shutdown;
    error(Message("problem.verb_for_servers"_w, {{"verb", name}, {"node", in_quotes(ref.name)}}),
          process ? "remedy.start_and_stop"_w : "remedy.broker_or_controller"_w);
  }
  if (field.who == Who::Servers || field.who == Who::Anybody) return;
  if (!is_client) {
    return error(Message("problem.verb_for_clients"_w, {{"verb", name}, {"node", in_quotes(to_text(ref))}}),
                 verb.verb == Verb::Start ? example("\"restart\"") : suggestion(ref.name, reading.names.client_ids()));
  }
  const ClientKind kind = client->second.kind;
  if ((field.who == Who::Producers && !produces(kind)) || (field.who == Who::Consumers && !consumes(kind)))
    error(Message("problem.client_cannot"_w,
                  {{"node", in_quotes(ref.name)}, {"kind", to_string(kind)}, {"verb", verb.name}}),
          who_can(verb.verb, field.who));
}

void check_text(Reading& reading, const Fields& step, const Field& field, const std::string& text) {
  const auto error = [&](Message message, Message remedy) {
    error_at(reading, step, field.name, std::move(message), std::move(remedy));
  };
  switch (field.type) {
    case FieldType::Topic: reading.known_topic(*step.node().find(field.name), step.at(field.name), text); break;
    case FieldType::Group:
      if (!reading.names.has_group(text)) error(no_such("thing.group"_w, text), suggestion(text, reading.names.groups));
      break;
    case FieldType::Client:
      if (text != protocol::kDefaultEntity && !reading.names.clients.contains(text))
        error(no_such("thing.client"_w, text), suggestion(text, reading.names.client_ids()));
      break;
    case FieldType::Api:
      if (!is_api_name(text))
        error(Message("problem.kafka_has_no_api"_w, {{"api", in_quotes(text)}}), suggestion(text, api_names()));
      break;
    case FieldType::ErrorCode:
      if (text == "NONE" || !is_error_name(text))
        error(Message("problem.kafka_has_no_error"_w, {{"error", in_quotes(text)}}), suggestion(text, error_names()));
      break;
    case FieldType::EventKey:
      if (text.empty()) error("problem.no_event_named"_w, "remedy.event_key"_w);
      break;
    case FieldType::Principal:
      if (!text.starts_with("User:"))
        error(Message("problem.not_principal"_w, {{"text", in_quotes(text)}}), "remedy.principal"_w);
      break;
    case FieldType::Operation:
      if (!protocol::parse_acl_operation(text))
        error(Message("problem.no_such_operation"_w, {{"name", in_quotes(text)}}), "remedy.operations"_w);
      break;
    case FieldType::Resource:
      if (!cluster::parse_resource(text))
        error(Message("problem.not_resource"_w, {{"text", in_quotes(text)}}), "remedy.resource"_w);
      break;
    default: break;
  }
}

void check_created(Reading& reading, const Node& assignments, const Path& path, const Command& command) {
  if (command.verb != Verb::CreateTopic) return;
  const auto& created = command.get<cluster::act::CreateTopic>();
  check_assignments(reading, assignments, path, created.topic, created.assignments, created.partition_count,
                    created.replication_factor);
  // Kafka's request has either assignments or numbers.
  if (created.partition_count && !created.assignments.empty() &&
      static_cast<std::int32_t>(created.assignments.size()) < *created.partition_count)
    reading.report.error(
        assignments, path,
        Message("problem.too_few_assignments"_w,
                {{"count", created.assignments.size()}, {"partitions", *created.partition_count}}),
        Message("remedy.assignments_of_partitions"_w, {{"first", 0}, {"last", *created.partition_count - 1}}));
}

namespace {

struct FieldsTogether {
  Reading& reading;
  const Fields& step;
  const Command& command;

  void error(std::string_view field, Message message, Message remedy) {
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
        error("do", Message(rule.says),
              rule.remedy.empty()
                  ? Message("remedy.one_of"_w, {{"names", fmt::format("{}", fmt::join(rule.fields, ", "))}})
                  : Message(rule.remedy));
      return;
    }
    for (std::size_t i = 0; i < rule.fields.size(); ++i)
      for (std::size_t j = i + 1; j < rule.fields.size(); ++j)
        if (has(rule.fields[i]) && has(rule.fields[j]))
          error(rule.fields[j],
                Message("problem.exclude_each_other"_w,
                        {{"one", in_quotes(rule.fields[i])}, {"other", in_quotes(rule.fields[j])}}),
                "remedy.one_of_them"_w);
  }

  void check_heal() {
    if (has("from") != has("to"))
      error(has("from") ? "from" : "to", "problem.from_and_to"_w, "remedy.both_or_node_or_nothing"_w);
  }

  void check_disk() {
    for (const char* of_brokers : {"dir", "capacity", "fail"})
      if (has(of_brokers) && command.node && !command.node->name.empty() && !command.node->name.starts_with("broker-"))
        error(of_brokers, Message("problem.disk_field_for_brokers"_w, {{"field", in_quotes(of_brokers)}}),
              "remedy.write_and_flush"_w);
  }

  void check_reassign() {
    const auto& move = command.get<cluster::act::Reassign>();
    // A flag with the value false requests nothing.
    for (const std::string_view flag : {"all", "cancel"})
      if (is_false(flag) && !move.all && !move.cancel && !has("replicas"))
        return error(flag, "problem.reassign_moves_nothing"_w, example(fmt::format("{}: true", in_quotes(flag))));
    const bool all = has("all") && !is_false("all");
    if (has("brokers") && !all) error("brokers", "problem.brokers_without_all"_w, "remedy.all_or_replicas"_w);
    if (all && !has("brokers"))
      error("all", "problem.all_without_brokers"_w,
            example(fmt::format("\"brokers\": [{}]", fmt::join(reading.names.broker_ids, ", "))));
    if (has("replicas") && !has("partition"))
      error("replicas", "problem.replicas_of_which_partition"_w, example("\"partition\": \"orders-0\""));
  }

  void check_acl() {
    const auto& acl = command.get<cluster::act::Acl>();
    const auto operation = protocol::parse_acl_operation(acl.operation);
    const auto resource = cluster::parse_resource(acl.resource);
    if (operation && resource && !protocol::fits(*operation, resource->first))
      error("operation",
            Message("problem.operation_not_of_resource"_w,
                    {{"resource", protocol::name(resource->first)}, {"operation", acl.operation}}),
            example("\"operation\": \"Describe\""));
  }

  void check_feature() {
    if (reading.version == cluster::KafkaVersion::V2_5)  // KIP-584 came with 2.7
      return error("do", "problem.no_features_to_change"_w, "remedy.kafka_4_1_or_leave_out"_w);
    const std::string& name = command.get<cluster::act::Feature>().name;
    if (has("name") && name != "eligible.leader.replicas.version" && name != "transaction.version")
      reading.not_yet(*step.node().find("name"), step.at("name"),
                      Message("problem.feature_change_not_modelled"_w, {{"feature", in_quotes(name)}}),
                      example("eligible.leader.replicas.version, transaction.version"));
  }

  void check_quota() {
    if (!command.get<cluster::act::Quota>().remove && !has("producer_byte_rate") && !has("consumer_byte_rate") &&
        !has("request_percentage") && !has("controller_mutation_rate"))
      error("do", "problem.quota_limits_nothing"_w, "remedy.quota"_w);
    for (const std::string_view field : {"request_percentage", "controller_mutation_rate"})
      if (has(field))
        reading.not_yet(*step.node().find(field), step.at(field), not_modelled(in_quotes(field)),
                        example("producer_byte_rate, consumer_byte_rate"));
  }

  /// Kafka's tool for this act came with KIP-664, in 3.0, so what follows cannot happen in 2.5.
  void warn_of_later_tool() {
    if (reading.version != cluster::KafkaVersion::V2_5) return;
    reading.report.warning(*step.node().find("do"), step.at("do"),
                           Message("problem.later_tool"_w, {{"verb", in_quotes(cluster::info(command.verb).name)}}),
                           "remedy.kafka_4_1_or_leave_out"_w);
  }

  /// KafkaProducer.throwIfNoTransactionManager: the call fails, which a file may want to demonstrate.
  void check_transactional() {
    if (named_client(reading, command) == nullptr || reading.names.transactional.contains(command.node->name)) return;
    const Node* node = step.node().find("node");
    reading.report.warning(
        node != nullptr ? *node : step.node(), step.at("node"),
        Message("problem.act_without_transactional_id"_w,
                {{"verb", in_quotes(cluster::info(command.verb).name)}, {"node", in_quotes(command.node->name)}}),
        example(R"("config": {"transactional.id": "…"})"));
  }

  /// A client can only change the behaviour that its kind has.
  void check_behave() {
    const Names::Client* client = named_client(reading, command);
    if (client == nullptr) return;
    const std::string_view has_fields = kClientKinds[static_cast<std::size_t>(client->kind)].fields;
    for (const Field& field : cluster::info(Verb::Behave).fields)
      if (field.type != FieldType::Node && has(field.name) && !contains_word(has_fields, field.name))
        error(field.name,
              Message("problem.client_has_no_field"_w, {{"node", in_quotes(command.node->name)},
                                                        {"kind", to_string(client->kind)},
                                                        {"field", in_quotes(field.name)}}),
              "remedy.leave_out"_w);
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
    case Verb::BeginTransaction:
    case Verb::CommitTransaction:
    case Verb::AbortTransaction:
    case Verb::SendOffsetsToTransaction: checker.check_transactional(); break;
    case Verb::AbortHanging:
    case Verb::TerminateTransaction: checker.warn_of_later_tool(); break;
    default: break;
  }
}

}  // namespace kafkascope::scenario
