// Why is something as it is? An answer of at most four sentences, each with its moment, made from the facts of the
// trace: backwards to the act, fault or timer, forwards to its effects. Routine traffic (fetches, heartbeats) is not
// listed. Answering only reads: it does not change the run's hash.
#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "observe/words/bilingual.h"
#include "sim/time.h"
#include "words/key.h"

namespace kafkascope::observe {

struct Moment;

/// How much a sentence matters; if there are more than four, the least important are dropped first.
enum class Weight : std::uint8_t { Aside, Link, Cause, Point };

struct WhyStep {
  Words words;
  words::Key key;         // of the sentence; empty: it is the sentence of the fact itself
  std::uint64_t seq = 0;  // of the trace line; 0: it is about the moment `at`, which is mostly the present
  sim::Instant at;
  std::string subject;  // what to select there: "broker-1", "orders-0", "billing"; "" if nothing
  /// When two worlds are compared (why_parting.h): where it happened; Both: it is the difference between them.
  enum class World : std::uint8_t { This, Other, Both };
  World world = World::This;
  Weight weight = Weight::Aside;
  std::vector<std::string> also{};  // other nodes that the sentence names beside its subject
};

/// The kind of an answer's root.
enum class RootKind : std::uint8_t {
  None,       // nothing happened: it has been so since the cluster was formed, or by configuration alone
  Act,        // a command, of the scenario or of a person
  Fault,      // a process died, or a disk failed, without a command
  Timer,      // a timer expired
  Beginning,  // a process started, by itself
};
/// "act" …
std::string_view to_string(RootKind kind);

struct Answer {
  std::string path;
  Words question;
  words::Key question_key;     // of its sentence
  std::vector<WhyStep> steps;  // 1 to 4, in chronological order
  RootKind root_kind = RootKind::None;
  std::optional<WhyStep> root;   // absent for None
  std::vector<WhyStep> effects;  // at most 3 others with the same root, each of another kind, in chronological order
  std::vector<WhyStep> further;  // all others among the lines that were examined, in chronological order
  std::vector<std::uint64_t> chain;  // seq of every line that the answer rests on, the root first
};

inline constexpr std::size_t kMostWhySteps = 4;

/// Answers for a path of the state document (docs/scenario-format.md §2); /events/<seq> asks for a line of the trace,
/// /sent/<client>/<number> for a record by its producer, /ledger/by_group/<group>/<fate>/<client>/<number> for a
/// record's fate in a group. nullopt: the path does not exist, or has no Why? The trace must be stored.
std::optional<Answer> why(const Moment& moment, std::string_view path);

/// The partition in which the consumer, given as in the state document, waits at the last stable offset although
/// records follow; "": there is none.
std::string held_at_stable(const nlohmann::json& client);
/// Whether the consumer runs, but has been handed nothing since its application got its last exception.
bool stopped_by_exception(const Moment& moment, std::string_view client);

/// Whether why() answers about the metric: an MBean's name, or a path under /metrics.
bool has_why(std::string_view metric);

/// The paths at this moment that why() answers, and that resemble the given one: the most similar first, at most four.
std::vector<std::string> paths_with_why(const Moment& moment, std::string_view like);

/// Why a path without an answer names nothing, and what exists in its place.
struct Absence {
  Words words;                     // empty: what the path names exists, yet it has no Why?
  std::string name;                // the part of the path that names nothing; "": it is not a name
  std::vector<std::string> names;  // those that exist in its place
};
Absence why_absent(const Moment& moment, std::string_view path);

}  // namespace kafkascope::observe
