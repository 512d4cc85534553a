// The quorum-state file: the epoch, its leader and this replica's vote, on disk. A replica must not announce a decision
// that a crash could undo: its messages wait here until all earlier decisions are written. Kafka: FileQuorumStateStore.
#pragma once
#include <cstdint>
#include <vector>

#include "protocol/message.h"
#include "raft/quorum_options.h"

namespace kafkascope::raft {

using protocol::Message;

/// The content of the file.
struct SavedElection {
  LeaderEpoch epoch{0};
  BrokerId leader = kNoBroker;
  BrokerId vote = kNoBroker;
  friend bool operator==(const SavedElection&, const SavedElection&) = default;
};

class QuorumStateFile {
 public:
  QuorumStateFile() = default;
  explicit QuorumStateFile(const SavedElection& saved) : saved_(saved) {}

  const SavedElection& saved() const { return saved_; }  // on disk
  bool writing() const { return !writing_.empty(); }
  /// Writes the election, unless the last write was the same; takes the number of the operation from `next_number`.
  void write(Ctx& ctx, const SavedElection& election, std::uint64_t& next_number);
  /// Sends the messages that waited, if no other write follows. Returns false if this process started no such write.
  bool on_written(Ctx& ctx, std::uint64_t number);
  /// Sends the message once all earlier decisions are on disk.
  void post(Ctx& ctx, sim::ConnectionId connection, Message message);

 private:
  struct PendingWrite {
    std::uint64_t number = 0;
    SavedElection election;
  };
  struct Outgoing {
    sim::ConnectionId connection;
    Message message;
  };

  SavedElection saved_;
  std::vector<PendingWrite> writing_;
  std::vector<Outgoing> outbox_;
};

}  // namespace kafkascope::raft
