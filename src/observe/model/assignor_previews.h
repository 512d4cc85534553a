// How each of the client's assignors would distribute partitions among the members of a classic group.
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
/// Fills Group::assignors for those of the snapshot's groups that can be compared. It runs the consumers' own assignors
/// on the members' subscriptions and the partition counts that the coordinator knows. Not part of every snapshot: it
/// would make each of them a fifth slower, for something that is seldom shown.
void add_assignors(const cluster::Cluster& c, Snapshot& s);

}  // namespace kafkascope::observe
