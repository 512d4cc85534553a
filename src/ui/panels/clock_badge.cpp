#include "ui/panels/clock_badge.h"

namespace kafkascope::ui {

void draw_clock_badge(Telling& told, float em, float wider) {
  Ui& ui = told.ui;
  if (ui.lesson.clocks.empty()) return;
  const float half = em * .25f, line_h = em * 1.4f;
  told.card({.fill = ui.c.field, .pad = 2 * half - wider, .wider = wider, .below = wider, .radius = 5},
            [&](Telling& in) {
              in.at.skip(half);
              Row row{in.at.rest, em * .6f};
              const Rect clock = Column{row.left(em)}.next(line_h);
              if (in.draw) ui.p.icon(Icon::Clock, clock, ui.c.secondary, em * .11f);
              Telling said = in.in(row.rest);
              said.linked(ui.pick(ui.lesson.clocks), {.em = em, .color = ui.c.secondary}, line_h);
              in.follow(said);
              in.at.skip(half);
            });
}

}  // namespace kafkascope::ui
