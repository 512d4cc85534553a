// What can be done to a thing: one table for the context menu, the palette and the keys. Destructive acts come last.
#pragma once
#include <string>
#include <vector>

#include "ui/ui.h"

namespace kafkascope::ui {

struct MenuItem {
  Str name;
  Str sub;
  Icon icon = Icon::None;
  const char* key = "";
  bool destructive = false;
  Action action;
  bool there = true;     // false: no engine for it yet; shown, and says so
  bool refused = false;  // Kafka will refuse it as things are: it looks so, and may be tried
};

/// For a node (target), or the way between two (target, other), or a partition (offset: of the record clicked, -1: none), or a group.
/// `not_yet`: verbs that the engine cannot do.
std::vector<MenuItem> build_menu(const Snapshot& world, const std::string& target, const std::string& other, const std::vector<std::string>& not_yet = {},
                                 std::int64_t offset = -1);

}  // namespace kafkascope::ui
