// kafkascope run: headless, as fast as possible; a line per step, expectation and violation; the ledger; the trace hash.
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "app/cli/files.h"
#include "app/cli/progress.h"
#include "app/cli/report.h"
#include "observe/trace_writer.h"
#include "scenario/session.h"
#include "scenario/variants.h"

namespace kafkascope::cli {

namespace {

using nlohmann::ordered_json;

void run_session(scenario::Session& session, const std::string& file) {
  run_with_progress(session, session.until(), file);
  session.run_to_end();
}

std::vector<std::string> variants_of(const std::string& file, const Options& o) {
  if (!o.variant.empty()) return {o.variant};
  const auto text = read_file(file);
  if (!text) return {};
  scenario::LoadOptions options;
  for (const std::string& set : o.sets) options.set.push_back(scenario::split_set(set));
  const scenario::Loaded loaded = scenario::load(*text, options);
  if (!loaded.ok()) {
    print_problems(loaded, file, std::cerr);
    return {};
  }
  std::vector<std::string> ids;
  for (const scenario::Variant& v : loaded.scenario->variants) ids.push_back(v.id);
  if (ids.empty()) ids.push_back("base");
  return ids;
}

}  // namespace

int run(const Options& o) {
  // Nothing is run if any of the files is bad.
  struct Job {
    std::string file, variant;
    std::uint64_t seed;
    ScenarioPtr scenario;
  };
  std::vector<Job> jobs;
  bool bad = false;
  for (const std::string& file : o.files) {
    const auto variants = variants_of(file, o);
    bad = bad || variants.empty();
    for (const std::string& variant : variants) {
      const ScenarioPtr first = load_one(file, o, variant, o.seed);
      if (first == nullptr) {
        bad = true;
        break;
      }
      for (int i = 0; i < o.seeds; ++i) {
        const std::uint64_t seed = first->cluster.seed + static_cast<std::uint64_t>(i);
        jobs.push_back({file, variant, seed, i == 0 ? first : nullptr});  // the others are read when their turn comes
      }
    }
  }
  if (bad) return kBadInput;

  for (const std::string* out : {&o.trace, &o.junit})
    if (!out->empty() && !can_write(*out)) return kBadInput;
  std::ofstream trace;
  if (!o.trace.empty()) trace.open(o.trace, std::ios::binary);
  int status = kOk;
  ordered_json results = ordered_json::array();
  std::vector<JunitCase> junit;
  for (Job& job : jobs) {
    if (job.scenario == nullptr) job.scenario = load_one(job.file, o, job.variant, job.seed);
    observe::TraceWriter writer(trace);
    auto session = std::make_unique<scenario::Session>(job.scenario, false, trace.is_open() ? &writer : nullptr);
    run_session(*session, job.file);
    if (trace.is_open()) writer.finish(observe::ClusterView(session->cluster()));
    if (!session->ok()) {
      // Once more with the trace kept: the last events about what failed are part of the answer, and the run is the same.
      session = std::make_unique<scenario::Session>(job.scenario, true);
      run_session(*session, job.file);
    }
    if (session->cluster().faulted()) {
      status = std::max<int>(status, kCannot);
    } else if (!session->ok()) {
      status = std::max<int>(status, kFailed);
    }
    if (o.json) {
      results.push_back(json_report(*session, job.file));
    } else {
      print_report(*session, job.file, o, std::cout);
    }
    junit.push_back(junit_case(*session, job.file));
  }
  if (o.json)
    std::cout
        << (results.size() == 1 ? results[0] : results).dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
        << "\n";
  if (trace.is_open() && !trace.flush()) {
    std::cerr << o.trace
              << tr(": could not be written to its end; is the disk full?\n",
                    ": 끝까지 쓰지 못했어요. 디스크가 가득 찼나요?\n");
    status = std::max<int>(status, kCannot);
  }
  if (!o.junit.empty() && !write_file(o.junit, junit_xml(junit))) status = std::max<int>(status, kCannot);
  return status;
}

}  // namespace kafkascope::cli
