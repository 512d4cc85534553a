// The deadlines that run down as arcs on the cards of nodes.
#pragma once
#include <string>

#include "ui/ui.h"

namespace kafkascope::ui {

/// A voter's time-out while it waits for a leader or for votes; the session of a member that its coordinator still
/// counts, though its process has ended or stands still. nullptr: there is none.
const observe::Timer* card_timer(const Ui& ui, const observe::Node& node);
/// The arc, on a ground that it is seen on, and what it says under the pointer.
void draw_card_timer(Ui& ui, const observe::Node& node, const Rect& ring, const observe::Timer& timer, float width);
/// How long the controller still counts a broker that does not answer: "1.4 s left".
std::string session_words(const Ui& ui, const observe::Node& broker);

}  // namespace kafkascope::ui
