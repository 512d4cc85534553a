// A partition as one share group sees it: which records are free, which are locked for whom and until when, which are done.
// Kafka: SharePartition, InFlightBatch, InFlightState (4.1), KIP-932.
//
//   Available --acquire (delivery count + 1)--> Acquired --accept--> Acknowledged
//       ^                                          |-----reject, gap--> Archived
//       +----release, lock over, session closed----+-----... when the count has reached the limit--> Archived
//
// The window [start offset, end offset) holds every record that was handed out and is not done, with all that lie between. What is
// done at its front leaves it: the start offset (SPSO) moves. A change by acknowledgement holds only when the share coordinator has
// stored it (a transition); if that fails it is taken back. Kafka keeps runs of records and splits them; here each record is one entry.
// It does nothing by itself: the broker reads the log, stores what is given back, and calls.
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

/// Each names offsets behind those before it, with one type for all or one for each. Kafka: KafkaApis.validateAcknowledgementBatches.
bool well_formed(const std::vector<protocol::AcknowledgementBatch>& batches);

class SharePartition {
 public:
  struct Record {
    RecordState state = RecordState::Available;
    RecordState before = RecordState::Available;  // while a transition is stored: what it was
    std::int16_t delivery_count = 0, count_before = 0;
    std::int32_t member = -1;  // whose lock it is, in members()
    std::uint32_t transition = 0;
    sim::Instant lock_until = sim::kNever;
    bool terminal() const {
      return transition == 0 && (state == RecordState::Acknowledged || state == RecordState::Archived);
    }
    bool free() const {
      return (transition == 0 || sim::mutant("share-freed-before-stored")) && state == RecordState::Available;
    }
  };
  /// What is to be stored; `transition` 0: it holds already, whether it can be stored or not.
  struct Change {
    protocol::ErrorCode error = protocol::ErrorCode::NONE;
    std::uint32_t transition = 0;
    std::string member;                              // of expire(): whose locks they were
    std::vector<protocol::ShareStateBatch> batches;  // in offset order
  };

  SharePartition() = default;
  /// group.share.delivery.count.limit, group.share.partition.max.record.locks.
  SharePartition(std::int32_t delivery_count_limit, std::int32_t max_record_locks)
      : limit_(delivery_count_limit), max_locks_(max_record_locks) {}

  /// Begins with what the share coordinator has. Where it says nothing of a record before the last it knows, that one is available.
  void initialize(Offset start, std::int32_t state_epoch, const std::vector<protocol::ShareStateBatch>& stored);
  bool active() const { return active_; }
  std::int32_t state_epoch() const { return state_epoch_; }

  Offset start_offset() const { return start_; }
  /// Behind the last record that was ever handed out.
  Offset end_offset() const { return start_ + static_cast<std::int64_t>(window_.size()); }
  /// The first record that is free to be acquired, or the end.
  Offset next_fetch_offset() const;
  /// There is something free, or room for more.
  bool can_acquire() const {
    return next_fetch_offset() < end_offset() || static_cast<std::int64_t>(window_.size()) < max_locks_;
  }

  /// Locks what is free in these batches (read from next_fetch_offset() on), batch by batch until there are `max_records`, for `member`
  /// until then. What compaction has left nothing of between them is locked, too, for the member to say that it is a gap; what it has left
  /// nothing of before them is archived.
  std::vector<protocol::AcquiredRecords> acquire(const std::string& member,
                                                 const std::vector<protocol::StoredBatch>& batches,
                                                 std::int64_t max_records, sim::Instant lock_until);
  /// All of it or nothing: INVALID_REQUEST for what lies past all that was acquired, INVALID_RECORD_STATE if one of them is not locked for
  /// this member. Kafka: SharePartition.fetchSubMapForAcknowledgementBatch, acknowledgeBatchRecords.
  Change acknowledge(const std::string& member, const std::vector<protocol::AcknowledgementBatch>& batches);
  /// A session has ended: what it holds was never delivered, as far as anybody knows, and counts as not (KAFKA-16894's DeliveryCountOps).
  Change release_all(const std::string& member);
  /// Stored, or not: then it is as it was.
  void complete(std::uint32_t transition, bool stored);
  /// Locks of one member that are over by then; nothing: there are none left.
  Change expire(sim::Instant now);
  /// When the next lock ends; kNever: none.
  sim::Instant next_expiry() const;
  /// Nothing is being stored.
  bool settled() const;
  /// What lies below has left the log.
  void advance_to(Offset log_start);

  // ---- views
  const std::deque<Record>& window() const { return window_; }
  /// nullptr: outside the window.
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
  std::vector<std::string> members_;  // everybody who ever had a lock
  std::uint32_t next_transition_ = 1;
};

}  // namespace kafkascope::broker
