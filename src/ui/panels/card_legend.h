// What the marks and numbers on the cards of the stage mean.
#pragma once
#include "ui/ui.h"

namespace kafkascope::ui {

/// In two columns; returns the height they need.
float draw_card_legend(Ui& ui, const Rect& r, bool draw = true);
/// Whether a row says what that sign of a card means; its name is what the card notes.
bool legend_explains(std::string_view sign);

}  // namespace kafkascope::ui
