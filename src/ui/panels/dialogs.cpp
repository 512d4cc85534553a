// Dialogs: all keys, a time to go to, all runs. Notices.
#include <imgui.h>

#include <algorithm>
#include <utility>

#include "scenario/values.h"
#include "ui/panels/card_legend.h"
#include "ui/panels/key_list.h"
#include "ui/panels/panels.h"
#include "ui/panels/telling.h"

namespace kafkascope::ui {

void draw_help(Ui& ui) {
  State& st = ui.st;
  if (!st.help_open) {
    st.help_cards = false;
    return;
  }
  Painter& p = ui.p;
  const Palette& c = ui.c;
  constexpr float kPitch = 30.5f;
  const int count = static_cast<int>(std::size(kKeyList)), rows = (count + 1) / 2;
  // As large as the window allows, to be readable from the back row. At a larger size lines wrap differently, so the height is
  // measured again.
  float w = 960, h = 0, k = 0, legend_h = 0;
  const auto height = [&](float width) {
    legend_h = draw_card_legend(ui, {0, 0, width - 48, 0}, false);
    return 64 + (st.help_cards ? legend_h : kPitch * static_cast<float>(rows)) + 12;
  };
  for (const float width : {960.f, 1040.f, 1120.f}) {
    const float fits = std::min((ui.w - 40) / width, (ui.h - 16) / height(width));
    if (fits > k) k = fits, w = width;
  }
  p.push(0, 0, k);
  if (h = height(w); h * k > ui.h - 8) {
    p.pop();
    k = (ui.h - 16) / h;
    p.push(0, 0, k);
    h = height(w);
  }
  const Rect r{(ui.w / k - w) / 2, (ui.h / k - h) / 2, w, h};
  if (dialog(ui, "help", r).clicked) st.help_open = false;
  Column in{r.padded(14, 14)};
  Row tabs{in.next(46), 10};
  tabs.rest.h = 34;
  for (const bool cards : {false, true}) {
    const bool here = cards == st.help_cards;
    const char* name = ui.tr(cards ? "ui.on_the_cards"_w : "ui.all_keys"_w);
    const Rect head = tabs.left(p.width(name, {.em = 18, .bold = here}) + 20), words = head.padded(10);
    const Hit hit = ui.hit(make_id("help page", cards), head);
    if (!here && hit.hovered) p.fill(head, c.hover, 6);
    if (here) p.fill(Column{words}.last(3), c.accent, 1.5f);
    p.text(Column{words}.next({34, 24}), name, {.em = 18, .color = here ? c.primary : c.secondary, .bold = here});
    if (hit.clicked) st.help_cards = cards;
  }
  tabs.skip(10);
  const Rect cap = tabs.rest.middle(22);
  keycap(p, cap.x, cap.y, "Tab");
  if (st.help_cards) draw_card_legend(ui, in.rest.padded(10));
  const auto halves = in_row(Row{in.rest.padded(10)}.left(w - 24), {weight(), weight()});
  for (int i = 0; !st.help_cards && i < count; ++i) {
    Column half{halves[i / rows]};
    half.skip(kPitch * static_cast<float>(i % rows));
    Row row{half.next({kPitch, 19.5f})}, caps = row;
    row.shorten(16);
    const std::string here = ui.keys_here(kKeyList[i].first);
    std::string_view keys = here;
    while (!keys.empty()) {
      const std::size_t space = keys.find(' ');
      caps.skip(keycap(p, caps.rest.x, caps.rest.y, keys.substr(0, space)) + 6);
      keys = space == std::string_view::npos ? std::string_view{} : keys.substr(space + 1);
    }
    row.skip(std::max(130.f, caps.rest.x - row.rest.x + 8));
    p.text(row.rest, ui.tr(kKeyList[i].second), {.em = 15, .color = c.secondary});
  }
  p.pop_box();
  p.pop();
}

void draw_tip(Ui& ui) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  Tip& tip = ui.st.tip;
  if (tip.title.empty() && !p.whole.text.empty() && ui.may_tip()) tip = {p.whole.rect, p.whole.text, {}, {}};
  if (tip.title.empty()) return;
  const bool plain = tip.facts.empty() && tip.act.empty();
  const TextStyle head{.em = plain ? 13.f : 15.f, .bold = !plain};
  float wanted = p.width(tip.title, head) + 30;
  for (const auto& [name, value] : tip.facts)  // a value stands in one line if the card has room for it
    if (!value.empty()) wanted = std::max(wanted, p.width(name, {.em = 13}) + p.width(value, {.em = 13}) + 40);
  const float w = plain ? std::min(p.width(tip.title, head) + 24, 560.f) : std::clamp(wanted, 290.f, 420.f);
  constexpr LineSize kFact{24, 19};
  const TextStyle small{.em = 13, .color = c.secondary};
  const auto tell = [&](Telling& told) {
    told.at.skip(6);
    told.text(tip.title, head, {21, 16});
    if (!tip.facts.empty()) told.at.skip(6);
    for (const auto& fact : tip.facts) {
      if (fact.second.empty()) {  // a sentence
        told.text(fact.first, small, kFact);
        continue;
      }
      Row row{Column{told.at}.next(kFact), 12};
      told.line(row.left(p.width(fact.first, small)), fact.first, small);
      Telling value = told.in(row.right(std::max(80.f, row.rest.w)));
      value.text(fact.second, {.em = 13, .align = Align::Right}, kFact);
      told.follow(value);
    }
    told.at.skip(6);
    if (!tip.act.empty()) told.line(told.at.next({26, 15}), tip.act, {.em = 13, .color = c.accent, .bold = true});
  };
  const float h = height_of(ui, Rect{0, 0, w, 0}.padded(12), tell);
  // Above the object, below it, or beside it.
  const Rect& a = tip.about;
  Rect r{std::clamp(a.cx() - w / 2, 6.f, std::max(6.f, ui.w - w - 6)), a.y - h - 10, w, h};
  if (r.y < 54) r.y = a.bottom() + 10;
  if (r.bottom() > ui.h - 6)
    r = {a.right() + 12 + w < ui.w ? a.right() + 12 : a.x - w - 12,
         std::clamp(a.cy() - h / 2, 54.f, std::max(54.f, ui.h - h - 6)), w, h};
  shadow_card(p, r, c.raised, c.strong, 1.25f);
  p.push_box(r, "tip");
  Telling told{ui, {r.padded(12)}, true};
  tell(told);
  p.pop_box();
}

void draw_goto(Ui& ui) {
  State& st = ui.st;
  static thread_local bool was_open = false;
  if (!st.goto_open) {
    was_open = false;
    return;
  }
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float w = 380, h = 76;
  const Rect r{(ui.w - w) / 2, ui.h * 0.3f, w, h};
  const Hit outside = ui.hit(make_id("goto outside"), {0, 0, ui.w, ui.h});
  ui.hit(make_id("goto"), r);
  shadow_card(p, r, c.raised, c.strong, 1.25f, 12);
  Row in{r.padded(20).middle(32), 14};
  p.icon(Icon::Clock, in.left(18), c.secondary);
  p.note(r, "go to a time");
  const bool enter = text_field(ui, "##goto", in.rest, st.goto_text, ui.tr("ui.go_to"_w), 0, !was_open);
  was_open = true;
  if (enter) {
    Action a;
    a.kind = ActionKind::Seek;
    if (const auto moment = scenario::parse_typed_moment(st.goto_text)) {
      a.time_us = moment->us;
      ui.emit(std::move(a));
      if (const std::int64_t end = std::max(ui.time.until_us, ui.time.known_us); moment->us > end)
        ui.say("ui.goes_to_end"_w, false, {{"end", clock_text(end)}});
      st.goto_open = false;
    } else {
      ui.say("ui.no_time"_w, true);
      was_open = false;  // the field keeps the keyboard focus
    }
  } else if (outside.clicked) {
    st.goto_open = false;
  }
}

void draw_runs(Ui& ui) {
  State& st = ui.st;
  if (!st.runs_open) return;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const auto& runs = ui.time.branches;
  const float w = std::min(760.f, ui.w - 40), row_h = 52;
  const auto rows = static_cast<float>(std::clamp<std::size_t>(runs.size(), 2, 9));
  const Rect r{(ui.w - w) / 2, ui.h * .16f, w, 76 + row_h * rows + 12};
  const Hit outside = dialog(ui, "runs", r);
  auto [head, list] = in_column(r, {fixed(76), weight()});
  Column titles{head.padded(24)};
  p.text(titles.next({44, 36}), ui.tr("ui.runs"_w), {.em = 18, .bold = true});
  p.text(titles.next({32, 16}), ui.tr("ui.runs_sub"_w), {.em = 13, .color = c.secondary});
  if (runs.empty()) {
    Column none{list.padded(24)};
    p.text(none.next({38, 28}), ui.tr("ui.runs_none"_w), {.em = 15, .bold = true});
    p.paragraph(none, ui.tr("ui.runs_none_sub"_w, {{"chord", st.chord}}), {.em = 15, .color = c.secondary}, {22, 16});
  }
  Column below{list.padded(8), 4};
  st.runs_row = std::clamp(st.runs_row, 0, std::max(0, static_cast<int>(runs.size()) - 1));
  int i = -1;
  for (const Branch& run : runs) {
    if (++i == 9) break;
    const Rect row = below.next(row_h - below.gap);
    const Hit hit = ui.hit(make_id("run", static_cast<std::uint64_t>(i)), row);
    const bool lit = i == st.runs_row;
    row_light(ui, row, lit, hit.hovered);
    const Icon icon = run.kind == RunKind::Seed     ? Icon::Flag
                      : run.kind == RunKind::Free   ? Icon::Play
                      : run.kind == RunKind::Script ? Icon::Eye
                                                    : Icon::Branch;
    Row in{row.padded(16), 14};
    p.icon(icon, in.left(18), run.current ? c.accent : c.secondary, 1.8f);
    auto [words, side] = in_row(in.rest, {weight(), fixed(86)});
    Column lines{words};
    p.text(lines.next({24, 20}), ui.pick(run.name), {.em = 15, .bold = run.current, .foreign = true});
    std::string when = ui.tr("ui.run_now"_w, {{"at", clock_text(run.now_us)}});
    if (run.kind == RunKind::Detour) when = ui.tr("ui.run_left"_w, {{"at", clock_text(run.from_us)}}) + " · " + when;
    p.text(lines.next({24, 16}), when, {.em = 13, .color = c.secondary});
    const Line mark(side, Line{side}.baseline(15));
    if (run.current) {
      p.text(mark, ui.tr("ui.run_here"_w), {.em = 13, .color = c.accent, .bold = true, .align = Align::Right});
    } else {
      p.text(mark, std::to_string(i + 1), {.em = 13, .color = c.muted, .mono = true, .align = Align::Right});
      Action open;
      open.kind = ActionKind::OpenTwin;
      open.verb = "run";
      open.number = run.id;
      beside_button(ui, make_id("run beside", static_cast<std::uint64_t>(i)), side.padded(24).right(), row.cy(), open);
    }
    if (hit.clicked) {
      open_run(ui, run.id);
      st.runs_open = false;
    }
  }
  p.pop_box();
  if (outside.clicked) st.runs_open = false;
}

namespace {

/// Whether the notice has been shown long enough or no longer applies. `newest`: when the latest notice appeared.
bool is_over(const Ui& ui, const Toast& t, double newest) {
  constexpr double kSeconds = 7, kShort = 4;  // a path takes longer to read
  if (t.notice.of == NoticeOf::Standstill && ui.time.playing) return true;
  // Another act has been done, or the person has seen the notice and goes on.
  const bool input = ui.in.pressed || ui.in.right_pressed || ui.st.key_wall == ui.wall;
  if (t.notice.of == NoticeOf::Undone && (ui.lesson.undo.active || t.since < newest || (input && t.since < ui.wall)))
    return true;
  return ui.wall - t.since > (t.notice.of == NoticeOf::Anything ? kSeconds : kShort);
}

/// Whether notices at the lower edge would cover what was just clicked, what is selected, or the newest row of the event log; in front of
/// people, who has led.
bool hides_what_counts(const Ui& ui, const Rect& place) {
  const State& st = ui.st;
  if (st.layout == Layout::Presenter) return place.overlaps(st.latest_row);
  return place.contains(st.hushed_at.x, st.hushed_at.y) || place.overlaps(st.selection_drawn) ||
         place.overlaps(st.latest_row);
}

}  // namespace

void draw_toasts(Ui& ui) {
  std::vector<Toast>& toasts = ui.st.toasts;
  const double newest = toasts.empty() ? 0 : toasts.back().since;
  std::erase_if(toasts, [&](const Toast& t) { return is_over(ui, t, newest); });
  if (toasts.empty()) ui.st.toasts_high.reset();
  if (toasts.size() > 3) toasts.erase(toasts.begin(), toasts.end() - 3);
  Painter& p = ui.p;
  const Palette& c = ui.c;
  // Sized by the picture's height when the audience sits far away.
  const float em = ui.st.layout == Layout::Presenter ? ui.h * .0262f : 15.f, lh = em * 1.5f;
  constexpr float kAround = 70;  // the sign, and what is between the parts
  Column stack{{0, 0, ui.w, ui.h - (ui.st.layout == Layout::Presenter ? ui.h * .03f : 76.f)}, 10};
  const float below_title = ui.st.layout == Layout::Presenter ? ui.h * .083f : 60.f;
  bool first = true;
  for (std::size_t i = toasts.size(); i-- > 0;) {
    const Notice& n = toasts[i].notice;
    const float most = std::min(ui.w - 80, 720.f * em / 15);
    const auto lines = p.wrap(ui.pick(n.words), most - kAround, {.em = em});
    float w = 0;
    for (const std::string& line : lines) w = std::max(w, p.width(line, {.em = em}));
    const float h = static_cast<float>(lines.size()) * lh + 22;
    if (!ui.st.toasts_high)  // those that follow stay beside it
      ui.st.toasts_high = hides_what_counts(ui, Column{stack.rest}.last(h).middle(w + kAround, h));
    if (*ui.st.toasts_high && std::exchange(first, false)) stack.skip(below_title);
    const Rect r = (*ui.st.toasts_high ? stack.next(h) : stack.last(h)).middle(w + kAround, h);
    const Hit hit = ui.hit(make_id("toast", i), r);
    shadow_card(p, r, n.bad ? c.caution_fill : c.raised, n.bad ? c.caution : c.strong, 1.5f, 10);
    Row in{r.padded(18, 11), 12};
    p.icon(n.bad ? Icon::Warn : Icon::Check, Column{in.left(18)}.next(lh), n.bad ? c.caution : c.ok, 2);
    Column words{in.rest};
    for (const std::string& line : lines) p.text(words.next(lh), line, {.em = em, .max = 1e6f});
    if (hit.clicked) toasts[i].since = -1e9;
  }
}

}  // namespace kafkascope::ui
