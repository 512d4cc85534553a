// A shared pointer of one word to what does not change any more, for what there are millions of: the count of references lies in the
// value itself, where std::shared_ptr has a word more in each pointer and a block beside each value.
//
// References may be copied and dropped by several threads, each its own.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace kafkascope::sim {

/// Base of what a Ref points to. A copy of the value is another value, with a count of its own.
class Counted {
 public:
  Counted() = default;
  Counted(const Counted&) noexcept {}
  Counted& operator=(const Counted&) noexcept { return *this; }

 private:
  template <class T>
  friend class Ref;
  mutable std::atomic<std::uint32_t> references_{0};
};

template <class T>
class Ref {
 public:
  Ref() = default;
  Ref(std::nullptr_t) {}
  /// Takes what `new` has made.
  explicit Ref(T* made) noexcept : to_(made) { add(); }
  Ref(const Ref& o) noexcept : to_(o.to_) { add(); }
  Ref(Ref&& o) noexcept : to_(std::exchange(o.to_, nullptr)) {}
  Ref& operator=(Ref o) noexcept {
    std::swap(to_, o.to_);
    return *this;
  }
  ~Ref() {
    if (to_ != nullptr && to_->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete to_;
  }

  T* get() const { return to_; }
  T& operator*() const { return *to_; }
  T* operator->() const { return to_; }
  explicit operator bool() const { return to_ != nullptr; }
  friend bool operator==(const Ref&, const Ref&) = default;

 private:
  void add() {
    if (to_ != nullptr) to_->references_.fetch_add(1, std::memory_order_relaxed);
  }
  T* to_ = nullptr;
};

template <class T, class... Args>
Ref<T> make_ref(Args&&... args) {
  return Ref<T>(new T(std::forward<Args>(args)...));
}

}  // namespace kafkascope::sim
