// The manifest (app/windows/kafkascope.manifest) makes UTF-8 the code page of this process: file names, arguments and
// the environment are UTF-8 in char, as on the other systems.
#include "system/system.h"

#include <fcntl.h>
#include <io.h>
#include <share.h>
#include <sys/stat.h>
#include <windows.h>

#include <shellapi.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <random>
#include <string_view>

/// Used by the C++ library to read the char of a path (the linker substitutes it for mbrtowc): the C library here does
/// not support UTF-8. Invalid bytes become U+FFFD. A character of two UTF-16 units takes two calls: the first consumes
/// three of its bytes, and the state keeps what the second one needs.
extern "C" std::size_t __wrap_mbrtowc(wchar_t* to, const char* from, std::size_t size, std::mbstate_t* state);
extern "C" std::size_t __wrap_mbrtowc(wchar_t* to, const char* from, std::size_t size, std::mbstate_t* state) {
  const auto bits = [&](std::size_t i) { return static_cast<unsigned char>(from[i]) & 0x3Fu; };
  const auto followed_by = [&](std::size_t n) {
    for (std::size_t i = 1; i <= n; ++i)
      if (i >= size || (static_cast<unsigned char>(from[i]) & 0xC0) != 0x80) return false;
    return true;
  };
  if (size == 0) return static_cast<std::size_t>(-2);
  unsigned unit = static_cast<unsigned char>(from[0]);
  std::size_t used = 1;
  if (*state != 0) {
    unit = 0xDC00 | (static_cast<unsigned>(*state) & 0xF) << 6 | bits(0);
    *state = 0;
  } else if (unit >= 0xC2 && unit < 0xE0 && followed_by(1)) {
    unit = (unit & 0x1F) << 6 | bits(1);
    used = 2;
  } else if (unit >= 0xE0 && unit < 0xF0 && followed_by(2)) {
    unit = (unit & 0xF) << 12 | bits(1) << 6 | bits(2);
    used = 3;
  } else if (unit >= 0xF0 && unit < 0xF5 && followed_by(3)) {
    unit = 0xD800 | ((((unit & 7) << 8 | bits(1) << 2 | bits(2) >> 4) - 0x40) & 0x3FF);
    *state = static_cast<std::mbstate_t>(0x10 | (bits(2) & 0xF));
    used = 3;
  } else if (unit >= 0x80) {
    unit = 0xFFFD;
  }
  if (to != nullptr) *to = static_cast<wchar_t>(unit);
  return unit == 0 ? 0 : used;
}

namespace kafkascope::sys {

namespace fs = std::filesystem;

namespace {

void (*at_the_end)(int) = nullptr;

void end(int signal) {
  _fcloseall();  // an open file cannot be removed
  at_the_end(signal);
}

}  // namespace

fs::path program_file() {
  std::array<wchar_t, 32768> path{};
  const DWORD size = GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size()));
  return std::wstring(path.data(), size);
}

std::string language() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return std::string_view(value).substr(0, 2) == "ko" ? "ko" : "en";
  }
  return PRIMARYLANGID(GetUserDefaultUILanguage()) == LANG_KOREAN ? "ko" : "en";
}

Opening::Opening(const std::string& address) {
  const auto result = ShellExecuteA(nullptr, "open", address.c_str(), nullptr, nullptr, SW_SHOWNORMAL);
  started_ = reinterpret_cast<std::intptr_t>(result) > 32;  // as its documentation says
}

std::optional<bool> Opening::result() { return started_; }

void prepare_streams() {
  for (FILE* stream : {stdin, stdout, stderr}) _setmode(_fileno(stream), _O_BINARY);
  static const UINT before = GetConsoleOutputCP();  // the console's own setting, which other programs use afterwards
  if (before == 0 || before == CP_UTF8) return;
  SetConsoleOutputCP(CP_UTF8);
  std::atexit([] { SetConsoleOutputCP(before); });
  DWORD mode = 0;
  if (const HANDLE error = GetStdHandle(STD_ERROR_HANDLE); GetConsoleMode(error, &mode) != 0)
    SetConsoleMode(error, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

void leave_own_console() {
  DWORD process = 0;
  if (GetConsoleProcessList(&process, 1) == 1) FreeConsole();
}

std::string make_beside(const fs::path& place) {
  std::random_device random;
  for (int attempt = 0; attempt < 100; ++attempt) {
    const fs::path path =
        place.parent_path() / (".kafkascope-" + std::to_string(random()) + place.extension().string());
    int made = -1;
    const errno_t error =
        _wsopen_s(&made, path.c_str(), _O_CREAT | _O_EXCL | _O_WRONLY, _SH_DENYNO, _S_IREAD | _S_IWRITE);
    if (error == 0) _close(made);
    if (error != EEXIST) return error == 0 ? path.string() : std::string();
  }
  return {};
}

void before_the_end(void (*handler)(int signal)) {
  at_the_end = handler;
  for (const int signal : {SIGINT, SIGTERM, SIGBREAK})
    if (const auto now = std::signal(signal, end); now != SIG_DFL && now != end) std::signal(signal, now);
}

}  // namespace kafkascope::sys
