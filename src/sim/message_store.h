// The payloads of messages in flight. A payload neither moves nor changes between send and delivery.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace kafkascope::sim {

/// Indexed by packet number, which the kernel allocates and frees. Chunks keep addresses stable, so a handler may
/// read its message while it sends others. The store is a value: a copy copies the payloads.
template <class Msg>
class MessageStore {
 public:
  MessageStore() = default;
  MessageStore(MessageStore&&) noexcept = default;
  MessageStore& operator=(MessageStore&&) noexcept = default;
  MessageStore(const MessageStore& o) {
    chunks_.reserve(o.chunks_.size());
    for (const auto& chunk : o.chunks_) chunks_.push_back(std::make_unique<Chunk>(*chunk));
  }
  MessageStore& operator=(const MessageStore& o) {
    if (this != &o) *this = MessageStore(o);
    return *this;
  }
  ~MessageStore() = default;

  void put(std::uint32_t packet, Msg&& message) {
    if (packet / kChunk >= chunks_.size()) [[unlikely]]
      grow(packet);
    slot(packet).emplace(std::move(message));
  }
  const Msg& operator[](std::uint32_t packet) const { return *(*chunks_[packet / kChunk])[packet % kChunk].message; }
  std::optional<Msg>& slot(std::uint32_t packet) { return (*chunks_[packet / kChunk])[packet % kChunk].message; }
  [[gnu::always_inline]] void prefetch(std::uint32_t packet) const {
    if (packet / kChunk >= chunks_.size()) return;
    const char* at = reinterpret_cast<const char*>(&(*chunks_[packet / kChunk])[packet % kChunk]);
    for (std::size_t i = 0; i < std::min<std::size_t>(sizeof(Slot), 256); i += 64) __builtin_prefetch(at + i);
  }
  /// The packet need not have a payload (e.g. the end of a stream).
  void erase(std::uint32_t packet) {
    if (packet / kChunk < chunks_.size()) slot(packet).reset();
  }

 private:
  static constexpr std::uint32_t kChunk = 64;
  [[gnu::noinline]] void grow(std::uint32_t packet) {
    while (packet / kChunk >= chunks_.size()) chunks_.push_back(std::make_unique<Chunk>());
  }
  struct alignas(64) Slot {  // each slot begins at a cache line
    std::optional<Msg> message;
  };
  using Chunk = std::array<Slot, kChunk>;
  std::vector<std::unique_ptr<Chunk>> chunks_;
};

}  // namespace kafkascope::sim
