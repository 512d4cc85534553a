#include "scenario/node_json.h"

#include <nlohmann/json.hpp>

namespace kafkascope::scenario {

namespace {

template <class Json>
Json convert(const Node& node) {
  switch (node.kind()) {
    case Node::Kind::Null: return nullptr;
    case Node::Kind::Boolean: return node.boolean();
    case Node::Kind::Integer: return node.integer();
    case Node::Kind::Decimal: return node.decimal();
    case Node::Kind::String: return node.text();
    case Node::Kind::Array: {
      Json list = Json::array();
      for (const Node& item : node.items()) list.push_back(convert<Json>(item));
      return list;
    }
    case Node::Kind::Object: {
      Json object = Json::object();
      for (const Member& member : node.members()) object[member.key] = convert<Json>(member.value);
      return object;
    }
  }
  return nullptr;
}

}  // namespace

nlohmann::json to_nlohmann(const Node& node) { return convert<nlohmann::json>(node); }

}  // namespace kafkascope::scenario
