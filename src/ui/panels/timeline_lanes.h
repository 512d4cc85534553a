// The content of the timeline's lanes, and what it shares with the space-time diagram.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "ui/panels/timeline_view.h"
#include "ui/ui.h"

namespace kafkascope::ui {

inline constexpr float kFromPlayhead = 4;  // from the playhead to words, which it does not cross
/// One line of text in a lane.
inline Line words_in(const Rect& lane) { return {lane, lane.cy() + 4.8f}; }

/// Thickness shows the number of led partitions; hatched while dead, dashed while paused or starting.
void draw_broker_lane(Ui& ui, const Lane& lane, const TimeAxis& axis, const Rect& row, float playhead);
/// From where to where in a lane there are words.
using Said = std::vector<std::pair<float, float>>;
/// States as text (groups), life and death (controllers, clients). A controller that leads the quorum has a gold line,
/// one that looks for a leader a dashed one. `marks`: the x of the lane's events, which cross no words.
void draw_state_lane(Ui& ui, const Lane& lane, const TimeAxis& axis, const Rect& row, float playhead,
                     const std::vector<float>& marks, Said& said);
/// High watermark and log end over time.
void draw_watermarks(Ui& ui, const TimeAxis& axis, const Rect& row);
/// The strip for a folded stretch.
void draw_fold(Ui& ui, const TimeAxis::Fold& f, float y0, float y1);
/// A small switch, taken from the right end of the ruler. Returns true when clicked.
bool draw_chip(Ui& ui, Row& row, std::string_view label, bool on, const char* id);
/// The whole run while the lanes show a part of it; `names`: the width of the lanes' names, x0 to x1: of their axis.
void draw_overview(Ui& ui, const Rect& r, float names, float x0, float x1);
void draw_playhead(Painter& p, float x, float top);
/// The selected event's chain of causes: numbered discs on the lanes (name, middle).
void draw_chain_links(Ui& ui, const TimeAxis& axis, const std::vector<std::pair<std::string, float>>& lanes);

}  // namespace kafkascope::ui
