// The ZooKeeper ensemble on the stage: one box with znodes, sessions and watches; opened, its servers and their
// messages.
#pragma once
#include "ui/stage/stage_view.h"
#include "ui/ui.h"

namespace kafkascope::ui {

/// Whether the box is open: the user's choice, if any; else while a server is selected, or the lesson shows or points
/// at one.
bool ensemble_open(const Ui& ui);
void toggle_ensemble(Ui& ui);
/// "46 znodes, 3 sessions, 21 watches", as many of these as fit, from the left; or that the ensemble has no majority.
std::string ensemble_words(const Ui& ui, const TextStyle& style, float room);
/// Whether the ensemble's leader serves requests, so that znodes can change.
bool ensemble_serves(const observe::Snapshot& world);
/// A square per server, from the right: leader, follower, looking, dead. Returns the width used.
float draw_server_marks(Ui& ui, float right, float cy, float size);
void draw_ensemble_box(Ui& ui, const Rect& r);
/// Draws the frame behind the servers' cards.
void draw_ensemble_frame(Ui& ui, const Rect& r);

}  // namespace kafkascope::ui
