#include "protocol/record_list.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace kafkascope::protocol {
namespace {

std::int32_t varint_size(std::int64_t value) {
  const auto zigzag = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  if (zigzag < 128) return 1;
  return static_cast<std::int32_t>((9 * std::bit_width(zigzag | 1) + 64) / 64);  // seven bits to a byte, without a division
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
  const std::int64_t body = 1 + varint_size(r.timestamp_ms - base_timestamp_ms) + varint_size(offset_delta) + record_contents_size(r);  // 1: attributes
  return static_cast<std::int32_t>(varint_size(body) + body);
}

RecordList::RecordList(const RecordList& o) {
  if (o.empty()) return;
  const std::size_t used = o.bytes_used();
  move_to_block(o.size_, used);
  size_ = o.size_;
  std::memcpy(block_, o.block_, size_ * sizeof(Entry));
  std::memcpy(bytes(), o.bytes(), used);
}

std::unique_ptr<char[]> RecordList::move_to_block(std::size_t capacity, std::size_t bytes_capacity) {
  char* const block = new char[capacity * sizeof(Entry) + bytes_capacity];
  if (size_ > 0) {
    std::memcpy(block, block_, size_ * sizeof(Entry));
    std::memcpy(block + capacity * sizeof(Entry), bytes(), bytes_used());
  }
  std::unique_ptr<char[]> old(block_);
  block_ = block;
  capacity_ = static_cast<std::uint32_t>(capacity);
  bytes_capacity_ = static_cast<std::uint32_t>(bytes_capacity);
  return old;
}

void RecordList::push_back(const RecordView& r) {
  const std::size_t used = bytes_used();
  const std::size_t more = (r.key ? r.key->size() : 0) + (r.headers.empty() ? 0 : sizeof(std::uint32_t) + r.headers.size()) + (r.value ? r.value->size() : 0);
  std::unique_ptr<char[]> old;
  if (size_ == capacity_ || used + more > bytes_capacity_)
    old = move_to_block(size_ < capacity_ ? capacity_ : std::max<std::size_t>(8, 2 * capacity_), std::max(2 * std::size_t{bytes_capacity_}, used + more));
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
