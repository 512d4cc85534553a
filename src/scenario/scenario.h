// A checked scenario file: one variant of it, ready to run and to show (docs/scenario-format.md).
#pragma once
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cluster/command.h"
#include "cluster/spec.h"
#include "scenario/boxed.h"
#include "scenario/problem.h"
#include "scenario/text.h"

namespace kafkascope::scenario {

struct Names;

enum class Operator : std::uint8_t {
  Equals,
  Not,
  In,
  AtLeast,
  AtMost,
  Size,
  Contains,
  Matches,
  SameAs,
  DiffersFrom,
  Changed,
  Unchanged,
  IncreasedBy
};
std::string_view to_string(Operator op);

struct Expectation {
  std::string path;  // JSON pointer into the state document
  Operator op = Operator::Equals;
  std::shared_ptr<const nlohmann::json> value;  // the operand; never null. SameAs, DiffersFrom: the other path
  std::optional<sim::Instant> since;            // Changed, Unchanged, IncreasedBy
  std::optional<sim::Duration> within;
  bool always = false;
  Text message;
  std::vector<std::string> only;  // variants; empty = all
  Position position;
  std::string pointer;  // its position in the file
};

struct Choice {
  Text text, because;
  std::string belief;  // id in assets/misconceptions.json
};

/// A question, answered by choices (in the order in which they are shown) or by pointing at the picture.
struct Ask {
  enum class Pick : std::uint8_t { None, Node, Partition, Offset };
  Text question;
  std::vector<Choice> choices;
  int answer = -1;  // index of the right choice, as shown
  Pick pick = Pick::None;
  std::string pick_answer;  // "leader:orders-0", "orders-0", "orders-0/7" or a number
  Text why;
};

/// What to show and how fast, until the next View. Absent members change nothing.
struct View {
  std::optional<std::vector<std::string>> panels;
  std::optional<std::string> select;
  std::optional<std::vector<std::string>> point;  // JSON pointers
  std::optional<std::vector<std::string>> hide;
  std::string tool;                       // the terminal's command; "" for the person's own
  std::optional<std::string> beside;      // the variant that is shown beside this run; "" for none
  std::optional<std::int64_t> speed_ppm;  // 1,000,000 = real time
};

struct Step {
  enum class Trigger : std::uint8_t { At, When, After };
  int index = 0;  // in the file's list, from 0; steps of other variants leave gaps
  Trigger trigger = Trigger::At;
  sim::Instant at{0};                    // At
  Boxed<Expectation> when;               // When
  std::optional<sim::Duration> timeout;  // When: absent = until the end
  sim::Duration after{0};                // After
  int predecessor = -1;                  // When, After: position in Scenario::steps of the step it follows

  // Exactly one of say, ask, command, expect; say may accompany command or expect.
  std::optional<Text> say;
  Boxed<Ask> ask;
  Boxed<cluster::Command> command;
  Boxed<Expectation> expect;

  bool by_learner = false;
  Text hint;
  std::string point;  // the object of `say` or `ask` (read_point.cpp); empty: not given; "none": nothing on screen
  Boxed<View> view;
  std::string id;    // a chapter
  Text notes, note;  // for the presenter; for readers of the file
  bool wait = false;
  std::vector<std::string> only;
  Position position;
  std::string pointer;
};

struct Link {
  Text text;
  std::string url;
};

struct TryNext {
  Text text;
  std::vector<std::pair<std::string, std::string>> set;  // path, value as JSON
  std::vector<Step> steps;                               // or acts
  bool leaves_script = false;                            // nothing of the script follows the first act
};

struct Variant {
  std::string id;  // "base": the file itself
  Text title;
};

struct Scenario {
  std::string id;
  Text title, summary;
  std::string track;
  int minutes = 0;  // 0: not given
  std::vector<std::string> requires_lessons, concepts, covers;
  std::string
      in_other_mode;  // the lesson, or lesson/variant, that shows this in the other metadata mode, where this file cannot run
  std::vector<Link> links;
  std::vector<Expectation> goal;
  std::vector<TryNext> tries;

  cluster::ClusterSpec cluster;
  std::vector<Step> steps;
  std::vector<Expectation> expect;

  std::vector<Variant> variants;  // "base" first, then those of the file
  std::string variant = "base";   // the variant of this Scenario

  std::shared_ptr<const Names> names;  // the names that its steps may use; never null once loaded
};

}  // namespace kafkascope::scenario
