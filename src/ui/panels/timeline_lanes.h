// The content of the timeline's lanes, and what it shares with the space-time diagram.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "ui/panels/timeline_view.h"
#include "ui/ui.h"

namespace kafkascope::ui {

/// Thickness shows the number of led partitions; hatched while dead, dashed while paused or starting.
void draw_broker_lane(Ui& ui, const Lane& lane, const TimeAxis& axis, float y, float h, float playhead);
/// States as text (groups), life and death (controllers, clients).
void draw_state_lane(Ui& ui, const Lane& lane, const TimeAxis& axis, float y, float h, float playhead);
/// High watermark and log end over time.
void draw_watermarks(Ui& ui, const TimeAxis& axis, float y, float h);
/// The strip for a folded stretch.
void draw_fold(Ui& ui, const TimeAxis::Fold& f, float y0, float y1);
/// A small switch at the right of the ruler; moves `right` to the left. Returns true when clicked.
bool draw_chip(Ui& ui, float& right, float y, std::string_view label, bool on, const char* id);
/// The selected event's chain of causes: numbered discs on the lanes (name, middle).
void draw_chain_links(Ui& ui, const TimeAxis& axis, const std::vector<std::pair<std::string, float>>& lanes);

}  // namespace kafkascope::ui
