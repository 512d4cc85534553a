// Variants and --set: the same file with some values changed before it is checked. Positions are kept.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scenario/problem.h"

namespace kafkascope::scenario {

/// Puts `value` at `path` ("cluster/brokers", "clients/checkout/config/acks", "/topics/orders/partitions"): path parts
/// are keys; members of lists are found by id or name, else by index from 0; null removes. Missing objects on the way
/// are created, and an object may be added to a list of named things. "cluster/brokers/2/rack" turns a number of
/// brokers into their list. On failure nothing is changed and the report says why, at `at`.
bool apply_set(Node& document, std::string_view path, const Node& value, Report& report, Position at,
               const Path& where);

/// "PATH=VALUE" of the command line: VALUE is JSON, else a string; kafka, rack and host are always strings.
bool apply_set_argument(Node& document, std::string_view path, std::string_view value, Report& report);

/// "a=b" -> {"a", "b"}; nullopt without '='. Keys never contain one, values may.
std::pair<std::string, std::string> split_set(std::string_view argument);

}  // namespace kafkascope::scenario
