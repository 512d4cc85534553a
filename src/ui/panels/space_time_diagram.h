// The parts of the space-time diagram: ruler, lifelines, marks, arrows, words.
#pragma once
#include <string>
#include <vector>

#include "ui/panels/space_time_labels.h"
#include "ui/panels/space_time_panel.h"
#include "ui/panels/space_time_view.h"

namespace kafkascope::ui {

constexpr float kPointerNear = 8;  // px: distance within which the pointer selects an arrow or a mark

/// 850 µs, 1.252 ms, 2.500 s.
std::string duration_text(std::int64_t us, Lang lang);

/// Everything that one frame of the diagram needs.
struct Diagram {
  Ui& ui;
  const SpaceTime& model;
  const SpaceTimeStyle& style;
  Rect body;  // right of the names, below the ruler
  TimeAxis axis;
  std::vector<int> rows;
  std::vector<float> y;  // by node; 0: no lifeline
  float pitch = 27;
  float end_x = 0;
  bool lit = false;  // a chain of causes is shown: the rest is dimmed

  const observe::Node& node(int i) const { return ui.world.nodes[static_cast<std::size_t>(i)]; }
  float y_of(int i) const {
    return i < 0 || static_cast<std::size_t>(i) >= y.size() ? 0 : y[static_cast<std::size_t>(i)];
  }
  const Flight& flight(const FlightPlace& place) const { return model.flights[static_cast<std::size_t>(place.flight)]; }
  Color color(const Flight& f) const {
    return f.end == FlightEnd::Lost || f.message.blocked ? ui.c.danger
                                                         : ui.c.family[static_cast<std::size_t>(f.message.family)];
  }
  int chain_number(std::uint64_t line) const {
    for (std::size_t i = 0; line != 0 && i < ui.log.chain.size(); ++i)
      if (ui.log.chain[i].seq == line) return static_cast<int>(i) + 1;
    return 0;
  }
};

void draw_ruler(const Diagram& d, float top);

void draw_lifeline(const Diagram& d, int i, FreePlaces& places);

void draw_name(const Diagram& d, const Rect& head, int i);

void draw_flight(const Diagram& d, const FlightPlace& at, bool bright);

/// Marks on the lifelines; marks at the same place are drawn as one, with their number. Returns the one under the
/// pointer.
const LifeMark* draw_life_marks(const Diagram& d, FreePlaces& places);

/// The words of an arrow, if there is room beside it.
bool label_flight(const Diagram& d, const FlightPlace& at, FreePlaces& places, bool lit);

/// The chain of causes: its arrows and its moments, numbered, over everything else.
void draw_chain_over(const Diagram& d, const std::vector<FlightPlace>& flights, FreePlaces& places);

}  // namespace kafkascope::ui
