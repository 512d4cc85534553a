// The panel of transactions, and what strips show of them.
#include <doctest/doctest.h>

#include <algorithm>

#include "ui/looks.h"
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
                            "aborted in 41", "orders-0", "from offset 1040", "__consumer_offsets-17", "checkout"})
    CHECK_MESSAGE(shows(h, words), std::string(words));
  CHECK_FALSE(shows(h, "CompleteAbort"));
  open_panel(h, {transaction("PrepareAbort", "Ongoing")});
  CHECK(shows(h, "CompleteAbort"));
  CHECK_FALSE(shows(h, "CompleteCommit"));
}

TEST_CASE("the panel of transactions names partitions that wait for their marker, and a transaction that hangs") {
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
  CHECK(shows(h, "without a transactional.id"));
  CHECK(shows(h, "no coordinator knows this transaction"));
  CHECK(shows(h, "no marker will come"));
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

TEST_CASE(
    "key 9 opens the panel of transactions if a client has a transactional.id, and says otherwise what is missing") {
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

TEST_CASE("the panel of transactions has no text over another, in both languages and all sizes") {
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

TEST_CASE("strips mark records of an open transaction, and cross out aborted ones") {
  auto world = fixture::world(Moment::Before);
  for (ReplicaLog& log : world.partitions[0].logs) log.runs.back().transaction_state = 'o';
  CHECK(build_strip_view(world.partitions[0], 24).rows[0].cells.back().open);
  for (ReplicaLog& log : world.partitions[0].logs) log.runs.back().transaction_state = 'a';
  const StripView view = build_strip_view(world.partitions[0], 24);
  CHECK(view.rows[0].cells.back().aborted);
  CHECK_FALSE(view.rows[0].cells.back().open);
}
