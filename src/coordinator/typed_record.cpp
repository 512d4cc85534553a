#include "coordinator/typed_record.h"

namespace kafkascope::coordinator::record_codec {

void put_number(std::string& out, std::int64_t n) {
  auto zigzag = (static_cast<std::uint64_t>(n) << 1) ^ static_cast<std::uint64_t>(n >> 63);
  for (; zigzag >= 128; zigzag >>= 7) out += static_cast<char>(zigzag | 128);
  out += static_cast<char>(zigzag);
}

std::int64_t Reader::number() {
  std::uint64_t zigzag = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (rest.empty()) break;
    const auto byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    zigzag |= static_cast<std::uint64_t>(byte & 127) << shift;
    if (byte < 128) return static_cast<std::int64_t>(zigzag >> 1) ^ -static_cast<std::int64_t>(zigzag & 1);
  }
  ok = false;
  return 0;
}

std::size_t Reader::length() {
  const std::int64_t n = number();
  if (n >= 0 && static_cast<std::uint64_t>(n) <= rest.size()) return static_cast<std::size_t>(n);
  ok = false;
  return 0;
}

std::int64_t size_of_partitions(const std::vector<protocol::TopicPartition>& list, const KafkaLayout& layout) {
  std::int64_t size = 0;
  std::size_t topics = 0;
  for_each_topic(list, [&](protocol::TopicId, std::size_t partitions) {
    ++topics;
    size += kUuidSize + layout.count(partitions) + 4 * static_cast<std::int64_t>(partitions) + layout.end();
  });
  return size + layout.count(topics);
}

/// Pads the record with zeros to its size in Kafka. Never cuts it: every record that occurs is shorter here than in
/// Kafka.
void fill_up(std::string& bytes, std::int64_t kafka_size) {
  bytes.resize(std::max(bytes.size(), static_cast<std::size_t>(kafka_size)), '\0');
}

void show_number(std::string& out, std::int64_t n) { out += std::to_string(n); }

void show_partition(std::string& out, protocol::TopicPartition tp, const protocol::MetadataImage& topics) {
  const protocol::TopicImage* topic = topics.topic(tp.topic);
  out += topic == nullptr ? std::to_string(tp.topic) : topic->name;
  out += '-';
  out += std::to_string(tp.partition);
}

std::string_view next_name(std::string_view& names) {
  const std::size_t end = names.find(',');
  const std::string_view name = names.substr(0, end);
  names.remove_prefix(end == std::string_view::npos ? names.size() : std::min(names.size(), end + 2));
  return name;
}

}  // namespace kafkascope::coordinator::record_codec
