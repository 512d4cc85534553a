#include "sim/timeline.h"

#include "sim/facts_of_kernel.h"

namespace kafkascope::sim {
namespace {

std::uint64_t word(std::int64_t x) { return static_cast<std::uint64_t>(x); }
std::uint64_t pair_word(std::int64_t low, std::int64_t high) { return (word(low) & 0xffffffff) | word(high) << 32; }
std::int64_t kind_and_reason(const TraceLine& l) { return l.kind | LineParts::reason(l) << 16; }

}  // namespace

void Timeline::tell(NodeId node, std::uint64_t cause, TraceLine&& l) {
  l.seq = seq_;
  l.cause = cause;
  l.time = now_;
  l.node = node;
  observe(l, nullptr);
}

std::uint64_t Timeline::hash_and_tell(NodeId node, std::uint64_t cause, TraceLine&& l) {
  ++seq_;
  hash_.words(pair_word(kind_and_reason(l), node.index), cause, word(LineParts::number<0>(l)),
              word(LineParts::number<1>(l)), word(LineParts::number<2>(l)));
  // The text of a broken condition is for developers and may be reworded, so it is not hashed.
  if (const Text& text = LineParts::text(l); !text.empty() && l.kind != trace_kind::kEngineFault)
    hash_.put(text.view());
  if (watched_) tell(node, cause, std::move(l));
  return seq_;
}

void Timeline::emit(NodeId self, TraceLine& l, const void* subject) {
  l.seq = ++seq_;
  l.cause = cause_;
  l.time = now_;
  l.node = self;
  const std::string_view text = LineParts::text(l).view();
  hash_.words(pair_word(kind_and_reason(l), self.index), cause_, word(LineParts::number<0>(l)),
              word(LineParts::number<1>(l)), word(LineParts::number<2>(l)), pair_word(l.topic, l.partition),
              std::uint64_t{text.size()});
  if (!text.empty()) hash_.bytes(text.data(), text.size());
  cause_ = seq_;
  if (watched_) observe(l, subject);
}

void Timeline::fault(NodeId self, std::string_view what) {
  if (faulted()) return;
  fault_ = what.empty() ? "unnamed" : what;
  cause_ = line(self, cause_, fact::EngineFault{fault_});
}

}  // namespace kafkascope::sim
