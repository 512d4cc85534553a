// The cluster stage.
#pragma once
#include "ui/stage/stage_view.h"
#include "ui/ui.h"

namespace kafkascope::ui {

struct StageOptions {
  bool labels = true;     // beside messages
  bool key = true;        // the row of message kinds below (32 px)
  float key_reserve = 0;  // the width left free at the row's right end
};

/// The user's arrangement of the stage, for drawing at k times its size.
StageArrangement stage_arrangement(const Ui& ui, float k);
void draw_stage(Ui& ui, const Rect& r, const StageOptions& options);
/// Whether messages of that kind can occur in this world: the legend lists no others.
bool can_be_seen(const observe::Snapshot& world, observe::Family family);
/// Draws the row that explains the marks.
void draw_stage_key(Ui& ui, const Rect& r);

}  // namespace kafkascope::ui
