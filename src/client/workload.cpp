#include "client/workload.h"

#include <algorithm>
#include <array>

namespace kafkascope::client {

using sim::Instant;
using sim::Wide;

namespace {
constexpr int kFraction = 40;

std::uint64_t square_root(Wide v) {
  Wide low = 0, high = Wide{1} << 62;
  while (low < high) {
    const Wide mid = (low + high + 1) / 2;
    if (mid * mid <= v) low = mid;
    else high = mid - 1;
  }
  return static_cast<std::uint64_t>(low);
}

/// log2(x) in units of 2^-40, for x >= 1: the integer part, then one bit per squaring.
std::uint64_t log2_fixed(std::uint64_t x) {
  int whole = 0;
  while ((x >> whole) > 1) ++whole;
  Wide m = (static_cast<Wide>(x) << 60) >> whole;  // in [1, 2), in units of 2^-60
  std::uint64_t result = static_cast<std::uint64_t>(whole) << kFraction;
  for (int bit = kFraction - 1; bit >= 0; --bit) {
    m = (m * m) >> 60;
    if (m >= (Wide{2} << 60)) {
      m >>= 1;
      result |= std::uint64_t{1} << bit;
    }
  }
  return result;
}

/// 2^-x for x in units of 2^-40; the result is in units of 2^-40.
std::uint64_t exp2_negative(std::uint64_t x) {
  // roots[k] = 2^(-2^-(k+1)) in units of 2^-60, by repeated square roots.
  static const std::array<std::uint64_t, kFraction> roots = [] {
    std::array<std::uint64_t, kFraction> r{};
    std::uint64_t v = std::uint64_t{1} << 59;  // 2^-1
    for (std::uint64_t& root : r) root = v = square_root(static_cast<Wide>(v) << 60);
    return r;
  }();
  const std::uint64_t whole = x >> kFraction;
  if (whole >= 60) return 0;
  Wide v = Wide{1} << 60;
  for (int k = 0; k < kFraction; ++k)
    if (x & (std::uint64_t{1} << (kFraction - 1 - k))) v = (v * roots[static_cast<std::size_t>(k)]) >> 60;
  return static_cast<std::uint64_t>((v >> whole) >> (60 - kFraction));
}
}  // namespace

std::uint64_t zipf_weight(std::uint64_t rank, std::int64_t exponent_ppm) {
  const Wide x = static_cast<Wide>(log2_fixed(rank)) * static_cast<Wide>(exponent_ppm) / 1000000;
  return exp2_negative(static_cast<std::uint64_t>(x));
}

KeySource::KeySource(const KeyOptions& options) : options_(options) {
  if (options_.kind == KeyOptions::Kind::Uniform || options_.kind == KeyOptions::Kind::Zipf) {
    auto names = std::make_shared<std::vector<std::string>>();
    for (std::int64_t i = 0; i < std::min<std::int64_t>(options_.count, 1000); ++i)
      names->push_back(name(static_cast<std::uint64_t>(i)));
    names_ = std::move(names);
  }
  if (options_.kind != KeyOptions::Kind::Zipf) return;
  auto sums = std::make_shared<std::vector<std::uint64_t>>();
  std::uint64_t sum = 0;
  for (std::int64_t i = 1; i <= options_.count; ++i)
    sums->push_back(sum +=
                    std::max<std::uint64_t>(1, zipf_weight(static_cast<std::uint64_t>(i), options_.exponent_ppm)));
  cumulative_ = std::move(sums);
}

std::optional<std::string_view> KeySource::next(sim::Random& random) {
  std::uint64_t member = 0;
  switch (options_.kind) {
    case KeyOptions::Kind::None: return {};
    case KeyOptions::Kind::List:
      if (options_.list.empty()) return {};
      return options_.list[turn_++ % options_.list.size()];
    case KeyOptions::Kind::Uniform:
      member = random.below(static_cast<std::uint64_t>(std::max<std::int64_t>(1, options_.count)));
      break;
    case KeyOptions::Kind::Zipf: {
      if (!cumulative_ || cumulative_->empty()) return {};
      const std::uint64_t at = random.below(cumulative_->back());
      member = static_cast<std::uint64_t>(std::upper_bound(cumulative_->begin(), cumulative_->end(), at) -
                                          cumulative_->begin());
      break;
    }
  }
  if (names_ && member < names_->size()) return (*names_)[member];
  return made_ = name(member);
}

std::string KeySource::name(std::uint64_t member) const { return options_.prefix + "-" + std::to_string(member + 1); }

sim::Duration Schedule::after(std::int64_t n) const {
  constexpr std::int64_t kFew = 9000000;  // up to this count the product with 10^12 fits into 64 bits, where division
                                          // is faster
  if (n <= kFew) return {n * 1000000000000 / rate_};
  return {static_cast<std::int64_t>(static_cast<Wide>(n) * 1000000000000ull / static_cast<Wide>(rate_))};
}
void Schedule::start(Instant now, std::int64_t rate_millionths) {
  anchor_ = now;
  rate_ = rate_millionths;
  index_ = 0;
  find_next();
}
void Schedule::change(Instant now, std::int64_t rate_millionths) {
  const Instant old = next();
  rate_ = rate_millionths;
  index_ = 0;
  anchor_ = rate_ > 0 ? std::min(old, now + after(1)) : now;
  if (old == sim::kNever) anchor_ = now;
  find_next();
}
void Schedule::advance() {
  ++index_;
  find_next();
}
void Schedule::delay_until(Instant now) {
  if (next_ >= now) return;
  anchor_ = anchor_ + (now - next_);
  next_ = now;
}

}  // namespace kafkascope::client
