// The values of an act: fields by keyboard and by click, the resulting step, and the messages about invalid values.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "ui/looks.h"
#include "ui/panels/act_forms.h"
#include "ui/panels/menu_items.h"

using namespace kafkascope::ui;
using namespace kafkascope::words::literals;
using fixture::Moment;
using fixture::Scene;

namespace {

void open(Headless& h, const char* form, const char* target) {
  FormState& st = h.dashboard.state().form;
  const int index = act_form(form);
  REQUIRE(index >= 0);
  st = {true, index, form_values(h.world, act_forms()[static_cast<std::size_t>(index)], target, {}), 0, true, false,
        0,    {}};
  h.settle();
}

/// Whether something is named exactly that: not a part of a longer text, such as the step that the form makes.
bool names(Headless& h, std::string_view text) {
  const auto& pieces = h.dashboard.diagnostics().pieces;
  return std::any_of(pieces.begin(), pieces.end(), [&](const auto& piece) { return piece.text == text; });
}

std::string made(Headless& h) {
  h.enter();
  h.settle();
  return h.take(ActionKind::DoStep).text;
}

}  // namespace

TEST_CASE("a new producer can be created from the stage's menu with a name, a choice and Enter") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  h.settle();
  h.dashboard.state().menu = {true, 600, 300, kMenuOfStage, {}, -1};
  h.settle();
  CHECK(h.click(make_id("menu item", "ui.form_new_producer"_w.hash)));
  h.settle();
  REQUIRE(h.dashboard.state().form.open);
  CHECK_FALSE(h.dashboard.state().menu.open);
  CHECK(shows(h, "\"add_client\""));
  CHECK(h.click(make_id("form choice", (3u << 8) + 2)));  // rate: 100/s
  h.settle();
  CHECK(
      made(h) ==
      R"({"do": "add_client", "client": {"id": "producer-1", "kind": "producer", "topic": "orders", "rate": "100/s"}})");
}

TEST_CASE("in a form Tab moves between fields, typing replaces their values, and the dashboard's keys do nothing") {
  Headless h;
  h.settle();
  open(h, "quota", "checkout");
  CHECK(h.dashboard.state().form.values[0] == "User:checkout");
  h.key(kKeyTab);
  h.key(kKeyTab);
  h.settle();
  CHECK(h.dashboard.state().form.field == 2);
  h.type("5KB/s");
  h.settle();
  CHECK(made(h) == R"({"do": "quota", "principal": "User:checkout", "producer_byte_rate": "5KB/s"})");
  h.actions();
  h.key(kKeySpace);
  h.key(kKeyN);
  h.settle();
  const std::vector<Action> asked = h.actions();
  CHECK(std::all_of(asked.begin(), asked.end(), [](const Action& a) { return a.kind == ActionKind::Wait; }));
  h.key(kKeyEscape);
  CHECK_FALSE(h.dashboard.state().form.open);
}

TEST_CASE("a form stays open until its act is done, and shows a problem in the current language") {
  Headless h;
  h.settle();
  open(h, "skew clock", "broker-1");
  made(h);
  CHECK(h.dashboard.state().form.open);  // no answer yet
  h.lesson.hand = {1, {"by: no duration", "by: 기간이 아니에요"}};
  h.settle();
  CHECK(h.dashboard.state().form.open);
  CHECK(shows(h, "by: no duration"));
  h.dashboard.set_language(Lang::Ko);
  CHECK(says(h, "기간이 아니에요"));
  made(h);
  h.lesson.hand = {2, {}};
  h.settle();
  CHECK_FALSE(h.dashboard.state().form.open);
}

TEST_CASE(
    "a form turns typed lists, settings, offsets, records and numbers into the JSON of a file, and leaves typed JSON unchanged") {
  const auto step = [](const char* name, std::vector<std::string> values) {
    return form_step(act_forms()[static_cast<std::size_t>(act_form(name))], values);
  };
  CHECK(step("hold", {"broker-2", "broker-1, broker-3", "Fetch", "", "all"}) ==
        R"({"do": "hold", "from": ["broker-2"], "to": ["broker-1", "broker-3"], "api": "Fetch", "count": "all"})");
  CHECK(step("configure", {"orders", "", "", "retention.ms=60000, cleanup.policy=compact"}) ==
        R"({"do": "configure", "topic": "orders", "config": {"retention.ms": 60000, "cleanup.policy": "compact"}})");
  CHECK(step("commit", {"billing-1", "orders-0=7"}) ==
        R"({"do": "commit", "node": "billing-1", "offsets": {"orders-0": 7}})");
  CHECK(
      step("produce", {"shop", "7", "a \"b\"", "", "1", "trace=17", ""}) ==
      R"({"do": "produce", "node": "shop", "records": [{"key": "7", "value": "a \"b\"", "partition": 1, "headers": [["trace", "17"]]}]})");
  CHECK(step("behave consumer", {"billing-1", "2s", "", "4"}) ==
        R"({"do": "behave", "node": "billing-1", "work": "2s", "handoff": {"threads": 4}})");
  CHECK(
      step("create topic", {"mail", "1", "1", "", R"({"0": [1, 2]})"}) ==
      R"({"do": "create_topic", "topic": "mail", "partitions": 1, "replication_factor": 1, "assignments": {"0": [1, 2]}})");
  CHECK(step("link", {"a", "b", "", "", "0.05", "true"}) ==
        R"({"do": "link", "from": ["a"], "to": ["b"], "loss": 0.05, "one_way": true})");
  CHECK(step("subscribe", {"c", "  "}) == R"({"do": "subscribe", "node": "c"})");
}

TEST_CASE("a choice in a form can be selected and unselected, and completes a partly typed word") {
  const FormField list{"to", FieldKind::List}, map{"config", FieldKind::Map}, one{"node", FieldKind::Text};
  CHECK(with_choice(one, "broker-1", "broker-2") == "broker-2");
  CHECK(with_choice(list, "broker-1", "broker-2") == "broker-1, broker-2");
  CHECK(with_choice(list, "broker-1, broker-2", "broker-1") == "broker-2");
  CHECK(with_choice(list, "broker-1, bro", "broker-2") == "broker-1, broker-2");
  CHECK(with_choice(map, "acks=1, linger.ms=20", "acks=all") == "linger.ms=20, acks=all");
}

TEST_CASE("each field of a form has its name in words beside its key, in both languages, and no name is left over") {
  std::set<std::string> used;
  for (const ActForm& form : act_forms())
    for (const FormField& field : form.fields) {
      if (field.fixed) continue;
      CAPTURE(form.id);
      CAPTURE(field.path);
      for (const Lang lang : {Lang::En, Lang::Ko}) {
        const char* label = kafkascope::words::catalogue(lang).find(label_of(form, field));
        CHECK(label != nullptr);
        if (lang == Lang::Ko && label != nullptr) used.insert(label);
      }
    }
  for (const auto& row : kafkascope::words::catalogue(Lang::Ko).rows())
    if (std::string_view(row.key).starts_with("field.")) CHECK_MESSAGE(used.count(row.text) == 1, row.key);
  Headless h;
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    h.dashboard.set_language(lang);
    h.settle();
    open(h, "create topic", "*");
    for (const char* key : {"topic", "partitions", "replication_factor", "config", "assignments"}) CHECK(names(h, key));
    CHECK(names(h, lang == Lang::En ? "how many partitions" : "파티션 수"));
    open(h, "elect leaders", "*");
    CHECK(names(h, lang == Lang::En ? "partitions" : "파티션"));
    open(h, "new consumer", "*");
    CHECK(names(h, lang == Lang::En ? "time for a record" : "레코드당 처리 시간"));
  }
}

TEST_CASE("every form, its menu and its entry in the palette fit in both languages") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    h.dashboard.set_language(lang);
    for (const auto& size : {std::pair{1280.f, 720.f}, std::pair{1920.f, 1080.f}}) {
      h.size(size.first, size.second);
      for (const ActForm& form : act_forms()) {
        CAPTURE(form.id);
        open(h, form.id.c_str(), "broker-1");
        h.lesson.hand.problem = {};
        h.dashboard.state().form.problem = {
            "that is wrong in a way which takes a line or two to say, for there is a remedy, too; this one",
            "이 값은 쓸 수 없어요. 이렇게 쓰면 돼요. 한 줄이 넘는 설명이 있을 수도 있어요"};
        clean(h);
        const Rect form_do = h.dashboard.hits().find(make_id("form do"));
        CHECK(form_do.bottom() < size.second);
      }
      h.dashboard.state().form = {};
      for (const char* target : {"broker-1", "checkout", "billing-1", "controller-1", "orders-0", "*"}) {
        CAPTURE(target);
        h.dashboard.state().menu = {true, 700, 200, target, {}, -1, -1, false, true};
        clean(h);
      }
      h.dashboard.state().menu = {};
    }
  }
  h.dashboard.set_language(Lang::En);
  h.dashboard.state().selection = "checkout";
  h.key(kKeyK, true);
  for (int i = 0; i < 4; ++i) h.frame();
  h.type("quota");
  h.settle();
  CHECK(h.click(make_id("palette row", 0)));
  h.settle();
  REQUIRE(h.dashboard.state().form.open);
  CHECK(h.dashboard.state().form.values[0] == "User:checkout");
}

TEST_CASE("acts in the menus of partitions, groups, clients and the stage are also in the palette") {
  Headless h;
  h.settle();
  struct Row {
    const char *query, *verb, *target;
  };
  const Row rows[] = {{"add one partition orders-0", "add_partitions", "orders"},
                      {"read everything again billing", "reset_offsets", "billing"},
                      {"unsubscribe billing-1", "unsubscribe", "billing-1"},
                      {"add broker-4", "add_broker", ""},
                      {"remove broker-2", "remove_broker", "broker-2"}};
  for (const Row& row : rows) {
    CAPTURE(row.query);
    h.key(kKeyK, true);
    for (int i = 0; i < 4; ++i) h.frame();
    h.type(row.query);
    h.settle();
    h.actions();
    CHECK(h.click(make_id("palette row", 0)));
    const Action a = h.take(ActionKind::Fault);
    CHECK(a.verb == row.verb);
    CHECK(a.target == row.target);
    h.frame();
  }
}

TEST_CASE("presenting: the menu and the palette open no form of an act until acts are unlocked") {
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  h.settle();
  h.dashboard.state().menu = {true, 600, 300, kMenuOfStage, {}, -1};
  h.settle();
  CHECK(h.click(make_id("menu item", "ui.form_new_producer"_w.hash)));
  h.settle();
  CHECK_FALSE(h.dashboard.state().form.open);
  h.dashboard.state().menu = {};
  const auto choose = [&] {
    h.dashboard.state().palette_text.clear();
    h.key(kKeyK, true);
    for (int i = 0; i < 4; ++i) h.frame();
    h.type("new producer");
    h.settle();
    CHECK(h.click(make_id("palette row", 0)));
    h.settle();
  };
  choose();
  CHECK_FALSE(h.dashboard.state().form.open);
  h.key(kKeyEscape);
  h.key(kKeyU);
  choose();
  CHECK(h.dashboard.state().form.open);
}

TEST_CASE("a form that is opened from a menu has the focus at once") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  h.settle();
  const auto open_by_menu = [&](const char* target) {
    h.dashboard.state().menu = {true, 600, 300, target, {}, -1, -1, false, true};
    h.settle();
    REQUIRE(h.click(make_id("menu item", "ui.form_reassign"_w.hash)));
    h.frame();
    h.frame();
    REQUIRE(h.dashboard.state().form.open);
  };
  open_by_menu("orders-0");
  h.type("2, 3");
  h.settle();
  CHECK(made(h) == R"({"do": "reassign", "partition": "orders-0", "replicas": [2, 3]})");
  h.dashboard.state().form = {};
  open_by_menu(kMenuOfStage);
  h.type("orders-0");
  h.settle();
  CHECK(h.dashboard.state().form.values[0] == "orders-0");
}

TEST_CASE("a form opened by its name begins in its first field, where a typed name replaces the suggested one") {
  Headless h;
  h.settle();
  for (const auto& [name, field] : {std::pair("new topic", "topic"), std::pair("new producer", "client/id")}) {
    const auto told_name = name;  // clang 14 cannot capture a structured binding
    CAPTURE(std::string(told_name));
    h.dashboard.state().palette_text.clear();
    h.key(kKeyK, true);
    for (int i = 0; i < 4; ++i) h.frame();
    h.type(name);
    h.settle();
    REQUIRE(h.click(make_id("palette row", 0)));
    h.settle();
    const FormState& form = h.dashboard.state().form;
    REQUIRE(form.open);
    h.type("audit");
    h.settle();
    const ActForm& asked = act_forms()[static_cast<std::size_t>(form.form)];
    CHECK(asked.fields[static_cast<std::size_t>(form.field)].path == std::string_view(field));
    CHECK(form.values[static_cast<std::size_t>(form.field)] == "audit");
    h.dashboard.state().form = {};
    h.key(kKeyEscape);
  }
}

TEST_CASE("Find says below each act what it does, in either language") {
  const auto solid = [](std::string text) {  // a sentence may be wrapped
    std::erase(text, ' ');
    return text;
  };
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& sought :
         {std::pair{"crash broker-3", "verb.crash.does"_w}, std::pair{"pause broker-2", "verb.pause.does"_w},
          std::pair{lang == Lang::En ? "heal" : "다시 잇기", "verb.heal.does"_w},
          std::pair{lang == Lang::En ? "access rule" : "접근 규칙", "verb.acl.does"_w}}) {
      Headless h;
      h.size(1280, 720);
      h.dashboard.set_language(lang);
      h.settle();
      h.key(kKeyK, true);
      h.settle();
      h.type(sought.first);
      h.settle();
      std::string found;
      for (const auto& piece : h.dashboard.diagnostics().pieces)
        if (piece.box == "palette") found += solid(piece.text);
      CAPTURE(sought.first);
      CHECK_MESSAGE(found.find(solid(tr(lang, sought.second))) != std::string::npos, found);
      clean(h);
    }
}
