// The command palette's questions: words of everyday life lead to Why?. And its panels.
#include <algorithm>

#include "ui/panels/palette_items.h"
#include "ui/panels/panels.h"
#include "ui/strings.h"

namespace kafkascope::ui {

namespace {

/// The partition that a question without a name is about: the selected one, else the step's, else the first; "": none.
std::string partition_meant(const Ui& ui) {
  const auto& all = ui.world.partitions;
  for (const std::string& name : {ui.st.selection, ui.lesson.view.select})
    if (std::any_of(all.begin(), all.end(), [&](const observe::Partition& part) { return part.name == name; }))
      return name;
  return all.empty() ? std::string() : all.front().name;
}

}  // namespace

void add_questions(const Ui& ui, std::vector<PaletteItem>& all) {
  const auto ask = [&](words::Key words, words::Key also) -> PaletteItem& {
    PaletteItem item;
    item.words = ui.tr(words);
    item.alias = tr(ui.other_language(), words);  // what follows is searched only
    for (const Lang lang : {Lang::En, Lang::Ko}) item.alias += '\n' + std::string(tr(lang, also));
    item.kind = "ui.palette_question"_w;
    item.icon = Icon::Help;
    all.push_back(std::move(item));
    return all.back();
  };
  const observe::FateCounts& counts = ui.world.ledger.all;
  PaletteItem& lost = ask("ui.find_why_lost"_w, "ui.find_why_lost_also"_w);
  lost.action.kind = ActionKind::Why;
  lost.action.text = counts.lost_acked == 0 && counts.lost_unacked > 0 ? "/ledger/lost_unacked" : "/ledger/lost_acked";
  lost.note = ui.tr("ui.records"_w, {{"count", count_text(counts.lost_acked + counts.lost_unacked)}});
  PaletteItem& stuck = ask("ui.find_why_stuck"_w, "ui.find_why_stuck_also"_w);
  stuck.own = 13;
  stuck.key = ui.keys_here("w");
  const std::string partition = partition_meant(ui);
  if (partition.empty()) return;
  PaletteItem& watermark = ask("ui.find_why_hw"_w, "ui.find_why_hw_also"_w);
  watermark.note = partition;
  watermark.action.kind = ActionKind::Why;
  watermark.action.text = "/partitions/" + partition + "/high_watermark";
}

void add_panels(const Ui& ui, std::vector<PaletteItem>& all) {
  for (int i = 0; i < kTabs && ui.st.layout != Layout::Presenter; ++i) {
    const auto tab = static_cast<Tab>(i);
    if (!ui.has(tab)) continue;
    const words::Key name = tab_name(tab, ui.world.metadata == "zookeeper");
    PaletteItem item;
    item.words = ui.tr(name);
    item.alias = tr(ui.other_language(), name);
    item.names = '\n' + item.words + '\n' + item.alias + '\n';
    item.kind = "thing.panel"_w;
    item.icon = Icon::Eye;
    if (digit_of(tab) >= 0) item.key = std::to_string(digit_of(tab));
    item.own = 24;
    item.action.number = i;
    all.push_back(std::move(item));
  }
}

}  // namespace kafkascope::ui
