// A stand-in for brokers in tests of clients: it answers as a broker would, or as the test scripts it.
#pragma once
#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "client/admin.h"
#include "client/consumer.h"
#include "client/producer.h"
#include "client/share_consumer.h"
#include "protocol/kafka_messages.h"
#include "protocol/trace_kinds.h"
#include "sim/world.h"

namespace kafkascope::client::testing {

using namespace kafkascope::protocol;
using sim::Instant;
using sim::NodeId;

/// The cluster's state in the metadata responses; each fake broker of a test has a copy.
struct FakeCluster {
  struct Topic {
    std::string name;
    TopicId id = 0;
    std::vector<std::pair<BrokerId, LeaderEpoch>> partitions;  // leader and epoch
  };
  std::vector<MetadataBroker> brokers;
  std::vector<Topic> topics;
  BrokerId coordinator = 1;
};

class FakeBroker {
 public:
  using Ctx = protocol::Context;
  explicit FakeBroker(BrokerId id_) : id(id_) {}

  static constexpr std::int32_t kSession = 7;
  BrokerId id;
  FakeCluster cluster;

  // Scripted answers.
  std::deque<ErrorCode> produce_errors;              // for the next partition batches; NONE: the batch is handled
  std::vector<protocol::RecordError> record_errors;  // goes with each of these errors
  std::deque<ErrorCode> fetch_errors, commit_errors, heartbeat_errors, coordinator_errors, init_errors, join_errors,
      offset_errors, api_errors;
  std::deque<ErrorCode> acknowledge_errors,
      acknowledge_refusals;  // ShareAcknowledge: of all its partitions; of the whole request
  std::map<ApiKey, std::deque<ErrorCode>>
      transaction_errors;  // AddPartitionsToTxn, AddOffsetsToTxn, TxnOffsetCommit, EndTxn
  TransactionVersion transaction_version = TransactionVersion::TV0;
  ProducerEpoch epoch = 0;                   // the transactional id's epoch, raised by InitProducerId, and by EndTxn v5
  std::vector<DescribedProducer> producers;  // the same for every partition
  std::set<ApiKey> unanswered;               // these requests are never answered
  bool swallow_produce_answers = false;      // appends, never answers
  bool silent = false;                       // answers nothing at all
  bool sessions = false;                     // opens fetch sessions (KIP-227), always with the same id
  std::deque<ErrorCode> session_errors;      // for the next fetches within the session
  bool follower = false;                     // answers consumers even if it does not lead
  BrokerId preferred = kNoBroker;            // KIP-392: the replica to which consumers are sent
  bool leader_hint = false;                  // KIP-951
  sim::Duration produce_delay{0}, epochs_delay{0};
  bool sync_answers = true;
  sim::Duration rebalance_delay = sim::seconds(3);

  // Recorded requests and state.
  struct Seen {
    Instant at;
    ApiKey api;
    NodeId from;
    Body body;
  };
  std::vector<Seen> seen;
  std::map<TopicPartition, std::vector<StoredBatch>> logs;
  std::map<TopicPartition, Offset> committed;
  std::vector<AbortedTransaction> aborted;   // sent to read_committed consumers
  std::map<LeaderEpoch, Offset> epoch_ends;  // for OffsetForLeaderEpoch, the same for every partition
  int duplicates = 0;

  std::vector<Seen> of(ApiKey api) const {
    std::vector<Seen> out;
    for (const Seen& s : seen)
      if (s.api == api) out.push_back(s);
    return out;
  }
  Offset end(TopicPartition p) const {
    const auto it = logs.find(p);
    return it == logs.end() || it->second.empty() ? Offset{0} : it->second.back().next_offset();
  }
  std::vector<protocol::RecordView> records(TopicPartition p) const {
    std::vector<protocol::RecordView> out;
    if (const auto it = logs.find(p); it != logs.end())
      for (const StoredBatch& b : it->second) out.insert(out.end(), b.data->records.begin(), b.data->records.end());
    return out;
  }
  void append(TopicPartition p, BatchRef batch, LeaderEpoch epoch = {0}) {
    logs[p].push_back({end(p), epoch, std::move(batch)});
  }

  void on_start(Ctx& ctx) { ctx.set_state(sim::NodeState::Running); }
  void on_death(sim::Death, Instant) {
    queues_.clear();
    waiting_.clear();
  }
  void on_disk(Ctx&, std::uint16_t, std::uint64_t) {}
  void on_disconnect(Ctx&, sim::ConnectionId c, sim::Disconnect) { queues_.erase(c); }
  void on_message(Ctx& ctx, sim::ConnectionId c, const Message& m) {
    seen.push_back({ctx.now(), m.api(), ctx.peer(c), m.body});
    if (silent || unanswered.contains(m.api())) return;
    queues_[c].push_back(m);
    if (queues_[c].size() == 1) serve(ctx, c);
  }
  void on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg) {
    if (kind == 1) {  // a delayed answer
      const auto it = waiting_.find(arg);
      if (it == waiting_.end()) return;
      const Waiting w = it->second;
      waiting_.erase(it);
      if (w.fetch) answer_fetch(ctx, w.connection, true);
      else reply(ctx, w.connection, w.body);
    } else if (kind == 2) {
      complete_join(ctx);
    }
  }

 private:
  struct Waiting {
    sim::ConnectionId connection;
    Body body;
    bool fetch = false;
  };
  std::map<sim::ConnectionId, std::deque<Message>> queues_;
  std::map<std::uint64_t, Waiting> waiting_;
  std::uint64_t next_waiting_ = 1;
  std::vector<FetchPartition> session_;
  std::int64_t features_epoch_ = 0;

 public:
  // The group at its coordinator; all fake brokers act as one.
  struct Member {
    std::string id;
    JoinGroupRequest join;
    std::optional<sim::ConnectionId> joining, syncing;
  };
  std::map<std::string, Member> members;
  std::int32_t generation = 0;
  bool rebalancing = false;
  int rebalances = 0;
  std::vector<MemberAssignment> assignment;
  bool expect_all = true;
  // The newer protocol: the coordinator's assignment for every member, sent after a change and to each member that joins.
  struct Newer {
    std::int32_t epoch = 1, interval_ms = 5000;
    std::vector<TopicPartition> assignment;
  };
  Newer newer;
  std::deque<ErrorCode> newer_errors;
  // Share groups use the same heartbeats.
  int share_batches = 1000;  // most batches of a partition in one answer
  std::set<TopicPartition> share_session;
  std::map<TopicPartition, Offset> shared;  // the next offset to hand out

 private:
  std::map<std::string, std::vector<TopicPartition>> newer_told_;  // the assignment last sent, by member
  bool join_timer_ = false;
  int next_member_ = 0, next_producer_ = 0;

  static ErrorCode next(std::deque<ErrorCode>& script) {
    if (script.empty()) return ErrorCode::NONE;
    const ErrorCode e = script.front();
    script.pop_front();
    return e;
  }
  void reply(Ctx& ctx, sim::ConnectionId c, Body body) {
    const auto it = queues_.find(c);
    if (it == queues_.end() || it->second.empty()) return;
    ctx.send(c, response(it->second.front(), std::move(body)));
    done(ctx, c);
  }
  void done(Ctx& ctx, sim::ConnectionId c) {
    queues_[c].pop_front();
    if (!queues_[c].empty()) serve(ctx, c);
  }
  void later(Ctx& ctx, sim::ConnectionId c, Body body, sim::Duration in, bool fetch = false) {
    waiting_[next_waiting_] = {c, std::move(body), fetch};
    ctx.set_timer(in, 1, next_waiting_++);
  }
  const FakeCluster::Topic* topic(TopicId t) const {
    for (const auto& x : cluster.topics)
      if (x.id == t) return &x;
    return nullptr;
  }
  ErrorCode check(TopicPartition p) const {
    const auto* t = topic(p.topic);
    if (!t) return ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
    return t->partitions[static_cast<std::size_t>(p.partition)].first == id ? ErrorCode::NONE
                                                                            : ErrorCode::NOT_LEADER_OR_FOLLOWER;
  }
  void serve(Ctx& ctx, sim::ConnectionId c) {
    const Message m = queues_[c].front();
    protocol::visit_kafka([&](const auto& body) { handle(ctx, c, body); }, m.body);
  }
  template <class T>
  void handle(Ctx&, sim::ConnectionId, const T&) {}

  void handle(Ctx& ctx, sim::ConnectionId c, const ApiVersionsRequest&) {
    reply(ctx, c,
          ApiVersionsResponse{next(api_errors), 77, static_cast<std::int16_t>(transaction_version), ++features_epoch_});
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const MetadataRequest& r) {
    MetadataResponse out;
    out.brokers = cluster.brokers;
    out.controller_id = id;
    for (const std::string& name : r.topics) {
      MetadataTopic t;
      t.name = name;
      t.error = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
      for (const auto& x : cluster.topics) {
        if (x.name != name) continue;
        t.error = ErrorCode::NONE;
        t.topic_id = x.id;
        for (const auto& [leader, epoch] : x.partitions) {
          MetadataPartition p;
          p.leader = leader;
          p.leader_epoch = epoch;
          t.partitions.push_back(p);
        }
      }
      out.topics.push_back(t);
    }
    reply(ctx, c, out);
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const InitProducerIdRequest& q) {
    InitProducerIdResponse r;
    r.error = next(init_errors);
    if (!q.transactional_id.empty()) {
      if (r.error == ErrorCode::NONE) r.producer_id = 7000, r.producer_epoch = epoch++;
      return reply(ctx, c, r);
    }
    r.producer_id = id * 1000 + next_producer_++;
    r.producer_epoch = 0;
    reply(ctx, c, r);
  }
  ErrorCode next_of(ApiKey api) { return next(transaction_errors[api]); }
  void handle(Ctx& ctx, sim::ConnectionId c, const AddPartitionsToTxnRequest& q) {
    AddPartitionsToTxnResponse r;
    AddPartitionsToTxnResult& result = r.results.emplace_back();
    for (const TopicPartition p : q.transactions[0].partitions)
      result.partitions.push_back({p, next_of(api::AddPartitionsToTxn)});
    reply(ctx, c, r);
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const AddOffsetsToTxnRequest&) {
    reply(ctx, c, AddOffsetsToTxnResponse{next_of(api::AddOffsetsToTxn)});
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const TxnOffsetCommitRequest& q) {
    TxnOffsetCommitResponse r;
    for (const auto& p : q.partitions) r.partitions.push_back({p.partition, next_of(api::TxnOffsetCommit)});
    reply(ctx, c, r);
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const EndTxnRequest& q) {
    EndTxnResponse r{next_of(api::EndTxn), kNoProducerId, -1};
    if (r.error == ErrorCode::NONE && q.transaction_version == TransactionVersion::TV2)
      r.producer_id = q.producer_id, r.producer_epoch = static_cast<ProducerEpoch>(q.producer_epoch + 1);
    reply(ctx, c, r);
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const DescribeProducersRequest& q) {
    DescribeProducersResponse r;
    for (const TopicPartition p : q.partitions) r.partitions.push_back({p, check(p), producers});
    reply(ctx, c, r);
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const WriteTxnMarkersRequest& q) {
    WriteTxnMarkersResponse r;
    for (const WritableTxnMarker& m : q.markers) {
      WritableTxnMarkerResult& row = r.markers.emplace_back();
      row.producer_id = m.producer_id;
      for (const TopicPartition p : m.partitions) row.partitions.push_back({p, next_of(api::WriteTxnMarkers)});
    }
    reply(ctx, c, r);
  }
  PartitionProduceResponse produce_one(const PartitionProduceData& d) {
    PartitionProduceResponse a;
    a.partition = d.partition;
    a.error = check(d.partition);
    if (a.error == ErrorCode::NOT_LEADER_OR_FOLLOWER && leader_hint) {
      const auto& [leader, epoch] =
          topic(d.partition.topic)->partitions[static_cast<std::size_t>(d.partition.partition)];
      a.current_leader = leader;
      a.current_leader_epoch = epoch;
    }
    if (a.error != ErrorCode::NONE) return a;
    a.error = next(produce_errors);
    if (a.error != ErrorCode::NONE) {
      a.record_errors = record_errors;
      return a;
    }
    auto& log = logs[d.partition];
    if (d.batch->base_sequence >= 0) {
      std::int32_t last = -1;
      ProducerEpoch epoch = -1;
      for (const StoredBatch& b : log) {
        if (b.data->producer_id != d.batch->producer_id) continue;
        if (b.data->producer_epoch == d.batch->producer_epoch && b.data->base_sequence == d.batch->base_sequence) {
          ++duplicates;
          a.base_offset = b.base_offset;
          return a;
        }
        last = b.data->last_sequence();
        epoch = b.data->producer_epoch;
      }
      const bool fresh = epoch != d.batch->producer_epoch;
      if (d.batch->base_sequence != (fresh ? 0 : last + 1)) {
        a.error = ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER;
        return a;
      }
    }
    a.base_offset = end(d.partition);
    log.push_back({a.base_offset, LeaderEpoch{0}, d.batch});
    return a;
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const ProduceRequest& r) {
    ProduceResponse out;
    for (const auto& d : r.partitions) out.partitions.push_back(produce_one(d));
    for (auto& [conn, queue] : std::map(queues_))  // wakes waiting fetches
      if (!queue.empty() && protocol::holds_alternative<FetchRequest>(queue.front().body) && conn != c)
        answer_fetch(ctx, conn, false);
    if (r.acks == 0 || swallow_produce_answers) return done(ctx, c);
    if (produce_delay.us > 0) later(ctx, c, out, produce_delay);
    else reply(ctx, c, out);
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const FetchRequest& r) {
    if (sessions && r.session_epoch > 0) {
      if (const ErrorCode e = next(session_errors); e != ErrorCode::NONE) {
        FetchResponse refused;
        refused.error = e;
        return reply(ctx, c, refused);
      }
      for (const FetchPartition& p : r.partitions) {
        std::erase_if(session_, [&](const FetchPartition& x) { return x.partition == p.partition; });
        session_.push_back(p);
      }
      for (const TopicPartition tp : r.forgotten)
        std::erase_if(session_, [&](const FetchPartition& x) { return x.partition == tp; });
      protocol::get<FetchRequest>(queues_[c].front().body).partitions = session_;
    } else {
      session_ = r.partitions;
    }
    if (!answer_fetch(ctx, c, session_.empty())) later(ctx, c, {}, sim::milliseconds(r.max_wait_ms), true);
  }
  bool answer_fetch(Ctx& ctx, sim::ConnectionId c, bool now) {
    const auto it = queues_.find(c);
    if (it == queues_.end() || it->second.empty()) return true;
    const auto* r = protocol::get_if<FetchRequest>(&it->second.front().body);
    if (!r) return true;
    FetchResponse out;
    out.session_id = sessions && r->session_epoch >= 0 ? kSession : 0;
    bool any = false;
    for (const FetchPartition& f : r->partitions) {
      FetchPartitionResponse p;
      p.partition = f.partition;
      p.error = follower ? ErrorCode::NONE : check(f.partition);
      if (p.error == ErrorCode::NONE && !fetch_errors.empty()) p.error = next(fetch_errors);
      if (p.error == ErrorCode::NONE && f.fetch_offset > end(f.partition)) p.error = ErrorCode::OFFSET_OUT_OF_RANGE;
      p.high_watermark = p.last_stable_offset = end(f.partition);
      if (r->read_committed) p.aborted_transactions = aborted;
      p.preferred_read_replica = preferred;
      if (p.error == ErrorCode::NONE && preferred == kNoBroker)
        for (const StoredBatch& b : logs[f.partition])
          if (b.last_offset() >= f.fetch_offset) p.batches.push_back(b);
      const bool news = p.error != ErrorCode::NONE || !p.batches.empty() || preferred != kNoBroker;
      any |= news;
      if (news || out.session_id == 0 || r->session_epoch == 0) out.partitions.push_back(std::move(p));
    }
    if (!any && !now) return false;
    reply(ctx, c, out);
    return true;
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const ListOffsetsRequest& r) {
    ListOffsetsResponse out;
    for (const auto& q : r.partitions) {
      ListOffsetsPartitionResponse a;
      a.partition = q.partition;
      a.error = check(q.partition);
      a.leader_epoch = {0};
      a.offset = q.timestamp == kEarliestTimestamp ? Offset{0} : end(q.partition);
      out.partitions.push_back(a);
    }
    reply(ctx, c, out);
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const OffsetForLeaderEpochRequest& r) {
    OffsetForLeaderEpochResponse out;
    for (const auto& q : r.partitions) {
      OffsetForLeaderEpochResult a;
      a.partition = q.partition;
      a.error = check(q.partition);
      a.leader_epoch = q.leader_epoch;
      const auto it = epoch_ends.find(q.leader_epoch);
      a.end_offset = it == epoch_ends.end() ? end(q.partition) : it->second;
      out.partitions.push_back(a);
    }
    if (epochs_delay.us > 0) return later(ctx, c, out, epochs_delay);
    reply(ctx, c, out);
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const FindCoordinatorRequest&) {
    FindCoordinatorResponse r;
    r.error = next(coordinator_errors);
    r.node_id = cluster.coordinator;
    for (const auto& b : cluster.brokers)
      if (b.node_id == cluster.coordinator) r.endpoint = b.endpoint;
    reply(ctx, c, r);
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const JoinGroupRequest& r) {
    if (cluster.coordinator != id) {
      JoinGroupResponse e;
      e.error = ErrorCode::NOT_COORDINATOR;
      return reply(ctx, c, e);
    }
    if (const ErrorCode error = next(join_errors); error != ErrorCode::NONE) {
      JoinGroupResponse e;
      e.error = error;
      return reply(ctx, c, e);
    }
    if (r.member_id.empty()) {
      JoinGroupResponse e;
      e.error = ErrorCode::MEMBER_ID_REQUIRED;
      e.member_id = r.client_id + "-" + std::to_string(++next_member_);
      members[e.member_id].id = e.member_id;
      return reply(ctx, c, e);
    }
    const auto it = members.find(r.member_id);
    if (it == members.end()) {
      JoinGroupResponse e;
      e.error = ErrorCode::UNKNOWN_MEMBER_ID;
      return reply(ctx, c, e);
    }
    it->second.join = r;
    it->second.joining = c;
    const bool first = !rebalancing;
    rebalancing = true;
    if (generation == 0 && first && !join_timer_) {
      join_timer_ = true;
      ctx.set_timer(rebalance_delay, 2);
    } else if (!join_timer_ && std::all_of(members.begin(), members.end(),
                                           [](const auto& m) { return m.second.joining.has_value(); })) {
      complete_join(ctx);
    }
  }
  void complete_join(Ctx& ctx) {
    join_timer_ = false;
    std::erase_if(members, [](const auto& m) { return !m.second.joining; });
    if (members.empty()) return;
    ++generation;
    ++rebalances;
    assignment.clear();
    const std::string leader = members.begin()->first;
    JoinGroupResponse out;
    out.generation_id = generation;
    out.protocol_name = members.begin()->second.join.protocols.front().name;
    out.leader = leader;
    std::vector<JoinGroupMember> list;
    for (const auto& [mid, m] : members) list.push_back({mid, "", m.join.protocols.front().metadata});
    for (auto& [mid, m] : members) {
      JoinGroupResponse mine = out;
      mine.member_id = mid;
      if (mid == leader) mine.members = list;
      const sim::ConnectionId c = *m.joining;
      m.joining.reset();
      m.syncing.reset();
      reply(ctx, c, mine);
    }
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const SyncGroupRequest& r) {
    const auto it = members.find(r.member_id);
    if (it == members.end() || r.generation_id != generation) {
      SyncGroupResponse e;
      e.error = it == members.end() ? ErrorCode::UNKNOWN_MEMBER_ID : ErrorCode::ILLEGAL_GENERATION;
      return reply(ctx, c, e);
    }
    it->second.syncing = c;
    if (!r.assignments.empty()) {
      assignment = r.assignments;
      rebalancing = false;
    }
    if (assignment.empty() || !sync_answers) return;
    for (auto& [mid, m] : members) {
      if (!m.syncing) continue;
      SyncGroupResponse a;
      a.protocol_name = r.protocol_name;
      for (const auto& x : assignment)
        if (x.member_id == mid) a.assignment = x.partitions;
      const sim::ConnectionId at = *m.syncing;
      m.syncing.reset();
      reply(ctx, at, a);
    }
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const HeartbeatRequest& r) {
    HeartbeatResponse a;
    a.error = next(heartbeat_errors);
    if (a.error == ErrorCode::NONE) {
      if (cluster.coordinator != id) a.error = ErrorCode::NOT_COORDINATOR;
      else if (!members.contains(r.member_id)) a.error = ErrorCode::UNKNOWN_MEMBER_ID;
      else if (rebalancing) a.error = ErrorCode::REBALANCE_IN_PROGRESS;
      else if (r.generation_id != generation) a.error = ErrorCode::ILLEGAL_GENERATION;
    }
    reply(ctx, c, a);
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const ConsumerGroupHeartbeatRequest& r) {
    answer_heartbeat<ConsumerGroupHeartbeatResponse>(ctx, c, r);
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const ShareGroupHeartbeatRequest& r) {
    answer_heartbeat<ShareGroupHeartbeatResponse>(ctx, c, r);
  }
  template <class Answer, class Request>
  void answer_heartbeat(Ctx& ctx, sim::ConnectionId c, const Request& r) {
    Answer a;
    a.error = cluster.coordinator == id ? next(newer_errors) : ErrorCode::NOT_COORDINATOR;
    if (a.error != ErrorCode::NONE) return reply(ctx, c, a);
    a.member_id = r.member_id;
    a.member_epoch = r.member_epoch < 0 ? r.member_epoch : newer.epoch;
    a.heartbeat_interval_ms = newer.interval_ms;
    auto& told = newer_told_[r.member_id];
    a.has_assignment = r.member_epoch >= 0 && (r.member_epoch == 0 || told != newer.assignment);
    if (a.has_assignment) a.assignment = told = newer.assignment;
    reply(ctx, c, a);
  }
  /// Hands all undelivered records to the first member that asks; locks nothing.
  void handle(Ctx& ctx, sim::ConnectionId c, const ShareFetchRequest& r) {
    for (const ShareFetchPartition& p : r.partitions) share_session.insert(p.partition);
    ShareFetchResponse out;
    for (const TopicPartition p : share_session) {
      ShareFetchPartitionResponse row;
      row.partition = p;
      for (const StoredBatch& b : logs[p]) {
        if (b.base_offset < shared[p] || static_cast<int>(row.acquired.size()) >= share_batches) continue;
        row.batches.push_back(b);
        row.acquired.push_back({b.base_offset, b.last_offset(), 1});
        shared[p] = b.next_offset();
      }
      if (!row.batches.empty()) out.partitions.push_back(row);
    }
    if (out.partitions.empty()) later(ctx, c, out, sim::milliseconds(r.max_wait_ms));
    else reply(ctx, c, out);
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const ShareAcknowledgeRequest& r) {
    ShareAcknowledgeResponse out;
    out.error = next(acknowledge_refusals);
    if (out.error != ErrorCode::NONE) return reply(ctx, c, out);
    const ErrorCode error = next(acknowledge_errors);
    for (const ShareFetchPartition& p : r.partitions) out.partitions.push_back({p.partition, error, kNoBroker, {}});
    reply(ctx, c, out);
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const LeaveGroupRequest& r) {
    members.erase(r.member_id);
    rebalancing = !members.empty();
    reply(ctx, c, LeaveGroupResponse{});
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const OffsetCommitRequest& r) {
    OffsetCommitResponse out;
    const ErrorCode scripted = next(commit_errors);
    for (const auto& p : r.partitions) {
      ErrorCode e = scripted;
      if (e == ErrorCode::NONE && cluster.coordinator != id) e = ErrorCode::NOT_COORDINATOR;
      if (e == ErrorCode::NONE && !r.member_id.empty() && !members.contains(r.member_id) &&
          !newer_told_.contains(r.member_id))
        e = ErrorCode::UNKNOWN_MEMBER_ID;
      if (e == ErrorCode::NONE) committed[p.partition] = p.offset;
      out.partitions.push_back({p.partition, e});
    }
    reply(ctx, c, out);
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const OffsetFetchRequest& r) {
    OffsetFetchResponse out;
    out.error = cluster.coordinator == id ? next(offset_errors) : ErrorCode::NOT_COORDINATOR;
    for (TopicPartition p : r.partitions) {
      OffsetFetchResult a;
      a.partition = p;
      if (const auto it = committed.find(p); it != committed.end()) {
        a.committed_offset = it->second;
        a.committed_leader_epoch = {0};
      }
      out.partitions.push_back(a);
    }
    reply(ctx, c, out);
  }
  void handle(Ctx& ctx, sim::ConnectionId c, const CreateTopicsRequest& r) {
    CreateTopicsResponse out;
    if (cluster.coordinator != id) out.error = ErrorCode::NOT_CONTROLLER;
    else
      for (const auto& t : r.topics) out.topics.push_back({t.name, ErrorCode::NONE, ""});
    reply(ctx, c, out);
  }
};

}  // namespace kafkascope::client::testing
