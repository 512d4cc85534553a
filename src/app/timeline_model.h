// Builds the timeline's lanes and marks from the trace, line by line as the run goes on.
#pragma once
#include <map>
#include <optional>
#include <vector>

#include "observe/snapshot.h"
#include "scenario/session.h"
#include "ui/models.h"

namespace kafkascope::app {

class TimelineBuilder {
 public:
  /// Takes in what is new in the session's trace. A session that stands before what was seen is only a look back.
  void follow(const scenario::Session& session, sim::Instant known);
  /// The past was changed: everything is read again.
  void restart();
  void fill(ui::TimelineModel& out, const scenario::Session& session, sim::Instant known,
            const std::string& selected) const;
  /// The next or previous change that matters, as of now; nothing if none is known.
  std::optional<sim::Instant> change(sim::Instant now, bool forward) const;
  std::size_t changes() const { return changes_.size(); }
  /// The last fault or repair at or before t; null if there is none.
  const ui::TimeMark* last_deed(std::int64_t t) const;
  /// Messages that fell lately.
  void add_lost(observe::Snapshot& snapshot) const;

 private:
  void take(const sim::TraceLine& line, const scenario::Session& session);
  int lane_of(const scenario::Session& session, sim::NodeId node);
  int client_lane(const scenario::Session& session, sim::NodeId node);
  void group_state(const sim::TraceLine& line);
  void end_span(int lane, std::int64_t at);
  void begin_span(int lane, std::int64_t at, ui::SpanKind kind, int leads);
  void set_leads(int lane, std::int64_t at, int change);
  int broker_lane(const scenario::Session& session, std::int64_t id);
  /// From then on that broker leads it (-1: nobody does).
  void lead(const scenario::Session& session, protocol::TopicPartition partition, std::int64_t broker, std::int64_t at);

  std::uint64_t seen_ = 0;  // seq of the last line taken in
  std::vector<ui::Lane> lanes_;
  std::map<std::int32_t, int> lane_by_node_;
  std::map<std::string, int> lane_by_group_;
  std::map<protocol::TopicPartition, int> led_by_;  // lane; -1: nobody leads it
  std::vector<ui::TimeMark> marks_;
  std::vector<ui::LeaderMove> moves_;
  std::vector<sim::Instant> changes_;
  std::map<protocol::TopicPartition, std::vector<ui::WatermarkSample>> watermarks_;
  std::vector<observe::LostMessage> lost_;
};

}  // namespace kafkascope::app
