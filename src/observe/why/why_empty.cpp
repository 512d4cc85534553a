// Why no record has come to a partition: the clients that write to its topic, and what each of them has sent so far. How a client
// chooses partitions is told only if the trace shows that it chose so for every record of the topic.
#include <algorithm>
#include <set>

#include "client/producer.h"
#include "cluster/acts.h"
#include "observe/why/led.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::observe {

using nlohmann::json;
using protocol::TopicPartition;
using EmptyLine = Story::Line;

namespace {

/// A client that writes to the topic, and what the trace has of that since the topic was created.
struct Writer {
  sim::NodeId node;
  std::string client;
  const client::Producer* producer = nullptr;  // null: another kind, or no process
  bool writes = false;                         // the file or an act makes it write to the topic
  std::int64_t records = 0;                    // passed to send(), whatever their topic
  std::set<std::string> keys;                  // of these; "": none, or an empty one
  std::set<std::int32_t> partitions;           // of the topic, to which batches went
  std::int64_t here = 0;                       // batches that went to the partition asked about
  const EmptyLine *last_here = nullptr, *failed = nullptr, *acked = nullptr;
  bool acts = false, elsewhere = false,
       named = false;    // `produce`: any; for another topic; with a partition of this one
  bool behaved = false;  // an act has changed its partitioner
};

/// What the answer is about.
struct Empty {
  TopicPartition tp;
  std::string partition, topic;
  const EmptyLine* created = nullptr;  // null: the topic is as old as the cluster
};

void read_acts(const Story& story, const Empty& empty, Writer& w) {
  const cluster::ClientSpec* spec = story.declared(w.node);
  const std::string own = spec == nullptr ? std::string() : spec->topic;
  (void)story.first<fact::Command>(0, [&](const fact::Command& f, const EmptyLine& l) {
    const bool matters = (f.verb == "produce" || f.verb == "behave") && story.involves(l, w.node);
    const NumberedCommand* whole = matters ? story.command_of(l) : nullptr;
    if (whole == nullptr) return false;  // all of them
    if (const auto* behave = whole->command.get_if<cluster::act::Behave>())
      w.behaved = w.behaved || behave->partitioner.has_value();
    if (const auto* produce = whole->command.get_if<cluster::act::Produce>())
      for (const cluster::RecordSpec& r : produce->records) {
        const std::string& topic = r.topic.empty() ? own : r.topic;
        w.acts = true;
        w.writes = w.writes || topic == empty.topic;
        w.elsewhere = w.elsewhere || topic != own;
        w.named = w.named || (r.partition && topic == empty.topic);
      }
    return false;
  });
}

Writer writer_of(const Story& story, sim::NodeId node, const Empty& empty) {
  Writer w;
  w.node = node;
  w.client = story.cluster().info(node).name;
  w.producer = story.cluster().role<client::Producer>(node);
  const cluster::ClientSpec* spec = story.declared(node);
  w.writes = spec != nullptr && (spec->topic == empty.topic || spec->dead_letter == empty.topic);
  const std::uint64_t since = empty.created == nullptr ? 0 : empty.created->seq;
  const TopicPartition tp = empty.tp;
  (void)story.first<fact::RecordSent>(since, [&](const auto& f, const EmptyLine& l) {
    if (l.node == node) ++w.records, w.keys.insert(f.key.str());
    return false;
  });
  (void)story.first<fact::BatchSent>(since, [&](const auto& f, const EmptyLine& l) {
    if (l.node != node || f.partition.topic != tp.topic) return false;
    w.partitions.insert(f.partition.partition);
    if (f.partition == tp) ++w.here;
    return false;
  });
  const auto of_topic = [&](const auto& f, const EmptyLine& l) {
    return l.node == node && f.partition.topic == tp.topic;
  };
  const auto here = [&](const auto& f, const EmptyLine& l) { return l.node == node && f.partition == tp; };
  const std::uint64_t end = story.end();
  w.last_here = latest({story.last<fact::BatchSent>(end, here), story.last<fact::BatchAcked>(end, here),
                        story.last<fact::BatchRetried>(end, here), story.last<fact::BatchFailed>(end, here)});
  w.acked = story.last<fact::BatchAcked>(end, of_topic);
  read_acts(story, empty, w);
  // A record that failed before the client knew the topic has no topic: it is one of this topic if the client writes to no other.
  w.failed = latest({story.last<fact::BatchFailed>(end, of_topic),
                     story.last<fact::RecordFailed>(end, [&](const auto& f, const EmptyLine& l) {
                       const bool unnamed = f.partition.topic == protocol::kNoTopic && w.writes && !w.elsewhere;
                       return l.node == node && l.seq > since && (f.partition.topic == tp.topic || unnamed);
                     })});
  return w;
}

/// The clients that write to the topic, or have written to it since it was created; those that have come first.
std::vector<Writer> writers_of(const Story& story, const Empty& empty) {
  std::vector<Writer> writers;
  for (const cluster::ClientSpec& spec : story.cluster().spec().clients) {
    const sim::NodeId node = story.cluster().find(spec.id);
    if (!node.valid()) continue;
    Writer w = writer_of(story, node, empty);
    if (w.writes || !w.partitions.empty() || w.failed != nullptr) writers.push_back(std::move(w));
  }
  std::stable_partition(writers.begin(), writers.end(), [](const Writer& w) { return !w.partitions.empty(); });
  return writers;
}

/// "orders-0, orders-2"; "" if there are none, or too many to read.
std::string few_names(const Story& story, const Empty& empty, const Writer& w) {
  constexpr std::size_t kFew = 4;
  std::string names;
  if (w.partitions.size() > kFew) return names;
  for (const std::int32_t i : w.partitions)
    names += (names.empty() ? "" : ", ") + story.cluster().name({empty.tp.topic, i});
  return names;
}

/// The number of records after which the client sends no more, if it has sent so many; "": it may send more.
std::string count_reached(const Story& story, const Writer& w) {
  const cluster::ClientSpec* spec = story.declared(w.node);
  if (spec == nullptr || !spec->count || w.acts) return {};
  const std::int64_t sent = story.count<fact::RecordSent>(story.end(), [&](const auto&, const EmptyLine& l) {
    return l.node == w.node && l.seq > begun_at(story, w.node);
  });
  return sent >= *spec->count ? std::to_string(*spec->count) : std::string();
}

/// What is true of every client that has sent nothing to the partition.
void tell_sent_nothing(Telling& telling, const Writer& w, const Empty& empty, Weight weight = Weight::Point) {
  const Story& story = telling.story();
  const std::string chosen = few_names(story, empty, w);
  const bool again = empty.created != nullptr && w.partitions.empty() &&
                     story.last<fact::TopicDeleted>(empty.created->seq, [&](const auto&, const EmptyLine& l) {
                       return story.cluster().topic_name(l.topic) == empty.topic;
                     }) != nullptr;
  telling.now("why.empty_nothing_for"_w,
              {{"client", w.client},
               {"partition", empty.partition},
               {"topic", empty.topic},
               {"again", again ? "1" : ""},
               {"chosen", chosen},
               {"named", w.named && !w.partitions.empty() ? "1" : ""},
               {"count", count_reached(story, w)}},
              weight, w.client);
}

/// Whether a batch for the partition waits in the client.
bool is_queued(const Story& story, const Writer& w, const Empty& empty) {
  return w.producer != nullptr &&
         !part_of(state_of(story, "/clients/" + w.client + "/accumulator/batches"), empty.partition).is_null();
}

/// Whether the last batch for the partition is past: it failed, or acks=0 leaves nothing to wait for.
bool is_past(const Story& story, const Writer& w) {
  return w.last_here != nullptr && (is<fact::BatchFailed>(*w.last_here) || setting_of(story, w.node, "acks") == "0");
}

/// What became of the batches that went to the partition, or what those wait for that have not gone.
void tell_not_arrived(Telling& telling, const Writer& w, const Empty& empty, bool queued) {
  const Story& story = telling.story();
  const EmptyLine* last = w.last_here;
  if (w.here > 0 && setting_of(story, w.node, "acks") == "0") {
    const EmptyLine* refused = story.last<fact::RequestRefused>(
        story.end(), [&](const auto& f, const EmptyLine&) { return f.client == w.node && f.partition == empty.tp; });
    const sim::NodeId leads = story.broker_node(story.leader_at(empty.tp, story.end()));
    telling.trail(
        refused != nullptr ? refused : story.silence(w.node, last->seq, Search{leads}.of(traffic::kProducing)),
        Weight::Cause);
    telling.now("why.empty_no_acks"_w, {{"client", w.client}, {"partition", empty.partition}, {"batches", w.here}},
                Weight::Point, w.client);
  } else if (queued ||
             (last->seq > begun_at(story, w.node) && !is<fact::BatchFailed>(*last) && !is<fact::BatchAcked>(*last))) {
    telling.now("why.empty_waits"_w, {{"client", w.client}, {"partition", empty.partition}}, Weight::Link, w.client);
    tell_batches(telling, w.client);
  } else if (is<fact::BatchFailed>(*last)) {
    telling.trail(last, Weight::Cause);
    telling.now("why.empty_failed"_w, {{"client", w.client}, {"partition", empty.partition}}, Weight::Point, w.client);
  } else {  // its process ended before the answer, or no log has the batch any more
    telling.fact(last, Weight::Point);
    telling.trail(
        story.last<fact::NodeDied>(story.end(), [&](const auto&, const EmptyLine& l) { return l.node == w.node; }),
        Weight::Cause);
  }
}

/// A client that does not run now, or is paused.
void tell_silent(Telling& telling, const Writer& w, const Empty& empty) {
  const Story& story = telling.story();
  const cluster::ClientSpec* spec = story.declared(w.node);
  if (begun_at(story, w.node) == 0 && spec != nullptr && spec->start && *spec->start > story.cluster().now()) {
    telling.now("why.empty_starts"_w,
                {{"client", w.client}, {"topic", empty.topic}, {"seconds", lasting(spec->start->us)}}, Weight::Point,
                w.client);
    return;
  }
  telling.trail(story.silence(w.node, story.end()), Weight::Cause);
  telling.now(story.cluster().alive(w.node) ? "why.empty_paused"_w : "why.empty_not_running"_w,
              {{"client", w.client}, {"topic", empty.topic}, {"chosen", few_names(story, empty, w)}}, Weight::Point,
              w.client);
}

/// Tells what stops the client's next record, or has stopped its last one; false: nothing does.
bool tell_stopped(Telling& telling, const Writer& w, const Empty& empty) {
  const Story& story = telling.story();
  if (w.producer != nullptr && w.producer->blocked_send() != nullptr) {
    tell_sent_nothing(telling, w, empty, Weight::Link);
    const json accumulator = state_of(story, "/clients/" + w.client + "/accumulator");
    if (!tell_blocked(telling, w.client, w.node, accumulator)) tell_full_memory(telling, w.client, accumulator);
    return true;
  }
  if (const auto call = open_call(story, w.node); call && w.partitions.empty()) {
    const auto open = w.producer == nullptr ? std::nullopt : w.producer->blocked_call();
    if (!tell_call_waits(telling, *call) && open)
      telling.trail(
          story.last<fact::ClientError>(
              story.end(), [&](const auto&, const EmptyLine& l) { return l.node == w.node && l.time >= open->second; }),
          Weight::Cause);
    telling.now("why.empty_in_call"_w, {{"client", w.client}, {"call", std::string(call->call)}}, Weight::Point,
                w.client);
    return true;
  }
  if (w.failed == nullptr || (w.acked != nullptr && w.acked->seq > w.failed->seq)) return false;
  telling.trail(w.failed, Weight::Cause);
  tell_sent_nothing(telling, w, empty);
  return true;
}

/// Tells that the client's metadata has another topic of that name, or fewer partitions; false: it knows the partition.
bool tell_not_heard(Telling& telling, const Writer& w, const Empty& empty) {
  const client::BelievedTopic* known = w.producer == nullptr ? nullptr : w.producer->metadata().topic(empty.topic);
  if (known == nullptr) return false;
  if (known->id != empty.tp.topic) {
    telling.now("why.belief_earlier_topic"_w, {{"who", w.client}, {"topic", empty.topic}}, Weight::Link, w.client);
    tell_sent_nothing(telling, w, empty);
    return true;
  }
  if (empty.tp.partition < static_cast<std::int32_t>(known->partitions.size())) return false;
  const sim::Instant now = telling.story().cluster().now(), due = w.producer->metadata().next_update(now);
  telling.now("why.empty_not_heard"_w,
              {{"client", w.client},
               {"partition", empty.partition},
               {"topic", empty.topic},
               {"partitions", known->partitions.size()},
               {"ms", setting_of(telling.story(), w.node, "metadata.max.age.ms")},
               {"due", due == sim::kNever || due <= now ? std::string() : lasting(due.us)}},
              Weight::Point, w.client);
  return true;
}

/// Whether no key of the topic's records leads to the partition. False also if a record may have had no key.
bool leads_no_key_here(const Writer& w, const Empty& empty) {
  const client::BelievedTopic* known = w.producer->metadata().topic(empty.topic);
  if (known == nullptr || w.keys.empty() || w.keys.contains("")) return false;
  client::Partitioner partitioner(w.producer->options().partitioner, w.producer->options().config);
  return std::all_of(w.keys.begin(), w.keys.end(), [&](const std::string& key) {
    const std::optional<std::int32_t> chosen = partitioner.by_key(*known, key);
    return chosen && *chosen != empty.tp.partition;
  });
}

/// Whether no record of the client has a key: it makes none, and nothing gave it one.
bool has_no_keys(const Story& story, const Writer& w) {
  const cluster::ClientSpec* spec = story.declared(w.node);
  const auto& input = w.producer->options().input;
  return spec != nullptr && w.producer->options().keys.kind == client::KeyOptions::Kind::None && !w.acts &&
         std::none_of(input.begin(), input.end(), [](const client::OutgoingRecord& r) { return r.key.has_value(); });
}

std::string partitioner_name(client::PartitionerKind kind) {
  switch (kind) {
    case client::PartitionerKind::KeyPrefix: return "key_prefix";
    case client::PartitionerKind::Crc32: return "crc32";
    case client::PartitionerKind::Fnv1a: return "fnv1a";
    default: return {};
  }
}

/// Tells how the client chooses partitions, if that is known of all its records of the topic.
bool tell_choice(Telling& telling, const Writer& w, const Empty& empty) {
  using client::PartitionerKind;
  const Story& story = telling.story();
  const cluster::ClientSpec* spec = story.declared(w.node);
  if (w.producer == nullptr || spec == nullptr || spec->kind == cluster::ClientKind::Transform || w.named ||
      w.elsewhere || w.behaved || spec->topic != empty.topic || !count_reached(story, w).empty() ||
      w.partitions.empty())
    return false;
  const PartitionerKind kind = w.producer->options().partitioner.kind;
  const auto setting = [&](std::string_view key) { return setting_of(story, w.node, key); };
  const bool recent = story.cluster().spec().kafka != protocol::KafkaVersion::V2_5;
  const std::string chosen = few_names(story, empty, w);
  if (kind == PartitionerKind::RoundRobin ||
      (kind == PartitionerKind::Default && setting("partitioner.class").find("RoundRobin") != std::string::npos)) {
    telling.now(
        "why.empty_no_turn"_w,
        {{"client", w.client}, {"partition", empty.partition}, {"chosen", chosen}, {"skips", recent ? "" : "1"}},
        Weight::Point, w.client);
    return true;
  }
  const bool ignored = kind == PartitionerKind::Sticky || (recent && setting("partitioner.ignore.keys") == "true");
  if (ignored || has_no_keys(story, w)) {
    telling.now("why.empty_not_chosen"_w,
                {{"client", w.client},
                 {"partition", empty.partition},
                 {"bytes", recent ? setting("batch.size") : std::string()},
                 {"batch", recent ? "" : "1"},
                 {"chosen", chosen}},
                Weight::Point, w.client);
    return true;
  }
  if (!leads_no_key_here(w, empty)) return false;
  telling.now("why.empty_no_key"_w,
              {{"client", w.client},
               {"partitions", w.producer->metadata().topic(empty.topic)->partitions.size()},
               {"partition", empty.partition},
               {"keys", w.keys.size()},
               {"hash", partitioner_name(kind).empty() ? "1" : ""},
               {"name", partitioner_name(kind)}},
              Weight::Point, w.client);
  return true;
}

void tell_writer(Telling& telling, const Writer& w, const Empty& empty) {
  const Story& story = telling.story();
  const bool queued = is_queued(story, w, empty);
  if (is_silent(story, w.node) && !is_past(story, w)) tell_silent(telling, w, empty);
  else if (queued || w.last_here != nullptr) tell_not_arrived(telling, w, empty, queued);
  else if (tell_not_heard(telling, w, empty) || tell_stopped(telling, w, empty)) return;
  else if (!tell_choice(telling, w, empty)) tell_sent_nothing(telling, w, empty);
}

}  // namespace

const sim::TraceLine* replaced_disk(const Story& story, sim::NodeId node, std::uint64_t since) {
  return story.act_on(node, {"wipe_disk"}, story.end(), since);
}

void tell_nothing_comes(Telling& telling, const std::string& partition) {
  constexpr std::size_t kMostWriters = 2;
  const Story& story = telling.story();
  Empty empty;
  empty.tp = partition_named(story, partition);
  const protocol::TopicImage* topic = story.cluster().committed().topic(empty.tp.topic);
  if (topic == nullptr || topic->name.starts_with("__")) return;  // a coordinator writes to its own topic
  empty.partition = partition;
  empty.topic = topic->name;
  const auto here = [&](const auto& f, const EmptyLine&) { return f.partition == empty.tp; };
  const EmptyLine* elected = last_leader_change(story, empty.tp);
  if (const EmptyLine* wrote = story.last<fact::LogAppended>(story.end(), here)) {  // another broker had records
    telling.fact(wrote, Weight::Link);
    return telling.trail(elected, Weight::Cause);
  }
  if (story.leader_at(empty.tp, story.end()) < 0) {
    telling.trail(elected, Weight::Cause);
    return telling.now("why.empty_no_leader"_w, {{"partition", partition}}, Weight::Point, partition);
  }
  empty.created = story.last<fact::TopicCreated>(
      story.end(), [&](const auto&, const EmptyLine& l) { return l.topic == empty.tp.topic; });
  const std::vector<Writer> writers = writers_of(story, empty);
  if (writers.empty())
    return telling.now("why.empty_no_writer"_w, {{"topic", topic->name}}, Weight::Point, topic->name);
  for (std::size_t i = 0; i < std::min(writers.size(), kMostWriters); ++i) tell_writer(telling, writers[i], empty);
  if (writers.size() > kMostWriters)
    telling.now("why.empty_more_writers"_w, {{"topic", topic->name}, {"more", writers.size() - kMostWriters}},
                Weight::Link, topic->name);
}

}  // namespace kafkascope::observe
