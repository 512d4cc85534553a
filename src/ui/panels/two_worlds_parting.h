// The row below two worlds: where they part first, and what each of them does there.
#pragma once
#include "ui/ui.h"

namespace kafkascope::ui {

inline constexpr float kPartedLine = 1.45f;  // height of a line below the worlds, in units of its text size

/// The width that the words of both worlds need side by side.
float parted_width(const Ui& ui, float text);
/// The room for these words at the end of the row, after the moment and the record.
float parting_room(const Ui& ui, float width, bool dial, float text);
/// The height of the words of both worlds below the row: side by side if both fit in full, else one below the other.
float parted_height(const Ui& ui, float text, float width);
/// The first divergence with its moment; a click goes there. `below`: a place for the words of both worlds. If it is
/// empty, the words stand at the end of the row or, if they would be cut there, those of B in `aside`, the free part of
/// the line below.
void draw_parting(Ui& ui, const Rect& r, float text, const Rect& below, const Rect& aside);

}  // namespace kafkascope::ui
