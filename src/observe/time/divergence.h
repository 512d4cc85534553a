// Where two runs diverge: the first line of their traces that differs.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "observe/time/trace_store.h"

namespace kafkascope::observe {

/// Compares two traces that grow, each line once. Nodes and topics are compared by name: another metadata mode numbers them differently.
class DivergenceSearch {
 public:
  /// Looks at up to `most` further lines. Returns false if there are more to look at. Both runs are at the same moment,
  /// so a line that only one of them has is a difference.
  bool look(const TraceStore& a, const TraceNames& names_a, const TraceStore& b, const TraceNames& names_b,
            std::size_t most = ~std::size_t{0});
  /// The index of the first line that differs, which one of the traces may lack; nullopt: none so far.
  std::optional<std::size_t> found() const { return found_; }

 private:
  /// Names by index, each looked up once.
  class Names {
   public:
    const std::string& node(const TraceNames& names, sim::NodeId node);
    const std::string& topic(const TraceNames& names, std::int32_t topic);

   private:
    std::vector<std::string> nodes_, topics_;
  };
  bool same(const sim::TraceLine& a, const TraceNames& names_a, const sim::TraceLine& b, const TraceNames& names_b);

  Names a_, b_;
  std::size_t looked_at_ = 0;
  std::optional<std::size_t> found_;
};

}  // namespace kafkascope::observe
