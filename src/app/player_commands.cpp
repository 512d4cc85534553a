// Translates an act of a menu into the command that a scenario file would contain.
#include <algorithm>

#include "app/player.h"
#include "observe/model/snapshot_builder.h"
#include "protocol/message.h"

namespace kafkascope::app {

using cluster::Verb;

namespace {

constexpr std::int64_t kSlowDisk = 50'000, kNarrowLink = 20'000, kThrottle = 20'000;  // bytes/s
constexpr std::int64_t kLossPpm = 50'000;

cluster::NodeRef by_name(const std::string& name) { return {cluster::NodeRef::Kind::Name, name, {}}; }

/// Sets the links of a command: between two nodes, or from one to all others. text: an api, or the kind of link
/// ("narrow", "lossy").
void put_way(const ui::Action& a, const cluster::Cluster& cluster, cluster::Command& c) {
  if (!a.target.empty()) c.from.push_back(by_name(a.target));
  if (!a.other.empty()) {
    c.to.push_back(by_name(a.other));
  } else if (c.verb == Verb::Partition || c.verb == Verb::Link) {
    for (const cluster::NodeInfo& info : cluster.nodes())
      if (info.name != a.target) c.to.push_back(by_name(info.name));
  }
  c.one_way = a.flag;
  if (c.verb == Verb::Link && a.text == "narrow") {
    c.bandwidth_bytes_per_s = kNarrowLink;
  } else if (c.verb == Verb::Link && a.text == "lossy") {
    c.loss_ppm = kLossPpm;
  } else if (c.verb == Verb::Link) {
    cluster::LatencySpec latency;
    latency.low = latency.high = sim::microseconds(a.number > 0 ? a.number : 200000);
    c.latency = latency;
  } else {
    c.api = a.text;
  }
  if (c.verb == Verb::Lose || c.verb == Verb::Hold) c.count = 1;
}

/// text: "": the least preferred replica moves to broker `number`; "move", "first", "drop": the replica on broker
/// `other`; "add": one more replica, on `number`; "cancel"; "all": everything, over all brokers. flag: throttled.
void put_reassignment(const ui::Action& a, const cluster::Cluster& cluster, cluster::Command& c) {
  if (a.flag) c.throttle_bytes_per_s = kThrottle;
  if (a.text == "all") {
    c.all = true;
    for (const cluster::NodeInfo& info : cluster.nodes())
      if (info.kind == cluster::NodeKind::Broker && !info.removed) c.brokers.push_back(info.id);
    return;
  }
  c.partition = cluster::parse_partition_name(a.target);
  c.cancel = a.text == "cancel";
  const auto* registration = c.partition ? cluster.committed().partition(cluster.partition(*c.partition)) : nullptr;
  if (c.cancel || registration == nullptr || registration->replicas.empty()) return;
  c.replicas.assign(registration->replicas.begin(), registration->replicas.end());
  const auto to = static_cast<std::int32_t>(a.number);
  const sim::NodeId here = a.other.empty() ? sim::NodeId{} : cluster.find(a.other);
  auto mine =
      here.valid() ? std::find(c.replicas.begin(), c.replicas.end(), cluster.info(here).id) : c.replicas.end() - 1;
  if (a.text == "add") c.replicas.push_back(to);
  else if (mine == c.replicas.end()) c.replicas.clear();
  else if (a.text == "drop") c.replicas.erase(mine);
  else if (a.text == "first") std::rotate(c.replicas.begin(), mine, mine + 1);
  else *mine = to;
}

void put_disk(const ui::Action& a, const cluster::DiskSpec& as_written, cluster::Command& c) {
  c.node = by_name(a.target);
  if (a.dir >= 0) c.dir = a.dir;
  if (a.text == "fail") c.fail = true;
  else if (a.text == "full") c.capacity_bytes = std::max<std::int64_t>(1, a.number);  // as much as the disk holds
  else c.write_bytes_per_s = a.text == "slow" ? kSlowDisk : as_written.write_bytes_per_s;
  if (a.text == "well") c.fail = false, c.capacity_bytes = as_written.capacity_bytes;
}

/// The pending event that delivers this message of the picture; empty: the message has arrived.
std::string event_of(const cluster::Cluster& cluster, std::uint64_t message) {
  std::string event;
  cluster.for_each_pending(
      [&](const sim::PendingPacket& packet, const protocol::Message&) {
        if (observe::message_id(packet) == message) event = observe::event_text(packet.key);
      },
      [](const sim::PendingTimer&) {});
  return event;
}

}  // namespace

std::optional<cluster::Command> Player::command_of(const ui::Action& a) const {
  const auto verb = cluster::parse_verb(a.verb);
  if (!verb) return std::nullopt;
  const cluster::Cluster& cluster = run_.session().cluster();
  cluster::Command c;
  c.verb = *verb;
  switch (*verb) {
    case Verb::Partition:
    case Verb::Link:
    case Verb::Lose:
    case Verb::Hold:
    case Verb::Release: put_way(a, cluster, c); break;
    case Verb::Heal:
      if (!a.other.empty()) {
        c.from.push_back(by_name(a.target));
        c.to.push_back(by_name(a.other));
      } else if (!a.target.empty()) {
        c.node = by_name(a.target);
      }
      break;
    case Verb::Answer:
      c.node = by_name(a.target);
      c.api = a.text;
      c.error = a.other;
      c.count = 1;
      break;
    case Verb::Deliver: c.event = event_of(cluster, static_cast<std::uint64_t>(a.number)); break;
    case Verb::ElectLeaders:
      if (const auto partition = cluster::parse_partition_name(a.target)) c.partitions.push_back(*partition);
      c.unclean = a.text == "unclean";
      break;
    case Verb::Disk: put_disk(a, run_.scenario->cluster.disk, c); break;
    case Verb::WipeDisk:
      c.node = by_name(a.target);
      if (a.dir >= 0) c.dir = a.dir;
      break;
    case Verb::SkewClock:
      c.node = by_name(a.target);
      c.by = sim::seconds(a.number);
      break;
    case Verb::DeleteRecords:
      c.partition = cluster::parse_partition_name(a.target);
      c.before = a.number;
      break;
    case Verb::CreateTopic: {
      c.topic = a.target;
      c.partition_count = 3;
      const auto brokers = std::count_if(cluster.nodes().begin(), cluster.nodes().end(), [](const auto& n) {
        return n.kind == cluster::NodeKind::Broker && !n.removed;
      });
      c.replication_factor = static_cast<std::int32_t>(std::min<std::ptrdiff_t>(3, brokers));
      break;
    }
    case Verb::DeleteTopic: c.topic = a.target; break;
    case Verb::AddPartitions:
      c.topic = a.target;
      if (const auto* topic = cluster.committed().topic(cluster.committed().topic_id(a.target)))
        c.partition_count = static_cast<std::int32_t>(topic->partitions.size()) + 1;
      break;
    case Verb::Reassign: put_reassignment(a, cluster, c); break;
    case Verb::AddBroker:
    case Verb::RemoveBroker: c.id = static_cast<std::int32_t>(a.number); break;
    case Verb::ResetOffsets:
      c.group = a.target;
      c.position = cluster::PositionSpec{
          a.text == "latest" ? cluster::PositionSpec::Kind::End : cluster::PositionSpec::Kind::Beginning, 0};
      break;
    case Verb::DeleteOffsets:
      c.group = a.target;
      c.topic = a.other;
      break;
    case Verb::DeleteGroup: c.group = a.target; break;
    case Verb::AbortHanging:
      c.partition = cluster::parse_partition_name(a.target);
      c.start_offset = a.number;
      break;
    case Verb::Produce:
      c.node = by_name(a.target);
      c.records.push_back({std::nullopt, protocol::Plain{std::string("by hand")}, {}, std::nullopt, {}, std::nullopt});
      break;
    case Verb::Seek:
      c.node = by_name(a.target);
      c.partition = cluster::parse_partition_name(a.other);
      c.position = cluster::PositionSpec{
          a.text == "beginning" ? cluster::PositionSpec::Kind::Beginning : cluster::PositionSpec::Kind::Offset,
          a.number};
      break;
    default: c.node = by_name(a.target); break;
  }
  return c;
}

}  // namespace kafkascope::app
