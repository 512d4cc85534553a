// The sentences about time-outs give the value beside the setting's name, also where the trace line has only the reason.
#include "observe/observation.h"
#include "observe/words/words.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_quorum.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// The number of lines about members, rebalances and voters whose sentences name the setting and its value, in both languages.
int lines_with_limit(const Session& session, const std::string& limit) {
  const observe::ClusterView names(session.cluster(), &session.observation());
  const observe::TraceStore& trace = session.observation().trace();
  const auto has = [&](const std::string& text) { return text.find(", " + limit) != std::string::npos; };
  int lines = 0;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const sim::TraceLine& l = trace[i];
    if (!is<fact::GroupMemberLeft>(l) && !is<fact::GroupRebalance>(l) && !is<fact::QuorumStateChanged>(l)) continue;
    const observe::Words words = observe::sentence(l, names);
    lines += has(words.en) && has(words.ko);
  }
  return lines;
}

}  // namespace

TEST_CASE("a group's and a quorum's lines name the time-out that was over, with the value that was in force") {
  struct Limit {
    const char *file, *variant;
    std::int64_t at_ms;
    const char* limit;
    int lines;
  };
  for (const Limit& c :
       {Limit{"tests/stories/group-with-its-own-timeouts.json", "base", 118'000, "consumer.session.timeout.ms=60000",
              2},  // the member leaves, the group rebalances
        {"tests/stories/group-with-its-own-timeouts.json", "brokers-own", 104'000,
         "group.consumer.session.timeout.ms=45000", 2},
        {"tests/stories/share-member-dies.json", "base", 56'000, "group.share.session.timeout.ms=45000", 2},
        {"scenarios/groups/static-membership.json", "base", 49'000, "session.timeout.ms=20000", 2},
        {"tests/stories/revocation-too-slow.json", "base", 23'000, "max.poll.interval.ms=12000", 2},
        {"tests/stories/who-does-not-rejoin-is-out.json", "base", 21'000, "max.poll.interval.ms=8000", 1},
        {"tests/stories/quorum-split-brain.json", "base", 6'000, "controller.quorum.fetch.timeout.ms=2000", 3}}) {
    CAPTURE(c.file);
    CAPTURE(c.limit);
    CHECK(lines_with_limit(session_at(c.file, c.at_ms, c.variant), c.limit) == c.lines);
  }
}

TEST_CASE("a group whose members have different rebalance time-outs names none, which might be another's") {
  const std::string file = read_text(source_path("tests/stories/who-does-not-rejoin-is-out.json"));
  std::string other = file;
  other.replace(other.find("8000"), 4, "7000");
  Session session(loaded(other), true);
  session.run_until(sim::Instant{} + sim::milliseconds(21'000));
  CHECK(lines_with_limit(session, "max.poll.interval.ms") == 0);
}
