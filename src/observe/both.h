// Sentences of the catalogues in both languages: for what is kept until somebody looks at it.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>

#include "observe/snapshot.h"
#include "words/message.h"

namespace kafkascope::observe {

/// An argument that is a text of both languages, or one that is the same in both.
struct BothArg {
  BothArg(std::string_view name, std::string_view text) : name(name), en(text), ko(text) {}
  BothArg(std::string_view name, const Words& words) : name(name), en(words.en), ko(words.ko) {}
  std::string_view name, en, ko;
};
/// Without arguments nothing is rendered.
Words both(words::Key key);
Words both(words::Key key, std::initializer_list<BothArg> arguments);
Words both(const words::Message& message);

}  // namespace kafkascope::observe
