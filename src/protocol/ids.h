// Kafka's numbers as distinct types: passing an epoch as an offset does not compile.
#pragma once
#include <algorithm>
#include <array>
#include <cassert>
#include <compare>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include "sim/sized.h"

namespace kafkascope::protocol {

/// A position in a log. -1: none / unknown.
struct Offset {
  std::int64_t value = -1;
  friend constexpr auto operator<=>(Offset, Offset) = default;
  constexpr Offset operator+(std::int64_t n) const { return {value + n}; }
  constexpr Offset operator-(std::int64_t n) const { return {value - n}; }
  constexpr std::int64_t operator-(Offset o) const { return value - o.value; }
  constexpr bool known() const { return value >= 0; }
};

/// Generation of a partition's leadership (or of the quorum's). -1: unknown.
struct LeaderEpoch {
  std::int32_t value = -1;
  friend constexpr auto operator<=>(LeaderEpoch, LeaderEpoch) = default;
  constexpr LeaderEpoch next() const { return {value + 1}; }
};

/// Kafka's node id: brokers as configured, controllers from 3000. -1: none.
using BrokerId = std::int32_t;
inline constexpr BrokerId kNoBroker = -1;
inline constexpr BrokerId kFirstControllerId = 3000;
/// Offset of the broker's RegisterBroker record. -1: unknown (skips checks, as in Kafka).
using BrokerEpoch = std::int64_t;
using PartitionEpoch = std::int32_t;
/// A formatted log directory of a broker (meta.properties' directory.id); unique within the broker. kUnassigned: the
/// controller does not know the replica's directory yet (KIP-858, DirectoryId.UNASSIGNED).
using DirectoryId = std::int32_t;
inline constexpr DirectoryId kUnassigned = -1;
using ProducerId = std::int64_t;
using ProducerEpoch = std::int16_t;
inline constexpr ProducerId kNoProducerId = -1;

/// Takes the place of Kafka's topic UUID: a topic that is deleted and created again gets a new id. Ids are dense from
/// 0, in the order of creation.
using TopicId = std::int32_t;
inline constexpr TopicId kNoTopic = -1;

struct TopicPartition {
  TopicId topic = kNoTopic;
  std::int32_t partition = -1;
  friend constexpr bool operator==(TopicPartition, TopicPartition) = default;
  /// Orders by topic, then by partition. Both are compared as one number, because many maps use the type as their key.
  friend constexpr std::strong_ordering operator<=>(TopicPartition a, TopicPartition b) {
    return a.rank() <=> b.rank();
  }
  /// For sim::FlatMap and sim::HashIndex.
  friend constexpr std::size_t steps_between(TopicPartition from, TopicPartition to) {
    return static_cast<std::size_t>(to.rank() - from.rank());
  }
  friend constexpr std::uint64_t index_key(TopicPartition tp) { return static_cast<std::uint64_t>(tp.rank()); }

 private:
  constexpr std::int64_t rank() const { return std::int64_t{topic} * (std::int64_t{1} << 32) + partition; }
};

/// An ordered replica set, ISR or ELR. At most 15 members (a documented limit of the simulator). A world has hundreds
/// of thousands of lists, nearly all of three members: short lists are stored inline, longer ones on the heap.
class IdList {
 public:
  static constexpr int kMax = 15;
  IdList() = default;
  IdList(std::initializer_list<BrokerId> ids) {
    for (BrokerId id : ids) push_back(id);
  }
  IdList(const IdList& o) : size_(o.size_), elsewhere_(o.elsewhere_), few_(o.few_) {
    if (elsewhere_) keep_elsewhere(new All(*o.all()));
  }
  IdList(IdList&& o) noexcept
      : size_(std::exchange(o.size_, 0)), elsewhere_(std::exchange(o.elsewhere_, false)), few_(o.few_) {}
  IdList& operator=(const IdList& o) {
    if (elsewhere_ || o.elsewhere_) return *this = IdList(o);
    size_ = o.size_;
    few_ = o.few_;
    return *this;
  }
  IdList& operator=(IdList&& o) noexcept {
    std::swap(size_, o.size_);
    std::swap(elsewhere_, o.elsewhere_);
    std::swap(few_, o.few_);
    return *this;
  }
  ~IdList() {
    if (elsewhere_) delete all();
  }

  int size() const { return size_; }
  bool empty() const { return size_ == 0; }
  BrokerId operator[](int i) const { return begin()[i]; }
  const BrokerId* begin() const { return elsewhere_ ? all()->data() : few_.data(); }
  const BrokerId* end() const { return begin() + size_; }
  bool contains(BrokerId id) const { return std::find(begin(), end(), id) != end(); }
  void push_back(BrokerId id) {
    if (size_ == kMax) throw std::length_error("more than 15 replicas of one partition");
    if (size_ == kFew && !elsewhere_) {
      All* const all = new All{};
      std::copy(few_.begin(), few_.end(), all->begin());
      keep_elsewhere(all);
    }
    (elsewhere_ ? all()->data() : few_.data())[size_++] = id;
  }
  void clear() { size_ = 0; }
  /// Removes the member if present; the others keep their order.
  void remove(BrokerId id) {
    IdList kept;
    for (BrokerId other : *this)
      if (other != id) kept.push_back(other);
    *this = std::move(kept);
  }
  friend bool operator==(const IdList& a, const IdList& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }
  /// "[1,2,3]"
  std::string text() const {
    std::string out = "[";
    for (BrokerId id : *this) out += (out.size() > 1 ? "," : "") + std::to_string(id);
    return out + "]";
  }

 private:
  static constexpr int kFew = 3;
  using All = std::array<BrokerId, kMax>;
  All* all() const {
    All* at;
    std::memcpy(&at, few_.data(), sizeof(at));
    return at;
  }
  void keep_elsewhere(All* all) {
    elsewhere_ = true;
    std::memcpy(few_.data(), &all, sizeof(all));
  }
  std::int8_t size_ = 0;
  bool elsewhere_ = false;  // the list has exceeded the inline size; few_ then refers to the heap storage
  std::array<BrokerId, kFew> few_{};
};
static_assert(sim::sized<IdList>(16));

}  // namespace kafkascope::protocol

template <>
struct std::hash<kafkascope::protocol::TopicPartition> {
  std::size_t operator()(kafkascope::protocol::TopicPartition p) const noexcept {
    return static_cast<std::size_t>(p.topic) * 0x9E3779B97F4A7C15ull ^ static_cast<std::size_t>(p.partition);
  }
};
