// A pipe to ffmpeg.
#pragma once
#include <cstdio>
#include <string>

namespace kafkascope::app {

/// Starts ffmpeg with these arguments, which encodes into that file the data written here; null if there is no ffmpeg.
FILE* open_ffmpeg(const std::string& arguments, const std::string& file);
/// Returns 0 if the file was written.
int close_ffmpeg(FILE* pipe);

}  // namespace kafkascope::app
