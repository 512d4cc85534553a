// The controller panel's common parts for KRaft and ZooKeeper: the servers' logs side by side, and the active
// controller's pending work.
#pragma once
#include <cstdint>
#include <vector>

#include "ui/ui.h"

namespace kafkascope::ui {

inline constexpr float kVoterCardW = 214;
inline constexpr float kTwoLines = 36;  // a row from this height on has a second line

/// A column of the metadata logs: one record, or consecutive NoOpRecords, which only show that the leader is alive.
struct LogColumn {
  std::int64_t from = 0, to = 0;  // [from, to)
  bool fold = false;
  float x = 0, w = 0;  // from the left edge of the logs
  static constexpr float kBetween = 4;
  /// Its cell in that row of the logs.
  Rect in(const Rect& logs) const { return {logs.x + x, logs.y, w - kBetween, logs.h}; }
};

/// The part of a voter's row, or of all rows, that is beside the voter's card.
inline Rect logs_of(const Rect& r) { return in_row(r, {fixed(kVoterCardW), fixed(14), weight()})[2]; }

/// The newest columns that fit into `room`, oldest first.
std::vector<LogColumn> log_columns(const Snapshot& world, float room, float cell_w);
/// Widens the columns whose words would be cut, the newest first. The oldest columns are dropped if there is no room.
void widen_columns(Ui& ui, std::vector<LogColumn>& columns, float room, bool two_lines);
/// The server's card, and its log beside it.
void draw_voter_row(Ui& ui, const observe::VoterLog& log, const Rect& r, const std::vector<LogColumn>& columns);
/// The meaning of filled and hatched records.
void draw_log_key(Ui& ui, const Line& line);
/// The controller's current and pending work; returns the y below. Draws nothing without an active controller, or
/// without room.
float draw_controller_work(Ui& ui, const Rect& r);
void draw_heading(Ui& ui, const Line& line, std::string_view words);
constexpr LineSize kHeading{26, 16};
/// The znode tree as committed: name, data, owner or version. A click folds.
void draw_znodes(Ui& ui, const Rect& r);
void draw_zookeeper(Ui& ui, const Rect& r);
/// What is left of a session: empty with a cross: it has expired; dashed: no leader counts it.
void draw_session_bar(Painter& p, const Rect& bar, const observe::ZkSession& session, Color color);
/// The states that have no other sign differ in their icon, not only in their word. None: it knows no leader.
Icon voter_icon(const observe::Node& n);

}  // namespace kafkascope::ui
