// libFuzzer: any bytes through the checker, the writer and the values of the command line.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "scenario/load.h"
#include "scenario/write.h"

using namespace kafkascope::scenario;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  LoadOptions options;
  options.contract_only = (data[0] & 1) != 0;
  options.require_korean = (data[0] & 2) != 0;
  const Loaded result = check(text, options);
  bool error = false;
  for (const Problem& problem : result.problems) {
    error = error || problem.severity == Severity::Error;
    if (problem.message.empty() || format(problem, "f").empty()) std::abort();
  }
  if (result.ok() == error) std::abort();
  if (result.ok()) {
    // What is accepted can be written, and is accepted again.
    const auto saved = to_json(text, {});
    LoadOptions again = options;
    if (!saved || !load(*saved, again).ok()) std::abort();
  }
  return 0;
}
