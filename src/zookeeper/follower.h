// Following: the same phases as the leader's, on the other side. Replaced by a new object when the server looks for a
// leader again. ZooKeeper: Follower, Learner, SendAckRequestProcessor.
#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "protocol/message.h"
#include "zookeeper/server_options.h"

namespace kafkascope::zookeeper {

class Follower {
 public:
  void begin(Ctx& ctx, QuorumPeer& peer);
  void connect(Ctx& ctx, const QuorumPeer& peer);
  void close(Ctx& ctx);
  // The reason why the server must look for a leader again; nullopt if it keeps following.
  using Gone = std::optional<fact::ZkStateReason>;
  /// Does what is due.
  Gone poll(Ctx& ctx, const QuorumPeer& peer);
  Gone handle(Ctx& ctx, QuorumPeer& peer, const Message& message);
  Gone on_disconnect(Ctx& ctx, const QuorumPeer& peer);
  sim::Instant next_poll(const QuorumPeer& peer) const;

  /// The connection to the leader; invalid while there is none.
  sim::ConnectionId connection() const { return connection_; }
  void send(Ctx& ctx, protocol::Body body) { ctx.send(connection_, protocol::request(0, std::move(body))); }
  /// The epochs, and everything written before them, are on disk.
  void epochs_saved(Ctx& ctx, QuorumPeer& peer);
  /// Acknowledges those transactions of the log, from index `first` on, that are on disk.
  void acknowledge(Ctx& ctx, const QuorumPeer& peer, std::size_t first);
  /// The session was active: the leader hears of it with the next answer to a ping.
  void touch(ZkSessionId session) { touched_.insert(session); }

 private:
  Gone handle_leader_info(Ctx& ctx, QuorumPeer& peer, const protocol::ZkLeaderInfo& info);
  void handle_up_to_date(Ctx& ctx, QuorumPeer& peer, const protocol::ZkUpToDate& up);

  sim::ConnectionId connection_;
  std::int32_t attempts_ = 0;
  sim::Instant connect_at_ = sim::kNever;
  sim::Instant phase_deadline_ = sim::kNever;
  sim::Instant leader_heard_;
  bool new_leader_received_ = false;  // NEWLEADER was received; its acknowledgement waits for the disk
  std::set<ZkSessionId> touched_;     // the sessions active since the leader's last ping
};

}  // namespace kafkascope::zookeeper
