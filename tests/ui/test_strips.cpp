// The numbers in the strips and the ledger's columns.
#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

#include "ui/fixture.h"
#include "ui/looks.h"
#include "ui/panels/inspector_view.h"
#include "ui/panels/ledger_view.h"
#include "ui/panels/strip.h"

using namespace kafkascope;
using namespace kafkascope::ui;
using namespace kafkascope::observe;
using fixture::Moment;
using fixture::Scene;

namespace {

LogRun run(std::int64_t from, std::int64_t to, std::int64_t epoch) {
  LogRun r;
  r.base_offset = from;
  r.last_offset = to - 1;
  r.leader_epoch = epoch;
  return r;
}

/// Three replicas with one epoch and these log ends; broker-1 leads.
Partition partition(std::int64_t hw, std::int64_t leo1, std::int64_t leo2, std::int64_t leo3) {
  Partition p;
  p.name = "orders-0";
  p.topic = "orders";
  p.leader = 1;
  p.high_watermark = p.last_stable_offset = hw;
  p.log_end_offset = leo1;
  const std::int64_t ends[] = {leo1, leo2, leo3};
  for (int i = 0; i < 3; ++i) {
    ReplicaLog log;
    log.broker = i + 1;
    log.role = i == 0 ? ReplicaRole::Leader : ReplicaRole::Follower;
    log.log_end_offset = ends[i];
    log.high_watermark = hw;
    log.runs = {run(std::max<std::int64_t>(0, ends[i] - 400), ends[i], 0)};
    p.logs.push_back(log);
  }
  return p;
}

int count(const StripRow& row, CellKind kind) {
  return static_cast<int>(
      std::count_if(row.cells.begin(), row.cells.end(), [&](const StripCell& c) { return c.kind == kind; }));
}

}  // namespace

TEST_CASE("hatched cells are those above the partition's high watermark, in every row") {
  Partition p = partition(10, 12, 11, 10);
  p.logs[1].high_watermark = 9;  // learns it one fetch later
  p.logs[2].high_watermark = 8;
  const StripView v = build_strip_view(p, 20);
  CHECK(count(v.rows[0], CellKind::Above) == 2);
  CHECK(count(v.rows[1], CellKind::Above) == 1);
  CHECK(count(v.rows[2], CellKind::Above) == 0);
  for (const StripRow& row : v.rows) CHECK(count(row, CellKind::Committed) == 10);
}

TEST_CASE("cells become narrower until the high watermark and the log end of every in-sync replica are visible") {
  const Partition p = partition(414, 478, 414, 414);
  StripStyle style;
  style.cell_w = 22;
  const StripPlan plan = plan_strips(p, 700, style);
  CHECK(plan.sees(414));
  CHECK(plan.sees(478));
  CHECK(plan.segments.size() == 1);
  CHECK(plan.pitch >= 6);
  CHECK(plan.width() <= 700);
  // If only the newest records must be visible, the cells keep their size.
  CHECK(plan_strips(partition(477, 478, 478, 478), 700, style).pitch == doctest::Approx(24));
  // Widths change in steps: one more record does not change them.
  CHECK(plan_strips(partition(414, 479, 414, 414), 700, style).pitch == plan.pitch);
}

TEST_CASE("records that the lesson points at stay in sight when the log grows") {
  StripStyle style;
  style.cell_w = 22;
  for (const std::int64_t end : {30, 60, 400, 4000}) {
    const StripPlan plan = plan_strips(partition(end, end, end, end), 700, style, {24, 26});
    for (const std::int64_t offset : {24, 25, 26}) CHECK(plan.at(plan.x(offset) + 1) == offset);
    CHECK(plan.sees(end));
    CHECK(plan.width() <= 700);
  }
}

TEST_CASE("records that will be truncated are visible even if the leader's log is much longer") {
  Partition p = partition(744, 758, 3796, 3796);
  p.leader = 2;
  p.high_watermark = p.log_end_offset = 3796;
  p.logs[0].role = ReplicaRole::OutOfIsr;
  p.logs[1].role = ReplicaRole::Leader;
  p.logs[0].runs = {run(358, 744, 0), run(744, 758, 0)};
  p.logs[0].runs[1].to_be_cut = true;
  for (const std::size_t i : {1u, 2u}) p.logs[i].runs = {run(704, 744, 0), run(744, 784, 1), run(3396, 3796, 1)};
  StripStyle style;
  style.cell_w = 22;
  StripPlan plan = plan_strips(p, 700, style);
  REQUIRE(plan.segments.size() == 2);
  CHECK(plan.sees(744));
  CHECK(plan.sees(757));
  CHECK(plan.sees(3796));
  CHECK_FALSE(plan.sees(2000));
  CHECK(plan.width() <= 700);
  CHECK(plan.at(plan.x(750) + 1) == 750);
  CHECK(plan.at(plan.x(3790) + 1) == 3790);
  CHECK(plan.at(plan.x(2000) + 10) == -1);  // between the two
  StripView v = build_strip_view(p, plan);
  CHECK(count(v.rows[0], CellKind::Apart) == 14);
  CHECK(count(v.rows[0], CellKind::Struck) == 0);  // nothing has been cut off yet
  CHECK(v.rows[0].cut.empty());
  CHECK(count(v.rows[1], CellKind::Apart) == 0);
  // After they are truncated and fetched again, they are below the row, and other records are in their place.
  LogRun gone = run(744, 758, -1);
  gone.truncated = true;
  p.logs[0].runs = {run(704, 744, 0), run(744, 784, 1), run(3396, 3700, 1), gone};
  p.logs[0].log_end_offset = 3700;
  plan = plan_strips(p, 700, style);
  CHECK(plan.sees(744));
  v = build_strip_view(p, plan);
  CHECK(v.rows[0].cut.size() == 14);
  for (const StripCell& cell : v.rows[0].cut) CHECK(cell.kind == CellKind::Struck);
  CHECK(count(v.rows[0], CellKind::Apart) == 0);
  CHECK(has_cut(p));
  CHECK_FALSE(has_cut(partition(10, 12, 11, 10)));
}

TEST_CASE("cells of a short log become wide enough for its keys if all keys fit") {
  Partition p = partition(2, 2, 2, 2);
  for (ReplicaLog& log : p.logs) log.runs.front().keys = {"user-1", "user-3"};
  StripStyle style;
  style.cell_w = 22;
  style.keys = style.key_room = true;
  CHECK(plan_strips(p, 700, style).pitch > 50);
  for (ReplicaLog& log : p.logs) log.runs.front().keys = {std::string(40, 'k'), "b"};
  CHECK(plan_strips(p, 700, style).pitch == doctest::Approx(24));
}

TEST_CASE("the records of a compacted log keep cells as wide as their keys; long gaps are folded instead") {
  Partition p = partition(60, 60, 60, 60);
  for (ReplicaLog& log : p.logs) {
    LogRun gap = run(1, 50, 0);
    gap.compacted = true;
    log.runs = {run(0, 1, 0), gap, run(50, 60, 0)};
    log.runs[0].keys = {"choi"};
    log.runs[2].keys = std::vector<std::string>(10, "park");
  }
  StripStyle style;
  style.cell_w = 22;
  style.keys = true;
  for (const float room : {400.f, 700.f}) {
    const StripPlan plan = plan_strips(p, room, style);
    CHECK(plan.pitch > 38);
    CHECK(plan.sees(0));
    CHECK(plan.sees(1));
    CHECK_FALSE(plan.sees(25));
    CHECK(plan.sees(60));
    CHECK(plan.width() <= room);
  }
  CHECK(plan_strips(p, 3000, style).segments.size() == 1);
}

TEST_CASE("cells of a short log become wide enough for keys and values if all fit, otherwise for the keys") {
  Partition p = partition(2, 2, 2, 2);
  for (ReplicaLog& log : p.logs) log.runs.front().keys = {"kim", "kim"};
  StripStyle style;
  style.cell_w = 22;
  style.keys = style.key_room = true;
  const float keys = plan_strips(p, 700, style).pitch;
  for (ReplicaLog& log : p.logs) log.runs.front().values = {"3 pears", "corrected: 2 pears"};
  const float both = plan_strips(p, 700, style).pitch;
  CHECK(both > keys + 100);
  CHECK(plan_strips(p, both * 2 - 10, style).pitch == doctest::Approx(keys));
}

TEST_CASE("where cells are too narrow for it, each epoch's number stands above the record with which it begins") {
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    Headless h;
    h.dashboard.set_layout(layout);
    h.size(1280, 720);
    h.show(Moment::Before, Scene::First);
    h.lesson.view.panels = {"stage", "partitions"};
    h.lesson.view.select = h.dashboard.state().selection = h.world.partitions[0].name;
    h.lesson.view.point.clear();
    Partition& p = h.world.partitions[0];
    const std::string name = p.name;
    p = partition(40, 130, 40, 40);  // all offsets from the watermark on are visible
    p.name = name;
    for (ReplicaLog& log : p.logs) log.runs = {run(0, 40, 0)};
    p.logs[0].runs.push_back(run(40, 60, 0));
    p.logs[0].runs.push_back(run(60, 130, 1));
    CAPTURE(static_cast<int>(layout));
    CHECK(says(h, "e1"));
    CHECK_FALSE(marks(h, "epoch begins").empty());
    clean(h);
  }
}

TEST_CASE("a log with one replica shows keys instead of epochs") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.lesson.view.panels = {"stage", "partitions"};
  h.lesson.view.select = h.world.partitions[0].name;
  Partition& p = h.world.partitions[0];
  p = partition(3, 3, 3, 3);
  p.name = h.lesson.view.select;
  p.logs.resize(1);
  p.logs.front().runs.front().keys = {"kim", "lee", "park"};
  p.logs.front().runs.front().values = {"seoul", "", ""};
  for (const char* shown : {"kim: seoul", "lee", "park"}) CHECK(says(h, shown));
}

TEST_CASE("ledger: each of several groups has a column with its own counts, and each sink has its rows and their sum") {
  auto w = fixture::world(Moment::Before);
  FateCounts again, skips;
  again.delivered = 160, again.redelivered = 10;
  skips.delivered = 141, skips.skipped = 9;
  w.ledger.by_group = {{"pay-sync", again}, {"pay-first", skips}};
  w.ledger.all.redelivered = 10, w.ledger.all.skipped = 9;
  const LedgerTable table = build_ledger_table(w, 5, 8);
  REQUIRE(table.columns.size() == 3);
  CHECK(table.columns[0].name == "pay-sync");
  CHECK(table.columns[0].group);
  CHECK(table.columns[2].all());
  CHECK(build_ledger_table(w, 3, 8).columns.size() == 3);
  // A count that shows a problem is not left out in favour of others.
  const LedgerTable few = build_ledger_table(w, 5, 3);
  CHECK(std::any_of(few.came.begin(), few.came.end(),
                    [&](std::size_t i) { return few.columns[0].rows.came[i].word == "skipped"; }));
  FateCounts sent;
  sent.acked = 5;
  w.ledger.by_client = {{"checkout", sent}, {"web", sent}};
  const LedgerTable both = build_ledger_table(w, 4, 8);
  REQUIRE(both.columns.size() == 4);  // room for three beside the total: two producers, one group
  CHECK(both.columns[2].group);
  CHECK(both.left_out == 1);
  // A column with a count that the lesson points at is not left out; the others keep their order.
  const LedgerTable pointed = build_ledger_table(w, 4, 8, false, {"by_group/pay-first/skipped"});
  REQUIRE(pointed.columns.size() == 4);
  CHECK(both.columns[2].name == "pay-sync");
  CHECK(pointed.columns[2].name == "pay-first");
  w.ledger.by_group.clear();
  w.ledger.by_client.clear();
  CHECK(build_ledger_table(w, 5, 8).columns.empty());
  w.ledger.sinks = {{"table", 42, 40, 2, 820}};
  CHECK(build_ledger_table(w, 5, 8).columns.size() == 1);
  CHECK(build_ledger_table(w, 5, 8).sinks.size() == 1);
}

TEST_CASE("the ledger shows each group's counts and each sink's rows, and lists the records of one group") {
  for (const Layout layout : {Layout::Workbench, Layout::Presenter})
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      CAPTURE(static_cast<int>(layout));
      Headless h;
      h.show(Moment::Before, Scene::First);
      h.dashboard.set_language(lang);
      FateCounts again, skips;
      again.delivered = 160, again.redelivered = 17;
      skips.delivered = 141, skips.skipped = 9;
      h.world.ledger.by_group = {{"pay-sync", again}, {"pay-first", skips}};
      h.world.ledger.all.redelivered = 17, h.world.ledger.all.skipped = 9;
      h.world.ledger.sinks = {{"bills", 42, 40, 2, 8201}};
      h.lesson.view.panels = {"stage", "ledger"};
      h.dashboard.set_layout(layout);
      h.dashboard.bring_forward("ledger");
      h.size(1280, 720);
      for (const char* words : {"pay-sync", "pay-first", "17", "160", "141", "bills", "42", "8,201"}) {
        CAPTURE(words);
        CHECK(says(h, words));
      }
      CHECK(says(h, lang == Lang::En ? "sum" : "값의 합"));
      clean(h);
      if (layout != Layout::Workbench) continue;
      REQUIRE(h.click(make_id("redelivered", 0)));
      const auto& done = h.actions();
      const auto chosen =
          std::find_if(done.begin(), done.end(), [](const Action& a) { return a.kind == ActionKind::SelectFate; });
      REQUIRE(chosen != done.end());
      CHECK(chosen->text == "redelivered");
      CHECK(chosen->other == "pay-sync");
      CHECK(chosen->target.empty());
    }
}

TEST_CASE("ledger: a count of a table outside Kafka has the lesson's ring") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.world.ledger.sinks = {{"bills", 42, 40, 2, 8201}};
  h.lesson.view.panels = {"stage", "ledger"};
  PointAt at;
  at.path = "/sinks/bills/repeated";
  h.lesson.view.point = {at};
  h.dashboard.set_layout(Layout::Lesson);
  h.size(1280, 720);
  CHECK(marks(h, "pointed " + at.path).size() == 1);
  clean(h);
}

TEST_CASE(
    "ledger: there is a column for each producer and one for all, and losses are shown even if there are few rows") {
  Snapshot w = fixture::world(Moment::Returned);
  CHECK(build_ledger_table(w, 5, 8).columns.empty());  // one producer: no columns
  CHECK(build_ledger_table(w, 5, 8, true).columns.size() == 1);
  FateCounts lost, fine;
  lost.produced = lost.acked = 100;
  lost.lost_acked = 7;
  fine.produced = fine.acked = 90;
  w.ledger.by_client = {{"checkout", lost}, {"web", fine}};
  w.ledger.all.lost_acked = 7;
  const LedgerTable table = build_ledger_table(w, 5, 8);
  REQUIRE(table.columns.size() == 3);
  CHECK(table.columns[0].name == "checkout");
  CHECK(table.columns[0].acks == "acks=all");
  CHECK(table.columns[2].name.empty());
  CHECK(table.scale == 100);
  for (const std::size_t rows : {2u, 4u, 8u}) {
    const LedgerTable few = build_ledger_table(w, 5, rows);
    CHECK(few.told.size() + few.came.size() <= rows);
    CHECK(std::any_of(few.came.begin(), few.came.end(),
                      [&](std::size_t i) { return few.columns[0].rows.came[i].word == "lost_acked"; }));
  }
  w.ledger.by_client.clear();
  for (const Node& n : w.nodes) w.ledger.by_client.emplace_back(n.name, fine);
  const LedgerTable many = build_ledger_table(w, 4, 8);
  CHECK(many.columns.size() == 4);
  CHECK(many.left_out == w.nodes.size() - 3);
}

TEST_CASE(
    "the replica for which the high watermark waits is named in the inspector and, if there is room, at the flag, in both languages") {
  Headless h;
  for (const Layout layout : {Layout::Workbench, Layout::Presenter})
    for (const auto& [w, height] : {std::pair{1280.f, 720.f}, std::pair{1920.f, 1080.f}}) {
      h.show(Moment::Before, Scene::First);
      h.lesson.view.panels = {"stage", "partitions"};
      h.dashboard.set_layout(layout);
      h.size(w, height);
      Partition& p = h.world.partitions[0];
      p.log_end_offset = p.high_watermark + 2;
      p.hw_waits_for = {3};
      p.hw_waits_us = 5'000;
      h.dashboard.set_language(Lang::En);
      const std::string flag = "HW " + std::to_string(p.high_watermark) + ", ";
      CHECK_FALSE(says(h, flag));
      CHECK(watermark_waits(Lang::En, p) == "waits for broker-3");
      p.hw_waits_us = 900'000;
      CHECK(says(h, flag + "waits for broker-3"));
      clean(h);
      h.dashboard.set_language(Lang::Ko);
      CHECK(says(h, flag + "broker-3 대기"));
      clean(h);
      p.hw_waits_for.clear();
      p.hw_waits_outside = {1};
      CHECK(says(h, flag + "ISR에서 막 나간 broker-1 대기"));
      CHECK(watermark_waits(Lang::En, p) == "waits for broker-1 (just out of the ISR)");
      clean(h);
      p.hw_waits_outside.clear();
      p.hw_waits_us = 0;  // no replica is waited for
      p.hw_waits_for_min_isr = true;
      p.min_insync_replicas = 2;
      CHECK(says(h, flag + "min.insync.replicas(2) 대기"));
      CHECK(watermark_waits(Lang::En, p) == "waits for min.insync.replicas (2)");
      const std::int64_t watermark = std::exchange(p.high_watermark, p.log_end_offset);  // nothing waits for it
      CHECK(watermark_waits(Lang::Ko, p) == "최소 ISR 미달");
      p.high_watermark = watermark;
      CHECK_FALSE(says(h, "acks=all 거절"));
      p.isr = {1};
      p.min_insync_replicas = 2;
      if (layout == Layout::Workbench) CHECK(says(h, "최소 ISR 미달: acks=all 거절"));
      clean(h);
    }
  const Partition& p = h.world.partitions[0];
  const InspectorView view = build_inspector_view(h.world, Lang::En, p.name);
  CHECK(std::any_of(view.fields.begin(), view.fields.end(), [&](const Field& f) {
    return f.value == std::to_string(p.high_watermark) + ", waits for min.insync.replicas (2)" && f.bad;
  }));
}

TEST_CASE("a ring's label is never cut off at the left edge of a strip; there the flag shows the same words") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.dashboard.set_layout(Layout::Workbench);
  h.lesson.view.panels = {"stage", "partitions"};
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    h.dashboard.set_language(lang);
    Partition& p = h.world.partitions[0];
    p.hw_waits_for = {3};
    p.hw_waits_us = 2'000'000;
    for (ReplicaLog& log : p.logs) log.log_end_offset = 1444, log.runs = {run(1044, 1444, 0)};
    p.log_end_offset = 1444;
    p.high_watermark = 859;  // out of sight at the left
    h.lesson.view.point = {{"/partitions/" + p.name + "/high_watermark", {"high watermark 859", "하이 워터마크 859"}}};
    clean(h);
    REQUIRE(shows(h, "HW 859"));
    for (const Diagnostics::Piece& piece : h.dashboard.diagnostics().pieces)
      CHECK_MESSAGE(piece.rect.x >= 0, piece.text);
  }
}

TEST_CASE("records that only a replica of an old leader has are hatched, not struck out, until they are cut off") {
  Headless h;
  h.show(Moment::Elected, Scene::First);
  for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
    CAPTURE(static_cast<int>(layout));
    h.dashboard.set_layout(layout);
    h.lesson.view.panels = {"stage", "partitions"};
    CHECK_FALSE(marks(h, "apart cell").empty());
    CHECK(marks(h, "struck cell").empty());
    if (layout == Layout::Lesson) CHECK(says(h, "not in the leader's log"));  // the other has no room for it
    CHECK_FALSE(says(h, "struck out: cut off"));
    clean(h);
  }
}

TEST_CASE("the numbers above the cells are clear of the high watermark's line") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.dashboard.set_layout(Layout::Lesson);
  h.lesson.view.panels = {"stage", "partitions"};
  for (std::int64_t end = 2500; end < 2540; ++end) {
    Partition& p = h.world.partitions[0];
    p = partition(end, end, end, end);
    h.settle();
    const auto& pieces = h.dashboard.diagnostics().pieces;
    const auto flag = std::find_if(pieces.begin(), pieces.end(),
                                   [&](const auto& piece) { return piece.text == "HW " + std::to_string(end); });
    REQUIRE(flag != pieces.end());
    const float line = flag->rect.x - 6;
    for (const auto& piece : pieces)
      if (piece.text.size() == 4 && piece.text < std::to_string(end) && piece.text >= "2000" &&
          std::abs(piece.rect.cy() - flag->rect.bottom()) < 24)
        CHECK_MESSAGE(!(piece.rect.x < line && piece.rect.right() > line), piece.text);
  }
}
