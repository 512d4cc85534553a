// Checks of an act that need more than a single field: whether it suits its node, whether the things it names exist,
// which fields go together. For read_command.cpp.
#pragma once
#include <string>
#include <string_view>

#include "cluster/verbs.h"
#include "scenario/reading.h"

namespace kafkascope::scenario {

/// The client that the command's `node` names, if it names one.
const Names::Client* named_client(const Reading& reading, const cluster::Command& command);

/// Reports at the field or, if it is missing, at the step.
void error_at(Reading& reading, const Fields& step, std::string_view field, Message message, Message remedy);

/// Checks that the verb applies to such a node.
void check_who(Reading& reading, const Fields& step, const cluster::VerbInfo& verb, const cluster::Field& field,
               const cluster::NodeRef& ref);
/// Checks that the text names something that exists and suits the field's type.
void check_text(Reading& reading, const Fields& step, const cluster::Field& field, const std::string& text);
/// Checks that the assignments of a created topic agree with its numbers.
void check_created(Reading& reading, const Node& assignments, const Path& path, const cluster::Command& command);
/// Checks that the fields agree with each other.
void check_command(Reading& reading, const Fields& step, const cluster::Command& command);

}  // namespace kafkascope::scenario
