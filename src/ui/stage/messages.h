// Messages on the routes: marks at their true fraction, labels, rates, refused requests.
#pragma once
#include <string>
#include <vector>

#include "ui/stage/labels.h"
#include "ui/stage/stage_view.h"
#include "ui/ui.h"

namespace kafkascope::ui {

/// Whether the lesson's point is at that client or node.
bool means_node(const PointAt& point, const observe::Node& node);
/// Draws the messages. Returns the index of the hovered one; -1: none.
int draw_messages(Ui& ui, const StageView& view);
/// Requests a second, on the routes of producers that the lesson points at or the user has selected, and wherever there
/// are too many dots to count.
void draw_produce_rates(Ui& ui, LabelPlaces& places);
/// Whether the message is under way long enough for the viewer to read words beside it.
bool stays_readable(const Ui& ui, const observe::Message& m);
/// Labels of messages, where there is free room: errors always, others on request or if few are in flight.
void draw_message_labels(Ui& ui, LabelPlaces& places, bool labels);
/// The errors that have just arrived, the latest first: they stay for a moment, because on the wire they are too quick to read.
/// Each error once for a receiver, and none that is on the wire once more.
std::vector<const observe::Refused*> just_refused(const Ui& ui);
inline constexpr int kMostRefused = 3;  // that are shown
/// The label of an error can be asked: a click or O tells what the error means, W why it came. A click also selects the
/// node that gets it.
void error_link(Ui& ui, const Rect& r, int to, const std::string& error);
inline constexpr float kHeldHalf = 13;
/// Around the messages that a `hold` keeps on their way, which are at those points; those that are close share a bracket.
void draw_held_brackets(Painter& p, const std::vector<Point>& at, float half, float width);
/// Where on its way a held message is drawn: its brackets, which are `half` from its middle, stand below or beside the
/// cards at both ends and cover no row of them.
float held_fraction(const Route& route, float fraction, float half);
/// What the message carries: "3 records, seq 5, e0", "from 10, e2"; empty: nothing.
std::string message_content(const Ui& ui, const observe::Message& m);
/// What the message is: "Produce orders-0", "Fetch"; or the sentence about it.
std::string message_name(const Ui& ui, const observe::Message& m);
/// The words on a message: "Produce orders-0, 3 records, seq 5, e0".
std::string message_label(const Ui& ui, const observe::Message& m);
/// Whether that is its kind and no number, at most "no error" or "no new records"; its kind: "Fetch", "OffsetCommit response".
bool is_bare(const Ui& ui, const observe::Message& m);
std::string bare_name(const Ui& ui, const observe::Message& m);
/// The same on a line, where a request and its response must be told apart: "OffsetCommit response".
std::string wire_label(const Ui& ui, const observe::Message& m);
/// "OUT_OF_ORDER_SEQUENCE_NUMBER, seq 2"; -1: the batch has no sequence.
std::string error_words(const Ui& ui, const std::string& error, std::int64_t sequence);
bool is_heartbeat(std::string_view api);
/// What a lesson's `view.hide` hides, read once for many messages. It refers to the list.
class HiddenKinds {
 public:
  explicit HiddenKinds(const std::vector<std::string>& hide);
  bool hides(observe::Family family, std::string_view api) const;
  bool hides(const observe::Message& m) const { return hides(m.family, m.api); }

 private:
  unsigned families_ = 0;  // a bit for each
  bool heartbeats_ = false;
  std::vector<std::string_view> apis_;
};
/// Whether a lesson's `view.hide` hides messages of that kind.
bool hidden_by(const std::vector<std::string>& hide, observe::Family family, std::string_view api);

}  // namespace kafkascope::ui
