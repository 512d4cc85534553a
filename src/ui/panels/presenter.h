// The lesson drawn large, for a projector: sized by the picture's height, light, without chrome. Text is at least 2.55
// % of the height, the narration 4.15 %, strokes 3 px; nothing depends on fine lines.
#pragma once
#include "ui/stage/node_facts.h"
#include "ui/ui.h"

namespace kafkascope::ui {

struct WorldBeside;

struct PresenterSizes {
  float h, w;
  float text, title, narration, stroke, margin, gap;
  bool narrow;                // 4:3
  bool side_by_side = false;  // one of two worlds: log ends instead of roles, clients under the brokers
  // of two worlds: the weight of each replica's difference (replica_weights)
  std::vector<std::vector<int>> differs = {};
  const WorldBeside* other = nullptr;
};

PresenterSizes presenter_sizes(float w, float h);

/// Controllers on top, brokers in the middle, clients at the sides, one lane per kind under the brokers.
/// Returns the places of the nodes' cards; empty: not drawn. `first`: the clients that are shown where there is no room
/// for all.
std::vector<Rect> draw_presenter_stage(Ui& ui, const Rect& r, const PresenterSizes& s,
                                       const std::vector<int>& first = {});

/// A card of one line, or of two if it is high. `limit`: the text of a client that is refused or throttled; `number`: at
/// the card's right end, if there is room, or else in the second line; `boxed`: the number is that of waiting records, in a box as in a producer's tray, and the name is
/// cut to make room.
void draw_presenter_node(Ui& ui, const observe::Node& node, const Rect& r, const PresenterSizes& s,
                         const NodeFact& limit = {}, const std::string& number = {}, bool boxed = false);
void draw_presenter_client(Ui& ui, int node, const Rect& r, const PresenterSizes& s);

enum class PresenterPanel : std::uint8_t {
  None,
  Leadership,
  Strips,
  Ledger,
  Groups,
  Control,
  Transactions,
  Metrics,
  Disks,
  Terminal
};
/// The panel requested by the step's view; while a leader is dead or has just changed, leadership is shown instead of
/// the strips, unless the step is about records or some are gone. While a question is open, only strips.
PresenterPanel presenter_panel(const Ui& ui);
/// Whether an open question hides a panel (strips, a ledger, a group) that its step's words may describe.
bool question_hides_panel(const Ui& ui);
/// Whether K has opened who believes what, about State::beliefs_of; it closes with its step.
bool shows_beliefs(Ui& ui);
float presenter_beliefs_height(Ui& ui, const PresenterSizes& s);
void draw_presenter_beliefs(Ui& ui, const Rect& r, const PresenterSizes& s);
/// Whether a broker's disk is nearly full, or the step is about it.
bool disks_matter(const Ui& ui);
void draw_presenter_disks(Ui& ui, const Rect& r, const PresenterSizes& s);
/// Whether the step points at an offset of the partition's log, which only its strips show.
bool points_into_log(const Ui& ui, const observe::Partition& partition);
/// The panel's preferred height. Without `cards`: the height of strips without cards of records.
float presenter_panel_height(const Ui& ui, PresenterPanel panel, const PresenterSizes& s, bool cards = true);
/// The selected group, or the first one, with its members and partitions.
float presenter_group_height(const Ui& ui, const PresenterSizes& s);
void draw_presenter_group(Ui& ui, const Rect& r, const PresenterSizes& s);
/// The height of the voters' logs, or of the sessions at ZooKeeper.
float presenter_control_height(const Ui& ui, const PresenterSizes& s);
void draw_presenter_control(Ui& ui, const Rect& r, const PresenterSizes& s);
void draw_presenter_panel(Ui& ui, PresenterPanel panel, const Rect& r, const PresenterSizes& s);

/// Whether the terminal replaces the stage: the user has opened it, or the step is about its output.
bool terminal_on_stage(const Ui& ui);
void draw_large_terminal(Ui& ui, const Rect& r, const PresenterSizes& s);
/// Replaces the stage in a step about graphs that hides it.
void draw_presenter_metrics(Ui& ui, const Rect& r, const PresenterSizes& s);

/// Whether a question that was voted on still stands there with its votes: until the next step.
bool shows_votes(const Ui& ui);
/// Whether a question stands instead of the narration: it is open, or was skipped, or stands there with its votes.
bool question_stands(const Ui& ui);
/// The outcome of a prediction, or the choices of a question: with votes while it is open, only to be read if it was
/// skipped. Returns the height; only measures when `draw` is false.
float draw_presenter_question(Ui& ui, const Rect& r, const PresenterSizes& s, bool draw = true);

}  // namespace kafkascope::ui
