// Signs that say by themselves what is so: a refused connection, archived records, a metric that is spoken of, silence at a chosen
// speed, an act whose answer is on its way, and steps of a script that lie close together.
#include <algorithm>

#include "ui/looks.h"
#include "ui/panels/panels.h"
#include "ui/shorten.h"
#include "ui/stage/stage_view.h"

using namespace kafkascope::ui;
using namespace kafkascope::observe;
using kafkascope::ui::fixture::Moment;
using kafkascope::ui::fixture::Scene;

namespace {

int count(Headless& h, std::string_view name) { return static_cast<int>(marks(h, name).size()); }

int node(const Headless& h, std::string_view name) {
  const auto& nodes = h.world.nodes;
  return static_cast<int>(std::find_if(nodes.begin(), nodes.end(), [&](const Node& n) { return n.name == name; }) -
                          nodes.begin());
}

}  // namespace

TEST_CASE("an address that leads back to the client's own machine is drawn as a loop at the client's card") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.dashboard.set_language(lang);
    h.show(Moment::Before, Scene::First);
    h.dashboard.set_layout(Layout::Lesson);
    CHECK(count(h, "told its own machine") == 0);
    const Client& shop = *std::find_if(h.world.clients.begin(), h.world.clients.end(), [&](const Client& c) {
      return h.world.nodes[static_cast<std::size_t>(c.node)].kind == NodeKind::Producer;
    });
    Link told;
    told.a = shop.node;
    told.b = node(h, "broker-1");
    told.broken = told.itself = true;
    h.world.links.push_back(told);
    REQUIRE(count(h, "told its own machine") == 1);
    CHECK(shows(h, lang == Lang::En ? "told 127.0.0.1: itself" : "127.0.0.1은 자신"));
    clean(h);
    const StageView view = build_stage_view(h.world);
    CHECK(std::none_of(view.ways.begin(), view.ways.end(),
                       [&](const StageWay& w) { return w.standing && w.a == told.a && w.b == told.b; }));
  }
}

TEST_CASE("records that a share group has archived stay before its window, struck out and counted") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
    CAPTURE(static_cast<int>(layout));
    Headless h;
    h.show(Moment::Before, Scene::First);
    Partition& p = h.world.partitions[0];
    ShareStrip share;
    share.group = "packers";
    share.start = p.log_end_offset - 4;
    share.end = p.log_end_offset;
    share.archived = 4;
    share.runs = {{share.start - 4, share.start - 1, ShareState::Archived, 0, {}},
                  {share.start, share.end - 1, ShareState::Acquired, 5, "packer-1"}};
    p.shares = {share};
    h.lesson.view.panels = {"stage", "partitions"};
    h.lesson.view.select = p.name;
    h.dashboard.state().selection = p.name;
    h.dashboard.set_layout(layout);
    REQUIRE(count(h, "archived") == 1);
    CHECK(shows(h, "4 archived"));
    clean(h);
  }
}

TEST_CASE("the metric that a sentence is about comes first and has a frame") {
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    Headless h;
    h.show(Moment::Before, Scene::First);
    h.lesson.view.panels = {"metrics"};
    h.world.metrics.clear();
    for (int i = 0; i < 40; ++i) {
      Metric m;
      m.name = {"metric " + std::to_string(i), "지표 " + std::to_string(i)};
      m.mbean = "kafka.test:name=m" + std::to_string(i);
      m.now = 1;
      h.world.metrics.push_back(m);
    }
    const std::string path = "/metrics/mbeans/*/kafka.test:name=m37";
    h.dashboard.set_layout(layout);
    CHECK_FALSE(says(h, "metric 37"));
    h.lesson.view.point = {{path, {}}};
    REQUIRE(count(h, "pointed " + path) == 1);
    CHECK(shows(h, "metric 37"));
    CHECK(shows(h, "metric 0"));
    Rect spoken_of, first_other{0, 1e9f, 0, 0};
    for (const auto& piece : h.dashboard.diagnostics().pieces) {
      if (!piece.text.starts_with("metric ")) continue;
      Rect& found = piece.text == "metric 37" ? spoken_of : first_other;
      if (&found == &spoken_of || piece.rect.y < found.y || (piece.rect.y == found.y && piece.rect.x < found.x))
        found = piece.rect;
    }
    CHECK(spoken_of.w > 0);
    CHECK(spoken_of.y <= first_other.y);
    CHECK((spoken_of.y < first_other.y || spoken_of.x < first_other.x));
  }
}

TEST_CASE("a metric's name never loses its end, and pointing at an MBean shows its whole name") {
  const std::string name = "compressed size of records, as a part of their size before",
                    bean = "kafka.producer:type=producer-metrics,client-id=shop-of-the-north#compression-rate-avg";
  for (const auto& size : {std::pair{1280.f, 720.f}, std::pair{1600.f, 900.f}}) {
    Headless h;
    h.size(size.first, size.second);
    h.show(Moment::Before, Scene::First);
    h.lesson.view.panels = {"metrics"};
    h.world.metrics.clear();
    for (int i = 0; i < 12; ++i) {
      Metric m;
      m.name = {name + " " + std::to_string(i), "이름"};
      m.mbean = bean;
      m.now = 1;
      h.world.metrics.push_back(m);
    }
    h.settle();
    Rect at;
    std::string said;
    for (const auto& piece : h.dashboard.diagnostics().pieces) {
      if (piece.box != "metrics") continue;
      if (piece.text.ends_with("#compression-rate-avg") && at.empty()) at = piece.rect;
      else if (!piece.text.starts_with("kafka")) CHECK(piece.text.find("…") == std::string::npos);
      if (piece.text.find("before 0") != std::string::npos) said = piece.text;
    }
    CHECK_FALSE(said.empty());
    REQUIRE_FALSE(at.empty());
    CHECK_FALSE(shows(h, bean));
    clean(h);
    for (const bool of_group : {false, true}) {  // the card of a group's lag is that of the term
      const std::string all =
          of_group ? "kafka-consumer-groups --describe --group a-group-with-a-very-long-name" : bean;
      for (Metric& m : h.world.metrics) m.mbean = all;
      h.move(1, 1);
      h.settle();
      h.move(at.x + 4, at.cy());
      for (int i = 0; i < 40; ++i) h.frame();
      CHECK(h.dashboard.state().tip.title == all);
    }
  }
}

TEST_CASE("at a chosen speed a silence is shown with its end, and one click jumps to the end") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
      Headless h;
      h.size(1920, 1080);
      h.dashboard.set_language(lang);
      h.show(Moment::Before, Scene::First);
      h.lesson.quiet_until_us = 14'205'000;
      h.dashboard.set_layout(layout);
      h.time.adapts = true;
      CHECK(says(h, lang == Lang::En ? "time to read" : "읽"));
      CHECK_FALSE(h.click(make_id("pass silence")));
      h.show(Moment::Before, Scene::Free);  // no step, so nobody reads
      h.dashboard.set_layout(layout);
      h.time.adapts = true;
      h.lesson.quiet_until_us = 14'205'000;
      CHECK(says(h, lang == Lang::En ? "Nothing to see until" : "까지 볼 것이 없어요"));
      CHECK_FALSE(shows(h, lang == Lang::En ? "time to read" : "읽을 시간"));
      h.show(Moment::Before, Scene::First);
      h.dashboard.set_layout(layout);
      h.lesson.quiet_until_us = 14'205'000;
      h.time.adapts = false;
      CHECK(says(h, lang == Lang::En ? "Nothing to see until" : "까지 볼 것이 없어요"));
      h.lesson.quiet_counts = true;
      CHECK(says(h, lang == Lang::En ? "Only counts change until" : "까지는 숫자만 바뀌어요"));
      CHECK_FALSE(shows(h, lang == Lang::En ? "Nothing to see" : "볼 것이 없어요"));
      REQUIRE(h.click(make_id("pass silence")));
      CHECK(h.emitted(ActionKind::PassSilence));
      clean(h);
    }
}

TEST_CASE("in a window of 1280 x 720 the sign of a silence covers no words of the lesson, however long they are") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const Scene scene : {Scene::First, Scene::Turn, Scene::End, Scene::Free})
      for (const std::size_t paragraphs : {1, 12}) {
        Headless h;
        h.size(1280, 720);
        h.dashboard.set_language(lang);
        h.show(Moment::Before, scene);
        h.dashboard.set_layout(Layout::Lesson);
        h.lesson.paragraphs.assign(paragraphs, {"A paragraph that takes several lines of the narrow column.",
                                                "좁은 단에서 여러 줄을 차지하는 문단이에요. 그래서 길어요."});
        h.lesson.quiet_until_us = 14'205'000;
        h.time.adapts = false;
        const std::vector<Rect> signs = marks(h, "quiet");
        REQUIRE(signs.size() == 1);
        for (const auto& piece : h.dashboard.diagnostics().pieces) {
          const bool own = piece.rect.x > signs[0].x + 30;  // its words are behind its icon
          if (piece.layer == 0 && !own) CHECK_MESSAGE(!piece.rect.overlaps(signs[0]), piece.text);
        }
      }
}

TEST_CASE("an act that Kafka has not answered yet has an arrow, and no check mark") {
  Headless h;
  h.size(1920, 1080);
  h.show(Moment::Elected, Scene::First);
  h.dashboard.set_layout(Layout::Lesson);
  h.lesson.undo = {true, {"an abort marker for orders-0", "orders-0에 중단 마커"}, false, {}};
  const int before = count(h, "deed: done");
  h.lesson.undo.asked = {"abort the transaction that hangs in orders-0", "orders-0의 끝나지 않는 트랜잭션 중단"};
  CHECK(count(h, "deed: asked") == 1);
  CHECK(count(h, "deed: done") == before - 1);
  CHECK(shows(h, "on its way"));
  CHECK_FALSE(shows(h, "an abort marker"));
  clean(h);
}

TEST_CASE("steps of a script that are too close together share one mark") {
  for (const auto& [w, height] : {std::pair{1280.f, 720.f}, std::pair{1600.f, 900.f}}) {
    Headless h;
    h.size(w, height);
    h.show(Moment::Elected, Scene::Detour);
    h.dashboard.set_layout(Layout::Lesson);
    h.time.marks.clear();
    const auto step = [&](std::int64_t at_us) { h.time.marks.push_back({at_us, MarkKind::Step, -1, {}, {}}); };
    const std::int64_t left = h.lesson.detour.left_us;
    step(0);
    step(left - 900'000);
    step(left - 800'000);
    step(left - 780'000);
    step(left + 3'000'000);
    const std::vector<Rect> drawn = marks(h, "script steps");
    REQUIRE(drawn.size() == 2);
    CHECK(drawn[0].right() < drawn[1].x);
    CHECK(shows(h, "2–4"));
    clean(h);
  }
}

namespace {
float columns(std::string_view s) {
  return static_cast<float>(
      std::count_if(s.begin(), s.end(), [](char ch) { return (static_cast<unsigned char>(ch) & 0xC0) != 0x80; }));
}
}  // namespace

TEST_CASE("similar names keep the parts in which they differ when they are shortened") {
  const std::vector<std::string> pays{"pay-sync", "pay-async", "pay-first"},
      teams{"eu-orders-consumer", "eu-refunds-consumer"}, jobs{"orders-job", "refunds-job"};
  CHECK(shorten_among("pay-async", pays, 9, columns) == "pay-async");
  CHECK(shorten_among("pay-sync", pays, 7, columns) == "pa…sync");
  CHECK(shorten_among("pay-async", pays, 7, columns) == "p…async");
  CHECK(shorten_among("pay-async", pays, 6, columns) == "…async");
  CHECK(shorten_among("pay-async", pays, 5, columns) == "…asy…");
  for (float room = 3; room < 10; ++room) {
    CAPTURE(room);
    CHECK(shorten_among("pay-sync", pays, room, columns) != shorten_among("pay-async", pays, room, columns));
    CHECK(shorten_among(teams[0], teams, room, columns) != shorten_among(teams[1], teams, room, columns));
    CHECK(shorten_among(jobs[0], jobs, room, columns) != shorten_among(jobs[1], jobs, room, columns));
  }
  CHECK(shorten_among("eu-refunds-consumer", teams, 18, columns) == "e…refunds-consumer");
  CHECK(shorten_among("eu-refunds-consumer", teams, 12, columns) == "eu-ref…sumer");
  CHECK(shorten_among("refunds-job", jobs, 9, columns) == "refunds…");
  // A number is never lost for it, and a name that resembles no other is cut as usual.
  const std::vector<std::string> numbered{"a-left-12", "a-right-12"};
  CHECK(shorten_among("a-right-12", numbered, 7, columns) == shorten("a-right-12", 7, columns));
  CHECK(shorten_among("inventory", pays, 7, columns) == shorten("inventory", 7, columns));
}

TEST_CASE("a name without a number that must be told from others is cut at one place, and a number keeps its unit") {
  const std::vector<std::string> producers{"p-spread", "p-huddled", "p-auto"},
      clocks{"behind-10d", "ahead-2h", "on-time"}, regions{"eu-10d-orders", "eu-20d-orders"};
  CHECK(shorten_among("p-huddled", producers, 8, columns) == "…huddled");
  CHECK(shorten_among("p-huddled", producers, 7, columns) == "p-h…led");
  CHECK(shorten_among("p-huddled", producers, 6, columns) == "p-h…ed");
  CHECK(shorten_among("p-huddled", producers, 5, columns) == "p-h…d");
  CHECK(shorten_among("p-spread", producers, 6, columns) == "p-s…ad");
  CHECK(shorten_among("behind-10d", clocks, 9, columns) == "behi…-10d");
  CHECK(shorten_among("behind-10d", clocks, 6, columns) == "b…-10d");
  CHECK(shorten_among("behind-10d", clocks, 4, columns) == "…10d");
  for (float room = 4; room < 13; ++room) {
    const std::string cut = shorten_among("eu-10d-orders", regions, room, columns);
    CAPTURE(cut);
    CHECK(cut != shorten_among("eu-20d-orders", regions, room, columns));
  }
}

TEST_CASE("of an exception's name the part before Exception stays") {
  const std::string name = "BufferExhaustedException";
  CHECK(shorten(name, 24, columns) == name);
  CHECK(shorten(name, 23, columns) == "BufferExhausted…");
  CHECK(shorten(name, 16, columns) == "BufferExhausted…");
  CHECK(shorten(name, 10, columns) == "BufferExh…");
}

TEST_CASE("lists of partitions and topics are shortened in the middle of each name, and keep the numbers") {
  CHECK(shorten("orders-0, 1 → inventory", 30, columns) == "orders-0, 1 → inventory");
  CHECK(shorten("orders-0, 1 → inventory", 22, columns) == "orde…-0, 1 → inventory");
  CHECK(shorten("orders-0, 1 → inventory-2", 20, columns) == "or…-0, 1 → inven…-2");
  CHECK(shorten("orders-0, 1, 2, 3", 14, columns) == "or…-0, 1, 2, 3");
  CHECK(shorten("orders-0, 1, 2, 3", 8, columns) == "order…-0");
  for (float room = 9; room < 26; ++room) {
    const std::string s = shorten("orders-0, 1 → inventory-2", room, columns);
    CAPTURE(s);
    CHECK(columns(s) <= room);
    CHECK(s.find("-2") != std::string::npos);
  }
}

TEST_CASE("a group's lag is called commit lag in every layout, since it counts from the commit") {
  Headless h;
  h.size(1920, 1080);
  h.show(Moment::Before, Scene::First);
  h.world.groups[0].lag = 41;
  h.lesson.view.panels = {"stage", "groups"};
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    h.dashboard.set_layout(layout);
    CHECK(says(h, "commit lag 41"));
    for (const auto& piece : h.dashboard.diagnostics().pieces) CHECK_FALSE(piece.text.starts_with("lag 41"));
  }
}

TEST_CASE("a card that cannot hold a client's name keeps what tells the client from its siblings") {
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    Headless h;
    h.size(1280, 720);
    h.show(Moment::Before, Scene::First);
    h.dashboard.set_layout(layout);
    const std::string names[] = {"the-committer-of-payments-sync", "the-committer-of-payments-async"};
    std::size_t named = 0;
    for (const Client& client : h.world.clients)
      if (named < 2) h.world.nodes[static_cast<std::size_t>(client.node)].name = names[named++];
    REQUIRE(named == 2);
    CHECK(says(h, "…sync"));
    CHECK(shows(h, "…async"));
  }
}

TEST_CASE("a long name of a class is broken before a capital") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.dashboard.set_layout(Layout::Lesson);
  const std::string name =
      "RecordDeserializationExceptionOfTheConsumerClientThatReadsEachTopic"
      "OfTheWarehouseAndItsSuppliersAndTheirAdministration";
  h.lesson.paragraphs = {{name, name}};
  h.settle();
  std::string parts;
  for (const auto& piece : h.dashboard.diagnostics().pieces) {
    if (piece.text.size() < 12 || name.find(piece.text) == std::string::npos) continue;
    CHECK(piece.text.size() < name.size());
    CHECK(piece.text.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 0);
    parts += piece.text;
  }
  CHECK(parts == name);
}
