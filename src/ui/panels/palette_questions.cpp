// The command palette's questions: words of everyday life lead to Why?.
#include "ui/panels/palette_items.h"
#include "ui/strings.h"

namespace kafkascope::ui {

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
}

}  // namespace kafkascope::ui
