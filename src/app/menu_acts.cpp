// Translates an act of a menu into the command that a scenario file would contain.
#include <algorithm>

#include "app/menu_acts.h"
#include "cluster/acts.h"
#include "observe/model/snapshot_builder.h"
#include "protocol/message.h"

namespace kafkascope::app {

using cluster::Verb;

namespace {

constexpr std::int64_t kSlowDisk = 50'000, kNarrowLink = 20'000, kThrottle = 20'000;  // bytes/s
constexpr std::int64_t kLossPpm = 50'000;

cluster::NodeRef by_name(const std::string& name) { return {cluster::NodeRef::Kind::Name, name, {}}; }

std::vector<cluster::NodeRef> all_but(const std::string& name, const cluster::Cluster& cluster) {
  std::vector<cluster::NodeRef> others;
  for (const cluster::NodeInfo& info : cluster.nodes())
    if (info.name != name) others.push_back(by_name(info.name));
  return others;
}

/// The two sides of an act: two nodes, or one node and all others.
template <class Act>
Act& put_sides(const ui::Action& a, const cluster::Cluster& cluster, cluster::Command& c) {
  auto& sides = c.edit<Act>();
  if (!a.target.empty()) sides.from.push_back(by_name(a.target));
  sides.to = a.other.empty() ? all_but(a.target, cluster) : std::vector{by_name(a.other)};
  sides.one_way = a.flag;
  return sides;
}

/// text: the kind of link ("narrow", "lossy"); otherwise the link is slow.
void put_link(const ui::Action& a, const cluster::Cluster& cluster, cluster::Command& c) {
  auto& link = put_sides<cluster::act::Link>(a, cluster, c);
  if (a.text == "narrow") {
    link.bandwidth_bytes_per_s = kNarrowLink;
  } else if (a.text == "lossy") {
    link.loss_ppm = kLossPpm;
  } else {
    cluster::LatencySpec latency;
    latency.low = latency.high = sim::microseconds(a.number > 0 ? a.number : 200000);
    link.latency = latency;
  }
}

/// text: an api; without target and other: from or to any node.
void put_messages(const ui::Action& a, cluster::Command& c) {
  auto& messages = c.edit<cluster::act::Messages>();
  if (!a.target.empty()) messages.from.push_back(by_name(a.target));
  if (!a.other.empty()) messages.to.push_back(by_name(a.other));
  messages.api = a.text;
  if (c.verb != Verb::Release) messages.count = 1;
}

/// text: "": the least preferred replica moves to broker `number`; "move": the replica on broker `other` moves there;
/// "first", "drop": that replica becomes the preferred one, or is removed; "add": one more replica, on `number`;
/// "cancel"; "all": everything, over all brokers. flag: throttled.
void put_reassignment(const ui::Action& a, const cluster::Cluster& cluster, cluster::Command& c) {
  auto& move = c.edit<cluster::act::Reassign>();
  if (a.flag) move.throttle_bytes_per_s = kThrottle;
  if (a.text == "all") {
    move.all = true;
    for (const cluster::NodeInfo& info : cluster.nodes())
      if (info.kind == cluster::NodeKind::Broker && !info.removed) move.brokers.push_back(info.id);
    return;
  }
  move.partition = cluster::parse_partition_name(a.target);
  move.cancel = a.text == "cancel";
  const auto* registration =
      move.partition ? cluster.committed().partition(cluster.partition(*move.partition)) : nullptr;
  if (move.cancel || registration == nullptr || registration->replicas.empty()) return;
  auto& replicas = move.replicas;
  replicas.assign(registration->replicas.begin(), registration->replicas.end());
  const auto to = static_cast<std::int32_t>(a.number);
  const sim::NodeId here = a.other.empty() ? sim::NodeId{} : cluster.find(a.other);
  auto mine = here.valid() ? std::find(replicas.begin(), replicas.end(), cluster.info(here).id) : replicas.end() - 1;
  if (a.text == "add") replicas.push_back(to);
  else if (mine == replicas.end()) replicas.clear();
  else if (a.text == "drop") replicas.erase(mine);
  else if (a.text == "first") std::rotate(replicas.begin(), mine, mine + 1);
  else *mine = to;
}

void put_disk(const ui::Action& a, const cluster::DiskSpec& as_written, cluster::Command& c) {
  c.node = by_name(a.target);
  auto& disk = c.edit<cluster::act::Disk>();
  if (a.dir >= 0) disk.dir = a.dir;
  if (a.text == "fail") disk.fail = true;
  else if (a.text == "full") disk.capacity_bytes = std::max<std::int64_t>(1, a.number);  // as much as the disk holds
  else disk.write_bytes_per_s = a.text == "slow" ? kSlowDisk : as_written.write_bytes_per_s;
  if (a.text == "well") disk.fail = false, disk.capacity_bytes = as_written.capacity_bytes;
}

void put_new_topic(const ui::Action& a, const cluster::Cluster& cluster, cluster::Command& c) {
  const auto brokers = std::count_if(cluster.nodes().begin(), cluster.nodes().end(),
                                     [](const auto& n) { return n.kind == cluster::NodeKind::Broker && !n.removed; });
  auto& topic = c.edit<cluster::act::CreateTopic>();
  topic.topic = a.target;
  topic.partition_count = 3;
  topic.replication_factor = static_cast<std::int32_t>(std::min<std::ptrdiff_t>(3, brokers));
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

std::optional<cluster::Command> command_of(const ui::Action& a, const scenario::Session& session) {
  const auto verb = cluster::parse_verb(a.verb);
  if (!verb) return std::nullopt;
  const cluster::Cluster& cluster = session.cluster();
  cluster::Command c;
  c.verb = *verb;
  using Kind = cluster::PositionSpec::Kind;
  switch (*verb) {
    case Verb::Partition: put_sides<cluster::act::Partition>(a, cluster, c); break;
    case Verb::Link: put_link(a, cluster, c); break;
    case Verb::Lose:
    case Verb::Hold:
    case Verb::Release: put_messages(a, c); break;
    case Verb::Heal:
      if (!a.other.empty()) {
        auto& cut = c.edit<cluster::act::Partition>();
        cut.from.push_back(by_name(a.target));
        cut.to.push_back(by_name(a.other));
      } else if (!a.target.empty()) {
        c.node = by_name(a.target);
      }
      break;
    case Verb::Answer:
      c.node = by_name(a.target);
      c.edit<cluster::act::Answer>() = {.from = {}, .api = a.text, .error = a.other, .count = 1};
      break;
    case Verb::Deliver:
      c.edit<cluster::act::Deliver>().event = event_of(cluster, static_cast<std::uint64_t>(a.number));
      break;
    case Verb::ElectLeaders:
      if (const auto partition = cluster::parse_partition_name(a.target))
        c.edit<cluster::act::ElectLeaders>().partitions.push_back(*partition);
      c.edit<cluster::act::ElectLeaders>().unclean = a.text == "unclean";
      break;
    case Verb::Disk: put_disk(a, session.scenario().cluster.disk, c); break;
    case Verb::WipeDisk:
      c.node = by_name(a.target);
      if (a.dir >= 0) c.edit<cluster::act::WipeDisk>().dir = a.dir;
      break;
    case Verb::SkewClock:
      c.node = by_name(a.target);
      c.edit<cluster::act::SkewClock>().by = sim::seconds(a.number);
      break;
    case Verb::DeleteRecords:
      c.edit<cluster::act::DeleteRecords>() = {cluster::parse_partition_name(a.target), a.number};
      break;
    case Verb::CreateTopic: put_new_topic(a, cluster, c); break;
    case Verb::DeleteTopic: c.edit<cluster::act::DeleteTopic>().topic = a.target; break;
    case Verb::AddPartitions:
      c.edit<cluster::act::AddPartitions>().topic = a.target;
      if (const auto* topic = cluster.committed().topic(cluster.committed().topic_id(a.target)))
        c.edit<cluster::act::AddPartitions>().partition_count = static_cast<std::int32_t>(topic->partitions.size()) + 1;
      break;
    case Verb::Reassign: put_reassignment(a, cluster, c); break;
    case Verb::AddBroker: c.edit<cluster::act::AddBroker>().id = static_cast<std::int32_t>(a.number); break;
    case Verb::RemoveBroker: c.edit<cluster::act::RemoveBroker>().id = static_cast<std::int32_t>(a.number); break;
    case Verb::ResetOffsets:
      c.edit<cluster::act::GroupOffsets>().group = a.target;
      c.edit<cluster::act::GroupOffsets>().position = {a.text == "latest" ? Kind::End : Kind::Beginning, 0};
      break;
    case Verb::DeleteOffsets:
      c.edit<cluster::act::GroupOffsets>().group = a.target;
      c.edit<cluster::act::GroupOffsets>().topic = a.other;
      break;
    case Verb::DeleteGroup: c.edit<cluster::act::DeleteGroup>().group = a.target; break;
    case Verb::AbortHanging:
      c.edit<cluster::act::AbortHanging>() = {cluster::parse_partition_name(a.target), a.number};
      break;
    case Verb::Produce:
      c.node = by_name(a.target);
      c.edit<cluster::act::Produce>().records.push_back(
          {std::nullopt, protocol::Plain{std::string("by hand")}, {}, std::nullopt, {}, std::nullopt});
      break;
    case Verb::Seek:
      c.node = by_name(a.target);
      c.edit<cluster::act::Seek>() = {
          cluster::parse_partition_name(a.other),
          cluster::PositionSpec{a.text == "beginning" ? Kind::Beginning : Kind::Offset, a.number}};
      break;
    default: c.node = by_name(a.target); break;
  }
  return c;
}

}  // namespace kafkascope::app
