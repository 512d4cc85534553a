#include <imgui.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <utility>

#include "observe/why/origins.h"
#include "observe/why/said_of_term.h"
#include "ui/glossary.h"
#include "ui/panels/act_forms.h"
#include "ui/panels/dividers.h"
#include "ui/panels/lessons_list.h"
#include "ui/panels/menu_items.h"
#include "ui/panels/new_cluster.h"
#include "ui/panels/origin_card.h"
#include "ui/panels/palette_items.h"
#include "ui/panels/palette_row.h"
#include "ui/panels/panels.h"
#include "ui/panels/two_worlds.h"
#include "ui/stage/ensemble.h"
#include "words/glossary.h"
#include "words/lower_case.h"

namespace kafkascope::ui {

namespace {

constexpr float kPanelStep = .08f;  // of the window's height

/// The language that is not shown: its words are found as well.
Lang other_language(const Ui& ui) { return ui.st.lang == Lang::Ko ? Lang::En : Lang::Ko; }

/// A phrase for an act that creates something, as people type it: "new topic".
std::string creating(const MenuItem& deed) {
  const std::string& verb = deed.action.verb;
  words::Key thing;
  if (verb == "create_topic") thing = "ui.find_new_topic"_w;
  if (verb == "add_client") thing = "ui.find_new_client"_w;
  if (verb == "add_broker") thing = "ui.find_new_broker"_w;
  if (verb == "add_partitions") thing = "ui.find_new_partition"_w;
  return thing.empty() ? std::string() : std::string(tr(Lang::En, thing)) + '\n' + tr(Lang::Ko, thing) + '\n';
}

/// Words of the list of keys, which has no capitals, as all entries are written.
std::string with_capital(std::string words) {
  if (!words.empty() && words[0] >= 'a' && words[0] <= 'z') words[0] = static_cast<char>(words[0] - 'a' + 'A');
  return words;
}

void add_acts(const Ui& ui, std::vector<PaletteItem>& all) {
  auto act = [&](words::Key words, ActionKind kind, Icon icon, const char* key) {
    PaletteItem item;
    item.words = with_capital(std::string(ui.tr(words)));
    item.alias = tr(other_language(ui), words);
    item.icon = icon;
    item.key = ui.keys_here(key);
    item.action.kind = kind;
    all.push_back(std::move(item));
  };
  auto own = [&](words::Key words, int what, Icon icon, const char* key) {
    PaletteItem item;
    item.words = with_capital(std::string(ui.tr(words)));
    item.alias = tr(other_language(ui), words);
    item.icon = icon;
    item.key = ui.keys_here(key);
    item.own = what;
    all.push_back(std::move(item));
  };
  act("ui.key_run"_w, ui.time.playing ? ActionKind::Pause : ActionKind::Run, ui.time.playing ? Icon::Pause : Icon::Play,
      "Space");
  act("ui.next"_w, ActionKind::NextStep, Icon::Right, "n");
  act("ui.back"_w, ActionKind::PreviousStep, Icon::Back, "p");
  act("ui.next_change"_w, ActionKind::NextChange, Icon::Right, "Right");
  act("ui.previous_change"_w, ActionKind::PreviousChange, Icon::Back, "Left");
  act("ui.save_session"_w, ActionKind::SaveSession, Icon::Disk, "Ctrl+S");
  act("ui.key_link"_w, ActionKind::CopyLink, Icon::Link, "Ctrl+L");
  act("ui.key_picture"_w, ActionKind::Picture, Icon::Eye, "Ctrl+P");
  act("ui.undo"_w, ActionKind::Undo, Icon::Back, "Ctrl+Z");
  act("ui.redo"_w, ActionKind::Redo, Icon::Right, "Ctrl+Y");
  act("ui.key_next_seed"_w, ActionKind::NextSeed, Icon::Branch, "Ctrl+R");
  act("ui.heal"_w, ActionKind::Fault, Icon::Link, "");
  all.back().action.verb = "heal";
  all.back().note = ui.tr(does_of("heal"));
  own("ui.language"_w, 1, Icon::Edit, "");
  own("ui.key_subtitles"_w, 19, Icon::Edit, "t");
  all.back().also = std::string(tr(Lang::En, "ui.find_subtitles"_w)) + ' ' + tr(Lang::Ko, "ui.find_subtitles"_w);
  own("ui.theme_switch"_w, 2, Icon::Sun, "");
  own(ui.st.reduced_motion ? "ui.motion_full"_w : "ui.motion_reduced"_w, 23, Icon::Eye, "");
  all.back().also = std::string(tr(Lang::En, "ui.find_motion"_w)) + ' ' + tr(Lang::Ko, "ui.find_motion"_w);
  own("ui.key_tab"_w, 3, Icon::Broker, "Tab");
  own("ui.all_keys"_w, 4, Icon::Help, "?");
  own("ui.on_the_cards"_w, 11, Icon::Help, "");
  own("ui.key_go_to"_w, 5, Icon::Clock, "g");
  own("ui.key_runs"_w, 6, Icon::Branch, "b");
  own("ui.key_why"_w, 13, Icon::Help, "w");
  own("ui.space_time"_w, 14, Icon::Link, "");
  own("ui.terminal"_w, 21, Icon::Edit, "0");
  own("ui.all_lessons"_w, 8, Icon::Eye, "l");
  for (const Lang lang : {Lang::En, Lang::Ko}) all.back().alias += '\n' + std::string(tr(lang, "ui.find_courses"_w));
  own("ui.new_cluster"_w, 25, Icon::Broker, "");
  for (const Lang lang : {Lang::En, Lang::Ko})
    all.back().alias += '\n' + std::string(tr(lang, "ui.find_new_cluster"_w));
  if (ui.st.layout != Layout::Presenter) {
    own("ui.panel_larger"_w, 15, Icon::Edit, "");
    own("ui.panel_smaller"_w, 16, Icon::Edit, "");
    own("ui.panels_as_designed"_w, 17, Icon::Edit, "");
  }
  if (!ui.st.moved.empty()) own("ui.nodes_back"_w, 18, Icon::Edit, "");
  if (ui.lesson.present || !ui.lesson.variants.empty()) own("ui.variants"_w, 12, Icon::Branch, "v");
  if (ui.world.metadata == "zookeeper") own("ui.key_ensemble"_w, 9, Icon::Zk, "e");
  act("ui.key_full"_w, ActionKind::ToggleFullscreen, Icon::Present, "F11");
  if (ui.lesson.present && ui.lesson.end.active) act("ui.free_play_cluster"_w, ActionKind::FreePlay, Icon::Play, "");
  for (std::size_t i = 0; i < ui.lesson.tries.size(); ++i) {
    act("ui.try_next"_w, ActionKind::TryNext, Icon::Branch, "");
    all.back().words += ": " + ui.pick(ui.lesson.tries[i].text);
    all.back().alias += ": " + pick(other_language(ui), ui.lesson.tries[i].text);
    all.back().action.number = static_cast<std::int64_t>(i);
    all.back().acts = true;
  }
}

/// The text in which a lesson is searched: id, track, title, summary and concepts, in both languages.
std::string lesson_words(const LessonEntry& lesson) {
  const words::Key track = track_name(lesson.track);
  std::string all = lesson.id + ' ' + lesson.track;
  for (const std::string& s : {std::string(tr(Lang::En, track)), std::string(tr(Lang::Ko, track)), lesson.title.en,
                               lesson.title.ko, lesson.summary.en, lesson.summary.ko})
    all += ' ' + s;
  for (const std::string& concept_id : lesson.concepts) {
    all += ' ' + concept_id;
    for (const Term& term : glossary())
      if (concept_id == term.id) all += std::string(" ") + tr(Lang::En, term.name) + ' ' + tr(Lang::Ko, term.name);
  }
  return all;
}

/// The glossary's term for a setting, which has the setting's key as its English name; nullptr: there is none.
const Term* term_of_setting(std::string_view key) {
  const auto& terms = glossary();
  const auto found =
      std::find_if(terms.begin(), terms.end(), [&](const Term& term) { return tr(Lang::En, term.name) == key; });
  return found == terms.end() ? nullptr : &*found;
}

/// The entry of a setting stands for the term of the same name, too: it is found by the term's names, and as early.
void be_term_too(const Ui& ui, const Term& term, PaletteItem& item) {
  item.names = '\n' + item.words + '\n' + tr(Lang::Ko, term.name) + '\n';
  item.alias = tr(Lang::Ko, term.name);
  item.also += '\n' + std::string(ui.tr(term.meaning));
  item.last = false;
  if (ui.st.lang != Lang::Ko) return;
  const std::string name = tr(Lang::Ko, term.name);
  item.words = name.starts_with(item.words) ? name : item.words + " (" + name + ")";
}

/// Settings, errors, metrics and rules, which lead to the cards about their origins.
void add_origins(const Ui& ui, std::vector<PaletteItem>& all) {
  PaletteItem rules;
  rules.words = ui.tr("ui.all_rules"_w);
  rules.alias = tr(other_language(ui), "ui.all_rules"_w);
  rules.kind = observe::words_of(observe::OriginKind::Invariant);
  rules.icon = Icon::Check;
  rules.own = 7;
  rules.origin = all_rules(ui);
  all.push_back(std::move(rules));
  for (const observe::Origin& origin : observe::all_origins()) {
    if (origin.kind == observe::OriginKind::Term) continue;  // listed below, with names in both languages
    PaletteItem item;
    item.words = origin.short_name;
    item.last = true;
    item.note = ui.pick(origin.meaning);
    item.also = origin.name.en;
    if (origin.kind == observe::OriginKind::Error)
      for (const std::string& exception : origin.classes) item.names += '\n' + exception + '\n';
    item.also += item.names;
    item.kind = observe::words_of(origin.kind);
    item.icon = Icon::Help;
    item.own = 7;
    item.origin = {origin.kind, origin.name.en, origin.meaning.en, {}};
    if (const Term* term = origin.kind == observe::OriginKind::Config ? term_of_setting(origin.short_name) : nullptr)
      be_term_too(ui, *term, item);
    all.push_back(std::move(item));
  }
}

/// In Korean: the English name of a term of Kafka's own, in brackets, unless the Korean name contains it; otherwise "".
std::string kafkas_name(const Ui& ui, const Term& term) {
  static const std::set<std::string_view> kOfKafka = [] {
    std::set<std::string_view> keys;
    for (const words::GlossaryEntry& entry : words::glossary())
      if (!words::listed(entry.kip).empty() || !words::listed(entry.classes).empty() ||
          !words::listed(entry.fidelity).empty())
        keys.insert(entry.key);
    return keys;
  }();
  const std::string english = tr(Lang::En, term.name);
  if (ui.st.lang != Lang::Ko || !kOfKafka.contains("glossary." + std::string(term.id)) ||
      words::lower_case(tr(Lang::Ko, term.name)).find(words::lower_case(english)) != std::string::npos)
    return {};
  return " (" + english + ")";
}

/// Adds the entries that are read rather than carried out: steps, runs, lessons, terms.
void add_reading(const Ui& ui, std::vector<PaletteItem>& all) {
  int number = 0;
  for (const LessonStep& step : ui.lesson.steps) {
    ++number;
    if (step.at_us < 0 || step.title.empty()) continue;
    PaletteItem item;
    item.words = std::to_string(number) + ". " + ui.pick(step.title);
    item.alias = pick(other_language(ui), step.title);
    item.kind = "ui.palette_step"_w;
    item.icon = Icon::Flag;
    item.action.kind = ActionKind::Seek;
    item.action.time_us = step.at_us;
    all.push_back(std::move(item));
  }
  for (const Branch& run : ui.time.branches) {
    if (run.current) continue;
    PaletteItem item;
    item.words = ui.pick(run.name);
    item.alias = pick(other_language(ui), run.name);
    item.kind = "ui.palette_run"_w;
    item.icon = Icon::Branch;
    item.action.kind = ActionKind::OpenBranch;
    item.action.number = run.id;
    all.push_back(std::move(item));
  }
  for (const LessonEntry& lesson : ui.st.lessons) {
    PaletteItem item;
    item.words = ui.pick(lesson.title);
    item.kind = "ui.palette_lesson"_w;
    item.icon = Icon::Eye;
    item.note = ui.pick(lesson.summary).empty() ? lesson.track : ui.pick(lesson.summary);
    item.also = lesson_words(lesson);
    item.action = opens_lesson({&lesson});
    item.names = '\n' + lesson.id + '\n' + lesson.title.en + '\n' + lesson.title.ko + '\n';
    const bool open = lesson.id == ui.lesson.id;
    item.here = open && ui.lesson.variant_id == "base";
    all.push_back(item);
    item.names.clear();
    for (const LessonVariant& variant : lesson.variants) {
      item.words = ui.pick(title_of({&lesson, &variant}));
      item.icon = Icon::Branch;
      item.action = opens_lesson({&lesson, &variant});
      item.here = open && ui.lesson.variant_id == variant.id;
      all.push_back(item);
    }
  }
  add_origins(ui, all);
  for (const Term& term : glossary()) {
    if (has_origin({observe::OriginKind::Config, tr(Lang::En, term.name), {}, {}})) continue;  // listed as a setting
    PaletteItem item;
    item.words = ui.tr(term.name);
    item.alias = tr(other_language(ui), term.name);
    item.alias += '\n' + std::string(observe::said_of_term("glossary." + std::string(term.id)));
    item.words += kafkas_name(ui, term);
    item.note = ui.tr(term.meaning);
    item.kind = "ui.palette_term"_w;
    item.icon = Icon::Help;
    item.own = 7;
    item.origin = {observe::OriginKind::Term, std::string(term.id), {}, {}};
    all.push_back(std::move(item));
  }
}

/// The words with which people search for a crash: "what if broker-2 dies".
std::string deaths() {
  std::string all;
  for (const Lang lang : {Lang::En, Lang::Ko}) all += ' ' + std::string(tr(lang, "ui.find_crash"_w));
  return all;
}

/// "broker-2 crash" and "crash broker-2", a line each, also with the other words for a death.
std::string asked_in_both_orders(const std::string& name, std::initializer_list<words::Key> deeds) {
  std::string all;
  const auto add = [&](const std::string& deed) { all += '\n' + name + ' ' + deed + '\n' + deed + ' ' + name; };
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const words::Key deed : deeds) add(tr(lang, deed));
  std::istringstream each(deaths());
  for (std::string word; each >> word;) add(word);
  for (const Lang lang : {Lang::En, Lang::Ko}) all += '\n' + tr(lang, "ui.find_dies"_w, {{"node", name}});
  return all;
}

/// For a node that is down: an entry that says so, so that a search for its crash does not lead to a crash at another
/// time.
void add_down_already(const Ui& ui, const observe::Node& node, std::vector<PaletteItem>& all) {
  PaletteItem item;
  item.words = ui.tr("ui.find_down_already"_w, {{"node", node.name}});
  item.alias = tr(other_language(ui), "ui.find_down_already"_w, {{"node", node.name}});
  item.alias += asked_in_both_orders(
      node.name, {"ui.crash"_w, "ui.kill"_w, "ui.power_off"_w, "ui.shut_down"_w, "ui.stop"_w, "ui.pause"_w});
  item.also = deaths();
  item.note = ui.tr(observe::is_client(node.kind) ? "ui.find_start_first"_w : "ui.find_restart_first"_w);
  item.kind = "thing.node"_w;
  item.icon = node_icon(node.kind);
  item.own = 22;
  item.action.target = node.name;
  all.push_back(std::move(item));
}

void add_deeds(const Ui& ui, const std::string& name, const std::vector<MenuItem>& items, std::vector<PaletteItem>& all,
               const char* between = " ") {
  for (const MenuItem& m : items) {
    if (m.action.kind != ActionKind::Fault && m.form < 0) continue;
    PaletteItem deed;
    const auto words = [&](Lang lang) {
      const std::string deed_words = menu_words(lang, m);
      return name.empty() ? deed_words : lang == Lang::Ko ? name + " " + deed_words : deed_words + between + name;
    };
    deed.words = words(ui.st.lang);
    deed.alias = creating(m) + words(other_language(ui));
    deed.icon = m.icon;
    deed.key = m.key;
    deed.also = m.action.verb;
    if (m.action.verb == "crash") deed.also += deaths(), deed.alias += asked_in_both_orders(name, {"ui.crash"_w});
    deed.own = 10;
    deed.deed = m;
    deed.acts = m.form < 0;
    deed.object = name;
    deed.there = m.there;
    // what it does, or why Kafka will refuse it, and what to do first
    const words::Key note = m.refused ? m.sub : does_of(m.action.verb);
    if (!note.empty()) deed.note = ui.tr(note);
    all.push_back(std::move(deed));
  }
}

void add_things(const Ui& ui, std::vector<PaletteItem>& all) {
  const auto& not_yet = ui.st.not_yet;
  const auto thing = [&](const std::string& name, words::Key kind, Icon icon) {
    PaletteItem item;
    item.words = name;
    item.kind = kind;
    item.icon = icon;
    item.action.kind = ActionKind::Select;
    item.action.target = name;
    all.push_back(std::move(item));
  };
  const auto deeds = [&](const std::string& target, const std::string& name) {
    add_deeds(ui, name, build_menu(ui.world, target, {}, not_yet), all);
  };
  for (const observe::Node& n : ui.world.nodes) {
    if (n.removed) continue;
    thing(n.name, "thing.node"_w, node_icon(n.kind));
    deeds(n.name, n.name);
    if (n.down()) add_down_already(ui, n, all);
    std::vector<MenuItem> more = build_more_menu(ui.world, n.name, {}, not_yet);
    // forms are listed once, for the selected object
    std::erase_if(more, [](const MenuItem& m) { return m.form >= 0; });
    add_deeds(ui, n.name, more, all);
  }
  // With very many partitions, only the selected one gets its acts.
  constexpr std::size_t kFew = 60;
  std::set<std::string> topics;
  const int by_key = partition_of_beliefs(ui);
  for (const observe::Partition& p : ui.world.partitions) {
    thing(p.name, "ui.kind_partition"_w, Icon::Disk);
    PaletteItem who;
    who.words = ui.tr("ui.find_leader"_w, {{"partition", p.name}});
    who.alias = tr(other_language(ui), "ui.find_leader"_w, {{"partition", p.name}});
    who.note = p.leader < 0 ? std::string(ui.tr("ui.no_leader"_w)) : "broker-" + std::to_string(p.leader);
    who.also = std::string(tr(Lang::En, "ui.find_leader_also"_w)) + ' ' + tr(Lang::Ko, "ui.find_leader_also"_w);
    who.kind = "ui.palette_question"_w;
    who.icon = Icon::Crown;
    who.own = 20;
    if (static_cast<int>(&p - ui.world.partitions.data()) == by_key) who.key = "k";
    who.action.target = p.name;
    all.push_back(std::move(who));
    if (ui.world.partitions.size() > kFew && !ui.is_selected(p.name)) continue;
    std::vector<MenuItem> own = build_menu(ui.world, p.name, {}, not_yet), of_topic;
    std::erase_if(own, [&](const MenuItem& m) {
      const bool whole = m.form < 0 && m.action.kind == ActionKind::Fault && m.action.target == p.topic;
      if (whole) of_topic.push_back(m);
      return whole;
    });
    add_deeds(ui, p.name, own, all);
    if (!topics.insert(p.topic).second) continue;
    // Acts on a whole topic are listed once; the names of its partitions also find them.
    const std::size_t first = all.size();
    add_deeds(ui, p.topic, of_topic, all, ": ");
    for (const observe::Partition& other : ui.world.partitions)
      for (std::size_t i = first; other.topic == p.topic && i < all.size(); ++i) all[i].also += ' ' + other.name;
  }
  for (const observe::Group& g : ui.world.groups) deeds(g.id, g.id);
  std::vector<MenuItem> asked;
  for (const ActForm& form : act_forms())
    if (std::string_view(form.verb) != "behave") asked.push_back(menu_form(form.id, ui.st.selection));
  for (MenuItem& m : asked) m.there = ui.can(m.action.verb);
  add_deeds(ui, {}, asked, all);
  std::vector<MenuItem> stage = build_menu(ui.world, kMenuOfStage, {}, not_yet);
  std::erase_if(stage, [](const MenuItem& m) { return m.form >= 0; });
  add_deeds(ui, {}, stage, all);
  for (const TimeMark& mark : ui.time.marks) {
    if (mark.label.empty() || mark.kind == MarkKind::Step) continue;  // steps have entries of their own
    PaletteItem item;
    item.words = ui.pick(mark.label) + ", " + clock_text(mark.at_us);
    item.alias = pick(other_language(ui), mark.label);
    item.kind = "ui.palette_moment"_w;
    item.icon = Icon::Flag;
    item.action.kind = ActionKind::Seek;
    item.action.time_us = mark.at_us;
    all.push_back(std::move(item));
  }
}

/// The search results and the moment they belong to. Each typed letter repeats the search; the items are rebuilt less
/// often.
struct Finding {
  std::vector<PaletteItem> all, found;
  std::string query;
  double made = -1e9;
  std::int64_t time_us = -1;
  Lang lang = Lang::En;
};

const std::vector<PaletteItem>& found_items(const Ui& ui, Finding& f, bool anew) {
  constexpr double kEvery = .5;
  constexpr std::size_t kRows = 9;
  const bool old = ui.world.time_us != f.time_us && ui.wall - f.made > kEvery;
  if (anew || old || f.lang != ui.st.lang) {
    f.all = palette_items(ui);
    f.made = ui.wall;
    f.time_us = ui.world.time_us;
    f.lang = ui.st.lang;
  } else if (f.query == ui.st.palette_text) {
    return f.found;
  }
  f.query = ui.st.palette_text;
  f.found = find_palette_items(f.all, f.query, kRows);
  return f.found;
}

}  // namespace

std::vector<PaletteItem> palette_items(const Ui& ui) {
  std::vector<PaletteItem> all;
  add_acts(ui, all);
  add_things(ui, all);
  add_reading(ui, all);
  add_questions(ui, all);
  add_panels(ui, all);
  add_twins(ui, all);
  for (PaletteItem& item : all) {
    item.low_words = words::lower_case(item.words);
    item.low_alias = '\n' + words::lower_case(item.alias);  // each phrase after a line break
    item.low_also = words::lower_case(item.also);
    item.low_names = words::lower_case(item.names);
  }
  return all;
}

void draw_palette(Ui& ui) {
  State& st = ui.st;
  static thread_local bool was_open = false, again = false;
  static thread_local Finding finding;
  if (!st.palette_open) {
    if (std::exchange(was_open, false)) finding = {};
    return;
  }
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const std::vector<PaletteItem>& items = found_items(ui, finding, !was_open);
  st.palette_row = std::clamp(st.palette_row, 0, std::max(0, static_cast<int>(items.size()) - 1));
  constexpr float kApart = 2;  // the rows
  constexpr float kTop = 56, kBottom = 12;
  const float w = std::min(680.f, ui.w - 40);
  float h = 64 + 38 * static_cast<float>(std::max<std::size_t>(1, items.size())) + 8;
  float spare = ui.h - kTop - kBottom - h;
  std::vector<PaletteRow> rows(items.size());
  const auto lay_out = [&](std::size_t i) {
    rows[i] = row_of(ui, items[i], w - 16, spare);
    h += rows[i].h - kPaletteRow;
  };
  // The chosen row comes first: if the height does not suffice for all, that one is whole.
  const auto lit_row = static_cast<std::size_t>(st.palette_row);
  if (lit_row < items.size()) lay_out(lit_row);
  for (std::size_t i = 0; i < items.size(); ++i)
    if (i != lit_row) lay_out(i);
  const Rect r{(ui.w - w) / 2, std::max(kTop, std::min(ui.h * 0.14f, ui.h - kBottom - h)), w, h};
  const Hit outside = dialog(ui, "palette", r);
  Column in{r.padded(8, 12)};
  Row find{in.next(46 - kApart).padded(8), 10};
  find.rest.h = 32;
  find.skip(2);
  p.icon(Icon::Search, find.left(16), c.secondary);
  const bool enter = text_field(ui, "##palette", find.rest, st.palette_text, ui.tr("ui.find_or_do"_w),
                                ImGuiInputTextFlags_AutoSelectAll, !was_open || again);
  was_open = true;
  again = enter && items.empty();  // Enter has no effect: the field keeps the keyboard
  in.gap = kApart;
  in.skip(kApart);
  int chosen = enter ? st.palette_row : -1;
  if (items.empty())
    p.text(Column{in.rest.padded(12)}.next({36, 24}), ui.tr("ui.nothing_found"_w), {.em = 15, .color = c.muted});
  for (int i = 0; i < static_cast<int>(items.size()); ++i) {
    const PaletteItem& item = items[static_cast<std::size_t>(i)];
    const PaletteRow& laid = rows[static_cast<std::size_t>(i)];
    const Rect row = in.next(laid.h);
    const Hit hit = ui.hit(make_id("palette row", static_cast<std::uint64_t>(i)), row);
    const bool lit = i == st.palette_row;
    row_light(ui, row, lit, hit.hovered, 5);
    const Rect first = Column{row}.next(kPaletteRow);
    auto [ground, kind, key] = in_row(first.padded(12), {weight(), fixed(kPaletteKind), fixed(kPaletteKey)});
    const float base = Line{first}.baseline(15);  // of all texts of the first line
    Row words{ground};
    words.skip(2);
    p.icon(item.icon, words.left(16), c.secondary, 1.8f);
    words.skip(12);
    draw_palette_words(ui, item, laid, words, base);
    const bool tips = hit.hovered && ui.may_tip(true);
    if (laid.cut && tips) ui.st.tip = {p.to_window(row), item.words, {{laid.note, ""}}, {}};
    else if (tips && item.action.kind == ActionKind::OpenTwin)
      ui.st.tip = {p.to_window(row), ui.tr("ui.twin_tip"_w), {}, {}};
    p.text(Line(kind, base), ui.tr(item.kind), {.em = 13, .color = c.muted, .align = Align::Right, .max = 1e6f});
    p.text(Line(key, base), item.key, {.em = 13, .color = c.muted, .mono = true, .align = Align::Right, .max = 1e6f});
    if (hit.clicked) chosen = i;
  }
  p.pop_box();
  if (chosen >= 0 && chosen < static_cast<int>(items.size())) {
    const PaletteItem& item = items[static_cast<std::size_t>(chosen)];
    if (!item.there) return ui.say("ui.not_there_yet"_w, true);
    if (item.own == 10 && is_locked(ui, item.deed)) return ui.say("ui.locked"_w, true);
    switch (item.own) {
      case 0:
        ui.emit(item.action);
        if (item.action.kind == ActionKind::Select) st.selection = item.action.target, st.selected_wall = ui.wall;
        break;
      case 1:
        st.lang = st.lang == Lang::Ko ? Lang::En : Lang::Ko;
        ui.emit_text(ActionKind::SetLanguage, st.lang == Lang::Ko ? "ko" : "en");
        break;
      case 2:
        if (st.layout == Layout::Presenter) {
          st.presenter_dark = !st.presenter_dark;
          break;
        }
        st.theme = st.theme == Theme::Dark ? Theme::Light : Theme::Dark;
        ui.emit_text(ActionKind::SetTheme, st.theme == Theme::Dark ? "dark" : "light");
        break;
      case 3:
        st.layout = st.layout == Layout::Workbench ? Layout::Lesson : Layout::Workbench;
        ui.emit_text(ActionKind::SetLayout, st.layout == Layout::Workbench ? "workbench" : "lesson");
        break;
      case 4: st.help_open = true; break;
      case 11: st.help_open = st.help_cards = true; break;
      case 7:
        st.origin = item.origin;
        st.origin.about = {ui.w * .3f, ui.h * .12f, 0, 0};
        break;
      case 6: st.runs_open = true, st.runs_row = 0; break;
      case 8: ui.show_lessons(); break;
      case 9: toggle_ensemble(ui); break;
      case 12: ui.show_variants(); break;
      case 19: ui.turn_subtitles(); break;
      case 23: ui.turn_motion(); break;
      case 25: open_new_cluster(ui); break;
      case 21: ui.choose(Tab::Terminal); break;
      case 20:
        ui.select(item.action.target);
        ui.inspect();
        break;
      case 13: ui.ask_why(); break;
      case 22: ui.say("ui.find_down_already"_w, true, {{"node", item.action.target}}); break;
      case 14: ui.choose(Tab::SpaceTime); break;
      case 24: ui.choose(static_cast<Tab>(item.action.number)); break;
      case 15: enlarge_panel(ui, kPanelStep); break;
      case 16: enlarge_panel(ui, -kPanelStep); break;
      case 17: reset_splits(ui); break;
      case 18:
        st.moved.clear();
        ui.emit(ActionKind::KeepMoved);
        break;
      case 10: take_menu_item(ui, item.deed); break;
      default: st.goto_open = true; break;
    }
    st.palette_open = false;
    st.palette_text.clear();
  } else if (outside.clicked) {
    st.palette_open = false;
  }
}

}  // namespace kafkascope::ui
