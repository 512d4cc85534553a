// The paths of this checkout and of its program. Only places.cpp contains them, so that the compiler's cache also serves other checkouts.
#pragma once
#include <string>

/// The project's root folder.
std::string source_root();
/// The program from this build (only for tests of the command line).
std::string program_path();
