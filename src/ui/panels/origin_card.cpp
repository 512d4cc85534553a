// The card about the origin of a name: its sentence, its KIPs, Kafka's classes, our tests, rows of docs/fidelity.md,
// related terms, and where Kafka documents it. A click on a value copies it, on an address opens it; a rule or a term
// opens its own card.
#include "ui/panels/origin_card.h"

#include <algorithm>
#include <map>

#include "observe/why/kafka_docs.h"
#include "ui/panels/panels.h"
#include "ui/panels/telling.h"

namespace kafkascope::ui {

using observe::Origin;
using observe::OriginKind;

namespace {

constexpr std::string_view kAllRules = "invariant", kTerms = "glossary.";

void copy(Ui& ui, const std::string& text) { ui.emit_text(ActionKind::CopyText, text); }

constexpr LineSize kValue{22, 16};

/// A column of texts and of values that can be clicked.
struct OriginTelling : Telling {
  int links = 0;

  /// A label at the left, and its values, each of which can be clicked: `address` makes the address that a click opens.
  void values(const char* label, float label_w, const std::vector<std::string>& all,
              std::string (*address)(std::string_view) = nullptr) {
    if (all.empty()) return;
    const TextStyle style{.em = 13, .color = address == nullptr ? ui.c.primary : ui.c.accent};
    auto [labels, column] = in_row(at.rest, {fixed(label_w), weight()});
    line(Column{labels}.next(kValue), label, {.em = 13, .color = ui.c.secondary});
    for (const std::string& value : all) {
      const auto rows = ui.p.wrap(value, column.w, style);
      Column lines{at.next(kValue.height * static_cast<float>(rows.size()))};
      const Rect place = Rect{column.x, lines.rest.y, column.w, lines.rest.h}.padded(-6);
      const Hit hit = draw ? ui.hit(make_id("origin value", static_cast<std::uint64_t>(++links)), place) : Hit{};
      if (hit.hovered) ui.p.fill(place, ui.c.hover, 4);
      lines.rest = {column.x, lines.rest.y, column.w, lines.rest.h};
      for (const std::string& row : rows) line(lines.next(kValue), row, style);
      if (hit.clicked && address == nullptr) copy(ui, value);
      else if (hit.clicked) ui.emit_text(ActionKind::OpenAddress, address(value));
    }
    at.skip(4);
  }
};

/// The origin of a name; nullptr: the glossary does not have the name.
const Origin* origin_of(const OriginOf& of) {
  static thread_local OriginOf last;
  static thread_local std::vector<Origin> found;
  if (last.name != of.name || last.kind != of.kind || last.meaning != of.meaning) {
    last = of;
    found = observe::origins_of(of.name);
    // An exception of the clients' own, and an error of ZooKeeper's, is a term: Kafka's protocol has no code for it.
    const auto has_kind = [&](OriginKind kind) {
      return std::any_of(found.begin(), found.end(), [&](const Origin& origin) { return origin.kind == kind; });
    };
    const OriginKind kind = of.kind == OriginKind::Error && !has_kind(OriginKind::Error) ? OriginKind::Term : of.kind;
    std::erase_if(found, [&](const Origin& origin) { return origin.kind != kind; });
    if (!of.meaning.empty() && found.size() > 1)
      std::erase_if(found, [&](const Origin& origin) { return origin.meaning.en != of.meaning; });
  }
  return found.empty() ? nullptr : found.data();
}

bool is_all_rules(const OriginOf& of) { return of.kind == OriginKind::Invariant && of.name == kAllRules; }

/// The related terms as pills, in as many rows as they need.
void see_also(OriginTelling& told, const Origin& origin, float label_w, OriginOf& next) {
  if (origin.see.empty()) return;
  Ui& ui = told.ui;
  constexpr LineSize kPills{30, 18};
  const auto row_of_pills = [&](Line line) {
    Row row{line, 8};
    const Line label = row.left(label_w - row.gap);
    return std::pair{label, row};
  };
  auto [label, row] = row_of_pills(told.at.next(kPills));
  told.line(label, ui.tr("origin.see"_w), {.em = 13, .color = ui.c.secondary});
  bool first = true;
  for (const Origin::Term& term : origin.see) {
    const std::string& name = ui.pick(term.name);
    const float w = ui.p.width(name, {.em = 13}) + 20;
    if (w > row.rest.w && !first) row = row_of_pills(told.at.next(kPills)).second;
    first = false;
    const Rect place = row.left(w);
    if (told.draw) {
      const Rect pill = Column{place}.next(26);
      const Hit hit = ui.hit(make_id("origin term", words::Key(std::string_view(term.key)).hash), pill);
      ui.p.fill(pill, hit.hovered ? ui.c.hover : ui.c.field, 6);
      ui.p.stroke(pill, hit.hovered ? ui.c.accent : ui.c.mid, 1.25f, 6);
      ui.p.text(pill, name, {.em = 13, .align = Align::Middle});
      if (hit.clicked) next = {OriginKind::Term, term.key.substr(kTerms.size()), {}, ui.st.origin.about};
    }
  }
  told.at.skip(2);
}

/// "broker-" and 3; -1: it has no number.
std::pair<std::string, long> stem_and_number(const std::string& name) {
  constexpr std::size_t kMostDigits = 6;
  const auto digits = std::find_if(name.rbegin(), name.rend(), [](char c) { return c < '0' || c > '9'; }).base();
  const std::string number(digits, name.end());
  const bool counted = !number.empty() && number.size() <= kMostDigits && number.size() < name.size();
  return {std::string(name.begin(), digits), counted ? std::stol(number) : -1};
}

/// "broker-1, broker-2, broker-3, shop" becomes "broker-1..3, shop"; after four names the others are only counted.
std::string short_list(const Ui& ui, const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 4, kLeastRun = 3;
  std::vector<std::string> shown;
  for (auto first = names.begin(); first != names.end();) {
    const std::pair<std::string, long> from = stem_and_number(*first);
    auto end = std::next(first);
    long last = from.second;
    for (long next = last; last >= 0 && end != names.end() && stem_and_number(*end) == std::pair{from.first, ++next};
         ++end)
      last = next;
    if (static_cast<std::size_t>(std::distance(first, end)) < kLeastRun) {
      shown.push_back(*first++);
      continue;
    }
    shown.push_back(*first + ".." + std::to_string(last));
    first = end;
  }
  std::string all;
  for (std::size_t i = 0; i < std::min(kShown, shown.size()); ++i) all += (i == 0 ? "" : ", ") + shown[i];
  if (shown.size() > kShown)
    all += ", " + ui.tr("origin.here_more"_w, {{"count", std::to_string(shown.size() - kShown)}});
  return all;
}

/// "10000 (broker-1..3), 30000 (broker-4)"; empty: nothing here has the setting.
std::string values_here(const Ui& ui, const Origin& origin) {
  const observe::SettingHere& here = ui.world.setting;
  if (here.key != origin.key || here.values.empty()) return {};
  if (std::all_of(here.values.begin(), here.values.end(), [](const auto& value) { return value.is_default; }))
    return ui.tr("origin.here_default"_w);
  std::string all;
  for (const observe::SettingHere::Value& value : here.values) {
    const std::string shown = value.value.empty() ? std::string(ui.tr("origin.not_set"_w)) : value.value;
    all += (all.empty() ? "" : ", ") + shown + " (" + short_list(ui, value.of) + ")";
  }
  return all;
}

/// The selected object's value of the setting: "2 (pay-0)"; empty: it has no such setting, or nothing is selected.
std::string value_of_selected(const Ui& ui, const Origin& origin) {
  for (const observe::ConfigEntry& entry : ui.world.inspected.config) {
    if (entry.key != origin.name.en || entry.doc.en != origin.meaning.en) continue;
    const std::string value = entry.value.empty() ? std::string(ui.tr("origin.not_set"_w)) : entry.value;
    return value + " (" + ui.world.inspected.what + ")";
  }
  return {};
}

/// A setting's default in the version that runs here, and its value here.
void tell_values(OriginTelling& told, const Origin& origin) {
  Ui& ui = told.ui;
  if (origin.kind != OriginKind::Config) return;
  const TextStyle style{.em = 13};
  for (const observe::Words& line : observe::defaults_in(origin, ui.world.kafka_version))
    told.text(ui.pick(line), style, 20);
  const std::string values = values_here(ui, origin), selected = value_of_selected(ui, origin);
  if (!values.empty()) told.text(ui.tr("origin.here"_w, {{"values", values}}), style, 20);
  if (!selected.empty() && values.find(selected) == std::string::npos)
    told.text(ui.tr("origin.selected"_w, {{"value", selected}}), style, 20);
  told.at.skip(8);
}

/// Offers a second world without one of the KIPs that the name comes from, or with one that this world lacks, as the palette does.
void compare_kips(OriginTelling& told, const Origin& origin) {
  Ui& ui = told.ui;
  if (ui.lesson.twin_offers == nullptr) return;
  for (const TwinOffer& offer : *ui.lesson.twin_offers) {
    if (offer.door != "kip" || std::find(origin.kips.begin(), origin.kips.end(), offer.target) == origin.kips.end())
      continue;
    constexpr float kHigh = 30, kAround = 28, kBelow = 8;
    const std::string words = ui.tr("ui.twin_with"_w, {{"what", ui.pick(offer.what)}});
    const Rect place = Row{told.at.next(kHigh)}.left(ui.p.width(words, {.em = 15}) + kAround);
    told.at.skip(kBelow);
    if (!told.draw || !button(ui, make_id("origin beside " + offer.target), place, words)) continue;
    Action open;
    open.kind = ActionKind::OpenTwin;
    open.verb = offer.door;
    open.target = offer.target;
    ui.emit(std::move(open));
    ui.st.origin = {};
  }
}

void tell_origin(OriginTelling& told, const Origin& origin, OriginOf& next) {
  Ui& ui = told.ui;
  told.text(ui.pick(origin.meaning), {.em = 15}, 22);
  if (origin.kind == OriginKind::Error)
    for (const observe::Words& code : observe::values_of(origin))
      told.text(ui.pick(code), {.em = 13, .color = ui.c.secondary}, 20);
  told.at.skip(10);
  tell_values(told, origin);
  const auto version = ui.world.kafka_version == "2.5" ? protocol::KafkaVersion::V2_5 : protocol::KafkaVersion::V4_1;
  float label_w = 0;
  for (const char* label : {"Kafka", ui.tr("origin.tests"_w), ui.tr("origin.fidelity"_w), ui.tr("origin.see"_w),
                            ui.tr("origin.documented"_w)})
    label_w = std::max(label_w, ui.p.width(label, {.em = 13}) + 20);
  told.values(ui.tr("origin.documented"_w), label_w, observe::documentation_of(origin, version),
              [](std::string_view address) { return std::string(address); });
  told.values("KIP", label_w, origin.kips, observe::kip_address);
  compare_kips(told, origin);
  told.values("Kafka", label_w, origin.classes);
  told.values(ui.tr("origin.tests"_w), label_w, origin.tests);
  told.values(ui.tr("origin.fidelity"_w), label_w, origin.fidelity);
  see_also(told, origin, label_w, next);
}

void tell_rules(OriginTelling& told, OriginOf& next) {
  Ui& ui = told.ui;
  for (const Origin& rule : observe::all_origins()) {
    if (rule.kind != OriginKind::Invariant) continue;
    told.at.skip(2);
    const auto rows = ui.p.wrap(ui.pick(rule.meaning), told.at.rest.w, {.em = 13});
    Column lines{told.at.next(28 + 18 * static_cast<float>(rows.size()))};
    if (told.draw) {
      const Rect row = lines.rest.padded(-8);
      const Hit hit = ui.hit(make_id("origin rule", words::Key(std::string_view(rule.key)).hash), row);
      if (hit.hovered) ui.p.fill(row, ui.c.hover, 4);
      ui.p.text(lines.next({24, 19}), rule.short_name, {.em = 15, .color = ui.c.accent, .bold = true});
      for (const std::string& line : rows) ui.p.text(lines.next({18, 13}), line, {.em = 13, .color = ui.c.secondary});
      if (hit.clicked) next = {OriginKind::Invariant, rule.short_name, {}, ui.st.origin.about};
    }
  }
}

/// The term for a node; empty: the glossary has none.
const char* term_of(observe::NodeKind kind) {
  using observe::NodeKind;
  switch (kind) {
    case NodeKind::Controller: return "controller";
    case NodeKind::Broker: return "broker";
    case NodeKind::ZooKeeper: return "zookeeper";
    case NodeKind::Producer: return "producer";
    case NodeKind::Consumer: return "consumer";
    case NodeKind::ShareConsumer: return "share-group";
    case NodeKind::Transform: return "transaction";
    case NodeKind::Streams: return "kafka-streams";
    case NodeKind::Connector: return "kafka-connect";
    case NodeKind::Queue:
    case NodeKind::Service:
    case NodeKind::Admin: return "";
  }
  return "";
}

}  // namespace

OriginOf all_rules(const Ui& ui) {
  return {OriginKind::Invariant, std::string(kAllRules), {}, {ui.w * .3f, ui.h * .12f, 0, 0}};
}

OriginOf origin_of_lag() { return {OriginKind::Term, "lag", {}, {}}; }

OriginOf origin_of_metric(const std::string& mbean) {
  if (mbean.starts_with("kafka-consumer-groups")) return origin_of_lag();
  return {OriginKind::Metric, mbean, {}, {}};
}

OriginOf origin_of_selected(const Ui& ui) {
  const State& st = ui.st;
  OriginOf of{OriginKind::Term, {}, {}, st.selection_drawn};
  if (of.about.empty()) of.about = all_rules(ui).about;
  if (!ui.log.fate.empty() && st.fate_wall > st.selected_wall) {
    of.name = ui.log.fate;
    std::replace(of.name.begin(), of.name.end(), '_', '-');  // lost_acked
    if (!has_origin(of)) of.name = "ledger";
    of.about = all_rules(ui).about;
  } else if (const int node = ui.node_of(st.selection); node >= 0) {
    of.name = term_of(ui.world.nodes[static_cast<std::size_t>(node)].kind);
  } else if (ui.partition_of(st.selection) >= 0) {
    of.name = "partition";
  } else {
    for (const observe::Group& group : ui.world.groups)
      if (group.id == st.selection) of.name = group.protocol == "share" ? "share-group" : "consumer-group";
  }
  if (!has_origin(of)) of.name.clear();
  return of;
}

bool has_origin(const OriginOf& of) {
  if (of.name.empty()) return false;
  static thread_local std::map<std::pair<OriginKind, std::string>, bool> known;  // queried in every frame
  const auto [it, fresh] = known.try_emplace({of.kind, of.name}, false);
  if (fresh) it->second = origin_of(of) != nullptr;
  return it->second;
}

namespace {

bool link(Ui& ui, float x, float y, float w, OriginOf of, float em, bool underlined) {
  const Rect place{x - 3, y - em * 1.15f, w + 6, em * 1.6f};
  if (of.name.empty() || !ui.p.in_sight(place)) return false;
  Hit hit = ui.hit(make_id("origin " + of.name), place);
  hit.hovered =
      hit.hovered && ui.p.to_window(place).contains(ui.in.x, ui.in.y);  // the same name may stand elsewhere, too
  const float under = y + em * .3f, thin = em / 13;
  if (hit.hovered) ui.p.line(x, under, x + w, under, ui.c.accent, 2 * thin);
  else if (underlined) ui.p.line(x, under, x + w, under, ui.c.mid, thin);
  if (underlined) ui.p.note({x, under, w, thin}, "link line");
  if (!hit.hovered) return false;
  of.about = ui.p.to_window(place);
  if (ui.may_tip()) {
    ui.st.tip = {of.about, of.name, {}, ui.tr("ui.origin_act"_w)};
    if (const Origin* origin = origin_of(of); origin != nullptr && !origin->meaning.empty())
      ui.st.tip.facts.emplace_back(ui.pick(origin->meaning), "");
  }
  if (hit.clicked) ui.st.origin = of;
  ui.st.origin_here = std::move(of);
  return hit.clicked;
}

/// Whether a term's name cannot be ordinary words: CommitFailedException, RangeAssignor, NONODE.
bool tells_class_or_code(std::string_view name) {
  constexpr std::size_t kLeastCode = 6;  // LSO and ISR are words of every sentence
  const bool capitals =
      name.size() >= kLeastCode && std::all_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  return capitals ||
         (name.find(' ') == std::string_view::npos && (name.ends_with("Exception") || name.ends_with("Assignor")));
}

/// Names that cannot be ordinary words: those with a dot, an underscore or a hyphen, classes, and acks.
const std::map<std::string_view, OriginKind>& telling_names() {
  static const std::map<std::string_view, OriginKind> kNames = [] {
    std::map<std::string_view, OriginKind> names;
    for (const Origin& origin : observe::all_origins()) {
      const bool wanted =
          origin.kind == OriginKind::Config || origin.kind == OriginKind::Error || origin.kind == OriginKind::Invariant;
      const std::string_view name = origin.short_name;
      if (wanted && (name.find_first_of("._-") != std::string_view::npos || name == "acks"))
        names.emplace(name, origin.kind);
      if (origin.kind == OriginKind::Term && tells_class_or_code(name)) names.emplace(name, origin.kind);
      if (origin.kind == OriginKind::Error)
        for (const std::string& exception : origin.classes)
          if (tells_class_or_code(exception)) names.emplace(exception, origin.kind);
    }
    return names;
  }();
  return kNames;
}

}  // namespace

bool origin_link(Ui& ui, float x, float y, float w, OriginOf of, float em, bool underlined) {
  return link(ui, x, y, w, std::move(of), em, underlined);
}

void setting_link(Ui& ui, float x, float y, const std::string& label, const TextStyle& style) {
  const auto found = telling_names().find(label);
  if (found != telling_names().end() && found->second == OriginKind::Config)
    origin_link(ui, x, y, ui.p.width(label, style), {OriginKind::Config, label, {}, {}}, style.em);
}

void links_in(Ui& ui, float x, float y, std::string_view line, const TextStyle& style) {
  const auto part_of_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  for (std::size_t at = 0; at < line.size();) {
    std::size_t end = at;
    while (end < line.size() && part_of_name(line[end])) ++end;
    std::string_view word = line.substr(at, end - at);
    while (word.ends_with('.')) word.remove_suffix(1);  // the full stop of the sentence
    if (const auto found = telling_names().find(word); found != telling_names().end()) {
      const float before = ui.p.width(line.substr(0, at), style), w = ui.p.width(word, style);
      if (style.max <= 0 || before + w <= style.max)
        link(ui, x + before, y, w, {found->second, std::string(word), {}, {}}, style.em, false);
    }
    at = end + 1;
  }
}

void draw_origin(Ui& ui) {
  State& st = ui.st;
  const bool rules = is_all_rules(st.origin);
  const Origin* origin = rules || st.origin.name.empty() ? nullptr : origin_of(st.origin);
  if (origin == nullptr && !rules) {
    st.origin = {};
    return;
  }
  if (origin != nullptr && origin->kind == OriginKind::Config) ui.emit_text(ActionKind::LookUpSetting, origin->key);
  Painter& p = ui.p;
  const Palette& c = ui.c;
  // As large as the window allows when presenting.
  constexpr float kWidth = 560, kPad = 20;
  const float large = st.layout == Layout::Presenter ? std::min(ui.h * .0256f / 13, (ui.w - 32) / kWidth) : 1.f;
  const std::string name = rules                              ? ui.tr("ui.all_rules"_w)
                           : origin->kind == OriginKind::Term ? ui.pick(origin->name)
                                                              : st.origin.name;
  OriginOf next;
  const auto tell = [&](float x, float y, bool draw) {
    OriginTelling told{{ui, {Rect{x, y, kWidth, 0}.padded(kPad, 12)}, draw}};
    if (!rules) told.line(told.at.next({20, 14}), ui.tr(observe::words_of(origin->kind)), {.em = 13, .color = c.muted});
    constexpr float kCross = 36;
    told.at.rest.w -= kCross;
    told.text(name, {.em = 18, .bold = true}, 25);
    told.at.rest.w += kCross;
    told.at.skip(4);
    if (rules) tell_rules(told, next);
    else tell_origin(told, *origin, next);
    return told.at.rest.y - y + (rules ? 14 : 52);
  };
  p.push(0, 0, 1);
  const float h = tell(0, 0, false), k = std::min(large, (ui.h - 12) / h);
  p.pop();
  p.push(0, 0, k);
  // Below the name, above it, or beside it.
  const float window_w = ui.w / k, window_h = ui.h / k;
  const Rect a{st.origin.about.x / k, st.origin.about.y / k, st.origin.about.w / k, st.origin.about.h / k};
  Rect r{std::clamp(a.x, 6.f, std::max(6.f, window_w - kWidth - 6)), a.bottom() + 8, kWidth, h};
  if (r.bottom() > window_h - 6) r.y = a.y - h - 8;
  if (r.y < 6) {
    r.y = std::clamp(a.cy() - h / 2, 6.f, std::max(6.f, window_h - h - 6));
    r.x = a.x - kWidth - 10 > 6 ? a.x - kWidth - 10 : std::min(a.right() + 10, window_w - kWidth - 6);
  }
  const Hit outside = ui.hit(make_id("origin outside"), {0, 0, window_w, window_h});
  ui.hit(make_id("origin card"), r);
  shadow_card(p, r, c.raised, c.strong, 1.25f, 10);
  p.push_box(r, "origin");
  tell(r.x, r.y, true);
  if (!rules) {
    const std::string words = ui.tr("ui.tool_copy"_w);
    Row foot{Column{r.padded(kPad, 14)}.last(30), kPad};
    if (button(ui, make_id("origin copy"), foot.right(p.width(words, {.em = 13, .bold = true}) + 28), words))
      copy(ui, observe::plain_text(*origin, st.lang));
    p.text(foot, ui.tr("ui.origin_copy"_w), {.em = 13, .color = c.muted});
  }
  const Rect cross = Row{Column{r.padded(12, 10)}.next(32)}.right(32);
  if (button(ui, make_id("origin close"), cross, "×") || outside.pressed) st.origin = {};
  p.pop_box();
  p.pop();
  if (!next.name.empty()) st.origin = std::move(next);
}

}  // namespace kafkascope::ui
