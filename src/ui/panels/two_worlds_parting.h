// The row below two worlds: where they part first, and what each of them does there.
#pragma once
#include "ui/ui.h"

namespace kafkascope::ui {

inline constexpr float kPartedLine = 1.45f;  // the height of a line of text below the worlds, of its size

/// The width that the words of both worlds need beside one another.
float parted_width(const Ui& ui, float text);
/// The room for them at the end of the row, after the moment and the record.
float parting_room(const Ui& ui, float width, bool dial, float text);
/// The height of the words of both worlds below the row: beside one another where both fit whole, else one below the other.
float parted_height(const Ui& ui, float text, float width);
/// The first divergence with its moment; a click leads there. `below`: a row for the words of both worlds; empty: they stand at the end,
/// or, where they would be cut, those of B in `aside`, the free part of the line below.
void draw_parting(Ui& ui, const Rect& r, float text, const Rect& below, const Rect& aside);

}  // namespace kafkascope::ui
