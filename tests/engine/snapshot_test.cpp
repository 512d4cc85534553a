// What the dashboard's snapshot of a run says that no other document does.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "observe/model/assignor_previews.h"
#include "observe/model/snapshot_builder.h"
#include "support/lessons.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

observe::Snapshot shown(Session& session) { return observe::snapshot(session.moment()); }

const observe::Transaction& transaction(const observe::Snapshot& s, const std::string& id) {
  const auto it = std::find_if(s.transactions.begin(), s.transactions.end(), [&](const auto& t) { return t.id == id; });
  REQUIRE(it != s.transactions.end());
  return *it;
}

const observe::Group& group(const observe::Snapshot& s, const std::string& id) {
  const auto it = std::find_if(s.groups.begin(), s.groups.end(), [&](const auto& g) { return g.id == id; });
  REQUIRE(it != s.groups.end());
  return *it;
}

}  // namespace

TEST_CASE("the snapshot has a transaction's last state transition, even from a fence, which is never stored") {
  const std::string text = read_text(source_path("tests/stories/a-successor-in-each-state.json"));
  for (const char* variant : {"base", "tv1", "2.5"}) {
    CAPTURE(variant);
    Session session(loaded(text, variant));
    using Arrow = std::pair<std::string, std::string>;
    std::set<Arrow> open, ending;
    for (std::int64_t at = 0; at < 20'000'000; at += 2'000) {
      session.run_until({at});
      const observe::Snapshot s = shown(session);
      for (const observe::Transaction& t : s.transactions) {
        if (t.id == "tx-open") open.emplace(t.previous_state, t.state);
        if (t.id == "tx-ending") ending.emplace(t.previous_state, t.state);
      }
    }
    for (const Arrow& taken : {Arrow{"Empty", "Ongoing"}, Arrow{"PrepareEpochFence", "PrepareAbort"},
                               Arrow{"PrepareAbort", "CompleteAbort"}, Arrow{"CompleteAbort", "Empty"}})
      CHECK_MESSAGE(open.contains(taken), taken.first, " -> ", taken.second);
    CHECK_FALSE(open.contains({"Ongoing", "PrepareAbort"}));
    for (const Arrow& taken : {Arrow{"Ongoing", "PrepareCommit"}, Arrow{"PrepareCommit", "CompleteCommit"},
                               Arrow{"CompleteCommit", "Empty"}})
      CHECK_MESSAGE(ending.contains(taken), taken.first, " -> ", taken.second);
  }
}

TEST_CASE("a coordinator that has just taken over does not know a transaction's last state transition") {
  Session session(loaded(read_text(source_path("tests/stories/transaction-coordinator-dies.json"))));
  session.run_until({5'900'000});
  CHECK(transaction(shown(session), "tx-1").previous_state != "");
  for (std::int64_t at = 6'000'000; at < 30'000'000; at += 10'000) {
    session.run_until({at});
    const observe::Snapshot s = shown(session);
    if (s.transactions.empty() || transaction(s, "tx-1").state != "Ongoing") continue;
    CHECK(transaction(s, "tx-1").previous_state == "");
    break;
  }
}

TEST_CASE(
    "previews of assignors: the assignor in use moves nothing, and each gives the members what it gives them in the lesson") {
  const std::string text = read_text(source_path("scenarios/groups/assignors.json"));
  Session session(loaded(text));
  // After r-2, rr-2, st-2 and cs-2 have left: what the lesson expects of each at 18 s.
  session.run_until({18'000'000});
  observe::Snapshot s = shown(session);
  observe::add_assignors(session.cluster(), s);
  const auto of = [&](const observe::AssignorPreview& a, const observe::Group& g, const std::string& client) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < g.members.size(); ++i)
      if (g.members[i].client == client)
        for (const auto* list : {&a.partitions[i], &a.later[i]})
          for (const int p : *list) names.push_back(s.partitions[static_cast<std::size_t>(p)].name);
    std::sort(names.begin(), names.end());
    return names;
  };
  using Names = std::vector<std::string>;
  for (const char* id : {"r", "rr", "st", "cs"}) {
    CAPTURE(id);
    const observe::Group& g = group(s, id);
    REQUIRE(g.assignors.size() == 4);
    const std::string first = std::string(id) + "-1", third = std::string(id) + "-3";
    int used = 0;
    for (const observe::AssignorPreview& a : g.assignors) {
      CAPTURE(a.name);
      used += a.used;
      if (a.used) {
        CHECK(a.name == g.assignor);
        CHECK(a.moves == 0);
      }
      std::size_t given = 0;
      for (const auto& list : a.partitions) given += list.size();
      for (const auto& list : a.later) given += list.size();
      CHECK(given == 6);
    }
    CHECK(used == 1);
    // Whatever the group uses, range and round-robin look at nothing but ids and topics.
    CHECK(of(g.assignors[0], g, first).size() + of(g.assignors[0], g, third).size() == 6);
    CHECK(of(g.assignors[0], g, third) == Names{"a-2", "b-2"});
    CHECK(of(g.assignors[1], g, first) == Names{"a-0", "a-2", "b-1"});
    CHECK(of(g.assignors[1], g, third) == Names{"a-1", "b-0", "b-2"});
  }
  // Range has tilted r; sticky would move as little as an even share needs, the cooperative one in two steps.
  const observe::Group& r = group(s, "r");
  CHECK(r.assignors[0].moves == 0);
  CHECK(r.assignors[2].moves == 1);
  CHECK(r.assignors[3].moves == 1);
  std::size_t later = 0;
  for (const auto& list : r.assignors[3].later) later += list.size();
  CHECK(later == 1);
  CHECK(group(s, "st").assignors[1].moves > 1);
}

TEST_CASE("the group of each assignor is shown with the partitions that its members were really assigned") {
  const auto names = [](const observe::Snapshot& s, const std::vector<int>& places) {
    std::set<std::string> out;
    for (const int place : places) out.insert(s.partitions[static_cast<std::size_t>(place)].name);
    return out;
  };
  const auto named = [](const nlohmann::json& list) {
    std::set<std::string> out;
    for (const auto& name : list) out.insert(name.get<std::string>());
    return out;
  };
  std::set<std::vector<std::set<std::string>>> different;
  for (const auto& [assignor, config] :
       {std::pair{"range", R"("partition.assignment.strategy": "org.apache.kafka.clients.consumer.RangeAssignor")"},
        {"roundrobin", R"("partition.assignment.strategy": "org.apache.kafka.clients.consumer.RoundRobinAssignor")"},
        {"sticky", R"("partition.assignment.strategy": "org.apache.kafka.clients.consumer.StickyAssignor")"},
        {"cooperative-sticky",
         R"("partition.assignment.strategy": "org.apache.kafka.clients.consumer.CooperativeStickyAssignor")"},
        {"uniform", R"("group.protocol": "consumer", "group.remote.assignor": "uniform")"},
        {"range", R"("group.protocol": "consumer", "group.remote.assignor": "range")"}}) {
    const std::string settings = config;  // clang cannot capture a structured binding
    CAPTURE(settings);
    std::string clients;
    for (const char* id : {"k1", "k2", "k3", "k4"})
      clients += std::string(clients.empty() ? "" : ", ") + R"({"id": ")" + id +
                 R"(", "kind": "consumer", "topics": ["a", "b"], "config": {"group.id": "g", )" + config + "}}";
    Session session(loaded(R"({"format": 1, "id": "six", "title": {"en": "six"}, "seed": 1, "kafka": "4.1",
      "cluster": {"controllers": 1, "brokers": 3},
      "topics": [{"name": "a", "partitions": 5, "replication_factor": 1}, {"name": "b", "partitions": 3, "replication_factor": 1}],
      "clients": [)" + clients +
                           R"(], "steps": [{"at": "15s", "do": "stop", "node": "k2"}], "until": "60s"})"));
    session.run_until({30'000'000});  // three are left
    observe::Snapshot s = shown(session);
    observe::add_assignors(session.cluster(), s);
    const observe::Group& g = group(s, "g");
    CHECK(g.assignor == assignor);
    REQUIRE(g.members.size() == 3);
    const bool classic = std::string(config).find("strategy") != std::string::npos;
    REQUIRE(g.assignors.size() == (classic ? 4 : 2));
    std::vector<std::set<std::string>> all;
    std::size_t given = 0;
    for (std::size_t i = 0; i < g.members.size(); ++i) {
      const std::string path = "/clients/" + g.members[i].client + "/assignment";
      const std::set<std::string> real = named(*observe::state_at(session.moment(), path));
      const nlohmann::json members = *observe::state_at(session.moment(), "/groups/g/members");
      CHECK(named(members.at(g.members[i].client)["assignment"]) == real);
      CHECK(names(s, g.members[i].partitions) == real);
      for (const observe::AssignorPreview& a : g.assignors)
        if (a.used) CHECK(names(s, a.partitions[i]) == real);
      given += real.size();
      all.push_back(real);
    }
    CHECK(given == 8);
    CHECK(std::count_if(g.assignors.begin(), g.assignors.end(), [](const auto& a) { return a.used; }) == 1);
    std::sort(all.begin(), all.end());
    different.insert(all);
  }
  CHECK(different.size() >= 3);  // they do not all give the same
}

TEST_CASE("a preview's rows are in the order of the group's members, even if their member ids sort differently") {
  Session session(loaded(R"({"format": 1, "id": "order", "title": {"en": "order"}, "seed": 1, "kafka": "4.1",
    "cluster": {"controllers": 1, "brokers": 3},
    "topics": [{"name": "t", "partitions": 5, "replication_factor": 1}],
    "clients": [
      {"id": "zoe", "kind": "consumer", "topics": ["t"], "config": {"group.id": "g", "partition.assignment.strategy": "org.apache.kafka.clients.consumer.RangeAssignor"}},
      {"id": "amy", "kind": "consumer", "topics": ["t"], "config": {"group.id": "g", "partition.assignment.strategy": "org.apache.kafka.clients.consumer.RangeAssignor"}}],
    "until": "20s"})"));
  session.run_until({15'000'000});
  observe::Snapshot s = shown(session);
  CHECK(group(s, "g").assignors.empty());  // only on demand
  REQUIRE(group(s, "g").comparable);
  observe::add_assignors(session.cluster(), s);
  const observe::Group& g = group(s, "g");
  REQUIRE(g.members.size() == 2);
  REQUIRE(g.members[0].client == "zoe");
  REQUIRE(g.members[0].partitions != g.members[1].partitions);
  REQUIRE(g.assignors.size() == 4);
  REQUIRE(g.assignors[0].used);
  for (std::size_t i = 0; i < 2; ++i) CHECK(g.assignors[0].partitions[i] == g.members[i].partitions);
}

TEST_CASE(
    "a static member whose place another client has taken is that client's process, not the one that joined first") {
  Session session(loaded(read_text(source_path("tests/stories/one-instance-id-twice.json"))));
  session.run_until({9'000'000});
  CHECK(group(shown(session), "billing").members.at(0).client == "till");
  session.run_until({15'000'000});
  const observe::Snapshot s = shown(session);
  REQUIRE(group(s, "billing").members.size() == 1);
  const observe::GroupMember& member = group(s, "billing").members[0];
  CHECK(member.client == "twin");
  CHECK(member.node == session.cluster().find("twin").index);
  CHECK(member.partitions.size() == 2);
  CHECK(group(s, "billing").leader == "twin");
  // The state document has the client id that the coordinator keeps (ClassicGroup.replaceStaticMember).
  CHECK(observe::state_at(session.moment(), "/groups/billing/members/till").has_value());
}

TEST_CASE("a dead process's member shows what the coordinator gave it, not what the client's next process owns") {
  Session session(loaded(R"({"format": 1, "id": "again", "title": {"en": "again"}, "seed": 1, "kafka": "4.1",
    "cluster": {"controllers": 1, "brokers": 3},
    "topics": [{"name": "t", "partitions": 4, "replication_factor": 1}],
    "clients": [{"id": "a", "kind": "consumer", "topics": ["t"], "config": {"group.id": "g", "group.protocol": "consumer"}},
      {"id": "b", "kind": "consumer", "topics": ["t"], "config": {"group.id": "g", "group.protocol": "consumer"}}],
    "steps": [{"at": "15s", "do": "kill", "node": "a"}, {"at": "17s", "do": "start", "node": "a"}],
    "until": "60s"})"));
  session.run_until({30'000'000});
  const observe::Snapshot s = shown(session);
  const observe::Group& g = group(s, "g");
  const auto state = *observe::state_at(session.moment(), "/groups/g/members");
  REQUIRE(g.members.size() == 3);  // the dead process's session lasts for 45 s
  for (const observe::GroupMember& member : g.members) {
    std::set<std::string> owned, assigned;
    for (const int place : member.partitions) owned.insert(s.partitions[static_cast<std::size_t>(place)].name);
    for (const auto& [key, value] : state.items())
      if (value["member_id"] == member.member_id)
        for (const auto& name : value["assignment"]) assigned.insert(name.get<std::string>());
    CAPTURE(member.member_id);
    CHECK(owned == assigned);
  }
}

TEST_CASE("all skipped records near the ends of the logs, however many, are ghosts, and no other records are") {
  Session session(loaded(R"({"format": 1, "id": "far", "kafka": "4.1", "cluster": {"brokers": 3},
    "topics": [{"name": "orders", "partitions": 3, "replication_factor": 1}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "300/s", "count": 900, "partitioner": "round_robin"},
                {"id": "billing", "kind": "consumer", "topics": ["orders"], "work": "1s",
                 "config": {"group.id": "billing", "auto.offset.reset": "earliest", "max.poll.records": 1}}],
    "steps": [{"at": "10s", "do": "seek", "node": "billing", "partition": "orders-0", "to": "end"},
              {"at": "10s", "do": "seek", "node": "billing", "partition": "orders-1", "to": "end"},
              {"at": "10s", "do": "seek", "node": "billing", "partition": "orders-2", "to": "end"}],
    "until": "30s"})"));
  const auto ghosts = [&](std::int64_t tail) {
    observe::SnapshotOptions options;
    options.tail = tail;
    const observe::Snapshot s = observe::snapshot(session.moment(), options);
    std::size_t sum = 0;
    for (const observe::Partition& p : s.partitions) {
      CHECK(std::is_sorted(p.skipped.begin(), p.skipped.end()));
      for (const std::int64_t offset : p.skipped) {
        CHECK(offset >= p.log_end_offset - tail);
        CHECK(offset < p.high_watermark);
      }
      sum += p.skipped.size();
    }
    return std::pair(static_cast<std::int64_t>(sum), s.ledger.all.skipped);
  };
  session.run_until({9'000'000});
  CHECK(ghosts(400) == std::pair<std::int64_t, std::int64_t>(0, 0));
  session.run_to_end();
  const auto all = ghosts(400);
  CHECK(all.second > 500);
  CHECK(all.first == all.second);
  CHECK(ghosts(50).first == 150);
}

TEST_CASE("a service that others call says how often, and its waiting calls are those without a slot") {
  Session session(loaded(read_text(source_path("scenarios/why/point-to-point.json"))), true);
  const auto client = [&](const observe::Snapshot& s, const std::string& name) {
    const auto it = std::find_if(s.clients.begin(), s.clients.end(),
                                 [&](const auto& c) { return s.nodes[static_cast<std::size_t>(c.node)].name == name; });
    REQUIRE(it != s.clients.end());
    return *it;
  };
  session.run_until({6'000'000});
  CHECK(client(shown(session), "search").fact.en == "60 calls/s");
  session.run_until({10'000'000});
  CHECK(client(shown(session), "search").fact.en == "0 calls/s");  // its callers wait for monitoring
  session.run_until({19'100'000});
  const observe::Snapshot rush = shown(session);
  CHECK(client(rush, "web").fact.en == "slots 20/20, " + std::to_string(client(rush, "web").waiting) + " wait");
  CHECK(client(rush, "monitoring").waiting > 0);
  session.run_until({19'500'000});
  CHECK(client(shown(session), "search").fact.en == "298 calls/s");
}

TEST_CASE("the first records of a log are listed beside those that retention has deleted before them") {
  Session session(loaded(read_text(source_path("scenarios/operations/consumer-falls-behind-retention.json"))), true);
  session.run_until({53'000'000});
  const observe::Snapshot s = shown(session);
  const observe::ReplicaLog& log = s.partitions.front().logs.front();
  REQUIRE(log.log_start_offset > 0);
  REQUIRE(log.log_end_offset - log.log_start_offset > 400);  // too far for the end's records
  CHECK(std::any_of(log.runs.begin(), log.runs.end(), [&](const observe::LogRun& run) {
    return !run.deleted && run.base_offset <= log.log_start_offset && run.last_offset >= log.log_start_offset;
  }));
  for (std::int64_t offset = log.log_start_offset; offset < log.log_end_offset; ++offset)  // none is listed twice
    CHECK(std::count_if(log.runs.begin(), log.runs.end(), [&](const observe::LogRun& run) {
            return run.base_offset <= offset && offset <= run.last_offset;
          }) <= 1);
}

TEST_CASE("each refused batch has its own sequence, even if requests waited for one another at the broker") {
  Session session(loaded(R"({"format": 1, "id": "refused", "title": {"en": "r", "ko": "r"}, "seed": 1, "kafka": "4.1",
    "cluster": {"brokers": 2, "controllers": 1},
    "topics": [{"name": "t", "assignments": {"0": [1, 2]}, "config": {"min.insync.replicas": 2}}],
    "clients": [{"id": "p", "kind": "producer", "topic": "t", "rate": "20/s"}],
    "steps": [{"at": "5s", "do": "crash", "node": "broker-2"}], "until": "40s"})"),
                  true);
  // The first batch waits for the follower until request.timeout.ms is over, and the next four behind the first.
  std::set<std::pair<std::int64_t, std::string>> in_flight, arrived;
  for (std::int64_t at = 34'900'000; at < 35'300'000; at += 500) {
    session.run_until({at});
    const observe::Snapshot s = shown(session);
    for (const observe::Message& m : s.messages)
      if (!m.error.empty() && m.api == "Produce") in_flight.emplace(m.refused_sequence, m.error);
    for (const observe::Refused& r : s.refused) arrived.emplace(r.sequence, r.error);
  }
  const auto count = [&](std::string_view error) {
    return std::count_if(in_flight.begin(), in_flight.end(), [&](const auto& of) { return of.second == error; });
  };
  CHECK(count("REQUEST_TIMED_OUT") == 1);
  CHECK(count("NOT_ENOUGH_REPLICAS") >= 3);
  // The set is in the order of the sequences. The batch that had waited first is the one that timed out; the producer
  // sends that batch again, and it is refused, too.
  REQUIRE_FALSE(in_flight.empty());
  CHECK(in_flight.contains({in_flight.begin()->first, "REQUEST_TIMED_OUT"}));
  for (auto of = in_flight.begin(); std::next(of) != in_flight.end(); ++of)
    CHECK(std::next(of)->first - of->first <= 1);
  CHECK(in_flight.rbegin()->first - in_flight.begin()->first >= 3);
  CHECK(arrived == in_flight);
}
