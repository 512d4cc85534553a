// The dashboard does not change a run: watched, slowed down and moved in time, it ends with the hash of a headless run.
#include "player/helpers.h"

#include <algorithm>

#include "ui/dashboard.h"

using namespace kafkascope;
using namespace kafkascope::app;

TEST_CASE("a lesson that is played at any speed ends with the same hash as a headless run") {
  for (const char* name : {"replication/leader-failover", "replication/leader-follower", "producer/acks",
                           "groups/one-to-many", "partitions/key-hash"}) {
    CAPTURE(name);
    const std::string text = text_of(name);
    Player player(parse(text), name, text);
    player.act(action(ActionKind::SetSpeed, 4000000));
    play_to_end(player, 33000);
    CHECK(player.session().trace_hash() == headless_hash(text));
  }
}

TEST_CASE("seeking back and forth gives the same states and does not change the run") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  for (int t : {30, 3, 14, 40, 1, 22, 13}) {
    Action a = action(ActionKind::Seek);
    a.time_us = t * 1000000;
    player.act(a);
    CHECK(player.now().us == t * 1000000);
    scenario::Session fresh(parse(text));
    fresh.run_until(sim::Instant{t * 1000000});
    CHECK(player.session().trace_hash() == fresh.trace_hash());
  }
}

TEST_CASE("the hints of the first start disappear with the first question, jump or step") {
  const std::string text = text_of("replication/leader-failover");
  for (const ActionKind kind : {ActionKind::Why, ActionKind::Seek, ActionKind::NextStep, ActionKind::OpenTwin}) {
    Player player(parse(text), "x", text);
    player.show_coach_marks();
    player.act(action(ActionKind::Select));
    CHECK(player.lesson().coach_marks);
    player.act(action(kind));
    CHECK_FALSE(player.lesson().coach_marks);
  }
}

TEST_CASE("the world waits for the learner's task, which is done at the time of its step") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  player.act(action(ActionKind::SetSpeed, -1));
  for (int i = 0; i < 100; ++i) {
    player.tick(16000);
    if (player.lesson().question.phase == ui::QuestionPhase::Open) player.act(action(ActionKind::Answer, 1));
  }
  REQUIRE(player.lesson().turn.open);
  CHECK(player.lesson().turn.node == "broker-1");
  CHECK(player.now().us < 5000000);
  player.act(fault("crash", "broker-1"));  // the task itself, so no detour
  CHECK_FALSE(player.lesson().detour.active);
  play_to_end(player, 16000);
  CHECK(player.session().trace_hash() == headless_hash(text));
}

TEST_CASE(
    "a fault by hand starts a detour: the script waits, Return leads back to that moment, and Undo removes the act") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3000000});
  const std::string before = player.session().trace_hash();
  player.act(fault("crash", "broker-3"));
  CHECK(player.lesson().detour.active);
  CHECK(player.lesson().undo.active);
  player.act(action(ActionKind::SetSpeed, -1));
  for (int i = 0; i < 60; ++i) player.tick(16000);
  CHECK(player.now().us > 20000000);
  CHECK(player.session().cluster().committed().broker(3)->fenced);
  CHECK(player.session().ok());  // none of the script's expectations could fail
  SUBCASE("return") {
    player.act(action(ActionKind::ReturnFromDetour));
    CHECK(player.now().us == 3000000);
    CHECK(player.session().trace_hash() == before);
    CHECK_FALSE(player.lesson().detour.active);
  }
  SUBCASE("undo") {
    player.act(action(ActionKind::Undo));
    CHECK_FALSE(player.session().cluster().committed().broker(3)->fenced);
    CHECK(player.session().hand_commands().empty());
    CHECK_FALSE(player.lesson().detour.active);
  }
}

TEST_CASE("a log shows records before and after they are truncated, and the leader's records that replace them") {
  const std::string text = text_of("producer/acks");
  Player player(parse(text), "x", text);
  const auto runs = [&](bool gone) {
    std::pair<std::int64_t, std::int64_t> range{-1, -1};
    for (const observe::LogRun& r : player.snapshot().partitions.at(0).logs.at(0).runs)
      if (gone ? r.truncated : r.to_be_cut) range = {range.first < 0 ? r.base_offset : range.first, r.last_offset};
    return range;
  };
  player.seek(sim::Instant{20000000});
  const auto before = runs(false);
  REQUIRE(before.first > 0);
  CHECK(before.second + 1 == player.snapshot().partitions[0].logs[0].log_end_offset);
  bool leader_there = false;
  for (const observe::LogRun& r : player.snapshot().partitions[0].logs[1].runs)
    leader_there |= r.base_offset <= before.first && r.last_offset >= before.first && !r.to_be_cut;
  CHECK(leader_there);
  player.seek(sim::Instant{28000000});
  CHECK(runs(false).first == -1);
  CHECK(runs(true) == before);
  CHECK_FALSE(player.snapshot().partitions[0].logs[0].note.empty());
}

TEST_CASE(
    "a broker whose session has expired is fenced at the controller's next check, and its connections are broken") {
  const std::string text = text_of("producer/acks");
  Player player(parse(text), "x", text);
  std::int64_t due = -1;
  for (std::int64_t t = 12500000; t < 17000000; t += 100000) {
    player.seek(sim::Instant{t});
    const observe::Snapshot& s = player.snapshot();
    const auto node =
        std::find_if(s.nodes.begin(), s.nodes.end(), [](const observe::Node& n) { return n.name == "broker-1"; });
    if (!node->fenced && due < 0) {
      CHECK(std::count_if(s.links.begin(), s.links.end(), [](const observe::Link& l) { return l.broken; }) == 3);
      if (node->session.remaining_us <= 0) {
        REQUIRE(node->next_check_us >= 0);
        due = t + node->next_check_us;
      }
    } else if (node->fenced) {
      REQUIRE(due > 0);
      CHECK(t >= due);
      CHECK(t - due < 300000);  // the decision is written and committed
      break;
    }
  }
  CHECK(due > 0);
}

TEST_CASE("a saved session runs to the session's hash") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{2345678});
  player.act(fault("pause", "broker-2"));
  player.act(action(ActionKind::KeepScript));
  player.seek(sim::Instant{9000001});
  player.act(fault("resume", "broker-2"));
  player.act(action(ActionKind::KeepScript));
  player.seek(player.session().until());
  const std::string saved = player.runs().saved_session();
  CHECK(saved != text);
  CHECK(headless_hash(saved) == player.session().trace_hash());
}

TEST_CASE("a session that left its script is saved without the steps that did not happen") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{2345678});
  player.act(fault("crash", "broker-2"));
  player.act(action(ActionKind::SetSpeed, -1));
  player.play(true);
  for (int i = 0; i < 40; ++i) player.tick(16000);
  const std::string saved = player.runs().saved_session();
  CHECK(headless_hash(saved) == player.session().trace_hash());
}

TEST_CASE("a value entered in the inspector is sent to the controller, takes effect and is saved with the session") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3000000});
  Action select = action(ActionKind::Select);
  select.target = "broker-2";
  player.act(select);
  Action set = action(ActionKind::SetConfig);
  set.target = "broker-2";
  set.text = "follower.replication.throttled.rate";
  set.other = "100000";
  const auto shown = [&] {
    for (const observe::ConfigEntry& e : player.snapshot().inspected.config)
      if (e.key == set.text) return e;
    return observe::ConfigEntry{};
  };
  REQUIRE(shown().dynamic);
  CHECK(shown().source == observe::ConfigSource::Default);
  player.act(set);
  CHECK(player.lesson().undo.what.en == "broker-2: configuration changed (follower.replication.throttled.rate=100000)");
  player.seek(sim::Instant{3900000});
  CHECK(shown().value == "100000");
  CHECK(shown().source == observe::ConfigSource::Live);
  const scenario::Loaded saved = scenario::load(player.runs().saved_session());
  REQUIRE(saved.ok());
  CHECK(player.runs().saved_session().find("follower.replication.throttled.rate") != std::string::npos);
  player.act(action(ActionKind::Undo));
  player.seek(sim::Instant{3900000});
  CHECK(shown().source == observe::ConfigSource::Default);
}

TEST_CASE("the player steps one event forwards and back") {
  const std::string text = text_of("replication/leader-follower");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{2000000});
  const std::uint64_t at = player.session().events();
  const std::string hash = player.session().trace_hash();
  player.act(action(ActionKind::StepEvent));
  CHECK(player.session().events() >= at);
  player.act(action(ActionKind::StepEvent));
  player.act(action(ActionKind::StepBack));
  player.act(action(ActionKind::StepBack));
  CHECK(player.session().events() == at);
  CHECK(player.session().trace_hash() == hash);
}
