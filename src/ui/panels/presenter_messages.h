// The words of messages on the presenter's stage.
#pragma once
#include <functional>
#include <vector>

#include "ui/panels/presenter.h"
#include "ui/stage/labels.h"

namespace kafkascope::ui {

/// A message on its line.
struct PresenterDot {
  const observe::Message* message;
  Point at;
};

/// Whether the presenter's stage shows the message on that line: with the data also what groups and transactions send, but no
/// heartbeats.
bool travels_on(const StageWay& way, const observe::Message& message);

/// What a message carries and, if it is shown slowly, its true time; where that does not fit, only its error and its time.
/// `dots`: all messages' marks, which no words cover. `cards`: with the rings around them.
void draw_message_words(Ui& ui, const PresenterDot& dot, const std::vector<PresenterDot>& dots, const Rect& stage,
                        const std::vector<Rect>& cards, const PresenterSizes& s);

/// The latency of a line that is slower than the others, beside its last part.
void draw_latency_words(Ui& ui, const StageWay& way, const Route& route, const std::vector<PresenterDot>& dots,
                        const Rect& stage, const std::vector<Rect>& cards, const PresenterSizes& s);
/// A cross at each place where messages were lost, with words; no words of messages cover it afterwards.
void draw_lost_words(Ui& ui, const std::vector<LostHere>& lost, std::vector<PresenterDot>& dots, const Rect& stage,
                     const std::vector<Rect>& cards, const PresenterSizes& s);
/// Errors that have just arrived, beside the line on which they came. `way_to`: that line, towards the receiver; empty: not drawn.
void draw_refused_words(Ui& ui, const std::function<Route(const observe::Refused&)>& way_to,
                        const std::vector<PresenterDot>& dots, const Rect& stage, const std::vector<Rect>& cards,
                        const PresenterSizes& s);

}  // namespace kafkascope::ui
