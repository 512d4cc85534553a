#include "support/places.h"

std::string source_root() { return KAFKASCOPE_SOURCE_DIR; }
std::string program_path() { return KAFKASCOPE_PROGRAM; }
