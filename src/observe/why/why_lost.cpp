// Why a record was lost, and who had it when it was acknowledged.
#include <algorithm>

#include "observe/why/led.h"
#include "observe/why/one_record.h"
#include "observe/why/why_parts.h"
#include "observe/words/message_acts.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_logs.h"
#include "protocol/messages_data.h"

namespace kafkascope::observe {

using protocol::BrokerId;
using protocol::TopicPartition;
using Line = Story::Line;

namespace {

const Line* acked_line(const Story& story, const OneRecord& r) {
  if (r.state.acked_us < 0) return nullptr;
  return story.last<fact::BatchAcked>(story.end(), [&](const auto& f, const Line& l) {
    return l.node == r.node && f.partition == r.state.partition && l.time.us == r.state.acked_us;
  });
}

/// The brokers that had the record at that line.
std::vector<BrokerId> holders(const Story& story, const OneRecord& r, std::uint64_t seq) {
  std::vector<BrokerId> ids;
  for (const Copy& copy : r.copies)
    if (const BrokerId id = story.names().broker_at(copy.node);
        copy.there(seq) && id >= 0 && std::find(ids.begin(), ids.end(), id) == ids.end())
      ids.push_back(id);
  return ids;
}

/// The leader's line if it acknowledged the record because another record had the same sequence number; nullptr: it did
/// not.
const Line* taken_for_another(const Story& story, const OneRecord& r) {
  const Line* acked = acked_line(story, r);
  if (acked == nullptr) return nullptr;
  const protocol::Offset base = as<fact::BatchAcked>(*acked).base_offset;
  const Line* repeated = story.last<fact::DuplicateBatch>(acked->seq, [&](const auto& f, const Line&) {
    return f.partition == r.state.partition && f.base_offset == base;
  });
  if (repeated == nullptr) return nullptr;
  const auto there_by = [&](const auto& f, const Line& l) {
    return l.node == repeated->node && f.partition == r.state.partition && f.base_offset == base;
  };
  const Line* written = latest({story.last<fact::LogAppended>(repeated->seq, there_by),
                                story.last<fact::LogReplicated>(repeated->seq, there_by)});
  const protocol::RecordBatch* there = written == nullptr ? nullptr : story.trace().batch_at(written->seq);
  if (there == nullptr || there->client != r.node.index) return nullptr;
  for (const protocol::RecordView record : there->records)
    if (record.number == r.number) return nullptr;
  return repeated;
}

/// Whether only a broker had the record that no longer led the partition when it appended it, and cut it off again before that line:
/// who led later took nothing away.
bool by_deposed(const Story& story, const OneRecord& r, std::uint64_t before) {
  return !r.copies.empty() && std::all_of(r.copies.begin(), r.copies.end(), [&](const Copy& copy) {
    const BrokerId led = story.leader_at(copy.tp, copy.from);
    return copy.to < before && story.names().broker_at(copy.node) != led;
  });
}

/// Tells the end of the leader that had the record, if no other replica had copied the record by then, and what kept them from
/// that; false: nothing did. `next`: the leader after it, whose delay counts before that of others.
bool tell_gone_before_copies(Telling& telling, const OneRecord& r, std::uint64_t before, BrokerId next) {
  const Story& story = telling.story();
  const auto all = appends(story, r);
  const protocol::PartitionRegistration* partition = story.cluster().committed().partition(r.state.partition);
  if (all.empty() || partition == nullptr) return false;
  const Line* died = story.first<fact::NodeDied>(
      all.back()->seq, [&](const auto&, const Line& l) { return l.node == all.back()->node && l.seq < before; });
  if (died == nullptr || as<fact::NodeDied>(*died).how == sim::Death::Stop) return false;
  const std::vector<BrokerId> had = holders(story, r, died->seq);
  std::vector<BrokerId> without;
  for (const BrokerId id : partition->replicas)
    if (std::find(had.begin(), had.end(), id) == had.end()) without.push_back(id);
  if (without.empty()) return false;
  telling.say(as<fact::NodeDied>(*died).how == sim::Death::PowerOff ? "why.no_power_before_copies"_w
                                                                    : "why.crashed_before_copies"_w,
              {{"broker", story.cluster().info(died->node).name}, {"brokers", broker_names(without)}}, died,
              Weight::Cause);
  std::vector<const Line*> kept;
  if (std::find(without.begin(), without.end(), next) != without.end())
    kept = hindered_copies(story, {next}, died->node, died->seq);
  if (kept.empty()) kept = hindered_copies(story, without, died->node, died->seq);
  for (const Line* hindered : kept) telling.trail(hindered, Weight::Link);
  return !kept.empty();
}

/// Tells why no other replica kept the record when the leader's machine lost power (`died`): the other machines lost
/// power as well, or were not in the ISR, so their logs did not count. Returns whether that is the reason.
bool tell_nobody_else(Telling& telling, const OneRecord& r, const Line* died) {
  const Story& story = telling.story();
  if (died == nullptr || !is<fact::NodeDied>(*died) || as<fact::NodeDied>(*died).how != sim::Death::PowerOff)
    return false;
  // Power failures count together if they come before the first machine is back.
  const Line* back = story.first<fact::NodeStarted>(
      died->seq, [&](const auto&, const Line& l) { return story.names().broker_at(l.node) >= 0; });
  const std::uint64_t until = back == nullptr ? story.end() : back->seq;
  const Line* last = died;
  std::vector<BrokerId> dark;
  bool somebody = false;  // a broker has it and kept its power
  for (const Copy& copy : r.copies) {
    const BrokerId id = story.names().broker_at(copy.node);
    if (id < 0 || !copy.there(died->seq) || std::find(dark.begin(), dark.end(), id) != dark.end()) continue;
    const Line* off = story.last<fact::NodeDied>(until, [&](const auto& f, const Line& l) {
      return l.node == copy.node && l.seq > copy.from && f.how == sim::Death::PowerOff;
    });
    if (off == nullptr) {
      somebody = true;
      continue;
    }
    dark.push_back(id);
    if (off->seq > last->seq) last = off;
  }
  if (!somebody && dark.size() > 1) {
    std::sort(dark.begin(), dark.end());
    telling.say("why.all_without_power"_w, {{"brokers", broker_names(dark)}}, last->time == died->time ? died : last,
                Weight::Point);
    telling.link(died);
    telling.link(last);
    return false;
  }
  const auto alone = story.isr_before(r.state.partition, died->seq);
  const BrokerId leader = story.names().broker_at(died->node);
  const protocol::PartitionRegistration* partition = story.cluster().committed().partition(r.state.partition);
  if (!alone || alone->line == nullptr || alone->isr.size() != 1 || !alone->isr.contains(leader) ||
      partition == nullptr || partition->replicas.size() < 2)
    return false;
  const Line* why = story.trail(*alone->line).front();
  const bool act = is<fact::Command>(*why);
  const std::string broker = cluster::broker_name(leader), name = story.cluster().name(r.state.partition);
  if (!act) telling.say("why.alone_in_isr"_w, {{"broker", broker}, {"partition", name}}, alone->line, Weight::Cause);
  else
    telling.say("why.alone_in_isr_after"_w, {{"what", act_told(story, *why)}, {"broker", broker}, {"partition", name}},
                alone->line, Weight::Cause);
  telling.link(alone->line);
  return true;
}

/// Whether a leader came from outside the ISR because the topic's settings allow it, and no operator asked for it.
bool is_unclean(const Story& story, const Line& elected) {
  const auto f = as<fact::LeaderElected>(elected);
  if (!ClusterView(story.cluster()).unclean_election_enabled(f.partition)) return false;
  const Line* asked = story.trail(elected).front();
  if (const auto act = fact_if<fact::Command>(*asked); act && act->verb == "elect_leaders") return false;
  return story.elected_from_outside(elected);
}

/// Tells that the only member of the ISR lost the record, leads again, and that the others follow it.
bool tell_leads_alone_again(Telling& telling, const OneRecord& r, const Line& taken) {
  const Story& story = telling.story();
  const BrokerId broker = story.names().broker_at(taken.node);
  const auto its = [&](const auto& f, const Line& l) { return f.partition == place_of(taken) && l.seq > taken.seq; };
  const Line* elected = story.first<fact::LeaderElected>(
      taken.seq, [&](const auto& f, const Line& l) { return its(f, l) && f.leader >= 0; });
  const Line* became = story.first<fact::BecameLeader>(taken.seq, its);
  const Line* leads = elected == nullptr ? became : elected;
  if (leads == nullptr || (elected != nullptr && as<fact::LeaderElected>(*elected).leader != broker)) return false;
  std::vector<BrokerId> cut;
  for (const Copy& copy : r.copies)
    if (const Line* l = copy.to == kStillThere || copy.node == taken.node ? nullptr : story.trace().find(copy.to);
        l != nullptr && is<fact::LogTruncated>(*l))
      cut.push_back(story.names().broker_at(copy.node));
  std::sort(cut.begin(), cut.end());
  const std::string name = cluster::broker_name(broker), partition = story.cluster().name(place_of(taken));
  if (cut.empty())
    telling.say("why.leads_alone_again"_w, {{"broker", name}, {"partition", partition}}, leads, Weight::Point);
  else
    telling.say("why.leads_alone_again_cut"_w,
                {{"broker", name}, {"partition", partition}, {"brokers", broker_names(cut)}}, leads, Weight::Point);
  return true;
}

/// The power cut that took the record from every log that had it, before a leader without it was elected; null: none did.
const Line* lost_with_power(const Story& story, const OneRecord& r, std::uint64_t elected) {
  const Line* last = nullptr;
  for (const Copy& copy : r.copies) {
    const Line* gone = copy.to == kStillThere ? nullptr : story.trace().find(copy.to);
    if (gone == nullptr || !is<fact::LogRecovered>(*gone)) return nullptr;
    const Line* died =
        story.last<fact::NodeDied>(gone->seq, [&](const auto&, const Line& l) { return l.node == copy.node; });
    if (died == nullptr || died->seq > elected || as<fact::NodeDied>(*died).how != sim::Death::PowerOff) return nullptr;
    last = latest({last, died});
  }
  return last;
}

/// Tells which election the replica had not heard of when it appended the record as leader.
void tell_unheard(Telling& telling, const Copy& copy) {
  const Story& story = telling.story();
  const BrokerId old = story.names().broker_at(copy.node);
  const Line* elected = story.last<fact::LeaderElected>(copy.from, [&](const auto& f, const Line&) {
    return f.partition == copy.tp && f.leader >= 0 && f.leader != old;
  });
  if (elected == nullptr) return;
  const Line* fenced = story.last<fact::BrokerFenced>(
      story.end(), [&](const auto& f, const Line& l) { return f.broker == old && l.time == elected->time; });
  telling.say(fenced == nullptr ? "why.elected_unheard"_w : "why.fenced_unheard"_w,
              {{"leader", cluster::broker_name(as<fact::LeaderElected>(*elected).leader)},
               {"partition", story.cluster().name(copy.tp)},
               {"broker", cluster::broker_name(old)}},
              elected, Weight::Point);
}

/// What kept the request of a record with acks=0, which waits for no response, from reaching a log.
const Line* lost_request(const Story& story, const OneRecord& r, const Line& acked) {
  constexpr std::int64_t kUnderWayUs = 2'000'000;  // after this time the request has been answered or is gone
  const TopicPartition tp = r.state.partition;
  const Line* elected = last_election(story, tp, acked.seq);
  // Without a leader the producer writes to the last leader, perhaps the first one that the partition had.
  const Line* vacant =
      story.first<fact::LeaderElected>(0, [&](const auto& f, const Line&) { return f.partition == tp; });
  const sim::NodeId leader = story.broker_node(
      elected != nullptr ? as<fact::LeaderElected>(*elected).leader
                         : story.leader_at(tp, std::min(acked.seq, vacant == nullptr ? acked.seq : vacant->seq)));
  const std::vector<sim::NodeId> leaders =
      leader.valid() ? std::vector<sim::NodeId>{leader} : std::vector<sim::NodeId>{};
  const Line* over = nullptr;  // the last fault that had ended
  const auto at = [&](std::uint64_t until) {
    const Line *of_client = nullptr, *of_leader = nullptr;
    const Line* lasts = latest({story.hindrance(r.node, until, Search(leaders).of(traffic::kProducing), &of_client),
                                story.hindrance(leader, until, Search{r.node}.of(traffic::kProducing), &of_leader)});
    over = latest({of_client, of_leader});
    return lasts;
  };
  if (const Line* lasts = at(acked.seq + 1)) return lasts;
  const Line* refused = story.first<fact::RequestRefused>(acked.seq, [&](const auto& f, const Line& l) {
    return f.client == r.node && f.partition == tp && (l.time - acked.time).us < kUnderWayUs;
  });
  if (refused != nullptr) return refused;
  // A refusal without a response closes the connection, with the requests that are under way on it.
  const Line* other = nullptr;
  (void)story.first<fact::ConnectionLost>(acked.seq, [&](const auto& lost, const Line& l) {
    if (l.node != r.node) return false;
    if ((l.time - acked.time).us < kUnderWayUs)
      other = story.last<fact::RequestRefused>(acked.seq, [&](const auto& f, const Line& x) {
        return f.client == r.node && x.node == lost.peer && f.api == protocol::api::Produce &&
               (acked.time - x.time).us < kUnderWayUs;
      });
    return true;
  });
  if (other != nullptr) return other;
  if (over != nullptr) return over;
  // The producer may not know the new leader yet, and write to a broker that is down, or to one that has restarted and
  // does not know the connection.
  const Line* rejected = story.first<fact::MessageLost>(acked.seq, [&](const auto& f, const Line& l) {
    return f.from == r.node && l.cause >= acked.cause && (l.time - acked.time).us < kUnderWayUs;
  });
  if (rejected != nullptr)
    if (const Line* was_gone = story.silence(rejected->node, acked.seq + 1, Search{r.node}.of(traffic::kProducing));
        was_gone != nullptr)
      return was_gone;
  if (const protocol::PartitionRegistration* p = story.cluster().committed().partition(tp); p != nullptr) {
    const Line* gone = nullptr;
    for (const BrokerId id : p->replicas)
      gone =
          latest({gone, story.hindrance(story.broker_node(id), acked.seq + 1, Search{r.node}.of(traffic::kProducing))});
    if (gone != nullptr) return gone;
  }
  const Line* next = story.first<fact::Command>(acked.seq, [](const auto&, const Line&) { return true; });
  if (next == nullptr || (next->time - acked.time).us >= kUnderWayUs) return nullptr;
  std::size_t i = story.trace().first_from(next->seq);
  while (i < story.trace().size() && story.trace()[i].time == next->time) ++i;
  const Line* lasts = at(i < story.trace().size() ? story.trace()[i].seq : story.end());
  return lasts != nullptr ? lasts : over;
}

}  // namespace

std::vector<const Line*> appends(const Story& story, const OneRecord& r) {
  std::vector<const Line*> lines;
  for (const Copy& copy : r.copies)
    if (const Line* l = story.trace().find(copy.from); l != nullptr && is<fact::LogAppended>(*l)) lines.push_back(l);
  return lines;
}

void tell_acked(Telling& telling, const OneRecord& r, Weight weight) {
  const Line* acked = acked_line(telling.story(), r);
  if (acked == nullptr) return;
  if (const Line* repeated = taken_for_another(telling.story(), r)) {
    const auto f = as<fact::DuplicateBatch>(*repeated);
    telling.say("why.acked_as_another"_w,
                {{"broker", telling.story().cluster().info(repeated->node).name},
                 {"number", r.number},
                 {"sequence", f.base_sequence},
                 {"offset", f.base_offset.value}},
                repeated, weight);
    return;
  }
  const std::vector<BrokerId> had = holders(telling.story(), r, acked->seq);
  if (had.empty()) {  // acks=0: no broker was asked
    telling.say("why.acked_unasked"_w, {{"client", r.client}, {"number", r.number}}, acked, weight);
    return;
  }
  const protocol::Config config = client_config(telling.story(), r.node, acked->seq);
  const bool asked = config.explicitly("acks"),
             idempotent = config.flag("enable.idempotence") || !config.text("transactional.id").empty();
  // Kafka: ProducerConfig.maybeOverrideAcksAndRetries
  const std::string acks = idempotent && !asked ? "all" : config.text("acks");
  const bool by_default = acks == "1" && had.size() == 1 && !asked;
  const protocol::PartitionRegistration* at = telling.story().cluster().committed().partition(r.state.partition);
  const bool one_now = at != nullptr && at->replicas.size() == 1;
  const Line* moved = one_now ? last_move(telling.story(), r.state.partition, telling.story().end()) : nullptr;
  const bool sole = one_now && (moved == nullptr || moved->seq < acked->seq);
  telling.say(had.size() > 1 ? "why.acked_by"_w
              : sole         ? "why.acked_by_only"_w
                             : "why.acked_by_alone"_w,
              {{"client", r.client},
               {"number", r.number},
               {"brokers", broker_names(had)},
               {"acks", acks},
               {"version", by_default ? to_string(config.version()) : ""}},
              acked, weight);
}

void tell_lost(Telling& telling, const OneRecord& r) {
  const Story& story = telling.story();
  tell_acked(telling, r, Weight::Point);
  const Line* without = led_without(story.trace(), story.cluster(), r.copies);
  // The leader itself lost it: its unflushed tail, or its disk.
  const BrokerId leader = story.leader_at(r.state.partition, story.end());
  const sim::NodeId leads = story.broker_node(story.cluster().last_leader(r.state.partition));
  const bool silently = std::any_of(r.copies.begin(), r.copies.end(),
                                    [&](const Copy& copy) { return copy.node == leads && copy.to == kStillThere; });
  const Line* taken = nullptr;
  for (const Copy& copy : r.copies) {
    const Line* l = copy.to == kStillThere ? nullptr : story.trace().find(copy.to);
    if (l == nullptr) continue;
    // The last leader, even if it was down meanwhile.
    const Line* elected = last_election(story, copy.tp, l->seq);
    const BrokerId led =
        elected != nullptr ? as<fact::LeaderElected>(*elected).leader : story.leader_at(copy.tp, copy.from + 1);
    if (story.broker_node(led) != copy.node) continue;
    if (taken == nullptr || l->seq < taken->seq) taken = l;
  }
  if (without != nullptr && by_deposed(story, r, without->seq)) without = nullptr;
  if (without != nullptr && (taken == nullptr || without->seq < taken->seq)) {
    const Line* cut = nullptr;  // the truncation by a replica that had the record and follows now
    for (const Copy& copy : r.copies)
      if (const Line* l = copy.to == kStillThere ? nullptr : story.trace().find(copy.to);
          l != nullptr && l->seq > without->seq && (cut == nullptr || l->seq < cut->seq))
        cut = l;
    auto elected = as<fact::LeaderElected>(*without);
    const Line* leads = story.first<fact::BecameLeader>(without->seq, [&](const auto& f, const Line&) {
      return f.partition == elected.partition && f.leader_epoch >= elected.leader_epoch;
    });
    if (leads != nullptr && as<fact::BecameLeader>(*leads).leader_epoch != elected.leader_epoch) {
      // The elected broker never led in that epoch: it was down, or fell before it heard of its election.
      const Line* later = story.last<fact::LeaderElected>(leads->seq, [&](const auto& f, const Line&) {
        return f.partition == elected.partition && story.broker_node(f.leader) == leads->node;
      });
      if (later != nullptr) without = later, elected = as<fact::LeaderElected>(*later);
    }
    // The root is what removed the record from the disk; the election only made the loss final.
    const Line* dark = lost_with_power(story, r, without->seq);
    telling.trail(dark, Weight::Aside);
    telling.trail(without, Weight::Aside);
    // The elected leader had the record once, and lost it before its election.
    const Line* lost = nullptr;
    for (const Copy& copy : r.copies)
      if (copy.node == story.broker_node(elected.leader) && copy.to < without->seq)
        lost = latest({lost, story.trace().find(copy.to)});
    telling.trail(lost, Weight::Point);
    telling.say(is_unclean(story, *without) ? "why.led_without_unclean"_w : "why.led_without"_w,
                {{"broker", cluster::broker_name(elected.leader)},
                 {"partition", story.cluster().name(elected.partition)},
                 {"offset", leads == nullptr ? r.copies.front().offset.value
                                             : as<fact::BecameLeader>(*leads).start_offset.value}},
                without, Weight::Point);
    const bool kept = tell_gone_before_copies(telling, r, without->seq, elected.leader);
    if (dark == nullptr) telling.fact(cut, kept ? Weight::Aside : Weight::Cause);
    return;
  }
  if (taken != nullptr && !silently) {
    const bool alone = tell_nobody_else(
        telling, r,
        story.last<fact::NodeDied>(taken->seq, [&](const auto&, const Line& l) { return l.node == taken->node; }));
    telling.trail(taken, alone && tell_leads_alone_again(telling, r, *taken) ? Weight::Link : Weight::Point);
    return;
  }
  // A replica that still believed it was the leader appended it after another had been elected.
  for (const Copy& copy : r.copies) {
    const Line* cut = copy.to == kStillThere ? nullptr : story.trace().find(copy.to);
    if (cut == nullptr || silently) continue;
    telling.fact(story.trace().find(copy.from), Weight::Link);
    telling.trail(cut, Weight::Point);
    tell_unheard(telling, copy);
    return;
  }
  // Not reported yet: the machine is without power, or its disk was replaced.
  const sim::NodeId node = silently ? leads : r.copies.empty() ? story.broker_node(leader) : r.copies.front().node;
  const Line* wiped = story.last<fact::Command>(story.end(), [&](const fact::Command& f, const Line& l) {
    return f.verb == "wipe_disk" && story.involves(l, node);
  });
  if (wiped != nullptr) {
    telling.trail(wiped, Weight::Point);
    // With an empty disk it leads again, and the others follow it.
    const Line* empty = story.first<fact::BecameLeader>(
        wiped->seq, [&](const auto& f, const Line& l) { return f.partition == r.state.partition && l.node == node; });
    if (empty != nullptr)
      telling.say("why.led_without"_w,
                  {{"broker", story.cluster().info(node).name},
                   {"partition", story.cluster().name(r.state.partition)},
                   {"offset", as<fact::BecameLeader>(*empty).start_offset.value}},
                  empty, Weight::Point);
  } else if (!r.copies.empty()) {
    const Line* silent = story.silence(node, story.end());
    telling.trail(silent, Weight::Point);
    tell_nobody_else(telling, r, silent);
  } else if (const Line* repeated = taken_for_another(story, r)) {
    telling.trail(story.last<fact::BatchFailed>(repeated->seq,
                                                [&](const auto& f, const Line& l) {
                                                  return l.node == r.node && f.partition == r.state.partition &&
                                                         f.error != protocol::ErrorCode::NONE;
                                                }),
                  Weight::Point);
  } else {  // acks=0: no log ever had it
    const Line* acked = acked_line(story, r);
    tell_fault(telling, r, acked == nullptr ? story.silence(r.node, story.end()) : lost_request(story, r, *acked),
               Weight::Point);
  }
}

}  // namespace kafkascope::observe
