// One handler per scenario verb. A handler changes the world and fills in the Outcome.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <utility>

#include "cluster/admin_commands.h"
#include "cluster/client_options.h"
#include "cluster/cluster.h"
#include "cluster/verb_context.h"
#include "cluster/verbs.h"
#include "cluster/world.h"
#include "protocol/apis.h"
#include "protocol/trace_code.h"

namespace kafkascope::cluster {

using protocol::ApiKey;

class CommandRunner {
 public:
  CommandRunner(Cluster& cluster, const Command& command)
      : cluster_(cluster), world_(cluster.world()), command_(command) {}

  Outcome run() {
    if (const auto own = info(command_.verb).run) {
      VerbContext context{cluster_, command_, [this](const auto& act) { each(act); },
                          [this](const std::string& why) { fail(why); }};
      own(context);
      return std::move(outcome_);
    }
    switch (command_.verb) {
      case Verb::Crash:
      case Verb::Kill: each([&](sim::NodeId n) { return kill(n, sim::Death::Crash); }); break;
      case Verb::PowerOff: each([&](sim::NodeId n) { return kill(n, sim::Death::PowerOff); }); break;
      case Verb::Restart: each([&](sim::NodeId n) { return restart(n); }); break;
      case Verb::Start: each([&](sim::NodeId n) { return world_.restart(n) ? "" : "it is running already"; }); break;
      case Verb::Shutdown:
      case Verb::Stop: each([&](sim::NodeId n) { return shut_down(n); }); break;
      case Verb::Pause:
        each([&](sim::NodeId n) { return world_.pause(n) ? "" : "it is not running, or paused already"; });
        break;
      case Verb::Resume: each([&](sim::NodeId n) { return world_.resume(n) ? "" : "it is not paused"; }); break;
      case Verb::Partition:
        sides([&](const auto& from, const auto& to) { world_.partition(from, to, command_.one_way); });
        break;
      case Verb::Isolate: each([&](sim::NodeId n) { return world_.isolate(n), ""; }); break;
      case Verb::Heal: heal(); break;
      case Verb::Link: sides([&](const auto& from, const auto& to) { link(from, to); }); break;
      case Verb::Lose: world_.lose(filter(), count()); break;
      case Verb::Hold: world_.hold(filter(), count()); break;
      case Verb::Release: world_.release(filter(), count()); break;
      case Verb::Answer: each([&](sim::NodeId n) { return answer(n); }); break;
      case Verb::Deliver: deliver(); break;
      case Verb::Disk: each([&](sim::NodeId n) { return disk(n); }); break;
      case Verb::WipeDisk: each([&](sim::NodeId n) { return wipe_disk(n); }); break;
      case Verb::SkewClock: each([&](sim::NodeId n) { return world_.skew_clock(n, command_.by), ""; }); break;
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
      case Verb::DeleteOffsets:
      case Verb::DeleteGroup: administer_group(); break;
      case Verb::AbortHanging: abort_hanging(); break;
      case Verb::TerminateTransaction: terminate_transaction(); break;
      case Verb::Configure: configure(); break;
      case Verb::AddBroker: add_broker(); break;
      case Verb::RemoveBroker: remove_broker(); break;
      case Verb::AddClient: add_client(); break;
      case Verb::Produce:
        if (command_.node && std::holds_alternative<client::QueueSender>(world_.role(first_node()))) {
          client<client::QueueSender>("", [&](client::QueueSender& p, auto& ctx) { p.produce(ctx, outgoing()); });
        } else {
          client<client::Producer>("it is not a producer",
                                   [&](client::Producer& p, auto& ctx) { p.produce(ctx, outgoing()); });
        }
        break;
      case Verb::BeginTransaction:
      case Verb::CommitTransaction:
      case Verb::AbortTransaction:
      case Verb::SendOffsetsToTransaction:
        client<client::Producer>("it is not a producer",
                                 [&](client::Producer& p, auto& ctx) { p.call(ctx, transaction_call()); });
        break;
      case Verb::Commit:
        client<client::Consumer>("it is not a consumer",
                                 [&](client::Consumer& c, auto& ctx) { c.commit(ctx, offsets()); });
        break;
      case Verb::Seek:
        client<client::Consumer>("it is not a consumer", [&](client::Consumer& c, auto& ctx) { seek(c, ctx); });
        break;
      case Verb::Behave: each([&](sim::NodeId n) { return behave(n); }); break;
      case Verb::Subscribe:
      case Verb::Unsubscribe: each([&](sim::NodeId n) { return subscribe(n); }); break;
      case Verb::PausePartitions:
      case Verb::ResumePartitions:
        client<client::Consumer>("it is not a consumer",
                                 [&](client::Consumer& c, auto& ctx) { pause_partitions(c, ctx); });
        break;
      default:
        outcome_.failed = true;
        fail(std::string(to_string(command_.verb)) + " has no engine yet");
        break;
    }
    return std::move(outcome_);
  }

 private:
  void fail(const std::string& why) {
    outcome_.done = false;
    if (!outcome_.message.empty()) outcome_.message += "; ";
    outcome_.message += why;
  }

  void nobody(const std::string& who) {
    outcome_.failed = true;
    fail("no node matches " + who + " now");
  }

  /// Calls act on every node that the command names, in id order; act returns "", or why nothing was done.
  template <class Act>
  void each(Act&& act) {
    const std::vector<sim::NodeId> nodes =
        command_.node ? cluster_.resolve(*command_.node) : std::vector<sim::NodeId>{};
    if (nodes.empty()) return nobody(command_.node ? to_text(*command_.node) : "node");
    bool any = false;
    std::string refused;
    for (sim::NodeId n : nodes) {
      const std::string why = act(n);
      if (why.empty()) {
        any = true;
        outcome_.nodes.push_back(cluster_.info(n).name);
      } else {
        refused += (refused.empty() ? "" : "; ") + cluster_.info(n).name + ": " + why;
      }
    }
    if (!any) fail(refused);
  }

  /// The first node that the command names; if it names none, a controller.
  sim::NodeId first_node() const {
    const auto nodes = cluster_.resolve(*command_.node);
    return nodes.empty() ? cluster_.controllers_.front() : nodes.front();
  }

  std::vector<sim::NodeId> all_of(const std::vector<NodeRef>& refs) {
    std::vector<sim::NodeId> nodes;
    for (const NodeRef& ref : refs) {
      const auto found = cluster_.resolve(ref);
      if (found.empty()) nobody(to_text(ref));
      for (sim::NodeId n : found)
        if (std::find(nodes.begin(), nodes.end(), n) == nodes.end()) nodes.push_back(n);
    }
    return nodes;
  }

  template <class Act>
  void sides(Act&& act) {
    const auto from = all_of(command_.from);
    const auto to = all_of(command_.to);
    if (outcome_.done) act(from, to);
  }

  std::string restart(sim::NodeId n) {
    if (!command_.config.empty()) {
      if (world_.alive(n) && world_.state(n) != sim::NodeState::ShuttingDown) return "it is running already";
      auto* broker = std::get_if<broker::Broker>(&world_.role(n));
      if (broker == nullptr) return "it is not a broker";
      const protocol::Config edited = with_config(broker->options().config, command_);
      const protocol::AdvertisedListeners listeners = protocol::advertised_listeners(edited, broker->options().host);
      if (!listeners.problem.empty()) {
        outcome_.said = {"run.listeners_of_edit"_w, {{"problem", listeners.problem}, {"remedy", listeners.remedy}}};
        return words::render(words::Lang::En, outcome_.said);
      }
      broker->edit_properties(edited);
    }
    return world_.restart(n) ? "" : "it is running already";
  }

  std::string kill(sim::NodeId n, sim::Death how) {
    // Under ZooKeeper the committed metadata is read from the servers on demand. It is read here because this node may
    // be the only one that knows the latest changes.
    cluster_.committed();
    return world_.kill(n, how) ? "" : "it is not running";
  }

  std::string shut_down(sim::NodeId n) {
    if (!world_.alive(n)) return "it is not running";
    if (world_.state(n) == sim::NodeState::Paused) return "it is paused";
    if (cluster_.info(n).kind == NodeKind::ZooKeeper) return kill(n, sim::Death::Stop);  // it has nothing to hand over
    world_.with_context(n, [&](auto& ctx) {
      std::visit(
          [&](auto& role) {
            if constexpr (requires { role.request_shutdown(ctx); }) {
              role.request_shutdown(ctx);
            } else if constexpr (requires { role.request_stop(ctx); }) {
              role.request_stop(ctx);  // a client's close()
            }
          },
          world_.role(n));
    });
    return "";
  }

  /// Replaces the disk by an empty, formatted one: the logs, the checkpoints, the quorum's log and the clean-shutdown
  /// file are gone.
  std::string wipe_disk(sim::NodeId n) {
    auto* b = std::get_if<broker::Broker>(&world_.role(n));
    if (b == nullptr) return "only a broker's disk can be replaced yet";
    if (world_.alive(n)) return "it is running";
    if (const std::string why = no_such_dir(*b); !why.empty()) return why;
    b->wipe_disk(command_.dir.value_or(storage::kNoDir));
    return "";
  }

  void heal() {
    if (command_.node) {
      each([&](sim::NodeId n) { return world_.heal_node(n), ""; });
    } else if (!command_.from.empty()) {
      sides([&](const auto& from, const auto& to) { world_.heal(from, to, command_.one_way); });
    } else {
      world_.heal_all();
    }
  }

  void link(const std::vector<sim::NodeId>& from, const std::vector<sim::NodeId>& to) {
    const auto set = [&](sim::NodeId a, sim::NodeId b) {
      if (a == b) return;
      sim::LinkConfig config = world_.link(a, b);
      if (command_.latency) apply_latency(config, *command_.latency);
      if (command_.bandwidth_bytes_per_s) config.bandwidth = *command_.bandwidth_bytes_per_s;
      if (command_.loss_ppm) config.loss_ppm = static_cast<std::uint32_t>(*command_.loss_ppm);
      world_.set_link(a, b, config);
    };
    for (sim::NodeId a : from)
      for (sim::NodeId b : to) {
        set(a, b);
        if (!command_.one_way) set(b, a);
      }
  }

  std::string no_such_dir(const broker::Broker& b) const {
    if (!command_.dir || *command_.dir < b.log_dirs().size()) return "";
    return fmt::format("it has no directory {}", *command_.dir);
  }

  std::string disk(sim::NodeId n) {
    auto* b = std::get_if<broker::Broker>(&world_.role(n));
    if (b == nullptr && (command_.dir || command_.capacity_bytes || command_.fail))
      return "only a broker's disk can be full or fail, or be one of several";
    if (b != nullptr) {
      if (const std::string why = no_such_dir(*b); !why.empty()) return why;
      b->change_disk(command_.dir.value_or(storage::kNoDir),
                     {command_.write_bytes_per_s, command_.capacity_bytes, command_.flush, command_.fail},
                     world_.now());
      if (command_.fail.value_or(false) && world_.alive(n))
        world_.with_context(n, [&](auto& ctx) { b->expect_disk_failure(ctx); });
      if (command_.dir.value_or(0) != 0) return "";  // the quorum's log is in the first directory
    }
    sim::DiskConfig config = world_.disk(n);
    if (command_.write_bytes_per_s) config.write_bytes_per_s = *command_.write_bytes_per_s;
    if (command_.flush) config.flush_latency_us = command_.flush->us;
    world_.set_disk(n, config);
    return "";
  }

  std::uint64_t count() const { return command_.count ? static_cast<std::uint64_t>(*command_.count) : sim::kAll; }

  sim::MessageFilter filter() {
    sim::MessageFilter f;
    f.from = all_of(command_.from);
    f.to = all_of(command_.to);
    if (command_.api.empty() && command_.what == MessageSide::Any) return f;  // the rule matches every message
    for (const ApiKey api : protocol::all_apis()) {
      if (!command_.api.empty() && protocol::name(api) != command_.api) continue;
      if (command_.what != MessageSide::Response) f.codes.push_back(protocol::trace_code(api));
      if (command_.what != MessageSide::Request) f.codes.push_back(protocol::trace_code(api, true));
    }
    return f;
  }

  std::string answer(sim::NodeId n) {
    auto* b = std::get_if<broker::Broker>(&world_.role(n));
    if (b == nullptr) return "only a broker answers requests";
    broker::AnswerRule rule;
    for (const ApiKey api : protocol::all_apis())
      if (protocol::name(api) == command_.api) rule.api = api;
    rule.error = protocol::ErrorCode::UNKNOWN_SERVER_ERROR;
    for (int code = -1; code <= 200; ++code)
      if (protocol::name(static_cast<protocol::ErrorCode>(code)) == command_.error)
        rule.error = static_cast<protocol::ErrorCode>(code);
    rule.count = command_.count ? *command_.count : -1;
    if (const auto from = all_of(command_.from); !from.empty()) rule.from = from.front();
    b->answer_next(rule);
    return "";
  }

  void deliver() {
    // The event's key as "time/class/node/counter", the form in the list of pending events.
    long long time = 0, cls = 0, node = 0;
    unsigned long long counter = 0;
    if (std::sscanf(command_.event.c_str(), "%lld/%lld/%lld/%llu", &time, &cls, &node, &counter) != 4)
      return fail("event keys look like 1500000/2/3/17");
    const sim::EventKey key{{time}, static_cast<sim::EventClass>(cls), {static_cast<std::int32_t>(node)}, counter};
    if (!world_.deliver_now(key)) fail("no such event is pending");
  }

  template <class C, class Act>
  void client(const char* wrong_kind, Act&& act) {
    each([&](sim::NodeId n) -> std::string {
      auto* transform = std::get_if<client::Transform>(&world_.role(n));
      C* role = std::get_if<C>(&world_.role(n));
      if constexpr (std::is_same_v<C, client::Consumer>) role = transform != nullptr ? &transform->consumer() : role;
      if (role == nullptr) return wrong_kind;
      if (!world_.alive(n)) return "it is not running";
      world_.with_context(n, [&](auto& ctx) {
        act(*role, ctx);
        if (transform != nullptr) transform->settle(ctx);
      });
      const auto& thrown = role->stats().thrown;
      if (thrown && thrown->at == cluster_.now()) outcome_.message = thrown->class_name;
      return "";
    });
  }

  std::vector<client::OutgoingRecord> outgoing() const {
    std::vector<client::OutgoingRecord> records;
    for (const RecordSpec& r : command_.records)
      records.push_back({r.topic, r.partition, r.key, r.value, r.headers, r.timestamp_ms});
    return records;
  }

  std::map<std::pair<std::string, std::int32_t>, std::int64_t> offsets() const {
    std::map<std::pair<std::string, std::int32_t>, std::int64_t> result;
    for (const auto& [name, offset] : command_.offsets) result[{name.topic, name.partition}] = offset;
    return result;
  }

  client::TransactionCall transaction_call() const {
    using Kind = client::TransactionCall::Kind;
    client::TransactionCall call;
    call.kind = command_.verb == Verb::BeginTransaction    ? Kind::Begin
                : command_.verb == Verb::CommitTransaction ? Kind::Commit
                : command_.verb == Verb::AbortTransaction  ? Kind::Abort
                                                           : Kind::SendOffsets;
    call.group.group_id = command_.group;
    for (const auto& [name, offset] : command_.offsets)
      call.offsets.push_back({cluster_.partition(name), protocol::Offset{offset}, {}, {}});
    return call;
  }

  client::SeekTarget seek_target() const {
    client::SeekTarget target;
    target.value = command_.position->value;
    switch (command_.position->kind) {
      case PositionSpec::Kind::Offset: target.kind = client::SeekTarget::Kind::Offset; break;
      case PositionSpec::Kind::Beginning: target.kind = client::SeekTarget::Kind::Beginning; break;
      case PositionSpec::Kind::End: target.kind = client::SeekTarget::Kind::End; break;
      case PositionSpec::Kind::Timestamp: target.kind = client::SeekTarget::Kind::Timestamp; break;
    }
    return target;
  }

  template <class Ctx>
  void seek(client::Consumer& consumer, Ctx& ctx) {
    if (!consumer.seek(ctx, command_.partition->topic, command_.partition->partition, seek_target()))
      fail(fmt::format("{} is not assigned to it", command_.partition->text()));
  }

  /// kafka-delete-records, sent to the partition's leader. No broker knows a partition that does not exist.
  template <class Ctx>
  std::uint64_t delete_records(client::Admin& admin, Ctx& ctx) {
    protocol::DeleteRecordsRequest request;
    request.partitions.push_back({cluster_.partition(*command_.partition), protocol::Offset{*command_.before}});
    return admin.submit_to_leader(ctx, command_.partition->topic, command_.partition->partition, std::move(request));
  }

  /// kafka-transactions abort. A broker of 2.5 cannot say whose transactions are open.
  void abort_hanging() {
    if (cluster_.spec().kafka == protocol::KafkaVersion::V2_5)
      return fail("kafka-transactions came with Kafka 3.0 (KIP-664)");
    std::optional<protocol::Offset> start;
    if (command_.start_offset) start = protocol::Offset{*command_.start_offset};
    administer([&](client::Admin& admin, auto& ctx) {
      return admin.abort_transaction(ctx, command_.partition->topic, cluster_.partition(*command_.partition), start);
    });
  }

  /// kafka-transactions forceTerminateTransaction.
  void terminate_transaction() {
    if (cluster_.spec().kafka == protocol::KafkaVersion::V2_5)
      return fail("forceTerminateTransaction came with Kafka 4.1 (KIP-939)");
    administer([&](client::Admin& admin, auto& ctx) { return admin.force_terminate(ctx, command_.name); });
  }

  /// The partitions that a group verb concerns: those named; else all of the named topics; else all for which the group
  /// has committed offsets.
  std::vector<PartitionName> group_partitions() const {
    std::vector<PartitionName> names = command_.partitions;
    std::vector<std::string> topics = command_.topics;
    if (!command_.topic.empty()) topics.push_back(command_.topic);
    for (const std::string& topic : topics) {
      const protocol::TopicImage* image = cluster_.committed().topic(cluster_.committed().topic_id(topic));
      for (std::size_t i = 0; image != nullptr && i < image->partitions.size(); ++i)
        names.push_back({topic, static_cast<std::int32_t>(i)});
    }
    if (!names.empty() || !topics.empty()) return names;
    const broker::Broker* coordinator = cluster_.broker(cluster_.coordinator_of(command_.group));
    if (const auto* share = coordinator == nullptr ? nullptr : coordinator->coordinator().share_group(command_.group))
      for (const protocol::TopicPartition tp : share->initialized())
        if (const protocol::TopicImage* image = cluster_.committed().topic(tp.topic))
          names.push_back({image->name, tp.partition});
    const auto* offsets = coordinator == nullptr ? nullptr : coordinator->coordinator().offsets(command_.group);
    if (offsets != nullptr)
      for (const auto& [tp, offset] : *offsets)
        if (const protocol::TopicImage* image = cluster_.committed().topic(tp.topic))
          names.push_back({image->name, tp.partition});
    return names;
  }

  /// Whether the operator must use kafka-share-groups: some share consumer has that group.id, even if none has joined
  /// yet.
  bool is_share_group() const {
    const auto& clients = cluster_.spec().clients;
    return std::any_of(clients.begin(), clients.end(), [&](const ClientSpec& c) {
      return c.kind == ClientKind::ShareConsumer && c.config.text("group.id") == command_.group;
    });
  }

  /// kafka-consumer-groups or kafka-share-groups with --reset-offsets --execute, --delete-offsets or --delete.
  void administer_group() {
    if (command_.verb == Verb::DeleteGroup) {
      return administer([&](client::Admin& admin, auto& ctx) {
        return admin.submit_to_coordinator(ctx, command_.group, protocol::DeleteGroupsRequest{{command_.group}});
      });
    }
    const std::vector<PartitionName> names = group_partitions();
    if (names.empty())
      return fail(fmt::format("group {} has committed nothing, and no topic is named", command_.group));
    const bool share = is_share_group();
    if (command_.verb == Verb::DeleteOffsets && share) {
      protocol::DeleteShareGroupOffsetsRequest request{command_.group, {}};
      std::vector<std::string> rows;  // one row per topic, because this request names whole topics
      for (const PartitionName& name : names) {
        const protocol::TopicId topic = cluster_.partition(name).topic;
        if (std::find(request.topics.begin(), request.topics.end(), topic) != request.topics.end()) continue;
        request.topics.push_back(topic);
        rows.push_back(name.topic);
      }
      return administer([&](client::Admin& admin, auto& ctx) {
        return admin.submit_to_coordinator(ctx, command_.group, std::move(request), std::move(rows));
      });
    }
    if (command_.verb == Verb::DeleteOffsets) {
      protocol::OffsetDeleteRequest request{command_.group, {}};
      std::vector<std::string> rows;
      for (const PartitionName& name : names) {
        request.partitions.push_back(cluster_.partition(name));
        rows.push_back(name.text());
      }
      return administer([&](client::Admin& admin, auto& ctx) {
        return admin.submit_to_coordinator(ctx, command_.group, std::move(request), std::move(rows));
      });
    }
    std::vector<client::ResetTarget> targets;
    for (const PartitionName& name : names) targets.push_back({name.topic, cluster_.partition(name), seek_target()});
    administer([&](client::Admin& admin, auto& ctx) {
      return admin.reset_offsets(ctx, command_.group, share, std::move(targets));
    });
  }

  /// A command without topics subscribes to nothing, which is unsubscribe().
  std::string subscribe(sim::NodeId n) {
    if (!world_.alive(n)) return "it is not running";
    auto& role = world_.role(n);
    if (auto* consumer = std::get_if<client::Consumer>(&role))
      world_.with_context(n, [&](auto& ctx) { consumer->subscribe(ctx, command_.topics); });
    else if (auto* sharer = std::get_if<client::ShareConsumer>(&role))
      world_.with_context(n, [&](auto& ctx) { sharer->subscribe(ctx, command_.topics); });
    else return "it is not a consumer";
    return "";
  }

  std::string behave(sim::NodeId n) {
    if (!world_.alive(n)) return "it is not running";
    const BehaviorChange& change = command_.behave;
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
      return "it is not an application";
    }
    return "";
  }

  template <class Ctx>
  void pause_partitions(client::Consumer& consumer, Ctx& ctx) {
    for (const PartitionName& p : command_.partitions)
      if (!consumer.pause(ctx, p.topic, p.partition, command_.verb == Verb::PausePartitions))
        fail(fmt::format("{} is not assigned to it", p.text()));
  }

  void administer() {
    administer([&](client::Admin& admin, auto& ctx) {
      AdminRequests requests = admin_requests(cluster_, command_, ctx.random(sim::Stream::Placement));
      if (!requests.refused.empty()) fail(requests.refused);
      return outcome_.done ? admin.submit_in_turn(ctx, std::move(requests.bodies)) : 0;
    });
  }

  /// submit(admin, ctx) submits the request and returns the call's number.
  template <class Submit>
  void administer(Submit&& submit) {
    sim::NodeId by = command_.as.empty() ? sim::NodeId{} : cluster_.find(command_.as);
    if (!by.valid()) by = cluster_.operator_node();
    if (!world_.alive(by)) world_.start(by, true);
    world_.with_context(by, [&](auto& ctx) { outcome_.call = submit(std::get<client::Admin>(world_.role(by)), ctx); });
    if (outcome_.done) outcome_.nodes.push_back(cluster_.info(by).name);
  }

  /// A client's configuration takes effect at its next start; all other changes are requests to the controller.
  void configure() {
    const std::vector<sim::NodeId> nodes =
        command_.node ? cluster_.resolve(*command_.node) : std::vector<sim::NodeId>{};
    if (nodes.empty() || cluster_.info(nodes.front()).client < 0) return administer();
    for (sim::NodeId n : nodes) {
      std::visit(
          [&](auto& role) {
            if constexpr (requires { role.set_config(role.options().config); }) {
              role.set_config(with_config(role.options().config, command_));
            }
          },
          world_.role(n));
      NodeInfo& info = cluster_.nodes_[static_cast<std::size_t>(n.index)];
      if (std::exchange(info.configured_in, world_.incarnation(n)) != world_.incarnation(n)) info.configured.clear();
      for (const auto& entry : command_.config) info.configured.push_back(entry.first);
      outcome_.nodes.push_back(cluster_.info(n).name);
    }
  }

  void add_broker() {
    const sim::NodeId node = cluster_.add_broker(command_);
    world_.start(node, cluster_.broker_node(*command_.id) == node);
    outcome_.nodes.push_back(cluster_.info(node).name);
  }

  void add_client() {
    const std::string& id = command_.added->id;
    if (cluster_.find(id).valid()) return fail(fmt::format("a second node is called {}", id));
    world_.start(cluster_.add_client(*command_.added));
    outcome_.nodes.push_back(id);
  }

  /// Simplified: a broker that still runs is stopped first, as an administrator would do. It leads nothing, so no
  /// leadership moves.
  void remove_broker() {
    const sim::NodeId node = cluster_.broker_node(*command_.id);
    if (!node.valid()) return fail(fmt::format("there is no broker {}", *command_.id));
    administer();
    if (!outcome_.done) return;
    world_.kill(node, sim::Death::Stop);
    cluster_.remove_broker(node);
    outcome_.nodes.insert(outcome_.nodes.begin(), cluster_.info(node).name);
  }

  Cluster& cluster_;
  World& world_;
  const Command& command_;
  Outcome outcome_;
};

void VerbContext::set_link(sim::NodeId from, sim::NodeId to, const sim::LinkConfig& config) const {
  cluster.world().set_link(from, to, config);
}

Outcome Cluster::execute(const Command& command, sim::Instant at, std::uint64_t number) {
  world().begin_command(at, number, to_string(command.verb), arguments_text(command));
  Outcome outcome = CommandRunner(*this, command).run();
  world().end_command();
  return outcome;
}

}  // namespace kafkascope::cluster
