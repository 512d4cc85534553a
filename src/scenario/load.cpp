#include "scenario/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "scenario/answer_order.h"
#include "scenario/json_reader.h"
#include "scenario/reading.h"
#include "scenario/supported.h"
#include "scenario/variants.h"

namespace kafkascope::scenario {

namespace {

constexpr sim::Duration kLongestRun{365ll * 86400 * 1000000};
constexpr std::size_t kMostVariants = 1000;
constexpr std::size_t kMostChanges = 10000;  // in one "set"

/// A variant as the file writes it.
struct RawVariant {
  Variant variant;
  std::vector<const Member*> set;  // changes of the document
  std::size_t index = 0;
};

bool has_too_many_variants(const Node& document) {
  const Node* list = document.is_object() ? document.find("variants") : nullptr;
  return list != nullptr && list->is_array() && list->items().size() > kMostVariants;
}

std::vector<RawVariant> read_variants(Reading& reading, const Node& document) {
  std::vector<RawVariant> variants;
  reading.names.variants = {"base"};
  if (!document.is_object()) return variants;
  const Node* list = document.find("variants");
  if (list == nullptr) return variants;
  const Path root;
  const Path path(root, "variants");
  if (!list->is_array()) {
    reading.report.error(*list, path, "problem.variants_no_list"_w,
                         example(R"([{"id": "old", "title": {"en": "…"}, "set": {…}}])"));
    return variants;
  }
  if (has_too_many_variants(document)) {
    reading.report.error(*list, path, Message("problem.file_has_variants"_w, {{"count", list->items().size()}}),
                         Message("remedy.at_most"_w, {{"most", kMostVariants}}));
    return variants;
  }
  for (std::size_t i = 0; i < list->items().size() && !reading.report.full(); ++i) {
    const Path here(path, i);
    Fields fields(reading, list->items()[i], here, "problem.thing.variant"_w);
    if (!fields.is_object()) continue;
    RawVariant raw;
    raw.index = i;
    const Node* id = fields.need("id", "\"id\": \"old\"");
    if (id != nullptr && fields.get("id", raw.variant.id)) {
      auto& known = reading.names.variants;
      if (raw.variant.id.empty() || std::find(known.begin(), known.end(), raw.variant.id) != known.end()) {
        reading.report.error(*id, fields.at("id"),
                             Message("problem.second_variant"_w, {{"variant", in_quotes(raw.variant.id)}}),
                             "remedy.each_id_once_but_base"_w);
      } else {
        known.push_back(raw.variant.id);
      }
    }
    fields.get("title", raw.variant.title);
    const Node* set = fields.need("set", R"("set": {"clients/checkout/config/acks": 1})");
    if (set != nullptr && !set->is_object()) {
      reading.report.error(*set, fields.at("set"), "problem.set_not_object"_w,
                           Message("remedy.such_as"_w, {{"example", R"({"clients/checkout/config/acks": 1})"}}));
    } else if (set != nullptr && set->members().size() > kMostChanges) {
      reading.report.error(*set, fields.at("set"),
                           Message("problem.variant_sets_too_many"_w, {{"count", set->members().size()}}),
                           Message("remedy.at_most"_w, {{"most", kMostChanges}}));
    } else if (set != nullptr) {
      for (const Member& member : set->members()) raw.set.push_back(&member);
    }
    fields.finish();
    variants.push_back(std::move(raw));
  }
  return variants;
}

void apply_variant(Reading& reading, Node& document, const RawVariant& raw) {
  const Path root;
  const Path variants(root, "variants");
  const Path one(variants, raw.index);
  const Path set(one, "set");
  for (const Member* member : raw.set) {
    if (member->key == "variants" || member->key.starts_with("variants/")) {
      reading.report.error(member->position, Path(set, member->key), "problem.variant_changes_variants"_w,
                           "remedy.another_path"_w);
      continue;
    }
    apply_set(document, member->key, member->value, reading.report, member->position, Path(set, member->key));
  }
}

/// Legal, but probably not what anybody wants.
void warn_about_groups(Reading& reading, const Node& document, const cluster::ClusterSpec& spec) {
  if (spec.brokers.empty()) return;
  const std::int64_t factor = spec.config.number("offsets.topic.replication.factor");
  if (factor <= static_cast<std::int64_t>(spec.brokers.size())) return;
  const Node* clients = document.find("clients");
  if (clients == nullptr || !clients->is_array()) return;
  const Path root;
  const Path list(root, "clients");
  for (std::size_t i = 0; i < clients->items().size(); ++i) {
    const Node& client = clients->items()[i];
    const Node* config = client.is_object() ? client.find("config") : nullptr;
    const Node* group = config != nullptr && config->is_object() ? config->find("group.id") : nullptr;
    if (group == nullptr) continue;
    const Path one(list, i);
    const Path config_path(one, "config");
    reading.report.warning(
        *group, Path(config_path, "group.id"),
        Message("problem.group_never_forms"_w, {{"factor", factor}, {"brokers", spec.brokers.size()}}),
        Message("remedy.in_cluster_config"_w,
                {{"setting", fmt::format("\"offsets.topic.replication.factor\": {}", spec.brokers.size())}}));
    return;  // one warning is enough
  }
}

}  // namespace

/// One limit for all partitions: those that are declared (read_topics has counted them), those that steps create, and
/// those that are created automatically.
void check_partitions(Reading& reading, const Node& document, const cluster::ClusterSpec& spec) {
  const auto most_of = [&](std::string_view key) {
    std::int64_t most = spec.config.number(key);
    for (const cluster::BrokerSpec& broker : spec.brokers) most = std::max(most, broker.config.number(key));
    return most;
  };
  const std::int64_t by_default = most_of("num.partitions");
  std::int64_t declared = 0, all = static_cast<std::int64_t>(reading.names.automatic.size()) * by_default;
  for (const cluster::TopicSpec& topic : spec.topics) declared += topic.partitions;
  for (const auto& [name, topic] : reading.names.topics) all += topic.partitions > 0 ? topic.partitions : by_default;
  // The default 50 of the internal topics does not count. A key that exceeds the limit alone has been reported already.
  for (const std::string_view key : kPartitionKeys) {
    const bool own = spec.config.explicitly(key) ||
                     std::any_of(spec.brokers.begin(), spec.brokers.end(),
                                 [&](const cluster::BrokerSpec& b) { return b.config.explicitly(key); });
    if (own && most_of(key) > kMostPartitions) return;
    if (own && key != "num.partitions") all += most_of(key);
  }
  if (declared > kMostPartitions || all <= kMostPartitions) return;
  reading.report.error(document, Path(), Message("problem.too_many_partitions_made"_w, {{"partitions", all}}),
                       Message("remedy.partitions"_w, {{"most", kMostPartitions}}));
}

void check_features(Reading& reading, const Node& document, const cluster::ClusterSpec& spec) {
  const auto shares = [](const cluster::ClientSpec& c) { return c.kind == cluster::ClientKind::ShareConsumer; };
  if (std::none_of(spec.clients.begin(), spec.clients.end(), shares) &&
      std::none_of(reading.added.begin(), reading.added.end(), [&](const auto& one) { return shares(one.second); }))
    return;
  const auto level = spec.features.find("share.version");
  if (level != spec.features.end() && level->second >= 1) return;
  const Path root;
  const Node* cluster = document.find("cluster");
  reading.report.error(cluster != nullptr ? *cluster : document, Path(root, "cluster"), "problem.needs_share_version"_w,
                       example(R"("features": {"share.version": 1})"));
}

namespace {

/// Turns the document, already changed by its variant, into a Scenario.
Scenario read_document(Reading& reading, const Node& document, const std::string& variant) {
  Scenario scenario;
  scenario.variant = variant;
  const Path root;
  Fields file(reading, document, root, "problem.thing.scenario"_w);
  if (!file.is_object()) return scenario;

  if (const Node* format = file.need("format", "\"format\": 1")) {
    if (!format->is_integer() || format->integer() != 1) {
      const bool newer = format->is_integer() && format->integer() > 1;
      reading.report.error(*format, file.at("format"), newer ? "problem.newer_format"_w : "problem.unknown_format"_w,
                           example("\"format\": 1"));
    }
  }
  if (const Node* until = file.need("until", "remedy.until"_w)) {
    if (const auto t = reading.duration(*until, file.at("until"), false, kRunForm)) {
      if (t->us == 0 || t->us > kLongestRun.us)
        reading.report.error(*until, file.at("until"),
                             Message("problem.out_of_range"_w, {{"value", in_quotes(until->text())}}), kRunForm);
      else {
        reading.until = scenario.cluster.until = sim::Instant{t->us};
        reading.until_known = true;
      }
    }
  }
  if (const Node* id = file.take("id"); id != nullptr && file.get("id", scenario.id)) {
    if (scenario.id.empty() || scenario.id.find_first_of("/#@ ") != std::string::npos) {
      reading.report.error(*id, file.at("id"), Message("problem.not_id"_w, {{"id", in_quotes(scenario.id)}}),
                           "remedy.id"_w);
    }
  }
  read_cluster(reading, file, scenario.cluster);
  // The smallest limit of all brokers, because any of them may become the coordinator.
  constexpr std::string_view kLimit = "transaction.max.timeout.ms";
  const auto& brokers = scenario.cluster.brokers;
  reading.longest_transaction_ms =
      brokers.empty() ? scenario.cluster.config.number(kLimit) : brokers.front().config.number(kLimit);
  for (const cluster::BrokerSpec& broker : brokers)
    reading.longest_transaction_ms = std::min(reading.longest_transaction_ms, broker.config.number(kLimit));
  const Node* topics = file.take("topics");
  if (topics != nullptr) read_topics(reading, *topics, file.at("topics"), scenario.cluster);
  collect_created(reading, document.find("steps"));
  if (const Node* tries = document.find("try"); tries != nullptr && tries->is_array()) {
    for (const Node& one : tries->items()) collect_created(reading, one.is_object() ? one.find("do") : nullptr);
  }
  if (const Node* clients = file.take("clients")) read_clients(reading, *clients, file.at("clients"), scenario.cluster);
  collect_added(reading, document.find("steps"), file.at("steps"));
  if (const Node* tries = document.find("try"); tries != nullptr && tries->is_array()) {
    const Path all = file.at("try");
    for (std::size_t i = 0; i < tries->items().size(); ++i) {
      const Path one(all, i);
      if (tries->items()[i].is_object()) collect_added(reading, tries->items()[i].find("do"), Path(one, "do"));
    }
  }
  reading.names.sort();
  scenario.names = std::make_shared<const Names>(reading.names);

  if (const Node* steps = file.take("steps")) read_steps(reading, *steps, file.at("steps"), scenario.steps);
  for (Step& step : scenario.steps)
    if (step.ask) draw_order(*step.ask, scenario.cluster.seed);
  if (const Node* expect = file.take("expect")) {
    const Path path = file.at("expect");
    if (!expect->is_array())
      reading.report.error(*expect, path, "problem.expectations_no_list"_w,
                           example(R"([{"path": "/ledger/lost_acked", "equals": 0}])"));
    else if (reading.short_enough(*expect, path, kMostExpectations, "problem.file_has_expectations"_w))
      for (std::size_t i = 0; i < expect->items().size() && !reading.report.full(); ++i) {
        auto e = read_expectation(reading, expect->items()[i], Path(path, i), ExpectationPlace::File);
        if (e && reading.is_mine(e->only)) scenario.expect.push_back(std::move(*e));
      }
  }
  read_lesson(reading, file, scenario);
  file.take("variants");
  if (reading.bundled) {
    for (const auto& [key, value] : {std::pair<std::string_view, bool>{"id", scenario.id.empty()},
                                     {"title", scenario.title.empty()},
                                     {"track", scenario.track.empty()}}) {
      if (value && !file.has(key))
        reading.report.error(document, root, Message("problem.lesson_needs"_w, {{"field", in_quotes(key)}}),
                             example(fmt::format("\"{}\": …", key)));
    }
  }
  file.finish();
  check_partitions(reading, document, scenario.cluster);
  warn_about_groups(reading, document, scenario.cluster);
  // A step with an error is missing from the scenario: conclusions from its absence would be misleading.
  if (!reading.report.has_errors()) {
    warn_about_transactions(reading, document, scenario);
    warn_about_uses(reading, document, scenario);
  }
  check_features(reading, document, scenario.cluster);
  return scenario;
}

/// Reads one variant and puts all its problems into `report`.
std::optional<Scenario> load_into(Report& report, const Node& document, const LoadOptions& options,
                                  const std::vector<std::pair<std::string, const Node*>>& changes) {
  Reading reading{report, {},    options.variant, cluster::KafkaVersion::V4_1,
                  {},     false, options.bundled, options.contract_only};
  const auto variants = read_variants(reading, document);
  if (has_too_many_variants(document)) return std::nullopt;  // it is unclear which variant the rest belongs to
  const bool as_it_is = options.variant == "base" && options.set.empty() && changes.empty();
  Node changed = as_it_is ? Node() : document;
  if (options.variant != "base") {
    const auto at = std::find_if(variants.begin(), variants.end(),
                                 [&](const RawVariant& v) { return v.variant.id == options.variant; });
    if (at == variants.end()) {
      report.error(Node(), Path(), Message("problem.no_such_variant"_w, {{"variant", in_quotes(options.variant)}}),
                   no_variant_but(options.variant, reading.names.variants));
      return std::nullopt;
    }
    apply_variant(reading, changed, *at);
  }
  const Path root;
  for (const auto& [path, value] : options.set) apply_set_argument(changed, path, value, report);
  for (const auto& [path, value] : changes) apply_set(changed, path, *value, report, value->position(), root);
  Scenario scenario = read_document(reading, as_it_is ? document : changed, options.variant);
  scenario.variants.push_back({"base", {}});
  for (const RawVariant& raw : variants) scenario.variants.push_back(raw.variant);
  if (report.has_errors()) return std::nullopt;
  return scenario;
}

/// The run that has a problem: a sentence around the problem's text, and the sentence's other argument.
struct Where {
  words::Key key;
  const char* name;
  std::string value;
};

void absorb(Report& into, Report& from, const std::vector<Problem>& known, const Where& where) {
  for (Problem& problem : from.take_sorted()) {
    const bool again = std::any_of(known.begin(), known.end(), [&](const Problem& k) {
      return k.position == problem.position && k.pointer == problem.pointer && k.message == problem.message;
    });
    if (again) continue;
    problem.message = Message(where.key, {{"what", std::move(problem.message)}, {where.name, where.value}});
    into.add(std::move(problem));
  }
}

Loaded finish(Report& report, std::optional<Scenario> scenario) {
  Loaded loaded;
  loaded.more = report.dropped();
  if (!report.has_errors()) loaded.scenario = std::move(scenario);
  loaded.problems = report.take_sorted();
  return loaded;
}

}  // namespace

Loaded load(std::string_view text, const LoadOptions& options) {
  Report report;
  const auto document = read_json(text, report);
  if (!document) return finish(report, std::nullopt);
  Loaded loaded = finish(report, load_into(report, *document, options, {}));
  // The steps stay, because others may follow them; only their acts are left out.
  if (!loaded.ok() || options.without.empty()) return loaded;
  for (Step& step : loaded.scenario->steps) {
    if (std::find(options.without.begin(), options.without.end(), step.index) == options.without.end()) continue;
    step.command = {};
    step.by_learner = false;
  }
  return loaded;
}

Loaded check(std::string_view text, const LoadOptions& options) {
  Report report;
  const auto document = read_json(text, report);
  if (!document) return finish(report, std::nullopt);
  auto scenario = load_into(report, *document, options, {});
  if (!document->is_object() || report.full() || has_too_many_variants(*document))
    return finish(report, std::move(scenario));

  std::vector<Problem> known = Report(report).take_sorted();
  // A file of many megabytes with many variants would take longer than anybody would wait.
  std::size_t budget = 32 * 1000 * 1000;
  const auto affordable = [&] {
    if (budget < text.size()) return false;
    budget -= text.size();
    return true;
  };
  bool all = true;
  const auto other = [&](const LoadOptions& variant, const std::vector<std::pair<std::string, const Node*>>& changes,
                         const Where& where) {
    if (!affordable()) {
      all = false;
      return;
    }
    Report own;
    load_into(own, *document, variant, changes);
    absorb(report, own, known, where);
  };
  std::vector<std::string> ids;
  if (const Node* variants = document->find("variants"); variants != nullptr && variants->is_array()) {
    for (const Node& variant : variants->items()) {
      const Node* id = variant.is_object() ? variant.find("id") : nullptr;
      if (id != nullptr && id->is_string() && id->text() != "base" &&
          std::find(ids.begin(), ids.end(), id->text()) == ids.end())
        ids.push_back(id->text());
    }
  }
  if (options.variant == "base") {
    for (const std::string& id : ids) {
      LoadOptions variant = options;
      variant.variant = id;
      other(variant, {}, {"problem.in_variant"_w, "variant", in_quotes(id)});
    }
  }
  if (const Node* tries = document->find("try"); tries != nullptr && tries->is_array()) {
    for (std::size_t i = 0; i < std::min(tries->items().size(), kMostTries); ++i) {
      const Node* set = tries->items()[i].is_object() ? tries->items()[i].find("set") : nullptr;
      if (set == nullptr || !set->is_object()) continue;
      if (set->members().size() > kMostChanges) {
        report.error(*set, Path(), Message("problem.try_sets_too_many"_w, {{"count", set->members().size()}}),
                     Message("remedy.at_most"_w, {{"most", kMostChanges}}));
        continue;
      }
      std::vector<std::pair<std::string, const Node*>> changes;
      for (const Member& member : set->members()) changes.emplace_back(member.key, &member.value);
      other(options, changes, {"problem.in_try"_w, "number", std::to_string(i + 1)});
    }
  }
  if (!all) report.warning(*document, Path(), "problem.not_every_variant_checked"_w, "remedy.run_each_variant"_w);
  return finish(report, std::move(scenario));
}

}  // namespace kafkascope::scenario
