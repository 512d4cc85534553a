#include "scenario/values.h"

#include <array>
#include <limits>
#include <span>
#include <utility>

namespace kafkascope::scenario {

namespace {

using sim::Wide;

/// A non-negative decimal: digits / 10^scale.
struct Decimal {
  Wide digits = 0;
  int scale = 0;
  std::string_view rest;  // the text after the number
};

std::optional<Decimal> leading_decimal(std::string_view text) {
  Decimal d;
  std::size_t i = 0;
  int figures = 0;
  bool point = false;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.' && !point && i + 1 < text.size() && text[i + 1] != '.') {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    if (++figures > 24) return std::nullopt;
    d.digits = d.digits * 10 + static_cast<unsigned>(c - '0');
    if (point) ++d.scale;
  }
  if (figures == 0 || (point && d.scale == 0)) return std::nullopt;
  if (text.front() == '.') return std::nullopt;
  d.rest = text.substr(i);
  return d;
}

Wide power_of_ten(int n) {
  Wide p = 1;
  for (int i = 0; i < n; ++i) p *= 10;
  return p;
}

/// digits × factor / 10^scale if that is whole and at most `most`.
std::optional<std::int64_t> scaled(const Decimal& d, std::int64_t factor, std::int64_t most, bool exact = true) {
  const Wide limit = ~Wide{0} / static_cast<Wide>(factor);
  if (d.digits > limit) return std::nullopt;
  const Wide product = d.digits * static_cast<Wide>(factor);
  const Wide divisor = power_of_ten(d.scale);
  if (exact && product % divisor != 0) return std::nullopt;
  const Wide value = product / divisor;
  if (value > static_cast<Wide>(most)) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

struct Unit {
  std::string_view name;
  std::int64_t factor;
};
constexpr Unit kTimes[] = {{"us", 1},       {"ms", 1000},      {"s", 1000000},
                           {"m", 60000000}, {"h", 3600000000}, {"d", 86400000000}};
constexpr Unit kSizes[] = {{"B", 1},           {"KB", 1000},          {"MB", 1000000},
                           {"GB", 1000000000}, {"TB", 1000000000000}, {"KiB", 1024},
                           {"MiB", 1048576},   {"GiB", 1073741824},   {"TiB", 1099511627776}};
constexpr Unit kBits[] = {{"Kbps", 1000}, {"Mbps", 1000000}, {"Gbps", 1000000000}};

std::optional<std::int64_t> with_unit(std::string_view text, std::span<const Unit> units, std::int64_t most) {
  const auto d = leading_decimal(text);
  if (!d) return std::nullopt;
  for (const Unit& unit : units) {
    if (d->rest == unit.name) return scaled(*d, unit.factor, most);
  }
  return std::nullopt;
}

constexpr std::int64_t kLongestDuration = 365000ll * 86400000000ll;
constexpr std::int64_t kLargestSize = 1000ll * 1000000000000ll;  // 1000 TB

std::optional<std::int64_t> positive_int(std::string_view text) {
  const auto d = leading_decimal(text);
  if (!d || !d->rest.empty() || d->scale != 0) return std::nullopt;
  const auto n = scaled(*d, 1, 1000000000);
  if (!n || *n == 0) return std::nullopt;
  return n;
}

}  // namespace

std::optional<sim::Duration> parse_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto us = with_unit(text, kTimes, kLongestDuration);
  if (!us) return std::nullopt;
  return sim::Duration{negative ? -*us : *us};
}

std::optional<sim::Instant> parse_moment(std::string_view text) {
  if (text.find(':') == std::string_view::npos) {
    const auto since_start = parse_duration(text);
    return since_start && since_start->us >= 0 ? std::optional(sim::Instant{since_start->us}) : std::nullopt;
  }
  std::int64_t minutes = 0;
  int parts = 0;
  for (std::size_t colon; (colon = text.find(':')) != std::string_view::npos; text.remove_prefix(colon + 1)) {
    const auto part = leading_decimal(text.substr(0, colon));
    const auto number = part && part->rest.empty() && part->scale == 0 ? scaled(*part, 1, 1000000) : std::nullopt;
    if (!number || ++parts > 2 || (parts == 2 && *number > 59)) return std::nullopt;
    minutes = minutes * 60 + *number;
  }
  const auto last = leading_decimal(text);
  const auto seconds = last && last->rest.empty() ? scaled(*last, 1000000, 59999999) : std::nullopt;
  if (!seconds) return std::nullopt;
  return sim::Instant{minutes * 60000000 + *seconds};
}

std::optional<sim::Instant> parse_typed_moment(std::string_view typed) {
  std::string text(typed);
  std::erase(text, ' ');
  if (text.find(':') != std::string::npos) return parse_moment(text);
  constexpr std::string_view kNumber = "0123456789.";
  sim::Instant moment{0};
  std::size_t begin = 0;
  do {  // a number and its unit, which may be missing at the end
    const std::size_t unit = text.find_first_not_of(kNumber, begin), end = text.find_first_of(kNumber, unit);
    const auto part = parse_duration(text.substr(begin, end - begin) + (unit == std::string::npos ? "s" : ""));
    if (!part || part->us > kLongestDuration - moment.us) return std::nullopt;
    moment = moment + *part;
    begin = end;
  } while (begin < text.size());
  return moment;
}

std::string moment_meant(std::string_view text) {
  std::string plain;
  for (const char c : text)
    if (c != ' ') plain += c == ',' ? '.' : c;
  const std::size_t letters = plain.find_first_not_of("0123456789.:");
  const std::string number = plain.substr(0, letters),
                    unit = letters == std::string::npos
                               ? "s"
                               : plain.substr(letters, plain.compare(letters, 2, "ms") == 0 ? 2 : 1);
  for (const std::string& meant : {number + unit, number})
    if (parse_moment(meant)) return meant;
  return {};
}

std::optional<cluster::Rate> parse_rate(std::string_view text) {
  const auto d = leading_decimal(text);
  if (!d || !d->rest.starts_with('/')) return std::nullopt;
  const std::string_view unit = d->rest.substr(1);
  std::int64_t seconds = 0;
  if (unit == "s") seconds = 1;
  else if (unit == "m") seconds = 60;
  else if (unit == "h") seconds = 3600;
  else if (unit == "d") seconds = 86400;
  else return std::nullopt;
  const auto millionths = scaled(*d, 1000000, 10000000ll * 1000000 * seconds, false);
  if (!millionths || *millionths / seconds == 0) return std::nullopt;
  return cluster::Rate{*millionths / seconds};
}

std::optional<std::int64_t> parse_size(std::string_view text) { return with_unit(text, kSizes, kLargestSize); }

std::optional<std::int64_t> parse_bandwidth(std::string_view text) {
  std::optional<std::int64_t> result;
  if (text.ends_with("/s")) {
    result = with_unit(text.substr(0, text.size() - 2), kSizes, kLargestSize);
  } else if (const auto bits = with_unit(text, kBits, kLargestSize)) {
    result = *bits / 8;
  }
  if (!result || *result == 0) return std::nullopt;
  return result;
}

std::optional<cluster::LatencySpec> parse_latency_range(std::string_view text) {
  const std::size_t dots = text.find("..");
  const auto low = parse_duration(text.substr(0, dots));
  const auto high = dots == std::string_view::npos ? low : parse_duration(text.substr(dots + 2));
  if (!low || !high || low->us < 0 || *high < *low) return std::nullopt;
  cluster::LatencySpec spec;
  spec.low = *low;
  spec.high = *high;
  return spec;
}

std::optional<std::int64_t> parse_speed(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto above = leading_decimal(text.substr(0, slash));
  if (!above || !above->rest.empty()) return std::nullopt;
  const auto ppm = scaled(*above, 1000000, 1000000ll * 1000000, false);
  if (!ppm) return std::nullopt;
  std::int64_t below = 1;
  if (slash != std::string_view::npos) {
    const auto n = positive_int(text.substr(slash + 1));
    if (!n) return std::nullopt;
    below = *n;
  }
  const std::int64_t result = *ppm / below;
  if (result == 0) return std::nullopt;
  return result;
}

std::optional<cluster::KeySpec> parse_keys(std::string_view text) {
  cluster::KeySpec keys;
  if (text == "none") return keys;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const std::string_view head = text.substr(0, colon);
  const std::string_view tail = text.substr(colon + 1);
  if (head == "zipf") {
    const std::size_t second = tail.find(':');
    if (second == std::string_view::npos) return std::nullopt;
    const auto count = positive_int(tail.substr(0, second));
    const auto exponent = leading_decimal(tail.substr(second + 1));
    if (!count || *count > 1000000 || !exponent || !exponent->rest.empty()) return std::nullopt;
    const auto ppm = scaled(*exponent, 1000000, 10000000, false);
    if (!ppm) return std::nullopt;
    keys.kind = cluster::KeySpec::Kind::Zipf;
    keys.prefix = "key";
    keys.count = *count;
    keys.exponent_ppm = *ppm;
    return keys;
  }
  const auto count = positive_int(tail);
  if (!count) return std::nullopt;
  keys.kind = cluster::KeySpec::Kind::Uniform;
  keys.prefix = head;
  keys.count = *count;
  return keys;
}

std::string duration_text(sim::Duration duration) {
  const std::string sign = duration.us < 0 ? "-" : "";
  std::uint64_t us =
      duration.us < 0 ? 0 - static_cast<std::uint64_t>(duration.us) : static_cast<std::uint64_t>(duration.us);
  if (us == 0) return "0s";
  for (const auto& [name, factor] :
       {std::pair<const char*, std::uint64_t>{"d", 86400000000}, {"h", 3600000000}, {"m", 60000000}, {"s", 1000000}}) {
    if (us % factor == 0) return sign + std::to_string(us / factor) + name;
  }
  // Whole units read best; otherwise decimals of seconds for long spans, of milliseconds for short ones.
  const bool long_span = us >= 1000000;
  if (!long_span && us < 1000) return sign + std::to_string(us) + "us";
  const std::uint64_t unit = long_span ? 1000000 : 1000;
  std::string fraction = std::to_string(us % unit);
  if (us % unit == 0) return sign + std::to_string(us / unit) + (long_span ? "s" : "ms");
  fraction.insert(0, (long_span ? 6u : 3u) - fraction.size(), '0');
  while (fraction.back() == '0') fraction.pop_back();
  return sign + std::to_string(us / unit) + "." + fraction + (long_span ? "s" : "ms");
}

}  // namespace kafkascope::scenario
