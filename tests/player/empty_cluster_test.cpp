// A person fills a new, empty cluster: forms say what is an example, and a client's form outlasts that of its topic.
#include "player/helpers.h"
#include "player/window.h"
#include "scenario/templates.h"
#include "ui/keys.h"
#include "ui/looks.h"
#include "ui/panels/act_forms.h"
#include "ui/panels/menu_items.h"
#include "ui/panels/new_cluster.h"
#include "ui/strings.h"

using namespace kafkascope;
using namespace kafkascope::app;
using namespace kafkascope::words::literals;
using ui::Lang;
using ui::make_id;

namespace {

struct EmptyCluster : PlayerWindow {
  explicit EmptyCluster(Lang lang = Lang::En)
      : PlayerWindow(scenario::text_of(*scenario::find_template("empty")), 0, Layout::Workbench, 1280, 720) {
    player.act(action(ActionKind::FreePlay));
    h.dashboard.set_language(lang);
    frames(4);
  }
  ui::FormState& form() { return h.dashboard.state().form; }
  void open(words::Key item) {
    h.dashboard.state().menu = {true, 600, 300, ui::kMenuOfStage, {}, -1};
    frames();
    REQUIRE(click(make_id("menu item", item.hash)));
    REQUIRE(form().open);
  }
  void type(const char* text) {
    h.type(text);
    frames();
  }
  void enter() {
    h.enter();
    frames(4);
  }
  /// The tip at that place; empty if there is none.
  std::string tip(ui::Id id) {
    const ui::Rect at = h.dashboard.hits().find(id);
    REQUIRE_FALSE(at.empty());
    h.move(at.cx(), at.cy());
    for (int i = 0; i < 60; ++i) h.frame();
    std::string words = h.dashboard.state().tip.title;
    h.move(0, 0);
    frames();
    return words;
  }
  bool has_client(std::string_view name) {
    const auto& nodes = player.snapshot().nodes;
    return std::any_of(nodes.begin(), nodes.end(), [&](const auto& node) { return node.name == name; });
  }
};

}  // namespace

TEST_CASE("the hint in an empty field of a form says that it is an example") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    EmptyCluster w(lang);
    w.open("ui.form_new_producer"_w);
    for (const char* example : {"orders", "customer:8", "100B", "acks=1, linger.ms=20"}) {
      CAPTURE(example);
      CHECK(w.marks(example) == 0);
      CHECK(w.marks((lang == Lang::En ? "not set, e.g. " : "정하지 않음, 예: ") + std::string(example)) == 1);
    }
    clean(w.h);
  }
}

TEST_CASE("a topic created from a producer's form returns to that form, which keeps what was typed and has the topic") {
  EmptyCluster w;
  w.open("ui.form_new_producer"_w);
  w.type("shop");
  const std::vector<std::string> typed = w.form().values;
  SUBCASE("created") {
    REQUIRE(w.click(make_id("form topic")));
    REQUIRE(w.form().form == ui::act_form("create topic"));
    w.type("mail");
    w.enter();
    REQUIRE(w.form().open);
    CHECK(w.form().form == ui::act_form("new producer"));
    CHECK(w.form().values[0] == "shop");
    CHECK(w.form().values[2] == "mail");
    CHECK_FALSE(shows(w.h, "There is no topic yet"));
    w.enter();
    CHECK_FALSE(w.form().open);
    CHECK(w.has_client("shop"));
  }
  SUBCASE("given up") {
    REQUIRE(w.click(make_id("form topic")));
    w.type("mail");
    w.key(ui::kKeyEscape);
    REQUIRE(w.form().open);
    CHECK(w.form().form == ui::act_form("new producer"));
    CHECK(w.form().values == typed);
    CHECK(shows(w.h, "There is no topic yet"));
    w.type("till");
    CHECK(w.form().values[0] == "till");
    w.key(ui::kKeyEscape);
    CHECK_FALSE(w.form().open);
  }
  SUBCASE("with a topic typed there") {
    w.key(ui::kKeyTab);
    w.type("mail");
    REQUIRE(w.click(make_id("form topic")));
    CHECK(w.form().values[0] == "mail");
    w.enter();
    CHECK(w.form().values[2] == "mail");
    w.enter();
    CHECK(w.has_client("shop"));
  }
}

TEST_CASE("in an empty cluster the way to the first topic is in sight while the inspector covers the narration") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const Layout layout : {Layout::Workbench, Layout::Lesson}) {
      EmptyCluster w(lang);
      w.h.dashboard.set_layout(layout);
      w.h.dashboard.state().selection = "broker-1";
      w.h.dashboard.state().drawer = true;
      w.frames();
      clean(w.h);
      REQUIRE(w.click(make_id("first topic")));
      CHECK(w.form().form == ui::act_form("create topic"));
      w.type("mail");
      w.enter();
      w.player.play(true);
      for (int i = 0; i < 200 && w.player.snapshot().partitions.empty(); ++i) w.player.tick(16'667);
      w.frames();
      CHECK_FALSE(w.player.snapshot().partitions.empty());
      CHECK(w.h.dashboard.hits().find(make_id("first topic")).empty());
    }
}

TEST_CASE("in a cluster that began empty one button leads back to its beginning, and each way back says what it does") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    EmptyCluster w(lang);
    REQUIRE(w.click(make_id("first topic")));
    w.enter();
    w.player.play(false);
    w.frames();
    CHECK(w.h.dashboard.hits().find(make_id("next")).empty());
    CHECK(w.h.dashboard.hits().find(make_id("back step")).empty());
    CHECK(w.tip(make_id("return")) == ui::tr(lang, "ui.to_beginning_tip"_w));
    CHECK(w.tip(make_id("back")) == ui::tr(lang, "ui.step_back_tip"_w));
    CHECK(w.tip(make_id("step")) == ui::tr(lang, "ui.step_tip"_w));
    CHECK(w.tip(make_id("undo")) == ui::tr(lang, "ui.undo_tip"_w));
    clean(w.h);
  }
}

TEST_CASE("in free play, too, a crash by hand can be asked what it led to, once something has come of it") {
  for (const bool from_beginning : {false, true})
    for (const Lang lang : {Lang::En, Lang::Ko})
      for (const Layout layout : {Layout::Workbench, Layout::Lesson}) {
        CAPTURE(from_beginning);
        EmptyCluster w(lang);
        w.h.dashboard.set_layout(layout);
        if (from_beginning) w.key(ui::kKeyR);
        w.player.seek(sim::Instant{2'000'000});
        w.player.act(fault("crash", "broker-2"));
        w.player.play(false);
        w.frames();
        CHECK(w.h.dashboard.hits().find(make_id("detour why")).empty());
        w.player.seek(sim::Instant{20'000'000});
        w.frames();
        REQUIRE(w.click(make_id("detour why")));
        CHECK(w.player.log().why.open);
        CHECK(w.player.log().why.path.ends_with("/effects"));
        CHECK(w.player.log().why.lines.size() > 1);
        clean(w.h);
      }
}

TEST_CASE("a file without a step also tells what an act has led to") {
  for (const Layout layout : {Layout::Workbench, Layout::Lesson}) {
    PlayerWindow w(std::string(R"({"format": 1, "id": "x", "title": {"en": "x", "ko": "x"},
                       "cluster": {"metadata": "kraft", "controllers": 1, "brokers": 3}, "until": "1m"})"),
                   2'000'000, layout, 1280, 720);
    w.player.act(fault("crash", "broker-2"));
    w.player.play(false);
    w.player.seek(sim::Instant{20'000'000});
    w.frames();
    REQUIRE(w.click(make_id("detour why")));
    CHECK(w.player.log().why.lines.size() > 1);
    clean(w.h);
  }
}

TEST_CASE(
    "back at the beginning of an empty cluster there is no lesson with a next step, and an act there is kept apart") {
  for (const Layout layout : {Layout::Workbench, Layout::Lesson}) {
    EmptyCluster w;
    w.h.dashboard.set_layout(layout);
    w.frames();
    REQUIRE(w.click(make_id("first topic")));
    w.enter();
    w.player.play(false);
    w.frames();
    w.key(ui::kKeyR);
    CHECK(w.player.now().us == 0);
    CHECK_FALSE(w.player.lesson().present);
    CHECK(w.h.dashboard.hits().find(make_id("next")).empty());
    CHECK(w.h.dashboard.hits().find(make_id("back step")).empty());
    CHECK(w.player.session().hand_commands().empty());
    clean(w.h);
    // Time passes; then something is done, and R leads to the beginning again.
    w.player.seek(sim::Instant{3'000'000});
    w.player.act(fault("crash", "broker-2"));
    w.player.play(false);
    w.frames();
    CHECK(w.player.lesson().detour.active);
    CHECK(w.h.dashboard.hits().find(make_id("next")).empty());
    CHECK(w.player.session().hand_commands().size() == 1);
    clean(w.h);
    w.key(ui::kKeyR);
    CHECK(w.player.now().us == 0);
    CHECK(w.player.session().hand_commands().empty());
    CHECK(w.player.time().branches.size() == 3);
  }
}

TEST_CASE("every choice of a new cluster is a file that loads, and a group can read a topic of it") {
  for (const std::size_t brokers : {0u, 1u, 2u, 7u})
    for (const std::size_t mode : {0u, 1u})
      for (const std::size_t servers : {0u, 1u, 2u}) {
        const std::string text = scenario::empty_cluster(ui::new_cluster_file({false, 0, {brokers, mode, servers}}));
        CAPTURE(text);
        Player player(parse(text), "x", text);
        if (servers > 0 && brokers > 0) continue;  // a few of them run
        player.act(action(ActionKind::FreePlay));
        const auto step = [&](const char* what) {
          Action a = action(ActionKind::DoStep);
          a.text = what;
          player.act(a);
          CHECK(player.lesson().hand.problem.empty());
          player.seek(player.now() + sim::seconds(8));
        };
        player.seek(sim::Instant{3'000'000});
        step(R"({"do": "create_topic", "topic": "orders", "partitions": 1, "replication_factor": 1})");
        step(R"({"do": "add_client", "client": {"id": "p", "kind": "producer", "topic": "orders", "rate": "10/s"}})");
        step(R"({"do": "add_client", "client": {"id": "c", "kind": "consumer", "topics": ["orders"], )"
             R"("config": {"group.id": "g", "auto.offset.reset": "earliest"}}})");
        const auto& clients = player.snapshot().clients;
        CHECK(std::any_of(clients.begin(), clients.end(), [](const auto& c) { return c.processed > 0; }));
      }
}
