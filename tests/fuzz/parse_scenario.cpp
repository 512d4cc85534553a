// libFuzzer: any bytes through the checker, the writer, the command line's values, and the escaping of text for a terminal.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "scenario/load.h"
#include "scenario/plain_text.h"
#include "scenario/write.h"

using namespace kafkascope::scenario;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const char c : plain(text))
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f) std::abort();
  LoadOptions options;
  // The end of the file selects the options, so that plain scenario files are good seeds and both options are explored.
  options.contract_only = text.ends_with('\n');
  options.bundled = text.ends_with(' ');
  const Loaded result = check(text, options);
  bool error = false;
  for (const Problem& problem : result.problems) {
    error = error || problem.severity == Severity::Error;
    if (problem.message.empty() || format(problem, "f").empty() ||
        format(problem, "f", kafkascope::words::Lang::Ko).empty())
      std::abort();
  }
  if (result.ok() == error) std::abort();
  if (result.ok()) {
    // An accepted file can be written, and the result is accepted again.
    const auto saved = to_json(text, {});
    LoadOptions again = options;
    if (!saved || !load(*saved, again).ok()) std::abort();
  }
  return 0;
}
