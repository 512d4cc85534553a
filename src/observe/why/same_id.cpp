#include "observe/why/same_id.h"

#include "protocol/messages_quorum.h"
#include "protocol/trace_code.h"

namespace kafkascope::observe {

using protocol::BrokerId;

sim::NodeId Story::broker_node(BrokerId id, std::uint64_t before) const {
  sim::NodeId found;
  for (std::size_t i = 0; i < cluster().nodes().size(); ++i) {
    const sim::NodeId node{static_cast<std::int32_t>(i)};
    const cluster::NodeInfo& info = cluster().info(node);
    if (info.kind != cluster::NodeKind::Broker || info.id != id) continue;
    const Line* started = start_before(*this, node, before);
    if (started != nullptr) found = node;  // later processes have higher numbers
  }
  return found.valid() ? found : broker_node(id);
}

const sim::TraceLine* report_of_another(const Story& story, const sim::TraceLine& change, BrokerId broker) {
  const sim::TraceLine* led = story.trace().find(change.cause);
  const auto delivered = led == nullptr ? std::nullopt : fact_if<fact::MessageDelivered>(*led);
  if (!delivered || !delivered->from.valid() || protocol::is_response(delivered->api) ||
      protocol::api_of(delivered->api) != protocol::api::AssignReplicasToDirs)
    return nullptr;
  const bool other = story.cluster().info(delivered->from).id == broker &&
                     story.cluster().info(delivered->from).kind == cluster::NodeKind::Broker &&
                     delivered->from != story.broker_node(broker, change.seq);
  return other ? led : nullptr;
}

const sim::TraceLine* back_of_report(const Story& story, const sim::TraceLine& change, BrokerId broker) {
  const sim::TraceLine* report = report_of_another(story, change, broker);
  return report == nullptr ? nullptr : story.back_again(as<fact::MessageDelivered>(*report).from, change.seq);
}

bool tell_report_of_another(Telling& telling, const sim::TraceLine& change, BrokerId broker) {
  const Story& story = telling.story();
  const sim::TraceLine* report = report_of_another(story, change, broker);
  if (report == nullptr) return false;
  const std::string& who = story.cluster().info(as<fact::MessageDelivered>(*report).from).name;
  const std::string& owner = story.cluster().info(story.broker_node(broker, change.seq)).name;
  telling.say("why.other_process_reports"_w, {{"who", who}, {"id", broker}, {"owner", owner}}, report, Weight::Point,
              who);
  return true;
}

bool tell_id_taken(Telling& telling, sim::NodeId node) {
  const Story& story = telling.story();
  const BrokerId id = story.cluster().info(node).id;
  const sim::NodeId owner = story.broker_node(id, story.end());
  if (owner == node) return false;
  const std::string &who = story.cluster().info(node).name, &other = story.cluster().info(owner).name;
  telling.now("why.id_taken"_w, {{"who", who}, {"id", id}, {"owner", other}}, Weight::Point, who);
  return true;
}

}  // namespace kafkascope::observe
