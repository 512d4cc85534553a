// The meaning of the marks and numbers on the cards of the stage.
#pragma once
#include "ui/ui.h"

namespace kafkascope::ui {

/// Draws two columns; returns the height they need.
float draw_card_legend(Ui& ui, const Rect& r, bool draw = true);
/// Whether a row of the legend explains that sign, named as in the cards' notes.
bool legend_explains(std::string_view sign);

}  // namespace kafkascope::ui
