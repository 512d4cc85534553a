// What to ask "why?" about a thing on the screen.
#pragma once
#include <string>
#include <vector>

#include "scenario/session.h"
#include "ui/models.h"

namespace kafkascope::app {

/// The questions about a node, partition, group, or about what a path is part of; the one that is most worth asking now comes first.
std::vector<ui::WhyOther> questions_about(const std::string& target, scenario::Session& session);

}  // namespace kafkascope::app
