#include "observe/why/origins.h"

#include <algorithm>
#include <map>

#include "observe/judge/invariants/invariants.h"
#include "observe/model/fates.h"
#include "observe/model/mbeans.h"
#include "observe/why/kafka_docs.h"
#include "observe/why/said_of_term.h"
#include "observe/words/both.h"
#include "protocol/config.h"
#include "protocol/errors.h"
#include "words/glossary.h"
#include "words/lower_case.h"
#include "words/message.h"

namespace kafkascope::observe {

namespace {

using words::GlossaryEntry;
using words::listed;

/// The prefixes of the families' keys, in the order of OriginKind.
constexpr std::string_view kFamilies[] = {"config", "error", "metric", "invariant", "glossary"};
constexpr std::string_view family(OriginKind kind) { return kFamilies[static_cast<std::size_t>(kind)]; }

const GlossaryEntry* entry_of(words::Key key) {
  static const auto kByKey = [] {
    std::map<words::Key, const GlossaryEntry*> entries;
    for (const GlossaryEntry& entry : words::glossary())
      entries.emplace(words::Key(std::string_view(entry.key)), &entry);
    return entries;
  }();
  const auto found = kByKey.find(key);
  return found == kByKey.end() ? nullptr : found->second;
}

Words term_name(std::string_view key) { return both(words::Key(key)); }

/// "kafka.server:type=ReplicaManager,name=LeaderCount" is LeaderCount, "…#current-epoch" is current-epoch.
std::string short_metric(std::string_view bean) {
  const std::size_t name = bean.find("name="), attribute = bean.find('#');
  if (name == std::string_view::npos) return std::string(bean.substr(attribute + 1));
  return std::string(bean.substr(name + 5, bean.find_first_of(",#", name) - name - 5));
}

Origin made(OriginKind kind, words::Key key, const GlossaryEntry& entry, Words name) {
  Origin origin;
  origin.kind = kind;
  origin.key = entry.key;
  origin.short_name = kind == OriginKind::Metric ? short_metric(name.en) : name.en;
  origin.name = std::move(name);
  origin.meaning = both(kind == OriginKind::Term ? words::Key(std::string(entry.key) + ".meaning") : key);
  const auto take = [&](const GlossaryEntry& from) {
    for (const int kip : listed(from.kip)) origin.kips.push_back("KIP-" + std::to_string(kip));
    for (const char* name_of : listed(from.classes)) origin.classes.emplace_back(name_of);
    for (const char* file : listed(from.tests)) origin.tests.emplace_back(file);
    for (const char* row : listed(from.fidelity)) origin.fidelity.push_back(std::string("docs/fidelity.md#") + row);
  };
  take(entry);
  if (const GlossaryEntry* all = entry_of(words::Key(family(kind))); all != nullptr) take(*all);
  for (const char* term : listed(entry.see))
    // A setting and a term of the same name are shown together, so neither refers to the other.
    if (Words name_of = term_name(term); name_of.en != origin.name.en) origin.see.push_back({term, std::move(name_of)});
  return origin;
}

/// A named thing: its kind, its words, and the name itself.
struct Named {
  OriginKind kind;
  words::Key words;
  Words name;
  std::vector<std::string> also;  // other names by which it is found, in lower case
};

/// Adds the spellings by which a name is found: "high watermark (HW)" also as "high watermark" and "HW", a tool's
/// "find-hanging (kafka-transactions)" also as it is typed.
void add_spellings(std::string_view name, std::vector<std::string>& out) {
  out.push_back(words::lower_case(name));
  const std::size_t open = name.find('('), close = name.find(')', open);
  if (open == std::string_view::npos || close == std::string_view::npos) return;
  std::string_view before = name.substr(0, open);
  while (before.ends_with(' ')) before.remove_suffix(1);
  out.push_back(words::lower_case(before));
  std::string_view inside = name.substr(open + 1, close - open - 1);
  out.push_back(words::lower_case(inside) + " " + words::lower_case(before));
  for (std::size_t comma = inside.find(", "); comma != std::string_view::npos; comma = inside.find(", ")) {
    out.push_back(words::lower_case(inside.substr(0, comma)));
    inside.remove_prefix(comma + 2);
  }
  out.push_back(words::lower_case(inside));
}

/// A record's result is found by its word in the state document and by its name in the ledger as well.
void add_fate(Named& term) {
  std::string word = term.also.front();
  std::replace(word.begin(), word.end(), '-', '_');
  for (const FateRow& row : fate_rows())
    if (row.word == word) {
      term.also.push_back(word);
      term.also.push_back(words::lower_case(words::text(words::Lang::En, row.name)));
      term.also.push_back(words::lower_case(words::text(words::Lang::Ko, row.name)));
    }
}

/// A term is also found by what the window shows of it: "ms leaderless, summed", "under min ISR", a group's state.
void add_shown(std::string_view key, Named& term) {
  constexpr std::pair<std::string_view, words::Key> kShown[] = {
      {"glossary.leader-election", "ui.without_leader"_w},
      {"glossary.min-insync-replicas", "ui.hw_waits_for_min_isr"_w},
      {"glossary.min-insync-replicas", "ui.under_min_isr"_w}};
  for (const auto& [of, shown] : kShown)
    for (const words::Lang lang : {words::Lang::En, words::Lang::Ko}) {
      if (of != key) continue;
      const std::string text = words::lower_case(words::text(lang, shown));
      term.also.push_back(text);
      if (const std::size_t end = text.find_first_of(",:"); end != std::string::npos)
        term.also.push_back(text.substr(0, end));
    }
  if (const std::string_view word = said_of_term(key); !word.empty()) term.also.emplace_back(word);
  if (key != "glossary.group-state") return;
  for (const char* state :
       {"empty", "preparingrebalance", "completingrebalance", "assigning", "reconciling", "stable", "dead"})
    term.also.emplace_back(state);
}

std::vector<Named> all_named() {
  std::vector<Named> all;
  const auto same = [](std::string_view name) { return Words{std::string(name), std::string(name)}; };
  for (const protocol::ConfigDefinition& d : protocol::config_definitions()) {
    if (!all.empty() && all.back().words == d.words()) continue;  // another row of the same key
    all.push_back({OriginKind::Config, d.words(), same(d.name), {words::lower_case(d.name)}});
  }
  const auto error = [&](protocol::ErrorCode code) {
    Named named{
        OriginKind::Error, error_words(code), same(protocol::name(code)), {words::lower_case(protocol::name(code))}};
    if (const GlossaryEntry* entry = entry_of(named.words); entry != nullptr)
      for (const char* exception : listed(entry->classes))
        if (std::string_view(exception).ends_with("Exception")) named.also.push_back(words::lower_case(exception));
    all.push_back(std::move(named));
  };
#define KAFKASCOPE_ROW(name, code, retriable, refresh) error(protocol::ErrorCode::name);
  KAFKASCOPE_ERRORS(KAFKASCOPE_ROW)
#undef KAFKASCOPE_ROW
  for (const MBeanKind* kind : mbean_kinds())
    all.push_back({OriginKind::Metric,
                   kind->words,
                   same(kind->name),
                   {words::lower_case(kind->name), words::lower_case(short_metric(kind->name))}});
  // Shown only in the dashboard, computed from the trace.
  const std::string_view elections = "kafka.controller:type=ControllerStats,name=LeaderElectionRateAndTimeMs";
  all.push_back({OriginKind::Metric,
                 "app.metric_elections"_w,
                 same(elections),
                 {words::lower_case(elections), words::lower_case(short_metric(elections)), "/metrics/elections"}});
  for (const InvariantInfo& info : kInvariants)
    all.push_back({OriginKind::Invariant, info.words, same(info.name), {std::string(info.name)}});
  for (const GlossaryEntry& entry : words::glossary()) {
    const std::string_view key = entry.key;
    if (!key.starts_with("glossary.")) continue;
    Named named{OriginKind::Term, words::Key(key), term_name(key), {std::string(key.substr(9))}};
    add_spellings(named.name.en, named.also);
    add_spellings(named.name.ko, named.also);
    add_fate(named);
    add_shown(key, named);
    all.push_back(std::move(named));
  }
  return all;
}

const std::vector<Named>& named_things() {
  static const std::vector<Named> kAll = all_named();
  return kAll;
}

}  // namespace

std::string_view to_string(OriginKind kind) { return kind == OriginKind::Term ? "term" : family(kind); }

words::Key words_of(OriginKind kind) {
  switch (kind) {
    case OriginKind::Config: return "origin.setting"_w;
    case OriginKind::Error: return "origin.error"_w;
    case OriginKind::Metric: return "thing.metric"_w;
    case OriginKind::Invariant: return "cli.invariant"_w;
    case OriginKind::Term: return "ui.palette_term"_w;
  }
  return {};
}

words::Key error_words(protocol::ErrorCode error) {
  return words::Key("error." + words::lower_case(protocol::name(error)));
}

std::span<const SaidOfTerm> said_of_terms() {
  static constexpr SaidOfTerm kSaid[] = {{"glossary.fencing", "fenced"},
                                         {"glossary.leader-election", "leaderless"},
                                         {"glossary.session-timeout", "expired"}};
  return kSaid;
}

std::string_view said_of_term(std::string_view key) {
  for (const SaidOfTerm& said : said_of_terms())
    if (said.key == key) return said.word;
  return {};
}

std::vector<Origin> origins_of(std::string_view name) {
  std::string wanted = words::lower_case(name);
  std::vector<Origin> found;
  const MBeanKind* metric = find_mbean_kind(name);
  for (const Named& named : named_things()) {
    const bool is_it = std::find(named.also.begin(), named.also.end(), wanted) != named.also.end() ||
                       (metric != nullptr && named.kind == OriginKind::Metric && named.name.en == metric->name);
    const GlossaryEntry* entry = is_it ? entry_of(named.words) : nullptr;
    if (entry != nullptr) found.push_back(made(named.kind, named.words, *entry, named.name));
  }
  return found;
}

namespace {

Words code_of(const Origin& origin) {
  Words line;
  const auto told = [&](protocol::ErrorCode code, int number) {
    if (protocol::name(code) == origin.name.en)
      line = both(protocol::retriable(code) ? "origin.code_retriable"_w : "origin.code"_w,
                  {{"code", std::to_string(number)}});
  };
#define KAFKASCOPE_ROW(name, code, retriable, refresh) told(protocol::ErrorCode::name, code);
  KAFKASCOPE_ERRORS(KAFKASCOPE_ROW)
#undef KAFKASCOPE_ROW
  return line;
}

Words shown(std::string_view value) {
  return value == protocol::kConfigNull ? both("origin.not_set"_w)
         : value.empty()                ? both("origin.empty"_w)
                                        : Words{std::string(value), std::string(value)};
}

/// What is valid: "an integer from 1"; empty: any text.
words::Message valid_values(const protocol::ConfigDefinition& d) {
  words::Message valid;
  if (d.type != protocol::ConfigType::String && (d.type != protocol::ConfigType::List || !d.values.empty()))
    (void)protocol::parse_config_value(d, "\x7f", &valid);  // never a valid value: the remedy says what is valid
  return valid;
}

void add_once(std::vector<Words>& all, Words line) {
  if (std::none_of(all.begin(), all.end(), [&](const Words& w) { return w.en == line.en; }))
    all.push_back(std::move(line));
}

}  // namespace

std::vector<Words> defaults_in(const Origin& origin, std::string_view kafka_version) {
  std::vector<Words> all;
  if (origin.kind != OriginKind::Config) return all;
  const bool old = kafka_version == protocol::to_string(protocol::KafkaVersion::V2_5);
  for (const protocol::ConfigDefinition& d : protocol::config_definitions()) {
    if (d.words() != words::Key(origin.key)) continue;
    const std::string_view value = old ? d.default_2_5 : d.default_4_1;
    if (value == protocol::kConfigAbsent) {
      add_once(all, both(old ? "origin.not_in_2_5"_w : "origin.only_2_5"_w));
      continue;
    }
    const words::Message valid = valid_values(d);
    add_once(all,
             both("origin.default_in"_w,
                  {{"version", std::string(kafka_version)},
                   {"value", shown(value)},
                   {"valid", Words{words::render(words::Lang::En, valid), words::render(words::Lang::Ko, valid)}}}));
  }
  return all;
}

std::vector<Words> values_of(const Origin& origin) {
  std::vector<Words> all;
  if (origin.kind == OriginKind::Error) all.push_back(code_of(origin));
  if (origin.kind != OriginKind::Config) return all;
  for (const protocol::ConfigDefinition& d : protocol::config_definitions()) {
    if (d.words() != words::Key(origin.key)) continue;
    const words::Message valid = valid_values(d);
    const std::string_view now = d.default_4_1, old = d.default_2_5;
    const bool only_old = now == protocol::kConfigAbsent;
    Words of_2_5 = old == now || only_old           ? Words{}
                   : old == protocol::kConfigAbsent ? both("origin.not_in_2_5"_w)
                                                    : both("origin.in_2_5"_w, {{"value", shown(old)}});
    if (only_old) of_2_5 = both("origin.only_2_5"_w);
    Words line = both("origin.value"_w,
                      {{"value", shown(only_old ? old : now)},
                       {"old", of_2_5},
                       {"valid", Words{words::render(words::Lang::En, valid), words::render(words::Lang::Ko, valid)}}});
    add_once(all, std::move(line));
  }
  return all;
}

std::string plain_text(const Origin& origin, words::Lang lang) {
  std::string out = pick(lang, origin.name) + " (" + words::text(lang, words_of(origin.kind)) + ")\n  " +
                    pick(lang, origin.meaning) + "\n";
  const auto row = [&](const char* label, const std::vector<std::string>& values, const char* between) {
    for (std::size_t i = 0; i < values.size(); ++i)
      out += (i == 0 ? std::string("  ") + label + ": " : between) + values[i];
    if (!values.empty()) out += "\n";
  };
  for (const Words& value : values_of(origin)) out += "  " + pick(lang, value) + "\n";
  row("KIP", origin.kips, ", ");
  row("Kafka", origin.classes, ", ");
  const std::string documented = words::text(lang, "origin.documented"_w);
  const auto now = documentation_of(origin, protocol::KafkaVersion::V4_1);
  row(documented.c_str(), now, "\n    ");
  if (now.empty()) row(documented.c_str(), documentation_of(origin, protocol::KafkaVersion::V2_5), "\n    ");
  row(words::text(lang, "origin.tests"_w), origin.tests, "\n    ");
  row(words::text(lang, "origin.fidelity"_w), origin.fidelity, "\n    ");
  std::vector<std::string> terms;
  for (const Origin::Term& term : origin.see) terms.push_back(pick(lang, term.name));
  row(words::text(lang, "origin.see"_w), terms, ", ");
  return out;
}

const std::vector<Origin>& all_origins() {
  static const std::vector<Origin> kAll = [] {
    std::vector<Origin> all;
    for (const Named& named : named_things())
      if (const GlossaryEntry* entry = entry_of(named.words); entry != nullptr)
        all.push_back(made(named.kind, named.words, *entry, named.name));
    return all;
  }();
  return kAll;
}

std::vector<std::string> names_without_origin() {
  std::vector<std::string> names;
  for (const Named& named : named_things())
    if (entry_of(named.words) == nullptr) names.push_back(named.name.en);
  return names;
}

}  // namespace kafkascope::observe
