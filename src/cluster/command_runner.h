// The class that carries out the verbs: for nodes and the network (commands.cpp) and for clients (client_commands.cpp).
#pragma once
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cluster/acts.h"
#include "cluster/cluster.h"
#include "cluster/verb_context.h"
#include "cluster/verbs.h"
#include "cluster/world.h"

namespace kafkascope::cluster {

class CommandRunner {
 public:
  CommandRunner(Cluster& cluster, const Command& command)
      : cluster_(cluster), world_(cluster.world()), command_(command) {}
  Outcome run();

 private:
  static void append(words::Message& to, words::Message more) {
    if (to.empty()) to = std::move(more);
    else to = {"refused.both"_w, {{"first", std::move(to)}, {"second", std::move(more)}}};
  }

  void fail(words::Message why) {
    outcome_.done = false;
    append(outcome_.said, std::move(why));
  }

  void nobody(const std::string& who) {
    outcome_.failed = true;
    fail({"refused.no_node"_w, {{"node", who}}});
  }

  /// Calls act on every node that the command names, in id order; act returns the reason why it did nothing, without
  /// the node's name, or an empty message.
  template <class Act>
  void each(Act&& act) {
    const std::vector<sim::NodeId> nodes =
        command_.node ? cluster_.resolve(*command_.node) : std::vector<sim::NodeId>{};
    if (nodes.empty()) return nobody(command_.node ? to_text(*command_.node) : "node");
    bool any = false;
    words::Message refused;
    for (sim::NodeId n : nodes) {
      words::Message why = act(n);
      if (why.empty()) {
        any = true;
        outcome_.nodes.push_back(cluster_.info(n).name);
      } else {
        why.add("node", cluster_.info(n).name);
        append(refused, std::move(why));
      }
    }
    if (!any) fail(std::move(refused));
  }

  /// The first node that the command names; if it names none, a controller.
  sim::NodeId first_node() const {
    const auto nodes = cluster_.resolve(*command_.node);
    return nodes.empty() ? cluster_.controllers_.front() : nodes.front();
  }

  std::vector<sim::NodeId> all_of(const std::vector<NodeRef>& refs) {
    std::vector<sim::NodeId> nodes;
    for (const NodeRef& ref : refs) {
      const auto found = cluster_.resolve(ref);
      if (found.empty()) nobody(to_text(ref));
      for (sim::NodeId n : found)
        if (std::find(nodes.begin(), nodes.end(), n) == nodes.end()) nodes.push_back(n);
    }
    return nodes;
  }

  /// Calls act(from, to) for the nodes of the two sides, if every reference matches a node.
  template <class Act>
  void sides(const std::vector<NodeRef>& of_from, const std::vector<NodeRef>& of_to, Act&& act) {
    const auto from = all_of(of_from);
    const auto to = all_of(of_to);
    if (outcome_.done) act(from, to);
  }

  words::Message restart(sim::NodeId n);
  words::Message kill(sim::NodeId n, sim::Death how);
  words::Message shut_down(sim::NodeId n);
  /// Replaces the disk by an empty, formatted one: the logs, the checkpoints, the quorum's log and the clean-shutdown
  /// file are gone.
  words::Message wipe_disk(sim::NodeId n);
  void heal();
  void link();
  words::Message no_such_dir(const broker::Broker& b, std::optional<std::int32_t> dir) const;
  words::Message disk(sim::NodeId n);
  std::uint64_t count() const {
    const auto& of = command_.get<act::Messages>().count;
    return of ? static_cast<std::uint64_t>(*of) : sim::kAll;
  }
  sim::MessageFilter filter();
  words::Message answer(sim::NodeId n);
  void deliver();
  /// Runs the verb if it acts on clients or through the admin client; returns false for other verbs.
  bool run_on_clients();
  template <class C, class Act>
  void client(words::Key wrong_kind, Act&& act);
  std::vector<client::OutgoingRecord> outgoing() const;
  std::map<std::pair<std::string, std::int32_t>, std::int64_t> offsets() const;
  client::TransactionCall transaction_call() const;
  static client::SeekTarget seek_target(const PositionSpec& position);
  template <class Ctx>
  void seek(client::Consumer& consumer, Ctx& ctx);
  /// kafka-delete-records, sent to the partition's leader. A partition that does not exist has no leader.
  template <class Ctx>
  std::uint64_t delete_records(client::Admin& admin, Ctx& ctx);
  /// kafka-transactions abort. A 2.5 broker cannot tell which transactions are open.
  void abort_hanging();
  /// kafka-transactions forceTerminateTransaction.
  void terminate_transaction();
  /// The partitions that a group verb concerns: the named partitions; otherwise all partitions of the named topics;
  /// otherwise all partitions for which the group has committed offsets.
  std::vector<PartitionName> group_partitions(const act::GroupOffsets& of) const;
  /// Whether the operator must use kafka-share-groups: some share consumer has that group.id, even if none has joined
  /// yet.
  bool is_share_group(const std::string& group) const;
  /// kafka-consumer-groups or kafka-share-groups with --delete.
  void delete_group();
  /// The same tools with --reset-offsets --execute or --delete-offsets.
  void administer_offsets();
  /// A command without topics is unsubscribe().
  words::Message subscribe(sim::NodeId n);
  words::Message behave(sim::NodeId n);
  template <class Ctx>
  void pause_partitions(client::Consumer& consumer, Ctx& ctx);
  void administer();
  /// submit(admin, ctx) submits the request and returns the call's number.
  template <class Submit>
  void administer(Submit&& submit);
  /// A client's configuration takes effect at its next start; all other changes are requests to the controller.
  void configure();
  void add_broker();
  void add_client();
  /// Simplified: a broker that still runs is stopped first, as an administrator would do. It leads no partition, so no
  /// leadership moves.
  void remove_broker();

  Cluster& cluster_;
  World& world_;
  const Command& command_;
  Outcome outcome_;
};

}  // namespace kafkascope::cluster
