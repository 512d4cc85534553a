#include "ui/panels/presenter_messages.h"

#include <algorithm>
#include <optional>
#include <string>

namespace kafkascope::ui {

using namespace observe;

namespace {

/// Where words may stand.
struct Room {
  Painter& p;
  const std::vector<PresenterDot>& dots;
  const Rect& stage;
  const std::vector<Rect>& cards;
  const PresenterSizes& s;
  float apart = 0;  // from other words

  Rect inside() const { return Rect{0, stage.y, s.w, stage.h}.padded(4); }
  bool clear_of_marks(const Rect& r) const {
    const Rect near = r.grown(s.text * .5f), all = inside();
    return r.x >= all.x && r.right() <= all.right() && r.y > all.y && r.bottom() < all.bottom() &&
           std::none_of(dots.begin(), dots.end(), [&](const PresenterDot& d) { return near.contains(d.at.x, d.at.y); });
  }
  /// In two worlds the sign of a difference sticks out of a card's upper right corner.
  bool covers(const Rect& r, const Rect& card) const {
    return !card.empty() &&
           (card.overlaps(r) || (s.side_by_side && Rect{card.right(), card.y, 0, 0}.grown(s.text * .75f).overlaps(r)));
  }
  bool clear_of_texts(const Rect& r) const {
    const Rect there = p.to_window(r.grown(apart));
    return std::none_of(p.texts().begin(), p.texts().end(), [&](const Rect& o) { return o.overlaps(there); });
  }
  bool free(const Rect& r) const {
    return clear_of_marks(r) && clear_of_texts(r) &&
           std::none_of(cards.begin(), cards.end(), [&](const Rect& o) { return covers(r, o); });
  }
  /// Below the mark, above it, beside it or further away; words that must be shown may cover a card, but no mark.
  std::optional<Rect> place(const std::string& words, const Point& at, bool must) const {
    const float h = s.text * 1.5f, w = p.width(words, {.em = s.text, .bold = true}) + s.text;
    const Rect all = inside(), near = Rect{at.x, at.y, 0, 0}.grown(s.text * .9f), far = near.grown(h);
    const float x = std::clamp(at.x - w / 2, all.x, std::max(all.x, all.right() - w));
    const Rect tries[] = {{x, near.bottom(), w, h},
                          {x, near.y - h, w, h},
                          {near.x, near.bottom(), w, h},
                          {near.right() - w, near.bottom(), w, h},
                          {near.right(), at.y - h / 2, w, h},
                          {near.x - w, at.y - h / 2, w, h},
                          {x, far.bottom(), w, h},
                          {x, far.y - h, w, h}};
    for (const Rect& r : tries)
      if (free(r)) return r;
    for (const Rect& r : tries)
      if (must && clear_of_marks(r) && clear_of_texts(r)) return r;
    for (const Rect& r : tries)
      if (must && clear_of_marks(r)) return r;
    return std::nullopt;
  }
};

/// In a box of the colour of danger.
void draw_bad_words(Ui& ui, const Rect& r, const std::string& words, const PresenterSizes& s, const char* what) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.danger_fill, 4);
  p.stroke(r, c.danger, s.stroke * .6f, 4);
  p.text(r, words, {.em = s.text, .color = c.danger, .bold = true, .align = Align::Middle});
  p.note(r, what);
}

}  // namespace

void draw_message_words(Ui& ui, const PresenterDot& dot, const std::vector<PresenterDot>& dots, const Rect& stage,
                        const std::vector<Rect>& cards, const PresenterSizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Message& msg = *dot.message;
  const bool error = !msg.error.empty(), watched = ui.time.is_watched(msg.id);
  const std::string time =
      watched && msg.arrives_us > msg.sent_us ? latency_text(msg.arrives_us - msg.sent_us) : std::string();
  const bool data = msg.family != Family::Group && msg.family != Family::Transaction;
  const std::string content = error  ? error_words(ui, msg.error, msg.refused_sequence)
                              : data ? message_content(ui, msg)
                                     : wire_label(ui, msg);
  std::string words =
      msg.held ? ui.tr("ui.st_held_label"_w, {{"message", content.empty() ? msg.api : content}}) : content;
  words += words.empty() || time.empty() ? time : " · " + time;
  if (words.empty()) return;
  const Room room{p, dots, stage, cards, s};
  std::optional<Rect> r = room.place(words, dot.at, watched && (error || content.empty()));
  if (!r && watched && !time.empty()) r = room.place(words = time, dot.at, true);
  if (!r) return;
  p.fill(*r, error ? c.danger_fill : msg.held ? c.caution_fill : c.canvas, 4);
  p.stroke(*r,
           error      ? c.danger
           : msg.held ? c.caution
                      : c.family[static_cast<std::size_t>(msg.family)],
           s.stroke * .6f, 4);
  p.text(*r, words,
         {.em = s.text,
          .color = error      ? c.danger
                   : msg.held ? c.caution
                              : c.primary,
          .bold = true,
          .align = Align::Middle});
  p.note(*r, "message words");
}

void draw_latency_words(Ui& ui, const StageWay& way, const Route& route, const std::vector<PresenterDot>& dots,
                        const Rect& stage, const std::vector<Rect>& cards, const PresenterSizes& s) {
  Painter& p = ui.p;
  const std::string words = seconds_text(way.latency_us * 1000) + " ms";
  const Room room{p, dots, stage, cards, s, s.text * .3f};
  for (const float part : {.9f, .8f, .5f, .3f, .7f, .6f, .4f}) {
    const std::optional<Rect> r = room.place(words, along(route, part), false);
    if (!r) continue;
    p.fill(*r, ui.c.canvas, r->h / 2);
    p.stroke(*r, ui.c.strong, s.stroke * .6f, r->h / 2);
    p.text(*r, words, {.em = s.text, .bold = true, .align = Align::Middle});
    p.note(*r, "latency label");
    return;
  }
}

void draw_lost_words(Ui& ui, const std::vector<LostHere>& lost, std::vector<PresenterDot>& dots, const Rect& stage,
                     const std::vector<Rect>& cards, const PresenterSizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float cross = s.text * .5f;
  for (const LostHere& here : lost) {
    p.circle(here.at.x, here.at.y, cross + s.stroke, c.canvas);
    p.cross(here.at.x, here.at.y, cross, c.danger, s.stroke * 1.6f);
    p.note(Rect{here.at.x, here.at.y, 0, 0}.grown(cross), "lost message");
    dots.push_back({nullptr, here.at});
  }
  const Room room{p, dots, stage, cards, s};
  for (const LostHere& here : lost) {
    const std::string words = ui.tr("ui.message_lost"_w, {{"what", here.what}});
    if (const std::optional<Rect> r = room.place(words, here.at, false)) draw_bad_words(ui, *r, words, s, "lost label");
  }
}

void draw_refused_words(Ui& ui, const std::function<Route(const Refused&)>& way_to,
                        const std::vector<PresenterDot>& dots, const Rect& stage, const std::vector<Rect>& cards,
                        const PresenterSizes& s) {
  const Room room{ui.p, dots, stage, cards, s, s.text * .5f};
  int shown = 0;
  for (const Refused* refused : just_refused(ui)) {
    if (shown == kMostRefused) return;
    const Route route = way_to(*refused);
    if (route.empty()) continue;
    const std::string words = error_words(ui, refused->error, refused->sequence);
    std::optional<Rect> r;
    for (const float part : {.5f, .7f, .9f, .3f})
      if (!r) r = room.place(words, along(route, part), false);
    if (!r) continue;
    draw_bad_words(ui, *r, words, s, "refusal");
    ++shown;
  }
}

}  // namespace kafkascope::ui
