#include "ui/panels/presenter_places.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "ui/panels/presenter_brokers.h"
#include "ui/panels/world_differences.h"
#include "ui/stage/cards.h"
#include "ui/stage/ensemble.h"
#include "ui/stage/messages.h"
#include "ui/stage/moved_nodes.h"

namespace kafkascope::ui {

using namespace observe;

using Sizes = PresenterSizes;

namespace {

/// The largest number of brokers side by side.
std::size_t most_brokers(const PresenterSizes& s) {
  if (s.side_by_side)
    return static_cast<std::size_t>(std::clamp((s.w - 2 * s.margin + s.gap) / (s.text * 8.5f + s.gap), 2.f, 6.f));
  return s.narrow ? 5 : 6;
}

/// Which clients people look for first: those that the step points at, those at whose group the step points, then those
/// that something has gone wrong with, then those that send or read records.
int rank_of_client(const Ui& ui, int node) {
  const Node& n = ui.world.nodes[static_cast<std::size_t>(node)];
  const auto& points = ui.lesson.view.point;
  if (std::any_of(points.begin(), points.end(), [&](const PointAt& point) { return means_node(point, n); })) return 0;
  int rank = 4;
  for (const Client& client : ui.world.clients) {
    if (client.node != node) continue;
    if (ui.points_at("/groups/" + client.group)) return 1;
    const bool wrong = client.failed > 0 || !client.errors.empty() || !client.thrown.empty() ||
                       !client.refused.empty() || client.producer_fenced;
    if (wrong) return 2;
    if (!n.down() && client.sent + client.received > 0) rank = 3;
  }
  return rank;
}

/// `count` of the nodes, in their own order; those that the words name are preferred, then those in `first`, then those that something happens to, then those that run. In two worlds nodes that run come before all that
/// do not: what they do is compared.
std::vector<int> chosen(const Ui& ui, std::vector<int> list, std::size_t count, const std::vector<int>& first,
                        bool two_worlds) {
  if (count >= list.size()) return list;
  struct Weighed {
    std::tuple<bool, std::ptrdiff_t, int> weight;
    int node;
  };
  std::vector<Weighed> by_weight;
  for (const int node : list) {
    const Node& n = ui.world.nodes[static_cast<std::size_t>(node)];
    const bool down = n.down();
    by_weight.push_back({{!is_named(ui, n.name), std::find(first.begin(), first.end(), node) - first.begin(),
                          rank_of_client(ui, node) * 2 + down + (two_worlds && down ? 10 : 0)},
                         node});
  }
  std::stable_sort(by_weight.begin(), by_weight.end(),
                   [](const Weighed& a, const Weighed& b) { return a.weight < b.weight; });
  by_weight.resize(count);
  std::erase_if(list, [&](int node) {
    return std::none_of(by_weight.begin(), by_weight.end(), [&](const Weighed& of) { return of.node == node; });
  });
  return list;
}

/// Whether a line straight up from that position meets the broker's lower edge.
bool under(const Rect& broker, float x, const Sizes& s) {
  return x >= broker.x + s.text * .5f && x <= broker.right() - s.text * .5f;
}

/// The distance from a card's edge to a line that leads round the card, in lines of text: clear of the frame of a card
/// that differs.
constexpr float kRoundCard = .55f;

/// Where clients are below the brokers: the y of a lane just above the clients, for lines that lead round their cards.
float lane_above(const PresenterPlaces& at, float i, const Sizes& s) { return at.lane0 + s.h * (.016f - i * .005f); }

/// From a producer below the brokers up to its broker. If the producer's card is in the way, the line leads round it:
/// on the left to the first broker, on the right to any other. The lines are nested, the last card's outside.
Route route_up(const PresenterPlaces& at, const Rect& a, const Rect& b, float i, const Sizes& s) {
  const float px = b.x + b.w * (.10f + i * .07f), foot = b.bottom() + 2, y = lane_above(at, i, s);
  const float beside = a.right() + s.text * (.8f + i * .5f),
              x = px + s.text * 2 < a.right() + 8 ? beside : px + s.text * 2;
  // The consumers' cards may be in the way of the line straight up.
  const float clear = s.text * .6f;
  const bool covered = s.side_by_side && !at.right.empty() && x > s.w - s.margin - a.w - clear;
  if (under(b, x, s) && !covered) return {{a.right(), a.cy()}, {x, a.cy()}, {x, foot}};
  if (b.x > a.x + a.w * .3f) return {{a.right(), a.cy()}, {beside, a.cy()}, {beside, y}, {px, y}, {px, foot}};
  const float left = a.x - s.text * (kRoundCard + i * .17f), end = b.x + b.w * (.24f - i * .07f);
  return {{a.x, a.cy()}, {left, a.cy()}, {left, y}, {end, y}, {end, foot}};
}

/// From a broker down to a consumer below the brokers; if the consumer's card is in the way, round its left end.
Route route_down(const PresenterPlaces& at, const Rect& a, const Rect& b, float i, const Sizes& s) {
  const float px = a.x + a.w * (.80f + i * .06f), beside = b.x - s.text * (.9f + i * .5f), x = std::min(px, beside);
  const float clear = s.text * .6f;
  const bool covered = s.side_by_side && !at.left.empty() && x < s.margin + b.w + clear;
  if (under(a, x, s) && !covered) return {{x, a.bottom()}, {x, b.cy()}, {b.x - 2, b.cy()}};
  const float begin = a.x + a.w * (.22f - i * .06f), y = lane_above(at, i, s);
  return {{begin, a.bottom()}, {begin, y}, {beside, y}, {beside, b.cy()}, {b.x - 2, b.cy()}};
}

/// Below a broker's name: the line under it, and the card's rounded edge.
constexpr float kBelowHead = 3;

/// Of two worlds: the width of a card, in units of the text's size, that has a broker's name, and below it rows with a
/// partition's short name and a number; and the height of such a row.
constexpr float kNarrowCard = 7.2f, kRowOfCard = 1.6f;

float lane_step(const Sizes& s) { return s.h * .022f; }

/// Below the brokers: the lanes of the first clients, and how far apart the others' are, at most two of these in all.
float lane_of_producer(float i) { return 1 + i * .32f; }
float lane_of_consumer(float i) { return 2 + i * .3f; }
float fan(const std::vector<int>& clients) {
  return clients.size() > 1 ? std::min(1.f, 2 / static_cast<float>(clients.size() - 1)) : 0;
}
float lowest_lane(const PresenterPlaces& at) {
  const auto last = [](const std::vector<int>& list) { return fan(list) * (static_cast<float>(list.size()) - 1); };
  return !at.right.empty() ? lane_of_consumer(last(at.right)) : at.left.empty() ? 0 : lane_of_producer(last(at.left));
}

/// Whether the step is about the quorum, or one of its controllers is down, or none leads.
bool quorum_matters(const Ui& ui, const std::vector<int>& top) {
  const auto any = [&](const auto& is) {
    return std::any_of(top.begin(), top.end(),
                       [&](int node) { return is(ui.world.nodes[static_cast<std::size_t>(node)]); });
  };
  if (ui.world.voters.size() < 2 || any([](const Node& n) { return n.kind != NodeKind::Controller; })) return false;
  return ui.lesson.view.shows("controller") || any([](const Node& n) { return n.down(); }) ||
         !any([](const Node& n) { return n.active_controller; });
}

}  // namespace

bool is_named(const Ui& ui, const std::string& name) {
  const LessonModel& lesson = ui.lesson;
  const auto of_name = [](char ch) {
    return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '-' || ch == '_';
  };
  const auto names = [&](const Words& words) {
    const std::string_view text = words.en;
    for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + name.size())) {
      const std::string_view before = text.substr(0, at), after = text.substr(at + name.size());
      if ((before.empty() || !of_name(before.back())) && (after.empty() || !of_name(after.front()))) return true;
    }
    return false;
  };
  if (question_stands(ui))
    return names(lesson.question.question) ||
           std::any_of(lesson.question.choices.begin(), lesson.question.choices.end(),
                       [&](const Choice& choice) { return names(choice.text); });
  return names(lesson.step_title) || std::any_of(lesson.paragraphs.begin(), lesson.paragraphs.end(), names);
}

bool is_whole_card(const Snapshot& world, const Rect& card, const PresenterSizes& s) {
  const float below = card.h - presenter_head_height(s);
  if (card.w >= s.text * 12 && below >= s.text * 4.6f) return true;
  if (!s.side_by_side || card.w < s.text * kNarrowCard) return false;
  std::size_t most = 1;
  for (const Node& n : world.nodes)
    if (n.kind == NodeKind::Broker) most = std::max(most, n.replicas.size());
  return below >= s.text * kRowOfCard * static_cast<float>(most);
}

bool has_rows(const Snapshot& world, const Rect& card, const PresenterSizes& s) {
  const auto brokers =
      std::count_if(world.nodes.begin(), world.nodes.end(), [](const Node& n) { return n.kind == NodeKind::Broker; });
  if (brokers > static_cast<std::ptrdiff_t>(most_brokers(s))) return is_whole_card(world, card, s);
  return card.h - presenter_head_height(s) > s.text;  // else only its name
}

std::optional<DifferenceSign> difference_sign(const Ui& ui, int index, const Rect& r, const Sizes& s) {
  if (s.other == nullptr || r.empty()) return std::nullopt;
  const Node& node = ui.world.nodes[static_cast<std::size_t>(index)];
  const std::vector<WorldDifference> telling = node_differences(ui, *s.other, node, true);
  if (telling.empty()) return std::nullopt;
  const bool quiet = telling.back().quiet, small = r.w < s.text * 5 || r.h < s.text * 1.7f;
  if (quiet && node.kind == NodeKind::Broker && !has_rows(ui.world, r, s)) return std::nullopt;
  const float radius = small ? s.text * .26f : std::max(10.5f, s.text * .62f);
  return DifferenceSign{
      {r.right() - radius * (small ? 1.2f : .4f), r.y + radius * (small ? 1.2f : .2f)}, radius, small, quiet};
}

PresenterPlaces presenter_places(const Ui& ui, const StageView& view, const Rect& stage, const Sizes& s,
                                 const std::vector<int>& first) {
  PresenterPlaces out;
  out.at.resize(ui.world.nodes.size());
  for (std::size_t i = 0; i < ui.world.nodes.size(); ++i) {
    const int k = static_cast<int>(i);
    if (ui.world.nodes[i].kind == NodeKind::ZooKeeper && !out.top.empty()) {
      out.inside.push_back(k);
      continue;
    }
    switch (stage_place(ui.world, k)) {
      case StagePlace::Top: out.top.push_back(k); break;
      case StagePlace::Middle: out.brokers.push_back(k); break;
      case StagePlace::Right: out.right.push_back(k); break;
      case StagePlace::Left: out.left.push_back(k); break;
      case StagePlace::Nowhere: break;
    }
  }
  // At 4:3 the clients are under the brokers, each on its lane, as wide as the lines to the first and last broker
  // allow; consumers are half a lane lower, so that no two lines overlap.
  out.many = out.brokers.size() > most_brokers(s) && !view.brokers_aside;
  // In a small world one broker has room for clients at its sides.
  const bool beside = s.side_by_side && out.brokers.size() == 1 && s.w > s.text * 28;
  out.below = (s.side_by_side && !beside) || (s.narrow && out.brokers.size() >= 3 && !out.many);
  // In a very small world clients' names need more of the width, of which clients on one side alone leave the lines enough.
  const bool small_world = s.w < s.text * 28, one_side = out.left.empty() || out.right.empty();
  const float client_w = s.w * (beside                    ? .27f
                                : s.side_by_side          ? (!small_world ? .34f
                                                             : one_side   ? .42f
                                                                          : .375f)
                                : !s.narrow               ? .155f
                                : out.brokers.size() == 3 ? .24f
                                : out.brokers.size() == 1 ? .21f
                                : out.brokers.size() == 2 ? .19f
                                                          : .15f),
              client_h = s.text * 4.7f;
  float lane_pitch = s.text * (s.side_by_side ? 2.3f : 1.85f);
  std::size_t lanes = std::min<std::size_t>(std::max(out.left.size(), out.right.size()), 4);
  const auto nb = static_cast<float>(std::clamp<std::size_t>(out.brokers.size(), 1, most_brokers(s)));
  const float left_x = out.left.empty() || out.below ? s.margin : s.margin + client_w + s.gap * 1.2f;
  const bool two = !out.below && !s.side_by_side && two_columns(ui.world, out.right, out.brokers.size());
  const float inner_x = s.w - s.margin - 2 * client_w - s.gap * 1.6f;
  const float right_x = out.right.empty() || out.below ? s.w - s.margin
                        : two                          ? inner_x - s.gap * 1.2f
                                                       : s.w - s.margin - client_w - s.gap * 1.2f;
  const float room = right_x - left_x;
  out.broker_w = std::min((room - s.gap * (nb - 1)) / nb, s.w * (s.side_by_side || out.below ? .33f : .24f));
  const float gap = nb > 1 ? std::min(s.gap * 2, (room - out.broker_w * nb) / (nb - 1)) : 0,
              middle = (left_x + right_x) / 2;
  const float b0 = middle - (out.broker_w * nb + gap * (nb - 1)) / 2;
  // The sign of a difference sticks out above a card.
  out.roles = !s.side_by_side && quorum_matters(ui, out.top);
  const float card_h = s.text * (out.roles ? 3.3f : 2.1f),
              top_y = stage.y + (s.side_by_side ? std::max(s.h * .012f, s.text * .75f) : s.h * .012f);
  out.control_y = top_y + card_h + s.h * .026f;
  out.broker_y = top_y + (out.top.empty() ? 0 : card_h) +
                 (out.many ? s.h * .014f : std::clamp((stage.h - s.h * .40f) * .9f, s.h * .092f, s.h * .13f));
  const std::size_t most = std::max(out.left.size(), out.right.size());
  // Many brokers have no lines to single clients: where they lack room for their names even so, the clients stand close below them.
  // The lines of producers and consumers of one broker do not meet where its clients stand at one height.
  bool close_below = false, level = false;
  const auto half_lane = [&] { return out.right.empty() || close_below || level ? 0 : .5f; };
  const auto under_for = [&](std::size_t n) {
    const float left_out = n == 1 && most > 1 ? s.text * 1.1f : 0;  // "+2 more" below the only card
    return s.h * (close_below ? .02f : .055f) + left_out +
           lane_pitch * (static_cast<float>(std::max<std::size_t>(n, 1)) + half_lane());
  };
  // What brokers above that many lanes of clients lack for their names and a row of replicas; many brokers, for their names.
  const auto lacking_above = [&](std::size_t n) {
    const float height = stage.bottom() - out.broker_y - under_for(n);
    if (!out.many) return presenter_head_height(s) + s.text * 1.6f - height;
    const BrokerGrid grid = plan_grid(ui.world, out.brokers, {left_x, out.broker_y, room, height}, s.text, {});
    return s.text * kLeastLine - (grid.cards.empty() ? 0 : grid.cards.front().second.h);
  };
  // How much shorter the way from the controllers may get. Before clients are left out it keeps room for a broker's session, and for the
  // words about a new leader.
  const auto spare = [&](float least) {
    return out.below && !out.top.empty() ? std::max(out.broker_y - top_y - card_h - least, 0.f) : 0;
  };
  const float for_clients = spare(s.h * .058f);
  // Clients are left out for a row of replicas only if it has room then, else only for the brokers' names.
  const float close = s.text * (s.side_by_side ? 1.85f : 1.6f), closer = (lane_pitch - close) * (1 + half_lane());
  close_below = out.many && out.below && lacking_above(1) > 0;
  level = out.below && out.brokers.size() == 1 && s.side_by_side &&
          lacking_above(1) - s.text * 1.6f + kBelowHead > spare(s.text * 2.2f);
  const bool rows = out.many || lacking_above(1) - closer <= spare(s.side_by_side ? s.text * 2.2f : s.h * .038f);
  const auto lacking = [&] { return lacking_above(lanes) - (rows ? 0 : s.text * 1.6f - kBelowHead); };
  // Clients are not left out for brokers whose names have no room even so.
  const bool helps = !out.many || lacking_above(1) - (lane_pitch - close) * (1 + half_lane()) <= 0;
  const auto tight = [&] { return out.below && lanes > 1 && helps && lacking() > for_clients; };
  // Clients' cards get lower before any is left out, and where a broker's card needs a line more.
  const bool warns = std::any_of(out.brokers.begin(), out.brokers.end(), [&](int k) {
    const auto& replicas = ui.world.nodes[static_cast<std::size_t>(k)].replicas;
    return std::any_of(replicas.begin(), replicas.end(), [&](const Replica& r) {
      return r.role == ReplicaRole::Leader && r.partition >= 0 && ui.under_min_isr(r.partition);
    });
  });
  const float line = warns && !out.many ? s.text * 2.2f + ring_room(s) : 0;
  if (tight() || (out.below && lanes > 1 && lacking() + line > 0)) lane_pitch = s.text * 1.85f;
  if (tight() && !s.side_by_side) lane_pitch = s.text * 1.6f;
  // A tile of one of very many brokers keeps room for the frame of a difference.
  const auto no_tiles = [&] {
    constexpr float kLeastTile = .45f;
    return out.below && out.many && lanes > 1 && lacking() > s.text * (kLeastLine - kLeastTile);
  };
  while (tight() || no_tiles()) --lanes;
  // The way from the controllers is short where brokers' cards or clients lack room, or the frame of a row of replicas its
  // distance from the row's text.
  constexpr float kAroundRow = 10;
  constexpr std::size_t kFewRows = 3;  // more have their number beside them, and a ring around a row needs that room
  const bool framed =
      s.side_by_side && !warns && !out.many && std::all_of(out.brokers.begin(), out.brokers.end(), [&](int k) {
        return ui.world.nodes[static_cast<std::size_t>(k)].replicas.size() <= kFewRows;
      });
  if (const float lack = lacking() + line + (framed ? kAroundRow : 0); out.below && !out.top.empty() && lack > 0) {
    out.broker_y -= std::min(lack, spare(s.side_by_side ? s.text * 2.2f : s.h * .038f));
    if (!s.side_by_side)
      out.broker_y -= std::min(s.text * .3f, spare(s.h * .058f));  // frames that do not touch their texts
  }
  // The ring around a message that is watched, a row of replicas, the room below few lanes, the shortest way from the controllers, the words
  // about a silent broker, and what keeps lines off a card.
  const float ring = s.text * .8f, row = s.text * 1.7f, usual = s.h * .088f, way = s.h * .058f, words = s.h * .044f,
              off_card = s.h * .012f;
  const float under_lanes = s.h * .03f + lowest_lane(out) * lane_step(s) + ring;
  const float under = out.below ? under_for(lanes) : out.many ? off_card : under_lanes;
  // Brokers keep a row of replicas, and the height that they have above fewer lanes, where the way from the controllers can be shorter.
  if (!out.below && !out.many && !out.top.empty()) {
    const float lack =
        std::max(presenter_head_height(s) + row - (stage.bottom() - out.broker_y - under), under - usual);
    out.broker_y -= std::clamp(lack, 0.f, std::max(out.broker_y - top_y - card_h - way, 0.f));
  }
  // Words about a silent broker stand between that line and the broker.
  out.control_y = std::min(out.control_y, std::max(out.broker_y - words, top_y + card_h + off_card));
  out.broker_h = stage.bottom() - out.broker_y - under;
  if (!out.many) out.broker_h = std::min(s.text * 9.2f, out.broker_h);
  out.lane0 = out.broker_y + out.broker_h + s.h * (close_below ? .005f : .03f);
  std::vector<int> above = out.top;
  if (view.brokers_aside) above.insert(above.end(), out.brokers.begin(), out.brokers.end());
  const auto nt = static_cast<float>(std::max<std::size_t>(1, above.size()));
  const bool ensemble = ui.world.metadata == "zookeeper";
  // A controller's name is shown in full, even in a small world.
  const float small = s.side_by_side ? std::clamp(s.text * 8.8f, s.w * .22f, s.w * .36f) : s.w * .22f;
  const float usual_w = ensemble ? s.w * .62f : s.narrow ? small : s.w * .165f, inside = s.w - 2 * s.margin;
  // Many cards stand closer together, and then get narrower, before the last one would leave the stage.
  const float gaps = nt - 1, tw = std::min(usual_w, (inside - s.gap * gaps) / nt),
              tgap = gaps > 0 ? std::min({s.w * .05f, s.gap * 2, (inside - tw * nt) / gaps}) : 0,
              row_w = tw * nt + tgap * gaps;
  float tx = std::clamp(middle - row_w / 2, s.margin, std::max(s.margin, s.w - s.margin - row_w));
  for (const int k : above) {
    out.at[static_cast<std::size_t>(k)] = {tx, top_y, tw, card_h};
    tx += tw + tgap;
  }
  for (const int k : out.inside)
    out.at[static_cast<std::size_t>(k)] = out.at[static_cast<std::size_t>(out.top.front())];
  for (std::size_t i = 0; !out.many && !view.brokers_aside && i < out.brokers.size(); ++i) {
    out.at[static_cast<std::size_t>(out.brokers[i])] = {b0 + (out.broker_w + gap) * static_cast<float>(i), out.broker_y,
                                                        out.broker_w, out.broker_h};
  }
  auto column = [&](const std::vector<int>& list, float x, bool inner = false) {
    if (out.below) {
      const float top =
          out.lane0 + s.h * (close_below ? .01f : .02f) + (&list == &out.right ? lane_pitch * half_lane() : 0);
      const std::vector<int> shown = chosen(
          ui, list, list.size() > lanes ? std::max<std::size_t>(lanes - 1, 1) : list.size(), first, s.side_by_side);
      for (std::size_t i = 0; i < shown.size(); ++i) {
        out.at[static_cast<std::size_t>(shown[i])] = {x, top + lane_pitch * static_cast<float>(i), client_w,
                                                      lane_pitch - 6};
      }
      return;
    }
    // The inner of two columns is above the lanes to the outer column. If the controllers leave room, it begins beside
    // them.
    const bool clear = std::none_of(above.begin(), above.end(), [&](int k) {
      const Rect& r = out.at[static_cast<std::size_t>(k)];
      return r.x < x + client_w + s.gap && r.right() > x - s.gap;
    });
    const float top = (inner || out.many) && clear ? stage.y + s.h * .02f
                      : inner                      ? top_y + card_h + s.h * .02f
                                                   : out.broker_y - (list.size() > 3 && !out.many ? s.h * .04f : 0);
    const float height =
        (inner && !out.many ? out.lane0 + s.h * .044f - s.text * .6f : stage.bottom() - s.h * .02f) - top;
    const auto fit = static_cast<std::size_t>(
        std::max(1.f, (height - (list.size() > 4 ? s.text * 1.6f : 0) + s.gap * .4f) / (s.text * 2 + s.gap * .4f)));
    const float tight = s.text * 1.62f + s.gap * .25f, all = static_cast<float>(list.size());
    if (list.size() > fit && all * tight <= height + s.gap * .25f) {
      const float pitch = (height + s.gap * .25f) / all;
      for (std::size_t i = 0; i < list.size(); ++i)
        out.at[static_cast<std::size_t>(list[i])] = {x, top + pitch * static_cast<float>(i), client_w,
                                                     pitch - s.gap * .25f};
      return;
    }
    const std::vector<int> shown = chosen(ui, list, fit, first, s.side_by_side);
    const float room_h = height - (shown.size() < list.size() ? s.text * 1.6f : 0);
    const float pitch =
        std::min(client_h + s.gap, (room_h + s.gap * .4f) / static_cast<float>(std::max<std::size_t>(1, shown.size())));
    for (std::size_t i = 0; i < shown.size(); ++i) {
      out.at[static_cast<std::size_t>(shown[i])] = {x, top + pitch * static_cast<float>(i), client_w,
                                                    std::clamp(pitch - s.gap * .4f, s.text * 1.7f, client_h)};
    }
  };
  // Lines lead round the left end of cards in a small world; they and the messages on them need room before the world's
  // edge.
  column(out.left, s.margin + (out.below && s.side_by_side ? s.text * .7f : 0));
  if (two) {
    std::vector<int> outer, inner;
    for (const int k : out.right) (in_a_group(ui.world, k) ? outer : inner).push_back(k);
    if (inner.empty()) {  // only groups
      const auto half = outer.begin() + static_cast<std::ptrdiff_t>((outer.size() + 1) / 2);
      inner.assign(outer.begin(), half);
      outer.erase(outer.begin(), half);
    }
    column(inner, inner_x, true);
    column(outer, s.w - s.margin - client_w);
  } else {
    column(out.right, s.w - s.margin - client_w);
  }
  std::vector<Rect> others;
  for (std::size_t i = 0; i < out.at.size(); ++i) {
    const auto place = ui.st.moved.find(ui.world.nodes[i].name);
    Rect& r = out.at[i];
    if (r.empty() || ui.world.nodes[i].kind == NodeKind::ZooKeeper) continue;
    if (place != ui.st.moved.end()) {
      std::vector<Rect> rest = out.at;
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
      std::erase_if(rest, [](const Rect& o) { return o.empty(); });
      r = free_place(centred(r, place->second, stage), stage, rest);
    }
    others.push_back(r);
  }
  if (!out.many) return out;
  out.grid = arrange_grid(ui.world, out.brokers, {left_x, out.broker_y, room, out.broker_h}, s.text, ui.st.zoom,
                          {&ui.st.moved, stage, std::move(others)});
  for (const std::vector<std::pair<int, Rect>>* list : {&out.grid.cards, &out.grid.apart})
    for (const auto& [node, r] : *list)
      if (const Rect seen = out.grid.seen(node, r); !seen.empty()) out.at[static_cast<std::size_t>(node)] = seen;
  return out;
}

Route presenter_route(const PresenterPlaces& at, const StageWay& way, const Sizes& s) {
  auto rank = [](const std::vector<int>& list, int node) {
    return static_cast<float>(std::find(list.begin(), list.end(), node) - list.begin());
  };
  if (way.moved)
    return line_between(at.at[static_cast<std::size_t>(way.a)], at.at[static_cast<std::size_t>(way.b)],
                        shift_of(way.family));
  if (way.direct) {
    std::vector<Rect> brokers;
    for (const int k : at.brokers)
      if (!at.at[static_cast<std::size_t>(k)].empty()) brokers.push_back(at.at[static_cast<std::size_t>(k)]);
    const bool above = std::find(at.top.begin(), at.top.end(), way.a) != at.top.end() &&
                       std::find(at.right.begin(), at.right.end(), way.b) != at.right.end();
    return direct_route(at.at[static_cast<std::size_t>(way.a)], at.at[static_cast<std::size_t>(way.b)], above, brokers,
                        s.stroke * 2.5f * std::min(rank(at.left, way.a), 4.f));
  }
  const float pitch = lane_step(s), bw = at.broker_w, fan_l = fan(at.left), fan_r = fan(at.right);
  const Rect a = at.at[static_cast<std::size_t>(way.a)], b = at.at[static_cast<std::size_t>(way.b)];
  if (way.family == Family::Produce) {
    // Each producer has its own line, close to the others'.
    const float i = rank(at.left, way.a) * fan_l, px = b.x + bw * .10f + i * bw * .07f,
                riser = a.right() + s.gap * (.85f - i * .3f), y = at.lane0 + pitch * lane_of_producer(i);
    if (at.below) return route_up(at, a, b, i, s);
    return {{a.right(), a.cy()}, {riser, a.cy()}, {riser, y}, {px, y}, {px, b.bottom() + 2}};
  }
  if (way.family == Family::Consume) {
    const float i = rank(at.right, way.b) * fan_r, px = a.x + bw * .80f + i * bw * .06f,
                riser = b.x - s.gap * (.85f - i * .3f), y = at.lane0 + pitch * lane_of_consumer(i);
    if (at.below) return route_down(at, a, b, i, s);
    return {{px, a.bottom()}, {px, y}, {riser, y}, {riser, b.cy()}, {b.x - 2, b.cy()}};
  }
  return {{a.x + bw * .64f, a.bottom()},
          {a.x + bw * .64f, at.lane0},
          {b.x + bw * .48f, at.lane0},
          {b.x + bw * .48f, b.bottom() + 2}};
}

}  // namespace kafkascope::ui
