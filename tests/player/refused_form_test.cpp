// A form whose act Kafka refuses comes back with what was typed; what Kafka will refuse is marked before it is sent.
#include "app/advice.h"
#include "cluster/acts.h"
#include "player/helpers.h"
#include "player/window.h"
#include "scenario/templates.h"
#include "scenario/write.h"
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
  explicit TopicForm(Lang lang = Lang::En, std::string text = scenario::text_of(*scenario::find_template("empty")))
      : PlayerWindow(std::move(text), 0, Layout::Workbench, 1280, 720) {
    player.act(action(ActionKind::FreePlay));
    h.dashboard.set_language(lang);
    pass(120);
    open();
  }
  void pass(int count) {
    for (int i = 0; i < count; ++i) player.tick(kFrame);
    frames(4);
  }
  void open(words::Key item = "ui.form_create_topic"_w) {
    const bool more = item == "ui.form_create_topic"_w;  // the second page
    h.dashboard.state().menu = {true, 600, 300, ui::kMenuOfStage, {}, -1, -1, false, more};
    frames();
    REQUIRE(click(make_id("menu item", item.hash)));
    REQUIRE(form().open);
  }
  const char* verb() { return ui::act_forms()[static_cast<std::size_t>(form().form)].verb.c_str(); }
  /// Lets the world run until Kafka has refused the act of the form that was sent last.
  void until_refused() {
    for (int i = 0; i < 40 && !player.lesson().hand.refused_by_kafka; ++i) pass(30);
    REQUIRE(player.lesson().hand.refused_by_kafka);
    frames(4);
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
    w.until_refused();
    CHECK(w.value("/topic") == "other");
    CHECK(w.form().problem.empty());
    w.key(ui::kKeyEscape);
    w.frames(4);
    CHECK_FALSE(w.form().open);  // nor when the other one has been closed
  }
  SUBCASE("a list that was opened and closed") {
    w.send();
    w.h.dashboard.state().help_open = true;
    w.until_refused();
    CHECK_FALSE(w.form().open);
    w.key(ui::kKeyEscape);
    w.frames(4);
    CHECK(w.form().open);  // that is no other form: it returns as soon as its place is free
    CHECK(w.value("/replication_factor") == "5");
  }
  SUBCASE("another act") {
    w.send();
    w.player.act(fault("crash", "broker-3"));
    w.pass(600);
    CHECK_FALSE(w.form().open);
  }
}

TEST_CASE(
    "a client's form learns that its topic was refused: the topic's form returns over it, and then there is no topic") {
  TopicForm w;
  w.key(ui::kKeyEscape);
  w.open("ui.form_new_producer"_w);
  CHECK(ui::says(w.h, "There is no topic yet"));
  REQUIRE(w.click(make_id("form topic")));
  REQUIRE(std::string(w.verb()) == "create_topic");
  w.type("mail");
  w.fill("/replication_factor", "5");
  w.send();
  REQUIRE(std::string(w.verb()) == "add_client");
  CHECK(w.value("/client/topic") == "mail");
  CHECK_FALSE(ui::says(w.h, "There is no topic yet"));
  w.until_refused();
  REQUIRE(w.form().open);
  CHECK(std::string(w.verb()) == "create_topic");
  CHECK(ui::says(w.h, "INVALID_REPLICATION_FACTOR"));
  CHECK(w.marks("wrong field") == 1);
  SUBCASE("given up") {
    w.key(ui::kKeyEscape);
    w.frames(4);
    REQUIRE(w.form().open);
    CHECK(std::string(w.verb()) == "add_client");
    CHECK(w.value("/client/topic").empty());
    CHECK(ui::says(w.h, "There is no topic yet"));
  }
  SUBCASE("mended") {
    w.fill("/topic", "post");
    w.type("2");  // the keyboard is in the marked field
    w.send();
    CHECK(std::string(w.verb()) == "add_client");
    CHECK(w.value("/client/topic") == "post");
    w.pass(300);
    CHECK(w.has_topic("post"));
    CHECK_FALSE(ui::says(w.h, "There is no topic yet"));
  }
}

TEST_CASE("the marked field is one of the refused step, and the one that the refusal is about") {
  using cluster::Verb;
  using protocol::ErrorCode;
  cluster::Command move;
  move.verb = Verb::Reassign;
  auto& moved = move.edit<cluster::act::Reassign>();
  moved.partition = cluster::PartitionName{"orders", 7};
  moved.replicas = {1, 2};
  CHECK(refused_field(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, scenario::command_node(move)) == "/partition");
  CHECK(refused_field(ErrorCode::INVALID_REPLICA_ASSIGNMENT, scenario::command_node(move)) == "/replicas");
  CHECK(refused_field(ErrorCode::INVALID_REPLICATION_FACTOR, scenario::command_node(move)) == "/replicas");
  cluster::Command all;
  all.verb = Verb::Reassign;
  all.edit<cluster::act::Reassign>().all = true;
  all.edit<cluster::act::Reassign>().brokers = {1, 9};
  CHECK(refused_field(ErrorCode::INVALID_REPLICA_ASSIGNMENT, scenario::command_node(all)) == "/brokers");
  CHECK(refused_field(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, scenario::command_node(all)).empty());
  cluster::Command end;
  end.verb = Verb::Reassign;
  end.edit<cluster::act::Reassign>().partition = cluster::PartitionName{"orders", 0};
  end.edit<cluster::act::Reassign>().cancel = true;
  CHECK(refused_field(ErrorCode::NO_REASSIGNMENT_IN_PROGRESS, scenario::command_node(end)) == "/cancel");
  cluster::Command more;
  more.verb = Verb::AddPartitions;
  CHECK(refused_field(ErrorCode::INVALID_REPLICATION_FACTOR, scenario::command_node(more))
            .empty());  // it has no such field
  cluster::Command created;
  created.verb = Verb::CreateTopic;
  created.edit<cluster::act::CreateTopic>().topic = "orders";
  CHECK(refused_field(ErrorCode::TOPIC_ALREADY_EXISTS, scenario::command_node(created)) == "/topic");
  CHECK(refused_field(ErrorCode::INVALID_REPLICATION_FACTOR, scenario::command_node(created)) ==
        "/replication_factor");  // the default
  // Each marked field is one of its form.
  for (const auto& [command, error] : {std::pair{move, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION},
                                       {move, ErrorCode::INVALID_REPLICA_ASSIGNMENT},
                                       {all, ErrorCode::INVALID_REPLICA_ASSIGNMENT},
                                       {end, ErrorCode::NO_REASSIGNMENT_IN_PROGRESS}})
    CHECK(ui::form_field(ui::act_forms()[static_cast<std::size_t>(ui::act_form("reassign"))],
                         refused_field(error, scenario::command_node(command))) >= 0);
}

TEST_CASE("without a broker the form for a topic says what is so, and does not ask for at most 0 copies") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const bool zookeeper : {false, true}) {
      CAPTURE(zookeeper);
      TopicForm w(lang, zookeeper
                            ? std::string(R"({"format": 1, "id": "down", "title": {"en": "s", "ko": "s"}, "seed": 1,
        "kafka": "2.5", "cluster": {"metadata": "zookeeper", "zookeepers": 1, "brokers": 3}, "until": "300s"})")
                            : std::string(scenario::text_of(*scenario::find_template("empty"))));
      CHECK(w.marks("wrong field") == 0);
      w.key(ui::kKeyEscape);
      for (const char* broker : {"broker-1", "broker-2", "broker-3"}) w.player.act(fault("crash", broker));
      w.pass(1'200);
      w.open();
      w.fill("/replication_factor", "2");
      CHECK(w.marks("wrong field") == 1);
      CHECK_FALSE(ui::says(w.h, lang == Lang::En ? "at most 0" : "0개"));
      CHECK(ui::says(w.h, lang == Lang::Ko ? "먼저 브로커를 시작하세요"
                          : zookeeper      ? "No broker is up, so nobody can create the topic"
                                           : "All brokers are fenced, so Kafka will refuse any number of copies"));
      clean(w.h);
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
