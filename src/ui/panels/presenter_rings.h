// The rings around what a step points at, on the presenter's stage.
#pragma once
#include <string>
#include <vector>

#include "ui/panels/presenter.h"
#include "ui/stage/broker_grid.h"

namespace kafkascope::ui {

/// A ring of the lesson or of the learner's turn, around a card or (chip) a partition's row on it.
struct StageRing {
  Rect of, line;
  std::string path, label;
  bool chip = false;

  Rect outside(const PresenterSizes& s) const { return line.grown(width(s) / 2); }
  static float width(const PresenterSizes& s) { return s.stroke * 1.7f; }
};

/// Where two cards are close, a ring's line runs halfway between them; at the stage's edge it runs closer to the card.
std::vector<StageRing> rings(const Ui& ui, const std::vector<Rect>& at, const BrokerGrid& grid, const PresenterSizes& s,
                             const Rect& stage);
void draw_ring(Ui& ui, const StageRing& ring, const std::vector<Rect>& at, const PresenterSizes& s, const Rect& stage);

}  // namespace kafkascope::ui
