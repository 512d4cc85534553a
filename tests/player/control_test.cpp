// The snapshot's data about controllers, nodes' beliefs, and clients that are refused or throttled; in real runs.
#include "player/window.h"
#include "ui/looks.h"

#include <algorithm>
#include <map>

using namespace kafkascope;
using namespace kafkascope::app;
using namespace kafkascope::words::literals;

namespace {

const observe::Node& node(Player& player, std::string_view name) {
  const auto& all = player.snapshot().nodes;
  const auto found = std::find_if(all.begin(), all.end(), [&](const observe::Node& n) { return n.name == name; });
  REQUIRE(found != all.end());
  return *found;
}

const observe::Client& client_of(Player& player, std::string_view name) {
  const auto& s = player.snapshot();
  const auto found = std::find_if(s.clients.begin(), s.clients.end(), [&](const observe::Client& c) {
    return s.nodes[static_cast<std::size_t>(c.node)].name == name;
  });
  REQUIRE(found != s.clients.end());
  return *found;
}

const observe::BelievedFact& believed(Player& player, std::string_view name, std::string_view what) {
  const auto& all = node(player, name).believed;
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const observe::BelievedFact& f) { return f.what.en == what; });
  REQUIRE(found != all.end());
  return *found;
}

}  // namespace

TEST_CASE(
    "a paused controller over ZooKeeper that still believes it is the controller is shown as a zombie, with its session and decisions") {
  const std::string text = text_of("controller/session-expiry");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3'000'000});
  CHECK(node(player, "broker-1").active_controller);
  CHECK_FALSE(believed(player, "broker-1", "controller").differs);
  CHECK(believed(player, "zookeeper-2", "ensemble leader").believes == "zookeeper-1");
  CHECK(player.snapshot().znode_count > 20);
  CHECK(player.snapshot().watch_count > 3);
  player.seek(sim::Instant{27'000'000});
  const observe::Node& zombie = node(player, "broker-1");
  CHECK(zombie.zombie_controller);
  CHECK(zombie.session_over);
  CHECK_FALSE(zombie.active_controller);
  CHECK(node(player, "broker-2").active_controller != node(player, "broker-3").active_controller);
  CHECK(believed(player, "broker-1", "controller").believes == "broker-1");
  CHECK(believed(player, "broker-1", "controller").differs);
  CHECK(believed(player, "broker-1", "session").truth.empty());
  CHECK(believed(player, "broker-1", "controller epoch").believes == "1");
  CHECK(believed(player, "broker-1", "controller epoch").truth == "2");
  CHECK(std::any_of(zombie.as_controller.begin(), zombie.as_controller.end(),
                    [](const observe::Belief& b) { return b.leader == 1 && b.differs; }));
  player.seek(sim::Instant{44'000'000});
  CHECK_FALSE(node(player, "broker-1").zombie_controller);
  CHECK_FALSE(believed(player, "broker-1", "session").differs);
}

TEST_CASE("a ZooKeeper server shows ZooKeeper's configuration and no configuration of Kafka") {
  const std::string text = text_of("controller/session-expiry");
  Player player(parse(text), "x", text);
  Action select = action(ActionKind::Select);
  select.target = "zookeeper-1";
  player.act(select);
  const auto& config = player.snapshot().inspected.config;
  REQUIRE(config.size() == 5);
  CHECK(config[0].key == "tickTime");
  CHECK(config[0].value == "2000");
}

TEST_CASE("a transactional producer of 2.5 is inspected with the acks and the idempotence that it runs with") {
  const std::string text = R"({"format": 1, "id": "x", "title": {"en": "x"}, "summary": {"en": "x"}, "seed": 1,
    "kafka": "2.5", "cluster": {"metadata": "zookeeper", "zookeepers": 1, "brokers": 1},
    "topics": [{"name": "pay", "partitions": 1, "replication_factor": 1}],
    "clients": [{"id": "new", "kind": "producer", "topic": "pay", "config": {"transactional.id": "tx-1"}}],
    "steps": [], "until": "1s"})";
  Player player(parse(text), "x", text);
  Action select = action(ActionKind::Select);
  select.target = "new";
  player.act(select);
  std::map<std::string, std::string> values;
  for (const auto& entry : player.snapshot().inspected.config) values[entry.key] = entry.value;
  CHECK(values["acks"] == "all");
  CHECK(values["enable.idempotence"] == "true");
}

TEST_CASE("while the ensemble cannot commit, no broker is shown as the controller or as a zombie") {
  const std::string text = text_of("../tests/stories/zookeeper-ensemble-lost");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{12'000'000});
  for (const observe::Node& n : player.snapshot().nodes) {
    CHECK_FALSE(n.active_controller);
    CHECK_FALSE(n.zombie_controller);
  }
}

TEST_CASE("a new controller over ZooKeeper shows its outstanding reads and its orders") {
  const std::string text = text_of("controller/zookeeper-failover");
  Player player(parse(text), "x", text);
  bool reading = false, ordering = false;
  for (std::int64_t at = 20'000'000; at < 26'000'000 && !(reading && ordering); at += 5'000) {
    player.seek(sim::Instant{at});
    const observe::ControllerWork& work = player.snapshot().work;
    if (work.node < 0) continue;
    reading = reading || (work.count > 0 && work.reads > 0);
    ordering = ordering || !work.orders.empty();
  }
  CHECK(reading);
  CHECK(ordering);
}

TEST_CASE("voters and brokers believe in a dead quorum leader until they notice its death") {
  const std::string text = text_of("controller/kraft-failover");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{4'000'000});
  CHECK_FALSE(believed(player, "broker-1", "controller").differs);
  CHECK_FALSE(believed(player, "controller-2", "quorum leader").differs);
  CHECK(node(player, "controller-2").beliefs.size() == 3);
  player.seek(sim::Instant{6'000'000});  // dead for a second, and not noticed yet
  CHECK(believed(player, "controller-2", "quorum leader").believes == "controller-1");
  CHECK(believed(player, "controller-2", "quorum leader").truth.empty());
  CHECK(player.snapshot().work.node < 0);
}

TEST_CASE("a client shows the error of a refusal, and no error once the request is allowed") {
  const std::string text = text_of("operations/access-control");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{4'000'000});
  CHECK(client_of(player, "hr").refused == "TOPIC_AUTHORIZATION_FAILED");
  CHECK(client_of(player, "kim").refused == "GROUP_AUTHORIZATION_FAILED");  // it first looks for its coordinator
  player.seek(sim::Instant{8'500'000});
  CHECK(client_of(player, "hr").refused.empty());
  CHECK(client_of(player, "kim").refused == "GROUP_AUTHORIZATION_FAILED");
  player.seek(sim::Instant{14'000'000});
  CHECK(client_of(player, "kim").refused.empty());
}

TEST_CASE("a client above its quota shows its limit and its delay; a client without a quota shows neither") {
  const std::string text = text_of("../tests/stories/quota-of-a-client");
  Player player(parse(text), "x", text);
  std::int64_t longest = 0;
  for (std::int64_t at = 5'000'000; at < 15'000'000; at += 250'000) {
    player.seek(sim::Instant{at});
    longest = std::max(longest, client_of(player, "bulk").throttled_for_us);
    CHECK(client_of(player, "shop").throttled_for_us == 0);
  }
  CHECK(longest > 0);
  CHECK(client_of(player, "bulk").produce_quota_bytes_per_s == 100'000);
  CHECK(client_of(player, "bulk").throttles > 0);
  CHECK(client_of(player, "shop").produce_quota_bytes_per_s == -1);
  CHECK(client_of(player, "reader").fetch_quota_bytes_per_s == 50'000);
}

TEST_CASE("in front of people the controllers' roles and their lines are shown, also while no controller leads") {
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko})
    for (const auto& [at_us, role] : {std::pair{1'000'000, "ui.voter_follows"_w},
                                      {20'000'000, "ui.state_crashed"_w},
                                      {30'500'000, "ui.state_crashed"_w}}) {
      PlayerWindow w("controller/kraft-quorum-loss", at_us, ui::Layout::Presenter, 1280, 720);
      w.h.dashboard.set_language(lang);
      w.frames();
      CHECK(ui::shows(w.h, ui::tr(lang, role)));
      CHECK(w.marks("line between voters") == 2);
      CHECK(w.marks("control line") > 0);
      ui::clean(w.h);
    }
}

TEST_CASE("in front of people the sentence and the partitions of a transaction are above the screen's end") {
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
    PlayerWindow w("delivery/exactly-once", 8'100'000, ui::Layout::Presenter, 1280, 720);
    w.h.dashboard.set_language(lang);
    w.frames();
    CHECK(w.marks("more transactions") == 0);
    CHECK(ui::shows(w.h, "invoices-0"));
    for (const auto& piece : w.h.dashboard.diagnostics().pieces)
      if (piece.box == "transactions") CHECK_MESSAGE(piece.rect.bottom() < 714, piece.text);
  }
}

TEST_CASE("at 4:3 the states of a transaction leave the brokers room for their names and a replica each") {
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko})
    for (const auto& [lesson, at_us] : {std::pair{"delivery/exactly-once", 8'120'000},
                                        {"delivery/exactly-once", 13'120'000},
                                        {"delivery/hanging-transaction", 9'120'000},
                                        {"delivery/transaction-abort", 600'000},
                                        {"delivery/transaction-abort", 8'030'000},
                                        {"delivery/transaction-abort", 12'120'000},
                                        {"delivery/zombie-fencing", 8'120'000}}) {
      const std::string where = std::string(lesson) + " at " + std::to_string(at_us);
      CAPTURE(where);
      PlayerWindow w(lesson, at_us, ui::Layout::Presenter, 1024, 768);
      w.h.dashboard.set_language(lang);
      w.frames();
      REQUIRE_FALSE(w.h.dashboard.hits().find(ui::make_id("transactions")).empty());
      for (const auto& card : w.h.dashboard.diagnostics().cards)
        if (card.second.starts_with("broker-")) CHECK_MESSAGE(card.first.h > 70, card.second);
      if (where.find("zombie") == std::string::npos) CHECK(w.marks("more transactions") == 0);  // it has the most words
      ui::clean(w.h);
    }
}

TEST_CASE("the arrow from the old leader to the new one runs above the words about a fenced broker in between") {
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
    PlayerWindow w("replication/leader-epoch", 18'790'000, ui::Layout::Lesson, 1280, 720);
    w.h.dashboard.set_language(lang);
    w.frames();
    const std::vector<ui::Rect> arrow = ui::marks(w.h, "handover");
    REQUIRE_FALSE(arrow.empty());
    const std::string words = ui::tr(lang, "ui.fenced_by_controller"_w);
    for (const auto& piece : w.h.dashboard.diagnostics().pieces)
      if (piece.text == words)
        for (const ui::Rect& part : arrow) CHECK_FALSE(part.overlaps(piece.rect));
  }
}

TEST_CASE(
    "in front of people the largest number of waiting records is shown beside its producer as well as the others") {
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
    PlayerWindow w("producer/acks", 6'001'000, ui::Layout::Presenter, 1280, 720);
    w.h.dashboard.set_language(lang);
    w.frames();
    const observe::Client& all = client_of(w.player, "acks-all");
    std::int64_t waits = 0;
    for (const observe::QueuedBatches& q : all.accumulator.queues) waits += q.records;
    REQUIRE(waits > 100);
    const ui::Rect card = w.h.dashboard.hits().find(ui::make_id("node", static_cast<std::uint64_t>(all.node)));
    const auto& pieces = w.h.dashboard.diagnostics().pieces;
    CHECK(std::any_of(pieces.begin(), pieces.end(), [&](const auto& piece) {
      return card.contains(piece.rect.cx(), piece.rect.cy()) &&
             piece.text.find(std::to_string(waits)) != std::string::npos;
    }));
    ui::clean(w.h);
  }
}
