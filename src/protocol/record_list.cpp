#include "protocol/record_list.h"

#include <bit>
#include <cstring>

namespace kafkascope::protocol {
namespace {

std::int32_t varint_size(std::int64_t value) {
  const auto zigzag = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
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

std::int32_t record_size(const RecordView& r, std::int32_t offset_delta, std::int64_t base_timestamp_ms) {
  const auto field = [](std::int64_t length) { return varint_size(length) + static_cast<std::int32_t>(length > 0 ? length : 0); };
  std::int32_t body = 1;  // attributes
  body += varint_size(r.timestamp_ms - base_timestamp_ms);
  body += varint_size(offset_delta);
  body += field(r.key ? static_cast<std::int64_t>(r.key->size()) : -1);
  body += field(r.value ? static_cast<std::int64_t>(r.value->size()) + r.filler : -1);
  std::int64_t headers = 0;
  for (std::string_view rest = r.headers; !rest.empty(); ++headers) {
    body += field(static_cast<std::int64_t>(take_sized(rest).size()));
    body += field(static_cast<std::int64_t>(take_sized(rest).size()));
  }
  body += varint_size(headers);
  return varint_size(body) + body;
}

void RecordList::push_back(const RecordView& r) {
  if (r.key) bytes_.append(*r.key);
  if (!r.headers.empty()) put_sized(bytes_, r.headers);
  if (r.value) bytes_.append(*r.value);
  Entry& e = entries_.emplace_back();
  e.timestamp_ms = r.timestamp_ms;
  e.number = r.number;
  e.filler = r.filler;
  e.end = static_cast<std::uint32_t>(bytes_.size());
  e.key_size = r.key ? static_cast<std::uint32_t>(r.key->size()) & 0x1fffffffu : 0;
  e.has_key = r.key.has_value();
  e.has_value = r.value.has_value();
  e.has_headers = !r.headers.empty();
}

}  // namespace kafkascope::protocol
