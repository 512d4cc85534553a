#include "observe/tools/tool.h"

#include <algorithm>

#include "observe/model/state_sections.h"
#include "observe/model/transaction_coordinators.h"
#include "observe/tools/request.h"

namespace kafkascope::observe::tools {

namespace {

using Words = std::string_view;

constexpr Option kServers{"--bootstrap-server", Value::Servers};
constexpr Words kDescribeOnly[] = {"describe"};

constexpr Option kTopicOptions[] = {
    {"--list"},
    {"--describe"},
    {"--topic", Value::Topic},
    {"--topic-id", Value::Text, false, "4.1"},
    {"--under-replicated-partitions"},
    {"--at-min-isr-partitions"},
    {"--under-min-isr-partitions"},
    {"--unavailable-partitions"},
    {"--topics-with-overrides"},
    {"--exclude-internal"},
    {"--if-exists"},
    kServers,
};
constexpr Words kTopicExamples[] = {"--describe", "--describe --under-replicated-partitions",
                                    "--describe --at-min-isr-partitions", "--describe --unavailable-partitions",
                                    "--list"};

constexpr Option kGroupOptions[] = {
    {"--list"},
    {"--describe"},
    {"--group", Value::Group},
    {"--all-groups"},
    {"--members"},
    {"--offsets"},
    {"--state", Value::Text, true},
    {"--type", Value::Text, true, "4.1"},
    {"--verbose"},
    {"--timeout", Value::Number},
    kServers,
};
constexpr Words kGroupExamples[] = {"--describe --all-groups", "--describe --all-groups --members --verbose",
                                    "--describe --all-groups --state", "--list"};

constexpr Option kShareOptions[] = {
    {"--list"},
    {"--describe"},
    {"--group", Value::Group},
    {"--all-groups"},
    {"--members"},
    {"--offsets"},
    {"--verbose"},
    {"--state", Value::Text, true},
    {"--timeout", Value::Number},
    kServers,
};
constexpr Words kShareExamples[] = {"--describe --all-groups", "--describe --all-groups --members", "--list"};

constexpr Option kQuorumOptions[] = {
    {"--status"}, {"--replication"}, {"--human-readable"}, kServers, {"--bootstrap-controller", Value::Servers},
};
constexpr Words kQuorumExamples[] = {"describe --status", "describe --replication",
                                     "describe --replication --human-readable"};

constexpr Option kConfigOptions[] = {
    {"--describe"},
    {"--entity-type", Value::EntityType},
    {"--entity-name", Value::Entity},
    {"--entity-default"},
    {"--topic", Value::Topic},
    {"--broker", Value::Broker},
    {"--group", Value::Group, false, "4.1"},
    {"--user", Value::Text, false, "4.1"},
    {"--client", Value::Text, false, "4.1"},
    {"--all"},
    kServers,
};
constexpr Words kConfigExamples[] = {"--describe --entity-type topics", "--describe --entity-type brokers"};

constexpr Option kOffsetOptions[] = {
    {"--topic", Value::Topic}, {"--partitions", Value::Text}, {"--topic-partitions", Value::Text},
    {"--time", Value::Time},   {"--exclude-internal-topics"}, kServers,
};
constexpr Words kOffsetExamples[] = {"--exclude-internal-topics", "--exclude-internal-topics --time earliest"};

constexpr Option kLogDirOptions[] = {
    {"--describe"}, {"--topic-list", Value::Topic}, {"--broker-list", Value::Broker}, kServers};
constexpr Words kLogDirExamples[] = {"--describe"};

constexpr Words kTransactionCommands[] = {"list",  "describe",     "describe-producers",
                                          "abort", "find-hanging", "forceTerminateTransaction"};
constexpr Option kTransactionOptions[] = {
    {"--transactional-id", Value::Transaction},
    {"--transactionalId", Value::Transaction},
    {"--transactional-id-pattern", Value::Text},
    {"--duration-filter", Value::Number},
    {"--topic", Value::Topic},
    {"--partition", Value::Number},
    {"--broker-id", Value::Broker},
    {"--max-transaction-timeout", Value::Number},
    {"--start-offset", Value::Number},
    {"--producer-id", Value::Number},
    {"--producer-epoch", Value::Number},
    {"--coordinator-epoch", Value::Number},
    kServers,
};
constexpr Words kTransactionExamples[] = {"list", "find-hanging --broker-id 1 --max-transaction-timeout 0"};

constexpr Tool kTools[] = {
    {"kafka-configs", "", {}, kConfigOptions, kConfigExamples, ask_configs},
    {"kafka-consumer-groups", "", {}, kGroupOptions, kGroupExamples, ask_consumer_groups},
    {"kafka-get-offsets", "4.1", {}, kOffsetOptions, kOffsetExamples, ask_offsets},
    {"kafka-log-dirs", "", {}, kLogDirOptions, kLogDirExamples, ask_log_dirs},
    {"kafka-metadata-quorum", "4.1", kDescribeOnly, kQuorumOptions, kQuorumExamples, ask_quorum},
    {"kafka-share-groups", "4.1", {}, kShareOptions, kShareExamples, ask_share_groups},
    {"kafka-topics", "", {}, kTopicOptions, kTopicExamples, ask_topics},
    {"kafka-transactions", "4.1", kTransactionCommands, kTransactionOptions, kTransactionExamples, ask_transactions,
     "3.0", "KIP-664"},
};

bool there(Words only, const cluster::Cluster& c) {
  return only.empty() || only == protocol::to_string(c.spec().kafka);
}

std::string bare(Words name) {
  name = name.substr(name.find_last_of("/\\") + 1);  // npos + 1 is 0
  if (name.ends_with(".sh")) name.remove_suffix(3);
  if (name.ends_with(".bat")) name.remove_suffix(4);
  return std::string(name);
}

/// The tool of that name, in any version.
const Tool* tool_called(Words name) {
  const std::string wanted = bare(name);
  for (const Tool& t : kTools)
    if (t.name == wanted) return &t;
  return nullptr;
}

const Tool* find_tool(Words name, const cluster::Cluster& c) {
  const Tool* tool = tool_called(name);
  return tool != nullptr && there(tool->only, c) ? tool : nullptr;
}

const Option* find_option(const Tool& tool, Words name, const cluster::Cluster& c) {
  for (const Option& o : tool.options)
    if (o.name == name && there(o.only, c)) return &o;
  return nullptr;
}

template <class List, class Name>
std::string list_of(const List& all, Name&& name) {
  std::string text;
  for (const auto& one : all)
    if (const std::string n = name(one); !n.empty()) text += (text.empty() ? "" : ", ") + n;
  return text;
}

std::string tools_of(const cluster::Cluster& c) {
  return list_of(kTools, [&](const Tool& t) { return there(t.only, c) ? std::string(t.name) : std::string(); });
}
std::string options_of(const Tool& tool, const cluster::Cluster& c) {
  return list_of(tool.options, [&](const Option& o) { return there(o.only, c) ? std::string(o.name) : std::string(); });
}

std::vector<std::string> broker_names(const cluster::Cluster& c) {
  std::vector<std::string> names;
  for (const auto& info : c.nodes())
    if (info.kind == cluster::NodeKind::Broker && !info.removed && info.name.find('#') == std::string::npos)
      names.push_back(info.name);
  return names;
}

/// The ids of "broker-1:9092,broker-2"; nullopt, with the wrong part in `wrong`. localhost stands for every broker.
std::optional<std::vector<BrokerId>> servers(const cluster::Cluster& c, Words text, std::string& wrong) {
  std::vector<BrokerId> ids;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const Words one = text.substr(0, comma), host = one.substr(0, one.find(':'));
    text = comma == Words::npos ? Words() : text.substr(comma + 1);
    if (protocol::is_loopback(host)) return std::vector<BrokerId>();
    const sim::NodeId node = c.find(host);
    if (!node.valid() || c.info(node).kind != cluster::NodeKind::Broker) {
      wrong = std::string(host);
      return std::nullopt;
    }
    ids.push_back(c.info(node).id);
  }
  return ids;
}

std::vector<std::string> transactional_ids(const cluster::Cluster& c) {
  std::vector<std::string> ids;
  for (const auto& [id, known] : coordinated_transactions(c)) ids.push_back(id);
  return ids;
}

/// The possible values of this kind in this world.
std::vector<std::string> values_of(const cluster::Cluster& c, Value kind, Words entity_type) {
  std::vector<std::string> out;
  switch (kind) {
    case Value::Topic:
      for (const auto& t : c.committed().topics())
        if (!t.removed) out.push_back(t.name);
      std::sort(out.begin(), out.end());
      break;
    case Value::Group: out = group_ids(c); break;
    case Value::Servers:
      for (const std::string& name : broker_names(c)) out.push_back(name + ":9092");
      break;
    case Value::Broker:
      for (const std::string& name : broker_names(c)) out.push_back(std::to_string(c.info(c.find(name)).id));
      break;
    case Value::EntityType:
      out = {"topics", "brokers"};
      if (c.spec().kafka == protocol::KafkaVersion::V4_1) out.insert(out.end(), {"groups", "users", "clients"});
      break;
    case Value::Entity:
      return values_of(c,
                       entity_type == "brokers"  ? Value::Broker
                       : entity_type == "groups" ? Value::Group
                       : entity_type == "topics" ? Value::Topic
                                                 : Value::None,
                       "");
    case Value::Transaction: out = transactional_ids(c); break;
    case Value::Time: out = {"latest", "earliest", "max-timestamp"}; break;
    case Value::None:
    case Value::Text:
    case Value::Number: break;
  }
  return out;
}

words::Message refuse(words::Key key, std::initializer_list<words::Message::Argument> arguments) {
  return words::Message(key, arguments);
}

/// What the command still lacks; nullopt: it is complete.
std::optional<words::Message> missing(const Tool& tool, const Request& r) {
  const auto needs = [&](const std::string& what) {
    return refuse("tool.needs_one_of"_w, {{"tool", tool.name}, {"options", what}});
  };
  const auto one_of = [&](Words a, Words b) { return r.has(a) != r.has(b); };
  if (tool.name == "kafka-topics" && !one_of("--list", "--describe")) return needs("--list, --describe");
  if (tool.name == "kafka-consumer-groups" || tool.name == "kafka-share-groups") {
    if (!one_of("--list", "--describe")) return needs("--list, --describe");
    if (r.has("--describe") && r.values("--group").empty() && !r.has("--all-groups"))
      return needs("--group, --all-groups");
  }
  if (tool.name == "kafka-log-dirs" && !r.has("--describe")) return needs("--describe");
  if (tool.name == "kafka-metadata-quorum" && !r.says("describe")) return needs("describe");
  if (tool.name == "kafka-transactions" &&
      std::none_of(std::begin(kTransactionCommands), std::end(kTransactionCommands),
                   [&](Words one) { return r.says(one); }))
    return needs(list_of(kTransactionCommands, [](Words one) { return std::string(one); }));
  if (tool.name == "kafka-configs") {
    if (!r.has("--describe")) return needs("--describe");
    const auto types = values_of(r.cluster(), Value::EntityType, "");
    const bool shorter =
        r.has("--topic") || r.has("--broker") || r.has("--group") || r.has("--user") || r.has("--client");
    if (!shorter && std::find(types.begin(), types.end(), r.value("--entity-type")) == types.end())
      return needs("--entity-type " + list_of(types, [](const std::string& t) { return t; }));
  }
  return std::nullopt;
}

}  // namespace

std::span<const Tool> all_tools() { return kTools; }

std::string Answer::text() const {
  std::string all;
  for (const Part& part : parts) all += part.text;
  return all;
}

std::vector<std::string> split_command(std::string_view line) {
  std::vector<std::string> words;
  bool open = false;
  char quote = 0;
  for (const char c : line) {
    if (quote != 0 && c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      if (!std::exchange(open, true)) words.emplace_back();
      quote = c;
    } else if (quote == 0 && (c == ' ' || c == '\t' || c == '\n')) {
      open = false;
    } else {
      if (!std::exchange(open, true)) words.emplace_back();
      words.back() += c;
    }
  }
  return words;
}

namespace {

/// Refuses an option that this version has, but not together with another one. 2.5: stateOpt.availableIf(describeOpt).
decltype(Answer::refused) too_early(const Tool& tool, const Request& request, const cluster::Cluster& c) {
  if (tool.name != "kafka-consumer-groups" || c.spec().kafka == protocol::KafkaVersion::V4_1 ||
      !request.has("--list") || !request.has("--state"))
    return {};
  return refuse("tool.list_state_later"_w, {{"kafka", std::string(protocol::to_string(c.spec().kafka))}});
}

}  // namespace

Answer ask(const cluster::Cluster& c, const std::vector<std::string>& command) {
  Answer answer;
  const Tool* tool = command.empty() ? nullptr : find_tool(command.front(), c);
  if (tool == nullptr) {
    const Tool* later = command.empty() ? nullptr : tool_called(command.front());
    if (later != nullptr && !later->since.empty()) {
      answer.refused = refuse("tool.later"_w, {{"tool", std::string(later->name)},
                                               {"since", std::string(later->since)},
                                               {"kip", std::string(later->kip)},
                                               {"kafka", std::string(protocol::to_string(c.spec().kafka))},
                                               {"tools", tools_of(c)}});
      return answer;
    }
    answer.refused = refuse("tool.unknown"_w, {{"tool", command.empty() ? std::string() : command.front()},
                                               {"kafka", std::string(protocol::to_string(c.spec().kafka))},
                                               {"tools", tools_of(c)}});
    return answer;
  }
  Request options(c, nullptr);
  std::vector<BrokerId> named;
  for (std::size_t i = 1; i < command.size(); ++i) {
    std::string name = command[i], value;
    const std::size_t equals = name.find('=');
    const bool joined = name.starts_with("--") && equals != std::string::npos;
    if (joined) value = name.substr(equals + 1), name.resize(equals);
    if (!name.starts_with("--")) {
      const auto& words = tool->commands;
      if (std::find(words.begin(), words.end(), name) == words.end()) {
        answer.refused = words.empty()
                             ? refuse("tool.unknown_option"_w, {{"option", name}, {"options", options_of(*tool, c)}})
                             : refuse("tool.unknown_command"_w,
                                      {{"command", name},
                                       {"tool", tool->name},
                                       {"commands", list_of(words, [](Words one) { return std::string(one); })}});
        return answer;
      }
      options.add_command(name);
      continue;
    }
    if (const Words word = Words(name).substr(std::min<std::size_t>(2, name.size()));
        name.starts_with("--") &&
        std::find(tool->commands.begin(), tool->commands.end(), word) != tool->commands.end()) {
      answer.refused =
          refuse("tool.without_dashes"_w, {{"tool", std::string(tool->name)}, {"command", std::string(word)}});
      return answer;
    }
    const Option* option = find_option(*tool, name, c);
    if (option == nullptr) {
      answer.refused = refuse("tool.unknown_option"_w, {{"option", name}, {"options", options_of(*tool, c)}});
      return answer;
    }
    if (option->value != Value::None && !joined && i + 1 < command.size() && !command[i + 1].starts_with("--"))
      value = command[++i];
    if (option->value != Value::None && value.empty() && !option->may_be_empty) {
      const auto fit = values_of(c, option->value, options.value("--entity-type"));
      answer.refused = refuse("tool.needs_value"_w,
                              {{"option", name}, {"values", list_of(fit, [](const std::string& v) { return v; })}});
      return answer;
    }
    std::string wrong;
    if (name == "--bootstrap-server") {
      const auto ids = servers(c, value, wrong);
      if (!ids) {
        answer.refused =
            refuse("tool.unknown_server"_w,
                   {{"server", wrong}, {"servers", list_of(broker_names(c), [](const std::string& n) { return n; })}});
        return answer;
      }
      named = *ids;
    }
    options.add(name, value);
  }
  Request request = options.asking(first_reached(c, named));
  if (const auto error = usage_error(tool->name, request)) {
    answer.complain(*error + "\n");
    answer.status = 1;
    return answer;
  }
  answer.refused = missing(*tool, request);
  if (!answer.refused) answer.refused = too_early(*tool, request, c);
  if (!answer.refused) {
    tool->ask(request, answer);
    answer.timed_out = why_timed_out(tool->name, request, answer);
  }
  return answer;
}

std::vector<std::string> completions(const cluster::Cluster& c, std::string_view line) {
  std::vector<std::string> words = split_command(line), fit;
  std::string begun;
  if (!line.empty() && line.back() != ' ' && !words.empty()) begun = words.back(), words.pop_back();
  if (words.empty()) {
    for (const Tool& t : kTools)
      if (there(t.only, c)) fit.emplace_back(t.name);
  } else if (const Tool* tool = find_tool(words.front(), c); tool != nullptr) {
    const Option* last = words.size() > 1 ? find_option(*tool, words.back(), c) : nullptr;
    if (last != nullptr && last->value != Value::None) {
      std::string type;
      for (std::size_t i = 0; i + 1 < words.size(); ++i)
        if (words[i] == "--entity-type") type = words[i + 1];
      fit = values_of(c, last->value, type);
    }
    if (last == nullptr || last->value == Value::None || last->may_be_empty) {
      const bool commanded = std::any_of(tool->commands.begin(), tool->commands.end(), [&](Words word) {
        return std::find(words.begin(), words.end(), word) != words.end();
      });
      if (!commanded)
        for (const Words word : tool->commands) fit.emplace_back(word);
      for (const Option& o : tool->options)
        if (there(o.only, c) && takes_option(tool->name, words, o.name)) fit.emplace_back(o.name);
      std::erase_if(
          fit, [&](const std::string& word) { return std::find(words.begin(), words.end(), word) != words.end(); });
    }
  }
  std::erase_if(fit, [&](const std::string& word) { return !word.starts_with(begun); });
  return fit;
}

std::vector<std::string> suggestions(const cluster::Cluster& c) {
  std::vector<std::string> all;
  for (const Words first : {"kafka-topics", "kafka-consumer-groups", "kafka-metadata-quorum", "kafka-share-groups",
                            "kafka-configs", "kafka-get-offsets", "kafka-log-dirs", "kafka-transactions"})
    if (const Tool* tool = find_tool(first, c))
      for (const Words example : tool->examples) all.push_back(std::string(tool->name) + " " + std::string(example));
  return all;
}

}  // namespace kafkascope::observe::tools
