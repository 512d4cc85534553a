// The sentences about a metric that counts events, or things in a bad state.
#pragma once
#include <algorithm>

#include "observe/model/mbeans.h"
#include "observe/why/why_metric.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_quorum.h"

namespace kafkascope::observe {

/// Not about an internal topic, and not from the cluster's formation.
inline bool is_public(const Story& story, const sim::TraceLine& l) {
  return l.time.us > 0 && (l.topic < 0 || !story.cluster().topic_name(l.topic).starts_with("__"));
}

/// Whether the partition's leader had asked for that ISR: the leader counts the change once the controller has agreed.
inline bool by_leader(const Story& story, const sim::TraceLine& changed, const protocol::IdList& isr) {
  constexpr std::int64_t kAgreedUs = 10'000'000;
  const auto asked_for = [&](const fact::IsrShrink& f, const sim::TraceLine& l) {
    const protocol::IdList after = f.isr.after();
    return place_of(l) == place_of(changed) && std::abs(l.time.us - changed.time.us) < kAgreedUs &&
           after.size() == isr.size() &&
           std::all_of(after.begin(), after.end(), [&](protocol::BrokerId id) { return isr.contains(id); });
  };
  return story.last<fact::IsrShrink>(story.end(), asked_for) != nullptr;
}

/// The answers about one metric, under its question.
class MetricTelling {
 public:
  /// `start`: of the process whose metric it is, since which it counts; null: that of the whole run.
  MetricTelling(const Asked& asked, const std::string& name, const sim::TraceLine* start = nullptr)
      : asked_(asked), name_(metric_in_words(name)), start_(start) {
    const MBeanKind* kind = find_mbean_kind(name);
    has_counted_none_ = kind != nullptr && kind->counts && asked.value == 0;
  }

  /// Answers with the last event of that kind that matches, and with the number of such events. Events that users do
  /// not see are only counted.
  template <class F, class Fits>
  Answer counted(Fits&& fits) const {
    const Story& story = asked_.story;
    const auto seen = [&](const auto& f, const sim::TraceLine& l) {
      return is_public(story, l) && of_process(l) && fits(f, l);
    };
    const sim::TraceLine* line = has_counted_none_ ? nullptr : story.last<F>(story.end(), seen);
    if (line != nullptr || whole_of(asked_.value) == 0) return told_of(line, story.count<F>(story.end(), seen));
    // Only events of internal topics match.
    const auto inside = [&](const auto& f, const sim::TraceLine& l) {
      return l.time.us > 0 && of_process(l) && fits(f, l);
    };
    return told_of(story.last<F>(story.end(), inside), story.count<F>(story.end(), inside));
  }
  /// The same for ISRs that leaders shrink. If there are none, names the last replica that the controller removed,
  /// which does not count.
  template <class Fits>
  Answer shrinks(Fits&& fits) const {
    const Story& story = asked_.story;
    const sim::TraceLine* by_controller = nullptr;
    std::string partition;
    for_each_entry(state_of(story, "/partitions"), [&](const std::string& name, const nlohmann::json&) {
      const auto history = story.isr_history(partition_named(story, name));
      for (std::size_t i = 1; i < history.size() && !name.starts_with("__"); ++i)
        if (history[i].isr.size() < history[i - 1].isr.size() && !by_leader(story, *history[i].line, history[i].isr) &&
            of_process(*history[i].line) && latest({by_controller, history[i].line}) != by_controller)
          by_controller = history[i].line, partition = name;
    });
    const auto seen = [&](const auto& f, const sim::TraceLine& l) {
      return is_public(story, l) && of_process(l) && fits(f, l);
    };
    if (by_controller == nullptr || story.last<fact::IsrShrink>(story.end(), seen) != nullptr)
      return counted<fact::IsrShrink>(fits);
    return taken_out_by_controller(by_controller, partition);
  }
  Answer taken_out_by_controller(const sim::TraceLine* line, const std::string& partition) const {
    Telling telling(asked_.story, asked_.path, question());
    telling.trail(line, Weight::Cause);
    telling.now("why.shrinks_by_controller"_w, {{"partition", partition}}, Weight::Point, partition);
    return telling.done();
  }
  /// Answers that nothing in the cluster counts at present. `gone`: the line that ended the last case, if any. A node
  /// that still reports another value has not heard of the change.
  Answer none(const sim::TraceLine* gone) const {
    Telling telling(asked_.story, asked_.path, question());
    const bool outdated = asked_.value.is_number() && asked_.value.get<double>() > 0;
    telling.trail(gone, outdated ? Weight::Link : Weight::Cause);
    const std::string& who = asked_.part(2);
    if (!outdated) telling.now("why.metric_none"_w, {{"metric", name_}}, Weight::Point, "");
    else {
      telling.trail(asked_.story.hindrance(asked_.story.cluster().find(who), asked_.story.end()), Weight::Cause);
      telling.now("why.metric_own_view"_w, {{"who", who}}, Weight::Point, who);
    }
    return telling.done();
  }
  /// Answers with the last event that changed it.
  Answer since(const sim::TraceLine* line) const {
    Telling telling(asked_.story, asked_.path, question());
    telling.trail(line, Weight::Point);
    if (line == nullptr) telling.now("why.formed"_w, {{"what", name_}}, Weight::Point, "");
    return telling.done();
  }
  /// Answers that the trace has no line of these responses.
  Answer unseen(const std::string& who) const {
    Telling telling(asked_.story, asked_.path, question());
    telling.now("why.metric_unseen"_w, {{"who", who}, {"count", whole_of(asked_.value)}}, Weight::Point, who);
    return telling.done();
  }
  /// Answers that the process takes itself for the active controller, and why nothing has told it otherwise.
  Answer believes_to_lead(sim::NodeId node) const {
    const Story& story = asked_.story;
    const std::string& who = story.cluster().info(node).name;
    Telling telling(story, asked_.path, question());
    telling.trail(story.last<fact::ControllerActive>(
                      story.end(), [&](const auto&, const sim::TraceLine& l) { return l.node == node; }),
                  Weight::Link);
    telling.trail(story.hindrance(node, story.end()), Weight::Cause);
    telling.now("why.believes_to_lead"_w, {{"controller", who}}, Weight::Point, who);
    return telling.done();
  }
  /// Answers that the follower does not know the partition's leader epoch, and what keeps it from hearing of it.
  Answer awaits_epoch(sim::NodeId node, protocol::TopicPartition tp) const {
    const Story& story = asked_.story;
    const std::string &who = story.cluster().info(node).name, partition = story.cluster().name(tp);
    Telling telling(story, asked_.path, question());
    const sim::NodeId controller = story.cluster().active_controller();
    telling.trail(story.silence(node, story.end(), {controller}), Weight::Cause);
    telling.fact(story.last<fact::LeaderElected>(
                     story.end(), [&](const auto& f, const sim::TraceLine&) { return f.partition == tp; }),
                 Weight::Link);
    telling.now("why.awaits_leader_epoch"_w,
                {{"broker", who},
                 {"partition", partition},
                 {"epoch", story.cluster().committed().partition(tp)->leader_epoch.value}},
                Weight::Point, who);
    return telling.done();
  }
  /// Answers that the broker's request threads are busy, and what keeps them busy.
  Answer threads(sim::NodeId node, std::int64_t waiting, double idle) const {
    Telling telling(asked_.story, asked_.path, question());
    const std::string& who = asked_.story.cluster().info(node).name;
    const sim::TraceLine* slow = asked_.story.bad_disk(node, asked_.story.end());
    if (slow == nullptr) slow = asked_.story.hindrance(node, asked_.story.end());
    telling.trail(slow, Weight::Cause);
    const auto percent = static_cast<std::int64_t>(idle * 100 + .5);
    telling.now("why.threads_idle"_w, {{"broker", who}, {"percent", percent}, {"waiting", waiting}}, Weight::Point,
                who);
    if (slow == nullptr) telling.now("why.threads_nothing"_w, {{"broker", who}}, Weight::Aside, who);
    return telling.done();
  }
  /// Answers about a follower's MaxLag of 0 although it lacks records: its fetcher compares with the leader's high watermark.
  Answer no_lag_behind_watermark(sim::NodeId node, const std::string& partition, std::int64_t lacks,
                                 bool in_sync) const {
    const Story& story = asked_.story;
    Telling telling(story, asked_.path, question());
    const sim::NodeId leads = story.broker_node(story.leader_at(partition_named(story, partition), story.end()));
    telling.trail(story.hindrance(node, story.end(), Search{leads}.of(traffic::kCopies)), Weight::Cause);
    telling.now("why.max_lag_none"_w,
                {{"broker", story.cluster().info(node).name},
                 {"partition", partition},
                 {"records", lacks},
                 {"waits", in_sync ? "1" : ""}},
                Weight::Point, partition);
    return telling.done();
  }

 private:
  bool of_process(const sim::TraceLine& l) const { return start_ == nullptr || l.seq > start_->seq; }
  /// `all`: the number of events that users see.
  Answer told_of(const sim::TraceLine* line, std::int64_t all) const {
    Telling telling(asked_.story, asked_.path, question());
    telling.trail(line, Weight::Point);
    const std::string& who = asked_.part(2);
    if (line == nullptr) telling.say("why.metric_counts_anew"_w, {{"who", who}}, start_, Weight::Link, who);
    if (line == nullptr && asked_.part(1) == "mbeans")  // of one process: others may have counted some
      telling.now("why.metric_none_yet"_w, {{"who", who}, {"metric", name_}}, Weight::Point, who);
    else if (line == nullptr) telling.now("why.never_happened"_w, {{"metric", name_}}, Weight::Point, "");
    const std::int64_t told = whole_of(asked_.value);
    if (line != nullptr && told > all)
      telling.now("why.happened_inside"_w, {{"count", told}, {"inside", told - all}}, Weight::Aside, "");
    else if (line != nullptr && all > 1 && told == all)
      telling.now("why.happened_times"_w, {{"count", all}}, Weight::Aside, "");
    return telling.done();
  }
  Question question() const { return asks_metric(asked_, name_); }
  const Asked& asked_;
  const Words name_;
  const sim::TraceLine* const start_;
  bool has_counted_none_;
};

}  // namespace kafkascope::observe
