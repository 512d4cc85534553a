// An act on a running world, from a form or a click: checked like a file's step.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/command.h"
#include "scenario/node.h"
#include "scenario/problem.h"
#include "scenario/session.h"

namespace kafkascope::scenario {

struct ReadAct {
  std::optional<cluster::Command> command;  // nullopt: the problems say why
  std::vector<Problem> problems;            // errors only; their pointers begin at the act: "/rate"
};
/// `act`: a step without a time, {"do": "acl", …}. It may name what the file declares or creates, what earlier acts by
/// hand created, and what exists in the session's world.
ReadAct read_act(const Session& session, std::string_view act);
ReadAct read_act(const Session& session, const Node& act);

/// The acts of a session that is resumed, all at once: each may name what the others create. nullopt: they cannot be
/// read.
std::optional<std::vector<cluster::Command>> read_acts(const Scenario& scenario, const std::vector<std::string>& acts);

}  // namespace kafkascope::scenario
