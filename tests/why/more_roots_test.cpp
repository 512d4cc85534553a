// The roots of quotas, of rebalances, and of values of the state.
#include <doctest/doctest.h>

#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using nlohmann::json;
using scenario::Session;

namespace {

/// A producer that sends a hundred times its quota, and a broker that dies much later than the quota begins.
Session above_its_quota(const std::string& kafka, bool idempotent) {
  const std::string cluster =
      kafka == "2.5" ? R"("metadata": "zookeeper", "zookeepers": 1, "brokers": 3)" : R"("brokers": 3)";
  return small_run(R"("topics": [{"name": "pay", "partitions": 2, "replication_factor": 3}],
    "clients": [{"id": "bulk", "kind": "producer", "topic": "pay", "rate": "200/s", "value_size": "1000B",
      "keys": "customer:8", "config": {"acks": "all", "enable.idempotence": )" +
                       std::string(idempotent ? "true" : "false") + R"(, "request.timeout.ms": 3000,
      "delivery.timeout.ms": 45000, "linger.ms": 5}}],
    "steps": [{"at": "10s", "do": "quota", "principal": "User:bulk", "producer_byte_rate": 2000},
              {"at": "60s", "do": "crash", "node": "leader:pay-0"}])",
                   75'000, kafka, cluster);
}

}  // namespace

TEST_CASE(
    "records that fail, repeat or come out of order because a quota holds their requests up have the quota as root") {
  for (const char* kafka : {"4.1", "2.5"})
    for (const bool idempotent : {true, false}) {
      CAPTURE(kafka);
      CAPTURE(idempotent);
      Session session = above_its_quota(kafka, idempotent);
      for (const char* fate : {"failed", "in_doubt", "reordered", "duplicated"}) {
        const std::string path = "/ledger/" + std::string(fate);
        CAPTURE(path);
        if (state_in(session, path) == 0) {
          CHECK(idempotent);
          continue;
        }
        const observe::Answer answer = asked(session, path);
        CAPTURE(text_of_steps(answer));
        REQUIRE(answer.root.has_value());
        CHECK(answer.root->at.us == 10'000'000);
        check_root_changes(session, answer, path);
      }
    }
}

TEST_CASE("the quotas that clients have lead back to the act that set them, not to one that removed another's") {
  const auto quotas = [](std::int64_t at_ms) {
    return small_run(R"("topics": [{"name": "pay", "partitions": 1}],
      "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"},
                  {"id": "reader", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}}],
      "steps": [{"at": "5s", "do": "quota", "client": "shop", "producer_byte_rate": 2000},
                {"at": "20s", "do": "quota", "client": "reader", "consumer_byte_rate": 1000},
                {"at": "30s", "do": "quota", "client": "shop", "remove": true},
                {"at": "40s", "do": "quota", "client": "reader", "remove": true}])",
                     at_ms);
  };
  struct Case {
    std::int64_t at_ms, root_ms;
    std::string path;
  };
  for (const Case& c : {Case{25'000, 5'000, "/cluster/quotas/client-id:shop"},
                        {25'000, 20'000, "/cluster/quotas/client-id:reader/consumer_byte_rate"},
                        {35'000, 20'000, "/cluster/quotas"},
                        {45'000, 40'000, "/cluster/quotas"}}) {
    CAPTURE(c.at_ms);
    CAPTURE(c.path);
    Session session = quotas(c.at_ms);
    const observe::Answer answer = asked(session, c.path);
    CAPTURE(text_of_steps(answer));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us / 1000 == c.root_ms);
    check_root_changes(session, answer, c.path);
  }
}

namespace {

std::int64_t behind(const json& partition) {
  return partition["high_watermark"].is_number() && partition["log_end_offset"].is_number()
             ? partition["log_end_offset"].get<std::int64_t>() - partition["high_watermark"].get<std::int64_t>()
             : 0;
}

/// Whether all replicas run, and have what the leader has, or nearly so: otherwise the question is which of them has to leave.
bool all_keep_up(Session& session, const json& partition) {
  for (const json& id : partition["replicas"]) {
    const std::string number = std::to_string(id.get<int>());
    const json log = partition["logs"].value(number, json::object());
    if (state_in(session, "/nodes/broker-" + number + "/state") != "running" ||
        !log.value("log_end_offset", json()).is_number() || !partition["log_end_offset"].is_number() ||
        partition["log_end_offset"].get<std::int64_t>() - log["log_end_offset"].get<std::int64_t>() > 20)
      return false;
  }
  return true;
}

std::vector<Odd> odd_things(Session& session) {
  std::vector<Odd> found;
  const json partitions = state_in(session, "/partitions"), clients = state_in(session, "/clients");
  for (const auto& [name, p] : partitions.items()) {
    if (name.starts_with("__")) continue;
    const std::string path = "/partitions/" + name;
    if (p["isr"].size() < p["replicas"].size()) found.push_back({"isr", path + "/isr"});
    else if (p["partition_epoch"] > 0 && p["replicas"].size() > 1 && all_keep_up(session, p))
      found.push_back({"whole isr", path + "/isr"});
    if (p["leader"] != p["replicas"][0]) found.push_back({"leader", path + "/leader"});
    if (behind(p) > 20) found.push_back({"high_watermark", path + "/high_watermark"});
  }
  for (const auto& [name, c] : clients.items())
    if (c["kind"] == "producer" && c["waiting"].is_number() && c["waiting"].get<std::int64_t>() > 20)
      found.push_back({"waiting", "/clients/" + name + "/waiting"});
  return found;
}

bool has_member(const json& list, const json& id) { return std::find(list.begin(), list.end(), id) != list.end(); }

std::vector<json> out_of_isr(const json& partition) {
  std::vector<json> out;
  for (const json& id : partition["replicas"])
    if (!has_member(partition["isr"], id)) out.push_back(id);
  return out;
}

/// The same file with no other acts than those that move replicas or bring something up.
std::shared_ptr<const scenario::Scenario> moves_alone(const scenario::Scenario& original) {
  auto copy = std::make_shared<scenario::Scenario>(original);
  for (std::size_t i = 0; i < original.steps.size(); ++i) {
    const auto& command = original.steps[i].command;
    if (!command) continue;
    using cluster::Verb;
    const Verb verb = command->verb;
    if (verb == Verb::Reassign || verb == Verb::AddBroker || verb == Verb::Start || verb == Verb::CreateTopic) continue;
    copy = std::make_shared<scenario::Scenario>(*without(*copy, {static_cast<int>(i), "", false, ""}));
  }
  return copy;
}

/// Whether one of the replicas that are out of the ISR is in it in the other run. One that is no replica there was added by
/// the act that is taken out: it was that act's doing only if it is out without all other acts as well.
bool is_in_sync_there(Session& session, const std::string& thing, const json& here, const json& there) {
  for (const json& id : out_of_isr(here)) {
    if (has_member(there["isr"], id)) return true;
    if (has_member(there["replicas"], id)) continue;
    Session alone(moves_alone(session.scenario()), true);
    alone.run_until(session.now());
    if (!has_member(state_in(alone, thing)["isr"], id)) return true;
  }
  return false;
}

/// Whether the other run does not have that problem at the same moment.
bool is_gone(Session& session, Session& other, const Odd& odd) {
  const std::string thing = odd.path.substr(0, odd.path.rfind('/'));
  const json here = state_in(session, thing), there = state_in(other, thing);
  if (!there.is_object()) return true;
  if (odd.kind == "whole isr")
    return std::any_of(here["isr"].begin(), here["isr"].end(),
                       [&](const json& id) { return !has_member(there["isr"], id); });
  if (odd.kind == "isr") return is_in_sync_there(session, thing, here, there);
  if (odd.kind == "leader") return there["leader"] != here["leader"] || there["leader"] == there["replicas"][0];
  if (odd.kind == "high_watermark") return behind(there) * 4 <= behind(here);
  return there["waiting"].is_number() && is_cured(odd.path, here["waiting"], there["waiting"]);
}

}  // namespace

TEST_CASE(
    "the root cause of a small ISR, or of one that is whole again, another leader, a held high watermark or waiting records is an act; without that act the state is different") {
  std::vector<File> files;
  for (const char* folder : {"scenarios/replication", "scenarios/operations", "scenarios/controller", "scenarios/why"})
    for (File& file : files_below(folder)) files.push_back(std::move(file));
  for (File& file : files_below("tests/stories"))
    for (const char* part : {"isr", "slow", "follower", "leader", "zookeeper-broker", "disk", "link", "partition"})
      if (file.name.find(part) != std::string::npos) {
        files.push_back(std::move(file));
        break;
      }
  RootCheck check{&odd_things, &is_gone, {}, "tests/why/state_exceptions.txt"};
  // An ISR that has never been smaller, or was smaller only for a controlled shutdown that no other act ended, has no act behind it.
  check.without_act["whole isr"] = [](Session&, Session&, const Odd&) { return false; };
  const auto named = check_roots(check, files);
  CHECK((kSome > 1 || named.size() == 5));
}

namespace {

/// A group of two that reads two topics, of which one is deleted at 40 s.
Session group_of_deleted(const std::string& kafka, const std::string& kind, const std::string& config) {
  const std::string reader =
      R"(", "kind": ")" + kind + R"(", "topics": ["pay", "old"], "config": {"group.id": "g")" + config + "}}";
  const std::string common = R"("brokers": 3, "config": {"auto.create.topics.enable": false})";
  return small_run(R"("topics": [{"name": "pay", "partitions": 2, "replication_factor": 3},
    {"name": "old", "partitions": 2, "replication_factor": 3}],
    "clients": [{"id": "a)" +
                       reader + R"(, {"id": "b)" + reader + R"(],
    "steps": [{"at": "15s", "do": "pause", "node": "broker-3"}, {"at": "16s", "do": "resume", "node": "broker-3"},
      {"at": "40s", "do": "delete_topic", "topic": "old"}])",
                   70'000, kafka,
                   kafka == "2.5" ? R"("metadata": "zookeeper", "zookeepers": 1, )" + common
                                  : common + R"(, "features": {"share.version": 1})");
}

}  // namespace

TEST_CASE("the generation that begins with a deleted topic has the deletion as its root, in every protocol") {
  const std::string classic = R"(, "metadata.max.age.ms": 5000, "enable.auto.commit": false)";
  const std::string cooperative =
      classic + R"(, "partition.assignment.strategy": "org.apache.kafka.clients.consumer.CooperativeStickyAssignor")";
  struct Case {
    const char *kafka, *kind;
    std::string config;
  };
  for (const Case& c : {Case{"4.1", "consumer", classic},
                        {"4.1", "consumer", cooperative},
                        {"2.5", "consumer", classic},
                        {"2.5", "consumer", cooperative},
                        {"4.1", "consumer", R"(, "group.protocol": "consumer")"},
                        {"4.1", "share_consumer", ""}}) {
    CAPTURE(c.kafka);
    CAPTURE(c.kind);
    CAPTURE(c.config);
    Session session = group_of_deleted(c.kafka, c.kind, c.config);
    const observe::Answer answer = asked(session, "/groups/g/generation");
    CAPTURE(text_of_steps(answer));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == 40'000'000);
    check_root_changes(session, answer, "/groups/g/generation");
  }
}

TEST_CASE("a static member that comes back is not why its group is stable: that began with the last rebalance") {
  for (const std::string kafka : {"4.1", "2.5"}) {
    CAPTURE(kafka);
    Session session =
        small_run(R"("topics": [{"name": "pay", "partitions": 2, "replication_factor": 3}],
      "clients": [{"id": "a", "kind": "consumer", "topics": ["pay"],
                   "config": {"group.id": "g", "group.instance.id": "i1", "session.timeout.ms": 20000}},
                  {"id": "b", "kind": "consumer", "topics": ["pay"],
                   "config": {"group.id": "g", "group.instance.id": "i2", "session.timeout.ms": 20000}}],
      "steps": [{"at": "15s", "do": "stop", "node": "a"}, {"at": "20s", "do": "start", "node": "a"}])",
                  30'000, kafka,
                  kafka == "2.5" ? R"("metadata": "zookeeper", "zookeepers": 1, "brokers": 3)" : R"("brokers": 3)");
    for (const char* path : {"/groups/g/state", "/groups/g"}) {
      const observe::Answer answer = asked(session, path);
      CAPTURE(text_of_steps(answer));
      CHECK(tells(answer, "group g rebalances: generation 1 with 2 members"));
      CHECK(answer.steps.back().at < sim::Instant{15'000'000});
    }
  }
}

TEST_CASE("nobody has joined a group in generation 0 yet") {
  Session session = small_run(R"("topics": [{"name": "pay", "partitions": 2}],
    "clients": [{"id": "alone", "kind": "consumer", "assign": ["pay-0"], "config": {"group.id": "own"}},
                {"id": "later", "kind": "consumer", "topics": ["pay"], "start": "80s", "config": {"group.id": "new"}}],
    "steps": [{"at": "15s", "do": "crash", "node": "broker-3"}, {"at": "20s", "do": "restart", "node": "broker-3"},
              {"at": "30s", "do": "reset_offsets", "group": "new", "topic": "pay", "to": "earliest"}])",
                              70'000);
  for (const std::string group : {"own", "new"}) {
    const std::string path = "/groups/" + group + "/generation";
    CAPTURE(path);
    REQUIRE(state_in(session, path) == 0);
    const observe::Answer answer = asked(session, path);
    CAPTURE(text_of_steps(answer));
    CHECK(answer.question_key == "why.q_never_rebalanced"_w);
    CHECK(says_in_both(sentence_with(answer, "why.nobody_joined"_w), group));
    CHECK(tells(answer, group + " commits offset"));
    CHECK((answer.root_kind == observe::RootKind::Act) == (group == "new"));  // that act commits its offsets
    if (group == "new") CHECK(answer.root->at.us == 30'000'000);
  }
  session.run_until(sim::Instant{} + sim::seconds(88));
  CHECK(asked(session, "/groups/new/generation").question_key == "why.q_rebalanced"_w);
}

TEST_CASE(
    "the generation that begins as a member leaves whose commitSync() has no answer: the root kept that answer away") {
  // Broker 1 coordinates the group, and leads none of the partitions.
  const std::string reader = R"(", "kind": "consumer", "topics": ["t"], "work": "1ms", "commit": "sync_after",
    "config": {"group.id": "g", "max.poll.interval.ms": 10000, "auto.offset.reset": "earliest"}})";
  const std::string rest = R"("topics": [{"name": "t", "partitions": 2, "replication_factor": 3,
      "assignments": {"0": [2, 3, 1], "1": [3, 1, 2]}}],
    "clients": [{"id": "p", "kind": "producer", "topic": "t", "rate": "20/s"}, {"id": "c)" +
                           reader + R"(, {"id": "d)" + reader + R"(], "steps": [)";
  const std::string heal = R"({"at": "20s", "do": "heal"}, )";
  const auto slower = [](const std::string& at) {  // it changes nothing here
    return R"({"at": ")" + at + R"(", "do": "link", "from": ["c"], "to": ["broker-1", "broker-2"], "latency": "1ms"}])";
  };
  for (const std::string& steps :
       {R"({"at": "8s", "do": "hold", "from": "coordinator:g", "to": "c", "api": "OffsetCommit"}, )" + slower("13s"),
        R"({"at": "8s", "do": "partition", "from": ["c"], "to": ["coordinator:g"]}, )" + heal + slower("13s"),
        R"({"at": "8s", "do": "partition", "one_way": true, "from": ["coordinator:g"], "to": ["c"]}, )" + heal +
            slower("13s"),
        R"({"at": "8s", "do": "link", "from": ["c"], "to": ["coordinator:g"], "latency": "12s"}, )" + slower("30s")}) {
    CAPTURE(steps);
    Session session = small_run(rest + steps, 38'000);
    const observe::Answer answer = asked(session, "/groups/g/generation");
    REQUIRE_MESSAGE(answer.root.has_value(), text_of_steps(answer));
    CHECK_MESSAGE(answer.root->at.us == 8'000'000, text_of_steps(answer));
    check_root_changes(session, answer, "/groups/g/generation");
  }
}
