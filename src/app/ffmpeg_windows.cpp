#include "app/ffmpeg.h"

#include <windows.h>

namespace kafkascope::app {

FILE* open_ffmpeg(const std::string& arguments, const std::string& file) {
  if (SearchPathA(nullptr, "ffmpeg", ".exe", 0, nullptr, nullptr) == 0) return nullptr;
  // A file name on Windows contains no quotation mark. file: prevents ffmpeg from reading it as an option or another
  // protocol.
  return _popen(("ffmpeg " + arguments + " \"file:" + file + "\"").c_str(), "wb");
}

int close_ffmpeg(FILE* pipe) { return _pclose(pipe); }

}  // namespace kafkascope::app
