#include "app/selection.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "observe/model/state_document.h"
#include "ui/strings.h"

namespace kafkascope::app {

namespace {

constexpr std::array<std::string_view, 16> kFates = {
    "produced",        "acked",        "failed",    "in_doubt",        "pending",     "lost_acked",
    "lost_unacked",    "duplicated",   "reordered", "delivered",       "redelivered", "skipped",
    "aborted_visible", "before_group", "aborted",   "uncommitted_read"};

// Parts of the state without a panel of their own: of nodes, and of what cannot be selected.
constexpr std::array<std::string_view, 3> kOfNames = {"clients", "nodes", "sent"};
constexpr std::array<std::string_view, 5> kWithoutNames = {"acts", "events", "invariants", "sinks", "time_us"};

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_fate(std::string_view word) { return is_one_of(word, kFates); }

bool is_there(const observe::Snapshot& world, const std::string& name) {
  const auto named = [&](const auto& things) {
    return std::any_of(things.begin(), things.end(), [&](const auto& thing) { return thing.name == name; });
  };
  return named(world.nodes) || named(world.partitions) ||
         std::any_of(world.groups.begin(), world.groups.end(), [&](const auto& g) { return g.id == name; });
}

}  // namespace

Selection parse_selection(const std::string& text) {
  constexpr std::string_view kWhy = "why:";
  if (text.starts_with(kWhy)) {
    Selection asked = parse_selection(text.substr(kWhy.size()));
    asked.why = text.substr(kWhy.size());
    return asked;
  }
  Selection s;
  if (text.empty()) return s;
  if (text.front() != '/') {
    if (is_fate(text)) {
      s.panel = "ledger";
      s.fate = text;
    } else {
      s.thing = text;
    }
    return s;
  }
  const auto path = observe::split_pointer(text);
  if (path.empty()) return s;
  const std::string& kind = path.front();
  if (kind == "ledger") {
    s.panel = "ledger";
    for (const std::string& word : path)
      if (is_fate(word)) s.fate = word;
    if (path.size() > 2) s.thing = path[2];             // the name after by_client or by_group
    if (s.thing.starts_with('@')) s.thing.erase(0, 1);  // a consumer without a group
    return s;
  }
  if (kind == "cluster" || kind == "zookeeper") s.panel = "controller";
  if (kind == "metrics") s.panel = "metrics";
  if (kind == "metrics" && path.size() > 2 && path[1] == "mbeans") s.thing = path[2];
  if (kind == "groups" || kind == "transactions" || kind == "space-time") s.panel = kind;
  if (kind == "partitions" || kind == "topics" || kind == "records") s.panel = "partitions";
  if (s.panel.empty() && !is_one_of(kind, kOfNames)) {
    if (!is_one_of(kind, kWithoutNames)) s.thing = kind;  // there is nothing of that name, see nothing_called()
    return s;
  }
  if (kind == "transactions" || path.size() < 2 || kind == "cluster" || kind == "zookeeper" || kind == "metrics")
    return s;
  s.thing = kind == "topics" ? path[1] + "-0" : path[1];
  if (kind == "records" && path.size() > 2) {
    std::int64_t offset = -1;
    const auto [end, error] = std::from_chars(path[2].data(), path[2].data() + path[2].size(), offset);
    if (error == std::errc() && end == path[2].data() + path[2].size()) {
      s.partition = path[1];
      s.offset = offset;
    }
  }
  return s;
}

std::optional<ui::Words> nothing_called(const Selection& selection, Player& player) {
  const std::string& name = selection.thing;
  if (name.empty() || is_there(player.snapshot(), name) || is_there(player.snapshot(), name + "-0"))
    return std::nullopt;
  return ui::both("app.nothing_called"_w, {{"name", name}});
}

void select(Selection selection, Player& player, ui::Dashboard& dashboard) {
  ui::Action a;
  if (!is_there(player.snapshot(), selection.thing) && is_there(player.snapshot(), selection.thing + "-0"))
    selection.thing += "-0";
  if (!selection.thing.empty()) {
    dashboard.state().selection = selection.thing;
    a.kind = ui::ActionKind::Select;
    a.target = selection.thing;
    player.act(a);
  }
  if (!selection.panel.empty()) dashboard.bring_forward(selection.panel);
  if (!selection.fate.empty()) {
    a = {};
    a.kind = ui::ActionKind::SelectFate;
    a.text = selection.fate;
    player.act(a);
  }
  if (selection.offset >= 0) {
    a = {};
    a.kind = ui::ActionKind::SelectRecord;
    a.target = selection.partition;
    a.number = selection.offset;
    player.act(a);
  }
  if (!selection.why.empty()) {
    a = {};
    a.kind = ui::ActionKind::Why;
    a.text = selection.why;
    player.act(a);
  }
}

}  // namespace kafkascope::app
