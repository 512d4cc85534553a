#include "ui/stage/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ui/panels/origin_card.h"
#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

bool means_node(const PointAt& point, const Node& node) {
  return point.path == "/clients/" + node.name || point.path == "/nodes/" + node.name;
}

namespace {
/// Whether the lesson points at that node.
bool pointed_at(const Ui& ui, int node) {
  if (node < 0 || node >= static_cast<int>(ui.world.nodes.size())) return false;
  const auto& points = ui.lesson.view.point;
  return std::any_of(points.begin(), points.end(), [&](const PointAt& point) {
    return means_node(point, ui.world.nodes[static_cast<std::size_t>(node)]);
  });
}
}  // namespace

HiddenKinds::HiddenKinds(const std::vector<std::string>& hide) {
  constexpr std::pair<std::string_view, Family> kKinds[] = {
      {"metadata", Family::Metadata},   {"control", Family::Control},        {"produce", Family::Produce},
      {"consume", Family::Consume},     {"replicate", Family::Replicate},    {"group", Family::Group},
      {"zookeeper", Family::ZooKeeper}, {"transaction", Family::Transaction}};
  for (const std::string& h : hide) {
    const auto* kind =
        std::find_if(std::begin(kKinds), std::end(kKinds), [&](const auto& known) { return known.first == h; });
    if (kind != std::end(kKinds)) families_ |= 1U << static_cast<unsigned>(kind->second);
    else if (h == "heartbeat") heartbeats_ = true;
    else apis_.emplace_back(h);
  }
}

bool is_heartbeat(std::string_view api) {
  return api.find("Heartbeat") != std::string_view::npos || api == "ZkPing" || api == "ZkQuorumPing";
}

bool HiddenKinds::hides(Family family, std::string_view api) const {
  if ((families_ >> static_cast<unsigned>(family) & 1U) != 0 || (heartbeats_ && is_heartbeat(api))) return true;
  return std::find(apis_.begin(), apis_.end(), api) != apis_.end();
}

bool hidden_by(const std::vector<std::string>& hide, Family family, std::string_view api) {
  return !hide.empty() && HiddenKinds(hide).hides(family, api);
}

std::string message_content(const Ui& ui, const Message& m) {
  std::string s;
  const auto add = [&](std::string_view part) {
    if (!s.empty()) s += ", ";
    s += part;
  };
  const bool fetch_request = !m.response && m.api == "Fetch";
  if (m.records > 0) add(ui.tr("ui.records"_w, {{"count", std::to_string(m.records)}}));
  if (m.most_bytes > 0 && m.records > 0)
    add(ui.tr("ui.bytes_of_limit"_w, {{"bytes", count_text(m.bytes)}, {"most", count_text(m.most_bytes)}}));
  if (m.offset >= 0 && m.error.empty()) {
    const std::string offset = std::to_string(m.offset);
    add(fetch_request ? ui.tr("ui.log_from"_w, {{"offset", offset}})
                      : ui.tr("event.offsets_one"_w, {{"offset", offset}}));
  }
  if (m.sequence >= 0)
    add(ui.tr("ui.carries_sequence"_w,
              {{"sequence", std::to_string(m.sequence)}, {"epoch", std::to_string(m.producer_epoch)}}));
  if (m.leader_epoch >= 0 && m.error.empty()) add("e" + std::to_string(m.leader_epoch));
  if (!m.carries.empty()) add(ui.pick(m.carries));
  const int told = std::max(1, static_cast<int>(m.writes.size()));  // partitions that the label names
  if (!s.empty() && m.partitions > told)
    add(ui.tr("ui.more_replicas"_w, {{"count", std::to_string(m.partitions - told)}}));
  return s;
}

namespace {
/// How the key of its record chose the partition, if the step tells it; nullptr: it does not.
const Words* key_choice(const Ui& ui, const Message& m) {
  for (const KeyOnTheWay& key : ui.lesson.view.keys)
    if (key.message == m.id) return &key.arithmetic;
  return nullptr;
}
}  // namespace

std::string message_name(const Ui& ui, const Message& m) {
  if (!m.about.empty()) return ui.pick(m.about);
  std::string s = m.api;
  if (!m.subject.empty()) s += " " + m.subject;
  const bool produced = m.family == Family::Produce && !m.response;
  const bool one_of_many = ui.world.partitions.size() > 1 && m.records == 0 && m.offset >= 0 && m.error.empty();
  const auto name = [&](int partition) -> const std::string& {
    return ui.world.partitions[static_cast<std::size_t>(partition)].name;
  };
  if (m.writes.size() > 1) {
    for (std::size_t i = 0; i < m.writes.size(); ++i) s += (i > 0 ? " + " : " ") + name(m.writes[i]);
  } else if (m.partition >= 0 && m.partition < static_cast<int>(ui.world.partitions.size()) &&
             (produced || one_of_many)) {
    s += ' ';
    s += name(m.partition);
  }
  if (const Words* choice = key_choice(ui, m)) s += ": " + ui.pick(*choice);
  return s;
}

std::string message_label(const Ui& ui, const Message& m) {
  std::string s = message_name(ui, m);
  if (!m.about.empty() || key_choice(ui, m) != nullptr) return s;
  if (const std::string content = message_content(ui, m); !content.empty())
    s += (m.subject.empty() && m.records == 0 && m.offset >= 0 && m.error.empty() ? " " : ", ") + content;
  return s;
}

bool is_bare(const Ui& ui, const Message& m) {
  const std::string s = message_label(ui, m);
  return s == m.api || (!m.carries.empty() && s == m.api + ", " + ui.pick(m.carries));
}

std::string bare_name(const Ui& ui, const Message& m) {
  return m.response ? ui.tr("ui.response_of"_w, {{"api", m.api}}) : m.api;
}

std::string wire_label(const Ui& ui, const Message& m) {
  const std::string s = message_label(ui, m);
  return is_bare(ui, m) ? bare_name(ui, m) + s.substr(m.api.size()) : s;
}

std::string error_words(const Ui& ui, const std::string& error, std::int64_t sequence) {
  return sequence < 0 ? error : error + ", " + ui.tr("ui.sequence_at"_w, {{"sequence", std::to_string(sequence)}});
}

namespace {
constexpr float kHeldHigh = .85f;  // of a bracket's distance from the middle
}

float held_fraction(const Route& route, float fraction, float half) {
  if (route.size() < 2) return fraction;
  constexpr float kFromCard = 2;
  // Above a card there may be its session's ring, and at the card's top edge nothing that brackets could cover.
  const auto least = [&](Point end, Point before) {
    return end.x == before.x && end.y > before.y ? 0 : half + kFromCard;
  };
  const float begin = least(route.front(), route[1]), end = least(route.back(), route.rbegin()[1]);
  const float length = route_length(route);
  if (length <= begin + end) return .5f;
  return std::clamp(fraction, begin / length, 1 - end / length);
}

void draw_held_brackets(Painter& p, const std::vector<Point>& at, float half, float width) {
  const float hook = half * .4f;
  std::vector<Rect> brackets;
  for (const Point& spot : at) {
    Rect all = Rect{spot.x, spot.y, 0, 0}.padded(-half, -half * kHeldHigh);
    for (auto other = brackets.begin(); other != brackets.end();)
      if (other->grown(width).overlaps(all)) {
        all = all.with(*other);
        brackets.erase(other);
        other = brackets.begin();  // it may have reached others
      } else {
        ++other;
      }
    brackets.push_back(all);
  }
  for (const Rect& r : brackets) {
    p.note(r.grown(width / 2), "held bracket");
    for (const auto& [x, in] : {std::pair{r.x, r.x + hook}, {r.right(), r.right() - hook}}) {
      p.line(x, r.y, x, r.bottom(), p.c.primary, width);
      for (const float y : {r.y, r.bottom()}) p.line(x, y, in, y, p.c.primary, width);
    }
  }
}

int draw_messages(Ui& ui, const StageView& view) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const bool many = ui.world.messages.size() > 400;
  const float radius = view.mode == StageMode::Trunks ? 6.f : 7.f;
  const Rect pointer_cell = p.to_window({0, 0, 1, 1});
  const float px = (ui.in.x - pointer_cell.x) / pointer_cell.w, py = (ui.in.y - pointer_cell.y) / pointer_cell.h;
  int hovered = -1;
  float best = 11 * 11;
  std::vector<Point> held;
  const HiddenKinds hidden(ui.lesson.view.hide);
  for (std::size_t i = 0; i < ui.world.messages.size(); ++i) {
    const Message& m = ui.world.messages[i];
    if (hidden.hides(m)) continue;
    // With reduced motion, no message is drawn rushing across the stage during a glide.
    if (ui.st.reduced_motion && ui.lesson.glide.active) continue;
    const Point at = view.point_of(m);
    if (at.x < -500) continue;
    if (ui.time.is_watched(m.id)) {
      p.circle(at.x, at.y, radius + 6, mix(c.family[static_cast<std::size_t>(m.family)], c.canvas, .3f));
      p.circle(at.x, at.y, radius + 3.5f, c.canvas);
    }
    if (many) {
      p.mark(m.family, at.x, at.y, radius, m.response, c.canvas, false);
    } else {
      const bool small = m.family == Family::Control || m.family == Family::Metadata;
      p.mark(m.family, at.x, at.y, small ? radius - 1 : radius, m.response, c.canvas);
    }
    if (m.held) held.push_back(at);
    p.note(Rect{at.x, at.y, 0, 0}.grown(radius), "bead");
    const float d = (at.x - px) * (at.x - px) + (at.y - py) * (at.y - py);
    if (d < best) best = d, hovered = static_cast<int>(i);
  }
  draw_held_brackets(p, held, kHeldHalf, 2);
  // While time runs, a lost message falls 24 px and fades within 400 ms for the viewer; draw_lost_messages says what it was.
  constexpr float kFalls = 24, kFades = .4f;
  for (const LostMessage& l : ui.world.lost) {
    const float age = seconds_since_loss(ui, l.lost_us);
    bool reversed = false;
    const int w = view.way_between(l.from, l.to, reversed);
    if (w < 0 || ui.st.reduced_motion || !ui.time.playing || age < 0 || age >= kFades ||
        hidden_by(ui.lesson.view.hide, l.family, l.api))
      continue;
    const Point at = along(view.ways[static_cast<std::size_t>(w)].route, reversed ? 1 - l.fraction : l.fraction);
    const float keep = p.alpha;
    p.alpha = keep * (1 - age / kFades);
    p.mark(l.family, at.x, at.y + kFalls * age / kFades, radius, l.response, c.canvas);
    p.alpha = keep;
  }
  return hovered;
}

namespace {
/// The longest horizontal part of a route.
std::pair<Point, Point> level_part(const Route& route) {
  std::pair<Point, Point> longest;
  for (std::size_t i = 1; i < route.size(); ++i)
    if (route[i - 1].y == route[i].y &&
        std::abs(route[i].x - route[i - 1].x) > std::abs(longest.second.x - longest.first.x))
      longest = {route[i - 1], route[i]};
  return longest;
}
}  // namespace

void draw_produce_rates(Ui& ui, LabelPlaces& places) {
  constexpr std::int64_t kWorthSaying = 15, kUncountable = 100;  // requests a second
  constexpr float kHigh = 20, kAside = 12;
  const StageView& view = places.view();
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const auto is_meant = [&](const ProduceRate& rate) {
    return ui.is_selected(ui.world.nodes[static_cast<std::size_t>(rate.from)].name) || pointed_at(ui, rate.from);
  };
  const auto produces = [](const Node& n) { return n.kind == NodeKind::Producer && !n.removed; };
  const bool several = std::count_if(ui.world.nodes.begin(), ui.world.nodes.end(), produces) > 1;
  std::vector<ProduceRate> rates = ui.world.produce_rates;  // there may not be room for all
  std::stable_partition(rates.begin(), rates.end(), is_meant);
  for (const ProduceRate& rate : rates) {
    const bool meant = is_meant(rate);
    if (rate.requests_per_s < (meant ? kWorthSaying : kUncountable) || (!meant && view.mode == StageMode::Trunks))
      continue;
    bool reversed = false;
    const int index = view.way_between(rate.from, rate.to, reversed);
    if (index < 0 || hidden_by(ui.lesson.view.hide, Family::Produce, "Produce")) continue;
    const Route& route = view.ways[static_cast<std::size_t>(index)].route;
    const auto [a, b] = level_part(route);
    const bool whole = rate.tenths_each >= 100 || rate.tenths_each % 10 == 0;
    const std::string requests = count_text(rate.requests_per_s),
                      records = whole ? count_text((rate.tenths_each + 5) / 10)
                                      : fmt::format("{}.{}", rate.tenths_each / 10, rate.tenths_each % 10);
    std::string s = ui.tr(rate.tenths_each == 10 ? "ui.requests_per_s_one"_w : "ui.requests_per_s"_w,
                          {{"requests", requests}, {"records", records}});
    if (several) s = ui.world.nodes[static_cast<std::size_t>(rate.from)].name + ": " + s;
    const float w = p.width(s, {.em = 13, .bold = true}) + 16;
    const float x = std::min(a.x, b.x) + 8, left = std::abs(b.x - a.x) < w + 16 ? x : (a.x + b.x - w) / 2;
    // Preferably where no message passes.
    std::vector<Rect> tries;
    for (const float y : {a.y - 32, a.y + 12, a.y - 26, a.y + 8})
      for (const float at : {left, x}) tries.push_back({at, y, w, kHigh});
    for (std::size_t i = 1; i < route.size(); ++i)
      if (const Point from = route[i - 1], to = route[i]; from.x == to.x)
        for (const float part : {.5f, .25f, .75f}) {
          const float y = from.y + (to.y - from.y) * part - kHigh / 2;
          tries.push_back({to.x + kAside, y, w, kHigh});
          tries.push_back({to.x - kAside - w, y, w, kHigh});
        }
    const OwnLine own{view.stands_for(rate.from), view.stands_for(rate.to), 8};
    const std::optional<Rect> box = places.best(tries, own);
    if (!box) continue;
    p.fill(*box, c.canvas, 4);
    p.stroke(*box, c.family[static_cast<std::size_t>(Family::Produce)], 1, 4);
    p.text(box->cx(), box->y + 14.6f, s, {.em = 13, .color = c.primary, .bold = true, .align = Align::Middle});
    places.take(*box, "produce rate", &own);
  }
}

std::vector<const Refused*> just_refused(const Ui& ui) {
  constexpr float kShown = 1.5f;  // seconds of the viewer
  std::vector<const Refused*> found;
  for (std::size_t i = 0; i < ui.world.refused.size(); ++i) {
    const Refused& r = ui.world.refused[i];
    const auto same = [&](const auto& o) { return o.to == r.to && o.error == r.error; };
    if (seconds_ago(ui, r.at_us) <= kShown && !hidden_by(ui.lesson.view.hide, r.family, r.api) &&
        std::none_of(ui.world.refused.begin(), ui.world.refused.begin() + static_cast<std::ptrdiff_t>(i), same) &&
        std::none_of(ui.world.messages.begin(), ui.world.messages.end(), same))
      found.push_back(&r);
  }
  return found;
}

void error_link(Ui& ui, const Rect& r, int to, const std::string& error) {
  const Hit hit = ui.hit(make_id("error " + error, static_cast<std::uint64_t>(to)), r);
  if (!hit.hovered) return;
  ui.p.stroke(r, ui.c.danger, 2, 4);
  const std::string& name = ui.world.nodes[static_cast<std::size_t>(to)].name;
  const auto gets_it = [&](const observe::Client& client) { return client.node == to; };
  if (std::any_of(ui.world.clients.begin(), ui.world.clients.end(), gets_it))
    ui.st.why_here.path = "/clients/" + name + "/errors";
  OriginOf of{OriginKind::Error, error, {}, ui.p.to_window(r)};
  if (hit.clicked) ui.select(name);
  if (!has_origin(of)) return;
  if (hit.clicked) ui.st.origin = of;
  ui.st.origin_here = std::move(of);
}

namespace {
void draw_refused(Ui& ui, LabelPlaces& places) {
  const StageView& view = places.view();
  Painter& p = ui.p;
  const Palette& c = ui.c;
  constexpr float kNear = 9;
  int shown = 0;
  for (const Refused* refused : just_refused(ui)) {
    if (shown == kMostRefused) break;
    const Refused& r = *refused;
    Message m;
    m.from = r.from, m.to = r.to, m.family = r.family, m.response = true, m.fraction = 1;
    const Point at = view.point_of(m);
    if (at.x < -500) continue;
    const TextStyle style{.em = 13, .color = c.danger, .mono = true};
    const std::string words = error_words(ui, r.error, r.sequence);
    const float w = p.width(words, style) + 30;
    bool reversed = false;
    const int way = view.way_between(r.from, r.to, reversed);
    const auto [a, b] =
        way < 0 ? std::pair<Point, Point>{at, at} : level_part(view.ways[static_cast<std::size_t>(way)].route);
    // At the place where the message arrived, or along its way.
    const OwnLine own{.a = view.stands_for(r.from), .b = view.stands_for(r.to), .must = true};
    const float mid = (a.x + b.x - w) / 2, x = std::min(a.x, b.x);
    std::optional<Rect> place = places.beside(at, w, 20, own);
    const bool near = place.has_value();
    if (!near)
      place = places.best({{mid, a.y + 9, w, 20},
                           {mid, a.y - 29, w, 20},
                           {x, a.y + 9, w, 20},
                           {x, a.y - 29, w, 20},
                           {x - w + 20, a.y + 9, w, 20},
                           {x, a.y + 30, w, 20}},
                          own);
    if (!place) continue;
    const Point on_way{std::clamp(place->cx(), std::min(a.x, b.x), std::max(a.x, b.x)), a.y};
    const bool led = places.lead(*place, near ? at : on_way, own, kNear, c.danger);
    p.fill(*place, c.canvas, 4);
    p.stroke(*place, c.danger, 1, 4);
    p.cross(place->x + 11, place->cy(), 4, c.danger, 2);
    p.text(place->x + 21, place->y + 14.6f, words, style);
    error_link(ui, *place, r.to, r.error);
    places.take(*place, "refusal", &own, led);
    ++shown;
  }
}

}  // namespace

bool stays_readable(const Ui& ui, const Message& m) {
  if (!ui.time.playing || m.arrives_us < 0 || m.lingers) return true;
  constexpr std::int64_t kReadable = 300'000;  // µs of the viewer
  const std::int64_t rate = ui.time.passing_ppm();
  return rate > 0 && (m.arrives_us - m.sent_us) * 1'000'000 / rate >= kReadable;
}

void draw_message_labels(Ui& ui, LabelPlaces& places, bool labels) {
  const StageView& view = places.view();
  constexpr std::size_t kFew = 4, kSome = 8, kMany = 16, kMost = 6, kMostInVain = 24;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  // The most important ones first: errors and those for which time is slow, then records (those of a client that the
  // lesson points at before the others), then the other numbers, then those of which only the kind is known.
  const auto meant = [&](const Message& m) { return pointed_at(ui, m.response ? m.to : m.from); };
  static thread_local std::vector<std::pair<int, const Message*>> order;
  order.clear();
  std::size_t seen = 0;
  const HiddenKinds hidden(ui.lesson.view.hide);
  for (const Message& m : ui.world.messages) {
    if (hidden.hides(m) || view.point_of(m).x < -500) continue;
    ++seen;
    const bool carries = m.family == Family::Produce                                    ? !m.response
                         : m.family == Family::Consume || m.family == Family::Replicate ? m.response && m.records > 0
                         : m.family == Family::Group || m.family == Family::Transaction ? !m.response
                                                                                        : false;
    if (!m.error.empty() || m.held || ui.time.is_watched(m.id)) order.emplace_back(0, &m);
    else if (carries || !m.about.empty()) order.emplace_back(carries && m.records > 0 && meant(m) ? 1 : 2, &m);
    else order.emplace_back(m.offset >= 0 || m.leader_epoch >= 0 ? 3 : 4, &m);
  }
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    if (a.first != b.first) return a.first < b.first;
    return a.first == 1 && a.second->records > b.second->records;
  });
  std::size_t labelled = 0, in_vain = 0;
  for (const auto& [rank, message] : order) {
    const Message& m = *message;
    const bool error = !m.error.empty(), watched = ui.time.is_watched(m.id);
    if (labelled >= kMost || in_vain >= kMostInVain) break;
    if (rank > 0 && !labels && (seen > (rank == 1 ? kMany : kFew) || !stays_readable(ui, m))) continue;
    if (rank > 2 && (seen > (rank == 3 ? kSome : kFew) || !stays_readable(ui, m))) continue;
    const Point at = view.point_of(m);
    std::string s = error ? error_words(ui, m.error, m.refused_sequence) : wire_label(ui, m);
    if (m.held) s = ui.tr("ui.st_held_label"_w, {{"message", s}});
    // The true time, because the playback is slowed down, or the message is drawn for longer.
    if ((watched || m.lingers) && m.arrives_us > m.sent_us)
      s += " · " + latency_text(m.arrives_us - m.sent_us, ui.st.lang);
    const TextStyle style{.em = 13,
                          .color = error    ? c.danger
                                   : m.held ? c.caution
                                            : c.primary,
                          .bold = m.held,
                          .mono = error};
    constexpr float kHeldGap = kHeldHalf + 1, kNear = 9;
    const OwnLine own{.a = view.stands_for(m.from), .b = view.stands_for(m.to), .must = error || m.held};
    const auto place_for = [&](const std::string& words) {
      const float w = p.width(words, style) + 12;
      return m.held ? places.beside(at, w, 20, own, kHeldGap) : places.beside(at, w, 20, own);
    };
    std::optional<Rect> place = place_for(s);
    if (!place && key_choice(ui, m) != nullptr) place = place_for(s = message_content(ui, m));
    if (!place && !m.held && !watched && !m.lingers && is_bare(ui, m)) place = place_for(s = bare_name(ui, m));
    if (!place) {
      ++in_vain;
      continue;
    }
    const Rect& r = *place;
    const Color edge = error ? c.danger : m.held ? c.caution : c.family[static_cast<std::size_t>(m.family)];
    const bool led = own.must && places.lead(r, at, own, m.held ? kHeldGap : kNear, edge);
    p.fill(r, error ? c.danger_fill : m.held ? c.caution_fill : c.canvas, 4);
    p.stroke(r, edge, 1, 4);
    p.text(r.x + 6, r.y + 14.6f, s, style);
    if (error) error_link(ui, r, m.to, m.error);
    places.take(r, "message label", &own, led);
    ++labelled;
  }
  draw_refused(ui, places);
}

}  // namespace kafkascope::ui
