// How full the brokers' disks are, for a projector, while one of them is full or fails.
#include <algorithm>

#include "ui/box.h"
#include "ui/panels/presenter.h"
#include "ui/stage/cards.h"
#include "ui/strings.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

constexpr std::int64_t kNearlyFull = 90;  // percent

struct DiskUse {
  std::int64_t used = 0, capacity = 0;
  bool failed = false;
  std::int64_t percent() const { return capacity > 0 ? std::min<std::int64_t>(100, used * 100 / capacity) : 0; }
};

DiskUse use_of(const Node& node) {
  DiskUse use;
  for (const LogDir& dir : node.dirs) {
    if (dir.capacity_bytes <= 0) continue;
    use.used += dir.used_bytes;
    use.capacity += dir.capacity_bytes;
    use.failed = use.failed || !dir.online || dir.failing;
  }
  return use;
}

/// The brokers whose disks are limited.
std::vector<const Node*> limited(const Ui& ui) {
  std::vector<const Node*> all;
  for (const Node& node : ui.world.nodes)
    if (node.kind == NodeKind::Broker && use_of(node).capacity > 0) all.push_back(&node);
  return all;
}

}  // namespace

bool disks_matter(const Ui& ui) {
  const std::vector<const Node*> all = limited(ui);
  // A step that looks into a broker with a limited disk, or a disk that is nearly full.
  if (ui.lesson.view.shows("inspector") &&
      std::any_of(all.begin(), all.end(), [&](const Node* node) { return node->name == ui.lesson.view.select; }))
    return true;
  return std::any_of(all.begin(), all.end(), [](const Node* node) { return use_of(*node).percent() >= kNearlyFull; });
}

void draw_presenter_disks(Ui& ui, const Rect& r, const PresenterSizes& s) {
  constexpr std::size_t kMost = 4;
  std::vector<const Node*> shown = limited(ui);
  std::stable_sort(shown.begin(), shown.end(),
                   [](const Node* a, const Node* b) { return use_of(*a).percent() / 10 > use_of(*b).percent() / 10; });
  if (shown.size() > kMost) shown.resize(kMost);
  std::sort(shown.begin(), shown.end(), [](const Node* a, const Node* b) { return a->id < b->id; });
  if (shown.empty()) return;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float column = r.w / static_cast<float>(shown.size());
  Row columns{r};
  for (const Node* node : shown) {
    const DiskUse use = use_of(*node);
    const bool full = use.percent() >= kNearlyFull;
    Column body{Row{columns.left(column)}.left(column - s.margin), s.gap / 3};
    Row line{body.next(s.narration)};
    const float named = p.text(line.rest, node->name, {.em = s.text, .bold = true, .max = column / 2, .foreign = true});
    const std::string bytes = bytes_text(use.used) + " / " + bytes_text(use.capacity),
                      percent = std::to_string(use.percent()) + " %";
    const TextStyle number{.em = s.text, .color = full ? c.danger : c.secondary, .bold = full, .align = Align::Right};
    line.skip(named + s.text);
    p.text(line.rest, p.width(bytes, number) <= line.rest.w ? bytes : percent, number);
    const Rect bar = body.next(s.text);
    p.fill(bar, c.field, 4);
    p.fill(Row{bar}.left(bar.w / 100 * static_cast<float>(use.percent())), full ? c.danger_solid : c.strong, 4);
    p.stroke(bar, full ? c.danger : c.strong, s.stroke, 4);
    p.note(bar, "disk bar");
  }
}

}  // namespace kafkascope::ui
