// The broker's timers (kinds 200-299).
#pragma once
#include <cstdint>

namespace kafkascope::broker::timer {

/// Packs two numbers into one timer argument.
constexpr std::uint64_t argument(std::uint32_t high, std::uint32_t low) {
  return static_cast<std::uint64_t>(high) << 32 | low;
}

inline constexpr std::uint16_t kChannelRequest = 200;       // arg = channel: no response in time
inline constexpr std::uint16_t kChannelRetry = 201;         // arg = channel
inline constexpr std::uint16_t kCommunication = 202;        // the lifecycle's next registration or heartbeat
inline constexpr std::uint16_t kRegistrationTimeout = 203;  // initial.broker.registration.timeout.ms
inline constexpr std::uint16_t kShutdownDeadline = 204;     // BrokerServer.shutdown waits 5 min for the controller
inline constexpr std::uint16_t kIsrCheck = 205;             // every half of replica.lag.time.max.ms
inline constexpr std::uint16_t kAlterPartitionRetry = 206;
inline constexpr std::uint16_t kDelayedProduce = 207;  // arg = generation << 32 | slot
inline constexpr std::uint16_t kDelayedFetch = 208;    // likewise
inline constexpr std::uint16_t kFetcherWake = 209;     // arg = fetcher's id << 32 | leader's broker id
inline constexpr std::uint16_t kFetcherRequest = 210;  // likewise: no response in time
inline constexpr std::uint16_t kProducerIdsRetry = 211;
inline constexpr std::uint16_t kLogFlush = 212;      // log.flush.scheduler.interval.ms
inline constexpr std::uint16_t kLogRetention = 213;  // log.retention.check.interval.ms
inline constexpr std::uint16_t kLogCleaner = 214;    // log.cleaner.backoff.ms
inline constexpr std::uint16_t kProducerExpiry =
    215;  // producer.id.expiration.check.interval.ms; for arg see check_of() in log_maintenance.cpp
inline constexpr std::uint16_t kDeleteRecords = 216;  // arg = number of the waiting request
inline constexpr std::uint16_t kLogDirFailure = 217;  // log.dir.failure.timeout.ms; arg = number of failed directories
inline constexpr std::uint16_t kLogDirCheck = 218;    // high watermarks are checkpointed into a failing directory
inline constexpr std::uint16_t kLogsLoaded = 219;     // recovery after an unclean stop is done
inline constexpr std::uint16_t kAppendDone = 220;     // the append no longer waits for the disk; arg = generation << 32
                                                      // | slot
inline constexpr std::uint16_t kAssignments = 221;
// Under ZooKeeper.
inline constexpr std::uint16_t kIsrPropagation = 222;      // ISR changes are reported to the controller together
inline constexpr std::uint16_t kControlledShutdown = 223;  // no response, or the next attempt
inline constexpr std::uint16_t kSessionClosed = 224;       // no response to closing the session
inline constexpr std::uint16_t kDelayedTopics = 227;       // arg = number of the waiting response
inline constexpr std::uint16_t kFlushDone = 226;           // arg = number of the flush
inline constexpr std::uint16_t kUnmute =
    225;  // a throttled connection is read from again; arg = generation << 32 | slot
// Share groups: kinds from 280 on.
inline constexpr std::uint16_t kShareLock = 280;  // arg = the share partition's incarnation: a lock has expired
inline constexpr std::uint16_t kShareWait = 281;  // arg = number of the ShareFetch that has timed out
// A request to a share coordinator must be repeated, or was not answered.
inline constexpr std::uint16_t kSharePersister = 282;
// Transactions.
inline constexpr std::uint16_t kInterBroker = 283;        // arg = InterBrokerChannels' index << 32 | broker id
inline constexpr std::uint16_t kVerificationRetry = 284;  // arg = number of the Produce
inline constexpr std::uint16_t kTransactionMarker = 285;  // arg = number of the marker: it was not committed in time

}  // namespace kafkascope::broker::timer
