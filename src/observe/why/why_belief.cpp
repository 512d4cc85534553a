// Why a client or a broker believes that a broker leads a partition: what it heard last, and what keeps from it what has changed since.
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "client/consumer.h"
#include "client/producer.h"
#include "client/share_consumer.h"
#include "observe/model/known_topic.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/trace_code.h"

namespace kafkascope::observe {

using nlohmann::json;
using protocol::BrokerId;
using protocol::TopicPartition;
using Line = Story::Line;

namespace {

struct Believed {
  BrokerId leader = protocol::kNoBroker;
  std::int64_t leader_epoch = -1;
  std::vector<BrokerId> isr;  // empty: unknown to the node
};

Believed believed_in(const json& belief) {
  Believed b;
  if (const json leader = part_of(belief, "leader"); leader.is_number_integer()) b.leader = leader.get<BrokerId>();
  if (const json epoch = part_of(belief, "leader_epoch"); epoch.is_number_integer())
    b.leader_epoch = epoch.get<std::int64_t>();
  if (const json isr = part_of(belief, "isr"); isr.is_array()) b.isr = isr.get<std::vector<BrokerId>>();
  return b;
}

/// "1,2"
std::string ids_text(const std::vector<BrokerId>& ids) { return fmt::format("{}", fmt::join(ids, ",")); }

/// Whether the node knows an earlier topic of the same name.
bool knows_earlier_topic(const Story& story, sim::NodeId node, TopicPartition tp) {
  return is_earlier_topic(story.cluster(), known_as(story.cluster(), node, tp), tp);
}

/// Whether the belief is what is so: the topic, the leader, its epoch, and the ISR if the node knows one. An ISR is a set.
bool is_right(const Story& story, sim::NodeId node, TopicPartition tp, const Believed& b) {
  const protocol::PartitionRegistration* truth = story.cluster().committed().partition(tp);
  return truth != nullptr && !knows_earlier_topic(story, node, tp) && b.leader == truth->leader &&
         b.leader_epoch == truth->leader_epoch.value &&
         (b.isr.empty() || std::is_permutation(b.isr.begin(), b.isr.end(), truth->isr.begin(), truth->isr.end()));
}

/// The change that the node has not heard of: the last later leader epoch, the ISR's last change, or the creation of the
/// partition or topic.
/// Null: there is no line of it.
const Line* unheard(const Story& story, TopicPartition tp, const Believed& b) {
  const auto here = [&](const auto& f, const Line&) { return f.partition == tp; };
  const Line* elected = story.last<fact::LeaderElected>(
      story.end(), [&](const auto& f, const Line& l) { return here(f, l) && f.leader_epoch.value > b.leader_epoch; });
  if (elected != nullptr) return elected;
  const auto isrs = story.isr_history(tp);
  if (!b.isr.empty() && !isrs.empty() && isrs.back().line != nullptr) return isrs.back().line;
  const Line* added = story.last<fact::PartitionAdded>(story.end(), here);
  return added != nullptr ? added : story.last<fact::TopicCreated>(story.end(), [&](const auto&, const Line& l) {
    return l.topic == tp.topic;
  });
}

/// The partition to ask about if the path names none: the first one about which the node is wrong, or the first one.
std::string partition_of(const Story& story, sim::NodeId node, const json& partitions) {
  std::string first, wrong;
  for_each_entry(partitions, [&](const std::string& name, const json& belief) {
    if (first.empty()) first = name;
    if (wrong.empty() && !is_right(story, node, partition_named(story, name), believed_in(belief))) wrong = name;
  });
  return wrong.empty() ? first : wrong;
}

/// Null: the client does not run, or is of a kind that keeps no metadata of partitions.
const client::NetworkClient* network_of(const cluster::Cluster& c, sim::NodeId node) {
  if (!c.alive(node)) return nullptr;
  if (const auto* producer = c.role<client::Producer>(node)) return &producer->network();
  if (const auto* consumer = c.role<client::Consumer>(node)) return &consumer->network();
  if (const auto* sharer = c.role<client::ShareConsumer>(node)) return &sharer->network();
  return nullptr;
}

/// Tells that the topic was deleted and created again, and that the node knows the earlier one. Returns the line of the creation.
const Line* tell_earlier_topic(Telling& telling, sim::NodeId node, TopicPartition tp) {
  const Story& story = telling.story();
  const cluster::Cluster& c = story.cluster();
  const std::string &who = c.info(node).name, topic = c.topic_name(tp.topic);
  const protocol::TopicId known = known_as(c, node, tp).topic;
  const Line* deleted =
      story.last<fact::TopicDeleted>(story.end(), [&](const auto&, const Line& l) { return l.topic == known; });
  const Line* created =
      story.last<fact::TopicCreated>(story.end(), [&](const auto&, const Line& l) { return l.topic == tp.topic; });
  telling.trail(deleted, Weight::Link);
  telling.link(created);
  telling.say("why.belief_earlier_topic"_w, {{"who", who}, {"topic", topic}}, created, Weight::Point, who);
  return created;
}

/// The last deletion of a topic of that name. Null: there is none.
const Line* deletion_of(const Story& story, std::string_view topic) {
  return story.last<fact::TopicDeleted>(
      story.end(), [&](const auto&, const Line& l) { return story.cluster().topic_name(l.topic) == topic; });
}

/// Tells that the node is silent, or does not run, and so hears nothing.
void tell_hears_nothing(Telling& telling, sim::NodeId node) {
  const Story& story = telling.story();
  const std::string& who = story.cluster().info(node).name;
  telling.trail(story.silence(node, story.end()), Weight::Link);
  telling.now(story.cluster().alive(node) ? "why.belief_silent"_w : "why.belief_down"_w, {{"who", who}}, Weight::Point,
              who);
}

/// Whether messages pass in both directions between the client and a running broker.
bool reaches_any(const Story& story, sim::NodeId client) {
  const cluster::Cluster& c = story.cluster();
  return std::any_of(c.spec().brokers.begin(), c.spec().brokers.end(), [&](const auto& broker) {
    const sim::NodeId node = c.broker_node(broker.id);
    return node.valid() && !is_silent(story, node) && !c.is_cut(client, node) && !c.is_cut(node, client);
  });
}

/// The line of the delivery of a Metadata response to the client at that time; null: there is none. Only lines of that time are read.
const Line* metadata_delivered(const Story& story, sim::NodeId client, sim::Instant at) {
  return last_message(story, seq_at(story, at + sim::microseconds(1)), seq_at(story, at),
                      [&](const auto& f, const Line& l) {
                        return l.node == client && f.api == protocol::trace_code(protocol::api::Metadata, true);
                      });
}

/// The refusal after which the client may know that leader: its response names the leader (KIP-951). Null: there is none.
const Line* refusal_that_names(const Story& story, sim::NodeId node, TopicPartition tp, const Line& elected) {
  return story.first<fact::ClientError>(elected.seq, [&](const auto& f, const Line& l) {
    return l.node == node && f.partition == tp &&
           (f.error == protocol::ErrorCode::NOT_LEADER_OR_FOLLOWER ||
            f.error == protocol::ErrorCode::FENCED_LEADER_EPOCH);
  });
}

/// Tells when the client got its last metadata, and that the change came later, or that the broker which sent it had not heard of
/// the change. A response without news leaves only the line of its delivery. `news`: the change; null: there is no line of it.
void tell_last_metadata(Telling& telling, sim::NodeId node, TopicPartition tp, const Believed& b, const Line* news,
                        Weight weight) {
  const Story& story = telling.story();
  const client::MetadataCache* cache = metadata_of(story.cluster(), node);
  if (cache == nullptr || cache->last_success().us < 0) return;
  const sim::Instant at = cache->last_success();
  const std::string& who = story.cluster().info(node).name;
  const Line* elected = story.last<fact::LeaderElected>(story.end(), [&](const auto& f, const Line&) {
    return f.partition == tp && f.leader == b.leader && f.leader_epoch.value == b.leader_epoch;
  });
  const Line* refused = elected == nullptr ? nullptr : refusal_that_names(story, node, tp, *elected);
  if (elected != nullptr && elected->time > at) {
    const words::Message told(
        "why.belief_from_error"_w,
        {{"who", who}, {"leader", cluster::broker_name(b.leader)}, {"partition", story.cluster().name(tp)}});
    return refused != nullptr ? telling.say(told, refused, weight, who) : telling.now(told, Weight::Point, who);
  }
  const Line* line =
      story.last<fact::ClientMetadata>(story.end(), [&](const auto&, const Line& l) { return l.node == node; });
  if (line == nullptr || line->time != at) line = metadata_delivered(story, node, at);
  // A client that has learned a newer epoch from a refusal keeps that (KIP-320), whatever older metadata says.
  const bool names = b.leader >= 0 && news != nullptr && refused == nullptr, before = names && at < news->time;
  // The controller was to elect another leader, and had not yet.
  const bool awaited = before && is<fact::LeaderElected>(*news) &&
                       story.silence(story.broker_node(b.leader), seq_at(story, at)) != nullptr;
  const words::Message told =
      !names ? words::Message("why.belief_heard_last"_w, {{"who", who}})
             : words::Message(
                   !before   ? "why.belief_heard_old"_w
                   : awaited ? "why.belief_heard_before_election"_w
                             : "why.belief_heard_before"_w,
                   {{"who", who}, {"leader", cluster::broker_name(b.leader)}, {"partition", story.cluster().name(tp)}});
  if (line != nullptr) telling.say(told, line, weight, who);
  else telling.dated(told, at, weight, who);
}

/// Tells when the client asks again: it has a reason to ask and is not allowed to yet, or has no connection, or none with room for a
/// request; or it will have a reason, at the latest if it cannot connect to the leader in which it believes.
void tell_when_client_asks(Telling& telling, sim::NodeId node, protocol::BrokerId believed) {
  const Story& story = telling.story();
  const std::string& who = story.cluster().info(node).name;
  const client::MetadataCache* cache = metadata_of(story.cluster(), node);
  const client::NetworkClient* network = network_of(story.cluster(), node);
  if (cache == nullptr || network == nullptr) return;
  const sim::Instant now = story.cluster().now(), next = cache->next_update(now);
  if (cache->update_requested() && next > now) {
    telling.now("why.belief_asks_at"_w, {{"who", who}, {"at", in_seconds(next.us)}}, Weight::Point, who);
    return;
  }
  if (cache->update_requested()) {
    const auto open = network->in_flight_by_node();
    const bool full =
        std::any_of(open.begin(), open.end(), [&](const auto& one) { return one.second >= network->max_in_flight(); });
    if (!full) return telling.now("why.belief_asks_now"_w, {{"who", who}}, Weight::Point, who);
    return telling.now("why.belief_asks_full"_w, {{"who", who}, {"most", network->max_in_flight()}}, Weight::Point,
                       who);
  }
  const auto leader = cache->node(believed);
  const bool connects = leader && network->connecting(leader->id);
  if (connects || (leader && network->backing_off(leader->id, now)))
    telling.now(connects ? "why.belief_connects"_w : "why.belief_connects_later"_w,
                {{"who", who}, {"leader", cluster::broker_name(believed)}}, Weight::Point, who);
  else
    telling.now("why.belief_asks_later"_w, {{"who", who}, {"ms", setting_of(story, node, "metadata.max.age.ms")}},
                Weight::Point, who);
}

/// Tells what the client heard last, and when it will hear: it has asked and waits for the response, or asks later.
void tell_when_client_hears(Telling& telling, sim::NodeId node, TopicPartition tp, const Believed& b,
                            const Line* news) {
  const Story& story = telling.story();
  const std::string& who = story.cluster().info(node).name;
  const client::NetworkClient* network = network_of(story.cluster(), node);
  if (is_silent(story, node) || network == nullptr) return tell_hears_nothing(telling, node);
  const auto asked = network->in_flight_for(client::ClientCore::kMetadataPurpose);
  const Line* cut_off = story.hindrance(node, story.end(), Search().of(traffic::kClients));
  if (!asked && cut_off != nullptr && !reaches_any(story, node)) {
    telling.trail(cut_off, Weight::Point);
    tell_last_metadata(telling, node, tp, b, news, Weight::Link);
    telling.now("why.belief_cannot_ask"_w, {{"who", who}}, Weight::Point, who);
    return;
  }
  const Line* held = asked ? story.hindrance(asked->endpoint, story.end(), {node}) : nullptr;
  if (held != nullptr) telling.trail(held, Weight::Point);
  tell_last_metadata(telling, node, tp, b, news, held != nullptr ? Weight::Link : Weight::Point);
  if (!asked) return tell_when_client_asks(telling, node, b.leader);
  telling.dated("why.belief_asked"_w,
                {{"who", who},
                 {"broker", story.cluster().info(asked->endpoint).name},
                 {"before", asked->before == 0 ? std::string() : std::to_string(asked->before)}},
                asked->sent_at, Weight::Point, who);
}

/// Tells what keeps the metadata from the broker.
void tell_when_broker_hears(Telling& telling, sim::NodeId node) {
  const Story& story = telling.story();
  const cluster::Cluster& c = story.cluster();
  const std::string& who = c.info(node).name;
  if (is_silent(story, node)) return tell_hears_nothing(telling, node);
  const sim::NodeId active = c.active_controller();
  const auto from = c.under_zookeeper() ? std::vector<sim::NodeId>{active} : c.controllers();
  if (active.valid())
    telling.trail(story.hindrance(node, story.end(), Search(from).of(traffic::kDecisions)), Weight::Cause);
  if (!active.valid()) telling.now("why.belief_no_controller"_w, {{"who", who}}, Weight::Point, who);
  else if (active == node) telling.now("why.belief_not_read"_w, {{"who", who}}, Weight::Point, who);
  else if (c.under_zookeeper())
    telling.now("why.belief_not_told"_w, {{"who", who}, {"controller", c.info(active).name}}, Weight::Point, who);
  else
    telling.now("why.belief_behind"_w,
                {{"who", who},
                 {"offset", whole_of(state_of(story, "/nodes/" + who + "/belief/metadata_offset"))},
                 {"last", c.committed().last_offset().value}},
                Weight::Point, who);
}

/// Tells how the node came to know what is so.
void tell_right(Telling& telling, sim::NodeId node, TopicPartition tp, const Believed& b, bool of_isr) {
  const Story& story = telling.story();
  const std::string& who = story.cluster().info(node).name;
  const auto of_partition = [&](const auto& f, const Line& l) { return f.partition == tp && l.time.us > 0; };
  const Line* elected = story.last<fact::LeaderElected>(story.end(), of_partition);
  if (of_isr) {
    telling.trail(latest({elected, story.last<fact::IsrChanged>(story.end(), of_partition)}), Weight::Point);
    telling.now("why.belief_right_isr"_w,
                {{"who", who}, {"partition", story.cluster().name(tp)}, {"isr", ids_text(b.isr)}}, Weight::Point, who);
    return;
  }
  telling.trail(elected, Weight::Point);
  if (story.cluster().info(node).client >= 0 && elected != nullptr)
    telling.fact(
        story.first<fact::ClientMetadata>(elected->seq, [&](const auto&, const Line& l) { return l.node == node; }),
        Weight::Link);
  telling.now("why.belief_right"_w, {{"who", who}, {"partition", story.cluster().name(tp)}, {"epoch", b.leader_epoch}},
              Weight::Point, who);
}

}  // namespace

namespace {

/// A belief in a partition that there is no more: its topic was deleted, and has fewer partitions if it was created again.
std::optional<Answer> why_gone(const Asked& asked, sim::NodeId node, const std::string& partition, const Believed& b) {
  const Story& story = asked.story;
  const auto parsed = cluster::parse_partition_name(partition);
  const Line* deleted = parsed ? deletion_of(story, parsed->topic) : nullptr;
  if (deleted == nullptr || b.leader < 0) return std::nullopt;
  const std::string& who = story.cluster().info(node).name;
  Telling telling(story, asked.path,
                  asks("why.q_belief"_w, {{"who", who},
                                          {"leader", cluster::broker_name(b.leader)},
                                          {"partition", partition},
                                          {"epoch", b.leader_epoch}}));
  telling.trail(deleted, Weight::Cause);
  telling.now("why.belief_gone"_w, {{"who", who}, {"partition", partition}}, Weight::Point, partition);
  const TopicPartition gone{deleted->topic, parsed->partition};
  if (asked.part(0) == "clients") tell_when_client_hears(telling, node, gone, b, deleted);
  else tell_when_broker_hears(telling, node);
  return telling.done();
}

}  // namespace

std::optional<Answer> why_belief(const Asked& asked) {
  const Story& story = asked.story;
  const sim::NodeId node = story.cluster().find(asked.part(1));
  const std::string at = "/" + asked.part(0) + "/" + asked.part(1) + "/belief/partitions";
  const json partitions = state_of(story, at);
  if (!asked.part(3).empty() && asked.part(3) != "partitions") return std::nullopt;
  const std::string partition = asked.part(4).empty() ? partition_of(story, node, partitions) : asked.part(4);
  const TopicPartition tp = partition_named(story, partition);
  if (!node.valid() || partition.empty()) return std::nullopt;
  const Believed b = believed_in(part_of(partitions, partition));
  if (story.cluster().committed().partition(tp) == nullptr) return why_gone(asked, node, partition, b);
  const std::string& who = story.cluster().info(node).name;
  const bool of_isr = asked.part(5) == "isr";
  Telling telling(story, asked.path,
                  of_isr
                      ? asks("why.q_belief_isr"_w, {{"who", who}, {"partition", partition}, {"isr", ids_text(b.isr)}})
                  : b.leader < 0 ? asks("why.q_belief_none"_w, {{"who", who}, {"partition", partition}})
                                 : asks("why.q_belief"_w, {{"who", who},
                                                           {"leader", cluster::broker_name(b.leader)},
                                                           {"partition", partition},
                                                           {"epoch", b.leader_epoch}}));
  if (is_right(story, node, tp, b)) return tell_right(telling, node, tp, b, of_isr), telling.done();
  const bool earlier = knows_earlier_topic(story, node, tp);
  const Line* news = earlier ? tell_earlier_topic(telling, node, tp) : unheard(story, tp, b);
  // In 2.5 a client knows the topic by its name only; what has changed is still that the topic was deleted.
  const client::MetadataCache* cache = metadata_of(story.cluster(), node);
  const Line* deleted =
      earlier || cache == nullptr ? nullptr : deletion_of(story, story.cluster().topic_name(tp.topic));
  if (deleted != nullptr && deleted->time > cache->last_success()) {
    telling.trail(deleted, Weight::Cause);
    telling.fact(news, Weight::Link);
  } else if (!earlier) {
    telling.trail(news, Weight::Cause);
  }
  const protocol::PartitionRegistration* truth = story.cluster().committed().partition(tp);
  if (!earlier && b.leader == truth->leader && b.leader_epoch == truth->leader_epoch.value)
    telling.now("why.belief_only_isr"_w, {{"who", who}, {"isr", ids_text(b.isr)}}, Weight::Point, who);
  if (asked.part(0) == "clients") tell_when_client_hears(telling, node, tp, b, news);
  else tell_when_broker_hears(telling, node);
  return telling.done();
}

}  // namespace kafkascope::observe
