// A form whose act Kafka refuses comes back with what was typed; what Kafka will refuse is marked before it is sent.
#include "player/helpers.h"
#include "player/window.h"
#include "scenario/templates.h"
#include "ui/keys.h"
#include "ui/looks.h"
#include "ui/panels/act_forms.h"
#include "ui/panels/menu_items.h"
#include "ui/strings.h"

using namespace kafkascope;
using namespace kafkascope::app;
using namespace kafkascope::words::literals;
using ui::Lang;
using ui::make_id;

namespace {

constexpr std::int64_t kFrame = 16'667;

/// The form for a topic, over an empty cluster of three brokers.
struct TopicForm : PlayerWindow {
  explicit TopicForm(Lang lang = Lang::En)
      : PlayerWindow(scenario::text_of(*scenario::find_template("empty")), 0, Layout::Workbench, 1280, 720) {
    player.act(action(ActionKind::FreePlay));
    h.dashboard.set_language(lang);
    pass(120);
    open();
  }
  void pass(int count) {
    for (int i = 0; i < count; ++i) player.tick(kFrame);
    frames(4);
  }
  void open() {
    h.dashboard.state().menu = {true, 600, 300, ui::kMenuOfStage, {}, -1, -1, false, true};
    frames();
    REQUIRE(click(make_id("menu item", ("ui.form_create_topic"_w).hash)));
    REQUIRE(form().open);
  }
  void fill(const char* path, const char* value) {
    const ui::ActForm& of = ui::act_forms()[static_cast<std::size_t>(form().form)];
    form().values[static_cast<std::size_t>(ui::form_field(of, path))] = value;
    frames(4);
  }
  std::string value(const char* path) {
    const ui::ActForm& of = ui::act_forms()[static_cast<std::size_t>(form().form)];
    return form().values[static_cast<std::size_t>(ui::form_field(of, path))];
  }
  /// Types into the field that has the keyboard, in place of its value.
  void type(const char* value) {
    h.type(value);
    frames(4);
  }
  void send() {
    h.enter();
    frames(4);
  }
  /// Sends the form, and lets the world run until Kafka has answered.
  void send_and_wait() {
    send();
    for (int i = 0; i < 40 && !form().open; ++i) pass(30);
  }
  ui::FormState& form() { return h.dashboard.state().form; }
  bool has_topic(std::string_view name) {
    const auto& all = player.snapshot().partitions;
    return std::any_of(all.begin(), all.end(), [&](const auto& p) { return p.topic == name; });
  }
};

}  // namespace

TEST_CASE("a form whose act Kafka refuses returns with its values, the error and the field; Enter tries again") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    TopicForm w(lang);
    w.type("mail");
    w.fill("/config", "retention.ms=60000");
    w.fill("/replication_factor", "5");
    w.send_and_wait();
    REQUIRE(w.form().open);
    CHECK(w.value("/topic") == "mail");
    CHECK(w.value("/config") == "retention.ms=60000");
    CHECK(w.value("/replication_factor") == "5");
    CHECK(ui::says(w.h, "INVALID_REPLICATION_FACTOR"));
    CHECK(ui::says(w.h, lang == Lang::En ? "Ask for fewer copies" : "복제본을 줄이거나"));
    CHECK(w.marks("wrong field") == 1);
    clean(w.h);
    CHECK_FALSE(w.has_topic("mail"));
    w.type("2");  // the keyboard is in the marked field
    CHECK(w.marks("wrong field") == 0);
    w.send_and_wait();
    CHECK_FALSE(w.form().open);
    CHECK(w.has_topic("mail"));
  }
}

TEST_CASE("a refused form does not return over another one, nor after another act") {
  TopicForm w;
  w.fill("/replication_factor", "5");
  SUBCASE("another form") {
    w.send();
    w.open();
    w.type("other");
    w.h.dashboard.state().form.open = true;
    w.pass(200);
    CHECK(w.value("/topic") == "other");
  }
  SUBCASE("another act") {
    w.send();
    w.player.act(fault("crash", "broker-3"));
    w.pass(600);
    CHECK_FALSE(w.form().open);
  }
}

TEST_CASE("a form with an invalid value marks its field until that is changed") {
  TopicForm w;
  w.fill("/partitions", "many");
  w.send();
  REQUIRE(w.form().open);
  CHECK(w.marks("wrong field") == 1);
  CHECK_FALSE(w.form().problem.empty());
  const ui::ActForm& of = ui::act_forms()[static_cast<std::size_t>(w.form().form)];
  CHECK(w.form().field == ui::form_field(of, "/partitions"));
  w.h.type("4");
  w.frames(4);
  CHECK(w.value("/partitions") == "4");
  CHECK(w.marks("wrong field") == 0);
  CHECK(w.form().problem.empty());
  w.send();
  CHECK_FALSE(w.form().open);
}

TEST_CASE("more copies than brokers are marked in the form before they are asked for, with what to do") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    TopicForm w(lang);
    CHECK(w.marks("wrong field") == 0);
    w.fill("/replication_factor", "4");
    CHECK(w.marks("wrong field") == 1);
    CHECK(ui::says(w.h, "INVALID_REPLICATION_FACTOR"));
    CHECK(ui::says(w.h, lang == Lang::En ? "With 3 brokers, Kafka will refuse 4 copies" : "브로커가 3개라서"));
    clean(w.h);
    w.fill("/replication_factor", "3");
    CHECK(w.marks("wrong field") == 0);
    w.fill("/replication_factor", "4");
    w.fill("/assignments", R"({"0": [1, 2]})");  // then the factor is not used for the placement
    CHECK(w.marks("wrong field") == 0);
  }
}

TEST_CASE("the suggested name of a second topic is the next number, whatever the first one is called") {
  TopicForm w;
  CHECK(w.value("/topic") == "topic-1");
  w.send();
  w.pass(300);
  REQUIRE(w.has_topic("topic-1"));
  w.open();
  CHECK(w.value("/topic") == "topic-2");
}
