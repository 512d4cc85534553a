// The verbs that act on clients, or through the admin client.
#include "cluster/admin_commands.h"
#include "cluster/client_options.h"
#include "cluster/command_runner.h"

namespace kafkascope::cluster {

bool CommandRunner::run_on_clients() {
  switch (command_.verb) {
    case Verb::CreateTopic:
    case Verb::DeleteTopic:
    case Verb::AddPartitions:
    case Verb::ElectLeaders:
    case Verb::Acl:
    case Verb::Quota:
    case Verb::Feature:
    case Verb::Reassign: administer(); break;
    case Verb::DeleteRecords:
      administer([&](client::Admin& admin, auto& ctx) { return delete_records(admin, ctx); });
      break;
    case Verb::ResetOffsets:
    case Verb::DeleteOffsets: administer_offsets(); break;
    case Verb::DeleteGroup: delete_group(); break;
    case Verb::AbortHanging: abort_hanging(); break;
    case Verb::TerminateTransaction: terminate_transaction(); break;
    case Verb::Configure: configure(); break;
    case Verb::Produce:
      if (command_.node && std::holds_alternative<client::QueueSender>(world_.role(first_node()))) {
        client<client::QueueSender>("refused.not_a_producer"_w,
                                    [&](client::QueueSender& p, auto& ctx) { p.produce(ctx, outgoing()); });
      } else {
        client<client::Producer>("refused.not_a_producer"_w, [&](client::Producer& p, auto& ctx) {
          p.produce(ctx, outgoing(), client::Producer::Asked::Act);
        });
      }
      break;
    case Verb::BeginTransaction:
    case Verb::CommitTransaction:
    case Verb::AbortTransaction:
    case Verb::SendOffsetsToTransaction:
      client<client::Producer>("refused.not_a_producer"_w, [&](client::Producer& p, auto& ctx) {
        p.call(ctx, transaction_call(), client::Producer::Asked::Act);
      });
      break;
    case Verb::Commit:
      client<client::Consumer>("refused.not_a_consumer"_w,
                               [&](client::Consumer& c, auto& ctx) { c.commit(ctx, offsets()); });
      break;
    case Verb::Seek:
      client<client::Consumer>("refused.not_a_consumer"_w, [&](client::Consumer& c, auto& ctx) { seek(c, ctx); });
      break;
    case Verb::Behave: each([&](sim::NodeId n) { return behave(n); }); break;
    case Verb::Subscribe:
    case Verb::Unsubscribe: each([&](sim::NodeId n) { return subscribe(n); }); break;
    case Verb::PausePartitions:
    case Verb::ResumePartitions:
      client<client::Consumer>("refused.not_a_consumer"_w,
                               [&](client::Consumer& c, auto& ctx) { pause_partitions(c, ctx); });
      break;
    default: return false;
  }
  return true;
}

namespace {
// Out of the templates below: clang 14 does not emit a consteval key there.
words::Message not_running() { return "refused.not_running"_w; }
words::Message threw(const std::string& exception) { return {"refused.threw"_w, {{"exception", exception}}}; }
words::Message not_assigned(const PartitionName& partition) {
  return {"refused.not_assigned"_w, {{"partition", partition.text()}}};
}
}  // namespace

template <class C, class Act>
void CommandRunner::client(words::Key wrong_kind, Act&& act) {
  each([&](sim::NodeId n) -> words::Message {
    auto* transform = std::get_if<client::Transform>(&world_.role(n));
    C* role = std::get_if<C>(&world_.role(n));
    if constexpr (std::is_same_v<C, client::Consumer>) role = transform != nullptr ? &transform->consumer() : role;
    if (role == nullptr) return wrong_kind;
    if (!world_.alive(n)) return not_running();
    // An earlier act of this instant may have thrown as well.
    const auto counted = [&] {
      std::int64_t sum = 0;
      for (const auto& [unused, times] : role->stats().errors) sum += times;
      return sum;
    };
    const std::int64_t before = counted();
    world_.with_context(n, [&](auto& ctx) {
      act(*role, ctx);
      if (transform != nullptr) transform->settle(ctx);
    });
    const auto& thrown = role->stats().thrown;
    if (thrown && thrown->at == cluster_.now() && counted() != before) outcome_.said = threw(thrown->class_name);
    return {};
  });
}

std::vector<client::OutgoingRecord> CommandRunner::outgoing() const {
  std::vector<client::OutgoingRecord> records;
  for (const RecordSpec& r : command_.get<act::Produce>().records)
    records.push_back({r.topic, r.partition, r.key, r.value, r.headers, r.timestamp_ms});
  return records;
}

std::map<std::pair<std::string, std::int32_t>, std::int64_t> CommandRunner::offsets() const {
  std::map<std::pair<std::string, std::int32_t>, std::int64_t> result;
  for (const auto& [name, offset] : command_.get<act::Commit>().offsets) result[{name.topic, name.partition}] = offset;
  return result;
}

client::TransactionCall CommandRunner::transaction_call() const {
  using Kind = client::TransactionCall::Kind;
  client::TransactionCall call;
  call.kind = command_.verb == Verb::BeginTransaction    ? Kind::Begin
              : command_.verb == Verb::CommitTransaction ? Kind::Commit
              : command_.verb == Verb::AbortTransaction  ? Kind::Abort
                                                         : Kind::SendOffsets;
  if (call.kind != Kind::SendOffsets) return call;
  const auto& sent = command_.get<act::SendOffsets>();
  call.group.group_id = sent.group;
  for (const auto& [name, offset] : sent.offsets)
    call.offsets.push_back({cluster_.partition(name), protocol::Offset{offset}, {}, {}});
  return call;
}

client::SeekTarget CommandRunner::seek_target(const PositionSpec& position) {
  client::SeekTarget target;
  target.value = position.value;
  switch (position.kind) {
    case PositionSpec::Kind::Offset: target.kind = client::SeekTarget::Kind::Offset; break;
    case PositionSpec::Kind::Beginning: target.kind = client::SeekTarget::Kind::Beginning; break;
    case PositionSpec::Kind::End: target.kind = client::SeekTarget::Kind::End; break;
    case PositionSpec::Kind::Timestamp: target.kind = client::SeekTarget::Kind::Timestamp; break;
  }
  return target;
}

template <class Ctx>
void CommandRunner::seek(client::Consumer& consumer, Ctx& ctx) {
  const auto& to = command_.get<act::Seek>();
  if (!consumer.seek(ctx, to.partition->topic, to.partition->partition, seek_target(*to.position)))
    fail(not_assigned(*to.partition));
}

template <class Ctx>
std::uint64_t CommandRunner::delete_records(client::Admin& admin, Ctx& ctx) {
  const auto& deleted = command_.get<act::DeleteRecords>();
  protocol::DeleteRecordsRequest request;
  request.partitions.push_back({cluster_.partition(*deleted.partition), protocol::Offset{*deleted.before}});
  return admin.submit_to_leader(ctx, deleted.partition->topic, deleted.partition->partition, std::move(request));
}

void CommandRunner::abort_hanging() {
  if (cluster_.spec().kafka == protocol::KafkaVersion::V2_5) return fail("refused.before_kip_664"_w);
  const auto& hanging = command_.get<act::AbortHanging>();
  std::optional<protocol::Offset> start;
  if (hanging.start_offset) start = protocol::Offset{*hanging.start_offset};
  administer([&](client::Admin& admin, auto& ctx) {
    return admin.abort_transaction(ctx, hanging.partition->topic, cluster_.partition(*hanging.partition), start);
  });
}

void CommandRunner::terminate_transaction() {
  if (cluster_.spec().kafka == protocol::KafkaVersion::V2_5) return fail("refused.before_kip_939"_w);
  administer([&](client::Admin& admin, auto& ctx) {
    return admin.force_terminate(ctx, command_.get<act::TerminateTransaction>().transactional_id);
  });
}

std::vector<PartitionName> CommandRunner::group_partitions(const act::GroupOffsets& of) const {
  std::vector<PartitionName> names = of.partitions;
  std::vector<std::string> topics = of.topics;
  if (!of.topic.empty()) topics.push_back(of.topic);
  for (const std::string& topic : topics) {
    const protocol::TopicImage* image = cluster_.committed().topic(cluster_.committed().topic_id(topic));
    for (std::size_t i = 0; image != nullptr && i < image->partitions.size(); ++i)
      names.push_back({topic, static_cast<std::int32_t>(i)});
  }
  if (!names.empty() || !topics.empty()) return names;
  const broker::Broker* coordinator = cluster_.broker(cluster_.coordinator_of(of.group));
  if (const auto* share = coordinator == nullptr ? nullptr : coordinator->coordinator().share_group(of.group))
    for (const protocol::TopicPartition tp : share->initialized())
      if (const protocol::TopicImage* image = cluster_.committed().topic(tp.topic))
        names.push_back({image->name, tp.partition});
  const auto* offsets = coordinator == nullptr ? nullptr : coordinator->coordinator().offsets(of.group);
  if (offsets != nullptr)
    for (const auto& [tp, offset] : *offsets)
      if (const protocol::TopicImage* image = cluster_.committed().topic(tp.topic))
        names.push_back({image->name, tp.partition});
  return names;
}

bool CommandRunner::is_share_group(const std::string& group) const {
  const auto& clients = cluster_.spec().clients;
  return std::any_of(clients.begin(), clients.end(), [&](const ClientSpec& c) {
    return c.kind == ClientKind::ShareConsumer && c.config.text("group.id") == group;
  });
}

void CommandRunner::delete_group() {
  const std::string& group = command_.get<act::DeleteGroup>().group;
  administer([&](client::Admin& admin, auto& ctx) {
    return admin.submit_to_coordinator(ctx, group, protocol::DeleteGroupsRequest{{group}});
  });
}

void CommandRunner::administer_offsets() {
  const auto& of = command_.get<act::GroupOffsets>();
  const std::vector<PartitionName> names = group_partitions(of);
  if (names.empty()) return fail({"refused.nothing_committed"_w, {{"group", of.group}}});
  const bool share = is_share_group(of.group);
  if (command_.verb == Verb::DeleteOffsets && share) {
    protocol::DeleteShareGroupOffsetsRequest request{of.group, {}};
    std::vector<std::string> rows;  // one row per topic, because this request names whole topics
    for (const PartitionName& name : names) {
      const protocol::TopicId topic = cluster_.partition(name).topic;
      if (std::find(request.topics.begin(), request.topics.end(), topic) != request.topics.end()) continue;
      request.topics.push_back(topic);
      rows.push_back(name.topic);
    }
    return administer([&](client::Admin& admin, auto& ctx) {
      return admin.submit_to_coordinator(ctx, of.group, std::move(request), std::move(rows));
    });
  }
  if (command_.verb == Verb::DeleteOffsets) {
    protocol::OffsetDeleteRequest request{of.group, {}};
    std::vector<std::string> rows;
    for (const PartitionName& name : names) {
      request.partitions.push_back(cluster_.partition(name));
      rows.push_back(name.text());
    }
    return administer([&](client::Admin& admin, auto& ctx) {
      return admin.submit_to_coordinator(ctx, of.group, std::move(request), std::move(rows));
    });
  }
  std::vector<client::ResetTarget> targets;
  for (const PartitionName& name : names)
    targets.push_back({name.topic, cluster_.partition(name), seek_target(*of.position)});
  administer(
      [&](client::Admin& admin, auto& ctx) { return admin.reset_offsets(ctx, of.group, share, std::move(targets)); });
}

words::Message CommandRunner::subscribe(sim::NodeId n) {
  if (!world_.alive(n)) return "refused.not_running"_w;
  const std::vector<std::string>& topics = command_.get<act::Subscribe>().topics;
  auto& role = world_.role(n);
  if (auto* consumer = std::get_if<client::Consumer>(&role))
    world_.with_context(n, [&](auto& ctx) { consumer->subscribe(ctx, topics); });
  else if (auto* sharer = std::get_if<client::ShareConsumer>(&role))
    world_.with_context(n, [&](auto& ctx) { sharer->subscribe(ctx, topics); });
  else return "refused.not_a_consumer"_w;
  return {};
}

words::Message CommandRunner::behave(sim::NodeId n) {
  if (!world_.alive(n)) return "refused.not_running"_w;
  const auto& change = command_.get<act::Behave>();
  client::ProducerBehavior producing;
  if (change.rate) producing.rate_millionths = change.rate->millionths_per_second;
  if (change.send) producing.send = static_cast<client::SendMode>(*change.send);
  if (change.partitioner) producing.partitioner = partitioner_options(*change.partitioner);
  client::ConsumerBehavior consuming;
  if (change.work) consuming.work = client::WorkOptions{change.work->each, change.work->by_key};
  if (change.commit) consuming.commit = static_cast<client::CommitMode>(*change.commit);
  consuming.handoff_threads = change.handoff_threads;
  auto& role = world_.role(n);
  const auto tell = [&](auto& to, const auto& behavior) {
    world_.with_context(n, [&](auto& ctx) { to.behave(ctx, behavior); });
  };
  if (auto* producer = std::get_if<client::Producer>(&role)) {
    tell(*producer, producing);
  } else if (auto* consumer = std::get_if<client::Consumer>(&role)) {
    tell(*consumer, consuming);
  } else if (auto* transform = std::get_if<client::Transform>(&role)) {
    consuming.commit.reset();
    tell(transform->consumer(), consuming);
    world_.with_context(n, [&](auto& ctx) { transform->settle(ctx); });
  } else if (auto* sender = std::get_if<client::QueueSender>(&role)) {
    tell(*sender, producing);
  } else if (auto* reader = std::get_if<client::QueueReader>(&role)) {
    tell(*reader, consuming);
  } else if (auto* service = std::get_if<client::Service>(&role)) {
    client::Service::Behavior to{producing.rate_millionths, {}, {}};
    if (change.work) to.work = change.work->each;
    if (change.calls) {
      to.calls.emplace();
      for (const std::string& id : *change.calls) to.calls->emplace_back(id, cluster_.find(id));
    }
    tell(*service, to);
  } else if (auto* sharer = std::get_if<client::ShareConsumer>(&role)) {
    client::ShareConsumerBehavior to;
    if (change.work) to.work = client::WorkOptions{change.work->each, change.work->by_key};
    if (change.acknowledge) to.acknowledge = acknowledge_options(*change.acknowledge);
    world_.with_context(n, [&](auto& ctx) { sharer->behave(ctx, to); });
  } else {
    return "refused.not_an_application"_w;
  }
  return {};
}

template <class Ctx>
void CommandRunner::pause_partitions(client::Consumer& consumer, Ctx& ctx) {
  for (const PartitionName& p : command_.get<act::PausePartitions>().partitions)
    if (!consumer.pause(ctx, p.topic, p.partition, command_.verb == Verb::PausePartitions)) fail(not_assigned(p));
}

void CommandRunner::administer() {
  administer([&](client::Admin& admin, auto& ctx) {
    AdminRequests requests = admin_requests(cluster_, command_, ctx.random(sim::Stream::Placement));
    if (!requests.refused.empty()) fail(std::move(requests.refused));
    return outcome_.done ? admin.submit_in_turn(ctx, std::move(requests.bodies)) : 0;
  });
}

template <class Submit>
void CommandRunner::administer(Submit&& submit) {
  sim::NodeId by = command_.as.empty() ? sim::NodeId{} : cluster_.find(command_.as);
  if (!by.valid()) by = cluster_.operator_node();
  if (!world_.alive(by)) world_.start(by, true);
  world_.with_context(by, [&](auto& ctx) { outcome_.call = submit(std::get<client::Admin>(world_.role(by)), ctx); });
  if (outcome_.done) outcome_.nodes.push_back(cluster_.info(by).name);
}

void CommandRunner::configure() {
  const auto& change = command_.get<act::Configure>();
  const std::vector<sim::NodeId> nodes = command_.node ? cluster_.resolve(*command_.node) : std::vector<sim::NodeId>{};
  if (nodes.empty() || cluster_.info(nodes.front()).client < 0) return administer();
  for (sim::NodeId n : nodes) {
    std::visit(
        [&](auto& role) {
          if constexpr (requires { role.set_config(role.options().config); }) {
            role.set_config(with_config(role.options().config, change.config));
          }
        },
        world_.role(n));
    NodeInfo& info = cluster_.nodes_[static_cast<std::size_t>(n.index)];
    if (std::exchange(info.configured_in, world_.incarnation(n)) != world_.incarnation(n)) info.configured.clear();
    for (const auto& entry : change.config) info.configured.push_back(entry.first);
    outcome_.nodes.push_back(cluster_.info(n).name);
  }
}

}  // namespace kafkascope::cluster
