// Builds the timeline's lanes and marks from the trace, line by line during the run.
#pragma once
#include <map>
#include <optional>
#include <vector>

#include "observe/model/snapshot.h"
#include "scenario/session.h"
#include "ui/models.h"

namespace kafkascope::app {

class TimelineBuilder {
 public:
  /// Processes the new lines of the session's trace. A session at an earlier time adds nothing.
  void follow(const scenario::Session& session, sim::Instant known);
  /// The past was changed: the trace is read again from the start.
  void restart();
  void fill(ui::TimelineModel& out, const scenario::Session& session, sim::Instant known,
            const std::string& selected) const;
  /// The next or previous important change after `now`; nullopt if none is known.
  std::optional<sim::Instant> change(sim::Instant now, bool forward) const;
  std::size_t changes() const { return changes_.size(); }
  /// The last fault or repair at or before t; null if there is none.
  const ui::TimeMark* last_deed(std::int64_t t) const;

 private:
  void take(const sim::TraceLine& line, const scenario::Session& session);
  /// The line's change of a partition, if it tells one.
  void take_change(const sim::TraceLine& line, const scenario::Session& session);
  /// Whether a line that does not matter for the story changes what panels and cards show: a leader takes up its epoch, a
  /// group's state changes or is loaded, a client gets an error that it has not had for a while.
  bool changes_what_is_shown(const sim::TraceLine& line, bool internal);
  /// Whether a producer whose connection was lost, or that got an error, hears again that a partition's records are written, after at
  /// least a second.
  bool recovers(const sim::TraceLine& line);
  int lane_of(const scenario::Session& session, sim::NodeId node);
  int client_lane(const scenario::Session& session, sim::NodeId node);
  void group_state(const sim::TraceLine& line);
  /// A producer's request that timed out gives it a lane with the time for which it waited.
  void follow_requests(const scenario::Session& session, const sim::TraceLine& line);
  void add_wait(int lane, std::int64_t from, std::int64_t to);
  void end_span(int lane, std::int64_t at);
  void begin_span(int lane, std::int64_t at, ui::SpanKind kind, int leads);
  /// A paused process goes on as what it was; a controller is then what it was in the quorum.
  void resume(int lane, std::int64_t at);
  /// From now on a controller leads, follows, or looks for a leader.
  void quorum_state(int lane, const sim::TraceLine& line);
  void set_leads(int lane, std::int64_t at, int change);
  int broker_lane(const scenario::Session& session, std::int64_t id);
  /// From that time on the broker leads the partition (-1: no broker does).
  void lead(const scenario::Session& session, protocol::TopicPartition partition, std::int64_t broker, std::int64_t at);

  std::uint64_t seen_ = 0;  // seq of the last processed line
  std::vector<ui::Lane> lanes_;
  std::map<std::int32_t, int> lane_by_node_;
  std::map<int, std::int64_t> longest_wait_;  // of a request in the lane's last wait, µs
  std::map<std::string, int> lane_by_group_;
  std::map<protocol::TopicPartition, int> led_by_;  // lane; -1: leaderless
  std::vector<ui::TimeMark> marks_;
  bool aimed_at_role_ = false;  // the last act names a role ("leader:orders-0"): it is shown with the node that it hit
  std::vector<ui::LeaderMove> moves_;
  std::vector<ui::PartitionChange> partition_changes_;
  std::map<protocol::TopicPartition, std::string> isr_;  // the latest known one
  std::vector<sim::Instant> changes_;
  std::map<std::pair<std::int32_t, int>, std::int64_t> last_error_;  // by client and error, µs
  std::map<std::int32_t, std::int64_t> trouble_;  // by client: its last error or lost connection, µs
  std::map<std::pair<std::int32_t, protocol::TopicPartition>, std::int64_t> last_ack_;  // by client, µs
  std::map<protocol::TopicPartition, std::vector<ui::WatermarkSample>> watermarks_;
};

}  // namespace kafkascope::app
