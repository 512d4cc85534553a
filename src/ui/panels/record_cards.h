// What stands below the strips of partitions while a lesson's step is about single records, about what a consumer has
// received, or about how the load is spread over a topic's partitions.
#pragma once
#include "ui/panels/strip.h"

namespace kafkascope::ui {

/// The type of the cards and of the received values: that of a panel, or a projector's.
struct RecordLook {
  float name = 13, value = 15, cell = 13;  // em of a part's name, of its value, of a received value
  float stroke = 1;                        // of a received value; a card's is 1 thicker
  bool far = false;  // for reading from a distance: no pale colours, and a gap between the cards and the strips
};
/// For a projector: all text has the size `text`.
inline RecordLook large_records(float text, float stroke) { return {text, text, text, stroke, true}; }

/// The partitions with records that the lesson points at, if the selected one is among them; in their order in the
/// world.
std::vector<int> partitions_pointed_into(const Ui& ui, int selected);
/// The height of those record cards of the partition that fit into `room`; 0: none.
float record_cards_height(const Ui& ui, const Rect& room, const std::string& partition, const RecordLook& look = {});
/// Draws the parts of the partition's records that the lesson points at. Returns the y below them; without such
/// records, the top.
float draw_record_cards(Ui& ui, const Rect& r, const std::string& partition, const RecordLook& look = {});
/// The height of the rows of received values of this topic; 0: there are none.
float received_height(const Ui& ui, const std::string& topic, const RecordLook& look = {});
/// The values that a consumer has received of this topic, oldest first, if the lesson points at the consumer and there
/// is room.
void draw_received(Ui& ui, const Rect& r, const std::string& topic, float name_w, const RecordLook& look = {});
/// Below the names of partitions that are drawn below each other: the records per second of each.
void draw_rates(Ui& ui, const std::vector<int>& shown, const Rect& r, const StripStyle& style);

/// The same at the right end of one-row strips, for a projector. Returns the width used; 0: no rate is worth showing.
float draw_large_rates(Ui& ui, const std::vector<int>& shown, const Rect& r, const StripStyle& style, float em);

}  // namespace kafkascope::ui
