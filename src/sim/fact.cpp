#include "sim/fact.h"

#include <charconv>
#include <stdexcept>
#include <string>

namespace kafkascope::sim {

void detail::refuse_kind(TraceKind kind, std::string_view wanted) {
  throw std::logic_error("a trace line of kind " + std::to_string(kind) + " was read as " + std::string(wanted));
}

namespace {

/// Appends a value's length in bytes: seven bits per byte, the lowest first.
void put_length(std::string& out, std::size_t length) {
  for (; length >= 0x80; length >>= 7) out += static_cast<char>((length & 0x7F) | 0x80);
  out += static_cast<char>(length);
}

}  // namespace

void PartWriter::text(std::string_view value) {
  if (value.empty()) {
    ++empty_;
    return;
  }
  written_.append(empty_, '\0');
  empty_ = 0;
  put_length(written_, value.size());
  written_ += value;
}

void PartWriter::number(std::int64_t value) { text(value == 0 ? std::string() : std::to_string(value)); }

std::string_view PartReader::text() {
  std::size_t length = 0, at = 0;
  for (int shift = 0; at < rest_.size(); shift += 7) {
    const auto byte = static_cast<unsigned char>(rest_[at++]);
    length |= static_cast<std::size_t>(byte & 0x7F) << shift;
    if (byte < 0x80 || shift > 28) break;
  }
  const std::string_view value = rest_.substr(at, length);
  rest_.remove_prefix(at + value.size());
  return value;
}

std::int64_t PartReader::number() {
  const std::string_view digits = text();
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

bool same_words(const TraceLine& a, const TraceLine& b) {
  return a.kind == b.kind && LineParts::reason(a) == LineParts::reason(b) &&
         LineParts::number<0>(a) == LineParts::number<0>(b) && LineParts::number<1>(a) == LineParts::number<1>(b) &&
         LineParts::number<2>(a) == LineParts::number<2>(b) && LineParts::text(a) == LineParts::text(b);
}

}  // namespace kafkascope::sim
