// The text of a trace line, immutable. Most lines have no text; most of the others have a short one, which is stored in
// place. Copies of a long text (in stored lines and checkpoints) share it.
#pragma once
#include <array>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace kafkascope::sim {

class Text {
 public:
  Text() = default;
  Text(std::string_view text) {
    if (text.size() <= kShort) [[likely]] {
      if (!text.empty()) std::memcpy(bytes_.data(), text.data(), text.size());
      bytes_[kShort] = static_cast<char>(text.size());
    } else {
      set(new Shared{{1}, std::string(text)});
    }
  }
  Text(const std::string& text) : Text(std::string_view(text)) {}
  Text(const char* text) : Text(std::string_view(text)) {}
  Text(const Text& o) noexcept : bytes_(o.bytes_) {
    if (long_one()) [[unlikely]]
      shared()->references.fetch_add(1, std::memory_order_relaxed);
  }
  Text(Text&& o) noexcept : bytes_(o.bytes_) { o.bytes_ = {}; }
  Text& operator=(Text o) noexcept {
    std::swap(bytes_, o.bytes_);
    return *this;
  }
  ~Text() {
    if (long_one()) [[unlikely]]
      release();
  }

  bool empty() const { return bytes_[kShort] == 0; }
  std::string_view view() const {
    return long_one() ? std::string_view(shared()->text)
                      : std::string_view(bytes_.data(), static_cast<std::size_t>(bytes_[kShort]));
  }
  std::string str() const { return std::string(view()); }
  operator std::string() const { return str(); }
  template <std::same_as<Text> T>
  friend bool operator==(const T& a, const T& b) {
    return a.view() == b.view();
  }
  template <std::same_as<Text> T>
  friend bool operator==(const T& a, std::string_view b) {
    return a.view() == b;
  }

 private:
  struct Shared {
    std::atomic<std::uint32_t> references;
    std::string text;
  };
  static constexpr std::size_t kShort = 15;  // bytes_[kShort] contains the length
  static constexpr char kLong = 16;          // value of bytes_[kShort] if a pointer to the text is stored instead of
                                             // the text

  bool long_one() const { return bytes_[kShort] == kLong; }
  Shared* shared() const {
    Shared* s;
    std::memcpy(&s, bytes_.data(), sizeof(s));
    return s;
  }
  void set(Shared* s) {
    std::memcpy(bytes_.data(), &s, sizeof(s));
    bytes_[kShort] = kLong;
  }
  [[gnu::noinline]] void release() {
    if (shared()->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete shared();
  }

  alignas(8) std::array<char, 16> bytes_{};
};
static_assert(sizeof(Text) == 16 && std::is_nothrow_move_constructible_v<Text>);

}  // namespace kafkascope::sim
