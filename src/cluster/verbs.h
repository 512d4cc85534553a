// The verbs of the scenario format. Each is declared once, in verb_table.cpp: its fields, its names, its sentences. The
// following are derived from these rows: reading and writing a step, the JSON schema, the check of the format's table,
// forms, menus and sentences.
#pragma once
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "cluster/acts.h"
#include "words/key.h"

namespace kafkascope::cluster {

struct VerbContext;

/// The type of a field's value. Each type is read in scenario/read_command.cpp, written in scenario/write_command.cpp,
/// described to editors in scenario/act_schema.cpp and entered in ui/panels/act_forms.cpp.
enum class FieldType : std::uint8_t {
  Node,        // a reference to a node; Field::who restricts the kinds of nodes
  Nodes,       // one reference, or a list
  Flag,        // true or false
  Word,        // one of two words
  Integer,     // from `least` to `most`
  LogDir,      // the number of a broker's log directory
  Count,       // from 1, or "all"; default 1
  Duration,    // negative values only if `least` is negative
  Latency,     // a range, or a median and 99th percentile
  Bandwidth,   // bytes per second
  ByteRate,    // bytes per second, also as a bare number
  Size,        // bytes
  Fraction,    // from 0 to 1, stored in millionths
  Positive,    // above 0, stored in millionths
  Text,        // any text
  Topic,       // a topic that the file declares or a step creates
  NewTopic,    // any name for a topic to be created
  Topics,      // a list of topics
  Group,       // a group that has a member or a configuration
  Client,      // a client's name, or a quota's word for all other clients
  Api,         // Kafka's name of a request
  ErrorCode,   // Kafka's name of an error
  EventKey,    // the key of a pending event
  Principal,   // User:kim
  Operation,   // an operation of an ACL
  Resource,    // a resource of an ACL
  Partition,   // orders-0
  Partitions,  // a list of partitions
  BrokerIds,   // a list of broker ids, preferred leader first
  Assignments,
  ConfigEntries,
  SeekOffset,  // a position as an offset
  SeekTo,      // a position: beginning or end
  ResetTo,     // a position: earliest, latest, an offset, or a time
  NewClient,   // a client, written as in "clients"
  Records,
  Offsets,  // {"orders-0": 7}
  Rate,
  Work,
  Send,
  Commit,
  Handoff,
  Acknowledge,
  Calls,
  Partitioner,
};

/// The nodes to which a verb applies.
enum class Who : std::uint8_t { Anybody, Servers, Clients, Producers, Consumers };

template <class... T>
struct Places {
  using Mutable = std::variant<T*...>;
  using Const = std::variant<const T*...>;
};
using AllPlaces =
    Places<bool, std::optional<bool>, std::int32_t, std::optional<std::int32_t>, std::int64_t,
           std::optional<std::int64_t>, sim::Duration, std::optional<sim::Duration>, std::string, MessageSide,
           std::optional<NodeRef>, std::vector<NodeRef>, std::optional<LatencySpec>, std::optional<PartitionName>,
           std::vector<PartitionName>, std::vector<std::int32_t>, std::map<std::int32_t, std::vector<std::int32_t>>,
           std::vector<std::pair<std::string, std::optional<std::string>>>, std::optional<PositionSpec>,
           std::optional<ClientSpec>, std::vector<RecordSpec>, std::map<PartitionName, std::int64_t>,
           std::vector<std::string>, std::optional<Rate>, std::optional<WorkSpec>, std::optional<SendMode>,
           std::optional<CommitMode>, std::optional<AcknowledgeSpec>, std::optional<std::vector<std::string>>,
           std::optional<PartitionerSpec>>;
/// A pointer to a field's value in one command.
using Place = AllPlaces::Mutable;
using ConstPlace = AllPlaces::Const;

/// One field of a verb.
struct Field {
  std::string_view name;  // its name in the file
  FieldType type = FieldType::Text;
  Place (*edit)(Command&) = nullptr;
  ConstPlace (*view)(const Command&) = nullptr;
  bool required = false;
  bool always_written = false;  // written even if it has its default value
  bool by_name = false;         // a text of the act shows it as "name=value" (verbs that have a file of their own)
  Who who = Who::Anybody;
  std::int64_t least = 0, most = std::numeric_limits<std::int64_t>::max();
  std::pair<std::string_view, std::string_view> words{};  // FieldType::Word: the words for false and true
  // For a form: an example, the choices (a|b, "@nodes" and the like: act_forms.h), and the initial value.
  const char *example = "", *choices = "", *preset = "";

  Field must() const {
    return with([](Field& f) { f.required = f.always_written = true; });
  }
  Field always() const {
    return with([](Field& f) { f.always_written = true; });
  }
  Field between(std::int64_t low, std::int64_t high) const {
    return with([&](Field& f) { f.least = low, f.most = high; });
  }
  Field either(std::string_view no, std::string_view yes) const {
    return with([&](Field& f) { f.words = {no, yes}; });
  }
  Field for_whom(Who nodes) const {
    return with([&](Field& f) { f.who = nodes; });
  }
  Field shown(const char* an_example, const char* to_choose = "", const char* at_first = "") const {
    return with([&](Field& f) { f.example = an_example, f.choices = to_choose, f.preset = at_first; });
  }

 private:
  template <class Change>
  Field with(Change change) const {
    Field copy = *this;
    change(copy);
    return copy;
  }
};

template <class>
struct MemberOf;
template <class Struct, class Value>
struct MemberOf<Value Struct::*> {
  using type = Struct;
};

/// Declares a field that is a member of Command or of the verb's struct.
template <auto kMember>
Field field(std::string_view name, FieldType type) {
  using Struct = typename MemberOf<decltype(kMember)>::type;
  constexpr bool kCommon = std::is_same_v<Struct, Command>;
  Field f;
  f.name = name;
  f.type = type;
  f.by_name = !kCommon;
  f.edit = [](Command& c) -> Place {
    if constexpr (kCommon) return &(c.*kMember);
    else return &(c.edit<Struct>().*kMember);
  };
  f.view = [](const Command& c) -> ConstPlace {
    if constexpr (kCommon) return &(c.*kMember);
    else return &(c.get<Struct>().*kMember);
  };
  return f;
}

/// The `node` field of a verb: required, and restricted to these nodes.
Field node_field(Who who);

/// A rule about combinations of fields that their types alone do not express.
struct Rule {
  enum class Kind : std::uint8_t {
    Exclude,  // at most one of them
    AnyOf,    // at least one of them; otherwise the problem is `says`
  };
  Kind kind = Kind::Exclude;
  std::vector<std::string_view> fields;
  words::Key says, remedy;  // remedy empty: name one of the fields
};

/// Properties of a verb.
enum Trait : std::uint8_t {
  kFault = 1,      // colour of its mark: the act takes something away
  kRepair = 2,     // colour of its mark: the act restores something
  kLoses = 4,      // while its effect lasts, something is lost or unreachable
  kAdmin = 8,      // an administrative act: an admin client performs it ("as"), and it may have to be refused ("error")
  kNoEngine = 16,  // part of the format, but not modelled yet
};

struct VerbInfo {
  Verb verb = Verb::Crash;
  std::string_view name;  // in files
  int traits = 0;
  std::vector<Field> fields{};  // in writing order
  std::vector<Rule> rules{};
  /// Carries out a verb that has a file of its own; nullptr: commands.cpp does.
  void (*run)(VerbContext&) = nullptr;

  bool is(Trait trait) const { return (traits & trait) != 0; }
  /// nullptr if the verb has no such field.
  const Field* find(std::string_view field) const;
  /// The verb's texts are in the catalogues under verb.<name>.<what>. `what` is "name"; for a verb that is_told(),
  /// "to_do", "past" and "done" with {who} (crash {who}, crashed {who}, {who} crashed); and "order" if a lesson words
  /// the request differently. The names of fields in the verb's own struct are there too.
  words::Key words(std::string_view what) const;
  /// False: the verb has no sentences, and the trace's line is its only text.
  bool is_told() const;
};

/// All verbs, in the order of Verb; those with a struct of their own come last.
std::span<const VerbInfo> verbs();
const VerbInfo& info(Verb verb);
std::span<const std::string_view> verb_names();

/// Whether the command sets the field: the field has a value, or a value other than the default.
bool is_said(const Field& field, const Command& command);
/// The value of a field; nullptr if the verb has no field of this name and type.
template <class Value>
const Value* value_of(const Command& command, std::string_view field) {
  const Field* found = info(command.verb).find(field);
  if (found == nullptr) return nullptr;
  const ConstPlace place = found->view(command);
  const auto* value = std::get_if<const Value*>(&place);
  return value == nullptr ? nullptr : *value;
}
/// A short text of the value for the trace, in the unit in which the value is stored.
std::string value_text(const Field& field, const Command& command);

}  // namespace kafkascope::cluster
