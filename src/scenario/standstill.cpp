#include "scenario/standstill.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "observe/words/both.h"
#include "observe/words/words.h"
#include "scenario/values.h"

namespace kafkascope::scenario {

namespace {

constexpr std::size_t kMostNamed = 3;  // kinds of events of the loop

struct Repeated {
  std::size_t times = 0;
  std::size_t first = 0, last = 0;  // lines
};

}  // namespace

observe::Words standstill_words(const cluster::Cluster& cluster, const observe::TraceStore& trace, std::size_t first,
                                std::uint64_t events) {
  std::map<std::pair<std::int32_t, sim::TraceKind>, Repeated> kinds;
  for (std::size_t i = first; i < trace.size(); ++i) {
    Repeated& r = kinds[{trace[i].node.index, trace[i].kind}];
    if (r.times++ == 0) r.first = i;
    r.last = i;
  }
  std::vector<Repeated> loop;
  for (const auto& [kind, r] : kinds) loop.push_back(r);
  std::sort(loop.begin(), loop.end(), [](const Repeated& a, const Repeated& b) {
    return a.times != b.times ? a.times > b.times : a.first < b.first;
  });
  loop.resize(std::min(loop.size(), kMostNamed));
  std::sort(loop.begin(), loop.end(), [](const Repeated& a, const Repeated& b) { return a.first < b.first; });

  const observe::ClusterView names(cluster);
  observe::Words repeats;
  for (const Repeated& r : loop) {
    const observe::Words one = observe::sentence(trace[r.last], names);
    const std::string by = names.node(trace[r.last].node);
    const auto add = [&](std::string& all, const std::string& text) {
      all += (all.empty() ? "" : "; ") + (by.empty() || text.find(by) != std::string::npos ? text : by + ": " + text);
    };
    add(repeats.en, one.en);
    add(repeats.ko, one.ko.empty() ? one.en : one.ko);
  }
  const std::string at = duration_text(cluster.now() - sim::Instant{0});
  return observe::both("run.standstill"_w, {{"at", at}, {"events", std::to_string(events)}, {"repeats", repeats}});
}

}  // namespace kafkascope::scenario
