// Calls a function with a body's message as its own type, for code that handles many kinds alike (kafka_messages.h,
// all_messages.h).
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>

#include "protocol/body.h"

namespace kafkascope::protocol {

template <class... Messages>
struct MessageList {
  using First = std::tuple_element_t<0, std::tuple<Messages...>>;
  static constexpr std::size_t kEnd = static_cast<std::size_t>(std::max({kKind<Messages>...})) + 1;
  /// Whether the list has every kind from 0 on.
  static constexpr bool kWhole = sizeof...(Messages) == kEnd;

  template <class F, class Data>
  static decltype(auto) visit(F& f, std::size_t index, Data* data) {
    using Result = std::invoke_result_t<F&, std::conditional_t<std::is_const_v<Data>, const First, First>&>;
    using Call = Result (*)(F&, Data*);
    static constexpr std::array<Call, kEnd> kCalls = [] {
      std::array<Call, kEnd> calls{};
      ((calls[static_cast<std::size_t>(kKind<Messages>)] = call<Messages, Result, F, Data>), ...);
      return calls;
    }();
    if constexpr (!kWhole)
      if (index >= kEnd || kCalls[index] == nullptr) return Result();
    return kCalls[index](f, data);
  }

 private:
  template <class T, class Result, class F, class Data>
  static Result call(F& f, Data* data) {
    return f(*static_cast<std::conditional_t<std::is_const_v<Data>, const T, T>*>(data));
  }
};

}  // namespace kafkascope::protocol
