// The state machine of a transactional id: all eight states and every arrow between them.
#pragma once
#include <cstdint>
#include <string_view>

#include "ui/ui.h"

namespace kafkascope::ui {

/// What the state means to a consumer that waits for the records.
words::Key meaning_of_transaction_state(std::string_view state);
/// The reason for a transition from one state to the other. Empty key: there is no such arrow.
words::Key meaning_of_transaction_arrow(std::string_view from, std::string_view to);

/// The usual height, in lines of text, and the least one.
inline constexpr float kTransactionStatesHeight = 7.2f, kTransactionStatesLeast = 5.8f;
/// The height of the box that the diagram uses.
float transaction_states_height(const Ui& ui, const Rect& box, float em);
/// Fills the box: `em` is the text's size where there is no more room than usual, or smaller if the box is narrow.
/// Highlights the present state and the arrow that led to it; what each arrow means is on hover.
void draw_transaction_states(Ui& ui, const Rect& box, const observe::Transaction& t, std::uint64_t number, float em);

}  // namespace kafkascope::ui
