#include "ui/panels/two_worlds.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "ui/panels/ledger_view.h"
#include "ui/panels/menu_items.h"
#include "ui/panels/panels.h"
#include "ui/panels/presenter_places.h"
#include "ui/panels/two_worlds_parting.h"
#include "ui/panels/world_differences.h"
#include "ui/shorten.h"
#include "ui/stage/cards.h"
#include "ui/stage/overlay.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

float head_line(float text) { return text * 2.3f; }

struct Verdict {
  std::string words;
  bool bad = false;
  std::string end = {};  // what it comes to; empty: not known, or nothing else
  bool end_bad = false;
};

Verdict verdict_of(const Ui& ui, const Snapshot& world) {
  const std::int64_t lost = world.ledger.all.lost_acked;
  if (has_unasked(world))
    return {lost == 0 ? std::string(ui.tr("ui.twin_no_sent_lost"_w))
                      : ui.tr("ui.twin_sent_lost"_w, {{"count", count_text(lost)}}),
            lost != 0};
  if (lost == 0) return {ui.tr("ui.twin_none_lost"_w), false};
  if (lost == 1) return {ui.tr("ui.twin_lost_one"_w), true};
  return {ui.tr("ui.twin_lost"_w, {{"count", count_text(lost)}}), true};
}

/// What both worlds come to, if one of them has something else to lose.
void add_end(const Ui& ui, const Snapshot& world, Verdict& verdict) {
  const Twin& t = ui.lesson.twin;
  if (t.world == nullptr || t.end_lost_here < 0 ||
      (t.end_lost_here == ui.world.ledger.all.lost_acked && t.end_lost_there == t.world->ledger.all.lost_acked))
    return;
  const std::int64_t lost = &world == &ui.world ? t.end_lost_here : t.end_lost_there;
  verdict.end = ui.tr("ui.twin_at_end"_w, {{"count", count_text(lost)}});
  verdict.end_bad = lost > 0;
}

float verdict_width(const Ui& ui, const Verdict& verdict, float text) {
  const TextStyle style{.em = text, .bold = true};
  return ui.p.width(verdict.words, style) + (verdict.end.empty() ? 0 : text + ui.p.width(verdict.end, style));
}

/// Whether name and verdict fit in one line.
bool fits(Ui& ui, const Rect& r, const std::string& name, const Verdict& verdict, float text) {
  return ui.p.width(name, {.em = text * 1.15f, .bold = true}) + verdict_width(ui, verdict, text) + text * 6.5f < r.w;
}

/// Whether both worlds' names and verdicts fit in one line each. What they come to takes no second line from the stages:
/// where it does not fit beside the present verdicts it stands alone, or, if records are lost already, is left out.
bool in_one_line(Ui& ui, const std::array<Rect, 2>& halves, const std::string (&names)[2], Verdict (&verdicts)[2],
                 float text) {
  const auto fit = [&](const Verdict(&those)[2]) {
    return fits(ui, halves[0], names[0], those[0], text) && fits(ui, halves[1], names[1], those[1], text);
  };
  if (fit(verdicts)) return true;
  const Verdict now[2] = {{verdicts[0].words, verdicts[0].bad}, {verdicts[1].words, verdicts[1].bad}},
                end[2] = {{verdicts[0].end, verdicts[0].end_bad}, {verdicts[1].end, verdicts[1].end_bad}};
  if (!fit(now)) return false;
  const bool alone = !now[0].bad && !now[1].bad && !end[0].words.empty() && !end[1].words.empty() && fit(end);
  for (const int i : {0, 1}) verdicts[i] = alone ? end[i] : now[i];
  return true;
}

/// The two lines of a world's name that is a sentence: without its middle it may say the opposite. Empty: it fits in one
/// line, or needs more than two.
std::vector<std::string> two_lines(const Ui& ui, const std::string& name, const TextStyle& title) {
  if (ui.p.width(name, title) <= title.max) return {};
  std::vector<std::string> lines = ui.p.wrap(name, title.max, title);
  return lines.size() == 2 ? lines : std::vector<std::string>{};
}

void draw_head(Ui& ui, const Rect& r, bool twin, const std::string& name, const Verdict& verdict, float text) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.panel);
  p.line(r.x, r.bottom(), r.right(), r.bottom(), c.hair);
  const float line = head_line(text), radius = text * .82f, pad = text * .8f;
  Column lines{r.padded(pad)};
  Row first{lines.next(line), pad};
  const Rect disc = first.left(2 * radius);
  draw_world_disc(ui, disc.cx(), disc.cy(), radius, twin);
  TextStyle told{.em = text, .color = verdict.bad ? c.danger : c.ok, .bold = true};
  const Icon sign = verdict.bad ? Icon::Warn : Icon::Check;
  const bool below = !verdict.words.empty() && r.h > line * 1.3f;
  TextStyle title{.em = text * 1.15f, .bold = true, .max = first.rest.w, .foreign = true};
  // A long name gets smaller before it is cut.
  const auto shrink = [&] {
    if (const float wanted = p.width(name, title); wanted > title.max)
      title.em = std::max(13.f, title.em * std::max(.85f, title.max / wanted * .98f));
  };
  std::vector<std::string> sentence;
  if (below) shrink(), sentence = two_lines(ui, name, title);
  if (below) {
    lines.skip(text * (sentence.empty() ? -.35f : .12f));
    Row second{lines.next({text, text * .9f}), text * .3f};
    second.skip(2 * radius + pad);
    second.shorten(-text * .5f);
    p.icon(sign, second.left(text), told.color, 2);
    const float w = verdict_width(ui, verdict, text);
    if (w > second.rest.w && least_text(ui) == 0) told.em *= second.rest.w / w * .97f;
    // In front of people what the world comes to is left out where it would be too small.
    const bool both = w <= second.rest.w || least_text(ui) == 0;
    second.gap = text;
    p.text(second, verdict.words, told);
    told.color = verdict.end_bad ? c.danger : c.ok;
    if (both) p.text(second, verdict.end, told);
  } else if (!verdict.words.empty()) {
    told.align = Align::Right;
    first.gap = text;
    told.color = verdict.end_bad ? c.danger : c.ok;
    if (!verdict.end.empty()) p.text(first, verdict.end, told);
    told.color = verdict.bad ? c.danger : c.ok;
    first.gap = text * .3f;
    p.text(first, verdict.words, told);
    first.gap = text * .6f;
    p.icon(sign, first.right(text), told.color, 2);
  }
  const Rect zone = first.rest;
  title.max = zone.w;
  if (!below) shrink();
  if (!sentence.empty()) {
    Column two{zone};
    for (const std::string& words : sentence) p.text(two.next({title.em * 1.15f, title.em * .92f}), words, title);
    return;
  }
  // The worlds' names differ at their end, for example in a changed value, so a name that is still too long loses its
  // middle.
  p.text(zone, lose_middle(name, title.max, [&](std::string_view s) { return p.width(s, title); }), title);
  if (p.width(name, title) <= title.max) return;  // the pointer shows a long name in full
  if (ui.hit(make_id("world name", twin ? 1 : 0), zone).hovered && ui.may_tip())
    ui.st.tip = {p.to_window(zone), name, {}, {}};
}

/// Frames each object that differs, with the sign ≠; the hover card shows the difference.
void light(Ui& ui, const WorldBeside& other, const std::vector<Rect>& at, float text, const PresenterSizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  for (std::size_t i = 0; i < at.size() && i < ui.world.nodes.size(); ++i) {
    const Rect r = at[i];
    const std::optional<DifferenceSign> sign = difference_sign(ui, static_cast<int>(i), r, s);
    if (!sign) continue;
    const auto& [spot, radius, small, quiet] = *sign;
    const float stroke = s.stroke;
    // On the small cards of many brokers a thin frame and a dot.
    if (!quiet)
      p.stroke(small ? r : r.grown(stroke * 1.5f), c.difference, small ? stroke * 1.4f : stroke * 2, small ? 4 : 9);
    p.circle(spot.x, spot.y, radius, small ? c.difference : c.caution_fill);
    if (!small) p.circle_line(spot.x, spot.y, radius, c.difference, 1.6f);
    if (!small) p.equal_sign(spot.x, spot.y, c.difference, true);
    p.note(sign->around(), quiet ? "number differs" : "differs");
    const float reach = std::max(radius * 1.3f, text * .5f);
    const Rect zone{spot.x - reach, spot.y - reach, reach * 2, reach * 2};
    const Hit hit = ui.hit(make_id("differs", i), zone);
    if (!hit.hovered || !ui.may_tip()) continue;
    Tip tip{p.to_window(zone), ui.world.nodes[i].name, {}, {}};
    tip.facts.emplace_back(ui.tr(quiet ? "ui.twin_only_numbers"_w : "ui.twin_framed"_w), std::string());
    for (const WorldDifference& d : node_differences(ui, other, ui.world.nodes[i]))
      if (tip.facts.size() < 7)
        tip.facts.emplace_back(ui.pick(d.what), ui.tr("ui.twin_differs"_w, {{"here", d.here}, {"there", d.there}}));
    ui.st.tip = std::move(tip);
  }
}

/// The clients in the order in which the comparison shows them: the one whose setting was changed, then those that
/// differ, then those that the words name, then those of which numbers differ, the largest difference first.
std::vector<int> clients_first(const Ui& ui, const WorldBeside* other) {
  const Twin& t = ui.lesson.twin;
  std::vector<std::pair<int, int>> told;  // weight, node
  for (const Client& client : ui.world.clients) {
    if (client.node < 0) continue;
    const Node& node = ui.world.nodes[static_cast<std::size_t>(client.node)];
    const std::string name = node.name + " ";
    if (t.dial.starts_with(name) || t.here.en.starts_with(name) || t.there.en.starts_with(name)) {
      told.emplace_back(-2 * kLoudWeight, client.node);
      continue;
    }
    const std::vector<WorldDifference> differs =
        other == nullptr ? std::vector<WorldDifference>{} : node_differences(ui, *other, node, true);
    if (!differs.empty() && !differs.back().quiet) told.emplace_back(-kLoudWeight, client.node);
    else if (is_named(ui, node.name)) told.emplace_back(1 - kLoudWeight, client.node);
    else if (!differs.empty()) told.emplace_back(-reading_weight(ui.world, *other, client), client.node);
  }
  std::stable_sort(told.begin(), told.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<int> nodes;
  for (const auto& [weight, node] : told) nodes.push_back(node);
  return nodes;
}

void draw_world(Ui& ui, const Rect& r, const Snapshot* other, float text) {
  Painter& p = ui.p;
  PresenterSizes s = presenter_sizes(r.w, text / .0262f);
  s.stroke = std::max({1.4f, text * .11f, p.least_line});
  s.side_by_side = true;
  s.narrow = true;
  s.gap = text * .9f;
  s.margin = text * .8f;
  std::optional<WorldBeside> beside;
  if (other != nullptr) beside.emplace(ui.world, *other);
  if (beside) s.differs = replica_weights(ui.world, *beside), s.other = &*beside;
  p.list()->PushClipRect({r.x * p.scale(), r.y * p.scale()}, {r.right() * p.scale(), r.bottom() * p.scale()}, true);
  p.push(r.x, r.y, 1);
  const std::vector<Rect> at = draw_presenter_stage(ui, {0, 0, r.w, r.h}, s, clients_first(ui, s.other));
  if (beside) light(ui, *beside, at, text, s);
  p.pop();
  p.list()->PopClipRect();
}

/// The values below their ticks, as many as have room; those of the two worlds come first.
template <typename Place>
void draw_stop_names(Ui& ui, const Rect& r, float text, const Place& px) {
  Painter& p = ui.p;
  const Twin& t = ui.lesson.twin;
  const int n = static_cast<int>(t.stops.size());
  std::vector<int> order{t.stop};
  if (t.own_stop >= 0 && t.own_stop != t.stop) order.push_back(t.own_stop);
  for (int i = 0; i < n; ++i)
    if (i != t.stop && i != t.own_stop) order.push_back(i);
  const TextStyle style{
      .em = std::max({11.f, text * .62f, least_text(ui)}), .color = ui.c.secondary, .align = Align::Middle};
  std::vector<Rect> taken;
  for (const int i : order) {
    if (i < 0 || i >= n) continue;
    const std::string& name = t.stops[static_cast<std::size_t>(i)];
    const Rect place = Rect{px(i), r.y, 0, r.h}.grown(p.width(name, style) / 2 + style.em / 3);
    const auto meets = [&](const Rect& o) { return o.x < place.right() && place.x < o.right(); };
    if (std::any_of(taken.begin(), taken.end(), meets)) continue;
    taken.push_back(place);
    p.text(px(i), r.y + style.em, name, style);
  }
}

/// The dial of the setting that differs: its values, one of which can be dragged to.
void draw_dial(Ui& ui, const Rect& r, float text) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Twin& t = ui.lesson.twin;
  const int n = static_cast<int>(t.stops.size());
  // In front of people the values have a line of their own below the rest.
  const bool in_front = least_text(ui) > 0;
  const auto [upper, lower] = in_column(r, {weight(), fixed(in_front ? text * .95f : 0)});
  Row row{upper, text};
  p.text(row, t.dial, {.em = text, .bold = true, .max = r.w * .4f, .foreign = true});
  const TextStyle large{.em = text * 1.15f, .bold = true, .align = Align::Right, .foreign = true};
  const std::string value = t.stops[static_cast<std::size_t>(std::clamp(t.stop, 0, n - 1))];
  p.text(row.right(std::max(text * 4, p.width(value, large) + text)), value, large);
  row.skip(text * .8f);
  Rect track = row.rest;
  track.w = std::max(40.f, track.w);
  const float m = track.cy();
  const auto px = [&](int i) {
    return n < 2 ? track.cx() : track.x + track.w * static_cast<float>(i) / static_cast<float>(n - 1);
  };
  const Rect groove = track.middle(6), tick = track.middle(text * .7f);
  p.fill(groove, c.field, 3);
  if (!c.dark) p.stroke(groove, c.mid, 1, 3);
  for (int i = 0; i < n; ++i) p.line(px(i), tick.y, px(i), tick.bottom(), c.strong, 1.4f);
  const Rect below = in_column(track, {weight(.5f), fixed(text), weight(.5f)})[2];
  draw_stop_names(ui, in_front ? Rect{track.x, lower.y, track.w, lower.h} : below, text, px);
  if (t.own_stop >= 0) {
    p.circle(px(t.own_stop), m, text * .5f, c.panel);
    p.circle_line(px(t.own_stop), m, text * .5f, c.primary, 1.8f);
  }
  const Hit hit = ui.drag(make_id("dial"), track.grown(text * .7f));
  p.circle(px(t.stop), m, text * (hit.hovered || hit.held || in_front ? .72f : .62f), c.accent);
  p.text(Rect{px(t.stop), m, 0, 0}, "B",
         {.em = std::max({12.f, text * .72f, least_text(ui)}),
          .color = c.accent_ink,
          .bold = true,
          .align = Align::Middle});
  p.note(track, "dial");
  if (!hit.held && !hit.clicked) return;
  const Rect window = p.to_window(track);
  const float at = std::clamp((ui.in.x - window.x) / window.w, 0.f, 1.f) * static_cast<float>(n - 1);
  const int stop = static_cast<int>(std::lround(at));
  if (stop == t.stop) return;
  Action a;
  a.kind = ActionKind::TurnTwin;
  a.number = stop;
  ui.emit(std::move(a));
}

/// Whether a side of the stage has several clients, of which a low world shows only one.
bool hides_clients(const Snapshot& world) {
  for (const StagePlace side : {StagePlace::Left, StagePlace::Right}) {
    int clients = 0;
    for (int i = 0; i < static_cast<int>(world.nodes.size()); ++i) clients += stage_place(world, i) == side ? 1 : 0;
    if (clients > 1) return true;
  }
  return false;
}

}  // namespace

Ui second_world(Ui& ui) {
  Ui second{ui.p,   ui.c, ui.hits, ui.in,   ui.st, *ui.lesson.twin.world, ui.lesson, ui.time, ui.log,
            ui.out, ui.w, ui.h,    ui.wall, ui.dt};
  second.salt = make_id("twin");
  return second;
}

Ui world_of(Ui& ui, const std::string& what) {
  return ui.clicked_there(what) && ui.lesson.twin.world != nullptr ? second_world(ui) : ui;
}

bool is_b(const Ui& ui) { return ui.lesson.twin.shown_is_b == (ui.salt == 0); }

float least_text(const Ui& ui) {
  return ui.st.layout == Layout::Presenter ? presenter_sizes(ui.w, ui.h).text * .97f : 0;
}

void draw_world_disc(Ui& ui, float x, float y, float radius, bool twin) {
  Painter& p = ui.p;
  if (twin) p.circle(x, y, radius, p.c.primary);
  else p.circle_line(x, y, radius, p.c.primary, std::max(1.6f, radius * .14f));
  p.text(Rect{x, y, 0, 0}, twin ? "B" : "A",
         {.em = std::max(radius * 1.1f, least_text(ui)),
          .color = twin ? p.c.canvas : p.c.primary,
          .bold = true,
          .align = Align::Middle});
}

std::string faults_text(const Ui& ui, const std::vector<const TimeMark*>& faults) {
  constexpr std::size_t kMost = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(faults.size(), kMost); ++i) text += ui.pick(faults[i]->label) + " · ";
  if (faults.size() > kMost)
    text += ui.tr("ui.more_replicas"_w, {{"count", std::to_string(faults.size() - kMost)}}) + " · ";
  return text + ui.tr("ui.twin_without"_w);
}

void open_without(Ui& ui, const std::vector<const TimeMark*>& faults) {
  constexpr std::int64_t kNear = 2;  // µs between an act and the event that reports it
  const auto before = [](const TimeMark* a, const TimeMark* b) { return a->at_us < b->at_us; };
  const auto [first, last] = std::minmax_element(faults.begin(), faults.end(), before);
  const std::int64_t from = (*first)->at_us - kNear, to = (*last)->at_us + kNear;
  const std::vector<MenuItem> items = build_menu_of_faults(ui.lesson, from, to);
  if (items.size() > 1) {
    ui.st.menu = {true, ui.in.x, ui.in.y, kMenuOfFaults, {}, -1};
    ui.st.menu.from_us = from;
    ui.st.menu.to_us = to;
    return;
  }
  Action a;
  a.kind = ActionKind::OpenTwin;
  a.verb = "without";
  a.time_us = (*first)->at_us;
  ui.emit(items.empty() ? a : items.front().action);
}

float beside_button(Ui& ui, Id id, float right, float middle, const Action& open, const std::string& named) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Rect r{right - 34, middle - 14, 34, 28};
  const Hit hit = ui.hit(id, r);
  p.fill(r, hit.hovered ? c.accent_fill : c.field, 6);
  p.stroke(r, hit.hovered ? c.accent : c.mid, 1, 6);
  // The icon: two frames side by side, A and B, the second one filled.
  Row frames{r.padded(7)};
  p.stroke(frames.left(8.5f).middle(12), hit.hovered ? c.primary : c.secondary, 1.4f, 2);
  p.fill(frames.right(9).middle(13), hit.hovered ? c.primary : c.secondary, 2);
  p.note(r, "beside");
  const bool in_list = ui.st.variants_open || ui.st.runs_open;
  if (in_list && hit.hovered && ui.may_tip(true))
    ui.st.tip = {p.to_window(r), ui.tr("ui.twin_tip"_w), {}, ui.tr("ui.beside_by_key"_w)};
  else if (!ui.lesson.twin.open)
    explain(ui, r, hit,
            named.empty() ? ui.tr("ui.twin_tip"_w)
                          : ui.tr("ui.twin_tip_of"_w, {{"world", named}}));  // else it would cover both worlds
  if (hit.clicked) {
    ui.st.variants_open = ui.st.runs_open = false;
    ui.emit(open);
  }
  return r.w + 8;
}

Action opens_setting(const Ui& ui, const std::string& key) {
  Action open;
  open.kind = ActionKind::OpenTwin;
  open.verb = "setting";
  open.target = ui.world.inspected.what;
  open.text = key;
  return open;
}

namespace {
/// A setting beside its value, and the button that opens a second world with another value.
void setting_row(Ui& ui, Column& in, Id id, const std::string& key, const std::string& value) {
  Row row{in.next(30), 10};
  if (ui.p.in_sight(row.rest) && ui.salt == 0)  // a further world opens beside the shown one
    row.shorten(beside_button(ui, id, row.rest.right(), row.rest.cy(), opens_setting(ui, key)));
  ui.p.text(row.rest, key, {.em = 15, .color = ui.c.secondary, .mono = true, .foreign = true});
  ui.p.text(row.rest, value, {.em = 15, .bold = true, .mono = true, .align = Align::Right, .foreign = true});
  in.skip(4);
}
}  // namespace

void acks_row(Ui& ui, Column& in) {
  const auto& config = ui.world.inspected.config;
  const auto acks = std::find_if(config.begin(), config.end(), [](const ConfigEntry& e) { return e.key == "acks"; });
  if (acks != config.end()) setting_row(ui, in, make_id("acks beside"), acks->key, acks->value);
}

void rate_row(Ui& ui, Column& in) {
  const int node = ui.node_of(ui.world.inspected.what);
  for (const Client& client : ui.world.clients)
    if (client.node == node && client.rate_per_s > 0 &&
        ui.world.nodes[static_cast<std::size_t>(node)].kind == observe::NodeKind::Producer) {
      setting_row(ui, in, make_id("rate beside"), "rate", std::to_string(client.rate_per_s) + "/s");
      in.skip(10);  // the button of the next setting may stand beside its name
    }
}

void draw_two_worlds(Ui& ui, const Rect& r, float text) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Twin& t = ui.lesson.twin;
  p.fill(r, c.canvas);
  ui.hit(make_id("stage"), r);
  p.push_box(r, "two worlds");
  // Below both worlds: the setting that can be dragged, and the first difference.
  const float row = text * 2.5f;
  const bool dial = !t.dial.empty() && t.stops.size() > 1, wide = r.w > text * 90;
  const float pad = text * .8f, width = r.w - 2 * pad;
  const float rows = !dial ? row : wide ? text * 3 : row * 2;  // the names of a dial's stops are below its row
  // In front of people it gives way to the table of beliefs.
  const bool tells_also = !t.also.empty() && (ui.st.layout != Layout::Presenter || ui.st.beliefs_of.empty());
  const std::vector<std::string> also =
      !tells_also ? std::vector<std::string>{} : p.wrap(ui.pick(t.also), width - text * 1.4f, {.em = text});
  const float also_h = also.empty() ? 0 : text * (kPartedLine * static_cast<float>(also.size()) + .45f);
  // The words of both worlds get rows of their own where they would be cut, if the worlds have room to spare.
  const bool low = dial && !wide;  // the dial has a row of its own, too
  // In front of people a question, of several clients, needs all of their cards.
  const bool asks = ui.st.layout == Layout::Presenter && question_stands(ui);
  const float spare = r.h - rows - also_h, least = text * (low ? 23.f : asks ? 21.5f : 18.5f);
  // Where a world has more clients than room for one, the number of the others stands below it.
  const float others = hides_clients(ui.world) ? 1.2f : 0;
  const float one_row = spare > text * (low ? 24.f : asks ? 23.4f : 17.5f + others) ? text * 1.9f : 0;
  float words_h = 0;
  if (t.parted && parted_width(ui, text) > parting_room(ui, r.w, dial && wide, text)) {
    words_h = parted_height(ui, text, width);
    if (words_h > one_row && spare - words_h < least) words_h = one_row;
  }
  const float foot = rows + words_h + also_h;
  const Rect body{r.x, r.y, r.w, r.h - foot};
  const bool tall = body.h > body.w * 1.05f;
  const float gap = 8;
  const auto halves = tall ? in_column(body, {weight(), weight()}, gap) : in_row(body, {weight(), weight()}, gap);
  const Snapshot* worlds[2] = {&ui.world, t.world.get()};
  std::string names[2] = {ui.pick(t.here), ui.pick(t.there)};
  if (t.shown_is_b) std::swap(worlds[0], worlds[1]), std::swap(names[0], names[1]);
  Verdict verdicts[2];
  for (int i = 0; i < 2; ++i)
    if (worlds[i] != nullptr) verdicts[i] = verdict_of(ui, *worlds[i]), add_end(ui, *worlds[i], verdicts[i]);
  const bool one_line = in_one_line(ui, halves, names, verdicts, text);
  // Unused room allows larger type.
  const float drawn = std::clamp(std::min(halves[0].w / 37, halves[0].h / 26), text, text * 1.4f);
  const float head = head_line(text) * (one_line ? 1 : 1.6f);
  for (int i = 0; i < 2; ++i) {
    const auto [top, stage] = in_column(halves[i], {fixed(head), weight()});
    draw_head(ui, top, i == 1, names[i], verdicts[i], text);
    if (worlds[i] == &ui.world) {
      update_hot_changes(ui);
      draw_world(ui, stage, t.ready ? t.world.get() : nullptr, drawn);
      continue;
    }
    if (t.world != nullptr) {
      // The same picture for the other world, with regions and leader changes of its own.
      Ui twin = second_world(ui);
      std::swap(ui.st.hot, ui.st.twin_hot);
      std::swap(ui.st.cooled, ui.st.twin_cooled);
      update_hot_changes(twin);
      if (!t.ready) p.alpha = .5f, p.text_alpha = .6f;
      draw_world(twin, stage, t.ready ? &ui.world : nullptr, drawn);
      p.alpha = p.text_alpha = 1;
      std::swap(ui.st.hot, ui.st.twin_hot);
      std::swap(ui.st.cooled, ui.st.twin_cooled);
    }
    if (t.ready) continue;
    const std::string words =
        ui.tr("ui.twin_computing"_w, {{"percent", std::to_string(static_cast<int>(t.progress * 100))}});
    Column in{stage};
    p.fill(Row{Column{in}.next(4)}.left(stage.w * static_cast<float>(t.progress)), c.accent);
    in.skip(text);
    const Rect plate = in.next(text * 2.4f),
               card = plate.middle(p.width(words, {.em = text, .bold = true}) + text * 2, plate.h);
    p.layer = 2;
    shadow_card(p, card, c.raised, c.mid, 1, 6);
    p.text(card, words, {.em = text, .bold = true, .align = Align::Middle});
    p.layer = 0;
    p.note(card, "computing");
  }
  p.fill(tall ? body.middle(gap) : body.middle(gap, body.h), c.mid);
  const Rect bar{r.x, body.bottom(), r.w, foot};
  p.fill(bar, c.panel);
  p.line(bar.x, bar.y, bar.right(), bar.y, c.hair);
  const std::string close = ui.tr("ui.twin_close"_w);
  Column in{bar.padded(pad)};
  Row first{in.next(row), pad};
  const Rect button = first.right(p.width(close, {.em = text}) + text * 5.2f).middle(row * .76f),
             label = button.padded(text * .8f);
  const Hit hit = ui.hit(make_id("close twin"), button);
  p.fill(button, hit.hovered ? c.hover : c.field, 6);
  p.text(label, close, {.em = text});
  p.text(label, "Esc", {.em = text, .color = c.muted, .mono = true, .align = Align::Right});
  if (hit.clicked) ui.emit(ActionKind::CloseTwin);
  Rect parting = first.rest;
  if (dial && wide) {
    const auto [setting, between, difference] = in_row(first.rest, {weight(.42f), weight(.04f), weight(.54f)});
    draw_dial(ui, setting, text);
    parting = difference;
  } else if (dial) {
    draw_dial(ui, first.rest, text);
    parting = in.next(row);
  }
  const Rect words = in.next(words_h);
  // After the text about other changes there is room for one world's words, below those of the other.
  in.skip(-text * .2f);
  const Rect lines = in.next(also_h);
  Row aside{words_h <= 0 && also.size() == 1 ? lines : Rect{}};
  if (!aside.rest.empty()) aside.skip(text * 2.6f + p.width(also[0], {.em = text}));
  draw_parting(ui, parting, text, words, aside.rest);
  if (!also.empty()) {
    Column told{lines.padded(0, text * .22f)};
    for (std::size_t i = 0; i < also.size(); ++i) {
      Row line{told.next({text * kPartedLine, text * (kPartedLine / 2 + .36f)}), text * .4f};
      const Rect sign = line.left(text).middle(text);
      if (i == 0) p.icon(Icon::Warn, sign, c.caution, 2);
      p.text(line.rest, also[i], {.em = text, .foreign = true});
    }
    p.note(lines, "also changed");
  }
  p.pop_box();
}

void draw_ledger_differences(Ui& ui, const Rect& r, float text) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Comparison& two = ui.lesson.comparison;
  if (!two.present || !two.ready) return;
  struct Number {
    std::string name;
    std::int64_t here, there;
    bool bad;
    std::string path;
  };
  std::vector<Number> numbers;
  for (const bool told : {true, false})
    for (const CompareRow& row : build_compare_rows(two, told, 12))
      numbers.push_back({ui.tr(name_of_count(ui, row.name)), row.original, row.changed, row.bad, row.path});
  std::stable_sort(numbers.begin(), numbers.end(), [](const Number& a, const Number& b) { return a.bad > b.bad; });
  if (ui.lesson.twin.ready)
    for (const MetricRow& row : metric_rows_of_both(ui, 12))
      numbers.push_back(
          {ui.pick(row.name), row.here, row.there, false, metric_path(row.mbean, row.path, ui.lesson.twin.metrics_of)});
  std::erase_if(numbers, [](const Number& n) { return n.here == n.there; });
  Row row{Column{r}.next(std::min(r.h, text * 2.4f)), text * .7f};
  if (numbers.empty()) {
    const Rect sign = row.left(16);
    p.equal_sign(sign.cx(), sign.cy(), c.muted, false);
    p.text(row, ui.tr("ui.twin_numbers_same"_w), {.em = text, .color = c.secondary});
    return;
  }
  const TextStyle plain{.em = text}, bold{.em = text, .bold = true};
  for (const Number& n : numbers) {
    const std::int64_t d = n.there - n.here;
    const std::string both_of = count_text(n.here) + " → " + count_text(n.there),
                      sign = (d > 0 ? "+" : "–") + count_text(std::llabs(d));
    const float w = p.width(n.name, plain) + p.width(both_of, bold) + p.width(sign, bold) + text * 2.6f;
    if (w > row.rest.w) continue;
    const bool worse = n.bad && d > 0;
    const Rect plate = row.left(w).middle(text * 2);
    p.fill(plate, worse ? c.danger_fill : c.caution_fill, 6);
    ask_about_difference(ui, make_id("compared plate " + n.name), plate, n.path, d);
    Row in{plate.padded(text * .7f), text * .6f};
    p.text(in, n.name, plain);
    p.text(in, both_of, bold);
    p.text(in, sign, {.em = text, .color = worse ? c.danger : c.primary, .bold = true});
  }
}

}  // namespace kafkascope::ui
