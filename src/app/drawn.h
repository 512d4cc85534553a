// A hash of what a frame draws: equal pictures have equal hashes.
#pragma once
#include <imgui.h>

#include <cstdint>
#include <cstring>

namespace kafkascope::app {

inline std::uint64_t drawn(const ImDrawData& data) {
  std::uint64_t sum = 0xcbf29ce484222325u;
  const auto add = [&](const void* from, std::size_t bytes) {
    const auto* p = static_cast<const unsigned char*>(from);
    for (; bytes > 0; p += sizeof sum) {
      std::uint64_t word = 0;
      const std::size_t n = bytes < sizeof word ? bytes : sizeof word;
      std::memcpy(&word, p, n);
      sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
      sum ^= sum >> 29;
      bytes -= n;
      if (n < sizeof word) break;
    }
  };
  for (int i = 0; i < data.CmdListsCount; ++i) {
    const ImDrawList& list = *data.CmdLists[i];
    add(list.VtxBuffer.Data, static_cast<std::size_t>(list.VtxBuffer.Size) * sizeof(ImDrawVert));
    add(list.IdxBuffer.Data, static_cast<std::size_t>(list.IdxBuffer.Size) * sizeof(ImDrawIdx));
    for (const ImDrawCmd& command : list.CmdBuffer) add(&command.ClipRect, sizeof command.ClipRect);
  }
  return sum;
}

}  // namespace kafkascope::app
