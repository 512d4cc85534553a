// The states of nodes and members look the same in every place.
#include <doctest/doctest.h>

#include <algorithm>

#include "ui/looks.h"
#include "ui/panels/menu_items.h"
#include "ui/stage/cards.h"

using namespace kafkascope::ui;
using namespace kafkascope::words::literals;
using namespace kafkascope::observe;
using fixture::Moment;
using fixture::Scene;

namespace {

Node& named(Headless& h, const char* name) {
  return *std::find_if(h.world.nodes.begin(), h.world.nodes.end(), [&](const Node& n) { return n.name == name; });
}

int count_of_pieces(Headless& h, std::string_view text) {
  const auto& pieces = h.dashboard.diagnostics().pieces;
  return static_cast<int>(
      std::count_if(pieces.begin(), pieces.end(), [&](const auto& piece) { return piece.text == text; }));
}

}  // namespace

TEST_CASE("presenter: a paused, stopped or not yet started client is marked as in the other layouts") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter})
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      Headless h;
      h.show(Moment::Before, Scene::First);
      h.dashboard.set_layout(layout);
      h.dashboard.set_language(lang);
      h.size(1920, 1080);
      const bool en = lang == Lang::En;
      named(h, "web").state = NodeState::Paused;
      CHECK(says(h, en ? "paused" : "일시 정지"));
      named(h, "web").state = NodeState::Stopped;
      CHECK(says(h, en ? "stopped" : "종료됨"));
      named(h, "web").incarnation = 0;
      CHECK(says(h, en ? "not started yet" : "시작 전"));
      CHECK_FALSE(shows(h, en ? "acks=all, 10/s" : "acks=all, 초당 10"));
      clean(h);
    }
}

TEST_CASE("presenter: a stopped broker is shown as fenced by the controller") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.dashboard.set_layout(Layout::Presenter);
  CHECK_FALSE(says(h, tr(Lang::En, "ui.fenced_by_controller"_w)));
  for (Node& n : h.world.nodes)
    if (n.name == "broker-3") n.state = NodeState::Stopped, n.fenced = true;
  CHECK(says(h, tr(Lang::En, "ui.fenced_by_controller"_w)));
  clean(h);
}

TEST_CASE("presenter: records locked for a member of a share group are counted") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.dashboard.set_layout(Layout::Presenter);
  h.size(1920, 1080);
  h.lesson.view.panels = {"stage", "groups"};
  Group& g = h.world.groups.front();
  g.protocol = "share";
  g.members.front().locks = {{g.members.front().partitions.front(), 37}};
  CHECK(says(h, "37"));
  clean(h);
}

TEST_CASE("a stopped member that the coordinator still counts has a countdown instead of a check mark") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.lesson.view.panels = {"stage", "groups"};
  named(h, "billing-2").state = NodeState::Stopped;
  CHECK(says(h, "stopped; removed in 38 s"));
  CHECK(count_of_pieces(h, "joined") == 1);
  clean(h);
}

TEST_CASE("the ring around the ISR encloses only the ISR's members") {
  Headless h;
  h.show(Moment::Returned, Scene::First);
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  h.lesson.view.point = {{"/partitions/orders-0/isr", {"ISR", "ISR"}}};
  h.dashboard.state().tab = Tab::Partitions;
  h.dashboard.state().tab_chosen = true;
  h.dashboard.state().selection = "orders-0";
  h.world.partitions[0].isr = {1, 2, 3};
  const auto whole = marks(h, "isr");
  REQUIRE(whole.size() == 1);
  h.world.partitions[0].isr = {2, 3};
  const auto without = marks(h, "isr");
  REQUIRE_FALSE(without.empty());
  float height = 0;
  for (const Rect& r : without) height += r.h;
  CHECK(height < whole.front().h * .8f);
}

TEST_CASE("two groups at the same offset share a flag that names both") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.lesson.view.panels = {"stage", "partitions"};
  h.lesson.view.select = "orders-0";
  h.size(1920, 1080);
  Partition& p = h.world.partitions[0];
  p.flags = {{"early", p.high_watermark - 2, false}, {"late", p.high_watermark - 2, false}};
  CHECK(says(h, "early, late"));
}

TEST_CASE("the inspector shows its values in the chosen language") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  h.dashboard.state().selection = "broker-1";
  CHECK(says(h, "running"));
  h.dashboard.set_language(Lang::Ko);
  CHECK(says(h, "실행 중"));
  CHECK_FALSE(shows(h, "running"));
}

TEST_CASE("the menu entry for shutting down a controller or a ZooKeeper server does not say that leaders move") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  const auto sub = [&](const char* name) {
    for (const MenuItem& item : build_menu(h.world, name, {}, {}, -1))
      if (item.action.verb == "shutdown") return item.sub;
    return "ui.kafkascope"_w;
  };
  CHECK(sub("broker-1") == "ui.shut_down_sub"_w);
  CHECK(sub("controller-1") == "ui.shut_down_controller_sub"_w);
  named(h, "controller-1").kind = NodeKind::ZooKeeper;
  CHECK(sub("controller-1") == "ui.shut_down_server_sub"_w);
}

TEST_CASE("even a narrow card shows the broker's state") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  const auto first = std::find_if(h.world.nodes.begin(), h.world.nodes.end(),
                                  [](const Node& n) { return n.kind == NodeKind::Broker; });
  Node more = *first;
  more.replicas.clear();
  for (int id = 4; id <= 6; ++id) {
    more.id = id;
    more.name = "broker-" + std::to_string(id);
    more.state = id == 5 ? NodeState::Crashed : NodeState::Running;
    h.world.nodes.push_back(more);
  }
  for (const Layout layout : {Layout::Lesson, Layout::Workbench})
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      h.dashboard.set_layout(layout);
      h.dashboard.set_language(lang);
      CHECK(says(h, tr(lang, "ui.star_crashed"_w)));
      clean(h);
    }
}

TEST_CASE("presenter: on a card of one line a long name loses its middle before the word of the state is left out") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.show(Moment::Before, Scene::First);
    h.dashboard.set_layout(Layout::Presenter);
    h.dashboard.set_language(lang);
    h.size(1280, 720);
    const Node web = named(h, "web");
    for (int i = 1; i <= 4; ++i) {
      Node more = web;
      more.name = "orders-of-customers-" + std::to_string(i);
      if (i == 1) more.state = NodeState::Paused;
      Client client;
      client.node = static_cast<int>(h.world.nodes.size());
      h.world.nodes.push_back(more);
      h.world.clients.push_back(client);
    }
    CHECK(says(h, tr(lang, "ui.state_paused"_w)));
    clean(h);
  }
}

TEST_CASE("a member's row says which of the partitions without a column are the member's") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.world = fixture::large_world(3, 60, 1, 2, 0);
  REQUIRE_FALSE(h.world.groups.empty());
  Group& group = h.world.groups.front();
  for (int p = 0; p < 60; ++p) {
    GroupPartition part{};
    part.partition = p;
    group.partitions.push_back(part);
    group.members[static_cast<std::size_t>(p % 2)].partitions.push_back(p);
  }
  h.dashboard.set_layout(Layout::Workbench);
  h.dashboard.state().choose(Tab::Groups);
  h.size(1280, 720);
  CHECK(marks(h, "hidden partitions").size() == 2);
  CHECK(shows(h, "×"));
  clean(h);
}

TEST_CASE("presenter: a broker's state is beside its name, however long its words are") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const NodeState state : {NodeState::PoweredOff, NodeState::Crashed, NodeState::Paused, NodeState::Starting}) {
      Headless h;
      h.show(Moment::Before, Scene::First);
      h.dashboard.set_layout(Layout::Presenter);
      h.dashboard.set_language(lang);
      h.size(1280, 720);
      Node& broker = named(h, "broker-2");
      broker.state = state;
      h.settle();
      const auto& pieces = h.dashboard.diagnostics().pieces;
      const NodeLook look = node_look(broker);
      const std::string shouted = tr(lang, look.word), said = tr(lang, state_word(broker));
      CHECK(std::any_of(pieces.begin(), pieces.end(),
                        [&](const auto& piece) { return piece.text == shouted || piece.text == said; }));
      clean(h);
    }
}

TEST_CASE(
    "the groups panel has a ring for an awaited member and for a dead member's session; the pointer names setting and end") {
  Headless h;
  h.size(1600, 900);
  h.show(Moment::Before, Scene::First);
  h.dashboard.set_layout(Layout::Workbench);
  REQUIRE(h.world.groups[0].members.size() >= 2);
  Timer timer;
  timer.running = true;
  timer.total_us = 6'000'000, timer.remaining_us = 2'000'000;
  timer.value = "6000";
  GroupMember &awaited = h.world.groups[0].members[0], &dead = h.world.groups[0].members[1];
  awaited.joined = false;
  awaited.awaited = timer;
  awaited.awaited.key = "rebalance.timeout.ms";
  dead.session = timer;
  dead.session.key = "session.timeout.ms";
  h.world.nodes[static_cast<std::size_t>(dead.node)].state = NodeState::Crashed;
  h.key(kKey0 + digit_of(Tab::Groups));
  clean(h);
  for (const auto& [ring, key] :
       {std::pair{h.dashboard.hits().find(make_id("awaited ring", 0)), "rebalance.timeout.ms = 6000"},
        {h.dashboard.hits().find(make_id("session ring", 1)), "session.timeout.ms = 6000"}}) {
    REQUIRE_FALSE(ring.empty());
    h.move(ring.cx(), ring.cy());
    for (int i = 0; i < 30; ++i) h.frame();
    REQUIRE(h.dashboard.state().tip.facts.size() == 2);
    CHECK(h.dashboard.state().tip.facts[0].first.starts_with(key));
  }
}
