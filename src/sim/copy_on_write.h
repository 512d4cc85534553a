// A value behind a pointer: copies share it, and the first change after a copy makes a private one. So a checkpoint of
// ten thousand logs costs ten thousand reference counts, and only logs that are written to afterwards are copied.
//
// Several threads may make, read and drop copies, each thread through its own CopyOnWrite; only one thread at a time
// may change a CopyOnWrite.
#pragma once
#include <atomic>
#include <cstdint>
#include <utility>

namespace kafkascope::sim {

template <class T>
class CopyOnWrite {
 public:
  /// All instances that were never changed share one value, so that many seldom used instances cost a pointer each.
  CopyOnWrite() : shared_(untouched()) { shared_->references.fetch_add(1, std::memory_order_relaxed); }
  explicit CopyOnWrite(T value) : shared_(new Shared(std::move(value))) {}
  CopyOnWrite(const CopyOnWrite& o) noexcept : shared_(o.shared_) {
    shared_->references.fetch_add(1, std::memory_order_relaxed);
  }
  /// The moved-from object keeps sharing the value, so that it always has one.
  CopyOnWrite(CopyOnWrite&& o) noexcept : CopyOnWrite(std::as_const(o)) {}
  CopyOnWrite& operator=(CopyOnWrite o) noexcept {
    std::swap(shared_, o.shared_);
    return *this;
  }
  ~CopyOnWrite() { release(); }

  const T& operator*() const { return shared_->value; }
  const T* operator->() const { return &shared_->value; }
  /// Returns the value for modification; valid until the next copy of this object is made.
  T& change() {
    if (shared_->references.load(std::memory_order_acquire) != 1) make_own();
    return shared_->value;
  }
  /// Like change(), for a caller that knows that the value is not shared.
  T& own() { return shared_->value; }
  bool shares_with(const CopyOnWrite& o) const { return shared_ == o.shared_; }

 private:
  struct Shared {
    std::atomic<std::uint32_t> references{1};
    T value{};
    Shared() = default;
    explicit Shared(const T& v) : value(v) {}
    explicit Shared(T&& v) : value(std::move(v)) {}
  };
  static Shared* untouched() {
    static Shared* const shared = new Shared;  // the reference held by this pointer is never released, so change()
                                               // always copies the value
    return shared;
  }
  [[gnu::noinline]] void make_own() {  // separate from change(), which is inlined in many places
    Shared* own = new Shared(std::as_const(shared_->value));
    release();
    shared_ = own;
  }
  void release() {
    if (shared_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete shared_;
  }
  Shared* shared_;
};

}  // namespace kafkascope::sim
