#include "ui/panel_at.h"

#include "ui/layout.h"

namespace kafkascope::ui {

NamedRect panel_at(const State& st, float w, float h, bool detour, float x, float y) {
  if (st.layout == Layout::Presenter || st.filled) return {};
  std::vector<NamedRect> panels;
  if (st.layout == Layout::Lesson) {
    const LessonRects r = lesson_rects(w, h, detour, st.had_twin, st.splits);
    panels = {{st.drawer ? "inspector" : "lesson", r.narration},
              {"stage", r.stage},
              {"panel", r.panel},
              {"time", r.transport}};
  } else {
    WorkbenchRects r = workbench_rects(w, h, detour, st.drawer, st.splits);
    if (lengthens_lesson(r, st)) lengthen_lesson(r);
    panels = {{"inspector", r.inspector}, {"lesson", r.lesson},  {"stage", r.stage},
              {"panel", r.middle},        {"timeline", r.lower}, {"time", r.transport}};
  }
  for (const NamedRect& p : panels)
    if (p.rect.contains(x, y)) return p;
  return {};
}

}  // namespace kafkascope::ui
