// Two worlds and their comparison, for somebody who tried the window without documentation (docs/usability.md).
#include <doctest/doctest.h>

#include <algorithm>

#include "ui/looks.h"
#include "ui/panels/ledger_view.h"

using namespace kafkascope::ui;
using namespace kafkascope::observe;
using namespace kafkascope::words::literals;
using fixture::Moment;
using fixture::Scene;

TEST_CASE("at 1280x720 each of two worlds shows its controllers' full names and keeps its signs inside its frame") {
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    Headless h;
    h.size(1280, 720);
    h.show(Moment::Elected, Scene::First);
    h.dashboard.set_layout(layout);
    auto other = std::make_shared<Snapshot>(h.world);
    int controllers = 0;
    for (std::size_t i = 0; i < other->nodes.size(); ++i)
      if (h.world.nodes[i].kind == NodeKind::Controller) other->nodes[i].state = NodeState::Crashed, ++controllers;
    REQUIRE(controllers == 3);
    h.open_twin(std::move(other));
    h.settle();
    int named = 0;
    float head = 0;
    for (const auto& piece : h.dashboard.diagnostics().pieces) {
      named += piece.text == "controller-2" ? 1 : 0;
      if (piece.text == "here") head = piece.rect.bottom();
    }
    CHECK(named == 2);
    const std::vector<Rect> signs = marks(h, "differs");
    CHECK(signs.size() >= 6);
    for (const Rect& r : signs) CHECK(r.y >= head + 6);  // below the line under the head
    clean(h);
  }
}

TEST_CASE("the words of both worlds at a divergence are in two rows where a single row would cut them") {
  const auto long_words = [](const char* who) {
    return Words{std::string(who) +
                     " now leads orders-0, leader epoch 12, ISR [1,2,3], and tells the producers that still "
                     "wait for the record of the act before it, of which nobody else knows yet",
                 std::string(who) +
                     "가 이제 orders-0의 리더, 리더 에포크 12, ISR [1,2,3], 아직 아무도 모르는 앞의 레코드를 기다리는 "
                     "프로듀서들에게도 그 소식을 곧바로 모두 알려 주어요"};
  };
  for (const Layout layout : {Layout::Lesson, Layout::Workbench})
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      CAPTURE(static_cast<int>(layout));
      Headless h;
      h.size(1280, 720);
      h.show(Moment::Elected, Scene::First);
      h.dashboard.set_layout(layout);
      h.dashboard.set_language(lang);
      Twin& t = h.lesson.twin;
      t.open = t.ready = t.searched = t.parted = true;
      t.here = {"here", "여기"};
      t.there = {"there", "저기"};
      t.parted_at_us = 4'000'000;
      t.parted_here = long_words("broker-1");
      t.parted_there = long_words("broker-2");
      t.world = std::make_shared<Snapshot>(h.world);
      h.settle();
      const Rect row = h.dashboard.hits().find(make_id("first divergence"));
      for (const Words* words : {&t.parted_here, &t.parted_there}) {
        std::string rest = pick(lang, *words);
        for (const auto& piece : h.dashboard.diagnostics().pieces)
          if (piece.rect.y > row.bottom() - 8 && rest.starts_with(piece.text))
            rest.erase(0, std::min(rest.size(), piece.text.size() + 1));
        CHECK_MESSAGE(rest.empty(), rest);
      }
      clean(h);
    }
}

TEST_CASE("a comparison counts the time without a leader") {
  Comparison two;
  two.original_leaderless_us = 8'549'000;
  two.changed_leaderless_us = 18'000'000;
  const auto rows = build_compare_rows(two, false, 4);
  const auto row =
      std::find_if(rows.begin(), rows.end(), [](const CompareRow& r) { return r.name == "ui.without_leader"_w; });
  REQUIRE(row != rows.end());
  CHECK(row->original == 8549);
  CHECK(row->changed == 18000);
  CHECK(row->bad);
  two.changed_leaderless_us = 8'552'000;  // 3 ms more are not what the change is about
  const auto close = build_compare_rows(two, false, 4);
  const auto same =
      std::find_if(close.begin(), close.end(), [](const CompareRow& r) { return r.name == "ui.without_leader"_w; });
  REQUIRE(same != close.end());
  CHECK_FALSE(same->bad);
  two.original_leaderless_us = 0;
  two.changed_leaderless_us = 3'000;
  two.original.lost_acked = 1;  // one row: the count that differs
  const auto first = build_compare_rows(two, false, 1);
  REQUIRE(first.size() == 1);
  CHECK(first[0].name != "ui.without_leader"_w);
}

TEST_CASE("a comparison says first how many records were produced, if the runs differ in that") {
  Comparison two;
  two.original.produced = 25'343;
  two.original.acked = 25'331;
  two.changed.produced = two.changed.acked = 12'315;
  const auto rows = build_compare_rows(two, true, 2);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].name == "fate.produced"_w);
  CHECK(rows[0].original == 25'343);
  CHECK(rows[0].changed == 12'315);
  CHECK_FALSE(rows[0].bad);
  CHECK(rows[1].name == "fate.acked"_w);
  two.changed.produced = two.original.produced;
  for (const CompareRow& row : build_compare_rows(two, true, 9)) CHECK(row.name != "fate.produced"_w);
  for (const CompareRow& row : build_compare_rows(two, false, 99)) CHECK(row.name != "fate.produced"_w);
}

TEST_CASE(
    "the list of variants offers the other metadata mode and another seed for every lesson, by key and by mouse") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.size(1280, 720);
    h.dashboard.set_language(lang);
    h.show(Moment::Before, Scene::First);
    h.lesson.variants.clear();
    h.settle();
    h.actions();
    h.key(kKeyV);
    h.settle();
    CHECK(shows(h, "ZooKeeper"));
    clean(h);
    h.key(kKey1);
    h.settle();
    CHECK(h.take(ActionKind::OpenTwin).verb == "mode");
    h.key(kKeyV);
    h.settle();
    REQUIRE(h.click(make_id("variant", 1)));
    CHECK(h.take(ActionKind::OpenTwin).verb == "seed");
  }
}

TEST_CASE(
    "in the list of variants the button of two panes says what it does, and Shift+Enter does it for the chosen row") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.size(1280, 720);
    h.dashboard.set_language(lang);
    h.show(Moment::Before, Scene::First);
    h.lesson.variants = {{"base", {"the lesson", "레슨"}}, {"before", {"no epochs", "에포크 없음"}}};
    h.settle();
    h.actions();
    h.key(kKeyV);
    h.settle();
    const Rect button = h.dashboard.hits().find(make_id("variant beside", 1));
    REQUIRE_FALSE(button.empty());
    h.move(button.cx(), button.cy());
    for (int i = 0; i < 30; ++i) h.frame();
    CHECK(shows(h, tr(lang, "ui.twin_tip"_w)));
    CHECK(shows(h, tr(lang, "ui.beside_by_key"_w)));
    clean(h);
    h.move(2, 2);
    h.key(kKeyDown);
    h.key(kKeyEnter, false, true);
    h.settle();
    const Action open = h.take(ActionKind::OpenTwin);
    CHECK(open.verb == "variant");
    CHECK(open.other == "before");
    CHECK_FALSE(h.dashboard.state().variants_open);
    // Without Shift it opens in place of the lesson, as before.
    h.key(kKeyV);
    h.key(kKeyDown);
    h.key(kKeyEnter);
    h.settle();
    CHECK(h.take(ActionKind::OpenVariant).text == "before");
  }
}

TEST_CASE("in Find a row that shows two worlds says so under the pointer") {
  Headless h;
  h.size(1280, 720);
  h.show(Moment::Before, Scene::First);
  h.lesson.variants = {{"base", {"the lesson", "레슨"}}, {"before", {"no epochs", "에포크 없음"}}};
  h.settle();
  h.key(kKeySlash);
  h.settle();
  h.type("no epochs");
  h.settle();
  const Rect row = h.dashboard.hits().find(make_id("palette row", 0));
  REQUIRE_FALSE(row.empty());
  h.move(row.x + 20, row.cy());
  for (int i = 0; i < 30; ++i) h.frame();
  CHECK(shows(h, tr(Lang::En, "ui.twin_tip"_w)));
}
