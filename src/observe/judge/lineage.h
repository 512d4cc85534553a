// Which record a transform made from which record that it had read: an input has one output for each time that it was processed.
//
// A transform hands to send what it has processed, in that order, each with its input's key (client/transform.h). A copy that goes to a dead letter topic
// was not processed, and has no input here.
#pragma once
#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "protocol/records.h"
#include "protocol/trace_kinds.h"
#include "sim/append_list.h"

namespace kafkascope::observe {

/// A record by its producer: the node, and the how-manieth it handed to send, from 0.
struct RecordName {
  std::int32_t client = -1;
  std::uint32_t number = 0;
  friend auto operator<=>(const RecordName&, const RecordName&) = default;
};

class Lineage {
 public:
  /// A client that reads and writes.
  void add_transform(std::int32_t node) { waiting_[node]; }
  void on_trace(const sim::TraceLine& line, const protocol::TraceSubject* subject);

  /// nullopt: it was not made by a transform, or its input has no producer that the run knows.
  std::optional<RecordName> input_of(RecordName output) const;
  /// In the order in which they were handed to send.
  std::vector<RecordName> outputs_of(RecordName input) const;

 private:
  struct Processed {
    protocol::BatchRef batch;
    int index = 0;
  };
  struct Made {
    RecordName output, input;
  };
  std::map<std::int32_t, std::deque<Processed>> waiting_;  // by transform: processed, and not yet handed to send
  sim::AppendList<Made> made_;
};

}  // namespace kafkascope::observe
