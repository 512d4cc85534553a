// A forward iterator over anything with operator[](i), for begin() and end() of our own containers.
#pragma once
#include <cstddef>
#include <iterator>
#include <type_traits>

namespace kafkascope::sim {

template <class Container>
class IndexIterator {
 public:
  using reference = decltype(std::declval<const Container&>()[0]);  // a reference, or a view by value
  using value_type = std::remove_cvref_t<reference>;
  using iterator_category =
      std::conditional_t<std::is_reference_v<reference>, std::forward_iterator_tag, std::input_iterator_tag>;
  using difference_type = std::ptrdiff_t;
  using pointer = std::conditional_t<std::is_reference_v<reference>, const value_type*, void>;
  IndexIterator() = default;
  IndexIterator(const Container* of, std::size_t i) : of_(of), i_(i) {}
  reference operator*() const { return (*of_)[i_]; }
  pointer operator->() const requires std::is_reference_v<reference> { return &(*of_)[i_]; }
  IndexIterator& operator++() {
    ++i_;
    return *this;
  }
  IndexIterator operator++(int) { return {of_, i_++}; }
  friend bool operator==(const IndexIterator& a, const IndexIterator& b) { return a.i_ == b.i_; }

 private:
  const Container* of_ = nullptr;
  std::size_t i_ = 0;
};

}  // namespace kafkascope::sim
