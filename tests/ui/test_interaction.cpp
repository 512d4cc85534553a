// Interaction: kept runs, notices, locked acts, restored views.
#include <doctest/doctest.h>

#include <algorithm>

#include "ui/looks.h"
#include "ui/panel_at.h"
#include "ui/panels/act_forms.h"
#include "ui/panels/log_filter.h"
#include "ui/panels/menu_items.h"
#include "ui/panels/palette_items.h"

using namespace kafkascope::ui;
using namespace kafkascope::words::literals;
using fixture::Moment;
using fixture::Scene;

namespace {

/// Checks that everything fits, and no texts overlap.
void legible(Headless& h) {
  h.settle();
  for (const std::string& s : h.dashboard.diagnostics().overflows) CHECK_MESSAGE(false, "does not fit: " << s);
  for (const std::string& s : overlapping_texts(h.dashboard.diagnostics())) CHECK_MESSAGE(false, "overlaps: " << s);
}

}  // namespace

TEST_CASE("B lists the runs, which are named after their acts; Enter, a digit or a click opens one") {
  Headless h;
  h.time.branches = fixture::three_runs();
  h.settle();
  h.key(kKeyB);
  h.settle();
  CHECK(shows(h, "you crashed broker-3"));
  CHECK(shows(h, "seed 43"));
  h.key(kKeyDown);
  h.key(kKeyDown);
  h.key(kKeyEnter);
  CHECK(h.take(ActionKind::OpenBranch).number == 4);
  CHECK_FALSE(h.dashboard.state().runs_open);
  h.key(kKeyB);
  h.frame();
  h.key(kKey1);
  CHECK(h.take(ActionKind::OpenBranch).number == 0);
  h.key(kKeyB);
  h.settle();
  CHECK(h.click(make_id("run", 2)));
  CHECK(h.take(ActionKind::OpenBranch).number == 4);
  h.key(kKeyB);
  h.key(kKeyEscape);
  CHECK_FALSE(h.dashboard.state().runs_open);
  CHECK(h.click(make_id("runs")));  // in the title bar, because there are several runs
  CHECK(h.dashboard.state().runs_open);
}

TEST_CASE("the list of runs, toasts, the offer to continue and the end fit in both languages") {
  Headless h;
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    for (const auto& size : {std::pair{1280.f, 720.f}, std::pair{1920.f, 1080.f}}) {
      h.dashboard.set_language(lang);
      h.size(size.first, size.second);
      h.show(Moment::Before, Scene::First);
      h.dashboard.state().runs_open = true;
      legible(h);  // an empty list shows an explanation
      h.time.branches = fixture::three_runs();
      legible(h);
      h.dashboard.state().runs_open = false;
      h.lesson.resume = {true, 4, 9, 11'000'000};
      legible(h);
      h.show(Moment::Returned, Scene::End);
      h.lesson.end.invariants = 6;
      h.lesson.end.expectations = 5;
      legible(h);
      h.lesson.end.failed = {{"broker-3 should lead: 2", "broker-3이 리더여야 해요: 2"}};
      legible(h);
      h.dashboard.notify({{"Saved: /home/somebody/with/a/long/path/that/goes/on/and/on/session-1.json",
                           "저장했어요: /home/somebody/with/a/long/path/that/goes/on/session-1.json"},
                          false});
      legible(h);
      h.dashboard.state().toasts.clear();
    }
  }
}

TEST_CASE("the end of a lesson offers to save only if something was done") {
  Headless h;
  h.show(Moment::Returned, Scene::End);
  CHECK_FALSE(says(h, tr(Lang::En, "ui.save_what_you_did"_w)));
  h.lesson.end.acted = true;
  h.settle();
  CHECK(says(h, tr(Lang::En, "ui.save_what_you_did"_w)));
}

TEST_CASE("in a run other than the lesson the bar names the run and the target of Return") {
  Headless h;
  h.show(Moment::Elected, Scene::Detour);
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    h.dashboard.set_language(lang);
    for (const RunKind kind : {RunKind::Detour, RunKind::Seed, RunKind::Try, RunKind::Free}) {
      h.lesson.detour.kind = kind;
      h.lesson.detour.back = {"seed 7", "시드 7"};
      h.time.branches = fixture::three_runs();
      legible(h);
      CHECK(h.dashboard.hits().find(make_id("keep")).empty() == (kind != RunKind::Detour));
      h.actions();
      CHECK(h.click(make_id("return")));
      CHECK(h.emitted(ActionKind::ReturnFromDetour));
    }
  }
  h.lesson.detour.kind = RunKind::Seed;  // its script is running, so Next means the next step
  h.settle();
  h.click(make_id("next"));
  CHECK(h.emitted(ActionKind::NextStep));
  h.lesson.detour.kind = RunKind::Try;
  h.key(kKeyPageDown);
  CHECK(h.emitted(ActionKind::ReturnFromDetour));
}

TEST_CASE("a notice with a long quotation is shortened at a character's end and does not cover the picture") {
  Headless h;
  h.size(1280, 720);
  h.settle();
  std::string korean;
  for (int i = 0; i < 70'000; ++i) korean += "가";
  h.dashboard.notify({{"x" + korean, korean}, true});
  h.frame();
  REQUIRE(h.dashboard.state().toasts.size() == 1);
  const Notice& shown = h.dashboard.state().toasts[0].notice;
  for (const std::string& words : {shown.words.en, shown.words.ko}) {
    CHECK(words.size() <= 603);
    CHECK(words.ends_with("가…"));
  }
  const Rect toast = h.dashboard.hits().find(make_id("toast", 0));
  CHECK(toast.h > 0);
  CHECK(toast.h < 300);
}

TEST_CASE("a notice stays a few seconds, and a click removes it") {
  Headless h;
  h.settle();
  h.dashboard.notify({{"Saved: /tmp/session-1.json", "저장했어요"}, false});
  h.settle();
  CHECK(shows(h, "Saved: /tmp/session-1.json"));
  for (int i = 0; i < 8 * 60; ++i) h.frame();
  CHECK_FALSE(shows(h, "Saved"));
  h.dashboard.notify({{"Saved", "저장"}, false});
  h.settle();
  CHECK(h.click(make_id("toast", 0)));
  h.frame();
  CHECK_FALSE(shows(h, "Saved"));
}

TEST_CASE("a notice disappears when it is no longer true, and notices of undone acts do not accumulate") {
  Headless h;
  h.time.playing = false;
  h.dashboard.notify({{"The simulation is paused: press Space", "멈춰 있어요"}, false, NoticeOf::Standstill});
  h.settle();
  CHECK(shows(h, "The simulation is paused"));
  h.time.playing = true;
  h.frame();
  h.frame();
  CHECK_FALSE(shows(h, "The simulation is paused"));
  h.dashboard.notify({{"Undone: crash broker-1", "되돌림"}, false, NoticeOf::Undone});
  h.dashboard.notify({{"Undone: crash broker-2", "되돌림"}, false, NoticeOf::Undone});
  h.settle();
  CHECK_FALSE(shows(h, "Undone: crash broker-1"));
  CHECK(shows(h, "Undone: crash broker-2"));
  for (int i = 0; i < 5 * 60; ++i) h.frame();
  CHECK_FALSE(shows(h, "Undone"));
  h.dashboard.notify({{"Undone: crash broker-2", "되돌림"}, false, NoticeOf::Undone});
  h.settle();
  h.lesson.undo = {true, {"broker-3 crashed", "broker-3 크래시"}};
  h.frame();
  CHECK_FALSE(shows(h, "Undone"));
}

TEST_CASE("the notice of an undone act goes with the next key or click, and with the next notice") {
  const auto undone = [](Headless& h) {
    h.dashboard.notify({{"Undone: crash broker-1", "되돌림"}, false, NoticeOf::Undone});
    h.settle();
    REQUIRE(shows(h, "Undone"));
  };
  Headless h;
  h.settle();
  undone(h);
  h.move(300, 300);
  h.frame();
  CHECK(shows(h, "Undone"));  // the pointer alone does nothing
  SUBCASE("a key") { h.key(kKeyF); }
  SUBCASE("a click") { h.click(300.f, 300.f); }
  SUBCASE("another notice") {
    h.dashboard.notify({{"Saved", "저장"}, false});
    h.settle();
    CHECK(shows(h, "Saved"));
  }
  h.frame();
  CHECK_FALSE(shows(h, "Undone"));
}

TEST_CASE("the world waits only while a menu, a form or Find is open") {
  Headless h;
  h.settle();
  h.actions();
  h.frame();
  CHECK_FALSE(h.emitted(ActionKind::Wait));
  h.dashboard.state().menu = {true, 600, 300, "broker-1", {}, -1};
  h.frame();
  h.actions();
  h.frame();
  CHECK(h.emitted(ActionKind::Wait));
  h.key(kKeyEscape);
  h.frame();
  h.actions();
  h.frame();
  CHECK_FALSE(h.emitted(ActionKind::Wait));
  h.dashboard.state().palette_open = true;
  h.frame();
  h.actions();
  h.frame();
  CHECK(h.emitted(ActionKind::Wait));
}

TEST_CASE("a replica's menu names its broker without an arrow, which would mean a move") {
  Headless h;
  h.dashboard.state().menu = {true, 600, 300, "orders-0", "broker-1", -1};
  h.settle();
  CHECK(shows(h, "orders-0 on broker-1"));
  h.dashboard.state().menu = {true, 600, 300, "broker-1", "broker-2", -1};
  h.settle();
  CHECK(shows(h, "broker-1 → broker-2"));
}

TEST_CASE("Esc cancels a long computation, as its button does") {
  Headless h;
  h.log.record_open = true;
  h.time.busy = true;
  h.settle();
  h.key(kKeyEscape);
  CHECK(h.emitted(ActionKind::CancelProgress));
  h.time.busy = false;
  h.frame();
  h.actions();
  h.key(kKeyEscape);
  CHECK_FALSE(h.emitted(ActionKind::CancelProgress));
}

TEST_CASE("the help lists each key once") {
  Headless h;
  h.key(kKeyF1);
  h.settle();
  const auto& pieces = h.dashboard.diagnostics().pieces;
  CHECK(std::count_if(pieces.begin(), pieces.end(), [](const auto& piece) { return piece.text == "n"; }) == 1);
  clean(h);
}

TEST_CASE("a destructive key without a selection asks for a selection") {
  Headless h;
  h.settle();
  h.key(kKeyC);
  h.settle();
  CHECK(shows(h, "Click a node first"));
  CHECK_FALSE(h.emitted(ActionKind::Fault));
}

TEST_CASE("an act that the engine does not support yet is marked as such and does nothing") {
  Headless h;
  h.dashboard.set_not_yet({"elect_leaders", "wipe_disk"});
  const auto items = build_menu(h.world, "orders-0", {}, {"elect_leaders"});
  CHECK(std::count_if(items.begin(), items.end(), [](const MenuItem& m) { return !m.there; }) == 2);
  h.dashboard.state().menu = {true, 600, 300, "orders-0", {}, -1};
  h.settle();
  CHECK(shows(h, "not simulated yet"));
  CHECK(h.click(make_id("menu item", "ui.elect_preferred"_w.hash)));
  CHECK_FALSE(h.emitted(ActionKind::Fault));
  h.key(kKeyEscape);
  h.key(kKeyK, true);
  h.frame();
  h.type("wipe");
  h.frame();
  h.click(make_id("palette row", 0));
  CHECK_FALSE(h.emitted(ActionKind::Fault));
}

TEST_CASE("presenting: acts are disabled until they are unlocked") {
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  h.settle();
  h.dashboard.state().selection = "broker-1";
  h.dashboard.state().selected_wall = 1e9;
  h.key(kKeyC);
  CHECK_FALSE(h.emitted(ActionKind::Fault));
  h.key(kKeyX);
  CHECK_FALSE(h.emitted(ActionKind::Fault));
  h.dashboard.state().menu = {true, 600, 300, "broker-1", {}, -1};
  h.settle();
  CHECK(h.click(make_id("menu item", "ui.crash"_w.hash)));
  CHECK_FALSE(h.emitted(ActionKind::Fault));
  h.key(kKeyEscape);
  h.key(kKeyU);
  h.key(kKeyC);
  CHECK(h.take(ActionKind::Fault).verb == "crash");
}

TEST_CASE("presenting: while Z is held down the place under the pointer is magnified") {
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  h.size(1280, 720);
  h.settle();
  const auto tallest = [&] {
    float most = 0;
    for (const auto& p : h.dashboard.diagnostics().pieces) most = std::max(most, p.rect.h);
    return most;
  };
  const float before = tallest();
  h.move(640, 360);
  h.dashboard.hold(kKeyZ, true);
  h.settle();
  CHECK(tallest() > before * 1.8f);
  h.dashboard.hold(kKeyZ, false);
  h.settle();
  CHECK(tallest() == doctest::Approx(before));
}

TEST_CASE("Next and a new step restore the lesson's own view") {
  Headless h;
  h.settle();
  h.key(kKey1 + 3);
  CHECK(h.dashboard.state().tab_chosen);
  h.lesson.step += 1;
  h.frame();
  CHECK_FALSE(h.dashboard.state().tab_chosen);
  h.key(kKey1 + 3);
  CHECK(h.click(make_id("next")));
  CHECK(h.emitted(ActionKind::NextStep));
  CHECK_FALSE(h.dashboard.state().tab_chosen);
}

TEST_CASE("Return restores the layout from before the detour") {
  Headless h;
  h.settle();
  h.dashboard.state().selection = "orders-1";
  h.key(kKey1 + 1);
  const LessonModel before = h.lesson;
  h.lesson.detour.active = true;
  h.frame();
  h.key(kKeyTab);
  h.key(kKey1 + 3);
  h.dashboard.state().selection = "broker-3";
  h.frame();
  h.actions();
  h.lesson = before;
  h.frame();
  CHECK(h.dashboard.state().layout == Layout::Lesson);
  CHECK(h.dashboard.state().tab == Tab::Groups);
  CHECK(h.dashboard.state().selection == "orders-1");
  CHECK(h.take(ActionKind::SetLayout).text == "lesson");
}

TEST_CASE("a wrong prediction is explained") {
  Headless h;
  h.show(Moment::Elected, Scene::Differed);
  h.size(1920, 1080);
  h.lesson.question.mistaken = true;
  h.lesson.question.choices[static_cast<std::size_t>(h.lesson.question.chosen)].because = {"Length is never compared.",
                                                                                           "길이는 비교하지 않아요."};
  h.settle();
  CHECK(shows(h, "Length is never compared."));
}

TEST_CASE("Ctrl+P saves a picture of the panel under the pointer") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  h.settle();
  h.move(960, 1000);
  h.key(kKeyP, true);
  const Action a = h.take(ActionKind::Picture);
  CHECK(a.text == "timeline");
  CHECK(a.w > 1000);
  CHECK(a.h > 100);
  h.move(960, 10);  // the title bar is not a panel
  h.key(kKeyP, true);
  CHECK(h.take(ActionKind::Picture).text.empty());
}

TEST_CASE("a key that is held down repeats only if it moves time") {
  Headless h;
  h.settle();
  h.dashboard.key({kKeySpace, false, false, false, true});
  h.frame();
  CHECK_FALSE(h.emitted(ActionKind::Pause));
  h.dashboard.key({kKeyPeriod, false, false, false, true});
  h.frame();
  CHECK(h.emitted(ActionKind::StepEvent));
}

TEST_CASE("the palette finds lessons, terms, steps and runs") {
  Headless h;
  h.dashboard.set_lessons({{"acks", "producer", {"Acks under a crash", "크래시와 acks"}}});
  h.time.branches = fixture::three_runs();
  h.settle();
  const auto find = [&](const char* text) {
    h.dashboard.state().palette_text.clear();
    h.key(kKeyK, true);
    for (int i = 0; i < 4; ++i) h.frame();  // until the field has the keyboard
    h.type(text);
    h.settle();
    CHECK(h.dashboard.state().palette_text == std::string(text));
    h.actions();
    h.click(make_id("palette row", 0));
    h.frame();
  };
  find("acks under");
  CHECK(h.take(ActionKind::OpenLesson).text == "acks");
  find("seed 43");
  CHECK(h.take(ActionKind::OpenBranch).number == 4);
  find("high watermark");
  h.settle();
  CHECK(shows(h, "in-sync"));  // the meaning of the term
  h.dashboard.set_language(Lang::Ko);
  find("하이 워터마크");
  h.settle();
  CHECK(h.dashboard.state().origin.name == "high-watermark");
  find("replica.lag.time.max.ms");
  CHECK(h.dashboard.state().origin.name == "replica.lag.time.max.ms");
}

TEST_CASE("the palette finds ways to create something by everyday words, and acts by name in either language") {
  Headless h;
  h.settle();
  const auto first = [&](const char* text) {
    State& st = h.dashboard.state();
    st.palette_text.clear();
    h.key(kKeyK, true);
    for (int i = 0; i < 4; ++i) h.frame();
    h.type(text);
    h.settle();
    h.actions();
    h.click(make_id("palette row", 0));
    h.frame();
    std::string done;
    if (st.form.open) done = act_forms()[static_cast<std::size_t>(st.form.form)].id;
    if (st.new_cluster.open) done = "new cluster";
    for (const Action& a : h.actions())
      if (a.kind == ActionKind::Fault) done = a.verb + " " + a.target;
    st.new_cluster.open = false;
    st.form = {};
    h.key(kKeyEscape);
    return done;
  };
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    h.dashboard.set_language(lang);
    CAPTURE(static_cast<int>(lang));
    for (const char* text : {"new cluster", "create a cluster", "새 클러스터", "클러스터 만들기"})
      CHECK_MESSAGE(first(text) == "new cluster", text);
    for (const char* text : {"new topic", "create topic", "새 토픽", "토픽 만들기"})
      CHECK_MESSAGE(first(text).starts_with("create"), text);
    for (const char* text :
         {"new client", "add a client", "새 클라이언트", "클라이언트 추가", "new producer", "새 프로듀서"})
      CHECK_MESSAGE(first(text) == "new producer", text);
    for (const char* text : {"new broker", "새 브로커"}) CHECK_MESSAGE(first(text).starts_with("add"), text);
    for (const char* text : {"crash broker-2", "broker-2 크래시"}) CHECK_MESSAGE(first(text) == "crash broker-2", text);
  }
}

TEST_CASE("on a Korean screen the palette's terms are Korean, with only Kafka's own words in brackets") {
  Headless h;
  h.dashboard.set_language(Lang::Ko);
  h.settle();
  const auto found = [&](const char* text) {
    h.dashboard.state().palette_text.clear();
    h.key(kKeyK, true);
    for (int i = 0; i < 4; ++i) h.frame();
    h.type(text);
    h.settle();
    std::string row;  // the match is a text of its own
    for (const auto& piece : h.dashboard.diagnostics().pieces)
      if (piece.box == "palette") row += piece.text;
    h.key(kKeyEscape);
    h.frame();
    return row;
  };
  CHECK(found("ack 받고 유실").find("(lost though acked)") == std::string::npos);
  CHECK(found("lost though acked").find("ack 받고 유실") != std::string::npos);  // yet English finds it
  CHECK_MESSAGE(found("하이 워터마크").find("(high watermark") != std::string::npos, found("하이 워터마크"));
  CHECK(found("KIP-890").find("KIP-890 (KIP-890)") == std::string::npos);
}

TEST_CASE("filters take one word, several words and excluded words, in upper or lower case") {
  CHECK(log_matches("", "anything"));
  CHECK(log_matches("ISR, leader", "isr.shrink broker-1"));
  CHECK(log_matches("broker", "Broker-1 leads"));
  CHECK_FALSE(log_matches("leader, -broker-2", "leader.elected broker-2"));
  CHECK(log_matches("-broker-2", "leader.elected broker-1"));
}

TEST_CASE("the dashboard says when its fonts lack a character that is shown") {
  Headless h;
  h.settle();
  CHECK_FALSE(h.dashboard.lacks_characters());
  h.dashboard.notify({{"똠 펲 뷁 韓 ㅋ", "똠 펲 뷁 韓 ㅋ"}, false});
  h.settle();
  CHECK_FALSE(h.dashboard.lacks_characters());
  h.dashboard.notify({{"㐀", "㐀"}, false});  // no Nanum font has it
  h.settle();
  CHECK(h.dashboard.lacks_characters());
  h.dashboard.reload_fonts();
  h.settle();
  CHECK(h.dashboard.lacks_characters());
}

TEST_CASE("the event log follows the newest event unless it is scrolled away from its end") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  for (std::uint64_t i = 1000; i < 1200; ++i)
    h.log.entries.push_back(
        {i, 0, static_cast<std::int64_t>(i) * 1000, "broker-1", "log.append", "orders-0", {"an event", "이벤트"}});
  h.dashboard.state().lower_tab = Tab::Log;
  h.settle();
  const Rect area = h.dashboard.hits().find(make_id("log"));
  h.move(area.cx(), area.cy());
  h.wheel(2);
  CHECK_FALSE(h.dashboard.state().log_follow);
  h.wheel(-40);
  CHECK(h.dashboard.state().log_follow);
}

TEST_CASE("a text that is not a time is refused with a message") {
  Headless h;
  h.settle();
  h.key(kKeyG);
  h.frame();
  h.type("soon");
  h.enter();
  h.settle();
  CHECK_FALSE(h.emitted(ActionKind::Seek));
  CHECK_FALSE(h.dashboard.state().toasts.empty());
  h.key(kKeyEscape);
  h.frame();
  h.key(kKeyG);
  h.frame();
  h.type("1:02.5");
  h.enter();
  CHECK(h.take(ActionKind::Seek).time_us == 62'500'000);
}

TEST_CASE("a time after the end of the run leads to its end, with a message") {
  Headless h;
  h.show(Moment::Elected, Scene::First);
  h.settle();
  for (const bool after : {false, true}) {
    h.key(kKeyG);
    h.frame();
    h.type(after ? "99:59" : "0:01");
    h.enter();
    h.settle();
    CHECK(h.emitted(ActionKind::Seek));
    CHECK(h.dashboard.state().toasts.size() == (after ? 1 : 0));
  }
}

TEST_CASE("a group's state is legible on the stage with any number of groups, and on the timeline while it lasts") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  for (const auto& [w, height] : {std::pair{1280.f, 720.f}, std::pair{1920.f, 1080.f}}) {
    h.size(w, height);
    h.show(Moment::Before, Scene::First);
    kafkascope::observe::Group& g = h.world.groups[0];
    g.state = "PreparingRebalance";
    for (int i = 0; i < 5; ++i) {
      h.world.groups.push_back(h.world.groups[0]);
      h.world.groups.back().id = "billing-of-" + std::to_string(i);
      if (i > 1) h.world.groups.back().state = "CompletingRebalance";
    }
    h.time.lanes[4].spans = {{h.time.now_us - 40'000, h.time.now_us, SpanKind::State, 0, {"PreparingRebalance", ""}}};
    h.settle();
    for (const auto& piece : h.dashboard.diagnostics().pieces)
      CHECK((piece.text.find("Rebalance") != std::string::npos || piece.text.find("Prep") == std::string::npos));
    CHECK(shows(h, "PreparingRebalance"));
  }
}
