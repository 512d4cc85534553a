// The ZooKeeper ensemble on the stage: one box of znodes, sessions and watches; opened, its servers and what they tell each other.
#pragma once
#include "ui/stage/stage_view.h"
#include "ui/ui.h"

namespace kafkascope::ui {

/// As the person wants it; else open while a server is selected, or the lesson shows or asks for one.
bool ensemble_open(const Ui& ui);
void toggle_ensemble(Ui& ui);
/// "46 znodes, 3 sessions, 21 watches"; or that it has no majority.
std::string ensemble_words(const Ui& ui);
/// Its leader serves: znodes can change.
bool ensemble_serves(const observe::Snapshot& world);
/// A square per server, from the right: who leads, follows, looks for a leader, is dead. Returns the width used.
float draw_server_marks(Ui& ui, float right, float cy, float size);
void draw_ensemble_box(Ui& ui, const Rect& r);
/// Behind the servers' cards.
void draw_ensemble_frame(Ui& ui, const Rect& r);

}  // namespace kafkascope::ui
