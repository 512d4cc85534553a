#include "protocol/record_list.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace kafkascope::protocol {
namespace {

std::int32_t varint_size(std::int64_t value) {
  const auto zigzag = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  if (zigzag < 128) return 1;
  return static_cast<std::int32_t>((9 * std::bit_width(zigzag | 1) + 64) /
                                   64);  // seven bits per byte; avoids a division
}

void put_sized(std::string& to, std::string_view text) {
  const auto length = static_cast<std::uint32_t>(text.size());
  to.append(reinterpret_cast<const char*>(&length), sizeof(length));
  to.append(text);
}

std::string_view take_sized(std::string_view& from) {
  std::uint32_t length;
  std::memcpy(&length, from.data(), sizeof(length));
  const std::string_view text = from.substr(sizeof(length), length);
  from.remove_prefix(sizeof(length) + length);
  return text;
}

}  // namespace

std::string pack_headers(const HeaderList& headers) {
  std::string out;
  for (const auto& [name, value] : headers) {
    put_sized(out, name);
    put_sized(out, value);
  }
  return out;
}

HeaderList unpack_headers(std::string_view packed) {
  HeaderList out;
  while (!packed.empty()) {
    const std::string_view name = take_sized(packed);
    out.emplace_back(name, take_sized(packed));
  }
  return out;
}

std::int64_t record_contents_size(const RecordView& r) {
  const auto field = [](std::int64_t length) { return varint_size(length) + std::max<std::int64_t>(length, 0); };
  std::int64_t size = field(r.key ? static_cast<std::int64_t>(r.key->size()) : -1);
  size += field(r.value ? static_cast<std::int64_t>(r.value->size()) + r.filler : -1);
  std::int64_t headers = 0;
  for (std::string_view rest = r.headers; !rest.empty(); ++headers) {
    size += field(static_cast<std::int64_t>(take_sized(rest).size()));
    size += field(static_cast<std::int64_t>(take_sized(rest).size()));
  }
  return size + varint_size(headers);
}

std::int32_t record_size(const RecordView& r, std::int32_t offset_delta, std::int64_t base_timestamp_ms) {
  const std::int64_t body = 1 + varint_size(r.timestamp_ms - base_timestamp_ms) + varint_size(offset_delta) +
                            record_contents_size(r);  // 1 byte: attributes
  return static_cast<std::int32_t>(varint_size(body) + body);
}

RecordList::RecordList(const RecordList& o) : even_(o.even_) {
  if (o.empty()) return;
  const std::size_t used = o.bytes_used();
  move_to_block(o.size_, used);
  size_ = o.size_;
  if (even_) {
    std::memcpy(block_, o.block_, sizeof(Common) + size_ * sizeof(std::uint16_t));
  } else {
    std::memcpy(block_, o.block_, size_ * sizeof(Entry));
    std::memcpy(bytes(), o.bytes(), used);
  }
}

std::unique_ptr<char[]> RecordList::move_to_block(std::size_t capacity, std::size_t bytes_capacity) {
  char* const block = new char[block_bytes(capacity, bytes_capacity)];
  if (size_ > 0 && even_) {
    std::memcpy(block, block_, sizeof(Common) + size_ * sizeof(std::uint16_t));
  } else if (size_ > 0) {
    std::memcpy(block, block_, size_ * sizeof(Entry));
    std::memcpy(block + capacity * sizeof(Entry), bytes(), bytes_used());
  }
  std::unique_ptr<char[]> old(block_);
  block_ = block;
  capacity_ = static_cast<std::uint32_t>(capacity);
  bytes_capacity_ = static_cast<std::uint32_t>(bytes_capacity);
  return old;
}

void RecordList::set_timestamps(std::int64_t ms) {
  if (even_ && size_ > 0) {
    common()->timestamp_ms = ms;
    std::fill_n(later_ms(), size_, std::uint16_t{0});
  } else {
    for (std::size_t i = 0; i < size_; ++i) entries()[i].timestamp_ms = ms;
  }
}

bool RecordList::stays_even_with(const RecordView& r) const {
  if (r.key || !r.headers.empty() || (r.value && !r.value->empty()) || r.filler < 0 || r.filler >= 1 << 30)
    return false;
  if (size_ == 0) return true;
  const std::uint64_t later = static_cast<std::uint64_t>(r.timestamp_ms) -
                              static_cast<std::uint64_t>(common()->timestamp_ms);  // a record older than the first
                                                                                   // also counts as too far away
  return r.filler == common()->filler && r.value.has_value() == common()->has_value &&
         r.number == common()->number + size_ && later <= 0xffff;
}

void RecordList::push_back(const RecordView& r) {
  const bool even = (even_ || size_ == 0) && stays_even_with(r);
  if (even != even_) {
    if (size_ > 0) {
      spell_out();
    } else {  // the block was laid out in the other format
      delete[] std::exchange(block_, nullptr);
      capacity_ = bytes_capacity_ = 0;
      even_ = even;
    }
  }
  even_ ? push_even(r) : push_entry(r);
}

void RecordList::spell_out() {
  RecordList entries;
  entries.move_to_block(size_ + std::max<std::size_t>(8, size_), 0);
  for (std::size_t i = 0; i < size_; ++i) entries.push_entry((*this)[i]);
  swap(entries);
}

void RecordList::push_even(const RecordView& r) {
  if (size_ == capacity_) move_to_block(std::max<std::size_t>(12, 2 * capacity_), 0);
  if (size_ == 0) {
    common()->timestamp_ms = r.timestamp_ms;
    common()->number = r.number;
    common()->filler = r.filler;
    common()->has_value = r.value.has_value();
  }
  later_ms()[size_++] = static_cast<std::uint16_t>(r.timestamp_ms - common()->timestamp_ms);
}

void RecordList::push_entry(const RecordView& r) {
  const std::size_t used = bytes_used();
  const std::size_t more = (r.key ? r.key->size() : 0) +
                           (r.headers.empty() ? 0 : sizeof(std::uint32_t) + r.headers.size()) +
                           (r.value ? r.value->size() : 0);
  std::unique_ptr<char[]> old;
  if (size_ == capacity_ || used + more > bytes_capacity_)
    old = move_to_block(size_ < capacity_ ? capacity_ : std::max<std::size_t>(8, 2 * capacity_),
                        std::max(2 * std::size_t{bytes_capacity_}, used + more));
  char* to = bytes() + used;
  const auto put = [&to](const void* from, std::size_t n) {
    if (n > 0) std::memcpy(to, from, n);
    to += n;
  };
  if (r.key) put(r.key->data(), r.key->size());
  if (!r.headers.empty()) {
    const auto length = static_cast<std::uint32_t>(r.headers.size());
    put(&length, sizeof(length));
    put(r.headers.data(), length);
  }
  if (r.value) put(r.value->data(), r.value->size());
  Entry& e = entries()[size_++];
  e.timestamp_ms = r.timestamp_ms;
  e.number = r.number;
  e.filler = r.filler;
  e.end = static_cast<std::uint32_t>(used + more);
  e.key_size = r.key ? static_cast<std::uint32_t>(r.key->size()) & 0x1fffffffu : 0;
  e.has_key = r.key.has_value();
  e.has_value = r.value.has_value();
  e.has_headers = !r.headers.empty();
}

}  // namespace kafkascope::protocol
