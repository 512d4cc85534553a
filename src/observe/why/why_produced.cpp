// Why a producer has produced no more: send() blocked for memory, and what kept the answers that free it. And why
// a client's counters and times have their values.
#include <algorithm>
#include <cstdlib>
#include <utility>

#include "cluster/acts.h"
#include "observe/why/copies.h"
#include "observe/why/errors.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_queues.h"

namespace kafkascope::observe {

using nlohmann::json;
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
  const auto exhausted = [&](const auto& f, const Line& l) { return own(f, l) && waited_for_memory(story, l); };
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
               {"seconds", lasting(most.longest.us())},
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
    telling.now("why.produced_pauses"_w, {{"client", client}, {"count", most.count}, {"seconds", lasting(most.all_us)}},
                Weight::Point, client);
  return telling.done();
}

namespace {

template <class F>
const Line* last_of_client(const Story& story, sim::NodeId node) {
  return story.last<F>(story.end(), [&](const auto&, const Line& l) { return l.node == node; });
}

/// What a client does, and so what it counts and measures.
struct Doings {
  bool sends = false, reads = false, calls = false;
  bool is_queue = false, with_queue = false;  // the queue itself; a producer or consumer of one
  bool unacknowledged = false;                // sends with acks=0
};

Doings doings_of(const Story& story, sim::NodeId node) {
  using enum cluster::ClientKind;
  const cluster::ClientSpec* spec = story.declared(node);
  if (spec == nullptr) return {};
  Doings d;
  d.sends = spec->kind == Producer || spec->kind == ConsoleProducer || spec->kind == Transform;
  d.reads =
      spec->kind == Consumer || spec->kind == ConsoleConsumer || spec->kind == ShareConsumer || spec->kind == Transform;
  d.calls = spec->kind == Service;
  d.is_queue = spec->kind == Queue;
  for (const cluster::ClientSpec& other : story.cluster().spec().clients)
    if (other.kind == Queue && (other.id == spec->topic ||
                                std::find(spec->topics.begin(), spec->topics.end(), other.id) != spec->topics.end()))
      d.with_queue = true;
  d.unacknowledged = d.sends && !d.with_queue && setting_of(story, node, "acks") == "0";
  return d;
}

/// The last event that the counter has counted; null: nothing has been counted, or the trace has no line for it.
const Line* last_counted(const Story& story, sim::NodeId node, const std::string& field) {
  if (field == "sent")
    return latest({last_of_client<fact::RecordSent>(story, node), last_of_client<fact::CallMade>(story, node)});
  if (field == "acked")
    return latest({last_of_client<fact::BatchAcked>(story, node), last_of_client<fact::CallAnswered>(story, node)});
  if (field == "received")
    return latest({last_of_client<fact::RecordDelivered>(story, node),
                   last_of_client<fact::QueueDelivered>(story, node), last_of_client<fact::QueueStored>(story, node)});
  return latest(
      {last_of_client<fact::RecordProcessed>(story, node), last_of_client<fact::QueueProcessed>(story, node)});
}

/// Visits the producer's acknowledged records, each with its number and the time from send() to its acknowledgement. `sent`: how many it
/// has sent.
template <class Visit>
void for_each_acked(const Story& story, sim::NodeId node, std::int64_t sent, Visit&& visit) {
  for (std::int64_t i = 0; i < sent; ++i) {
    const auto number = static_cast<std::uint32_t>(i);
    const RecordState* r = story.moment().observation.ledger().record(node.index, number);
    if (r != nullptr && r->acked_us >= 0 && r->sent_us >= 0) visit(number, r->acked_us - r->sent_us);
  }
}

/// The producer's record that was acknowledged after the longest time, if that time is about the value: a client begins to measure
/// when the record is in a batch.
std::optional<std::uint32_t> slowest_record(const Story& story, sim::NodeId node, std::int64_t longest_us,
                                            std::int64_t sent) {
  std::optional<std::uint32_t> slowest;
  std::int64_t took_us = 0;
  for_each_acked(story, node, sent, [&](std::uint32_t number, std::int64_t us) {
    if (us > took_us) slowest = number, took_us = us;
  });
  return took_us - longest_us <= longest_us / 20 ? slowest : std::nullopt;
}

/// The producer's record whose time until its acknowledgement is nearest to that one; nullopt: none took about as long.
std::optional<std::uint32_t> record_taking(const Story& story, sim::NodeId node, std::int64_t us, std::int64_t sent) {
  std::optional<std::uint32_t> nearest;
  std::int64_t off_us = us / 20 + 1;
  for_each_acked(story, node, sent, [&](std::uint32_t number, std::int64_t took_us) {
    const std::int64_t off = std::abs(took_us - us);
    if (off < off_us) nearest = number, off_us = off;
  });
  return nearest;
}

Telling telling_of_number(const Asked& asked, const std::string& what) {
  return Telling(asked.story, asked.path, asks_value(asked.part(1) + " · " + what, asked.value));
}

/// Tells what keeps the client from doing more now, if something does.
void tell_stopped(Telling& telling, sim::NodeId node) {
  const Story& story = telling.story();
  const std::string& who = story.cluster().info(node).name;
  if (!is_silent(story, node)) return;
  telling.trail(story.silence(node, story.end()), Weight::Cause);
  if (!story.cluster().alive(node)) telling.now("why.still_down"_w, {{"who", who}}, Weight::Point, who);
}

Answer why_count_of_client(const Asked& asked, sim::NodeId node) {
  const Story& story = asked.story;
  const std::string &who = asked.part(1), &field = asked.part(2);
  Telling telling = telling_of_number(asked, field);
  telling.trail(last_counted(story, node, field), Weight::Point);
  const auto is = [&](std::string_view name) { return field == name ? "1" : ""; };
  const Doings d = doings_of(story, node);
  if (telling.empty() && (d.calls || (field == "acked" && asked.value != 0))) {
    const auto counts = [&](bool does, std::string_view name) { return does ? is(name) : ""; };
    telling.now("why.client_counts"_w,
                {{"client", who},
                 {"made", counts(d.calls, "sent")},
                 {"answered", counts(d.calls, "acked")},
                 {"got", counts(d.calls, "received")},
                 {"done", counts(d.calls, "processed")},
                 {"consumed", counts(d.is_queue, "acked")},
                 {"confirmed", counts(d.with_queue, "acked")}},
                Weight::Point, who);
  } else if (telling.empty()) {
    telling.now("why.client_none"_w,
                {{"client", who},
                 {"sent", is("sent")},
                 {"acked", is("acked")},
                 {"received", is("received")},
                 {"processed", is("processed")}},
                Weight::Point, who);
  }
  tell_stopped(telling, node);
  return telling.done();
}

std::optional<Answer> why_latency(const Asked& asked, sim::NodeId node) {
  const Story& story = asked.story;
  const std::string &who = asked.part(1), &field = asked.part(3);
  const json client = state_of(story, "/clients/" + who);
  const Doings d = doings_of(story, node);
  const bool sends = d.sends && !d.reads;
  if (sends && !d.with_queue && field == "max" && whole_of(asked.value) > 0)
    if (const auto number = slowest_record(story, node, whole_of(asked.value), whole_of(part_of(client, "sent"))))
      if (auto answer = why_fate(story, asked.path, node.index, *number, "", "")) return answer;
  if (sends && !d.with_queue && field == "p99" && whole_of(asked.value) > 0)
    if (const auto number = record_taking(story, node, whole_of(asked.value), whole_of(part_of(client, "sent"))))
      if (auto answer = why_fate(story, asked.path, node.index, *number, "", "");
          answer && answer->question_key == "why.q_record_late"_w && answer->root)
        return answer;
  Telling telling = telling_of_number(asked, field.empty() ? "latency_us" : "latency_us/" + field);
  const bool times = sends || d.reads || d.calls;
  const std::int64_t values = times ? whole_of(part_of(client, d.reads ? "processed" : "acked")) : 0;
  const bool measured = values > 0;
  const auto is = [&](std::string_view name) { return measured && field == name ? "1" : ""; };
  const auto flag = [](bool on) { return on ? "1" : ""; };
  const auto number = [&](bool of_these) {
    return of_these && measured && !field.empty() ? std::to_string(values) : std::string();
  };
  telling.now("why.latency"_w,
              {{"client", who},
               {"sends", flag(sends && !d.with_queue && !d.unacknowledged)},
               {"unacknowledged", flag(sends && d.unacknowledged)},
               {"queues", flag(sends && d.with_queue)},
               {"calls", flag(d.calls)},
               {"reads", flag(d.reads && !d.with_queue)},
               {"takes", flag(d.reads && d.with_queue)},
               {"nothing", flag(!times)},
               {"unmeasured", flag(times && !measured)},
               {"acked", number(sends && !d.with_queue && !d.unacknowledged)},
               {"sent", number(sends && d.unacknowledged)},
               {"confirmed", number(sends && d.with_queue)},
               {"processed", number(d.reads && !d.with_queue)},
               {"taken", number(d.reads && d.with_queue)},
               {"answered", number(d.calls)},
               {"p50", is("p50")},
               {"p99", is("p99")},
               {"max", is("max")}},
              Weight::Point, who);
  tell_stopped(telling, node);
  return telling.done();
}

Answer why_fetching(const Asked& asked) {
  const Story& story = asked.story;
  const std::string& who = asked.part(1);
  const sim::NodeId node = story.cluster().find(who);
  Telling telling = telling_of_number(asked, "fetching");
  std::vector<protocol::BrokerId> ids;
  if (asked.value.is_number_integer()) ids.push_back(asked.value.get<protocol::BrokerId>());
  else
    for (const json& id : asked.value) ids.push_back(id.get<protocol::BrokerId>());
  for (const protocol::BrokerId id : ids)
    if (const sim::NodeId broker = story.broker_node(id); broker.valid() && is_silent_for(story, broker, node))
      telling.trail(unheard_since(story, broker, node, traffic::kReading), Weight::Cause);
  const cluster::ClientSpec* spec = story.declared(node);
  if (spec != nullptr && spec->kind == cluster::ClientKind::ShareConsumer)
    telling.now("why.share_fetches"_w, {{"client", who}}, Weight::Point, who);
  else if (ids.empty()) telling.now("why.fetches_nothing"_w, {{"client", who}}, Weight::Point, who);
  else telling.now("why.fetches"_w, {{"client", who}, {"brokers", broker_names(ids)}}, Weight::Point, who);
  tell_stopped(telling, node);
  return telling.done();
}

/// The act that added the client gave it its kind, or the file did.
Answer why_kind(const Asked& asked) {
  const Story& story = asked.story;
  const Line* added = story.last<fact::Command>(story.end(), [&](const auto&, const Line& l) {
    const NumberedCommand* act = story.command_of(l);
    const auto* own = act == nullptr ? nullptr : act->command.template get_if<cluster::act::AddClient>();
    return own != nullptr && own->added && own->added->id == asked.part(1);
  });
  if (added == nullptr) return why_given(asked, "kind");
  Telling telling = telling_of_number(asked, "kind");
  telling.trail(added, Weight::Point);
  return telling.done();
}

Answer why_own_transaction(const Asked& asked, sim::NodeId node) {
  Telling telling = telling_of_number(asked, "transaction");
  // It initializes its transactions as soon as it runs, so there is such a line.
  telling.trail(last_of_client<fact::ProducerTransaction>(asked.story, node), Weight::Point);
  return telling.done();
}

Answer why_buffer_memory(const Asked& asked, sim::NodeId node) {
  Telling telling = telling_of_number(asked, "buffer_total_bytes");
  telling.trail(setting_act(asked.story, node, "buffer.memory", asked.story.end()), Weight::Link);
  telling.now("why.buffer_memory"_w, {{"client", asked.part(1)}}, Weight::Point, asked.part(1));
  return telling.done();
}

Answer why_buffer_available(const Asked& asked) {
  const std::string& who = asked.part(1);
  Telling telling = telling_of_number(asked, "buffer_available_bytes");
  const std::int64_t all = whole_of(state_of(asked.story, "/clients/" + who + "/accumulator/buffer_total_bytes"));
  const std::int64_t used = all - whole_of(asked.value);
  if (used == 0) telling.now("why.buffer_all_available"_w, {{"client", who}, {"all", all}}, Weight::Point, who);
  else telling.now("why.buffer_available"_w, {{"client", who}, {"all", all}, {"used", used}}, Weight::Point, who);
  return telling.done();
}

Answer why_metadata_age(const Asked& asked, sim::NodeId node) {
  const Story& story = asked.story;
  const std::string& who = asked.part(1);
  Telling telling = telling_of_number(asked, "belief/age_us");
  if (asked.value.is_null()) {
    telling.now("why.no_metadata_yet"_w, {{"client", who}}, Weight::Point, who);
  } else {
    const sim::Instant since{story.cluster().now().us - whole_of(asked.value)};
    telling.dated("why.metadata_age"_w, {{"client", who}, {"ms", setting_of(story, node, "metadata.max.age.ms")}},
                  since, Weight::Point, who);
  }
  tell_stopped(telling, node);
  return telling.done();
}

}  // namespace

std::optional<Answer> why_longest_produce(const Asked& asked, protocol::BrokerId leader, std::int64_t us) {
  const Story& story = asked.story;
  std::optional<RecordName> nearest;
  std::int64_t off_us = us / 20 + 1;
  for (const cluster::ClientSpec& spec : story.cluster().spec().clients) {
    const sim::NodeId node = story.cluster().find(spec.id);
    const std::int64_t sent = whole_of(state_of(story, "/clients/" + spec.id + "/sent"));
    for (std::int64_t i = 0; i < sent; ++i) {
      const auto number = static_cast<std::uint32_t>(i);
      const RecordState* r = story.moment().observation.ledger().record(node.index, number);
      if (r == nullptr || r->acked_us < 0 || r->sent_us < 0) continue;
      const std::int64_t off = std::abs(r->acked_us - r->sent_us - us);
      if (off >= off_us) continue;
      const auto copies = story.copies(node.index, number);
      if (copies.empty() || story.leader_at(copies.front().tp, copies.front().from + 1) != leader) continue;
      nearest = RecordName{node.index, number}, off_us = off;
    }
  }
  if (!nearest) return std::nullopt;
  auto answer = why_fate(story, asked.path, nearest->client, nearest->number, "", "");
  return answer && answer->question_key == "why.q_record_late"_w ? std::move(answer) : std::nullopt;
}

std::optional<Answer> why_client_number(const Asked& asked, sim::NodeId node) {
  const std::string &who = asked.part(1), &field = asked.part(2);
  if (field == "kind") return why_kind(asked);
  if (field == "sent" || field == "acked" || field == "received" || field == "processed")
    return why_count_of_client(asked, node);
  if (field == "latency_us") return why_latency(asked, node);
  if (field == "fetching") return why_fetching(asked);
  if (field == "transaction") return why_own_transaction(asked, node);
  if (field == "belief" && asked.part(3) == "age_us") return why_metadata_age(asked, node);
  if (asked.part(3) == "buffer_total_bytes") return why_buffer_memory(asked, node);
  if (asked.part(3) == "buffer_available_bytes") return why_buffer_available(asked);
  if (field == "records_per_s") {
    Telling telling = telling_of_number(asked, field);
    const Doings d = doings_of(asked.story, node);
    const bool kafkas = !d.is_queue && !d.with_queue;
    const auto flag = [](bool on) { return on ? "1" : ""; };
    telling.now("why.records_per_s"_w,
                {{"client", who},
                 {"count", whole_of(asked.value)},
                 {"sends", flag(kafkas && d.sends && !d.reads && !d.unacknowledged)},
                 {"unacknowledged", flag(d.unacknowledged && !d.reads)},
                 {"reads", flag(kafkas && d.reads && !d.sends)},
                 {"both", flag(kafkas && d.reads && d.sends)},
                 {"calls", flag(d.calls)},
                 {"uncounted", flag(!kafkas || !(d.sends || d.reads || d.calls))}},
                Weight::Point, who);
    tell_stopped(telling, node);
    return telling.done();
  }
  if (field == "fatal" && asked.value.is_null()) {
    Telling telling = telling_of_number(asked, field);
    telling.now("why.not_fatal"_w, {{"client", who}}, Weight::Point, who);
    tell_stopped(telling, node);
    return telling.done();
  }
  return std::nullopt;
}

}  // namespace kafkascope::observe
