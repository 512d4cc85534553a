#include "ui/stage/ensemble.h"

#include <algorithm>

#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

bool is_server(const Ui& ui, std::string_view name) {
  const int node = ui.node_of(name);
  return node >= 0 && ui.world.nodes[static_cast<std::size_t>(node)].kind == NodeKind::ZooKeeper;
}

void toggle(Ui& ui, const Rect& r) {
  const Hit hit = ui.hit(make_id("ensemble"), r);
  if (hit.clicked || hit.right_clicked) toggle_ensemble(ui);
  if (hit.hovered) ui.p.stroke(r, ui.c.accent, 2, 8);
}

}  // namespace

bool ensemble_open(const Ui& ui) {
  if (ui.st.ensemble_open) return *ui.st.ensemble_open;
  if (is_server(ui, ui.st.selection)) return true;
  for (const PointAt& point : ui.lesson.view.point) {
    if (point.path.starts_with("/nodes/") &&
        is_server(ui, std::string_view(point.path).substr(7, point.path.find('/', 7) - 7)))
      return true;
  }
  if (ui.lesson.turn.open && is_server(ui, ui.lesson.turn.node)) return true;
  const Question& q = ui.lesson.question;
  return q.phase == QuestionPhase::Open && q.pick == PickKind::Node &&
         std::any_of(q.candidates.begin(), q.candidates.end(),
                     [&](const std::string& name) { return is_server(ui, name); });
}

void toggle_ensemble(Ui& ui) { ui.st.ensemble_open = !ensemble_open(ui); }

bool ensemble_serves(const Snapshot& world) {
  return std::any_of(world.nodes.begin(), world.nodes.end(), [](const Node& n) {
    return n.kind == NodeKind::ZooKeeper && n.voter == VoterState::Leader && node_look(n).quiet;
  });
}

std::string ensemble_words(const Ui& ui, const TextStyle& style, float room) {
  const auto fits = [&](const std::string& words) { return ui.p.width(words, style) <= room; };
  if (!ensemble_serves(ui.world)) {
    std::string words = ui.tr("ui.ensemble_down"_w);
    return fits(words) ? words : ui.tr("ui.ensemble_down_brief"_w);
  }
  const std::string znodes = count_text(ui.world.znode_count),
                    sessions = count_text(static_cast<std::int64_t>(ui.world.sessions.size()));
  std::string words =
      ui.tr("ui.ensemble_holds"_w,
            {{"znodes", znodes}, {"sessions", sessions}, {"watches", count_text(ui.world.watch_count)}});
  if (!fits(words)) words = ui.tr("ui.ensemble_holds_brief"_w, {{"znodes", znodes}, {"sessions", sessions}});
  return fits(words) ? words : ui.tr("ui.ensemble_znodes"_w, {{"znodes", znodes}});
}

float draw_server_marks(Ui& ui, float right, float cy, float size) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float from = right;
  for (auto n = ui.world.nodes.rbegin(); n != ui.world.nodes.rend(); ++n) {
    if (n->kind != NodeKind::ZooKeeper) continue;
    const NodeLook look = node_look(*n);
    const Rect r{right - size, cy - size / 2, size, size};
    const bool leads = is_in_charge(*n) && look.quiet, looking = look.quiet && n->voter == VoterState::Voted;
    p.fill(r, look.dead ? c.danger_solid : leads ? c.leader_fill : look.doubt ? c.caution_fill : c.field, 4);
    if (looking || look.dashed) p.dashed(r, looking ? c.caution : c.strong, 1.5f, 4, 3, 4);
    else p.stroke(r, look.dead ? c.danger_solid : leads ? c.leader : look.doubt ? c.caution : c.mid, 1.25f, 4);
    const Icon icon = leads ? Icon::Crown : !look.quiet ? look.icon : looking ? Icon::Search : Icon::Zk;
    p.icon(icon, r.x + size * .15f, r.y + size * .15f, size * .7f,
           look.dead               ? c.danger_ink
           : leads                 ? c.leader
           : look.doubt || looking ? c.caution
                                   : c.secondary,
           look.dead ? 2.4f : 1.6f);
    p.note(r, "server");
    right -= size + 5;
  }
  return from - right;
}

void draw_ensemble_box(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const bool serves = ensemble_serves(ui.world);
  p.push_box(r, "ensemble");
  p.fill({r.x + 3, r.y + 4, r.w, r.h}, c.shadow, 8);
  p.fill(r, serves ? c.raised : c.caution_fill, 8);
  p.stroke(r, serves ? c.strong : c.caution, serves ? 1.25f : 2, 8);
  toggle(ui, r);
  const float mid = r.y + 25;
  p.icon(Icon::Zk, r.x + 14, mid - 13, 17, serves ? c.family[static_cast<std::size_t>(Family::ZooKeeper)] : c.caution,
         2);
  p.icon(Icon::Right, r.right() - 26, r.cy() - 8, 16, c.secondary, 2);
  const float marks = draw_server_marks(ui, r.right() - 34, r.cy(), 26);
  p.text(r.x + 40, mid, ui.tr("ui.zookeeper"_w), {.em = 15, .bold = true});
  const TextStyle style{.em = 13, .color = serves ? c.secondary : c.caution, .bold = !serves, .max = r.w - 84 - marks};
  p.text(r.x + 40, mid + 20, ensemble_words(ui, style, style.max), style);
  p.pop_box();
  p.diagnostics().cards.push_back({p.to_window(r), "ensemble"});
}

void draw_ensemble_frame(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const bool serves = ensemble_serves(ui.world);
  p.push_box(r, "ensemble");
  p.fill(r, c.canvas, 8);
  p.dashed(r, serves ? c.strong : c.caution, 1.25f, 5, 4, 8);
  const Rect head{r.x, r.y, r.w, 26};
  toggle(ui, head);
  p.icon(Icon::Down, r.x + 10, r.y + 5, 16, c.secondary, 2);
  const float w = p.text(r.x + 34, r.y + 18, ui.tr("ui.zookeeper"_w), {.em = 15, .bold = true});
  const TextStyle style{.em = 13, .color = serves ? c.secondary : c.caution, .bold = !serves, .max = r.w - w - 62};
  p.text(r.x + 34 + w + 14, r.y + 18, ensemble_words(ui, style, style.max), style);
  p.pop_box();
}

}  // namespace kafkascope::ui
