// Sentences for a classic queue and for direct calls.
#include "observe/words_parts.h"
#include "protocol/facts_of_queues.h"

namespace kafkascope::observe {

namespace {

struct QueueWords : Told {
  Words operator()(const fact::QueueStored& f) const {
    return say("{} keeps a message; {} wait now", "{}<이/가> 메시지를 받아 둬요. 이제 {}개 대기", who, f.depth);
  }
  Words operator()(const fact::QueueDelivered& f) const {
    return f.deliveries > 1
               ? say("{} is handed a message of {} for the {}. time", "{}<이/가> {}의 메시지를 {}번째로 받아요", who,
                     f.queue.view(), f.deliveries)
               : say("{} is handed a message of {}", "{}<이/가> {}의 메시지를 받아요", who, f.queue.view());
  }
  Words operator()(const fact::QueueProcessed& f) const {
    return say("{} is done with a message of {} and acknowledges it: it is gone",
               "{}<이/가> {}의 메시지를 처리하고 확인 응답해요. 메시지는 사라져요", who, f.queue.view());
  }
  Words operator()(const fact::QueueReturned& f) const {
    return say("{0}: {1} did not acknowledge in time, the message comes back",
               "{0}: {1}<이/가> 제때 확인 응답하지 않아 메시지가 돌아와요", who, f.consumer.view());
  }
  Words operator()(const fact::CallMade& f) const {
    return say("{} calls {}", "{}<이/가> {}<을/를> 불러요", who, f.service.view());
  }
  Words operator()(const fact::CallAnswered& f) const {
    return say("{} has an answer from {} after {} ms", "{}<이/가> {}의 답을 받아요({}ms)", who, f.service.view(),
               f.latency_us.us / 1000);
  }
  Words operator()(const fact::CallFailed& f) const {
    const std::string_view reason = f.why.reason();
    return {fmt::format("{}: the call to {} failed: {}", who, f.why.service(), reason),
            with_particles(fmt::format("{}: {} 호출 실패: {}", who, f.why.service(),
                                       reason.empty() ? "" : reason_in_korean(reason)))};
  }
};

}  // namespace

std::optional<Words> words_of_queues(const sim::TraceLine& line, const Told& told) {
  return words_of<fact::FactsOfQueues>(line, QueueWords{told});
}

}  // namespace kafkascope::observe
