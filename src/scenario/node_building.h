// Short functions that build values for writing. For .cpp files of this folder.
#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "scenario/node.h"

namespace kafkascope::scenario {

inline Node word(std::string_view text) { return Node(std::string(text)); }
inline void put(Node& object, std::string_view key, Node value) {
  object.members().push_back({std::string(key), {}, std::move(value)});
}
template <class List, class Make>
Node list_of(const List& list, Make make) {
  Node node = Node::array();
  for (const auto& item : list) node.items().push_back(make(item));
  return node;
}

}  // namespace kafkascope::scenario
