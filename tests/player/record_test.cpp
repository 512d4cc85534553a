// The fate of a clicked record, also of one that is no longer in the log.
#include "player/helpers.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

const ui::LogModel& click(Player& player, const std::string& partition, std::int64_t offset) {
  Action a = action(ActionKind::SelectRecord, offset);
  a.target = partition;
  player.act(a);
  return player.log();
}

}  // namespace

TEST_CASE("a record says its fate in both languages") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{4'000'000});
  const ui::LogModel& log = click(player, "orders-0", 0);
  REQUIRE(log.record_open);
  CHECK(log.record_verdict.en == "fate: acked");
  CHECK(log.record_verdict.ko == "결과: ack 받음");
  CHECK(log.record_story.size() >= 4);
}

TEST_CASE("a record that compaction took away still tells its way; a tombstone says what it is") {
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
            CHECK(model.record_verdict.ko.find("톰스톤") != std::string::npos);
          }
        }
      }
    }
  }
  CHECK(gone >= 0);
  CHECK(tombstone >= 0);
}

TEST_CASE("a record before the log start says that it was deleted; an offset that never was says nothing") {
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
  CHECK(log.record_verdict.en == "deleted: it lies before the log start");
  CHECK_FALSE(click(player, partition, 1'000'000).record_open);
}
