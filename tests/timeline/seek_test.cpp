// Any moment of any lesson, in any order: the timeline gives the same state as a straight run at that moment.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "observe/time/timeline.h"
#include "sim/random.h"
#include "support/lessons.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;
using Timeline = observe::Timeline<Session, std::vector<scenario::HandCommand>>;

constexpr int kSeeks = kSome == 1 ? 100 : 25, kSeeksOfVariant = 25;  // a variant differs by a setting only

TEST_CASE("100 random seeks give the same state documents and the same final hash as a run without seeks") {
  for_each_lesson(
      [](const File&, auto scenario, const std::string& variant) {
        const std::int64_t until = scenario->cluster.until.us;
        sim::Random random(scenario->cluster.seed + variant.size(), sim::Stream::Generic, 77);
        std::vector<std::int64_t> times;
        for (int i = 0; i < (variant == "base" ? kSeeks : kSeeksOfVariant); ++i)
          times.push_back(random.between(0, until));
        std::vector<std::int64_t> sorted = times;
        std::sort(sorted.begin(), sorted.end());
        std::map<std::int64_t, std::size_t> documents;  // hashes, because the texts are long
        std::map<std::int64_t, std::string> hashes;
        Session straight(scenario);
        for (std::int64_t t : sorted) {
          straight.run_until({t});
          documents[t] = std::hash<std::string>{}(state(straight));
          hashes[t] = straight.trace_hash();
        }
        straight.run_to_end();

        Timeline timeline(Session(scenario), {.interval_events = 500, .most_checkpoints = 16});
        int different = 0;
        for (std::int64_t t : times) {
          timeline.seek({t});
          different += timeline.run().trace_hash() != hashes[t];
          different += std::hash<std::string>{}(state(timeline.run())) != documents[t];
        }
        CHECK(different == 0);
        timeline.seek({until});
        CHECK(timeline.run().trace_hash() == straight.final_hash());
      },
      kSome);
}
