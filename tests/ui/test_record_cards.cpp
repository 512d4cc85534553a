// What stands below the strips while a lesson points at records or at a consumer, and the flags, graphs and brackets that say how much.
#include <doctest/doctest.h>

#include "ui/fixture.h"
#include "ui/looks.h"

using namespace kafkascope;
using namespace kafkascope::ui;
using namespace kafkascope::observe;
using fixture::Moment;
using fixture::Scene;

namespace {

/// One topic "notes" with `partitions` partitions of one replica each, whose records have these keys.
void put_notes(Headless& h, int partitions, const std::vector<std::string>& keys) {
  const Partition like = h.world.partitions.front();
  h.world.partitions.clear();
  for (Node& n : h.world.nodes) n.replicas.clear();
  for (Client& c : h.world.clients) c.topics_partitions.clear();
  h.world.groups.clear();
  h.world.messages.clear();
  for (int i = 0; i < partitions; ++i) {
    Partition p;
    p.name = "notes-" + std::to_string(i);
    p.topic = "notes";
    p.index = i;
    p.leader = like.leader;
    p.replicas = p.isr = {like.leader};
    p.high_watermark = p.last_stable_offset = p.log_end_offset = static_cast<std::int64_t>(keys.size());
    ReplicaLog log;
    log.broker = like.leader;
    for (const ReplicaLog& other : like.logs)
      if (other.broker == like.leader) log.node = other.node;
    log.role = ReplicaRole::Leader;
    log.log_end_offset = log.high_watermark = p.high_watermark;
    LogRun run;
    run.last_offset = p.high_watermark - 1;
    run.keys = keys;
    log.runs = {run};
    p.logs = {log};
    h.world.partitions.push_back(p);
  }
  h.lesson.view.panels = {"stage", "partitions"};
  h.lesson.view.select = "notes-0";
  h.lesson.view.point.clear();
}

PointedRecord pointed(const std::string& partition, std::int64_t offset) {
  const auto same = [](const char* s) { return Words{s, s}; };
  return {partition,
          offset,
          {{same("key"), same("\"kim\"")}, {same("header source"), same("\"web\"")}},
          same("kim: pears")};
}

/// Those of these texts that stand in the row, from left to right.
std::vector<std::string> in_row(Headless& h, const Rect& row, const std::vector<std::string>& of) {
  std::vector<std::pair<float, std::string>> found;
  for (const auto& piece : h.dashboard.diagnostics().pieces)
    if (std::find(of.begin(), of.end(), piece.text) != of.end() && piece.rect.cy() > row.y &&
        piece.rect.cy() < row.bottom() && piece.rect.x >= row.x)
      found.emplace_back(piece.rect.x, piece.text);
  std::sort(found.begin(), found.end());
  std::vector<std::string> texts;
  for (const auto& [x, text] : found) texts.push_back(text);
  return texts;
}

}  // namespace

TEST_CASE("a record that the lesson points at has a ring, and a card with all its parts") {
  Headless h;
  h.show(Moment::Before, Scene::Turn);
  put_notes(h, 2, {"kim", "lee"});
  CHECK(marks(h, "record card").empty());
  CHECK(says(h, "notes-0"));
  h.lesson.view.records = {pointed("notes-1", 1)};
  h.lesson.view.select = "notes-1";
  CHECK(marks(h, "pointed /records/notes-1/1").size() == 1);
  CHECK(says(h, "header source"));
  CHECK(says(h, "\"web\""));
  CHECK_FALSE(shows(h, "kim: pears"));  // the card says it
  // A record that is not there has neither.
  h.lesson.view.records = {pointed("notes-1", 7)};
  CHECK(marks(h, "pointed /records/notes-1/7").empty());
}

TEST_CASE("records in several partitions that the lesson points at are shown together, each with its text") {
  Headless h;
  h.show(Moment::Before, Scene::Turn);
  put_notes(h, 6, std::vector<std::string>(40));  // too many partitions to show all
  h.lesson.view.records = {pointed("notes-0", 20), pointed("notes-5", 30)};
  CHECK(marks(h, "pointed /records/notes-0/20").size() == 1);
  CHECK(marks(h, "pointed /records/notes-5/30").size() == 1);
  const auto& pieces = h.dashboard.diagnostics().pieces;
  CHECK(std::count_if(pieces.begin(), pieces.end(), [](const auto& piece) { return piece.text == "kim: pears"; }) == 2);
}

TEST_CASE("a consumer's received records are below the partitions of its topic, the newest at the right") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.dashboard.set_language(lang);
    h.show(Moment::Before, Scene::Turn);
    put_notes(h, 2, {"", ""});
    h.lesson.view.received = {{"reader", "notes", {"1", "3", "2"}, false}};
    REQUIRE(marks(h, "received").size() == 1);
    CHECK(shows(h, tr(lang, "ui.has_received"_w, {{"client", "reader"}})));
    const auto omits = [&] {
      h.settle();
      const auto& pieces = h.dashboard.diagnostics().pieces;
      return std::any_of(pieces.begin(), pieces.end(), [](const auto& piece) { return piece.text == "…"; });
    };
    CHECK_FALSE(omits());
    CHECK(in_row(h, marks(h, "received").front(), {"1", "2", "3"}) == std::vector<std::string>{"1", "3", "2"});
    h.lesson.view.received.front().more = true;
    CHECK(omits());
    h.lesson.view.received.front().topic = "others";
    CHECK(marks(h, "received").empty());
  }
}

TEST_CASE("presenting: the pointed records and the received values are below the strips, in large type") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const auto& size : {std::pair{1024.f, 768.f}, std::pair{1280.f, 720.f}, std::pair{1920.f, 1080.f}}) {
      Headless h;
      h.dashboard.set_language(lang);
      h.dashboard.set_layout(Layout::Presenter);
      h.size(size.first, size.second);
      h.show(Moment::Before, Scene::First);
      put_notes(h, 2, {"kim", "lee"});
      CHECK(marks(h, "record card").empty());
      CHECK(marks(h, "received").empty());
      h.lesson.view.select = "notes-1";
      h.lesson.view.records = {pointed("notes-1", 0), pointed("notes-1", 1)};
      h.lesson.view.received = {{"reader", "notes", {"1", "3", "2"}, false}};
      CHECK(marks(h, "pointed /records/notes-1/1").size() == 1);
      CHECK(marks(h, "record card").size() == 2);
      CHECK(says(h, "header source"));
      REQUIRE(marks(h, "received").size() == 1);
      CHECK(in_row(h, marks(h, "received").front(), {"1", "2", "3"}) == std::vector<std::string>{"1", "3", "2"});
      clean(h);
      for (const auto& piece : h.dashboard.diagnostics().pieces)
        if (piece.text == "header source" || piece.text == "\"web\"" || piece.text == "3")
          CHECK(piece.rect.h / 0.98f >= size.second * 0.0245f);
      // Of several partitions below each other, too.
      h.lesson.view.records.clear();
      REQUIRE(marks(h, "received").size() == 1);
      CHECK(says(h, "notes-0"));
      clean(h);
    }
}

TEST_CASE("a card with more parts than its row has room for goes on in the next row") {
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  h.size(1024, 768);
  h.show(Moment::Before, Scene::First);
  put_notes(h, 1, {"kim"});
  h.lesson.view.records = {pointed("notes-0", 0)};
  const auto same = [](const std::string& s) { return Words{s, s}; };
  for (int i = 0; i < 6; ++i)
    h.lesson.view.records.front().fields.push_back({same("header h" + std::to_string(i)), same("\"a long value\"")});
  REQUIRE(marks(h, "record card").size() == 1);
  const Rect card = marks(h, "record card").front();
  CHECK(card.right() <= 1024);
  std::size_t found = 0;
  for (const auto& piece : h.dashboard.diagnostics().pieces)
    if (piece.text.starts_with("header h")) {
      ++found;
      CHECK(piece.rect.right() < card.right());
      CHECK(piece.rect.bottom() < card.bottom());
    }
  CHECK(found == 6);
  clean(h);
}

TEST_CASE("cards that do not all fit are drawn tight, without the words that all their values begin or end with") {
  Headless h;
  h.size(1280, 720);
  h.show(Moment::Before, Scene::Turn);
  put_notes(h, 1, {"order-77", "order-77", "order-77"});
  const auto same = [](const std::string& s) { return Words{s, s}; };
  for (std::int64_t i = 0; i < 3; ++i) {
    h.lesson.view.records.push_back(pointed("notes-0", i));
    h.lesson.view.records.back().fields = {
        {same("key"), same("\"order-77\"")},
        {same("value"), same("\"placed\"")},
        {same("timestamp"), same("2024-01-01 00:00:2" + std::to_string(i) + ".000 UTC")}};
  }
  CHECK(marks(h, "record card").size() == 3);
  CHECK_FALSE(shows(h, "2024-01-01 00:00:20.000 UTC"));
  CHECK(says(h, "00:00:22.000"));
  clean(h);
}

TEST_CASE("partitions below each other show how a load is spread over them") {
  Headless h;
  h.show(Moment::Before, Scene::Turn);
  put_notes(h, 2, {"", ""});
  CHECK(marks(h, "rate").empty());
  h.world.partitions[0].records_per_s = 3, h.world.partitions[1].records_per_s = 12;
  CHECK(marks(h, "rate").empty());  // few records speak for themselves
  h.world.partitions[0].records_per_s = 27, h.world.partitions[1].records_per_s = 140;
  CHECK(marks(h, "rate").size() == 2);
  CHECK(says(h, "140 records/s"));
}

TEST_CASE("presenting: partitions show their rates, and a short log shows its keys in the cells") {
  Headless h;
  h.dashboard.set_layout(Layout::Presenter);
  h.size(1280, 720);
  h.show(Moment::Before, Scene::First);
  const std::vector<std::string> keys{"order-42", "order-4", "order-5", "order-8", "order-3", "order-4", "order-7"};
  put_notes(h, 3, keys);
  CHECK(marks(h, "rate").empty());
  for (const char* key : {"order-42", "order-8", "order-7"}) CHECK_MESSAGE(says(h, key), key);
  for (Partition& part : h.world.partitions) part.records_per_s = 40;
  h.settle();
  CHECK(marks(h, "rate").size() == 3);
  CHECK(says(h, "40 records/s"));
  clean(h);
}

TEST_CASE("a committed offset beyond the log's end has a flag that says so") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.dashboard.set_language(lang);
    h.show(Moment::Before, Scene::Turn);
    put_notes(h, 1, {"", "", ""});
    h.world.partitions[0].flags = {{"billing", 3, false}};
    CHECK(says(h, "billing 3"));
    CHECK_FALSE(shows(h, tr(lang, "ui.flag_beyond"_w, {{"flag", "billing 3"}})));
    h.world.partitions[0].flags = {{"billing", 31, false}};
    CHECK(says(h, tr(lang, "ui.flag_beyond"_w, {{"flag", "billing 31"}})));
    clean(h);
  }
}

TEST_CASE("a group with few partitions has tall graphs of their lag, with the peak") {
  Headless h;
  h.show(Moment::Before, Scene::Turn);
  REQUIRE(!h.world.groups.empty());
  h.world.groups.resize(1);
  Group& g = h.world.groups.front();
  g.partitions.resize(1);
  g.partitions[0].lag = 30;
  g.partitions[0].lag_history = {10, 200, 420, 420, 30, 30};
  h.lesson.view.panels = {"stage", "groups"};
  h.lesson.view.select = g.id;
  CHECK(says(h, "peak 420"));
  g.partitions[0].lag_history = {10, 20, 30, 30, 30, 30};  // now it is at its peak
  h.settle();
  CHECK_FALSE(shows(h, "peak"));
}

TEST_CASE("a write to the metadata log with more records than there is room for has a bracket that counts them") {
  Headless h;
  h.show(Moment::Before, Scene::Turn);
  REQUIRE(!h.world.voters.empty());
  h.lesson.view.panels = {"stage", "controller"};
  const std::int64_t end = h.world.voters.front().log_end_offset;
  h.world.work.written_from = end - 1, h.world.work.written = 1;
  CHECK(marks(h, "last write").empty());
  for (VoterLog& log : h.world.voters) {
    log.log_end_offset = end + 200;
    log.tail.clear();
    for (std::int64_t o = end + 100; o < end + 200; ++o) log.tail.push_back({o, 1, "PartitionChangeRecord", {}, true});
  }
  h.world.work.written_from = end, h.world.work.written = 200;
  CHECK(marks(h, "last write").size() == 1);
  CHECK(says(h, "200 records written at once"));
}

TEST_CASE("a request that writes two partitions names both") {
  Headless h;
  h.show(Moment::Before, Scene::Turn);
  h.lesson.view.point.clear();
  Message m;
  for (const Message& other : h.world.messages)
    if (other.family == Family::Produce && !other.response) m = other;
  REQUIRE(m.from >= 0);
  REQUIRE(h.world.partitions.size() >= 2);
  h.time.playing = false;
  h.lesson.view.hide.clear();
  m.held = m.blocked = false;
  m.error.clear(), m.about = {}, m.partition = 0, m.partitions = 2, m.records = 2, m.fraction = .5f;
  h.world.messages = {m};
  const std::string both = h.world.partitions[0].name + " + " + h.world.partitions[1].name;
  CHECK(says(h, "+1"));
  CHECK_FALSE(shows(h, both));
  h.world.messages[0].writes = {0, 1};
  CHECK(says(h, both));
  CHECK_FALSE(shows(h, "+1"));
}

TEST_CASE("where the lesson is about what a client believes, the inspector begins with it") {
  Headless h;
  h.show(Moment::Before, Scene::Turn);
  std::string client;
  for (const Client& c : h.world.clients) {
    Node& n = h.world.nodes[static_cast<std::size_t>(c.node)];
    if (n.kind != NodeKind::Producer) continue;
    client = n.name;
    n.beliefs = {{0, 1, 0, {}, false}};
  }
  REQUIRE(!client.empty());
  h.lesson.view.panels = {"stage", "inspector"};
  h.lesson.view.select = client;
  const auto y_of = [&](const char* text) {
    h.settle();
    for (const auto& piece : h.dashboard.diagnostics().pieces)
      if (piece.text == text && piece.box == "inspector") return piece.rect.y;
    return 1e9f;
  };
  h.lesson.view.point.clear();
  CHECK(y_of(tr(Lang::En, "ui.its_belief"_w)) > y_of(tr(Lang::En, "ui.field_state"_w)));
  h.lesson.view.point = {{"/clients/" + client + "/belief", {}}};
  CHECK(y_of(tr(Lang::En, "ui.its_belief"_w)) < y_of(tr(Lang::En, "ui.field_state"_w)));
}
