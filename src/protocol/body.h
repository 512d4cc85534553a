// A request or response of any kind, like a std::variant that does not name its kinds. Code that sends or reads a
// message includes the header that declares it, so a new kind of message does not affect other code. all_messages.h has
// the list.
#pragma once
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>
#include <variant>

#include "protocol/message_kind.h"

namespace kafkascope::protocol {

class Body {
 public:
  /// Room for the largest kind of message.
  static constexpr std::size_t kBytes = 304, kAlignment = 8;

  /// An empty ProduceRequest.
  Body();
  template <class T>
  requires(kKind<T> >= 0) Body(T value) : index_(static_cast<std::uint8_t>(kKind<T>)) {
    // NOLINTNEXTLINE(misc-redundant-expression): the largest kind has just that size
    static_assert(sizeof(T) <= kBytes && alignof(T) <= kAlignment, "a larger kind of message: raise kBytes");
    ::new (static_cast<void*>(storage_)) T(std::move(value));
  }
  Body(const Body& other);
  Body(Body&& other) noexcept;
  Body& operator=(const Body& other);
  Body& operator=(Body&& other) noexcept;
  ~Body();

  /// The kKind of the stored message.
  std::size_t index() const { return index_; }
  void* data() { return storage_; }
  const void* data() const { return storage_; }

 private:
  std::uint8_t index_;
  alignas(kAlignment) std::byte storage_[kBytes];
};

template <class T>
bool holds_alternative(const Body& body) {
  static_assert(kKind<T> >= 0);
  return body.index() == static_cast<std::size_t>(kKind<T>);
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

}  // namespace kafkascope::protocol
