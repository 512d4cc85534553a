// What every operating system does in its own way. x.cpp is for Linux and macOS; on Windows x_windows.cpp stands in for it.
#pragma once
#include <filesystem>
#include <string>

namespace kafkascope::sys {

/// The file that this process runs, behind all links; empty where the system does not say.
std::filesystem::path program_file();

/// "ko" or "en": what the environment says (LC_ALL, LC_MESSAGES, LANG), else what the system is set to.
std::string language();

/// Before anything is read or printed. A standard stream that was closed by the caller stays closed: no file that is opened later takes its
/// number, and with it what is printed. Text is UTF-8, and a line ends as it was written.
void prepare_streams();

/// The window is there: a console that was opened only for this process, by a double click, is of no more use.
void leave_own_console();

/// A new empty file beside `place`, with the rights that the one in its place has or would get; "" if there can be none.
std::string make_beside(const std::filesystem::path& place);

/// Called when a signal is about to end this process (unless somebody else waits for that signal); may remove files, then raises the signal again.
void before_the_end(void (*handler)(int signal));

}  // namespace kafkascope::sys
