// Where this checkout and its program are. Only places.cpp knows the paths, so that the compiler's cache serves every other checkout, too.
#pragma once
#include <string>

/// The project's root folder.
std::string source_root();
/// The program that this build made (tests of the command line only).
std::string program_path();
