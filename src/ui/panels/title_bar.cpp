#include <algorithm>

#include "ui/panels/panels.h"
#include "ui/shorten.h"

namespace kafkascope::ui {

namespace {

/// Three offset strips and a leader's notch.
void logo(Painter& p, float x, float y) {
  p.fill({x, y, 22, 5}, p.c.leader_solid);
  if (!p.c.dark) p.stroke({x, y, 22, 5}, p.c.leader_edge, 1);
  p.fill({x + 4, y + 7.5f, 22, 5}, p.c.accent);
  p.fill({x, y + 15, 14, 5}, p.c.accent);
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

/// A hover card with one sentence that explains a region.
void explain(Ui& ui, const Rect& r, const Hit& hit, std::string words) {
  if (hit.hovered && ui.may_tip()) ui.st.tip = {ui.p.to_window(r), std::move(words), {}, {}};
}

/// A pill whose meaning is shown when the pointer rests on it. Returns its width.
float chip(Ui& ui, float x, float m, std::string_view words, words::Key meaning, std::uint64_t number) {
  const float w = tag(ui.p, x, m - 11, words, ui.c.field, ui.c.secondary);
  const Rect r{x, m - 11, w, 22};
  explain(ui, r, ui.hit(make_id("chip", number), r), ui.tr(meaning, {{"chord", ui.st.chord}}));
  return w;
}

/// An icon with a word, right-aligned; moves `right` to the left. Returns true when clicked. `meaning`: shown for an
/// icon without a word.
bool tool(Ui& ui, float& right, float m, Icon icon, std::string_view label, const char* id, words::Key meaning) {
  Painter& p = ui.p;
  const float lw = label.empty() ? 0 : p.width(label, {.em = 15}) + 8;
  right -= 16 + lw;
  const Hit hit = ui.hit(make_id(id), {right - 8, m - 16, 32 + lw, 32});
  if (hit.hovered) p.fill({right - 8, m - 16, 32 + lw, 32}, p.c.hover, 6);
  const Color color = hit.hovered ? p.c.primary : p.c.secondary;
  p.icon(icon, right, m - 8, 16, color);
  if (!label.empty()) p.text(right + 23, m + 5.4f, label, {.em = 15, .color = color});
  if (label.empty() || icon == Icon::Branch) explain(ui, {right - 8, m - 16, 32 + lw, 32}, hit, ui.tr(meaning));
  right -= 24;
  return hit.clicked;
}

}  // namespace

void draw_title_bar(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const bool lesson_layout = ui.st.layout == Layout::Lesson;
  p.fill(r, c.panel);
  p.line(r.x, r.bottom(), r.right(), r.bottom(), c.hair);
  p.push_box(r, "title bar");
  const float m = r.cy();
  // The right side comes first; the left side gets the remaining room.
  float right = r.right() - 16;
  const bool wide = ui.big();
  if (tool(ui, right, m, Icon::Help, {}, "help", "ui.tip_help"_w)) ui.st.help_open = !ui.st.help_open;
  if (tool(ui, right, m, Icon::Present, lesson_layout || wide ? ui.tr("ui.present"_w) : std::string_view{}, "present",
           "ui.tip_present"_w))
    set_layout(ui, Layout::Presenter);
  if (lesson_layout) {
    if (tool(ui, right, m, Icon::Search, ui.tr("ui.find"_w), "find", "ui.key_find"_w)) ui.st.palette_open = true;
    if (tool(ui, right, m, Icon::Broker, ui.tr("ui.workbench"_w), "workbench", "ui.key_tab"_w))
      set_layout(ui, Layout::Workbench);
  } else {
    if (tool(ui, right, m, Icon::Sun, {}, "theme", "ui.tip_theme"_w)) {
      ui.st.theme = ui.st.theme == Theme::Dark ? Theme::Light : Theme::Dark;
      ui.emit_text(ActionKind::SetTheme, ui.st.theme == Theme::Dark ? "dark" : "light");
    }
    if (ui.lesson.present && tool(ui, right, m, Icon::Eye, wide ? ui.tr("ui.lesson"_w) : std::string_view{},
                                  "lesson layout", "ui.tip_lesson"_w))
      set_layout(ui, Layout::Lesson);
  }
  right -= 132 - 8;
  const bool ko = ui.st.lang == Lang::Ko;
  const Rect box{right, m - 13, 132, 26};
  p.fill(box, c.field, 6);
  const Rect on{right + (ko ? 44.f : 2.f), m - 11, ko ? 58.f : 42.f, 22};
  p.fill(on, c.accent_fill, 5);
  p.stroke(on, c.accent, 1, 5);
  p.text(right + 23, m + 4.8f, "EN",
         {.em = 13, .color = ko ? c.muted : c.primary, .bold = !ko, .align = Align::Middle});
  p.text(right + 73, m + 4.8f, ui.tr("ui.language_korean"_w),
         {.em = 13, .color = ko ? c.primary : c.muted, .bold = ko, .align = Align::Middle});
  if (ui.hit(make_id("lang en"), {box.x, box.y, 44, 26}).clicked) set_language(ui, Lang::En);
  if (ui.hit(make_id("lang ko"), {box.x + 44, box.y, 60, 26}).clicked) set_language(ui, Lang::Ko);
  // The button for both languages at once.
  const Rect both_at_once{box.x + 104, m - 13, 28, 26}, both_on{box.x + 105, m - 11, 25, 22};
  const Hit both_hit = ui.hit(make_id("subtitles"), both_at_once);
  if (ui.st.subtitles) {
    p.fill(both_on, c.accent_fill, 5);
    p.stroke(both_on, c.accent, 1, 5);
  }
  p.text(both_at_once.cx(), m + 4.8f, "+",
         {.em = 15,
          .color = ui.st.subtitles || both_hit.hovered ? c.primary : c.muted,
          .bold = true,
          .align = Align::Middle});
  explain(ui, both_at_once, both_hit, ui.tr("ui.tip_subtitles"_w));
  if (both_hit.clicked) ui.turn_subtitles();
  right -= 16;
  // The list of runs is offered only if there is more than one run. The items to its right keep their places.
  if (!ui.time.branches.empty() &&
      tool(ui, right, m, Icon::Branch, count_text(static_cast<std::int64_t>(ui.time.branches.size())), "runs",
           "ui.tip_runs"_w))
    ui.st.runs_open = true;
  if (!lesson_layout && wide) {
    const Rect find{right - 252, m - 14, 252, 28};
    const Hit hit = ui.hit(make_id("find"), find);
    p.fill(find, hit.hovered ? c.hover : c.field, 6);
    p.stroke(find, c.hair, 1, 6);
    p.icon(Icon::Search, find.x + 9, m - 8, 15, c.muted);
    p.text(find.x + 32, m + 4.8f, ui.tr("ui.find_or_do"_w), {.em = 13, .color = c.muted});
    p.text(find.right() - 10, m + 4.8f, "Ctrl+K", {.em = 13, .color = c.muted, .mono = true, .align = Align::Right});
    if (hit.clicked) ui.st.palette_open = true;
    right = find.x - 16;
  }
  float x = 60;
  if (!lesson_layout) {
    x = 52 + p.width(ui.tr("ui.kafkascope"_w), {.em = 18, .bold = true}) + 30;
  }
  // Logo and title lead to all lessons.
  const std::string title = ui.lesson.title.empty() ? std::string(ui.tr("ui.free_play"_w)) : ui.pick(ui.lesson.title);
  const TextStyle title_style{
      .em = lesson_layout ? 18.f : 15.f, .bold = true, .max = std::max(120.f, right - x - 240), .foreign = true};
  const float title_w = std::min(p.width(title, title_style), title_style.max);
  const Hit lessons = ui.hit(make_id("lessons"), {6, r.y + 6, x + title_w + 10 - 6, r.h - 12});
  if (lessons.hovered) p.fill({6, r.y + 6, x + title_w + 10 - 6, r.h - 12}, c.hover, 6);
  if (lessons.clicked) ui.show_lessons();
  logo(p, 16, r.y + 14);
  if (!lesson_layout) {
    p.text(52, m + 6, ui.tr("ui.kafkascope"_w), {.em = 18, .bold = true});
    p.line(x - 16, m - 10, x - 16, m + 10, c.mid);
  }
  x += p.text(x, m + 6, title, title_style) + 18;
  if (!ui.lesson.present && !ui.lesson.title.empty())
    x += tag(p, x, m - 11, ui.tr("ui.free_play"_w), c.accent_fill, c.primary, c.accent) + 8;
  const int n = static_cast<int>(ui.lesson.steps.size());
  const std::string step =
      ui.tr("ui.step_of"_w, {{"step", std::to_string(ui.lesson.step + 1)}, {"steps", std::to_string(n)}});
  const float step_w = p.width(step, {.em = lesson_layout ? 15.f : 13.f});
  if (ui.lesson.present && n > 0) {
    const bool dots = n <= 20 && x + 15.f * static_cast<float>(n) + 20 + step_w < right;
    for (int i = 0; dots && i < n; ++i) {
      const bool here = i == ui.lesson.step;
      const float w = here ? (lesson_layout ? 24.f : 20.f) : (lesson_layout ? 10.f : 8.f);
      const LessonStep& step = ui.lesson.steps[static_cast<std::size_t>(i)];
      const Rect zone{x - 2, m - 12, w + 4, 24};
      const Hit hit = ui.hit(make_id("step pill", static_cast<std::uint64_t>(i)), zone);
      const float grown = hit.hovered ? 2.f : 0.f;
      p.fill({x, m - 3 - grown / 2, w, (lesson_layout ? 7.f : 6.f) + grown}, i <= ui.lesson.step ? c.accent : c.mid, 3);
      const std::string title = std::to_string(i + 1) + " " + ui.pick(step.title);
      const std::int64_t at_us = std::max(step.at_us, step.foreseen_us);
      explain(ui, zone, hit,
              step.at_us >= 0 ? title : title + " · " + ui.tr(at_us >= 0 ? "ui.step_foreseen"_w : "ui.step_waits"_w));
      if (hit.clicked && at_us >= 0) {
        Action a;
        a.kind = ActionKind::Seek;
        a.time_us = at_us;
        ui.emit(std::move(a));
      }
      x += w + (lesson_layout ? 5 : 4);
    }
    x += 8;
    if (x + step_w < right)
      x += p.text(x, m + 5.2f, step, {.em = lesson_layout ? 15.f : 13.f, .color = c.secondary}) + 16;
  }
  if (!ui.lesson.variant.empty()) {
    const std::string variant = ui.tr("ui.variant_is"_w, {{"variant", ui.pick(ui.lesson.variant)}});
    // With little room the icon alone says that it is a variant; the card has the whole name.
    constexpr float kAround = 44, kLeast = 60;
    const bool whole = x + p.width(variant, {.em = 13}) + kAround < right;
    if (whole || right - x - kAround >= kLeast) {
      const auto width = [&p](std::string_view s) { return p.width(s, {.em = 13}); };
      const std::string shown = whole ? variant : shorten(ui.pick(ui.lesson.variant), right - x - kAround, width);
      const float w = tag(p, x, m - 11, shown, c.accent_fill, c.primary, c.accent, Icon::Branch);
      const Rect box{x, m - 11, w, 22};
      const Hit hit = ui.hit(make_id("variant chip"), box);
      explain(ui, box, hit, whole ? ui.tr("ui.tip_variant"_w) : variant + ". " + ui.tr("ui.tip_variant"_w));
      if (hit.clicked) ui.show_variants();
      x += w + 8;
    }
  }
  if (!lesson_layout) {
    const bool zookeeper = ui.world.metadata == "zookeeper";
    const std::pair<std::string, words::Key> chips[] = {
        {zookeeper ? "ZooKeeper" : "KRaft", zookeeper ? "ui.tip_zookeeper"_w : "ui.tip_kraft"_w},
        {"Kafka " + ui.world.kafka_version, "ui.tip_version"_w},
        {ui.tr("ui.seed"_w, {{"seed", std::to_string(ui.world.seed)}}), "ui.tip_seed"_w}};
    std::uint64_t number = 0;
    for (const auto& [words, meaning] : chips) {
      if (x + p.width(words, {.em = 13}) + 24 > right) break;
      x += chip(ui, x, m, words, meaning, number++) + 8;
    }
  }
  p.pop_box();
}

void draw_detour_bar(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Detour& d = ui.lesson.detour;
  p.fill(r, c.accent_fill);
  p.fill({r.x, r.y, 4, r.h}, c.accent);
  p.line(r.x, r.bottom(), r.right(), r.bottom(), c.accent, 2);
  p.push_box(r, "detour bar");
  const float m = r.cy();
  const std::string keep = ui.tr(ui.big() ? "ui.keep_script"_w : "ui.keep_script_short"_w);
  const bool seed = has_own_steps(d.kind);
  const std::string back =
      seed && !d.back.empty() ? ui.tr("ui.back_to"_w, {{"what", ui.pick(d.back)}}) : std::string(ui.tr("ui.return"_w));
  const float back_w = p.width(back, {.em = 15, .bold = true}) + 74, keep_w = p.width(keep, {.em = 15}) + 36;
  float right = r.right() - 20;
  if (button(ui, make_id("return"), {right - back_w, m - 20, back_w, 40}, back, true, Icon::None, "R"))
    ui.emit(ActionKind::ReturnFromDetour);
  right -= back_w + 12;
  if (d.kind == RunKind::Detour) {
    if (button(ui, make_id("keep"), {right - keep_w, m - 20, keep_w, 40}, keep)) ui.emit(ActionKind::KeepScript);
    right -= keep_w + 12;
    // After the pill above Next has disappeared, the act can still be undone here.
    const float undo_w = p.width(ui.tr("ui.undo"_w), {.em = 15}) + 36;
    if (!ui.lesson.undo.active) {
      if (button(ui, make_id("undo detour"), {right - undo_w, m - 20, undo_w, 40}, ui.tr("ui.undo"_w)))
        ui.emit(ActionKind::Undo);
      right -= undo_w;
    }
  }
  right -= 12;
  p.icon(Icon::Branch, r.x + 28, m - 10, 20, c.accent, 2);
  float x = r.x + 64;
  const std::string what = d.kind == RunKind::Detour    ? ui.tr("ui.detour_is"_w, {{"what", ui.pick(d.what)}})
                           : d.kind == RunKind::Variant ? ui.tr("ui.away_variant"_w, {{"what", ui.pick(d.what)}})
                           : seed                       ? ui.tr("ui.away_seed"_w, {{"what", ui.pick(d.what)}})
                           : d.kind == RunKind::Try     ? ui.tr("ui.away_try"_w, {{"what", ui.pick(d.what)}})
                                                        : std::string(ui.tr("ui.free_play"_w));
  // The long description of an act gets two smaller lines before it is cut.
  const float room = right - x;
  if (const TextStyle large{.em = 18, .bold = true}; p.width(what, large) <= room) {
    x += p.text(x, m + 6, what, large) + 26;
  } else {
    TextStyle small_words{.em = 15, .bold = true, .max = room, .foreign = true};
    auto lines = p.wrap(what, room, small_words);
    if (lines.size() > 2) lines = {lines[0], what.substr(what.find(lines[1], lines[0].size()))};
    for (std::size_t i = 0; i < lines.size(); ++i)
      p.text(x, lines.size() == 1 ? m + 5.4f : m - 5 + 20 * static_cast<float>(i), lines[i], small_words);
    x = right;
  }
  const int n = static_cast<int>(ui.lesson.steps.size());
  const TextStyle small{.em = 15, .color = c.secondary};
  const std::string first = std::to_string(std::min(d.return_step + 2, n));
  const std::string wait =
      d.return_step + 2 >= n
          ? ui.tr("ui.detour_waits_one"_w, {{"step", first}, {"at", clock_text(d.left_us)}})
          : ui.tr("ui.detour_waits"_w, {{"first", first}, {"last", std::to_string(n)}, {"at", clock_text(d.left_us)}});
  const std::string brief = ui.tr("ui.detour_waits_short"_w, {{"at", clock_text(d.left_us)}});
  if (d.kind == RunKind::Detour && x + p.width(wait, small) < right) {
    p.text(x, m + 5.4f, wait, small);
  } else if (!seed && x + p.width(brief, small) < right) {
    p.text(x, m + 5.4f, brief, small);
  }
  p.pop_box();
}

void draw_progress(Ui& ui, const Rect& r) {
  if (!ui.time.busy) return;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill({r.x, r.y, r.w * static_cast<float>(std::clamp(ui.time.progress, 0.0, 1.0)), 4}, c.accent);
  const std::string& words = ui.pick(ui.time.busy_words);
  const float w = p.width(words, {.em = 15}) + 130;
  const Rect card{r.right() - w - 16, r.y + 14, w, 44};
  shadow_card(p, card, c.raised, c.strong, 1.25f);
  p.text(card.x + 16, card.cy() + 5.4f, words, {.em = 15});
  if (button(ui, make_id("cancel"), {card.right() - 94, card.y + 6, 86, 32}, ui.tr("ui.cancel"_w)))
    ui.emit(ActionKind::CancelProgress);
}

}  // namespace kafkascope::ui
