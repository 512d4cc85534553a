// Why a broker does not know a client's fetch session any more: its process has started anew, or a new session took its place.
#pragma once
#include "observe/why/story.h"
#include "observe/why/telling.h"

namespace kafkascope::observe {

/// What led to the client's error FETCH_SESSION_ID_NOT_FOUND at that line, in an answer of that broker; null: not known.
const sim::TraceLine* back_of_fetch_session(const Story& story, sim::NodeId broker, sim::NodeId client,
                                            std::uint64_t before);
/// Tells whose new session took the place of the client's; tells nothing about other errors, or if that is not known.
void tell_evicted(Telling& telling, const sim::TraceLine& failed);

}  // namespace kafkascope::observe
