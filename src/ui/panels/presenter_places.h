// The places of the nodes on the presenter's stage, and the routes between them.
#pragma once
#include <optional>
#include <vector>

#include "ui/panels/presenter.h"
#include "ui/stage/stage_view.h"

namespace kafkascope::ui {

struct PresenterPlaces {
  std::vector<int> top, brokers, left, right;
  std::vector<int> inside;  // ZooKeeper servers represented by the first one's box
  std::vector<Rect> at;     // card by node; empty: not drawn
  std::vector<Rect> taken;  // the cards and the rings around them, which no words of lines cover
  bool below = false;       // clients under the brokers instead of beside them
  bool roles = false;       // the controllers have a second line, for their roles in the quorum
  bool many = false;        // brokers in a grid, without permanent links
  BrokerGrid grid;
  float broker_w = 0, broker_y = 0, broker_h = 0, control_y = 0, lane0 = 0;
};

/// `first`: the clients that are shown where there is no room for all.
PresenterPlaces presenter_places(const Ui& ui, const StageView& view, const Rect& stage, const PresenterSizes& s,
                                 const std::vector<int>& first = {});
/// Whether the words that are read aloud, or the choices of a question that is asked, name the client.
bool is_named(const Ui& ui, const std::string& name);
/// Whether a card among many has room for the rows of partitions that a card among few has. In one of two worlds, which
/// are compared by these rows' numbers, a narrow card has them, too, if no broker has more replicas than rows.
bool is_whole_card(const observe::Snapshot& world, const Rect& card, const PresenterSizes& s);
/// Whether a broker's card has the rows of its partitions, with their numbers.
bool has_rows(const observe::Snapshot& world, const Rect& card, const PresenterSizes& s);
/// In two worlds: the sign of a node's difference at the corner of its card. A broker's card that has no numbers has no sign for them.
struct DifferenceSign {
  Point spot;
  float radius = 0;
  bool small = false;  // a dot, on the small cards of many brokers
  bool quiet = false;  // only numbers differ
  Rect around() const { return Rect{spot.x, spot.y, 0, 0}.grown(radius); }
};
std::optional<DifferenceSign> difference_sign(const Ui& ui, int node, const Rect& card, const PresenterSizes& s);
/// The route of a kind of data between two cards; consumers, producers and replication have lanes of their own.
Route presenter_route(const PresenterPlaces& at, const StageWay& way, const PresenterSizes& s);

}  // namespace kafkascope::ui
