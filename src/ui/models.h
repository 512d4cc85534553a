// The dashboard's data besides the world itself: the lesson, the timeline, the event log. Plain values, filled by
// the application each frame (or when they change); the dashboard never writes them.
#pragma once
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "observe/model/snapshot.h"
#include "ui/space_time.h"

namespace kafkascope::ui {

using observe::Words;

// --- the lesson -----------------------------------------------------------------------------------------------------

enum class StepKind : std::uint8_t { Say, Ask, Do, Expect };

/// What became of an act.
enum class ActMark : std::uint8_t { Done, Failed, Waits };

struct LessonStep {
  Words title;              // short; empty: only its number is shown
  std::int64_t at_us = -1;  // -1: not known yet (a `when` that has not happened)
  StepKind kind = StepKind::Say;
  bool done = false;
  std::int64_t foreseen_us = -1;  // the predicted time of the event (Foresight) if at_us is not known; -1: none
  ActMark mark = ActMark::Done;   // of an act that has happened
  Words outcome{};                // what to say of an act that failed or still waits
};

struct Choice {
  Words text;
  Words because;
};

enum class QuestionPhase : std::uint8_t {
  Closed,     // no question
  Open,       // the world waits for an answer
  Predicted,  // answered; the run has not shown it yet
  Held,       // the prediction came true
  Differed,   // the prediction did not come true
  Passed      // skipped by a jump: it can be read, not answered
};

enum class PickKind : std::uint8_t { None, Node, Partition, Offset };

struct Question {
  QuestionPhase phase = QuestionPhase::Closed;
  Words question;
  std::vector<Choice> choices;  // for a pick too: the candidates in words
  PickKind pick = PickKind::None;
  std::vector<std::string> candidates;  // if the answer is picked: names of nodes or partitions, parallel to `choices`
  int chosen = -1;
  int answer = -1;      // shown only once phase is Held or Differed
  bool voting = false;  // presenter: keys add votes
  std::vector<int> votes;
  bool has_votes() const {
    return std::any_of(votes.begin(), votes.end(), [](int n) { return n > 0; });
  }
  Words why;
  Words outcome;          // what the run showed; in a detour, while Predicted: what the lesson's own run shows
  bool mistaken = false;  // Differed: `choices[chosen].because` has the reason
};

/// A `do` with "by": "learner".
struct LearnerTurn {
  bool open = false;
  std::string verb;   // crash
  std::string node;   // resolved: broker-1
  Words deed;         // "crash broker-1"
  Words after;        // the event that Next waits for: "after the crash"
  std::string key;    // "C"; empty: by menu only
  bool hint = false;  // 20 s have passed
  Words hint_words;
};

struct Glide {
  bool active = false;
  Words headline;  // "9 s pass"
  Words why;       // "A dead broker and a slow one look the same."
  std::int64_t from_us = 0, to_us = 0;
  Words from_label, to_label;  // "crash", "session runs out"
  bool danger = true;          // hatched vermilion; else plain
};

/// A run beside the script's own: acts by hand, another seed, a change to try, free play, a variant of the lesson.
enum class RunKind : std::uint8_t { Script, Detour, Seed, Try, Free, Variant };

/// Whether the run executes a script from its beginning, so that Next means the script's next step.
constexpr bool has_own_steps(RunKind kind) { return kind == RunKind::Seed || kind == RunKind::Variant; }

/// The same lesson with other values, as defined in its file.
struct LessonVariant {
  std::string id;  // "base": the lesson itself
  Words title;
};

struct KeptDetour {
  Words what;
  std::int64_t at_us = 0;
  bool current = false;
  int id = 0;  // of OpenBranch
};

/// A run away from the lesson, with a way to return.
struct Detour {
  bool active = false;
  Words what;                // "you crashed broker-2"
  std::int64_t left_us = 0;  // where the script is suspended
  int return_step = 0;       // 0-based
  std::vector<KeptDetour> kept;
  RunKind kind = RunKind::Detour;
  Words back{};       // the run to return to: "seed 7"
  std::string why{};  // what asks for what the last act led to, in any run; empty: nothing
  bool led = false;   // something has come of that act
};

struct UndoPill {
  bool active = false;
  Words what;        // "broker-1 crashed"
  bool loss = true;  // a fault
  Words refused{};   // Kafka's response, if it was an error: "INVALID_CONFIG"
  Words asked{};     // while Kafka has not answered yet: the request; `what` has not happened then
};

/// The acts given as steps (DoStep): their number, and the problem of the last one.
struct HandStep {
  std::uint64_t taken = 0;
  Words problem;        // empty: it was carried out, and Kafka has not refused it
  std::string field{};  // the path in the step where the problem is: "/client/rate"; empty: nowhere in particular
  bool refused_by_kafka = false;  // it was carried out, and the problem is Kafka's answer
};

struct RecordField {
  Words name;  // "timestamp"
  Words value;
  bool in_card = false;  // also shown in the hover card
};

/// A record that the step points at, as it lies in its leader's log.
struct PointedRecord {
  std::string partition;
  std::int64_t offset = -1;
  std::vector<RecordField> fields;  // key, value, timestamp, headers
  Words brief;                      // "kim: 3 pears"
  bool by_key = false;              // the step tells how its key chose the partition: `brief` is the arithmetic
  Words briefer = {};               // the same in fewer words, where `brief` has no room; empty: none
};

/// A Produce request with a record whose key's choice of partition the step tells.
struct KeyOnTheWay {
  std::uint64_t message = 0;
  Words arithmetic;
};

/// What poll() has returned to a consumer that the step points at, in that order.
struct ReceivedRecords {
  std::string client, topic;        // the topic of its newest record
  std::vector<std::string> values;  // the newest ones of that topic
  bool more = false;                // others came before these
};

/// The object that the step's `view` points at.
struct PointAt {
  std::string path;  // /partitions/orders-0/high_watermark, /nodes/broker-1 …
  Words label;
};

struct LessonView {
  std::vector<std::string> panels;  // "stage", "partitions", "groups", "controller", "ledger", "timeline", "log"
  std::string select;
  std::vector<PointAt> point;
  std::vector<PointedRecord> records;     // of the paths /records/<partition>/<offset> and …/key in `point`
  std::vector<KeyOnTheWay> keys;          // of the paths …/key whose record is not in the log yet
  std::vector<ReceivedRecords> received;  // of the consumers in `point` whose records have values to show
  std::vector<std::string> hide;          // "heartbeat", "metadata"
  std::string tool;                       // what the lesson enters in the terminal
  bool labels = false;                    // shows message labels and the legend in the Lesson layout
  bool shows(std::string_view panel) const { return std::find(panels.begin(), panels.end(), panel) != panels.end(); }
  /// Whether panels are shown without a stage, because the stage would give the answer away.
  bool stage_hidden() const { return !panels.empty() && !shows("stage"); }
};

struct EndCard {
  bool active = false;
  Words summary;
  std::string next_id;
  Words next_title;
  std::vector<Words> failed{};  // expectations that did not hold, invariants that were violated
  int expectations = 0;         // number of expectations checked
  int invariants = 0;           // number of invariants checked
  bool acted = false;           // the person has done something that can be saved
};

/// "Continue at step 5 of 9": the last position in this file.
struct ResumeOffer {
  bool active = false;
  int step = 0, steps = 0;  // 0-based
  std::int64_t at_us = 0;
};

struct TryNext {
  Words text;
};

/// A value that changed since the last step, shown highlighted under the narration.
struct ChangedValue {
  Words name;
  Words before, now;
};

/// This run's ledger beside that of the run it came from, at the same moment.
struct Comparison {
  bool present = false;         // whether there is a run to compare with
  bool ready = false;           // both have been computed up to at_us
  RunKind kind = RunKind::Try;  // how this run was created
  Words what;                   // what was changed
  std::int64_t at_us = 0;
  std::uint64_t seed = 0, other_seed = 0;
  bool waits = false;  // the script is suspended in the changed run: its acts happen only in the other run
  observe::FateCounts original, changed;
  std::int64_t original_leaderless_us = 0, changed_leaderless_us = 0;  // added up over the partitions
  bool shows_changed = false;                                          // the shown run is the changed one
};
/// The name of one of the two runs, as in the heads of their columns: "original", "after your action".
Words name_of(const Comparison& comparison, bool original);

/// A second world beside this one, at the same moment: the same file and seed, with one thing changed.
struct Twin {
  bool open = false;
  bool ready = false;       // whether the twin has reached this world's moment; if not, `world` is its last picture
  double progress = 0;      // while it is being computed: 0 to 1
  Words here, there;        // the names of the shown world and of the other one
  bool shown_is_b = false;  // the shown world is a changed copy of the other one, which is A; else the shown one is A
  std::shared_ptr<const observe::Snapshot> world;  // null: there is no picture yet
  /// The first difference between the two; empty: none so far.
  bool parted = false;
  bool searched = false;           // whether the search for it has come up to this moment
  bool parted_in_detail = false;   // only details differ, such as the times of messages
  bool parted_undecided = false;   // the stories differ, too, but which difference is the first one is not certain yet
  bool parted_in_numbers = false;  // the numbers that producers report differ much, too
  std::int64_t parted_at_us = 0;
  Words parted_here, parted_there;  // the event in each world; empty: none at that time
  Words parted_record;              // the record at which the worlds part; empty: something else
  std::string parted_partition;     // the record's partition, if the shown world's log has it
  std::int64_t parted_offset = -1;
  /// Records lost though acked when both runs have ended; -1: not known, or this is the end.
  std::int64_t end_lost_here = -1, end_lost_there = -1;
  Words also;                                 // other effects of the changed setting; empty: none known
  std::string metrics_of;                     // the node whose metrics are compared; empty: the whole cluster's
  std::vector<observe::Metric> here_metrics;  // the shown world's metrics for the comparison; empty: its usual ones
  /// The setting that differs, if its value can be dragged.
  std::string dial;                // "shop acks"; empty: there is none
  std::vector<std::string> stops;  // its values
  int stop = 0;                    // index of the twin's value
  int own_stop = -1;               // index of this world's value; -1: not among them
};

/// A setting, a fault or a run that the palette offers to compare with.
struct TwinOffer {
  Words what;
  std::string door;    // of OpenTwin: the verb
  std::string target;  // OpenTwin's other fields
  std::string key;
  std::int64_t number = 0, at_us = 0;  // of "without": which act, and when it was done
  std::string now = {};                // of a setting: its value in the shown world
};

struct LessonModel {
  bool present = false;        // false: free play, no narration
  bool told = true;            // false: a script that acts without narration; its acts are the steps
  bool about_commits = false;  // committed offsets are among the concepts that it explains
  std::string id;
  Words title;
  Words variant;                          // title of the variant being shown; empty: the file itself
  std::string variant_id = "base";        // id of the variant being shown
  std::vector<LessonVariant> variants{};  // all variants, the lesson itself first; empty: there are no others
  Words clocks;                           // the badge of times shorter than Kafka's defaults
  std::vector<LessonStep> steps;
  int step = 0;        // 0-based: the step being shown
  int told_step = -1;  // the step that the title belongs to: a question keeps the narration before it; -1: `step`
  Words step_title;
  std::vector<Words> paragraphs;  // at most two short ones
  Words notes;                    // presenter only
  Words next_label;               // label of the big button; empty: "Next"
  Words owes;                     // not empty: Next is disabled and shows this text ("after your answer")
  bool can_next = true;
  bool coach_marks = false;  // first launch
  Question question;
  LearnerTurn turn;
  Glide glide;
  // While a step is read, or at a speed chosen by hand: until this time nothing visible happens; -1: something may.
  std::int64_t quiet_until_us = -1;
  std::int64_t reading_left_us = -1;  // time stands for so long of the viewer's time, until the step could be read
  bool quiet_counts = false;          // records are written or read before that time: counts on the stage change
  Detour detour;
  UndoPill undo;
  HandStep hand;
  LessonView view;
  EndCard end;
  ResumeOffer resume;
  std::vector<TryNext> tries;
  std::vector<ChangedValue> changed;
  Comparison comparison;
  Twin twin;
  std::shared_ptr<const std::vector<TwinOffer>> twin_offers;  // null: none
  bool runs_in_other_mode = true;     // in the other metadata mode; false: `in_other_mode` or a variant shows it
  Words why_not_in_other_mode;        // empty: it runs there, or the file only names a lesson that shows more
  std::string in_other_mode;          // the id of a lesson, or lesson/variant; empty: none
  std::int64_t in_other_mode_us = 0;  // the moment in that lesson which shows it; 0: from its beginning
};
/// Whether there is a lesson or a script to return to; a run that began in an empty cluster has none.
inline bool has_return(const LessonModel& m) { return m.detour.kind != RunKind::Detour || !m.steps.empty(); }

/// Whether Return leads only to the beginning of a new cluster: no lesson waits there.
inline bool returns_to_beginning(const LessonModel& m) { return m.steps.size() <= 1 && m.detour.left_us == 0; }

// --- the timeline ---------------------------------------------------------------------------------------------------

enum class MarkKind : std::uint8_t { Step, Fault, Repair, Election, Rebalance, IsrChange, Violation, Command, Refused };

struct TimeMark {
  std::int64_t at_us = 0;
  MarkKind kind = MarkKind::Step;
  int lane = -1;          // index in lanes; -1: "Faults and steps"
  Words label;            // "crash broker-1"
  std::string verb;       // for a fault: the verb, which selects the icon
  bool done = true;       // for a step: whether it has happened in this run; those of a detour's script are pending
  bool foreseen = false;  // a step that waits for an event: at_us is the predicted time (LessonStep::foreseen_us)
};

enum class LaneKind : std::uint8_t { Broker, Controller, Group, Client, Partition };
enum class SpanKind : std::uint8_t { Alive, Dead, Paused, Starting, Waiting, State };

struct LaneSpan {
  std::int64_t from_us = 0, to_us = 0;
  SpanKind kind = SpanKind::Alive;
  int leads = 0;  // partitions led: thickness; of a controller: 1, if it leads the quorum
  Words label;    // of a controller: what it is in the quorum
};

struct Lane {
  std::string name;
  LaneKind kind = LaneKind::Broker;
  std::vector<LaneSpan> spans;
  Words title{};  // empty: the name
};

struct LeaderMove {
  std::int64_t at_us = 0;
  int from_lane = -1, to_lane = -1;
  std::string partition;
};

/// A change of a partition's leader, leader epoch or ISR that the controller has committed.
struct PartitionChange {
  std::int64_t at_us = 0;
  std::string partition;
  bool of_leader = false;
  int from = -1, to = -1;  // of the leader: broker ids; the same one twice: only its epoch has risen
  std::int64_t leader_epoch = -1;
  std::string isr_before{}, isr{};  // of the ISR: "[1,2,3]"; before is empty if it is not known
};

struct WatermarkSample {
  std::int64_t at_us = 0;
  std::int64_t hw = 0, leo = 0;
};

struct Branch {
  Words name;
  std::int64_t from_us = 0, to_us = 0;
  bool current = false;
  RunKind kind = RunKind::Script;
  std::int64_t now_us = 0;  // the run's last position
  int id = 0;               // of OpenBranch
  int acts = 0;             // commands by hand
};

struct TimelineModel {
  bool playing = false;
  bool ended = false;                // at the end of the script or of the detour, or where the engine ended the run
  std::int64_t speed_ppm = 100'000;  // 1,000,000 = real time; 0 = event by event; -1 = as fast as possible
  bool adapts = false;               // no speed is chosen: the step's speed_ppm applies while no message is watched
  std::int64_t rate_ppm = 100'000;   // how fast time passes now
  /// How fast time passes for the viewer: at the chosen speed, else as adaptive time or the last frames have it.
  std::int64_t passing_ppm() const { return adapts || speed_ppm <= 0 ? rate_ppm : speed_ppm; }
  std::vector<std::uint64_t> watched;  // ids of the messages for which time is slow
  bool is_watched(std::uint64_t id) const { return std::find(watched.begin(), watched.end(), id) != watched.end(); }
  std::int64_t now_us = 0;
  std::int64_t until_us = 0;  // end of the script
  std::int64_t known_us = 0;  // the run has been executed up to here
  std::vector<TimeMark> marks;
  std::vector<Lane> lanes;
  std::vector<LeaderMove> moves;
  std::vector<PartitionChange> changes;
  std::string watermark_partition;
  std::vector<WatermarkSample> watermarks;
  std::vector<Branch> branches;  // all runs, including this one; empty if there is only one
  std::int64_t loop_from_us = -1, loop_to_us = -1;
  bool busy = false;  // a long seek is in progress
  double progress = 0;
  Words busy_words;
  std::shared_ptr<const SpaceTime> space;  // null: not requested (LookAtSpaceTime)
};

// --- the event log, chains, records ----------------------------------------------------------------------------------

/// An act by hand: a fault, another act that was carried out, one that was refused, or one whose answer is on its way.
enum class Deed : std::uint8_t { None, Fault, Done, Refused, Asked };

struct LogEntry {
  std::uint64_t seq = 0, cause = 0;
  std::int64_t time_us = 0;
  std::string node;  // empty: the world
  std::string kind;  // isr.shrink
  std::string partition;
  Words words;
  Deed deed = Deed::None;
};

/// One link of a chain of causes, oldest first.
struct ChainLink {
  std::uint64_t seq = 0;
  std::int64_t time_us = 0;
  std::string node;
  Words words;
  Words note;     // small, below
  char tone = 0;  // 'd' loss, 'l' leadership, 'o' good, 0 plain
  /// Of a cut in one direction: the senders of the messages that no longer arrive, and their receivers.
  std::vector<std::string> cut_from{}, cut_to{};
  /// In the log strips: the partition, and the records that the link is about, or the offset of a flag: a replica's high
  /// watermark, a group's committed offset or a consumer's position. -1: none.
  enum class Flag : std::uint8_t { None, Watermark, Reader };
  std::string partition{};
  std::int64_t from = -1, to = -1;
  Flag flag = Flag::None;
  std::vector<std::string> also{};  // other nodes that it is about
};

struct RecordLine {
  std::string client;
  std::int64_t number = 0;
  std::string key;  // empty: none, or not in a log
  std::string partition;
  std::int64_t offset = -1;  // in the leader's log; -1: not in it
  std::string fate;          // ledger word
  Words words;               // such as "acked by broker-1, copied by nobody"
};

/// A word of a tool's output with the space after it.
struct TerminalCell {
  std::string text;
  bool changed = false;  // new or changed since the last different output of this command
};
struct TerminalLine {
  std::vector<TerminalCell> cells;
  bool error = false;  // printed on standard error
};
/// Filled by AskTool.
struct TerminalModel {
  std::string command;  // the command that was executed; empty: none
  std::int64_t at_us = -1;
  std::vector<TerminalLine> lines;
  Words refused{};  // not empty: why the command was not executed
  int status = 0;
  std::string completed;  // the typed text to which the completions belong
  std::vector<std::string> completions, suggestions;
};

/// The answer to "why?": at most four sentences, each with its moment.
struct WhyLine {
  Words words;
  std::uint64_t seq = 0;  // 0: the moment has no line in the log, as usually that of the question
  std::int64_t time_us = 0;
  std::string target;  // the object to select at that moment; empty: none
  /// Of two worlds: the world in which it happened; Both: a difference between the two.
  enum class World : std::uint8_t { This, Other, Both };
  World world = World::This;
};
struct WhyOther {
  Words label;  // "high watermark"
  std::string path;
};
struct WhyModel {
  bool open = false;
  std::int64_t at_us = 0;  // when it was asked
  std::string path;
  Words question;
  std::vector<WhyLine> lines;
  bool has_root = false;
  WhyLine root;
  std::vector<WhyLine> effects;
  std::vector<WhyLine> further;  // further ones: shown when they are asked for
  std::vector<WhyOther> others;  // questions about the same thing
  bool there = false;            // the question is about the second world
};

struct LogModel {
  std::vector<LogEntry> entries;  // oldest first; only the latest rows are kept (some ten thousand)
  std::uint64_t total = 0;
  std::vector<ChainLink> chain;  // causes of the selected event; empty: none selected
  Words chain_title;             // "Record 117 of checkout was acknowledged, and is gone."
  std::string fate;              // the fate whose records fate_records lists
  std::string fate_client;       // only this producer's records; empty: all producers' records
  std::string fate_group;        // only this group's cases; empty: all
  std::vector<RecordLine> fate_records;
  /// The chosen fate's path in the state document.
  std::string fate_path() const {
    return "/ledger/" +
           (!fate_group.empty()    ? "by_group/" + fate_group + "/"
            : !fate_client.empty() ? "by_client/" + fate_client + "/"
                                   : std::string()) +
           fate;
  }
  WhyModel why;                  // its lines are also in `chain`
  bool record_open = false;      // a record's whole story is shown
  std::string record_path;       // the path for "Why?" about the record
  std::string record_partition;  // its place in a log, if a place was chosen
  std::int64_t record_offset = -1;
  Words record_title, record_verdict;
  bool record_bad = false;
  std::vector<RecordField> record_contents;  // empty: the record is in no log
  std::vector<ChainLink> record_story;
  // The record under the pointer (LookAtRecord), for its hover card. It does not change the selection.
  std::string looked_at_partition;
  std::int64_t looked_at_offset = -1;
  std::vector<RecordField> looked_at;
  TerminalModel terminal;
};

// --- notices, shown for a few seconds --------------------------------------------------------------------------------

/// What ends a notice early: the world runs again (Standstill); another act, another notice, or any key or click (Undone).
enum class NoticeOf : std::uint8_t { Anything, Standstill, Undone };

struct Notice {
  Words words;                       // "Saved: /home/…/session-1.kafkascope.json"
  bool bad = false;                  // refused, or failed
  NoticeOf of = NoticeOf::Anything;  // a new Standstill or Undone notice replaces the old one
};

/// The lessons in the palette and in the list: filled once.
struct LessonEntry {
  std::string id, track;
  Words title;
  Words summary{};
  std::vector<std::string> concepts{};    // ids of the glossary
  std::vector<LessonVariant> variants{};  // besides the lesson itself
  int minutes = 0;
  // What it tells, a line each: summary, terms, titles and texts of its steps, first in English, then in Korean. The same in lower case.
  std::string told{}, told_low{};
};

/// A meeting of a course, and its lessons.
struct CourseMeeting {
  Words title;
  std::vector<std::string> lessons;  // ids, in the meeting's order
  bool extra = false;                // not a meeting: the lessons that belong to no meeting
};

/// Progress in a lesson.
struct LessonProgress {
  int step = 0, steps = 0;  // 0-based; 0: not begun, or started again
  bool done = false;        // its end has been seen
};

}  // namespace kafkascope::ui
