// Routes and their contents: lanes, arrows, cuts, walls, messages at their true fraction, message labels.
#pragma once
#include <functional>
#include "ui/stage/stage_view.h"
#include "ui/ui.h"

namespace kafkascope::ui {

void draw_ways(Ui& ui, const StageView& view, bool control);
void draw_broken_links(Ui& ui, const StageView& view);
/// Draws a cut route: dotted, with a cross at `at` of its length; if only one direction is cut, an arrowhead at its last point.
void draw_cut(Painter& p, const Route& route, float at, bool one_way, float width = 2, float cross = 6);
/// The position of a network partition's wall: between brokers that are cut from each other, if the two sides are side by side.
struct Wall {
  bool there = false;
  float x = 0;
  bool one_way = false;
  bool rightward = false;  // direction that a one-way wall blocks
};
Wall find_wall(const observe::Snapshot& world, const std::function<Rect(int node)>& where);
void draw_wall(Painter& p, const Wall& wall, float top, float bottom, float width);
/// Messages. Returns the index of the hovered one, -1: none.
int draw_messages(Ui& ui, const StageView& view);
/// Requests a second, on the routes of producers that the lesson points at or the user has selected, and wherever there are too many dots to
/// count.
void draw_produce_rates(Ui& ui, const StageView& view);
/// Whether the message is under way long enough, for the viewer, that words beside it can be read.
bool stays_readable(const Ui& ui, const observe::Message& m);
/// Labels of messages, where there is free room: errors always, others on request or if few are in flight.
void draw_message_labels(Ui& ui, const StageView& view, bool labels);
/// What it carries: "3 records, seq 5, e0", "from 10, e2"; empty: nothing.
std::string message_content(const Ui& ui, const observe::Message& m);
/// The words on a message: "Produce orders-0, 3 records, seq 5, e0".
std::string message_label(const Ui& ui, const observe::Message& m);
/// Whether a lesson's `view.hide` hides messages of that kind.
bool hidden_by(const std::vector<std::string>& hide, observe::Family family, std::string_view api);
/// Whether the message is hidden: by the lesson's `view.hide`, or because it is a heartbeat in the Lesson layout.
bool message_hidden(const Ui& ui, const observe::Message& m);

}  // namespace kafkascope::ui
