// Explains a number of the ledger by the first record that it counts, with how many of the others have the same cause, and any line of
// the trace by its cause. Two counts have reasons of their own: aborted records that reached a reader of committed records, and messages
// of a queue, which no producer of the ledger sent.
#include <algorithm>
#include <charconv>
#include <limits>
#include <map>

#include "observe/model/fates.h"
#include "observe/why/account.h"
#include "observe/why/led.h"
#include "observe/why/record_transaction.h"
#include "observe/why/why_parts.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_queues.h"
#include "protocol/facts_of_quorum.h"
#include "protocol/trace_code.h"
#include "storage/partition_log.h"

namespace kafkascope::observe {

using nlohmann::json;
using protocol::TopicPartition;
using Line = Story::Line;

namespace {

/// The groups of the ledger that may have the fate, including "@name" for consumers without a group.
std::string group_with(const Story& story, std::string_view fate) {
  const ClusterView truth(story.cluster());
  for (const auto& [name, counts] : story.moment().observation.ledger().by_reader(truth))
    if ((fate == "redelivered" && counts.redelivered > 0) || (fate == "skipped" && counts.skipped > 0) ||
        (fate == "before_group" && counts.before_group > 0) ||
        (fate == "uncommitted_read" && counts.uncommitted_read > 0) ||
        (fate == "aborted_visible" && counts.aborted_visible > 0))
      return name;
  return {};
}

bool has_fate(const Story& story, std::string_view fate, sim::NodeId client, std::uint64_t number,
              const std::string& group) {
  const ClusterView truth(story.cluster());
  const auto all = story.moment().observation.ledger().with_fate(fate, truth, std::numeric_limits<std::int32_t>::max(),
                                                                 {story.cluster().info(client).name, group});
  return std::any_of(all.begin(), all.end(),
                     [&](const auto& r) { return r.client == client.index && r.number == number; });
}

/// "No record was lost": the sentence for a fate that no record has.
words::Key none_of(std::string_view fate) {
  static constexpr std::pair<std::string_view, words::Key> kNone[] = {
      {"lost_acked", "why.none_lost_acked"_w},   {"lost_unacked", "why.none_lost_unacked"_w},
      {"failed", "why.none_failed"_w},           {"in_doubt", "why.none_in_doubt"_w},
      {"pending", "why.none_pending"_w},         {"duplicated", "why.none_duplicated"_w},
      {"reordered", "why.none_reordered"_w},     {"aborted", "why.none_aborted"_w},
      {"redelivered", "why.none_redelivered"_w}, {"skipped", "why.none_skipped"_w}};
  for (const auto& [word, key] : kNone)
    if (word == fate) return key;
  return "why.none_other"_w;
}

/// "acked, then lost" for lost_acked
Words name_of(std::string_view fate) {
  for (const FateRow& row : fate_rows())
    if (row.word == fate) return both(row.name);
  return {std::string(fate), std::string(fate)};
}

/// Readers of uncommitted records that got aborted records, with the number of these: "c (h): 8". `group`: only its
/// members; "": all.
std::string uncommitted_readers(const Story& story, const std::string& group) {
  const ClusterView truth(story.cluster());
  RecordLedger& ledger = story.moment().observation.ledger();
  std::map<std::string, std::int64_t> got;
  for (const auto& r : ledger.with_fate("aborted", truth, std::numeric_limits<std::int32_t>::max()))
    for (const std::string& reader : ledger.delivered_to(r.client, r.number))
      if ((group.empty() || reader == group) && !truth.reads_committed(reader)) ++got[reader];
  std::string readers;
  for (const auto& [reader, count] : got) {
    std::string members = reader.starts_with('@') ? reader.substr(1) : std::string();
    if (members.empty())
      for (const cluster::ClientSpec& client : story.cluster().spec().clients)
        if (story.group_of(story.cluster().find(client.id)) == reader)
          members += (members.empty() ? "" : ", ") + client.id;
    readers += (readers.empty() ? "" : "; ") + members +
               (reader.starts_with('@') ? std::string() : " (" + reader + ")") + ": " + std::to_string(count);
  }
  return readers;
}

/// Only readers of committed records are counted. The others get aborted records as a matter of course.
void tell_aborted_read(Telling& telling, const std::string& group) {
  telling.now("why.count_committed_readers"_w, {}, Weight::Point, group);
  if (const std::string readers = uncommitted_readers(telling.story(), group); !readers.empty())
    telling.now("why.uncommitted_readers"_w, {{"readers", readers}}, Weight::Point, group);
}

/// What led to a record's fate: an act or a fault, otherwise what the last sentence says apart from its numbers.
struct Cause {
  std::string key;              // equal for records with the same cause
  std::optional<WhyStep> root;  // the act or fault
};

/// The cause that the answer names for a record of that client. That the client itself was started led to all of its records, and is none.
Cause cause_of(const Story& story, const Answer& answer, std::int32_t client) {
  if (answer.root && answer.root_kind != RootKind::Timer) {
    const Line* root = story.trace().find(answer.root->seq);
    const auto act = fact_if<fact::Command>(*root);
    const bool starts = act ? act->verb == "start" : is<fact::NodeStarted>(*root);
    if (!starts || answer.root->subject != story.cluster().info({client}).name)
      return {std::to_string(answer.root->seq), answer.root};
  }
  std::string said = answer.steps.back().words.en;
  std::erase_if(said, [](char c) { return c >= '0' && c <= '9'; });
  return {said, std::nullopt};
}

/// Whether the sentence tells the answer's root: its own line, or at that moment what it led to ("handoff crashes").
bool tells_root(const Story& story, const Answer& answer, const WhyStep& step) {
  if (!answer.root || step.at != answer.root->at || step.seq == 0) return false;
  return story.trail(*story.trace().find(step.seq)).front()->seq == answer.root->seq;
}

/// Whether the fate is that of a record at its readers.
bool is_of_readers(std::string_view fate) {
  return std::any_of(fate_rows().begin(), fate_rows().end(),
                     [&](const FateRow& row) { return row.word == fate && row.reading; });
}

/// Joins the least important sentence of four, but not that about the root, to the one after it (the last one: to the one before it),
/// with its time: the answer says all that it says of the record.
void join_least(const Story& story, Answer& answer) {
  auto& steps = answer.steps;
  auto least = steps.end();
  if (steps.size() < 2) return;
  for (auto step = steps.begin(); step != steps.end(); ++step)
    if (!tells_root(story, answer, *step) && (least == steps.end() || step->weight <= least->weight)) least = step;
  if (least == steps.end()) --least;  // each tells the root
  const bool is_last = least + 1 == steps.end();
  WhyStep& first = is_last ? *(least - 1) : *least;
  WhyStep& second = is_last ? *least : *(least + 1);
  // The joined sentence has the moment of the more important one, and gives that of the other.
  WhyStep& timed = is_last ? second : first;
  if (timed.at != (is_last ? first : second).at)
    timed.words = both("why.clause_at"_w, {{"what", timed.words}, {"at", in_seconds(timed.at.us)}});
  const Words joined = both("why.and_count"_w, {{"what", first.words}, {"count", after_a_colon(second.words)}});
  (is_last ? first : second).words = joined;
  steps.erase(least);
}

/// Tells the cause of other records at its place in time, in a sentence of its own, which the window can follow. False: there is no room
/// for it and for the count beside what the answer says of the record.
bool tell_other_cause(Answer& answer, const WhyStep& cause) {
  auto& steps = answer.steps;
  if (std::any_of(steps.begin(), steps.end(), [&](const WhyStep& step) { return step.seq == cause.seq; })) return true;
  if (steps.size() + 2 > kMostWhySteps) return false;
  steps.insert(std::upper_bound(steps.begin(), steps.end(), cause.at,
                                [](sim::Instant at, const WhyStep& step) { return at < step.at; }),
               cause);
  return true;
}

/// Adds for how many records with the fate the cause is the one that the answer names for a record of `client`, and which other
/// act or fault is the cause of most of the others. Of very many records it asks about some, at equal distances.
/// `counted`: what the ledger says, which for a repeated record is the number of its deliveries.
void add_share(const Story& story, Answer& answer, std::int32_t client, std::string_view fate,
               const RecordLedger::Filter& of, std::int64_t counted) {
  constexpr std::size_t kMostAsked = 200;
  const std::vector<FatedRecord> all = records_with(story.moment(), fate, std::numeric_limits<std::size_t>::max(), of);
  if (all.size() < 2) return;
  const Cause own = cause_of(story, answer, client);
  const std::size_t asked = std::min(all.size(), kMostAsked);
  std::size_t share = 0, most = 0;
  std::optional<WhyStep> other;
  std::map<std::string, std::size_t> others;  // number of records by other cause
  for (std::size_t i = 0; i < asked; ++i) {
    const auto& [record, group] = all[i * (all.size() - 1) / (asked - 1)];
    const auto its = why_fate(story, answer.path, record.client, record.number, fate, group);
    const Cause cause = its ? cause_of(story, *its, record.client) : Cause{};
    if (cause.key == own.key) ++share;
    else if (const std::size_t records = ++others[cause.key]; cause.root && records > most)
      most = records, other = cause.root;
  }
  const std::size_t rest = asked - share - most;
  const std::string at = own.root ? in_seconds(own.root->at.us) : "", same = own.root ? "" : "1",
                    among = all.size() > asked ? std::to_string(all.size()) : "",
                    deliveries =
                        fate == "redelivered" && all.size() == asked && counted > static_cast<std::int64_t>(all.size())
                            ? std::to_string(counted)
                            : "";
  const bool one_moment = other && own.root && other->at == own.root->at;
  // As a sentence of its own, what befell another reader would read as if it had led to this record's fate, and of two acts of
  // one moment the count could not say which it means.
  const bool told = other && !one_moment && !is_of_readers(fate) && tell_other_cause(answer, *other);
  // After four sentences a count that leads to no other cause is a part of the last one: the answer says all that it says of the record,
  // such as the slow link without which nothing would have been lost. One that leads to another cause keeps a sentence of its own.
  const bool joins = answer.steps.size() >= kMostWhySteps && !other;
  if (answer.steps.size() >= kMostWhySteps && !joins) join_least(story, answer);
  const auto add = [&](words::Key key, std::initializer_list<BothArg> arguments) {
    const Words said = both(key, arguments);
    if (joins) {
      Words& last = answer.steps.back().words;
      last = both("why.and_count"_w, {{"what", last}, {"count", after_a_colon(said)}});
    } else {
      answer.steps.push_back({said, key, 0, story.cluster().now(), "", WhyStep::World::This, Weight::Point});
    }
  };
  if (share == asked)
    return add("why.count_all"_w,
               {{"records", asked}, {"deliveries", deliveries}, {"all", among}, {"at", at}, {"same", same}});
  add("why.count_share"_w, {{"share", share},
                            {"records", asked},
                            {"deliveries", deliveries},
                            {"all", among},
                            {"at", one_moment ? "" : at},
                            {"act", one_moment ? after_a_colon(own.root->words) : Words()},
                            {"same", same},
                            {"more", most},
                            {"other", other && !told ? after_a_colon(other->words) : Words()},
                            {"then", other ? in_seconds(other->at.us) : ""},
                            {"told", told ? "1" : ""},
                            {"rest", rest == 0 ? "" : std::to_string(rest)}});
  // Without a sentence of its own, the other cause is followed from this one, unless it is older than what the others tell.
  const std::size_t before = answer.steps.size() - 1;
  if (other && !told && (before == 0 || answer.steps[before - 1].at <= other->at))
    answer.steps.back().seq = other->seq, answer.steps.back().at = other->at,
    answer.steps.back().subject = other->subject;
}

Answer why_count(const Asked& asked, std::string_view fate, const std::string& client, std::string group) {
  const Story& story = asked.story;
  if (fate == "produced")
    if (std::optional<Answer> answer = why_produced(asked, client)) return *std::move(answer);
  const RecordLedger::Filter counted{client, group};
  if (group.empty()) group = group_with(story, fate);
  const bool chosen = fate == "lost_acked" || fate == "pending";
  const std::size_t most = chosen ? std::numeric_limits<std::size_t>::max() : 1;
  std::vector<FatedRecord> records;
  const ClusterView truth(story.cluster());
  for (const auto& r : story.moment().observation.ledger().with_fate(fate, truth, most, {client, group}))
    records.push_back({{r.client, r.number}, group});
  const std::string count = asked.value.is_null() ? "0" : asked.value.dump();
  if (!records.empty()) {
    const RecordName example = example_of(story, fate, records).record;
    std::optional<Answer> answer = why_fate(story, asked.path, example.client, example.number, fate, group);
    if (answer) {
      if (std::find(told_fates().begin(), told_fates().end(), fate) != told_fates().end())
        add_share(story, *answer, example.client, fate, counted, whole_of(asked.value));
      return *std::move(answer);
    }
  }
  const bool none = whole_of(asked.value) == 0;
  Telling telling(story, asked.path,
                  none ? asks("why.q_ledger_none"_w, {{"fate", name_of(fate)}})
                       : asks("why.q_ledger"_w, {{"fate", name_of(fate)}, {"count", count}}));
  const std::string of_group = asked.part(1) == "by_group" ? group : std::string();
  if (!none && tell_messages(telling, fate, of_group)) return telling.done();
  if (fate == "aborted_visible" && none) tell_aborted_read(telling, of_group);
  else if (const words::Key key = none_of(fate); key == "why.none_other"_w || !none)
    telling.now("why.none_other"_w, {{"fate", name_of(fate)}}, Weight::Point, "");
  else telling.now(key, {{"client", client}, {"group", of_group}}, Weight::Point, client);
  return telling.done();
}

}  // namespace

std::optional<std::uint64_t> whole_number(const std::string& text) {
  std::uint64_t n = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), n);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return n;
}

std::optional<Answer> why_ledger(const Asked& asked) {
  const auto is_fate = [](const std::string& word) {
    return std::any_of(fate_rows().begin(), fate_rows().end(), [&](const FateRow& row) { return row.word == word; });
  };
  if (is_fate(asked.part(1))) return why_count(asked, asked.part(1), "", "");
  const bool by_client = asked.part(1) == "by_client", by_group = asked.part(1) == "by_group";
  if ((!by_client && !by_group) || !is_fate(asked.part(3))) return std::nullopt;
  if (asked.parts.size() == 6) {  // one record
    const sim::NodeId node = asked.story.cluster().find(asked.part(4));
    const auto number = whole_number(asked.part(5));
    if (!node.valid() || !number) return std::nullopt;
    const std::string group = by_group ? asked.part(2) : std::string();
    std::optional<Answer> answer =
        why_fate(asked.story, asked.path, node.index, static_cast<std::uint32_t>(*number), asked.part(3), group);
    if (!answer || has_fate(asked.story, asked.part(3), node, *number, group)) return answer;
    Telling telling(asked.story, asked.path, Question{answer->question_key, std::move(answer->question)});
    telling.now("why.fate_otherwise"_w,
                {{"client", asked.part(4)}, {"number", *number}, {"fate", name_of(asked.part(3))}}, Weight::Point,
                asked.part(4));
    return telling.done();
  }
  return why_count(asked, asked.part(3), by_client ? asked.part(2) : std::string(),
                   by_group ? asked.part(2) : std::string());
}

namespace {

/// What had set a setting when that line came, and its value then; no value: the file's value, which has been replaced since.
struct SettingThen {
  const Line* set;
  std::optional<std::int64_t> value;
};

SettingThen setting_then(const Story& story, const Line& line, std::string_view key, std::string_view broker_key,
                         std::int64_t now) {
  const Line* set = story.setting_of(place_of(line), key, line.seq, broker_key);
  if (set == story.setting_of(place_of(line), key, story.end(), broker_key)) return {set, now};
  if (set == nullptr) return {nullptr, std::nullopt};
  return {set, number_in(as<fact::ConfigChanged>(*set).value.view())};
}

/// Tells the setting for which a log was flushed: flush.messages within the append, or flush.ms when the flusher looked.
/// Says nothing about the flush of a closed segment. Kafka: UnifiedLog.append, LogManager.flushDirtyLogs.
void tell_flush(Telling& telling, const Line& flushed) {
  const Story& story = telling.story();
  const cluster::NodeInfo& broker = story.cluster().info(flushed.node);
  const protocol::TopicPartition tp = place_of(flushed);
  const storage::PartitionLog* log = story.cluster().log(broker.id, tp);
  const Line* by = story.trace().find(flushed.cause);
  if (log == nullptr || by == nullptr) return;
  const std::string name = story.cluster().name(tp);
  if (is<fact::LogAppended>(*by) || is<fact::LogReplicated>(*by)) {
    const SettingThen then =
        setting_then(story, flushed, "flush.messages", "log.flush.interval.messages", log->options().flush_messages);
    telling.trail(then.set, Weight::Link);
    if (then.value)
      telling.dated("why.flush_messages"_w, {{"broker", broker.name}, {"partition", name}, {"count", *then.value}},
                    flushed.time, Weight::Point, name);
    return;
  }
  const protocol::Offset to = as<fact::LogFlushed>(flushed).to;
  const Line* rolled = story.last<fact::SegmentRolled>(flushed.seq, [&](const auto& f, const Line& l) {
    return l.node == flushed.node && f.partition == tp && f.base_offset == to;
  });
  if (rolled != nullptr) return;
  const SettingThen then = setting_then(story, flushed, "flush.ms", "log.flush.interval.ms", log->options().flush_ms);
  if (then.value == storage::kForEverMs) return;
  telling.trail(then.set, Weight::Link);
  if (then.value)
    telling.dated("why.flush_ms"_w, {{"broker", broker.name}, {"partition", name}, {"ms", *then.value}}, flushed.time,
                  Weight::Point, name);
}

/// The clean shutdown that flushed the node's log up to there; null: none did. No line says so for each log. Kafka:
/// LogManager.shutdown, "flush the log to ensure latest possible recovery point".
const Line* flushing_stop(const Story& story, TopicPartition tp, sim::NodeId node, std::int64_t flushed) {
  const Line* stopped = story.last<fact::NodeDied>(
      story.end(), [&](const auto& f, const Line& l) { return l.node == node && f.how == sim::Death::Stop; });
  if (stopped == nullptr || flushed == 0) return nullptr;
  // It was flushed later if what it holds was written later.
  const auto written_later = [&](const auto& f, const Line& l) {
    return l.node == node && f.partition == tp && f.base_offset.value < flushed;
  };
  const bool later = story.first<fact::LogAppended>(stopped->seq, written_later) != nullptr ||
                     story.first<fact::LogReplicated>(stopped->seq, written_later) != nullptr;
  return later ? nullptr : stopped;
}

/// Tells when the records behind the flushed ones will be flushed. flush.ms counts only when the flusher looks.
void tell_unflushed(Telling& telling, const storage::PartitionLog& log, sim::NodeId node,
                    const std::string& write_back) {
  const Story& story = telling.story();
  const FlushLimits limits = flush_limits(story, node, log.options());
  const std::string& who = story.cluster().info(node).name;
  telling.now("why.unflushed"_w,
              {{"broker", who},
               {"offset", log.log_end_offset().value},
               {"messages", limits.messages},
               {"ms", limits.ms},
               {"interval", limits.interval},
               {"once", limits.once},
               {"seconds", write_back}},
              Weight::Point, who);
}

}  // namespace

Answer why_flushed(const Asked& asked, const std::string& partition, sim::NodeId node) {
  const Story& story = asked.story;
  const cluster::NodeInfo& broker = story.cluster().info(node);
  const protocol::TopicPartition tp = partition_named(story, partition);
  const std::int64_t flushed = whole_of(asked.value);
  Telling telling(
      story, asked.path,
      flushed == 0 ? asks("why.q_flushed_none"_w, {{"broker", broker.name}, {"partition", partition}})
                   : asks("why.q_flushed"_w, {{"broker", broker.name}, {"partition", partition}, {"offset", flushed}}));
  const storage::PartitionLog* log = story.cluster().log(broker.id, tp);
  if (log == nullptr) return telling.done();
  const Line* line = story.last<fact::LogFlushed>(
      story.end(), [&](const auto& f, const Line& l) { return l.node == node && f.partition == tp; });
  const bool by_kafka = line != nullptr && as<fact::LogFlushed>(*line).to.value >= flushed;
  const Line* stopped = by_kafka ? nullptr : flushing_stop(story, tp, node, flushed);
  telling.fact(line, by_kafka ? Weight::Point : Weight::Link);
  if (by_kafka) tell_flush(telling, *line);
  const std::int64_t end = log->log_end_offset().value;
  const std::string write_back = lasting(log->options().write_back.us);
  if (stopped != nullptr) {
    telling.trail(stopped, Weight::Link);
    telling.say("why.flushed_at_shutdown"_w, {{"broker", broker.name}, {"partition", partition}, {"offset", flushed}},
                stopped, Weight::Point, partition);
  } else if (!by_kafka && flushed > 0) {
    // PartitionLog::flushed_offset: the operating system has written the rest by itself, some time after the append.
    telling.now("why.flushed_by_system"_w, {{"broker", broker.name}, {"offset", flushed}, {"seconds", write_back}},
                Weight::Point, partition);
  }
  if (end == 0) {
    telling.now("why.log_empty"_w, {{"broker", broker.name}, {"partition", partition}}, Weight::Point, partition);
  } else if (end <= flushed) {
    telling.now("why.flushed_all"_w, {{"broker", broker.name}, {"partition", partition}}, Weight::Point, partition);
  } else {
    tell_unflushed(telling, *log, node, write_back);
  }
  return telling.done();
}

Answer why_log_epoch(const Asked& asked, const std::string& partition, sim::NodeId node) {
  const Story& story = asked.story;
  const std::string& who = story.cluster().info(node).name;
  const TopicPartition tp = partition_named(story, partition);
  const std::int64_t epoch = whole_of(asked.value);
  Telling telling(story, asked.path, asks_value(who + " · " + partition + " · leader_epoch", asked.value));
  telling.trail(
      story.last<fact::LeaderElected>(
          story.end(), [&](const auto& f, const Line&) { return f.partition == tp && f.leader_epoch.value == epoch; }),
      Weight::Link);
  if (epoch < 0)
    telling.now("why.log_no_epoch"_w, {{"broker", who}, {"partition", partition}}, Weight::Point, partition);
  else
    telling.now("why.log_epoch"_w, {{"broker", who}, {"partition", partition}, {"epoch", epoch}}, Weight::Point,
                partition);
  return telling.done();
}

std::optional<Answer> why_log_dir(const Asked& asked, const std::string& partition, sim::NodeId node) {
  const Story& story = asked.story;
  const std::string& who = story.cluster().info(node).name;
  const std::int64_t dir = whole_of(asked.value);
  const std::size_t dirs = state_of(story, "/nodes/" + who + "/disk/dirs").size();
  if (dir < 0 || dirs == 0) return std::nullopt;  // in no directory: what failed is told
  Telling telling(story, asked.path, asks_value(who + " · " + partition + " · dir", asked.value));
  if (dirs == 1) telling.now("why.log_only_dir"_w, {{"broker", who}, {"dir", dir}}, Weight::Point, who);
  else
    telling.now("why.log_dir"_w, {{"broker", who}, {"partition", partition}, {"dir", dir}, {"dirs", dirs}},
                Weight::Point, who);
  return telling.done();
}

namespace {

/// Tells which request a response answers, or that the sender sends such requests again and again. Their causes are of no interest.
void tell_message(Telling& telling, const Line& line) {
  const Story& story = telling.story();
  const auto& f = as<fact::MessageDelivered>(line);
  const protocol::ApiKey api = protocol::api_of(f.api);
  const auto same = [&](const fact::MessageDelivered& m, const Line& l, sim::NodeId from, sim::NodeId to) {
    return m.from == from && l.node == to && protocol::api_of(m.api) == api && !protocol::is_response(m.api);
  };
  const std::string &sender = story.cluster().info(f.from).name, &receiver = story.cluster().info(line.node).name;
  if (protocol::is_response(f.api)) {
    const Line* request = story.trace().find(line.cause);  // null where the answer had to wait for something else
    const auto asked = request == nullptr ? std::nullopt : fact_if<fact::MessageDelivered>(*request);
    if (asked && same(*asked, *request, line.node, f.from))
      telling.say("why.event_answers"_w, {{"sender", sender}, {"receiver", receiver}, {"api", protocol::name(api)}},
                  request, Weight::Link);
    return;
  }
  // The story keeps no list of deliveries; a message that is sent again and again is not far.
  constexpr std::size_t kMostLines = 20'000;
  const Line* before = nullptr;
  const std::size_t here = story.trace().first_from(line.seq);
  for (std::size_t i = here; i > 0 && here - i < kMostLines && before == nullptr; --i)
    if (const auto m = fact_if<fact::MessageDelivered>(story.trace()[i - 1]);
        m && same(*m, story.trace()[i - 1], f.from, line.node))
      before = &story.trace()[i - 1];
  if (before != nullptr)
    telling.say("why.event_again"_w, {{"sender", sender}, {"receiver", receiver}, {"api", protocol::name(api)}}, before,
                Weight::Link);
}

}  // namespace

std::optional<Answer> why_event(const Asked& asked) {
  const Story& story = asked.story;
  const auto seq = whole_number(asked.part(1));
  const Line* line = seq ? story.trace().find(*seq) : nullptr;
  if (line == nullptr) return std::nullopt;
  if (asked.part(2) == "effects") {                               // why() adds them
    if (story.trail(*line).front() != line) return std::nullopt;  // they are what the line's own root has led to
    Telling telling(story, asked.path,
                    asks("why.q_effects"_w, {{"what", is<fact::Command>(*line) ? act_told(story, *line)
                                                                               : sentence(*line, story.names())}}));
    telling.trail(line, Weight::Point);
    return telling.done();
  }
  Telling telling(story, asked.path, asks("why.q_event"_w, {{"what", sentence(*line, story.names())}}));
  if (is<fact::LogFlushed>(*line)) tell_flush(telling, *line);
  if (is<fact::MessageDelivered>(*line)) tell_message(telling, *line);
  telling.trail(line, Weight::Point);
  return telling.done();
}

namespace {

/// The broker whose response handed the record over: the sender of the last message before the line; otherwise the leader.
sim::NodeId answered_by(const Story& story, const Line& read, TopicPartition tp) {
  for (const Line* l = &read; l != nullptr; l = l->cause < l->seq ? story.trace().find(l->cause) : nullptr) {
    const auto came = fact_if<fact::MessageDelivered>(*l);
    if (came && l->node == read.node && story.names().broker_at(came->from) >= 0) return came->from;
  }
  return story.broker_node(story.leader_at(tp, read.seq));
}

/// The line at which the broker copied the record together with the marker of its producer's previous transaction:
/// ProducerStateManager.lastStableOffset then does not know the record's transaction yet. Null: it did not.
const Line* copied_together(const Story& story, const ItsTransaction& t, const std::vector<Copy>& copies,
                            sim::NodeId broker) {
  const auto own = std::find_if(copies.begin(), copies.end(), [&](const Copy& c) { return c.node == broker; });
  const Line* copied = own == copies.end() ? nullptr : story.trace().find(own->from);
  if (copied == nullptr || !is<fact::LogReplicated>(*copied)) return nullptr;
  const Line* marker = story.last<fact::LogReplicated>(copied->seq, [&](const auto& f, const Line& l) {
    const protocol::RecordBatch* batch =
        l.node == broker && f.partition == t.partition ? story.trace().batch_at(l.seq) : nullptr;
    return batch != nullptr && batch->control && batch->producer_id == t.producer && l.time == copied->time;
  });
  return marker == nullptr ? nullptr : copied;
}

/// The death of the queue, if the queue was down when the consumer acknowledged the message, and so delivered it again.
/// Null: it was not.
const Line* queue_died(const Story& story, const Line& returned) {
  const auto consumer = as<fact::QueueReturned>(returned).consumer;
  const auto of_consumer = [&](const auto&, const Line& l) {
    return story.cluster().info(l.node).name == consumer.view();
  };
  const auto of_queue = [&](const auto&, const Line& l) { return l.node == returned.node; };
  const Line* died = story.last<fact::NodeDied>(returned.seq, of_queue);
  const Line* got = died == nullptr ? nullptr : story.last<fact::QueueDelivered>(died->seq, of_consumer);
  const Line* done = got == nullptr ? nullptr : story.first<fact::QueueProcessed>(got->seq, of_consumer);
  const Line* back = died == nullptr ? nullptr : story.first<fact::NodeStarted>(died->seq, of_queue);
  const bool missed = done != nullptr && done->seq > died->seq && (back == nullptr || done->seq < back->seq);
  return missed ? died : nullptr;
}

}  // namespace

void tell_read_aborted(Telling& telling, const ItsTransaction& t, const std::vector<Copy>& copies, const Line* read) {
  if (read == nullptr) return;
  const Story& story = telling.story();
  const sim::NodeId broker = answered_by(story, *read, t.partition);
  const std::string& who = story.cluster().info(broker).name;
  const Line* together = copied_together(story, t, copies, broker);
  const Line* elected = last_election(story, t.partition, read->seq);
  telling.trail(elected, Weight::Cause);
  telling.say("why.copied_together"_w, {{"broker", who}, {"partition", story.cluster().name(t.partition)}}, together,
              Weight::Point);
  if (elected == nullptr && together == nullptr) tell_decided(telling, t.id, t.decided);
  telling.fact(t.end, Weight::Link);
  telling.say("why.not_named_aborted"_w,
              {{"reader", story.cluster().info(read->node).name},
               {"partition", story.cluster().name(t.partition)},
               {"offset", t.offset.value},
               {"broker", who},
               {"entry", together == nullptr ? "" : "1"}},
              read, Weight::Point, story.cluster().info(read->node).name);
}

bool tell_messages(Telling& telling, std::string_view fate, const std::string& queue) {
  const Story& story = telling.story();
  const bool again = fate == "redelivered";
  if (!again && fate != "delivered") return false;
  const Line* got = story.last<fact::QueueDelivered>(story.end(), [&](const auto& f, const Line&) {
    return (!again || f.deliveries > 1) && (queue.empty() || f.queue.view() == queue);
  });
  if (got == nullptr) return false;
  const Line* returned =
      !again ? nullptr : story.last<fact::QueueReturned>(got->seq, [](const auto&, const Line&) { return true; });
  telling.trail(returned, Weight::Point);
  telling.fact(got, Weight::Point);
  return true;
}

const Line* back_of_return(const Story& story, const Line& returned) {
  const Line* silent =
      story.silence(story.client_of_member(as<fact::QueueReturned>(returned).consumer.view()), returned.seq);
  return silent != nullptr ? silent : queue_died(story, returned);
}

}  // namespace kafkascope::observe
