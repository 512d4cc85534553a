// The arcs of timers that servers keep for a client, or that end as planned: locks of share groups, the wait before a group's first
// rebalance, auto commits, linger.ms. Their ends are the engine's, and a person finds their keys.
#include <algorithm>

#include "broker/broker.h"
#include "client/consumer.h"
#include "client/producer.h"
#include "player/window.h"
#include "ui/keys.h"
#include "ui/looks.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::Lang;
using ui::Layout;
using ui::make_id;

namespace {

const char* const kGroupStarts = R"({"format": 1, "id": "routine", "kafka": "4.1", "seed": 3,
  "cluster": {"brokers": 1, "config": {"offsets.topic.replication.factor": 1}},
  "topics": [{"name": "orders", "partitions": 1}],
  "clients": [
    {"id": "shop", "kind": "producer", "topic": "orders", "rate": "1/s", "config": {"linger.ms": 600}},
    {"id": "audit", "kind": "consumer", "topics": ["orders"], "start": "2s",
     "config": {"group.id": "books", "auto.commit.interval.ms": 4000}}],
  "steps": [], "until": "40s"})";

const char* const kShareLocks = "../tests/stories/share-lock-ends-in-the-buffer";

const observe::Client& client_called(const observe::Snapshot& world, const std::string& name) {
  return *std::find_if(world.clients.begin(), world.clients.end(), [&](const observe::Client& c) {
    return world.nodes[static_cast<std::size_t>(c.node)].name == name;
  });
}
const observe::Timer* arc_of(const observe::Client& c, const char* key) {
  const auto it = std::find_if(c.timers.begin(), c.timers.end(), [&](const observe::Timer& t) { return t.key == key; });
  return it == c.timers.end() ? nullptr : &*it;
}
void go_to(Player& player, std::int64_t ms) { player.seek(sim::Instant{ms * 1000}); }

}  // namespace

TEST_CASE("the lock of a share group's member is the one that ends first in the partition leader's state") {
  const std::string text = text_of(kShareLocks);
  Player player(parse(text), "x", text);
  int locked = 0, arcs = 0;
  for (std::int64_t ms = 9'500; ms < 50'000; ms += 500) {
    CAPTURE(ms);
    go_to(player, ms);
    const observe::Snapshot& world = player.snapshot();
    const cluster::Cluster& c = player.session().cluster();
    std::map<std::string, std::int64_t> first;  // by member id
    for (const auto& [key, entry] : c.broker(1)->share_groups().partitions)
      for (const broker::SharePartition::Record& r : entry.partition.window())
        if (r.state == broker::RecordState::Acquired && r.member >= 0) {
          const std::string& id = entry.partition.members()[static_cast<std::size_t>(r.member)];
          const std::int64_t left = (r.lock_until - c.now()).us;
          first[id] = first.contains(id) ? std::min(first[id], left) : left;
        }
    if (world.groups.empty()) continue;
    for (const observe::GroupMember& m : world.groups.front().members) {
      REQUIRE(m.lock.running == first.contains(m.member_id));
      const observe::Timer* arc = arc_of(client_called(world, m.client), "share.record.lock.duration.ms");
      CHECK((arc != nullptr) == observe::matters(m.lock));
      if (!m.lock.running) continue;
      ++locked;
      CHECK(m.lock.remaining_us == first[m.member_id]);
      CHECK(m.lock.total_us == 15'000'000);
      CHECK(m.lock.value == "15000");
      CHECK(m.lock.source == observe::ConfigSource::Live);
      if (arc == nullptr) continue;
      ++arcs;
      CHECK(arc->remaining_us == m.lock.remaining_us);
      CHECK_FALSE(arc->routine);
    }
  }
  CHECK(locked > 20);
  CHECK(arcs > 5);
}

TEST_CASE("a member that stands still has the arc of its lock for as long as the leader keeps it") {
  const std::string text = text_of("../tests/stories/share-member-dies");
  Player player(parse(text), "x", text);
  go_to(player, 34'000);  // s-2 stands still since 20.1 s
  const observe::Timer* lock = arc_of(client_called(player.snapshot(), "s-2"), "share.record.lock.duration.ms");
  REQUIRE(lock != nullptr);
  CHECK(lock->remaining_us < 2'000'000);
  go_to(player, 36'500);
  CHECK(arc_of(client_called(player.snapshot(), "s-2"), "share.record.lock.duration.ms") == nullptr);
}

TEST_CASE("a classic group's first rebalance waits as long as its arc says, and each member's card has it") {
  Player player(parse(kGroupStarts), "x", kGroupStarts);
  int seen = 0;
  std::int64_t end_ms = 0;
  for (std::int64_t ms = 2'000; ms < 9'000; ms += 100) {
    CAPTURE(ms);
    go_to(player, ms);
    const observe::Snapshot& world = player.snapshot();
    if (world.groups.empty()) continue;
    const observe::Group& g = world.groups.front();
    const auto engine = player.session().cluster().broker(1)->coordinator().join_timer("books");
    CHECK(g.initial_delay.running == engine.has_value());
    if (!engine) continue;
    ++seen;
    CHECK(g.state == "PreparingRebalance");
    CHECK(g.initial_delay.remaining_us == (engine->due - player.session().cluster().now()).us);
    CHECK(g.initial_delay.total_us == 3'000'000);
    CHECK(g.initial_delay.key == "group.initial.rebalance.delay.ms");
    CHECK(g.initial_delay.source == observe::ConfigSource::Default);
    end_ms = ms + g.initial_delay.remaining_us / 1000;
    CHECK(arc_of(client_called(world, "audit"), "group.initial.rebalance.delay.ms") != nullptr);
  }
  REQUIRE(seen > 20);
  go_to(player, end_ms + 200);
  CHECK(player.snapshot().groups.front().state == "Stable");
}

TEST_CASE("the arc of auto.commit.interval.ms ends when the consumer commits, and begins anew") {
  Player player(parse(kGroupStarts), "x", kGroupStarts);
  std::int64_t due_us = -1;
  int ends = 0;
  for (std::int64_t ms = 8'000; ms < 25'000; ms += 250) {
    go_to(player, ms);
    const auto* consumer =
        player.session().cluster().role<client::Consumer>(sim::NodeId{client_called(player.snapshot(), "audit").node});
    const observe::Timer* t = arc_of(client_called(player.snapshot(), "audit"), "auto.commit.interval.ms");
    REQUIRE(t != nullptr);
    CHECK(t->routine);
    CHECK(t->total_us == 4'000'000);
    CHECK(t->source == observe::ConfigSource::Scenario);
    const std::int64_t due = consumer->group().timers().auto_commit_due.us;
    CHECK(t->remaining_us == std::max<std::int64_t>(0, due - player.session().cluster().now().us));
    if (due_us >= 0 && due != due_us) {
      CHECK(due_us <= player.session().cluster().now().us);
      CHECK(due > due_us + 3'900'000);
      ++ends;
    }
    due_us = due;
  }
  CHECK(ends >= 3);
}

TEST_CASE("the arc of linger.ms ends when the producer sends the batch") {
  Player player(parse(kGroupStarts), "x", kGroupStarts);
  std::int64_t end_us = -1;
  for (std::int64_t ms = 5'000; ms < 8'000 && end_us < 0; ms += 20) {
    go_to(player, ms);
    const observe::Client& shop = client_called(player.snapshot(), "shop");
    const observe::Timer* t = arc_of(shop, "linger.ms");
    if (t == nullptr || t->remaining_us > 300'000) continue;
    CHECK(t->routine);
    CHECK(t->total_us == 600'000);
    CHECK(t->value == "600");
    end_us = ms * 1000 + t->remaining_us;
  }
  REQUIRE(end_us > 0);
  player.seek(sim::Instant{end_us - 1});
  CHECK(arc_of(client_called(player.snapshot(), "shop"), "linger.ms") != nullptr);
  CHECK(client_called(player.snapshot(), "shop").in_flight == 0);
  player.seek(sim::Instant{end_us});
  CHECK(arc_of(client_called(player.snapshot(), "shop"), "linger.ms") == nullptr);
  CHECK(client_called(player.snapshot(), "shop").in_flight == 1);
}

TEST_CASE("the arcs of what ends as planned are on the card that is looked at; the pointer names their keys and ends") {
  struct ArcOnCard {
    Player* player;
    const char *client, *key;
    std::int64_t at_ms;
    const char* region;
  };
  Player waiting(parse(kGroupStarts), "x", kGroupStarts);
  const std::string text = text_of(kShareLocks);
  Player locks(parse(text), "x", text);
  const ArcOnCard arcs[] = {{&waiting, "audit", "auto.commit.interval.ms = 4000", 9'000, "routine timer"},
                            {&waiting, "audit", "group.initial.rebalance.delay.ms = 3000", 4'000, "routine timer"},
                            {&waiting, "shop", "linger.ms = 600", 5'200, "routine timer"},
                            {&locks, "slow", "share.record.lock.duration.ms = 15000", 18'000, "timer"}};
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const ArcOnCard& arc : arcs)
      for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
        CAPTURE(arc.client);
        CAPTURE(arc.key);
        CAPTURE(static_cast<int>(layout));
        go_to(*arc.player, arc.at_ms);
        arc.player->play(false);
        ui::Headless h;
        h.size(1280, 720);
        h.dashboard.set_language(lang);
        h.dashboard.set_layout(layout);
        take_models(h, *arc.player);
        const auto node = static_cast<std::uint64_t>(client_called(h.world, arc.client).node);
        h.settle();
        const bool routine = arc.region == std::string_view("routine timer");
        // In a lesson that is about something else a routine arc is not there.
        if (routine && layout != Layout::Workbench) CHECK(h.dashboard.hits().find(make_id(arc.region, node)).empty());
        h.click(make_id("node", node));
        if (layout == Layout::Presenter)
          h.dashboard.state().selection = arc.client;  // nothing is clicked in front of people
        ui::clean(h);
        const ui::Rect ring = h.dashboard.hits().find(make_id(arc.region, node));
        REQUIRE_FALSE(ring.empty());
        CHECK(ui::marks(h, routine ? "routine ring" : "timer ring").size() >= 1);
        if (layout == Layout::Presenter) {
          const std::vector<ui::Rect> sample = ui::marks(h, "key of arcs");
          REQUIRE(sample.size() == 1);
          CHECK(ui::shows(h, std::string(arc.key).substr(0, std::string(arc.key).find(' '))));
          continue;
        }
        h.move(ring.cx(), ring.cy());
        for (int i = 0; i < 30; ++i) h.frame();  // the pointer rests
        const auto& facts = h.dashboard.state().tip.facts;
        const auto fact = std::find_if(facts.begin(), facts.end(), [&](const auto& of) {
          return of.first.starts_with(std::string(arc.key) + " (");
        });
        REQUIRE(fact != facts.end());
        CHECK((lang == Lang::En ? fact->second.ends_with(" s left") : fact->second.ends_with("초 남음")));
      }
}

TEST_CASE("an arc that would only flicker at the present speed is left out") {
  PlayerWindow w("producer/options", 3'000'000);
  ui::Headless& h = w.h;
  observe::Client& shop = *std::find_if(h.world.clients.begin(), h.world.clients.end(),
                                        [](const observe::Client& c) { return c.accumulator.buffer_total > 0; });
  shop.timers = {{true, 3'000, 5'000, "linger.ms", "5", observe::ConfigSource::Default, true}};
  h.time.playing = false;
  CHECK(ui::marks(h, "routine ring").size() >= 1);
  const std::size_t at_rest = ui::marks(h, "routine ring").size();
  h.time.playing = true;
  h.time.rate_ppm = 1'000'000;
  CHECK(ui::marks(h, "routine ring").size() == at_rest - 1);
  h.time.rate_ppm = 1'000;  // 5 ms take 5 s
  CHECK(ui::marks(h, "routine ring").size() == at_rest);
}

TEST_CASE("a group's panel has the arc of its first rebalance, and the arcs of its members' locks") {
  const std::string text = text_of(kShareLocks);
  Player waiting(parse(kGroupStarts), "x", kGroupStarts), locks(parse(text), "x", text);
  go_to(waiting, 4'000);
  go_to(locks, 18'000);
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    ui::Headless h;
    h.size(1280, 720);
    h.dashboard.set_language(lang);
    h.dashboard.set_layout(Layout::Workbench);
    take_models(h, waiting);
    h.key(ui::kKey0 + ui::digit_of(ui::Tab::Groups));
    ui::clean(h);
    REQUIRE(ui::marks(h, "initial delay").size() == 1);
    CHECK(ui::shows(h, lang == Lang::En ? "waits for members, " : "초 더 기다려요"));
    const ui::Rect ring = h.dashboard.hits().find(make_id("initial delay", 0));
    h.move(ring.cx(), ring.cy());
    for (int i = 0; i < 30; ++i) h.frame();
    REQUIRE(h.dashboard.state().tip.facts.size() == 1);
    CHECK(h.dashboard.state().tip.facts[0].first.starts_with("group.initial.rebalance.delay.ms = 3000"));
    take_models(h, locks);
    ui::clean(h);
    CHECK(ui::marks(h, "initial delay").empty());
    CHECK(ui::marks(h, "lock ring").size() == 1);
    const ui::Rect lock = h.dashboard.hits().find(make_id("lock ring", 0));
    REQUIRE_FALSE(lock.empty());
    h.move(lock.cx(), lock.cy());
    for (int i = 0; i < 30; ++i) h.frame();
    REQUIRE(h.dashboard.state().tip.facts.size() == 1);
    CHECK(h.dashboard.state().tip.facts[0].first.starts_with("share.record.lock.duration.ms = 15000"));
    h.lesson.view.panels = {"groups"};
    h.dashboard.set_layout(Layout::Presenter);
    take_models(h, waiting);
    h.lesson.view.panels = {"groups"};
    ui::clean(h);
    CHECK(ui::marks(h, "initial delay").size() == 1);
  }
}

TEST_CASE("the help's page about cards explains the arcs of what ends as planned") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    ui::Headless h;
    h.size(1280, 720);
    h.dashboard.set_language(lang);
    h.key(ui::kKeySlash, false, true);
    h.settle();
    h.click(make_id("help page", 1));
    h.settle();
    CHECK(ui::shows(h, lang == Lang::En ? "auto commit" : "자동 커밋"));
    CHECK(ui::shows(h, lang == Lang::En ? "first lock" : "첫 잠금"));
  }
}
