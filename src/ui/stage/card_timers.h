// The deadlines that run down as arcs on the cards of nodes.
#pragma once
#include <string>
#include <vector>

#include "ui/ui.h"

namespace kafkascope::ui {

/// A voter's time-out while it waits for a leader or for votes; the active controller's next check of the preferred
/// leaders, if it will change one; the session of a member that its coordinator still
/// counts, though its process has ended or stands still. nullptr: there is none.
const observe::Timer* card_timer(const Ui& ui, const observe::Node& node);
/// The arc, on a ground that it is seen on, and what it says under the pointer.
void draw_card_timer(Ui& ui, const observe::Node& node, const Rect& ring, const observe::Timer& timer, float width);
/// What an arc does under the pointer: a click opens its node in the inspector, O the origin of its setting.
void work_arc(Ui& ui, const Hit& hit, const std::string& node, const observe::Timer& timer);
/// Whether the lesson points at the client or its group, or the user has selected it.
bool is_meant(const Ui& ui, const observe::Client& client);

/// An arc on a client's card, and the name of its region.
struct CardTimer {
  const observe::Timer* timer;
  const char* region;
};
/// The arcs of a client, the most important first: its session, if it is gone; the deadline that ends first; of what
/// ends as planned the first. The last is left out in a lesson that is about others, and while it would only flicker.
std::vector<CardTimer> client_timers(const Ui& ui, const observe::Node& node);
/// Draws one of them. Under the pointer it names all timers of the client.
void draw_client_timer(Ui& ui, const observe::Node& node, const Rect& ring, const CardTimer& of, float width);
/// The same on the corner of a card that has no room for it.
void draw_corner_timer(Ui& ui, const observe::Node& node, const Rect& card, const CardTimer& of);

/// How long the controller still counts a broker that does not answer: "1.4 s left".
std::string session_words(const Ui& ui, const observe::Node& broker);
/// Without when an expired session is noticed.
std::string brief_session_words(const Ui& ui, const observe::Node& broker);

}  // namespace kafkascope::ui
