// Routes: lanes, arrows, cuts, walls.
#pragma once
#include <functional>
#include "ui/stage/stage_view.h"
#include "ui/ui.h"

namespace kafkascope::ui {

void draw_ways(Ui& ui, const StageView& view, bool control);
/// Whether the pointer is on that line.
bool is_on_line(const Ui& ui, const Route& route);
/// The line under the pointer; null: none.
const StageWay* line_at(const Ui& ui, const StageView& view);
/// A line that is on the ground under the pointer: W asks about the link between its ends, a click selects the end that is no broker,
/// and W asks about the link afterwards, too; a right click opens the menu of the link.
void touch_line(Ui& ui, const StageWay& way, const Hit& ground);
void draw_broken_links(Ui& ui, const StageView& view);
/// The way between two nodes; nullptr: there is none.
const StageWay* way_of(const StageView& view, int a, int b);
/// A line along that way: dashed if it is slow, dotted with crosses if messages are lost on it.
void draw_way_line(Painter& p, const StageWay* way, const Route& route, Color color, float width);
/// Draws a cut route: dotted, with a cross at `at` of its length; if only one direction is cut, an arrowhead at its last point.
void draw_cut(Painter& p, const Route& route, float at, bool one_way, float width = 2, float cross = 6);
/// Draws, over the cards of many brokers, which of them are cut from each other: a piece of wall between two cards that stand side by
/// side, else a cross on the corners of both. If there are too many such pairs, crosses stand only on those of the selected broker.
void draw_grid_cuts(Ui& ui, const std::function<Rect(int node)>& where, float width);
/// The position of a network partition's wall: between brokers that are cut from each other, if the two sides are side by side.
struct Wall {
  bool there = false;
  float x = 0;
  bool one_way = false;
  bool rightward = false;  // direction that a one-way wall blocks
};
Wall find_wall(const observe::Snapshot& world, const std::function<Rect(int node)>& where);
void draw_wall(Painter& p, const Wall& wall, float top, float bottom, float width);

}  // namespace kafkascope::ui
