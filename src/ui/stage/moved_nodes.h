// Nodes that the user has dragged to another place on the stage, where they stay.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "observe/model/snapshot.h"
#include "ui/geometry.h"

namespace kafkascope::ui {

struct Ui;

/// The middle of a card, by node name, as fractions of the stage's width and height: valid for stages of any size.
using MovedNodes = std::map<std::string, Point>;

/// The nearest place of that size inside the frame that overlaps none of the others; the place itself if there is none.
Rect free_place(const Rect& wanted, const Rect& frame, const std::vector<Rect>& others);
/// The card moved so that its middle is at `middle`, and kept inside the frame.
Rect centred(const Rect& card, Point middle, const Rect& frame);
/// A line from edge to edge, `shift` beside the line through the middles, so that several lines between the same nodes do not
/// overlap.
Route line_between(const Rect& a, const Rect& b, float shift);
/// The distance of a message kind's line from the middle line.
float shift_of(observe::Family family);

/// The card's reaction to the pointer, besides clicks: starts a drag; a double click puts the card back.
void begin_drag(Ui& ui, const std::string& node, bool pressed, bool hovered);
/// A drag onto another node opens the menu of the link between them; a drag onto the ground moves the node. `at`: cards by node;
/// `frame`: the stage.
void drag_node(Ui& ui, const std::vector<Rect>& at, const Rect& frame, float stroke);

}  // namespace kafkascope::ui
