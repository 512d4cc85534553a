// What `--select` and a link's `#…` name: a node, a partition, a group, or a path of the state such as /ledger/lost_acked.
#pragma once
#include <optional>
#include <string>

#include "app/player.h"
#include "ui/dashboard.h"

namespace kafkascope::app {

struct Selection {
  std::string thing;      // as the dashboard names it: broker-1, orders-0, billing
  std::string panel;      // to bring forward: partitions, groups, ledger, controller; empty: as it is
  std::string fate;       // of the ledger: lost_acked
  std::string partition;  // of a record
  std::int64_t offset = -1;
};

Selection parse_selection(const std::string& text);
/// What to say when the cluster has nothing of that name at this moment.
std::optional<ui::Words> nothing_called(const Selection& selection, Player& player);
/// Shows it: selection, panel, list of records. A topic is shown by its partition 0.
void select(Selection selection, Player& player, ui::Dashboard& dashboard);

}  // namespace kafkascope::app
