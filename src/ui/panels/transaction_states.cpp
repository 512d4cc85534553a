// The states are drawn like this. The surrounding line leads from the three states at rest (Empty and both Complete...)
// to each state that may follow them: Empty, Ongoing, PrepareAbort, Dead.
//
//     +-----+------------------------------------------------------+
//     |     v                                                      |
//   Empty --> Ongoing -------+--> PrepareCommit --> CompleteCommit-+
//               |            |                                     +--> Dead
//   PrepareEpochFence -------+--> PrepareAbort  --> CompleteAbort -+
//                                    ^                             |
//                                    +-----------------------------+
#include "ui/panels/transaction_states.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "ui/painter.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

// In lines of text. The gaps are the least ones, and grow with the room.
constexpr float kPill = 1.7f, kTop = 1.5f, kRowGap = 1.2f, kLow = .8f, kGap = 1.5f, kJoin = 2.2f, kBus = 1.1f,
                kSlack = 1.5f, kHeadRoom = .15f, kLineRoom = .15f, kApart = .32f;
constexpr float kGapsAcross = kGap + kJoin + kGap + kBus + kGap, kGapsDown = kTop + kRowGap + kLow;
static_assert(kTransactionStatesHeight > kGapsDown + 2 * kPill + kLineRoom);

constexpr std::array<std::string_view, 8> kStates{
    "Empty",          "Ongoing",      "PrepareEpochFence", "PrepareCommit",
    "CompleteCommit", "PrepareAbort", "CompleteAbort",     "Dead"};
enum Place : std::uint8_t { Empty, Ongoing, Fence, PrepareCommit, CompleteCommit, PrepareAbort, CompleteAbort, Dead };

using Places = std::array<Rect, kStates.size()>;

/// The size of the text, and the factors by which the gaps exceed their least size.
struct Spacing {
  float em = 13, across = 1, down = 1;
};

struct Widths {
  float empty, ongoing, fence, prepare, complete, dead, left;
};

Widths widths_of(const Ui& ui, const Spacing& m) {
  const auto of = [&](Place state) { return ui.p.width(kStates[state], {.em = m.em, .bold = true}) + kSlack * m.em; };
  Widths w{of(Empty), of(Ongoing), of(Fence), 0, 0, of(Dead), 0};
  w.prepare = std::max(of(PrepareCommit), of(PrepareAbort));
  w.complete = std::max(of(CompleteCommit), of(CompleteAbort));
  w.left = std::max(w.fence, w.empty + kGap * m.across * m.em + w.ongoing);
  return w;
}

float width_of(const Ui& ui, const Spacing& m) {
  const Widths w = widths_of(ui, m);
  return w.left + w.prepare + w.complete + w.dead + (kJoin + kGap + kBus + kGap) * m.across * m.em;
}

/// The largest text for which there is room in the box; then gaps that fill the box.
Spacing spacing_of(const Ui& ui, const Rect& box, float em) {
  constexpr float kMostText = 2, kMostAcross = 4, kLeastDown = .6f, kMostDown = 3;
  const float wide = box.w / width_of(ui, {em, 1, 1}), high = box.h / (kTransactionStatesHeight * em);
  Spacing m{em * std::min({wide, std::max(1.f, high), kMostText}), 1, 1};
  // Text comes in steps, and not below a least size: its width is not in proportion to its size.
  constexpr float kStep = .97f;
  constexpr int kMostSteps = 40;
  for (int i = 0; i < kMostSteps && width_of(ui, m) > box.w; ++i) m.em *= kStep;
  m.across = std::clamp(1 + (box.w - width_of(ui, m)) / (kGapsAcross * m.em), 1.f, kMostAcross);
  m.down = std::clamp(1 + (box.h / m.em - kTransactionStatesHeight) / kGapsDown, kLeastDown, kMostDown);
  return m;
}

Places places_of(const Ui& ui, float x, float y, const Spacing& m) {
  const Widths w = widths_of(ui, m);
  const float em = m.em, across = m.across * em, first = y + kTop * m.down * em, high = kPill * em,
              second = first + high + kRowGap * m.down * em, prepare = x + w.left + kJoin * across,
              complete = prepare + w.prepare + kGap * across, dead = complete + w.complete + (kBus + kGap) * across;
  return {Rect{x, first, w.empty, high},
          Rect{x + w.left - w.ongoing, first, w.ongoing, high},
          Rect{x + w.left - w.fence, second, w.fence, high},
          Rect{prepare, first, w.prepare, high},
          Rect{complete, first, w.complete, high},
          Rect{prepare, second, w.prepare, high},
          Rect{complete, second, w.complete, high},
          Rect{dead, (first + second) / 2, w.dead, high}};
}

struct Drawn {
  Place from, to;
  Route way;
  Rect zone;  // where the pointer asks what it means
};

/// The rectangle around the last part of an arrow's path.
Rect end_of(const Route& way, float em) {
  const Point a = way[way.size() - 2], b = way.back();
  const float wide = em * .55f;
  return Rect{std::min(a.x, b.x) - (a.x == b.x ? wide : 0), std::min(a.y, b.y) - (a.y == b.y ? wide : 0),
              std::max(std::abs(a.x - b.x), 2 * wide * (a.x == b.x ? 1.f : 0.f)),
              std::max(std::abs(a.y - b.y), 2 * wide * (a.y == b.y ? 1.f : 0.f))};
}

/// The arrows, and the lines that several of them share.
struct Ways {
  const Places& at;
  float em, top, low, bus, join;
  std::vector<Drawn> all;

  Ways(const Places& places, float y, const Spacing& m)
      : at(places),
        em(m.em),
        top(y + kLineRoom * m.em),
        low(at[PrepareAbort].bottom() + kLow * m.down * m.em),
        bus(at[CompleteCommit].right() + kBus * m.across * m.em),
        join(at[PrepareCommit].x - kJoin * .5f * m.across * m.em) {
    for (const Place from : {Empty, CompleteCommit, CompleteAbort}) from_rest(from);
    straight(Empty, Ongoing, at[Ongoing].cy());
    again();
    // Two arrows leave Ongoing at the right, and two reach PrepareAbort at the left: each pair is apart.
    const float apart = kApart * em, abort = at[PrepareAbort].cy() - apart;
    straight(Ongoing, PrepareCommit, at[Ongoing].cy() - apart);
    add(Ongoing, PrepareAbort,
        {{at[Ongoing].right(), at[Ongoing].cy() + apart},
         {join, at[Ongoing].cy() + apart},
         {join, abort},
         {at[PrepareAbort].x - tip(), abort}});
    all.back().zone = {join - .5f * em, at[Ongoing].cy() + .7f * em, em, abort - at[Ongoing].cy() - .9f * em};
    const float down = at[Ongoing].x + at[Ongoing].w * .4f;
    add(Ongoing, Fence, {{down, at[Ongoing].bottom()}, {down, at[Fence].y - tip()}});
    straight(Fence, PrepareAbort, at[Fence].cy() + apart);
    all.back().zone = {at[Fence].right(), at[Fence].cy(), join - .5f * em - at[Fence].right(), em};
    straight(PrepareCommit, CompleteCommit, at[PrepareCommit].cy());
    straight(PrepareAbort, CompleteAbort, at[PrepareAbort].cy());
  }

 private:
  float tip() const { return kHeadRoom * em; }
  void add(Place from, Place to, Route way) {
    const Rect zone = end_of(way, em);
    all.push_back({from, to, std::move(way), zone});
  }
  void straight(Place from, Place to, float y) { add(from, to, {{at[from].right(), y}, {at[to].x - tip(), y}}); }
  /// Adding another partition: from Ongoing back to Ongoing, above it, lower than the surrounding line.
  void again() {
    const Rect& ongoing = at[Ongoing];
    const float out = ongoing.x + ongoing.w * .6f, in = ongoing.x + ongoing.w * .86f,
                high = ongoing.y - (ongoing.y - top) * .55f;
    add(Ongoing, Ongoing, {{out, ongoing.y}, {out, high}, {in, high}, {in, ongoing.y - tip()}});
  }
  /// From a state at rest: the way to the surrounding line, then the rest of the arrow.
  void from_rest(Place from) {
    const bool right = from != Empty;
    const float out = at[Empty].x + at[Empty].w * .28f, in = at[Empty].x + at[Empty].w * .72f,
                ongoing = at[Ongoing].x + at[Ongoing].w * .25f;
    const Route begin =
        right ? Route{{at[from].right(), at[from].cy()}, {bus, at[from].cy()}} : Route{{out, at[Empty].y}, {out, top}};
    const auto then = [&](Place to, bool corner, const Route& more) {
      Route way = begin;
      if (corner) way.push_back({bus, top});
      way.insert(way.end(), more.begin(), more.end());
      add(from, to, std::move(way));
    };
    then(Empty, right, {{in, top}, {in, at[Empty].y - tip()}});
    if (right) then(Ongoing, true, {{ongoing, top}, {ongoing, at[Ongoing].y - tip()}});
    then(Dead, !right, {{bus, at[Dead].cy()}, {at[Dead].x - tip(), at[Dead].cy()}});
    then(PrepareAbort, !right,
         {{bus, low}, {at[PrepareAbort].cx(), low}, {at[PrepareAbort].cx(), at[PrepareAbort].bottom() + tip()}});
  }
};

/// The width of thin and of thick lines: never thinner than a projector shows them.
struct Pens {
  Pens(const Ui& ui, float em)
      : least(ui.st.layout == Layout::Presenter ? 3.f : 0.f),
        thin(std::max(least, .07f * em)),
        arrow(std::max(least, .08f * em)),
        taken(std::max(least * 1.6f, .2f * em)),
        here(std::max(least * 1.6f, .14f * em)) {}
  float least, thin, arrow, taken, here;
};

void draw_arrow(Painter& p, const Route& way, Color color, bool taken, float em, const Pens& pens) {
  const Point before = way[way.size() - 2], tip = way.back();
  const float length = std::max(1.f, std::abs(tip.x - before.x) + std::abs(tip.y - before.y)),
              dx = (tip.x - before.x) / length, dy = (tip.y - before.y) / length, back = (taken ? .4f : .3f) * em;
  Route line = way;
  line.back() = {tip.x - dx * back, tip.y - dy * back};
  p.route(line, color, taken ? pens.taken : pens.arrow, .35f * em);
  p.arrowhead(tip.x, tip.y, dx, dy, (taken ? .65f : .45f) * em, color);
}

struct Tone {
  Color fill, edge;
};
Tone tone(const Palette& c, std::string_view state) {
  if (state == "CompleteCommit") return {c.ok_fill, c.ok};
  if (state == "Empty" || state == "Dead" || state == "CompleteAbort") return {c.field, c.strong};
  return {c.caution_fill, c.caution};
}

/// A fenced transaction is aborted at once: both arrows were taken.
bool was_taken(const Transaction& t, const Drawn& arrow) {
  const std::string_view from = kStates[arrow.from], to = kStates[arrow.to];
  if (from == t.previous_state && to == t.state) return true;
  return t.previous_state == "PrepareEpochFence" && arrow.from == Ongoing && arrow.to == Fence;
}

}  // namespace

words::Key meaning_of_transaction_state(std::string_view state) {
  constexpr std::pair<std::string_view, words::Key> kMeanings[] = {{"Empty", "ui.tx_empty"_w},
                                                                   {"Ongoing", "ui.tx_ongoing"_w},
                                                                   {"PrepareCommit", "ui.tx_prepare_commit"_w},
                                                                   {"PrepareAbort", "ui.tx_prepare_abort"_w},
                                                                   {"PrepareEpochFence", "ui.tx_prepare_epoch_fence"_w},
                                                                   {"CompleteCommit", "ui.tx_complete_commit"_w},
                                                                   {"CompleteAbort", "ui.tx_complete_abort"_w},
                                                                   {"Dead", "ui.tx_dead"_w}};
  for (const auto& [name, words] : kMeanings)
    if (name == state) return words;
  return "ui.tx_empty"_w;
}

words::Key meaning_of_transaction_arrow(std::string_view from, std::string_view to) {
  const bool at_rest = from == "Empty" || from == "CompleteCommit" || from == "CompleteAbort";
  if (to == "Empty" && at_rest) return "ui.tx_arrow_init"_w;
  if (to == "Dead" && at_rest) return "ui.tx_arrow_expired"_w;
  if (to == "PrepareAbort" && at_rest) return "ui.tx_arrow_abort_of_nothing"_w;
  if (to == "Ongoing" && at_rest) return "ui.tx_arrow_first_partition"_w;
  if (from == "Ongoing") {
    if (to == "Ongoing") return "ui.tx_arrow_partition"_w;
    if (to == "PrepareCommit") return "ui.tx_arrow_commit"_w;
    if (to == "PrepareAbort") return "ui.tx_arrow_abort"_w;
    if (to == "PrepareEpochFence") return "ui.tx_arrow_fence"_w;
  }
  if (from == "PrepareEpochFence" && to == "PrepareAbort") return "ui.tx_arrow_fenced"_w;
  if ((from == "PrepareCommit" && to == "CompleteCommit") || (from == "PrepareAbort" && to == "CompleteAbort"))
    return "ui.tx_arrow_markers"_w;
  return {};
}

float transaction_states_height(const Ui& ui, const Rect& box, float em) {
  const Spacing spacing = spacing_of(ui, box, em);
  return spacing.em * (kTransactionStatesHeight + kGapsDown * (spacing.down - 1));
}

void draw_transaction_states(Ui& ui, const Rect& box, const Transaction& t, std::uint64_t number, float least_em) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Spacing spacing = spacing_of(ui, box, least_em);
  const float em = spacing.em;
  const Pens pens(ui, em);
  const Places at = places_of(ui, box.x, box.y, spacing);
  const std::vector<Drawn> arrows = Ways(at, box.y, spacing).all;
  for (const Drawn& arrow : arrows) draw_arrow(p, arrow.way, c.strong, false, em, pens);
  for (const Drawn& arrow : arrows) {
    if (!was_taken(t, arrow)) continue;
    draw_arrow(p, arrow.way, c.primary, true, em, pens);
    p.note(arrow.zone, ("arrow " + std::string(kStates[arrow.from]) + " " + std::string(kStates[arrow.to])).c_str());
  }
  for (std::size_t i = 0; i < kStates.size(); ++i) {
    const std::string_view state = kStates[i];
    const bool here = state == t.state, was = state == t.previous_state;
    const Tone look = tone(c, state);
    p.fill(at[i], here ? look.fill : 0, at[i].h / 2);
    p.stroke(at[i], here ? look.edge : was ? c.strong : c.mid, here ? pens.here : pens.thin, at[i].h / 2);
    p.text(at[i].cx(), at[i].cy() + em * .36f, state,
           {.em = em, .color = here || was ? c.primary : c.secondary, .bold = here, .align = Align::Middle});
    if (here) p.note(at[i], ("state " + std::string(state)).c_str());
    const Hit hit = ui.hit(make_id("transaction state", number * 16 + i), at[i]);
    if (here && hit.clicked) ui.ask_why("/transactions/" + t.id);
    if (hit.hovered && ui.may_tip())
      ui.st.tip = {p.to_window(at[i]),
                   std::string(state),
                   {{std::string(ui.tr(meaning_of_transaction_state(state))), ""}},
                   here ? std::string(ui.tr("ui.why_isr"_w)) : std::string()};
  }
  // Several arrows share their last part: one that was taken is explained before the others.
  std::vector<const Drawn*> asked;
  for (const Drawn& arrow : arrows) asked.push_back(&arrow);
  std::stable_partition(asked.begin(), asked.end(), [&](const Drawn* arrow) { return !was_taken(t, *arrow); });
  for (const Drawn* arrow : asked) {
    const auto id = number * 128 + arrow->from * 8u + arrow->to;
    if (!ui.hit(make_id("transaction arrow", id), arrow->zone).hovered || !ui.may_tip()) continue;
    const std::string_view from = kStates[arrow->from], to = kStates[arrow->to];
    ui.st.tip = {p.to_window(arrow->zone),
                 std::string(from) + " → " + std::string(to),
                 {{std::string(ui.tr(meaning_of_transaction_arrow(from, to))), ""}},
                 {}};
  }
}

}  // namespace kafkascope::ui
