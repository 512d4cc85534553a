// The messages between the nodes and the events at each node, up to a moment: the space-time diagram's data. Plain values.
#pragma once
#include <cstdint>
#include <vector>

#include "observe/model/snapshot.h"

namespace kafkascope::ui {

enum class FlightEnd : std::uint8_t { Arrived, Lost, UnderWay };

/// One message between two lifelines, according to the trace.
struct Flight {
  observe::Message message;  // arrives_us: when it ended; if under way: when it is due, -1 if it is held or blocked
  FlightEnd end = FlightEnd::Arrived;
  std::uint64_t line = 0;          // seq of the line about its end; 0: under way
  std::uint64_t sent_line = 0;     // seq of the line that caused the message; 0: none
  std::int64_t fetch_offset = -1;  // of a fetch
  bool routine = false;            // a fetch or response without records, a heartbeat
  bool delayed = false;            // took several times as long as the others
};

enum class LifeMarkKind : std::uint8_t { Leads, Elects, TimeOut, Loss, Starts, Other };

/// Something that happened at a node.
struct LifeMark {
  std::int64_t at_us = 0;
  int node = -1;
  std::uint64_t line = 0;
  LifeMarkKind kind = LifeMarkKind::Other;
  observe::Words words;
  observe::Words label;  // short; empty: the sentence is used
};

/// The node is down or paused between these times.
struct LifeBreak {
  std::int64_t from_us = 0, to_us = -1;  // -1: until now
  bool paused = false;                   // false: down
  std::uint64_t line = 0;
  observe::Words words;
};

struct Lifeline {
  std::int64_t from_us = 0;  // the node exists from this time on
  std::vector<LifeBreak> breaks;
};

struct SpaceTime {
  std::int64_t end_us = 0;
  std::int64_t from_us = 0;   // everything since then is included, except messages counted as left out
  bool older = false;         // there are messages before from_us
  std::int64_t usual_us = 0;  // the usual time that a message takes: the median
  std::int64_t routine_left_out = 0;
  std::vector<Flight> flights;  // in the order of their ends
  std::vector<LifeMark> marks;  // by time
  std::vector<Lifeline> lives;  // by node
};

}  // namespace kafkascope::ui
