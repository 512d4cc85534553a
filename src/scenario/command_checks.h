// What the fields of an act alone cannot say: whom it is for, what they name, which go together. For read_command.cpp.
#pragma once
#include <string>
#include <string_view>

#include "cluster/verbs.h"
#include "scenario/reading.h"

namespace kafkascope::scenario {

bool consumes(cluster::ClientKind kind);
bool produces(cluster::ClientKind kind);
/// The client that the command's `node` names, if it names one.
const Names::Client* named_client(const Reading& reading, const cluster::Command& command);

/// At the field, or, where it is missing, at the step.
void error_at(Reading& reading, const Fields& step, std::string_view field, Message message, Message remedy);

/// Is the verb for such a node?
void check_who(Reading& reading, const Fields& step, const cluster::VerbInfo& verb, const cluster::Field& field,
               const cluster::NodeRef& ref);
/// Does it name what exists, as its type wants it?
void check_text(Reading& reading, const Fields& step, const cluster::Field& field, const std::string& text);
/// Do the assignments of a topic that is created go with its numbers?
void check_created(Reading& reading, const Node& assignments, const Path& path, const cluster::Command& command);
/// Do its fields make sense together?
void check_command(Reading& reading, const Fields& step, const cluster::Command& command);

}  // namespace kafkascope::scenario
