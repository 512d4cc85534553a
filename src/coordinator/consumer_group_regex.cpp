// Subscriptions by regular expression, resolved by the coordinator (KIP-848: SubscribedTopicRegex). Kafka:
// GroupMetadataManager.maybeUpdateRegularExpressions, handleRegularExpressionsResult, TopicRegexResolver.
//
// An expression is resolved for the whole group, not for each member, and the result is stored in a record. Kafka
// resolves it in another thread and then writes the result, so the member's own heartbeat does not see it yet. Here the
// result is written right after the heartbeat, at the same instant.
#include <re2/re2.h>

#include <algorithm>

#include "coordinator/consumer_groups.h"

namespace kafkascope::coordinator {

namespace {

constexpr std::int64_t kBatchRefreshMinIntervalMs = 10000;  // REGEX_BATCH_REFRESH_MIN_INTERVAL_MS

std::vector<std::string> topics_that_match(const std::string& expression, const protocol::MetadataImage& image) {
  std::vector<std::string> names;
  if (const RE2 compiled(expression, RE2::Quiet); compiled.ok())
    for (const protocol::TopicImage& topic : image.topics())
      if (!topic.removed && RE2::FullMatch(topic.name, compiled)) names.push_back(topic.name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

bool is_valid_regex(const std::string& expression) { return RE2(expression, RE2::Quiet).ok(); }

/// Whether the subscription changes at once: it does if the member now uses an expression that is already resolved, or
/// no expression. A new expression must be resolved first.
bool ConsumerGroups::regex_changes_subscription(ConsumerGroup& group, const ConsumerGroupMember& before,
                                                const ConsumerGroupMember& after) {
  if (before.subscribed_topic_regex == after.subscribed_topic_regex) return false;
  forget_unused_regexes(group);
  return after.subscribed_topic_regex.empty() || group.regexes().contains(after.subscribed_topic_regex);
}

void ConsumerGroups::forget_unused_regexes(ConsumerGroup& group) {
  std::vector<std::string> unused;
  for (const auto& [regex, resolved] : group.regexes())
    if (group.subscribers_of_regex(regex) == 0) unused.push_back(regex);
  for (const std::string& regex : unused)
    op_.apply(ConsumerGroupRegularExpressionRecord{{group.group_id(), regex}, std::nullopt});
}

/// Resolves all expressions together, at most once in 10 s, so that one rebalance covers all changes. Simplified: Kafka
/// also writes unchanged results whenever there is any new topic.
void ConsumerGroups::resolve_regexes_if_due(ConsumerGroup& group) {
  const std::vector<std::string> subscribed = group.subscribed_regexes();
  const std::int64_t now_ms = op_.ctx().wall_clock_ms();
  const bool recent = std::any_of(group.regexes().begin(), group.regexes().end(), [&](const auto& r) {
    return now_ms <= r.second.timestamp_ms + kBatchRefreshMinIntervalMs;
  });
  if (subscribed.empty() || recent) return;
  const protocol::MetadataImage& image = op_.metadata();
  const bool known = group.regexes().size() == subscribed.size();
  if (known && std::all_of(group.regexes().begin(), group.regexes().end(),
                           [&](const auto& r) { return r.second.version == image.last_offset().value; }))
    return;
  std::map<std::string, std::vector<std::string>> outcome;
  bool changed = false;
  for (const std::string& regex : subscribed) {
    const auto before = group.regexes().find(regex);
    outcome[regex] = topics_that_match(regex, image);
    changed = changed || before == group.regexes().end() || before->second.topics != outcome[regex];
  }
  if (!changed) return;
  for (auto& [regex, topics] : outcome)
    op_.apply(ConsumerGroupRegularExpressionRecord{
        {group.group_id(), regex}, ResolvedRegex{std::move(topics), image.last_offset().value, now_ms}});
  ++op_.counters().consumer_rebalances;
  bump_group_epoch(group, metadata_hash_of(group, image), {fact::GroupReason::RegexChanged});
  update_state(group);
  op_.write(std::nullopt);  // no request waits for these
}

}  // namespace kafkascope::coordinator
