// The act of the file behind a transactional call. A program makes one call after the other, so the act may precede the
// call by the duration of the calls before it.
#include <algorithm>

#include "observe/why/record_transaction.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_transactions.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::observe {

using Line = Story::Line;

const Line* act_of_call(const Story& story, sim::NodeId node, std::string_view verb, client::TransactionState to,
                        std::uint64_t before) {
  const auto is_call = [&](const auto& f, const Line& l) {
    return l.node == node && f.exception.empty() && f.to == static_cast<std::int64_t>(to);
  };
  const Line* call = story.last<fact::ProducerTransaction>(before, is_call);
  const cluster::ClientSpec* spec = story.declared(node);
  if (call == nullptr || (spec != nullptr && spec->transaction)) return nullptr;  // or its own plan makes the calls
  const auto of_verb = [&](const fact::Command& f, const Line& l) { return f.verb == verb && story.involves(l, node); };
  const Line* led = story.trace().find(call->cause);
  if (const auto act = led == nullptr ? std::nullopt : fact_if<fact::Command>(*led); act && of_verb(*act, *led))
    return led;
  const Line* started = start_before(story, node, call->seq);
  const Line* since = latest({started, story.last<fact::ProducerTransaction>(call->seq, is_call)});
  const Line* act = story.first<fact::Command>(since == nullptr ? 0 : since->seq, of_verb);
  return act != nullptr && act->seq < call->seq ? act : nullptr;
}

}  // namespace kafkascope::observe
