// The forms in which a scenario file writes quantities: "250ms", "20/s", "16KB", "1Gbps", "0.4ms..1.2ms", "1/200". Each
// returns nullopt for a text that it does not understand; decimals become integers exactly (no floating point reaches
// an event).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cluster/spec.h"
#include "sim/time.h"
#include "words/key.h"

namespace kafkascope::scenario {

/// us ms s m h d, with decimals; a leading minus only for clock skew. nullopt if finer than 1 us or beyond 365,000
/// days.
std::optional<sim::Duration> parse_duration(std::string_view text);
/// A moment of a run: a duration from its start, "6.4s", or a time as the window writes it, "00:06.400", "1:02:03".
std::optional<sim::Instant> parse_moment(std::string_view text);
/// A moment as a person types it, in a link or where the dashboard asks for one: as parse_moment, also with several units,
/// "1m30s", with a number of seconds alone, "12.5", and with spaces. tests/data/moments.json has examples; page.js reads
/// links by the same rule.
std::optional<sim::Instant> parse_typed_moment(std::string_view text);
/// The moment that a person probably meant: "6" -> "6s", "6,4 sec" -> "6.4s"; "" if there is none.
std::string moment_meant(std::string_view text);
/// "20/s", "0.5/s", "30/m", "2/h", "1/d": positive, at most 10,000,000 per second.
std::optional<cluster::Rate> parse_rate(std::string_view text);
/// B KB MB GB TB (1000) and KiB MiB GiB TiB (1024).
std::optional<std::int64_t> parse_size(std::string_view text);
/// Kbps Mbps Gbps in bits, B/s KB/s MB/s GB/s (KiB/s …) in bytes; the result in bytes per second, at least 1.
std::optional<std::int64_t> parse_bandwidth(std::string_view text);
/// "0.4ms..1.2ms", or one duration for a constant.
std::optional<cluster::LatencySpec> parse_latency_range(std::string_view text);
/// The speed of the picture, "1/200", "2" or "0.5", in millionths of real time.
std::optional<std::int64_t> parse_speed(std::string_view text);
/// "none", "customer:8", "zipf:1000:1.1".
std::optional<cluster::KeySpec> parse_keys(std::string_view text);

/// The shortest exact spelling: 250000 us -> "250ms".
std::string duration_text(sim::Duration duration);

// The words that a remedy uses for each form.
inline constexpr words::Key kStringForm = "problem.thing.string"_w;
inline constexpr words::Key kDurationForm = "remedy.duration"_w;
inline constexpr words::Key kRunForm = "remedy.run_length"_w;
inline constexpr words::Key kRateForm = "remedy.rate"_w;
inline constexpr words::Key kSizeForm = "remedy.size"_w;
inline constexpr words::Key kBandwidthForm = "remedy.bandwidth"_w;
inline constexpr words::Key kKeysForm = "remedy.keys"_w;
inline constexpr words::Key kLatencyForm = "remedy.latency"_w;

}  // namespace kafkascope::scenario
