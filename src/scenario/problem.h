// The problems of a file: all at once, each with its position and the remedy.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scenario/node.h"
#include "words/message.h"

namespace kafkascope::scenario {

using words::Message;

enum class Severity : std::uint8_t { Error, Warning };

struct Problem {
  Severity severity = Severity::Error;
  Position position;
  std::string pointer;   // JSON pointer; "" = the whole file
  Message message;       // what is wrong
  Message remedy;        // what would be right; may be empty
  bool not_yet = false;  // legal in the format, but not implemented in this program
};

/// `file:line:column: /json/pointer: what is wrong; what would be right`. Warnings say "warning: " before the text,
/// also in Korean.
std::string format(const Problem& problem, std::string_view file, words::Lang lang = words::Lang::En);

/// A text that is the same in every language: JSON, a name, a list of names.
Message example(std::string_view text);
/// `no topic is called "x"`; `what` is a key of problem.thing.
Message no_such(words::Key what, std::string_view name);

/// The remedy for a possible problem. It costs nothing until it is rendered, because most readers find no problem.
class Remedy {
 public:
  constexpr Remedy(words::Key key) : key_(key) {}
  /// An example.
  constexpr Remedy(const char* text) : text_(text) {}
  operator Message() const { return text_.empty() ? Message(key_) : example(text_); }

 private:
  words::Key key_;
  std::string_view text_;
};

/// The candidate nearest to `name` by edits (a swap of neighbours is one edit), or "" if none is near enough.
std::string nearest(std::string_view name, std::span<const std::string_view> candidates);
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);
/// `did you mean "x"?` or, without a near candidate, `one of a, b, c` (at most `most`, then …).
Message suggestion(std::string_view name, std::span<const std::string_view> candidates, std::size_t most = 12);
Message suggestion(std::string_view name, const std::vector<std::string>& candidates, std::size_t most = 12);
/// For a variant that a file does not have: the nearest one, or all that it has.
Message no_variant_but(std::string_view name, const std::vector<std::string>& variants);

/// For messages: in quotes, control characters escaped, shortened to about 60 characters.
std::string in_quotes(std::string_view text);

/// The position of a value as a chain up to the root; costs nothing until a problem is reported.
class Path {
 public:
  Path() = default;
  Path(const Path& parent, std::string_view key) : parent_(&parent), key_(key) {}
  Path(const Path& parent, std::size_t index) : parent_(&parent), index_(index), is_index_(true) {}
  std::string pointer() const;

 private:
  const Path* parent_ = nullptr;
  std::string_view key_;
  std::size_t index_ = 0;
  bool is_index_ = false;
};

/// Collects problems. Keeps the first kMost in full and counts the rest.
class Report {
 public:
  static constexpr std::size_t kMost = 1000;
  void error(const Node& at, const Path& path, Message message, Message remedy = {});
  void error(Position at, const Path& path, Message message, Message remedy = {});
  void not_yet(const Node& at, const Path& path, Message message, Message remedy = {});
  void warning(const Node& at, const Path& path, Message message, Message remedy = {});
  void add(Problem problem);

  /// No more problems are kept: readers of long lists may stop.
  bool full() const { return problems_.size() >= kMost; }
  bool has_errors() const { return errors_ > 0; }
  std::size_t error_count() const { return errors_; }
  std::size_t dropped() const { return dropped_; }
  /// In the order of the file, without duplicates.
  std::vector<Problem> take_sorted();

  /// While this object exists, nothing is reported. For parts of another variant, which may have other nodes and is
  /// checked separately.
  class Unheard {
   public:
    explicit Unheard(Report& report)
        : report_(report), problems_(report.problems_.size()), errors_(report.errors_), dropped_(report.dropped_) {}
    Unheard(const Unheard&) = delete;
    Unheard& operator=(const Unheard&) = delete;
    ~Unheard() {
      report_.problems_.erase(report_.problems_.begin() + static_cast<std::ptrdiff_t>(problems_),
                              report_.problems_.end());
      report_.errors_ = errors_;
      report_.dropped_ = dropped_;
    }

   private:
    Report& report_;
    std::size_t problems_, errors_, dropped_;
  };

 private:
  std::vector<Problem> problems_;
  std::size_t errors_ = 0;
  std::size_t dropped_ = 0;
};

}  // namespace kafkascope::scenario
