// The space-time diagram's axis, its rows and the places of its arrows. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ui/panels/timeline_view.h"
#include "ui/space_time.h"
#include "ui/ui.h"

namespace kafkascope::ui {

struct SpaceAxisOptions {
  double us_per_px = 0;  // 0: a usual message takes some 40 px
  bool fold = true;
  float x0 = 0;     // left end
  float x_end = 1;  // the place of the diagram's last moment
  float x1 = 1;     // right end: the room after x_end is for messages under way
};

/// µs per pixel before the user zooms.
double usual_us_per_px(const SpaceTime& model);
/// From the end backwards as far as there is room; stretches without a point become strips. `points`: the moments worth
/// seeing, ascending. `from_us`: the earliest known time.
TimeAxis build_space_axis(std::vector<std::int64_t> points, std::int64_t end_us, std::int64_t from_us,
                          const SpaceAxisOptions& options);
/// The moments worth seeing; if a chain of causes is shown, only the chain's.
std::vector<std::int64_t> space_points(const SpaceTime& model, const std::vector<ChainLink>& chain,
                                       const observe::Snapshot& world);
/// The axis on which the whole chain fits, if there is a chain.
TimeAxis space_axis(const SpaceTime& model, const std::vector<ChainLink>& chain, const observe::Snapshot& world,
                    SpaceAxisOptions options);

/// The nodes that have a lifeline, from the top: clients, brokers, controllers, ZooKeeper. If not all fit: the nodes
/// with something to show on the axis or in the chain. `quiet`: the number of nodes left out.
std::vector<int> space_rows(const SpaceTime& model, const std::vector<ChainLink>& chain, const observe::Snapshot& world,
                            const TimeAxis& axis, std::size_t room, int& quiet);

/// An arrow's place.
struct FlightPlace {
  int flight = -1;   // index in SpaceTime::flights
  Point from, to;    // to: where the message ends, or is now
  bool cut = false;  // the message is under way, but its link is cut
};
/// The messages that cross the visible stretch, in the order of the model. `y`: by node, <= 0: the node has no
/// lifeline.
std::vector<FlightPlace> place_flights(const SpaceTime& model, const TimeAxis& axis, const std::vector<float>& y,
                                       const std::vector<ChainLink>& chain);
/// The distance of a point from a line.
float distance_to(const Point& at, const Point& a, const Point& b);
/// Whether the line crosses the rectangle.
bool crosses(const Rect& r, const Point& a, const Point& b);

/// "Produce orders-0, 3 records", "Fetch orders-0 from 42".
std::string flight_label(const Ui& ui, const Flight& flight);

}  // namespace kafkascope::ui
