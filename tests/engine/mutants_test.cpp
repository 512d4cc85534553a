// Every deliberate defect must be found by checks that do not refer to it: the lessons, the stories and the swarms. Only in
// a build with KAFKASCOPE_MUTANTS. KAFKASCOPE_MUTANT=name: only that one. KAFKASCOPE_MUTANTS_REPORT=file: the tables of
// docs/mutants.md.
#ifdef KAFKASCOPE_MUTANTS
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "engine/group_swarm.h"
#include "engine/share_swarm.h"
#include "engine/swarm.h"
#include "engine/transaction_swarm.h"
#include "scenario/files.h"
#include "scenario/load.h"
#include "sim/mutant.h"

using namespace kafkascope;

namespace {

struct Defect {
  std::string_view name;
  std::string_view what;
};

/// The quorum, logs, replicas.
constexpr Defect kOfTheCluster[] = {
    {"hw-one-too-far", "the high watermark runs one ahead of the slowest"},
    {"hw-ignores-the-isr", "it is the leader's own log end"},
    {"hw-moves-below-min-isr", "it moves below min.insync.replicas"},
    {"high-watermark-restored-too-far", "after a start it is the log's end, not what the file says"},
    {"leader-epoch-not-bumped", "an election leaves the leader epoch as it was"},
    {"fenced-epoch-accepted", "requests of another leader epoch are served"},
    {"divergence-not-told", "a leader does not tell a follower where their logs part"},
    {"last-epoch-not-told", "a follower does not tell its leader the epoch of its last record"},
    {"follower-cuts-at-its-hw", "a new follower cuts its log at its own high watermark"},
    {"epoch-end-is-the-log-end", "OffsetForLeaderEpoch answers the log's end for any epoch"},
    {"start-forgets-producers", "a start knows no producers, though their records are in the log"},
    {"producer-expires-early", "the check for producer.id.expiration.ms forgets who has written nothing for a second"},
    {"producers-survive-truncation", "a log that is cut remembers producers' batches that are gone"},
    {"votes-twice", "a voter votes twice in an epoch"},
    {"vote-for-a-shorter-log", "a candidate's log may be behind"},
    {"own-unflushed-entries-count", "the quorum's leader counts what it has not flushed"},
    {"older-epochs-commit", "the quorum commits an older epoch's entries by counting"},
    {"leads-without-a-majority", "a quorum leader that nobody fetches from stays"},
    {"observers-make-a-majority", "brokers that fetch count for the majority that a quorum leader needs"},
    {"no-pre-vote", "a voter that hears no leader opens a new epoch at once"},
    {"successors-ignored", "nobody stands earlier because a resigning leader named it"},
    {"answers-before-the-commit", "the active controller answers before its decision is committed"},
    {"uncommitted-decisions-stay", "a controller that lost its leadership keeps what was not committed"},
    {"callers-not-sent-away", "... and does not tell who waits for it"},
    {"snapshot-tells-no-partitions", "a broker that begins with a snapshot does not look at its partitions"},
    {"allow-over-deny", "an ACL that allows beats one that denies"},
    {"removed-acl-stays", "a removed ACL still holds"},
    {"groups-need-no-acl", "a group may be joined without an ACL"},
    {"client-quota-ignored", "client quotas do not hold"},
    {"isr-expands-too-early", "a follower joins the ISR without what is committed"},
    {"isr-never-shrinks", "a follower that stands still stays in the ISR"},
    {"caught-up-by-any-fetch", "every fetch counts as one from the log's end"},
    {"isr-member-epoch-unchecked", "the controller takes an ISR member of another broker epoch"},
    {"partition-epoch-unchecked", "it takes an ISR change made from an older state of the partition"},
    {"unclean-shutdown-stays-in-isr", "a broker that went down uncleanly stays in the ISR"},
    {"elr-keeps-an-unclean-member", "it stays an eligible leader"},
    {"election-outside-the-isr", "anyone alive may lead"},
    {"fenced-broker-elected", "a broker that is fenced may lead"},
    {"unclean-election-always", "unclean elections need no permission"},
    {"preferred-leader-ignored", "a preferred election leaves the leader"},
    {"reassignment-does-not-wait", "the old replicas go before the new ones are in sync"},
    {"throttle-ignored", "replication quotas do not hold"},
    {"unfenced-before-caught-up", "a heartbeat unfences a broker that has not read its registration"},
    {"shutdown-does-not-wait", "a controlled shutdown ends before the leaders have moved"},
    {"failed-directory-untold", "a broker does not tell the controller of a failed directory"},
    {"followers-serve-past-the-hw", "consumers of a follower read past its high watermark"},
    {"consumers-read-past-the-hw", "consumers are handed what is not committed"},
    {"session-keeps-back-the-hw", "a fetch session tells no new high watermark"},
    {"min-isr-unchecked", "acks=all is accepted below min.insync.replicas"},
    {"acks-all-answered-at-append", "acks=all is answered as acks=1 is"},
    {"recovery-skips-the-tail", "after an unclean end the log stops at the recovery point"},
    {"power-loss-loses-nothing", "a torn tail is believed"},
    {"closed-segments-stay-in-memory", "a closed segment is not flushed"},
    {"disks-keep-no-thread", "an append that waits for its disk leaves its thread to others"},
    {"any-stop-is-orderly", "a stop while the logs are being read counts as an orderly one"},
    {"flush-reaches-no-disk", "a flush leaves everything in the page cache"},
    {"segments-never-close-by-time", "segment.ms has no effect"},
    {"timestamp-lookup-one-late", "a lookup by timestamp skips the record with just that one"},
    {"log-start-passes-the-hw", "the log start moves past the high watermark, as where DeleteRecords asks for it"},
    {"retention-one-segment-too-many", "retention deletes one segment more than it may"},
    {"retention-passes-the-hw", "retention deletes what is not committed"},
    {"tombstone-dropped-at-once", "compaction drops tombstones before their horizon"},
    {"compaction-drops-the-last-value", "compaction keeps no value of a key"},
    {"compaction-passes-the-hw", "compaction cleans what is not committed"},
    {"compaction-forgets-producers", "compaction drops the batch with a producer's last sequence"},
};

/// Producers, consumers, groups.
constexpr Defect kOfTheClients[] = {
    {"duplicates-appended", "a batch sent again is appended again"},
    {"sequence-gap-accepted", "a producer's sequence may leave out one"},
    {"any-sequence-accepted", "a producer's batches are taken in whatever order they come"},
    {"sequence-one-too-low", "a batch's sequence begins on the last one's end"},
    {"epoch-bump-forgotten", "a producer with a hole in its sequences goes on in its epoch"},
    {"retry-goes-to-the-end", "a batch that is sent again stands behind younger ones"},
    {"delivery-timeout-unenforced", "delivery.timeout.ms has no effect"},
    {"buffer-memory-unlimited", "buffer.memory has no effect"},
    {"murmur2-keeps-its-sign", "a key's hash keeps its sign bit"},
    {"generation-unchecked", "a commit of another generation is accepted"},
    {"fenced-instance-accepted", "the first process of a static member goes on beside the second"},
    {"static-member-comes-as-new", "a static member that comes back is a new one"},
    {"silent-members-stay", "who does not join a rebalance stays a member"},
    {"heartbeat-restarts-no-session", "heartbeats do not keep a session alive"},
    {"heartbeat-hides-the-rebalance", "a heartbeat does not tell that a rebalance goes on"},
    {"max-poll-interval-unenforced", "max.poll.interval.ms has no effect"},
    {"leave-not-sent", "a consumer that closes does not leave its group"},
    {"range-leaves-out-the-rest", "range gives away what divides evenly"},
    {"sticky-forgets", "the sticky assignor forgets who owned what"},
    {"cooperative-gives-at-once", "a partition is given before it is revoked"},
    {"commits-one-too-far", "the position committed is one too far"},
    {"commits-before-the-work", "it is committed before the work is done"},
    {"offsets-not-loaded", "a coordinator that takes over loads no offsets"},
    {"expiry-ignores-readers", "offsets expire while they are read from"},
    {"reset-always-to-the-end", "auto.offset.reset=earliest goes to the end"},
    {"position-not-validated", "a position is believed after a change of leader"},
    {"paused-partitions-delivered", "records of a paused partition are delivered"},
    {"serializer-takes-anything", "send takes values that are not of the serializer's type, as null"},
    {"unreadable-record-skipped", "poll skips a record that cannot be deserialized"},
    {"transform-commits-first", "a transform commits what it read before what it wrote is acknowledged"},
    {"topic-compression-ignored", "a topic's compression.type leaves batches as they came"},
    {"queue-never-redelivers", "a message that is not acknowledged never comes back"},
    {"calls-never-time-out", "a service waits for ever for an answer"},
};
/// Groups of the newer protocol (KIP-848).
constexpr Defect kOfNewerGroups[] = {
    {"member-epoch-unchecked", "a heartbeat of any member epoch is accepted"},
    {"given-before-released", "a partition is given while another member has it"},
    {"revocation-not-awaited", "a member counts as having given up what it does not speak of"},
    {"revocation-untimed", "who does not give up what it is asked for stays"},
    {"uniform-forgets", "the uniform assignor forgets who had what"},
    {"topic-growth-unseen", "new partitions of a topic make no new target"},
    {"targets-not-kept", "the target assignment is not remembered"},
    {"static-leave-is-for-good", "a static member that is away for a while is removed"},
    {"stale-epoch-commits", "a commit of another member epoch is accepted"},
    {"newer-heartbeat-restarts-no-session", "heartbeats do not keep a session alive"},
    {"downgrade-forgotten", "a group with only classic members left stays one of the newer protocol"},
    {"classic-member-not-told", "a classic member among newer ones is not told to join again"},
    {"revokes-without-commit", "a member gives partitions up without its commit"},
    {"fenced-member-reads-on", "a member that is fenced keeps its partitions"},
};
/// The controller over ZooKeeper, and the brokers that obey it.
constexpr Defect kOfZooKeeper[] = {
    {"stale-controller-obeyed", "brokers obey a controller of an older epoch"},
    {"old-broker-epoch-obeyed", "an order to the process before this one is obeyed"},
    {"controller-epoch-not-checked", "a controller that has been replaced still writes"},
    {"state-version-not-checked", "the controller writes over a state that a leader has changed meanwhile"},
    {"isr-version-not-checked", "a leader writes over a state that the controller has changed meanwhile"},
    {"expired-controller-goes-on", "a controller whose session has expired does not resign"},
    {"isr-under-the-newest-controller",
     "a leader writes its ISR under the controller epoch it heard last, not that of the decision"},
    {"deletion-keeps-the-leader", "a topic that is being deleted keeps its leader and ISR"},
    {"configuration-guessed", "a broker that cannot read a topic's configuration takes it for empty"},
    {"dead-replica-added", "a reassignment may add a dead broker"},
};
/// Share groups.
constexpr Defect kOfShareGroups[] = {
    {"share-lock-ignored", "a record that is locked is handed out once more"},
    {"share-delivery-limit-ignored", "a record may be delivered for ever"},
    {"share-start-passes-the-locked", "the start offset passes a record that is locked"},
    {"share-acknowledged-by-anybody", "whoever says so has done a record, also after its lock was over"},
    {"share-delivery-not-counted", "a record that is delivered again counts as delivered once"},
    {"share-lock-never-over", "a lock whose time is over stays with its member"},
    {"share-member-left-forgotten", "a member that has left keeps its records locked"},
    {"share-freed-before-stored", "a released record is handed out before the release is stored"},
    {"share-min-bytes-ignored", "a share fetch is answered with whatever there is"},
    {"share-consumer-prefetches", "a share consumer fetches while it works"},
    {"share-reset-keeps-the-window", "leaders keep what they know of a group that has left them"},
    {"share-isolation-ignored", "a share group that reads what is committed gets all records"},
    {"share-partition-to-one-member", "the assignor gives a partition to one member only"},
    {"share-state-not-loaded", "a share coordinator that takes over loads nothing"},
};
/// Transactions: coordinators, markers, readers of committed records, offsets in a transaction (KIP-98, KIP-447, KIP-890).
constexpr Defect kOfTransactions[] = {
    {"markers-before-the-decision", "markers are written before PrepareCommit or PrepareAbort is replicated"},
    {"decisions-not-resumed", "a coordinator that takes over does not write the markers of what was being ended"},
    {"failover-forgets-partitions", "a coordinator that takes over forgets one of an open transaction's partitions"},
    {"marker-not-repeated", "a marker that could not be written counts as written"},
    {"older-coordinator-accepted", "a partition takes the marker of a coordinator that has been replaced"},
    {"second-marker-opens", "a marker that is written once more opens a transaction"},
    {"init-keeps-the-epoch", "InitProducerId leaves the producer epoch as it was"},
    {"end-keeps-the-epoch", "the end of a transaction leaves the producer epoch as it was (TV2)"},
    {"time-out-keeps-the-epoch", "a transaction that times out is aborted in its producer's own epoch"},
    {"transactions-never-time-out", "a transaction that nobody ends stays open"},
    {"time-outs-wait-for-all-replicas", "... as long as a replica of the coordinator's log is not in sync"},
    {"zombie-append-accepted", "a leader takes the records of an older producer epoch"},
    {"partitions-of-a-zombie-added", "the coordinator adds partitions for an older producer epoch"},
    {"transactions-not-verified", "leaders take a transaction's first records unverified"},
    {"offsets-not-verified", "group coordinators take a transaction's offsets unverified"},
    {"aborted-offsets-committed", "offsets of an aborted transaction count"},
    {"unstable-offsets-fetched", "offsets are handed out while a transaction may change them"},
    {"transactional-generation-unchecked", "offsets of a member of another generation are accepted in a transaction"},
    {"committed-readers-read-to-the-hw", "readers of committed records read past the last stable offset"},
    {"aborted-not-told", "... are not told which transactions were aborted"},
    {"stable-before-replicated", "the last stable offset passes a marker that is not replicated"},
    {"commit-overtakes-batches", "a producer ends its transaction before its batches are acknowledged"},
    {"aborted-input-not-read-again", "a transform does not read again what it has aborted"},
    {"transactional-ids-need-no-acl", "a transactional.id may be used without an ACL"},
};
/// Kafka has a second guard: ZooKeeper rejects the writes of an expired session. Without that guard the layer's own tests find the defect: CTest's
/// defect_*.
constexpr std::string_view kNotCaught[] = {"controller-epoch-not-checked"};
constexpr std::uint64_t kDefectSeeds = 200;  // of each swarm; a defect that they do not show is listed as not caught
constexpr int kSlices = 8;                   // how often a run is checked for a failure

struct Chosen {
  explicit Chosen(std::string_view name) { sim::chosen_mutant = name; }
  ~Chosen() { sim::chosen_mutant = {}; }
  Chosen(const Chosen&) = delete;
  Chosen& operator=(const Chosen&) = delete;
};

/// A lesson or story in one of its variants.
struct Subject {
  std::string name;
  std::shared_ptr<const scenario::Scenario> scenario;
  std::uint64_t events = 0;  // without a defect
};

std::string broken_by(const Subject& file) {
  scenario::Session session(file.scenario);
  for (int i = 1; i < kSlices && session.ok(); ++i) session.run_until(sim::Instant{session.until().us * i / kSlices});
  if (session.ok()) session.run_to_end();
  if (session.ok()) return "";
  const auto& violations = session.observation().invariants().violations();
  return fmt::format("{}: {}", file.name,
                     !violations.empty()           ? violations[0].name
                     : session.cluster().faulted() ? "engine fault"
                                                   : "an expectation failed");
}

/// All lessons and stories, those with the fewest events first. They must hold without a defect.
const std::vector<Subject>& subjects() {
  static const std::vector<Subject> all = [] {
    std::vector<std::filesystem::path> paths;
    for (const char* folder : {"scenarios", "tests/stories"})
      for (const auto& entry : std::filesystem::recursive_directory_iterator(source_path(folder)))
        if (entry.path().extension() == ".json") paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    std::vector<Subject> list;
    for (const auto& path : paths) {
      const std::string text = read_text(path);
      const scenario::Loaded base = scenario::load(text);
      for (const scenario::Variant& variant : base.scenario->variants) {
        Subject file;
        file.name = fmt::format("`{}`{}", path.stem().string(), variant.id == "base" ? "" : " (" + variant.id + ")");
        file.scenario =
            std::make_shared<const scenario::Scenario>(*scenario::load(text, {.variant = variant.id}).scenario);
        scenario::Session session(file.scenario);
        session.run_to_end();
        CHECK_MESSAGE(session.ok(), file.name);
        file.events = session.events();
        list.push_back(std::move(file));
      }
    }
    std::stable_sort(list.begin(), list.end(), [](const Subject& a, const Subject& b) { return a.events < b.events; });
    return list;
  }();
  return all;
}

enum class About : std::uint8_t { Cluster, Clients, NewerGroups, ZooKeeper, ShareGroups, Transactions };

/// Whether the file can show such a defect.
bool concerns(About about, const scenario::Scenario& file) {
  const auto& clients = file.cluster.clients;
  if (about == About::ZooKeeper) return file.cluster.metadata == cluster::MetadataKind::ZooKeeper;
  if (about == About::Transactions)
    return std::any_of(clients.begin(), clients.end(), [](const auto& c) {
      const bool writes = c.kind == cluster::ClientKind::Producer || c.kind == cluster::ClientKind::Transform;
      return writes && !c.config.text("transactional.id").empty();
    });
  return about != About::ShareGroups || std::any_of(clients.begin(), clients.end(), [](const auto& c) {
           return c.kind == cluster::ClientKind::ShareConsumer;
         });
}

/// The first file or swarm that shows the defect, and after how many events or seeds; "": none. Files first, then the swarm
/// for that subject.
std::string caught_by(About about, std::string& after) {
  for (const Subject& file : subjects())
    if (!concerns(about, *file.scenario)) continue;
    else if (std::string by = broken_by(file); !by.empty()) return by;
  const auto swarms = [&](std::uint64_t seed) -> std::string {
    if (about == About::ZooKeeper) {
      std::string by = swarm::run(swarm::draw(seed, false, true)).broken;
      if (!by.empty()) after = fmt::format("seed {} over ZooKeeper", seed);
      return by;
    }
    const auto groups = [&](group_swarm::Kind kind) {
      std::string by = group_swarm::run(group_swarm::draw(seed, kind)).broken;
      if (!by.empty()) after = fmt::format("seed {} of groups, {}", seed, group_swarm::name(kind));
      return by;
    };
    if (about == About::Transactions) {
      using transaction_swarm::Kind;
      for (const Kind kind : {Kind::Older, Kind::Newer, Kind::Before})
        if (std::string by = transaction_swarm::run(transaction_swarm::draw(seed, kind)).broken; !by.empty())
          return after = fmt::format("seed {} of transactions, {}", seed, transaction_swarm::name(kind)), by;
      return "";
    }
    using group_swarm::Kind;
    if (about == About::NewerGroups) {
      if (std::string by = groups(Kind::Consumer); !by.empty()) return by;
      return groups(Kind::Mixed);
    }
    if (about == About::ShareGroups)
      return after = fmt::format("seed {} of the share groups", seed), share_swarm::run(share_swarm::draw(seed)).broken;
    if (about == About::Clients) {
      if (std::string by = groups(Kind::Eager); !by.empty()) return by;
      if (std::string by = groups(Kind::Cooperative); !by.empty()) return by;
    }
    if (std::string by = swarm::run(seed).broken; !by.empty()) return after = fmt::format("seed {}", seed), by;
    if (about == About::Clients || seed % 2 == 0) return "";
    if (std::string by = swarm::run(swarm::draw(seed, true)).broken; !by.empty())
      return after = fmt::format("seed {} of the disks", seed), by;
    return "";
  };
  for (std::uint64_t seed = 1; seed <= kDefectSeeds; ++seed)
    if (std::string by = swarms(seed); !by.empty()) return by;
  return "";
}

void look_for(std::span<const Defect> defects, About about) {
  const char* only = std::getenv("KAFKASCOPE_MUTANT");
  std::string table = "| defect | what is wrong | caught by |\n|---|---|---|\n";
  int caught = 0;
  subjects();
  const auto begin = std::chrono::steady_clock::now();
  for (const Defect& defect : defects) {
    if (only != nullptr && defect.name != only) continue;
    const Chosen chosen(defect.name);
    const auto from = std::chrono::steady_clock::now();
    std::string after;
    const std::string by = caught_by(about, after);
    caught += !by.empty();
    CHECK_MESSAGE(
        by.empty() == (std::find(std::begin(kNotCaught), std::end(kNotCaught), defect.name) != std::end(kNotCaught)),
        defect.name);
    const std::string what =
        by.empty() ? "not caught" : by.substr(0, by.find(" (topic")) + (after.empty() ? "" : " (" + after + ")");
    MESSAGE(fmt::format("{}: {}, {:.1f} s", defect.name, what,
                        std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count()));
    table += fmt::format("| `{}` | {} | {} |\n", defect.name, defect.what, what);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  MESSAGE(fmt::format("{} of {} caught in {:.0f} s", caught, defects.size(), seconds));
  if (const char* path = std::getenv("KAFKASCOPE_MUTANTS_REPORT")) std::ofstream(path, std::ios::app) << table << '\n';
}

}  // namespace

TEST_CASE("mutants: without a chosen mutant no defect is active, and the expectations of every lesson and story hold") {
  CHECK_FALSE(sim::mutant("hw-one-too-far"));
  CHECK_FALSE(sim::mutant(""));
  CHECK(subjects().size() > 100);
}

TEST_CASE("mutants: every defect of the cluster, except those listed here, is caught by a lesson, a story or a swarm") {
  look_for(kOfTheCluster, About::Cluster);
}
TEST_CASE("mutants: defects of producers, consumers and groups are caught") { look_for(kOfTheClients, About::Clients); }
TEST_CASE("mutants: defects of groups of the newer protocol are caught") {
  look_for(kOfNewerGroups, About::NewerGroups);
}
TEST_CASE("mutants: defects of the controller over ZooKeeper are caught") { look_for(kOfZooKeeper, About::ZooKeeper); }
TEST_CASE("mutants: defects of share groups are caught") { look_for(kOfShareGroups, About::ShareGroups); }

TEST_CASE("mutants: defects of transactions are caught") { look_for(kOfTransactions, About::Transactions); }

TEST_CASE("mutants: the transactions' swarm alone catches partial, lost, repeated and open transactions") {
  for (const char* name :
       {"markers-before-the-decision", "decisions-not-resumed", "failover-forgets-partitions", "marker-not-repeated",
        "older-coordinator-accepted", "second-marker-opens", "init-keeps-the-epoch", "end-keeps-the-epoch",
        "transactions-never-time-out", "time-outs-wait-for-all-replicas", "zombie-append-accepted",
        "partitions-of-a-zombie-added", "aborted-offsets-committed", "committed-readers-read-to-the-hw",
        "aborted-not-told", "commit-overtakes-batches", "aborted-input-not-read-again", "transactions-not-verified"}) {
    const Chosen chosen(name);
    std::string by;
    using transaction_swarm::Kind;
    for (std::uint64_t seed = 1; by.empty() && seed <= kDefectSeeds; ++seed)
      for (const Kind kind : {Kind::Older, Kind::Newer, Kind::Before})
        if (by.empty()) by = transaction_swarm::run(transaction_swarm::draw(seed, kind)).broken;
    CHECK_MESSAGE(!by.empty(), std::string(name));
  }
}

TEST_CASE(
    "mutants: the share groups' swarm alone catches records locked by two members and records delivered too often") {
  for (const char* name : {"share-lock-ignored", "share-freed-before-stored", "share-delivery-limit-ignored",
                           "share-delivery-not-counted"}) {
    const Chosen chosen(name);
    std::string by;
    for (std::uint64_t seed = 1; by.empty() && seed <= kDefectSeeds; ++seed)
      by = share_swarm::run(share_swarm::draw(seed)).broken;
    CHECK_MESSAGE(by.starts_with("share-locks"), name, ": ", by);
  }
}
#endif
