#include "ui/panels/state_row.h"

#include "ui/painter.h"

namespace kafkascope::ui {

namespace {
Color fill_of(const Palette& c, StateTone tone) {
  return tone == StateTone::Good ? c.ok_fill : tone == StateTone::Plain ? c.field : c.caution_fill;
}
Color edge_of(const Palette& c, StateTone tone) {
  return tone == StateTone::Good ? c.ok : tone == StateTone::Plain ? c.strong : c.caution;
}
}  // namespace

float draw_state_row(Ui& ui, const Rect& r, float y, const std::vector<std::string>& states, std::string_view state,
                     std::string_view previous, StateTone (*tone)(std::string_view)) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  float x = r.x;
  for (std::size_t i = 0; i < states.size(); ++i) {
    const std::string& s = states[i];
    const bool here = s == state, was = s == previous;
    const float w = p.width(s, {.em = 13, .bold = here}) + 24;
    if (x + w > r.right()) {
      if (!here) continue;
      x = r.x;
      y += 34;
    }
    const Rect pill{x, y, w, 26};
    p.fill(pill, here ? fill_of(c, tone(s)) : 0, 13);
    p.stroke(pill, here ? edge_of(c, tone(s)) : was ? c.strong : c.mid, here ? 2 : 1, 13);
    p.text(pill.cx(), pill.cy() + 4.8f, s,
           {.em = 13, .color = here ? c.primary : c.muted, .bold = here, .align = Align::Middle});
    x += w;
    if (i + 1 < states.size() && x + 20 < r.right()) {
      const bool taken = was && states[i + 1] == state;
      p.line(x + 3, y + 13, x + 14, y + 13, taken ? c.primary : c.mid, taken ? 3.f : 1.f);
      p.arrowhead(x + 19, y + 13, 1, 0, taken ? 10.f : 7.f, taken ? c.primary : c.mid);
      x += 22;
    }
  }
  return y + 34;
}

}  // namespace kafkascope::ui
