// The words of messages on the presenter's stage.
#pragma once
#include <functional>
#include <vector>

#include "ui/panels/presenter_places.h"
#include "ui/stage/labels.h"
#include "ui/stage/messages.h"

namespace kafkascope::ui {

/// A message on its line.
struct PresenterDot {
  const observe::Message* message;
  Point at;
};

/// A line that is drawn between two nodes.
struct PresenterLine {
  Route route;
  int a, b;
};

/// Whether the presenter's stage draws the line; and all that it draws.
bool is_drawn(const StageWay& way, const PresenterPlaces& at);
std::vector<PresenterLine> lines_of(const StageView& view, const PresenterPlaces& at, const PresenterSizes& s);

inline bool is_data(const StageWay& way) {
  using observe::Family;
  return way.family == Family::Produce || way.family == Family::Consume || way.family == Family::Replicate;
}

/// Whether the presenter's stage shows the message on that line: with the data also what groups and transactions send, but no
/// heartbeats.
template <typename Sent>  // a Message or a Refused
bool travels_on(const StageWay& way, const Sent& sent) {
  using observe::Family;
  if (!((sent.from == way.a && sent.to == way.b) || (sent.from == way.b && sent.to == way.a))) return false;
  return sent.family == way.family || ((sent.family == Family::Group || sent.family == Family::Transaction) &&
                                       way.family != Family::Replicate && !is_heartbeat(sent.api));
}

/// Beside each message that is shown slowly, and beside all that can be read if few are on their way: what it carries and, if it is
/// shown slowly, its true time; where that does not fit, only its error and its time. Its name stands with the numbers, or alone if it
/// has none, where that takes no other message's room. `dots`: all messages' marks, which no words cover. `ends`: the ends of lines,
/// which no name covers. `cards`: with the rings around them. `lines`: all that are drawn; the words stand on those of others only
/// where there is no other room.
void draw_message_words(Ui& ui, const StageView& view, const std::vector<PresenterDot>& dots,
                        const std::vector<Rect>& ends, const Rect& stage, const std::vector<Rect>& cards,
                        const std::vector<PresenterLine>& lines, const PresenterSizes& s);

/// The latency of a line that is slower than the others, beside its last part.
void draw_latency_words(Ui& ui, const StageWay& way, const Route& route, const std::vector<PresenterDot>& dots,
                        const Rect& stage, const std::vector<Rect>& cards, const std::vector<PresenterLine>& lines,
                        const PresenterSizes& s);
/// A cross at each place where messages were lost, with words; no words of messages cover it afterwards.
void draw_lost_words(Ui& ui, const std::vector<LostHere>& lost, std::vector<PresenterDot>& dots, const Rect& stage,
                     const std::vector<Rect>& cards, const std::vector<PresenterLine>& lines, const PresenterSizes& s);
/// Errors that have just arrived, beside the line on which they came. `way_to`: that line, towards the receiver; empty: not drawn.
void draw_refused_words(Ui& ui, const std::function<Route(const observe::Refused&)>& way_to,
                        const std::vector<PresenterDot>& dots, const Rect& stage, const std::vector<Rect>& cards,
                        const std::vector<PresenterLine>& lines, const PresenterSizes& s);

}  // namespace kafkascope::ui
