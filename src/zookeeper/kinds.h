// Timer and disk-operation kinds of this layer (160-189), and ZooKeeper's fixed times and sizes.
#pragma once
#include <cstdint>

#include "sim/time.h"

namespace kafkascope::zookeeper {

inline constexpr std::uint16_t kClientTimer = 180;
inline constexpr std::uint16_t kServerTimer = 160;
inline constexpr std::uint16_t kLogFlush = 160;    // arg: number of the flush
inline constexpr std::uint16_t kStateFlush = 161;  // writes the epochs and a snapshot; arg: number of the flush

/// FastLeaderElection: finalizeWait; and the interval between repeated votes: 200 ms, doubled each time, at most a
/// minute.
inline constexpr sim::Duration kFinalizeWait = sim::milliseconds(200);
inline constexpr sim::Duration kFirstNotification = sim::milliseconds(200);
inline constexpr sim::Duration kLongestNotification = sim::seconds(60);
/// Learner.connectToLeader: five attempts, a second apart.
inline constexpr int kConnectAttempts = 5;
inline constexpr sim::Duration kConnectPause = sim::seconds(1);
/// ZKDatabase.commitLogCount: a follower that lacks at most this many transactions gets them one by one, otherwise a
/// snapshot.
inline constexpr std::size_t kCommitLogCount = 500;
/// Simplified: the bytes of a transaction on disk in addition to its path and data, and of the two epoch files.
inline constexpr std::uint64_t kTxnBytes = 80;
inline constexpr std::uint64_t kStateFileBytes = 16;

}  // namespace kafkascope::zookeeper
