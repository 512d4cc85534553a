#include "ui/tab_rows.h"

#include <algorithm>

#include "ui/layout.h"
#include "ui/panels/panels.h"
#include "ui/panels/two_worlds.h"

namespace kafkascope::ui {

namespace {

constexpr float kFillW = 30, kFillH = kFillHeight, kFillMargin = 12;  // margin: at both sides
constexpr float kFillRoom = kFillW + kFillMargin + kFillMargin;

constexpr float kLetter = 8, kLetterW = 2 * kLetter + 8;  // the letter's radius; its room in a tab

/// Whether the tab bears the letter of the shown world: two are shown, and the tab's panel is about this one alone.
bool has_letter(const Ui& ui, Tab tab) { return ui.lesson.twin.open && tab != Tab::Compare; }

void draw_letter(Ui& ui, const Rect& at) {
  draw_world_disc(ui, at.cx(), at.cy(), kLetter, is_b(ui));
  ui.p.note(at, is_b(ui) ? "panel of B" : "panel of A");
}

/// The letter, if the tab is open and bears one, and the tab's name.
void draw_name(Ui& ui, Row in, Tab tab, bool open, const std::string& name, const TextStyle& style) {
  if (open && has_letter(ui, tab))
    draw_letter(ui, Row{in.left(kLetterW)}.left(kLetter + kLetter).middle(kLetter + kLetter));
  ui.p.text(in.rest, name, style);
}

/// The place of the button: at the right of the line, else at the left, else the first one from the right, wherever no card, group
/// frame, ring of the lesson or words of the stage are.
Rect free_place(const Ui& ui, const Rect& line) {
  constexpr float kPlate = 6, kRing = 9;  // around words; around a card, drawn outside of it
  const auto covers = [&](const Rect& r) {
    const auto near = [&r](float around) {
      return [&r, around](const Rect& o) { return o.grown(around).overlaps(r); };
    };
    return std::any_of(ui.st.on_stage.begin(), ui.st.on_stage.end(), near(kRing)) ||
           std::any_of(ui.p.texts().begin(), ui.p.texts().end(), near(kPlate));
  };
  Row row{line.padded(kFillMargin)};
  const Rect right = Row{row}.right(kFillW).middle(kFillH), left = Row{row}.left(kFillW).middle(kFillH);
  if (!covers(right)) return right;
  if (!covers(left)) return left;
  for (row.gap = kFillMargin; row.rest.w >= kFillW;)
    if (const Rect place = row.right(kFillW).middle(kFillH); !covers(place)) return place;
  return right;
}

// Timeline, space-time diagram and event log share one place; the switch between them is at its right.
constexpr Tab kLowerTabs[] = {Tab::Log, Tab::SpaceTime, Tab::Timeline};  // from the right

}  // namespace

void draw_panel_letter(Ui& ui, Tab tab, const Rect& line) {
  if (!has_letter(ui, tab)) return;
  const Rect r = free_place(ui, line);
  constexpr float kPlate = kLetter + 3;
  ui.p.circle(r.cx(), r.cy(), kPlate, ui.c.panel);
  draw_letter(ui, r.middle(kLetter + kLetter));
}

void draw_fill_button(Ui& ui, const Rect& line) {
  Painter& p = ui.p;
  const Rect r = free_place(ui, line);
  const bool filled = ui.st.filled;
  const Hit hit = ui.hit(make_id("fill"), r);
  p.fill(r, hit.hovered ? ui.c.hover : ui.c.field, 5);
  p.stroke(r, hit.hovered ? ui.c.accent : ui.c.mid, 1, 5);
  constexpr float kSignW = 14, kSignH = 11, kSmallW = 10, kSmallH = 8, kLine = 1.6f;
  const Rect sign = r.middle(kSignW, kSignH);
  if (filled) {
    p.stroke(Row{Column{sign}.next(kSmallH)}.right(kSmallW), ui.c.primary, kLine, 1);
    p.stroke(Row{Column{sign}.last(kSmallH)}.left(kSmallW), ui.c.primary, kLine, 1);
  } else {
    p.stroke(sign, ui.c.primary, kLine, 1);
  }
  explain(ui, r, hit, ui.tr(filled ? "ui.panel_restore"_w : "ui.panel_enlarge"_w));
  if (hit.clicked) ui.st.filled = !filled;
}

void draw_tab_row(Ui& ui, const Rect& r, bool all) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.panel);
  p.line(r.x, r.y, r.right(), r.y, c.mid);
  p.line(r.x, r.bottom(), r.right(), r.bottom(), c.hair);
  p.push_box(r, "tabs");
  const bool zookeeper = ui.world.metadata == "zookeeper";
  const auto shown = [&](Tab tab) { return ui.has(tab) && (all || !is_lower(tab)); };  // the others' keys still work
  // In a narrow row the tabs, and their digits, are closer together.
  float names = 0, count = 0, digits = 0;
  const auto name_w = [&](Tab tab) {
    const bool on = ui.st.tab == tab;
    return p.width(ui.tr(tab_name(tab, zookeeper)), {.em = 15, .bold = on}) +
           (on && has_letter(ui, tab) ? kLetterW : 0);
  };
  for (int i = 0; i < kTabs; ++i) {
    const auto tab = static_cast<Tab>(i);
    if (!shown(tab)) continue;
    names += name_w(tab), count += 1, digits += digit_of(tab) < 0 ? 0.f : 1.f;
  }
  const auto side_with = [&](float digit) {
    return std::clamp((r.w - kFillRoom - names - digits * digit) / std::max(1.f, count) / 2 - .5f, 6.f, 16.f);
  };
  const float digit = side_with(16) < 12 ? 11.f : 16.f, side = side_with(digit);
  float x = r.x;
  for (int i = 0; i < kTabs; ++i) {
    const auto tab = static_cast<Tab>(i);
    if (!shown(tab)) continue;
    const std::string name = ui.tr(tab_name(tab, zookeeper));
    const bool on = ui.st.tab == tab;
    const TextStyle style{.em = 15, .color = on ? c.primary : c.muted, .bold = on};
    const float w = name_w(tab) + (digit_of(tab) < 0 ? 0 : digit) + 2 * side;
    if (x + w > r.right() + 1) break;
    const Hit hit = ui.hit(make_id("tab", static_cast<std::uint64_t>(i)), {x, r.y, w, r.h});
    if (hit.hovered && !on) p.fill({x, r.y + 1, w, r.h - 1}, c.hover);
    if (on) p.fill({x, r.bottom() - 3, w, 3}, c.accent);
    Row words{Column{{x, r.y, w, r.h}}.next({r.h, 25})};
    words.skip(side);
    draw_name(ui, words, tab, on, name, style);
    if (digit_of(tab) >= 0)
      p.text(x + w - side, r.y + 25, std::to_string(digit_of(tab)),
             {.em = 13, .color = c.muted, .mono = true, .align = Align::Middle});
    if (hit.clicked) ui.choose(tab);
    x += w;
  }
  const float end = r.right() - kFillRoom;  // of the free part of the row
  if (x <= end) draw_fill_button(ui, r);
  const std::string below = ui.tr("ui.more_by_wheel"_w, {{"count", std::to_string(ui.st.partitions_below)}});
  if (ui.st.tab == Tab::Partitions && ui.st.partitions_below > 0 && ui.log.chain.empty() && !ui.log.why.open &&
      x + p.width(below, {.em = 13}) + kFillMargin < end)
    p.text(end, r.y + 24, below, {.em = 13, .color = c.secondary, .align = Align::Right});
  p.pop_box();
}

void draw_lower_tabs(Ui& ui, const Rect& r) {
  constexpr float kSide = 10;
  Painter& p = ui.p;
  float right = r.right() - 16;
  for (const Tab tab : kLowerTabs) {
    const std::string name = ui.tr(tab_name(tab, false));
    const bool on = ui.st.lower_tab == tab;
    const TextStyle style{.em = 13, .color = on ? ui.c.primary : ui.c.muted, .bold = on};
    const float letter = on && has_letter(ui, tab) ? kLetterW : 0, w = p.width(name, style) + 2 * kSide + letter;
    const Rect zone{right - w, r.y + 4, w, 24};
    const Hit hit = ui.hit(make_id("lower", static_cast<std::uint64_t>(tab)), zone);
    p.fill(zone, on ? ui.c.accent_fill : hit.hovered ? ui.c.hover : ui.c.field, 5);
    Row words{zone};
    words.skip(kSide);
    draw_name(ui, words, tab, on, name, style);
    if (hit.clicked) ui.st.lower_tab = tab;
    right -= w + 6;
  }
}

words::Key tab_name(Tab tab, bool zookeeper) {
  switch (tab) {
    case Tab::Partitions: return "ui.partitions"_w;
    case Tab::Groups: return "ui.groups"_w;
    case Tab::Controller: return zookeeper ? "ui.zookeeper"_w : "ui.controller"_w;
    case Tab::Ledger: return "ui.ledger"_w;
    case Tab::Metrics: return "ui.metrics"_w;
    case Tab::Transactions: return "ui.transactions"_w;
    case Tab::Compare: return "ui.compare"_w;
    case Tab::Timeline: return "ui.timeline"_w;
    case Tab::Log: return "ui.event_log"_w;
    case Tab::Terminal: return "ui.terminal"_w;
    case Tab::SpaceTime: return "ui.space_time"_w;
  }
  return "ui.partitions"_w;
}

float lower_tabs_width(const Ui& ui, const Rect& panel) {
  const WorkbenchRects r = workbench_rects(ui.w, ui.h, ui.lesson.detour.active, ui.st.drawer, ui.st.splits);
  if (ui.st.layout != Layout::Workbench || ui.st.filled || !r.two_rows || panel.y != r.lower.y) return 0;
  float w = 16;
  for (const Tab tab : kLowerTabs)
    w += ui.p.width(ui.tr(tab_name(tab, false)), {.em = 13, .bold = ui.st.lower_tab == tab}) + 26;
  if (has_letter(ui, ui.st.lower_tab)) w += kLetterW;
  return w;
}

}  // namespace kafkascope::ui
