// An act that somebody does to a world that runs, by a form or a click: judged as a file's step is.
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
  std::optional<cluster::Command> command;  // nothing: the problems say why
  std::vector<Problem> problems;            // errors only; their pointers begin at the act: "/rate"
};
/// `act`: as a step without a time, {"do": "acl", …}. It may name what the file declares or makes, what was done by hand before, and what
/// there is in the session's world.
ReadAct read_act(const Session& session, std::string_view act);
ReadAct read_act(const Session& session, const Node& act);

/// Such acts of a session that is taken up again, all at once: each may name what the others make. Nothing: they do not read.
std::optional<std::vector<cluster::Command>> read_acts(const Scenario& scenario, const std::vector<std::string>& acts);

}  // namespace kafkascope::scenario
