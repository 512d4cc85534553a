#include "protocol/records.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace kafkascope::protocol {
namespace {

constexpr std::int32_t kBatchOverhead = 61;  // DefaultRecordBatch.RECORD_BATCH_OVERHEAD
constexpr std::int64_t kMaxSequence = 2147483647;

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c & 1) ? (c >> 1) ^ 0x82F63B78u : c >> 1;
    table[i] = c;
  }
  return table;
}

std::uint32_t crc_by_table(std::string_view bytes, std::uint32_t crc) {
  static constexpr auto kTable = make_crc_table();
  for (char ch : bytes) crc = kTable[(crc ^ static_cast<unsigned char>(ch)) & 0xff] ^ (crc >> 8);
  return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc_by_instruction(std::string_view bytes, std::uint32_t crc) {
  std::uint64_t c = crc;
  const char* p = bytes.data();
  std::size_t n = bytes.size();
  for (; n >= 8; n -= 8, p += 8) {
    std::uint64_t word;
    std::memcpy(&word, p, 8);
    c = __builtin_ia32_crc32di(c, word);
  }
  auto c32 = static_cast<std::uint32_t>(c);
  for (; n > 0; --n, ++p) c32 = __builtin_ia32_crc32qi(c32, static_cast<unsigned char>(*p));
  return c32;
}
const bool kHasInstruction = __builtin_cpu_supports("sse4.2");
#endif

/// Computes the CRC over a sequence of fields. Fields are buffered first: one long run costs less than many short ones.
class Crc {
 public:
  template <class... T>
  void add(T... values) {
    make_room((sizeof(T) + ...));
    (put(values), ...);
  }
  void add(std::string_view text) {
    make_room(text.size());
    if (text.size() > sizeof(gathered_)) {
      crc_ = crc32c(text, crc_);
      return;
    }
    std::memcpy(gathered_ + size_, text.data(), text.size());
    size_ += text.size();
  }
  void add(const std::optional<std::string_view>& text) {
    add(text ? static_cast<std::int64_t>(text->size()) : std::int64_t{-1});
    if (text && !text->empty()) add(*text);
  }
  std::uint32_t value() {
    flush();
    return crc_;
  }

 private:
  template <class T>
  void put(T value) {
    std::memcpy(gathered_ + size_, &value, sizeof(T));  // little-endian hosts only, as everywhere in the trace hash
    size_ += sizeof(T);
  }
  void make_room(std::size_t bytes) {
    if (size_ + bytes > sizeof(gathered_)) flush();
  }
  void flush() {
    crc_ = crc32c({gathered_, size_}, crc_);
    size_ = 0;
  }
  char gathered_[1024];
  std::size_t size_ = 0;
  std::uint32_t crc_ = 0;
};

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc) {
#if defined(__x86_64__)
  if (kHasInstruction) return ~crc_by_instruction(bytes, ~crc);
#endif
  return ~crc_by_table(bytes, ~crc);
}

std::int32_t RecordBatch::last_sequence() const {
  if (base_sequence < 0) return -1;
  const std::int64_t last = static_cast<std::int64_t>(base_sequence) + last_offset_delta();
  return static_cast<std::int32_t>(last > kMaxSequence ? last - kMaxSequence - 1 : last);
}

std::int32_t RecordBatch::uncompressed_bytes() const {
  std::int32_t bytes = 0;
  for (int i = 0; i < count(); ++i)
    bytes += record_size(records[static_cast<std::size_t>(i)], offset_delta(i), records.timestamp_ms(0));
  return bytes;
}

int RecordBatch::index_from(std::int64_t delta) const {
  if (!compacted) return static_cast<int>(std::clamp<std::int64_t>(delta, 0, count()));
  const auto& deltas = compacted->offset_deltas;
  return static_cast<int>(std::lower_bound(deltas.begin(), deltas.end(), delta) - deltas.begin());
}

int RecordBatch::index_of(std::int64_t delta) const {
  const int i = index_from(delta);
  return delta >= 0 && i < count() && offset_delta(i) == delta ? i : -1;
}

std::optional<RecordView> RecordBatch::at(std::int64_t delta) const {
  const int i = index_of(delta);
  return i < 0 ? std::nullopt : std::optional(records[static_cast<std::size_t>(i)]);
}

BatchRef seal(RecordBatch batch, std::int32_t size_bytes) {
  // The delete horizon is stored in place of the base timestamp (KIP-534).
  const std::int64_t first_timestamp = batch.records.empty() ? 0 : batch.records.timestamp_ms(0);
  const std::int64_t base_timestamp = batch.delete_horizon_ms() >= 0 ? batch.delete_horizon_ms() : first_timestamp;
  const bool count_bytes = size_bytes == 0;
  if (count_bytes) size_bytes = kBatchOverhead;
  // An emptied batch keeps its largest timestamp (DefaultRecordBatch.writeEmptyHeader).
  std::int64_t newest = batch.records.empty() ? batch.max_timestamp_ms : first_timestamp;
  Crc crc;
  crc.add(batch.producer_id, batch.producer_epoch, batch.base_sequence, bool{batch.control});
  if (batch.transactional) crc.add(true);
  if (batch.compacted) {
    crc.add(batch.compacted->last_offset_delta, batch.compacted->delete_horizon_ms);
    for (std::int32_t delta : batch.compacted->offset_deltas) crc.add(delta);
  }
  int index = 0;
  for (const RecordView r : batch.records) {
    if (count_bytes) size_bytes += record_size(r, batch.offset_delta(index++), base_timestamp);
    newest = std::max(newest, r.timestamp_ms);
    crc.add(r.timestamp_ms);
    crc.add(r.key);
    crc.add(r.value);
    crc.add(r.filler, r.number);
    if (r.headers.empty()) continue;
    for (const auto& [name, value] : unpack_headers(r.headers)) {
      crc.add(std::string_view(name));
      crc.add(std::string_view(value));
    }
  }
  if (batch.compression != Compression::None) {
    crc.add(static_cast<std::int8_t>(batch.compression));
    size_bytes = kBatchOverhead + compressed_size(batch.compression, size_bytes - kBatchOverhead);
  }
  batch.size_bytes = size_bytes;
  batch.max_timestamp_ms = newest;
  batch.crc = crc.value();
  return sim::make_ref<const RecordBatch>(std::move(batch));
}

std::int32_t murmur2(std::string_view bytes) {
  constexpr std::uint32_t kM = 0x5bd1e995;
  constexpr int kR = 24;
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])); };
  std::uint32_t h = 0x9747b28cu ^ static_cast<std::uint32_t>(bytes.size());
  std::size_t i = 0;
  for (; i + 4 <= bytes.size(); i += 4) {
    std::uint32_t k = byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24;
    k *= kM;
    k ^= k >> kR;
    k *= kM;
    h *= kM;
    h ^= k;
  }
  switch (bytes.size() - i) {
    case 3: h ^= byte(i + 2) << 16; [[fallthrough]];
    case 2: h ^= byte(i + 1) << 8; [[fallthrough]];
    case 1:
      h ^= byte(i);
      h *= kM;
      break;
    default: break;
  }
  h ^= h >> 13;
  h *= kM;
  h ^= h >> 15;
  return static_cast<std::int32_t>(h);
}

std::int32_t java_string_hash(std::string_view text) {
  std::uint32_t h = 0;
  for (char c : text) h = 31 * h + static_cast<unsigned char>(c);
  return static_cast<std::int32_t>(h);
}

std::int32_t partition_for(std::string_view id, std::int32_t partitions) {
  const std::int32_t h = java_string_hash(id);
  const std::int32_t magnitude = h == INT32_MIN ? 0 : (h < 0 ? -h : h);
  return magnitude % partitions;
}

}  // namespace kafkascope::protocol
