// The concrete world: controllers, brokers and clients as nodes of one sim::World, formed at time 0, with one handler
// per scenario verb. Cluster is a value: copying it copies the whole simulated world (a checkpoint).
#pragma once
#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cluster/command.h"
#include "cluster/spec.h"
#include "controller/zookeeper/tree_image.h"
#include "protocol/metadata_image.h"
#include "protocol/trace_subject.h"
#include "sim/event.h"
#include "sim/flat_map.h"
#include "sim/ids.h"
#include "sim/network.h"
#include "sim/observer.h"
#include "sim/transport.h"
#include "words/message.h"

namespace kafkascope::broker {
class Broker;
}  // namespace kafkascope::broker
namespace kafkascope::controller {
struct FormationSpec;
}
namespace kafkascope::protocol {
struct Historical;
struct Message;
}  // namespace kafkascope::protocol
namespace kafkascope::raft {
class QuorumNode;
}
namespace kafkascope::storage {
class PartitionLog;
}
namespace kafkascope::zookeeper {
class Server;
}  // namespace kafkascope::zookeeper

namespace kafkascope::cluster {

namespace act {
struct AddBroker;
}

using protocol::BrokerId;
using protocol::IdList;
using protocol::TopicPartition;

class World;  // cluster/world.h

/// Holds the world by pointer; copying the holder copies the world.
class WorldHolder {
 public:
  explicit WorldHolder(const ClusterSpec& spec);
  WorldHolder(const WorldHolder& other);
  WorldHolder(WorldHolder&& other) noexcept;
  WorldHolder& operator=(const WorldHolder& other);
  WorldHolder& operator=(WorldHolder&& other) noexcept;
  ~WorldHolder();
  World& operator*() { return *world_; }
  const World& operator*() const { return *world_; }

 private:
  std::unique_ptr<World> world_;
};

/// A Producer or Consumer may belong to a message queue instead of Kafka (roles QueueSender, QueueReader).
enum class NodeKind : std::uint8_t {
  Controller,
  Broker,
  Producer,
  Consumer,
  Admin,
  Transform,
  Queue,
  Service,
  ZooKeeper,
  ShareConsumer
};

struct NodeInfo {
  std::string name;
  NodeKind kind = NodeKind::Broker;
  BrokerId id = protocol::kNoBroker;  // the id of a controller or broker; myid of a ZooKeeper server
  std::string rack, host;
  int client = -1;       // index in ClusterSpec::clients; -1: not a client
  bool removed = false;  // removed by remove_broker; the node stays in the list
  // For a client: the incarnation that ran when its configuration was last changed, and the keys changed since that
  // incarnation started.
  std::uint32_t configured_in = 0;
  std::vector<std::string> configured = {};
  bool waits_for_start(const std::string& key, std::uint32_t incarnation) const {
    return configured_in == incarnation && std::find(configured.begin(), configured.end(), key) != configured.end();
  }
};

/// The name of the admin client for administrative acts that name no client.
inline constexpr const char* kOperator = "operator";
/// The principals that are super users in addition to brokers and controllers: the operator's.
inline std::vector<std::string> operators() { return {protocol::principal_of(kOperator)}; }

/// The result of a command. done = false: the command was not possible in this state; `message` says why.
struct Outcome {
  bool done = true;
  bool failed = false;             // the run fails: no node has the role, or the verb is not implemented
  words::Message said;             // why nothing was done, or what the act threw; empty if there is nothing to say
  std::vector<std::string> nodes;  // the nodes that the command affected, in id order
  std::uint64_t call = 0;          // for an administrative act: the number of the call, made by nodes.back()
};

class Cluster {
 public:
  /// Forms the cluster (docs/scenario-format.md, "Time 0"): quorum epoch 1 led by controller-1, brokers unfenced,
  /// topics created.
  explicit Cluster(std::shared_ptr<const ClusterSpec> spec);
  /// Starts every process except the clients that have a `start` of their own. Attach observers first.
  void start();

  const ClusterSpec& spec() const { return *spec_; }
  World& world() { return *world_; }
  const World& world() const { return *world_; }
  // The parts of the world's interface that most callers need.
  sim::Instant now() const;
  sim::NodeState state(sim::NodeId node) const;
  bool alive(sim::NodeId node) const;
  std::uint32_t incarnation(sim::NodeId node) const;
  sim::Duration clock_skew(sim::NodeId node) const;
  bool is_cut(sim::NodeId from, sim::NodeId to) const;
  /// The configuration of one direction of the link.
  sim::LinkConfig link(sim::NodeId from, sim::NodeId to) const;
  /// The number of events executed so far.
  std::uint64_t executed() const;
  /// Whether the run has stopped because a condition that must hold was violated; fault_text() says which one.
  bool faulted() const;
  /// Stops the run for a reason found outside the engine.
  void fault(const std::string& text);
  const std::string& fault_text() const;

  /// Visits all pending messages and timers, in the order of their slots.
  void for_each_pending(const std::function<void(const sim::PendingPacket&, const protocol::Message&)>& on_message,
                        const std::function<void(const sim::PendingTimer&)>& on_timer) const;
  void attach(sim::Observer<protocol::Message, protocol::TraceSubject>* observer);
  /// Executes the next event if it is due by `limit`. Returns false if there is none, or a fault has stopped the run.
  bool step(sim::Instant limit = sim::kNever);
  /// The time of the next event, if there is one.
  std::optional<sim::Instant> next_time();
  /// The trace hash of the run so far.
  std::uint64_t digest() const;

  /// Carries out the command at time `at` (not before the last executed event), as number `number` of the session.
  Outcome execute(const Command& command, sim::Instant at, std::uint64_t number);

  // ---- nodes and names
  const std::vector<NodeInfo>& nodes() const { return nodes_; }
  /// KRaft voters; none under ZooKeeper.
  const std::vector<sim::NodeId>& controllers() const { return controllers_; }
  /// ZooKeeper servers; none under KRaft.
  const std::vector<sim::NodeId>& zookeepers() const { return zookeepers_; }
  bool under_zookeeper() const { return spec_->metadata == MetadataKind::ZooKeeper; }
  const NodeInfo& info(sim::NodeId node) const { return nodes_[static_cast<std::size_t>(node.index)]; }
  sim::NodeId find(std::string_view name) const;  // invalid if no node has that name
  sim::NodeId broker_node(BrokerId id) const;
  /// Whether two processes with the same broker id have been started.
  bool double_ids() const { return double_ids_; }
  /// The nodes that the reference denotes at present, in id order; empty if none.
  std::vector<sim::NodeId> resolve(const NodeRef& ref) const;
  TopicPartition partition(const PartitionName& name) const;  // kNoTopic if it does not exist
  std::string name(TopicPartition p) const;                   // "orders-0"
  std::string topic_name(protocol::TopicId topic) const;

  /// nullptr if the node has another role. A transform has three roles: its own, its consumer's and its producer's.
  template <class R>
  const R* role(sim::NodeId node) const;
  const broker::Broker* broker(BrokerId id) const;

  // ---- the truth (the committed log), as opposed to what a node believes
  /// The image of the controller that has applied the most records, even while there is no quorum. Under ZooKeeper: the
  /// metadata in the znodes that a quorum has committed.
  const protocol::MetadataImage& committed() const;
  /// The node of the active controller; invalid if no controller can commit.
  sim::NodeId active_controller() const;
  const raft::QuorumNode& voter(sim::NodeId controller) const;
  const zookeeper::Server& zookeeper_server(sim::NodeId node) const;
  /// The server that leads the ensemble and serves clients; invalid if there is none.
  sim::NodeId zookeeper_leader() const;
  /// The content of /controller_epoch; 0 under KRaft.
  std::int32_t zookeeper_controller_epoch() const;
  /// The log of the partition's leader, or of its last leader while there is none.
  const storage::PartitionLog* leader_log(TopicPartition p) const;
  /// Whether the broker's process runs and has caught up with the metadata. Until then the broker's leaderships are
  /// those of its previous process.
  bool has_joined(BrokerId id) const;
  /// The committed leader; if that broker does not run, the replica that led last (the highest leader epoch, then the
  /// longest log).
  BrokerId last_leader(TopicPartition p) const;
  const storage::PartitionLog* log(BrokerId broker, TopicPartition p) const;
  int effective_min_isr(TopicPartition p) const;
  bool unclean_election_enabled(TopicPartition p) const;
  /// The coordinator of the key (a group, or a transactional id with that topic), by Kafka's hash; kNoBroker while the
  /// key's partition has no leader.
  BrokerId coordinator_of(std::string_view key, std::string_view topic = "__consumer_offsets") const;

 private:
  friend class CommandRunner;  // commands.cpp
  template <class R>
  sim::NodeId add(NodeInfo info, R role);
  void add_client(int index, const std::vector<sim::NodeId>& all_brokers, sim::NodeId first_client);
  /// Adds a client that the file does not declare, at the end of the specification. No client may have its id yet.
  sim::NodeId add_client(const ClientSpec& client);
  /// The admin client for acts without a client of their own; created on first use.
  sim::NodeId operator_node();
  /// Adds a broker on a new machine with an empty disk. If its id is already in use, the broker is a second process
  /// with that id, named e.g. broker-2#2.
  sim::NodeId add_broker(const act::AddBroker& added);
  void remove_broker(sim::NodeId node);
  void form();
  void form_clients();
  void form_kraft(const controller::FormationSpec& formation, const protocol::Historical& historical);
  void form_zookeeper(const controller::FormationSpec& formation);
  const controller::TreeImage& znodes() const;

  std::shared_ptr<const ClusterSpec> spec_;
  std::vector<NodeInfo> nodes_;
  std::vector<sim::NodeId> controllers_, zookeepers_, brokers_;
  // Under ZooKeeper: the committed state of the znodes, as of znodes_zxid_; znodes() brings it up to date.
  mutable controller::TreeImage znodes_;
  mutable zookeeper::Zxid znodes_zxid_;
  /// The node whose image is the committed one, and the change counts of the world at which that was determined;
  /// kWorld: unknown. The node's number is stored rather than the image's address, because a copied world has its own
  /// nodes.
  struct Committed {
    sim::NodeId at = sim::kWorld;
    protocol::Offset last_offset;
    std::uint64_t controllers_as_of = 0, as_of = 0;
    bool brokers_too = false;  // the image may be a broker's
  };
  mutable Committed committed_;
  sim::FlatMap<BrokerId, sim::NodeId> broker_by_id_;
  bool double_ids_ = false;  // a second process with a broker id in use has been started
  WorldHolder world_;
};

/// The starts and stops of clients that the file's `start` and `stop` schedule, in time order.
struct ScheduledCommand {
  sim::Instant at;
  Command command;
};
std::vector<ScheduledCommand> scheduled_commands(const ClusterSpec& spec);

/// `boot`: the commands that form the cluster from empty disks; nullopt while they cannot run yet. Stage 0 creates the
/// declared topics, once an active controller has unfenced every broker. Stage 1 starts the clients without a `start`,
/// once the topics exist.
std::optional<std::vector<Command>> boot_acts(const Cluster& cluster, int stage);

}  // namespace kafkascope::cluster
