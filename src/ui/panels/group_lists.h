// The lists of a group's panel: the members that have joined, and the partitions with their lag as a graph, or with a share group's window.
#pragma once
#include <vector>

#include "ui/ui.h"

namespace kafkascope::ui {

struct GroupLists {
  static constexpr float kMemberRow = 21;             // least height of a member's or partition's row
  static constexpr float kRowText = 20;               // the row without the gap to the next one
  static constexpr float kMargin = 20;                // at a group's sides, and between lists
  static constexpr LineSize kListHead{24, 13};        // above a list
  static constexpr std::size_t kMostPartitions = 64;  // most partitions with a lag history
};

using MemberRows = std::vector<const observe::GroupMember*>;

/// The number of rows below the visible part of a list that begins at y.
std::size_t rows_below(std::size_t all, float y, float pitch, const Rect& view);
/// A timer's arc in a list; the pointer names its setting.
void draw_listed_arc(Ui& ui, const Rect& place, const std::string& of, const observe::Timer& timer, Id id,
                     const char* what);
/// `former_first`: former members come first, because below the members they would not be visible.
void draw_joined_list(Ui& ui, const Rect& r, const observe::Group& g, const MemberRows& rows, bool former_first,
                      const Rect& view);
/// Returns how many rows are below the visible part; a very long list is cut, with a note.
std::size_t draw_lag_list(Ui& ui, const Rect& r, const observe::Group& g, const Rect& view);

}  // namespace kafkascope::ui
