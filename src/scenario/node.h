// A JSON value that knows its position in its file. Deep copies; 24 bytes each, so that 16 MB of input stay far below 1
// GiB.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "words/key.h"

namespace kafkascope::scenario {

/// Both from 1; columns count Unicode code points, a tab is one. line 0: not from the file (--set).
struct Position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

struct Member;

class Node {
 public:
  enum class Kind : std::uint8_t { Null, Boolean, Integer, Decimal, String, Array, Object };

  Node() = default;
  explicit Node(bool value) : kind_(Kind::Boolean) { payload_.boolean = value; }
  explicit Node(std::int64_t value) : kind_(Kind::Integer) { payload_.integer = value; }
  explicit Node(double value) : kind_(Kind::Decimal) { payload_.decimal = value; }
  explicit Node(std::string value) : kind_(Kind::String) { payload_.text = new std::string(std::move(value)); }
  static Node array();
  static Node object();
  Node(const Node& other);
  Node(Node&& other) noexcept;
  Node& operator=(Node other) noexcept;
  ~Node() { release(); }

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::Null; }
  bool is_boolean() const { return kind_ == Kind::Boolean; }
  bool is_integer() const { return kind_ == Kind::Integer; }
  bool is_number() const { return kind_ == Kind::Integer || kind_ == Kind::Decimal; }
  bool is_string() const { return kind_ == Kind::String; }
  bool is_array() const { return kind_ == Kind::Array; }
  bool is_object() const { return kind_ == Kind::Object; }

  bool boolean() const { return payload_.boolean; }
  std::int64_t integer() const { return payload_.integer; }
  double decimal() const { return kind_ == Kind::Integer ? static_cast<double>(payload_.integer) : payload_.decimal; }
  const std::string& text() const { return *payload_.text; }
  const std::vector<Node>& items() const { return *payload_.items; }
  std::vector<Node>& items() { return *payload_.items; }
  const std::vector<Member>& members() const { return *payload_.members; }
  std::vector<Member>& members() { return *payload_.members; }

  /// For an object: the member's value, or nullptr. Nothing else has members: nullptr.
  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);

  Position position() const { return position_; }
  void set_position(Position p) { position_ = p; }

  /// The kind in words: "a string", "an object".
  words::Key kind_name() const;

 private:
  void release() noexcept;

  union Payload {
    bool boolean;
    std::int64_t integer;
    double decimal;
    std::string* text;
    std::vector<Node>* items;
    std::vector<Member>* members;
  };
  Payload payload_{.integer = 0};
  Position position_;
  Kind kind_ = Kind::Null;
};

struct Member {
  std::string key;
  Position position;  // of the key
  Node value;
};

}  // namespace kafkascope::scenario
