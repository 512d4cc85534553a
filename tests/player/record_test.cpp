// The fate of a clicked record, even of one that is no longer in the log.
#include <algorithm>

#include "app/recent_trace.h"
#include "observe/model/state_document.h"
#include "player/helpers.h"
#include "player/window.h"
#include "ui/headless.h"
#include "ui/keys.h"
#include "ui/looks.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::make_id;

namespace {

const ui::LogModel& click(Player& player, const std::string& partition, std::int64_t offset) {
  Action a = action(ActionKind::SelectRecord, offset);
  a.target = partition;
  player.act(a);
  return player.log();
}

}  // namespace

TEST_CASE("a record's fate is described in both languages") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{4'000'000});
  const ui::LogModel& log = click(player, "orders-0", 0);
  REQUIRE(log.record_open);
  CHECK(log.record_verdict.en == "outcome: acked");
  CHECK(log.record_verdict.ko == "결과: ack 받음");
  CHECK(log.record_story.size() >= 4);
}

TEST_CASE("a record removed by compaction still shows its history, and a tombstone is explained") {
  const std::string text = text_of("log/compaction");
  Player player(parse(text), "x", text);
  std::string partition;
  std::int64_t gone = -1, tombstone = -1;
  for (std::int64_t at = 2'000'000; at <= 40'000'000 && (gone < 0 || tombstone < 0); at += 2'000'000) {
    player.seek(sim::Instant{at});
    for (const observe::Partition& p : player.snapshot().partitions) {
      for (const observe::ReplicaLog& log : p.logs) {
        for (const observe::LogRun& run : log.runs) {
          if (run.compacted && gone < 0) {
            partition = p.name;
            gone = run.base_offset;
            const ui::LogModel& model = click(player, partition, gone);
            REQUIRE(model.record_open);
            CHECK(model.record_verdict.en == "compacted away: its key has a newer record");
            CHECK(model.record_title.ko.find("로그에 없는 레코드") != std::string::npos);
            CHECK(model.record_story.size() >= 2);
          }
          if (run.tombstone && tombstone < 0) {
            tombstone = run.base_offset;
            const ui::LogModel& model = click(player, p.name, tombstone);
            REQUIRE(model.record_open);
            CHECK(model.record_verdict.en.find("tombstone") != std::string::npos);
            CHECK(model.record_verdict.ko.find("툼스톤") != std::string::npos);
          }
        }
      }
    }
  }
  CHECK(gone >= 0);
  CHECK(tombstone >= 0);
}

TEST_CASE("a deleted record that a step points at is marked as deleted, and its place has a ring") {
  const std::string text = text_of("log/retention");
  Player player(parse(text), "x", text);
  ui::LessonView view;
  std::string partition;
  std::int64_t start = 0;
  for (std::int64_t at = 5'000'000; at <= 120'000'000 && start == 0; at += 500'000) {
    player.seek(sim::Instant{at});
    for (const observe::Partition& p : player.snapshot().partitions)
      if (p.leader >= 0 && p.log_start_offset > 0) partition = p.name, start = p.log_start_offset;
  }
  REQUIRE(start > 0);
  view.point = {{"/records/" + partition + "/" + std::to_string(start - 1), {}},
                {"/records/" + partition + "/" + std::to_string(start), {}},
                {"/records/" + partition + "/1000000", {}}};
  fill_pointed_records(view, player.session());
  REQUIRE(view.records.size() == 2);
  CHECK(view.records[0].brief.en == "deleted, the log starts at " + std::to_string(start));
  CHECK(view.records[0].fields.size() == 1);  // no writer of one that is not there
  CHECK_FALSE(view.records[1].brief.en.starts_with("deleted"));
  ui::Headless h;
  h.dashboard.set_layout(ui::Layout::Lesson);
  take_models(h, player);
  h.lesson.view = view;
  h.lesson.view.panels = {"stage", "partitions"};
  h.lesson.view.select = partition;
  CHECK(ui::marks(h, "pointed " + view.point[0].path).size() == 1);
  CHECK(ui::shows(h, view.records[0].brief.en));
}

TEST_CASE("a record below the log start is shown as deleted; an offset without a record shows nothing") {
  const std::string text = text_of("log/retention");
  Player player(parse(text), "x", text);
  std::string partition;
  for (std::int64_t at = 5'000'000; at <= 120'000'000 && partition.empty(); at += 5'000'000) {
    player.seek(sim::Instant{at});
    for (const observe::Partition& p : player.snapshot().partitions) {
      if (p.log_start_offset > 0 && p.leader >= 0) partition = p.name;
    }
  }
  REQUIRE_FALSE(partition.empty());
  const ui::LogModel& log = click(player, partition, 0);
  REQUIRE(log.record_open);
  CHECK(log.record_verdict.en == "deleted: before the log start");
  CHECK_FALSE(click(player, partition, 1'000'000).record_open);
}

TEST_CASE(
    "a click on a producer's count in the ledger lists its records with key and place; each record opens its history") {
  const std::string text = text_of("producer/acks");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{6'000'000});
  Action a = action(ActionKind::SelectFate);
  a.text = "acked";
  a.target = "acks-0";
  player.act(a);
  const auto& log = player.log();
  REQUIRE_FALSE(log.fate_records.empty());
  CHECK(log.fate_client == "acks-0");
  for (const auto& line : log.fate_records) CHECK(line.client == "acks-0");
  CHECK(log.fate_records[0].offset >= 0);
  a.target.clear();
  a.text = "pending";
  player.act(a);
  CHECK(std::any_of(log.fate_records.begin(), log.fate_records.end(),
                    [](const auto& line) { return line.client != "acks-0"; }));

  // Records that only the old leader had acknowledged are in no leader's log once another broker leads.
  player.seek(sim::Instant{25'000'000});
  a.text = "lost_acked";
  player.act(a);
  REQUIRE_FALSE(log.fate_records.empty());
  const auto lost = log.fate_records[0];
  CHECK(lost.offset < 0);
  Action sent = action(ActionKind::SelectSent, lost.number);
  sent.target = lost.client;
  player.act(sent);
  CHECK(log.record_open);
  CHECK(log.record_bad);
  REQUIRE_FALSE(log.record_story.empty());
  CHECK(log.record_story[0].node == lost.client);
}

TEST_CASE("the records of a keyed producer show their keys") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{4'000'000});
  Action a = action(ActionKind::SelectFate);
  a.text = "acked";
  player.act(a);
  REQUIRE_FALSE(player.log().fate_records.empty());
  CHECK(player.log().fate_records[0].key.starts_with("customer-"));
}

TEST_CASE(
    "a fencing and the election after it are explained by the broker's last heartbeat and death, not by the controller's timer") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{14'000'000});
  for (const char* kind : {"leader.elected", "broker.fenced", "isr.committed"}) {
    CAPTURE(kind);
    const auto& entries = player.log().entries;
    const auto line = std::find_if(entries.begin(), entries.end(),
                                   [&](const auto& e) { return e.kind == kind && e.time_us > 13'000'000; });
    REQUIRE(line != entries.end());
    player.act(action(ActionKind::SelectEvent, static_cast<std::int64_t>(line->seq)));
    const auto& chain = player.log().chain;
    REQUIRE(chain.size() >= 3);
    CHECK(chain[0].words.en.find("BrokerHeartbeat") != std::string::npos);
    CHECK(chain[0].time_us < 5'000'000);
    CHECK(chain[1].node == "broker-1");
    CHECK(chain[1].time_us == 5'000'000);
    CHECK(chain.back().seq == line->seq);
  }
}

TEST_CASE(
    "the removal of a group member is explained by its last heartbeat and death, not by the coordinator's timer") {
  const std::string text = text_of("groups/rebalance-eager");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{36'000'000});
  const auto& entries = player.log().entries;
  const auto line = std::find_if(entries.begin(), entries.end(), [](const auto& e) {
    return e.kind == "group.leave" && e.words.en.find("c-4") != std::string::npos;
  });
  REQUIRE(line != entries.end());
  player.act(action(ActionKind::SelectEvent, static_cast<std::int64_t>(line->seq)));
  const auto& chain = player.log().chain;
  REQUIRE(chain.size() == 3);
  CHECK(chain[0].words.en.find("Heartbeat") != std::string::npos);
  CHECK(chain[1].node == "c-4");
  CHECK(chain[1].time_us == 24'000'000);
  CHECK(chain[2].seq == line->seq);
}

TEST_CASE("a record shows its bytes and the result of each deserializer") {
  const std::string text = text_of("log/serializers");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{17'000'000});
  const auto fact = [](const ui::LogModel& log, const char* name) {
    for (const ui::RecordField& field : log.record_contents)
      if (field.name.en == name) return field.value.en;
    return std::string("absent");
  };
  const ui::LogModel& number = click(player, "s-long-0", 0);
  CHECK(fact(number, "value") == "00 00 00 00 00 00 05 dc (8 bytes)");
  CHECK(fact(number, "as reads-long reads it") == "1500");
  CHECK(fact(number, "as in-translation reads it") == "........");
  const ui::LogModel& words = click(player, "s-string-0", 0);
  CHECK(fact(words, "value") == "\"fifteen hundred\"");
  CHECK(fact(words, "value, bytes in hex").starts_with("66 69 66"));
  CHECK(fact(words, "as wrong-long reads it") == "RecordDeserializationException");
  CHECK(fact(click(player, "s-purchase-0", 0), "key") == "\"kim\"");
}

TEST_CASE("a record's history includes every group that read it") {
  const std::string text = text_of("groups/two-groups");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{12'000'000});
  const ui::LogModel& log = click(player, "orders-0", 3);
  REQUIRE(!log.record_contents.empty());
  CHECK(log.record_contents.back().name.en == "read by");
  CHECK(log.record_contents.back().value.en == "billing, search");
  for (const char* reader : {"b-1 · billing", "s-1 · search"})
    CHECK(std::any_of(log.record_story.begin(), log.record_story.end(),
                      [&](const ui::ChainLink& link) { return link.node == reader; }));
}

TEST_CASE(
    "a record's history and hover card show the value that the application wrote; the hover card selects nothing") {
  const std::string text = text_of("log/event");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{9'300'000});
  const auto value = [](const std::vector<ui::RecordField>& fields, const char* name) {
    for (const ui::RecordField& f : fields)
      if (f.name.en == name) return f.value.en;
    return std::string("no such field");
  };
  Action look = action(ActionKind::LookAtRecord, 0);
  look.target = "orders-1";
  player.act(look);
  CHECK_FALSE(player.log().record_open);
  CHECK(player.log().looked_at_partition == "orders-1");
  CHECK(value(player.log().looked_at, "timestamp") == "2024-01-01 00:00:01.000 UTC");
  const ui::LogModel& log = click(player, "orders-1", 0);
  REQUIRE(log.record_open);
  CHECK(value(log.record_contents, "key") == "\"kim\"");
  CHECK(value(log.record_contents, "value") == "\"3 pears\"");
  CHECK(value(log.record_contents, "timestamp") == "2024-01-01 00:00:01.000 UTC");
  CHECK(value(log.record_contents, "header trace-id") == "\"7f3a\"");
  CHECK(value(log.record_contents, "header source") == "\"web\"");
  CHECK(value(log.record_contents, "leader epoch") == "0");
  CHECK(std::any_of(log.record_contents.begin(), log.record_contents.end(),
                    [](const ui::RecordField& f) { return f.name.ko == "타임스탬프"; }));
}

TEST_CASE("a record's card computes its partition from the key as its producer's partitioner does") {
  const auto field = [](const ui::LogModel& log, const char* name) {
    for (const ui::RecordField& f : log.record_contents)
      if (f.name.en == name) return f.value.en;
    return std::string();
  };
  const std::string text = text_of("partitions/key-hash");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{2'900'000});
  CHECK(field(click(player, "orders-2", 0), "partition by key") ==
        "murmur2(\"user-1\") = 0x53b136cc; & 0x7fffffff = 1404122828; mod 3 = 2");
  CHECK(field(player.log(), "partition in fact").empty());
  // Other partitioners say their own rule.
  const auto with = [&](const char* partitioner) {
    std::string changed = text;
    const std::string at = R"({"id": "web", "kind": "producer", "topic": "orders")";
    changed.replace(changed.find(at), at.size(), at + R"(, "partitioner": ")" + partitioner + '"');
    Player other(parse(changed), "x", changed);
    other.seek(sim::Instant{2'900'000});
    for (const char* partition : {"orders-0", "orders-1", "orders-2"})
      if (const std::string rule = field(click(other, partition, 0), "partition by key"); !rule.empty()) return rule;
    return std::string();
  };
  CHECK(with("crc32").starts_with("CRC-32 mod 3 = "));
  CHECK(with("round_robin") == "the key does not count: the partitions take turns");
}

TEST_CASE("a coordinator's record is shown with its fields, in its panel and in the state document") {
  const std::string text = text_of("groups/two-groups");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{12'000'000});
  int commits = 0;
  for (std::int32_t p = 0; p < 50; ++p)
    for (std::int64_t offset = 0; offset < 40; ++offset) {
      const std::string partition = "__consumer_offsets-" + std::to_string(p);
      const std::string path = "/records/" + partition + "/" + std::to_string(offset);
      const auto state = observe::state_at(player.session().moment(), path);
      if (!state || !state->contains("key") ||
          !(*state)["key"].get<std::string>().starts_with("OffsetCommit group=billing topic=orders partition=orders-"))
        continue;
      ++commits;
      CHECK((*state)["value"].get<std::string>().starts_with("offset="));
      const ui::LogModel& model = click(player, partition, offset);
      REQUIRE(model.record_open);
      CHECK(model.record_contents[0].value.en == (*state)["key"]);
      CHECK(model.record_contents[1].value.ko == (*state)["value"]);
      break;
    }
  CHECK(commits > 0);
}

TEST_CASE("selecting something else closes the open record") {
  const std::string text = text_of("log/event");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{9'300'000});
  REQUIRE(click(player, "orders-1", 0).record_open);
  Action select = action(ActionKind::Select);
  select.target = "broker-1";
  player.act(select);
  CHECK_FALSE(player.log().record_open);
  CHECK(player.log().record_contents.empty());
}

TEST_CASE("Why? about a lost record on a replica that still has it asks about the record's fate") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
    CAPTURE(static_cast<int>(layout));
    PlayerWindow w("producer/acks", 20'000'000, layout, 1280, 720);
    w.h.dashboard.state().drawer = layout == Layout::Workbench;  // the inspector, as a click on the record opens it
    // An earlier answer does not keep W from asking about the record.
    w.h.dashboard.state().selection = "broker-1";
    w.key(ui::kKeyW);
    REQUIRE(w.player.log().why.open);
    Action look = action(ActionKind::SelectRecord, 749);
    look.target = "orders-0";
    look.other = "broker-1";
    w.player.act(look);
    w.frames(3);
    REQUIRE(w.player.log().record_open);
    REQUIRE(w.player.log().record_title.en == "orders-0 offset 749 on broker-1: record 295 of acks-1");
    w.key(ui::kKeyW);
    const ui::WhyModel& why = w.player.log().why;
    REQUIRE(why.open);
    CHECK(why.path == "/sent/acks-1/295");
    CHECK(why.question.en == "Why was record 295 of acks-1 lost?");
    if (layout == Layout::Presenter) continue;
    // So does the card's button.
    w.player.act(action(ActionKind::ClearChain));
    w.player.act(look);
    w.frames(3);
    CHECK(w.click(make_id("why " + w.player.log().record_path)));
    CHECK(w.player.log().why.path == "/sent/acks-1/295");
  }
}
