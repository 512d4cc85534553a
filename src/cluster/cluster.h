// The concrete world: controllers, brokers and clients as nodes of one sim::World, formed at time 0, with one handler per scenario verb.
// A value: copying a Cluster copies the whole simulated world (a checkpoint).
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
struct BrokerOptions;
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
struct ServerOptions;
}  // namespace kafkascope::zookeeper

namespace kafkascope::cluster {

using protocol::BrokerId;
using protocol::IdList;
using protocol::TopicPartition;

class World;  // cluster/world.h

/// The world behind a pointer; a copy copies the world.
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

/// A producer or consumer may be one of a message queue (roles QueueSender, QueueReader).
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
  BrokerId id = protocol::kNoBroker;  // controllers and brokers; ZooKeeper servers: myid
  std::string rack, host;
  int client = -1;       // index in ClusterSpec::clients
  bool removed = false;  // by remove_broker; its place in the list stays
  // Of a client: the incarnation that ran when its configuration was changed last, and the keys changed since that one's start.
  std::uint32_t configured_in = 0;
  std::vector<std::string> configured = {};
  bool waits_for_start(const std::string& key, std::uint32_t incarnation) const {
    return configured_in == incarnation && std::find(configured.begin(), configured.end(), key) != configured.end();
  }
};

/// Who does administrative acts that name nobody.
inline constexpr const char* kOperator = "operator";
/// ... who is a super user, as brokers and controllers are.
inline std::vector<std::string> operators() { return {protocol::principal_of(kOperator)}; }

/// What came of a command. done = false: it made no sense in this state, or could not be done; `message` says why.
struct Outcome {
  bool done = true;
  bool failed = false;  // a role that is nobody, a verb without an engine: the run fails
  std::string message;
  words::Message said;             // the same from the catalogue, where it stands there
  std::vector<std::string> nodes;  // whom it befell, in id order
  std::uint64_t call = 0;          // an administrative act: the number its answer will carry (nodes.back() asked)
};

class Cluster {
 public:
  /// Formation (docs/scenario-format.md, "Time 0"): quorum epoch 1 led by controller-1, brokers unfenced, topics created.
  explicit Cluster(std::shared_ptr<const ClusterSpec> spec);
  /// Time 0 begins: every process but the clients with a `start` of their own. Attach observers before.
  void start();

  const ClusterSpec& spec() const { return *spec_; }
  World& world() { return *world_; }
  const World& world() const { return *world_; }
  // What of the world most want to know.
  sim::Instant now() const;
  sim::NodeState state(sim::NodeId node) const;
  bool alive(sim::NodeId node) const;
  std::uint32_t incarnation(sim::NodeId node) const;
  sim::Duration clock_skew(sim::NodeId node) const;
  bool is_cut(sim::NodeId from, sim::NodeId to) const;
  /// One way.
  sim::LinkConfig link(sim::NodeId from, sim::NodeId to) const;
  /// Events executed so far.
  std::uint64_t executed() const;
  /// The engine found that something that must hold does not, and stopped; the text says what.
  bool faulted() const;
  /// Stops it for another reason, as if the engine had found it.
  void fault(const std::string& text);
  const std::string& fault_text() const;

  /// Every message and timer that is pending, in the order of their slots.
  void for_each_pending(const std::function<void(const sim::PendingPacket&, const protocol::Message&)>& on_message,
                        const std::function<void(const sim::PendingTimer&)>& on_timer) const;
  void attach(sim::Observer<protocol::Message, protocol::TraceSubject>* observer);
  /// Executes the next event if it is due by `limit`; false: there is none, or the run has stopped by a fault.
  bool step(sim::Instant limit = sim::kNever);
  /// When the next event is due, if any.
  std::optional<sim::Instant> next_time();
  /// The trace hash so far.
  std::uint64_t digest() const;

  /// Carries the command out at `at` (not before the last executed event), as number `number` of the session.
  Outcome execute(const Command& command, sim::Instant at, std::uint64_t number);
  /// Starts and stops of clients that the file's `start` and `stop` ask for, in time order.
  struct Scheduled {
    sim::Instant at;
    Command command;
  };
  std::vector<Scheduled> scheduled() const;

  /// `boot`: what happens next on the way from empty disks, if it can happen now. Stage 0: the declared topics are created, once an active
  /// controller has let every broker in; stage 1: once they exist, the clients without a `start` start. nullopt: not yet.
  std::optional<std::vector<Command>> boot_acts(int stage) const;

  // ---- who is who
  const std::vector<NodeInfo>& nodes() const { return nodes_; }
  /// KRaft voters; none under ZooKeeper.
  const std::vector<sim::NodeId>& controllers() const { return controllers_; }
  /// ZooKeeper servers; none under KRaft.
  const std::vector<sim::NodeId>& zookeepers() const { return zookeepers_; }
  bool under_zookeeper() const { return spec_->metadata == MetadataKind::ZooKeeper; }
  const NodeInfo& info(sim::NodeId node) const { return nodes_[static_cast<std::size_t>(node.index)]; }
  sim::NodeId find(std::string_view name) const;  // not valid: nobody is called so
  sim::NodeId broker_node(BrokerId id) const;
  /// There are, or were, two processes with one broker id.
  bool double_ids() const { return double_ids_; }
  /// Nodes a reference means now, in id order; empty if nobody.
  std::vector<sim::NodeId> resolve(const NodeRef& ref) const;
  TopicPartition partition(const PartitionName& name) const;  // kNoTopic if it does not exist
  std::string name(TopicPartition p) const;                   // "orders-0"
  std::string topic_name(protocol::TopicId topic) const;

  /// Null if the node has another role. A transform is asked for as itself, or for its consumer or its producer.
  template <class R>
  const R* role(sim::NodeId node) const;
  /// The kind of client in the file; only for nodes that come from there.
  ClientKind client_kind(const NodeInfo& info) const {
    return spec_->clients[static_cast<std::size_t>(info.client)].kind;
  }
  const broker::Broker* broker(BrokerId id) const;

  // ---- what is true (the committed log), as against what a node believes
  /// Of the controller that has applied most; also while no quorum exists. Under ZooKeeper: what the znodes say that a quorum has committed.
  const protocol::MetadataImage& committed() const;
  /// Node of the active controller; not valid when nobody can commit.
  sim::NodeId active_controller() const;
  const raft::QuorumNode& voter(sim::NodeId controller) const;
  const zookeeper::Server& zookeeper_server(sim::NodeId node) const;
  /// The server that leads the ensemble and serves; not valid: none.
  sim::NodeId zookeeper_leader() const;
  /// Under ZooKeeper: what /controller_epoch says; else 0.
  std::int32_t zookeeper_controller_epoch() const;
  /// The leader's log, or the last leader's while there is none.
  const storage::PartitionLog* leader_log(TopicPartition p) const;
  /// Its process runs and has caught up with the metadata: before, what it believes to lead is of the process before it.
  bool has_joined(BrokerId id) const;
  /// The committed leader; without one that runs, the replica that led last (the highest leader epoch, then the longest log).
  BrokerId last_leader(TopicPartition p) const;
  const storage::PartitionLog* log(BrokerId broker, TopicPartition p) const;
  int effective_min_isr(TopicPartition p) const;
  bool unclean_election_enabled(TopicPartition p) const;
  /// The coordinator of a group by Kafka's hash; kNoBroker while __consumer_offsets has no leader for it.
  BrokerId coordinator_of(std::string_view group) const;

 private:
  friend class CommandRunner;  // commands.cpp
  template <class R>
  sim::NodeId add(NodeInfo info, R role);
  void add_client(int index, const std::vector<sim::NodeId>& all_brokers, sim::NodeId first_client);
  /// One that the file does not have, as the last of the specification's. Its id is nobody's yet.
  sim::NodeId add_client(const ClientSpec& client);
  /// The admin client of acts that no scenario client does; made when first needed.
  sim::NodeId operator_node();
  /// A new machine with an empty disk. If there is a broker of that id it is a second process under it, called broker-2#2.
  sim::NodeId add_broker(const Command& command);
  void remove_broker(sim::NodeId node);
  void form();
  void form_clients();
  void form_kraft(const controller::FormationSpec& formation, const protocol::Historical& historical);
  void form_zookeeper(const controller::FormationSpec& formation);
  broker::BrokerOptions broker_options(const BrokerSpec& spec, sim::NodeId endpoint) const;
  zookeeper::ServerOptions zookeeper_options(int index) const;
  bool runs(sim::NodeId node) const;  // neither dead nor paused
  /// Of `members` more than half run and are not cut off from `leader`, which is one of them.
  bool has_majority(sim::NodeId leader, const std::vector<sim::NodeId>& members) const;
  const controller::TreeImage& znodes() const;

  std::shared_ptr<const ClusterSpec> spec_;
  std::vector<NodeInfo> nodes_;
  std::vector<sim::NodeId> controllers_, zookeepers_, brokers_;
  // Under ZooKeeper: the truth, as far as the committed transactions have been looked at. Who asks brings it up to date.
  mutable controller::TreeImage znodes_;
  mutable zookeeper::Zxid znodes_zxid_;
  /// Who has the committed image, as of which change of the world; kWorld: to be looked for. (Not where it lies: who acts after a copy
  /// has another one.)
  struct Committed {
    sim::NodeId at = sim::kWorld;
    protocol::Offset last_offset;
    std::uint64_t controllers_as_of = 0, as_of = 0;
    bool brokers_too = false;  // it may be a broker's
  };
  mutable Committed committed_;
  const protocol::MetadataImage& image_at(sim::NodeId node) const;
  sim::FlatMap<BrokerId, sim::NodeId> broker_by_id_;
  bool double_ids_ = false;  // a second process was started under an id
  WorldHolder world_;
};

}  // namespace kafkascope::cluster
