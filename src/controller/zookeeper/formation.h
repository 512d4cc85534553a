// ZooKeeper's content at time 0, as if the cluster had been running for a while, and the in-memory state of its
// controller.
#pragma once
#include <map>

#include "controller/kraft/formation.h"
#include "controller/zookeeper/controller_context.h"
#include "controller/zookeeper/tree_image.h"
#include "zookeeper/data_tree.h"

namespace kafkascope::controller {

struct FormedZooKeeper {
  zookeeper::DataTree tree;
  std::map<BrokerId, protocol::ZkSessionId> sessions;
  ControllerContext context;  // the context of the controller, broker `spec.leader`, in controller epoch 1
  TreeImage truth;            // the metadata that every broker has received
};

/// The brokers are registered, each in a session with its time-out of `session_timeouts_ms`; spec.leader owns /controller; the topics
/// exist with full ISRs in leader epoch 0; with an `authorizer` the parent znodes of its ACLs also exist. Throws
/// std::invalid_argument if a topic cannot be placed.
FormedZooKeeper form_zookeeper(const FormationSpec& spec, int servers, const std::map<BrokerId, std::string>& hosts,
                               const std::map<BrokerId, std::int32_t>& session_timeouts_ms, bool authorizer);

}  // namespace kafkascope::controller
