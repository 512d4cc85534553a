#include "observe/why/waits_led_to.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "observe/why/min_isr.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_logs.h"
#include "protocol/messages_data.h"
#include "storage/partition_log.h"

namespace kafkascope::observe {

using nlohmann::json;
using Line = Story::Line;
using protocol::ErrorCode;
using protocol::Offset;
using protocol::TopicPartition;

// ---- refusals

namespace {

/// The refusals of one producer's writes to one partition.
struct RefusedWrites {
  sim::NodeId client;
  TopicPartition tp;
  const Line* first = nullptr;
};

/// Whether the answer about a refusal at that line rests on the root.
bool rests_on_root(const Story& story, const Line& refused, std::uint64_t root) {
  const TopicPartition tp = place_of(refused);
  const auto in_sync = story.isr_before(tp, refused.seq);
  if (!in_sync || std::cmp_greater_equal(in_sync->isr.size(), effective_min_isr_before(story, tp, refused.seq)))
    return false;  // the ISR has grown since the record was written
  Telling telling(story, {}, {});
  tell_too_few_in_sync(telling, tp, refused.seq);
  const Answer answer = telling.done();
  return std::binary_search(answer.chain.begin(), answer.chain.end(), root);
}

/// Tells which refusals rest on the root. Between two changes of the ISR or of the setting all refusals have the same causes.
class CausesOfRefusals {
 public:
  CausesOfRefusals(const Story& story, std::uint64_t root) : story_(story), root_(root) {}

  bool led_to(const Line& refused) {
    const TopicPartition tp = place_of(refused);
    const auto [changes, is_new] = changes_.try_emplace(tp);
    if (is_new) changes->second = changes_of(tp);
    const auto since = std::upper_bound(changes->second.begin(), changes->second.end(), refused.seq);
    const auto [known, unknown] = known_.try_emplace({tp, since - changes->second.begin()}, false);
    if (unknown) known->second = rests_on_root(story_, refused, root_);
    return known->second;
  }

 private:
  std::vector<std::uint64_t> changes_of(TopicPartition tp) const {
    std::vector<std::uint64_t> seqs;
    for (const Story::IsrState& state : story_.isr_history(tp))
      if (state.line != nullptr) seqs.push_back(state.line->seq);
    (void)story_.first<fact::ConfigChanged>(0, [&](const auto& f, const Line& l) {
      if (f.key == "min.insync.replicas") seqs.push_back(l.seq);
      return false;  // all of them
    });
    std::sort(seqs.begin(), seqs.end());
    return seqs;
  }

  const Story& story_;
  std::uint64_t root_;
  std::map<TopicPartition, std::vector<std::uint64_t>> changes_;
  std::map<std::pair<TopicPartition, std::ptrdiff_t>, bool> known_;
};

}  // namespace

std::optional<WhyStep> refusals_led_to(const Story& story, const Answer& answer) {
  CausesOfRefusals causes(story, answer.root->seq);
  std::vector<RefusedWrites> all;
  std::int64_t count = 0;
  (void)story.first<fact::RequestRefused>(answer.root->seq, [&](const auto& f, const Line& l) {
    if (f.error != ErrorCode::NOT_ENOUGH_REPLICAS ||  // ..._AFTER_APPEND: the records are in the log
        f.api != protocol::api::Produce || f.partition.topic < 0 || story.declared(f.client) == nullptr ||
        story.cluster().name(f.partition).starts_with("__") ||
        story.injected(f.error, f.partition, f.client, l.seq) != nullptr || !causes.led_to(l))
      return false;
    if (all.empty() || (all.front().client == f.client && all.front().tp == f.partition)) ++count;
    const bool known = std::any_of(all.begin(), all.end(), [&](const RefusedWrites& refused) {
      return refused.client == f.client && refused.tp == f.partition;
    });
    if (!known) all.push_back({f.client, f.partition, &l});
    return false;  // all of them
  });
  if (all.empty()) return std::nullopt;
  const RefusedWrites& first = all.front();
  const std::string client = story.cluster().info(first.client).name, partition = story.cluster().name(first.tp);
  if (answer.path.starts_with("/clients/" + client + "/errors/NOT_ENOUGH_REPLICAS")) return std::nullopt;
  std::string others;
  for (std::size_t i = 1; i < std::min<std::size_t>(all.size(), 3); ++i)
    others +=
        (i == 1 ? "" : ", ") + story.cluster().info(all[i].client).name + " (" + story.cluster().name(all[i].tp) + ")";
  if (all.size() > 3) others += " …";
  return WhyStep{both("why.led_to_refusals"_w, {{"partition", partition},
                                                {"client", client},
                                                {"error", protocol::name(as<fact::RequestRefused>(*first.first).error)},
                                                {"count", count},
                                                {"others", others}}),
                 "why.led_to_refusals"_w, first.first->seq, first.first->time, partition};
}

// ---- waits

namespace {

/// What is younger is the usual time of copying and answering.
constexpr std::int64_t kUsuallyUs = 1'000'000;
/// At most this many high watermarks, and as many clients, are asked about.
constexpr std::size_t kMostWaitsAsked = 20;

bool rests_on(const std::optional<Answer>& answer, std::uint64_t root) {
  return answer && std::binary_search(answer->chain.begin(), answer->chain.end(), root);
}

struct Waiting {
  std::string name;
  std::int64_t number = 0;  // where the high watermark stands; what waits at the client
  sim::Instant since{};
};

/// The names of all but the first: two of them, and whether there are more.
std::string others_of(const std::vector<Waiting>& all) {
  std::string names;
  for (std::size_t i = 1; i < std::min<std::size_t>(all.size(), 3); ++i) names += (i == 1 ? "" : ", ") + all[i].name;
  return all.size() > 3 ? names + " …" : names;
}

/// The partitions for which producers have records that no leader has taken.
std::set<std::string> partitions_queued(const Story& story) {
  std::set<std::string> names;
  for_each_entry(state_of(story, "/clients"), [&](const std::string&, const json& client) {
    for_each_entry(part_of(part_of(client, "accumulator"), "batches"),
                   [&](const std::string& name, const json& queued) {
                     if (!queued.empty()) names.insert(name);
                   });
  });
  return names;
}

/// High watermarks that would move but for the act: records wait to be copied, or to be written.
std::vector<Waiting> watermarks(const Story& story, const Answer& answer) {
  std::vector<Waiting> found;
  std::size_t asked = 0;
  const std::set<std::string> queued = partitions_queued(story);
  for_each_entry(state_of(story, "/partitions"), [&](const std::string& name, const json& state) {
    const std::int64_t hw = whole_of(part_of(state, "high_watermark"));
    const std::string path = "/partitions/" + name + "/high_watermark";
    if (name.starts_with("__") || path == answer.path || asked == kMostWaitsAsked) return;
    if (hw >= whole_of(part_of(state, "log_end_offset")) && !queued.contains(name)) return;
    const auto tp = partition_named(story, name);
    const Line* moved = story.last<fact::HighWatermarkAdvanced>(
        story.end(), [&](const auto& f, const Line&) { return f.partition == tp; });
    if (moved == nullptr || (story.cluster().now() - moved->time).us < kUsuallyUs) return;
    if (as<fact::HighWatermarkAdvanced>(*moved).to != protocol::Offset{hw})
      return;  // it went back, and so did not stand
    ++asked;
    if (rests_on(why_watermark(story, path, name), answer.root->seq))
      found.push_back({name, hw, std::max(moved->time, answer.root->at)});
  });
  std::stable_sort(found.begin(), found.end(), [](const Waiting& a, const Waiting& b) { return a.since < b.since; });
  return found;
}

/// A high watermark that went back.
struct WentBack {
  TopicPartition tp;
  Offset from, to;
  const Line* by = nullptr;  // the loss of the leader's records, or the election of one that has fewer
};
/// A new leader hears within that time how far its followers are.
constexpr std::int64_t kHeardWithinUs = 1'000'000;

/// A high watermark that was lower at `end` than `moved` had brought it; `leader`: whose it was then.
struct Fall {
  TopicPartition tp;
  const Line* moved;
  std::uint64_t end;
  sim::NodeId leader;
};

/// Whether the leader has copied again what it lacked after that line.
bool copied_again(const Story& story, const Fall& fall, const Line& lost) {
  const Line* copied = story.last<fact::LogReplicated>(
      fall.end, [&](const auto& f, const Line& l) { return l.node == fall.leader && f.partition == fall.tp; });
  return copied != nullptr && copied->seq > lost.seq &&
         as<fact::LogReplicated>(*copied).last_offset + 1 >= as<fact::HighWatermarkAdvanced>(*fall.moved).to;
}

/// Whether another replica had all records when the leader lost its power: the partition's high watermark was that one's until the leader
/// came back. Cluster::last_leader.
bool another_had_all(const Story& story, const Fall& fall, const Line& off) {
  const auto has = [&](const auto& f, const Line& l) {
    if (l.node == fall.leader || f.partition != fall.tp) return false;
    if (f.last_offset + 1 < as<fact::HighWatermarkAdvanced>(*fall.moved).to) return false;
    return story.first<fact::NodeDied>(l.seq, [&](const auto& died, const Line& d) {
      return d.node == l.node && died.how == sim::Death::PowerOff && d.time <= off.time;
    }) == nullptr;
  };
  return story.last<fact::LogReplicated>(off.seq, has) != nullptr ||
         story.last<fact::LogAppended>(off.seq, has) != nullptr;
}

/// With what the high watermark fell that stands on a log which came back shorter at that line.
const Line* fell_with(const Story& story, const Fall& fall, const Line& recovered) {
  const Line* off = story.last<fact::NodeDied>(recovered.seq, [&](const auto& f, const Line& l) {
    return l.node == fall.leader && f.how == sim::Death::PowerOff;
  });
  return off != nullptr && off->seq > fall.moved->seq && !another_had_all(story, fall, *off) ? off : &recovered;
}

/// What took records below the old high watermark from the leader's log; null: nothing did.
const Line* loss_behind(const Story& story, const Fall& fall) {
  const Offset was = as<fact::HighWatermarkAdvanced>(*fall.moved).to;
  const auto here = [&](const auto& f, const Line& l) { return l.node == fall.leader && f.partition == fall.tp; };
  const Line* lost = latest(
      {story.last<fact::LogRecovered>(
           fall.end, [&](const auto& f, const Line& l) { return here(f, l) && f.log_end_offset < was; }),
       story.last<fact::LogTruncated>(fall.end, [&](const auto& f, const Line& l) { return here(f, l) && f.to < was; }),
       story.act_on(fall.leader, {"wipe_disk"}, fall.end)});
  const bool old = lost == nullptr || lost->seq < fall.moved->seq;
  if (old && !story.cluster().alive(fall.leader))  // its log is not recovered yet
    lost = story.last<fact::NodeDied>(
        fall.end, [&](const auto& f, const Line& l) { return l.node == fall.leader && f.how == sim::Death::PowerOff; });
  if (lost == nullptr || lost->seq < fall.moved->seq || copied_again(story, fall, *lost)) return nullptr;
  return is<fact::LogRecovered>(*lost) ? fell_with(story, fall, *lost) : lost;
}

/// The election that made the high watermark lower for longer than is usual; null: none did.
const Line* election_behind(const Story& story, const Fall& fall) {
  const auto here = [&](const auto& f, const Line&) { return f.partition == fall.tp; };
  const Line* elected = story.last<fact::LeaderElected>(fall.end, here);
  if (elected == nullptr || elected->seq < fall.moved->seq || as<fact::LeaderElected>(*elected).leader < 0)
    return nullptr;
  if (story.elected_from_outside(*elected)) return elected;
  const Line* again = story.first<fact::HighWatermarkAdvanced>(elected->seq, [&](const auto& f, const Line& l) {
    return here(f, l) && f.to >= as<fact::HighWatermarkAdvanced>(*fall.moved).to;
  });
  const sim::Instant until = again == nullptr ? story.cluster().now() : again->time;
  return (until - elected->time).us > kHeardWithinUs ? elected : nullptr;
}

/// The falls after that line, in the order of their partitions; without those of internal topics, and without those that only lasted until
/// a new leader had heard how far the others are (KIP-207).
std::vector<WentBack> watermarks_back(const Story& story, std::uint64_t since) {
  std::vector<WentBack> found;
  const auto add = [&](const Fall& fall, Offset to) {
    const Line* by = loss_behind(story, fall);
    if (by == nullptr) by = election_behind(story, fall);
    if (by != nullptr && by->seq >= since && to < as<fact::HighWatermarkAdvanced>(*fall.moved).to)
      found.push_back({fall.tp, as<fact::HighWatermarkAdvanced>(*fall.moved).to, to, by});
  };
  std::map<TopicPartition, const Line*> moved;  // the last line of each partition so far
  (void)story.first<fact::HighWatermarkAdvanced>(0, [&](const auto& f, const Line& l) {
    const Line*& last = moved[f.partition];
    if (l.seq > since && last != nullptr && f.from < as<fact::HighWatermarkAdvanced>(*last).to) {
      const Line* back = story.last<fact::LogRecovered>(
          l.seq, [&](const auto& r, const Line& b) { return b.node == l.node && r.partition == f.partition; });
      const bool at_once = back != nullptr && back->seq > last->seq && (l.time - back->time).us <= kHeardWithinUs;
      const Offset left = at_once ? std::min(f.to, as<fact::LogRecovered>(*back).log_end_offset) : f.from;
      add({f.partition, last, l.seq, l.node}, std::max(f.from, left));
    }
    last = &l;
    return false;
  });
  for (const auto& [tp, last] : moved) {
    const storage::PartitionLog* log = story.cluster().leader_log(tp);
    if (log != nullptr && log->high_watermark() < as<fact::HighWatermarkAdvanced>(*last).to)
      add({tp, last, story.end(), story.broker_node(story.cluster().last_leader(tp))}, log->high_watermark());
  }
  std::erase_if(found, [&](const WentBack& fell) { return story.cluster().name(fell.tp).starts_with("__"); });
  std::stable_sort(found.begin(), found.end(), [](const WentBack& a, const WentBack& b) { return a.tp < b.tp; });
  return found;
}

/// The first falls of high watermarks to which the root led, one of each partition.
std::vector<WentBack> falls(const Story& story, const Answer& answer) {
  std::vector<WentBack> found = watermarks_back(story, answer.root->seq);
  std::erase_if(found, [&](const WentBack& fell) {
    return answer.path == "/partitions/" + story.cluster().name(fell.tp) + "/high_watermark" ||
           story.trail(*fell.by).front()->seq != answer.root->seq;
  });
  found.erase(
      std::unique(found.begin(), found.end(), [](const WentBack& a, const WentBack& b) { return a.tp == b.tp; }),
      found.end());
  return found;
}

/// Whether a batch of the producer has waited for longer than usual.
bool waits_long(const Story& story, sim::NodeId client, const json& batches) {
  bool long_queued = false;
  for_each_entry(batches, [&](const std::string&, const json& queued) {
    for (const json& batch : queued) long_queued = long_queued || whole_of(part_of(batch, "waited_us")) >= kUsuallyUs;
  });
  const Line* acked =
      story.last<fact::BatchAcked>(story.end(), [&](const auto&, const Line& l) { return l.node == client; });
  return long_queued || acked == nullptr || (story.cluster().now() - acked->time).us >= kUsuallyUs;
}

/// The producers whose records wait, or the admin clients whose calls do; most first.
std::vector<Waiting> clients(const Story& story, const Answer& answer, cluster::ClientKind kind) {
  std::vector<Waiting> found;
  std::size_t asked = 0;
  for (const cluster::ClientSpec& spec : story.cluster().spec().clients) {
    const std::string at = "/clients/" + spec.id, path = at + "/waiting";
    const sim::NodeId node = story.cluster().find(spec.id);
    if (spec.kind != kind || path == answer.path || !node.valid() || asked == kMostWaitsAsked) continue;
    const json state = state_of(story, at), waiting = part_of(state, "waiting");
    if (whole_of(waiting) == 0) continue;
    if (kind == cluster::ClientKind::Producer &&
        !waits_long(story, node, part_of(part_of(state, "accumulator"), "batches")))
      continue;
    ++asked;
    if (rests_on(why_waiting({story, path, {"clients", spec.id, "waiting"}, waiting}), answer.root->seq))
      found.push_back({spec.id, whole_of(waiting)});
  }
  std::stable_sort(found.begin(), found.end(), [](const Waiting& a, const Waiting& b) { return a.number > b.number; });
  return found;
}

}  // namespace

std::vector<WhyStep> waits_led_to(const Story& story, const Answer& answer) {
  std::vector<WhyStep> effects;
  if (!answer.root || (answer.root_kind != RootKind::Act && answer.root_kind != RootKind::Fault) ||
      mends(story, *story.trace().find(answer.root->seq)))
    return effects;
  const auto add = [&](words::Key key, const Waiting& first, std::initializer_list<BothArg> arguments) {
    effects.push_back({both(key, arguments), key, 0, story.cluster().now(), first.name});
  };
  if (auto refusals = refusals_led_to(story, answer)) effects.push_back(*std::move(refusals));
  if (const auto all = falls(story, answer); !all.empty()) {
    const WentBack& first = all.front();
    std::vector<Waiting> named;
    for (const WentBack& fell : all) named.push_back({story.cluster().name(fell.tp)});
    effects.push_back({both("why.led_to_hw_back"_w, {{"partition", named.front().name},
                                                     {"from", first.from.value},
                                                     {"to", first.to.value},
                                                     {"others", others_of(named)}}),
                       "why.led_to_hw_back"_w, first.by->seq, first.by->time, named.front().name});
  }
  if (const auto all = clients(story, answer, cluster::ClientKind::Producer); !all.empty())
    add("why.led_to_waiting_records"_w, all.front(),
        {{"client", all.front().name}, {"count", all.front().number}, {"others", others_of(all)}});
  if (const auto all = watermarks(story, answer); !all.empty())
    add("why.led_to_standing_hw"_w, all.front(),
        {{"partition", all.front().name},
         {"offset", all.front().number},
         {"since", in_seconds(all.front().since.us)},
         {"others", others_of(all)}});
  if (const auto all = clients(story, answer, cluster::ClientKind::Admin); !all.empty())
    add("why.led_to_waiting_calls"_w, all.front(),
        {{"client", all.front().name}, {"count", all.front().number}, {"others", others_of(all)}});
  return effects;
}

}  // namespace kafkascope::observe
