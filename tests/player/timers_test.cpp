// The deadlines of clients and followers as arcs: they are the engine's, and only those that matter are drawn.
#include <algorithm>

#include "player/window.h"
#include "ui/looks.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::Layout;
using ui::make_id;

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
    REQUIRE(tip.facts.size() == 2);
    CHECK(tip.facts[0].first == "request.timeout.ms = 12000 (scenario)");
    CHECK(tip.facts[0].second.ends_with(" s left"));
    CHECK(tip.facts[1].first == "delivery.timeout.ms = 21000 (scenario)");
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
    REQUIRE(h.dashboard.state().tip.facts.size() == 1);
    CHECK(h.dashboard.state().tip.facts[0].first == "session.timeout.ms = 10000 (scenario)");
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
