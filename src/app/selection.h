// The objects named by `--select` and a link's `#…`: a node, a partition, a group, or a state path such as /ledger/lost_acked,
// or why: and a path.
#pragma once
#include <optional>
#include <string>

#include "app/player.h"
#include "ui/dashboard.h"

namespace kafkascope::app {

struct Selection {
  std::string thing;      // its name in the dashboard: broker-1, orders-0, billing
  std::string panel;      // to bring forward: partitions, groups, ledger, controller; empty: unchanged
  std::string fate;       // of the ledger: lost_acked
  std::string partition;  // of a record
  std::int64_t offset = -1;
  std::string why;  // a path that is asked about: why:/partitions/orders-0/isr
};

Selection parse_selection(const std::string& text);
/// The message if the cluster has no object of that name at this moment.
std::optional<ui::Words> nothing_called(const Selection& selection, Player& player);
/// Shows the selection: object, panel, list of records. A topic is shown by its partition 0.
void select(Selection selection, Player& player, ui::Dashboard& dashboard);

}  // namespace kafkascope::app
