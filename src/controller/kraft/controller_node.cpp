#include "controller/kraft/controller_node.h"

#include <algorithm>
#include <utility>

#include "controller/kraft/formation.h"
#include "controller/kraft/periodic.h"
#include "controller/kraft/replication_control.h"
#include "protocol/facts_of_quorum.h"
#include "protocol/kafka_messages.h"
#include "sim/mutant.h"

namespace kafkascope::controller {

namespace {

constexpr std::uint16_t kShutdownTimeout = 160;
constexpr sim::Duration kShutdownPatience = sim::seconds(5);   // KafkaRaftManager.shutdown
constexpr sim::Duration kImmediately = sim::milliseconds(10);  // PeriodicTask.DEFAULT_IMMEDIATE_PERIOD_NS

/// The period of a task; 0 if the task does not run.
sim::Duration period(const protocol::Config& config, std::uint16_t kind) {
  switch (kind) {
    // Eight checks per session: a broker is fenced at most 1/8 of the timeout late
    // (QuorumController.maybeFenceStaleBrokerPeriodNs).
    case kFenceStaleBroker:
      return std::max(sim::milliseconds(1), sim::milliseconds(config.number("broker.session.timeout.ms")) / 8);
    case kNoOp: return sim::milliseconds(config.number("metadata.max.idle.interval.ms"));
    case kElectPreferred:
      return config.flag("auto.leader.rebalance.enable")
                 ? sim::seconds(config.number("leader.imbalance.check.interval.seconds"))
                 : sim::Duration{};
    case kElectUnclean: return sim::milliseconds(config.number("unclean.leader.election.interval.ms"));
    default: return {};
  }
}

raft::QuorumOptions quorum_options(const ControllerOptions& o) {
  raft::QuorumOptions q = raft::QuorumOptions::from(o.config);
  q.id = o.id;
  q.voter = true;
  q.voters = o.voters;
  q.pre_vote = !o.historical.kip_996;
  return q;
}

}  // namespace

ControllerNode::ControllerNode(const ControllerNode&) = default;
ControllerNode::ControllerNode(ControllerNode&&) noexcept = default;
ControllerNode& ControllerNode::operator=(const ControllerNode&) = default;
ControllerNode& ControllerNode::operator=(ControllerNode&&) noexcept = default;
ControllerNode::~ControllerNode() = default;

ControllerNode::ControllerNode(ControllerOptions options)
    : options_(std::move(options)), authorizer_(options_.config, options_.operators), raft_(quorum_options(options_)) {}

void ControllerNode::preload(const raft::FormedLog& log, LeaderEpoch epoch, BrokerId leader,
                             const protocol::MetadataImage& formed) {
  raft_.preload(log, epoch, leader);
  committed_.image = formed;
  for (std::size_t i = 0; i < log.entries.size(); ++i) {
    const Offset offset{static_cast<std::int64_t>(i)};
    if (offset <= formed.last_offset()) {
      committed_.note_registration(offset, log.entries[i]->record);
    } else {
      committed_.apply(offset, log.entries[i]->epoch, log.entries[i]->record);
    }
  }
}

void ControllerNode::on_start(Ctx& ctx) {
  ctx.set_state(sim::NodeState::Running);
  raft_.on_start(ctx);
  follow_raft(ctx);
}

void ControllerNode::on_message(Ctx& ctx, sim::ConnectionId connection, const Message& message) {
  if (!raft_.on_message(ctx, connection, message)) {
    if (!active()) {
      refuse_whole(ctx, connection, message, protocol::ErrorCode::NOT_CONTROLLER);
    } else if (const auto* r1 = protocol::get_if<protocol::BrokerRegistrationRequest>(&message.body)) {
      handle(ctx, connection, message, *r1);
    } else if (const auto* r2 = protocol::get_if<protocol::BrokerHeartbeatRequest>(&message.body)) {
      handle(ctx, connection, message, *r2);
    } else if (const auto* r3 = protocol::get_if<protocol::AlterPartitionRequest>(&message.body)) {
      handle(ctx, connection, message, *r3);
    } else if (const auto* r4 = protocol::get_if<protocol::AllocateProducerIdsRequest>(&message.body)) {
      handle(ctx, connection, message, *r4);
    } else if (const auto* r5 = protocol::get_if<protocol::AssignReplicasToDirsRequest>(&message.body)) {
      handle(ctx, connection, message, *r5);
    } else {
      handle_admin(ctx, connection, message);
    }
  }
  follow_raft(ctx);
}

void ControllerNode::on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg) {
  if (kind == kShutdownTimeout) return ctx.exit();
  if (!raft_.on_timer(ctx, kind, arg)) run_periodic(ctx, kind);
  follow_raft(ctx);
}

void ControllerNode::on_disk(Ctx& ctx, std::uint16_t kind, std::uint64_t arg) {
  raft_.on_disk(ctx, kind, arg);
  follow_raft(ctx);
}

void ControllerNode::on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect why) {
  raft_.on_disconnect(ctx, connection, why);
  follow_raft(ctx);
}

/// A controller has only its log on disk; it rebuilds the image by replaying the log.
void ControllerNode::on_death(sim::Death death, sim::Instant now) {
  raft_.on_death(death, now);
  committed_ = {};
  working_ = {};
  shutting_down_ = false;
  claimed_epoch_ = {};
  heartbeats_ = {};
  decisions_.clear();
  deferred_.clear();
  for (sim::TimerId& t : periodic_) t = {};
  metrics_ = {};
  counted_leader_ = {};
}

void ControllerNode::request_shutdown(Ctx& ctx) {
  if (std::exchange(shutting_down_, true)) return;
  ctx.set_state(sim::NodeState::ShuttingDown);
  ctx.set_timer(kShutdownPatience, kShutdownTimeout);
  if (raft_.is_leader()) raft_.resign(ctx);
  follow_raft(ctx);
}

void ControllerNode::maybe_finish_shutdown(Ctx& ctx) {
  const bool another_leads = raft_.leader() != protocol::kNoBroker && raft_.leader() != options_.id;
  if (options_.voters.size() == 1 || another_leads) return ctx.exit();
  if (raft_.is_leader()) raft_.resign(ctx);
}

/// Called after every callback: raft may have won or lost leadership, and the high watermark may have moved.
void ControllerNode::follow_raft(Ctx& ctx) {
  if (active() && (!raft_.is_leader() || raft_.epoch() != claimed_epoch_))
    become_standby(ctx, fact::ResignationReason::LostQuorum);
  replay_committed(ctx);
  if (!active() && !shutting_down_ && raft_.is_leader() && committed_.last_offset() >= raft_.leading().epoch_start()) {
    become_active(ctx);
    replay_committed(ctx);
  }
  count_leaders();
  if (shutting_down_) maybe_finish_shutdown(ctx);
}

/// Counts a new leader; a standby does not count itself. Kafka: QuorumController.handleLeaderChange.
void ControllerNode::count_leaders() {
  if (raft_.leader() == protocol::kNoBroker || raft_.epoch() <= counted_leader_ ||
      (raft_.leader() == options_.id && !active()))
    return;
  ++metrics_.new_active_controllers;
  counted_leader_ = raft_.epoch();
}

/// `record` is about to be applied to the committed image. An election is unclean if the record itself says so, and is
/// counted once until the partition has recovered. It is not unclean if a reassignment's new replica joins the ISR and
/// becomes leader in the same change (TopicDelta.updateElectionStats, KAFKA-19212).
void ControllerNode::count_election(const MetadataRecord& record) {
  const auto* change = std::get_if<protocol::PartitionChangeRecord>(&record);
  if (change == nullptr || !change->has_leader || change->leader == protocol::kNoBroker) return;
  const protocol::PartitionRegistration* before = committed_.image.partition(change->partition);
  if (before == nullptr) return;
  metrics_.elections_from_elr += before->elr.contains(change->leader);
  metrics_.unclean_elections +=
      change->has_recovery_state && change->recovery_state == protocol::RecoveryState::Recovering;
}

void ControllerNode::become_active(Ctx& ctx) {
  claimed_epoch_ = raft_.epoch();
  if (!working_.last_offset().known() || !sim::mutant("uncommitted-decisions-stay")) working_ = committed_;
  if (next_write_offset() != raft_.log().end_offset())
    ctx.fault("an active controller has replayed its whole log when it begins");
  ctx.trace(fact::ControllerActive{options_.id, claimed_epoch_});
  heartbeats_ = HeartbeatManager(sim::milliseconds(options_.config.number("broker.session.timeout.ms")));
  heartbeats_.activate(working_.image, ctx.now());
  if (working_.image.feature("metadata.version") == 0)
    append(ctx, bootstrap_records(options_.features, options_.config.number("min.insync.replicas")));
  for (std::uint16_t kind = kFenceStaleBroker; kind != kPeriodicEnd; ++kind) schedule(ctx, kind, false);
}

void ControllerNode::become_standby(Ctx& ctx, fact::ResignationReason reason) {
  ctx.trace(fact::ControllerResigned{options_.id, claimed_epoch_, reason});
  claimed_epoch_ = {};
  if (!sim::mutant("uncommitted-decisions-stay")) working_ = {};
  heartbeats_ = {};
  decisions_.clear();
  for (sim::TimerId& t : periodic_) ctx.cancel(t);
  if (sim::mutant("callers-not-sent-away")) deferred_.clear();
  for (const Deferred& d : std::exchange(deferred_, {})) {
    Message request;
    request.correlation_id = d.correlation_id;
    protocol::visit_kafka(
        [&](auto response) {
          if constexpr (requires { response.error; }) {
            response = {};
            response.error = protocol::ErrorCode::NOT_CONTROLLER;
            answer_now(ctx, d.connection, request, std::move(response));
          }
        },
        d.body);
  }
}

void ControllerNode::replay_committed(Ctx& ctx) {
  const bool loading = !committed_.last_offset().known();  // a starting controller reads old records, which do not
                                                           // count in its metrics
  const Offset before = committed_.last_offset();
  if (const raft::Snapshot* snapshot = raft_.snapshot_for(before + 1)) committed_.load(snapshot->image);
  while (committed_.last_offset() + 1 < raft_.high_watermark()) {
    const Offset first = committed_.last_offset() + 1;
    const auto records = raft_.log().run_of_records(first, raft_.high_watermark());
    Offset offset = first;
    for (const MetadataRecord* record : records) {
      if (active()) tell_commit(ctx, offset, *record);
      if (!loading) count_election(*record);
      offset = offset + 1;
    }
    committed_.apply(first, raft_.log().entry(first).epoch, records);
  }
  if (committed_.last_offset() > before) raft_.maybe_snapshot(ctx, committed_.image);
  answer_deferred(ctx);
}

void ControllerNode::answer_deferred(Ctx& ctx) {
  while (!deferred_.empty() && deferred_.front().offset <= committed_.last_offset()) {
    Deferred d = std::move(deferred_.front());
    deferred_.pop_front();
    ctx.send(d.connection, Message{d.correlation_id, std::move(d.body)});
  }
}

/// Applies the record, or the run of records that begins at it; returns the index of the next record. A replay applies
/// the same runs or joins those of several decisions (QuorumNode::run_of_records); both produce the same image
/// (MetadataImage::apply).
std::size_t ControllerNode::apply_run(const Records& records, std::size_t from, Offset offset) {
  std::vector<const MetadataRecord*> run{&records[from]};
  std::size_t next = from + 1;
  for (; next < records.size() && protocol::in_one_run(records[next - 1], records[next]); ++next)
    run.push_back(&records[next]);
  working_.apply(offset, claimed_epoch_, run);
  return next;
}

/// Appends one decision as one batch and applies it at once. Returns the last offset of the uncommitted state.
Offset ControllerNode::append(Ctx& ctx, const Records& records, fact::FencingReason reason) {
  if (records.empty()) return working_.last_offset();
  const std::uint64_t cause = ctx.cause();
  const Offset first = next_write_offset();
  const Offset last = raft_.append(ctx, records);
  if (last != first + (static_cast<std::int64_t>(records.size()) - 1))
    ctx.fault("only the active controller appends to the metadata log while it leads");
  std::size_t next = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const MetadataRecord& record = records[i];
    if (i == next) next = apply_run(records, i, first + static_cast<std::int64_t>(i));
    if (const auto* r = std::get_if<protocol::RegisterBrokerRecord>(&record)) {
      heartbeats_.remove(r->broker_id);
      heartbeats_.register_broker(r->broker_id, r->fenced);
    } else if (const auto* change = std::get_if<protocol::BrokerRegistrationChangeRecord>(&record)) {
      if (const protocol::BrokerRegistration* b = working_.image.broker(change->broker_id))
        heartbeats_.register_broker(b->id, b->fenced);
    }
  }
  decisions_.push_back({last, cause, reason, protocol::kNoTopic});
  return last;
}

/// Sends the response once the state that it is based on is committed, i.e. its own records and those before them
/// (DeferredEventQueue).
void ControllerNode::answer(Ctx& ctx, sim::ConnectionId connection, const Message& request, protocol::Body body) {
  if (working_.last_offset() <= committed_.last_offset() || sim::mutant("answers-before-the-commit"))
    return answer_now(ctx, connection, request, std::move(body));
  deferred_.push_back({working_.last_offset(), connection, request.correlation_id, std::move(body)});
}

void ControllerNode::answer_now(Ctx& ctx, sim::ConnectionId connection, const Message& request, protocol::Body body) {
  ctx.send(connection, protocol::response(request, std::move(body)));
}

void ControllerNode::schedule(Ctx& ctx, std::uint16_t kind, bool immediately) {
  const sim::Duration every = period(options_.config, kind);
  if (every.us == 0) return;
  periodic_[kind - kFenceStaleBroker] = ctx.set_timer(immediately ? kImmediately : every, kind);
}

void ControllerNode::run_periodic(Ctx& ctx, std::uint16_t kind) {
  if (!active() || kind < kFenceStaleBroker || kind >= kPeriodicEnd) return;
  bool more = false;
  Records records;
  const ReplicationControl replication = this->replication();
  switch (kind) {
    case kFenceStaleBroker: more = fence_one_stale_broker(ctx); break;
    case kNoOp: records.emplace_back(protocol::NoOpRecord{}); break;
    case kElectPreferred: more = replication.balance_leaders(records); break;
    case kElectUnclean: more = replication.elect_unclean_leaders(records); break;
    default: break;
  }
  append(ctx, records);
  schedule(ctx, kind, more);
}

std::vector<protocol::ApiKey> ControllerNode::deferred_answers() const {
  std::vector<protocol::ApiKey> kinds;
  for (const Deferred& d : deferred_) kinds.push_back(Message{0, d.body, 0}.api());
  return kinds;
}

}  // namespace kafkascope::controller
