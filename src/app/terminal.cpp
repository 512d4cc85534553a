#include "app/terminal.h"

#include <algorithm>
#include <vector>

#include "observe/tools/tool.h"
#include "ui/strings.h"
#include "words/message.h"

namespace kafkascope::app {

namespace {

/// A cell is a word with the space after it; a tab advances to the next column divisible by 8, as on a terminal.
std::vector<ui::TerminalCell> cells_of(std::string_view line) {
  std::vector<ui::TerminalCell> cells;
  std::size_t column = 0;
  bool space = true;
  for (const char c : line) {
    const bool blank = c == ' ' || c == '\t';
    if (cells.empty() || (space && !blank)) cells.emplace_back();
    space = blank;
    std::string& text = cells.back().text;
    if (c == '\t') {
      do text += ' ';
      while (++column % 8 != 0);
    } else {
      text += c;
      column += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }
  }
  return cells;
}

std::string word(const ui::TerminalCell& cell) { return cell.text.substr(0, cell.text.find_last_not_of(' ') + 1); }

}  // namespace

void Terminal::show(const cluster::Cluster& cluster, const std::string& command, const std::string& typed) {
  namespace tools = observe::tools;
  const std::pair as_of{cluster.executed(), cluster.digest()};
  const bool same_world = as_of == as_of_;
  if (!same_world || model_.completed != typed || model_.suggestions.empty()) {
    model_.completions = tools::completions(cluster, typed);
    model_.completed = typed;
    model_.suggestions = tools::suggestions(cluster);
  }
  model_.at_us = cluster.now().us;
  if (same_world && model_.command == command) return;
  const bool same_command = model_.command == command;
  as_of_ = as_of;
  model_.command = command;
  model_.refused = {};
  if (command.empty()) {
    model_.lines.clear();
    text_.clear();
    return;
  }
  const tools::Answer answer = tools::ask(cluster, tools::split_command(command));
  model_.status = answer.status;
  if (answer.refused) {
    model_.refused = {words::render(words::Lang::En, *answer.refused), words::render(words::Lang::Ko, *answer.refused)};
    model_.lines.clear();
    text_.clear();
    return;
  }
  std::string text = answer.text();
  if (same_command && text == text_) return;  // the marks stay until the output changes again
  text_ = std::move(text);
  const std::vector<ui::TerminalLine> before = same_command ? std::move(model_.lines) : std::vector<ui::TerminalLine>();
  model_.lines.clear();
  for (const auto& part : answer.parts)
    for (std::size_t from = 0; from < part.text.size();) {
      const std::size_t end = std::min(part.text.find('\n', from), part.text.size());
      // The previous part may end within a line, which this part continues.
      const bool continues = from == 0 && &part != answer.parts.data() && !(&part)[-1].text.ends_with('\n');
      const std::string_view piece = std::string_view(part.text).substr(from, end - from);
      if (continues && !model_.lines.empty()) {
        std::string whole;
        for (const auto& cell : model_.lines.back().cells) whole += cell.text;
        model_.lines.back().cells = cells_of(whole.append(piece));
      } else {
        model_.lines.push_back({cells_of(piece), part.error});
      }
      from = end + 1;
    }
  if (before.empty()) return;
  for (std::size_t i = 0; i < model_.lines.size(); ++i)
    for (std::size_t k = 0; k < model_.lines[i].cells.size(); ++k) {
      ui::TerminalCell& cell = model_.lines[i].cells[k];
      const bool there = i < before.size() && k < before[i].cells.size();
      cell.changed = !there || word(before[i].cells[k]) != word(cell);
    }
}

}  // namespace kafkascope::app
