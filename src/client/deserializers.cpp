#include "client/deserializers.h"

#include <fmt/format.h>

namespace kafkascope::client {

Deserializers Deserializers::from(const Config& config) {
  Deserializers d;
  d.key = protocol::serde_of_class(config.text("key.deserializer")).value_or(d.key);
  d.value = protocol::serde_of_class(config.text("value.deserializer")).value_or(d.value);
  d.names_record = config.version() != protocol::KafkaVersion::V2_5;
  return d;
}

std::string Deserializers::message(const protocol::RecordView& record, std::string_view topic, std::int32_t partition,
                                   protocol::Offset offset, std::string_view what_now) const {
  const char* const origin = !names_record ? "key/value" : protocol::can_read(key, record.key) ? "VALUE" : "KEY";
  return fmt::format("Error deserializing {} for partition {}-{} at offset {}. {}", origin, topic, partition,
                     offset.value, what_now);
}

std::string Deserializers::cause(const protocol::RecordView& record) const {
  return fmt::format("SerializationException: {}",
                     protocol::cannot_read(protocol::can_read(key, record.key) ? value : key));
}

}  // namespace kafkascope::client
