// States how many rows of a list do not fit into its panel.
#pragma once
#include <algorithm>
#include <string>

#include "ui/ui.h"

namespace kafkascope::ui {

/// How many rows are shown where `fit` rows have room: all of them, or fit - 1 and a line that counts the others.
constexpr std::size_t rows_shown(std::size_t all, std::size_t fit) {
  if (all <= fit) return all;
  return fit > 0 ? --fit : 0;
}
inline std::size_t rows_in(float room, float row_h) { return static_cast<std::size_t>(std::max(0.f, room / row_h)); }

inline std::string left_out_words(const Ui& ui, std::size_t count) {
  return ui.tr("ui.more_replicas"_w, {{"count", std::to_string(count)}});
}
/// "+3 more"; nothing if the list is whole.
inline void say_left_out(Ui& ui, const Line& line, std::size_t count, float em = 13) {
  if (count == 0) return;
  ui.p.text(line, left_out_words(ui, count), {.em = em, .color = ui.c.secondary});
  ui.p.note(line, "rows left out");
}

}  // namespace kafkascope::ui
