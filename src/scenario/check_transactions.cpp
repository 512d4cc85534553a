// Legal but probably unintended uses of transactions. Kafka: KafkaProducer.send and TransactionManager (no partition
// outside of a transaction), TransactionStateManager (transaction.state.log.*),
// TransactionCoordinator.handleInitProducerId.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "scenario/reading.h"

namespace kafkascope::scenario {

namespace {

using cluster::ClientKind;
using cluster::ClientSpec;

struct TransactionalClient {
  const ClientSpec& client;
  const Node& id;  // the value of transactional.id
  std::size_t index;
};

struct Warnings {
  Reading& reading;
  const Scenario& scenario;
  std::vector<TransactionalClient> clients;

  void at(const TransactionalClient& client, Message message, Message remedy) const {
    const Path root, list(root, "clients"), one(list, client.index), config(one, "config");
    reading.report.warning(client.id, Path(config, "transactional.id"), std::move(message), std::move(remedy));
  }

  bool some_step(const ClientSpec& client, cluster::Verb verb) const {
    const auto does = [&](const cluster::Command& c) {
      return c.verb == verb && c.node && c.node->kind == cluster::NodeRef::Kind::Name && c.node->name == client.id;
    };
    return std::any_of(scenario.steps.begin(), scenario.steps.end(),
                       [&](const Step& step) { return step.command && does(*step.command); });
  }

  /// An invalid step of the producer's state machine is a KafkaException in 2.5 (TransactionManager.transitionTo).
  const char* refusal(std::string_view call) const {
    return reading.version == cluster::KafkaVersion::V2_5 && call != "send()" ? "KafkaException"
                                                                              : "IllegalStateException";
  }

  /// The steps in the order of their times. A step that waits for a condition gets the earliest possible time.
  std::vector<const Step*> in_time() const {
    std::vector<std::pair<sim::Instant, const Step*>> all;
    for (const Step& step : scenario.steps) {
      sim::Instant at = step.at;
      if (step.trigger != Step::Trigger::At && step.predecessor >= 0)
        at = all[static_cast<std::size_t>(step.predecessor)].first + step.after;
      all.emplace_back(at, &step);
    }
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<const Step*> steps;
    for (const auto& [unused, step] : all) steps.push_back(step);
    return steps;
  }

  /// A file that expects the exception provokes it on purpose.
  bool expects_refusal(const ClientSpec& client) const {
    const std::string errors = fmt::format("/clients/{}/errors/", client.id),
                      exception = fmt::format("/clients/{}/exception", client.id);
    const auto of_it = [&](const Expectation& e) {
      return e.path == errors + "IllegalStateException" || e.path == errors + "KafkaException" ||
             e.path.starts_with(exception);
    };
    return std::any_of(scenario.expect.begin(), scenario.expect.end(), of_it) ||
           std::any_of(scenario.steps.begin(), scenario.steps.end(),
                       [&](const Step& step) { return step.expect && of_it(*step.expect); });
  }

  /// Calls where no transaction is open. A commit or an abort after a commit, and an abort after an abort, are not among
  /// them: the first call may have timed out, and is repeated then.
  void calls_outside(const TransactionalClient& it, const Node* steps) const {
    const ClientSpec& client = it.client;
    if (client.kind != ClientKind::Producer || client.transaction || steps == nullptr || !steps->is_array() ||
        expects_refusal(client))
      return;
    using cluster::Verb;
    const bool begins = some_step(client, Verb::BeginTransaction);
    enum class Stand { None, Open, Committed, Aborted } stand = Stand::None;
    for (const Step* in_turn : in_time()) {
      const Step& step = *in_turn;
      if (!step.command || !step.command->node || step.command->node->kind != cluster::NodeRef::Kind::Name ||
          step.command->node->name != client.id)
        continue;
      const Verb verb = step.command->verb;
      const char* refused = nullptr;
      if (verb == Verb::Produce && stand != Stand::Open && begins) refused = "send()";
      if (verb == Verb::CommitTransaction && (stand == Stand::None || stand == Stand::Aborted))
        refused = "commitTransaction()";
      if (verb == Verb::AbortTransaction && stand == Stand::None) refused = "abortTransaction()";
      if (verb == Verb::SendOffsetsToTransaction && stand != Stand::Open) refused = "sendOffsetsToTransaction()";
      const bool twice = verb == Verb::BeginTransaction && stand == Stand::Open;
      if (twice) refused = "beginTransaction()";
      if (refused != nullptr && step.index >= 0 && static_cast<std::size_t>(step.index) < steps->items().size()) {
        const Path root, list(root, "steps"), one(list, static_cast<std::size_t>(step.index));
        reading.report.warning(
            steps->items()[static_cast<std::size_t>(step.index)], one,
            Message(twice ? "problem.begins_twice"_w : "problem.outside_transaction"_w,
                    {{"client", in_quotes(client.id)}, {"call", refused}, {"exception", refusal(refused)}}),
            Message(twice ? "remedy.end_before"_w : "remedy.begin_before"_w,
                    {{"path", fmt::format("/clients/{}/errors/{}", client.id, refusal(refused))}}));
      }
      if (verb == Verb::BeginTransaction) stand = Stand::Open;
      else if (verb == Verb::CommitTransaction) stand = Stand::Committed;
      else if (verb == Verb::AbortTransaction) stand = Stand::Aborted;
      else if (verb == Verb::Crash || verb == Verb::Stop || verb == Verb::Kill || verb == Verb::Restart ||
               verb == Verb::Start)
        stand = Stand::None;
    }
  }

  void never_begins(const TransactionalClient& it) const {
    const ClientSpec& client = it.client;
    if (client.kind != ClientKind::Producer || client.transaction || expects_refusal(client) ||
        (!client.rate && !some_step(client, cluster::Verb::Produce)) ||
        some_step(client, cluster::Verb::BeginTransaction))
      return;
    at(it, Message("problem.never_begins"_w, {{"client", in_quotes(client.id)}}), "remedy.transaction_or_begin"_w);
  }

  /// The application's own schedule knows nothing of the steps that begin and end transactions.
  void rate_between_steps(const TransactionalClient& it, const Node& document) const {
    const ClientSpec& client = it.client;
    if (client.kind != ClientKind::Producer || client.transaction || !client.rate ||
        !some_step(client, cluster::Verb::BeginTransaction) || expects_refusal(client))
      return;
    const Node& node = document.find("clients")->items()[it.index];
    const Node* rate = node.find("rate");
    const Path root, list(root, "clients"), one(list, it.index);
    reading.report.warning(
        rate != nullptr ? *rate : node, Path(one, "rate"),
        Message("problem.rate_between_steps"_w, {{"client", in_quotes(client.id)}, {"exception", refusal("send()")}}),
        "remedy.transaction_or_produce"_w);
  }

  /// __transaction_state is not created, or its coordinator cannot write to it. One warning is enough.
  void cannot_begin() const {
    const auto& spec = scenario.cluster;
    const auto brokers = static_cast<std::int64_t>(spec.brokers.size());
    const std::int64_t factor = spec.config.number("transaction.state.log.replication.factor"),
                       least = spec.config.number("transaction.state.log.min.isr");
    if (clients.empty() || brokers == 0 || reading.names.topics.contains("__transaction_state")) return;
    // Newer brokers require no more in-sync replicas than the partition has replicas (KIP-966:
    // Partition.effectiveMinIsr).
    const bool strict = reading.version == cluster::KafkaVersion::V2_5;
    const auto setting = [](std::string_view key, std::int64_t value) { return fmt::format("\"{}\": {}", key, value); };
    if (factor > brokers) {
      std::string settings = setting("transaction.state.log.replication.factor", brokers);
      if (strict && least > brokers) settings += ", " + setting("transaction.state.log.min.isr", brokers);
      at(clients.front(), Message("problem.transactions_never_begin"_w, {{"factor", factor}, {"brokers", brokers}}),
         Message("remedy.in_cluster_config"_w, {{"setting", settings}}));
    } else if (strict && least > factor) {
      at(clients.front(), Message("problem.transactions_never_written"_w, {{"least", least}, {"factor", factor}}),
         Message("remedy.in_cluster_config"_w, {{"setting", setting("transaction.state.log.min.isr", factor)}}));
    }
  }

  /// A client that starts later is meant to fence the earlier one; if two start together, it is unknown which one is
  /// fenced.
  void same_id() const {
    std::map<std::pair<std::string, std::int64_t>, const ClientSpec*> first;
    for (const TransactionalClient& it : clients) {
      const std::int64_t start = it.client.start ? it.client.start->us : 0;
      const auto [at_id, fresh] = first.try_emplace({it.client.config.text("transactional.id"), start}, &it.client);
      if (fresh) continue;
      at(it,
         Message("problem.same_transactional_id"_w,
                 {{"one", in_quotes(at_id->second->id)}, {"other", in_quotes(it.client.id)}}),
         "remedy.own_transactional_id"_w);
    }
  }
};

}  // namespace

void warn_about_transactions(Reading& reading, const Node& document, const Scenario& scenario) {
  const Node* list = document.find("clients");
  if (list == nullptr || !list->is_array()) return;
  Warnings warnings{reading, scenario, {}};
  for (std::size_t i = 0; i < list->items().size(); ++i) {
    const Node& node = list->items()[i];
    const Node* name = node.is_object() ? node.find("id") : nullptr;
    const Node* config = node.is_object() ? node.find("config") : nullptr;
    const Node* id = config != nullptr && config->is_object() ? config->find("transactional.id") : nullptr;
    if (id == nullptr || name == nullptr || !name->is_string()) continue;
    const auto spec = std::find_if(scenario.cluster.clients.begin(), scenario.cluster.clients.end(),
                                   [&](const ClientSpec& c) { return c.id == name->text(); });
    if (spec != scenario.cluster.clients.end() && !spec->config.text("transactional.id").empty())
      warnings.clients.push_back({*spec, *id, i});
  }
  const Node* steps = document.find("steps");
  for (const TransactionalClient& client : warnings.clients) {
    warnings.never_begins(client);
    warnings.calls_outside(client, steps);
    warnings.rate_between_steps(client, document);
  }
  warnings.cannot_begin();
  warnings.same_id();
}

}  // namespace kafkascope::scenario
