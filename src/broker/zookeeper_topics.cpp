// The times at which a 2.5 broker answers requests to create or delete topics; and topics created because of a Metadata
// request. Kafka: DelayedCreatePartitions, DelayedDeleteTopics; KafkaApis.createTopic, getTopicMetadata (2.5).
#include <algorithm>
#include <utility>

#include "broker/broker_server.h"
#include "broker/timers.h"
#include "broker/zookeeper_mode.h"

namespace kafkascope::broker {

// ---------------------------------------------------------------------------------------------- automatic creation

/// Any broker may write the topic into ZooKeeper itself.
void ZooKeeperMode::create_topics_in_zookeeper(Ctx& ctx, BrokerServer& server, protocol::CreateTopicsRequest request,
                                               sim::ConnectionId waits,
                                               std::optional<protocol::MetadataResponse> metadata) {
  start_job(ctx, server,
            {.kind = ZooKeeperJob::Kind::Administer,
             .connection = waits,
             .body = std::move(request),
             .metadata = std::move(metadata),
             .seed = ctx.random(sim::Stream::Placement).next(),
             .image = server.image});
}

/// The Metadata response is sent when its missing topics have been created.
void ZooKeeperMode::create_topics_for(Ctx& ctx, BrokerServer& server, sim::ConnectionId id,
                                      protocol::MetadataResponse metadata, const std::vector<std::string>& missing) {
  protocol::CreateTopicsRequest request;
  for (const std::string& name : missing) request.topics.push_back(server.forwarding.topic_by_default(server, name));
  create_topics_in_zookeeper(ctx, server, std::move(request), id, std::move(metadata));
}

/// The created topic has no leader yet, whichever broker created it; if it could not be created, the response says why.
void ZooKeeperMode::answer_created(Ctx& ctx, BrokerServer& server, ZooKeeperJob& job,
                                   const protocol::CreateTopicsResponse& created) {
  for (const protocol::CreateTopicsResult& result : created.topics)
    for (protocol::MetadataTopic& topic : job.metadata->topics)
      if (topic.name == result.name)
        topic.error = result.error == ErrorCode::NONE || result.error == ErrorCode::TOPIC_ALREADY_EXISTS
                          ? ErrorCode::LEADER_NOT_AVAILABLE
                          : result.error;
  server.connections.respond(ctx, server, job.connection, std::move(*job.metadata));
}

// ---------------------------------------------------------------------------------------------- delayed responses

bool ZooKeeperMode::known_by_now(const BrokerServer& server, const std::string& name, std::int32_t partitions) const {
  const protocol::TopicImage* topic = server.image.topic(server.image.topic_id(name));
  if (partitions == 0) return topic == nullptr;
  if (topic == nullptr || static_cast<std::int32_t>(topic->partitions.size()) < partitions) return false;
  for (const protocol::PartitionRegistration& p : topic->partitions)
    if (p.replicas.empty() || p.leader == kNoBroker) return false;
  return true;
}

/// Simplified: in Kafka the request carries the timeout; here it is the admin client's default request.timeout.ms.
void ZooKeeperMode::answer_when_known(Ctx& ctx, BrokerServer& server, DelayedTopics waiting) {
  constexpr sim::Duration kTimeout = sim::seconds(30);
  if (waiting.partitions.empty())
    return server.connections.respond(ctx, server, waiting.connection, std::move(waiting.answer));
  waiting.number = next_delayed_topics++;
  waiting.timer = ctx.set_timer(kTimeout, timer::kDelayedTopics, waiting.number);
  delayed_topics.push_back(std::move(waiting));
  check_delayed_topics(ctx, server);
}

/// Called when metadata has changed.
void ZooKeeperMode::check_delayed_topics(Ctx& ctx, BrokerServer& server) {
  auto& all = delayed_topics;
  for (std::size_t i = 0; i < all.size();) {
    std::erase_if(all[i].partitions,
                  [&](const auto& topic) { return known_by_now(server, topic.first, topic.second); });
    if (!all[i].partitions.empty()) {
      ++i;
      continue;
    }
    DelayedTopics done = std::move(all[i]);
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
    ctx.cancel(done.timer);
    server.connections.respond(ctx, server, done.connection, std::move(done.answer));
  }
}

/// The change is written even though the request has timed out.
void ZooKeeperMode::expire_delayed_topics(Ctx& ctx, BrokerServer& server, std::uint64_t number) {
  auto& all = delayed_topics;
  const auto at = std::find_if(all.begin(), all.end(), [&](const DelayedTopics& d) { return d.number == number; });
  if (at == all.end()) return;
  DelayedTopics late = std::move(*at);
  all.erase(at);
  const auto time_out = [&](auto& rows) {
    for (auto& row : rows)
      if (late.partitions.contains(row.name)) {
        row.error = ErrorCode::REQUEST_TIMED_OUT;
        row.message = "The request timed out.";
      }
  };
  if (auto* created = protocol::get_if<protocol::CreateTopicsResponse>(&late.answer)) time_out(created->topics);
  if (auto* grown = protocol::get_if<protocol::CreatePartitionsResponse>(&late.answer)) time_out(grown->results);
  if (auto* deleted = protocol::get_if<protocol::DeleteTopicsResponse>(&late.answer)) time_out(deleted->results);
  server.connections.respond(ctx, server, late.connection, std::move(late.answer));
}

}  // namespace kafkascope::broker
