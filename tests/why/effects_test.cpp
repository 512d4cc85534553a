// What an answer lists as led to by an act ("also led to") is an effect of it: it does not happen all the same in a run without the act.
#include "observe/model/state_document.h"
#include "observe/observation.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// An event may come a little earlier or later in the run without the act: other messages, other delays.
constexpr std::int64_t kSameTimeUs = 1'000'000;

std::string members(const protocol::IdList& ids) {
  std::vector<protocol::BrokerId> sorted(ids.begin(), ids.end());
  std::sort(sorted.begin(), sorted.end());
  std::string all;
  for (const protocol::BrokerId id : sorted) all += " " + std::to_string(id);
  return all;
}

/// What has changed, and to what: without epochs, offsets and orders, which are other ones in another run.
std::string change_of(const Session& session, const sim::TraceLine& l) {
  std::string what = std::to_string(l.kind);
  if (l.topic >= 0) what += " " + session.cluster().name({l.topic, l.partition});
  if (const auto f = fact_if<fact::LeaderElected>(l)) return what + " leader " + std::to_string(f->leader);
  if (const auto f = fact_if<fact::IsrChanged>(l)) return what + members(f->isr.ids());
  if (const auto f = fact_if<fact::IsrShrink>(l)) return what + members(f->isr.after());
  if (const auto f = fact_if<fact::GroupRebalance>(l)) return what + " " + f->group.str();
  if (const auto f = fact_if<fact::BrokerFenced>(l)) return what + " broker " + std::to_string(f->broker);
  return what + " " + session.cluster().info(l.node).name;
}

/// Whether the same changes in the other run at that time.
bool happens_too(const Session& session, const Session& other, const sim::TraceLine& effect) {
  const std::string what = change_of(session, effect);
  const observe::TraceStore& trace = other.observation().trace();
  for (std::size_t i = trace.first_at(effect.time - sim::microseconds(kSameTimeUs));
       i < trace.size() && trace[i].time.us <= effect.time.us + kSameTimeUs; ++i)
    if (trace[i].kind == effect.kind && change_of(other, trace[i]) == what) return true;
  return false;
}

std::int64_t number_at(Session& session, const std::string& path) {
  const auto value = observe::state_at(session.moment(), path);
  REQUIRE_MESSAGE(value.has_value(), path);
  return value->get<std::int64_t>();
}

/// Whether what waits in the run, as the effect says, waits less in the other one.
bool waits_less(Session& session, Session& other, const observe::WhyStep& effect) {
  if (effect.key == "why.led_to_standing_hw"_w) {
    const std::string at = "/partitions/" + effect.subject + "/high_watermark";
    return number_at(other, at) > number_at(session, at);
  }
  const std::string at = "/clients/" + effect.subject + "/waiting";
  return number_at(other, at) < number_at(session, at);
}

/// The acts of the file in that run, each with its line.
std::vector<std::pair<FileAct, std::uint64_t>> acts_with_lines(const Session& session) {
  std::vector<std::pair<FileAct, std::uint64_t>> acts;
  const observe::TraceStore& trace = session.observation().trace();
  for (std::size_t i = 0; i < trace.size(); ++i) {
    if (trace[i].kind != sim::trace_kind::kCommand) continue;
    observe::WhyStep step;
    step.seq = trace[i].seq;
    if (const auto act = act_of(session, step)) acts.emplace_back(*act, step.seq);
  }
  return acts;
}

}  // namespace

TEST_CASE("what an act is said to have led to does not happen without it") {
  const std::vector<std::string> files = {
      "scenarios/replication/leader-failover.json", "scenarios/replication/leader-epoch.json",
      "scenarios/replication/rolling-restart.json", "scenarios/controller/zookeeper-failover.json",
      "scenarios/controller/kraft-failover.json",   "scenarios/groups/rebalance-eager.json",
      "scenarios/groups/static-membership.json",    "scenarios/operations/scale-in.json"};
  int checked = 0;
  for (std::size_t i = 0; i < files.size(); i += kSome) {
    const auto scenario = loaded(read_text(source_path(files[i])), "base");
    Session session(scenario, true);
    session.run_to_end();
    RunsWithout runs(scenario);
    for (const auto& of : acts_with_lines(session)) {
      const auto answer = whole_why(session.moment(), "/events/" + std::to_string(of.second));
      REQUIRE(answer.has_value());
      if (answer->effects.empty()) continue;
      Session& other = runs.run({of.first}, answer->effects.back().at + sim::microseconds(kSameTimeUs));
      for (const observe::WhyStep& effect : answer->effects) {
        ++checked;
        if (effect.seq == 0) {
          CHECK_MESSAGE(waits_less(session, other, effect), files[i], ": ", answer->question.en, " ", effect.words.en);
          continue;
        }
        CHECK_MESSAGE(!happens_too(session, other, *session.observation().trace().find(effect.seq)), files[i], ": ",
                      answer->question.en, " ", effect.words.en);
      }
    }
  }
  MESSAGE(checked, " effects");
  CHECK((kSome > 1 || checked >= 20));
}

TEST_CASE("an answer counts what else its root led to beyond the effects that it names") {
  Session session(loaded(read_text(source_path("scenarios/replication/leader-failover.json"))), true);
  session.run_until(sim::Instant{26'000'000});
  const auto answer = observe::why(session.moment(), "/nodes/broker-1/state");
  REQUIRE(answer);
  REQUIRE(answer->effects.size() == 1);  // its ISRs are the only kind
  REQUIRE(answer->further.size() == 2);
  for (const observe::WhyStep& step : answer->further) {
    CHECK(is<fact::IsrChanged>(*session.observation().trace().find(step.seq)));
    CHECK((step.subject == "orders-0" || step.subject == "orders-2"));
  }
}

TEST_CASE(
    "what the deletion of a topic has led to: it is gone, its clients are refused, and its reader loses its partitions") {
  Session session = small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3},
      {"name": "old", "partitions": 1, "replication_factor": 3}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "old", "rate": "5/s"},
      {"id": "b", "kind": "consumer", "topics": ["old", "pay"], "config": {"group.id": "g", "group.protocol": "consumer"}}],
    "steps": [{"at": "10s", "do": "delete_topic", "topic": "old"}])",
                              20'000, "4.1", R"("brokers": 3, "config": {"auto.create.topics.enable": false})");
  const auto acts = acts_with_lines(session);
  REQUIRE(acts.size() == 1);
  const auto answer = whole_why(session.moment(), "/events/" + std::to_string(acts.front().second) + "/effects");
  REQUIRE(answer.has_value());
  CHECK(answer->steps.size() <= observe::kMostWhySteps);
  std::vector<observe::WhyStep> told = answer->steps;
  told.insert(told.end(), answer->effects.begin(), answer->effects.end());
  const auto of = [&](auto&& fits) {
    return std::any_of(told.begin(), told.end(), [&](const observe::WhyStep& step) {
      const sim::TraceLine* line = step.seq == 0 ? nullptr : session.observation().trace().find(step.seq);
      return line != nullptr && fits(*line);
    });
  };
  CHECK(of([](const sim::TraceLine& l) { return is<fact::TopicDeleted>(l); }));
  CHECK(of([](const sim::TraceLine& l) {
    const auto error = fact_if<fact::ClientError>(l);
    return error && (error->error == protocol::ErrorCode::UNKNOWN_TOPIC_OR_PARTITION ||
                     error->error == protocol::ErrorCode::UNKNOWN_TOPIC_ID);
  }));
  CHECK(of([](const sim::TraceLine& l) { return is<fact::GroupRebalance>(l); }));
  CHECK(of([&](const sim::TraceLine& l) {
    return is<fact::PartitionsAssigned>(l) && l.node == session.cluster().find("b");
  }));
  CHECK_FALSE(std::any_of(told.begin(), told.end(),
                          [](const observe::WhyStep& step) { return step.key == "why.no_effects"_w; }));
}

TEST_CASE(
    "among the effects of a crash the fencing of a broker comes before the elections and the ISRs that follow from it") {
  Session session = small_run(kPay + R"(, "steps": [{"at": "2s", "do": "crash", "node": "broker-2"}])", 15'000);
  const observe::Answer answer = asked(session, "/nodes/broker-2/state");
  std::optional<std::size_t> fenced, shrunk;
  for (std::size_t i = 0; i < answer.effects.size(); ++i) {
    const sim::TraceLine* line = session.observation().trace().find(answer.effects[i].seq);
    REQUIRE(line != nullptr);
    if (is<fact::BrokerFenced>(*line)) fenced = i;
    if (is<fact::IsrChanged>(*line)) shrunk = i;
  }
  REQUIRE(fenced.has_value());
  REQUIRE(shrunk.has_value());
  CHECK(answer.effects[*fenced].at == answer.effects[*shrunk].at);
  CHECK(*fenced < *shrunk);
}

TEST_CASE("what waits at clients and stands still because of an act is told as its effect, as long as it does") {
  const auto scenario = loaded(read_text(source_path("scenarios/controller/kraft-quorum-loss.json")));
  Session session(scenario, true);
  session.run_until(sim::Instant{30'000'000});
  const observe::Answer answer = asked(session, "/cluster/active_controller");
  REQUIRE(answer.effects.size() == 3);
  CHECK(says_in_both(answer.effects[0], "252"));  // records of shop
  CHECK(answer.effects[0].subject == "shop");
  CHECK(answer.effects[1].key == "why.led_to_standing_hw"_w);
  CHECK(answer.effects[2].subject == "admin");
  RunsWithout runs(scenario);
  Session& other = runs.run({*act_of(session, *answer.root)}, sim::Instant{30'000'000});
  for (const observe::WhyStep& effect : answer.effects)
    CHECK_MESSAGE(waits_less(session, other, effect), effect.words.en);

  // Asked about one of them, the answer does not repeat it.
  const observe::Answer records = asked(session, "/clients/shop/waiting");
  REQUIRE_FALSE(records.effects.empty());
  for (const observe::WhyStep& effect : records.effects) CHECK(effect.key == "why.led_to_standing_hw"_w);
  // Two controllers run again, and nothing waits any more.
  session.run_until(sim::Instant{61'000'000});
  CHECK(number_at(session, "/clients/shop/waiting") < 20);
  const observe::Answer later = asked(session, "/events/" + std::to_string(answer.root->seq));
  for (const observe::WhyStep& effect : later.effects) CHECK_MESSAGE(effect.seq != 0, effect.words.en);
}

TEST_CASE(
    "a high watermark that has nothing to wait for is not told as the effect of a crash, and none stands since before the act") {
  // The producer's ten records are copied long before the leader crashes; those of the other one come until after that.
  Session session = small_run(R"("topics": [
      {"name": "quiet", "partitions": 1, "replication_factor": 1, "assignments": {"0": [1]}},
      {"name": "busy", "partitions": 1, "replication_factor": 1, "assignments": {"0": [1]}}],
    "clients": [{"id": "once", "kind": "producer", "topic": "quiet", "rate": "10/s", "count": 10},
      {"id": "always", "kind": "producer", "topic": "busy", "rate": "1/s"}],
    "steps": [{"at": "20s", "do": "crash", "node": "broker-1"}])",
                              35'000);
  REQUIRE(number_at(session, "/partitions/quiet-0/high_watermark") == 10);
  const observe::Answer answer = asked(session, "/nodes/broker-1/state");
  bool busy = false;
  for (const observe::WhyStep& effect : answer.effects)
    if (effect.key == "why.led_to_standing_hw"_w) {
      CHECK(effect.subject == "busy-0");
      CHECK(says_in_both(effect, "20.000"));
      CHECK_FALSE(says_in_both(effect, "quiet-0"));
      busy = true;
    }
  CHECK(busy);
}

TEST_CASE("a high watermark that went back is not said to have stood since the act") {
  for (const auto& run : {std::pair{"tests/stories/page-cache.json", 11'000},
                          {"tests/stories/replaced-disk.json", 13'000},
                          {"tests/stories/delivery-two-in-sync.json", 8'000}}) {
    CAPTURE(run.first);
    Session session = session_at(run.first, run.second);
    for (const observe::WhyStep& effect : asked(session, "/nodes/broker-1/state").effects)
      CHECK(effect.key != "why.led_to_standing_hw"_w);
  }
}

TEST_CASE("the fall of a high watermark is told as an effect of the act that took the records, and of no other act") {
  const auto fall = [](const std::string& file, const std::string& variant, std::int64_t at_ms,
                       const std::string& path) {
    Session session = session_at(file, at_ms, variant);
    const observe::Answer answer = asked(session, path);
    const auto found = std::find_if(answer.effects.begin(), answer.effects.end(),
                                    [](const observe::WhyStep& step) { return step.key == "why.led_to_hw_back"_w; });
    return found == answer.effects.end() ? std::string() : found->words.en;
  };
  const std::string power = "tests/stories/page-cache.json", disk = "tests/stories/replaced-disk.json",
                    broker = "/nodes/broker-1/state";
  CHECK(fall(power, "base", 11'000, broker) == "The high watermark of orders-0 went back from 200 to 0");
  CHECK(fall(power, "base", 11'000, "/clients/shop/waiting") ==
        "The high watermark of orders-0 went back from 200 to 0");
  CHECK(fall(power, "flushed", 11'000, broker).empty());
  CHECK(fall(disk, "base", 13'000, broker).empty());  // the others have the records
  CHECK(fall(disk, "base", 60'000, broker).empty());
  CHECK(fall("scenarios/replication/leader-failover.json", "base", 26'000, broker).empty());
  // The only replica crashes, its disk is wiped, it starts again: the wipe has taken the records.
  Session alone = session_at(disk, 30'000, "alone");
  int acts = 0;
  for (const auto& of : acts_with_lines(alone)) {
    const observe::Answer answer = asked(alone, "/events/" + std::to_string(of.second) + "/effects");
    CAPTURE(answer.question.en);
    const bool wipes = answer.question.en.find("is wiped") != std::string::npos;
    CHECK(has_key(answer, "why.led_to_hw_back"_w) == wipes);
    if (wipes) CHECK(tells(answer, "The high watermark of t-0 went back from 100 to 0"));
    ++acts;
  }
  CHECK(acts == 3);
}

TEST_CASE("the fall of a high watermark is told with the same time and offset whenever one asks") {
  const auto check = [](const std::string& file, std::int64_t at_ms, const std::string& broker, std::int64_t fell_ms,
                        const std::string& offsets) {
    Session session = session_at("tests/stories/" + file + ".json", at_ms);
    const observe::Answer answer = asked(session, "/nodes/" + broker + "/disk/used_bytes");
    CAPTURE(text_of_steps(answer));
    const auto found = std::find_if(answer.effects.begin(), answer.effects.end(),
                                    [](const observe::WhyStep& step) { return step.key == "why.led_to_hw_back"_w; });
    REQUIRE(found != answer.effects.end());
    CHECK(found->at.us / 1'000 == fell_ms);
    CHECK(found->words.en.find(offsets) != std::string::npos);
  };
  for (const std::int64_t at_ms : {11'000, 13'000, 23'000})
    check("page-cache", at_ms, "broker-1", 10'000, "from 200 to 0");
  for (const std::int64_t at_ms : {5'000, 8'000}) check("alone-it-leads-on", at_ms, "broker-1", 4'930, "from 99 to 90");
  // The offset was that of the others, which had all records, until the leader was back.
  check("zookeeper-lost-tail-beside-a-failed-directory", 36'000, "broker-1", 30'000, "from 100 to 80");
}

TEST_CASE(
    "among the effects of a broker's crash are its producer's batches, first as they wait, then as they time out") {
  Session session =
      small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 1, "assignments": {"0": [1]}}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "5/s",
      "config": {"delivery.timeout.ms": 20000, "request.timeout.ms": 5000}}],
    "steps": [{"at": "10s", "do": "crash", "node": "broker-1"}])",
                15'000);
  const auto has = [&](auto&& fits) {
    const observe::Answer answer = asked(session, "/nodes/broker-1/state");
    return std::any_of(answer.effects.begin(), answer.effects.end(), fits);
  };
  CHECK(has([](const observe::WhyStep& step) { return step.key == "why.led_to_waiting_records"_w; }));
  CHECK(has([](const observe::WhyStep& step) { return step.key == "why.led_to_standing_hw"_w; }));
  session.run_until(sim::Instant{40'000'000});
  CHECK(has([&](const observe::WhyStep& step) {
    const sim::TraceLine* line = step.seq == 0 ? nullptr : session.observation().trace().find(step.seq);
    return line != nullptr && is<fact::BatchFailed>(*line);
  }));
}
