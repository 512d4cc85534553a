// Kafka's command-line tools, asked at one moment: the text that kafka-topics, kafka-consumer-groups … would print, in their own columns and
// words. Answers come from what the asked nodes believe: a broker's metadata, a coordinator's groups, the quorum leader's progress. Nothing
// is sent, so the run stays the same. Kafka: org.apache.kafka.tools, kafka.admin (4.1.0 and 2.5.1).
//
// Simplified: all requests are answered at the same instant. An answer that a tool would wait for never arrives, so the
// tool prints its time-out immediately. Stack traces are left out.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/cluster.h"
#include "words/message.h"

namespace kafkascope::observe::tools {

/// The kind of value that an option takes.
enum class Value : std::uint8_t {
  None,
  Text,
  Number,
  Topic,
  Group,
  Servers,
  EntityType,
  Entity,
  Broker,
  Time,
  Transaction
};

struct Option {
  std::string_view name;  // "--topic"
  Value value = Value::None;
  bool may_be_empty = false;   // a value may follow
  std::string_view only = {};  // "4.1" or "2.5": that version's tool has it
};

struct Answer;
class Request;
struct Tool {
  std::string_view name;                       // "kafka-topics"
  std::string_view only;                       // "4.1": the tool was introduced after 2.5; empty: both
  std::span<const std::string_view> commands;  // words that are not options: "describe"
  std::span<const Option> options;
  std::span<const std::string_view> examples;  // complete command lines, without the name
  void (*ask)(const Request& request, Answer& answer);
  std::string_view since = {}, kip = {};  // "3.0", "KIP-664": for a tool that 2.5 does not have
};
/// All tools, by name.
std::span<const Tool> all_tools();

struct Answer {
  struct Part {
    std::string text;
    bool error = false;  // printed on standard error
  };
  std::vector<Part> parts;  // in the order of printing
  int status = 0;           // the tool's exit status
  /// Set if no tool here carries out the command, so that nothing was asked. Says what there is instead.
  std::optional<words::Message> refused;
  /// If the tool waited in vain: for which nodes, and how long it would have waited. Not a part of its output.
  std::optional<words::Message> timed_out;

  void print(const std::string& text) { parts.push_back({text, false}); }
  void complain(const std::string& text) { parts.push_back({text, true}); }
  /// The text as a terminal shows it.
  std::string text() const;
};

/// Like a shell: words are separated by spaces; '…' and "…" keep them together.
std::vector<std::string> split_command(std::string_view line);
/// `command`: the tool's name (also with bin/ and .sh) and its arguments.
Answer ask(const cluster::Cluster& cluster, const std::vector<std::string>& command);
/// The words that may come next: at the end of the line, or in place of its last word if no space follows that.
std::vector<std::string> completions(const cluster::Cluster& cluster, std::string_view line);
/// Complete command lines that make sense in this world, for menus.
std::vector<std::string> suggestions(const cluster::Cluster& cluster);

}  // namespace kafkascope::observe::tools
