// A PNG as pixels.
#pragma once
#include <string>

/// RGBA rows from the top, 4 bytes a pixel; empty if the file is not there or no PNG.
std::string read_png(const std::string& file, int& width, int& height);
