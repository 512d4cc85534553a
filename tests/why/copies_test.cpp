// The index of all records' copies finds for each record what a search of the whole trace finds.
#include <doctest/doctest.h>

#include "observe/why/copies.h"
#include "observe/why/story.h"
#include "why/answers.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

TEST_CASE("the index of copies agrees with a search of the trace, for truncated, lost and deleted logs as well") {
  int removed = 0;
  for (const char* file : {"scenarios/producer/acks.json", "tests/stories/delivery-all-machines.json",
                           "tests/stories/delivery-acks-1.json", "tests/stories/a-retry-refused-on-the-way.json"}) {
    Session session(loaded(read_text(source_path(file))), true);
    session.run_to_end();
    const observe::Moment moment = session.moment();
    const observe::Story story(moment);
    int compared = 0;
    constexpr std::uint32_t kEvery = 7;  // a search of the whole trace takes long
    for (std::int32_t client = 0; client < static_cast<std::int32_t>(session.cluster().nodes().size()); ++client)
      for (std::uint32_t number = 0; session.observation().ledger().record(client, number) != nullptr;
           number += kEvery) {
        const auto searched = observe::copies_of(story.trace(), client, number), found = story.copies(client, number);
        REQUIRE(found.size() == searched.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
          CHECK(found[i].node == searched[i].node);
          CHECK(found[i].tp == searched[i].tp);
          CHECK(found[i].offset == searched[i].offset);
          CHECK(found[i].from == searched[i].from);
          CHECK(found[i].to == searched[i].to);
          ++compared, removed += found[i].to != observe::kStillThere;
        }
      }
    CAPTURE(file);
    CHECK(compared > 10);
  }
  CHECK(removed > 0);
}
