// Timer and disk-operation kinds of this layer (100-149), and sizes.
#pragma once
#include <cstdint>

namespace kafkascope::raft {

inline constexpr std::uint16_t kWakeTimer = 100;
inline constexpr std::uint16_t kLogFlush = 100;    // arg: number of the flush
inline constexpr std::uint16_t kStateFlush = 101;  // writes the quorum-state file; arg: number of the write

/// Simplified: every record of the metadata log counts this many bytes on disk, whatever its kind.
inline constexpr std::uint64_t kEntryBytes = 100;
inline constexpr std::uint64_t kStateFileBytes = 200;

/// reconnect.backoff.ms and reconnect.backoff.max.ms of KafkaRaftManager's network client.
inline constexpr std::int64_t kReconnectBackoffMs = 50;
inline constexpr std::int64_t kReconnectBackoffMaxMs = 500;

}  // namespace kafkascope::raft
