// The keys of docs: what each does, wherever the focus is.
#pragma once
#include <vector>

#include "ui/ui.h"

namespace kafkascope::ui {

/// Returns how many were its own: behind a key that opened a text field all is typed into that.
std::size_t handle_keyboard(Ui& ui, const std::vector<KeyPress>& presses);

/// While the values of an act are typed: to the next field. True: the key is the form's (act_form_dialog.cpp).
bool form_key(Ui& ui, const KeyPress& k);

/// Destructive keys act only on a node selected in the last 10 s.
bool may_act_on_selection(const Ui& ui);

}  // namespace kafkascope::ui
