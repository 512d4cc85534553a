// Nodes that somebody has dragged to another place on the stage, where they stay.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "observe/model/snapshot.h"
#include "ui/geometry.h"

namespace kafkascope::ui {

struct Ui;

/// The middle of a card as parts of its stage's width and height: a larger stage has it in the same place. By the node's name.
using MovedNodes = std::map<std::string, Point>;

/// The nearest place of that size inside the frame that overlaps none of the others; the place itself if there is none.
Rect free_place(const Rect& wanted, const Rect& frame, const std::vector<Rect>& others);
/// The card with its middle there.
Rect centred(const Rect& card, Point middle, const Rect& frame);
/// A line from edge to edge, `shift` beside the line through the middles, so that several between the same nodes are told apart.
Route line_between(const Rect& a, const Rect& b, float shift);
/// How far beside each other the lines of kinds of messages are.
float shift_of(observe::Family family);

/// What a card does under the pointer, besides its clicks: a drag begins, a double click puts it back.
void begin_drag(Ui& ui, const std::string& node, bool pressed, bool hovered);
/// A drag onto another node opens the menu of the link between them; onto the ground it moves the node. `at` by node; the frame is
/// the stage.
void drag_node(Ui& ui, const std::vector<Rect>& at, const Rect& frame, float stroke);

}  // namespace kafkascope::ui
