// What stands below the strips of partitions while a lesson's step is about single records, about what a consumer has received, or
// about how the load is spread over a topic's partitions.
#pragma once
#include "ui/panels/strip.h"

namespace kafkascope::ui {

/// The room that draw_record_cards needs.
inline constexpr float kRecordCardH = 62;

/// The partitions with records that the lesson points at, if the selected one is among them; in their order in the world.
std::vector<int> partitions_pointed_into(const Ui& ui, int selected);
/// The parts of the records in that partition that the lesson points at. Returns the y below them; without such records, the top.
float draw_record_cards(Ui& ui, const Rect& r, const std::string& partition);
/// The values that a consumer of this topic has received, in that order, if the lesson points at it and there is room.
void draw_received(Ui& ui, const Rect& r, const std::string& topic, float name_w);
/// Under the names of partitions that are drawn below each other: how many records each gets in a second.
void draw_rates(Ui& ui, const std::vector<int>& shown, const Rect& r, const StripStyle& style);

}  // namespace kafkascope::ui
