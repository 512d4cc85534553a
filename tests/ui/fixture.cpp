#include "ui/fixture.h"

#include <algorithm>

namespace kafkascope::ui::fixture {
namespace {

using namespace observe;

struct Shape {
  std::int64_t now_us;
  // leo of orders-0, -1, -2 on broker 1, 2, 3; hw of each partition
  std::int64_t leo[3][3];
  std::int64_t hw[3];
  int leader[3];
  std::int64_t epoch[3];
  bool dead1;
  bool fenced1;
};

constexpr Shape kShapes[] = {
    {3'214'118,
     {{1042, 984, 1008}, {1041, 985, 1008}, {1040, 984, 1009}},
     {1040, 984, 1008},
     {1, 2, 3},
     {2, 1, 0},
     false,
     false},
    {16'402'030,
     {{1043, 985, 1009}, {1042, 1007, 1030}, {1042, 1006, 1031}},
     {1041, 985, 1009},
     {1, 2, 3},
     {2, 1, 0},
     true,
     false},
    {20'913'402,
     {{1043, 985, 1009}, {1044, 989, 1013}, {1043, 988, 1013}},
     {1042, 988, 1013},
     {2, 2, 3},
     {3, 1, 0},
     true,
     true},
    {31'402'118,
     {{1043, 988, 1012}, {1054, 1002, 1026}, {1053, 1002, 1026}},
     {1052, 1000, 1025},
     {2, 2, 3},
     {3, 1, 0},
     false,
     false},
};

Node node(const char* name, NodeKind kind, int id) {
  Node n;
  n.name = name;
  n.kind = kind;
  n.id = id;
  return n;
}

QueuedBatches queued(int partition, int batches, std::int64_t records) {
  QueuedBatches q;
  q.partition = partition;
  q.batches = batches;
  q.records = records + 40 * (batches - 1);
  q.bytes = records * 190 + 16'384 * (batches - 1);
  q.open = true;
  q.last_records = records;
  q.last_bytes = records * 190;
  q.last_limit = 16'384;
  q.waited_us = 2'000;
  return q;
}

AssignedPartition assigned(int partition, std::int64_t position, std::int64_t lag, std::int64_t buffered) {
  AssignedPartition a;
  a.partition = partition;
  a.fetch_state = "FETCHING";
  a.position = position;
  a.committed = position - 2;
  a.lag = lag;
  a.log_end_lag = lag + 1;
  a.buffered = buffered;
  return a;
}

Message message(std::uint64_t id, int from, int to, Family family, bool response, float fraction, const char* api,
                int partition, int records) {
  Message m;
  m.id = id;
  m.from = from;
  m.to = to;
  m.family = family;
  m.response = response;
  m.fraction = fraction;
  m.api = api;
  m.partition = partition;
  m.records = records;
  m.arrives_us = 20'913'600;
  m.sent_us = 20'912'900;
  return m;
}

std::vector<LogRun> runs(std::int64_t e1_end, std::int64_t e2_end, std::int64_t leo, std::int64_t epoch0,
                         std::int64_t flushed) {
  std::vector<LogRun> r;
  const std::int64_t ends[] = {e1_end, e2_end, leo};
  std::int64_t base = std::max<std::int64_t>(0, leo - 60);
  for (int i = 0; i < 3; ++i) {
    const std::int64_t end = std::min(ends[i], leo);
    if (end <= base) continue;
    LogRun run;
    run.base_offset = base;
    run.last_offset = end - 1;
    run.leader_epoch = epoch0 + i;
    for (std::int64_t o = base; o < end; ++o) run.keys.push_back("c" + std::to_string(1 + (o * 7) % 8));
    r.push_back(run);
    base = end;
  }
  if (flushed < leo && !r.empty() && r.back().base_offset < flushed) {
    LogRun tail = r.back();
    r.back().last_offset = flushed - 1;
    tail.keys.erase(tail.keys.begin(), tail.keys.begin() + static_cast<std::ptrdiff_t>(flushed - tail.base_offset));
    tail.base_offset = flushed;
    tail.flushed = false;
    r.push_back(tail);
  }
  return r;
}

}  // namespace

Snapshot world(Moment moment) {
  const Shape& s = kShapes[static_cast<int>(moment)];
  Snapshot w;
  w.time_us = s.now_us;
  w.event = 4312;
  w.seed = 42;
  w.kafka_version = "4.1";
  w.controller_epoch = 9;
  w.invariants_checked = 14;
  for (int i = 0; i < 3; ++i) {
    Node n = node(i == 0 ? "controller-1" : i == 1 ? "controller-2" : "controller-3", NodeKind::Controller, 3000 + i);
    n.voter = i == 1 ? VoterState::Leader : VoterState::Follower;
    n.active_controller = i == 1;
    n.epoch = 9;
    n.metadata_end_offset = i == 2 ? 217 : 218;
    n.metadata_high_watermark = 217;
    w.nodes.push_back(n);
  }
  w.quorum_high_watermark = 217;
  for (int i = 0; i < 3; ++i) {
    Node n = node(i == 0 ? "broker-1" : i == 1 ? "broker-2" : "broker-3", NodeKind::Broker, i + 1);
    n.rack = i == 0 ? "a" : i == 1 ? "b" : "c";
    n.session = {true,      i == 0 ? 8'100'000 : i == 1 ? 7'740'000 : 7'020'000,
                 9'000'000, "broker.session.timeout.ms",
                 "9000",    ConfigSource::Default};
    n.broker_epoch = 40 + i;
    n.metadata_end_offset = i == 2 ? 215 : 217;
    n.believes_controller = "controller-2";
    if (i == 0 && s.dead1) {
      n.state = NodeState::Crashed;
      n.session.remaining_us = moment == Moment::Waiting ? 4'469'000 : 0;
      n.fenced = s.fenced1;
    }
    if (i == 0 && moment == Moment::Returned) n.incarnation = 2;
    for (int p = 0; p < 3; ++p) {
      Replica r;
      r.partition = p;
      r.leader_epoch = s.epoch[p];
      r.log_end_offset = s.leo[i][p];
      r.high_watermark = std::min(s.hw[p], s.leo[i][p]);
      r.role = s.leader[p] == i + 1 ? ReplicaRole::Leader : ReplicaRole::Follower;
      if (i == 0 && s.dead1) r.role = ReplicaRole::Offline;
      if (i == 0 && moment == Moment::Returned) {
        r.role = ReplicaRole::OutOfIsr;
        r.leader_epoch = p == 0 ? 2 : s.epoch[p];
        r.behind = s.leo[1][p] - s.leo[0][p];
      }
      n.replicas.push_back(r);
      Belief b{p, s.leader[p], s.epoch[p], {1, 2, 3}, false};
      n.beliefs.push_back(b);
    }
    w.nodes.push_back(n);
  }
  const bool waiting = moment == Moment::Waiting, elected = moment == Moment::Elected;
  for (int i = 0; i < 4; ++i) {
    const char* names[] = {"checkout", "web", "billing-1", "billing-2"};
    Node n = node(names[i], i < 2 ? NodeKind::Producer : NodeKind::Consumer, -1);
    for (int p = 0; p < 3; ++p) n.beliefs.push_back({p, s.leader[p], s.epoch[p], {}, false});
    if (i == 1 && elected) {
      n.beliefs[0] = {0, 1, 2, {}, true};
      n.belief_note = {"still asks broker-1", "아직 broker-1로 요청"};
      n.believed_leader = 1;
    }
    w.nodes.push_back(n);
    Client c;
    c.node = static_cast<int>(w.nodes.size()) - 1;
    c.acks = "all";
    c.rate_per_s = i == 0 ? 20 : 10;
    c.sent = 1284;
    c.acked = 1262;
    c.in_flight = 6;
    c.waiting = 16;
    c.latency_p50_us = 3200;
    c.latency_p99_us = 9100;
    if (i == 0) {
      c.fact = {"acks=all, 20/s", "acks=all, 초당 20"};
      c.topics_partitions = {0};
    } else if (i == 1) {
      c.fact = {"acks=all, 10/s", "acks=all, 초당 10"};
      c.topics_partitions = {1, 2};
    } else {
      c.group = "billing";
      c.fact = {i == 2 ? "orders-0, orders-1" : "orders-2", ""};
      c.topics_partitions = i == 2 ? std::vector<int>{0, 1} : std::vector<int>{2};
      c.received = 1257;
      c.processed = 1257;
    }
    if (waiting && i < 2) {
      c.fact = i == 0 ? Words{"waits for a leader", "리더를 기다려요"} : Words{"waits for acks", "ack를 기다려요"};
      c.fact_is_doubt = true;
      c.errors = {{"TimeoutException", 2}};
    }
    if (elected && i == 1) {
      c.fact = {"still asks broker-1", "아직 broker-1로 요청"};
      c.fact_is_doubt = true;
      c.believed_leader = 1;
    }
    if (i < 2) {
      c.accumulator = {33'554'432, 16'384 * (waiting ? 4 : 1), 16'384, 5'000, 60'000'000, 5,
                       {},         {{2, waiting ? 5 : 1}},     -1,     false};
      for (const int p : c.topics_partitions)
        c.accumulator.queues.push_back(queued(p, waiting && p == 0 ? 4 : 1, 3 + p));
    }
    for (const int p : i < 2 ? std::vector<int>{} : c.topics_partitions)
      c.assigned.push_back(assigned(p, s.hw[p] - 3, 3, p == 0 ? 2 : 0));
    w.clients.push_back(c);
  }
  for (int p = 0; p < 3; ++p) {
    Partition part;
    part.name = p == 0 ? "orders-0" : p == 1 ? "orders-1" : "orders-2";
    part.topic = "orders";
    part.index = p;
    part.leader = s.leader[p];
    part.leader_epoch = s.epoch[p];
    part.partition_epoch = 4;
    part.leader_since_us = elected && p == 0 ? 20'871'000 : 0;
    part.replicas = p == 0 ? std::vector<int>{1, 2, 3} : p == 1 ? std::vector<int>{2, 3, 1} : std::vector<int>{3, 1, 2};
    part.isr = elected || moment == Moment::Returned ? (p == 2 ? std::vector<int>{3, 2} : std::vector<int>{2, 3})
                                                     : part.replicas;
    part.min_insync_replicas = 2;
    part.high_watermark = s.hw[p];
    part.last_stable_offset = s.hw[p];
    part.log_end_offset = s.leo[s.leader[p] - 1][p];
    for (int i = 0; i < 3; ++i) {
      ReplicaLog log;
      log.broker = i + 1;
      log.node = 3 + i;
      log.role = w.nodes[static_cast<std::size_t>(log.node)].replicas[static_cast<std::size_t>(p)].role;
      log.log_end_offset = s.leo[i][p];
      log.high_watermark = std::min(s.hw[p], s.leo[i][p]);
      log.flushed_offset = log.log_end_offset - 3;
      const std::int64_t e1 = s.epoch[p] >= 2 ? 1026 : s.leo[i][p];
      const std::int64_t e2 = i == 0 || s.epoch[p] < 3 ? log.log_end_offset : 1042;
      log.runs = runs(e1, e2, log.log_end_offset, s.epoch[p] >= 2 ? 1 : s.epoch[p],
                      log.log_end_offset - (moment == Moment::Returned ? 4 : 0));
      if (i == 0 && p == 0 && (elected || moment == Moment::Returned) && !log.runs.empty()) {
        LogRun cut = log.runs.back();
        log.runs.back().last_offset = 1041;
        cut.base_offset = 1042;
        cut.last_offset = 1042;
        cut.keys = {"c3"};
        cut.to_be_cut = true;
        if (log.runs.back().base_offset > 1041) log.runs.pop_back();
        log.runs.push_back(cut);
      }
      log.epochs = {{0, 0}, {1, 548}, {2, 864}};
      if (s.epoch[p] >= 3 && i > 0) log.epochs.push_back({3, 1042});
      part.logs.push_back(log);
    }
    part.flags = {{"billing", s.hw[p] - (elected ? 1 : 2), false}};
    if (moment == Moment::Returned && p == 0) {
      part.flags = {{"billing", 1047, false}, {"billing-1", 1051, true}};
      part.last_stable_offset = 1050;
    }
    w.partitions.push_back(part);
  }
  Group g;
  g.id = "billing";
  g.state = "Stable";
  g.states = {"Empty", "PreparingRebalance", "CompletingRebalance", "Stable", "Dead"};
  g.previous_state = "CompletingRebalance";
  g.reason = {"the leader's SyncGroup brought the assignment", "리더의 SyncGroup이 할당을 가져왔어요"};
  g.protocol = "classic";
  g.assignor = "cooperative-sticky";
  g.generation = 4;
  g.coordinator = 3;
  g.leader = "billing-1";
  g.lag = 3;
  g.rebalances = 2;
  g.members = {{"billing-1",
                8,
                "billing-1-5c1e",
                "",
                true,
                {},
                {true, 41'000'000, 45'000'000, "session.timeout.ms", "45000", ConfigSource::Default},
                true,
                -1,
                "",
                false,
                {0, 1},
                {},
                {},
                {},
                {}},
               {"billing-2",
                9,
                "billing-2-88ab",
                "",
                true,
                {},
                {true, 38'000'000, 45'000'000, "session.timeout.ms", "45000", ConfigSource::Default},
                false,
                -1,
                "",
                false,
                {2},
                {},
                {},
                {},
                {}}};
  for (int p = 0; p < 3; ++p) {
    GroupPartition gp{p, s.hw[p] - 1, s.hw[p], p == 0 ? 1 : 1, {}, {}, {}, {}, {}};
    for (int i = 0; i < 30; ++i) gp.lag_history.push_back(static_cast<float>((i * (p + 3)) % 5));
    g.partitions.push_back(gp);
  }
  w.groups.push_back(g);
  // 0-2 controllers, 3-5 brokers, 6 checkout, 7 web, 8 billing-1, 9 billing-2
  auto& m = w.messages;
  std::uint64_t id = 1;
  auto add = [&](int from, int to, Family f, bool response, float at, const char* api, int part = -1, int records = 0) {
    m.push_back(message(id++, from, to, f, response, at, api, part, records));
  };
  if (moment == Moment::Before || moment == Moment::Returned) {
    const int lead = moment == Moment::Before ? 3 : 4;
    add(6, lead, Family::Produce, false, .62f, "Produce", 0, 3);
    add(lead, 6, Family::Produce, true, .7f, "Produce", 0, 0);
    add(7, 5, Family::Produce, false, .6f, "Produce", 2, 2);
    add(4, 7, Family::Produce, true, .6f, "Produce", 1, 0);
    add(5, lead, Family::Replicate, false, .3f, "Fetch", 0, 0);
    add(lead, 4 == lead ? 5 : 4, Family::Replicate, true, .62f, "Fetch", 0, 2);
    add(5, 9, Family::Consume, true, .45f, "Fetch", 2, 4);
    add(8, lead, Family::Consume, false, .2f, "Fetch", 0, 0);
    add(lead, 8, Family::Consume, true, .5f, "Fetch", 0, 4);
  } else if (waiting) {
    add(7, 4, Family::Produce, false, .8f, "Produce", 1, 2);
    add(5, 9, Family::Consume, true, .45f, "Fetch", 2, 4);
    add(4, 8, Family::Consume, true, .6f, "Fetch", 1, 4);
    w.links.push_back({6, 3, false, false, false, -1, 0, true});
  } else {
    add(6, 4, Family::Produce, false, .48f, "Produce", 0, 3);
    add(4, 6, Family::Produce, true, .25f, "Produce", 0, 0);
    add(7, 5, Family::Produce, false, .6f, "Produce", 2, 2);
    add(7, 4, Family::Metadata, false, .2f, "Metadata");
    add(5, 4, Family::Replicate, false, .4f, "Fetch", 0, 0);
    add(4, 5, Family::Replicate, true, .62f, "Fetch", 0, 2);
    add(4, 8, Family::Consume, true, .5f, "Fetch", 0, 4);
    add(9, 5, Family::Consume, false, .55f, "Fetch", 2, 0);
    add(1, 5, Family::Control, true, .6f, "Fetch", 0, 0);
    m.back().about = {"tells: orders-0 led by 2, e3", "새 리더: orders-0은 2, e3"};
    add(1, 4, Family::Control, true, .78f, "Fetch");
    add(1, 2, Family::Control, true, .5f, "Fetch");
    add(1, 0, Family::Control, false, .55f, "Fetch");
    w.leader_changes.push_back({0, 1, 2, 3, 20'871'000});
    w.links.push_back({6, 3, false, false, false, -1, 0, true});
    w.links.push_back({7, 3, false, false, false, -1, 0, true});
  }
  FateCounts& f = w.ledger.all;
  f.produced = 1284;
  f.acked = 1262;
  f.in_doubt = 16;
  f.pending = 6;
  f.delivered = 1257;
  f.lost_acked = moment == Moment::Returned ? 3 : 0;
  f.lost_unacked = 2;
  w.ledger.by_client = {{"checkout", f}};
  w.ledger.by_group = {{"billing", f}};
  w.next = {
      true, Family::Replicate, {"broker-2 receives Fetch from broker-3", "broker-2가 broker-3의 Fetch를 받음"}, 210};
  for (int i = 0; i < 3; ++i) {
    VoterLog v;
    v.node = i;
    v.log_end_offset = i == 2 ? 217 : 218;
    v.high_watermark = 217;
    const char* types[] = {"BrokerRegistrationChange", "PartitionChange", "PartitionChange", "PartitionChange", "NoOp"};
    const Words words[] = {{"fence broker-1", "broker-1 차단"},
                           {"orders-0: leader 2, e3", "orders-0: 리더 2, e3"},
                           {"orders-1: ISR {2, 3}", "orders-1: ISR {2, 3}"},
                           {"orders-2: ISR {3, 2}", "orders-2: ISR {3, 2}"},
                           {"NoOp", ""}};
    for (int k = 0; k < 5; ++k) {
      if (213 + k >= v.log_end_offset) break;
      v.tail.push_back({213 + k, k < 2 ? 8 : 9, types[k], words[k], true});
    }
    w.voters.push_back(v);
  }
  w.inspected.what = "broker-2";
  w.inspected.config = {
      {"broker.session.timeout.ms",
       "9000",
       "9000",
       ConfigSource::Default,
       false,
       {"How long the controller waits for a heartbeat.", "컨트롤러가 하트비트를 기다리는 시간이에요."}},
      {"min.insync.replicas",
       "2",
       "1",
       ConfigSource::Scenario,
       true,
       {"How many in-sync copies an acks=all write needs.", "acks=all 쓰기에 필요한 ISR 수예요."}}};
  w.metrics.push_back({{"offline partitions", "오프라인 파티션"},
                       "kafka.controller:type=KafkaController,name=OfflinePartitionsCount",
                       0,
                       0,
                       false,
                       false,
                       {0, 0, 0, 0, 0, 0}});
  w.metrics.push_back({{"under-replicated partitions", "복제 부족 파티션"},
                       "kafka.server:type=ReplicaManager,name=UnderReplicatedPartitions",
                       0,
                       3,
                       true,
                       true,
                       {0, 0, 0, 3, 3, 3}});
  return w;
}

Snapshot empty_world() {
  Snapshot w = world(Moment::Before);
  w.partitions.clear();
  w.groups.clear();
  w.clients.clear();
  w.messages.clear();
  w.nodes.resize(6);
  for (Node& n : w.nodes) n.replicas.clear(), n.beliefs.clear();
  return w;
}

Snapshot large_world(int brokers, int partitions, int producers, int consumers, int messages) {
  Snapshot w = world(Moment::Before);
  w.partitions.clear();
  w.groups.clear();
  w.clients.clear();
  w.messages.clear();
  w.nodes.resize(3);
  for (int b = 0; b < brokers; ++b) {
    Node n = node("", NodeKind::Broker, b + 1);
    n.name = "broker-" + std::to_string(b + 1);
    n.session = {true, 7'000'000, 9'000'000, "broker.session.timeout.ms", "9000", ConfigSource::Default};
    if (brokers > 8 && b == 6) n.state = NodeState::Crashed;
    w.nodes.push_back(n);
  }
  for (int p = 0; p < partitions; ++p) {
    Partition part;
    part.name = "orders-" + std::to_string(p);
    part.topic = "orders";
    part.index = p;
    part.leader = p % brokers + 1;
    part.leader_epoch = p % 3;
    part.high_watermark = 1000 + p;
    part.log_end_offset = 1002 + p;
    for (int r = 0; r < std::min(3, brokers); ++r) {
      const int b = (p + r) % brokers;
      part.replicas.push_back(b + 1);
      part.isr.push_back(b + 1);
      Replica rep;
      rep.partition = p;
      rep.role = r == 0 ? ReplicaRole::Leader : ReplicaRole::Follower;
      rep.leader_epoch = p % 3;
      rep.log_end_offset = 1002 + p - r;
      rep.high_watermark = 1000 + p;
      w.nodes[static_cast<std::size_t>(3 + b)].replicas.push_back(rep);
      ReplicaLog log;
      log.broker = b + 1;
      log.node = 3 + b;
      log.role = rep.role;
      log.log_end_offset = rep.log_end_offset;
      log.high_watermark = rep.high_watermark;
      log.runs = runs(2000, 2000, rep.log_end_offset, p % 3, rep.log_end_offset);
      part.logs.push_back(log);
    }
    w.partitions.push_back(part);
  }
  const int first_client = static_cast<int>(w.nodes.size());
  for (int i = 0; i < producers + consumers; ++i) {
    const bool producer = i < producers;
    Node n = node("", producer ? NodeKind::Producer : NodeKind::Consumer, -1);
    n.name = (producer ? "shop-" : "billing-") + std::to_string(producer ? i + 1 : i - producers + 1);
    w.nodes.push_back(n);
    Client c;
    c.node = first_client + i;
    c.fact = {producer ? "acks=all, 20/s" : "8 partitions", producer ? "acks=all, 초당 20" : "파티션 8개"};
    if (!producer) c.group = "billing";
    for (int p = i; p < partitions; p += std::max(1, producers)) c.topics_partitions.push_back(p);
    if (producer) c.accumulator = {33'554'432, 1'048'576, 16'384, 5'000, 60'000'000, 5, {}, {}, -1, false};
    for (const int p : c.topics_partitions) {
      if (producer) c.accumulator.queues.push_back(queued(p, 1 + p % 3, 5));
      else c.assigned.push_back(assigned(p, 2'040, 8, 4));
    }
    w.clients.push_back(c);
  }
  if (consumers > 0) {
    Group g;
    g.id = "billing";
    g.state = "Stable";
    g.lag = 3;
    g.generation = 4;
    for (int i = 0; i < consumers; ++i) {
      GroupMember member;
      member.client = "billing-" + std::to_string(i + 1);
      member.node = first_client + producers + i;
      g.members.push_back(member);
    }
    w.groups.push_back(g);
  }
  for (int i = 0; i < messages; ++i) {
    const int broker = 3 + i % brokers, other = 3 + (i * 7 + 1) % brokers;
    const int kind = i % 3;
    const float f = static_cast<float>(i % 97) / 97.f;
    if (kind == 0 && producers > 0) {
      w.messages.push_back(message(static_cast<std::uint64_t>(i), first_client + i % producers, broker, Family::Produce,
                                   i % 2 == 0, f, "Produce", i % partitions, 3));
    } else if (kind == 1 && consumers > 0) {
      w.messages.push_back(message(static_cast<std::uint64_t>(i), broker, first_client + producers + i % consumers,
                                   Family::Consume, true, f, "Fetch", i % partitions, 4));
    } else if (broker != other) {
      w.messages.push_back(message(static_cast<std::uint64_t>(i), broker, other, Family::Replicate, true, f, "Fetch",
                                   i % partitions, 2));
    }
  }
  return w;
}

}  // namespace kafkascope::ui::fixture
