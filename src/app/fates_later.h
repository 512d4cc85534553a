// What becomes of records in two worlds later: copies of both runs go on.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>

#include "observe/why/why_parting.h"
#include "scenario/session.h"

namespace kafkascope::app {

/// Two runs at one moment that go on together, in short steps, until both have had about so many events.
class GoingOn {
 public:
  GoingOn(scenario::Session& here, scenario::Session& there, std::int64_t events);

  sim::Instant now() const;
  /// The end of the shorter run.
  sim::Instant end() const;
  /// Both go on by a tenth of a second, or to the end. false: they are there, or have had their events.
  bool go_on();
  /// How many events are left.
  std::int64_t left() const { return left_; }

 private:
  scenario::Session &here_, &there_;
  std::int64_t left_;
};

/// Events of both runs together that a question about two worlds may compute ahead: about a second.
inline constexpr std::int64_t kMostEventsAhead = 600'000;

/// Lets the copies go on to their end, for at most that many events, and looks ten times a second at what has become of records.
class FatesAhead {
 public:
  FatesAhead(scenario::Session here, scenario::Session there, std::int64_t events = kMostEventsAhead);
  /// The copies refer to one another.
  FatesAhead(const FatesAhead&) = delete;
  FatesAhead& operator=(const FatesAhead&) = delete;

  /// To the next look.
  void go_on();
  bool over() const { return over_; }
  sim::Instant now() const { return both_.now(); }
  /// The same again: at that moment, and from then on at each, except for records that were on their way, for at most a second.
  /// nullopt: it is the same when the question is asked, or they have ended, or too little could be looked at to say.
  std::optional<observe::FatesLater> found() const;

 private:
  observe::FatesLater look();

  scenario::Session here_, there_;
  GoingOn both_;
  observe::FatesLater asked_, latest_;
  std::optional<observe::FatesLater> again_;  // the first look since which it is the same
  std::deque<observe::FatesLater> looks_;     // those of the last second
  bool over_ = false;
};

/// The same at once.
std::optional<observe::FatesLater> fates_later(scenario::Session here, scenario::Session there,
                                               std::int64_t events = kMostEventsAhead);

}  // namespace kafkascope::app
