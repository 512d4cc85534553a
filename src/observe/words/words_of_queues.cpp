// Sentences for a classic queue and for direct calls.
#include "observe/words/words_parts.h"
#include "protocol/facts_of_queues.h"

namespace kafkascope::observe {

namespace {

struct QueueWords : Told {
  Words operator()(const fact::QueueStored& f) const {
    return both("event.queue.stored"_w, {{"who", who}, {"depth", f.depth}});
  }
  Words operator()(const fact::QueueDelivered& f) const {
    return f.deliveries > 1 ? both("event.queue.delivered_again"_w,
                                   {{"who", who}, {"queue", f.queue.view()}, {"deliveries", f.deliveries}})
                            : both("event.queue.delivered"_w, {{"who", who}, {"queue", f.queue.view()}});
  }
  Words operator()(const fact::QueueProcessed& f) const {
    return both("event.queue.processed"_w, {{"who", who}, {"queue", f.queue.view()}});
  }
  Words operator()(const fact::QueueReturned& f) const {
    return both("event.queue.returned"_w, {{"who", who}, {"consumer", f.consumer.view()}});
  }
  Words operator()(const fact::CallMade& f) const {
    return both("event.call.made"_w, {{"who", who}, {"service", f.service.view()}});
  }
  Words operator()(const fact::CallAnswered& f) const {
    return both("event.call.answered"_w,
                {{"who", who}, {"service", f.service.view()}, {"latency_us", f.latency_us.us / 1000}});
  }
  Words operator()(const fact::CallFailed& f) const {
    return both("event.call.failed"_w, {{"who", who}, {"service", f.service.view()}, {"why", reason_words(f.reason)}});
  }
};

}  // namespace

std::optional<Words> words_of_queues(const sim::TraceLine& line, const Told& told) {
  return words_of<fact::FactsOfQueues>(line, QueueWords{told});
}

}  // namespace kafkascope::observe
