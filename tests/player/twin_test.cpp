// Two worlds side by side: the ways to open the second one, one playhead, acts in both, a number that is dragged.
#include <algorithm>

#include "player/helpers.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::RunKind;

namespace {

struct Two {
  explicit Two(const char* name, std::int64_t at_us) : Two(text_of(name), at_us) {}
  Two(std::string of_file, std::int64_t at_us) : text(std::move(of_file)), player(parse(text), "x", text) {
    player.seek(sim::Instant{at_us});
  }
  const ui::Twin& twin() { return player.lesson().twin; }
  std::string leaders() {
    std::string all;
    for (const observe::Partition& p : twin().world->partitions) all += p.name + std::to_string(p.leader) + " ";
    return all;
  }
  observe::NodeState state(const char* name) {
    for (const observe::Node& n : twin().world->nodes)
      if (n.name == name) return n.state;
    return observe::NodeState::Stopped;
  }
  std::string text;
  Player player;
};

}  // namespace

TEST_CASE(
    "a changed setting opens a second world with the same script at the same moment, and does not change the shown run") {
  Two two(kFailover, 16'000'000);
  const std::string before = two.player.session().trace_hash();
  two.player.act(open_twin_setting("shop", "acks", "1"));
  REQUIRE(two.twin().open);
  REQUIRE(two.twin().ready);
  CHECK(two.twin().here.en == "shop acks = all");
  CHECK(two.twin().there.en == "shop acks = 1");
  CHECK(two.twin().world->time_us == 16'000'000);
  CHECK(two.player.session().trace_hash() == before);
  CHECK_FALSE(two.player.lesson().detour.active);
  CHECK(two.player.lesson().present);
  // The same state as in a headless run with --set at that moment.
  scenario::Loaded loaded = scenario::load(two.text, {.set = {{"clients/shop/config/acks", "1"}}});
  REQUIRE(loaded.ok());
  scenario::Session alone(std::make_shared<const scenario::Scenario>(std::move(*loaded.scenario)));
  alone.run_until(sim::Instant{16'000'000});
  CHECK(two.twin().world->event == alone.events());
  CHECK(two.player.lesson().comparison.ready);
  CHECK(two.player.lesson().comparison.changed.acked == two.twin().world->ledger.all.acked);
  CHECK(two.player.lesson().comparison.original.acked == two.player.snapshot().ledger.all.acked);
}

TEST_CASE(
    "the second world follows the playhead forwards and back, and the moment of the first difference does not change") {
  Two two(kFailover, 3'000'000);
  two.player.act(open_twin_setting("shop", "acks", "1"));
  REQUIRE(two.twin().parted);
  const std::int64_t parted = two.twin().parted_at_us;
  CHECK(parted > 0);
  CHECK(parted < 3'000'000);
  CHECK_FALSE((two.twin().parted_here.empty() && two.twin().parted_there.empty()));
  two.player.play(true);
  for (int i = 0; i < 30; ++i) {
    two.player.tick(16'000);
    REQUIRE(two.twin().ready);
    // Each picture shows the state after its world's last event.
    CHECK(two.twin().world->time_us <= two.player.now().us);
    CHECK(two.twin().world->time_us > two.player.now().us - 20'000);
  }
  two.player.seek(sim::Instant{1'000'000});
  two.player.tick(0);
  CHECK(two.twin().world->time_us <= 1'000'000);
  CHECK(two.twin().parted_at_us == parted);
}

TEST_CASE("in the window the first divergence is an event of the story: a late record refused in one world only") {
  Two two("delivery/hanging-transaction", 14'000'000);
  Action a = open_twin("variant");
  a.other = "old";
  two.player.act(a);
  REQUIRE(two.twin().parted);
  CHECK(two.twin().parted_at_us == 13'000'000);
  CHECK(two.twin().parted_here.en == "broker-1 answers INVALID_PRODUCER_EPOCH for pay-0");
  CHECK(two.twin().parted_there.en == "broker-1 appends offset 2 to pay-0 (bank/1)");
}

TEST_CASE("between the metadata modes the first divergence does not depend on the playhead, and is not the start-up") {
  Two two("controller/zookeeper-vs-kraft", 20'000'000);
  REQUIRE(two.twin().parted);
  const std::int64_t parted = two.twin().parted_at_us;
  CHECK(parted > 13'000'000);  // KRaft has chosen other leaders
  CHECK(parted < 14'000'000);
  for (const std::int64_t at : {26'000'000, 31'000'000, 45'000'000, 15'000'000}) {
    two.player.seek(sim::Instant{at});
    two.player.tick(0);
    CAPTURE(at);
    CHECK(two.twin().parted_at_us == parted);
    CHECK_FALSE(two.twin().parted_in_detail);
  }
  // Opened at another moment it is the same.
  for (const std::int64_t at : {26'000'000, 45'000'000}) {
    Two later("controller/zookeeper-vs-kraft", at);
    if (!later.twin().open) {
      Action a = open_twin("variant");
      a.other = "zk";
      later.player.act(a);
    }
    CAPTURE(at);
    CHECK(later.twin().parted_at_us == parted);
  }
  Two early("controller/zookeeper-vs-kraft", 3'000'000);
  Action a = open_twin("variant");
  a.other = "zk";
  early.player.act(a);
  REQUIRE(early.twin().ready);
  CHECK_FALSE(early.twin().parted);
}

TEST_CASE("the first divergence pairs a later election with the other world's, and is undecided before that") {
  // With the same first leader in both worlds, which broker-2 or broker-4 replaces.
  std::string text = text_of("replication/rack-loss");
  const std::string elsewhere = R"("topics/huddled/assignments/0": [2, 4, 6])";
  REQUIRE(text.find(elsewhere) != std::string::npos);
  std::string same_first = elsewhere;
  same_first.replace(same_first.find("[2,"), 3, "[1,");
  text.replace(text.find(elsewhere), elsewhere.size(), same_first);
  Two two(text, 20'000'000);
  Action a = open_twin("try");
  a.number = 0;
  two.player.act(a);
  REQUIRE(two.twin().parted);
  CHECK_FALSE(two.twin().parted_in_detail);
  CHECK(two.twin().parted_here.en.find("broker-2 leads huddled-0") == 0);  // a microsecond later
  CHECK(two.twin().parted_there.en.find("broker-4 leads huddled-0") == 0);
  Two early(text, 14'000'000);
  early.player.act(a);
  REQUIRE(early.twin().parted);
  CHECK(early.twin().parted_in_detail);
  CHECK(early.twin().parted_undecided);
  Two before(text, 5'000'000);
  before.player.act(a);
  CHECK_FALSE(before.twin().parted_undecided);
  // As the lesson has it, another broker leads from the start.
  Two whole("replication/rack-loss", 20'000'000);
  whole.player.act(a);
  REQUIRE(whole.twin().parted);
  CHECK(whole.twin().parted_at_us == 0);
  CHECK_FALSE(whole.twin().parted_in_detail);
}

TEST_CASE("Why? about the first divergence describes an act as a person would") {
  Two two("controller/zookeeper-vs-kraft", 26'000'000);
  Action a = open_twin("variant");
  a.other = "zk";
  two.player.act(a);
  Action why = action(ActionKind::Why);
  why.text = "/parting";
  two.player.act(why);
  const ui::WhyModel& answer = two.player.log().why;
  REQUIRE(answer.open);
  REQUIRE(answer.has_root);
  CHECK(answer.root.words.en == "broker-2 is made to crash");
  CHECK(answer.root.words.ko == "broker-2를 죽여요");
}

TEST_CASE("a difference that is not visible is called a detail") {
  Two two(kFailover, 3'000'000);
  two.player.act(open_twin_setting("shop", "linger.ms", "1"));
  REQUIRE(two.twin().parted);
  CHECK(two.twin().parted_in_detail);
}

TEST_CASE("each world is titled by what it is, also beside a variant that was opened first") {
  const std::string text = text_of("controller/zookeeper-vs-kraft");
  scenario::Loaded loaded = scenario::load(text, {.variant = "zk"});
  REQUIRE(loaded.ok());
  Player player(std::make_shared<const scenario::Scenario>(std::move(*loaded.scenario)), "x", text, {.variant = "zk"});
  Action a = open_twin("variant");
  a.other = "base";
  player.act(a);
  REQUIRE(player.lesson().twin.open);
  CHECK(player.lesson().twin.here.en == "ZooKeeper, Kafka 2.5");
  CHECK(player.lesson().twin.there.en == "KRaft, Kafka 4.1");
}

TEST_CASE("while the second world is computed in slices the first one waits, and the progress is shown") {
  Two two(kFailover, 16'000'000);
  two.player.set_slice(std::chrono::microseconds(1));
  two.player.act(open_twin_setting("shop", "acks", "1"));
  CHECK_FALSE(two.twin().ready);
  CHECK(two.player.busy());
  CHECK(two.twin().progress < 1);
  two.player.play(true);
  two.player.tick(16'000);
  CHECK(two.player.now().us == 16'000'000);  // waits for the other world
  two.player.set_slice({});
  two.player.tick(16'000);
  two.player.tick(16'000);
  CHECK(two.twin().ready);
  CHECK(two.player.now().us > 16'000'000);
}

TEST_CASE("a second world without a fault of the script does not have that fault") {
  Two two(kFailover, 16'000'000);
  Action a = open_twin("without");
  for (const ui::TimeMark& mark : two.player.time().marks)
    if (mark.kind == ui::MarkKind::Fault) a.time_us = mark.at_us;
  REQUIRE(a.time_us >= 5'000'000);
  two.player.act(a);
  REQUIRE(two.twin().ready);
  CHECK(two.twin().there.en.starts_with("without: "));
  CHECK(two.state("broker-1") == observe::NodeState::Running);
  CHECK(two.twin().parted_at_us == a.time_us);
}

TEST_CASE("if two faults have the same time, \"Without …\" in the palette leaves out the fault in its name") {
  Two two("replication/rack-loss", 8'000'000);
  const auto offers = two.player.lesson().twin_offers;
  REQUIRE(offers);
  std::vector<ui::TwinOffer> faults;
  for (const ui::TwinOffer& offer : *offers)
    if (offer.door == "without" && offer.at_us == 6'000'000) faults.push_back(offer);
  REQUIRE(faults.size() == 2);
  for (const ui::TwinOffer& offer : faults) {
    Action a = open_twin("without");
    a.time_us = offer.at_us;
    a.number = offer.number;
    two.player.act(a);
    REQUIRE(two.twin().ready);
    CHECK(two.twin().there.en == offer.what.en);
    two.player.act(action(ActionKind::CloseTwin));
  }
  CHECK(faults[0].what.en != faults[1].what.en);
}

TEST_CASE("a second world can be a change to try, another seed or a kept run") {
  Two two(kFailover, 9'000'000);
  two.player.act(open_twin("seed"));
  REQUIRE(two.twin().ready);
  CHECK(two.twin().world->seed == two.player.snapshot().seed + 1);
  CHECK(two.twin().there.en == "seed " + std::to_string(two.twin().world->seed));
  two.player.act(open_twin("try"));  // replaces the other seed
  REQUIRE(two.twin().ready);
  CHECK(two.twin().world->seed == two.player.snapshot().seed);
  const std::size_t runs = two.player.time().branches.size();
  CHECK(runs == 2);  // the other seed was only shown beside this run, so it is not kept
  two.player.act(action(ActionKind::CloseTwin));
  CHECK_FALSE(two.twin().open);
  CHECK(two.player.time().branches.empty());
  two.player.act(fault("crash", "broker-3"));  // a detour; the lesson is kept
  Action a = open_twin("run");
  a.number = 0;
  two.player.act(a);
  REQUIRE(two.twin().ready);
  CHECK(two.state("broker-3") == observe::NodeState::Running);
  two.player.act(action(ActionKind::CloseTwin));
  CHECK(two.player.time().branches.size() == 2);  // a run with acts of its own is kept
}

TEST_CASE("a variant that is opened as the second world has its own cluster") {
  Two two("controller/zookeeper-vs-kraft", 2'000'000);
  Action a = open_twin("variant");
  for (const ui::LessonVariant& v : two.player.lesson().variants)
    if (v.id != "base") a.other = v.id;
  REQUIRE_FALSE(a.other.empty());
  two.player.act(a);
  REQUIRE(two.twin().ready);
  const auto zookeepers = [](const observe::Snapshot& world) {
    return std::count_if(world.nodes.begin(), world.nodes.end(),
                         [](const observe::Node& n) { return n.kind == observe::NodeKind::ZooKeeper; });
  };
  CHECK((zookeepers(*two.twin().world) > 0) != (zookeepers(two.player.snapshot()) > 0));
}

TEST_CASE("an unknown variant opens no second world and gives a notice") {
  Two two("producer/acks", 2'000'000);
  REQUIRE(two.player.lesson().variants.empty());
  two.player.act(open_twin("variant"));
  CHECK_FALSE(two.twin().open);
  CHECK(two.player.take_notices().size() == 1);
}

TEST_CASE("an act by hand is done in both worlds at the same time, and Undo removes it from both") {
  Two two(kFailover, 3'000'000);
  two.player.act(open_twin_setting("shop", "acks", "1"));
  two.player.act(fault("crash", "broker-3"));
  two.player.play(false);
  two.player.tick(0);
  REQUIRE(two.twin().ready);
  CHECK(two.player.lesson().detour.active);
  CHECK(two.state("broker-3") == observe::NodeState::Crashed);
  CHECK(two.player.session().cluster().state(two.player.session().cluster().find("broker-3")) ==
        sim::NodeState::Crashed);
  two.player.act(fault("pause", "broker-2"));
  two.player.tick(0);
  CHECK(two.state("broker-2") == observe::NodeState::Paused);
  two.player.act(action(ActionKind::Undo));
  two.player.tick(0);
  CHECK(two.state("broker-2") == observe::NodeState::Running);
  CHECK(two.state("broker-3") == observe::NodeState::Crashed);
  two.player.act(action(ActionKind::ReturnFromDetour));
  two.player.tick(0);
  CHECK_FALSE(two.player.lesson().detour.active);
  REQUIRE(two.twin().ready);
  CHECK(two.twin().there.en == "shop acks = 1");
  CHECK(two.state("broker-3") == observe::NodeState::Running);
}

TEST_CASE("an act that is impossible in the second world is done only in the first, with a notice") {
  Two two(kFailover, 9'000'000);  // broker-1 is down
  Action a = open_twin("without");
  for (const ui::TimeMark& mark : two.player.time().marks)
    if (mark.kind == ui::MarkKind::Fault) a.time_us = mark.at_us;
  two.player.act(a);
  two.player.take_notices();
  two.player.act(fault("restart", "broker-1"));
  const auto notices = two.player.take_notices();
  REQUIRE_FALSE(notices.empty());
  CHECK(notices.front().words.en.starts_with("In the other world this cannot be done"));
  CHECK(notices.front().words.ko.starts_with("다른 쪽 세계에서는"));
}

TEST_CASE(
    "a dragged number replaces the second world with one of that value; the last requested value is shown in the end") {
  Two two(kFailover, 9'000'000);
  two.player.act(open_twin_setting("shop", "linger.ms", ""));
  REQUIRE(two.twin().ready);
  REQUIRE(two.twin().stops.size() > 3);
  CHECK(two.twin().own_stop >= 0);
  const std::size_t runs = two.player.time().branches.size();
  std::int64_t events = two.twin().world->event;
  const int last = static_cast<int>(two.twin().stops.size()) - 1;
  two.player.act(action(ActionKind::TurnTwin, last));
  REQUIRE(two.twin().ready);
  CHECK(two.twin().stop == last);
  CHECK(two.twin().there.en == "shop linger.ms = " + two.twin().stops.back());
  CHECK(static_cast<std::int64_t>(two.twin().world->event) != events);
  CHECK(two.player.time().branches.size() == runs);
  two.player.set_slice(std::chrono::microseconds(1));
  two.player.act(action(ActionKind::TurnTwin, 0));
  two.player.act(action(ActionKind::TurnTwin, 1));
  two.player.act(action(ActionKind::TurnTwin, 2));
  CHECK_FALSE(two.twin().ready);
  CHECK(two.twin().stop == 2);
  CHECK(two.twin().world != nullptr);  // the last picture stays until the new one is there
  two.player.set_slice({});
  for (int i = 0; i < 4; ++i) two.player.tick(0);
  CHECK(two.twin().ready);
  CHECK(two.twin().there.en == "shop linger.ms = " + two.twin().stops[2]);
}

TEST_CASE("both worlds have the metrics of the selected node") {
  Two two(kFailover, 16'000'000);
  two.player.act(open_twin_setting("shop", "acks", "1"));
  for (const char* node : {"broker-2", "shop"}) {
    Action select = action(ActionKind::Select);
    select.target = node;
    two.player.act(select);
    const observe::Snapshot& here = two.player.snapshot();
    REQUIRE(two.twin().ready);
    REQUIRE_FALSE(here.metrics.empty());
    const auto& there = two.twin().world->metrics;
    const auto shared = std::count_if(here.metrics.begin(), here.metrics.end(), [&](const observe::Metric& m) {
      return std::any_of(there.begin(), there.end(), [&](const observe::Metric& o) { return o.mbean == m.mbean; });
    });
    // The metric of an error exists only where that error has happened.
    CHECK(static_cast<std::size_t>(shared) + 5 > here.metrics.size());
  }
}

TEST_CASE("opening the second world as the shown run swaps the two worlds") {
  Two two(kFailover, 9'000'000);
  two.player.act(open_twin_setting("shop", "acks", "1"));
  int id = -1;
  for (const ui::Branch& b : two.player.time().branches)
    if (!b.current) id = b.id;
  two.player.act(action(ActionKind::OpenBranch, id));
  two.player.tick(0);
  REQUIRE(two.twin().open);
  CHECK(two.twin().here.en == "shop acks = 1");
}

TEST_CASE(
    "a second world over ZooKeeper can be opened for every lesson that such a cluster can run; otherwise a notice says why not") {
  Two two(kFailover, 15'000'000);
  two.player.act(open_twin("mode"));
  REQUIRE(two.twin().open);
  REQUIRE(two.twin().ready);
  CHECK(two.twin().here.en == "KRaft, Kafka 4.1");
  CHECK(two.twin().there.en == "ZooKeeper, Kafka 2.5");
  CHECK(two.twin().world->metadata == "zookeeper");
  CHECK(two.state("broker-1") == observe::NodeState::Crashed);  // the script runs in both worlds
  Two alone("groups/share-group", 1'000'000);
  alone.player.act(open_twin("mode"));
  CHECK_FALSE(alone.twin().open);
  const std::vector<ui::Notice> said = alone.player.take_notices();
  REQUIRE_FALSE(said.empty());
  CHECK(said.back().bad);
  CHECK(said.back().words.en.find("Not with ZooKeeper: ") == 0);
  CHECK(said.back().words.ko != said.back().words.en);
}

TEST_CASE("a lesson over ZooKeeper can be compared with the same lesson over KRaft") {
  Two two("controller/session-expiry", 15'000'000);
  two.player.act(open_twin("mode"));
  const bool opened = two.twin().open;
  const std::vector<ui::Notice> said = two.player.take_notices();
  CHECK((opened || (!said.empty() && said.back().bad)));
  if (opened) CHECK(two.twin().world->metadata != "zookeeper");
}

TEST_CASE("between the modes a comparison includes the last seconds of both runs") {
  Two two("producer/idempotence", 9'000'000);
  two.player.act(open_twin("mode"));
  REQUIRE(two.twin().ready);
  CHECK_FALSE(two.twin().parted);  // the other client may still be told
  two.player.seek(two.player.session().until());
  two.player.tick(0);  // the other world follows with the next frame
  REQUIRE(two.twin().ready);
  REQUIRE(two.twin().parted);
  CHECK(two.twin().parted_at_us == 7'374'429);
}

TEST_CASE("a comparison counts how long partitions had no live leader in each world, and names the worlds") {
  Two two("controller/zookeeper-vs-kraft", 60'000'000);
  Action variant = open_twin("variant");
  variant.other = "zk";
  two.player.act(variant);
  REQUIRE(two.twin().ready);
  CHECK(two.twin().here.en == "KRaft, Kafka 4.1");
  CHECK(two.twin().there.en == "ZooKeeper, Kafka 2.5");
  two.player.act(action(ActionKind::Compare));
  two.player.tick(0);
  const ui::Comparison& c = two.player.lesson().comparison;
  REQUIRE(c.ready);
  CHECK(c.original_leaderless_us > 1'000'000);
  CHECK(c.changed_leaderless_us > 1'000'000);
  CHECK(c.original_leaderless_us != c.changed_leaderless_us);
}

TEST_CASE(
    "a lesson opens the second world that its view names, does not reopen it after it is closed, and does not save it") {
  Two two("controller/zookeeper-vs-kraft", 16'500'000);
  REQUIRE(two.twin().open);
  REQUIRE(two.twin().ready);
  CHECK(two.twin().here.en == "KRaft, Kafka 4.1");
  CHECK(two.twin().there.en == "ZooKeeper, Kafka 2.5");
  CHECK(two.twin().world->metadata == "zookeeper");
  CHECK_FALSE(two.player.runs().any_own());
  CHECK(two.player.runs().kept_session().runs.size() == 1);
  // Different states at that moment: fenced here, still the leader there.
  const auto leader = [](const observe::Snapshot& world, const char* name) {
    for (const observe::Partition& p : world.partitions)
      if (p.name == name) return p.leader;
    return -2;
  };
  CHECK(leader(two.player.snapshot(), "orders-2") != 2);
  CHECK(leader(*two.twin().world, "orders-2") == 2);
  two.player.act(action(ActionKind::CloseTwin));
  two.player.seek(sim::Instant{31'000'000});
  CHECK_FALSE(two.twin().open);
  // The run itself is the same as without a second world.
  CHECK(two.player.session().trace_hash() == [&] {
    scenario::Session alone(parse(two.text));
    alone.run_until(sim::Instant{31'000'000});
    return alone.trace_hash();
  }());
}

TEST_CASE("a lesson does not replace a second world that was opened by hand") {
  Two two(kFailover, 3'000'000);
  two.player.act(open_twin_setting("shop", "acks", "1"));
  two.player.seek(sim::Instant{9'000'000});
  CHECK(two.twin().there.en == "shop acks = 1");
}

TEST_CASE("the second world says that acks=1 also switches idempotence off") {
  Two two("producer/acks", 2'000'000);
  two.player.act(open_twin_setting("acks-all", "acks", "1"));
  REQUIRE(two.twin().ready);
  CHECK(two.twin().also.en == "acks-all: acks=1 also turns off enable.idempotence");
  CHECK(two.twin().also.ko == "acks-all: acks=1 때문에 enable.idempotence도 꺼져요");
  two.player.act(action(ActionKind::CloseTwin));
  two.player.act(open_twin_setting("acks-all", "linger.ms", "50"));
  CHECK(two.twin().also.empty());
}

TEST_CASE(
    "the original run is A and the run that differs from it is B, after an act by hand and after a changed setting") {
  Two two(kFailover, 3'000'000);
  two.player.act(open_twin_setting("shop", "acks", "1"));
  CHECK_FALSE(two.twin().shown_is_b);
  two.player.act(action(ActionKind::CloseTwin));
  two.player.act(fault("crash", "broker-3"));
  Action a = open_twin("run");
  a.number = 0;
  two.player.act(a);
  REQUIRE(two.twin().ready);
  CHECK(two.twin().shown_is_b);
  // The numbers are in the order of the pictures.
  CHECK(two.player.lesson().comparison.original.acked == two.twin().world->ledger.all.acked);
  CHECK(two.player.lesson().comparison.changed.acked == two.player.snapshot().ledger.all.acked);
}

namespace {

/// Plays on for that long, as a window does: frame by frame, at a speed chosen by hand, each frame limited in time.
void play_for(Player& player, sim::Duration time) {
  player.act(action(ActionKind::SetSpeed, 20'000'000));
  player.set_slice(std::chrono::milliseconds(8));
  const sim::Instant to = player.now() + time;
  for (int i = 0; i < 20'000 && player.now() < to; ++i) {
    if (!player.playing()) player.act(action(ActionKind::Run));
    player.tick(16'000);
    player.lesson();
  }
  REQUIRE(player.now() >= to);
  player.act(action(ActionKind::Pause));
}

}  // namespace

TEST_CASE(
    "a long detour is compared to its end: a paused window works until the search for the first difference is done") {
  Two two("replication/preferred-leader", 20'000'000);
  two.player.act(fault("crash", "broker-2"));
  play_for(two.player, sim::seconds(160));
  Action a = open_twin("run");
  a.number = 0;
  two.player.act(a);
  int frames = 0;
  while (two.player.busy() && frames++ < 5'000) {
    two.player.tick(16'000);
    two.twin();
  }
  REQUIRE(two.twin().ready);
  CHECK(two.twin().searched);
  REQUIRE(two.twin().parted);
  CHECK(two.twin().parted_at_us >= 20'000'000);
  CHECK(two.twin().parted_at_us < 21'000'000);
}

TEST_CASE("a metric of a node that is down in one of the worlds is not compared with the whole cluster's") {
  Two two("replication/preferred-leader", 20'000'000);
  two.player.act(fault("crash", "broker-2"));
  two.player.seek(sim::Instant{40'000'000});
  Action select = action(ActionKind::Select);
  select.target = "broker-2";
  two.player.act(select);
  const auto records_in = [](const std::vector<observe::Metric>& metrics) {
    for (const observe::Metric& m : metrics)
      if (m.mbean.ends_with("name=MessagesInPerSec")) return m.now;
    return -1.0;
  };
  for (const bool swapped : {false, true}) {
    CAPTURE(swapped);
    Action a = open_twin("run");
    a.number = 0;
    if (!swapped) two.player.act(a);
    if (swapped) two.player.act(action(ActionKind::OpenBranch, 0));
    if (swapped) two.player.seek(sim::Instant{40'000'000});
    two.player.tick(0);
    REQUIRE(two.twin().ready);
    // Where the node runs its own metrics stay on the screen; the comparison has the cluster's.
    const auto& compared = two.twin().here_metrics.empty() ? two.player.snapshot().metrics : two.twin().here_metrics;
    if (!swapped) CHECK(records_in(compared) == records_in(two.player.snapshot().metrics));
    if (swapped) CHECK_FALSE(two.twin().here_metrics.empty());
    const double here = records_in(compared), there = records_in(two.twin().world->metrics);
    CHECK(here > 30);
    CHECK(here < 90);
    CHECK(there > 30);
    CHECK(there < 90);
  }
}

TEST_CASE("the second world names the defaults that differ between two versions for clients that do not set them") {
  Two two("replication/preferred-leader", 2'000'000);
  two.player.act(open_twin("mode"));
  REQUIRE(two.twin().ready);
  CHECK(
      two.twin().also.en ==
      "Defaults differ: for shop, Kafka 4.1 has acks=all, enable.idempotence=true, linger.ms=5; Kafka 2.5 has acks=1, "
      "enable.idempotence=false, linger.ms=0");
  CHECK(
      two.twin().also.ko ==
      "버전마다 기본값이 달라요. shop · Kafka 4.1은 acks=all, enable.idempotence=true, linger.ms=5, Kafka 2.5는 acks=1, "
      "enable.idempotence=false, linger.ms=0");
  // What the lesson sets itself is the same in both.
  Two set("controller/zookeeper-vs-kraft", 2'000'000);
  Action other = open_twin("variant");
  other.other = "zk";
  set.player.act(other);
  CHECK(set.twin().also.en == "Defaults differ: for shop, Kafka 4.1 has linger.ms=5; Kafka 2.5 has linger.ms=0");
}
