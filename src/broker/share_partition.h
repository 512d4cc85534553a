// A share group's view of a partition: which records are available, which are acquired (by which member and until
// when), and which are done. Kafka: SharePartition, InFlightBatch, InFlightState (4.1), KIP-932.
//
//   Available --acquire (delivery count + 1)--> Acquired --accept--> Acknowledged
//       ^                                          |-----reject, gap--> Archived
//       +-release, lock expired, session closed----+-----... when the count has reached the limit--> Archived
//
// The window [start offset, end offset) holds every record that was acquired and is not done, and all records between
// them. Records at the front leave the window when they are done: the start offset (SPSO) moves. A change by
// acknowledgement takes effect when the share coordinator has stored it (a transition); if storing fails it is rolled
// back. Kafka keeps runs of records and splits them; here each record is one entry. The class is passive: the broker
// reads the log, stores the returned changes, and calls it.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "protocol/messages_share.h"
#include "sim/mutant.h"
#include "sim/time.h"

namespace kafkascope::broker {

using protocol::Offset;

enum class RecordState : std::int8_t { Available = 0, Acquired = 1, Acknowledged = 2, Archived = 4 };
std::string_view name(RecordState state);

/// Each batch's offsets follow those of the batch before; a batch has one type for all offsets or one type per offset.
/// Kafka: KafkaApis.validateAcknowledgementBatches.
bool well_formed(const std::vector<protocol::AcknowledgementBatch>& batches);

class SharePartition {
 public:
  struct Record {
    RecordState state = RecordState::Available;
    RecordState before = RecordState::Available;  // while a transition is being stored: the previous state
    std::int16_t delivery_count = 0, count_before = 0;
    std::int32_t member = -1;  // the lock's owner, an index into members()
    std::uint32_t transition = 0;
    sim::Instant lock_until = sim::kNever;
    bool terminal() const {
      return transition == 0 && (state == RecordState::Acknowledged || state == RecordState::Archived);
    }
    bool free() const {
      return (transition == 0 || sim::mutant("share-freed-before-stored")) && state == RecordState::Available;
    }
  };
  /// A change to store; transition 0: the change has already taken effect, even if it cannot be stored.
  struct Change {
    protocol::ErrorCode error = protocol::ErrorCode::NONE;
    std::uint32_t transition = 0;
    std::string member;                              // from expire(): the owner of the locks
    std::vector<protocol::ShareStateBatch> batches;  // in offset order
  };

  SharePartition() = default;
  /// From group.share.delivery.count.limit and group.share.partition.max.record.locks.
  SharePartition(std::int32_t delivery_count_limit, std::int32_t max_record_locks)
      : limit_(delivery_count_limit), max_locks_(max_record_locks) {}

  /// Starts from the share coordinator's state. A record without an entry is available if it is below the last record
  /// with one.
  void initialize(Offset start, std::int32_t state_epoch, const std::vector<protocol::ShareStateBatch>& stored);
  bool active() const { return active_; }
  std::int32_t state_epoch() const { return state_epoch_; }

  Offset start_offset() const { return start_; }
  /// The offset after the last record that was ever acquired.
  Offset end_offset() const { return start_ + static_cast<std::int64_t>(window_.size()); }
  /// The first available record, or the end.
  Offset next_fetch_offset() const;
  /// Whether a record is available, or there is room for more.
  bool can_acquire() const {
    return next_fetch_offset() < end_offset() || static_cast<std::int64_t>(window_.size()) < max_locks_;
  }

  /// Acquires the available records of these batches (read from next_fetch_offset() on) for `member`, batch by batch up
  /// to `max_records`; their locks end at `lock_until`. Offsets that compaction removed between the batches are also
  /// acquired, so that the member can acknowledge them as gaps; offsets before the batches are archived.
  std::vector<protocol::AcquiredRecords> acquire(const std::string& member,
                                                 const std::vector<protocol::StoredBatch>& batches,
                                                 std::int64_t max_records, sim::Instant lock_until);
  /// Archives the acquired records at these offsets, whoever holds them. They belong to an aborted transaction,
  /// so a group with share.isolation.level=read_committed never gets them. Nothing is stored, as a later read finds
  /// them again. Removes them from `acquired`. Kafka: SharePartition.filterAbortedTransactionalAcquiredRecords.
  void archive_aborted(Offset first, Offset last, std::vector<protocol::AcquiredRecords>& acquired);
  /// Acknowledges all of the batches or none: INVALID_REQUEST for offsets above all acquired ones,
  /// INVALID_RECORD_STATE if a record is not acquired by this member. Kafka:
  /// SharePartition.fetchSubMapForAcknowledgementBatch, acknowledgeBatchRecords.
  Change acknowledge(const std::string& member, const std::vector<protocol::AcknowledgementBatch>& batches);
  /// A session has ended: its acquired records were presumably never delivered, and do not count as delivered
  /// (KAFKA-16894's DeliveryCountOps).
  Change release_all(const std::string& member);
  /// The transition was stored; if storing it failed, it is rolled back.
  void complete(std::uint32_t transition, bool stored);
  /// Releases the expired locks of one member at time `now`. An empty change means that no expired locks are left.
  Change expire(sim::Instant now);
  /// When the next lock expires; kNever if none does.
  sim::Instant next_expiry() const;
  /// Whether no transition is being stored.
  bool settled() const;
  /// The log no longer has the records below `log_start`.
  void advance_to(Offset log_start);

  // ---- views
  const std::deque<Record>& window() const { return window_; }
  /// nullptr: the offset is outside the window.
  const Record* record(Offset at) const;
  const std::vector<std::string>& members() const { return members_; }

 private:
  std::int32_t member_index(const std::string& member);
  void begin(Record& r, RecordState to, std::uint32_t transition, bool delivered);
  void advance();
  static void note(std::vector<protocol::ShareStateBatch>& batches, Offset at, const Record& r);

  std::int32_t limit_ = 5;
  std::int64_t max_locks_ = 2000;
  bool active_ = false;
  std::int32_t state_epoch_ = 0;
  Offset start_{0};
  std::deque<Record> window_;
  std::vector<std::string> members_;  // every member that ever held a lock
  std::uint32_t next_transition_ = 1;
};

}  // namespace kafkascope::broker
