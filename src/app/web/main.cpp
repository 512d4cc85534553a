// The program as a page: page.js starts it with a language, a theme and links.
#include <emscripten.h>

#include "app/cli/files.h"
#include "app/opening.h"
#include "scenario/session.h"

int main(int argc, char** argv) {
  using namespace kafkascope;
  cli::Options options;
  options.lang = argc > 1 ? argv[1] : "en";
  options.lang_asked = true;
  options.theme = argc > 2 ? argv[2] : "light";
  cli::speak_korean(options.korean());
  cli::stand_in_page();
  int status = cli::kBadInput;
  for (int i = 3; i < argc && status == cli::kBadInput; ++i) {  // the saved state if any, otherwise the link in the URL
    options.files = {argv[i]};
    status = app::dashboard(options);
  }
  if (status == cli::kBadInput) {  // the link's problem has been reported: opens the first lesson instead
    options.files.clear();
    options.at = "0s";  // the lesson stays at its beginning, behind the message
    status = app::dashboard(options);
  }
  return status;
}

/// The trace hash of each variant of a scenario file, run to its end: one line each, in the format of `kafkascope run --json`; empty:
/// the file does not load. Tests compare a browser with the other builds.
extern "C" EMSCRIPTEN_KEEPALIVE const char* kafkascope_hashes(const char* file) {
  using namespace kafkascope;
  static std::string lines;
  lines.clear();
  const cli::Options options;
  for (const std::string& variant : cli::variants_of(file, options)) {
    scenario::Session session(cli::load_one(file, options, variant, options.seed));
    session.run_to_end();
    lines += "\"trace_hash\": \"" + session.final_hash() + "\"\n";
  }
  return lines.c_str();
}
