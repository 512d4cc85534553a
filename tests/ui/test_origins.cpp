// The origins of settings, errors, metrics, rules and terms: one click away, by mouse and by keys, in every layout.
#include <doctest/doctest.h>

#include <algorithm>

#include "ui/looks.h"
#include "ui/panels/origin_card.h"

using namespace kafkascope::ui;
using namespace kafkascope::words::literals;
using fixture::Moment;
using fixture::Scene;
using kafkascope::observe::OriginKind;

namespace {

void workbench_of_origins(Headless& h, Moment moment = Moment::Before) {
  h.show(moment, Scene::Free);
  h.dashboard.set_layout(Layout::Workbench);
  h.size(1920, 1080);
  h.settle();
}

Rect link(Headless& h, const std::string& name) { return h.dashboard.hits().find(make_id("origin " + name)); }
bool open_link(Headless& h, const std::string& name) {
  h.settle();
  return h.click(make_id("origin " + name));
}
const OriginOf& card(Headless& h) { return h.dashboard.state().origin; }

/// Checks that the card is legible wherever it is, and within the window.
void clean_card(Headless& h, float w, float height) {
  clean(h);
  const Rect r = h.dashboard.hits().find(make_id("origin card"));
  CHECK(r.x >= 0);
  CHECK(r.y >= 0);
  CHECK(r.right() <= w);
  CHECK(r.bottom() <= height);
}

}  // namespace

TEST_CASE(
    "a click on a setting opens a card with its sentence, KIP, class, tests and rows of docs/fidelity.md; Esc closes it") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    workbench_of_origins(h);
    h.dashboard.set_language(lang);
    h.dashboard.state().selection = "broker-2";
    REQUIRE(open_link(h, "broker.session.timeout.ms"));
    CHECK(card(h).kind == OriginKind::Config);
    CHECK(says(h, "KIP-631"));
    CHECK(shows(h, "KRaftConfigs"));
    CHECK(shows(h, "tests/protocol/kafka_configs_test.cpp"));
    CHECK(shows(h, "docs/fidelity.md#"));
    CHECK(shows(h, tr(lang, "config.broker.session.timeout.ms"_w)));
    CHECK(shows(h, tr(lang, "glossary.fencing"_w)));
    clean_card(h, 1920, 1080);
    h.key(kKeyEscape);
    h.settle();
    CHECK(card(h).name.empty());
    CHECK_FALSE(shows(h, "KRaftConfigs"));
    CHECK(h.dashboard.state().selection == "broker-2");  // Esc has closed the card only
  }
}

TEST_CASE(
    "the card's button copies the whole card, a click on a value copies the value, and a click on a term opens the term") {
  Headless h;
  workbench_of_origins(h);
  h.dashboard.state().selection = "broker-2";
  h.world.inspected.config.erase(h.world.inspected.config.begin());  // so that the other setting is visible
  REQUIRE(open_link(h, "min.insync.replicas"));
  h.settle();
  h.actions();
  REQUIRE(h.click(make_id("origin copy")));
  const std::string all = h.take(ActionKind::CopyText).text;
  CHECK(all.starts_with("min.insync.replicas (setting)"));
  CHECK(all.find("TopicConfig") != std::string::npos);
  CHECK(all.find("docs/fidelity.md#") != std::string::npos);
  h.actions();
  REQUIRE(h.click(make_id("origin value", 3)));  // after the two addresses
  const std::string value = h.take(ActionKind::CopyText).text;
  CHECK(value.size() > 3);
  CHECK(value.find(' ') == std::string::npos);
  CHECK(all.find(value) != std::string::npos);
  REQUIRE(h.click(make_id("origin term", "glossary.in-sync-replica"_w.hash)));
  h.settle();
  CHECK(card(h).kind == OriginKind::Term);
  CHECK(shows(h, tr(Lang::En, "glossary.in-sync-replica.meaning"_w)));
  h.click(10.f, 1000.f);  // outside
  h.settle();
  CHECK(card(h).name.empty());
}

TEST_CASE("a click on an address of Kafka's documentation or a KIP opens it, in a 2.5 world the one of 2.5") {
  for (const bool old : {false, true}) {
    Headless h;
    workbench_of_origins(h);
    h.world.kafka_version = old ? "2.5" : "4.1";
    h.dashboard.state().selection = "broker-2";
    h.world.inspected.config.erase(h.world.inspected.config.begin());
    REQUIRE(open_link(h, "min.insync.replicas"));
    h.settle();
    h.actions();
    REQUIRE(h.click(make_id("origin value", 1)));
    CHECK(h.take(ActionKind::OpenAddress).text ==
          (old ? "https://kafka.apache.org/25/configuration/broker-configs/#min.insync.replicas"
               : "https://kafka.apache.org/41/configuration/broker-configs/#brokerconfigs_min.insync.replicas"));
    clean_card(h, 1920, 1080);
  }
  Headless h;
  workbench_of_origins(h);
  h.dashboard.state().selection = "broker-2";
  REQUIRE(open_link(h, "broker.session.timeout.ms"));
  h.settle();
  h.actions();
  REQUIRE(h.click(make_id("origin value", 2)));
  CHECK(h.take(ActionKind::OpenAddress).text == "https://cwiki.apache.org/confluence/display/KAFKA/KIP-631");
}

TEST_CASE("a client's errors, the metrics of the panel and a group's lag are links to their cards") {
  Headless h;
  workbench_of_origins(h);
  const auto producer = std::find_if(h.world.clients.begin(), h.world.clients.end(), [&](const auto& client) {
    return h.world.nodes[static_cast<std::size_t>(client.node)].kind == kafkascope::observe::NodeKind::Producer;
  });
  REQUIRE(producer != h.world.clients.end());
  producer->errors = {{"NOT_ENOUGH_REPLICAS", 3}, {"NoSuchException", 1}};
  h.dashboard.state().selection = h.world.nodes[static_cast<std::size_t>(producer->node)].name;
  REQUIRE(open_link(h, "NOT_ENOUGH_REPLICAS"));
  CHECK(card(h).kind == OriginKind::Error);
  CHECK(says(h, "NotEnoughReplicasException"));
  clean_card(h, 1920, 1080);
  CHECK(link(h, "NoSuchException").empty());
  h.key(kKeyEscape);
  h.world.metrics.push_back(h.world.metrics.front());
  h.world.metrics.back().mbean = "kafka-consumer-groups --describe --group billing: LAG";
  h.dashboard.state().tab = Tab::Metrics;
  h.dashboard.state().tab_chosen = true;
  REQUIRE(open_link(h, "kafka.server:type=ReplicaManager,name=UnderReplicatedPartitions"));
  CHECK(card(h).kind == OriginKind::Metric);
  CHECK(says(h, "tests/engine/real_mbeans_test.cpp"));
  clean_card(h, 1920, 1080);
  h.key(kKeyEscape);
  REQUIRE(open_link(h, "lag"));
  CHECK(card(h).kind == OriginKind::Term);
}

TEST_CASE(
    "a click on the checks beside the play button lists the invariants, each with its card; a broken invariant opens its card at once") {
  Headless h;
  workbench_of_origins(h);
  REQUIRE(h.click(make_id("rules")));
  CHECK(says(h, "one-leader-per-epoch"));
  clean_card(h, 1920, 1080);
  REQUIRE(h.click(make_id("origin rule", "invariant.one_leader_per_epoch"_w.hash)));
  CHECK(says(h, "KIP-595"));
  CHECK(shows(h, "tests/observe/invariants_test.cpp"));
  h.key(kKeyEscape);
  h.world.violations = {{"high-watermark-bounds", 2'000'000, {}}};
  h.settle();
  h.actions();
  REQUIRE(h.click(make_id("violation")));
  CHECK(h.take(ActionKind::Seek).time_us == 2'000'000);
  CHECK(card(h).name == "high-watermark-bounds");
  CHECK(says(h, tr(Lang::En, "invariant.high_watermark_bounds"_w)));
}

TEST_CASE("the end of a lesson has links to the invariants that held and to the one that failed") {
  Headless h;
  h.show(Moment::Returned, Scene::End);
  h.lesson.end.failed.clear();
  h.lesson.end.invariants = 7;
  REQUIRE(open_link(h, "invariant"));
  CHECK(says(h, "logs-agree"));
  h.key(kKeyEscape);
  h.lesson.end.failed = {{"invariant logs-agree", "logs-agree"}};
  REQUIRE(open_link(h, "logs-agree"));
  CHECK(says(h, tr(Lang::En, "invariant.logs_agree"_w)));
}

TEST_CASE(
    "in narration, log and answers the names of settings, errors and invariants are links; common words are not") {
  for (const Layout layout : {Layout::Lesson, Layout::Presenter}) {
    Headless h;
    h.show(Moment::Before, Scene::First);
    h.dashboard.set_layout(layout);
    for (const char* name : {"CommitFailedException", "NotControllerException", "RangeAssignor", "NODEEXISTS"}) {
      CAPTURE(std::string(name));
      h.lesson.paragraphs = {{std::string("The answer is ") + name + ".", name}};
      REQUIRE(open_link(h, name));
      CHECK(card(h).name == name);
      CHECK(h.dashboard.hits().find(make_id("origin card")).h > 0);
      h.key(kKeyEscape);
      h.settle();
    }
    h.lesson.paragraphs = {
        {"A write needs min.insync.replicas replicas. Retries take time.", "min.insync.replicas만큼 필요해요."}};
    REQUIRE(open_link(h, "min.insync.replicas"));
    CHECK(card(h).kind == OriginKind::Config);
    h.key(kKeyEscape);
    h.settle();
    CHECK(link(h, "retries").empty());
    h.log.why.open = true;
    h.log.why.question = {"Why?", "왜?"};
    h.log.why.lines = {{{"The answer was NOT_ENOUGH_REPLICAS.", "답은 NOT_ENOUGH_REPLICAS였어요."}, 7, 1'000'000, {}}};
    h.dashboard.set_language(Lang::Ko);
    REQUIRE(open_link(h, "NOT_ENOUGH_REPLICAS"));
    CHECK(card(h).kind == OriginKind::Error);
    CHECK_FALSE(h.emitted(ActionKind::Seek));  // the click must not reach the sentence
  }
  Headless h;
  workbench_of_origins(h);
  h.dashboard.state().tab = Tab::Log;
  h.dashboard.state().lower_tab = Tab::Log;
  h.dashboard.state().tab_chosen = true;
  REQUIRE(!h.log.entries.empty());
  for (auto& entry : h.log.entries)
    entry.words = {"shop: NOT_ENOUGH_REPLICAS for orders-0", "shop: NOT_ENOUGH_REPLICAS"};
  REQUIRE(open_link(h, "NOT_ENOUGH_REPLICAS"));
  CHECK(card(h).name == "NOT_ENOUGH_REPLICAS");
  CHECK_FALSE(h.emitted(ActionKind::SelectEvent));
}

TEST_CASE("O opens the origin card of the thing under the pointer, or of the selected one if there is none") {
  Headless h;
  workbench_of_origins(h);
  h.dashboard.state().selection = "broker-2";
  h.settle();
  const Rect key = link(h, "broker.session.timeout.ms");
  REQUIRE(!key.empty());
  h.move(key.cx(), key.cy());
  h.settle();
  h.key(kKeyO);
  h.settle();
  CHECK(card(h).name == "broker.session.timeout.ms");
  h.key(kKeyEscape);
  h.move(700, 20);
  h.settle();
  h.key(kKeyO);
  h.settle();
  CHECK(card(h).name == "broker");
}

TEST_CASE("Ctrl+K finds every setting, error, metric and invariant, listed after the acts, and Enter opens its card") {
  Headless h;
  h.show(Moment::Before, Scene::First);
  h.settle();
  const auto names = [&](const char* text) {
    h.key(kKeyK, true);
    for (int i = 0; i < 4; ++i) h.frame();
    h.type(text);
    h.settle();
    h.enter();
    h.settle();
    CHECK_FALSE(h.dashboard.state().palette_open);
    return card(h).name;
  };
  CHECK(names("FENCED_LEADER_EPOCH") == "FENCED_LEADER_EPOCH");
  CHECK(names("log.cleaner.backoff.ms") == "log.cleaner.backoff.ms");
  CHECK(names("records-lag-max").find("records-lag-max") != std::string::npos);
  CHECK(names("idempotent-producer") == "idempotent-producer");
  CHECK(names("fenced") == "fencing");
  CHECK(names("leaderless") == "leader-election");
  CHECK(names("delivery count") == "delivery-count");
  CHECK(names("CommitFailed") == "commit-failed-exception");
  for (const char* word : {"course", "courses", "meeting"}) {
    names(word);
    CHECK(h.dashboard.state().lessons_open);
    h.dashboard.state().lessons_open = false;
    h.settle();
  }
}

TEST_CASE("presenting: the origin card is as large as the other text") {
  for (const auto& [w, height] : {std::pair{1280.f, 720.f}, std::pair{1024.f, 768.f}, std::pair{1920.f, 1080.f}})
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      Headless h;
      h.show(Moment::Waiting, Scene::First);
      h.dashboard.set_language(lang);
      h.dashboard.set_layout(Layout::Presenter);
      h.size(w, height);
      h.lesson.view.panels = {"metrics"};
      REQUIRE(open_link(h, "kafka.server:type=ReplicaManager,name=UnderReplicatedPartitions"));
      clean_card(h, w, height);
      const Rect copy = h.dashboard.hits().find(make_id("origin copy"));
      CHECK(copy.h >= .05f * height);
      h.key(kKeyEscape);
      h.settle();
      CHECK(card(h).name.empty());
      CHECK(h.dashboard.state().layout == Layout::Presenter);
    }
}

TEST_CASE("every setting that the inspector's rows name opens its card, by a click and by O under the pointer") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
    CAPTURE(static_cast<int>(layout));
    Headless h;
    workbench_of_origins(h);
    h.dashboard.set_layout(layout);
    h.dashboard.state().selection = "orders-0";
    h.dashboard.state().drawer = true;
    h.world.inspected = {};  // without the table of settings
    h.settle();
    REQUIRE(open_link(h, "min.insync.replicas"));
    CHECK(card(h).kind == OriginKind::Config);
    CHECK(card(h).name == "min.insync.replicas");
    h.key(kKeyEscape);
    h.settle();
    REQUIRE(card(h).name.empty());
    const Rect at = link(h, "min.insync.replicas");
    h.move(at.cx(), at.cy());
    h.settle();
    h.key(kKeyO);
    h.settle();
    CHECK(card(h).name == "min.insync.replicas");
  }
}

TEST_CASE("the settings that name a producer's memory and its transactional id open their cards") {
  Headless h;
  workbench_of_origins(h);
  const auto producer = std::find_if(h.world.clients.begin(), h.world.clients.end(), [&](const auto& client) {
    return h.world.nodes[static_cast<std::size_t>(client.node)].kind == kafkascope::observe::NodeKind::Producer;
  });
  REQUIRE(producer != h.world.clients.end());
  h.size(1920, 1600);  // so that all rows are visible
  producer->transactional_id = "pay";
  producer->transaction_state = "READY";
  producer->accumulator.buffer_total = 33554432;
  producer->accumulator.buffer_used = 1000;
  h.dashboard.state().selection = h.world.nodes[static_cast<std::size_t>(producer->node)].name;
  h.world.inspected = {};
  for (const char* name : {"transactional.id", "buffer.memory", "max.in.flight.requests.per.connection"}) {
    CAPTURE(name);
    REQUIRE(open_link(h, name));
    CHECK(card(h).name == name);
    h.key(kKeyEscape);
  }
}

TEST_CASE("a card offers to compare with the worlds before its own KIPs, and with no others") {
  Headless h;
  workbench_of_origins(h);
  const auto offer = [](const char* kip) { return TwinOffer{{kip, kip}, "kip", kip, {}}; };
  h.lesson.twin_offers =
      std::make_shared<const std::vector<TwinOffer>>(std::vector<TwinOffer>{offer("KIP-631"), offer("KIP-101")});
  h.dashboard.state().selection = "broker-2";
  REQUIRE(open_link(h, "broker.session.timeout.ms"));
  CHECK(says(h, "Compare with: KIP-631"));
  CHECK_FALSE(shows(h, "Compare with: KIP-101"));
  clean_card(h, 1920, 1080);
  REQUIRE(h.click(make_id("origin beside " + std::string("KIP-631"))));
  const Action open = h.take(ActionKind::OpenTwin);
  CHECK(open.verb == "kip");
  CHECK(open.target == "KIP-631");
  CHECK(card(h).name.empty());
}

TEST_CASE("the lag of a group, and in front of people the key of the arcs, are links to their origins") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.show(Moment::Before, Scene::First);
    h.dashboard.set_layout(Layout::Workbench);
    h.dashboard.set_language(lang);
    h.size(1920, 1080);
    h.key(kKey0 + digit_of(Tab::Groups));
    REQUIRE(open_link(h, "lag"));
    CHECK(card(h).kind == OriginKind::Term);
    CHECK(shows(h, tr(lang, "glossary.lag"_w)));
    clean_card(h, 1920, 1080);
    h.key(kKeyEscape);
    h.show(Moment::Waiting, Scene::First);
    h.dashboard.set_layout(Layout::Presenter);
    REQUIRE(open_link(h, "broker.session.timeout.ms"));
    CHECK(card(h).kind == OriginKind::Config);
    CHECK(shows(h, tr(lang, "config.broker.session.timeout.ms"_w)));
    clean_card(h, 1920, 1080);
  }
}

TEST_CASE("an error in the label of a ring is a link to its origin, by a click and by O") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
    Headless h;
    h.show(Moment::Before, Scene::First);
    h.dashboard.set_layout(layout);
    h.lesson.view.panels = {"stage"};
    h.lesson.paragraphs.clear();
    h.lesson.view.point = {{"/nodes/broker-1", {"1 × CommitFailedException", "CommitFailedException 1번"}}};
    REQUIRE(open_link(h, "CommitFailedException"));
    CHECK(card(h).name == "CommitFailedException");
    h.key(kKeyEscape);
    h.settle();
    const Rect at = link(h, "CommitFailedException");
    h.move(at.cx(), at.cy());
    h.settle();
    h.key(kKeyO);
    h.settle();
    CHECK(card(h).name == "CommitFailedException");
    clean_card(h, 1920, 1080);
  }
}
