// The manual page and the completions that packages install: generated from the command line's own description, so that they are
// complete.
#include <cstdlib>
#include <vector>

#include "app/program.h"

namespace {
/// The first words of the help's rows below that heading: "run" of "  run   run scenarios …".
std::vector<std::string> rows_behind(const std::string& help, const std::string& heading) {
  std::vector<std::string> words;
  std::istringstream lines(help.substr(help.find(heading) + heading.size()));
  std::string line, word;
  std::getline(lines, line);
  while (std::getline(lines, line) && !line.empty()) {
    if (line[2] == ' ') continue;  // a description's second line
    std::istringstream(line) >> word;
    words.push_back(word.substr(0, word.find(',')));
  }
  return words;
}
}  // namespace

TEST_CASE("every command and option of the help is in the manual page and in the completions for bash, zsh and fish") {
  const std::string help = run("--lang en --help").out;
  std::vector<std::string> commands = rows_behind(help, "Subcommands:");
  REQUIRE(commands.size() > 8);
  for (const std::string form : {"man", "bash", "zsh", "fish"}) {
    const Ran r = run("--lang en describe " + form);
    CHECK(r.status == 0);
    for (const std::string& command : commands) {
      CAPTURE(form);
      CAPTURE(command);
      CHECK(r.out.find(command) != std::string::npos);
    }
    for (const std::string option : {"seeds", "select", "variant", "theme"})
      CHECK(r.out.find(option) != std::string::npos);
  }
  CHECK(run("describe html").status == 2);
}

TEST_CASE("the completion for bash is a program that bash accepts") {
  const TemporaryFile file("completion.bash", run("describe bash").out);
  CHECK(std::system(("bash -n " + file.path.string()).c_str()) == 0);
}
