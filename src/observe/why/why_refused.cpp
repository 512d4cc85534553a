// The limit, the time-out or the missing rule for which a client was refused.
#include <limits>
#include <utility>

#include "cluster/acts.h"
#include "cluster/client_kinds.h"
#include "observe/why/errors.h"
#include "observe/why/why_parts.h"
#include "protocol/acl.h"
#include "protocol/apis.h"
#include "protocol/config.h"
#include "protocol/facts_of_clients.h"
#include "protocol/trace_code.h"

namespace kafkascope::observe {

using nlohmann::json;
using protocol::ErrorCode;
using protocol::TopicPartition;
using Line = Story::Line;

namespace {

/// Whether the authorizer, and no act in its place, refused what the client asked for.
bool by_authorizer(const Story& story, const Line& failed) {
  const ErrorCode error = error_of(failed);
  return is_authorization(error) && story.injected(error, place_of(failed), failed.node, failed.seq) == nullptr;
}

/// Tells that this change gave a resource its first ACL, if it is about another principal than the refused one.
void tell_first_rule(Telling& telling, const std::string& client, const Line& changed) {
  const auto f = as<fact::AclChanged>(changed);
  const std::string rule = f.entry.str(), principal = protocol::principal_of(client);
  const std::string of = acl_of(telling.story(), f).principal;
  if (f.removed || of == principal || of == protocol::kAnyPrincipal) return;
  telling.say("why.first_rule"_w, {{"rule", rule}, {"principal", principal}}, &changed, Weight::Cause, client);
}

/// The operation and the resource that the client lacks a rule for: "Write", "topic:salary"; empty: not known.
std::pair<std::string, std::string> lacks(const Story& story, const Line& failed) {
  const cluster::ClientSpec* spec = story.declared(failed.node);
  if (spec == nullptr) return {};
  if (error_of(failed) == ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED) {
    const std::string id = transactional_id_of(story, failed.node);
    return id.empty() ? std::pair<std::string, std::string>()
                      : std::pair{std::string("Write"), "transactional-id:" + id};
  }
  using cluster::ClientKind;
  if (spec->kind == ClientKind::Admin) return right_of_admin(story, failed);
  const bool writes = cluster::produces(spec->kind) && !cluster::consumes(spec->kind);
  if (!writes && spec->kind != ClientKind::Consumer && spec->kind != ClientKind::ConsoleConsumer &&
      spec->kind != ClientKind::ShareConsumer)
    return {};
  const ErrorCode error = error_of(failed);
  if (error == ErrorCode::GROUP_AUTHORIZATION_FAILED && !writes)
    return {"Read", "group:" + story.group_of(failed.node)};
  if (error == ErrorCode::CLUSTER_AUTHORIZATION_FAILED && writes) return {"IdempotentWrite", "cluster"};
  if (error != ErrorCode::TOPIC_AUTHORIZATION_FAILED) return {};
  std::vector<std::string> topics = refused_topics(story, failed.node, failed.seq);
  if (failed.topic >= 0) topics = {story.cluster().topic_name(failed.topic)};
  std::string resources;
  for (const std::string& topic : topics) resources += (resources.empty() ? "topic:" : ", topic:") + topic;
  return resources.empty() ? std::pair<std::string, std::string>()
                           : std::pair{std::string(writes ? "Write" : "Read"), resources};
}

/// Whether a producer got no producer id because it may not write to any topic (KIP-679). Until then, in 2.5, it needed a right
/// on the cluster, and for each batch, too.
bool refused_producer_id(const Story& story, const Line& failed) {
  const cluster::ClientSpec* spec = story.declared(failed.node);
  return error_of(failed) == protocol::ErrorCode::CLUSTER_AUTHORIZATION_FAILED && by_authorizer(story, failed) &&
         spec != nullptr && cluster::produces(spec->kind) &&
         story.cluster().spec().config.version() != protocol::KafkaVersion::V2_5;
}

/// The topic's setting now; if it has none of its own, that of the broker which led the partition before that line.
std::string of_topic_or_leader(const Story& story, TopicPartition tp, std::uint64_t before, const std::string& key,
                               const std::string& broker_key) {
  const std::string own =
      text_of(state_of(story, "/topics/" + story.cluster().topic_name(tp.topic) + "/config/" + key));
  return own.empty() ? leader_config(story, tp, before).text(broker_key) : own;
}

/// Tells the broker's limit for timestamps, if it refused a timestamp made by a wrong clock.
void tell_timestamp_limit(Telling& telling, const Line& failed) {
  const Story& story = telling.story();
  const auto batch = fact_if<fact::BatchFailed>(failed);
  if (!batch || batch->error != protocol::ErrorCode::INVALID_TIMESTAMP) return;
  const Line* act = wrong_clock(story, failed.node, batch->partition, failed.seq);
  const NumberedCommand* skew = act == nullptr ? nullptr : story.command_of(*act);
  if (skew == nullptr) return;
  const bool of_client = story.involves(*act, failed.node);
  const bool ahead = (skew->command.get<cluster::act::SkewClock>().by.us > 0) == of_client;
  const std::string topic = story.cluster().topic_name(batch->partition.topic);
  const protocol::Config of_leader = leader_config(story, batch->partition, failed.seq);
  std::string key = ahead ? "message.timestamp.after.max.ms" : "message.timestamp.before.max.ms";
  if (protocol::find_config("log." + key, protocol::config_scope::kServer, of_leader.version()) == nullptr)
    key = "message.timestamp.difference.max.ms";  // 2.5
  if (story.setting_of(batch->partition, key, story.end(), "log." + key) != nullptr) return;
  telling.dated(ahead ? "why.timestamp_ahead"_w : "why.timestamp_behind"_w,
                {{"topic", topic},
                 {"key", key},
                 {"ms", of_topic_or_leader(story, batch->partition, failed.seq, key, "log." + key)}},
                failed.time, Weight::Point, topic);
}

/// Tells the setting for which a producer gave up a batch that it could not deliver in time.
void tell_delivery_timeout(Telling& telling, const Line& failed) {
  const Story& story = telling.story();
  const auto batch = fact_if<fact::BatchFailed>(failed);
  const cluster::ClientSpec* spec = story.declared(failed.node);
  if (!batch || batch->exception != "TimeoutException" || spec == nullptr ||
      spec->kind != cluster::ClientKind::Producer)
    return;
  constexpr std::int64_t kEndless = std::numeric_limits<std::int32_t>::max();
  if (spec->config.number("retries") < kEndless) return;  // the batch may have used up its retries
  const std::string& client = story.cluster().info(failed.node).name;
  telling.say("why.delivery_timeout"_w,
              {{"client", client},
               {"count", batch->count},
               {"partition", story.cluster().name(batch->partition)},
               {"ms", spec->config.number("delivery.timeout.ms")}},
              &failed, Weight::Point);
}

}  // namespace

bool tell_split_again(Telling& telling, sim::NodeId producer, TopicPartition tp, std::uint64_t since) {
  const Story& story = telling.story();
  const auto its = [&](const auto& f, const Line& l) { return l.node == producer && f.partition == tp; };
  const Line *refused = story.last<fact::BatchRetried>(story.end(), its),
             *acked = story.last<fact::BatchAcked>(story.end(), its);
  const ErrorCode error = ErrorCode::MESSAGE_TOO_LARGE;
  if (refused == nullptr || error_of(*refused) != error || refused->seq < since || latest({refused, acked}) == acked)
    return false;
  telling.trail(refused, Weight::Point);
  if (story.injected(error, tp, producer, refused->seq) != nullptr) return true;
  // The parts of the batch that was refused before are no smaller, so that splitting them changes nothing (KAFKA-8350).
  const Line* before = story.last<fact::BatchRetried>(refused->seq, its);
  const std::int32_t count = as<fact::BatchRetried>(*refused).count;
  const bool vain = before != nullptr && latest({before, acked}) == before && error_of(*before) == error &&
                    as<fact::BatchRetried>(*before).count <= count;
  telling.now("why.waits_split"_w,
              {{"client", story.cluster().info(producer).name},
               {"partition", story.cluster().name(tp)},
               {"bytes", of_topic_or_leader(story, tp, story.end(), "max.message.bytes", "message.max.bytes")},
               {"size", setting_of(story, producer, "batch.size")},
               {"vain", vain ? "1" : ""},
               {"delivery", setting_of(story, producer, "delivery.timeout.ms")}},
              Weight::Point, story.cluster().info(producer).name);
  return true;
}

void tell_limit(Telling& telling, const Line& failed) {
  const Story& story = telling.story();
  const std::string& client = story.cluster().info(failed.node).name;
  if (refused_producer_id(story, failed)) {
    telling.dated("why.refused_producer_id"_w, {{"principal", protocol::principal_of(client)}}, failed.time,
                  Weight::Point, client);
    return;
  }
  const Line* rule = by_authorizer(story, failed)
                         ? story.rule_against(error_of(failed), place_of(failed), failed.node, failed.seq)
                         : nullptr;
  if (rule != nullptr) {
    tell_first_rule(telling, client, *rule);
  } else if (by_authorizer(story, failed)) {
    const auto [operation, resource] = lacks(story, failed);
    // The right to read or write implies the one that a request for metadata needs; that one alone would not be enough.
    const bool of_topic = error_of(failed) == ErrorCode::TOPIC_AUTHORIZATION_FAILED && !operation.empty();
    const std::string needs = of_topic ? operation_on_topic(story, failed) : operation;
    if (operation.empty())
      telling.dated("why.no_rule_allows"_w, {{"client", client}}, failed.time, Weight::Point, client);
    else
      telling.dated("why.no_rule_named"_w,
                    {{"principal", protocol::principal_of(client)},
                     {"operation", operation},
                     {"resource", resource},
                     {"needs", needs == "Describe" && operation != needs ? needs : std::string()}},
                    failed.time, Weight::Point, client);
  }
  tell_timestamp_limit(telling, failed);
  tell_delivery_timeout(telling, failed);
  // The limit, if no act has changed it, or if the act created the topic, whose sentence does not give the limit; otherwise that act is
  // told.
  const auto batch = fact_if<fact::BatchFailed>(failed);
  if (!batch || batch->error != protocol::ErrorCode::MESSAGE_TOO_LARGE) return;
  const std::string topic = story.cluster().topic_name(batch->partition.topic);
  const std::string limit = text_of(state_of(story, "/topics/" + topic + "/config/max.message.bytes"));
  const bool changed =
      created_with(story, topic, "max.message.bytes", story.end()) == nullptr &&
      story.setting_of(batch->partition, "max.message.bytes", story.end(), "message.max.bytes") != nullptr;
  if (!limit.empty() && !changed)
    telling.dated("why.too_large"_w, {{"topic", topic}, {"bytes", limit}}, failed.time, Weight::Point, topic);
}

}  // namespace kafkascope::observe
