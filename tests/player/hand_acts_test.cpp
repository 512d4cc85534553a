// Settings and acts of a teacher, and the engine state that they show.
#include <algorithm>

#include "player/helpers.h"
#include "scenario/files.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

void select(Player& player, const char* what) {
  Action a = action(ActionKind::Select);
  a.target = what;
  player.act(a);
}

void configure(Player& player, const char* target, const char* key, const char* value) {
  Action a = action(ActionKind::SetConfig);
  a.target = target;
  a.text = key;
  a.other = value;
  player.act(a);
}

observe::ConfigEntry entry(Player& player, const char* key) {
  for (const observe::ConfigEntry& e : player.snapshot().inspected.config)
    if (e.key == key) return e;
  return {};
}

const observe::Node& the_node(Player& player, const std::string& name) {
  const auto& nodes = player.snapshot().nodes;
  return *std::find_if(nodes.begin(), nodes.end(), [&](const observe::Node& n) { return n.name == name; });
}

const observe::Partition& the_partition(Player& player, const std::string& name) {
  const auto& all = player.snapshot().partitions;
  const auto it = std::find_if(all.begin(), all.end(), [&](const observe::Partition& p) { return p.name == name; });
  REQUIRE(it != all.end());
  return *it;
}

}  // namespace

TEST_CASE(
    "every setting of a topic can be changed while the cluster runs, and settings other than defaults are listed first") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3'000'000});
  select(player, "orders-0");
  for (const char* key : {"retention.ms", "segment.bytes", "cleanup.policy", "min.insync.replicas"}) {
    CAPTURE(key);
    CHECK(entry(player, key).dynamic);
  }
  configure(player, "orders-0", "retention.ms", "60000");
  player.seek(player.now() + sim::seconds(1));
  CHECK(entry(player, "retention.ms").value == "60000");
  CHECK(entry(player, "retention.ms").source == observe::ConfigSource::Live);
  CHECK(player.snapshot().inspected.config.front().source != observe::ConfigSource::Default);
  CHECK(player.lesson().undo.refused.empty());
}

TEST_CASE("an act that Kafka refuses is shown with Kafka's error in a notice, on the timeline and in the event log") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3'000'000});
  player.take_notices();
  configure(player, "broker-2", "unclean.leader.election.enable", "foo");
  CHECK(player.lesson().undo.refused.empty());
  player.play(true);
  ticks(player, 300);
  REQUIRE(player.lesson().undo.active);
  CHECK(player.lesson().undo.refused.en == "INVALID_REQUEST");
  const auto told = player.take_notices();
  CHECK(std::count_if(told.begin(), told.end(), [](const ui::Notice& n) {
          return n.bad && n.words.en.find("INVALID_REQUEST") != std::string::npos;
        }) == 1);
  const auto& marks = player.time().marks;
  CHECK(std::count_if(marks.begin(), marks.end(), [](const ui::TimeMark& m) {
          return m.kind == ui::MarkKind::Refused && m.label.en.find("INVALID_REQUEST") != std::string::npos;
        }) == 1);
  const auto& rows = player.log().entries;
  const auto deeds = [&](ui::Deed deed) {
    return std::count_if(rows.begin(), rows.end(), [&](const ui::LogEntry& e) { return e.deed == deed; });
  };
  CHECK(deeds(ui::Deed::Done) == 1);
  CHECK(deeds(ui::Deed::Refused) == 1);
  CHECK(deeds(ui::Deed::Fault) == 0);
  player.act(fault("crash", "broker-3"));
  ticks(player, 3);
  CHECK(deeds(ui::Deed::Fault) == 1);
}

TEST_CASE("a client's setting takes effect at its next start, for which there is a button") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3'000'000});
  select(player, "shop");
  CHECK(entry(player, "acks").at_start);
  CHECK_FALSE(entry(player, "acks").dynamic);
  CHECK_FALSE(entry(player, "acks").pending);
  configure(player, "shop", "acks", "1");
  CHECK(entry(player, "acks").value == "1");
  CHECK(entry(player, "acks").source == observe::ConfigSource::Live);
  CHECK(entry(player, "acks").pending);
  Action restart = action(ActionKind::RestartClient);
  restart.target = "shop";
  player.act(restart);
  player.play(true);
  ticks(player, 600);
  CHECK(the_node(player, "shop").state == observe::NodeState::Running);
  CHECK(the_node(player, "shop").incarnation == 2);
  CHECK(entry(player, "acks").value == "1");
  CHECK_FALSE(entry(player, "acks").pending);
  configure(player, "shop", "acks", "all");  // the value in the file, not the running process's
  CHECK(entry(player, "acks").pending);
  CHECK_FALSE(entry(player, "linger.ms").pending);
}

TEST_CASE(
    "a client's card shows the settings of its process: those of the file, and after a restart those set by hand") {
  const std::string text = text_of("consumer/poll-and-offset");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3'000'000});
  const auto of = [&](observe::NodeKind kind) -> const observe::Client& {
    const observe::Snapshot& s = player.snapshot();
    return *std::find_if(s.clients.begin(), s.clients.end(), [&](const observe::Client& c) {
      return s.nodes[static_cast<std::size_t>(c.node)].kind == kind;
    });
  };
  const auto name = [&](const observe::Client& c) {
    return player.snapshot().nodes[static_cast<std::size_t>(c.node)].name;
  };
  const auto restart = [&](const std::string& client) {
    Action a = action(ActionKind::RestartClient);
    a.target = client;
    player.act(a);
    player.play(true);
    ticks(player, 600);
    REQUIRE(the_node(player, client).state == observe::NodeState::Running);
  };
  const std::string producer = name(of(observe::NodeKind::Producer)), consumer = name(of(observe::NodeKind::Consumer));
  const std::string before = of(observe::NodeKind::Producer).fact.en;
  CHECK(of(observe::NodeKind::Producer).accumulator.linger_us == 5'000);
  configure(player, producer.c_str(), "acks", "1");
  configure(player, producer.c_str(), "compression.type", "lz4");
  configure(player, producer.c_str(), "linger.ms", "70");
  CHECK(of(observe::NodeKind::Producer).fact.en == before);
  restart(producer);
  CHECK(of(observe::NodeKind::Producer).fact.en.starts_with("acks=1"));
  CHECK(of(observe::NodeKind::Producer).fact.en.ends_with("lz4"));
  CHECK(of(observe::NodeKind::Producer).accumulator.linger_us == 70'000);
  const std::string group = of(observe::NodeKind::Consumer).group;
  configure(player, consumer.c_str(), "group.id", "another");
  CHECK(of(observe::NodeKind::Consumer).group == group);
  restart(consumer);
  CHECK(of(observe::NodeKind::Consumer).group == "another");
}

TEST_CASE("a value with which a client cannot start is refused at once, and the message names the allowed values") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3'000'000});
  player.take_notices();
  select(player, "shop");
  configure(player, "shop", "linger.ms", "soon");
  const auto told = player.take_notices();
  REQUIRE(told.size() == 1);
  CHECK(told[0].bad);
  CHECK(told[0].words.en.find("linger.ms = soon") != std::string::npos);
  CHECK(told[0].words.ko.find("정수") != std::string::npos);
  CHECK_FALSE(player.runs().acted());
}

TEST_CASE(
    "a setting that a broker reads only at its start can be set while the broker is down, which starts the broker") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3'000'000});
  select(player, "broker-2");
  CHECK_FALSE(entry(player, "replica.lag.time.max.ms").dynamic);
  CHECK_FALSE(entry(player, "replica.lag.time.max.ms").at_start);
  player.act(fault("crash", "broker-2"));
  CHECK(entry(player, "replica.lag.time.max.ms").at_start);
  configure(player, "broker-2", "replica.lag.time.max.ms", "12000");
  player.seek(player.now() +
              sim::seconds(20));  // after an unclean stop, a broker can register again only when its session has ended
  CHECK(the_node(player, "broker-2").state == observe::NodeState::Running);
  CHECK(entry(player, "replica.lag.time.max.ms").value == "12000");
}

TEST_CASE(
    "a broker that stopped because its disk is full shows this until it starts again; a crashed broker shows no reason") {
  const std::string text = text_of("operations/disk-full");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{78'000'000});
  REQUIRE(the_node(player, "broker-1").state == observe::NodeState::Crashed);
  CHECK(the_node(player, "broker-1").down_reason.en == "no space left on the disk");
  CHECK(the_node(player, "broker-1").down_reason.ko == "디스크에 자리가 없어요");
  REQUIRE(the_node(player, "broker-1").dirs.size() == 1);
  CHECK(the_node(player, "broker-1").dirs[0].used_bytes > the_node(player, "broker-1").dirs[0].capacity_bytes / 10 * 9);
  Player crashed(parse(text), "x", text);
  crashed.seek(sim::Instant{3'000'000});
  crashed.act(fault("crash", "broker-1"));
  CHECK(the_node(crashed, "broker-1").down_reason.empty());
}

TEST_CASE("an eligible leader replica (ELR) is marked on its broker's card and in its log's row") {
  const std::string text = text_of("replication/all-brokers-down");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{34'000'000});
  const observe::Partition& p = the_partition(player, "pay-elr-0");
  REQUIRE(p.elr == std::vector<int>{2});
  for (const observe::ReplicaLog& log : p.logs) CHECK(log.eligible == (log.broker == 2));
  int marked = 0;
  for (const observe::Node& n : player.snapshot().nodes)
    for (const observe::Replica& r : n.replicas) {
      if (!r.eligible) continue;
      ++marked;
      CHECK(n.id == 2);
      CHECK(player.snapshot().partitions[static_cast<std::size_t>(r.partition)].name == "pay-elr-0");
    }
  CHECK(marked == 1);
}

TEST_CASE(
    "each record in a share group's window has its state, its delivery count and the member that holds its lock") {
  const std::string text = read_text(source_path("tests/stories/share-poison-record.json"));
  Player player(parse(text), "x", text);
  bool archived = false, acknowledged = false, again = false, locked = false;
  for (std::int64_t at = 2'000'000; at < 12'000'000; at += 40'000) {
    player.seek(sim::Instant{at});
    const observe::Snapshot& s = player.snapshot();
    for (const observe::Group& g : s.groups) {
      for (const observe::GroupPartition& gp : g.partitions) {
        const auto& shares = s.partitions[static_cast<std::size_t>(gp.partition)].shares;
        const auto share =
            std::find_if(shares.begin(), shares.end(), [&](const observe::ShareStrip& x) { return x.group == g.id; });
        if (gp.share.start < 0) continue;
        REQUIRE(share != shares.end());
        CHECK(share->start == gp.share.start);
        CHECK(share->end == gp.share.end);
        std::int64_t next = share->start, available = 0, acquired = 0, done = 0;
        std::int64_t ghosts = 0;
        for (const observe::ShareRun& run : share->runs) {
          if (run.last_offset < share->start) {  // it has left the window
            CHECK(run.state == observe::ShareState::Archived);
            ghosts += run.last_offset - run.base_offset + 1;
            continue;
          }
          CHECK(run.base_offset == next);
          next = run.last_offset + 1;
          const std::int64_t n = next - run.base_offset;
          switch (run.state) {
            case observe::ShareState::Available: available += n; break;
            case observe::ShareState::Acquired: acquired += n; break;
            default: done += n; break;
          }
          again = again || run.deliveries > 1;
          locked = locked || (run.state == observe::ShareState::Acquired && !run.member.empty());
          archived = archived || run.state == observe::ShareState::Archived;
          acknowledged = acknowledged || run.state == observe::ShareState::Acknowledged;
        }
        CHECK(ghosts == share->archived);
        CHECK(next == share->end);
        CHECK(available == gp.share.available);
        CHECK(acquired == gp.share.acquired);
        CHECK(done == gp.share.done);
      }
    }
  }
  CHECK(locked);
  CHECK(again);
  CHECK((archived || acknowledged));
}

TEST_CASE("records of the metadata log are described with their partition, broker or ACL") {
  const auto words_of = [](const std::string& name, std::int64_t at_us, const char* type) {
    const std::string text = text_of(name);
    Player player(parse(text), "x", text);
    player.seek(sim::Instant{at_us});
    std::vector<std::string> words;
    for (const observe::VoterLog& v : player.snapshot().voters)
      for (const observe::QuorumRecord& r : v.tail)
        if (r.type == type) words.push_back(r.words.en);
    return words;
  };
  const auto placed = words_of("operations/scale-out", 1'000'000, "PartitionRecord");
  REQUIRE(!placed.empty());
  for (const std::string& w : placed) {
    CAPTURE(w);
    CHECK(w.find(": leader ") != std::string::npos);
    CHECK(w.find("replicas [") != std::string::npos);
  }
  bool removed = false;
  for (std::int64_t at = 10'000'000; at <= 60'000'000 && !removed; at += 5'000'000)
    for (const std::string& w : words_of("operations/access-control", at, "RemoveAccessControlEntryRecord")) {
      removed = true;
      CAPTURE(w);
      CHECK(w.find("removed: ") == 0);
      CHECK(w.find("User:") != std::string::npos);
    }
  CHECK(removed);
}

TEST_CASE("if the file names a role, the timeline names the node that crashed") {
  const std::string text = text_of("controller/kraft-failover");
  Player player(parse(text), "x", text);
  play_to_end(player, 100'000);
  const auto& marks = player.time().marks;
  const auto crash = std::find_if(marks.begin(), marks.end(), [](const ui::TimeMark& m) {
    return m.kind == ui::MarkKind::Fault && m.verb == "crash";
  });
  REQUIRE(crash != marks.end());
  CAPTURE(crash->label.en);
  CHECK(crash->label.en.find("crash controller-") == 0);
}

TEST_CASE("a joining replica shows how much of the log it has copied, and a leaving replica is marked as leaving") {
  const std::string text = read_text(source_path("tests/stories/throttled-move.json"));
  Player player(parse(text), "x", text);
  double before = 0;
  for (const std::int64_t at : {10'000'000, 20'000'000, 30'000'000}) {
    player.seek(sim::Instant{at});
    double joined = -1;
    bool leaves = false;
    for (const observe::Node& n : player.snapshot().nodes)
      for (const observe::Replica& r : n.replicas) {
        if (r.role == observe::ReplicaRole::Joining) joined = r.progress;
        leaves = leaves || (n.id == 3 && r.role == observe::ReplicaRole::Leaving);
        if (r.role == observe::ReplicaRole::Leader) CHECK(r.progress == 1);
      }
    CHECK(joined > before);
    CHECK(joined < 1);
    CHECK(leaves);
    before = joined;
  }
}

TEST_CASE("a removed broker leaves the stage, and its id may be used again") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{2'000'000});
  Action add = fault("add_broker", ""), remove = fault("remove_broker", "broker-4");
  add.number = remove.number = 4;
  player.act(add);
  player.seek(sim::Instant{4'000'000});
  CHECK_FALSE(the_node(player, "broker-4").removed);
  player.act(remove);
  player.seek(sim::Instant{6'000'000});
  CHECK(the_node(player, "broker-4").removed);
  player.act(add);
  player.seek(sim::Instant{8'000'000});
  int standing = 0;
  for (const observe::Node& n : player.snapshot().nodes) standing += n.name == "broker-4" && !n.removed ? 1 : 0;
  CHECK(standing == 1);
}

TEST_CASE("a topic that is created during the run shows its own settings, even if a deleted topic had the same name") {
  const auto settings = [](Player& player, const char* partition) {
    select(player, partition);
    CHECK(entry(player, "retention.ms").dynamic);
    return entry(player, "min.insync.replicas");
  };
  SUBCASE("created by hand") {
    const std::string text = text_of(kFailover);
    Player player(parse(text), "x", text);
    player.seek(sim::Instant{2'000'000});
    player.act(fault("create_topic", "mail"));
    player.seek(sim::Instant{4'000'000});
    CHECK(settings(player, "mail-0").source == observe::ConfigSource::Default);
  }
  SUBCASE("created by hand over ZooKeeper") {
    const std::string text = text_of("controller/zookeeper-failover");
    Player player(parse(text), "x", text);
    player.seek(sim::Instant{2'000'000});
    player.act(fault("create_topic", "mail"));
    player.seek(sim::Instant{4'000'000});
    CHECK(settings(player, "mail-0").source == observe::ConfigSource::Default);
  }
  SUBCASE("deleted and created again, without the settings that the file had given it") {
    const std::string text = text_of(kFailover);
    Player player(parse(text), "x", text);
    player.seek(sim::Instant{2'000'000});
    CHECK(settings(player, "orders-0").value == "2");
    player.act(fault("delete_topic", "orders"));
    player.seek(sim::Instant{2'500'000});
    player.act(fault("create_topic", "orders"));
    player.seek(sim::Instant{5'000'000});
    const observe::ConfigEntry now = settings(player, "orders-0");
    CHECK(now.value == "1");
    CHECK(now.source == observe::ConfigSource::Default);
  }
}

TEST_CASE("the inspector shows the client that the lesson points at, with its metrics, until another node is clicked") {
  const std::string text = text_of("operations/what-the-graphs-show");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{82'000'000});
  REQUIRE(player.lesson().view.select == "shop");
  CHECK(player.snapshot().inspected.what == "shop");
  CHECK(entry(player, "acks").value == "all");
  const auto shows = [&](const char* mbean) {
    const auto& all = player.snapshot().metrics;
    return std::any_of(all.begin(), all.end(),
                       [&](const observe::Metric& m) { return m.mbean.find(mbean) != std::string::npos; });
  };
  CHECK(shows("request-latency-max"));
  CHECK(player.snapshot().metrics_before_us > 0);
  select(player, "broker-3");
  CHECK(player.snapshot().inspected.what == "broker-3");
  CHECK_FALSE(shows("request-latency-max"));
}

TEST_CASE("an act by hand happens at the moment that is shown, and Undo leads back to it") {
  const std::string text = R"({"format": 1, "id": "idle", "cluster": {"brokers": 3}, "until": "1m"})";
  Player player(parse(text), "x", text);
  for (const std::int64_t shown : {10'400'000, 30'300'000}) {  // heartbeats are rare: nothing happens just before
    player.seek(sim::Instant{shown});
    player.act(fault("crash", "broker-1"));
    CHECK(player.session().hand_commands().back().at.us == shown);
    CHECK(player.now().us == shown);
    player.seek(sim::Instant{shown + 2'000'000});
    player.act(action(ActionKind::Undo));
    CHECK(player.now().us == shown);
    CHECK(player.session().hand_commands().empty());
  }
}
