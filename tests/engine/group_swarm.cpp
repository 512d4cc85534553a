#include "engine/group_swarm.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "client/consumer.h"
#include "engine/members_plan.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/trace_kinds.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::group_swarm {

using cluster::Command;
using cluster::Verb;
using protocol::Trace;
using swarm::Plan;

namespace {

constexpr int kMembers = 5;
constexpr sim::Instant kFrom{1'000'000}, kEnd{13'000'000}, kMending{14'000'000};
constexpr sim::Duration kSession = sim::seconds(6), kMaxPoll = sim::seconds(8), kApiTimeout = sim::seconds(8);

std::string member_name(int i) { return fmt::format("m-{}", i); }

std::string strategy_of(Kind kind, std::uint64_t which, sim::Random& random) {
  const std::string package = "org.apache.kafka.clients.consumer.";
  if (kind == Kind::Eager || (kind == Kind::Mixed && which < 3)) {
    switch (which) {
      case 0: return package + "RangeAssignor";
      case 1: return package + "RoundRobinAssignor";
      case 2: return package + "StickyAssignor";
      default: return package + "RangeAssignor," + package + "CooperativeStickyAssignor";
    }
  }
  if (which < 4) return package + "CooperativeStickyAssignor";
  // In the middle of a migration: some members are cooperative already.
  return random.chance_ppm(500000) ? package + "CooperativeStickyAssignor"
                                   : package + "RoundRobinAssignor," + package + "CooperativeStickyAssignor";
}

std::string classic_config(Kind kind, std::uint64_t strategy, sim::Random& random) {
  return fmt::format(
      R"("partition.assignment.strategy": "{}", "session.timeout.ms": 6000, "heartbeat.interval.ms": 1000)",
      strategy_of(kind, strategy, random));
}
std::string newer_config(sim::Random& random) {
  const std::uint64_t assignor = random.below(3);
  return std::string(R"("group.protocol": "consumer")") + (assignor == 0   ? ""
                                                           : assignor == 1 ? R"(, "group.remote.assignor": "uniform")"
                                                                           : R"(, "group.remote.assignor": "range")");
}

std::string file_text(std::uint64_t seed, Kind kind, sim::Random& random) {
  const std::uint64_t strategy = random.below(kind == Kind::Mixed ? 4 : 5);
  const bool statics = random.chance_ppm(400000);
  std::string members;
  // Each draw is a statement of its own, because compilers evaluate the arguments of a call in different orders.
  for (int i = 1; i <= kMembers; ++i) {
    const bool newer = kind == Kind::Consumer || (kind == Kind::Mixed && random.chance_ppm(500000));
    const char* commit = random.chance_ppm(500000) ? "auto" : "sync_after";
    const std::string start = i > 3 ? fmt::format("\"start\": \"{}ms\", ", random.between(1, 12000)) : "";
    const std::string instance = statics && random.chance_ppm(600000)
                                     ? fmt::format("\"group.instance.id\": \"static-{}\", ", member_name(i))
                                     : "";
    const std::string config = newer ? newer_config(random) : classic_config(kind, strategy, random);
    members += fmt::format(
        R"(,
    {{"id": "{0}", "kind": "consumer", "topics": ["orders"], "commit": "{1}", {2}"config": {{"group.id": "g", {3}{4}, "auto.offset.reset": "earliest", "max.poll.interval.ms": 8000, "max.poll.records": 50, "metadata.max.age.ms": 3000, "request.timeout.ms": 5000, "default.api.timeout.ms": 8000}}}})",
        member_name(i), commit, start, instance, config);
  }
  return fmt::format(R"({{
  "format": 1,
  "id": "group-swarm-{4}-{0}",
  "seed": {0},
  "kafka": "4.1",
  "cluster": {{"controllers": 1, "brokers": 3, "config": {{"broker.session.timeout.ms": 3000, "broker.heartbeat.interval.ms": 500, "group.initial.rebalance.delay.ms": {1}, "group.consumer.min.session.timeout.ms": 6000, "group.consumer.session.timeout.ms": 6000, "group.consumer.min.heartbeat.interval.ms": 1000, "group.consumer.heartbeat.interval.ms": 1000}}}},
  "topics": [{{"name": "orders", "partitions": 4, "replication_factor": 3}}, {{"name": "refunds", "partitions": 2, "replication_factor": 3}}],
  "clients": [
    {{"id": "shop", "kind": "producer", "topic": "orders", "rate": "40/s"}},
    {{"id": "desk", "kind": "producer", "topic": "refunds", "rate": "10/s"}}{2}
  ],
  "steps": [],
  "until": "{3}s"
}}
)",
                     seed, random.chance_ppm(500000) ? 3000 : 500, members,
                     kind == Kind::Eager || kind == Kind::Cooperative ? 30 : 42, name(kind));
}

class Drawing : swarm::MembersPlan {
 public:
  Drawing(std::uint64_t seed, Kind kind) : MembersPlan(seed), kind_(kind) {
    plan_.text = file_text(seed, kind, random_);
  }

  Plan draw() {
    const swarm::Weights weights = swarm::draw_weights(verbs(), random_);
    const std::int64_t pace = random_.chance_ppm(500000) ? 400'000 : 1'200'000;
    for (sim::Instant at = kFrom; at < kEnd; at = at + sim::microseconds(random_.between(1, 2 * pace)))
      act(at, swarm::by_weight(weights, random_));
    return mended(kMending, [&] { mend(); });
  }

 private:
  std::string some_member() { return member_name(static_cast<int>(random_.below(kMembers)) + 1); }
  std::vector<std::string> some_topics() {
    switch (random_.below(3)) {
      case 0: return {"orders"};
      case 1: return {"refunds"};
      default: return {"orders", "refunds"};
    }
  }

  void act(sim::Instant at, const std::string& verb) {
    if (verb == "crash" || verb == "shutdown") {
      // The next broker may fail only when this one is back, so that a coordinator can always be found.
      take_down(at, *cluster::parse_verb(verb), 1'000'000);
    } else if (verb == "add_partitions") {
      if (partitions_ >= 8) return;
      auto& c = add(at, Verb::AddPartitions, "").edit<cluster::act::AddPartitions>();
      c.topic = "orders";
      c.partition_count = ++partitions_;
    } else if (verb == "behave") {
      cluster::WorkSpec work;
      work.each = sim::milliseconds(
          random_.chance_ppm(500000) ? 9000 : random_.between(0, 30));  // 9 s is more than max.poll.interval.ms
      add(at, Verb::Behave, some_member()).edit<cluster::act::Behave>().work = work;
    } else if (verb == "subscribe") {
      add(at, Verb::Subscribe, some_member()).edit<cluster::act::Subscribe>().topics = some_topics();
    } else if (verb == "pause_partitions" || verb == "resume_partitions") {
      add(at, verb[0] == 'p' ? Verb::PausePartitions : Verb::ResumePartitions, some_member())
          .edit<cluster::act::PausePartitions>()
          .partitions = {{"orders", static_cast<std::int32_t>(random_.below(4))}};
    } else if (verb == "elect_leaders") {
      add(at, Verb::ElectLeaders, "");
    } else if (verb == "pause" || verb == "stop" || verb == "kill") {
      // Most return while the others are still changing; a member that was frozen for longer than its session has
      // outdated beliefs.
      const std::string member = some_member();
      const sim::Instant back = at + sim::microseconds(random_.between(500'000, 2 * kSession.us));
      add(at, *cluster::parse_verb(verb), member);
      if (back < kEnd) add(back, verb == "pause" ? Verb::Resume : Verb::Start, member);  // else the mending does
    } else {
      add(at, *cluster::parse_verb(verb), some_member());
    }
  }

  bool is_static(const std::string& name) const {
    return plan_.text.find("\"static-" + name + "\"") != std::string::npos;
  }
  bool is_newer(const std::string& name) const {
    const std::size_t member = plan_.text.find("{\"id\": \"" + name + "\"");
    return plan_.text.substr(member, plan_.text.find('\n', member) - member).find("\"group.protocol\": \"consumer\"") !=
           std::string::npos;
  }

  void mend() {
    std::map<std::string, std::vector<std::string>> topics;
    for (int i = 1; i <= kMembers; ++i)
      topics[member_name(i)] = i == 1                       ? std::vector<std::string>{"orders", "refunds"}
                               : random_.chance_ppm(700000) ? topics["m-1"]
                                                            : some_topics();
    // A member that is refused permanently continues only after another start of its process: a static member of the newer protocol that returned
    // before the session of its killed predecessor had ended (UNRELEASED_INSTANCE_ID), or one that was frozen while its group became a classic
    // one again (GROUP_ID_NOT_FOUND for an epoch above 0: GroupMetadataManager.consumerGroup; fatal in the client's heartbeats).
    if (kind_ == Kind::Consumer || kind_ == Kind::Mixed)
      for (const auto& [name, list] : topics) {
        if (!is_static(name) && !(kind_ == Kind::Mixed && is_newer(name))) continue;
        add(kMending + sim::seconds(5), Verb::Stop, name);
        add(kMending + kSession + sim::seconds(6), Verb::Start, name);
        add(kMending + kSession + sim::milliseconds(6100), Verb::Subscribe, name)
            .edit<cluster::act::Subscribe>()
            .topics = list;
      }
    // Twice, because a member that is still closing cannot be started yet.
    for (const sim::Instant at : {kMending, kMending + sim::seconds(4)})
      for (const auto& [name, list] : topics) {
        add(at, Verb::Resume, name);
        add(at, Verb::Start, name);
        add(at + sim::milliseconds(100), Verb::Behave, name).edit<cluster::act::Behave>().work = cluster::WorkSpec{};
        add(at + sim::milliseconds(100), Verb::Subscribe, name).edit<cluster::act::Subscribe>().topics = list;
      }
  }

  Kind kind_;
  std::int32_t partitions_ = 4;
};

/// A healthy live member is never evicted: a member that is up and subscribed, was neither frozen nor slow recently, and has joined with its present
/// id, may leave only by its own decision. Classic members give a reason; a newer member's leaving heartbeat has none, so the plan's act counts. (A
/// static member that unsubscribes sends nothing and times out; so does one that finds no coordinator.)
class Evictions {
 public:
  explicit Evictions(const cluster::Cluster& cluster) {
    for (int i = 1; i <= kMembers; ++i) members_[cluster.find(member_name(i)).index].name = member_name(i);
  }

  void on_slow(const std::string& name, sim::Instant at) {
    for (auto& [node, m] : members_)
      if (m.name == name) m.unwell = std::max(m.unwell, at);
  }

  /// The plan closes the member: it may leave, and is not checked again before its next process.
  void on_stop(const std::string& name) {
    for (auto& [node, m] : members_)
      if (m.name == name) {
        m.id.clear();
        m.stopping = true;
      }
  }

  void on_subscription(const std::string& name, bool any) {
    for (auto& [node, m] : members_) {
      if (m.name != name) continue;
      m.subscribed = any;
      if (!any) m.id.clear();
    }
  }

  std::string on_line(const sim::TraceLine& line) {
    if (const auto m = members_.find(line.node.index); m != members_.end()) {
      if (line.kind == sim::trace_kind::kNodeDied) m->second.id.clear();
      if (line.kind == sim::trace_kind::kNodeStarted) m->second.stopping = false;
      if (line.kind == sim::trace_kind::kNodePaused) m->second.frozen = true;
      if (line.kind == sim::trace_kind::kNodeResumed) {
        m->second.frozen = false;
        m->second.unwell = line.time;
      }
    }
    const auto joined = fact_if<fact::GroupMemberJoined>(line);
    const auto left = fact_if<fact::GroupMemberLeft>(line);
    if ((!joined && !left) || !fact::tells_of_group(line, "g")) return "";
    const std::string id(joined ? joined->member.view() : left->member.view());
    for (auto& [node, m] : members_) {
      if (!id.starts_with(m.name + "-") && !id.starts_with(m.name + "/") && !id.starts_with("static-" + m.name + "-"))
        continue;
      if (joined) {
        if (m.subscribed && !m.stopping) m.id = id;
        continue;
      }
      const auto says = [&](std::string_view words) { return left->said.view().find(words) != std::string_view::npos; };
      const bool by_wish = says("closed") || says("unsubscribed") || left->reason == fact::GroupReason::Replaced;
      evictions += !by_wish && !without_words(*left);
      if (by_wish || id != m.id || m.frozen || line.time < m.unwell + kSession + kMaxPoll) continue;
      return fmt::format("a live healthy member was evicted at {} us: {}: {}", line.time.us, id,
                         sim::name(left->reason));
    }
    return "";
  }
  /// The member has asked to leave without a reason.
  static bool without_words(const fact::GroupMemberLeft& left) {
    return left.reason == fact::GroupReason::Left && left.said.empty();
  }
  /// The entry of causes() that a line reports; nullptr: none.
  const char* cause(const sim::TraceLine& line) {
    if (const auto m = members_.find(line.node.index); m != members_.end()) {
      if (line.kind == sim::trace_kind::kNodePaused) m->second.asleep_since = line.time;
      if (line.kind == sim::trace_kind::kNodeResumed && line.time - m->second.asleep_since > kSession) return kLate;
      return nullptr;
    }
    if (const auto loaded = fact_if<fact::GroupLoaded>(line)) return loaded->groups > 0 ? kMoved : nullptr;
    const auto left = fact_if<fact::GroupMemberLeft>(line);
    if (!left) return nullptr;
    if (left->reason == fact::GroupReason::SessionTimeout) return kSilent;
    if (left->reason == fact::GroupReason::Replaced) return kReplaced;
    if (left->said.view().find("poll timeout") != std::string_view::npos) return kSlow;
    if (!without_words(*left)) return nullptr;
    // A newer member gives no reason: it counts as slow if the plan has neither closed it nor removed its topics.
    const auto m = std::find_if(members_.begin(), members_.end(),
                                [&](const auto& x) { return left->member.view().starts_with(x.second.name + "/"); });
    return m != members_.end() && m->second.subscribed && !m->second.stopping && !m->second.frozen ? kSlow : nullptr;
  }
  static constexpr const char* kMoved = "another coordinator took the group over";
  static constexpr const char* kSilent = "a member's session ended";
  static constexpr const char* kLate = "a member woke up after its session had ended";
  static constexpr const char* kSlow = "a member left as too slow between two polls";
  static constexpr const char* kReplaced = "a static member came back in another process";
  int evictions = 0;

 private:
  struct Member {
    std::string name, id;  // id: from its last join, while its process lives
    bool frozen = false, subscribed = true, stopping = false;
    sim::Instant asleep_since{0};
    sim::Instant unwell{-1'000'000'000};
  };
  std::map<std::int32_t, Member> members_;
};

/// Checks that every partition of a subscribed topic has one owner, who subscribes to the topic.
std::string not_shared(const scenario::Session& session) {
  const cluster::Cluster& cluster = session.cluster();
  std::map<protocol::TopicPartition, std::string> owner;
  std::set<std::string> wanted;
  std::int32_t generation = -1;
  for (int i = 1; i <= kMembers; ++i) {
    const auto* c = cluster.role<client::Consumer>(cluster.find(member_name(i)));
    if (!c->group().settled()) return fmt::format("{} is not in the group after mending", member_name(i));
    if (generation >= 0 && c->group().generation() != generation)
      return fmt::format("{} is in generation {}, others in {}", member_name(i), c->group().generation(), generation);
    generation = c->group().generation();
    wanted.insert(c->subscriptions().topics.begin(), c->subscriptions().topics.end());
    for (const protocol::TopicPartition p : c->assignment()) {
      const protocol::TopicImage* topic = cluster.committed().topic(p.topic);
      if (topic == nullptr || !c->subscriptions().topics.contains(topic->name))
        return fmt::format("{} owns what it has not subscribed to", member_name(i));
      if (const auto [other, first] = owner.emplace(p, member_name(i)); !first)
        return fmt::format("{}-{} is owned by {} and {}", topic->name, p.partition, other->second, member_name(i));
    }
  }
  for (const std::string& name : wanted) {
    const protocol::TopicId id = cluster.committed().topic_id(name);
    const auto count = static_cast<std::int32_t>(cluster.committed().topic(id)->partitions.size());
    for (std::int32_t p = 0; p < count; ++p)
      if (!owner.contains({id, p})) return fmt::format("{}-{} is owned by nobody after mending", name, p);
  }
  return "";
}

/// A failure that Kafka also shows: a commitSync() that is sent again carries the present member epoch (CommitRequestManager reads its
/// MemberInfo when it creates the request). If the member was fenced and has rejoined in between, the commit is accepted, although the
/// partition belongs to another member by then.
constexpr const char* kCommitOutlivesFencing =
    "a commitSync() sent again after its member was fenced and had joined anew took an offset back";
struct Lost {
  std::int64_t at_us;
  std::string partitions;  // "[orders-0, orders-1]"
};
bool outlived_fencing(const observe::Violation& v, const std::string& partition, const std::vector<Lost>& lost) {
  if (v.name != "group-offsets" || v.detail.key() != "broken.went_back"_w) return false;
  return std::any_of(lost.begin(), lost.end(), [&](const Lost& l) {
    return l.at_us <= v.at_us && v.at_us <= l.at_us + kApiTimeout.us &&
           (l.partitions.find(partition + ",") != std::string::npos ||
            l.partitions.find(partition + "]") != std::string::npos);
  });
}

}  // namespace

const std::vector<std::string>& verbs() {
  static const std::vector<std::string> all{"start",
                                            "stop",
                                            "kill",
                                            "pause",
                                            "resume",
                                            "subscribe",
                                            "unsubscribe",
                                            "behave",
                                            "pause_partitions",
                                            "resume_partitions",
                                            "crash",
                                            "shutdown",
                                            "add_partitions",
                                            "elect_leaders"};
  return all;
}

const std::vector<std::string>& causes() {
  static const std::vector<std::string> all{Evictions::kMoved, Evictions::kSilent, Evictions::kLate, Evictions::kSlow,
                                            Evictions::kReplaced};
  return all;
}

std::string_view name(Kind kind) {
  switch (kind) {
    case Kind::Eager: return "classic-eager";
    case Kind::Cooperative: return "classic-cooperative";
    case Kind::Consumer: return "consumer";
    case Kind::Mixed: return "mixed";
  }
  return "?";
}

Plan draw(std::uint64_t seed, Kind kind) { return Drawing(seed, kind).draw(); }

Result run(const Plan& plan) {
  Result result;
  scenario::Session session(swarm::scenario_of(plan), true);
  session.run_until(session.until());

  Evictions evictions(session.cluster());
  std::string evicted, fault;
  std::size_t next = 0;
  std::vector<swarm::Act> acts = plan.faults;
  acts.insert(acts.end(), plan.mending.begin(), plan.mending.end());
  std::set<std::string> slow;
  std::vector<Lost> lost;
  for (std::size_t i = 0; i < session.observation().trace().size(); ++i) {
    const sim::TraceLine& line = session.observation().trace()[i];
    for (; next < acts.size() && acts[next].at <= line.time; ++next) {
      const Command& c = acts[next].command;
      if (c.verb == Verb::Stop) evictions.on_stop(c.node->name);
      if (c.verb == Verb::Subscribe || c.verb == Verb::Unsubscribe)
        evictions.on_subscription(c.node->name, c.verb == Verb::Subscribe);
      if (const auto* change = c.get_if<cluster::act::Behave>(); change != nullptr && change->work)
        change->work->each >= sim::milliseconds(100) ? void(slow.insert(c.node->name)) : void(slow.erase(c.node->name));
    }
    if (line.time >= kMending) slow.clear();
    for (int m = 1; m <= kMembers && line.time >= kMending + sim::milliseconds(100); ++m)
      evictions.on_subscription(member_name(m), true);
    for (const std::string& name : slow) evictions.on_slow(name, line.time);
    if (const char* cause = evictions.cause(line)) ++result.came[cause];
    if (std::string e = evictions.on_line(line); !e.empty() && evicted.empty()) evicted = std::move(e);
    if (const auto f = fact_if<fact::EngineFault>(line); f && fault.empty()) fault = f->what.str();
    swarm::note_state(line, result.states);
    result.revoked += line.kind == protocol::kind(Trace::PartitionsRevoked);
    if (const auto f = fact_if<fact::PartitionsLost>(line)) lost.push_back({line.time.us, f->partitions.text.str()});
  }
  result.acts = swarm::acts_of(plan, session);
  result.lost = static_cast<std::int64_t>(lost.size());
  result.rebalances = session.observation().counters().rebalances;
  result.evictions = evictions.evictions;

  const auto moment = session.moment();
  const observe::ClusterView world(moment.cluster);
  const auto counts = moment.observation.ledger().total(world);
  const std::int64_t skipped = moment.observation.ledger().group_total(world).skipped;
  const bool newer = plan.text.find("\"group.protocol\": \"consumer\"") != std::string::npos;
  observe::Violations violations;
  for (const observe::Violation& v : session.observation().invariants().violations()) {
    const protocol::TopicImage* topic = session.cluster().committed().topic(v.topic);
    if (newer && topic != nullptr && outlived_fencing(v, fmt::format("{}-{}", topic->name, v.partition), lost))
      result.kafkas_own = kCommitOutlivesFencing;
    else violations.push_back(v);
  }
  if (session.cluster().faulted()) result.broken = "engine fault: " + fault;
  else if (!violations.empty())
    result.broken = fmt::format("{}: {} (at {} us)", violations[0].name,
                                words::render(words::Lang::En, violations[0].told()), violations[0].at_us);
  else if (!evicted.empty()) result.broken = evicted;
  else if (const std::string ill = not_shared(session); !ill.empty()) result.broken = ill;
  else if (counts.lost_acked > 0) result.broken = fmt::format("{} acknowledged records are lost", counts.lost_acked);
  else if (skipped > 0) result.broken = fmt::format("{} records were skipped", skipped);
  return result;
}

}  // namespace kafkascope::group_swarm
