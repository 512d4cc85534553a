// Kafka's random ids as text (Uuid.randomUuid): member ids of the newer group protocol, made by clients and by coordinators.
#pragma once
#include <cstdint>
#include <string>

#include "sim/random.h"

namespace kafkascope::protocol {

/// 16 bytes as 22 characters of URL-safe base64 (Uuid.toString); never one that begins with a dash.
inline std::string random_uuid(sim::Random& random) {
  static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  while (true) {
    const std::uint64_t high = (random.next() & 0xffffffffffff0fffull) | 0x4000,
                        low = (random.next() & 0x3fffffffffffffffull) | 0x8000000000000000ull;
    std::string id;
    for (int i = 0; i < 22; ++i) {
      std::uint64_t six = 0;
      for (int bit = i * 6; bit < i * 6 + 6; ++bit)
        six = six << 1 | (bit < 64 ? high >> (63 - bit) & 1 : bit < 128 ? low >> (127 - bit) & 1 : 0);
      id += kLetters[six];
    }
    if (id[0] != '-') return id;
  }
}

}  // namespace kafkascope::protocol
