#include "sim/fact.h"

#include <stdexcept>
#include <string>

namespace kafkascope::sim {

void detail::refuse_kind(TraceKind kind, std::string_view wanted) {
  throw std::logic_error("a trace line of kind " + std::to_string(kind) + " was read as " + std::string(wanted));
}

bool same_words(const TraceLine& a, const TraceLine& b) {
  return a.kind == b.kind && LineParts::number<0>(a) == LineParts::number<0>(b) &&
         LineParts::number<1>(a) == LineParts::number<1>(b) && LineParts::number<2>(a) == LineParts::number<2>(b) &&
         LineParts::text(a) == LineParts::text(b);
}

}  // namespace kafkascope::sim
