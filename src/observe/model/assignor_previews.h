// What each of the client's assignors would give the members of a classic group.
#pragma once
namespace kafkascope::cluster {
class Cluster;
}
namespace kafkascope::coordinator {
class ClassicGroup;
}

namespace kafkascope::observe {

struct Snapshot;

/// Whether the group has members, and few enough members and partitions to be drawn.
bool can_compare_assignors(const cluster::Cluster& c, const coordinator::ClassicGroup& group);
/// Fills Group::assignors of the snapshot's groups that can be compared: by the assignors that the consumers themselves
/// use, from the members' subscriptions and the partitions that the coordinator has for them. Not part of each
/// snapshot, because that would take a fifth longer for what is seldom shown.
void add_assignors(const cluster::Cluster& c, Snapshot& s);

}  // namespace kafkascope::observe
