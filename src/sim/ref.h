// A shared pointer of one word to an immutable value, for types with millions of instances: the reference count is in
// the value itself, whereas std::shared_ptr has a second word in each pointer and a control block beside each value.
//
// Several threads may copy and drop references, each thread its own Ref objects.
#pragma once
#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#endif

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace kafkascope::sim {

/// Whether this process has never started a second thread. In that case counting need not be atomic, which is several
/// times faster.
inline bool is_single_threaded() {
#if __has_include(<sys/single_threaded.h>)
  return __libc_single_threaded != 0;
#else
  return false;
#endif
}

/// Base class of the values that a Ref can point to. A copy of the value is a separate value with its own count.
class Counted {
 public:
  Counted() = default;
  Counted(const Counted&) noexcept {}
  Counted& operator=(const Counted&) noexcept { return *this; }

 private:
  template <class T>
  friend class Ref;

  void add() const noexcept {
    if (is_single_threaded()) {
      references_.store(references_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    } else {
      references_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  /// Drops a reference; returns true if it was the last.
  bool drop() const noexcept {
    if (!is_single_threaded()) return references_.fetch_sub(1, std::memory_order_acq_rel) == 1;
    const std::uint32_t left = references_.load(std::memory_order_relaxed) - 1;
    references_.store(left, std::memory_order_relaxed);
    return left == 0;
  }

  mutable std::atomic<std::uint32_t> references_{0};
};

template <class T>
class Ref {
 public:
  Ref() = default;
  Ref(std::nullptr_t) {}
  /// Takes ownership of an object created with `new`.
  explicit Ref(T* made) noexcept : to_(made) { add(); }
  Ref(const Ref& o) noexcept : to_(o.to_) { add(); }
  Ref(Ref&& o) noexcept : to_(std::exchange(o.to_, nullptr)) {}
  Ref& operator=(Ref o) noexcept {
    std::swap(to_, o.to_);
    return *this;
  }
  ~Ref() {
    if (to_ != nullptr && to_->drop()) delete to_;
  }

  T* get() const { return to_; }
  T& operator*() const { return *to_; }
  T* operator->() const { return to_; }
  explicit operator bool() const { return to_ != nullptr; }
  friend bool operator==(const Ref&, const Ref&) = default;

 private:
  void add() {
    if (to_ != nullptr) to_->add();
  }
  T* to_ = nullptr;
};

template <class T, class... Args>
Ref<T> make_ref(Args&&... args) {
  return Ref<T>(new T(std::forward<Args>(args)...));
}

}  // namespace kafkascope::sim
