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

namespace {
/// So much of the run passes while a viewer looks at something for that long, at a chosen speed; at least `least_us`.
std::int64_t looked_at(const SnapshotOptions& options, std::int64_t viewer_us, std::int64_t least_us) {
  return std::max(least_us, viewer_us * options.speed_ppm / 1'000'000);
}
constexpr std::int64_t kReadUs = 1'500'000;  // the viewer's time for a word
}  // namespace

void add_refused(const Moment& m, const SnapshotOptions& options, Snapshot& s) {
  const std::int64_t window_us = looked_at(options, kReadUs, 1'000'000);
  constexpr std::size_t kMost = 8;
  std::vector<RefusedProduce> produced;
  each_ended_since(m, s, s.time_us - window_us, [&](const Crossing& c) {
    if (!c.facts.refused || c.lost || !protocol::is_response(c.code)) return true;
    s.refused.push_back({c.from.index, c.to.index, c.facts.family,
                         std::string(protocol::name(protocol::api_of(c.code))), std::string(c.facts.text.view()),
                         c.ended_us});
    if (c.code == protocol::trace_code(protocol::api::Produce, true))
      produced.push_back({c.to, c.from, c.facts.correlation_id, c.sent_us, s.refused.size() - 1});
    return s.refused.size() < kMost;
  });
  find_sequences(m, s, std::move(produced),
                 [&](std::size_t response, std::int64_t sequence) { s.refused[response].sequence = sequence; });
}

void add_lost(const Moment& m, const SnapshotOptions& options, Snapshot& s) {
  const std::int64_t window_us = looked_at(options, kReadUs, 400'000);
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

namespace {
/// Whether people look for such a message: it carries records, or an error, or is of a group's or a transaction's protocol.
bool worth_seeing(Family family, int records, bool refused, bool response) {
  if (family == Family::Group || family == Family::Transaction) return !response || refused;
  return refused || records > 0;
}
}  // namespace

void let_messages_linger(const Moment& m, const Names& names, const SnapshotOptions& options, Snapshot& s) {
  constexpr std::int64_t kSeenUs = 400'000;  // the viewer's time that a message needs to be seen
  constexpr std::size_t kMost = 48;
  const std::int64_t way = kSeenUs * options.speed_ppm / 1'000'000;
  if (way <= 0) return;
  // Of many of a kind on a link the first one in each such stretch of time is followed; the next would cover it.
  struct First {
    std::int64_t sent_us;
    Message* under_way;  // null: it has arrived
    const Crossing* arrived;
  };
  std::map<std::tuple<int, int, std::string, bool, std::int64_t>, First> first;
  const auto take = [&](int from, int to, std::string api, bool response, const First& message) {
    const auto [it, fresh] = first.try_emplace({from, to, std::move(api), response, message.sent_us / way}, message);
    if (!fresh && message.sent_us < it->second.sent_us) it->second = message;
  };
  for (Message& message : s.messages)
    if (message.arrives_us >= 0 && message.arrives_us - message.sent_us < way &&
        worth_seeing(message.family, message.records, !message.error.empty(), message.response))
      take(message.from, message.to, message.api, message.response, {message.sent_us, &message, nullptr});
  each_ended_since(m, s, (s.time_us - way) / way * way, [&](const Crossing& c) {
    const bool response = protocol::is_response(c.code);
    if (!c.lost && c.ended_us - c.sent_us < way &&
        worth_seeing(c.facts.family, c.facts.records, c.facts.refused, response))
      take(c.from.index, c.to.index, std::string(protocol::name(protocol::api_of(c.code))), response,
           {c.sent_us, nullptr, &c});
    return true;
  });
  std::vector<Message> arrived;
  const auto linger = [&](Message& message) {
    message.lingers = true;
    message.fraction = static_cast<float>(static_cast<double>(s.time_us - message.sent_us) / static_cast<double>(way));
  };
  for (const auto& [key, of] : first) {
    if (of.sent_us + way <= s.time_us || arrived.size() == kMost) continue;
    if (of.under_way != nullptr) {
      linger(*of.under_way);
      continue;
    }
    Message message;
    std::tie(message.from, message.to, message.api, message.response, std::ignore) = key;
    message.sent_us = of.sent_us, message.arrives_us = of.arrived->ended_us;
    tell(names, of.arrived->facts, message);
    linger(message);
    arrived.push_back(std::move(message));
  }
  s.messages.insert(s.messages.end(), std::make_move_iterator(arrived.begin()), std::make_move_iterator(arrived.end()));
}

}  // namespace kafkascope::observe::snapshot_parts
