// The string tables: English and Korean, switchable at run time, complete by construction (one row holds both).
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "observe/snapshot.h"

namespace kafkascope::ui {

enum class Lang : std::uint8_t { En, Ko };

enum class Str : std::uint16_t {
#define STRING(name, en, ko) name,
#include "ui/strings.def"
#undef STRING
};

inline constexpr int kStrings = 0
#define STRING(name, en, ko) +1
#include "ui/strings.def"
#undef STRING
    ;

const char* tr(Lang lang, Str s);
/// Replaces {0}, {1} … by the arguments.
std::string fill(std::string_view pattern, std::initializer_list<std::string_view> args);

inline const std::string& pick(Lang lang, const observe::Words& w) {
  return lang == Lang::Ko && !w.ko.empty() ? w.ko : w.en;
}

/// Times as the dashboard writes them: "00:20.913" and the microseconds "402".
std::string clock_text(std::int64_t us);
std::string micro_text(std::int64_t us);
/// "12.000" below a minute (seconds and ms), else the clock.
std::string short_time(std::int64_t us);
/// "e3".
std::string epoch_text(std::int64_t epoch);
/// A count with thousands separators: 1,262.
std::string count_text(std::int64_t n);
/// "512 B", "100 KB", "1.5 MB": thousands, as scenario files count.
std::string bytes_text(std::int64_t bytes);
/// Seconds with one digit: "6.5", or "9" when whole.
std::string seconds_text(std::int64_t us);
/// "1/10×", "2×", in words for the two ends of the scale.
std::string speed_text(Lang lang, std::int64_t speed_ppm);
/// The next speed up or down: event by event, 1/1000, 1/500, 1/200 … 1, 2, 5, 10 … 100 times, as fast as possible.
std::int64_t next_speed(std::int64_t speed_ppm, bool faster);

}  // namespace kafkascope::ui
