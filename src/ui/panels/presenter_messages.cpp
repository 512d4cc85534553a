#include "ui/panels/presenter_messages.h"

#include <algorithm>
#include <optional>
#include <string>

namespace kafkascope::ui {

using namespace observe;

namespace {

// Of the text's size: a line of words, and the room above and below all of them.
constexpr float kWordsHigh = 1.25f, kWordsAround = .125f;

/// Where words may stand.
struct Room {
  Painter& p;
  const std::vector<PresenterDot>& dots;
  const Rect& stage;
  const std::vector<Rect>& cards;
  const std::vector<PresenterLine>& lines;
  const PresenterSizes& s;
  float apart = 0;                // from other words
  std::vector<Rect> placed = {};  // words that are not drawn yet, in the window

  Rect inside() const { return Rect{0, stage.y, s.w, stage.h}.padded(4); }
  bool clear_of_marks(const Rect& r) const {
    const Rect near = r.grown(s.text * .5f), all = inside();
    return r.x >= all.x && r.right() <= all.right() && r.y > all.y && r.bottom() < all.bottom() &&
           std::none_of(dots.begin(), dots.end(), [&](const PresenterDot& d) { return near.contains(d.at.x, d.at.y); });
  }
  /// In two worlds the sign of a difference sticks out of a card's upper right corner.
  bool covers(const Rect& r, const Rect& card) const {
    return !card.empty() && (card.grown(s.stroke * .75f).overlaps(r) ||
                             (s.side_by_side && Rect{card.right(), card.y, 0, 0}.grown(s.text * .75f).overlaps(r)));
  }
  bool clear_of_texts(const Rect& r) const {
    const Rect there = p.to_window(r.grown(apart));
    return std::none_of(p.texts().begin(), p.texts().end(), [&](const Rect& o) { return o.overlaps(there); }) &&
           std::none_of(placed.begin(), placed.end(), [&](const Rect& o) { return o.overlaps(there); });
  }
  bool free(const Rect& r) const {
    return clear_of_marks(r) && clear_of_texts(r) &&
           std::none_of(cards.begin(), cards.end(), [&](const Rect& o) { return covers(r, o); });
  }
  std::pair<float, float> size_of(const std::vector<std::string>& words) const {
    float w = 0;
    for (const std::string& line : words) w = std::max(w, p.width(line, {.em = s.text, .bold = true}) + s.text);
    return {w, s.text * (kWordsHigh * static_cast<float>(words.size()) + kWordsAround * 2)};
  }
  /// 0: no line is behind the words; 1: their own, between `a` and `b`; 2: another passes; 3: they stand on another.
  int lines_behind(const Rect& r, int a, int b) const {
    int worst = 0;
    for (const PresenterLine& line : lines) {
      const Covers covers = covers_line(r, line.route);
      const bool own = (line.a == a && line.b == b) || (line.a == b && line.b == a);
      if (covers != Covers::None) worst = std::max(worst, own ? 1 : covers == Covers::Across ? 2 : 3);
    }
    return worst;
  }
  /// Of the places that `may` be taken, the first with the least to do with lines.
  template <class May>
  std::optional<Rect> best(const std::vector<Rect>& tries, int a, int b, const May& may) const {
    std::optional<Rect> found;
    int least = 4;
    for (const Rect& r : tries)
      if (const int behind = may(r) ? lines_behind(r, a, b) : least; behind < least) least = behind, found = r;
    return found;
  }
  /// Below the mark, above it, beside it or further away; words that must be shown may cover a card, but no mark. `a` and `b`: the ends
  /// of the words' line.
  std::optional<Rect> place(const std::vector<std::string>& words, const Point& at, int a, int b, bool must) const {
    const auto [w, h] = size_of(words);
    const Rect all = inside(), near = Rect{at.x, at.y, 0, 0}.grown(s.text * .9f), far = near.grown(h);
    const float x = std::clamp(at.x - w / 2, all.x, std::max(all.x, all.right() - w));
    std::vector<Rect> tries{{x, near.bottom(), w, h},
                            {x, near.y - h, w, h},
                            {near.x, near.bottom(), w, h},
                            {near.right() - w, near.bottom(), w, h},
                            {near.right(), at.y - h / 2, w, h},
                            {near.x - w, at.y - h / 2, w, h},
                            {x, far.bottom(), w, h},
                            {x, far.y - h, w, h}};
    for (const float y : {near.bottom(), near.y - h, far.bottom(), far.y - h})
      for (const float part : {.25f, .75f}) tries.push_back({at.x - w * part, y, w, h});
    if (const std::optional<Rect> r = best(tries, a, b, [&](const Rect& o) { return free(o); })) return r;
    for (const Rect& r : tries)
      if (must && clear_of_marks(r) && clear_of_texts(r)) return r;
    for (const Rect& r : tries)
      if (must && clear_of_marks(r)) return r;
    return std::nullopt;
  }
  /// Below the mark or above it, the nearest to its middle, over none of the ends of lines.
  std::optional<Rect> place_wide(const std::vector<std::string>& words, const Point& at, int a, int b,
                                 const std::vector<Rect>& ends) const {
    constexpr float kAsides[] = {.5f, .41f, .59f, .32f, .68f, .23f, .77f, .14f, .86f, .05f, .95f};
    const auto [w, h] = size_of(words);
    const Rect near = Rect{at.x, at.y, 0, 0}.grown(s.text * .9f), far = near.grown(h);
    std::vector<Rect> tries;
    for (const float y : {near.bottom(), near.y - h, far.bottom(), far.y - h, far.bottom() + h / 2})
      for (const float aside : kAsides) tries.push_back({at.x - w * aside, y, w, h});
    return best(tries, a, b, [&](const Rect& r) {
      return free(r) && std::none_of(ends.begin(), ends.end(), [&](const Rect& o) { return o.overlaps(r); });
    });
  }
  /// Where the text of a box is, in the window.
  Rect text_in(const Rect& box) const { return p.to_window(box.padded(s.text * .5f, s.text * .25f)); }
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

/// A message's words in one or two lines, and their place.
struct Caption {
  const PresenterDot* dot;
  std::vector<std::string> lines;
  Rect box;
};

std::string with_time(const std::string& words, const std::string& time) {
  return words + (words.empty() || time.empty() ? time : " · " + time);
}

/// Its numbers, and its name where that is all there is to say.
std::optional<Caption> brief_caption(const Ui& ui, const PresenterDot& dot, const std::string& time, const Room& room) {
  const Message& msg = *dot.message;
  const bool error = !msg.error.empty(), watched = ui.time.is_watched(msg.id),
             data = msg.family != Family::Group && msg.family != Family::Transaction;
  const std::string content = error  ? error_words(ui, msg.error, msg.refused_sequence)
                              : data ? message_content(ui, msg)
                                     : wire_label(ui, msg);
  std::vector<std::string> lines = {with_time(
      msg.held ? ui.tr("ui.st_held_label"_w, {{"message", content.empty() ? msg.api : content}}) : content, time)};
  if (lines[0].empty()) return std::nullopt;
  std::optional<Rect> box = room.place(lines, dot.at, msg.from, msg.to, watched && (error || content.empty()));
  if (!box && watched && !time.empty()) {
    lines = {time};
    box = room.place(lines, dot.at, msg.from, msg.to, true);
  }
  if (!box) return std::nullopt;
  return Caption{&dot, lines, *box};
}

/// Puts the message's name before its numbers, or above them, if there is room.
void name_message(const Ui& ui, const std::string& time, const Room& room, const std::vector<Rect>& ends,
                  Caption& caption) {
  const Message& msg = *caption.dot->message;
  if (!msg.error.empty() || !msg.about.empty()) return;
  const auto state = [&](const std::string& words) {
    return msg.held ? ui.tr("ui.st_held_label"_w, {{"message", words}}) : words;
  };
  const std::string name = state(message_name(ui, msg)), content = message_content(ui, msg);
  std::vector<std::vector<std::string>> tries = {{with_time(state(wire_label(ui, msg)), time)}};
  if (!content.empty()) tries.push_back({name, with_time(content, time)});
  const std::size_t whole = tries.size();
  // What it is says more than its numbers alone.
  if (!content.empty())
    tries.insert(tries.end(), {{with_time(name, time)}, {with_time(state(bare_name(ui, msg)), time)}});
  const auto put = [&](const std::vector<std::string>& lines, const std::optional<Rect>& box) {
    if (box) caption.lines = lines, caption.box = *box;
    return box.has_value();
  };
  const Point& at = caption.dot->at;
  for (std::size_t i = 0; i < whole; ++i)
    if (put(tries[i], room.place_wide(tries[i], at, msg.from, msg.to, ends))) return;
  for (const std::vector<std::string>& lines : tries)
    if (put(lines, room.place(lines, at, msg.from, msg.to, false))) return;
  room.p.note(caption.box, "message without its name");
}

/// The name of a message that has no numbers; with the words that it carries, if there is room.
std::optional<Caption> bare_caption(const Ui& ui, const PresenterDot& dot, const Room& room,
                                    const std::vector<Rect>& ends) {
  const Message& msg = *dot.message;
  if (!msg.error.empty() || msg.held || hidden_by(ui.lesson.view.hide, msg.family, msg.api) ||
      !(message_content(ui, msg).empty() || is_bare(ui, msg)))
    return std::nullopt;
  for (const std::string& words : {wire_label(ui, msg), bare_name(ui, msg)})
    if (const std::optional<Rect> box = room.place_wide({words}, dot.at, msg.from, msg.to, ends))
      return Caption{&dot, {words}, *box};
  return std::nullopt;
}

void draw_caption(Ui& ui, const Caption& caption, const PresenterSizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Message& msg = *caption.dot->message;
  const bool error = !msg.error.empty();
  const Rect& r = caption.box;
  p.fill(r, error ? c.danger_fill : msg.held ? c.caution_fill : c.canvas, 4);
  p.stroke(r,
           error      ? c.danger
           : msg.held ? c.caution
                      : c.family[static_cast<std::size_t>(msg.family)],
           s.stroke * .6f, 4);
  Rect line{r.x, r.y + s.text * kWordsAround, r.w, s.text * kWordsHigh};
  for (const std::string& words : caption.lines) {
    p.text(line, words,
           {.em = s.text,
            .color = error      ? c.danger
                     : msg.held ? c.caution
                                : c.primary,
            .bold = true,
            .align = Align::Middle});
    line.y += line.h;
  }
  p.note(r, "message words");
}

}  // namespace

bool is_drawn(const StageWay& way, const PresenterPlaces& at) {
  return !way.dead && !(way.faint && !(way.direct && way.standing)) && is_data(way) &&
         !at.at[static_cast<std::size_t>(way.a)].empty() && !at.at[static_cast<std::size_t>(way.b)].empty();
}

std::vector<PresenterLine> lines_of(const StageView& view, const PresenterPlaces& at, const PresenterSizes& s) {
  std::vector<PresenterLine> lines;
  for (const StageWay& way : view.ways)
    if (is_drawn(way, at)) lines.push_back({presenter_route(at, way, s), way.a, way.b});
  return lines;
}

void draw_message_words(Ui& ui, const StageView& view, const std::vector<PresenterDot>& dots,
                        const std::vector<Rect>& ends, const Rect& stage, const std::vector<Rect>& cards,
                        const std::vector<PresenterLine>& lines, const PresenterSizes& s) {
  const auto time_of = [&](const Message& m) {
    return (ui.time.is_watched(m.id) || m.lingers) && m.arrives_us > m.sent_us
               ? latency_text(m.arrives_us - m.sent_us, ui.st.lang)
               : std::string();
  };
  const auto is_shown = [&](const Message& m) {
    return std::any_of(view.ways.begin(), view.ways.end(),
                       [&](const StageWay& way) { return is_data(way) && travels_on(way, m); });
  };
  constexpr int kFew = 3;
  const bool few = std::count_if(ui.world.messages.begin(), ui.world.messages.end(), is_shown) <= kFew;
  Room room{ui.p, dots, stage, cards, lines, s};
  std::vector<Caption> captions;
  std::vector<const PresenterDot*> without;
  const auto add = [&](const Caption& caption) {
    captions.push_back(caption);
    room.placed.push_back(room.text_in(caption.box));
  };
  for (const PresenterDot& dot : dots) {
    if (dot.message == nullptr || !(ui.time.is_watched(dot.message->id) || (few && stays_readable(ui, *dot.message))))
      continue;
    if (const std::optional<Caption> caption = brief_caption(ui, dot, time_of(*dot.message), room)) add(*caption);
    else without.push_back(&dot);
  }
  const bool names = just_refused(ui).empty();  // errors that have just arrived need the room
  for (std::size_t i = 0; i < captions.size() && names; ++i) {
    room.placed[i] = {};
    name_message(ui, time_of(*captions[i].dot->message), room, ends, captions[i]);
    room.placed[i] = room.text_in(captions[i].box);
  }
  for (std::size_t i = 0; i < without.size() && names; ++i)
    if (const std::optional<Caption> caption = bare_caption(ui, *without[i], room, ends)) add(*caption);
  for (const Caption& caption : captions) draw_caption(ui, caption, s);
}

void draw_latency_words(Ui& ui, const StageWay& way, const Route& route, const std::vector<PresenterDot>& dots,
                        const Rect& stage, const std::vector<Rect>& cards, const std::vector<PresenterLine>& lines,
                        const PresenterSizes& s) {
  Painter& p = ui.p;
  const std::string words = seconds_text(way.latency_us * 1000) + " ms";
  const Room room{p, dots, stage, cards, lines, s, s.text * .3f};
  for (const float part : {.9f, .8f, .5f, .3f, .7f, .6f, .4f}) {
    const std::optional<Rect> r = room.place({words}, along(route, part), way.a, way.b, false);
    if (!r) continue;
    p.fill(*r, ui.c.canvas, r->h / 2);
    p.stroke(*r, ui.c.strong, s.stroke * .6f, r->h / 2);
    p.text(*r, words, {.em = s.text, .bold = true, .align = Align::Middle});
    p.note(*r, "latency label");
    return;
  }
}

void draw_lost_words(Ui& ui, const std::vector<LostHere>& lost, std::vector<PresenterDot>& dots, const Rect& stage,
                     const std::vector<Rect>& cards, const std::vector<PresenterLine>& lines, const PresenterSizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float cross = s.text * .5f;
  for (const LostHere& here : lost) {
    p.circle(here.at.x, here.at.y, cross + s.stroke, c.canvas);
    p.cross(here.at.x, here.at.y, cross, c.danger, s.stroke * 1.6f);
    p.note(Rect{here.at.x, here.at.y, 0, 0}.grown(cross), "lost message");
    dots.push_back({nullptr, here.at});
  }
  const Room room{p, dots, stage, cards, lines, s};
  for (const LostHere& here : lost) {
    const std::string words = ui.tr("ui.message_lost"_w, {{"what", here.what}});
    if (const std::optional<Rect> r = room.place({words}, here.at, here.from, here.to, false))
      draw_bad_words(ui, *r, words, s, "lost label");
  }
}

void draw_refused_words(Ui& ui, const std::function<Route(const Refused&)>& way_to,
                        const std::vector<PresenterDot>& dots, const Rect& stage, const std::vector<Rect>& cards,
                        const std::vector<PresenterLine>& lines, const PresenterSizes& s) {
  const Room room{ui.p, dots, stage, cards, lines, s, s.text * .5f};
  int shown = 0;
  for (const Refused* refused : just_refused(ui)) {
    if (shown == kMostRefused) return;
    const Route route = way_to(*refused);
    if (route.empty()) continue;
    const std::string words = error_words(ui, refused->error, refused->sequence);
    std::optional<Rect> r;
    for (const float part : {.5f, .7f, .9f, .3f})
      if (!r) r = room.place({words}, along(route, part), refused->from, refused->to, false);
    if (!r) continue;
    draw_bad_words(ui, *r, words, s, "refusal");
    ++shown;
  }
}

}  // namespace kafkascope::ui
