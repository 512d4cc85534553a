// Kafka's metrics during a failover: what they show and when, and what they do not show.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "observe/model/cluster_metrics.h"
#include "observe/model/mbeans.h"
#include "observe/model/metric_alarms.h"
#include "observe/model/snapshot_builder.h"
#include "observe/model/state_document.h"
#include "observe/why/why.h"
#include "player/window.h"
#include "protocol/facts_of_cluster.h"
#include "ui/looks.h"
#include "why/whole.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

const observe::Metric& metric(Player& player, std::string_view mbean) {
  const auto& all = player.snapshot().metrics;
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const observe::Metric& m) { return m.mbean.find(mbean) != std::string::npos; });
  REQUIRE(found != all.end());
  return *found;
}

}  // namespace

TEST_CASE(
    "metrics of a failover are unchanged before it is noticed, show under-replicated partitions after that, and are normal at the end") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{12000000});
  CHECK(metric(player, "OfflinePartitionsCount").now == 0);  // the leader has been dead for seven seconds
  CHECK(metric(player, "UnderReplicatedPartitions").now == 0);
  CHECK(metric(player, "FencedBrokerCount").now == 0);
  CHECK(metric(player, "MessagesInPerSec").now < 20);
  player.seek(sim::Instant{14000000});
  CHECK(metric(player, "UnderReplicatedPartitions").now == 3);
  CHECK(metric(player, "UnderReplicatedPartitions").before == 0);  // the step is about this very change
  CHECK(metric(player, "UnderReplicatedPartitions").worse);
  CHECK(metric(player, "FencedBrokerCount").now == 1);
  CHECK(metric(player, "/metrics/elections").now == 17);  // of orders-0, and of 16 partitions of __consumer_offsets
  const float most = *std::max_element(metric(player, "records-lag-max").history.begin(),
                                       metric(player, "records-lag-max").history.end());
  CHECK(most > 0);
  player.seek(sim::Instant{24000000});
  CHECK(metric(player, "UnderReplicatedPartitions").now == 0);
  CHECK(metric(player, "FencedBrokerCount").now == 0);
  CHECK(metric(player, "MessagesInPerSec").now == doctest::Approx(20).epsilon(0.2));
  // Going back restores the earlier values.
  player.seek(sim::Instant{13600000});
  CHECK(metric(player, "FencedBrokerCount").now == 1);
}

TEST_CASE("a metric beyond its threshold is drawn as bad as long as it is, not only when it gets there") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  const auto drawn = [&](ui::Layout layout) {
    ui::Headless h;
    h.dashboard.set_layout(layout);
    take_models(h, player);
    h.lesson.view.panels = {"metrics"};
    h.settle();
    CHECK(ui::shows(h, "alarm: above 0") == (layout == ui::Layout::Lesson && !h.world.metrics[1].beyond.empty()));
    return ui::marks(h, "metric beyond its threshold").size();
  };
  for (std::int64_t at = 12'000'000; at <= 24'000'000; at += 500'000) {
    player.seek(sim::Instant{at});
    const observe::Metric& m = metric(player, "UnderReplicatedPartitions");
    CHECK(m.beyond.empty() == (m.now == 0));
  }
  player.seek(sim::Instant{14'000'000});
  CHECK(drawn(ui::Layout::Lesson) == 2);  // under-replicated partitions, fenced brokers
  CHECK(drawn(ui::Layout::Presenter) == 2);
  player.seek(sim::Instant{24'000'000});
  CHECK(drawn(ui::Layout::Lesson) == 0);
  observe::Metric active;
  active.mbean = "kafka.controller:type=KafkaController,name=ActiveControllerCount";
  active.now = 2;
  CHECK(observe::beyond_threshold(active, true).en == "alarm: not 1");
  active.now = 0;
  CHECK(observe::beyond_threshold(active, false).empty());
}

TEST_CASE("the patterns that a lesson names have thresholds: Kafka's own, or what was usual in this run") {
  const auto metric_of = [](const char* mbean, std::vector<float> history) {
    observe::Metric m;
    m.mbean = mbean;
    m.history = std::move(history);
    m.now = static_cast<double>(m.history.back());
    return m;
  };
  struct Case {
    const char* mbean;
    std::vector<float> history;
    const char* words;  // "": within its threshold
  };
  const std::vector<float> steady(96, 40);
  const auto then = [&](float now) {
    std::vector<float> history = steady;
    history.back() = now;
    return history;
  };
  const char *lag = "kafka-consumer-groups --describe --group billing: LAG",
             *records = "kafka.server:type=BrokerTopicMetrics,name=MessagesInPerSec",
             *latency = "kafka.producer:type=producer-metrics,client-id=shop#request-latency-avg";
  for (const Case& c :
       {Case{lag, then(100), ""}, Case{lag, then(101), "alarm: above 100"}, Case{records, then(20), ""},
        Case{records, then(19), "alarm: below 20"}, Case{latency, then(100), ""},
        Case{latency, then(250), "alarm: above 100"},
        Case{"kafka.server:type=ReplicaManager,name=AtMinIsrPartitionCount", {0, 1}, ""},  // often on purpose
        Case{"kafka.server:type=ReplicaManager,name=UnderMinIsrPartitionCount", {0, 1}, "alarm: above 0"},
        Case{"kafka.controller:type=ControllerStats,name=UncleanLeaderElectionsPerSec", {0, 1}, "alarm: above 0"},
        Case{"kafka.server:type=KafkaRequestHandlerPool,name=RequestHandlerAvgIdlePercent#OneMinuteRate",
             {1, .25f},
             "alarm: below 0.3"}}) {
    CAPTURE(c.mbean);
    CHECK(observe::beyond_threshold(metric_of(c.mbean, c.history), false).en == c.words);
  }
  // A lag that has grown from the run's beginning on is beyond twice what was usual in its first half.
  std::vector<float> growing;
  for (int k = 0; k < 96; ++k) growing.push_back(static_cast<float>(k) * 20);
  CHECK(observe::beyond_threshold(metric_of(lag, growing), false).en == "alarm: above 960");
}

TEST_CASE("a threshold is called Kafka's own only if its documentation names the value") {
  for (const auto& [name, kafkas] : {std::pair{"ReplicaManager,name=UnderReplicatedPartitions", true},
                                     std::pair{"ReplicaManager,name=UnderMinIsrPartitionCount", true},
                                     std::pair{"ReplicaManager,name=OfflineReplicaCount", true},
                                     std::pair{"KafkaController,name=FencedBrokerCount", false},
                                     std::pair{"KafkaController,name=OfflinePartitionsCount", false},
                                     std::pair{"ReplicaFetcherManager,name=FailedPartitionsCount", false}}) {
    observe::Metric m;
    m.mbean = std::string("x:type=") + name;
    const auto alarm = observe::alarm_of(m, false);
    REQUIRE(alarm);
    CHECK(words::render(ui::Lang::En, alarm->words) == "alarm: above 0");
    CHECK_MESSAGE(words::render(ui::Lang::En, alarm->basis) ==
                      (kafkas ? "The value is the one in Kafka's documentation (Monitoring)."
                              : "Kafka names no value. Here: any one is a failure."),
                  m.mbean);
  }
}

TEST_CASE("as many requests may wait as the broker has request handlers") {
  const std::string text = text_of("../tests/stories/metrics-of-request-threads");
  for (const char* threads : {"2", "8"}) {
    std::string story = text;
    const std::string two = R"("num.io.threads": 2)";
    story.replace(story.find(two), two.size(), std::string(R"("num.io.threads": )") + threads);
    Player player(parse(story), "x", story);
    ui::Action select;
    select.kind = ui::ActionKind::Select;
    select.target = "broker-1";
    player.act(select);
    player.seek(sim::Instant{39'000'000});
    observe::Metric m = metric(player, "RequestQueueSize");
    const auto alarm = observe::alarm_of(m, false);
    REQUIRE(alarm);
    CHECK(words::render(ui::Lang::En, alarm->words) == std::string("alarm: above ") + threads);
    CHECK(words::render(ui::Lang::En, alarm->basis)
              .find(std::string("request handlers (") + threads + ", num.io.threads)") != std::string::npos);
    CHECK(m.beyond.empty() == (m.now <= alarm->at));
  }
  observe::Metric of_all;
  of_all.mbean = "kafka.network:type=RequestChannel,name=RequestQueueSize";
  CHECK_FALSE(observe::alarm_of(of_all, true));
}

TEST_CASE("a graph has the line of its threshold, and its tip says the number and where that comes from") {
  const std::string text = text_of("operations/what-the-graphs-show");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{141'000'000});
  player.play(false);
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko})
    for (const ui::Layout layout : {ui::Layout::Lesson, ui::Layout::Workbench, ui::Layout::Presenter}) {
      CAPTURE(static_cast<int>(layout));
      ui::Headless h;
      h.size(1920, 1080);
      h.dashboard.set_language(lang);
      h.dashboard.set_layout(layout);
      if (layout == ui::Layout::Workbench) h.dashboard.state().tab = ui::Tab::Metrics;
      take_models(h, player);
      h.settle();
      const std::vector<ui::Rect> lines = ui::marks(h, "threshold");
      CHECK(lines.size() >= 4);
      ui::clean(h);
      if (layout != ui::Layout::Lesson) continue;
      std::set<std::string> told;
      for (const ui::Rect& line : lines) {
        h.move(line.cx(), line.y - 3);
        for (int k = 0; k < 60; ++k) h.frame();
        const ui::Tip& tip = h.dashboard.state().tip;
        CHECK(tip.title.starts_with(lang == ui::Lang::En ? "alarm: " : "경보: "));
        CHECK_FALSE(tip.facts.empty());
        told.insert(tip.title);
      }
      CHECK(told.size() >= 2);
    }
}

TEST_CASE(
    "metrics of a broker: its values are shown beside those before the step, and seeking back restores the old values") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  CHECK(player.snapshot().metrics.size() < 10);  // no node is selected
  ui::Action select;
  select.kind = ui::ActionKind::Select;
  select.target = "broker-2";
  player.act(select);
  player.seek(sim::Instant{12000000});
  const double led = metric(player, "ReplicaManager,name=LeaderCount").now;
  CHECK(led >= 1);
  player.seek(sim::Instant{14000000});
  const double leads = metric(player, "ReplicaManager,name=LeaderCount").now;
  CHECK(leads > led);  // orders-0, and its part of __consumer_offsets
  CHECK(metric(player, "ReplicaManager,name=LeaderCount").before == led);  // the step is about this very change
  CHECK_FALSE(metric(player, "ReplicaManager,name=LeaderCount").worse);
  CHECK(metric(player, "ReplicaManager,name=LeaderCount").history.back() == static_cast<float>(leads));
  const observe::Metric in = metric(player, "type=BrokerTopicMetrics,name=BytesInPerSec");
  CHECK(in.now > 0);
  CHECK(in.history.back() < in.now);  // its history is a rate
  player.seek(sim::Instant{12000000});
  CHECK(metric(player, "ReplicaManager,name=LeaderCount").now == led);
  select.target = "controller-1";
  player.act(select);
  CHECK(metric(player, "KafkaController,name=ActiveControllerCount").now == 1);
}

TEST_CASE("the graph of a constant rate is flat to its end, however short the time since the last reading is") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  ui::Action select;
  select.kind = ui::ActionKind::Select;
  select.target = "shop";  // 20 records a second
  player.act(select);
  for (std::int64_t at = 26'000'000; at < 27'000'000; at += 10'000) {
    player.seek(sim::Instant{at + 1});
    CAPTURE(at);
    const float rate = metric(player, "#record-send-total").history.back();
    CHECK(rate >= 18);
    CHECK(rate <= 22);
  }
}

TEST_CASE("the graph of a group's lag has its exact peak, even if the peak lasted only a moment") {
  // Four records at once between two of the graph's moments, committed 200 ms later.
  const std::string text = R"({"format": 1, "id": "x", "title": {"en": "x"}, "seed": 3,
    "cluster": {"controllers": 1, "brokers": 1, "config": {"offsets.topic.replication.factor": 1}}, "topics": [{"name": "t", "partitions": 1, "replication_factor": 1}],
    "clients": [{"id": "p", "kind": "producer", "topic": "t"},
                {"id": "c", "kind": "consumer", "topics": ["t"], "config": {"group.id": "g", "auto.offset.reset": "earliest", "auto.commit.interval.ms": 200}}],
    "steps": [{"at": "1s", "do": "produce", "node": "p", "records": [{"value": "0"}]},
              {"at": "10.1s", "do": "produce", "node": "p", "records": [{"value": "1"}, {"value": "2"}, {"value": "3"}, {"value": "4"}]}],
    "until": "40s"})";
  Player player(parse(text), "x", text);
  for (const std::int64_t us : {30'000'000, 30'300'000, 30'600'000, 30'900'000, 31'200'000, 31'500'000}) {
    player.seek(sim::Instant{us});
    REQUIRE(player.snapshot().groups.size() == 1);
    const std::vector<float>& lag = player.snapshot().groups[0].partitions[0].lag_history;
    REQUIRE(lag.size() == 31);
    CHECK(*std::max_element(lag.begin(), lag.end()) == 4);
    CHECK(lag.back() == 0);
  }
}

TEST_CASE(
    "the graph of a group's lag ends at the current lag and rises when a consumer falls behind; seeking back gives the earlier values") {
  const std::string text = text_of("operations/hot-partition");
  Player player(parse(text), "x", text);
  const auto courses = [&] {
    std::size_t seen = 0, grown = 0;
    for (const observe::Group& group : player.snapshot().groups)
      for (const observe::GroupPartition& gp : group.partitions) {
        if (gp.committed < 0) {
          CHECK(gp.lag_history.empty());
          continue;
        }
        REQUIRE(gp.lag_history.size() > 2);
        CHECK(gp.lag_history.back() == static_cast<float>(gp.lag));
        ++seen;
        grown += gp.lag_history.back() > gp.lag_history.front() + 10;
      }
    return std::pair(seen, grown);
  };
  player.seek(sim::Instant{25000000});
  const auto late = courses();
  CHECK(late.first > 1);
  CHECK(late.second > 0);
  CHECK(late.second < late.first);
  player.seek(sim::Instant{12000000});
  CHECK(courses().first > 0);
}

TEST_CASE(
    "the graphs of a group's lag rise for half of the partitions and are flat for the others, as the lesson says") {
  const std::string text = text_of("operations/what-the-graphs-show");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{15'000'000});
  REQUIRE(player.lesson().view.panels == std::vector<std::string>{"metrics"});
  int climb = 0, flat = 0;
  for (const observe::Metric& m : player.snapshot().metrics) {
    if (m.name.en.find("lag of billing on") == std::string::npos) continue;
    CHECK(m.history.back() == static_cast<float>(m.now));
    CHECK(m.name.ko.find("billing") != std::string::npos);
    climb += m.worse && m.now > 50 ? 1 : 0;
    flat += !m.worse && m.now < 30 ? 1 : 0;
  }
  CHECK(climb == 3);
  CHECK(flat == 3);
  CHECK(metric(player, "--group billing").worse);  // the sum of all partitions
  CHECK(metric(player, "UnderReplicatedPartitions").now == 0);
  // Metrics of the selected node, and of no group.
  ui::Action select;
  select.kind = ui::ActionKind::Select;
  select.target = "broker-2";
  player.act(select);
  const auto& all = player.snapshot().metrics;
  CHECK(std::none_of(all.begin(), all.end(),
                     [](const observe::Metric& m) { return m.mbean.find("--group") != std::string::npos; }));
}

// ---- active controllers: the sum of what the living nodes report, at any moment of the graph

namespace {

constexpr const char* kBean = "kafka.controller:type=KafkaController,name=ActiveControllerCount";

/// The sum over all nodes that report it.
double reported(const cluster::Cluster& cluster) {
  double sum = 0;
  for (std::size_t i = 0; i < cluster.nodes().size(); ++i)
    observe::for_each_mbean(cluster, {static_cast<std::int32_t>(i)}, kBean,
                            [&](std::string_view name, const observe::MBeanKind&, double value) {
                              if (name == kBean) sum += value;
                            });
  return sum;
}

/// A run whose graph is looked at again and again.
struct WatchedWindow {
  explicit WatchedWindow(const std::string& text) : session(parse(text), true) {}
  observe::Metric at(double s, double before_s = 0) {
    const auto us = [](double time) { return sim::Instant{static_cast<std::int64_t>(time * 1e6)}; };
    session.run_until(us(s));
    course.follow(session.observation().trace(), session.cluster());
    for (const observe::Metric& m : course.metrics(observe::snapshot(session.moment()), us(before_s)))
      if (m.mbean == kBean) return m;
    FAIL("no such metric");
    return {};
  }
  scenario::Session session;
  observe::MetricsBuilder course;
};

}  // namespace

TEST_CASE("active controllers: a paused controller counts beside its successor, and two are worse than one") {
  WatchedWindow run(text_of("controller/session-expiry"));
  const observe::Metric one = run.at(20, 1);
  CHECK(one.now == 1);
  CHECK(one.before == 1);
  CHECK_FALSE(one.worse);
  CHECK(*std::min_element(one.history.begin(), one.history.end()) == 1);  // from the formation on
  const observe::Metric two = run.at(26, 20);
  CHECK(reported(run.session.cluster()) == 2);
  CHECK(two.now == 2);
  CHECK(two.before == 1);
  CHECK(two.worse);
  CHECK(two.history.back() == 2);
  CHECK(two.history[two.history.size() - 2] == 2);  // the last sample does not jump
  const observe::Metric healed = run.at(30, 26);
  CHECK(healed.now == 1);
  CHECK(healed.before == 2);
  CHECK_FALSE(healed.worse);
}

namespace {

constexpr const char* kWithoutEnsemble = R"({"format": 1, "id": "x", "title": {"en": "x"}, "seed": 46, "kafka": "2.5",
    "cluster": {"metadata": "zookeeper", "zookeepers": 3, "brokers": 3}, "topics": [], "clients": [],
    "steps": [{"at": "7.5s", "do": "crash", "node": "zookeeper-1"}, {"at": "7.5s", "do": "crash", "node": "zookeeper-2"},
              {"at": "7.5s", "do": "crash", "node": "zookeeper-3"}, {"at": "35s", "do": "crash", "node": "broker-1"}],
    "until": "42s"})";

}  // namespace

TEST_CASE("active controllers: a controller that has lost its ensemble still counts itself as active") {
  WatchedWindow run(kWithoutEnsemble);
  const observe::Metric m = run.at(30, 5);
  CHECK(reported(run.session.cluster()) == 1);
  CHECK_FALSE(run.session.cluster().active_controller().valid());
  CHECK(m.now == 1);
  CHECK(m.before == 1);
  CHECK_FALSE(m.worse);
  const observe::Metric none = run.at(40, 30);
  CHECK(none.now == 0);
  CHECK(none.worse);
}

TEST_CASE("active controllers: the graph is at each moment of a run the sum of what the nodes report") {
  int other = 0;
  for (const char* name : {"controller/session-expiry", "controller/zookeeper-vs-kraft", "controller/kraft-failover",
                           "operations/what-the-graphs-show"}) {
    CAPTURE(name);
    WatchedWindow run(text_of(name));
    const double until = static_cast<double>(run.session.until().us) / 1e6;
    std::vector<std::pair<double, double>> past;
    for (int i = 1; i <= 60; ++i) {
      const double at = until * i / 60;
      const observe::Metric m = run.at(at);
      past.emplace_back(at, reported(run.session.cluster()));
      CHECK(m.now == past.back().second);
      CHECK(m.history.back() == static_cast<float>(m.now));
      other += m.now != 1;
    }
    for (const auto& entry : past) {
      CAPTURE(entry.first);
      CHECK(run.at(until, entry.first).before == entry.second);
    }
  }
  CHECK(other > 5);
}

TEST_CASE("Why? about no active controller asks about the cluster, since a dead controller reports nothing") {
  const std::string text = text_of("operations/what-the-graphs-show");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{135'000'000});
  const auto& metrics = player.snapshot().metrics;
  const auto m =
      std::find_if(metrics.begin(), metrics.end(), [](const observe::Metric& x) { return x.mbean == kBean; });
  REQUIRE(m != metrics.end());
  CHECK(m->now == 0);
  REQUIRE(m->why);
  Action ask = action(ActionKind::Why);
  ask.text = std::string("/metrics/mbeans/*/") + kBean;
  player.act(ask);
  CHECK(player.take_notices().empty());
  const ui::WhyModel& why = player.log().why;
  REQUIRE(why.open);
  CHECK(why.question.en == "Why is there no active controller?");
  REQUIRE_FALSE(why.lines.empty());
  CHECK(why.lines.front().words.en == "controller-1 crashes");
}

TEST_CASE("Why? about a controller that was replaced or lost its ensemble tells what this controller believes") {
  const auto told = [](const std::string& text, std::int64_t us) {
    scenario::Session session(parse(text), true);
    session.run_until(sim::Instant{us});
    const auto answer = test::whole_why(session.moment(), std::string("/metrics/mbeans/broker-1/") + kBean);
    REQUIRE(answer.has_value());
    std::string all;
    for (const observe::WhyStep& step : answer->steps) all += step.words.en + "\n";
    return all;
  };
  const std::string believes =
      "broker-1 has not been told that its role is over, and still believes that it is the controller\n";
  CHECK(told(text_of("controller/session-expiry"), 26'000'000) == "broker-1 is paused\n" + believes);
  CHECK(told(kWithoutEnsemble, 30'000'000) == believes);
  CHECK(told(text_of("controller/session-expiry"), 4'500'000).find("Nothing has told") == std::string::npos);
}

TEST_CASE("a new epoch of a leader that stays counts as no election") {
  const std::string text = text_of("operations/scale-in");
  Player player(parse(text), "x", text);
  player.seek(player.session().until());
  const observe::TraceStore& trace = player.session().observation().trace();
  int all = 0, stay = 0;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const auto f = fact_if<fact::LeaderElected>(trace[i]);
    if (!f) continue;
    ++(f->leader == f->previous ? stay : all);
  }
  REQUIRE(stay > 0);
  REQUIRE(all > 0);
  CHECK(metric(player, "/metrics/elections").now == all);
  CHECK(*observe::state_at(player.session().moment(), "/metrics/elections") == all);
}

TEST_CASE("beside the graph of a total stands that it shows the growth per second") {
  PlayerWindow w("operations/what-the-graphs-show", 94'950'000, ui::Layout::Lesson, 1280, 720);
  const observe::Metric &total = metric(w.player, "#record-send-total"), &rate = metric(w.player, "#record-send-rate");
  CHECK(total.per_second);
  CHECK_FALSE(rate.per_second);
  const auto& pieces = w.h.dashboard.diagnostics().pieces;
  CHECK(std::any_of(pieces.begin(), pieces.end(), [](const auto& piece) { return piece.text == "104/s"; }));
  CHECK(std::any_of(pieces.begin(), pieces.end(), [](const auto& piece) { return piece.text == "100"; }));
}
