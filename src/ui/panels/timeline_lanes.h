// The content of the timeline's lanes.
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
void draw_state_lane(Ui& ui, const Lane& lane, const TimeAxis& axis, float y, float h);
/// High watermark and log end over time.
void draw_watermarks(Ui& ui, const TimeAxis& axis, float y, float h);
/// The selected event's chain of causes: numbered discs on the lanes (name, middle).
void draw_chain_links(Ui& ui, const TimeAxis& axis, const std::vector<std::pair<std::string, float>>& lanes);

}  // namespace kafkascope::ui
