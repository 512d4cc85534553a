// What clients of a kind do.
#pragma once
#include "cluster/spec.h"

namespace kafkascope::cluster {

/// Whether such a client has a consumer.
constexpr bool consumes(ClientKind kind) {
  return kind == ClientKind::Consumer || kind == ClientKind::ShareConsumer || kind == ClientKind::Transform ||
         kind == ClientKind::ConsoleConsumer || kind == ClientKind::Streams;
}

/// Whether such a client has a producer.
constexpr bool produces(ClientKind kind) {
  return kind == ClientKind::Producer || kind == ClientKind::Transform || kind == ClientKind::ConsoleProducer ||
         kind == ClientKind::Streams;
}

}  // namespace kafkascope::cluster
