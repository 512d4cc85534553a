#include "ui/stage/labels.h"

#include <algorithm>
#include <cmath>

#include "ui/stage/cards.h"
#include "ui/stage/messages.h"
#include "ui/stage/overlay.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

/// Calls use(from, to) for each straight part of a drawn line.
template <class Use>
void each_part(const StageWay& way, const Use& use) {
  if (!way.drawn()) return;
  for (std::size_t i = 1; i < way.route.size(); ++i) use(way.route[i - 1], way.route[i]);
}

Rect box_of(Point a, Point b, float thick) {
  return Rect{std::min(a.x, b.x), std::min(a.y, b.y), std::abs(a.x - b.x), std::abs(a.y - b.y)}.grown(thick);
}

bool upright(Point a, Point b) { return a.x == b.x || a.y == b.y; }

/// Whether another line runs through the point.
bool is_shared(const StageView& view, const StageWay& own, Point at) {
  bool shared = false;
  for (const StageWay& way : view.ways)
    if (&way != &own)
      each_part(way, [&](Point a, Point b) { shared |= upright(a, b) && box_of(a, b, 2).contains(at.x, at.y); });
  return shared;
}

}  // namespace

int lines_behind(const StageView& view, const Rect& words, const OwnLine& own) {
  int worst = 0;
  for (const StageWay& way : view.ways) {
    if (!way.drawn()) continue;
    const bool mine = (way.a == own.a && way.b == own.b) || (way.a == own.b && way.b == own.a);
    const Covers covers = covers_line(words, way.route);
    if (covers != Covers::None) worst = std::max(worst, mine ? 2 : covers == Covers::Across ? 3 : 4);
    else if (own.clear > 0 && covers_line(words.grown(own.clear), way.route) != Covers::None)
      worst = std::max(worst, 1);
  }
  return worst;
}

LabelPlaces::LabelPlaces(const Ui& ui, const StageView& view) : ui_(ui), view_(view) {
  constexpr float kBead = 8, kTexts = 5, kRing = 16;
  for (const StageCard& card : view.cards) {
    taken_.push_back(ui.p.to_window(card.rect));
    const Node& n = ui.world.nodes[static_cast<std::size_t>(card.node)];
    if (n.kind == NodeKind::Broker && n.session.running && !node_look(n).quiet)
      taken_.push_back(ui.p.to_window(session_ring_place(card.rect).grown(kRing)));
  }
  for (const StageGroup& group : view.groups) taken_.push_back(ui.p.to_window(group.rect));
  for (const Rect& text : ui.p.texts()) taken_.push_back(text.grown(kTexts));
  const HiddenKinds hidden(ui.lesson.view.hide);
  for (const Message& m : ui.world.messages) {
    if (hidden.hides(m)) continue;
    const Point at = view.point_of(m);
    if (at.x > -500) taken_.push_back(ui.p.to_window(Rect{at.x, at.y, 0, 0}.grown(m.held ? kHeldHalf : kBead)));
  }
}

bool LabelPlaces::free(const Rect& r) const {
  const Rect there = ui_.p.to_window(r);
  return r.x > 4 && r.right() < kStageW - 4 && r.bottom() < kStageH + 6 && r.y > 2 &&
         std::none_of(taken_.begin(), taken_.end(), [&](const Rect& o) { return o.overlaps(there); });
}

std::optional<Rect> LabelPlaces::best(const std::vector<Rect>& tries, const OwnLine& own) const {
  std::optional<Rect> found;
  int least = own.must ? 5 : 4;
  for (const Rect& r : tries) {
    if (!free(r)) continue;
    const int behind = lines_behind(view_, r, own);
    if (behind < least) least = behind, found = r;
    if (least == 0) break;
  }
  return found;
}

std::optional<Rect> LabelPlaces::beside(Point at, float w, float h, const OwnLine& own, float gap) const {
  constexpr float kThin = 2.5f, kBetween = 3;  // between two close lines; between rows of tries
  const float below = at.y + gap, above = at.y - gap - h, step = h + kBetween, right = at.x + gap + 3,
              left = at.x - gap - 3 - w, level = at.y - h / 2, middle = at.x - w / 2;
  std::vector<Rect> tries{{middle, below, w, h},        {middle, above, w, h},           {right, level, w, h},
                          {left, level, w, h},          {at.x - 8, below, w, h},         {at.x - w + 8, below, w, h},
                          {at.x - 8, above, w, h},      {at.x - w + 8, above, w, h},     {right, at.y + kThin, w, h},
                          {left, at.y + kThin, w, h},   {right, at.y - kThin - h, w, h}, {left, at.y - kThin - h, w, h},
                          {middle, below + step, w, h}, {middle, above - step, w, h}};
  // Between lines that pass: less of the words at one side of the point.
  for (const float y : {below, above, below + step, above - step})
    for (const float part : {.25f, .75f, .12f, .88f}) tries.push_back({at.x - w * part, y, w, h});
  OwnLine elsewhere = own;
  elsewhere.must = false;
  const std::optional<Rect> near = best(tries, elsewhere);
  if (near || !own.must) return near;
  // Further away, where a straight line from the words to the point crosses nothing.
  std::vector<Rect> further;
  for (const float rows : {2.f, 3.f, 4.f})
    for (const float y : {below + rows * step, above - rows * step})
      for (const float part : {.5f, .12f, .88f}) {
        const Rect r{at.x - w * part, y, w, h};
        const float from = std::min(r.bottom(), at.y + gap), to = std::max(r.y, at.y - gap);
        if (free(Rect{at.x, std::min(from, to), 0, std::abs(to - from)}.grown(1))) further.push_back(r);
      }
  const std::optional<Rect> far = best(further, elsewhere);
  return far ? far : best(tries, own);
}

bool LabelPlaces::lead(const Rect& r, Point at, const OwnLine& own, float gap, Color color) const {
  constexpr float kTouches = 4, kInset = 6, kInto = 2;
  const Point from{std::clamp(at.x, r.x + kInset, r.right() - kInset), std::clamp(at.y, r.y, r.bottom())};
  const float away = std::hypot(from.x - at.x, from.y - at.y);
  if (away <= gap + kTouches && lines_behind(view_, r, own) < 4) return false;
  const float part = std::min(1.f, (away - gap + kInto) / std::max(1.f, away));
  ui_.p.line(from.x, from.y, from.x + (at.x - from.x) * part, from.y + (at.y - from.y) * part, color, 2);
  return true;
}

void LabelPlaces::take(const Rect& r, const char* what, const OwnLine* own, bool led) {
  ui_.p.note(r, what);
  if (own != nullptr && !led) ui_.p.note_words(r, what, own->a, own->b);
  taken_.push_back(ui_.p.to_window(r).grown(3));
}

void draw_slow_ways(Ui& ui, LabelPlaces& places) {
  constexpr float kHigh = 26, kAside = 11;
  Painter& p = ui.p;
  const StageView& view = places.view();
  const TextStyle style{.em = 17, .color = ui.c.primary, .bold = true, .align = Align::Middle};
  for (const StageWay& way : view.ways) {
    // The two directions of a pair share one lane, so their latency is shown once.
    if (!way.drawn() || !way.slow || way.latency_us <= 0 ||
        (way.a > way.b && view.way_of.contains(StageView::way_key(way.b, way.a))))
      continue;
    const std::string words = seconds_text(way.latency_us * 1000) + " ms";
    const float w = p.width(words, style) + 18;
    std::vector<Rect> alone, shared;  // where no other line runs, and elsewhere
    for (std::size_t i = way.route.size() - 1; i > 0; --i) {
      const Point from = way.route[i - 1], to = way.route[i];
      for (const float part : {.5f, .3f, .7f}) {
        const Point at{from.x + (to.x - from.x) * part, from.y + (to.y - from.y) * part};
        std::vector<Rect>& tries = is_shared(view, way, at) ? shared : alone;
        if (from.x == to.x) {
          tries.push_back({at.x + kAside, at.y - kHigh / 2, w, kHigh});
          tries.push_back({at.x - kAside - w, at.y - kHigh / 2, w, kHigh});
        } else {
          tries.push_back({at.x - w / 2, at.y - kAside - kHigh, w, kHigh});
          tries.push_back({at.x - w / 2, at.y + kAside, w, kHigh});
        }
      }
    }
    const OwnLine own{way.a, way.b, 8};
    std::optional<Rect> place = places.best(alone, own);
    if (!place) place = places.best(shared, own);
    if (!place) continue;
    p.fill(*place, ui.c.canvas, kHigh / 2);
    p.stroke(*place, ui.c.strong, 1.5f, kHigh / 2);
    p.text(place->cx(), place->cy() + style.em * .36f, words, style);
    places.take(*place, "latency label", &own);
  }
}

float seconds_ago(const Ui& ui, std::int64_t us) {
  const std::int64_t rate = ui.time.passing_ppm();
  const double speed = rate > 0 ? static_cast<double>(rate) / 1e6 : 1;
  return static_cast<float>(static_cast<double>(ui.world.time_us - us) / 1e6 / speed);
}

float seconds_since_loss(const Ui& ui, std::int64_t us) {
  constexpr std::size_t kMany = 256;  // more than are ever shown
  auto& losses = ui.st.losses;
  if (losses.size() > kMany) losses.clear();
  const std::int64_t now = ui.world.time_us;
  const auto [loss, fresh] = losses.try_emplace(us, Aged{seconds_ago(ui, us), now});
  Aged& aged = loss->second;
  if (!fresh) aged.seconds = now < aged.at_us ? seconds_ago(ui, us) : aged.seconds + seconds_ago(ui, aged.at_us);
  aged.at_us = now;
  return aged.seconds;
}

std::vector<LostHere> lost_here(const Ui& ui, const std::function<std::optional<Point>(const LostMessage&)>& where) {
  constexpr float kShown = 1.5f;  // seconds for the viewer
  constexpr std::size_t kMost = 4;
  struct Kind {
    std::string name;
    int count, records;
  };
  std::vector<LostHere> places;
  std::vector<std::vector<Kind>> kinds;
  for (const LostMessage& lost : ui.world.lost) {
    if (hidden_by(ui.lesson.view.hide, lost.family, lost.api) ||
        (ui.time.playing && seconds_since_loss(ui, lost.lost_us) > kShown))
      continue;
    const std::optional<Point> at = where(lost);
    if (!at) continue;
    std::size_t i = 0;
    while (i < places.size() && std::hypot(places[i].at.x - at->x, places[i].at.y - at->y) > 2) ++i;
    if (i == kMost) continue;
    if (i == places.size()) places.push_back({*at, lost.from, lost.to, {}}), kinds.emplace_back();
    const std::string name = lost.response ? ui.tr("ui.response_of"_w, {{"api", lost.api}}) : lost.api;
    const auto known = std::find_if(kinds[i].begin(), kinds[i].end(), [&](const Kind& k) { return k.name == name; });
    if (known == kinds[i].end()) kinds[i].push_back({name, 1, lost.records});
    else ++known->count, known->records += lost.records;
  }
  for (std::size_t i = 0; i < places.size(); ++i)
    for (const Kind& kind : kinds[i]) {
      if (!places[i].what.empty()) places[i].what += ", ";
      if (kind.count > 1) places[i].what += std::to_string(kind.count) + " × ";
      places[i].what += kind.name;
      if (kind.records > kind.count)
        places[i].what += ", " + ui.tr("ui.records"_w, {{"count", count_text(kind.records)}});
    }
  return places;
}

void draw_lost_messages(Ui& ui, LabelPlaces& places) {
  constexpr float kCross = 8, kHigh = 26;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const StageView& view = places.view();
  const auto lost = lost_here(ui, [&](const LostMessage& l) -> std::optional<Point> {
    bool reversed = false;
    const int way = view.way_between(l.from, l.to, reversed);
    if (way < 0) return std::nullopt;
    return along(view.ways[static_cast<std::size_t>(way)].route, reversed ? 1 - l.fraction : l.fraction);
  });
  for (const LostHere& here : lost) {
    p.circle(here.at.x, here.at.y, kCross + 3, c.canvas);
    p.cross(here.at.x, here.at.y, kCross, c.danger, 3.5f);
    places.take(Rect{here.at.x, here.at.y, 0, 0}.grown(kCross), "lost message");
  }
  for (const LostHere& here : lost) {
    const OwnLine own{.a = view.stands_for(here.from), .b = view.stands_for(here.to), .must = true};
    const std::string whole = ui.tr("ui.message_lost"_w, {{"what", here.what}});
    for (const float em : {17.f, 13.f}) {
      const TextStyle style{.em = em, .color = c.danger, .bold = true, .align = Align::Middle};
      const float w = p.width(whole, style) + 16, h = em > 15 ? kHigh : 20;
      const std::optional<Rect> place = places.beside(here.at, w, h, own, kCross + 4);
      if (!place) continue;
      const bool led = places.lead(*place, here.at, own, kCross + 4, c.danger);
      p.fill(*place, c.danger_fill, 4);
      p.stroke(*place, c.danger, 1.5f, 4);
      p.text(place->cx(), place->cy() + p.em(em) * .36f, whole, style);
      places.take(*place, "lost label", &own, led);
      break;
    }
  }
}

}  // namespace kafkascope::ui
