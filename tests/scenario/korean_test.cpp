// The checker in Korean: every message it can form has its Korean, and no phrase hides another.
#include <doctest/doctest.h>

#include "scenario/files.h"
#include "scenario/korean.h"
#include "scenario/load.h"
#include "support/english.h"
#include "support/phrases.h"

using namespace kafkascope;
using namespace kafkascope::scenario;

TEST_CASE("no phrase is hidden by one before it") {
  for (const observe::Phrase& phrase : phrases().phrases()) {
    CAPTURE(phrase.en);
    const auto [english, wanted] = kafkascope::test::filled(phrase, "\"");
    CHECK(phrases().korean(english).value_or("") == observe::with_particles(wanted));
  }
}

TEST_CASE("every problem of every malformed file is told in Korean") {
  for (const auto& entry : std::filesystem::directory_iterator(source_path("tests/scenario/malformed"))) {
    if (entry.path().extension() != ".json") continue;
    for (const Problem& p : check(read_text(entry.path())).problems) {
      CAPTURE(p.message);
      CAPTURE(p.remedy);
      const std::string korean = in_korean(p.message);
      CHECK(korean != p.message);
      CHECK(english_in(korean) == "");
      CHECK(english_in(in_korean(p.remedy)) == "");
      const std::string line = format(p, "x.json", true);  // no word of ours between theirs
      for (const char* word : {" or ", " and ", "one of", "(replicas)", "(bytes)", "(records)", "missing"}) {
        CAPTURE(line);
        CHECK(line.find(word) == std::string::npos);
      }
    }
  }
}

TEST_CASE("where a file's own words stand in a message they stay as they are") {
  CHECK(in_korean("no topic is called \"x is no y; did you mean\"") ==
        "\"x is no y; did you mean\"이라는 토픽은 없어요");
  CHECK(in_korean("no node is called \"broker-9\" (variant \"old\")") ==
        "\"broker-9\"라는 노드는 없어요 (변형 \"old\")");
  CHECK(in_korean("timed out: /partitions/orders-0/leader equals 2, seen 1") ==
        "시간 초과: /partitions/orders-0/leader equals 2, 실제 1");
  CHECK(in_korean("/a equals \"b, seen c\", seen nothing") == "/a equals \"b, seen c\", 실제 없음");
}
