// The card about the origin of a name: its sentence, its KIPs, Kafka's classes, our tests, rows of docs/fidelity.md,
// related terms. A click on a value copies it; a rule or a term opens its own card.
#include "ui/panels/origin_card.h"

#include <algorithm>
#include <map>

#include "ui/panels/panels.h"

namespace kafkascope::ui {

using observe::Origin;
using observe::OriginKind;

namespace {

constexpr std::string_view kAllRules = "invariant", kTerms = "glossary.";

void copy(Ui& ui, const std::string& text) { ui.emit_text(ActionKind::CopyText, text); }

/// A column of texts: drawn, or only measured.
struct Column {
  Ui& ui;
  float x, w, y;
  bool draw;
  int links = 0;

  void text(const std::string& words, const TextStyle& style, float line) {
    for (const std::string& row : ui.p.wrap(words, w, style)) {
      y += line;
      if (draw) ui.p.text(x, y - line * .28f, row, style);
    }
  }

  /// A label at the left, and its values, each of which can be clicked.
  void values(const char* label, float label_w, const std::vector<std::string>& all) {
    if (all.empty()) return;
    const TextStyle style{.em = 13, .color = ui.c.primary};
    if (draw) ui.p.text(x, y + 16, label, {.em = 13, .color = ui.c.secondary, .max = label_w - 8});
    for (const std::string& value : all) {
      const auto rows = ui.p.wrap(value, w - label_w, style);
      const Rect place{x + label_w - 6, y, w - label_w + 12, 22 * static_cast<float>(rows.size())};
      const Hit hit = draw ? ui.hit(make_id("origin value", static_cast<std::uint64_t>(++links)), place) : Hit{};
      if (hit.hovered) ui.p.fill(place, ui.c.hover, 4);
      for (const std::string& row : rows) {
        if (draw) ui.p.text(x + label_w, y + 16, row, style);
        y += 22;
      }
      if (hit.clicked) copy(ui, value);
    }
    y += 4;
  }
};

/// The origin of a name; nullptr: the glossary does not have the name.
const Origin* origin_of(const OriginOf& of) {
  static thread_local OriginOf last;
  static thread_local std::vector<Origin> found;
  if (last.name != of.name || last.kind != of.kind || last.meaning != of.meaning) {
    last = of;
    found = observe::origins_of(of.name);
    std::erase_if(found, [&](const Origin& origin) { return origin.kind != of.kind; });
    if (!of.meaning.empty() && found.size() > 1)
      std::erase_if(found, [&](const Origin& origin) { return origin.meaning.en != of.meaning; });
  }
  return found.empty() ? nullptr : found.data();
}

bool is_all_rules(const OriginOf& of) { return of.kind == OriginKind::Invariant && of.name == kAllRules; }

/// The related terms as pills, in as many rows as they need.
void see_also(Column& at, const Origin& origin, float label_w, OriginOf& next) {
  if (origin.see.empty()) return;
  Ui& ui = at.ui;
  if (at.draw)
    ui.p.text(at.x, at.y + 18, ui.tr("origin.see"_w), {.em = 13, .color = ui.c.secondary, .max = label_w - 8});
  float px = at.x + label_w;
  for (const Origin::Term& term : origin.see) {
    const std::string& name = ui.pick(term.name);
    const float w = ui.p.width(name, {.em = 13}) + 20;
    if (px + w > at.x + at.w && px > at.x + label_w) px = at.x + label_w, at.y += 30;
    if (at.draw) {
      const Rect pill{px, at.y, w, 26};
      const Hit hit = ui.hit(make_id("origin term", words::Key(std::string_view(term.key)).hash), pill);
      ui.p.fill(pill, hit.hovered ? ui.c.hover : ui.c.field, 6);
      ui.p.stroke(pill, hit.hovered ? ui.c.accent : ui.c.mid, 1.25f, 6);
      ui.p.text(pill.cx(), pill.cy() + 4.7f, name, {.em = 13, .align = Align::Middle});
      if (hit.clicked) next = {OriginKind::Term, term.key.substr(kTerms.size()), {}, ui.st.origin.about};
    }
    px += w + 8;
  }
  at.y += 32;
}

void tell_origin(Column& at, const Origin& origin, OriginOf& next) {
  Ui& ui = at.ui;
  at.text(ui.pick(origin.meaning), {.em = 15}, 22);
  at.y += 10;
  float label_w = 0;
  for (const char* label : {"Kafka", ui.tr("origin.tests"_w), ui.tr("origin.fidelity"_w), ui.tr("origin.see"_w)})
    label_w = std::max(label_w, ui.p.width(label, {.em = 13}) + 20);
  at.values("KIP", label_w, origin.kips);
  at.values("Kafka", label_w, origin.classes);
  at.values(ui.tr("origin.tests"_w), label_w, origin.tests);
  at.values(ui.tr("origin.fidelity"_w), label_w, origin.fidelity);
  see_also(at, origin, label_w, next);
}

void tell_rules(Column& at, OriginOf& next) {
  Ui& ui = at.ui;
  for (const Origin& rule : observe::all_origins()) {
    if (rule.kind != OriginKind::Invariant) continue;
    const auto rows = ui.p.wrap(ui.pick(rule.meaning), at.w, {.em = 13});
    const Rect row{at.x - 8, at.y + 2, at.w + 16, 28 + 18 * static_cast<float>(rows.size())};
    if (at.draw) {
      const Hit hit = ui.hit(make_id("origin rule", words::Key(std::string_view(rule.key)).hash), row);
      if (hit.hovered) ui.p.fill(row, ui.c.hover, 4);
      ui.p.text(at.x, row.y + 19, rule.short_name, {.em = 15, .color = ui.c.accent, .bold = true});
      float y = row.y + 38;
      for (const std::string& line : rows) {
        ui.p.text(at.x, y - 1, line, {.em = 13, .color = ui.c.secondary});
        y += 18;
      }
      if (hit.clicked) next = {OriginKind::Invariant, rule.short_name, {}, ui.st.origin.about};
    }
    at.y = row.bottom();
  }
}

}  // namespace

OriginOf all_rules(const Ui& ui) {
  return {OriginKind::Invariant, std::string(kAllRules), {}, {ui.w * .3f, ui.h * .12f, 0, 0}};
}

bool has_origin(const OriginOf& of) {
  if (of.name.empty()) return false;
  static thread_local std::map<std::pair<OriginKind, std::string>, bool> known;  // queried in every frame
  const auto [it, fresh] = known.try_emplace({of.kind, of.name}, false);
  if (fresh) it->second = origin_of(of) != nullptr;
  return it->second;
}

namespace {

void link(Ui& ui, float x, float y, float w, OriginOf of, float em, bool underlined) {
  const Rect place{x - 3, y - em * 1.15f, w + 6, em * 1.6f};
  if (of.name.empty() || !ui.p.in_sight(place)) return;
  const Hit hit = ui.hit(make_id("origin " + of.name), place);
  const float under = y + em * .3f, thin = em / 13;
  if (hit.hovered) ui.p.line(x, under, x + w, under, ui.c.accent, 2 * thin);
  else if (underlined) ui.p.line(x, under, x + w, under, ui.c.mid, thin);
  if (!hit.hovered) return;
  of.about = ui.p.to_window(place);
  if (ui.may_tip()) {
    ui.st.tip = {of.about, of.name, {}, ui.tr("ui.origin_act"_w)};
    if (const Origin* origin = origin_of(of); origin != nullptr && !origin->meaning.empty())
      ui.st.tip.facts.emplace_back(ui.pick(origin->meaning), "");
  }
  if (hit.clicked) ui.st.origin = of;
  ui.st.origin_here = std::move(of);
}

/// Names that cannot be ordinary words: those with a dot, an underscore or a hyphen, and acks.
const std::map<std::string_view, OriginKind>& telling_names() {
  static const std::map<std::string_view, OriginKind> kNames = [] {
    std::map<std::string_view, OriginKind> names;
    for (const Origin& origin : observe::all_origins()) {
      const bool wanted =
          origin.kind == OriginKind::Config || origin.kind == OriginKind::Error || origin.kind == OriginKind::Invariant;
      const std::string_view name = origin.short_name;
      if (wanted && (name.find_first_of("._-") != std::string_view::npos || name == "acks"))
        names.emplace(name, origin.kind);
    }
    return names;
  }();
  return kNames;
}

}  // namespace

void origin_link(Ui& ui, float x, float y, float w, OriginOf of, float em) {
  link(ui, x, y, w, std::move(of), em, true);
}

void links_in(Ui& ui, float x, float y, std::string_view line, const TextStyle& style) {
  const auto part_of_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  for (std::size_t at = 0; at < line.size();) {
    std::size_t end = at;
    while (end < line.size() && part_of_name(line[end])) ++end;
    std::string_view word = line.substr(at, end - at);
    while (word.ends_with('.')) word.remove_suffix(1);  // the full stop of the sentence
    if (const auto found = telling_names().find(word); found != telling_names().end()) {
      const float before = ui.p.width(line.substr(0, at), style), w = ui.p.width(word, style);
      if (style.max <= 0 || before + w <= style.max)
        link(ui, x + before, y, w, {found->second, std::string(word), {}, {}}, style.em, false);
    }
    at = end + 1;
  }
}

void draw_origin(Ui& ui) {
  State& st = ui.st;
  const bool rules = is_all_rules(st.origin);
  const Origin* origin = rules || st.origin.name.empty() ? nullptr : origin_of(st.origin);
  if (origin == nullptr && !rules) {
    st.origin = {};
    return;
  }
  Painter& p = ui.p;
  const Palette& c = ui.c;
  // As large as the window allows when presenting.
  constexpr float kWidth = 560, kPad = 20;
  const float large = st.layout == Layout::Presenter ? std::min(ui.h * .0256f / 13, (ui.w - 32) / kWidth) : 1.f;
  const std::string name = rules                              ? ui.tr("ui.all_rules"_w)
                           : origin->kind == OriginKind::Term ? ui.pick(origin->name)
                                                              : st.origin.name;
  OriginOf next;
  const auto tell = [&](float x, float y, bool draw) {
    Column at{ui, x + kPad, kWidth - 2 * kPad, y + 12, draw};
    if (!rules && draw) p.text(at.x, at.y + 14, ui.tr(observe::words_of(origin->kind)), {.em = 13, .color = c.muted});
    if (!rules) at.y += 20;
    at.w -= 36;  // leaves room for the close button
    at.text(name, {.em = 18, .bold = true}, 25);
    at.w += 36;
    at.y += 4;
    if (rules) tell_rules(at, next);
    else tell_origin(at, *origin, next);
    return at.y - y + (rules ? 14 : 52);
  };
  p.push(0, 0, 1);
  const float h = tell(0, 0, false), k = std::min(large, (ui.h - 12) / h);
  p.pop();
  p.push(0, 0, k);
  // Below the name, above it, or beside it.
  const float window_w = ui.w / k, window_h = ui.h / k;
  const Rect a{st.origin.about.x / k, st.origin.about.y / k, st.origin.about.w / k, st.origin.about.h / k};
  Rect r{std::clamp(a.x, 6.f, std::max(6.f, window_w - kWidth - 6)), a.bottom() + 8, kWidth, h};
  if (r.bottom() > window_h - 6) r.y = a.y - h - 8;
  if (r.y < 6) {
    r.y = std::clamp(a.cy() - h / 2, 6.f, std::max(6.f, window_h - h - 6));
    r.x = a.x - kWidth - 10 > 6 ? a.x - kWidth - 10 : std::min(a.right() + 10, window_w - kWidth - 6);
  }
  const Hit outside = ui.hit(make_id("origin outside"), {0, 0, window_w, window_h});
  ui.hit(make_id("origin card"), r);
  shadow_card(p, r, c.raised, c.strong, 1.25f, 10);
  p.push_box(r, "origin");
  tell(r.x, r.y, true);
  if (!rules) {
    const std::string words = ui.tr("ui.tool_copy"_w);
    const float w = p.width(words, {.em = 13, .bold = true}) + 28;
    if (button(ui, make_id("origin copy"), {r.right() - kPad - w, r.bottom() - 44, w, 30}, words))
      copy(ui, observe::plain_text(*origin, st.lang));
    p.text(r.x + kPad, r.bottom() - 24, ui.tr("ui.origin_copy"_w),
           {.em = 13, .color = c.muted, .max = r.w - w - 3 * kPad});
  }
  if (button(ui, make_id("origin close"), {r.right() - 44, r.y + 10, 32, 32}, "×") || outside.pressed) st.origin = {};
  p.pop_box();
  p.pop();
  if (!next.name.empty()) st.origin = std::move(next);
}

}  // namespace kafkascope::ui
