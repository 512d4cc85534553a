// Facts: every kind has one, keeps its number and names, and is unchanged by packing.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "protocol/all_facts.h"
#include "support/places.h"

using namespace kafkascope;
using protocol::IdList;
using protocol::Offset;
using protocol::Trace;

namespace {

/// A fact with an unused number between others.
struct Holed {
  KAFKASCOPE_FACT(Trace::LogFlushed, "holed")
  sim::Unused nothing;
  std::int32_t second;
  KAFKASCOPE_FIELDS(nothing, second)
};

sim::TraceLine line_of(sim::TraceKind kind, std::int64_t a, std::int64_t b, std::int64_t c) {
  sim::TraceLine line;
  line.kind = kind;
  line.topic = 7;
  line.partition = 3;
  sim::LineParts::set_number<0>(line, a);
  sim::LineParts::set_number<1>(line, b);
  sim::LineParts::set_number<2>(line, c);
  sim::LineParts::set_reason(line, 1);
  return line;
}

}  // namespace

// The numbers and names are part of trace hashes, of saved files and of other programs that read `--trace`: a new kind gets a new
// line at the end.
TEST_CASE("kinds of facts keep their numbers and the names of their fields") {
  std::ifstream in(source_root() + "/tests/protocol/data/trace_kinds.txt");
  std::set<sim::TraceKind> listed;
  for (std::string line; std::getline(in, line);) {
    CAPTURE(line);
    std::istringstream cells(line);
    std::string number, name, a, b, c, text, reason;
    std::getline(cells, number, '|'), std::getline(cells, name, '|'), std::getline(cells, a, '|');
    std::getline(cells, b, '|'), std::getline(cells, c, '|'), std::getline(cells, text, '|');
    std::getline(cells, reason, '|');
    const auto kind = static_cast<sim::TraceKind>(std::stoi(number));
    const sim::FactNames& names = protocol::trace_kind_info(kind);
    CHECK(names.name == name);
    CHECK(names.numbers[0] == a);
    CHECK(names.numbers[1] == b);
    CHECK(names.numbers[2] == c);
    std::string parts;
    for (const sim::FactNames::Part& part : names.parts)
      if (!part.name.empty()) parts += (parts.empty() ? "" : " ") + std::string(part.name) + (part.number ? "#" : "");
    CHECK(parts == text);
    CHECK(std::string(names.reason) + (names.reason.empty() ? "" : ":") + std::string(names.reasons.name) == reason);
    listed.insert(kind);
  }
  fact::AllFacts::for_each([&]<class F>() { CHECK_MESSAGE(listed.contains(sim::kind_of<F>()), F::kName); });
  CHECK(protocol::trace_kind_info(12).name == "unknown");
  CHECK(protocol::trace_kind_info(static_cast<sim::TraceKind>(*listed.rbegin() + 1)).name == "unknown");
}

TEST_CASE("each fact has its own kind and name") {
  std::set<sim::TraceKind> kinds;
  std::set<std::string_view> names;
  int facts = 0;
  fact::AllFacts::for_each([&]<class F>() {
    ++facts;
    kinds.insert(sim::kind_of<F>());
    names.insert(F::kName);
  });
  CHECK(facts >= 118);
  CHECK(kinds.size() == static_cast<std::size_t>(facts));
  CHECK(names.size() == static_cast<std::size_t>(facts));
}

TEST_CASE("a fact is packed and read back, and cannot be read as another kind") {
  fact::AllFacts::for_each([]<class F>() {
    CAPTURE(F::kName);
    constexpr sim::FactNames kNames = sim::names_of<F>();
    for (int set = 0; set < 3; ++set) {
      sim::TraceLine line = line_of(sim::kind_of<F>(), set == 0, set == 1, set == 2);
      sim::PartWriter parts;
      for (const sim::FactNames::Part& part : kNames.parts)
        if (part.number) parts.number(set % 2);
        else if (!part.name.empty()) parts.text(set == 0 ? "" : "billing: c-1/id");
      sim::LineParts::set_text(line, kNames.one_text() ? "billing: c-1/id" : parts.written());
      const F read = as<F>(line);
      const sim::TraceLine again = sim::pack(read);
      CHECK(as<F>(again) == read);
      CHECK(again.kind == line.kind);
      CHECK((again.topic == 7 || again.topic == -1));
      CHECK(again.partition == (again.topic == 7 ? 3 : -1));
      CHECK(sim::LineParts::number<0>(again) == (set == 0 && !kNames.numbers[0].empty()));
      CHECK(sim::LineParts::number<1>(again) == (set == 1 && !kNames.numbers[1].empty()));
      CHECK(sim::LineParts::number<2>(again) == (set == 2 && !kNames.numbers[2].empty()));
      CHECK(sim::LineParts::text(again) == sim::LineParts::text(line));
      CHECK(sim::LineParts::reason(again) == (kNames.reason.empty() ? 0 : 1));
    }
    const auto other = static_cast<sim::TraceKind>(sim::kind_of<F>() + 1);
    CHECK_THROWS_AS(as<F>(line_of(other, 0, 0, 0)), std::logic_error);
    CHECK_FALSE(fact_if<F>(line_of(other, 0, 0, 0)));
    CHECK_FALSE(is<F>(line_of(other, 0, 0, 0)));
  });
}

TEST_CASE("a fact's fields are packed into the line in order and in full width") {
  const sim::TraceLine line = sim::pack(fact::LogTruncated{.partition = {1, 2},
                                                           .to = Offset{std::int64_t{1} << 60},
                                                           .from = Offset{-1},
                                                           .reason = fact::TruncationReason::Diverged});
  CHECK(line.kind == protocol::kind(Trace::LogTruncated));
  CHECK(line.topic == 1);
  CHECK(line.partition == 2);
  CHECK(sim::LineParts::number<0>(line) == std::int64_t{1} << 60);
  CHECK(sim::LineParts::number<1>(line) == -1);
  CHECK(sim::LineParts::reason(line) == 3);
  CHECK(sim::LineParts::text(line).empty());

  const sim::TraceLine holed = sim::pack(Holed{{}, 5});
  CHECK(sim::LineParts::number<0>(holed) == 0);
  CHECK(sim::LineParts::number<1>(holed) == 5);
  CHECK(as<Holed>(holed).second == 5);
  CHECK(sim::names_of<Holed>().numbers[0].empty());
  CHECK(sim::names_of<Holed>().numbers[1] == "second");
}

TEST_CASE("several values in one text are read back unchanged, whatever characters they have") {
  const std::string long_one(300, 'x'), zeros(3, '\0');
  sim::PartWriter writer;
  for (const std::string& text : {std::string("pool: a"), std::string(), long_one, zeros}) writer.text(text);
  writer.number(-7);
  writer.number(0);
  sim::PartReader reader(writer.written());
  CHECK(reader.text() == "pool: a");
  CHECK(reader.text().empty());
  CHECK(reader.text() == long_one);
  CHECK(reader.text() == zeros);
  CHECK(reader.number() == -7);
  CHECK(reader.number() == 0);
  CHECK(reader.text().empty());
  sim::PartWriter nothing;
  nothing.text("");
  nothing.number(0);
  CHECK(nothing.written().empty());
  sim::PartReader broken("\xff\xff");  // not a valid length
  CHECK(broken.text().empty());
}

TEST_CASE("each reason has a unique name in its family and keeps its number") {
  CHECK(sim::name(fact::TruncationReason::LeadersStartInsideBatch) == "leaders_start_inside_batch");
  CHECK(sim::name(fact::TruncationReason{}).empty());
  CHECK(sim::name(static_cast<fact::TruncationReason>(999)).empty());
  int families = 0;
  fact::AllFacts::for_each([&]<class F>() {
    constexpr sim::FactNames kNames = sim::names_of<F>();
    if (kNames.reason.empty()) return;
    ++families;
    CAPTURE(kNames.reasons.name);
    std::set<std::string> names;
    for (const sim::ReasonNumber number : kNames.reasons.numbers()) names.insert(kNames.reasons.name_of(number));
    CHECK(names.size() == kNames.reasons.numbers().size());
    CHECK_FALSE(names.contains(""));
  });
  CHECK(families == 19);
  static_assert(sim::detail::numbered("A = 1, B = 3"));
  static_assert(!sim::detail::numbered("A, B"));
  static_assert(!sim::detail::numbered("A = 1, B = 1"));
}

// The texts in facts, besides numbers and reasons: names given by users, Kafka's and ZooKeeper's own names and messages, lists. No
// sentences: a new text may be listed here only if it is not a sentence.
TEST_CASE("the text fields of facts contain only names, lists and Kafka's own words") {
  const std::set<std::string_view> names{"arguments", "assignor",
                                         "consumer",  "entity",
                                         "entry",     "exception",
                                         "feature",   "group",
                                         "isr",       "key",
                                         "kind",      "member",
                                         "message",   "name",
                                         "operation", "partitions",
                                         "path",      "queue",
                                         "record",    "replaced_by",
                                         "resource",  "said",
                                         "service",   "state",
                                         "topic",     "transactional_id",
                                         "value",     "verb",
                                         "what"};
  std::set<std::string_view> seen;
  fact::AllFacts::for_each([&]<class F>() {
    for (const sim::FactNames::Part& part : sim::names_of<F>().parts)
      if (!part.name.empty() && !part.number) seen.insert(part.name);
  });
  CHECK(seen == names);
}

TEST_CASE("lists in a text are read back unchanged") {
  const fact::IdsChangeText grown(IdList{1, 2}, IdList{1, 2, 3000});
  CHECK(grown.text == "[1,2] -> [1,2,3000]");
  CHECK(grown.before() == IdList{1, 2});
  CHECK(grown.after() == IdList{1, 2, 3000});
  CHECK(fact::IdsText(IdList{}).ids().empty());
  CHECK(fact::IdsText(IdList{3, 1}).ids() == IdList{3, 1});
  CHECK(fact::PartitionsText("[orders-0, orders-1]").names() == std::vector<std::string>{"orders-0", "orders-1"});
  CHECK(fact::PartitionsText("orders-2").names() == std::vector<std::string>{"orders-2"});
  CHECK(fact::PartitionsText("[]").names().empty());
}

TEST_CASE("a line about a group matches only that group's id, whatever characters the id has") {
  for (const char* group : {"billing", "billing team", "team:billing", "pool: a"}) {
    CAPTURE(group);
    const std::string other = std::string(group) + "-2";
    const auto tells = [&](const auto& fact) {
      const sim::TraceLine line = sim::pack(fact);
      CHECK(fact::tells_of_group(line, group));
      CHECK_FALSE(fact::tells_of_group(line, other));
      CHECK_FALSE(fact::tells_of_group(line, "bill"));
    };
    tells(fact::OffsetCommitted{{0, 0}, Offset{3}, 1, group});
    tells(fact::MemberEpoch{1, {}, 2, group, "c-1/id"});
    tells(fact::GroupTarget{1, 2, group, "uniform"});
    tells(fact::GroupRebalance{1, 2, false, fact::GroupReason::Joined, group, "c-1/id", "", 0});
  }
  CHECK_FALSE(fact::tells_of_group(sim::pack(fact::LogFlushed{{0, 0}, Offset{3}}), "billing"));
  CHECK(fact::broker_in(sim::pack(fact::BrokerDirsOffline{2, 40, 1})) == 2);
  CHECK_FALSE(fact::broker_in(sim::pack(fact::ControllerActive{3000, {1}})));
}

TEST_CASE("only packing, hashing and writing a line reads its numbers and text by position") {
  const std::set<std::string> allowed{"src/sim/trace.h", "src/sim/fact.h", "src/sim/fact.cpp", "src/sim/timeline.cpp",
                                      "src/observe/time/trace_writer.cpp"};
  const std::filesystem::path root = source_root();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / "src")) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".h" && extension != ".cpp") continue;
    const std::string file = std::filesystem::relative(entry.path(), root).generic_string();
    std::ifstream in(entry.path());
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    CAPTURE(file);
    CHECK((text.find("LineParts") == std::string::npos || allowed.contains(file)));
  }
}
