// What the JSON schema says about `do`, made from the table of verbs.
#pragma once
#include "scenario/node.h"

namespace kafkascope::scenario {

/// The schema's document with its part about acts as the table of verbs has it. Else unchanged.
Node with_acts(Node schema);

}  // namespace kafkascope::scenario
