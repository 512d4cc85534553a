// Sentences of the catalogues in both languages, and the reasons that facts give.
#pragma once
#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

#include "observe/snapshot.h"
#include "sim/reason.h"
#include "words/message.h"

namespace kafkascope::observe {

/// An argument: a text that is the same in both languages, a number, or words.
struct Spoken {
  Spoken(std::string_view name, std::string_view text) : name(name), en(text), ko(text) {}
  Spoken(std::string_view name, const std::string& text) : Spoken(name, std::string_view(text)) {}
  Spoken(std::string_view name, const char* text) : Spoken(name, std::string_view(text)) {}
  template <std::integral N>
  Spoken(std::string_view name, N number) : Spoken(name, std::to_string(number)) {}
  Spoken(std::string_view name, const Words& words) : name(name), en(words.en), ko(words.ko) {}
  std::string_view name;
  std::string en, ko;
};

Words say(words::Key key, std::initializer_list<Spoken> arguments = {});

/// The sentence for a reason. No reason: no words.
Words reason_words(const sim::ReasonFamily& family, sim::ReasonNumber number,
                   std::initializer_list<Spoken> arguments = {});
template <sim::Reason R>
Words reason_words(R reason, std::initializer_list<Spoken> arguments = {}) {
  return reason_words(reason_family(reason), static_cast<sim::ReasonNumber>(reason), arguments);
}

}  // namespace kafkascope::observe
