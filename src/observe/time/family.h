// The kinds of traffic that are told apart by colour and shape.
#pragma once
#include <cstdint>

namespace kafkascope::observe {

/// The kind of traffic a message belongs to, which decides its colour and shape on the stage.
enum class Family : std::uint8_t { Produce, Consume, Replicate, Group, Transaction, Control, Metadata, ZooKeeper };
inline constexpr int kFamilies = 8;

}  // namespace kafkascope::observe
