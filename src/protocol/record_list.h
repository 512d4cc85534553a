// One record, and the records of a batch. Applications and tests create a Record. In a batch it takes 24 bytes and the
// stored part of its key, headers and value; a record of generated load without a key takes two bytes. RecordView gives
// access to it.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/index_iterator.h"
#include "sim/sized.h"

namespace kafkascope::protocol {

using HeaderList = std::vector<std::pair<std::string, std::string>>;
/// Packs the headers into one text: names and values one after another, each preceded by its length.
std::string pack_headers(const HeaderList& headers);
HeaderList unpack_headers(std::string_view packed);

struct Record {
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::int64_t timestamp_ms = 0;
  std::string headers;  // packed
  /// Number of the value's bytes that are not stored (generated load); they count only in sizes.
  std::int32_t filler = 0;
  /// The record's identity in the ledger: its serial number at the producer, from 0. No role reads it.
  std::uint32_t number = 0;
};

/// A view of a record stored elsewhere; valid as long as the stored record.
struct RecordView {
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::int64_t timestamp_ms = 0;
  std::string_view headers;  // packed
  std::int32_t filler = 0;
  std::uint32_t number = 0;

  RecordView() = default;
  RecordView(const Record& r)
      : key(r.key),
        value(r.value),
        timestamp_ms(r.timestamp_ms),
        headers(r.headers),
        filler(r.filler),
        number(r.number) {}
};

/// Key, value and headers in bytes, with their varints (DefaultRecord.sizeOf).
std::int64_t record_contents_size(const RecordView& record);
/// Size of one record in a batch, in bytes; varints have the length that Kafka gives them.
std::int32_t record_size(const RecordView& record, std::int32_t offset_delta, std::int64_t base_timestamp_ms);

/// The records of a batch in one block of memory: the records' entries, followed by their bytes. Records are even if
/// they have no keys, no headers and no stored value bytes, equal sizes and consecutive numbers, and are at most a
/// minute younger and not older than the first. While all are even, the block holds their common fields and each
/// record's creation time instead.
class RecordList {
 public:
  RecordList() = default;
  RecordList(std::initializer_list<Record> records) {
    for (const Record& r : records) push_back(r);
  }
  /// The copy has only the capacity it needs.
  RecordList(const RecordList& o);
  RecordList(RecordList&& o) noexcept { swap(o); }
  RecordList& operator=(RecordList o) noexcept {
    swap(o);
    return *this;
  }
  ~RecordList() { delete[] block_; }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// The record may be one of this list's own.
  void push_back(const RecordView& record);
  /// Size of the list's block in bytes.
  std::size_t memory_bytes() const { return block_bytes(capacity_, bytes_capacity_); }
  /// Removes all records but keeps the memory.
  void clear() { size_ = 0; }

  RecordView operator[](std::size_t i) const;
  RecordView front() const { return (*this)[0]; }
  RecordView back() const { return (*this)[size() - 1]; }
  // Fields that are read for many records at once.
  std::uint32_t number(std::size_t i) const {
    return even_ ? common()->number + static_cast<std::uint32_t>(i) : entries()[i].number;
  }
  std::int64_t timestamp_ms(std::size_t i) const {
    return even_ ? common()->timestamp_ms + later_ms()[i] : entries()[i].timestamp_ms;
  }
  bool has_key(std::size_t i) const { return !even_ && entries()[i].has_key; }
  void set_timestamps(std::int64_t ms);

  using const_iterator = sim::IndexIterator<RecordList>;
  const_iterator begin() const { return {this, 0}; }
  const_iterator end() const { return {this, size()}; }

 private:
  struct Entry {
    std::int64_t timestamp_ms;
    std::uint32_t number;
    std::int32_t filler;
    std::uint32_t
        end;  // end of the record's bytes, which begin where those of the record before it end: key, headers preceded
              // by their length, value
    std::uint32_t key_size : 29, has_key : 1, has_value : 1, has_headers : 1;
  };
  static_assert(sim::sized<Entry>(24));

  struct Common {               // common fields of even records
    std::int64_t timestamp_ms;  // timestamp of the first record
    std::uint32_t number;       // number of the first record
    std::int32_t filler : 31;
    std::uint32_t has_value : 1;
  };
  static_assert(sim::sized<Common>(16));

  Common* common() const { return reinterpret_cast<Common*>(block_); }
  /// Each record's creation time in ms, relative to the first record's.
  std::uint16_t* later_ms() const { return reinterpret_cast<std::uint16_t*>(block_ + sizeof(Common)); }
  Entry* entries() const { return reinterpret_cast<Entry*>(block_); }
  char* bytes() const { return block_ + capacity_ * sizeof(Entry); }
  std::uint32_t bytes_used() const { return even_ || size_ == 0 ? 0 : entries()[size_ - 1].end; }
  std::size_t block_bytes(std::size_t capacity, std::size_t bytes_capacity) const {
    if (capacity == 0 && bytes_capacity == 0) return 0;
    return even_ ? sizeof(Common) + capacity * sizeof(std::uint16_t) : capacity * sizeof(Entry) + bytes_capacity;
  }
  bool stays_even_with(const RecordView& record) const;
  void push_even(const RecordView& record);
  void push_entry(const RecordView& record);
  /// Converts the list, because a record that is not even is about to be added.
  void spell_out();
  /// Returns the old block, because the record being copied may be in it.
  std::unique_ptr<char[]> move_to_block(std::size_t capacity, std::size_t bytes_capacity);
  void swap(RecordList& o) noexcept {
    std::swap(block_, o.block_);
    std::swap(size_, o.size_);
    std::swap(capacity_, o.capacity_);
    std::swap(bytes_capacity_, o.bytes_capacity_);
    std::swap(even_, o.even_);
  }

  char* block_ = nullptr;
  std::uint32_t size_ = 0, capacity_ = 0, bytes_capacity_ = 0;
  bool even_ = false;
};
static_assert(sim::sized<RecordList>(24));

inline RecordView RecordList::operator[](std::size_t i) const {
  RecordView r;
  if (even_) {
    r.timestamp_ms = timestamp_ms(i);
    r.number = number(i);
    r.filler = common()->filler;
    if (common()->has_value) r.value.emplace();
    return r;
  }
  const Entry& e = entries()[i];
  const char* at = bytes() + (i == 0 ? 0 : entries()[i - 1].end);
  const char* const end = bytes() + e.end;
  r.timestamp_ms = e.timestamp_ms;
  r.number = e.number;
  r.filler = e.filler;
  if (e.has_key) r.key.emplace(at, e.key_size);
  at += e.key_size;
  if (e.has_headers) {
    std::uint32_t length;
    std::memcpy(&length, at, sizeof(length));
    at += sizeof(length);
    r.headers = {at, length};
    at += length;
  }
  if (e.has_value) r.value.emplace(at, static_cast<std::size_t>(end - at));
  return r;
}

}  // namespace kafkascope::protocol
