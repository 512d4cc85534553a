// A value over time according to the trace, with its value at any moment.
#pragma once
#include <algorithm>
#include <cstdint>
#include <iterator>
#include <type_traits>
#include <utility>
#include <vector>

namespace kafkascope::observe {

template <class T>
using Steps = std::vector<std::pair<std::int64_t, T>>;  // each value holds from its time (µs) on; ascending

/// `before`: the value before the first step.
template <class T>
T step_at(const Steps<T>& steps, std::int64_t us, std::type_identity_t<T> before) {
  const auto it =
      std::upper_bound(steps.begin(), steps.end(), us, [](std::int64_t t, const auto& step) { return t < step.first; });
  return it == steps.begin() ? before : std::prev(it)->second;
}

}  // namespace kafkascope::observe
