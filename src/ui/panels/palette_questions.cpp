// The command palette's questions: words of everyday life lead to Why?. Its panels, and the worlds beside this one.
#include <algorithm>

#include "ui/panels/lessons_list.h"
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

namespace {
/// What the other metadata mode is called for short, as a line; KRaft has no such name.
const char* short_name_of_other_mode(const Ui& ui) { return ui.world.metadata == "zookeeper" ? "\n" : "\nzk\n"; }

/// In both languages and for short, a line each.
std::string names_of_other_mode(const Ui& ui) {
  std::string names = short_name_of_other_mode(ui);
  for (const Lang lang : {Lang::En, Lang::Ko})
    names +=
        std::string(tr(lang, ui.world.metadata == "zookeeper" ? "glossary.kraft"_w : "glossary.zookeeper"_w)) + '\n';
  return names;
}

/// "acks-1 has acks=1", for each producer: leads to it.
void add_producers_by_acks(const Ui& ui, std::vector<PaletteItem>& all) {
  for (const observe::Client& client : ui.world.clients) {
    if (client.acks.empty() || client.node < 0) continue;
    const observe::Node& node = ui.world.nodes[static_cast<std::size_t>(client.node)];
    if (node.removed) continue;
    PaletteItem item;
    const auto words = [&](Lang lang) {
      return tr(lang, "ui.find_has_value"_w,
                {{"target", node.name}, {"setting", "acks=" + (client.acks == "-1" ? "all" : client.acks)}});
    };
    item.words = words(ui.st.lang);
    item.alias = words(ui.other_language());
    item.kind = "thing.node"_w;
    item.icon = node_icon(node.kind);
    item.action.kind = ActionKind::Select;
    item.action.target = node.name;
    all.push_back(std::move(item));
  }
}
}  // namespace

void add_twins(const Ui& ui, std::vector<PaletteItem>& all) {
  const auto offer = [&](const Words& what, const char* door) -> Action& {
    PaletteItem item;
    item.words = ui.tr("ui.twin_with"_w, {{"what", ui.pick(what)}});
    item.alias = tr(ui.other_language(), "ui.twin_with"_w, {{"what", pick(ui.other_language(), what)}});
    for (const Lang lang : {Lang::En, Lang::Ko}) item.alias += '\n' + std::string(tr(lang, "ui.find_what_if"_w));
    item.icon = Icon::Branch;
    item.action.kind = ActionKind::OpenTwin;
    item.action.verb = door;
    all.push_back(std::move(item));
    return all.back().action;
  };
  for (std::size_t i = 0; i < ui.lesson.variants.size(); ++i)
    if (ui.lesson.variants[i].id != ui.lesson.variant_id)
      offer(ui.lesson.variants[i].title, "variant").other = ui.lesson.variants[i].id;
  for (std::size_t i = 0; i < ui.lesson.tries.size(); ++i)
    offer(ui.lesson.tries[i].text, "try").number = static_cast<std::int64_t>(i);
  const auto first = static_cast<std::ptrdiff_t>(all.size());
  add_producers_by_acks(ui, all);
  static const std::vector<TwinOffer> kNone;
  for (const TwinOffer& one : ui.lesson.twin_offers ? *ui.lesson.twin_offers : kNone) {
    Action& a = offer(
        one.key.empty() ? one.what : both("ui.find_other_value"_w, {{"setting", one.key}, {"target", one.target}}),
        one.door.c_str());
    if (one.door == "mode") {  // found by the other mode's name alone
      all.back().early = true;
      all.back().names = names_of_other_mode(ui);
      all.back().alias += all.back().names;
    }
    a.target = one.target;
    a.text = one.key;
    a.time_us = one.at_us;
    a.number = one.number;
    if (one.key != "acks" && one.key != "enable.idempotence") continue;
    // Settings with few values: one entry per value, as a user would type it.
    const bool acks = one.key == "acks";
    const std::vector<const char*> values =
        acks ? std::vector<const char*>{"0", "1", "all"} : std::vector<const char*>{"false", "true"};
    for (const char* value : values) {
      // the target has this value already
      if (value == one.now || (acks && one.now == "-1" && value == std::string_view("all"))) continue;
      const std::string setting = one.key + "=" + value;
      Action& with = offer(both("ui.find_value"_w, {{"setting", setting}, {"target", one.target}}), one.door.c_str());
      with.target = one.target;
      with.text = one.key;
      with.other = value;
      for (const Lang lang : {Lang::En, Lang::Ko})
        all.back().alias += '\n' + tr(lang, "ui.find_with_value"_w, {{"setting", setting}});
    }
  }
  // What is selected is meant first, then what has the value.
  const std::string meant = ui.st.selection.empty() ? ui.lesson.view.select : ui.st.selection;
  std::stable_sort(all.begin() + first, all.end(), [&](const PaletteItem& a, const PaletteItem& b) {
    const auto rank = [&](const PaletteItem& item) {
      return item.action.target == meant ? 0 : item.action.kind == ActionKind::Select ? 1 : 2;
    };
    return rank(a) < rank(b);
  });
  for (const Branch& run : ui.time.branches)
    if (!run.current) offer(run.name, "run").number = run.id;
  offer(both("ui.twin_seed"_w), "seed");
  if (const LessonRow shown = lesson_of_other_mode(ui); shown.lesson != nullptr) {
    const Words words = words_of_other_mode(ui, shown);
    PaletteItem item;
    item.words = ui.pick(words);
    item.alias = pick(ui.other_language(), words) + short_name_of_other_mode(ui);
    item.icon = Icon::Branch;
    item.action = opens_other_mode(ui, shown);
    item.early = true;
    all.push_back(std::move(item));
  }
  if (!ui.lesson.twin.open) return;
  PaletteItem close;
  close.words = ui.tr("ui.twin_close_both"_w);
  close.alias = tr(ui.other_language(), "ui.twin_close_both"_w);
  close.icon = Icon::Branch;
  close.key = "Esc";
  close.action.kind = ActionKind::CloseTwin;
  all.push_back(std::move(close));
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
