// How a topic is created in ZooKeeper. Kafka: AdminZkClient.createTopicWithAssignment (2.5).
#include <doctest/doctest.h>

#include "cluster/cluster.h"
#include "controller/zookeeper/zk_data.h"
#include "support/lessons.h"
#include "zookeeper/server.h"

using namespace kafkascope;
namespace znode = controller::znode;

TEST_CASE("CreateTopics writes /config/topics/T and /brokers/topics/T in separate transactions") {
  scenario::Session session(test::loaded(R"({"format": 1, "id": "x", "kafka": "2.5",
    "cluster": {"metadata": "zookeeper", "zookeepers": 1, "brokers": 1},
    "steps": [{"at": "1s", "do": "create_topic", "topic": "orders", "partitions": 1, "replication_factor": 1}], "until": "5s"})"));
  session.run_to_end();
  const zookeeper::DataTree& tree = session.cluster().zookeeper_server(session.cluster().zookeeper_leader()).tree();
  const zookeeper::Znode* config = tree.find(znode::config("topic:orders"));
  const zookeeper::Znode* topic = tree.find(znode::topic("orders"));
  REQUIRE(config != nullptr);
  REQUIRE(topic != nullptr);
  CHECK(topic->stat.czxid == config->stat.czxid.next());
}
