// A saved session runs again to the same event, with all acts, and nothing in it can fail.
#include <nlohmann/json.hpp>

#include "player/helpers.h"
#include "ui/panels/menu_items.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

/// Runs the saved file; its hash must be that of the whole run, up to the latest moment that the run has reached.
void runs_again(Player& player, std::int64_t known_us) {
  const std::string saved = player.runs().saved_session(true);
  INFO(saved);
  scenario::Session session(parse(saved));
  session.run_to_end();
  CHECK(session.ok());
  player.seek(sim::Instant{known_us});
  CHECK(session.final_hash() == player.session().trace_hash());
}

}  // namespace

TEST_CASE("a session that is saved after a seek back includes the later acts") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  SUBCASE("free play, long after the lesson's end") {
    play_to_end(player, 500'000);
    player.act(action(ActionKind::FreePlay));
    player.seek(sim::Instant{194'000'000});
    player.act(fault("isolate", "broker-2"));
    player.seek(sim::Instant{254'000'000});
    player.act(fault("delete_topic", "orders"));
    player.seek(sim::Instant{256'000'000});
    player.seek(sim::Instant{13'000'000});
    runs_again(player, 256'000'000);
  }
  SUBCASE("a detour, saved at a moment before it") {
    player.seek(sim::Instant{3'000'000});
    player.act(fault("crash", "broker-3"));
    player.seek(sim::Instant{9'000'000});
    player.seek(sim::Instant{1'000'000});
    runs_again(player, 9'000'000);
  }
  SUBCASE("no act, only played past the end") {
    player.act(action(ActionKind::FreePlay));
    player.seek(sim::Instant{60'000'000});
    runs_again(player, 60'000'000);
  }
}

TEST_CASE("if a detour runs past the file's end, only the acts before that end are saved") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3'000'000});
  player.act(fault("crash", "broker-3"));
  player.seek(sim::Instant{90'000'000});
  player.act(fault("restart", "broker-3"));
  player.act(action(ActionKind::ReturnFromDetour));
  const auto saved = nlohmann::json::parse(player.runs().saved_session(true));
  CHECK(saved["try"].back()["do"].size() == 1);
  CHECK(headless_hash(saved.dump()) == headless_hash(text));
}

TEST_CASE("an act that the cluster refused is saved with the session") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3'000'000});
  player.act(set_config("broker-2", "unclean.leader.election.enable", "foo"));
  player.seek(sim::Instant{3'500'000});
  player.act(set_config("orders-0", "retention.ms", "soon"));
  player.seek(sim::Instant{8'000'000});
  runs_again(player, 40'000'000);  // a setting does not suspend the script, which runs to its end
}

TEST_CASE("every session that is made from the menus can be replayed") {
  for (const char* name : {kFailover, "groups/share-group"}) {
    CAPTURE(name);
    const std::string text = text_of(name);
    Player player(parse(text), "x", text);
    player.seek(sim::Instant{2'000'000});
    const observe::Snapshot world = player.snapshot();
    std::vector<std::string> targets;
    for (const observe::Node& n : world.nodes) targets.push_back(n.name);
    for (const observe::Partition& p : world.partitions) targets.push_back(p.name);
    for (const observe::Group& g : world.groups) targets.push_back(g.id);
    std::int64_t at = 2'000'000;
    for (const std::string& target : targets)
      for (const ui::MenuItem& item : ui::build_menu(player.snapshot(), target, {}, {}, 3)) {
        if (item.action.kind != ActionKind::Fault) continue;
        player.act(item.action);
        player.seek(sim::Instant{at += 137'000});
      }
    runs_again(player, at);
  }
}

TEST_CASE("a session that is saved right after an act at time 0 is saved as a detour, without the script") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.act(fault("isolate", "shop"));
  scenario::Session session(parse(player.runs().saved_session(true)));
  session.run_to_end();
  player.seek(session.until());
  CHECK(session.ok());
  CHECK(session.final_hash() == player.session().trace_hash());
}
