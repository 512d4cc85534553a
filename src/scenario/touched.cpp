#include "scenario/touched.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "observe/words.h"

namespace kafkascope::scenario {

namespace {

using protocol::Trace;
using protocol::TopicPartition;
using Tokens = std::vector<std::string>;
using About = std::function<bool(const sim::TraceLine&)>;

constexpr std::size_t kMostEvents = 10;
constexpr std::size_t kMostRecords = 100000;

bool is(const sim::TraceLine& line, Trace kind) { return line.kind == protocol::kind(kind); }

/// Lines that belong to these records: their sending and answers, and what befell the partitions they lie in after that.
struct RecordsOf {
  std::set<std::pair<std::int32_t, std::int64_t>> numbers;                        // client, number
  std::set<std::tuple<std::int32_t, TopicPartition, std::int64_t>> acked;         // client, partition, time
  std::map<std::pair<std::int32_t, TopicPartition>, std::int64_t> sent;           // client, partition: when the first was handed to send
  std::map<TopicPartition, std::int64_t> partitions;                              // likewise

  bool operator()(const sim::TraceLine& line) const {
    const TopicPartition p{line.topic, line.partition};
    const auto since = [](const auto& map, const auto& key, std::int64_t now) {
      const auto it = map.find(key);
      return it != map.end() && it->second <= now;
    };
    if (is(line, Trace::RecordSent) || is(line, Trace::RecordFailed)) return numbers.contains({line.node.index, line.a});
    if (is(line, Trace::BatchAcked)) return acked.contains({line.node.index, p, line.time.us});
    if (is(line, Trace::BatchRetried) || is(line, Trace::BatchFailed)) return since(sent, std::pair(line.node.index, p), line.time.us);
    if (is(line, Trace::LeaderElected) || is(line, Trace::LogTruncated) || (is(line, Trace::LogRecovered) && line.b >= 0))
      return since(partitions, p, line.time.us);
    return false;
  }
};

About about_ledger(const Tokens& path, const observe::Moment& m) {
  observe::RecordLedger::Filter filter;
  if (path.size() > 3 && path[1] == "by_client") filter.client = path[2];
  if (path.size() > 3 && path[1] == "by_group") filter.group = path[2];
  if (path.size() == 3 || (path.size() > 1 && path[1].starts_with("by_") && filter.client.empty() && filter.group.empty())) return {};
  const std::string fate = path.back();
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
  if (fate != "delivered" && fate != "redelivered" && fate != "skipped") return records;
  return [read, group = filter.group](const sim::TraceLine& line) {
    if (is(line, Trace::GroupRebalance)) return group.empty() || line.text.str().starts_with(group + ":");
    if (!is(line, Trace::RecordDelivered) && !is(line, Trace::OffsetCommitted)) return false;
    return read.contains({line.topic, line.partition}) && (group.empty() || line.text.str() == group);
  };
}

/// Which lines are about the path; nothing: none that could be told from all others.
About about(const Tokens& path, const observe::Moment& m) {
  const std::string& section = path[0];
  const auto kinds = [](std::initializer_list<Trace> list) -> About {
    return [wanted = std::vector<Trace>(list)](const sim::TraceLine& line) {
      return std::any_of(wanted.begin(), wanted.end(), [&](Trace kind) { return is(line, kind); });
    };
  };
  if (section == "zookeeper") return kinds({Trace::ZnodeChanged, Trace::ZkSessionExpired});
  if (section == "cluster")
    return kinds({Trace::QuorumElected, Trace::ZkElected, Trace::ControllerActive, Trace::ControllerResigned, Trace::BrokerFenced, Trace::BrokerUnfenced});
  if (path.size() < 2) return {};
  const std::string name = path[1];
  if (section == "ledger") return about_ledger(path, m);
  if (section == "metrics") {
    if (name == "elections") return kinds({Trace::LeaderElected});
    if (name == "rebalances") return kinds({Trace::GroupRebalance});
    if (name == "isr_shrinks") return kinds({Trace::IsrShrink});
    if (name == "isr_expands") return kinds({Trace::IsrExpand});
    return {};
  }
  if (section == "partitions" && path.size() == 3) {
    static const std::set<std::string, std::less<>> kOfMetadata = {"leader", "leader_epoch", "isr", "elr", "replicas", "adding", "removing", "recovering"};
    // Appends and watermarks do not change these; deaths, fencing and what the controller decides do.
    if (kOfMetadata.contains(path[2]))
      return [&m, name](const sim::TraceLine& line) {
        if (line.kind == sim::trace_kind::kNodeDied || line.kind == sim::trace_kind::kNodeStarted) {
          return line.node.valid() && m.cluster.info(line.node).kind == cluster::NodeKind::Broker;
        }
        if (is(line, Trace::BrokerFenced) || is(line, Trace::BrokerUnfenced)) return true;
        const bool decides = is(line, Trace::LeaderElected) || is(line, Trace::IsrChanged) || is(line, Trace::IsrShrink) || is(line, Trace::IsrExpand) ||
                             is(line, Trace::ReassignmentChanged);
        return decides && m.cluster.name({line.topic, line.partition}) == name;
      };
  }
  if (section == "partitions" || section == "records")
    return [&m, name](const sim::TraceLine& line) { return line.topic >= 0 && line.partition >= 0 && m.cluster.name({line.topic, line.partition}) == name; };
  if (section == "topics") return [&m, name](const sim::TraceLine& line) { return line.topic >= 0 && m.cluster.topic_name(line.topic) == name; };
  if (section == "nodes" || section == "clients") {
    const sim::NodeId node = m.cluster.find(name);
    if (!node.valid()) return {};
    const cluster::NodeInfo& info = m.cluster.info(node);
    const std::int64_t broker = info.kind == cluster::NodeKind::Broker ? info.id : protocol::kNoBroker;
    return [node, broker](const sim::TraceLine& line) {
      const bool of_controller = is(line, Trace::BrokerRegistered) || is(line, Trace::BrokerFenced) || is(line, Trace::BrokerUnfenced) || is(line, Trace::BrokerShutdownStarted);
      return of_controller ? line.a == broker : line.node == node;
    };
  }
  if (section == "groups") {
    return [name](const sim::TraceLine& line) {
      const bool of_group = is(line, Trace::GroupState) || is(line, Trace::GroupRebalance) || is(line, Trace::GroupMemberJoined) ||
                            is(line, Trace::GroupMemberLeft) || is(line, Trace::OffsetCommitted) || is(line, Trace::GroupTarget) || is(line, Trace::MemberEpoch);
      return of_group && line.text.str().starts_with(name) && (line.text.str().size() == name.size() || line.text.str()[name.size()] == ' ' || line.text.str()[name.size()] == ':');
    };
  }
  return {};
}

std::vector<Touched> last_of(const observe::Moment& m, const About& is_about) {
  std::vector<Touched> found;
  const observe::TraceStore& trace = m.observation.trace();
  const observe::ClusterView names(m.cluster);
  for (std::size_t i = trace.size(); i-- > 0 && found.size() < kMostEvents;) {
    const sim::TraceLine& line = trace[i];
    const bool daily = line.kind < sim::trace_kind::kFirstFree && !observe::matters(line);  // messages, timers, the disk
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

std::vector<Touched> last_events(const observe::Moment& m) {
  return last_of(m, [](const sim::TraceLine& line) { return observe::matters(line); });
}

}  // namespace kafkascope::scenario
