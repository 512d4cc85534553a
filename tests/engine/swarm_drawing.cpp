// The random choices of a seed: its cluster, and its faults with their times.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "engine/swarm.h"

namespace kafkascope::swarm {

using cluster::Command;
using cluster::NodeRef;
using cluster::Verb;

const std::vector<std::string>& clients() {
  static const std::vector<std::string> names{"shop-1", "shop-2", "reader-1", "reader-2"};
  return names;
}

namespace {

constexpr const char* kAnything = "*";  // in either direction, for any API
constexpr sim::Instant kFaultsFrom{500'000}, kFaultsEnd{9'000'000}, kMending{9'500'000};

NodeRef named(const std::string& name) { return {NodeRef::Kind::Name, name, {}}; }

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

std::string file_text(std::uint64_t seed, sim::Random& random, bool disks) {
  // Kafka's defaults in half of the seeds; elsewhere shorter times, so that more happens within the run. A machine that lost its power
  // resets no connection: its peers would still wait at the end of the run, 30 s by default, a JoinGroup even for max.poll.interval.ms.
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
template <class T>
const T& pick(const std::vector<T>& from, sim::Random& random) {
  return from[random.below(from.size())];
}

/// Draws faults one after another, and keeps track of the nodes that are down, as far as the plan determines them.
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
      std::erase(used, "reassign");  // the storage swarm has a reassignment of its own
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
      auto& cut = c.edit<cluster::act::Partition>();
      cut.one_way = verb != "partition";
      for (const std::string& name : everybody(quorum_, brokers_)) {
        const std::uint64_t side = random_.below(3);  // 2: on neither side
        if (side == 0) cut.from.push_back(named(name));
        if (side == 1) cut.to.push_back(named(name));
      }
      if (cut.from.empty() || cut.to.empty()) return;
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
      auto& link = c.edit<cluster::act::Link>();
      link.one_way = random_.chance_ppm(300000);
      link.from.push_back(named(victim()));
      for (const std::string& name : everybody(quorum_, brokers_))
        if (name != link.from[0].name && random_.chance_ppm(500000)) link.to.push_back(named(name));
      if (link.to.empty()) return;
      link.latency = cluster::LatencySpec{cluster::LatencySpec::Kind::Uniform,
                                          sim::milliseconds(random_.between(1, 20)),
                                          sim::milliseconds(random_.between(20, 150)),
                                          {},
                                          {}};
      if (random_.chance_ppm(300000)) link.loss_ppm = random_.between(1'000, 20'000);
    } else if (verb == "disk") {
      c.verb = Verb::Disk;
      c.node = named(random_.chance_ppm(600000) ? pick(quorum_, random_) : pick(brokers_, random_));
      c.edit<cluster::act::Disk>().flush = sim::milliseconds(random_.between(10, 400));
    } else if (verb == "disk fails" || verb == "disk full") {
      c.verb = Verb::Disk;
      c.node = named(pick(brokers_, random_));
      auto& disk = c.edit<cluster::act::Disk>();
      if (random_.chance_ppm(800000)) disk.dir = static_cast<std::int32_t>(random_.below(2));
      if (verb == "disk fails") disk.fail = true;
      else disk.capacity_bytes = random_.between(1'000, 200'000);
      mended_.insert(c.node->name);
    } else if (verb == "disk writes slowly") {
      c.verb = Verb::Disk;
      c.node = named(pick(brokers_, random_));
      auto& disk = c.edit<cluster::act::Disk>();
      if (random_.chance_ppm(500000)) disk.dir = static_cast<std::int32_t>(random_.below(2));
      disk.write_bytes_per_s = random_.between(1'000, 50'000);
      if (storage_) mended_.insert(c.node->name);  // a broker that is reading its logs from there stays slow
    } else if (verb == "wipe_disk") {
      c.verb = Verb::WipeDisk;
      std::vector<std::string> stopped;
      for (const std::string& name : brokers_)
        if (down_.contains(name)) stopped.push_back(name);
      if (stopped.empty()) return;
      c.node = named(pick(stopped, random_));
      if (random_.chance_ppm(700000))
        c.edit<cluster::act::WipeDisk>().dir = static_cast<std::int32_t>(random_.below(2));
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
      c.edit<cluster::act::Answer>() = {
          .from = {}, .api = refusal.api, .error = refusal.error, .count = random_.between(1, 3)};
    } else if (verb == "elect_leaders") {
      c.verb = Verb::ElectLeaders;
    } else if (verb == "reassign") {
      c.verb = Verb::Reassign;
      auto& move = c.edit<cluster::act::Reassign>();
      move.partition = cluster::PartitionName{"orders", static_cast<std::int32_t>(random_.below(3))};
      move.replicas = {1, 2, 3};
      for (std::size_t i = 2; i > 0; --i) std::swap(move.replicas[i], move.replicas[random_.below(i + 1)]);
    } else if (verb == "heal") {
      c.verb = Verb::Heal;
      if (random_.chance_ppm(500000)) c.node = named(victim());
    } else {
      c.verb = verb == "hold" ? Verb::Hold : Verb::Lose;
      auto& messages = c.edit<cluster::act::Messages>();
      messages.from.push_back(named(victim()));
      if (random_.chance_ppm(500000)) messages.to.push_back(named(victim()));
      if (!messages.to.empty() && messages.to[0] == messages.from[0]) messages.to.clear();
      static const std::vector<std::string> kApis{
          "",          "",          "Fetch",        "Produce", "AlterPartition", "BrokerHeartbeat",
          "JoinGroup", "SyncGroup", "OffsetCommit", "Vote"};
      static const std::vector<std::string> kZooKeeperApis{
          "", "", "Fetch", "Produce", "LeaderAndIsr", "UpdateMetadata", "ZkRequest", "ZkPing", "ZkProposal", kAnything};
      messages.api = pick(zookeeper_ ? kZooKeeperApis : kApis, random_);
      messages.what = static_cast<cluster::MessageSide>(random_.below(3));
      if (messages.api == kAnything) {
        messages.api.clear();
        messages.what = cluster::MessageSide::Any;
      }
      messages.count = random_.between(1, 6);
    }
    add(at, std::move(c));
    // A node that never returns teaches little: most nodes return even if restart was not drawn.
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
    Command relink;
    relink.verb = Verb::Link;
    auto& link = relink.edit<cluster::act::Link>();
    for (const std::string& name : everybody(quorum_, brokers_)) {
      link.from.push_back(named(name));
      link.to.push_back(named(name));
    }
    link.latency = cluster::LatencySpec{
        cluster::LatencySpec::Kind::Uniform, sim::microseconds(200), sim::microseconds(600), {}, {}};
    link.loss_ppm = 0;
    plan_.mending.push_back({kMending + shift_, std::move(relink)});
    for (const auto* names : {&quorum_, &brokers_})
      for (const std::string& name : *names) {
        Command change;
        change.verb = Verb::Disk;
        change.node = named(name);
        auto& disk = change.edit<cluster::act::Disk>();
        disk.flush = sim::milliseconds(4);
        if (disks_) disk.write_bytes_per_s = 200'000'000;
        if (disks_ && names == &brokers_) {
          disk.fail = false;
          disk.capacity_bytes = 100'000'000'000;
        }
        plan_.mending.push_back({kMending + shift_, std::move(change)});
        if (!mended_.contains(name)) continue;
        Command crash;  // an offline directory returns only with a new process
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
      Command clock;  // otherwise a broker whose clock is a day behind refuses today's records
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

}  // namespace

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

}  // namespace kafkascope::swarm
