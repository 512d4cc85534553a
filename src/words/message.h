// What is said to somebody: a key with arguments, until render() makes it a sentence in the language of whoever reads it.
#pragma once
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "words/catalogue.h"
#include "words/key.h"

namespace kafkascope::words {

class Message;

/// What an argument is: a text that is the same in every language, a number, or a message of its own.
using Value = std::variant<std::string, std::int64_t, std::shared_ptr<const Message>>;

/// A value; copies share what is nested.
class Message {
 public:
  struct Argument {
    Argument(std::string_view name, std::string_view text) : name(name), value(std::string(text)) {}
    Argument(std::string_view name, std::string text) : name(name), value(std::move(text)) {}
    Argument(std::string_view name, const char* text) : name(name), value(std::string(text)) {}
    template <std::integral N>
    Argument(std::string_view name, N number) : name(name), value(static_cast<std::int64_t>(number)) {}
    Argument(std::string_view name, Message message);
    std::string name;
    Value value;
  };

  Message() = default;
  Message(Key key, std::initializer_list<Argument> arguments = {}) : key_(key), arguments_(arguments) {}
  void add(std::string_view name, std::string_view text) { arguments_.emplace_back(name, text); }
  Key key() const { return key_; }
  bool empty() const { return key_.empty(); }
  const std::vector<Argument>& arguments() const { return arguments_; }
  /// The same sentence with the same arguments.
  friend bool operator==(const Message& a, const Message& b);

 private:
  Key key_;
  std::vector<Argument> arguments_;
};

inline Message::Argument::Argument(std::string_view name, Message message)
    : name(name), value(std::make_shared<const Message>(std::move(message))) {}

/// A sentence without arguments, as it stands in the catalogue: nothing is allocated, nothing read. "" for the empty key.
/// A key that the catalogue lacks is a mistake in the program: "?" is shown.
inline const char* text(Lang lang, Key key) {
  const char* found = catalogue(lang).find(key);
  return found != nullptr ? found : key.empty() ? "" : "?";
}

/// The sentence in that language, with the particles that fit. Numbers stand as digits.
std::string render(Lang lang, const Message& message);

/// The same for arguments that are texts and need no longer life: for what is drawn in every frame.
struct Arg {
  std::string_view name, text;
};
std::string render(Lang lang, Key key, std::initializer_list<Arg> arguments);
/// A pattern that stands in no catalogue.
std::string render_pattern(Lang lang, std::string_view pattern, std::initializer_list<Arg> arguments);

}  // namespace kafkascope::words
