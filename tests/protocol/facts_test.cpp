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

/// A kind with a hole among its numbers.
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
  sim::LineParts::set_text(line, "billing c-1/id: it left");
  return line;
}

}  // namespace

// These are in the trace hashes, in saved files and in what others have made of `--trace`: a new kind gets a new line at the end.
TEST_CASE("kinds keep their numbers and the names of their fields") {
  std::ifstream in(source_root() + "/tests/protocol/data/trace_kinds.txt");
  std::set<sim::TraceKind> listed;
  for (std::string line; std::getline(in, line);) {
    CAPTURE(line);
    std::istringstream cells(line);
    std::string number, name, a, b, c, text;
    std::getline(cells, number, '|'), std::getline(cells, name, '|'), std::getline(cells, a, '|');
    std::getline(cells, b, '|'), std::getline(cells, c, '|'), std::getline(cells, text, '|');
    const auto kind = static_cast<sim::TraceKind>(std::stoi(number));
    const sim::FactNames& names = protocol::trace_kind_info(kind);
    CHECK(names.name == name);
    CHECK(names.numbers[0] == a);
    CHECK(names.numbers[1] == b);
    CHECK(names.numbers[2] == c);
    CHECK(names.text == text);
    listed.insert(kind);
  }
  CHECK(listed.size() == 112);
  CHECK(*listed.rbegin() + 1 == protocol::kind(Trace::End));
  CHECK(protocol::trace_kind_info(12).name == "unknown");
  CHECK(protocol::trace_kind_info(protocol::kind(Trace::End)).name == "unknown");
}

TEST_CASE("each kind has exactly one fact") {
  std::set<sim::TraceKind> kinds;
  std::set<std::string_view> names;
  int facts = 0;
  fact::AllFacts::for_each([&]<class F>() {
    ++facts;
    kinds.insert(sim::kind_of<F>());
    names.insert(F::kName);
  });
  CHECK(facts == 112);
  CHECK(kinds.size() == 112);
  CHECK(names.size() == 112);
}

TEST_CASE("a fact is packed and read back, and cannot be read as another kind") {
  fact::AllFacts::for_each([]<class F>() {
    CAPTURE(F::kName);
    constexpr sim::FactNames kNames = sim::names_of<F>();
    for (int set = 0; set < 3; ++set) {
      const sim::TraceLine line = line_of(sim::kind_of<F>(), set == 0, set == 1, set == 2);
      const F read = as<F>(line);
      const sim::TraceLine again = sim::pack(read);
      CHECK(as<F>(again) == read);
      CHECK(again.kind == line.kind);
      CHECK((again.topic == 7 || again.topic == -1));
      CHECK(again.partition == (again.topic == 7 ? 3 : -1));
      CHECK(sim::LineParts::number<0>(again) == (set == 0 && !kNames.numbers[0].empty()));
      CHECK(sim::LineParts::number<1>(again) == (set == 1 && !kNames.numbers[1].empty()));
      CHECK(sim::LineParts::number<2>(again) == (set == 2 && !kNames.numbers[2].empty()));
      CHECK(sim::LineParts::text(again) == (kNames.text.empty() ? "" : "billing c-1/id: it left"));
    }
    const auto other = static_cast<sim::TraceKind>(sim::kind_of<F>() + 1);
    CHECK_THROWS_AS(as<F>(line_of(other, 0, 0, 0)), std::logic_error);
    CHECK_FALSE(fact_if<F>(line_of(other, 0, 0, 0)));
    CHECK_FALSE(is<F>(line_of(other, 0, 0, 0)));
  });
}

TEST_CASE("a fact's fields are in the line in their order and with their full width") {
  const sim::TraceLine line = sim::pack(fact::LogTruncated{
      .partition = {1, 2}, .to = Offset{std::int64_t{1} << 60}, .from = Offset{-1}, .reason = "a tail"});
  CHECK(line.kind == protocol::kind(Trace::LogTruncated));
  CHECK(line.topic == 1);
  CHECK(line.partition == 2);
  CHECK(sim::LineParts::number<0>(line) == std::int64_t{1} << 60);
  CHECK(sim::LineParts::number<1>(line) == -1);
  CHECK(sim::LineParts::text(line) == "a tail");

  const sim::TraceLine holed = sim::pack(Holed{{}, 5});
  CHECK(sim::LineParts::number<0>(holed) == 0);
  CHECK(sim::LineParts::number<1>(holed) == 5);
  CHECK(as<Holed>(holed).second == 5);
  CHECK(sim::names_of<Holed>().numbers[0].empty());
  CHECK(sim::names_of<Holed>().numbers[1] == "second");
}

TEST_CASE("texts that hold several values are split as they were joined") {
  const fact::GroupMemberReason left("billing", "c-1/id", "replaced by c-1: id");
  CHECK(left.text == "billing c-1/id: replaced by c-1: id");
  CHECK(left.group() == "billing");
  CHECK(left.member() == "c-1/id");
  CHECK(left.reason() == "replaced by c-1: id");
  CHECK(left.group_and_member() == "billing c-1/id");
  const fact::GroupMember joined("billing", "c-1/id");
  CHECK(joined.text == "billing c-1/id");
  CHECK(joined.member() == "c-1/id");
  const fact::GroupAndReason why("billing", "");
  CHECK(why.text == "billing: ");
  CHECK(why.group() == "billing");
  CHECK(why.reason().empty());
  CHECK(fact::ServiceAndReason().service().empty());

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

TEST_CASE("a line tells of its own group and of no other, whatever characters the id has") {
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
    tells(fact::MemberEpoch{1, {}, 2, {group, "c-1/id", "STABLE"}});
    tells(fact::GroupTarget{1, 2, {group, "uniform"}});
    tells(fact::GroupRebalance{1, 2, {group, "a member has joined"}});
    const fact::ShareMemberReason closed{group, "c-1/id", fact::ShareSettled::kSessionClosed};
    CHECK(closed.because(fact::ShareSettled::kSessionClosed));
    CHECK_FALSE(closed.because(fact::ShareSettled::kConnectionGone));
    CHECK_FALSE(closed.because("session was closed"));
  }
  CHECK_FALSE(fact::tells_of_group(sim::pack(fact::LogFlushed{{0, 0}, Offset{3}}), "billing"));
  CHECK(fact::broker_in(sim::pack(fact::BrokerDirsOffline{2, 40, 1})) == 2);
  CHECK_FALSE(fact::broker_in(sim::pack(fact::ControllerActive{3000, {1}})));
}

TEST_CASE("only packing, hashing and writing a line reads its numbers and text by position") {
  const std::set<std::string> allowed{"src/sim/trace.h", "src/sim/fact.h", "src/sim/fact.cpp", "src/sim/kernel.cpp",
                                      "src/observe/trace_writer.cpp"};
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
