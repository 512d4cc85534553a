#include "scenario/reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <set>

#include "cluster/command.h"
#include "protocol/config.h"

namespace kafkascope::scenario {

std::vector<std::string> Names::client_ids() const {
  std::vector<std::string> ids;
  for (const auto& [id, client] : clients) ids.push_back(id);
  return ids;
}

std::vector<std::string> Names::topic_names() const {
  std::vector<std::string> all;
  for (const auto& [name, topic] : topics) all.push_back(name);
  return all;
}

bool Names::has_node(std::string_view name) const {
  if (brokers_unknown && name.starts_with("broker-")) return true;
  return node_index.contains(name);
}

void Names::add_node(std::string name) {
  node_index.insert(name);
  nodes.push_back(std::move(name));
}

void Names::sort() {
  for (auto* list : {&groups, &sinks, &hosts}) {
    std::sort(list->begin(), list->end());
    list->erase(std::unique(list->begin(), list->end()), list->end());
  }
}

Message not_modelled(std::string_view what) { return Message("problem.not_modelled"_w, {{"what", what}}); }

Message kind_of(const Node& node) { return node.kind_name(); }

Message found(const Node& node) {
  if (node.is_string()) return example(in_quotes(node.text()));
  if (node.is_integer()) return example(std::to_string(node.integer()));
  if (node.is_boolean()) return example(node.boolean() ? "true" : "false");
  return kind_of(node);
}

std::optional<std::string> Reading::string(const Node& node, const Path& path, Remedy form) {
  if (node.is_string()) return node.text();
  report.error(node, path, Message("problem.stands_where_string_belongs"_w, {{"found", found(node)}}), form);
  return std::nullopt;
}

std::optional<bool> Reading::boolean(const Node& node, const Path& path) {
  if (node.is_boolean()) return node.boolean();
  report.error(node, path, Message("problem.neither_true_nor_false"_w, {{"found", found(node)}}),
               "remedy.true_or_false"_w);
  return std::nullopt;
}

std::optional<std::int64_t> Reading::integer(const Node& node, const Path& path, std::int64_t least,
                                             std::int64_t most) {
  const auto range = [&] { return Message("remedy.whole_number_from_to"_w, {{"from", least}, {"to", most}}); };
  if (!node.is_integer()) {
    // JSON integers beyond 64 bits are stored as decimals.
    const bool huge = node.is_number() && std::fabs(node.decimal()) >= 0x1p63;
    report.error(node, path,
                 huge ? Message("problem.number_out_of_range"_w)
                      : Message("problem.not_whole_number"_w, {{"found", found(node)}}),
                 range());
    return std::nullopt;
  }
  if (node.integer() < least || node.integer() > most) {
    report.error(node, path, Message("problem.out_of_range"_w, {{"value", node.integer()}}), range());
    return std::nullopt;
  }
  return node.integer();
}

std::optional<sim::Duration> Reading::duration(const Node& node, const Path& path, bool negative_too, Remedy form) {
  const auto value = node.is_string() ? parse_duration(node.text()) : std::nullopt;
  if (!value) {
    report.error(node, path, Message("problem.not_duration"_w, {{"found", found(node)}}), form);
    return std::nullopt;
  }
  if (value->us < 0 && !negative_too) {
    report.error(node, path, Message("problem.negative"_w, {{"found", found(node)}}), "remedy.duration_from_0"_w);
    return std::nullopt;
  }
  return value;
}

std::optional<sim::Instant> Reading::instant(const Node& node, const Path& path) {
  const auto value = duration(node, path);
  if (!value) return std::nullopt;
  return sim::Instant{value->us};
}

std::optional<std::int64_t> Reading::size(const Node& node, const Path& path) {
  const auto value = node.is_string() ? parse_size(node.text()) : std::nullopt;
  if (!value) report.error(node, path, Message("problem.not_size"_w, {{"found", found(node)}}), kSizeForm);
  return value;
}

std::optional<std::int64_t> Reading::bandwidth(const Node& node, const Path& path) {
  const auto value = node.is_string() ? parse_bandwidth(node.text()) : std::nullopt;
  if (!value) report.error(node, path, Message("problem.not_bandwidth"_w, {{"found", found(node)}}), kBandwidthForm);
  return value;
}

std::optional<cluster::Rate> Reading::rate(const Node& node, const Path& path) {
  const auto value = node.is_string() ? parse_rate(node.text()) : std::nullopt;
  if (!value) report.error(node, path, Message("problem.not_rate"_w, {{"found", found(node)}}), kRateForm);
  return value;
}

std::optional<cluster::LatencySpec> Reading::latency(const Node& node, const Path& path) {
  if (node.is_object()) {
    Fields fields(*this, node, path, "problem.thing.latency"_w);
    cluster::LatencySpec spec;
    spec.kind = cluster::LatencySpec::Kind::LogNormal;
    bool good = true;
    for (auto [key, out] : {std::pair<std::string_view, sim::Duration*>{"median", &spec.median}, {"p99", &spec.p99}}) {
      const Node* value = fields.need(key, kLatencyForm);
      const auto d = value != nullptr ? duration(*value, fields.at(key)) : std::nullopt;
      if (d) *out = *d;
      good = good && d;
    }
    fields.finish();
    if (!good) return std::nullopt;
    if (spec.median.us <= 0 || spec.p99 < spec.median) {
      report.error(node, path, "problem.latency_median"_w, example("0 < median <= p99"));
      return std::nullopt;
    }
    return spec;
  }
  const auto value = node.is_string() ? parse_latency_range(node.text()) : std::nullopt;
  const std::size_t dots = node.is_string() ? node.text().find("..") : std::string::npos;
  if (!value && dots != std::string::npos &&
      parse_duration(node.text().substr(0, dots)).value_or(sim::Duration{-1}).us > 0 &&
      parse_duration(node.text().substr(dots + 2)))
    report.error(node, path, Message("problem.latency_ends_below_beginning"_w, {{"found", found(node)}}),
                 "remedy.shorter_first"_w);
  else if (!value) report.error(node, path, Message("problem.not_latency"_w, {{"found", found(node)}}), kLatencyForm);
  return value;
}

std::optional<Text> Reading::text(const Node& node, const Path& path, bool plain) {
  Text result;
  if (plain && node.is_string()) {
    result.en = node.text();
    return result;
  }
  if (!node.is_object()) {
    report.error(node, path, Message("problem.stands_where_text_belongs"_w, {{"found", found(node)}}), "remedy.text"_w);
    return std::nullopt;
  }
  Fields fields(*this, node, path, "problem.thing.text"_w);
  fields.get("en", result.en);
  fields.get("ko", result.ko);
  fields.finish();
  if (!fields.has("en") || (result.en.empty() && node.find("en")->is_string())) {
    report.error(node, path, "problem.text_has_no_english"_w, example(R"("en": "…")"));
    return std::nullopt;
  }
  if (bundled && result.ko.empty()) report.error(node, path, "problem.text_has_no_korean"_w, example(R"("ko": "…")"));
  return result;
}

std::optional<std::vector<std::string>> Reading::strings(const Node& node, const Path& path, bool single) {
  if (single && node.is_string()) return std::vector<std::string>{node.text()};
  if (!node.is_array()) {
    report.error(node, path, Message("problem.stands_where_list_belongs"_w, {{"found", found(node)}}),
                 "remedy.list_strings"_w);
    return std::nullopt;
  }
  std::vector<std::string> all;
  for (std::size_t i = 0; i < node.items().size() && !report.full(); ++i) {
    if (auto item = string(node.items()[i], Path(path, i))) all.push_back(std::move(*item));
  }
  return all;
}

std::optional<std::vector<std::int32_t>> Reading::broker_ids(const Node& node, const Path& path) {
  if (!node.is_array() || node.items().empty()) {
    report.error(node, path, Message("problem.stands_where_broker_ids_belong"_w, {{"found", found(node)}}),
                 "remedy.broker_ids"_w);
    return std::nullopt;
  }
  std::vector<std::int32_t> ids;
  std::set<std::int64_t> seen;
  for (std::size_t i = 0; i < node.items().size() && !report.full(); ++i) {
    const Node& item = node.items()[i];
    const Path here(path, i);
    const auto id = integer(item, here, 0, std::numeric_limits<std::int32_t>::max());
    if (!id) continue;
    if (!seen.insert(*id).second) {
      report.error(item, here, Message("problem.broker_twice"_w, {{"broker", *id}}), "remedy.each_replica_elsewhere"_w);
      continue;
    }
    if (!names.brokers_unknown &&
        std::find(names.broker_ids.begin(), names.broker_ids.end(), *id) == names.broker_ids.end()) {
      std::string known;
      for (const std::int32_t b : names.broker_ids) {
        if (known.size() > 40) {
          known += ", …";
          break;
        }
        known += (known.empty() ? "" : ", ") + std::to_string(b);
      }
      report.error(item, here, Message("problem.no_such_broker"_w, {{"broker", *id}}),
                   Message("remedy.one_of"_w, {{"names", known}}));
      continue;
    }
    ids.push_back(static_cast<std::int32_t>(*id));
  }
  return ids;
}

std::optional<std::size_t> Reading::word(const Node& node, const Path& path, std::span<const std::string_view> words) {
  if (node.is_string()) {
    const auto at = std::find(words.begin(), words.end(), node.text());
    if (at != words.end()) return static_cast<std::size_t>(at - words.begin());
    report.error(node, path, Message("problem.not_known_here"_w, {{"word", in_quotes(node.text())}}),
                 suggestion(node.text(), words));
    return std::nullopt;
  }
  report.error(node, path, Message("problem.stands_where_word_belongs"_w, {{"found", found(node)}}),
               suggestion("", words));
  return std::nullopt;
}

std::optional<cluster::PartitionName> Reading::partition(const Node& node, const Path& path) {
  const auto name = node.is_string() ? cluster::parse_partition_name(node.text()) : std::nullopt;
  if (!name) {
    report.error(node, path, Message("problem.names_no_partition"_w, {{"found", found(node)}}), "remedy.partition"_w);
    return std::nullopt;
  }
  const auto topic = names.topics.find(name->topic);
  if (topic == names.topics.end()) {
    if (!known_topic(node, path, name->topic)) return std::nullopt;
  } else if (topic->second.partitions >= 0 && name->partition >= topic->second.partitions) {
    report.error(
        node, path,
        Message("problem.no_such_partition"_w, {{"topic", in_quotes(name->topic)}, {"partition", name->partition}}),
        Message("remedy.number_from_to"_w, {{"from", 0}, {"to", topic->second.partitions - 1}}));
    return std::nullopt;
  }
  return name;
}

bool Reading::known_topic(const Node& node, const Path& path, std::string_view name) {
  if (names.topics.contains(name) || name.starts_with("__")) return true;
  if (names.auto_create) {
    names.automatic.emplace(name);
    return true;
  }
  Message remedy = suggestion(name, names.topic_names());
  if (remedy.empty()) remedy = "remedy.declare_topic"_w;
  else if (remedy.key() != "remedy.did_you_mean"_w) remedy = Message("remedy.declare_topic_or"_w, {{"names", remedy}});
  report.error(node, path, no_such("thing.topic"_w, name), remedy);
  return false;
}

Fields::Fields(Reading& reading, const Node& node, const Path& path, Message what)
    : reading_(reading), node_(node), path_(path), what_(std::move(what)), object_(node.is_object()) {
  if (!object_)
    reading_.report.error(node, path,
                          Message("problem.stands_where_belongs"_w, {{"found", found(node)}, {"what", what_}}),
                          "remedy.object"_w);
}

const Node* Fields::take(std::string_view key) {
  known_.push_back(key);
  return object_ ? node_.find(key) : nullptr;
}

const Node* Fields::need(std::string_view key, Remedy remedy) {
  const Node* value = take(key);
  if (value == nullptr && object_) {
    reading_.report.error(node_, path_, Message("problem.missing_in"_w, {{"field", in_quotes(key)}, {"what", what_}}),
                          remedy);
  }
  return value;
}

void Fields::finish() {
  if (!object_) return;
  const bool has_config = std::find(known_.begin(), known_.end(), "config") != known_.end();
  for (const Member& member : node_.members()) {
    if (reading_.report.full()) return;
    if (member.key.starts_with("x-") || member.key == "$schema") continue;
    if (std::find(known_.begin(), known_.end(), member.key) != known_.end()) continue;
    std::vector<std::string_view> known = known_;
    std::sort(known.begin(), known.end());
    known.erase(std::unique(known.begin(), known.end()), known.end());
    // Kafka's configuration keys belong in "config".
    const bool is_key = has_config && protocol::find_config(member.key, 0xffff, reading_.version) != nullptr;
    reading_.report.error(
        member.position, Path(path_, member.key),
        Message("problem.no_such_field"_w, {{"what", what_}, {"field", in_quotes(member.key)}}),
        is_key ? example(fmt::format("\"config\": {{{}: …}}", in_quotes(member.key))) : suggestion(member.key, known));
  }
}

bool Fields::get(std::string_view key, std::string& out) {
  const Node* value = take(key);
  auto read = value != nullptr ? reading_.string(*value, at(key)) : std::nullopt;
  if (read) out = std::move(*read);
  return read.has_value();
}

bool Fields::get(std::string_view key, bool& out) {
  const Node* value = take(key);
  const auto read = value != nullptr ? reading_.boolean(*value, at(key)) : std::nullopt;
  if (read) out = *read;
  return read.has_value();
}

bool Fields::get(std::string_view key, Text& out, bool plain) {
  const Node* value = take(key);
  auto read = value != nullptr ? reading_.text(*value, at(key), plain) : std::nullopt;
  if (read) out = std::move(*read);
  return read.has_value();
}

bool Fields::get(std::string_view key, std::vector<std::string>& out) {
  const Node* value = take(key);
  auto read = value != nullptr ? reading_.strings(*value, at(key)) : std::nullopt;
  if (read) out = std::move(*read);
  return read.has_value();
}

bool Fields::get(std::string_view key, sim::Duration& out) {
  const Node* value = take(key);
  const auto read = value != nullptr ? reading_.duration(*value, at(key)) : std::nullopt;
  if (read) out = *read;
  return read.has_value();
}

bool Fields::get(std::string_view key, std::int64_t& out, std::int64_t least, std::int64_t most) {
  const Node* value = take(key);
  const auto read = value != nullptr ? reading_.integer(*value, at(key), least, most) : std::nullopt;
  if (read) out = *read;
  return read.has_value();
}

bool Fields::get(std::string_view key, std::int32_t& out, std::int64_t least, std::int64_t most) {
  std::int64_t wide = 0;
  if (!get(key, wide, least, std::min<std::int64_t>(most, std::numeric_limits<std::int32_t>::max()))) return false;
  out = static_cast<std::int32_t>(wide);
  return true;
}

}  // namespace kafkascope::scenario
