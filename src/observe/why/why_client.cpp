// Why a client waits, fails, or is in its state.
#include <algorithm>
#include <limits>
#include <utility>

#include "client/consumer.h"
#include "client/transaction_states.h"
#include "cluster/acts.h"
#include "observe/why/why_parts.h"
#include "observe/words/words.h"
#include "protocol/acl.h"
#include "protocol/config.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_queues.h"
#include "storage/partition_log.h"

namespace kafkascope::observe {

using nlohmann::json;
using protocol::BrokerId;
using Line = Story::Line;

namespace {

protocol::ErrorCode error_of(const Line& failed) {
  if (const auto f = fact_if<fact::BatchFailed>(failed)) return f->error;
  if (const auto f = fact_if<fact::RecordFailed>(failed)) return f->error;
  if (const auto f = fact_if<fact::ClientError>(failed)) return f->error;
  return protocol::ErrorCode::NONE;
}

/// Whether the line is the refusal of something that no rule ever allowed.
bool by_no_rule(const Story& story, const Line& failed) {
  using protocol::ErrorCode;
  const ErrorCode error = error_of(failed);
  const bool refused = error == ErrorCode::TOPIC_AUTHORIZATION_FAILED ||
                       error == ErrorCode::GROUP_AUTHORIZATION_FAILED ||
                       error == ErrorCode::CLUSTER_AUTHORIZATION_FAILED;
  return refused && story.injected(error, place_of(failed), failed.node, failed.seq) == nullptr &&
         story.rule_against(error, place_of(failed), failed.node, failed.seq) == nullptr;
}

/// The operation and the resource that the client lacks a rule for: "Write", "topic:salary"; empty: not known.
std::pair<std::string, std::string> lacks(const Story& story, const Line& failed) {
  const cluster::ClientSpec* spec = story.declared(failed.node);
  if (spec == nullptr) return {};
  using cluster::ClientKind;
  const bool writes = spec->kind == ClientKind::Producer || spec->kind == ClientKind::ConsoleProducer;
  if (!writes && spec->kind != ClientKind::Consumer && spec->kind != ClientKind::ConsoleConsumer &&
      spec->kind != ClientKind::ShareConsumer)
    return {};
  const protocol::ErrorCode error = error_of(failed);
  if (error == protocol::ErrorCode::GROUP_AUTHORIZATION_FAILED && !writes)
    return {"Read", "group:" + story.group_of(failed.node)};
  if (error != protocol::ErrorCode::TOPIC_AUTHORIZATION_FAILED) return {};
  std::string topic = failed.topic >= 0 ? story.cluster().topic_name(failed.topic)
                      : writes          ? spec->topic
                                        : std::string();
  if (topic.empty() && spec->topics.size() == 1) topic = spec->topics.front();
  return topic.empty() ? std::pair<std::string, std::string>()
                       : std::pair{std::string(writes ? "Write" : "Read"), "topic:" + topic};
}

/// The application makes an illegal call: it sends or ends when no transaction is open, or begins when one is.
void tell_outside(Telling& telling, const Line* failed) {
  const auto f = failed == nullptr ? std::nullopt : fact_if<fact::ClientError>(*failed);
  if (!f || f->exception != kIllegalState) return;
  const Story& story = telling.story();
  const Line* state = story.last<fact::ProducerTransaction>(
      failed->seq, [&](const auto&, const Line& l) { return l.node == failed->node; });
  if (state == nullptr) return;
  const bool open =
      as<fact::ProducerTransaction>(*state).to == static_cast<std::int64_t>(client::TransactionState::InTransaction);
  const std::string& name = story.cluster().info(failed->node).name;
  const Line* led = story.back(*failed);
  const auto act = led == nullptr ? std::nullopt : fact_if<fact::Command>(*led);
  static constexpr std::pair<std::string_view, std::string_view> kEnds[] = {
      {"commit_transaction", "commitTransaction"},
      {"abort_transaction", "abortTransaction"},
      {"send_offsets_to_transaction", "sendOffsetsToTransaction"}};
  for (const auto& [verb, call] : kEnds)
    if (act && !open && act->verb == verb) {
      telling.dated("why.calls_outside"_w, {{"client", name}, {"call", call}}, failed->time, Weight::Point, name);
      return;
    }
  if (act && act->verb == "begin_transaction") {
    if (open) telling.dated("why.begins_twice"_w, {{"client", name}}, failed->time, Weight::Point, name);
  } else if (!open) {
    telling.dated("why.sends_outside"_w, {{"client", name}}, failed->time, Weight::Point, name);
  }
}

/// Tells the limit of a timestamp that a skewed clock made, and that the broker refused.
void tell_timestamp_limit(Telling& telling, const Line& failed) {
  const Story& story = telling.story();
  const auto batch = fact_if<fact::BatchFailed>(failed);
  if (!batch || batch->error != protocol::ErrorCode::INVALID_TIMESTAMP) return;
  const Line* act = story.act_on(failed.node, {"skew_clock"}, failed.seq);
  const NumberedCommand* skew = act == nullptr ? nullptr : story.command_of(*act);
  if (skew == nullptr) return;
  const bool ahead = skew->command.get<cluster::act::SkewClock>().by.us > 0;
  const std::string topic = story.cluster().topic_name(batch->partition.topic);
  const protocol::Config& of_all = story.cluster().spec().config;
  std::string key = ahead ? "message.timestamp.after.max.ms" : "message.timestamp.before.max.ms";
  if (protocol::find_config("log." + key, protocol::config_scope::kServer, of_all.version()) == nullptr)
    key = "message.timestamp.difference.max.ms";  // 2.5
  if (story.setting_of(batch->partition, key, story.end(), "log." + key) != nullptr) return;
  const std::string own = text_of(state_of(story, "/topics/" + topic + "/config/" + key));
  telling.dated(ahead ? "why.timestamp_ahead"_w : "why.timestamp_behind"_w,
                {{"topic", topic}, {"key", key}, {"ms", own.empty() ? of_all.text("log." + key) : own}}, failed.time,
                Weight::Point, topic);
}

/// Tells the act by which a consumer throws an exception where it has no valid position, instead of going on elsewhere.
void tell_no_reset(Telling& telling, const Line* failed) {
  const auto f = failed == nullptr ? std::nullopt : fact_if<fact::ClientError>(*failed);
  if (!f || (f->exception != "OffsetOutOfRangeException" && f->exception != "NoOffsetForPartitionException")) return;
  const Story& story = telling.story();
  const auto sets_it = [&](const fact::Command&, const Line& l) {
    const NumberedCommand* whole = story.involves(l, failed->node) ? story.command_of(l) : nullptr;
    const auto* change = whole == nullptr ? nullptr : whole->command.get_if<cluster::act::Configure>();
    return change != nullptr && std::any_of(change->config.begin(), change->config.end(),
                                            [](const auto& entry) { return entry.first == "auto.offset.reset"; });
  };
  telling.trail(story.last<fact::Command>(failed->seq, sets_it), Weight::Cause);
}

/// Tells that the client got errors, but only such after which it tried again. False: it got none.
bool tell_only_retried(const Asked& asked, Answer& answer) {
  const Story& story = asked.story;
  if (asked.part(2) != "errors" || asked.parts.size() != 3 || !asked.value.is_object() || asked.value.empty())
    return false;
  const std::string& client = asked.part(1);
  const auto counted = [&, node = story.cluster().find(client)](const auto& f, const Line& l) {
    return l.node == node && f.error != protocol::ErrorCode::MEMBER_ID_REQUIRED &&
           asked.value.contains(std::string(protocol::name(f.error)));
  };
  Telling telling(story, asked.path, asks("why.q_only_retried"_w, {{"client", client}}));
  telling.trail(latest({story.last<fact::BatchRetried>(story.end(), counted),
                        story.last<fact::ClientError>(story.end(), counted)}),
                Weight::Cause);
  telling.now("why.only_retried"_w, {{"client", client}, {"errors", plain_value(asked.value)}}, Weight::Point, client);
  answer = telling.done();
  return true;
}

/// The client's last failure of that kind up to `until_us`; error "" = any.
const Line* last_failure(const Story& story, sim::NodeId node, const std::string& error, std::int64_t until_us) {
  const Line* found = nullptr;
  const auto its = [&](const auto& f, const Line& l) {
    bool named = error.empty() || error == protocol::name(f.error);
    if constexpr (requires { f.exception; }) named = named || f.exception == error;
    return l.node == node && named && l.time.us <= until_us;
  };
  for (const Line* l :
       {story.last<fact::BatchFailed>(story.end(), its), story.last<fact::RecordFailed>(story.end(), its),
        error.empty() ? nullptr : story.last<fact::BatchRetried>(story.end(), its),
        story.last<fact::ClientError>(story.end(), [&](const auto&f, const Line&l) {
          // A request that is retried has not failed, and a new member of a group is always asked to join again with an
          // id.
          return its(f, l) && (!error.empty() ||
                               (!protocol::retriable(f.error) && f.error != protocol::ErrorCode::MEMBER_ID_REQUIRED));
        })})
    if (l != nullptr && (found == nullptr || l->seq > found->seq)) found = l;
  if (found != nullptr || !error.empty()) return found;
  return story.last<fact::CallFailed>(
      story.end(), [&](const auto&, const Line& l) { return l.node == node && l.time.us <= until_us; });
}

/// The failure that this exception reported to the application.
const Line* failure_behind(const Story& story, sim::NodeId node, const json& thrown) {
  const std::int64_t at = whole_of(part_of(thrown, "at_us"));
  const Line* same = last_failure(story, node, text_of(part_of(thrown, "class")), at);
  return same != nullptr ? same : last_failure(story, node, {}, at);
}

/// The position is beyond what the client got: read_committed skips aborted records, and every reader skips markers.
void tell_jump(Telling& telling, sim::NodeId node, protocol::TopicPartition tp, const Line* from, std::int64_t to) {
  const Story& story = telling.story();
  if (from == nullptr) return;
  const auto set = fact_if<fact::PositionSet>(*from);
  const std::int64_t begin = set ? set->offset.value : as<fact::RecordDelivered>(*from).last_offset.value + 1;
  std::int64_t markers = 0;
  const Line* marker = nullptr;
  for (std::uint64_t after = 0;;) {
    const Line* next = story.first<fact::TransactionMarkerAppended>(after, [&](const auto& f, const Line&) {
      return f.partition == tp && f.offset.value >= begin && f.offset.value < to;
    });
    if (next == nullptr) break;
    marker = next, ++markers, after = next->seq;
  }
  const std::int64_t records = to - begin - markers;
  const cluster::ClientSpec* spec = story.declared(node);
  if (markers == 0 || records < 0 ||
      (records > 0 && (spec == nullptr || spec->config.text("isolation.level") != "read_committed")))
    return;
  const std::string &client = story.cluster().info(node).name, partition = story.cluster().name(tp);
  telling.fact(marker, Weight::Link);
  telling.now("why.position_jumps"_w,
              {{"client", client},
               {"partition", partition},
               {"from", begin},
               {"to", to},
               {"records", records == 0 ? "" : std::to_string(records)},
               {"markers", markers}},
              Weight::Point, client);
}

/// Tells that the group has removed the consumer, which still has its assignment: it has not heard of it. False: it is a
/// member, or has no assignment.
bool tell_no_member(Telling& telling, sim::NodeId node, const json& assignment) {
  const Story& story = telling.story();
  const std::string group = story.group_of(node);
  const json members = state_of(story, "/groups/" + group + "/members");
  if (group.empty() || !assignment.is_array() || assignment.empty() || !members.is_object()) return false;
  bool member = false;
  for_each_entry(members, [&](const std::string&, const json& m) {
    member = member || story.client_of_member(text_of(part_of(m, "member_id"))) == node;
  });
  const Line* left = story.last<fact::GroupMemberLeft>(story.end(), [&](const auto& f, const Line&) {
    return f.group.view() == group && story.client_of_member(f.member.view()) == node;
  });
  if (member || left == nullptr) return false;
  telling.trail(left, Weight::Cause);
  const std::string& client = story.cluster().info(node).name;
  telling.now("why.no_member"_w, {{"client", client}, {"group", group}}, Weight::Point, client);
  return true;
}

/// Tells what keeps the consumer from reading the partition at all: it does not run, its leader does not, no message
/// gets through between them, its group has removed it. False: nothing does.
bool tell_cannot_read(Telling& telling, sim::NodeId node, const std::string& partition) {
  const Story& story = telling.story();
  const std::string& client = story.cluster().info(node).name;
  const sim::NodeId leads = story.broker_node(story.leader_at(partition_named(story, partition), story.end()));
  const std::string leader = leads.valid() ? story.cluster().info(leads).name : std::string();
  const auto assignment = [&] { return state_of(story, "/clients/" + client + "/assignment"); };
  if (is_silent(story, node)) {
    telling.trail(story.hindrance(node, story.end()), Weight::Cause);
    telling.now("why.reader_silent"_w, {{"client", client}, {"partition", partition}}, Weight::Point, client);
    tell_no_member(telling, node, assignment());
    return true;
  }
  // It may read from a follower, or from a former leader (KIP-392).
  const auto* consumer = story.cluster().role<client::Consumer>(node);
  const protocol::TopicPartition tp = partition_named(story, partition);
  const protocol::BrokerId from = consumer == nullptr ? protocol::kNoBroker : fetches_from(*consumer, tp);
  if (from >= 0 && from != story.leader_at(tp, story.end()))
    return tell_fetch_in_vain(telling, node, partition) || tell_no_member(telling, node, assignment());
  if (leads.valid() && is_silent(story, leads)) {
    telling.trail(story.hindrance(leads, story.end()), Weight::Cause);
    telling.now("why.hw_leader_silent"_w, {{"leader", leader}}, Weight::Point, leader);
    return true;
  }
  const bool cut = leads.valid() && (story.cluster().is_cut(node, leads) || story.cluster().is_cut(leads, node));
  if (leads.valid())
    telling.trail(latest({story.hindrance(node, story.end(), {leads}), story.hindrance(leads, story.end(), {node})}),
                  Weight::Cause);
  if (cut)
    telling.now("why.reader_cut_off"_w, {{"client", client}, {"leader", leader}, {"partition", partition}},
                Weight::Point, client);
  return tell_no_member(telling, node, assignment()) || cut;
}

/// Tells why a consumer that has read all it may gets nothing new: it stands at the high watermark, or, with
/// read_committed, at the last stable offset. False: nothing holds it.
bool tell_at_the_end(Telling& telling, sim::NodeId node, const std::string& partition, std::int64_t position) {
  const Story& story = telling.story();
  const storage::PartitionLog* log = story.cluster().leader_log(partition_named(story, partition));
  if (log == nullptr) return false;
  const cluster::ClientSpec* spec = story.declared(node);
  const bool committed = spec != nullptr && spec->config.text("isolation.level") == "read_committed";
  if (position < (committed ? log->last_stable_offset() : log->high_watermark()).value) return false;
  if (committed && log->last_stable_offset() < log->high_watermark()) tell_stable_offset(telling, partition);
  else if (log->high_watermark() < log->log_end_offset()) tell_watermark(telling, partition);
  else {
    telling.now("why.position_at_end"_w,
                {{"client", story.cluster().info(node).name}, {"partition", partition}, {"offset", position}},
                Weight::Point, partition);
    return false;
  }
  return true;
}

/// Whether the client runs, and its records or its call have been waiting for a result for more than a second.
bool gets_no_result(const Story& story, sim::NodeId node, const json& state) {
  constexpr std::int64_t kLongUs = 1'000'000;
  if (is_silent(story, node)) return false;
  if (open_call(story, node)) return true;
  if (!part_of(state, "accumulator").is_object() || whole_of(part_of(state, "waiting")) == 0) return false;
  const auto own = [&](const auto&, const Line& l) { return l.node == node; };
  const Line* since =
      latest({story.last<fact::NodeStarted>(story.end(), own), story.last<fact::NodeResumed>(story.end(), own),
              story.last<fact::BatchAcked>(story.end(), own)});
  const Line* sent = story.first<fact::RecordSent>(since == nullptr ? 0 : since->seq, own);
  return sent != nullptr && (story.cluster().now() - sent->time).us > kLongUs;
}

/// Tells what gave the consumer the partitions that it has, and what took others from it since.
void tell_assignment(Telling& telling, sim::NodeId node, const json& assignment) {
  const Story& story = telling.story();
  const auto own = [&](const auto&, const Line& l) { return l.node == node; };
  const Line* taken =
      latest({story.last<fact::PartitionsRevoked>(
                  story.end(), [&](const auto& f, const Line& l) { return l.node == node && f.count > 0; }),
              story.last<fact::PartitionsLost>(story.end(), own)});
  if (!assignment.is_array() || assignment.empty())
    return telling.trail(latest({taken, story.last<fact::PartitionsAssigned>(story.end(), own)}), Weight::Point);
  std::vector<std::string> left;  // those whose line is still to be found
  for (const json& partition : assignment) left.push_back(text_of(partition));
  const Line* newest = nullptr;
  for (const Line* got = nullptr; !left.empty();) {
    got = story.last<fact::PartitionsAssigned>(got == nullptr ? story.end() : got->seq, own);
    if (got == nullptr) break;
    const auto given = as<fact::PartitionsAssigned>(*got).partitions.names();
    const std::size_t before = left.size();
    std::erase_if(left, [&](const std::string& p) { return std::find(given.begin(), given.end(), p) != given.end(); });
    if (left.size() == before) continue;
    if (newest != nullptr || (taken != nullptr && taken->seq > got->seq)) telling.fact(got, Weight::Cause);
    else telling.trail(got, Weight::Point);
    if (newest == nullptr) newest = got;
  }
  if (taken != nullptr && newest != nullptr && taken->seq > newest->seq) telling.trail(taken, Weight::Point);
}

}  // namespace

void tell_limit(Telling& telling, const Line& failed) {
  const Story& story = telling.story();
  const std::string& client = story.cluster().info(failed.node).name;
  if (by_no_rule(story, failed)) {
    const auto [operation, resource] = lacks(story, failed);
    if (operation.empty())
      telling.dated("why.no_rule_allows"_w, {{"client", client}}, failed.time, Weight::Point, client);
    else
      telling.dated("why.no_rule_named"_w,
                    {{"principal", protocol::principal_of(client)}, {"operation", operation}, {"resource", resource}},
                    failed.time, Weight::Point, client);
  }
  tell_timestamp_limit(telling, failed);
  // The broker's limit, if it has always been so; otherwise the act that changed it is told.
  const auto batch = fact_if<fact::BatchFailed>(failed);
  if (!batch || batch->error != protocol::ErrorCode::MESSAGE_TOO_LARGE) return;
  const std::string topic = story.cluster().topic_name(batch->partition.topic);
  const std::string limit = text_of(state_of(story, "/topics/" + topic + "/config/max.message.bytes"));
  if (!limit.empty() &&
      story.setting_of(batch->partition, "max.message.bytes", story.end(), "message.max.bytes") == nullptr)
    telling.dated("why.too_large"_w, {{"topic", topic}, {"bytes", limit}}, failed.time, Weight::Point, topic);
}

std::optional<Answer> why_client(const Asked& asked) {
  const Story& story = asked.story;
  const std::string &client = asked.part(1), &field = asked.part(2);
  const sim::NodeId node = story.cluster().find(client);
  if (!node.valid() || story.cluster().info(node).client < 0) return std::nullopt;
  if (field == "waiting" || field == "accumulator" || field == "in_flight") return why_waiting(asked);
  if (field == "errors" && asked.part(3) == protocol::name(protocol::ErrorCode::MEMBER_ID_REQUIRED)) {
    Telling telling(story, asked.path, asks("why.q_handshake"_w, {{"client", client}, {"error", asked.part(3)}}));
    telling.fact(last_failure(story, node, asked.part(3), std::numeric_limits<std::int64_t>::max()), Weight::Point);
    telling.now("why.handshake"_w, {}, Weight::Point, client);
    return telling.done();
  }
  if (field == "failed" || field == "errors" || field == "exception") {
    const json last_thrown = state_of(story, "/clients/" + client + "/exception");
    const bool no_record = asked.value.is_null() ||
                           (asked.value == 0 && part_of(state_of(story, "/clients/" + client), "kind") == "producer");
    // No record has failed, but a call has.
    const bool none = no_record && !(field == "failed" && last_thrown.is_object());
    const json thrown = field == "exception" || (no_record && !none) ? last_thrown : json();
    const Line* failed = none                 ? nullptr
                         : thrown.is_object() ? failure_behind(story, node, thrown)
                                              : last_failure(story, node, field == "errors" ? asked.part(3) : "",
                                                             std::numeric_limits<std::int64_t>::max());
    const bool nothing = failed == nullptr && !thrown.is_object();
    if (Answer retried; nothing && tell_only_retried(asked, retried)) return retried;
    Telling telling(story, asked.path,
                    asks(nothing ? "why.q_failed_nothing"_w : "why.q_failed"_w, {{"client", client}}));
    tell_outside(telling, failed);
    tell_no_reset(telling, failed);
    if (nothing) telling.now("why.never_failed"_w, {{"client", client}}, Weight::Point, client);
    const auto refused = failed == nullptr ? std::nullopt : fact_if<fact::ClientError>(*failed);
    if (refused && refused->error == protocol::ErrorCode::UNSTABLE_OFFSET_COMMIT)
      tell_unstable_offsets(telling, story.group_of(node), *failed);
    if (failed != nullptr && tell_fenced(telling, node, *failed)) telling.fact(failed, Weight::Point);
    else if (failed == nullptr || !tell_nothing_there(telling, *failed)) telling.trail(failed, Weight::Point);
    if (thrown.is_object())
      telling.dated("why.exception"_w,
                    {{"client", client},
                     {"exception", text_of(part_of(thrown, "class"))},
                     {"message", text_of(part_of(thrown, "message"))}},
                    sim::Instant{whole_of(part_of(thrown, "at_us"))}, Weight::Point, client);
    if (failed != nullptr) tell_limit(telling, error_behind(story, *failed)), tell_misdirected(telling, *failed);
    return telling.done();
  }
  if (field == "throttled") {
    Telling telling(story, asked.path, asks("why.q_throttled"_w, {{"client", client}}));
    const Line* throttled =
        story.last<fact::ClientThrottled>(story.end(), [&](const auto& f, const Line&) { return f.client == node; });
    telling.trail(throttled == nullptr ? nullptr : quota_of(story, node, throttled->seq), Weight::Cause);
    telling.fact(throttled, Weight::Point);
    if (telling.empty()) telling.now("why.never_throttled"_w, {{"client", client}}, Weight::Point, client);
    return telling.done();
  }
  if (field == "positions" || field == "subscription" || field == "committed") {
    const std::string& partition = asked.part(3);
    if (partition.empty()) return std::nullopt;
    const auto tp = partition_named(story, partition);
    Telling telling(story, asked.path, asks("why.q_position"_w, {{"client", client}, {"partition", partition}}));
    const Line* set = story.last<fact::PositionSet>(
        story.end(), [&](const auto& f, const Line& l) { return l.node == node && f.partition == tp; });
    const json paused = part_of(part_of(state_of(story, "/clients/" + client + "/subscription"), partition), "paused");
    if (paused == true) {
      telling.trail(pause_of(story, node, partition), Weight::Cause);
      telling.now("why.lag_paused"_w, {{"client", client}, {"partition", partition}}, Weight::Point, client);
    }
    const Line* got = story.last<fact::RecordDelivered>(
        story.end(), [&](const auto& f, const Line& l) { return l.node == node && f.partition == tp; });
    const std::int64_t position = whole_of(asked.value);
    // What holds the consumer now matters more than how it came here.
    const bool asks_now = field == "positions" && paused != true;
    const bool held =
        asks_now && (tell_cannot_read(telling, node, partition) || tell_at_the_end(telling, node, partition, position));
    if (held) telling.fact(set, Weight::Aside);
    else telling.trail(set, Weight::Point);
    telling.fact(got, Weight::Link);
    if (field == "positions") tell_jump(telling, node, tp, latest({set, got}), position);
    if (telling.empty())
      telling.now("why.never_read"_w, {{"client", client}, {"partition", partition}}, Weight::Point, client);
    return telling.done();
  }
  if (field == "assignment") {
    Telling telling(story, asked.path,
                    asked.value.is_array() && asked.value.empty()
                        ? asks("why.q_no_assignment"_w, {{"client", client}})
                        : asks("why.q_assignment"_w, {{"client", client}, {"partitions", plain_value(asked.value)}}));
    tell_assignment(telling, node, asked.value);
    tell_no_member(telling, node, asked.value);
    if (!story.cluster().alive(node)) telling.trail(story.silence(node, story.end()), Weight::Point);
    if (telling.empty()) telling.now("why.never_assigned"_w, {{"client", client}}, Weight::Point, client);
    return telling.done();
  }
  if (field.empty() && gets_no_result(story, node, asked.value)) return why_waiting(asked);
  if (field.empty() || field == "state") return why_node(asked);
  return std::nullopt;
}

}  // namespace kafkascope::observe
