// Clusters of many brokers: grouping, magnifying, dragging; and everything stays legible.
#include <map>
#include <set>

#include "ui/crowd.h"
#include "ui/looks.h"
#include "ui/stage/broker_grid.h"
#include "ui/stage/stage_view.h"

namespace {

using namespace kafkascope::ui;
using namespace kafkascope::observe;
using namespace kafkascope::ui::crowd;

/// A point on the stage outside all cards.
Point ground(Headless& h) {
  const auto& cards = h.dashboard.diagnostics().cards;
  Rect all = cards.front().first;
  for (const auto& [r, name] : cards) {
    const float right = std::max(all.right(), r.right()), bottom = std::max(all.bottom(), r.bottom());
    all.x = std::min(all.x, r.x), all.y = std::min(all.y, r.y);
    all.w = right - all.x, all.h = bottom - all.y;
  }
  Point best{all.x, all.y};
  float most = -1;
  for (float x = all.x + 10; x < all.right(); x += 10)
    for (float y = all.y + 10; y < all.bottom(); y += 10) {
      float away = 1e9f;
      for (const auto& [r, name] : cards)
        away = std::min(away, std::max({r.x - x, x - r.right(), r.y - y, y - r.bottom()}));
      if (away > most) best = {x, y}, most = away;
    }
  return best;
}

void drag(Headless& h, Point from, Point to) {
  h.move(from.x, from.y);
  h.frame();
  h.press();
  h.frame();
  for (int i = 1; i <= 4; ++i) {
    const float u = static_cast<float>(i) / 4;
    h.move(from.x + (to.x - from.x) * u, from.y + (to.y - from.y) * u);
    h.frame();
  }
  h.release();
  h.settle();
}

}  // namespace

TEST_CASE("many brokers are drawn in rows by rack, and every card shows what its size allows") {
  Headless h;
  for (const Look& look : every_look()) {
    show(h, look, many(50, 1000, 8, 8, 10'000, 5));
    const std::string name = name_of(look);
    CAPTURE(name);
    clean(h);
    CHECK(marks(h, "rack").size() == 5);
    std::map<int, std::set<int>> rows;  // of each rack
    for (int broker = 1; broker <= 50; ++broker) {
      const Rect r = card_of(h, "broker-" + std::to_string(broker));
      REQUIRE(!r.empty());
      rows[(broker - 1) % 5].insert(static_cast<int>(r.y));
    }
    for (int rack = 0; rack < 5; ++rack) {
      CHECK(rows[rack].size() == rows[0].size());
      if (rack > 0) CHECK(*rows[rack - 1].rbegin() < *rows[rack].begin());
    }
    CHECK(rows[0].size() <= 2);
  }
}

TEST_CASE("many brokers are presented without overlaps, alone or beside a second world") {
  Headless h;
  for (const int brokers : {7, 12, 50}) {
    CAPTURE(brokers);
    for (const int racks : {0, 3})
      for (const Look& look : every_look()) {
        const std::string name = name_of(look);
        CAPTURE(name);
        show(h, look, many(brokers, brokers * 4, 8, 10, 100, racks));
        clean(h);
        auto other = std::make_shared<Snapshot>(h.world);
        other->nodes[4].state = NodeState::Crashed;
        h.open_twin(std::move(other));
        clean(h);
        CHECK(marks(h, "differs").size() == 2);
      }
  }
}

TEST_CASE(
    "beside a second world twelve brokers keep their names or numbers, and words about lost messages cover no card") {
  Headless h;
  for (const Look& look : every_look())
    for (const int racks : {0, 3}) {
      show(h, look, many(12, 40, 2, 10, 0, racks));
      LostMessage lost;
      lost.family = Family::Metadata, lost.api = "ApiVersions", lost.lost_us = h.world.time_us, lost.fraction = .5f;
      for (std::size_t i = 0; i < h.world.nodes.size(); ++i) {
        if (h.world.nodes[i].kind == NodeKind::Broker && h.world.nodes[i].id == 6) lost.to = static_cast<int>(i);
        if (h.world.nodes[i].kind == NodeKind::Producer) lost.from = static_cast<int>(i);
      }
      h.world.lost = {lost};
      auto other = std::make_shared<Snapshot>(h.world);
      other->nodes[4].state = NodeState::Crashed;
      for (Client& client : other->clients) client.received += 40, client.acked += 40;
      h.open_twin(std::move(other));
      const std::string name = name_of(look);
      CAPTURE(name);
      CAPTURE(racks);
      clean(h);
      const auto& pieces = h.dashboard.diagnostics().pieces;
      for (int broker = 1; broker <= 12; ++broker) {
        const std::string number = std::to_string(broker);
        const auto named = std::count_if(pieces.begin(), pieces.end(), [&](const auto& piece) {
          return piece.text == number || piece.text == "b" + number || piece.text.ends_with("-" + number);
        });
        CHECK_MESSAGE(named >= 2, number);
      }
      for (const char* sign : {"differs", "number differs"})
        for (const Rect& r : marks(h, sign))
          for (const auto& piece : pieces)
            CHECK_FALSE_MESSAGE(piece.rect.padded(2, 3).overlaps(r.grown(-2)), piece.text);
    }
}

TEST_CASE("without racks brokers are grouped by machine") {
  Headless h;
  Snapshot world = many(12, 40, 2, 2, 0, 0);
  for (Node& n : world.nodes)
    if (n.kind == NodeKind::Broker) n.host = "node-" + std::to_string((n.id - 1) / 3 + 1);
  show(h, Layout::Lesson, std::move(world));
  clean(h);
  CHECK(marks(h, "machine").size() == 4);
  CHECK(shows(h, "node-4"));
}

TEST_CASE("the wheel and keys magnify the stage until each replica is named, and Esc shows all brokers again") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
    Headless h;
    h.size(1600, 900);
    show(h, layout, many(50, 1000, 8, 8, 200, 5));
    const Rect before = card_of(h, "broker-23");
    REQUIRE(!before.empty());
    h.move(before.cx(), before.cy());
    h.frame();
    for (int i = 0; i < 6; ++i) h.wheel(1);
    h.settle();
    const Rect after = card_of(h, "broker-23");
    CHECK(h.dashboard.state().zoom.k > 3);
    CHECK(after.w > before.w * 1.5f);
    CHECK(after.grown(4).contains(before.cx(), before.cy()));  // the point under the pointer stays in place
    CHECK(card_of(h, "broker-1").empty());                     // not visible
    CHECK(marks(h, "zoom").size() == 1);
    clean(h);
    h.key(kKeyEscape);
    h.settle();
    CHECK(h.dashboard.state().zoom.k == 1);
    CHECK(card_of(h, "broker-23").w == doctest::Approx(before.w));
    CHECK(h.dashboard.state().layout == layout);
    h.key(kKeyEqual);
    CHECK(h.dashboard.state().zoom.k > 1);
    h.settle();
    CHECK(h.click(make_id("zoom")));  // the sign of the magnification removes it
    h.settle();
    CHECK(h.dashboard.state().zoom.k == 1);
    CHECK(marks(h, "zoom").empty());
    h.key(kKeyEqual);
    h.key(kKeyMinus);
    CHECK(h.dashboard.state().zoom.k == 1);
  }
}

TEST_CASE("a drag on the ground of a magnified stage moves what is seen of it") {
  Headless h;
  h.size(1600, 900);
  show(h, Layout::Workbench, many(50, 1000, 8, 8, 0, 5));
  h.move(card_of(h, "broker-23").cx(), card_of(h, "broker-23").cy());
  h.frame();
  for (int i = 0; i < 6; ++i) h.wheel(1);
  const Rect before = card_of(h, "broker-23"), grid = h.dashboard.hits().find(make_id("grid"));
  REQUIRE_FALSE(before.empty());
  const float x = before.right() + 3;  // between two cards
  REQUIRE(grid.contains(x, before.cy()));
  drag(h, {x, before.cy()}, {x - 60, before.cy()});
  const Rect after = card_of(h, "broker-23");
  CHECK(before.cx() - after.cx() == doctest::Approx(60).epsilon(.05));
  CHECK(h.dashboard.state().zoom.k > 3);
}

TEST_CASE("a magnified card lists as many replicas as fit, and a rack counts brokers that were dragged out of it") {
  const Snapshot world = many(12, 40, 2, 2, 0, 3);
  std::vector<StageChip> chips;
  const Node& broker = world.nodes[3];
  REQUIRE(broker.replicas.size() == 10);
  build_chips(broker, {0, 0, 236, 168}, {}, chips);
  CHECK(chips.size() == 4);
  build_chips(broker, {0, 0, 300, 400}, {}, chips);
  CHECK(chips.size() == 10);
  CHECK(chips.back().rect.bottom() <= 400);

  Headless h;
  h.size(1600, 900);
  h.dashboard.state().moved["broker-2"] = {.1f, .2f};
  show(h, Layout::Workbench, world);
  // Racks b and c lead 13 partitions each, including broker-2's; partition 13 itself is on two cards in the grid.
  const auto& pieces = h.dashboard.diagnostics().pieces;
  CHECK(std::count_if(pieces.begin(), pieces.end(),
                      [](const auto& piece) { return piece.text == "13" && piece.box == "brokers"; }) == 4);
  clean(h);
}

TEST_CASE("a click on a rack's name magnifies it") {
  Headless h;
  h.size(1600, 900);
  show(h, Layout::Workbench, many(50, 1000, 8, 8, 0, 5));
  REQUIRE(h.click(make_id("grid group", 4)));
  h.settle();
  CHECK(h.dashboard.state().zoom.k >= 1.5f);
  CHECK(!card_of(h, "broker-5").empty());
  CHECK(card_of(h, "broker-1").empty());
  clean(h);
}

TEST_CASE("in a cluster of 12 brokers a partition that the lesson points at is marked on its leader's card") {
  Headless h;
  h.size(1920, 1080);
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    show(h, layout, many(12, 40, 2, 10, 0, 3));
    PointAt point;
    point.path = "/partitions/orders-7/leader";
    h.lesson.view.point.push_back(point);
    const std::vector<Rect> at = marks(h, "pointed /partitions/orders-7/leader");
    REQUIRE(at.size() == 1);
    CHECK(card_of(h, "broker-8").grown(2).contains(at[0].cx(), at[0].cy()));
  }
}

TEST_CASE("a dragged node stays where it was dropped, in every view, until it is put back") {
  for (const int brokers : {3, 12})
    for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
      Headless h;
      h.size(1600, 900);
      show(h, layout, many(brokers, 12, 2, 2, 20, 0));
      const int layout_number = static_cast<int>(layout);
      CAPTURE(layout_number);
      CAPTURE(brokers);
      for (const std::string& name : {std::string("shop-1"), std::string("broker-2")}) {
        const Rect before = card_of(h, name);
        REQUIRE(!before.empty());
        h.actions();
        const Point to = ground(h);
        CAPTURE(to.x);
        CAPTURE(to.y);
        CAPTURE(before.x);
        CAPTURE(before.y);
        drag(h, {before.cx(), before.cy()}, to);
        CHECK(h.emitted(ActionKind::KeepMoved));
        REQUIRE(h.dashboard.state().moved.contains(name));
        const Rect after = card_of(h, name);
        CHECK(std::abs(after.cx() - before.cx()) + std::abs(after.cy() - before.cy()) > 20);
        for (int i = 0; i < 5; ++i) h.frame();
        CHECK(card_of(h, name).x == after.x);
        for (const std::string& s : overlapping_cards(h.dashboard.diagnostics())) CHECK_MESSAGE(false, s);
      }
      CHECK(!h.dashboard.state().moved.empty());
    }
}

TEST_CASE("messages follow a node that was dragged elsewhere, and a double click puts it back") {
  Headless h;
  h.size(1600, 900);
  show(h, Layout::Workbench, many(3, 6, 1, 1, 0, 0));
  const int shop = 6, broker = 3;
  REQUIRE(h.world.nodes[shop].name == "shop-1");
  const MovedNodes moved = {{"shop-1", {.1f, .9f}}};
  const StageView view = build_stage_view(h.world, {.moved = &moved});
  Message m;
  m.from = shop;
  m.to = broker;
  m.family = Family::Produce;
  m.fraction = 0;
  const Point start = view.point_of(m);
  CHECK(view.rect(shop)->grown(2).contains(start.x, start.y));
  m.fraction = 1;
  const Point end = view.point_of(m);
  CHECK(view.rect(broker)->grown(2).contains(end.x, end.y));

  const Rect before = card_of(h, "shop-1");
  drag(h, {before.cx(), before.cy()}, {before.cx(), before.bottom() + before.h * 1.5f});
  const Rect there = card_of(h, "shop-1");
  REQUIRE(there.y > before.y + 10);
  for (int i = 0; i < 2; ++i) h.click(there.cx(), there.cy());
  h.settle();
  CHECK(h.dashboard.state().moved.empty());
  CHECK(card_of(h, "shop-1").y == before.y);
}

TEST_CASE("Find offers to put all nodes back while a node is away from its place") {
  Headless h;
  h.size(1280, 720);
  show(h, Layout::Lesson, many(3, 6, 1, 1, 0, 0));
  const auto find = [&] {
    h.key(kKeyK, true);
    for (int i = 0; i < 4; ++i) h.frame();
    h.type("nodes back");
    h.settle();
    h.enter();
    h.settle();
  };
  h.dashboard.state().moved["shop-1"] = {.2f, .8f};
  find();
  CHECK(h.dashboard.state().moved.empty());
  CHECK(h.emitted(ActionKind::KeepMoved));
}

TEST_CASE("a drag onto another node opens the menu of their link and moves nothing") {
  Headless h;
  h.size(1600, 900);
  show(h, Layout::Workbench, many(12, 12, 2, 2, 0, 3));
  const Rect a = card_of(h, "broker-1"), b = card_of(h, "broker-3");
  drag(h, {a.cx(), a.cy()}, {b.cx(), b.cy()});
  CHECK(h.dashboard.state().menu.open);
  CHECK(h.dashboard.state().menu.other == "broker-3");
  CHECK(h.dashboard.state().moved.empty());
}

TEST_CASE(
    "among many brokers few messages lie on no partition's number, and their words, and those of lost ones, on no card") {
  Headless h;
  for (const Look& look : every_look()) {
    Snapshot world = many(12, 40, 2, 2, 0, 3);
    const auto send = [&](int from, int to, float fraction) {
      Message m;
      m.id = world.messages.size() + 1;
      m.from = from, m.to = to, m.fraction = fraction, m.arrives_us = world.time_us;
      m.family = Family::Replicate, m.api = "Fetch";
      world.messages.push_back(m);
    };
    const int shop = 15;
    REQUIRE(world.nodes[shop].name == "shop-1");
    send(3, 8, 1), send(4, 12, .5f), send(10, 5, 0), send(shop, 4, .1f);
    LostMessage lost;
    lost.from = 11, lost.to = 9, lost.lost_us = world.time_us, lost.fraction = 1;
    lost.family = Family::Replicate, lost.api = "Fetch";
    world.lost = {lost};
    const std::string name = name_of(look);
    CAPTURE(name);
    show(h, look, world);
    const auto beads = marks(h, "grid bead");
    CHECK(beads.size() == 4);
    const auto number = [](const std::string& text) {
      return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    };
    for (const auto& piece : h.dashboard.diagnostics().pieces) {
      CAPTURE(piece.text);
      for (const Rect& bead : beads) CHECK_FALSE((number(piece.text) && piece.rect.overlaps(bead.grown(-2))));
    }
    CHECK(marks(h, "lost message").size() == 1);
    clean(h);
    // Beside the grid words have room; between the cards the card under the pointer has them.
    CHECK(shows(h, "Fetch"));
    if (look.layout == Layout::Presenter) continue;
    h.move(beads[1].cx(), beads[1].cy());
    for (int i = 0; i < 60; ++i) h.frame();
    CHECK(shows(h, "broker-2"));
    CHECK(shows(h, "Fetch"));
    h.move(1, 1);
  }
}

TEST_CASE(
    "among many brokers a message lies over no words of a card or a rack, whoever sends it to whom, in every look") {
  struct Cluster {
    int brokers, racks;
    bool zookeeper = false;
  };
  Headless h;
  for (const Cluster& cluster : {Cluster{12, 3}, {12, 0}, {24, 3}, {12, 3, true}})
    for (const Look& look : every_look()) {
      const int shop = 3 + cluster.brokers, billing = shop + 2;
      const std::pair<int, int> others[] = {{0, 1},       {0, 2},           {1, 2},         {shop, 0},
                                            {billing, 2}, {shop, shop + 1}, {shop, billing}},
                                brokers[] = {{shop, 9}, {billing, 5}, {0, 8}, {3, 14}, {10, 5}, {7, 8}, {shop + 1, 12}};
      for (const auto& pairs : {others, brokers}) {
        Snapshot world = many(cluster.brokers, 40, 2, 2, 0, cluster.racks);
        REQUIRE(world.nodes[static_cast<std::size_t>(billing)].name == "billing-1");
        if (cluster.zookeeper) {
          world.metadata = "zookeeper";
          for (std::size_t i = 0; i < 3; ++i) world.nodes[i].kind = NodeKind::ZooKeeper;
        }
        for (int i = 0; i < 7; ++i)
          for (const float fraction : {0.f, .2f, .5f, .8f, 1.f}) {
            Message m;
            m.id = world.messages.size() + 1;
            m.from = pairs[i].first, m.to = pairs[i].second, m.fraction = fraction, m.arrives_us = world.time_us;
            m.family = Family::Metadata, m.api = "Metadata";
            world.messages.push_back(m);
          }
        const std::string name = name_of(look);
        CAPTURE(name);
        CAPTURE(cluster.brokers);
        CAPTURE(cluster.racks);
        CAPTURE(cluster.zookeeper);
        show(h, look, world);
        if (!cluster.zookeeper) CHECK(marks(h, "grid bead").size() == 35);
        for (const std::string& over : covering_marks(h.dashboard.diagnostics())) CHECK_MESSAGE(false, over);
      }
    }
}

TEST_CASE("among many brokers the card of a crashed one says so, and its session runs down on it, in every look") {
  Headless h;
  for (const Look& look : every_look())
    for (const int racks : {0, 3}) {
      show(h, look, many(12, 40, 2, 10, 60, racks));
      const std::string name = name_of(look);
      CAPTURE(name);
      CAPTURE(racks);
      const Rect card = card_of(h, "broker-7");
      REQUIRE_FALSE(card.empty());
      const auto& pieces = h.dashboard.diagnostics().pieces;
      CHECK(std::any_of(pieces.begin(), pieces.end(), [&](const auto& piece) {
        return card.contains(piece.rect.cx(), piece.rect.cy()) &&
               (piece.text == "CRASHED" || piece.text == "crashed" || piece.text == "크래시");
      }));
      const std::vector<Rect> arcs = marks(h, "session in the grid");
      REQUIRE(arcs.size() == 1);
      CHECK(card.contains(arcs[0].cx(), arcs[0].cy()));
    }
}

TEST_CASE("beside twelve brokers all ten consumers are shown, in every look") {
  Headless h;
  for (const Look& look : every_look())
    for (const int racks : {0, 3}) {
      show(h, look, many(12, 40, 2, 10, 60, racks));
      h.lesson.paragraphs.resize(1);
      const std::string name = name_of(look);
      CAPTURE(name);
      for (int i = 1; i <= 10; ++i) CHECK_MESSAGE(!card_of(h, "billing-" + std::to_string(i)).empty(), i);
    }
}

TEST_CASE("among many brokers the session of a crashed one runs down on its card") {
  using namespace kafkascope::ui;
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    Headless h;
    Snapshot world = many(12, 12, 2, 2, 0, 0);
    for (Node& n : world.nodes)
      if (n.state == NodeState::Crashed) n.session.remaining_us = 3'000'000;
    show(h, layout, world);
    CHECK(marks(h, "session in the grid").size() == 1);
    CHECK(says(h, "3 s left"));
    clean(h);
  }
}

TEST_CASE(
    "among fifty brokers the session of a crashed one runs down on its card, and its setting is named, in both languages") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const float w : {1280.f, 1920.f}) {
      Headless h;
      h.size(w, w * 9 / 16);
      h.dashboard.set_language(lang);
      show(h, Layout::Presenter, many(50, 100, 1, 1, 0, 0));
      CHECK(marks(h, "session in the grid").size() == 1);
      CHECK(marks(h, "key of arcs").size() == 1);
      clean(h);
    }
}

TEST_CASE("in front of people the partitions that lost their leader with a crashed broker are named") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const int brokers : {12, 50}) {
      Headless h;
      h.size(1280, 720);
      h.dashboard.set_language(lang);
      Snapshot world = many(brokers, 2 * brokers, 1, 1, 0, 0);
      int lost = 0;
      std::string first;
      for (std::size_t i = 1; i < world.partitions.size(); ++i)
        if (world.standing_now(static_cast<int>(i)).offline() && ++lost == 1) first = world.partitions[i].name;
      REQUIRE(lost > 0);
      show(h, Layout::Presenter, std::move(world));
      REQUIRE(marks(h, "other partitions without a leader").size() == 1);
      CHECK(shows(h, first));
      CHECK(shows(h, lang == Lang::En ? "without a leader: " : "리더 없음: "));
      clean(h);
    }
}

TEST_CASE("wherever a fenced broker was dragged, the words that it is fenced cover no other card") {
  Headless h;
  h.show(fixture::Moment::Elected, fixture::Scene::First);
  h.dashboard.set_layout(Layout::Workbench);
  int seen = 0;
  for (float x = .1f; x < .95f; x += .1f)
    for (float y = .1f; y < .9f; y += .08f) {
      h.dashboard.state().moved["broker-1"] = {x, y};
      const std::vector<Rect> words = marks(h, "fenced words");
      const auto& cards = h.dashboard.diagnostics().cards;
      if (!overlapping_cards(h.dashboard.diagnostics()).empty()) continue;
      for (const Rect& r : words) {
        ++seen;
        for (const auto& [card, name] : cards)
          if (name.starts_with("controller") || name == "shop") CHECK_FALSE(card.overlaps(r));
      }
    }
  CHECK(seen > 10);
}
