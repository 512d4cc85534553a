// Two worlds side by side under one playhead, the original (A) and the changed one (B), with the differences highlighted in place. Either
// of them may be the shown world.
#pragma once
#include <string>
#include <vector>

#include "ui/panels/presenter.h"
#include "ui/ui.h"

namespace kafkascope::ui {

/// A difference between the two worlds.
struct WorldDifference {
  Words what;  // "state", "orders-0: end of the log"
  std::string here, there;
  bool quiet = false;  // a number that changes all the time: no frame around its card
};

/// The differences of a node, in the dashboard's language; empty: none, or the other world is not at this world's moment. `telling`:
/// stops at the first difference that is not quiet.
std::vector<WorldDifference> node_differences(const Ui& ui, const observe::Snapshot& other, const observe::Node& node,
                                              bool telling = false);

/// Draws both in place of the stage: side by side or, in a tall rectangle, one above the other. `text`: the type size.
void draw_two_worlds(Ui& ui, const Rect& r, float text);
/// The letter of a world: A is hollow, B is solid; colour is never the only difference.
void draw_world_disc(Painter& p, float x, float y, float radius, bool b);
/// The ledger's and the metrics' numbers that differ, in one row: for the presenter.
void draw_ledger_differences(Ui& ui, const Rect& r, float text);

}  // namespace kafkascope::ui
