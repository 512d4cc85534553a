// Somebody new who clicks once too often, asks in words of their own, and comes back the next day.
#include <doctest/doctest.h>

#include <algorithm>

#include "ui/looks.h"
#include "ui/panels/palette_items.h"
#include "ui/panels/two_worlds.h"

using namespace kafkascope;
using namespace kafkascope::ui;
using namespace kafkascope::observe;
using fixture::Moment;
using fixture::Scene;

namespace {

std::vector<std::string> found(Headless& h, const char* query) {
  h.key(kKeyK, true);
  for (int i = 0; i < 4; ++i) h.frame();
  h.dashboard.state().palette_text.clear();
  h.type(query);
  h.settle();
  std::vector<std::string> rows;
  std::vector<std::pair<float, std::string>> texts;
  const Rect first = h.dashboard.hits().find(make_id("palette row", 0));
  for (const auto& piece : h.dashboard.diagnostics().pieces)
    if (!first.empty() && piece.rect.y >= first.y && piece.rect.x > first.x && piece.rect.x < first.x + 60)
      texts.emplace_back(piece.rect.y, piece.text);
  std::stable_sort(texts.begin(), texts.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [y, text] : texts) rows.push_back(text);
  h.key(kKeyEscape);
  h.frame();
  return rows;
}

PaletteItem item(const char* words, const char* also = "", bool last = false) {
  PaletteItem one;
  one.words = one.low_words = words;
  one.low_alias = "\n";
  one.low_also = also;
  one.last = last;
  return one;
}

std::string first_of(const std::vector<PaletteItem>& all, const char* query) {
  const std::vector<PaletteItem> rows = find_palette_items(all, query, 9);
  return rows.empty() ? std::string() : rows.front().words;
}

}  // namespace

TEST_CASE("at a lesson's end another Next does nothing and says that there is no further step") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench})
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      Headless h;
      h.size(1280, 720);
      h.dashboard.set_layout(layout);
      h.dashboard.set_language(lang);
      h.show(Moment::Elected, Scene::First);
      h.settle();
      const Rect before = h.dashboard.hits().find(make_id("next"));
      REQUIRE_FALSE(before.empty());
      h.show(Moment::Elected, Scene::End);
      h.settle();
      CHECK(says(h, lang == Lang::En ? "Last step" : "마지막 단계"));
      h.actions();
      for (int i = 0; i < 3; ++i) h.click(before.cx(), before.cy());
      CHECK(h.actions().empty());
      if (layout == Layout::Lesson) clean(h);
    }
}

TEST_CASE("in a detour the lesson's words are marked as being about the lesson") {
  Headless h;
  h.size(1280, 720);
  h.show(Moment::Elected, Scene::Detour);
  h.lesson.told = true;
  h.lesson.detour.kind = RunKind::Detour;
  h.lesson.paragraphs = {{"acks-all gets its acknowledgements again.", "acks-all이 다시 ack를 받아요."}};
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    h.dashboard.set_language(lang);
    h.settle();
    CHECK(says(h, lang == Lang::En ? "without your action" : "원래 레슨의 설명"));
    clean(h);
  }
  h.lesson.detour.active = false;
  h.settle();
  CHECK_FALSE(says(h, "원래 레슨의 설명"));
}

TEST_CASE("a cluster that was built from nothing offers no return to a step, because it has no steps") {
  Headless h;
  h.size(1280, 720);
  h.show(Moment::Elected, Scene::Detour);
  h.lesson.detour.kind = RunKind::Detour;
  h.settle();
  REQUIRE_FALSE(h.dashboard.hits().find(make_id("return")).empty());
  h.lesson.steps.clear();
  h.lesson.paragraphs.clear();
  h.lesson.present = false;
  h.settle();
  CHECK(h.dashboard.hits().find(make_id("return")).empty());
  CHECK(h.dashboard.hits().find(make_id("next")).empty());
  CHECK_FALSE(says(h, "Return"));
  clean(h);
}

TEST_CASE("the list of lessons opens at the lesson that was left, also after the program has ended") {
  Headless h;
  h.size(1280, 720);
  h.show(Moment::Elected, Scene::First);
  std::vector<LessonEntry> lessons;
  for (int i = 0; i < 30; ++i) {
    const std::string id = "lesson-" + std::to_string(i);
    lessons.push_back({id, "producer", {id, id}});
  }
  h.dashboard.set_lessons(lessons);
  h.dashboard.set_meetings({{{"First", "첫째"}, {"lesson-3", "lesson-4"}}, {{"Second", "둘째"}, {"lesson-25"}}});
  h.dashboard.state().by_meeting = true;
  h.dashboard.state().continue_here = "lesson-25";
  h.settle();
  h.key(kKeyL);
  h.settle();
  CHECK(h.dashboard.state().lessons_row == 2);
  CHECK(says(h, "continue here"));
  h.actions();
  h.click(make_id("turn lessons"));
  CHECK(h.emitted(ActionKind::KeepLessonList));
  CHECK_FALSE(h.dashboard.state().by_meeting);
}

TEST_CASE(
    "Find: the exact name comes first, each word finds its own place, and questions in one's own words lead to acts") {
  const std::vector<PaletteItem> all = {item("4. linger.ms waits"), item("compare with …: linger-50 acks"),
                                        item("compare with …: linger-50 linger.ms"),
                                        item("crash broker-2", "crash dies"), item("linger.ms", "", true)};
  CHECK(first_of(all, "linger.ms") == "linger.ms");
  CHECK(first_of(all, "compare linger-50 linger") == "compare with …: linger-50 linger.ms");
  CHECK(first_of(all, "broker-2 dies") == "crash broker-2");
  CHECK(first_of(all, "what if broker-2 dies") == "crash broker-2");
  CHECK(first_of(all, "만약 broker-2 dies") == "crash broker-2");
}

TEST_CASE("Find writes all acts with a capital, those of the list of keys, too") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.settle();
  const auto first = [&](const char* query) {
    const auto rows = found(h, query);
    return rows.empty() ? std::string() : rows.front();
  };
  CHECK(first("run, pause") == "Run, pause");
  CHECK(first("save a picture") == "Save a picture");
}

TEST_CASE("a menu's items that ask for values end in an ellipsis, and the one that leads to all of them does, too") {
  const observe::Snapshot world = fixture::world(Moment::Before);
  int asking = 0;
  for (const char* target : {"broker-1", "shop", "billing-1", "orders-0"})
    for (const MenuItem& item : build_menu(world, target, {}))
      if (item.form >= 0 || item.more)
        for (const Lang lang : {Lang::En, Lang::Ko}) {
          const std::string words = menu_words(lang, item);
          CHECK_MESSAGE(words.ends_with("…"), words);
          ++asking;
        }
  CHECK(asking > 0);
}

TEST_CASE("Find in the window offers a crash for 'broker-2 dies', and no comparison with the present value") {
  Headless h;
  h.size(1280, 720);
  h.show(Moment::Before, Scene::First);
  h.lesson.twin_offers = std::make_shared<const std::vector<TwinOffer>>(
      std::vector<TwinOffer>{{{"shop acks", "shop acks"}, "setting", "shop", "acks", 0, 0, "1"}});
  h.settle();
  for (const char* query : {"broker-2 dies", "what if broker-2 dies"}) {
    const auto rows = found(h, query);
    REQUIRE_FALSE(rows.empty());
    CHECK(rows.front() == "Crash broker-2");
  }
  const auto what_if = found(h, "what if");
  REQUIRE_FALSE(what_if.empty());
  CHECK(what_if.front().find("Compare with") == 0);
  const auto acks = found(h, "compare shop acks=");
  CHECK(std::any_of(acks.begin(), acks.end(), [](const auto& s) { return s.find("acks=all") != std::string::npos; }));
  CHECK(std::none_of(acks.begin(), acks.end(), [](const auto& s) { return s.find("acks=1") != std::string::npos; }));
  const auto has = [](const std::vector<std::string>& rows, const char* row) {
    return std::find(rows.begin(), rows.end(), row) != rows.end();
  };
  CHECK(has(acks, "Compare with: acks=all for shop"));
  CHECK(has(found(h, "shop acks"), "Compare with: another acks for shop"));
  h.dashboard.set_language(Lang::Ko);
  CHECK(has(found(h, "shop acks"), "나란히 비교: shop의 acks에 다른 값"));
  CHECK(has(found(h, "shop acks=0"), "나란히 비교: shop의 acks=0"));
}

TEST_CASE("Find offers the comparison with the other mode first for the mode's name, in both languages") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.size(1280, 720);
    h.dashboard.set_language(lang);
    h.show(Moment::Before, Scene::First);
    h.lesson.twin_offers = std::make_shared<const std::vector<TwinOffer>>(
        std::vector<TwinOffer>{{both("ui.twin_mode_zookeeper"_w), "mode", {}, {}}});
    h.settle();
    const std::pair<std::string, int> queries[] = {// with the rows before it, at most
                                                   {"zookeeper", 2},
                                                   {"주키퍼", 2},
                                                   {"zook", 0},
                                                   {"zo", 0},
                                                   {"zk", 0}};
    for (const auto& asked : queries) {
      CAPTURE(asked.first);
      const auto rows = found(h, asked.first.c_str());
      REQUIRE_FALSE(rows.empty());
      const auto compare = std::find_if(rows.begin(), rows.end(), [&](const std::string& row) {
        return row.find(lang == Lang::En ? "Compare with: the same with" : "나란히 비교: ") == 0;
      });
      std::string all;
      for (const std::string& row : rows) all += row + "\n";
      CHECK_MESSAGE(compare - rows.begin() <= asked.second, all);
    }
  }
}

TEST_CASE("the slider between two worlds always names the values of both worlds") {
  for (const auto& [w, height] : {std::pair{1280.f, 720.f}, {1600.f, 900.f}}) {
    Headless h;
    h.size(w, height);
    h.show(Moment::Elected, Scene::First);
    Twin& t = h.lesson.twin;
    t.open = t.ready = t.searched = true;
    t.here = {"acks-all acks = all", "acks-all acks = all"};
    t.there = {"acks-all acks = 1", "acks-all acks = 1"};
    t.dial = "acks-all acks";
    t.stops = {"0", "1", "all"};
    t.stop = 1;
    t.own_stop = 2;
    t.world = std::make_shared<Snapshot>(h.world);
    h.settle();
    const std::vector<Rect> track = marks(h, "dial");
    REQUIRE(track.size() == 1);
    int named = 0;
    for (const auto& piece : h.dashboard.diagnostics().pieces)
      for (std::size_t i = 0; i < t.stops.size(); ++i)
        named += piece.text == t.stops[i] && piece.rect.y >= track[0].cy() &&
                         std::abs(piece.rect.cx() - (track[0].x + track[0].w * static_cast<float>(i) / 2)) < 3
                     ? 1
                     : 0;
    CHECK(named == 3);
    clean(h);
  }
}

TEST_CASE("between two modes the bar does not claim that nothing differs while moments or numbers differ") {
  Headless h;
  h.size(1280, 720);
  h.show(Moment::Elected, Scene::First);
  Twin& t = h.lesson.twin;
  t.open = t.ready = t.searched = true;
  t.here = {"KRaft", "KRaft"};
  t.there = {"ZooKeeper", "ZooKeeper"};
  t.world = std::make_shared<Snapshot>(h.world);
  h.settle();
  CHECK(says(h, "No difference so far"));
  t.parted_in_detail = true;
  h.settle();
  CHECK_FALSE(says(h, "No difference so far"));
  CHECK(says(h, "No lasting difference so far"));
  // What has a frame differs, though perhaps not for long.
  auto other = std::make_shared<Snapshot>(h.world);
  const auto broker =
      std::find_if(other->nodes.begin(), other->nodes.end(), [](const Node& n) { return n.name == "broker-2"; });
  REQUIRE(broker != other->nodes.end());
  broker->state = NodeState::Paused;
  t.world = other;
  h.settle();
  CHECK(says(h, "They differ now"));
  CHECK_FALSE(says(h, "only moments, numbers"));
  t.world = std::make_shared<Snapshot>(h.world);
  t.parted = t.parted_in_numbers = true;
  t.parted_here = t.parted_there = {"shop sends a batch", "shop이 배치를 보내요"};
  h.settle();
  CHECK(says(h, "Same story so far, other requests, from"));
  CHECK_FALSE(says(h, "Only details differ"));
}
