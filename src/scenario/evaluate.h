// Is an expectation true of a moment?
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "observe/state_document.h"
#include "scenario/scenario.h"

namespace kafkascope::scenario {

/// Values taken at `since`, for changed, unchanged, increased_by. The inner optional: there was no value.
using Since = std::optional<std::optional<nlohmann::json>>;

/// since: what state_at gave when that time came; ignored by the other operators.
bool holds(const Expectation& e, const observe::Moment& moment, const std::optional<nlohmann::json>& since);

/// "equals 2", "at_least 1", "size 3" as a person reads it.
std::string wanted_text(const Expectation& e);
/// What is there now, shortened: "3", "\"Stable\"", "nothing".
std::string seen_text(const Expectation& e, const observe::Moment& moment);

}  // namespace kafkascope::scenario
