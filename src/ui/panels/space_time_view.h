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
  double us_per_px = 0;  // 0: so that a usual message takes some 40 px
  bool fold = true;
  float x0 = 0;     // left end
  float x_end = 1;  // the place of the diagram's last moment
  float x1 = 1;     // right end: room for what is under way
};

/// µs per pixel if nobody has zoomed.
double usual_us_per_px(const SpaceTime& model);
/// From the end backwards as far as there is room; stretches without a point become strips. `points`: the moments that are worth seeing,
/// ascending. `from_us`: nothing is known before.
TimeAxis build_space_axis(std::vector<std::int64_t> points, std::int64_t end_us, std::int64_t from_us,
                          const SpaceAxisOptions& options);
/// The moments worth seeing; with a chain of causes only the chain's.
std::vector<std::int64_t> space_points(const SpaceTime& model, const std::vector<ChainLink>& chain,
                                       const observe::Snapshot& world);
/// The axis on which the whole chain has room, if there is one.
TimeAxis space_axis(const SpaceTime& model, const std::vector<ChainLink>& chain, const observe::Snapshot& world,
                    SpaceAxisOptions options);

/// The nodes that have a lifeline, from the top: clients, brokers, controllers, ZooKeeper. If not all have room: those with something to
/// show on the axis or in the chain. `quiet`: the number of others.
std::vector<int> space_rows(const SpaceTime& model, const std::vector<ChainLink>& chain, const observe::Snapshot& world,
                            const TimeAxis& axis, std::size_t room, int& quiet);

/// An arrow's place.
struct FlightPlace {
  int flight = -1;   // index in SpaceTime::flights
  Point from, to;    // to: where it ends or is
  bool cut = false;  // it is under way, but its link is cut
};
/// Those that cross the visible stretch, in the order of the model. `y`: by node, <= 0: the node has no lifeline.
std::vector<FlightPlace> place_flights(const SpaceTime& model, const TimeAxis& axis, const std::vector<float>& y,
                                       const std::vector<ChainLink>& chain);
/// The distance of a point from a line.
float distance_to(const Point& at, const Point& a, const Point& b);
/// Whether the line crosses the rectangle.
bool crosses(const Rect& r, const Point& a, const Point& b);

/// "Produce orders-0, 3 records", "Fetch orders-0 from 42".
std::string flight_label(const Ui& ui, const Flight& flight);

}  // namespace kafkascope::ui
