// The kernel's world with Kafka's roles in it. Separate from cluster.h, so that only code that runs roles is compiled
// with all of them.
#pragma once
#include <variant>

#include "broker/broker.h"
#include "client/admin.h"
#include "client/consumer.h"
#include "client/message_queue.h"
#include "client/producer.h"
#include "client/service.h"
#include "client/share_consumer.h"
#include "client/transform.h"
#include "controller/kraft/controller_node.h"
#include "sim/copy_on_write.h"
#include "sim/world.h"
#include "zookeeper/server.h"

namespace kafkascope::cluster {

using Role = std::variant<controller::ControllerNode, broker::Broker, client::Producer, client::Consumer, client::Admin,
                          client::Transform, client::MessageQueue, client::QueueSender, client::QueueReader,
                          client::Service, zookeeper::Server, client::ShareConsumer>;

class World : public sim::World<Role, protocol::Message, sim::CopyOnWrite<Role>> {
 public:
  using sim::World<Role, protocol::Message, sim::CopyOnWrite<Role>>::World;
};

}  // namespace kafkascope::cluster
