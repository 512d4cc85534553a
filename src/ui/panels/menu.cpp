#include <algorithm>
#include <map>

#include "ui/panels/menu_items.h"
#include "ui/panels/panels.h"
#include "ui/stage/cards.h"

namespace kafkascope::ui {

namespace {

std::string menu_title(const Ui& ui) {
  const MenuState& menu = ui.st.menu;
  if (menu.target == kMenuOfFaults) return ui.tr("ui.which_without"_w);
  if (menu.target == kMenuOfStage) return ui.tr("ui.stage"_w);
  if (menu.target != kMenuOfMessage) {
    if (menu.other.empty()) return menu.target;
    // A partition and a broker identify a replica; two nodes identify the link between them.
    return ui.node_of(menu.target) < 0
               ? ui.tr("ui.partition_on"_w, {{"partition", menu.target}, {"broker", menu.other}})
               : menu.target + " → " + menu.other;
  }
  const auto& messages = ui.world.messages;
  const auto m = std::find_if(messages.begin(), messages.end(), [&](const observe::Message& o) {
    return static_cast<std::int64_t>(o.id) == menu.offset;
  });
  if (m == messages.end()) return ui.tr("ui.message_arrived"_w);
  const auto known = [&](int node) { return node >= 0 && node < static_cast<int>(ui.world.nodes.size()); };
  if (!known(m->from) || !known(m->to)) return m->api;
  return m->api + ", " + ui.world.nodes[static_cast<std::size_t>(m->from)].name + " → " +
         ui.world.nodes[static_cast<std::size_t>(m->to)].name;
}

}  // namespace

bool is_locked(const Ui& ui, const MenuItem& item) {
  return (item.destructive || item.form >= 0) && ui.st.layout == Layout::Presenter && ui.st.locked;
}

std::string menu_words(Lang lang, const MenuItem& item) {
  return item.title.empty() ? tr(lang, item.name, {{"of", item.of}})
                            : tr(lang, item.name, {{"title", pick(lang, item.title)}});
}
std::string menu_words(const Ui& ui, const MenuItem& item) { return menu_words(ui.st.lang, item); }

void draw_menu(Ui& ui) {
  MenuState& menu = ui.st.menu;
  if (!menu.open) return;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  std::vector<MenuItem> items = menu.target == kMenuOfFaults ? build_menu_of_faults(ui.lesson, menu.from_us, menu.to_us)
                                : menu.more ? build_more_menu(ui.world, menu.target, menu.other, ui.st.not_yet)
                                            : build_menu(ui.world, menu.target, menu.other, ui.st.not_yet, menu.offset);
  // The presenter has no inspector.
  if (ui.st.layout == Layout::Presenter)
    std::erase_if(items, [](const MenuItem& m) { return m.action.kind == ActionKind::Select; });
  if (items.empty()) {
    menu.open = false;
    return;
  }
  const auto locked = [&](const MenuItem& m) { return is_locked(ui, m); };
  const auto off = [&](const MenuItem& m) { return !m.there || locked(m); };
  menu.row = std::min(
      menu.row,
      static_cast<int>(std::count_if(items.begin(), items.end(), [&](const MenuItem& m) { return !off(m); })) - 1);
  const std::string title = menu_title(ui);
  const bool hair = items.front().destructive != items.back().destructive;
  const auto has_sub = [](const MenuItem& m) { return !m.sub.empty(); };
  float w = 220, h = 40 + 8 + (hair ? 9.f : 0.f), full = h;
  for (const MenuItem& m : items) full += has_sub(m) ? 46.f : 32.f;
  // A long menu in a low window: one line per item, with its second line only under the pointer.
  const bool brief = full > ui.h - 16;
  const float low = std::min(32.f, (ui.h - 16 - h) / static_cast<float>(items.size()));
  const auto row_h = [&](const MenuItem& m) { return brief ? low : has_sub(m) ? 46.f : 32.f; };
  for (const MenuItem& m : items) {
    h += row_h(m);
    w = std::max({w, p.width(menu_words(ui, m), {.em = 15}) + 96,
                  has_sub(m) && !brief ? p.width(ui.tr(m.sub), {.em = 13}) + 66 : 0.f});
  }
  // Beside the thing for which a key opened it, else where the pointer opened it.
  const Rect& about = menu.about;
  Point at{menu.x, menu.y};
  if (!about.empty()) {
    constexpr float kApart = 8;
    const float right = about.right() + kApart, end = right + w + kApart;
    at = {end <= ui.w ? right : about.x - w - kApart, about.y};
  }
  Rect r{std::clamp(at.x, 8.f, ui.w - w - 8), std::min(at.y, ui.h - h - 8), w, h};
  // Everything below is disabled until the menu is closed.
  const Hit outside = ui.hit(make_id("menu outside"), {0, 0, ui.w, ui.h});
  if (outside.pressed) menu.open = false;
  ui.hit(make_id("menu"), r);
  shadow_card(p, r, c.raised, c.strong, 1.25f);
  p.push_box(r, "menu");
  Column in{r};
  Row head{in.next({39, 26})};
  head.skip(14);
  p.text(head.rest, title, {.em = 15, .bold = true, .max = w - 24, .foreign = true});
  p.line(r.x, in.rest.y, r.right(), in.rest.y, c.hair);
  in = {in.rest.padded(4, 5)};
  bool before = items.front().destructive;
  int usable = -1;
  std::map<words::Key, std::uint64_t> same;  // numbers the items that share a name, so that their ids differ
  for (const MenuItem& m : items) {
    const std::uint64_t number = same[m.name]++;
    if (m.destructive != before) {
      in.skip(4);
      const Rect rule = in.next(5).padded(4);
      p.line(rule.x, rule.y, rule.right(), rule.y, c.mid);
      before = m.destructive;
    }
    const bool sub = has_sub(m) && !brief;
    const Rect row = in.next(row_h(m));
    const Hit hit = ui.hit(make_id("menu item", m.name.hash + (number << 32)), row);
    const bool dim = off(m);
    usable += dim ? 0 : 1;
    const bool by_key = !dim && usable == menu.row, lit = !dim && (hit.hovered || by_key);
    if (lit) p.fill(row, c.hover, 5);
    if (by_key) p.stroke(row, c.accent, 2, 5);
    Row words{row, 10};
    words.skip(10);
    const Rect icon = words.left(16);
    p.icon(locked(m) ? Icon::Lock : m.icon, sub ? Column{icon.padded(0, 9)}.next(16) : icon,
           dim || m.refused        ? c.muted
           : m.icon == Icon::Crown ? c.leader
           : lit                   ? c.primary
                                   : c.secondary,
           1.8f);
    Column lines{words.rest};
    const Line first = sub ? lines.next({26, 21}) : Line{words.rest};
    p.text(first, menu_words(ui, m), {.em = 15, .color = dim || m.refused ? c.muted : c.primary, .max = row.w - 44});
    const char* below = m.there ? ui.tr(m.sub) : ui.tr("ui.not_there_yet"_w);
    if (sub) p.text(lines.next({20, 13}), below, {.em = 13, .color = lit ? c.secondary : c.muted, .max = row.w - 44});
    if (brief && has_sub(m) && hit.hovered) ui.st.tip = {p.to_window(row), below, {}, {}};
    if (m.key[0] != '\0' && !dim)
      p.text(Line(row.padded(12), first.base), m.key,
             {.em = 13, .color = c.muted, .mono = true, .align = Align::Right});
    if (hit.clicked && locked(m)) ui.say("ui.locked"_w, true);
    if (!dim && (hit.clicked || (by_key && menu.take))) {
      if (m.more) {
        menu.more = true;
        menu.row = -1;
      } else {
        take_menu_item(ui, m);
        menu.open = false;
      }
    }
  }
  menu.take = false;
  p.pop_box();
}

}  // namespace kafkascope::ui
