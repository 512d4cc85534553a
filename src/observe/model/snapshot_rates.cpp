// From the messages that have ended: the lost ones, responses with errors, and what single dots do not show: the rate
// and size of Produce requests from a client to a broker, and how often a program is called.
#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "observe/model/crossing_messages.h"
#include "observe/model/snapshot_parts.h"
#include "observe/time/interest.h"
#include "protocol/apis.h"
#include "protocol/messages_data.h"
#include "protocol/trace_code.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::observe::snapshot_parts {

void add_produce_rates(const Moment& m, Snapshot& s) {
  constexpr std::int64_t kWindowUs = 1'000'000, kShortestUs = 100'000;
  constexpr std::size_t kMostLooked = 20'000;  // messages; they take well under a millisecond
  const Crossings& ended = m.observation.crossings();
  const std::size_t from = ended.first_from(s.time_us - kWindowUs);
  if (ended.size() - from > kMostLooked) return;
  struct Seen {
    std::int64_t requests = 0, records = 0;  // records: of all requests but the first
    std::int64_t first_us = 0, last_us = 0;
    std::map<int, int> to;  // requests by receiver
  };
  std::map<int, Seen> seen;  // by sender
  for (std::size_t i = from; i < ended.size() && ended[i].ended_us <= s.time_us; ++i) {
    const Crossing& c = ended[i];
    if (c.code != protocol::trace_code(protocol::api::Produce)) continue;
    Seen& of = seen[c.from.index];
    if (of.requests == 0) of.first_us = c.ended_us;
    else of.records += c.facts.records;
    of.last_us = c.ended_us;
    ++of.requests;
    ++of.to[c.to.index];
  }
  for (const auto& [sender, of] : seen) {
    // The rate is measured from the first request to the last. A short burst is not a rate, nor are requests that ended
    // a while ago. The first request begins the time measured: its records, which may have gathered before it, are not
    // counted.
    const std::int64_t after = of.requests - 1;
    const std::int64_t between = (of.last_us - of.first_us) / std::max<std::int64_t>(after, 1);
    if (after < 2 || s.time_us - of.first_us < kShortestUs ||
        s.time_us - of.last_us > std::max(3 * between, kShortestUs))
      continue;
    const std::int64_t span = std::max(of.last_us - of.first_us, kShortestUs);
    const auto most =
        std::max_element(of.to.begin(), of.to.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    s.produce_rates.push_back(
        {sender, most->first, (after * 1'000'000 + span / 2) / span, (of.records * 10 + after / 2) / after});
  }
}

namespace {
/// Calls take(crossing), the newest first, for what has ended since `from_us`, until take returns false.
template <class Take>
void each_ended_since(const Moment& m, const Snapshot& s, std::int64_t from_us, const Take& take) {
  constexpr std::size_t kMostLooked = 20'000;
  const Crossings& ended = m.observation.crossings();
  const std::size_t from = ended.first_from(from_us);
  for (std::size_t i = ended.size(), n = 0; i-- > from && n < kMostLooked; ++n)
    if (ended[i].ended_us <= s.time_us && !take(ended[i])) return;
}
}  // namespace

void find_sequences(const Moment& m, const Snapshot& s, std::vector<RefusedProduce> refused,
                    const std::function<void(std::size_t, std::int64_t)>& tell) {
  if (refused.empty()) return;
  each_ended_since(m, s, 0, [&](const Crossing& c) {
    if (c.code != protocol::trace_code(protocol::api::Produce)) return true;
    std::erase_if(refused, [&](const RefusedProduce& r) {
      // Each process of a client counts its requests from 1.
      const bool its = c.from == r.client && c.to == r.broker && c.facts.correlation_id == r.correlation_id &&
                       c.ended_us <= r.answered_us;
      if (its) tell(r.response, c.facts.number);
      return its;
    });
    return !refused.empty();
  });
}

std::int64_t calls_in_the_last_second(const Moment& m, const Snapshot& s, sim::NodeId node) {
  constexpr std::int64_t kSecondUs = 1'000'000;
  const auto is_call = [](std::uint16_t code) {
    return !protocol::is_response(code) && protocol::name(protocol::api_of(code)) == "ServiceCall";
  };
  std::int64_t calls = 0;
  each_ended_since(m, s, s.time_us - kSecondUs + 1, [&](const Crossing& c) {
    if (c.to == node && !c.lost && is_call(c.code)) ++calls;
    return true;
  });
  return calls;
}

void add_refused(const Moment& m, const SnapshotOptions& options, Snapshot& s) {
  const std::int64_t window_us = std::max<std::int64_t>(options.passing.read_us, 1'000'000);
  constexpr std::size_t kMost = 8;
  std::vector<RefusedProduce> produced;
  each_ended_since(m, s, s.time_us - window_us, [&](const Crossing& c) {
    if (!c.facts.refused || c.lost || !protocol::is_response(c.code)) return true;
    // In a long window many of one kind would leave no room for another.
    const auto same = [&](const Refused& r) {
      return r.from == c.from.index && r.to == c.to.index && r.error == c.facts.text.view();
    };
    if (s.refused.size() >= kMost && std::any_of(s.refused.begin(), s.refused.end(), same)) return true;
    s.refused.push_back({c.from.index, c.to.index, c.facts.family,
                         std::string(protocol::name(protocol::api_of(c.code))), std::string(c.facts.text.view()),
                         c.ended_us});
    if (c.code == protocol::trace_code(protocol::api::Produce, true))
      produced.push_back({c.to, c.from, c.facts.correlation_id, c.sent_us, s.refused.size() - 1});
    return s.refused.size() < 2 * kMost;
  });
  find_sequences(m, s, std::move(produced),
                 [&](std::size_t response, std::int64_t sequence) { s.refused[response].sequence = sequence; });
}

void add_lost(const Moment& m, const SnapshotOptions& options, Snapshot& s) {
  const std::int64_t window_us = std::max<std::int64_t>(options.passing.read_us, 400'000);
  constexpr std::size_t kMost = 20;
  each_ended_since(m, s, s.time_us - window_us + 1, [&](const Crossing& c) {
    const protocol::ApiKey api = protocol::api_of(c.code);
    if (c.lost)
      s.lost.push_back({c.from.index, c.to.index, family_on_stage(m.cluster, c.facts.family, api, c.from, c.to),
                        protocol::is_response(c.code), c.ended_us, 0.5f, std::string(protocol::name(api)),
                        c.facts.records});
    return s.lost.size() < kMost;
  });
}

void let_messages_linger(const Moment& m, const Names& names, const SnapshotOptions& options, Snapshot& s) {
  constexpr std::size_t kMost = 48;
  const Passing& passing = options.passing;
  const std::int64_t way = passing.seen_us;
  if (way <= 0) return;
  struct First {
    std::int64_t sent_us;
    Message* under_way;  // null: it has arrived
    const Crossing* arrived;
  };
  // Those that carry no records first: they are the seldom ones.
  std::map<std::tuple<bool, int, int, std::uint16_t, bool>, First> first;
  const auto take = [&](bool records, int from, int to, std::uint16_t code, const First& message) {
    if (message.sent_us < passing.before_us) return;
    const bool now = message.sent_us >= passing.stretch_us;
    const auto [it, fresh] = first.try_emplace({records, from, to, code, now}, message);
    if (!fresh && message.sent_us < it->second.sent_us) it->second = message;
  };
  std::size_t next = 0;  // the messages stand in the order of the packets
  m.cluster.for_each_pending(
      [&](const sim::PendingPacket& packet, const protocol::Message&) {
        Message& message = s.messages[next++];
        if (message.arrives_us >= 0 && message.arrives_us - message.sent_us < way &&
            of_interest(message.family, protocol::api_of(packet.code), message.response, message.records,
                        !message.error.empty()))
          take(message.records > 0, message.from, message.to, packet.code, {message.sent_us, &message, nullptr});
      },
      [](const sim::PendingTimer&) {});
  each_ended_since(m, s, passing.before_us, [&](const Crossing& c) {
    if (!c.lost && c.from != c.to && c.ended_us - c.sent_us < way &&
        of_interest(c.facts.family, protocol::api_of(c.code), protocol::is_response(c.code), c.facts.records,
                    c.facts.refused))
      take(c.facts.records > 0, c.from.index, c.to.index, c.code, {c.sent_us, nullptr, &c});
    return true;
  });
  std::vector<Message> arrived;
  std::size_t lingering = 0;
  for (const auto& [key, of] : first) {
    if (of.sent_us + way <= s.time_us || lingering == kMost) continue;
    ++lingering;
    Message& message =
        of.under_way != nullptr ? *of.under_way : arrived.emplace_back(message_of(m.cluster, names, *of.arrived));
    message.lingers = true;
    message.fraction = static_cast<float>(static_cast<double>(s.time_us - message.sent_us) / static_cast<double>(way));
  }
  s.messages.insert(s.messages.end(), std::make_move_iterator(arrived.begin()), std::make_move_iterator(arrived.end()));
}

}  // namespace kafkascope::observe::snapshot_parts
