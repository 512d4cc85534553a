// The checker in Korean: every problem has a Korean text, and quotations from the file stay unchanged.
#include <doctest/doctest.h>

#include "scenario/evaluate.h"
#include "scenario/files.h"
#include "scenario/load.h"
#include "support/english.h"

using namespace kafkascope;
using namespace kafkascope::scenario;

namespace {
std::string korean(const Message& message) { return words::render(words::Lang::Ko, message); }
}  // namespace

TEST_CASE("every problem in the malformed files is reported in Korean") {
  for (const auto& entry : std::filesystem::directory_iterator(source_path("tests/scenario/malformed"))) {
    if (entry.path().extension() != ".json") continue;
    for (const Problem& p : check(read_text(entry.path())).problems) {
      CAPTURE(format(p, "x.json"));
      CHECK(korean(p.message) != words::render(words::Lang::En, p.message));
      CHECK(english_in(korean(p.message)) == "");
      CHECK(english_in(korean(p.remedy)) == "");
      const std::string line = format(p, "x.json", words::Lang::Ko);  // must not contain English words of ours
      for (const char* word : {" or ", " and ", "one of", "(replicas)", "(bytes)", "(records)", "missing"}) {
        CAPTURE(line);
        CHECK(line.find(word) == std::string::npos);
      }
    }
  }
}

TEST_CASE("messages quote a file's own words unchanged") {
  CHECK(korean(no_such("thing.topic"_w, "x is no y; did you mean")) ==
        "\"x is no y; did you mean\"이라는 토픽은 없어요");
  CHECK(korean(
            Message("problem.in_variant"_w, {{"what", no_such("thing.node"_w, "broker-9")}, {"variant", "\"old\""}})) ==
        "\"broker-9\"라는 노드는 없어요 (변형 \"old\")");
  const Message one("problem.example"_w, {{"text", "1"}});
  CHECK(korean(Message("run.timed_out"_w, {{"what", "/partitions/orders-0/leader equals 2"}, {"seen", one}})) ==
        "시간 초과: /partitions/orders-0/leader equals 2, 실제 1");
  CHECK(korean(Message("run.seen"_w, {{"what", "/a equals \"b, seen c\""}, {"seen", "problem.thing.nothing"_w}})) ==
        "/a equals \"b, seen c\", 실제 없음");
}

TEST_CASE("problems are listed in the order of the file, in every language") {
  const Loaded loaded = check(R"({"format": 1, "until": "1s", "cluster": {"brokers": 1}, "zoo": 1, "topics": 3})");
  REQUIRE(loaded.problems.size() == 2);
  CHECK(format(loaded.problems[0], "f").starts_with("f:1:57: /zoo: "));
  CHECK(format(loaded.problems[1], "f", words::Lang::Ko).starts_with("f:1:77: /topics: "));
}
