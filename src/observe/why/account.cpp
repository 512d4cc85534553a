#include "observe/why/account.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "observe/model/fates.h"
#include "observe/why/why_parts.h"
#include "observe/words/both.h"

namespace kafkascope::observe {

namespace {

bool of_groups(std::string_view fate) {
  const auto row =
      std::find_if(fate_rows().begin(), fate_rows().end(), [&](const FateRow& r) { return r.word == fate; });
  return row != fate_rows().end() && row->reading;
}

/// "5.002": seconds, rounded to the ms, as Why? prints them.
std::string seconds(sim::Instant at) { return fmt::format("{:.3f}", static_cast<double>(at.us) / 1e6); }

/// All readers if the fate concerns readers; otherwise only "".
std::vector<std::string> groups_of(const Moment& moment, std::string_view fate) {
  if (!of_groups(fate)) return {""};
  std::vector<std::string> groups;
  for (const auto& [name, counts] : moment.observation.ledger().by_reader(ClusterView(moment.cluster)))
    groups.push_back(name);
  return groups;
}

}  // namespace

const std::vector<std::string_view>& told_fates() {
  static const std::vector<std::string_view> fates{"failed",       "in_doubt",   "pending",          "lost_acked",
                                                   "lost_unacked", "duplicated", "reordered",        "aborted",
                                                   "redelivered",  "skipped",    "uncommitted_read", "aborted_visible"};
  return fates;
}

Words sentence_of(const Answer& answer) {
  Words sentence;
  for (const WhyStep& step : answer.steps) {
    const Words clause =
        step.seq == 0 ? step.words : both("why.clause_at"_w, {{"what", step.words}, {"at", seconds(step.at)}});
    sentence = sentence.empty() ? clause : both("why.clause_after"_w, {{"before", sentence}, {"next", clause}});
  }
  return both("why.sentence"_w, {{"what", sentence}});
}

std::vector<FatedRecord> records_with(const Moment& moment, std::string_view fate, std::size_t most,
                                      const RecordLedger::Filter& of) {
  const ClusterView truth(moment.cluster);
  std::vector<FatedRecord> all;
  for (const std::string& group : of.group.empty() ? groups_of(moment, fate) : std::vector<std::string>{of.group})
    for (const RecordLedger::Named& r : moment.observation.ledger().with_fate(fate, truth, most, {of.client, group}))
      all.push_back({{r.client, r.number}, group});
  return all;
}

const FatedRecord& example_of(const Story& story, std::string_view fate, const std::vector<FatedRecord>& records) {
  const auto client_of = [&](const FatedRecord& r) { return story.cluster().info({r.record.client}).name; };
  auto example = records.end();
  if (fate == "pending") {
    std::map<std::string, std::size_t> of_client;
    for (const FatedRecord& r : records) ++of_client[client_of(r)];
    const auto most = std::max_element(of_client.begin(), of_client.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    example =
        std::find_if(records.begin(), records.end(), [&](const FatedRecord& r) { return client_of(r) == most->first; });
  } else if (fate == "lost_acked") {
    example = std::find_if(records.begin(), records.end(), [&](const FatedRecord& r) {
      const cluster::ClientSpec* spec = story.declared({r.record.client});
      return spec == nullptr || spec->config.text("acks") != "0";
    });
  }
  return example == records.end() ? records.front() : *example;
}

std::string path_of(const Moment& moment, std::string_view fate, const FatedRecord& of) {
  const std::string& client = moment.cluster.info({of.record.client}).name;
  return of.group.empty() ? fmt::format("/ledger/by_client/{}/{}/{}/{}", client, fate, client, of.record.number)
                          : fmt::format("/ledger/by_group/{}/{}/{}/{}", of.group, fate, client, of.record.number);
}

namespace {

/// The oldest of each client's records, if something happened that holds it up: one that is merely under way says nothing.
std::vector<FatedRecord> held_up(const Story& story, const std::vector<FatedRecord>& pending) {
  std::vector<FatedRecord> held;
  std::set<std::int32_t> clients;
  for (const FatedRecord& r : pending) {
    if (!clients.insert(r.record.client).second) continue;
    const auto answer =
        why_fate(story, path_of(story.moment(), "pending", r), r.record.client, r.record.number, "pending", r.group);
    if (answer && answer->root) held.push_back(r);
  }
  return held;
}

}  // namespace

std::string path_for_more(const Moment& here, const Moment& there, const std::string& path) {
  const auto parts = split_pointer(path);
  if ((parts.size() != 2 && parts.size() != 4) || parts[0] != "ledger") return path;
  const std::string& fate = parts.back();
  RecordLedger::Filter of;
  if (parts.size() == 4) (parts[1] == "by_group" ? of.group : of.client) = parts[2];
  constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
  const std::vector<FatedRecord> records = records_with(here, fate, kAll, of);
  if (records.empty()) return path;
  // By names: a node's number need not be the same in both worlds.
  std::set<std::string> theirs;
  for (const FatedRecord& r : records_with(there, fate, kAll, of)) theirs.insert(path_of(there, fate, r));
  std::vector<FatedRecord> only_here = records;
  std::erase_if(only_here, [&](const FatedRecord& r) { return theirs.contains(path_of(here, fate, r)); });
  if (std::find(told_fates().begin(), told_fates().end(), fate) == told_fates().end())
    return only_here.size() == records.size() ? path : "";
  const Story story(here);
  if (fate == "pending") only_here = held_up(story, only_here);
  if (only_here.empty()) return "";
  // Why? about the count tells of its example.
  std::string one = path_of(here, fate, example_of(story, fate, only_here));
  return one == path_of(here, fate, example_of(story, fate, records)) ? path : one;
}

std::vector<Account> accounts(const Moment& moment, std::string_view fate, std::size_t most) {
  const Story story(moment);
  std::vector<Account> all;
  for (const auto& [record, group] : records_with(moment, fate, most)) {
    std::optional<Answer> answer =
        why_fate(story, path_of(moment, fate, {record, group}), record.client, record.number, fate, group);
    if (!answer) continue;
    Words sentence = sentence_of(*answer);
    all.push_back({record, group, std::move(sentence), *std::move(answer)});
  }
  return all;
}

std::size_t number_of_accounts(const Moment& moment, std::string_view fate) {
  return records_with(moment, fate, std::numeric_limits<std::size_t>::max()).size();
}

}  // namespace kafkascope::observe
