// Trace lines as JSON Lines (docs/scenario-format.md, "Trace"), written as they are emitted, so that long runs need not keep them.
#pragma once
#include <deque>
#include <ostream>
#include <string>
#include <vector>

#include "observe/time/trace_store.h"

namespace kafkascope::observe {

/// Formats lines as JSON. It caches names, which never change.
class TraceFormat {
 public:
  /// Appends the line to `out`, without a newline.
  void append(std::string& out, const sim::TraceLine& line, const TraceNames& names);
  /// False: the line's topic has no name yet.
  bool can_name(const sim::TraceLine& line, const TraceNames& names);

 private:
  const std::string& node(sim::NodeId node, const TraceNames& names);
  void put_topic(std::string& out, protocol::TopicId topic, const TraceNames& names);
  std::vector<std::string> nodes_;   // in quotes; by index + 1; "": not cached yet
  std::vector<std::string> topics_;  // as in JSON, without quotes; "": not known yet
};

class TraceWriter {
 public:
  /// `out` must outlive the writer. Its state says whether writing succeeded.
  explicit TraceWriter(std::ostream& out) : out_(out) {}
  /// A line about a topic whose creation is not committed yet waits for the name, and all later lines wait with it.
  void add(const sim::TraceLine& line, const TraceNames& names);
  /// The run is over: lines that still wait are written with a number as the name.
  void finish(const TraceNames& names);

 private:
  void write(const sim::TraceLine& line, const TraceNames& names);
  std::ostream& out_;
  TraceFormat format_;
  std::string text_;  // not yet passed to the stream
  std::deque<sim::TraceLine> waiting_;
};

/// One line as JSON.
std::string trace_json(const sim::TraceLine& line, const TraceNames& names);

}  // namespace kafkascope::observe
