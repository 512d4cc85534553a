// Kafka's metrics during a failover: what they show and when, and what they do not show.
#include "player/helpers.h"

#include <algorithm>

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
  CHECK(metric(player, "/metrics/elections").now == 1);
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

TEST_CASE("the graph of a group's lag has its exact peak, though it stood only a moment") {
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
