// Two counts of the ledger with reasons of their own: aborted records that reached a reader of committed records, and
// messages of a queue, which no producer of the ledger sent.
#include <algorithm>

#include "observe/why/led.h"
#include "observe/why/record_transaction.h"
#include "observe/words/words.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_queues.h"

namespace kafkascope::observe {

using protocol::TopicPartition;
using Line = Story::Line;

namespace {

/// The broker whose response handed the record over: the sender of the last message before the line; otherwise the leader.
sim::NodeId answered_by(const Story& story, const Line& read, TopicPartition tp) {
  for (const Line* l = &read; l != nullptr; l = l->cause < l->seq ? story.trace().find(l->cause) : nullptr) {
    const auto came = fact_if<fact::MessageDelivered>(*l);
    if (came && l->node == read.node && story.names().broker_at(came->from) >= 0) return came->from;
  }
  return story.broker_node(story.leader_at(tp, read.seq));
}

/// The line at which the broker copied the record together with the marker of its producer's previous transaction:
/// ProducerStateManager.lastStableOffset then does not know the record's transaction yet. Null: it did not.
const Line* copied_together(const Story& story, const ItsTransaction& t, const std::vector<Copy>& copies,
                            sim::NodeId broker) {
  const auto own = std::find_if(copies.begin(), copies.end(), [&](const Copy& c) { return c.node == broker; });
  const Line* copied = own == copies.end() ? nullptr : story.trace().find(own->from);
  if (copied == nullptr || !is<fact::LogReplicated>(*copied)) return nullptr;
  const Line* marker = story.last<fact::LogReplicated>(copied->seq, [&](const auto& f, const Line& l) {
    const protocol::RecordBatch* batch =
        l.node == broker && f.partition == t.partition ? story.trace().batch_at(l.seq) : nullptr;
    return batch != nullptr && batch->control && batch->producer_id == t.producer && l.time == copied->time;
  });
  return marker == nullptr ? nullptr : copied;
}

/// The death of the queue, if the queue was down when the consumer acknowledged the message, and so delivered it again.
/// Null: it was not.
const Line* queue_died(const Story& story, const Line& returned) {
  const auto consumer = as<fact::QueueReturned>(returned).consumer;
  const auto of_consumer = [&](const auto&, const Line& l) {
    return story.cluster().info(l.node).name == consumer.view();
  };
  const auto of_queue = [&](const auto&, const Line& l) { return l.node == returned.node; };
  const Line* died = story.last<fact::NodeDied>(returned.seq, of_queue);
  const Line* got = died == nullptr ? nullptr : story.last<fact::QueueDelivered>(died->seq, of_consumer);
  const Line* done = got == nullptr ? nullptr : story.first<fact::QueueProcessed>(got->seq, of_consumer);
  const Line* back = died == nullptr ? nullptr : story.first<fact::NodeStarted>(died->seq, of_queue);
  const bool missed = done != nullptr && done->seq > died->seq && (back == nullptr || done->seq < back->seq);
  return missed ? died : nullptr;
}

}  // namespace

void tell_read_aborted(Telling& telling, const ItsTransaction& t, const std::vector<Copy>& copies, const Line* read) {
  if (read == nullptr) return;
  const Story& story = telling.story();
  const sim::NodeId broker = answered_by(story, *read, t.partition);
  const std::string& who = story.cluster().info(broker).name;
  const Line* together = copied_together(story, t, copies, broker);
  const Line* elected = last_election(story, t.partition, read->seq);
  telling.trail(elected, Weight::Cause);
  telling.say("why.copied_together"_w, {{"broker", who}, {"partition", story.cluster().name(t.partition)}}, together,
              Weight::Point);
  if (elected == nullptr && together == nullptr) tell_decided(telling, t.id, t.decided);
  telling.fact(t.end, Weight::Link);
  telling.say("why.not_named_aborted"_w,
              {{"reader", story.cluster().info(read->node).name},
               {"partition", story.cluster().name(t.partition)},
               {"offset", t.offset.value},
               {"broker", who},
               {"entry", together == nullptr ? "" : "1"}},
              read, Weight::Point, story.cluster().info(read->node).name);
}

bool tell_messages(Telling& telling, std::string_view fate, const std::string& queue) {
  const Story& story = telling.story();
  const bool again = fate == "redelivered";
  if (!again && fate != "delivered") return false;
  const Line* got = story.last<fact::QueueDelivered>(story.end(), [&](const auto& f, const Line&) {
    return (!again || f.deliveries > 1) && (queue.empty() || f.queue.view() == queue);
  });
  if (got == nullptr) return false;
  const Line* returned =
      !again ? nullptr : story.last<fact::QueueReturned>(got->seq, [](const auto&, const Line&) { return true; });
  telling.trail(returned, Weight::Point);
  telling.fact(got, Weight::Point);
  return true;
}

const Line* back_of_return(const Story& story, const Line& returned) {
  const Line* silent =
      story.silence(story.client_of_member(as<fact::QueueReturned>(returned).consumer.view()), returned.seq);
  return silent != nullptr ? silent : queue_died(story, returned);
}

}  // namespace kafkascope::observe
