// What happens when a timer ends, and the true length of those whose setting is not what the engine waits for.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "broker/share_partition.h"
#include "client/consumer.h"
#include "observe/time/trace_store.h"
#include "player/window.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_quorum.h"
#include "protocol/facts_of_transactions.h"
#include "raft/quorum_state.h"
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

/// The client's timer with that key at the first of these moments at which it runs; null: at none.
const observe::Timer* first_timer(Player& player, const char* client, const char* key, std::int64_t from_ms,
                                  std::int64_t to_ms, std::int64_t step_ms) {
  const observe::Timer* found = nullptr;
  for (std::int64_t ms = from_ms; ms < to_ms && found == nullptr; ms += step_ms) {
    player.seek(sim::Instant{ms * 1000});
    found = client_timer(player.snapshot(), client, key);
  }
  return found;
}

}  // namespace

TEST_CASE("every setting that a snapshot has a timer of says what happens when the timer ends") {
  int keys = 0;
  for (const char* part : {"builder", "clients", "groups", "timers", "transactions", "zookeeper"}) {
    std::ifstream in(source_root() + "/src/observe/model/snapshot_" + part + ".cpp");
    REQUIRE(in.good());
    std::ostringstream text;
    text << in.rdbuf();
    const std::string source = text.str();
    const std::regex setting("\"([a-z][a-z.]+\\.(?:ms|seconds))\"");
    for (std::sregex_iterator it(source.begin(), source.end(), setting), none; it != none; ++it) {
      observe::Timer timer;
      timer.key = (*it)[1];
      if (timer.key == "transaction.abort.timed.out.transaction.cleanup.interval.ms") continue;  // no deadline
      CAPTURE(timer.key);
      ++keys;
      REQUIRE_FALSE(observe::timer_end(timer).empty());
    }
  }
  CHECK(keys >= 38);
  for (const auto& [catalogue, begins] : {std::pair{"en", "then "}, std::pair{"ko", "그 뒤 "}}) {
    std::ifstream in(source_root() + "/assets/words/" + catalogue + ".json");
    int ends = 0;
    for (std::string line; std::getline(in, line);) {
      if (!line.starts_with("  \"timer_end.")) continue;
      ++ends;
      CHECK_MESSAGE(line.find(std::string("\": \"") + begins) != std::string::npos, line);
    }
    CHECK(ends == 44);
  }
}

TEST_CASE("a voter's arc says what the trace then says, with the pre-vote and before it (KIP-996)") {
  const std::string text = text_of("../tests/stories/election-storm"), brokers = R"("brokers": 3})";
  REQUIRE(text.find(brokers) != std::string::npos);
  for (const bool pre_vote : {true, false}) {
    CAPTURE(pre_vote);
    std::string story = text;
    if (!pre_vote) story.replace(story.find(brokers), brokers.size(), R"("brokers": 3, "historical": ["KIP-996"]})");
    Player player(parse(story), "x", story);
    player.seek(sim::Instant{33'000'000});
    constexpr std::int64_t kClocks = 50'000;  // by as much a node's own clock is off
    struct Turn {
      sim::Instant at;
      sim::NodeId node;
      raft::QuorumState to;
    };
    std::vector<Turn> turns;
    const observe::TraceStore& trace = player.session().observation().trace();
    for (std::size_t i = trace.first_at(sim::Instant{3'000'000}); i < trace.size(); ++i)
      if (const auto f = fact_if<fact::QuorumStateChanged>(trace[i]))
        turns.push_back({trace[i].time, trace[i].node, f->state});
    const auto said_at = [&](const Turn& turn, std::int64_t us) -> std::string {
      player.seek(sim::Instant{us});
      const observe::Timer& arc = player.snapshot().nodes[static_cast<std::size_t>(turn.node.index)].session;
      return us < turn.at.us && arc.remaining_us > kClocks ? "" : observe::timer_end(arc).en;
    };
    std::set<std::string> told;
    for (const Turn& turn : turns) {
      const std::string said = said_at(turn, turn.at.us - 1);
      if (said.empty()) continue;  // it is not the arc's end that makes the voter change
      told.insert(said);
      using State = raft::QuorumState;
      const std::string again = "then it waits a little, and stands for election again";
      if (pre_vote || said != again)  // the wait may be of no length
        CHECK(said == (turn.to == State::Prospective ? "then it asks the voters whether they would elect it"
                       : turn.to == State::Candidate ? "then it begins a new epoch and asks for votes"
                                                     : "then it gives up: it waits, or follows its leader again"));
      if (turn.to == State::Candidate) CHECK(said_at(turn, turn.at.us + 1000) == again);
    }
    CHECK(told.size() == 2);
  }
}

TEST_CASE("what happens when max.poll.interval.ms ends: a static member of a classic group sends no more heartbeats") {
  const std::string text = R"({"format": 1, "id": "slow", "kafka": "4.1", "seed": 3,
    "cluster": {"brokers": 1, "config": {"offsets.topic.replication.factor": 1}},
    "topics": [{"name": "orders", "replication_factor": 1}],
    "clients": [
      {"id": "shop", "kind": "producer", "topic": "orders", "rate": "5/s"},
      {"id": "free", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "g-1",
        "max.poll.interval.ms": 8000, "session.timeout.ms": 8000}},
      {"id": "fixed", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "g-2",
        "group.instance.id": "one", "max.poll.interval.ms": 8000, "session.timeout.ms": 8000}},
      {"id": "newer", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "g-3",
        "group.instance.id": "two", "max.poll.interval.ms": 8000, "group.protocol": "consumer"}}],
    "steps": [{"at": "15s", "do": "behave", "node": "free", "work": "90s"},
              {"at": "15s", "do": "behave", "node": "fixed", "work": "90s"},
              {"at": "15s", "do": "behave", "node": "newer", "work": "90s"}],
    "until": "60s"})";
  Player player(parse(text), "x", text);
  struct Case {
    const char *client, *group, *says;
  };
  for (const Case& c :
       {Case{"free", "g-1", "then the consumer leaves the group"},
        Case{"fixed", "g-2", "then it sends no more heartbeats; it stays a member until its session ends"},
        Case{"newer", "g-3",
             "then the consumer leaves for a while; its place and partitions stay until its session ends"}}) {
    CAPTURE(c.client);
    player.seek(sim::Instant{21'000'000});
    const observe::Timer* arc = client_timer(player.snapshot(), c.client, "max.poll.interval.ms");
    REQUIRE(arc != nullptr);
    CHECK(observe::timer_end(*arc).en == c.says);
    const sim::Instant end{21'000'000 + arc->remaining_us};
    player.seek(sim::Instant{end.us + 100'000});
    const observe::TraceStore& trace = player.session().observation().trace();
    std::string then;
    for (std::size_t i = trace.first_at(end); i < trace.size(); ++i) {
      if (const auto left = fact_if<fact::GroupMemberLeft>(trace[i]); left && left->group == c.group) then = "left";
      if (const auto away = fact_if<fact::MemberEpoch>(trace[i]);
          away && away->group == c.group && away->member_epoch == -2)
        then = "away";
    }
    const std::string client = c.client;
    CHECK(then == (client == "free" ? "left" : client == "newer" ? "away" : ""));
    if (client != "fixed") continue;
    const auto members = [&] {
      for (const observe::Group& g : player.snapshot().groups)
        if (g.id == c.group) return g.members;
      return std::vector<observe::GroupMember>();
    };
    REQUIRE(members().size() == 1);
    const std::int64_t session = player.snapshot().time_us + members().front().session.remaining_us;
    CHECK(session < end.us + 8'000'000);
    player.seek(sim::Instant{session - 100'000});
    CHECK(members().size() == 1);
    player.seek(sim::Instant{session + 100'000});
    CHECK(members().empty());  // no heartbeat has moved the session's end
  }
}

TEST_CASE("a rebalance that does not wait any longer for a static member keeps its place") {
  const std::string text = R"({"format": 1, "id": "absent", "kafka": "4.1", "seed": 3,
    "cluster": {"brokers": 1, "config": {"offsets.topic.replication.factor": 1}},
    "topics": [{"name": "orders", "partitions": 2, "replication_factor": 1}],
    "clients": [
      {"id": "gone", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "g", INSTANCE
        "max.poll.interval.ms": 8000, "session.timeout.ms": 40000}},
      {"id": "late", "kind": "consumer", "topics": ["orders"], "start": "15s", "config": {"group.id": "g",
        "max.poll.interval.ms": 8000}}],
    "steps": [{"at": "14s", "do": "kill", "node": "gone"}],
    "until": "40s"})";
  for (const bool fixed : {true, false}) {
    CAPTURE(fixed);
    std::string story = text;
    story.replace(story.find("INSTANCE"), 8, fixed ? R"("group.instance.id": "one",)" : "");
    Player player(parse(story), "x", story);
    player.seek(sim::Instant{18'000'000});
    REQUIRE(player.snapshot().groups.size() == 1);
    const auto gone = [&]() -> const observe::GroupMember* {
      for (const observe::GroupMember& gm : player.snapshot().groups.front().members)
        if (gm.client == "gone") return &gm;
      return nullptr;
    };
    REQUIRE(gone() != nullptr);
    const observe::Timer awaited = gone()->awaited;
    REQUIRE(awaited.running);
    CHECK(observe::timer_end(awaited).en ==
          (fixed ? "then the rebalance goes on if anybody has joined; this static member keeps its place until its "
                   "session ends"
                 : "then the rebalance goes on without the member"));
    player.seek(sim::Instant{18'000'000 + awaited.remaining_us + 500'000});
    CHECK(player.snapshot().groups.front().state == "Stable");
    CHECK((gone() != nullptr) == fixed);
  }
}

TEST_CASE("a transaction whose time is over is aborted at the coordinator's next check") {
  const std::string text = text_of("../tests/stories/transaction-times-out"), brokers = R"("brokers": 3})";
  for (const std::int64_t seconds : {10, 3}) {
    CAPTURE(seconds);
    std::string story = text;
    if (seconds != 10)
      story.replace(
          story.find(brokers), brokers.size(),
          R"("brokers": 3, "config": {"transaction.abort.timed.out.transaction.cleanup.interval.ms": 3000}})");
    Player player(parse(story), "x", story);
    player.seek(sim::Instant{6'000'000});
    REQUIRE(player.snapshot().transactions.size() == 1);
    const observe::Timer arc = player.snapshot().transactions.front().timeout;
    CHECK(observe::timer_end(arc).en ==
          "then aborted at the coordinator's next check (every " + std::to_string(seconds) + " s)");
    const sim::Instant end{6'000'000 + arc.remaining_us};
    player.seek(sim::Instant{25'000'000});
    const observe::TraceStore& trace = player.session().observation().trace();
    std::int64_t late = -1;
    for (std::size_t i = trace.first_at(end); i < trace.size() && late < 0; ++i)
      if (is<fact::TransactionState>(trace[i])) late = (trace[i].time - end).us;
    CHECK(late >= 500'000);  // not when the arc ends
    CHECK(late <= seconds * 1'000'000);
  }
}

TEST_CASE("when a share lock ends, its records are available again, or archived after the last try") {
  const std::string text = R"({"format": 1, "id": "tries", "kafka": "4.1", "seed": 3,
    "cluster": {"brokers": 1, "features": {"share.version": 1}, "config": {"group.share.delivery.count.limit": 2,
      "share.coordinator.state.topic.replication.factor": 1, "offsets.topic.replication.factor": 1}},
    "topics": [{"name": "jobs", "replication_factor": 1}],
    "clients": [
      {"id": "shop", "kind": "producer", "topic": "jobs", "rate": "5/s", "count": 5},
      {"id": "first", "kind": "share_consumer", "topics": ["jobs"], "work": "90s", "config": {"group.id": "pool"}},
      {"id": "second", "kind": "share_consumer", "topics": ["jobs"], "work": "90s", "start": "30s",
        "config": {"group.id": "pool"}}],
    "steps": [{"at": "0s", "do": "configure", "group": "pool", "config": {"share.auto.offset.reset": "earliest",
      "share.record.lock.duration.ms": 15000}}],
    "until": "80s"})";
  Player player(parse(text), "x", text);
  std::set<broker::RecordState> then;
  for (const auto& [client, from] : {std::pair{"first", 5'000'000}, std::pair{"second", 31'000'000}}) {
    const observe::Timer* arc = nullptr;
    std::int64_t now = from;
    for (; now < from + 20'000'000 && arc == nullptr; now += arc == nullptr ? 500'000 : 0) {
      player.seek(sim::Instant{now});
      arc = client_timer(player.snapshot(), client, "share.record.lock.duration.ms");
    }
    REQUIRE(arc != nullptr);
    CHECK(observe::timer_end(*arc).en == "then the records are available again, or archived after the last try");
    const sim::Instant end{now + arc->remaining_us};
    player.seek(sim::Instant{end.us + 1000});
    const observe::TraceStore& trace = player.session().observation().trace();
    for (std::size_t i = trace.first_at(end); i < trace.size(); ++i)
      if (const auto settled = fact_if<fact::ShareSettled>(trace[i])) then.insert(settled->state);
  }
  CHECK(then == std::set{broker::RecordState::Available, broker::RecordState::Archived});
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
    const bool arc = !observe::timer_end(timer).empty(),
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
  const observe::Timer* block = first_timer(player, "small-buffer", "max.block.ms", 6'500, 11'000, 100);
  REQUIRE(block != nullptr);
  CHECK(block->total_us == 2'000'000);
  CHECK(block->value == "2000");
  const std::string reorder = text_of("producer/retries-reorder");
  Player again(parse(reorder), "x", reorder);
  const observe::Timer* backoff = first_timer(again, "idem-off", "retry.backoff.ms", 4'000, 4'300, 5);
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
