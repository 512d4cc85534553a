#include <algorithm>

#include "cluster/mode_name.h"
#include "ui/panels/panels.h"
#include "ui/shorten.h"

namespace kafkascope::ui {

namespace {

/// Three offset strips and a leader's notch.
void logo(Painter& p, const Rect& r) {
  Column strips{r, 2.5f};
  const Rect first = Row{strips.next(5)}.left(22);
  p.fill(first, p.c.leader_solid);
  if (!p.c.dark) p.stroke(first, p.c.leader_edge, 1);
  Row second{strips.next(5)};
  second.skip(4);
  p.fill(second.left(22), p.c.accent);
  p.fill(Row{strips.next(5)}.left(14), p.c.accent);
}

void set_language(Ui& ui, Lang lang) {
  if (ui.st.lang == lang) return;
  ui.st.lang = lang;
  ui.emit_text(ActionKind::SetLanguage, lang == Lang::Ko ? "ko" : "en");
}

void set_layout(Ui& ui, Layout layout) {
  ui.st.layout = layout;
  ui.emit_text(ActionKind::SetLayout, layout == Layout::Lesson      ? "lesson"
                                      : layout == Layout::Workbench ? "workbench"
                                                                    : "presenter");
}

/// A pill whose meaning is shown when the pointer rests on it.
void chip(Ui& ui, Row& row, std::string_view words, words::Key meaning, std::uint64_t number) {
  Rect r = row.rest.middle(22);
  r.w = tag(ui.p, row, words, ui.c.field, ui.c.secondary);
  explain(ui, r, ui.hit(make_id("chip", number), r), ui.tr(meaning, {{"chord", ui.st.chord}}));
}

/// An icon with a word, at the right end of the row. Returns true when clicked. `meaning`: shown for an icon without a
/// word.
bool tool(Ui& ui, Row& row, Icon icon, std::string_view label, const char* id, words::Key meaning) {
  Painter& p = ui.p;
  const Rect r = row.right(32 + (label.empty() ? 0 : p.width(label, {.em = 15}) + 8)).middle(32);
  row.shorten(8);
  const Hit hit = ui.hit(make_id(id), r);
  if (hit.hovered) p.fill(r, p.c.hover, 6);
  const Color color = hit.hovered ? p.c.primary : p.c.secondary;
  Row in{r.padded(8), 7};
  p.icon(icon, in.left(16), color);
  p.text(in.rest, label, {.em = 15, .color = color, .max = 1e6f});
  if (label.empty() || icon == Icon::Branch) explain(ui, r, hit, ui.tr(meaning));
  return hit.clicked;
}

/// English, Korean, and a button for both at once.
void language_switch(Ui& ui, const Rect& box) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const bool ko = ui.st.lang == Lang::Ko;
  auto [en_at, ko_at, both_at_once] = in_row(box, {fixed(44), fixed(60), fixed(28)});
  const auto lit = [&](const Rect& on) {
    p.fill(on, c.accent_fill, 5);
    p.stroke(on, c.accent, 1, 5);
  };
  p.fill(box, c.field, 6);
  const Row from_edge{box.padded(2, 2)};
  lit(ko ? Row{ko_at.padded(0, 2)}.left(58) : Row{from_edge}.left(42));
  p.text(Row{from_edge}.left(42), "EN",
         {.em = 13, .color = ko ? c.muted : c.primary, .bold = !ko, .align = Align::Middle});
  p.text(Row{ko_at}.left(58), ui.tr("ui.language_korean"_w),
         {.em = 13, .color = ko ? c.primary : c.muted, .bold = ko, .align = Align::Middle});
  if (ui.hit(make_id("lang en"), en_at).clicked) set_language(ui, Lang::En);
  if (ui.hit(make_id("lang ko"), ko_at).clicked) set_language(ui, Lang::Ko);
  const Hit both_hit = ui.hit(make_id("subtitles"), both_at_once);
  if (ui.st.subtitles) lit(Row{from_edge}.right(25));
  p.text(Line(both_at_once, box.cy() + 4.8f), "+",
         {.em = 15,
          .color = ui.st.subtitles || both_hit.hovered ? c.primary : c.muted,
          .bold = true,
          .align = Align::Middle});
  explain(ui, both_at_once, both_hit, ui.tr("ui.tip_subtitles"_w));
  if (both_hit.clicked) ui.turn_subtitles();
}

}  // namespace

std::string world_name(const Ui& ui) {
  return ui.lesson.title.empty() ? std::string(ui.tr("ui.free_play"_w)) : ui.pick(ui.lesson.title);
}

void draw_title_bar(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const bool lesson_layout = ui.st.layout == Layout::Lesson;
  p.fill(r, c.panel);
  p.line(r.x, r.bottom(), r.right(), r.bottom(), c.hair);
  p.push_box(r, "title bar");
  // The right side comes first; the left side gets the remaining room.
  Row bar{r.padded(8)};
  const bool wide = ui.big();
  if (tool(ui, bar, Icon::Help, {}, "help", "ui.tip_help"_w)) ui.st.help_open = !ui.st.help_open;
  if (tool(ui, bar, Icon::Present, lesson_layout || wide ? ui.tr("ui.present"_w) : std::string_view{}, "present",
           "ui.tip_present"_w))
    set_layout(ui, Layout::Presenter);
  if (lesson_layout) {
    if (tool(ui, bar, Icon::Search, ui.tr("ui.find"_w), "find", "ui.key_find"_w)) ui.st.palette_open = true;
    if (tool(ui, bar, Icon::Broker, ui.tr("ui.workbench"_w), "workbench", "ui.key_tab"_w))
      set_layout(ui, Layout::Workbench);
  } else {
    if (tool(ui, bar, Icon::Sun, {}, "theme", "ui.tip_theme"_w)) {
      ui.st.theme = ui.st.theme == Theme::Dark ? Theme::Light : Theme::Dark;
      ui.emit_text(ActionKind::SetTheme, ui.st.theme == Theme::Dark ? "dark" : "light");
    }
    if (ui.lesson.present &&
        tool(ui, bar, Icon::Eye, wide ? ui.tr("ui.lesson"_w) : std::string_view{}, "lesson layout", "ui.tip_lesson"_w))
      set_layout(ui, Layout::Lesson);
    if (!wide && tool(ui, bar, Icon::Search, {}, "find", "ui.key_find"_w)) ui.st.palette_open = true;
  }
  language_switch(ui, bar.right(132).middle(26));
  bar.shorten(8);
  // The list of runs is offered only if there is more than one run. The items to its right keep their places.
  if (!ui.time.branches.empty() &&
      tool(ui, bar, Icon::Branch, count_text(static_cast<std::int64_t>(ui.time.branches.size())), "runs",
           "ui.tip_runs"_w))
    ui.st.runs_open = true;
  if (!lesson_layout && wide) {
    bar.shorten(8);
    const Rect find = bar.right(252).middle(28);
    bar.shorten(8);
    const Hit hit = ui.hit(make_id("find"), find);
    p.fill(find, hit.hovered ? c.hover : c.field, 6);
    p.stroke(find, c.hair, 1, 6);
    Row in{find.padded(9), 8};
    p.icon(Icon::Search, in.left(15), c.muted);
    p.text(in.rest, "Ctrl+K", {.em = 13, .color = c.muted, .mono = true, .align = Align::Right});
    p.text(in.rest, ui.tr("ui.find_or_do"_w), {.em = 13, .color = c.muted});
    if (hit.clicked) ui.st.palette_open = true;
  }
  bar.shorten(8);
  // Logo and title lead to all lessons.
  const std::string title = world_name(ui);
  const char* program = ui.tr("ui.kafkascope"_w);
  const TextStyle program_style{.em = 18, .bold = true};
  bar.skip(8);
  bar.rest.base = r.cy() + 6;
  Row before = bar;  // the room before the title
  bar.skip(lesson_layout ? 44 : 66 + p.width(program, program_style));
  const TextStyle title_style{
      .em = lesson_layout ? 18.f : 15.f, .bold = true, .max = std::max(120.f, bar.rest.w - 240), .foreign = true};
  const float title_w = std::min(p.width(title, title_style), title_style.max);
  const Rect way = Row{Rect{0, r.y, bar.rest.x + title_w + 16, r.h}.padded(6, 6)}.rest;
  const Hit lessons = ui.hit(make_id("lessons"), way);
  if (lessons.hovered) p.fill(way, c.hover, 6);
  if (lessons.clicked) ui.show_lessons();
  logo(p, before.left(36).middle(20));
  if (!lesson_layout) {
    before.gap = 14;
    p.text(before, program, program_style);
    const Rect rule = before.left(0).middle(20);
    p.line(rule.x, rule.y, rule.x, rule.bottom(), c.mid);
  }
  bar.gap = 18;
  p.text(bar, title, title_style);
  bar.rest.base = Line::kMiddle;
  bar.gap = 8;
  if (!ui.lesson.present && !ui.lesson.title.empty())
    tag(p, bar, ui.tr("ui.free_play"_w), c.accent_fill, c.primary, c.accent);
  const int n = static_cast<int>(ui.lesson.steps.size());
  const std::string step =
      ui.tr("ui.step_of"_w, {{"step", std::to_string(ui.lesson.step + 1)}, {"steps", std::to_string(n)}});
  const float step_w = p.width(step, {.em = lesson_layout ? 15.f : 13.f});
  if (ui.lesson.present && n > 0) {
    const bool dots = n <= 20 && 15.f * static_cast<float>(n) + 20 + step_w < bar.rest.w;
    for (int i = 0; dots && i < n; ++i) {
      const bool here = i == ui.lesson.step;
      const float w = here ? (lesson_layout ? 24.f : 20.f) : (lesson_layout ? 10.f : 8.f);
      const LessonStep& step = ui.lesson.steps[static_cast<std::size_t>(i)];
      bar.gap = lesson_layout ? 5 : 4;
      const Rect dot = bar.left(w), zone = dot.padded(-2).middle(24);
      const Hit hit = ui.hit(make_id("step pill", static_cast<std::uint64_t>(i)), zone);
      const float grown = hit.hovered ? 2.f : 0.f;
      const Rect pill{dot.x, r.cy() - 3 - grown / 2, w, (lesson_layout ? 7.f : 6.f) + grown};
      p.fill(pill, i <= ui.lesson.step ? c.accent : c.mid, 3);
      const std::string title = std::to_string(i + 1) + " " + ui.pick(step.title);
      const std::int64_t at_us = std::max(step.at_us, step.foreseen_us);
      explain(ui, zone, hit,
              step.at_us >= 0 ? title : title + " · " + ui.tr(at_us >= 0 ? "ui.step_foreseen"_w : "ui.step_waits"_w));
      if (hit.clicked && at_us >= 0) seek_to(ui, at_us);
    }
    bar.skip(8);
    bar.gap = 16;
    bar.rest.base = r.cy() + 5.2f;
    if (step_w < bar.rest.w) p.text(bar, step, {.em = lesson_layout ? 15.f : 13.f, .color = c.secondary});
  }
  bar.gap = 8;
  bar.rest.base = Line::kMiddle;
  if (!ui.lesson.variant.empty()) {
    const std::string variant = ui.tr("ui.variant_is"_w, {{"variant", ui.pick(ui.lesson.variant)}});
    // With little room the icon alone says that this is a variant; the card has the whole name.
    constexpr float kAround = 44, kLeast = 60;
    const float room = bar.rest.w - kAround;
    const bool whole = p.width(variant, {.em = 13}) < room;
    if (whole || room >= kLeast) {
      const auto width = [&p](std::string_view s) { return p.width(s, {.em = 13}); };
      const std::string shown = whole ? variant : shorten(ui.pick(ui.lesson.variant), room, width);
      Rect box = bar.rest.middle(22);
      box.w = tag(p, bar, shown, c.accent_fill, c.primary, c.accent, Icon::Branch);
      const Hit hit = ui.hit(make_id("variant chip"), box);
      explain(ui, box, hit, whole ? ui.tr("ui.tip_variant"_w) : variant + ". " + ui.tr("ui.tip_variant"_w));
      if (hit.clicked) ui.show_variants();
    }
  }
  if (!lesson_layout) {
    const bool zookeeper = ui.world.metadata == "zookeeper";
    const std::pair<std::string, words::Key> chips[] = {
        {cluster::mode_name(zookeeper), zookeeper ? "ui.tip_zookeeper"_w : "ui.tip_kraft"_w},
        {"Kafka " + ui.world.kafka_version, "ui.tip_version"_w},
        {ui.tr("ui.seed"_w, {{"seed", std::to_string(ui.world.seed)}}), "ui.tip_seed"_w}};
    std::uint64_t number = 0;
    for (const auto& [words, meaning] : chips) {
      if (p.width(words, {.em = 13}) + 24 > bar.rest.w) break;
      chip(ui, bar, words, meaning, number++);
    }
  }
  p.pop_box();
}

std::int64_t own_act_to_come(const Ui& ui) {
  const Detour& d = ui.lesson.detour;
  if (!d.active || d.kind != RunKind::Detour) return -1;
  const auto shown = std::find_if(d.kept.begin(), d.kept.end(), [](const KeptDetour& kept) { return kept.current; });
  return shown != d.kept.end() && ui.time.now_us < shown->at_us ? shown->at_us : -1;
}

bool tells_lesson_only(const Ui& ui) {
  return ui.lesson.detour.active && ui.lesson.detour.kind == RunKind::Detour && own_act_to_come(ui) < 0 &&
         ui.lesson.told && !ui.lesson.paragraphs.empty();
}

void draw_detour_bar(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Detour& d = ui.lesson.detour;
  p.fill(r, c.accent_fill);
  p.fill(Row{r}.left(4), c.accent);
  p.line(r.x, r.bottom(), r.right(), r.bottom(), c.accent, 2);
  p.push_box(r, "detour bar");
  const std::string keep = ui.tr(ui.big() ? "ui.keep_script"_w : "ui.keep_script_short"_w);
  const bool seed = has_own_steps(d.kind);
  const bool named = (seed || returns_to_beginning(ui.lesson)) && !d.back.empty();
  const std::string back =
      named ? ui.tr("ui.back_to"_w, {{"what", ui.pick(d.back)}}) : std::string(ui.tr("ui.return"_w));
  const auto button_of = [&](const std::string& words) { return p.width(words, {.em = 15}) + 36; };
  Row bar{r.padded(20), 12};
  const bool returns = has_return(ui.lesson);
  if (returns) {
    const Rect back_at = bar.right(p.width(back, {.em = 15, .bold = true}) + 74).middle(40);
    const Hit hit = button_hit(ui, make_id("return"), back_at, back, true, Icon::None, "R");
    if (returns_to_beginning(ui.lesson)) explain(ui, back_at, hit, ui.tr("ui.to_beginning_tip"_w));
    if (hit.clicked) ui.emit(ActionKind::ReturnFromDetour);
  }
  if (d.kind == RunKind::Detour && returns && button(ui, make_id("keep"), bar.right(button_of(keep)).middle(40), keep))
    ui.emit(ActionKind::KeepScript);
  if (d.kind == RunKind::Detour || d.kind == RunKind::Free) {
    const std::string led = ui.tr("ui.what_it_led_to"_w);
    // Before the first time-out the answer would name the act alone.
    const bool asks = !d.why.empty() && d.led;
    const Rect led_at = asks ? bar.right(button_of(led)).middle(40) : Rect{};
    if (asks && button(ui, make_id("detour why"), led_at, led)) ui.ask_why(d.why);
  }
  if (d.kind == RunKind::Detour) {
    // After the pill above Next has disappeared, the act can still be undone here.
    bar.gap = 0;
    const std::string undo = ui.tr("ui.undo"_w);
    if (!ui.lesson.undo.active) {
      const Rect place = bar.right(button_of(undo)).middle(40);
      const Hit hit = button_hit(ui, make_id("undo detour"), place, undo);
      explain(ui, place, hit, ui.tr("ui.undo_tip"_w));
      if (hit.clicked) ui.emit(ActionKind::Undo);
    }
  }
  bar.shorten(12);
  bar.skip(8);
  bar.gap = 16;
  p.icon(Icon::Branch, bar.left(20), c.accent, 2);
  const std::int64_t comes = own_act_to_come(ui);
  const words::Key detour = comes >= 0 ? "ui.detour_to_come"_w : ui.time.ended ? "ui.detour_ended"_w : "ui.detour_is"_w;
  const std::string what = d.kind == RunKind::Detour
                               ? ui.tr(detour, {{"what", ui.pick(d.what)}, {"at", clock_text(comes)}})
                           : d.kind == RunKind::Variant ? ui.tr("ui.away_variant"_w, {{"what", ui.pick(d.what)}})
                           : seed                       ? ui.tr("ui.away_seed"_w, {{"what", ui.pick(d.what)}})
                           : d.kind == RunKind::Try     ? ui.tr("ui.away_try"_w, {{"what", ui.pick(d.what)}})
                                                        : std::string(ui.tr("ui.free_play"_w));
  // The long description of an act gets two smaller lines before it is cut.
  const float room = bar.rest.w;
  if (const TextStyle large{.em = 18, .bold = true}; p.width(what, large) <= room) {
    bar.gap = 26;
    bar.rest.base = r.cy() + 6;
    p.text(bar, what, large);
    bar.rest.base = Line::kMiddle;
  } else {
    TextStyle small_words{.em = 15, .bold = true, .max = room, .foreign = true};
    auto lines = p.wrap(what, room, small_words);
    if (lines.size() > 2) lines = {lines[0], what.substr(what.find(lines[1], lines[0].size()))};
    Column two{bar.rest.middle(40)};
    for (const std::string& line : lines) p.text(lines.size() == 1 ? bar.rest : two.next({20, 15}), line, small_words);
    bar.rest.w = 0;
  }
  const int n = static_cast<int>(ui.lesson.steps.size());
  if (returns_to_beginning(ui.lesson)) return p.pop_box();
  const TextStyle small{.em = 15, .color = c.secondary};
  const std::string first = std::to_string(std::min(d.return_step + 2, n));
  const std::string wait =
      d.return_step + 2 >= n
          ? ui.tr("ui.detour_waits_one"_w, {{"step", first}, {"at", clock_text(d.left_us)}})
          : ui.tr("ui.detour_waits"_w, {{"first", first}, {"last", std::to_string(n)}, {"at", clock_text(d.left_us)}});
  const std::string brief = ui.tr("ui.detour_waits_short"_w, {{"at", clock_text(d.left_us)}});
  if (d.kind == RunKind::Detour && p.width(wait, small) < bar.rest.w) {
    p.text(bar.rest, wait, small);
  } else if (!seed && p.width(brief, small) < bar.rest.w) {
    p.text(bar.rest, brief, small);
  }
  p.pop_box();
}

void draw_progress(Ui& ui, const Rect& r) {
  if (!ui.time.busy) return;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(Row{Column{r}.next(4)}.left(r.w * static_cast<float>(std::clamp(ui.time.progress, 0.0, 1.0))), c.accent);
  const std::string& words = ui.pick(ui.time.busy_words);
  const Rect card = Row{Column{r.padded(16, 14)}.next(44)}.right(p.width(words, {.em = 15}) + 130);
  shadow_card(p, card, c.raised, c.strong, 1.25f);
  p.text(Row{card.padded(16)}.rest, words, {.em = 15});
  const Rect cancel = Row{card.padded(8)}.right(86).middle(32);
  if (button(ui, make_id("cancel"), cancel, ui.tr("ui.cancel"_w))) ui.emit(ActionKind::CancelProgress);
}

}  // namespace kafkascope::ui
