// AppendList: a persistent, append-only list of runs (block, length). docs/architecture.md, "The rules that keep it deterministic".
//
// Copies share blocks. A slot of a block is written once, by the list that claims it, and only lists copied from that
// list can see it. Several threads may copy a const list at once, because copying changes nothing: the first list that
// appends at the end of a shared tail gets the slot; the others find it taken and open a new block. The same holds
// after truncate_to(): the slots cut off stay taken, so no element that another list can see is overwritten.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace kafkascope::sim {

/// Chunk: number of elements in a full-size block. A list's next block has a third to two thirds of the list's current
/// size, at least 4 elements, so that many short lists stay small.
template <class T, std::uint32_t Chunk = 128>
class AppendList {
  static_assert(std::is_nothrow_move_constructible_v<T>, "a claimed slot must be filled");

  struct Block {
    std::atomic<std::uint32_t> references{1};
    std::atomic<std::uint32_t> taken{0};  // claimed slots; only grows
    std::uint32_t capacity = 0;
    T* items() { return reinterpret_cast<T*>(reinterpret_cast<std::byte*>(this) + kOffset); }
  };
  static constexpr std::size_t kAlign = std::max(alignof(T), alignof(Block));
  static constexpr std::size_t kOffset = (sizeof(Block) + alignof(T) - 1) / alignof(T) * alignof(T);

  class BlockRef {
   public:
    BlockRef() = default;
    explicit BlockRef(std::uint32_t capacity) {
      void* memory = ::operator new (kOffset + sizeof(T) * capacity, std::align_val_t{kAlign});
      block_ = new (memory) Block;
      block_->capacity = capacity;
    }
    BlockRef(const BlockRef& o) noexcept : block_(o.block_) {
      if (block_ != nullptr) block_->references.fetch_add(1, std::memory_order_relaxed);
    }
    BlockRef(BlockRef&& o) noexcept : block_(std::exchange(o.block_, nullptr)) {}
    BlockRef& operator=(BlockRef o) noexcept {
      std::swap(block_, o.block_);
      return *this;
    }
    ~BlockRef() {
      if (block_ == nullptr || block_->references.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
      std::destroy_n(block_->items(), block_->taken.load(std::memory_order_relaxed));
      block_->~Block();
      ::operator delete (block_, std::align_val_t{kAlign});
    }
    Block* operator->() const { return block_; }
    explicit operator bool() const { return block_ != nullptr; }

   private:
    Block* block_ = nullptr;
  };

  struct Run {
    BlockRef block;
    std::size_t start = 0;     // index of the run's first element in the list
    std::uint32_t offset = 0;  // position of that element in the block
  };
  static constexpr std::size_t kPage = 64;  // number of runs in a shared page: a copy of a long list costs runs / 64
  using Page = std::array<Run, kPage>;

 public:
  using value_type = T;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  const T& operator[](std::size_t i) const {
    if (i >= tail_.start && tail_.block) return tail_.block->items()[tail_.offset + (i - tail_.start)];
    const Run& r = run(find(i));
    return r.block->items()[r.offset + (i - r.start)];
  }
  const T& front() const { return (*this)[0]; }
  const T& back() const { return (*this)[size_ - 1]; }

  void push_back(const T& value) { append(value); }
  void push_back(T&& value) { append(std::move(value)); }

  /// Cuts the list to its first n elements; n <= size().
  void truncate_to(std::size_t n) {
    if (n >= size_) return;
    size_ = n;
    while (tail_.block && tail_.start >= n) close_tail();
  }
  void clear() { *this = AppendList(); }
  /// Elements below n are not read any more: frees, page by page, the memory that only they need. Indexes do not
  /// change.
  void forget_below(std::size_t n) {
    std::size_t gone = 0;
    while (gone < pages_.size() && end_of_page(gone) <= n) ++gone;
    pages_.erase(pages_.begin(), pages_.begin() + static_cast<std::ptrdiff_t>(gone));
  }
  /// Index of the first element kept in memory; 0 unless forget_below() has freed some.
  std::size_t first_kept() const { return closed() > 0 ? run(0).start : tail_.start; }

  class const_iterator {
   public:
    using iterator_category = std::random_access_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = const T*;
    using reference = const T&;
    const_iterator() = default;
    const_iterator(const AppendList* list, std::size_t i) : list_(list), i_(i) {}
    reference operator*() const {
      if (i_ < low_ || i_ >= high_) list_->span(i_, data_, low_, high_);
      return data_[i_ - low_];
    }
    pointer operator->() const { return &**this; }
    reference operator[](difference_type n) const { return *(*this + n); }
    const_iterator& operator++() { return ++i_, *this; }
    const_iterator operator++(int) {
      auto old = *this;
      return ++i_, old;
    }
    const_iterator& operator--() { return --i_, *this; }
    const_iterator operator--(int) {
      auto old = *this;
      return --i_, old;
    }
    const_iterator& operator+=(difference_type n) { return i_ += static_cast<std::size_t>(n), *this; }
    const_iterator& operator-=(difference_type n) { return i_ -= static_cast<std::size_t>(n), *this; }
    friend const_iterator operator+(const_iterator a, difference_type n) { return a += n; }
    friend const_iterator operator+(difference_type n, const_iterator a) { return a += n; }
    friend const_iterator operator-(const_iterator a, difference_type n) { return a -= n; }
    friend difference_type operator-(const const_iterator& a, const const_iterator& b) {
      return static_cast<difference_type>(a.i_) - static_cast<difference_type>(b.i_);
    }
    friend bool operator==(const const_iterator& a, const const_iterator& b) { return a.i_ == b.i_; }
    friend auto operator<=>(const const_iterator& a, const const_iterator& b) { return a.i_ <=> b.i_; }

   private:
    const AppendList* list_ = nullptr;
    std::size_t i_ = 0;
    mutable const T* data_ = nullptr;  // the run that was read last, with elements [low_, high_)
    mutable std::size_t low_ = 1, high_ = 0;
  };
  const_iterator begin() const { return {this, 0}; }
  const_iterator end() const { return {this, size_}; }

 private:
  /// If only this list uses a block, no other list can claim a slot concurrently.
  template <class U>
  void append(U&& value) {
    if (tail_.block && tail_.block->references.load(std::memory_order_acquire) == 1) {
      const std::uint32_t at = next_slot();
      if (at != tail_.block->capacity && tail_.block->taken.load(std::memory_order_relaxed) == at) {
        new (tail_.block->items() + at) T(std::forward<U>(value));
        tail_.block->taken.store(at + 1, std::memory_order_relaxed);
        ++size_;
        return;
      }
    }
    append_claiming(T(std::forward<U>(value)));
  }
  void append_claiming(T&& value) {
    std::uint32_t at = 0;
    if (tail_.block) {
      at = next_slot();
      std::uint32_t expected = at;
      if (at == tail_.block->capacity ||
          !tail_.block->taken.compare_exchange_strong(expected, at + 1, std::memory_order_relaxed)) {
        open_block();
        at = 0;
      }
    } else {
      open_block();
    }
    new (tail_.block->items() + at) T(std::move(value));
    ++size_;
  }
  /// The position of the slot after the last element, in the tail's block.
  std::uint32_t next_slot() const { return tail_.offset + static_cast<std::uint32_t>(size_ - tail_.start); }
  /// Closed runs (all but the tail) are numbered first through pages_, then through recent_.
  std::size_t closed() const { return pages_.size() * kPage + recent_.size(); }
  const Run& run(std::size_t k) const {
    return k < pages_.size() * kPage ? (*pages_[k / kPage])[k % kPage] : recent_[k - pages_.size() * kPage];
  }
  std::size_t end_of_page(std::size_t page) const {
    const std::size_t next = (page + 1) * kPage;
    return next < closed() ? run(next).start : tail_.start;
  }
  /// The closed run that holds element i.
  std::size_t find(std::size_t i) const {
    std::size_t low = 0, high = closed();
    while (high - low > 1) {
      const std::size_t middle = (low + high) / 2;
      (run(middle).start <= i ? low : high) = middle;
    }
    return low;
  }
  void span(std::size_t i, const T*& data, std::size_t& low, std::size_t& high) const {
    const bool in_tail = i >= tail_.start;
    const std::size_t k = in_tail ? closed() : find(i);
    const Run& r = in_tail ? tail_ : run(k);
    data = r.block->items() + r.offset;
    low = r.start;
    high = in_tail ? size_ : (k + 1 < closed() ? run(k + 1).start : tail_.start);
  }
  void open_block() {
    BlockRef fresh(static_cast<std::uint32_t>(
        std::min<std::size_t>(Chunk, std::bit_floor(std::max<std::size_t>(4, size_ * 2 / 3)))));
    fresh->taken.store(1, std::memory_order_relaxed);
    if (tail_.block) {
      recent_.push_back(std::move(tail_));
      if (recent_.size() == kPage) {
        auto page = std::make_shared<Page>();
        std::move(recent_.begin(), recent_.end(), page->begin());
        pages_.push_back(std::move(page));
        recent_.clear();
      }
    }
    tail_ = Run{std::move(fresh), size_, 0};
  }
  /// Drops the tail; the run before it becomes the tail.
  void close_tail() {
    tail_ = Run{};
    if (recent_.empty() && !pages_.empty()) {
      recent_.assign(pages_.back()->begin(), pages_.back()->end());
      pages_.pop_back();
    }
    if (recent_.empty()) return;
    tail_ = std::move(recent_.back());
    recent_.pop_back();
  }

  std::vector<std::shared_ptr<const Page>> pages_;
  std::vector<Run> recent_;
  Run tail_;
  std::size_t size_ = 0;
};

}  // namespace kafkascope::sim
