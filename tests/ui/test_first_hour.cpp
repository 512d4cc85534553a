// For a user who has only read the README: scripts without narration, a waiting presenter, searches for a lesson.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

#include <imgui.h>
#include <nlohmann/json.hpp>

#include "support/places.h"
#include "ui/imgui_versions.h"
#include "ui/looks.h"
#include "ui/panels/ledger_view.h"
#include "ui/panels/palette_items.h"

using namespace kafkascope::ui;
using namespace kafkascope::words::literals;
using fixture::Moment;
using fixture::Scene;

namespace {

LessonModel script() {
  LessonModel m;
  m.present = true;
  m.told = false;
  m.id = "guard";
  m.title = {"A guard for a release", "릴리스 점검"};
  m.steps = {{{"slow broker-1 down", "broker-1 느리게"}, 1'000'000, StepKind::Do, true},
             {{"crash leader:orders-0", "leader:orders-0 크래시"}, 10'000'000, StepKind::Do, false},
             {{"restart broker-1", "broker-1 재시작"}, -1, StepKind::Do, false}};
  m.step_title = m.steps.front().title;
  return m;
}

Comparison two_ledgers() {
  Comparison c;
  c.present = c.ready = true;
  c.what = {"acks=all instead of 1", "1 대신 acks=all"};
  c.at_us = 60'000'000;
  c.original.acked = 2'900;
  c.original.lost_acked = 41;
  c.changed.acked = 2'700;
  return c;
}

}  // namespace

TEST_CASE("a script without narration shows its title, its past acts and its future acts") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.dashboard.set_language(lang);
    h.lesson = script();
    h.settle();
    CHECK_FALSE(shows(h, tr(lang, "ui.free_play"_w)));
    CHECK(shows(h, pick(lang, h.lesson.title)));
    CHECK(shows(h, lang == Lang::En ? "leader:orders-0" : "크래시"));
    CHECK(shows(h, "10.000"));
    CHECK(shows(h, tr(lang, "ui.script_when"_w)));
    CHECK(overlapping_texts(h.dashboard.diagnostics()).empty());
  }
}

TEST_CASE("the list of a script's acts says in words, not only by colour, which of them failed or wait") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.dashboard.set_language(lang);
    h.lesson = script();
    h.lesson.steps[1].done = true;
    h.settle();
    CHECK_FALSE(shows(h, "TimeoutException"));
    CHECK_FALSE(shows(h, tr(lang, "ui.act_waits"_w)));
    h.lesson.steps[0].mark = ActMark::Failed;
    h.lesson.steps[0].outcome = both("ui.act_failed"_w, {{"error", "TimeoutException"}});
    h.lesson.steps[1].mark = ActMark::Waits;
    h.lesson.steps[1].outcome = both("ui.act_waits"_w);
    h.settle();
    CHECK(shows(h, "TimeoutException"));
    CHECK(shows(h, tr(lang, "ui.act_waits"_w)));
    CHECK(overlapping_texts(h.dashboard.diagnostics()).empty());
  }
}

TEST_CASE("a file without steps opens as free play with its own title") {
  Headless h;
  h.lesson = {};
  h.lesson.title = {"A cluster to play with", "연습용 클러스터"};
  h.settle();
  CHECK(shows(h, "A cluster to play with"));
  CHECK(shows(h, "Free play"));
}

TEST_CASE("empty tabs are hidden, and their keys say why") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.world.metrics.clear();
  h.settle();
  const auto tab = [&](Tab t) {
    return !h.dashboard.hits().find(make_id("tab", static_cast<std::uint64_t>(t))).empty();
  };
  CHECK(tab(Tab::Ledger));
  CHECK_FALSE(tab(Tab::Metrics));
  CHECK_FALSE(tab(Tab::Compare));
  CHECK(tab(Tab::Log));
  const Tab before = h.dashboard.state().tab;
  h.key(kKey1 + 5);
  CHECK(h.dashboard.state().tab == before);
  CHECK(h.dashboard.state().toasts.size() == 1);
  h.lesson.comparison = two_ledgers();
  h.settle();
  CHECK(tab(Tab::Compare));
  h.key(kKey1 + 5);
  CHECK(h.dashboard.state().tab == Tab::Compare);
}

TEST_CASE("a comparison of two ledgers shows both numbers, and rows that differ come first") {
  const Comparison two = two_ledgers();
  const auto rows = build_compare_rows(two, false, 3);
  REQUIRE(rows.size() == 3);
  const auto lost =
      std::find_if(rows.begin(), rows.end(), [](const CompareRow& r) { return r.name == "fate.lost_acked"_w; });
  REQUIRE(lost != rows.end());
  CHECK(lost->original == 41);
  CHECK(lost->changed == 0);
  CHECK(lost->bad);
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
      Headless h;
      h.dashboard.set_language(lang);
      h.dashboard.set_layout(layout);
      h.lesson.comparison = two;
      h.settle();
      h.key(kKey1 + 5);
      h.settle();
      CHECK(shows(h, "41"));
      CHECK(shows(h, "2,900"));
      CHECK(shows(h, "2,700"));
      CHECK(shows(h, pick(lang, two.what)));
      CHECK(h.emitted(ActionKind::Compare));
      CHECK(overlapping_texts(h.dashboard.diagnostics()).empty());
      CHECK(shows(h, "–200"));
      const auto& fonts = ImGui::GetIO().Fonts->Fonts;  // a character that the font lacks would be shown as "?"
      const auto has = [&](ImWchar c) {
        return std::any_of(fonts.begin(), fonts.end(), [&](ImFont* font) { return has_character(*font, c); });
      };
      CHECK(has(0x2013));
      CHECK_FALSE(shows(h, "\u2212"));
      // Until both runs are ready, nothing may look like a result.
      h.lesson.comparison.ready = false;
      h.lesson.comparison.original = h.lesson.comparison.changed = {};
      h.settle();
      CHECK(shows(h, lang == Lang::En ? "still being computed" : "아직 계산"));
      CHECK(h.emitted(ActionKind::Compare));
      const auto& pieces = h.dashboard.diagnostics().pieces;
      CHECK(std::none_of(pieces.begin(), pieces.end(), [](const auto& piece) { return piece.text == "="; }));
      CHECK(overlapping_texts(h.dashboard.diagnostics()).empty());
    }
  }
}

TEST_CASE("when the presenter waits it names the key that continues, and one key of a clicker is enough") {
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  h.show(Moment::Before, Scene::Votes);
  h.settle();
  CHECK(shows(h, "1–4: votes"));
  h.key(kKeyPageDown);
  CHECK(h.emitted(ActionKind::Reveal));
  h.show(Moment::Before, Scene::Turn);
  h.settle();
  CHECK(shows(h, "n: do it · or U, click broker-1, C"));
  h.key(kKeyN);
  CHECK(h.emitted(ActionKind::DoItForMe));
  h.key(kKeyU);
  h.settle();
  CHECK(shows(h, "n: do it · or click broker-1, C"));
  h.key(kKeyF5);
  CHECK(h.emitted(ActionKind::FromStart));
  h.dashboard.state().key_hints = false;  // the audience's own window
  h.settle();
  CHECK_FALSE(shows(h, "n: do it"));
  h.dashboard.state().key_hints = true;
  h.show(Moment::Before, Scene::First);
  h.settle();
  CHECK_FALSE(shows(h, "n: do it"));
}

TEST_CASE("I opens the inspector in the Lesson layout as well, and a second I closes it") {
  Headless h;
  h.settle();
  h.key(kKeyI);
  h.settle();
  CHECK_FALSE(h.dashboard.hits().find(make_id("drawer close")).empty());
  h.key(kKeyI);
  h.settle();
  CHECK(h.dashboard.hits().find(make_id("drawer close")).empty());
  // If the inspector is visible anyway, nothing is opened in the background.
  h.size(1920, 1080);
  h.dashboard.set_layout(Layout::Workbench);
  h.settle();
  h.key(kKeyI);
  CHECK_FALSE(h.dashboard.state().drawer);
}

TEST_CASE("lessons are found by id, track, summary and concept, in either language") {
  Headless h;
  h.dashboard.set_lessons({{"compaction",
                            "log",
                            {"The last value of each key", "키마다 마지막 값"},
                            {"The cleaner keeps the newest record of a key.", "정리기가 최신 레코드를 남겨요."},
                            {"log-compaction"}},
                           {"scale-out",
                            "operations",
                            {"A broker more", "브로커 한 대 더"},
                            {"New brokers get nothing by themselves.", "새 브로커에는 저절로 가지 않아요."},
                            {"reassignment"}}});
  h.settle();
  h.key(kKeyK, true);
  h.frame();
  for (const char* query :
       {"compaction", "operations", "운영", "cleaner", "정리기", "로그 압축", "reassignment", "scale"}) {
    CAPTURE(std::string(query));
    h.dashboard.state().palette_text = query;
    h.frame();
    h.actions();
    bool found = false;
    for (std::uint64_t row = 0; row < 9 && !found; ++row)
      found = !h.dashboard.hits().find(make_id("palette row", row)).empty() &&
              (shows(h, "The last value of each key") || shows(h, "A broker more"));
    CHECK(found);
  }
}

TEST_CASE("one click or one key opens the list of all lessons") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.dashboard.set_language(lang);
    h.dashboard.set_lessons(
        {{"acks", "producer", {"Acks under a crash", "크래시와 acks"}, {"What acks=1 loses.", "acks=1이 잃는 것."}},
         {"compaction", "log", {"The last value", "마지막 값"}}});
    h.settle();
    CHECK(h.click(make_id("lessons")));
    h.settle();
    CHECK(shows(h, tr(lang, "ui.all_lessons"_w)));
    CHECK(shows(h, tr(lang, "ui.track_producer"_w)));
    CHECK(h.click(make_id("lesson row", 1)));
    CHECK(h.take(ActionKind::OpenLesson).text == "compaction");
    CHECK_FALSE(h.dashboard.state().lessons_open);
    h.key(kKeyL);
    h.settle();
    h.key(kKeyDown);
    h.key(kKeyEnter);
    CHECK(h.take(ActionKind::OpenLesson).text == "compaction");
    h.key(kKeyL);
    h.key(kKeyEscape);
    h.settle();  // once the list's field exists, it takes the keys
    CHECK_FALSE(h.dashboard.state().lessons_open);
  }
}

TEST_CASE("speeds rise in steps of 1, 2, 5 and fall in the same steps") {
  std::int64_t ppm = 0;
  std::vector<std::int64_t> up;
  while (ppm >= 0) up.push_back(ppm = next_speed(ppm, true));
  CHECK(up == std::vector<std::int64_t>{1'000, 2'000, 5'000, 10'000, 20'000, 50'000, 100'000, 200'000, 500'000,
                                        1'000'000, 2'000'000, 5'000'000, 10'000'000, 20'000'000, 50'000'000,
                                        100'000'000, -1});
  CHECK(next_speed(-1, true) == -1);
  for (std::size_t i = up.size(); i-- > 1;) CHECK(next_speed(up[i], false) == up[i - 1]);
  CHECK(next_speed(1'000, false) == 0);
  CHECK(next_speed(0, false) == 0);
  CHECK(next_speed(250'000, true) == 500'000);  // a lesson's own speed
  CHECK(next_speed(250'000, false) == 200'000);
}

TEST_CASE(
    "the dialog for a time to go to takes each text that a link takes, and says of any other that it is no time") {
  std::ifstream file(source_root() + "/tests/data/moments.json");
  REQUIRE(file.good());
  const auto typed = nlohmann::json::parse(file);
  Headless h;
  h.settle();
  const auto go_to = [&](const std::string& text) {
    h.dashboard.state().toasts.clear();
    h.key(kKeyG);
    h.settle();
    REQUIRE(h.dashboard.state().goto_open);
    h.type(text.c_str());
    h.settle();
    h.actions();
    h.enter();
  };
  for (const auto& moment : typed["moments"].items()) {
    const std::string text = moment.key();
    CAPTURE(text);
    go_to(text);
    const Action seek = h.take(ActionKind::Seek);
    REQUIRE(seek.kind == ActionKind::Seek);
    CHECK(seek.time_us == moment.value().get<std::int64_t>());
    CHECK_FALSE(h.dashboard.state().goto_open);
    if (seek.time_us <= h.time.until_us) {
      CHECK(h.dashboard.state().toasts.empty());
      continue;
    }
    REQUIRE(h.dashboard.state().toasts.size() == 1);
    CHECK(h.dashboard.state().toasts.front().notice.words.en ==
          tr(Lang::En, "ui.goes_to_end"_w, {{"end", clock_text(h.time.until_us)}}));
  }
  for (const auto& wrong : typed["no moments"]) {
    const std::string text = wrong.get<std::string>();
    CAPTURE(text);
    go_to(text);
    CHECK_FALSE(h.emitted(ActionKind::Seek));
    REQUIRE(h.dashboard.state().toasts.size() == 1);
    CHECK(h.dashboard.state().toasts.front().notice.words.en == tr(Lang::En, "ui.no_time"_w));
    CHECK(h.dashboard.state().goto_open);
    h.key(kKeyEscape);
    h.settle();
  }
}

TEST_CASE("the help lists keys in the order in which it explains them") {
  Headless h;
  h.key(kKeyF1);
  h.settle();
  const auto& pieces = h.dashboard.diagnostics().pieces;
  const auto at = [&](std::string_view text) {
    return std::find_if(pieces.begin(), pieces.end(), [&](const auto& piece) { return piece.text == text; });
  };
  REQUIRE(at("Right") != pieces.end());
  CHECK(at("Right")->rect.x < at("Left")->rect.x);
  CHECK(overlapping_texts(h.dashboard.diagnostics()).empty());
}

TEST_CASE("a verdict below the visible part of the panel is scrolled into view") {
  Headless h;
  h.show(Moment::Elected, Scene::Differed);
  h.lesson.question.phase = QuestionPhase::Predicted;
  h.lesson.paragraphs.push_back({std::string(900, 'w'), std::string(900, 'w')});
  for (std::size_t i = 40; i < 900; i += 7) h.lesson.paragraphs.back().en[i] = ' ';
  h.settle();
  h.lesson.question.phase = QuestionPhase::Differed;
  h.settle();
  const auto& pieces = h.dashboard.diagnostics().pieces;
  const auto verdict = std::find_if(pieces.begin(), pieces.end(),
                                    [](const auto& piece) { return piece.text.starts_with("Your prediction"); });
  REQUIRE(verdict != pieces.end());
  CHECK(verdict->rect.bottom() < h.dashboard.hits().find(make_id("next")).y);
}

TEST_CASE("the number of the waiting step is right, and Undo remains after its notice has disappeared") {
  Headless h;
  h.size(1920, 1080);
  h.show(Moment::Elected, Scene::Detour);
  h.lesson.detour.return_step = static_cast<int>(h.lesson.steps.size()) - 2;
  h.lesson.undo.active = false;
  h.settle();
  const std::string n = std::to_string(h.lesson.steps.size());
  CHECK(shows(h, "Step " + n + " of the lesson waits"));
  CHECK(h.click(make_id("undo detour")));
  CHECK(h.emitted(ActionKind::Undo));
  CHECK(overlapping_texts(h.dashboard.diagnostics()).empty());
}

TEST_CASE("beside a new cluster no lesson is said to wait, unless the user has left one") {
  Headless h;
  h.size(1920, 1080);
  h.show(Moment::Elected, Scene::Detour);
  h.lesson.detour.kind = RunKind::Free;
  h.lesson.detour.left_us = 12'000'000;
  h.lesson.detour.back = {"An empty cluster", "빈 클러스터"};
  CHECK(says(h, "The lesson waits at 00:12.000."));
  CHECK(shows(h, "Return to step"));
  h.lesson.detour.left_us = 0;
  h.lesson.detour.return_step = 0;
  h.lesson.steps.resize(1);
  h.settle();
  CHECK_FALSE(shows(h, "lesson waits"));
  // What Return leads to is named: not a step of a lesson.
  CHECK(shows(h, "Back to An empty cluster"));
  CHECK_FALSE(shows(h, "Return to step"));
}

TEST_CASE("a list of acts that does not fit ends with the number of acts left, and no text is cut") {
  Headless h;
  h.size(1280, 720);
  h.dashboard.set_layout(Layout::Workbench);
  h.lesson = script();
  h.lesson.steps.resize(18, h.lesson.steps.front());
  h.lesson.variants.resize(2);
  h.settle();
  const Rect next = h.dashboard.hits().find(make_id("next"));
  REQUIRE_FALSE(next.empty());
  const auto& pieces = h.dashboard.diagnostics().pieces;
  const auto more = std::find_if(pieces.begin(), pieces.end(), [](const auto& piece) {
    return piece.text.starts_with("+") && piece.text.ends_with("more") && piece.rect.x < 200;
  });
  REQUIRE(more != pieces.end());
  const std::string& caption = tr(Lang::En, "ui.variants"_w);
  const auto variants =
      std::find_if(pieces.begin(), pieces.end(), [&](const auto& piece) { return piece.text.starts_with(caption); });
  REQUIRE(variants != pieces.end());
  CHECK(more->rect.bottom() < variants->rect.y);
  CHECK(variants->rect.bottom() < next.y);
}

TEST_CASE("a run with another seed is not called a detour") {
  Headless h;
  h.lesson.detour = {true, {"same script, seed 8", "같은 대본, 시드 8"}, 0, 0, {}, RunKind::Seed, {"seed 7", "시드 7"}};
  h.lesson.step_title = {};
  h.settle();
  CHECK_FALSE(shows(h, "Your detour"));
}

TEST_CASE("in a detour's first seconds the playhead covers neither the act nor its sign") {
  Headless h;
  h.show(Moment::Elected, Scene::Detour);
  const auto box_of = [&](const char* name) {
    const auto& marks = h.dashboard.diagnostics().marks;
    const auto it = std::find_if(marks.begin(), marks.end(), [&](const auto& mark) { return mark.second == name; });
    return it == marks.end() ? Rect{} : it->first;
  };
  for (const std::int64_t later : {0, 500'000, 1'500'000, 3'000'000}) {
    h.time.now_us = h.lesson.detour.left_us + later;
    h.settle();
    const Rect act = box_of("detour act"), playhead = box_of("detour playhead");
    REQUIRE_FALSE(act.empty());
    REQUIRE_FALSE(playhead.empty());
    CHECK_FALSE(act.overlaps(playhead));
  }
}

TEST_CASE("a broker that was not told of its replica says so, and shows no epoch") {
  Headless h;
  h.show(Moment::Elected, Scene::First);
  h.settle();
  CHECK_FALSE(shows(h, "not told yet"));
  for (auto& node : h.world.nodes)
    for (auto& replica : node.replicas)
      if (node.name == "broker-2") replica.leader_epoch = -1;
  h.settle();
  CHECK(shows(h, "not told yet"));
  CHECK_FALSE(shows(h, "e-1"));
  CHECK(overlapping_texts(h.dashboard.diagnostics()).empty());
}

TEST_CASE("in the lesson the button that enlarges the panel covers no group, and no ring around one") {
  Headless h;
  h.size(1280, 720);
  for (const bool ring : {false, true}) {
    h.show(Moment::Elected, Scene::First);
    if (ring) h.lesson.view.point = {{"/groups/billing", {}}};
    h.settle();
    const Rect button = h.dashboard.hits().find(make_id("fill"));
    REQUIRE_FALSE(button.empty());
    int groups = 0;
    for (std::size_t i = 0; i < h.world.groups.size(); ++i) {
      const Rect frame = h.dashboard.hits().find(make_id("group", i));
      if (frame.empty()) continue;
      ++groups;
      CHECK_FALSE(button.overlaps(frame.grown(8)));
    }
    CHECK(groups > 0);
  }
}
