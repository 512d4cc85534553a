// The lesson in front of people: what stands under the narration.
#include <doctest/doctest.h>
#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "ui/fixture.h"
#include "ui/looks.h"

using namespace kafkascope;
using namespace kafkascope::ui;
using namespace kafkascope::observe;
using fixture::Moment;
using fixture::Scene;

namespace {
void in_front(Headless& h, Scene scene) {
  h.dashboard.set_layout(Layout::Presenter);
  h.size(1280, 720);
  h.show(Moment::Before, scene);
}

/// How many corners of what was drawn last have that colour, whatever their opacity, so far from a point.
int corners(Point at, float nearest, float furthest, Color color) {
  constexpr Color kOpaque = 0xFF000000;
  const ImDrawData* drawn = ImGui::GetDrawData();
  int count = 0;
  for (int i = 0; i < drawn->CmdListsCount; ++i)
    for (const ImDrawVert& v : drawn->CmdLists[i]->VtxBuffer) {
      const float away = std::hypot(v.pos.x - at.x, v.pos.y - at.y);
      count += away >= nearest && away <= furthest && (v.col | kOpaque) == (color | kOpaque);
    }
  return count;
}
}  // namespace

TEST_CASE("presenting: a question has its step's title above it, unless the title mentions what the question hides") {
  Headless h;
  in_front(h, Scene::Ask);
  REQUIRE(h.lesson.question.phase == QuestionPhase::Open);
  h.lesson.step_title = {"Hatched cells", "Hatched cells"};
  h.lesson.view.panels = {"stage"};
  h.lesson.view.point.clear();
  CHECK(says(h, "Hatched cells"));
  h.lesson.view.panels = {"stage", "partitions"};
  h.settle();
  CHECK_FALSE(shows(h, "Hatched cells"));
}

TEST_CASE("presenting: an outcome that is too long for its card ends at the card's end") {
  Headless h;
  in_front(h, Scene::Differed);
  std::string words = "It is lost.";
  for (int i = 0; i < 200; ++i) words += " It was sent.";
  h.lesson.question.outcome = {words, words};
  h.settle();
  int lines = 0;
  for (const auto& piece : h.dashboard.diagnostics().pieces) {
    if (piece.text.find("It was sent.") == std::string::npos) continue;
    ++lines;
    CHECK(piece.rect.bottom() < 720);
  }
  CHECK(lines > 3);
}

TEST_CASE("presenting: a nearly full disk is shown under the narration, in both languages") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.dashboard.set_language(lang);
    in_front(h, Scene::Turn);
    h.lesson.question = {};
    h.lesson.view.panels = {"stage"};
    const auto fill = [&](std::int64_t used) {
      for (Node& node : h.world.nodes)
        if (node.kind == NodeKind::Broker) {
          node.dirs = {LogDir{}};
          node.dirs[0].used_bytes = node.id == 1 ? used : 20'000'000;
          node.dirs[0].capacity_bytes = 60'000'000;
        }
      h.settle();
    };
    fill(30'000'000);
    CHECK(marks(h, "disk bar").empty());
    fill(59'900'000);
    CHECK(marks(h, "disk bar").size() == 3);
    CHECK(says(h, "59.9 MB / 60 MB"));
    clean(h);
  }
}

TEST_CASE("presenting: the numbers beside a graph are shown whole, however long they are, at both shapes of a screen") {
  for (const float width : {1280.f, 960.f}) {
    Headless h;
    in_front(h, Scene::Turn);
    h.size(width, 720);
    h.lesson.question = {};
    h.lesson.view.panels = {"metrics"};
    Metric free_memory;
    free_memory.name = {"Free memory of the buffer", "Free memory of the buffer"};
    free_memory.mbean = "kafka.producer:type=producer-metrics,client-id=shop#buffer-available-bytes";
    free_memory.now = free_memory.before = 33'554'432;
    free_memory.history = {-8'800'000'000, 33'554'432, 33'554'432};
    h.world.metrics = {free_memory, free_memory};
    h.world.metrics[1].history = {0, 8888, 8888};
    clean(h);
    for (const char* number : {"34M", "-8.8G", "8888"}) CHECK_MESSAGE(shows(h, number), number);
  }
}

TEST_CASE(
    "presenting: of more clients than fit, those that something happens to are shown, and those that the step points at") {
  Headless h;
  in_front(h, Scene::Turn);
  h.lesson.turn = {};
  h.lesson.question = {};
  h.lesson.view.panels = {"stage"};
  const auto producer = std::find_if(h.world.clients.begin(), h.world.clients.end(),
                                     [](const Client& client) { return client.group.empty() && client.node >= 0; });
  REQUIRE(producer != h.world.clients.end());
  Client idle;
  const Node node = h.world.nodes[static_cast<std::size_t>(producer->node)];
  for (int i = 1; i <= 24; ++i) {
    idle.node = static_cast<int>(h.world.nodes.size());
    h.world.nodes.push_back(node);
    h.world.nodes.back().name = "shop-" + std::to_string(i);
    h.world.clients.push_back(idle);
  }
  const auto shown = [&](const std::string& name) {
    h.settle();
    const auto& cards = h.dashboard.diagnostics().cards;
    return std::any_of(cards.begin(), cards.end(), [&](const auto& card) { return card.second == name; });
  };
  CHECK(shown("shop-1"));
  for (const char* name : {"shop-22", "shop-23", "shop-24"}) CHECK_FALSE(shown(name));
  const auto last = h.world.clients.end();
  (last - 3)->sent = 5;
  (last - 2)->errors = {{"NOT_ENOUGH_REPLICAS", 1}};
  h.lesson.view.point = {PointAt{"/clients/shop-24", {}}};
  for (const char* name : {"shop-22", "shop-23", "shop-24"}) CHECK_MESSAGE(shown(name), name);
  CHECK(says(h, " more"));
}

TEST_CASE("the number of a link in a chain of causes does not cover a group's name") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
    Headless h;
    h.dashboard.set_layout(layout);
    h.size(1280, 720);
    h.show(Moment::Elected, Scene::End);
    REQUIRE(!h.world.groups.empty());
    const Group& group = h.world.groups.front();
    REQUIRE(!group.members.empty());
    h.log = fixture::log_with_chain();
    h.log.chain.resize(2);
    for (ChainLink& link : h.log.chain) link.node = group.members.front().client;
    const std::vector<Rect> numbers = marks(h, "chain numbers");
    REQUIRE(numbers.size() == 1);
    int names = 0;
    for (const auto& piece : h.dashboard.diagnostics().pieces)
      if (piece.text == group.id && piece.rect.overlaps(numbers.front())) ++names;
    CHECK(names == 0);
  }
}

TEST_CASE(
    "presenting: graphs that a step shows are in front of people: on the stage's place, or else under the narration") {
  struct Place {
    std::vector<std::string> panels;
    bool stage;
  };
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const Place& place : {Place{{"metrics"}, false}, Place{{"metrics", "groups"}, false},
                               Place{{"stage", "metrics"}, true}, Place{{"metrics", "stage"}, true}}) {
      Headless h;
      h.dashboard.set_language(lang);
      in_front(h, Scene::Turn);
      h.lesson.turn = {};
      h.lesson.question = {};
      h.lesson.view.panels = place.panels;
      h.lesson.view.point.clear();
      h.settle();
      REQUIRE_FALSE(h.world.metrics.empty());
      CHECK(shows(h, pick(lang, h.world.metrics.front().name)));
      const auto& cards = h.dashboard.diagnostics().cards;
      CHECK(std::any_of(cards.begin(), cards.end(), [](const auto& card) { return card.second == "broker-1"; }) ==
            place.stage);
      clean(h);
    }
}

TEST_CASE(
    "presenting: the pointer has a halo that can be seen from the back row; elsewhere, and on a blank picture, it has none") {
  constexpr float kRadius = 720 * .022f;
  Headless h;
  in_front(h, Scene::First);
  const Color accent = palette(Theme::PresenterLight).accent;
  const auto ring = [&](Point at) {
    h.move(at.x, at.y);
    h.settle();
    return corners(at, kRadius - 4, kRadius + 4, accent);
  };
  const Point places[] = {{640, 300}, {200, 500}};
  for (const Point at : places) CHECK(ring(at) >= 24);
  CHECK(corners(places[0], 0, kRadius + 4, accent) < 24);  // it has left the place where it was
  h.move(-1, -1);                                          // outside the window
  h.settle();
  CHECK(corners(places[1], 0, kRadius + 4, accent) < 24);
  h.dashboard.state().blank = true;
  CHECK(ring(places[0]) < 24);
  h.dashboard.state().blank = false;
  h.dashboard.set_layout(Layout::Workbench);
  CHECK(ring(places[0]) < 24);
}
