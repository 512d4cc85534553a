// Why a producer has produced no more: send() blocked for memory, and what kept the answers that free it.
#include <algorithm>
#include <utility>

#include "observe/why/why_parts.h"
#include "protocol/facts_of_clients.h"

namespace kafkascope::observe {

using Line = Story::Line;

namespace {

/// A send() that blocks for a shorter time is not worth a sentence.
constexpr std::int64_t kPauseUs = 500'000;

/// The pause from the record whose send() blocked to the next record, which the answer that freed memory made possible.
struct Pause {
  const Line *kept = nullptr, *freed = nullptr;
  std::int64_t us() const { return freed->time.us - kept->time.us; }
};

struct Pauses {
  Pause longest;
  std::int64_t count = 0, all_us = 0;
};

/// An application that sends at a rate, without waiting for answers or transactions, pauses between two records only if
/// send() blocks: for metadata, or for memory, which the end of a batch frees.
bool sends_at_a_rate(const cluster::ClientSpec& spec) {
  return spec.kind == cluster::ClientKind::Producer && spec.rate && spec.send == cluster::SendMode::Async &&
         !spec.transaction;
}

/// The end of a batch, or of a send() that had waited for max.block.ms, just before that record and at the same moment;
/// null: there is none.
const Line* end_of_pause(const Story& story, const Line& next) {
  const auto own = [&](const auto&, const Line& l) { return l.node == next.node; };
  const auto exhausted = [&](const auto& f, const Line& l) {
    return own(f, l) && f.exception == "BufferExhaustedException";
  };
  const Line* ended = latest({story.last<fact::BatchAcked>(next.seq, own), story.last<fact::BatchFailed>(next.seq, own),
                              story.last<fact::RecordFailed>(next.seq, exhausted)});
  return ended != nullptr && ended->time == next.time ? ended : nullptr;
}

/// The first of the client's batches that ends after that line; null: none has.
const Line* first_end(const Story& story, const Line& after) {
  const auto own = [&](const auto&, const Line& l) { return l.node == after.node; };
  const Line *acked = story.first<fact::BatchAcked>(after.seq, own),
             *failed = story.first<fact::BatchFailed>(after.seq, own);
  return acked == nullptr || (failed != nullptr && failed->seq < acked->seq) ? failed : acked;
}

/// Whether the process was started or paused after that line.
bool was_away(const Story& story, const Line& since, std::uint64_t before) {
  const auto own = [&](const auto&, const Line& l) { return l.node == since.node && l.seq > since.seq; };
  return story.last<fact::NodeStarted>(before, own) != nullptr ||
         story.last<fact::NodePaused>(before, own) != nullptr || story.last<fact::NodeResumed>(before, own) != nullptr;
}

Pauses pauses_of(const Story& story, const cluster::ClientSpec& spec) {
  const sim::NodeId client = story.cluster().find(spec.id);
  const std::int64_t least = std::max(kPauseUs, 2 * spec.rate->due(1).us);
  Pauses all;
  const Line* before = nullptr;
  (void)story.first<fact::RecordSent>(0, [&](const auto&, const Line& l) {
    if (l.node != client) return false;
    const Line* kept = std::exchange(before, &l);
    if (kept == nullptr || l.time.us - kept->time.us < least) return false;
    const Pause pause{kept, end_of_pause(story, l)};
    if (pause.freed == nullptr || was_away(story, *kept, l.seq)) return false;
    if (all.count++ == 0 || pause.us() > all.longest.us()) all.longest = pause;
    all.all_us += pause.us();
    return false;  // all of them
  });
  return all;
}

}  // namespace

std::optional<Answer> why_produced(const Asked& asked, const std::string& of) {
  const Story& story = asked.story;
  Pauses most;
  const cluster::ClientSpec* held = nullptr;
  for (const cluster::ClientSpec& spec : story.cluster().spec().clients) {
    if ((!of.empty() && spec.id != of) || !sends_at_a_rate(spec)) continue;
    if (const Pauses all = pauses_of(story, spec); all.all_us > most.all_us) most = all, held = &spec;
  }
  if (held == nullptr) return std::nullopt;
  const std::string& client = held->id;
  const std::int64_t count = whole_of(state_of(story, "/ledger/by_client/" + client + "/produced"));
  Telling telling(story, asked.path, asks("why.q_produced"_w, {{"client", client}, {"count", count}}));
  const Line &kept = *most.longest.kept, &freed = *most.longest.freed;
  const sim::NodeId node = story.cluster().find(client);
  const auto leader_of = [&](const Line& batch) {
    return story.broker_node(story.leader_at(place_of(batch), batch.seq));
  };
  // The broker whose answers are missing: the leader of the batch that ends first.
  const Line* done = first_end(story, kept);
  if (const sim::NodeId leads = done == nullptr ? sim::NodeId{} : leader_of(*done); leads.valid())
    telling.trail(latest({story.hindrance(leads, kept.seq, Search{node}.of(traffic::kProducing)),
                          story.hindrance(node, kept.seq, Search{leads}.of(traffic::kProducing))}),
                  Weight::Cause);
  telling.say("why.produced_blocked"_w,
              {{"client", client},
               {"seconds", in_seconds(most.longest.us())},
               {"bytes", std::to_string(held->config.number("buffer.memory"))}},
              &kept, Weight::Point, client);
  if (fact_if<fact::RecordFailed>(freed)) {
    telling.fact(&freed, Weight::Link);
  } else if (const sim::NodeId leads = leader_of(freed); leads.valid()) {
    const std::string partition = story.cluster().name(place_of(freed));
    telling.say("why.produced_freed"_w,
                {{"client", client}, {"partition", partition}, {"leader", story.cluster().info(leads).name}}, &freed,
                Weight::Link, partition);
  }
  if (most.count > 1)
    telling.now("why.produced_pauses"_w,
                {{"client", client}, {"count", most.count}, {"seconds", in_seconds(most.all_us)}}, Weight::Point,
                client);
  return telling.done();
}

}  // namespace kafkascope::observe
