// A pipe to ffmpeg.
#pragma once
#include <cstdio>
#include <string>

namespace kafkascope::app {

/// ffmpeg with these arguments, which makes that file of what is written here; null where there is no ffmpeg.
FILE* open_ffmpeg(const std::string& arguments, const std::string& file);
/// 0: the file is made.
int close_ffmpeg(FILE* pipe);

}  // namespace kafkascope::app
