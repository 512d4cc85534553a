// The documented keys and their effects, independent of focus.
#pragma once
#include <vector>

#include "ui/ui.h"

namespace kafkascope::ui {

/// Returns how many presses were handled: those after a key that opened a text field are typed into the field.
std::size_t handle_keyboard(Ui& ui, const std::vector<KeyPress>& presses);

/// While an act's values are typed: moves to the next field. Returns true if the form took the key
/// (act_form_dialog.cpp).
bool form_key(Ui& ui, const KeyPress& k);

/// Destructive keys act only on a node selected in the last 10 s.
bool may_act_on_selection(const Ui& ui);

}  // namespace kafkascope::ui
