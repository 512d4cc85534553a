// What the files of Why? about metrics share: the metric in question, and who answers about which metrics.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "observe/why/why_parts.h"

namespace kafkascope::observe {

/// The metric as a person calls it: "under-replicated partitions".
Words metric_in_words(const std::string& metric);
/// The question why the metric has its value.
Question asks_metric(const Asked& asked, const Words& metric);

/// The metric of a node that the question is about.
struct OfMetric {
  explicit OfMetric(const Asked& a);

  bool has(std::string_view word) const { return name.find(word) != std::string::npos; }
  bool is_zero() const { return asked.value == 0; }
  /// A tag of the metric's name: "Produce" of "…,request=Produce,error=NONE"; "": the name does not have it.
  std::string tag(std::string_view key) const;
  /// The partition in the metric's name: "orders-0"; "": the metric is about all partitions.
  std::string partition() const;
  /// The start of the node's process, if it came later than the cluster; null: the process is as old as the cluster.
  const sim::TraceLine* restarted() const;

  const Asked& asked;
  const Story& story;
  const std::string &name, &who;
  const sim::NodeId node;
  const protocol::BrokerId broker;
};

/// The answer, under the metric's own question.
std::optional<Answer> under_metric(const OfMetric& m, std::optional<Answer> answer);
/// The answer about another value of the state document, under the metric's own question; nullopt: there is none.
std::optional<Answer> led_to(const OfMetric& m, std::optional<Answer> (*why)(const Asked&),
                             const std::vector<std::string>& parts);
/// An answer without a sentence yet.
Telling telling_of(const OfMetric& m);
/// Tells the parts whose sum is the value, such as the topics' shares; false: their sum is another number.
bool tell_sum(Telling& telling, const OfMetric& m, const std::map<std::string, std::int64_t>& parts);
/// The same about any value of that thing.
bool tell_sum(Telling& telling, const nlohmann::json& value, const std::string& subject,
              const std::map<std::string, std::int64_t>& parts);
/// Tells who has sent the requests of that kind, if the trace has all of them.
void tell_senders(Telling& telling, const std::string& request, std::int64_t count);
/// Tells what the metric counts or measures, since when, and what makes its value.
void tell_counted(Telling& telling, const OfMetric& m);
/// The last event of that kind since the node's process began for which fits(m, fact, line) holds, then what is counted;
/// nullopt: there is none, or the value is 0.
template <class F, class Fits>
std::optional<Answer> why_last(const OfMetric& m, Fits&& fits) {
  const sim::TraceLine* start = m.restarted();
  const sim::TraceLine* last = m.story.last<F>(m.story.end(), [&](const auto& f, const sim::TraceLine& l) {
    return (start == nullptr || l.seq > start->seq) && fits(m, f, l);
  });
  if (last == nullptr || m.is_zero()) return std::nullopt;
  Telling telling = telling_of(m);
  telling.trail(last, Weight::Point);
  tell_counted(telling, m);
  return telling.done();
}

/// A row answers about the metrics whose names contain its text; nullopt: it has nothing to say about the present value.
struct MetricAnswer {
  std::string_view part;
  std::optional<Answer> (*why)(const OfMetric& m);
};
/// Metrics of brokers and controllers whose value is made by something that has a Why? of its own.
std::optional<Answer> why_server_metric(const OfMetric& m);
/// The times and the numbers of requests.
std::optional<Answer> why_request_metric(const OfMetric& m);
/// Metrics of clients.
std::optional<Answer> why_client_metric(const OfMetric& m);

}  // namespace kafkascope::observe
