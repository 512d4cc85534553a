// One record, and the records of a batch. What applications and tests put together is a Record; in a batch it is 24 bytes and what was
// spelled out of its key, headers and value, read through a RecordView.
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kafkascope::protocol {

using HeaderList = std::vector<std::pair<std::string, std::string>>;
/// Headers as one text: name and value after one another, each behind its length.
std::string pack_headers(const HeaderList& headers);
HeaderList unpack_headers(std::string_view packed);

struct Record {
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::int64_t timestamp_ms = 0;
  std::string headers;  // packed
  /// Bytes of value that are not spelled out (generated load): counted in sizes, not stored.
  std::int32_t filler = 0;
  /// The ledger's identity: the producer's how-manyth record since the run began, from 0. No role reads it.
  std::uint32_t number = 0;
};

/// A record that lies somewhere else; valid as long as that does.
struct RecordView {
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::int64_t timestamp_ms = 0;
  std::string_view headers;  // packed
  std::int32_t filler = 0;
  std::uint32_t number = 0;

  RecordView() = default;
  RecordView(const Record& r) : key(r.key), value(r.value), timestamp_ms(r.timestamp_ms), headers(r.headers), filler(r.filler), number(r.number) {}
};

/// Size of one record in a batch in bytes, varints counted as Kafka writes them.
std::int32_t record_size(const RecordView& record, std::int32_t offset_delta, std::int64_t base_timestamp_ms);

class RecordList {
 public:
  RecordList() = default;
  RecordList(std::initializer_list<Record> records) {
    for (const Record& r : records) push_back(r);
  }

  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  void push_back(const RecordView& record);
  /// Keeps its memory.
  void clear() {
    entries_.clear();
    bytes_.clear();
  }

  RecordView operator[](std::size_t i) const;
  RecordView front() const { return (*this)[0]; }
  RecordView back() const { return (*this)[size() - 1]; }
  // What is asked of many at once.
  std::uint32_t number(std::size_t i) const { return entries_[i].number; }
  std::int64_t timestamp_ms(std::size_t i) const { return entries_[i].timestamp_ms; }
  void set_timestamps(std::int64_t ms) {
    for (Entry& e : entries_) e.timestamp_ms = ms;
  }

  class const_iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = RecordView;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = RecordView;
    const_iterator(const RecordList* of, std::size_t i) : of_(of), i_(i) {}
    RecordView operator*() const { return (*of_)[i_]; }
    const_iterator& operator++() {
      ++i_;
      return *this;
    }
    const_iterator operator++(int) { return {of_, i_++}; }
    friend bool operator==(const const_iterator& a, const const_iterator& b) { return a.i_ == b.i_; }

   private:
    const RecordList* of_;
    std::size_t i_;
  };
  const_iterator begin() const { return {this, 0}; }
  const_iterator end() const { return {this, size()}; }

 private:
  struct Entry {
    std::int64_t timestamp_ms;
    std::uint32_t number;
    std::int32_t filler;
    std::uint32_t end;  // of its bytes, which begin where those of the record before it end: key, headers behind their length, value
    std::uint32_t key_size : 29, has_key : 1, has_value : 1, has_headers : 1;
  };
  static_assert(sizeof(Entry) == 24);

  std::vector<Entry> entries_;
  std::string bytes_;
};

inline RecordView RecordList::operator[](std::size_t i) const {
  const Entry& e = entries_[i];
  RecordView r;
  r.timestamp_ms = e.timestamp_ms;
  r.number = e.number;
  r.filler = e.filler;
  const std::uint32_t begin = i == 0 ? 0 : entries_[i - 1].end;
  std::string_view rest(bytes_.data() + begin, e.end - begin);
  if (e.has_key) r.key = rest.substr(0, e.key_size);
  rest.remove_prefix(e.key_size);
  if (e.has_headers) {
    std::uint32_t length;
    rest.copy(reinterpret_cast<char*>(&length), sizeof(length));
    r.headers = rest.substr(sizeof(length), length);
    rest.remove_prefix(sizeof(length) + length);
  }
  if (e.has_value) r.value = rest;
  return r;
}

}  // namespace kafkascope::protocol
