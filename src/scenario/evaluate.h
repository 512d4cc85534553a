// Whether an expectation holds at a moment. Pure; the session decides when to check.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "observe/model/state_document.h"
#include "scenario/scenario.h"
#include "words/message.h"

namespace kafkascope::scenario {

/// `since`: the value that the path had at that time, for changed, unchanged and increased_by (nullopt: none).
bool holds(const Expectation& e, const observe::Moment& moment, const std::optional<nlohmann::json>& since);

/// "equals 2", "at_least 1", "changed".
std::string wanted_text(const Expectation& e);
/// "/partitions/orders-0/leader equals 2".
std::string expected_text(const Expectation& e);
/// The value now as JSON, shortened; "nothing" if the path has none.
words::Message seen(const Expectation& e, const observe::Moment& moment);
/// "/partitions/orders-0/leader equals 2, seen 1".
words::Message seen_instead(const Expectation& e, words::Message seen);

}  // namespace kafkascope::scenario
