// The lesson in front of people: what stands under the narration.
#include <doctest/doctest.h>

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
