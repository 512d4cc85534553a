// The panel of transactions, and transactions in the strips.
#include <doctest/doctest.h>

#include <algorithm>

#include "ui/looks.h"
#include "ui/panels/inspector_view.h"
#include "ui/panels/strip.h"

using namespace kafkascope::ui;
using namespace kafkascope::words::literals;
using namespace kafkascope::observe;
using fixture::Moment;
using fixture::Scene;

namespace {

Transaction transaction(std::string state, std::string before) {
  Transaction t;
  t.id = "tx-1";
  t.state = std::move(state);
  t.previous_state = std::move(before);
  t.coordinator = 2;
  t.producer_id = 4000;
  t.producer_epoch = 3;
  t.started_us = 1;
  t.timeout = {true, 41'000'000, 60'000'000, "transaction.timeout.ms", "60000", ConfigSource::Default};
  t.parts = {{"orders-0", 0, 1040, 2, false}, {"__consumer_offsets-17", -1, -1, 0, false}};
  t.producers = {"checkout"};
  return t;
}

/// The workbench with that panel in front.
void open_panel(Headless& h, std::vector<Transaction> transactions, float w = 1280, float height = 720) {
  h.show(Moment::Before, Scene::Held);
  h.world.transactions = std::move(transactions);
  h.dashboard.set_layout(Layout::Workbench);
  h.dashboard.state().tab = Tab::Transactions;
  h.dashboard.state().tab_chosen = true;
  h.dashboard.state().filled = true;
  h.size(w, height);
  h.settle();
}

}  // namespace

TEST_CASE("the panel of transactions shows the state, the epoch, the time left and each partition") {
  Headless h;
  open_panel(h, {transaction("Ongoing", "Empty")});
  for (const char* words : {"tx-1", "Ongoing", "PrepareCommit", "epoch 3", "producer id 4000", "coordinator broker-2",
                            "aborted in 41 s", "orders-0", "from offset 1040", "__consumer_offsets-17", "checkout"})
    CHECK_MESSAGE(shows(h, words), std::string(words));
  for (const char* words : {"CompleteCommit", "PrepareAbort", "CompleteAbort", "consumers do not get its records yet"})
    CHECK_MESSAGE(shows(h, words), std::string(words));
  open_panel(h, {transaction("PrepareAbort", "PrepareEpochFence")});
  CHECK(shows(h, "it is aborted whatever fails now"));
  Transaction ended = transaction("CompleteCommit", "PrepareCommit");
  ended.parts.clear();
  open_panel(h, {ended});
  CHECK_FALSE(shows(h, "No partition is part of it yet."));
  ended.state = "Empty";
  open_panel(h, {ended});
  CHECK(shows(h, "No partition is part of it yet."));
  open_panel(h, {transaction("Dead", "Empty")});
  CHECK(shows(h, "has expired"));
}

TEST_CASE("the panel of transactions names partitions that wait for their marker, and hanging transactions") {
  Headless h;
  Transaction ending = transaction("PrepareCommit", "Ongoing");
  ending.parts[0].awaits_marker = true;
  open_panel(h, {ending});
  CHECK(shows(h, "waits for its marker"));
  Transaction hanging = transaction("", "");
  hanging.id.clear();
  hanging.coordinator = -1;
  hanging.hanging = true;
  hanging.timeout = {};
  open_panel(h, {hanging});
  CHECK(shows(h, "transactional.id unknown"));
  CHECK(shows(h, "no coordinator knows this transaction"));
  CHECK(shows(h, "no marker will come"));
}

TEST_CASE("a hanging transaction is listed above all others, with the act that aborts it") {
  Transaction hanging = transaction("", "");
  hanging.id.clear();
  hanging.hanging = true;
  hanging.timeout = {};
  hanging.parts = {{"orders-1", 1, 7, 2, false}};
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.dashboard.set_language(lang);
    // Far more transactions than fit: the hanging one was the last.
    open_panel(h, {transaction("Ongoing", "Empty"), transaction("Ongoing", "Empty"), transaction("Ongoing", "Empty"),
                   transaction("Ongoing", "Empty"), hanging});
    CHECK(shows(h, lang == Lang::En ? "no marker will come" : "마커를 쓸 코디네이터가 없어요"));
    h.actions();
    REQUIRE(h.click(make_id("transaction way out", 4)));
    h.frame();
    const auto acts = h.actions();
    const auto act =
        std::find_if(acts.begin(), acts.end(), [](const Action& a) { return a.kind == ActionKind::Fault; });
    REQUIRE(act != acts.end());
    CHECK(act->verb == "abort_hanging");
    CHECK(act->target == "orders-1");
    CHECK(act->number == 7);
  }
  // By keys alone: Find also lists it.
  Headless h;
  open_panel(h, {hanging});
  h.key(kKeyK, true);
  for (int i = 0; i < 4; ++i) h.frame();
  h.type("abort the hanging");
  h.settle();
  h.actions();
  h.enter();
  h.frame();
  const auto acts = h.actions();
  CHECK(std::any_of(acts.begin(), acts.end(), [](const Action& a) {
    return a.kind == ActionKind::Fault && a.verb == "abort_hanging" && a.target == "orders-1" && a.number == 7;
  }));
}

TEST_CASE("a click in the panel of transactions selects the producer or the partition") {
  Headless h;
  open_panel(h, {transaction("Ongoing", "Empty")});
  REQUIRE(h.click(make_id("transaction producer", 0)));
  h.frame();
  CHECK(h.dashboard.state().selection == "checkout");
  REQUIRE(h.click(make_id("transaction part", 0)));
  h.frame();
  CHECK(h.dashboard.state().selection == "orders-0");
}

TEST_CASE("a click on a sentence of the panel of transactions asks why") {
  Headless h;
  Transaction hanging = transaction("", "");
  hanging.id.clear();
  hanging.hanging = true;
  open_panel(h, {transaction("Ongoing", "Empty"), hanging});
  const auto asked = [&](std::uint64_t number) {
    h.actions();
    REQUIRE(h.click(make_id("transaction why", number)));
    h.frame();
    for (const Action& a : h.actions())
      if (a.kind == ActionKind::Why) return a.text;
    return std::string();
  };
  CHECK(asked(0) == "/transactions/tx-1");
  CHECK(asked(1) == "/partitions/orders-0/last_stable_offset");
}

TEST_CASE(
    "key 9 opens the panel of transactions if a client has a transactional.id; otherwise a notice says what is missing") {
  Headless h;
  h.show(Moment::Before, Scene::Held);
  h.dashboard.set_layout(Layout::Workbench);
  h.settle();
  h.key(kKey1 + 8);
  h.frame();
  CHECK(h.dashboard.state().tab != Tab::Transactions);
  REQUIRE_FALSE(h.dashboard.state().toasts.empty());
  h.world.clients[0].transactional_id = "tx-1";
  h.key(kKey1 + 8);
  h.frame();
  CHECK(h.dashboard.state().tab == Tab::Transactions);
  h.settle();
  CHECK(shows(h, "No transaction yet"));
}

TEST_CASE("a lesson opens the panel of transactions in each layout, and the presenter draws it with large text") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
    CAPTURE(static_cast<int>(layout));
    Headless h;
    h.show(Moment::Before, Scene::First);
    h.world.transactions = {transaction("Ongoing", "Empty")};
    h.lesson.view.panels = {"stage", "transactions"};
    h.dashboard.set_layout(layout);
    h.size(1280, 720);
    h.settle();
    float high = 0;
    for (const auto& piece : h.dashboard.diagnostics().pieces)
      if (piece.text == "PrepareCommit") high = piece.rect.h;
    CHECK(high > 0);
    if (layout == Layout::Presenter) CHECK(high > 720 * .0255f);
  }
}

TEST_CASE("the presenter shows transactions instead of graphs if the lesson hides the stage") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.world.transactions = {transaction("Ongoing", "Empty")};
  h.lesson.view.panels = {"transactions"};
  h.dashboard.set_layout(Layout::Presenter);
  h.size(1280, 720);
  h.settle();
  CHECK(shows(h, "PrepareCommit"));
}

TEST_CASE("the inspector shows a producer's transactional.id and the state of its transaction, with an error in red") {
  auto world = fixture::world(Moment::Before);
  const auto field = [&](kafkascope::words::Key name) {
    const InspectorView view =
        build_inspector_view(world, Lang::En, world.nodes[static_cast<std::size_t>(world.clients[0].node)].name);
    const auto it =
        std::find_if(view.fields.begin(), view.fields.end(), [&](const Field& f) { return f.name == name; });
    return it == view.fields.end() ? Field{} : *it;
  };
  CHECK(field("ui.field_transaction"_w).value.empty());
  world.clients[0].transactional_id = "tx-1";
  world.clients[0].transaction_state = "IN_TRANSACTION";
  world.clients[0].transaction_partitions = {0};
  CHECK(field("ui.field_transactional_id"_w).value == "tx-1");
  CHECK(field("ui.field_transaction"_w).value == "IN_TRANSACTION: " + world.partitions[0].name);
  CHECK_FALSE(field("ui.field_transaction"_w).bad);
  world.clients[0].transaction_state = "ABORTABLE_ERROR";
  CHECK(field("ui.field_transaction"_w).bad);
  CHECK(field("ui.field_state"_w).value == "running");
  world.clients[0].transaction_state = "FATAL_ERROR";
  CHECK(field("ui.field_state"_w).value == "fatal error, sends no more");
  CHECK(field("ui.field_state"_w).bad);
}

TEST_CASE("texts of the panel of transactions do not overlap, in both languages and at all sizes") {
  Headless h;
  std::vector<Transaction> many;
  for (int i = 0; i < 9; ++i) {
    many.push_back(transaction(i % 2 == 0 ? "Ongoing" : "PrepareAbort", "Empty"));
    many.back().id = "a-transactional-id-of-forty-characters-" + std::to_string(i);
  }
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& [w, height] : {std::pair{1280.f, 720.f}, std::pair{1920.f, 1080.f}}) {
      h.dashboard.set_language(lang);
      open_panel(h, many, w, height);
      CHECK(overlapping_texts(h.dashboard.diagnostics()).empty());
    }
}

TEST_CASE("strips mark records of open, committed and aborted transactions") {
  auto world = fixture::world(Moment::Before);
  for (const char state : {'o', 'c', 'a'}) {
    for (ReplicaLog& log : world.partitions[0].logs) log.runs.back().transaction_state = state;
    CHECK(build_strip_view(world.partitions[0], 24).rows[0].cells.back().transaction == state);
  }
}

namespace {

/// The first partition has `held` records after the start of an open transaction of tx-1.
void hold_back(Headless& h, std::int64_t held) {
  Partition& part = h.world.partitions[0];
  part.last_stable_offset = part.high_watermark - held;
  for (ReplicaLog& log : part.logs) log.runs.back().transaction_state = 'o';
  Transaction open = transaction("Ongoing", "Empty");
  open.parts = {{part.name, 0, part.last_stable_offset, held, false}};
  h.world.transactions = {open};
  h.dashboard.state().selection = part.name;
}

}  // namespace

TEST_CASE("the legend of the strips explains only the marks of transactions that are shown") {
  const auto key = [](char state, bool control, const char* words, Lang lang) {
    Headless h;
    h.show(Moment::Before, Scene::First);
    h.lesson.view.panels = {"stage", "partitions"};
    h.dashboard.set_language(lang);
    for (ReplicaLog& log : h.world.partitions[0].logs) {
      log.runs.back().transaction_state = state;
      log.runs.back().control = control;
    }
    h.dashboard.state().selection = h.world.partitions[0].name;
    h.size(1280, 720);
    h.settle();
    CAPTURE(words);
    CHECK(shows(h, words));
    CHECK(marks(h, "key of transactions").size() == 1);
    // "Committed" in the legend would also cover aborted records.
    CHECK_FALSE(shows(h, lang == Lang::En ? "filled: committed" : "채움: 커밋됨"));
    CHECK(shows(h, lang == Lang::En ? "filled: below the HW" : "채움: HW 아래"));
    CHECK(overlapping_texts(h.dashboard.diagnostics()).empty());
  };
  key('o', false, "dashed bar: transaction open", Lang::En);
  key('c', false, "bar: transaction committed", Lang::En);
  key('a', false, "crossed: aborted", Lang::En);
  key('c', true, "full diamond: commit marker", Lang::En);
  key('a', true, "hollow diamond: abort marker", Lang::En);
  key('a', true, "빈 마름모: 중단 마커", Lang::Ko);
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.lesson.view.panels = {"stage", "partitions"};
  h.size(1280, 720);
  CHECK(says(h, "filled: committed"));
  CHECK(marks(h, "key of transactions").empty());
}

TEST_CASE("each layout flags a last stable offset below the high watermark and says what it waits for") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter})
    for (const std::int64_t held : {2, 400}) {
      CAPTURE(static_cast<int>(layout));
      CAPTURE(held);
      Headless h;
      h.show(Moment::Before, Scene::First);
      h.lesson.view.panels = {"stage", "partitions"};
      hold_back(h, held);
      const std::int64_t stable = h.world.partitions[0].last_stable_offset;
      h.dashboard.set_layout(layout);
      h.size(1280, 720);
      h.settle();
      CHECK(shows(h, "LSO " + std::to_string(stable)));
      CHECK(shows(h, "waits for tx-1"));
      CHECK(overlapping_texts(h.dashboard.diagnostics()).empty());
      h.world.transactions[0].hanging = true;
      h.settle();
      CHECK(shows(h, "a transaction hangs"));
      h.world.partitions[0].last_stable_offset = h.world.partitions[0].high_watermark;
      h.settle();
      CHECK_FALSE(shows(h, "LSO "));
    }
}

TEST_CASE(
    "presenting a tool's output: the terminal replaces the stage, and the log that the step points at is below the words") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  hold_back(h, 2);
  h.lesson.view.panels = {"stage", "terminal"};
  h.lesson.view.tool = "kafka-transactions find-hanging";
  PointAt at;
  at.path = "/partitions/" + h.world.partitions[0].name + "/last_stable_offset";
  h.lesson.view.point = {at};
  h.dashboard.set_layout(Layout::Presenter);
  h.size(1280, 720);
  h.settle();
  CHECK(shows(h, "LSO " + std::to_string(h.world.partitions[0].last_stable_offset)));
  CHECK(marks(h, "terminal").size() == 1);
  CHECK(overlapping_texts(h.dashboard.diagnostics()).empty());
}

TEST_CASE("presenting: the keys of the terminal are not shown to the audience") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.show(Moment::Before, Scene::First);
    h.dashboard.set_language(lang);
    h.lesson.view.panels = {"stage", "terminal"};
    h.lesson.view.tool = h.log.terminal.command = "kafka-transactions list";
    h.log.terminal.at_us = 19'500'000;
    h.log.terminal.lines = {{{{"TransactionalId", false}}, false}};
    const char* keys = lang == Lang::En ? "Up and Down" : "위아래 키";
    h.dashboard.set_layout(Layout::Workbench);
    h.dashboard.state().tab = Tab::Terminal;
    h.size(1280, 800);
    h.settle();
    CHECK(shows(h, keys));
    h.dashboard.set_layout(Layout::Presenter);
    h.settle();
    CHECK(shows(h, "00:19.500"));
    CHECK_FALSE(shows(h, keys));
    // What the line under a word means is said where there is one.
    const char* underlined = lang == Lang::En ? "Underlined" : "밑줄";
    CHECK_FALSE(shows(h, underlined));
    h.log.terminal.lines[0].cells[0].changed = true;
    h.settle();
    CHECK(shows(h, underlined));
  }
}

TEST_CASE("presenting: the words of a ring do not cover the partition's name") {
  for (const std::int64_t offset : {0, 1, 2, 4, 8}) {
    Headless h;
    h.show(Moment::Before, Scene::First);
    Partition& part = h.world.partitions[0];
    part.high_watermark = part.log_end_offset = 9;
    for (ReplicaLog& log : part.logs) {
      log.log_start_offset = 0;
      log.log_end_offset = log.high_watermark = 9;
      log.runs.resize(1);
      log.runs[0].base_offset = log.runs[0].leader_epoch = 0;
      log.runs[0].last_offset = 8;
    }
    hold_back(h, 9 - offset);
    h.lesson.view.panels = {"stage", "partitions"};
    h.lesson.view.select = part.name;
    for (const char* field : {"last_stable_offset", "high_watermark", "isr"}) {
      CAPTURE(offset);
      CAPTURE(field);
      h.lesson.view.point = {{"/partitions/" + part.name + "/" + field, {"words of the lesson", "강의의 말"}}};
      h.dashboard.set_layout(Layout::Presenter);
      h.size(1280, 720);
      clean(h);
      CHECK(shows(h, "LSO " + std::to_string(offset)));
    }
  }
}

TEST_CASE("an open transaction at the log's first offset does not hide the flag of the high watermark") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.lesson.view.panels = {"stage", "partitions"};
  hold_back(h, 1);
  Partition& part = h.world.partitions[0];
  part.log_start_offset = part.last_stable_offset;
  h.settle();
  CHECK(shows(h, "LSO " + std::to_string(part.last_stable_offset)));
  CHECK(shows(h, "HW " + std::to_string(part.high_watermark)));
}

TEST_CASE("a lesson points at the last stable offset") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.lesson.view.panels = {"stage", "partitions"};
  hold_back(h, 2);
  h.lesson.view.point = {
      {"/partitions/" + h.world.partitions[0].name + "/last_stable_offset", {"readers stop here", ""}}};
  h.settle();
  CHECK(shows(h, "readers stop here"));
}

TEST_CASE("two transactions are shown side by side if they would be too high for the panel when stacked") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.dashboard.set_language(lang);
    Transaction other = transaction("PrepareCommit", "Ongoing");
    other.id = "tx-2";
    other.parts = {{"returns-7", 0, 77, 2, true}};
    open_panel(h, {transaction("Ongoing", "Empty"), other});
    h.dashboard.state().filled = false;
    h.settle();
    for (const char* words : {"tx-1", "tx-2", "orders-0", "__consumer_offsets-17", "returns-7", "CompleteCommit"})
      CHECK_MESSAGE(shows(h, words), std::string(words));
    CHECK(marks(h, "more transactions").empty());
    clean(h);
  }
}

TEST_CASE("if the transactions do not fit in the panel, the wheel scrolls to the last one") {
  Headless h;
  std::vector<Transaction> all;
  for (int i = 1; i <= 6; ++i) {
    all.push_back(transaction("Ongoing", "Empty"));
    all.back().id = "tx-" + std::to_string(i);
    all.back().parts = {{"part-of-" + std::to_string(i), 0, 1, 2, false}};
  }
  open_panel(h, all);
  h.dashboard.state().filled = false;
  h.settle();
  CHECK_FALSE(shows(h, "part-of-6"));
  h.move(640, 600);
  for (int i = 0; i < 30; ++i) h.wheel(-1);
  CHECK(says(h, "part-of-6"));
  CHECK(marks(h, "more transactions").empty());
}

TEST_CASE("no fact and no producer of a transaction is left out: what does not fit goes to the next line") {
  Headless h;
  Transaction t = transaction("Ongoing", "Empty");
  t.id = "a-transactional-id-of-some-length";
  t.parts[1].from = 123456;
  for (int i = 1; i <= 8; ++i) t.producers.push_back("inventory-service-" + std::to_string(i));
  open_panel(h, {t});
  for (const std::string& name : t.producers) CHECK_MESSAGE(shows(h, name), name);
  CHECK(shows(h, "__consumer_offsets-17"));
  CHECK(shows(h, "from offset 123456"));
  clean(h);
}
