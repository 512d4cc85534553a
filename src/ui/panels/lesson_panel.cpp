// Narration, question, the learner's turn, and the one big Next.
#include <algorithm>
#include <utility>

#include "ui/panels/clock_badge.h"
#include "ui/panels/lessons_list.h"
#include "ui/panels/origin_card.h"
#include "ui/panels/panels.h"
#include "ui/panels/question.h"
#include "ui/panels/two_worlds.h"

namespace kafkascope::ui {

namespace {

struct Sizes {
  float pad, body, line, title, next_h;
  float top, below_title, foot;  // around the title, and below everything
  bool big;
  std::size_t script_rows = 9;  // of a script without narration
  bool brief = false;           // no choices but the chosen and the right one
};

Sizes sizes(const Ui& ui, bool wide) {
  if (ui.st.layout == Layout::Workbench) return {20, 15, 23, 18, 40, 14.2f, 15.8f, 12, wide};
  return wide ? Sizes{28, 24, 37, 24, 72, 25.6f, 20.4f, 24, true} : Sizes{20, 18, 28, 18, 56, 16.2f, 15.8f, 24, false};
}

/// While an audience window follows: the presenter's notes, the next step, the elapsed time.
void notes_card(Telling& column) {
  Ui& ui = column.ui;
  State& st = ui.st;
  if (st.audience == 0) {
    st.audience_since = -1;
    return;
  }
  if (st.audience_since < 0) st.audience_since = ui.wall;
  column.card({.fill = ui.c.field}, [&](Telling& told) {
    const Line head = told.at.next({34, 26});
    const auto seconds = static_cast<std::int64_t>(ui.wall - st.audience_since);
    TextStyle style{.em = 13, .color = ui.c.secondary, .bold = true};
    told.line(head, ui.tr("ui.notes"_w), style);
    style.align = Align::Right;
    const std::string clock = clock_text(seconds * 1'000'000);
    told.line(head, clock.substr(0, clock.size() - 4), style);
    told.text(ui.pick(ui.lesson.notes), {.em = 15}, {22, 22});
    const auto next = static_cast<std::size_t>(ui.lesson.step) + 1;
    if (next < ui.lesson.steps.size() && !ui.lesson.steps[next].title.empty())
      told.text(ui.tr("ui.next_is"_w, {{"title", ui.pick(ui.lesson.steps[next].title)}}),
                {.em = 13, .color = ui.c.secondary}, {20, 20});
    told.at.skip(16);
  });
}

/// A script without narration: the last acts carried out and the next ones.
void script_card(Telling& told, const Sizes& s) {
  Ui& ui = told.ui;
  const Palette& c = ui.c;
  const std::vector<LessonStep>& steps = ui.lesson.steps;
  const auto here = static_cast<std::size_t>(std::max(0, ui.lesson.step));
  const std::size_t most = s.script_rows,
                    first = steps.size() <= most ? 0 : std::min(here < 2 ? 0 : here - 2, steps.size() - most),
                    end = std::min(steps.size(), first + most);
  const float em = std::min(s.body, 18.f), lh = em * 1.45f;
  const auto width = [&](const std::string& when) { return ui.p.width(when, {.em = em}); };
  float times = width("00.000");  // as wide as the longest time
  for (std::size_t i = first; i < end; ++i)
    if (steps[i].at_us >= 0) times = std::max(times, width(short_time(steps[i].at_us)));
  for (std::size_t i = first; i < end; ++i) {
    const LessonStep& step = steps[i];
    const std::string when = step.at_us < 0 ? std::string(ui.tr("ui.script_when"_w)) : short_time(step.at_us);
    const Icon icon = step.mark == ActMark::Failed  ? Icon::Refused
                      : step.mark == ActMark::Waits ? Icon::Clock
                                                    : Icon::Check;
    const Color tint = step.mark == ActMark::Failed ? c.danger : step.mark == ActMark::Waits ? c.caution : c.ok;
    Row row{Column{told.at}.next({lh, lh * .72f}), 10};
    const Rect mark = row.left(16);
    row.gap = 12;
    const Line time = row.left(step.at_us < 0 ? width(when) : times);
    if (told.draw && step.done) ui.p.icon(icon, mark, tint, 2.2f);
    else if (told.draw) ui.p.diamond_line(mark.cx(), mark.cy(), 6, c.strong, 1.8f);
    told.line(time, when, {.em = em, .color = c.secondary});
    Telling said = told.in(row.rest);
    said.text(ui.pick(step.title), {.em = em, .color = step.done ? c.muted : c.primary, .foreign = true}, lh);
    said.text(ui.pick(step.outcome), {.em = em, .color = tint, .bold = true, .foreign = true}, lh);
    told.follow(said);
    told.at.skip(6);
  }
  if (end < steps.size()) {
    const auto indented = in_row(told.at.next(lh), {fixed(26), weight()});
    told.line(indented[1], ui.tr("ui.script_more"_w, {{"count", std::to_string(steps.size() - end)}}),
              {.em = em, .color = c.secondary});
    told.at.skip(6);
  }
  told.at.skip(8);
}

/// The entry to the lesson's variants, and the first of the others beside this world at once.
void variants_card(Telling& told) {
  Ui& ui = told.ui;
  if (ui.lesson.variants.empty() || ui.lesson.turn.open || ui.lesson.question.phase == QuestionPhase::Open) return;
  Row row{told.at.next(40)};
  if (told.draw) {
    const std::vector<LessonVariant>& all = ui.lesson.variants;
    const std::size_t other = all.front().id == ui.lesson.variant_id ? 1 : 0;
    // In a narrow column only the list has them.
    constexpr float kIconKeyAndPanes = 117;
    const bool fits = ui.p.width(ui.tr("ui.variants"_w), {.em = 15}) <= row.rest.w - kIconKeyAndPanes;
    if (const auto open = beside_of_variant(ui, other); fits && other < all.size() && open && !ui.lesson.twin.open)
      row.shorten(beside_button(ui, make_id("lesson beside"), row.rest.right(), row.rest.cy(), *open,
                                ui.pick(all[other].title)));
    if (button(ui, make_id("variants"), row.rest, ui.tr("ui.variants"_w), false, Icon::Branch, "V")) ui.show_variants();
  }
  told.at.skip(12);
}

/// Paragraphs and cards. `tops`: receives the positions of the paragraphs and, last, of the cards below them.
void content(Telling& told, const Sizes& s, std::vector<float>* tops = nullptr) {
  Ui& ui = told.ui;
  const std::vector<Words>& paragraphs = ui.lesson.paragraphs;
  const bool of_lesson = tells_lesson_only(ui);
  const TextStyle body{.em = s.body, .color = of_lesson ? ui.c.secondary : ui.c.primary};
  if (of_lesson) {
    told.text(ui.tr("ui.about_lesson"_w), {.em = 13, .color = ui.c.accent, .bold = true}, 20);
    told.at.skip(6);
  }
  const auto block = [&](const Words& words) {
    if (tops != nullptr) tops->push_back(told.at.rest.y);
    told.text(ui.pick(words), body, {s.line, s.line * .7f}, true);
    told.subtitle(words, s.body);
    told.at.skip(s.line * .33f);
  };
  if (!ui.lesson.present) block(both("ui.free_play_text"_w));
  for (const Words& paragraph : paragraphs) block(paragraph);
  if (!ui.lesson.told && !ui.lesson.detour.active) {
    block(both("ui.script_text"_w));
    script_card(told, s);
  }
  draw_clock_badge(told, 13, 8);
  told.at.skip(14);
  // The result of the prediction precedes other changes.
  if (tops != nullptr) tops->push_back(told.at.rest.y);
  if (!ui.lesson.turn.open) question_card(told, s.big, s.brief);
  changed_card(told);
  turn_card(told);
  notes_card(told);
  end_card(told, s.big);
  variants_card(told);
}

/// Whether the big button returns to a waiting lesson or script. None waits behind a cluster that was empty: the bar above has the way to
/// its beginning.
bool returns_to_lesson(const LessonModel& lesson) {
  return lesson.detour.active && !has_own_steps(lesson.detour.kind) && has_return(lesson) &&
         !returns_to_beginning(lesson);
}

void next_button(Ui& ui, const Rect& r, const Sizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const LessonModel& lesson = ui.lesson;
  const bool detour = returns_to_lesson(lesson);
  // At the end the button stays in place and does nothing, so that one click too many does not hit what the end offers.
  const bool over = !detour && lesson.end.active, off = over || (!detour && !lesson.can_next);
  const std::string label =
      detour && lesson.end.active ? std::string(ui.tr("ui.return_to_lesson"_w))
      : over                      ? std::string(ui.tr("ui.no_next"_w))
      : detour ? ui.tr("ui.return_to_step"_w, {{"step", std::to_string(lesson.detour.return_step + 1)}})
      : !lesson.next_label.empty() ? ui.pick(lesson.next_label)
                                   : std::string(ui.tr("ui.next"_w));
  const Hit hit = ui.hit(make_id("next"), r);
  p.fill(r, off ? c.field : hit.hovered ? mix(c.accent, c.primary, .88f) : c.accent, 10);
  if (off) p.stroke(r, c.mid, 1, 10);
  const Rect room = r.padded(10), wide = r.padded(8);
  const float em = s.next_h > 60 ? 24.f : s.next_h > 50 ? 18.f : 15.f, icon = off || s.next_h <= 50 ? 0 : 34.f;
  TextStyle style{.em = em, .color = off ? c.muted : c.accent_ink, .bold = true};
  if (p.width(label, style) + icon > room.w) style.em = em > 20 ? 18.f : em > 16 ? 15.f : 13.f;
  style.max = room.w - icon;
  Column lines{r.middle(44)};
  constexpr LineSize kLine{22, 20};
  const bool sub = off && !lesson.owes.empty() && r.h > 50;
  Row row{sub ? lines.next(kLine) : Line(r), 10};
  row.skip((r.w - std::min(p.width(label, style), style.max) - icon) / 2);
  p.text(row, label, style);
  if (icon > 0) p.icon(Icon::Right, row.left(24), c.accent_ink);
  if (sub)
    p.text(lines.next(kLine), ui.pick(lesson.owes),
           {.em = s.next_h > 60 ? 15.f : 13.f, .color = c.muted, .align = Align::Middle, .max = wide.w});
  if (!hit.clicked || off) return;
  if (!detour) ui.st.tab_chosen = false;  // back to the step's own view
  ui.emit(detour ? ActionKind::ReturnFromDetour : ActionKind::NextStep);
}

/// Offers the work from before the program last ended: a sentence and two buttons above Next. The buttons are side by
/// side, so that what is told above keeps its room.
void kept_card(Ui& ui, Column& in) {
  State& st = ui.st;
  in.gap = 12;
  const std::string later = ui.tr("ui.not_now"_w);
  constexpr float kAround = 20;
  Row buttons{in.last(44), 8};
  const Rect side = buttons.left(ui.p.width(later, {.em = 15}) + kAround);
  const bool not_now = button(ui, make_id("not now"), side, later);
  if (button(ui, make_id("restore"), buttons.rest, ui.tr("ui.restore"_w), true))
    ui.emit_text(ActionKind::RestoreKept, st.kept.file);
  const std::string what =
      ui.tr("ui.kept_work"_w, {{"lesson", ui.pick(st.kept.lesson)}, {"count", std::to_string(st.kept.acts)}});
  const auto lines = ui.p.wrap(what, in.rest.w, {.em = 15});
  Column words{in.last(20 * static_cast<float>(lines.size()))};
  for (const std::string& line : lines) ui.p.text(words.next({20, 20}), line, {.em = 15, .color = ui.c.secondary});
  if (not_now) st.kept = {};
}

/// Offers the last position in this lesson: two buttons above Next.
void resume_card(Ui& ui, Column& in) {
  const ResumeOffer& offer = ui.lesson.resume;
  const std::string go =
      ui.tr("ui.continue"_w, {{"step", std::to_string(offer.step + 1)}, {"steps", std::to_string(offer.steps)}});
  in.gap = 8;
  if (button(ui, make_id("resume"), in.last(44), go, true, Icon::Play)) ui.emit(ActionKind::Resume);
  in.gap = 12;
  if (button(ui, make_id("from start"), in.last(40), ui.tr("ui.from_start"_w))) ui.emit(ActionKind::DismissResume);
}

/// A pill's lines, each as wide as the room allows, and how wide the widest is.
struct PillLines {
  std::vector<std::string> lines;
  float w = 0;
};
PillLines pill_lines(Ui& ui, std::string_view words, float room, const TextStyle& style) {
  PillLines out{ui.p.wrap(words, room, style)};
  for (const std::string& line : out.lines) out.w = std::max(out.w, ui.p.width(line, style));
  return out;
}

/// At the column's end.
void undo_pill(Ui& ui, Column& column) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const UndoPill& pill = ui.lesson.undo;
  const std::string undo = ui.tr("ui.undo"_w);
  constexpr float kAround = 88;  // the sign, and what is between the parts
  const float undo_w = p.width(undo, {.em = 15, .bold = true}), most = column.rest.w - undo_w - kAround;
  const bool refused = !pill.refused.empty();
  const std::string what = refused              ? ui.tr("ui.refused_with"_w, {{"error", ui.pick(pill.refused)}})
                           : pill.asked.empty() ? ui.pick(pill.what)
                                                : ui.tr("ui.on_its_way"_w, {{"act", ui.pick(pill.asked)}});
  // In a narrow column the type first gets smaller, then the pill higher: no text is cut.
  const float em = p.width(what, {.em = 15}) > most ? 13.f : 15.f;
  const PillLines told = pill_lines(ui, what, most, {.em = em});
  const Rect r = Row{column.last(20 * static_cast<float>(told.lines.size() + 1))}.left(told.w + undo_w + kAround);
  const Deed deed = refused ? Deed::Refused : !pill.asked.empty() ? Deed::Asked : pill.loss ? Deed::Fault : Deed::Done;
  const Color tone = deed_color(c, deed);
  shadow_card(p, r, refused ? c.caution_fill : c.raised, refused ? tone : c.strong, refused ? 2 : 1.25f, 20);
  Row in{r, 10};
  in.skip(16);
  const Rect mark = in.left(16).middle(16);
  draw_deed(p, deed, mark.x, mark.y, mark.w, 2.4f);
  in.gap = 14;
  Column said{in.left(told.w).padded(0, 10)};
  for (const std::string& words : told.lines) {
    const Line line = said.next({20, 15.5f});
    p.text(line, words, {.em = em, .color = refused ? tone : 0});
    links_in(ui, line.x, line.base, words, {.em = em});
  }
  const Rect zone = in.rest, rule = zone.padded(0, 10);
  p.line(rule.x, rule.y, rule.x, rule.bottom(), c.mid);
  const Hit hit = ui.hit(make_id("undo"), zone);
  p.text(zone, undo, {.em = 15, .color = hit.hovered ? c.primary : c.accent, .bold = true, .align = Align::Middle});
  explain(ui, zone, hit, ui.tr("ui.undo_tip"_w));
  if (hit.clicked) ui.emit(ActionKind::Undo);
}

/// At the column's end: why nothing moves, and until when; if time does not adapt, also a link to that moment.
void quiet_pill(Ui& ui, Column& column) {
  Painter& p = ui.p;
  const bool offers = !ui.time.adapts;
  const TextStyle style{.em = 13, .color = ui.c.secondary};
  constexpr float kAround = 46;
  PillLines told = pill_lines(ui, quiet_words(ui), column.rest.w - kAround, style);
  if (offers) {
    told.lines.emplace_back(ui.tr("ui.go_there"_w));
    for (const std::string& line : told.lines) told.w = std::max(told.w, p.width(line, {.em = 13, .bold = true}));
  }
  const Rect r = Row{column.last(18 * static_cast<float>(told.lines.size()) + 14)}.left(told.w + kAround);
  const Hit hit = offers ? ui.hit(make_id("pass silence"), r) : Hit{};
  if (hit.clicked) ui.emit(ActionKind::PassSilence);
  p.fill(r, hit.hovered ? ui.c.hover : ui.c.field, 16);
  Row in{r.padded(12), 8};
  p.icon(Icon::Clock, in.left(14), ui.c.secondary, 1.8f);
  Column lines{in.rest.padded(0, 7)};
  for (const std::string& line : told.lines) {
    const bool link = offers && &line == &told.lines.back();
    p.text(lines.next({18, 13.5f}), line,
           link ? TextStyle{.em = 13, .color = hit.hovered ? ui.c.primary : ui.c.accent, .bold = true} : style);
  }
  p.note(r, "quiet");
}

}  // namespace

std::string quiet_words(const Ui& ui) {
  const LessonModel& lesson = ui.lesson;
  if (lesson.reading_left_us >= 0)
    return ui.tr("ui.reading_left"_w, {{"seconds", std::to_string(lesson.reading_left_us / 1'000'000 + 1)}});
  const bool counts = lesson.quiet_counts;
  // Time waits for the reader of a step; where there is none, nobody reads.
  const bool read = ui.time.adapts && lesson.present && (!lesson.detour.active || has_own_steps(lesson.detour.kind));
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
  Column in{r.padded(s.pad)};
  // From the bottom up: Next, then what is above it.
  in.last(s.foot);
  in.gap = 12;
  if (lesson.present || returns_to_lesson(lesson)) {
    const Rect place = in.last(s.next_h);
    if (workbench) {
      const auto [back, next] = in_row(place.padded(-4), {fixed(88), weight()}, 8);
      if (button(ui, make_id("back step"), back, ui.tr("ui.back"_w))) ui.emit(ActionKind::PreviousStep);
      next_button(ui, next, s);
    } else {
      next_button(ui, place, s);
    }
  }
  if (lesson.turn.open && (!workbench || r.h > 300) &&
      button(ui, make_id("do it"), in.last(48), ui.tr("ui.do_it_for_me"_w)))
    ui.emit(ActionKind::DoItForMe);
  if (!lesson.turn.open && lesson.question.phase != QuestionPhase::Open) {
    if (ui.st.kept.acts > 0) kept_card(ui, in);
    else if (lesson.resume.active) resume_card(ui, in);
  }
  in.gap = 0;
  if (lesson.undo.active) {
    Column pill{in.rest.padded(workbench ? -12 : 0)};
    pill.last(8);
    undo_pill(ui, pill);
    pill.last(12);
    in.rest.h = pill.rest.h;
  }
  // Free play that came from no other run has no bar above the stage.
  if (!lesson.present && !lesson.detour.active && lesson.detour.led) {
    const std::string led = ui.tr("ui.what_it_led_to"_w);
    if (button(ui, make_id("detour why"), in.last(40), led)) ui.ask_why(lesson.detour.why);
    in.last(12);
  }
  if (lesson.quiet_until_us >= 0) {
    in.last(4);
    quiet_pill(ui, in);
    in.last(8);
  }
  if (const int hints = ui.st.coach_shown; lesson.coach_marks && !ui.st.coach_seen && hints > 0 && !workbench)
    p.text(in.last({28, 20}),
           hints == 1 ? std::string(ui.tr("ui.esc_removes_hint"_w))
                      : ui.tr("ui.esc_removes_hints"_w, {{"count", std::to_string(hints)}}),
           {.em = 13, .color = c.muted});
  // From the top down: number, title.
  in.skip(s.top);
  const bool detour = lesson.detour.active && lesson.detour.kind == RunKind::Detour;
  const std::string title = !lesson.present ? std::string(ui.tr("ui.free_play"_w))
                            : detour && (lesson.step_title.empty() || !lesson.told)
                                ? std::string(ui.tr("ui.your_detour"_w))
                            : !lesson.told ? std::string(ui.tr("ui.script"_w))
                                           : ui.pick(lesson.step_title);
  // A step without a title shows no number: the title bar counts the steps.
  const bool of_step = lesson.present && lesson.told && !title.empty();
  const LineSize title_line{s.title * 1.4f, s.title * 1.1f};
  Row head{Column{in}.next(title_line), 14};
  if (of_step)
    p.text(head, std::to_string((lesson.told_step < 0 ? lesson.step : lesson.told_step) + 1),
           {.em = s.title, .color = c.accent, .bold = true});
  if (lesson.twin.open && !title.empty()) {  // the words are about one of the two worlds
    const float radius = s.title * .5f;
    const Line letter = head.left(radius + radius);
    const Rect disc = Rect{letter.cx(), letter.letters(s.title), 0, 0}.middle(letter.w, letter.w);
    draw_world_disc(ui, disc.cx(), disc.cy(), radius, is_b(ui));
    p.note(disc, is_b(ui) ? "narration of B" : "narration of A");
  }
  Telling titled{ui, {head.rest}, true};
  titled.text(title, {.em = s.title, .bold = true}, title_line);
  if (of_step && !(detour && lesson.step_title.empty())) titled.subtitle(lesson.step_title, s.title);
  titled.at.skip(s.below_title - (title.empty() ? s.title * .7f : 0));
  in.skip(titled.at.rest.y - in.rest.y);
  // Narration is never clipped: the type size is reduced once, then it scrolls.
  const float room = in.rest.h;
  const auto height = [&] { return height_of(ui, in.rest, [&](Telling& told) { content(told, s); }); };
  float need = height();
  if (need > room && s.body <= 15) {
    s.body = 13;
    s.line = 20;
    need = height();
  }
  if (need > room && s.body > 15) {
    s.body = s.body > 20 ? 18 : 15;
    s.line = s.body > 16 ? 28 : 23;
    s.big = false;
    need = height();
  }
  const QuestionPhase phase = lesson.question.phase;
  const bool decided = phase == QuestionPhase::Held || phase == QuestionPhase::Differed;
  if (need > room && decided) {
    s.brief = true;
    need = height();
  }
  const float needed = std::exchange(ui.st.lesson_need, need + r.h - room);
  // Shows fewer acts of a script rather than cutting a line.
  while (need > room && !lesson.told && s.script_rows > 3) {
    --s.script_rows;
    need = height();
  }
  const Rect area = in.rest.padded(1 - s.pad);
  const auto tops_of = [&] {
    std::vector<float> tops;
    Telling measured{ui, {{in.rest.x, 0, in.rest.w, 0}}, false};
    content(measured, s, &tops);
    return tops;
  };
  // A new question is scrolled into view with its choices. A new verdict comes with the narration that tells what
  // happened, so the narration stays, and is scrolled only as far as the verdict needs.
  if (phase != ui.st.last_phase && (phase == QuestionPhase::Open || decided)) {
    float told_y = 0;
    const float card_y = tops_of().back();
    Telling card{ui, {{in.rest.x, card_y, in.rest.w, 0}}, false};
    question_card(card, s.big, s.brief, &told_y);
    ui.st.narration_scroll = std::clamp((decided ? told_y : card.at.rest.y) - room, 0.f, card_y);
  }
  ui.st.last_phase = phase;
  // At the end, the links to other lessons and what to try next are scrolled into view; again if another type size has
  // moved them. What stands above them is scrolled away as a whole, so that no sentence is cut.
  float at_end = std::max(0.f, need - room);
  if (lesson.end.active && need > room)
    for (const float top : tops_of())
      if (top >= at_end) {
        at_end = top;
        break;
      }
  if (lesson.end.active && (!ui.st.ended || needed != ui.st.lesson_need)) ui.st.narration_scroll = at_end;
  if (lesson.end.active && need > room) need = std::max(need, at_end + room);
  ui.st.ended = lesson.end.active;
  if (need <= room) ui.st.narration_scroll = 0;
  else scroll(ui, area, need, ui.st.narration_scroll);
  Telling told{ui, in, true};
  told.at.skip(-ui.st.narration_scroll);
  if (need > room) p.push_box(area, "narration", true);
  content(told, s);
  if (need > room) {
    p.pop_box();
    scroll_bar(ui, area, need, ui.st.narration_scroll);
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
  const float why = big ? 40.f : 26.f, small = big ? 26.f : 18.f;
  Telling told{ui, {r.padded(big ? 48 : 28)}, true};
  told.at.last(24);
  const Line ends = told.at.last({40, 28});
  const Rect bar = told.at.last(22);
  TextStyle head{.em = big ? 88.f : 56.f, .bold = true};
  while (head.em > 30 && p.width(ui.pick(g.headline), head) > told.at.rest.w) head.em -= 8;
  told.at.skip(20);
  p.text(told.at.next({head.em, head.em}), ui.pick(g.headline), head);
  told.at.skip(why * .55f);
  told.text(ui.pick(g.why), {.em = why, .color = c.secondary}, {why * 1.4f, why});
  told.at.skip(small * .15f);
  if (ui.st.subtitles && told.at.fits(small * 4.4f))
    told.text(ui.under(g.headline) + ". " + ui.under(g.why), {.em = small, .color = c.secondary},
              {small * 1.4f, small});
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
  p.text(ends, short_time(g.from_us) + " " + ui.pick(g.from_label), {.em = 18, .color = tone, .bold = true});
  p.text(ends, short_time(g.to_us) + " " + ui.pick(g.to_label),
         {.em = 18, .color = c.secondary, .align = Align::Right});
  p.pop_box();
}

}  // namespace kafkascope::ui
