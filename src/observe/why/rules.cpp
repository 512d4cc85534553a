// The settings and access rules behind a refusal, and errors that the scenario makes a broker return.
#include <algorithm>
#include <charconv>
#include <functional>
#include <utility>

#include "broker/client_quotas.h"
#include "cluster/acts.h"
#include "cluster/admin_commands.h"
#include "cluster/client_kinds.h"
#include "observe/why/errors.h"
#include "observe/why/min_isr.h"
#include "observe/why/story.h"
#include "protocol/acl.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_logs.h"
#include "protocol/messages_admin.h"
#include "protocol/messages_consumer_group.h"
#include "protocol/messages_control.h"
#include "protocol/messages_data.h"
#include "protocol/messages_group.h"
#include "protocol/messages_quorum.h"
#include "protocol/messages_share.h"
#include "protocol/messages_share_admin.h"
#include "protocol/messages_transaction.h"
#include "protocol/trace_code.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::observe {

using protocol::AccessControlEntry;
using protocol::AclOperation;
using protocol::Acls;
using protocol::ErrorCode;
using protocol::ResourceType;
using protocol::TopicPartition;
using Line = Story::Line;

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t n = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), n);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() ? std::optional(n) : std::nullopt;
}

AccessControlEntry acl_of(const Story& story, const fact::AclChanged& changed) {
  const auto& acts = story.moment().observation.commands();
  for (std::size_t i = 0; i < acts.size(); ++i)
    if (const auto* acl = acts[i]->command.get_if<cluster::act::Acl>())
      if (AccessControlEntry entry = cluster::entry_of(*acl); entry.text() == changed.entry.view()) return entry;
  return {};
}

namespace {

/// Kafka: KafkaApis, ControllerApis.
AclOperation needed_on_topic(protocol::ApiKey request) {
  namespace api = protocol::api;
  switch (request) {
    case api::Produce:
    case api::AddPartitionsToTxn: return AclOperation::Write;
    case api::DeleteRecords:
    case api::DeleteTopics: return AclOperation::Delete;
    case api::CreatePartitions: return AclOperation::Alter;
    case api::IncrementalAlterConfigs: return AclOperation::AlterConfigs;
    case api::Metadata:
    case api::ListOffsets:
    case api::OffsetForLeaderEpoch:
    case api::OffsetFetch:
    case api::ConsumerGroupHeartbeat:
    case api::ShareGroupHeartbeat: return AclOperation::Describe;
    default: return AclOperation::Read;
  }
}
AclOperation needed_on_group(protocol::ApiKey request) {
  namespace api = protocol::api;
  switch (request) {
    case api::FindCoordinator:
    case api::OffsetFetch:
    case api::ConsumerGroupDescribe:
    case api::ShareGroupDescribe:
    case api::DescribeShareGroupOffsets: return AclOperation::Describe;
    case api::DeleteGroups:
    case api::OffsetDelete: return AclOperation::Delete;
    case api::IncrementalAlterConfigs: return AclOperation::AlterConfigs;
    default: return AclOperation::Read;
  }
}
AclOperation needed_on_cluster(protocol::ApiKey request) {
  namespace api = protocol::api;
  switch (request) {
    case api::Produce:  // 2.5
    case api::InitProducerId: return AclOperation::IdempotentWrite;
    case api::CreateTopics: return AclOperation::Create;
    case api::IncrementalAlterConfigs:
    case api::AlterClientQuotas: return AclOperation::AlterConfigs;
    default: return AclOperation::Alter;
  }
}

/// A request that was refused for want of a right, and who sent it.
struct RefusedRequest {
  protocol::Authorizer authorizer;
  std::string host, principal;
  ErrorCode error = ErrorCode::NONE;
  protocol::ApiKey request{};
  bool since_kip_679 = true;  // who may write to any topic may have a producer id
  std::uint64_t seq = 0;      // the refusal's

  bool may(const Acls& acls, AclOperation operation, ResourceType type, std::string_view name) const {
    return authorizer.allows(acls, principal, host, operation, type, name);
  }
  /// Whether these ACLs allow the request, if it is about the resource of that name.
  bool is_allowed(const Acls& acls, std::string_view name) const {
    namespace api = protocol::api;
    const auto on_cluster = [&] {
      return may(acls, needed_on_cluster(request), ResourceType::Cluster, protocol::kClusterResource);
    };
    switch (error) {
      case ErrorCode::TOPIC_AUTHORIZATION_FAILED:
        if (request == api::CreateTopics)
          return on_cluster() || may(acls, AclOperation::Create, ResourceType::Topic, name);
        return may(acls, needed_on_topic(request), ResourceType::Topic, name);
      case ErrorCode::GROUP_AUTHORIZATION_FAILED: return may(acls, needed_on_group(request), ResourceType::Group, name);
      case ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
        return may(acls, request == api::FindCoordinator ? AclOperation::Describe : AclOperation::Write,
                   ResourceType::TransactionalId, name);
      default:
        return on_cluster() || (request == api::InitProducerId && since_kip_679 &&
                                authorizer.allows_any(acls, principal, host, AclOperation::Write, ResourceType::Topic));
    }
  }
};

bool is_admin(const cluster::ClientSpec* client) {
  return client != nullptr && client->kind == cluster::ClientKind::Admin;
}

/// The broker's refusal in the chain of causes of that line; null: none told of one.
const Line* refusal_behind(const Story& story, std::uint64_t seq) {
  for (const Line* l = story.trace().find(seq); l != nullptr && !is<fact::Command>(*l);
       l = l->cause < l->seq ? story.trace().find(l->cause) : nullptr)
    if (is<fact::RequestRefused>(*l)) return l;
  return nullptr;
}

/// The refusal behind a client's error before that line. If no broker told of one, the response that brought the error tells what
/// had been asked for.
RefusedRequest refused_before(const Story& story, ErrorCode error, TopicPartition tp, sim::NodeId client,
                              std::uint64_t before) {
  const cluster::ClientSpec* spec = story.declared(client);
  const auto fits = [&](const auto& f, const Line&) {
    const bool elsewhere = tp.topic >= 0 && f.partition.topic >= 0 && f.partition.topic != tp.topic;
    return f.error == error && f.client == client && !elsewhere;
  };
  // An admin client asks each time for something else.
  const Line* line = is_admin(spec) ? refusal_behind(story, before) : story.last<fact::RequestRefused>(before, fits);
  const protocol::Config config = config_before(story, line == nullptr ? sim::NodeId{} : line->node, before);
  RefusedRequest refused{
      protocol::Authorizer(config, cluster::operators()), story.cluster().info(client).name, {}, error};
  refused.principal = protocol::principal_of(refused.host);
  refused.since_kip_679 = config.version() != protocol::KafkaVersion::V2_5;
  refused.seq = line == nullptr ? before : line->seq;
  if (line != nullptr) {
    refused.request = as<fact::RequestRefused>(*line).api;
    return refused;
  }
  const Line* told = story.trace().find(before);
  const Line* led = told == nullptr ? nullptr : story.trace().find(told->cause);
  const auto answer = led == nullptr ? std::nullopt : fact_if<fact::MessageDelivered>(*led);
  const bool writes = spec != nullptr && cluster::produces(spec->kind);
  if (answer) refused.request = protocol::api_of(answer->api);
  else refused.request = writes ? protocol::api::Produce : protocol::api::Fetch;
  return refused;
}

/// The topic or the group that an admin client was refused at that line, from the row of the answer: "new", "topic:pay" or "pay-0",
/// as the request has it; "": not known.
std::string refused_to_admin(const Story& story, const RefusedRequest& refused, sim::NodeId client, std::uint64_t seq) {
  namespace api = protocol::api;
  const Line* failed = story.trace().find(seq);
  const Line* result =
      failed == nullptr ? nullptr : story.first<fact::CommandResult>(seq, [&](const auto& f, const Line& l) {
        return l.node == client && l.time == failed->time && f.error == refused.error;
      });
  if (result == nullptr) return {};
  const std::string row = as<fact::CommandResult>(*result).name.str();
  switch (refused.request) {
    case api::IncrementalAlterConfigs: return row.substr(row.find(':') + 1);
    case api::CreateTopics:
    case api::DeleteTopics:
    case api::CreatePartitions:
    case api::FindCoordinator:
    case api::DeleteGroups: return row;
    default: break;
  }
  const auto partition = cluster::parse_partition_name(row);
  return partition && refused.error == ErrorCode::TOPIC_AUTHORIZATION_FAILED ? partition->topic : std::string();
}

/// The ACLs just before that line, by the line that added each. `changed`: is called with each change of them, and with what they
/// are then.
Acls acls_before(const Story& story, std::uint64_t before,
                 const std::function<void(const Line&, const Acls&)>& changed = {}) {
  Acls acls;
  (void)story.first<fact::AclChanged>(0, [&](const auto& f, const Line& l) {
    if (l.seq >= before) return true;
    std::erase_if(acls, [&](const auto& acl) { return acl.second.text() == f.entry.view(); });
    if (!f.removed) acls.emplace(static_cast<std::int64_t>(l.seq), acl_of(story, f));
    if (changed) changed(l, acls);
    return false;
  });
  return acls;
}

/// The last change of the ACLs that kept the request from the resource: before it they allowed the request, or they would have
/// without it.
const Line* kept_by(const Story& story, const RefusedRequest& refused, std::string_view name) {
  const Line* since = nullptr;
  bool allowed = refused.is_allowed({}, name);
  const Acls acls = acls_before(story, refused.seq, [&](const Line& l, const Acls& then) {
    const bool now = refused.is_allowed(then, name);
    if (allowed && !now) since = &l;
    allowed = now;
  });
  if (since != nullptr || allowed) return since;
  for (const auto& [id, acl] : acls) {
    Acls others = acls;
    others.erase(id);
    if (refused.is_allowed(others, name)) return story.trace().find(static_cast<std::uint64_t>(id));
  }
  return nullptr;
}

}  // namespace

const Line* Story::setting_of(TopicPartition tp, std::string_view key, std::uint64_t before,
                              std::string_view broker_key) const {
  const std::string topic = cluster().topic_name(tp.topic), own = "topic:" + topic;
  const std::string leader = "broker:" + std::to_string(leader_at(tp, before));
  const Line* of_topic = last<fact::ConfigChanged>(
      before, [&](const auto& f, const Line& l) { return l.time.us > 0 && f.key == key && f.resource == own; });
  if (of_topic != nullptr && !as<fact::ConfigChanged>(*of_topic).removed) return of_topic;
  if (of_topic == nullptr)
    for (const cluster::TopicSpec& declared : cluster().spec().topics)
      for (const auto& [name, value] : declared.config.explicit_values())
        if (declared.name == topic && name == key) return nullptr;
  const Line* of_broker = last<fact::ConfigChanged>(before, [&](const auto& f, const Line& l) {
    return l.time.us > 0 && f.key == (broker_key.empty() ? key : broker_key) &&
           (f.resource == "broker:" || f.resource == leader);
  });
  return latest({of_topic, of_broker});
}

const Line* created_with(const Story& story, std::string_view topic, std::string_view key, std::uint64_t before) {
  const Line* created = story.last<fact::TopicCreated>(
      before, [&](const auto& f, const Line& l) { return l.time.us > 0 && f.topic == topic; });
  if (created == nullptr) return nullptr;
  const Line* changed = story.last<fact::ConfigChanged>(before, [&](const auto& f, const Line&) {
    return f.key == key && f.resource.view().substr(0, 6) == "topic:" && f.resource.view().substr(6) == topic;
  });
  if (changed != nullptr && changed->seq > created->seq) return nullptr;
  const Line* act = story.act_on({}, {"create_topic"}, created->seq, 0, topic);
  const NumberedCommand* whole = act == nullptr ? nullptr : story.command_of(*act);
  const auto* creates = whole == nullptr ? nullptr : whole->command.get_if<cluster::act::CreateTopic>();
  if (creates == nullptr || creates->topic != topic) return nullptr;
  const bool given = std::any_of(creates->config.begin(), creates->config.end(),
                                 [&](const auto& entry) { return entry.first == key && entry.second.has_value(); });
  return given ? act : nullptr;
}

const Line* Story::below_min_isr(TopicPartition tp, std::uint64_t before) const {
  const auto history = isr_history(tp);
  std::vector<const Line*> changes;
  const Line* shrunk = nullptr;
  for (std::size_t i = 1; i < history.size() && history[i].line->seq < before; ++i) {
    changes.push_back(history[i].line);
    if (history[i].isr.size() < history[i - 1].isr.size()) shrunk = history[i].line;
  }
  (void)last<fact::ConfigChanged>(before, [&](const auto& f, const Line& l) {
    if (l.time.us > 0 && f.key == "min.insync.replicas") changes.push_back(&l);
    return false;  // all of them
  });
  std::sort(changes.begin(), changes.end(), [](const Line* a, const Line* b) { return a->seq > b->seq; });
  const auto is_below = [&](std::uint64_t seq) {
    const auto in_sync = isr_before(tp, seq);
    return in_sync && std::cmp_less(in_sync->isr.size(), effective_min_isr_before(*this, tp, seq));
  };
  if (!is_below(before)) return shrunk;
  for (const Line* change : changes)
    if (!is_below(change->seq)) return change;
  return nullptr;
}

const Line* quota_of(const Story& story, const Line& throttled) {
  using broker::ClientQuotas;
  const auto& f = as<fact::ClientThrottled>(throttled);
  const std::string_view key =
      ClientQuotas::key_of(f.api == protocol::api::Produce ? ClientQuotas::Kind::Produce : ClientQuotas::Kind::Fetch);
  for (const std::string& entity : ClientQuotas::entities_of(story.cluster().info(f.client).name)) {
    const Line* set = story.last<fact::QuotaChanged>(
        throttled.seq, [&](const auto& q, const Line&) { return q.entity == entity && q.key == key; });
    if (set != nullptr && !as<fact::QuotaChanged>(*set).removed) return set;
  }
  return nullptr;
}

const Line* wrong_clock(const Story& story, sim::NodeId client, TopicPartition tp, std::uint64_t before) {
  const sim::NodeId leader = story.broker_node(story.leader_at(tp, before));
  return latest({story.act_on(client, {"skew_clock"}, before),
                 leader.valid() ? story.act_on(leader, {"skew_clock"}, before) : nullptr});
}

const Line* pause_of(const Story& story, sim::NodeId client, std::string_view partition, std::string_view verb) {
  return story.last<fact::Command>(story.end(), [&](const fact::Command& f, const Line& l) {
    return f.verb == verb && mentions(f.arguments.view(), partition) && story.involves(l, client);
  });
}

const Line* Story::injected(ErrorCode error, TopicPartition tp, sim::NodeId client, std::uint64_t before) const {
  const auto gives_it = [&](const fact::Command& f) {
    return f.verb == "answer" && mentions(f.arguments.view(), protocol::name(error));
  };
  // Most files have no such act; then the refusals need not be searched.
  if (last<fact::Command>(before, [&](const auto& f, const Line&) { return gives_it(f); }) == nullptr) return nullptr;
  const Line* refused = last<fact::RequestRefused>(before, [&](const auto& f, const Line&) {
    return f.error == error && f.client == client && (tp.partition < 0 || f.partition == tp);
  });
  return last<fact::Command>(refused == nullptr ? before : refused->seq, [&](const fact::Command& f, const Line& l) {
    if (!gives_it(f)) return false;
    if (refused == nullptr)
      return command_of(l) == nullptr || !command_of(l)->command.get<cluster::act::Answer>().count;
    if (!involves(l, refused->node) || !answers_request(*this, l)(as<fact::RequestRefused>(*refused), refused->node))
      return false;
    const Line* end = end_of_act(l, refused->node);
    return end == nullptr || refused->seq <= end->seq;
  });
}

namespace {

/// The names of what the refused request was about; never empty.
std::vector<std::string> resources_of(const Story& story, const RefusedRequest& refused, TopicPartition tp,
                                      sim::NodeId client, std::uint64_t before) {
  std::vector<std::string> resources;
  if (refused.error == ErrorCode::GROUP_AUTHORIZATION_FAILED) {
    resources.push_back(is_admin(story.declared(client)) ? refused_to_admin(story, refused, client, before)
                                                         : story.group_of(client));
  } else if (refused.error == ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED) {
    resources.push_back(transactional_id_of(story, client));
  } else if (refused.error == ErrorCode::TOPIC_AUTHORIZATION_FAILED) {
    if (tp.topic >= 0) resources.push_back(story.cluster().topic_name(tp.topic));
    else resources = refused_topics(story, client, before);
  }
  if (resources.empty()) resources.emplace_back(protocol::kAnyResource);
  return resources;
}

}  // namespace

const Line* Story::rule_against(ErrorCode error, TopicPartition tp, sim::NodeId client, std::uint64_t before) const {
  if (!client.valid()) return nullptr;
  const RefusedRequest refused = refused_before(*this, error, tp, client, before);
  const Line* since = nullptr;
  for (const std::string& name : resources_of(*this, refused, tp, client, before))
    since = latest({since, kept_by(*this, refused, name)});
  return since;
}

std::string operation_on_topic(const Story& story, const Line& failed) {
  const RefusedRequest refused = refused_before(story, error_of(failed), place_of(failed), failed.node, failed.seq);
  return std::string(protocol::name(needed_on_topic(refused.request)));
}

const Line* rule_that_allowed(const Story& story, sim::NodeId client, std::uint64_t before) {
  const Line* thrown = story.last<fact::ClientError>(
      before, [&](const auto& f, const Line& l) { return l.node == client && is_authorization(f.error); });
  if (thrown == nullptr) return nullptr;
  const RefusedRequest refused = refused_before(story, error_of(*thrown), place_of(*thrown), client, thrown->seq);
  // What the client sends once that request is allowed may need another right.
  RefusedRequest next = refused;
  if (refused.error == ErrorCode::GROUP_AUTHORIZATION_FAILED) next.request = protocol::api::JoinGroup;
  if (const cluster::ClientSpec* spec = story.declared(client);
      refused.error == ErrorCode::TOPIC_AUTHORIZATION_FAILED && spec != nullptr && !is_admin(spec))
    next.request = cluster::consumes(spec->kind) ? protocol::api::Fetch : protocol::api::Produce;
  const Line* since = nullptr;
  for (const std::string& name : resources_of(story, refused, place_of(*thrown), client, thrown->seq)) {
    bool allowed = false;
    (void)acls_before(story, before, [&](const Line& l, const Acls& then) {
      const bool now = refused.is_allowed(then, name) && next.is_allowed(then, name);
      if (now && !allowed && l.seq > thrown->seq) since = latest({since, &l});
      allowed = now;
    });
  }
  return since;
}

std::vector<std::string> refused_topics(const Story& story, sim::NodeId client, std::uint64_t before) {
  const cluster::ClientSpec* spec = story.declared(client);
  if (spec == nullptr) return {};
  std::vector<std::string> topics = spec->topics;
  if (!spec->topic.empty()) topics.push_back(spec->topic);
  for (const cluster::PartitionName& p : spec->assign)
    if (std::find(topics.begin(), topics.end(), p.topic) == topics.end()) topics.push_back(p.topic);
  if (topics.size() < 2 && !is_admin(spec)) return topics;
  const RefusedRequest refused = refused_before(story, ErrorCode::TOPIC_AUTHORIZATION_FAILED, {}, client, before);
  if (is_admin(spec)) {
    const std::string topic = refused_to_admin(story, refused, client, before);
    return topic.empty() ? std::vector<std::string>() : std::vector<std::string>{topic};
  }
  const Acls acls = acls_before(story, refused.seq);
  std::erase_if(topics, [&](const std::string& name) { return refused.is_allowed(acls, name); });
  return topics;
}

std::pair<std::string, std::string> right_of_admin(const Story& story, const Line& failed) {
  const auto f = fact_if<fact::ClientError>(failed);
  if (!f || !is_admin(story.declared(failed.node))) return {};
  const RefusedRequest refused = refused_before(story, f->error, {}, failed.node, failed.seq);
  if (f->error == ErrorCode::CLUSTER_AUTHORIZATION_FAILED)
    return {std::string(protocol::name(needed_on_cluster(refused.request))), "cluster"};
  const std::string name = refused_to_admin(story, refused, failed.node, failed.seq);
  if (name.empty()) return {};
  if (f->error == ErrorCode::GROUP_AUTHORIZATION_FAILED)
    return {std::string(protocol::name(needed_on_group(refused.request))), "group:" + name};
  const AclOperation operation =
      refused.request == protocol::api::CreateTopics ? AclOperation::Create : needed_on_topic(refused.request);
  return {std::string(protocol::name(operation)), "topic:" + name};
}

}  // namespace kafkascope::observe
