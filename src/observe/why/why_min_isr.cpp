// An ISR below min.insync.replicas: what took its replicas out, and what set the number.
#include "observe/node_config.h"
#include "observe/why/errors.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_zookeeper.h"

namespace kafkascope::observe {

using protocol::BrokerId;
using protocol::ErrorCode;
using protocol::TopicPartition;
using Line = Story::Line;

std::uint64_t min_isr_before(const Story& story, TopicPartition tp, std::uint64_t before) {
  constexpr std::string_view kKey = "min.insync.replicas";
  const cluster::ClusterSpec& spec = story.cluster().spec();
  const Line* set = story.setting_of(tp, kKey, before);
  if (set != nullptr && !as<fact::ConfigChanged>(*set).removed)
    return whole_number(as<fact::ConfigChanged>(*set).value.str()).value_or(0);
  const std::string topic = story.cluster().topic_name(tp.topic);
  if (set == nullptr)
    for (const cluster::TopicSpec& declared : spec.topics)
      for (const auto& [name, value] : declared.config.explicit_values())
        if (declared.name == topic && name == kKey) return whole_number(protocol::config_text(value)).value_or(0);
  const sim::NodeId leads = story.broker_node(story.leader_at(tp, before), before);
  return static_cast<std::uint64_t>(file_config(story.cluster(), leads).number(kKey));
}

namespace {

/// The line at which the replica left the ISR last before `before`; null: it is in the ISR, or was never.
const Line* departure_of(const std::vector<Story::IsrState>& history, BrokerId id, std::uint64_t before) {
  const Line* left = nullptr;
  for (std::size_t i = 1; i < history.size() && history[i].line->seq < before; ++i) {
    if (history[i].isr.contains(id)) left = nullptr;
    else if (history[i - 1].isr.contains(id)) left = history[i].line;
  }
  return left;
}

}  // namespace

void tell_too_few_in_sync(Telling& telling, TopicPartition tp, std::uint64_t before) {
  const Story& story = telling.story();
  telling.trail(story.below_min_isr(tp, before), Weight::Link);
  telling.trail(story.setting_of(tp, "min.insync.replicas", before), Weight::Link);
  const protocol::PartitionRegistration* partition = story.cluster().committed().partition(tp);
  if (partition == nullptr) return;
  const auto history = story.isr_history(tp);
  for (const BrokerId id : partition->replicas) {
    const Line* left = departure_of(history, id, before);
    const Line* why = left == nullptr ? nullptr : story.back_of_removal(id, *left, story.leader_at(tp, left->seq));
    if (why == nullptr) continue;
    const bool step =
        is<fact::BrokerFenced>(*why) || is<fact::BrokerShutdownStarted>(*why) || is<fact::ZkSessionExpired>(*why);
    telling.trail(why, step ? Weight::Link : Weight::Cause);
  }
}

void tell_held_below_min_isr(Telling& telling, TopicPartition tp) {
  const Story& story = telling.story();
  const std::string partition = story.cluster().name(tp);
  tell_too_few_in_sync(telling, tp, story.end());
  telling.now("why.hw_min_isr"_w,
              {{"partition", partition},
               {"isr", broker_names(brokers_in(state_of(story, "/partitions/" + partition + "/isr")))},
               {"least", min_isr_before(story, tp, story.end())}},
              Weight::Point, partition);
}

void tell_not_enough_replicas(Telling& telling, const Line& refused) {
  const Story& story = telling.story();
  const ErrorCode error = error_of(refused);
  if (error != ErrorCode::NOT_ENOUGH_REPLICAS && error != ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND) return;
  const TopicPartition tp = place_of(refused);
  if (tp.partition < 0 || story.injected(error, tp, refused.node, refused.seq) != nullptr) return;
  const auto in_sync = story.isr_before(tp, refused.seq);
  const std::uint64_t least = min_isr_before(story, tp, refused.seq);
  if (!in_sync || static_cast<std::uint64_t>(in_sync->isr.size()) >= least) return;
  tell_too_few_in_sync(telling, tp, refused.seq);
  const std::string partition = story.cluster().name(tp);
  telling.dated("why.below_min_isr"_w,
                {{"partition", partition},
                 {"isr", broker_names(std::vector<BrokerId>(in_sync->isr.begin(), in_sync->isr.end()))},
                 {"least", least}},
                refused.time, Weight::Point, partition);
}

}  // namespace kafkascope::observe
