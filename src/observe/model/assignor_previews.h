// How each assignor would distribute partitions among a group's members: the client's own in a classic group, the
// coordinator's in one of the newer protocol.
#pragma once
#include <string>
#include <vector>

namespace kafkascope::broker {
class Broker;
}
namespace kafkascope::cluster {
class Cluster;
}
namespace kafkascope::coordinator {
class ClassicGroup;
class ConsumerGroup;
}  // namespace kafkascope::coordinator

namespace kafkascope::observe {

struct Snapshot;

/// group.consumer.assignors of a coordinator, in its order.
std::vector<std::string> consumer_assignors(const broker::Broker& coordinator);
/// Whether the group has members, and few enough members and partitions to be drawn.
bool can_compare_assignors(const cluster::Cluster& c, const coordinator::ClassicGroup& group);
bool can_compare_assignors(const cluster::Cluster& c, const coordinator::ConsumerGroup& group);
/// Fills Group::assignors for those of the snapshot's groups that can be compared. It runs the assignors
/// themselves on the members' subscriptions and the partition counts that the coordinator knows. Not part of every snapshot: it
/// would make each of them a fifth slower, for something that is seldom shown.
void add_assignors(const cluster::Cluster& c, Snapshot& s);

}  // namespace kafkascope::observe
