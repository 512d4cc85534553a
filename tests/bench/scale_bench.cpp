// How large a cluster one process can run: clusters of 100 to 1,000 brokers with 100 partitions and 100 records/s for each, a broker and the active
// controller killed on the way. Trace hash, ledger and invariants on, trace lines not stored.
//
// Each point runs in a process of its own, so that its memory peak is measured separately. On a shared machine, compare CPU time.
//
//   bench_scale                    the curve, 60 simulated seconds each
//   bench_scale 300 20             300 brokers, 20 simulated seconds (no crash before 20 s)
//   GLIBC_TUNABLES= bench_scale    without huge pages
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "app/cli/memory.h"
#include "scenario/load.h"
#include "scenario/session.h"

namespace {

using namespace kafkascope;

/// Topics of 1,000 partitions, replication factor 3, each with a keyless producer of 1,000 records/s: Kafka's defaults otherwise.
std::string scale_scenario(int brokers, int seconds) {
  const int topics = brokers / 10;
  std::string topic_list, clients;
  for (int i = 0; i < topics; ++i) {
    const char* comma = i == 0 ? "" : ",";
    topic_list += fmt::format(R"({}{{"name": "t{}", "partitions": 1000, "replication_factor": 3}})", comma, i);
    clients += fmt::format(R"({}{{"id": "p{}", "kind": "producer", "topic": "t{}", "rate": "1000/s"}})", comma, i, i);
  }
  std::string steps;
  if (seconds > 30)
    steps = R"({"at": "20s", "do": "crash", "node": "broker-1"}, {"at": "30s", "do": "crash", "node": "controller"})";
  return fmt::format(
      R"({{"format": 1, "id": "scale", "title": {{"en": "Scale"}}, "summary": {{"en": "Scale"}}, "track": "operations",
    "seed": 1, "kafka": "4.1", "cluster": {{"metadata": "kraft", "controllers": 3, "brokers": {}}},
    "topics": [{}], "clients": [{}], "steps": [{}], "until": "{}s"}})",
      brokers, topic_list, clients, steps, seconds);
}

int run_point(int brokers, int seconds) {
  const cli::MemoryAhead memory_ahead;  // as `kafkascope run` has it
  scenario::Loaded loaded = scenario::load(scale_scenario(brokers, seconds));
  if (!loaded.ok()) {
    for (const scenario::Problem& p : loaded.problems)
      fmt::print(stderr, "{}\n", words::render(words::Lang::En, p.message));
    return 1;
  }
  const auto begin = std::chrono::steady_clock::now();
  scenario::Session session(std::make_shared<const scenario::Scenario>(std::move(*loaded.scenario)));
  session.run_to_end();
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto whole = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  fmt::print("{:>7} {:>10} {:>9} {:>9} {:>11} {:>8.1f} {:>8.1f} {:>8} {:>6}  {}\n", brokers, brokers * 100,
             brokers * 100, seconds, session.events(), wall, whole(used.ru_utime) + whole(used.ru_stime),
             used.ru_maxrss / 1024, session.ok() ? "yes" : "NO", session.trace_hash());
  std::fflush(stdout);
  _exit(session.ok() ? 0 : 1);  // the run's memory need not be freed piece by piece
}

}  // namespace

int main(int argc, char** argv) {
  cli::begin_with_huge_pages(argv);  // as `kafkascope run` does
  struct Point {
    int brokers, seconds;
  };
  std::vector<Point> points = {{100, 60}, {300, 60}, {1000, 60}};
  if (argc > 1) points = {{std::atoi(argv[1]), argc > 2 ? std::atoi(argv[2]) : 60}};
  fmt::print("brokers partitions records/s simulated      events   wall s    CPU s peak MiB     ok  trace hash\n");
  std::fflush(stdout);
  bool all_ok = true;
  for (const Point p : points) {
    const pid_t child = fork();
    if (child == 0) return run_point(p.brokers, p.seconds);
    int status = 1;
    waitpid(child, &status, 0);
    all_ok = all_ok && status == 0;
  }
  return all_ok ? 0 : 1;
}
