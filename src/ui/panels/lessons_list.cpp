// All lessons, by track, to browse or to filter by a part of their names.
#include "ui/panels/lessons_list.h"

#include <algorithm>
#include <array>

#include "ui/panels/palette_items.h"
#include "ui/panels/panels.h"

namespace kafkascope::ui {

namespace {

constexpr float kLessonRow = 50, kVariantRow = 32, kTrackHead = 44;

std::string names_of(const LessonEntry& lesson) {
  const words::Key track = track_name(lesson.track);
  std::string all = lesson.id + '\n' + lesson.track + '\n' + tr(Lang::En, track) + '\n' + tr(Lang::Ko, track) + '\n' +
                    lesson.title.en + '\n' + lesson.title.ko;
  for (const LessonVariant& v : lesson.variants) all += '\n' + v.id + '\n' + v.title.en + '\n' + v.title.ko;
  return lower(all);
}

/// The field does not exist in the list's first frames, and loses focus on Enter: it gets the focus again.
void filter_field(Ui& ui, const Rect& r) {
  State& st = ui.st;
  const std::string before = st.lessons_text;
  st.lessons_grab = text_field(ui, "##lessons", r, st.lessons_text, ui.tr("ui.lessons_filter"_w), 0, st.lessons_grab);
  if (st.lessons_text == before) return;
  st.lessons_row = 0;
  st.lessons_scroll = 0;
}

void track_head(Ui& ui, float x, float baseline, const std::string& name) {
  const words::Key track = track_name(name);
  ui.p.text(x, baseline, track == "ui.lesson"_w && !name.empty() ? name : std::string(ui.tr(track)),
            {.em = 15, .color = ui.c.accent, .bold = true, .foreign = true});
}

/// "3. Partitioners and producers", and at the right "45 min · 4 of 9 done".
void meeting_head(Ui& ui, const CourseMeeting& meeting, float x, float right, float baseline) {
  Painter& p = ui.p;
  const State& st = ui.st;
  int number = 0, minutes = 0, done = 0, all = 0;
  for (const CourseMeeting& m : st.meetings) {
    if (!m.extra) ++number;
    if (&m == &meeting) break;
  }
  for (const std::string& id : meeting.lessons) {
    const auto lesson =
        std::find_if(st.lessons.begin(), st.lessons.end(), [&](const LessonEntry& l) { return l.id == id; });
    if (lesson == st.lessons.end()) continue;
    ++all;
    minutes += lesson->minutes;
    if (const auto known = st.progress.find(id); known != st.progress.end() && known->second.done) ++done;
  }
  const std::string told =
      ui.tr("ui.meeting_told"_w,
            {{"minutes", std::to_string(minutes)}, {"done", std::to_string(done)}, {"lessons", std::to_string(all)}});
  const float told_w = p.text(right, baseline, told, {.em = 13, .color = ui.c.secondary, .align = Align::Right});
  const std::string title = ui.pick(meeting.title);
  p.text(x, baseline, meeting.extra ? title : std::to_string(number) + ". " + title,
         {.em = 15, .color = ui.c.accent, .bold = true, .max = right - x - told_w - 16, .foreign = true});
}

/// The user's progress in the lesson, at the right of its row. Returns its width.
float progress_of(Ui& ui, const LessonRow& row, float right, float baseline) {
  if (row.variant != nullptr) return 0;
  const auto known = ui.st.progress.find(row.lesson->id);
  if (known == ui.st.progress.end()) return 0;
  const LessonProgress& way = known->second;
  float x = right;
  if (way.step > 0)
    x -= 16 + ui.p.text(x, baseline,
                        ui.tr("ui.continue"_w,
                              {{"step", std::to_string(way.step + 1)}, {"steps", std::to_string(way.steps)}}),
                        {.em = 13, .color = ui.c.accent, .align = Align::Right});
  if (way.done) {
    x -= 6 + ui.p.text(x, baseline, ui.tr("ui.lesson_done"_w), {.em = 13, .color = ui.c.ok, .align = Align::Right});
    ui.p.icon(Icon::Check, x - 14, baseline - 12, 14, ui.c.ok, 2);
    x -= 30;
  }
  return right - x;
}

/// Draws the text of a row.
void row_words(Ui& ui, const LessonRow& row, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const std::string& id = row.variant != nullptr ? row.variant->id : std::string("base");
  const bool here = row.lesson->id == ui.lesson.id && id == ui.lesson.variant_id;
  const float here_w = here ? p.width(ui.tr("ui.run_here"_w), {.em = 13, .bold = true}) + 16 : 0;
  const float way_w = progress_of(ui, row, r.right() - 16 - here_w, r.y + 19);
  if (row.variant != nullptr) {
    p.icon(Icon::Branch, r.x + 24, r.cy() - 7, 14, c.accent, 1.8f);
    p.text(r.x + 48, r.cy() + 5.2f, ui.pick(row.variant->title), {.em = 15, .max = r.w - 64 - here_w, .foreign = true});
  } else {
    p.text(r.x + 16, r.y + 19, ui.pick(row.lesson->title),
           {.em = 15, .bold = true, .max = r.w - 32 - here_w - way_w, .foreign = true});
    p.text(r.x + 16, r.y + 38, ui.pick(row.lesson->summary),
           {.em = 13, .color = c.secondary, .max = r.w - 32 - here_w, .foreign = true});
  }
  if (here)
    p.text(r.right() - 16, r.cy() + 4.8f, ui.tr("ui.run_here"_w),
           {.em = 13, .color = c.accent, .bold = true, .align = Align::Right});
}

}  // namespace

bool lesson_matches(const LessonEntry& lesson, std::string_view query) {
  const std::string names = names_of(lesson), words = lower(query);
  std::size_t at = 0;
  while ((at = words.find_first_not_of(' ', at)) != std::string::npos) {
    const std::size_t end = std::min(words.find(' ', at), words.size());
    if (names.find(words.substr(at, end - at)) == std::string::npos) return false;
    at = end;
  }
  return true;
}

std::vector<LessonRow> lesson_rows(const State& st) {
  std::vector<LessonRow> rows;
  const auto add = [&](const LessonEntry& lesson, const CourseMeeting* meeting) {
    if (!lesson_matches(lesson, st.lessons_text)) return;
    rows.push_back({&lesson, nullptr, meeting});
    for (const LessonVariant& variant : lesson.variants) rows.push_back({&lesson, &variant, meeting});
  };
  if (!st.by_meeting) {
    for (const LessonEntry& lesson : st.lessons) add(lesson, nullptr);
    return rows;
  }
  for (const CourseMeeting& meeting : st.meetings)
    for (const std::string& id : meeting.lessons)
      for (const LessonEntry& lesson : st.lessons)
        if (lesson.id == id) add(lesson, &meeting);
  return rows;
}

void turn_lessons(Ui& ui) {
  State& st = ui.st;
  if (st.meetings.empty()) return;
  const std::vector<LessonRow> before = lesson_rows(st);
  const auto lit = static_cast<std::size_t>(std::max(0, st.lessons_row));
  const LessonEntry* lesson = lit < before.size() ? before[lit].lesson : nullptr;
  st.by_meeting = !st.by_meeting;
  st.lessons_row = 0;
  st.lessons_scroll = 0;
  st.lessons_grab = true;
  const std::vector<LessonRow> rows = lesson_rows(st);
  for (std::size_t i = rows.size(); i-- > 0;)
    if (rows[i].lesson == lesson && rows[i].variant == nullptr) st.lessons_row = static_cast<int>(i);
}

void open_lesson(Ui& ui, const LessonRow& row) {
  ui.st.lessons_open = false;
  Action a;
  const bool beside = row.variant != nullptr && row.lesson->id == ui.lesson.id;  // a variant of the open lesson
  a.kind = beside ? ActionKind::OpenVariant : ActionKind::OpenLesson;
  a.text = beside ? row.variant->id : row.lesson->id;
  if (!beside && row.variant != nullptr) a.other = row.variant->id;
  ui.emit(std::move(a));
}

namespace {

/// The worlds that every lesson can be compared with.
struct OtherWorld {
  words::Key name;
  const char* verb;  // of OpenTwin
};
std::array<OtherWorld, 2> other_worlds(const Ui& ui) {
  const bool zookeeper = ui.world.metadata == "zookeeper";
  return {{{zookeeper ? "ui.twin_mode_kraft"_w : "ui.twin_mode_zookeeper"_w, "mode"}, {"ui.twin_seed"_w, "seed"}}};
}

Action open_world(const char* verb) {
  Action open;
  open.kind = ActionKind::OpenTwin;
  open.verb = verb;
  return open;
}

}  // namespace

std::size_t variant_rows(const Ui& ui) { return ui.lesson.variants.size() + other_worlds(ui).size(); }

void open_variant(Ui& ui, std::size_t index) {
  ui.st.variants_open = false;
  const std::size_t own = ui.lesson.variants.size();
  if (index < own) ui.emit_text(ActionKind::OpenVariant, ui.lesson.variants[index].id);
  else if (index < variant_rows(ui)) ui.emit(open_world(other_worlds(ui)[index - own].verb));
}

void draw_lessons(Ui& ui) {
  State& st = ui.st;
  if (!st.lessons_open) return;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float w = std::min(900.f, ui.w - 40);
  const Rect r{(ui.w - w) / 2, 56, w, ui.h - 96};
  const Hit outside = dialog(ui, "lessons", r);
  const float title_w = p.text(r.x + 24, r.y + 36, ui.tr("ui.all_lessons"_w), {.em = 18, .bold = true});
  float field_x = r.x + 24 + title_w + 24;
  if (!st.meetings.empty()) {
    const std::string words = ui.tr(st.by_meeting ? "ui.lessons_by_meeting"_w : "ui.lessons_by_track"_w);
    const float turn_w = p.width(words, {.em = 15}) + 28;
    if (button(ui, make_id("turn lessons"), {field_x, r.y + 14, turn_w, 32}, words)) turn_lessons(ui);
    field_x += turn_w + 12;
  }
  const std::string fresh = ui.tr("ui.empty_cluster"_w);
  const float fresh_w = p.width(fresh, {.em = 15}) + 56;
  if (button(ui, make_id("empty cluster"), {r.right() - 84 - fresh_w, r.y + 14, fresh_w, 32}, fresh, false,
             Icon::Broker)) {
    st.lessons_open = false;
    ui.emit(ActionKind::NewCluster);
  }
  filter_field(ui, {field_x, r.y + 14, r.right() - 96 - fresh_w - field_x, 32});
  const std::vector<LessonRow> rows = lesson_rows(st);
  const auto lessons = std::count_if(rows.begin(), rows.end(), [](const auto& row) { return row.variant == nullptr; });
  p.text(r.right() - 24, r.y + 36, count_text(lessons), {.em = 15, .color = c.secondary, .align = Align::Right});
  if (rows.empty())
    p.text(r.x + 24, r.y + 84, ui.tr(st.lessons.empty() ? "ui.lessons_none"_w : "ui.lessons_no_match"_w),
           {.em = 15, .color = c.secondary, .max = w - 48});
  const Rect body{r.x, r.y + 56, r.w, r.h - 64};
  const auto begins_track = [&](std::size_t i) {
    return rows[i].variant == nullptr &&
           (i == 0 || rows[i].meeting != rows[i - 1].meeting ||
            (rows[i].meeting == nullptr && rows[i].lesson->track != rows[i - 1].lesson->track));
  };
  const auto height = [&](std::size_t i) { return rows[i].variant != nullptr ? kVariantRow : kLessonRow; };
  // The y of each row, from 0.
  std::vector<float> tops;
  float content = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (begins_track(i)) content += kTrackHead;
    tops.push_back(content);
    content += height(i);
  }
  st.lessons_row = std::clamp(st.lessons_row, 0, std::max(0, static_cast<int>(tops.size()) - 1));
  static thread_local int followed = -1;  // the row that was last scrolled into view
  if (!tops.empty() && followed != st.lessons_row) {
    const auto lit = static_cast<std::size_t>(st.lessons_row);
    st.lessons_scroll =
        std::clamp(st.lessons_scroll, tops[lit] + height(lit) - body.h, std::max(0.f, tops[lit] - kTrackHead));
    followed = st.lessons_row;
  }
  scroll(ui, body, content, st.lessons_scroll);
  p.push_box(body, "lesson list", true);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Rect row{r.x + 8, body.y + tops[i] - st.lessons_scroll, w - 22, height(i) - 4};
    if (row.bottom() < body.y || row.y - kTrackHead > body.bottom()) continue;
    if (begins_track(i) && rows[i].meeting == nullptr) track_head(ui, r.x + 24, row.y - 12, rows[i].lesson->track);
    else if (begins_track(i)) meeting_head(ui, *rows[i].meeting, r.x + 24, r.right() - 30, row.y - 12);
    const Rect seen{row.x, std::max(row.y, body.y), row.w,
                    std::min(row.bottom(), body.bottom()) - std::max(row.y, body.y)};
    const Hit hit = ui.hit(make_id("lesson row", i), seen);
    row_light(ui, row, static_cast<int>(i) == st.lessons_row, hit.hovered);
    row_words(ui, rows[i], row);
    if (hit.clicked) open_lesson(ui, rows[i]);
  }
  p.pop_box();
  if (content > body.h) {
    const float bar = body.h * body.h / content;
    p.fill({r.right() - 9, body.y + (body.h - bar) * st.lessons_scroll / (content - body.h), 4, bar}, c.mid, 2);
  }
  p.pop_box();
  if (outside.clicked) st.lessons_open = false;
}

void draw_variants(Ui& ui) {
  State& st = ui.st;
  if (!st.variants_open) return;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const std::vector<LessonVariant>& variants = ui.lesson.variants;
  constexpr float kRow = 44;
  const float w = std::min(640.f, ui.w - 40);
  const float rows_h = kRow * static_cast<float>(variant_rows(ui));
  const Rect r{(ui.w - w) / 2, std::min(ui.h * .2f, std::max(8.f, (ui.h - 80 - rows_h) / 2)), w, 80 + rows_h};
  const Hit outside = dialog(ui, "variants", r);
  p.text(r.x + 24, r.y + 36, ui.tr("ui.variants"_w), {.em = 18, .bold = true});
  p.text(r.x + 24, r.y + 58, ui.tr(variants.empty() ? "ui.variants_none_but"_w : "ui.variants_sub"_w),
         {.em = 13, .color = c.secondary, .max = w - 48});
  for (std::size_t i = 0; i < variants.size(); ++i) {
    const Rect row{r.x + 8, r.y + 70 + kRow * static_cast<float>(i), w - 16, kRow - 4};
    const Hit hit = ui.hit(make_id("variant", i), row);
    const bool here = variants[i].id == ui.lesson.variant_id;
    row_light(ui, row, static_cast<int>(i) == st.variants_row, hit.hovered);
    const std::string mark = here ? std::string(ui.tr("ui.run_here"_w)) : std::to_string(i + 1);
    const float mark_w = p.text(row.right() - 16, row.cy() + 5.2f, mark,
                                {.em = 13, .color = here ? c.accent : c.muted, .bold = here, .align = Align::Right});
    float beside_w = 0;
    if (!here) {
      Action open;
      open.kind = ActionKind::OpenTwin;
      open.verb = "variant";
      open.other = variants[i].id;
      beside_w = beside_button(ui, make_id("variant beside", i), row.right() - 28 - mark_w, row.cy(), open);
    }
    p.text(row.x + 16, row.cy() + 5.4f, ui.pick(variants[i].title),
           {.em = 15, .bold = here, .max = row.w - 48 - mark_w - beside_w, .foreign = true});
    if (hit.clicked) open_variant(ui, i);
  }
  const auto more = other_worlds(ui);
  for (std::size_t k = 0; k < more.size(); ++k) {
    const std::size_t i = variants.size() + k;
    const Rect row{r.x + 8, r.y + 70 + kRow * static_cast<float>(i), w - 16, kRow - 4};
    const Hit hit = ui.hit(make_id("variant", i), row);
    if (k == 0 && !variants.empty()) p.line(row.x + 8, row.y - 2, row.right() - 8, row.y - 2, c.hair);
    row_light(ui, row, static_cast<int>(i) == st.variants_row, hit.hovered);
    const float mark_w = p.text(row.right() - 16, row.cy() + 5.2f, std::to_string(i + 1),
                                {.em = 13, .color = c.muted, .align = Align::Right});
    const float beside_w =
        beside_button(ui, make_id("variant beside", i), row.right() - 28 - mark_w, row.cy(), open_world(more[k].verb));
    p.text(row.x + 16, row.cy() + 5.4f, ui.tr(more[k].name), {.em = 15, .max = row.w - 48 - mark_w - beside_w});
    if (hit.clicked) open_variant(ui, i);
  }
  p.pop_box();
  if (outside.clicked) st.variants_open = false;
}

}  // namespace kafkascope::ui
