// The display of controllers: the ZooKeeper ensemble on the stage and in its panel, queues, beliefs; clients that are refused or throttled.
#include <doctest/doctest.h>

#include <algorithm>

#include "ui/looks.h"
#include "ui/panels/inspector_view.h"
#include "ui/stage/stage_view.h"

using namespace kafkascope::ui;
using namespace kafkascope::words::literals;
using namespace kafkascope::observe;
using fixture::Moment;
using fixture::Scene;

namespace {

constexpr std::pair<float, float> kSizes[] = {{1280, 720}, {1280, 800}, {1920, 1080}};

Znode znode(const char* path, const char* data = "", const char* owner = "") {
  Znode z;
  z.path = path;
  z.data = data;
  z.ephemeral_owner = owner;
  return z;
}

/// The fixture's cluster as a 2.5 cluster: three servers, broker-1 the controller.
void make_zookeeper(Snapshot& w) {
  w.metadata = "zookeeper";
  w.kafka_version = "2.5";
  w.controller_epoch = 1;
  w.voters.clear();
  w.quorum_high_watermark = 0x100000008;
  for (int i = 0; i < 3; ++i) {
    Node& n = w.nodes[static_cast<std::size_t>(i)];
    n.name = "zookeeper-" + std::to_string(i + 1);
    n.kind = NodeKind::ZooKeeper;
    n.id = i + 1;
    n.active_controller = false;
    n.zxid = "0x100000007";
    VoterLog log;
    log.node = i;
    log.log_end_offset = log.high_watermark = 0x100000008;
    for (std::int64_t k = 5; k < 8; ++k)
      log.tail.push_back(
          {0x100000000 + k, 1, "0x10000000" + std::to_string(k), {"setData /brokers/topics/orders", ""}, true});
    w.voters.push_back(log);
    w.sessions.push_back(
        {"broker-" + std::to_string(i + 1),
         n.name,
         3 + i,
         {true, 15'000'000, 18'000'000, "zookeeper.session.timeout.ms", "18000", ConfigSource::Default},
         1});
  }
  w.nodes[3].active_controller = true;
  w.znodes = {znode("/admin"),
              znode("/brokers"),
              znode("/brokers/ids"),
              znode("/brokers/ids/1", "{}", "broker-1"),
              znode("/brokers/ids/2", "{}", "broker-2"),
              znode("/brokers/topics"),
              znode("/brokers/topics/orders"),
              znode("/controller", R"({"brokerid":1})", "broker-1"),
              znode("/controller_epoch", "1")};
  w.znodes[2].watched = true;
  w.znode_count = 46;
  w.watch_count = 21;
  w.fired_watches.push_back({"/brokers/ids", "NodeChildrenChanged", "broker-1", w.time_us});
  w.work = {3, {"BrokerChange", "LeaderAndIsrResponse"}, 9, 0, 7, {{2, 1}}};
}

}  // namespace

TEST_CASE(
    "the ZooKeeper ensemble is one box with znodes, sessions and watches, which shows its servers when it is open") {
  Headless h;
  for (const auto& [width, height] : kSizes) {
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
        h.show(Moment::Before, Scene::First);
        h.lesson.view.panels = {"stage", "partitions"};
        make_zookeeper(h.world);
        h.dashboard.state().ensemble_open.reset();
        h.dashboard.set_layout(layout);
        h.dashboard.set_language(lang);
        h.size(width, height);
        CHECK(says(h, lang == Lang::En ? "46 znodes, 3 sessions, 21 watches" : "지노드 46, 세션 3, 와치 21"));
        CHECK_FALSE(shows(h, "zookeeper-2"));
        clean(h);
        CHECK(h.click(make_id("ensemble")));
        CHECK(says(h, "zookeeper-2"));
        CHECK(shows(h, "0x100000007"));
        clean(h);
        h.key(kKeyE);
        h.settle();
        CHECK_FALSE(shows(h, "zookeeper-2"));
      }
    }
  }
}

TEST_CASE(
    "the ensemble's box opens when a server is selected or a lesson points at one, and explains an ensemble without a leader") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.lesson.view.panels = {"stage", "partitions"};
  make_zookeeper(h.world);
  h.dashboard.state().selection = "zookeeper-3";
  CHECK(says(h, "follower"));
  h.dashboard.state().selection.clear();
  h.settle();
  CHECK_FALSE(shows(h, "follows"));
  h.lesson.view.point = {{"/nodes/zookeeper-1", {"leads", ""}}};
  CHECK(says(h, "follower"));
  clean(h);
  h.lesson.view.point.clear();
  h.world.nodes[0].voter = h.world.nodes[1].voter = h.world.nodes[2].voter = VoterState::Voted;
  CHECK(says(h, "no quorum"));
  clean(h);
  h.dashboard.set_layout(Layout::Presenter);
  CHECK(says(h, "no quorum"));
  clean(h);
}

TEST_CASE(
    "stage: messages between ZooKeeper servers are shown only while the box is open, brokers' requests always, and the controller's requests above the brokers") {
  auto world = fixture::world(Moment::Before);
  make_zookeeper(world);
  world.messages.resize(3);
  Message &inside = world.messages[0], &asked = world.messages[1], &order = world.messages[2];
  inside.from = 0, inside.to = 2, inside.family = asked.family = Family::ZooKeeper;
  asked.from = 4, asked.to = 2, asked.response = false, asked.fraction = 1;
  order.from = 3, order.to = 5, order.family = Family::Control, order.response = false, order.fraction = .5f;
  const StageView shut = build_stage_view(world), open = build_stage_view(world, {.ensemble_open = true});
  CHECK(shut.point_of(inside).x < -500);
  CHECK(open.point_of(inside).x > 0);
  CHECK(shut.ensemble.grown(2).contains(shut.point_of(asked).x, shut.point_of(asked).y));
  CHECK(open.rect(2)->grown(2).contains(open.point_of(asked).x, open.point_of(asked).y));
  CHECK(shut.rect(0)->x == shut.rect(2)->x);
  CHECK(shut.point_of(order).y < shut.rect(3)->y);
  CHECK(shut.point_of(order).y > shut.ensemble.bottom());

  Link cut;
  cut.a = 4, cut.cut = true;
  for (const int server : {0, 1}) cut.b = server, world.links.push_back(cut);
  CHECK_FALSE(shut.whole(world, world.links.back()));
  CHECK(open.whole(world, world.links.back()));
  cut.b = 2;
  world.links.push_back(cut);
  CHECK(shut.whole(world, world.links.back()));
  cut.a = 0;  // inside the box
  CHECK_FALSE(shut.whole(world, cut));
}

TEST_CASE(
    "ZooKeeper panel: the tree can be folded, and the controller's queue, sessions and fired watches are listed") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.lesson.view.panels = {"stage", "controller"};
  make_zookeeper(h.world);
  h.size(1920, 1080);
  CHECK(says(h, "topics"));
  CHECK(shows(h, "brokerid"));
  CHECK(shows(h, "Event queue of"));
  CHECK(shows(h, "BrokerChange"));
  CHECK(shows(h, "+7"));
  CHECK(shows(h, "waits for 7 ZooKeeper responses"));
  CHECK(shows(h, "requests for broker-2: 1"));
  CHECK(shows(h, "NodeChildrenChanged"));
  CHECK(shows(h, "15 s"));
  clean(h);
  CHECK(h.click(make_id("znode", 2)));  // /controller, /controller_epoch, /brokers
  h.settle();
  CHECK_FALSE(shows(h, "topics"));
  CHECK(shows(h, "/brokers"));
  CHECK(h.click(make_id("znode", 2)));
  CHECK(says(h, "topics"));
  for (const auto& [width, height] : kSizes) {
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      h.dashboard.set_language(lang);
      h.size(width, height);
      clean(h);
    }
  }
}

TEST_CASE("ZooKeeper panel: a changed znode, and one that the lesson points at, is scrolled into view") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.lesson.view.panels = {"stage", "controller"};
  make_zookeeper(h.world);
  h.settle();
  CHECK(shows(h, "topics/orders"));  // an only child and a parent without information share one row
  for (int i = 0; i < 40; ++i) h.world.znodes.push_back(znode(("/z" + std::to_string(10 + i)).c_str()));
  h.settle();
  CHECK_FALSE(shows(h, "/z45"));
  h.world.znodes[9 + 35].written_lately = true;
  CHECK(says(h, "/z45"));
  h.lesson.view.point = {{"/zookeeper/controller", {"", ""}}};
  CHECK(says(h, "brokerid"));
  CHECK_FALSE(shows(h, "/z45"));
  clean(h);
}

TEST_CASE(
    "KRaft panel: it explains filled and hatched entries, votes, snapshots and entries that wait for the commit") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.lesson.view.panels = {"stage", "controller"};
  h.world.work = {1, {"AlterPartition"}, 1, 2, 0, {}};
  REQUIRE_FALSE(h.world.voters.empty());
  h.world.voters[0].snapshots = {100, 190};
  for (const auto& [width, height] : kSizes) {
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      h.dashboard.set_language(lang);
      h.size(width, height);
      CHECK(says(h, lang == Lang::En ? "not known to be committed" : "커밋됐는지 모름"));
      CHECK(shows(h, lang == Lang::En ? "snapshot to 190" : "스냅샷 190 앞까지"));
      CHECK(shows(h, lang == Lang::En ? "Follower" : "팔로워"));
      clean(h);
    }
  }
  h.dashboard.set_language(Lang::En);
  CHECK(says(h, "controller-2: waiting for commit"));
  CHECK(shows(h, "AlterPartition"));
  CHECK(shows(h, "2 records not committed"));
  CHECK(marks(h, "votes").empty());
  h.world.nodes[0].voter = VoterState::Candidate;
  h.world.nodes[0].votes_from = {0};
  CHECK_FALSE(marks(h, "votes").empty());
  clean(h);
}

TEST_CASE("inspector: it shows a node's beliefs beside the truth, and the metadata of a controller in a broker") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  make_zookeeper(h.world);
  Node& zombie = h.world.nodes[4];
  zombie.zombie_controller = true;
  zombie.believed = {{{"controller", "컨트롤러"}, "broker-2", "broker-1", true},
                     {{"session", "세션"}, "0x1000000000001", "", true}};
  zombie.as_controller = {{0, 3, 7, {3}, true}};
  h.dashboard.state().selection = "broker-2";
  h.dashboard.state().drawer = true;
  for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
    h.dashboard.set_layout(layout);
    h.size(1920, 1080);
    if (layout == Layout::Workbench) {
      CHECK(says(h, "Belief and truth"));
      CHECK(shows(h, "currently none"));
      CHECK(shows(h, "As the controller"));
    }
    CHECK_FALSE(marks(h, "zombie controller").empty());
    CHECK_FALSE(marks(h, "controller line").empty());
    clean(h);
  }
  const InspectorView view = build_inspector_view(h.world, Lang::En, "broker-2");
  REQUIRE(view.as_controller.size() == 1);
  CHECK(view.as_controller[0].leader == "broker-3");
  CHECK(view.as_controller[0].differs);
}

TEST_CASE(
    "a refused client and a client above its quota are marked on the stage, in the inspector and in the presenter") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  auto client = [&](const char* name) -> Client& {
    return *std::find_if(h.world.clients.begin(), h.world.clients.end(),
                         [&](const Client& c) { return h.world.nodes[static_cast<std::size_t>(c.node)].name == name; });
  };
  Client &held = client("checkout"), &refused = client("billing-1");
  held.produce_quota_bytes_per_s = 100'000;
  held.throttled_for_us = 1'234'000;
  held.throttles = 3;
  held.throttled_us = 2'500'000;
  refused.refused = "GROUP_AUTHORIZATION_FAILED";
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      h.dashboard.set_layout(layout);
      h.dashboard.set_language(lang);
      CHECK(says(h, lang == Lang::En ? "quota: waits 1.2 s" : "쿼터: 1.2초 대기"));
      CHECK(shows(h, lang == Lang::En ? "not allowed: group" : "권한 없음: 그룹"));
      clean(h);
    }
  }
  const auto says_of = [&](const char* name, kafkascope::words::Key what, Lang lang = Lang::En) {
    const InspectorView view = build_inspector_view(h.world, lang, name);
    const auto at =
        std::find_if(view.fields.begin(), view.fields.end(), [&](const Field& f) { return f.name == what; });
    return at == view.fields.end() ? std::string() : at->value;
  };
  CHECK(says_of("checkout", "ui.field_produce_quota"_w) == bytes_text(100'000) + "/s");
  CHECK(says_of("checkout", "ui.field_throttled"_w) == "3 x, 2.5 s");
  CHECK(says_of("checkout", "ui.field_throttled"_w, Lang::Ko) == "3 x, 2.5초");
  CHECK(says_of("billing-1", "ui.field_refused"_w) == "GROUP_AUTHORIZATION_FAILED");
}

TEST_CASE("presenter: it shows the remaining time of sessions, and voters' logs") {
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  for (const auto& [width, height] : {std::pair{1280.f, 720.f}, std::pair{1024.f, 768.f}}) {
    h.size(width, height);
    h.show(Moment::Before, Scene::First);
    h.lesson.view.panels = {"stage", "controller"};
    CHECK(says(h, "up to 218"));
    clean(h);
    make_zookeeper(h.world);
    CHECK(says(h, "15 s left"));
    CHECK(shows(h, "46 znodes"));
    clean(h);
  }
}
