// Tables of the inspector that show what nodes believe beside what is so.
#pragma once
#include <vector>

#include "ui/panels/inspector_view.h"
#include "ui/ui.h"

namespace kafkascope::ui {

// Measures of the inspector.
inline constexpr float kInspectorInset = 20;          // at the panel's left and right
inline constexpr LineSize kInspectorHeading{28, 18};  // of a section

/// Beliefs about a partition's leader: of each node, or of one node about each partition. A click on a row asks why.
void belief_table(Ui& ui, const Rect& r, Column& in, const std::vector<BeliefRow>& rows, words::Key heading,
                  bool colored);
/// The height of that title and of the columns' headings beside or below it.
float belief_heading_height(const Ui& ui, float width, words::Key heading);
/// Whether a row of such a table, in a low panel of that width, has a second line.
bool has_second_line(const Ui& ui, float width, const BeliefRow& row);
/// The node's views of things other than leaders, with the actual value below a wrong one.
void facts_table(Ui& ui, const Rect& r, Column& in, const InspectorView& view);

}  // namespace kafkascope::ui
