// kafkascope compare: two worlds with the same seed and faults: the first divergence, and both ledgers.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "app/cli/files.h"
#include "app/cli/report.h"
#include "cluster/mode_name.h"
#include "observe/model/acts.h"
#include "observe/model/cluster_metrics.h"
#include "observe/model/fates.h"
#include "observe/model/leaderless.h"
#include "observe/model/producer_metrics.h"
#include "observe/model/side_effects.h"
#include "observe/model/snapshot_builder.h"
#include "observe/time/divergence.h"
#include "observe/time/trace_writer.h"
#include "observe/why/why_parting.h"
#include "observe/words/message_acts.h"
#include "observe/words/words.h"
#include "scenario/other_mode.h"
#include "scenario/session.h"
#include "scenario/try_next.h"
#include "scenario/values.h"
#include "scenario/variants.h"

namespace kafkascope::cli {

namespace {

/// Whether the file cannot run under ZooKeeper because it has share groups, which KRaft alone has (KIP-932).
bool needs_share_groups(const scenario::Scenario& file) {
  const auto level = file.cluster.features.find("share.version");
  return (level != file.cluster.features.end() && level->second > 0) ||
         std::any_of(file.cluster.clients.begin(), file.cluster.clients.end(),
                     [](const auto& client) { return client.kind == cluster::ClientKind::ShareConsumer; });
}

using nlohmann::ordered_json;
using scenario::Session;

/// One of the two runs, executed to its end, with its name in the report.
struct Side {
  std::string name;
  std::string file;
  std::unique_ptr<Session> session;
  std::string special = {};     // what only this run has, besides its file, variant and seed
  observe::Ledger ledger = {};  // at the moment that both runs have reached, see run_both
  ordered_json ledger_json = {};
  std::int64_t leaderless_us = 0;
  std::vector<observe::Metric> metrics = {}, producers = {};
  const observe::TraceStore& trace() const { return session->observation().trace(); }
};

using Place = std::optional<std::size_t>;

bool between_modes(const Side& a, const Side& b) {
  return a.session->cluster().spec().metadata != b.session->cluster().spec().metadata;
}

/// Until `end`, the moment that both runs have reached.
std::optional<observe::Parting> first_divergence(const Side& a, const Side& b, sim::Instant end) {
  observe::FirstDivergence search;
  if (between_modes(a, b)) search.between_modes();
  search.look(a.trace(), observe::ClusterView(a.session->cluster()), b.trace(),
              observe::ClusterView(b.session->cluster()), ~std::size_t{0}, end);
  return search.found();
}

/// Whether both runs tell the same story, and the lines that differ are only what the two modes always do differently.
bool same_stories(const Side& a, const Side& b, const std::optional<observe::Parting>& parting) {
  return parting && parting->detail && between_modes(a, b);
}

const char* mode_of(const scenario::Scenario& scenario) {
  return cluster::mode_name(scenario.cluster.metadata == cluster::MetadataKind::ZooKeeper);
}

/// The moment of the line; without one, the end of the run.
sim::Instant time_of(const Side& w, Place i) { return i ? w.trace()[*i].time : w.session->until(); }

observe::Words words_of(const Side& w, std::size_t i) { return observe::sentence_of_parting(w.session->moment(), i); }

std::string told(const Side& w, Place i, sim::Instant at) {
  if (!i) {
    const bool over = w.trace().size() == 0 || w.trace()[w.trace().size() - 1].time < at;
    return over ? tr("cli.nothing_more_happens"_w) : tr("cli.nothing_of_the_kind"_w);
  }
  const observe::Words words = words_of(w, *i);
  return fmt::format("{:.6f}s  {}", static_cast<double>(w.trace()[*i].time.us) / 1e6, korean() ? words.ko : words.en);
}

ordered_json line_json(const Side& w, Place i) {
  if (!i) return nullptr;
  return ordered_json::parse(observe::trace_json(w.trace()[*i], observe::ClusterView(w.session->cluster())));
}

ordered_json words_json(const Side& w, Place i) {
  if (!i) return nullptr;
  const observe::Words words = words_of(w, *i);
  return {{"en", words.en}, {"ko", words.ko}};
}

/// The record at which the worlds part, and the time of the line that names it.
struct Record {
  observe::PartedRecord parted;
  sim::Instant at;
};

std::optional<Record> record_of(const Side& a, const Side& b, const std::optional<observe::Parting>& parting) {
  if (!parting) return std::nullopt;
  const auto record = observe::parted_record(*parting, a.trace(), observe::ClusterView(a.session->cluster()), b.trace(),
                                             observe::ClusterView(b.session->cluster()));
  if (!record) return std::nullopt;
  return Record{*record, time_of(record->of_b ? b : a, record->line)};
}

ordered_json record_json(const std::optional<Record>& record) {
  if (!record) return nullptr;
  const observe::NamedRecord& r = record->parted.record;
  const observe::Words words = observe::words_of(r);
  return {{"client", r.client},
          {"number", r.number},
          {"partition", r.partition.empty() ? ordered_json() : ordered_json(r.partition)},
          {"offset", r.offset < 0 ? ordered_json() : ordered_json(r.offset)},
          {"world", record->parted.of_b ? 1 : 0},
          {"at_us", record->at.us},
          {"text", {{"en", words.en}, {"ko", words.ko}}}};
}

void print_record(const std::optional<Record>& record) {
  if (!record) return;
  const observe::Words words = observe::words_of(record->parted.record);
  std::cout << fmt::format("  {:.6f}s  {}\n", static_cast<double>(record->at.us) / 1e6, korean() ? words.ko : words.en);
}

ordered_json side_json(Side& w) {
  return {{"file", w.file},
          {"variant", w.session->scenario().variant},
          {"seed", w.session->scenario().cluster.seed},
          {"ok", w.session->ok()},
          {"trace_hash", w.session->final_hash()},
          {"ledger", w.ledger_json},
          {"without_leader_us", w.leaderless_us}};
}

/// Runs both worlds to the end of the shorter run, where their ledgers are taken; a run may then go on, for an
/// expectation that has time left.
sim::Instant run_both(Side& a, Side& b) {
  const sim::Instant at = std::min(a.session->until(), b.session->until());
  for (Side* w : {&a, &b}) {
    while (w->session->step(at)) {
    }
    w->ledger = observe::ledger_of(w->session->moment());
    w->ledger_json = *observe::state_at(w->session->moment(), "/ledger");
    observe::MetricsBuilder metrics;
    metrics.follow(w->trace(), w->session->cluster());
    w->leaderless_us = metrics.leaderless_us(at.us);
    observe::SnapshotOptions options;
    options.now = at;
    w->metrics = metrics.metrics(observe::snapshot(w->session->moment(), options), at);
    w->producers = metrics.sent(w->session->cluster(), at.us);
    for (observe::Metric& m : observe::producer_metrics(w->session->cluster())) w->producers.push_back(std::move(m));
    w->session->run_to_end();
  }
  return at;
}

std::string signed_text(std::int64_t n) { return fmt::format("{:+}", n); }

/// The ledger's counts that differ, and by how much: the same as in the window's comparison.
ordered_json differences_json(const Side& a, const Side& b) {
  ordered_json all = ordered_json::array();
  for (const observe::FateRow& row : observe::fate_rows()) {
    const std::int64_t l = a.ledger.all.*row.count, r = b.ledger.all.*row.count;
    if (l != r)
      all.push_back({{"path", "/ledger/" + std::string(row.word)}, {"worlds", {l, r}}, {"difference", r - l}});
  }
  return all;
}

struct MetricOfBoth {
  observe::Metric metric;
  std::int64_t a, b;
};
/// The metrics of producers that differ much, and those of the cluster that differ, at the ledgers' moment; those that
/// exist in only one metadata mode are left out.
std::vector<MetricOfBoth> differing_metrics(const Side& a, const Side& b) {
  std::vector<MetricOfBoth> all;
  for (const auto& [m, other] : observe::metrics_apart(a.producers, b.producers))
    all.push_back({m, std::llround(m.now), std::llround(other.now)});
  for (const observe::Metric& m : a.metrics)
    for (const observe::Metric& other : b.metrics)
      if (observe::same_metric(m, other) && std::llround(other.now) != std::llround(m.now))
        all.push_back({m, std::llround(m.now), std::llround(other.now)});
  return all;
}

ordered_json metrics_json(const Side& a, const Side& b) {
  ordered_json all = ordered_json::array();
  for (const MetricOfBoth& m : differing_metrics(a, b))
    all.push_back({{"metric", m.metric.mbean},
                   {"name", {{"en", m.metric.name.en}, {"ko", m.metric.name.ko}}},
                   {"worlds", {m.a, m.b}},
                   {"difference", m.b - m.a}});
  return all;
}

/// Why the worlds part.
struct Why {
  std::vector<observe::Otherwise> differences;
  std::optional<observe::Answer> answer;
};

Why why_of(Side& a, Side& b, const std::optional<observe::Parting>& parting) {
  if (!parting) return {};
  const observe::Moment here = a.session->moment(), there = b.session->moment();
  const observe::TwoWorlds worlds{here, there};
  Why why{observe::what_differs(worlds), {}};
  if (same_stories(a, b, parting)) return why;  // a detail has no cause that matters
  why.answer = observe::why_parting(worlds, *parting, why.differences);
  return why;
}

ordered_json why_json(const observe::Answer& answer, const std::vector<observe::Otherwise>& differences) {
  ordered_json out = {{"question", {{"en", answer.question.en}, {"ko", answer.question.ko}}},
                      {"steps", ordered_json::array()},
                      {"differs", ordered_json::array()}};
  for (const observe::WhyStep& step : answer.steps) {
    const bool both = step.world == observe::WhyStep::World::Both;
    out["steps"].push_back({{"world", both ? ordered_json() : ordered_json(static_cast<int>(step.world))},
                            {"time_us", both ? ordered_json() : ordered_json(step.at.us)},
                            {"seq", step.seq == 0 ? ordered_json() : ordered_json(step.seq)},
                            {"text", {{"en", step.words.en}, {"ko", step.words.ko}}}});
  }
  for (const observe::Otherwise& o : differences)
    out["differs"].push_back(
        {{"path", o.path}, {"worlds", {o.a, o.b}}, {"text", {{"en", o.words.en}, {"ko", o.words.ko}}}});
  return out;
}

void print_why(const observe::Answer& answer, const Side& a, const Side& b) {
  std::cout << (korean() ? answer.question.ko : answer.question.en) << "  (A: " << a.name << ", B: " << b.name << ")\n";
  for (const observe::WhyStep& step : answer.steps) {
    const bool both = step.world == observe::WhyStep::World::Both;
    std::cout << "  " << (both ? "" : fmt::format("{:.6f}s  ", static_cast<double>(step.at.us) / 1e6))
              << (korean() ? step.words.ko : step.words.en) << "\n";
  }
}

/// The step's act as that run told it, with the node that a role meant then; if it did not happen, as the file has it.
std::string told_act(const Side& w, std::size_t step, const Options& o) {
  const cluster::Command& command = *w.session->scenario().steps[step].command;
  observe::Words words = observe::act_as_sentence(observe::act(command).en, &command, {});
  if (const observe::ActTaken* act = observe::act_of_step(w.session->observation(), static_cast<int>(step)))
    for (std::size_t i = w.trace().first_at(act->at); i < w.trace().size() && w.trace()[i].time == act->at; ++i)
      if (const auto line = fact_if<fact::Command>(w.trace()[i]); line && line->number == act->number)
        words = words_of(w, i);
  return o.korean() ? words.ko : words.en;
}

/// The run's name: "without step 3 (5s)".
std::string without_name(const scenario::Step& step, std::optional<sim::Instant> at = {}) {
  return tr("cli.without_act"_w, {{"step", act_of(step, at)}});
}

void print_head(const char* letter, const Side& w) {
  const scenario::Scenario& s = w.session->scenario();
  std::cout << tr("cli.compare_world"_w, {{"letter", letter},
                                          {"file", w.file},
                                          {"variant", s.variant},
                                          {"seed", std::to_string(s.cluster.seed)},
                                          {"special", w.special}});
}

void print(const Side& a, const Side& b, const std::optional<observe::Parting>& parting,
           const std::optional<observe::Answer>& why, sim::Instant at) {
  print_head("A", a);
  print_head("B", b);
  const std::size_t width = std::max(a.name.size(), b.name.size());
  if (same_stories(a, b, parting)) {
    std::cout << tr("cli.stories_are_the_same"_w);
  } else if (parting) {
    const sim::Instant first = std::min(time_of(a, parting->a), time_of(b, parting->b));
    const bool numbers = !observe::metrics_apart(a.producers, b.producers).empty();
    std::cout << (!parting->detail ? tr("cli.first_divergence"_w)
                  : numbers        ? tr("ui.twin_parts_in_numbers"_w)
                                   : tr("ui.twin_parts_in_detail"_w))
              << "\n";
    if (observe::is_same_event(a.session->moment(), b.session->moment(), *parting)) {
      const observe::Words words = observe::sentence_of_both(a.session->moment(), b.session->moment(), *parting, false);
      const auto when = [](const Side& w, Place i) {
        return fmt::format("{:.6f}", static_cast<double>(time_of(w, i).us) / 1e6);
      };
      std::cout << tr(
          "cli.in_both_worlds"_w,
          {{"a", when(a, parting->a)}, {"b", when(b, parting->b)}, {"what", korean() ? words.ko : words.en}});
    } else {
      std::cout << fmt::format("  {:<{}}  {}\n", a.name, width, told(a, parting->a, first))
                << fmt::format("  {:<{}}  {}\n", b.name, width, told(b, parting->b, first));
    }
    print_record(record_of(a, b, parting));
    if (why) print_why(*why, a, b);
  } else {
    std::cout << tr("cli.worlds_are_the_same"_w);
  }
  for (const observe::Words& also : observe::side_effects(a.session->cluster(), b.session->cluster()))
    std::cout << (korean() ? also.ko : also.en) << "\n";
  const std::size_t column = std::max<std::size_t>(10, width + 3);
  const std::string when = scenario::duration_text(at - sim::Instant{0});
  const std::size_t producers = std::max(a.ledger.by_client.size(), b.ledger.by_client.size());
  const std::string several = producers > 1 ? std::to_string(producers) : std::string();
  std::cout << tr("cli.ledger_at"_w, {{"at", when}, {"producers", several}})
            << fmt::format("  {:>{}}  {:>{}}\n", "A: " + a.name, column, "B: " + b.name, column);
  const auto line = [&](std::int64_t l, std::int64_t r, std::string_view name) {
    std::cout << fmt::format("  {:>{}}  {:>{}}  {:>7}  {}{}\n", l, column, r, column, l == r ? "=" : signed_text(r - l),
                             name, l == r ? "" : "  *");
  };
  const bool unasked = observe::has_unasked(a.session->cluster()) || observe::has_unasked(b.session->cluster());
  for (const observe::FateRow& row : observe::fate_rows()) {
    const std::int64_t l = a.ledger.all.*row.count, r = b.ledger.all.*row.count;
    if (l != 0 || r != 0 || (row.always && !row.reading)) line(l, r, tr(observe::fate_name(row.name, unasked)));
  }
  if (a.leaderless_us != 0 || b.leaderless_us != 0)
    line(a.leaderless_us / 1000, b.leaderless_us / 1000, tr("ui.without_leader"_w));
  for (const MetricOfBoth& m : differing_metrics(a, b)) line(m.a, m.b, korean() ? m.metric.name.ko : m.metric.name.en);
}

/// The position of the step that --without means: by its number in the file, or by the time at which it does something.
/// nullopt, after a message, if there is none.
std::optional<std::size_t> step_left_out(const ScenarioPtr& scenario, const std::string& which) {
  constexpr sim::Duration kNear{1000};  // times are printed with milliseconds
  const auto& steps = scenario->steps;
  int number = -1;
  const auto [end, error] = std::from_chars(which.data(), which.data() + which.size(), number);
  const bool by_number = error == std::errc{} && end == which.data() + which.size();
  const auto at = by_number ? std::nullopt : moment(which, "--without");
  if (!by_number && !at) return std::nullopt;
  std::optional<Session> run;  // steps that wait for an event have their times only in a run
  const auto is_it = [&](std::size_t i) {
    if (by_number) return steps[i].index == number;
    if (steps[i].trigger == scenario::Step::Trigger::At) return std::llabs((steps[i].at - *at).us) < kNear.us;
    if (!run) run.emplace(scenario), run->run_until(*at + kNear);
    const scenario::StepResult& result = run->step_results()[i];
    return result.happened && std::llabs((result.at - *at).us) < kNear.us;
  };
  std::optional<std::size_t> found;
  std::string others;  // acts of the same moment
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!steps[i].command || !is_it(i)) continue;
    if (found) others += (others.empty() ? "" : ", ") + std::to_string(steps[i].index);
    else found = i;
  }
  if (!others.empty())
    std::cerr << tr("cli.without_only_first"_w,
                    {{"step", std::to_string(steps[*found].index)}, {"others", others}, {"at", which}});
  if (found) return found;
  std::cerr << tr("cli.no_act_in_step"_w, {{"step", which}}) << acts_there_are(*scenario) << "\n";
  return std::nullopt;
}

/// A lesson that cannot run in the other mode as it is may have a variant for it, or name another lesson.
void hint_at_variant(const std::string& file, const scenario::Scenario& first, const Options& o) {
  const auto text = read_file(file);
  for (const scenario::Variant& variant : first.variants) {
    scenario::LoadOptions options;
    options.variant = variant.id;
    const scenario::Loaded loaded = scenario::load(text.value_or(""), options);
    if (!loaded.ok() || loaded.scenario->cluster.metadata == first.cluster.metadata) continue;
    std::cerr << tr("cli.compare_has_variant"_w, {{"variant", variant.id}, {"mode", cluster::mode_name(o.zookeeper)}});
    return;
  }
  if (!first.in_other_mode.empty())
    std::cerr << tr("cli.compare_has_lesson"_w,
                    {{"lesson", first.in_other_mode}, {"mode", cluster::mode_name(o.zookeeper)}});
}

}  // namespace

int compare(const Options& o) {
  const int ways = static_cast<int>(!o.sets.empty()) + static_cast<int>(!o.with.empty()) +
                   static_cast<int>(!o.variant.empty()) + static_cast<int>(!o.without_act.empty()) +
                   static_cast<int>(o.try_next.has_value()) + static_cast<int>(o.zookeeper) + static_cast<int>(o.kraft);
  const bool seeds = ways == 0 && o.seed.has_value();  // the seed is what differs
  if (ways != 1 && !seeds) {
    std::cerr << tr("cli.compare_needs_another_world"_w);
    return kBadInput;
  }
  const std::string& file = o.files.front();
  Options plain = o;
  plain.sets.clear();
  const ScenarioPtr first = load_one(file, plain, "base", seeds ? std::nullopt : o.seed);
  if (first == nullptr) return kBadInput;
  if (seeds && *o.seed == first->cluster.seed) {
    std::cerr << tr("cli.compare_same_seed"_w, {{"seed", std::to_string(*o.seed)}});
    return kBadInput;
  }
  const std::string& other_file = o.with.empty() ? file : o.with;
  std::optional<std::size_t> left_out;
  if (!o.without_act.empty()) {
    left_out = step_left_out(first, o.without_act);
    if (!left_out) return kBadInput;
  }
  Options changed = o;
  if (left_out) changed.without = first->steps[*left_out].index;
  if (o.zookeeper || o.kraft) {
    if (o.zookeeper == (first->cluster.metadata == cluster::MetadataKind::ZooKeeper)) {
      std::cerr << tr("cli.compare_same_mode"_w,
                      {{"mode", cluster::mode_name(o.zookeeper)}, {"option", o.zookeeper ? "--kraft" : "--zookeeper"}});
      return kBadInput;
    }
    if (o.zookeeper && needs_share_groups(*first)) {  // else each place of the file is a problem
      complain(file, "cli.compare_share_needs_kraft"_w);
      hint_at_variant(file, *first, o);
      return kBadInput;
    }
    scenario::LoadOptions loaded;
    for (const std::string& set : o.sets) loaded.set.push_back(scenario::split_set(set));
    for (const auto& [path, value] : scenario::in_mode(read_file(file).value_or(""), loaded, o.zookeeper))
      changed.sets.push_back(path + "=" + value);
  }
  const scenario::TryNext* change = nullptr;
  if (o.try_next) {
    const auto index = static_cast<std::size_t>(*o.try_next - 1);
    if (index >= first->tries.size()) {
      std::cerr << tr("cli.no_such_try"_w,
                      {{"number", std::to_string(*o.try_next)}, {"count", std::to_string(first->tries.size())}});
      return kBadInput;
    }
    change = &first->tries[index];
    for (const auto& [path, value] : change->set) changed.sets.push_back(path + "=" + value);
    changed.left_out = scenario::replaced_by(*change, *first);
  }
  // Both worlds have the same seed, unless the seed itself is the difference.
  const bool set_seed = std::any_of(changed.sets.begin(), changed.sets.end(),
                                    [](const std::string& set) { return scenario::split_set(set).first == "seed"; });
  const ScenarioPtr second = load_one(other_file, changed, o.variant.empty() ? "base" : o.variant,
                                      set_seed ? std::nullopt
                                      : seeds  ? o.seed
                                               : std::optional(first->cluster.seed));
  if (second == nullptr) {
    if (o.zookeeper || o.kraft) hint_at_variant(file, *first, o);
    return kBadInput;
  }
  Side a{tr("cli.world_as_it_is"_w), file, std::make_unique<Session>(first, true)},
      b{"", other_file, std::make_unique<Session>(second, true)};
  if (change != nullptr) b.session->plan(scenario::acts_of(*change));
  b.name = change != nullptr    ? fmt::format("--try {}", *o.try_next)
           : left_out           ? without_name(first->steps[*left_out])
           : !o.variant.empty() ? o.variant
           : !o.with.empty()    ? o.with
           : o.sets.empty()     ? std::string()
                                : o.sets.front();
  if (!o.with.empty()) a.name = file;
  if (seeds)
    for (Side* side : {&a, &b})
      side->name = tr("ui.seed"_w, {{"seed", std::to_string(side->session->scenario().cluster.seed)}});
  if (first->cluster.metadata != second->cluster.metadata) a.name = mode_of(*first), b.name = mode_of(*second);
  if (change != nullptr) b.special = b.name + ": " + in(o, change->text);
  else if (o.zookeeper || o.kraft) a.special = a.name, b.special = b.name;
  else b.special = fmt::format("{}", fmt::join(o.sets, ", "));
  const sim::Instant at = run_both(a, b);
  if (left_out) b.special = "--without: " + told_act(a, *left_out, o);
  const scenario::StepResult* gone = left_out ? &a.session->step_results()[*left_out] : nullptr;
  if (gone != nullptr && gone->happened) b.name = without_name(first->steps[*left_out], gone->at);
  const auto parting = first_divergence(a, b, at);
  const Why why = why_of(a, b, parting);
  if (o.json) {
    ordered_json j = {{"worlds", {side_json(a), side_json(b)}}, {"ledgers_at_us", at.us},
                      {"differences", differences_json(a, b)},  {"metrics", metrics_json(a, b)},
                      {"also", ordered_json::array()},          {"divergence", nullptr}};
    for (const observe::Words& also : observe::side_effects(a.session->cluster(), b.session->cluster()))
      j["also"].push_back({{"en", also.en}, {"ko", also.ko}});
    if (gone != nullptr)
      j["without"] = {{"step", first->steps[*left_out].index},
                      {"at_us", gone->happened ? ordered_json(gone->at.us) : ordered_json()}};
    if (parting)
      j["divergence"] = {{"at_us", std::min(time_of(a, parting->a), time_of(b, parting->b)).us},
                         {"detail", parting->detail},
                         {"order", parting->order},
                         {"same_event", observe::is_same_event(a.session->moment(), b.session->moment(), *parting)},
                         {"events", {line_json(a, parting->a), line_json(b, parting->b)}},
                         {"words", {words_json(a, parting->a), words_json(b, parting->b)}},
                         {"record", record_json(record_of(a, b, parting))},
                         {"why", why.answer ? why_json(*why.answer, why.differences) : ordered_json()}};
    std::cout << j.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  } else {
    print(a, b, parting, why.answer, at);
  }
  const bool whole = print_end(*a.session, o, std::cerr);
  return print_end(*b.session, o, std::cerr) && whole ? kOk : kCannot;
}

}  // namespace kafkascope::cli
