// Two worlds side by side under one playhead, the original (A) and the changed one (B), with the differences highlighted in place. Either
// of them may be the shown world.
#pragma once
#include "ui/panels/presenter.h"
#include "ui/ui.h"

namespace kafkascope::ui {

/// Draws both in place of the stage: side by side or, in a tall rectangle, one above the other. `text`: the type size.
void draw_two_worlds(Ui& ui, const Rect& r, float text);
/// Shows the world with another value of that setting of the inspected node beside this one.
Action opens_setting(const Ui& ui, const std::string& key);
/// In a client's details: its acks, with the button that shows the world with another value beside this one.
void acks_row(Ui& ui, Column& in);
/// The rate of the producer that is inspected, which is no configuration key, with the same button.
void rate_row(Ui& ui, Column& in);
/// The second world as panels see it: its snapshot, with regions of its own. Only while there is a picture of it.
Ui second_world(Ui& ui);
/// The world in which that thing was selected: the second one, if it was clicked there, else the shown one.
Ui world_of(Ui& ui, const std::string& what);
/// Whether this world has the letter B; only while two worlds are shown.
bool is_b(const Ui& ui);
/// The letter of a world: A is hollow, B is solid; colour is never the only difference.
void draw_world_disc(Ui& ui, float x, float y, float radius, bool b);
/// The least type size in front of people; elsewhere 0.
float least_text(const Ui& ui);
/// The ledger's and the metrics' numbers that differ, in one row: for the presenter.
void draw_ledger_differences(Ui& ui, const Rect& r, float text);

}  // namespace kafkascope::ui
