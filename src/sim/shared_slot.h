// A shared pointer that several threads may read and change: std::atomic<std::shared_ptr>, which not every standard
// library provides.
#pragma once
#include <memory>
#include <mutex>
#include <utility>

namespace kafkascope::sim {

template <class T>
class SharedSlot {
 public:
  std::shared_ptr<T> load() const {
    const std::lock_guard held(mutex_);
    return value_;
  }
  void store(std::shared_ptr<T> value) { exchange(std::move(value)); }
  std::shared_ptr<T> exchange(std::shared_ptr<T> value) {
    const std::lock_guard held(mutex_);
    value_.swap(value);
    return value;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<T> value_;
};

}  // namespace kafkascope::sim
