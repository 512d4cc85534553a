// A producer whose records wait because a broker throttles it (KIP-219).
#include <algorithm>

#include "client/producer.h"
#include "observe/why/errors.h"
#include "observe/why/one_record.h"
#include "observe/words/words.h"
#include "protocol/apis.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::observe {

using Line = Story::Line;

namespace {
/// A throttle time counts for this long after its end: within one exchange the client sends its next request and may be
/// throttled again.
constexpr std::int64_t kExchangeUs = 100'000;

/// The time that ran out at that line, for a batch that failed or is sent again because of that, in µs; 0: none did.
std::int64_t time_run_out(const Story& story, const Line& l) {
  const cluster::ClientSpec* spec = story.declared(l.node);
  if (spec == nullptr) return 0;
  if (const auto failed = fact_if<fact::BatchFailed>(l))
    return failed->exception == "TimeoutException" ? spec->config.number("delivery.timeout.ms") * 1000 : 0;
  const auto retried = fact_if<fact::BatchRetried>(l);
  // A client of Kafka 2.5 closes the connection, and reports that. Otherwise that is the end of the broker.
  const bool closed =
      retried && retried->error == protocol::ErrorCode::NETWORK_EXCEPTION && story.cluster().under_zookeeper() &&
      story.last<fact::NodeDied>(
          l.seq, [&](const auto&, const Line& died) { return (l.time - died.time).us < kExchangeUs; }) == nullptr;
  return closed || (retried && retried->error == protocol::ErrorCode::REQUEST_TIMED_OUT)
             ? spec->config.number("request.timeout.ms") * 1000
             : 0;
}

}  // namespace

bool tell_throttled(Telling& telling, sim::NodeId client, sim::NodeId broker) {
  const Story& story = telling.story();
  const auto* producer =
      client.valid() && story.cluster().alive(client) ? story.cluster().role<client::Producer>(client) : nullptr;
  if (producer == nullptr) return false;
  const Line* throttled = story.last<fact::ClientThrottled>(story.end(), [&](const auto& f, const Line& l) {
    return f.client == client && l.node == broker && f.api == protocol::api::Produce;
  });
  if (throttled == nullptr) return false;
  const std::int64_t until = throttled->time.us + as<fact::ClientThrottled>(*throttled).ms * 1000;
  const std::int64_t now = story.cluster().now().us;
  if (until + kExchangeUs < now) return false;
  const std::string &who = story.cluster().info(client).name, &leader = story.cluster().info(broker).name;
  telling.trail(quota_of(story, *throttled), Weight::Cause);
  telling.fact(throttled, Weight::Link);
  telling.now("why.waits_quota"_w,
              {{"client", who}, {"leader", leader}, {"until", until > now ? in_seconds(until) : std::string()}},
              Weight::Point, who);
  return true;
}

const Line* quota_behind(const Story& story, const Line& ended) {
  const std::int64_t had = time_run_out(story, ended);
  if (had == 0) return nullptr;
  std::int64_t counted = ended.time.us - had, throttled = 0;
  const Line* last = nullptr;
  (void)story.first<fact::ClientThrottled>(0, [&](const auto& t, const Line& l) {
    if (l.seq >= ended.seq) return true;
    if (t.client != ended.node || t.api != protocol::api::Produce) return false;
    const std::int64_t from = std::max(counted, l.time.us), until = std::min(ended.time.us, l.time.us + t.ms * 1000);
    if (until > from) throttled += until - from, counted = until, last = &l;
    return false;
  });
  return throttled * 2 > had ? quota_of(story, *last) : nullptr;
}

}  // namespace kafkascope::observe
