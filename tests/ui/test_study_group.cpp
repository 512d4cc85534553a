// The window for the leader of a study group: lists, votes, settings, variants, struck-out records, long names.
#include <doctest/doctest.h>
#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "ui/looks.h"
#include "ui/panels/ledger_view.h"
#include "ui/panels/lessons_list.h"

using namespace kafkascope::ui;
using namespace kafkascope::words::literals;
using namespace kafkascope::observe;
using fixture::Moment;
using fixture::Scene;

namespace {

/// Whether something of that colour is drawn there.
bool has_colour(const Rect& r, Color colour) {
  const ImDrawData& drawn = *ImGui::GetDrawData();
  for (int i = 0; i < drawn.CmdListsCount; ++i)
    for (const ImDrawVert& v : drawn.CmdLists[i]->VtxBuffer)
      if (v.col == colour && r.contains(v.pos.x, v.pos.y)) return true;
  return false;
}

/// Types like a keyboard: each key with its character.
void type_keys(Headless& h, std::string_view letters) {
  for (const char letter : letters) {
    const int key = letter >= 'a' && letter <= 'z' ? letter - 'a' + kKeyA : letter;
    h.dashboard.key({key, false, false, false, false});
    h.dashboard.text(static_cast<unsigned char>(letter));
    h.frame();
  }
  h.settle();
}

void rest(Headless& h, const Rect& r) {
  h.move(r.cx(), r.cy());
  for (int i = 0; i < 30; ++i) h.frame();
}

const std::vector<LessonEntry>& three_lessons() {
  static const std::vector<LessonEntry> lessons{
      {"acks", "producer", {"Acks under a crash", "크래시와 acks"}, {"What acks=1 loses.", "acks=1이 잃는 것."}},
      {"compaction", "log", {"The last value", "마지막 값"}},
      {"leader-epoch",
       "replication",
       {"Epochs", "에포크"},
       {},
       {},
       {{"before", {"Before Kafka 0.11: no epochs", "Kafka 0.11 이전: 에포크가 없어요"}}}}};
  return lessons;
}

double luminance(Color c) {
  const auto part = [&](int shift) {
    const double v = ((c >> shift) & 0xFF) / 255.0;
    return v <= .03928 ? v / 12.92 : std::pow((v + .055) / 1.055, 2.4);
  };
  return .2126 * part(0) + .7152 * part(8) + .0722 * part(16);
}

double contrast(Color a, Color b) {
  const double x = luminance(a) + .05, y = luminance(b) + .05;
  return std::max(x, y) / std::min(x, y);
}

}  // namespace

TEST_CASE("typing in the list of lessons does not act on the selected broker") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
    Headless h;
    h.dashboard.set_layout(layout);
    h.dashboard.set_lessons(three_lessons());
    h.dashboard.state().selection = "broker-1";
    h.dashboard.state().selected_wall = 0;
    h.settle();
    h.key(kKeyL);
    h.actions();
    type_keys(h, "cxmr1 ");
    for (const Action& a : h.actions())
      CHECK((a.kind == ActionKind::Compare || a.kind == ActionKind::Wait));  // at most the requests of every frame
    CHECK(h.dashboard.state().lessons_text == "cxmr1 ");
    CHECK(h.dashboard.state().lessons_open);
    h.key(kKeyEscape);
    CHECK_FALSE(h.dashboard.state().lessons_open);
    CHECK(h.dashboard.state().selection == "broker-1");
  }
}

TEST_CASE("keys pressed in the list of runs do not reach the world") {
  Headless h;
  h.time.branches = {{{"the script", "대본"}, 0, 9, true, RunKind::Script, 9, 0, 0},
                     {{"a detour", "옆길"}, 0, 9, false, RunKind::Detour, 9, 1, 1}};
  h.dashboard.state().selection = "broker-1";
  h.dashboard.state().selected_wall = 0;  // clicked just now: C and X would act on it
  h.settle();
  h.key(kKeyB);
  h.actions();
  for (const int key : {kKeyC, kKeyX, kKeySpace, kKeyRight, kKeyR}) {
    CAPTURE(key);
    h.key(key);
    for (const Action& a : h.actions())
      CHECK((a.kind == ActionKind::Compare || a.kind == ActionKind::Wait));  // at most the requests of every frame
  }
  h.key(kKeyB);
  CHECK_FALSE(h.dashboard.state().runs_open);
}

TEST_CASE("the list of lessons can be filtered by words of a lesson") {
  const auto ids = [](std::string_view query) {
    std::string found;
    for (const LessonEntry& lesson : three_lessons())
      if (lesson_matches(lesson, query)) found += lesson.id + " ";
    return found;
  };
  CHECK(ids("") == "acks compaction leader-epoch ");
  CHECK(ids("CRASH") == "acks ");
  CHECK(ids("마지막") == "compaction ");
  CHECK(ids("복제") == "leader-epoch ");
  CHECK(ids("producer acks") == "acks ");
  CHECK(ids("0.11") == "leader-epoch ");
  CHECK(ids("zzz") == "");
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.dashboard.set_language(lang);
    h.dashboard.set_lessons(three_lessons());
    h.settle();
    h.key(kKeyL);
    h.settle();
    type_keys(h, "zz");
    CHECK(shows(h, tr(lang, "ui.lessons_no_match"_w)));
    h.key(kKeyEnter);  // nothing to open
    CHECK(h.dashboard.state().lessons_open);
    h.settle();
    h.key(kKeyBackspace);
    h.settle();
    h.key(kKeyBackspace);
    h.settle();
    type_keys(h, "last");
    CHECK(h.dashboard.state().lessons_text == "last");
    clean(h);
    h.actions();
    h.key(kKeyEnter);
    CHECK(h.take(ActionKind::OpenLesson).text == "compaction");
    CHECK_FALSE(h.dashboard.state().lessons_open);
  }
}

TEST_CASE("Tab orders the list of lessons by the meetings of a course, with the progress in each lesson and meeting") {
  Headless h;
  h.dashboard.set_lessons(three_lessons());
  const auto lessons = three_lessons();
  h.dashboard.set_meetings({{{"The first hour", "첫 모임"}, {lessons[2].id}},
                            {{"The second hour", "둘째 모임"}, {lessons[0].id, "no-such-lesson"}},
                            {{"To go on with", "더 볼 것"}, {lessons[1].id}, true}});
  h.dashboard.set_progress({{lessons[2].id, {0, 0, true}}, {lessons[0].id, {4, 9, false}}});
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    h.dashboard.set_language(lang);
    h.settle();
    h.key(kKeyL);
    h.settle();
    const bool en = lang == Lang::En;
    CHECK(shows(h, en ? "Continue at step 5 of 9" : "9단계 중 5단계부터 이어하기"));
    CHECK(shows(h, en ? "done" : "마침"));
    CHECK_FALSE(shows(h, en ? "The second hour" : "둘째 모임"));
    h.key(kKeyTab);
    h.settle();
    CHECK(shows(h, en ? "1. The first hour" : "1. 첫 모임"));
    CHECK(shows(h, en ? "2. The second hour" : "2. 둘째 모임"));
    CHECK(shows(h, en ? "1 of 1 done" : "1개 중 1개 마침"));
    clean(h);
    // The lesson in Tab's way is not changed; only the list's order is kept for the next time.
    for (const Action& a : h.actions()) CHECK((a.kind == ActionKind::KeepLessonList || a.kind == ActionKind::Wait));
    h.settle();
    CHECK(h.click(make_id("turn lessons")));
    h.settle();
    CHECK_FALSE(shows(h, en ? "2. The second hour" : "2. 둘째 모임"));
    h.key(kKeyEscape);
    h.settle();
  }
  h.key(kKeyL);
  h.settle();
  h.key(kKeyTab);
  h.settle();
  CHECK(h.click(make_id("lesson row", 0)));
  CHECK(h.take(ActionKind::OpenLesson).text == lessons[2].id);
}

TEST_CASE("a variant to which a lesson points can be opened") {
  Headless h;
  h.dashboard.set_lessons(three_lessons());
  h.settle();
  SUBCASE("from the list of lessons") {
    h.key(kKeyL);
    h.settle();
    CHECK(shows(h, "Before Kafka 0.11: no epochs"));
    for (int i = 0; i < 3; ++i) h.key(kKeyDown);
    h.key(kKeyEnter);
    const Action open = h.take(ActionKind::OpenLesson);
    CHECK(open.text == "leader-epoch");
    CHECK(open.other == "before");
  }
  SUBCASE("from the list, for the lesson that is open") {
    h.lesson.id = "leader-epoch";
    h.key(kKeyL);
    h.settle();
    CHECK(h.click(make_id("lesson row", 3)));
    CHECK(h.take(ActionKind::OpenVariant).text == "before");
  }
  SUBCASE("from the lesson itself") {
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      h.dashboard.set_language(lang);
      h.lesson.variants = {{"base", {"Epochs", "에포크"}}, {"before", {"no epochs", "에포크 없음"}}};
      h.settle();
      clean(h);
      CHECK(h.click(make_id("variants")));
      h.settle();
      CHECK(shows(h, lang == Lang::En ? "no epochs" : "에포크 없음"));
      clean(h);
      CHECK(h.click(make_id("variant", 1)));
      CHECK(h.take(ActionKind::OpenVariant).text == "before");
      h.key(kKeyV);
      h.key(kKeyDown);
      h.key(kKeyC);  // has no effect behind the list
      h.key(kKeyEnter);
      CHECK(h.take(ActionKind::OpenVariant).text == "before");
      CHECK_FALSE(h.dashboard.state().variants_open);
    }
  }
  SUBCASE("a lesson without variants: the list says so and offers other worlds") {
    h.lesson.variants.clear();
    h.key(kKeyV);
    CHECK(h.dashboard.state().variants_open);
    CHECK(says(h, "no variants"));
    CHECK(shows(h, "ZooKeeper"));
  }
}

TEST_CASE("a variant runs like a lesson: Next continues, and the way back is shown") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.dashboard.set_language(lang);
    h.lesson.detour = {true, {"no epochs", "에포크 없음"}, 0, 0, {}, RunKind::Variant, {"Epochs", "에포크"}};
    h.settle();
    CHECK(shows(h, lang == Lang::En ? "Variant: no epochs" : "변형: 에포크 없음"));
    h.actions();
    h.key(kKeyPageDown);
    CHECK(h.emitted(ActionKind::NextStep));
    CHECK(h.click(make_id("next")));
    CHECK(h.emitted(ActionKind::NextStep));
    h.key(kKeyR);
    CHECK(h.emitted(ActionKind::ReturnFromDetour));
    clean(h);
  }
}

TEST_CASE("a second press of a clicker does not skip a vote that has just opened") {
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  h.show(Moment::Before, Scene::Glide);
  h.settle();
  h.show(Moment::Before, Scene::Votes);
  h.lesson.question.votes = {0, 0, 0, 0};
  h.key(kKeyPageDown);
  h.key(kKeyPageDown);  // two presses in quick succession
  CHECK_FALSE(h.emitted(ActionKind::Reveal));
  CHECK(says(h, "Nobody has voted yet"));
  for (int i = 0; i < 90; ++i) h.frame();
  h.actions();
  h.key(kKeyPageDown);
  CHECK(h.emitted(ActionKind::Reveal));  // a clicker alone can still continue
  h.show(Moment::Before, Scene::First);
  h.settle();
  h.show(Moment::Before, Scene::Votes);  // with votes one press is enough
  h.settle();
  h.actions();
  h.key(kKeyPageDown);
  CHECK(h.emitted(ActionKind::Reveal));
}

TEST_CASE("that nobody has voted is no longer said once somebody votes, or the vote is over") {
  for (const bool votes : {true, false}) {
    Headless h;
    h.dashboard.set_layout(Layout::Presenter);
    h.show(Moment::Before, Scene::Glide);
    h.settle();
    h.show(Moment::Before, Scene::Votes);
    h.lesson.question.votes = {0, 0, 0, 0};
    h.key(kKeyPageDown);
    h.frame();
    REQUIRE(says(h, "Nobody has voted yet"));
    if (votes) h.lesson.question.votes = {0, 0, 1, 0};
    else h.show(Moment::Before, Scene::First);
    h.frame();
    CHECK_FALSE(says(h, "Nobody has voted yet"));
  }
}

TEST_CASE("the words on the bars of a vote have enough contrast") {
  for (const Theme theme : {Theme::PresenterLight, Theme::PresenterDark}) {
    const Palette& c = palette(theme);
    CHECK(contrast(c.primary, c.accent_fill) >= 7);  // the words on the bar
    CHECK(contrast(c.primary, c.field) >= 7);
    CHECK(contrast(c.accent, c.accent_fill) >= 3);  // the end of the bar
  }
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  h.show(Moment::Before, Scene::Votes);
  const auto bars = marks(h, "vote bar");
  REQUIRE(bars.size() == 4);
  CHECK(bars[1].w > bars[2].w);
  CHECK(bars[2].w > bars[3].w);
  const Palette& c = palette(Theme::PresenterLight);
  for (const Rect& bar : bars) {
    if (bar.w <= 0) continue;  // no vote
    const Rect around{bar.x - 1, bar.y - 1, bar.w + 2, bar.h + 2};
    CHECK(has_colour(around, c.accent_fill));
    CHECK_FALSE(has_colour(around, mix(c.accent, c.field, .7f)));
  }
}

TEST_CASE("the presenter shows that the run is a detour") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    for (const auto& [w, height] : {std::pair{1280.f, 720.f}, {1920.f, 1080.f}, {1024.f, 768.f}}) {
      Headless h;
      h.dashboard.set_language(lang);
      h.dashboard.set_layout(Layout::Presenter);
      h.size(w, height);
      h.show(Moment::Elected, Scene::Detour);
      CHECK(marks(h, "detour sign").size() == 1);
      CHECK(shows(h, tr(lang, "ui.detour_word"_w)));
      CHECK(shows(h, tr(lang, "ui.foot_detour"_w)));
      clean(h);
      h.show(Moment::Elected, Scene::First);
      CHECK(marks(h, "detour sign").empty());
    }
  }
}

TEST_CASE("the chips in the title bar are explained") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.dashboard.set_language(lang);
    h.dashboard.set_layout(Layout::Workbench);
    h.size(1920, 1080);
    h.settle();
    for (std::uint64_t i = 0; i < 3; ++i) {
      const Rect chip = h.dashboard.hits().find(make_id("chip", i));
      REQUIRE_FALSE(chip.empty());
      rest(h, chip);
      const kafkascope::words::Key meaning = i == 0 ? "ui.tip_kraft"_w : i == 1 ? "ui.tip_version"_w : "ui.tip_seed"_w;
      CHECK(h.dashboard.state().tip.title == tr(lang, meaning, {{"chord", "Ctrl"}}));
      clean(h);
    }
    rest(h, h.dashboard.hits().find(make_id("theme")));
    CHECK(h.dashboard.state().tip.title == tr(lang, "ui.tip_theme"_w));
  }
}

TEST_CASE("a client's setting that waits for a restart is not called live") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.dashboard.set_language(lang);
    h.dashboard.set_layout(Layout::Workbench);
    h.size(1920, 1300);  // below the producer's rate there is room for a setting
    h.dashboard.state().selection = "checkout";
    h.world.inspected.what = "checkout";
    h.world.inspected.config = {ConfigEntry{"acks", "1", "all", ConfigSource::Live, false, {"", ""}, true, true}};
    h.settle();
    CHECK(shows(h, tr(lang, "ui.source_changed"_w)));
    CHECK_FALSE(shows(h, tr(lang, "ui.source_live"_w)));
    CHECK(shows(h, tr(lang, "ui.from_next_start"_w)));
    h.actions();
    CHECK(h.click(make_id("restart client", 0)));
    CHECK(h.take(ActionKind::RestartClient).target == "checkout");
    h.world.inspected.config[0] = {"min.insync.replicas", "2", "1", ConfigSource::Live, true, {"", ""}};
    CHECK(says(h, tr(lang, "ui.source_live"_w)));
  }
}

TEST_CASE("the comparison says that the script waits in a detour") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    for (const auto& [w, height] : {std::pair{1280.f, 720.f}, {1920.f, 1080.f}}) {
      Headless h;
      h.dashboard.set_language(lang);
      h.size(w, height);
      h.dashboard.set_layout(Layout::Workbench);
      h.dashboard.state().tab = Tab::Compare;
      h.dashboard.state().tab_chosen = true;
      h.lesson.comparison.present = h.lesson.comparison.ready = h.lesson.comparison.waits = true;
      h.lesson.comparison.kind = RunKind::Detour;
      h.lesson.comparison.what = {"you crashed broker-2", "broker-2 크래시"};
      CHECK(says(h, lang == Lang::En ? "the script waits" : "대본이 여기서 기다려서"));
      clean(h);
      h.lesson.comparison.waits = false;
      CHECK_FALSE(says(h, lang == Lang::En ? "the script waits" : "대본이 여기서 기다려서"));
    }
  }
}

TEST_CASE("a click on a struck-out cell opens the cut-off record, not its replacement") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  h.show(Moment::Returned, Scene::First);
  Partition& part = h.world.partitions[0];
  ReplicaLog& log = part.logs.back();
  const std::int64_t gone = log.log_end_offset - 3;
  LogRun run;
  run.base_offset = run.last_offset = gone;
  run.leader_epoch = -1;
  run.truncated = true;
  log.runs.push_back(run);
  log.note = {"cut off 1", "1개 잘라냄"};
  h.dashboard.state().selection = part.name;
  h.dashboard.state().filled = true;  // one partition, large
  h.dashboard.state().tab = Tab::Partitions;
  h.dashboard.state().tab_chosen = true;
  const auto cells = marks(h, "struck cell");
  REQUIRE_FALSE(cells.empty());
  // The panel's legend also shows such a cell.
  const Rect strip = h.dashboard.hits().find(make_id("strip", 0));
  int asked = 0;
  for (const Rect& cell : cells) {
    if (!strip.contains(cell.cx(), cell.cy())) continue;
    h.actions();
    h.click(cell.cx(), cell.cy());
    const Action look = h.take(ActionKind::SelectRecord);
    CHECK(look.target == part.name);
    asked += look.number == gone && look.other == "broker-" + std::to_string(log.broker) ? 1 : 0;
  }
  CHECK(asked == 1);
}

TEST_CASE(
    "a click on a cell lost with the power opens that replica's lost record, not the one that has the offset now") {
  Headless h;
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  h.show(Moment::Returned, Scene::First);
  Partition& part = h.world.partitions[0];
  ReplicaLog& log = part.logs.back();
  LogRun run;
  run.base_offset = run.last_offset = log.log_end_offset - 3;
  run.leader_epoch = -1;
  run.truncated = run.lost = true;
  log.runs.push_back(run);
  h.dashboard.state().selection = part.name;
  h.dashboard.state().filled = true;  // one partition, large
  h.dashboard.state().tab = Tab::Partitions;
  h.dashboard.state().tab_chosen = true;
  int asked = 0;
  for (const Rect& cell : marks(h, "lost cell")) {
    if (!h.dashboard.hits().find(make_id("strip", 0)).contains(cell.cx(), cell.cy())) continue;
    h.actions();
    h.click(cell.cx(), cell.cy());
    const Action look = h.take(ActionKind::SelectRecord);
    asked += look.number == run.base_offset && look.other == "broker-" + std::to_string(log.broker) ? 1 : 0;
  }
  CHECK(asked == 1);
}

TEST_CASE("with a long topic name the partition's number is still visible") {
  int cut = 0;
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
    for (const auto& [w, height] : {std::pair{1280.f, 720.f}, {1920.f, 1080.f}}) {
      Headless h;
      h.dashboard.set_layout(layout);
      h.size(w, height);
      int index = 10;
      for (Partition& p : h.world.partitions) {
        p.topic = "payments-settlement-reconciliation-events-of-every-region-of-the-company";
        p.index = index++;
        p.name = p.topic + "-" + std::to_string(p.index);
      }
      h.lesson.view.panels = {"stage", "partitions"};
      h.dashboard.state().selection = h.world.partitions[0].name;
      h.settle();
      for (const auto& piece : h.dashboard.diagnostics().pieces) {
        if (!piece.text.starts_with("payments-") || piece.text.find(' ') != std::string::npos) continue;
        const std::size_t dots = piece.text.find("…");
        if (dots == std::string::npos) continue;
        CAPTURE(piece.text);
        CHECK(piece.text.substr(dots).find("-1") != std::string::npos);
        ++cut;
      }
    }
  }
  CHECK(cut > 10);
}

TEST_CASE("with long names a flag keeps its offset, and the head of a partition names the leader whole") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.dashboard.set_language(lang);
    h.dashboard.set_layout(Layout::Workbench);
    h.size(1280, 720);
    int index = 10;
    for (Partition& p : h.world.partitions) {
      p.topic = "payments-settlement-reconciliation-events-of-every-region-of-the-company";
      p.index = index++;
      p.name = p.topic + "-" + std::to_string(p.index);
      p.flags = {{"billing-consumer-of-the-southern-billing-consumers-of-the-company-7", p.high_watermark, true}};
    }
    h.settle();
    std::size_t flags = 0, leaders = 0;
    for (const auto& piece : h.dashboard.diagnostics().pieces) {
      if (piece.text.starts_with("billing-consumer-of") && piece.box == "partitions") {
        CAPTURE(piece.text);
        CHECK(piece.text.find("…-7") != std::string::npos);
        CHECK(std::isdigit(static_cast<unsigned char>(piece.text.back())));
        ++flags;
      }
      for (int broker = 1; broker <= 3; ++broker)
        leaders += piece.text.ends_with(tr(lang, "ui.leads"_w, {{"broker", "broker-" + std::to_string(broker)}}));
    }
    CHECK(flags >= 2);
    CHECK(leaders >= 2);
  }
}

TEST_CASE(
    "the ledger has a row for aborted records, which lists them and answers Why?, and no such row if none was aborted") {
  FateCounts counts;
  counts.produced = counts.acked = 100;
  counts.delivered = 94;
  counts.aborted = 6;
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const bool columns : {false, true}) {
      Headless h;
      h.dashboard.set_language(lang);
      h.dashboard.set_layout(Layout::Workbench);
      h.size(1280, 720);
      h.world.ledger.all = counts;
      if (columns) h.world.ledger.by_client = {{"checkout", counts}, {"web", counts}};
      h.dashboard.state().tab = Tab::Ledger;
      h.dashboard.state().tab_chosen = true;
      const std::string word = tr(lang, "fate.aborted"_w);
      CHECK(says(h, word));
      clean(h);
      CHECK(h.click(columns ? make_id("aborted", 0) : make_id("aborted")));
      CHECK(h.take(ActionKind::SelectFate).text == "aborted");
      h.log.fate = "aborted";
      h.log.fate_records = {{"bank", 3, "kim", "pay-0", 7, "aborted", {}}};
      CHECK(says(h, "bank 3"));
      clean(h);
      CHECK(says(h, tr(lang, "ui.why"_w)));
      h.world.ledger.all.aborted = 0;
      h.log.fate.clear();
      h.world.ledger.by_client.clear();
      CHECK_FALSE(says(h, word));
    }
}

TEST_CASE("the ledger has a row for records that are older than the group") {
  FateCounts counts;
  counts.produced = counts.acked = 100;
  counts.delivered = 47;
  counts.before_group = 53;
  const LedgerView view = build_ledger_view(counts);
  const auto row = std::find_if(view.came.begin(), view.came.end(),
                                [](const LedgerRow& r) { return r.word == std::string_view("before_group"); });
  REQUIRE(row != view.came.end());
  CHECK(row->count == 53);
  CHECK_FALSE(row->bad);
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    for (const auto& [w, height] : {std::pair{1280.f, 720.f}, {1280.f, 800.f}, {1920.f, 1080.f}}) {
      Headless h;
      h.dashboard.set_language(lang);
      h.dashboard.set_layout(Layout::Workbench);
      h.size(w, height);
      h.world.ledger.all = counts;
      h.dashboard.state().tab = Tab::Ledger;
      h.dashboard.state().tab_chosen = true;
      CHECK(says(h, tr(lang, "ui.before_group"_w)));
      clean(h);
      h.dashboard.state().filled = true;
      CHECK(says(h, tr(lang, "ui.before_group"_w)));
      clean(h);
    }
  }
}
