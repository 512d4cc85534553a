// The keys of docs: what each does, wherever the focus is.
#pragma once
#include <vector>

#include "ui/ui.h"

namespace kafkascope::ui {

/// Returns how many were its own: behind a key that opened a text field all is typed into that.
std::size_t handle_keyboard(Ui& ui, const std::vector<KeyPress>& presses);

/// Destructive keys act only on a node selected in the last 10 s.
bool may_act_on_selection(const Ui& ui);

}  // namespace kafkascope::ui
