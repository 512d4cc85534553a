#include "scenario/json_reader.h"

#include <fmt/format.h>

#include <limits>
#include <list>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <vector>

namespace kafkascope::scenario {

namespace {

/// Walks through the text in parallel with the JSON library, which reports tokens without their positions. Tokens that
/// the library has accepted are easy to find again.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) offset_ = 3;
  }

  /// Moves to the next token that is a value, a key or an opening bracket, and returns its position.
  Position next_token() {
    while (offset_ < text_.size()) {
      const char c = text_[offset_];
      if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == ':' || c == ']' || c == '}') step();
      else break;
    }
    return position();
  }
  bool is_at_end() const {
    Cursor ahead = *this;
    ahead.next_token();
    return ahead.offset_ == text_.size();
  }
  bool at_comment() const {
    Cursor ahead = *this;
    ahead.next_token();
    const std::string_view rest = text_.substr(ahead.offset_);
    return rest.starts_with("//") || rest.starts_with("/*") || rest.starts_with("#");
  }
  void skip_one() { step(); }
  void skip_string() {
    step();
    while (offset_ < text_.size() && text_[offset_] != '"') {
      if (text_[offset_] == '\\') step();
      step();
    }
    step();
  }
  void skip_word() {
    while (offset_ < text_.size()) {
      const char c = text_[offset_];
      if (c == ',' || c == ']' || c == '}' || c == ' ' || c == '\t' || c == '\r' || c == '\n') break;
      step();
    }
  }
  /// Moves forward to a byte of the text (an error's).
  Position at_byte(std::size_t byte) {
    while (offset_ < byte && offset_ < text_.size()) step();
    return position();
  }
  Position position() const { return {line_, column_}; }

 private:
  void step() {
    if (offset_ >= text_.size()) return;
    const unsigned char c = static_cast<unsigned char>(text_[offset_++]);
    if (c == '\n') {
      ++line_;
      column_ = 1;
    } else if (offset_ >= text_.size() || (static_cast<unsigned char>(text_[offset_]) & 0xC0) != 0x80) {
      ++column_;  // the last byte of a code point
    }
  }
  std::string_view text_;
  std::size_t offset_ = 0;
  std::uint32_t line_ = 1;
  std::uint32_t column_ = 1;
};

/// The sentence for the library's message, "[json.exception.parse_error.101] parse error at line 1, column 2: syntax
/// error while parsing value - unexpected …".
words::Key plain_words(std::string_view what) {
  if (what.find("invalid string: ill-formed UTF-8") != std::string_view::npos) return "problem.not_utf_8"_w;
  if (what.find("surrogate") != std::string_view::npos) return "problem.half_surrogate_pair"_w;
  if (what.find("number overflow") != std::string_view::npos) return "problem.huge_number"_w;
  if (what.find("control character") != std::string_view::npos) return "problem.control_character"_w;
  if (what.find("missing closing quote") != std::string_view::npos) return "problem.unclosed_string"_w;
  if (what.find("forbidden character after backslash") != std::string_view::npos) return "problem.unknown_escape"_w;
  if (what.find("'\\u' must be followed") != std::string_view::npos) return "problem.bad_unicode_escape"_w;
  if (what.find("unexpected end of input") != std::string_view::npos) return "problem.file_ends"_w;
  if (what.find("expected end of input") != std::string_view::npos) return "problem.behind_end"_w;
  if (what.find("invalid literal") != std::string_view::npos) return "problem.unknown_word"_w;
  if (what.find("invalid number") != std::string_view::npos) return "problem.malformed_number"_w;
  if (what.find("parsing object key") != std::string_view::npos) return "problem.key_expected"_w;
  if (what.find("object separator") != std::string_view::npos) return "problem.colon_expected"_w;
  if (what.find("parsing object - ") != std::string_view::npos) return "problem.comma_or_end_of_object"_w;
  if (what.find("parsing array - ") != std::string_view::npos) return "problem.comma_or_end_of_list"_w;
  return "problem.value_expected"_w;
}

/// The remedy for a problem of plain_words(), or for "problem.comment".
words::Key remedy_of(words::Key problem) {
  struct Remedy {
    words::Key problem, remedy;
  };
  static constexpr Remedy kRemedies[] = {
      {"problem.comment"_w, "remedy.json_comment"_w},
      {"problem.file_is_empty"_w, "remedy.json_file_is_empty"_w},
      {"problem.file_ends"_w, "remedy.json_file_ends"_w},
      {"problem.behind_end"_w, "remedy.json_behind_end"_w},
      {"problem.unclosed_string"_w, "remedy.json_unclosed_string"_w},
      {"problem.control_character"_w, "remedy.json_control_character"_w},
      {"problem.unknown_escape"_w, "remedy.json_escape"_w},
      {"problem.bad_unicode_escape"_w, "remedy.json_unicode"_w},
      {"problem.half_surrogate_pair"_w, "remedy.json_unicode"_w},
      {"problem.unknown_word"_w, "remedy.json_word"_w},
      {"problem.malformed_number"_w, "remedy.json_number"_w},
      {"problem.huge_number"_w, "remedy.json_number"_w},
      {"problem.key_expected"_w, "remedy.json_key"_w},
      {"problem.colon_expected"_w, "remedy.json_colon"_w},
      {"problem.comma_or_end_of_object"_w, "remedy.json_in_object"_w},
      {"problem.comma_or_end_of_list"_w, "remedy.json_in_list"_w},
      {"problem.value_expected"_w, "remedy.json_value"_w},
      {"problem.not_utf_8"_w, "remedy.json_utf_8"_w},
  };
  for (const Remedy& r : kRemedies)
    if (r.problem == problem) return r.remedy;
  return {};
}

class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  Builder(std::string_view text, Report& report) : cursor_(text), report_(report) {}

  bool null() override { return scalar(Node()); }
  bool boolean(bool value) override { return scalar(Node(value)); }
  bool number_integer(number_integer_t value) override { return scalar(Node(static_cast<std::int64_t>(value))); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      return scalar(Node(static_cast<double>(value)));
    return scalar(Node(static_cast<std::int64_t>(value)));
  }
  bool number_float(number_float_t value, const string_t&) override { return scalar(Node(value)); }
  bool string(string_t& value) override {
    const Position at = cursor_.next_token();
    cursor_.skip_string();
    return attach(Node(std::move(value)), at) != nullptr;
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Node::object()); }
  bool start_array(std::size_t) override { return open(Node::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& value) override {
    Level& level = levels_.back();
    level.key_at = cursor_.next_token();
    cursor_.skip_string();
    level.duplicate = !level.seen.insert(value).second;
    if (level.duplicate) {
      std::string pointer = pointer_here();
      pointer += "/" + escaped(value);
      report_.add({Severity::Error, level.key_at, std::move(pointer),
                   Message("problem.key_twice"_w, {{"key", in_quotes(value)}}), "remedy.each_key_once"_w, false});
    }
    level.key = std::move(value);
    level.pending = true;
    return true;
  }
  bool parse_error(std::size_t byte, const std::string&, const nlohmann::detail::exception& error) override {
    words::Key words = plain_words(error.what());
    const bool comment = cursor_.at_comment();
    if (comment) words = "problem.comment"_w;
    if (words == "problem.file_ends"_w && levels_.empty() && cursor_.is_at_end()) words = "problem.file_is_empty"_w;
    // An error in a word or number is shown at its beginning, one inside a string exactly there.
    const bool whole_token = comment || words == "problem.unknown_word"_w || words == "problem.huge_number"_w ||
                             words == "problem.malformed_number"_w;
    const Position at = whole_token ? cursor_.next_token() : cursor_.at_byte(byte == 0 ? 0 : byte - 1);
    std::string pointer = pointer_here();
    if (!levels_.empty()) {
      const Level& level = levels_.back();
      const bool between = words == "problem.comma_or_end_of_object"_w || words == "problem.comma_or_end_of_list"_w ||
                           words == "problem.file_ends"_w;
      if (level.pending) pointer += "/" + escaped(level.key);
      else if (level.container->is_array() && !between)
        pointer += "/" + std::to_string(level.container->items().size());
    }
    report_.add({Severity::Error, at, std::move(pointer), words, remedy_of(words), false});
    return false;
  }

  std::optional<Node> result() && { return std::move(root_); }

 private:
  struct Level {
    Node* container = nullptr;
    std::string key;
    Position key_at;
    bool duplicate = false;
    bool pending = false;  // a key was read, its value not yet
    std::unordered_set<std::string> seen;
  };

  static std::string escaped(std::string_view key) {
    std::string out;
    for (const char c : key) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    return out;
  }
  std::string pointer_here() const {
    std::string out;
    for (std::size_t i = 0; i + 1 < levels_.size(); ++i) {
      const Level& level = levels_[i];
      out += level.container->is_array() ? "/" + std::to_string(level.container->items().size() - 1)
                                         : "/" + escaped(level.key);
    }
    return out;
  }

  bool scalar(Node node) {
    const Position at = cursor_.next_token();
    cursor_.skip_word();
    return attach(std::move(node), at) != nullptr;
  }
  bool open(Node node) {
    const Position at = cursor_.next_token();
    cursor_.skip_one();
    if (static_cast<int>(levels_.size()) >= kMaxNesting) {
      std::string pointer = pointer_here();
      const Level& level = levels_.back();
      pointer += level.container->is_array() ? "/" + std::to_string(level.container->items().size())
                                             : "/" + escaped(level.key);
      report_.add({Severity::Error, at, std::move(pointer), Message("problem.too_deep"_w, {{"most", kMaxNesting}}),
                   Message("remedy.levels"_w, {{"most", kMaxNesting}}), false});
      return false;
    }
    Node* placed = attach(std::move(node), at);
    levels_.push_back({placed, {}, {}, false, false, {}});
    return true;
  }
  bool close() {
    levels_.pop_back();
    return true;
  }
  /// A level's container is the last element of its parent, and the parent gets no further element before the container
  /// is closed, so the pointer stays valid.
  Node* attach(Node node, Position at) {
    node.set_position(at);
    if (levels_.empty()) {
      root_ = std::move(node);
      return &*root_;
    }
    Level& level = levels_.back();
    level.pending = false;
    if (level.container->is_array()) {
      level.container->items().push_back(std::move(node));
      return &level.container->items().back();
    }
    if (level.duplicate) {  // the first one stays; the second is only checked for its form
      discarded_.push_back(std::move(node));
      return &discarded_.back();
    }
    level.container->members().push_back({level.key, level.key_at, std::move(node)});
    return &level.container->members().back().value;
  }

  Cursor cursor_;
  Report& report_;
  std::optional<Node> root_;
  std::vector<Level> levels_;
  std::list<Node> discarded_;
};

}  // namespace

std::optional<Node> read_json(std::string_view text, Report& report) {
  if (text.size() > kMaxFileBytes) {
    report.add({Severity::Error,
                {1, 1},
                "",
                "problem.file_too_large"_w,
                Message("remedy.file_size"_w, {{"bytes", kMaxFileBytes}}),
                false});
    return std::nullopt;
  }
  Builder builder(text, report);
  const bool good = nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  if (!good) return std::nullopt;
  // For the parser a NUL ends the input.
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    report.add({Severity::Error, Cursor(text).at_byte(nul), "", "problem.behind_end"_w,
                remedy_of("problem.behind_end"_w), false});
    return std::nullopt;
  }
  return std::move(builder).result();
}

}  // namespace kafkascope::scenario
