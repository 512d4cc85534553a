// The fates of the records in one run of the delivery matrix, and their causes.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <set>
#include <stdexcept>
#include <utility>

#include "broker/broker.h"
#include "client/consumer.h"
#include "client/producer.h"
#include "engine/delivery_matrix.h"
#include "engine/taken_for_the_first.h"
#include "engine/transaction_oracle.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_logs.h"
#include "scenario/load.h"
#include "scenario/session.h"

namespace kafkascope::delivery_matrix {

namespace {

/// A producer may wait for its delivery.timeout.ms of 120 s, and a request for 30 s.
constexpr sim::Instant kUntil{300'000'000};
constexpr sim::Duration kLook = sim::milliseconds(250);
/// The run is over after that many looks in a row at which nothing is unsettled: a consumer learns of a new leader, with whose log it checks its
/// position, only after metadata.max.age.ms (3 s here).
constexpr int kQuietLooks = 14;

std::shared_ptr<const scenario::Scenario> scenario_of(const std::string& file) {
  scenario::Loaded loaded = scenario::load(file);
  if (!loaded.ok())
    throw std::logic_error("the matrix's own file: " + scenario::format(loaded.problems.front(), "delivery"));
  return std::make_shared<scenario::Scenario>(std::move(*loaded.scenario));
}

const std::vector<std::string> kWorkers{"worker-1", "worker-2"};

/// Why that partition's log may still change; empty if it cannot.
std::string unsettled(const cluster::Cluster& cluster, const std::string& topic, std::int32_t n) {
  const protocol::TopicPartition p{cluster.committed().topic_id(topic), n};
  const protocol::PartitionRegistration* partition = cluster.committed().partition(p);
  if (partition->leader < 0) return fmt::format("{}-{} has no leader", topic, n);
  if (partition->isr.size() < 3) return fmt::format("{}-{} has an ISR of {}", topic, n, partition->isr.size());
  const storage::PartitionLog* log = cluster.leader_log(p);
  if (log->high_watermark() != log->log_end_offset()) return fmt::format("the end of {}-{} is not committed", topic, n);
  if (log->last_stable_offset() != log->log_end_offset()) return fmt::format("{}-{} has an open transaction", topic, n);
  return "";
}

const broker::Broker* coordinator(const cluster::Cluster& cluster) {
  return cluster.broker(cluster.coordinator_of("work"));
}
/// The group's committed offset; -1: there is none, or no coordinator.
std::int64_t committed_offset(const cluster::Cluster& cluster, protocol::TopicPartition p) {
  const broker::Broker* broker = coordinator(cluster);
  const auto* offsets = broker == nullptr ? nullptr : broker->coordinator().offsets("work");
  if (offsets == nullptr) return -1;
  const auto offset = offsets->find(p);
  return offset == offsets->end() ? -1 : offset->second.offset.value;
}

/// Why not all records have been dealt with yet; empty if they have. `commits_again`: the consumer commits automatically. Other commits that were
/// lost with their log are not repeated until there is more to read.
std::string unsettled(const scenario::Session& session, bool commits_again) {
  const cluster::Cluster& cluster = session.cluster();
  for (const scenario::StepResult& step : session.step_results())
    if (!step.happened) return "not all acts have happened";
  const auto* producer = cluster.role<client::Producer>(cluster.find("producer"));
  if (producer->stats().sent < kRecords) return fmt::format("the producer has sent {} records", producer->stats().sent);
  if (!producer->quiet()) return "the producer waits for answers";
  std::map<protocol::TopicPartition, protocol::Offset> positions;
  for (const std::string& name : kWorkers) {
    const sim::NodeId node = cluster.find(name);
    const auto* consumer = cluster.role<client::Consumer>(node);
    if (!cluster.alive(node) || !consumer->group().settled()) return fmt::format("{} is not in the group", name);
    if (consumer->waiting() > 0 || consumer->activity() != client::Consumer::Activity::Polling)
      return fmt::format("{} works", name);
    for (const auto& [p, offset] : consumer->positions()) positions[p] = offset;
    const auto* writer = cluster.role<client::Producer>(node);  // of a transform
    if (writer != nullptr && !writer->quiet()) return fmt::format("{} waits for answers", name);
  }
  for (std::int32_t n = 0; n < kPartitions; ++n) {
    if (std::string why = unsettled(cluster, "in", n); !why.empty()) return why;
    const protocol::TopicPartition p{cluster.committed().topic_id("in"), n};
    const std::int64_t end = cluster.leader_log(p)->log_end_offset().value;
    const auto position = positions.find(p);
    if (position == positions.end()) return fmt::format("nobody reads in-{}", n);
    if (position->second.value != end)
      return fmt::format("in-{} ends at {}, and is read up to {}", n, end, position->second.value);
    if (commits_again && end > 0 && committed_offset(cluster, p) < end)
      return fmt::format("in-{} is read, but its end is not committed by the group", n);
    if (cluster.committed().topic_id("out") == protocol::kNoTopic) continue;
    if (std::string why = unsettled(cluster, "out", n); !why.empty()) return why;
    const protocol::TopicPartition out{cluster.committed().topic_id("out"), n};
    const auto& read = cluster.role<client::Consumer>(cluster.find("reader"))->positions();
    const auto at = read.find(out);
    const std::int64_t end_of_out = cluster.leader_log(out)->log_end_offset().value;
    if (end_of_out > 0 && (at == read.end() || at->second.value != end_of_out))
      return fmt::format("out-{} is not read up to {}", n, end_of_out);
  }
  return "";
}

struct Named {
  std::int32_t client;  // its producer's node
  std::uint32_t number;
  protocol::TopicPartition partition;
};

std::vector<Named> records_with(scenario::Session& session, std::string_view fate) {
  const observe::ClusterView world(session.cluster());
  observe::RecordLedger& ledger = session.observation().ledger();
  std::vector<Named> records;
  for (const auto& named : ledger.with_fate(fate, world, 1000))
    records.push_back({named.client, named.number, ledger.record(named.client, named.number)->partition});
  return records;
}

/// The effect of a record of `in` is the committed record of `out` with the same key, which a read_committed consumer
/// receives.
bool has_effects(const cluster::Cluster& cluster) { return cluster.committed().topic_id("out") != protocol::kNoTopic; }

/// The records that were skipped. `all` also counts effects that the reader has not received.
struct Skipped {
  std::vector<Named> records;
  std::int64_t all = 0;
};

/// What the reader of `out` has received, less the effects that are there. Records that it received may be lost: 0 then.
std::int64_t received_too_much(scenario::Session& session, const test::ReadableTopic& out) {
  const observe::ClusterView world(session.cluster());
  if (session.observation().ledger().total(world).lost_acked > 0) return 0;
  std::int64_t committed = 0;
  for (const auto& [key, times] : out.keys) committed += times;
  return session.cluster().role<client::Consumer>(session.cluster().find("reader"))->stats().received - committed;
}

/// A record is skipped if the group's committed offset is behind it, and nobody has got it; with `out`, if it has no effect there.
Skipped skipped(scenario::Session& session) {
  const cluster::Cluster& cluster = session.cluster();
  Skipped skipped;
  if (!has_effects(cluster)) {
    const auto groups = session.observation().ledger().by_group(observe::ClusterView(cluster));
    if (const auto group = groups.find("work"); group != groups.end()) skipped.all = group->second.skipped;
    if (skipped.all > 0) skipped.records = records_with(session, "skipped");
    return skipped;
  }
  const test::ReadableTopic out = test::readable_topic(cluster, "out");
  for (std::int32_t n = 0; n < kPartitions; ++n) {
    const protocol::TopicPartition p{cluster.committed().topic_id("in"), n};
    const std::int64_t committed = committed_offset(cluster, p);
    for (const protocol::StoredBatch& batch : cluster.leader_log(p)->batches())
      for (int i = 0; i < batch.data->count(); ++i) {
        const protocol::RecordView record = batch.data->records[static_cast<std::size_t>(i)];
        if ((batch.base_offset + batch.data->offset_delta(i)).value < committed &&
            !out.keys.contains(std::string(*record.key)))
          skipped.records.push_back({batch.data->client, record.number, p});
      }
  }
  skipped.all =
      static_cast<std::int64_t>(skipped.records.size()) + std::max<std::int64_t>(0, -received_too_much(session, out));
  return skipped;
}

/// Effects of records that are there already, or were received already.
std::int64_t repeated_effects(scenario::Session& session) {
  const test::ReadableTopic in = test::readable_topic(session.cluster(), "in"),
                            out = test::readable_topic(session.cluster(), "out");
  std::int64_t repeated = std::max<std::int64_t>(0, received_too_much(session, out));
  for (const auto& [key, times] : out.keys) {
    const auto there = in.keys.find(key);
    repeated += std::max(0, times - (there == in.keys.end() ? 1 : there->second));
  }
  return repeated;
}

/// Looks event by event for causes that Kafka also has.
class Causes {
 public:
  using TopicPartition = protocol::TopicPartition;

  explicit Causes(const scenario::Session& session)
      : cluster_(session.cluster()), first_(session.cluster()), written_(session.observation().trace().written()) {}

  void on_line(const sim::TraceLine& line) {
    const TopicPartition p{line.topic, line.partition};
    first_.on_line(line);
    while (next_ < written_.size() && written_[next_].seq < line.seq) ++next_;
    if (const auto f = fact_if<fact::LogAppended>(line)) {
      if (next_ == written_.size() || written_[next_].seq != line.seq) return;
      const protocol::RecordBatch& batch = *written_[next_].batch;
      batches_[&batch].emplace_back(p, f->base_offset);
      first_.on_append(line, *f, batch);
    } else if (const auto set = fact_if<fact::PositionSet>(line)) {
      by_policy_[{line.node.index, p}] = set->reason == fact::PositionReason::Reset;
    } else if (const auto delivered = fact_if<fact::RecordDelivered>(line)) {
      const std::pair reader{line.node.index, p};
      if (std::exchange(by_policy_[reader], false)) first_poll_[reader] = line.time;
      const auto first = first_poll_.find(reader);
      if ((first != first_poll_.end() && first->second == line.time) || handed_over_.contains(reader))
        note_lost(line.node, p, delivered->first_offset, delivered->last_offset);
    }
  }

  /// A position that auto.offset.reset chose has no epoch (OffsetFetcherUtils.resetPositionIfNeeded), so the consumer does not check it with a new leader. Records fetched before
  /// are still returned (Fetcher's buffer), and the position after them counts as checked, since the new leader is known by then
  /// (SubscriptionState.maybeValidatePositionForCurrentLeader). Other records are at those offsets now.
  bool explain_skipped(const std::vector<Named>& records) const {
    return !records.empty() && std::all_of(records.begin(), records.end(), [&](const Named& r) {
      const storage::PartitionLog* log = cluster_.leader_log(r.partition);
      return log != nullptr && std::any_of(handed_over_.begin(), handed_over_.end(), [&](const auto& to) {
               return to.first.second == r.partition && to.second.contains(offset_of(*log, r));
             });
    });
  }
  /// A leader that knows nothing of a producer takes any sequence for its first; the batches before it come too late, and that leader appends them behind it.
  bool explain_reordered(const std::vector<Named>& records) const {
    return !records.empty() && std::all_of(records.begin(), records.end(), [&](const Named& r) {
      return first_.explains(r.partition, r.client, r.number);
    });
  }

 private:
  /// The largest offset if the record is not there.
  static protocol::Offset offset_of(const storage::PartitionLog& log, const Named& record) {
    for (const protocol::StoredBatch& stored : log.batches())
      for (int i = 0; i < stored.data->count(); ++i)
        if (stored.data->client == record.client &&
            stored.data->records[static_cast<std::size_t>(i)].number == record.number)
          return stored.base_offset + stored.data->offset_delta(i);
    return protocol::Offset{std::numeric_limits<std::int64_t>::max()};
  }

  /// Notes which of these records, that the consumer has got, are not in the leader's log.
  void note_lost(sim::NodeId node, TopicPartition p, protocol::Offset first, protocol::Offset last) {
    const storage::PartitionLog* log = cluster_.leader_log(p);
    if (log == nullptr) return;
    cluster_.role<client::Consumer>(node)->for_each_in_hand([&](const protocol::RecordBatch& batch, int i) {
      const auto from = batches_.find(&batch);
      if (from == batches_.end() ||
          std::any_of(log->batches().begin(), log->batches().end(),
                      [&](const protocol::StoredBatch& there) { return there.data.get() == &batch; }))
        return;
      for (const auto& [of, base] : from->second)
        if (const protocol::Offset at = base + batch.offset_delta(i); of == p && !(at < first) && !(last < at))
          handed_over_[{node.index, p}].insert(at);
    });
  }

  const cluster::Cluster& cluster_;
  TakenForTheFirst first_;
  const sim::AppendList<observe::WrittenBatch>& written_;
  std::size_t next_ = 0;
  /// The places where each batch was appended. The trace keeps the batches.
  std::map<const protocol::RecordBatch*, std::vector<std::pair<TopicPartition, protocol::Offset>>> batches_;
  std::map<std::pair<std::int32_t, TopicPartition>, bool>
      by_policy_;  // consumer and partition: nothing was read there since
  std::map<std::pair<std::int32_t, TopicPartition>, sim::Instant> first_poll_;  // that hands records of it over
  std::map<std::pair<std::int32_t, TopicPartition>, std::set<protocol::Offset>> handed_over_;  // of what was lost
};

}  // namespace

std::map<std::string, std::string> kafkas_own(const std::string& file, sim::Instant until) {
  scenario::Session session(scenario_of(file), true);
  Causes causes(session);
  for (std::size_t looked_at = 0; session.step(until);)
    for (; looked_at < session.observation().trace().size(); ++looked_at)
      causes.on_line(session.observation().trace()[looked_at]);
  std::map<std::string, std::string> own;
  if (causes.explain_reordered(records_with(session, "reordered")))
    own["reordered"] = "a leader that knew nothing of the producer took a later batch for its first";
  // The same records that run() counts: effects that the reader lacks have no such cause.
  const Skipped records = skipped(session);
  if (records.all == static_cast<std::int64_t>(records.records.size()) && causes.explain_skipped(records.records))
    own["skipped"] =
        "records of a leader that lost them were handed over when the position had been checked against the next one";
  return own;
}

std::int64_t Fates::of(std::string_view outcome) const {
  if (outcome == "lost") return lost;
  if (outcome == "duplicated") return duplicated_in_log + repeated_work;
  if (outcome == "reordered") return reordered;
  return skipped;
}

Fates run(const std::string& file) {
  scenario::Session session(scenario_of(file));
  Fates fates;
  const bool commits_again = file.find(R"("commit": "auto")") != std::string::npos;
  std::string waits = "nothing has happened";
  int quiet = 0;
  for (sim::Instant t = kSending; quiet < kQuietLooks && t <= kUntil && !session.cluster().faulted(); t = t + kLook) {
    session.run_until(t);
    waits = unsettled(session, commits_again);
    quiet = waits.empty() ? quiet + 1 : 0;
  }
  const observe::ClusterView world(session.cluster());
  observe::RecordLedger& ledger = session.observation().ledger();
  const observe::ProducerCounts counts = ledger.total(world);
  fates.lost = counts.lost_acked;
  fates.duplicated_in_log = counts.duplicated;
  fates.reordered = counts.reordered;
  fates.skipped = skipped(session).all;
  if (has_effects(session.cluster())) {
    fates.repeated_work = repeated_effects(session);
  } else {
    for (const auto& [name, table] : session.observation().sinks().tables())
      fates.repeated_work =
          std::max<std::int64_t>(0, table.rows - static_cast<std::int64_t>(table.seen.size()) - counts.duplicated);
  }
  fates.ended = session.now();
  fates.events = session.events();
  if (session.cluster().faulted()) fates.ill = "engine fault: " + session.cluster().fault_text();
  else if (const auto& violations = session.observation().invariants().violations(); !violations.empty())
    fates.ill = fmt::format("invariant {}: {} (at {} us)", violations[0].name,
                            words::render(words::Lang::En, violations[0].told()), violations[0].at_us);
  else if (!waits.empty()) fates.ill = "it does not come to an end: " + waits;
  return fates;
}

std::vector<std::string> broken(const Matrix& matrix, std::size_t number, const Fates& fates) {
  std::vector<std::string> outcomes;
  for (const std::string& outcome : kOutcomes)
    if (fates.of(outcome) > 0 && promises::reasons(matrix.promises, "may", outcome, matrix.cells.at(number)).empty())
      outcomes.push_back(outcome);
  return outcomes;
}

}  // namespace kafkascope::delivery_matrix
