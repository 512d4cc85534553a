// One ledger per producer, side by side: the responses it got, and the outcome.
#include <algorithm>

#include "ui/panels/ledger_view.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

/// Producers' rows that are shown even when all is well; other rows only if their count is not zero.
bool always(std::string_view word) {
  return word == "acked" || word == "in_doubt" || word == "pending" || word == "lost_acked" || word == "lost_unacked" ||
         word == "duplicated";
}

bool of_groups(std::string_view word) {
  return word == "delivered" || word == "redelivered" || word == "skipped" || word == "before_group" ||
         word == "aborted_visible";
}

std::string acks_of(const Snapshot& world, const std::string& name) {
  for (const Client& client : world.clients) {
    if (client.node < 0 || client.node >= static_cast<int>(world.nodes.size()) ||
        world.nodes[static_cast<std::size_t>(client.node)].name != name || client.acks.empty())
      continue;
    return "acks=" + (client.acks == "-1" ? std::string("all") : client.acks);
  }
  return {};
}

}  // namespace

LedgerTable build_ledger_table(const Snapshot& world, std::size_t most_columns, std::size_t most_rows, bool single) {
  LedgerTable table;
  // In the order of the stage, which is the file's.
  std::vector<std::pair<std::string, const FateCounts*>> producers;
  for (const Node& node : world.nodes) {
    for (const auto& [name, counts] : world.ledger.by_client) {
      if (name == node.name) producers.emplace_back(name, &counts);
    }
  }
  if (producers.size() < 2 && !single) return table;
  if (producers.size() < 2) producers.clear();
  const std::size_t shown = std::min(producers.size(), most_columns - 1);
  table.left_out = producers.size() - shown;
  for (std::size_t i = 0; i < shown; ++i) {
    table.columns.push_back(
        {producers[i].first, acks_of(world, producers[i].first), build_ledger_view(*producers[i].second)});
    table.scale = std::max(table.scale, table.columns.back().rows.scale);
  }
  table.columns.push_back({{}, {}, build_ledger_view(world.ledger.all)});
  const LedgerView& all = table.columns.back().rows;
  auto pick = [&](const std::vector<LedgerRow>& rows, std::vector<std::size_t>& out, bool fixed) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].word == "acked" || rows[i].word == "lost_acked") continue;
      if (fixed ? !always(rows[i].word) || rows[i].count != 0 : rows[i].count == 0) continue;
      if (table.told.size() + table.came.size() < most_rows) out.push_back(i);
    }
  };
  // The most important rows come first; when few fit, the others are left out.
  auto first = [&](const std::vector<LedgerRow>& rows, std::vector<std::size_t>& out, std::string_view word) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].word == word) out.push_back(i);
    }
  };
  first(all.told, table.told, "acked");
  first(all.came, table.came, "lost_acked");
  pick(all.came, table.came, false);
  pick(all.told, table.told, false);
  pick(all.told, table.told, true);
  pick(all.came, table.came, true);
  std::sort(table.told.begin(), table.told.end());
  std::sort(table.came.begin(), table.came.end());
  return table;
}

void draw_ledger_table(Ui& ui, const Rect& r, const LedgerTable& table, float em, bool plain) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const auto rows = static_cast<float>(table.told.size() + table.came.size());
  const float small = plain ? em : std::max(13.f, em - 4), head = em * 1.45f + small * 1.45f,
              between = plain ? 4.f : small * 1.7f;
  const float row_h = std::min(em * 2.1f, (r.h - head - 2 * between - 4) / std::max(1.f, rows));
  float names = 0;
  for (const auto& [list, view] :
       {std::pair{&table.told, &table.columns[0].rows.told}, std::pair{&table.came, &table.columns[0].rows.came}}) {
    for (const std::size_t i : *list)
      names = std::max(names, p.width(ui.tr((*view)[i].name), {.em = em, .bold = true}));
  }
  names = std::min(names + 28, r.w * .34f);
  const auto n = static_cast<float>(table.columns.size());
  const float w = std::min((r.w - names) / n, em * 15);
  auto column_x = [&](std::size_t k) { return r.x + names + w * static_cast<float>(k); };
  for (std::size_t k = 0; k < table.columns.size(); ++k) {
    const LedgerColumn& column = table.columns[k];
    const float right = column_x(k) + w - 12;
    const std::string name = column.name.empty() ? std::string(ui.tr("ui.ledger_all"_w)) : column.name;
    p.text(right, r.y + em * 1.1f, name,
           {.em = em,
            .color = column.name.empty() ? c.secondary : c.primary,
            .bold = true,
            .align = Align::Right,
            .max = w - 24,
            .foreign = true});
    if (!column.acks.empty())
      p.text(right, r.y + em * 1.45f + small, column.acks,
             {.em = small, .color = c.secondary, .align = Align::Right, .max = w - 24, .foreign = true});
    if (k > 0) p.line(column_x(k), r.y + 4, column_x(k), r.bottom() - 4, c.hair);
  }
  if (table.left_out > 0)
    p.text(r.x, r.y + em * 1.1f, ui.tr("ui.more_replicas"_w, {{"count", std::to_string(table.left_out)}}),
           {.em = small, .color = c.muted});
  float y = r.y + head;
  auto block = [&](words::Key title, const std::vector<std::size_t>& list, bool told) {
    if (!plain)
      p.text(r.x, y + small * 1.2f, ui.tr(title), {.em = small, .color = c.secondary, .bold = true, .max = names - 8});
    p.line(r.x, y + between - 1, column_x(table.columns.size()) - 4, y + between - 1, c.hair);
    y += between;
    for (const std::size_t i : list) {
      const LedgerRow& first = (told ? table.columns[0].rows.told : table.columns[0].rows.came)[i];
      const float base = y + row_h / 2 + em * .36f;
      const Rect line{r.x - 6, y, column_x(table.columns.size()) - r.x, row_h - 1};
      bool alarm = false;
      for (const LedgerColumn& column : table.columns)
        alarm = alarm || (first.bad && (told ? column.rows.told : column.rows.came)[i].count > 0);
      if (ui.log.fate == first.word) p.fill(line, c.accent_fill, 4);
      p.text(r.x, base, ui.tr(first.name),
             {.em = em, .color = alarm ? c.danger : c.primary, .bold = alarm, .max = names - 8});
      for (std::size_t k = 0; k < table.columns.size(); ++k) {
        const LedgerColumn& column = table.columns[k];
        if (of_groups(first.word) && !column.name.empty()) continue;  // a group's count, no single producer's
        const LedgerRow& row = (told ? column.rows.told : column.rows.came)[i];
        const Rect cell{column_x(k) + 4, y, w - 8, row_h - 1};
        const Hit hit = ui.hit(make_id(row.word, k), cell);
        const bool bad = row.bad && row.count > 0;
        if (bad) p.fill(cell, c.danger_fill, 4);
        if (hit.hovered || (ui.log.fate == first.word && ui.log.fate_client == column.name))
          p.stroke(cell, c.accent, 2, 4);
        const float count_w = p.text(cell.right() - 8, base, count_text(row.count),
                                     {.em = em,
                                      .color = bad              ? c.danger
                                               : row.count == 0 ? c.muted
                                                                : c.primary,
                                      .bold = row.count > 0,
                                      .align = Align::Right});
        if (bad) p.icon(Icon::Warn, cell.right() - 14 - count_w - em, cell.cy() - em / 2, em, c.danger, em / 8);
        const float room = cell.w - count_w - 36;
        if (!bad && row.count > 0 && !column.name.empty() && room > 24) {
          const float f = static_cast<float>(static_cast<double>(row.count) / static_cast<double>(table.scale));
          draw_ledger_bar(ui, {cell.x + 8, cell.cy() - em * .2f, std::max(4.f, room * f), em * .4f}, row.fate);
        }
        if (hit.clicked) {
          Action a;
          a.kind = ActionKind::SelectFate;
          a.text = std::string(row.word);
          a.target = column.name;
          ui.emit(std::move(a));
        }
      }
      y += row_h;
    }
  };
  block("ui.producer_told"_w, table.told, true);
  block("ui.what_came"_w, table.came, false);
}

}  // namespace kafkascope::ui
