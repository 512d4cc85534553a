#include "ui/panels/group_lists.h"

#include <algorithm>

#include "ui/panels/group_words.h"
#include "ui/panels/origin_card.h"
#include "ui/stage/card_timers.h"
#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

/// A tall graph shows the number at its peak, if the peak is well above the present value.
void sparkline(Ui& ui, const Rect& r, const std::vector<float>& values, Color color) {
  constexpr float kLeastWide = 30, kTall = 28;
  if (values.size() < 2 || r.w < kLeastWide) return;
  const auto peak = std::max_element(values.begin(), values.end());
  const float hi = std::max(1.f, *peak), last = static_cast<float>(values.size() - 1);
  Column in{r.padded(0, 2)};
  if (r.h >= kTall) {
    Row label{in.next({11, 9})};
    const std::string words = ui.tr("ui.lag_peak"_w, {{"lag", count_text(static_cast<std::int64_t>(hi))}});
    const float w = ui.p.width(words, {.em = 13}), at = r.w * static_cast<float>(peak - values.begin()) / last;
    label.skip(std::clamp(at - w / 2, 0.f, std::max(0.f, r.w - w)));
    if (hi >= 10 && hi > 1.5f * values.back()) ui.p.text(label.rest, words, {.em = 13, .color = ui.c.muted});
    ui.p.line(r.x, in.rest.bottom(), r.right(), in.rest.bottom(), ui.c.hair);
    in.skip(4);
  }
  static thread_local std::vector<Point> points;
  points.clear();
  for (std::size_t i = 0; i < values.size(); ++i)
    points.push_back({r.x + r.w * static_cast<float>(i) / last, in.rest.bottom() - in.rest.h * values[i] / hi});
  ui.p.polyline(points.data(), static_cast<int>(points.size()), color, 1.6f);
}

float list_pitch(const Rect& r, std::size_t all) {
  return std::clamp((r.h - GroupLists::kListHead.height) / static_cast<float>(std::max<std::size_t>(1, all)),
                    GroupLists::kMemberRow, 26.f);
}

/// What is said of a member, and the same in few words, for where not all of it has room.
std::vector<std::string> member_state(const Ui& ui, const GroupMember& m) {
  const auto in = [&](words::Key key, std::int64_t us) { return ui.tr(key, {{"seconds", seconds_text(us)}}); };
  const auto epoch = [&](words::Key key) { return ui.tr(key, {{"epoch", std::to_string(m.epoch)}}); };
  const auto brief = [&](words::Key key) { return std::string(ui.tr(key)); };
  const std::int64_t counted_us = m.session.running ? m.session.remaining_us : m.awaited.remaining_us;
  if (gone(ui.world, m)) {
    const Node& node = ui.world.nodes[static_cast<std::size_t>(m.node)];
    return {in(gone_word(node), counted_us), brief(state_word(node))};
  }
  if (m.epoch == -2) return {brief("ui.away_for_awhile"_w)};
  if (m.state == "UNREVOKED_PARTITIONS")
    return {in("ui.must_give_up"_w, m.awaited.remaining_us), brief("ui.must_give_up_brief"_w)};
  if (!m.joined) return {in("ui.awaited_for"_w, m.awaited.remaining_us), brief("ui.awaited_brief"_w)};
  if (m.state == "UNRELEASED_PARTITIONS") return {epoch("ui.waits_for_others"_w), brief("ui.waits_for_others_brief"_w)};
  return {m.epoch >= 0 ? epoch("ui.member_epoch_is"_w) : brief("ui.joined"_w)};
}

/// Members that have just left, as many as fit, with the reason in at most so many lines.
void former_members(Ui& ui, Column& in, const Group& g, const Rect& view, std::size_t most) {
  for (const FormerMember& m : g.former) {
    Row row{in.next(GroupLists::kRowText), 10};
    if (!ui.p.in_sight(row.rest)) continue;
    const Rect sign = row.left(15);
    ui.p.cross(sign.cx(), sign.cy(), 5, ui.c.danger, 2);
    ui.p.text(row, m.client, {.em = 15, .color = ui.c.danger, .max = row.rest.w * .5f, .foreign = true});
    const TextStyle style{.em = 13, .color = ui.c.danger};
    const std::string why = ui.pick(m.why);
    std::vector<std::string> lines = ui.p.wrap(why, row.rest.w, style);
    const bool wide = std::any_of(lines.begin(), lines.end(),
                                  [&](const std::string& line) { return ui.p.width(line, style) > row.rest.w; });
    Column below = in;
    for (std::size_t line = 1; line < lines.size(); ++line) below.next(GroupLists::kRowText);
    if (wide || lines.empty() || lines.size() > most || below.rest.y > view.bottom())
      lines = {ui.tr("ui.member_no_more"_w)};
    ui.p.text(row.rest, lines.front(), style);
    for (std::size_t line = 1; line < lines.size(); ++line) {
      Row more{in.next(GroupLists::kRowText)};
      more.skip(row.rest.x - more.rest.x);
      ui.p.text(more.rest, lines[line], style);
    }
  }
}

/// A share group's partition: its window, the number of acquired records, and the highest delivery count.
void share_row(Ui& ui, Row row, const ShareWindow& w) {
  ui.p.text(row, std::to_string(w.start) + "–" + std::to_string(w.end), {.em = 15, .mono = true, .max = 130});
  std::string rest = ui.tr("ui.share_locked"_w, {{"count", std::to_string(w.acquired)}});
  if (w.most_deliveries > 1)
    rest += ", " + ui.tr("ui.share_deliveries"_w, {{"count", std::to_string(w.most_deliveries)}});
  ui.p.text(row.rest, rest, {.em = 13, .color = w.most_deliveries > 1 ? ui.c.caution : ui.c.muted});
}

/// A partition's name and its lag, with the graph between them, or below in a tall one.
void lag_row(Ui& ui, Column in, const GroupPartition& gp, bool tall) {
  constexpr float kName = 100, kNumber = 84, kBetween = 8;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  Row row{in.next(GroupLists::kRowText), kBetween};
  p.text(row.left(kName), ui.world.partitions[static_cast<std::size_t>(gp.partition)].name,
         {.em = 15, .foreign = true});
  if (gp.share.start >= 0) return share_row(ui, {row.rest, GroupLists::kMargin}, gp.share);
  const bool growing = gp.lag_history.size() > 4 && gp.lag_history.back() > gp.lag_history.front() + 10;
  p.text(row.right(kNumber), gp.lag < 0 ? std::string(ui.tr("ui.no_commit"_w)) : count_text(gp.lag),
         {.em = 15,
          .color = gp.lag < 0 ? c.muted
                   : growing  ? c.caution
                              : c.primary,
          .bold = gp.lag >= 0,
          .align = Align::Right});
  sparkline(ui, tall ? in.rest : row.rest, gp.lag_history, growing ? c.caution : c.strong);
}

}  // namespace

std::size_t rows_below(std::size_t all, float y, float pitch, const Rect& view) {
  const float fit = std::max(0.f, (view.bottom() + 4 - y) / pitch);
  return all - std::min(all, static_cast<std::size_t>(fit));
}

void draw_listed_arc(Ui& ui, const Rect& place, const std::string& of, const Timer& timer, Id id, const char* what) {
  const Rect ring = place.middle(14, 14);
  timer_ring(ui, ring.cx(), ring.cy(), 7.5f, timer, 3);
  ui.p.note(ring, what);
  const Hit hit = ui.hit(id, ring.grown(3));
  work_arc(ui, hit, of, timer);
  if (!hit.hovered || !ui.may_tip()) return;
  ui.st.tip = {ui.p.to_window(ring), of, {}, {}};
  tell_timer(ui, timer, ui.st.tip);
}

void draw_joined_list(Ui& ui, const Rect& r, const Group& g, const MemberRows& rows, bool former_first,
                      const Rect& view) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  Column in{r};
  p.text(in.next(GroupLists::kListHead), ui.tr("ui.who_joined"_w), {.em = 13, .color = c.secondary, .bold = true});
  in.gap = list_pitch(r, g.members.size()) - GroupLists::kRowText;
  if (former_first) former_members(ui, in, g, view, 1);
  std::uint64_t row_id = static_cast<std::uint64_t>(&g - ui.world.groups.data()) * 4096;
  for (const GroupMember* listed : rows) {
    const GroupMember& m = *listed;
    Row row{in.next(GroupLists::kRowText), 10};
    if (!p.in_sight(row.rest)) continue;
    const bool dead = gone(ui.world, m);
    const Rect sign = row.left(15);
    if (dead) p.icon(gone_icon(ui.world, m), sign, c.danger, 2.4f);
    else if (m.joined) p.icon(Icon::Check, sign, c.ok, 2);
    else draw_listed_arc(ui, sign, m.client, m.awaited, make_id("awaited ring", row_id++), "awaited member");
    if (dead && m.session.running)
      draw_listed_arc(ui, row.left(15), m.client, m.session, make_id("session ring", row_id++), "session of a member");
    if (matters(m.lock))
      draw_listed_arc(ui, row.left(15), m.client, m.lock, make_id("lock ring", row_id++), "lock ring");
    p.text(row, m.client,
           {.em = 15, .color = dead ? c.danger : c.primary, .bold = m.leader, .max = r.w * .5f, .foreign = true});
    const TextStyle style{.em = 13, .color = dead ? c.danger : m.joined ? c.muted : c.caution, .foreign = true};
    std::vector<std::string> forms = member_state(ui, m);
    if (m.classic) forms.insert(forms.begin(), forms.front() + " (classic)");
    while (forms.size() > 1 && p.width(forms.front(), style) > row.rest.w) forms.erase(forms.begin());
    p.text(row, forms.front(), style);
    if (const auto leads = ui.tr("ui.member_leads"_w); m.leader && !dead && p.width(leads, style) <= row.rest.w)
      p.text(row.rest, leads, style);  // which is why its name is bold
  }
  if (!former_first) former_members(ui, in, g, view, 4);
}

std::size_t draw_lag_list(Ui& ui, const Rect& r, const Group& g, const Rect& view) {
  constexpr float kLeastTall = 54, kMostTall = 66, kApart = 4;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const bool share = g.protocol == "share";
  Column in{r};
  const Line heading = in.next(GroupLists::kListHead);
  const float heading_w = p.text(heading, ui.tr(share ? "ui.share_by_partition"_w : "ui.lag_by_partition"_w),
                                 {.em = 13, .color = c.secondary, .bold = true});
  if (!share) origin_link(ui, heading.x, heading.baseline(13), heading_w, origin_of_lag());
  const std::size_t shown = std::min(g.partitions.size(), GroupLists::kMostPartitions);
  // A short list has room for tall graphs, below the names.
  const float each = std::min(kMostTall, in.rest.h / static_cast<float>(std::max<std::size_t>(1, shown)));
  const bool tall = !share && each >= kLeastTall;
  const float pitch = tall ? each : list_pitch(r, shown);
  const std::size_t below = rows_below(shown, in.rest.y, pitch, view);
  // If not all fit, those with the greatest lag come first.
  static thread_local std::vector<const GroupPartition*> rows;
  rows.clear();
  for (const GroupPartition& gp : g.partitions) rows.push_back(&gp);
  if (shown < rows.size() || pitch * static_cast<float>(shown) > in.rest.h)
    std::stable_sort(rows.begin(), rows.end(),
                     [](const GroupPartition* a, const GroupPartition* b) { return a->lag > b->lag; });
  in.gap = kApart;
  for (std::size_t i = 0; i < shown; ++i) {
    const int partition = rows[i]->partition;
    if (partition < 0 || partition >= static_cast<int>(ui.world.partitions.size())) continue;
    const Rect row = in.next(pitch - kApart);
    if (p.in_sight(row)) lag_row(ui, {row}, *rows[i], tall);
  }
  if (const Line last = in.next(GroupLists::kRowText); shown < rows.size() && p.in_sight(last))
    p.text(last, ui.tr("ui.more_replicas"_w, {{"count", std::to_string(rows.size() - shown)}}),
           {.em = 13, .color = c.muted});
  return below;
}

}  // namespace kafkascope::ui
