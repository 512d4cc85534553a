#include "observe/model/acts.h"

#include <algorithm>

#include "client/producer.h"
#include "cluster/verbs.h"

namespace kafkascope::observe {

namespace {

/// The answer to an administrative act: the first refused row, otherwise whether all rows have arrived.
ActOutcome answer_to(const Observation& observation, const ActTaken& act) {
  ActOutcome outcome{ActState::Waiting, {}};
  for (const CommandAnswer& answer : observation.command_answers()) {
    if (answer.by != act.by || answer.call != act.call) continue;
    if (answer.error != protocol::ErrorCode::NONE) return {ActState::Failed, std::string(protocol::name(answer.error))};
    if (answer.rows_left == 0) outcome.state = ActState::Done;
  }
  return outcome;
}

/// The outcome of an application's calls: done when send() has returned and the futures of its records are completed.
ActOutcome calls_of(const Moment& m, const ActTaken& act) {
  const sim::NodeId node = m.cluster.find(act.node);
  const auto* producer = m.cluster.role<client::Producer>(node);
  if (producer == nullptr || act.asked >= static_cast<std::int32_t>(producer->calls().asked().size())) return {};
  const client::AskedCalls& calls = producer->calls().asked()[static_cast<std::size_t>(act.asked)];
  if (!calls.exception.empty() || calls.dropped) return {ActState::Failed, calls.exception};
  ActOutcome outcome{calls.left > 0 ? ActState::Waiting : ActState::Done, {}};
  for (std::uint32_t i = 0; calls.first_record && i < calls.records; ++i) {
    const RecordState* record = m.observation.ledger().record(node.index, *calls.first_record + i);
    if (record == nullptr) continue;
    if (record->outcome == Outcome::Failed) return {ActState::Failed, {}};
    if (record->outcome == Outcome::Pending) outcome.state = ActState::Waiting;
  }
  return outcome;
}

}  // namespace

std::string_view to_string(ActState state) {
  constexpr std::string_view kNames[] = {"done", "failed", "waiting"};
  return kNames[static_cast<std::size_t>(state)];
}

ActOutcome outcome_of(const Moment& m, const ActTaken& act) {
  if (!act.done) return {ActState::Failed, words::render(words::Lang::En, act.refused)};
  if (act.call != 0) return answer_to(m.observation, act);
  if (act.asked >= 0) return calls_of(m, act);
  return {};
}

const ActTaken* act_of_step(const Observation& observation, int step) {
  const auto& acts = observation.acts_taken();
  for (std::size_t i = acts.size(); i > 0; --i)
    if (acts[i - 1].step == step) return &acts[i - 1];
  return nullptr;
}

nlohmann::json acts_section(const Moment& m, const std::string& only) {
  nlohmann::json all = nlohmann::json::object();
  const auto& acts = m.observation.acts_taken();
  for (std::size_t i = 0; i < acts.size(); ++i) {
    const ActTaken& act = acts[i];
    const std::string number = std::to_string(act.number);
    if (!only.empty() && only != number) continue;
    const ActOutcome outcome = outcome_of(m, act);
    all[number] = {{"do", cluster::to_string(act.verb)},
                   {"node", act.node.empty() ? nlohmann::json(nullptr) : nlohmann::json(act.node)},
                   {"step", act.step < 0 ? nlohmann::json(nullptr) : nlohmann::json(act.step)},
                   {"at_us", act.at.us},
                   {"state", to_string(outcome.state)},
                   {"error", outcome.error.empty() ? nlohmann::json(nullptr) : nlohmann::json(outcome.error)}};
  }
  return all;
}

}  // namespace kafkascope::observe
