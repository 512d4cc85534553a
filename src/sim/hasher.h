// The trace hash: XXH3-64 over a byte stream, independent of how the stream is cut into writes.
#pragma once
#define XXH_STATIC_LINKING_ONLY  // makes the state a member: copying a world copies its hash without an allocation
#include <xxhash.h>

#include <array>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace kafkascope::sim {

/// A value: a copy continues independently. Small writes are buffered, because a call into the library costs more than
/// hashing their bytes.
class Hasher {
 public:
  Hasher() { XXH3_64bits_reset(&state_); }
  Hasher(const Hasher& o) { *this = o; }
  Hasher& operator=(const Hasher& o) {
    if (this != &o) {
      XXH3_copyState(&state_, &o.state_);
      std::memcpy(buffer_.data(), o.buffer_.data(), o.used_);
      used_ = o.used_;
    }
    return *this;
  }
  ~Hasher() = default;

  /// Integers and enums, as their little-endian bytes at their own width (the hosts we build for are little-endian).
  template <class T>
  requires(std::integral<T> || std::is_enum_v<T>) void put(T value) {
    if (used_ + sizeof(T) > buffer_.size()) spill();
    std::memcpy(buffer_.data() + used_, &value, sizeof(T));
    used_ += static_cast<std::uint32_t>(sizeof(T));
  }
  /// Hashes the length first, so that ("ab", "c") and ("a", "bc") differ.
  void put(std::string_view text) {
    put(static_cast<std::uint64_t>(text.size()));
    bytes(text.data(), text.size());
  }
  void put(const char* text) { put(std::string_view(text)); }
  /// Hashes several words at once. The kernel's own records are laid out as words, which saves a check per field.
  /// (Separate arguments instead of an array: an array would be written in words and read in wider pieces, for which a
  /// processor has to wait.)
  template <std::same_as<std::uint64_t>... Words>
  void words(Words... w) {
    constexpr std::size_t size = sizeof...(Words) * sizeof(std::uint64_t);
    if (used_ + size > buffer_.size()) spill();
    unsigned char* to = buffer_.data() + used_;
    ((std::memcpy(to, &w, sizeof(w)), to += sizeof(w)), ...);
    used_ += static_cast<std::uint32_t>(size);
  }
  void bytes(const void* data, std::size_t size) {
    if (size > buffer_.size() - used_) {
      spill();
      if (size > buffer_.size()) {
        XXH3_64bits_update(&state_, data, size);
        return;
      }
    }
    if (size != 0) std::memcpy(buffer_.data() + used_, data, size);
    used_ += static_cast<std::uint32_t>(size);
  }

  /// The hash of everything put so far; more may be put afterwards.
  std::uint64_t digest() const {
    Hasher copy(*this);
    copy.spill();
    return XXH3_64bits_digest(&copy.state_);
  }

 private:
  void spill();

  XXH3_state_t state_;
  std::uint32_t used_ = 0;
  alignas(64) std::array<unsigned char, 4096> buffer_;
};

}  // namespace kafkascope::sim
