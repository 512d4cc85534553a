// The part of the JSON schema about `do`, made from the table of verbs.
#pragma once
#include "scenario/node.h"

namespace kafkascope::scenario {

/// The schema with its part about acts made from the table of verbs; everything else is unchanged.
Node with_acts(Node schema);

}  // namespace kafkascope::scenario
