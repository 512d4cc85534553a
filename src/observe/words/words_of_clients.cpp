// Sentences for the facts of clients.
#include "client/transaction_states.h"
#include "observe/words/epoch_words.h"
#include "observe/words/korean.h"
#include "observe/words/words_parts.h"
#include "protocol/facts_of_clients.h"

namespace kafkascope::observe {

namespace {

struct ClientWords : Told {
  Words operator()(const fact::RecordSent& f) const {
    return p.empty() ? both("event.record.sent"_w, {{"who", who}, {"number", f.number}})
                     : both("event.record.sent_to"_w, {{"who", who}, {"number", f.number}, {"partition", p}});
  }
  Words operator()(const fact::BatchSent& f) const {
    return both("event.batch.sent"_w, {{"who", who}, {"count", f.count}, {"partition", p}});
  }
  Words operator()(const fact::BatchAcked& f) const {
    // With acks=0 nobody acknowledges it: the batch is done when its request is written.
    return both(f.base_offset.known() ? "event.batch.acked"_w : "event.batch.taken_as_sent"_w,
                {{"who", who}, {"count", f.count}, {"partition", p}});
  }
  Words operator()(const fact::BatchRetried& f) const {
    return both("event.batch.retried"_w, {{"who", who}, {"partition", p}, {"error", protocol::name(f.error)}});
  }
  Words operator()(const fact::BatchFailed& f) const {
    return both("event.batch.failed"_w,
                {{"who", who}, {"count", f.count}, {"partition", p}, {"exception", f.exception.view()}});
  }
  Words operator()(const fact::RecordFailed& f) const {
    return both("event.record.failed"_w, {{"who", who}, {"number", f.number}, {"exception", f.exception.view()}});
  }
  Words operator()(const fact::ClientError& f) const {
    return both("event.client.error"_w,
                {{"who", who}, {"error", f.exception.empty() ? protocol::name(f.error) : f.exception.view()}});
  }
  Words operator()(const fact::ClientMetadata&) const { return both("event.client.metadata"_w, {{"who", who}}); }
  Words operator()(const fact::ClientBootstrapped&) const { return both("event.client.bootstrap"_w, {{"who", who}}); }
  Words operator()(const fact::RecordDelivered& f) const {
    return both("event.record.delivered"_w,
                {{"who", who}, {"offsets", offsets(f.first_offset, f.last_offset)}, {"partition", p}});
  }
  Words operator()(const fact::RecordProcessed& f) const {
    return both("event.record.processed"_w, {{"who", who}, {"offset", f.offset.value}, {"partition", p}});
  }
  Words operator()(const fact::PositionSet& f) const {
    return both("event.position.set"_w,
                {{"who", who}, {"partition", p}, {"offset", f.offset.value}, {"why", reason_words(f.reason)}});
  }
  Words operator()(const fact::PartitionsAssigned& f) const { return assigned_words(f, who, epochs); }
  Words operator()(const fact::PartitionsRevoked& f) const {
    return f.count == 0 ? both("event.partitions.revoked_none"_w, {{"who", who}})
                        : both("event.partitions.revoked"_w, {{"who", who}, {"partitions", f.partitions.text.view()}});
  }
  Words operator()(const fact::PartitionsLost& f) const {
    return both("event.partitions.lost"_w, {{"who", who}, {"partitions", f.partitions.text.view()}});
  }
  Words operator()(const fact::ReadReplicaChosen& f) const {
    return f.broker < 0
               ? both("event.replica.leader_again"_w, {{"who", who}, {"partition", p}})
               : both("event.replica.preferred"_w, {{"who", who}, {"partition", p}, {"broker", broker_word(f.broker)}});
  }
  Words operator()(const fact::CommandResult& f) const {
    const Words answer = answer_words(f);
    return f.error == protocol::ErrorCode::NONE
               ? both("event.command.result"_w, {{"answer", answer}})
               : both("event.command.refused"_w, {{"error", protocol::name(f.error)}, {"answer", answer}});
  }
  Words operator()(const fact::ProducerTransaction& f) const {
    const auto state = [](std::int64_t number) {
      return std::string(client::to_string(static_cast<client::TransactionState>(number)));
    };
    return both("event.producer.transaction"_w,
                {{"who", who}, {"from", state(f.from)}, {"to", state(f.to)}, {"exception", f.exception}});
  }
  Words operator()(const fact::OffsetsReset& f) const {
    return both("event.offsets.reset"_w, {{"who", who}, {"group", f.group.view()}});
  }
};

}  // namespace

Words answer_words(const fact::CommandResult& result) {
  const Words name =
      result.reason == fact::AnswerReason::OffsetSet ? Words{} : Words{result.name.str(), result.name.str()};
  const Words what = reason_words(result.reason, {{"name", result.name.view()}, {"offset", result.offset.value}});
  const Words message{result.message.str(), reason_in_korean(result.message.view())};
  Words all;
  for (const Words& part : {name, what, message}) {
    if (part.empty()) continue;
    all.en += (all.en.empty() ? "" : ": ") + part.en;
    all.ko += (all.ko.empty() ? "" : ": ") + part.ko;
  }
  return all;
}

Words assigned_words(const fact::PartitionsAssigned& f, const std::string& who, bool has_epochs) {
  if (f.count == 0)
    return both(has_epochs ? "event.partitions.assigned_none_epoch"_w : "event.partitions.assigned_none"_w,
                {{"who", who}, {"generation", f.generation}});
  return both(has_epochs ? "event.partitions.assigned_epoch"_w : "event.partitions.assigned"_w,
              {{"who", who},
               {"generation", f.generation < 0 ? std::string() : std::to_string(f.generation)},  // assign()
               {"partitions", f.partitions.text.view()}});
}

std::optional<Words> words_of_clients(const sim::TraceLine& line, const Told& told) {
  return words_of<fact::FactsOfClients>(line, ClientWords{told});
}

}  // namespace kafkascope::observe
