#include "engine/swarm.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>
#include <stdexcept>

#include "broker/broker.h"
#include "client/producer.h"
#include "protocol/facts_of_logs.h"
#include "scenario/load.h"
#include "scenario/write.h"
#include "sim/facts_of_kernel.h"
#include "sim/random.h"

namespace kafkascope::swarm {

using cluster::Command;
using cluster::NodeRef;
using cluster::Verb;
using protocol::Trace;

namespace {

constexpr const char* kAnything = "*";  // of either side of whatever API
constexpr sim::Instant kFaultsFrom{500'000}, kFaultsEnd{9'000'000}, kMending{9'500'000};

sim::Instant counting_from(bool storage) { return sim::Instant{(seconds_of_a_run(storage) - 4) * 1'000'000}; }

NodeRef named(const std::string& name) { return {NodeRef::Kind::Name, name, {}}; }

std::string file_text(std::uint64_t seed, sim::Random& random, bool disks) {
  // Kafka's defaults in half of the seeds; elsewhere shorter times, so that more happens within the seconds there are. A machine that
  // lost its power resets no connection: its peers would still wait at the end, 30 s by default, a JoinGroup even for max.poll.interval.ms.
  const bool quick = random.chance_ppm(500000);
  const bool written_back = random.chance_ppm(500000);
  const std::string broker = fmt::format(
      R"(, "config": {{"replica.socket.timeout.ms": 5000, "controller.socket.timeout.ms": 5000{}}})",
      quick
          ? R"(, "broker.session.timeout.ms": 3000, "broker.heartbeat.interval.ms": 500, "replica.lag.time.max.ms": 2000)"
          : "");
  std::string disk = written_back ? R"("write_back": "1s")" : "";
  if (disks) disk += fmt::format(R"({}"dirs": 2, "dirty": "64KB")", written_back ? ", " : "");
  return fmt::format(R"({{
  "format": 1,
  "id": "swarm-{0}",
  "seed": {0},
  "kafka": "4.1",
  "cluster": {{"controllers": 3, "brokers": 3{1}{2}}},
  "topics": [{{"name": "orders", "partitions": 3, "replication_factor": 3, "config": {{"min.insync.replicas": 2}}}}],
  "clients": [
    {{"id": "shop-1", "kind": "producer", "topic": "orders", "rate": "30/s", "keys": "customer:8", "config": {{"acks": "all", "request.timeout.ms": 5000, "socket.connection.setup.timeout.ms": 3000, "socket.connection.setup.timeout.max.ms": 5000}}}},
    {{"id": "shop-2", "kind": "producer", "topic": "orders", "rate": "30/s", "config": {{"acks": "all", "linger.ms": 20, "request.timeout.ms": 5000, "socket.connection.setup.timeout.ms": 3000, "socket.connection.setup.timeout.max.ms": 5000}}}},
    {{"id": "reader-1", "kind": "consumer", "topics": ["orders"], "config": {{"group.id": "readers", "auto.offset.reset": "earliest", "session.timeout.ms": 6000, "heartbeat.interval.ms": 1000, "auto.commit.interval.ms": 1000, "request.timeout.ms": 5000, "socket.connection.setup.timeout.ms": 3000, "socket.connection.setup.timeout.max.ms": 5000, "default.api.timeout.ms": 10000, "max.poll.interval.ms": 6000}}}},
    {{"id": "reader-2", "kind": "consumer", "topics": ["orders"], "config": {{"group.id": "readers", "auto.offset.reset": "earliest", "session.timeout.ms": 6000, "heartbeat.interval.ms": 1000, "auto.commit.interval.ms": 1000, "request.timeout.ms": 5000, "socket.connection.setup.timeout.ms": 3000, "socket.connection.setup.timeout.max.ms": 5000, "default.api.timeout.ms": 10000, "max.poll.interval.ms": 6000}}}}
  ],
  "steps": [],
  "until": "{3}s"
}}
)",
                     seed, broker, disk.empty() ? "" : R"(, "disk": {)" + disk + "}", seconds_of_a_run());
}

const std::vector<std::string>& brokers(bool four = false) {
  static const std::vector<std::string> names{"broker-1", "broker-2", "broker-3"},
      more{"broker-1", "broker-2", "broker-3", "broker-4"};
  return four ? more : names;
}
const std::vector<std::string>& controllers() {
  static const std::vector<std::string> names{"controller-1", "controller-2", "controller-3"};
  return names;
}
const std::vector<std::string>& clients() {
  static const std::vector<std::string> names{"shop-1", "shop-2", "reader-1", "reader-2"};
  return names;
}
const std::vector<std::string>& zookeepers() {
  static const std::vector<std::string> names{"zookeeper-1", "zookeeper-2", "zookeeper-3"};
  return names;
}
std::vector<std::string> everybody(const std::vector<std::string>& quorum, const std::vector<std::string>& brokers) {
  std::vector<std::string> all = quorum;
  all.insert(all.end(), brokers.begin(), brokers.end());
  all.insert(all.end(), clients().begin(), clients().end());
  return all;
}

template <class T>
const T& pick(const std::vector<T>& from, sim::Random& random) {
  return from[random.below(from.size())];
}

/// Draws faults one after another; knows which nodes are down as far as the file can.
class Drawing {
 public:
  Drawing(std::uint64_t seed, bool disks, bool zookeeper, bool storage)
      : random_(seed, sim::Stream::Swarm),
        disks_(disks || storage),
        zookeeper_(zookeeper),
        quorum_(zookeeper ? zookeepers() : controllers()),
        brokers_(brokers(storage)),
        shift_(sim::seconds(storage ? kStorageLater : 0)) {
    plan_.seed = seed;
    plan_.storage = storage;
    if (storage) {
      scale_.emplace(seed);
      storage_.emplace(seed, random_, zookeeper, *scale_);
    }
    plan_.text = storage     ? storage_->text
                 : zookeeper ? zookeeper_file_text(seed, random_)
                             : file_text(seed, random_, disks);
  }

  Plan draw() {
    std::vector<std::string> used = verbs();
    if (disks_) used.insert(used.end(), disk_verbs().begin(), disk_verbs().end());
    if (storage_) {
      std::erase(used, "reassign");  // it has its own
      used.insert(used.end(), storage_verbs().begin(), storage_verbs().end());
    }
    const Weights weights = draw_weights(used, random_);
    const std::int64_t pace = pick(std::vector<std::int64_t>{150'000, 400'000, 1'000'000, 2'000'000}, random_);
    for (sim::Instant at = kFaultsFrom + shift_ + sim::microseconds(random_.between(0, 2 * pace));
         at < kFaultsEnd + shift_; at = at + sim::microseconds(random_.between(1, 2 * pace)))
      fault(at, by_weight(weights, random_));
    if (scale_)
      for (Act& act : scale_->acts(kFaultsFrom + shift_, kFaultsEnd + shift_)) later_.push_back(std::move(act));
    mend();
    return std::move(plan_);
  }

 private:
  void add(sim::Instant at, Command command) { plan_.faults.push_back({at, std::move(command)}); }

  std::string victim() {
    const std::uint64_t n = random_.below(10);
    return pick(n < 6 ? brokers_ : n < 9 ? quorum_ : clients(), random_);
  }

  void fault(sim::Instant at, const std::string& verb) {
    if (storage_ && std::find(storage_verbs().begin(), storage_verbs().end(), verb) != storage_verbs().end()) {
      sim::Instant when = at;
      for (Command& act : storage_->act(
               verb, random_.chance_ppm(800000) ? pick(brokers_, random_) : clients()[random_.below(2)], random_)) {
        if (when < kFaultsEnd + shift_) add(when, std::move(act));
        when = at + sim::microseconds(random_.between(500'000, 3'500'000));
      }
      return;
    }
    Command c;
    if (verb == "crash" || verb == "power_off") {
      c.node = named(victim());
      c.verb = client(c.node->name) ? Verb::Kill : verb == "crash" ? Verb::Crash : Verb::PowerOff;
      down_.insert(c.node->name);
      paused_.erase(c.node->name);
    } else if (verb == "restart") {
      if (down_.empty()) return;
      c.node = named(pick(std::vector<std::string>(down_.begin(), down_.end()), random_));
      c.verb = begin_again(c.node->name);
      down_.erase(c.node->name);
    } else if (verb == "pause") {
      c.verb = Verb::Pause;
      c.node = named(victim());
      if (down_.contains(c.node->name)) return;
      paused_.insert(c.node->name);
    } else if (verb == "resume") {
      if (paused_.empty()) return;
      c.verb = Verb::Resume;
      c.node = named(pick(std::vector<std::string>(paused_.begin(), paused_.end()), random_));
      paused_.erase(c.node->name);
    } else if (verb == "partition" || verb == "partition one way") {
      c.verb = Verb::Partition;
      c.one_way = verb != "partition";
      for (const std::string& name : everybody(quorum_, brokers_)) {
        const std::uint64_t side = random_.below(3);  // or on neither
        if (side == 0) c.from.push_back(named(name));
        if (side == 1) c.to.push_back(named(name));
      }
      if (c.from.empty() || c.to.empty()) return;
    } else if (verb == "isolate") {
      c.verb = Verb::Isolate;
      c.node = named(victim());
    } else if (verb == "shutdown") {
      c.verb = Verb::Shutdown;
      c.node = named(random_.chance_ppm(700000) ? pick(brokers_, random_) : pick(quorum_, random_));
      down_.insert(c.node->name);
      paused_.erase(c.node->name);
    } else if (verb == "link") {
      c.verb = Verb::Link;
      c.one_way = random_.chance_ppm(300000);
      c.from.push_back(named(victim()));
      for (const std::string& name : everybody(quorum_, brokers_))
        if (name != c.from[0].name && random_.chance_ppm(500000)) c.to.push_back(named(name));
      if (c.to.empty()) return;
      c.latency = cluster::LatencySpec{cluster::LatencySpec::Kind::Uniform,
                                       sim::milliseconds(random_.between(1, 20)),
                                       sim::milliseconds(random_.between(20, 150)),
                                       {},
                                       {}};
      if (random_.chance_ppm(300000)) c.loss_ppm = random_.between(1'000, 20'000);
    } else if (verb == "disk") {
      c.verb = Verb::Disk;
      c.node = named(random_.chance_ppm(600000) ? pick(quorum_, random_) : pick(brokers_, random_));
      c.flush = sim::milliseconds(random_.between(10, 400));
    } else if (verb == "disk fails" || verb == "disk full") {
      c.verb = Verb::Disk;
      c.node = named(pick(brokers_, random_));
      if (random_.chance_ppm(800000)) c.dir = static_cast<std::int32_t>(random_.below(2));
      if (verb == "disk fails") c.fail = true;
      else c.capacity_bytes = random_.between(1'000, 200'000);
      mended_.insert(c.node->name);
    } else if (verb == "disk writes slowly") {
      c.verb = Verb::Disk;
      c.node = named(pick(brokers_, random_));
      if (random_.chance_ppm(500000)) c.dir = static_cast<std::int32_t>(random_.below(2));
      c.write_bytes_per_s = random_.between(1'000, 50'000);
      if (storage_) mended_.insert(c.node->name);  // a broker that has begun to read its logs there goes on as slowly
    } else if (verb == "wipe_disk") {
      c.verb = Verb::WipeDisk;
      std::vector<std::string> stopped;
      for (const std::string& name : brokers_)
        if (down_.contains(name)) stopped.push_back(name);
      if (stopped.empty()) return;
      c.node = named(pick(stopped, random_));
      if (random_.chance_ppm(700000)) c.dir = static_cast<std::int32_t>(random_.below(2));
    } else if (verb == "release") {
      c.verb = Verb::Release;
    } else if (verb == "answer") {
      struct Refusal {
        const char *api, *error;
      };
      static const std::vector<Refusal> kRefusals{{"Produce", "NOT_ENOUGH_REPLICAS"},
                                                  {"Produce", "NOT_ENOUGH_REPLICAS"},
                                                  {"Produce", "NOT_LEADER_OR_FOLLOWER"},
                                                  {"Fetch", "NOT_LEADER_OR_FOLLOWER"},
                                                  {"Fetch", "UNKNOWN_SERVER_ERROR"},
                                                  {"Metadata", "LEADER_NOT_AVAILABLE"},
                                                  {"JoinGroup", "COORDINATOR_NOT_AVAILABLE"},
                                                  {"OffsetCommit", "COORDINATOR_LOAD_IN_PROGRESS"},
                                                  {"Heartbeat", "NOT_COORDINATOR"}};
      const Refusal& refusal = pick(kRefusals, random_);
      c.verb = Verb::Answer;
      c.node = named(pick(brokers_, random_));
      c.api = refusal.api;
      c.error = refusal.error;
      c.count = random_.between(1, 3);
    } else if (verb == "elect_leaders") {
      c.verb = Verb::ElectLeaders;
    } else if (verb == "reassign") {
      c.verb = Verb::Reassign;
      c.partition = cluster::PartitionName{"orders", static_cast<std::int32_t>(random_.below(3))};
      c.replicas = {1, 2, 3};
      for (std::size_t i = 2; i > 0; --i) std::swap(c.replicas[i], c.replicas[random_.below(i + 1)]);
    } else if (verb == "heal") {
      c.verb = Verb::Heal;
      if (random_.chance_ppm(500000)) c.node = named(victim());
    } else {
      c.verb = verb == "hold" ? Verb::Hold : Verb::Lose;
      c.from.push_back(named(victim()));
      if (random_.chance_ppm(500000)) c.to.push_back(named(victim()));
      if (!c.to.empty() && c.to[0] == c.from[0]) c.to.clear();
      static const std::vector<std::string> kApis{
          "",          "",          "Fetch",        "Produce", "AlterPartition", "BrokerHeartbeat",
          "JoinGroup", "SyncGroup", "OffsetCommit", "Vote"};
      static const std::vector<std::string> kZooKeeperApis{
          "", "", "Fetch", "Produce", "LeaderAndIsr", "UpdateMetadata", "ZkRequest", "ZkPing", "ZkProposal", kAnything};
      c.api = pick(zookeeper_ ? kZooKeeperApis : kApis, random_);
      c.what = static_cast<cluster::MessageSide>(random_.below(3));
      if (c.api == kAnything) {
        c.api.clear();
        c.what = cluster::MessageSide::Any;
      }
      c.count = random_.between(1, 6);
    }
    add(at, std::move(c));
    // A node that is never back teaches little: most come back by themselves even where restart was not drawn.
    if ((verb == "crash" || verb == "power_off" || verb == "shutdown" || verb == "pause") &&
        random_.chance_ppm(600000)) {
      Command back;
      back.node = plan_.faults.back().command.node;
      back.verb = verb == "pause" ? Verb::Resume : begin_again(back.node->name);
      const sim::Instant when = at + sim::microseconds(random_.between(1'000, 5'000'000));
      if (when >= kFaultsEnd + shift_) return;
      later_.push_back({when, std::move(back)});
    }
  }
  static bool client(const std::string& name) {
    return std::find(clients().begin(), clients().end(), name) != clients().end();
  }
  static Verb begin_again(const std::string& name) { return client(name) ? Verb::Start : Verb::Restart; }

  void mend() {
    plan_.faults.insert(plan_.faults.end(), later_.begin(), later_.end());
    std::stable_sort(plan_.faults.begin(), plan_.faults.end(), [](const Act& a, const Act& b) { return a.at < b.at; });
    Command heal;
    heal.verb = Verb::Heal;
    plan_.mending.push_back({kMending + shift_, heal});
    Command release;
    release.verb = Verb::Release;
    plan_.mending.push_back({kMending + shift_, release});
    Command link;
    link.verb = Verb::Link;
    for (const std::string& name : everybody(quorum_, brokers_)) {
      link.from.push_back(named(name));
      link.to.push_back(named(name));
    }
    link.latency = cluster::LatencySpec{
        cluster::LatencySpec::Kind::Uniform, sim::microseconds(200), sim::microseconds(600), {}, {}};
    link.loss_ppm = 0;
    plan_.mending.push_back({kMending + shift_, std::move(link)});
    for (const auto* names : {&quorum_, &brokers_})
      for (const std::string& name : *names) {
        Command disk;
        disk.verb = Verb::Disk;
        disk.node = named(name);
        disk.flush = sim::milliseconds(4);
        if (disks_) disk.write_bytes_per_s = 200'000'000;
        if (disks_ && names == &brokers_) {
          disk.fail = false;
          disk.capacity_bytes = 100'000'000'000;
        }
        plan_.mending.push_back({kMending + shift_, std::move(disk)});
        if (!mended_.contains(name)) continue;
        Command crash;  // an offline directory comes back with the process
        crash.verb = Verb::Crash;
        crash.node = named(name);
        plan_.mending.push_back({kMending + shift_, std::move(crash)});
      }
    for (const std::string& name : everybody(quorum_, brokers_))
      for (const Verb verb : {Verb::Resume, begin_again(name)}) {
        Command c;
        c.verb = verb;
        c.node = named(name);
        plan_.mending.push_back({kMending + shift_, std::move(c)});
      }
    for (const std::string& name : storage_ ? everybody({}, brokers_) : std::vector<std::string>{}) {
      Command clock;  // else a broker in yesterday refuses what comes from today
      clock.verb = Verb::SkewClock;
      clock.node = named(name);
      plan_.mending.push_back({kMending + shift_, std::move(clock)});
    }
    if (storage_)
      for (Command& c : storage_->mending())
        plan_.mending.push_back({kMending + shift_ + sim::seconds(10), std::move(c)});
    if (scale_)
      for (Act& act : scale_->mending(kMending + shift_)) plan_.mending.push_back(std::move(act));
    std::stable_sort(plan_.mending.begin(), plan_.mending.end(),
                     [](const Act& a, const Act& b) { return a.at < b.at; });
  }

  sim::Random random_;
  Plan plan_;
  bool disks_, zookeeper_;
  const std::vector<std::string>&quorum_, &brokers_;
  sim::Duration shift_;
  std::optional<ScaleDrawing> scale_;
  std::optional<StorageDrawing> storage_;
  std::set<std::string> down_, paused_, mended_;
  std::vector<Act> later_;
};

std::string verb_name(const Command& c) {
  if (c.verb == Verb::Kill) return "crash";  // a client's process: the same death
  if (c.verb == Verb::Start) return "restart";
  if (c.verb == Verb::Disk && c.fail) return "disk fails";
  if (c.verb == Verb::Disk && c.capacity_bytes) return "disk full";
  if (c.verb == Verb::Disk && c.write_bytes_per_s) return "disk writes slowly";
  if (c.verb == Verb::Reassign && c.throttle_bytes_per_s) return "throttled move";
  if (c.verb == Verb::Reassign && c.cancel) return "cancelled move";
  if (c.verb == Verb::ElectLeaders && c.unclean) return "unclean election";
  return std::string(cluster::to_string(c.verb)) + (c.verb == Verb::Partition && c.one_way ? " one way" : "");
}

}  // namespace

std::map<std::string, std::int64_t> acked_by_producers(const scenario::Session& session) {
  std::map<std::string, std::int64_t> acked;
  for (const std::string& name : clients())
    if (const auto* p = session.cluster().role<client::Producer>(session.cluster().find(name)))
      acked[name] = p->stats().acked;
  return acked;
}

const std::vector<std::string>& verbs() {
  static const std::vector<std::string> all{
      "crash", "power_off", "restart", "pause", "resume", "partition", "partition one way", "isolate", "heal", "lose",
      "hold",  "release",   "link",    "disk",  "answer", "shutdown",  "elect_leaders",     "reassign"};
  return all;
}

const std::vector<std::string>& disk_verbs() {
  static const std::vector<std::string> all{"disk fails", "disk full", "disk writes slowly", "wipe_disk"};
  return all;
}

Weights draw_weights(const std::vector<std::string>& verbs, sim::Random& random) {
  Weights weights;
  while (weights.empty())
    for (const std::string& verb : verbs)
      if (random.chance_ppm(600000)) weights.emplace_back(verb, random.below(8) + 1);
  return weights;
}

const std::string& by_weight(const Weights& weights, sim::Random& random) {
  std::uint64_t all = 0;
  for (const auto& [verb, weight] : weights) all += weight;
  std::uint64_t n = random.below(all);
  auto at = weights.begin();
  for (; n >= at->second; ++at) n -= at->second;
  return at->first;
}

Plan draw(std::uint64_t seed, bool disks, bool zookeeper, bool storage) {
  return Drawing(seed, disks, zookeeper, storage).draw();
}

namespace {

/// What is committed is the same in every log of the quorum, and every broker has applied it, but for the last moment's.
std::string parted(const cluster::Cluster& cluster) {
  if (cluster.under_zookeeper()) return parted_over_zookeeper(cluster);
  constexpr std::int64_t kUnderWay = 20;  // records: some ISR changes, and a NoOp every half second
  const raft::QuorumNode& truth = cluster.voter(cluster.active_controller());
  const auto differs = [&](const raft::QuorumNode& other) {
    const protocol::Offset end = std::min(truth.high_watermark(), other.high_watermark());
    for (protocol::Offset at = std::max(truth.log_start_offset(), other.log_start_offset()); at < end; at = at + 1)
      if (!(truth.entry(at) == other.entry(at))) return true;
    return false;
  };
  for (const sim::NodeId controller : cluster.controllers())
    if (differs(cluster.voter(controller))) return cluster.info(controller).name + " has another record committed";
  for (const cluster::BrokerSpec& b : cluster.spec().brokers) {
    const broker::Broker* broker = cluster.broker(b.id);
    if (differs(broker->raft())) return fmt::format("broker-{} has another record committed", b.id);
    if (cluster.has_joined(b.id) && truth.high_watermark() - broker->image().last_offset() > kUnderWay)
      return fmt::format("broker-{} does not follow the metadata after healing", b.id);
  }
  return "";
}

}  // namespace

std::string unhealthy(scenario::Session& session, const std::map<std::string, std::int64_t>& acked_before,
                      std::string& kafkas_own) {
  const cluster::Cluster& cluster = session.cluster();
  if (!cluster.active_controller().valid()) return "no controller is active after healing";
  if (std::string what = parted(cluster); !what.empty()) return what;
  std::set<protocol::TopicId> led_by_nobody;
  for (const auto& topic : cluster.committed().topics()) {
    if (topic.removed) continue;
    std::size_t waiting = 0;
    for (std::size_t p = 0; p < topic.partitions.size(); ++p) {
      const protocol::PartitionRegistration& partition = topic.partitions[p];
      if (partition.leader >= 0) continue;
      const bool deleting = cluster.under_zookeeper() && waits_for_its_deletion(cluster, topic);
      const std::string why =
          deleting ? "" : waits_for_unclean_election(partition, {topic.id, static_cast<std::int32_t>(p)}, session);
      if (!deleting && why.empty()) return fmt::format("{}-{} is led by nobody after healing", topic.name, p);
      kafkas_own = deleting ? "a topic that is deleted waits for a replica on a broker that was removed"
                            : "a partition waits for an unclean election by hand: " + why;
      ++waiting;
    }
    if (waiting == topic.partitions.size()) led_by_nobody.insert(topic.id);
  }
  if (in_the_cluster(cluster, kFifth) && !holds_replicas(cluster, kFifth))
    return "the broker that joined holds nothing, and was not removed after healing";
  for (const auto& [name, acked] : acked_by_producers(session)) {
    if (std::any_of(led_by_nobody.begin(), led_by_nobody.end(),
                    [&, &who = name](protocol::TopicId topic) { return writes_to(session, who, topic); }))
      continue;
    const auto before = acked_before.find(name);
    if (before != acked_before.end() && acked <= before->second)
      return fmt::format("{} gets no acknowledgements after healing", name);
  }
  const auto& readers = session.observation();
  std::int64_t delivered = 0;
  for (const char* name : {"reader-1", "reader-2"})
    delivered += readers.records_per_s(cluster.find(name), session.now());
  if (delivered == 0) return "the group reads nothing after healing";
  return "";
}

std::shared_ptr<scenario::Scenario> scenario_of(const Plan& plan) {
  scenario::Loaded loaded = scenario::load(plan.text);
  if (!loaded.ok()) throw std::logic_error("the swarm's own file: " + format(loaded.problems.front(), "swarm"));
  auto scenario = std::make_shared<scenario::Scenario>(std::move(*loaded.scenario));
  for (const auto* acts : {&plan.faults, &plan.mending})
    for (const Act& act : *acts) {
      scenario::Step step;
      step.index = static_cast<int>(scenario->steps.size());
      step.at = act.at;
      step.command = act.command;
      scenario->steps.push_back(std::move(step));
    }
  return scenario;
}

Result run(const Plan& plan) {
  Result result;
  result.seed = plan.seed;
  const bool loses_tails = std::any_of(plan.faults.begin(), plan.faults.end(), [](const Act& act) {
    return act.command.verb == Verb::PowerOff || act.command.verb == Verb::WipeDisk;
  });
  scenario::Session session(scenario_of(plan), true);
  session.run_until(counting_from(plan.storage));
  const auto acked_before = acked_by_producers(session);
  session.run_until(session.until());

  const auto& observation = session.observation();
  for (std::size_t i = 0; i < session.step_results().size(); ++i) {
    const scenario::StepResult& step = session.step_results()[i];
    const Command& command =
        i < plan.faults.size() ? plan.faults[i].command : plan.mending[i - plan.faults.size()].command;
    if (i >= plan.faults.size() && command.verb != Verb::RemoveBroker) continue;
    // An administrative act has an answer for its message.
    if (step.happened && step.ok && (step.message.empty() || !step.nodes.empty())) ++result.faults[verb_name(command)];
  }
  const auto& counters = observation.counters();
  result.elections = counters.elections;
  result.truncations = counters.truncations;
  result.isr_changes = counters.isr_shrinks + counters.isr_expands;
  result.rebalances = counters.rebalances;
  result.events = session.events();
  std::string fault;
  FailedReplicas failed;
  std::map<protocol::TopicPartition, std::pair<std::int64_t, std::int64_t>>
      written;  // the leader epoch of the last append, and how far it went
  std::set<protocol::TopicPartition>
      wrote_on;  // a leader that had lost its tail wrote on in that epoch: no replica notices and cuts it off
  for (std::size_t i = 0; i < observation.trace().size(); ++i) {
    const sim::TraceLine& line = observation.trace()[i];
    if (line.kind == protocol::kind(Trace::ReplicaFailed))
      failed[{line.topic, line.partition}].insert(session.cluster().info(line.node).id);
    if (const auto f = fact_if<fact::LogAppended>(line)) {
      auto& [epoch, end] = written[f->partition];
      if (f->leader_epoch.value == epoch && f->base_offset.value < end) wrote_on.insert(f->partition);
      epoch = f->leader_epoch.value;
      end = f->last_offset.value + 1;
    }
    if (line.kind == protocol::kind(Trace::LeaderElected)) failed.erase({line.topic, line.partition});
    result.quorum_elections +=
        line.kind == protocol::kind(Trace::QuorumElected) || line.kind == protocol::kind(Trace::ZkElected);
    note_state(line, result.states);
    if (const auto f = fact_if<fact::EngineFault>(line); f && fault.empty())
      fault =
          fmt::format("engine fault of {} at {} us: {}",
                      line.node.valid() ? session.cluster().info(line.node).name : "", line.time.us, f->what.view());
  }
  // Its followers have other records at those offsets, and whoever copies from one of them finds a hole in a producer's sequences.
  const auto of_its_tail = [&](const auto& v) {
    return loses_tails && v.name == "idempotent-producer" && wrote_on.contains({v.topic, v.partition});
  };
  const auto& violations = observation.invariants().violations();
  if (session.cluster().faulted()) {
    result.broken = fault.empty() ? "engine fault" : fault;
  } else if (!std::all_of(violations.begin(), violations.end(), of_its_tail)) {
    result.broken =
        fmt::format("{}: {} (topic {} partition {}, at {} us; {} in all)", violations[0].name, violations[0].detail,
                    violations[0].topic, violations[0].partition, violations[0].at_us, violations.size());
  } else if (const std::string ill = unhealthy(session, acked_before, result.kafkas_own); !ill.empty()) {
    result.broken = ill;
    const std::string producer = ill.ends_with("no acknowledgements after healing") ? ill.substr(0, ill.find(' ')) : "";
    FailedReplicas stuck = failed;
    std::erase_if(stuck, [&](const auto& of) {
      return !loses_tails || !wrote_on.contains(of.first) || !writes_to(session, producer, of.first.topic);
    });
    if (plan.storage && !producer.empty() && overtaken_since_deletion(session, producer)) {
      result.kafkas_own = "a producer of a topic that was deleted and made anew waits for its time-out";
      result.broken = after_delivery_timeout(session, result.kafkas_own);
    } else if (!stuck.empty()) {
      // A leader that lost its tail with its power, was back before its session ended and has written on: a batch of it lies across its followers'
      // ends (UnexpectedAppendOffsetException, AbstractFetcherThread.markPartitionFailed). Until one of them is elected they do not follow.
      result.kafkas_own = "followers wait for the epoch after one whose leader lost its tail";
      result.broken = after_elections(session, stuck, result.kafkas_own);
    } else if (ill.starts_with("the group reads nothing") && group_began_anew(session)) {
      result.kafkas_own = "a group that began anew waits for its first rebalance";
      result.broken = after_initial_rebalance(session, result.kafkas_own);
    }
  } else if (const auto waiting = without_leader(session.cluster()); !waiting.empty()) {
    result.broken = after_unclean_elections(session, waiting, result.kafkas_own);
  }

  const auto moment = session.moment();
  const observe::ClusterView view(moment.cluster);
  const auto counts = moment.observation.ledger().total(view);
  result.acked = counts.acked;
  result.lost_acked = counts.lost_acked;
  result.lost_by_promise = observation.invariants().promised().lost_by_promise_end();
  if (!result.broken.empty()) return result;
  if (!plan.storage && counts.lost_acked > (loses_tails ? result.lost_by_promise : 0)) {
    result.broken =
        fmt::format("unexplained loss: {} acknowledged records are lost, {} by the end of the promise{}",
                    counts.lost_acked, result.lost_by_promise, loses_tails ? "" : ", without any power failure");
  } else if (counts.duplicated > 0 || counts.reordered > 0 || !violations.empty()) {
    // Violations there are only of_its_tail.
    const bool in_log = counts.duplicated > 0 || counts.reordered > 0;
    const std::string why =
        in_log ? cause_of_repeats(plan, loses_tails ? wrote_on : std::set<protocol::TopicPartition>{}) : kWroteOn;
    if (why.empty())
      result.broken = fmt::format("idempotent producers: {} records duplicated, {} out of order", counts.duplicated,
                                  counts.reordered);
    else if (result.kafkas_own.empty()) result.kafkas_own = why;
  }
  return result;
}

Plan shrink(Plan plan, const std::string& broken, const std::function<std::string(const Plan&)>& broken_by) {
  const auto key = [](const std::string& text) { return text.substr(0, 16); };
  const bool readable = scenario::load(to_file(plan)).ok();  // and stays so: nothing is left out that others name
  for (std::size_t chunk = std::max<std::size_t>(plan.faults.size() / 2, 1);; chunk /= 2) {
    for (std::size_t i = 0; i < plan.faults.size();) {
      Plan smaller = plan;
      const auto begin = smaller.faults.begin() + static_cast<std::ptrdiff_t>(i);
      smaller.faults.erase(begin, begin + static_cast<std::ptrdiff_t>(std::min(chunk, plan.faults.size() - i)));
      if ((!readable || scenario::load(to_file(smaller)).ok()) && key(broken_by(smaller)) == key(broken))
        plan = std::move(smaller);
      else i += chunk;
    }
    if (chunk <= 1) return plan;
  }
}

std::string to_file(const Plan& plan) {
  scenario::SavedSession saved;
  for (const auto* acts : {&plan.faults, &plan.mending})
    for (const Act& act : *acts) saved.acts.emplace_back(act.at, act.command);
  return scenario::to_json(plan.text, saved).value();
}

}  // namespace kafkascope::swarm
