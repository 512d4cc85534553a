// Requests that wait for another coordinator's answer.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace kafkascope::coordinator {

template <class Call>
class WaitingCalls {
 public:
  /// A number that no other call has had, not even in an earlier process.
  std::uint64_t next_number() { return next_++; }
  void add(std::uint64_t number, Call call) { waiting_.emplace(number, std::move(call)); }
  /// nullptr: no such call, or it does not wait any more.
  Call* find(std::uint64_t number) {
    const auto it = waiting_.find(number);
    return it == waiting_.end() ? nullptr : &it->second;
  }
  /// Returns the call, which waits no longer.
  std::optional<Call> take(std::uint64_t number) {
    auto found = waiting_.extract(number);
    return found.empty() ? std::nullopt : std::optional<Call>(std::move(found.mapped()));
  }
  std::size_t size() const { return waiting_.size(); }
  void on_death() { waiting_.clear(); }

 private:
  std::map<std::uint64_t, Call> waiting_;
  std::uint64_t next_ = 1;
};

}  // namespace kafkascope::coordinator
