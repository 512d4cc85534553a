// What an audience must be able to read: the sizes of words and lines, what covers what, and the signs of trouble.
#include <doctest/doctest.h>

#include <algorithm>

#include "ui/crowd.h"
#include "ui/fixture.h"
#include "ui/looks.h"

using namespace kafkascope;
using namespace kafkascope::ui;
using namespace kafkascope::observe;
using crowd::many;
using fixture::Moment;
using fixture::Scene;

namespace {

/// Two worlds that a dial has made, and that have parted.
void open_dial(Headless& h) {
  h.open_twin(std::make_shared<Snapshot>(h.world));
  Twin& t = h.lesson.twin;
  t.searched = t.parted = true;
  t.parted_at_us = 750'000;
  t.parted_here = {"orders-0 has 12 records", "orders-0에 레코드 12개"};
  t.parted_there = {"orders-0 has 9 records, and shop waits for the answer to its request",
                    "orders-0에 레코드 9개, shop은 요청의 응답을 기다려요"};
  t.parted_record = {"record 0 of shop at orders-0 offset 0", "shop의 레코드 0, orders-0 오프셋 0"};
  t.dial = "shop acks";
  t.stops = {"0", "1", "all"};
  t.stop = 1;
  t.own_stop = 2;
}

Client& client_named(Snapshot& world, std::string_view name) {
  return *std::find_if(world.clients.begin(), world.clients.end(), [&](const Client& client) {
    return client.node >= 0 && world.nodes[static_cast<std::size_t>(client.node)].name == name;
  });
}

}  // namespace

TEST_CASE("in front of people the values of a dial and the words below two worlds are large, in every look") {
  Headless h;
  for (const Look& look : every_look(Layout::Presenter)) {
    const std::string name = name_of(look);
    CAPTURE(name);
    take_look(h, look);
    h.show(Moment::Elected, Scene::First);
    open_dial(h);
    h.settle();
    const auto& pieces = h.dashboard.diagnostics().pieces;
    const std::vector<Rect> track = marks(h, "dial");
    REQUIRE(track.size() == 1);
    int named = 0;
    for (const auto& piece : pieces)
      if (piece.text == "1" && std::abs(piece.rect.cx() - track[0].cx()) < 3) {
        ++named;
        CHECK(piece.em >= look.h * .025f);
        CHECK(piece.rect.y > track[0].cy());
      }
    CHECK(named == 1);
    CHECK(std::count_if(pieces.begin(), pieces.end(), [](const auto& piece) { return piece.text == "B"; }) >= 2);
    clean(h);
  }
}

TEST_CASE("in front of people every line among many brokers is three pixels wide, in every look") {
  Headless h;
  for (const int brokers : {12, 50})
    for (const Look& look : every_look(Layout::Presenter)) {
      const std::string name = name_of(look);
      CAPTURE(name);
      crowd::show(h, look, many(brokers, 2 * brokers, 2, 10, 60, 3));
      CHECK_FALSE(marks(h, "bundle").empty());
      CHECK(marks(h, "thin line").empty());
      clean(h);
    }
}

TEST_CASE("in front of people a consumer that waits has the sign of it on a low card, too") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    Snapshot world = many(12, 24, 2, 10, 0, 3);
    Client& waits = client_named(world, "billing-10");
    waits.fact = {"still asks broker-4", "아직 broker-4에 물어요"};
    waits.fact_is_doubt = true;
    h.dashboard.set_language(lang);
    h.size(1280, 720);
    crowd::show(h, Layout::Presenter, world);
    const Rect card = crowd::card_of(h, "billing-10");
    REQUIRE_FALSE(card.empty());
    const std::vector<Rect> signs = marks(h, "warned");
    REQUIRE(signs.size() == 1);
    CHECK(card.contains(signs[0].cx(), signs[0].cy()));
    clean(h);
  }
}

TEST_CASE("beside a second world the messages of a client below others lie over no card on their way") {
  Headless h;
  for (const Look& look : every_look()) {
    Snapshot world = many(12, 40, 2, 10, 0, 3);
    for (std::size_t i = 0; i < world.nodes.size(); ++i) {
      if (world.nodes[i].kind != NodeKind::Consumer && world.nodes[i].kind != NodeKind::Producer) continue;
      for (const float fraction : {.05f, .1f, .2f}) {
        Message m;
        m.id = world.messages.size() + 1;
        m.from = static_cast<int>(i), m.to = 8, m.fraction = fraction, m.arrives_us = world.time_us;
        m.family = Family::Metadata, m.api = "Metadata";
        world.messages.push_back(m);
      }
    }
    crowd::show(h, look, world);
    auto other = std::make_shared<Snapshot>(h.world);
    for (Client& client : other->clients) client.received += 40, client.acked += 40;
    h.open_twin(std::move(other));
    const std::string name = name_of(look);
    CAPTURE(name);
    CHECK(marks(h, "grid bead").size() >= 6);
    for (const std::string& over : covering_marks(h.dashboard.diagnostics())) CHECK_MESSAGE(false, over);
    for (const Rect& bead : marks(h, "grid bead"))
      for (const auto& card : h.dashboard.diagnostics().cards)
        if (card.second.starts_with("billing-") || card.second.starts_with("shop-"))
          CHECK_FALSE_MESSAGE(card.first.contains(bead.cx(), bead.cy()), card.second);
  }
}

TEST_CASE("the frame of a group that rebalances says its lag, whatever its state is called, in every look") {
  Headless h;
  for (const Look& look : every_look()) {
    if (look.layout == Layout::Presenter) continue;  // has no frames
    for (const char* state : {"PreparingRebalance", "CompletingRebalance", "Reconciling"})
      for (const bool dead : {false, true}) {
        take_look(h, look);
        h.show(Moment::Before, Scene::First);
        open_banner(h, look);
        Group& g = h.world.groups[0];
        g.state = state;
        g.lag = 23;
        REQUIRE_FALSE(g.members.empty());
        if (dead) h.world.nodes[static_cast<std::size_t>(g.members[0].node)].state = NodeState::Killed;
        h.settle();
        const std::string name = name_of(look);
        CAPTURE(name);
        CAPTURE(state);
        CAPTURE(dead);
        const auto& pieces = h.dashboard.diagnostics().pieces;
        const auto in_frame = [&](std::string_view words) {
          return std::any_of(pieces.begin(), pieces.end(), [&](const auto& piece) {
            return piece.box == "group frame" && piece.text.find(words) != std::string::npos;
          });
        };
        CHECK(in_frame("lag 23"));
        CHECK(in_frame(state));
        CHECK(in_frame(g.id.substr(0, 3)));
        clean(h);
      }
  }
}

TEST_CASE("among twelve brokers each broken link is seen over the cards: between two neighbours, else on both cards") {
  Headless h;
  for (const Look& look : every_look()) {
    Snapshot world = many(12, 24, 2, 10, 0, 3);
    const auto node_of = [&](int broker) {
      const auto& nodes = world.nodes;
      return static_cast<int>(
          std::find_if(nodes.begin(), nodes.end(),
                       [&](const Node& node) { return node.kind == NodeKind::Broker && node.id == broker; }) -
          nodes.begin());
    };
    const auto cut = [&](int a, int b, bool one_way) {
      Link l;
      l.a = node_of(a), l.b = node_of(b), l.cut = l.wall = true, l.one_way = one_way;
      world.links.push_back(l);
    };
    world.links.clear();
    cut(5, 6, false);   // two rows of one column
    cut(1, 4, true);    // two columns of one row
    cut(1, 12, false);  // neither
    crowd::show(h, look, world);
    const std::string name = name_of(look);
    CAPTURE(name);
    REQUIRE(marks(h, "cut").size() == 3);
    CHECK(marks(h, "one-way cut").size() == 1);
    for (const char* kind : {"cut", "one-way cut"})
      for (const Rect& r : marks(h, kind)) CHECK(std::max(r.w, r.h) >= 8);
    clean(h);
  }
}
