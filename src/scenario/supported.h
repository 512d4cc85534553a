// What the engine can do today, in one table. A form of the format that is not listed here is parsed and refused as
// "not yet"; a change that implements a form adds its words here. Configuration keys have their own mark (now() in
// src/protocol/config_table_*.cpp) in the table of keys.
#pragma once
#include <span>
#include <string_view>

#include "cluster/command.h"

namespace kafkascope::scenario {

enum class Form : std::uint8_t {
  Kafka,        // "kafka": versions
  Metadata,     // "metadata": kinds
  Cluster,      // keys of "cluster" and top-level switches: boot, features, historical, …
  Verb,         // "do"
  Kind,         // client kinds
  ClientField,  // fields of clients
  Send,
  Partitioner,
  Commit,
  ConfigValue,  // "key=value" for keys of which only some values work; a key without an entry takes every valid value
};

/// The words of this form that the engine supports.
std::span<const std::string_view> supported(Form form);
bool is_supported(Form form, std::string_view word);
/// For ConfigValue: whether `key` may have `value`. True for keys without entries.
bool is_supported_value(std::string_view key, std::string_view value);

}  // namespace kafkascope::scenario
