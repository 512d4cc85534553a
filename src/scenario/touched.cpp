#include "scenario/touched.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "coordinator/transaction_records.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_transactions.h"

namespace kafkascope::scenario {

namespace {

using protocol::TopicPartition;
using protocol::Trace;
using Tokens = std::vector<std::string>;
using About = std::function<bool(const sim::TraceLine&)>;

constexpr std::size_t kMostEvents = 10;
constexpr std::size_t kMostRecords = 100000;

bool is(const sim::TraceLine& line, Trace kind) { return line.kind == protocol::kind(kind); }

/// Lines about these records: their sending and responses, and later events of their partitions.
struct RecordsOf {
  std::set<std::pair<std::int32_t, std::int64_t>> numbers;                 // client, number
  std::set<std::tuple<std::int32_t, TopicPartition, std::int64_t>> acked;  // client, partition, time
  std::map<std::pair<std::int32_t, TopicPartition>, std::int64_t>
      sent;                                           // client, partition: when the first record was sent
  std::map<TopicPartition, std::int64_t> partitions;  // likewise
  bool aborted = false;                               // the records are those of aborted transactions
  std::set<protocol::ProducerId> producers;           // whose transactions in these partitions were aborted since

  bool operator()(const sim::TraceLine& line) const {
    const TopicPartition p{line.topic, line.partition};
    const auto since = [](const auto& map, const auto& key, std::int64_t now) {
      const auto it = map.find(key);
      return it != map.end() && it->second <= now;
    };
    if (const auto sent_one = fact_if<fact::RecordSent>(line))
      return numbers.contains({line.node.index, sent_one->number});
    if (const auto failed = fact_if<fact::RecordFailed>(line))
      return numbers.contains({line.node.index, failed->number});
    if (is(line, Trace::BatchAcked)) return acked.contains({line.node.index, p, line.time.us});
    if (is(line, Trace::BatchRetried) || is(line, Trace::BatchFailed))
      return since(sent, std::pair(line.node.index, p), line.time.us);
    if (aborted) {  // an election or a loss does not abort
      if (const auto marker = fact_if<fact::TransactionMarkerAppended>(line))
        return marker->result == protocol::TransactionResult::Abort && since(partitions, p, line.time.us);
      const auto state = fact_if<fact::TransactionState>(line);
      return state && state->to == static_cast<std::int64_t>(coordinator::TransactionState::PrepareAbort) &&
             producers.contains(state->producer_id);
    }
    if (is(line, Trace::LeaderElected) || is(line, Trace::LogTruncated) ||
        (is(line, Trace::LogRecovered) && as<fact::LogRecovered>(line).lost_from.known()))
      return since(partitions, p, line.time.us);
    return false;
  }
};

About about_ledger(const Tokens& path, const observe::Moment& m) {
  observe::RecordLedger::Filter filter;
  if (path.size() > 3 && path[1] == "by_client") filter.client = path[2];
  if (path.size() > 3 && path[1] == "by_group") filter.group = path[2];
  if (path.size() == 3 ||
      (path.size() > 1 && path[1].starts_with("by_") && filter.client.empty() && filter.group.empty()))
    return {};
  const std::string& fate = path.back();
  const observe::ClusterView world(m.cluster);
  RecordsOf records;
  std::set<TopicPartition> read;
  for (const auto& [client, number] : m.observation.ledger().with_fate(fate, world, kMostRecords, filter)) {
    const observe::RecordState& r = *m.observation.ledger().record(client, number);
    records.numbers.emplace(client, number);
    if (r.partition.partition < 0) continue;
    if (r.acked_us >= 0) records.acked.emplace(client, r.partition, std::int64_t{r.acked_us});
    const auto first = [&](auto& map, const auto& key) {
      const auto [it, added] = map.emplace(key, std::int64_t{r.sent_us});
      if (!added) it->second = std::min<std::int64_t>(it->second, r.sent_us);
    };
    first(records.sent, std::pair(client, r.partition));
    first(records.partitions, r.partition);
    read.insert(r.partition);
  }
  if (records.numbers.empty()) return {};
  records.aborted = fate == "aborted" || fate == "aborted_visible" || fate == "uncommitted_read";
  const observe::TraceStore& trace = m.observation.trace();
  for (std::size_t i = 0; records.aborted && i < trace.size(); ++i)
    if (const auto marker = fact_if<fact::TransactionMarkerAppended>(trace[i]);
        marker && marker->result == protocol::TransactionResult::Abort && read.contains(marker->partition))
      records.producers.insert(marker->producer_id);
  if (fate != "delivered" && fate != "redelivered" && fate != "skipped" && fate != "before_group") return records;
  return [read, group = filter.group](const sim::TraceLine& line) {
    if (is(line, Trace::GroupRebalance)) return group.empty() || fact::tells_of_group(line, group);
    if (const auto delivered = fact_if<fact::RecordDelivered>(line))
      return read.contains(delivered->partition) && (group.empty() || delivered->group == group);
    return is(line, Trace::OffsetCommitted) && read.contains({line.topic, line.partition}) &&
           (group.empty() || fact::tells_of_group(line, group));
  };
}

/// "orders-0"; an invalid partition if it does not exist.
TopicPartition partition_named(const observe::Moment& m, const std::string& name) {
  const std::size_t dash = name.rfind('-');
  const bool number = dash != std::string::npos && dash + 1 < name.size() && name.size() - dash < 9 &&
                      name.find_first_not_of("0123456789", dash + 1) == std::string::npos;
  return number ? m.cluster.partition({name.substr(0, dash), std::stoi(name.substr(dash + 1))}) : TopicPartition{};
}

/// True also if the partition does not exist, because then nothing can be left out.
bool has_replica(const observe::Moment& m, TopicPartition tp, protocol::BrokerId broker) {
  const protocol::PartitionRegistration* r = m.cluster.committed().partition(tp);
  return r == nullptr || r->replicas.contains(broker);
}

/// The lines about the path; nullopt: they cannot be distinguished from all others.
About about(const Tokens& path, const observe::Moment& m) {
  const std::string& section = path[0];
  const auto kinds = [](std::initializer_list<Trace> list) -> About {
    return [wanted = std::vector<Trace>(list)](const sim::TraceLine& line) {
      return std::any_of(wanted.begin(), wanted.end(), [&](Trace kind) { return is(line, kind); });
    };
  };
  if (section == "zookeeper") return kinds({Trace::ZnodeChanged, Trace::ZkSessionExpired});
  if (section == "cluster")
    return kinds({Trace::QuorumElected, Trace::ZkElected, Trace::ControllerActive, Trace::ControllerResigned,
                  Trace::BrokerFenced, Trace::BrokerUnfenced});
  if (path.size() < 2) return {};
  const std::string& name = path[1];
  if (section == "ledger") return about_ledger(path, m);
  if (section == "metrics") {
    if (name == "elections") return kinds({Trace::LeaderElected});
    if (name == "rebalances") return kinds({Trace::GroupRebalance});
    if (name == "isr_shrinks") return kinds({Trace::IsrShrink});
    if (name == "isr_expands") return kinds({Trace::IsrExpand});
    return {};
  }
  if (section == "partitions" && path.size() > 4 && path[2] == "logs") {
    const sim::NodeId node = m.cluster.find("broker-" + path[3]);
    return [node, tp = partition_named(m, name)](const sim::TraceLine& line) {
      return line.node == node && line.partition >= 0 && TopicPartition{line.topic, line.partition} == tp;
    };
  }
  if (section == "partitions" && path.size() == 3) {
    static const std::set<std::string, std::less<>> kOfMetadata = {
        "leader", "leader_epoch", "isr", "elr", "replicas", "adding", "removing", "recovering"};
    // Appends and watermarks do not change these fields; deaths, fencing and the controller's decisions do.
    if (kOfMetadata.contains(path[2]))
      return [&m, tp = partition_named(m, name)](const sim::TraceLine& line) {
        if (line.kind == sim::trace_kind::kNodeDied || line.kind == sim::trace_kind::kNodeStarted)
          return line.node.valid() && m.cluster.info(line.node).kind == cluster::NodeKind::Broker &&
                 has_replica(m, tp, m.cluster.info(line.node).id);
        if (is(line, Trace::BrokerFenced) || is(line, Trace::BrokerUnfenced) || is(line, Trace::BrokerDirsOffline))
          return has_replica(m, tp, *fact::broker_in(line));
        const bool decides = is(line, Trace::LeaderElected) || is(line, Trace::IsrChanged) ||
                             is(line, Trace::IsrShrink) || is(line, Trace::IsrExpand) ||
                             is(line, Trace::ReassignmentChanged);
        return decides && TopicPartition{line.topic, line.partition} == tp;
      };
  }
  if (section == "partitions" || section == "records")
    return [&m, name](const sim::TraceLine& line) {
      return line.topic >= 0 && line.partition >= 0 && m.cluster.name({line.topic, line.partition}) == name;
    };
  if (section == "topics")
    return
        [&m, name](const sim::TraceLine& line) { return line.topic >= 0 && m.cluster.topic_name(line.topic) == name; };
  if (section == "nodes" || section == "clients") {
    const sim::NodeId node = m.cluster.find(name);
    if (!node.valid()) return {};
    const cluster::NodeInfo& info = m.cluster.info(node);
    const protocol::BrokerId broker = info.kind == cluster::NodeKind::Broker ? info.id : protocol::kNoBroker;
    if (path.size() > 2 && (path[2] == "errors" || path[2] == "exception" || path[2] == "fatal"))
      return [node](const sim::TraceLine& line) {
        const bool error = is(line, Trace::ClientError) || is(line, Trace::BatchRetried) ||
                           is(line, Trace::BatchFailed) || is(line, Trace::RecordFailed);
        return error && line.node == node;
      };
    // Only lines about the process concern a broker's life and disk; only lines about the same partition concern a
    // partition that the node knows or reads.
    static const std::set<std::string, std::less<>> kOfTheProcess = {"state",  "incarnation", "broker_epoch",
                                                                     "fenced", "disk",        "clock_skew_us"};
    const bool process = path.size() > 2 && kOfTheProcess.contains(path[2]);
    TopicPartition tp;
    for (std::size_t i = 3; i < path.size(); ++i)
      if (const TopicPartition named = partition_named(m, path[i]); named.partition >= 0 && named.topic >= 0)
        tp = named;
    return [node, broker, process, tp](const sim::TraceLine& line) {
      if (const auto registered = fact::broker_in(line)) return tp.partition < 0 && registered == broker;
      if (tp.partition >= 0 && is(line, Trace::LeaderElected)) return TopicPartition{line.topic, line.partition} == tp;
      if (line.node != node) return false;
      if (process)
        return is(line, Trace::LogDirOffline) || is(line, Trace::LogsLoading) ||
               (line.kind < sim::trace_kind::kFirstFree && observe::matters(line));
      return tp.partition < 0 || TopicPartition{line.topic, line.partition} == tp;
    };
  }
  if (section == "groups") {
    return [name](const sim::TraceLine& line) { return fact::tells_of_group(line, name); };
  }
  return {};
}

std::vector<Touched> last_of(const observe::Moment& m, const About& is_about) {
  std::vector<Touched> found;
  const observe::TraceStore& trace = m.observation.trace();
  const observe::ClusterView names(m.cluster, &m.observation);
  for (std::size_t i = trace.size(); i-- > 0 && found.size() < kMostEvents;) {
    const sim::TraceLine& line = trace[i];
    const bool daily =
        line.kind < sim::trace_kind::kFirstFree && !observe::matters(line);  // messages, timers, the disk
    if (!daily && is_about(line)) found.push_back({line.time, observe::sentence(line, names)});
  }
  std::reverse(found.begin(), found.end());
  return found;
}

}  // namespace

std::vector<Touched> last_events_about(const std::string& path, const observe::Moment& m) {
  const Tokens tokens = observe::split_pointer(path);
  if (m.observation.trace().size() == 0 || tokens.empty()) return {};
  const About is_about = about(tokens, m);
  return is_about ? last_of(m, is_about) : std::vector<Touched>{};
}

std::vector<Touched> last_events_near(const std::string& path, const observe::Moment& m) {
  const Tokens tokens = observe::split_pointer(path);
  const auto of_users = [&](const sim::TraceLine& line) {
    return observe::matters(line) && (line.topic < 0 || !m.cluster.topic_name(line.topic).starts_with("__"));
  };
  Tokens named;
  if (tokens.size() > 1 &&
      (tokens[0] == "nodes" || tokens[0] == "clients" || tokens[0] == "partitions" || tokens[0] == "groups"))
    named = {tokens[0], tokens[1]};
  if (tokens.size() > 2 && tokens[0] == "ledger" && tokens[1].starts_with("by_"))
    named = {tokens[1] == "by_client" ? "clients" : "groups", tokens[2]};
  if (tokens.size() > 2 && tokens[0] == "metrics" && tokens[1] == "mbeans") named = {"nodes", tokens[2]};
  if (const About is_about = named.empty() ? About{} : about(named, m); is_about) {
    if (std::vector<Touched> found = last_of(m, is_about); !found.empty()) return found;
  }
  return last_of(m, of_users);
}

}  // namespace kafkascope::scenario
