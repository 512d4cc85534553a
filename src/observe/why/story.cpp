#include "observe/why/story.h"

#include <algorithm>
#include <map>

#include "cluster/acts.h"
#include "cluster/verbs.h"
#include "coordinator/group_coordinator_shard.h"
#include "coordinator/transaction_coordinator_shard.h"
#include "observe/member_limits.h"
#include "observe/node_config.h"
#include "observe/why/coordinators.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_queues.h"
#include "protocol/facts_of_quorum.h"
#include "protocol/facts_of_zookeeper.h"
#include "storage/partition_log.h"

namespace kafkascope::observe {

using protocol::BrokerId;
using protocol::IdList;
using protocol::TopicPartition;
using Line = Story::Line;

namespace {

/// A chain of messages may reach back to the beginning of the run; a longer one explains nothing.
constexpr int kMostMessages = 16;

bool between_zookeepers(const cluster::Cluster& cluster, const Line& delivered) {
  const std::vector<sim::NodeId>& servers = cluster.zookeepers();
  const auto is_one = [&](sim::NodeId n) { return std::find(servers.begin(), servers.end(), n) != servers.end(); };
  return is_one(delivered.node) && is_one(as<fact::MessageDelivered>(delivered).from);
}

}  // namespace

const Line* latest(std::initializer_list<const Line*> lines) {
  const Line* found = nullptr;
  for (const Line* l : lines)
    if (l != nullptr && (found == nullptr || l->seq > found->seq)) found = l;
  return found;
}

bool mentions(std::string_view arguments, std::string_view thing) {
  constexpr std::string_view kBetween = " ,|=[]";
  while (!arguments.empty()) {
    const std::string_view word = arguments.substr(0, arguments.find_first_of(kBetween));
    if (word == thing) return true;
    if (const auto partition = cluster::parse_partition_name(word); partition && partition->topic == thing) return true;
    arguments.remove_prefix(std::min(arguments.size(), word.size() + 1));
  }
  return false;
}

Story::Story(const Moment& moment)
    : m_(moment), trace_(moment.observation.trace()), names_(moment.cluster, &moment.observation) {
  for (std::size_t i = 0; i < trace_.size(); ++i) {
    const sim::TraceKind kind = trace_[i].kind;
    // Most lines are deliveries, timers and disk writes: they are only looked up by seq.
    if (kind == sim::trace_kind::kMessageDelivered || kind == sim::trace_kind::kTimerFired ||
        kind == sim::trace_kind::kDiskDone)
      continue;
    if (kind >= by_kind_.size()) by_kind_.resize(kind + 1u);
    by_kind_[kind].push_back(static_cast<std::uint32_t>(i));
  }
}

const std::vector<std::uint32_t>& Story::lines_of(sim::TraceKind kind) const {
  static const std::vector<std::uint32_t> none;
  return kind < by_kind_.size() ? by_kind_[kind] : none;
}

std::size_t Story::lower(const std::vector<std::uint32_t>& of_kind, std::uint64_t seq) const {
  return static_cast<std::size_t>(std::lower_bound(of_kind.begin(), of_kind.end(), trace_.first_from(seq)) -
                                  of_kind.begin());
}

const Line* Story::climb(const Line& line) const {
  int messages = 0;
  for (const Line* l = trace_.find(line.cause); l != nullptr; l = l->cause < l->seq ? trace_.find(l->cause) : nullptr) {
    if (l->kind == sim::trace_kind::kTimerFired) return nullptr;
    // Messages between ZooKeeper's servers belong to one request of a client, and are not counted.
    if (l->kind == sim::trace_kind::kMessageDelivered && !between_zookeepers(cluster(), *l) &&
        ++messages > kMostMessages)
      return nullptr;
    if (l->kind == sim::trace_kind::kNodeStarted && l->time.us == 0) return nullptr;
    if (matters(*l) && !is<fact::CommandResult>(*l)) return l;
  }
  return nullptr;
}

bool Story::by_timer(const Line& line, int most_messages) const {
  int messages = 0;
  for (const Line* l = trace_.find(line.cause); l != nullptr && messages <= most_messages;
       l = l->cause < l->seq ? trace_.find(l->cause) : nullptr) {
    if (l->kind == sim::trace_kind::kTimerFired) return true;
    if (l->kind == sim::trace_kind::kCommand) return false;
    messages += l->kind == sim::trace_kind::kMessageDelivered ? 1 : 0;
  }
  return false;
}

sim::NodeId first_controller(const Story& story) {
  if (!story.cluster().under_zookeeper()) return {};
  return story.broker_node(story.cluster().spec().brokers.front().id);
}

sim::NodeId controller_before(const Story& story, std::uint64_t before) {
  const sim::TraceLine* active =
      story.last<fact::ControllerActive>(before, [](const auto&, const sim::TraceLine&) { return true; });
  return active != nullptr ? active->node : first_controller(story);
}

/// The node of that name; if there is none any more, the last removed one, for acts before its removal.
sim::NodeId node_named(const cluster::Cluster& cluster, const std::string& name) {
  const sim::NodeId found = cluster.find(name);
  if (found.valid()) return found;
  const auto& nodes = cluster.nodes();
  const auto removed = std::find_if(nodes.rbegin(), nodes.rend(), [&](const auto& n) { return n.name == name; });
  return removed == nodes.rend() ? sim::NodeId{} : sim::NodeId{static_cast<std::int32_t>(nodes.rend() - removed) - 1};
}

std::vector<sim::NodeId> nodes_meant(const Story& story, const cluster::NodeRef& ref, std::uint64_t before) {
  std::vector<sim::NodeId> nodes;
  const auto add = [&](sim::NodeId node) {
    if (node.valid()) nodes.push_back(node);
  };
  const auto tp = ref.partition.topic.empty() ? TopicPartition{} : story.cluster().partition(ref.partition);
  const protocol::PartitionRegistration* p = story.cluster().committed().partition(tp);
  using Kind = cluster::NodeRef::Kind;
  switch (ref.kind) {
    case Kind::Name: add(node_named(story.cluster(), ref.name)); break;
    case Kind::Leader: add(story.broker_node(story.leader_at(tp, before))); break;
    case Kind::Follower:
    case Kind::Replicas: {
      if (p == nullptr) break;
      IdList ids = p->replicas;
      if (ref.kind == Kind::Follower) ids.remove(story.leader_at(tp, before));
      BrokerId lowest = protocol::kNoBroker;
      for (const BrokerId id : ids) {
        if (ref.kind == Kind::Replicas) add(story.broker_node(id));
        if (lowest < 0 || id < lowest) lowest = id;
      }
      if (ref.kind == Kind::Follower) add(story.broker_node(lowest));
      break;
    }
    case Kind::Controller: add(controller_before(story, before)); break;
    case Kind::Coordinator:
    case Kind::TransactionCoordinator: {  // the act itself may have moved the role
      const TopicPartition coordinates = coordinating_partition(
          story, ref.name,
          ref.kind == Kind::Coordinator ? coordinator::kOffsetsTopic : coordinator::kTransactionStateTopic);
      if (coordinates.partition >= 0) add(story.broker_node(story.leader_at(coordinates, before)));
      break;
    }
    case Kind::AllBrokers:
    case Kind::Host: return story.cluster().resolve(ref);
  }
  return nodes;
}

std::vector<sim::NodeId> Story::nodes_of(const Line& command) const {
  std::vector<sim::NodeId> nodes;
  const std::string text = as<fact::Command>(command).arguments.str();
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t from = text.find_first_not_of(" ,|", i);
    if (from == std::string::npos) break;
    const std::size_t to = std::min(text.size(), text.find_first_of(" ,|", from));
    i = to;
    if (const auto ref = cluster::parse_node_ref(std::string_view(text).substr(from, to - from)))
      for (const sim::NodeId node : nodes_meant(*this, *ref, command.seq))
        if (std::find(nodes.begin(), nodes.end(), node) == nodes.end()) nodes.push_back(node);
  }
  return nodes;
}

SideNames names_at(const Story& story, const sim::TraceLine& command) {
  return side_names(story.cluster(), [&story, before = command.seq](const cluster::NodeRef& ref) {
    return nodes_meant(story, ref, before);
  });
}

bool Story::involves(const Line& command, sim::NodeId node) const {
  const std::vector<sim::NodeId> nodes = nodes_of(command);
  return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
}

const Line* Story::act_on(sim::NodeId node, std::initializer_list<std::string_view> verbs, std::uint64_t before,
                          std::uint64_t since, std::string_view text) const {
  const Line* act = last<fact::Command>(before, [&](const fact::Command& f, const Line& l) {
    if (std::find(verbs.begin(), verbs.end(), f.verb.view()) == verbs.end()) return false;
    if (!text.empty() && mentions(f.arguments.view(), text)) return true;
    return node.valid() && involves(l, node);
  });
  return act != nullptr && act->seq >= since ? act : nullptr;
}

sim::NodeId Story::client_of_member(std::string_view member) const {
  if (const sim::NodeId node = client_named(cluster(), member); node.valid()) return node;
  const Line* joined = member.empty() || member.find('/') != std::string_view::npos
                           ? nullptr
                           : last<fact::GroupMemberJoined>(end(), [&](const auto& f, const Line&) {
                               return f.member.view() != member && means_member(f.member.view(), member);
                             });
  return joined == nullptr ? sim::NodeId{} : client_of_member(as<fact::GroupMemberJoined>(*joined).member.view());
}

const cluster::ClientSpec* Story::declared(sim::NodeId client) const {
  const std::int32_t place = client.valid() ? cluster().info(client).client : -1;
  return place < 0 ? nullptr : &cluster().spec().clients[static_cast<std::size_t>(place)];
}

const Line* start_before(const Story& story, sim::NodeId node, std::uint64_t before) {
  return story.last<fact::NodeStarted>(before, [&](const auto&, const Line& l) { return l.node == node; });
}

namespace {

/// The act of that verb on the node with changes of its settings, if it was carried out; null: the line is another one.
template <class Act>
const Act* change_by(const Story& story, const fact::Command& f, const Line& l, std::string_view verb,
                     sim::NodeId node) {
  const NumberedCommand* whole = f.verb == verb && story.involves(l, node) ? story.command_of(l) : nullptr;
  const auto* change = whole == nullptr ? nullptr : whole->command.get_if<Act>();
  if (change == nullptr || change->config.empty()) return nullptr;
  const auto& taken = story.moment().observation.acts_taken();
  const bool done =
      std::any_of(taken.begin(), taken.end(), [&](const ActTaken& a) { return a.number == f.number && a.done; });
  return done ? change : nullptr;
}

/// What the broker's own file set before that line: a restart may have changed it.
protocol::Config file_before(const Story& story, sim::NodeId broker, std::uint64_t before) {
  const auto& brokers = story.cluster().spec().brokers;
  const auto declared = std::find_if(brokers.begin(), brokers.end(),
                                     [&](const auto& b) { return story.cluster().broker_node(b.id) == broker; });
  if (declared == brokers.end()) return file_config(story.cluster(), broker);
  protocol::Config config = declared->config;
  (void)story.first<fact::Command>(0, [&](const fact::Command& f, const Line& l) {
    if (l.seq >= before) return true;
    if (const auto* edit = change_by<cluster::act::Restart>(story, f, l, "restart", broker))
      config = cluster::with_config(config, edit->config);
    return false;
  });
  return config;
}

}  // namespace

protocol::Config config_before(const Story& story, sim::NodeId node, std::uint64_t before) {
  if (!node.valid() || story.cluster().info(node).kind != cluster::NodeKind::Broker)
    return server_config(story.cluster(), node);
  protocol::Config config = file_before(story, node, before);
  const std::string own = "broker:" + std::to_string(story.cluster().info(node).id);
  std::map<std::string, std::string> of_all, of_one;
  (void)story.first<fact::ConfigChanged>(0, [&](const auto& f, const Line& l) {
    if (l.seq >= before) return true;
    if (f.resource != "broker:" && f.resource != own) return false;
    auto& of = f.resource == own ? of_one : of_all;
    if (f.removed) of.erase(f.key.str());
    else of[f.key.str()] = f.value.str();
    return false;
  });
  config.overlay(protocol::config_scope::kBroker, of_all);
  config.overlay(protocol::config_scope::kBroker, of_one);
  return config;
}

protocol::Config leader_config(const Story& story, TopicPartition tp, std::uint64_t before) {
  return config_before(story, story.broker_node(story.leader_at(tp, before), before), before);
}

protocol::Config client_config(const Story& story, sim::NodeId client, std::uint64_t before) {
  protocol::Config config = story.declared(client)->config;
  const Line* started = start_before(story, client, before);
  (void)story.first<fact::Command>(0, [&](const fact::Command& f, const Line& l) {
    if (started == nullptr || l.seq >= started->seq) return true;  // a process keeps what it began with
    if (const auto* change = change_by<cluster::act::Configure>(story, f, l, "configure", client))
      config = cluster::with_config(config, change->config);
    return false;
  });
  return config;
}

std::string setting_of(const Story& story, sim::NodeId client, std::string_view key, std::uint64_t before) {
  if (story.declared(client) != nullptr) return setting_or_none(client_config(story, client, before), key);
  return setting_or_none(protocol::Config(protocol::config_scope::kClient, story.cluster().spec().config.version()),
                         key);
}

const Line* setting_act(const Story& story, sim::NodeId client, std::string_view key, std::uint64_t before) {
  return story.last<fact::Command>(before, [&](const fact::Command&, const Line& l) {
    const NumberedCommand* whole = story.involves(l, client) ? story.command_of(l) : nullptr;
    const auto* change = whole == nullptr ? nullptr : whole->command.get_if<cluster::act::Configure>();
    return change != nullptr && std::any_of(change->config.begin(), change->config.end(),
                                            [&](const auto& entry) { return entry.first == key; });
  });
}

std::string transactional_id_of(const Story& story, sim::NodeId client) {
  const cluster::ClientSpec* spec = story.declared(client);
  if (spec == nullptr) return {};
  for (const auto& [key, value] : spec->config.explicit_values())
    if (key == "transactional.id") return protocol::config_text(value);
  return {};
}

const Line* last_state_of_id(const Story& story, std::string_view transactional_id, std::uint64_t before) {
  return story.last<fact::TransactionState>(
      before, [&](const auto& f, const Line&) { return f.transactional_id.view() == transactional_id; });
}

sim::NodeId Story::client_with_transactions(std::string_view transactional_id) const {
  for (std::size_t i = 0; i < cluster().nodes().size(); ++i)
    if (const sim::NodeId node{static_cast<std::int32_t>(i)};
        !transactional_id.empty() && transactional_id_of(*this, node) == transactional_id)
      return node;
  return {};
}

bool Story::is_of_client(sim::NodeId client, std::string_view topic) const {
  const cluster::ClientSpec* spec = declared(client);
  return spec != nullptr &&
         (spec->topic == topic || std::find(spec->topics.begin(), spec->topics.end(), topic) != spec->topics.end());
}

std::string Story::group_of(sim::NodeId client) const {
  const cluster::ClientSpec* spec = declared(client);
  if (spec == nullptr) return {};
  if (!spec->group.empty()) return spec->group;
  for (const auto& [key, value] : spec->config.explicit_values())
    if (key == "group.id") return protocol::config_text(value);
  return {};
}

BrokerId Story::leader_at(TopicPartition tp, std::uint64_t seq) const {
  const auto of_tp = [&](const auto&, const Line& l) { return place_of(l) == tp; };
  if (const Line* elected = last<fact::LeaderElected>(seq, of_tp)) return as<fact::LeaderElected>(*elected).leader;
  if (const Line* added = last<fact::PartitionAdded>(seq, of_tp)) return as<fact::PartitionAdded>(*added).leader;
  const Line* leads = first<fact::BecameLeader>(0, of_tp);
  return leads == nullptr || leads->seq > seq ? protocol::kNoBroker : names_.broker_at(leads->node);
}

std::vector<Story::IsrState> Story::isr_history(TopicPartition tp) const {
  std::vector<IsrState> states;
  const auto collect = [&]<class F>(auto&& ids) {
    for (const std::uint32_t i : lines_of(sim::kind_of<F>()))
      if (const Line& l = trace_[i]; place_of(l) == tp) states.push_back({&l, ids(as<F>(l))});
  };
  collect.template operator()<fact::LeaderElected>([](const auto& f) { return f.isr.ids(); });
  collect.template operator()<fact::IsrChanged>([](const auto& f) { return f.isr.ids(); });
  collect.template operator()<fact::PartitionAdded>([](const auto& f) { return f.isr.ids(); });
  collect.template operator()<fact::BecameLeader>([](const auto& f) { return f.isr.ids(); });
  if (cluster().under_zookeeper()) {
    collect.template operator()<fact::IsrShrink>([](const auto& f) { return f.isr.after(); });
    collect.template operator()<fact::IsrExpand>([](const auto& f) { return f.isr.after(); });
  }
  std::sort(states.begin(), states.end(), [](const auto& a, const auto& b) { return a.line->seq < b.line->seq; });
  const auto same = [](const IdList& a, const IdList& b) {
    return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](BrokerId id) { return b.contains(id); });
  };
  // Under KRaft only the controller's lines are reliable: a leader that learns of an ISR late repeats an older one.
  std::vector<IsrState> kept;
  for (IsrState& s : states) {
    if (is<fact::BecameLeader>(*s.line) && !kept.empty()) continue;
    if (!kept.empty() && same(kept.back().isr, s.isr)) continue;
    kept.push_back(std::move(s));
  }
  if (!kept.empty() && is<fact::BecameLeader>(*kept.front().line) && kept.front().line->time.us == 0)
    kept.front().line = nullptr;
  return kept;
}

std::optional<Story::IsrState> Story::isr_before(TopicPartition tp, std::uint64_t seq) const {
  std::optional<IsrState> found;
  for (IsrState& state : isr_history(tp))
    if (state.line == nullptr || state.line->seq < seq) found = std::move(state);
  return found;
}

bool Story::elected_from_outside(const Line& elected) const {
  const auto f = as<fact::LeaderElected>(elected);
  // The ISR was empty: find its last members.
  auto before = isr_before(f.partition, elected.seq);
  while (before && before->isr.empty() && before->line != nullptr) before = isr_before(f.partition, before->line->seq);
  return f.leader >= 0 && before && !before->isr.contains(f.leader);
}

}  // namespace kafkascope::observe
