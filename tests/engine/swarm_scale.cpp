// Racks, and a broker that joins and is removed: drawn from a random stream of their own, so that they do not change the storage swarm's
// other acts.
#include <fmt/format.h>

#include "engine/swarm.h"

namespace kafkascope::swarm {

using cluster::Command;
using cluster::NodeRef;
using cluster::Verb;

namespace {

constexpr std::uint64_t kStreamOfItsOwn = 1;

Command of_the_fifth(Verb verb) {
  Command c;
  c.verb = verb;
  if (verb == Verb::AddBroker) c.edit<cluster::act::AddBroker>().id = kFifth;
  else if (verb == Verb::RemoveBroker) c.edit<cluster::act::RemoveBroker>().id = kFifth;
  else c.node = NodeRef{NodeRef::Kind::Name, cluster::broker_name(kFifth), {}};
  return c;
}

/// kafka-reassign-partitions --generate for the other four brokers.
std::vector<Command> drained() {
  std::vector<Command> out;
  for (const char* topic : {"orders", "changes"}) {
    Command& c = out.emplace_back();
    c.verb = Verb::Reassign;
    auto& move = c.edit<cluster::act::Reassign>();
    move.topic = topic;
    move.all = true;
    move.brokers = {1, 2, 3, 4};
  }
  return out;
}

}  // namespace

const std::vector<std::string>& scale_verbs() {
  static const std::vector<std::string> all{"add_broker", "remove_broker"};
  return all;
}

ScaleDrawing::ScaleDrawing(std::uint64_t seed) : random_(seed, sim::Stream::Swarm, kStreamOfItsOwn) {
  static const std::vector<std::string> kTwoRacks{"a", "b", "a", "b", "a"}, kThreeRacks{"a", "b", "c", "c", "b"};
  if (random_.chance_ppm(500000)) racks_ = random_.chance_ppm(500000) ? kTwoRacks : kThreeRacks;
  nearest_ = !racks_.empty() && random_.chance_ppm(500000);
  grows_ = random_.chance_ppm(600000);
}

std::string ScaleDrawing::brokers() const {
  if (racks_.empty()) return "4";
  std::string out;
  for (std::size_t i = 0; i < 4; ++i)
    out += fmt::format(R"({}{{"id": {}, "rack": "{}"}})", i == 0 ? "[" : ", ", i + 1, racks_[i]);
  return out + "]";
}

std::string ScaleDrawing::selector() const {
  return nearest_ ? R"(, "replica.selector.class": "org.apache.kafka.common.replica.RackAwareReplicaSelector")" : "";
}

std::string ScaleDrawing::reader_rack(std::size_t reader) const {
  return nearest_ ? fmt::format(R"(, "client.rack": "{}")", racks_[reader]) : "";
}

std::vector<Act> ScaleDrawing::acts(sim::Instant from, sim::Instant end) {
  std::vector<Act> out;
  if (!grows_) return out;
  const auto add = [&](sim::Instant at, Command c) {
    if (at < end) out.push_back({at, std::move(c)});
  };
  const auto later = [&](sim::Instant at, std::int64_t least_ms, std::int64_t most_ms) {
    return at + sim::milliseconds(random_.between(least_ms, most_ms));
  };
  sim::Instant at = later(from, 0, 3000);
  Command join = of_the_fifth(Verb::AddBroker);
  if (!racks_.empty()) join.edit<cluster::act::AddBroker>().rack = racks_.back();
  add(at, std::move(join));
  for (std::uint64_t n = 1 + random_.below(3); n > 0; --n) {
    at = later(at, 300, 1500);
    Command reassign;
    reassign.verb = Verb::Reassign;
    auto& move = reassign.edit<cluster::act::Reassign>();
    move.partition = random_.chance_ppm(600000)
                         ? cluster::PartitionName{"orders", static_cast<std::int32_t>(random_.below(3))}
                         : cluster::PartitionName{"changes", static_cast<std::int32_t>(random_.below(2))};
    move.replicas = {kFifth, 1, 2, 3, 4};
    for (std::size_t i = 4; i > 1; --i) std::swap(move.replicas[i], move.replicas[1 + random_.below(i)]);
    move.replicas.resize(1 + random_.below(3));
    std::swap(move.replicas.front(), move.replicas[random_.below(move.replicas.size())]);
    if (random_.chance_ppm(300000)) move.throttle_bytes_per_s = random_.chance_ppm(500000) ? 20'000 : 1'000'000;
    add(at, std::move(reassign));
  }
  if (random_.chance_ppm(500000)) {
    static constexpr Verb kFaults[] = {Verb::Crash, Verb::PowerOff, Verb::Shutdown, Verb::Pause, Verb::Isolate};
    const Verb fault = kFaults[random_.below(5)];
    at = later(at, 100, 2000);
    add(at, of_the_fifth(fault));
    if (random_.chance_ppm(600000))
      add(later(at, 100, 4000), of_the_fifth(fault == Verb::Isolate ? Verb::Heal
                                             : fault == Verb::Pause ? Verb::Resume
                                                                    : Verb::Restart));
  }
  if (random_.chance_ppm(500000)) {
    at = later(at, 300, 2000);
    for (Command& c : drained()) add(at, std::move(c));
    add(later(at, 500, 2000), of_the_fifth(Verb::RemoveBroker));
  }
  return out;
}

std::vector<Act> ScaleDrawing::mending(sim::Instant at) const {
  std::vector<Act> out;
  if (!grows_) return out;
  out.push_back({at, of_the_fifth(Verb::Resume)});
  out.push_back({at, of_the_fifth(Verb::Restart)});
  Command cancel;  // a move in progress counts old and new replicas, more than the remaining brokers
  cancel.verb = Verb::Reassign;
  cancel.edit<cluster::act::Reassign>().cancel = true;
  out.push_back({at + sim::seconds(11), std::move(cancel)});
  for (Command& c : drained()) {
    c.edit<cluster::act::Reassign>().throttle_bytes_per_s =
        1'000'000'000;  // otherwise the throttle of an earlier act would stay in force
    out.push_back({at + sim::seconds(12), std::move(c)});
  }
  // Refused while the broker has replicas, so it is repeated for slower moves.
  for (const int in_s : {25, 32, 39}) out.push_back({at + sim::seconds(in_s), of_the_fifth(Verb::RemoveBroker)});
  return out;
}

}  // namespace kafkascope::swarm
