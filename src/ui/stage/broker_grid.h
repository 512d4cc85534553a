// Many brokers: small cards in rows by rack, or by host. A card shows as much as its size allows: a tile, the number of replicas that it
// leads, all counts, each replica; zoomed in, the whole card.
#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "observe/model/snapshot.h"
#include "ui/geometry.h"
#include "ui/stage/moved_nodes.h"

namespace kafkascope::ui {

struct Ui;

/// Magnification, and the middle of the visible part as fractions of the whole.
struct GridZoom {
  float k = 1, x = .5f, y = .5f;
};

struct GridGroup {
  Rect rect, label;
  std::string name;
  bool host = false;         // its brokers share a machine; else a rack
  std::vector<int> brokers;  // nodes
};

struct BrokerGrid {
  Rect room;                                // the visible area; everything outside is clipped
  Rect whole;                               // of all cards; larger than the room when zoomed
  std::vector<std::pair<int, Rect>> cards;  // by node
  std::vector<GridGroup> groups;            // empty: one rack, or too many
  std::vector<std::pair<int, Rect>> apart;  // brokers that were dragged out of the grid
  float text = 13;                          // size of the text, in the units of the room
  bool empty() const { return cards.empty() && apart.empty(); }
  /// The visible part of a node's card.
  Rect seen(int node, const Rect& card) const;
};

/// The least height of a card with words, in units of the text's size; a lower one is a tile.
constexpr float kLeastLine = 1.4f;

bool in_several_racks(const observe::Snapshot& world);
/// Places the cards in the room, as large as possible at zoom 1 while all are visible.
BrokerGrid plan_grid(const observe::Snapshot& world, const std::vector<int>& brokers, const Rect& room, float text,
                     const GridZoom& zoom);
/// The places of brokers that were dragged out of the grid.
struct GridMoves {
  const MovedNodes* moved = nullptr;  // null: none
  Rect frame;                         // the places are fractions of this frame
  std::vector<Rect> others;           // cards that the brokers must not cover
};
/// Like plan_grid, but brokers that were dragged out are beside the grid.
BrokerGrid arrange_grid(const observe::Snapshot& world, const std::vector<int>& brokers, Rect room, float text,
                        const GridZoom& zoom, GridMoves moves);
/// The place of a partition's replica: its cell, else the card; empty: outside the room.
Rect grid_place(const Ui& ui, const BrokerGrid& grid, int node, const Rect& card, int partition);
/// Draws racks and cards. `whole` draws a full card if the rectangle is large enough for one; `touch`: what a card does under the pointer.
void draw_grid(Ui& ui, const BrokerGrid& grid, float stroke, const std::function<bool(int node, const Rect&)>& whole,
               const std::function<bool(int node, const Rect&)>& touch);
/// Handles the wheel, and drags of the ground, over the grid; for keys: zoom_grid.
void turn_grid(Ui& ui, const BrokerGrid& grid);
/// Zooms around the middle: by > 1 in, < 1 out.
void zoom_grid(GridZoom& zoom, float by);

}  // namespace kafkascope::ui
