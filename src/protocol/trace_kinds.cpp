#include "protocol/trace_kinds.h"

#include <array>

namespace kafkascope::protocol {

const TraceKindInfo& trace_kind_info(sim::TraceKind kind) {
  static constexpr TraceKindInfo kUnknown{"unknown", "a", "b", "c", "text"};
  static constexpr std::array<TraceKindInfo, sim::trace_kind::kFirstFree> kKernel{{
      {"message.delivered", "from", "api", "connection", ""},
      {"message.lost", "from", "api", "connection", ""},
      {"timer.fired", "timer", "argument", "", ""},
      {"disk.done", "operation", "argument", "", ""},
      {"connection.opened", "peer", "", "", ""},
      {"connection.lost", "peer", "reason", "", ""},
      {"node.started", "incarnation", "", "", ""},
      {"node.died", "how", "", "", ""},
      {"node.paused", "", "", "", ""},
      {"node.resumed", "", "", "", ""},
      {"command", "number", "", "", "command"},
      {"engine.fault", "", "", "", "what"},
  }};
  static constexpr TraceKindInfo kOurs[] = {
#define KAFKASCOPE_ROW(id, name, a, b, c, text) {name, a, b, c, text},
      KAFKASCOPE_TRACE_KINDS(KAFKASCOPE_ROW)
#undef KAFKASCOPE_ROW
  };
  if (kind < sim::trace_kind::kFirstFree) return kKernel[kind].name.empty() ? kUnknown : kKernel[kind];
  const auto index = static_cast<std::size_t>(kind - sim::trace_kind::kFirstFree);
  return index < std::size(kOurs) ? kOurs[index] : kUnknown;
}

}  // namespace kafkascope::protocol
