// Texts of trace lines that hold several values: they are composed and parsed only here.
#pragma once
#include <string>
#include <vector>

#include "protocol/ids.h"
#include "sim/text.h"

namespace kafkascope::fact {

using sim::Text;

/// "[1,2,3]"
struct IdsText {
  Text text;
  IdsText() = default;
  IdsText(const protocol::IdList& ids) : text(ids.text()) {}
  protocol::IdList ids() const;
  friend bool operator==(const IdsText&, const IdsText&) = default;
};

/// "[1,2] -> [1,2,3]"
struct IdsChangeText {
  Text text;
  IdsChangeText() = default;
  IdsChangeText(const protocol::IdList& before, const protocol::IdList& after)
      : text(before.text() + " -> " + after.text()) {}
  protocol::IdList before() const;
  protocol::IdList after() const;
  friend bool operator==(const IdsChangeText&, const IdsChangeText&) = default;
};

/// "[orders-0, orders-1]", or the same without brackets.
struct PartitionsText {
  Text text;
  PartitionsText() = default;
  PartitionsText(const std::string& list) : text(list) {}
  PartitionsText(const char* list) : text(list) {}
  std::vector<std::string> names() const;
  friend bool operator==(const PartitionsText&, const PartitionsText&) = default;
};

}  // namespace kafkascope::fact
