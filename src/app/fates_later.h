// What becomes of records in two worlds later: copies of both runs go on.
#pragma once
#include <optional>

#include "observe/why/why_parting.h"
#include "scenario/session.h"

namespace kafkascope::app {

/// Lets the copies go on, second by second, until what has become of records is the same in both: to their end, if that is not far.
/// nullopt: it is the same now, or they have ended.
std::optional<observe::FatesLater> fates_later(scenario::Session here, scenario::Session there);

}  // namespace kafkascope::app
