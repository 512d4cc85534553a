// What a recording of a real cluster (tests/oracle/transactions) and a run of the engine show of the same scenario, as lines to compare.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "sim/time.h"

namespace kafkascope::scenario {
class Session;
}

namespace kafkascope::real_runs {

using Lines = std::vector<std::string>;
/// "state tx-1", "offsets orders-0", "read rc orders-0", "answer 04 …" → what was seen of it, in order.
using Seen = std::map<std::string, Lines>;

/// What a person does besides the file's steps, at a time of the run.
class ByHand {
 public:
  virtual ~ByHand() = default;
  /// When the next act is due; kNever: there is none.
  virtual sim::Instant due() const = 0;
  virtual void act(scenario::Session& session, Seen& seen) = 0;
  /// After every event.
  virtual void look(const scenario::Session& session, Seen& seen) = 0;
};

Seen recorded(const std::string& path);
/// `by_hand`: may be nullptr.
Seen run(const std::string& scenario, const std::string& variant, ByHand* by_hand);
std::string text_at(const std::string& path);

}  // namespace kafkascope::real_runs
