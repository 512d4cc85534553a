// All lessons, by track: what the palette finds by words is found here by looking.
#include <algorithm>

#include "ui/panels/panels.h"

namespace kafkascope::ui {

void draw_lessons(Ui& ui) {
  State& st = ui.st;
  if (!st.lessons_open) return;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  constexpr float kRow = 50, kHead = 44;
  const float w = std::min(900.f, ui.w - 40);
  const Rect r{(ui.w - w) / 2, 56, w, ui.h - 96};
  const Hit outside = dialog(ui, "lessons", r);
  p.text(r.x + 24, r.y + 36, ui.tr(Str::AllLessons), {.em = 18, .bold = true});
  p.text(r.right() - 24, r.y + 36, count_text(static_cast<std::int64_t>(st.lessons.size())),
         {.em = 15, .color = c.secondary, .align = Align::Right});
  if (st.lessons.empty())
    p.text(r.x + 24, r.y + 84, ui.tr(Str::LessonsNone), {.em = 15, .color = c.secondary, .max = w - 48});
  const Rect body{r.x, r.y + 56, r.w, r.h - 64};
  // Where each row stands, from 0.
  std::vector<float> tops;
  float content = 0;
  for (std::size_t i = 0; i < st.lessons.size(); ++i) {
    if (i == 0 || st.lessons[i].track != st.lessons[i - 1].track) content += kHead;
    tops.push_back(content);
    content += kRow;
  }
  st.lessons_row = std::clamp(st.lessons_row, 0, std::max(0, static_cast<int>(tops.size()) - 1));
  static thread_local int followed = -1;  // the row that keys have brought into sight
  if (!tops.empty() && followed != st.lessons_row) {
    const float top = tops[static_cast<std::size_t>(st.lessons_row)];
    st.lessons_scroll = std::clamp(st.lessons_scroll, top + kRow - body.h, std::max(0.f, top - kHead));
    followed = st.lessons_row;
  }
  scroll(ui, body, content, st.lessons_scroll);
  p.push_box(body, "lesson list", true);
  for (std::size_t i = 0; i < tops.size(); ++i) {
    const LessonEntry& lesson = st.lessons[i];
    const Rect row{r.x + 8, body.y + tops[i] - st.lessons_scroll, w - 22, kRow - 4};
    if (row.bottom() < body.y || row.y - kHead > body.bottom()) continue;
    if (i == 0 || lesson.track != st.lessons[i - 1].track) {
      const Str track = track_name(lesson.track);
      p.text(r.x + 24, row.y - 12,
             track == Str::Lesson && !lesson.track.empty() ? lesson.track : std::string(ui.tr(track)),
             {.em = 15, .color = c.accent, .bold = true, .foreign = true});
    }
    const Rect seen{row.x, std::max(row.y, body.y), row.w,
                    std::min(row.bottom(), body.bottom()) - std::max(row.y, body.y)};
    const Hit hit = ui.hit(make_id("lesson row", i), seen);
    const bool lit = static_cast<int>(i) == st.lessons_row, here = lesson.id == ui.lesson.id;
    row_light(ui, row, lit, hit.hovered);
    const float here_w = here ? p.width(ui.tr(Str::RunHere), {.em = 13, .bold = true}) + 16 : 0;
    p.text(row.x + 16, row.y + 19, ui.pick(lesson.title),
           {.em = 15, .bold = true, .max = row.w - 32 - here_w, .foreign = true});
    p.text(row.x + 16, row.y + 38, ui.pick(lesson.summary),
           {.em = 13, .color = c.secondary, .max = row.w - 32 - here_w, .foreign = true});
    if (here)
      p.text(row.right() - 16, row.cy() + 4.8f, ui.tr(Str::RunHere),
             {.em = 13, .color = c.accent, .bold = true, .align = Align::Right});
    if (hit.clicked) {
      ui.emit_text(ActionKind::OpenLesson, lesson.id);
      st.lessons_open = false;
    }
  }
  p.pop_box();
  if (content > body.h) {
    const float bar = body.h * body.h / content;
    p.fill({r.right() - 9, body.y + (body.h - bar) * st.lessons_scroll / (content - body.h), 4, bar}, c.mid, 2);
  }
  p.pop_box();
  if (outside.clicked) st.lessons_open = false;
}

}  // namespace kafkascope::ui
