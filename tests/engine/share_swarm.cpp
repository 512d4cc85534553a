#include "engine/share_swarm.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "broker/broker.h"
#include "broker/share_partition.h"
#include "client/share_consumer.h"
#include "engine/members_plan.h"
#include "protocol/facts_of_groups.h"
#include "protocol/trace_kinds.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::share_swarm {

using cluster::Command;
using cluster::Verb;
using protocol::Trace;
using swarm::Plan;

namespace {

constexpr int kSharers = 5;
constexpr sim::Instant kSharingFrom{1'000'000}, kSharingEnd{14'000'000}, kSharingMended{15'000'000};

std::string sharer_name(int i) { return fmt::format("s-{}", i); }

/// Short locks and sessions, so that they end within the run.
std::string share_file_text(std::uint64_t seed, sim::Random& random) {
  std::string members;
  for (int i = 1; i <= kSharers; ++i)
    members += fmt::format(
        R"(,
    {{"id": "{0}", "kind": "share_consumer", "topics": ["jobs"], "work": "{1}ms", {2}"config": {{"group.id": "g", "share.acknowledgement.mode": "{3}", "max.poll.records": {4}, "max.poll.interval.ms": 8000, "metadata.max.age.ms": 3000, "request.timeout.ms": 5000, "default.api.timeout.ms": 8000}}}})",
        sharer_name(i), random.between(0, 20),
        i > 3 ? fmt::format("\"start\": \"{}ms\", ", random.between(1, 12000)) : "",
        random.chance_ppm(700000) ? "explicit" : "implicit", random.between(5, 60));
  return fmt::format(R"({{
  "format": 1,
  "id": "share-swarm-{0}",
  "seed": {0},
  "kafka": "4.1",
  "cluster": {{"controllers": 1, "brokers": 3, "features": {{"share.version": 1}}, "config": {{"broker.session.timeout.ms": 3000, "broker.heartbeat.interval.ms": 500, "group.share.min.session.timeout.ms": 6000, "group.share.session.timeout.ms": 6000, "group.share.min.heartbeat.interval.ms": 1000, "group.share.heartbeat.interval.ms": 1000, "group.share.min.record.lock.duration.ms": 1000, "group.share.record.lock.duration.ms": {1}, "group.share.delivery.count.limit": {2}, "group.share.partition.max.record.locks": {3}, "share.coordinator.snapshot.update.records.per.snapshot": {4}}}}},
  "topics": [{{"name": "jobs", "partitions": {5}, "replication_factor": 3, "config": {{"min.insync.replicas": 2}}}}],
  "clients": [
    {{"id": "shop", "kind": "producer", "topic": "jobs", "rate": "60/s"}}{6}
  ],
  "steps": [],
  "until": "45s"
}}
)",
                     seed, random.between(1000, 4000), random.between(2, 6), random.between(100, 400),
                     random.between(0, 50), random.between(1, 3), members);
}

class ShareDrawing : swarm::MembersPlan {
 public:
  explicit ShareDrawing(std::uint64_t seed) : MembersPlan(seed) { plan_.text = share_file_text(seed, random_); }

  Plan draw() {
    auto& reset = add({0}, Verb::Configure, "").edit<cluster::act::Configure>();
    reset.group = "g";
    reset.config.emplace_back("share.auto.offset.reset", "earliest");
    const swarm::Weights weights = swarm::draw_weights(verbs(), random_);
    const std::int64_t pace = random_.chance_ppm(500000) ? 300'000 : 1'000'000;
    for (sim::Instant at = kSharingFrom; at < kSharingEnd; at = at + sim::microseconds(random_.between(1, 2 * pace)))
      act(at, swarm::by_weight(weights, random_));
    return mended(kSharingMended, [&] { mend(); });
  }

 private:
  std::string some_sharer() { return sharer_name(static_cast<int>(random_.below(kSharers)) + 1); }

  void act(sim::Instant at, const std::string& verb) {
    if (verb == "crash" || verb == "shutdown") {
      take_down(at, *cluster::parse_verb(verb), 2'000'000);
    } else if (verb == "add_partitions") {
      if (partitions_ >= 6) return;
      auto& c = add(at, Verb::AddPartitions, "").edit<cluster::act::AddPartitions>();
      c.topic = "jobs";
      c.partition_count = partitions_ = partitions_ + 1;
    } else if (verb == "behave") {
      auto& c = add(at, Verb::Behave, some_sharer()).edit<cluster::act::Behave>();
      using Kind = cluster::AcknowledgeSpec::Kind;
      c.acknowledge = cluster::AcknowledgeSpec{
          std::array{Kind::Accept, Kind::ReleaseEvery, Kind::RejectEvery}[random_.below(3)], random_.between(1, 6)};
      if (random_.chance_ppm(300000)) c.work = cluster::WorkSpec{sim::milliseconds(random_.between(0, 300)), {}};
    } else if (verb == "elect_leaders") {
      add(at, Verb::ElectLeaders, "");
    } else {
      add(at, *cluster::parse_verb(verb), some_sharer());
    }
  }

  void mend() {
    // Twice, because a member that is still closing cannot be started yet.
    for (const sim::Instant at : {kSharingMended, kSharingMended + sim::seconds(4)})
      for (int i = 1; i <= kSharers; ++i) {
        add(at, Verb::Resume, sharer_name(i));
        add(at, Verb::Start, sharer_name(i));
        auto& well = add(at + sim::milliseconds(100), Verb::Behave, sharer_name(i)).edit<cluster::act::Behave>();
        well.work = cluster::WorkSpec{};
        well.acknowledge = cluster::AcknowledgeSpec{};
      }
    // From now on no new records are sent, and the remaining ones must be processed.
    add(sim::Instant{30'000'000}, Verb::Stop, "shop");
  }

  std::int32_t partitions_ = 3;
};

/// Checks that every partition is read and every record processed: the start offset equals the log end.
std::string left_undone(const scenario::Session& session) {
  const cluster::Cluster& cluster = session.cluster();
  const protocol::TopicId id = cluster.committed().topic_id("jobs");
  const auto count = static_cast<std::int32_t>(cluster.committed().topic(id)->partitions.size());
  std::map<std::int32_t, int> sharers;
  for (int i = 1; i <= kSharers; ++i)
    for (const protocol::TopicPartition p :
         cluster.role<client::ShareConsumer>(cluster.find(sharer_name(i)))->membership().assignment())
      ++sharers[p.partition];
  for (std::int32_t p = 0; p < count; ++p) {
    if (sharers[p] == 0) return fmt::format("jobs-{} is read by nobody after mending", p);
    const broker::Broker* leader = cluster.broker(cluster.committed().partition({id, p})->leader);
    if (leader == nullptr) return fmt::format("jobs-{} has no leader after mending", p);
    const auto entry = leader->share_groups().partitions.find({"g", {id, p}});
    if (entry == leader->share_groups().partitions.end())
      return fmt::format("the leader of jobs-{} knows nothing of the group after mending", p);
    const broker::SharePartition& share = entry->second.partition;
    const std::int64_t end = cluster.leader_log({id, p})->high_watermark().value;
    if (share.start_offset().value != end)
      return fmt::format("jobs-{}: the start offset is {} after mending, and the log ends at {}", p,
                         share.start_offset().value, end);
  }
  return "";
}

}  // namespace

const std::vector<std::string>& verbs() {
  static const std::vector<std::string> all{"start",  "stop",  "kill",     "pause",          "resume",
                                            "behave", "crash", "shutdown", "add_partitions", "elect_leaders"};
  return all;
}

Plan draw(std::uint64_t seed) { return ShareDrawing(seed).draw(); }

Result run(const Plan& plan) {
  Result result;
  scenario::Session session(swarm::scenario_of(plan), true);
  session.run_until(session.until());
  std::string fault;
  for (std::size_t i = 0; i < session.observation().trace().size(); ++i) {
    const sim::TraceLine& line = session.observation().trace()[i];
    swarm::note_state(line, result.states);
    if (const auto f = fact_if<fact::EngineFault>(line); f && fault.empty()) fault = f->what.str();
    if (const auto acquired = fact_if<fact::ShareAcquired>(line)) {
      const std::int64_t n = acquired->last_offset - acquired->first_offset + 1;
      result.acquired += n;
      if (acquired->delivery_count > 1) result.redelivered += n;
    } else if (const auto settled = fact_if<fact::ShareSettled>(line)) {
      const std::int64_t n = settled->last_offset - settled->first_offset + 1;
      if (settled->state == broker::RecordState::Archived) result.archived += n;
      if (settled->state == broker::RecordState::Available) result.released += n;
      if (settled->reason == fact::SettlementReason::LockOver) result.expired += n;
    } else if (const auto start = fact_if<fact::ShareStart>(line)) {
      result.new_leaders += !start->from.known();
    } else if (const auto left = fact_if<fact::GroupMemberLeft>(line)) {
      result.evictions += left->reason == fact::GroupReason::SessionTimeout;
    }
  }
  result.acts = swarm::acts_of(plan, session);
  const auto& violations = session.observation().invariants().violations();
  const auto moment = session.moment();
  const observe::ClusterView world(moment.cluster);
  const auto counts = moment.observation.ledger().total(world);
  if (session.cluster().faulted()) result.broken = "engine fault: " + fault;
  else if (!violations.empty())
    result.broken = fmt::format("{}: {} (at {} us)", violations[0].name,
                                words::render(words::Lang::En, violations[0].told()), violations[0].at_us);
  else if (const std::string undone = left_undone(session); !undone.empty()) result.broken = undone;
  else if (counts.lost_acked > 0) result.broken = fmt::format("{} acknowledged records are lost", counts.lost_acked);
  return result;
}

}  // namespace kafkascope::share_swarm
