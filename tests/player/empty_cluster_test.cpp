// A person fills a new, empty cluster: forms say what is an example, and a client's form outlasts that of its topic.
#include "player/helpers.h"
#include "player/window.h"
#include "scenario/templates.h"
#include "ui/keys.h"
#include "ui/looks.h"
#include "ui/panels/act_forms.h"
#include "ui/panels/menu_items.h"

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
      CHECK(w.marks((lang == Lang::En ? "e.g. " : "예: ") + std::string(example)) == 1);
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
