// What batches are compressed with, how much smaller they get and what that costs. Kafka: CompressionType.
// A model, not the codecs: sizes and times were measured once, on batches of orders as JSON, about 130 bytes each (docs/fidelity.md).
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace kafkascope::protocol {

/// In the order of Kafka's ids.
enum class Compression : std::uint8_t { None, Gzip, Snappy, Lz4, Zstd };
inline constexpr std::string_view kCompressionNames[] = {"none", "gzip", "snappy", "lz4", "zstd"};

/// Of compression.type; a topic's "uncompressed" is None. Nothing for "producer" and what is unknown.
std::optional<Compression> parse_compression(std::string_view name);

/// Bytes that so many bytes of records become; the batch's own 61 are never compressed.
std::int32_t compressed_size(Compression codec, std::int32_t bytes);
/// Nanoseconds of one core for a byte of records.
std::int64_t compress_ns(Compression codec, std::int64_t bytes);
std::int64_t decompress_ns(Compression codec, std::int64_t bytes);

}  // namespace kafkascope::protocol
