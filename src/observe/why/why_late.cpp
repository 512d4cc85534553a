// Why a record was acknowledged late: on which part of its way the time passed, and which fault held it up there.
#include <algorithm>
#include <map>
#include <vector>

#include "observe/why/one_record.h"
#include "observe/why/why_parts.h"
#include "observe/why/why_turn.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::observe {

using protocol::BrokerId;
using protocol::TopicPartition;
using Line = Story::Line;

namespace {

/// A record is late if it waited for at least this long, and this many times as long as the client's quick records
/// (their tenth percentile): nobody would ask about less. Not the median, because an outage delays half of a short run.
constexpr std::int64_t kLateUs = 300'000;
constexpr std::int64_t kLateTimes = 4;
constexpr std::uint32_t kMostCompared = 2000;

/// How long the client's quick records took until their acknowledgement, judged by all records or by every n-th.
std::int64_t quick_us(const Story& story, const OneRecord& r) {
  const RecordLedger& ledger = story.moment().observation.ledger();
  std::uint32_t size = r.number + 1;
  for (std::uint32_t more = 1 << 20; more > 0; more /= 2)
    if (ledger.record(r.node.index, size - 1 + more) != nullptr) size += more;
  const std::uint32_t every = std::max<std::uint32_t>(1, size / kMostCompared);
  std::vector<std::int64_t> all;
  for (std::uint32_t number = 0; number < size; number += every)
    if (const RecordState* state = ledger.record(r.node.index, number); state != nullptr && state->acked_us >= 0)
      all.push_back(state->acked_us - state->sent_us);
  if (all.empty()) return 0;
  const auto tenth = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 10);
  std::nth_element(all.begin(), tenth, all.end());
  return *tenth;
}

/// What held up the client's batches of the partition between the two lines: a retry, an election, a silent node. Null:
/// nothing did.
const Line* held_between(const Story& story, TopicPartition tp, sim::NodeId client, const Line& from, const Line& to) {
  const auto here = [&](const auto& f, const Line& l) { return l.seq > from.seq && f.partition == tp; };
  if (const Line* retried = story.last<fact::BatchRetried>(
          to.seq, [&](const auto& f, const Line& l) { return l.node == client && here(f, l); }))
    return retried;
  if (const Line* elected = story.last<fact::LeaderElected>(to.seq, here)) return elected;
  const sim::NodeId leads = story.broker_node(story.leader_at(tp, from.seq));
  const Line* held = nullptr;
  for (const std::uint64_t seq : {from.seq, to.seq})
    held = latest({held, story.hindrance(leads, seq, Search{client}.of(traffic::kProducing)),
                   story.hindrance(client, seq, Search{leads}.of(traffic::kProducing))});
  return held;
}

/// The death of the partition's leader, if no leader lived during more than half of the time between the two lines: a
/// retry after the leader's restart is only a consequence. Null: there was none.
const Line* leader_dead_between(const Story& story, TopicPartition tp, const Line& from, const Line& to) {
  const sim::NodeId leads = story.broker_node(story.leader_at(tp, to.seq));
  const auto its = [&](const auto&, const Line& l) { return l.node == leads; };
  const Line* started = story.last<fact::NodeStarted>(to.seq, its);
  const Line* died = started == nullptr ? nullptr : story.last<fact::NodeDied>(started->seq, its);
  if (died == nullptr || story.leader_at(tp, died->seq) != story.leader_at(tp, to.seq)) return nullptr;
  const sim::Duration dead = started->time - std::max(died->time, from.time);
  return dead.us * 2 > (to.time - from.time).us ? died : nullptr;
}

/// What kept an in-sync replica from copying between the two lines, so that the leader had to wait.
const Line* follower_between(const Story& story, TopicPartition tp, const Line& from, const Line& to) {
  const auto before = story.isr_before(tp, from.seq);
  const BrokerId leader = story.leader_at(tp, from.seq + 1);
  const Line* held = nullptr;
  if (before)
    for (const BrokerId id : before->isr)
      if (id != leader)
        for (const std::uint64_t seq : {from.seq, to.seq})
          held = latest({held, story.hindrance(story.broker_node(id), seq,
                                               Search{story.broker_node(leader)}.of(traffic::kCopies))});
  return held;
}

/// What an earlier request delayed: the record's first request, which a leader handles only after the earlier one, or
/// its sending, if max.in.flight.requests.per.connection allows no more requests.
enum class Delayed : std::uint8_t { Sending, Request };

/// Whether `answered` belongs to an earlier request that delayed the record.
bool was_first(const Story& story, const OneRecord& r, BrokerId leader, const Line& answered, std::uint64_t sent,
               Delayed delayed) {
  const auto out = in_flight(story, r.node, leader, sent, answered.seq);
  const auto its = out.find(place_of(answered));
  if (its == out.end() || its->second.empty()) return false;
  if (delayed == Delayed::Request) return true;
  return was_full(story, r.node, leader, sent, answered.seq);
}

/// When, after `from`, all in-sync replicas had the batches of the answered request: the line of the last high
/// watermark that passed one of these batches; the answer itself, if no high watermark did.
const Line& copied_after(const Story& story, const Line& from, const Line& answered) {
  const Line* copied = nullptr;
  for (const Line* acked = &answered; acked != nullptr && acked->time == answered.time;) {
    const protocol::Offset offset = as<fact::BatchAcked>(*acked).base_offset;
    const TopicPartition tp = place_of(*acked);
    const Line* passed = story.last<fact::HighWatermarkAdvanced>(answered.seq, [&](const auto& f, const Line& l) {
      return l.seq > from.seq && f.partition == tp && f.from <= offset && offset < f.to;
    });
    copied = latest({copied, passed});
    acked =
        story.first<fact::BatchAcked>(acked->seq, [&](const auto&, const Line& l) { return l.node == answered.node; });
  }
  return copied == nullptr ? answered : *copied;
}

/// The in-sync follower for which an earlier request of the client waited at the same leader (acks=all), and what
/// silenced it. A leader answers the requests of a connection in order, and max.in.flight.requests.per.connection
/// limits their number.
struct Behind {
  const Line* line = nullptr;  // null: no such wait
  std::string broker;
};
Behind waits_behind(const Story& story, const OneRecord& r, const Line& from, const Line& to, TopicPartition tp,
                    Delayed delayed) {
  const cluster::ClientSpec* spec = story.declared(r.node);
  const std::string acks = spec == nullptr ? std::string() : spec->config.text("acks");
  const BrokerId leader = story.leader_at(tp, to.seq);
  if ((acks != "all" && acks != "-1") || leader < 0) return {};
  const Line* answered = story.first<fact::BatchAcked>(from.seq, [&](const auto& f, const Line& l) {
    return l.node == r.node && story.leader_at(f.partition, l.seq) == leader;
  });
  if (answered == nullptr) return {};
  // The leader answers and then appends the next request's batches, while its answer is still under way.
  const Line& ready = delayed == Delayed::Sending ? *answered : copied_after(story, from, *answered);
  if (ready.seq > to.seq || (ready.time - from.time).us * 2 <= (to.time - from.time).us) return {};
  const std::uint64_t sent_before = delayed == Delayed::Sending ? to.seq : from.seq;
  if (!was_first(story, r, leader, *answered, sent_before, delayed)) return {};
  Behind behind;
  for_each_entry(state_of(story, "/partitions"), [&](const std::string& name, const nlohmann::json&) {
    const TopicPartition other = partition_named(story, name);
    const auto isr = story.isr_before(other, from.seq);
    if (name.starts_with("__") || !isr || story.leader_at(other, from.seq) != leader) return;
    for (const BrokerId id : isr->isr) {
      const sim::NodeId follower = story.broker_node(id);
      const Line* held =
          id == leader ? nullptr
                       : story.hindrance(follower, ready.seq, Search{story.broker_node(leader)}.of(traffic::kCopies));
      if (held != nullptr && latest({behind.line, held}) != behind.line)
        behind = {held, story.cluster().info(follower).name};
    }
  });
  return behind;
}

}  // namespace

bool tell_turn(Telling& telling, const OneRecord& r, const WayIn& way, const std::string& holder) {
  const TurnTold turn = turn_told(telling.story(), {r.node.index, r.number}, way, holder);
  if (turn.message.empty()) return false;
  telling.link(turn.written);
  telling.say(turn.message, turn.line, Weight::Point);
  return true;
}

bool tell_queued(Telling& telling, const OneRecord& r, const Line& handed, const Line& appended) {
  const Story& story = telling.story();
  const TopicPartition tp = place_of(appended);
  const Line* sent = first_send(story, r.node, handed, appended);
  if (sent == nullptr || held_between(story, tp, r.node, handed, appended) != nullptr) return false;
  const bool sending = (sent->time - handed.time).us > (appended.time - sent->time).us;
  const Behind behind = sending ? waits_behind(story, r, handed, *sent, tp, Delayed::Sending)
                                : waits_behind(story, r, *sent, appended, tp, Delayed::Request);
  if (!tell_turn(telling, r, {&handed, sent, &appended}, behind.broker)) return false;
  const std::optional<Turn> turn = sending ? turn_to_send(story, *sent) : turn_at_leader(story, appended);
  const Line* slow = behind.line;
  if (slow == nullptr && turn) slow = follower_between(story, place_of(*turn->written), *turn->written, *turn->copied);
  telling.trail(slow, Weight::Cause);
  return true;
}

bool is_late(const Story& story, const OneRecord& r) {
  if (r.state.outcome != Outcome::Acked || r.state.acked_us < 0) return false;
  const std::int64_t took = r.state.acked_us - r.state.sent_us;
  return took >= kLateUs && took >= kLateTimes * quick_us(story, r);
}

Question asks_why_late(const OneRecord& r) {
  return asks("why.q_record_late"_w,
              {{"client", r.client}, {"number", r.number}, {"seconds", lasting(r.state.acked_us - r.state.sent_us)}});
}

void tell_late(Telling& telling, const OneRecord& r) {
  const Story& story = telling.story();
  const Line* handed = story.last<fact::RecordSent>(
      story.end(), [&](const auto& f, const Line& l) { return l.node == r.node && f.number == r.number; });
  const auto written = appends(story, r);
  telling.fact(handed, Weight::Link);
  tell_acked(telling, r, Weight::Point);
  if (handed == nullptr || written.empty()) return;
  const Line& appended = *written.back();
  const TopicPartition tp = place_of(appended);
  const Line* acked = story.last<fact::BatchAcked>(story.end(), [&](const auto& f, const Line& l) {
    return l.node == r.node && f.partition == tp && l.time.us == r.state.acked_us;
  });
  const Line* sent = first_send(story, r.node, *handed, appended);
  const Line* copied = story.first<fact::HighWatermarkAdvanced>(
      appended.seq, [&](const auto& f, const Line&) { return f.partition == tp && f.to > r.copies.front().offset; });
  if (acked == nullptr) return;
  if (sent == nullptr) sent = &appended;
  if (copied == nullptr || copied->seq > acked->seq) copied = &appended;  // acks=1 does not wait for the copies
  const std::string& leader = story.cluster().info(appended.node).name;
  const std::int64_t before = (sent->time - handed->time).us, until_there = (appended.time - sent->time).us,
                     copying = (copied->time - appended.time).us, answer = (acked->time - copied->time).us;
  const std::int64_t most = std::max({before, until_there, copying, answer});
  if (most == copying) {
    telling.trail(follower_between(story, tp, appended, *copied), Weight::Cause);
    telling.say("why.late_copies"_w,
                {{"leader", leader}, {"seconds", lasting(copying)}, {"partition", story.cluster().name(tp)}}, copied,
                Weight::Point);
  } else if (most == answer) {
    telling.trail(held_between(story, tp, r.node, *copied, *acked), Weight::Cause);
    // The line of the acknowledgement has a sentence of its own, which says who has the record.
    telling.dated("why.late_answer"_w, {{"leader", leader}, {"client", r.client}, {"seconds", lasting(answer)}},
                  acked->time, Weight::Point, r.client);
  } else if (most == before) {
    const Line* held = held_between(story, tp, r.node, *handed, *sent);
    const Behind behind = held == nullptr ? waits_behind(story, r, *handed, *sent, tp, Delayed::Sending) : Behind{};
    telling.trail(leader_dead_between(story, tp, *handed, *sent), Weight::Cause);
    telling.trail(held == nullptr ? behind.line : held, Weight::Cause);
    if (held == nullptr && tell_turn(telling, r, {handed, sent, &appended}, behind.broker)) return;
    const cluster::ClientSpec* spec = story.declared(r.node);
    const std::int64_t ms = spec == nullptr ? 0 : spec->config.number("linger.ms");
    if (held == nullptr && behind.line == nullptr && ms * 2000 > before)
      telling.say("why.late_linger"_w,
                  {{"client", r.client}, {"number", r.number}, {"seconds", lasting(before)}, {"ms", ms}}, sent,
                  Weight::Point);
    else
      telling.say("why.late_unsent"_w,
                  {{"client", r.client}, {"number", r.number}, {"seconds", lasting(before)}, {"behind", behind.broker}},
                  sent, Weight::Point);
  } else {
    const Line* held = held_between(story, tp, r.node, *sent, appended);
    const Behind behind = held == nullptr ? waits_behind(story, r, *sent, appended, tp, Delayed::Request) : Behind{};
    telling.trail(leader_dead_between(story, tp, *sent, appended), Weight::Cause);
    telling.trail(held == nullptr ? behind.line : held, Weight::Cause);
    if (held == nullptr && tell_turn(telling, r, {handed, sent, &appended}, behind.broker)) return;
    telling.say(
        "why.late_appended"_w,
        {{"leader", leader}, {"client", r.client}, {"seconds", lasting(until_there)}, {"behind", behind.broker}},
        &appended, Weight::Point);
  }
}

}  // namespace kafkascope::observe
