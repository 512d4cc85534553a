// The dashboard's words, from the catalogues (assets/words), and its number formats.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "observe/model/snapshot.h"
#include "observe/words/both.h"
#include "words/message.h"

namespace kafkascope::ui {

using words::Lang;
/// A label, without arguments.
inline const char* tr(Lang lang, words::Key key) { return words::text(lang, key); }
/// A sentence with its arguments: tr(lang, "ui.step_of"_w, {{"step", "2"}, {"steps", "7"}}).
inline std::string tr(Lang lang, words::Key key, std::initializer_list<words::Arg> arguments) {
  return words::render(lang, key, arguments);
}

using observe::both;
using observe::BothArg;
using observe::pick;

/// Times in the dashboard's format: "00:20.913" and the microseconds "402".
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
/// The value of a setting whose name has a unit of time, in the largest unit that leaves a whole number: "5 min" of
/// 300000 ms; any other value as it is.
std::string setting_time(Lang lang, std::string_view key, const std::string& value);
/// "1/10×", "2×", in words for the two ends of the scale.
std::string speed_text(Lang lang, std::int64_t speed_ppm);
/// "0.41 ms", "12 ms", "2.5 s": the time that a message takes, or the length of a silence. Only seconds have another
/// name in another language.
std::string latency_text(std::int64_t us, Lang lang);
inline constexpr std::int64_t kSpeedAdapts = -2;  // of SetSpeed
/// The next speed up or down: event by event, 1/1000, 1/500, 1/200 … 1, 2, 5, 10 … 100 times, as fast as possible.
std::int64_t next_speed(std::int64_t speed_ppm, bool faster);

}  // namespace kafkascope::ui
