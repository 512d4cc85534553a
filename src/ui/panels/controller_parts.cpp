#include "ui/panels/controller_parts.h"

#include <algorithm>

#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

std::vector<LogColumn> log_columns(const Snapshot& world, float room, float cell_w) {
  const VoterLog* longest = nullptr;
  for (const VoterLog& log : world.voters) {
    if (longest == nullptr || log.log_end_offset > longest->log_end_offset) longest = &log;
  }
  std::vector<LogColumn> columns;
  if (longest == nullptr) return columns;
  constexpr float kFoldW = 74;
  float used = 0;
  for (auto q = longest->tail.rbegin(); q != longest->tail.rend(); ++q) {
    const bool fold = q->type == "NoOpRecord";
    // A fold never spans the high watermark, which lies between two columns.
    if (fold && !columns.empty() && columns.back().fold && columns.back().from == q->offset + 1 &&
        q->offset + 1 != world.quorum_high_watermark) {
      columns.back().from = q->offset;
      continue;
    }
    const float w = fold ? kFoldW : cell_w;
    if (used + w > room) break;
    used += w;
    columns.push_back({q->offset, q->offset + 1, fold, 0, w});
  }
  std::reverse(columns.begin(), columns.end());
  float x = 0;
  for (LogColumn& column : columns) {
    column.x = x;
    x += column.w;
  }
  return columns;
}

Icon voter_icon(const Node& n) {
  if (n.kind == NodeKind::Controller) switch (n.voter) {
      case VoterState::Voted: return Icon::Check;
      case VoterState::Resigned: return Icon::CrownHollow;
      case VoterState::Observer: return Icon::Eye;
      case VoterState::Unattached: return Icon::None;
      default: break;
    }
  return node_icon(n.kind);
}

namespace {

/// Kafka's own names of the states (QuorumState); in Korean the usual words.
std::string raft_state(const Ui& ui, const Node& n) {
  switch (n.voter) {
    case VoterState::Leader: return ui.tr("ui.leader_field"_w);
    case VoterState::Follower: return ui.tr("ui.raft_follower"_w);
    case VoterState::Candidate: return ui.tr("ui.raft_candidate"_w);
    case VoterState::Prospective: return ui.tr("ui.raft_prospective"_w);
    case VoterState::Voted: return ui.tr("ui.raft_voted"_w);
    case VoterState::Resigned: return ui.tr("ui.raft_resigned"_w);
    case VoterState::Observer: return ui.tr("ui.raft_observer"_w);
    default: return ui.tr("ui.raft_unattached"_w);
  }
}

const std::string& words_of(const Ui& ui, const QuorumRecord& record) {
  return record.words.empty() ? record.type : ui.pick(record.words);
}

/// Under ZooKeeper a transaction is identified by its zxid.
std::string head_of(const Ui& ui, const QuorumRecord& record) {
  return ui.world.metadata == "zookeeper" ? record.type : std::to_string(record.offset);
}

/// The width that the column needs for the whole words of its record on every server.
float wanted_width(Ui& ui, const LogColumn& column, bool two_lines) {
  // the room beside the words in two lines; in one line, with the offset before the words
  constexpr float kAround = 19, kBetween = 25;
  float wanted = 0;
  for (const VoterLog& log : ui.world.voters)
    for (const QuorumRecord& record : log.tail) {
      if (record.offset != column.from) continue;
      const float words = ui.p.width(words_of(ui, record), {.em = 13});
      wanted =
          std::max(wanted, two_lines ? words + kAround
                                     : words + kBetween + ui.p.width(head_of(ui, record), {.em = 13, .mono = true}));
    }
  return wanted;
}

}  // namespace

void widen_columns(Ui& ui, std::vector<LogColumn>& columns, float room, bool two_lines) {
  std::vector<float> wanted;
  float all = 0, used = 0;
  for (const LogColumn& column : columns) {
    wanted.push_back(column.fold ? column.w : std::max(column.w, wanted_width(ui, column, two_lines)));
    all += wanted.back();
    used += column.w;
  }
  const auto records = [&] {
    return std::count_if(columns.begin(), columns.end(), [](const LogColumn& column) { return !column.fold; });
  };
  while (all > room && records() > 1) {
    all -= wanted.front();
    used -= columns.front().w;
    wanted.erase(wanted.begin());
    columns.erase(columns.begin());
  }
  float spare = room - used;
  for (std::size_t i = columns.size(); i-- > 0;) {
    const float more = std::clamp(wanted[i] - columns[i].w, 0.f, std::max(spare, 0.f));
    columns[i].w += more;
    spare -= more;
  }
  float x = 0;
  for (LogColumn& column : columns) {
    column.x = x;
    x += column.w;
  }
}

void draw_voter_row(Ui& ui, const VoterLog& log, const Rect& r, const std::vector<LogColumn>& columns) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Node& n = ui.world.nodes[static_cast<std::size_t>(log.node)];
  const NodeLook look = node_look(n);
  const Rect card = Row{r}.left(kVoterCardW);
  p.push_box(r, "voter row");
  const bool two = r.h >= kTwoLines, tight = r.h < 46;  // two lines, close together
  const bool leads = is_in_charge(n) && !look.dead;
  p.fill(card, look.dead ? c.danger_solid : leads ? c.leader_fill : c.raised, 6);
  p.stroke(card, look.dead ? c.danger_solid : leads ? c.leader : look.doubt ? c.caution : c.mid, leads ? 2 : 1.25f, 6);
  const Color ink = look.dead ? c.danger_ink : c.primary, soft = look.dead ? c.danger_ink
                                                                 : leads   ? c.leader
                                                                           : c.secondary;
  Column lines{card.padded(6)};
  Row head{lines.next(two && tight ? LineSize{22, 15} : LineSize{28, 19}), 9};
  const Icon icon = leads ? Icon::Crown : look.icon != Icon::None ? look.icon : voter_icon(n);
  if (const Rect sign = head.left(15); icon != Icon::None) p.icon(icon, sign, soft);
  int votes = 0;
  if (look.quiet && (n.voter == VoterState::Candidate || n.voter == VoterState::Prospective))
    for (const Node& other : ui.world.nodes) votes += other.kind == NodeKind::Controller ? 1 : 0;
  // Discs: granted, pending, not granted. Diamonds: votes that would be granted, which is all that it asks for (KIP-996).
  if (votes > 0) {
    const auto granted = static_cast<int>(n.votes_from.size()), asked = static_cast<int>(n.votes_asked.size());
    constexpr float kDisc = 15;
    Row discs{head.right(kDisc * static_cast<float>(votes))};
    p.note(discs.rest, "votes");
    for (int i = 0; i < votes; ++i) {
      const Rect at = discs.left(kDisc);
      const bool only_asks = n.voter == VoterState::Prospective;
      if (only_asks && i < granted) p.diamond(at.cx(), at.cy(), 6, c.primary);
      else if (only_asks) p.diamond_line(at.cx(), at.cy(), 6, i < granted + asked ? c.accent : c.muted, 1.5f);
      else if (i < granted) p.circle(at.cx(), at.cy(), 5, c.primary);
      else p.circle_line(at.cx(), at.cy(), 5, i < granted + asked ? c.accent : c.muted, 1.5f);
    }
  }
  p.text(head.rest, n.name, {.em = 15, .color = ink, .bold = true, .foreign = true});
  const bool raft = n.kind == NodeKind::Controller;
  const TextStyle small{.em = 13, .color = soft, .foreign = true};
  std::string sub = !look.quiet ? std::string(ui.tr(state_word(n)))
                    : !raft     ? ensemble_role(ui, n)
                    : log.snapshots.empty()
                        ? raft_state(ui, n) + ", " + ui.tr("ui.member_epoch_is"_w, {{"epoch", std::to_string(n.epoch)}})
                        : raft_state(ui, n) + " " + epoch_text(n.epoch);
  Row below{lines.next({16, 9})};
  below.skip(24);
  below.shorten(-2);
  if (look.quiet && raft && !log.snapshots.empty()) {
    const std::string snapshot =
        ", " + std::string(ui.tr("ui.snapshot_to"_w, {{"offset", std::to_string(log.snapshots.back())}}));
    if (p.width(sub + snapshot, small) <= below.rest.w) sub += snapshot;
  }
  if (two) p.text(below.rest, sub, small);
  const Rect logs = logs_of(r).padded(0, 2);
  for (const LogColumn& column : columns) {
    const std::int64_t have = std::min(column.to, log.log_end_offset) - column.from;
    if (have <= 0) continue;
    const QuorumRecord* found = nullptr;
    for (const QuorumRecord& record : log.tail) {
      if (record.offset == column.from) found = &record;
    }
    if (found == nullptr && !column.fold) continue;
    const Rect cell = column.in(logs);
    const bool committed = column.from + have <= log.high_watermark;
    if (committed) {
      p.fill(cell, column.fold ? c.canvas : c.field, 4);
      p.stroke(cell, column.fold ? c.hair : c.mid, 1, 4);
    } else {
      p.fill(cell, c.canvas, 4);
      p.hatch(cell.grown(-1), c.field, 6);
      p.dashed(cell, c.strong, 1.25f, 4, 3, 4);
    }
    if (column.fold) {
      p.text(cell.grown(-1), ui.tr("ui.no_ops"_w, {{"count", std::to_string(have)}}),
             {.em = 13, .color = c.muted, .align = Align::Middle});
      continue;
    }
    const QuorumRecord& q = *found;
    const LineSize line = tight ? LineSize{15, 13} : LineSize{18, 16};
    Column said{cell.padded(7)};
    Row first{two ? said.next(line) : Line(said.rest), 6};
    p.text(first, head_of(ui, q), {.em = 13, .color = c.secondary, .mono = true, .foreign = true});
    if (two && ui.world.metadata != "zookeeper")
      p.text(first.rest, epoch_text(q.epoch), {.em = 13, .color = c.muted, .mono = true, .align = Align::Right});
    p.text(two ? said.next(line) : first.rest, words_of(ui, q), {.em = 13, .foreign = true});
  }
  p.pop_box();
}

void draw_log_key(Ui& ui, const Line& line) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  Row row{line};
  for (const bool committed : {true, false}) {
    const std::string words = ui.tr(committed ? "ui.key_committed"_w : "ui.key_not_committed"_w);
    if (30 + p.width(words, {.em = 13}) > row.rest.w) return;
    note_legend(ui, row.rest);
    row.gap = 8;
    const Rect cell = Column{row.left(22).padded(0, 2)}.next(15);
    p.fill(cell, committed ? c.field : c.canvas, 3);
    if (committed) {
      p.stroke(cell, c.mid, 1, 3);
    } else {
      p.hatch(cell.grown(-1), c.field, 6);
      p.dashed(cell, c.strong, 1.25f, 4, 3, 3);
    }
    row.gap = 20;
    p.text(row, words, {.em = 13, .color = c.muted});
  }
}

void draw_heading(Ui& ui, const Line& line, std::string_view words) {
  ui.p.text(line, words, {.em = 13, .color = ui.c.secondary, .bold = true});
}

float draw_controller_work(Ui& ui, const Rect& r) {
  const ControllerWork& work = ui.world.work;
  if (work.node < 0 || work.node >= static_cast<int>(ui.world.nodes.size()) || r.h < 56) return r.y;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const bool raft = ui.world.metadata != "zookeeper";
  const std::string& name = ui.world.nodes[static_cast<std::size_t>(work.node)].name;
  Column in{r};
  draw_heading(ui, in.next(kHeading), ui.tr(raft ? "ui.waits_for_commit"_w : "ui.event_queue"_w, {{"node", name}}));
  Row row{in.next({26, 16}), 6};
  if (work.count == 0) p.text(row.rest, ui.tr("ui.nothing_waits"_w), {.em = 13, .color = c.muted});
  std::size_t shown = 0;
  for (const std::string& what : work.waiting) {
    const bool doing = !raft && shown == 0;  // ZooKeeper: one thread processes the first event
    const float w = p.width(what, {.em = 13, .bold = doing}) + 16;
    if (w + 44 > row.rest.w) break;
    const Rect chip = Column{row.left(w)}.next(22);
    p.fill(chip, doing ? c.leader_fill : c.field, 4);
    p.stroke(chip, doing ? c.leader : c.mid, doing ? 1.5f : 1, 4);
    p.text(Row{chip.padded(8)}.rest, what, {.em = 13, .bold = doing, .foreign = true});
    ++shown;
  }
  row.skip(2);
  if (const std::int64_t more = work.count - static_cast<std::int64_t>(shown); more > 0)
    p.text(row.rest, "+" + count_text(more), {.em = 13, .color = c.secondary});
  std::string line;
  const auto add = [&](const std::string& words) { line += (line.empty() ? "" : ", ") + words; };
  if (work.uncommitted > 0) add(ui.tr("ui.not_committed_yet"_w, {{"count", count_text(work.uncommitted)}}));
  if (work.reads > 0) add(ui.tr("ui.answers_to_come"_w, {{"count", count_text(work.reads)}}));
  for (const auto& [broker, queued] : work.orders)
    add(ui.tr("ui.orders_for"_w, {{"broker", "broker-" + std::to_string(broker)}, {"count", count_text(queued)}}));
  if (line.empty() || !in.fits(20)) return in.rest.y;
  p.text(in.next({24, 14}), line, {.em = 13, .color = c.secondary, .foreign = true});
  return in.rest.y;
}

}  // namespace kafkascope::ui
