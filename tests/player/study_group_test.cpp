// What the leader of a study group needs from the window: searches that end, votes that stay, complete histories of records,
// settings that have an effect.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "player/helpers.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::QuestionPhase;
using ui::RunKind;

namespace {

/// One producer with acks=all; at 5 s the script crashes the leader, while the follower lags behind.
const char* const kLoss = R"({
  "format": 1, "title": {"en": "A crash", "ko": "크래시"}, "cluster": {"brokers": 3, "config": {"replica.lag.time.max.ms": 30000}},
  "topics": [{"name": "orders", "partitions": 1, "replication_factor": 2, "assignments": {"0": [1, 2]},
              "config": {"min.insync.replicas": 1}}],
  "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "50/s",
               "config": {"acks": "all", "enable.idempotence": false, "delivery.timeout.ms": 6000, "request.timeout.ms": 2000, "linger.ms": 0}}],
  "steps": [
    {"at": "0s", "say": {"en": "One producer.", "ko": "프로듀서 하나."}},
    {"at": "4s", "do": "hold", "from": "broker-2", "to": "broker-1", "api": "Fetch", "what": "request", "say": {"en": "broker-2 falls behind.", "ko": "broker-2가 뒤처져요."}},
    {"at": "5s", "do": "crash", "node": "broker-1", "say": {"en": "The leader dies.", "ko": "리더가 죽어요."}},
    {"at": "22s", "do": "restart", "node": "broker-1", "say": {"en": "It comes back.", "ko": "돌아와요."}}],
  "until": "45s"})";

/// Opens the comparison as a user would.
const ui::Comparison& comparison_of(Player& player) {
  for (int i = 0; i < 20; ++i) {
    player.act(action(ActionKind::Compare));
    player.tick(0);
  }
  return player.lesson().comparison;
}

std::vector<std::string> kinds_of(const std::vector<ui::ChainLink>& links, Player& player) {
  std::vector<std::string> kinds;
  for (const ui::ChainLink& link : links)
    kinds.emplace_back(protocol::trace_kind_info(player.session().observation().trace().find(link.seq)->kind).name);
  return kinds;
}

bool in_order(const std::vector<std::string>& all, std::initializer_list<std::string> wanted) {
  auto at = all.begin();
  for (const std::string& kind : wanted) {
    at = std::find(at, all.end(), kind);
    if (at == all.end()) return false;
    ++at;
  }
  return true;
}

const ui::LogEntry* last_of(Player& player, std::string_view kind) {
  const auto& entries = player.log().entries;
  const auto it = std::find_if(entries.rbegin(), entries.rend(), [&](const auto& e) { return e.kind == kind; });
  return it == entries.rend() ? nullptr : &*it;
}

/// Lists the records with that fate, and returns the first.
ui::RecordLine first_with(Player& player, const char* fate) {
  Action a = action(ActionKind::SelectFate);
  a.text = fate;
  player.act(a);
  REQUIRE_FALSE(player.log().fate_records.empty());
  return player.log().fate_records.front();
}

/// Opens the card of the first record that was acknowledged and lost; returns the kinds of events in its story.
std::vector<std::string> lost_story(Player& player) {
  const ui::RecordLine lost = first_with(player, "lost_acked");
  Action sent = action(ActionKind::SelectSent, lost.number);
  sent.target = lost.client;
  player.act(sent);
  return kinds_of(player.log().record_story, player);
}

/// Of kLoss only the first step: for a long time there are only records.
std::string only_records() {
  auto document = nlohmann::ordered_json::parse(kLoss);
  document["steps"] = nlohmann::ordered_json::array({document["steps"][0]});
  return document.dump();
}

}  // namespace

TEST_CASE("Right pressed again while the next change is being looked for changes nothing") {
  const std::string text = only_records();
  Player player(parse(text), "x", text);
  player.play(false);
  player.seek(sim::Instant{20'000'000});
  player.act(action(ActionKind::FreePlay));
  player.play(false);
  for (int press = 0; press < 4; ++press) player.act(action(ActionKind::NextChange));
  for (int i = 0; i < 1000 && player.busy(); ++i) player.tick(0);
  CHECK(player.now().us == 20'000'000);
}

TEST_CASE("a search for the next change leaves the world at its moment if nothing changes") {
  const std::string text = only_records();
  Player player(parse(text), "x", text);
  player.play(false);
  player.seek(sim::Instant{20'000'000});
  const std::string hash = player.session().trace_hash(), saved = player.runs().saved_session();
  const auto marks = player.time().marks.size();
  player.take_notices();
  SUBCASE("the script has an end") {}
  SUBCASE("the world is past its end") {
    player.act(action(ActionKind::FreePlay));
    player.play(false);
  }
  const sim::Instant known{player.time().known_us};
  player.act(action(ActionKind::NextChange));
  for (int i = 0; i < 1000 && player.busy(); ++i) player.tick(0);
  CHECK(player.now().us == 20'000'000);
  CHECK(player.session().trace_hash() == hash);
  CHECK(player.time().known_us == known.us);
  CHECK(player.time().marks.size() == marks);
  CHECK(player.runs().saved_session().find("\"until\": \"45s\"") != std::string::npos);
  const auto notices = player.take_notices();
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].words.en.starts_with("No leader, ISR or group changes in the next"));
  CHECK_FALSE(notices[0].words.ko.empty());
  CHECK_FALSE(player.playing());
  // Playing to that moment still gives the same result.
  player.seek(sim::Instant{30'000'000});
  scenario::Session fresh(parse(text));
  fresh.run_until(sim::Instant{30'000'000});
  CHECK(player.session().trace_hash() == fresh.trace_hash());
}

TEST_CASE("a cancelled search leaves the world at its moment, and the saved session is unchanged") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  player.play(false);
  player.seek(sim::Instant{38'000'000});
  player.act(fault("pause", "billing-1"));
  player.play(false);
  const sim::Instant at = player.now();
  const std::string hash = player.session().trace_hash(), saved = player.runs().saved_session();
  player.set_slice(std::chrono::microseconds(1));
  player.act(action(ActionKind::NextChange));
  ticks(player, 3);
  REQUIRE(player.busy());
  player.act(action(ActionKind::CancelProgress));
  CHECK_FALSE(player.busy());
  CHECK(player.now() == at);
  CHECK(player.session().trace_hash() == hash);
  CHECK(player.runs().saved_session() == saved);
  CHECK(player.take_notices().size() <= 1);
}

TEST_CASE("a search finds the next change if there is one") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  player.play(false);
  player.seek(sim::Instant{19'500'000});  // before broker-1 returns
  player.act(action(ActionKind::NextChange));
  for (int i = 0; i < 1000 && player.busy(); ++i) player.tick(0);
  CHECK(player.now().us > 19'500'000);
  CHECK(player.now().us < 40'000'000);
}

TEST_CASE("a second press of Next during a glide does not skip the lesson's question") {
  const std::string text = text_of("replication/leader-failover");
  for (const int between : {1, 20, 60, 100, 118, 121}) {
    CAPTURE(between);
    Player player(parse(text), "x", text);
    Action present = action(ActionKind::SetLayout);
    present.text = "presenter";
    player.act(present);
    player.seek(sim::Instant{2'000'000});
    player.play(false);
    player.act(action(ActionKind::NextStep));
    ticks(player, between);
    player.act(action(ActionKind::NextStep));
    ticks(player, 400);
    CHECK(player.lesson().question.phase == QuestionPhase::Open);
    CHECK(player.now().us / 1000 == 4000);
  }
}

TEST_CASE("going back to a skipped question shows its choices") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  run_to_question(player);
  const std::size_t choices = player.lesson().question.choices.size();
  player.act(action(ActionKind::SkipQuestion));
  player.act(action(ActionKind::SetSpeed, 1'000'000));
  ticks(player, 40);
  CHECK(player.lesson().question.phase != QuestionPhase::Open);
  SUBCASE("by a click on the time line") { player.act(seek_to(4'000'000)); }
  SUBCASE("step by step, from far beyond it") {
    player.act(seek_to(14'000'000));
    for (int i = 0; i < 9 && player.now().us > 4'001'000; ++i) player.act(action(ActionKind::PreviousStep));
  }
  SUBCASE("from before it") {
    player.act(action(ActionKind::PreviousStep));
    if (player.now().us < 4'000'000) player.act(seek_to(4'000'000));
  }
  CHECK(player.now().us / 1000 == 4000);
  CHECK(player.lesson().question.phase == QuestionPhase::Open);
  CHECK(player.lesson().question.choices.size() == choices);
  player.act(action(ActionKind::Answer, 0));
  CHECK(player.lesson().question.phase == QuestionPhase::Predicted);
  // An answered question is not asked again.
  ticks(player, 40);
  player.act(seek_to(4'000'000));
  CHECK(player.lesson().question.phase != QuestionPhase::Open);
}

TEST_CASE("before an audience a question that is shown again is voted on again") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  Action present = action(ActionKind::SetLayout);
  present.text = "presenter";
  player.act(present);
  for (int i = 0; i < 40 && player.lesson().question.phase != QuestionPhase::Open; ++i) {
    player.act(action(ActionKind::NextStep));
    ticks(player, 200);
  }
  REQUIRE(player.lesson().question.phase == QuestionPhase::Open);
  const std::size_t choices = player.lesson().question.choices.size();
  const std::int64_t asked_at = player.now().us;
  player.act(action(ActionKind::Vote, 0));
  player.act(action(ActionKind::Vote, 1));
  player.act(action(ActionKind::Vote, 1));
  player.act(action(ActionKind::Reveal));
  REQUIRE(player.lesson().question.phase == QuestionPhase::Predicted);
  player.act(action(ActionKind::NextStep));
  ticks(player, 300);
  REQUIRE(player.now().us > asked_at + 10'000);
  SUBCASE("at its own moment: with the votes so far") {
    player.act(seek_to(asked_at));
    CHECK(player.lesson().question.votes == std::vector<int>{1, 2, 0});
  }
  SUBCASE("from an earlier moment: without votes") {
    player.act(seek_to(asked_at - 1'000'000));
    CHECK(player.lesson().question.phase != QuestionPhase::Open);
    player.act(action(ActionKind::NextStep));
    ticks(player, 200);
    CHECK(player.lesson().question.votes == std::vector<int>(choices));
  }
  CHECK(player.now().us / 1000 == asked_at / 1000);
  CHECK(player.lesson().question.phase == QuestionPhase::Open);
  CHECK(player.lesson().question.choices.size() == choices);
}

TEST_CASE("a lost record's card shows its append, the crash, the election and the truncation") {
  auto document = nlohmann::ordered_json::parse(kLoss);
  document["clients"][0]["config"]["acks"] = 1;
  const std::string text = document.dump();
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{40'000'000});
  const auto kinds = lost_story(player);
  CHECK(in_order(kinds, {"record.sent", "log.append", "batch.acked", "node.died", "leader.elected", "log.truncate"}));
  CHECK(player.log().record_bad);
  CHECK(std::count(kinds.begin(), kinds.end(), "leader.elected") == 1);
  // A card that was open kept the state of another moment.
  player.play(false);
  player.act(seek_to(2'000'000));
  ticks(player, 20);
  CHECK(player.log().record_story.size() < kinds.size());
  player.act(seek_to(40'000'000));
  for (int i = 0; i < 200 && (i == 0 || player.busy()); ++i) player.tick(16'000);
  player.tick(16'000);
  CHECK(kinds_of(player.log().record_story, player) == kinds);
  player.act(action(ActionKind::ClearChain));
  player.tick(16'000);
  CHECK_FALSE(player.log().record_open);
}

TEST_CASE("a lost record's card does not name a later election while the dead broker still has the record") {
  auto document = nlohmann::ordered_json::parse(kLoss);
  document["clients"][0]["config"]["acks"] = 1;
  auto& steps = document["steps"];
  steps[3]["at"] = "40s";  // until then only the dead broker has the record
  using nlohmann::ordered_json;
  steps.insert(steps.begin() + 3, ordered_json::parse(R"({"at": "18s", "do": "crash", "node": "broker-2"})"));
  steps.insert(steps.begin() + 4, ordered_json::parse(R"({"at": "30s", "do": "restart", "node": "broker-2"})"));
  document["until"] = "60s";
  const std::string text = document.dump();
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{55'000'000});
  const auto kinds = lost_story(player);
  REQUIRE(in_order(kinds, {"record.sent", "log.append", "batch.acked", "node.died", "leader.elected", "log.truncate"}));
  CHECK(std::count(kinds.begin(), kinds.end(), "leader.elected") == 1);
  // There were more elections of this partition before the truncation.
  const observe::TraceStore& trace = player.session().observation().trace();
  const std::uint64_t cut = player.log().record_story.back().seq;
  int elections = 0;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const std::string_view name = protocol::trace_kind_info(trace[i].kind).name;
    elections += name == "leader.elected" && trace[i].partition == 0 && trace[i].topic == 0 && trace[i].seq < cut &&
                 trace[i].time > sim::Instant{18'000'000};
  }
  CHECK(elections >= 1);
}

TEST_CASE("a struck-out cell opens its own record, not the one that replaced it") {
  auto document = nlohmann::ordered_json::parse(kLoss);
  document["clients"][0]["config"]["acks"] = 1;
  const std::string text = document.dump();
  Player player(parse(text), "x", text);
  for (const std::int64_t at : {15'000'000, 24'000'000}) {  // before the truncation, on the dead leader, and after it
    CAPTURE(at);
    player.seek(sim::Instant{at});
    const observe::Partition& p = player.snapshot().partitions[0];
    const observe::ReplicaLog& log =
        *std::find_if(p.logs.begin(), p.logs.end(), [](const auto& l) { return l.broker == 1; });
    const auto run =
        std::find_if(log.runs.begin(), log.runs.end(), [](const auto& r) { return r.truncated || r.to_be_cut; });
    REQUIRE(run != log.runs.end());
    Action look = action(ActionKind::SelectRecord, run->base_offset);
    look.target = "orders-0";
    look.other = "broker-1";
    player.act(look);
    const ui::LogModel& model = player.log();
    REQUIRE(model.record_open);
    CHECK(model.record_bad);
    CHECK(model.record_title.en.find("on broker-1") != std::string::npos);
    CHECK(model.record_title.ko.find("broker-1") != std::string::npos);
    const auto kinds = kinds_of(model.record_story, player);
    CHECK(in_order(kinds, {"record.sent", "log.append", "node.died", "leader.elected"}));
    const std::string cut_title = model.record_title.en;
    // Without `other`, the record that is there now.
    look.other.clear();
    player.act(look);
    CHECK(player.log().record_title.en != cut_title);
  }
}

TEST_CASE("a cut-off record that only dead brokers have is not called safe in the leader's log") {
  auto document = nlohmann::ordered_json::parse(kLoss);
  document["clients"][0]["config"] = {{"acks", "all"}};  // retries for as long as necessary
  document["clients"].push_back(document["clients"][0]);
  document["clients"][1]["id"] = "other";  // its records come in between, so that the retried records get other offsets
  document["clients"][1]["config"] = {{"acks", 1}, {"enable.idempotence", false}};
  const std::string text = document.dump();
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{24'000'000});
  const auto& logs = player.snapshot().partitions[0].logs;
  const auto runs = std::find_if(logs.begin(), logs.end(), [](const auto& l) { return l.broker == 1; })->runs;
  Action look = action(ActionKind::SelectRecord);
  look.target = "orders-0";
  look.other = "broker-1";
  const auto verdict = [&] {
    player.act(look);
    return player.log().record_verdict.en;
  };
  bool found = false;
  for (const observe::LogRun& run : runs) {
    for (std::int64_t offset = run.base_offset; !found && run.truncated && offset <= run.last_offset; ++offset) {
      look.number = offset;
      found = verdict() == "cut off in this log; the leader's log has it";
    }
  }
  REQUIRE(found);
  CHECK_FALSE(player.log().record_bad);
  for (const char* broker : {"broker-1", "broker-2", "broker-3"}) player.act(fault("crash", broker));
  player.seek(sim::Instant{40'000'000});
  CHECK(verdict() == "cut off in this log; the last leader's log has it, but that broker is down");
  CHECK(player.log().record_bad);
}

TEST_CASE("the causes of a truncation and of an ISR expansion show their reason instead of twelve fetches") {
  auto document = nlohmann::ordered_json::parse(kLoss);
  document["clients"][0]["config"]["acks"] = 1;
  const std::string text = document.dump();
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{44'000'000});
  const auto chain_of = [&](const char* kind) {
    const ui::LogEntry* line = last_of(player, kind);
    REQUIRE(line != nullptr);
    player.act(action(ActionKind::SelectEvent, static_cast<std::int64_t>(line->seq)));
    REQUIRE_FALSE(player.log().chain.empty());
    CHECK(player.log().chain.back().seq == line->seq);
    CHECK(player.log().chain.size() <= 12);
    return kinds_of(player.log().chain, player);
  };
  const auto cut = chain_of("log.truncate");
  CHECK(
      in_order(cut, {"log.append", "node.died", "leader.elected", "node.started", "replica.follower", "log.truncate"}));
  CHECK(std::count(cut.begin(), cut.end(), "message.delivered") <= 2);
  const auto grown = chain_of("isr.expand");
  CHECK(
      in_order(grown, {"node.died", "broker.fenced", "node.started", "log.replicate", "isr.committed", "isr.expand"}));
  CHECK(std::count(grown.begin(), grown.end(), "message.delivered") <= 2);
  // The controller's commit of the change has the same causes.
  CHECK(in_order(chain_of("isr.committed"), {"node.died", "node.started", "log.replicate", "isr.committed"}));
}

TEST_CASE("with a setting changed by hand the script's crash still happens, so the runs differ") {
  const std::string text = kLoss;
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{2'000'000});
  player.act(set_config("shop", "acks", "1"));
  CHECK(player.lesson().detour.kind == RunKind::Try);
  CHECK(player.lesson().detour.what.en.find("acks=1") != std::string::npos);
  const auto notices = player.take_notices();
  REQUIRE_FALSE(notices.empty());
  CHECK(notices[0].words.en.find("still runs with its old settings") != std::string::npos);
  Action restart = action(ActionKind::RestartClient);
  restart.target = "shop";
  player.act(restart);
  player.act(action(ActionKind::SetSpeed, 1000000));
  ticks(player, 30);
  CHECK(player.lesson().detour.kind == RunKind::Try);  // the restart is part of the setting's run
  player.seek(sim::Instant{40'000'000});
  CHECK(player.session().step_results()[2].happened);  // the crash
  CHECK_FALSE(player.session().script_suspended());
  const ui::Comparison& two = comparison_of(player);
  REQUIRE(two.ready);
  CHECK_FALSE(two.waits);
  CHECK(two.original.lost_acked == 0);
  CHECK(two.changed.lost_acked > 0);
  // It is saved like any run, and Return leads to the unchanged lesson.
  CHECK(headless_hash(player.runs().saved_session()) == [&] {
    player.seek(player.session().until());
    return player.session().trace_hash();
  }());
  player.act(action(ActionKind::ReturnFromDetour));
  CHECK_FALSE(player.lesson().detour.active);
  CHECK(player.session().hand_commands().empty());
}

TEST_CASE("undoing a changed setting removes its run") {
  const std::string text = kLoss;
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{2'000'000});
  player.act(set_config("shop", "acks", "1"));
  player.act(action(ActionKind::Undo));
  CHECK_FALSE(player.lesson().detour.active);
  CHECK(player.time().branches.empty());
  CHECK(player.now().us == 2'000'000);
}

TEST_CASE("the comparison stays open after Go on with the lesson") {
  const std::string text = kLoss;
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{2'000'000});
  player.act(fault("pause", "broker-2"));
  player.seek(sim::Instant{2'500'000});
  player.act(fault("resume", "broker-2"));
  player.seek(sim::Instant{12'000'000});
  CHECK(comparison_of(player).waits);  // only the other run has the script's crash
  player.act(action(ActionKind::KeepScript));
  CHECK_FALSE(player.lesson().detour.active);
  CHECK(player.session().hand_commands().size() == 2);  // both came before the script's next step
  player.seek(sim::Instant{12'000'000});
  const ui::Comparison& two = comparison_of(player);
  CHECK(two.present);
  CHECK(two.ready);
  CHECK_FALSE(two.waits);
  CHECK(two.what.en.find("paused broker-2") != std::string::npos);
}

TEST_CASE("two runs with the same acts have different names") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  for (int i = 0; i < 2; ++i) {
    player.seek(sim::Instant{3'000'000});
    player.act(fault("crash", "broker-3"));
    player.act(action(ActionKind::ReturnFromDetour));
  }
  const auto& runs = player.time().branches;
  REQUIRE(runs.size() == 3);
  CHECK(runs[1].name.en == "you crashed broker-3");
  CHECK(runs[2].name.en == "you crashed broker-3 (2)");
  CHECK(runs[2].name.ko == "broker-3 크래시 (2)");
}

TEST_CASE("a variant of a lesson can be opened as its own run") {
  const std::string text = text_of("replication/leader-epoch");
  Player player(parse(text), "x", text);
  REQUIRE(player.lesson().variants.size() == 2);
  CHECK(player.lesson().variant_id == "base");
  CHECK(player.lesson().variants[1].id == "before");
  player.seek(sim::Instant{3'000'000});
  Action open = action(ActionKind::OpenVariant);
  open.text = "before";
  const bool played = player.playing();
  player.act(open);
  CHECK(player.now().us == 3'000'000);  // the same moment, and as it ran or stood
  CHECK(player.playing() == played);
  CHECK(player.lesson().variant_id == "before");
  CHECK(player.session().scenario().variant == "before");
  CHECK(player.lesson().detour.kind == RunKind::Variant);
  CHECK(player.lesson().detour.what.ko == "Kafka 0.11 이전: 에포크가 없어요");
  // A variant is a lesson of its own: it asks and waits.
  player.act(action(ActionKind::SetSpeed, 4'000'000));
  for (int i = 0; i < 3000 && !player.lesson().turn.open; ++i) player.tick(16000);
  CHECK(player.lesson().turn.open);
  player.act(action(ActionKind::DoItForMe));
  CHECK(player.session().scenario().variant == "before");
  player.seek(player.session().until());
  CHECK(comparison_of(player).present);
  CHECK(player.lesson().comparison.ready);
  CHECK(headless_hash(player.runs().saved_session()) == player.session().trace_hash());
  // Opening it again leads to the same run; the lesson itself keeps its position.
  player.act(action(ActionKind::ReturnFromDetour));
  CHECK(player.now().us == 3'000'000);
  CHECK(player.lesson().variant_id == "base");
  player.act(open);
  CHECK(player.now() == player.session().until());
  open.text = "base";
  player.act(open);
  CHECK(player.now().us == 3'000'000);
  CHECK(player.time().branches.size() == 2);
  // Another seed keeps the variant.
  open.text = "before";
  player.act(open);
  player.act(action(ActionKind::NextSeed));
  CHECK(player.session().scenario().variant == "before");
}

TEST_CASE("records that are older than the group are counted separately") {
  const std::string text = R"({
    "format": 1, "title": {"en": "late", "ko": "늦게"}, "cluster": {"brokers": 1, "config": {"offsets.topic.replication.factor": 1}},
    "topics": [{"name": "orders", "partitions": 1, "replication_factor": 1}],
    "clients": [
      {"id": "shop", "kind": "producer", "topic": "orders", "rate": "10/s", "stop": "10s"},
      {"id": "late", "kind": "consumer", "topics": ["orders"], "start": "5s", "config": {"group.id": "g", "auto.offset.reset": "latest"}},
      {"id": "all", "kind": "consumer", "topics": ["orders"], "start": "5s", "config": {"group.id": "h", "auto.offset.reset": "earliest"}}],
    "until": "20s"})";
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{20'000'000});
  const observe::FateCounts& all = player.snapshot().ledger.all;
  CHECK(all.before_group > 30);
  CHECK(2 * all.acked == all.delivered + all.before_group);
  CHECK(all.skipped == 0);
  const ui::RecordLine line = first_with(player, "before_group");
  CHECK(line.offset == 0);
  CHECK(static_cast<std::int64_t>(player.log().fate_records.size()) == all.before_group);
  const auto state = observe::state_at(player.session().moment(), "/ledger/by_group/g/before_group");
  REQUIRE(state.has_value());
  CHECK(state->get<std::int64_t>() == all.before_group);
}
