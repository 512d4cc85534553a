// What happens when a timer ends, and the true length of those whose setting is not what the engine waits for.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "broker/broker.h"
#include "client/consumer.h"
#include "player/window.h"
#include "ui/looks.h"
#include "ui/strings.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

const observe::Timer* client_timer(const observe::Snapshot& world, const char* client, const char* key) {
  for (const observe::Client& c : world.clients)
    for (const observe::Timer& t : c.timers)
      if (world.nodes[static_cast<std::size_t>(c.node)].name == client && t.key == key) return &t;
  return nullptr;
}

}  // namespace

TEST_CASE("every setting that a snapshot has a timer of says what happens when the timer ends") {
  int keys = 0;
  for (const char* part : {"builder", "clients", "groups", "transactions", "zookeeper"}) {
    std::ifstream in(source_root() + "/src/observe/model/snapshot_" + part + ".cpp");
    REQUIRE(in.good());
    std::ostringstream text;
    text << in.rdbuf();
    const std::string source = text.str();
    const std::regex setting("\"([a-z][a-z.]+\\.ms)\"");
    for (std::sregex_iterator it(source.begin(), source.end(), setting), none; it != none; ++it) {
      observe::Timer timer;
      timer.key = (*it)[1];
      CAPTURE(timer.key);
      ++keys;
      REQUIRE(observe::timer_end(timer) != words::Key());
      const std::string en = ui::tr(ui::Lang::En, observe::timer_end(timer)),
                        ko = ui::tr(ui::Lang::Ko, observe::timer_end(timer));
      CHECK(en.starts_with("then "));
      CHECK(ko.starts_with("그 뒤 "));
    }
  }
  CHECK(keys >= 17);
  // The coordinator waits for a member of which it has not heard with the member's own limit, but what follows is another thing.
  observe::Timer poll;
  poll.key = "max.poll.interval.ms";
  observe::Timer awaited = poll;
  awaited.at_server = true;
  CHECK(observe::timer_end(poll) != observe::timer_end(awaited));
}

TEST_CASE("each setting of time that a bundled lesson tells of has an arc, or a reason why not in docs/timers.md") {
  std::ifstream in(source_root() + "/docs/timers.md");
  REQUIRE(in.good());
  std::ostringstream table;
  table << in.rdbuf();
  const std::string reasons = table.str();
  const std::regex setting("[a-z]+(\\.[a-z]+)*\\.(ms|seconds|minutes|hours)\\b");
  std::set<std::string> told;
  for (const auto& file : std::filesystem::recursive_directory_iterator(source_root() + "/scenarios")) {
    if (file.path().extension() != ".json") continue;
    std::ifstream lesson(file.path());
    std::ostringstream text;
    text << lesson.rdbuf();
    const std::string all = text.str();
    for (std::sregex_iterator it(all.begin(), all.end(), setting), none; it != none; ++it) told.insert(it->str());
  }
  CHECK(told.size() > 25);
  for (const std::string& key : told) {
    observe::Timer timer;
    timer.key = key;
    const bool arc = observe::timer_end(timer) != words::Key(),
               excused = reasons.find("| `" + key + "` | ") != std::string::npos;
    CHECK_MESSAGE(arc != excused, key);
  }
}

TEST_CASE(
    "before its check of the preferred leaders the active controller has an arc, if a partition is led by another") {
  const std::string text = text_of("replication/preferred-leader");
  Player player(parse(text), "x", text);
  const auto arc = [&](std::int64_t us) -> const observe::Timer* {
    player.seek(sim::Instant{us});
    for (const observe::Node& n : player.snapshot().nodes)
      if (n.active_controller && n.session.running) return &n.session;
    return nullptr;
  };
  CHECK(arc(2'000'000) == nullptr);  // each partition has its preferred leader
  const observe::Timer* before = arc(40'000'000);
  REQUIRE(before != nullptr);
  CHECK(before->key == "leader.imbalance.check.interval.seconds");
  CHECK(before->value == "60");
  CHECK(before->total_us == 60'000'000);
  CHECK(before->remaining_us == 20'000'000);
  ui::Headless h;
  for (const ui::Layout layout : {ui::Layout::Lesson, ui::Layout::Workbench, ui::Layout::Presenter}) {
    h.dashboard.set_layout(layout);
    h.dashboard.diagnostics().on = true;
    take_models(h, player);
    h.settle();
    CHECK(ui::marks(h, "timer ring").size() == 1);
  }
  CHECK(arc(62'000'000) == nullptr);  // broker-1 leads its partitions again
}

TEST_CASE(
    "a send() that waits for memory runs down as max.block.ms, and a batch that is sent again as retry.backoff.ms") {
  const std::string text = text_of("producer/options");
  Player player(parse(text), "x", text);
  const observe::Timer* block = nullptr;
  for (std::int64_t ms = 6'500; ms < 11'000 && block == nullptr; ms += 100) {
    player.seek(sim::Instant{ms * 1000});
    block = client_timer(player.snapshot(), "small-buffer", "max.block.ms");
  }
  REQUIRE(block != nullptr);
  CHECK(block->total_us == 2'000'000);
  CHECK(block->value == "2000");
  const std::string reorder = text_of("producer/retries-reorder");
  Player again(parse(reorder), "x", reorder);
  const observe::Timer* backoff = nullptr;
  for (std::int64_t ms = 4'000; ms < 4'300 && backoff == nullptr; ms += 5) {
    again.seek(sim::Instant{ms * 1000});
    backoff = client_timer(again.snapshot(), "idem-off", "retry.backoff.ms");
  }
  REQUIRE(backoff != nullptr);
  CHECK(backoff->routine);
  CHECK(backoff->value == "100");
  CHECK(backoff->total_us >= 80'000);
  CHECK(backoff->total_us <= 120'000);
}

TEST_CASE("after a failed auto commit the arc is the back-off for which the consumer waits") {
  const std::string text = R"({"format": 1, "id": "again", "kafka": "4.1", "seed": 3,
    "cluster": {"brokers": 2, "config": {"offsets.topic.replication.factor": 2, "min.insync.replicas": 2,
      "offsets.topic.num.partitions": 1, "replica.lag.time.max.ms": 60000, "broker.session.timeout.ms": 60000}},
    "topics": [{"name": "orders", "replication_factor": 1, "assignments": {"0": [1]}, "config": {"min.insync.replicas": 1}}],
    "clients": [
      {"id": "shop", "kind": "producer", "topic": "orders", "rate": "5/s"},
      {"id": "audit", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "books",
        "auto.commit.interval.ms": 4000, "retry.backoff.ms": 3000, "retry.backoff.max.ms": 3000}}],
    "steps": [], "until": "60s"})";
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{8'000'000});
  REQUIRE(player.snapshot().groups.size() == 1);
  player.act(fault("pause", player.snapshot().groups.front().coordinator == 1 ? "broker-2" : "broker-1"));
  int again = 0, usual = 0;
  for (std::int64_t ms = 8'000; ms < 40'000; ms += 200) {
    player.seek(sim::Instant{ms * 1000});
    CAPTURE(ms);
    const observe::Snapshot& world = player.snapshot();
    const auto node =
        std::find_if(world.nodes.begin(), world.nodes.end(), [](const observe::Node& n) { return n.name == "audit"; });
    const auto* consumer = player.session().cluster().role<client::Consumer>(
        sim::NodeId{static_cast<std::int32_t>(node - world.nodes.begin())});
    const std::int64_t left =
        std::max<std::int64_t>(0, (consumer->group().timers().auto_commit_due - player.session().cluster().now()).us);
    const observe::Timer* retry = client_timer(world, "audit", "retry.backoff.ms");
    const observe::Timer* commit = client_timer(world, "audit", "auto.commit.interval.ms");
    REQUIRE((retry != nullptr) != (commit != nullptr));
    const observe::Timer& arc = retry != nullptr ? *retry : *commit;
    CHECK(arc.routine);
    CHECK(arc.remaining_us == left);
    CHECK(arc.total_us == (retry != nullptr ? 3'000'000 : 4'000'000));
    CHECK(arc.value == (retry != nullptr ? "3000" : "4000"));
    ++(retry != nullptr ? again : usual);
  }
  CHECK(again >= 10);
  CHECK(usual >= 10);
}

TEST_CASE("the arc of a share lock begins where the lock was given, also after its setting was changed") {
  std::string text = text_of("../tests/stories/share-lock-ends-in-the-buffer");
  const std::string before = R"({"at": "13s", "expect")";
  const auto at = text.find(before);
  REQUIRE(at != std::string::npos);
  for (const char* ms : {"20000", "10000"}) {
    CAPTURE(ms);
    std::string changed = text;
    changed.insert(at,
                   R"({"at": "12s", "do": "configure", "group": "pool", "config": {"share.record.lock.duration.ms": )" +
                       std::string(ms) + "}},\n    ");
    Player player(parse(changed), "x", changed);
    player.seek(sim::Instant{20'000'000});
    const observe::Timer* old = client_timer(player.snapshot(), "slow", "share.record.lock.duration.ms");
    REQUIRE(old != nullptr);
    CHECK(old->total_us == 15'000'000);  // given soon after 10 s
    CHECK(old->value == "15000");
    CHECK(old->remaining_us < 6'000'000);
    CHECK(old->remaining_us > 4'000'000);
  }
}

TEST_CASE(
    "the arc of a share lock is on its member's card however narrow the card, also while the member stands still") {
  const std::string text = text_of("../tests/stories/share-member-dies");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{34'000'000});  // s-2 stands still since 20.1 s
  player.play(false);
  REQUIRE(client_timer(player.snapshot(), "s-2", "share.record.lock.duration.ms") != nullptr);
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko})
    for (const ui::Layout layout : {ui::Layout::Lesson, ui::Layout::Workbench})
      for (const float w : {1024.f, 1280.f, 1920.f}) {
        CAPTURE(w);
        CAPTURE(static_cast<int>(layout));
        ui::Headless h;
        h.size(w, w * 9 / 16);
        h.dashboard.set_language(lang);
        h.dashboard.set_layout(layout);
        h.dashboard.diagnostics().on = true;
        take_models(h, player);
        h.settle();
        const auto node = static_cast<std::uint64_t>(
            std::distance(h.world.nodes.begin(), std::find_if(h.world.nodes.begin(), h.world.nodes.end(),
                                                              [](const observe::Node& n) { return n.name == "s-2"; })));
        CHECK_FALSE(h.dashboard.hits().find(ui::make_id("timer", node)).empty());
      }
}
