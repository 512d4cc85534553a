// What an answer's root led to: the writes with acks=all that leaders have refused since, because their ISRs were below
// min.insync.replicas.
#include <algorithm>
#include <map>
#include <utility>

#include "observe/why/min_isr.h"
#include "observe/why/waits_led_to.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_logs.h"
#include "protocol/messages_data.h"

namespace kafkascope::observe {

using Line = Story::Line;
using protocol::ErrorCode;
using protocol::TopicPartition;

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
    if ((f.error != ErrorCode::NOT_ENOUGH_REPLICAS && f.error != ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND) ||
        f.api != protocol::api::Produce || f.partition.topic < 0 || story.declared(f.client) == nullptr ||
        story.cluster().name(f.partition).starts_with("__") ||
        story.injected(f.error, f.partition, f.client, l.seq) != nullptr || !causes.led_to(l))
      return false;
    ++count;
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

}  // namespace kafkascope::observe
