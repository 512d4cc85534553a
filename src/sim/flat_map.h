// FlatMap: a std::map for few entries with frequent lookups, in one sorted vector. Inserting and erasing move the
// entries after the position, so both invalidate references and iterators, unlike in a std::map.
#pragma once
#include <algorithm>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <type_traits>
#include <utility>
#include <vector>

namespace kafkascope::sim {

/// The distance between two keys if no key between them is missing; types other than integers provide an overload, or a
/// plain binary search is used.
template <std::integral K>
constexpr std::size_t steps_between(K from, K to) {
  return static_cast<std::size_t>(to) - static_cast<std::size_t>(from);
}

/// Searches a range sorted by `key_of`; returns `end` if the key is absent.
template <std::random_access_iterator It, class Q, class KeyOf>
It find_sorted(It begin, It end, const Q& key, KeyOf key_of) {
  using K = std::remove_cvref_t<std::invoke_result_t<KeyOf, std::iter_reference_t<It>>>;
  if (begin == end) return end;
  if constexpr (requires(const K& k) {
                  steps_between(k, k);
                }) {  // most maps have no gaps between keys, at least near the end
    const auto size = static_cast<std::size_t>(end - begin);
    const std::size_t guess = size - 1 - steps_between(static_cast<K>(key), key_of(*std::prev(end)));
    if (guess < size) {
      const It at = begin + static_cast<std::iter_difference_t<It>>(guess);
      if (key_of(*at) == key) return at;
    }
  }
  const It at = std::lower_bound(begin, end, key, [&](const auto& e, const Q& k) { return key_of(e) < k; });
  return at != end && key_of(*at) == key ? at : end;
}

template <class K, class V>
class FlatMap {
 public:
  using value_type = std::pair<K, V>;
  using iterator = typename std::vector<value_type>::iterator;
  using const_iterator = typename std::vector<value_type>::const_iterator;

  iterator begin() { return entries_.begin(); }
  iterator end() { return entries_.end(); }
  const_iterator begin() const { return entries_.begin(); }
  const_iterator end() const { return entries_.end(); }
  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  void clear() { entries_.clear(); }

  template <class Q>
  iterator lower_bound(const Q& key) {
    return std::lower_bound(begin(), end(), key, [](const value_type& e, const Q& k) { return e.first < k; });
  }
  template <class Q>
  const_iterator lower_bound(const Q& key) const {
    return std::lower_bound(begin(), end(), key, [](const value_type& e, const Q& k) { return e.first < k; });
  }
  template <class Q>
  iterator find(const Q& key) {
    return begin() + (std::as_const(*this).find(key) - std::as_const(*this).begin());
  }
  template <class Q>
  const_iterator find(const Q& key) const {
    if (size() <= kFew) return std::find_if(begin(), end(), [&](const value_type& e) { return e.first == key; });
    return find_sorted(begin(), end(), key, [](const value_type& e) -> const K& { return e.first; });
  }
  template <class Q>
  bool contains(const Q& key) const {
    return find(key) != end();
  }

  V& operator[](const K& key) {
    const iterator at = find(key);
    return at != end() ? at->second : try_emplace(key).first->second;
  }
  /// Does nothing if the key is present.
  template <class... Args>
  std::pair<iterator, bool> try_emplace(const K& key, Args&&... args) {
    const iterator at = lower_bound(key);
    if (at != end() && at->first == key) return {at, false};
    return {entries_.emplace(at, key, V(std::forward<Args>(args)...)), true};
  }
  iterator erase(const_iterator at) { return entries_.erase(at); }
  template <class Q>
  std::size_t erase_key(const Q& key) {
    const iterator at = find(key);
    if (at == end()) return 0;
    entries_.erase(at);
    return 1;
  }

 private:
  static constexpr std::size_t kFew = 4;  // a linear scan is fastest for so few entries
  std::vector<value_type> entries_;
};

}  // namespace kafkascope::sim
