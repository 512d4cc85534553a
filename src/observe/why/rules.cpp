// The settings and access rules behind a refusal, and errors that the scenario makes a broker return.
#include <algorithm>
#include <charconv>
#include <functional>
#include <set>

#include "broker/client_quotas.h"
#include "cluster/acts.h"
#include "observe/why/story.h"
#include "protocol/acl.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_logs.h"
#include "protocol/messages_data.h"

namespace kafkascope::observe {

using protocol::ErrorCode;
using protocol::TopicPartition;
using Line = Story::Line;

namespace {

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t n = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), n);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() ? std::optional(n) : std::nullopt;
}

/// "User:kim Read topic:pay-* deny"
struct Rule {
  std::string_view principal, operation, resource;
  bool allow = false;
};
Rule rule_in(std::string_view text) {
  Rule rule;
  rule.principal = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.size(), rule.principal.size() + 1));
  rule.operation = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.size(), rule.operation.size() + 1));
  rule.resource = text.substr(0, text.find(' '));
  rule.allow = text.ends_with(" allow");
  return rule;
}

/// Kafka: AclEntry. A rule for All applies to each operation; a rule for Read or Write includes Describe.
bool is_about(std::string_view operation, protocol::ApiKey request) {
  namespace api = protocol::api;
  if (operation == "All") return true;
  switch (request) {
    case api::Produce: return operation == "Write" || operation == "IdempotentWrite";  // 2.5 asks for both
    case api::Fetch: return operation == "Read";
    case api::InitProducerId: return operation == "IdempotentWrite" || operation == "Write";
    default: return true;
  }
}

bool applies(const Rule& rule, std::string_view type, std::string_view name) {
  if (rule.resource == type) return true;
  if (!rule.resource.starts_with(type) || rule.resource.substr(type.size(), 1) != ":") return false;
  const std::string_view of = rule.resource.substr(type.size() + 1);
  return of == name || (of.ends_with("*") && name.starts_with(of.substr(0, of.size() - 1)));
}

const Line* refusal_of(const Story& story, ErrorCode error, sim::NodeId client, std::uint64_t before) {
  return story.last<fact::RequestRefused>(
      before, [&](const auto& f, const Line&) { return f.error == error && f.client == client; });
}

/// Whether a rule is about the client, and about what the refused request asked for (null: unknown).
auto his_rules(const Story& story, sim::NodeId client, const Line* refused) {
  return [refused, principal = protocol::principal_of(story.cluster().info(client).name)](const Rule& rule) {
    return (rule.principal == principal || rule.principal == protocol::kAnyPrincipal) &&
           (refused == nullptr || is_about(rule.operation, as<fact::RequestRefused>(*refused).api));
  };
}

/// Whether these ACLs of one resource let the principal in. `open`: so does having none.
template <class IsHis>
bool let_in_by(const std::set<std::string>& acls, bool open, const IsHis& is_his) {
  bool allowed = open && acls.empty(), denied = false;
  for (const std::string& acl : acls)
    if (const Rule rule = rule_in(acl); is_his(rule)) (rule.allow ? allowed : denied) = true;
  return allowed && !denied;
}

bool open_without_acls(const Story& story) {
  return story.cluster().spec().config.flag("allow.everyone.if.no.acl.found");
}

/// The ACLs of the resource just before that line. `changed`: is called with each change of them, and with what they are then.
std::set<std::string> acls_of(const Story& story, std::string_view type, std::string_view name, std::uint64_t before,
                              const std::function<void(const Line&, const std::set<std::string>&)>& changed = {}) {
  std::set<std::string> acls;
  (void)story.first<fact::AclChanged>(0, [&](const auto& f, const Line& l) {
    if (l.seq >= before || !applies(rule_in(f.entry.view()), type, name)) return l.seq >= before;
    if (f.removed) acls.erase(f.entry.str());
    else acls.insert(f.entry.str());
    if (changed) changed(l, acls);
    return false;
  });
  return acls;
}

/// With allow.everyone.if.no.acl.found=true: the last change that shut the principal out of the resource. Until its first ACL
/// everybody is let in, from then on only whom an ACL allows. Kafka: StandardAuthorizerData.
template <class IsHis>
const Line* refused_since(const Story& story, std::uint64_t before, std::string_view type, std::string_view name,
                          const IsHis& is_his) {
  const Line* since = nullptr;
  bool let_in = true;
  (void)acls_of(story, type, name, before, [&](const Line& l, const std::set<std::string>& acls) {
    const bool now = let_in_by(acls, true, is_his);
    if (let_in && !now) since = &l;
    let_in = now;
  });
  return since;
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

const Line* Story::below_min_isr(TopicPartition tp, std::uint64_t before) const {
  const auto history = isr_history(tp);
  const Line* found = nullptr;
  for (std::size_t i = 1; i < history.size() && history[i].line->seq < before; ++i)
    if (history[i].isr.size() < history[i - 1].isr.size()) found = history[i].line;
  const Line* set = setting_of(tp, "min.insync.replicas", before);
  if (set == nullptr) return found;
  const auto value = number_in(as<fact::ConfigChanged>(*set).value.view());
  const std::int64_t wanted = value ? *value : cluster().effective_min_isr(tp);
  const auto in_sync = isr_before(tp, before);
  return wanted > (in_sync ? in_sync->isr.size() : 0) ? latest({found, set}) : found;
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

const Line* pause_of(const Story& story, sim::NodeId client, std::string_view partition) {
  return story.last<fact::Command>(story.end(), [&](const fact::Command& f, const Line& l) {
    return f.verb == "pause_partitions" && mentions(f.arguments.view(), partition) && story.involves(l, client);
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
    if (!involves(l, refused->node)) return false;
    const Line* end = end_of_act(l, refused->node);
    return end == nullptr || refused->seq <= end->seq;
  });
}

const Line* Story::rule_against(ErrorCode error, TopicPartition tp, sim::NodeId client, std::uint64_t before) const {
  if (!client.valid()) return nullptr;
  std::vector<std::string> resources;
  std::string type = "cluster";
  if (error == ErrorCode::GROUP_AUTHORIZATION_FAILED) {
    type = "group";
    resources.push_back(group_of(client));
  } else if (error == ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED) {
    type = "transactional-id";
    resources.push_back(transactional_id_of(*this, client));
  } else if (error == ErrorCode::TOPIC_AUTHORIZATION_FAILED) {
    type = "topic";
    if (tp.topic >= 0) resources.push_back(cluster().topic_name(tp.topic));
    else resources = refused_topics(*this, client, before);
  }
  if (resources.empty()) resources.emplace_back("*");
  const auto is_his = his_rules(*this, client, refusal_of(*this, error, client, before));
  if (open_without_acls(*this)) {
    const Line* since = nullptr;
    for (const std::string& name : resources) since = latest({since, refused_since(*this, before, type, name, is_his)});
    return since;
  }
  return last<fact::AclChanged>(before, [&](const auto& f, const Line&) {
    const Rule rule = rule_in(f.entry.view());
    // A denying rule was added, or an allowing one removed.
    return rule.allow == f.removed && is_his(rule) &&
           std::any_of(resources.begin(), resources.end(), [&](const auto& name) { return applies(rule, type, name); });
  });
}

std::vector<std::string> refused_topics(const Story& story, sim::NodeId client, std::uint64_t before) {
  const cluster::ClientSpec* spec = story.declared(client);
  if (spec == nullptr) return {};
  std::vector<std::string> topics = spec->topics;
  if (!spec->topic.empty()) topics.push_back(spec->topic);
  if (topics.size() < 2) return topics;
  const Line* refusal = refusal_of(story, ErrorCode::TOPIC_AUTHORIZATION_FAILED, client, before);
  const std::uint64_t then = refusal == nullptr ? before : refusal->seq;
  const auto is_his = his_rules(story, client, refusal);
  std::vector<std::string> refused;
  for (const std::string& name : topics)
    if (!let_in_by(acls_of(story, "topic", name, then), open_without_acls(story), is_his)) refused.push_back(name);
  return refused;
}

}  // namespace kafkascope::observe
