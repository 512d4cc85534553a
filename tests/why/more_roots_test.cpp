// For the lag of groups, where a log begins, the errors of clients and what consumers have been assigned: without the act that Why? names it
// differs at that moment. Where Why? names none, no act made it (more_exceptions.txt: what is not so, and why).
#include "why/root_check.h"

using namespace kafkascope;
using namespace kafkascope::test;
using nlohmann::json;
using scenario::Session;

namespace {

constexpr std::int64_t kUsualLag = 50;  // a smaller one is usual

/// To ask all stories everything would take twice the time that a test may take: by its name one of three is, whatever stories are
/// added, and of the others less.
bool is_asked_less(const File& file) {
  unsigned sum = 0;
  for (const char c : file.name) sum += static_cast<unsigned char>(c);
  return file.name.starts_with("tests/stories") && sum % 3 != 0;
}

std::int64_t count_in(const json& value) { return value.is_number_integer() ? value.get<std::int64_t>() : 0; }

std::vector<Odd> more_odd_things(Session& session) {
  std::vector<Odd> found;
  const json groups = state_in(session, "/groups"), partitions = state_in(session, "/partitions"),
             clients = state_in(session, "/clients");
  for (const auto& [name, group] : groups.items()) {
    const json lags = group.value("lag", json::object());
    for (const auto& [partition, lag] : lags.items())
      if (count_in(lag) > kUsualLag) found.push_back({"lag", "/groups/" + name + "/lag/" + partition});
  }
  for (const auto& [name, p] : partitions.items())
    if (!name.starts_with("__") && count_in(p["log_start_offset"]) > 0)
      found.push_back({"log start", "/partitions/" + name + "/log_start_offset"});
  for (const auto& [name, c] : clients.items()) {
    const json errors = c.value("errors", json::object());
    for (const auto& [error, times] : errors.items())
      if (error != "MEMBER_ID_REQUIRED") found.push_back({"error", "/clients/" + name + "/errors/" + error});
    if (c["kind"] == "consumer" && c.contains("assignment") && c["assignment"].is_array())
      found.push_back({"assignment", "/clients/" + name + "/assignment"});
  }
  return found;
}

bool more_is_gone(Session& session, Session& other, const Odd& odd) {
  const json here = state_in(session, odd.path), there = state_in(other, odd.path);
  // A log that is not there says nothing.
  if (odd.kind == "lag") return there.is_number() ? count_in(there) * 4 <= count_in(here) * 3 : false;
  if (odd.kind == "log start") return there.is_number() && count_in(there) < count_in(here);
  if (odd.kind == "error") return count_in(there) < count_in(here);
  return there != here;
}

}  // namespace

TEST_CASE("a lag, a log's start, an error or an assignment is different in a run without its root cause") {
  std::vector<File> files = files_below("scenarios");
  for (File& file : files_below("tests/stories")) files.push_back(std::move(file));
  // A lag has many reasons that no act made: it must be much smaller before one was missed. Of an error none must be left.
  RootCheck check{&more_odd_things, &more_is_gone, {}, "tests/why/more_exceptions.txt"};
  check.without_act["lag"] = [](Session& here, Session& quiet, const Odd& odd) {
    const json lag = state_in(quiet, odd.path);
    return lag.is_number() && count_in(lag) * 4 <= count_in(state_in(here, odd.path));
  };
  check.without_act["log start"] = &more_is_gone;
  check.without_act["error"] = [](Session&, Session& quiet, const Odd& odd) {
    return count_in(state_in(quiet, odd.path)) == 0;
  };
  check.without_act["assignment"] = &more_is_gone;
  check.moments = 5;
  check.of_a_kind = 4;
  check.briefly = &is_asked_less;
  const auto named = check_roots(check, files);
  CHECK((kSome > 1 || named.size() == 4));
}
