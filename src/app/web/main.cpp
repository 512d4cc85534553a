// The program as a page: page.js starts it with a language, a theme and a link.
#include "app/cli/files.h"
#include "app/opening.h"

int main(int argc, char** argv) {
  using namespace kafkascope;
  cli::Options options;
  options.lang = argc > 1 ? argv[1] : "en";
  options.theme = argc > 2 ? argv[2] : "light";
  if (argc > 3) options.files.emplace_back(argv[3]);
  cli::speak_korean(options.korean());
  int status = app::dashboard(options);
  if (status == cli::kBadInput &&
      !options.files.empty()) {  // what is wrong with the link has been said: the first lesson instead
    options.files.clear();
    status = app::dashboard(options);
  }
  return status;
}
