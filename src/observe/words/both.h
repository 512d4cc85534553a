// Sentences of the catalogues in both languages, for texts that are kept until somebody reads them; and the reasons of
// facts.
#pragma once
#include <array>
#include <charconv>
#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

#include "observe/words/bilingual.h"
#include "sim/reason.h"
#include "words/message.h"

namespace kafkascope::observe {

/// An argument for the duration of the call: a text that is the same in both languages, a number, or words.
struct BothArg {
  BothArg(std::string_view name, std::string_view text) : name(name), en(text), ko(text) {}
  BothArg(std::string_view name, const std::string& text) : BothArg(name, std::string_view(text)) {}
  BothArg(std::string_view name, const char* text) : BothArg(name, std::string_view(text)) {}
  template <std::integral N>
  BothArg(std::string_view name, N number) : name(name) {
    const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    en = ko = std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data()));
  }
  BothArg(std::string_view name, const Words& words) : name(name), en(words.en), ko(words.ko) {}
  BothArg(const BothArg&) = delete;  // a copy of a number would refer to the digits of the original
  std::string_view name, en, ko;

 private:
  std::array<char, 20> digits;
};

/// Without arguments the sentence needs no rendering.
Words both(words::Key key);
Words both(words::Key key, std::initializer_list<BothArg> arguments);
Words both(const words::Message& message);

/// The sentence for a reason. Empty if there is no reason.
Words reason_words(const sim::ReasonFamily& family, sim::ReasonNumber number,
                   std::initializer_list<BothArg> arguments = {});
template <sim::Reason R>
Words reason_words(R reason, std::initializer_list<BothArg> arguments = {}) {
  return reason_words(reason_family(reason), static_cast<sim::ReasonNumber>(reason), arguments);
}

}  // namespace kafkascope::observe
