// Every verb of the format can be used by hand; typed values are checked like a file's step, and saved as one.
#include <algorithm>
#include <set>

#include "cluster/verbs.h"
#include "player/helpers.h"
#include "scenario/supported.h"
#include "ui/panels/act_forms.h"
#include "ui/panels/menu_items.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

/// The form as a user fills it in: the suggested values, some of them replaced.
std::string typed(Player& player, const char* form_name, const std::string& target,
                  const std::vector<std::pair<std::string, std::string>>& written = {}, const std::string& other = {}) {
  const ui::ActForm& form = ui::act_forms()[static_cast<std::size_t>(ui::act_form(form_name))];
  std::vector<std::string> values = ui::form_values(player.snapshot(), form, target, other);
  for (const auto& one : written) {
    const auto field = std::find_if(form.fields.begin(), form.fields.end(),
                                    [&](const ui::FormField& f) { return f.path == one.first; });
    REQUIRE_MESSAGE(field != form.fields.end(), one.first);
    values[static_cast<std::size_t>(field - form.fields.begin())] = one.second;
  }
  return ui::form_step(form, values);
}

const ui::HandStep& do_step(Player& player, const std::string& step) {
  Action a = action(ActionKind::DoStep);
  a.text = step;
  player.act(a);
  return player.lesson().hand;
}

const observe::Node* node_of(Player& player, const std::string& name) {
  const auto& nodes = player.snapshot().nodes;
  const auto it = std::find_if(nodes.begin(), nodes.end(), [&](const observe::Node& n) { return n.name == name; });
  return it == nodes.end() ? nullptr : &*it;
}

void collect(std::set<std::string>& verbs, const std::vector<ui::MenuItem>& items) {
  for (const ui::MenuItem& item : items)
    if (item.action.kind == ActionKind::Fault) verbs.insert(item.action.verb);
}

}  // namespace

TEST_CASE("every verb of the engine can be done by hand, with every field that it takes") {
  std::set<std::string> by_menu;
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3'000'000});
  std::vector<observe::Snapshot> worlds;
  for (int round = 0; round < 2; ++round) {
    const observe::Snapshot world = worlds.emplace_back(player.snapshot());
    std::vector<std::string> targets = {ui::kMenuOfStage};
    for (const observe::Node& n : world.nodes) targets.push_back(n.name);
    for (const observe::Partition& p : world.partitions) targets.push_back(p.name);
    for (const observe::Group& g : world.groups) targets.push_back(g.id);
    for (const std::string& target : targets) {
      collect(by_menu, ui::build_menu(world, target, {}));
      collect(by_menu, ui::build_more_menu(world, target, {}));
    }
    collect(by_menu, ui::build_menu(world, "broker-1", "broker-2"));
    collect(by_menu, ui::build_menu(world, ui::kMenuOfMessage, {}, {}, 0));
    // Again after some nodes have failed.
    player.act(fault("crash", "broker-3"));
    player.act(fault("pause", "broker-2"));
    player.act(fault("isolate", "broker-1"));
    player.act(fault("kill", "billing-1"));
  }
  // The items of a menu act on the menu's object; these fields cannot be set by hand.
  const std::set<std::string> not_by_hand = {
      "heal from",
      "heal to",  // the link's own menu names both ends
      "wipe_disk dir",
      "remove_broker id",
      "delete_topic topic",
      "delete_group group",
      "deliver event",  // the menu item determines it
      "reset_offsets topics",
      "delete_offsets topics",  // one topic, or partitions
      "quota request_percentage",
      "quota controller_mutation_rate",  // not simulated yet
  };
  for (const std::string_view verb : scenario::supported(scenario::Form::Verb)) {
    CAPTURE(std::string(verb));
    std::set<std::string> fields = {"node"};
    bool form = false;
    for (const ui::ActForm& f : ui::act_forms()) {
      if (f.verb != verb) continue;
      form = true;
      for (const ui::FormField& field : f.fields)
        fields.insert(std::string(field.path).substr(0, std::string_view(field.path).find('/')));
    }
    CHECK((form || by_menu.contains(std::string(verb))));
    for (const cluster::Field& declared : cluster::info(*cluster::parse_verb(verb)).fields) {
      const std::string field(declared.name);
      if (not_by_hand.contains(std::string(verb) + " " + field)) continue;
      CAPTURE(field);
      CHECK(fields.contains(field));
    }
  }
  // Each form must also be offered for an object, not only by its name.
  std::set<int> offered;
  const auto look = [&](const std::string& target, const std::string& other) {
    for (const observe::Snapshot& world : worlds) {
      for (const int f : ui::act_forms_for(world, target, other)) offered.insert(f);
      for (const ui::MenuItem& m : ui::build_menu(world, target, other))
        if (m.form >= 0) offered.insert(m.form);
    }
  };
  for (const char* target : {"*", "broker-1", "broker-3", "controller-1", "shop", "orders-0", "billing", "billing-1"})
    look(target, {});
  look("broker-1", "broker-2");
  for (std::size_t i = 0; i < ui::act_forms().size(); ++i) {
    const std::string id = ui::act_forms()[i].id;
    if (id == "behave share consumer" || id == "behave service") continue;  // this lesson has no such client
    CAPTURE(id);
    CHECK(offered.contains(static_cast<int>(i)));
  }
}

TEST_CASE("each form does the same as a step in a file, and the saved session replays to the same event") {
  using Written = std::vector<std::pair<std::string, std::string>>;
  struct Row {
    const char *form, *target;
    Written written;
    const char* other = "";
  };
  const Row rows[] = {
      {"commit", "billing-1", {}},
      {"seek", "billing-1", {{"partition", "orders-0"}, {"to", "beginning"}}},
      {"pause partitions", "billing-1", {}},
      {"resume partitions", "billing-1", {}},
      {"new producer", "*", {{"client/keys", "customer:3"}, {"client/config", "acks=1, linger.ms=20"}}},
      {"new consumer", "billing", {{"client/work", "2ms"}, {"client/commit", "sync_after"}}},
      {"new consumer", "orders-0", {{"client/config", "group.id=audit, auto.offset.reset=earliest"}}},
      {"behave producer", "shop", {{"rate", "100/s"}, {"send", "sync"}, {"partitioner", "round_robin"}}},
      {"behave consumer", "billing-1", {{"work", "20ms"}, {"commit", "sync_after"}}},
      {"produce",
       "shop",
       {{"records/0/key", "kim"}, {"records/0/partition", "1"}, {"records/0/headers", "trace=17, from=hand"}}},
      {"subscribe", "billing-1", {{"topics", "orders"}}},
      {"configure", "orders-0", {{"config", "retention.ms=60000, min.insync.replicas=1"}}},
      {"configure", "*", {{"config", "unclean.leader.election.enable=true"}}},
      {"configure", "billing", {{"config", "consumer.session.timeout.ms=50000"}}},
      {"create topic", "*", {{"topic", "mail"}, {"assignments", ""}, {"config", "cleanup.policy=compact"}}},
      {"add partitions", "orders-0", {}},
      {"delete records", "orders-0", {{"before", "-1"}}},
      {"reassign", "orders-0", {{"replicas", "3, 2, 1"}, {"throttle", "1MB/s"}}},
      {"elect leaders", "orders-0", {}},
      {"add broker", "*", {{"rack", "b"}}},
      {"reset offsets", "billing", {{"topic", "orders"}, {"to", "earliest"}}},
      {"delete offsets", "billing", {{"topic", "orders"}}},
      {"acl", "shop", {{"operation", "Write"}}},
      {"quota", "shop", {{"producer_byte_rate", "5KB/s"}}},
      {"feature", "*", {{"level", "1"}}},
      {"terminate transaction", "*", {{"transactional_id", "tx-1"}}},
      {"disk", "broker-2", {{"write", "50KB/s"}, {"flush", "200ms"}, {"dir", "0"}}},
      {"skew clock", "broker-2", {{"by", "-10m"}}},
      {"link", "broker-1", {{"latency", "5ms..20ms"}, {"loss", "0.05"}, {"one_way", "true"}}, "broker-2"},
      {"partition", "broker-1", {{"to", "broker-2, broker-3"}, {"one_way", "true"}}},
      {"hold", "broker-2", {{"to", "broker-1"}, {"api", "Fetch"}, {"what", "request"}, {"count", "1"}}},
      {"release", "broker-2", {{"to", "broker-1"}}},
      {"lose", "broker-2", {{"to", "broker-1"}, {"api", "Fetch"}, {"count", "all"}}},
      {"answer", "broker-1", {{"from", "shop"}, {"count", "3"}}},
  };
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  std::int64_t at = 4'500'000;  // the group has its partitions by now
  for (const Row& row : rows) {
    player.seek(sim::Instant{at += 100'000});
    const std::string step = typed(player, row.form, row.target, row.written, row.other);
    CAPTURE(step);
    const ui::HandStep& done = do_step(player, step);
    CHECK_MESSAGE(done.problem.empty(), done.problem.en);
  }
  player.seek(sim::Instant{at += 3'000'000});
  REQUIRE(node_of(player, "producer-1") != nullptr);
  CHECK(node_of(player, "producer-1")->state == observe::NodeState::Running);
  const std::string saved = player.runs().saved_session(true);
  INFO(saved);
  scenario::Session again(parse(saved));
  again.run_to_end();
  CHECK(again.final_hash() == player.session().trace_hash());
}

TEST_CASE("a session that is saved before a client of the file starts can be loaded, and runs as before") {
  const std::string text = text_of("operations/hot-partition");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{2'000'000});
  player.act(fault("crash", "broker-1"));
  player.seek(sim::Instant{3'000'000});
  scenario::Session again(parse(player.runs().saved_session(true)));
  again.run_to_end();
  player.seek(again.until());
  CHECK(again.final_hash() == player.session().trace_hash());
}

TEST_CASE("a broker that is down can be restarted with other advertised addresses") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{2'000'000});
  player.act(fault("crash", "broker-3"));
  player.seek(sim::Instant{3'000'000});
  CHECK(do_step(player,
                typed(player, "restart", "broker-3", {{"config", "advertised.listeners=PLAINTEXT://127.0.0.1:9092"}}))
            .problem.empty());
  player.seek(sim::Instant{4'000'000});
  CHECK(node_of(player, "broker-3")->incarnation == 2);
}

TEST_CASE("a member added to a group by hand gets its share, and Undo removes it") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3'000'000});
  const std::size_t nodes = player.snapshot().nodes.size(), members = player.snapshot().groups.front().members.size();
  const std::string step = typed(player, "new consumer", "billing");
  CHECK(step.find("\"group.id\": \"billing\"") != std::string::npos);
  CHECK(do_step(player, step).problem.empty());
  CHECK(player.lesson().undo.what.en.find("started") != std::string::npos);
  player.seek(sim::Instant{10'000'000});
  CHECK(player.snapshot().nodes.size() == nodes + 1);
  CHECK(player.snapshot().groups.front().members.size() == members + 1);
  player.act(action(ActionKind::Undo));
  CHECK(player.snapshot().nodes.size() == nodes);
  CHECK(do_step(player, step).problem.empty());
  const auto refused = do_step(player, step);  // the node exists by now
  CHECK(refused.problem.en.find("a second node is called") != std::string::npos);
  CHECK(refused.problem.ko.find("이미 있어요") != std::string::npos);
}

TEST_CASE("a form reports an impossible value with a correction, and nothing changes") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3'000'000});
  struct Row {
    std::string step;
    const char *en, *ko;
  };
  const Row rows[] = {
      {typed(player, "behave producer", "shop", {{"rate", "soon"}}), "rate: ", "rate: "},
      {typed(player, "behave consumer", "shop", {{"work", "2s"}}), "has no \"work\"", "\"work\""},
      {typed(player, "acl", "shop", {{"operation", "Eat"}}), "ACLs know no operation", "ACL"},
      {typed(player, "new producer", "*", {{"client/topic", "ordres"}}), "did you mean \"orders\"", "orders"},
      {typed(player, "new producer", "*", {{"client/config", "aks=1"}}), "did you mean \"acks\"", "acks"},
      {typed(player, "hold", "broker-1", {{"to", "broker-9"}}), "broker-9", "broker-9"},
      {typed(player, "quota", "*"), "quota", "quota"},
      {"{\"do\": \"skew_clock\"", "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.step);
    const ui::HandStep hand = do_step(player, row.step);
    CAPTURE(hand.problem.en);
    CAPTURE(hand.problem.ko);
    CHECK_FALSE(hand.problem.empty());
    CHECK(hand.problem.en.find(row.en) != std::string::npos);
    CHECK(hand.problem.ko.find(row.ko) != std::string::npos);
  }
  CHECK_FALSE(player.runs().acted());
  CHECK(player.take_notices().empty());
}

TEST_CASE("topics, clients and brokers made by hand can be named in later acts") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3'000'000});
  CHECK(do_step(player, typed(player, "create topic", "*", {{"topic", "mail"}})).problem.empty());
  CHECK(do_step(player, typed(player, "new producer", "*", {{"client/topic", "mail"}})).problem.empty());
  CHECK(do_step(player, typed(player, "add broker", "*")).problem.empty());
  player.seek(sim::Instant{6'000'000});
  const std::string step = typed(player, "reassign", "mail-0", {{"replicas", "4"}});
  CHECK(do_step(player, step).problem.empty());
  CHECK(do_step(player, typed(player, "behave producer", "producer-1", {{"rate", "1/s"}})).problem.empty());
}

TEST_CASE("an act by a click is checked against the running world like a typed one") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3'000'000});
  player.act(fault("delete_group", "nobody"));
  const auto notices = player.take_notices();
  REQUIRE(notices.size() == 1);
  CHECK(notices.front().bad);
  CHECK(notices.front().words.en.find("no group is called \"nobody\"") != std::string::npos);
  CHECK_FALSE(player.runs().acted());
  player.act(fault("delete_group", "billing"));
  CHECK(player.runs().acted());
}
