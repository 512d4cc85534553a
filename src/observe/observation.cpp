#include "observe/observation.h"

#include "broker/broker.h"
#include "client/consumer.h"
#include "client/producer.h"
#include "client/share_consumer.h"
#include "controller/zookeeper/zk_data.h"
#include "observe/judge/zookeeper_truth.h"
#include "observe/time/leader_change.h"
#include "observe/time/trace_writer.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_zookeeper.h"
#include "protocol/message.h"
#include "protocol/messages_control.h"
#include "protocol/messages_zookeeper.h"
#include "protocol/trace_code.h"
#include "raft/quorum_node.h"
#include "sim/facts_of_kernel.h"
#include "zookeeper/server.h"

namespace kafkascope::observe {

using protocol::Trace;

void ClusterView::for_each_under_way(const std::function<void(const protocol::RecordBatch&)>& visit) const {
  const auto look = [&](const protocol::Message& m) {
    if (const auto* produce = protocol::get_if<protocol::ProduceRequest>(&m.body))
      for (const auto& p : produce->partitions) visit(*p.batch);
  };
  cluster_.for_each_pending([&](const sim::PendingPacket&, const protocol::Message& m) { look(m); },
                            [](const sim::PendingTimer&) {});
  for (std::size_t i = 0; i < cluster_.nodes().size(); ++i) {
    const sim::NodeId node{static_cast<std::int32_t>(i)};
    if (const auto* b = cluster_.role<broker::Broker>(node); b != nullptr && cluster_.alive(node))
      b->connections().for_each_queued(look);
  }
}

void ClusterView::for_each_in_hand(const InHand& visit) const {
  for (std::size_t i = 0; i < cluster_.nodes().size(); ++i) {
    const sim::NodeId node{static_cast<std::int32_t>(i)};
    if (!cluster_.alive(node)) continue;
    std::string group;
    const auto of_group = [&](const protocol::RecordBatch& batch, int index) { visit(group, batch, index); };
    if (const auto* consumer = cluster_.role<client::Consumer>(node)) {
      group = consumer->delivery_name();
      consumer->for_each_in_hand(of_group);
    } else if (const auto* share = cluster_.role<client::ShareConsumer>(node)) {
      group = share->membership().group_id();
      share->for_each_in_hand(of_group);
    }
  }
}

void ClusterView::for_each_position(const Position& visit) const {
  for (std::size_t i = 0; i < cluster_.nodes().size(); ++i) {
    const sim::NodeId node{static_cast<std::int32_t>(i)};
    const auto* consumer = cluster_.alive(node) ? cluster_.role<client::Consumer>(node) : nullptr;
    if (consumer == nullptr) continue;
    for (const auto& [p, of] : consumer->subscriptions().assigned)
      if (of.has_position()) visit(consumer->delivery_name(), p, of.position.offset);
  }
}

bool ClusterView::reads_committed(const std::string& group) const {
  bool any = false;
  for (const cluster::ClientSpec& client : cluster_.spec().clients) {
    if (client.kind == cluster::ClientKind::ShareConsumer && client.config.text("group.id") == group) {
      const auto& own = cluster_.committed().config("group:" + group);  // the group's setting, not its members'
      const auto level = own.find("share.isolation.level");
      return level != own.end() && level->second == "read_committed";
    }
    const bool consumes = client.kind == cluster::ClientKind::Consumer || client.kind == cluster::ClientKind::Transform;
    if (!consumes || client.config.text("group.id") != group) continue;
    if (client.config.text("isolation.level") != "read_committed") return false;
    any = true;
  }
  return any;
}

bool ClusterView::deleted(TopicPartition p) const {
  if (cluster_.committed().partition(p) == nullptr) return true;
  const zookeeper::Server* truth = cluster_.under_zookeeper() ? zookeeper_truth(cluster_) : nullptr;
  return truth != nullptr &&
         truth->tree().find(controller::znode::delete_topic(cluster_.topic_name(p.topic))) != nullptr;
}

IdList ClusterView::maximal_isr(BrokerId id, TopicPartition p) const {
  const broker::Broker* b = cluster_.broker(id);
  const broker::Replica* replica = b == nullptr ? nullptr : b->replica(p);
  return replica != nullptr && replica->is_leader() ? replica->maximal_isr() : IdList{};
}

int ClusterView::effective_min_isr(BrokerId id, TopicPartition p) const {
  const broker::Broker* b = cluster_.broker(id);
  const broker::Replica* replica = b == nullptr ? nullptr : b->replica(p);
  return replica != nullptr && replica->is_leader() ? replica->effective_min_isr() : 0;
}

BrokerId ClusterView::broker_at(sim::NodeId node) const {
  if (!node.valid() || cluster_.info(node).kind != cluster::NodeKind::Broker) return protocol::kNoBroker;
  const BrokerId id = cluster_.info(node).id;
  return cluster_.double_ids() && cluster_.broker_node(id) != node ? protocol::kNoBroker : id;
}

bool ClusterView::has_epochs(const sim::TraceLine& line) const {
  return seen_ != nullptr && seen_->member_lines().has_epochs(line.seq);
}
bool ClusterView::by_poll_timeout(const sim::TraceLine& line) const {
  return seen_ != nullptr && seen_->member_lines().by_poll_timeout(line.seq);
}

std::string setting_or_none(const protocol::Config& config, std::string_view key) {
  return protocol::find_config(key, config.scopes(), config.version()) == nullptr ? std::string() : config.text(key);
}

std::string ClusterView::limit_behind(const sim::TraceLine& line) const {
  return seen_ == nullptr ? std::string() : seen_->member_lines().limit_at(line.seq).text();
}

std::string ClusterView::server_setting(std::string_view key) const {
  return setting_or_none(cluster_.spec().config, key);
}

const raft::QuorumNode* ClusterView::voter_at(sim::NodeId node) const {
  return node.valid() && cluster_.info(node).kind == cluster::NodeKind::Controller ? &cluster_.voter(node) : nullptr;
}

const raft::QuorumNode* ClusterView::quorum_log(sim::NodeId node) const {
  const broker::Broker* b = cluster_.role<broker::Broker>(node);
  return b != nullptr ? &b->raft() : voter_at(node);
}

std::vector<const raft::QuorumNode*> ClusterView::voters() const {
  std::vector<const raft::QuorumNode*> found;
  for (const sim::NodeId node : cluster_.controllers()) found.push_back(voter_at(node));
  return found;
}

void Observation::bind(cluster::Cluster& cluster) {
  cluster_ = &cluster;
  cluster.attach(this);
  if (introduced_ > 0) return;
  if (cluster.spec().kafka == protocol::KafkaVersion::V4_1)
    invariants_.shares().set_limit(cluster.spec().config.number("group.share.delivery.count.limit"));
  invariants_.set_historical(protocol::historical(cluster.spec().historical, cluster.spec().kafka));
  introduce();
}

void Observation::introduce() {
  const cluster::Cluster& cluster = *cluster_;
  for (; introduced_ < cluster.nodes().size(); ++introduced_) {
    const cluster::NodeInfo& info = cluster.nodes()[introduced_];
    const auto node = static_cast<std::int32_t>(introduced_);
    // Messages to a queue are not Kafka records; the ledger counts only their consumers (docs/scenario-format.md, "The
    // ledger").
    if (cluster.role<client::Producer>({node}) != nullptr) ledger_.add_client(node, info.name);
    if (cluster.role<client::Producer>({node}) != nullptr && cluster.role<client::Consumer>({node}) != nullptr)
      lineage_.add_transform(node);
    if (cluster.role<client::ShareConsumer>({node}) != nullptr)
      ledger_.set_group_of(node, cluster.spec().clients[static_cast<std::size_t>(info.client)].config.text("group.id"));
    if (cluster.role<client::Consumer>({node}) != nullptr) {
      const auto& config = cluster.spec().clients[static_cast<std::size_t>(info.client)].config;
      const std::string group = config.text("group.id").empty() ? "@" + info.name : config.text("group.id");
      ledger_.set_group_of(node, group);
      if (config.text("isolation.level") == "read_committed") ledger_.set_reads_committed(node);
      invariants_.groups().set_group_of(node, group, config.text("group.instance.id"));
      if (cluster.role<client::Consumer>({node})->group().membership() != nullptr)
        invariants_.groups().set_newer(node, info.name);
    }
  }
}

void Observation::excuse_group_of(sim::NodeId client) {
  if (cluster_->role<client::Consumer>(client) == nullptr) return;
  const auto& config = cluster_->spec().clients[static_cast<std::size_t>(cluster_->info(client).client)].config;
  invariants_.groups().excuse(config.text("group.id").empty() ? "@" + cluster_->info(client).name
                                                              : config.text("group.id"));
}

std::int64_t Observation::rebalances_of(const std::string& group) const {
  const auto it = rebalances_.find(group);
  return it == rebalances_.end() ? 0 : it->second;
}

void Observation::count_records(sim::NodeId node, sim::Instant at, std::int64_t records) {
  const auto index = static_cast<std::size_t>(node.index);
  if (meters_.size() <= index) meters_.resize(index + 1);
  RateMeter& meter = meters_[index];
  const std::int64_t second = at.us / 1000000;
  if (second != meter.second) {
    meter.previous = second == meter.second + 1 ? meter.current : 0;
    meter.current = 0;
    meter.second = second;
  }
  meter.current += records;
}

std::int64_t Observation::records_per_s(sim::NodeId node, sim::Instant now) const {
  const auto index = static_cast<std::size_t>(node.index);
  if (meters_.size() <= index) return 0;
  const RateMeter& meter = meters_[index];
  const std::int64_t second = now.us / 1000000;
  if (second == meter.second) return meter.previous;
  return second == meter.second + 1 ? meter.current : 0;
}

void Observation::on_event_executed(const sim::Executed& event, const protocol::Message* message) {
  if (message == nullptr) return;
  counters_.bytes_sent += event.bytes;
  if (trace_.storing() && event.line == arrival_.seq) add_crossing(arrival_, arrival_sent_us_, *message);
  if (message->is_response()) return;
  ++counters_.requests[protocol::trace_code(*message)];
  if (const auto* elect = protocol::get_if<protocol::ElectLeadersRequest>(&message->body);
      elect != nullptr && elect->unclean)
    invariants_.promised().on_unclean_asked();
}

namespace {

/// Whether a message of this kind may be sent later than its cause. That happens only to messages of a controller under
/// ZooKeeper, whose events wait for ZooKeeper (KafkaController::pump).
bool sent_later(std::uint16_t code) {
  namespace api = protocol::api;
  return code == trace_code(api::LeaderAndIsr) || code == trace_code(api::StopReplica) ||
         code == trace_code(api::UpdateMetadata) || code == trace_code(api::ZkRequest);
}

}  // namespace

void Observation::note_end(const sim::TraceLine& line) {
  const auto lost = fact_if<fact::MessageLost>(line);
  const fact::MessageDelivered end =
      lost ? fact::MessageDelivered{lost->from, lost->api, lost->connection} : as<fact::MessageDelivered>(line);
  const sim::TraceLine* cause = trace_.find(line.cause);
  std::int64_t sent_us = cause == nullptr ? line.time.us : cause->time.us;
  if (!lost) arrival_ = line, arrival_sent_us_ = sent_us;
  if (!lost && !sent_later(end.api)) return;
  // The message is still pending while its line is emitted.
  const protocol::Message* message = nullptr;
  std::uint64_t first = 0;
  cluster_->for_each_pending(
      [&](const sim::PendingPacket& p, const protocol::Message& m) {
        if (p.from != end.from || p.to != line.node || p.code != end.api || p.connection.slot != end.connection ||
            p.cause != line.cause || (message != nullptr && p.key.counter > first))
          return;
        message = &m;
        first = p.key.counter;
        sent_us = p.sent_at.us;
      },
      [](const sim::PendingTimer&) {});
  if (!lost) arrival_sent_us_ = sent_us;
  else if (message != nullptr) add_crossing(line, sent_us, *message);
}

void Observation::add_crossing(const sim::TraceLine& line, std::int64_t sent_us, const protocol::Message& message) {
  const auto lost = fact_if<fact::MessageLost>(line);
  const sim::NodeId from = lost ? lost->from : as<fact::MessageDelivered>(line).from;
  // Kafka's internal topics are not shown.
  const auto shown = [&](TopicPartition tp) { return !cluster_->topic_name(tp.topic).starts_with("__"); };
  crossings_.add({line.seq, sent_us, line.time.us, from, line.node, protocol::trace_code(message), lost.has_value(),
                  facts_of(message, shown)});
}

namespace {

void keep(std::vector<ZnodeEvent>& events, ZnodeEvent event) {
  constexpr std::size_t kMost = 32;
  if (events.size() == kMost) events.erase(events.begin());
  events.push_back(std::move(event));
}

bool forbids(protocol::ErrorCode error) {
  using enum protocol::ErrorCode;
  return error == TOPIC_AUTHORIZATION_FAILED || error == GROUP_AUTHORIZATION_FAILED ||
         error == CLUSTER_AUTHORIZATION_FAILED || error == TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
}

}  // namespace

void Observation::on_message_stopped(std::uint64_t order, std::uint64_t seq) {
  if (trace_.storing()) stopped_messages_.push_back({order, seq});
}

void Observation::on_trace(const sim::TraceLine& line, const protocol::TraceSubject* subject) {
  trace_.add(line);
  if (writer_ != nullptr) writer_->add(line, ClusterView(*cluster_));
  if (line.kind <= sim::trace_kind::kMessageLost && trace_.storing()) note_end(line);
  if (line.kind <= sim::trace_kind::kDiskDone) return;  // the kernel's most frequent lines; nothing below uses them
  ++lines_;
  if (line.kind == sim::trace_kind::kNodeStarted) introduce();  // a node that was added later
  const ClusterView world(*cluster_);
  ledger_.on_trace(line, subject, world);
  lineage_.on_trace(line, subject);
  request_waits_.on_trace(line, subject, trace_.storing());
  if (line.kind >= sim::trace_kind::kFirstFree || line.kind == sim::trace_kind::kNodeDied ||
      line.kind == sim::trace_kind::kNodeStarted)
    invariants_.on_trace(line, subject, world);
  const auto cut = [&](TopicPartition partition, LogCut::Why why, protocol::Offset from, protocol::Offset end) {
    cuts_.push_back({line.time, partition, ClusterView(*cluster_).broker_at(line.node), why, from.value, end.value});
  };
  switch (line.kind) {
    case sim::trace_kind::kNodeStarted:
      refusals_.erase(line.node.index);
      dir_failures_.erase(line.node.index);
      thrown_.erase(line.node.index);
      break;
    case sim::trace_kind::kConnectionLost: exception_texts_.on_trace(line, *cluster_); break;
    case sim::trace_kind::kNodeDied:
      if (line.node.valid()) ledger_.on_client_ended(line.node.index);
      break;
    case protocol::kind(Trace::LeaderElected): {
      const auto f = as<fact::LeaderElected>(line);
      if (is_leader_change(f)) ++counters_.elections;
      leader_changes_.push_back({line.time, f.partition, f.previous, f.leader, f.leader_epoch.value});
      break;
    }
    case protocol::kind(Trace::ZnodeChanged): {
      const auto f = as<fact::ZnodeChanged>(line);
      keep(znode_changes_, {line.time, f.type, {}, f.path});
      break;
    }
    case protocol::kind(Trace::ZkWatchFired): {
      const auto f = as<fact::ZkWatchFired>(line);
      keep(watches_fired_, {line.time, f.type, f.client, f.path});
      break;
    }
    case protocol::kind(Trace::IsrShrink): ++counters_.isr_shrinks; break;
    case protocol::kind(Trace::IsrExpand): ++counters_.isr_expands; break;
    case protocol::kind(Trace::LogAppended):
    case protocol::kind(Trace::LogReplicated): trace_.add_written(line.seq, *subject->batch); break;
    case protocol::kind(Trace::LogTruncated):
      ++counters_.truncations;
      if (const auto f = as<fact::LogTruncated>(line); f.to < f.from)
        cut(f.partition, LogCut::Why::CutOff, f.to, f.from);
      break;
    case protocol::kind(Trace::LogRecovered):
      if (const auto f = as<fact::LogRecovered>(line); f.lost_from > f.log_end_offset)
        cut(f.partition, LogCut::Why::Lost, f.log_end_offset, f.lost_from);
      break;
    case protocol::kind(Trace::LogDeleted): {
      const auto f = as<fact::LogDeleted>(line);
      cut(f.partition, LogCut::Why::Moved, protocol::Offset{0}, f.log_end_offset);
      break;
    }
    case protocol::kind(Trace::LogStartAdvanced):
      if (const auto f = as<fact::LogStartAdvanced>(line); f.from < f.to)
        cut(f.partition, LogCut::Why::Deleted, f.from, f.to);
      break;
    case protocol::kind(Trace::PartitionsAssigned):
      if (const auto thrown = thrown_.find(line.node.index);
          thrown != thrown_.end() && thrown->second.exception == "RebalanceInProgressException")
        thrown_.erase(thrown);  // the member has rejoined and can commit again
      [[fallthrough]];
    case protocol::kind(Trace::GroupMemberLeft):
      if (trace_.storing()) member_lines_.on_trace(line, *cluster_);
      break;
    case protocol::kind(Trace::GroupRebalance):
      if (trace_.storing()) member_lines_.on_trace(line, *cluster_);
      ++counters_.rebalances;
      ++rebalances_[std::string(as<fact::GroupRebalance>(line).group.view())];
      break;
    case protocol::kind(Trace::BatchFailed): trace_.add_handed(line.seq, *subject->batch, {}); break;
    case protocol::kind(Trace::BatchAcked):
      count_records(line.node, line.time, as<fact::BatchAcked>(line).count);
      break;
    case protocol::kind(Trace::RecordDelivered): {
      trace_.add_handed(line.seq, *subject->batch, subject->base_offset);
      const auto f = as<fact::RecordDelivered>(line);
      count_records(line.node, line.time, f.last_offset - f.first_offset + 1);
      break;
    }
    case protocol::kind(Trace::RecordProcessed):
      trace_.add_handed(line.seq, *subject->batch, subject->base_offset);
      sinks_.note_processed(line, *subject, *cluster_);
      break;
    case protocol::kind(Trace::QueueDelivered):
    case protocol::kind(Trace::CallAnswered): count_records(line.node, line.time, 1); break;
    case protocol::kind(Trace::ClientError): {
      const auto f = as<fact::ClientError>(line);
      exception_texts_.on_trace(line, *cluster_);
      if (f.error == protocol::ErrorCode::NONE)
        thrown_[line.node.index] = {line.time, f.exception.str()};  // an exception class, not an error code of a
                                                                    // response
      else if (forbids(f.error)) refusals_[line.node.index] = {line.time, f.error};
      break;
    }
    case protocol::kind(Trace::DuplicateBatch): {
      constexpr std::int64_t kKeptUs = 1'000'000;
      const auto f = as<fact::DuplicateBatch>(line);
      std::erase_if(recognized_, [&](const RecognizedBatch& b) { return line.time.us - b.at.us > kKeptUs; });
      recognized_.push_back({line.time, f.partition, f.base_offset, f.producer_id, f.base_sequence});
      break;
    }
    case protocol::kind(Trace::LogDirOffline):
      dir_failures_[line.node.index] = as<fact::LogDirOffline>(line).reason;
      break;
    case protocol::kind(Trace::CommandResult): {
      const auto f = as<fact::CommandResult>(line);
      const Words said = answer_words(f);
      command_answers_.push_back({line.time, line.node, f.error, f.call, f.rows_left, said.en, said.ko});
      break;
    }
    default: break;
  }
}

void Observation::note_act(std::uint64_t number, const cluster::Command& command, const cluster::Outcome& outcome,
                           sim::Instant at, int step) {
  if (trace_.storing()) commands_.push_back(std::make_shared<const NumberedCommand>(NumberedCommand{number, command}));
  ActTaken act{number, step, at, command.verb, {}, outcome.done && !outcome.failed, {}, outcome.call, {}, -1};
  if (!outcome.nodes.empty()) act.node = outcome.nodes.front();
  if (!act.done) act.refused = outcome.said;
  if (act.call != 0) act.by = cluster_->find(outcome.nodes.back());
  const auto* producer = act.node.empty() ? nullptr : cluster_->role<client::Producer>(cluster_->find(act.node));
  const bool calls = act.verb == cluster::Verb::Produce || act.verb == cluster::Verb::BeginTransaction ||
                     act.verb == cluster::Verb::CommitTransaction || act.verb == cluster::Verb::AbortTransaction ||
                     act.verb == cluster::Verb::SendOffsetsToTransaction;
  if (act.done && calls && producer != nullptr && !producer->calls().asked().empty() &&
      producer->calls().asked().back().at == at)
    act.asked = static_cast<std::int32_t>(producer->calls().asked().size()) - 1;
  acts_taken_.push_back(std::move(act));
}

}  // namespace kafkascope::observe
