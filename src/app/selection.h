// What `--select` and a link's `#…` name: a node, a partition, a group, or a path of the state such as /ledger/lost_acked.
#pragma once
#include <string>

#include "app/player.h"
#include "ui/dashboard.h"

namespace kafkascope::app {

struct Selection {
  std::string thing;            // as the dashboard names it: broker-1, orders-0, billing
  std::string panel;            // to bring forward: partitions, groups, ledger, controller; empty: as it is
  std::string fate;             // of the ledger: lost_acked
  std::string partition;        // of a record
  std::int64_t offset = -1;
};

Selection parse_selection(const std::string& text);
/// Shows it: selection, panel, list of records.
void select(const Selection& selection, Player& player, ui::Dashboard& dashboard);

}  // namespace kafkascope::app
