// The records of a `produce` step.
#include <fmt/format.h>

#include "scenario/reading.h"

namespace kafkascope::scenario {

namespace {

std::optional<protocol::Plain> bytes(Reading& reading, const Node& node, const Path& path) {
  if (node.is_string()) return protocol::Plain(node.text());
  if (node.is_integer()) return protocol::Plain(node.integer());
  if (node.is_number()) return protocol::Plain(node.decimal());
  if (node.is_object()) {
    Fields fields(reading, node, path, "problem.thing.byte_string"_w);
    std::string hex;
    fields.need("hex", R"({"hex": "00ff"})");
    const bool good = fields.get("hex", hex);
    fields.finish();
    if (!good) return std::nullopt;
    const auto digit = [](char c) {
      return c >= '0' && c <= '9'   ? c - '0'
             : c >= 'a' && c <= 'f' ? c - 'a' + 10
             : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                    : -1;
    };
    std::string out;
    bool legal = hex.size() % 2 == 0;
    for (std::size_t i = 0; legal && i + 1 < hex.size(); i += 2) {
      legal = digit(hex[i]) >= 0 && digit(hex[i + 1]) >= 0;
      if (legal) out += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
    }
    if (!legal) {
      reading.report.error(*node.find("hex"), Path(path, "hex"),
                           Message("problem.not_hexadecimal_byte_string"_w, {{"text", in_quotes(hex)}}),
                           "remedy.hex"_w);
      return std::nullopt;
    }
    return protocol::Plain(protocol::RawBytes{std::move(out)});
  }
  reading.report.error(node, path, Message("problem.neither_key_nor_value"_w, {{"found", kind_of(node)}}),
                       "remedy.key_or_value"_w);
  return std::nullopt;
}

void read_headers(Reading& reading, const Node& node, const Path& path, cluster::RecordSpec& record) {
  const auto complain = [&](const Node& at, const Path& where) {
    reading.report.error(at, where, "problem.not_header"_w, "remedy.header"_w);
  };
  if (!node.is_array()) return complain(node, path);
  for (std::size_t i = 0; i < node.items().size() && !reading.report.full(); ++i) {
    const Node& pair = node.items()[i];
    if (!pair.is_array() || pair.items().size() != 2 || !pair.items()[0].is_string() || !pair.items()[1].is_string())
      complain(pair, Path(path, i));
    else record.headers.emplace_back(pair.items()[0].text(), pair.items()[1].text());
  }
}

}  // namespace

std::vector<cluster::RecordSpec> read_records(Reading& reading, const Node& records, const Path& path,
                                              bool needs_topic) {
  std::vector<cluster::RecordSpec> all;
  if (!records.is_array() || records.items().empty()) {
    reading.report.error(records, path, "problem.no_records_produce"_w,
                         Message("remedy.list_such_as"_w, {{"example", R"([{"key": "user-1", "value": "hello"}])"}}));
    return all;
  }
  for (std::size_t i = 0; i < records.items().size() && !reading.report.full(); ++i) {
    const Path here(path, i);
    Fields fields(reading, records.items()[i], here, "problem.thing.record"_w);
    if (!fields.is_object()) continue;
    cluster::RecordSpec record;
    if (const Node* key = fields.take("key"); key != nullptr && !key->is_null())
      record.key = bytes(reading, *key, fields.at("key"));
    if (const Node* value = fields.take("value"); value != nullptr && !value->is_null())
      record.value = bytes(reading, *value, fields.at("value"));
    if (const Node* topic = fields.take("topic")) {
      if (fields.get("topic", record.topic)) reading.known_topic(*topic, fields.at("topic"), record.topic);
    } else if (needs_topic) {
      reading.report.error(records.items()[i], here, "problem.record_without_topic"_w,
                           example("\"topic\": \"orders\""));
    }
    std::int32_t partition = 0;
    if (fields.get("partition", partition, 0, kIntMax)) {
      record.partition = partition;
      const auto known = reading.names.topics.find(record.topic);
      if (known != reading.names.topics.end() && known->second.partitions >= 0 &&
          partition >= known->second.partitions) {
        reading.report.error(
            *fields.node().find("partition"), fields.at("partition"),
            Message("problem.no_such_partition"_w, {{"topic", in_quotes(record.topic)}, {"partition", partition}}),
            Message("remedy.number_from_to"_w, {{"from", 0}, {"to", known->second.partitions - 1}}));
      }
    }
    if (const Node* headers = fields.take("headers")) read_headers(reading, *headers, fields.at("headers"), record);
    std::int64_t ms = 0;
    if (fields.get("timestamp", ms, 0, kLongMax)) record.timestamp_ms = ms;
    fields.finish();
    all.push_back(std::move(record));
  }
  return all;
}

}  // namespace kafkascope::scenario
