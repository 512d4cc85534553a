// Obstacles for somebody who tried the window without documentation (docs/usability.md): by mouse and keys.
#include <doctest/doctest.h>

#include <algorithm>

#include "ui/looks.h"
#include "ui/panels/act_forms.h"
#include "ui/panels/ledger_view.h"
#include "ui/panels/origin_card.h"

using namespace kafkascope::ui;
using namespace kafkascope::observe;
using namespace kafkascope::words::literals;
using fixture::Moment;
using fixture::Scene;

namespace {

Id node(Headless& h, std::string_view name) {
  for (std::size_t i = 0; i < h.world.nodes.size(); ++i)
    if (h.world.nodes[i].name == name) return make_id("node", i);
  return 0;
}

/// A corner of the card without text.
void click_card(Headless& h, std::string_view name) {
  const Rect r = h.dashboard.hits().find(node(h, name));
  h.click(r.right() - 4, r.y + 4);
  h.settle();
}

void rest_at(Headless& h, float x, float y) {
  h.move(x, y);
  for (int i = 0; i < 30; ++i) h.frame();
}

void find(Headless& h, const char* text) {
  h.key(kKeyK, true);
  for (int i = 0; i < 4; ++i) h.frame();
  h.type(text);
  h.settle();
}

void click_watermark_flag(Headless& h) {
  h.show(Moment::Before, Scene::First);
  h.lesson.view.panels = {"stage", "partitions"};
  h.settle();
  h.actions();
  REQUIRE(h.click(make_id("watermark flag", 0)));
}

}  // namespace

TEST_CASE(
    "a click on a card shows its questions, a click on a question asks it, and a second click on the card opens its details") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& [w, height] : {std::pair{1280.f, 720.f}, {1600.f, 900.f}}) {
      Headless h;
      h.size(w, height);
      h.dashboard.set_language(lang);
      h.show(Moment::Before, Scene::First);
      h.settle();
      for (const char* name : {"checkout", "broker-2", "billing-1"}) {
        CAPTURE(name);
        click_card(h, name);
        CHECK(h.dashboard.state().selection == name);
        REQUIRE(marks(h, "selection bar").size() == 1);
        CHECK(shows(h, lang == Lang::En ? "Why?" : "왜?"));
        for (const auto& card : h.dashboard.diagnostics().cards)
          CHECK_MESSAGE(!card.first.overlaps(marks(h, "selection bar").front()), card.second);
        clean(h);
        h.actions();
        REQUIRE(h.click(make_id("selection why")));
        CHECK(h.take(ActionKind::Why).target == name);
      }
      CHECK_FALSE(h.dashboard.state().drawer);
      click_card(h, "broker-2");
      REQUIRE(h.click(make_id("selection inspect")));
      CHECK(h.dashboard.state().drawer);
      h.key(kKeyEscape);
      h.settle();
      REQUIRE_FALSE(h.dashboard.state().drawer);
      click_card(h, "broker-2");
      CHECK(h.dashboard.state().drawer);
    }
}

TEST_CASE("W asks about the count of the ledger or the thing that was selected last") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.lesson.view.panels = {"stage", "ledger"};
  h.settle();
  click_card(h, "broker-2");
  h.frame();
  REQUIRE(h.click(make_id("acked")));
  CHECK(h.take(ActionKind::SelectFate).text == "acked");
  h.log.fate = "acked";
  h.settle();
  h.actions();
  h.key(kKeyW);
  h.settle();
  CHECK(h.take(ActionKind::Why).text == "/ledger/acked");
  click_card(h, "broker-2");
  h.actions();
  h.key(kKeyW);
  h.settle();
  CHECK(h.take(ActionKind::Why).target == "broker-2");
}

TEST_CASE("W also asks about a producer's or a group's count, even if a card was selected before") {
  Headless h;
  h.size(1280, 720);
  h.show(Moment::Before, Scene::First);
  FateCounts lost;
  lost.acked = 90, lost.lost_acked = 7;
  h.world.ledger.by_client = {{"checkout", lost}, {"web", lost}};
  h.world.ledger.all.lost_acked = 14;
  h.lesson.view.panels = {"stage", "ledger"};
  h.settle();
  click_card(h, "broker-2");
  h.frame();
  REQUIRE(h.click(make_id("lost_acked", 1)));
  CHECK(h.take(ActionKind::SelectFate).target == "web");
  h.log.fate = "lost_acked";
  h.log.fate_client = "web";
  h.settle();
  h.actions();
  h.key(kKeyW);
  h.settle();
  CHECK(h.take(ActionKind::Why).text == "/ledger/by_client/web/lost_acked");
}

TEST_CASE(
    "with nothing selected W asks about the worst that the ledger counts, and says what to do if there is nothing") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.lesson = {};
  h.world.ledger.all = {};
  h.dashboard.state().selection.clear();
  h.dashboard.state().last_view_select.clear();
  h.settle();
  h.actions();
  h.key(kKeyW);
  h.settle();
  CHECK_FALSE(h.emitted(ActionKind::Why));
  h.world.ledger.all.duplicated = 3;
  h.world.ledger.all.lost_acked = 2;
  h.settle();
  h.actions();
  h.key(kKeyW);
  h.settle();
  CHECK(h.take(ActionKind::Why).text == "/ledger/lost_acked");
}

TEST_CASE("in the ledger's list of records a record's place is written in full, even with a long name") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.size(1280, 720);
    h.dashboard.set_language(lang);
    h.show(Moment::Before, Scene::First);
    FateCounts lost;
    lost.acked = 90, lost.lost_acked = 7;
    h.world.ledger.by_client = {{"acks-1", lost}, {"web", lost}};
    h.world.ledger.all.lost_acked = 14;
    h.lesson.view.panels = {"stage", "ledger"};
    h.log.fate = "lost_acked";
    h.log.fate_client = "acks-1";
    RecordLine line;
    line.client = "acks-1";
    line.number = 293;
    line.partition = "orders-0";
    line.offset = -1;
    line.fate = "lost_acked";
    line.words = {"sent at 5.860 s", "5.860초에 보냄"};
    h.log.fate_records = {line};
    CHECK(says(h, lang == Lang::En ? "orders-0: not in the leader's log" : "orders-0: 리더 로그에 없음"));
    CHECK(shows(h, lang == Lang::En ? line.words.en : line.words.ko));
    clean(h);
  }
}

TEST_CASE("an answer that was asked for is not covered by the tip of the thing under the resting pointer") {
  Headless h;
  h.size(1280, 720);
  h.show(Moment::Elected, Scene::First);
  h.lesson.steps[1].at_us = 4'321'987;
  h.lesson.steps[1].title = {"The second step", "둘째 단계"};
  h.time.marks = {{4'321'987, MarkKind::Step, -1, {}, {}, true}};
  click_card(h, "broker-2");
  const Rect at = marks(h, "step done").front();
  rest_at(h, at.cx(), at.cy());
  REQUIRE(shows(h, "2 The second step"));
  h.key(kKeyW);
  h.settle();
  CHECK_FALSE(shows(h, "2 The second step"));
  rest_at(h, at.cx() + 2, at.cy());
  CHECK(shows(h, "2 The second step"));
}

TEST_CASE("at a step that points at a count of the ledger W asks about that count, not about the shown partition") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.lesson.view.select = "orders-0";
  h.lesson.view.point = {{"/ledger/lost_acked", {}}};
  h.settle();
  h.actions();
  h.key(kKeyW);
  h.settle();
  CHECK(h.take(ActionKind::Why).text == "/ledger/lost_acked");
}

TEST_CASE("at a step that points at a field of the shown partition W asks about that field") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.lesson.view.select = "orders-0";
  h.lesson.view.point = {{"/partitions/orders-0/last_stable_offset", {}}};
  h.settle();
  h.actions();
  h.key(kKeyW);
  h.settle();
  CHECK(h.take(ActionKind::Why).text == "/partitions/orders-0/last_stable_offset");
}

TEST_CASE("a click on the flag of the high watermark asks why it is there") {
  Headless h;
  click_watermark_flag(h);
  CHECK(h.take(ActionKind::Why).text == "/partitions/orders-0/high_watermark");
}

TEST_CASE("a click on the flag of the last stable offset asks why it stands there") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.lesson.view.panels = {"stage", "partitions"};
  h.world.partitions[0].last_stable_offset = h.world.partitions[0].high_watermark - 4;
  h.settle();
  h.actions();
  REQUIRE(h.click(make_id("stable flag", 0)));
  CHECK(h.take(ActionKind::Why).text == "/partitions/orders-0/last_stable_offset");
}

TEST_CASE("W after a click on the flag of the high watermark asks about the watermark, too") {
  Headless h;
  click_watermark_flag(h);
  h.log.why.open = true;
  h.log.why.at_us = h.world.time_us;
  h.log.why.path = "/partitions/orders-0/high_watermark";
  h.log.why.others = {{{"the leader", "리더"}, "/partitions/orders-0/leader"}};
  h.settle();
  h.actions();
  h.key(kKeyW);
  CHECK(h.take(ActionKind::Why).text == "/partitions/orders-0/high_watermark");
  h.key(kKeyW);  // from then on W goes on to the next question
  CHECK(h.take(ActionKind::Why).text == "/partitions/orders-0/leader");
}

TEST_CASE("while an answer is open W asks about what was selected since, and goes on with the answer otherwise") {
  Headless h;
  h.dashboard.set_layout(Layout::Lesson);
  h.show(Moment::Before, Scene::First);
  h.log.why.open = true;
  h.log.why.at_us = h.world.time_us;
  h.log.why.path = "/partitions/orders-0/high_watermark";
  h.log.why.others = {{{"the leader", "리더"}, "/partitions/orders-0/leader"}};
  h.log.why.lines = {{{"broker-1 crashes", "broker-1 크래시"}, 7, h.world.time_us, "broker-1"}};
  h.settle();
  h.key(kKeyW);
  h.settle();
  h.actions();
  h.key(kKeyW);
  CHECK(h.take(ActionKind::Why).text == "/partitions/orders-0/leader");
  click_card(h, "broker-3");
  h.actions();
  h.key(kKeyW);
  const Action asked = h.take(ActionKind::Why);
  CHECK(asked.text.empty());
  CHECK(asked.target == "broker-3");
}

TEST_CASE("a click on the label of the in-sync replicas beside the strips asks why the ISR is what it is") {
  Headless h;
  h.dashboard.set_layout(Layout::Lesson);
  h.size(1280, 720);
  h.show(Moment::Before, Scene::First);
  h.lesson.view.panels = {"stage", "partitions"};
  h.lesson.view.point = {{"/partitions/orders-0/isr", {"ISR [1,2,3]", "ISR [1,2,3]"}}};
  h.settle();
  h.actions();
  REQUIRE(h.click(make_id("isr plate")));
  CHECK(h.take(ActionKind::Why).text == "/partitions/orders-0/isr");
}

TEST_CASE("several groups in a low panel are scrolled group by group, so that a whole one is always in view") {
  Headless h;
  h.dashboard.set_layout(Layout::Lesson);
  h.size(1280, 720);
  h.show(Moment::Before, Scene::Held);
  for (const char* id : {"second", "third"}) {
    h.world.groups.push_back(h.world.groups.front());
    h.world.groups.back().id = id;
  }
  h.lesson.view.panels = {"stage", "groups"};
  h.settle();
  const Rect panel = h.dashboard.hits().find(make_id("groups"));
  REQUIRE_FALSE(panel.empty());
  const auto whole = [&] {
    for (const Group& g : h.world.groups)
      for (const auto& piece : h.dashboard.diagnostics().pieces)
        if (piece.text == g.id && piece.rect.y >= panel.y && piece.rect.y < panel.y + 40) return g.id;
    return std::string();
  };
  CHECK(whole() == h.world.groups.front().id);
  for (const char* id : {"second", "third"}) {
    REQUIRE(h.click(make_id("more of groups")));
    h.settle();
    CHECK(whole() == id);
    clean(h);
  }
  h.move(panel.cx(), panel.cy());
  for (int i = 0; i < 20; ++i) {
    h.wheel(1);
    h.settle();
    CHECK_FALSE(whole().empty());
  }
  CHECK(whole() == h.world.groups.front().id);
}

TEST_CASE("W after a click on a metric asks about that metric") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.lesson.view.panels = {"stage", "metrics"};
  h.settle();
  click_card(h, "broker-2");
  h.frame();
  REQUIRE_FALSE(h.world.metrics.empty());
  const std::string& name = h.world.metrics.front().mbean;
  REQUIRE(h.click(make_id("metric " + name)));
  h.settle();
  h.actions();
  h.key(kKeyW);
  const Action asked = h.take(ActionKind::Why);
  CHECK(asked.target.empty());
  CHECK(asked.text.find(name.substr(name.find("name="))) != std::string::npos);
  click_card(h, "broker-2");
  h.frame();
  h.actions();
  h.key(kKeyW);
  CHECK(h.take(ActionKind::Why).target == "broker-2");
}

TEST_CASE("a mark on the scrubber shows its step's title, and a click seeks to its exact moment") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.size(1280, 720);
    h.dashboard.set_language(lang);
    h.show(Moment::Elected, Scene::First);
    REQUIRE(h.lesson.steps.size() > 2);
    h.lesson.steps[1].at_us = 4'321'987;
    h.lesson.steps[1].title = {"The second step", "둘째 단계"};
    h.time.marks = {{4'321'987, MarkKind::Step, -1, {}, {}, true}};
    h.settle();
    const Rect at = marks(h, "step done").front();
    rest_at(h, at.cx() + 3, at.cy());
    CHECK(shows(h, lang == Lang::En ? "2 The second step" : "2 둘째 단계"));
    clean(h);
    h.actions();
    h.click(at.cx() + 3, at.cy());
    CHECK(h.take(ActionKind::Seek).time_us == 4'321'987);
  }
}

TEST_CASE("the pills beside the title show the titles of their steps, and a click leads to the step") {
  Headless h;
  h.size(1280, 720);
  h.show(Moment::Elected, Scene::First);
  h.lesson.steps[1].at_us = 4'000'000;
  h.lesson.steps[1].title = {"The second step", "둘째 단계"};
  h.lesson.steps[2].at_us = -1;
  h.settle();
  const Rect pill = h.dashboard.hits().find(make_id("step pill", 1));
  rest_at(h, pill.cx(), pill.cy());
  CHECK(h.dashboard.state().tip.title == "2 The second step");
  h.actions();
  h.click(pill.cx(), pill.cy());
  CHECK(h.take(ActionKind::Seek).time_us == 4'000'000);
  const Rect waits = h.dashboard.hits().find(make_id("step pill", 2));
  rest_at(h, waits.cx(), waits.cy());
  CHECK(h.dashboard.state().tip.title.find("not known yet") != std::string::npos);
  h.actions();
  h.click(waits.cx(), waits.cy());
  CHECK_FALSE(h.emitted(ActionKind::Seek));
}

TEST_CASE("in Find 'who leads' opens a partition's details, and 'acks=1' opens a second world") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.lesson.twin_offers = std::make_shared<const std::vector<TwinOffer>>(
      std::vector<TwinOffer>{{{"shop acks", "shop acks"}, "setting", "shop", "acks"}});
  h.settle();
  find(h, "who leads");
  CHECK(shows(h, "who believes what"));
  h.enter();
  CHECK(h.dashboard.state().selection == "orders-0");
  CHECK(h.dashboard.state().drawer);
  h.key(kKeyEscape);
  h.actions();
  find(h, "acks=1");
  h.enter();
  const Action twin = h.take(ActionKind::OpenTwin);
  CHECK(twin.verb == "setting");
  CHECK(twin.text == "acks");
  CHECK(twin.other == "1");
}

TEST_CASE("if Find has no result, Enter leaves the focus in the field") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.settle();
  find(h, "zzzz");
  REQUIRE(shows(h, "Nothing found"));
  h.enter();
  for (int i = 0; i < 4; ++i) h.frame();
  CHECK(h.dashboard.state().palette_open);
  h.type("ledger");
  h.settle();
  CHECK(h.dashboard.state().palette_text.find("ledger") != std::string::npos);
}

TEST_CASE("presenting: the terminal replaces the stage with large text, and Esc brings the stage back") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& [w, height] : {std::pair{1280.f, 720.f}, {1600.f, 900.f}, {1024.f, 768.f}}) {
      Headless h;
      h.size(w, height);
      h.dashboard.set_language(lang);
      h.dashboard.set_layout(Layout::Presenter);
      h.show(Moment::Before, Scene::First);
      h.settle();
      REQUIRE(shows(h, "broker-2"));
      h.key(kKey0);
      h.log.terminal.command = h.dashboard.state().tool.command = "kafka-topics --describe";
      h.log.terminal.at_us = 4'000'000;
      h.log.terminal.lines = {{{{"Topic: ", false}, {"orders", true}}, false}};
      h.actions();
      h.settle();
      CHECK(h.emitted(ActionKind::AskTool));
      CHECK(shows(h, "orders"));
      for (const auto& piece : h.dashboard.diagnostics().pieces) {
        CAPTURE(piece.text);
        CHECK(piece.rect.h >= height * .024f);
      }
      clean(h);
      h.key(kKeyEscape);
      h.settle();
      CHECK(h.dashboard.state().layout == Layout::Presenter);
      CHECK(shows(h, "broker-2"));
    }
}

TEST_CASE("presenting: a step about a tool's output shows the terminal, and a question shows the stage again") {
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  h.show(Moment::Before, Scene::First);
  h.lesson.view.panels = {"stage", "terminal"};
  h.lesson.view.point.clear();
  h.lesson.view.tool = "kafka-topics --describe";
  h.actions();
  h.settle();
  CHECK(h.emitted(ActionKind::AskTool));
  h.show(Moment::Before, Scene::Ask);
  h.lesson.view.panels = {"stage", "terminal"};
  h.lesson.view.tool = "kafka-topics --describe";
  h.actions();
  h.settle();
  CHECK_FALSE(h.emitted(ActionKind::AskTool));
}

TEST_CASE("the hints of the first start name only what is visible and do not cover an answer") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.size(1280, 720);
    h.dashboard.set_language(lang);
    h.show(Moment::Before, Scene::First);
    h.lesson.coach_marks = true;
    h.log = {};
    h.dashboard.state().coach_seen = false;
    h.lesson.view.panels = {"stage", "partitions"};
    h.settle();
    const std::string watermark = tr(lang, "ui.high_watermark"_w), rewind = tr(lang, "ui.coach_rewind"_w);
    CHECK(shows(h, watermark));
    h.lesson.view.panels = {"stage", "ledger"};
    h.settle();
    CHECK(shows(h, rewind));
    CHECK_FALSE(shows(h, watermark));
    h.time.now_us = h.time.until_us;  // the third hint stays in the window
    h.settle();
    for (const auto& piece : h.dashboard.diagnostics().pieces)
      if (piece.text == rewind) CHECK(piece.rect.right() <= 1280);
    h.log.why.open = true;
    h.settle();
    CHECK_FALSE(shows(h, rewind));
  }
}

TEST_CASE("the hints of the first start are numbered and counted as they are shown, in both languages") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.size(1280, 720);
    h.dashboard.set_language(lang);
    h.show(Moment::Before, Scene::First);
    h.lesson.coach_marks = true;
    h.log = {};
    h.dashboard.state().coach_seen = false;
    for (const auto& [panel, count] : {std::pair{"partitions", 3}, {"ledger", 2}}) {
      h.lesson.view.panels = {"stage", panel};
      h.settle();
      CHECK(marks(h, "hint").size() == static_cast<std::size_t>(count));
      CHECK(shows(h, tr(lang, "ui.esc_removes_hints"_w, {{"count", std::to_string(count)}})));
      std::string numbers;
      for (const auto& piece : h.dashboard.diagnostics().pieces)
        if (piece.layer == 4 && piece.text.size() == 1) numbers += piece.text;
      CHECK(numbers == std::string("123").substr(0, static_cast<std::size_t>(count)));
    }
    h.log.why.open = true;
    h.settle();
    CHECK(marks(h, "hint").empty());
    for (const char* count : {"1", "2", "3"})
      CHECK_FALSE(shows(h, tr(lang, "ui.esc_removes_hints"_w, {{"count", count}})));
  }
}

TEST_CASE("the hints of the first start cover no broker's name") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& [w, hgt] : {std::pair{1280.f, 720.f}, {1600.f, 900.f}, {1920.f, 1080.f}}) {
      const auto width = w;  // clang 14 cannot capture a structured binding
      CAPTURE(width);
      Headless h;
      h.size(w, hgt);
      h.dashboard.set_layout(Layout::Lesson);
      h.dashboard.set_language(lang);
      h.show(Moment::Before, Scene::First);
      h.lesson.coach_marks = true;
      h.log = {};
      h.time.now_us = 0;
      h.dashboard.state().coach_seen = false;
      h.lesson.view.panels = {"stage", "partitions"};
      const std::vector<Rect> hints = marks(h, "hint");
      REQUIRE_FALSE(hints.empty());
      for (const auto& piece : h.dashboard.diagnostics().pieces)
        for (const Rect& hint : hints)
          if (piece.text.starts_with("broker-")) CHECK_MESSAGE(!hint.overlaps(piece.rect), piece.text);
    }
}

TEST_CASE("a setting or an error on a card and a setting in a form are links to their origin cards") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.settle();
  Client& client = h.world.clients.front();
  client.refused = "TOPIC_AUTHORIZATION_FAILED";
  h.settle();
  REQUIRE(h.click(make_id("origin TOPIC_AUTHORIZATION_FAILED")));
  h.settle();
  CHECK(h.dashboard.state().origin.kind == OriginKind::Error);
  CHECK(shows(h, "TopicAuthorizationException"));
  clean(h);
  h.key(kKeyEscape);
  h.settle();
  // In a form: the typed setting, or the setting that a field is named after.
  const int index = act_form("configure");
  REQUIRE(index >= 0);
  const ActForm& form = act_forms()[static_cast<std::size_t>(index)];
  FormState& st = h.dashboard.state().form;
  st = {true, index, form_values(h.world, form, "orders-0", {}), 0, true, false, 0, {}};
  st.values.back() = "min.insync.replicas=2";
  h.settle();
  REQUIRE(h.click(make_id("form origin", st.values.size() - 1)));
  h.settle();
  CHECK(h.dashboard.state().origin.name == "min.insync.replicas");
  CHECK(shows(h, "TopicConfig"));
  h.key(kKeyEscape);
  h.settle();
  CHECK(h.dashboard.state().form.open);  // Esc has closed the card only
  CHECK(h.dashboard.state().origin.name.empty());
}
