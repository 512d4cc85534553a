#include "observe/time/divergence.h"

#include <algorithm>

#include "sim/fact.h"

namespace kafkascope::observe {

const std::string& DivergenceSearch::Names::node(const TraceNames& names, sim::NodeId node) {
  static const std::string kNobody;
  if (!node.valid()) return kNobody;
  const auto i = static_cast<std::size_t>(node.index);
  if (i >= nodes_.size()) nodes_.resize(i + 1);
  if (nodes_[i].empty()) nodes_[i] = names.node(node);
  return nodes_[i];
}

const std::string& DivergenceSearch::Names::topic(const TraceNames& names, std::int32_t topic) {
  static const std::string kNone;
  if (topic < 0) return kNone;
  const auto i = static_cast<std::size_t>(topic);
  if (i >= topics_.size()) topics_.resize(i + 1);
  // A topic whose creation is not committed yet has no name to cache.
  if (topics_[i].empty() || !names.knows_topic(topic)) topics_[i] = names.topic(topic);
  return topics_[i];
}

bool DivergenceSearch::same(const sim::TraceLine& a, const TraceNames& names_a, const sim::TraceLine& b,
                            const TraceNames& names_b) {
  return a.time == b.time && a.partition == b.partition && same_words(a, b) &&
         a_.node(names_a, a.node) == b_.node(names_b, b.node) &&
         a_.topic(names_a, a.topic) == b_.topic(names_b, b.topic);
}

bool DivergenceSearch::look(const TraceStore& a, const TraceNames& names_a, const TraceStore& b,
                            const TraceNames& names_b, std::size_t most) {
  const std::size_t both = std::min(a.size(), b.size());
  for (; !found_ && looked_at_ < both; ++looked_at_, --most) {
    if (most == 0) return false;
    if (!same(a[looked_at_], names_a, b[looked_at_], names_b)) found_ = looked_at_;
  }
  if (!found_ && looked_at_ <= both && a.size() != b.size()) found_ = both;
  return true;
}

}  // namespace kafkascope::observe
