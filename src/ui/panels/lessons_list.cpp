// All lessons, by track, to browse or to filter by a part of their names.
#include "ui/panels/lessons_list.h"

#include <algorithm>
#include <iterator>
#include <sstream>

#include "ui/panels/act_forms.h"
#include "ui/panels/new_cluster.h"
#include "ui/panels/palette_items.h"
#include "ui/panels/panels.h"
#include "words/lower_case.h"

namespace kafkascope::ui {

namespace {

constexpr float kLessonRow = 50, kVariantRow = 32, kTrackHead = 44;

std::string names_of(const LessonEntry& lesson) {
  const words::Key track = track_name(lesson.track);
  std::string all = lesson.id + '\n' + lesson.track + '\n' + tr(Lang::En, track) + '\n' + tr(Lang::Ko, track) + '\n' +
                    lesson.title.en + '\n' + lesson.title.ko;
  for (const LessonVariant& v : lesson.variants) all += '\n' + v.id + '\n' + v.title.en + '\n' + v.title.ko;
  return words::lower_case(all);
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

void track_head(Ui& ui, const Line& line, const std::string& name) {
  const words::Key track = track_name(name);
  ui.p.text(line, track == "ui.lesson"_w && !name.empty() ? name : std::string(ui.tr(track)),
            {.em = 15, .color = ui.c.accent, .bold = true, .foreign = true});
}

/// "3. Partitioners and producers", and at the right "45 min · 4 of 9 done".
void meeting_head(Ui& ui, const Line& line, const CourseMeeting& meeting) {
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
  Row in{line, 16};
  p.text(in, told, {.em = 13, .color = ui.c.secondary, .align = Align::Right});
  const std::string title = ui.pick(meeting.title);
  p.text(in.rest, meeting.extra ? title : std::to_string(number) + ". " + title,
         {.em = 15, .color = ui.c.accent, .bold = true, .foreign = true});
}

/// The user's progress in the lesson, at the right of its line.
void progress_of(Ui& ui, const LessonRow& row, Row& line) {
  const auto known = ui.st.progress.find(row.lesson->id);
  if (known == ui.st.progress.end()) return;
  const LessonProgress& way = known->second;
  line.gap = 16;
  const bool stands_there = row.lesson->id == ui.lesson.id && ui.lesson.variant_id == "base" &&
                            !ui.lesson.detour.active && ui.lesson.step >= way.step;
  if (way.step > 0 && !stands_there)
    ui.p.text(line,
              ui.tr("ui.continue"_w, {{"step", std::to_string(way.step + 1)}, {"steps", std::to_string(way.steps)}}),
              {.em = 13, .color = ui.c.accent, .align = Align::Right});
  if (!way.done) return;
  line.gap = 6;
  ui.p.text(line, ui.tr("ui.lesson_done"_w), {.em = 13, .color = ui.c.ok, .align = Align::Right});
  line.gap = 16;
  ui.p.icon(Icon::Check, line.right(14), ui.c.ok, 2);
}

/// Draws the text of a row.
void row_words(Ui& ui, const LessonRow& row, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const std::string& id = row.variant != nullptr ? row.variant->id : std::string("base");
  const bool here = row.lesson->id == ui.lesson.id && id == ui.lesson.variant_id;
  Row in{r.padded(16), 16};
  const bool left = row.lesson->id == ui.st.continue_here && row.variant == nullptr;
  if (left && !here)
    p.text(in, ui.tr("ui.continue_here"_w), {.em = 13, .color = c.accent, .bold = true, .align = Align::Right});
  if (here) p.text(in, ui.tr("ui.run_here"_w), {.em = 13, .color = c.accent, .bold = true, .align = Align::Right});
  if (row.variant != nullptr) {
    in.skip(8);
    in.gap = 10;
    p.icon(Icon::Branch, in.left(14), c.accent, 1.8f);
    p.text(in.rest, ui.pick(row.variant->title), {.em = 15, .foreign = true});
    return;
  }
  Column lines{in.rest};
  Row first{lines.next({25, 19})};
  progress_of(ui, row, first);
  p.text(first.rest, ui.pick(row.lesson->title), {.em = 15, .bold = true, .foreign = true});
  p.text(lines.next({21, 13}), row.said.empty() ? ui.pick(row.lesson->summary) : "“" + row.said + "”",
         {.em = 13, .color = c.secondary, .foreign = true});
}

}  // namespace

namespace {

std::vector<std::string> words_of(std::string_view query) {
  std::istringstream each(words::lower_case(query));
  return {std::istream_iterator<std::string>(each), {}};
}

bool has_all(const std::string& text, const std::vector<std::string>& words) {
  return std::all_of(words.begin(), words.end(),
                     [&](const std::string& word) { return text.find(word) != std::string::npos; });
}

}  // namespace

bool lesson_matches(const LessonEntry& lesson, std::string_view query) {
  return has_all(names_of(lesson), words_of(query));
}

std::string line_with(const LessonEntry& lesson, std::string_view query) {
  const std::vector<std::string> words = words_of(query);
  if (words.empty() || !has_all(lesson.told_low, words)) return {};
  const std::string& told = lesson.told;
  const auto at = told.begin() + static_cast<std::ptrdiff_t>(lesson.told_low.find(words.front()));
  return {std::find(std::make_reverse_iterator(at), told.rend(), '\n').base(), std::find(at, told.end(), '\n')};
}

std::vector<LessonRow> lesson_rows(const State& st) {
  std::vector<LessonRow> rows, telling;
  const auto add = [&](const LessonEntry& lesson, const CourseMeeting* meeting) {
    if (!lesson_matches(lesson, st.lessons_text)) {
      if (std::string said = line_with(lesson, st.lessons_text); !said.empty())
        telling.push_back({&lesson, nullptr, meeting, std::move(said)});
      return;
    }
    rows.push_back({&lesson, nullptr, meeting});
    for (const LessonVariant& variant : lesson.variants) rows.push_back({&lesson, &variant, meeting});
  };
  if (!st.by_meeting)
    for (const LessonEntry& lesson : st.lessons) add(lesson, nullptr);
  else
    for (const CourseMeeting& meeting : st.meetings)
      for (const std::string& id : meeting.lessons)
        for (const LessonEntry& lesson : st.lessons)
          if (lesson.id == id) add(lesson, &meeting);
  std::move(telling.begin(), telling.end(), std::back_inserter(rows));
  return rows;
}

void turn_lessons(Ui& ui) {
  State& st = ui.st;
  if (st.meetings.empty()) return;
  const std::vector<LessonRow> before = lesson_rows(st);
  const auto lit = static_cast<std::size_t>(std::max(0, st.lessons_row));
  const LessonEntry* lesson = lit < before.size() ? before[lit].lesson : nullptr;
  st.by_meeting = !st.by_meeting;
  ui.emit(ActionKind::KeepLessonList);
  st.lessons_row = 0;
  st.lessons_scroll = 0;
  st.lessons_grab = true;
  const std::vector<LessonRow> rows = lesson_rows(st);
  for (std::size_t i = rows.size(); i-- > 0;)
    if (rows[i].lesson == lesson && rows[i].variant == nullptr) st.lessons_row = static_cast<int>(i);
}

void open_lesson(Ui& ui, const LessonRow& row) {
  ui.st.lessons_open = false;
  const bool beside = row.variant != nullptr && row.lesson->id == ui.lesson.id;  // a variant of the open lesson
  if (beside) return ui.emit_text(ActionKind::OpenVariant, row.variant->id);
  Action a = opens_lesson(row);
  a.number = row.variant == nullptr ? 1 : 0;  // continues where the row says
  ui.emit(std::move(a));
}

bool names_file(const State& st) { return st.lessons_text.ends_with(".json"); }

void open_typed_file(Ui& ui) {
  ui.st.lessons_open = false;
  ui.emit_text(ActionKind::OpenFile, ui.st.lessons_text);
}

namespace {

/// What can be taken up again: the lesson in which the program last ended, and work that was not restored.
struct TakenUp {
  std::string words;
  Icon icon;
  Action action;
};
std::vector<TakenUp> taken_up(const Ui& ui) {
  constexpr std::size_t kMostWork = 3;
  std::vector<TakenUp> all;
  for (const LessonEntry& lesson : ui.st.lessons) {
    if (lesson.id != ui.st.continue_here || lesson.id == ui.lesson.id) continue;
    if (const auto known = ui.st.progress.find(lesson.id); known != ui.st.progress.end() && known->second.done)
      continue;
    all.push_back(
        {ui.tr("ui.continue_lesson"_w, {{"lesson", ui.pick(lesson.title)}}), Icon::Play, opens_lesson({&lesson})});
    all.back().action.number = 1;  // where it was left
  }
  for (const KeptWork& work : ui.st.waiting) {
    if (all.size() > kMostWork) break;
    all.push_back({ui.tr("ui.restore_of"_w, {{"lesson", ui.pick(work.lesson)}, {"count", std::to_string(work.acts)}}),
                   Icon::Back,
                   {}});
    all.back().action.kind = ActionKind::RestoreKept;
    all.back().action.text = work.file;
  }
  return all;
}

/// A button for each, in a row of its own.
void draw_taken_up(Ui& ui, Column& in, const std::vector<TakenUp>& all) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!button(ui, make_id("take up", i), in.next(36), all[i].words, i == 0, all[i].icon)) continue;
    ui.st.lessons_open = false;
    ui.emit(all[i].action);
  }
}

/// What the list offers besides the variants: the other metadata mode, or why not and the lesson that shows it, and
/// another seed.
struct OtherWorld {
  std::string words;
  Action action;
  bool refused = false;  // the action only leads to a notice with the reason
};
std::vector<OtherWorld> other_worlds(const Ui& ui) {
  std::vector<OtherWorld> all;
  const auto world = [&](words::Key name, const char* verb) {
    all.push_back({ui.tr(name), {}, false});
    all.back().action.kind = ActionKind::OpenTwin;
    all.back().action.verb = verb;
  };
  if (ui.lesson.runs_in_other_mode)
    world(ui.world.metadata == "zookeeper" ? "ui.twin_mode_kraft"_w : "ui.twin_mode_zookeeper"_w, "mode");
  else if (const LessonRow shown = lesson_of_other_mode(ui); shown.lesson != nullptr) {
    // The key that opens the other mode elsewhere does not leave the lesson: it says why there is none.
    const Words& why = ui.lesson.why_not_in_other_mode;
    if (!why.empty()) {
      const Words words = both("app.not_in_other_mode"_w,
                               {{"mode", ui.world.metadata == "zookeeper" ? "KRaft" : "ZooKeeper"}, {"why", why}});
      all.push_back({ui.pick(words), {}, true});
      all.back().action.kind = ActionKind::OpenTwin;
      all.back().action.verb = "mode";
    }
    all.push_back({ui.pick(why.empty() ? words_of_other_mode(ui, shown)
                                       : both("ui.lesson_instead"_w, {{"lesson", title_of(shown)}})),
                   opens_other_mode(ui, shown)});
  }
  world("ui.twin_seed"_w, "seed");
  return all;
}

}  // namespace

std::size_t variant_rows(const Ui& ui) { return ui.lesson.variants.size() + other_worlds(ui).size(); }

void open_variant(Ui& ui, std::size_t index) {
  ui.st.variants_open = false;
  const std::size_t own = ui.lesson.variants.size();
  if (index < own) ui.emit_text(ActionKind::OpenVariant, ui.lesson.variants[index].id);
  else if (index < variant_rows(ui)) ui.emit(other_worlds(ui)[index - own].action);
}

std::optional<Action> beside_of_variant(const Ui& ui, std::size_t index) {
  const std::vector<LessonVariant>& own = ui.lesson.variants;
  Action open;
  open.kind = ActionKind::OpenTwin;
  open.verb = "variant";
  if (index < own.size()) open.other = own[index].id;
  else if (index >= variant_rows(ui)) return std::nullopt;
  else if (const OtherWorld other = other_worlds(ui)[index - own.size()]; !other.refused) open = other.action;
  else return std::nullopt;
  const bool here = index < own.size() && own[index].id == ui.lesson.variant_id;
  return here || open.kind != ActionKind::OpenTwin ? std::nullopt : std::optional(open);
}

LessonRow lesson_of_other_mode(const Ui& ui) {
  if (ui.lesson.runs_in_other_mode || ui.lesson.in_other_mode.empty()) return {};
  const auto named = [](const std::string& id) { return [&id](const auto& of) { return of.id == id; }; };
  const std::string& path = ui.lesson.in_other_mode;
  const std::size_t slash = path.find('/');
  const std::string id = path.substr(0, slash), variant = slash == std::string::npos ? "" : path.substr(slash + 1);
  const auto& all = ui.st.lessons;
  const auto lesson = std::find_if(all.begin(), all.end(), named(id));
  if (lesson == all.end()) return {};
  const auto of = std::find_if(lesson->variants.begin(), lesson->variants.end(), named(variant));
  return {&*lesson, of == lesson->variants.end() ? nullptr : &*of, nullptr};
}

Words title_of(const LessonRow& row) {
  if (row.variant == nullptr) return row.lesson->title;
  return both("ui.lesson_and_variant"_w, {{"lesson", row.lesson->title}, {"variant", row.variant->title}});
}

Words words_of_other_mode(const Ui& ui, const LessonRow& row) {
  const bool zookeeper = ui.world.metadata == "zookeeper";
  return both(zookeeper ? "ui.lesson_for_kraft"_w : "ui.lesson_for_zookeeper"_w, {{"lesson", title_of(row)}});
}

Action opens_lesson(const LessonRow& row) {
  Action open;
  open.kind = ActionKind::OpenLesson;
  open.text = row.lesson->id;
  if (row.variant != nullptr) open.other = row.variant->id;
  return open;
}

Action opens_other_mode(const Ui& ui, const LessonRow& row) {
  Action open = opens_lesson(row);
  open.time_us = ui.lesson.in_other_mode_us;
  return open;
}

/// What a person builds without a lesson: an empty cluster, or, in a row of its own, more in the one that is open.
void draw_own(Ui& ui, Column& in) {
  Row row{in.next(32), 12};
  const TextStyle quiet{.em = 15, .color = ui.c.secondary, .foreign = true};
  const auto label = [&](const std::string& words, float most) {
    ui.p.text(row.left(std::min(most, ui.p.width(words, quiet))), words, quiet);
  };
  const auto chosen = [&](std::string_view id, words::Key words, Icon icon) {
    const std::string text = ui.tr(words);
    const bool clicked = button(ui, make_id(id), row.left(ui.p.width(text, {.em = 15}) + 56), text, false, icon);
    if (clicked) ui.st.lessons_open = false;
    return clicked;
  };
  label(ui.tr("ui.lessons_own"_w), row.rest.w);
  if (chosen("empty cluster", "ui.new_cluster"_w, Icon::Broker)) open_new_cluster(ui);
  in.skip(8);
  row = {in.next(32), 12};
  label(ui.tr("ui.build_in"_w, {{"world", world_name(ui)}}), row.rest.w * .36f);
  for (const char* id : {"create topic", "new producer", "new consumer"}) {
    const int form = act_form(id);
    const ActForm& of = act_forms()[static_cast<std::size_t>(form)];
    if (chosen(id, of.name, of.icon)) ui.open_form(form, std::string(kMenuOfStage), {});
  }
}

void draw_lessons(Ui& ui) {
  State& st = ui.st;
  if (!st.lessons_open) return;
  const bool opened = st.lessons_grab;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float w = std::min(900.f, ui.w - 40);
  const Rect r{(ui.w - w) / 2, 56, w, ui.h - 96};
  const Hit outside = dialog(ui, "lessons", r);
  Column in{r.padded(24, 14)};
  const Line head = in.next({42, 22});
  const Rect controls = Column{head}.next(32);
  Row left{head, 24}, row_of_controls{controls, 12};
  const float title_w = p.text(left, ui.tr("ui.all_lessons"_w), {.em = 18, .bold = true});
  row_of_controls.skip(title_w + left.gap);
  if (!st.meetings.empty()) {
    const std::string words = ui.tr(st.by_meeting ? "ui.lessons_by_meeting"_w : "ui.lessons_by_track"_w);
    const float turn_w = p.width(words, {.em = 15}) + 28;
    if (button(ui, make_id("turn lessons"), row_of_controls.left(turn_w), words)) turn_lessons(ui);
  }
  row_of_controls.right(60 - row_of_controls.gap);  // the number of lessons
  filter_field(ui, row_of_controls.rest);
  if (st.lessons_text.empty()) draw_own(ui, in);
  in.gap = 6;
  const std::vector<TakenUp> again = st.lessons_text.empty() ? taken_up(ui) : std::vector<TakenUp>{};
  if (!again.empty()) in.skip(8);
  draw_taken_up(ui, in, again);
  in.gap = 0;
  const std::vector<LessonRow> rows = lesson_rows(st);
  const auto lessons = std::count_if(rows.begin(), rows.end(), [](const auto& row) { return row.variant == nullptr; });
  p.text(head, count_text(lessons), {.em = 15, .color = c.secondary, .align = Align::Right});
  if (names_file(st)) {
    if (button(ui, make_id("open file"), in.next(36), ui.tr("ui.open_file"_w, {{"file", st.lessons_text}}), true))
      open_typed_file(ui);
    p.text(in.next({28, 20}), ui.tr("ui.open_file_sub"_w), {.em = 13, .color = c.secondary});
  } else if (rows.empty()) {
    p.text(in.next({40, 28}), ui.tr(st.lessons.empty() ? "ui.lessons_none"_w : "ui.lessons_no_match"_w),
           {.em = 15, .color = c.secondary});
  }
  const Rect body = in_column(r, {fixed(in.rest.y - r.y), weight(), fixed(8)})[1];
  const auto begins_track = [&](std::size_t i) {
    const LessonRow &row = rows[i], *before = i == 0 ? nullptr : &rows[i - 1];
    if (before == nullptr) return true;
    if (!row.said.empty()) return before->said.empty();
    return row.variant == nullptr &&
           (row.meeting != before->meeting || (row.meeting == nullptr && row.lesson->track != before->lesson->track));
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
  if (!tops.empty() && (opened || followed != st.lessons_row)) {
    const auto lit = static_cast<std::size_t>(st.lessons_row);
    // A list that opens begins with a heading: its first one, else that of the lit lesson's track, if both fit.
    std::size_t begin = lit;
    while (!begins_track(begin)) --begin;
    if (opened && tops[lit] + height(lit) > body.h) st.lessons_scroll = tops[begin] - kTrackHead;
    st.lessons_scroll =
        std::clamp(st.lessons_scroll, tops[lit] + height(lit) - body.h, std::max(0.f, tops[lit] - kTrackHead));
    followed = st.lessons_row;
  }
  scroll(ui, body, content, st.lessons_scroll);
  p.push_box(body, "lesson list", true);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Rect row{r.x + 8, body.y + tops[i] - st.lessons_scroll, w - 22, height(i) - 4};
    if (row.bottom() < body.y || row.y - kTrackHead > body.bottom()) continue;
    const Line heading({row.x + 16, row.y - kTrackHead, row.w - 32, kTrackHead}, row.y - 12);
    if (begins_track(i) && !rows[i].said.empty())
      p.text(heading, ui.tr("ui.lessons_speak_of"_w, {{"words", st.lessons_text}}),
             {.em = 15, .color = c.accent, .bold = true, .foreign = true});
    else if (begins_track(i) && rows[i].meeting == nullptr) track_head(ui, heading, rows[i].lesson->track);
    else if (begins_track(i)) meeting_head(ui, heading, *rows[i].meeting);
    const Rect seen{row.x, std::max(row.y, body.y), row.w,
                    std::min(row.bottom(), body.bottom()) - std::max(row.y, body.y)};
    const Hit hit = ui.hit(make_id("lesson row", i), seen);
    row_light(ui, row, static_cast<int>(i) == st.lessons_row, hit.hovered);
    row_words(ui, rows[i], row);
    if (hit.clicked) open_lesson(ui, rows[i]);
  }
  p.pop_box();
  scroll_bar(ui, body, content, st.lessons_scroll);
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
  auto [head, list] = in_column(r, {fixed(70), weight()});
  Column titles{head.padded(24)};
  p.text(titles.next({42, 36}), ui.tr("ui.variants"_w), {.em = 18, .bold = true});
  // The lesson that shows the other mode does not open beside this one.
  p.text(titles.next({22, 16}),
         ui.tr(!variants.empty()                            ? "ui.variants_sub"_w
               : lesson_of_other_mode(ui).lesson != nullptr ? "ui.variants_none_but_seed"_w
                                                            : "ui.variants_none_but"_w),
         {.em = 13, .color = c.secondary});
  Column below{list.padded(8), 4};
  const auto more = other_worlds(ui);
  for (std::size_t i = 0; i < variant_rows(ui); ++i) {
    const bool own = i < variants.size(), here = own && variants[i].id == ui.lesson.variant_id;
    if (i == variants.size() && i > 0) {
      const Rect rule = below.rest.padded(8, -2);
      p.line(rule.x, rule.y, rule.right(), rule.y, c.hair);
    }
    const Rect row = below.next(kRow - below.gap);
    const Hit hit = ui.hit(make_id("variant", i), row);
    row_light(ui, row, static_cast<int>(i) == st.variants_row, hit.hovered);
    Row in{row.padded(16), 12};
    p.text(in, here ? std::string(ui.tr("ui.run_here"_w)) : std::to_string(i + 1),
           {.em = 13, .color = here ? c.accent : c.muted, .bold = here, .align = Align::Right});
    if (const std::optional<Action> open = beside_of_variant(ui, i))
      in.shorten(beside_button(ui, make_id("variant beside", i), in.rest.right(), row.cy(), *open));
    p.text(in.rest, own ? ui.pick(variants[i].title) : more[i - variants.size()].words,
           {.em = 15, .bold = here, .foreign = own});
    if (hit.clicked) open_variant(ui, i);
  }
  p.pop_box();
  if (outside.clicked) st.variants_open = false;
}

}  // namespace kafkascope::ui
