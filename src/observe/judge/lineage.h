// Pairs of a record that a transform read and a record that it made from it. An input has one output for each time it
// was processed.
//
// A transform sends its outputs in the order in which it processed the inputs, each with its input's key
// (client/transform.h). A copy sent to a dead letter topic was not processed and has no input here.
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

/// A record, identified by its producer's node and its number among that producer's send() calls, from 0.
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
  /// In the order of the send() calls.
  std::vector<RecordName> outputs_of(RecordName input) const;

 private:
  struct Processed {
    protocol::BatchRef batch;
    int index = 0;
  };
  struct Made {
    RecordName output, input;
  };
  std::map<std::int32_t, std::deque<Processed>>
      waiting_;  // by transform: processed inputs whose outputs are not sent yet
  sim::AppendList<Made> made_;
};

}  // namespace kafkascope::observe
