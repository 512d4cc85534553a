// User requests as data: the dashboard only queues them; the application carries them out between events.
#pragma once
#include <cstdint>
#include <string>

namespace kafkascope::ui {

/// The path of the question why two worlds diverge.
inline constexpr char kWhyParting[] = "/parting";

enum class ActionKind : std::uint8_t {
  Run,
  Pause,  // start / stop the passing of time
  StepEvent,
  StepBack,  // one event forward / back
  NextChange,
  PreviousChange,  // to the next / previous visible change
  PassSilence,     // glides to LessonModel::quiet_until_us
  NextStep,
  PreviousStep,  // lesson steps ("Next", n, p, PageDown, PageUp); NextStep also ends a `wait`
  FromStart,     // presenter: to time 0; forgets all answers
  Seek,          // time_us; `flag` while the pointer is still dragging
  SetSpeed,      // number = ppm of real time (1,000,000: 1x; 0: event by event; -1: as fast as possible; -2: adapts)
  LoopRange,     // time_us … time2_us; equal times: no loop
  Resume,
  DismissResume,  // the offer "continue at step 5 of 9"
  // verb (a `do` of the scenario format), target, other, number, text, flag, dir; their meanings: Player::command_of
  Fault,
  DoStep,       // text: a step of a scenario file, {"do": …}, without a time
  Select,       // target: node, partition or group name; empty: nothing
  SelectEvent,  // number = trace seq; fills LogModel::chain
  // target = partition, number = offset, other = the broker that truncated the record, if any; fills LogModel::record
  SelectRecord,
  // as SelectRecord, for the hover card only; fills LogModel::looked_at; requested again in every frame that shows it
  LookAtRecord,
  // text: a command of Kafka's tools, other: the typed text; fills LogModel::terminal; requested again in every frame
  // that shows it
  AskTool,
  /// Fills TimelineModel::space up to time_us (-1: the playhead); requested again in every frame that shows it.
  LookAtSpaceTime,
  CompareAssignors,  // fills Group::assignors; requested again in every frame that shows them
  LookUpSetting,     // text = "config.acks"; fills Snapshot::setting; requested again in every frame that shows it
  CopyText,          // text, to the clipboard
  OpenAddress,       // text: an address of Kafka's documentation, in the system's browser
  SelectSent,        // target = producer, number = its record, which is in no leader's log
  SelectFate,  // text = ledger word, target = producer or empty, other = group or empty; fills LogModel::fate_records
  // fills LogModel::why: text = a path of the state document; empty: the most important question about the target (a
  // node, partition or group); flag: in the second world; other = kWhyParting: asked instead if that has no answer
  Why,
  ClearChain,
  Answer,  // number = choice
  Pick,    // target = the object that the learner pointed at, as the answer
  Vote,    // target = the object that the learner pointed at
  Reveal,  // closes the vote
  SkipQuestion,
  DoItForMe,  // the program carries out the learner's turn
  Undo,       // the last command
  Redo,       // the command that was undone last
  ReturnFromDetour,
  KeepScript,
  OpenBranch,  // number = id of the run (Branch, KeptDetour)
  NextSeed,    // Ctrl+R
  Compare,     // requested again in every frame that shows LessonModel::comparison
  /// Shows a second world beside this one. verb: "setting" (target, text = key, other = value; empty: the next value),
  /// "without" (leaves out the act done at time_us, or with `flag` all faults of that time; number as in TwinOffer, or
  /// 0), "try" (number = index in LessonModel::tries), "variant" (other = id), "seed", "mode" (the other metadata
  /// mode), "run" (number = id of a run), "path" (target = a path as for --set, other = value), "kip" (target: a fix that
  /// the file switches off, or one that it has).
  OpenTwin,
  CloseTwin,
  TurnTwin,    // number = index in Twin::stops: the twin's value
  TryNext,     // number = index in LessonModel::tries
  OpenLesson,  // text = id; other = one of its variants, or empty; number = 1: continues where the user left the lesson;
               // time_us: stands at that moment, unless 0
  RestoreKept,  // restores the work from before the program last ended: text = its file (KeptWork::file)
  NewCluster,   // opens a cluster of brokers without clients
  OpenFile,     // text = its path
  OpenVariant,  // text = id of a variant of this lesson, to run beside it; "base": the lesson itself
  FreePlay,
  SetConfig,      // target, text = key, other = value
  RestartClient,  // target: a client, which is stopped and then started again
  SaveSession,
  CopyLink,
  Picture,         // text = a panel's name (empty: the whole window), at x, y, w, h (logical)
  SetLanguage,     // text = en / ko; already applied on screen
  SetTheme,        // text = light / dark; already applied on screen
  SetLayout,       // text = lesson / workbench / presenter; already applied
  KeepSplits,      // the user has changed the size of a panel (State::splits)
  KeepSubtitles,   // State::subtitles has changed
  KeepMotion,      // State::reduced_motion has changed
  KeepLessonList,  // State::by_meeting has changed
  KeepMoved,       // the user has dragged nodes to other places, or put them back (State::moved)
  ToggleFullscreen,
  CancelProgress,
  CoachMarksSeen,
  Wait  // the world is paused while a menu, a form or a list is open: requested again in every frame that shows one
};

struct Action {
  ActionKind kind = ActionKind::Pause;
  std::string verb;
  std::string target;
  std::string other;
  std::string text;
  std::int64_t time_us = 0;
  std::int64_t time2_us = 0;
  std::int64_t number = 0;
  bool flag = false;
  int dir = -1;  // index of a broker's log directory; -1: none in particular
  float x = 0, y = 0, w = 0, h = 0;
};

/// Whether the dashboard requests the action by itself in every frame that shows the data, without any act of the user.
inline bool comes_by_itself(ActionKind kind) {
  return kind == ActionKind::Compare || kind == ActionKind::Wait || kind == ActionKind::LookAtSpaceTime ||
         kind == ActionKind::LookAtRecord || kind == ActionKind::CompareAssignors || kind == ActionKind::AskTool ||
         kind == ActionKind::LookUpSetting;
}

}  // namespace kafkascope::ui
