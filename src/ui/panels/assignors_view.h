// What each assignor would give a classic group's members, side by side.
#pragma once
#include "ui/ui.h"

namespace kafkascope::ui {

float assignors_switch_width(const Ui& ui, const observe::Group& g);
/// The pill that names the assignor and switches to the comparison and back, at the row's left end.
void draw_assignors_switch(Ui& ui, Row& row, const observe::Group& g, std::uint64_t number);
void draw_assignors(Ui& ui, const Rect& r, const observe::Group& g);

}  // namespace kafkascope::ui
