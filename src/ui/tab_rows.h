// The rows of tabs above panels, the switch of the lower row and the button that makes a panel fill the window. While two worlds are
// shown, they bear the letter of the world that the panel is about.
#pragma once
#include "ui/ui.h"

namespace kafkascope::ui {

inline constexpr float kFillHeight = 24;
/// The button in a panel's head. The sign of one window makes the panel fill the window; that of two windows ends this.
void draw_fill_button(Ui& ui, const Rect& line);
/// While two worlds are shown: the letter of the one that this tab's panel is about, in that line.
void draw_panel_letter(Ui& ui, Tab tab, const Rect& line);
/// The row of tabs; `all`: with those of the lower row.
void draw_tab_row(Ui& ui, const Rect& r, bool all);
void draw_lower_tabs(Ui& ui, const Rect& r);

}  // namespace kafkascope::ui
