// The znode tree, the sessions' remaining times, the controller's queue of events, fired watches, the servers'
// transactions.
#include <algorithm>
#include <string_view>

#include "ui/panels/controller_parts.h"
#include "ui/panels/cut_list.h"
#include "ui/stage/cards.h"
#include "ui/stage/ensemble.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

constexpr float kRowH = 24;

struct TreeRow {
  const Znode* znode = nullptr;
  const Znode* head = nullptr;  // an only child shares the row of a parent without information of its own: "0/state"
  bool parent = false, folded = false;
  bool written = false, vanished = false;  // the znode, or one folded into its row
};

/// The order of top-level znodes: the most important ones come first.
int top_rank(std::string_view path) {
  constexpr std::string_view kOrder[] = {"controller", "controller_epoch", "brokers", "isr_change_notification",
                                         "config",     "kafka-acl",        "admin"};
  if (path.empty()) return 0;
  const std::string_view top = path.substr(1, path.find('/', 1) - 1);
  return static_cast<int>(std::find(std::begin(kOrder), std::end(kOrder), top) - std::begin(kOrder));
}

bool under_path(std::string_view path, std::string_view parent) {
  return path.size() > parent.size() && path.starts_with(parent) && path[parent.size()] == '/';
}

/// Whether the znode has no data, watch or change, and one child, which then takes its row. Not at the top of the tree.
bool says_nothing(const std::vector<const Znode*>& all, std::size_t i) {
  const Znode& z = *all[i];
  if (!z.data.empty() || z.watched || z.written_lately || z.vanished_lately || z.more > 0 ||
      z.path.find('/', 1) == std::string::npos)
    return false;
  if (i + 1 == all.size() || !under_path(all[i + 1]->path, z.path)) return false;
  for (std::size_t k = i + 2; k < all.size() && under_path(all[k]->path, z.path); ++k)
    if (!under_path(all[k]->path, all[i + 1]->path)) return false;
  return true;
}

std::vector<TreeRow> tree_rows(const Ui& ui) {
  std::vector<const Znode*> all;
  for (const Znode& z : ui.world.znodes) all.push_back(&z);
  std::stable_sort(all.begin(), all.end(),
                   [](const Znode* a, const Znode* b) { return top_rank(a->path) < top_rank(b->path); });
  std::vector<TreeRow> rows;
  const Znode* head = nullptr;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Znode& z = *all[i];
    if (!rows.empty() && rows.back().folded && under_path(z.path, rows.back().znode->path)) {
      rows.back().written |= z.written_lately;
      rows.back().vanished |= z.vanished_lately;
      continue;
    }
    if (says_nothing(all, i)) {
      if (head == nullptr) head = &z;
      continue;
    }
    const bool parent = i + 1 < all.size() && under_path(all[i + 1]->path, z.path);
    rows.push_back({&z, head == nullptr ? &z : head, parent, parent && ui.st.folded_znodes.contains(z.path),
                    z.written_lately, z.vanished_lately});
    head = nullptr;
  }
  return rows;
}

/// The row that the lesson points at, else the first one that has just changed; -1: none.
int row_of_interest(const Ui& ui, const std::vector<TreeRow>& rows, bool& pointed) {
  for (const PointAt& point : ui.lesson.view.point) {
    if (!point.path.starts_with("/zookeeper/")) continue;
    const std::string_view path = std::string_view(point.path).substr(10);
    for (std::size_t i = rows.size(); i-- > 0;)
      if (path == rows[i].znode->path || under_path(path, rows[i].znode->path))
        return pointed = true, static_cast<int>(i);
  }
  const auto changed =
      std::find_if(rows.begin(), rows.end(), [](const TreeRow& row) { return row.vanished || row.written; });
  return changed == rows.end() ? -1 : static_cast<int>(changed - rows.begin());
}

void znode_tip(Ui& ui, const Znode& z, const Rect& row) {
  if (z.more > 0 || !ui.may_tip()) return;
  Tip tip{ui.p.to_window(row), z.path, {}, {}};
  tip.facts.emplace_back(ui.tr("ui.znode_version"_w), std::to_string(z.version));
  if (!z.ephemeral_owner.empty()) tip.facts.emplace_back(ui.tr("ui.znode_owner"_w), z.ephemeral_owner);
  constexpr std::size_t kLine = 44, kLines = 8;
  for (std::size_t at = 0; at < std::min(z.data.size(), kLine * kLines); at += kLine)
    tip.facts.emplace_back(z.data.substr(at, kLine), std::string());
  ui.st.tip = std::move(tip);
}

/// The znode's path in the state document, in which a child with the name of a field is under "children".
std::string path_of_znode(const Znode& z) {
  std::string path = "/zookeeper";
  for (std::size_t at = 0; at < z.path.size();) {
    const std::size_t end = std::min(z.path.find('/', 1 + at), z.path.size());
    const std::string name = z.path.substr(at, end - at);
    if (name == "/data" || name == "/version" || name == "/ephemeral_owner") path += "/children";
    path += name;
    at = end;
  }
  return path;
}

void draw_znode(Ui& ui, const TreeRow& row, const Rect& r, float data_x, bool pointed, std::uint64_t number) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Znode& z = *row.znode;
  const float owner_w = z.ephemeral_owner.empty() && !z.vanished_lately ? 40.f : 104.f;
  const std::string& head = row.head->path;
  const auto depth = static_cast<float>(std::max<std::ptrdiff_t>(0, std::count(head.begin(), head.end(), '/') - 1));
  if (row.vanished) p.fill(r, c.danger_fill, 4);
  else if (row.written) p.fill(r, c.accent_fill, 4);
  const Hit hit = value_row(ui, make_id("znode", number), r, z.more > 0 ? std::string() : path_of_znode(z));
  if (hit.hovered && !row.vanished && !row.written) p.fill(r, c.hover, 4);
  if (pointed) {
    p.ring(in_column(r, {weight(), fixed(1)})[0], 2.5f, 5);
    p.note_point(r, "/zookeeper" + z.path);
  }
  if (hit.hovered) znode_tip(ui, z, r);
  if (hit.clicked && row.parent && !ui.st.folded_znodes.insert(z.path).second) ui.st.folded_znodes.erase(z.path);
  Row cells{Line(r, r.y + 16), 5};
  cells.skip(4 + depth * 16);
  const Rect fold = cells.left(12);
  if (row.parent) p.icon(row.folded ? Icon::Right : Icon::Down, fold, c.muted, 1.8f);
  const bool lead = z.path == "/controller";
  const Color ink = z.vanished_lately ? c.danger : lead ? c.leader : z.more > 0 ? c.muted : c.primary;
  if (lead || !z.ephemeral_owner.empty()) {
    const Rect icon = cells.left(14);
    p.icon(lead ? Icon::Crown : Icon::Clock, icon.x, r.y + 3, icon.w, lead ? c.leader : c.secondary);
  }
  // A line through a single character could not be told from another character: a deleted znode has its whole path.
  const std::string name = z.more > 0          ? ui.tr("ui.znodes_more"_w, {{"count", std::to_string(z.more)}})
                           : z.vanished_lately ? z.path
                                               : z.path.substr(head.rfind('/') + (depth > 0 ? 1 : 0));
  const float x = cells.rest.x, through = r.y + 11;
  cells.gap = 12;
  const float w = p.text(cells, name, {.em = 14, .color = ink, .mono = true, .max = data_x - x - 26, .foreign = true});
  if (z.vanished_lately) p.line(x, through, x + w, through, c.danger, 1.5f);
  if (z.watched) p.mark(Family::ZooKeeper, cells.rest.x, through, 5, true, c.canvas);
  const std::string& brief = z.brief.empty() ? z.data : z.brief;
  Row data{Line(r, r.y + 16), 6};
  data.shorten(6);
  data.skip(data_x - r.x);
  const Line owner = data.right(owner_w - 12);
  if (z.more == 0) p.text(data.rest, brief, {.em = 13, .color = c.muted, .mono = true, .foreign = true});
  const std::string right = z.vanished_lately            ? std::string(ui.tr("ui.znode_gone"_w))
                            : !z.ephemeral_owner.empty() ? z.ephemeral_owner
                            : z.more > 0                 ? ""
                                                         : "v" + std::to_string(z.version);
  p.text(owner, right,
         {.em = 13, .color = z.vanished_lately ? c.danger : c.secondary, .align = Align::Right, .foreign = true});
}

}  // namespace

void draw_session_bar(Painter& p, const Rect& bar, const ZkSession& session, Color color) {
  const float part =
      session.left.total_us > 0
          ? std::clamp(static_cast<float>(session.left.remaining_us) / static_cast<float>(session.left.total_us), 0.f,
                       1.f)
          : 0.f;
  const float radius = std::min(4.f, bar.h * .4f);
  p.fill(bar, p.c.field, radius);
  if (!session.left.running) return p.dashed(bar, p.c.strong, std::max(1.25f, bar.h * .15f), 4, 4, radius);
  p.fill(Row{bar}.left(bar.w * part), color, radius);
  p.stroke(bar, part > 0 ? p.c.mid : p.c.danger, part > 0 ? 1.f : std::max(2.f, bar.h * .15f), radius);
  if (part <= 0) p.cross(bar.x + bar.h, bar.cy(), std::max(5.f, bar.h * .6f), p.c.danger, std::max(2.4f, bar.h * .2f));
}

namespace {

/// Each session's time runs down until its client is heard from again; if it runs out, the client's ephemeral znodes
/// are deleted.
float draw_sessions(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  Column in{r};
  draw_heading(ui, in.next(kHeading), ui.tr("ui.zk_sessions"_w));
  std::size_t rows = rows_shown(ui.world.sessions.size(), rows_in(in.rest.h, 24));
  const std::size_t left_out = ui.world.sessions.size() - rows;
  for (const ZkSession& s : ui.world.sessions) {
    if (rows-- == 0) break;
    Row row{in.next({24, 16}), 8};
    value_row(ui, make_id("zookeeper session " + s.owner), row.rest, "/cluster/zookeeper/sessions/" + s.owner);
    const Line server(row.rest);
    p.text(row.left(92), s.owner, {.em = 14, .foreign = true});
    row.gap = 10;
    const Rect bar = row.left(std::max(40.f, r.w - 330)).middle(8);
    const float f =
        s.left.total_us > 0
            ? std::clamp(static_cast<float>(s.left.remaining_us) / static_cast<float>(s.left.total_us), 0.f, 1.f)
            : 0.f;
    draw_session_bar(p, bar, s, f < .2f ? c.caution : c.family[static_cast<std::size_t>(Family::ZooKeeper)]);
    const std::string left =
        s.left.running ? ui.tr("ui.seconds"_w, {{"seconds", seconds_text(s.left.remaining_us)}}) : "–";
    p.text(row.rest, left, {.em = 13, .color = f < .2f ? c.caution : c.secondary, .mono = true, .max = 60});
    Row of_server{server, 6};
    p.text(of_server, s.server.empty() ? std::string(ui.tr("ui.zk_no_server"_w)) : s.server,
           {.em = 13,
            .color = s.server.empty() ? c.caution : c.muted,
            .align = Align::Right,
            .max = 140,
            .foreign = true});
    if (s.server.empty()) {
      const Rect cut = of_server.right(14).middle(14);
      p.icon(Icon::Cut, cut, c.caution, 2.2f);
    }
  }
  if (left_out > 0 && in.fits(20)) say_left_out(ui, in.next({24, 16}), left_out);
  return in.rest.y + 8;
}

float draw_fired_watches(Ui& ui, const Rect& r, std::size_t most) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  if (ui.world.fired_watches.empty() || r.h < 52) return r.y;
  Column in{r};
  draw_heading(ui, in.next(kHeading), ui.tr("ui.zk_fired"_w));
  for (const FiredWatch& w : ui.world.fired_watches) {
    if (!in.fits(22) || most-- == 0) break;
    const bool now = w.at_us + 1500000 >= ui.world.time_us;
    Row row{in.next({22, 16}), 8};
    const Rect mark = row.left(12);
    p.mark(Family::ZooKeeper, mark.cx(), mark.cy(), 5, true, c.canvas);
    row.gap = 12;
    p.text(row, w.path,
           {.em = 13, .color = now ? c.primary : c.muted, .mono = true, .max = r.w * .5f, .foreign = true});
    p.text(row.rest, w.event + " → " + w.who, {.em = 13, .color = now ? c.secondary : c.muted, .foreign = true});
  }
  return in.rest.y + 8;
}

/// The transaction logs of the servers side by side; hatched: not committed there.
void draw_transactions(Ui& ui, const Rect& r) {
  if (r.h < 60) return;
  Column in{r, 6};
  draw_heading(ui, Column{r}.next(kHeading), ui.tr("ui.zk_transactions"_w));
  in.skip(kHeading.height);
  const std::size_t servers = std::max<std::size_t>(1, ui.world.voters.size());
  const float row_h = std::clamp((r.h - 30) / static_cast<float>(servers) - 6, 28.f, 44.f);
  const float room = logs_of(r).w;
  std::vector<LogColumn> columns = log_columns(ui.world, room, row_h < kTwoLines ? 216.f : 150.f);
  widen_columns(ui, columns, room, row_h >= kTwoLines);
  for (const VoterLog& log : ui.world.voters) {
    if (!in.fits(row_h) || log.node < 0 || log.node >= static_cast<int>(ui.world.nodes.size())) break;
    draw_voter_row(ui, log, in.next(row_h), columns);
  }
}

}  // namespace

void draw_znodes(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  Column in{r};
  draw_heading(ui, in.next(kHeading), ui.tr("ui.znodes"_w));
  const Rect body = in_column(in.rest, {weight(), fixed(2)})[0];
  const std::vector<TreeRow> rows = tree_rows(ui);
  const float data_x = r.x + std::min(300.f, r.w * .52f);
  bool pointed = false;
  const int interest = row_of_interest(ui, rows, pointed);
  const std::string what = interest < 0 ? std::string() : rows[static_cast<std::size_t>(interest)].znode->path;
  if (what != ui.st.znode_in_sight) {  // scrolled into view once; afterwards only the wheel scrolls
    ui.st.znode_in_sight = what;
    const float at = kRowH * static_cast<float>(interest);
    if (interest >= 0 && (at < ui.st.znodes_scroll || at + 2 * kRowH > ui.st.znodes_scroll + body.h))
      ui.st.znodes_scroll = std::max(0.f, at - 2 * kRowH);
  }
  scroll(ui, body, kRowH * static_cast<float>(rows.size()), ui.st.znodes_scroll);
  p.push_box(body, "znodes", true);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Rect row{r.x, body.y - ui.st.znodes_scroll + kRowH * static_cast<float>(i), r.w - 8, kRowH - 2};
    if (p.in_sight(row)) draw_znode(ui, rows[i], row, data_x, pointed && interest == static_cast<int>(i), i);
  }
  p.pop_box();
  scroll_bar(ui, body, kRowH * static_cast<float>(rows.size()), ui.st.znodes_scroll);
}

void draw_zookeeper(Ui& ui, const Rect& r) {
  const Rect in = in_column(r.padded(20), {fixed(8), weight(), fixed(6)})[1];
  const auto [tree, side] = in.w > 860 ? in_row(in, {weight(), weight()}, 32) : in_column(in, {weight(), weight()});
  draw_znodes(ui, tree);
  const auto under = [&r = side](float y) { return Rect{r.x, y, r.w, r.bottom() - y}; };
  float y = draw_sessions(ui, side);
  // The servers' logs are shown if there is room for everything, or instead of the rest while the ensemble is opened.
  const float logs_h = 30 + 34 * static_cast<float>(ui.world.voters.size());
  const bool opened = ensemble_open(ui), all = side.bottom() - y > logs_h + 170;
  if (opened && !all) return draw_transactions(ui, under(y));
  y = draw_controller_work(ui, under(y));
  const std::size_t fired = all ? 4 : 8;
  y = draw_fired_watches(ui, under(y + 4), fired);
  if (all) draw_transactions(ui, under(y));
}

}  // namespace kafkascope::ui
