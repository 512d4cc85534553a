// What Kafka's tools refuse before they ask anybody: options that do not go together, values that nobody knows. Each
// prints one line on standard error and ends with status 1. Kafka: TopicCommandOptions.checkArgs,
// ConsumerGroupCommandOptions.checkArgs, ShareGroupCommandOptions.checkArgs (4.1), the same in kafka.admin (2.5);
// TransactionsCommand, whose words argparse4j checks.
//
// Simplified: the help before or after the line is left out, and a long line is not broken.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "observe/tools/request.h"

namespace kafkascope::observe::tools {

namespace {

using Misuse = std::optional<std::string>;
using OptionNames = std::initializer_list<std::string_view>;

/// As jopt-simple writes it: "[group]".
std::string jopt_spec(std::string_view option) { return "[" + std::string(option.substr(2)) + "]"; }

/// CommandLineUtils.checkInvalidArgs; names the first of the others that is present.
Misuse not_with(const Request& r, std::string_view used, OptionNames others) {
  for (const std::string_view other : others)
    if (other != used && r.has(used) && r.has(other))
      return fmt::format("Option \"{}\" can't be used with option \"{}\"", jopt_spec(used), jopt_spec(other));
  return std::nullopt;
}

/// jopt-simple's availableIf and availableUnless; it names the options in the order of the alphabet.
Misuse unavailable(const Request& r) {
  const bool old = r.by_2_5(), describes = r.has("--describe");
  const int views =
      static_cast<int>(r.has("--members")) + static_cast<int>(r.has("--offsets")) + static_cast<int>(r.has("--state"));
  const bool together = old && views > 1;
  std::vector<std::string_view> names;
  if (r.has("--members") && (!describes || together)) names.emplace_back("members");
  if (r.has("--offsets") && (!describes || together)) names.emplace_back("offsets");
  if (r.has("--state") && (together || (!describes && !r.has("--list")))) names.emplace_back("state");
  if (r.has("--type") && !r.has("--list")) names.emplace_back("type");
  if (r.has("--verbose") && !describes) names.emplace_back("verbose");
  if (names.empty()) return std::nullopt;
  return fmt::format(
      "Exception in thread \"main\" joptsimple.UnavailableOptionException: Option(s) [{}] are unavailable given other "
      "options on the command line",
      fmt::join(names, ", "));
}

/// Whether a list such as "stable, Empty" has only such words. Upper and lower case are the same.
Misuse only_of(const std::string& list, std::string_view what, std::string_view whats, OptionNames valid) {
  if (list.empty()) return std::nullopt;
  for (std::string_view rest = list; !rest.empty();) {
    const std::size_t comma = rest.find(',');
    const std::string_view one = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    if (std::none_of(valid.begin(), valid.end(), [&](std::string_view word) { return in_list(one, word); }))
      return fmt::format("Invalid {} list '{}'. Valid {} are: {}", what, list, whats, fmt::join(valid, ", "));
  }
  return std::nullopt;
}

Misuse misuse_of_topics(const Request& r) {
  if (r.has("--describe") && r.has("--if-exists") && !r.has("--topic") && !r.has("--topic-id"))
    return r.by_2_5() ? "Missing required argument \"[topic]\""
                      : "--topic or --topic-id is required to describe a topic";
  // 4.1 allows several reports at once, 2.5 one. 2.5 looks in the order of its hash table.
  const auto report = [&](std::string_view used) {
    return r.by_2_5() ? not_with(r, used,
                                 {"--topics-with-overrides", "--under-min-isr-partitions", "--unavailable-partitions",
                                  "--list", "--at-min-isr-partitions"})
                      : not_with(r, used, {"--list", "--topics-with-overrides"});
  };
  for (const std::string_view used : {"--under-replicated-partitions", "--under-min-isr-partitions",
                                      "--at-min-isr-partitions", "--unavailable-partitions"})
    if (Misuse misuse = report(used)) return misuse;
  if (Misuse misuse = not_with(r, "--topics-with-overrides", {"--list"})) return misuse;
  if (Misuse misuse = not_with(r, "--if-exists", {"--list"})) return misuse;
  // In 2.5, --if-exists works only with --zookeeper.
  if (r.by_2_5() && r.has("--if-exists"))
    return "Option \"[if-exists]\" can't be used with option \"[bootstrap-server]\"";
  return std::nullopt;
}

Misuse misuse_of_groups(const Request& r, bool share) {
  if (Misuse misuse = unavailable(r)) return misuse;
  const int views =
      static_cast<int>(r.has("--members")) + static_cast<int>(r.has("--offsets")) + static_cast<int>(r.has("--state"));
  if (r.has("--describe") && views > 1)
    return "Option [describe] takes at most one of these options: [members], [offsets], [state]";
  if (!r.by_2_5() && r.has("--describe") && !r.value("--state").empty())
    return "Option [describe] does not take a value for [state]";
  if (Misuse misuse = not_with(r, "--group", {"--all-groups", "--list"})) return misuse;
  if (!r.has("--list")) return std::nullopt;
  if (share) return only_of(r.value("--state"), "state", "states", {"Stable", "Dead", "Empty"});
  if (Misuse misuse = only_of(r.value("--type"), "types", "types", {"Consumer", "Classic"})) return misuse;
  return only_of(r.value("--state"), "state", "states",
                 {"PreparingRebalance", "CompletingRebalance", "Stable", "Dead", "Empty", "Assigning", "Reconciling"});
}

enum class Type : std::uint8_t { String, Short, Integer, Long };  // Java's

struct Argument {
  std::string_view command, option;
  Type type = Type::String;
  bool required = false;
};
/// Of several required options that are missing, argparse4j names the first one here.
constexpr Argument kTransactionArguments[] = {
    {"list", "--duration-filter", Type::Long},
    {"list", "--transactional-id-pattern"},
    {"describe", "--transactional-id", Type::String, true},
    {"describe-producers", "--partition", Type::Integer, true},
    {"describe-producers", "--topic", Type::String, true},
    {"describe-producers", "--broker-id", Type::Integer},
    {"abort", "--partition", Type::Integer, true},
    {"abort", "--topic", Type::String, true},
    {"abort", "--start-offset", Type::Long},
    {"abort", "--producer-id", Type::Long},
    {"abort", "--producer-epoch", Type::Short},
    {"abort", "--coordinator-epoch", Type::Integer},
    {"find-hanging", "--broker-id", Type::Integer},
    {"find-hanging", "--max-transaction-timeout", Type::Integer},
    {"find-hanging", "--topic"},
    {"find-hanging", "--partition", Type::Integer},
    {"forceTerminateTransaction", "--transactionalId", Type::String, true},
};

/// Why the value is none of that type, in Java's words.
Misuse not_of(Type type, const std::string& value) {
  if (type == Type::String) return std::nullopt;
  const auto number = protocol::parse_whole_number(value);
  const auto fits = [&]<class Number>(Number) {
    return number && *number >= std::numeric_limits<Number>::min() && *number <= std::numeric_limits<Number>::max();
  };
  const bool is_integer = fits(std::int32_t{});
  if (type == Type::Short && is_integer && !fits(std::int16_t{}))
    return fmt::format("could not convert '{0}' to Short (Value out of range. Value:\"{0}\" Radix:10)", value);
  if (type == Type::Long ? number.has_value() : is_integer) return std::nullopt;
  const std::string_view name = type == Type::Long ? "Long" : type == Type::Short ? "Short" : "Integer";
  return fmt::format("could not convert '{0}' to {1} (For input string: \"{0}\")", value, name);
}

Misuse misuse_of_transactions(const Request& r) {
  if (r.commands().empty()) return std::nullopt;  // `missing` lists the commands
  const std::string& command = r.commands().front();
  const auto error = [](const std::string& what) { return "kafka-transactions.sh: error: " + what; };
  for (const Request::Given& given : r.given()) {
    const std::string& option = given.option;
    // Simplified: the real tool takes this option only in front of the command.
    if (option == "--bootstrap-server") continue;
    const auto* known = std::find_if(std::begin(kTransactionArguments), std::end(kTransactionArguments),
                                     [&](const Argument& a) { return a.command == command && a.option == option; });
    if (known == std::end(kTransactionArguments)) return error(fmt::format("unrecognized arguments: '{}'", option));
    if (const Misuse wrong = not_of(known->type, given.value))
      return error(fmt::format("argument {}: {}", option, *wrong));
  }
  if (r.commands().size() > 1) return error(fmt::format("unrecognized arguments: '{}'", r.commands()[1]));
  for (const Argument& a : kTransactionArguments)
    if (a.required && a.command == command && !r.has(a.option))
      return error(fmt::format("argument {} is required", a.option));
  return std::nullopt;
}

}  // namespace

std::optional<std::string> usage_error(std::string_view tool, const Request& r) {
  if (tool == "kafka-topics") return misuse_of_topics(r);
  if (tool == "kafka-consumer-groups") return misuse_of_groups(r, false);
  if (tool == "kafka-share-groups") return misuse_of_groups(r, true);
  if (tool == "kafka-transactions") return misuse_of_transactions(r);
  return std::nullopt;
}

bool takes_option(std::string_view tool, const std::vector<std::string>& words, std::string_view option) {
  if (tool != "kafka-transactions" || option == "--bootstrap-server") return true;
  const auto typed = [&](const Argument& a) { return std::find(words.begin(), words.end(), a.command) != words.end(); };
  return std::none_of(std::begin(kTransactionArguments), std::end(kTransactionArguments), typed) ||
         std::any_of(std::begin(kTransactionArguments), std::end(kTransactionArguments),
                     [&](const Argument& a) { return a.option == option && typed(a); });
}

bool in_list(std::string_view list, std::string_view word) {
  const auto lower = [](std::string_view text) {
    std::string out;
    for (const char c : text)
      if (c != ' ') out += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    return out;
  };
  return ("," + lower(list) + ",").find("," + lower(word) + ",") != std::string::npos;
}

}  // namespace kafkascope::observe::tools
