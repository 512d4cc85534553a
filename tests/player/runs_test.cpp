// Detours, other seeds, changes to try: each is a run of its own; the previous run is kept unchanged, one click away.
#include <nlohmann/json.hpp>

#include "app/advice.h"
#include "player/helpers.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::RunKind;

namespace {

int id_of(Player& player, RunKind kind) {
  for (const ui::Branch& b : player.time().branches)
    if (b.kind == kind) return b.id;
  return -1;
}

}  // namespace

TEST_CASE("seeking within a detour stays in the detour, which is named after its acts") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3000000});
  player.act(fault("pause", "broker-3"));
  CHECK(player.lesson().detour.what.en == "you paused broker-3");
  CHECK(player.lesson().detour.what.ko == "broker-3 일시 정지");
  CHECK(player.lesson().undo.what.en == "broker-3 paused");
  player.seek(sim::Instant{9000000});
  const std::string there = player.session().trace_hash();
  player.seek(sim::Instant{1000000});  // before the act: the part that both runs share
  player.seek(sim::Instant{9000000});
  CHECK(player.session().trace_hash() == there);
  CHECK(player.session().cluster().info(player.session().cluster().find("broker-1")).name == "broker-1");
  CHECK(player.session().cluster().alive(
      player.session().cluster().find("broker-1")));  // the script's crash at 5 s is suspended
  player.act(fault("resume", "broker-3"));
  CHECK(player.lesson().detour.what.en == "you paused broker-3, resumed broker-3");
  CHECK_FALSE(player.lesson().end.active);
}

TEST_CASE(
    "Return leads to the exact moment before the detour, and reopening the detour leads to the moment at which it was left") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3000000});
  const std::string before = player.session().trace_hash();
  player.act(fault("crash", "broker-3"));
  player.seek(sim::Instant{8000000});
  const std::string there = player.session().trace_hash();
  player.act(action(ActionKind::ReturnFromDetour));
  CHECK(player.now().us == 3000000);
  CHECK(player.session().trace_hash() == before);
  CHECK_FALSE(player.lesson().detour.active);
  // Moments before the act can still be visited.
  player.seek(sim::Instant{1000000});
  CHECK(player.now().us == 1000000);
  player.seek(sim::Instant{4000000});
  REQUIRE(player.lesson().detour.kept.size() == 1);
  CHECK(player.lesson().detour.kept[0].what.en == "you crashed broker-3");
  CHECK_FALSE(player.lesson().detour.kept[0].current);
  player.act(action(ActionKind::OpenBranch, player.lesson().detour.kept[0].id));
  CHECK(player.now().us == 8000000);
  CHECK(player.session().trace_hash() == there);
  CHECK(player.lesson().detour.left_us == 4000000);  // the lesson's present position
}

TEST_CASE("an act in the past of a detour starts a new run and keeps the old one") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3000000});
  player.act(fault("crash", "broker-3"));
  player.seek(sim::Instant{9000000});
  player.seek(sim::Instant{6000000});
  player.act(fault("restart", "broker-3"));
  const auto& runs = player.time().branches;
  REQUIRE(runs.size() == 3);  // the lesson, the abandoned detour, the detour with the restart
  CHECK(runs[1].name.en == "you crashed broker-3");
  CHECK(runs[1].to_us == 9000000);
  CHECK(runs[2].current);
  CHECK(runs[2].name.en == "you crashed broker-3, restarted broker-3");
  player.act(action(ActionKind::OpenBranch, runs[1].id));
  CHECK(player.now().us == 6000000);
  player.seek(sim::Instant{9000000});
  CHECK_FALSE(player.session().cluster().alive(player.session().cluster().find("broker-3")));
}

TEST_CASE("undoing a detour's only act removes the detour") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3000000});
  player.act(fault("crash", "broker-3"));
  player.seek(sim::Instant{5000000});
  player.act(fault("pause", "broker-2"));
  player.act(action(ActionKind::Undo));
  CHECK(player.lesson().detour.active);
  CHECK(player.lesson().detour.what.en == "you crashed broker-3");
  CHECK(player.now().us <= 5000000);
  player.act(action(ActionKind::Undo));
  CHECK_FALSE(player.lesson().detour.active);
  CHECK(player.now().us == 3000000);
  CHECK(player.time().branches.empty());
  player.take_notices();
  player.act(action(ActionKind::Undo));
  const auto notices = player.take_notices();
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].bad);
}

TEST_CASE("an impossible act is refused with a message and changes nothing") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3000000});
  const std::string before = player.session().trace_hash();
  for (const Action& a :
       {fault("restart", "broker-3"), fault("wipe_disk", "broker-3"), fault("no_such_verb", "broker-3")}) {
    player.act(a);
    const auto notices = player.take_notices();
    REQUIRE(notices.size() == 1);
    CHECK(notices[0].bad);
    CHECK_FALSE(notices[0].words.ko.empty());
    CHECK_FALSE(player.lesson().detour.active);
    CHECK(player.session().trace_hash() == before);
  }
}

TEST_CASE("the refusal of an act says why, and what to do") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{4000000});
  const auto told = [&](const Action& a) {
    player.take_notices();
    player.act(a);
    player.play(true);
    std::string words;
    for (int i = 0; i < 3000 && words.empty(); ++i) {
      player.tick(16000);
      for (const ui::Notice& n : player.take_notices())
        if (n.bad) words = n.words.en + "|" + n.words.ko;
    }
    return words;
  };
  const std::string wiped = told(fault("wipe_disk", "broker-3")), restarted = told(fault("restart", "broker-3"));
  CHECK_MESSAGE(wiped.find("broker-3 is running. Stop it first") != std::string::npos, wiped);
  CHECK_MESSAGE(wiped.find("broker-3은 실행 중이에요. 먼저 멈추세요") != std::string::npos, wiped);
  CHECK_MESSAGE(restarted.find("broker-3 is running already. Stop or crash it first") != std::string::npos, restarted);
  const std::string deleted = told(fault("delete_group", "billing"));
  CHECK_MESSAGE(deleted.find("NON_EMPTY_GROUP. billing: The group is not empty. ") != std::string::npos, deleted);
  CHECK_MESSAGE(deleted.find("Stop the members of the group first") != std::string::npos, deleted);
  CHECK_MESSAGE(deleted.find("먼저 그룹의 멤버를 멈추세요") != std::string::npos, deleted);
}

TEST_CASE("the advice about a refused act names an act that Kafka would accept") {
  using protocol::ErrorCode;
  const auto advised = [](ErrorCode error, const char* en, const char* ko, bool adds_partitions = false) {
    const observe::Words words = refusal_words(error, {"No", "안 돼요"}, adds_partitions);
    CHECK(words.en == std::string("No. ") + en);
    CHECK(words.ko == std::string("안 돼요. ") + ko);
  };
  // The preferred replica becomes leader if it lives and is in the ISR: starting other replicas does not help.
  advised(ErrorCode::PREFERRED_LEADER_NOT_AVAILABLE, "Start it, or wait until it is in the ISR",
          "먼저 시작하거나, ISR에 들어올 때까지 기다리세요");
  // DeleteRecords refuses what the log has above the high watermark, too, and takes what it no longer has.
  advised(ErrorCode::OFFSET_OUT_OF_RANGE, "Choose an offset of at most the high watermark",
          "하이 워터마크를 넘지 않는 오프셋을 고르세요");
  // Brokers that are down or fenced are enough to add, once they have started.
  advised(ErrorCode::INVALID_REPLICATION_FACTOR, "Ask for fewer copies, or start or add brokers first",
          "복제본을 줄이거나 먼저 브로커를 시작하거나 더하세요");
  // More partitions get as many copies as the topic has.
  advised(ErrorCode::INVALID_REPLICATION_FACTOR, "Start or add brokers first", "먼저 브로커를 시작하거나 더하세요",
          true);
  advised(ErrorCode::INVALID_PARTITIONS, "Ask for at least one partition", "파티션을 하나 이상으로 하세요");
  advised(ErrorCode::INVALID_PARTITIONS, "Ask for more partitions than there are", "지금보다 많은 파티션 수를 적으세요",
          true);
}

TEST_CASE("Go on with the lesson keeps the act and continues the script from the moment at which it waited") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{2500000});
  player.act(fault("pause", "broker-3"));
  player.seek(sim::Instant{7000000});
  player.act(action(ActionKind::KeepScript));
  CHECK_FALSE(player.lesson().detour.active);
  CHECK(player.now().us < 2600000);
  player.seek(sim::Instant{12000000});
  CHECK_FALSE(player.session().cluster().alive(player.session().cluster().find("broker-1")));  // the script's crash
  CHECK(player.session().hand_commands().size() == 1);
  const std::string saved = player.runs().saved_session();
  player.seek(player.session().until());
  CHECK(headless_hash(saved) == player.session().trace_hash());
}

TEST_CASE("a saved session has its detours as changes to try") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3000000});
  player.act(fault("crash", "broker-3"));
  player.seek(sim::Instant{8000000});
  const std::string there = player.session().trace_hash();
  player.act(action(ActionKind::ReturnFromDetour));
  const std::string saved = player.runs().saved_session();
  CHECK(headless_hash(saved) == headless_hash(text));  // the saved run is the script's
  Player again(parse(saved), "saved", saved);
  const auto& tries = again.lesson().tries;
  REQUIRE(tries.size() == 2);
  CHECK(tries[1].text.en == "you crashed broker-3");
  CHECK(tries[1].text.ko == "broker-3 크래시");
  again.act(action(ActionKind::TryNext, 1));
  again.seek(sim::Instant{8000000});
  CHECK(again.session().hand_commands().size() == 1);
  CHECK_FALSE(again.session().cluster().alive(again.session().cluster().find("broker-3")));
  CHECK(again.session().cluster().alive(again.session().cluster().find("broker-1")));
}

TEST_CASE(
    "Ctrl+R runs the same script with the next seed, without questions, and one click leads back to the old run") {
  const std::string text = text_of(kFailover);
  const ScenarioPtr scenario = parse(text);
  Player player(scenario, "x", text);
  player.seek(sim::Instant{12000000});
  const std::string before = player.session().trace_hash();
  player.act(action(ActionKind::NextSeed));
  CHECK(player.now().us < 1000);
  CHECK(player.session().scenario().cluster.seed == scenario->cluster.seed + 1);
  CHECK(player.lesson().detour.active);
  CHECK(player.lesson().detour.kind == RunKind::Seed);
  CHECK(player.lesson().detour.back.en == "seed " + std::to_string(scenario->cluster.seed));
  player.act(action(ActionKind::SetSpeed, -1));
  ticks(player, 60);
  CHECK(player.now().us > 20000000);  // no question and no task stopped it
  CHECK(player.session().trace_hash() != before);
  player.act(action(ActionKind::ReturnFromDetour));
  CHECK(player.now().us == 12000000);
  CHECK(player.session().trace_hash() == before);
  player.act(action(ActionKind::OpenBranch, id_of(player, RunKind::Seed)));
  CHECK(player.session().scenario().cluster.seed == scenario->cluster.seed + 1);
  // Its session is saved with its seed.
  player.seek(player.session().until());
  CHECK(headless_hash(player.runs().saved_session()) == player.session().trace_hash());
}

TEST_CASE("try next: acts replace the script's acts of the same time; all its other steps happen in both worlds") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(player.session().until());
  CHECK(player.lesson().end.active);
  REQUIRE(player.lesson().tries.size() == 1);
  player.act(action(ActionKind::TryNext, 0));
  CHECK(player.lesson().detour.kind == RunKind::Try);
  CHECK(player.now().us == 4000000);  // a second before it happens
  player.seek(sim::Instant{7000000});
  CHECK(player.session().cluster().committed().broker(1) != nullptr);
  const auto snapshot = player.snapshot();
  bool leads_elsewhere = false;
  for (const observe::Partition& p : snapshot.partitions) leads_elsewhere |= p.name == "orders-0" && p.leader == 2;
  CHECK(leads_elsewhere);  // a controlled shutdown moves the leader immediately
  const auto alive = [](Player& of, const char* node) {
    return of.session().cluster().alive(of.session().cluster().find(node));
  };
  CHECK_FALSE(player.session().script_suspended());
  player.seek(sim::Instant{12'000'000});
  CHECK_FALSE(alive(player, "broker-1"));
  player.seek(sim::Instant{21'000'000});
  CHECK(alive(player, "broker-1"));  // the script restarts it at 20 s
  player.seek(player.session().until());
  CHECK(player.lesson().end.active);
  CHECK(player.lesson().end.failed.empty());
  CHECK(player.lesson().end.expectations == 0);  // what the file expects is about the unchanged world
  player.act(action(ActionKind::ReturnFromDetour));
  CHECK(player.lesson().end.active);
  CHECK(player.lesson().end.failed.empty());
  CHECK(player.lesson().end.expectations == 11);  // 7 in its steps and 4 at its end
}

TEST_CASE("a failed expectation is told at the end of the lesson, but not at the end of a change to try") {
  auto document = nlohmann::ordered_json::parse(text_of(kFailover));
  document["expect"].push_back({{"path", "/ledger/lost_acked"}, {"at_least", 1}});
  const std::string text = document.dump();
  Player player(parse(text), "x", text);
  player.seek(player.session().until());
  CHECK(player.lesson().end.failed.size() == 1);
  CHECK(player.lesson().end.expectations == 12);
  player.act(action(ActionKind::TryNext, 0));
  player.seek(player.session().until());
  CHECK(player.lesson().end.active);
  CHECK(player.lesson().end.failed.empty());
  CHECK(player.lesson().end.expectations == 0);
}

TEST_CASE("try next: the saved session leaves out the acts that are replaced") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.act(action(ActionKind::TryNext, 0));
  player.seek(player.session().until());
  CHECK(headless_hash(player.runs().saved_session()) == player.session().trace_hash());
}

TEST_CASE("try next: a change that leaves the script has no later step of the script and runs past its end") {
  auto document = nlohmann::ordered_json::parse(text_of(kFailover));
  document["try"][0]["leaves_script"] = true;
  const std::string text = document.dump();
  Player player(parse(text), "x", text);
  player.act(action(ActionKind::TryNext, 0));
  player.seek(sim::Instant{45'000'000});
  CHECK(player.session().script_suspended());
  CHECK(player.now() > player.session().until());
  CHECK_FALSE(player.session().cluster().alive(player.session().cluster().find("broker-1")));
}

TEST_CASE("try next: a changed value applies to the whole script") {
  auto document = nlohmann::ordered_json::parse(text_of("replication/leader-follower"));
  document["try"] = nlohmann::ordered_json::array(
      {{{"text", {{"en", "Another seed"}, {"ko", "다른 시드"}}}, {"set", {{"seed", 99}}}}});
  const std::string text = document.dump();
  Player player(parse(text), "x", text);
  player.act(action(ActionKind::TryNext, 0));
  CHECK(player.session().scenario().cluster.seed == 99);
  CHECK(player.lesson().detour.what.ko == "다른 시드");
  CHECK(player.take_notices().empty());
}

TEST_CASE("free play continues past the end of the lesson, and Return leads back to the lesson") {
  const std::string text = text_of("replication/leader-follower");
  Player player(parse(text), "x", text);
  player.seek(player.session().until());
  player.act(action(ActionKind::FreePlay));
  CHECK_FALSE(player.lesson().present);
  player.act(action(ActionKind::SetSpeed, 10000000));
  ticks(player, 30);
  CHECK(player.now() > player.session().until());
  player.act(fault("crash", "broker-1"));
  CHECK(player.session().hand_commands().size() == 1);
  player.act(action(ActionKind::ReturnFromDetour));
  CHECK(player.lesson().present);
  CHECK(player.lesson().end.active);
}

namespace {

/// Plays at a high speed until the world stands.
void play_until_it_stands(Player& player) {
  player.act(action(ActionKind::SetSpeed, 20'000'000));
  player.play(true);
  for (int i = 0; i < 2'000 && player.playing(); ++i) player.tick(16'000);
  REQUIRE_FALSE(player.playing());
}

}  // namespace

TEST_CASE("a detour stops at the lesson's end, says so, and can be played on or left") {
  const std::string text = text_of("replication/preferred-leader");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{2'000'000});
  player.act(fault("crash", "broker-2"));
  player.take_notices();
  play_until_it_stands(player);
  CHECK(player.now() == player.session().until());
  CHECK(player.time().ended);
  const auto said = player.take_notices();
  REQUIRE(said.size() == 1);
  CHECK(said[0].words.en == "The detour ends here. Return leads back to the lesson; Play goes on");
  player.act(action(ActionKind::Run));
  ticks(player, 10);
  CHECK(player.now() > player.session().until());
  CHECK_FALSE(player.time().ended);
  player.act(action(ActionKind::ReturnFromDetour));
  CHECK_FALSE(player.lesson().detour.active);
  CHECK_FALSE(player.time().ended);
}

TEST_CASE("after an act near the lesson's end the run goes on for a minute") {
  const std::string text = text_of("replication/preferred-leader");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{50'000'000});
  player.act(fault("crash", "broker-2"));
  play_until_it_stands(player);
  CHECK(player.now() == player.session().hand_commands().back().at + sim::seconds(60));
  // Another act there gets its own minute, and Next change ends there, too.
  player.act(fault("restart", "broker-2"));
  CHECK_FALSE(player.time().ended);
  play_until_it_stands(player);
  CHECK(player.now() == player.session().hand_commands().back().at + sim::seconds(60));
}

TEST_CASE("a run counts as ended at the lesson's end, and no longer after going back") {
  const std::string text = text_of("replication/leader-follower");
  Player player(parse(text), "x", text);
  CHECK_FALSE(player.time().ended);
  player.seek(player.session().until());
  player.play(false);
  CHECK(player.time().ended);
  player.seek(sim::Instant{1'000'000});
  CHECK_FALSE(player.time().ended);
}
