// One handler per scenario verb. A handler changes the world and fills in the Outcome. This file: nodes and the
// network; client_commands.cpp: clients.
#include <algorithm>
#include <cstdio>

#include "cluster/client_options.h"
#include "cluster/command_runner.h"
#include "protocol/apis.h"
#include "protocol/trace_code.h"

namespace kafkascope::cluster {

using protocol::ApiKey;

namespace {
/// Empty if it was done, else the reason.
words::Message refused_unless(bool done, words::Key reason) { return done ? words::Message{} : words::Message(reason); }
}  // namespace

Outcome CommandRunner::run() {
  if (const auto own = info(command_.verb).run) {
    VerbContext context{cluster_, command_, [this](const auto& act) { each(act); },
                        [this](words::Message why) { fail(std::move(why)); }};
    own(context);
    return std::move(outcome_);
  }
  switch (command_.verb) {
    case Verb::Crash:
    case Verb::Kill: each([&](sim::NodeId n) { return kill(n, sim::Death::Crash); }); break;
    case Verb::PowerOff: each([&](sim::NodeId n) { return kill(n, sim::Death::PowerOff); }); break;
    case Verb::Restart: each([&](sim::NodeId n) { return restart(n); }); break;
    case Verb::Start:
      each([&](sim::NodeId n) { return refused_unless(world_.restart(n), "refused.running_already"_w); });
      break;
    case Verb::Shutdown:
    case Verb::Stop: each([&](sim::NodeId n) { return shut_down(n); }); break;
    case Verb::Pause:
      each([&](sim::NodeId n) { return refused_unless(world_.pause(n), "refused.not_running_or_paused"_w); });
      break;
    case Verb::Resume:
      each([&](sim::NodeId n) { return refused_unless(world_.resume(n), "refused.not_paused"_w); });
      break;
    case Verb::Partition:
      sides(command_.get<act::Partition>().from, command_.get<act::Partition>().to,
            [&](const auto& from, const auto& to) {
              world_.network().partition(from, to, command_.get<act::Partition>().one_way);
            });
      break;
    case Verb::Isolate: each([&](sim::NodeId n) { return world_.network().isolate(n), words::Message{}; }); break;
    case Verb::Heal: heal(); break;
    case Verb::Link: link(); break;
    case Verb::Lose: world_.lose(filter(), count()); break;
    case Verb::Hold: world_.hold(filter(), count()); break;
    case Verb::Release: world_.release(filter(), count()); break;
    case Verb::Answer: each([&](sim::NodeId n) { return answer(n); }); break;
    case Verb::Deliver: deliver(); break;
    case Verb::Disk: each([&](sim::NodeId n) { return disk(n); }); break;
    case Verb::WipeDisk: each([&](sim::NodeId n) { return wipe_disk(n); }); break;
    case Verb::SkewClock:
      each([&](sim::NodeId n) { return world_.skew_clock(n, command_.get<act::SkewClock>().by), words::Message{}; });
      break;
    case Verb::AddBroker: add_broker(); break;
    case Verb::RemoveBroker: remove_broker(); break;
    case Verb::AddClient: add_client(); break;
    default:
      if (run_on_clients()) break;
      outcome_.failed = true;
      fail({"refused.not_modelled"_w, {{"verb", to_string(command_.verb)}}});
      break;
  }
  return std::move(outcome_);
}

words::Message CommandRunner::restart(sim::NodeId n) {
  const ConfigEntries& edits = command_.get<act::Restart>().config;
  if (!edits.empty()) {
    if (world_.alive(n) && world_.state(n) != sim::NodeState::ShuttingDown) return "refused.running_already"_w;
    auto* broker = std::get_if<broker::Broker>(&world_.role(n));
    if (broker == nullptr) return "refused.not_a_broker"_w;
    const protocol::Config edited = with_config(broker->options().config, edits);
    const protocol::AdvertisedListeners listeners = protocol::advertised_listeners(edited, broker->options().host);
    if (!listeners.problem.empty()) {
      return {"run.listeners_of_edit"_w, {{"problem", listeners.problem}, {"remedy", listeners.remedy}}};
    }
    broker->edit_properties(edited);
  }
  return refused_unless(world_.restart(n), "refused.running_already"_w);
}

words::Message CommandRunner::kill(sim::NodeId n, sim::Death how) {
  // Under ZooKeeper the committed metadata is read from the servers on demand. It is read here because this node may
  // be the only one that knows the latest changes.
  cluster_.committed();
  return refused_unless(world_.kill(n, how), "refused.not_running"_w);
}

words::Message CommandRunner::shut_down(sim::NodeId n) {
  if (!world_.alive(n)) return "refused.not_running"_w;
  if (world_.state(n) == sim::NodeState::Paused) return "refused.paused"_w;
  if (cluster_.info(n).kind == NodeKind::ZooKeeper) return kill(n, sim::Death::Stop);  // has no leadership to hand over
  world_.with_context(n, [&](auto& ctx) {
    std::visit(
        [&](auto& role) {
          if constexpr (requires { role.request_shutdown(ctx); }) {
            role.request_shutdown(ctx);
          } else if constexpr (requires { role.request_stop(ctx); }) {
            role.request_stop(ctx);  // as a client's close() does
          }
        },
        world_.role(n));
  });
  return {};
}

words::Message CommandRunner::wipe_disk(sim::NodeId n) {
  auto* b = std::get_if<broker::Broker>(&world_.role(n));
  if (b == nullptr) return "refused.no_brokers_disk"_w;
  if (world_.alive(n)) return "refused.running"_w;
  const auto& dir = command_.get<act::WipeDisk>().dir;
  if (words::Message why = no_such_dir(*b, dir); !why.empty()) return why;
  b->wipe_disk(dir.value_or(storage::kNoDir));
  return {};
}

void CommandRunner::heal() {
  const auto& cut = command_.get<act::Partition>();
  if (command_.node) {
    each([&](sim::NodeId n) { return world_.network().heal_node(n), words::Message{}; });
  } else if (!cut.from.empty()) {
    sides(cut.from, cut.to, [&](const auto& from, const auto& to) { world_.network().heal(from, to, cut.one_way); });
  } else {
    world_.network().heal_all();
  }
}

void CommandRunner::link() {
  const auto& change = command_.get<act::Link>();
  const auto set = [&](sim::NodeId a, sim::NodeId b) {
    if (a == b) return;
    sim::LinkConfig config = world_.link(a, b);
    if (change.latency) apply_latency(config, *change.latency);
    if (change.bandwidth_bytes_per_s) config.bandwidth = *change.bandwidth_bytes_per_s;
    if (change.loss_ppm) config.loss_ppm = static_cast<std::uint32_t>(*change.loss_ppm);
    world_.network().set_link(a, b, config);
  };
  sides(change.from, change.to, [&](const auto& from, const auto& to) {
    for (sim::NodeId a : from)
      for (sim::NodeId b : to) {
        set(a, b);
        if (!change.one_way) set(b, a);
      }
  });
}

words::Message CommandRunner::no_such_dir(const broker::Broker& b, std::optional<std::int32_t> dir) const {
  if (!dir || *dir < b.log_dirs().size()) return {};
  words::Message why = "refused.no_directory"_w;
  why.add("directory", std::to_string(*dir));
  return why;
}

words::Message CommandRunner::disk(sim::NodeId n) {
  const auto& change = command_.get<act::Disk>();
  auto* b = std::get_if<broker::Broker>(&world_.role(n));
  if (b == nullptr && (change.dir || change.capacity_bytes || change.fail)) return "refused.no_brokers_disk"_w;
  if (b != nullptr) {
    if (words::Message why = no_such_dir(*b, change.dir); !why.empty()) return why;
    b->change_disk(change.dir.value_or(storage::kNoDir),
                   {change.write_bytes_per_s, change.capacity_bytes, change.flush, change.fail}, world_.now());
    if (change.fail.value_or(false) && world_.alive(n))
      world_.with_context(n, [&](auto& ctx) { b->expect_disk_failure(ctx); });
    if (change.dir.value_or(0) != 0) return {};  // the quorum's log is in the first directory
  }
  sim::DiskConfig config = world_.disk(n);
  if (change.write_bytes_per_s) config.write_bytes_per_s = *change.write_bytes_per_s;
  if (change.flush) config.flush_latency_us = change.flush->us;
  world_.set_disk(n, config);
  return {};
}

sim::MessageFilter CommandRunner::filter() {
  const auto& messages = command_.get<act::Messages>();
  sim::MessageFilter f;
  f.from = all_of(messages.from);
  f.to = all_of(messages.to);
  if (messages.api.empty() && messages.what == MessageSide::Any) return f;  // the rule matches every message
  for (const ApiKey api : protocol::all_apis()) {
    if (!messages.api.empty() && protocol::name(api) != messages.api) continue;
    if (messages.what != MessageSide::Response) f.codes.push_back(protocol::trace_code(api));
    if (messages.what != MessageSide::Request) f.codes.push_back(protocol::trace_code(api, true));
  }
  return f;
}

words::Message CommandRunner::answer(sim::NodeId n) {
  auto* b = std::get_if<broker::Broker>(&world_.role(n));
  if (b == nullptr) return "refused.answers_no_requests"_w;
  const auto& answer = command_.get<act::Answer>();
  broker::AnswerRule rule;
  for (const ApiKey api : protocol::all_apis())
    if (protocol::name(api) == answer.api) rule.api = api;
  rule.error = protocol::ErrorCode::UNKNOWN_SERVER_ERROR;
  for (int code = -1; code <= 200; ++code)
    if (protocol::name(static_cast<protocol::ErrorCode>(code)) == answer.error)
      rule.error = static_cast<protocol::ErrorCode>(code);
  rule.count = answer.count ? *answer.count : -1;
  if (const auto from = all_of(answer.from); !from.empty()) rule.from = from.front();
  b->answer_next(rule);
  return {};
}

void CommandRunner::deliver() {
  // The event's key as "time/class/node/counter", the form in the list of pending events.
  long long time = 0, cls = 0, node = 0;
  unsigned long long counter = 0;
  if (std::sscanf(command_.get<act::Deliver>().event.c_str(), "%lld/%lld/%lld/%llu", &time, &cls, &node, &counter) != 4)
    return fail("refused.event_form"_w);
  const sim::EventKey key{{time}, static_cast<sim::EventClass>(cls), {static_cast<std::int32_t>(node)}, counter};
  if (!world_.deliver_now(key)) fail("refused.no_event"_w);
}

void CommandRunner::add_broker() {
  const auto& broker = command_.get<act::AddBroker>();
  const sim::NodeId node = cluster_.add_broker(broker);
  world_.start(node, cluster_.broker_node(*broker.id) == node);
  outcome_.nodes.push_back(cluster_.info(node).name);
}

void CommandRunner::add_client() {
  const ClientSpec& added = *command_.get<act::AddClient>().added;
  const std::string& id = added.id;
  if (cluster_.find(id).valid()) return fail({"refused.second_node"_w, {{"node", id}}});
  world_.start(cluster_.add_client(added));
  outcome_.nodes.push_back(id);
}

void CommandRunner::remove_broker() {
  const std::int32_t id = *command_.get<act::RemoveBroker>().id;
  const sim::NodeId node = cluster_.broker_node(id);
  if (!node.valid()) return fail({"refused.no_broker"_w, {{"broker", id}}});
  administer();
  if (!outcome_.done) return;
  world_.kill(node, sim::Death::Stop);
  cluster_.remove_broker(node);
  outcome_.nodes.insert(outcome_.nodes.begin(), cluster_.info(node).name);
}

void VerbContext::set_link(sim::NodeId from, sim::NodeId to, const sim::LinkConfig& config) const {
  cluster.world().network().set_link(from, to, config);
}

Outcome Cluster::execute(const Command& command, sim::Instant at, std::uint64_t number) {
  world().begin_command(at, number, to_string(command.verb), arguments_text(command));
  Outcome outcome = CommandRunner(*this, command).run();
  world().end_command();
  return outcome;
}

}  // namespace kafkascope::cluster
