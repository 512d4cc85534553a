// What the checker and the session say, in Korean. They form their sentences in English; the catalog holds each once.
#pragma once
#include <string>
#include <string_view>

#include "observe/korean.h"

namespace kafkascope::scenario {

/// English as it is when no phrase fits: identifiers, examples of JSON.
std::string in_korean(std::string_view english);
const observe::Phrasebook& phrases();

}  // namespace kafkascope::scenario
