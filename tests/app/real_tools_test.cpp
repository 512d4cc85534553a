// Kafka's command-line tools at one moment, compared line by line with what the real ones printed: about a real cluster of 4.1.0 that did
// the same (tests/tools/recorded.json and the files beside it are such clusters, tests/tools/real what was recorded of them), and about
// commands that they refuse (tests/tools/refused; of a refusal its line is kept, not the help before or after it). tests/tools/kept are
// outputs of this program.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <regex>
#include <set>
#include <vector>

#include "app/program.h"

namespace {
namespace fs = std::filesystem;
using TextLines = std::vector<std::string>;

std::vector<fs::path> texts_in(const std::string& folder) {
  std::set<fs::path> found;
  for (const auto& entry : fs::directory_iterator(source(folder))) found.insert(entry.path());
  return {found.begin(), found.end()};
}

std::string line_of(std::string& text) {
  const std::string line = text.substr(0, text.find('\n'));
  text.erase(0, line.size() + 1);
  return line;
}

TextLines split_lines(const std::string& text) {
  TextLines lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string rejoined(const TextLines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

/// Every match becomes that name, as long as it was, so that columns stay.
std::string in_place(const std::string& text, const char* pattern, const std::string& name) {
  std::string out;
  const std::regex rule(pattern);
  auto from = text.begin();
  for (std::sregex_iterator it(text.begin(), text.end(), rule), end; it != end; ++it) {
    // A first group is what stands before.
    const std::size_t before = it->size() > 1 ? static_cast<std::size_t>(it->length(1)) : 0;
    out.append(from, text.begin() + it->position() + static_cast<std::ptrdiff_t>(before));
    const std::size_t length = static_cast<std::size_t>(it->length()) - before;
    out += name.substr(0, length) + std::string(length - std::min(length, name.size()), '.');
    from = text.begin() + it->position() + it->length();
  }
  return out.append(from, text.end());
}

/// A random id: 16 bytes in 22 letters, of which the last has only two bits. The directory of a voter is 22 times A.
std::string without_ids(const std::string& text) {
  const std::string kept = std::regex_replace(text, std::regex("A{22}"), "<directory of a voter>");
  return in_place(kept, "(^|[^A-Za-z0-9_-])[A-Za-z0-9_-]{21}[AQgw](?![A-Za-z0-9_-])", "<id>");
}

/// A cell without the blanks that fill its column.
std::string cell_text(const std::string& cell) { return cell.substr(0, cell.find_last_not_of(' ') + 1); }

/// A host's name is longer than the recorded address, and its column with it. Where the column is as wide as it should
/// be, it is one word.
void replace_hosts(TextLines& lines, std::size_t head, std::size_t end) {
  const std::size_t from = lines[head].find(" HOST ") + 1, to = lines[head].find_first_not_of(' ', from + 4);
  if (to == std::string::npos) return;
  std::size_t longest = 15;
  for (std::size_t i = head + 1; i < end; ++i)
    if (lines[i].size() > to) longest = std::max(longest, cell_text(lines[i].substr(from, to - from)).size());
  for (std::size_t i = head; i < end && to - from == longest + 1; ++i) {
    if (lines[i].size() <= to || lines[i][from - 1] != ' ' || lines[i][to - 1] != ' ') continue;
    const std::string cell = cell_text(lines[i].substr(from, to - from));
    lines[i].replace(from, to - from, cell.front() == '/' ? "<host> " : cell + " ");
  }
}

/// The entries of "[{…}, {…}]" in the order of their ids, each as it is.
std::string list_in_order(const std::string& line) {
  const std::size_t open = line.find("[{"), close = line.rfind("}]");
  if (open == std::string::npos || close == std::string::npos) return line;
  std::multiset<std::string> entries;
  std::string rest = line.substr(open + 1, close - open);
  for (std::size_t at; (at = rest.find("}, {")) != std::string::npos; rest.erase(0, at + 3))
    entries.insert(rest.substr(0, at + 1));
  entries.insert(rest);
  std::string list;
  for (const std::string& entry : entries) list += (list.empty() ? "" : ", ") + entry;
  return line.substr(0, open + 1) + list + line.substr(close + 1);
}

/// In a table of kafka-transactions: ids of producers, which brokers give out in any order, and how long transactions
/// have been open. The columns stay.
void replace_numbers(TextLines& lines) {
  const auto cells = [](const std::string& line) {
    TextLines all;
    std::istringstream in(line);
    for (std::string cell; std::getline(in, cell, '\t');) all.push_back(cell);
    return all;
  };
  if (lines.empty()) return;
  const TextLines heads = cells(lines.front());
  for (std::size_t i = 1; i < lines.size(); ++i) {
    TextLines row = cells(lines[i]);
    for (std::size_t column = 0; column < std::min(row.size(), heads.size()); ++column) {
      const std::string head = cell_text(heads[column]);
      if (head == "ProducerId" || head == "TransactionDurationMs")
        row[column] = in_place(row[column], "^\\d+ *$", "<number>");
    }
    if (row.size() == heads.size()) lines[i] = std::regex_replace(rejoined(row), std::regex("\n"), "\t");
  }
  // Producers come in the order of their ids.
  if (heads.size() > 1 && heads[1] == "ProducerEpoch") std::sort(lines.begin() + 1, lines.end());
}

/// What a client that asks again and again says in the end: how often it asked depends on the machine.
std::string without_attempts(const std::string& text) {
  return std::regex_replace(
      text,
      std::regex("deadlineMs=\\d+, tries=\\d+, nextAllowedTryMs=\\d+\\) timed out at \\d+ after \\d+ attempt\\(s\\)"),
      "<deadline, tries, next try>) timed out at <time> after <tries> attempt(s)");
}

/// The text without random parts, times and addresses (the real cluster ran on one machine), in the same columns.
std::string comparable(const std::string& command, std::string text) {
  text = std::regex_replace(text, std::regex("(^|\n)kafkascope: [^\n]*"), "$1");  // the line that is not the tool's own
  text = without_attempts(text);
  text = std::regex_replace(text, std::regex("127\\.0\\.0\\.1:2310(\\d)"), "controller-$1:9093");
  text = in_place(text, "-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "-<id>");
  text = in_place(text, "(?:127\\.0\\.0\\.1:2300|broker-)\\d(?::9092)?  \\(\\d\\) *(?= [^ ])", "<coordinator>");
  text = in_place(without_ids(text), "(^|\\s)1[0-9]{12}(?=\\s)", "<time>");
  const bool quorum = command.find("quorum") != std::string::npos;
  TextLines lines = split_lines(text);
  // Where an internal topic's replicas are is random, too.
  std::erase_if(lines, [](const std::string& line) { return line.find("Topic: __") != std::string::npos; });
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  if (command.starts_with("kafka-transactions")) replace_numbers(lines);
  for (std::size_t head = 0, end = 0; head < lines.size(); head = end + 1) {
    end = static_cast<std::size_t>(std::find(lines.begin() + static_cast<std::ptrdiff_t>(head), lines.end(), "") -
                                   lines.begin());
    if (lines[head].find(" HOST ") != std::string::npos) replace_hosts(lines, head, end);
  }
  for (std::string& line : lines) {
    if (!quorum) break;
    line = list_in_order(line);  // a broker's place among the observers is random
    // The positions in the metadata log, which is longer in the real cluster.
    line = std::regex_replace(line, std::regex("^(HighWatermark|MaxFollowerLagTimeMs): ( +)\\d+$"), "$1: $2<number>");
    line = in_place(line, "(^\\d+ *\t[^\t]{22}\t)[1-9]\\d* *(?=\t)", "<end>");
    line = in_place(line, "(^\\d+ *\t[^\t]{22}\t<end>\\.*\t)[1-9]\\d* *(?=\t)", "<lag>");
  }
  if (quorum || command.find("--members") != std::string::npos) std::sort(lines.begin(), lines.end());  // random ids
  return rejoined(lines);
}

struct RefusedCommand {
  std::string command, text;  // the text ends with "status 1"
};

std::vector<RefusedCommand> refused_commands(const std::string& file) {
  std::vector<RefusedCommand> all;
  for (const std::string& line : split_lines(read(source("tests/tools/refused/" + file)))) {
    if (line.starts_with("$ ")) all.push_back({line.substr(2), ""});
    else if (!all.empty()) all.back().text += line + "\n";
  }
  return all;
}

/// The real tool lists valid words in the order of a hash table of objects, which is another each time.
std::string with_sorted_words(const std::string& text) {
  const std::size_t colon = text.find(" are: "), end = text.find('\n', colon);
  if (colon == std::string::npos) return text;
  std::string words = text.substr(colon + 6, end - colon - 6) + ", ";
  TextLines sorted;
  for (std::size_t at; (at = words.find(", ")) != std::string::npos; words.erase(0, at + 2))
    sorted.push_back(words.substr(0, at));
  std::sort(sorted.begin(), sorted.end());
  return text.substr(0, colon) + " are:\n" + rejoined(sorted) + text.substr(end + 1);
}

/// argparse4j breaks a line at 75 columns and fills it with blanks; this program does not. Which broker answers first is
/// random.
std::string as_one_line(std::string text) {
  text = without_attempts(std::regex_replace(text, std::regex("sent to broker \\d "), "sent to broker <id> "));
  text = std::regex_replace(text, std::regex("(^|\n)kafkascope: [^\n]*"), "$1");
  const std::size_t status = text.rfind("status ");
  if (!text.starts_with("kafka-transactions.sh:") || status == std::string::npos) return with_sorted_words(text);
  return std::regex_replace(text.substr(0, status), std::regex("\\s+"), " ") + "\n" + text.substr(status);
}

void check_refused(const std::string& file, const std::string& moment, std::size_t least) {
  const std::vector<RefusedCommand> all = refused_commands(file);
  for (const RefusedCommand& kept : all) {
    CAPTURE(kept.command);
    const Ran r = run("tool " + moment + " -- " + kept.command + " 2>&1");
    CHECK(as_one_line(r.out + "status " + std::to_string(r.status) + "\n") == as_one_line(kept.text));
  }
  CHECK(all.size() >= least);
}
}  // namespace

TEST_CASE("the tools print what Kafka's own tools printed in the same moments of a real cluster") {
  struct Moment {
    std::string cluster, at;
  };
  const std::map<char, Moment> moments = {
      {'A', {"recorded", "29s"}},          {'B', {"recorded", "60s"}},           {'C', {"recorded", "60s"}},
      {'D', {"recorded", "90s"}},          {'F', {"recorded", "103s"}},          {'G', {"recorded", "109s"}},
      {'H', {"hanging", "20s"}},           {'T', {"transactions", "40s"}},       {'U', {"transactions", "80s"}},
      {'V', {"last-known-leader", "95s"}}, {'W', {"last-known-leader", "125s"}}, {'X', {"leaderless", "28s"}}};
  int compared = 0;
  for (const fs::path& file : texts_in("tests/tools/real")) {
    std::string real = read(file);
    const std::string command = line_of(real).substr(2);
    const auto& [cluster, at] = moments.at(file.filename().string().front());
    CAPTURE(file.filename().string());
    const std::string sim =
        run("tool " + source("tests/tools/" + cluster + ".json").string() + " --at " + at + " -- " + command + " 2>&1")
            .out;
    CHECK(comparable(command, sim) == comparable(command, real));
    ++compared;
  }
  CHECK(compared > 115);
}

TEST_CASE("the comparison with the real tools notices a value in the wrong place and a column of another width") {
  const auto sees = [](const std::string& file, const std::string& what, const std::string& instead) {
    std::string text = read(source("tests/tools/real/" + file + ".txt"));
    const std::string command = line_of(text);
    CAPTURE(file);
    CAPTURE(what);
    REQUIRE(text.find(what) != std::string::npos);
    std::string other = text;
    other.replace(other.find(what), what.size(), instead);
    CHECK(comparable(command, text) != comparable(command, other));
  };
  sees("A-qs", "LeaderId:               3000\nLeaderEpoch:            1\n",
       "LeaderId:               1\nLeaderEpoch:            3000\n");
  sees("A-qs", R"(]}]
CurrentObservers:       [)",
       R"(]}, {"id": 2, "directoryId": "XMJKGM1jLxjhvn0nwRxWvA"}]
CurrentObservers:       [)");
  sees("A-qs", "LeaderId:               3000", "LeaderId: 3000");
  sees("A-qr", "\t164         \t", "\t164\t");
  sees("A-qr", "Follower\t", "Observer\t");
  sees("A-cgmv", "#PARTITIONS     ", "#PARTITIONS ");
  sees("A-cgmv", "/127.0.0.1      ", "/127.0.0.1 ");
  sees("A-cgs", "(1)      range", "(1) range");
  sees("A-cgs", "Stable               2", "Stable 2");
  sees("A-sgm", "console-share-consumer", "console-share-producer");
  sees("A-sgm", "/127.0.0.1      console-share-consumer", "console-share-consumer /127.0.0.1      ");
  sees("T-list", "CompleteCommit", "CompleteAbort ");
  sees("T-list", "tx-open              \t", "tx-open\t");
  sees("T-open", "pay-0,orders-0", "orders-0,pay-0");
  sees("T-open", "\t28732                \t", "\tNone                 \t");
  sees("T-producers", "\t-1                    \t0           \t", "\t0                     \t-1          \t");
  sees("H-hanging", "\t2          \t", "\t3          \t");
  sees("X-off", "api=METADATA", "api=LIST_OFFSETS");
}

TEST_CASE("the tools refuse what the real ones refused, with their line and their status") {
  check_refused("4.1.txt", source("tests/tools/refused/groups.json").string() + " --at 12s", 60);
  check_refused("4.1-transactions.txt", source("tests/tools/transactions.json").string() + " --at 40s", 40);
  check_refused("2.5.txt", lesson("controller/zookeeper-roles") + " --at 5s", 30);
}

TEST_CASE("the tools' outputs at moments of lessons equal the saved outputs") {
  std::size_t compared = 0;
  for (const fs::path& file : texts_in("tests/tools/kept")) {
    std::string kept = read(file);
    const std::string command = line_of(kept);
    CAPTURE(command);
    REQUIRE(command.starts_with("$ "));
    const Ran r = run(
        "tool " + std::regex_replace(command.substr(2), std::regex("(scenarios|tests)/"), source("$1").string() + "/") +
        " 2>&1");
    const std::string out = r.out + "status " + std::to_string(r.status) + "\n";
    if (std::getenv("KAFKASCOPE_REWRITE") != nullptr) std::ofstream(file, std::ios::binary) << command << "\n" << out;
    else CHECK(out == kept);
    ++compared;
  }
  CHECK(compared > 10);
}
