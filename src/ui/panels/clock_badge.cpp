#include "ui/panels/clock_badge.h"

#include "ui/panels/origin_card.h"

namespace kafkascope::ui {

float draw_clock_badge(Ui& ui, float x, float y, float w, float em, bool draw) {
  if (ui.lesson.clocks.empty()) return 0;
  const float pad = em * .5f, indent = em * 1.6f, line_h = em * 1.4f;
  const TextStyle style{.em = em, .color = ui.c.secondary};
  const auto lines = ui.p.wrap(ui.pick(ui.lesson.clocks), w - indent - 2 * pad, style);
  const float height = line_h * static_cast<float>(lines.size()) + pad;
  if (!draw) return height;
  ui.p.fill({x, y, w, height}, ui.c.field, 5);
  ui.p.icon(Icon::Clock, x + pad, y + pad * .5f + (line_h - em) / 2, em, ui.c.secondary, em * .11f);
  const float words_x = x + pad + indent;
  float base = y + pad * .5f + line_h * .74f;
  for (const std::string& line : lines) {
    ui.p.text(words_x, base, line, style);
    links_in(ui, words_x, base, line, style);
    base += line_h;
  }
  return height;
}

}  // namespace kafkascope::ui
