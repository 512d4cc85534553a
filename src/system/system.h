// Functions that differ between operating systems. x.cpp is for Linux and macOS; on Windows x_windows.cpp replaces it.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

namespace kafkascope::sys {

/// The path of this process's executable, with all links resolved; empty if the system does not provide it.
std::filesystem::path program_file();

/// "ko" or "en": from the environment (LC_ALL, LC_MESSAGES, LANG), else from the system's setting.
std::string language();

/// Starts to open a web address in the system's browser, without waiting. result() says, once, how that went.
class Opening {
 public:
  explicit Opening(const std::string& address);
  /// nullopt: not known yet. False: there is no program for it, or it has failed.
  std::optional<bool> result();

 private:
  bool started_ = false;
  [[maybe_unused]] int process_ = -1;  // the child process, where there are such
};

/// Call before anything is read or printed. A standard stream that the caller closed stays closed: no file opened later
/// takes its number and receives the program's output. Text is UTF-8, and line ends are written unchanged.
void prepare_streams();

/// Called once the window exists: closes a console that was opened only for this process by a double click.
void leave_own_console();

/// Creates a new empty file beside `place`, with the permissions that the file at `place` has or would get; "" on
/// failure.
std::string make_beside(const std::filesystem::path& place);

/// Installs a handler for signals that end this process (unless a signal already has a handler). The handler may remove
/// files and then raises the signal again.
void before_the_end(void (*handler)(int signal));

}  // namespace kafkascope::sys
