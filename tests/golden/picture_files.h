// Pictures as files: PNG and JPEG.
#pragma once
#include <string>

/// Decodes a PNG or a JPEG. RGBA rows from the top, 4 bytes a pixel; empty if `bytes` are neither.
std::string decoded(const std::string& bytes, int& width, int& height);
/// The same from a file; empty if the file is not there.
std::string read_picture(const std::string& file, int& width, int& height);
/// A JPEG of that quality (1 to 100). `rgb`: rows from the top, 3 bytes a pixel.
std::string jpeg_of(const unsigned char* rgb, int width, int height, int quality);
