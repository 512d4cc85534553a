// "Why?" in the metrics' panel: the button is where an answer is, and the answer names the cause in words.
#include <algorithm>
#include <map>

#include "observe/why/why.h"
#include "player/window.h"
#include "ui/looks.h"
#include "why/whole.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

std::string path_of(const std::string& node, const observe::Metric& m) {
  if (!m.path.empty()) return m.path;
  if (m.mbean.starts_with("/")) return m.mbean;
  std::string name = m.mbean;
  for (std::size_t i = 0; (i = name.find('/', i)) != std::string::npos; i += 2) name.replace(i, 1, "~1");
  return "/metrics/mbeans/" + (node.empty() ? std::string("*") : node) + "/" + name;
}

std::string story(const std::string& name) {
  std::ifstream in(source_root() + "/tests/stories/" + name + ".json");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE(
    "every Why? button of a metric has an answer, without raw names, and no metric with an answer lacks a button") {
  std::map<std::string, int> buttons;
  for (const auto& [name, at_s] : {std::pair{"replication/leader-failover", 9},
                                   {"replication/leader-failover", 16},
                                   {"replication/min-insync", 25},
                                   {"replication/one-way-partition", 28},
                                   {"operations/what-the-graphs-show", 45},
                                   {"consumer/max-poll-interval", 22},
                                   {"controller/session-expiry", 20}}) {
    const std::string lesson = name;  // clang 14 captures no structured binding
    CAPTURE(lesson);
    const std::string text = text_of(lesson);
    Player player(parse(text), "x", text);
    player.seek(sim::Instant{std::int64_t{at_s} * 1'000'000});
    std::vector<std::string> nodes{""};
    for (const observe::Node& n : player.snapshot().nodes) nodes.push_back(n.name);
    for (const std::string& node : nodes) {
      Action select = action(ActionKind::Select);
      select.target = node;
      player.act(select);
      player.tick(0);
      const cluster::Cluster& cluster = player.session().cluster();
      const sim::NodeId at = cluster.find(node);
      const auto reports_nothing = [](cluster::NodeKind kind) {
        return kind == cluster::NodeKind::ZooKeeper || kind == cluster::NodeKind::Admin;
      };
      if (!node.empty() && (cluster.state(at) != sim::NodeState::Running || reports_nothing(cluster.info(at).kind)))
        continue;  // the whole cluster's metrics stand there
      const std::vector<observe::Metric> metrics = player.snapshot().metrics;
      for (const observe::Metric& m : metrics) {
        CAPTURE(node);
        CAPTURE(m.mbean);
        if (!m.why) {
          if (!node.empty() && m.now != 0 && !m.mbean.ends_with("error=NONE"))
            CHECK_FALSE(test::whole_why(player.session().moment(), path_of(node, m)).has_value());
          continue;
        }
        Action ask = action(ActionKind::Why);
        ask.text = path_of(node, m);
        player.act(ask);
        CHECK(player.take_notices().empty());
        const ui::WhyModel& why = player.log().why;
        REQUIRE(why.open);
        ++buttons[m.mbean.substr(0, m.mbean.find(','))];
        for (const std::string& said : {why.question.en, why.question.ko})
          CHECK(said.find("kafka.") == std::string::npos);
        for (const ui::WhyLine& line : why.lines)
          for (const std::string& said : {line.words.en, line.words.ko}) {
            CAPTURE(said);
            CHECK(said.find("type=") == std::string::npos);
            // A value that counts something is not said to count nothing; the maximum of a minute may be over.
            CHECK((m.now == 0 || m.mbean.ends_with("-max") || said.find("counts here now") == std::string::npos));
          }
        player.act(action(ActionKind::ClearChain));
      }
    }
  }
  CHECK(buttons.size() >= 6);
}

TEST_CASE("the answer to Why? about a metric fits, in both languages, beside the metrics and under a lesson's stage") {
  for (const Layout layout : {Layout::Workbench, Layout::Lesson, Layout::Presenter}) {
    PlayerWindow w("operations/what-the-graphs-show", 45'000'000, layout, 1280, 720);
    w.h.dashboard.state().tab = ui::Tab::Metrics;
    std::size_t asked = 0;
    const std::vector<observe::Metric> metrics = w.player.snapshot().metrics;
    for (const observe::Metric& m : metrics) {
      if (!m.why) continue;
      ++asked;
      Action ask = action(ActionKind::Why);
      ask.text = path_of("", m);
      w.player.act(ask);
      for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
        CAPTURE(m.mbean);
        CAPTURE(static_cast<int>(layout));
        CAPTURE(static_cast<int>(lang));
        w.h.dashboard.set_language(lang);
        w.frames(1);
        REQUIRE(w.h.log.why.open);
        ui::clean(w.h);
      }
    }
    CHECK(asked >= 3);
  }
}

TEST_CASE("Why? about busy request threads, a lagging reader or a lagging follower names what slows them") {
  const std::string text = story("metrics-of-request-threads");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{39'000'000});
  const auto first =
      test::whole_why(player.session().moment(),
                      "/metrics/mbeans/broker-1/"
                      "kafka.server:type=KafkaRequestHandlerPool,name=RequestHandlerAvgIdlePercent#OneMinuteRate");
  REQUIRE(first.has_value());
  REQUIRE(first->root.has_value());
  CHECK(first->root_kind == observe::RootKind::Act);
  CHECK(first->root->at.us == 10'000'000);  // the disk became slow
  CHECK(first->steps.back().words.en.starts_with("The request threads of broker-1 were 6"));
  const auto queue = test::whole_why(
      player.session().moment(), "/metrics/mbeans/broker-1/kafka.network:type=RequestChannel,name=RequestQueueSize");
  REQUIRE(queue.has_value());
  CHECK(queue->root->at.us == 10'000'000);

  const std::string lag = text_of("consumer/max-poll-interval");
  Player slow(parse(lag), "x", lag);
  slow.seek(sim::Instant{16'000'000});
  const auto lagging = test::whole_why(
      slow.session().moment(),
      "/metrics/mbeans/w-1/kafka.consumer:type=consumer-fetch-manager-metrics,client-id=w-1#records-lag-max");
  REQUIRE(lagging.has_value());
  CHECK(lagging->question.en.find("records-lag-max") == std::string::npos);

  const std::string follower =
      R"({"format": 1, "id": "follower", "title": {"en": "f", "ko": "f"}, "seed": 6, "kafka": "4.1",
    "cluster": {"brokers": 3}, "until": "40s",
    "topics": [{"name": "t", "partitions": 1, "replication_factor": 3, "assignments": {"0": [1, 2, 3]}}],
    "clients": [{"id": "p", "kind": "producer", "topic": "t", "rate": "400/s", "value_size": "1000B"}],
    "steps": [{"at": "5s", "do": "crash", "node": "broker-3"},
    {"at": "20s", "do": "link", "from": "broker-3", "to": ["broker-1"], "bandwidth": "5Mbps"},
    {"at": "25s", "do": "restart", "node": "broker-3"}]})";
  Player behind(parse(follower), "x", follower);
  behind.seek(sim::Instant{27'000'000});
  const auto copies =
      test::whole_why(behind.session().moment(),
                      "/metrics/mbeans/broker-3/kafka.server:type=ReplicaFetcherManager,name=MaxLag,clientId=Replica");
  REQUIRE(copies.has_value());
  REQUIRE(copies->root.has_value());
  CHECK(copies->root->at.us == 20'000'000);  // the link became slow
}

TEST_CASE("an ISR in the answer about a stuck high watermark is a list of names, as everywhere") {
  const std::string text = text_of("replication/min-insync");
  Player player(parse(text), "x", text);
  int answers = 0, lists = 0;
  for (const int at : {20, 22, 25, 28}) {
    player.seek(sim::Instant{at * 1'000'000LL});
    const auto answer = test::whole_why(player.session().moment(), "/partitions/pay-0/high_watermark");
    if (!answer) continue;
    ++answers;
    for (const observe::WhyStep& step : answer->steps) {
      CAPTURE(step.words.en);
      if (step.key != "why.hw_min_isr"_w) continue;
      ++lists;
      CHECK(step.words.en.find('[') == std::string::npos);
      CHECK(step.words.en.find("broker-") != std::string::npos);
    }
  }
  CHECK(answers == 4);
  CHECK(lists > 0);
}

TEST_CASE("the ring around a metric in front of people crosses none of its numbers") {
  constexpr float kHalfLine = 2.25f;
  PlayerWindow w("operations/what-the-graphs-show", 81'000'000, Layout::Presenter, 1280, 720);
  const auto& all = w.h.dashboard.diagnostics().marks;
  const auto ring =
      std::find_if(all.begin(), all.end(), [](const auto& m) { return m.second.starts_with("pointed /metrics/"); });
  REQUIRE(ring != all.end());
  const ui::Rect around = ring->first, inside = around.grown(-kHalfLine);
  std::size_t numbers = 0;
  for (const auto& piece : w.h.dashboard.diagnostics().pieces) {
    if (!around.contains(piece.rect.cx(), piece.rect.cy())) continue;
    CAPTURE(piece.text);
    CHECK(piece.rect.y >= inside.y);
    CHECK(piece.rect.y + piece.rect.h * .8f <= inside.bottom());  // digits end at the baseline
    ++numbers;
  }
  CHECK(numbers >= 6);  // name, highest, lowest, before, now, change
}

TEST_CASE("a group's lag on one partition can be clicked and asked about") {
  PlayerWindow w("operations/what-the-graphs-show", 14'000'000, Layout::Lesson, 1280, 720);
  for (const char* partition : {"orders-1", "orders-2"}) {
    REQUIRE(w.click(ui::make_id("metric /groups/billing/lag/" + std::string(partition))));
    CHECK(w.h.dashboard.state().number_path == "/groups/billing/lag/" + std::string(partition));
    w.key(ui::kKeyW);
    REQUIRE(w.player.log().why.open);
    CHECK(w.player.log().why.question.en.find(partition) != std::string::npos);
    w.key(ui::kKeyEscape);
  }
}
