// Compression types of batches, with their ratio and cost. Kafka: CompressionType. A model, not the codecs: the sizes
// and times were measured on batches of JSON orders, about 130 bytes each (docs/fidelity.md).
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace kafkascope::protocol {

/// In the order of Kafka's ids.
enum class Compression : std::uint8_t { None, Gzip, Snappy, Lz4, Zstd };
inline constexpr std::string_view kCompressionNames[] = {"none", "gzip", "snappy", "lz4", "zstd"};

/// Parses compression.type; a topic's "uncompressed" is None. Returns nullopt for "producer" and unknown names.
std::optional<Compression> parse_compression(std::string_view name);

/// The compressed size of `bytes` bytes of records; the batch's 61 bytes of header are never compressed.
std::int32_t compressed_size(Compression codec, std::int32_t bytes);
/// The CPU time, in nanoseconds of one core, for `bytes` bytes of records.
std::int64_t compress_ns(Compression codec, std::int64_t bytes);
std::int64_t decompress_ns(Compression codec, std::int64_t bytes);

}  // namespace kafkascope::protocol
