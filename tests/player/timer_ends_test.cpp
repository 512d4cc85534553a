// What happens when a timer ends, and the true length of those whose setting is not what the engine waits for.
#include <algorithm>
#include <fstream>
#include <regex>

#include "broker/broker.h"
#include "client/consumer.h"
#include "player/window.h"
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
