// The states of a partition's records in share groups: a row for each group under the replicas' rows (KIP-932). The
// notation is that of the strips: hatched and locked: acquired, not yet decided; filled: acknowledged; struck:
// archived; empty: available again.
#include <algorithm>

#include "ui/panels/strip.h"

namespace kafkascope::ui {

using namespace observe;

const ShareRun* share_run_at(const ShareStrip& strip, std::int64_t offset) {
  const auto it = std::find_if(strip.runs.begin(), strip.runs.end(), [&](const ShareRun& run) {
    return offset >= run.base_offset && offset <= run.last_offset;
  });
  return it == strip.runs.end() ? nullptr : &*it;
}

words::Key share_word(ShareState state) {
  switch (state) {
    case ShareState::Acquired: return "ui.share_acquired"_w;
    case ShareState::Acknowledged: return "ui.share_acknowledged"_w;
    case ShareState::Archived: return "ui.share_archived"_w;
    case ShareState::Available: break;
  }
  return "ui.share_available"_w;
}

void draw_share_cell(Ui& ui, const Rect& r, ShareState state, int deliveries, float em) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Color consume = c.family[static_cast<std::size_t>(Family::Consume)], ground = c.dark ? c.canvas : c.panel;
  const float icon = std::min({r.w - 4, r.h - 4, em});
  const Rect wide = r.grown(1);
  Color ink = c.primary;
  switch (state) {
    case ShareState::Available:
      p.fill(r, ground, 2);
      p.stroke(r, c.strong, 1.5f, 2);
      break;
    case ShareState::Acquired:
      p.fill(r, ground, 2);
      p.hatch(r.grown(-1), mix(consume, ground, .6f), 6);
      p.stroke(r, consume, 2, 2);
      break;
    case ShareState::Acknowledged:
      p.fill(r, c.dark ? consume : mix(consume, ground, .35f), 2);
      ink = c.on_bright;
      break;
    case ShareState::Archived:
      p.fill(r, ground, 2);
      p.dashed(r, c.strong, 1, 3, 2, 2);
      p.line(wide.x, r.cy(), wide.right(), r.cy(), c.danger, 2.5f);
      break;
  }
  // From the second delivery on, the delivery count says more than the icon; both are drawn if there is room.
  const std::string count = deliveries > 1 ? std::to_string(deliveries) : std::string();
  const TextStyle number{.em = em, .color = ink, .bold = true, .mono = true, .align = Align::Middle};
  const Icon mark = state == ShareState::Acquired       ? Icon::Lock
                    : state == ShareState::Acknowledged ? Icon::Check
                                                        : Icon::None;
  const float w = p.width(count, number);
  const bool both = !count.empty() && mark != Icon::None && r.w >= icon + w + 10;
  const bool shows_count = !count.empty() && w <= r.w - 2;
  Row in{both ? r.middle(icon + w, em) : r};
  const Rect sign = (both ? in.left(icon) : r).middle(icon, icon);
  if (shows_count) {
    const Rect ground_of = in.rest.middle(w, em).padded(-2);
    if (state == ShareState::Acquired || state == ShareState::Archived) p.fill(ground_of, ground, 2);
    p.text(in.rest, count, number);
  }
  if (mark == Icon::None || (shows_count && !both) || icon < 7) return;
  if (state == ShareState::Acquired) p.fill(sign.grown(1), ground, 2);
  p.icon(mark, sign, ink, 1.8f);
}

namespace {

float mark_em(const StripStyle& style) { return style.bold_lines ? style.mark_em : 13.f; }

/// The length of the prefix, up to a separator, that the names of a group's lock owners have in common. The prefix is
/// left out where a whole name has no room.
std::size_t common_prefix(const ShareStrip& share) {
  const std::string* first = nullptr;
  std::size_t same = 0;
  bool others = false;
  for (const ShareRun& run : share.runs) {
    if (run.member.empty()) continue;
    if (first == nullptr) {
      first = &run.member;
      same = run.member.size();
      continue;
    }
    others = others || run.member != *first;
    same = std::min(same, run.member.size());
    std::size_t i = 0;
    while (i < same && run.member[i] == (*first)[i]) ++i;
    same = i;
  }
  if (first == nullptr) return 0;
  if (!others) same = first->size() - 1;
  while (same > 0 && (*first)[same - 1] != '-' && (*first)[same - 1] != '_' && (*first)[same - 1] != '.') --same;
  return same;
}

/// What is below the cells of these records: a bar, and a line of words.
struct Below : Rect {
  Rect arms, bar;  // the bar with a bracket's arms, which rise to the cells; the bar
  Line words;
  Below(const Rect& row, const StripPlan& plan, std::int64_t from, std::int64_t last, float em)
      : Rect{row.x + plan.x(from), row.y, plan.x(last) - plan.x(from) + plan.pitch - plan.gap, row.h} {
    Column in{*this};
    arms = in.next(5).padded(1);
    bar = Column{arms}.last(3);
    words = in.next({em, em * .95f});
  }
};

/// "deliveries: 2" after other words; empty for records that are delivered for the first time.
std::string deliveries_after(const Ui& ui, std::int64_t deliveries) {
  return deliveries < 2 ? std::string() : ", " + ui.tr("ui.share_delivered"_w, {{"count", std::to_string(deliveries)}});
}

/// A bracket under the records that one member has locked, with its name: the whole one if it fits, with the number of
/// deliveries if that is the same for all of them; else the part that distinguishes it from the others.
void draw_lock_owners(Ui& ui, const ShareStrip& share, const StripPlan& plan, const StripSegment& sight,
                      const Rect& line, float em, std::uint64_t row) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const std::size_t prefix = common_prefix(share);
  for (std::size_t i = 0; i < share.runs.size();) {
    const std::string& member = share.runs[i].member;
    std::size_t end = i + 1;  // one member's records may differ in their deliveries
    bool alike = true;
    for (; end < share.runs.size() && share.runs[end].member == member; ++end)
      alike = alike && share.runs[end].deliveries == share.runs[i].deliveries;
    const std::string counted = alike ? deliveries_after(ui, share.runs[i].deliveries) : std::string();
    const std::int64_t from = std::max(share.runs[i].base_offset, sight.from),
                       last = std::min(share.runs[end - 1].last_offset, sight.to - 1);
    i = end;
    if (member.empty() || from > last) continue;
    const Below under(line, plan, from, last, em);
    const Hit hit = ui.hit(make_id("lock owner", row * 65536 + static_cast<std::uint64_t>(from)), under);
    if (hit.clicked) ui.select(member);
    const Color ink = hit.hovered ? c.accent : c.family[static_cast<std::size_t>(Family::Consume)];
    p.fill(under.bar, ink);
    for (const float x : {under.arms.x, under.arms.right()}) p.line(x, under.arms.y, x, under.arms.bottom(), ink, 2);
    const TextStyle style{
        .em = em, .color = hit.hovered ? c.accent : c.primary, .align = Align::Middle, .max = under.w + plan.gap};
    const std::string whole = member + counted, part = member.substr(prefix);
    const std::string* said = &part;
    for (const std::string* words : {&whole, &member})
      if (said == &part && p.width(*words, style) <= under.w) said = words;
    if (p.width(*said, style) <= style.max) p.text(under.words, *said, style);
    p.note(under, ("locked by " + member).c_str());
    if (hit.hovered && ui.may_tip())
      ui.st.tip = {
          p.to_window(under),
          member,
          {{ui.tr("ui.locked_by_sub"_w, {{"from", std::to_string(from)}, {"last", std::to_string(last)}}), ""}},
          {}};
  }
}

/// A line under the records that the group has given up, with their number where it fits.
void draw_archived(Ui& ui, const ShareStrip& share, const StripPlan& plan, const StripSegment& sight, const Rect& line,
                   float em) {
  Painter& p = ui.p;
  TextStyle style{.em = em, .color = ui.c.danger, .bold = true, .align = Align::Middle};
  for (const ShareRun& run : share.runs) {
    const std::int64_t from = std::max(run.base_offset, sight.from), last = std::min(run.last_offset, sight.to - 1);
    if (run.state != ShareState::Archived || from > last) continue;
    const Below under(line, plan, from, last, em);
    p.fill(under.bar, ui.c.danger);
    style.max = under.w + plan.gap;
    const std::string many =
        ui.tr("ui.share_archived_many"_w, {{"count", std::to_string(run.last_offset - run.base_offset + 1)}});
    for (const std::string& words :
         {many + deliveries_after(ui, run.deliveries), many, std::string(ui.tr("ui.share_archived"_w))}) {
      if (p.width(words, style) > style.max) continue;
      p.text(under.words, words, style);
      break;
    }
    p.note(under, "archived");
  }
}

/// Locks among the records that are left out between two parts of the strip: their number there, with the sign if both
/// fit, and below it the owners if they fit.
void draw_folded_locks(Ui& ui, const ShareStrip& share, const StripSegment& before, const StripSegment& after,
                       const Rect& gap, const Line& words, float em) {
  std::int64_t locked = 0;
  std::string owners;
  for (const ShareRun& run : share.runs) {
    const std::int64_t already = locked;
    if (run.state == ShareState::Acquired)
      for (std::int64_t o = std::max(run.base_offset, before.to); o <= run.last_offset && o < after.from; ++o) ++locked;
    if (locked == already) continue;
    if (owners.find(run.member) == std::string::npos) owners += (owners.empty() ? "" : ", ") + run.member;
  }
  if (locked == 0) return;
  Painter& p = ui.p;
  const std::string count = std::to_string(locked);
  const TextStyle style{.em = em, .bold = true, .mono = true, .align = Align::Middle};
  const float w = p.width(count, style), sign = em * .8f;
  Row in{gap};
  if (w + sign <= gap.w) {
    in = Row{gap.middle(w + sign, gap.h)};
    p.icon(Icon::Lock, in.left(sign), ui.c.primary, 1.8f);
  }
  p.text(in.rest, count, style);
  p.note(gap, "folded locks");
  if (const TextStyle small{.em = em, .align = Align::Middle}; p.width(owners, small) <= gap.w)
    p.text(words, owners, small);
}

}  // namespace

float share_row_height(const StripStyle& style) { return style.cell_h + mark_em(style) + 12; }

float draw_share_rows(Ui& ui, const Partition& partition, const StripPlan& plan, const StripStyle& style, Point at,
                      StripMarks* marks) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float em = mark_em(style), icon = style.name_em >= 18 ? style.name_em : 15.f;
  Column in{{at.x, at.y, style.name_w + plan.width(), 0}};
  for (const ShareStrip& share : partition.shares) {
    Column own{in.next(share_row_height(style))};
    Row row{own.next(style.cell_h)};
    Row name{row.left(style.name_w), 10};
    const Rect cells = row.rest;
    own.skip(2);
    const Rect line{cells.x, own.rest.y, cells.w, em + 6};
    p.icon(Icon::Group, name.left(icon), c.family[static_cast<std::size_t>(Family::Group)]);
    p.text(name.rest, share.group, {.em = style.name_em, .foreign = true});
    const StripSegment* before = nullptr;
    for (const StripSegment& sight : plan.segments) {
      if (before != nullptr) {
        const float from = plan.x(before->to), w = plan.x(sight.from) - from;
        draw_folded_locks(ui, share, *before, sight, {cells.x + from, cells.y, w, cells.h},
                          Rect{cells.x + from, line.y, w, line.h}, em);
      }
      before = &sight;
      for (const ShareRun& run : share.runs) {
        for (std::int64_t o = std::max(run.base_offset, sight.from); o <= std::min(run.last_offset, sight.to - 1); ++o)
          draw_share_cell(ui, {cells.x + plan.x(o), cells.y, plan.pitch - plan.gap, cells.h}, run.state, run.deliveries,
                          em);
        if (marks == nullptr) continue;
        marks->locked = marks->locked || run.state == ShareState::Acquired;
        marks->acknowledged = marks->acknowledged || run.state == ShareState::Acknowledged;
        marks->archived = marks->archived || run.state == ShareState::Archived;
        if (run.last_offset >= sight.from && run.base_offset < sight.to)
          marks->deliveries = std::max(marks->deliveries, run.deliveries);
      }
      draw_lock_owners(ui, share, plan, sight, line, em, static_cast<std::uint64_t>(&share - partition.shares.data()));
      draw_archived(ui, share, plan, sight, line, em);
    }
    row.skip(plan.x(share.end));
    row.skip(8);
    if (plan.sees(share.end))
      p.text(row.rest, std::to_string(share.end), {.em = em, .color = c.secondary, .mono = true, .max = style.name_w});
    p.note(cells, "share row");
  }
  return in.rest.y;
}

}  // namespace kafkascope::ui
