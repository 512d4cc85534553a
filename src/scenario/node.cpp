#include "scenario/node.h"

#include <utility>

namespace kafkascope::scenario {

Node Node::array() {
  Node node;
  node.payload_.items = new std::vector<Node>();
  node.kind_ = Kind::Array;
  return node;
}

Node Node::object() {
  Node node;
  node.payload_.members = new std::vector<Member>();
  node.kind_ = Kind::Object;
  return node;
}

Node::Node(const Node& other) : payload_(other.payload_), position_(other.position_), kind_(Kind::Null) {
  switch (other.kind_) {
    case Kind::String: payload_.text = new std::string(*other.payload_.text); break;
    case Kind::Array: payload_.items = new std::vector<Node>(*other.payload_.items); break;
    case Kind::Object: payload_.members = new std::vector<Member>(*other.payload_.members); break;
    default: break;
  }
  kind_ = other.kind_;
}

Node::Node(Node&& other) noexcept : payload_(other.payload_), position_(other.position_), kind_(other.kind_) {
  other.kind_ = Kind::Null;
}

Node& Node::operator=(Node other) noexcept {
  std::swap(payload_, other.payload_);
  std::swap(position_, other.position_);
  std::swap(kind_, other.kind_);
  return *this;
}

void Node::release() noexcept {
  switch (kind_) {
    case Kind::String: delete payload_.text; break;
    case Kind::Array: delete payload_.items; break;
    case Kind::Object: delete payload_.members; break;
    default: break;
  }
}

const Node* Node::find(std::string_view key) const {
  if (!is_object()) return nullptr;
  for (const Member& member : *payload_.members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

Node* Node::find(std::string_view key) { return const_cast<Node*>(std::as_const(*this).find(key)); }

words::Key Node::kind_name() const {
  switch (kind_) {
    case Kind::Null: return "problem.thing.null"_w;
    case Kind::Boolean: return "remedy.true_or_false"_w;
    case Kind::Integer: return "problem.thing.whole_number"_w;
    case Kind::Decimal: return "problem.thing.decimal_number"_w;
    case Kind::String: return "problem.thing.string"_w;
    case Kind::Array: return "problem.thing.a_list"_w;
    case Kind::Object: return "problem.thing.an_object"_w;
  }
  return {};
}

}  // namespace kafkascope::scenario
