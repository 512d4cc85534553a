#include <algorithm>

#include "ui/panels/menu_items.h"
#include "ui/panels/panels.h"
#include "ui/stage/cards.h"

namespace kafkascope::ui {

void draw_menu(Ui& ui) {
  MenuState& menu = ui.st.menu;
  if (!menu.open) return;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  std::vector<MenuItem> items = build_menu(ui.world, menu.target, menu.other, ui.st.not_yet, menu.offset);
  // The presenter has no inspector.
  if (ui.st.layout == Layout::Presenter) std::erase_if(items, [](const MenuItem& m) { return m.action.kind == ActionKind::Select; });
  if (items.empty()) {
    menu.open = false;
    return;
  }
  // While presenting, what destroys waits until it is unlocked.
  const auto locked = [&](const MenuItem& m) { return m.destructive && ui.st.layout == Layout::Presenter && ui.st.locked; };
  const auto off = [&](const MenuItem& m) { return !m.there || locked(m); };
  menu.row = std::min(menu.row, static_cast<int>(std::count_if(items.begin(), items.end(), [&](const MenuItem& m) { return !off(m); })) - 1);
  const std::string title = menu.other.empty() ? menu.target : menu.target + " → " + menu.other;
  float w = 220, h = 40 + 8;
  for (const MenuItem& m : items) {
    h += m.sub == Str::Kafkascope ? 32.f : 46.f;
    w = std::max({w, p.width(ui.tr(m.name), {.em = 15}) + 96, m.sub == Str::Kafkascope ? 0.f : p.width(ui.tr(m.sub), {.em = 13}) + 66});
  }
  const bool hair = items.front().destructive != items.back().destructive;
  if (hair) h += 9;
  Rect r{std::min(menu.x, ui.w - w - 8), std::min(menu.y, ui.h - h - 8), w, h};
  // Whatever lies below waits until the menu is closed.
  const Hit outside = ui.hit(make_id("menu outside"), {0, 0, ui.w, ui.h});
  if (outside.pressed) menu.open = false;
  ui.hit(make_id("menu"), r);
  shadow_card(p, r, c.raised, c.strong, 1.25f);
  p.push_box(r, "menu");
  p.text(r.x + 14, r.y + 26, title, {.em = 15, .bold = true, .max = w - 24, .foreign = true});
  p.line(r.x, r.y + 39, r.right(), r.y + 39, c.hair);
  float y = r.y + 44;
  bool before = items.front().destructive;
  int usable = -1;
  for (const MenuItem& m : items) {
    if (m.destructive != before) {
      p.line(r.x + 8, y + 4, r.right() - 8, y + 4, c.mid);
      y += 9;
      before = m.destructive;
    }
    const bool sub = m.sub != Str::Kafkascope;
    const Rect row{r.x + 4, y, r.w - 8, sub ? 46.f : 32.f};
    const Hit hit = ui.hit(make_id("menu item", static_cast<std::uint64_t>(m.name)), row);
    const bool dim = off(m);
    usable += dim ? 0 : 1;
    const bool by_key = !dim && usable == menu.row, lit = !dim && (hit.hovered || by_key);
    if (lit) p.fill(row, c.hover, 5);
    if (by_key) p.stroke(row, c.accent, 2, 5);
    p.icon(locked(m) ? Icon::Lock : m.icon, row.x + 10, row.y + (sub ? 9 : 8), 16, dim || m.refused ? c.muted : m.icon == Icon::Crown ? c.leader : lit ? c.primary : c.secondary, 1.8f);
    p.text(row.x + 36, row.y + 21, ui.tr(m.name), {.em = 15, .color = dim || m.refused ? c.muted : c.primary, .max = row.w - 44});
    const char* below = m.there ? ui.tr(m.sub) : ui.tr(Str::NotThereYet);
    if (sub) p.text(row.x + 36, row.y + 39, below, {.em = 13, .color = lit ? c.secondary : c.muted, .max = row.w - 44});
    if (m.key[0] != '\0' && !dim) p.text(row.right() - 12, row.y + 21, m.key, {.em = 13, .color = c.muted, .mono = true, .align = Align::Right});
    if (hit.clicked && locked(m)) ui.say(Str::Locked, true);
    if (!dim && (hit.clicked || (by_key && menu.take))) {
      ui.emit(m.action);
      if (m.action.kind == ActionKind::Select) {
        ui.st.selection = m.action.target;
        ui.inspect();
      }
      menu.open = false;
    }
    y += row.h;
  }
  menu.take = false;
  p.pop_box();
}

}  // namespace kafkascope::ui
