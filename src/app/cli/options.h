// The options of the command line. Exit codes are the contract's (docs/scenario-format.md §3).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "sim/time.h"
#include "words/catalogue.h"

namespace kafkascope::cli {

enum Exit { kOk = 0, kFailed = 1, kBadInput = 2, kCannot = 3 };

struct Options {
  std::vector<std::string> files;
  std::string lang;               // "en", "ko"; empty: from the environment
  std::vector<std::string> sets;  // PATH=VALUE
  std::string variant;            // empty: all (run), the file itself (others)
  std::optional<std::uint64_t> seed;
  int seeds = 1;
  std::string until, at, from, to;  // durations
  bool json = false;
  bool courses = false;  // list
  std::string junit, trace;
  std::string path;    // inspect, why: JSON pointer
  std::string record;  // why: "producer/7" or "orders-0/126"
  std::string fate;    // ledger: a fate; empty: all
  int most = 10;       // ledger: sentences for each fate
  std::vector<std::string>
      command;  // tool: its name and arguments; explain: the words of a name; verbs: names of verbs
  std::string out, size = "1920x1080", theme = "light", view;
  std::string format;                     // export
  std::string live = "../../", url;       // site: the program's page as seen from a lesson's; the site's address
  std::string with;                       // compare: the other file
  std::string without_act;                // compare: a step of the file by number, or the time of an act
  std::optional<int> without;             // compare: the number of that step
  std::vector<int> left_out;              // compare: numbers of further steps, which a change to try replaces
  std::optional<int> try_next;            // compare: a change to try, from 1
  bool zookeeper = false, kraft = false;  // compare: the second run in that metadata mode
  std::string beside;                     // render: the second world
  std::string select;                     // dashboard
  std::string tool;                       // render: a command for the terminal
  bool present = false, audience = false, subtitles = false;
  bool lang_asked = false;  // lang was given, not taken from the system
  std::string template_name = "minimal";

  bool korean() const { return lang == "ko"; }
  words::Lang language() const { return korean() ? words::Lang::Ko : words::Lang::En; }
};

int run(const Options& o);
int tell(const Options& o);
int inspect(const Options& o);
int why(const Options& o);
int explain(const Options& o);
int verbs(const Options& o);
int ledger(const Options& o);
int ask_tool(const Options& o);
int check(const Options& o);
int list(const Options& o);
int compare(const Options& o);
int new_file(const Options& o);
int render(const Options& o);  // exit 3 in a build without ui
int export_page(const Options& o);
int site(const Options& o);
int dashboard(const Options& o);

}  // namespace kafkascope::cli
