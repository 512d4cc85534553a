// What is worth seeing in a run, and how slowly time must pass for a person to see it. Reads the run and never changes
// it.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "scenario/session.h"

namespace kafkascope::app {

inline constexpr std::int64_t kSeenUs = 600000;       // viewer's time: the least duration of a message of interest
inline constexpr std::int64_t kSeenLongUs = 1200000;  // the greatest duration, unless a shorter message is under way
inline constexpr std::int64_t kBreathUs = 2000000;    // viewer's time after which records are shown on their way again

/// A message of interest under way, or a loss.
struct Sight {
  std::uint64_t id = 0;  // observe::message_id; 0: a loss
  sim::Instant sent, arrives;
};

/// What the viewer looks at.
struct Focus {
  std::string select;             // partition, node or group; empty: everything
  std::vector<std::string> hide;  // kinds of messages, as in a step's `view`
  bool groups = false;            // the groups' panel is shown
  std::int64_t cruise_ppm = 1000000;
  friend bool operator==(const Focus&, const Focus&) = default;
};

/// Finds messages of interest while a run goes on, event by event. It has no references, so a copy can look ahead
/// together with a copy of the run.
class Pace {
 public:
  /// Forgets everything; called after the run moved to another moment.
  void restart() { *this = Pace(); }
  /// Examines the last event. Returns true if there is something new to see.
  bool look(const scenario::Session& session, const Focus& focus);
  /// Forgets what has arrived.
  void arrive(sim::Instant now);
  const std::vector<Sight>& sights() const { return sights_; }
  /// Simulated µs per µs of the viewer's time.
  double rate(std::int64_t cruise_ppm) const;
  /// The time at which the next sight arrives; the rate does not change before it.
  sim::Instant next_arrival() const;

 private:
  struct Carried;
  static Carried carried(const protocol::Message& message);
  bool worth(const scenario::Session& session, const Focus& focus, const sim::PendingPacket& packet,
             const protocol::Message& message);
  bool worth_records(const scenario::Session& session, const Focus& focus, const sim::PendingPacket& packet,
                     const Carried& carried);
  bool look_for_losses(const scenario::Session& session, const Focus& focus);
  void begin_chapter(const scenario::Session& session);
  bool seldom(std::uint16_t code, std::int32_t from, std::int32_t to, int most);

  std::vector<Sight> sights_;
  std::vector<std::uint64_t> waiting_;  // messages whose connection is not open yet, or that are held
  std::map<std::tuple<std::uint16_t, std::int32_t, std::int32_t>, int> seen_;  // since the last act
  std::size_t acts_ = 0;   // steps with a command that happened, and acts by hand
  std::size_t ended_ = 0;  // crossings already read
  bool begun_ = false;
  bool records_seen_ = false;  // since the last act
  sim::Instant last_records_;  // when the last journey of records ended
  sim::Instant journey_until_{-1};
  int journey_left_ = 0;
  int skip_ = 0;  // events for which a crowded network is not looked at
};

/// Whether the line is a decision that an act by hand may have led to: a partition's leader or ISR, a broker fenced or
/// not any more.
bool is_decision(const sim::TraceLine& line, const cluster::Cluster& cluster);

/// Looks ahead with a copy of the run for the next thing to see: a message of interest, a step, a new leader, after an
/// act by hand any decision, the end.
class Scout {
 public:
  Scout(const scenario::Session& session, const Pace& pace, sim::Instant last)
      : session_(session),
        pace_(pace),
        from_(session.now()),
        last_(last),
        lines_(session.observation().trace().size()),
        commits_(session.observation().ledger().commits_moved()) {}
  /// Continues until it is found; calls `keep_going` from time to time. Returns true when it is found.
  template <class KeepGoing>
  bool go(const Focus& focus, KeepGoing&& keep_going) {
    for (std::uint64_t n = 1; !advance(focus); ++n)
      if (n % 64 == 0 && !keep_going()) return false;
    return true;
  }
  sim::Instant from() const { return from_; }
  /// The copy's present time: once the search is done, the time of the next thing to see.
  sim::Instant at() const { return session_.now(); }
  /// When records were last written, read or committed before at(), which changes counts on the stage; before from():
  /// never.
  sim::Instant last_count() const { return last_count_; }
  /// Whether the copy is still ahead of that run.
  bool ahead_of(const scenario::Session& session) const;

 private:
  bool advance(const Focus& focus);
  /// Whether one of the new lines is a decision.
  bool look_at_lines();

  scenario::Session session_;
  Pace pace_;
  sim::Instant from_, last_, last_count_{-1};
  std::size_t lines_ = 0;     // of the trace, already read
  std::int64_t commits_ = 0;  // RecordLedger::commits_moved
};

}  // namespace kafkascope::app
