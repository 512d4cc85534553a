// A broker among many: a small card that shows what its size allows.
#pragma once
#include "ui/stage/broker_grid.h"
#include "ui/ui.h"

namespace kafkascope::ui {

/// The common form of all cards in a grid, so that they can be read as one table.
struct CardForm {
  float name_w = 0;       // the room for a broker's name
  bool names = true;      // whole names; else shortened ones
  bool initials = false;  // only "b1", because not every card has room for "br…-1"
  bool leads = true;      // shows the number of leaders, in a card of one line
  std::size_t most = 1;   // the most replicas on one broker
  float text = 13, stroke = 1;
};
CardForm grid_card_form(const Ui& ui, const BrokerGrid& grid, float stroke);
void draw_grid_card(Ui& ui, const observe::Node& node, const Rect& r, const CardForm& form);
/// What the card says under the pointer.
void grid_card_tip(Ui& ui, const observe::Node& node, const Rect& r);

struct GridCell {
  int replica = -1;
  Rect rect;
};
/// The place of each replica on a card, leaders first; empty: not all fit.
std::vector<GridCell> grid_cells(const Ui& ui, const observe::Node& broker, const Rect& card, float text);

/// How many partitions the broker leads.
int leaders_of(const observe::Node& node);

}  // namespace kafkascope::ui
