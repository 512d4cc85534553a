// The stored trace: lines in an append-only list, shared between checkpoints. Storing is optional; hashing is not. (Lines that are
// written to a file as they are emitted need not be stored: trace_writer.h.)
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "protocol/reasons.h"
#include "protocol/records.h"
#include "protocol/trace_kinds.h"
#include "sim/append_list.h"

namespace kafkascope::observe {

/// Names of node indices and topic ids, for writing lines.
class TraceNames {
 public:
  virtual ~TraceNames() = default;
  virtual std::string node(sim::NodeId node) const = 0;  // "" for the world
  virtual std::string topic(protocol::TopicId topic) const = 0;
  /// False: the topic's creation is not committed yet, and topic() returns a number instead.
  virtual bool knows_topic(protocol::TopicId topic) const = 0;
  /// Facts about the member in a group's line that the line itself lacks (MemberLines).
  virtual bool has_epochs(const sim::TraceLine&) const { return false; }
  virtual bool by_poll_timeout(const sim::TraceLine&) const { return false; }
  /// "session.timeout.ms=45000": the time-out that was over at the line; "": none, or not known.
  virtual std::string limit_behind(const sim::TraceLine&) const { return {}; }
  /// The servers' value of a setting that a reason names; "": not known.
  virtual std::string server_setting(std::string_view) const { return {}; }
};

/// The batch that a line log.append or log.replicate wrote.
struct WrittenBatch {
  std::uint64_t seq = 0;
  protocol::BatchRef batch;
};

/// The batch from which a line record.delivered or record.processed took its records, and the batch's place in the log
/// at that time.
struct HandedBatch {
  std::uint64_t seq = 0;
  protocol::BatchRef batch;
  protocol::Offset base_offset;
};

class TraceStore {
 public:
  void add(const sim::TraceLine& line) {
    if (on_) lines_.push_back(line);
  }
  void add_written(std::uint64_t seq, const protocol::RecordBatch& batch) {
    if (on_) written_.push_back({seq, protocol::BatchRef(&batch)});
  }
  void add_handed(std::uint64_t seq, const protocol::RecordBatch& batch, protocol::Offset base_offset) {
    if (on_) handed_.push_back({seq, protocol::BatchRef(&batch), base_offset});
  }
  /// In the order of writing.
  const sim::AppendList<WrittenBatch>& written() const { return written_; }
  void store(bool on) { on_ = on; }
  bool storing() const { return on_; }
  std::size_t size() const { return lines_.size(); }
  const sim::TraceLine& operator[](std::size_t i) const { return lines_[i]; }
  /// The index of the first line with that seq or a later one; size() if there is none.
  std::size_t first_from(std::uint64_t seq) const;
  /// The index of the first line at that time or later; size() if there is none.
  std::size_t first_at(sim::Instant time) const;
  /// The line with that seq; nullptr if it was not stored.
  const sim::TraceLine* find(std::uint64_t seq) const;
  /// The batch that the line with that seq wrote; nullptr: it wrote none.
  const protocol::RecordBatch* batch_at(std::uint64_t seq) const;
  /// A record as a client got it.
  struct Handed {
    protocol::Offset offset;
    std::int32_t client = -1;  // its producer's node
    std::uint32_t number = 0;
  };
  /// The records that the line with that seq handed to an application, that it has processed, or that failed.
  std::vector<Handed> handed_at(std::uint64_t seq) const;
  /// The chain of causes from the origin to the line: oldest first.
  std::vector<const sim::TraceLine*> chain(std::uint64_t seq) const;

 private:
  bool on_ = false;
  sim::AppendList<sim::TraceLine> lines_;
  sim::AppendList<WrittenBatch> written_;
  sim::AppendList<HandedBatch> handed_;
};

}  // namespace kafkascope::observe
