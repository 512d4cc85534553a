// kafkascope ledger: the fate of the records, and a sentence of explanation for each one that was lost, repeated, reordered, skipped or aborted.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/cli/files.h"
#include "app/cli/progress.h"
#include "app/cli/report.h"
#include "observe/model/fates.h"
#include "observe/why/account.h"
#include "scenario/session.h"

namespace kafkascope::cli {

using nlohmann::ordered_json;

namespace {

std::string name_of(observe::RecordName record, const cluster::Cluster& cluster) {
  return fmt::format("{}/{}", cluster.info({record.client}).name, record.number);
}

/// "orders-0"; "" if it never had a partition.
std::string partition_of(const observe::Account& account, scenario::Session& session) {
  const observe::RecordState* state =
      session.observation().ledger().record(account.record.client, account.record.number);
  return state == nullptr || state->partition.topic < 0 ? "" : session.cluster().name(state->partition);
}

ordered_json json_of(const observe::Account& account, std::string_view fate, scenario::Session& session) {
  const observe::Lineage& lineage = session.observation().lineage();
  const cluster::Cluster& cluster = session.cluster();
  ordered_json out = {{"fate", fate},
                      {"record", name_of(account.record, cluster)},
                      {"partition", partition_of(account, session)},
                      {"group", account.group.empty() ? ordered_json() : ordered_json(account.group)}};
  const auto input = lineage.input_of(account.record);
  out["input"] = input ? ordered_json(name_of(*input, cluster)) : ordered_json();
  out["outputs"] = ordered_json::array();
  for (const observe::RecordName output : lineage.outputs_of(account.record))
    out["outputs"].push_back(name_of(output, cluster));
  const observe::RecordState* state =
      session.observation().ledger().record(account.record.client, account.record.number);
  const std::string topic = state == nullptr ? "" : cluster.topic_name(state->partition.topic);
  out["sinks"] = session.observation().sinks().rows_of(account.record, topic, cluster);
  out["sentence"] = {{"en", account.sentence.en}, {"ko", account.sentence.ko}};
  out["root_kind"] = std::string(observe::to_string(account.answer.root_kind));
  out["chain"] = account.answer.chain;
  return out;
}

/// "shop/7 → biller/9": the record with its input and its outputs.
std::string with_kin(observe::RecordName record, scenario::Session& session) {
  const observe::Lineage& lineage = session.observation().lineage();
  const auto input = lineage.input_of(record);
  std::string text = (input ? name_of(*input, session.cluster()) + " → " : "") + name_of(record, session.cluster());
  std::string before = " → ";
  for (const observe::RecordName output : lineage.outputs_of(record))
    text += std::exchange(before, ", ") + name_of(output, session.cluster());
  return text;
}

/// " (billing)"; for a consumer without a group, the consumer's name.
std::string in_brackets(std::string_view group) {
  if (group.starts_with('@')) group.remove_prefix(1);
  return group.empty() ? "" : fmt::format(" ({})", group);
}

void print_of(const observe::FateRow& row, std::int64_t count, const std::vector<observe::Account>& all,
              scenario::Session& session) {
  const std::size_t records = observe::number_of_accounts(session.moment(), row.word);
  const bool unasked = observe::has_unasked(session.cluster());
  std::cout << "\n" << tr(observe::fate_name(row.name, unasked)) << ": " << count;
  if (records > 0 && static_cast<std::int64_t>(records) != count)
    std::cout << tr("cli.ledger_of_records"_w, {{"records", std::to_string(records)}});
  std::cout << "\n";
  for (const observe::Account& account : all) {
    std::cout << "  " << with_kin(account.record, session) << in_brackets(account.group) << "\n";
    for (const observe::WhyStep& step : account.answer.steps)
      std::cout << "    " << told_at(step, session.cluster().now(), language()) << "\n";
  }
  if (all.size() < records)
    std::cout << "  " << tr("cli.ledger_more"_w, {{"count", std::to_string(records - all.size())}}) << "\n";
}

/// The rows written outside Kafka, by table.
void print_sinks(const scenario::Session& session) {
  for (const auto& [name, table] : session.observation().sinks().tables()) {
    std::cout << tr("cli.ledger_sink"_w, {{"table", name},
                                          {"rows", std::to_string(table.rows)},
                                          {"records", std::to_string(table.seen.size())},
                                          {"repeated", std::to_string(table.repeated())}})
              << "\n";
    // A transform that writes twice makes two records from one input.
    std::set<observe::RecordName> inputs;
    for (const auto& [record, rows] : table.seen) {
      observe::RecordName first = record;
      while (const auto input = session.observation().lineage().input_of(first)) first = *input;
      inputs.insert(first);
    }
    if (inputs.size() < table.seen.size())
      std::cout << tr("cli.ledger_sink_inputs"_w, {{"table", name},
                                                   {"records", std::to_string(table.seen.size())},
                                                   {"inputs", std::to_string(inputs.size())}})
                << "\n";
  }
}

}  // namespace

int ledger(const Options& o) {
  const ScenarioPtr scenario = load_one(o.files.front(), o, o.variant.empty() ? "base" : o.variant, o.seed);
  if (scenario == nullptr) return kBadInput;
  std::optional<sim::Instant> at = scenario->cluster.until;
  if (!o.at.empty()) at = moment(o.at, "--at");
  if (!at || !can_go_to(*scenario, *at)) return kBadInput;
  const auto& fates = observe::told_fates();
  if (!o.fate.empty() && std::find(fates.begin(), fates.end(), o.fate) == fates.end()) {
    std::string names;
    for (const std::string_view fate : fates) names += (names.empty() ? "" : ", ") + std::string(fate);
    std::cerr << "--fate " << o.fate << tr("cli.no_such_fate"_w, {{"fates", names}});
    return kBadInput;
  }
  scenario::Session session(scenario, true);
  run_with_progress(session, *at, o.files.front());
  session.run_until(*at);
  const observe::Ledger counts = observe::ledger_of(session.moment());
  ordered_json list = ordered_json::array();
  if (!o.json) {
    print_ledger(session, o, std::cout);
    print_sinks(session);
  }
  for (const observe::FateRow& row : observe::fate_rows()) {
    if (std::find(fates.begin(), fates.end(), row.word) == fates.end() || (!o.fate.empty() && row.word != o.fate))
      continue;
    if (o.fate.empty() && row.word == "pending") continue;  // the last records of any run: shown only on request
    const std::int64_t count = counts.all.*row.count;
    if (count == 0) continue;
    const auto all = observe::accounts(session.moment(), row.word, static_cast<std::size_t>(o.most));
    if (!o.json) print_of(row, count, all, session);
    for (const observe::Account& account : all) list.push_back(json_of(account, row.word, session));
  }
  if (o.json) std::cout << list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  return print_end(session, o, std::cerr) ? kOk : kCannot;
}

}  // namespace kafkascope::cli
