// A message to the user: a key with arguments, which render() turns into a sentence in the user's language.
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

/// The value of an argument: a text that is the same in every language, a number, or another message.
using Value = std::variant<std::string, std::int64_t, std::shared_ptr<const Message>>;

/// A message is a value; copies share nested messages.
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

/// A sentence without arguments, as written in the catalogue, without allocating or parsing anything. "" for the empty
/// key. A key that the catalogue does not have is a programming error and gives "?".
inline const char* text(Lang lang, Key key) {
  const char* found = catalogue(lang).find(key);
  return found != nullptr ? found : key.empty() ? "" : "?";
}

/// The sentence in that language, with the matching particles. Numbers are written in digits.
std::string render(Lang lang, const Message& message);

/// An argument that is a text and need not be copied, for sentences that are drawn in every frame.
struct Arg {
  std::string_view name, text;
};
std::string render(Lang lang, Key key, std::initializer_list<Arg> arguments);
/// Renders a pattern that is not in a catalogue.
std::string render_pattern(Lang lang, std::string_view pattern, std::initializer_list<Arg> arguments);

}  // namespace kafkascope::words
