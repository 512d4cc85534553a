// What stands below the strips of partitions while a lesson's step is about single records, about what a consumer has received, or
// about how the load is spread over a topic's partitions.
#pragma once
#include "ui/panels/strip.h"

namespace kafkascope::ui {

/// The type of the cards and of the received values: that of a panel, or a projector's.
struct RecordLook {
  float name = 13, value = 15, cell = 13;  // em of a part's name, of its value, of a received value
  float stroke = 1;                        // of a received value; a card has one more
  bool far = false;  // read from a distance: nothing is pale, and a gap separates the cards from the strips
};
/// As large as all other text in front of people.
inline RecordLook large_records(float text, float stroke) { return {text, text, text, stroke, true}; }

/// The partitions with records that the lesson points at, if the selected one is among them; in their order in the world.
std::vector<int> partitions_pointed_into(const Ui& ui, int selected);
/// The height of those cards of that partition for which `room` is large enough; 0: none.
float record_cards_height(const Ui& ui, const Rect& room, const std::string& partition, const RecordLook& look = {});
/// The parts of the records in that partition that the lesson points at. Returns the y below them; without such records, the top.
float draw_record_cards(Ui& ui, const Rect& r, const std::string& partition, const RecordLook& look = {});
/// The room that the rows of received values of this topic need; 0: there are none.
float received_height(const Ui& ui, const std::string& topic, const RecordLook& look = {});
/// The values that a consumer of this topic has received, in that order, if the lesson points at it and there is room.
void draw_received(Ui& ui, const Rect& r, const std::string& topic, float name_w, const RecordLook& look = {});
/// Under the names of partitions that are drawn below each other: how many records each gets in a second.
void draw_rates(Ui& ui, const std::vector<int>& shown, const Rect& r, const StripStyle& style);

/// The same at the right end of strips of one row each, in front of people. Returns the width that it took; 0: there is nothing worth saying.
float draw_large_rates(Ui& ui, const std::vector<int>& shown, const Rect& r, const StripStyle& style, float em);

}  // namespace kafkascope::ui
