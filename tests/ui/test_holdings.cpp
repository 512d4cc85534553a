// The memory of clients: the accumulator and the partitions, on the stage and in the inspector.
#include <doctest/doctest.h>

#include <algorithm>

#include "ui/looks.h"
#include "ui/panels/holdings.h"
#include "ui/stage/stage_view.h"

using namespace kafkascope::ui;
using namespace kafkascope::words::literals;
using namespace kafkascope::observe;
using fixture::Moment;
using fixture::Scene;

namespace {

Headless& lesson(Headless& h, Moment moment = Moment::Before) {
  h.show(moment, Scene::Held);
  h.dashboard.set_layout(Layout::Lesson);
  h.size(1920, 1080);
  h.settle();
  return h;
}

/// Selects the client in the workbench, which shows it in the inspector.
void inspect(Headless& h, const char* client) {
  h.dashboard.set_layout(Layout::Workbench);
  const auto node =
      std::find_if(h.world.nodes.begin(), h.world.nodes.end(), [&](const Node& n) { return n.name == client; });
  h.settle();
  REQUIRE(h.click(make_id("node", static_cast<std::uint64_t>(node - h.world.nodes.begin()))));
  h.settle();
}

Client& client_of(Headless& h, const char* name) {
  return *std::find_if(h.world.clients.begin(), h.world.clients.end(),
                       [&](const Client& c) { return h.world.nodes[static_cast<std::size_t>(c.node)].name == name; });
}

QueuedBatches batches(int partition, int count, bool open) {
  QueuedBatches q;
  q.partition = partition;
  q.batches = count;
  q.records = 40;
  q.bytes = 9'000;
  q.open = open;
  q.last_records = 12;
  q.last_bytes = 4'000;
  q.last_limit = 16'000;
  return q;
}

}  // namespace

TEST_CASE("a producer's card shows open and full batches, a full buffer, and a blocked send()") {
  Headless h;
  lesson(h);
  CHECK(marks(h, "accumulator").size() == 2);
  CHECK(marks(h, "in flight").size() == 2);
  Accumulator& a = client_of(h, "checkout").accumulator;
  client_of(h, "web").accumulator.queues.clear();
  a.queues = {batches(0, 3, true), batches(1, 1, false)};
  CHECK(marks(h, "open batch").size() == 1);
  CHECK(marks(h, "full batch").size() == 1);
  CHECK(marks(h, "full accumulator").empty());
  CHECK(marks(h, "blocked record").empty());
  a.buffer_used = a.buffer_total - 100;
  a.for_memory = true;
  a.blocked_us = 1'200'000;
  CHECK(marks(h, "full accumulator").size() == 1);
  CHECK(marks(h, "blocked record").size() == 1);  // it is pending, too
  CHECK(says(h, "send() waits 1.2 s"));
  CHECK_FALSE(says(h, "acks=all, 20/s"));
  clean(h);
  h.dashboard.set_language(Lang::Ko);
  CHECK(says(h, "send() 1.2초째 대기"));
  clean(h);
}

TEST_CASE(
    "the card, the presenter and the inspector show the same number of waiting records, which counts all batches") {
  Headless h;
  lesson(h);
  Accumulator& a = client_of(h, "checkout").accumulator;
  client_of(h, "web").accumulator.queues.clear();
  a.queues = {batches(0, 3, true)};  // 40 records, the last batch has 12
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
    h.dashboard.set_layout(layout);
    h.settle();
    const auto& pieces = h.dashboard.diagnostics().pieces;
    CHECK(std::any_of(pieces.begin(), pieces.end(),
                      [](const auto& p) { return p.text == "40" || p.text == "40 waiting"; }));
    CHECK_FALSE(std::any_of(pieces.begin(), pieces.end(),
                            [](const auto& p) { return p.box == "client card" && p.text == "12"; }));
  }
}

TEST_CASE(
    "the batch of a single partition fills the card's width, and shows the elapsed part of linger.ms if the lesson points at it") {
  Headless h;
  lesson(h);
  Client& shop = client_of(h, "checkout");
  client_of(h, "web").accumulator.queues.clear();
  shop.in_flight = 0;
  shop.accumulator.linger_us = 50'000;
  shop.accumulator.queues = {batches(0, 1, true)};
  shop.accumulator.queues[0].waited_us = 34'000;
  const auto open = marks(h, "open batch");
  REQUIRE(open.size() == 1);
  CHECK(open[0].w > 90);  // window coordinates are twice the stage's units
  CHECK(marks(h, "linger").size() == 1);
  CHECK_FALSE(says(h, "linger.ms: 34 of 50"));
  h.lesson.view.point = {{"/clients/checkout", {}}};
  CHECK(says(h, "linger.ms: 34 of 50"));
  clean(h);
  h.dashboard.set_language(Lang::Ko);
  CHECK(says(h, "linger.ms 50 중 34"));
  clean(h);
  h.dashboard.set_language(Lang::En);
  shop.accumulator.queues[0].open = false;  // full: it does not wait
  CHECK(marks(h, "linger").empty());
  CHECK_FALSE(says(h, "linger.ms: 34 of 50"));
  // With several partitions each still has its box.
  shop.accumulator.queues = {batches(0, 1, true), batches(1, 1, true)};
  CHECK(marks(h, "open batch").size() == 2);
  CHECK_FALSE(says(h, "linger.ms: 34 of 50"));
}

TEST_CASE("a producer's card shows the fullest of many partitions and how many more there are") {
  Headless h;
  lesson(h);
  Accumulator& a = client_of(h, "checkout").accumulator;
  client_of(h, "web").accumulator.queues.clear();
  client_of(h, "checkout").in_flight = 0;
  h.world.partitions.resize(12, h.world.partitions.front());
  a.queues.clear();
  for (int p = 0; p < 12; ++p) {
    h.world.partitions[static_cast<std::size_t>(p)].index = p;
    a.queues.push_back(batches(p, p == 9 ? 4 : 1, true));
  }
  const std::size_t shown = marks(h, "open batch").size();
  CHECK(shown >= 2);
  CHECK(shown < 12);
  CHECK(says(h, "+" + std::to_string(12 - shown)));
  const auto& pieces = h.dashboard.diagnostics().pieces;
  CHECK(std::any_of(pieces.begin(), pieces.end(),
                    [](const auto& p) { return p.box == "client card" && p.text == "9"; }));  // the fullest queue
  clean(h);
}

TEST_CASE(
    "where neither all partitions fit nor two and the others' sum, a producer's card says how many records wait in all") {
  Headless h;
  lesson(h);
  Client& shop = client_of(h, "checkout");
  client_of(h, "web").accumulator.queues.clear();
  shop.accumulator.queues = {batches(0, 4, true), batches(1, 4, true), batches(2, 1, true)};
  shop.accumulator.queues[2].records = 312;
  const auto numbers = [&](std::string_view text) {
    h.settle();
    const auto& pieces = h.dashboard.diagnostics().pieces;
    return std::count_if(pieces.begin(), pieces.end(),
                         [&](const auto& piece) { return piece.box == "client card" && piece.text == text; });
  };
  for (const std::int64_t in_flight : {0, 5, 12345}) {
    shop.in_flight = in_flight;
    const bool in_all = numbers("392") + numbers("392 waiting") == 1;
    // One partition's number alone would read as all that wait.
    CHECK((in_all ? numbers("312") == 0 : numbers("312") == 1 && (numbers("40") == 2 || numbers("80") == 1)));
    if (in_flight > 5) CHECK(in_all);
    clean(h);
  }
  shop.in_flight = 10;
  CHECK(numbers("10") == 1);
  shop.accumulator.queues.clear();  // nothing else to tell from
  CHECK(numbers("10 in flight") == 1);
  clean(h);
}

TEST_CASE("a consumer's card has a line for each partition with its position, lag and prefetched records") {
  Headless h;
  lesson(h);
  CHECK(marks(h, "position line").size() == 3);
  CHECK(marks(h, "records in hand").size() == 1);
  CHECK(says(h, "+3"));
  CHECK(says(h, std::to_string(client_of(h, "billing-1").assigned[0].position)));
  Client& c = client_of(h, "billing-1");
  c.thrown = "CommitFailedException";  // takes one line, and leaves the partitions visible
  CHECK(says(h, "CommitFailed"));
  CHECK(says(h, "orders-0, 1"));
  CHECK(says(h, "6 to read"));
  CHECK(marks(h, "position line").size() == 1);
  c.assigned[1].lag = c.assigned[1].log_end_lag = 123'456;  // the names stay: the words beside the number give way
  CHECK(says(h, "orders-0, 1"));
  CHECK_FALSE(says(h, "+2 more"));
  c.assigned[1].lag = c.assigned[1].log_end_lag = 3;
  c.assigned.pop_back();
  CHECK(marks(h, "position line").size() == 2);
  clean(h);
  c.thrown.clear();
  c.assigned[0].fetch_state.clear();  // a share consumer
  c.assigned[0].acquired = 6;
  c.assigned[0].to_acknowledge = 2;
  CHECK(marks(h, "locked").size() == 1);
  CHECK(marks(h, "to acknowledge").size() == 1);
  clean(h);
}

TEST_CASE("a changed assignment does not move any card, and a group with many partitions has room for their lines") {
  Headless h;
  lesson(h);
  const StageView before = build_stage_view(h.world);
  const std::vector<AssignedPartition> all = client_of(h, "billing-1").assigned;
  client_of(h, "billing-1").assigned.clear();
  client_of(h, "billing-2").assigned = all;
  const StageView after = build_stage_view(h.world);
  REQUIRE(before.cards.size() == after.cards.size());
  for (std::size_t i = 0; i < before.cards.size(); ++i) CHECK(before.cards[i].rect.y == after.cards[i].rect.y);
  for (int i = 0; i < 5; ++i) h.world.groups[0].partitions.push_back(h.world.groups[0].partitions[0]);
  const int member = client_of(h, "billing-1").node;
  CHECK(build_stage_view(h.world).rect(member)->h > before.rect(member)->h + 2 * kClientLine - 1);
}

TEST_CASE(
    "the inspector shows buffer.memory, requests in flight, and each partition's batches against linger.ms and batch.size") {
  Headless h;
  lesson(h, Moment::Waiting);
  inspect(h, "checkout");
  CHECK(says(h, "buffer.memory"));
  CHECK(says(h, "65.5 KB / 33.5 MB"));
  CHECK(says(h, "broker-2: 5"));
  CHECK(says(h, "4 batches"));
  CHECK(says(h, "waits 2 of 5 ms"));
  client_of(h, "checkout").accumulator.queues[0].waited_us = 140'000;
  CHECK(says(h, "waits 140 ms"));
  CHECK_FALSE(says(h, "max.block.ms"));
  client_of(h, "checkout").accumulator.blocked_us = 200'000;
  CHECK(says(h, "200 / 60000"));
  CHECK(says(h, "send() waits for topic metadata"));
  h.dashboard.set_language(Lang::Ko);
  CHECK(says(h, "레코드 123개"));
  CHECK(says(h, "send()가 토픽 메타데이터를 기다려요"));
  clean(h);
}

TEST_CASE("the inspector shows position, commit, lag and fetched records of each partition of a consumer") {
  Headless h;
  lesson(h);
  Client& c = client_of(h, "billing-1");
  c.assigned[1].paused = true;
  c.fetching = {1, 3};
  inspect(h, "billing-1");
  CHECK(says(h, "broker-1 · broker-3"));
  CHECK(says(h, "committed " + std::to_string(c.assigned[0].committed)));
  CHECK(says(h, "paused · position"));
  CHECK(marks(h, "holding bar").size() == 2);
  clean(h);
  // The whole bar: delivered, fetched, to be fetched, above the high watermark.
  const auto views = build_holdings(h.world, Lang::En, c);
  REQUIRE(views.size() == 1);
  const Holding& row = views[0].rows[0];
  CHECK(row.words.ends_with("2 fetched ahead · 4 to the log end"));
  CHECK(row.units == 2 + 4);
  std::int64_t sum = 0;
  for (const HoldingPart& part : row.parts) sum += part.units;
  CHECK(sum == row.units);
  c.assigned[0].position = c.assigned[0].lag = -1;
  c.assigned[0].fetch_state = "AWAIT_RESET";
  CHECK(build_holdings(h.world, Lang::En, c)[0].rows[0].value == "AWAIT_RESET");
  h.dashboard.set_language(Lang::Ko);
  CHECK(says(h, "맡은 파티션"));
}

TEST_CASE(
    "for a read_committed consumer the records to read are shown separately from those above the last stable offset") {
  Headless h;
  lesson(h);
  Client& c = client_of(h, "billing-1");
  c.assigned.resize(1);
  c.assigned[0].buffered = 0;
  c.assigned[0].lag = 28;
  c.assigned[0].log_end_lag = 30;
  c.assigned[0].stable_lag = 0;
  const auto card = [&](const char* number) {
    h.dashboard.set_layout(Layout::Lesson);
    h.settle();
    const auto& pieces = h.dashboard.diagnostics().pieces;
    return std::any_of(pieces.begin(), pieces.end(),
                       [&](const auto& piece) { return piece.box == "client card" && piece.text == number; });
  };
  CHECK(card("28"));
  CHECK(marks(h, "past the last stable offset").size() == 1);
  CHECK_FALSE(card("+28"));
  h.dashboard.set_layout(Layout::Presenter);
  CHECK(says(h, "LSO +28"));
  CHECK(marks(h, "past the last stable offset").empty());
  const Holding row = build_holdings(h.world, Lang::En, c)[0].rows[0];
  CHECK(row.value == "0 to read");
  CHECK(row.words.find("28 to the high watermark, 0 to the last stable offset") != std::string::npos);
  std::int64_t sum = 0;
  for (const HoldingPart& part : row.parts) sum += part.units;
  CHECK(sum == row.units);
  CHECK(build_holdings(h.world, Lang::Ko, c)[0].rows[0].words.find("하이 워터마크까지 28개, LSO까지 0개") !=
        std::string::npos);
  c.assigned[0].stable_lag = 5;
  CHECK(build_holdings(h.world, Lang::En, c)[0].rows[0].value == "5 to read");
  CHECK(says(h, "+5"));
  CHECK(card("+5"));
  c.assigned[0].stable_lag = -1;  // read_uncommitted
  CHECK(card("+28"));
  CHECK(marks(h, "past the last stable offset").empty());
  CHECK(build_holdings(h.world, Lang::En, c)[0].rows[0].words.find("last stable") == std::string::npos);
  clean(h);
}

TEST_CASE("a consumer's lines show the partitions' full names clearly separated from their numbers") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter})
    for (const Lang lang : {Lang::En, Lang::Ko})
      for (const std::int64_t stable : {0, 29}) {
        Headless h;
        h.show(Moment::Before, Scene::Held);
        h.dashboard.set_layout(layout);
        h.dashboard.set_language(lang);
        h.size(1280, 720);
        Client& c = client_of(h, "billing-1");
        c.assigned.resize(1);
        Partition& part = h.world.partitions[static_cast<std::size_t>(c.assigned[0].partition)];
        part.name = layout == Layout::Presenter ? "mix-0" : "invoices-0";
        c.assigned[0].position = 82;
        c.assigned[0].buffered = 0;
        c.assigned[0].lag = c.assigned[0].log_end_lag = 29;
        c.assigned[0].stable_lag = stable;
        CAPTURE(static_cast<int>(layout));
        CAPTURE(static_cast<int>(lang));
        CAPTURE(stable);
        clean(h);
        const std::vector<Rect> lines = marks(h, "position line");
        const Diagnostics::Piece *name = nullptr, *position = nullptr, *number = nullptr;
        for (const Rect& line : lines)
          for (const Diagnostics::Piece& piece : h.dashboard.diagnostics().pieces) {
            if (piece.rect.x < line.x - 1 || !line.contains(line.x, piece.rect.cy())) continue;
            if (piece.text == part.name) name = &piece;
            if (piece.text == "82") position = &piece;
            if (piece.text.find("29") != std::string::npos) number = &piece;
          }
        REQUIRE(name != nullptr);
        REQUIRE(position != nullptr);
        REQUIRE(number != nullptr);
        CHECK(position->rect.x > name->rect.right());
        CHECK(number->rect.x > position->rect.right() + position->rect.h * .3f);
      }
}

TEST_CASE("where a consumer's line is too short for the partition's name, the position stays") {
  Headless h;
  h.show(Moment::Before, Scene::Held);
  h.size(1280, 720);
  Client& c = client_of(h, "billing-1");
  c.assigned.resize(1);
  h.world.partitions[static_cast<std::size_t>(c.assigned[0].partition)].name = "orders-0";
  c.assigned[0].position = 1313;
  c.assigned[0].buffered = 222;
  c.assigned[0].lag = c.assigned[0].log_end_lag = 233;
  clean(h);
  CHECK(says(h, "1313"));
  CHECK(says(h, "+233"));
}

TEST_CASE("a hover over a client's card explains its boxes and numbers") {
  Headless h;
  lesson(h);
  const Rect card =
      h.dashboard.hits().find(make_id("node", static_cast<std::uint64_t>(client_of(h, "billing-1").node)));
  h.move(card.cx(), card.bottom() - 4);
  for (int i = 0; i < 90; ++i) h.frame();
  const Tip& tip = h.dashboard.state().tip;
  CHECK(tip.title == tr(Lang::En, "ui.hold_positions"_w));
  REQUIRE(tip.facts.size() == 3);
  CHECK(tip.facts[0].second == "16");
  CHECK(tip.facts[1].first == "orders-0");
  CHECK(tip.facts[1].second.find("committed ") != std::string::npos);
  clean(h);
}

TEST_CASE("a new error is shown briefly, in the viewer's time, at the node that receives it") {
  Headless h;
  lesson(h);
  const int node = client_of(h, "checkout").node;
  int broker = -1;
  for (std::size_t i = 0; i < h.world.nodes.size(); ++i)
    if (h.world.nodes[i].name == "broker-1") broker = static_cast<int>(i);
  h.time.speed_ppm = 1'000'000;
  h.world.refused = {{broker, node, Family::Produce, "Produce", "NOT_ENOUGH_REPLICAS", h.world.time_us - 400'000}};
  CHECK(marks(h, "refusal").size() == 1);
  CHECK(says(h, "NOT_ENOUGH_REPLICAS"));
  clean(h);
  h.world.refused.push_back(h.world.refused[0]);  // the same refusal again needs no second label
  CHECK(marks(h, "refusal").size() == 1);
  h.time.speed_ppm = 10'000;  // 0.4 s of simulated time last 40 s
  CHECK(marks(h, "refusal").empty());
  h.time.speed_ppm = 1'000'000;
  h.lesson.view.hide = {"produce"};
  CHECK(marks(h, "refusal").empty());
}

TEST_CASE(
    "the label of an error on the stage can be asked: W asks why, O or a click explains it, and a click selects its client") {
  Headless h;
  lesson(h);
  const int node = client_of(h, "checkout").node;
  const auto broker =
      std::find_if(h.world.nodes.begin(), h.world.nodes.end(), [](const Node& n) { return n.name == "broker-1"; });
  h.time.speed_ppm = 1'000'000;
  h.world.refused = {{static_cast<int>(broker - h.world.nodes.begin()), node, Family::Produce, "Produce",
                      "NOT_ENOUGH_REPLICAS", h.world.time_us}};
  const std::vector<Rect> labels = marks(h, "refusal");
  REQUIRE(labels.size() == 1);
  h.move(labels[0].cx(), labels[0].cy());
  h.settle();
  h.actions();
  h.key(kKeyW);
  CHECK(h.take(ActionKind::Why).text == "/clients/checkout/errors");
  h.key(kKeyO);
  CHECK(h.dashboard.state().origin.name == "NOT_ENOUGH_REPLICAS");
  h.key(kKeyEscape);
  h.click(labels[0].cx(), labels[0].cy());
  CHECK(h.dashboard.state().selection == "checkout");
  CHECK(h.dashboard.state().origin.name == "NOT_ENOUGH_REPLICAS");
}

TEST_CASE("the card of a broker that sends clients to 127.0.0.1 says so") {
  Headless h;
  lesson(h);
  for (Node& n : h.world.nodes)
    if (n.name == "broker-2") n.misleads_clients = true;
  CHECK(says(h, "sends clients to 127.0.0.1"));
  clean(h);
  h.dashboard.set_language(Lang::Ko);
  CHECK(says(h, "클라이언트에 127.0.0.1을 알려요"));
  clean(h);
}

TEST_CASE("a batch that waits for more than a second says so in seconds") {
  Headless h;
  lesson(h);
  Accumulator& a = client_of(h, "checkout").accumulator;
  a.queues = {batches(0, 1, true)};
  a.linger_us = 5'000;
  a.queues[0].waited_us = 17'082'600;
  a.queues[0].attempts = 0;
  const auto words = [&](Lang lang) {
    return build_holdings(h.world, lang, client_of(h, "checkout"))[0].rows[0].words;
  };
  CHECK_MESSAGE(words(Lang::En).find("waits 17.1 s, past its linger.ms") != std::string::npos, words(Lang::En));
  CHECK(words(Lang::Ko).find("모두 17.1초") != std::string::npos);
  a.queues[0].waited_us = 34'000;
  CHECK(words(Lang::En).find("waits 34 ms, past its linger.ms") != std::string::npos);
}

TEST_CASE("a batch that takes no more records, but is not full, is called closed with its share of batch.size") {
  Headless h;
  lesson(h);
  inspect(h, "checkout");
  Accumulator& a = client_of(h, "checkout").accumulator;
  a.queues = {batches(0, 1, false)};
  a.queues[0].records = 1;
  a.queues[0].bytes = 170;
  CHECK(says(h, "closed, 25 % full"));
  CHECK(says(h, "1 record, 170 B"));
  h.dashboard.set_language(Lang::Ko);
  CHECK(says(h, "닫힘, 25% 참"));
}

TEST_CASE(
    "a click on \"send() waits\" selects its producer as well, so that W asks about it, with the card of the setting open or not") {
  Headless h;
  lesson(h, Moment::Waiting);
  client_of(h, "checkout").accumulator.blocked_us = 20'000'000;
  h.settle();
  REQUIRE(h.click(make_id("origin max.block.ms")));
  h.settle();
  CHECK(h.dashboard.state().origin.name == "max.block.ms");
  CHECK(h.dashboard.state().selection == "checkout");
  (void)h.actions();
  h.key(kKeyW);
  h.settle();
  CHECK(h.dashboard.state().origin.name.empty());
  CHECK(h.emitted(ActionKind::Why));
}
