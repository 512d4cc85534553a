// What led to an error in a response: every code of the protocol has its answer here.
#include <algorithm>
#include <iterator>
#include <set>

#include "cluster/acts.h"
#include "coordinator/consumer_group.h"
#include "observe/why/coordinators.h"
#include "observe/why/errors.h"
#include "observe/why/fetchers.h"
#include "observe/why/story.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_quorum.h"
#include "protocol/facts_of_zookeeper.h"
#include "protocol/messages_data.h"
#include "protocol/trace_code.h"

namespace kafkascope::observe {

using protocol::BrokerId;
using protocol::TopicPartition;
using Line = Story::Line;

namespace {

/// The failure that left the voters without a majority; null: more than half of them run and are not cut off.
const Line* end_of_majority(const Story& story, const std::vector<sim::NodeId>& voters, std::uint64_t before) {
  std::vector<const Line*> silent;
  for (const sim::NodeId voter : voters)
    if (const Line* l = story.hindrance(voter, before, voters)) silent.push_back(l);
  const std::size_t may_fail = (voters.size() - 1) / 2;
  if (voters.empty() || silent.size() <= may_fail) return nullptr;
  std::sort(silent.begin(), silent.end(), [](const Line* a, const Line* b) { return a->seq < b->seq; });
  return silent[may_fail];
}

/// What ended the role of the active controller: it has resigned or failed, another one has taken over, or no majority is left.
/// Brokers play no part.
const Line* loss_of_controller(const Story& story, std::uint64_t before) {
  const auto later = [](const auto&, const Line& l) { return l.time.us > 0; };
  const Line* active = story.last<fact::ControllerActive>(before, [](const auto&, const Line&) { return true; });
  const Line* failed =
      active == nullptr ? nullptr : story.last<fact::NodeDied>(before, [&](const auto&, const Line& l) {
        return l.node == active->node && l.seq > active->seq;
      });
  return latest({story.last<fact::ControllerResigned>(before, later), story.last<fact::ControllerActive>(before, later),
                 failed, failed == nullptr ? nullptr : end_of_majority(story, story.cluster().controllers(), before)});
}

/// What made the group rebalance. Its members learn of the rebalance from the answers to their heartbeats and commits.
const Line* begin_of_rebalance(const Story& story, const std::string& group, std::uint64_t before) {
  const auto its = [&](const auto& f, const Line&) { return f.group.view() == group; };
  const Line* begun = story.last<fact::GroupState>(before, [&](const auto& f, const Line& l) {
    return its(f, l) && coordinator::state_name(f.to) == "PreparingRebalance";
  });
  if (begun == nullptr) return nullptr;
  // The line of the rebalance, with its reason, comes only when all members have joined again.
  const Line* led = story.trace().find(begun->cause);
  if (led != nullptr && (is<fact::GroupMemberLeft>(*led) || is<fact::GroupMemberJoined>(*led))) return led;
  const Line* rebalance = story.first<fact::GroupRebalance>(begun->seq, its);
  const Line* why = rebalance == nullptr ? nullptr : story.back(*rebalance);
  return why != nullptr && why->seq < before ? why : begun;
}

/// The start of another consumer with the same group.instance.id, which has taken the place of this one.
const Line* start_of_twin(const Story& story, sim::NodeId client, std::uint64_t before) {
  const std::string own = instance_of(story, client);
  return story.last<fact::NodeStarted>(before, [&](const auto&, const Line& l) {
    return !own.empty() && l.time.us > 0 && l.node != client && instance_of(story, l.node) == own &&
           story.group_of(l.node) == story.group_of(client);
  });
}

/// What led to a broker's answer about the coordinator: another broker became the coordinator, or brokers are missing.
/// A hindrance of the client alone had no part in the answer.
const Line* back_of_coordinator(const Story& story, protocol::ErrorCode error, sim::NodeId client,
                                std::uint64_t before) {
  const Line* changed = change_of_coordinator(story, client, before);
  if (changed != nullptr && error != protocol::ErrorCode::COORDINATOR_NOT_AVAILABLE) return changed;
  std::vector<sim::NodeId> brokers;
  for (const auto& info : story.cluster().nodes())
    if (info.kind == cluster::NodeKind::Broker) brokers.push_back(story.cluster().find(info.name));
  const Line* found = changed;
  for (const sim::NodeId broker : brokers) {
    std::vector<sim::NodeId> others{sim::NodeId{}};
    std::copy_if(brokers.begin(), brokers.end(), std::back_inserter(others), [&](auto b) { return b != broker; });
    found = latest(
        {found, changed == nullptr ? story.silence(broker, before, others) : story.hindrance(broker, before, others)});
  }
  return found;
}

/// The partition's replicas, and former replicas that were in sync until shortly before that line: the leader may have
/// waited for them until a reassignment removed them.
protocol::IdList replicas_lately(const Story& story, TopicPartition tp, std::uint64_t before) {
  constexpr std::int64_t kLatelyUs = 10'000'000;
  const protocol::PartitionRegistration* p = story.cluster().committed().partition(tp);
  if (p == nullptr) return {};
  protocol::IdList replicas = p->replicas;
  const Line* line = story.trace().find(before);
  const sim::Instant now = line == nullptr ? story.cluster().now() : line->time;
  const auto history = story.isr_history(tp);
  for (std::size_t i = 0; i < history.size(); ++i) {
    const Line* ended = i + 1 < history.size() ? history[i + 1].line : nullptr;
    if (ended == nullptr || ended->seq >= before || (now - ended->time).us > kLatelyUs) continue;
    for (const BrokerId id : history[i].isr)
      if (!replicas.contains(id)) replicas.push_back(id);
  }
  return replicas;
}

/// What kept a broker from hearing of a topic that had been made before: it answers a client of the topic that it has none.
const Line* back_of_unheard(const Story& story, sim::NodeId client, std::uint64_t before) {
  constexpr std::int64_t kHeardUs = 1'000'000;
  const sim::NodeId by = answered_by(story, before);
  const Line* error = story.trace().find(before);
  const Line* made = story.last<fact::TopicCreated>(
      before, [&](const auto& f, const Line&) { return story.is_of_client(client, f.topic.view()); });
  const bool heard = !by.valid() || made == nullptr || error == nullptr || (error->time - made->time).us < kHeardUs;
  return heard ? nullptr : story.silence(by, before, Search().of(traffic::kLiveness | traffic::kDecisions));
}

/// The brokers whose znodes were there just before that line: of the present ones, without what came later.
std::set<BrokerId> brokers_in_zookeeper(const Story& story, std::uint64_t before) {
  constexpr std::string_view kIds = "/brokers/ids/";
  std::set<BrokerId> there;
  for (const auto& [id, registration] : story.cluster().committed().brokers()) there.insert(id);
  (void)story.last<fact::ZnodeChanged>(story.end(), [&](const auto& f, const Line& l) {
    if (l.seq < before) return true;
    const std::string_view path = f.path.view();
    const auto id = path.starts_with(kIds) ? number_in(path.substr(kIds.size())) : std::nullopt;
    if (!id) return false;
    if (f.type == protocol::ZkEventType::NodeCreated) there.erase(static_cast<BrokerId>(*id));
    if (f.type == protocol::ZkEventType::NodeDeleted) there.insert(static_cast<BrokerId>(*id));
    return false;
  });
  return there;
}

/// The brokers that were registered in KRaft just before that line, fenced ones included.
std::set<BrokerId> registered_brokers(const Story& story, std::uint64_t before) {
  std::set<BrokerId> there;
  if (!story.cluster().spec().boot)  // else each one registers when it has started
    for (const auto& broker : story.cluster().spec().brokers) there.insert(broker.id);
  for (std::size_t i = 0; i < story.trace().size() && story.trace()[i].seq < before; ++i) {
    const Line& l = story.trace()[i];
    if (const auto came = fact_if<fact::BrokerRegistered>(l)) there.insert(came->broker);
    else if (const auto gone = fact_if<fact::BrokerUnregistered>(l)) there.erase(gone->broker);
  }
  return there;
}

/// The act that removed a broker which the controller had, and which had not come back before that line. Null: none did.
const Line* removal_of_broker(const Story& story, std::uint64_t before) {
  const std::set<BrokerId> there = registered_brokers(story, before);
  const Line* gone = story.last<fact::BrokerUnregistered>(
      before, [&](const auto& f, const Line&) { return !there.contains(f.broker); });
  if (gone == nullptr) return nullptr;
  return story.last<fact::Command>(gone->seq, [&](const auto& f, const Line& l) {
    const NumberedCommand* act = f.verb == "remove_broker" ? story.command_of(l) : nullptr;
    return act != nullptr &&
           act->command.get<cluster::act::RemoveBroker>().id == as<fact::BrokerUnregistered>(*gone).broker;
  });
}

/// What left too few brokers for the replicas of a topic that a broker makes by its defaults. Null: enough are there, or all of them
/// together are too few.
const Line* back_of_missing_brokers(const Story& story, sim::NodeId client, std::uint64_t before) {
  const auto lack = lack_of_brokers(story, client, before);
  if (!lack) return nullptr;
  if (!story.cluster().under_zookeeper())  // a registered broker counts, also if it is fenced
    return lack->factor <= lack->there + 1 ? removal_of_broker(story, before) : nullptr;
  const std::set<BrokerId> there = brokers_in_zookeeper(story, before);
  const auto& nodes = story.cluster().nodes();
  const auto all = std::count_if(nodes.begin(), nodes.end(), [](const auto& node) {
    return node.kind == cluster::NodeKind::Broker && !node.removed;
  });
  const Line* found = nullptr;
  for (const auto& broker : story.cluster().spec().brokers)
    if (!there.contains(broker.id))
      found = latest({found, story.hindrance(story.broker_node(broker.id), before, story.cluster().controllers())});
  return lack->factor > all ? nullptr : found;
}

/// Whether one of the client's topics existed just before that line.
bool had_topic(const Story& story, const cluster::ClientSpec& client, std::uint64_t before) {
  std::vector<std::string> topics = client.topics;
  topics.push_back(client.topic);
  return std::any_of(topics.begin(), topics.end(), [&](const std::string& name) {
    const bool there = story.cluster().committed().topic(story.cluster().committed().topic_id(name)) != nullptr;
    return there && story.first<fact::TopicCreated>(
                        before, [&](const auto& f, const Line&) { return f.topic.view() == name; }) == nullptr;
  });
}

}  // namespace

std::optional<LackOfBrokers> lack_of_brokers(const Story& story, sim::NodeId client, std::uint64_t before) {
  const cluster::Cluster& cluster = story.cluster();
  const cluster::ClientSpec* spec = story.declared(client);
  const sim::NodeId by = answered_by(story, before);
  if (spec == nullptr || spec->kind == cluster::ClientKind::Admin) return std::nullopt;
  const Line* failed = story.trace().find(before);
  const bool refused = failed != nullptr && error_of(*failed) == protocol::ErrorCode::INVALID_REPLICATION_FACTOR;
  if (!refused && had_topic(story, *spec, before)) return std::nullopt;
  const protocol::Config config = config_before(story, by, before);
  if (!config.flag("auto.create.topics.enable")) return std::nullopt;
  if (setting_of(story, client, "allow.auto.create.topics", before) == "false") return std::nullopt;
  const auto there = static_cast<std::int64_t>(
      (cluster.under_zookeeper() ? brokers_in_zookeeper(story, before) : registered_brokers(story, before)).size());
  const std::int64_t factor = config.number("default.replication.factor");
  return factor > there ? std::optional(LackOfBrokers{factor, there}) : std::nullopt;
}

const Line* start_untold(const Story& story, TopicPartition tp, std::uint64_t before) {
  const sim::NodeId by = answered_by(story, before);
  const Line* started = !story.cluster().under_zookeeper() || tp.partition < 0 || !by.valid()
                            ? nullptr
                            : story.last<fact::NodeStarted>(
                                  before, [&](const auto&, const Line& l) { return l.node == by && l.time.us > 0; });
  if (started == nullptr) return nullptr;
  const auto here = [&](const auto&, const Line& l) { return l.node == by && place_of(l) == tp; };
  const Line* told =
      latest({story.last<fact::BecameLeader>(before, here), story.last<fact::BecameFollower>(before, here)});
  const Line* made = story.first<fact::TopicCreated>(
      started->seq, [&](const auto& f, const Line&) { return f.partition.topic == tp.topic; });
  return made == nullptr && latest({told, started}) == started && existed(story, tp, started->seq) ? started : nullptr;
}

const Line* loss_of_membership(const Story& story, sim::NodeId client, std::uint64_t before) {
  const std::string group = story.group_of(client);
  const auto own = [&](const auto& f, const Line&) {
    return f.group.view() == group && story.client_of_member(f.member.view()) == client;
  };
  const Line *joined = story.last<fact::GroupMemberJoined>(before, own),
             *left = story.last<fact::GroupMemberLeft>(before, own);
  if (joined == nullptr || (left != nullptr && left->seq > joined->seq)) return left;
  if (const Line* lost = loss_in(story, "__consumer_offsets", joined->seq, before)) return lost;
  const Line* other = change_of_coordinator(story, client, before);
  return other != nullptr && other->seq > joined->seq ? other : nullptr;
}

const Line* Story::back_of_error(protocol::ErrorCode error, TopicPartition tp, sim::NodeId client, std::uint64_t before,
                                 const Search& search) const {
  using protocol::ErrorCode;
  const auto of_tp = [&](const auto&, const Line& l) { return place_of(l) == tp; };
  const sim::NodeId leader = broker_node(leader_at(tp, before));
  if (const Line* made = injected(error, tp, client, before)) return made;
  if (awaits_producer_ids(*this, client, error)) return nullptr;
  if (const auto lost = back_of_lost_coordinator(*this, error, client, before)) return *lost;
  const Line* found = nullptr;
  // The partition does not exist, and no node is to blame for that.
  if (tp.partition >= 0 && error != ErrorCode::UNKNOWN_TOPIC_OR_PARTITION && !existed(*this, tp, before))
    return last<fact::TopicDeleted>(before, [&](const auto& f, const Line&) { return f.partition.topic == tp.topic; });
  switch (error) {
    case ErrorCode::NOT_ENOUGH_REPLICAS:
    case ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND: return below_min_isr(tp, before);
    case ErrorCode::NOT_LEADER_OR_FOLLOWER:
    case ErrorCode::LEADER_NOT_AVAILABLE:
    case ErrorCode::FENCED_LEADER_EPOCH:
    case ErrorCode::UNKNOWN_LEADER_EPOCH:
      found = last<fact::LeaderElected>(before, of_tp);
      if (found != nullptr) return found;
      found = last<fact::NodeStarted>(before,
                                      [&](const auto&, const Line& l) { return l.node == leader && l.time.us > 0; });
      return found != nullptr ? found : back_of_unheard(*this, client, before);
    case ErrorCode::UNKNOWN_TOPIC_OR_PARTITION:
    case ErrorCode::UNKNOWN_TOPIC_ID:
      found = last<fact::TopicDeleted>(before, [&](const auto& f, const Line&) {
        return tp.topic < 0 ? is_of_client(client, f.topic.view()) : f.partition.topic == tp.topic;
      });
      // A broker may know of the deletion before a controller has told it.
      if (found == nullptr && tp.topic >= 0)
        found = act_on({}, {"delete_topic"}, before, 0, cluster().topic_name(tp.topic));
      if (found == nullptr) found = start_untold(*this, tp, before);
      if (found == nullptr) found = back_of_missing_brokers(*this, client, before);
      return found != nullptr ? found : back_of_unheard(*this, client, before);
    case ErrorCode::KAFKA_STORAGE_ERROR: {
      const Line* refused = last<fact::RequestRefused>(
          before, [&](const auto& f, const Line&) { return f.error == error && f.client == client; });
      const sim::NodeId at = refused != nullptr ? refused->node : leader;
      found = last<fact::LogDirOffline>(before, [&](const auto&, const Line& l) { return l.node == at; });
      return found != nullptr ? found : act_on(at, {"disk"}, before);
    }
    case ErrorCode::TOPIC_AUTHORIZATION_FAILED:
    case ErrorCode::GROUP_AUTHORIZATION_FAILED:
    case ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    case ErrorCode::CLUSTER_AUTHORIZATION_FAILED: return rule_against(error, tp, client, before);
    case ErrorCode::UNKNOWN_MEMBER_ID:
      if (const Line* lost = loss_of_membership(*this, client, before)) return lost;
      [[fallthrough]];
    case ErrorCode::ILLEGAL_GENERATION:
    case ErrorCode::FENCED_MEMBER_EPOCH:
    case ErrorCode::STALE_MEMBER_EPOCH: {
      const std::string group = group_of(client);
      return latest({last<fact::GroupMemberLeft>(before, [&](const auto& f, const Line&) { return f.group == group; }),
                     rebalance_before(*this, group, before)});
    }
    case ErrorCode::REBALANCE_IN_PROGRESS: return begin_of_rebalance(*this, group_of(client), before);
    case ErrorCode::NOT_CONTROLLER: return loss_of_controller(*this, before);
    case ErrorCode::OFFSET_OUT_OF_RANGE:
    case ErrorCode::POSITION_OUT_OF_RANGE:
      return latest({last<fact::LogStartAdvanced>(before, of_tp), last<fact::LogTruncated>(before, of_tp),
                     last<fact::LeaderElected>(before, of_tp)});
    case ErrorCode::GROUP_ID_NOT_FOUND:
      return latest({loss_in(*this, "__consumer_offsets", 0, before),
                     act_on({}, {"delete_group"}, before, 0, group_of(client)),
                     setting_act(*this, client, "group.protocol", before)});
    case ErrorCode::FENCED_INSTANCE_ID: return start_of_twin(*this, client, before);
    // A broker has answered, so no hindrance of the client had a part in it.
    case ErrorCode::COORDINATOR_LOAD_IN_PROGRESS:
    case ErrorCode::COORDINATOR_NOT_AVAILABLE:
    case ErrorCode::NOT_COORDINATOR: return back_of_coordinator(*this, error, client, before);
    case ErrorCode::FETCH_SESSION_ID_NOT_FOUND:  // a broker keeps the sessions in its memory
      if (const sim::NodeId by = answered_by(*this, before); by.valid())
        return back_of_fetch_session(*this, by, client, before);
      break;
    case ErrorCode::UNRELEASED_INSTANCE_ID: return back_of_taken_instance(*this, client, before);
    case ErrorCode::INCONSISTENT_GROUP_PROTOCOL: return back_of_protocols(*this, client, before);
    case ErrorCode::INVALID_REPLICATION_FACTOR: return back_of_missing_brokers(*this, client, before);
    case ErrorCode::INVALID_PRODUCER_ID_MAPPING: return loss_of_id(*this, client, before);
    case ErrorCode::INVALID_TIMESTAMP: return wrong_clock(*this, client, tp, before);
    case ErrorCode::MESSAGE_TOO_LARGE:
      found = created_with(*this, cluster().topic_name(tp.topic), "max.message.bytes", before);
      return found != nullptr ? found : setting_of(tp, "max.message.bytes", before, "message.max.bytes");
    case ErrorCode::RECORD_LIST_TOO_LARGE:
      found = created_with(*this, cluster().topic_name(tp.topic), "segment.bytes", before);
      return found != nullptr ? found : setting_of(tp, "segment.bytes", before, "log.segment.bytes");
    // Nobody answered, or nobody was in charge.
    case ErrorCode::NONE:
    case ErrorCode::REQUEST_TIMED_OUT:
    case ErrorCode::NETWORK_EXCEPTION:
    case ErrorCode::BROKER_NOT_AVAILABLE:
    case ErrorCode::REPLICA_NOT_AVAILABLE:
    case ErrorCode::OFFSET_NOT_AVAILABLE:
    case ErrorCode::PREFERRED_LEADER_NOT_AVAILABLE:
    case ErrorCode::ELIGIBLE_LEADERS_NOT_AVAILABLE:
    case ErrorCode::NEW_LEADER_ELECTED:
    case ErrorCode::UNSTABLE_OFFSET_COMMIT:
    // The client or its broker has missed something: a response, an epoch, a session, the end of a transaction.
    case ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER:
    case ErrorCode::DUPLICATE_SEQUENCE_NUMBER:
    case ErrorCode::UNKNOWN_PRODUCER_ID:
    case ErrorCode::INVALID_PRODUCER_EPOCH:
    case ErrorCode::PRODUCER_FENCED:
    case ErrorCode::INVALID_TXN_STATE:
    case ErrorCode::CONCURRENT_TRANSACTIONS:
    case ErrorCode::TRANSACTION_COORDINATOR_FENCED:
    case ErrorCode::TRANSACTIONAL_ID_NOT_FOUND:
    case ErrorCode::TRANSACTION_ABORTABLE:
    case ErrorCode::INVALID_FETCH_SESSION_EPOCH:
    case ErrorCode::SHARE_SESSION_NOT_FOUND:
    case ErrorCode::INVALID_SHARE_SESSION_EPOCH:
    case ErrorCode::INVALID_RECORD_STATE:
    case ErrorCode::FENCED_STATE_EPOCH:
    case ErrorCode::STALE_CONTROLLER_EPOCH:
    case ErrorCode::STALE_BROKER_EPOCH: break;
    // The request itself is refused, whatever the state of the cluster.
    case ErrorCode::UNKNOWN_SERVER_ERROR:
    case ErrorCode::CORRUPT_MESSAGE:
    case ErrorCode::OFFSET_METADATA_TOO_LARGE:
    case ErrorCode::INVALID_TOPIC_EXCEPTION:
    case ErrorCode::INVALID_REQUIRED_ACKS:
    case ErrorCode::INVALID_GROUP_ID:
    case ErrorCode::INVALID_SESSION_TIMEOUT:
    case ErrorCode::INVALID_COMMIT_OFFSET_SIZE:
    case ErrorCode::UNSUPPORTED_VERSION:
    case ErrorCode::TOPIC_ALREADY_EXISTS:
    case ErrorCode::INVALID_PARTITIONS:
    case ErrorCode::INVALID_REPLICA_ASSIGNMENT:
    case ErrorCode::INVALID_CONFIG:
    case ErrorCode::INVALID_REQUEST:
    case ErrorCode::POLICY_VIOLATION:
    case ErrorCode::INVALID_TRANSACTION_TIMEOUT:
    case ErrorCode::SECURITY_DISABLED:
    case ErrorCode::OPERATION_NOT_ATTEMPTED:
    case ErrorCode::REASSIGNMENT_IN_PROGRESS:
    case ErrorCode::NON_EMPTY_GROUP:
    case ErrorCode::TOPIC_DELETION_DISABLED:
    case ErrorCode::MEMBER_ID_REQUIRED:
    case ErrorCode::GROUP_MAX_SIZE_REACHED:
    case ErrorCode::ELECTION_NOT_NEEDED:
    case ErrorCode::NO_REASSIGNMENT_IN_PROGRESS:
    case ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC:
    case ErrorCode::INVALID_RECORD:
    case ErrorCode::THROTTLING_QUOTA_EXCEEDED:
    case ErrorCode::INCONSISTENT_VOTER_SET:
    case ErrorCode::INVALID_UPDATE_VERSION:
    case ErrorCode::FEATURE_UPDATE_FAILED:
    case ErrorCode::SNAPSHOT_NOT_FOUND:
    case ErrorCode::DUPLICATE_BROKER_REGISTRATION:
    case ErrorCode::BROKER_ID_NOT_REGISTERED:
    case ErrorCode::INCONSISTENT_TOPIC_ID:
    case ErrorCode::INCONSISTENT_CLUSTER_ID:
    case ErrorCode::INELIGIBLE_REPLICA:
    case ErrorCode::UNSUPPORTED_ASSIGNOR:
    case ErrorCode::INVALID_REGULAR_EXPRESSION:
    case ErrorCode::SHARE_SESSION_LIMIT_REACHED: return nullptr;
  }
  // The client looks for the leader at a wrong address, where nothing listens.
  if (error == ErrorCode::REQUEST_TIMED_OUT || error == ErrorCode::NETWORK_EXCEPTION)
    if (const Misdirection misled = misdirection_of(*this, leader, before);
        misled.misleads && hindrance(leader, before, search.with({client})) == nullptr)
      return misled.by;
  // No response: because of the leader, the client or the link between them.
  const auto take = [&](const Line* l) {
    if (l != nullptr && (found == nullptr || l->seq > found->seq)) found = l;
  };
  // What lets nothing through, over what only slows the leader or the client down, or is over.
  const Line *of_leader = hindrance(leader, before, search.with({client})),
             *of_client = hindrance(client, before, search.with({leader}));
  const auto stops = [](const Line* l) { return l != nullptr && stops_copies(*l); };
  take(stops(of_client) && !stops(of_leader) ? nullptr : silence(leader, before, search.with({client})));
  // A client that gets an error is running: if its process died, another one has taken its place.
  if (const Line* own =
          stops(of_leader) && !stops(of_client) ? nullptr : silence(client, before, search.with({leader}));
      own != nullptr && !is_of_earlier_process(*this, *own, before))
    take(own);
  // The gap in the sequence may come from an earlier leader, or from a deleted topic of the same name, so any broker
  // counts.
  if (error == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER && found == nullptr)
    take(silence(client, before, search.with({})));
  // A new leader epoch with the same leader delays no client.
  take(last<fact::LeaderElected>(before,
                                 [&](const auto& f, const Line& l) { return of_tp(f, l) && f.leader != f.previous; }));
  if (tp.partition < 0 && !stops(of_client))  // the broker is unknown: it may be any of them
    for (const auto& info : cluster().nodes())
      if (info.kind == cluster::NodeKind::Broker)
        take(silence(cluster().find(info.name), before, search.with({client})));
  // A leader that waits for its followers does not answer either. If nothing hinders the leader or the client any more,
  // a follower's hindrance at that moment counts, even if the leader was silent before.
  const bool over = of_leader == nullptr && of_client == nullptr;
  if (over || (tp.partition >= 0 && !stops(of_leader) && !stops(of_client))) {
    const bool nothing = found == nullptr;
    const Search copies = search.with({leader}).of(traffic::kCopies);
    // The leader waits for the followers in the ISR; one that has left it counts only if none of these is hindered.
    const auto in_sync = isr_before(tp, before);
    const Line *awaited = nullptr, *first = nullptr;  // of several that copy nothing, the first holds the request up
    for (const BrokerId id : in_sync ? in_sync->isr : protocol::IdList{}) {
      const Line* held = id == leader_at(tp, before) ? nullptr : hindrance(broker_node(id), before, copies);
      awaited = latest({awaited, held});
      if (held != nullptr && stops_copies(*held) && (first == nullptr || held->seq < first->seq)) first = held;
    }
    // It outweighs what slows the leader down, or was over when the request came; but not an election since.
    const bool leads_since = found != nullptr && is<fact::LeaderElected>(*found);
    if (first != nullptr && !leads_since) return first;
    if (!over) return found;
    take(awaited);
    if (awaited == nullptr)
      for (const BrokerId id : replicas_lately(*this, tp, before))
        if (id != leader_at(tp, before))
          take(nothing ? silence(broker_node(id), before, copies) : hindrance(broker_node(id), before, copies));
  }
  // The request went to a broker that led the partition before, perhaps in a deleted topic of the same name.
  if (found == nullptr && error == ErrorCode::REQUEST_TIMED_OUT)
    for (const auto& broker : cluster().spec().brokers)
      take(silence(broker_node(broker.id), before, search.with({client})));
  return found;
}

}  // namespace kafkascope::observe
