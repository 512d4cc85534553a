// A trace line as a link of a chain of causes or of a record's story.
#pragma once
#include "scenario/session.h"
#include "ui/models.h"

namespace kafkascope::app {

ui::ChainLink link(const sim::TraceLine& line, const scenario::Session& session);

}  // namespace kafkascope::app
