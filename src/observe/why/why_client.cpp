// Why a client waits, fails, or is in its state; and a producer whose records wait because a broker throttles it (KIP-219).
#include <algorithm>
#include <limits>
#include <utility>

#include "client/consumer.h"
#include "client/producer.h"
#include "client/transaction_states.h"
#include "observe/why/errors.h"
#include "observe/why/one_record.h"
#include "observe/why/why_parts.h"
#include "observe/words/words.h"
#include "protocol/apis.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_queues.h"
#include "protocol/trace_code.h"
#include "storage/partition_log.h"

namespace kafkascope::observe {

using nlohmann::json;
using protocol::BrokerId;
using Line = Story::Line;

namespace {

/// The application makes an illegal call: it sends or ends when no transaction is open, or begins when one is; it acknowledges
/// records in the implicit mode.
void tell_outside(Telling& telling, const Line* failed) {
  const auto f = failed == nullptr ? std::nullopt : fact_if<fact::ClientError>(*failed);
  if (!f || f->exception != kIllegalState) return;
  const Story& story = telling.story();
  const cluster::ClientSpec* spec = story.declared(failed->node);
  if (spec != nullptr && spec->kind == cluster::ClientKind::ShareConsumer) {
    telling.dated("why.acknowledges_implicitly"_w, {{"client", spec->id}}, failed->time, Weight::Point, spec->id);
    return;
  }
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

/// Tells why a consumer throws an exception where it has no valid position, instead of resetting the position: by an
/// act that set auto.offset.reset, or by the file. Also tells what removed the committed offset that it lacks.
void tell_no_reset(Telling& telling, const Line* failed) {
  const auto f = failed == nullptr ? std::nullopt : fact_if<fact::ClientError>(*failed);
  if (!f || (f->exception != "OffsetOutOfRangeException" && f->exception != "NoOffsetForPartitionException")) return;
  const Story& story = telling.story();
  const Line* set = setting_act(story, failed->node, "auto.offset.reset", failed->seq);
  telling.trail(set, Weight::Cause);
  const std::string& client = story.cluster().info(failed->node).name;
  if (f->exception != "NoOffsetForPartitionException") return;
  if (const Line* removed = story.back(*failed); removed != nullptr && is<fact::OffsetCommitted>(*removed))
    tell_removed_offset(telling, *removed);
  if (set == nullptr) telling.dated("why.no_reset"_w, {{"client", client}}, failed->time, Weight::Point, client);
}

/// The sentence about an error that tells a classic member to join its rebalancing group again
/// (ConsumerCoordinator, AbstractCoordinator); nullopt: the error says something else.
std::optional<words::Key> sign_to_rejoin(const Story& story, const Line& got) {
  if (error_of(got) != protocol::ErrorCode::REBALANCE_IN_PROGRESS) return std::nullopt;
  const Line* led = story.trace().find(got.cause);
  const auto answer = led == nullptr ? std::nullopt : fact_if<fact::MessageDelivered>(*led);
  const std::string_view request = answer ? protocol::name(protocol::api_of(answer->api)) : std::string_view();
  if (request == "OffsetCommit") return "why.commit_in_rebalance"_w;
  // The other sentences tell of a rebalance, and an act that makes up the answer begins none.
  if (story.injected(error_of(got), place_of(got), got.node, got.seq) != nullptr) return std::nullopt;
  if (request == "Heartbeat") return "why.heartbeat_in_rebalance"_w;
  if (request == "SyncGroup") return "why.sync_in_rebalance"_w;
  return std::nullopt;
}

/// Whether the application gets the refused commit as an exception.
bool is_thrown(const Story& story, const Line& refused) {
  return story.first<fact::ClientError>(refused.seq, [&](const auto& f, const Line& l) {
    return l.node == refused.node && l.time == refused.time && f.exception == "RebalanceInProgressException";
  }) != nullptr;
}

/// Tells that the client tried again after each of its errors. Returns false if it had no error.
bool tell_only_retried(const Asked& asked, Answer& answer) {
  const Story& story = asked.story;
  if (asked.part(2) != "errors" || asked.parts.size() != 3 || !asked.value.is_object() || asked.value.empty())
    return false;
  const std::string& client = asked.part(1);
  const sim::NodeId node = story.cluster().find(client);
  // A start gets these, whatever happens; they are told only if there are no others.
  const auto is_harmless = [&](protocol::ErrorCode error) {
    return error == protocol::ErrorCode::MEMBER_ID_REQUIRED || awaits_producer_ids(story, node, error);
  };
  json errors = asked.value;
  for (const auto error : {protocol::ErrorCode::MEMBER_ID_REQUIRED, protocol::ErrorCode::COORDINATOR_LOAD_IN_PROGRESS})
    if (errors.size() > 1 && is_harmless(error)) errors.erase(std::string(protocol::name(error)));
  const Line* last = nullptr;  // of the most frequent error
  std::int64_t most = 0;
  for (const auto& error : errors.items()) {
    const auto counted = [&](const auto& f, const Line& l) {
      return l.node == node && !is_harmless(f.error) && error.key() == protocol::name(f.error);
    };
    const Line* line = latest(
        {story.last<fact::BatchRetried>(story.end(), counted), story.last<fact::ClientError>(story.end(), counted)});
    const std::int64_t times = whole_of(error.value());
    if (line != nullptr && (times > most || (times == most && line->seq > last->seq))) last = line, most = times;
  }
  Telling telling(story, asked.path, asks("why.q_only_retried"_w, {{"client", client}}));
  telling.trail(last, Weight::Cause);
  if (last != nullptr) tell_own_error(telling, *last);
  telling.now("why.only_retried"_w, {{"client", client}, {"errors", plain_value(errors)}}, Weight::Point, client);
  answer = telling.done();
  return true;
}

/// Whether the producer sends the batch with that error again.
bool is_retried(const Story& story, const Line& error) {
  const Line* next = story.first<fact::BatchRetried>(error.seq, [](const auto&, const Line&) { return true; });
  return next != nullptr && next->cause == error.seq;
}

/// The client's last failure of that kind up to `until_us`; error "" = any.
const Line* last_failure(const Story& story, sim::NodeId node, const std::string& error, std::int64_t until_us) {
  const auto its = [&](const auto& f, const Line& l) {
    bool named = error.empty() || error == protocol::name(f.error);
    if constexpr (requires { f.exception; }) named = named || f.exception == error;
    return l.node == node && named && l.time.us <= until_us;
  };
  const Line* found =
      latest({story.last<fact::BatchFailed>(story.end(), its), story.last<fact::RecordFailed>(story.end(), its),
              error.empty() ? nullptr : story.last<fact::BatchRetried>(story.end(), its),
              story.last<fact::ClientError>(story.end(), [&](const auto& f, const Line& l) {
                // A request or a batch that is retried has not failed, nor has a member of a group that is asked to join
                // again, with an id or because the group rebalances: a commit's failure is its exception.
                return its(f, l) && (!error.empty() || (!protocol::retriable(f.error) &&
                                                        f.error != protocol::ErrorCode::MEMBER_ID_REQUIRED &&
                                                        !is_retried(story, l) && !sign_to_rejoin(story, l)));
              })});
  if (found != nullptr || !error.empty()) return found;
  return story.last<fact::CallFailed>(
      story.end(), [&](const auto&, const Line& l) { return l.node == node && l.time.us <= until_us; });
}

/// What the client did with the batch or record of its error; the error itself if it concerned neither.
const Line* batch_ended_by(const Story& story, const Line& got) {
  const auto error = as<fact::ClientError>(got).error;
  const auto follows = [&](const auto& f, const Line& l) {
    // An exception without an error code may concern one record of the batch, which ended with the partition's error.
    return l.seq > got.seq && l.time == got.time && l.node == got.node &&
           (f.error == error || error == protocol::ErrorCode::NONE);
  };
  const Line* ended =
      latest({story.last<fact::BatchFailed>(story.end(), follows), story.last<fact::RecordFailed>(story.end(), follows),
              story.last<fact::BatchRetried>(story.end(), follows)});
  return ended != nullptr ? ended : &got;
}

/// The client's last error of that name, as its state counts them, or what the client did about its batch. An expired batch
/// has that code's exception, though no broker answered with it.
const Line* last_error(const Story& story, sim::NodeId node, const std::string& error) {
  const Line* got = story.last<fact::ClientError>(story.end(), [&](const auto& f, const Line& l) {
    return l.node == node && (f.exception == error || protocol::name(f.error) == error);
  });
  constexpr std::int64_t kAny = std::numeric_limits<std::int64_t>::max();
  // For an exception, the end of its batch says more.
  const Line* failure =
      got == nullptr || error.ends_with("Exception") ? last_failure(story, node, error, kAny) : nullptr;
  if (failure == nullptr) failure = got;
  return failure != nullptr && is<fact::ClientError>(*failure) ? batch_ended_by(story, *failure) : failure;
}

/// The client's last failure of a record; null: none has failed.
const Line* last_failed_record(const Story& story, sim::NodeId node) {
  const auto own = [&](const auto&, const Line& l) { return l.node == node; };
  return latest({story.last<fact::BatchFailed>(story.end(), own), story.last<fact::RecordFailed>(story.end(), own)});
}

/// The failure that this exception reported to the application.
const Line* failure_behind(const Story& story, sim::NodeId node, const json& thrown) {
  const std::int64_t at = whole_of(part_of(thrown, "at_us"));
  const Line* same = last_failure(story, node, text_of(part_of(thrown, "class")), at);
  if (same == nullptr) return last_failure(story, node, {}, at);
  return is<fact::ClientError>(*same) ? batch_ended_by(story, *same) : same;
}

/// Explains a position beyond the last record that the client got: read_committed skips aborted records, and every
/// reader skips markers.
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

}  // namespace

bool tell_cannot_read(Telling& telling, sim::NodeId node, const std::string& partition, std::int64_t position) {
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
    tell_nobody_elects(telling);
    telling.now("why.hw_leader_silent"_w, {{"leader", leader}}, Weight::Point, leader);
    return true;
  }
  const bool cut = leads.valid() && (story.cluster().is_cut(node, leads) || story.cluster().is_cut(leads, node));
  // At the high watermark the reader waits for the followers' copies, whatever hinders the leader.
  const storage::PartitionLog* log = story.cluster().leader_log(tp);
  const bool at_watermark =
      log != nullptr && log->high_watermark() < log->log_end_offset() && position >= log->high_watermark().value;
  if (leads.valid())
    telling.trail(
        latest({story.hindrance(node, story.end(), Search{leads}.of(traffic::kReading)),
                at_watermark ? nullptr : story.hindrance(leads, story.end(), Search{node}.of(traffic::kReading))}),
        Weight::Cause);
  if (cut)
    telling.now("why.reader_cut_off"_w, {{"client", client}, {"leader", leader}, {"partition", partition}},
                Weight::Point, client);
  return tell_no_member(telling, node, assignment()) || cut;
}

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

namespace {

/// Whether the client runs, and its records or its call have been waiting for a result for more than a second.
bool gets_no_result(const Story& story, sim::NodeId node, const json& state) {
  constexpr std::int64_t kLongUs = 1'000'000;
  if (is_silent(story, node)) return false;
  if (open_call(story, node)) return true;
  if (part_of(state, "kind") == "admin" && whole_of(part_of(state, "waiting")) > 0) return true;
  if (!part_of(state, "accumulator").is_object() || whole_of(part_of(state, "waiting")) == 0) return false;
  const auto own = [&](const auto&, const Line& l) { return l.node == node; };
  const Line* since =
      latest({story.last<fact::NodeStarted>(story.end(), own), story.last<fact::NodeResumed>(story.end(), own),
              story.last<fact::BatchAcked>(story.end(), own)});
  const Line* sent = story.first<fact::RecordSent>(since == nullptr ? 0 : since->seq, own);
  return sent != nullptr && (story.cluster().now() - sent->time).us > kLongUs;
}

/// The committed offset as far as the consumer knows: /clients/c/committed/orders-0, …/subscription/orders-0/committed.
std::optional<Answer> why_committed(const Asked& asked, sim::NodeId node) {
  const Story& story = asked.story;
  const std::string &client = asked.part(1), &partition = asked.part(3), group = story.group_of(node);
  if (partition.empty()) return std::nullopt;
  const auto tp = partition_named(story, partition);
  const bool none = asked.value.is_null();
  Telling telling(story, asked.path,
                  none ? asks("why.q_knows_no_commit"_w, {{"client", client}, {"partition", partition}})
                       : asks_value(client + " · " + partition + " · committed", asked.value));
  const Line* commit = story.last<fact::OffsetCommitted>(story.end(), [&](const auto& f, const Line&) {
    return f.group == group && f.partition == tp && (none || f.offset.value == asked.value);
  });
  const Line* set = story.last<fact::PositionSet>(
      story.end(), [&](const auto& f, const Line& l) { return l.node == node && f.partition == tp; });
  if (commit != nullptr) telling.trail(commit, none ? Weight::Link : Weight::Point);
  else if (group.empty()) telling.now("why.commits_without_group"_w, {{"client", client}}, Weight::Point, client);
  else telling.now("why.never_committed"_w, {{"group", group}, {"partition", partition}}, Weight::Point, group);
  if (none && commit != nullptr) {
    telling.fact(set, Weight::Link);
    telling.now("why.knows_no_commit"_w, {{"client", client}, {"partition", partition}}, Weight::Point, client);
  }
  return telling.done();
}

/// Whether the consumer has paused the partition: /clients/c/subscription/orders-0/paused.
Answer why_paused(const Asked& asked, sim::NodeId node) {
  const Story& story = asked.story;
  const std::string &client = asked.part(1), &partition = asked.part(3);
  Telling telling(story, asked.path, asks_value(client + " · " + partition + " · paused", asked.value));
  telling.trail(latest({pause_of(story, node, partition), pause_of(story, node, partition, "resume_partitions")}),
                Weight::Cause);
  telling.now(asked.value == true ? "why.lag_paused"_w : "why.not_paused"_w,
              {{"client", client}, {"partition", partition}}, Weight::Point, client);
  return telling.done();
}

}  // namespace

std::uint64_t begun_at(const Story& story, sim::NodeId node) {
  const Line* start = start_before(story, node, story.end());
  return start == nullptr ? 0 : start->seq;
}

bool stopped_by_exception(const Moment& moment, std::string_view client) {
  const sim::NodeId node = moment.cluster.find(client);
  const auto state = state_at(moment, "/clients/" + std::string(client));
  const json thrown = state ? part_of(*state, "exception") : json();
  const std::string kind = state ? text_of(part_of(*state, "kind")) : std::string();
  const bool reads = kind.ends_with("consumer") || kind == "transform";  // others go on with the next record or call
  if (!reads || !thrown.is_object() || part_of(*state, "state") != "running") return false;
  const TraceStore& trace = moment.observation.trace();
  const std::int64_t at_us = whole_of(part_of(thrown, "at_us"));
  for (std::size_t i = trace.size(); i > 0 && trace[i - 1].time.us > at_us; --i)
    if (const sim::TraceLine& l = trace[i - 1];
        l.node == node &&
        (is<fact::RecordDelivered>(l) || is<fact::PartitionsAssigned>(l) || l.kind == sim::trace_kind::kNodeStarted))
      return false;
  return true;
}

std::optional<Answer> why_client(const Asked& asked) {
  const Story& story = asked.story;
  const std::string &client = asked.part(1), &field = asked.part(2);
  const sim::NodeId node = story.cluster().find(client);
  if (!node.valid() || story.cluster().info(node).client < 0) return std::nullopt;
  if (auto number = why_client_number(asked, node)) return number;
  if (field == "waiting" || field == "accumulator" || field == "in_flight") return why_waiting(asked);
  if (field == "errors" && !asked.part(3).empty())
    if (auto nothing = why_nothing_failed(asked, last_error(story, node, asked.part(3)))) return nothing;
  if (field == "fatal" && asked.value.is_string()) {
    const std::string error = text_of(asked.value);
    Telling telling(story, asked.path, asks("why.q_fatal"_w, {{"client", client}}));
    telling.trail(story.first<fact::ClientError>(
                      begun_at(story, node),
                      [&](const auto& f, const Line& l) { return l.node == node && protocol::name(f.error) == error; }),
                  Weight::Cause);
    telling.now("why.fatal"_w, {{"client", client}, {"error", error}}, Weight::Point, client);
    return telling.done();
  }
  if (field == "failed" || field == "errors" || field == "exception") {
    const json last_thrown = state_of(story, "/clients/" + client + "/exception");
    const bool no_record = asked.value.is_null() ||
                           (asked.value == 0 && part_of(state_of(story, "/clients/" + client), "kind") == "producer");
    // No record has failed, but a call has.
    const bool none = no_record && !(field == "failed" && last_thrown.is_object());
    const json thrown = field == "exception" || (no_record && !none) ? last_thrown : json();
    const bool named = field == "errors" && !asked.part(3).empty();
    const Line* record = field == "failed" && !none && !thrown.is_object() ? last_failed_record(story, node) : nullptr;
    const Line* failed = none                 ? nullptr
                         : thrown.is_object() ? failure_behind(story, node, thrown)
                         : record != nullptr  ? record
                         : named              ? last_error(story, node, asked.part(3))
                                              : last_failure(story, node, "", std::numeric_limits<std::int64_t>::max());
    const bool nothing = failed == nullptr && !thrown.is_object();
    if (Answer retried; nothing && tell_only_retried(asked, retried)) return retried;
    const auto rejoins = field == "errors" && failed != nullptr ? sign_to_rejoin(story, *failed) : std::nullopt;
    Telling telling(story, asked.path,
                    asks(nothing                                 ? "why.q_failed_nothing"_w
                         : rejoins && !is_thrown(story, *failed) ? "why.q_only_retried"_w
                                                                 : "why.q_failed"_w,
                         {{"client", client}}));
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
    if (failed != nullptr) {
      tell_limit(telling, error_behind(story, *failed));
      tell_misdirected(telling, *failed);
      tell_own_error(telling, *failed);
    }
    if (rejoins) telling.now(*rejoins, {{"client", client}}, Weight::Point, client);
    return telling.done();
  }
  if (field == "throttled") {
    Telling telling(story, asked.path, asks("why.q_throttled"_w, {{"client", client}}));
    const Line* throttled =
        story.last<fact::ClientThrottled>(story.end(), [&](const auto& f, const Line&) { return f.client == node; });
    telling.trail(throttled == nullptr ? nullptr : quota_of(story, *throttled), Weight::Cause);
    telling.fact(throttled, Weight::Point);
    if (telling.empty()) telling.now("why.never_throttled"_w, {{"client", client}}, Weight::Point, client);
    return telling.done();
  }
  if (field == "committed" || asked.part(4) == "committed") return why_committed(asked, node);
  if (field == "subscription" && asked.part(4) == "paused") return why_paused(asked, node);
  if (field == "subscription" || field == "positions")
    if (auto own = why_subscription(asked, node)) return own;
  if (field == "positions" || field == "subscription") {
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
    // What holds the consumer now matters more than how it got here.
    const bool asks_now = field == "positions" && paused != true;
    const bool held = asks_now && (tell_cannot_read(telling, node, partition, position) ||
                                   tell_at_the_end(telling, node, partition, position) ||
                                   tell_fetch_collects(telling, node, partition));
    if (held) telling.fact(set, Weight::Aside);
    else telling.trail(set, Weight::Point);
    telling.fact(got, Weight::Link);
    if (field == "positions") tell_jump(telling, node, tp, latest({set, got}), position);
    if (telling.empty())
      telling.now("why.never_read"_w, {{"client", client}, {"partition", partition}}, Weight::Point, client);
    return telling.done();
  }
  if (field == "assignment") return why_assignment(asked, node);
  if (field == "belief") return why_belief(asked);
  if (field.empty() && stopped_by_exception(story.moment(), client))
    return why_client({story,
                       asked.path + "/exception",
                       {"clients", client, "exception"},
                       state_of(story, "/clients/" + client + "/exception")});
  if (field.empty() && gets_no_result(story, node, asked.value)) return why_waiting(asked);
  if (const std::string held = field.empty() ? held_at_stable(asked.value) : std::string(); !held.empty()) {
    const std::string path = asked.path + "/positions/" + held;
    if (const auto at = state_at(story.moment(), path))
      return why_client({story, path, {"clients", client, "positions", held}, *at});
  }
  if (field.empty() || field == "state") return why_node(asked);
  return std::nullopt;
}

namespace {
/// A throttle time counts for this long after its end: within one exchange the client sends its next request and may be
/// throttled again.
constexpr std::int64_t kExchangeUs = 100'000;

/// The time that ran out at that line, for a batch that failed or is sent again because of that, in µs; 0: none did.
std::int64_t time_run_out(const Story& story, const Line& l) {
  const cluster::ClientSpec* spec = story.declared(l.node);
  if (spec == nullptr) return 0;
  if (const auto failed = fact_if<fact::BatchFailed>(l))
    return failed->exception == "TimeoutException" ? spec->config.number("delivery.timeout.ms") * 1000 : 0;
  const auto retried = fact_if<fact::BatchRetried>(l);
  // A client of Kafka 2.5 closes the connection, and reports that. Otherwise that is the end of the broker.
  const bool closed =
      retried && retried->error == protocol::ErrorCode::NETWORK_EXCEPTION && story.cluster().under_zookeeper() &&
      story.last<fact::NodeDied>(
          l.seq, [&](const auto&, const Line& died) { return (l.time - died.time).us < kExchangeUs; }) == nullptr;
  return closed || (retried && retried->error == protocol::ErrorCode::REQUEST_TIMED_OUT)
             ? spec->config.number("request.timeout.ms") * 1000
             : 0;
}

}  // namespace

bool tell_throttled(Telling& telling, sim::NodeId client, sim::NodeId broker) {
  const Story& story = telling.story();
  const auto* producer =
      client.valid() && story.cluster().alive(client) ? story.cluster().role<client::Producer>(client) : nullptr;
  if (producer == nullptr) return false;
  const Line* throttled = story.last<fact::ClientThrottled>(story.end(), [&](const auto& f, const Line& l) {
    return f.client == client && l.node == broker && f.api == protocol::api::Produce;
  });
  if (throttled == nullptr) return false;
  const std::int64_t until = throttled->time.us + as<fact::ClientThrottled>(*throttled).ms * 1000;
  const std::int64_t now = story.cluster().now().us;
  if (until + kExchangeUs < now) return false;
  const std::string &who = story.cluster().info(client).name, &leader = story.cluster().info(broker).name;
  telling.trail(quota_of(story, *throttled), Weight::Cause);
  telling.fact(throttled, Weight::Link);
  telling.now("why.waits_quota"_w,
              {{"client", who}, {"leader", leader}, {"until", until > now ? in_seconds(until) : std::string()}},
              Weight::Point, who);
  return true;
}

const Line* quota_behind(const Story& story, const Line& ended) {
  const std::int64_t had = time_run_out(story, ended);
  if (had == 0) return nullptr;
  std::int64_t counted = ended.time.us - had, throttled = 0;
  const Line* last = nullptr;
  (void)story.first<fact::ClientThrottled>(0, [&](const auto& t, const Line& l) {
    if (l.seq >= ended.seq) return true;
    if (t.client != ended.node || t.api != protocol::api::Produce) return false;
    const std::int64_t from = std::max(counted, l.time.us), until = std::min(ended.time.us, l.time.us + t.ms * 1000);
    if (until > from) throttled += until - from, counted = until, last = &l;
    return false;
  });
  return throttled * 2 > had ? quota_of(story, *last) : nullptr;
}

}  // namespace kafkascope::observe
