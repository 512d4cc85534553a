// The parser handles any input without failing: mutations of good and bad files, and the largest inputs that it must refuse
// or accept.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "scenario/files.h"
#include "scenario/json_reader.h"
#include "scenario/load.h"
#include "scenario/write.h"
#include "sim/random.h"

using namespace kafkascope;
using namespace kafkascope::scenario;

namespace {

constexpr const char* kTokens[] = {"null",      "true", "-1",     "0",         "9223372036854775807",
                                   "1e308",     "\"\"", "[]",     "{}",        "\"leader:orders-0\"",
                                   "\"x-\"",    ",",    ":",      "\"",        "\\ud800",
                                   "{\"en\":",  "\xff", "\"5s\"", "\"path\":", "\"do\":",
                                   "\"when\":", "[[[["};

std::string mutated(std::string text, sim::Random& random) {
  for (std::uint64_t n = 1 + random.below(2); n > 0 && !text.empty(); --n) {
    const std::size_t at = random.below(text.size());
    switch (random.below(6)) {
      case 0: text[at] = static_cast<char>(random.below(256)); break;
      case 1: text.erase(at, 1 + random.below(20)); break;
      case 2: text.insert(at, kTokens[random.below(std::size(kTokens))]); break;
      case 3: text.resize(at); break;
      case 4: {  // a piece from another place
        const std::size_t from = random.below(text.size());
        text.insert(at, text.substr(from, random.below(60)));
        break;
      }
      default: {  // another value instead of this one
        const std::size_t colon = text.find(": ", at);
        if (colon == std::string::npos) break;
        const std::size_t end = text.find_first_of(",}\n", colon);
        text.replace(colon + 2, end == std::string::npos ? std::string::npos : end - colon - 2,
                     kTokens[random.below(std::size(kTokens))]);
      }
    }
  }
  return text;
}

}  // namespace

TEST_CASE("mutated files do not crash the parser, and each refused file has an error") {
  std::vector<std::string> seeds = {good_text()};
  for (const char* name : {"now", "everything", "zookeeper"})
    seeds.push_back(read_text(source_path(std::string("tests/scenario/good/") + name + ".json")));
  sim::Random random(20240101, sim::Stream::Generic);
  int accepted = 0;
  for (int i = 0; i < 1500; ++i) {
    const std::string text = mutated(seeds[random.below(seeds.size())], random);
    const Loaded result = load(text, {.contract_only = i % 2 == 0});
    const bool has_error = std::any_of(result.problems.begin(), result.problems.end(),
                                       [](const Problem& p) { return p.severity == Severity::Error; });
    CHECK(result.ok() != has_error);
    for (const Problem& problem : result.problems) {
      CHECK(problem.position.line >= 1);
      CHECK(problem.position.column >= 1);
      CHECK_FALSE(problem.message.empty());
      CHECK_FALSE(format(problem, "f").empty());
    }
    accepted += result.ok() ? 1 : 0;
    to_json(text, {});
  }
  CHECK(accepted > 5);  // small mutations also reach the later checks
}

TEST_CASE("every value has its position in the file") {
  const std::string text = "{\n  \"a\": [1, {\"리더\": \"x\\\"y\", \"b\" : -2.5e3}],\n\t\"c\":true}";
  Report report;
  const auto node = read_json(text, report);
  REQUIRE(node.has_value());
  const Node& list = *node->find("a");
  CHECK(list.position() == Position{2, 8});
  CHECK(list.items()[0].position() == Position{2, 9});
  const Node& inner = list.items()[1];
  CHECK(inner.position() == Position{2, 12});
  CHECK(inner.members()[0].position == Position{2, 13});
  CHECK(inner.members()[0].value.position() == Position{2, 19});
  CHECK(inner.members()[1].position == Position{2, 27});
  CHECK(inner.members()[1].value.position() == Position{2, 33});
  CHECK(inner.members()[1].value.decimal() == -2500);
  CHECK(node->find("c")->position() == Position{3, 6});
}

TEST_CASE("files above 16 MB are refused, and large files below that are read") {
  const Loaded beyond = load(std::string(kMaxFileBytes + 1, ' '));
  REQUIRE(beyond.problems.size() == 1);
  CHECK(beyond.problems[0].message.key() == "problem.file_too_large"_w);
  std::string many = "{\"format\": 1, \"until\": \"1s\", \"cluster\": {\"brokers\": 1}, \"clients\": [";
  while (many.size() < 500000) many += "{\"id\":1},[],\"x\",";
  many += "0]}";
  CHECK_FALSE(load(many).ok());
  std::string keys = "{";
  for (int i = 0; i < 50000; ++i) keys += "\"k" + std::to_string(i) + "\":0,";
  keys += "\"format\":1}";
  CHECK_FALSE(check(keys).ok());
  std::string words = "[";
  for (int i = 0; i < 100000; ++i) words += "[1],";
  words += "0]";
  CHECK_FALSE(check(words).ok());
}

TEST_CASE("numbers at the limits of their range are accepted or refused correctly") {
  CHECK(load(replaced(good_text(), "\"format\": 1,", "\"format\": 1, \"seed\": 9223372036854775807,")).ok());
  CHECK_FALSE(load(replaced(good_text(), "\"format\": 1,", "\"format\": 1, \"seed\": 9223372036854775808,")).ok());
  CHECK_FALSE(load(replaced(good_text(), "\"format\": 1,", "\"format\": 1, \"seed\": -1,")).ok());
  CHECK_FALSE(load(replaced(good_text(), "\"format\": 1,", "\"format\": 1.0,")).ok());
  CHECK(load(replaced(good_text(), "\"30s\"", "\"365d\"")).ok());
}
