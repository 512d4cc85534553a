// The deadlines of clients and followers as arcs: they are the engine's, and only those that matter are drawn.
#include <algorithm>
#include <memory>

#include "broker/broker.h"
#include "client/consumer.h"
#include "client/producer.h"
#include "player/window.h"
#include "ui/keys.h"
#include "ui/looks.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::Layout;
using ui::make_id;
using ui::Rect;

namespace {

const char* const kPaused = R"({"format": 1, "id": "timers", "kafka": "4.1", "seed": 3,
  "cluster": {"brokers": 2, "config": {"replica.lag.time.max.ms": 9000, "broker.session.timeout.ms": 60000}},
  "topics": [{"name": "orders", "replication_factor": 2, "assignments": {"0": [1, 2]}}],
  "clients": [
    {"id": "shop", "kind": "producer", "topic": "orders", "rate": "5/s",
     "config": {"request.timeout.ms": 12000, "delivery.timeout.ms": 21000, "linger.ms": 0}},
    {"id": "audit", "kind": "consumer", "topics": ["orders"], "work": "9s",
     "config": {"group.id": "audit", "max.poll.interval.ms": 12000, "max.poll.records": 1}}],
  "steps": [{"at": "5s", "do": "pause", "node": "broker-2"}], "until": "40s"})";

const observe::Client& client_named(const observe::Snapshot& world, const char* name) {
  return *std::find_if(world.clients.begin(), world.clients.end(), [&](const observe::Client& c) {
    return world.nodes[static_cast<std::size_t>(c.node)].name == name;
  });
}
const observe::Timer* timer(const observe::Client& c, const char* key) {
  const auto it = std::find_if(c.timers.begin(), c.timers.end(), [&](const observe::Timer& t) { return t.key == key; });
  return it == c.timers.end() ? nullptr : &*it;
}

}  // namespace

TEST_CASE("timers of requests, batches and polls show the client's remaining time once a third of it has passed") {
  Player player(parse(kPaused), "x", kPaused);
  player.seek(sim::Instant{6'000'000});
  CHECK(client_named(player.snapshot(), "shop").timers.empty());  // they run, but nothing is late yet
  player.seek(sim::Instant{
      13'000'000});  // with acks=all the answer waits for broker-2, which is in the ISR until it has lagged for 9 s
  const observe::Client& shop = client_named(player.snapshot(), "shop");
  const observe::Timer* request = timer(shop, "request.timeout.ms");
  REQUIRE(request != nullptr);
  CHECK(request->total_us == 12'000'000);
  CHECK(request->value == "12000");
  CHECK(request->source == observe::ConfigSource::Scenario);
  CHECK(request->remaining_us < 5'000'000);  // sent a moment after 5 s
  CHECK(request->remaining_us > 3'500'000);
  const observe::Timer* delivery = timer(shop, "delivery.timeout.ms");
  REQUIRE(delivery != nullptr);
  CHECK(delivery->remaining_us - request->remaining_us > 8'000'000);
  CHECK(delivery->remaining_us - request->remaining_us < 9'100'000);
  CHECK(shop.timers.front().key == "request.timeout.ms");  // the more urgent one
  // w-1 works for 15 s on the record of 8 s, and may go 10 s without a poll.
  const std::string text = text_of("consumer/max-poll-interval");
  Player slow(parse(text), "x", text);
  slow.seek(sim::Instant{9'000'000});
  CHECK(timer(client_named(slow.snapshot(), "w-1"), "max.poll.interval.ms") == nullptr);
  slow.seek(sim::Instant{14'000'000});
  const observe::Timer* poll = timer(client_named(slow.snapshot(), "w-1"), "max.poll.interval.ms");
  REQUIRE(poll != nullptr);
  CHECK(poll->total_us == 10'000'000);
  CHECK(poll->remaining_us > 3'500'000);
  CHECK(poll->remaining_us < 5'000'000);
}

TEST_CASE("a lagging follower in the ISR shows the leader's remaining time of replica.lag.time.max.ms") {
  Player player(parse(kPaused), "x", kPaused);
  const auto lagging = [&]() -> const observe::Node& {
    const auto& nodes = player.snapshot().nodes;
    return *std::find_if(nodes.begin(), nodes.end(), [](const observe::Node& n) { return n.name == "broker-2"; });
  };
  player.seek(sim::Instant{7'000'000});
  CHECK(lagging().lagging.empty());
  player.seek(sim::Instant{12'000'000});
  REQUIRE(lagging().lagging.size() == 1);
  const observe::Timer& lag = lagging().lagging.front().second;
  CHECK(lag.key == "replica.lag.time.max.ms");
  CHECK(lag.total_us == 9'000'000);
  CHECK(lag.remaining_us > 1'000'000);
  CHECK(lag.remaining_us < 2'300'000);  // caught up until about 5 s
  player.seek(sim::Instant{25'000'000});
  CHECK(lagging().lagging.empty());  // out of the ISR: it no longer counts
}

TEST_CASE("the arcs of timers are on the cards in every layout; pointing at one shows its key and remaining time") {
  Player player(parse(kPaused), "x", kPaused);
  player.seek(sim::Instant{13'000'000});
  for (const Layout layout : {Layout::Workbench, Layout::Lesson, Layout::Presenter}) {
    CAPTURE(static_cast<int>(layout));
    ui::Headless h;
    h.size(1280, 720);
    h.dashboard.set_layout(layout);
    h.dashboard.diagnostics().on = true;
    take_models(h, player);
    h.settle();
    const auto count = [&](const char* what) {
      const auto& all = h.dashboard.diagnostics().marks;
      return std::count_if(all.begin(), all.end(), [&](const auto& mark) { return mark.second == what; });
    };
    CHECK(count("timer ring") >= 1);
    CHECK(count("lag ring") == 1);
    if (layout == Layout::Presenter) continue;
    const std::size_t index = static_cast<std::size_t>(client_named(h.world, "shop").node);
    const ui::Rect ring = h.dashboard.hits().find(make_id("timer", index));
    REQUIRE_FALSE(ring.empty());
    h.move(ring.cx(), ring.cy());
    for (int i = 0; i < 30; ++i) h.frame();  // the pointer rests
    const ui::Tip& tip = h.dashboard.state().tip;
    REQUIRE(tip.facts.size() == 4);
    CHECK(tip.facts[0].first == "request.timeout.ms = 12000 (scenario)");
    CHECK(tip.facts[0].second.ends_with(" s left"));
    CHECK(tip.facts[1].first == "then the client closes the connection and tries again");
    CHECK(tip.facts[2].first == "delivery.timeout.ms = 21000 (scenario)");
    CHECK(tip.facts[3].first == "then the batch fails with TimeoutException");
  }
}

TEST_CASE("voters that hear of no leader have an arc that runs down, in the lesson and in front of people") {
  const std::string text = text_of("controller/kraft-failover");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{8'000'000});
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    ui::Headless h;
    h.dashboard.set_layout(layout);
    take_models(h, player);
    CHECK(ui::marks(h, "timer ring").size() >= 2);
  }
}

TEST_CASE("the session of a group's member that has crashed runs down on its card and beside its name") {
  const std::string text = text_of("groups/rebalance-eager");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{30'000'000});
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    ui::Headless h;
    h.dashboard.set_layout(layout);
    take_models(h, player);
    REQUIRE(ui::marks(h, "timer ring").size() == 1);
    CHECK(ui::marks(h, "session of a member").size() == 1);
    CHECK(ui::shows(h, layout == Layout::Presenter ? "1.4 s left" : "removed in 1.4 s"));
    if (layout == Layout::Presenter) continue;
    const observe::GroupMember* gone = nullptr;
    for (const observe::GroupMember& m : h.world.groups.front().members)
      if (h.world.nodes[static_cast<std::size_t>(m.node)].down()) gone = &m;
    REQUIRE(gone != nullptr);
    const ui::Rect ring = h.dashboard.hits().find(make_id("card timer", static_cast<std::uint64_t>(gone->node)));
    REQUIRE_FALSE(ring.empty());
    h.move(ring.cx(), ring.cy());
    for (int i = 0; i < 30; ++i) h.frame();
    REQUIRE(h.dashboard.state().tip.facts.size() == 2);
    CHECK(h.dashboard.state().tip.facts[0].first == "session.timeout.ms = 10000 (scenario)");
    CHECK(h.dashboard.state().tip.facts[1].first == "then the member is removed and the group rebalances");
    h.actions();
    h.click(ring.cx(), ring.cy());
    CHECK(h.take(ActionKind::Select).target == h.world.nodes[static_cast<std::size_t>(gone->node)].name);
  }
}

TEST_CASE("in front of people the top bar names the setting of each arc that runs down, and no others") {
  const auto key_of = [](const char* lesson, std::int64_t us, float w, ui::Lang lang) {
    const std::string text = text_of(lesson);
    Player player(parse(text), "x", text);
    player.seek(sim::Instant{us});
    ui::Headless h;
    h.size(w, w * (w < 1100 ? .75f : .5625f));
    h.dashboard.set_language(lang);
    h.dashboard.set_layout(Layout::Presenter);
    take_models(h, player);
    ui::clean(h);
    const std::vector<ui::Rect> key = ui::marks(h, "key of arcs");
    std::string words;
    for (const auto& piece : h.dashboard.diagnostics().pieces)
      if (!key.empty() && piece.rect.x >= key[0].right() && piece.rect.y < key[0].bottom() &&
          piece.text.find(".ms") != std::string::npos)
        words += piece.text;
    return words;
  };
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko})
    for (const float w : {1024.f, 1280.f, 1920.f}) {
      CAPTURE(w);
      CHECK(key_of(kFailover, 8'500'000, w, lang).starts_with("broker.session.timeout.ms"));
      CHECK(key_of(kFailover, 3'000'000, w, lang).empty());
      CHECK(key_of("groups/rebalance-eager", 30'000'000, w, lang).starts_with("session.timeout.ms"));
      CHECK(key_of("controller/kraft-failover", 8'000'000, w, lang).starts_with("controller.quorum."));
    }
}

// The arcs of timers that servers keep for a client, or that end as planned: locks of share groups, the wait before a group's first
// rebalance, auto commits, linger.ms. Their ends are the engine's, and a person finds their keys.
using ui::Lang;
using ui::Layout;
using ui::make_id;
using ui::Rect;

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
    REQUIRE(h.dashboard.state().tip.facts.size() == 2);
    CHECK(h.dashboard.state().tip.facts[0].first.starts_with("group.initial.rebalance.delay.ms = 3000"));
    take_models(h, locks);
    ui::clean(h);
    CHECK(ui::marks(h, "initial delay").empty());
    CHECK(ui::marks(h, "lock ring").size() == 1);
    const ui::Rect lock = h.dashboard.hits().find(make_id("lock ring", 0));
    REQUIRE_FALSE(lock.empty());
    h.move(lock.cx(), lock.cy());
    for (int i = 0; i < 30; ++i) h.frame();
    REQUIRE(h.dashboard.state().tip.facts.size() == 2);
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

TEST_CASE(
    "the inspector lists all timers of a node; a row names what happens at the end, its key leads to the setting's origin") {
  struct Case {
    const char *lesson, *node;
    std::vector<std::pair<std::string, std::string>> ends;  // by key
  };
  const std::vector<Case> cases = {
      {kFailover,
       "broker-2",
       {{"broker.heartbeat.interval.ms", "then the broker sends its next heartbeat to the controller"},
        {"fetch.max.wait.ms", "then the broker answers, even without records"},
        {"replica.fetch.wait.max.ms", "then the broker answers, even without records"},
        {"log.cleaner.backoff.ms", "then the cleaner looks for a log to clean"},
        {"offsets.retention.check.interval.ms", "then the coordinator looks for offsets that have expired"}}},
      {kFailover,
       "controller-1",
       {{"metadata.max.idle.interval.ms", "then the controller writes a NoOpRecord"},
        {"leader.imbalance.check.interval.seconds", "then preferred leaders in the ISR lead again"}}},
      {"groups/rebalance-eager",
       "c-1",
       {{"heartbeat.interval.ms", "then the member sends its next heartbeat"},
        {"metadata.max.age.ms", "then the client asks for metadata again"},
        {"auto.commit.interval.ms", "then the next poll() commits the offsets"}}},
      {kFailover, "shop", {{"metadata.max.age.ms", "then the client asks for metadata again"}}}};
  for (const Case& of : cases) {
    const std::string node = of.node;
    CAPTURE(node);
    PlayerWindow w(of.lesson, 8'000'000, Layout::Workbench, 1920, 1600);
    w.player.play(false);
    Action select = action(ActionKind::Select);
    select.target = node;
    w.player.act(select);
    w.h.dashboard.state().selection = node;
    w.frames(4);
    const auto& timers = w.h.world.inspected.timers;
    for (const auto& [of_key, end] : of.ends) {
      const std::string& key = of_key;
      CAPTURE(key);
      const auto timer =
          std::find_if(timers.begin(), timers.end(), [&](const observe::Timer& t) { return t.key == key; });
      REQUIRE(timer != timers.end());
      CHECK(timer->remaining_us >= 0);
      CHECK(timer->remaining_us <= timer->total_us);
      const std::int64_t whole_ms = key.ends_with("seconds") ? timer->total_us / 1'000'000 : timer->total_us / 1000;
      CHECK(std::to_string(whole_ms) == timer->value);
      CHECK(ui::shows(w.h, key));
      const Rect row =
          w.h.dashboard.hits().find(make_id("timer row", static_cast<std::uint64_t>(timer - timers.begin())));
      REQUIRE_FALSE(row.empty());
      w.h.move(row.right() - 20, row.cy());
      for (int i = 0; i < 30; ++i) w.h.frame();
      CHECK(w.h.dashboard.state().tip.facts.back().first == end);
      CHECK(ui::shows(w.h, timer->key + " = " + timer->value));
      REQUIRE(w.click(make_id("origin " + key)));
      CHECK(w.h.dashboard.state().origin.name == key);
      w.h.dashboard.state().origin = {};
      w.frames();
    }
  }
}

TEST_CASE(
    "the inspector of a client of Kafka 2.5 that connects has no time-out of the connection, which came with KIP-601") {
  const std::string text = text_of("controller/zookeeper-failover");
  Player player(parse(text), "x", text);
  Action select = action(ActionKind::Select);
  select.target = "shop";
  player.act(select);
  player.seek(sim::Instant{4'000});
  const auto& timers = player.snapshot().inspected.timers;
  CHECK(
      std::none_of(timers.begin(), timers.end(), [](const observe::Timer& t) { return t.key.starts_with("socket."); }));
  CHECK_FALSE(player.snapshot().inspected.config.empty());
}

TEST_CASE(
    "the inspector has a broker's registration and failed directory only while the controller does not know them") {
  const auto has = [](const observe::Snapshot& s, std::string_view key) {
    const auto& timers = s.inspected.timers;
    return std::any_of(timers.begin(), timers.end(), [&](const observe::Timer& t) { return t.key == key; });
  };
  const auto inspected = [](const char* lesson, const char* broker) {
    const std::string text = text_of(lesson);
    auto player = std::make_unique<Player>(parse(text), "x", text);
    Action select = action(ActionKind::Select);
    select.target = broker;
    player->act(select);
    return player;
  };
  const auto restarts = inspected("producer/acks", "broker-1");  // at 25 s
  bool before = false;
  for (std::int64_t us = 25'000'000; us < 25'200'000 && !before; us += 1'000) {
    restarts->seek(sim::Instant{us});
    before = has(restarts->snapshot(), "initial.broker.registration.timeout.ms");
  }
  CHECK(before);
  restarts->seek(sim::Instant{26'000'000});
  CHECK_FALSE(has(restarts->snapshot(), "initial.broker.registration.timeout.ms"));
  const auto told = inspected("../tests/stories/directory-failure-untold", "broker-2");
  told->seek(sim::Instant{13'000'000});
  CHECK_FALSE(has(told->snapshot(), "log.dir.failure.timeout.ms"));
}
