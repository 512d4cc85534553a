// Two worlds side by side under one playhead, the original (A) and what differs from it (B), with the differences lit in place. Either may
// be the shown world.
#pragma once
#include <string>
#include <vector>

#include "ui/panels/presenter.h"
#include "ui/ui.h"

namespace kafkascope::ui {

/// One thing that is not the same in both worlds.
struct WorldDifference {
  Words what;  // "state", "orders-0: end of the log"
  std::string here, there;
  bool quiet = false;  // a number that moves all the time: no frame around its card
};

/// What differs about a node, in the words of the dashboard's language; empty: nothing, or the other world is not this one's moment.
/// `telling`: only as much as says whether anything differs, and whether that is quiet (the last one).
std::vector<WorldDifference> node_differences(const Ui& ui, const observe::Snapshot& other, const observe::Node& node,
                                              bool telling = false);

/// Draws both in the place of the stage: beside each other or, in a tall rectangle, one above the other. `text`: the size of its type.
void draw_two_worlds(Ui& ui, const Rect& r, float text);
/// The numbers of ledger and metrics that differ, in one row: for the presenter.
void draw_ledger_differences(Ui& ui, const Rect& r, float text);

}  // namespace kafkascope::ui
