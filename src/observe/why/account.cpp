#include "observe/why/account.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

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

std::vector<Account> accounts(const Moment& moment, std::string_view fate, std::size_t most) {
  const Story story(moment);
  std::vector<Account> all;
  for (const auto& [record, group] : records_with(moment, fate, most)) {
    const std::string& client = moment.cluster.info({record.client}).name;
    const std::string path = group.empty()
                                 ? fmt::format("/ledger/by_client/{}/{}/{}/{}", client, fate, client, record.number)
                                 : fmt::format("/ledger/by_group/{}/{}/{}/{}", group, fate, client, record.number);
    std::optional<Answer> answer = why_fate(story, path, record.client, record.number, fate, group);
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
