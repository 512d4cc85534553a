// Overlays of the stage: a leader change, running session timeouts, the lesson's rings, candidates to pick, coach marks.
#pragma once
#include "ui/stage/stage_view.h"
#include "ui/ui.h"

namespace kafkascope::ui {

/// Follows the snapshot's leader changes: which are shown, and for how long.
void update_hot_changes(Ui& ui);
void draw_leader_changes(Ui& ui, const StageView& view);
void draw_session_rings(Ui& ui, const StageView& view);
/// What a fenced broker's card says; `brief`: where there is little room. A broker that was shut down has closed its own session.
words::Key fenced_word(const observe::Node& n, bool brief);
/// The middle of the ring of a broker's session, above its card, as a place without extent.
inline Rect session_ring_place(const Rect& card) { return {card.right() - 22, card.y - 36, 0, 0}; }
/// Rings and labels of the lesson's `point`, in local units; paths that are not on the stage are left to the panels.
void draw_points(Ui& ui, const StageView& view);
void draw_turn(Ui& ui, const StageView& view);
void draw_candidates(Ui& ui, const StageView& view);
/// A ring 6 px around the object and a label above (or below) it; at its side if the label would cover a card.
void ring_with_label(Ui& ui, const StageView& view, const Rect& r, std::string_view label, bool below = false);
/// The position of a state path on the stage; empty if it has none.
Rect rect_of_path(const Ui& ui, const StageView& view, std::string_view path);

}  // namespace kafkascope::ui
