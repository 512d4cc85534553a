// Trace lines as JSON Lines (docs/scenario-format.md, "Trace"), written while they are emitted: what a long run need not keep.
#pragma once
#include <deque>
#include <ostream>
#include <string>
#include <vector>

#include "observe/trace_store.h"

namespace kafkascope::observe {

/// Puts lines into words of JSON. It remembers names, which never change.
class TraceFormat {
 public:
  /// The line without the newline, behind what is in `out`.
  void append(std::string& out, const sim::TraceLine& line, const TraceNames& names);
  /// False: its topic has no name yet.
  bool can_name(const sim::TraceLine& line, const TraceNames& names);

 private:
  const std::string& node(sim::NodeId node, const TraceNames& names);
  void put_topic(std::string& out, protocol::TopicId topic, const TraceNames& names);
  std::vector<std::string> nodes_;   // in quotes; by index + 1; "": not asked yet
  std::vector<std::string> topics_;  // as in JSON, without quotes; "": not known yet
};

class TraceWriter {
 public:
  /// `out` outlives it. Whether writing went well, the stream says.
  explicit TraceWriter(std::ostream& out) : out_(out) {}
  /// A line about a topic whose creation is not committed yet waits for the name, and with it those behind it.
  void add(const sim::TraceLine& line, const TraceNames& names);
  /// The run is over: what still waits goes with a number for a name.
  void finish(const TraceNames& names);

 private:
  void write(const sim::TraceLine& line, const TraceNames& names);
  std::ostream& out_;
  TraceFormat format_;
  std::string text_;  // not yet given to the stream
  std::deque<sim::TraceLine> waiting_;
};

/// One line by itself.
std::string trace_json(const sim::TraceLine& line, const TraceNames& names);

}  // namespace kafkascope::observe
