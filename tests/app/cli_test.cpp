// The program from outside: exit codes, what goes where, JSON, JUnit, trace (docs/scenario-format.md §3).
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

using nlohmann::json;
namespace fs = std::filesystem;

namespace {

struct Ran {
  int status = -1;
  std::string out;
};

/// Standard output only, unless the arguments say otherwise.
Ran run(const std::string& arguments, const std::string& environment = "LC_ALL=C LANG=C") {
  Ran r;
  FILE* pipe = popen((environment + " " + KAFKASCOPE_PROGRAM + " " + arguments).c_str(), "r");
  REQUIRE(pipe != nullptr);
  char buffer[4096];
  for (std::size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) r.out.append(buffer, n);
  const int status = pclose(pipe);
  r.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return r;
}

std::string lesson(const std::string& name) { return std::string(KAFKASCOPE_SOURCE_DIR) + "/scenarios/" + name + ".json"; }
fs::path temporary(const std::string& name) { return fs::temp_directory_path() / ("kafkascope-cli-" + std::to_string(getpid()) + "-" + name); }

std::string read(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("run: exit 0, a hash, the ledger; --json has the contract's fields") {
  const Ran plain = run("run " + lesson("replication/leader-failover"));
  CHECK(plain.status == 0);
  CHECK(plain.out.find("trace hash v1:") != std::string::npos);
  const Ran r = run("run --json " + lesson("replication/leader-failover"));
  const json j = json::parse(r.out);
  for (const char* key : {"file", "variant", "seed", "ok", "trace_hash", "until_us", "steps", "expectations", "violations", "ledger"}) CHECK(j.contains(key));
  CHECK(j["ok"] == true);
  CHECK(plain.out.find(j["trace_hash"].get<std::string>()) != std::string::npos);
  for (const char* key : {"index", "at_us", "what", "node", "ok", "error", "message"}) CHECK(j["steps"][0].contains(key));
}

TEST_CASE("run: several seeds give a list; another seed another hash") {
  const json j = json::parse(run("run --json --seeds 2 " + lesson("replication/leader-follower")).out);
  REQUIRE(j.is_array());
  REQUIRE(j.size() == 2);
  CHECK(j[0]["trace_hash"] != j[1]["trace_hash"]);
  CHECK(j[1]["seed"].get<int>() == j[0]["seed"].get<int>() + 1);
}

TEST_CASE("an expectation that fails: exit 1, with path, wanted, seen and the command that opens the moment") {
  const Ran r = run("run --set 'expect=[{\"path\": \"/ledger/acked\", \"equals\": 1}]' " + lesson("replication/leader-failover"));
  CHECK(r.status == 1);
  CHECK(r.out.find("FAIL") != std::string::npos);
  CHECK(r.out.find("/ledger/acked equals 1, seen ") != std::string::npos);
  CHECK(r.out.find("open: kafkascope ") != std::string::npos);
}

TEST_CASE("bad input: exit 2, every problem with line and column on standard output of check") {
  const fs::path file = temporary("bad.json");
  std::ofstream(file) << "{\"format\": 1, \"id\": \"x\",\n \"clustr\": {}, \"until\": 5}\n";
  const Ran r = run("check " + file.string());
  CHECK(r.status == 2);
  CHECK(r.out.find(file.string() + ":2:") != std::string::npos);
  CHECK(r.out.find("cluster") != std::string::npos);  // the nearest known name
  CHECK(run("run " + file.string() + " 2>/dev/null").status == 2);
  CHECK(run("run no-such-file.json 2>/dev/null").status == 2);
  CHECK(run("frobnicate 2>/dev/null").status == 2);
  CHECK(run("inspect --at soon " + lesson("replication/leader-failover") + " 2>/dev/null").status == 2);
  fs::remove(file);
}

TEST_CASE("inspect: the state at a moment") {
  CHECK(run("inspect --at 11s --path /partitions/orders-0/leader " + lesson("replication/leader-failover")).out == "1\n");
  CHECK(run("inspect --at 18s --path /partitions/orders-0/leader " + lesson("replication/leader-failover")).out == "2\n");
  const json state = json::parse(run("inspect --at 18s " + lesson("replication/leader-failover")).out);
  for (const char* key : {"time_us", "cluster", "nodes", "topics", "partitions", "groups", "transactions", "clients", "zookeeper", "ledger", "sinks", "invariants", "metrics"})
    CHECK(state.contains(key));
  CHECK(state["nodes"]["broker-1"]["state"] == "crashed");
  CHECK(state["ledger"]["produced"] == state["ledger"]["acked"].get<int>() + state["ledger"]["failed"].get<int>() + state["ledger"]["in_doubt"].get<int>() +
                                           state["ledger"]["pending"].get<int>());
}

TEST_CASE("trace: JSON Lines, dense seq, causes before effects, the same hash with and without") {
  const fs::path file = temporary("trace.jsonl");
  const Ran with = run("run --json --trace " + file.string() + " " + lesson("replication/leader-follower"));
  CHECK(json::parse(with.out)["trace_hash"] == json::parse(run("run --json " + lesson("replication/leader-follower")).out)["trace_hash"]);
  std::ifstream in(file);
  std::uint64_t seq = 0;
  for (std::string line; std::getline(in, line);) {
    const json l = json::parse(line);
    CHECK(l["seq"].get<std::uint64_t>() == ++seq);
    CHECK(l["cause"].get<std::uint64_t>() < seq);
  }
  CHECK(seq > 500);
  fs::remove(file);
}

TEST_CASE("tell: the lesson in the language of LANG or of --lang") {
  CHECK(run("tell " + lesson("producer/acks") + " </dev/null").out.find("Three producers") != std::string::npos);
  CHECK(run("tell " + lesson("producer/acks") + " </dev/null", "LC_ALL= LANG=ko_KR.UTF-8").out.find("프로듀서 셋") != std::string::npos);
  CHECK(run("--lang ko tell " + lesson("producer/acks") + " </dev/null").out.find("프로듀서 셋") != std::string::npos);
}

TEST_CASE("list, new, junit") {
  const json lessons = json::parse(run("list --json").out);
  CHECK(lessons.size() >= 5);
  for (const char* key : {"id", "file", "track", "title", "summary", "minutes", "until_us"}) CHECK(lessons[0].contains(key));
  for (const char* name : {"minimal", "lesson", "incident", "before-after", "guard"}) {
    const fs::path file = temporary(std::string(name) + ".json");
    CHECK(run(std::string("new ") + name + " --out " + file.string()).status == 0);
    CHECK(run("check " + file.string()).status == 0);
    CHECK(run("run " + file.string()).status == 0);
    fs::remove(file);
  }
  const fs::path report = temporary("junit.xml");
  CHECK(run("run --junit " + report.string() + " " + lesson("replication/leader-follower")).status == 0);
  CHECK(read(report).find("tests=\"1\" failures=\"0\"") != std::string::npos);
  fs::remove(report);
}
