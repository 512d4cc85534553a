// Two processes with one broker id: which of them a line is about, and what the other one does to the id's partitions.
#pragma once
#include "observe/why/telling.h"

namespace kafkascope::observe {

/// The line at which another process reported a log directory for that broker's replicas and so led the controller to
/// `change`; null: no such report led to it. Kafka: ReplicationControlManager.handleAssignReplicasToDirs.
const sim::TraceLine* report_of_another(const Story& story, const sim::TraceLine& change, protocol::BrokerId broker);
/// What let the other process reach the controller; null: there was no such report.
const sim::TraceLine* back_of_report(const Story& story, const sim::TraceLine& change, protocol::BrokerId broker);
/// Tells of the report; false: there was none, and nothing is added.
bool tell_report_of_another(Telling& telling, const sim::TraceLine& change, protocol::BrokerId broker);
/// Tells which process has the node's broker id now; false: the node itself, and nothing is added.
bool tell_id_taken(Telling& telling, sim::NodeId node);

}  // namespace kafkascope::observe
