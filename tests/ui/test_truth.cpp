// The display of beliefs, time-outs and variants; the presenter's display of a step.
#include <doctest/doctest.h>

#include <algorithm>

#include "ui/looks.h"
#include "ui/panels/presenter.h"

using namespace kafkascope::ui;
using namespace kafkascope::observe;
using fixture::Moment;
using fixture::Scene;

TEST_CASE("a dead consumer is drawn as dead, with the time until the coordinator removes it") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.lesson.view.panels = {"stage", "groups"};
  h.world.nodes[9].state = NodeState::Killed;
  CHECK(says(h, "dead; removed in 38 s"));
  CHECK(says(h, "1 dead"));
  clean(h);
}

TEST_CASE("an expired session shows the time of the controller's next check, and a fenced broker is marked") {
  Headless h;
  h.show(Moment::Waiting, Scene::First);
  h.world.nodes[3].session.remaining_us = 0;
  h.world.nodes[3].next_check_us = 460'000;
  CHECK(says(h, "next check in 0.5 s"));
  clean(h);
  h.show(Moment::Elected, Scene::First);
  CHECK(says(h, "fenced by the controller"));
  h.dashboard.set_layout(Layout::Presenter);
  CHECK(says(h, "fenced by the controller"));
}

TEST_CASE("the variant is named in every layout") {
  Headless h;
  h.lesson.variant = {"acks=1", "acks=1"};
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
    h.dashboard.set_layout(layout);
    CHECK(says(h, "variant: acks=1"));
  }
}

TEST_CASE("a ring around a member of a group encloses that member, and its words are visible") {
  Headless h;
  h.lesson.view.point = {{"/groups/billing/members/billing-2", {"waits as a spare", "예비로 기다려요"}}};
  CHECK(says(h, "waits as a spare"));
  const auto& cards = h.dashboard.diagnostics().cards;
  const auto label = std::find_if(cards.begin(), cards.end(), [](const auto& c) { return c.second == "label"; });
  REQUIRE(label != cards.end());
  CHECK(label->first.right() < 1280);
  clean(h);
}

TEST_CASE("presenting: a ring does not overlap other cards, even if the cards are close") {
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  for (const auto& size : {std::pair{1280.f, 720.f}, std::pair{1024.f, 768.f}})
    for (const char* client : {"checkout", "web", "billing-1", "billing-2"}) {
      CAPTURE(size.first);
      CAPTURE(client);
      h.show(Moment::Before, Scene::Held);
      h.lesson.view.point = {{std::string("/clients/") + client, {}}};
      h.size(size.first, size.second);
      const std::vector<Rect> rings = marks(h, "ring");
      REQUIRE(rings.size() == 1);
      for (const auto& drawn : h.dashboard.diagnostics().cards) {
        const Rect& card = drawn.first;
        const std::string name = drawn.second;
        CAPTURE(name);
        if (name != client) CHECK_FALSE(rings[0].overlaps(card));
      }
    }
}

TEST_CASE("presenting: members of a group that stand together have one ring, and no two rings overlap") {
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  for (const auto& [w, height] : {std::pair{1280.f, 720.f}, std::pair{1024.f, 768.f}})
    for (const bool both_sides : {false, true}) {
      h.show(Moment::Before, Scene::Held);
      if (both_sides)
        for (auto& client : h.world.clients)
          if (h.world.nodes[static_cast<std::size_t>(client.node)].name == "checkout") client.group = "billing";
      h.lesson.view.point = {{"/groups/billing", {}}};
      h.size(w, height);
      const std::vector<Rect> rings = marks(h, "ring");
      REQUIRE(rings.size() == (both_sides ? 2 : 1));
      for (const auto& drawn : h.dashboard.diagnostics().cards) {
        const Rect& card = drawn.first;
        const std::string name = drawn.second;
        CAPTURE(name);
        const bool member = name.starts_with("billing") || (both_sides && name == "checkout");
        const auto over = std::count_if(rings.begin(), rings.end(), [&](const Rect& r) { return r.overlaps(card); });
        CHECK(over == (member ? 1 : 0));
      }
      for (std::size_t i = 0; i < rings.size(); ++i)
        for (std::size_t k = 0; k < i; ++k) CHECK_FALSE(rings[i].overlaps(rings[k]));
    }
}

TEST_CASE("a ledger per producer fits in every panel that can show it") {
  Headless h;
  FateCounts some;
  some.acked = 1550;
  some.pending = 3;
  some.lost_acked = 7;
  some.duplicated = 2;
  for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
    for (const auto& size : {std::pair{1280.f, 720.f}, std::pair{1280.f, 800.f}, std::pair{1920.f, 1080.f}}) {
      for (const Lang lang : {Lang::En, Lang::Ko}) {
        for (const char* fate : {"", "lost_acked"}) {
          h.show(Moment::Returned, Scene::First);
          h.lesson.view.panels = {"stage", "ledger"};
          h.world.ledger.by_client = {{"checkout", some}, {"web", some}, {"billing-1", some}};
          h.world.ledger.all = some;
          h.log.fate = fate;
          h.dashboard.set_layout(layout);
          h.dashboard.set_language(lang);
          h.dashboard.state().tab = Tab::Ledger;
          h.dashboard.state().tab_chosen = true;
          h.size(size.first, size.second);
          CHECK(says(h, lang == Lang::En ? "lost, though acked" : "ack 받고 유실"));
          clean(h);
        }
      }
    }
  }
}

TEST_CASE("presenter: it shows the panel that the step names") {
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  h.size(1024, 768);
  h.lesson.view.panels = {"stage", "partitions"};
  CHECK(says(h, "HW 1040"));
  CHECK(says(h, "broker-2"));
  clean(h);
  h.lesson.view.panels = {"stage", "groups"};
  CHECK(says(h, "billing-2"));
  clean(h);
  h.lesson.view.panels = {"stage", "ledger"};
  FateCounts lost;
  lost.acked = 100;
  lost.lost_acked = 7;
  h.world.ledger.by_client = {{"checkout", lost}, {"web", lost}};
  CHECK(says(h, "lost, though acked"));
  clean(h);
  h.show(Moment::Waiting, Scene::First);
  CHECK(says(h, "leader dead: broker-1"));  // the bar starts with the dead leader's name
  CHECK(says(h, "orders-0"));
  clean(h);
}

TEST_CASE("a step that hides the stage hides it in the Lesson layout and in the presenter") {
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    Headless h;
    h.dashboard.set_layout(layout);
    h.size(1280, 720);
    h.lesson.view.panels = {"stage", "metrics"};
    h.world.metrics = {{{"under-replicated", "복제 부족"},
                        "kafka.server:type=ReplicaManager,name=UnderReplicatedPartitions",
                        0,
                        1,
                        true,
                        true,
                        {}}};
    CHECK(says(h, "acks=all, 20/s"));
    h.lesson.view.panels = {"metrics"};
    CHECK(says(h, "under-replicated"));
    CHECK_FALSE(says(h, "acks=all, 20/s"));
  }
}

TEST_CASE("presenter: it shows the learner's task and the question, and says what it leaves out") {
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  for (const auto& size : {std::pair{1024.f, 768.f}, std::pair{1280.f, 720.f}}) {
    h.size(size.first, size.second);
    h.show(Moment::Before, Scene::Turn);
    CHECK(says(h, "Your turn: crash broker-1"));
    clean(h);
    h.show(Moment::Before, Scene::Ask);
    const std::string question = h.lesson.question.question.en.substr(0, 20);
    CHECK(says(h, question));
    clean(h);
    h.show(Moment::Before, Scene::First);
    h.world = fixture::large_world(7, 12, 2, 20, 30);
    h.lesson.view.select.clear();
    for (int broker = 1; broker <= 7; ++broker) CHECK(says(h, "broker-" + std::to_string(broker)));
    CHECK(says(h, "more"));
    clean(h);
  }
}

TEST_CASE(
    "unusual clusters are drawn correctly: long and Korean names, one broker, twelve partitions, twenty consumers") {
  Headless h;
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      for (const auto& [brokers, partitions, producers, consumers] :
           {std::tuple{1, 12, 1, 20}, std::tuple{5, 12, 3, 3}, std::tuple{3, 1, 1, 0}, std::tuple{2, 3, 0, 2}}) {
        h.dashboard.set_layout(layout);
        h.dashboard.set_language(lang);
        h.show(Moment::Before, Scene::First);
        h.world = fixture::large_world(brokers, partitions, producers, consumers, 200);
        for (Partition& p : h.world.partitions) p.name = "아주-긴-주문-토픽-이름입니다-" + std::to_string(p.index);
        for (Node& n : h.world.nodes) {
          if (is_client(n.kind)) n.name = "a-very-long-client-name-of-the-" + n.name;
        }
        const int broker_count = brokers;
        CAPTURE(broker_count);
        const int layout_number = static_cast<int>(layout);
        CAPTURE(layout_number);
        clean(h);
      }
    }
  }
}
