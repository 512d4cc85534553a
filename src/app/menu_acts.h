// Translates an act of a menu into the command that a scenario file would contain.
#pragma once
#include <optional>

#include "cluster/command.h"
#include "scenario/session.h"
#include "ui/action.h"

namespace kafkascope::app {

/// nullopt: the action's verb is unknown.
std::optional<cluster::Command> command_of(const ui::Action& a, const scenario::Session& session);

}  // namespace kafkascope::app
