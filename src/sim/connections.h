// The kernel's network: connections and their packets, links, and the faults that apply to both. It knows nothing of
// timers, disks or the life of nodes, only whether a node can take what arrives.
#pragma once
#include <cstdint>
#include <vector>

#include "sim/network.h"
#include "sim/slab.h"
#include "sim/timeline.h"
#include "sim/transport.h"

namespace kafkascope::sim {

class Connections : public Timeline {
 public:
  // ---- the functions of Context; `self` is the calling node
  ConnectionId connect(NodeId self, NodeId to);
  void close(NodeId self, ConnectionId c);
  bool is_open(NodeId self, ConnectionId c) const { return owns(self, c); }
  /// The node at the other end, even of a connection that has just been closed; kWorld for a handle that refers to no
  /// connection.
  NodeId peer(NodeId self, ConnectionId c) const;

  // ---- reading
  bool is_cut(NodeId from, NodeId to) const {
    const Link* l = links_.look(from, to);
    return l != nullptr && l->cut;
  }
  LinkConfig link_config(NodeId from, NodeId to) const {
    const Link* l = links_.look(from, to);
    return l != nullptr ? l->config() : links_.defaults(from, to);
  }
  std::size_t open_connections() const;

  // ---- changes between events; documented in World and Network
  void set_link(NodeId from, NodeId to, LinkConfig config) { links_[links_.find(from, to)].set(config.sane()); }
  /// The longest round trip, without the effects of bandwidth and loss.
  Duration round_trip(NodeId a, NodeId b) {
    return {links_[links_.find(a, b)].latency().b_us + links_[links_.find(b, a)].latency().b_us};
  }
  void cut(NodeId from, NodeId to);
  void heal(NodeId from, NodeId to);
  void heal_all();
  void heal_node(NodeId n);
  void add_rule(FaultRule rule);
  void release(const MessageFilter& filter, std::uint64_t count);

 protected:
  Connections(std::uint64_t seed, const LinkConfig& link) : links_(seed, link) {}

  // ---- the events of the network; false: the event has been disowned
  bool arrive(const Event& e, Work& work);
  bool rise(const Event& e, Work& work);
  void take_message(Connection& x, std::uint32_t d, std::uint32_t packet, const Event& e, Work& work);
  void finish_handshake(const Event& e, Work& work);
  /// Delivers the packets of a stream up to `last` at once, whatever blocked them.
  void hasten(std::uint32_t d, std::uint32_t last);
  /// Queues an event for the stream's first packet, which has none yet.
  void arm(std::uint32_t d);

  // ---- what the life and death of a node mean for its connections
  /// Called when the machine has power again: answers the packets that its peers have been retransmitting, i.e. SYNs
  /// and data of connections that the machine does not know any more.
  void answer_retransmissions(NodeId n);
  /// Loses a packet that waited in the socket buffer of a process that died.
  void lose_buffered(std::uint32_t packet);
  /// The process closes all its ends, or they break with it.
  void close_all(NodeId n, Packet::Kind how);

  /// For Core::send: queues a packet for the message; kNone if the connection is not open.
  std::uint32_t enqueue(NodeId self, ConnectionId c, std::uint32_t size, std::uint16_t code);
  /// Frees the connections and packets that the event ended; drop(packet) frees the payload.
  template <class F>
  void sweep(F&& drop) {
    untidy_ = false;
    for (std::uint32_t p : dropped_) {
      drop(p);
      packets_.give_back(p);
    }
    dropped_.clear();
    for (std::uint32_t c : ended_) free_connection(c);
    ended_.clear();
  }
  void give_back_packet(std::uint32_t packet) { packets_.give_back(packet); }
  template <class F>
  void visit_packets(F&& f) const {
    for (std::uint32_t p = 0; p < packets_.size(); ++p) {
      if (packets_[p].order != 0 && packets_[p].kind == Packet::Kind::Data) f(p, view(p));
    }
  }

  Slab<Connection> connections_;
  std::vector<ConnectionExtra> extra_;  // indexed by connection number
  Slab<Packet> packets_;
  std::vector<FaultRule> rules_;

 private:
  /// Whether the handle refers to an open end of this node.
  bool owns(NodeId self, ConnectionId c) const {
    if ((c.slot >> 1) >= connections_.size()) return false;
    const Connection& x = connections_[c.slot >> 1];
    return x.generation == c.generation && x.open[c.slot & 1] && x.nodes[c.slot & 1] == self;
  }
  Direction& direction(std::uint32_t d) { return connections_[d >> 1].directions[d & 1]; }
  NodeId receiver(std::uint32_t d) const { return connections_[d >> 1].nodes[(d & 1) ^ 1]; }
  NodeId sender(std::uint32_t d) const { return connections_[d >> 1].nodes[d & 1]; }
  bool& receiver_open(std::uint32_t d) { return connections_[d >> 1].open[(d & 1) ^ 1]; }
  bool& sender_open(std::uint32_t d) { return connections_[d >> 1].open[d & 1]; }
  ConnectionId handle(std::uint32_t end) const { return {end, connections_[end >> 1].generation}; }
  PendingPacket view(std::uint32_t packet) const;

  void start_handshake(std::uint32_t connection, Duration delay);
  void accept_end(std::uint32_t packet, Work& work);
  void fall(std::uint32_t packet, Work& work);
  enum class Verdict : std::uint8_t { Pass, Hold, Lose };
  Verdict judge(std::uint32_t packet);
  void stop(std::uint32_t packet, Verdict verdict, Work& work);

  std::uint32_t new_packet(std::uint32_t d, Packet::Kind kind);
  void append(std::uint32_t d, std::uint32_t packet, Duration delay = {});
  void transmit(std::uint32_t d, std::uint32_t packet, Duration delay = {});
  void end_stream(std::uint32_t d, Packet::Kind kind, Duration delay = {});
  bool drop_messages(std::uint32_t d, bool only_blocked);
  void unhold(std::uint32_t d);
  void join_link(std::uint32_t d, std::uint32_t link);
  void leave_link(std::uint32_t d);
  std::vector<std::uint32_t> ways_over(std::uint32_t link) const;
  void cut_link(std::uint32_t link);
  void heal_link(std::uint32_t link);
  std::uint64_t lose(std::uint32_t packet);
  void discard(std::uint32_t packet);
  void break_connection(std::uint32_t connection);
  void abandon(std::uint32_t connection);
  void maybe_free(std::uint32_t connection);
  void free_connection(std::uint32_t connection);
  void close_end(std::uint32_t end, Packet::Kind how);

  LinkTable links_;
  std::vector<std::uint32_t> ways_;             // the link of each direction; stored separately, so that both can be
                                                // fetched at once
  std::vector<std::uint32_t> next_way_;         // for each direction, the next one on the same link
  std::vector<std::uint32_t> dropped_, ended_;  // connections and packets to be freed at the end of the event
};

}  // namespace kafkascope::sim
