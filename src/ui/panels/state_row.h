// A state machine as a row of capsules, for groups and transactions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "ui/ui.h"

namespace kafkascope::ui {

/// What a state means to the viewer: everything is as it should be, nothing is going on, or a transition is under way.
enum class StateTone : std::uint8_t { Good, Plain, Passing };

/// Highlights the present state. If the previous state is just before it, a thick arrow joins the two. Returns the y below the row.
float draw_state_row(Ui& ui, const Rect& r, float y, const std::vector<std::string>& states, std::string_view state,
                     std::string_view previous, StateTone (*tone)(std::string_view));

}  // namespace kafkascope::ui
