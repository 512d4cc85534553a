#include "engine/swarm.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>
#include <stdexcept>

#include "broker/broker.h"
#include "client/producer.h"
#include "protocol/facts_of_logs.h"
#include "scenario/load.h"
#include "scenario/write.h"
#include "sim/facts_of_kernel.h"
#include "sim/random.h"

namespace kafkascope::swarm {

using cluster::Command;
using cluster::Verb;
using protocol::Trace;

namespace {

std::string verb_name(const Command& c) {
  if (c.verb == Verb::Kill) return "crash";  // the end of a client's process is the same kind of death
  if (c.verb == Verb::Start) return "restart";
  if (const auto* disk = c.get_if<cluster::act::Disk>()) {
    if (disk->fail) return "disk fails";
    if (disk->capacity_bytes) return "disk full";
    if (disk->write_bytes_per_s) return "disk writes slowly";
  }
  if (const auto* move = c.get_if<cluster::act::Reassign>()) {
    if (move->throttle_bytes_per_s) return "throttled move";
    if (move->cancel) return "cancelled move";
  }
  if (const auto* elect = c.get_if<cluster::act::ElectLeaders>(); elect != nullptr && elect->unclean)
    return "unclean election";
  const bool one_way = c.verb == Verb::Partition && c.get<cluster::act::Partition>().one_way;
  return std::string(cluster::to_string(c.verb)) + (one_way ? " one way" : "");
}

}  // namespace

std::map<std::string, std::int64_t> acked_by_producers(const scenario::Session& session) {
  std::map<std::string, std::int64_t> acked;
  for (const std::string& name : clients())
    if (const auto* p = session.cluster().role<client::Producer>(session.cluster().find(name)))
      acked[name] = p->stats().acked;
  return acked;
}

namespace {

/// Checks that the committed records are the same in every log of the quorum, and that every broker has applied them,
/// except for the last moment's.
std::string parted(const cluster::Cluster& cluster) {
  if (cluster.under_zookeeper()) return parted_over_zookeeper(cluster);
  constexpr std::int64_t kUnderWay = 20;  // records: some ISR changes, and a NoOpRecord every half second
  const raft::QuorumNode& truth = cluster.voter(cluster.active_controller());
  const auto differs = [&](const raft::QuorumNode& other) {
    const protocol::Offset end = std::min(truth.high_watermark(), other.high_watermark());
    for (protocol::Offset at = std::max(truth.log().start_offset(), other.log().start_offset()); at < end; at = at + 1)
      if (!(truth.log().entry(at) == other.log().entry(at))) return true;
    return false;
  };
  for (const sim::NodeId controller : cluster.controllers())
    if (differs(cluster.voter(controller))) return cluster.info(controller).name + " has another record committed";
  for (const cluster::BrokerSpec& b : cluster.spec().brokers) {
    const broker::Broker* broker = cluster.broker(b.id);
    if (differs(broker->raft())) return fmt::format("broker-{} has another record committed", b.id);
    if (cluster.has_joined(b.id) && truth.high_watermark() - broker->image().last_offset() > kUnderWay)
      return fmt::format("broker-{} does not follow the metadata after healing", b.id);
  }
  return "";
}

}  // namespace

std::string unhealthy(scenario::Session& session, const std::map<std::string, std::int64_t>& acked_before,
                      std::string& kafkas_own) {
  const cluster::Cluster& cluster = session.cluster();
  if (!cluster.active_controller().valid()) return "no controller is active after healing";
  if (std::string what = parted(cluster); !what.empty()) return what;
  std::set<protocol::TopicId> led_by_nobody;
  for (const auto& topic : cluster.committed().topics()) {
    if (topic.removed) continue;
    std::size_t waiting = 0;
    for (std::size_t p = 0; p < topic.partitions.size(); ++p) {
      const protocol::PartitionRegistration& partition = topic.partitions[p];
      if (partition.leader >= 0) continue;
      const bool deleting = cluster.under_zookeeper() && waits_for_its_deletion(cluster, topic);
      const std::string why =
          deleting ? "" : waits_for_unclean_election(partition, {topic.id, static_cast<std::int32_t>(p)}, session);
      if (!deleting && why.empty()) return fmt::format("{}-{} is led by nobody after healing", topic.name, p);
      kafkas_own = deleting ? "a topic that is deleted waits for a replica on a broker that was removed"
                            : "a partition waits for an unclean election by hand: " + why;
      ++waiting;
    }
    if (waiting == topic.partitions.size()) led_by_nobody.insert(topic.id);
  }
  if (in_the_cluster(cluster, kFifth) && !holds_replicas(cluster, kFifth))
    return "the broker that joined holds nothing, and was not removed after healing";
  for (const auto& [name, acked] : acked_by_producers(session)) {
    if (std::any_of(led_by_nobody.begin(), led_by_nobody.end(),
                    [&, &who = name](protocol::TopicId topic) { return writes_to(session, who, topic); }))
      continue;
    const auto before = acked_before.find(name);
    if (before != acked_before.end() && acked <= before->second)
      return fmt::format("{} gets no acknowledgements after healing", name);
  }
  const auto& readers = session.observation();
  std::int64_t delivered = 0;
  for (const char* name : {"reader-1", "reader-2"})
    delivered += readers.records_per_s(cluster.find(name), session.now());
  if (delivered == 0) return "the group reads nothing after healing";
  return "";
}

std::shared_ptr<scenario::Scenario> scenario_of(const Plan& plan) {
  scenario::Loaded loaded = scenario::load(plan.text);
  if (!loaded.ok()) throw std::logic_error("the swarm's own file: " + format(loaded.problems.front(), "swarm"));
  auto scenario = std::make_shared<scenario::Scenario>(std::move(*loaded.scenario));
  for (const auto* acts : {&plan.faults, &plan.mending})
    for (const Act& act : *acts) {
      scenario::Step step;
      step.index = static_cast<int>(scenario->steps.size());
      step.at = act.at;
      step.command = act.command;
      scenario->steps.push_back(std::move(step));
    }
  return scenario;
}

Result run(const Plan& plan) {
  Result result;
  result.seed = plan.seed;
  const bool loses_tails = std::any_of(plan.faults.begin(), plan.faults.end(), [](const Act& act) {
    return act.command.verb == Verb::PowerOff || act.command.verb == Verb::WipeDisk;
  });
  scenario::Session session(scenario_of(plan), true);
  session.run_until(counting_from(plan.storage));
  const auto acked_before = acked_by_producers(session);
  session.run_until(session.until());

  const auto& observation = session.observation();
  for (std::size_t i = 0; i < session.step_results().size(); ++i) {
    const scenario::StepResult& step = session.step_results()[i];
    const Command& command =
        i < plan.faults.size() ? plan.faults[i].command : plan.mending[i - plan.faults.size()].command;
    if (i >= plan.faults.size() && command.verb != Verb::RemoveBroker) continue;
    // The message of an administrative act is its answer.
    if (step.happened && step.ok && (step.silent() || !step.nodes.empty())) ++result.faults[verb_name(command)];
  }
  const auto& counters = observation.counters();
  result.elections = counters.elections;
  result.truncations = counters.truncations;
  result.isr_changes = counters.isr_shrinks + counters.isr_expands;
  result.rebalances = counters.rebalances;
  result.events = session.events();
  std::string fault;
  FailedReplicas failed;
  std::map<protocol::TopicPartition, std::pair<std::int64_t, std::int64_t>>
      written;  // the leader epoch of the last append, and the end of the log after it
  std::set<protocol::TopicPartition>
      wrote_on;  // a leader that had lost its tail continued in its epoch: no replica notices and truncates
  for (std::size_t i = 0; i < observation.trace().size(); ++i) {
    const sim::TraceLine& line = observation.trace()[i];
    if (line.kind == protocol::kind(Trace::ReplicaFailed))
      failed[{line.topic, line.partition}].insert(session.cluster().info(line.node).id);
    if (const auto f = fact_if<fact::LogAppended>(line)) {
      auto& [epoch, end] = written[f->partition];
      if (f->leader_epoch.value == epoch && f->base_offset.value < end) wrote_on.insert(f->partition);
      epoch = f->leader_epoch.value;
      end = f->last_offset.value + 1;
    }
    if (line.kind == protocol::kind(Trace::LeaderElected)) failed.erase({line.topic, line.partition});
    result.quorum_elections +=
        line.kind == protocol::kind(Trace::QuorumElected) || line.kind == protocol::kind(Trace::ZkElected);
    note_state(line, result.states);
    if (const auto f = fact_if<fact::EngineFault>(line); f && fault.empty())
      fault =
          fmt::format("engine fault of {} at {} us: {}",
                      line.node.valid() ? session.cluster().info(line.node).name : "", line.time.us, f->what.view());
  }
  // Its followers have other records at those offsets, and a replica that copies from them finds a gap in a producer's sequences.
  const auto of_its_tail = [&](const auto& v) {
    return loses_tails && v.name == "idempotent-producer" && wrote_on.contains({v.topic, v.partition});
  };
  const auto& violations = observation.invariants().violations();
  if (session.cluster().faulted()) {
    result.broken = fault.empty() ? "engine fault" : fault;
  } else if (!std::all_of(violations.begin(), violations.end(), of_its_tail)) {
    result.broken = fmt::format("{}: {} (topic {} partition {}, at {} us; {} in all)", violations[0].name,
                                words::render(words::Lang::En, violations[0].told()), violations[0].topic,
                                violations[0].partition, violations[0].at_us, violations.size());
  } else if (const std::string ill = unhealthy(session, acked_before, result.kafkas_own); !ill.empty()) {
    result.broken = ill;
    const std::string producer = ill.ends_with("no acknowledgements after healing") ? ill.substr(0, ill.find(' ')) : "";
    FailedReplicas stuck = failed;
    std::erase_if(stuck, [&](const auto& of) {
      return !loses_tails || !wrote_on.contains(of.first) || !writes_to(session, producer, of.first.topic);
    });
    if (plan.storage && !producer.empty() && overtaken_since_deletion(session, producer)) {
      result.kafkas_own = "a producer of a topic that was deleted and made anew waits for its time-out";
      result.broken = after_delivery_timeout(session, result.kafkas_own);
    } else if (!stuck.empty()) {
      // A leader lost its tail in a power failure, returned before its session ended and continued: one of its batches spans its followers' log
      // ends (UnexpectedAppendOffsetException, AbstractFetcherThread.markPartitionFailed). They stop following until one of them is elected.
      result.kafkas_own = "followers wait for the epoch after one whose leader lost its tail";
      result.broken = after_elections(session, stuck, result.kafkas_own);
    } else if (ill.starts_with("the group reads nothing") && group_began_anew(session)) {
      result.kafkas_own = "a group that began anew waits for its first rebalance";
      result.broken = after_initial_rebalance(session, result.kafkas_own);
    }
  } else if (const auto waiting = without_leader(session.cluster()); !waiting.empty()) {
    result.broken = after_unclean_elections(session, waiting, result.kafkas_own);
  }

  const auto moment = session.moment();
  const observe::ClusterView view(moment.cluster);
  const auto counts = moment.observation.ledger().total(view);
  result.acked = counts.acked;
  result.lost_acked = counts.lost_acked;
  result.lost_by_promise = observation.invariants().promised().lost_by_promise_end();
  if (!result.broken.empty()) return result;
  if (!plan.storage && counts.lost_acked > (loses_tails ? result.lost_by_promise : 0)) {
    result.broken =
        fmt::format("unexplained loss: {} acknowledged records are lost, {} by the end of the promise{}",
                    counts.lost_acked, result.lost_by_promise, loses_tails ? "" : ", without any power failure");
  } else if (counts.duplicated > 0 || counts.reordered > 0 || !violations.empty()) {
    // All violations here are of_its_tail.
    const bool in_log = counts.duplicated > 0 || counts.reordered > 0;
    const std::string why =
        in_log ? cause_of_repeats(plan, loses_tails ? wrote_on : std::set<protocol::TopicPartition>{}) : kWroteOn;
    if (why.empty())
      result.broken = fmt::format("idempotent producers: {} records duplicated, {} out of order", counts.duplicated,
                                  counts.reordered);
    else if (result.kafkas_own.empty()) result.kafkas_own = why;
  }
  return result;
}

Plan shrink(Plan plan, const std::string& broken, const std::function<std::string(const Plan&)>& broken_by) {
  const auto key = [](const std::string& text) { return text.substr(0, 16); };
  const bool readable = scenario::load(to_file(plan)).ok();  // shrinking must not remove acts that others need
  for (std::size_t chunk = std::max<std::size_t>(plan.faults.size() / 2, 1);; chunk /= 2) {
    for (std::size_t i = 0; i < plan.faults.size();) {
      Plan smaller = plan;
      const auto begin = smaller.faults.begin() + static_cast<std::ptrdiff_t>(i);
      smaller.faults.erase(begin, begin + static_cast<std::ptrdiff_t>(std::min(chunk, plan.faults.size() - i)));
      if ((!readable || scenario::load(to_file(smaller)).ok()) && key(broken_by(smaller)) == key(broken))
        plan = std::move(smaller);
      else i += chunk;
    }
    if (chunk <= 1) return plan;
  }
}

std::string to_file(const Plan& plan) {
  scenario::SavedSession saved;
  for (const auto* acts : {&plan.faults, &plan.mending})
    for (const Act& act : *acts) saved.acts.emplace_back(act.at, act.command);
  return scenario::to_json(plan.text, saved).value();
}

}  // namespace kafkascope::swarm
