// A trace line as one link of a story: for chains of causes and the ways of records.
#pragma once
#include "scenario/session.h"
#include "ui/models.h"

namespace kafkascope::app {

ui::ChainLink link(const sim::TraceLine& line, const scenario::Session& session);

}  // namespace kafkascope::app
