// Makes an answer: collects sentences with their weights, keeps the four that matter most, in chronological order.
#pragma once
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "observe/why/story.h"
#include "observe/words/both.h"

namespace kafkascope::observe {

struct Question {
  words::Key key;
  Words words;
};
Question asks(words::Key key, std::initializer_list<BothArg> arguments = {});

/// The sentence as it reads after other words and a colon, such as "Only in A:".
Words after_a_colon(Words sentence);
/// An act as Why? tells it.
Words act_told(const Story& story, const Story::Line& act);

class Telling {
 public:
  using Line = Story::Line;

  Telling(const Story& story, std::string path, Question question);

  const Story& story() const { return story_; }
  /// A sentence in the fact's own words; a null line adds nothing.
  void fact(const Line* line, Weight weight);
  /// A sentence of its own about the line; a null line adds nothing.
  void say(words::Key key, std::initializer_list<BothArg> arguments, const Line* line, Weight weight,
           std::string subject = {});
  void say(const words::Message& message, const Line* line, Weight weight, std::string subject = {});
  /// The last sentence is also about these nodes.
  void also(std::vector<std::string> nodes) { answer_.steps.back().also = std::move(nodes); }
  /// A sentence about the present.
  void now(words::Key key, std::initializer_list<BothArg> arguments, Weight weight, std::string subject = {});
  void now(const words::Message& message, Weight weight, std::string subject = {});
  /// A sentence about an earlier moment of which the trace has no line.
  void dated(words::Key key, std::initializer_list<BothArg> arguments, sim::Instant at, Weight weight,
             std::string subject = {});
  void dated(const words::Message& message, sim::Instant at, Weight weight, std::string subject = {});
  /// The line and what led to it, back to its root. `first` is the weight of the line itself; Aside: only what led to
  /// it is included.
  void trail(const Line* line, Weight first);
  /// Adds the line and what led to it to the chain, without a sentence, because another sentence covers them.
  void link(const Line* line);
  /// The line of a timer that nothing else led to: the root, unless another one is told.
  void timer_root(const Line& line) { timer_ = &line; }
  /// If the broker has been silent for longer than broker.session.timeout.ms: tells which controller has restarted that
  /// count, because it became active meanwhile. `until`: the line that fenced the broker; null: it is not fenced yet.
  void counted_anew(const Line& silent, const Line* until);
  bool empty() const { return answer_.steps.empty(); }
  bool has_root() const { return answer_.root.has_value(); }

  Answer done();

 private:
  void add(Words words, words::Key key, const Line* line, Weight weight, std::string subject);
  void chain_of(const std::vector<const Line*>& lines);
  void set_root(const std::vector<const Line*>& lines);
  void root_at(const Line& line);

  const Story& story_;
  Answer answer_;  // its steps: all that was told so far
  const Line* timer_ = nullptr;
};

inline constexpr std::size_t kMostEffects = 3;
/// Adds up to `most` other consequences of the answer's root. It reads all that came after the root: only for answers that are shown.
void add_effects(const Story& story, Answer& answer, std::size_t most = kMostEffects);

/// The object to select to see the line: its partition, its group, its node.
std::string subject_of(const Story& story, const sim::TraceLine& line);
/// "3.751"
std::string in_seconds(std::int64_t us);
/// A length of time: "3.751", and "30" for whole seconds.
std::string lasting(std::int64_t us);
/// "broker-1, broker-3"
std::string broker_names(const std::vector<protocol::BrokerId>& ids);

}  // namespace kafkascope::observe
