#include "ui/strings.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <utility>

namespace kafkascope::ui {
std::string clock_text(std::int64_t us) {
  const std::int64_t ms = us / 1000, s = ms / 1000, m = s / 60;
  char text[48];
  if (m >= 60) {
    std::snprintf(text, sizeof text, "%lld:%02d:%02d.%03d", static_cast<long long>(m / 60), static_cast<int>(m % 60),
                  static_cast<int>(s % 60), static_cast<int>(ms % 1000));
  } else {
    std::snprintf(text, sizeof text, "%02d:%02d.%03d", static_cast<int>(m), static_cast<int>(s % 60),
                  static_cast<int>(ms % 1000));
  }
  return text;
}

std::string micro_text(std::int64_t us) {
  char text[16];
  std::snprintf(text, sizeof text, "%03d", static_cast<int>(us % 1000));
  return text;
}

std::string short_time(std::int64_t us) {
  if (us >= 60'000'000) return clock_text(us);
  char text[24];
  std::snprintf(text, sizeof text, "%d.%03d", static_cast<int>(us / 1'000'000), static_cast<int>(us / 1000 % 1000));
  return text;
}

std::string epoch_text(std::int64_t epoch) {
  std::string s(1, 'e');
  s += std::to_string(epoch);
  return s;
}

std::string count_text(std::int64_t n) {
  std::string digits = std::to_string(n < 0 ? -n : n), out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  if (n < 0) out.insert(0, "–");
  return out;
}

std::string bytes_text(std::int64_t bytes) {
  constexpr const char* kUnits[] = {"B", "KB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  std::int64_t size = 1;
  while (bytes >= size * 1000 && unit + 1 < std::size(kUnits)) size *= 1000, ++unit;
  const std::int64_t tenths = bytes * 10 / size;
  return std::to_string(tenths / 10) + (tenths % 10 == 0 || tenths >= 1000 ? "" : "." + std::to_string(tenths % 10)) +
         " " + kUnits[unit];
}

std::string seconds_text(std::int64_t us) {
  char text[24];
  const std::int64_t tenths = (us + 50'000) / 100'000;
  if (tenths % 10 == 0) {
    std::snprintf(text, sizeof text, "%lld", static_cast<long long>(tenths / 10));
  } else {
    std::snprintf(text, sizeof text, "%lld.%d", static_cast<long long>(tenths / 10), static_cast<int>(tenths % 10));
  }
  return text;
}

std::string setting_time(Lang lang, std::string_view key, const std::string& value) {
  constexpr std::pair<std::string_view, std::int64_t> kSuffixes[] = {
      {".ms", 1}, {".seconds", 1000}, {".minutes", 60'000}, {".hours", 3'600'000}};
  char* end = nullptr;
  std::int64_t ms = std::strtoll(value.c_str(), &end, 10);
  const auto suffix =
      std::find_if(std::begin(kSuffixes), std::end(kSuffixes), [&](const auto& of) { return key.ends_with(of.first); });
  constexpr std::int64_t kMost = 1'000'000'000'000;  // values of an int64 mean "without limit"
  if (value.empty() || *end != 0 || ms <= 0 || ms > kMost || suffix == std::end(kSuffixes)) return value;
  ms *= suffix->second;
  static constexpr std::pair<std::int64_t, words::Key> kUnits[] = {
      {86'400'000, "time.days"_w}, {3'600'000, "time.hours"_w}, {60'000, "time.minutes"_w}, {1000, "time.seconds"_w}};
  for (const auto& [unit, words] : kUnits)
    if (ms % unit == 0) return tr(lang, words, {{"number", std::to_string(ms / unit)}});
  return std::to_string(ms) + " ms";
}

std::string speed_text(Lang lang, std::int64_t ppm) {
  if (ppm < 0) return tr(lang, "ui.speed_max"_w);
  if (ppm == 0) return tr(lang, "ui.speed_event"_w);
  if (ppm >= 1'000'000) return count_text(ppm / 1'000'000) + "×";
  // Two digits, because a rate is stored in millionths: 1/3,000 is 333 of them, which would be 1/3,003.
  std::int64_t part = (1'000'000 + ppm / 2) / ppm, ten = 1;
  while (part >= ten * 100) ten *= 10;
  part = (part + ten / 2) / ten * ten;
  return "1/" + count_text(part) + "×";
}

std::string latency_text(std::int64_t us, Lang lang) {
  char text[32];
  if (us >= 1'000'000) return tr(lang, "ui.seconds"_w, {{"seconds", seconds_text(us)}});
  if (us >= 10'000) std::snprintf(text, sizeof text, "%lld ms", static_cast<long long>((us + 500) / 1000));
  else std::snprintf(text, sizeof text, "%.2f ms", static_cast<double>(us) / 1000);
  return text;
}

std::int64_t next_speed(std::int64_t ppm, bool faster) {
  constexpr std::int64_t kSlowest = 1'000, kFastest = 100'000'000;
  if (ppm < 0) return faster ? -1 : kFastest;
  if (faster && ppm >= kFastest) return -1;
  std::int64_t below = 0;
  for (std::int64_t ten = kSlowest; ten <= kFastest; ten *= 10) {
    for (const std::int64_t step : {ten, 2 * ten, 5 * ten}) {
      if (faster && step > ppm) return step;
      if (!faster && step >= ppm) return below;
      below = step;
    }
  }
  return kFastest;
}

}  // namespace kafkascope::ui
