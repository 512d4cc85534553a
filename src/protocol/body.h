// A request or response of any kind, like a std::variant. (A std::variant's copying, moving and destruction are
// compiled in every file that includes it; with so many types this took half of every build.)
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "protocol/apis.h"
#include "protocol/messages_admin.h"
#include "protocol/messages_consumer_group.h"
#include "protocol/messages_contrast.h"
#include "protocol/messages_control.h"
#include "protocol/messages_data.h"
#include "protocol/messages_group.h"
#include "protocol/messages_quorum.h"
#include "protocol/messages_share.h"
#include "protocol/messages_share_admin.h"
#include "protocol/messages_transaction.h"
#include "protocol/messages_zookeeper.h"

namespace kafkascope::protocol {

template <class... Kinds>
struct KindList {
  static constexpr std::size_t kCount = sizeof...(Kinds);
  static constexpr std::size_t kBytes = std::max({sizeof(Kinds)...});
  static constexpr std::size_t kAlignment = std::max({alignof(Kinds)...});

  /// The index of T among the kinds; -1 if T is not a kind.
  template <class T>
  static constexpr int index_of() {
    int index = -1, i = 0;
    ((std::is_same_v<T, Kinds> ? void(index = i++) : void(i++)), ...);
    return index;
  }
  template <std::size_t kIndex>
  using At = std::tuple_element_t<kIndex, std::tuple<std::type_identity<Kinds>...>>;
  /// The kind that follows a request. Of a response: the response itself.
  template <class Request>
  using ResponseOf = typename At<static_cast<std::size_t>(index_of<Request>()) | 1>::type;
};

/// Requests precede their responses, pair by pair, in the order of apis.h.
#define KAFKASCOPE_ROW(name, number, request, response, newer, older) , request, response
#define KAFKASCOPE_MORE(name, request, response) , request, response
template <class, class... Kinds>
using KindListWithoutFirst = KindList<Kinds...>;
using BodyKinds = KindListWithoutFirst<void KAFKASCOPE_APIS(KAFKASCOPE_ROW, KAFKASCOPE_MORE)>;
#undef KAFKASCOPE_ROW
#undef KAFKASCOPE_MORE

class Body {
 public:
  /// An empty ProduceRequest.
  Body() : Body(ProduceRequest{}) {}
  template <class T>
  requires(BodyKinds::index_of<T>() >= 0) Body(T value) : index_(static_cast<std::uint8_t>(BodyKinds::index_of<T>())) {
    ::new (static_cast<void*>(storage_)) T(std::move(value));
  }
  Body(const Body& other);
  Body(Body&& other) noexcept;
  Body& operator=(const Body& other);
  Body& operator=(Body&& other) noexcept;
  ~Body();

  std::size_t index() const { return index_; }
  void* data() { return storage_; }
  const void* data() const { return storage_; }

 private:
  std::uint8_t index_;
  alignas(BodyKinds::kAlignment) std::byte storage_[BodyKinds::kBytes];
};

template <class T>
bool holds_alternative(const Body& body) {
  static_assert(BodyKinds::index_of<T>() >= 0);
  return body.index() == static_cast<std::size_t>(BodyKinds::index_of<T>());
}
/// nullptr if the body is of another kind.
template <class T>
T* get_if(Body* body) {
  return holds_alternative<T>(*body) ? static_cast<T*>(body->data()) : nullptr;
}
template <class T>
const T* get_if(const Body* body) {
  return holds_alternative<T>(*body) ? static_cast<const T*>(body->data()) : nullptr;
}
/// Throws std::bad_variant_access if the body is of another kind.
template <class T>
T& get(Body& body) {
  if (T* is = get_if<T>(&body)) return *is;
  throw std::bad_variant_access();
}
template <class T>
const T& get(const Body& body) {
  if (const T* is = get_if<T>(&body)) return *is;
  throw std::bad_variant_access();
}

template <class T, class Result, class F, class Data>
Result call_with(F& f, Data* data) {
  return f(*static_cast<std::conditional_t<std::is_const_v<Data>, const T, T>*>(data));
}
template <class F, class Data, class... Kinds>
decltype(auto) visit_kind(F& f, std::size_t index, Data* data, KindList<Kinds...>) {
  using First = std::conditional_t<std::is_const_v<Data>, const ProduceRequest, ProduceRequest>;
  using Result = std::invoke_result_t<F&, First&>;
  using Call = Result (*)(F&, Data*);
  static constexpr Call kCalls[] = {call_with<Kinds, Result, F, Data>...};
  return kCalls[index](f, data);
}
/// Calls f with the request or response as its own type; all overloads of f must return the same type.
template <class F>
decltype(auto) visit(F&& f, const Body& body) {
  return visit_kind(f, body.index(), body.data(), BodyKinds{});
}
template <class F>
decltype(auto) visit(F&& f, Body& body) {
  return visit_kind(f, body.index(), body.data(), BodyKinds{});
}

}  // namespace kafkascope::protocol
