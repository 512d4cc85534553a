// Narration, question, the learner's turn, and the one big Next.
#include <algorithm>
#include <utility>

#include "ui/panels/clock_badge.h"
#include "ui/panels/origin_card.h"
#include "ui/panels/panels.h"
#include "ui/panels/question.h"

namespace kafkascope::ui {

namespace {

struct Sizes {
  float pad, body, line, title, next_h;
  bool big;
  std::size_t script_rows = 9;  // of a script without narration
  bool brief = false;           // no choices but the chosen and the right one
};

Sizes sizes(const Ui& ui, bool wide) {
  if (ui.st.layout == Layout::Workbench) return {20, 15, 23, 18, 40, wide};
  return wide ? Sizes{28, 24, 37, 24, 72, true} : Sizes{20, 18, 28, 18, 56, false};
}

/// While an audience window follows: the presenter's notes, the next step, the elapsed time.
float notes_card(Ui& ui, float x, float y, float w, bool draw) {
  State& st = ui.st;
  if (st.audience == 0) {
    st.audience_since = -1;
    return y;
  }
  if (st.audience_since < 0) st.audience_since = ui.wall;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float pad = 16;
  if (draw) {
    const Rect frame{x, y, w, notes_card(ui, x, y, w, false) - y - 12};
    p.fill(frame, c.field, 8);
  }
  Column in{Rect{x, y, w, 0}.padded(pad)};
  const Line head = in.next({34, 26});
  const auto seconds = static_cast<std::int64_t>(ui.wall - st.audience_since);
  if (draw) {
    const TextStyle style{.em = 13, .color = c.secondary, .bold = true};
    p.text(head, ui.tr("ui.notes"_w), style);
    const std::string clock = clock_text(seconds * 1'000'000);
    TextStyle right = style;
    right.align = Align::Right;
    p.text(head, clock.substr(0, clock.size() - 4), right);
  }
  const auto said = [&](const std::string& words, const TextStyle& style, float line_h) {
    for (const std::string& words_of_line : p.wrap(words, in.rest.w, style)) {
      const Line line = in.next({line_h, line_h});
      if (draw) p.text(line, words_of_line, style);
    }
  };
  said(ui.pick(ui.lesson.notes), {.em = 15}, 22);
  const auto next = static_cast<std::size_t>(ui.lesson.step) + 1;
  if (next < ui.lesson.steps.size() && !ui.lesson.steps[next].title.empty()) {
    said(ui.tr("ui.next_is"_w, {{"title", ui.pick(ui.lesson.steps[next].title)}}), {.em = 13, .color = c.secondary},
         20);
  }
  return in.rest.y + 28;
}

/// A script without narration: the last acts carried out and the next ones.
float script_card(Ui& ui, float x, float y, float w, const Sizes& s, bool draw) {
  const std::size_t most = s.script_rows;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const std::vector<LessonStep>& steps = ui.lesson.steps;
  const auto here = static_cast<std::size_t>(std::max(0, ui.lesson.step));
  const std::size_t first = steps.size() <= most ? 0 : std::min(here < 2 ? 0 : here - 2, steps.size() - most);
  const float em = std::min(s.body, 18.f), lh = em * 1.45f;
  const LineSize line_size{lh, lh * .72f};
  Column in{{x, y, w, 0}};
  float column = p.width("00.000", {.em = em}) + 38;  // as wide as the longest time
  for (std::size_t i = first; i < std::min(steps.size(), first + most); ++i)
    if (steps[i].at_us >= 0) column = std::max(column, p.width(short_time(steps[i].at_us), {.em = em}) + 38);
  for (std::size_t i = first; i < std::min(steps.size(), first + most); ++i) {
    const LessonStep& step = steps[i];
    const TextStyle style{.em = em, .color = step.done ? c.muted : c.primary, .foreign = true};
    const std::string when = step.at_us < 0 ? std::string(ui.tr("ui.script_when"_w)) : short_time(step.at_us);
    const Icon icon = step.mark == ActMark::Failed  ? Icon::Refused
                      : step.mark == ActMark::Waits ? Icon::Clock
                                                    : Icon::Check;
    const Color tint = step.mark == ActMark::Failed ? c.danger : step.mark == ActMark::Waits ? c.caution : c.ok;
    const float indent = step.at_us < 0 ? p.width(when, {.em = em}) + 38 : column;
    if (draw) {
      Row row{Column{in.rest}.next(line_size), 10};
      const Rect mark = row.left(16);
      if (step.done) p.icon(icon, mark, tint, 2.2f);
      else p.diamond_line(mark.cx(), mark.cy(), 6, c.strong, 1.8f);
      p.text(row.rest, when, {.em = em, .color = c.secondary});
    }
    const auto said = [&](const std::string& words, const TextStyle& look) {
      for (const std::string& line : p.wrap(words, w - indent, look)) {
        Row row{in.next(line_size)};
        row.skip(indent);
        if (draw) p.text(row.rest, line, look);
      }
    };
    said(ui.pick(step.title), style);
    if (!step.outcome.empty()) said(ui.pick(step.outcome), {.em = em, .color = tint, .bold = true, .foreign = true});
    in.skip(6);
  }
  if (first + most < steps.size()) {
    Row row{in.next(line_size)};
    row.skip(26);
    if (draw)
      p.text(row.rest, ui.tr("ui.script_more"_w, {{"count", std::to_string(steps.size() - first - most)}}),
             {.em = em, .color = c.secondary});
    in.skip(6);
  }
  return in.rest.y + 8;
}

/// The entry to the lesson's variants.
float variants_card(Ui& ui, float x, float y, float w, bool draw) {
  if (ui.lesson.variants.empty() || ui.lesson.turn.open || ui.lesson.question.phase == QuestionPhase::Open) return y;
  if (draw && button(ui, make_id("variants"), {x, y, w, 40}, ui.tr("ui.variants"_w), false, Icon::Branch, "V"))
    ui.show_variants();
  return y + 52;
}

/// Paragraphs and cards; only measures when `draw` is false. `card_y`: receives the position of the question's card.
float content(Ui& ui, float x, float y, float w, const Sizes& s, bool draw, float* card_y = nullptr) {
  Painter& p = ui.p;
  const std::vector<Words>& paragraphs = ui.lesson.paragraphs;
  const bool of_lesson = tells_lesson_only(ui);
  const TextStyle body{.em = s.body, .color = of_lesson ? ui.c.secondary : ui.c.primary};
  if (of_lesson) {
    const TextStyle small{.em = 13, .color = ui.c.accent, .bold = true};
    Column in{{x, y, w, 0}};
    for (const std::string& line : p.wrap(ui.tr("ui.about_lesson"_w), w, small)) {
      const Line here = in.next({20, 14});
      if (draw) p.text(here, line, small);
    }
    in.skip(6);
    y = in.rest.y;
  }
  auto block = [&](const Words& words) {
    for (const std::string& line : p.wrap(ui.pick(words), w, body)) {
      const float base = y + s.line * 0.7f;
      if (draw) p.text(x, base, line, body), links_in(ui, x, base, line, body);
      y += s.line;
    }
    y = subtitle(ui, x, y, w, words, s.body, draw) + s.line * 0.33f;
  };
  if (!ui.lesson.present) block(both("ui.free_play_text"_w));
  for (const Words& paragraph : paragraphs) block(paragraph);
  if (!ui.lesson.told && !ui.lesson.detour.active) {
    block(both("ui.script_text"_w));
    y = script_card(ui, x, y, w, s, draw);
  }
  if (const float badge = draw_clock_badge(ui, x - 8, y, w + 16, 13, draw); badge > 0) y += badge + 8;
  y += 14;
  const float card_x = x - 8, card_w = w + 16;
  // The result of the prediction precedes other changes.
  if (card_y != nullptr) *card_y = y;
  if (!ui.lesson.turn.open) y = question_card(ui, card_x, y, card_w, s.big, draw, s.brief);
  y = changed_card(ui, x, y, w, draw);
  y = turn_card(ui, card_x, y, card_w, s.big, draw);
  y = notes_card(ui, card_x, y, card_w, draw);
  y = end_card(ui, card_x, y, card_w, s.big, draw);
  return variants_card(ui, x, y, w, draw);
}

/// Whether the big button returns to a waiting lesson or script; from an empty cluster there is nothing to return to.
bool returns_to_lesson(const LessonModel& lesson) {
  return lesson.detour.active && !has_own_steps(lesson.detour.kind) && has_return(lesson);
}

void next_button(Ui& ui, const Rect& r, const Sizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const LessonModel& lesson = ui.lesson;
  const bool detour = returns_to_lesson(lesson);
  // At the end the button stays in place and does nothing, so that one click too many does not hit what the end offers.
  const bool over = !detour && lesson.end.active, off = over || (!detour && !lesson.can_next);
  const std::string label =
      detour && lesson.end.active              ? std::string(ui.tr("ui.return_to_lesson"_w))
      : over                                   ? std::string(ui.tr("ui.no_next"_w))
      : detour && returns_to_beginning(lesson) ? std::string(ui.tr("ui.return"_w))
      : detour ? ui.tr("ui.return_to_step"_w, {{"step", std::to_string(lesson.detour.return_step + 1)}})
      : !lesson.next_label.empty() ? ui.pick(lesson.next_label)
                                   : std::string(ui.tr("ui.next"_w));
  const Hit hit = ui.hit(make_id("next"), r);
  p.fill(r, off ? c.field : hit.hovered ? mix(c.accent, c.primary, .88f) : c.accent, 10);
  if (off) p.stroke(r, c.mid, 1, 10);
  float em = s.next_h > 60 ? 24.f : s.next_h > 50 ? 18.f : 15.f;
  TextStyle style{.em = em, .color = off ? c.muted : c.accent_ink, .bold = true};
  const float icon = off ? 0 : s.next_h > 50 ? 34.f : 0.f;
  if (p.width(label, style) + icon > r.w - 20) style.em = em = em > 20 ? 18.f : em > 16 ? 15.f : 13.f;
  const float tw = std::min(p.width(label, style), r.w - 20 - icon);
  style.max = r.w - 20 - icon;
  const bool sub = off && !lesson.owes.empty() && r.h > 50;
  p.text(r.x + (r.w - tw - icon) / 2, r.cy() + (sub ? -2 : em * .36f), label, style);
  if (icon > 0) p.icon(Icon::Right, r.x + (r.w + tw + icon) / 2 - 24, r.cy() - 12, 24, c.accent_ink, 1.6f);
  if (sub)
    p.text(r.cx(), r.cy() + 20, ui.pick(lesson.owes),
           {.em = s.next_h > 60 ? 15.f : 13.f, .color = c.muted, .align = Align::Middle, .max = r.w - 16});
  if (!hit.clicked || off) return;
  if (!detour) ui.st.tab_chosen = false;  // back to the step's own view
  ui.emit(detour ? ActionKind::ReturnFromDetour : ActionKind::NextStep);
}

/// Offers the work from before the program last ended: a sentence and two buttons above Next.
float kept_card(Ui& ui, float x, float bottom, float w) {
  State& st = ui.st;
  Column in{{x, 0, w, bottom}, 8};
  if (button(ui, make_id("restore"), in.last(44), ui.tr("ui.restore"_w), true, Icon::Back))
    ui.emit(ActionKind::RestoreKept);
  in.gap = 12;
  const bool not_now = button(ui, make_id("not now"), in.last(40), ui.tr("ui.not_now"_w));
  const std::string what =
      ui.tr("ui.kept_work"_w, {{"lesson", ui.pick(st.kept.lesson)}, {"count", std::to_string(st.kept.acts)}});
  const auto lines = ui.p.wrap(what, w, {.em = 15});
  const Rect said = in.last(20 * static_cast<float>(lines.size()));
  Column words{said};
  for (const std::string& line : lines) ui.p.text(words.next({20, 20}), line, {.em = 15, .color = ui.c.secondary});
  if (not_now) st.kept = {};
  return bottom - said.y + 12;
}

/// Offers the last position in this lesson: two buttons above Next.
float resume_card(Ui& ui, float x, float bottom, float w) {
  const ResumeOffer& offer = ui.lesson.resume;
  const std::string go =
      ui.tr("ui.continue"_w, {{"step", std::to_string(offer.step + 1)}, {"steps", std::to_string(offer.steps)}});
  Column in{{x, 0, w, bottom}, 8};
  if (button(ui, make_id("resume"), in.last(44), go, true, Icon::Play)) ui.emit(ActionKind::Resume);
  if (button(ui, make_id("from start"), in.last(40), ui.tr("ui.from_start"_w))) ui.emit(ActionKind::DismissResume);
  return 104;
}

/// Its bottom is at `bottom`; returns its height.
float undo_pill(Ui& ui, float x, float bottom, float room) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const UndoPill& pill = ui.lesson.undo;
  const std::string undo = ui.tr("ui.undo"_w);
  const float undo_w = p.width(undo, {.em = 15, .bold = true});
  // In a narrow column the type first gets smaller, then the pill higher: no text is cut.
  const float most = room - undo_w - 90;
  const bool refused = !pill.refused.empty();
  const std::string what = refused              ? ui.tr("ui.refused_with"_w, {{"error", ui.pick(pill.refused)}})
                           : pill.asked.empty() ? ui.pick(pill.what)
                                                : ui.tr("ui.on_its_way"_w, {{"act", ui.pick(pill.asked)}});
  const float em = p.width(what, {.em = 15}) > most ? 13.f : 15.f;
  const auto lines = p.wrap(what, most, {.em = em});
  float what_w = 0;
  for (const std::string& line : lines) what_w = std::max(what_w, p.width(line, {.em = em}));
  const float h = 20 + 20 * static_cast<float>(lines.size());
  const Rect r{x, bottom - h, what_w + undo_w + 88, h};
  const Deed deed = refused ? Deed::Refused : !pill.asked.empty() ? Deed::Asked : pill.loss ? Deed::Fault : Deed::Done;
  const Color tone = deed_color(c, deed);
  shadow_card(p, r, refused ? c.caution_fill : c.raised, refused ? tone : c.strong, refused ? 2 : 1.25f, 20);
  Row in{r, 10};
  in.skip(16);
  const Rect mark = in.left(16).middle(16);
  draw_deed(p, deed, mark.x, mark.y, mark.w, 2.4f);
  in.gap = 14;
  Column said{in.left(what_w).padded(0, 10)};
  for (const std::string& words : lines) {
    const Line line = said.next({20, 15.5f});
    p.text(line, words, {.em = em, .color = refused ? tone : 0});
    links_in(ui, line.x, line.base, words, {.em = em});
  }
  const Rect zone = in.rest, rule = zone.padded(0, 10);
  p.line(rule.x, rule.y, rule.x, rule.bottom(), c.mid);
  const Hit hit = ui.hit(make_id("undo"), zone);
  p.text(Line(zone.padded(14), r.cy() + 5.5f), undo,
         {.em = 15, .color = hit.hovered ? c.primary : c.accent, .bold = true, .max = undo_w});
  if (hit.clicked) ui.emit(ActionKind::Undo);
  return h;
}

/// Why nothing moves, and until when; if time does not adapt, also a link to that moment. `bottom`: the y of the pill's
/// lower edge. Returns the pill's height.
float quiet_pill(Ui& ui, float x, float bottom, float room) {
  Painter& p = ui.p;
  const bool offers = !ui.time.adapts;
  const std::string words = quiet_words(ui);
  const TextStyle style{.em = 13, .color = ui.c.secondary};
  auto lines = p.wrap(words, room - 46, style);
  if (offers) lines.emplace_back(ui.tr("ui.go_there"_w));
  float widest = 0;
  for (const std::string& line : lines) widest = std::max(widest, p.width(line, {.em = 13, .bold = offers}));
  const float h = 14 + 18 * static_cast<float>(lines.size());
  const Rect r{x, bottom - h, widest + 46, h};
  const Hit hit = offers ? ui.hit(make_id("pass silence"), r) : Hit{};
  if (hit.clicked) ui.emit(ActionKind::PassSilence);
  p.fill(r, hit.hovered ? ui.c.hover : ui.c.field, 16);
  p.icon(Icon::Clock, r.x + 12, r.cy() - 7, 14, ui.c.secondary, 1.8f);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const bool link = offers && i + 1 == lines.size();
    p.text(r.x + 34, r.y + 20.5f + 18 * static_cast<float>(i), lines[i],
           link ? TextStyle{.em = 13, .color = hit.hovered ? ui.c.primary : ui.c.accent, .bold = true} : style);
  }
  p.note(r, "quiet");
  return h;
}

}  // namespace

std::string quiet_words(const Ui& ui) {
  const bool counts = ui.lesson.quiet_counts, read = ui.time.adapts;  // time to read
  return ui.tr(counts && read ? "ui.counts_until_read"_w
               : counts       ? "ui.counts_until"_w
               : read         ? "ui.quiet_until"_w
                              : "ui.nothing_until"_w,
               {{"at", clock_text(ui.lesson.quiet_until_us)}});
}

void draw_lesson_panel(Ui& ui, const Rect& r, bool wide) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const LessonModel& lesson = ui.lesson;
  Sizes s = sizes(ui, wide);
  const bool workbench = ui.st.layout == Layout::Workbench;
  p.fill(r, c.panel);
  p.line(r.right(), r.y, r.right(), r.bottom(), c.hair);
  ui.hit(make_id("lesson panel"), r);
  p.push_box(r, "lesson panel");
  const float x = r.x + s.pad, w = r.w - 2 * s.pad;
  // From the bottom up: Next, then what is above it.
  float bottom = r.bottom() - (workbench ? 12 : 24);
  const bool returns = returns_to_lesson(lesson);
  if (lesson.present || returns) {
    const Rect place{x, bottom - s.next_h, w, s.next_h};
    if (workbench) {
      const auto [back, next] = in_row(place.padded(-4), {fixed(88), weight()}, 8);
      if (button(ui, make_id("back step"), back, ui.tr("ui.back"_w))) ui.emit(ActionKind::PreviousStep);
      next_button(ui, next, s);
    } else {
      next_button(ui, place, s);
    }
    bottom = place.y - 12;
  }
  if (lesson.turn.open) {
    const float h = 48;
    if (!workbench || r.h > 300) {
      if (button(ui, make_id("do it"), {x, bottom - h, w, h}, ui.tr("ui.do_it_for_me"_w)))
        ui.emit(ActionKind::DoItForMe);
      bottom -= h + 12;
    }
  }
  if (!lesson.turn.open && lesson.question.phase != QuestionPhase::Open) {
    if (ui.st.kept.acts > 0) bottom -= kept_card(ui, x, bottom, w);
    else if (lesson.resume.active) bottom -= resume_card(ui, x, bottom, w);
  }
  if (lesson.undo.active) {
    bottom -= undo_pill(ui, workbench ? x - 12 : x, bottom - 8, workbench ? w + 24 : w) + 20;
  }
  if (lesson.quiet_until_us >= 0) bottom -= quiet_pill(ui, x, bottom - 4, w) + 12;
  if (lesson.coach_marks && !ui.st.coach_seen && !workbench) {
    bottom -= 28;
    p.text(Column{{x, bottom, w, 28}}.next({28, 20}), ui.tr("ui.esc_removes_hints"_w), {.em = 13, .color = c.muted});
  }
  // From the top down: number, title.
  float y = r.y + (workbench ? 34.f : s.big ? 52.f : 36.f);
  const bool detour = lesson.detour.active && lesson.detour.kind == RunKind::Detour;
  const std::string title = !lesson.present ? std::string(ui.tr("ui.free_play"_w))
                            : detour && (lesson.step_title.empty() || !lesson.told)
                                ? std::string(ui.tr("ui.your_detour"_w))
                            : !lesson.told ? std::string(ui.tr("ui.script"_w))
                                           : ui.pick(lesson.step_title);
  float tx = x;
  // A step without a title shows no number: the title bar counts the steps.
  const bool untitled = title.empty();
  if (lesson.present && lesson.told && !untitled)
    tx += p.text(x, y, std::to_string(lesson.step + 1), {.em = s.title, .color = c.accent, .bold = true}) + 14;
  const auto title_lines = p.wrap(title, r.right() - s.pad - tx, {.em = s.title, .bold = true});
  for (const std::string& line : title_lines) {
    p.text(tx, y, line, {.em = s.title, .bold = true});
    y += s.title * 1.4f;
  }
  if (untitled) y -= s.title * .7f;
  if (lesson.present && lesson.told && !untitled && !(detour && lesson.step_title.empty())) {
    const float under = y - s.title * 1.1f;
    y += subtitle(ui, tx, under, r.right() - s.pad - tx, lesson.step_title, s.title, true) - under;
  }
  y += s.big && !workbench ? -6 : -4;
  // Narration is never clipped: the type size is reduced once, then it scrolls.
  const float room = bottom - y;
  float need = content(ui, x, 0, w, s, false);
  if (need > room && s.body <= 15) {
    s.body = 13;
    s.line = 20;
    need = content(ui, x, 0, w, s, false);
  }
  if (need > room && s.body > 15) {
    s.body = s.body > 20 ? 18 : 15;
    s.line = s.body > 16 ? 28 : 23;
    s.big = false;
    need = content(ui, x, 0, w, s, false);
  }
  const QuestionPhase phase = lesson.question.phase;
  const bool decided = phase == QuestionPhase::Held || phase == QuestionPhase::Differed;
  if (need > room && decided) {
    s.brief = true;
    need = content(ui, x, 0, w, s, false);
  }
  const float needed = std::exchange(ui.st.lesson_need, need + r.h - room);
  // Shows fewer acts of a script rather than cutting a line.
  while (need > room && !lesson.told && s.script_rows > 3) {
    --s.script_rows;
    need = content(ui, x, 0, w, s, false);
  }
  const Rect area{r.x + 1, y, r.w - 2, room};
  // A new question is scrolled into view with its choices. A new verdict comes with the narration that tells what
  // happened, so the narration stays, and is scrolled only as far as the verdict needs.
  if (phase != ui.st.last_phase && (phase == QuestionPhase::Open || decided)) {
    float card_y = 0, told_y = 0;
    content(ui, x, 0, w, s, false, &card_y);
    const float card_end = question_card(ui, x - 8, card_y, w + 16, s.big, false, s.brief, &told_y);
    ui.st.narration_scroll = std::clamp((decided ? told_y : card_end) - room, 0.f, card_y);
  }
  ui.st.last_phase = phase;
  // At the end, the links to other lessons and what to try next are scrolled into view; again if another type size has
  // moved them.
  if (lesson.end.active && (!ui.st.ended || needed != ui.st.lesson_need)) {
    ui.st.narration_scroll = std::max(0.f, need - room);
  }
  ui.st.ended = lesson.end.active;
  if (need > room) {
    scroll(ui, area, need, ui.st.narration_scroll);
    p.push_box(area, "narration", true);
    content(ui, x, y - ui.st.narration_scroll, w, s, true);
    p.pop_box();
    scroll_bar(ui, area, need, ui.st.narration_scroll);
  } else {
    ui.st.narration_scroll = 0;
    content(ui, x, y, w, s, true);
  }
  p.pop_box();
}

void draw_glide(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Glide& g = ui.lesson.glide;
  p.fill(r, c.panel);
  ui.hit(make_id("glide"), r);
  p.push_box(r, "glide");
  const bool big = r.h >= 300 && r.w > 1100;
  float em = big ? 88.f : 56.f;
  const float x = r.x + (big ? 48 : 28);
  while (em > 30 && p.width(ui.pick(g.headline), {.em = em, .bold = true}) > r.w - 80) em -= 8;
  float y = r.y + 20 + em;
  p.text(x, y, ui.pick(g.headline), {.em = em, .bold = true});
  const float why = big ? 40.f : 26.f;
  y += why * 1.55f;
  for (const std::string& line : p.wrap(ui.pick(g.why), r.w - 80, {.em = why, .color = c.secondary})) {
    p.text(x, y, line, {.em = why, .color = c.secondary});
    y += why * 1.4f;
  }
  const std::string under = ui.under(g.headline) + ". " + ui.under(g.why);
  const float small = big ? 26.f : 18.f;
  y += small * 1.2f - why * 1.05f;
  if (ui.st.subtitles && y + 2 * small * 1.4f < r.bottom() - 100)
    for (const std::string& line : p.wrap(under, r.w - 80, {.em = small})) {
      p.text(x, y, line, {.em = small, .color = c.secondary});
      y += small * 1.4f;
    }
  const Rect bar{x, r.bottom() - 86, r.w - 2 * (x - r.x), 22};
  const auto span = static_cast<float>(std::max<std::int64_t>(1, g.to_us - g.from_us));
  const float f = std::clamp(static_cast<float>(ui.time.now_us - g.from_us) / span, 0.f, 1.f);
  const Color tone = g.danger ? c.danger : c.accent;
  const Rect inner = bar.padded(1, 1), done = Row{bar}.left(bar.w * f);
  p.fill(bar, c.canvas, 4);
  p.hatch(inner, with_alpha(tone, 0.28f), 8);
  p.hatch({inner.x, inner.y, done.right() - inner.x, inner.h}, tone, 8);
  p.stroke(bar, mix(tone, c.panel, .45f), 1.5f, 4);
  if (f > 0.01f) p.stroke(done, tone, 2, 4);
  const float px = done.right();
  p.fill(Rect{px, bar.y, 0, bar.h}.padded(-3, -12), c.playhead);
  p.circle(px, bar.cy(), 13, c.panel);
  p.circle(px, bar.cy(), 10, c.playhead);
  const Line ends = Column{{bar.x, bar.bottom(), bar.w, r.bottom() - bar.bottom()}}.next({40, 28});
  p.text(ends, short_time(g.from_us) + " " + ui.pick(g.from_label), {.em = 18, .color = tone, .bold = true});
  p.text(ends, short_time(g.to_us) + " " + ui.pick(g.to_label),
         {.em = 18, .color = c.secondary, .align = Align::Right});
  p.pop_box();
}

}  // namespace kafkascope::ui
