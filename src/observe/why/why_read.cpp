// Why a group got a record twice, or never processed it.
#include <algorithm>

#include "cluster/acts.h"
#include "coordinator/transaction_records.h"
#include "observe/why/copies.h"
#include "observe/why/one_record.h"
#include "observe/why/record_transaction.h"
#include "observe/why/why_parts.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_queues.h"
#include "protocol/facts_of_transactions.h"

namespace kafkascope::observe {

using protocol::TopicPartition;
using Line = Story::Line;

void tell_removed_offset(Telling& telling, const Line& removed) {
  const Story& story = telling.story();
  const Line* by = story.back(removed);
  if (by != nullptr && by->kind == sim::trace_kind::kCommand) return telling.trail(&removed, Weight::Point);
  const auto f = as<fact::OffsetCommitted>(removed);
  telling.trail(&removed, Weight::Aside);
  telling.say("why.offset_expired"_w,
              {{"group", f.group.view()},
               {"partition", story.cluster().name(f.partition)},
               {"minutes", config_before(story, removed.node, removed.seq).number("offsets.retention.minutes")}},
              &removed, Weight::Point);
}

std::string reader_name(const Story& story, sim::NodeId node) {
  const std::string group = story.group_of(node);
  return group.empty() ? "@" + story.cluster().info(node).name : group;
}

protocol::Offset handed_at(const Story& story, const Line& l, RecordName record) {
  for (const TraceStore::Handed& handed : story.trace().handed_at(l.seq))
    if (handed.client == record.client && handed.number == record.number) return handed.offset;
  return {};
}

namespace {

struct ReadRecord {
  std::string client, group;
  std::uint32_t number = 0;
  RecordName name;
  TopicPartition tp;
  protocol::Offset offset;  // the first one
  std::uint64_t written = 0;
};

bool alone(const ReadRecord& r) { return r.group.starts_with('@'); }

struct HandedOver {
  const Line* line;
  protocol::Offset offset;
};

/// The record's deliveries to the group's members, oldest first. The log may have the record at several offsets, and
/// may have had another record there.
std::vector<HandedOver> deliveries(const Story& story, const ReadRecord& r) {
  std::vector<HandedOver> all;
  (void)story.first<fact::RecordDelivered>(r.written, [&](const auto& f, const Line& l) {
    if (f.group == r.group && f.partition == r.tp)
      if (const protocol::Offset offset = handed_at(story, l, r.name); offset.known()) all.push_back({&l, offset});
    return false;  // all of them
  });
  return all;
}

/// The abort of the transaction in which the reader would have committed the record's offset: the first abort since the
/// reader got the record, unless a commit came before it. Null: the reader has no transactions, or none was aborted.
const Line* aborted_commit(const Story& story, const ReadRecord& r, const Line& first, std::uint64_t until) {
  const Line* aborted = story.first<fact::TransactionState>(first.seq, [&](const auto& f, const Line&) {
    return f.to == static_cast<std::int64_t>(coordinator::TransactionState::PrepareAbort) &&
           story.client_with_transactions(f.transactional_id.view()) == first.node;
  });
  if (aborted == nullptr || aborted->seq >= until) return nullptr;
  const Line* committed = story.first<fact::OffsetCommitted>(first.seq, [&](const auto& f, const Line&) {
    return f.group == r.group && f.partition == r.tp && f.offset > r.offset;
  });
  return committed != nullptr && committed->seq < aborted->seq ? nullptr : aborted;
}

/// What made the reader's transaction fail after it got the record, up to that abort: its first failed batch, or the
/// abort itself.
const Line& failed_in(const Story& story, const Line& first, const Line& aborted) {
  const Line* failed =
      story.first<fact::BatchFailed>(first.seq, [&](const auto&, const Line& l) { return l.node == first.node; });
  return failed != nullptr && failed->seq < aborted.seq ? *failed : aborted;
}

/// Tells how far the group had committed, if known, when it read on from `position`.
bool tell_stand(Telling& telling, const ReadRecord& r, const Line* aborted, const Line* position, const Line* commit) {
  const Story& story = telling.story();
  const std::string partition = story.cluster().name(r.tp);
  if (aborted != nullptr) {
    const std::int64_t at = as<fact::PositionSet>(*position).offset.value;
    telling.say("why.commit_in_transaction"_w, {{"group", r.group}, {"partition", partition}, {"offset", at}}, aborted,
                Weight::Point);
    return true;
  }
  if (commit != nullptr) {
    telling.say("why.commit_stood"_w, {{"group", r.group}, {"offset", as<fact::OffsetCommitted>(*commit).offset.value}},
                commit, Weight::Cause);
    return true;
  }
  if (position == nullptr || as<fact::PositionSet>(*position).reason != fact::PositionReason::Reset || alone(r))
    return false;
  telling.say("why.committed_nothing"_w,
              {{"group", r.group},
               {"partition", partition},
               {"who", story.cluster().info(position->node).name},
               {"offset", as<fact::PositionSet>(*position).offset.value}},
              position, Weight::Point);
  return true;
}

/// The death of the coordinator that had the group when it first got the record, if nothing else led to `line`, at
/// which a member left or a position followed a rebalance: the group was formed anew. Null: the coordinator did not die
/// before that, or the line has another cause.
const Line* lost_coordinator(const Story& story, const ReadRecord& r, const Line& first, const Line* line) {
  if (line == nullptr) return nullptr;
  const Line& root = *story.trail(*line).front();
  if (root.kind == sim::trace_kind::kCommand || is<fact::NodeDied>(root) || is<fact::NodeStarted>(root)) return nullptr;
  const Line* formed = rebalance_before(story, r.group, first.seq);
  return formed == nullptr ? nullptr : story.first<fact::NodeDied>(formed->seq, [&](const auto&, const Line& l) {
    return l.node == formed->node && l.seq < line->seq;
  });
}

/// The commit that put the group's offset back to the record or before it after that delivery; null: the last commit did
/// not go back.
const Line* commit_back(const Story& story, const ReadRecord& r, const Line& first, const Line* commit) {
  if (commit == nullptr || as<fact::OffsetCommitted>(*commit).offset > r.offset) return nullptr;
  const Line* before = story.last<fact::OffsetCommitted>(commit->seq, [&](const auto& f, const Line&) {
    return f.group == r.group && f.partition == r.tp && f.offset > r.offset;
  });
  return before != nullptr && before->seq > first.seq ? commit : nullptr;
}

/// Whether an operator's act made the commit.
bool is_by_act(const Story& story, const Line* commit) {
  const Line* by = commit == nullptr ? nullptr : story.back(*commit);
  return by != nullptr && by->kind == sim::trace_kind::kCommand;
}

/// `again_weight`: the weight of the line that delivers the record again.
void tell_again(Telling& telling, const ReadRecord& r, Weight again_weight) {
  const Story& story = telling.story();
  const auto got = deliveries(story, r);
  if (got.empty()) {  // a queue's message
    const Line* returned = story.last<fact::QueueReturned>(story.end(), [](const auto&, const Line&) { return true; });
    telling.trail(returned, Weight::Point);
    telling.fact(
        story.last<fact::QueueDelivered>(story.end(), [](const auto& f, const Line&) { return f.deliveries > 1; }),
        Weight::Point);
    return;
  }
  const Line* first = got.front().line;
  const Line* again = got.size() > 1 ? got[1].line : first;
  if (again != first && got[0].offset == got[1].offset &&
      tell_shared_again(telling, {r.group, r.tp, got[0].offset}, *first, *again, static_cast<std::int64_t>(got.size())))
    return;
  // The group took the first member's partitions away, because that member was silent.
  const Line* left =
      first->node == again->node
          ? nullptr
          : story.last<fact::GroupMemberLeft>(again->seq, [&](const auto& f, const Line& l) {
              return f.group == r.group && l.seq > first->seq && story.client_of_member(f.member.view()) == first->node;
            });
  const bool twice = got.size() > 1 && got[0].offset != got[1].offset;  // its producer wrote it twice
  const auto tell_first = [&](Weight weight) {
    telling.say("why.got_first"_w, {{"who", story.cluster().info(first->node).name}, {"offset", r.offset.value}}, first,
                weight);
  };
  if (twice) {
    tell_first(Weight::Link);
    tell_twice(telling, {story.cluster().find(r.client).index, r.number});
    telling.say("why.got_copy"_w, {{"who", story.cluster().info(again->node).name}, {"offset", got[1].offset.value}},
                again, again_weight);
    return;
  }
  if (again != first)
    telling.say(alone(r) ? "why.got_again_alone"_w : "why.got_again"_w,
                {{"who", story.cluster().info(again->node).name}, {"offset", r.offset.value}}, again, again_weight);
  const Line* position = story.last<fact::PositionSet>(
      again->seq, [&](const auto& f, const Line& l) { return l.node == again->node && f.partition == r.tp; });
  if (position != nullptr && position->seq < first->seq && again != first) {
    // The consumer read on from its position, although another consumer had taken over the partition meanwhile.
    const Line* away = story.silence(again->node, again->seq);
    if (away == nullptr || away->seq < position->seq)
      away = story.last<fact::NodeStarted>(first->seq, [&](const auto&, const Line& l) {
        return (l.node == first->node || l.node == again->node) && l.time.us > 0;
      });
    tell_first(Weight::Cause);
    telling.trail(away, Weight::Point);
    return;
  }
  const std::uint64_t taken_over = position == nullptr ? again->seq : position->seq;
  const auto of_group = [&](const auto& f, const Line&) { return f.group == r.group && f.partition == r.tp; };
  const Line* commit = story.last<fact::OffsetCommitted>(taken_over, of_group);
  // The group's commits were lost with the log of __consumer_offsets.
  const auto reason = position == nullptr ? fact::PositionReason{} : as<fact::PositionSet>(*position).reason;
  const bool by_commit =
      position != nullptr && (reason == fact::PositionReason::Committed || reason == fact::PositionReason::Reset);
  const auto committed = commit == nullptr ? protocol::Offset{-1} : as<fact::OffsetCommitted>(*commit).offset;
  const Line* lost = by_commit && committed.known() && committed > as<fact::PositionSet>(*position).offset
                         ? loss_in(story, "__consumer_offsets", commit->seq, position->seq)
                         : nullptr;
  // Tells what has kept a partition waiting since the first delivery; a repair is not its cause.
  const auto tell_cause = [&](const Line* line, TopicPartition tp, Weight weight) {
    RecordState state;
    state.partition = tp, state.sent_us = first->time.us;
    tell_fault(telling, {r.client, {}, r.number, state, {}}, line, weight);
  };
  const auto tell_lost = [&] {
    telling.say("why.commits_lost"_w, {{"group", r.group}, {"offset", committed.value}}, commit, Weight::Cause);
    telling.fact(position, Weight::Link);
    tell_cause(lost, place_of(*lost), Weight::Point);
  };
  // The lost commit was beyond the record, so it makes no difference who had read the record and who reads on.
  if (lost != nullptr && committed > r.offset) {
    tell_first(Weight::Link);
    return tell_lost();
  }
  const Line* back = commit_back(story, r, *first, commit);
  const auto tell_back = [&] {
    telling.say("why.commit_went_back"_w,
                {{"group", r.group}, {"offset", as<fact::OffsetCommitted>(*back).offset.value}}, back, Weight::Point);
    telling.trail(back, Weight::Aside);
  };
  // Offsets are reset while no member is active (AdminClient.alterConsumerGroupOffsets): that the readers had been
  // stopped for it is not why they read again.
  if (is_by_act(story, back) && as<fact::OffsetCommitted>(*back).offset.known()) {
    tell_first(Weight::Link);
    return tell_back();
  }
  // The previous owner may have ended between the two reads.
  const Line* ended = story.last<fact::NodeDied>(
      taken_over, [&](const auto&, const Line& l) { return l.node == first->node && l.seq > first->seq; });
  const Line* silent = again->node == first->node ? nullptr : story.hindrance(first->node, taken_over);
  const Line* aborted = position == nullptr ? nullptr : aborted_commit(story, r, *first, position->seq);
  const Line* broken = ended != nullptr || silent != nullptr || aborted != nullptr
                           ? nullptr
                           : lost_coordinator(story, r, *first, left == nullptr ? position : left);
  // Who had the record first matters less than a fault elsewhere.
  const Line* stopped = left != nullptr ? left : ended;
  const bool elsewhere = lost != nullptr || (stopped != nullptr && story.trail(*stopped).size() > 2);
  tell_first(left == nullptr && !elsewhere ? Weight::Cause : Weight::Link);
  telling.trail(broken, Weight::Cause);
  // A member that left while its commit was held back would otherwise have committed before leaving.
  if (left != nullptr)
    telling.trail(held_commit(story, first->node, commit == nullptr ? 0 : commit->seq, left->seq), Weight::Point);
  // Which limit a member broke says more than how far the group had committed.
  tell_cause(left, r.tp, left != nullptr && by_poll_timeout(story, *left) ? Weight::Point : Weight::Cause);
  tell_cause(ended == nullptr && silent != nullptr && silent->seq > first->seq ? silent : ended, r.tp, Weight::Cause);
  // The committed offset went back: it was removed, or a late member committed.
  if (back != nullptr)
    return as<fact::OffsetCommitted>(*back).offset.known() ? tell_back() : tell_removed_offset(telling, *back);
  if (position != nullptr && as<fact::PositionSet>(*position).reason == fact::PositionReason::Seek) {
    telling.trail(position, Weight::Point);
    return;
  }
  if (lost != nullptr) return tell_lost();
  if (commit != nullptr && !as<fact::OffsetCommitted>(*commit).offset.known())
    return tell_removed_offset(telling, *commit);
  if (ended != nullptr)
    telling.fact(held_commit(story, first->node, commit == nullptr ? 0 : commit->seq, ended->seq), Weight::Point);
  // If the first consumer's end or its loss of partitions is told, the position only shows who took over, not why.
  const Weight weight = tell_stand(telling, r, aborted, position, commit) ? Weight::Link : Weight::Point;
  if (aborted != nullptr && !telling.has_root()) {
    const Line& failed = failed_in(story, *first, *aborted);
    tell_cause(&failed, is<fact::BatchFailed>(failed) ? place_of(failed) : r.tp, Weight::Link);
  }
  const bool told = left != nullptr || ended != nullptr || broken != nullptr;
  if (told || (aborted != nullptr && telling.has_root())) telling.fact(position, weight);
  else tell_cause(position, r.tp, weight);
  // A commit that was refused by an act would have been in time, whatever came of the refusal.
  const Line* held = held_commit(story, first->node, commit == nullptr ? 0 : commit->seq, taken_over);
  const auto act = held == nullptr ? std::nullopt : fact_if<fact::Command>(*held);
  if (act && (act->verb == "answer" || !telling.has_root())) telling.trail(held, Weight::Cause);
}

/// The other record that the group got at that offset with that line; nullopt: none.
std::optional<RecordName> other_at(const Story& story, const ReadRecord& r, const Line& handed_over) {
  for (const TraceStore::Handed& handed : story.trace().handed_at(handed_over.seq))
    if (const RecordName other{handed.client, handed.number}; handed.offset == r.offset && other != r.name)
      return other;
  return std::nullopt;
}

/// Whether the group has moved to another place since that line: a reader's position, or a commit after one beyond the
/// offset, went back to the record's offset or before it, or its offsets were reset by hand. What the group did with
/// that offset earlier is then not the reason.
bool placed_anew(const Story& story, const ReadRecord& r, const Line& since) {
  const auto of_group = [&](const auto& f, const Line&) { return f.group == r.group && f.partition == r.tp; };
  const Line* beyond = story.first<fact::OffsetCommitted>(
      since.seq, [&](const auto& f, const Line& l) { return of_group(f, l) && f.offset > r.offset; });
  const Line* behind =
      beyond == nullptr ? nullptr : story.first<fact::OffsetCommitted>(beyond->seq, [&](const auto& f, const Line& l) {
        return of_group(f, l) && f.offset <= r.offset;
      });
  const Line* reset =
      story.last<fact::OffsetsReset>(story.end(), [&](const auto& f, const Line&) { return f.group == r.group; });
  const Line* position = story.first<fact::PositionSet>(since.seq, [&](const auto& f, const Line& l) {
    return f.partition == r.tp && f.offset <= r.offset && reader_name(story, l.node) == r.group;
  });
  const bool by_hand =
      reset != nullptr && reset->seq > since.seq && story.first<fact::OffsetCommitted>(reset->seq, of_group) != nullptr;
  return behind != nullptr || position != nullptr || by_hand;
}

/// Tells, and returns true, if the group's commit was for another record, which stood at that offset until its log lost it.
bool tell_place_of_another(Telling& telling, const ReadRecord& r) {
  const Story& story = telling.story();
  const Line* handed = story.last<fact::RecordDelivered>(story.end(), [&](const auto& f, const Line&) {
    return f.group == r.group && f.partition == r.tp && f.first_offset <= r.offset && r.offset <= f.last_offset;
  });
  const auto found = handed == nullptr ? std::nullopt : other_at(story, r, *handed);
  if (!found || placed_anew(story, r, *handed)) return false;
  const RecordName other = *found;
  const Line* gone = nullptr;  // a power cut rather than a truncation that follows from it
  for (const Copy& copy : story.copies(other.client, other.number)) {
    const Line* l = copy.to == kStillThere || copy.offset != r.offset ? nullptr : story.trace().find(copy.to);
    if (l != nullptr && (gone == nullptr || (is<fact::LogRecovered>(*l) && !is<fact::LogRecovered>(*gone)))) gone = l;
  }
  const Line* commit = story.first<fact::OffsetCommitted>(handed->seq, [&](const auto& f, const Line&) {
    return f.group == r.group && f.partition == r.tp && f.offset > r.offset;
  });
  telling.trail(gone, Weight::Aside);
  telling.say("why.got_another"_w,
              {{"who", story.cluster().info(handed->node).name},
               {"offset", r.offset.value},
               {"other", other.number},
               {"client", story.cluster().info({other.client}).name}},
              handed, Weight::Point);
  if (commit != nullptr)
    telling.say("why.committed_for_another"_w,
                {{"group", r.group},
                 {"commit", as<fact::OffsetCommitted>(*commit).offset.value},
                 {"offset", r.offset.value},
                 {"number", r.number}},
                commit, Weight::Point);
  return true;
}

/// The seq from which the record last lay ahead of the group's readers: a seek may have gone back to before it.
std::uint64_t last_ahead(const Story& story, const ReadRecord& r) {
  const Line* back = story.last<fact::PositionSet>(story.end(), [&](const auto& f, const Line& l) {
    return f.partition == r.tp && f.offset <= r.offset && reader_name(story, l.node) == r.group;
  });
  if (back == nullptr || back->seq < r.written) return r.written;
  const Line* passed = story.first<fact::OffsetCommitted>(back->seq, [&](const auto& f, const Line&) {
    return f.group == r.group && f.partition == r.tp && f.offset > r.offset;
  });
  return passed == nullptr ? r.written : back->seq;
}

/// The line at which the group's next offset left the log, so that its reader's position was reset; null: that did not
/// happen.
const Line* next_offset_gone(const Story& story, const ReadRecord& r, const Line& jumped) {
  if (as<fact::PositionSet>(jumped).reason != fact::PositionReason::OutOfRange) return nullptr;
  const Line* commit = story.last<fact::OffsetCommitted>(
      jumped.seq, [&](const auto& f, const Line&) { return f.group == r.group && f.partition == r.tp; });
  if (commit == nullptr) return nullptr;
  const protocol::Offset next = as<fact::OffsetCommitted>(*commit).offset;
  const Line* gone = story.first<fact::LogStartAdvanced>(
      0, [&](const auto& f, const Line&) { return f.partition == r.tp && f.to > next; });
  return gone != nullptr && gone->seq < jumped.seq ? gone : nullptr;
}

/// The commit beyond the record, by an act, from which the reader began at that position. Null: it began elsewhere, or the
/// group's own reading brought the commit there.
const Line* committed_ahead(const Story& story, const ReadRecord& r, const Line& position) {
  const auto set = as<fact::PositionSet>(position);
  const Line* commit = story.last<fact::OffsetCommitted>(
      position.seq, [&](const auto& f, const Line&) { return f.group == r.group && f.partition == r.tp; });
  if (set.reason != fact::PositionReason::Committed || commit == nullptr ||
      as<fact::OffsetCommitted>(*commit).offset != set.offset)
    return nullptr;
  return is_by_act(story, commit) ? commit : nullptr;
}

/// `commit`: null: none is known.
void say_committed_beyond(Telling& telling, const ReadRecord& r, const Line* commit) {
  const std::int64_t offset = commit == nullptr ? -1 : as<fact::OffsetCommitted>(*commit).offset.value;
  telling.say("why.committed_beyond"_w, {{"group", r.group}, {"offset", offset}}, commit, Weight::Point);
}

void tell_skipped(Telling& telling, const ReadRecord& r) {
  const Story& story = telling.story();
  const auto got = deliveries(story, r);
  if (got.empty() && tell_place_of_another(telling, r)) return;
  if (const Line* settled =
          !got.empty() ? nullptr : story.last<fact::ShareSettled>(story.end(), [&](const auto& f, const Line&) {
            return f.group == r.group && f.partition == r.tp && f.first_offset <= r.offset && r.offset <= f.last_offset;
          })) {  // a share consumer could not read it, and rejected it
    const sim::NodeId member = story.client_of_member(as<fact::ShareSettled>(*settled).member.view());
    telling.fact(
        story.last<fact::ClientError>(
            settled->seq, [&](const auto& f, const Line& l) { return l.node == member && f.partition == r.tp; }),
        Weight::Cause);
    telling.trail(settled, Weight::Point);
    return;
  }
  const std::uint64_t ahead = got.empty() ? last_ahead(story, r) : r.written;
  const Line* commit = story.first<fact::OffsetCommitted>(ahead, [&](const auto& f, const Line&) {
    return f.group == r.group && f.partition == r.tp && f.offset > r.offset;
  });
  if (got.empty()) {
    // No reader ever got the record: the position jumped over it.
    const Line* gone = story.first<fact::LogStartAdvanced>(
        r.written, [&](const auto& f, const Line&) { return f.partition == r.tp && f.to > r.offset; });
    const Line* jumped = story.first<fact::PositionSet>(ahead, [&](const auto& f, const Line& l) {
      return f.partition == r.tp && f.offset > r.offset && reader_name(story, l.node) == r.group;
    });
    if (jumped != nullptr && (commit == nullptr || jumped->seq < commit->seq || gone != nullptr)) {
      if (as<fact::PositionSet>(*jumped).reason == fact::PositionReason::Seek) {
        telling.trail(jumped, Weight::Point);
        return;
      }
      if (const Line* ahead_of_all = committed_ahead(story, r, *jumped)) {
        say_committed_beyond(telling, r, ahead_of_all);
        telling.trail(ahead_of_all, Weight::Aside);
        telling.fact(jumped, Weight::Point);
        return;
      }
      // The record itself may still be there: then the reset to the end passes over it.
      if (gone == nullptr || gone->seq >= jumped->seq) gone = next_offset_gone(story, r, *jumped);
      if (gone != nullptr) {
        const Line* silent = story.silence(jumped->node, gone->seq);
        // An operator who deletes records takes them from any group that has not read them.
        if (story.trail(*gone).front()->kind == sim::trace_kind::kCommand) {
          telling.trail(gone, Weight::Point);
          telling.fact(silent, Weight::Link);
        } else {
          telling.trail(silent, Weight::Cause);
          telling.fact(gone, Weight::Point);
        }
        telling.fact(jumped, Weight::Point);
        if (!telling.has_root()) telling.trail(gone, Weight::Aside);
        return;
      }
      telling.trail(jumped, Weight::Point);
      return;
    }
    say_committed_beyond(telling, r, commit);
    telling.trail(commit, Weight::Aside);
    return;
  }
  const Line* last = got.back().line;
  if (tell_shared_skipped(telling, {r.group, r.tp, got.back().offset}, *last)) return;
  telling.say("why.got_first"_w, {{"who", story.cluster().info(last->node).name}, {"offset", r.offset.value}}, last,
              Weight::Cause);
  if (commit != nullptr) say_committed_beyond(telling, r, commit);
  // What prevented the processing: the reader's end, a seek past the record, a partition that was taken away.
  const Line* end =
      story.first<fact::NodeDied>(last->seq, [&](const auto&, const Line& l) { return l.node == last->node; });
  const Line* seek = story.first<fact::PositionSet>(last->seq, [&](const auto& f, const Line& l) {
    return l.node == last->node && f.partition == r.tp && f.offset > r.offset && f.reason == fact::PositionReason::Seek;
  });
  const Line* taken =
      story.first<fact::PartitionsRevoked>(last->seq, [&](const auto&, const Line& l) { return l.node == last->node; });
  const Line* lost =
      story.first<fact::PartitionsLost>(last->seq, [&](const auto&, const Line& l) { return l.node == last->node; });
  const Line* why = nullptr;
  for (const Line* l : {end, seek, taken, lost})
    if (l != nullptr && (why == nullptr || l->seq < why->seq)) why = l;
  // The reason why a reader stalled matters more than what it lost as a result.
  telling.trail(why, why != nullptr && (why == taken || why == lost) && story.trail(*why).size() > 1 ? Weight::Link
                                                                                                     : Weight::Point);
}

Question question_of(const ReadRecord& r, std::string_view fate) {
  if (fate == "aborted_visible" && alone(r))
    return asks("why.q_aborted_read_alone"_w,
                {{"client", r.client}, {"number", r.number}, {"reader", r.group.substr(1)}});
  if (fate == "aborted_visible")
    return asks("why.q_aborted_read"_w, {{"client", r.client}, {"number", r.number}, {"group", r.group}});
  if (fate == "uncommitted_read" && alone(r))
    return asks("why.q_uncommitted_alone"_w,
                {{"client", r.client}, {"number", r.number}, {"reader", r.group.substr(1)}});
  if (fate == "uncommitted_read")
    return asks("why.q_uncommitted"_w, {{"client", r.client}, {"number", r.number}, {"group", r.group}});
  if (alone(r))  // it commits nothing, so nothing counts as skipped
    return asks(fate == "redelivered" ? "why.q_redelivered_alone"_w : "why.q_before_reader"_w,
                {{"client", r.client}, {"number", r.number}, {"reader", r.group.substr(1)}});
  return asks(fate == "redelivered" ? "why.q_redelivered"_w
              : fate == "skipped"   ? "why.q_skipped"_w
                                    : "why.q_before_group"_w,
              {{"client", r.client}, {"number", r.number}, {"group", r.group}});
}

/// Tells that the record was read before its transaction was decided, or after the transaction was aborted: by a reader
/// of uncommitted records, or by a reader of committed records that was not told of the abort.
void tell_uncommitted(Telling& telling, const ReadRecord& r, const std::vector<Copy>& copies, sim::NodeId producer) {
  const Story& story = telling.story();
  const ItsTransaction transaction = transaction_of(story, copies);
  const Story::Line* read = story.first<fact::RecordDelivered>(r.written, [&](const auto& f, const auto& l) {
    return f.partition == r.tp && reader_name(story, l.node) == r.group && handed_at(story, l, r.name).known();
  });
  const std::string& who = read == nullptr ? r.group : story.cluster().info(read->node).name;
  const bool open = transaction.end == nullptr || transaction.end->seq > (read == nullptr ? 0 : read->seq);
  const cluster::ClientSpec* spec = read == nullptr ? nullptr : story.declared(read->node);
  const bool shares = spec != nullptr && spec->kind == cluster::ClientKind::ShareConsumer;  // its group has the setting
  const bool own_setting =
      spec != nullptr && (spec->kind == cluster::ClientKind::Consumer || spec->kind == cluster::ClientKind::Transform);
  const bool committed = own_setting ? spec->config.text("isolation.level") == "read_committed"
                                     : ClusterView(story.cluster()).reads_committed(r.group);
  if (!open && committed) return tell_read_aborted(telling, transaction, copies, read);
  telling.say(open ? (shares ? "why.read_while_open_share"_w : "why.read_while_open"_w)
                   : (shares ? "why.read_though_aborted_share"_w : "why.read_though_aborted"_w),
              {{"reader", who}, {"partition", story.cluster().name(r.tp)}, {"offset", r.offset.value}}, read,
              Weight::Point, who);
  tell_end(telling, transaction, producer);
}

}  // namespace

std::optional<Answer> why_read(const Story& story, const std::string& path, std::int32_t client, std::uint32_t number,
                               std::string_view fate, const std::string& group) {
  const RecordState* state = story.moment().observation.ledger().record(client, number);
  if (state == nullptr) return std::nullopt;
  ReadRecord r{
      story.cluster().info({client}).name, group, number, {client, number}, state->partition, protocol::Offset{-1}, 0};
  const auto copies = story.copies(client, number);
  if (!copies.empty()) r.tp = copies.front().tp, r.offset = copies.front().offset, r.written = copies.front().from;
  Telling telling(story, path, question_of(r, fate));
  WrittenRecord written{{client, number}, r.tp, r.written, group};
  // The record's place now: after a loss it may have been written again elsewhere.
  const auto there =
      std::find_if(copies.begin(), copies.end(), [](const Copy& copy) { return copy.to == kStillThere; });
  if (fate == "skipped" && there != copies.end()) r.offset = there->offset, r.written = there->from;
  if (fate == "redelivered") {
    const bool again = tell_written(telling, written, Weight::Link);
    tell_again(telling, r, again ? Weight::Link : Weight::Point);  // a repeated write implies a repeated delivery
  } else if (fate == "skipped") {
    tell_skipped(telling, r);
    tell_unwritten(telling, written);
  } else if (fate == "uncommitted_read" || fate == "aborted_visible") {
    tell_uncommitted(telling, r, copies, {client});
  } else {
    const auto here = [&](const auto& f, const Line&) { return f.partition == r.tp && f.group.view() == group; };
    const Line* set = story.first<fact::PositionSet>(
        0, [&](const auto& f, const Line& l) { return f.partition == r.tp && reader_name(story, l.node) == group; });
    // A share group's readers have no positions: the group begins at an offset that share.auto.offset.reset names.
    telling.trail(set != nullptr ? set : story.first<fact::ShareStart>(0, here), Weight::Point);
  }
  if (telling.empty()) return std::nullopt;
  return telling.done();
}

}  // namespace kafkascope::observe
