#include "observe/why/why_turn.h"

#include <algorithm>
#include <set>

#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::observe {

using protocol::BrokerId;
using protocol::TopicPartition;
using Line = Story::Line;

namespace {

/// A shorter wait explains nothing that a learner would ask about.
constexpr std::int64_t kLongUs = 300'000;

/// The turn of a Produce whose wait ended when the high watermark of line `copied` passed its records.
std::optional<Turn> ended_by(const Story& story, const Line& written, const Line& copied) {
  Turn turn{&written, &copied, written.node, {}};
  const Line* fetch = story.trace().find(copied.cause);
  if (fetch != nullptr && is<fact::MessageDelivered>(*fetch))
    turn.follower = story.cluster().info(as<fact::MessageDelivered>(*fetch).from).name;
  return turn;
}

/// The last batch of that client that the leader wrote before the line.
const Line* written_before(const Story& story, sim::NodeId client, sim::NodeId leader, std::uint64_t before) {
  return story.last<fact::LogAppended>(before, [&](const auto&, const Line& l) {
    if (l.node != leader) return false;
    const protocol::RecordBatch* batch = story.trace().batch_at(l.seq);
    return batch != nullptr && batch->client == client.index;
  });
}

const Line* passed(const Story& story, const Line& written, std::uint64_t before) {
  const protocol::Offset offset = as<fact::LogAppended>(written).base_offset;
  const Line* line = story.first<fact::HighWatermarkAdvanced>(written.seq, [&](const auto& f, const Line& l) {
    return l.node == written.node && f.partition == place_of(written) && f.from <= offset && offset < f.to;
  });
  return line != nullptr && line->seq < before ? line : nullptr;
}

/// The last offset of a batch; "" if it has only one.
std::string offset_after(const fact::LogAppended& written) {
  return written.last_offset == written.base_offset ? std::string() : std::to_string(written.last_offset.value);
}

}  // namespace

std::map<TopicPartition, std::vector<std::uint64_t>> in_flight(const Story& story, sim::NodeId client, BrokerId leader,
                                                               std::uint64_t sent, std::uint64_t answer) {
  std::map<TopicPartition, std::vector<std::uint64_t>> out;  // the newest first
  (void)story.last<fact::BatchSent>(sent, [&](const auto& f, const Line& l) {
    if (l.node == client && story.leader_at(f.partition, l.seq) == leader) out[f.partition].push_back(l.cause);
    return false;
  });
  for (auto& [partition, causes] : out) {
    const auto ends = [client, tp = partition](const auto& f, const Line& l) {
      return l.node == client && f.partition == tp;
    };
    const std::int64_t ended = story.count<fact::BatchAcked>(answer, ends) +
                               story.count<fact::BatchRetried>(answer, ends) +
                               story.count<fact::BatchFailed>(answer, ends);
    causes.resize(causes.size() - std::min(causes.size(), static_cast<std::size_t>(ended)));
  }
  return out;
}

bool was_full(const Story& story, sim::NodeId client, BrokerId leader, std::uint64_t sent, std::uint64_t answer) {
  std::set<std::uint64_t> requests;
  for (const auto& [partition, causes] : in_flight(story, client, leader, sent, answer))
    requests.insert(causes.begin(), causes.end());
  const cluster::ClientSpec* spec = story.declared(client);
  return spec != nullptr &&
         static_cast<std::int64_t>(requests.size()) >= spec->config.number("max.in.flight.requests.per.connection");
}

const Line* first_send(const Story& story, sim::NodeId client, const Line& handed, const Line& appended) {
  const protocol::RecordBatch* batch = story.trace().batch_at(appended.seq);
  const std::int32_t sequence = batch == nullptr ? -1 : batch->base_sequence;
  const auto its = [&](const fact::BatchSent& f, const Line& l) {
    return l.node == client && f.partition == place_of(appended) && l.seq > handed.seq && l.seq < appended.seq;
  };
  if (sequence >= 0)
    return story.first<fact::BatchSent>(
        handed.seq, [&](const auto& f, const Line& l) { return its(f, l) && f.base_sequence == sequence; });
  // Without sequence numbers, the order of the requests on one connection tells: if no batch is repeated, each is
  // appended in its turn.
  const auto of_partition = [&](const auto& f, const Line& l) {
    return l.node == client && f.partition == place_of(appended);
  };
  if (story.count<fact::BatchRetried>(appended.seq, of_partition) > 0)
    return story.last<fact::BatchSent>(appended.seq,
                                       [&](const auto& f, const Line& l) { return its(f, l) && f.attempt == 0; });
  std::int64_t earlier = story.count<fact::LogAppended>(appended.seq, [&](const auto& f, const Line& l) {
    const protocol::RecordBatch* other = f.partition == place_of(appended) ? story.trace().batch_at(l.seq) : nullptr;
    return other != nullptr && other->client == client.index;
  });
  const Line* sent = story.first<fact::BatchSent>(
      0, [&](const auto& f, const Line& l) { return of_partition(f, l) && earlier-- == 0; });
  return sent != nullptr && its(as<fact::BatchSent>(*sent), *sent) ? sent : nullptr;
}

std::optional<Turn> turn_at_leader(const Story& story, const Line& appended) {
  const protocol::RecordBatch* batch = story.trace().batch_at(appended.seq);
  const Line* copied = story.trace().find(appended.cause);
  if (batch == nullptr || copied == nullptr || !is<fact::HighWatermarkAdvanced>(*copied) ||
      !waits_for_copies(story, {batch->client}))
    return std::nullopt;
  const Line* written = written_before(story, {batch->client}, appended.node, copied->seq);
  // One request may have written to several partitions; the one whose high watermark moved held the request up.
  while (written != nullptr && passed(story, *written, copied->seq + 1) != copied) {
    const Line* other = written_before(story, {batch->client}, appended.node, written->seq);
    if (other == nullptr || other->cause != written->cause) return std::nullopt;
    written = other;
  }
  return written == nullptr ? std::nullopt : ended_by(story, *written, *copied);
}

std::optional<Turn> turn_to_send(const Story& story, const Line& sent) {
  const Line* acked = story.trace().find(sent.cause);
  if (acked == nullptr || !waits_for_copies(story, sent.node) || !is<fact::BatchAcked>(*acked) ||
      acked->node != sent.node)
    return std::nullopt;
  const auto& f = as<fact::BatchAcked>(*acked);
  const BrokerId leader = story.leader_at(f.partition, acked->seq);
  if (!was_full(story, sent.node, leader, sent.seq, acked->seq)) return std::nullopt;
  const Line* written = story.last<fact::LogAppended>(acked->seq, [&](const auto& a, const Line&) {
    return a.partition == f.partition && a.base_offset == f.base_offset;
  });
  const Line* copied = written == nullptr ? nullptr : passed(story, *written, acked->seq);
  return copied == nullptr ? std::nullopt : ended_by(story, *written, *copied);
}

std::optional<Turn> turn_now(const Story& story, sim::NodeId client, sim::NodeId leader) {
  const Line* written = waits_for_copies(story, client) ? written_before(story, client, leader, story.end()) : nullptr;
  if (written == nullptr || passed(story, *written, story.end()) != nullptr) return std::nullopt;
  return Turn{written, nullptr, leader, {}};
}

TurnTold turn_told(const Story& story, const RecordName& record, const WayIn& way, const std::string& holder) {
  if (way.handed == nullptr || way.sent == nullptr || way.appended == nullptr) return {};
  const std::int64_t before = (way.sent->time - way.handed->time).us, there = (way.appended->time - way.sent->time).us;
  const bool sending = before > there;
  if (std::max(before, there) < kLongUs) return {};
  const std::optional<Turn> turn = sending ? turn_to_send(story, *way.sent) : turn_at_leader(story, *way.appended);
  if (!turn) return {};
  const auto& written = as<fact::LogAppended>(*turn->written);
  const cluster::ClientSpec* spec = story.declared(way.sent->node);
  const std::int64_t most = spec == nullptr ? 0 : spec->config.number("max.in.flight.requests.per.connection");
  words::Message message(sending ? "why.turn_to_send"_w : "why.turn_at_leader"_w,
                         {{"client", story.cluster().info({record.client}).name},
                          {"number", record.number},
                          {"leader", story.cluster().info(turn->leader).name},
                          {"seconds", lasting(sending ? before : there)},
                          {"partition", story.cluster().name(written.partition)},
                          {"from", written.base_offset.value},
                          {"to", offset_after(written)},
                          {"since", in_seconds(turn->written->time.us)},
                          {"follower", turn->follower},
                          {"holder", turn->follower.empty() ? holder : std::string()}});
  if (sending) message.add("most", std::to_string(most));
  return {std::move(message), sending ? way.sent : way.appended, turn->written};
}

words::Message queued_now(const Story& story, const RecordName& record, TopicPartition tp) {
  const sim::NodeId leader = story.broker_node(story.leader_at(tp, story.end()));
  if (!leader.valid() || is_silent(story, leader)) return {};
  const std::optional<Turn> turn = turn_now(story, {record.client}, leader);
  if (!turn) return {};
  const auto& written = as<fact::LogAppended>(*turn->written);
  return words::Message("why.waits_queued"_w, {{"leader", story.cluster().info(leader).name},
                                               {"client", story.cluster().info({record.client}).name},
                                               {"number", record.number},
                                               {"partition", story.cluster().name(written.partition)},
                                               {"from", written.base_offset.value},
                                               {"to", offset_after(written)},
                                               {"since", in_seconds(turn->written->time.us)}});
}

std::optional<WhyStep> turn_of_record(const Story& story, const RecordName& record, TopicPartition tp) {
  const Line* handed = story.last<fact::RecordSent>(story.end(), [&](const auto& f, const Line& l) {
    return l.node.index == record.client && f.number == record.number;
  });
  if (handed == nullptr) return std::nullopt;
  const Line* appended = nullptr;
  for (const Copy& copy : story.copies(record.client, record.number))
    if (const Line* l = story.trace().find(copy.from); appended == nullptr && l != nullptr && is<fact::LogAppended>(*l))
      appended = l;
  if (appended == nullptr) {
    const words::Message message = queued_now(story, record, tp);
    if (message.empty()) return std::nullopt;
    return WhyStep{both(message), message.key(), 0, story.cluster().now(), {}, WhyStep::World::This};
  }
  const Line* sent = first_send(story, {record.client}, *handed, *appended);
  const TurnTold told = turn_told(story, record, {handed, sent, appended}, {});
  if (told.message.empty()) return std::nullopt;
  return WhyStep{
      both(told.message),  told.message.key(), told.line->seq, told.line->time, subject_of(story, *told.line),
      WhyStep::World::This};
}

}  // namespace kafkascope::observe
