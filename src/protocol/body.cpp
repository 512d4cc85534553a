#include "protocol/body.h"

#include "protocol/all_messages.h"

namespace kafkascope::protocol {

Body::Body() : Body(ProduceRequest{}) {}

Body::Body(const Body& other) : index_(other.index_) {
  visit([&]<class T>(const T& value) { ::new (static_cast<void*>(storage_)) T(value); }, other);
}

Body::Body(Body&& other) noexcept : index_(other.index_) {
  visit([&]<class T>(T& value) { ::new (static_cast<void*>(storage_)) T(std::move(value)); }, other);
}

Body& Body::operator=(const Body& other) {
  if (this != &other) *this = Body(other);
  return *this;
}

Body& Body::operator=(Body&& other) noexcept {
  if (this == &other) return *this;
  this->~Body();
  return *::new (static_cast<void*>(this)) Body(std::move(other));
}

Body::~Body() {
  visit([]<class T>(T& value) { value.~T(); }, *this);
}

}  // namespace kafkascope::protocol
