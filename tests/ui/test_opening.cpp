// An empty cluster, and the work from before the program last ended.
#include "ui/looks.h"
#include "ui/panels/act_forms.h"
#include "ui/panels/new_cluster.h"
#include "ui/strings.h"

using namespace kafkascope;
using namespace kafkascope::ui;

TEST_CASE("an empty cluster opens from the list of lessons and from Find") {
  Headless h;
  h.dashboard.set_lessons({{"acks", "producer", {"Acks under a crash", "크래시와 acks"}}});
  h.settle();
  h.key(kKeyL);
  h.settle();
  CHECK(h.click(make_id("empty cluster")));
  h.settle();
  CHECK(h.dashboard.state().new_cluster.open);
  CHECK_FALSE(h.dashboard.state().lessons_open);
  h.actions();
  h.key(kKeyEnter);
  h.settle();
  CHECK(h.take(ActionKind::NewCluster).text == new_cluster_file({}));
  CHECK_FALSE(h.dashboard.state().new_cluster.open);
  h.key(kKeyK, true);
  for (int i = 0; i < 4; ++i) h.frame();  // until the field has the keyboard
  h.type("empty cluster");
  h.settle();
  h.enter();
  h.settle();
  REQUIRE(h.dashboard.state().new_cluster.open);
  CHECK(h.click(make_id("new cluster do")));
  h.settle();
  CHECK(h.emitted(ActionKind::NewCluster));
}

TEST_CASE("a new cluster's brokers, servers and mode are chosen by click or by key, and Escape creates none") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& size : {std::pair{1280.f, 720.f}, std::pair{1920.f, 1080.f}}) {
      Headless h;
      h.size(size.first, size.second);
      h.dashboard.set_language(lang);
      h.dashboard.state().new_cluster.open = true;
      clean(h);
      CHECK(h.click(make_id("new cluster choice", 4)));       // 5 brokers
      CHECK(h.click(make_id("new cluster choice", 16 + 1)));  // ZooKeeper
      clean(h);
      CHECK(shows(h, lang == Lang::En ? "ZooKeeper servers" : "ZooKeeper 서버"));
      h.key(kKeyDown);
      h.key(kKeyRight);  // 3 servers
      h.settle();
      h.actions();
      h.key(kKeyEnter);
      h.settle();
      CHECK(h.take(ActionKind::NewCluster).text ==
            R"({"kafka": "2.5", "cluster": {"metadata": "zookeeper", "zookeepers": 3, "brokers": 5}})");
      h.dashboard.state().new_cluster = {true, 0, {0, 0, 0}};
      clean(h);
      CHECK(shows(h, "offsets.topic.replication.factor"));
      h.actions();
      h.key(kKeyEscape);
      h.settle();
      CHECK_FALSE(h.dashboard.state().new_cluster.open);
      h.dashboard.state().new_cluster.open = true;
      h.settle();
      CHECK(h.click(make_id("new cluster cancel")));
      h.settle();
      CHECK_FALSE(h.dashboard.state().new_cluster.open);
      CHECK_FALSE(h.emitted(ActionKind::NewCluster));
    }
}

TEST_CASE("the list of lessons opens the forms for a topic and for a client") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    for (const std::string_view form : {"create topic", "new producer", "new consumer"}) {
      CAPTURE(form);
      Headless h;
      h.size(1280, 720);
      h.dashboard.set_language(lang);
      h.dashboard.set_lessons({{"acks", "producer", {"Acks under a crash", "크래시와 acks"}}});
      h.settle();
      h.key(kKeyL);
      clean(h);
      CHECK(h.click(make_id(form)));
      clean(h);
      CHECK_FALSE(h.dashboard.state().lessons_open);
      REQUIRE(h.dashboard.state().form.open);
      CHECK(h.dashboard.state().form.form == act_form(form));
    }
  }
}

TEST_CASE("the list of lessons offers to continue the last lesson and to restore each piece of earlier work") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    for (const auto& [w, height] : {std::pair{1280.f, 720.f}, std::pair{1920.f, 1080.f}}) {
      Headless h;
      h.size(w, height);
      h.dashboard.set_language(lang);
      h.dashboard.set_lessons({{"acks", "producer", {"Acks under a crash", "크래시와 acks"}},
                               {"failover", "replication", {"A leader dies", "리더가 죽으면"}}});
      h.dashboard.state().continue_here = "acks";
      h.dashboard.state().waiting = {{3, {"A leader dies", "리더가 죽으면"}, "/s/kept.json"},
                                     {1, {"An empty cluster", "빈 클러스터"}, "/s/kept-1.json"}};
      h.settle();
      h.key(kKeyL);
      clean(h);
      CHECK(shows(h, lang == Lang::En ? "Continue: Acks under a crash" : "이어하기: 크래시와 acks"));
      CHECK(shows(h, lang == Lang::En ? "Restore: A leader dies (3)" : "되살리기: 리더가 죽으면 (3개)"));
      h.actions();
      CHECK(h.click(make_id("take up", 2)));
      CHECK(h.take(ActionKind::RestoreKept).text == "/s/kept-1.json");
      CHECK_FALSE(h.dashboard.state().lessons_open);
      h.key(kKeyL);
      h.settle();
      h.actions();
      CHECK(h.click(make_id("take up", 0)));
      const Action open = h.take(ActionKind::OpenLesson);
      CHECK(open.text == "acks");
      CHECK(open.number == 1);
    }
  }
}

TEST_CASE("a file opens by its path in the list of lessons, with Enter or a click") {
  Headless h;
  h.dashboard.set_lessons({{"acks", "producer", {"Acks under a crash", "크래시와 acks"}}});
  for (const bool by_key : {false, true}) {
    h.settle();
    h.key(kKeyL);
    for (int i = 0; i < 4; ++i) h.frame();  // until the field has the keyboard
    h.type("my/cluster.json");
    clean(h);
    CHECK(shows(h, "Open the file my/cluster.json"));
    h.actions();
    if (by_key) h.enter();
    else CHECK(h.click(make_id("open file")));
    CHECK(h.take(ActionKind::OpenFile).text == "my/cluster.json");
    CHECK_FALSE(h.dashboard.state().lessons_open);
  }
}

TEST_CASE("the session from before the program ended is offered once, and can be declined") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.dashboard.set_language(lang);
    h.dashboard.state().kept = {3, {"A leader dies", "리더가 죽으면"}, "/s/kept.json"};
    h.settle();
    CHECK(shows(h, tr(lang, "ui.restore"_w)));
    clean(h);
    h.actions();
    h.key(kKeyEnter);
    CHECK(h.take(ActionKind::RestoreKept).text == "/s/kept.json");
    // With a second world or a detour Enter would replace what is on screen: the button is there.
    h.lesson.detour = fixture::lesson(fixture::Scene::Detour).detour;
    h.settle();
    h.key(kKeyEnter);
    CHECK_FALSE(h.emitted(ActionKind::RestoreKept));
    h.lesson.detour = {};
    auto other = std::make_shared<kafkascope::observe::Snapshot>(h.world);
    h.open_twin(std::move(other));
    h.key(kKeyEnter);
    CHECK_FALSE(h.emitted(ActionKind::RestoreKept));
    h.lesson.twin = {};
    h.settle();
    h.actions();
    CHECK(h.click(make_id("not now")));
    h.settle();
    CHECK_FALSE(shows(h, tr(lang, "ui.restore"_w)));
    h.key(kKeyEnter);
    CHECK_FALSE(h.emitted(ActionKind::RestoreKept));
  }
}
