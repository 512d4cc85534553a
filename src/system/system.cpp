#include "system/system.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string_view>

#ifdef __APPLE__
#include <mach-o/dyld.h>

#include <array>
#include <cstdint>
#endif

extern char** environ;

namespace kafkascope::sys {

namespace fs = std::filesystem;

fs::path program_file() {
  std::error_code error;
#ifdef __APPLE__
  std::array<char, 4096> path{};
  std::uint32_t size = path.size();
  return _NSGetExecutablePath(path.data(), &size) == 0 ? fs::canonical(path.data(), error) : fs::path();
#else
  return fs::read_symlink("/proc/self/exe", error);
#endif
}

std::string language() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return std::string_view(value).substr(0, 2) == "ko" ? "ko" : "en";
  }
  return "en";
}

Opening::Opening([[maybe_unused]] const std::string& address) {
#ifndef __EMSCRIPTEN__
#ifdef __APPLE__
  std::string program = "open";
#else
  std::string program = "xdg-open";
#endif
  std::string target = address;
  char* arguments[] = {program.data(), target.data(), nullptr};
  posix_spawn_file_actions_t streams;
  if (posix_spawn_file_actions_init(&streams) != 0) return;
  for (const int stream : {STDOUT_FILENO, STDERR_FILENO})  // a browser's messages are not this program's
    posix_spawn_file_actions_addopen(&streams, stream, "/dev/null", O_WRONLY, 0);
  started_ = posix_spawnp(&process_, program.c_str(), &streams, nullptr, arguments, environ) == 0;
  posix_spawn_file_actions_destroy(&streams);
#endif
}

std::optional<bool> Opening::result() {
  if (!started_) return false;
#ifndef __EMSCRIPTEN__
  int status = 0;
  const pid_t ended = waitpid(process_, &status, WNOHANG);
  if (ended == 0) return std::nullopt;
  return ended == process_ && WIFEXITED(status) && WEXITSTATUS(status) == 0;
#else
  return false;
#endif
}

void prepare_streams() {
  // The loop visits the descriptors in this order because each open() takes the lowest free number. Each stream is
  // opened in the opposite direction, so that using it still fails.
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(stream, F_GETFD) == -1) (void)open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void leave_own_console() {}

std::string make_beside(const fs::path& place) {
  const std::string extension = place.extension().string();
  std::string path = (place.parent_path() / (".kafkascope-XXXXXX" + extension)).string();
  const int made = mkstemps(path.data(), static_cast<int>(extension.size()));
  if (made < 0) return {};
#ifndef __EMSCRIPTEN__  // Emscripten's files have no owner, and its umask would remove all permissions
  struct stat old {};
  const mode_t mask = umask(0);
  umask(mask);
  (void)fchmod(made, stat(place.c_str(), &old) == 0 ? old.st_mode & 0777 : 0666 & ~mask);
#endif
  close(made);
  return path;
}

void before_the_end(void (*handler)(int signal)) {
  for (const int signal : {SIGHUP, SIGINT, SIGPIPE, SIGTERM, SIGXCPU, SIGXFSZ}) {
    struct sigaction now {};
    if (sigaction(signal, nullptr, &now) != 0 || now.sa_handler != SIG_DFL) continue;
    now.sa_handler = handler;
    now.sa_flags = SA_RESETHAND;  // so raising the signal again ends the process
    sigaction(signal, &now, nullptr);
  }
}

}  // namespace kafkascope::sys
