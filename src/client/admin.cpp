#include "client/admin.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "protocol/error_text.h"
#include "protocol/facts_of_clients.h"
#include "protocol/kafka_messages.h"

namespace kafkascope::client {

using protocol::ErrorCode;
using sim::Instant;

Admin::Admin(const Admin&) = default;
Admin::Admin(Admin&&) noexcept = default;
Admin& Admin::operator=(const Admin&) = default;
Admin& Admin::operator=(Admin&&) noexcept = default;
Admin::~Admin() = default;

Admin::Admin(AdminOptions options) : options_(std::move(options)) {}

void Admin::on_start(Ctx& ctx) {
  const Config& config = options_.config;
  NetworkOptions network = NetworkOptions::from(config);
  network.timer_kind = timer::kAdmin;
  network.probe = false;
  network_ = NetworkClient(network);
  const auto initial = sim::milliseconds(config.number("retry.backoff.ms"));
  over_zookeeper_ = config.version() == protocol::KafkaVersion::V2_5;
  controller_ = {};
  backoff_ = {initial, over_zookeeper_ ? initial : sim::milliseconds(config.number("retry.backoff.max.ms"))};
  api_timeout_ = sim::milliseconds(config.number("default.api.timeout.ms"));
  calls_.clear();
  timer_ = {};
  running_ = true;
  ctx.set_state(sim::NodeState::Running);
}

/// Call numbers continue after a restart, so that none is used twice.
void Admin::on_death(sim::Death, Instant) {
  Admin fresh(std::move(options_));
  fresh.stats_ = std::move(stats_);
  fresh.next_call_ = next_call_;
  *this = std::move(fresh);
}

void Admin::on_message(Ctx& ctx, sim::ConnectionId connection, const protocol::Message& message) {
  handle(ctx, network_.on_message(ctx, connection, message));
}
void Admin::on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect) {
  handle(ctx, network_.on_disconnect(ctx, connection));
}
void Admin::on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t) {
  if (kind == timer::kAdmin) handle(ctx, network_.on_timer(ctx));
  else run(ctx);
}

void Admin::handle(Ctx& ctx, NetworkClient::Event event) {
  for (const Completed& done : event.completed) complete(ctx, done.arg, done);
  run(ctx);
}

namespace {

/// The N in "broker:N".
protocol::BrokerId broker_of(std::string_view resource) {
  constexpr std::string_view kPrefix = "broker:";
  protocol::BrokerId id = protocol::kNoBroker;
  if (resource.starts_with(kPrefix))
    std::from_chars(resource.data() + kPrefix.size(), resource.data() + resource.size(), id);
  return id;
}

}  // namespace

/// Each broker's configuration needs a separate request; returns the number of the last one. Kafka:
/// KafkaAdminClient.incrementalAlterConfigs.
std::uint64_t Admin::submit(Ctx& ctx, protocol::Body request, std::uint64_t first) {
  const Calls waits = first == 0 ? Calls{} : Calls{first, next_call_};
  const auto* configs = protocol::get_if<protocol::IncrementalAlterConfigsRequest>(&request);
  const bool anywhere = configs != nullptr || protocol::holds_alternative<protocol::CreateAclsRequest>(request) ||
                        protocol::holds_alternative<protocol::DeleteAclsRequest>(request) ||
                        protocol::holds_alternative<protocol::AlterClientQuotasRequest>(request);
  std::map<protocol::BrokerId, protocol::IncrementalAlterConfigsRequest> by_broker;
  if (configs != nullptr)
    for (const protocol::AlterableConfig& c : configs->configs) by_broker[broker_of(c.resource)].configs.push_back(c);
  std::uint64_t number = 0;
  for (auto& [broker, part] : by_broker) {
    Call call;
    call.where = broker != protocol::kNoBroker ? Where::Broker : over_zookeeper_ ? Where::AnyBroker : Where::Controller;
    call.broker = broker;
    call.request = std::move(part);
    call.after = waits;
    number = begin(ctx, std::move(call));
  }
  if (!by_broker.empty()) return number;
  Call call;
  if (anywhere && over_zookeeper_) call.where = Where::AnyBroker;
  call.request = std::move(request);
  call.after = waits;
  return begin(ctx, std::move(call));
}

/// Submits the requests of one action: each is sent only when those before it have succeeded, just as
/// ReassignPartitionsCommand waits for its throttles.
std::uint64_t Admin::submit_in_turn(Ctx& ctx, std::vector<protocol::Body> requests) {
  const std::uint64_t first = next_call_;
  std::uint64_t last = 0;
  for (protocol::Body& request : requests) last = submit(ctx, std::move(request), first);
  return last;
}

bool Admin::has_to_wait(const Call& call) const {
  const auto earlier = calls_.lower_bound(call.after.first);
  return earlier != calls_.end() && earlier->first < call.after.second;
}

namespace {

/// The reason why the client itself refuses the request (KafkaAdminClient.topicNameIsUnrepresentable); "" if none.
std::string refused_here(const protocol::Body& request) {
  bool nameless = false;
  if (const auto* creation = protocol::get_if<protocol::CreateTopicsRequest>(&request)) {
    for (const auto& topic : creation->topics) nameless |= topic.name.empty();
  } else if (const auto* deletion = protocol::get_if<protocol::DeleteTopicsRequest>(&request)) {
    for (const std::string& topic : deletion->topics) nameless |= topic.empty();
  }
  return nameless ? "The given topic name '' cannot be represented in a request." : "";
}

}  // namespace

/// Whether the other call must wait for this one.
bool Admin::comes_before(std::uint64_t id, const Call& other) {
  return other.after.first <= id && id < other.after.second;
}

/// The last call of the action that this call belongs to; its response is the action's response.
std::uint64_t Admin::act_of(std::uint64_t id) const {
  std::uint64_t last = id;
  for (auto it = calls_.upper_bound(id); it != calls_.end(); ++it)
    if (comes_before(id, it->second)) last = it->first;
  return last;
}

/// The call has failed, and so have the calls that wait for it; the action reports the reason.
void Admin::fail(Ctx& ctx, std::uint64_t id, const Told& told) {
  const std::uint64_t act = act_of(id);
  calls_.erase(id);
  std::erase_if(calls_, [&](const auto& c) { return comes_before(id, c.second); });
  tell(ctx, act, 0, told);
}

std::uint64_t Admin::submit_to_leader(Ctx& ctx, std::string topic, std::int32_t partition, protocol::Body request) {
  Call call;
  call.request = std::move(request);
  call.where = Where::Leader;
  call.topic = std::move(topic);
  call.partition = partition;
  return begin(ctx, std::move(call));
}

std::uint64_t Admin::submit_to_coordinator(Ctx& ctx, std::string group, protocol::Body request,
                                           std::vector<std::string> rows) {
  Call call;
  call.request = std::move(request);
  call.where = Where::Coordinator;
  call.group = std::move(group);
  call.rows = std::move(rows);
  return begin(ctx, std::move(call));
}

std::uint64_t Admin::reset_offsets(Ctx& ctx, std::string group, bool share, std::vector<ResetTarget> targets) {
  if (!running_) return 0;
  using Kind = SeekTarget::Kind;
  std::vector<std::pair<std::size_t, std::int64_t>> questions;  // index in `targets`, timestamp to look up
  Call reset;
  reset.where = Where::Coordinator;
  reset.group = std::move(group);
  reset.share = share;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const Kind kind = targets[i].to.kind;
    if (kind == Kind::Beginning || kind == Kind::Offset) questions.emplace_back(i, protocol::kEarliestTimestamp);
    if (kind == Kind::Timestamp) questions.emplace_back(i, targets[i].to.value);
    if (kind != Kind::Beginning) questions.emplace_back(i, protocol::kLatestTimestamp);
    reset.lookups.push_back({std::move(targets[i])});
  }
  reset.awaiting = static_cast<int>(questions.size());
  std::vector<Call> lookups;
  for (const auto& [part, timestamp] : questions) {
    const ResetTarget& target = reset.lookups[part].target;
    Call& lookup = lookups.emplace_back();
    protocol::ListOffsetsRequest request;
    request.partitions.push_back({target.partition, {}, timestamp});
    lookup.request = std::move(request);
    lookup.where = Where::Leader;
    lookup.topic = target.topic;
    lookup.partition = target.partition.partition;
    lookup.part = part;
  }
  const std::uint64_t number = begin(ctx, std::move(reset));
  for (Call& lookup : lookups) {
    if (!calls_.contains(number)) break;  // the call has timed out already
    lookup.part_of = number;
    begin(ctx, std::move(lookup));
  }
  return number;
}

/// An offset outside the log is replaced by the nearer end of the log; a timestamp after the last record by the log's
/// end, as in the tool (OffsetsUtils.checkOffsetsRange, getLogTimestampOffsets).
std::int64_t Admin::Lookup::result() const {
  switch (target.to.kind) {
    case SeekTarget::Kind::Beginning: return earliest;
    case SeekTarget::Kind::End: return latest;
    case SeekTarget::Kind::Timestamp: return at_timestamp >= 0 ? at_timestamp : latest;
    case SeekTarget::Kind::Offset: break;
  }
  return std::clamp(target.to.value, earliest, std::max(earliest, latest));
}

void Admin::on_lookup(Ctx& ctx, const Call& lookup, const protocol::ListOffsetsPartitionResponse& answer) {
  const auto it = calls_.find(lookup.part_of);
  if (it == calls_.end()) return;
  Call& reset = it->second;
  if (answer.error != ErrorCode::NONE) {
    stats_.error(ctx, answer.error);
    tell(ctx, it->first, 0, {answer.error, lookup.topic + "-" + std::to_string(lookup.partition)});
    calls_.erase(it);
    return;
  }
  Lookup& part = reset.lookups[lookup.part];
  const std::int64_t asked = protocol::get<protocol::ListOffsetsRequest>(lookup.request).partitions.front().timestamp;
  (asked == protocol::kEarliestTimestamp ? part.earliest
   : asked == protocol::kLatestTimestamp ? part.latest
                                         : part.at_timestamp) = answer.offset.value;
  if (--reset.awaiting > 0) return;
  // An administrator's commit has no member and no generation (KafkaAdminClient.alterConsumerGroupOffsets).
  protocol::OffsetCommitRequest commit;
  commit.group_id = reset.group;
  protocol::AlterShareGroupOffsetsRequest alter;
  alter.group_id = reset.group;
  for (const Lookup& one : reset.lookups) {
    const protocol::Offset to{one.result()};
    if (reset.share) alter.partitions.push_back({one.target.partition, to});
    else commit.partitions.push_back({one.target.partition, to, {}, ""});
    reset.rows.push_back(one.target.topic + "-" + std::to_string(one.target.partition.partition));
  }
  if (reset.share) reset.request = std::move(alter);
  else reset.request = std::move(commit);
  ctx.trace(fact::OffsetsReset{reset.group});
}

std::uint64_t Admin::begin(Ctx& ctx, Call call) {
  if (!running_) return 0;
  call.deadline = ctx.now() + api_timeout_;
  call.retry_at = ctx.now();
  const std::uint64_t number = next_call_++;
  calls_.emplace(number, std::move(call));
  run(ctx);
  return number;
}

void Admin::request_stop(Ctx& ctx) {
  if (!running_) return;
  network_.close_all(ctx);
  running_ = false;
  ctx.exit();
}

void Admin::retry(Ctx& ctx, Call& call, bool other_controller) {
  if (call.where != Where::Controller || over_zookeeper_) {
    call.found = {};
    if (other_controller) controller_ = {};
    if (!options_.brokers.empty()) asked_broker_ = (asked_broker_ + 1) % options_.brokers.size();
  } else if (other_controller && !options_.controllers.empty()) asked_ = (asked_ + 1) % options_.controllers.size();
  call.sent = false;
  call.retry_at = ctx.now() + backoff_.after(call.attempts++, ctx.random(sim::Stream::RetryBackoff));
}

/// The node for the call's next request; without an endpoint if no node is known.
ClientNode Admin::node_for(const Call& call) const {
  if (call.where == Where::Controller && over_zookeeper_ && controller_.endpoint.valid()) return controller_;
  if (call.where == Where::Controller && !over_zookeeper_) {
    if (options_.controllers.empty()) return {};
    return {protocol::kFirstControllerId + static_cast<ClientNodeId>(asked_), options_.controllers[asked_]};
  }
  if (call.found.endpoint.valid()) return call.found;
  if (options_.brokers.empty()) return {};
  return {-1 - static_cast<ClientNodeId>(asked_broker_), options_.brokers[asked_broker_]};
}

/// Finds the leader, the controller, or the given broker.
void Admin::find_node(Ctx& ctx, Call& call, const protocol::MetadataResponse& metadata) {
  protocol::BrokerId wanted = call.where == Where::Controller ? metadata.controller_id : call.broker;
  for (const protocol::MetadataTopic& topic : metadata.topics)
    if (topic.name == call.topic && static_cast<std::size_t>(call.partition) < topic.partitions.size())
      wanted = topic.partitions[static_cast<std::size_t>(call.partition)].leader;
  ClientNode& found = call.where == Where::Controller ? controller_ : call.found;
  for (const protocol::MetadataBroker& broker : metadata.brokers)
    if (broker.node_id == wanted) found = {wanted, protocol::located(broker.endpoint, ctx.self())};
  if (!found.endpoint.valid()) return retry(ctx, call, false);
  call.sent = false;
  call.retry_at = ctx.now();
}

void Admin::find_coordinator(Ctx& ctx, Call& call, const protocol::FindCoordinatorResponse& answer) {
  if (answer.error != ErrorCode::NONE) {
    stats_.error(ctx, answer.error);
    return retry(ctx, call, false);
  }
  call.found = {answer.node_id, protocol::located(answer.endpoint, ctx.self())};
  call.sent = false;
  call.retry_at = ctx.now();
}

protocol::Body Admin::question(const Call& call) {
  if (call.where == Where::Leader) return protocol::MetadataRequest{false, {call.topic}, false};
  if (call.where != Where::Coordinator) return protocol::MetadataRequest{};
  const bool transaction = protocol::holds_alternative<protocol::InitProducerIdRequest>(call.request);
  return protocol::FindCoordinatorRequest{call.group, std::int8_t{transaction}};
}

namespace {

/// The result rows of any administrative response.
struct Row : protocol::AdminResult {
  fact::AnswerReason what{};
  protocol::Offset offset{};  // of LowWatermark and OffsetSet
};
struct Answer {
  ErrorCode error = ErrorCode::UNKNOWN_SERVER_ERROR;
  std::vector<Row> rows;
};
/// The offset that the request sets in the partition of the response's i-th row.
std::optional<protocol::Offset> set_offset(const protocol::Body& request, std::size_t i) {
  if (const auto* commit = protocol::get_if<protocol::OffsetCommitRequest>(&request);
      commit != nullptr && i < commit->partitions.size())
    return commit->partitions[i].offset;
  if (const auto* alter = protocol::get_if<protocol::AlterShareGroupOffsetsRequest>(&request);
      alter != nullptr && i < alter->partitions.size())
    return alter->partitions[i].start_offset;
  return std::nullopt;
}
Answer read_answer(const protocol::Body& body, const std::vector<std::string>& names) {
  return protocol::visit_kafka(
      [&names](const auto& response) -> Answer {
        using T = std::decay_t<decltype(response)>;
        if constexpr (requires { protocol::AdminResult(response.results.front()); }) {
          Answer answer{response.error, {}};
          for (const protocol::AdminResult& r : response.results) answer.rows.push_back({r});
          return answer;
        } else if constexpr (std::is_same_v<T, protocol::OffsetCommitResponse> ||
                             std::is_same_v<T, protocol::OffsetDeleteResponse> ||
                             std::is_same_v<T, protocol::AlterShareGroupOffsetsResponse>) {
          Answer answer{ErrorCode::NONE, {}};
          if constexpr (requires { response.error; }) answer.error = response.error;
          for (std::size_t i = 0; i < response.partitions.size(); ++i)
            answer.rows.push_back({{i < names.size() ? names[i] : "", response.partitions[i].error, ""}});
          return answer;
        } else if constexpr (std::is_same_v<T, protocol::DeleteShareGroupOffsetsResponse>) {
          Answer answer{response.error, {}};
          for (std::size_t i = 0; i < response.topics.size(); ++i)
            answer.rows.push_back({{i < names.size() ? names[i] : "", response.topics[i].error, ""}});
          return answer;
        } else if constexpr (std::is_same_v<T, protocol::CreateTopicsResponse>) {
          Answer answer{response.error, {}};
          for (const protocol::CreateTopicsResult& r : response.topics)
            answer.rows.push_back({{r.name, r.error, r.message}});
          return answer;
        } else if constexpr (std::is_same_v<T, protocol::DeleteRecordsResponse>) {
          Answer answer{ErrorCode::NONE, {}};
          for (const protocol::DeleteRecordsPartitionResult& r : response.partitions)
            answer.rows.push_back({{"", r.error, ""},
                                   r.error == ErrorCode::NONE ? fact::AnswerReason::LowWatermark : fact::AnswerReason{},
                                   r.low_watermark});
          return answer;
        } else if constexpr (std::is_same_v<T, protocol::WriteTxnMarkersResponse>) {
          Answer answer{ErrorCode::NONE, {}};
          for (const protocol::WritableTxnMarkerResult& marker : response.markers)
            for (const protocol::WritableTxnMarkerPartitionResult& p : marker.partitions)
              answer.rows.push_back({{names.empty() ? "" : names.front(), p.error, ""}});
          return answer;
        } else if constexpr (std::is_same_v<T, protocol::InitProducerIdResponse>) {
          return {ErrorCode::NONE, {{{names.empty() ? "" : names.front(), response.error, ""}}}};
        } else {
          return {};
        }
      },
      body);
}

/// The error if the lookup of the node was not authorized; otherwise NONE.
ErrorCode forbidden(const protocol::Body& answer) {
  if (const auto* metadata = protocol::get_if<protocol::MetadataResponse>(&answer)) {
    for (const protocol::MetadataTopic& t : metadata->topics)
      if (t.error == ErrorCode::TOPIC_AUTHORIZATION_FAILED) return t.error;
  }
  const auto* coordinator = protocol::get_if<protocol::FindCoordinatorResponse>(&answer);
  return coordinator != nullptr && (coordinator->error == ErrorCode::GROUP_AUTHORIZATION_FAILED ||
                                    coordinator->error == ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
             ? coordinator->error
             : ErrorCode::NONE;
}

/// Errors after which the coordinator is looked up again (AdminApiHandler's unmapped keys).
bool coordinator_moved(ErrorCode e) {
  return e == ErrorCode::NOT_COORDINATOR || e == ErrorCode::COORDINATOR_NOT_AVAILABLE;
}
/// Errors after which the request is sent again. A coordinator that is loading or busy is still the right one
/// (FenceProducersHandler.handleError).
bool ask_again(ErrorCode e) {
  return coordinator_moved(e) || e == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS ||
         e == ErrorCode::CONCURRENT_TRANSACTIONS;
}

}  // namespace

void Admin::tell(Ctx& ctx, std::uint64_t id, std::size_t left, const Told& told) {
  ctx.trace(fact::CommandResult{.error = told.error,
                                .call = id,
                                .rows_left = static_cast<std::int64_t>(left),
                                .name = told.name,
                                .reason = told.what,
                                .offset = told.offset,
                                .message = told.message});
}

void Admin::complete(Ctx& ctx, std::uint64_t id, const Completed& done) {
  const auto it = calls_.find(id);
  if (it == calls_.end()) return;
  Call& call = it->second;
  if (done.disconnected) {
    retry(ctx, call, true);
    return;
  }
  if (const ErrorCode error = forbidden(*done.body); error != ErrorCode::NONE) {  // retrying cannot help
    stats_.error(ctx, error);
    const std::uint64_t whole = call.part_of != 0 ? call.part_of : id;
    tell(ctx, whole, 0,
         {error, call.where == Where::Leader ? call.topic + "-" + std::to_string(call.partition) : call.group});
    calls_.erase(id);
    calls_.erase(whole);
    return;
  }
  if (const auto* metadata = protocol::get_if<protocol::MetadataResponse>(done.body))
    return find_node(ctx, call, *metadata);
  if (const auto* coordinator = protocol::get_if<protocol::FindCoordinatorResponse>(done.body))
    return find_coordinator(ctx, call, *coordinator);
  if (const auto* offsets = protocol::get_if<protocol::ListOffsetsResponse>(done.body);
      offsets != nullptr && call.part_of != 0) {
    if (offsets->partitions.empty()) return ctx.fault("a leader answers for each partition that it was asked about");
    const auto& row = offsets->partitions.front();
    if (protocol::refreshes_metadata(row.error) || protocol::retriable(row.error)) {
      stats_.error(ctx, row.error);
      return retry(ctx, call, false);
    }
    const Call lookup = std::move(call);
    calls_.erase(it);
    return on_lookup(ctx, lookup, row);
  }
  if (const auto* producers = protocol::get_if<protocol::DescribeProducersResponse>(done.body))
    return on_producers(ctx, id, *producers);
  const Answer answer = read_answer(*done.body, call.rows);
  if (answer.error != ErrorCode::NONE) stats_.error(ctx, answer.error);
  // In 2.5 electLeaders reports the error to the caller (KafkaAdminClient.electLeaders); other calls look up the
  // controller again.
  const bool told = over_zookeeper_ && protocol::holds_alternative<protocol::ElectLeadersRequest>(call.request);
  if ((answer.error == ErrorCode::NOT_CONTROLLER || protocol::retriable(answer.error)) && !told) {
    retry(ctx, call, answer.error == ErrorCode::NOT_CONTROLLER);
    return;
  }
  if (std::any_of(answer.rows.begin(), answer.rows.end(),
                  [](const auto& r) { return r.error == ErrorCode::NOT_CONTROLLER; })) {
    stats_.error(ctx, ErrorCode::NOT_CONTROLLER);
    retry(ctx, call, true);
    return;
  }
  const auto another = [&](const protocol::AdminResult& r) {
    return call.where == Where::Leader ? protocol::refreshes_metadata(r.error)
                                       : call.where == Where::Coordinator && ask_again(r.error);
  };
  if (std::any_of(answer.rows.begin(), answer.rows.end(), another)) {
    for (const protocol::AdminResult& r : answer.rows)
      if (r.error != ErrorCode::NONE) stats_.error(ctx, r.error);
    const bool stays =
        call.where == Where::Coordinator &&
        std::none_of(answer.rows.begin(), answer.rows.end(), [](const auto& r) { return coordinator_moved(r.error); });
    const ClientNode coordinator = call.found;
    retry(ctx, call, false);  // otherwise the leader or coordinator has changed
    if (stays) call.found = coordinator;
    return;
  }
  const bool others_wait = act_of(id) != id;
  std::size_t left = answer.rows.size();
  for (const Row& r : answer.rows) {
    if (r.error != ErrorCode::NONE) stats_.error(ctx, r.error);
    Told told{r.error, r.name, r.message.empty() ? protocol::error_text(r.error) : r.message, r.what, r.offset};
    if (const auto set = set_offset(call.request, answer.rows.size() - left); set && !r.name.empty()) {
      told.what = fact::AnswerReason::OffsetSet;
      told.offset = *set;
    }
    if (others_wait && r.error != ErrorCode::NONE) return fail(ctx, id, told);
    tell(ctx, id, --left, told);
  }
  if (answer.error != ErrorCode::NONE)
    return fail(ctx, id, {answer.error, {}, std::string(protocol::name(answer.error))});
  if (answer.rows.empty()) tell(ctx, id, 0, {ErrorCode::NONE, {}, {}, fact::AnswerReason::NothingToDo});
  calls_.erase(it);
}

bool Admin::has_to_ask(const Call& call) const {
  switch (call.where) {
    case Where::Controller: return over_zookeeper_ && !controller_.endpoint.valid();
    case Where::AnyBroker: return false;
    default: return !call.found.endpoint.valid();
  }
}

/// Sends the call, or the lookup of its node. A 2.5 broker answers a change of topics when the cluster knows the
/// change, or when the request times out. In the latter case the response arrives before the client's timeout, because
/// the client checks timeouts at its next poll.
void Admin::send(Ctx& ctx, std::uint64_t number, Call& call, const ClientNode& node) {
  constexpr sim::Duration kPoll = sim::milliseconds(100);
  std::optional<sim::Duration> timeout;
  if (over_zookeeper_) timeout = sim::milliseconds(options_.config.number("request.timeout.ms")) + kPoll;
  call.sent = network_.send(ctx, node.id, has_to_ask(call) ? question(call) : call.request, 1, number, true, timeout);
}

void Admin::run(Ctx& ctx) {
  if (!running_) return;
  Instant wake = sim::kNever;
  for (auto it = calls_.begin(); it != calls_.end();) {
    Call& call = it->second;
    if (has_to_wait(call)) {
      call.deadline = ctx.now() + api_timeout_;
      ++it;
      continue;
    }
    const std::uint64_t id = it->first;
    if (const std::string problem = refused_here(call.request); !problem.empty()) {
      fail(ctx, id, {ErrorCode::INVALID_TOPIC_EXCEPTION, {}, problem});
      it = calls_.upper_bound(id);
      continue;
    }
    if (ctx.now() >= call.deadline) {
      if (call.part_of == 0) {
        stats_.exception(ctx, "TimeoutException");
        fail(ctx, id, {ErrorCode::REQUEST_TIMED_OUT, {}, "TimeoutException"});
      } else {
        calls_.erase(id);
      }
      it = calls_.upper_bound(id);
      continue;
    }
    wake = std::min(wake, call.deadline);
    if (call.awaiting > 0) {
      ++it;
      continue;
    }
    if (!call.sent && ctx.now() < call.retry_at) wake = std::min(wake, call.retry_at);
    const ClientNode node = node_for(call);
    if (!call.sent && ctx.now() >= call.retry_at && node.endpoint.valid()) {
      if (network_.ready(ctx, node)) send(ctx, id, call, node);
      else if (call.where != Where::Controller || over_zookeeper_) retry(ctx, call, true);
      else asked_ = (asked_ + 1) % options_.controllers.size();
      if (!call.sent && ctx.now() < call.retry_at) wake = std::min(wake, call.retry_at);
    }
    ++it;
  }
  if (ctx.due(timer_) != wake) {
    ctx.cancel(timer_);
    if (wake != sim::kNever) timer_ = ctx.set_timer_at(std::max(wake, ctx.now()), timer::kAdmin + 1);
  }
  network_.arm(ctx);
}

}  // namespace kafkascope::client
