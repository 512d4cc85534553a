// Builds the event log's rows, cause chains and record stories from the trace.
#pragma once
#include <string>

#include "observe/why/why.h"
#include "scenario/session.h"
#include "ui/models.h"

namespace kafkascope::app {

class LogBuilder {
 public:
  /// Adds the rows up to the session's moment.
  void follow(const scenario::Session& session);
  void restart() { *this = {}; }
  /// Shows the chain of causes of an event.
  void select(std::uint64_t seq, scenario::Session& session);
  /// Shows the whole story of the record at an offset.
  void select_record(const std::string& partition, std::int64_t offset, scenario::Session& session);
  /// The records with that fate; `client`: only that producer's, if not empty.
  void select_fate(const std::string& fate, const std::string& client, const std::string& group,
                   scenario::Session& session);
  /// A record that is in no leader's log (lost_record.cpp).
  void select_sent(const std::string& client, std::uint32_t number, scenario::Session& session);
  /// The record at an offset of that replica's log, truncated or about to be: it differs from the leader's record
  /// there.
  void select_cut(const std::string& partition, std::int64_t offset, const std::string& broker,
                  scenario::Session& session);
  /// Answers "why?" (why_model.cpp) about the path or, if it is empty, the most important question about the target.
  /// `there`: the session is of another world or run, in these words; empty: it is the shown one. False: there is no
  /// such question.
  bool ask(std::string path, const std::string& target, scenario::Session& session, const ui::Words& there = {});
  /// Shows an answer about two worlds, which was made elsewhere. `target`: the questions about it are offered, too.
  void show(const observe::Answer& answer, const std::string& target, scenario::Session& session);
  void close_answer() { model_.why = {}; }
  /// The past has changed from there on: an answer given later, or a chain of causes that reaches beyond, is closed.
  void forget_from(sim::Instant at);
  /// Fetches the record for a hover card; keeps the selection.
  void look_at(const std::string& partition, std::int64_t offset, const scenario::Session& session);
  /// Frees the inspector for another object.
  void close_record();
  void show_terminal(const ui::TerminalModel& terminal) { model_.terminal = terminal; }
  /// Closes the answer; if none is open, or the card of a record is meant, that card. A chain of causes without an
  /// answer is closed with it. The list of the records of a fate stays: the answer may be about one of them.
  void close_topmost(bool record);
  const ui::LogModel& model() const { return model_; }

 private:
  /// A record that was removed from its offset: its history in the trace, and why it was lost.
  void tell_of_lost(const std::string& partition, protocol::TopicPartition tp, std::int64_t offset,
                    const scenario::Session& session);
  /// Adds the record's way through the cluster to record_story.
  void tell_way(std::int32_t client, std::uint32_t number, scenario::Session& session);
  std::uint64_t seen_ = 0;
  bool older_dropped_ = false;  // only the latest rows are kept
  ui::LogModel model_;
};

}  // namespace kafkascope::app
