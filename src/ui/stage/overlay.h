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
/// The nodes of the shown chain of causes; all others are dimmed to 30 %.
std::vector<int> chain_nodes(const Ui& ui);
void set_off_chain(Ui& ui, bool off);
/// The routes between the links of the chain. Returns their places in the window.
std::vector<Rect> draw_chain_ways(Ui& ui, const StageView& view);
void draw_chain_numbers(Ui& ui, const StageView& view);
/// Numbers of links of the chain: a disc for each, a pill for a run of numbers.
struct ChainPills {
  std::vector<std::pair<std::string, float>> pills;  // words, width
  float high = 0, wide = 0;
};
ChainPills chain_pills(Painter& p, const std::vector<int>& numbers, float high);
/// From the place's upper left corner.
void draw_pills(Painter& p, const ChainPills& all, const Rect& place);
/// A ring 6 px around the object and a label above (or below) it; at its side if the label would cover a card.
void ring_with_label(Ui& ui, const StageView& view, const Rect& r, std::string_view label, bool below = false);
/// The position of a state path on the stage; empty if it has none.
Rect rect_of_path(const Ui& ui, const StageView& view, std::string_view path);

}  // namespace kafkascope::ui
