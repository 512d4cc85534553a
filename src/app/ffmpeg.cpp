#include "app/ffmpeg.h"

#include <csignal>
#include <cstdlib>

namespace kafkascope::app {

FILE* open_ffmpeg(const std::string& arguments, const std::string& file) {
  // file: prevents ffmpeg from reading a name as an option or another protocol.
  std::string quoted = "'file:";
  for (char c : file) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  quoted += "'";
  std::signal(SIGPIPE, SIG_IGN);  // an encoder that exits early is reported as an error and must not end this process
  if (std::system("command -v ffmpeg >/dev/null 2>&1") != 0) return nullptr;
  return popen(("ffmpeg " + arguments + " " + quoted).c_str(), "w");
}

int close_ffmpeg(FILE* pipe) { return pclose(pipe); }

}  // namespace kafkascope::app
