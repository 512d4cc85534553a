// The terminal: a command of Kafka's own tools, and what it prints at the playhead's moment.
#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "ui/panels/panels.h"

namespace kafkascope::ui {

namespace {

constexpr std::size_t kMostKept = 50;  // commands in the history

/// The program puts a text into the field. A new generation makes it a new field for ImGui, which would otherwise keep
/// the typed text.
void put(State& st, std::string text) {
  st.tool.text = std::move(text);
  ++st.tool.generation;
  st.tool.grab = true;
}

void ask(State& st, const std::string& command) {
  st.tool.command = command;
  st.tool.scroll = st.tool.scroll_x = 0;
  auto& history = st.tool.history;
  std::erase(history, command);
  if (!command.empty()) history.push_back(command);
  if (history.size() > kMostKept) history.erase(history.begin());
  st.tool.row = static_cast<int>(history.size());
}

std::string output_text(const TerminalModel& model) {
  std::string text = "$ " + model.command + "\n";
  for (const TerminalLine& line : model.lines) {
    std::string row;
    for (const TerminalCell& cell : line.cells) row += cell.text;
    text += row.substr(0, row.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

/// The text with its last, unfinished word replaced.
std::string completed(const std::string& text, const std::string& word) {
  const std::size_t begin = text.find_last_of(' ');
  return text.substr(0, begin == std::string::npos ? 0 : begin + 1) + word + " ";
}

/// The possible next names, to click or to take with Tab.
void draw_completions(Ui& ui, const Rect& r) {
  const TerminalModel& model = ui.log.terminal;
  Row row{r, 6};
  for (std::size_t i = 0; i < model.completions.size(); ++i) {
    const std::string& word = model.completions[i];
    const TextStyle style{.em = 13, .mono = true, .foreign = true};
    const float w = ui.p.width(word, style) + 18;
    if (w > row.rest.w - 40) {
      row.skip(4);
      ui.p.text(row.rest, "…", {.em = 13, .color = ui.c.muted});
      break;
    }
    const Rect chip = row.left(w);
    const Hit hit = ui.hit(make_id("tool word", i), chip);
    ui.p.fill(chip, hit.hovered ? ui.c.hover : i == 0 ? ui.c.accent_fill : ui.c.field, 5);
    const Rect words = chip.padded(9);
    ui.p.text(words, word, style);
    if (hit.clicked) put(ui.st, completed(ui.st.tool.text, word));
  }
}

void draw_suggestions(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const auto [head, body] = in_column(r, {fixed(54), weight()});
  Column titles{head.padded(16)};
  p.text(titles.next({30, 22}), ui.tr("ui.tool_empty"_w), {.em = 15, .bold = true});
  p.text(titles.next({24, 12}), ui.tr("ui.tool_empty_sub"_w), {.em = 13, .color = ui.c.secondary});
  constexpr float kRow = 28;
  std::vector<std::string> rows(ui.st.tool.history.rbegin(), ui.st.tool.history.rend());
  for (const std::string& s : ui.log.terminal.suggestions)
    if (std::find(rows.begin(), rows.end(), s) == rows.end()) rows.push_back(s);
  const std::size_t columns = r.w > 1000 ? 2 : 1, per_column = (rows.size() + columns - 1) / columns;
  const float content = kRow * static_cast<float>(per_column);
  scroll(ui, body, content, ui.st.tool.scroll);
  p.push_box(body, "tool suggestions", true);
  Row across{body.padded(8)};
  const float column_w = across.rest.w / static_cast<float>(columns);
  Column in;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i % per_column == 0) {
      Row column{across.left(column_w)};
      column.shorten(8);
      in = {column.rest, 2};
      in.skip(-ui.st.tool.scroll);
    }
    const Rect row = in.next(kRow - in.gap);
    if (!p.in_sight(row)) continue;
    const Hit hit = ui.hit(make_id("tool suggestion", i), row);
    if (hit.hovered) p.fill(row, ui.c.hover, 5);
    Row cells{row.padded(8)};
    p.text(cells.left(16), "$", {.em = 13, .color = ui.c.accent, .mono = true});
    p.text(cells.rest, rows[i],
           {.em = 13, .color = hit.hovered ? ui.c.primary : ui.c.secondary, .mono = true, .foreign = true});
    if (hit.clicked) {
      put(ui.st, rows[i]);
      ask(ui.st, rows[i]);
    }
  }
  p.pop_box();
  scroll_bar(ui, body, content, ui.st.tool.scroll);
}

void draw_output(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const TerminalModel& model = ui.log.terminal;
  State::Tool& st = ui.st.tool;
  const float em = ui.big() ? 15.f : 13.f, row_h = em * 1.5f;
  const float column = p.width("0", {.em = em, .mono = true});
  std::size_t widest = 0;
  for (const TerminalLine& line : model.lines) {
    std::size_t width = 0;
    for (const TerminalCell& cell : line.cells) width += cell.text.size();
    widest = std::max(widest, width);
  }
  const bool over = p.to_window(r).contains(ui.in.x, ui.in.y);
  if (over && (ui.in.pan_x != 0 || (ui.in.shift && ui.in.wheel != 0)))
    st.scroll_x -= ui.in.pan_x + (ui.in.shift ? ui.in.wheel * kScrollStep : 0);
  const float across = static_cast<float>(widest) * column + 32;
  st.scroll_x = std::clamp(st.scroll_x, 0.f, std::max(0.f, across - r.w));
  if (!ui.in.shift) scroll(ui, r, row_h * static_cast<float>(model.lines.size()) + 8, st.scroll);
  p.push_box(r, "terminal output", true);
  for (std::size_t i = static_cast<std::size_t>(st.scroll / row_h); i < model.lines.size(); ++i) {
    const float y = r.y + 4 + static_cast<float>(i) * row_h - st.scroll;
    if (y > r.bottom()) break;
    if (!p.in_sight({r.x, y, r.w, row_h})) continue;
    float x = r.x + 16 - st.scroll_x;
    for (const TerminalCell& cell : model.lines[i].cells) {
      const std::size_t used = cell.text.find_last_not_of(' ') + 1;
      const std::string word = cell.text.substr(0, used);
      if (cell.changed && used > 0) {
        const float w = static_cast<float>(used) * column;
        p.fill({x - 2, y, w + 4, row_h - 1}, c.accent_fill, 3);
        p.fill({x, y + row_h - 3, w, 2}, c.accent);
        p.note({x, y, w, row_h}, "changed cell");
      }
      if (used > 0)
        p.text(x, y + em * 1.1f, word,
               {.em = em,
                .color = model.lines[i].error ? c.caution : c.primary,
                .bold = cell.changed,
                .mono = true,
                .foreign = true});
      x += static_cast<float>(cell.text.size()) * column;
    }
  }
  p.pop_box();
  scroll_bar(ui, r, row_h * static_cast<float>(model.lines.size()) + 8, st.scroll);
  if (across - r.w <= 1) return;
  // Lines go on to the right.
  const Rect bar{r.x + r.w * st.scroll_x / across, r.bottom() - 4, r.w * r.w / across, 3};
  p.fill(bar, c.strong, 1.5f);
  p.note(bar, "scroll bar across");
}

}  // namespace

void take_tool_key(State& st, int key, const std::vector<std::string>& completions) {
  const auto& history = st.tool.history;
  if (key == kKeyTab && !completions.empty()) put(st, completed(st.tool.text, completions.front()));
  if ((key != kKeyUp && key != kKeyDown) || history.empty()) return;
  st.tool.row = std::clamp(st.tool.row + (key == kKeyUp ? -1 : 1), 0, static_cast<int>(history.size()));
  put(st,
      st.tool.row < static_cast<int>(history.size()) ? history[static_cast<std::size_t>(st.tool.row)] : std::string());
}

void draw_terminal_panel(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const TerminalModel& model = ui.log.terminal;
  State::Tool& st = ui.st.tool;
  if (st.of_lesson != ui.lesson.view.tool) {
    st.of_lesson = ui.lesson.view.tool;
    if (!st.of_lesson.empty()) {
      put(ui.st, st.of_lesson);
      st.grab = false;  // the keyboard stays with the lesson
      ask(ui.st, st.of_lesson);
    }
  }
  p.fill(r, c.canvas);
  ui.hit(make_id("terminal"), r);
  const std::string copy = ui.tr("ui.tool_copy"_w);
  const float copy_w = p.width(copy, {.em = 13}) + 28;
  Column in{r};
  Row head{in.next({36, 22}), 16};
  head.skip(16);
  p.text(head, ui.tr("ui.terminal"_w), {.em = 13, .color = c.secondary, .bold = true});
  head.rest = Line(Column{head.rest}.next(34), r.y + 22.5f);
  p.text(head.rest, "$", {.em = 15, .color = c.accent, .bold = true, .mono = true});
  head.skip(16);
  head.gap = 12;
  const Rect field = head.left(std::max(160.f, head.rest.w - copy_w - 32)).middle(28);
  const std::string id = "##tool" + std::to_string(st.generation);
  const bool grab = st.grab, was_typing = ui.st.typing;
  const bool enter = text_field(ui, id.c_str(), field, st.text, ui.tr("ui.tool_hint"_w), 0, grab);
  ui.hit(make_id("tool field"), field);
  const bool active = ImGui::IsItemActive();
  if (active) st.grab = false;
  // Keys pressed in the frames before the field gets the keyboard already belong to the field.
  ui.st.typing = was_typing || active || st.grab;
  st.typing = active || st.grab;
  if (enter) {
    ask(ui.st, st.text.substr(0, st.text.find_last_not_of(' ') + 1));
    st.grab = true;
    ui.st.typing = st.typing = true;
  }
  if (!model.lines.empty() && button(ui, make_id("tool copy"), head.left(copy_w).middle(28), copy))
    ui.emit_text(ActionKind::CopyText, output_text(model));
  Action show;  // in every frame that shows the terminal
  show.kind = ActionKind::AskTool;
  show.text = st.command;
  show.other = st.text;
  ui.emit(std::move(show));
  // A press on one of the words takes the keyboard from the field.
  st.offers = (st.typing || (st.offers && (ui.in.down || ui.in.released))) && !model.completions.empty() &&
              st.text != st.command;
  if (st.offers) {
    const Rect words = in.next(24).padded(16);
    draw_completions(ui, words);
    in.skip(4);
  } else if (!model.command.empty() && r.h > 150) {
    // The presenter sees the keys; the audience's brief form has none.
    const words::Key form = ui.st.layout == Layout::Presenter ? "ui.tool_at_brief"_w : "ui.tool_at"_w;
    Row told{in.next({24, 15})};
    told.skip(16);
    const bool changed = std::any_of(model.lines.begin(), model.lines.end(), [](const TerminalLine& line) {
      return std::any_of(line.cells.begin(), line.cells.end(), [](const TerminalCell& cell) { return cell.changed; });
    });
    p.text(told.rest, ui.tr(form, {{"at", clock_text(model.at_us)}, {"changed", changed ? "1" : ""}}),
           {.em = 13, .color = c.muted});
  }
  const Rect body = in_column(in.rest, {weight(), fixed(2)})[0];
  if (st.command.empty()) return draw_suggestions(ui, body);
  if (!model.refused.empty()) {
    Row row{body.padded(16, 5), 8};
    p.icon(Icon::Refused, Column{row.left(18)}.next(18), c.caution, 2);
    Column lines{row.rest};
    lines.rest.w -= 2;
    p.paragraph(lines, ui.pick(model.refused), {.em = 15, .foreign = true}, {21, 14});
    return;
  }
  if (model.lines.empty() && model.command == st.command)
    return empty_state(ui, body, Icon::Check, "ui.tool_no_output"_w, "ui.tool_no_output_sub"_w);
  draw_output(ui, body);
}

}  // namespace kafkascope::ui
