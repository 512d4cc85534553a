// The language of this process's messages.
#pragma once
#include <initializer_list>
#include <string>

#include "words/message.h"

namespace kafkascope::cli {

/// main calls it once, before any message.
void speak_korean(bool korean);
bool korean();
words::Lang language();
/// The text in the chosen language.
const char* tr(words::Key key);
std::string tr(words::Key key, std::initializer_list<words::Arg> arguments);

}  // namespace kafkascope::cli
