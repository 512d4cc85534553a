// The state of a visit that a page keeps, and restores when it is loaded again; scenarios that are too large for a page.
#include "app/kept_session.h"
#include "app/bounds.h"
#include "app/kept_work.h"
#include "player/helpers.h"
#include "scenario/templates.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::RunKind;

namespace {

/// The player after the page is loaded again, restored from the kept text alone.
std::unique_ptr<Player> loaded_again(const Player& before) {
  const auto kept = read_kept(kept_text(before.runs().kept_session()));
  REQUIRE(kept);
  auto player = std::make_unique<Player>(parse(kept->document), kept->file, kept->document);
  REQUIRE(player->take_back(*kept));
  return player;
}

}  // namespace

TEST_CASE("after a reload a detour still has Return, Undo and the lesson's remaining steps") {
  const std::string text = text_of(kFailover);
  Player before(parse(text), "leader-failover", text);
  before.seek(sim::Instant{3000000});
  const std::string script = before.session().trace_hash();
  before.act(fault("crash", "broker-3"));
  before.seek(sim::Instant{5000000});
  before.act(fault("restart", "broker-3"));
  before.seek(sim::Instant{9000000});
  const std::string hash = before.session().trace_hash(), saved = before.runs().saved_session();

  const auto after = loaded_again(before);
  CHECK(after->runs().file() == "leader-failover");
  after->go_where_it_stood();
  CHECK(after->now().us == 9000000);
  CHECK(after->session().trace_hash() == hash);
  CHECK(after->runs().saved_session() == saved);
  CHECK(after->lesson().detour.active);
  CHECK(after->lesson().detour.what.en == "you crashed broker-3, restarted broker-3");
  CHECK(after->lesson().detour.left_us == 3000000);
  CHECK(after->lesson().detour.return_step == before.lesson().detour.return_step);
  CHECK(before.lesson().detour.return_step > 0);
  CHECK(after->lesson().steps.size() == before.lesson().steps.size());
  CHECK_FALSE(after->lesson().end.active);
  SUBCASE("Return leads to the moment at which the script waited, and the script runs to its end") {
    after->act(action(ActionKind::ReturnFromDetour));
    CHECK(after->now().us == 3000000);
    CHECK(after->session().trace_hash() == script);
    play_to_end(*after, 200000);
    CHECK(after->session().trace_hash() == headless_hash(text));
  }
  SUBCASE("Undo removes one act after the other, then the detour") {
    after->act(action(ActionKind::Undo));
    CHECK(after->lesson().detour.what.en == "you crashed broker-3");
    after->act(action(ActionKind::Undo));
    CHECK_FALSE(after->lesson().detour.active);
    CHECK(after->now().us == 3000000);
    CHECK_FALSE(after->runs().any_own());
  }
  SUBCASE("Go on keeps the acts and returns to the script") {
    after->act(action(ActionKind::KeepScript));
    CHECK_FALSE(after->lesson().detour.active);
    CHECK_FALSE(after->session().script_suspended());
  }
}

TEST_CASE("a link to a detour opens that detour and the runs that it started from, and no other runs") {
  const std::string text = text_of(kFailover);
  Player before(parse(text), "/home/somebody/lessons/leader-failover.json", text);
  before.seek(sim::Instant{1000000});
  before.act(action(ActionKind::NextSeed));
  before.act(action(ActionKind::ReturnFromDetour));
  before.seek(sim::Instant{3000000});
  before.act(fault("crash", "broker-3"));
  before.seek(sim::Instant{6000000});
  const std::string linked = kept_text(before.runs().linked_session(true)), hash = before.session().trace_hash();
  before.seek(sim::Instant{6500000});
  CHECK(kept_text(before.runs().linked_session(true)) == linked);  // the link's moment is not part of it

  const auto kept = read_kept(linked);
  REQUIRE(kept);
  CHECK(kept->file == "leader-failover");
  CHECK(before.runs().linked_session(false).file.empty());
  CHECK(before.runs().kept_session().runs.size() == 3);
  REQUIRE(kept->runs.size() == 2);
  Player after(parse(kept->document), "leader-failover", kept->document);
  REQUIRE(after.take_back(*kept));
  after.seek(sim::Instant{6000000});
  CHECK(after.session().trace_hash() == hash);
  CHECK(after.lesson().detour.active);
  CHECK(after.lesson().detour.left_us == 3000000);
  CHECK_FALSE(after.lesson().end.active);
  after.act(action(ActionKind::ReturnFromDetour));
  CHECK(after.now().us == 3000000);
  CHECK_FALSE(after.lesson().detour.active);
}

TEST_CASE("acts later than the visitor's moment are restored") {
  const std::string text = text_of(kFailover);
  Player before(parse(text), "leader-failover", text);
  before.seek(sim::Instant{3000000});
  before.act(fault("pause", "broker-3"));
  before.seek(sim::Instant{8000000});
  const std::string there = before.session().trace_hash();
  before.seek(sim::Instant{1000000});
  const auto after = loaded_again(before);
  after->go_where_it_stood();
  CHECK(after->now().us == 1000000);
  after->seek(sim::Instant{8000000});
  CHECK(after->session().trace_hash() == there);
}

TEST_CASE("runs with another seed, variant or setting, tries and free play are restored beside the script") {
  const std::string text = text_of("controller/zookeeper-vs-kraft");
  Player before(parse(text), "zookeeper-vs-kraft", text);
  before.seek(sim::Instant{2000000});
  SUBCASE("another seed") { before.act(action(ActionKind::NextSeed)); }
  SUBCASE("a variant") {
    const auto& variants = before.session().scenario().variants;
    const auto other = std::find_if(variants.begin(), variants.end(), [](const auto& v) { return v.id != "base"; });
    REQUIRE(other != variants.end());
    Action open = action(ActionKind::OpenVariant);
    open.text = other->id;
    before.act(open);
  }
  SUBCASE("a setting, while the script goes on") { before.act(set_config("orders", "min.insync.replicas", "2")); }
  SUBCASE("a changed value to try") {
    REQUIRE_FALSE(before.session().scenario().tries.empty());
    before.act(action(ActionKind::TryNext, 0));
  }
  SUBCASE("free play beyond the end") {
    before.act(action(ActionKind::FreePlay));
    before.seek(before.session().until());
    before.act(action(ActionKind::Run));
    ticks(before, 60);
    before.act(fault("crash", "broker-2"));
    ticks(before, 60);
  }
  before.seek(before.now() + sim::seconds(2));
  CHECK(before.runs().any_own());
  const auto after = loaded_again(before);
  after->go_where_it_stood();
  CHECK(after->now() == before.now());
  CHECK(after->session().trace_hash() == before.session().trace_hash());
  CHECK(after->session().scenario().cluster.seed == before.session().scenario().cluster.seed);
  CHECK(after->session().scenario().variant == before.session().scenario().variant);
  CHECK(after->runs().saved_session() == before.runs().saved_session());
  REQUIRE(after->time().branches.size() == before.time().branches.size());
  for (std::size_t i = 0; i < after->time().branches.size(); ++i) {
    CHECK(after->time().branches[i].kind == before.time().branches[i].kind);
    CHECK(after->time().branches[i].name.en == before.time().branches[i].name.en);
    CHECK(after->time().branches[i].current == before.time().branches[i].current);
  }
}

TEST_CASE("a run without one of the script's faults is restored, and saved, without that fault") {
  const std::string text = text_of("replication/leader-failover");
  Player before(parse(text), "leader-failover", text);
  before.seek(sim::Instant{16'000'000});
  Action without = action(ActionKind::OpenTwin);
  without.verb = "without";
  for (const ui::TwinOffer& offer : *before.lesson().twin_offers)
    if (offer.door == "without") without.number = offer.number;
  REQUIRE(without.number != 0);
  before.act(without);
  const auto& branches = before.time().branches;
  const auto twin = std::find_if(branches.begin(), branches.end(), [](const ui::Branch& b) { return !b.current; });
  REQUIRE(twin != branches.end());
  before.act(action(ActionKind::OpenBranch, twin->id));
  before.seek(sim::Instant{20'000'000});
  const auto alive = [](Player& player) {
    const auto& nodes = player.snapshot().nodes;
    return std::all_of(nodes.begin(), nodes.end(),
                       [](const observe::Node& n) { return n.state == observe::NodeState::Running; });
  };
  REQUIRE(alive(before));
  const auto after = loaded_again(before);
  after->go_where_it_stood();
  CHECK(alive(*after));
  CHECK(after->session().trace_hash() == before.session().trace_hash());
  CHECK(headless_hash(before.runs().saved_session()) == before.session().trace_hash());
}

TEST_CASE("a restored change to try has its acts, and not the script's acts that they replace") {
  const std::string text = text_of("replication/leader-failover");
  Player before(parse(text), "leader-failover", text);
  before.act(action(ActionKind::TryNext, 0));
  before.seek(sim::Instant{25'000'000});
  const auto after = loaded_again(before);
  after->go_where_it_stood();
  CHECK(after->now() == before.now());
  CHECK(after->session().trace_hash() == before.session().trace_hash());
}

TEST_CASE("a change to try is saved with the values that it set") {
  const std::string text = text_of("replication/min-insync");
  Player player(parse(text), "min-insync", text);
  const auto& tries = player.session().scenario().tries;
  const auto one = std::find_if(tries.begin(), tries.end(), [](const auto& t) { return !t.set.empty(); });
  REQUIRE(one != tries.end());
  player.act(action(ActionKind::TryNext, one - tries.begin()));
  player.seek(player.session().until());
  CHECK(headless_hash(player.runs().saved_session()) == player.session().trace_hash());
}

TEST_CASE("what was built by hand stays kept while another world is shown in which nothing has been done") {
  const std::string text = scenario::text_of(*scenario::find_template("empty"));
  KeptWork work;
  const auto kept = [&](const Player& player) { return work.new_text(player.runs(), false, false); };
  Player built(parse(text), "x", text);
  built.act(action(ActionKind::FreePlay));
  CHECK_FALSE(kept(built));
  built.act(fault("crash", "broker-1"));
  const auto first = kept(built);
  REQUIRE(first);
  CHECK(acts_in(*read_kept(*first)) == 1);
  SUBCASE("a new cluster, then an act in it") {
    work.show_another_world();
    Player another(parse(text), "x", text);
    another.act(action(ActionKind::FreePlay));
    CHECK_FALSE(kept(another));
    another.act(fault("crash", "broker-2"));
    CHECK(kept(another));
  }
  SUBCASE("the act is undone: nothing is kept any more") {
    built.act(action(ActionKind::Undo));
    CHECK(kept(built) == "");
    CHECK_FALSE(kept(built));
  }
}

TEST_CASE("a kept session that is malformed or names missing parts of its file is refused, and nothing changes") {
  CHECK_FALSE(read_kept(""));
  CHECK_FALSE(read_kept("[]"));
  CHECK_FALSE(read_kept(text_of(kFailover)));
  CHECK_FALSE(read_kept(R"({"file": "x", "title": {"en": "", "ko": ""}, "document": "{}", "runs": []})"));
  CHECK_FALSE(read_kept(R"({"file": "x", "title": {"en": "", "ko": ""}, "document": "{}", "runs": [{"id": "one"}]})"));
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3000000});
  player.act(fault("crash", "broker-3"));
  const std::string hash = player.session().trace_hash();
  KeptSession kept = player.runs().kept_session();
  kept.runs.back().acts.front().step = R"({"do": "crash", "node": "broker-33"})";
  CHECK_FALSE(player.take_back(kept));
  kept.runs.back().acts.front().step = "no JSON";
  CHECK_FALSE(player.take_back(kept));
  kept.runs.back().acts.clear();
  kept.runs.back().variant = "no such variant";
  CHECK_FALSE(player.take_back(kept));
  CHECK(player.session().trace_hash() == hash);
}

TEST_CASE("kept runs from a link: times before the beginning or out of order and too many runs are refused") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3000000});
  player.act(fault("crash", "broker-3"));
  player.seek(sim::Instant{4000000});
  player.act(fault("restart", "broker-3"));
  KeptSession kept = player.runs().kept_session();
  REQUIRE(read_kept(kept_text(kept)));
  SUBCASE("an act before the beginning") { kept.runs.back().acts.front().at_us = -1; }
  SUBCASE("acts out of order") { kept.runs.back().acts.back().at_us = 1; }
  SUBCASE("a run that begins before the beginning") { kept.runs.back().from_us = -5; }
  SUBCASE("a run whose position is before the beginning") { kept.runs.front().stood_at_us = -5; }
  SUBCASE("too many runs") { kept.runs.assign(1001, kept.runs.front()); }
  CHECK_FALSE(read_kept(kept_text(kept)));
}

TEST_CASE(
    "kept runs from a link: two runs that name each other as parent cause no endless loop, and a run beyond the bounds is refused") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3000000});
  player.act(fault("crash", "broker-3"));
  KeptSession kept = player.runs().kept_session();
  kept.runs.front().parent = kept.runs.back().id;
  CHECK_FALSE(player.take_back(kept, Bounds{1, 0}));
  REQUIRE(player.take_back(kept, Bounds{1000, 0}));
  CHECK(player.runs().linked_session(true).runs.size() == 2);
  player.act(action(ActionKind::ReturnFromDetour));
  player.act(action(ActionKind::ReturnFromDetour));
  player.seek(sim::Instant{5000000});
  CHECK(player.lesson().detour.active);
}

TEST_CASE("acts in a link count against the bounds like the steps of a file, and the message names the number") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3000000});
  player.act(fault("crash", "broker-3"));
  KeptSession kept = player.runs().kept_session();
  const Size before = size_of(*parse(text));
  KeptAct create{4'000'000, R"({"do": "create_topic", "topic": "large", "partitions": 9000, "replication_factor": 3})",
                 false};
  kept.runs.back().acts.push_back(create);
  ui::Words why;
  CHECK_FALSE(player.take_back(kept, {.replicas = before.replicas + 26'999}, &why));
  CHECK(why.en.find(std::to_string(before.replicas + 27'000)) != std::string::npos);
  CHECK(player.take_back(kept, {.replicas = before.replicas + 27'000}));
  kept.runs.back().acts.back().step = R"({"do": "add_broker", "id": 7})";
  CHECK_FALSE(player.take_back(kept, {.nodes = before.nodes}));
  CHECK(player.take_back(kept, {.nodes = before.nodes + 1}));
}

TEST_CASE("after many seeds the kept session has at most 13 runs, and a link has the last seed and the script") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "leader-failover", text);
  player.seek(sim::Instant{1000000});
  const std::uint64_t seed = player.session().scenario().cluster.seed;
  for (int i = 0; i < 30; ++i) player.act(action(ActionKind::NextSeed));
  CHECK(player.session().scenario().cluster.seed == seed + 30);
  CHECK(player.runs().kept_session().runs.size() <= 13);
  const KeptSession linked = player.runs().linked_session(true);
  REQUIRE(linked.runs.size() == 2);
  CHECK(linked.runs.front().kind == RunKind::Script);
  const auto after = loaded_again(player);
  CHECK(after->session().scenario().cluster.seed == seed + 30);
  after->act(action(ActionKind::ReturnFromDetour));
  CHECK(after->session().scenario().cluster.seed == seed);
}

TEST_CASE("a link holds a run and at most two of the runs that it started from") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "leader-failover", text);
  for (int i = 1; i <= 6; ++i) {
    player.seek(sim::Instant{i * 1000000});
    player.act(fault(i % 2 == 1 ? "pause" : "resume", "broker-3"));
    if (i % 2 == 0) player.act(action(ActionKind::TryNext, 0));
  }
  CHECK(player.runs().linked_session(true).runs.size() <= kMostLinkedRuns);
  const std::string linked = kept_text(player.runs().linked_session(true));
  CHECK(holds_runs_text(linked));
  CHECK_FALSE(holds_runs_text(text));
  CHECK(holds_runs_text(R"({"document": "", "runs": []})"));  // intended as runs, so the message is about runs
  CHECK_FALSE(read_kept(R"({"document": "", "runs": []})"));
}

TEST_CASE("a web page refuses a scenario with too many replicas and names both numbers; a window opens it") {
  const auto scenario = parse(R"({"format": 1, "id": "large", "cluster": {"brokers": 3}, "until": "5s",
      "topics": [{"name": "a", "partitions": 100, "replication_factor": 3}, {"name": "b", "partitions": 7, "replication_factor": 1}]})");
  CHECK_FALSE(too_large(*scenario, {}));
  CHECK_FALSE(too_large(*scenario, {307, 0}));
  const auto why = too_large(*scenario, {306, 0});
  REQUIRE(why);
  for (const std::string& text : {why->en, why->ko}) {
    CHECK(text.find("307") != std::string::npos);
    CHECK(text.find("306") != std::string::npos);
  }
}

TEST_CASE("a scenario's nodes include every broker, controller, ZooKeeper server, client and broker added by a step") {
  const auto kraft = parse(R"({"format": 1, "id": "nodes", "cluster": {"brokers": 3, "controllers": 3}, "until": "5s",
      "topics": [{"name": "a", "partitions": 1, "replication_factor": 1}],
      "clients": [{"id": "p", "kind": "producer", "topic": "a", "rate": "1/s"}],
      "steps": [{"at": "1s", "do": "add_broker", "id": 7}]})");
  const auto why = too_large(*kraft, {.nodes = 7});
  REQUIRE(why);
  for (const std::string& text : {why->en, why->ko}) {
    CHECK(text.find('8') != std::string::npos);
    CHECK(text.find('7') != std::string::npos);
  }
  CHECK_FALSE(too_large(*kraft, {.nodes = 8}));
  CHECK_FALSE(too_large(*kraft, {}));
  const auto zookeeper = parse(R"({"format": 1, "id": "nodes", "kafka": "2.5", "until": "5s",
      "cluster": {"brokers": 1, "metadata": "zookeeper", "zookeepers": 3}})");
  CHECK(too_large(*zookeeper, {.nodes = 3}));
  CHECK_FALSE(too_large(*zookeeper, {.nodes = 4}));
}

TEST_CASE("a scenario's replicas include those that steps create and those of internal topics") {
  const auto steps = parse(R"({"format": 1, "id": "later", "cluster": {"brokers": 3}, "until": "5s",
      "steps": [{"at": "1s", "do": "create_topic", "topic": "a", "partitions": 1000, "replication_factor": 3}]})");
  CHECK(too_large(*steps, {.replicas = 2999}));
  CHECK_FALSE(too_large(*steps, {.replicas = 3000}));
  const auto internal = parse(R"({"format": 1, "id": "offsets", "until": "5s",
      "cluster": {"brokers": 3, "config": {"offsets.topic.num.partitions": 1000, "offsets.topic.replication.factor": 3}}})");
  CHECK(too_large(*internal, {.replicas = 2999}));
  CHECK_FALSE(too_large(*internal, {.replicas = 3000}));
}
