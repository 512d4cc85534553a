// What became of each act: done, failed, or not answered yet. The scenario's steps and a person's acts are numbered as in the trace.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "observe/model/state_document.h"

namespace kafkascope::observe {

enum class ActState : std::uint8_t { Done, Failed, Waiting };
/// "done" …
std::string_view to_string(ActState state);

struct ActOutcome {
  ActState state = ActState::Done;
  /// Why it failed: Kafka's error or exception; "" if it has not failed, if its calls were dropped, or if a record
  /// failed although the calls threw nothing.
  std::string error;
};
ActOutcome outcome_of(const Moment& moment, const ActTaken& act);
/// The act of the step at that position in Scenario::steps; nullptr: the step is not an act, or has not happened yet.
const ActTaken* act_of_step(const Observation& observation, int step);
/// The section /acts of the state document.
nlohmann::json acts_section(const Moment& moment, const std::string& only);

}  // namespace kafkascope::observe
