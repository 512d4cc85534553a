// The controller panel for a projector: each voter's log progress, or the remaining time of ZooKeeper sessions.
#include <algorithm>

#include "ui/box.h"
#include "ui/panels/controller_parts.h"
#include "ui/panels/presenter.h"
#include "ui/shorten.h"
#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

using Sizes = PresenterSizes;
constexpr std::size_t kMostControlRows = 5;

struct ControlRow {
  std::string name, words;  // `words` are at the right
  float part = 0;           // filled share of the bar
  Color color = 0, ink = 0;
  Icon sign = Icon::None;  // before the words
  const ZkSession* session = nullptr;
};

/// "candidate 1/3, "; empty for a voter that follows or leads.
std::string state(const Ui& ui, const Node& n) {
  if (!node_look(n).quiet) return ui.tr(state_word(n)) + std::string(", ");
  if (n.voter != VoterState::Candidate && n.voter != VoterState::Prospective) return {};
  return ui.tr(n.voter == VoterState::Candidate ? "ui.voter_candidate"_w : "ui.voter_prospective"_w,
               {{"votes", std::to_string(n.votes_from.size())}, {"voters", std::to_string(ui.world.voters.size())}}) +
         ", ";
}

/// Of a voter that neither leads nor follows.
Icon sign_of_voter(const Node& n) {
  switch (n.voter) {
    case VoterState::Follower:
    case VoterState::None: return Icon::None;
    case VoterState::Candidate: return Icon::Flag;
    case VoterState::Prospective: return Icon::Search;
    case VoterState::Unattached: return Icon::Help;
    default: return voter_icon(n);
  }
}

std::vector<ControlRow> control_rows(const Ui& ui) {
  const Palette& c = ui.c;
  std::vector<ControlRow> rows;
  if (ui.world.metadata == "zookeeper") {
    for (const ZkSession& session : ui.world.sessions) {
      if (rows.size() == kMostControlRows) break;
      const float part = session.left.total_us > 0
                             ? static_cast<float>(session.left.remaining_us) / static_cast<float>(session.left.total_us)
                             : 0;
      const bool low = session.left.running && part < .5f;
      rows.push_back(
          {session.owner,
           session.left.running ? ui.tr("ui.seconds_left"_w, {{"seconds", seconds_text(session.left.remaining_us)}})
                                : std::string(ui.tr("ui.zk_no_server"_w)),
           std::clamp(part, 0.f, 1.f), low ? c.caution : c.family[static_cast<std::size_t>(Family::ZooKeeper)],
           low ? c.caution : c.secondary, session.server.empty() ? Icon::Cut : Icon::None, &session});
    }
    return rows;
  }
  // Bars show only the last kWindow offsets: over all offsets they would look equal.
  constexpr std::int64_t kWindow = 20;
  std::int64_t end = 0;
  for (const VoterLog& log : ui.world.voters) end = std::max(end, log.log_end_offset);
  for (const VoterLog& log : ui.world.voters) {
    if (rows.size() == kMostControlRows || log.node < 0 || log.node >= static_cast<int>(ui.world.nodes.size())) break;
    const Node& n = ui.world.nodes[static_cast<std::size_t>(log.node)];
    const NodeLook look = node_look(n);
    const float part = 1 - static_cast<float>(end - log.log_end_offset) /
                               static_cast<float>(std::max<std::int64_t>(1, std::min(kWindow, end)));
    const bool leads = n.active_controller && !look.dead;
    rows.push_back({n.name,
                    state(ui, n) + ui.tr("ui.member_epoch_is"_w, {{"epoch", std::to_string(n.epoch)}}) + ", " +
                        ui.tr("ui.up_to"_w, {{"offset", std::to_string(log.log_end_offset)}}),
                    std::clamp(part, .04f, 1.f),
                    leads       ? c.leader_solid
                    : look.dead ? c.danger
                                : c.cell_neutral,
                    look.dead ? c.danger
                    : leads   ? c.leader
                              : c.secondary,
                    leads        ? Icon::Crown
                    : look.quiet ? sign_of_voter(n)
                                 : look.icon});
  }
  return rows;
}

constexpr float kSmallest = 13;  // of the znode tree's own type

/// Whether the step is about a znode: the tree stands beside the sessions then.
bool about_znodes(const Ui& ui) {
  const auto& points = ui.lesson.view.point;
  return ui.world.metadata == "zookeeper" && std::any_of(points.begin(), points.end(), [](const PointAt& at) {
           return at.path.starts_with("/zookeeper/");
         });
}

bool has_rules(const Ui& ui) { return ui.world.metadata != "zookeeper" && !ui.world.acls.empty(); }

void draw_rows(Ui& ui, const Rect& r, const Sizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  Column in{r};
  const std::vector<ControlRow> rows = control_rows(ui);
  float names = 0;
  for (const ControlRow& row : rows) names = std::max(names, p.width(row.name, {.em = s.text, .bold = true}));
  const float name_w = std::min(std::max(s.w * .15f, names + 9), r.w * .45f), words_w = std::min(s.w * .34f, r.w * .4f);
  for (const ControlRow& row : rows) {
    if (!in.fits(s.text * 1.5f)) break;
    Row cells{in.next({s.text * 1.7f, s.text}), 8};
    p.text(cells.left(name_w - cells.gap), row.name, {.em = s.text, .bold = true, .foreign = true});
    cells.gap = s.text * .2f;
    const std::string words =
        last_parts(row.words, words_w, [&](std::string_view part) { return p.width(part, {.em = s.text}); });
    p.text(cells.right(words_w), words, {.em = s.text, .color = row.ink, .foreign = true});
    if (const Rect sign = cells.right(s.text * .9f).middle(s.text * .9f); row.sign != Icon::None)
      p.icon(row.sign, sign, row.ink, 2.4f);
    const Rect bar = Column{cells.rest.padded(0, s.text * .25f)}.next(s.text * .85f);
    if (row.session != nullptr) {
      draw_session_bar(p, bar, *row.session, row.color);
      continue;
    }
    p.fill(bar, c.field, 4);
    p.fill(Row{bar}.left(bar.w * row.part), row.color, 4);
    p.stroke(bar, c.strong, s.stroke * .7f, 4);
  }
}

/// The newest ACLs in the committed log.
void draw_rules(Ui& ui, const Rect& r, const Sizes& s) {
  const Palette& c = ui.c;
  const std::vector<std::string>& rules = ui.world.acls;
  const std::size_t most = std::max<std::size_t>(1, static_cast<std::size_t>(r.h / (s.text * 1.5f))),
                    first = rules.size() > most ? rules.size() - most : 0;
  Column in{r};
  for (std::size_t i = first; i < rules.size(); ++i) {
    const Line line = in.next({s.text * 1.5f, s.text * 1.1f});
    ui.p.text(line, rules[i],
              {.em = s.text,
               .color = rules[i].ends_with("deny") ? c.danger : c.primary,
               .bold = i + 1 == rules.size(),
               .foreign = true});
    ui.p.note(line, "access rule");
  }
}

}  // namespace

float presenter_control_height(const Ui& ui, const Sizes& s) {
  const float rows = s.text * 1.7f * static_cast<float>(std::max<std::size_t>(1, control_rows(ui).size()));
  constexpr float kTree = kHeading.height + 5 * 24;
  if (about_znodes(ui)) return std::max(rows, s.text / kSmallest * kTree);
  return has_rules(ui)
             ? std::max(rows, s.text * 1.5f * static_cast<float>(std::min<std::size_t>(5, ui.world.acls.size())))
             : rows;
}

void draw_presenter_control(Ui& ui, const Rect& r, const Sizes& s) {
  if (!about_znodes(ui) && !has_rules(ui)) return draw_rows(ui, r, s);
  const auto [about, rows] = in_row(r, {weight(3), weight(2)}, s.margin);
  draw_rows(ui, rows, s);
  if (has_rules(ui)) return draw_rules(ui, about, s);
  const float k = s.text / kSmallest;
  ui.p.push(about.x, about.y, k);
  draw_znodes(ui, {0, 0, about.w / k, about.h / k});
  ui.p.pop();
}

}  // namespace kafkascope::ui
