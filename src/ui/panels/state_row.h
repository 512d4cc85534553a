// A state machine as a row of capsules, for groups and transactions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "ui/ui.h"

namespace kafkascope::ui {

/// What a state means to the viewer: as it should be, nothing going on, or on the way to another state.
enum class StateTone : std::uint8_t { Good, Plain, Passing };

/// The present state is lit, and the previous one is joined to it by a thick arrow if it stands before it. Returns the y below the row.
float draw_state_row(Ui& ui, const Rect& r, float y, const std::vector<std::string>& states, std::string_view state,
                     std::string_view previous, StateTone (*tone)(std::string_view));

}  // namespace kafkascope::ui
