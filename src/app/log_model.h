// Builds the event log's rows, cause chains and record stories from the trace.
#pragma once
#include <string>

#include "scenario/session.h"
#include "ui/models.h"

namespace kafkascope::app {

class LogBuilder {
 public:
  /// Rows up to the session's moment.
  void follow(const scenario::Session& session);
  void restart() { *this = {}; }
  /// The chain of causes of an event.
  void select(std::uint64_t seq, const scenario::Session& session);
  /// The whole way of the record at an offset.
  void select_record(const std::string& partition, std::int64_t offset, scenario::Session& session);
  /// The records with that fate; `client`: of that producer alone, if not empty.
  void select_fate(const std::string& fate, const std::string& client, scenario::Session& session);
  /// A record that no leader's log has (lost_record.cpp).
  void select_sent(const std::string& client, std::uint32_t number, scenario::Session& session);
  /// What stood at an offset of that replica before it was cut off, or is to be: not what the leader has there.
  void select_cut(const std::string& partition, std::int64_t offset, const std::string& broker,
                  scenario::Session& session);
  /// For a hover card; keeps what is selected.
  void look_at(const std::string& partition, std::int64_t offset, const scenario::Session& session);
  /// The inspector is free for something else.
  void close_record();
  void clear();
  const ui::LogModel& model() const { return model_; }

 private:
  /// A record that stood at an offset and stands there no longer: what the trace knows of it, and why it went.
  void tell_of_lost(const std::string& partition, protocol::TopicPartition tp, std::int64_t offset,
                    const scenario::Session& session);
  /// Of a record, wherever it was: into record_story.
  void tell_way(std::int32_t client, std::uint32_t number, scenario::Session& session);
  std::uint64_t seen_ = 0;
  bool older_dropped_ = false;  // only the latest rows are kept
  ui::LogModel model_;
};

}  // namespace kafkascope::app
