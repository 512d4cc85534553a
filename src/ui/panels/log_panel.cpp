// The event log and the chain of causes.
#include <algorithm>
#include <cmath>

#include "ui/panels/log_filter.h"
#include "ui/panels/origin_card.h"
#include "ui/panels/panels.h"
#include "ui/shorten.h"

namespace kafkascope::ui {

namespace {

/// Ignores the case of Latin letters.
bool occurs(std::string_view word, std::string_view text) {
  const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::search(text.begin(), text.end(), word.begin(), word.end(),
                     [&](char a, char b) { return low(a) == low(b); }) != text.end();
}

/// The rows that pass the filter. Only visible rows are laid out, and each row is checked against the filter once.
class LogRows {
 public:
  const std::vector<std::size_t>& of(const std::vector<LogEntry>& entries, const std::string& filter, Lang lang) {
    const bool same = filter == filter_ && lang == lang_ && looked_at_ > 0 && looked_at_ <= entries.size() &&
                      entries.front().seq == first_ && entries[looked_at_ - 1].seq == last_;
    if (!same) {
      rows_.clear();
      looked_at_ = 0;
      filter_ = filter;
      lang_ = lang;
    }
    for (; looked_at_ < entries.size(); ++looked_at_) {
      const LogEntry& e = entries[looked_at_];
      if (filter.empty() ||
          log_matches(filter, e.kind + " " + e.node + " " + e.partition + " " + ui::pick(lang, e.words)))
        rows_.push_back(looked_at_);
    }
    if (!entries.empty()) first_ = entries.front().seq, last_ = entries.back().seq;
    return rows_;
  }

 private:
  std::vector<std::size_t> rows_;
  std::string filter_;
  Lang lang_ = Lang::En;
  std::size_t looked_at_ = 0;
  std::uint64_t first_ = 0, last_ = 0;
};

}  // namespace

bool log_matches(std::string_view filter, std::string_view text) {
  bool any_wanted = false, found = false;
  while (!filter.empty()) {
    const std::size_t comma = filter.find(',');
    std::string_view word = filter.substr(0, comma);
    filter = comma == std::string_view::npos ? std::string_view{} : filter.substr(comma + 1);
    while (!word.empty() && word.front() == ' ') word.remove_prefix(1);
    while (!word.empty() && word.back() == ' ') word.remove_suffix(1);
    if (word.empty() || word == "-") continue;
    if (word.front() == '-') {
      if (occurs(word.substr(1), text)) return false;
    } else {
      any_wanted = true;
      found |= occurs(word, text);
    }
  }
  return !any_wanted || found;
}

void draw_log_panel(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.canvas);
  ui.hit(make_id("log"), r);
  const bool narrow_head = (ui.big() && r.h < 240) || r.w < 700;
  Column in{r};
  Row head{in.next({36, 22}), 12};
  head.skip(16);
  if (!narrow_head) {
    Row right = head;
    right.shorten(16);
    p.text(right.rest, ui.tr("ui.log_lines"_w, {{"count", count_text(static_cast<std::int64_t>(ui.log.total))}}),
           {.em = 13, .color = c.muted, .align = Align::Right});
  }
  p.text(head.left(102), ui.tr("ui.event_log"_w), {.em = 13, .color = c.secondary, .bold = true});
  head.rest.h = 34;
  const Rect field = head.left(260).middle(28);
  text_field(ui, "##filter", field, ui.st.log_filter, ui.tr("ui.filter_log"_w));
  ui.hit(make_id("log filter"), field);
  const std::string follow = ui.tr("ui.follow_log"_w);
  const Rect follow_box = head.left(p.width(follow, {.em = 13}) + 34).middle(26);
  const Hit hit = ui.hit(make_id("follow"), follow_box);
  p.fill(follow_box, ui.st.log_follow ? c.accent_fill : hit.hovered ? c.hover : c.field, 5);
  Row mark{follow_box, 5};
  mark.skip(7);
  const Rect check = mark.left(14);
  if (ui.st.log_follow) p.icon(Icon::Check, check, c.accent, 2), p.note(check, "log follows");
  p.text(mark.rest, follow, {.em = 13, .color = ui.st.log_follow ? c.primary : c.secondary});
  if (hit.clicked) ui.st.log_follow = !ui.st.log_follow;
  const Rect body = in_column(in.rest, {weight(), fixed(2)})[0];
  if (ui.log.entries.empty()) {
    empty_state(ui, body, Icon::Flag, "ui.no_events"_w, "ui.no_events_sub"_w);
    return;
  }
  static thread_local LogRows found;
  const std::vector<std::size_t>& rows = found.of(ui.log.entries, ui.st.log_filter, ui.st.lang);
  if (rows.empty()) {
    const std::string kept =
        ui.tr("ui.no_event_found_sub"_w, {{"count", count_text(static_cast<std::int64_t>(ui.log.entries.size()))},
                                          {"from", clock_text(ui.log.entries.front().time_us)}});
    empty_state(ui, body, Icon::Search, ui.tr("ui.nothing_found"_w), kept);
    return;
  }
  const float row_h = r.h < 230 ? 23.f : 28.f;
  const float content = row_h * static_cast<float>(rows.size());
  const float before = ui.st.log_scroll;
  scroll(ui, body, content, ui.st.log_scroll);
  // Follows new rows until the user scrolls away from the end, and again once the user is back there.
  if (ui.in.wheel > 0 && ui.st.log_scroll < before - 1) ui.st.log_follow = false;  // not if the list has shrunk
  if (ui.st.log_scroll > before + 1 && ui.st.log_scroll >= content - body.h - 1) ui.st.log_follow = true;
  const auto number_of = [&](const LogEntry& e) {
    int number = 0;
    for (std::size_t k = 0; k < ui.log.chain.size(); ++k)
      if (ui.log.chain[k].seq == e.seq) number = static_cast<int>(k) + 1;
    return number;
  };
  // A new chain's first row comes into sight once; the end of the log is not followed while the chain is shown.
  const std::uint64_t chain = ui.log.chain.empty() ? 0 : ui.log.chain.front().seq ^ (ui.log.chain.back().seq << 32);
  if (ui.st.log_follow && chain == 0) ui.st.log_scroll = std::max(0.f, content - body.h);
  if (chain != ui.st.log_chain) {
    ui.st.log_chain = chain;
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&](std::size_t i) { return number_of(ui.log.entries[i]) > 0; });
    const float y = row_h * static_cast<float>(row - rows.begin());
    if (row != rows.end() && (y < ui.st.log_scroll || y + row_h > ui.st.log_scroll + body.h))
      ui.st.log_scroll = std::clamp(y - row_h, 0.f, std::max(0.f, content - body.h));
  }
  p.push_box(body, "event log", true);
  const auto first = static_cast<std::size_t>(std::max(0.f, ui.st.log_scroll / row_h));
  for (std::size_t i = first; i < rows.size(); ++i) {
    const LogEntry& e = ui.log.entries[rows[i]];
    const Rect row{body.x, body.y + static_cast<float>(i) * row_h - ui.st.log_scroll, body.w, row_h};
    if (row.y > body.bottom()) break;
    if (!p.in_sight(row)) continue;
    const int number = number_of(e);
    const Hit row_hit = ui.hit(make_id("log row", e.seq), row);
    if (&rows[i] == &rows.back()) {
      constexpr float kFollowing = 3;  // the row of an act is soon followed by others
      const float before = kFollowing * row_h;
      ui.st.latest_row = p.to_window({row.x, row.y - before, row.w, row.h + before});
    }
    if (row_hit.hovered) p.fill(row, c.hover);
    if (number > 0) p.fill(row, c.accent_fill);
    Row cells{Line(row, row.cy() + 4.8f), 12};
    cells.skip(16);
    const Line mark = cells.left(16);
    if (number > 0) {
      p.circle(mark.cx(), mark.cy(), 10, c.accent);
      p.note(mark, "chain in log");
      p.text(mark, std::to_string(number),
             {.em = 13, .color = c.accent_ink, .bold = true, .align = Align::Middle, .max = row_h});
    } else {
      const Rect box = mark.middle(16);
      draw_deed(p, e.deed, box.x, box.y, box.w, 2);
    }
    cells.gap = 3;
    p.text(cells, clock_text(e.time_us), {.em = 13, .color = c.accent});
    cells.gap = 18;
    p.text(cells, micro_text(e.time_us), {.em = 13, .color = c.secondary});
    cells.gap = 8;
    p.text(cells.left(108), e.node, {.em = 13, .bold = true, .foreign = true});
    cells.shorten(20);
    const bool kind = r.w > 900;
    cells.gap = 14;
    if (kind)
      p.text(cells.right(140), e.kind,
             {.em = 13,
              .color = row_hit.hovered ? c.secondary : c.muted,
              .mono = true,
              .align = Align::Right,
              .foreign = true});
    else cells.shorten(4);
    const TextStyle sentence{.em = 13, .max = cells.rest.w, .foreign = true};
    const std::string words =
        shorten_names(ui.pick(e.words), cells.rest.w, [&](std::string_view part) { return p.width(part, sentence); });
    p.text(cells.rest, words, sentence);
    links_in(ui, cells.rest.x, cells.rest.base, words, sentence);
    if (row_hit.clicked) {
      Action a;
      a.kind = ActionKind::SelectEvent;
      a.number = static_cast<std::int64_t>(e.seq);
      a.time_us = e.time_us;
      ui.emit(std::move(a));
      ui.st.aside.clear();
    }
  }
  p.pop_box();
  scroll_bar(ui, body, content, ui.st.log_scroll);
}

void draw_chain(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.panel);
  ui.hit(make_id("chain"), r);
  p.push_box(r, "chain");
  const bool title = !ui.log.chain_title.empty() && r.h > 210;
  Column in{r.padded(20)};
  if (title) {
    Row row{in.next({36, 30}), 12};
    p.icon(Icon::Warn, Column{row.left(22).padded(0, 12)}.next(22), c.danger, 1.8f);
    p.text(row.rest, ui.pick(ui.log.chain_title), {.em = 18, .bold = true, .foreign = true});
  }
  Row heading{in.next({40, 24}), 16};
  p.text(heading, ui.tr("ui.chain_of_causes"_w), {.em = 15, .bold = true});
  p.text(heading.rest, std::string(ui.tr("ui.click_card"_w)) + " · " + ui.tr("ui.esc_ends"_w),
         {.em = 13, .color = c.secondary, .align = Align::Right});
  in.last(10);
  const auto n = static_cast<float>(ui.log.chain.size());
  const float gap = 16, w = std::clamp((in.rest.w - gap * (n - 1)) / n, 150.f, 260.f), h = std::min(150.f, in.rest.h);
  // A long chain shows its end, which was selected; the wheel scrolls to its beginning.
  const float out = std::max(0.f, n * (w + gap) - gap - in.rest.w);
  if (out <= 0) ui.st.chain_scroll = 0;
  if (ui.in.wheel != 0 && p.to_window(r).contains(ui.in.x, ui.in.y)) ui.st.chain_scroll += ui.in.wheel * (w + gap);
  ui.st.chain_scroll = std::clamp(ui.st.chain_scroll, 0.f, out);
  const float shift = out - ui.st.chain_scroll;
  if (shift > 1)
    p.text(heading.rest,
           ui.tr("ui.chain_earlier"_w, {{"count", std::to_string(static_cast<int>(std::ceil(shift / (w + gap))))}}),
           {.em = 13, .color = c.accent});
  p.push_box({r.x, in.rest.y, r.w, r.bottom() - in.rest.y}, "chain cards", true);
  Row cards{in.next(h), gap};
  cards.skip(-shift);
  int number = 0;
  for (const ChainLink& link : ui.log.chain) {
    ++number;
    const Rect card = cards.left(w);
    if (card.x > r.right()) break;
    if (cards.rest.x < r.x) continue;
    const Hit hit = ui.hit(make_id("chain card", static_cast<std::uint64_t>(number)), card);
    p.fill(card, hit.hovered ? c.hover : c.raised, 6);
    p.stroke(card, hit.hovered ? c.accent : c.mid, hit.hovered ? 2 : 1.25f, 6);
    const Color tone = link.tone == 'd' ? c.danger : link.tone == 'l' ? c.leader_solid : link.tone == 'o' ? c.ok : 0;
    if (tone != 0) p.fill(Row{card.padded(0, 4)}.left(4), tone, 2);
    constexpr LineSize kWords{21, 16};
    Column lines{card.padded(12)};
    lines.rest.x += 2;
    Row when{lines.next({40, 27}), 8};
    when.skip(-2);
    const Rect disc = Column{when.left(24)}.next(44);
    p.circle(disc.cx(), disc.cy(), 12, c.accent);
    p.text(disc, std::to_string(number), {.em = 15, .color = c.accent_ink, .bold = true, .align = Align::Middle});
    p.text(when.rest, short_time(link.time_us) + " " + micro_text(link.time_us),
           {.em = 15, .color = c.accent, .foreign = true});
    p.text(lines.next({22, 16}), link.node, {.em = 15, .bold = true, .foreign = true});
    for (const std::string& line : p.wrap(ui.pick(link.words), lines.rest.w, {.em = 15})) {
      if (lines.rest.h < kWords.base + 12) break;
      p.text(lines.next(kWords), line, {.em = 15});
    }
    if (lines.rest.h > kWords.base + 14 && !link.note.empty())
      p.text(lines.last({20, 8}), ui.pick(link.note), {.em = 13, .color = c.secondary, .foreign = true});
    if (hit.clicked) seek_to(ui, link.time_us);
    if (number < static_cast<int>(ui.log.chain.size())) p.arrowhead(cards.rest.x, card.cy(), 1, 0, 11, c.accent);
  }
  p.pop_box();
  p.pop_box();
}

}  // namespace kafkascope::ui
