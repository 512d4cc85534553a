// One seed of the swarm: a random subset of faults with random weights and times in a cluster of 3 brokers and 3 controllers (or 3 ZooKeeper
// servers) with acks=all and min.insync.replicas=2; then everything is healed, and the cluster must work again.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cluster/acts.h"
#include "scenario/session.h"
#include "sim/random.h"
#include "support/sanitized.h"

namespace kafkascope::swarm {

#ifdef NDEBUG
inline constexpr std::uint64_t kSeeds = kSanitized ? 10 : 200;  // sanitizers and assertions slow a run down ten times
#else
inline constexpr std::uint64_t kSeeds = 20;
#endif
/// The seeds of a test that takes one part of kSeeds: enough for each verb to be drawn, but under sanitizers.
constexpr std::uint64_t seeds_of(std::uint64_t part) {
  return std::max<std::uint64_t>(kSeeds / part, kSanitized ? 10 : 20);
}

/// A number from the environment, such as KAFKASCOPE_SWARM_SEED.
inline std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// Retention and the flusher begin 30 s after the broker's start (LogManager.InitialTaskDelayMs), so with `storage` everything is that much later.
/// Also, a broker that assigned its directories before it was registered tries again 10 s later.
inline constexpr std::int64_t kStorageLater = 25, kStorageLonger = 20;
/// In CI 30 s; scripts/swarm uses more, so that nodes with long backoffs are also back.
inline std::int64_t seconds_of_a_run(bool storage = false) {
  return std::max<std::int64_t>(30, static_cast<std::int64_t>(setting("KAFKASCOPE_SWARM_SECONDS", 30))) +
         (storage ? kStorageLater + kStorageLonger : 0);
}

/// The time from which acknowledgements are counted and compared.
inline sim::Instant counting_from(bool storage) { return sim::Instant{(seconds_of_a_run(storage) - 4) * 1'000'000}; }

struct Act {
  sim::Instant at;
  cluster::Command command;
};

/// The faults of a seed in time order, then the acts that mend everything.
struct Plan {
  std::uint64_t seed = 0;
  std::string text;         // the file without the acts
  std::vector<Act> faults;  // the acts that may be removed to make a failure smaller
  std::vector<Act> mending;
  bool storage = false;  // uses StorageDrawing
};
/// The verbs that a seed uses, and their weights: each is used with a chance of 60 %, and has a random weight.
using Weights = std::vector<std::pair<std::string, std::uint64_t>>;
Weights draw_weights(const std::vector<std::string>& verbs, sim::Random& random);
const std::string& by_weight(const Weights& weights, sim::Random& random);

/// The clients of every file.
const std::vector<std::string>& clients();

/// `disks`: two directories per broker, and also disk faults. `zookeeper`: Kafka 2.5. `storage`: also disk faults, and the topics and acts of
/// StorageDrawing.
Plan draw(std::uint64_t seed, bool disks = false, bool zookeeper = false, bool storage = false);

inline constexpr protocol::BrokerId kFifth = 5;

/// Some seeds have racks, and some of those have consumers that read from the nearest replica. Some seeds have a fifth broker, which joins, gets
/// replicas, and is removed after they have been moved away. Drawn from a random stream of its own. swarm_scale.cpp.
class ScaleDrawing {
 public:
  explicit ScaleDrawing(std::uint64_t seed);
  std::string brokers() const, selector() const, reader_rack(std::size_t reader) const;  // parts of the file
  std::vector<Act> acts(sim::Instant from, sim::Instant end);
  /// The acts that mend the fifth broker, move its replicas away, and remove it.
  std::vector<Act> mending(sim::Instant at) const;

 private:
  sim::Random random_;
  std::vector<std::string> racks_;  // of five brokers; empty: no racks
  bool nearest_ = false, grows_ = false;
};
const std::vector<std::string>& scale_verbs();

/// Topics with short segments, retention and compaction, a fourth broker, and administrators' acts on them; swarm_storage.cpp.
class StorageDrawing {
 public:
  StorageDrawing(std::uint64_t seed, sim::Random& random, bool zookeeper, const ScaleDrawing& scale);
  std::string text;  // the topics in the file
  /// The acts for a verb of storage_verbs() at this moment: none, one, or one now and a later one. `somebody`: a node
  /// with a clock.
  std::vector<cluster::Command> act(const std::string& verb, const std::string& somebody, sim::Random& random);
  /// Recreates the topic that may have been deleted, and makes every partition writable with any number of replicas.
  std::vector<cluster::Command> mending() const;

 private:
  cluster::Command created_again() const;
  bool zookeeper_;
  std::map<std::string, std::int32_t> partitions_{{"orders", 3}, {"changes", 2}};
};
const std::vector<std::string>& storage_verbs();
/// How often quorum nodes, groups, brokers and partitions entered each state, from the trace.
using States = std::map<std::string, std::int64_t>;
void note_state(const sim::TraceLine& line, States& states);
std::string states_table(const States& states);

/// The result of a seed. `broken` is empty if everything held, except for failures that Kafka also shows, which `kafkas_own`
/// names.
struct Result {
  std::uint64_t seed = 0;
  std::string broken, kafkas_own;
  std::map<std::string, int> faults;  // by verb: faults that had an effect
  std::int64_t elections = 0, quorum_elections = 0, truncations = 0, isr_changes = 0, rebalances = 0;
  std::int64_t acked = 0, lost_acked = 0, lost_by_promise = 0, redelivered = 0;
  std::uint64_t events = 0;
  States states;
};
Result run(const Plan& plan);
inline Result run(std::uint64_t seed) { return run(draw(seed)); }

/// Removes faults as long as the same failure remains; `broken_by` runs a plan and names its failure.
Plan shrink(
    Plan plan, const std::string& broken,
    const std::function<std::string(const Plan&)>& broken_by = [](const Plan& p) { return run(p).broken; });
/// The plan's file with its acts as steps.
std::shared_ptr<scenario::Scenario> scenario_of(const Plan& plan);
/// The plan as a scenario file.
std::string to_file(const Plan& plan);
std::map<std::string, std::int64_t> acked_by_producers(const scenario::Session& session);
/// Checks leaders and acknowledgements at the end of a run; empty if the cluster works. `kafkas_own`: see Result.
std::string unhealthy(scenario::Session& session, const std::map<std::string, std::int64_t>& acked_before,
                      std::string& kafkas_own);

/// For Kafka 2.5; swarm_zookeeper.cpp: the file of a seed, and the differences between servers and brokers at the end of a
/// run.
std::string zookeeper_file_text(std::uint64_t seed, sim::Random& random);
std::string parted_over_zookeeper(const cluster::Cluster& cluster);
/// Whether the broker was not removed permanently.
bool in_the_cluster(const cluster::Cluster& cluster, protocol::BrokerId broker);
bool holds_replicas(const cluster::Cluster& cluster, protocol::BrokerId broker);
/// Whether the topic's deletion was requested, and it has a replica on a broker that will never confirm the deletion (TopicDeletionManager:
/// ineligible until it is back).
bool waits_for_its_deletion(const cluster::Cluster& cluster, const protocol::TopicImage& topic);

// ---- failures that Kafka also shows, each recognised by its cause; swarm_causes.cpp

/// After retention, compaction or an unclean election no log knows the producer, so it may write records twice.
inline constexpr const char* kForgottenProducer =
    "what was sent again counts as new where the producer's records were deleted or lost";
/// A replica that copies such records, or gets a batch of them again, does not notice the difference.
inline constexpr const char* kWroteOn = "a leader that had lost its tail wrote on in its epoch";
/// Idempotence only covers one process: the next process has an id of its own (Selector.maybeReadFromClosingChannel).
inline constexpr const char* kOutlived = "a request was read from the connection of a producer's earlier process";
/// The reason why Kafka also elects no leader for a partition by itself; empty: Kafka would elect one.
std::string waits_for_unclean_election(const protocol::PartitionRegistration& partition, protocol::TopicPartition tp,
                                       const scenario::Session& session);
/// Why records are in a log twice or out of order; empty if Kafka would not show it. Runs the plan once more. Each repeat needs a cause of
/// its own: the repeated batch of that producer and partition was no longer in the leader's log, or too old; or a leader that did not know
/// the producer took a later batch for its first. `wrote_on`: partitions whose logs differ without any replica noticing.
std::string cause_of_repeats(const Plan& plan, const std::set<protocol::TopicPartition>& wrote_on);
/// Whether that producer's last batch was in flight when its topic was deleted and recreated, or is one of the first for the new topic.
/// Later batches reached the new leader first, which accepts any first sequence of an unknown producer (KAFKA-15591, fixed after 4.1). The
/// earlier batches are then out of order, and are resent until delivery.timeout.ms has passed, since a lower one might fill the gap
/// (TransactionManager.canRetry).
bool overtaken_since_deletion(const scenario::Session& session, const std::string& producer);
/// Continues the run until that time-out has passed; returns what is wrong then, empty for nothing.
std::string after_delivery_timeout(scenario::Session& session, std::string& kafkas_own);
/// The brokers whose fetchers have stopped fetching a partition until its next leader epoch.
using FailedReplicas = std::map<protocol::TopicPartition, std::set<protocol::BrokerId>>;
/// Continues the run with one of these brokers as leader (by an unclean election, since they are out of the ISR; another follower has the leader's log,
/// and under it they would fail again); returns what is wrong then.
std::string after_elections(scenario::Session& session, const FailedReplicas& failed, std::string& kafkas_own);
/// The partitions without a leader, except those of a topic whose deletion waits.
std::set<protocol::TopicPartition> without_leader(const cluster::Cluster& cluster);
/// Continues the run past the unclean election that these partitions wait for; returns what is wrong then.
std::string after_unclean_elections(scenario::Session& session, const std::set<protocol::TopicPartition>& partitions,
                                    std::string& kafkas_own);
/// Whether the readers' group was empty and waits for more members: a member that was away for two broker sessions (a quorum election restarts them)
/// returns late.
bool group_began_anew(const scenario::Session& session);
/// Continues the run until the missing members have joined; returns what is wrong then.
std::string after_initial_rebalance(scenario::Session& session, std::string& kafkas_own);
bool writes_to(const scenario::Session& session, const std::string& producer, protocol::TopicId topic);

/// The results of all seeds together.
struct Report {
  int seeds = 0, with_loss = 0;
  std::int64_t seconds_of_each = seconds_of_a_run();
  std::map<std::string, int> faults, seeds_with;                 // by verb
  std::map<std::string, std::vector<std::uint64_t>> kafkas_own;  // the seeds that showed it
  Result total;
  double seconds = 0;
  void add(const Result& result);
  std::string text() const;
};

/// The verbs that a swarm must have used; those of disks only with draw(seed, true).
const std::vector<std::string>& verbs();
const std::vector<std::string>& disk_verbs();

}  // namespace kafkascope::swarm
