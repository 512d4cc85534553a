// kafkascope run: headless, as fast as possible; a line per step, expectation and violation; the ledger; the trace hash.
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "app/cli/files.h"
#include "app/cli/progress.h"
#include "app/cli/report.h"
#include "observe/time/trace_writer.h"
#include "scenario/session.h"
#include "scenario/variants.h"

namespace kafkascope::cli {

namespace {

using nlohmann::ordered_json;

void run_session(scenario::Session& session, const std::string& file) {
  run_with_progress(session, session.until(), file);
  session.run_to_end();
}

bool finish(OutputFile& file, const std::string& name, std::ofstream& text) {
  text.close();
  return text ? file.keep() : could_not_write(name);
}

}  // namespace

int run(const Options& o) {
  // Nothing is run if any of the files has an error.
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
        jobs.push_back({file, variant, seed, i == 0 ? first : nullptr});  // the others are loaded just before they run
      }
    }
  }
  if (bad) return kBadInput;

  std::optional<OutputFile> trace_file, junit_file;
  for (const auto& [name, file] : {std::pair(&o.trace, &trace_file), std::pair(&o.junit, &junit_file)}) {
    if (name->empty()) continue;
    if (auto begun = OutputFile::begin(*name)) file->emplace(std::move(*begun));
    else return kBadInput;
  }
  std::ofstream trace;
  if (trace_file) trace.open(trace_file->path(), std::ios::binary);
  int status = kOk;
  ordered_json results = ordered_json::array();
  std::vector<JunitCase> junit;
  for (Job& job : jobs) {
    if (job.scenario == nullptr) job.scenario = load_one(job.file, o, job.variant, job.seed);
    observe::TraceWriter writer(trace);
    auto session = std::make_unique<scenario::Session>(job.scenario, false, trace.is_open() ? &writer : nullptr);
    run_session(*session, job.file);
    if (trace.is_open()) writer.finish(observe::ClusterView(session->cluster()));
    if (!session->ok() && !session->cluster().faulted()) {
      // Runs once more with the trace stored: the report needs the last events about the failure, and the second run is identical.
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
  if (trace_file && !finish(*trace_file, o.trace, trace)) status = kCannot;
  if (junit_file) {
    std::ofstream report(junit_file->path(), std::ios::binary);
    report << junit_xml(junit);
    if (!finish(*junit_file, o.junit, report)) status = kCannot;
  }
  return status;
}

}  // namespace kafkascope::cli
