// The deserializers of a consumer, and the exception that poll() throws if they fail. Kafka: Deserializers,
// RecordDeserializationException (KIP-334, KIP-1036).
#pragma once
#include <string>
#include <string_view>

#include "client/options.h"
#include "protocol/record_list.h"

namespace kafkascope::client {

struct Deserializers {
  protocol::Serde key = protocol::Serde::String, value = protocol::Serde::String;
  bool names_record = true;  // false in 2.5, which throws a plain SerializationException

  static Deserializers from(const Config& config);
  /// Whether both deserializers can read any bytes.
  bool read_anything() const { return protocol::reads_anything(key) && protocol::reads_anything(value); }
  bool read(const protocol::RecordView& record) const {
    return protocol::can_read(key, record.key) && protocol::can_read(value, record.value, record.filler);
  }
  /// The class of the exception; for an unreadable record also its message (`what_now` is the last sentence) and its
  /// cause.
  const char* exception() const { return names_record ? "RecordDeserializationException" : "SerializationException"; }
  std::string message(const protocol::RecordView& record, std::string_view topic, std::int32_t partition,
                      protocol::Offset offset, std::string_view what_now) const;
  std::string cause(const protocol::RecordView& record) const;
};

}  // namespace kafkascope::client
