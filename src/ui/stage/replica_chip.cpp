// The replicas on a broker's card: which are shown, where, and the drawing of one.
#include <algorithm>

#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

std::vector<int> chips_first(const Ui& ui) {
  std::vector<int> first;
  constexpr std::string_view kPartitions = "/partitions/";
  for (const PointAt& point : ui.lesson.view.point) {
    const std::string_view path = point.path;
    if (!path.starts_with(kPartitions)) continue;
    const std::string_view name = path.substr(kPartitions.size());
    if (const int partition = ui.partition_of(name.substr(0, name.find('/'))); partition >= 0)
      first.push_back(partition);
  }
  first.push_back(ui.selected_partition());
  return first;
}

void build_chips(const Node& broker, const Rect& card, const std::vector<int>& first, std::vector<StageChip>& out) {
  out.clear();
  const int n = static_cast<int>(broker.replicas.size());
  if (n == 0) return;
  const bool three = n <= 3;
  const float h = three ? 32.f : 26.f, pitch = three ? 38.f : 29.f;
  const int fit = std::max(2, static_cast<int>((card.h - 52) / pitch)), rows = three || n <= fit ? n : fit - 1;
  std::vector<int> order(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) order[static_cast<std::size_t>(i)] = i;
  if (rows < n) {
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
      auto weight = [&](int i) {
        const Replica& r = broker.replicas[static_cast<std::size_t>(i)];
        const auto place = std::find(first.begin(), first.end(), r.partition) - first.begin();
        const bool leads = r.role == ReplicaRole::Leader || r.role == ReplicaRole::Zombie;
        return std::pair{place, leads ? 0 : 1};
      };
      return weight(a) < weight(b);
    });
  }
  for (int i = 0; i < rows; ++i) {
    out.push_back({order[static_cast<std::size_t>(i)],
                   0,
                   {card.x + 8, card.y + 52 + pitch * static_cast<float>(i), card.w - 16, h}});
  }
  if (rows < n)
    out.push_back({-1, n - rows, {card.x + 8, card.y + 52 + pitch * static_cast<float>(rows), card.w - 16, 24}});
}

std::string percent_joined(const Replica& replica) {
  return std::to_string(static_cast<int>(std::clamp(replica.progress, 0.0, 1.0) * 100));
}

Icon role_icon(ReplicaRole role) {
  switch (role) {
    case ReplicaRole::Offline: return Icon::Crash;
    case ReplicaRole::Leader: return Icon::Crown;
    case ReplicaRole::Zombie: return Icon::CrownHollow;
    case ReplicaRole::OutOfIsr: return Icon::Out;
    default: return Icon::Follower;
  }
}

std::string moving_word(const Ui& ui, const Replica& replica) {
  return replica.role == ReplicaRole::Joining ? ui.tr("ui.role_joined"_w, {{"percent", percent_joined(replica)}})
                                              : std::string(ui.tr("ui.role_leaving"_w));
}

void draw_chip(Ui& ui, const Node& broker, const Replica& replica, const Rect& r, bool hot) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const auto index = static_cast<std::size_t>(replica.partition);
  if (index >= ui.world.partitions.size()) return;
  const Partition& part = ui.world.partitions[index];
  const bool colored = static_cast<int>(index) == ui.selected_partition();
  const bool lead = replica.role == ReplicaRole::Leader, zombie = replica.role == ReplicaRole::Zombie;
  const bool under = lead && ui.under_min_isr(replica.partition);
  const bool off = replica.role == ReplicaRole::Offline, out = replica.role == ReplicaRole::OutOfIsr;
  // The broker has not been told yet that it has this replica.
  const bool untold = !off && !out && replica.leader_epoch < 0;
  const bool joining = replica.role == ReplicaRole::Joining, leaving = replica.role == ReplicaRole::Leaving;
  const float m = r.cy();
  const bool tight = r.w < 150;
  const float name_x = r.x + (tight ? 24 : 31);
  if (untold) {
    p.dashed(r, lead ? c.leader : c.strong, 1.5f, 4, 3, 4);
  } else if (lead) {
    p.fill(r, c.leader_fill, 4);
    p.stroke(r, under ? c.danger : c.leader, hot ? 3 : under ? 2 : 1.5f, 4);
  } else if (zombie) {
    p.dashed(r, c.leader, 1.5f, 4, 3, 4);
  } else if (off || out) {
    p.dashed(r, c.strong, 1.5f, 4, 3, 4);
  } else {
    p.fill(r, c.follower_fill, 4);
    if (joining) {
      p.fill({r.x, r.y, r.w * static_cast<float>(std::clamp(replica.progress, 0.0, 1.0)), r.h}, c.accent_fill, 4);
      p.dashed(r, c.accent, 1.5f, 4, 3, 4);
    }
  }
  if (ui.is_selected(part.name)) {  // outside the chip's own frame
    constexpr float kOut = 1.5f, kFrame = 3;
    p.stroke(r.grown(kOut), c.accent, kFrame, 5);
    p.note(r, "selected replica");
  }
  const Hit hit =
      ui.hit(make_id("chip", static_cast<std::uint64_t>(&broker - ui.world.nodes.data()) * 4096 + index), r);
  if (hit.hovered && !lead && !off) p.stroke(r, c.mid, 1, 4);
  if (hit.hovered && ui.may_tip()) {
    Tip tip{p.to_window(r), part.name + ", " + broker.name, {}, {}};
    tip.facts = {{ui.tr("ui.epoch_col"_w), untold ? std::string("–") : epoch_text(replica.leader_epoch)},
                 {ui.tr("ui.high_watermark"_w), std::to_string(replica.high_watermark)},
                 {ui.tr("ui.log_end"_w), std::to_string(replica.log_end_offset)},
                 {ui.tr("ui.chip_explained"_w), ""}};
    if (under) tip.facts.insert(tip.facts.begin(), {ui.tr("ui.under_min_isr"_w), ""});
    if (joining || leaving) tip.facts.insert(tip.facts.begin(), {moving_word(ui, replica), ""});
    ui.st.tip = std::move(tip);
  }
  begin_drag(ui, broker.name, hit.pressed, hit.hovered);  // a card has little free ground to drag
  if (hit.clicked) ui.touch(part.name, r);
  ui.note_place(part.name, r, lead);
  if (hit.right_clicked) {
    ui.st.menu = {true, ui.in.x, ui.in.y, part.name, broker.name, -1};  // the menu of this replica
    ui.select(part.name);
  }
  p.note(r, lead         ? "leader replica"
            : zombie     ? "zombie replica"
            : off || out ? "replica out"
            : joining    ? "joining replica"
            : leaving    ? "leaving replica"
                         : "follower replica");
  p.icon(untold && lead ? Icon::CrownHollow : role_icon(replica.role), r.x + (tight ? 5 : 8), m - 8, 16,
         lead || zombie ? c.leader
         : off || out   ? c.muted
                        : c.follower,
         1.8f);
  const auto lagging = std::find_if(broker.lagging.begin(), broker.lagging.end(),
                                    [&](const auto& l) { return l.first == replica.partition; });
  if (lagging != broker.lagging.end()) {
    const float x = r.x + (tight ? 13.f : 16.f), radius = std::min(12.f, r.h / 2 - 1);
    timer_ring(ui, x, m, radius, lagging->second, 2.5f);
    p.note({x - radius, m - radius, 2 * radius, 2 * radius}, "lag ring");
    if (hit.hovered && ui.may_tip()) {
      Tip lag;
      tell_timer(ui, lagging->second, lag);
      ui.st.tip.facts.insert(ui.st.tip.facts.begin(), lag.facts.begin(), lag.facts.end());
    }
  }
  // From the right: offset, then bar, then epoch; the name gets what is left.
  float right = r.right() - (tight ? 5 : 8);
  if (off || out) {
    const std::string word = replica.eligible     ? "ELR"
                             : off                ? ui.tr("ui.offline"_w)
                             : replica.behind > 0 ? ui.tr("ui.behind"_w, {{"count", std::to_string(replica.behind)}})
                                                  : std::string(ui.tr("ui.role_out_short"_w));
    const TextStyle small{
        .em = 13, .color = replica.eligible ? c.primary : c.muted, .bold = replica.eligible, .align = Align::Right};
    const bool beside = p.width(part.name, {.em = 15}) + p.width(word, small) + 8 <= right - name_x;
    if (r.w >= 170 || replica.eligible || beside) right -= p.text(right, m + 4.7f, word, small) + 8;
  } else if (untold) {
    right -=
        p.text(right, m + 4.7f, ui.tr("ui.role_untold"_w), {.em = 13, .color = c.secondary, .align = Align::Right}) + 8;
  } else if (joining || (leaving && r.w >= 170)) {  // the progress of the move
    right -= p.text(right, m + 4.7f, r.w >= 170 ? moving_word(ui, replica) : percent_joined(replica) + " %",
                    {.em = 13, .color = joining ? c.accent : c.muted, .bold = joining, .align = Align::Right}) +
             8;
  } else {
    right -=
        p.text(
            right, m + 5, std::to_string(replica.log_end_offset),
            {.em = tight ? 13.f : 15.f, .color = lead ? c.primary : c.secondary, .mono = true, .align = Align::Right}) +
        (tight ? 4 : 8);
  }
  // The card's head has the text.
  if (under && right - name_x > p.width(part.name, {.em = 15, .bold = true}) + 20) {
    p.icon(Icon::Warn, right - 15, m - 8, 15, c.danger, 1.8f);
    p.note({right - 15, m - 8, 15, 16}, "replica under min ISR");
    right -= 19;
  }
  const TextStyle name{
      .em = 15, .color = off || out ? c.muted : c.primary, .bold = lead, .max = right - name_x, .foreign = true};
  const float name_w = p.text(name_x, m + 5.2f, part.name, name);
  if (leaving) p.line(name_x, m, name_x + name_w, m, c.secondary, 1.5f);
  if (off || out || untold) return;
  const bool narrow = r.w < 184;
  float x = r.x + std::max(101.f, 39 + name_w);
  if (!(narrow && !colored) && x + 28 <= right) {
    epoch_tag(p, {x, m - 9, 28, 18}, replica.leader_epoch, colored);
    x += 36;
  }
  if (zombie) {
    if (x + 16 <= right) p.equal_sign(x + 6, m, c.difference, true);
    return;
  }
  const std::int64_t above = replica.log_end_offset - replica.high_watermark;
  const int ticks = above > 3 ? 2 : static_cast<int>(std::max<std::int64_t>(above, 0));
  const float bar_w = 18 + (ticks > 0 ? 2 + 6 * static_cast<float>(ticks) : 0) + (above > 3 ? 8 : 0);
  if (narrow || joining || leaving || x + bar_w > right + 6) return;
  const Color bar = colored ? c.epoch(replica.leader_epoch) : c.cell_neutral, edge = c.dark ? bar : c.cell_edge;
  p.fill({x, m - 4, 18, 8}, bar);
  if (!c.dark) p.stroke({x, m - 4, 18, 8}, edge, 1);
  for (int i = 0; i < ticks; ++i) p.stroke({x + 20 + 6 * static_cast<float>(i), m - 4, 5, 8}, edge, 1);
  if (above > 3) {
    p.line(x + 33, m, x + 40, m, edge, 1.6f);
    p.line(x + 36.5f, m - 3.5f, x + 36.5f, m + 3.5f, edge, 1.6f);
  }
}

}  // namespace kafkascope::ui
