#include "ui/panels/two_worlds_parting.h"

#include <algorithm>

#include "observe/model/fates.h"
#include "ui/panels/panels.h"
#include "ui/panels/two_worlds.h"
#include "ui/panels/world_differences.h"
#include "ui/stage/cards.h"

namespace kafkascope::ui {

namespace {

/// The width of the letter of a world before its words.
float disc_width(const Ui& ui, float text) { return text * (least_text(ui) > 0 ? 1.36f : 1.2f); }

constexpr float kTwoLines =
    2.44f;  // the height of two lines in the row of the first difference, in units of the text's size
constexpr float kStackedDisc = 1.14f;    // the letter of a world in one of them
constexpr float kStackedAround = 1.54f;  // the same with the gap before the words
constexpr float kAfterRecord = 1.2f;

/// The title before the first difference.
words::Key parting_title(const Twin& t) {
  if (!t.parted_in_detail) return "ui.twin_parts"_w;
  if (t.parted_undecided) return "ui.twin_parts_so_far"_w;
  return t.parted_in_numbers ? "ui.twin_parts_in_numbers"_w : "ui.twin_parts_in_detail"_w;
}

/// The two lines, about as long as one another, of words that are too long for one; else one line.
std::vector<std::string> in_two_lines(const Ui& ui, const std::string& words, const TextStyle& style) {
  const float whole = ui.p.width(words, style);
  for (const float part : {.5f, .55f, .6f, .65f, .7f, .8f, .9f})
    if (std::vector<std::string> lines = ui.p.wrap(words, whole * part, style); lines.size() == 2) return lines;
  return {words};
}

/// The record in which the two worlds part, in two lines if need be; a click shows its fate at that moment. Returns the width that it takes.
float draw_parted_record(Ui& ui, const Rect& r, float text, bool two_lines) {
  const Twin& t = ui.lesson.twin;
  if (t.parted_record.empty()) return 0;
  Painter& p = ui.p;
  const std::string words = ui.pick(t.parted_record);
  TextStyle style{.em = text, .color = p.c.accent, .max = r.w, .foreign = true};
  const std::vector<std::string> lines =
      two_lines || p.width(words, style) > r.w ? in_two_lines(ui, words, style) : std::vector<std::string>{words};
  float w = 0;
  for (const std::string& line : lines) w = std::max(w, std::min(p.width(line, style), r.w));
  const Rect zone = Row{r}.left(w).padded(-4);
  const Hit hit = ui.hit(make_id("parted record"), zone);
  if (hit.hovered) p.fill(zone, p.c.hover, 5);
  Column in{r.middle(text * kTwoLines)};
  for (const std::string& line : lines) p.text(lines.size() == 1 ? r : in.next(text * kTwoLines / 2), line, style);
  p.note(zone, "parted record");
  if (hit.clicked) {
    Action seek;
    seek.kind = ActionKind::Seek;
    seek.time_us = t.parted_at_us;
    ui.emit(std::move(seek));
  }
  if (hit.clicked && t.parted_offset >= 0) {
    ui.select(t.parted_partition);
    Action record;
    record.kind = ActionKind::SelectRecord;
    record.target = t.parted_partition;
    record.number = t.parted_offset;
    ui.emit(std::move(record));
  }
  return w + text * kAfterRecord;
}

/// What happens in that world at the first divergence.
std::string parted_words(const Ui& ui, bool b) {
  const Twin& t = ui.lesson.twin;
  const Words& words = b != t.shown_is_b ? t.parted_there : t.parted_here;
  return words.empty() ? std::string(ui.tr("ui.twin_nothing"_w)) : ui.pick(words);
}

/// Whether the words show the difference: if only times differ, by less than a millisecond, both worlds have the same
/// words.
bool words_differ(const Ui& ui) { return parted_words(ui, false) != parted_words(ui, true); }

/// The length of the beginning that the words of both worlds share, up to a space.
std::size_t common_words(const Ui& ui) {
  const std::string a = parted_words(ui, false), b = parted_words(ui, true);
  std::size_t words = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()) && a[i] == b[i]; ++i)
    if (a[i] == ' ') words = i + 1;
  return words;
}

/// The words of both worlds with only the clause in which they differ, "… leader epoch 2" of "broker-3 leads spread-0 now, leader epoch 2,
/// ISR [3,5]": without what both say before the last comma before it, and after the next. Empty: no such clauses.
std::string differing_clause(const Ui& ui, bool b) {
  constexpr std::string_view kComma = ", ";
  const std::string words[2] = {parted_words(ui, false), parted_words(ui, true)};
  const std::string& own = words[b ? 1 : 0];
  std::size_t from = words[0].rfind(kComma, common_words(ui));
  from = from == std::string::npos || words[1].compare(0, from, words[0], 0, from) != 0 ? 0 : from + kComma.size();
  std::string_view rest = std::string_view(own).substr(from);
  for (std::size_t end = rest.find(kComma); end != std::string_view::npos;
       end = rest.find(kComma, end + kComma.size())) {
    const std::string_view tail = rest.substr(end);
    if (!words[0].ends_with(tail) || !words[1].ends_with(tail)) continue;
    rest = rest.substr(0, end);
    break;
  }
  return rest.size() == own.size() ? std::string() : (from > 0 ? "… " : "") + std::string(rest);
}

/// The words that fit: without the list of records in brackets, then without the clauses or the beginning that both worlds share, so
/// that the difference is not cut.
std::string fitting_words(const Ui& ui, bool b, float text, float room) {
  std::string words = parted_words(ui, b);
  const auto fits = [&] { return ui.p.width(words, {.em = text}) <= room; };
  const std::size_t list = words.rfind(" ("), list_end = words.find(')', list), common = common_words(ui);
  if (list != std::string::npos && list_end != std::string::npos && !fits() && list > common)
    words.erase(list, list_end + 1 - list);
  if (!fits())
    for (std::string clause = differing_clause(ui, b); !clause.empty() && clause.size() > 3;) {
      // The time at which the other world does it is in the tip, too.
      for (const std::string_view before : {", at ", " · "})
        if (const std::size_t time = clause.rfind(before); time != std::string::npos) clause.erase(time);
      if (ui.p.width(clause, {.em = text}) <= room) return clause;
      break;
    }
  // A number keeps the word before it, if that has room: "… offset 7 of orders-0".
  if (common > 0 && !fits() && words.find_first_of("0123456789", common) == common) {
    std::string_view shared = std::string_view(words).substr(0, common);
    shared.remove_suffix(1);
    const std::size_t word = shared.rfind(' ');
    const std::string with = word == std::string::npos ? std::string() : "…" + words.substr(word);
    if (!with.empty() && ui.p.width(with, {.em = text}) <= room) return with;
  }
  if (common > 0 && !fits()) {
    words.erase(0, common);
    // A list of records reads by itself, without its brackets: the row names the place of the records.
    if (const std::size_t end = words.find(')'); words.starts_with('(') && end != std::string::npos)
      words.erase(end, 1), words.erase(0, 1);
    else words.insert(0, "… ");
  }
  // The time at which the other world does it ("app.parted_later") is in the tip, too.
  for (const std::string_view before : {", at ", " · "})
    if (const std::size_t time = words.rfind(before); time != std::string::npos && !fits()) words.erase(time);
  // Of a setting's words the value in brackets goes whole: its digits would say another one.
  if (const std::size_t value = words.rfind('('); !fits() && words.ends_with(')') && value > 0) words.erase(value);
  return words;
}

/// One world's words over the whole width, with room for the world's letter.
std::vector<std::string> parted_lines(const Ui& ui, bool b, float text, float width) {
  return ui.p.wrap(parted_words(ui, b), width - text * .8f - disc_width(ui, text), {.em = text});
}

/// The words of both worlds in full, one below the other.
void draw_parted_lines(Ui& ui, const Rect& r, float text) {
  Painter& p = ui.p;
  Column in{r};
  for (const bool b : {false, true}) {
    const std::vector<std::string> lines = parted_lines(ui, b, text, r.w);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      Row row{in.next({text * kPartedLine, text * (kPartedLine / 2 + .36f)}), text * .4f};
      const Rect sign = row.left(disc_width(ui, text));
      if (i == 0) draw_world_disc(ui, sign.cx(), sign.cy(), sign.w / 2, b);
      p.text(row.rest, lines[i], {.em = text, .color = ui.c.secondary, .foreign = true});
    }
  }
}

/// World A's words at the end of the row, B's below them; false: the words of one do not fit.
bool draw_parted_below(Ui& ui, Rect first, Rect second, float text) {
  const float x = std::max(first.x, second.x), disc = disc_width(ui, text), sign = text * .4f + disc;
  if (!words_differ(ui) || second.empty() || parted_width(ui, text) <= first.w) return false;
  for (Rect* line : {&first, &second}) {
    line->w = line->right() - x;
    line->x = x;
  }
  std::string words[2];
  for (const bool b : {false, true}) {
    const float room = (b ? second : first).w - sign;
    words[b] = fitting_words(ui, b, text, room);
    if (ui.p.width(words[b], {.em = text}) > room) return false;
  }
  for (const bool b : {false, true}) {
    Row row{b ? second : first, text * .4f};
    const Rect at = row.left(disc);
    draw_world_disc(ui, at.cx(), at.cy(), disc / 2, b);
    ui.p.text(row.rest, words[b], {.em = text, .color = ui.c.secondary, .foreign = true});
  }
  return true;
}

/// The width of the words of both worlds, one above the other.
float stacked_width(const Ui& ui, float text) {
  const float around = text * kStackedAround;
  return around +
         std::max(ui.p.width(parted_words(ui, false), {.em = text}), ui.p.width(parted_words(ui, true), {.em = text}));
}

/// World A's words above B's, in the row of the first difference; false: they do not differ, or the words of one do not fit.
bool draw_parted_stacked(Ui& ui, const Rect& r, float text, bool whole) {
  const float disc = text * kStackedDisc, around = text * kStackedAround;
  if (!words_differ(ui)) return false;
  std::string words[2];
  for (const bool b : {false, true}) {
    words[b] = whole ? parted_words(ui, b) : fitting_words(ui, b, text, r.w - around);
    if (ui.p.width(words[b], {.em = text}) > r.w - around) return false;
  }
  Column in{r.middle(text * kTwoLines)};
  for (const bool b : {false, true}) {
    Row row{in.next(text * kTwoLines / 2), text * .4f};
    const Rect at = row.left(disc);
    draw_world_disc(ui, at.cx(), at.cy(), disc / 2, b);
    ui.p.text(row.rest, words[b], {.em = text, .color = ui.c.secondary, .foreign = true});
  }
  return true;
}

void draw_parted_words(Ui& ui, const Rect& r, float text) {
  if (!words_differ(ui)) return;
  if (r.h > text * 2.5f) return draw_parted_lines(ui, r, text);
  Painter& p = ui.p;
  // In a row that is too short the type gets smaller first, but not in front of people.
  if (const float wanted = parted_width(ui, text); wanted > r.w)
    text = std::max({13.f, text * std::max(.78f, r.w / wanted), least_text(ui)});
  Row row{r, text * .5f};
  const float disc = disc_width(ui, text), around = text + disc;
  const auto wanted = [&](bool b) { return p.width(parted_words(ui, b), {.em = text}) + around; };
  // World A gets the room that B does not need.
  float first = std::min(wanted(false), row.rest.w - std::min(wanted(true), row.rest.w / 2));
  first = std::min(first, p.width(fitting_words(ui, false, text, first - around), {.em = text}) + around);
  const auto readable = [&](bool b, float room) {
    return room >= text * 6 || p.width(fitting_words(ui, b, text, room), {.em = text}) <= room;
  };
  if (least_text(ui) > 0 && !(readable(false, first - around) && readable(true, row.rest.w - first - row.gap - around)))
    return;  // two or three letters say nothing
  if (fitting_words(ui, false, text, first - disc - text * .4f) ==
      fitting_words(ui, true, text, row.rest.w - first - row.gap - disc - text * .4f))
    return;  // what differs did not fit
  for (const bool b : {false, true}) {
    if (row.rest.w < text * 6) return;
    Row part{b ? row.rest : row.left(first), text * .4f};
    const Rect sign = part.left(disc);
    draw_world_disc(ui, sign.cx(), sign.cy(), disc / 2, b);
    p.text(part.rest, fitting_words(ui, b, text, part.rest.w),
           {.em = text, .color = ui.c.secondary, .max = part.rest.w, .foreign = true});
    // Words without rows of their own are shown in full under the pointer.
    const std::string whole = parted_words(ui, b);
    if (p.width(whole, {.em = text}) <= part.rest.w) continue;
    const Hit hit = ui.hit(make_id("parted words", b ? 1 : 0), part.rest);
    explain(ui, part.rest, hit, whole);
  }
}

bool asked_by_key(const Ui& ui) { return ui.why_path() == kWhyParting; }

float ask_width(const Ui& ui, float text) {
  return ui.p.width(ui.tr("ui.why"_w), {.em = text, .bold = true}) + text * (asked_by_key(ui) ? 3.4f : 1.6f);
}

/// The button "why?" at the row's right end. Its key is shown only while W asks the same question.
void ask_button(Ui& ui, Row& row, float text) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  row.right(0);
  row.gap = text * .8f;
  const Rect ask = row.right(ask_width(ui, text)).middle(text * 1.9f), label = ask.padded(text * .8f);
  const Hit asked = ui.hit(make_id("why parting"), ask);
  p.fill(ask, asked.hovered ? c.hover : c.accent_fill, 6);
  p.stroke(ask, c.accent, asked.hovered ? 2 : 1.25f, 6);
  p.text(label, ui.tr("ui.why"_w), {.em = text, .bold = true});
  if (asked_by_key(ui)) p.text(label, "W", {.em = text, .color = c.muted, .mono = true, .align = Align::Right});
  p.note(ask, "why parting");
  if (asked_by_key(ui)) p.note(ask, "key of why parting");
  if (asked.clicked) ui.ask_why(kWhyParting);
}

}  // namespace

float parted_width(const Ui& ui, float text) {
  if (!words_differ(ui)) return 0;
  const float around = text * 1.3f + disc_width(ui, text);
  float w = 0;
  for (const bool b : {false, true}) w += around + ui.p.width(parted_words(ui, b), {.em = text});
  return w;
}

float parting_room(const Ui& ui, float width, bool dial, float text) {
  const Twin& t = ui.lesson.twin;
  const auto w = [&](const std::string& words, bool bold = false) {
    return ui.p.width(words, {.em = text, .bold = bold});
  };
  const float around_close = text * 7.6f, around = text * (t.parted_record.empty() ? 7.8f : 9);
  const float row = width - w(ui.tr("ui.twin_close"_w)) - around_close;
  return (dial ? row * .54f : row) - w(ui.tr("ui.why"_w), true) - w(ui.tr(parting_title(t)), true) -
         w(clock_text(t.parted_at_us)) - w(ui.pick(t.parted_record)) - around;
}

float parted_height(const Ui& ui, float text, float width) {
  if (parted_width(ui, text) <= width) return text * 1.9f;
  const std::size_t lines = parted_lines(ui, false, text, width).size() + parted_lines(ui, true, text, width).size();
  return text * (kPartedLine * static_cast<float>(lines) + .7f);
}

void draw_parting(Ui& ui, const Rect& r, float text, const Rect& below, const Rect& aside) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Twin& t = ui.lesson.twin;
  Row row{r, text * .4f};
  if (!t.parted) {
    const Rect sign = row.left(text).middle(text);
    const bool searched = t.ready && t.searched;
    // Two metadata modes differ in moments, numbers and states from the start; only a lasting difference counts.
    const bool modes = t.world != nullptr && t.world->metadata != ui.world.metadata;
    const bool only_passing = searched && (t.parted_in_detail || modes);
    const Comparison& counts = ui.lesson.comparison;
    const Words fates = only_passing && counts.present && counts.ready
                            ? observe::differing_fates(counts.original, counts.changed)
                            : Words{};
    if (searched) p.equal_sign(sign.cx(), sign.cy(), c.muted, only_passing);
    else p.icon(Icon::Clock, sign, c.muted, 2);
    const std::string words =
        !fates.en.empty() ? ui.tr("ui.twin_records_differ"_w, {{"counts", ui.pick(fates)}})
        : only_passing ? ui.tr(differ_now(ui, {ui.world, *t.world}) ? "ui.twin_differ_now"_w : "ui.twin_only_passing"_w)
        : searched     ? ui.tr("ui.twin_same"_w)
        : t.ready      ? ui.tr("ui.twin_searched"_w)
                       : ui.tr("ui.twin_not_compared"_w, {{"world", t.shown_is_b ? "A" : "B"}});
    // As soon as something differs, Why? tells when the worlds part.
    if (only_passing && p.width(words, {.em = text}) + ask_width(ui, text) + text <= row.rest.w)
      ask_button(ui, row, text);
    p.text(row.rest, words, {.em = text, .color = c.secondary, .max = row.rest.w});
    return;
  }
  ask_button(ui, row, text);
  const std::string when = clock_text(t.parted_at_us);
  const std::string title = ui.tr(parting_title(t));
  const float w = p.width(title, {.em = text, .bold = true}) + p.width(when, {.em = text}) + text * 3.2f;
  const Rect zone = Row{row.rest.padded(-4, 2)}.left(w);
  const Hit hit = ui.hit(make_id("first divergence"), zone);
  if (hit.hovered) p.fill(zone, c.hover, 5);
  row.gap = text * .4f;
  const Rect sign = row.left(text);
  p.diamond(sign.cx(), sign.cy(), text * .48f, c.difference);
  row.gap = text * .6f;
  p.text(row, title, {.em = text, .bold = true, .max = r.w});
  row.gap = text * 1.2f;
  p.text(row, when, {.em = text, .color = c.accent, .max = r.w});
  // Where the words of both worlds have no room beside one another, the record's are in two lines, and A's words above B's.
  const float record_w =
      t.parted_record.empty() ? 0 : p.width(ui.pick(t.parted_record), {.em = text}) + text * kAfterRecord;
  const bool tight = below.empty() && words_differ(ui) && parted_width(ui, text) > row.rest.w - record_w;
  const bool stands = tight && stacked_width(ui, text) <= row.rest.w - record_w;
  row.skip(draw_parted_record(ui, row.rest.padded(0, 2), text, tight && !stands));
  const Rect tail = row.rest;
  if (below.empty() && draw_parted_below(ui, tail, aside, text)) {
  } else if (tight && (draw_parted_stacked(ui, tail, text, true) || draw_parted_stacked(ui, tail, text, false))) {
  } else if (below.empty()) {
    draw_parted_words(ui, tail.middle(text * 2.3f), text);
  } else {
    draw_parted_words(ui, below, text);
  }
  if (!hit.clicked) return;
  Action a;
  a.kind = ActionKind::Seek;
  a.time_us = t.parted_at_us;
  ui.emit(std::move(a));
}

}  // namespace kafkascope::ui
