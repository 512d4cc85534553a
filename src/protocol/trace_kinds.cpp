#include "protocol/trace_kinds.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "protocol/all_facts.h"

namespace kafkascope::protocol {

namespace {

constexpr std::size_t kKinds = [] {
  std::size_t most = 0;
  fact::AllFacts::for_each([&]<class F>() { most = std::max<std::size_t>(most, sim::kind_of<F>()); });
  return most + 1;
}();

/// Indexed by kind; a kind without a fact has no name.
constexpr std::array<sim::FactNames, kKinds> kNames = [] {
  std::array<sim::FactNames, kKinds> names{};
  fact::AllFacts::for_each([&]<class F>() {
    sim::FactNames& mine = names[sim::kind_of<F>()];
    if (!mine.name.empty()) throw std::logic_error("two facts of one kind");
    mine = sim::names_of<F>();
  });
  for (std::size_t i = sim::trace_kind::kFirstFree; i < kKinds; ++i)
    if (names[i].name.empty()) throw std::logic_error("a kind without a fact");
  return names;
}();

}  // namespace

const sim::FactNames& trace_kind_info(sim::TraceKind kind) {
  static constexpr sim::FactNames kUnknown{"unknown", {"a", "b", "c"}, {{{"text", false}}}, {}, {}};
  return kind < kKinds && !kNames[kind].name.empty() ? kNames[kind] : kUnknown;
}

}  // namespace kafkascope::protocol
