// What the panels show of the trace besides lags: the records that each consumer received, in order; how many records
// the metadata log got in one write; and the records that a lesson's step points at.
#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "observe/model/snapshot.h"
#include "scenario/session.h"
#include "ui/models.h"

namespace kafkascope::app {

class RecentTrace {
 public:
  /// Processes the new lines of the session's trace.
  void follow(const scenario::Session& session);
  /// The past was changed: the trace is read again from the start.
  void restart() { *this = {}; }
  /// Fills ControllerWork::written.
  void fill(observe::Snapshot& snapshot, const scenario::Session& session) const;
  /// Fills LessonView::received for the consumers that the step points at.
  void fill(ui::LessonView& view, const scenario::Session& session) const;

 private:
  struct Delivery {
    std::int64_t us = 0;
    std::uint64_t seq = 0;  // of fact::RecordDelivered
  };
  struct MetadataWrite {
    std::int64_t us = 0, from = 0, records = 0;
  };

  std::uint64_t seen_ = 0;
  std::map<std::int32_t, std::vector<Delivery>> delivered_;  // by the client's node
  std::vector<MetadataWrite> writes_;
};

/// Fills LessonView::records and LessonView::keys. For a record that was deleted at the log's start, only that is said; other records that
/// are not in their leader's log are left out.
void fill_pointed_records(ui::LessonView& view, const scenario::Session& session);

}  // namespace kafkascope::app
