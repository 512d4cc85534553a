// What the panels show of a step's records and of the trace: also after going back.
#include "player/helpers.h"
#include "ui/looks.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

sim::Instant at_ms(std::int64_t ms) { return sim::Instant{ms * 1000}; }

}  // namespace

TEST_CASE("a record that a step points at is shown with key, value, timestamp and headers, once it is there") {
  const std::string text = text_of("log/event");
  Player player(parse(text), "x", text);
  player.seek(at_ms(500));
  CHECK(player.lesson().view.records.empty());
  player.seek(at_ms(1400));
  REQUIRE(player.lesson().view.records.size() == 1);
  const ui::PointedRecord& record = player.lesson().view.records.front();
  CHECK(record.partition == "orders-1");
  CHECK(record.offset == 0);
  CHECK(record.brief.en == "kim: 3 pears");
  REQUIRE(record.fields.size() == 5);
  CHECK(record.fields[0].value.en == "\"kim\"");
  CHECK(record.fields[2].name.ko == "타임스탬프");
  CHECK(record.fields[4].value.en == "\"web\"");
}

TEST_CASE("where a step tells how a key chose its partition, the request and the record show the arithmetic") {
  const std::string text = text_of("partitions/key-hash");
  Player player(parse(text), "x", text);
  player.play(false);  // else the words of a message that has gone by at once are left out
  const std::string sum = "murmur2(\"user-1\") = 1404122828 · mod 3 = 2";
  for (const ui::Layout layout : {ui::Layout::Lesson, ui::Layout::Presenter}) {
    ui::Headless h;
    h.dashboard.set_layout(layout);
    bool on_the_way = false;
    for (std::int64_t ms = 1'000; ms < 1'200 && !on_the_way; ms += 2) {  // it has room for the words soon
      player.seek(at_ms(ms));
      if (player.lesson().view.keys.empty()) continue;
      CHECK(player.lesson().view.keys[0].arithmetic.en == sum);
      take_models(h, player);
      on_the_way = ui::says(h, "Produce orders-2: " + sum);
    }
    CHECK(on_the_way);
    player.seek(at_ms(1'300));
    CHECK(player.lesson().view.keys.empty());
    take_models(h, player);
    CHECK(ui::says(h, sum));
    CHECK(ui::shows(h, "orders-1"));  // the partitions that it could have chosen
    ui::clean(h);
  }
}

TEST_CASE(
    "in front of people a narrow window shows the arithmetic of a key beside its record, if need be without the key") {
  const std::string text = text_of("partitions/key-hash");
  Player player(parse(text), "x", text);
  player.seek(at_ms(7'150));
  player.play(false);
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko})
    for (const float w : {1024.f, 1280.f}) {
      CAPTURE(w);
      ui::Headless h;
      h.size(w, w < 1100 ? 768 : 720);
      h.dashboard.set_language(lang);
      h.dashboard.set_layout(ui::Layout::Presenter);
      take_models(h, player);
      CHECK(ui::says(h, w < 1100 ? "1141442267 mod 3 = 2" : "murmur2(\"user-3\") = 1141442267 · mod 3 = 2"));
      ui::clean(h);
    }
}

TEST_CASE(
    "a serialized record is shown as the object and its bytes, and what a consumer received as bytes and object") {
  const std::string text = text_of("log/serializers");
  Player player(parse(text), "x", text);
  struct Shown {
    std::int64_t ms;
    std::string sent, received;
  };
  const Shown all[] = {
      {3'000, "1500 → 00 00 00 00 00 00 05 dc", "00 00 00 00 00 00 05 dc → 1500"},
      {6'000, "2 x book, 1500 cents → 00 00 00 02 00 00 00 00 00 00 05 dc 62 6f 6f 6b",
       "00 00 00 02 00 00 00 00 00 00 05 dc 62 6f 6f 6b → 2 x book, 1500 cents"},
  };
  for (const Shown& shown : all)
    for (const ui::Layout layout : {ui::Layout::Lesson, ui::Layout::Presenter}) {
      CAPTURE(shown.ms);
      ui::Headless h;
      h.dashboard.set_layout(layout);
      player.seek(at_ms(shown.ms));
      take_models(h, player);
      CHECK(ui::says(h, shown.sent));
      CHECK(ui::shows(h, shown.received));
      ui::clean(h);
    }
  player.seek(at_ms(12'000));
  REQUIRE_FALSE(player.lesson().view.received.empty());
  CHECK(player.lesson().view.received.front().values.front() == "00 00 00 00 00 00 05 dc → ........");
}

TEST_CASE(
    "what is only in memory is dotted while a lesson says that a write goes there first, and the dots are explained") {
  const std::string text = text_of("why/page-cache");
  Player player(parse(text), "x", text);
  player.seek(at_ms(4'000));
  for (const ui::Layout layout : {ui::Layout::Lesson, ui::Layout::Presenter}) {
    ui::Headless h;
    h.dashboard.set_layout(layout);
    take_models(h, player);
    CHECK_FALSE(ui::marks(h, "unflushed").empty());
    CHECK(ui::shows(h, "dotted: not flushed"));
  }
}

TEST_CASE("a tombstone that a step points at is called a tombstone") {
  const std::string text = text_of("log/compaction");
  Player player(parse(text), "x", text);
  player.seek(at_ms(13'400));
  REQUIRE(player.lesson().view.records.size() == 1);
  CHECK(player.lesson().view.records[0].brief.en == "kim: tombstone");
  CHECK(player.lesson().view.records[0].fields[1].value.ko == "null: 툼스톤");
}

TEST_CASE("the records that a consumer received are in the order of its polls, also after going back") {
  const std::string text = text_of("partitions/order-scope");
  Player player(parse(text), "x", text);
  const auto received = [&](std::int64_t ms) {
    player.seek(at_ms(ms));
    const auto& all = player.lesson().view.received;
    std::string values;
    if (!all.empty())
      for (const std::string& value : all.front().values) values += value + " ";
    return values;
  };
  const std::string odd = "1 3 5 7 9 11 13 15 17 19 ", even = "2 4 6 8 10 12 14 16 18 20 ";
  CHECK(received(5'050) == "");
  CHECK(received(5'900) == odd + even);
  CHECK(received(5'180) == odd);
}

TEST_CASE("the records that the metadata log got in one write are counted") {
  const std::string text = text_of("partitions/how-many");
  Player player(parse(text), "x", text);
  player.seek(at_ms(30'430));
  CHECK(player.snapshot().work.written > 100);
  CHECK(player.snapshot().work.written_from + player.snapshot().work.written ==
        player.snapshot().voters.front().log_end_offset);
}

TEST_CASE("a partition's rate is measured over the last seconds") {
  const std::string text = text_of("partitions/null-key");
  Player player(parse(text), "x", text);
  player.seek(at_ms(26'000));
  const auto& partitions = player.snapshot().partitions;
  CHECK(partitions[0].records_per_s == 27);  // one of its requests takes a second
  CHECK(partitions[1].records_per_s > 100);
  CHECK(partitions[2].records_per_s > 100);
}

TEST_CASE("a partition without records has the rate 0 and does not hide the rates of the others") {
  const std::string text = R"({"format": 1, "id": "x", "title": {"en": "x"}, "seed": 3,
    "cluster": {"controllers": 1, "brokers": 1},
    "topics": [{"name": "t", "partitions": 1, "replication_factor": 1}, {"name": "u", "partitions": 1, "replication_factor": 1}],
    "clients": [{"id": "p", "kind": "producer", "topic": "t", "rate": "50/s"}], "steps": [], "until": "10s"})";
  Player player(parse(text), "x", text);
  player.seek(at_ms(8'000));
  for (const auto& partition : player.snapshot().partitions) {
    if (partition.topic == "t") CHECK(partition.records_per_s > 30);
    if (partition.topic == "u") CHECK(partition.records_per_s == 0);
  }
}

TEST_CASE("the values that a consumer received are those of one topic, and a tombstone is shown as null") {
  const std::string text = R"({"format": 1, "id": "x", "title": {"en": "x"}, "seed": 3,
    "cluster": {"controllers": 1, "brokers": 1},
    "topics": [{"name": "t", "partitions": 1, "replication_factor": 1}, {"name": "u", "partitions": 1, "replication_factor": 1}],
    "clients": [{"id": "p", "kind": "producer"},
                {"id": "c", "kind": "consumer", "assign": ["t-0", "u-0"], "config": {"auto.offset.reset": "earliest"}}],
    "steps": [{"at": "0s", "id": "s", "point": "c", "say": {"en": "x", "ko": "x"}},
              {"at": "2s", "do": "produce", "node": "p", "records": [{"topic": "t", "key": "k", "value": "a"}]},
              {"at": "4s", "do": "produce", "node": "p", "records": [{"topic": "u", "key": "k", "value": "b"}]},
              {"at": "5s", "do": "produce", "node": "p", "records": [{"topic": "u", "key": "k", "value": null}]},
              {"at": "6s", "do": "produce", "node": "p", "records": [{"topic": "u", "key": "k", "value": "c"}]}],
    "until": "10s"})";
  Player player(parse(text), "x", text);
  player.seek(at_ms(8'000));
  REQUIRE(player.lesson().view.received.size() == 1);
  CHECK(player.lesson().view.received[0].topic == "u");
  CHECK(player.lesson().view.received[0].values == std::vector<std::string>{"b", "null", "c"});
}

TEST_CASE("a Metadata response in flight says which brokers it lists") {
  const std::string text = text_of("log/bootstrap");
  Player player(parse(text), "x", text);
  bool listed = false;
  for (std::int64_t ms = 10; ms < 80 && !listed; ms += 2) {
    player.seek(at_ms(ms));
    for (const observe::Message& m : player.snapshot().messages)
      listed = listed || (m.api == "Metadata" && m.response && m.about.en == "Metadata: brokers 1, 2, 3");
  }
  CHECK(listed);
}
