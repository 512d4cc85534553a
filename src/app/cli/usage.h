// The grammar of the command line: commands, options, help and error messages, in the user's language.
#pragma once
#include <CLI/CLI.hpp>
#include <string>

#include "app/cli/options.h"

namespace kafkascope::cli {

class Usage {
 public:
  Usage();
  /// The requested command, with options(); or the exit status if there is nothing (more) to do.
  struct Parsed {
    int (*act)(const Options&) = nullptr;
    int status = 0;
  };
  Parsed parse(int argc, char** argv);
  const Options& options() const { return o_; }

 private:
  CLI::App* command(const char* name, const char* what, const char* examples, int (*act)(const Options&));
  void lang(CLI::App* of);
  void file(CLI::App* sub);
  void world(CLI::App* sub);
  void add_runs();
  void add_looks();
  void add_pictures();
  bool complain_of_word(const std::string& word) const;
  std::string complaint(const CLI::ParseError& error) const;

  CLI::App app_;
  Options o_;
  std::string form_;  // the argument of `describe`
  int (*chosen_)(const Options&) = nullptr;
};

/// "en" or "ko", from the arguments or else the environment; called before parsing.
std::string language_of(int argc, char** argv);

}  // namespace kafkascope::cli
