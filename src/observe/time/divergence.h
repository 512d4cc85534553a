// Where two runs part: the first point in which their stories differ, or, if both tell the same story, the first line that differs.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "observe/time/story_point.h"
#include "observe/time/trace_store.h"

namespace kafkascope::observe {

/// The line of each trace; nullopt: this run has no counterpart to the other's line.
struct Parting {
  std::optional<std::size_t> a, b;
  int point_a = 0, point_b = 0;  // which point of the line differs, usually a record
  bool detail = false;           // the stories are the same so far; only a line differs, for example in its time
  bool undecided = false;        // of a detail: the stories differ already, but the first difference is not certain yet
  bool order = false;            // only the order of several clients' records differs so far
  bool instead_a = false;  // only B has a point of the story there; A's line is what A does instead at that moment
};

/// Compares two growing traces, each line once. Nodes and topics are compared by name: another metadata mode numbers them differently.
///
/// A fix or a setting changes much that is of no interest: ids, epochs, the moment of each message. So three kinds of difference are
/// tried, and the first one found is reported: in a point of the story (story_point.h), at any time; in a line of interest; in any line.
/// A point of the story differs from the moment at which only one of the runs has it, if that lasts for a second, even if the other run has
/// the same point later; between two metadata modes a client's records may take longer. What is certain first stays the answer, however far
/// both runs have gone. When both have ended, the other run cannot catch up any more: a second is then enough everywhere.
class DivergenceSearch {
 public:
  /// Looks at up to `most` further lines. Returns false if there are more to look at. Both runs are at the same moment,
  /// so a line in only one of them is a difference; a point of the story is a difference only if the other run has had
  /// a second to reach it. `end`: both runs have ended at that moment; a later line or point in only one of them is no
  /// difference.
  bool look(const TraceStore& a, const TraceNames& names_a, const TraceStore& b, const TraceNames& names_b,
            std::size_t most = ~std::size_t{0}, sim::Instant end = sim::kNever);
  /// nullopt: none so far.
  std::optional<Parting> found() const { return found_; }
  /// Before the first look.
  void compare_as(Likeness likeness) { likeness_ = likeness; }

 private:
  /// Names by index, each looked up once.
  class Names {
   public:
    const std::string& node(const TraceNames& names, sim::NodeId node);
    const std::string& topic(const TraceNames& names, std::int32_t topic);

   private:
    std::vector<std::string> nodes_, topics_;
  };
  struct Point {
    std::string content;
    std::size_t line = 0;
    int number = 0;  // among the points of its line
    sim::Instant time;
  };
  /// The points of a subject that one run has and the other does not have yet.
  struct Subject {
    std::deque<Point> waiting;
    bool of_b = false;  // which run has them
    bool parted = false;
    sim::Duration in_time;  // how long the other run may take
  };
  struct Found {
    sim::Instant certain, time;
    std::size_t line = 0;  // the earlier of the two
    Parting at;
    bool operator<(const Found& o) const { return std::tie(certain, time, line) < std::tie(o.certain, o.time, o.line); }
  };
  using Both = std::pair<const TraceStore*, const TraceNames*>;
  bool same(const sim::TraceLine& a, const TraceNames& names_a, const sim::TraceLine& b, const TraceNames& names_b);
  void add_points(Both run, std::size_t line, bool of_b);
  void note(const Point& a, const Point& b, sim::Instant certain);
  std::optional<Found> in_story() const;
  /// The difference that is not certain yet but will stay, because both runs have ended.
  std::optional<Found> at_end(sim::Instant end) const;
  /// Whether one of the lines is a point of the story that the other run does not have yet.
  bool waits(const Parting& at) const;
  /// Whether only one run has a next point of the subject, and the other one's lack of it would be a difference.
  static bool is_ahead(const std::string& name, const Subject& subject);
  static Found found(const Subject& subject, sim::Instant certain);
  /// Whether the run has that line of the other run as well, at the same moment.
  bool has_too(Both of, Both other, std::size_t there);
  Parting completed(Found story, Both a, Both b);
  std::optional<Parting> in_lines(Both a, Both b);
  /// What the other run did instead, at that moment and node; nullopt: nothing.
  std::optional<std::size_t> instead(Both of, std::size_t line, Both other, bool other_is_b);
  /// In the other run, the effect of the act that made a node die or start here, on a node of another name; nullopt:
  /// nothing.
  std::optional<std::size_t> of_same_act(Both of, std::size_t line, Both other) const;
  bool same_act(const sim::TraceLine& a, const sim::TraceLine& b) const;

  Likeness likeness_ = Likeness::OfOneMode;
  Names a_, b_;
  std::size_t looked_at_ = 0;
  std::optional<std::size_t> first_;  // the first line that differs at all
  std::size_t next_a_ = 0, next_b_ = 0;
  std::map<std::string, Subject> subjects_;
  std::optional<Found> differs_;  // two points of one subject
  std::size_t told_a_ = 0, told_b_ = 0;
  std::optional<Parting> line_;  // among the lines of interest (is_of_story)
  sim::Instant reached_;
  std::optional<Parting> found_;
};

/// The first divergence of two growing runs as they are told: the order in which the records of several clients got into a
/// log, and the offsets that they have by it, only while nothing else differs.
class FirstDivergence {
 public:
  FirstDivergence() { in_what_matters_.compare_as(Likeness::OfRecords); }
  /// Before the first look.
  void between_modes();
  /// As DivergenceSearch::look.
  bool look(const TraceStore& a, const TraceNames& names_a, const TraceStore& b, const TraceNames& names_b,
            std::size_t most = ~std::size_t{0}, sim::Instant end = sim::kNever);
  std::optional<Parting> found() const;

 private:
  DivergenceSearch in_what_matters_, in_all_;
  bool between_modes_ = false;
};

}  // namespace kafkascope::observe
