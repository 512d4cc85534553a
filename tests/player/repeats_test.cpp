// What came more than once: records written twice, batches that a leader recognized, records copied again, partitions that moved.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "app/owner_history.h"
#include "player/window.h"
#include "protocol/facts_of_logs.h"
#include "ui/looks.h"
#include "ui/panels/group_cells.h"
#include "ui/strings.h"

using namespace kafkascope;
using namespace kafkascope::app;
using namespace kafkascope::words::literals;
using ui::Layout;

namespace {

/// The time of the step with that id.
std::int64_t step_us(const std::string& lesson, const std::string& id) {
  scenario::Session session(parse(text_of(lesson)));
  session.run_until(session.until());
  const auto& steps = session.scenario().steps;
  const auto step = std::find_if(steps.begin(), steps.end(), [&](const scenario::Step& s) { return s.id == id; });
  REQUIRE(step != steps.end());
  return session.step_results()[static_cast<std::size_t>(step - steps.begin())].at.us;
}

observe::Snapshot at(const std::string& lesson, std::int64_t us) {
  const std::string text = text_of(lesson);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{us});
  return player.snapshot();
}

const observe::Partition& part(const observe::Snapshot& world, const std::string& name) {
  const auto it = std::find_if(world.partitions.begin(), world.partitions.end(),
                               [&](const observe::Partition& p) { return p.name == name; });
  REQUIRE(it != world.partitions.end());
  return *it;
}

/// The lesson's picture at that time.
struct PictureWindow : PlayerWindow {
  PictureWindow(const std::string& lesson, std::int64_t us, Layout layout = Layout::Lesson)
      : PlayerWindow(lesson.c_str(), us, layout) {
    h.dashboard.diagnostics().on = true;
    frames(3);
  }
  bool shows(const std::string& words) {
    const auto& pieces = h.dashboard.diagnostics().pieces;
    return std::any_of(pieces.begin(), pieces.end(),
                       [&](const auto& piece) { return piece.text.find(words) != std::string::npos; });
  }
};

/// "rr-3" for a partition that came from there, "=" for one that its owner got again, "" for one that it has kept.
std::string fared(const observe::Snapshot& world, const std::string& group, const std::string& partition) {
  for (const observe::Group& g : world.groups)
    for (const observe::GroupPartition& gp : g.partitions)
      if (g.id == group && world.partitions[static_cast<std::size_t>(gp.partition)].name == partition)
        return gp.interrupted ? "=" + gp.came_from : gp.came_from;
  FAIL("no such partition");
  return {};
}

}  // namespace

TEST_CASE("a record that is in the log twice is marked at both offsets, and one that is not has no mark") {
  const char* lesson = "producer/idempotence";
  const observe::Snapshot before = at(lesson, 3'100'000), after = at(lesson, step_us(lesson, "paid-twice"));
  CHECK(part(before, "twice-0").repeated.empty());
  REQUIRE(part(after, "twice-0").repeated.size() == 1);
  CHECK(part(after, "twice-0").repeated[0] == observe::RepeatedRecord{.offset = 2, .copy_of = 1, .copy = 2});
  CHECK(part(after, "once-0").repeated.empty());
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    PictureWindow picture("delivery/at-least-once", step_us("delivery/at-least-once", "written-twice"), layout);
    CHECK(picture.marks("written twice") == 1);
    CHECK(picture.marks("first of the copies") == 1);
  }
}

TEST_CASE("a batch that the leader recognizes is named by its producer id and sequence number for a moment") {
  const char* lesson = "producer/idempotence";
  const std::int64_t known = step_us(lesson, "known");
  const observe::Snapshot world = at(lesson, known);
  REQUIRE(part(world, "once-0").known.size() == 1);
  const observe::KnownBatch& batch = part(world, "once-0").known[0];
  CHECK(batch.base_offset == 1);
  CHECK(batch.last_offset == 1);
  CHECK(batch.sequence == 1);
  CHECK(batch.producer_id >= 0);
  CHECK(part(world, "twice-0").known.empty());
  CHECK(part(at(lesson, known + 1'500'000), "once-0").known.empty());
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    PictureWindow picture(lesson, known, layout);
    CHECK(picture.marks("known batch") == 1);
    CHECK(picture.shows(ui::tr(ui::Lang::En, "ui.known_batch"_w,
                               {{"producer", std::to_string(batch.producer_id)}, {"sequence", "1"}, {"offset", "1"}})));
  }
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {  // acks=all may still wait for the followers
    const std::string words = ui::tr(lang, "ui.known_batch"_w, {{"producer", "1"}, {"sequence", "1"}, {"offset", "1"}});
    CHECK(words.find("cknowledged") == std::string::npos);
    CHECK(words.find("ack") == std::string::npos);
  }
}

TEST_CASE("brokers from which a partition has moved stand below its rows for a moment") {
  const char* lesson = "operations/scale-out";
  const std::int64_t moved = step_us(lesson, "first-done");
  CHECK(part(at(lesson, moved - 1'000'000), "orders-0").moved_from.empty());
  const observe::Snapshot world = at(lesson, moved + 500'000);
  CHECK(part(world, "orders-0").moved_from == std::vector<int>{1, 2});
  CHECK(part(world, "orders-0").replicas == std::vector<int>{4, 5});
  CHECK(part(world, "extra-0").moved_from.empty());
  CHECK(part(at(lesson, moved + 11'000'000), "orders-0").moved_from.empty());
  PictureWindow picture(lesson, moved + 500'000);
  CHECK(picture.marks("moved away") == 1);
  CHECK(picture.shows("broker-1, broker-2 have deleted their replicas"));
}

TEST_CASE("a recognized batch is shown however many lines follow, unless another batch is at its offset") {
  const char* lesson = "producer/idempotence";
  scenario::Session session(parse(text_of(lesson)));
  session.run_until(sim::Instant{step_us(lesson, "known")});
  const auto shown = [&] { return part(observe::snapshot(session.moment()), "once-0").known; };
  REQUIRE(shown().size() == 1);
  observe::Observation& observation = session.observation();
  REQUIRE(observation.recognized().size() == 1);
  const observe::RecognizedBatch known = observation.recognized()[0];
  const auto tell = [&](protocol::ProducerId producer, std::int32_t sequence) {
    sim::TraceLine line = sim::pack(fact::DuplicateBatch{.partition = known.partition,
                                                         .base_offset = known.base_offset,
                                                         .base_sequence = sequence,
                                                         .producer_id = producer});
    line.time = known.at;
    observation.on_trace(line, nullptr);
  };
  tell(known.producer_id, known.base_sequence + 1);
  tell(known.producer_id + 1, known.base_sequence);
  CHECK(shown().size() == 1);
  for (int i = 0; i < 60'000; ++i) {
    sim::TraceLine line;
    line.kind = sim::trace_kind::kDiskDone;
    line.time = session.now();
    observation.on_trace(line, nullptr);
  }
  CHECK(shown().size() == 1);
}

TEST_CASE("records lost in a power failure are no longer shown as lost once the replica has copied them again") {
  const char* lesson = "replication/rack-loss";
  const std::int64_t light = step_us(lesson, "light"), whole = step_us(lesson, "whole");
  const auto& logs = [](const observe::Snapshot& world) { return part(world, "huddled-0").logs; };
  const observe::Snapshot first = at(lesson, light + 10'000), last = at(lesson, whole);
  const auto good = [](const std::vector<observe::ReplicaLog>& all) {
    return std::count_if(all.begin(), all.end(), [](const observe::ReplicaLog& log) { return log.made_good; });
  };
  CHECK(good(logs(first)) == 0);
  CHECK(good(logs(last)) == 2);  // the leader of room b has lost nothing
  PictureWindow picture(lesson, whole);
  CHECK(picture.marks("lost cell") == 0);
  CHECK(picture.marks("cell copied again") > 0);
}

TEST_CASE("losses that were made good are told for each partition separately") {
  scenario::Session session(parse(R"({
    "format": 1, "id": "x", "title": {"en": "x"}, "seed": 3, "kafka": "4.1",
    "cluster": {"controllers": 1, "brokers": 3},
    "topics": [{"name": "copied", "partitions": 1, "replication_factor": 3, "assignments": {"0": [2, 1, 3]}},
               {"name": "gone", "partitions": 1, "replication_factor": 1, "assignments": {"0": [1]}}],
    "clients": [{"id": "a", "kind": "producer", "topic": "copied", "rate": "20/s"},
                {"id": "b", "kind": "producer", "topic": "gone", "rate": "20/s"}],
    "steps": [{"at": "6s", "do": "power_off", "node": "broker-1"}, {"at": "20s", "do": "restart", "node": "broker-1"}],
    "until": "50s"})"));
  const auto on_broker_1 = [](const observe::Snapshot& world, const char* name) {
    for (const observe::ReplicaLog& log : part(world, name).logs)
      if (log.broker == 1) return log;
    FAIL("no replica");
    return observe::ReplicaLog{};
  };
  bool together = false;
  for (std::int64_t at = 20'500'000; at < session.until().us; at += 500'000) {
    session.run_until(sim::Instant{at});
    const observe::Snapshot world = observe::snapshot(session.moment());
    const observe::ReplicaLog copied = on_broker_1(world, "copied-0"), gone = on_broker_1(world, "gone-0");
    CHECK_FALSE(gone.made_good);
    if (!copied.made_good) continue;
    CHECK(copied.note.en.find("copied from the leader since") != std::string::npos);
    together = together || gone.note.en.find("never flushed") != std::string::npos;
  }
  CHECK(together);
}

TEST_CASE("records that an operator's reset has passed are skipped, not archived by the share group") {
  scenario::Session session(parse(R"({
    "format": 1, "id": "x", "title": {"en": "x"}, "seed": 31, "kafka": "4.1",
    "cluster": {"controllers": 1, "brokers": 3, "features": {"share.version": 1}},
    "topics": [{"name": "jobs", "partitions": 1, "replication_factor": 3}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "jobs", "rate": "50/s", "count": 100},
                {"id": "s-1", "kind": "share_consumer", "topics": ["jobs"], "work": "2s", "config": {"group.id": "pool"}},
                {"id": "s-2", "kind": "share_consumer", "topics": ["jobs"], "start": "85s", "config": {"group.id": "pool"}},
                {"id": "ops", "kind": "admin"}],
    "steps": [{"at": "0s", "do": "configure", "group": "pool", "config": {"share.auto.offset.reset": "earliest"}},
              {"at": "20s", "do": "crash", "node": "s-1"},
              {"at": "80s", "do": "reset_offsets", "group": "pool", "topic": "jobs", "to": "latest", "as": "ops"}],
    "until": "95s"})"));
  session.run_until(session.until());
  const observe::Snapshot world = observe::snapshot(session.moment());
  const observe::Partition& jobs = part(world, "jobs-0");
  REQUIRE(jobs.shares.size() == 1);
  CHECK(jobs.shares[0].start == 100);
  CHECK(jobs.shares[0].archived == 0);
  for (const observe::ShareRun& run : jobs.shares[0].runs) CHECK(run.state != observe::ShareState::Archived);
  CHECK(static_cast<std::int64_t>(jobs.skipped.size()) == world.ledger.all.skipped);
  CHECK_FALSE(jobs.skipped.empty());
}

TEST_CASE("each group shows what its last rebalance moved, from whom, and which members had to stop") {
  const char* lesson = "groups/assignors";
  const observe::Snapshot two_left = at(lesson, step_us(lesson, "who-moved"));
  CHECK(fared(two_left, "rr", "a-0") == "=");
  CHECK(fared(two_left, "rr", "b-0") == "rr-1");
  CHECK(fared(two_left, "rr", "a-2") == "rr-3");
  CHECK(fared(two_left, "st", "a-0") == "=");
  CHECK(fared(two_left, "st", "a-1") == "st-2");
  const observe::Snapshot back = at(lesson, step_us(lesson, "as-little-as-it-can") + 100'000);
  CHECK(fared(back, "st", "a-1") == "st-1");
  CHECK(fared(back, "st", "a-0") == "=");
  CHECK(fared(back, "cs", "a-1") == "cs-1");
  CHECK(fared(back, "cs", "a-0").empty());  // never given up
  // The same after going back.
  const std::string text = text_of(lesson);
  Player player(parse(text), "x", text);
  player.seek(player.session().until());
  player.seek(sim::Instant{step_us(lesson, "who-moved")});
  CHECK(fared(player.snapshot(), "rr", "b-0") == "rr-1");
}

TEST_CASE("groups that the lesson compares are beside each other, until the user selects one of them") {
  const char* lesson = "groups/assignors";
  PictureWindow picture(lesson, step_us(lesson, "who-moved"));
  CHECK(picture.marks("partition moved") >= 6);  // and one in the key
  CHECK(picture.shows(ui::tr(ui::Lang::En, "ui.rebalance_moved"_w, {{"count", "4"}})));
  CHECK_FALSE(picture.shows(ui::tr(ui::Lang::En, "ui.who_joined"_w)));
  picture.h.dashboard.state().selection = "rr";
  picture.frames(2);
  CHECK(picture.marks("partition moved") == 0);
  CHECK(picture.shows(ui::tr(ui::Lang::En, "ui.who_joined"_w)));
}

TEST_CASE("presenting: groups that the lesson compares are beside each other") {
  for (const char* lesson : {"groups/two-groups", "groups/assignors"}) {
    const std::string step = std::string(lesson) == "groups/two-groups" ? "shared" : "two-each";
    PictureWindow picture(lesson, step_us(lesson, step.c_str()) + 500'000, Layout::Presenter);
    for (const observe::Group& g : picture.h.world.groups) {
      CAPTURE(g.id);
      CHECK(picture.shows(g.id));
      CHECK(picture.shows(g.assignor));
    }
    CHECK(picture.marks("partition kept") == (step == "shared" ? 4 : 24));
    ui::clean(picture.h);
  }
}

TEST_CASE("the effects of a rebalance are counted and drawn only for partitions that a living member reads") {
  const std::string text = R"({"format": 1, "id": "two", "kafka": "4.1", "cluster": {"brokers": 1, "config":
      {"offsets.topic.replication.factor": 1}}, "topics": [{"name": "a", "partitions": 4, "replication_factor": 1}],
      "clients": [
      {"id": "e-1", "kind": "consumer", "topics": ["a"], "config": {"group.id": "eager",
       "partition.assignment.strategy": "org.apache.kafka.clients.consumer.RoundRobinAssignor"}},
      {"id": "e-2", "kind": "consumer", "topics": ["a"], "config": {"group.id": "eager",
       "partition.assignment.strategy": "org.apache.kafka.clients.consumer.RoundRobinAssignor"}},
      {"id": "c-1", "kind": "consumer", "topics": ["a"], "config": {"group.id": "coop",
       "partition.assignment.strategy": "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"}},
      {"id": "c-2", "kind": "consumer", "topics": ["a"], "config": {"group.id": "coop",
       "partition.assignment.strategy": "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"}}],
      "steps": [{"at": "0s", "say": {"en": "A.", "ko": "가."},
       "view": {"panels": ["stage", "groups"], "point": ["/groups/eager", "/groups/coop"]}},
      {"at": "12s", "do": "stop", "node": "e-2"}, {"at": "12s", "do": "stop", "node": "c-2"},
      {"at": "20s", "do": "start", "node": "e-2"}, {"at": "20s", "do": "start", "node": "c-2"},
      {"at": "30s", "do": "crash", "node": "e-2"}], "until": "40s"})";
  Player player(parse(text), "x", text);
  ui::Headless h;
  h.size(1600, 900);
  h.dashboard.set_layout(Layout::Lesson);
  h.dashboard.diagnostics().on = true;
  const auto down = [&](const observe::GroupMember& m) {
    return h.world.nodes[static_cast<std::size_t>(m.node)].down();
  };
  const auto is_read = [&](const observe::Group& g, const observe::GroupPartition& gp) {
    return std::any_of(g.members.begin(), g.members.end(), [&](const observe::GroupMember& m) {
      return ui::has(m.partitions, gp.partition) && !ui::has(m.revoking, gp.partition) && !down(m);
    });
  };
  const auto words = [](words::Key key, std::size_t n) {
    return std::string(ui::tr(ui::Lang::En, key, {{"count", std::to_string(n)}}));
  };
  std::set<std::string> seen;
  int nobody = 0, some = 0, all = 0, dead = 0;
  const auto look = [&](std::int64_t us) {
    player.seek(sim::Instant{us});
    h.world = player.snapshot();
    std::string state;
    for (const observe::Group& g : h.world.groups) {
      state += fmt::format("{} {} ", g.state, g.generation);
      for (const observe::GroupMember& m : g.members)
        state += fmt::format("{}/{}/{}/{} ", m.partitions.size(), m.pending.size(), m.revoking.size(), down(m));
    }
    if (!seen.insert(state).second) return;
    h.lesson = player.lesson();
    h.time = player.time();
    h.log = player.log();
    h.settle();
    std::multiset<std::string> expected, drawn;
    for (const observe::Group& g : h.world.groups) {
      std::size_t moved = 0, interrupted = 0, kept = 0, read = 0;
      for (const observe::GroupPartition& gp : g.partitions) {
        if (!is_read(g, gp)) continue;
        ++read;
        if (!gp.came_from.empty()) ++moved;
        else if (gp.interrupted) ++interrupted;
        else if (!gp.first_given) ++kept;
      }
      for (const observe::GroupMember& m : g.members) dead += down(m) && !m.partitions.empty();
      if (g.rebalances < 2) continue;
      nobody += read == 0, some += read > 0 && read < 4, all += read == 4;
      if (read == 0) continue;
      expected.insert(words("ui.rebalance_moved"_w, moved));
      expected.insert(interrupted > 0 ? words("ui.rebalance_interrupted"_w, interrupted)
                                      : words("ui.rebalance_kept"_w, kept));
    }
    for (const auto& piece : h.dashboard.diagnostics().pieces)
      for (std::size_t n = 0; n <= 4; ++n)
        for (const words::Key key : {"ui.rebalance_moved"_w, "ui.rebalance_kept"_w, "ui.rebalance_interrupted"_w})
          if (piece.text == words(key, n)) drawn.insert(piece.text);
    CAPTURE(us);
    CAPTURE(state);
    CHECK(drawn == expected);
    const auto& marks = h.dashboard.diagnostics().marks;
    std::ptrdiff_t of_dead = 0;
    for (const observe::Group& g : h.world.groups)
      for (const observe::GroupMember& m : g.members)
        if (down(m)) of_dead += static_cast<std::ptrdiff_t>(m.partitions.size());
    CHECK(std::count_if(marks.begin(), marks.end(),
                        [](const auto& mark) { return mark.second == "partition of a dead member"; }) == of_dead);
  };
  for (std::int64_t us = 11'990'000; us < 30'000'000; us += 4'000) look(us);
  look(35'000'000);
  // The two groups stand beside each other, each with its counts under its assignor.
  const auto counts_at = [&](std::int64_t us) {
    player.seek(sim::Instant{us});
    take_models(h, player);
    h.settle();
    const auto& pieces = h.dashboard.diagnostics().pieces;
    const auto of_eager =
        std::find_if(pieces.begin(), pieces.end(), [](const auto& p) { return p.text == "roundrobin"; });
    REQUIRE(of_eager != pieces.end());
    std::multiset<std::string> counts;
    for (const auto& piece : pieces)
      for (const char* what : {" moved", " read on", " stopped meanwhile"})
        if (piece.text.ends_with(what) && piece.text.size() == 1 + std::string(what).size())
          counts.insert((piece.rect.x < of_eager->rect.x - 100 ? "coop: " : "eager: ") + piece.text);
    return counts;
  };
  using Counts = std::multiset<std::string>;
  const Counts two_and_two{"coop: 2 moved", "coop: 2 read on", "eager: 2 moved", "eager: 2 stopped meanwhile"};
  CHECK(counts_at(19'000'000) == two_and_two);
  CHECK(counts_at(28'000'000) == two_and_two);
  // e-2, to which two had moved, is dead.
  CHECK(counts_at(35'000'000) ==
        Counts{"coop: 2 moved", "coop: 2 read on", "eager: 0 moved", "eager: 2 stopped meanwhile"});
  CHECK(nobody > 0);
  CHECK(some > 0);
  CHECK(all > 1);
  CHECK(dead > 0);
}

TEST_CASE("a lesson can ring a count of the ledger, and name an error that a client got") {
  const char* auto_commit = "consumer/auto-commit";
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    PictureWindow ledger(auto_commit, step_us(auto_commit, "some-twice"), layout);
    CHECK(ledger.marks("pointed /ledger/by_group/one-thread/redelivered") == 1);
    CHECK(ledger.marks("pointed /ledger/by_group/handoff/redelivered") == 0);
  }
  const char* typo = "producer/console-producer";
  PictureWindow client(typo, step_us(typo, "made"));
  CHECK(client.shows("1 × UNKNOWN_TOPIC_OR_PARTITION"));
}

TEST_CASE(
    "where several partitions stand below each other, the flags of the group that the lesson points at are beside them") {
  const char* lesson = "consumer/console-consumer";
  PictureWindow pointed(lesson, step_us(lesson, "goes-on"));
  CHECK(pointed.marks("flag beside") > 0);
  CHECK(pointed.shows("demo 4"));
  CHECK_FALSE(pointed.shows("console-consumer-71350 "));
}

TEST_CASE("a Fetch response shows its bytes, and max.partition.fetch.bytes if the file sets this limit") {
  const char* lesson = "consumer/consumer-options";
  const std::string text = text_of(lesson);
  Player player(parse(text), "x", text);
  int limited = 0, filled = 0;
  for (std::int64_t us = 20'100'000; us < 20'400'000; us += 3'000) {
    player.seek(sim::Instant{us});
    for (const observe::Message& m : player.snapshot().messages) {
      if (m.api != "Fetch" || !m.response || m.records == 0) continue;
      CHECK(m.most_bytes == 1000);
      CHECK(m.records == 1);
      CHECK(m.bytes > 500);
      CHECK(m.bytes <= 1000);
      ++limited;
      if (m.bytes == 1000) ++filled;  // one of 570 bytes, and a part of the next
    }
  }
  CHECK(limited > 10);
  CHECK(filled > 10);
  player.seek(sim::Instant{5'000'000});  // min-1-byte has the default
  for (const observe::Message& m : player.snapshot().messages) CHECK(m.most_bytes == -1);
}
