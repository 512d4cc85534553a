#include "ui/panels/telling.h"

#include "ui/panels/origin_card.h"

namespace kafkascope::ui {

void Telling::text(std::string_view words, const TextStyle& style, const LineSize& size, bool links) {
  for (const std::string& row : ui.p.wrap(words, at.rest.w, style)) {
    const Line here = at.next(size);
    line(here, row, style);
    if (draw && links) links_in(ui, here.x, here.base, row, style);
  }
}

void Telling::subtitle(const Words& words, float em) {
  const float small = em >= 22 ? 18.f : em >= 17 ? 15.f : 13.f;
  linked(ui.under(words), {.em = small, .color = ui.c.secondary}, small * 1.45f);
}

void Telling::card(const CardLook& look, const std::function<void(Telling&)>& content) {
  Telling inside = in(at.rest.padded(look.pad));
  const Rect frame = at.next(height_of(ui, inside.at.rest, content)).padded(-look.wider);
  at.skip(look.below);
  if (!draw) return;
  ui.p.fill(frame, look.fill, look.radius);
  if (look.edge != 0) ui.p.stroke(frame, look.edge, look.stroke, look.radius);
  content(inside);
}

float height_of(Ui& ui, const Rect& place, const std::function<void(Telling&)>& content) {
  Telling measured{ui, {place}, false};
  content(measured);
  return measured.at.rest.y - place.y;
}

}  // namespace kafkascope::ui
