// The step back from an event of a group to what led to it.
#include <algorithm>
#include <set>

#include "client/transaction_states.h"
#include "cluster/acts.h"
#include "cluster/verbs.h"
#include "coordinator/group_coordinator_shard.h"
#include "coordinator/transaction_records.h"
#include "observe/why/coordinators.h"
#include "observe/why/errors.h"
#include "observe/why/story.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_quorum.h"
#include "protocol/facts_of_transactions.h"

namespace kafkascope::observe {

using protocol::BrokerId;
using protocol::TopicPartition;
using Line = Story::Line;

namespace {

/// The death of the coordinator that had the group, if the joining member was in the group: after it no broker knew the
/// group.
const Line* back_of_new_life(const Story& story, const Line& l) {
  const auto r = as<fact::GroupRebalance>(l);
  const auto of_group = [&](const auto& f, const Line&) { return f.group == r.group.view(); };
  const Line* died = story.last<fact::NodeDied>(l.seq, [&](const auto&, const Line& x) {
    return story.last<fact::GroupRebalance>(
               x.seq, [&](const auto& f, const Line& y) { return of_group(f, y) && y.node == x.node; }) != nullptr;
  });
  if (died == nullptr || r.member.empty()) return nullptr;
  const Line* joined = story.last<fact::GroupMemberJoined>(died->seq, [&](const auto& f, const Line& x) {
    return of_group(f, x) && story.client_of_member(f.member.view()) == story.client_of_member(r.member.view());
  });
  return joined != nullptr ? died : nullptr;
}

/// The election since the previous rebalance that made this rebalance's broker the group's coordinator.
const Line* election_of_coordinator(const Story& story, std::string_view group, const Line* since,
                                    const Line& rebalance) {
  const TopicPartition tp = coordinating_partition(story, group, coordinator::kOffsetsTopic);
  const Line* elected = story.last<fact::LeaderElected>(rebalance.seq, [&](const auto& f, const Line&) {
    return f.partition == tp && story.broker_node(f.leader) == rebalance.node;
  });
  return elected != nullptr && (since == nullptr || elected->seq > since->seq) ? elected : nullptr;
}

}  // namespace

bool by_poll_timeout(const Story& story, const Line& left) {
  const auto f = as<fact::GroupMemberLeft>(left);
  if (f.said == "consumer poll timeout has expired.") return true;
  const sim::NodeId client = story.client_of_member(f.member.view());
  const cluster::ClientSpec* spec = story.declared(client);
  if (f.reason != fact::GroupReason::Left || !f.said.empty() || spec == nullptr) return false;
  if (spec->kind != cluster::ClientKind::Consumer && spec->kind != cluster::ClientKind::Transform) return false;
  const Line* polled =
      story.last<fact::RecordDelivered>(left.seq, [&](const auto&, const Line& l) { return l.node == client; });
  return polled != nullptr &&
         (left.time - polled->time).us >=
             client_config(story, client, left.seq).number("max.poll.interval.ms") * 1000 &&
         story.act_on(client, {"stop", "unsubscribe", "subscribe"}, left.seq, polled->seq) == nullptr &&
         refused_before(story, client, left.seq) == nullptr;
}

const Line* held_commit(const Story& story, sim::NodeId client, std::uint64_t since, std::uint64_t before) {
  return story.last<fact::Command>(before, [&](const fact::Command& f, const Line& l) {
    if ((f.verb != "hold" && f.verb != "lose" && f.verb != "answer") || l.seq < since) return false;
    const NumberedCommand* act = story.command_of(l);
    const auto* messages = act == nullptr ? nullptr : act->command.get_if<cluster::act::Messages>();
    const auto* answer = act == nullptr ? nullptr : act->command.get_if<cluster::act::Answer>();
    const std::string api = messages != nullptr ? messages->api : answer != nullptr ? answer->api : std::string();
    const bool anybody = answer != nullptr && answer->from.empty();
    return (api == "OffsetCommit" || api == "TxnOffsetCommit") && (anybody || story.involves(l, client));
  });
}

const Line* Story::change_of_topics(std::string_view group, std::uint64_t before) const {
  const auto reads = [&](std::string_view topic) {
    for (std::size_t i = 0; i < cluster().nodes().size(); ++i)
      if (const sim::NodeId node{static_cast<std::int32_t>(i)}; group_of(node) == group && is_of_client(node, topic))
        return true;
    return false;
  };
  // A pattern names no topic, so any topic counts.
  for (const bool any : {false, true}) {
    const auto its = [&](const auto& f, const Line& l) {
      return l.time.us > 0 && (any || reads(cluster().topic_name(f.partition.topic)));
    };
    if (const Line* found = latest({last<fact::PartitionAdded>(before, its), last<fact::TopicCreated>(before, its),
                                    last<fact::TopicDeleted>(before, [&](const auto& f, const Line& l) {
                                      return l.time.us > 0 && (any || reads(f.topic.view()));
                                    })}))
      return found;
  }
  return nullptr;
}

namespace {

/// The line at which the member that left had joined; null: it joined before the trace begins.
const Line* joining_of(const Story& story, const Line& left) {
  const auto member = as<fact::GroupMemberLeft>(left).member;
  return story.last<fact::GroupMemberJoined>(left.seq, [&](const auto& f, const Line&) { return f.member == member; });
}

/// The traffic that a member which left should have had: that of its membership or, if its poll timeout expired, that
/// of its application.
unsigned awaited_by(const Story& story, const Line& left) {
  return is<fact::GroupMemberLeft>(left) && by_poll_timeout(story, left) ? traffic::kClients : traffic::kGroups;
}

/// The session timeout that made the member leave; an empty search: it left for another reason.
Search session_of(const Story& story, sim::NodeId client, const Line& left) {
  const auto f = fact_if<fact::GroupMemberLeft>(left);
  const cluster::ClientSpec* spec = story.declared(client);
  if (!f || f->reason != fact::GroupReason::SessionTimeout || spec == nullptr) return {};
  if (spec->kind == cluster::ClientKind::ShareConsumer) return {};
  const protocol::Config own = client_config(story, client, left.seq);
  const bool by_brokers = !story.cluster().under_zookeeper() && own.text("group.protocol") == "consumer";
  const auto ms = [&](const std::string& key) {
    return by_brokers ? group_setting(story, f->group.view(), "consumer." + key, left.seq).value : own.number(key);
  };
  const auto timeout = number_in(story.moment().observation.member_lines().limit_at(left.seq).ms);
  return Search().timed_out(timeout ? *timeout : ms("session.timeout.ms"), ms("heartbeat.interval.ms"));
}

/// The client's silence before the member left. A silence that had ended when the member joined belongs to an earlier
/// process.
const Line* silence_of_member(const Story& story, sim::NodeId client, const Line& left) {
  const Line* silent = story.silence(client, left.seq, session_of(story, client, left).of(awaited_by(story, left)));
  const Line* joined = silent == nullptr ? nullptr : joining_of(story, left);
  return joined != nullptr && is_of_earlier_process(story, *silent, joined->seq) ? nullptr : silent;
}

/// The death of the process that joined as this member; null: it lives, or joined before the trace begins.
const Line* death_of_member(const Story& story, sim::NodeId client, const Line& left) {
  const Line* joined = joining_of(story, left);
  const Line* died = joined == nullptr ? nullptr
                                       : story.first<fact::NodeDied>(
                                             joined->seq, [&](const auto&, const Line& l) { return l.node == client; });
  return died != nullptr && died->seq < left.seq ? died : nullptr;
}

/// The act that sent the record on which the application works while its member's max.poll.interval.ms runs out: the
/// first record that it got since the member joined and has not processed. Null: no act sent that record.
const Line* act_of_slow_record(const Story& story, sim::NodeId client, const Line& left) {
  const auto member = as<fact::GroupMemberLeft>(left).member;
  const Line* joined =
      story.last<fact::GroupMemberJoined>(left.seq, [&](const auto& f, const Line&) { return f.member == member; });
  const std::uint64_t since = joined == nullptr ? 0 : joined->seq;
  std::set<std::pair<std::int32_t, std::uint32_t>> done;
  (void)story.last<fact::RecordProcessed>(left.seq, [&](const auto&, const Line& l) {
    if (l.seq >= since && l.node == client)  // records that it finished before the member joined do not count
      for (const TraceStore::Handed& record : story.trace().handed_at(l.seq))
        done.insert({record.client, record.number});
    return l.seq < since;
  });
  TraceStore::Handed at_work;
  (void)story.last<fact::RecordDelivered>(left.seq, [&](const auto&, const Line& l) {
    if (l.seq < since) return true;
    const auto handed = l.node == client ? story.trace().handed_at(l.seq) : std::vector<TraceStore::Handed>{};
    const auto first = std::find_if(handed.begin(), handed.end(), [&](const TraceStore::Handed& record) {
      return !done.contains({record.client, record.number});
    });
    if (first != handed.end()) at_work = *first;
    return false;
  });
  const Line* sent = story.last<fact::RecordSent>(left.seq, [&](const auto& f, const Line& l) {
    return l.node.index == at_work.client && f.number == at_work.number;
  });
  const Line* act = sent == nullptr ? nullptr : story.trail(*sent).front();
  return act != nullptr && is<fact::Command>(*act) ? act : nullptr;
}

/// What has kept the answer to its commitSync() from a consumer that has worked on all records of its last poll and has not
/// called poll() again. Null: it still has such records, or nothing keeps the answer away.
const Line* back_of_blocked_commit(const Story& story, sim::NodeId client, const Line& left) {
  constexpr std::int64_t kUnderWayUs = 500'000;
  const auto own = [&](const auto&, const Line& l) { return l.node == client; };
  const Line *polled = story.last<fact::RecordDelivered>(left.seq, own),
             *done = story.last<fact::RecordProcessed>(left.seq, own);
  if (story.declared(client)->kind != cluster::ClientKind::Consumer || polled == nullptr || done == nullptr ||
      done->seq < polled->seq || place_of(*done) != place_of(*polled) ||
      as<fact::RecordProcessed>(*done).offset != as<fact::RecordDelivered>(*polled).last_offset)
    return nullptr;
  const Search waited = Search().of(traffic::kGroups).timed_out((left.time - done->time).us / 1000, 0);
  for (const Line* silent : {story.silence(client, left.seq, waited.with({left.node})),
                             story.silence(left.node, left.seq, waited.with({client}))})
    if (silent != nullptr && (silent->time - done->time).us <= kUnderWayUs) return silent;  // one that began in time
  return nullptr;
}

/// What kept the member from its group while its time ran out: its own silence, or the silence of a broker whose answer
/// it awaited.
const Line* back_of_absence(const Story& story, sim::NodeId client, const Line& left) {
  const Search session = session_of(story, client, left);
  const Line* died = death_of_member(story, client, left);
  if (died != nullptr && (left.time - died->time).us + session.between_us >= session.timeout_us) return died;
  const cluster::ClientSpec* spec = story.declared(client);
  const bool by_poll = spec != nullptr && is<fact::GroupMemberLeft>(left) && by_poll_timeout(story, left);
  if (const Line* blocked = by_poll ? back_of_blocked_commit(story, client, left) : nullptr) return blocked;
  if (const Line* silent = silence_of_member(story, client, left)) return silent;
  if (spec == nullptr) return nullptr;
  const std::int64_t patience =
      client_config(story, client, left.seq).number(by_poll ? "max.poll.interval.ms" : "session.timeout.ms") * 1000;
  Search asked = Search{client}.of(awaited_by(story, left));
  asked.between_us = session.between_us;
  // The broker's silence must lie within the time that ran out. The coordinator is examined first, then the other
  // brokers: the client asks any broker for its coordinator, and its application may wait for any leader.
  const auto within = [&](sim::NodeId broker) -> const Line* {
    const Line* silent = story.silence(broker, left.seq, asked);
    // A silence that began while the time was already running out is not the reason.
    if (silent != nullptr && (left.time - silent->time).us + session.between_us < session.timeout_us) return nullptr;
    if (silent == nullptr || (left.time - silent->time).us <= patience) return silent;
    const Line* then = story.hindrance(broker, seq_at(story, left.time - sim::microseconds(patience)), asked);
    return then == silent ? silent : nullptr;
  };
  if (const Line* silent = within(left.node)) return silent;
  const Line* found = nullptr;
  for (const auto& broker : story.cluster().spec().brokers)
    found = latest({found, within(story.broker_node(broker.id))});
  return found == nullptr && by_poll ? act_of_slow_record(story, client, left) : found;
}

/// Whether the client is one of Kafka 2.5, which gives no reason when it joins again, and gives partitions up while the group
/// rebalances: then the group rebalances once more.
bool cooperates_in_2_5(const Story& story, sim::NodeId client) {
  const cluster::ClientSpec* spec = story.declared(client);
  return spec != nullptr && story.cluster().under_zookeeper() &&
         spec->config.text("partition.assignment.strategy").ends_with("CooperativeStickyAssignor");
}

/// Whether the reason with which the member joined again has these words; Kafka's client sends it as text (KIP-800).
bool gives_as_reason(const fact::GroupRebalance& rebalance, std::string_view words) {
  return rebalance.said.view().find(words) != std::string_view::npos;
}

/// The change of topics, if it is why the leader joined again: it says so, or it is of Kafka 2.5, gives no reason, and the
/// change has come since the rebalance before. Null: it is not.
const Line* seen_by_leader(const Story& story, const Line& rebalance, const Line* change) {
  const auto r = as<fact::GroupRebalance>(rebalance);
  if (change == nullptr) return nullptr;
  if (!r.said.empty()) return gives_as_reason(r, "metadata") ? change : nullptr;
  const Line* before = rebalance_before(story, r.group.view(), rebalance.seq);
  return before == nullptr || change->seq > before->seq ? change : nullptr;
}

/// Why the client joins its group again, after its last member left or was lost with the group, or while that one is still there:
/// it has come back, has subscribed again, or an act made the coordinator answer that it does not know the member. Null: none.
const Line* back_of_joining_again(const Story& story, const Line& joined, sim::NodeId client, const Line* start) {
  const auto group = as<fact::GroupMemberJoined>(joined).group;
  const auto before = [&](const auto& f, const Line& l) {
    return f.group == group.view() && (start == nullptr || l.seq > start->seq) &&
           story.client_of_member(f.member.view()) == client;
  };
  const Line *left = story.last<fact::GroupMemberLeft>(joined.seq, before),
             *last = story.last<fact::GroupMemberJoined>(joined.seq, before);
  if (!client.valid() || last == nullptr) return nullptr;
  // A group that is lost with its log leaves no line of its members' leaving.
  const Line* away = left != nullptr ? left : loss_in(story, "__consumer_offsets", last->seq, joined.seq);
  const Line* again =
      away == nullptr
          ? nullptr
          : latest({story.back_again(client, joined.seq), story.act_on(client, {"subscribe"}, joined.seq, away->seq)});
  if (again != nullptr && again->seq > away->seq && (left != nullptr || story.hindrance(client, again->seq) != nullptr))
    return again;
  const Line* forgotten = story.last<fact::ClientError>(joined.seq, [&](const auto& f, const Line& l) {
    return l.node == client && l.seq > last->seq && f.error == protocol::ErrorCode::UNKNOWN_MEMBER_ID &&
           story.injected(f.error, f.partition, client, l.seq) != nullptr;
  });
  // Without an act it comes back because it had been put out.
  return forgotten != nullptr || latest({left, last}) != left ? forgotten : left;
}

}  // namespace

const Line* rebalance_before(const Story& story, std::string_view group, std::uint64_t before) {
  return story.last<fact::GroupRebalance>(before, [&](const auto& f, const Line&) { return f.group == group; });
}

const Line* Story::back_of_group(const Line& l) const {
  const auto begun = [&](sim::NodeId client, std::uint64_t before) { return start_before(*this, client, before); };
  if (const auto left = fact_if<fact::GroupMemberLeft>(l)) {
    const sim::NodeId client = client_of_member(left->member.view());
    switch (left->reason) {
      case fact::GroupReason::SessionTimeout:
      case fact::GroupReason::NoRejoinInTime:
      case fact::GroupReason::NoSyncInTime:
      case fact::GroupReason::NotRevokedInTime: return back_of_absence(*this, client, l);
      default: {
        if (const Line* thrown = refused_before(*this, client, l.seq)) return thrown;
        const Line* led = climb(l);
        if (led != nullptr) return led;
        const Line* start = begun(client, l.seq);
        const Line* asked =
            act_on(client, {"stop", "unsubscribe", "subscribe", "seek"}, l.seq, start == nullptr ? 0 : start->seq);
        // Otherwise max.poll.interval.ms has passed: the application is slow.
        const Line* silent = back_of_absence(*this, client, l);
        return asked != nullptr && (silent == nullptr || asked->seq > silent->seq) && !by_poll_timeout(*this, l)
                   ? asked
                   : silent;
      }
    }
  }
  if (const auto joined = fact_if<fact::GroupMemberJoined>(l)) {
    const sim::NodeId client = client_of_member(joined->member.view());
    const Line* start = begun(client, l.seq);
    if (const Line* again = back_of_joining_again(*this, l, client, start)) return again;
    return start != nullptr && start->time.us > 0 ? start : nullptr;
  }
  if (const auto r = fact_if<fact::GroupRebalance>(l)) {
    const auto same_member = [&](const auto& f, const Line& x) {
      return f.group == r->group.view() &&
             (r->member.empty() || without_member_uuids(f.member.view()) == without_member_uuids(r->member.view())) &&
             x.seq < l.seq;
    };
    if (r->member_left) return last<fact::GroupMemberLeft>(l.seq, same_member);
    if (gives_as_reason(*r, "subscription has changed"))
      if (const Line* asked = act_on(client_of_member(r->member.view()), {"subscribe"}, l.seq)) return asked;
    switch (r->reason) {
      case fact::GroupReason::Joined:
      case fact::GroupReason::JoinedAgain:
      case fact::GroupReason::NewerMemberJoined:
      case fact::GroupReason::StaticCameBack: {
        const Line* start = begun(client_of_member(r->member.view()), l.seq);
        if (start != nullptr && start->time.us > 0) {
          const Line* before = rebalance_before(*this, r->group.view(), l.seq);
          if (before == nullptr || before->seq < start->seq) return start;
        }
        // The member has left after its start, and now comes back.
        if (const Line* away = last<fact::GroupMemberLeft>(l.seq, same_member);
            away != nullptr && (start == nullptr || away->seq > start->seq)) {
          const Line* asked = act_on(client_of_member(r->member.view()), {"subscribe"}, l.seq, away->seq);
          return asked != nullptr ? asked : away;
        }
        const sim::NodeId client = client_of_member(r->member.view());
        const Line* joined = last<fact::GroupMemberJoined>(l.seq, [&](const auto& f, const Line&) {
          return f.group == r->group.view() && client_of_member(f.member.view()) == client;
        });
        if (joined != nullptr)
          if (const Line* again = back_of_joining_again(*this, *joined, client, start)) return again;
        if (start != nullptr && start->time.us > 0 && r->reason != fact::GroupReason::JoinedAgain) return start;
        break;
      }
      case fact::GroupReason::NewMetadata:
        // The second half of a cooperative rebalance: partitions given up in the first half find their new owners.
        if (gives_as_reason(*r, "revoke") ||
            (r->said.empty() && cooperates_in_2_5(*this, client_of_member(r->member.view()))))
          return rebalance_before(*this, r->group.view(), l.seq);
        break;
      case fact::GroupReason::TopicChanged:
      case fact::GroupReason::RegexChanged:
        if (const Line* changed = change_of_topics(r->group.view(), l.seq)) return changed;
        break;
      case fact::GroupReason::LeaderJoinedAgain:  // the classic protocol: it saw other partitions, or gives some up
        if (gives_as_reason(*r, "revoke")) return rebalance_before(*this, r->group.view(), l.seq);
        if (const Line* changed = seen_by_leader(*this, l, change_of_topics(r->group.view(), l.seq))) return changed;
        break;
      default: break;
    }
    // A member left during the same rebalance. Changes by a former coordinator to its own copy of the group do not
    // count.
    const Line* since = rebalance_before(*this, r->group.view(), l.seq);
    const Line* gone = last<fact::GroupMemberLeft>(
        l.seq, [&](const auto& f, const Line& x) { return f.group == r->group.view() && x.node == l.node; });
    if (gone != nullptr && (since == nullptr || gone->seq > since->seq)) return gone;
    // The member's join was under way when the connection to the coordinator ended, so it joins at the next
    // coordinator.
    if (r->reason == fact::GroupReason::LeaderJoinedAgain)
      if (const Line* elected = election_of_coordinator(*this, r->group.view(), since, l)) return elected;
    const Line* led = climb(l);
    return led != nullptr ? led : back_of_new_life(*this, l);
  }
  return nullptr;
}

}  // namespace kafkascope::observe
