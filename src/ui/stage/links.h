// Ways and what is on them: lanes, arrows, cuts, walls, messages at their true fraction, their labels.
#pragma once
#include "ui/stage/stage_view.h"
#include "ui/ui.h"

namespace kafkascope::ui {

void draw_ways(Ui& ui, const StageView& view, bool control);
void draw_broken_links(Ui& ui, const StageView& view);
/// Messages; labels beside them when there are few and they are asked for. Returns the index of the hovered one, -1: none.
int draw_messages(Ui& ui, const StageView& view, bool labels);
/// The words on a message: "Produce orders-0, 3 records".
std::string message_label(const Ui& ui, const observe::Message& m);
/// Hidden by the lesson's `view.hide`, or answered by nobody's interest: heartbeats in the Lesson layout.
bool message_hidden(const Ui& ui, const observe::Message& m);

}  // namespace kafkascope::ui
