// One ledger per producer, side by side: the responses it got, and the outcome; one per group; the sinks beside them.
#include <algorithm>
#include <numeric>

#include "ui/panels/cut_list.h"
#include "ui/panels/ledger_view.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

/// Producers' rows that are shown even when all is well; other rows only if their count is not zero.
bool always(std::string_view word) {
  return word == "acked" || word == "in_doubt" || word == "pending" || word == "lost_acked" || word == "lost_unacked" ||
         word == "duplicated";
}

bool is_of_groups(std::string_view word) {
  return word == "delivered" || word == "redelivered" || word == "skipped" || word == "before_group" ||
         word == "aborted_visible" || word == "uncommitted_read";
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

/// Columns: the table's name, rows, repeated rows, and the sum, if there is one.
struct SinkColumns {
  std::vector<std::string> heads;
  std::vector<std::vector<std::string>> rows;
  std::vector<float> widths;
};

SinkColumns sink_columns(const Ui& ui, const std::vector<SinkCounts>& sinks, float em) {
  SinkColumns out;
  const bool sums = std::any_of(sinks.begin(), sinks.end(), [](const SinkCounts& s) { return s.sum != 0; });
  out.heads = {std::string(ui.tr("ui.sink_table"_w)), std::string(ui.tr("ui.sink_rows"_w)),
               std::string(ui.tr("ui.sink_repeated"_w))};
  if (sums) out.heads.emplace_back(ui.tr("ui.sink_sum"_w));
  for (const SinkCounts& s : sinks) {
    out.rows.push_back({s.name, count_text(s.rows), count_text(s.repeated)});
    if (sums) out.rows.back().push_back(count_text(s.sum));
  }
  for (std::size_t k = 0; k < out.heads.size(); ++k) {
    float w = ui.p.width(out.heads[k], {.em = em});
    for (const auto& row : out.rows) w = std::max(w, ui.p.width(row[k], {.em = em, .bold = true}));
    out.widths.push_back(std::min(w, em * 10) + em * 1.2f);
  }
  return out;
}

/// The type of a table of counts, and what it needs across: for the counts' names, and for each column.
struct TableMeasure {
  bool two_lines;  // in the head: names, and the producers' acks
  float small, names;
  std::vector<float> columns;
};

constexpr float kCellSides = 24;  // beside a count or a column's head

std::string line_below(const Ui& ui, const LedgerColumn& column) {
  return column.group ? std::string(ui.tr("thing.group"_w)) : column.acks;
}

std::string column_head(const Ui& ui, const LedgerColumn& column) {
  return column.all() ? std::string(ui.tr("ui.ledger_all"_w)) : column.name;
}

TableMeasure measure_table(const Ui& ui, const LedgerTable& table, float em, bool plain) {
  constexpr float kAfterName = 28, kLeastColumn = 5.3f;  // in em: for a count with its warning
  TableMeasure out{!plain || std::any_of(table.columns.begin(), table.columns.end(),
                                         [](const LedgerColumn& column) { return !column.acks.empty(); }),
                   plain ? em : std::max(13.f, em - 4),
                   0,
                   {}};
  for (const auto& [list, view] :
       {std::pair{&table.told, &table.columns[0].rows.told}, std::pair{&table.came, &table.columns[0].rows.came}}) {
    for (const std::size_t i : *list)
      out.names = std::max(out.names, ui.p.width(ui.tr(name_of_count(ui, (*view)[i].name)), {.em = em, .bold = true}));
  }
  out.names += kAfterName;
  for (const LedgerColumn& column : table.columns) {
    const float head = ui.p.width(column_head(ui, column), {.em = em, .bold = true}),
                below = out.two_lines ? ui.p.width(line_below(ui, column), {.em = out.small}) : 0;
    out.columns.push_back(std::max(em * kLeastColumn, std::max(head, below) + kCellSides));
  }
  return out;
}

}  // namespace

float ledger_table_width(const Ui& ui, const LedgerTable& table, float em, bool plain) {
  const TableMeasure measure = measure_table(ui, table, em, plain);
  float w = measure.names;
  for (const float column : measure.columns) w += column;
  return w;
}

float sinks_width(const Ui& ui, const std::vector<SinkCounts>& sinks, float em) {
  float w = 0;
  for (const float one : sink_columns(ui, sinks, em).widths) w += one;
  return w;
}

void draw_sinks(Ui& ui, const Rect& r, const std::vector<SinkCounts>& sinks, float em) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const SinkColumns columns = sink_columns(ui, sinks, em);
  const Rect rule = r.padded(-em, 4);
  p.line(rule.x, rule.y, rule.x, rule.bottom(), c.hair);
  p.note(r, "sinks");
  // No record is listed for a count of a table outside Kafka: a click chooses it for W and the button below.
  std::string chosen;
  const auto count = [&](const Rect& cell, const std::string& path) {
    if (value_row(ui, make_id("sink " + path), cell, path).hovered) p.fill(cell, c.hover, 4);
    if (is_chosen_value(ui, path)) chosen = path;
    if (!ui.points_at(path)) return;
    p.ring(cell, 3, 6);
    p.note_point(cell, path);
  };
  const auto put = [&](const Line& line, const std::vector<std::string>& cells, bool head, bool repeated) {
    constexpr std::string_view kFields[] = {"", "rows", "repeated", "sum"};
    Row row{line};
    for (std::size_t k = 0; k < cells.size(); ++k) {
      Line cell = row.left(columns.widths[k]);
      if (k > 0) cell.w -= em * .6f;
      if (!head && k > 0) count(cell.padded(-em * .4f, 1), "/sinks/" + cells[0] + "/" + std::string(kFields[k]));
      const bool bad = !head && k == 2 && repeated;
      p.text(cell, cells[k],
             {.em = em,
              .color = head  ? c.secondary
                       : bad ? c.caution
                             : c.primary,
              .bold = !head,
              .align = k == 0 ? Align::Left : Align::Right,
              .max = columns.widths[k] - em * .5f,
              .foreign = !head && k == 0});
    }
  };
  Column rows{r};
  put(rows.next({em * 1.9f, em * 1.1f}), columns.heads, true, false);
  const std::size_t shown = rows_shown(sinks.size(), rows_in(rows.rest.h, em * 1.6f));
  for (std::size_t i = 0; i < shown; ++i)
    put(rows.next({em * 1.6f, em * 1.1f}), columns.rows[i], false, sinks[i].repeated > 0);
  say_left_out(ui, rows.next({em * 1.6f, em * 1.1f}), sinks.size() - shown, em);
  constexpr float kButton = 26;
  if (!chosen.empty() && rows.rest.h >= kButton) why_button(ui, r.right(), rows.rest.y, chosen);
}

LedgerTable build_ledger_table(const Snapshot& world, std::size_t most_columns, std::size_t most_rows, bool single,
                               const std::vector<std::string_view>& pointed) {
  LedgerTable table;
  const auto has_pointed = [&](std::string_view kind, const std::string& name) {
    const std::string path = std::string(kind) + "/" + name + "/";
    return std::any_of(pointed.begin(), pointed.end(), [&](std::string_view at) { return at.starts_with(path); });
  };
  // Of `all` the first `most`, those with a count that is pointed at before the others, in the order of `all`.
  const auto keep = [&](auto& all, std::size_t most, std::string_view kind) {
    std::vector<std::size_t> order(all.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_partition(order.begin(), order.end(), [&](std::size_t i) { return has_pointed(kind, all[i].first); });
    order.resize(std::min(order.size(), most));
    std::sort(order.begin(), order.end());
    return order;
  };
  // In the order of the stage, which is the order of the file.
  std::vector<std::pair<std::string, const FateCounts*>> producers;
  for (const Node& node : world.nodes) {
    for (const auto& [name, counts] : world.ledger.by_client) {
      if (name == node.name) producers.emplace_back(name, &counts);
    }
  }
  const auto& groups = world.ledger.by_group;
  if (producers.size() < 2 && groups.size() < 2 && world.ledger.sinks.empty() && !single) return table;
  if (producers.size() < 2) producers.clear();
  table.sinks = world.ledger.sinks;
  // Producers and groups each get at least half of the columns, if they need them.
  const std::size_t room = std::max<std::size_t>(most_columns, 2) - 1,
                    of_groups = groups.size() < 2 ? 0 : groups.size();
  const std::size_t first = std::min(producers.size(), std::max(room - std::min(of_groups, room), (room + 1) / 2)),
                    then = std::min(of_groups, room - first);
  table.left_out = producers.size() - first + of_groups - then;
  for (const std::size_t i : keep(producers, first, "by_client"))
    table.columns.push_back(
        {producers[i].first, acks_of(world, producers[i].first), build_ledger_view(*producers[i].second)});
  for (const std::size_t i : keep(groups, then, "by_group"))
    table.columns.push_back({groups[i].first, {}, build_ledger_view(groups[i].second), true});
  for (const LedgerColumn& column : table.columns) table.scale = std::max(table.scale, column.rows.scale);
  table.columns.push_back({{}, {}, build_ledger_view(world.ledger.all)});
  const LedgerView& all = table.columns.back().rows;
  auto pick = [&](const std::vector<LedgerRow>& rows, std::vector<std::size_t>& out, bool fixed, bool bad = false) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (std::find(out.begin(), out.end(), i) != out.end() || (bad && !rows[i].bad)) continue;
      if (fixed ? !always(rows[i].word) || rows[i].count != 0 : rows[i].count == 0) continue;
      if (table.told.size() + table.came.size() < most_rows) out.push_back(i);
    }
  };
  // The most important rows come first; when few fit, the others are left out.
  auto put = [&](const std::vector<LedgerRow>& rows, std::vector<std::size_t>& out, std::string_view word) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (rows[i].word == word && std::find(out.begin(), out.end(), i) == out.end()) out.push_back(i);
    }
  };
  const auto word_of = [](std::string_view path) { return path.substr(path.find_last_of('/') + 1); };
  for (const std::string_view at : pointed)
    put(all.told, table.told, word_of(at)), put(all.came, table.came, word_of(at));
  const auto fits = [&] { return table.told.size() + table.came.size() < most_rows; };
  if (fits()) put(all.told, table.told, "acked");
  if (fits()) put(all.came, table.came, "lost_acked");
  pick(all.came, table.came, false, true);
  pick(all.came, table.came, false);
  pick(all.told, table.told, false);
  pick(all.told, table.told, true);
  pick(all.came, table.came, true);
  const auto wanted = [&](const std::vector<LedgerRow>& rows) {
    return static_cast<std::size_t>(std::count_if(rows.begin(), rows.end(), [&](const LedgerRow& row) {
      return row.count != 0 || always(row.word) ||
             std::any_of(pointed.begin(), pointed.end(), [&](std::string_view at) { return word_of(at) == row.word; });
    }));
  };
  table.rows_left_out = wanted(all.told) + wanted(all.came) - table.told.size() - table.came.size();
  std::sort(table.told.begin(), table.told.end());
  std::sort(table.came.begin(), table.came.end());
  return table;
}

void draw_ledger_table(Ui& ui, const Rect& r, const LedgerTable& table, float em, bool plain) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const auto rows = static_cast<float>(table.told.size() + table.came.size());
  const TableMeasure measure = measure_table(ui, table, em, plain);
  const float small = measure.small, between = plain ? 4.f : small * 1.7f;
  Column body{r};
  const Line names_line = body.next({em * 1.45f, em * 1.1f});
  const Line below_names = measure.two_lines ? body.next({small * 1.45f, small}) : Line();
  const float row_h = std::min(em * 2.1f, (body.rest.h - 2 * between - 4) / std::max(1.f, rows));
  const float names = std::min(measure.names, r.w * .34f);
  const auto n = static_cast<float>(table.columns.size());
  // The sinks are at the right, if the columns leave enough room.
  const float sinks = table.sinks.empty() ? 0 : sinks_width(ui, table.sinks, em) + em * 2;
  const bool beside = sinks > 0 && r.w - names - sinks >= n * em * 5;
  const std::vector<float> widths =
      shared_widths(measure.columns, std::min(r.w - names - (beside ? sinks : 0), n * em * 15));
  // Bars only if there is room for the longest one beside its count.
  float widest = 0;
  for (const LedgerColumn& column : table.columns)
    for (const auto* counts : {&column.rows.told, &column.rows.came})
      for (const LedgerRow& row : *counts)
        if (!column.all()) widest = std::max(widest, p.width(count_text(row.count), {.em = em, .bold = true}));
  constexpr float kAroundBar = 44;
  const bool bars = *std::min_element(widths.begin(), widths.end()) - kCellSides - widest > kAroundBar;
  std::vector<float> column_x{r.x + names};
  for (const float w : widths) column_x.push_back(column_x.back() + w);
  const float end = column_x.back();
  std::vector<std::string> heads;
  for (const LedgerColumn& column : table.columns)
    if (!column.name.empty()) heads.push_back(column.name);
  const Rect rule = r.padded(0, 4);
  for (std::size_t k = 0; k < table.columns.size(); ++k) {
    const LedgerColumn& column = table.columns[k];
    const auto cell = [&](const Line& line) {
      return Line(Rect{column_x[k], line.y, widths[k], line.h}.padded(kCellSides / 2), line.base);
    };
    p.text(cell(names_line), column_head(ui, column),
           {.em = em,
            .color = column.all() ? c.secondary : c.primary,
            .bold = true,
            .align = Align::Right,
            .foreign = true,
            .among = heads});
    if (const std::string below = line_below(ui, column); measure.two_lines && !below.empty())
      p.text(cell(below_names), below, {.em = small, .color = c.secondary, .align = Align::Right, .foreign = true});
    if (k > 0) p.line(column_x[k], rule.y, column_x[k], rule.bottom(), c.hair);
  }
  if (table.rows_left_out > 0)
    say_left_out(ui, Row{measure.two_lines ? below_names : names_line}.left(names), table.rows_left_out, small);
  if (table.left_out > 0 && (measure.two_lines || table.rows_left_out == 0))
    p.text(names_line, ui.tr("ui.more_replicas"_w, {{"count", std::to_string(table.left_out)}}),
           {.em = small, .color = c.muted});
  auto block = [&](words::Key title, const std::vector<std::size_t>& list, bool told) {
    const Line head = body.next({between, small * 1.2f});
    if (!plain) p.text(Row{head}.left(names - 8), ui.tr(title), {.em = small, .color = c.secondary, .bold = true});
    p.line(r.x, head.bottom() - 1, end - 4, head.bottom() - 1, c.hair);
    for (const std::size_t i : list) {
      const LedgerRow& first = (told ? table.columns[0].rows.told : table.columns[0].rows.came)[i];
      const Line place = body.next(row_h);
      const Rect line{r.x - 6, place.y, end - r.x, row_h - 1};
      bool alarm = false;
      for (const LedgerColumn& column : table.columns)
        alarm = alarm || (first.bad && (told ? column.rows.told : column.rows.came)[i].count > 0);
      if (ui.log.fate == first.word) p.fill(line, c.accent_fill, 4);
      p.text(Row{place}.left(names - 8), ui.tr(name_of_count(ui, first.name)),
             {.em = em, .color = alarm ? c.danger : c.primary, .bold = alarm});
      for (std::size_t k = 0; k < table.columns.size(); ++k) {
        const LedgerColumn& column = table.columns[k];
        if (!column.all() && is_of_groups(first.word) != column.group) continue;
        const LedgerRow& row = (told ? column.rows.told : column.rows.came)[i];
        const Rect cell = Rect{column_x[k], place.y, widths[k], line.h}.padded(4);
        const Hit hit = ui.hit(make_id(row.word, k), cell);
        const bool bad = row.bad && row.count > 0;
        if (bad) p.fill(cell, c.danger_fill, 4);
        if (hit.hovered ||
            (ui.log.fate == first.word && (column.group ? ui.log.fate_group : ui.log.fate_client) == column.name &&
             (column.all() ? ui.log.fate_group.empty() : true)))
          p.stroke(cell, c.accent, 2, 4);
        Row in{Line(cell.padded(8), place.baseline(em)), bad ? 6.f : 20.f};
        p.text(in, count_text(row.count),
               {.em = em,
                .color = bad              ? c.danger
                         : row.count == 0 ? c.muted
                                          : c.primary,
                .bold = row.count > 0,
                .align = Align::Right});
        if (bad) p.icon(Icon::Warn, in.right(em), c.danger, em / 8);
        else if (row.count > 0 && !column.name.empty() && bars) {
          const float f = static_cast<float>(static_cast<double>(row.count) / static_cast<double>(table.scale));
          draw_ledger_bar(ui, Row{in.rest.middle(em * .4f)}.left(std::max(4.f, in.rest.w * f)), row.fate);
        }
        if (column.all()) ring_ledger_total(ui, cell.grown(1), row.word);
        else
          ring_ledger_count(ui, cell.grown(1), (column.group ? "by_group/" : "by_client/") + column.name + "/",
                            row.word);
        if (hit.clicked) {
          ui.st.fate_wall = ui.wall;
          Action a;
          a.kind = ActionKind::SelectFate;
          a.text = std::string(row.word);
          (column.group ? a.other : a.target) = column.name;
          ui.emit(std::move(a));
        }
      }
    }
  };
  block("ui.producer_told"_w, table.told, true);
  block("ui.what_came"_w, table.came, false);
  if (beside) draw_sinks(ui, Rect{end, r.y, sinks, r.h}.padded(em), table.sinks, em);
}

}  // namespace kafkascope::ui
