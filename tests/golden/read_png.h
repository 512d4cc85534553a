// Reads a PNG as pixels.
#pragma once
#include <string>

/// RGBA rows from the top, 4 bytes per pixel; empty if the file is missing or not a PNG.
std::string read_png(const std::string& file, int& width, int& height);
