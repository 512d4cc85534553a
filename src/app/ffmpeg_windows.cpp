#include "app/ffmpeg.h"

#include <windows.h>

namespace kafkascope::app {

FILE* open_ffmpeg(const std::string& arguments, const std::string& file) {
  if (SearchPathA(nullptr, "ffmpeg", ".exe", 0, nullptr, nullptr) == 0) return nullptr;
  // No name of a file has a quotation mark here. file: keeps it from being an option or another protocol of ffmpeg's.
  return _popen(("ffmpeg " + arguments + " \"file:" + file + "\"").c_str(), "wb");
}

int close_ffmpeg(FILE* pipe) { return _pclose(pipe); }

}  // namespace kafkascope::app
