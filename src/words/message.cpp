#include "words/message.h"

#include <algorithm>
#include <optional>

#include "words/particles.h"
#include "words/pattern.h"

namespace kafkascope::words {

namespace {

/// Writes patterns one after another, and notes whether any of them contains particles.
template <class Arguments>  // put(name, out): writes the argument, false if there is none of that name; is_one(name);
                            // given(name)
class Writer {
 public:
  Writer(const Arguments& arguments, std::string& out, bool& particles)
      : arguments_(arguments), out_(out), particles_(particles) {}

  void write(std::string_view pattern) {
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      const char c = pattern[i];
      if (c == '{' && i + 1 < pattern.size() && pattern[i + 1] != '{') {
        i = write_slot(pattern, i);
        continue;
      }
      if ((c == '{' || c == '}') && i + 1 < pattern.size() && pattern[i + 1] == c) ++i;
      particles_ = particles_ || c == '<';
      out_ += c;
    }
  }

 private:
  /// Writes the slot that begins with the '{' at `open`; returns the index of its last character. Malformed slots are
  /// written unchanged.
  std::size_t write_slot(std::string_view pattern, std::size_t open) {
    const std::size_t close = closing(pattern, open + 1), length = name_length(pattern.substr(open + 1));
    if (close == std::string_view::npos || length == 0) {
      out_ += '{';
      return open;
    }
    const std::string_view name = pattern.substr(open + 1, length);
    const std::string_view rest = pattern.substr(open + 1 + length, close - open - 1 - length);
    if (rest.starts_with(':')) {
      const std::size_t bar = std::min(rest.find('|'), rest.size() - 1);
      out_ += arguments_.is_one(name) ? rest.substr(1, bar - 1) : rest.substr(bar + 1);
    } else if (rest.starts_with('?')) {
      if (arguments_.given(name)) write(rest.substr(1));
    } else if (!arguments_.put(name, out_, particles_)) {
      out_ += pattern.substr(open, close - open + 1);
    }
    return close;
  }

  const Arguments& arguments_;
  std::string& out_;
  bool& particles_;
};

struct Texts {
  std::initializer_list<Arg> all;
  std::optional<std::string_view> find(std::string_view name) const {
    for (const Arg& a : all)
      if (a.name == name) return a.text;
    return std::nullopt;
  }
  bool put(std::string_view name, std::string& out, bool&) const {
    const auto text = find(name);
    if (text) out += *text;
    return text.has_value();
  }
  bool is_one(std::string_view name) const { return find(name).value_or("") == "1"; }
  bool given(std::string_view name) const { return !find(name).value_or("").empty(); }
};

void write(Lang lang, const Message& message, std::string& out, bool& particles);

struct Values {
  Lang lang;
  const Message& message;
  const Value* find(std::string_view name) const {
    for (const Message::Argument& a : message.arguments())
      if (a.name == name) return &a.value;
    return nullptr;
  }
  bool put(std::string_view name, std::string& out, bool& particles) const {
    const Value* value = find(name);
    if (value == nullptr) return false;
    if (const auto* text = std::get_if<std::string>(value)) out += *text;
    else if (const auto* number = std::get_if<std::int64_t>(value)) out += std::to_string(*number);
    else write(lang, *std::get<std::shared_ptr<const Message>>(*value), out, particles);
    return true;
  }
  bool is_one(std::string_view name) const {
    const Value* value = find(name);
    if (value == nullptr) return false;
    if (const auto* number = std::get_if<std::int64_t>(value)) return *number == 1;
    const auto* text = std::get_if<std::string>(value);
    return text != nullptr && *text == "1";
  }
  bool given(std::string_view name) const {
    const Value* value = find(name);
    if (value == nullptr) return false;
    if (const auto* text = std::get_if<std::string>(value)) return !text->empty();
    if (const auto* nested = std::get_if<std::shared_ptr<const Message>>(value)) return !(*nested)->empty();
    return true;
  }
};

void write(Lang lang, const Message& message, std::string& out, bool& particles) {
  const Values values{lang, message};
  Writer<Values>(values, out, particles).write(text(lang, message.key()));
}

std::string finished(Lang lang, std::string out, bool particles) {
  return particles && lang == Lang::Ko ? with_particles(out) : out;
}

}  // namespace

bool operator==(const Message& a, const Message& b) {
  const auto same = [](const Message::Argument& x, const Message::Argument& y) {
    const auto* const nested = std::get_if<std::shared_ptr<const Message>>(&x.value);
    const auto* const other = std::get_if<std::shared_ptr<const Message>>(&y.value);
    return x.name == y.name && (nested != nullptr && other != nullptr ? **nested == **other : x.value == y.value);
  };
  return a.key_ == b.key_ &&
         std::equal(a.arguments_.begin(), a.arguments_.end(), b.arguments_.begin(), b.arguments_.end(), same);
}

std::string render(Lang lang, const Message& message) {
  std::string out;
  bool particles = false;
  write(lang, message, out, particles);
  return finished(lang, std::move(out), particles);
}

std::string render(Lang lang, Key key, std::initializer_list<Arg> arguments) {
  return render_pattern(lang, text(lang, key), arguments);
}

std::string render_pattern(Lang lang, std::string_view pattern, std::initializer_list<Arg> arguments) {
  std::string out;
  out.reserve(pattern.size() + 32);
  bool particles = false;
  const Texts texts{arguments};
  Writer<Texts>(texts, out, particles).write(pattern);
  return finished(lang, std::move(out), particles);
}

}  // namespace kafkascope::words
